"""The line of the catalogue of an item that was written."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any

from segur_interop import xdm
from segur_interop._time import Timestamp
from segur_interop.export._entries import Subject
from segur_interop.export.catalogue import (
    Absence,
    CataloguedAuthor,
    CataloguedCode,
    CataloguedId,
    CataloguedIns,
    Line,
)
from segur_interop.export.items import Item
from segur_interop.ins import Identity
from segur_interop.model import LocalId, Organization, Professional
from segur_interop.terminology import Code

__all__ = ["File", "catalogued_ids", "catalogued_ins", "identity_fields", "line_of"]


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


def catalogued_ids(subject: Subject) -> list[dict[str, str | None]]:
    """The local identifiers of a patient, as the catalogue writes them."""
    return [
        {"extension": item.extension, "root": item.root or None, "type": item.type or None}
        for item in subject.ids
    ]


def catalogued_ins(subject: Subject) -> dict[str, str] | None:
    """The INS of a patient, as the catalogue writes it; None where it is not written."""
    told = _ins(subject)
    return None if told is None else dataclasses.asdict(told)
