"""Pages of a PDF, drawn and read by PDFium; run as a process of its own, it ends with its parent.

PDFium can neither be interrupted nor called from two threads, and a few kilobytes can keep it busy
for minutes: `_pdf_process` starts it apart, and kills it in time. The two speak over pipes: a line
of JSON, and the octets that it announces.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any, BinaryIO, Final, TypeAlias

__all__ = [
    "PDFIUM",
    "Damaged",
    "Drawn",
    "Look",
    "Zone",
    "close",
    "draw",
    "look",
    "open_document",
    "serve",
]

_POINTS: Final = 72
_IDLE_SECONDS: Final = 60.0
# Beyond the limit that the parent keeps: reached only where the parent is gone.
_ORPHAN_SECONDS: Final = 2.0


_MOST_MEMORY: Final = 2 << 30
"""Octets that the process may hold: a few kilobytes of PDF can ask for any number."""


class _Lock:
    """A lock that a forked process finds free: who held it stayed in the parent."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(after_in_child=self._renew)

    def _renew(self) -> None:
        self._lock = threading.Lock()

    def __enter__(self) -> None:
        self._lock.acquire()

    def __exit__(self, *exception: object) -> None:
        self._lock.release()


PDFIUM: Final = _Lock()
"""PDFium is not thread-safe, not even between documents: in this process, every call is made
under this lock."""


class Damaged(Exception):
    """PDFium cannot open the file; the message is `password` or `damaged`."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A page in grey, a byte a pixel, row by row from the top, without padding.

    Attributes:
        width: in pixels.
        height: in pixels.
        dpi: the resolution, lower than asked for where the page is too large for its caps.
        grey: the pixels.
    """

    width: int
    height: int
    dpi: float
    grey: bytes


Zone: TypeAlias = tuple[float, float, float, float]
"""Lower left corner of a part of a page as it is shown, then its width and height, in points."""


@dataclass(frozen=True, slots=True)
class Look:
    """How a page looks and what its text is, to be compared with another.

    Attributes:
        size: width and height, in points.
        width: of the picture, in pixels.
        height: of the picture, in pixels.
        characters: how many the text has, white space left out.
        digest: of the text, white space left out.
        rgb: the picture, three bytes a pixel, row by row from the top, without padding.
    """

    size: tuple[float, float]
    width: int
    height: int
    characters: int
    digest: str
    rgb: bytes


def open_document(data: bytes) -> Any:
    """The document of pypdfium2.

    Raises:
        Damaged: no PDF, or one that asks for a password.
    """
    import pypdfium2

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        raise Damaged("password" if "password" in str(error).lower() else "damaged") from error


def close(document: Any) -> None:
    """Free the memory of a document."""
    document.close()


def draw(
    document: Any, number: int, *, dpi: float, pixels: int, side: int, zone: Zone | None = None
) -> Drawn:
    """A page of a document, or a part of it.

    Args:
        document: of `open_document`.
        number: of the page, from 1.
        dpi: the resolution wanted.
        pixels: the most of a page.
        side: the most of a row or of a column.
        zone: the part; None for the whole page.

    Raises:
        Exception: whatever a damaged page makes the binding of PDFium raise.
    """
    with contextlib.ExitStack() as opened:
        page = document[number - 1]
        opened.callback(page.close)
        size, cut = page.get_size(), (0.0, 0.0, 0.0, 0.0)
        if zone:
            (width, height), (x, y, wide, high) = size, zone
            size, cut = (
                (wide, high),
                (x, y, max(0.0, width - x - wide), max(0.0, height - y - high)),
            )
        scale = _scale(size, dpi, pixels, side)
        bitmap = page.render(scale=scale, crop=cut, grayscale=True)
        opened.callback(bitmap.close)
        return Drawn(bitmap.width, bitmap.height, scale * _POINTS, unpadded(bitmap))


