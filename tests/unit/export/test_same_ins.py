"""One INS on two patients of what is received: told by `verify`, as by the plan of the import."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW
from people import BY_ID, EVERYONE, local
from populations import LETTER, PDF, ipp

from segur_interop import export
from segur_interop.findings import Report, Severity, Verdict
from segur_interop.model import Patient

RULE = "export.identity.same-ins"


def records(*names: str) -> Iterator[export.Record]:
    """A patient for each identity, with one letter."""
    for rank, name in enumerate(names, start=1):
        item = export.Item(
            id=f"letter-{rank}", content=PDF, mime_type="application/pdf", type=LETTER,
            produced=NOW, title="Lettre",
        )  # fmt: skip
        patient = Patient(identity=local(BY_ID[name]), ids=(ipp(rank),))
        yield export.Record(key=f"{rank}", patient=patient, items=[item])


def exported(out: Path, *names: str) -> Path:
    export.portability(
        records(*names), out, request=export.Request(), sender=HOSPITAL, extract_time=NOW,
        lots=export.LotLimits(patients=2),
    ).finish()  # fmt: skip
    return out


def told(report: Report) -> list[tuple[str, str]]:
    """Place of each finding, and the place that its message names."""
    found = [item for item in report if item.rule == RULE]
    assert {item.severity for item in found} <= {Severity.WARNING}
    names = re.compile(r"the same INS as ([^:]+):")
    return [(item.place, match[1]) for item in found if (match := names.match(item.message))]


@pytest.fixture
def twice(tmp_path: Path) -> Path:
    return exported(tmp_path / "out", "insi-11", "insi-8", "insi-11", "insi-11")


def test_two_patients_of_one_ins_are_told_across_lots_and_name_nobody(twice: Path):
    report = export.verify(twice)
    assert told(report) == [
        ("LOT00002/PAT00001.ZIP", "LOT00001/PAT00001.ZIP"),
        ("LOT00002/PAT00002.ZIP", "LOT00001/PAT00001.ZIP"),
    ]
    assert report.verdict is Verdict.PASSED  # the export is what its source holds
    text = str(report)
    assert not any(who.matricule[:13] in text for who in EVERYONE)
    plan = export.import_plan(export.receive(twice), [])
    assert [planned.decision.name for planned in plan].count("REVIEW") == 3


def test_any_executor_tells_the_same(twice: Path):
    with ThreadPoolExecutor(2) as pool:
        assert export.verify(twice, executor=pool) == export.verify(twice)


def test_patients_of_other_ins_and_several_items_of_one_are_not_told(tmp_path: Path):
    assert told(export.verify(exported(tmp_path / "out", "insi-11", "insi-8"))) == []


def test_what_comes_without_catalogue_is_looked_at_too(twice: Path, tmp_path: Path):
    lot = twice / "LOT00002"
    assert len(told(export.verify(lot))) == 1
    loose = tmp_path / "loose"
    loose.mkdir()
    for folder in ("LOT00001", "LOT00002"):
        for path in (twice / folder).glob("PAT*.ZIP"):
            shutil.copy(path, loose / f"{folder[-1]}{path.name}")
    assert len(told(export.verify(loose))) == 2
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.pdf").write_bytes(PDF)
    matricule = BY_ID["insi-11"].matricule
    head = "patient;file;birth_name;matricule;matricule_oid;status;item;mime"
    row = "{};a.pdf;EXEMPLE;{};1.2.250.1.213.1.4.8;QUALIFIEE;i-{};application/pdf"
    rows = [row.format(rank, matricule, rank) for rank in (1, 2)]
    (tmp_path / "files" / "table.csv").write_text("\n".join((head, *rows, "")))
    assert told(export.verify(tmp_path / "files")) == [("file 1#2", "file 1#1")]
