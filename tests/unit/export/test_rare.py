"""What seldom happens to a run: damage to its work, senders without OID, times without zone."""

from __future__ import annotations

import dataclasses
import io
from pathlib import Path
from typing import Any

import pytest
from documents import HOSPITAL, NOW, PATIENT, SURGEON, wrap

from segur_interop import cli, export, xdm
from segur_interop.errors import ExportError
from segur_interop.export import (
    Item,
    Record,
    Refused,
    Request,
    _journal,
    _parcel,
    catalogue,
    layout,
)
from segur_interop.ins import IdentityStatus
from segur_interop.model import Organization

FIXED: dict[str, Any] = {"request": Request(), "sender": HOSPITAL, "extract_time": NOW}


def item(name: str, **changes: Any) -> Item:
    return Item(**{"id": name, "content": b"x", "mime_type": "text/plain", **changes})


def records(count: int = 3) -> list[Record]:
    return [Record(key=str(n), patient=PATIENT, items=(item("a"),)) for n in range(count)]


def lines(out: Path) -> list[catalogue.Line]:
    text = (out / layout.CATALOGUE_JSON).read_text("utf-8")
    return [catalogue.read_json_line(line) for line in text.split("\n") if line]


def left(out: Path, done: int = 2) -> Path:
    """A run that was left after some patients; its folder of work."""
    with export.portability(records(), out, **FIXED) as run:
        for _ in range(done):
            next(run)
    return out / _journal.WORK


def finish(out: Path, source: Any = None, **changes: Any) -> export.Result:
    return export.portability(source or records(), out, **{**FIXED, **changes}).finish()


def test_work_whose_lines_were_cut_is_not_gone_on_with(tmp_path: Path):
    work = left(tmp_path / "out")
    (work / "lines.spool").write_bytes(b"")
    with pytest.raises(ExportError, match="damaged"):
        finish(tmp_path / "out")


def test_a_line_of_the_journal_cut_in_the_middle_is_not_there(tmp_path: Path):
    work = left(tmp_path / "out")
    journal = work / "JOURNAL.JSL"
    journal.write_bytes(journal.read_bytes()[:-5])
    assert finish(tmp_path / "out").balance.written == 3


def test_an_archive_that_is_gone_stops_the_run(tmp_path: Path):
    left(tmp_path / "out")
    (tmp_path / "out/LOT00001/PAT00002.ZIP").unlink()
    with pytest.raises(ExportError, match="not the one"):
        finish(tmp_path / "out")


def test_what_the_journal_does_not_speak_of_is_removed(tmp_path: Path):
    out = tmp_path / "out"
    work = left(out)
    (out / "LOT00002").mkdir()
    for name in ("LOT00002/PAT00001.ZIP", "LOT00001/PAT00009.ZIP", "LOT00001/stray"):
        (out / name).write_bytes(b"")
    (work / "stale.0000009.part").write_bytes(b"")
    finish(out)
    assert not (out / "LOT00002").exists()
    names = sorted(path.name for path in (out / "LOT00001").glob("*"))
    assert names == ["CHECKSUM.TXT", "LOT.XML", *(f"PAT0000{n}.ZIP" for n in (1, 2, 3))]


def test_what_is_left_of_the_work_of_a_finished_export_goes(tmp_path: Path):
    out = tmp_path / "out"
    finish(out)
    (out / "WORK.OLD").mkdir()
    with pytest.raises(ExportError, match="finished"):
        finish(out)
    assert not (out / "WORK.OLD").exists()


def test_a_group_is_put_on_the_disk_when_it_is_old(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_journal, "GROUP_SECONDS", -1.0)
    with export.portability(records(), tmp_path / "out", **FIXED) as run:
        next(run)
        journal = tmp_path / "out" / _journal.WORK / "JOURNAL.JSL"
        assert len(journal.read_bytes().splitlines()) == 1


@pytest.mark.parametrize("sender", [
    Organization.from_finess("2A0000014", name="Clinique"), Organization(name="Clinique"),
])  # fmt: skip
def test_a_structure_that_makes_no_oid_exports_under_2_25(tmp_path: Path, sender: Organization):
    finish(tmp_path / "out", sender=sender)
    archive = xdm.unpack(tmp_path / "out/LOT00001/PAT00001.ZIP")
    assert archive.findings == ()
    assert archive.submission is not None
    assert archive.submission.source_id.startswith("2.25.")


