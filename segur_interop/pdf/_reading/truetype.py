"""The tables of a TrueType font program that PDF/A rules look at.

OpenType specification: table directory, `head`, `hhea`, `maxp`, `hmtx`, `cmap` (formats 0, 4, 6
and 12).
"""

from __future__ import annotations

import functools
import struct
from bisect import bisect_left
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Cmap", "TrueType", "read_truetype"]

_MAGIC: Final = (b"\x00\x01\x00\x00", b"true", b"OTTO")
_MAX_TABLES: Final = 200
_MAX_GROUPS: Final = 100_000
_SMALL: Final = 100_000


@dataclass(frozen=True, slots=True)
class Cmap:
    """One subtable of `cmap`, looked up when asked, once a code."""

    table: bytes
    _found: dict[int, int] = field(default_factory=dict, repr=False, compare=False)

    def get(self, code: int) -> int:
        """The glyph of a character code; 0 if none."""
        glyph = self._found.get(code)
        if glyph is None:
            try:
                glyph = _lookup(self.table, code)
            except (struct.error, IndexError):
                glyph = 0
            self._found[code] = glyph
        return glyph


@dataclass(frozen=True, slots=True)
class TrueType:
    """What is needed of a font program.

    Attributes:
        glyphs: number of glyphs.
        cmaps: (platform, encoding) to the table from character codes to glyphs.
        cmap_count: subtables of `cmap`, read or not.
    """

    glyphs: int
    cmaps: Mapping[tuple[int, int], Cmap]
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
    """The font program, or None when it is none or is broken; the last small ones are kept."""
    return _kept(data) if len(data) <= _SMALL else _whole(data)


@functools.lru_cache(maxsize=8)
def _kept(data: bytes) -> TrueType | None:
    return _whole(data)


def _whole(data: bytes) -> TrueType | None:
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


def _cmaps(cmap: bytes, number: int) -> dict[tuple[int, int], Cmap]:
    found = {}
    for index in range(min(number, _MAX_TABLES)):
        platform, encoding, offset = struct.unpack_from(">HHI", cmap, 4 + 8 * index)
        found[platform, encoding] = Cmap(cmap[offset:])
    return found


def _lookup(table: bytes, code: int) -> int:
    (form,) = struct.unpack_from(">H", table)
    if form == 0:
        return table[6 + code] if code < 256 else 0
    if form == 4:
        return _in_segments(table, code)
    if form == 6:
        first, count = struct.unpack_from(">HH", table, 6)
        inside = first <= code < first + count
        return int(struct.unpack_from(">H", table, 10 + 2 * (code - first))[0]) if inside else 0
    if form == 12:
        return _in_groups(table, code)
    return 0


def _in_segments(table: bytes, code: int) -> int:
    count = struct.unpack_from(">H", table, 6)[0] // 2
    ends = struct.unpack_from(f">{count}H", table, 14)
    index = bisect_left(ends, code)
    if code > 0xFFFE or index == count:
        return 0
    at = 16 + 2 * index
    start, delta, offset = (
        struct.unpack_from(">H", table, at + 2 * count * row)[0] for row in (1, 2, 3)
    )
    if code < start:
        return 0
    if not offset:
        return int(code + delta) & 0xFFFF
    place = at + 6 * count + offset + 2 * (code - start)
    glyph = struct.unpack_from(">H", table, place)[0]
    return int(glyph + delta) & 0xFFFF if glyph else 0


def _in_groups(table: bytes, code: int) -> int:
    (count,) = struct.unpack_from(">I", table, 12)
    low, high = 0, min(count, _MAX_GROUPS)
    while low < high:
        middle = (low + high) // 2
        start, end, glyph = struct.unpack_from(">III", table, 16 + 12 * middle)
        if code < start:
            high = middle
        elif code > end:
            low = middle + 1
        else:
            return int(glyph + code - start)
    return 0
