"""Adapters that make records of what a software has: CDA documents, a folder of files and a CSV."""

from __future__ import annotations

import csv
import dataclasses
import os
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segur_interop._time import Timestamp
from segur_interop.cda import Document
from segur_interop.errors import ExportError, InvalidMatricule, InvalidValue
from segur_interop.export.catalogue import BOM, Origin, SourceStatus
from segur_interop.export.items import Category, Item, Record
from segur_interop.ins import Attribute, Identity, IdentityStatus, Matricule, Sex
from segur_interop.model import LocalId, Organization, Patient, PersonName, Professional
from segur_interop.terminology import Code, Masking, value_set

if TYPE_CHECKING:
    from segur_interop.xdm.entry import Content

__all__ = [
    "COLUMNS",
    "DocumentSource",
    "FolderSource",
    "item_of_row",
    "media_type_of",
    "record_of_row",
]


class DocumentSource:
    """CDA documents, grouped by patient; they are held in memory."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Group the documents by INS, else by local identifier, in their order.

        Args:
            documents: written by `cda.wrap` or read by `cda.read`.

        Raises:
            ExportError: a document whose patient no identifier names.
        """
        self._groups: dict[str, list[Document]] = {}
        for document in documents:
            self._groups.setdefault(_key(document), []).append(document)

    @staticmethod
    def adapt(source: Iterable[Record] | Iterable[Document]) -> Iterable[Record]:
        """The source itself, or an adapter when it gives documents."""
        if isinstance(source, (list, tuple)) and source and isinstance(source[0], Document):
            return DocumentSource([item for item in source if isinstance(item, Document)])
        if callable(getattr(source, "announced", None)) or isinstance(source, (list, tuple)):
            return source  # type: ignore[return-value]
        return _Either(source)

    def announced(self) -> int:
        """How many documents there are."""
        return sum(map(len, self._groups.values()))

    def __iter__(self) -> Iterator[Record]:
        for key, documents in self._groups.items():
            yield Record(key=key, patient=documents[0].patient, items=_items(documents))


def _items(documents: Iterable[Document]) -> Iterator[Item]:
    """An item a document; those that share an identifier are told apart by their rank."""
    seen: Counter[str] = Counter()
    for document in documents:
        item = _item_of(document)
        seen[item.id] += 1
        again = seen[item.id]
        yield item if again == 1 else dataclasses.replace(item, id=f"{item.id}#{again}")


class _Either:
    """An iterable that gives records, or documents: the first one tells."""

    def __init__(self, source: Iterable[Record] | Iterable[Document]) -> None:
        self._source = source

    def __iter__(self) -> Iterator[Record]:
        stream: Iterator[Record | Document] = iter(self._source)
        for first in stream:
            if isinstance(first, Document):
                others = [item for item in stream if isinstance(item, Document)]
                yield from DocumentSource([first, *others])
                return
            yield first
            yield from (item for item in stream if isinstance(item, Record))


def _key(document: Document) -> str:
    identity, own = document.patient.identity, document.patient.local_id
    if identity.matricule is not None:
        return f"ins {identity.oid} {identity.matricule.value}"
    if own is None:
        raise ExportError("no identifier names its patient", place="source")
    return f"id {own.root or own.namespace} {own.extension}"


def _item_of(document: Document) -> Item:
    own, acts = document.id, next(iter(document.acts), None)
    period = acts.period if acts else None
    people = [item.entity for item in document.authors]
    signed = document.legal_authenticator
    return Item(
        id=f"{own.root}^{own.extension}" if own and own.extension else own.root if own else "-",
        content=document,
        mime_type="text/xml",
        type=document.code,
        produced=document.created,
        performed=period.low if period else None,
        performed_end=period.high if period else None,
        title=document.title,
        authors=tuple(who for who in people if isinstance(who, (Professional, Organization))),
        responsible=signed.entity
        if signed is not None and isinstance(signed.entity, Professional)
        else None,
        language=document.language or "fr-FR",
    )


