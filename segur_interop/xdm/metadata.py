"""XDS metadata as values: what describes a document, and what describes a submission.

Each field has the name of its XDS attribute. (IHE ITI TF-3 4.2.3; CI-SIS, Volet Échange de
documents de santé; IG HL7v2 transmission d'un document CDA R2, mapping.)
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop._time import Timestamp
from segur_interop.findings import Finding, Severity
from segur_interop.ins import INS_OIDS
from segur_interop.model import LocalId, Patient
from segur_interop.terminology import Code, Masking
from segur_interop.xdm._hl7 import Xcn, Xon

__all__ = ["Action", "Author", "DocumentEntry", "SubmissionSet"]

Action = str
"""`C` the document replaces an earlier one, `D` it is to be deleted, "" neither."""

ACTIONS: Final = ("", "C", "D")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Author(Masked):
    """One author: a Classification with four kinds of Slot.

    Attributes:
        person: authorPerson; None for a structure alone.
        institutions: authorInstitution.
        roles: authorRole, the label of a JDV_J47 code.
        specialties: authorSpecialty, JDV_J01.
        telecoms: authorTelecommunication, as received (XTN); never written from a CDA.
    """

    person: Xcn | None = None
    institutions: tuple[Xon, ...] = ()
    roles: tuple[str, ...] = ()
    specialties: tuple[Code, ...] = field(default=(), metadata=shown())
    telecoms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class DocumentEntry(Masked):
    """The XDS metadata of one document (fiche, XDSDocumentEntry).

    What the sender did not tell is empty or None. `xdm.document_entry` makes one from a CDA
    document; for a PDF or another file give the fields yourself.

    Attributes:
        unique_id: OID of the document, `root^extension` when its id has an extension.
        patient_id: the INS (type NH), or the local identifier (type PI) without INS.
        source_patient_id: identifier in the sender's domain.
        source_patient_info: `PID-n|…` values; `patient` reads them.
        asserted: True when the matricule within is a sender's word. `pack` writes it only with
            `forward=True`; `document_entry` sets False when the identity may transmit its INS.
        authors: one by one.
        legal_authenticator: who answers for it.
        class_code, type_code, format_code: JDV_J06/J57, JDV_J07/J66, JDV_J10/J60.
        confidentiality_codes: N, R or V first, then the masks (JDV_J08).
        healthcare_facility_type_code, practice_setting_code: JDV_J02/J61, JDV_J04.
        event_codes: the acts and their translations.
        creation_time, service_start_time, service_stop_time: in UTC; a day stays a day.
        language_code, title, comments: in clear.
        mime_type: `text/xml` for a CDA.
        hash: SHA-1, 40 hexadecimal digits in upper case; "" until the file is read.
        size: octets; None until the file is read.
        uri: name of the file in its lot folder.
        entry_uuid: ExtrinsicObject/@id.
        action: French extra metadata for replacement and deletion, see `Action`.
        reference_ids: referenceIdList, the type being one of JDV_J197.
        replaces: entryUUID of what an RPLC association replaces.
        transforms: entryUUID of what an XFRM association makes this another form of (a PDF twin).
            Both are written between documents of one lot that have their entry_uuid.
        logical_id, version, availability_status, repository_unique_id: set by a registry; read,
            never written.
        other_slots: every other Slot of a received entry.
        reading: what was noticed when it was read or made.
    """

    unique_id: str = ""
    patient_id: LocalId | None = None
    source_patient_id: LocalId | None = None
    source_patient_info: tuple[str, ...] = ()
    asserted: bool = field(default=True, metadata=shown())
    authors: tuple[Author, ...] = ()
    legal_authenticator: Xcn | None = None
    class_code: Code | None = field(default=None, metadata=shown())
    type_code: Code | None = field(default=None, metadata=shown())
    format_code: Code | None = field(default=None, metadata=shown())
    confidentiality_codes: tuple[Code, ...] = field(default=(), metadata=shown())
    healthcare_facility_type_code: Code | None = field(default=None, metadata=shown())
    practice_setting_code: Code | None = field(default=None, metadata=shown())
    event_codes: tuple[Code, ...] = ()
    creation_time: Timestamp | None = field(default=None, metadata=shown())
    service_start_time: Timestamp | None = None
    service_stop_time: Timestamp | None = None
    language_code: str = field(default="", metadata=shown())
    title: str = ""
    comments: str = ""
    mime_type: str = field(default="", metadata=shown())
    hash: str = field(default="", metadata=shown())
    size: int | None = field(default=None, metadata=shown())
    uri: str = ""
    entry_uuid: str = field(default="", metadata=shown())
    action: Action = field(default="", metadata=shown())
    reference_ids: tuple[LocalId, ...] = ()
    replaces: tuple[str, ...] = field(default=(), metadata=shown())
    transforms: tuple[str, ...] = field(default=(), metadata=shown())
    logical_id: str = ""
    version: str = ""
    availability_status: str = field(default="", metadata=shown())
    repository_unique_id: str = ""
    other_slots: tuple[tuple[str, tuple[str, ...]], ...] = ()
    reading: tuple[Finding, ...] = field(default=(), compare=False, metadata=shown())

    @property
    def masks(self) -> frozenset[Masking]:
        """The masks among the confidentiality codes."""
        found = (Masking.of(code.code) for code in self.confidentiality_codes)
        return frozenset(mask for mask in found if mask is not None)

    @property
    def carries_ins(self) -> bool:
        """True when one of its identifiers is a matricule INS."""
        ids = (self.patient_id, self.source_patient_id)
        people = (*(author.person for author in self.authors), self.legal_authenticator)
        return (
            any(item is not None and item.is_ins for item in ids)
            or any(item is not None and item.authority in INS_OIDS for item in people)
            or any(f"&{oid}&" in text for text in self.source_patient_info for oid in INS_OIDS)
        )

    @property
    def patient(self) -> Patient:
        """The patient that the metadata name, an identity asserted by its sender.

        The patient of an archive is that of its metadata, never that of a mail's text
        (MSSanté référentiel 2, ECO.2.1.2).
        """
        from segur_interop.xdm._patient import read_patient

        return read_patient(self)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed, and what is odd in the values."""
        masks = () if self.is_signature else mask_findings(self.masks)
        return (*self.reading, *masks, *_odd_values(self))

    @property
    def is_signature(self) -> bool:
        """True for the signature of a lot, which in the DMP's own example bears both masks."""
        return self.format_code is not None and self.format_code.code == _SIGNATURE


