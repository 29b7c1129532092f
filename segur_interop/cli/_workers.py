"""The processes that `--workers` asks for."""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import signal
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any

__all__ = ["add_workers", "executor"]


def add_workers(parser: argparse.ArgumentParser) -> None:
    """The option itself."""
    parser.add_argument("--workers", metavar="N", type=_count, default=1, help="processes")


def _count(text: str) -> int:
    if text.isascii() and text.isdigit() and int(text[:9]) > 0:
        return int(text[:9])
    raise argparse.ArgumentTypeError("a number of processes, at least 1")


@contextlib.contextmanager
def executor(workers: int) -> Iterator[ProcessPoolExecutor | None]:
    """A pool, or None for one worker.

    Its processes start from nothing: a copy of this one would hold the locks of threads that it
    does not have. Ctrl-C is for this process alone: what waits is left out when the block ends by
    an exception.
    """
    if workers <= 1:
        yield None
        return
    ignored = (signal.SIGINT, signal.SIG_IGN)
    pool = _Pool(
        workers,
        mp_context=multiprocessing.get_context("spawn"),
        initializer=signal.signal,
        initargs=ignored,
    )
    try:
        yield pool
    except BaseException:
        pool.shutdown(cancel_futures=True)
        raise
    pool.shutdown()


class _Pool(ProcessPoolExecutor):
    """Starts its processes whole: an interruption waits until they are known to it."""

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        with _uninterrupted():
            return super().submit(call, *given, **named)


@contextlib.contextmanager
def _uninterrupted() -> Iterator[None]:
    """Hold an interruption back until the block ends; processes started within never have one."""
    before = signal.getsignal(signal.SIGINT)
    if before is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    held: list[int] = []
    signal.signal(signal.SIGINT, lambda number, frame: held.append(number))
    mask = _blocked(getattr(signal, "SIG_BLOCK", 0), {signal.SIGINT})
    try:
        yield
    finally:
        _blocked(getattr(signal, "SIG_SETMASK", 0), mask)
        signal.signal(signal.SIGINT, before)
        if held:
            signal.raise_signal(signal.SIGINT)


def _blocked(how: int, signals: set[Any]) -> set[Any]:
    """Change the signals that wait, which new processes inherit; elsewhere than POSIX, nothing."""
    if not hasattr(signal, "pthread_sigmask"):
        return set()
    return signal.pthread_sigmask(how, signals)