# -- a folder and a CSV -------------------------------------------------------------------------

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
    "produced": "Date de production : HL7 (AAAAMMJJhhmmss+zzzz), ou AAAA-MM-JJ.",
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
_REQUIRED: Final = ("patient", "item", "file")
_TYPES: Final = {
    ".xml": "text/xml", ".pdf": "application/pdf", ".txt": "text/plain",
    ".json": "application/json",
    ".doc": "application/msword", ".jpg": "image/jpeg", ".jpeg": "image/jpeg", ".png": "image/png",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".tif": "image/tiff", ".tiff": "image/tiff", ".htm": "text/html", ".html": "text/html",
    ".rtf": "application/rtf", ".ics": "text/calendar", ".csv": "text/csv",
}  # fmt: skip
_BINARY: Final = "application/octet-stream"


class FolderSource:
    """Files of any format in a folder, described by a CSV with the columns `COLUMNS`.

    The lines of one patient follow each other; the identity is read from the first. The CSV is
    read as it goes.
    """

    def __init__(self, table: str | os.PathLike[str], *, delimiter: str = ";") -> None:
        """Read the header of the CSV.

        Args:
            table: path of the CSV, UTF-8; the paths within are relative to its folder.
            delimiter: between cells.

        Raises:
            ExportError: a required column is missing, or a column is unknown.
            OSError: it cannot be read.
        """
        self._table, self._delimiter = Path(table), delimiter
        with self._table.open(encoding="utf-8", newline="") as stream:
            header = next(csv.reader(stream, delimiter=delimiter), [])
        names = [name.removeprefix(BOM).strip() for name in header]
        if missing := [name for name in _REQUIRED if name not in names]:
            raise ExportError(f"columns are missing: {', '.join(missing)}", place="source")
        if unknown := set(names) - COLUMNS.keys():
            raise ExportError(f"{len(unknown)} unknown column(s)", place="source")
        self._names = names

    def announced(self) -> int:
        """How many lines the CSV has."""
        return sum(1 for _ in self._rows())

    def __iter__(self) -> Iterator[Record]:
        held: list[tuple[int, dict[str, str]]] = []
        for rank, row in enumerate(self._rows(), start=2):
            if held and held[0][1]["patient"] != row["patient"]:
                yield self._record(held)
                held = []
            held.append((rank, row))
        if held:
            yield self._record(held)

    def _rows(self) -> Iterator[dict[str, str]]:
        with self._table.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream, delimiter=self._delimiter)
            next(reader, None)
            for cells in reader:
                yield dict(zip(self._names, (cell.strip() for cell in cells), strict=False))

    def _record(self, rows: list[tuple[int, dict[str, str]]]) -> Record:
        return record_of_row(
            rows[0][1],
            [_item(row, self._table.parent, rank) for rank, row in rows],
            place=f"line {rows[0][0]}",
        )


def record_of_row(row: dict[str, str], items: Iterable[Item], *, place: str) -> Record:
    """A record of the columns that describe a patient.

    Args:
        row: values by column, "" or absent where the source has none.
        items: those of the patient.
        place: of the row, for the error.

    Raises:
        ExportError: a value that is none of its column; the message does not quote it.
    """
    try:
        identity = _identity(row)
        ids: tuple[LocalId, ...] = ()
        if row.get("ipp"):
            ids = (LocalId(extension=row["ipp"], root=row.get("ipp_root", ""), type="PI"),)
        return Record(
            key=row["patient"],
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


def _item(row: dict[str, str], folder: Path, rank: int) -> Item:
    path = folder / row.get("file", "")
    return item_of_row(row, path, media_type_of(path.name), place=f"line {rank}")


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
    if len(text) == len("2026-01-01") and text[4] == text[7] == "-":
        text = text.replace("-", "")
    return Timestamp.parse(text)


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
