"""Ctrl-C during an export: one line, exit status 130, and the same command goes on."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from documents import HOSPITAL, PATIENT
from populations import LETTER, PDF

from segur_interop import export

pytestmark = pytest.mark.skipif(os.name != "posix", reason="groups of processes")

PATIENTS = 600
SECONDS = 90.0
HEAD = "patient;item;file;birth_name;birth_date"


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.4" + b"x" * 50_000)
    rows = (f"P{rank};D{rank};a.pdf;EXEMPLE;1950-01-01" for rank in range(PATIENTS))
    (tmp_path / "table.csv").write_text("\n".join((HEAD, *rows, "")))
    (tmp_path / "sender.json").write_text(json.dumps({"idnat": "1750803447", "name": "Hôpital"}))
    return [
        sys.executable, "-m", "segur_interop.cli", "export",
        "--source", str(tmp_path / "table.csv"), "--out", str(tmp_path / "out"),
        "--sender", str(tmp_path / "sender.json"),
    ]  # fmt: skip


def interrupted(command: list[str], when: Callable[[], object]) -> subprocess.CompletedProcess[str]:
    """Run, and send SIGINT to every process of the group as a terminal does."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # not ignored by the child
    try:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
            start_new_session=True,
        )  # fmt: skip
    finally:
        signal.signal(signal.SIGINT, before)
    try:
        end = time.monotonic() + SECONDS
        while not when() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.005)
        os.killpg(process.pid, signal.SIGINT)
        told, why = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return subprocess.CompletedProcess(command, process.returncode, told, why)


@pytest.mark.parametrize("workers", ["1", "2"])
@pytest.mark.parametrize(
    "seen", ["WORK.TMP/STATUS.JSN", "LOT00001/PAT00001.ZIP"], ids=["at-start", "under-way"]
)
def test_an_interrupted_export_says_so_on_one_line_and_goes_on(
    command: list[str], tmp_path: Path, workers: str, seen: str
):
    out = tmp_path / "out"
    asked = [*command, "--workers", workers]
    stopped = interrupted(asked, (out / seen).exists)
    assert stopped.stderr in (
        "segur-interop: PARTIAL: interrupted; run the same command again to go on\n",
        "segur-interop: interrupted\n",
    )
    assert stopped.returncode == 130
    assert stopped.stdout == ""
    assert "export.unfinished" in {item.rule for item in export.verify(out).errors}
    again = subprocess.run(asked, capture_output=True, text=True, timeout=SECONDS, check=False)
    assert (again.returncode, again.stderr) == (0, "")
    report = export.verify(out)
    assert report, str(report)
    assert len(list(out.glob("LOT*/PAT*.ZIP"))) == PATIENTS


def test_a_run_that_is_left_waits_for_the_patients_under_way_and_no_others(tmp_path: Path):
    opened: set[int] = set()

    def slow(rank: int) -> io.BytesIO:
        opened.add(rank)
        time.sleep(0.02)
        return io.BytesIO(PDF)

    def records() -> Iterator[export.Record]:
        for rank in range(80):
            item = export.Item(
                id="i", content=partial(slow, rank), mime_type="application/pdf", type=LETTER
            )
            yield export.Record(key=f"{rank}", patient=PATIENT, items=[item])

    with ThreadPoolExecutor(1) as pool:
        given: dict[str, Any] = {"request": export.Request(), "sender": HOSPITAL, "chunk": 40}
        run = export.portability(records(), tmp_path / "out", executor=pool, in_flight=2, **given)
        with run:
            next(run)
    assert 40 <= len(opened) < 80
    again = export.portability(records(), tmp_path / "out", **given).finish()
    assert (again.patients, again.balance.written) == (80, 80)
    assert sorted(path.name for path in (tmp_path / "out").iterdir() if path.is_dir()) == [
        "DOCEXP", "INDEXES", "LOT00001",
    ]  # fmt: skip
