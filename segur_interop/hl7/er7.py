"""A lazy reader of ER7: nothing is lost, no unknown segment stops it, OBX-5 is never split.

Segments are indexed; fields, repetitions, components and subcomponents are cut when they are
asked for, and escapes decoded then. Numbers are those of HL7: the first is 1.
(HL7 v2.5 chapter 2, §2.5-2.7, §2.10 for what a receiver must ignore.)
"""

from __future__ import annotations

import dataclasses
import html
import re
from collections.abc import Iterator
from typing import Final

from segur_interop._masking import MASK, html_table
from segur_interop._source import Source, read_source
from segur_interop.errors import MessageError
from segur_interop.findings import Finding, Severity
from segur_interop.hl7._paths import MAX_FIELDS, MAX_PARTS, edited, split_path, steps_of
from segur_interop.hl7._scan import (
    LARGE,
    MAX_SEGMENTS,
    NAMES,
    Span,
    chosen,
    declared,
    header,
    line_end,
    segments,
)
from segur_interop.hl7._syntax import BLANKS, ERASE, SMALL_TILDE, Syntax, decode

__all__ = ["ERASE", "MAX_BYTES", "MAX_SEGMENTS", "Message", "Part", "Segment", "parse"]

MAX_BYTES: Final = 64 * 1024 * 1024
"""Octets of a message; a CDA with a large PDF takes about 10 MB."""
_NEAR: Final = 8
"""Segments looked at before the whole message is indexed."""
_PLAIN_TYPE: Final = re.compile(r"[A-Z0-9_^]{1,24}")
_HL7: Final = "HL7 v2.5 chapter 2"


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
        if number < 1:
            raise IndexError("parts are numbered from 1, as in HL7")
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

    __slots__ = ("_end", "_fields", "_message", "_start", "id")

    def __init__(self, message: Message, name: str, start: int, end: int) -> None:
        self.id = name
        self._message = message
        self._start = start
        self._end = end
        self._fields: list[str] | None = None

    @property
    def syntax(self) -> Syntax:
        """How the message is cut and escaped."""
        return self._message.syntax

    @property
    def raw(self) -> bytes:
        """The octets as received, without the terminator."""
        return bytes(self._message)[self._start : self._end]

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
        if number < 1:
            raise IndexError("fields are numbered from 1, as in HL7")
        text = self._text(number)
        if self.id == "MSH" and number <= 2:  # they hold the separators themselves
            return Part(text, dataclasses.replace(self.syntax, escape=""), 3)
        return Part(text, self.syntax)

    def _text(self, number: int) -> str:
        if self._fields is None and self._end - self._start > LARGE and self.id != "MSH":
            return self.decoded(bytes(self.slice(number)))[0]
        fields = self.fields
        return fields[number] if number < len(fields) else ""

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
        if field < 1 or (component is not None and component < 1):
            raise IndexError("parts are numbered from 1, as in HL7")
        octets, syntax = bytes(self._message), self.syntax
        start, end = _cut(octets, syntax.field.encode("ascii"), field, self._start, self._end)
        if component is not None:
            mark = syntax.component.encode(syntax.codec)
            start, end = _cut(octets, mark, component - 1, start, end)
        return memoryview(octets)[start:end]

    def __repr__(self) -> str:
        return f"Segment({self.id}, {self._end - self._start} bytes)"


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


