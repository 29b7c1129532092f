"""From an item to its XDS metadata and its line of the catalogue."""

from __future__ import annotations

import dataclasses
import os
import re
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from segur_interop import xdm
from segur_interop._time import Timestamp
from segur_interop.cda import Document
from segur_interop.errors import InvalidDocument, InvalidValue
from segur_interop.export.catalogue import (
    Absence,
    CataloguedAuthor,
    CataloguedCode,
    CataloguedId,
    CataloguedIns,
    Line,
    Origin,
)
from segur_interop.export.items import Item, Record
from segur_interop.ins import Identity, TraitVerdict, compare
from segur_interop.model import LocalId, Organization, Participant, Patient, Professional
from segur_interop.terminology import Code, Confidentiality, class_for_type
from segur_interop.xdm._mapping import Notes, author
from segur_interop.xdm._patient import patient_info

__all__ = ["Sender", "Subject", "describe", "derived_oid", "derived_uuid", "line_of"]

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


# -- the catalogue ------------------------------------------------------------------------------


def line_of(
    item: Item, subject: Subject, metadata: xdm.DocumentEntry, place: str, file: File
) -> Line:
    """The line of an item that was written, its lot and archive still to be told (`@`)."""
    identity = subject.identity
    produced = item.when("produced") or _told_by_header(metadata, item)
    return Line(
        item_id=item.id,
        lot="@",
        archive="@",
        path_in_archive=place,
        sha256=file.sha256,
        size=file.size,
        mime=metadata.mime_type,
        unique_id=metadata.unique_id,
        format_code=_code(metadata.format_code),
        title=item.title or metadata.title or None,
        **identity_fields(identity),
        ins=_ins(subject),
        ins_absence=_why_no_ins(subject),
        traits_discordants=file.differing,
        local_ids=tuple(map(_id, subject.ids)),
        date_production=_text(produced),
        date_production_absence=None if produced else Absence.NON_STOCKEE,
        date_acte=_text(item.when("performed") or metadata.service_start_time),
        date_fin_acte=_text(item.when("performed_end") or metadata.service_stop_time),
        type=_code(metadata.type_code),
        type_absence=None if metadata.type_code else Absence.NON_STOCKEE,
        classe=_code(metadata.class_code),
        authors=_authors(item, metadata),
        responsible=_responsible(item, metadata),
        confidentiality=item.confidentiality,
        masks=tuple(sorted(item.masks)),
        replaces=item.replaces or None,
        replaced_by=file.replaced_by or None,
        source_status=item.status,
        origin=item.origin,
        category=item.category,
        language=metadata.language_code or None,
        pdf_twin_of=item.twin_of or None,
        readable=file.readable or None,
        readable_sha256=file.readable_sha256 or None,
        wrapped_sha256=file.wrapped_sha256 or None,
        wrapped_mime=file.wrapped_mime or None,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class File:
    """What was learnt of the octets of an item while they passed.

    Attributes:
        sha256, size: of the file in the archive.
        replaced_by: id of the item that replaces it, "" for the last.
        readable, readable_sha256: the form made for a person, and its path.
        wrapped_sha256, wrapped_mime: of what was put in a CDA.
        differing: traits that its header writes otherwise.
    """

    sha256: str
    size: int
    replaced_by: str = ""
    readable: str = ""
    readable_sha256: str = ""
    wrapped_sha256: str = ""
    wrapped_mime: str = ""
    differing: tuple[str, ...] = ()


def _told_by_header(metadata: xdm.DocumentEntry, item: Item) -> Timestamp | None:
    return None if item.when("produced") else metadata.creation_time


def identity_fields(identity: Identity) -> dict[str, Any]:
    """The traits of a patient, as every file of an export names them."""
    return {
        "nom_naissance": identity.birth_name or None,
        "prenoms": identity.birth_given_names or identity.first_birth_given_name or None,
        "date_naissance": identity.birth_date.isoformat() if identity.birth_date else None,
        "sexe": identity.sex.value if identity.sex else None,
        "premier_prenom": identity.first_birth_given_name or None,
        "date_naissance_recue": identity.received_birth_date or None,
        "lieu_naissance": identity.birth_place or None,
        "nom_utilise": identity.used_name or None,
        "prenom_utilise": identity.used_given_name or None,
        "rang_naissance": identity.multiple_birth_order,
        "statut_identite": identity.status.name,
        "attributs_identite": tuple(sorted(item.value for item in identity.attributes)),
    }


def _ins(subject: Subject) -> CataloguedIns | None:
    matricule = subject.identity.matricule
    if not subject.may_transmit or matricule is None or matricule.kind is None:
        return None
    return CataloguedIns(
        matricule=matricule.number,
        cle=matricule.key,
        oid=str(matricule.oid),
        nature=matricule.kind.name,
        statut="QUALIFIEE",
    )


def _why_no_ins(subject: Subject) -> Absence | None:
    identity = subject.identity
    if subject.may_transmit:
        return None
    if identity.matricule is None:
        return Absence.NON_STOCKEE
    if identity.status.name != "QUALIFIEE" or identity.asserted:
        return Absence.IDENTITE_NON_QUALIFIEE
    return Absence.INS_NON_TRANSMISSIBLE


def _id(item: LocalId) -> CataloguedId:
    return CataloguedId(extension=item.extension, root=item.root or None, type=item.type or None)


def _code(code: Code | None) -> CataloguedCode | None:
    if code is None:
        return None
    return CataloguedCode(code=code.code, system=code.system or None, label=code.label or None)


def _text(moment: Timestamp | None) -> str | None:
    return None if moment is None else str(moment)


def _authors(item: Item, metadata: xdm.DocumentEntry) -> tuple[CataloguedAuthor, ...]:
    if item.authors:
        return tuple(filter(None, map(_person, item.authors)))
    return tuple(filter(None, (_xcn(who.person, who.institutions) for who in metadata.authors)))


def _responsible(item: Item, metadata: xdm.DocumentEntry) -> CataloguedAuthor | None:
    if item.responsible is not None:
        return _person(item.responsible)
    return _xcn(metadata.legal_authenticator, ())


def _person(who: Professional | Organization) -> CataloguedAuthor | None:
    number = who.idnat or next((item.extension for item in who.ids if item.extension), "")
    if isinstance(who, Organization):
        return _author(number, who.name, "", "")
    where, name = who.organization, who.name
    structure = (where.idnat or where.name) if where else ""
    return _author(
        number, name.display_family if name else "", name.given if name else "", structure
    )


def _xcn(who: xdm.Xcn | None, institutions: tuple[xdm.Xon, ...]) -> CataloguedAuthor | None:
    structure = next((item.id or item.name for item in institutions), "")
    if who is None:
        return _author(structure, next((item.name for item in institutions), ""), "", "")
    return _author(who.id, who.family, who.given, structure)


def _author(number: str, name: str, given: str, structure: str) -> CataloguedAuthor | None:
    if not (number or name or given or structure):
        return None
    return CataloguedAuthor(
        id=number or None, nom=name or None, prenom=given or None, structure=structure or None
    )


def file_size(item: Item) -> int | None:
    """Octets of a path or of bytes, what the source tells otherwise.

    Raises:
        OSError: the path cannot be asked.
    """
    if isinstance(item.content, bytes):
        return len(item.content)
    if isinstance(item.content, (str, os.PathLike)):
        return Path(item.content).stat().st_size
    return item.size


def catalogued_ids(subject: Subject) -> list[dict[str, str | None]]:
    """The local identifiers of a patient, as the catalogue writes them."""
    return [
        {"extension": item.extension, "root": item.root or None, "type": item.type or None}
        for item in subject.ids
    ]
