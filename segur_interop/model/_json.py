"""The JSON form of the model: each value by its own field names, empty fields left out."""

from __future__ import annotations

import dataclasses
import functools
import types
import typing
from typing import Any, TypeVar, Union

from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.ins.identity import Identity
from segur_interop.terminology.code import Code

_CODE_FIELDS = ("code", "system", "label")
_Value = TypeVar("_Value")


def to_plain(value: Any) -> Any:
    """Dicts, lists, texts, numbers and booleans.

    A value whose place may hold several kinds names its own under `kind`.
    """
    if isinstance(value, (Identity, Timestamp)):
        return value.to_dict() if isinstance(value, Identity) else str(value)
    if isinstance(value, Code):
        return {name: text for name in _CODE_FIELDS if (text := getattr(value, name))}
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    if not dataclasses.is_dataclass(value):
        return value
    plain = {}
    own: Any = type(value)
    for name, hint in _hints(own).items():
        if (item := getattr(value, name)) not in (None, "", ()):
            plain[name] = _tagged(item, hint)
    return plain


def from_plain(kind: type[_Value], data: Any, place: str) -> _Value:
    """The value that `to_plain` wrote.

    Raises:
        InvalidValue: an unknown field, a value of another kind, or one that the model refuses.
    """
    if not isinstance(data, dict):
        raise InvalidValue("a JSON object is expected", place=place)
    wanted: Any = kind
    hints = _hints(wanted)
    values = {}
    for name, item in data.items():
        if name not in hints:
            raise InvalidValue("an unknown field", place=place)
        values[name] = _read(hints[name], item, f"{place}.{name}")
    try:
        return kind(**values)
    except TypeError:
        raise InvalidValue("a required field is missing, or of another kind", place=place) from None


@functools.cache
def _hints(kind: Any) -> dict[str, Any]:
    if kind is Code:
        return dict.fromkeys(_CODE_FIELDS, str)
    hints = typing.get_type_hints(kind)
    return {item.name: hints[item.name] for item in dataclasses.fields(kind)}


def _choices(hint: Any) -> tuple[Any, ...]:
    """The types that a hint allows, None left out."""
    if isinstance(hint, types.UnionType) or typing.get_origin(hint) is Union:
        return tuple(item for item in typing.get_args(hint) if item is not types.NoneType)
    return (hint,)


def _tagged(value: Any, hint: Any) -> Any:
    choices = _choices(hint)
    if typing.get_origin(choices[0]) is tuple:
        item_hint = typing.get_args(choices[0])[0]
        return [_tagged(item, item_hint) for item in value]
    plain = to_plain(value)
    return {"kind": type(value).__name__, **plain} if len(choices) > 1 else plain


def _read(hint: Any, data: Any, place: str) -> Any:
    choices = _choices(hint)
    if len(choices) > 1:
        return _read_kind(choices, data, place)
    (choice,) = choices
    if typing.get_origin(choice) is tuple:
        if not isinstance(data, list):
            raise InvalidValue("a JSON array is expected", place=place)
        item_hint = typing.get_args(choice)[0]
        return tuple(_read(item_hint, item, f"{place}[{i}]") for i, item in enumerate(data))
    if choice is Identity:
        return Identity.from_dict(data)
    if dataclasses.is_dataclass(choice) and choice is not Timestamp:
        return from_plain(choice, data, place)  # type: ignore[arg-type]
    wanted = str if choice is Timestamp else choice
    if type(data) is not wanted:
        raise InvalidValue("a value of another kind", place=place)
    return data


def _read_kind(choices: tuple[Any, ...], data: Any, place: str) -> Any:
    if not isinstance(data, dict):
        raise InvalidValue("a JSON object is expected", place=place)
    fields = dict(data)
    name = fields.pop("kind", None)
    for choice in choices:
        if choice.__name__ == name:
            return from_plain(choice, fields, place)
    raise InvalidValue("names no known kind", place=f"{place}.kind")
