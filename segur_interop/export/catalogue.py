"""The catalogue of an export: one line an item, described once and written two ways.

`Line` is the schema. From its fields are made CATALOG.JSL (JSON Lines), CATALOG.CSV, the
dictionary of the documentation and the JSON Schema; both files are read back by the same fields.

(DSR-HOP-DPI-Va1 and DSR-PHA-LGO-Va1 2.2, Portabilité: name, given name, date of birth and sex
always; INS, date of production and type of the data when they are stored. What is not stored is
stated, never filled: ANS, IG Portabilité des données LGC, negative data and data not filled are
distinct.)
"""

from __future__ import annotations

import csv
import dataclasses
import enum
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, TextIO

from segur_interop._masking import Masked
from segur_interop.errors import ExportError

__all__ = [
    "COLUMNS",
    "FIELDS",
    "Absence",
    "CataloguedAuthor",
    "CataloguedCode",
    "CataloguedId",
    "CataloguedIns",
    "Field",
    "Kind",
    "Line",
    "Origin",
    "SourceStatus",
    "csv_header",
    "csv_row",
    "json_line",
    "json_schema",
    "read_csv",
    "read_json_line",
]

VERSION: Final = 1
BOM: Final = "\ufeff"
SEPARATOR: Final = ";"


class Absence(enum.StrEnum):
    """Why a value that is due when stored is not there."""

    NON_STOCKEE = "NON_STOCKEE"
    IDENTITE_NON_QUALIFIEE = "IDENTITE_NON_QUALIFIEE"
    INS_NON_TRANSMISSIBLE = "INS_NON_TRANSMISSIBLE"


class SourceStatus(enum.StrEnum):
    """What the item is in the software that exports it."""

    FINAL = "FINAL"
    SUPERSEDED = "SUPERSEDED"
    DELETED = "DELETED"


class Origin(enum.StrEnum):
    """Whether the item was produced there or received from elsewhere."""

    PRODUCED = "PRODUCED"
    RECEIVED = "RECEIVED"


