"""What a message is made of: segments, and the parts of their fields, cut when asked for.

Numbers are those of HL7: the first is 1. (HL7 v2.5 chapter 2, §2.5-2.7.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from segur_interop._masking import MASK
from segur_interop.hl7._paths import MAX_FIELDS, MAX_PARTS, check_number, steps_of
from segur_interop.hl7._scan import LARGE
from segur_interop.hl7._syntax import BLANKS, ERASE, SMALL_TILDE, Syntax, decode

if TYPE_CHECKING:
    from segur_interop.hl7.er7 import Message

__all__ = ["Part", "Segment"]

_PIECE: Final = 16 * 1024
"""Octets looked at at a time."""


class Part:
    """A field, a repetition, a component or a subcomponent, cut when asked for.

    `part[1]` is its first part, `part[n]` beyond the last an empty one. `value` is the decoded
    text of its first leaf. Its `repr` and `str` show no content.
    """

    __slots__ = ("_level", "_syntax", "raw")

    raw: str
    """The text between separators, escapes not decoded."""

    def __init__(self, raw: str, syntax: Syntax, level: int = 0) -> None:
        self.raw = raw
        self._syntax = syntax
        self._level = level

    def _texts(self) -> list[str]:
        syntax = self._syntax
        mark = (syntax.repetition, syntax.component, syntax.subcomponent, "")[self._level]
        return self.raw.split(mark, MAX_PARTS) if mark else [self.raw]

    def __getitem__(self, number: int) -> Part:
        check_number(number, "parts")
        texts = self._texts()
        text = texts[number - 1] if number <= len(texts) else ""
        return Part(text, self._syntax, min(self._level + 1, 3))

    def __iter__(self) -> Iterator[Part]:
        level = min(self._level + 1, 3)
        return (Part(text, self._syntax, level) for text in self._texts())

    def __len__(self) -> int:
        return len(self._texts()) if self.raw else 0

    def __bool__(self) -> bool:
        return bool(self.raw)

    @property
    def value(self) -> str:
        """The decoded text of the first leaf."""
        raw = self.raw
        for mark in (self._syntax.repetition, self._syntax.component, self._syntax.subcomponent)[
            self._level :
        ]:
            if mark:
                raw = raw.partition(mark)[0]
        return self._syntax.unescaped(raw)

    @property
    def is_erased(self) -> bool:
        """True when it holds two quotation marks: the receiver erases what it has."""
        return self.raw == ERASE

    def at(self, *numbers: int | None) -> Part:
        """The part of part… of these numbers; None takes the first."""
        part = self
        for number in numbers:
            part = part[number or 1]
        return part

    def __repr__(self) -> str:
        return f"Part({MASK})" if self.raw else "Part()"


class Segment:
    """One segment: its octets, and its fields when they are asked for."""

    __slots__ = ("_end", "_fields", "_message", "_spans", "_start", "id")

    def __init__(self, message: Message, name: str, start: int, end: int) -> None:
        self.id = name
        self._message = message
        self._start = start
        self._end = end
        self._fields: list[str] | None = None
        self._spans: list[tuple[int, int]] | None = None

    @property
    def syntax(self) -> Syntax:
        """How the message is cut and escaped."""
        return self._message._syntax

    @property
    def raw(self) -> bytes:
        """The octets as received, without the terminator."""
        return self._message._octets[self._start : self._end]

    @property
    def foreign(self) -> bytes:
        """The fields that are not ASCII, joined; a document is looked through without a copy.

        They depart from the character set as the whole segment does.
        """
        if self.size <= LARGE:
            raw = self.raw
            return b"" if raw.isascii() else raw
        octets, mark = self._message._octets, self.syntax.field.encode("ascii")
        return mark.join(
            octets[start:end]
            for start, end in self._cut_once()
            if not _is_ascii(octets, start, end)
        )

    def _cut_once(self) -> list[tuple[int, int]]:
        """Where each field of a large segment stands, the identifier first."""
        if self._spans is None:
            mark = self.syntax.field.encode("ascii")
            self._spans = _spans(self._message._octets, mark, self._start, self._end)
        return self._spans

    def decoded(self, octets: bytes) -> tuple[str, str]:
        """Octets of this segment as text, and how they departed from the declared set."""
        message = self._message
        text, odd = decode(octets, message.charset, certain=message.charset_is_given)
        if message.syntax.small_tilde:
            text = text.replace(SMALL_TILDE, message.syntax.repetition)
        return text, odd

    @property
    def fields(self) -> list[str]:
        """The raw texts of the fields by their HL7 number; the identifier is at 0."""
        if self._fields is None:
            octets, mark = self.raw, self._message.syntax.field
            text = octets.decode("ascii") if octets.isascii() else self.decoded(octets)[0]
            if text[-1:] in BLANKS:
                text = text.rstrip(BLANKS)
            texts = text.split(mark, MAX_FIELDS)
            if self.id == "MSH":
                texts.insert(1, mark)
            self._fields = texts
        return self._fields

    def __len__(self) -> int:
        """The number of the last field."""
        return len(self.fields) - 1

    def __getitem__(self, number: int) -> Part:
        check_number(number, "fields")
        text = self.text(number)
        if self.id == "MSH" and number <= 2:  # they hold the separators themselves
            return Part(text, dataclasses.replace(self.syntax, escape=""), 3)
        return Part(text, self.syntax)

    def text(self, number: int) -> str:
        """The raw text of a field, escapes not decoded; "" when absent."""
        if self._fields is None and self.size > LARGE and self.id != "MSH":
            return self.decoded(bytes(self.slice(number)))[0]
        fields = self.fields
        return fields[number] if number < len(fields) else ""

    def leaves(self, number: int) -> list[str]:
        """The decoded first leaf of each component of the first repetition; not for MSH-1 or 2."""
        text, syntax = self.text(number), self.syntax
        if syntax.repetition in text:
            text = text.partition(syntax.repetition)[0]
        found = text.split(syntax.component, MAX_PARTS)
        inner = syntax.subcomponent
        if inner and inner in text:
            found = [part.partition(inner)[0] for part in found]
        return [syntax.unescaped(part) for part in found]

    def get(self, path: str) -> str:
        """The decoded text at `3`, `3[2]`, `3[2].4` or `3[2].4.2`; "" when absent.

        Raises:
            InvalidValue: another form of path.
        """
        number, *steps = steps_of(path)
        return self[number].at(*steps).value

    def slice(self, field: int, component: int | None = None) -> memoryview:
        """The octets of a field, or of a component of its first repetition, without a copy.

        Args:
            field: its HL7 number; not for MSH.
            component: 1 for the first; None for the whole field.
        """
        check_number(field, "fields")
        if component is not None:
            check_number(component, "components")
        octets, syntax = self._message._octets, self.syntax
        if self.size > LARGE and field < MAX_FIELDS:
            spans = self._cut_once()
            start, end = spans[field] if field < len(spans) else (self._end, self._end)
        else:
            start, end = _cut(octets, syntax.field.encode("ascii"), field, self._start, self._end)
        if component is not None:
            mark = syntax.component.encode(syntax.codec)
            start, end = _cut(octets, mark, component - 1, start, end)
        return memoryview(octets)[start:end]

    @property
    def size(self) -> int:
        """Octets, without the terminator."""
        return self._end - self._start

    def __repr__(self) -> str:
        return f"Segment({self.id}, {self.size} bytes)"


def _spans(octets: bytes, mark: bytes, start: int, end: int) -> list[tuple[int, int]]:
    """The first fields, and what is left as the last."""
    found = []
    for _ in range(MAX_FIELDS):
        stop = octets.find(mark, start, end)
        if stop < 0:
            break
        found.append((start, stop))
        start = stop + len(mark)
    found.append((start, end))
    return found


def _is_ascii(octets: bytes, start: int, end: int) -> bool:
    return all(
        octets[begin : min(begin + _PIECE, end)].isascii() for begin in range(start, end, _PIECE)
    )


def _cut(octets: bytes, mark: bytes, skipped: int, start: int, end: int) -> tuple[int, int]:
    """The span after `skipped` marks, up to the next one; empty at the end when absent."""
    if not mark:
        return (start, end) if skipped == 0 else (end, end)
    for _ in range(skipped):
        found = octets.find(mark, start, end)
        if found < 0:
            return end, end
        start = found + len(mark)
    stop = octets.find(mark, start, end)
    return start, end if stop < 0 else stop