_MASKS_SOURCE: Final = "SEL-MP-037 EX_2.1-1050"
_SHA1: Final = re.compile(r"[0-9A-Fa-f]{40}")


_SIGNATURE: Final = "http://www.w3.org/2000/09/xmldsig#"


def mask_findings(masks: frozenset[Masking]) -> Iterable[Finding]:
    """The two masks that together leave nobody to read a health document."""
    if masks >= {Masking.MASQUE_PS, Masking.INVISIBLE_PATIENT}:
        yield Finding(
            rule="xdm.masks",
            message="hidden from professionals and from the patient at once",
            severity=Severity.ERROR,
            place="confidentiality_codes",
            source=_MASKS_SOURCE,
        )


def _odd_values(entry: DocumentEntry) -> Iterable[Finding]:
    from segur_interop.xdm._patient import names_several

    if names_several(entry):
        message = "several patients, or one with two INS: no identifier is read"
        yield _odd("xdm.patient.several", message, "source_patient_info")
    if entry.action not in ACTIONS:
        yield _odd("xdm.action", "neither C nor D", "action")
    if entry.hash and not _SHA1.fullmatch(entry.hash):
        yield _odd("xdm.hash", "not a SHA-1 in hexadecimal", "hash")


def _odd(rule: str, message: str, place: str) -> Finding:
    return Finding(rule=rule, message=message, severity=Severity.ERROR, place=place)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class SubmissionSet(Masked):
    """The XDS metadata of one lot (XDSSubmissionSet).

    Attributes:
        unique_id: OID, new for each lot.
        source_id: OID of the system that sends.
        patient_id: that of every document of the lot.
        submission_time: in UTC.
        authors: who or what sends.
        content_type_code: JDV_J59.
        title, comments: in clear.
        intended_recipients: as received; never written.
        folder: name of the lot folder, such as `SUBSET01`; "" when it has none.
        entry_uuid: RegistryPackage/@id.
        reading: what was noticed when it was read.
    """

    unique_id: str = ""
    source_id: str = field(default="", metadata=shown())
    patient_id: LocalId | None = None
    submission_time: Timestamp | None = field(default=None, metadata=shown())
    authors: tuple[Author, ...] = ()
    content_type_code: Code | None = field(default=None, metadata=shown())
    title: str = ""
    comments: str = ""
    intended_recipients: tuple[str, ...] = ()
    folder: str = ""
    entry_uuid: str = field(default="", metadata=shown())
    reading: tuple[Finding, ...] = field(default=(), compare=False, metadata=shown())
