"""From the columns of a table to values: what a row of a CSV or of a query says."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segur_interop._time import Timestamp
from segur_interop.errors import ExportError, InvalidMatricule, InvalidValue
from segur_interop.export.catalogue import Origin, SourceStatus
from segur_interop.export.items import Category, Item, Record, Unfit, is_item_id
from segur_interop.export.request import Refused
from segur_interop.ins import Attribute, Identity, IdentityStatus, Matricule, Sex
from segur_interop.model import LocalId, Patient, PersonName, Professional
from segur_interop.model._checks import check_text
from segur_interop.terminology import Code, Masking, value_set

if TYPE_CHECKING:
    from segur_interop.xdm.entry import Content

__all__ = [
    "COLUMNS",
    "PATIENT",
    "item_of_row",
    "media_type_of",
    "record_of_row",
    "unfit",
    "unread_record",
]

COLUMNS: Final = {
    "patient": "Clé du patient : les lignes d'un même patient se suivent.",
    "item": "Identifiant du document, unique pour le patient.",
    "file": "Chemin du fichier, depuis le dossier du CSV.",
    "mime": "Type de média ; d'après l'extension s'il est vide.",
    "birth_name": "Nom de naissance.",
    "birth_given_names": "Prénoms de naissance, séparés par des espaces.",
    "first_birth_given_name": "Premier prénom de naissance.",
    "birth_date": "Date de naissance, AAAA-MM-JJ.",
    "sex": "M, F ou I.",
    "birth_place": "Code officiel géographique du lieu de naissance.",
    "used_name": "Nom utilisé.",
    "used_given_name": "Prénom utilisé.",
    "status": "PROVISOIRE, VALIDEE, RECUPEREE ou QUALIFIEE ; PROVISOIRE si vide.",
    "attributes": "HOMONYME, DOUTEUSE, FICTIVE, séparés par des espaces.",
    "matricule": "Matricule INS, 15 caractères.",
    "matricule_oid": "OID du matricule INS.",
    "ipp": "Identifiant permanent du patient.",
    "ipp_root": "OID du domaine de l'IPP.",
    "referents": "Professionnels référents (RPPS), séparés par des espaces.",
    "type": "Code du type de document (JDV_J07).",
    "title": "Titre.",
    "produced": "Date de production : HL7 (AAAAMMJJhhmmss+zzzz), ou ISO 8601 (AAAA-MM-JJ).",
    "performed": "Début de l'acte.",
    "performed_end": "Fin de l'acte.",
    "author": "RPPS ou PS_IdNat de l'auteur.",
    "author_family": "Nom d'exercice de l'auteur.",
    "author_given": "Prénom d'exercice de l'auteur.",
    "responsible": "RPPS ou PS_IdNat du responsable.",
    "confidentiality": "N, R ou V ; N si vide.",
    "masks": "MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS_LEGAUX.",
    "replaces": "Identifiant du document remplacé.",
    "source_status": "FINAL, SUPERSEDED ou DELETED ; FINAL si vide.",
    "origin": "PRODUCED ou RECEIVED ; PRODUCED si vide.",
    "category": "DOCUMENT, NOTE_PERSONNELLE, AGENDA ou TRACE ; DOCUMENT si vide.",
    "twin_of": "Identifiant du document structuré dont ce PDF est le double.",
}
"""Columns of the CSV, in any order; only `patient`, `item` and `file` are required."""
PATIENT: Final = (
    "patient", "birth_name", "birth_given_names", "first_birth_given_name", "birth_date", "sex",
    "birth_place", "used_name", "used_given_name", "status", "attributes", "matricule",
    "matricule_oid", "ipp", "ipp_root", "referents",
)  # fmt: skip
"""Those that describe a patient; the others an item."""
_TYPES: Final = {
    ".xml": "text/xml", ".pdf": "application/pdf", ".txt": "text/plain",
    ".json": "application/json",
    ".doc": "application/msword", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".tif": "image/tiff", ".tiff": "image/tiff", ".htm": "text/html", ".html": "text/html",
    ".rtf": "application/rtf", ".ics": "text/calendar", ".csv": "text/csv",
}  # fmt: skip
_BINARY: Final = "application/octet-stream"


def record_of_row(row: dict[str, str], items: Iterable[Item | Unfit], *, place: str) -> Record:
    """A record of the columns that describe a patient.

    Args:
        row: values by column, "" or absent where the source has none.
        items: those of the patient.
        place: of the row, for the error.

    Raises:
        ExportError: a value that is none of its column; the message does not quote it.
    """
    try:
        "".join(row.values()).encode()
        identity = _identity(row)
        ids: tuple[LocalId, ...] = ()
        if row.get("ipp"):
            ids = (LocalId(extension=row["ipp"], root=row.get("ipp_root", ""), type="PI"),)
        return Record(
            key=check_text(row.get("patient", ""), "record.key", required=True),
            patient=Patient(identity=identity, ids=ids),
            items=items,
            referents=tuple(row.get("referents", "").split()),
        )
    except (InvalidValue, InvalidMatricule) as error:
        raise ExportError(f"not a value of its column: {error.place}", place=place) from None
    except (ValueError, KeyError):
        raise ExportError("a patient cannot be read", place=place) from None


def _identity(row: dict[str, str]) -> Identity:
    number, born = row.get("matricule", ""), row.get("birth_date", "")
    day, received = _day(born)
    return Identity(
        birth_name=row.get("birth_name", ""),
        birth_given_names=row.get("birth_given_names", ""),
        first_birth_given_name=row.get("first_birth_given_name", ""),
        birth_place=row.get("birth_place", ""),
        used_name=row.get("used_name", ""),
        used_given_name=row.get("used_given_name", ""),
        birth_date=day,
        received_birth_date=received,
        sex=Sex(row["sex"]) if row.get("sex") else None,
        matricule=Matricule.parse(number, row.get("matricule_oid") or None) if number else None,
        status=IdentityStatus[row.get("status") or "PROVISOIRE"],
        attributes=frozenset(Attribute[name] for name in row.get("attributes", "").split()),
    )


def _day(text: str) -> tuple[date | None, str]:
    """The date, or the text of one that is not of the calendar (an unknown day)."""
    if not text:
        return None, ""
    try:
        return date.fromisoformat(text), ""
    except ValueError:
        return None, text


def unread_record(key: str, items: Iterable[Item | Unfit], *, place: str) -> Record:
    """A patient whose identity cannot be read, or is told in two ways: no item is given as theirs.

    Args:
        key: of the patient, "" without.
        items: of the patient.
        place: of the patient in the source, their name for want of a key.
    """
    try:
        name = check_text(key, "record.key", required=True)
    except InvalidValue:
        name = f"? {place}"
    return Record(
        key=name,
        patient=Patient(identity=Identity()),
        items=(Unfit(id=item.id, reason=Refused.IDENTITY) for item in items),
    )


def unfit(name: str, place: str, reason: Refused) -> Unfit:
    """An item that cannot be given, by its identifier or else by its place."""
    return Unfit(id=name if is_item_id(name) else place, reason=reason)


def item_of_row(row: dict[str, str], content: Content, mime_type: str, *, place: str) -> Item:
    """An item of the columns that describe one.

    Args:
        row: values by column, "" or absent where the source has none.
        content: of the item.
        mime_type: where the row tells none.
        place: of the row, for the error.

    Raises:
        ExportError: a value that is none of its column; the message does not quote it.
    """
    try:
        "".join(row.values()).encode()
        return Item(
            id=row.get("item", ""),
            content=content,
            mime_type=row.get("mime") or mime_type,
            type=_type(row["type"]) if row.get("type") else None,
            produced=_moment(row.get("produced", "")),
            performed=_moment(row.get("performed", "")),
            performed_end=_moment(row.get("performed_end", "")),
            title=row.get("title", ""),
            authors=tuple(filter(None, [_author(row)])),
            responsible=_professional(row["responsible"]) if row.get("responsible") else None,
            confidentiality=row.get("confidentiality") or "N",
            masks=frozenset(Masking(name) for name in row.get("masks", "").split()),
            replaces=row.get("replaces", ""),
            status=SourceStatus(row.get("source_status") or "FINAL"),
            origin=Origin(row.get("origin") or "PRODUCED"),
            category=Category(row.get("category") or "DOCUMENT"),
            twin_of=row.get("twin_of", ""),
        )
    except InvalidValue as error:
        raise ExportError(f"not a value of its column: {error.place}", place=place) from None
    except ValueError:
        raise ExportError("an item cannot be read", place=place) from None


def media_type_of(name: str) -> str:
    """The media type that the extension of a file name tells."""
    return _TYPES.get(Path(name).suffix.lower(), _BINARY)


def _type(code: str) -> Code:
    return value_set("J07").find(code) or Code(code=code)


def _moment(text: str) -> Timestamp | None:
    if not text:
        return None
    if len(text) < len("2026-01-01") or text[4] != "-":
        return Timestamp.parse(text)
    if len(text) == len("2026-01-01"):
        return Timestamp.parse(text.replace("-", ""))
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        return Timestamp.parse(moment.strftime("%Y%m%d%H%M%S"))
    return Timestamp.of(moment)


def _author(row: dict[str, str]) -> Professional | None:
    number, family, given = (
        row.get(name, "") for name in ("author", "author_family", "author_given")
    )
    if not (number or family):
        return None
    name = PersonName(family=family, given=given) if family else None
    return Professional(idnat=number, name=name)


def _professional(number: str) -> Professional:
    return Professional(idnat=number)
