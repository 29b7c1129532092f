"""The processes that `--workers` asks for."""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

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
    does not have.
    """
    if workers <= 1:
        yield None
        return
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=context) as pool:
        yield pool
