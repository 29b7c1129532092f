"""Processes that draw with PDFium, kept for the next document.

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
from typing import Any, Final

from segur_interop._deadlines import Watch

__all__ = ["DrawingFailed", "Late", "NoProcess", "Worker", "give_back", "taken"]

_KEPT: Final = min(4, os.cpu_count() or 1)
_PIPE_OCTETS: Final = 1 << 20
_BOOT: Final = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from segur_interop._pdfium import serve; serve()"
)


class DrawingFailed(Exception):
    """The process ended, or gave no usable answer."""


class Late(DrawingFailed):
    """The process was killed for its time."""


class NoProcess(DrawingFailed):
    """No process can be started: a frozen program, an embedded interpreter, a sandbox."""


class Worker:
    """A process that draws one document at a time."""

    def __init__(self, deadline: float) -> None:
        if getattr(sys, "frozen", False) or not sys.executable:
            raise NoProcess  # the executable is the application itself
        try:
            self.process = subprocess.Popen(  # noqa: S603 (this interpreter, on code of this package)
                [sys.executable, "-P", "-c", _BOOT, json.dumps(sys.path)],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
            )
        except OSError as error:
            raise NoProcess from error
        _widen(self.process.stdin)
        _widen(self.process.stdout)
        ready = False
        with Watch(deadline, self.process.kill) as watch:
            try:
                ready = self.answer() == {"ready": True}
            except DrawingFailed as error:
                raise (Late if watch.rang else NoProcess) from error
            finally:
                if not ready:
                    self.end()
        if not ready:
            raise NoProcess

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


_idle_lock = threading.Lock()
_idle: list[Worker] = []


def taken() -> Worker | None:
    with _idle_lock:
        while _idle:
            worker = _idle.pop()
            if worker.process.poll() is None:
                return worker
            worker.close_pipes()
    return None


def give_back(worker: Worker) -> None:
    with _idle_lock:
        if len(_idle) < _KEPT:
            _idle.append(worker)
            return
    worker.end()


def _end_all() -> None:
    while (worker := taken()) is not None:
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
