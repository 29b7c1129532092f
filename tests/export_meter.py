"""Exports counted in a process of its own: `export_meter.py WHAT FOLDER PLAIN WINDOW`.

`WHAT` is export, verify or receive; the last two read what the first wrote in the same folder.

Each line read asks for the processor time of the next patients, `WINDOW` of them or what is left;
between lines the process waits. Two such processes, asked in turn, meet the same machine however
long the longer one takes: what else runs there slows both.
"""

from __future__ import annotations

import json
import resource
import shutil
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from documents import HOSPITAL, NOW
from populations import Population

from segur_interop import export


class Ordinary(Population):
    """Patients of one to three small PDFs: what most of a hospital is."""

    def _special(self) -> Iterator[export.Record]:
        return iter(())


class Meter:
    """Counts patients, and answers each time that a window of them has passed."""

    def __init__(self, window: int) -> None:
        self._window, self._count, self._mark = window, 0, 0.0

    def asked(self) -> bool:
        """Wait for a line; False at the end of them."""
        if not sys.stdin.readline():
            return False
        self._count, self._mark = 0, time.process_time()
        return True

    def passed(self, patients: int) -> None:
        self._count += patients
        if self._count >= self._window:
            self.tell(ended=False)
            if not self.asked():
                raise SystemExit

    def tell(self, *, ended: bool) -> None:
        spent = time.process_time() - self._mark
        told = {"cpu": spent, "patients": self._count, "ended": ended, "peak_mb": peak_mb()}
        print(json.dumps(told), flush=True)


def peak_mb() -> float:
    """Resident memory at its most, of this program alone where the system tells it."""
    status = Path("/proc/self/status")
    if status.exists():
        (line,) = (one for one in status.read_text().splitlines() if one.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Counted(Executor):
    """Does what it is given at once, and tells how many archives it was."""

    def __init__(self, meter: Meter) -> None:
        self._meter = meter

    def submit(self, call: Callable[..., Any], /, *given: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(call(*given, **named))
        self._meter.passed(len(given[0]))
        return done


def exported(meter: Meter, folder: Path, plain: int) -> None:
    shutil.rmtree(folder / "out", ignore_errors=True)
    run = export.portability(
        Ordinary(folder / "source", plain=plain), folder / "out", request=export.Request(),
        sender=HOSPITAL, extract_time=NOW,
    )  # fmt: skip
    for _ in run:
        meter.passed(1)


def verified(meter: Meter, folder: Path, plain: int) -> None:
    report = export.verify(folder / "out", executor=Counted(meter))
    assert report, str(report)[:2000]


def received(meter: Meter, folder: Path, plain: int) -> None:
    """Each item is asked for the hash of its octets, and each patient is the one exported."""
    records = iter(Ordinary(folder / "source", plain=plain))
    for patient in export.receive(folder / "out"):
        record = next(records)
        assert patient.identity.birth_name == record.patient.identity.birth_name
        assert [item.line.item_id for item in patient.items] == [item.id for item in record.items]
        assert all(item.sha256 == item.line.sha256 for item in patient.items)
        meter.passed(1)
    assert next(records, None) is None


def main(what: str, folder: str, plain: str, window: str) -> None:
    meter = Meter(int(window))
    call = {"export": exported, "verify": verified, "receive": received}[what]
    while meter.asked():
        call(meter, Path(folder), int(plain))
        meter.tell(ended=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
