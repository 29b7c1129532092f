"""The file as octets: ISO 19005-1:2005, 6.1.2-6.1.4, 6.1.6-6.1.8 and 6.1.12.

PDF/A-1 forbids object streams, so every object of a conforming file lies in clear in its octets,
at the place that a cross reference table gives.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.lex import BODY, EOL, LARGE, SPACE, is_suspect, lexical_faults

__all__ = ["Syntax", "check_syntax", "object_offsets"]

_MAX_SECTIONS: Final = 1_000
_MAX_ENTRIES: Final = 1_000_000

_HEADER: Final = re.compile(rb"%PDF-1\.\d[ \t]*" + EOL + rb"%(?P<comment>[^\r\n]{0,4})")
_START: Final = re.compile(rb"startxref[" + SPACE + rb"]+(\d{1,12})")
_XREF: Final = re.compile(rb"xref(?P<gap>[" + SPACE + rb"]+)(?=\d)")
_SUBSECTION: Final = re.compile(rb"(\d{1,10})(?P<gap>[" + SPACE + rb"]+)(\d{1,10})[ \t]*" + EOL)
_ENTRY: Final = re.compile(rb"(\d{10}) (\d{5}) ([nf])[ \r\n]{1,2}")
_ENTRY_OCTETS: Final = 20
_WHOLE_ENTRY: Final = re.compile(rb"(\d{10}) \d{5} ([nf])[ \r\n]{2}")
_TRAILER: Final = re.compile(rb"[" + SPACE + rb"]*trailer")
_OBJECT: Final = re.compile(
    rb"(\d{1,10})(?P<a>[" + SPACE + rb"]+)(\d{1,5})(?P<b>[" + SPACE + rb"]+)obj"
)
_AFTER_OBJ: Final = re.compile(EOL)
_LENGTH: Final = re.compile(rb"/Length[" + SPACE + rb"]+(\d{1,12})(?:[ \r\n]+(\d{1,5})[ \r\n]+R)?")
_NUMBER: Final = re.compile(rb"[" + SPACE + rb"]*(\d{1,12})[" + SPACE + rb"]")
_STREAM_END: Final = re.compile(EOL + rb"endstream")


@dataclass
class _Table:
    """What the chain of cross reference sections says."""

    offsets: dict[int, int] = field(default_factory=dict)
    trailers: list[bytes] = field(default_factory=list)
    readable: bool = True
    hidden: bool = False

    @property
    def is_whole(self) -> bool:
        """Every object is in clear at a place that it gives."""
        return self.readable and bool(self.trailers) and not self.hidden


@dataclass(frozen=True, slots=True)
class Syntax:
    """What reading the octets taught.

    Attributes:
        values: the values of the objects looked at as written, without stream data; None if
            not all are in clear.
        offsets: where each object lies, -1 for a free number.
    """

    values: bytes | None
    offsets: Mapping[int, int]


def object_offsets(data: bytes) -> Mapping[int, int] | None:
    """Where each object lies, -1 for a free number; None when no table tells all of it."""
    table = _read_table(data, Notes())
    return table.offsets if table.is_whole else None


def check_syntax(data: bytes, notes: Notes, *, since: int = 0) -> Syntax:
    """Note every fault of the octets themselves; of objects, those that lie at `since` or after."""
    _check_header(data, notes)
    _check_end(data, notes)
    table = _read_table(data, notes)
    _check_trailers(table, notes)
    if len(table.offsets) >= _MAX_ENTRIES:
        notes.not_run.append(f"more than {_MAX_ENTRIES} indirect objects")
    bodies, left = {}, len(data)
    for number, offset in table.offsets.items():
        if offset < since:
            continue
        bodies[number] = _check_object(data, number, offset, table, notes)
        left -= len(bodies[number])
        if left < 0:
            notes.add("pdf.malformed", "objects that lie inside one another", f"object {number}")
            break
    values = b"\n".join(bodies.values())
    if is_suspect(values) or max(map(len, bodies.values()), default=0) > LARGE:
        for number, body in bodies.items():
            for clause, message in lexical_faults(body):
                notes.fail(clause, message, f"object {number}")
    return Syntax(values if table.is_whole else None, table.offsets)


def _check_header(data: bytes, notes: Notes) -> None:
    header = _HEADER.match(data)
    if header is None:
        notes.fail("6.1.2", "the file does not start with a %PDF-1.n line and a comment line")
    elif len(header["comment"]) < 4 or min(header["comment"]) < 128:
        notes.fail("6.1.2", "the line after the header is no comment of four bytes above 127")


def _check_end(data: bytes, notes: Notes) -> None:
    end = data.rfind(b"%%EOF")
    if end < 0 or data[end + 5 :] not in (b"", b"\n", b"\r", b"\r\n"):
        notes.fail("6.1.3", "data follow the last end-of-file marker")


def _read_table(data: bytes, notes: Notes) -> _Table:
    table = _Table()
    starts = _START.findall(data, max(0, len(data) - 2048)) or _START.findall(data)
    pending, seen = [int(starts[-1])] if starts else [], set[int]()
    if not starts:
        table.readable = False
    while pending:
        offset = pending.pop(0)
        if offset in seen or len(seen) > _MAX_SECTIONS:
            continue
        seen.add(offset)
        _read_section(data, offset, table, pending, notes)
    if not table.readable:
        notes.fail("6.1.4", "a cross reference table cannot be read where it is announced")
    return table


def _read_section(
    data: bytes, offset: int, table: _Table, pending: list[int], notes: Notes
) -> None:
    start = _XREF.match(data, offset)
    if start is None:
        if _OBJECT.match(data, offset):
            notes.fail("6.1.4", "a cross reference stream is used", f"offset {offset}")
            table.hidden = True
        else:
            table.readable = False
        return
    if start["gap"] not in (b"\n", b"\r", b"\r\n"):
        notes.fail("6.1.4", "xref is not followed by a single end of line", f"offset {offset}")
    position = _read_subsections(data, start.end(), table, notes)
    trailer = _TRAILER.match(data, position)
    if trailer is None:
        table.readable = False
        return
    end = data.find(b"startxref", trailer.end())
    text = data[trailer.end() : end if end >= 0 else len(data)][:1_000_000]
    table.trailers.append(text)
    if b"/XRefStm" in text:
        notes.fail("6.1.4", "a cross reference stream is used", "trailer")
        table.hidden = True
    previous = re.search(rb"/Prev[" + SPACE + rb"]*(\d{1,12})", text)
    if previous:
        pending.append(int(previous[1]))


def _read_subsections(data: bytes, position: int, table: _Table, notes: Notes) -> int:
    while True:
        head = _SUBSECTION.match(data, position)
        if head is None:
            return position
        if head["gap"] != b" ":
            notes.fail(
                "6.1.4", "object number and range are not separated by one space",
                f"offset {position}",
            )  # fmt: skip
        first, count, position = int(head[1]), int(head[3]), head.end()
        end = position + _ENTRY_OCTETS * count
        entries = _WHOLE_ENTRY.findall(data, position, end)
        if len(entries) == count and len(table.offsets) + count <= _MAX_ENTRIES:
            for number, (offset, use) in enumerate(entries, first):
                table.offsets.setdefault(number, int(offset) if use == b"n" else -1)
            position = end
            continue
        for number in range(first, first + count):
            entry = _ENTRY.match(data, position)
            if entry is None or len(table.offsets) >= _MAX_ENTRIES:
                table.readable = False
                return position
            position = entry.end()
            if entry[3] == b"n":
                table.offsets.setdefault(number, int(entry[1]))
            else:
                table.offsets.setdefault(number, -1)


def _check_trailers(table: _Table, notes: Notes) -> None:
    if not table.trailers:
        return
    identifiers = [re.search(rb"/ID[" + SPACE + rb"]*\[([^\]]*)\]", t) for t in table.trailers]
    if identifiers[0] is None:
        notes.fail("6.1.3", "the trailer has no ID", "trailer")
    if any(re.search(rb"/Encrypt\b", text) for text in table.trailers):
        notes.fail("6.1.3", "the trailer has Encrypt", "trailer")


def _check_object(data: bytes, number: int, offset: int, table: _Table, notes: Notes) -> bytes:
    """The value of the object, as written."""
    place = f"object {number}"
    head = _OBJECT.match(data, offset)
    if head is None or int(head[1]) != number:
        notes.fail("6.1.4", "the cross reference table does not point to the object", place)
        return b""
    before = data[offset - 1 : offset]
    if before not in (b"\n", b"\r") or len(head["a"]) != 1 or len(head["b"]) != 1:
        notes.fail("6.1.8", "the object's first line is not spaced as required", place)
    elif _AFTER_OBJ.match(data, head.end()) is None:
        notes.fail("6.1.8", "obj is not followed by an end of line", place)
    body = BODY.match(data, head.end())
    if body is None:  # both groups may be empty: it always matches
        return b""
    end = body.end()
    if body[2] == b"stream":
        end = _check_stream(data, body[1], end, table, place, notes)
    elif body[2] != b"endobj":
        notes.fail("6.1.8", "the object does not end with endobj", place)
        return body[1]
    else:
        end -= len(b"endobj")
    _check_object_end(data, end, place, notes)
    return body[1]


def _check_stream(
    data: bytes, dictionary: bytes, end: int, table: _Table, place: str, notes: Notes
) -> int:
    """Where `endobj` is to be looked for, or -1."""
    if data[end : end + 2] == b"\r\n":
        start = end + 2
    elif data[end : end + 1] == b"\n":
        start = end + 1
    else:
        notes.fail("6.1.7", "stream is not followed by CR LF or LF", place)
        return -1
    length = _length(data, dictionary, table)
    if length is None:
        notes.fail("6.1.7", "the stream has no Length", place)
        return -1
    closing = _STREAM_END.match(data, start + length)
    if closing is None:
        notes.fail(
            "6.1.7", "Length does not lead to an end of line and endstream", place
        )  # fmt: skip
        return -1
    gap = re.compile(rb"[" + SPACE + rb"]*").match(data, closing.end())
    return gap.end() if gap else -1


def _length(data: bytes, dictionary: bytes, table: _Table) -> int | None:
    found = _LENGTH.search(dictionary)
    if found is None:
        return None
    if found[2] is None:
        return int(found[1])
    offset = table.offsets.get(int(found[1]), -1)
    head = _OBJECT.match(data, offset) if offset >= 0 else None
    number = _NUMBER.match(data, head.end()) if head else None
    return int(number[1]) if number else None


def _check_object_end(data: bytes, end: int, place: str, notes: Notes) -> None:
    if end < 0:
        return
    if data[end : end + 6] != b"endobj" or data[end - 1 : end] not in (b"\n", b"\r"):
        notes.fail("6.1.8", "endobj is not preceded by an end of line", place)
    elif _AFTER_OBJ.match(data, end + 6) is None:
        notes.fail("6.1.8", "endobj is not followed by an end of line", place)
