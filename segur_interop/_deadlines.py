"""One thread that acts when a time is over, for any number of watches.

A thread for each watch takes longer to start and to join than most of what is watched. This one
is started by the first watch and ends after a while without any.
"""

from __future__ import annotations

import contextlib
import math
import os
import threading
import time
from collections.abc import Callable
from typing import Final

__all__ = ["Watch"]

_LINGER: Final = 60.0


class Watch:
    """Calls `act` once the deadline is over, unless it was left before.

    Args:
        deadline: on the clock `time.monotonic`; may be infinite.
        act: short; called by another thread, while no watch can be left. What it raises is lost.

    Attributes:
        rang: the deadline was over, and `act` has been called.
    """

    def __init__(self, deadline: float, act: Callable[[], None]) -> None:
        self.deadline = deadline
        self.act = act
        self.rang = False

    def __enter__(self) -> Watch:
        _clock.add(self)
        return self

    def __exit__(self, *exception: object) -> None:
        """Once this returns, `act` is over or never called."""
        _clock.remove(self)


class _Clock:
    """The thread and what it watches."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._watches: set[Watch] = set()
        self._runs = False
        self._wakes = 0.0

    def add(self, watch: Watch) -> None:
        with self._changed:
            self._watches.add(watch)
            if not self._runs:
                thread = threading.Thread(target=self._run, name="segur-deadlines", daemon=True)
                self._runs = True
                self._wakes = 0.0
                try:
                    thread.start()
                except BaseException:
                    self._runs = False
                    self._watches.discard(watch)
                    raise
            elif watch.deadline < self._wakes:
                self._changed.notify()

    def remove(self, watch: Watch) -> None:
        with self._changed:
            self._watches.discard(watch)

    def _run(self) -> None:
        with self._changed:
            idle = False
            while self._watches or not idle:
                now = time.monotonic()
                for watch in [one for one in self._watches if one.deadline <= now]:
                    self._watches.discard(watch)
                    watch.rang = True
                    with contextlib.suppress(Exception):  # the others are still watched
                        watch.act()
                idle = not self._watches
                nearest = min((one.deadline for one in self._watches), default=math.inf)
                self._wakes = min(nearest, now + _LINGER)
                self._changed.wait(self._wakes - now)
            self._runs = False


_clock = _Clock()


def _forget() -> None:
    """In a forked process: neither the thread nor what it watched is there."""
    global _clock
    _clock = _Clock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