class Message:
    """An HL7 v2 message: `bytes(message)` is what was read, octet for octet.

    `message["PID"]` is the tuple of its PID segments, `message.get("PID-3[2].4.2")` a decoded
    text. `repr` and notebooks show no content.
    """

    __slots__ = (
        "_charset", "_findings", "_given", "_indexed", "_mark", "_noted", "_octets", "_start",
        "_syntax",
    )  # fmt: skip

    def __init__(self, octets: bytes, *, charset: str | None = None) -> None:
        """As `parse`, of octets alone."""
        self._octets = octets
        self._given = charset is not None
        self._noted: list[tuple[str, str, Severity, str]] = []
        self._findings: tuple[Finding, ...] | None = None
        self._indexed: list[Span] | None = None
        start, mark = header(octets, self._note)
        self._start, self._mark = start, mark
        first = octets[start : line_end(octets, start)].split(mark, 18)
        label = first[17] if charset is None and len(first) > 17 else b""
        self._charset = chosen(label.decode("ascii", "replace"), charset, self._note)
        self._syntax, odd = declared(first[1], mark, self._charset)
        if odd:
            self._note(*odd)
        if len(octets) > MAX_SEGMENTS:  # else there cannot be that many
            self._index()

    def _index(self) -> list[Span]:
        """The name and span of each segment."""
        if self._indexed is None:
            self._indexed = segments(self._octets, self._start, self._mark, self._note)
        return self._indexed

    def _note(
        self, rule: str, message: str, severity: Severity = Severity.WARNING, place: str = ""
    ) -> None:
        self._noted.append((rule, message, severity, place))

    @property
    def syntax(self) -> Syntax:
        """The separators and the escape character."""
        return self._syntax

    @property
    def charset(self) -> str:
        """The Python codec of the message; "" when MSH-18 is empty: UTF-8, then cp1252."""
        return self._charset

    @property
    def charset_is_given(self) -> bool:
        """True when the caller named the character set, whatever MSH-18 says."""
        return self._given

    @property
    def message_type(self) -> tuple[str, str, str]:
        """MSH-9: message code, trigger event, structure, in upper case."""
        parts = self.segment(0)[9][1]
        code, event, structure = (parts[number].value.strip().upper() for number in (1, 2, 3))
        return code, event, structure

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return self.segment(0).get("10").strip()

    def segment(self, position: int) -> Segment:
        """The segment at this position, 0 for MSH."""
        return Segment(self, *self._index()[position])

    def __getitem__(self, name: str) -> tuple[Segment, ...]:
        return tuple(Segment(self, *span) for span in self._index() if span[0] == name)

    def first(self, name: str) -> Segment | None:
        """The first segment of that name, None without."""
        if self._indexed is None and (span := self._found(name)):
            return Segment(self, *span)
        return next(iter(self[name]), None)

    def _found(self, name: str) -> Span | None:
        """A segment near the start, while nothing is indexed; None when that is not certain."""
        octets, mark, start = self._octets, self._mark, self._start
        for _ in range(_NEAR):
            end = octets.find(b"\r", start)
            head, follows = octets[start : start + 4], octets[end + 1 : end + 5]
            if end < 0 or head[3:] != mark or head[:3] not in NAMES:
                return None
            if NAMES[head[:3]] == name:
                # What follows could be a line that continues this segment.
                certain = follows[3:] == mark and follows[:3] in NAMES
                lone = octets.find(b"\n", self._start, end + 1) < 0
                return (name, start, end) if certain and lone else None
            start = end + 1
        return None

    def __iter__(self) -> Iterator[Segment]:
        return (Segment(self, *span) for span in self._index())

    def __len__(self) -> int:
        """How many segments."""
        return len(self._index())

    def __contains__(self, name: object) -> bool:
        return any(span[0] == name for span in self._index())

    def _position(self, name: str, occurrence: int) -> int | None:
        positions = [index for index, span in enumerate(self._index()) if span[0] == name]
        return positions[occurrence - 1] if occurrence <= len(positions) else None

    @property
    def ids(self) -> tuple[str, ...]:
        """The identifiers of the segments, in order."""
        return tuple(name for name, _, _ in self._index())

    def get(self, path: str) -> str:
        """The decoded text at `PID-5`, `PID-3[2].4.2`, `OBX[3]-5.5`; "" when absent.

        Args:
            path: segment, its occurrence, field, repetition, component, subcomponent; each
                from 1, the first when left out.

        Raises:
            InvalidValue: another form of path.
        """
        name, occurrence, rest = split_path(path)
        position = self._position(name, occurrence)
        steps = steps_of(rest)
        if position is None:
            return ""
        return self.segment(position)[steps[0]].at(*steps[1:]).value

    def replace(self, path: str, value: str) -> Message:
        """A message with another text at `path`; every other segment keeps its octets.

        Args:
            path: as for `get`. Without component, the whole field or repetition is replaced.
            value: the text, escaped here; `""` (two quotation marks) asks to erase.

        Raises:
            MessageError: no such segment; MSH-1, MSH-2 or MSH-18, on which every octet
                depends; a character that the message's character set does not have.
            InvalidValue: another form of path, or a number beyond the limits of the reader.
        """
        name, occurrence, rest = split_path(path)
        position = self._position(name, occurrence)
        steps = steps_of(rest)
        if position is None:
            raise MessageError("the message has no such segment", place=path)
        if name == "MSH" and steps[0] in (1, 2, 18):
            raise MessageError("the whole message depends on this field", place=path)
        segment = self.segment(position)
        text = edited(segment.fields, self._syntax, steps, value)
        _, start, end = self._index()[position]
        octets = self._octets[:start] + self._encoded(text, path) + self._octets[end:]
        return Message(octets, charset=self._charset if self._given else None)

    def _encoded(self, text: str, place: str) -> bytes:
        if self._syntax.small_tilde:
            text = text.replace(self._syntax.repetition, SMALL_TILDE)
        try:
            return text.encode(self._charset or "ascii")
        except UnicodeEncodeError:
            raise MessageError(
                "a character is not in the character set of the message", place=place
            ) from None

    def __bytes__(self) -> bytes:
        return self._octets

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Message) and other._octets == self._octets

    def __hash__(self) -> int:
        return hash(self._octets)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is odd about the octets: frame, line ends, separators, character set."""
        if self._findings is None:
            self._index()
            noted = [*self._noted, *_content_notes(self)]
            self._findings = tuple(
                Finding(
                    rule=f"hl7.er7.{rule}",
                    message=message,
                    severity=severity,
                    place=place,
                    source=_HL7,
                )
                for rule, message, severity, place in noted
            )
        return self._findings

    @property
    def _title(self) -> str:
        text = "^".join(self.message_type).rstrip("^")
        return text if _PLAIN_TYPE.fullmatch(text) else MASK

    def __repr__(self) -> str:
        return f"Message({self._title}, {len(self)} segments, {len(self._octets)} bytes)"

    def _repr_html_(self) -> str:
        rows = (
            (segment.id, f"{MASK} in " + ", ".join(map(str, filled)))
            for segment in self
            if (filled := _filled(segment))
        )
        return html_table(html.escape(self._title, quote=False), rows)


def _filled(segment: Segment) -> list[int]:
    if segment._end - segment._start > LARGE:
        return [number for number in range(1, 30) if len(segment.slice(number))]
    return [number for number, text in enumerate(segment.fields) if number and text]


def parse(source: Source, *, charset: str | None = None, max_bytes: int = MAX_BYTES) -> Message:
    """Read a message.

    Accepts a BOM, MLLP framing octets, CR, LF or CRLF, blank lines, any separators, unknown and
    Z segments anywhere; each oddity is a finding.

    Args:
        source: bytes, or the path of a file.
        charset: MSH-18 value or codec to use whatever MSH-18 says (`UNICODE UTF-8`, `8859/15`,
            `cp1252`).
        max_bytes: the most that is read.

    Raises:
        MessageError: no readable MSH; larger than `max_bytes`; more than MAX_SEGMENTS segments;
            an unknown `charset`.
    """
    return Message(read_source(source, max_bytes=max_bytes, error=MessageError), charset=charset)


def _content_notes(message: Message) -> Iterator[tuple[str, str, Severity, str]]:
    """What only the text of the segments tells."""
    if not message.charset and not message.segment(0)[18] and not bytes(message).isascii():
        message_text = "MSH-18 is empty and the text is not ASCII"
        yield "charset.absent", message_text, Severity.WARNING, "MSH-18"
    for segment in message:
        raw = segment.raw
        if raw[-1:] in (b" ", b"\xa0", b"\t"):
            yield "blanks", "blanks or no-break spaces end the segment", Severity.INFO, segment.id
        if raw.isascii():
            continue
        text, odd = segment.decoded(raw)
        if odd:
            yield (
                "charset.other",
                "octets that are not in the declared character set: " + odd,
                Severity.ERROR if odd == "undecodable" else Severity.WARNING,
                segment.id,
            )
