"""From an item to its XDS metadata."""

from __future__ import annotations

import dataclasses
import errno
import os
import re
import stat
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from segur_interop import xdm
from segur_interop._time import Timestamp
from segur_interop.cda import Document
from segur_interop.errors import InvalidDocument, InvalidValue
from segur_interop.export.catalogue import Origin
from segur_interop.export.items import Item, Record
from segur_interop.ins import Identity, TraitVerdict, compare
from segur_interop.model import LocalId, Organization, Participant, Patient
from segur_interop.terminology import Code, Confidentiality, class_for_type
from segur_interop.xdm._mapping import Notes, author
from segur_interop.xdm._patient import patient_info

__all__ = ["Sender", "Subject", "describe", "derived_oid", "derived_uuid", "file_size", "own_oid"]

NAMESPACE: Final = uuid.UUID("2a9a71b8-5ecb-466c-bdb1-b5ebc9fa1c1e")
"""What derived UUIDs are made under: the same item has the same one in every export."""

_MAX_TITLE: Final = 1024
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def derived_uuid(*parts: str) -> uuid.UUID:
    """A UUID of version 5 of texts."""
    return uuid.uuid5(NAMESPACE, "\n".join(parts))


def derived_oid(*parts: str) -> str:
    """The same under 2.25 (ITU-T X.667)."""
    return f"2.25.{derived_uuid(*parts).int}"


@dataclass(frozen=True, slots=True)
class Sender:
    """The structure that exports, with the OID that names it.

    Attributes:
        organization: the structure.
        oid: its own, the one derived of its identifier, or one made under 2.25 of its name.
    """

    organization: Organization
    oid: str

    @classmethod
    def of(cls, organization: Organization) -> Sender:
        """The OID of a Corsican FINESS, or of a name alone, can only be made under 2.25."""
        try:
            oid = organization.oid_or_derived("sender")
        except InvalidValue:
            oid = derived_oid("sender", organization.idnat, organization.name)
        return cls(organization, oid)


@dataclass(frozen=True, slots=True)
class Subject:
    """What every item of a patient shares: identifiers, traits, what may be told of the INS."""

    key: str
    patient: Patient
    identity: Identity
    patient_id: LocalId
    source_id: LocalId
    info: tuple[str, ...]
    ids: tuple[LocalId, ...]

    @classmethod
    def of(cls, record: Record, sender: Sender) -> Subject:
        """The INS only if the identity may transmit it (RNIV EXI SI 08); else the local id.

        A patient without identifier in a domain with an OID is named by the key of the source, in
        a domain made of the structure.
        """
        patient = record.patient
        identity, ins = patient.identity, None
        if identity.may_transmit_ins and identity.matricule is not None and identity.oid:
            matricule = identity.matricule
            ins = LocalId(root=identity.oid, extension=matricule.value, type="NH")
            identity = identity.normalised()
        ids = patient.document_ids
        own = next((item for item in ids if item.type == "PI"), next(iter(ids), None))
        if own is None:
            own = LocalId(root=derived_oid("patients", sender.oid), extension=record.key, type="PI")
        own = dataclasses.replace(own, type=own.type or "PI")
        info, _ = patient_info(identity, [item for item in ids if item.extension != own.extension])
        return cls(
            key=record.key,
            patient=patient,
            identity=patient.identity,
            patient_id=ins or own,
            source_id=own,
            info=info,
            ids=patient.ids,
        )

    @property
    def may_transmit(self) -> bool:
        """True when the INS is written."""
        return self.patient_id.is_ins

    def is_other(self, document: Identity) -> bool:
        """True when a document bears the INS of somebody else, now or in the past."""
        verdict = compare(self.identity, document).matricule.verdict
        if verdict is not TraitVerdict.DIFFERENT or document.matricule is None:
            return False
        former = {item.value for item in self.identity.history}
        return document.matricule.value not in former

    def differing(self, document: Identity) -> tuple[str, ...]:
        """The strict traits that a document writes otherwise than the source does now."""
        compared = compare(self.identity, document)
        return tuple(
            name
            for name, trait in _TRAITS
            if getattr(compared, trait).verdict is TraitVerdict.DIFFERENT
        )


_TRAITS: Final = (
    ("nom_naissance", "birth_name"),
    ("prenoms", "birth_given_names"),
    ("date_naissance", "birth_date"),
    ("sexe", "sex"),
)


# -- XDS metadata -------------------------------------------------------------------------------


