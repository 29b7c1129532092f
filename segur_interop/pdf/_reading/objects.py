"""Small tolerant readers over pikepdf objects: a wrong type is None, never an exception."""

from __future__ import annotations

import base64
import binascii
import math
import zlib
from collections.abc import Iterator
from typing import Any, Final

import pikepdf

__all__ = [
    "MALFORMED",
    "TooLarge",
    "array",
    "decoded",
    "entries",
    "expansions",
    "filters",
    "first_page",
    "get",
    "identity",
    "inherited",
    "is_array",
    "is_dictionary",
    "is_stream",
    "name",
    "number",
    "text",
    "where",
]

_MAX_DEPTH: Final = 200
"""Ancestors of a page; qpdf opens no tree of more than a hundred levels."""
_MAX_NODES: Final = 10_000

MALFORMED: Final = (
    pikepdf.PdfError,
    ArithmeticError,
    AttributeError,
    LookupError,
    NotImplementedError,
    RuntimeError,
    TypeError,
    ValueError,
    zlib.error,
)
"""What pikepdf raises on structures that are not what they claim to be."""


class TooLarge(Exception):
    """A stream that expands beyond the cap of the reader."""


def get(obj: Any, key: str) -> Any:
    """The value of a key of a dictionary or stream; None if absent, null or no dictionary."""
    try:
        return obj.get(key)
    except (AttributeError, TypeError, ValueError, pikepdf.PdfError):
        return None


def is_dictionary(obj: Any) -> bool:
    """True for a dictionary that is no stream."""
    return isinstance(obj, pikepdf.Dictionary)


def is_stream(obj: Any) -> bool:
    """True for a stream."""
    return isinstance(obj, pikepdf.Stream)


def name(obj: Any) -> str | None:
    """The text of a name, slash included."""
    return str(obj) if isinstance(obj, pikepdf.Name) else None


def number(obj: Any) -> float | None:
    """An integer or real; a boolean is none."""
    if obj is None or isinstance(obj, bool):
        return None
    try:
        return float(obj)
    except (TypeError, ValueError, ArithmeticError):
        return None


def text(obj: Any) -> str | None:
    """The characters of a string object."""
    if not isinstance(obj, pikepdf.String):
        return None
    try:
        return str(obj)
    except (UnicodeError, ValueError):
        return bytes(obj).decode("latin-1")


def array(obj: Any) -> list[Any]:
    """The elements of an array; [] for anything else."""
    return list(obj) if isinstance(obj, pikepdf.Array) else []


def is_array(obj: Any) -> bool:
    """True for an array."""
    return isinstance(obj, pikepdf.Array)


def entries(obj: Any) -> Iterator[tuple[str, Any]]:
    """The keys and values of a dictionary or of a stream's dictionary."""
    if isinstance(obj, pikepdf.Stream):
        obj = obj.stream_dict
    if isinstance(obj, pikepdf.Dictionary):
        yield from ((str(key), value) for key, value in obj.items())


def identity(obj: Any) -> tuple[int, int] | None:
    """The number and generation of an indirect object; None for a direct one."""
    try:
        found: tuple[int, int] = obj.objgen
    except (AttributeError, ValueError, pikepdf.PdfError):
        return None
    return found if found != (0, 0) else None


def where(obj: Any, otherwise: str) -> str:
    """`object 12`, or the given place for a direct object."""
    found = identity(obj)
    return f"object {found[0]}" if found else otherwise


def decoded(stream: Any, limit: int) -> bytes:
    """The decoded bytes of a stream, never more than `limit`.

    Raises:
        TooLarge: it expands, or could expand, beyond the limit; or its predictor asks for longer
            rows than any picture has.
        ValueError: more filters than qpdf takes.
    """
    names = filters(stream)
    if len(names) > _MAX_FILTERS:
        raise ValueError("too many filters")
    raw = bytes(stream.read_raw_bytes())
    parameters = get(stream, "/DecodeParms")
    _check_rows(parameters)
    most = _most(raw, names)
    if most > limit and parameters is None and all(item in _OWN for item in names if item):
        for item in filter(None, names):
            raw = _OWN[item](raw, limit)
        return raw
    if most > max(limit, _MAX_PASSING):
        if names != ["/FlateDecode"]:
            raise TooLarge
        _flate(raw, limit)
    data = bytes(stream.read_bytes())
    if len(data) > limit:
        raise TooLarge
    return data


