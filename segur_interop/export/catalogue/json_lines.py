"""CATALOG.JSL: one JSON object a line, every field in order."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from segur_interop.errors import ExportError
from segur_interop.export.catalogue.fields import Field, Kind
from segur_interop.export.catalogue.line import FIELDS, Line

__all__ = ["data_of", "json_line", "line_of", "read_json_line", "to_json"]


def json_line(line: Line) -> str:
    """The line as one JSON object, every field in order, without its line end."""
    return to_json(data_of(line))


def to_json(value: Any) -> str:
    """Compact JSON, accents as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def data_of(line: Line) -> dict[str, Any]:
    """The values of a line as JSON has them, by field."""
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
    return line_of(data)


def line_of(data: Mapping[str, Any]) -> Line:
    """The line of such values.

    Raises:
        ExportError: a field is unknown, or its value not of its kind; `place` is the field.
    """
    if unknown := data.keys() - _NAMES:
        raise ExportError(f"{len(unknown)} unknown field(s)")
    return Line(**_read(data, FIELDS))


_NAMES: Final = frozenset(item.name for item in FIELDS)


def _read(data: Mapping[str, Any], fields: Iterable[Field]) -> dict[str, Any]:
    """Each value as its field holds it.

    Raises:
        ExportError: absent where one is always there, or of another kind.
    """
    values: dict[str, Any] = {}
    for told in fields:
        value = data.get(told.name)
        if value is not None:
            values[told.name] = _READERS[told.kind](value, told)
        elif told.always:
            raise ExportError("a value is always there", place=told.name)
        else:
            values[told.name] = () if told.kind is Kind.LIST else None
    return values


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
    if not isinstance(value, dict):
        raise ExportError("an object of other parts", place=told.name)
    if told.made is None:
        raise ExportError("no object is expected", place=told.name)
    parts = _read(value, told.parts)
    if value.keys() - parts.keys():
        raise ExportError("an object of other parts", place=told.name)
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
