"""Documents drawn by PDFium in a process apart, killed when its time is over."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeVar

from segur_interop import _pdfium
from segur_interop._deadlines import Watch
from segur_interop._pdf_worker import DrawingFailed, Late, NoProcess, Worker, give_back, taken
from segur_interop._pdfium import PDFIUM, Damaged, Drawn, Look, Zone

__all__ = ["Damaged", "Drawing", "DrawingFailed", "Drawn", "Late", "Look", "Zone", "drawing"]

_Answer = TypeVar("_Answer")

_LONGEST: Final = 86_400.0


class Drawing(Protocol):
    """A document that can be drawn.

    Attributes:
        count: number of its pages.
        is_bounded: True when nothing it draws outlives the deadline.
    """

    is_bounded: bool

    @property
    def count(self) -> int: ...

    def page(
        self, number: int, *, dpi: float, pixels: int, side: int, zone: Zone | None = None
    ) -> Drawn:
        """A page in grey, or a part of it, as `_pdfium.draw`.

        Raises:
            Late: the deadline is over.
            DrawingFailed: a page that cannot be drawn; others may.
        """

    def ahead(
        self, number: int, *, dpi: float, pixels: int, side: int, zone: Zone | None = None
    ) -> Callable[[], Drawn]:
        """As `page`, drawn while the caller does something else: what is given waits for it.

        Whatever else is asked of the document first starts the drawing anew.
        """

    def look(self, number: int, *, dpi: float, pixels: int, side: int) -> Look:
        """How a page looks and what its text is, as `_pdfium.look`.

        Raises:
            Late: the deadline is over.
            DrawingFailed: a page that cannot be drawn; others may.
        """


@contextlib.contextmanager
def drawing(data: bytes, *, deadline: float, wait: bool = True) -> Iterator[Drawing]:
    """A document opened in a process apart; here, one at a time, where none can be started.

    Args:
        data: the PDF.
        deadline: on the clock `time.monotonic`, when the process is killed.
        wait: until it is open; else whatever is asked of the document first waits, and raises
            what this would.

    Raises:
        Damaged: PDFium cannot open it.
        Late: not opened by the deadline.
    """
    with contextlib.ExitStack() as opened:
        try:
            remote = opened.enter_context(contextlib.closing(_Remote(data, deadline)))
            if wait:
                remote.opened()
            document: Drawing = remote
        except NoProcess:
            document = opened.enter_context(_here(data))
        yield document


class _Remote:
    """A document that a worker holds."""

    is_bounded = True

    def __init__(self, data: bytes, deadline: float) -> None:
        self._data, self._deadline = data, deadline
        self._failed: Exception | None = None
        self._send(taken())

    def _send(self, kept: Worker | None) -> None:
        self._kept = kept is not None
        self._worker = kept or Worker(self._deadline)
        self._watch = Watch(self._deadline, self._worker.process.kill).__enter__()
        self._held, self._sound, self._pages = True, False, -1
        self._ahead: dict[str, Any] | None = None  # whose answer was not read
        seconds = min(max(self._deadline - time.monotonic(), 0.0), _LONGEST)
        with contextlib.suppress(DrawingFailed):  # told when the answer is read
            self._worker.send({"size": len(self._data), "seconds": seconds}, self._data)

    def opened(self) -> None:
        """Wait until the document is open.

        Raises:
            Damaged: PDFium cannot open it.
            Late: not opened by the deadline.
            NoProcess: the one that had it ended, and no other can be started.
        """
        if self._pages >= 0:
            return
        if self._failed is not None:  # the worker may serve another document by now
            raise self._failed
        try:
            head = self._worker.answer()
            pages = 0 if "error" in head else int(head["pages"])
        except (DrawingFailed, KeyError, TypeError, ValueError) as error:
            self.close()
            if self._watch.rang or not self._kept:
                self._failed = Late() if self._watch.rang else Damaged("damaged")
                raise self._failed from error
            self._send(None)  # one that had just ended for want of work
            self.opened()
            return
        is_damaged = "error" in head  # no page of such a document is answered
        self._sound = is_damaged or self._ahead is None
        if is_damaged:
            self.close()
            self._failed = Damaged(str(head["error"]))
            raise self._failed
        self._pages = pages

    @property
    def count(self) -> int:
        self.opened()
        return self._pages

    def page(
        self, number: int, *, dpi: float, pixels: int, side: int, zone: Zone | None = None
    ) -> Drawn:
        request = {"number": number, "dpi": dpi, "pixels": pixels, "side": side, "zone": zone}
        return self._asked(request, self._drawn)

    def ahead(
        self, number: int, *, dpi: float, pixels: int, side: int, zone: Zone | None = None
    ) -> Callable[[], Drawn]:
        request = {"number": number, "dpi": dpi, "pixels": pixels, "side": side, "zone": zone}
        if self._held and self._ahead is None and (self._sound or self._pages < 0):
            with contextlib.suppress(DrawingFailed):
                self._worker.send(request)
            self._sound, self._ahead = False, request
        return lambda: self._asked(request, self._drawn)

    def look(self, number: int, *, dpi: float, pixels: int, side: int) -> Look:
        request = {"number": number, "dpi": dpi, "pixels": pixels, "side": side, "look": True}
        return self._asked(request, self._looked)

    def _asked(
        self, request: dict[str, Any], read: Callable[[dict[str, Any], int], _Answer]
    ) -> _Answer:
        """The answer to a request, which the worker may have already."""
        self.opened()
        is_sent = self._ahead is request
        if not is_sent and not self._sound and not self._watch.rang:
            self._reopen()
        self._sound, self._ahead = False, None
        try:
            if not is_sent:
                self._worker.send(request)
            head = self._worker.answer()
            answer = None if "error" in head else read(head, request["pixels"])
        except (DrawingFailed, KeyError, TypeError, ValueError) as error:
            self.close()
            raise (Late if self._watch.rang else DrawingFailed) from error
        self._sound = True
        if answer is None:
            raise DrawingFailed
        return answer

    def _reopen(self) -> None:
        """In another process: a page before made PDFium crash, or was left unread."""
        self.close()
        try:
            self._send(None)
            self.opened()
        except Damaged as error:
            self._failed = DrawingFailed()
            raise self._failed from error

    def _drawn(self, head: dict[str, Any], pixels: int) -> Drawn:
        width, height = self._area(head, pixels)
        return Drawn(width, height, float(head["dpi"]), self._worker.octets(width * height))

    def _looked(self, head: dict[str, Any], pixels: int) -> Look:
        width, height = self._area(head, pixels)
        wide, high = head["size"]
        return Look(
            size=(float(wide), float(high)),
            width=width,
            height=height,
            characters=int(head["characters"]),
            digest=str(head["digest"]),
            rgb=self._worker.octets(3 * width * height),
        )

    @staticmethod
    def _area(head: dict[str, Any], pixels: int) -> tuple[int, int]:
        width, height = int(head["width"]), int(head["height"])
        if min(width, height) < 1 or width * height > pixels:
            raise DrawingFailed
        return width, height

    def close(self) -> None:
        """Give the worker back, or end it where its state is unknown; once."""
        if not self._held:
            return
        self._held = False
        self._watch.__exit__()
        if self._sound and not self._watch.rang:
            self._sound = False
            with contextlib.suppress(DrawingFailed):
                self._worker.send({})
                give_back(self._worker)
                return
        self._worker.end()


class _Here:
    """A document drawn by this process, where no other can be started."""

    is_bounded = False

    def __init__(self, document: Any) -> None:
        self._document = document

    @property
    def count(self) -> int:
        with PDFIUM:
            return len(self._document)

    def page(
        self, number: int, *, dpi: float, pixels: int, side: int, zone: Zone | None = None
    ) -> Drawn:
        return self._asked(_pdfium.draw, number, dpi=dpi, pixels=pixels, side=side, zone=zone)

    def ahead(
        self, number: int, *, dpi: float, pixels: int, side: int, zone: Zone | None = None
    ) -> Callable[[], Drawn]:
        return lambda: self.page(number, dpi=dpi, pixels=pixels, side=side, zone=zone)

    def look(self, number: int, *, dpi: float, pixels: int, side: int) -> Look:
        return self._asked(_pdfium.look, number, dpi=dpi, pixels=pixels, side=side)

    def _asked(self, made: Callable[..., _Answer], number: int, **caps: Any) -> _Answer:
        try:
            with PDFIUM:
                return made(self._document, number, **caps)
        except Exception as error:  # whatever a damaged page makes PDFium's binding raise
            raise DrawingFailed from error


@contextlib.contextmanager
def _here(data: bytes) -> Iterator[Drawing]:
    with PDFIUM:
        document = _pdfium.open_document(data)
    try:
        yield _Here(document)
    finally:
        with PDFIUM:
            _pdfium.close(document)
