"""Streams that hold objects: what they expand to, before qpdf expands them without a cap.

PDF Reference 1.5, 3.4.6-3.4.7. Every octet is read a bounded number of times, whatever the file.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from typing import Final

from segur_interop.pdf._reading.lex import BODY, SPACE

__all__ = ["MAX_HIDDEN", "Hidden", "look_for_hidden"]

MAX_HIDDEN: Final = 64_000_000
"""Most decoded bytes of object and cross reference streams of one file."""

_READINGS: Final = 4
"""Times that a file is read at most, in the mean, where its objects lie inside one another."""

_CHUNK: Final = 16_384


def _written(name: str) -> bytes:
    """A name as an expression, any of its characters written as #xx (3.2.4)."""
    return b"".join(b"(?:%c|#(?i:%02x))" % (code, code) for code in name.encode())


_HINT: Final = re.compile(rb"/(?:" + rb"|".join(map(_written, ("XRef", "ObjStm"))) + rb")")
_ENCRYPT: Final = re.compile(rb"/" + _written("Encrypt"))
# qpdf takes a stream that has First for one of objects, whatever its Type
_HOLDER: Final = re.compile(rb"/(?:" + rb"|".join(map(_written, ("XRef", "First"))) + rb")")
_OBJECT: Final = re.compile(rb"obj(?=[" + SPACE + rb"<%])")
_EOL: Final = re.compile(rb"[ ]*(?:\r\n|\r|\n)?")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_DECODING: Final = re.compile(rb"/(?:Filter|DecodeParms|Columns|Colors|BitsPerComponent)\b")
_BOUNDED: Final = re.compile(
    rb"/Filter[" + SPACE + rb"]*+(?:null\b|/FlateDecode\b"
    rb"|\[[" + SPACE + rb"]*+(?:/FlateDecode\b[" + SPACE + rb"]*+)?\])"
    rb"|/DecodeParms[" + SPACE + rb"]*+(?:null\b|<<|\[[" + SPACE + rb"]*+(?:<<|null\b|\]))"
    rb"|/Columns[" + SPACE + rb"]++\d{1,6}(?![" + SPACE + rb"]*+\d)"
    rb"|/(?:Colors|BitsPerComponent)[" + SPACE + rb"]++\d{1,2}(?![" + SPACE + rb"]*+\d)"
)
"""What bounds the memory of qpdf: one Flate, and the rows of its predictor."""
_PARENTHESIS: Final = re.compile(rb"\\.|[()]", re.DOTALL)


class Hidden(Exception):
    """The rule and the reason why the file is not opened."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule


def look_for_hidden(data: bytes) -> None:
    """Make sure that what the file hides in streams is bounded.

    Raises:
        Hidden: it is not: `pdf.bomb`, or `pdf.encrypted` where only a key could tell.
    """
    if not _HINT.search(data):
        return
    total = 0
    for dictionary, start in _streams(data):
        if not _HOLDER.search(dictionary):
            continue
        plain = _ESCAPED.sub(lambda found: bytes([int(found[1], 16)]), dictionary)
        if len(_DECODING.findall(plain)) != len(_BOUNDED.findall(plain)):
            raise Hidden("pdf.bomb", "a stream of objects that is not a single Flate, rows short")
        try:
            total += _expanded(data, start, MAX_HIDDEN + 1 - total)
        except zlib.error:
            if _ENCRYPT.search(data):
                raise Hidden("pdf.encrypted", "encrypted, down to its objects") from None
        if total > MAX_HIDDEN:
            raise Hidden("pdf.bomb", f"streams of objects that expand beyond {MAX_HIDDEN} bytes")


def _streams(data: bytes) -> Iterator[tuple[bytes, int]]:
    """The dictionary of each stream, and where its data start."""
    left = _READINGS * len(data)
    for found in _OBJECT.finditer(data):
        value = _Value(data, found.end(), left)
        left -= value.end - found.end()
        if left < 0:
            raise Hidden("pdf.bomb", "objects that lie inside one another")
        if value.is_stream:
            start = _EOL.match(data, value.end)
            yield value.text, start.end() if start else value.end


class _Value:
    """The value after `obj` as a tolerant reader takes it: what it does not know is skipped.

    Attributes:
        text: what was read.
        end: where the reading ended, after the keyword.
        is_stream: the keyword is `stream`.
    """

    def __init__(self, data: bytes, start: int, longest: int) -> None:
        parts, position, self.is_stream = [], start, False
        open_, closed = 0, 0
        while position < len(data) and position - start <= longest:
            body = BODY.match(data, position)
            if body is None:  # both groups may be empty: it always matches
                break
            parts.append(body[1])
            position = body.end()
            open_, closed = open_ + body[1].count(b"<<"), closed + body[1].count(b">>")
            self.is_stream = body[2].startswith(b"stream")
            if self.is_stream:
                position = body.start(2) + len(b"stream")
                break
            if body[2] == b"endobj" and open_ <= closed:
                break
            if not body[2]:
                position = _after(data, position)
        self.text, self.end = b"".join(parts), position


def _after(data: bytes, position: int) -> int:
    """Past a string that is nested too deep for the expression, or a delimiter that is alone."""
    if data[position : position + 1] != b"(":
        return position + 1
    depth = 0
    for found in _PARENTHESIS.finditer(data, position):
        depth += (found[0] == b"(") - (found[0] == b")")
        if not depth:
            return found.end()
    return len(data)


def _expanded(data: bytes, start: int, limit: int) -> int:
    """Octets that a stream gives, counted up to `limit`; its Length is not believed.

    Raises:
        zlib.error: it is no Flate data.
    """
    inflater, total = zlib.decompressobj(), 0
    for at in range(start, len(data), _CHUNK):
        chunk = data[at : at + _CHUNK]
        while chunk and total < limit and not inflater.eof:
            total += len(inflater.decompress(chunk, min(limit - total, 1_000_000)))
            chunk = inflater.unconsumed_tail
        if inflater.eof or total >= limit:
            break
    return total
