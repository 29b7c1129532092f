"""Watches that act when their time is over, and never once they were left."""

from __future__ import annotations

import math
import os
import subprocess
import sys
import threading
import time

import pytest

from segur_interop import _deadlines
from segur_interop._deadlines import Watch


def test_a_watch_acts_once_its_time_is_over() -> None:
    acted = threading.Event()
    start = time.monotonic()
    with Watch(start + 0.1, acted.set) as watch:
        assert acted.wait(10)
        assert time.monotonic() - start >= 0.1
    assert watch.rang


def test_a_watch_that_was_left_never_acts() -> None:
    acted: list[int] = []
    with Watch(time.monotonic() + 0.05, lambda: acted.append(1)) as watch:
        pass
    with Watch(math.inf, lambda: acted.append(2)):
        time.sleep(0.2)
    assert not acted
    assert not watch.rang


def test_a_shorter_time_is_kept_while_a_longer_one_runs() -> None:
    acted: list[str] = []
    done = threading.Event()
    with (
        Watch(time.monotonic() + 60, lambda: acted.append("long")),
        Watch(time.monotonic() + 0.3, done.set),
        Watch(time.monotonic() + 0.1, lambda: acted.append("short")),
    ):
        assert done.wait(10)
    assert acted == ["short"]


def test_a_time_over_at_once_acts_at_once() -> None:
    acted = threading.Event()
    with Watch(time.monotonic() - 1, acted.set):
        assert acted.wait(10)


def test_a_watch_that_fails_stops_no_other() -> None:
    def fail() -> None:
        raise PermissionError

    acted = threading.Event()
    with Watch(time.monotonic(), fail) as failing, Watch(time.monotonic() + 0.1, acted.set):
        assert acted.wait(10)
    assert failing.rang
    with Watch(time.monotonic() + 0.05, (again := threading.Event()).set):
        assert again.wait(10)


def test_one_thread_serves_all_and_ends_when_nothing_is_watched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_deadlines, "_LINGER", 0.05)
    monkeypatch.setattr(_deadlines, "_clock", _deadlines._Clock())
    threads = threading.active_count()
    for _ in range(3):
        done = threading.Event()
        with Watch(time.monotonic() + 0.02, done.set), Watch(math.inf, print):
            assert done.wait(10)
            assert threading.active_count() == threads + 1
        end = time.monotonic() + 10
        while _deadlines._clock._runs and time.monotonic() < end:
            time.sleep(0.01)
        assert not _deadlines._clock._runs


def test_watches_of_many_threads_each_act_or_were_left() -> None:
    rang: list[bool] = []

    def one(number: int) -> None:
        acted: list[int] = []
        left = number % 2 == 0
        with Watch(time.monotonic() + (60 if left else 0.02), lambda: acted.append(1)) as watch:
            end = time.monotonic() + 10
            while not left and not watch.rang and time.monotonic() < end:
                time.sleep(0.005)
        rang.append(bool(acted) == watch.rang != left)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert rang == [True] * 24


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_a_fork_has_watches_of_its_own() -> None:
    code = """
import os, threading, time
from segur_interop import _deadlines
from segur_interop._deadlines import Watch
with Watch(time.monotonic() + 60, print):
    _deadlines._clock._changed.acquire()
    pid = os.fork()
    if pid == 0:
        done = threading.Event()
        with Watch(time.monotonic() + 0.05, done.set):
            os._exit(0 if done.wait(10) else 1)
    _deadlines._clock._changed.release()
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
"""
    subprocess.run([sys.executable, "-W", "error", "-c", code], check=True, timeout=60)
