"""ADT messages of PAM France (ITI-30 identities, ITI-31 movements), read and written.

(IHE ITI TF-4 §4.1; official HL7 v2 examples of the ANS; PAM France 2.11.)
"""

from __future__ import annotations

from collections.abc import Iterable

from segur_interop._source import Source
from segur_interop._types import check_type
from segur_interop.hl7._adt_read import event_from
from segur_interop.hl7._adt_required import TOLERABLE, tolerance
from segur_interop.hl7._adt_write import VERSIONS, message_of
from segur_interop.hl7._events import TRIGGERS, Trigger
from segur_interop.hl7._identity import read_identity
from segur_interop.hl7._values import (
    AdtEvent,
    DmpConsent,
    Header,
    IdentitySource,
    PatientGroup,
)
from segur_interop.hl7.er7 import Message, parse

__all__ = [
    "TOLERABLE",
    "TRIGGERS",
    "VERSIONS",
    "AdtEvent",
    "DmpConsent",
    "Header",
    "IdentitySource",
    "PatientGroup",
    "Trigger",
    "read_adt",
    "read_identity",
    "write_adt",
]


def read_adt(
    source: Source | Message,
    *,
    identity_repository: bool = False,
    charset: str | None = None,
    tolerated: Iterable[str] = (),
) -> AdtEvent:
    """The event that an ADT message tells.

    What is odd is a finding: a ZBE moved by one place, a forbidden field, A08, an INS under PROV,
    a merge of a patient with itself. One of severity ERROR asks not to integrate the event.

    So does what only a message cut short lacks: EVN, PV1, ZBE or MRG where the structure of the
    event requires them, PID-3, PID-5, MRG-1, PV1-2, the names of a validated identity, PID-32 when
    the message announces PAM France 2.11 or later (IHE ITI TF-4, older, has it required if known),
    the CR after a last segment that names a patient.

    Args:
        source: a Message, bytes, or the path of a file.
        identity_repository: True when this feed is the caller's own référentiel d'identités: the
            identities become local, with the status that it gives. From any other feed they stay
            asserted: `preselect` uses them, nothing writes their matricule.
        charset: as for `parse`.
        tolerated: places of TOLERABLE that this sender is known to leave out: their absence is
            then a WARNING. Nothing tells any more a message that was cut there.

    Raises:
        InvalidValue: a place that may not be tolerated.
        UnsupportedMessage: not an ADT, or an event that PAM France does not have.
        MessageError: no readable MSH, no PID.
    """
    message = source if isinstance(source, Message) else parse(source, charset=charset)
    return event_from(
        message, identity_repository=identity_repository, tolerated=tolerance(tolerated)
    )


def write_adt(event: AdtEvent, *, version: str = "2.11", third_party_fields: bool = False) -> bytes:
    """The message of an event, segments ended by CR.

    The matricule is written only when `event.patient.identity.may_transmit_ins`; PID-32 is PROV
    for PROVISOIRE and RECUPEREE, without INS, VALI for VALIDEE, VALI and the INS for QUALIFIEE. A
    QUALIFIEE that may not transmit is refused: without its INS it would be read as a loss.

    Args:
        event: built, or read and changed with `dataclasses.replace`.
        version: of PAM France, one of VERSIONS. MSH-21 is written for 2.11; no public source
            gives that of 2.10.
        third_party_fields: True to write ZFD-7, ZFD-8, ZFV-11 and ZFM-5 too, which only a third
            party's description of PAM France states; they are left out otherwise.

    Raises:
        UnsupportedMessage: A08 and events without a public structure; another version.
        MessageError: what PAM France requires is absent, or what it forbids is there.
        TypeError: no AdtEvent.
        IdentityNotQualified: QUALIFIEE, and the matricule may not be written (asserted by a
            sender, incomplete, beside a name that has no INSi form or a birthplace without code);
            or a matricule would leave outside a qualified identity.
    """
    check_type(event, "event", AdtEvent)
    check_type(version, "version", str)
    return message_of(event, version=version, third_party=third_party_fields)
