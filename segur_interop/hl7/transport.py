"""Messages that carry documents: ORU and MDM out, ORU, OUL and MDM in.

(ANS guide "Transmission de documents CDA-R2 en HL7v2", volet CI-SIS 2.1 and 2.0; read from 1.0 on,
with the guide "Transmission au LPS".)
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from segur_interop._source import Source
from segur_interop._time import Instant, Timestamp
from segur_interop.hl7._actions import Actions
from segur_interop.hl7._carried import CarriedPdf
from segur_interop.hl7._participations import Participant, Participation
from segur_interop.hl7._transport_asked import Asked
from segur_interop.hl7._transport_read import transport_from
from segur_interop.hl7._transport_values import (
    TRANSPORT_VERSIONS,
    Mail,
    OrderControl,
    Transport,
)
from segur_interop.hl7._transport_write import message_of
from segur_interop.hl7._values import Header
from segur_interop.hl7.er7 import MAX_BYTES, Message, parse
from segur_interop.hl7.segments import Record
from segur_interop.model import Encounter, Patient

if TYPE_CHECKING:
    from segur_interop.cda import Document

__all__ = [
    "TRANSPORT_VERSIONS",
    "Actions",
    "CarriedPdf",
    "Mail",
    "OrderControl",
    "Participation",
    "Transport",
    "mdm",
    "oru",
    "read_transport",
]


NOTHING: Final = Actions()
"""No mask, no destination, no receipt."""


def oru(
    document: Document,
    *formats: Document,
    header: Header,
    actions: Actions = NOTHING,
    control: OrderControl | None = None,
    sender: Participant | None = None,
    recipients: Sequence[Participant] = (),
    reply_to: Participant | None = None,
    patient: Patient | None = None,
    visit: Encounter | None = None,
    records: Sequence[Record] = (),
    version: str = "2.1",
    forward: bool = False,
) -> bytes:
    """An ORU^R01 (HL7 2.5) that carries a document, segments ended by CR.

    Args:
        document: the CDA, written as its exact octets.
        formats: the same content in another format (level 1 and level 3), at most one.
        header: MSH: the two ends, an identifier of at most 20 characters, a time; UNICODE UTF-8
            or 8859/15.
        actions: masks, destinations and receipts; by default nothing is asked.
        control: initial transmission, replacement or deletion; ORC-1, OBX-11 and the MDM event
            follow. By default REPLACEMENT for a document that replaces another, else INITIAL. A
            deletion carries the last version of the document.
        sender: who asks (PRT SB): a Professional or a Device with its structure; required with
            any destination, with a numbered structure for the DMP.
        recipients: mailboxes (PRT RCT): a Professional or an Organization with an MSSanté
            address, the Patient, or a Participation; they must agree with `actions`.
        reply_to: where to answer (PRT REPLY).
        patient: PID, for more than the document tells (addresses, telecoms); by default its own.
            Its identifiers and traits must be those of the document.
        visit: PV1 and PID-18; by default PV1-2 is N.
        records: fields of PID, PV1, ORC, OBR (and EVN, TXA) that no argument has a place for.
        version: of the volet, 2.1 or 2.0.
        forward: hand on an INS that was received in the document, as a relay does.

    Raises:
        UnsupportedMessage: another version.
        IdentityNotQualified: the INS may not be transmitted, or the DMP or the patient's mailbox
            is asked for without one.
        MessageError: masks that forbid a destination or one another; recipients that do not
            agree with the destinations; a replacement that names no document; PID-3 other than
            the document's identifiers; a required field.
        UnknownCode: a kind that JDV_J07, or the DMP's JDV_J66, does not hold.
    """
    asked = Asked.of(
        "ORU", (document, *formats), header=header, actions=actions, control=control,
        sender=sender, recipients=recipients, reply_to=reply_to, patient=patient, visit=visit,
        records=tuple(records), version=version, forward=forward, recorded=None,
    )  # fmt: skip
    return message_of(asked)


def mdm(
    document: Document,
    *,
    header: Header,
    actions: Actions = NOTHING,
    control: OrderControl | None = None,
    sender: Participant | None = None,
    recipients: Sequence[Participant] = (),
    reply_to: Participant | None = None,
    patient: Patient | None = None,
    visit: Encounter | None = None,
    recorded: Instant | None = None,
    records: Sequence[Record] = (),
    version: str = "2.1",
    forward: bool = False,
) -> bytes:
    """An MDM^T02, T10 or T04 (HL7 2.6) that carries a document, segments ended by CR.

    Args:
        document: as for `oru`; exactly one.
        header: as for `oru`.
        actions: as for `oru`.
        control: as for `oru`; INITIAL is T02, REPLACEMENT T10, DELETION T04.
        sender: as for `oru`.
        recipients: as for `oru`.
        reply_to: as for `oru`.
        patient: as for `oru`.
        visit: as for `oru`.
        recorded: EVN-2; the time of the header by default.
        records: as for `oru`.
        version: as for `oru`.
        forward: as for `oru`.

    Raises:
        SegurError: as `oru`.
    """
    asked = Asked.of(
        "MDM", (document,), header=header, actions=actions, control=control, sender=sender,
        recipients=recipients, reply_to=reply_to, patient=patient, visit=visit,
        records=tuple(records), version=version, forward=forward,
        recorded=Timestamp.of(recorded) if recorded is not None else None,
    )  # fmt: skip
    return message_of(asked)


def read_transport(
    source: Source | Message, *, charset: str | None = None, max_bytes: int = MAX_BYTES
) -> Transport:
    """What a message carries and asks for.

    The fields of the Transport are read when they are first asked for; `findings`, and all that
    depends on them, when everything is read and compared. Everything that is odd, or that
    contradicts something else, is a finding; one of severity ERROR asks not to act upon the
    message: two patients, a document about someone else (without an INS on both sides: any number
    or trait that differs), ORC-1, OBX-11 and event that do not agree, a flag told in two ways,
    damaged base64, no document.

    Args:
        source: a Message, bytes, or the path of a file.
        charset: as for `parse`.
        max_bytes: the most that is read.

    Raises:
        UnsupportedMessage: not an ORU, OUL or MDM, or an event that carries no document.
        MessageError: no readable MSH, no PID.
    """
    if not isinstance(source, Message):
        source = parse(source, charset=charset, max_bytes=max_bytes)
    return transport_from(source)
