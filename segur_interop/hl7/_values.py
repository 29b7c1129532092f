"""What an ADT message tells, as frozen values."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import NoneType
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop._time import Timestamp
from segur_interop._types import check_type
from segur_interop.errors import InvalidValue, MessageError
from segur_interop.findings import Finding, Severity
from segur_interop.hl7._adt_required import CONDITIONS
from segur_interop.hl7._datatypes import Repetition
from segur_interop.hl7._events import TRIGGERS
from segur_interop.hl7.ack import AckError, RefusalCode, ack
from segur_interop.hl7.er7 import Message
from segur_interop.hl7.segments import Record
from segur_interop.ins import Identity, IdentityStatus
from segur_interop.model import Encounter, LocalId, Movement, Patient, PersonName

__all__ = [
    "ALIMENTATION",
    "CONSULTATION",
    "DMP_STATUSES",
    "IDENTITY_SOURCES",
    "AdtEvent",
    "DmpConsent",
    "Header",
    "IdentitySource",
    "PatientGroup",
]

DMP_STATUSES: Final = ("ACTIF", "FERME", "INEXISTANT")
"""ZFA-1."""
ALIMENTATION: Final = {
    "INO": "informé, ne s'oppose pas", "IO": "informé, s'oppose", "NA": "non recueilli",
}  # fmt: skip
"""ZFA-9: feeding the DMP."""
CONSULTATION: Final = {"IC": "informé, consent", "INC": "informé, refuse", "NA": "non recueilli"}
"""ZFA-11: consulting the DMP."""
IDENTITY_SOURCES: Final = {
    "SM": "saisie manuelle", "CV": "carte Vitale", "INSI": "téléservice INSi",
    "CB": "code-barres, datamatrix", "RFID": "puce", "AV": "appli carte Vitale",
}  # fmt: skip
"""ZFD-5."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Who sends the message to whom (MSH).

    Attributes:
        sending_application, sending_facility, receiving_application, receiving_facility: HD,
            a namespace, or (namespace, identifier, its type).
        control_id: MSH-10, at most 20 characters.
        time: MSH-7.
        processing: MSH-11: P production, T training, D debugging.
        profile_version: version of PAM France that the message announced; not what is written,
            which `write_adt` chooses.
        charset: MSH-18.
    """

    sending_application: Repetition
    sending_facility: Repetition
    receiving_application: Repetition
    receiving_facility: Repetition
    control_id: str
    time: Timestamp | None
    processing: str = "P"
    profile_version: str = field(default="", compare=False)
    charset: str = "UNICODE UTF-8"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DmpConsent(Masked):
    """The state of the DMP and what the patient accepts (ZFA).

    Attributes:
        status: ACTIF, FERME or INEXISTANT; "" when not told.
        status_date, closed_date: of the status; of the closing.
        alimentation: INO, IO or NA (2.11).
        alimentation_date: when it was collected.
        consultation: IC, INC or NA (2.11).
        consultation_date: when it was collected.
        access: authorisation to access, up to 2.10.
        access_date: its date.
        bris_de_glace_opposition, centre_15_opposition, opposition_date: up to 2.10.
    """

    status: str = ""
    status_date: Timestamp | None = None
    closed_date: Timestamp | None = None
    alimentation: str = ""
    alimentation_date: Timestamp | None = None
    consultation: str = ""
    consultation_date: Timestamp | None = None
    access: bool | None = None
    access_date: Timestamp | None = None
    bris_de_glace_opposition: bool | None = None
    centre_15_opposition: bool | None = None
    opposition_date: Timestamp | None = None

    @property
    def allows_alimentation(self) -> bool | None:
        """True informed and not opposed, False opposed, None not known."""
        return {"INO": True, "IO": False}.get(self.alimentation)

    @property
    def allows_consultation(self) -> bool | None:
        """True or False when told, by the field of 2.11 or else that of earlier versions."""
        told = {"IC": True, "INC": False}.get(self.consultation)
        return self.access if told is None and not self.consultation else told


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class IdentitySource(Masked):
    """Where the identity comes from (ZFD).

    Attributes:
        mode: one of IDENTITY_SOURCES, "" when not told.
        insi_time: when INSi was asked.
        document: the identity document checked (AN, CN, PA, …), an open list.
        document_end: until when it is valid.
        sms_consent: consent to text messages.
        gestation_weeks: for a newborn.
    """

    mode: str = ""
    insi_time: Timestamp | None = None
    document: str = ""
    document_end: Timestamp | None = None
    sms_consent: bool | None = None
    gestation_weeks: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PatientGroup(Masked):
    """Another patient of the same message (A24, A37, A40, A44).

    Attributes:
        patient: that patient.
        account: dossier (PID-18).
        replaced: what MRG retires for that patient.
        replaced_account: the dossier before (MRG-3).
        reliability: PID-32 as received.
        records: as in AdtEvent.
    """

    patient: Patient
    account: LocalId | None = None
    replaced: tuple[LocalId, ...] = ()
    replaced_account: LocalId | None = None
    reliability: tuple[str, ...] = ()
    records: tuple[Record, ...] = ()


_KINDS: Final[tuple[tuple[str, tuple[type, ...]], ...]] = (
    ("trigger", (str,)), ("header", (Header,)), ("patient", (Patient,)),
    ("recorded", (Timestamp, NoneType)), ("planned", (Timestamp, NoneType)),
    ("occurred", (Timestamp, NoneType)), ("movement", (Movement, NoneType)),
    ("visit", (Encounter, NoneType)), ("consent", (DmpConsent, NoneType)),
    ("source", (IdentitySource, NoneType)), ("replaced_account", (LocalId, NoneType)),
    ("multiple_birth", (bool, NoneType)), ("pseudonym", (PersonName, NoneType)),
    ("civility", (str,)), ("replaced", (tuple,)), ("further", (tuple,)),
    ("reliability", (tuple,)), ("erased", (frozenset,)), ("records", (tuple,)),
    ("findings", (tuple,)), ("message", (Message, NoneType)),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AdtEvent(Masked):
    """One event of PAM France: identities (ITI-30) and movements (ITI-31).

    An empty value means that the message says nothing of it: what the receiver has stays. What
    the message asks to erase is named in `erased` (HL7 v2.5 §2.10.2, IHE ITI TF-2 C.2.6).

    Attributes:
        trigger: MSH-9.2, one of `TRIGGERS`.
        header: MSH.
        recorded: EVN-2.
        planned: EVN-3, of a planned event.
        occurred: EVN-6, of a past event.
        patient: PID; the whole of it for a receiver.
        movement: ZBE.
        visit: PV1, PV2 and PID-18; None without visit (PV1-2 = N).
        consent: ZFA.
        source: ZFD.
        replaced: the identifiers that MRG retires (A40, A44, A47, A49), never one of PID.
        replaced_account: the dossier before (MRG-3).
        further: more patients of the same message.
        multiple_birth: PID-24.
        pseudonym: name of type S.
        civility: of the patient (XPN.5).
        reliability: PID-32 as received; other codes than the status and the attributes are
            written again.
        erased: what holds `""`: `PID-13`, `PID-11[2].9`.
        records: fields that the values above have no place for, by segment: PD1, ROL, NK1, ZFP,
            ZFV, ZFM, ZFS and the rest of PID, EVN, PV1, PV2, MRG.
        findings: what the reader noticed; one of severity ERROR asks not to integrate it.
        message: as received, octets and unknown segments included.
    """

    trigger: str = field(metadata=shown())
    header: Header
    recorded: Timestamp | None = None
    planned: Timestamp | None = None
    occurred: Timestamp | None = None
    patient: Patient
    movement: Movement | None = None
    visit: Encounter | None = None
    consent: DmpConsent | None = None
    source: IdentitySource | None = None
    replaced: tuple[LocalId, ...] = ()
    replaced_account: LocalId | None = None
    further: tuple[PatientGroup, ...] = ()
    multiple_birth: bool | None = None
    pseudonym: PersonName | None = None
    civility: str = ""
    reliability: tuple[str, ...] = ()
    erased: frozenset[str] = field(default=frozenset(), metadata=shown())
    records: tuple[Record, ...] = ()
    findings: tuple[Finding, ...] = field(default=(), compare=False, metadata=shown())
    message: Message | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        for name, kinds in _KINDS:
            check_type(getattr(self, name), f"event.{name}", *kinds)
        if self.trigger not in TRIGGERS:
            raise InvalidValue("no event of PAM France", place="event.trigger")

    def records_of(self, segment: str) -> tuple[Record, ...]:
        """The records of one segment."""
        return tuple(record for record in self.records if record.id == segment)

    def loses_qualification(self, known: Identity) -> bool:
        """True when `known` is QUALIFIEE and this message takes that away.

        The matricule must no longer be used, whatever else the message says, when it gives PROV,
        DOUT, FICT or another code that excludes the qualification, VALI without an INS (the list
        of PID-3 is whole), or when MRG retires the very matricule. A message that says nothing
        of the identifiers and of the status takes nothing away, nor does one that lacks its status
        and a segment: it was cut. (IHE ITI TF-2 C.2.6; RNIV EXI SI 09.)

        Args:
            known: the identity that the caller holds for this patient.
        """
        check_type(known, "known", Identity)
        if known.status is not IdentityStatus.QUALIFIEE:
            return False
        number = known.matricule
        if number is not None and any(
            item.is_ins and (item.extension, item.root) == (number.value, number.oid)
            for item in self.replaced
        ):
            return True
        silent = not self.reliability and (
            self._was_cut or not (self.patient.ids or self.patient.identity.matricule)
        )
        return not silent and self.patient.identity.status is not IdentityStatus.QUALIFIEE

    @property
    def _was_cut(self) -> bool:
        return any(
            finding.severity is Severity.ERROR and CONDITIONS.get(finding.rule) == "100"
            for finding in self.findings
        )

    @property
    def is_integrable(self) -> bool:
        """False when a finding of severity ERROR asks not to integrate the event."""
        return not any(finding.severity is Severity.ERROR for finding in self.findings)

    def ack(
        self,
        *errors: AckError,
        refusal: RefusalCode = "AE",
        control_id: str | None = None,
        time: Timestamp | None = None,
    ) -> bytes:
        """The answer to the message this event was read from.

        AA when there is nothing against it; with `errors`, or when the event is not integrable,
        AE (or AR) with one ERR each: 100 for a segment that is missing, 101 for a required field,
        207 otherwise.

        Args:
            errors: what the caller found (`hl7.AckError.application("902")`).
            refusal: AE, not to be sent again as it is; AR, may be sent again.
            control_id: MSH-10 of the answer; a fresh one by default.
            time: MSH-7 of the answer; now by default.

        Raises:
            MessageError: the event was not read from a message.
        """
        if self.message is None:
            raise MessageError("only an event that was read is answered")
        found = tuple(
            AckError(
                condition=CONDITIONS.get(finding.rule, "207"),
                location=finding.place,
                message=finding.message,
            )
            for finding in self.findings
            if finding.severity is Severity.ERROR
        )
        return ack(self.message, *errors, *found, refusal=refusal, control_id=control_id, time=time)
