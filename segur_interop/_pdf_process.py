"""PDFium in a process apart, killed when its time is over and kept for the next document.

Starting one costs a few tenths of a second, so the last ones are kept; each ends by itself after
a minute without work, or with this process.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, Final, Protocol, TypeVar

from segur_interop import _pdfium
from segur_interop._pdfium import PDFIUM, Damaged, Drawn, Look, Zone

__all__ = ["Damaged", "Drawing", "DrawingFailed", "Drawn", "Late", "Look", "Zone", "drawing"]

_Answer = TypeVar("_Answer")

_KEPT: Final = min(4, os.cpu_count() or 1)
_LONGEST: Final = 86_400.0
_PIPE_OCTETS: Final = 1 << 20
_BOOT: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from segur_interop._pdfium import serve; serve()"
)


class DrawingFailed(Exception):
    """The process ended, or gave no usable answer."""


class Late(DrawingFailed):
    """The process was killed for its time."""


class Drawing(Protocol):
    """A document that can be drawn.

    Attributes:
        count: number of its pages.
        is_bounded: True when nothing it draws outlives the deadline.
    """

    count: int
    is_bounded: bool

    def page(
        self, number: int, *, dpi: float, pixels: int, side: int, zone: Zone | None = None
    ) -> Drawn:
        """A page in grey, or a part of it, as `_pdfium.draw`.

        Raises:
            Late: the deadline is over.
            DrawingFailed: a page that cannot be drawn; others may.
        """

    def look(self, number: int, *, dpi: float, pixels: int, side: int) -> Look:
        """How a page looks and what its text is, as `_pdfium.look`.

        Raises:
            Late: the deadline is over.
            DrawingFailed: a page that cannot be drawn; others may.
        """


@contextlib.contextmanager
def drawing(data: bytes, *, deadline: float) -> Iterator[Drawing]:
    """A document opened in a process apart; here, one at a time, where none can be started.

    Args:
        data: the PDF.
        deadline: on the clock `time.monotonic`, when the process is killed.

    Raises:
        Damaged: PDFium cannot open it.
        Late: not opened by the deadline.
    """
    try:
        remote = _Remote(data, deadline)
    except _NoProcess:
        yield from _here(data)
        return
    try:
        yield remote
    finally:
        remote.close()


class _NoProcess(Exception):
    """No process can be started: a frozen program, an embedded interpreter, a sandbox."""


class _Worker:
    """A process that draws one document at a time."""

    def __init__(self, deadline: float) -> None:
        if getattr(sys, "frozen", False) or not sys.executable:
            raise _NoProcess  # the executable is the application itself
        try:
            self.process = subprocess.Popen(  # noqa: S603 (this interpreter, on code of this package)
                [sys.executable, "-P", "-c", _BOOT, json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise _NoProcess from error
        _widen(self.process.stdout)
        ready = False
        with _Watch(self, deadline) as watch:
            try:
                ready = self.answer() == {"ready": True}
            except DrawingFailed as error:
                raise (Late if watch.rang else _NoProcess) from error
            finally:
                if not ready:
                    self.end()
        if not ready:
            raise _NoProcess

    def send(self, head: dict[str, Any], body: bytes = b"") -> None:
        assert self.process.stdin is not None
        try:
            self.process.stdin.write(json.dumps(head).encode() + b"\n")
            self.process.stdin.write(body)
            self.process.stdin.flush()
        except OSError as error:
            raise DrawingFailed from error

    def answer(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        try:
            head = json.loads(self.process.stdout.readline(1000))
        except ValueError as error:  # also what a process that ended leaves: an empty line
            raise DrawingFailed from error
        if not isinstance(head, dict):
            raise DrawingFailed
        return head

    def octets(self, size: int) -> bytes:
        assert self.process.stdout is not None
        body = self.process.stdout.read(size)
        if len(body) != size:
            raise DrawingFailed
        return body

    def end(self) -> None:
        self.process.kill()
        self.process.wait()
        self.close_pipes()

    def close_pipes(self) -> None:
        for pipe in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(OSError):
                if pipe is not None:
                    pipe.close()


def _widen(pipe: Any) -> None:
    """A megabyte of pipe, where the system lets it be: a page has four."""
    with contextlib.suppress(ImportError, AttributeError, OSError):
        import fcntl

        fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_OCTETS)


class _Watch:
    """Kills a worker at the deadline, unless left before."""

    def __init__(self, worker: _Worker, deadline: float) -> None:
        self.rang = False
        self._worker = worker
        seconds = min(max(deadline - time.monotonic(), 0.0), _LONGEST)
        self._timer = threading.Timer(seconds, self._ring)
        self._timer.daemon = True

    def _ring(self) -> None:
        self.rang = True
        self._worker.process.kill()

    def __enter__(self) -> _Watch:
        self._timer.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._timer.cancel()
        # Once it is joined it can kill no process that serves another document.
        self._timer.join()


class _Remote:
    """A document that a worker holds."""

    is_bounded = True

    def __init__(self, data: bytes, deadline: float) -> None:
        self._data, self._deadline = data, deadline
        self._open(_taken())

    def _open(self, kept: _Worker | None) -> None:
        self._worker = kept or _Worker(self._deadline)
        self._watch = _Watch(self._worker, self._deadline).__enter__()
        self._sound = False
        seconds = min(max(self._deadline - time.monotonic(), 0.0), _LONGEST)
        request = {"size": len(self._data), "seconds": seconds}
        try:
            self._worker.send(request, self._data)
            head = self._worker.answer()
            if "error" not in head:
                self.count = int(head["pages"])
        except (DrawingFailed, KeyError, TypeError, ValueError) as error:
            self.close()
            if self._watch.rang:
                raise Late from error
            if kept is None:
                raise Damaged("damaged") from error
            self._open(None)  # one that had just ended for want of work
            return
        self._sound = True
        if "error" in head:
            self.close()
            raise Damaged(str(head["error"]))

    def page(
        self, number: int, *, dpi: float, pixels: int, side: int, zone: Zone | None = None
    ) -> Drawn:
        request = {"number": number, "dpi": dpi, "pixels": pixels, "side": side, "zone": zone}
        return self._asked(request, self._drawn)

    def look(self, number: int, *, dpi: float, pixels: int, side: int) -> Look:
        request = {"number": number, "dpi": dpi, "pixels": pixels, "side": side, "look": True}
        return self._asked(request, self._looked)

    def _asked(
        self, request: dict[str, Any], read: Callable[[dict[str, Any], int], _Answer]
    ) -> _Answer:
        if not self._sound and not self._watch.rang:
            self._reopen()
        self._sound = False
        try:
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
        """In another process: a page before made PDFium crash."""
        try:
            self._open(None)
        except (Damaged, _NoProcess) as error:
            raise DrawingFailed from error

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
        """Give the worker back, or end it where its state is unknown."""
        self._watch.__exit__()
        if self._sound and not self._watch.rang:
            self._sound = False
            with contextlib.suppress(DrawingFailed):
                self._worker.send({})
                _give_back(self._worker)
                return
        self._worker.end()


class _Here:
    """A document drawn by this process, where no other can be started."""

    is_bounded = False

    def __init__(self, document: Any) -> None:
        self._document = document
        with PDFIUM:
            self.count = len(document)

    def page(
        self, number: int, *, dpi: float, pixels: int, side: int, zone: Zone | None = None
    ) -> Drawn:
        return self._asked(_pdfium.draw, number, dpi=dpi, pixels=pixels, side=side, zone=zone)

    def look(self, number: int, *, dpi: float, pixels: int, side: int) -> Look:
        return self._asked(_pdfium.look, number, dpi=dpi, pixels=pixels, side=side)

    def _asked(self, made: Callable[..., _Answer], number: int, **caps: Any) -> _Answer:
        try:
            with PDFIUM:
                return made(self._document, number, **caps)
        except Exception as error:  # whatever a damaged page makes PDFium's binding raise
            raise DrawingFailed from error


def _here(data: bytes) -> Iterator[Drawing]:
    with PDFIUM:
        document = _pdfium.open_document(data)
    try:
        yield _Here(document)
    finally:
        with PDFIUM:
            _pdfium.close(document)


_idle_lock = threading.Lock()
_idle: list[_Worker] = []


def _taken() -> _Worker | None:
    with _idle_lock:
        while _idle:
            worker = _idle.pop()
            if worker.process.poll() is None:
                return worker
            worker.close_pipes()
    return None


def _give_back(worker: _Worker) -> None:
    with _idle_lock:
        if len(_idle) < _KEPT:
            _idle.append(worker)
            return
    worker.end()


def _end_all() -> None:
    while (worker := _taken()) is not None:
        worker.end()


def _forget() -> None:
    """In a forked process: the workers and the lock are those of the parent."""
    global _idle_lock
    _idle_lock = threading.Lock()
    for worker in _idle:
        worker.close_pipes()
        worker.process.returncode = 0  # not a child of this process: nothing to wait for
    _idle.clear()


atexit.register(_end_all)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
