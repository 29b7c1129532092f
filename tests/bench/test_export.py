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
_METER = Path(__file__).parents[1] / "export_meter.py"


class Meter:
    """A process that counts what patients cost, window by window."""

    def __init__(self, what: str, folder: Path, plain: int, window: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, str(_METER), what, *map(str, (folder, plain, window))]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.cpu, self.patients, self.peak_mb = 0.0, 0, 0.0

    def more(self, *, counted: bool = True) -> bool:
        """One window, or what is left; True at the end."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write("\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, "the process that counts stopped"
        told = json.loads(line)
        if counted:
            self.cpu += told["cpu"]
            self.patients += told["patients"]
        self.peak_mb = told["peak_mb"]
        return bool(told["ended"])

    def end(self) -> float:
        """Let it go; what a patient costs, in ms of processor time."""
        self._process.communicate()
        return self.cpu / self.patients * 1e3


def in_turn(few: Meter, many: Meter) -> None:
    """A window of the many, one of the few, who start again until the many are done.

    Whatever else the machine does, it does to both.
    """
    while not few.more(counted=False):  # warm
        pass
    ended = whole = False
    while not (ended and whole):
        ended = ended or many.more()
        whole = few.more()


def flatness(record, what: str, folder: Path, few: int, many: int, window: int) -> None:
    """Record what a patient costs among many, against among few."""
    meters = Meter(what, folder / "few", few, 250), Meter(what, folder / "many", many, window)
    in_turn(*meters)
    small, large = (meter.end() for meter in meters)
    label = f"{what}, processor time a patient of 2 PDFs"
    record(f"{label}, {many} patients / {few}", round(large / small, 3), unit="ratio", budget=1.1)
    record(f"{label}, {many}", round(large, 2), unit="ms")
    record(f"{what}, peak memory, {many} patients", round(meters[1].peak_mb), unit="MB", budget=300)
    grown = meters[1].peak_mb - meters[0].peak_mb
    record(f"{what}, memory more than with {few} patients", round(grown), unit="MB", budget=60)
    assert meters[1].patients == many


def test_a_patient_costs_the_same_however_many_there_are(record, tmp_path: Path):
    for what in ("export", "verify", "receive"):
        flatness(record, what, tmp_path, 1_000, 5_000, window=250)


@pytest.mark.scale
def test_a_hundred_thousand_patients_cost_what_a_thousand_do_and_come_back_equal(
    record, tmp_path: Path
):
    for what in ("export", "verify", "receive"):
        flatness(record, what, tmp_path, 1_000, 100_000, window=1_000)


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
