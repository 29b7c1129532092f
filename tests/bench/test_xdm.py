"""Archives against what no writer can do without: read, SHA-1, CRC-32, write, base64.

Neither side asks the disk to be done (fsync), nor replaces a file. Ours writes under another name
and renames, so that an archive appears whole or not at all; the base writes in place. In the batch
ours makes CRC-32, a header, its rules and the metadata more than the base, whose octets are the
body alone: for letters of 88 kB that is most of the work, and processor time of Python.
"""

from __future__ import annotations

import base64
import hashlib
import os
import shutil
import time
import tracemalloc
import zlib
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pdf_samples
import pytest
from documents import HOSPITAL, NOW, everything, minimal

from segur_interop import cda, xdm
from segur_interop.findings import Report
from segur_interop.pdf import PdfA

pytestmark = pytest.mark.bench

CHUNK = 1 << 18
CHECKED = Report(name="PDF/A-1b, checked before", checked=("before",))
BATCH = 400
BATCH_SIZES = [2_000_000 if rank % 50 == 0 else 88_000 for rank in range(BATCH)]
"""50 MB in all, many small letters and some long ones, as in the thousand of the budget."""
JOB = 20
"""Documents of one job: enough jobs for the processes to end together."""
ALONE = 100
"""Documents of the batch that one process makes alone, for its processor time."""


def letter(size: int) -> cda.Document:
    return cda.wrap(cda.PlainText("x" * size), **minimal())


def unlink(*paths: Path) -> None:
    """So that neither side replaces a file, which the file system makes dearer than a new one."""
    for path in paths:
        path.unlink(missing_ok=True)


def rounds_of(size: int) -> int:
    return 25 if size < 10_000_000 else 9


def base_from_file(source: Path, target: Path) -> None:
    """Read, SHA-1, CRC-32 and write, in pieces."""
    digest, crc = hashlib.sha1(usedforsecurity=False), 0
    with source.open("rb") as octets, target.open("wb") as out:
        while piece := octets.read(CHUNK):
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
            out.write(piece)


@pytest.mark.parametrize("size", [5_000_000, 50_000_000], ids=["5MB", "50MB"])
def test_pack_stored_from_a_file(ratio, record, tmp_path: Path, size: int):
    document = letter(size)
    source, ours, base = document.save(tmp_path / "cda"), tmp_path / "ours", tmp_path / "base"
    metadata = xdm.document_entry(document)

    def packed() -> None:
        xdm.pack([xdm.Entry(source, metadata)], source=HOSPITAL).save(ours)

    for before, how in ((lambda: unlink(ours, base), ""), (lambda: None, ", over older files")):
        ratio(
            f"xdm.pack stored and save, {size // 1_000_000} MB file{how} / "
            "read + sha1 + crc32 + write",
            packed,
            lambda: base_from_file(source, base),
            budget=1.5,
            rounds=rounds_of(size),
            before=before,
        )
    tracemalloc.start()
    packed()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    record("xdm.pack of a file, peak memory", peak, unit="bytes", budget=4_000_000)


@pytest.mark.parametrize("size", [5_000_000, 50_000_000], ids=["5MB", "50MB"])
def test_pack_stored_of_a_document_just_wrapped(ratio, tmp_path: Path, size: int):
    document = letter(size)
    body, ours, base = b"x" * size, tmp_path / "ours", tmp_path / "base"
    step = 3 * CHUNK

    def from_memory() -> None:
        digest, crc = hashlib.sha1(usedforsecurity=False), 0
        with base.open("wb") as out:
            for start in range(0, len(body), step):
                piece = base64.b64encode(body[start : start + step])
                digest.update(piece)
                crc = zlib.crc32(piece, crc)
                out.write(piece)

    ratio(
        f"xdm.pack stored and save, {size // 1_000_000} MB just wrapped / base64 + sha1 + crc32 "
        "+ write",
        lambda: xdm.pack([document], source=HOSPITAL).save(ours),
        from_memory,
        budget=1.5,
        rounds=rounds_of(size),
        before=lambda: unlink(ours, base),
    )


