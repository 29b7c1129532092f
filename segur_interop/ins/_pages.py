"""What `scan` looks at: grey pages of an image or of a PDF, under caps."""

from __future__ import annotations

import contextlib
import io
import math
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Protocol

from segur_interop._source import Source, read_source
from segur_interop.errors import InvalidDatamatrix, InvalidValue, MissingDependency
from segur_interop.findings import Finding

__all__ = ["MAX_BYTES", "MAX_PAGES", "MAX_PIXELS", "PDFIUM", "Page", "Pixels", "open_pages"]

MAX_BYTES: Final = 200_000_000
MAX_PIXELS: Final = 50_000_000
"""Pixels of a page: an A4 sheet at 600 dpi has 35 million."""
MAX_SIDE: Final = 30_000
"""Pixels of a side: a sheet of 2.5 m at 300 dpi. zxing-cpp takes 65 535 at the most."""
MAX_PAGES: Final = 200

PDFIUM: Final = threading.Lock()
"""PDFium is not thread-safe, not even between documents: every call is made under this lock."""

_PDF_SEARCH: Final = 1024  # readers accept the %PDF mark within the first kilobyte
_POINTS: Final = 72


class Pixels(Protocol):
    """A Pillow image or a numpy array of uint8: height x width (x 3 or 4)."""

    @property
    def __array_interface__(self) -> dict[str, Any]:
        """The array protocol of numpy, which Pillow images speak too."""


@dataclass(frozen=True, slots=True)
class Page:
    """A page in grey, a byte a pixel, row by row from the top, without padding."""

    number: int
    width: int
    height: int
    grey: bytes = field(repr=False)


def open_pages(
    source: Source | Pixels,
    *,
    pages: Iterable[int] | None,
    dpi: int,
    note: Callable[[Finding], None],
) -> Iterator[Page]:
    """Every page asked for; what cannot be looked at is noted.

    Raises:
        InvalidDatamatrix: neither PDF, PNG nor JPEG, damaged, encrypted, or over a cap.
        InvalidValue: pages that do not exist.
        MissingDependency: Pillow or pypdfium2 is absent.
    """
    wanted = None if pages is None else _checked(pages)
    if hasattr(source, "__array_interface__"):
        _only_one(wanted)
        yield _from_pixels(source)
        return
    data = read_source(source, max_bytes=MAX_BYTES, error=InvalidDatamatrix)
    if b"%PDF-" in data[:_PDF_SEARCH]:
        yield from _from_pdf(data, wanted, dpi, note)
    elif data.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
        _only_one(wanted)
        yield _from_image_file(data)
    else:
        raise InvalidDatamatrix("the source is neither PDF, PNG nor JPEG")


def _checked(pages: Iterable[int]) -> list[int]:
    numbers = sorted(set(pages))
    if not numbers or numbers[0] < 1:
        raise InvalidValue("pages count from 1", place="pages")
    return numbers


def _only_one(wanted: list[int] | None) -> None:
    if wanted not in (None, [1]):
        raise InvalidValue("an image has one page", place="pages")


def _from_pixels(source: Any) -> Page:
    from_array, image_type = _pillow()
    if not isinstance(source, image_type):
        interface = source.__array_interface__
        if interface["typestr"] not in ("|u1", "|b1") or len(interface["shape"]) not in (2, 3):
            raise TypeError("an array of pixels is uint8, height x width or height x width x 3")
        _check_size(interface["shape"][1], interface["shape"][0])
        try:
            source = from_array(source)
        except (TypeError, ValueError) as error:
            raise TypeError("an array of pixels has 1, 3 or 4 channels") from error
    return _grey(source)


def _from_image_file(data: bytes) -> Page:
    _pillow()
    from PIL import Image

    bombs = (Image.DecompressionBombError, Image.DecompressionBombWarning)
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as image:
            _check_size(image.width, image.height)
            return _grey(image)
    except InvalidDatamatrix:
        raise
    except bombs as error:
        raise InvalidDatamatrix(f"more than {MAX_PIXELS} pixels") from error
    except Exception as error:  # whatever a damaged file makes Pillow raise
        raise InvalidDatamatrix("a damaged image") from error


