"""Verification: speed against a bare SHA-256 of the same files, memory, round trips at scale."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW, SURGEON
from populations import LETTER, ipp

from segur_interop import export
from segur_interop.ins import Identity
from segur_interop.model import Patient

CHUNK = 1 << 20
_COST = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
from segur_interop import export
folder = sys.argv[2]
start = time.process_time()
report = export.verify(folder)
verified = time.process_time() - start
assert report, str(report)[:2000]
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
start = time.process_time()
patients = items = 0
for patient in export.receive(folder):
    patients += 1
    items += len(patient.items)
    assert all(item.sha256 == item.line.sha256 for item in patient.items)
received = time.process_time() - start
all_peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
print(json.dumps({"verified": verified, "received": received, "peak": peak,
                  "all_peak": all_peak, "patients": patients, "items": items}))
"""
_EXPORT = """
import sys
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from documents import HOSPITAL, NOW
from populations import Population
from segur_interop import export
class Ordinary(Population):
    def _special(self):
        return iter(())
population = Ordinary(Path(sys.argv[2]), plain=int(sys.argv[4]))
export.portability(population, sys.argv[3], request=export.Request(), sender=HOSPITAL,
                   extract_time=NOW).finish()
"""


def letters(folder: Path, size: int, count: int) -> Path:
    """An export of PDFs of one size, ten a patient."""
    octets = b"%PDF-1.4\n" + os.urandom(size - 9)

    def records():
        for number in range(count // 10):
            identity = Identity(birth_name=f"PATIENT-{number}", birth_given_names="CAMILLE")
            items = [
                export.Item(
                    id=f"{number}-{rank}", content=octets, mime_type="application/pdf",
                    type=LETTER, produced=NOW, authors=(SURGEON,),
                )
                for rank in range(10)
            ]  # fmt: skip
            yield export.Record(
                key=str(number), patient=Patient(identity=identity, ids=(ipp(number),)), items=items
            )

    export.portability(
        records(), folder, request=export.Request(), sender=HOSPITAL, extract_time=NOW
    ).finish()
    return folder


def bare(folder: Path) -> None:
    for path in folder.rglob("*"):
        if path.is_file():
            with path.open("rb") as stream:
                made = hashlib.sha256()
                while piece := stream.read(CHUNK):
                    made.update(piece)


@pytest.mark.bench
@pytest.mark.parametrize("size", [88_000, 2_000_000])
def test_verification_against_a_bare_sha256(ratio, record, tmp_path: Path, size: int):
    """200 MB/s, or half the rate of hashing the same files once."""
    folder = letters(tmp_path / "out", size, 20_000_000 // size // 10 * 40)
    octets = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    assert export.verify(folder)
    label = f"export.verify / SHA-256 of the same files, PDFs of {size // 1000} kB"
    value = ratio(label, lambda: export.verify(folder), lambda: bare(folder), budget=2, rounds=5)
    start = time.process_time()
    export.verify(folder)
    spent = time.process_time() - start
    rate = octets / spent / 1e6
    record(f"export.verify, PDFs of {size // 1000} kB", round(rate), unit="MB/s of processor time")
    assert value > 0


def cost(folder: Path, plain: int) -> dict[str, float]:
    """What verification and reception cost, in a process of their own; the export is removed."""
    tests = str(Path(__file__).parents[1])
    out = folder / "out"
    folder.mkdir(parents=True)
    source = str(folder / "source")
    for script, given in ((_EXPORT, [source, str(out), str(plain)]), (_COST, [str(out)])):
        done = subprocess.run(
            [sys.executable, "-c", script, tests, *given],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    shutil.rmtree(folder)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def flatness(record, tmp_path: Path, few: int, many: int) -> None:
    small, large = cost(tmp_path / "few", few), cost(tmp_path / "many", many)
    for name in ("verified", "received"):
        per = [one[name] / one["patients"] * 1e3 for one in (small, large)]
        label = f"export {name}, CPU a patient"
        record(f"{label}, {many} patients / {few}", round(per[1] / per[0], 3), unit="ratio",
               budget=1.2)  # fmt: skip
        record(f"{label}, {many} patients", round(per[1], 2), unit="ms")
    record(f"export.verify, peak memory, {many} patients", round(large["peak"]), unit="MB",
           budget=300)  # fmt: skip
    grown = large["all_peak"] - small["all_peak"]
    record(f"verify and receive, memory more than with {few}", round(grown), unit="MB", budget=60)
    assert large["patients"] >= many


@pytest.mark.bench
def test_a_patient_verified_costs_the_same_however_many_there_are(record, tmp_path: Path):
    flatness(record, tmp_path, 100, 1000)


@pytest.mark.scale
def test_a_hundred_thousand_patients_come_back_equal(record, tmp_path: Path):
    flatness(record, tmp_path, 1000, 100_000)
