"""The JSON Schema of a line of CATALOG.JSL, for those who receive it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from segur_interop.export.catalogue.fields import Field, Kind
from segur_interop.export.catalogue.line import FIELDS

__all__ = ["VERSION", "json_schema"]

VERSION: Final = 1
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