def _pillow() -> tuple[Callable[[Any], Any], type[Any]]:
    try:
        from PIL import Image
    except ImportError as error:
        raise MissingDependency("reading an image needs Pillow; install pillow") from error
    return Image.fromarray, Image.Image


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise InvalidDatamatrix("an empty image")
    if width * height > MAX_PIXELS:
        raise InvalidDatamatrix(f"more than {MAX_PIXELS} pixels")
    if max(width, height) > MAX_SIDE:
        raise InvalidDatamatrix(f"more than {MAX_SIDE} pixels a side")


def _grey(image: Any) -> Page:
    from PIL import Image, ImageOps

    _check_size(image.width, image.height)
    image = ImageOps.exif_transpose(image)
    if image.mode.startswith("I"):
        # 16 bits a pixel: a plain conversion would clip every tone above 255 to white
        image = image.convert("I").point(lambda tone: tone * (1 / 256)).convert("L")
    elif "A" in image.mode or "a" in image.mode or "transparency" in image.info:
        # transparent is paper, not the black that often lies under it
        drawn = image.convert("RGBA")
        image = Image.new("RGBA", image.size, "white")
        image.alpha_composite(drawn)
    image = image.convert("L")
    return Page(1, image.width, image.height, image.tobytes())


def _from_pdf(
    data: bytes, wanted: list[int] | None, dpi: int, note: Callable[[Finding], None]
) -> Iterator[Page]:
    try:
        import pypdfium2
    except ImportError as error:
        raise MissingDependency("reading a PDF needs pypdfium2; install pypdfium2") from error
    with PDFIUM:
        document = _opened(pypdfium2, data)
        count = len(document)
    try:
        if wanted is not None and wanted[-1] > count:
            raise InvalidValue(f"the PDF has {count} pages", place="pages")
        numbers = wanted or list(range(1, count + 1))
        if len(numbers) > MAX_PAGES:
            note(_not_searched(f"only the first {MAX_PAGES} pages", f"page {numbers[MAX_PAGES]}"))
        for number in numbers[:MAX_PAGES]:
            with PDFIUM:
                page = _rendered(document, number, dpi, note)
            if page is not None:
                yield page
    finally:
        with PDFIUM:
            document.close()


def _opened(pypdfium2: Any, data: bytes) -> Any:
    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise InvalidDatamatrix("the PDF is encrypted and needs a password") from error
        raise InvalidDatamatrix("a damaged PDF") from error


def _rendered(document: Any, number: int, dpi: int, note: Callable[[Finding], None]) -> Page | None:
    with contextlib.ExitStack() as opened:
        try:
            page = document[number - 1]
            opened.callback(page.close)
            width, height = page.get_size()
            scale = _scale(width, height, dpi)
            if scale < dpi / _POINTS:
                note(_not_searched(f"a page so large is searched at {scale * _POINTS:.0f} dpi",
                                   f"page {number}"))  # fmt: skip
            bitmap = page.render(scale=scale, grayscale=True)
            opened.callback(bitmap.close)
            return _unpadded(number, bitmap)
        except Exception:  # whatever a damaged page makes PDFium's binding raise
            note(_not_searched("a page that cannot be drawn", f"page {number}"))
            return None


def _scale(width: float, height: float, dpi: int) -> float:
    # rounding up to whole pixels may add a row and a column
    room = 0.99 * MAX_PIXELS
    return min(
        dpi / _POINTS,
        math.sqrt(room / max(width * height, 1)),
        (MAX_SIDE - 1) / max(width, height, 1),
    )


def _unpadded(number: int, bitmap: Any) -> Page:
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    pixels = memoryview(bitmap.buffer).cast("B")
    grey = b"".join(pixels[y * stride : y * stride + width] for y in range(height))
    return Page(number, width, height, grey)


def _not_searched(message: str, place: str) -> Finding:
    return Finding(rule="ins.scan.not-searched", message=message, place=place)
