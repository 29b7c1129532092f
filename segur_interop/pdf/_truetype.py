"""The tables of a TrueType font program that PDF/A rules look at.

OpenType specification: table directory, `head`, `hhea`, `maxp`, `hmtx`, `cmap` (formats 0, 4, 6
and 12).
"""

from __future__ import annotations

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["TrueType", "read_truetype"]

_MAGIC: Final = (b"\x00\x01\x00\x00", b"true", b"OTTO")
_MAX_TABLES: Final = 200
_MAX_GROUP: Final = 70_000


@dataclass(frozen=True, slots=True)
class TrueType:
    """What is needed of a font program.

    Attributes:
        glyphs: number of glyphs.
        cmaps: (platform, encoding) to a mapping from character code to glyph index.
        cmap_count: subtables of `cmap`, read or not.
    """

    glyphs: int
    cmaps: Mapping[tuple[int, int], Mapping[int, int]]
    cmap_count: int
    _metrics: bytes
    _metric_count: int
    _units: int

    def width(self, glyph: int) -> float | None:
        """The advance width in thousandths of the em; None if the glyph does not exist."""
        if not 0 <= glyph < self.glyphs or not self._metric_count:
            return None
        at = 4 * min(glyph, self._metric_count - 1)
        (advance,) = struct.unpack_from(">H", self._metrics, at)
        return float(advance * 1000 / self._units)


def read_truetype(data: bytes) -> TrueType | None:
    """The font program, or None when it is none or is broken."""
    try:
        return _read(data)
    except (struct.error, IndexError, KeyError, ZeroDivisionError):
        return None


def _read(data: bytes) -> TrueType | None:
    if data[:4] not in _MAGIC:
        return None
    tables = _tables(data)
    (units,) = struct.unpack_from(">H", tables[b"head"], 18)
    (count,) = struct.unpack_from(">H", tables[b"hhea"], 34)
    (glyphs,) = struct.unpack_from(">H", tables[b"maxp"], 4)
    if not units or len(tables[b"hmtx"]) < 4 * count:
        return None
    cmap = tables.get(b"cmap", b"")
    number = struct.unpack_from(">H", cmap, 2)[0] if cmap else 0
    return TrueType(glyphs, _cmaps(cmap, number), number, tables[b"hmtx"], count, units)


def _tables(data: bytes) -> dict[bytes, bytes]:
    (count,) = struct.unpack_from(">H", data, 4)
    found = {}
    for index in range(min(count, _MAX_TABLES)):
        tag, _, offset, length = struct.unpack_from(">4sIII", data, 12 + 16 * index)
        found[tag] = data[offset : offset + length]
    return found


def _cmaps(cmap: bytes, number: int) -> dict[tuple[int, int], Mapping[int, int]]:
    found = {}
    for index in range(min(number, _MAX_TABLES)):
        platform, encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * index)
        found[platform, encoding] = _subtable(cmap[offset:])
    return found


def _subtable(table: bytes) -> Mapping[int, int]:
    (form,) = struct.unpack_from(">H", table)
    if form == 0:
        return dict(enumerate(table[6:262]))
    if form == 4:
        return _segments(table)
    if form == 6:
        first, count = struct.unpack_from(">HH", table, 6)
        return dict(enumerate(struct.unpack_from(f">{count}H", table, 10), first))
    if form == 12:
        return _groups(table)
    return {}


def _segments(table: bytes) -> Mapping[int, int]:
    count = struct.unpack_from(">H", table, 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    starts = struct.unpack_from(f">{count}H", table, 16 + 2 * count)
    deltas = struct.unpack_from(f">{count}H", table, 16 + 4 * count)
    at = 16 + 6 * count
    offsets = struct.unpack_from(f">{count}H", table, at)
    found: dict[int, int] = {}
    for index, (start, end) in enumerate(zip(starts, ends, strict=True)):
        for code in range(start, min(end, 0xFFFE) + 1):
            glyph = code
            if offsets[index]:
                place = at + 2 * index + offsets[index] + 2 * (code - start)
                glyph = struct.unpack_from(">H", table, place)[0]
            if glyph or not offsets[index]:
                found[code] = (glyph + deltas[index]) & 0xFFFF
    return found


def _groups(table: bytes) -> Mapping[int, int]:
    (count,) = struct.unpack_from(">I", table, 12)
    found: dict[int, int] = {}
    for index in range(min(count, _MAX_GROUP)):
        start, end, glyph = struct.unpack_from(">III", table, 16 + 12 * index)
        if end - start > _MAX_GROUP or len(found) > 2 * _MAX_GROUP:
            return found
        found.update(zip(range(start, end + 1), range(glyph, glyph + end - start + 1), strict=True))
    return found
