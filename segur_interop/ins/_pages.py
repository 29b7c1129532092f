"""What `scan` looks at: grey pages of a PDF or of an image, under caps."""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import count
from operator import index
from typing import Any, Final, Protocol, cast

from segur_interop._pdf_process import Damaged, Drawing, DrawingFailed, Late, drawing
from segur_interop._pdfium import PDFIUM
from segur_interop._source import Source, read_source
from segur_interop.errors import InvalidDatamatrix, InvalidValue, MissingDependency
from segur_interop.findings import Finding, Severity
from segur_interop.ins import _images
from segur_interop.ins._images import MAX_PIXELS, MAX_SIDE

__all__ = ["MAX_BYTES", "MAX_PAGES", "MAX_PIXELS", "PDFIUM", "Page", "Pixels", "open_pages"]

MAX_BYTES: Final = 200_000_000
MAX_PAGES: Final = 200

_PDF_SEARCH: Final = 1024  # readers accept the %PDF mark within the first kilobyte


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


Note = Callable[[Finding], None]


def open_pages(
    source: Source | Pixels,
    *,
    pages: Iterable[int] | None,
    dpi: int,
    note: Note,
    deadline: float = math.inf,
) -> Generator[Page]:
    """Every page asked for; what cannot be looked at is noted.

    Args:
        source: a PDF, a PNG, a JPEG, a TIFF, a Pillow image or an array.
        pages: numbers from 1, None for all.
        dpi: resolution of the pages of a PDF.
        note: is given each finding.
        deadline: on the clock `time.monotonic`: no page is drawn later.

    Raises:
        InvalidDatamatrix: none of these, damaged, encrypted, or over a cap.
        InvalidValue: pages that do not exist.
        MissingDependency: Pillow or pypdfium2 is absent.
    """
    wanted = None if pages is None else _checked(pages)
    if _images.is_pixels(source):
        yield from _from_frames(_images.of_pixels(source), wanted, note)
        return
    data = read_source(cast("Source", source), max_bytes=MAX_BYTES, error=InvalidDatamatrix)
    if b"%PDF-" in data[:_PDF_SEARCH]:
        yield from _from_pdf(data, wanted, dpi, note, deadline)
    elif data.startswith(_images.MARKS):
        yield from _from_frames(_images.of_file(data), wanted, note)
    else:
        raise InvalidDatamatrix("the source is neither PDF, PNG, JPEG nor TIFF")


def _refuse_absent(wanted: list[int] | None, number: int, what: str) -> None:
    if wanted is not None and wanted[-1] > number:
        raise InvalidValue(f"the {what} has {number} pages", place="pages")


def _checked(pages: Iterable[int]) -> list[int]:
    """The numbers in order, each once; those after the most that is searched, the first alone."""
    numbers: set[int] = set()
    for item in pages:
        number = index(item)
        if number < 1:
            raise InvalidValue("pages count from 1", place="pages")
        numbers.add(number)
        if len(numbers) > MAX_PAGES:
            break
    if not numbers:
        raise InvalidValue("pages count from 1", place="pages")
    return sorted(numbers)


def _from_frames(
    frames: Iterator[_images.Frame], wanted: list[int] | None, note: Note
) -> Iterator[Page]:
    """The frames asked for, a page each, up to the first that is damaged."""
    number = 0
    for number in count(1):
        try:
            frame = next(frames)
            page = None if wanted and number not in wanted else Page(number, *frame())
        except StopIteration:
            break
        except InvalidDatamatrix as error:
            if number == 1:
                raise
            note(_not_searched(str(error), f"page {number} and after"))
            return
        if page is not None:
            yield page
        if number >= (wanted[-1] if wanted else math.inf):
            return
        if number >= MAX_PAGES:
            note(_not_searched(f"only the first {MAX_PAGES} pages", f"page {number + 1}"))
            return
    _refuse_absent(wanted, number - 1, "image")


def _from_pdf(
    data: bytes, wanted: list[int] | None, dpi: int, note: Note, deadline: float
) -> Iterator[Page]:
    if importlib.util.find_spec("pypdfium2") is None:
        raise MissingDependency("reading a PDF needs pypdfium2; install pypdfium2")
    try:
        with drawing(data, deadline=deadline) as document:
            yield from _drawn(document, wanted, dpi, note)
    except Late:
        note(_not_searched("time was over before the PDF was opened", "page 1 and after"))
    except Damaged as error:
        if str(error) == "password":
            raise InvalidDatamatrix("the PDF is encrypted and needs a password") from error
        raise InvalidDatamatrix("a damaged PDF") from error


def _drawn(document: Drawing, wanted: list[int] | None, dpi: int, note: Note) -> Iterator[Page]:
    _refuse_absent(wanted, document.count, "PDF")
    numbers = wanted or range(1, document.count + 1)
    if not document.is_bounded:
        note(_unbounded())
    if len(numbers) > MAX_PAGES:
        note(_not_searched(f"only the first {MAX_PAGES} pages", f"page {numbers[MAX_PAGES]}"))
    for number in numbers[:MAX_PAGES]:
        try:
            page = document.page(number, dpi=dpi, pixels=MAX_PIXELS, side=MAX_SIDE)
        except Late:
            note(_not_searched("time was over while it was drawn", f"page {number} and after"))
            return
        except DrawingFailed:
            note(_not_searched("a page that cannot be drawn", f"page {number}"))
            continue
        if round(page.dpi, 3) < dpi:
            note(_not_searched(f"a page so large is searched at {page.dpi:.0f} dpi",
                               f"page {number}"))  # fmt: skip
        yield Page(number, page.width, page.height, page.grey)


def _not_searched(message: str, place: str) -> Finding:
    return Finding(rule="ins.scan.not-searched", message=message, place=place)


def _unbounded() -> Finding:
    return Finding(
        rule="ins.scan.time-limit",
        message="no process can be started: PDF pages are drawn without time limit",
        severity=Severity.INFO,
    )
