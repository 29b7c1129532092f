"""Payload text to a Data Matrix: ECC 200, square, the whole message in C40.

The header of a Datamatrix INS has to be encoded in C40: the ANS checker refuses a symbol that
leaves C40 within the run of zeros, although it decodes to the right text ("INS Format
Datamatrix" v2.2 §3, as implemented by bwip-js PR 283, ZXing PR 1495 and ZXing.Net issue 403).
Whole-message C40 satisfies it with both encoders below, which give the same codewords.
GS is the data character 0x1D, never FNC1: the symbol is not GS1.
"""

from __future__ import annotations

import functools
import struct
from typing import Any, Final, TypeAlias

from segur_interop.errors import InvalidDatamatrix, MissingDependency
from segur_interop.ins import _libdmtx

__all__ = ["Matrix", "matrix"]

Matrix: TypeAlias = tuple[tuple[bool, ...], ...]

# Data codewords of the square symbols 10x10 to 144x144 (ISO/IEC 16022, table 7).
CAPACITIES: Final = (
    3, 5, 8, 12, 18, 22, 30, 36, 44, 62, 86, 114, 144, 174, 204, 280, 368, 456, 576, 696, 816,
    1050, 1304, 1558,
)  # fmt: skip
_LATCH_C40: Final = 230
_UNLATCH: Final = 254
_PAD: Final = 129
_SHIFT_1, _SHIFT_2, _SHIFT_3 = 0, 1, 2

_DARK: Final = b"\1" + bytes(255)
"""Pixel to module: 0 is black."""


def matrix(payload: str) -> Matrix:
    """The modules of the symbol, True when dark, row by row from the top, no quiet zone.

    libdmtx encodes when it is installed, ppf-datamatrix otherwise.

    Args:
        payload: ASCII text; GS is U+001D.

    Raises:
        InvalidDatamatrix: empty, not ASCII, or longer than a symbol can hold.
        MissingDependency: neither encoder is installed.
    """
    if not payload:
        raise InvalidDatamatrix("an empty payload has no symbol")
    if not payload.isascii():
        raise InvalidDatamatrix("a character of the payload is not ASCII")
    if len(payload) > 2 * CAPACITIES[-1]:
        raise InvalidDatamatrix("the payload is longer than any symbol holds")
    try:
        return by_libdmtx(payload)
    except MissingDependency:
        return by_ppf(payload)


def by_libdmtx(payload: str) -> Matrix:
    """The symbol as libdmtx encodes it, drawn a grey pixel a module without margin."""
    import ctypes

    library = _libdmtx.load_wrapper()
    data = payload.encode("ascii")
    encoder = library.dmtxEncodeCreate()
    if not encoder:
        raise MemoryError("libdmtx has no memory for an encoder")
    try:
        for key, value in _settings(library):
            library.dmtxEncodeSetProp(encoder, key, value)
        octets = ctypes.cast(ctypes.c_char_p(data), library.c_ubyte_p)
        if not library.dmtxEncodeDataMatrix(encoder, len(data), octets):
            raise InvalidDatamatrix("libdmtx refuses to encode this payload")
        image = encoder[0].image[0]
        side = image.width
        if image.height != side or image.rowSizeBytes != side:
            raise InvalidDatamatrix("libdmtx drew something else than a square symbol")
        pixels = ctypes.string_at(image.pxl, side * side)
    finally:
        library.dmtxEncodeDestroy(ctypes.byref(encoder))
    row = struct.Struct(f"{side}?")
    return tuple(row.iter_unpack(pixels.translate(_DARK)))


@functools.cache
def _settings(library: Any) -> tuple[tuple[int, int], ...]:
    """Properties of the encoder, as the integers that C takes."""
    keys = library.DmtxProperty
    return (
        (int(keys.DmtxPropScheme), int(library.DmtxScheme.DmtxSchemeC40)),
        (int(keys.DmtxPropSizeRequest), int(library.DmtxSymbolSize.DmtxSymbolSquareAuto)),
        (int(keys.DmtxPropPixelPacking), int(library.DmtxPackOrder.DmtxPack8bppK)),
        (int(keys.DmtxPropModuleSize), 1),
        (int(keys.DmtxPropMarginSize), 0),
    )