class Kind(enum.Enum):
    """How a field is written: in JSON, and in one or several CSV columns."""

    TEXT = "text"
    INTEGER = "integer"
    OBJECT = "object"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the schema, or of an object within it.

    Attributes:
        name: key in JSON, column in CSV.
        kind: how it is written.
        always: True when a value is always there; else null states that the source has none.
        description: for the dictionary, in French as its readers are.
        parts: the fields of an object, or of each object of a list; () for plain texts.
        values: the only values, where the list is closed.
        made: builds an object from its values; None for a plain value.
    """

    name: str
    kind: Kind
    always: bool
    description: str
    parts: tuple[Field, ...] = ()
    values: tuple[str, ...] = ()
    made: type[Any] | None = None


def _told(
    description: str,
    kind: Kind = Kind.TEXT,
    *,
    always: bool = False,
    of: type[Any] | None = None,
    values: type[enum.StrEnum] | None = None,
) -> Any:
    metadata = {"told": (description, kind, always, of, values)}
    if always:
        return field(metadata=metadata)
    return field(default=() if kind is Kind.LIST else None, metadata=metadata)


def _due(description: str) -> Any:
    """Always a key; null states that the source itself holds none."""
    return field(metadata={"told": (description, Kind.TEXT, False, None, None)})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CataloguedIns(Masked):
    """A matricule INS as the catalogue writes it."""

    matricule: str = _told("Les 13 caractères du matricule INS.", always=True)
    cle: str = _told("La clé, 2 chiffres.", always=True)
    oid: str = _told("OID de l'autorité d'affectation.", always=True)
    nature: str = _told("NIR, NIA, NIR_TEST ou NIR_DEMO, d'après l'OID.", always=True)
    statut: str = _told("Statut de l'identité : toujours QUALIFIEE.", always=True)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CataloguedId(Masked):
    """An identifier of one domain."""

    extension: str = _told("L'identifiant.", always=True)
    root: str | None = _told("OID ou UUID du domaine.")
    type: str | None = _told("Type HL7 0203 : PI pour un IPP.")


@dataclass(frozen=True, slots=True, kw_only=True)
class CataloguedCode:
    """A code with its system."""

    code: str = _told("Le code.", always=True)
    system: str | None = _told("OID du système de codage.")
    label: str | None = _told("Libellé.")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CataloguedAuthor(Masked):
    """A professional, a device or a structure."""

    id: str | None = _told("PS_IdNat (8 et RPPS, 0 et ADELI…) ou Struct_IdNat (1 et FINESS…).")
    nom: str | None = _told("Nom d'exercice, ou nom de la structure ou du logiciel.")
    prenom: str | None = _told("Prénom d'exercice.")
    structure: str | None = _told("Struct_IdNat de la structure d'exercice, ou son nom.")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Line(Masked):
    """One item of an export.

    The fields and their order are those of the files. Texts are never empty: None states that the
    source holds no value. Times are HL7 timestamps with the precision and offset of the source.
    """

    item_id: str = _told("Identifiant de l'élément dans le logiciel source.", always=True)
    lot: str = _told("Dossier du lot, LOTnnnnn.", always=True)
    archive: str = _told("Nom de l'archive du patient, PATnnnnn.ZIP.", always=True)
    path_in_archive: str = _told("Chemin du fichier dans l'archive.", always=True)
    sha256: str = _told("Empreinte SHA-256 du fichier, 64 chiffres hexadécimaux.", always=True)
    size: int = _told("Taille du fichier, en octets.", Kind.INTEGER, always=True)
    mime: str = _told("Type de média du fichier.", always=True)
    unique_id: str = _told("Identifiant unique du document (METADATA.XML, uniqueId).", always=True)
    format_code: CataloguedCode | None = _told(
        "Format (METADATA.XML, formatCode).", Kind.OBJECT, of=CataloguedCode
    )
    title: str | None = _told("Titre du document.")
    nom_naissance: str | None = _due("Nom de naissance ; vide si le logiciel source n'en a pas.")
    prenoms: str | None = _due(
        "Prénoms de naissance, séparés par des espaces ; vide pour un nouveau-né sans prénom."
    )
    date_naissance: str | None = _due(
        "Date de naissance, AAAA-MM-JJ, complétée selon le RNIV si le jour ou le mois est inconnu."
    )
    sexe: str | None = _due("M, F ou I (indéterminé).")
    premier_prenom: str | None = _told("Premier prénom de naissance, s'il est distingué.")
    date_naissance_recue: str | None = _told(
        "Date de naissance telle que reçue, si elle n'est pas une date du calendrier."
    )
    lieu_naissance: str | None = _told("Code officiel géographique du lieu de naissance.")
    nom_utilise: str | None = _told("Nom utilisé.")
    prenom_utilise: str | None = _told("Prénom utilisé.")
    rang_naissance: int | None = _told("Rang de naissance gémellaire.", Kind.INTEGER)
    statut_identite: str = _told("PROVISOIRE, VALIDEE, RECUPEREE ou QUALIFIEE (RNIV).", always=True)
    attributs_identite: tuple[str, ...] = _told(
        "Attributs de l'identité : HOMONYME, DOUTEUSE, FICTIVE.", Kind.LIST
    )
    ins: CataloguedIns | None = _told(
        "INS, seulement d'une identité QUALIFIEE et avec ses traits.", Kind.OBJECT, of=CataloguedIns
    )
    ins_absence: str | None = _told("Pourquoi il n'y a pas d'INS.", values=Absence)
    traits_discordants: tuple[str, ...] = _told(
        "Traits que l'en-tête du document écrit autrement que l'identité du patient : "
        "nom_naissance, prenoms, date_naissance, sexe. À regarder avant de classer le document.",
        Kind.LIST,
    )
    local_ids: tuple[CataloguedId, ...] = _told(
        "Identifiants du patient dans d'autres domaines (IPP…).", Kind.LIST, of=CataloguedId
    )
    date_production: str | None = _told("Date de production de la donnée.")
    date_production_absence: str | None = _told(
        "Pourquoi il n'y a pas de date de production.", values=Absence
    )
    date_acte: str | None = _told("Début de l'acte ou du séjour documenté.")
    date_fin_acte: str | None = _told("Fin de l'acte ou du séjour documenté.")
    type: CataloguedCode | None = _told(
        "Type de la donnée (JDV_J07).", Kind.OBJECT, of=CataloguedCode
    )
    type_absence: str | None = _told("Pourquoi il n'y a pas de type.", values=Absence)
    classe: CataloguedCode | None = _told("Classe du document.", Kind.OBJECT, of=CataloguedCode)
    authors: tuple[CataloguedAuthor, ...] = _told("Auteurs.", Kind.LIST, of=CataloguedAuthor)
    responsible: CataloguedAuthor | None = _told(
        "Professionnel responsable.", Kind.OBJECT, of=CataloguedAuthor
    )
    confidentiality: str | None = _told("Confidentialité : N, R ou V.")
    masks: tuple[str, ...] = _told(
        "Masquages : MASQUE_PS, INVISIBLE_PATIENT, INVISIBLE_REPRESENTANTS_LEGAUX.", Kind.LIST
    )
    replaces: str | None = _told("item_id de l'élément que celui-ci remplace.")
    replaced_by: str | None = _told("item_id de l'élément qui remplace celui-ci.")
    source_status: str = _told("Statut dans le logiciel source.", always=True, values=SourceStatus)
    origin: str = _told("Produit par le logiciel source, ou reçu.", always=True, values=Origin)
    category: str = _told(
        "Nature pour les exclusions par défaut : DOCUMENT, NOTE_PERSONNELLE, AGENDA, TRACE.",
        always=True,
    )
    language: str | None = _told("Langue, par exemple fr-FR.")
    pdf_twin_of: str | None = _told("item_id du document structuré dont ce PDF est le double.")
    readable: str | None = _told(
        "Chemin, dans l'archive, de la forme lisible sans logiciel (PDF ou HTML) faite pour "
        "l'export d'un CDA qui n'a pas de double PDF."
    )
    readable_sha256: str | None = _told("Empreinte SHA-256 de cette forme lisible.")
    wrapped_sha256: str | None = _told(
        "Empreinte SHA-256 du fichier d'origine, mis dans le corps d'un CDA R2 de niveau 1."
    )
    wrapped_mime: str | None = _told("Type de média du fichier d'origine mis dans le CDA.")


# -- the schema, read from the dataclasses ------------------------------------------------------


def _fields(kind: type[Any]) -> tuple[Field, ...]:
    made = []
    for item in dataclasses.fields(kind):
        description, how, always, of, values = item.metadata["told"]
        made.append(
            Field(
                name=item.name,
                kind=how,
                always=always,
                description=description,
                parts=() if of is None else _fields(of),
                values=() if values is None else tuple(member.value for member in values),
                made=of,
            )
        )
    return tuple(made)


FIELDS: Final = _fields(Line)
"""Every field of a line, in the order of the files."""


def _columns(fields: Iterable[Field]) -> Iterator[tuple[Field, Field | None]]:
    for item in fields:
        if item.kind is Kind.OBJECT:
            yield from ((item, part) for part in item.parts)
        else:
            yield item, None


COLUMNS: Final = tuple(
    item.name if part is None else f"{item.name}.{part.name}" for item, part in _columns(FIELDS)
)
"""Columns of the CSV: one a field, `object.part` for each part of an object."""


# -- JSON Lines ---------------------------------------------------------------------------------


def json_line(line: Line) -> str:
    """The line as one JSON object, every field in order, without its line end."""
    return _json(_data(line))


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _data(line: Line) -> dict[str, Any]:
    return {item.name: _plain(getattr(line, item.name), item) for item in FIELDS}


def _plain(value: Any, told: Field) -> Any:
    if value is None or not told.parts:
        return list(value) if told.kind is Kind.LIST else value
    if told.kind is Kind.LIST:
        return [_object(item, told.parts) for item in value]
    return _object(value, told.parts)


def _object(value: Any, parts: Iterable[Field]) -> dict[str, Any]:
    return {part.name: getattr(value, part.name) for part in parts}


def read_json_line(text: str) -> Line:
    """The line that `json_line` wrote.

    Raises:
        ExportError: not such an object; `place` is the field, the message quotes no value.
    """
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise ExportError("not a line of JSON") from None
    if not isinstance(data, dict):
        raise ExportError("a line is a JSON object")
    return _line(data)


def _line(data: Mapping[str, Any]) -> Line:
    if unknown := data.keys() - {item.name for item in FIELDS}:
        raise ExportError(f"{len(unknown)} unknown field(s)")
    return Line(**{item.name: _value(data.get(item.name), item) for item in FIELDS})


def _value(value: Any, told: Field) -> Any:
    """A value of JSON as the field holds it.

    Raises:
        ExportError: absent where one is always there, or of another kind.
    """
    if value is None:
        if told.always:
            raise ExportError("a value is always there", place=told.name)
        return () if told.kind is Kind.LIST else None
    return _READERS[told.kind](value, told)


def _text(value: Any, told: Field) -> str:
    if not isinstance(value, str) or not value:
        raise ExportError("a text that is not empty is expected", place=told.name)
    if told.values and value not in told.values:
        raise ExportError("not a value of the closed list", place=told.name)
    return value


def _integer(value: Any, told: Field) -> int:
    if type(value) is not int or value < 0:
        raise ExportError("a number is expected", place=told.name)
    return value


def _made(value: Any, told: Field) -> Any:
    if not isinstance(value, dict) or value.keys() - {part.name for part in told.parts}:
        raise ExportError("an object of other parts", place=told.name)
    if told.made is None:
        raise ExportError("no object is expected", place=told.name)
    parts = {part.name: _value(value.get(part.name), part) for part in told.parts}
    if all(part is None for part in parts.values()):
        raise ExportError("an object without any part", place=told.name)
    return told.made(**parts)


def _list(value: Any, told: Field) -> tuple[Any, ...]:
    if not isinstance(value, list):
        raise ExportError("a list is expected", place=told.name)
    read = _made if told.parts else _text
    return tuple(read(item, told) for item in value)


_READERS: Final = {
    Kind.TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.OBJECT: _made,
    Kind.LIST: _list,
}


# -- CSV ----------------------------------------------------------------------------------------

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""A cell that starts so is a formula to a spreadsheet: an apostrophe precedes it."""


