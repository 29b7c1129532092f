"""`cda.wrap` and `save` against base64 and write of the same bytes, and the cost of a header.

The PDF/A check of a body is done before: `wrap` takes a `PdfA`, whose price is that of the PDF.
"""

from __future__ import annotations

import binascii
import subprocess
import sys
import time
from pathlib import Path

import pytest
from documents import everything, minimal
from lxml import etree

from segur_interop import cda
from segur_interop.cda._content import CHUNK
from segur_interop.cda.validate import check_element
from segur_interop.findings import Report
from segur_interop.pdf import PdfA

pytestmark = pytest.mark.bench

MB = 1_000_000


def judged(octets: bytes) -> PdfA:
    """A PdfA of these octets, as if judged: the check is not what is measured."""
    report = Report(name="PDF/A-1b", checked=("bench",))
    return PdfA(data=octets, pages=1, title=None, signed=False, report=report)


def base64_and_write(octets: bytes, path: Path) -> None:
    view = memoryview(octets)
    with path.open("wb") as stream:
        for start in range(0, len(view), CHUNK):
            stream.write(binascii.b2a_base64(view[start : start + CHUNK], newline=False))


@pytest.mark.parametrize(("size", "budget"), [(5, 1.5), (50, 1.2)])
def test_wrap_and_save_against_base64_and_write(ratio, tmp_path, size, budget):
    body = judged(b"%PDF-1.4\n" + bytes(range(256)) * (size * MB // 256))
    arguments = minimal()
    document, base = tmp_path / "document.xml", tmp_path / "base64"

    def afresh() -> None:
        """Neither side replaces a file."""
        document.unlink(missing_ok=True)
        base.unlink(missing_ok=True)

    ratio(
        f"cda.wrap + save, {size} MB PDF / base64 + write",
        lambda: cda.wrap(body, **arguments).save(document),
        lambda: base64_and_write(body.data, base),
        budget=budget,
        rounds=25 if size < 10 else 9,
        before=afresh,
    )


MEMORY = """
import re, sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from documents import minimal
from segur_interop import cda
from segur_interop.findings import Report
from segur_interop.pdf import PdfA

def peak():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1])

def body(size):
    report = Report(name="PDF/A-1b", checked=("bench",))
    return PdfA(data=b"x" * size, pages=1, title=None, signed=False, report=report)

cda.wrap(body(1_000_000), **minimal()).save({path!r})   # what is loaded once
octets = b"x" * 50_000_000
report = Report(name="PDF/A-1b", checked=("bench",))
large = PdfA(data=octets, pages=1, title=None, signed=False, report=report)
before = peak()
cda.wrap(large, **minimal()).save({path!r})
print((peak() - before) / 1000)
"""


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="asks Linux for the peak")
def test_memory_above_the_pdf(record, tmp_path):
    tests = str(Path(__file__).resolve().parents[1])
    code = MEMORY.format(tests=tests, path=str(tmp_path / "document.xml"))
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    value = float(run.stdout)
    record("cda.wrap + save, 50 MB PDF: memory above the PDF", value, unit="MB", budget=8)


def cpu_ms(call, rounds=20, series=10):
    """The fastest of several series: another load only ever adds to it."""
    call()
    fastest = float("inf")
    for _ in range(series):
        start = time.process_time()
        for _ in range(rounds):
            call()
        fastest = min(fastest, time.process_time() - start)
    return round(fastest / rounds * 1e3, 3)


def test_what_a_header_costs(record):
    body = judged(b"%PDF-1.4\n" + bytes(30_000))
    for part in (minimal, everything):
        arguments = part()
        document = cda.wrap(body, **arguments)
        octets, element = bytes(document), document.element()
        rows = (
            ("cda.wrap", lambda arguments=arguments: cda.wrap(body, **arguments)),
            ("cda.read", lambda octets=octets: cda.read(octets)),
            ("the rules alone", lambda element=element: check_element(element)),
            ("lxml parse, to compare", lambda octets=octets: etree.fromstring(octets)),
        )
        for label, call in rows:
            record(f"{label}, {part.__name__} header, CPU", cpu_ms(call), unit="ms")
