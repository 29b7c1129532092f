"""A lazy reader of ER7: nothing is lost, no unknown segment stops it, OBX-5 is never split.

Segments are indexed; fields, repetitions, components and subcomponents are cut when they are
asked for, and escapes decoded then. Numbers are those of HL7: the first is 1.
(HL7 v2.5 chapter 2, §2.5-2.7, §2.10 for what a receiver must ignore.)
"""

from __future__ import annotations

import html
import itertools
import re
from collections.abc import Iterator
from types import NoneType
from typing import Final

from segur_interop._masking import MASK, html_table
from segur_interop._source import Source, read_source
from segur_interop._types import check_type
from segur_interop.errors import MessageError
from segur_interop.findings import Finding, Severity
from segur_interop.hl7._parts import Part, Segment
from segur_interop.hl7._paths import edited, split_path, steps_of
from segur_interop.hl7._scan import (
    LARGE,
    MAX_SEGMENTS,
    Span,
    declared,
    header,
    line_end,
    near,
    segments,
)
from segur_interop.hl7._syntax import ERASE, LONGEST_LABEL, SMALL_TILDE, Syntax

__all__ = ["ERASE", "MAX_BYTES", "MAX_SEGMENTS", "Message", "Part", "Segment", "parse"]

MAX_BYTES: Final = 64 * 1024 * 1024
"""Octets of a message; a CDA with a large PDF takes about 10 MB."""
_PLAIN_TYPE: Final = re.compile(r"[A-Z0-9_^]{1,24}")
_HL7: Final = "HL7 v2.5 chapter 2"
_LAST_BLANKS: Final = b" \t"
_LAST_OF_MANY: Final = 0xA0
"""A no-break space, or the last octet of a letter in UTF-8, as of `à`."""


class Message:
    """An HL7 v2 message: `bytes(message)` is what was read, octet for octet.

    `message["PID"]` is the tuple of its PID segments, `message.get("PID-3[2].4.2")` a decoded
    text. `repr` and notebooks show no content.
    """

    __slots__ = (
        "_charset", "_findings", "_given", "_head", "_indexed", "_mark", "_noted", "_octets",
        "_start", "_syntax",
    )  # fmt: skip

    def __init__(self, octets: bytes, *, charset: str | None = None) -> None:
        """As `parse`, of octets alone."""
        if type(octets) is not bytes or not (charset is None or type(charset) is str):
            check_type(octets, "octets", bytes)
            check_type(charset, "charset", str, NoneType)
        self._octets = octets
        self._given = charset is not None
        self._noted: list[tuple[str, str, Severity, str]] = []
        self._findings: tuple[Finding, ...] | None = None
        self._indexed: list[Span] | None = None
        self._head: list[str] | None = None
        start, mark = header(octets, self._note)
        self._start, self._mark = start, mark
        first = octets[start : line_end(octets, start)].split(mark, 18)
        label = first[17][:LONGEST_LABEL] if len(first) > 17 else b""
        self._charset, self._syntax, noted = declared(
            first[1][:LONGEST_LABEL], mark, label, charset
        )
        if noted:
            self._noted += noted
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
        parts = [part.strip().upper() for part in self.segment(0).leaves(9)[:3]]
        code, event, structure = parts + [""] * (3 - len(parts))
        return code, event, structure

    @property
    def control_id(self) -> str:
        """MSH-10."""
        return self.segment(0).leaves(10)[0].strip()

    def segment(self, position: int) -> Segment:
        """The segment at this position, 0 for MSH.

        Raises:
            IndexError: the message has fewer.
        """
        check_type(position, "position", int)
        segment = Segment(self, *self._index()[position])
        if position == 0:  # asked for by everything: cut once
            self._head = self._head or segment.fields
            segment._fields = self._head.copy()
        return segment

    def __getitem__(self, name: str) -> tuple[Segment, ...]:
        return tuple(Segment(self, *span) for span in self._index() if span[0] == name)

    def first(self, name: str) -> Segment | None:
        """The first segment of that name, None without."""
        if self._indexed is None:
            span = near(self._octets, self._start, self._mark, name)
            if span is not None:
                return Segment(self, *span)
        return next(iter(self[name]), None)

    def __iter__(self) -> Iterator[Segment]:
        return (Segment(self, *span) for span in self._index())

    def __len__(self) -> int:
        """How many segments."""
        return len(self._index())

    def __contains__(self, name: object) -> bool:
        return any(span[0] == name for span in self._index())

    def _position(self, name: str, occurrence: int) -> int | None:
        spans = self._index()
        if occurrence == 1 and spans[0][0] == name:
            return 0
        positions = (index for index, span in enumerate(spans) if span[0] == name)
        return next(itertools.islice(positions, occurrence - 1, None), None)

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
    if segment.size > LARGE:
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
    octets = message._octets
    for name, start, end in message._index():
        if octets[end - 1] in _LAST_BLANKS or _ends_with_no_break(message, name, start, end):
            yield "blanks", "blanks or no-break spaces end the segment", Severity.INFO, name
        if end - start <= LARGE and octets[start:end].isascii():
            continue
        segment = Segment(message, name, start, end)
        foreign = segment.foreign
        odd = segment.decoded(foreign)[1] if foreign else ""
        if odd:
            yield (
                "charset.other",
                "octets that are not in the declared character set: " + odd,
                Severity.ERROR if odd == "undecodable" else Severity.WARNING,
                name,
            )


def _ends_with_no_break(message: Message, name: str, start: int, end: int) -> bool:
    octets = message._octets
    if octets[end - 1] != _LAST_OF_MANY:
        return False
    last = max(start, octets.rfind(message._mark, start, end) + 1)
    return Segment(message, name, start, end).decoded(octets[last:end])[0].endswith("\u00a0")
