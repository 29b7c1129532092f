"""A message that carries documents, as frozen values."""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from segur_interop._masking import Masked, shown
from segur_interop._time import Timestamp
from segur_interop.errors import MessageError
from segur_interop.findings import Finding, Severity
from segur_interop.hl7._actions import Actions
from segur_interop.hl7._carried import CarriedPdf
from segur_interop.hl7._participations import Participation
from segur_interop.hl7._values import Header
from segur_interop.hl7.ack import AckError, RefusalCode, ack
from segur_interop.hl7.er7 import Message
from segur_interop.hl7.segments import Record
from segur_interop.ins import Identity, IdentityStatus
from segur_interop.model import Encounter, LocalId, Patient, Telecom

if TYPE_CHECKING:
    from segur_interop.cda import Document

__all__ = ["READ_VERSIONS", "TRANSPORT_VERSIONS", "Mail", "OrderControl", "Transport"]

TRANSPORT_VERSIONS: Final = ("2.0", "2.1")
"""Of the volet: what is written."""
READ_VERSIONS: Final = ("1.0", "1.1", "1.2", "2.0", "2.1")
"""Of the volet, and of that of the LPS (1.0, 1.1): what is read without a remark."""


class OrderControl(enum.Enum):
    """What is to be done with the document (ORC-1)."""

    INITIAL = "NW"
    REPLACEMENT = "RO"
    DELETION = "CA"

    @property
    def status(self) -> str:
        """OBX-11 of the document, which agrees with ORC-1."""
        return _STATUSES[self]

    @property
    def trigger(self) -> str:
        """Event of the MDM, which agrees with ORC-1."""
        return _TRIGGERS[self]

    @classmethod
    def of_status(cls, code: str) -> OrderControl | None:
        """That of an OBX-11, None for a status that tells none."""
        return next((item for item in cls if item.status == code), None)

    @classmethod
    def of_trigger(cls, code: str) -> OrderControl | None:
        """That of an MDM event, None for another event."""
        return next((item for item in cls if item.trigger == code), None)


