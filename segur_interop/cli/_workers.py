"""The processes that `--workers` asks for."""

from __future__ import annotations

import contextlib
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor

__all__ = ["executor"]


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
