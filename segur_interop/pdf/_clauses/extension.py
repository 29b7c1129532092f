"""Extension schemas of an XMP packet: ISO 19005-1:2005, 6.7.8."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.xmp import NAMESPACES, Value

__all__ = ["check_extensions"]

# What each description holds: field, form, required. ISO 19005-1:2005, tables 2 to 5.
_SCHEMA: Final = (
    ("pdfaSchema:schema", "text", True),
    ("pdfaSchema:namespaceURI", "text", True),
    ("pdfaSchema:prefix", "text", True),
    ("pdfaSchema:property", "Seq", False),
    ("pdfaSchema:valueType", "Seq", False),
)
_PROPERTY: Final = (
    ("pdfaProperty:name", "text", True),
    ("pdfaProperty:valueType", "text", True),
    ("pdfaProperty:category", "text", True),
    ("pdfaProperty:description", "text", True),
)
_TYPE: Final = (
    ("pdfaType:type", "text", True),
    ("pdfaType:namespaceURI", "text", True),
    ("pdfaType:prefix", "text", True),
    ("pdfaType:description", "text", True),
    ("pdfaType:field", "Seq", False),
)
_FIELD: Final = (
    ("pdfaField:name", "text", True),
    ("pdfaField:valueType", "text", True),
    ("pdfaField:description", "text", True),
)
_KNOWN_TYPES: Final = frozenset(
    [
        "text",
        "boolean",
        "integer",
        "real",
        "date",
        "uri",
        "url",
        "mimetype",
        "propername",
        "agentname",
        "renditionclass",
        "resourceevent",
        "resourceref",
        "version",
        "job",
        "dimensions",
        "thumbnail",
        "locale",
        "xpath",
        "choice",
        "rational",
        "gpscoordinate",
        "font",
        "colorant",
        "lang",
        "layer",
    ]
)
_WRAPPERS: Final = re.compile(
    r"(?i)^(?:(?:open|closed)\s+)?(?:choice(?:\s+of)?|bag|seq|alt|lang\s*alt)(?:\s+|$)"
)


def check_extensions(schemas: Value | None, notes: Notes) -> frozenset[str]:
    """Judge the described schemas; the properties that they make legal."""
    if schemas is None:
        return frozenset()
    place = "Metadata pdfaExtension:schemas"
    if schemas.kind != "Bag" or schemas.prefix != "pdfaExtension":
        notes.fail("6.7.8", "the container of extension schemas is no Bag pdfaExtension", place)
        return frozenset()
    declared: set[str] = set()
    for _, schema in schemas.items:
        _check(schema, _SCHEMA, place, notes)
        types = _members(schema, "pdfaSchema:valueType")
        names = frozenset(_text(kind, "pdfaType:type").lower() for kind in types)
        for kind in types:
            _check(kind, _TYPE, place, notes)
            for member in _members(kind, "pdfaType:field"):
                _check(member, _FIELD, place, notes)
                _check_type(_text(member, "pdfaField:valueType"), names, place, notes)
        for item in _members(schema, "pdfaSchema:property"):
            _check(item, _PROPERTY, place, notes)
            _check_type(_text(item, "pdfaProperty:valueType"), names, place, notes)
            if _text(item, "pdfaProperty:category") not in ("external", "internal"):
                notes.fail("6.7.8", "a category that is neither external nor internal", place)
            declared.add(_property(schema, item))
    return frozenset(declared)


def _property(schema: Value, item: Value) -> str:
    uri, local = _text(schema, "pdfaSchema:namespaceURI"), _text(item, "pdfaProperty:name")
    prefix = next((p for p, known in NAMESPACES.items() if known == uri), None)
    return f"{prefix}:{local}" if prefix else f"{{{uri}}}{local}"


def _members(owner: Value, key: str) -> list[Value]:
    value = owner.fields.get(key)
    return [] if value is None else [item for _, item in value.items]


def _text(owner: Value, key: str) -> str:
    value = owner.fields.get(key)
    return "" if value is None else value.text.strip()


def _check(owner: Value, rows: tuple[tuple[str, str, bool], ...], place: str, notes: Notes) -> None:
    fields: Mapping[str, Value] = owner.fields
    if set(fields) - {key for key, _, _ in rows}:
        notes.fail("6.7.8", "a field that the extension schema does not know", place)
    for key, kind, required in rows:
        value = fields.get(key)
        if value is None:
            if required:
                notes.fail("6.7.8", f"no {key}", place)
        elif value.kind != kind or value.prefix != key.partition(":")[0]:
            notes.fail("6.7.8", f"{key} is not a {kind} with that prefix", place)


def _check_type(kind: str, declared: frozenset[str], place: str, notes: Notes) -> None:
    base = kind.strip().lower()
    while match := _WRAPPERS.match(base):
        base = base[match.end() :]
    if base and base not in _KNOWN_TYPES and base not in declared:
        notes.fail("6.7.8", "a value type that is neither predefined nor described", place)
