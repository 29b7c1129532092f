"""TRANSV.ZIP, what is no patient's; and CATALOG.CSV as Excel knows it."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from documents import HOSPITAL, NOW
from lxml import etree
from populations import Population, tree

from segur_interop import export
from segur_interop.errors import ArchiveError, ExportError, InvalidValue
from segur_interop.export import Recipient, Request, catalogue, layout

FIXED: dict[str, Any] = {
    "sender": HOSPITAL,
    "extract_time": NOW,
    "export_id": "75249e6c-9779-4e57-bade-9978c2313ce9",
}


@pytest.fixture
def agenda(tmp_path: Path) -> Path:
    path = tmp_path / "agenda.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("AGENDA.ICS", "BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n")
        archive.writestr("TRACES.LOG", "<110>1 2026-03-01T10:00:00Z - - - - -\n")
    return path


def exported(folder: Path, name: str = "out", **changes: Any) -> Path:
    out = folder / name
    given = {"request": Request(), **FIXED, **changes}
    export.portability(Population(folder / "source"), out, **given).finish()
    return out


def test_it_is_copied_told_verified_and_given_back(tmp_path: Path, agenda: Path):
    out = exported(tmp_path, transverse=agenda)
    assert (out / layout.TRANSVERSE).read_bytes() == agenda.read_bytes()
    root = etree.parse(out / layout.MANIFEST).getroot()
    assert root.findtext("{*}TransverseArchiveCount") == "1"
    first = next(root.iter("{*}Archive"))
    assert first.findtext("{*}archiveid") == "TRANSV"
    assert first.findtext("{*}size") == str(agenda.stat().st_size)
    assert layout.TRANSVERSE in (out / layout.CHECKSUM).read_text("ascii")
    report = export.verify(out)
    assert report, str(report)
    stream = export.receive(out).transverse()
    assert stream is not None
    with stream:
        assert stream.read() == agenda.read_bytes()


def test_there_is_none_unless_it_is_given(tmp_path: Path):
    out = exported(tmp_path)
    assert not (out / layout.TRANSVERSE).exists()
    assert export.receive(out).transverse() is None


@pytest.mark.parametrize("recipient", [Recipient.PATIENT, Recipient.CONFRERE])
def test_a_patient_and_a_confrere_receive_none(tmp_path: Path, agenda: Path, recipient: Recipient):
    with pytest.raises(InvalidValue) as caught:
        exported(tmp_path, request=Request(recipient=recipient), transverse=agenda)
    assert caught.value.place == "transverse"
    assert not (tmp_path / "out").exists()


def test_what_is_no_zip_is_refused_before_anything_is_written(tmp_path: Path):
    with pytest.raises(ArchiveError):
        exported(tmp_path, transverse=b"no zip at all")
    assert not (tmp_path / "out").exists()


def test_it_is_the_same_when_the_run_goes_on_or_the_run_does_not(tmp_path: Path, agenda: Path):
    whole = exported(tmp_path, "whole", transverse=agenda)
    source, out = Population(tmp_path / "source"), tmp_path / "out"
    with export.portability(source, out, request=Request(), transverse=agenda, **FIXED) as run:
        next(run)
    with pytest.raises(ExportError, match="another export"):
        exported(tmp_path)
    assert tree(exported(tmp_path, transverse=agenda)) == tree(whole)


def test_one_that_changes_meanwhile_ends_nothing(tmp_path: Path, agenda: Path):
    source, out = Population(tmp_path / "source"), tmp_path / "out"
    octets = agenda.read_bytes()
    run = export.portability(source, out, request=Request(), transverse=agenda, **FIXED)
    agenda.write_bytes(octets.replace(b"VCALENDAR", b"VCALENDER"))
    with pytest.raises(ExportError, match="changed"):
        run.finish()
    assert not (out / layout.TRANSVERSE).exists()
    assert not (out / layout.CHECKSUM).exists()
    agenda.write_bytes(octets)
    assert export.verify(exported(tmp_path, transverse=agenda))


def changed(out: Path) -> None:
    path = out / layout.TRANSVERSE
    path.write_bytes(path.read_bytes().replace(b"VCALENDAR", b"VCALENDER"))


def cut(out: Path) -> None:
    path = out / layout.TRANSVERSE
    path.write_bytes(path.read_bytes()[:-1])


def absent(out: Path) -> None:
    (out / layout.TRANSVERSE).unlink()


@pytest.mark.parametrize(
    ("change", "rules"),
    [
        (changed, {"export.file.hash", "export.archive.hash"}),
        (cut, {"export.file.hash", "export.archive.unreadable"}),
        (absent, {"export.file.absent", "export.archive.absent"}),
    ],
)
def test_a_change_is_found(
    tmp_path: Path, agenda: Path, change: Callable[[Path], None], rules: set[str]
):
    out = exported(tmp_path, transverse=agenda)
    change(out)
    report = export.verify(out)
    assert not report
    assert rules <= {finding.rule for finding in report.findings}


def test_a_catalogue_for_excel_starts_with_a_mark_and_says_the_same(tmp_path: Path):
    plain, marked = exported(tmp_path), exported(tmp_path, "marked", csv_bom=True)
    octets = (marked / layout.CATALOGUE_CSV).read_bytes()
    assert octets == b"\xef\xbb\xbf" + (plain / layout.CATALOGUE_CSV).read_bytes()
    text = io.StringIO(octets.decode(), newline="")
    lines = (plain / layout.CATALOGUE_JSON).read_text("utf-8").splitlines()
    assert list(catalogue.read_csv(text)) == [catalogue.read_json_line(line) for line in lines]
    assert export.verify(marked)
