"""Our own sRGB profile: ICC version 2, as PDF/A-1 asks, made here so that no licence is in it."""

from __future__ import annotations

import functools
import struct
from typing import Final

__all__ = ["srgb_profile"]

# IEC 61966-2-1 primaries adapted to D50 by the Bradford transform (rows: X, Y, Z).
_COLORANTS: Final = {
    b"rXYZ": (0.4360747, 0.2225045, 0.0139322),
    b"gXYZ": (0.3850649, 0.7168786, 0.0971045),
    b"bXYZ": (0.1430804, 0.0606169, 0.7141733),
}
_D50: Final = (0.9642, 1.0, 0.8249)
_POINTS: Final = 1024
_NAME: Final = b"sRGB IEC61966-2.1"


@functools.cache
def srgb_profile() -> bytes:
    """A matrix and curve monitor profile of sRGB, ICC version 2.1 (ICC.1:1998-09), 2.6 kB."""
    tags = {
        b"desc": _description(_NAME),
        b"cprt": b"text" + bytes(4) + b"No copyright, use freely\0",
        b"wtpt": _xyz(_D50),
        **{tag: _xyz(value) for tag, value in _COLORANTS.items()},
        b"rTRC": _curve(),
        b"gTRC": b"",
        b"bTRC": b"",
    }
    offset, table, body = 128 + 4 + 12 * len(tags), b"", b""
    shared = (0, 0)
    for tag, data in tags.items():
        if data:
            shared = (offset + len(body), len(data))
            body += data + bytes(-len(data) % 4)
        table += struct.pack(">4sII", tag, *shared)
    size = offset + len(body)
    return _header(size) + struct.pack(">I", len(tags)) + table + body


def _header(size: int) -> bytes:
    return struct.pack(
        ">I4s4s4s4s4s6H4s4sI4s4sQI12s4s44x",
        size, bytes(4), b"\x02\x10\0\0", b"mntr", b"RGB ", b"XYZ ", 2024, 1, 1, 0, 0, 0,
        b"acsp", bytes(4), 0, bytes(4), bytes(4), 0, 0, _fixed(_D50), bytes(4),
    )  # fmt: skip


def _fixed(values: tuple[float, ...]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: tuple[float, ...]) -> bytes:
    return b"XYZ " + bytes(4) + _fixed(values)


def _description(text: bytes) -> bytes:
    ascii_part = struct.pack(">I", len(text) + 1) + text + b"\0"
    return b"desc" + bytes(4) + ascii_part + bytes(8) + bytes(3 + 67)


def _curve() -> bytes:
    def linear(value: float) -> float:
        return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4

    points = (round(65535 * linear(i / (_POINTS - 1))) for i in range(_POINTS))
    return b"curv" + bytes(4) + struct.pack(f">I{_POINTS}H", _POINTS, *points)
