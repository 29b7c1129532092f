"""An ECC 200 reader of the tests, written from ISO/IEC 16022: modules to codewords to text.

It shares nothing with the encoders and decoders under test, and tells what no decoder tells: in
which encodation each character was written.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

Cells = tuple[tuple[int, int], ...]

# Table 7: side: data codewords, error codewords, interleaved blocks, data regions on a side.
SIZES = {
    10: (3, 5, 1, 1), 12: (5, 7, 1, 1), 14: (8, 10, 1, 1), 16: (12, 12, 1, 1),
    18: (18, 14, 1, 1), 20: (22, 18, 1, 1), 22: (30, 20, 1, 1), 24: (36, 24, 1, 1),
    26: (44, 28, 1, 1), 32: (62, 36, 1, 2), 36: (86, 42, 1, 2), 40: (114, 48, 1, 2),
    44: (144, 56, 1, 2), 48: (174, 68, 1, 2), 52: (204, 84, 2, 2), 64: (280, 112, 2, 4),
    72: (368, 144, 4, 4), 80: (456, 192, 4, 4), 88: (576, 224, 4, 4), 96: (696, 272, 4, 4),
    104: (816, 336, 6, 4), 120: (1050, 408, 6, 6), 132: (1304, 496, 8, 6),
}  # fmt: skip

# Annex F: the nominal shape of a codeword and the four corner shapes, most significant bit first,
# from the position of its last module; negative coordinates of a corner count from the far edge.
UTAH: Cells = ((-2, -2), (-2, -1), (-1, -2), (-1, -1), (-1, 0), (0, -2), (0, -1), (0, 0))
CORNERS: tuple[Cells, ...] = (
    ((-1, 0), (-1, 1), (-1, 2), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -4), (0, -3), (0, -2), (0, -1), (1, -1)),
    ((-3, 0), (-2, 0), (-1, 0), (0, -2), (0, -1), (1, -1), (2, -1), (3, -1)),
    ((-1, 0), (-1, -1), (0, -3), (0, -2), (0, -1), (1, -3), (1, -2), (1, -1)),
)


@functools.cache
def placement(side: int) -> list[Cells]:
    """Where the eight modules of each codeword lie in a square mapping matrix."""
    taken: set[tuple[int, int]] = set()
    found: list[Cells] = []

    def place(cells: Cells) -> None:
        taken.update(cells)
        found.append(cells)

    row, column = 4, 0
    while row < side or column < side:
        for shape, here in zip(CORNERS, _corners(side, row, column), strict=True):
            if here:
                place(tuple((y % side, x % side) for y, x in shape))
        # up and right, then down and left, along the diagonals
        for step, turn in ((2, (1, 3)), (-2, (3, 1))):
            while True:
                if 0 <= row < side and 0 <= column < side and (row, column) not in taken:
                    place(_nominal(side, row, column))
                row, column = row - step, column + step
                if _outside(side, row, column, upward=step > 0):
                    break
            row, column = row + turn[0], column + turn[1]
    return found


def _outside(side: int, row: int, column: int, *, upward: bool) -> bool:
    return row < 0 or column >= side if upward else row >= side or column < 0


def _nominal(side: int, row: int, column: int) -> Cells:
    cells = []
    for down, right in UTAH:
        y, x = row + down, column + right
        if y < 0:
            y, x = y + side, x + 4 - (side + 4) % 8
        if x < 0:
            y, x = y + 4 - (side + 4) % 8, x + side
        cells.append((y, x))
    return tuple(cells)


def _corners(side: int, row: int, column: int) -> tuple[bool, bool, bool, bool]:
    return (
        (row, column) == (side, 0),
        (row, column) == (side - 2, 0) and side % 4 != 0,
        (row, column) == (side - 2, 0) and side % 8 == 4,
        (row, column) == (side + 4, 2) and side % 8 == 0,
    )


def codewords(matrix: tuple[tuple[bool, ...], ...]) -> list[int]:
    """The data codewords of a symbol without error.

    Raises:
        AssertionError: finder or timing pattern, fixed corner or a Reed-Solomon syndrome wrong.
    """
    side = len(matrix)
    data, error, blocks, regions = SIZES[side]
    _check_finders(matrix, side // regions)
    kept = [i for i in range(side) if 0 < i % (side // regions) < side // regions - 1]
    places = placement(len(kept))
    assert len(places) == data + error
    words = [int("".join("01"[matrix[kept[y]][kept[x]]] for y, x in cells), 2) for cells in places]
    for block in range(blocks):
        assert not any(syndromes(words[block::blocks], error // blocks))
    return words[:data]


def _check_finders(matrix: tuple[tuple[bool, ...], ...], region: int) -> None:
    for y, row in enumerate(matrix):
        assert len(row) == len(matrix)
        for x, dark in enumerate(row):
            if x % region == 0 or y % region == region - 1:
                assert dark, "solid border"
            elif y % region == 0:
                assert dark == (x % 2 == 0), "timing on top"
            elif x % region == region - 1:
                assert dark == (y % 2 == 1), "timing on the right"


def syndromes(words: list[int], count: int) -> list[int]:
    """Of the Reed-Solomon code over GF(256) with polynomial 301 and roots 2^1, 2^2, …"""
    found = []
    root = 1
    for _ in range(count):
        root = _times(root, 2)
        times = _multiples(root)
        value = 0
        for word in words:
            value = times[value] ^ word
        found.append(value)
    return found


@functools.cache
def _multiples(root: int) -> list[int]:
    return [_times(value, root) for value in range(256)]


def _times(left: int, right: int) -> int:
    product = 0
    while right:
        if right & 1:
            product ^= left
        left = left << 1 ^ (301 if left & 0x80 else 0)
        right >>= 1
    return product


@dataclass(frozen=True)
class Text:
    """What the codewords say.

    Attributes:
        text: the message.
        first_c40: how many characters lie in the first C40 run.
        used: data codewords before the padding.
    """

    text: str
    first_c40: int
    used: int


SHIFT_2 = "!\"#$%&'()*+,-./:;<=>?@[\\]^_"
BASIC = " 0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def read(words: list[int]) -> Text:
    """ASCII and C40 encodations, the only ones an INS needs; checks the padding."""
    text: list[str] = []
    runs: list[int] = []
    position = 0
    while position < len(words) and words[position] != 129:
        word = words[position]
        if word == 230:
            position, characters = _c40(words, position + 1)
            runs.append(len(characters))
            text += characters
            continue
        assert 1 <= word <= 128 or 130 <= word <= 229, "neither ASCII nor a latch to C40"
        text.append(chr(word - 1) if word <= 128 else f"{word - 130:02d}")
        position += 1
    _check_padding(words, position)
    return Text("".join(text), runs[0] if runs else 0, position)


def _c40(words: list[int], position: int) -> tuple[int, list[str]]:
    characters: list[str] = []
    shift = 0
    while len(words) - position >= 2 and words[position] != 254:
        value = words[position] * 256 + words[position + 1] - 1
        position += 2
        for part in (value // 1600, value // 40 % 40, value % 40):
            if shift == 0 and part < 3:
                shift = part + 1
                continue
            characters.append(_character(shift, part))
            shift = 0
    if position < len(words) and words[position] == 254:
        position += 1
    return position, characters


def _character(shift: int, part: int) -> str:
    if shift == 0:
        return BASIC[part - 3]
    if shift == 2:
        return SHIFT_2[part]
    return chr(part if shift == 1 else part + 96)


def _check_padding(words: list[int], start: int) -> None:
    for place, word in enumerate(words[start:], start=start + 1):
        if place == start + 1:
            assert word == 129, "first pad"
            continue
        expected = 129 + 149 * place % 253 + 1
        assert word == (expected if expected <= 254 else expected - 254), "253-state pad"