def test_a_time_without_zone_is_a_day_in_the_metadata_and_whole_in_the_catalogue(tmp_path: Path):
    source = [Record(key="1", patient=PATIENT, items=(item("a", produced="202603011030"),))]
    finish(tmp_path / "out", source)
    (line,) = lines(tmp_path / "out")
    assert line.date_production == "202603011030"
    (entry,) = xdm.unpack(tmp_path / "out/LOT00001/PAT00001.ZIP").entries
    assert str(entry.metadata.creation_time) == "20260301"


def test_why_an_ins_is_kept_is_told(tmp_path: Path):
    identity = PATIENT.identity
    cases = {
        "IDENTITE_NON_QUALIFIEE": dataclasses.replace(identity, status=IdentityStatus.RECUPEREE),
        "INS_NON_TRANSMISSIBLE": dataclasses.replace(identity, sex=None),
        "NON_STOCKEE": dataclasses.replace(
            identity, matricule=None, status=IdentityStatus.PROVISOIRE
        ),
    }
    source = [
        Record(key=why, patient=dataclasses.replace(PATIENT, identity=held), items=(item(why),))
        for why, held in cases.items()
    ]
    finish(tmp_path / "out", source)
    assert {line.item_id: line.ins_absence for line in lines(tmp_path / "out")} == {
        why: why for why in cases
    }
    for path in (tmp_path / "out").glob("LOT*/PAT*.ZIP"):
        for entry in xdm.unpack(path).entries:
            assert not entry.metadata.carries_ins


def test_structures_are_authors_too(tmp_path: Path):
    made = item("a", authors=(HOSPITAL, SURGEON))
    finish(tmp_path / "out", [Record(key="1", patient=PATIENT, items=(made,))])
    (line,) = lines(tmp_path / "out")
    assert [who.id for who in line.authors] == ["1750803447", "810000336601"]


class Stubborn(io.BytesIO):
    """A stream whose first closing fails; the second is that of the garbage collector."""

    asked = False

    def close(self) -> None:
        if not self.asked:
            self.asked = True
            raise OSError("cannot be closed")
        super().close()


def test_a_stream_that_cannot_be_closed_was_not_read(tmp_path: Path):
    source = [Record(key="1", patient=PATIENT, items=(item("a", content=lambda: Stubborn(b"x")),))]
    (outcome,) = export.portability(source, tmp_path / "out", **FIXED)
    assert outcome.refused == (("a", Refused.UNREADABLE),)


def test_a_document_that_cannot_be_shown_is_exported_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(_parcel, "readable_form", lambda document: None)
    letter = item("a", content=wrap(), mime_type="text/xml")
    finish(tmp_path / "out", [Record(key="1", patient=PATIENT, items=(letter,))])
    (line,) = lines(tmp_path / "out")
    assert line.readable is None


def test_a_readable_form_that_has_no_room_is_a_fault_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    plain = _parcel.create

    def full(path: Path) -> Any:
        if path.suffix == ".form":
            raise OSError(28, "no space left on device")
        return plain(path)

    monkeypatch.setattr(_parcel, "create", full)
    letter = item("a", content=wrap(), mime_type="text/xml")
    with pytest.raises(OSError, match="no space"):
        finish(tmp_path / "out", [Record(key="1", patient=PATIENT, items=(letter,))])


@pytest.mark.parametrize(
    ("produced", "inside"),
    [("2026030110", True), ("202603011000", True), ("20260301100000", True), ("2026030111", False)],
)
def test_an_hour_and_a_minute_touch_the_window_too(produced: str, inside: bool):
    from segur_interop.export._selection import Selection
    from segur_interop.export.request import Exclusion

    request = Request(since="20260301100000+0100", until="20260301103000+0100")
    judged = Selection(request, NOW).judge(item("a", produced=produced))
    assert judged is (None if inside else Exclusion.DEPTH)


def test_the_bar_of_progress_counts_patients(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr(cli._export.sys, "stderr", Terminal())
    with cli._export._progress(quiet=False) as progress:
        assert progress is not None
        progress(3, None)
    assert "3 patients" in cli._export.sys.stderr.getvalue()  # type: ignore[attr-defined]
    with cli._export._progress(quiet=True) as progress:
        assert progress is None
