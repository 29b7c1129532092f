"""Whatever is received as an export: a report, patients, or an error of ours."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from populations import Population

from segur_interop import export
from segur_interop.errors import SegurError
from segur_interop.findings import Report

NAMES = st.sampled_from(
    [
        "MANIFEST.XML", "MANIFEST.JSON", "CATALOG.JSL", "CATALOG.CSV", "PATIENTS.JSL",
        "CHECKSUM.TXT", "CHECKSUMS.TXT", "REPORT.JSN", "REJECTS.JSL", "EXCLUDED.JSL",
        "MANIFEST.P7S", "LOT00001/LOT.XML", "LOT00001/CHECKSUM.TXT", "LOT00001/PAT00001.ZIP",
        "PAT00001.ZIP", "IHE_XDM/SUBSET01/METADATA.XML", "IHE_XDM/SUBSET01/DOC0001.XML",
        "table.csv", "letter.xml", "LOT00001.P7M", "LOT.XML", "METADATA.XML", "a/b/c.pdf",
    ]
)  # fmt: skip
PIECES = st.sampled_from(
    [
        b"", b"{}", b"[]", b"null\n", b"\xff\xfe<\0", b"<Manifest>", b"<a/>",
        b"PK\x05\x06" + bytes(18),
        b"<Manifest><Archives><Archive><archiveid>PAT00001</archiveid></Archive></Archives>"
        b"</Manifest>",
        b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>',
        b'{"lot":"LOT00001","archive":"PAT00001.ZIP"}\n' * 3,
        b'{"lot":"LOT99999","archive":"PAT99999.ZIP","items":"x","local_ids":[{}, 1]}\n',
        b'{"subsets":[1,{"path":"IHE_XDM/SUBSET01","patientINS":12,"insStatus":[]}]}',
        b"0" * 64 + b"  ../../etc/passwd\n" + b"1" * 64 + b"  LOT00001/PAT00001.ZIP\n",
        b"patient;item;file\n1;2;../../x\n1;2;letter.xml\n",
        b'<ClinicalDocument xmlns="urn:hl7-org:v3"/>',
    ]
)  # fmt: skip
CONTENT = st.one_of(st.binary(max_size=200), PIECES, st.tuples(PIECES, PIECES).map(b"".join))


def judged(path: Path) -> None:
    for call in (export.verify, lambda path: list(export.receive(path))):
        try:
            made = call(path)
        except SegurError:
            continue
        assert isinstance(made, (Report, list))
        if isinstance(made, list):
            export.import_plan(made, [])


@settings(max_examples=120, deadline=None)
@given(st.dictionaries(NAMES, CONTENT, max_size=8))
def test_any_tree_ends_in_a_report_or_an_error_of_ours(files: dict[str, bytes]):
    with tempfile.TemporaryDirectory() as work:
        for name, octets in files.items():
            path = Path(work, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(octets)
        judged(Path(work))


@settings(max_examples=60, deadline=None)
@given(CONTENT)
def test_any_file_ends_in_a_report_or_an_error_of_ours(octets: bytes):
    with tempfile.TemporaryDirectory() as work:
        path = Path(work, "received.zip")
        path.write_bytes(octets)
        judged(path)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("any")
    export.portability(
        Population(folder / "source"), folder / "out", request=export.Request(), sender=HOSPITAL,
        extract_time=NOW, lots=export.LotLimits(patients=8),
    ).finish()  # fmt: skip
    return folder / "out"


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_any_change_of_any_file_is_found(made: Path, data: st.DataObject):
    names = sorted(path for path in made.rglob("*") if path.is_file() and path.stat().st_size)
    path = data.draw(st.sampled_from(names))
    whole = path.read_bytes()
    at = data.draw(st.integers(0, len(whole) - 1))
    what = data.draw(st.sampled_from(["flip", "cut", "insert", "replace"]))
    changed = {
        "flip": whole[:at] + bytes([whole[at] ^ (1 << data.draw(st.integers(0, 7)))])
        + whole[at + 1 :],
        "cut": whole[:at],
        "insert": whole[:at] + b"<" + whole[at:],
        "replace": whole[:at] + data.draw(st.binary(max_size=20)),
    }[what]  # fmt: skip
    try:
        path.write_bytes(changed)
        report = export.verify(made)
        assert changed == whole or not report
        judged(made)
    finally:
        path.write_bytes(whole)


def test_the_tree_is_left_as_it_was(made: Path, tmp_path: Path):
    shutil.copytree(made, tmp_path / "copy")
    judged(made)
    for path in made.rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (tmp_path / "copy" / path.relative_to(made)).read_bytes()