def by_ppf(payload: str) -> Matrix:
    """The symbol in pure Python: codewords of ours, error correction and placement of ppf."""
    try:
        from ppf.datamatrix import DataMatrix
    except ImportError as error:
        raise MissingDependency("no Data Matrix encoder; install ppf-datamatrix") from error
    symbol = DataMatrix(_Encoded(codewords(payload)), codecs=["C40"])
    return tuple(tuple(module == 1 for module in row) for row in symbol.matrix)


class _Encoded:
    """Stands for the text that ppf-datamatrix would encode: already codewords, padded.

    Its own C40 always spends an unlatch, which costs a larger symbol one time in twenty, and
    its padding writes 0 for 254 (positions 28 and 281).
    """

    def __init__(self, data: bytes) -> None:
        self._data = data

    def encode(self, _codec: str) -> bytes:
        return self._data


def codewords(payload: str) -> bytes:
    """The data codewords of the smallest symbol, padded (ISO/IEC 16022 §5.2.3, §5.2.5).

    Raises:
        InvalidDatamatrix: longer than a symbol can hold.
    """
    values = [_c40(ord(character)) for character in payload]
    packed, rest = _whole_triplets(values)
    head = bytes([_LATCH_C40, *_pack(packed)]) if packed else b""
    for capacity in CAPACITIES:
        data = _finished(head, payload[len(payload) - rest :], values[-rest:] if rest else [],
                         capacity)  # fmt: skip
        if data is not None:
            return _padded(data, capacity)
    raise InvalidDatamatrix("the payload is longer than any symbol holds")


def _c40(code: int) -> tuple[int, ...]:
    """The C40 values of an ASCII character (ISO/IEC 16022 annex C.1)."""
    if code == 0x20:
        return (3,)
    if 0x30 <= code <= 0x39:
        return (code - 0x30 + 4,)
    if 0x41 <= code <= 0x5A:
        return (code - 0x41 + 14,)
    if code < 0x20:
        return (_SHIFT_1, code)
    if code >= 0x60:
        return (_SHIFT_3, code - 0x60)
    # the rest of shift 2: 0x21-0x2F, 0x3A-0x40, 0x5B-0x5F, in this order
    gap = 0x21 if code < 0x30 else 0x2B if code < 0x41 else 0x45
    return (_SHIFT_2, code - gap)


def _whole_triplets(values: list[tuple[int, ...]]) -> tuple[list[int], int]:
    """The values of as many whole characters as fill whole triplets; how many are left out."""
    count = sum(map(len, values))
    rest = 0
    while count % 3:
        rest += 1
        count -= len(values[-rest])
    return [value for item in values[: len(values) - rest] for value in item], rest


def _pack(values: list[int]) -> bytes:
    packed = bytearray()
    for start in range(0, len(values), 3):
        first, second, third = values[start : start + 3]
        packed += (1600 * first + 40 * second + third + 1).to_bytes(2, "big")
    return bytes(packed)


def _finished(head: bytes, text: str, left: list[tuple[int, ...]], capacity: int) -> bytes | None:
    """The message with its end, as this symbol size allows; None when it does not fit.

    The end of a C40 message depends on the room that is left (ISO/IEC 16022 §5.2.5.2): nothing
    after a full symbol; two values fill the last two codewords with a Shift 1; a last codeword
    alone is ASCII without unlatch (a character or, as libdmtx does, a pair of digits);
    otherwise unlatch and go on in ASCII.
    """
    room = capacity - len(head)
    if not head:
        tail = _ascii(text)
    elif room == 0 and not text:
        tail = b""
    elif room == 2 and sum(map(len, left)) == 2:
        tail = _pack([value for item in left for value in item] + [_SHIFT_1])
    elif room == 1 and len(_ascii(text)) == 1:
        tail = _ascii(text)
    else:
        tail = bytes([_UNLATCH]) + _ascii(text)
    return head + tail if len(tail) <= room else None


def _ascii(text: str) -> bytes:
    data = bytearray()
    position = 0
    while position < len(text):
        pair = text[position : position + 2]
        if len(pair) == 2 and pair.isdigit():
            data.append(130 + int(pair))
            position += 2
        else:
            data.append(ord(text[position]) + 1)
            position += 1
    return bytes(data)


def _padded(data: bytes, capacity: int) -> bytes:
    """The 253-state padding (ISO/IEC 16022 annex B.1)."""
    padded = bytearray(data)
    if len(padded) < capacity:
        padded.append(_PAD)
    while len(padded) < capacity:
        value = _PAD + 149 * (len(padded) + 1) % 253 + 1
        padded.append(value if value <= 254 else value - 254)
    return bytes(padded)