def look(document: Any, number: int, *, dpi: float, pixels: int, side: int) -> Look:
    """How a page looks and what its text is.

    Args:
        document: of `open_document`.
        number: of the page, from 1.
        dpi: the resolution wanted.
        pixels: the most of a page.
        side: the most of a row or of a column.

    Raises:
        Exception: whatever a damaged page makes the binding of PDFium raise.
    """
    with contextlib.ExitStack() as opened:
        page = document[number - 1]
        opened.callback(page.close)
        text = page.get_textpage()
        opened.callback(text.close)
        words = "".join(text.get_text_range().split())
        size = page.get_size()
        bitmap = page.render(scale=_scale(size, dpi, pixels, side), rev_byteorder=True)
        opened.callback(bitmap.close)
        return Look(
            size=size,
            width=bitmap.width,
            height=bitmap.height,
            characters=len(words),
            digest=hashlib.sha256(words.encode("utf-8", "surrogatepass")).hexdigest(),
            rgb=bitmap.to_pil().convert("RGB").tobytes(),
        )


def _scale(size: tuple[float, float], dpi: float, pixels: int, side: int) -> float:
    width, height = size
    # rounding up to whole pixels may add a row and a column
    room = 0.99 * pixels
    return min(
        dpi / _POINTS,
        math.sqrt(room / max(width * height, 1)),
        (side - 1) / max(width, height, 1),
    )


def unpadded(bitmap: Any) -> bytes:
    """The pixels of a bitmap without those that fill up its rows."""
    width, height, stride = bitmap.width, bitmap.height, bitmap.stride
    pixels = memoryview(bitmap.buffer).cast("B")
    if stride == width:
        return bytes(pixels[: width * height])
    return b"".join(pixels[y * stride : y * stride + width] for y in range(height))


# -- the process --------------------------------------------------------------------------------


def serve() -> None:
    """Answer the requests of the parent until it closes its end, or stays silent for a minute."""
    _prepare()
    import pypdfium2  # noqa: F401 (said ready once it can draw)

    requests, answers = sys.stdin.buffer, sys.stdout.buffer
    _answer(answers, {"ready": True})
    while True:
        with _ending_after(_IDLE_SECONDS):
            line = requests.readline()
        if not line:
            return
        if request := json.loads(line):
            with _ending_after(request["seconds"] + _ORPHAN_SECONDS):
                _serve_document(request, requests, answers)


def _prepare() -> None:
    """A crash leaves no image of a document on the disk; the parent alone hears Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if hasattr(signal, "SIGALRM"):
        signal.signal(signal.SIGALRM, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGALRM})  # a parent's mask is inherited
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))


@contextlib.contextmanager
def _ending_after(seconds: float) -> Iterator[None]:
    """End the process when this takes longer."""
    if hasattr(signal, "setitimer"):  # its alarm is left to the system, which ends the process
        signal.setitimer(signal.ITIMER_REAL, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
        return
    timer = threading.Timer(seconds, os._exit, (1,))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _serve_document(request: dict[str, Any], requests: BinaryIO, answers: BinaryIO) -> None:
    try:
        document = open_document(requests.read(request["size"]))
    except Damaged as error:
        _answer(answers, {"error": str(error)})
        while (line := requests.readline()) and json.loads(line):
            pass  # pages asked for before the answer was read
        return
    try:
        _answer(answers, {"pages": len(document)})
        while (line := requests.readline()) and (wanted := json.loads(line)):
            _serve_page(document, wanted, answers)
    finally:
        close(document)


def _serve_page(document: Any, wanted: dict[str, Any], answers: BinaryIO) -> None:
    made = look if wanted.pop("look", False) else draw
    try:
        seen = made(document, **wanted)
    except Exception:  # whatever a damaged page makes PDFium's binding raise
        _answer(answers, {"error": "page"})
        return
    head = asdict(seen)
    body = head.pop("rgb" if isinstance(seen, Look) else "grey")
    _answer(answers, head, body)


def _answer(answers: BinaryIO, head: dict[str, Any], body: bytes = b"") -> None:
    answers.write(json.dumps(head).encode() + b"\n")
    answers.write(body)
    answers.flush()
