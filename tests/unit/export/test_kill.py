"""A run killed at any moment goes on, and the folder is in the end the same to the octet."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import HOSPITAL
from populations import folders, tree

from segur_interop import export
from segur_interop.errors import ExportError

RUNNER = Path(__file__).parents[2] / "export_runner.py"
PLAIN = 30
GROUPS: list[int] = []


@pytest.fixture(autouse=True)
def orphans() -> Iterator[None]:
    """The workers of a pool whose run was killed are left to themselves until the test ends."""
    yield
    while GROUPS:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(GROUPS.pop(), signal.SIGKILL)


def started(source: Path, out: Path, workers: int) -> subprocess.Popen[str]:
    command = [sys.executable, str(RUNNER), *map(str, (source, out, PLAIN, workers))]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, start_new_session=True)


def finished(source: Path, out: Path, workers: int) -> float:
    """Run to the end; the seconds that the run itself took."""
    with started(source, out, workers) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        start = time.monotonic()
        assert process.stdout.readline() == "done\n"
        took = time.monotonic() - start
    assert process.returncode == 0
    return took


def killed(source: Path, out: Path, workers: int, after: float) -> bool:
    """Kill the run some time after it started; False when it had ended before."""
    with started(source, out, workers) as process:
        assert process.stdout is not None
        if process.stdout.readline() != "ready\n":
            return False
        time.sleep(after)
        process.kill()
        process.wait()
        line = ""
        if not workers:  # those of a pool outlive it, and hold its output
            line = process.stdout.read()
        GROUPS.append(process.pid)
        return "done" not in line


@pytest.mark.parametrize("workers", [0, 2], ids=["serial", "pool"])
@pytest.mark.parametrize(
    "moments", [4, pytest.param(50, marks=pytest.mark.scale)], ids=["few", "fifty"]
)
def test_a_run_killed_at_random_moments_ends_as_an_unbroken_one(
    tmp_path: Path, moments: int, workers: int
):
    source, whole = tmp_path / "source", tmp_path / "whole"
    took = finished(source, whole, workers)
    expected, shape = tree(whole), folders(whole)
    chance = random.Random(moments)
    stopped = 0
    for rank in range(moments):
        out = tmp_path / f"out{rank}"
        for _ in range(chance.randint(1, 2)):
            hit = killed(source, out, workers, chance.uniform(0, took))
            stopped += hit
            if not hit:
                took *= 0.8  # the machine has become faster
                break
        if not (out / "CHECKSUM.TXT").exists() or (out / "WORK.TMP").exists():
            finished(source, out, workers)
        with pytest.raises(ExportError, match="finished"):  # and removes what is left of the work
            export.portability([], out, request=export.Request(), sender=HOSPITAL)
        assert tree(out) == expected
        assert folders(out) == shape
    assert stopped > moments // 5