_TO_QUOTE: Final = re.compile('[;"\r\n]')


def csv_header() -> str:
    """The first line of the CSV, with its line end."""
    return _csv(COLUMNS)


def csv_row(line: Line | str) -> str:
    """The line, or the line of JSON that `json_line` wrote, as a row of the CSV.

    With its line end; a list is JSON within its cell.
    """
    data = json.loads(line) if isinstance(line, str) else _data(line)
    return _csv(_cells(data))


def _csv(cells: Iterable[str]) -> str:
    """A row; quotes where they are needed, which versions of the csv module decide differently."""
    return SEPARATOR.join([_quoted(cell) if cell else "" for cell in cells]) + "\n"


def _quoted(cell: str) -> str:
    if not _TO_QUOTE.search(cell):
        return cell
    escaped = cell.replace('"', '""')
    return f'"{escaped}"'


def _cells(data: Mapping[str, Any]) -> Iterator[str]:
    for told in FIELDS:
        value = data[told.name]
        if told.kind is Kind.OBJECT:
            yield from ("" if value is None else _cell(value[part.name]) for part in told.parts)
        elif told.kind is Kind.LIST:
            yield _json(value) if value else ""
        else:
            yield _cell(value)


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def read_csv(stream: TextIO) -> Iterator[Line]:
    """The lines of a CSV, read as `csv_row` wrote them; a byte order mark is skipped.

    Args:
        stream: opened with `newline=""`.

    Raises:
        ExportError: other columns, or a cell of another kind; `place` is its column.
    """
    reader = csv.reader(stream, delimiter=SEPARATOR, strict=True)
    try:
        header = next(reader, [])
        if header:
            header[0] = header[0].removeprefix(BOM)
        if tuple(header) != COLUMNS:
            raise ExportError("other columns than those of the catalogue")
        for row in reader:
            if len(row) != len(COLUMNS):
                raise ExportError("a row of another length")
            yield _line(_of_cells(row))
    except csv.Error:
        raise ExportError("not a CSV of the catalogue") from None


