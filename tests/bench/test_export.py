"""Exports: what a patient costs however many there are, memory, and speed against the disk."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW, SURGEON
from populations import LETTER, Population, ipp

from segur_interop import export
from segur_interop.ins import Identity
from segur_interop.model import Patient

pytestmark = pytest.mark.bench

CHUNK = 1 << 18
ID = "75249e6c-9779-4e57-bade-9978c2313ce9"
SIZES = [2_000_000 if rank % 50 == 0 else 88_000 for rank in range(1000)]
"""126 MB in all, as many small letters as a hospital has, some long ones."""
_COST = """
import json, resource, sys, time
sys.path.insert(0, sys.argv[1])
from pathlib import Path
from documents import HOSPITAL, NOW
from populations import Population
from segur_interop import export
WINDOW, EACH = 500, 25
def yardstick():
    start, held = time.process_time(), {}
    for number in range(15_000):
        held[number % 97] = str(number)
    return time.process_time() - start
def run(source, out, plain):
    population = Population(Path(source), plain=plain)
    given = {"request": export.Request(), "sender": HOSPITAL, "extract_time": NOW}
    cpu = norm = rods = 0.0
    count, mark = 0, time.process_time()
    def window():
        nonlocal cpu, norm, rods, count, mark
        spent = time.process_time() - mark - rods
        cpu += spent
        norm += spent / (rods / max(1, count))
        rods, count, mark = 0.0, 0, time.process_time()
    for rank, _ in enumerate(export.portability(population, out, **given), start=1):
        if rank % EACH == 0:
            rods, count = rods + yardstick(), count + 1
        if rank % WINDOW == 0:
            window()
    rods, count = rods + yardstick(), count + 1
    window()
    return cpu, norm
folder, plain = sys.argv[2], int(sys.argv[3])
run(folder + "/source", folder + "/warm", 50)
cpu, norm = run(folder + "/source", folder + "/out", plain)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
told = {"per_patient": norm / plain, "per_patient_ms": cpu / plain * 1e3, "peak_mb": peak}
print(json.dumps(told))
"""
"""Processor time, also counted in that of a fixed piece of work done every 25 patients: other
programs slow both alike, for as long as a long run lasts."""


def cost(folder: Path, plain: int) -> dict[str, float]:
    """What one run costs, in a process of its own."""
    folder.mkdir()
    tests = str(Path(__file__).parents[1])
    done = subprocess.run(
        [sys.executable, "-c", _COST, tests, str(folder), str(plain)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    shutil.rmtree(folder)
    told: dict[str, float] = json.loads(done.stdout)
    return told


def flatness(record, tmp_path: Path, few: int, many: int, rounds: int) -> None:
    pairs = [
        (cost(tmp_path / f"few{turn}", few), cost(tmp_path / f"many{turn}", many))
        for turn in range(rounds)
    ]
    ratios = sorted(b["per_patient"] / a["per_patient"] for a, b in pairs)
    label = f"export, CPU a patient, {many} patients / {few}"
    record(label, round(ratios[len(ratios) // 2], 3), unit="ratio", budget=1.1)
    last = pairs[-1][1]
    record(f"export, CPU a patient of 2 PDFs, {many}", round(last["per_patient_ms"], 2), unit="ms")
    record(f"export, peak memory, {many} patients", round(last["peak_mb"]), unit="MB", budget=300)
    grown = last["peak_mb"] - pairs[-1][0]["peak_mb"]
    record(f"export, memory more than with {few} patients", round(grown), unit="MB", budget=30)


def test_a_patient_costs_the_same_however_many_there_are(record, tmp_path: Path):
    flatness(record, tmp_path, 1_000, 5_000, 3)


@pytest.mark.scale
def test_a_patient_costs_the_same_at_a_hundred_thousand(record, tmp_path: Path):
    flatness(record, tmp_path, 1_000, 100_000, 1)


class Letters:
    """One patient a file."""

    def __init__(self, files: list[str]) -> None:
        self.files = files

    def __iter__(self) -> Iterator[export.Record]:
        for number, path in enumerate(self.files):
            item = export.Item(
                id=f"letter-{number}", content=path, mime_type="application/pdf", type=LETTER,
                produced=NOW, authors=(SURGEON,),
            )  # fmt: skip
            who = Patient(identity=Identity(birth_name="PATIENT"), ids=(ipp(number),))
            yield export.Record(key=str(number), patient=who, items=(item,))


def bare(files: list[str], out: Path) -> None:
    """Read, hash, write: what no export can do without, in one process."""
    out.mkdir()
    for number, path in enumerate(files):
        digest = hashlib.sha256()
        with Path(path).open("rb") as source, (out / str(number)).open("wb") as target:
            while piece := source.read(CHUNK):
                digest.update(piece)
                target.write(piece)
            target.flush()
            os.fsync(target.fileno())


def test_two_processes_against_reading_hashing_and_writing(ratio, tmp_path: Path):
    source = tmp_path / "source"
    source.mkdir()
    files = []
    for rank, size in enumerate(SIZES):
        path = source / f"{rank}.pdf"
        path.write_bytes(os.urandom(size))
        files.append(str(path))
    turn = iter(range(1_000))
    spawned = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=spawned) as pool:

        def exported() -> None:
            out = tmp_path / f"out{next(turn)}"
            export.portability(
                Letters(files), out, request=export.Request(), sender=HOSPITAL,
                extract_time=NOW, export_id=ID, executor=pool,
            ).finish()  # fmt: skip
            shutil.rmtree(out)

        def base() -> None:
            out = tmp_path / f"out{next(turn)}"
            bare(files, out)
            shutil.rmtree(out)

        ratio(
            "export of 1000 PDFs (126 MB), 2 processes / serial read + sha256 + write + fsync",
            exported,
            base,
            budget=2,
            rounds=5,
        )


@pytest.mark.scale
def test_an_item_of_two_gibibytes_streams(record, tmp_path: Path):
    large = tmp_path / "large.dcm"
    with large.open("wb") as stream:
        stream.truncate((2 << 30) + 5)
    source = Population(tmp_path / "source")
    records = [next(iter(source))]
    item = export.Item(id="large", content=large, mime_type="application/dicom")
    records[0] = export.Record(key="large", patient=records[0].patient, items=(item,))
    start = time.perf_counter()
    result = export.portability(
        records, tmp_path / "out", request=export.Request(), sender=HOSPITAL, extract_time=NOW
    ).finish()
    record("export of one item of 2 GiB", round(time.perf_counter() - start, 1), unit="s")
    assert result
