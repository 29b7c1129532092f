"""Small tolerant readers over pikepdf objects: a wrong type is None, never an exception."""

from __future__ import annotations

import base64
import binascii
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
    "first_page",
    "get",
    "identity",
    "inherited",
    "is_dictionary",
    "is_stream",
    "name",
    "number",
    "text",
    "where",
]

_MAX_DEPTH: Final = 40
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
        TooLarge: it expands, or could expand, beyond the limit.
    """
    filters = get(stream, "/Filter")
    names = [name(item) for item in (array(filters) or [filters])]
    raw = bytes(stream.read_raw_bytes())
    once = names.count("/FlateDecode") == 1 and all(item in _OWN for item in names)
    if once and len(raw) * _FLATE_RATIO <= limit:
        return bytes(stream.read_bytes())
    if get(stream, "/DecodeParms") is None and all(item in _OWN for item in names if item):
        for item in filter(None, names):
            raw = _OWN[item](raw, limit)
        return raw
    if len(raw) * _WORST_RATIO > limit:
        raise TooLarge
    return bytes(stream.read_bytes())


_FLATE_RATIO: Final = 1_032
"""What Flate gives at most for one byte; a predictor only shrinks it."""

_WORST_RATIO: Final = 1_400
"""LZW, the most expanding of the other filters, gives at most 4095 bytes for 12 bits."""


def _flate(raw: bytes, limit: int) -> bytes:
    inflater = zlib.decompressobj()
    data = inflater.decompress(raw, limit + 1)
    if len(data) > limit:
        raise TooLarge
    return data


def _ascii85(raw: bytes, limit: int) -> bytes:
    end = raw.find(b"~>")
    body = raw[: end if end >= 0 else len(raw)].strip()
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
