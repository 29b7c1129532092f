"""What every value of the model checks at construction, and how findings are gathered.

Refused at construction (InvalidValue): what no output can carry. Everything else that is odd is
a finding: ERROR when no conformant document or message can carry it, so that a writer refuses;
WARNING or INFO when it is written as it is.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from segur_interop._time import Instant, Timestamp
from segur_interop._types import check_type
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.terminology.code import Code

# Control characters, lone surrogates and non-characters: XML 1.0 §2.2 or HL7 v2 segments
# refuse them, and U+2028/U+2029 would break a line where none was meant.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u2028\u2029]"
)


def check_text(value: Any, place: str, *, required: bool = False) -> str:
    """The text itself; "" stands for absent.

    Raises:
        InvalidValue: a control character, only spaces, or "" where it is required.
        TypeError: not a str.
    """
    if not isinstance(value, str):
        raise TypeError(f"{place} is a str, not {type(value).__name__}")
    if not value.isprintable() and _FORBIDDEN.search(value):
        raise InvalidValue("holds a control character", place=place)
    if (value or required) and not value.strip():
        raise InvalidValue("is empty", place=place)
    return value


def check_texts(owner: Any, name: str, *, required: tuple[str, ...] = ()) -> None:
    """Check every field of `owner` that is annotated as a str."""
    for field in _text_fields(owner.__class__):
        value = getattr(owner, field)
        if value != "" or field in required:
            check_text(value, f"{name}.{field}", required=field in required)


@functools.cache
def _text_fields(kind: Any) -> tuple[str, ...]:
    return tuple(item.name for item in dataclasses.fields(kind) if item.type in ("str", str))


def check_items(owner: Any, name: str, field: str, *kinds: type) -> None:
    """Turn a list into a tuple and check the type of each item.

    Raises:
        TypeError: not a tuple or list, or an item of another type.
    """
    value = getattr(owner, field)
    if not isinstance(value, (tuple, list)):
        raise TypeError(f"{name}.{field} is a tuple")
    for index, item in enumerate(value):
        if not isinstance(item, kinds):
            check_type(item, f"{name}.{field}[{index}]", *kinds)
    object.__setattr__(owner, field, tuple(value))


def check_one(owner: Any, name: str, field: str, *kinds: type) -> None:
    """Check the type of a field that may be None.

    Raises:
        TypeError: another type.
    """
    value = getattr(owner, field)
    if value is not None and not isinstance(value, kinds):
        check_type(value, f"{name}.{field}", *kinds)


def check_distinct(owner: Any, name: str, field: str) -> None:
    """Refuse the same value twice in a field.

    Raises:
        InvalidValue: the second of two equal values, with its place.
    """
    for index in _repeated(getattr(owner, field)):
        raise InvalidValue("given twice", place=f"{name}.{field}[{index}]")


def check_codes(owner: Any, name: str, *fields: str) -> None:
    """Check fields that hold a Code, a tuple of Codes, or None.

    Raises:
        TypeError: another type.
        InvalidValue: no code within, or a control character in one of its texts.
    """
    for field in fields:
        value = getattr(owner, field)
        if isinstance(value, (tuple, list)):
            check_items(owner, name, field, Code)
            for index, item in enumerate(value):
                _check_code(item, f"{name}.{field}[{index}]")
        elif value is not None:
            check_type(value, f"{name}.{field}", Code)
            _check_code(value, f"{name}.{field}")


def _check_code(value: Code, place: str) -> None:
    check_text(value.code, f"{place}.code", required=True)
    check_text(value.system, f"{place}.system")
    check_text(value.label, f"{place}.label")


def contact_findings(owner: Any) -> Iterator[Finding]:
    """Those of the addresses and telecoms, and the siblings that are equal.

    The kit refuses equal siblings (StrucMin, DTr1_AD and DTr1_URL, RIM-002).
    """
    yield from nested(owner, "addresses", "telecoms")
    for field in ("addresses", "telecoms"):
        for index in _repeated(getattr(owner, field)):
            yield Finding(
                rule="contact.twice",
                message="given twice",
                severity=Severity.ERROR,
                place=f"{field}[{index}]",
                source="ANS CDA kit 3.0, StrucMin, RIM-002",
            )


def _repeated(items: Iterable[Any]) -> Iterator[int]:
    """The rank of each item that equals one before it."""
    seen = set()
    for index, item in enumerate(items):
        if item in seen:
            yield index
        seen.add(item)


def moment(value: Instant | None, place: str) -> Timestamp | None:
    """The Timestamp of an aware datetime, a date or HL7 text.

    Raises:
        InvalidValue: a naive datetime, or no such time; `place` is named.
    """
    if value is None:
        return None
    try:
        return Timestamp.of(value)
    except InvalidValue:
        raise InvalidValue("not a date, an aware datetime or an HL7 time", place=place) from None


def within(place: str, findings: Iterable[Finding]) -> Iterator[Finding]:
    """The same findings, their places under `place`."""
    for finding in findings:
        inner = f"{place}.{finding.place}" if finding.place else place
        yield dataclasses.replace(finding, place=inner)


def nested(owner: Any, *fields: str) -> Iterator[Finding]:
    """The findings of the values that the named fields of `owner` hold."""
    for field in fields:
        value = getattr(owner, field)
        if isinstance(value, tuple):
            for index, item in enumerate(value):
                yield from within(f"{field}[{index}]", item.findings)
        elif value is not None:
            yield from within(field, value.findings)