def test_the_metadata_of_a_document_take_well_under_a_millisecond(record):
    document, rounds = letter(1000), 300
    sending = xdm.Submission(unique_id="1.2.3", time=NOW)
    xdm.pack([document], source=HOSPITAL, submission=sending)
    start = time.process_time()
    for _ in range(rounds):
        xdm.pack([document], source=HOSPITAL, submission=sending)
    mean = (time.process_time() - start) / rounds
    record("xdm.pack without writing, CPU", round(mean * 1e3, 3), unit="ms", budget=1)


def _produce(job: tuple[list[str], str, bool]) -> int:
    """One chunk of the batch: files → CDA → archives on disk, nothing sent back.

    Each step is taken for the whole chunk, as docs/xdm.md advises: the caches of the processor
    then hold one step, which is a quarter faster than one document after the other.
    """
    sources, folder, is_full = job
    letters = [
        PdfA(data=Path(source).read_bytes(), pages=1, title=None, signed=False, report=CHECKED)
        for source in sources
    ]
    documents = [cda.wrap(letter, **(everything() if is_full else minimal())) for letter in letters]
    archives = [xdm.pack([document], source=HOSPITAL) for document in documents]
    for source, archive in zip(sources, archives, strict=True):
        archive.save(Path(folder) / f"{Path(source).stem}.zip")
    return len(sources)


def _serial(sources: list[str], folder: Path) -> None:
    for source in sources:
        octets = base64.b64encode(Path(source).read_bytes())
        hashlib.sha1(octets, usedforsecurity=False)
        (folder / f"{Path(source).stem}.b64").write_bytes(octets)


def _bodies(folder: Path, count: int = BATCH) -> list[str]:
    folder.mkdir()
    sources = []
    for rank, size in enumerate(BATCH_SIZES[:count]):
        path = folder / f"{rank:04d}.pdf"
        path.write_bytes(b"x" * size)
        sources.append(os.fspath(path))
    return sources


def _afresh(*folders: Path) -> None:
    """Neither side replaces a file."""
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()


HEADERS = pytest.mark.parametrize("header", ["usual", "every part filled"])


@HEADERS
def test_a_batch_of_letters_by_two_processes(ratio, tmp_path: Path, header: str):
    sources, ours, base = _bodies(tmp_path / "bodies"), tmp_path / "ours", tmp_path / "base"
    chunks = [sources[at : at + JOB] for at in range(0, BATCH, JOB)]
    jobs = [(chunk, os.fspath(ours), header != "usual") for chunk in chunks]
    with ProcessPoolExecutor(2) as pool:
        ratio(
            f"{BATCH} PdfA → CDA → XDM, {header} header, 2 processes / "
            "serial read + base64 + sha1 + write",
            lambda: sum(pool.map(_produce, jobs)),
            lambda: _serial(sources, base),
            budget=4,
            rounds=3,
            before=lambda: _afresh(ours, base),
            in_process=False,
        )


@HEADERS
def test_a_batch_of_letters_by_one_process(ratio, record, tmp_path: Path, header: str):
    sources, ours, base = _bodies(tmp_path / "bodies", ALONE), tmp_path / "ours", tmp_path / "base"
    job = (sources, os.fspath(ours), header != "usual")
    spent = []

    def produced() -> None:
        start = time.process_time()
        _produce(job)
        spent.append(time.process_time() - start)

    label = f"{ALONE} PdfA → CDA → XDM, {header} header, this process"
    ratio(
        f"{label} / serial read + base64 + sha1 + write",
        produced,
        lambda: _serial(sources, base),
        budget=8,  # that of two processes, twice
        rounds=3,
        before=lambda: _afresh(ours, base),
    )
    record(f"{label}, CPU of a document", round(min(spent) / ALONE * 1e3, 2), unit="ms")


def test_what_the_check_of_a_pdf_costs_beside_the_batch(record):
    octets, rounds = pdf_samples.conforming(1), 20
    PdfA.read(octets)
    fastest = float("inf")
    for _ in range(5):
        start = time.process_time()
        for _ in range(rounds):
            PdfA.read(octets)
        fastest = min(fastest, time.process_time() - start)
    record(
        "PdfA.read of a page, its PDF/A check included, CPU",
        round(fastest / rounds * 1e3, 3),
        unit="ms",
    )
