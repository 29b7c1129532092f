"""Verification: speed against a bare SHA-256 of the same files."""

from __future__ import annotations

import hashlib
import os
import time
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW, SURGEON
from populations import LETTER, ipp

from segur_interop import export
from segur_interop.ins import Identity
from segur_interop.model import Patient

CHUNK = 1 << 20


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