def _of_cells(row: Sequence[str]) -> dict[str, Any]:
    cells = iter(row)
    data: dict[str, Any] = {}
    for told, part in _columns(FIELDS):
        text = next(cells)
        value = _of_cell(text.removeprefix("'") if text.startswith("'") else text, part or told)
        if part is None:
            data[told.name] = value
        elif value is not None:
            data.setdefault(told.name, {})[part.name] = value
    return data


def _of_cell(text: str, told: Field) -> Any:
    if not text:
        return None
    if told.kind is Kind.TEXT:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ExportError("not a value of this column", place=told.name) from None


# -- what documents it --------------------------------------------------------------------------

_JSON_TYPES: Final = {Kind.TEXT: "string", Kind.INTEGER: "integer"}


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a line of CATALOG.JSL."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"CATALOG.JSL, une ligne, version {VERSION}",
        **_schema_of(FIELDS),
    }


def _schema_of(fields: Iterable[Field]) -> dict[str, Any]:
    fields = tuple(fields)
    return {
        "type": "object",
        "additionalProperties": False,
        "required": [item.name for item in fields],
        "properties": {item.name: _schema(item) for item in fields},
    }


def _schema(told: Field) -> dict[str, Any]:
    if told.kind is Kind.LIST:
        items = _schema_of(told.parts) if told.parts else {"type": "string", "minLength": 1}
        made: dict[str, Any] = {"type": "array", "items": items}
    elif told.kind is Kind.OBJECT:
        made = _schema_of(told.parts)
    else:
        made = {"type": _JSON_TYPES[told.kind]}
        made |= {"minLength": 1} if told.kind is Kind.TEXT else {"minimum": 0}
    if told.values:
        made["enum"] = [*told.values] if told.always else [*told.values, None]
    if not told.always and told.kind is not Kind.LIST:
        made["type"] = [made["type"], "null"]
    return {"description": told.description, **made}
