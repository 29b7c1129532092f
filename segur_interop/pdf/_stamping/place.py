"""Where a block goes on a page as it is shown: boxes, rotation, corners.

PDF Reference 1.4, 3.6.2: MediaBox, CropBox and Rotate are inherited; a page is shown cut to its
CropBox, then turned clockwise.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

from segur_interop.errors import InvalidValue, PdfError
from segur_interop.pdf._reading.objects import array, inherited, number
from segur_interop.pdf._stamping.identity_block import MM

__all__ = ["CORNERS", "MARGIN_MM", "Corner", "Place", "Shown", "shown"]

Corner: TypeAlias = Literal["top-right", "top-left", "bottom-right", "bottom-left"]
Place: TypeAlias = Corner | tuple[float, float]

CORNERS: Final = ("top-right", "top-left", "bottom-right", "bottom-left")
MARGIN_MM: Final = 6.0
"""From the edges of the page to a block in a corner: what common printers can reach."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it is shown.

    Attributes:
        left, bottom, right, top: its visible box, in points of user space.
        turn: clockwise degrees, 0, 90, 180 or 270.
    """

    left: float
    bottom: float
    right: float
    top: float
    turn: int

    @property
    def size(self) -> tuple[float, float]:
        """Width and height as shown, in points."""
        width, height = self.right - self.left, self.top - self.bottom
        return (height, width) if self.turn % 180 else (width, height)

    def corner(self, place: Place, block: tuple[float, float]) -> tuple[float, float]:
        """The lower left corner of a block, in points from that of the page as shown.

        Raises:
            InvalidValue: another place, or the block does not lie on the page.
        """
        (width, height), (wide, high) = self.size, block
        margin = MARGIN_MM * MM
        if isinstance(place, str):
            if place not in CORNERS:
                raise InvalidValue(f"one of {', '.join(CORNERS)}, or (x, y) in mm", place="place")
            x = margin if place.endswith("left") else width - margin - wide
            y = margin if place.startswith("bottom") else height - margin - high
        else:
            right, down = _millimetres(place)
            x, y = right * MM, height - down * MM - high
        if x < 0 or y < 0 or x + wide > width or y + high > height:
            raise InvalidValue("the identity block does not lie on the page there", place="place")
        return x, y

    def matrix(self, x: float, y: float) -> tuple[float, ...]:
        """The six numbers that bring a block drawn upright to (x, y) of the page as shown."""
        if self.turn == 90:
            return (0, 1, -1, 0, self.right - y, self.bottom + x)
        if self.turn == 180:
            return (-1, 0, 0, -1, self.right - x, self.top - y)
        if self.turn == 270:
            return (0, -1, 1, 0, self.left + y, self.top - x)
        return (1, 0, 0, 1, self.left + x, self.bottom + y)


def _millimetres(place: Any) -> tuple[float, float]:
    if (
        not isinstance(place, (tuple, list))
        or len(place) != 2
        or not all(isinstance(value, (int, float)) for value in place)
    ):
        raise InvalidValue(f"one of {', '.join(CORNERS)}, or (x, y) in mm", place="place")
    try:
        pair = float(place[0]), float(place[1])
    except OverflowError:
        pair = math.inf, math.inf
    if not all(map(math.isfinite, pair)):
        raise InvalidValue("two numbers of millimetres", place="place")
    return pair


def shown(page: Any) -> Shown:
    """The visible box and the rotation of a page.

    Raises:
        PdfError: no box, an empty one, or a rotation that is no quarter turn.
    """
    media = _box(inherited(page, "/MediaBox"))
    if media is None:
        raise PdfError("the page has no MediaBox", place="page 1")
    crop = _box(inherited(page, "/CropBox")) or media
    left, bottom = max(media[0], crop[0]), max(media[1], crop[1])
    right, top = min(media[2], crop[2]), min(media[3], crop[3])
    turn = number(inherited(page, "/Rotate")) or 0.0
    if turn % 90:
        raise PdfError("the rotation of the page is no quarter turn", place="page 1")
    if right <= left or top <= bottom:
        raise PdfError("nothing of the page is shown", place="page 1")
    return Shown(left, bottom, right, top, int(turn) % 360)


def _box(value: Any) -> tuple[float, float, float, float] | None:
    numbers = [number(item) for item in array(value)]
    if len(numbers) != 4 or any(item is None for item in numbers):
        return None
    a, b, c, d = (float(item or 0) for item in numbers)
    return min(a, c), min(b, d), max(a, c), max(b, d)