_STATUSES: Final = {
    OrderControl.INITIAL: "F", OrderControl.REPLACEMENT: "C", OrderControl.DELETION: "D",
}  # fmt: skip
_TRIGGERS: Final = {
    OrderControl.INITIAL: "T02", OrderControl.REPLACEMENT: "T10", OrderControl.DELETION: "T04",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Mail(Masked):
    """The MSSanté mail that a document came with (guide of the LPS, OBX 2).

    Attributes:
        message_id: of the mail.
        subject: of the mail.
        body: its text.
    """

    message_id: str = ""
    subject: str = ""
    body: str = ""


class _Reading(Protocol):
    def values(self, made: Transport, name: str) -> dict[str, Any]: ...


class _Unread:
    """What reads the fields that were not asked for yet; no field of the value, nor pickled."""

    __slots__ = ("_reading",)
    _reading: _Reading


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Transport(Masked, _Unread):
    """An ORU, OUL or MDM: documents, and what is asked for them.

    One that was read from a message reads its fields when they are first asked for: the header
    and the patient without the documents, the documents without the rest. `findings`, and all
    that depends on them (`is_integrable`, what is allowed, `ack`), have read and compared
    everything.

    Attributes:
        kind: ORU, OUL or MDM.
        trigger: MSH-9.2.
        profile: MSH-21.2, such as `CISIS_CDA_HL7_V2`; "" when not told.
        version: MSH-21.1, the version of the volet; "" when not told.
        header: MSH.
        recorded: EVN-2 of an MDM.
        control: initial transmission, replacement or deletion; None when ORC-1, OBX-11 and the
            event contradict each other or tell nothing: the message is then refused.
        patient: PID, asserted by the sender.
        visit: PV1 and PID-18; None when PV1-2 is N.
        documents: the CDA documents, read.
        pdfs: the PDFs that no CDA wraps.
        references: what RP values point at; nothing is fetched.
        actions: masks, destinations, receipts, texts of the mails.
        sender: who asks (PRT SB).
        recipients: mailboxes to send to (PRT RCT).
        reply_to: where to answer (PRT REPLY).
        mail: the mail it came with, in a message to an LPS.
        document_id: TXA-12 of an MDM.
        replaced: the document to be replaced: relatedDocument RPLC of the CDA, else TXA-13.
        records: fields of EVN, PID, PV1, ORC, OBR and TXA that no value above has a place for.
        findings: what the reader noticed; one of severity ERROR asks not to act upon it.
        message: as received.
    """

    kind: str = field(metadata=shown())
    trigger: str = field(metadata=shown())
    profile: str = field(default="", metadata=shown())
    version: str = field(default="", metadata=shown())
    header: Header
    recorded: Timestamp | None = None
    control: OrderControl | None = field(default=None, metadata=shown())
    patient: Patient
    visit: Encounter | None = None
    documents: tuple[Document, ...] = ()
    pdfs: tuple[CarriedPdf, ...] = ()
    references: tuple[str, ...] = ()
    actions: Actions = Actions()
    sender: Participation | None = None
    recipients: tuple[Participation, ...] = ()
    reply_to: Telecom | None = None
    mail: Mail | None = None
    document_id: LocalId | None = None
    replaced: LocalId | None = None
    records: tuple[Record, ...] = ()
    findings: tuple[Finding, ...] = field(default=(), compare=False, metadata=shown())
    message: Message | None = field(default=None, compare=False)

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            """A field that was not asked for yet, read with those that come with it."""
            if name not in _FIELDS:
                raise AttributeError(name)
            values = self._reading.values(self, name)
            for each, value in values.items():
                object.__setattr__(self, each, value)
            return values[name]

    @property
    def identity(self) -> Identity:
        """That of the patient: what `ins.preselect` asks for."""
        return self.patient.identity

    @property
    def is_integrable(self) -> bool:
        """False when a finding of severity ERROR asks not to act upon the message."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    @property
    def mssante_ps_allowed(self) -> bool:
        """True when it may go to mailboxes of professionals: nothing wrong, no mask on."""
        return self._actionable and self.actions.mssante_ps_allowed

    @property
    def mssante_patient_allowed(self) -> bool:
        """True when it may go to the patient: visible, and the INS is said to be qualified."""
        return self._actionable and self.actions.mssante_patient_allowed and self._qualified

    @property
    def dmp_allowed(self) -> bool:
        """True when the DMP may be fed: qualified INS, masks it accepts, known control."""
        return self._actionable and self.actions.masks_allowed and self._qualified

    @property
    def _actionable(self) -> bool:
        return self.is_integrable and self.control is not None

    @property
    def _qualified(self) -> bool:
        return self.identity.status is IdentityStatus.QUALIFIEE

    def ack(
        self,
        *errors: AckError,
        refusal: RefusalCode = "AE",
        control_id: str | None = None,
        time: Timestamp | None = None,
    ) -> bytes:
        """The answer to the message this was read from; as `AdtEvent.ack`.

        A document of another patient is answered 904, one without the INS of PID 903.

        Raises:
            MessageError: it was not read from a message.
        """
        if self.message is None:
            raise MessageError("only a message that was read is answered")
        found = tuple(
            AckError(
                condition="207", code=_CODES.get(finding.rule, ""), message=finding.message,
                location=_location(finding.place),
            )
            for finding in self.findings
            if finding.severity is Severity.ERROR
        )  # fmt: skip
        return ack(self.message, *errors, *found, refusal=refusal, control_id=control_id, time=time)


_FIELDS: Final = frozenset(item.name for item in dataclasses.fields(Transport))


def pending(reading: _Reading, **known: Any) -> Transport:
    """A Transport of the fields that are known; the reading gives the others."""
    made = object.__new__(Transport)
    object.__setattr__(made, "_reading", reading)
    for name, value in known.items():
        object.__setattr__(made, name, value)
    return made


_CODES: Final = {"hl7.transport.patient": "904", "hl7.transport.patient.ins": "903"}


def _location(place: str) -> str:
    """ERR-2 of a place; "" for one that is within a document, or names a code."""
    head = place.partition(" ")[0]
    return head if head[:3].isupper() and head[:3].isalnum() and "/" not in head else ""
