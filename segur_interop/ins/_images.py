"""The frames of an image, or of an array of pixels, in grey."""

from __future__ import annotations

import io
import re
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeAlias

from segur_interop.errors import InvalidDatamatrix, MissingDependency

__all__ = ["MARKS", "MAX_PIXELS", "MAX_SIDE", "Frame", "is_pixels", "of_file", "of_pixels"]

MARKS: Final = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff",
    b"II*\x00",
    b"MM\x00*",
    b"II+\x00",
    b"MM\x00+",
)
"""How the files of PNG, JPEG, TIFF and BigTIFF begin."""
MAX_PIXELS: Final = 50_000_000
"""Pixels of a page: an A4 sheet at 600 dpi has 35 million."""
MAX_SIDE: Final = 30_000
"""Pixels of a side: a sheet of 2.5 m at 300 dpi. zxing-cpp takes 65 535 at the most."""
_FORMATS: Final = ("PNG", "JPEG", "TIFF")
_WHITE: Final = 255
_TOO_LARGE: Final = f"more than {MAX_PIXELS} pixels"

Frame: TypeAlias = Callable[[], tuple[int, int, bytes]]
"""Gives width, height and a byte a pixel, when it is called before the next frame is asked for."""


def of_file(data: bytes) -> Iterator[Frame]:
    """The frames of a PNG, a JPEG or a TIFF.

    Raises:
        InvalidDatamatrix: a damaged image, or over a cap.
    """
    image_module = _pillow()
    with _reading():
        try:
            image = image_module.open(io.BytesIO(data), formats=_FORMATS)
        except image_module.DecompressionBombError as error:
            raise InvalidDatamatrix(_TOO_LARGE) from error
    with image:
        yield from _frames(image)


def is_pixels(source: Any) -> bool:
    """True for a Pillow image and for whatever speaks the array protocol."""
    # To ask a Pillow image for its array would decode it, and a closed one raises.
    pillow = sys.modules.get("PIL.Image")
    if pillow is not None and isinstance(source, pillow.Image):
        return True
    return hasattr(source, "__array_interface__")


def of_pixels(source: Any) -> Iterator[Frame]:
    """The frames of a Pillow image, which is then back where it was; the one of an array.

    Raises:
        TypeError: not uint8, or another shape.
        InvalidDatamatrix: a closed image, or over a cap.
    """
    image_module = _pillow()
    if not isinstance(source, image_module.Image):
        yield from _frames(_of_array(image_module, source))
        return
    with _reading():
        start = source.tell()
    try:
        yield from _frames(source)
    finally:
        if getattr(source, "is_animated", False):
            with _reading():
                source.seek(start)


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise InvalidDatamatrix("an empty image")
    if width * height > MAX_PIXELS:
        raise InvalidDatamatrix(_TOO_LARGE)
    if max(width, height) > MAX_SIDE:
        raise InvalidDatamatrix(f"more than {MAX_SIDE} pixels a side")


def _pillow() -> Any:
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingDependency("reading an image needs Pillow; install pillow") from error
    return Image


def _of_array(image_module: Any, source: Any) -> Any:
    wrong = "an array of pixels is uint8, height x width or height x width x 3"
    try:
        interface = source.__array_interface__
        kind, shape = interface["typestr"], interface["shape"]
        if kind not in ("|u1", "|b1") or len(shape) not in (2, 3):
            raise TypeError(wrong)
        _check_size(shape[1], shape[0])
    except (KeyError, IndexError, AttributeError, TypeError) as error:
        raise TypeError(wrong) from error
    try:
        return image_module.fromarray(source)
    except Exception as error:  # whatever an object that is no array makes Pillow raise
        raise TypeError("an array of pixels has 1, 3 or 4 channels") from error


def _frames(image: Any) -> Iterator[Frame]:
    """Each frame in turn; how many there are is known at the end only."""
    several = hasattr(image, "n_frames") or hasattr(image, "is_animated")
    number = 0
    while True:
        with _reading():
            if several and not _sought(image, number):
                return
            _check_size(image.width, image.height)
        yield lambda: _grey(image)
        number += 1
        if not several:
            return


def _sought(image: Any, number: int) -> bool:
    try:
        image.seek(number)
    except EOFError:
        return False
    return True


class _Silence:
    """Warnings of Pillow, which may quote paths, are dropped while anyone reads an image.

    The filters are those of the whole process: the first in sets them, the last out restores.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._readers = 0
        self._former = warnings.catch_warnings()

    def __enter__(self) -> None:
        with self._lock:
            if self._readers == 0:
                self._former = warnings.catch_warnings()
                self._former.__enter__()
                for module in (r"PIL\.", re.escape(__name__)):
                    warnings.filterwarnings("ignore", module=module)
            self._readers += 1

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._readers -= 1
            if self._readers == 0:
                self._former.__exit__(None, None, None)


_SILENCE: Final = _Silence()


@contextmanager
def _reading() -> Iterator[None]:
    """Pillow says nothing, and whatever it raises is a damaged image."""
    with _SILENCE:
        try:
            yield
        except (InvalidDatamatrix, MemoryError):
            raise
        except Exception as error:  # whatever a damaged or closed image makes Pillow raise
            raise InvalidDatamatrix("a damaged or closed image") from error


def _grey(image: Any) -> tuple[int, int, bytes]:
    from PIL import Image, ImageOps

    with _reading():
        image = ImageOps.exif_transpose(image)
        _check_size(image.width, image.height)
        if image.mode[0] in "IF":
            image = _stretched(image)
        elif "A" in image.mode or "a" in image.mode or "transparency" in image.info:
            # transparent is paper, not the black that often lies under it
            plain = image.convert("LA") if image.mode == "La" else image
            drawn = plain.convert("RGBA")
            image = Image.new("RGBA", image.size, "white")
            image.alpha_composite(drawn)
        image = image.convert("L")
        return image.width, image.height, image.tobytes()


def _stretched(image: Any) -> Any:
    """Tones of 16 bits or more, or fractions, from black to white.

    A plain conversion clips every tone above 255; and a sensor of 12 bits uses a sixteenth of 16.
    """
    wide = image if image.mode == "F" else image.convert("I")
    darkest, lightest = wide.getextrema()
    if not lightest > darkest:
        return image.convert("L") if image.mode == "F" else wide.convert("L")
    scale = _WHITE / (lightest - darkest)
    return wide.point(lambda tone: tone * scale - darkest * scale).convert("L")
