"""Paths such as `PID-3[2].4.2`, and a segment with another text at one of them."""

from __future__ import annotations

import functools
import re
from typing import Final

from segur_interop._types import check_type
from segur_interop.errors import InvalidValue, MessageError
from segur_interop.hl7._syntax import Syntax

__all__ = ["MAX_FIELDS", "MAX_PARTS", "Steps", "check_number", "edited", "split_path", "steps_of"]

MAX_FIELDS: Final = 500
MAX_PARTS: Final = 2_000
"""What a reader cuts at most: the rest stays in the last part."""

_PATH: Final = re.compile(
    r"(?P<segment>[A-Z][A-Z0-9]{2})(?:\[(?P<occurrence>\d{1,5})\])?-(?P<rest>\d.*)"
)
_WITHIN: Final = re.compile(
    r"(?P<field>\d{1,4})(?:\[(?P<repetition>\d{1,5})\])?"
    r"(?:\.(?P<component>\d{1,4})(?:\.(?P<subcomponent>\d{1,4}))?)?"
)

Steps = tuple[int, int | None, int | None, int | None]
"""Field, repetition, component, subcomponent; None where the path stops."""


def split_path(path: str) -> tuple[str, int, str]:
    check_type(path, "path", str)
    return _split_path(path)


@functools.lru_cache(maxsize=256)
def _split_path(path: str) -> tuple[str, int, str]:
    match = _PATH.fullmatch(path)
    if match is None:
        raise InvalidValue("not a path such as PID-3[2].4.2", place="path")
    occurrence = int(match["occurrence"] or 1)
    if occurrence < 1:
        raise InvalidValue("parts are numbered from 1, as in HL7", place="path")
    return match["segment"], occurrence, match["rest"]


def steps_of(path: str) -> Steps:
    check_type(path, "path", str)
    return _steps_of(path)


@functools.lru_cache(maxsize=256)
def _steps_of(path: str) -> Steps:
    match = _WITHIN.fullmatch(path)
    if match is None:
        raise InvalidValue("not a path such as 3[2].4.2", place="path")
    numbers = [int(text) if text is not None else None for text in match.groups()]
    if any(number is not None and number < 1 for number in numbers):
        raise InvalidValue("parts are numbered from 1, as in HL7", place="path")
    field, repetition, component, subcomponent = numbers
    return field or 1, repetition, component, subcomponent


def check_number(number: int, what: str) -> None:
    """Refuse what numbers no part of a message.

    Raises:
        IndexError: 0 or less.
        TypeError: no integer.
    """
    check_type(number, "number", int)
    if number < 1:
        raise IndexError(f"{what} are numbered from 1, as in HL7")


def edited(texts: list[str], syntax: Syntax, steps: Steps, value: str) -> str:
    """The text of a segment of these fields with `value` at these steps."""
    field, *inner = steps
    if field > MAX_FIELDS or any(step is not None and step > MAX_PARTS for step in inner):
        raise InvalidValue("a number beyond the limits of this reader", place="path")
    fields = list(texts)
    fields += [""] * (field + 1 - len(fields))
    marks = (syntax.repetition, syntax.component, syntax.subcomponent)
    fields[field] = _set(fields[field], marks, inner, syntax.escaped(value))
    if fields[0] == "MSH":
        del fields[1]
    return syntax.field.join(fields)


def _set(text: str, marks: tuple[str, ...], steps: list[int | None], leaf: str) -> str:
    if all(step is None for step in steps):
        return leaf
    if not marks[0]:
        raise MessageError("the message declares no subcomponent separator", place="MSH-2")
    parts = text.split(marks[0])
    number = steps[0] or 1
    parts += [""] * (number - len(parts))
    parts[number - 1] = _set(parts[number - 1], marks[1:], steps[1:], leaf)
    return marks[0].join(parts)