_MAX_PASSING: Final = 256_000_000
"""Octets held for a moment, at most, where what a stream gives is not known before."""

_MAX_FILTERS: Final = 25

_MAX_ROW: Final = 16_000_000
"""Octets of a row: qpdf makes room for one before it reads any."""

_RATIOS: Final = {
    "/FlateDecode": 1_032,
    "/LZWDecode": 1_400,
    "/RunLengthDecode": 64,
    "/ASCII85Decode": 4,
}
"""What a filter gives at most for one byte (LZW: 4095 bytes for 12 bits); a predictor only shrinks
it, and the filters of pictures are not undone."""


def filters(stream: Any) -> list[str | None]:
    """The names of the filters of a stream, first the one to be undone first."""
    written = get(stream, "/Filter")
    return [name(item) for item in (array(written) or [written])]


def expansions(stream: Any) -> int:
    """How many of the filters of a stream give many more bytes than they take."""
    return sum(item in _RATIOS and item != "/ASCII85Decode" for item in filters(stream))


def _most(raw: bytes, names: list[str | None]) -> int:
    size = len(raw)
    if names[:1] == ["/ASCII85Decode"]:  # exactly: four bytes for a z or for five others
        names, size = names[1:], 4 * raw.count(b"z") + size
    return size * math.prod(_RATIOS.get(item or "", 1) for item in names)


def _check_rows(parameters: Any) -> None:
    for item in array(parameters) or [parameters]:
        size = 1.0
        for key, otherwise in (("/Columns", 1), ("/Colors", 1), ("/BitsPerComponent", 8)):
            value = number(get(item, key))
            size *= abs(otherwise if value is None else value)
        if size > 8 * _MAX_ROW:
            raise TooLarge


def _flate(raw: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj()
    data = inflater.decompress(raw, limit + 1)
    if len(data) > limit:
        raise TooLarge
    return data


def _ascii85(raw: bytes, limit: int) -> bytes:
    end = raw.find(b"~>")
    body = raw[: end if end >= 0 else len(raw)].strip()
    if 4 * (body.count(b"z") + len(body) // 5) > limit + 4:
        raise TooLarge
    return base64.a85decode(body.removeprefix(b"<~"), ignorechars=b"\x00\t\n\x0b\x0c\r ")


def _asciihex(raw: bytes, limit: int) -> bytes:
    digits = raw.split(b">", 1)[0].translate(None, b"\x00\t\n\x0c\r ")
    return binascii.unhexlify(digits + b"0" * (len(digits) % 2))


_OWN: Final = {
    "/FlateDecode": _flate,
    "/ASCII85Decode": _ascii85,
    "/ASCIIHexDecode": _asciihex,
}


def inherited(page: Any, key: str) -> Any:
    """A page attribute, taken from the nearest ancestor that has it (PDF Reference 1.4, 3.6.2)."""
    node = page
    for _ in range(_MAX_DEPTH):
        value = get(node, key)
        if value is not None:
            return value
        node = get(node, "/Parent")
        if node is None:
            return None
    return None


def first_page(tree: Any) -> Any:
    """The first leaf of a page tree; no other leaf is read."""
    pending = [iter([tree])]
    for _ in range(_MAX_NODES):
        if not pending:
            break
        node = next(pending[-1], None)
        if node is None:
            pending.pop()
            continue
        kids = get(node, "/Kids")
        if kids is None:
            return node
        pending.append(map(kids.__getitem__, range(len(kids))))
    return None