def describe(
    item: Item, subject: Subject, sender: Sender, document: Document | None
) -> xdm.DocumentEntry:
    """The metadata of an item: what the software holds, completed by the header of a CDA.

    Args:
        item: from the source.
        subject: its patient.
        sender: the structure that exports.
        document: the CDA that its octets are, None for another format.

    Raises:
        SegurError: a value that no metadata can hold.
    """
    base = xdm.DocumentEntry() if document is None else _header(document)
    authors = tuple(author(Participant(type="AUT", entity=who), Notes()) for who in item.authors)
    signatory = _signatory(item)
    type_code = item.type or base.type_code
    return dataclasses.replace(
        base,
        unique_id=base.unique_id or item.unique_id or own_oid(item, subject, sender),
        entry_uuid=entry_uuid(item.id, subject, sender),
        patient_id=subject.patient_id,
        source_patient_id=subject.source_id,
        source_patient_info=subject.info,
        asserted=False,
        authors=authors or base.authors,
        legal_authenticator=signatory or base.legal_authenticator,
        class_code=item.class_code or base.class_code or _class_of(type_code),
        type_code=type_code,
        format_code=item.format_code or base.format_code,
        confidentiality_codes=_confidentiality(item),
        healthcare_facility_type_code=_told(item, "facility", base, sender),
        practice_setting_code=_told(item, "practice", base, sender),
        creation_time=_xds(item.when("produced")) or base.creation_time,
        service_start_time=_xds(item.when("performed")) or base.service_start_time,
        service_stop_time=_xds(item.when("performed_end")) or base.service_stop_time,
        language_code=base.language_code or item.language,
        title=_title(item.title) or base.title,
        mime_type=item.mime_type,
        size=None,
        hash="",
        uri="",
        action="",
        replaces=(entry_uuid(item.replaces, subject, sender),) if item.replaces else (),
        transforms=(entry_uuid(item.twin_of, subject, sender),) if item.twin_of else (),
        reading=(),
    )


def _header(document: Document) -> xdm.DocumentEntry:
    try:
        return xdm.document_entry(document)
    except InvalidDocument:
        return xdm.DocumentEntry(unique_id="")


def own_oid(item: Item, subject: Subject, sender: Sender) -> str:
    """An OID for an item that has none, the same in every export."""
    return derived_oid("document", sender.oid, subject.key, item.id)


def entry_uuid(item_id: str, subject: Subject, sender: Sender) -> str:
    """The entryUUID of an item."""
    return f"urn:uuid:{derived_uuid('entry', sender.oid, subject.key, item_id)}"


def _signatory(item: Item) -> xdm.Xcn | None:
    if item.responsible is None:
        return None
    return author(Participant(type="AUT", entity=item.responsible), Notes()).person


def _class_of(type_code: Code | None) -> Code | None:
    if type_code is None:
        return None
    code, system = type_code.code, type_code.system
    return class_for_type(code, system) or class_for_type(code, system, table="ASS_X04")


def _confidentiality(item: Item) -> tuple[Code, ...]:
    base = Confidentiality(item.confidentiality).code
    return (base, *(mask.code for mask in sorted(item.masks)))


def _told(item: Item, kind: str, base: xdm.DocumentEntry, sender: Sender) -> Code | None:
    """That of the item, of its header, or of the structure for what it produced."""
    where = sender.organization if item.origin is Origin.PRODUCED else None
    if kind == "facility":
        told = item.facility_type or base.healthcare_facility_type_code
        return told or (where.facility_type if where else None)
    told = item.practice_setting or base.practice_setting_code
    return told or (where.practice_setting if where else None)


def _xds(moment: Timestamp | None) -> Timestamp | None:
    """In UTC to the second, or a day as it is; None when no zone tells it."""
    if moment is None:
        return None
    try:
        digits = moment.utc()
    except InvalidValue:
        return Timestamp(moment.year, moment.month, moment.day)
    return Timestamp.parse(digits if moment.hour is None else f"{digits}+0000")


def _title(text: str) -> str:
    """The title, "" when the schema of the metadata does not admit it: the catalogue has it."""
    return "" if len(text) > _MAX_TITLE or _NO_XML.search(text) else text.strip()


def file_size(item: Item) -> int | None:
    """What the source tells, else the octets of a path or of bytes.

    Raises:
        OSError: the path cannot be asked, or is no regular file: a pipe or a device may never end.
    """
    if isinstance(item.content, (str, os.PathLike)):
        about = Path(item.content).stat()
        if not stat.S_ISREG(about.st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return about.st_size if item.size is None else item.size
    if isinstance(item.content, bytes) and item.size is None:
        return len(item.content)
    return item.size
