"""The official judge over notes de vaccination: every route, site and kind, bare and full."""

from __future__ import annotations

import dataclasses
import json
import os
import subprocess
import sys
from decimal import Decimal
from pathlib import Path

import pytest
from documents import DOCTOR, OFFICE, PHARMACIST, S, full_patient
from vaccinations import ACT, FULL, header

from segur_interop import cda
from segur_interop.terminology import value_set

pytestmark = pytest.mark.official

SCHEMATRON = "schematrons/CI-SIS_VAC-NOTE_2023.01.sch"


def acts() -> dict[str, cda.VaccinationAct]:
    """Each optional part alone, all together, and every value of the three tables."""
    change = dataclasses.replace
    made = {
        "bare": ACT,
        "full": FULL,
        "rank": change(ACT, dose_number=3),
        "comment": change(ACT, comment="Sans incident"),
        "prescription": change(ACT, prescription=FULL.prescription),
        "dose": change(ACT, dose=Decimal("0.5"), dose_unit="mL"),
        "two-performers": change(ACT, performers=(PHARMACIST, DOCTOR)),
        "cip": change(ACT, vaccine=FULL.vaccine),
        "reactions": change(ACT, dose_number=1, reactions=FULL.reactions),
        "antigens": change(ACT, comment="Trivalent", antigens=FULL.antigens),
    }
    for name, table in (
        ("kind", "JDV_HL7_ActSubstanceAdministrationImmunizationCode_CISIS"),
        ("route", "JDV_ImmunizationRouteCodes_CISIS"),
        ("site", "JDV_ImmunizationApproachSiteCode_CISIS"),
    ):
        for code in value_set(table):
            made[f"{name}-{code.code}"] = change(ACT, **{name: code.code})
    return made


def test_every_note_passes_the_official_judge(
    official: Path, official_tools: Path, tmp_path: Path
) -> None:
    pytest.importorskip("saxonche")
    notes = {name: cda.vaccination_note(act, **header()) for name, act in acts().items()}
    notes["office"] = cda.vaccination_note(
        FULL, **header(setting=S.OFFICE, author=DOCTOR, custodian=OFFICE, patient=full_patient())
    )
    notes["second-version"] = cda.vaccination_note(ACT, **header(replaces=notes["bare"]))
    files = []
    for name, document in notes.items():
        path = tmp_path / f"{name}.xml"
        document.save(path)
        files.append(str(path))
    cache = os.environ.get("SEGUR_CACHE") or str(tmp_path / "compiled")
    run = subprocess.run(
        [sys.executable, str(official_tools / "validate_cda.py"), "--kit",
         str(official / "ans-kit"), "--cache", cache, "--json", *files],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert run.stdout, run.stderr[-2000:]
    results = json.loads(run.stdout)
    assert len(results) == len(notes)
    assert {
        Path(item["file"]).stem: [failure["text"][:200] for failure in item["failures"]]
        for item in results
        if item["status"] != "passed"
    } == {}
    for item in results:
        fired = {row["schematron"]: row["rules_fired"] for row in item["schematrons"]}
        assert fired[SCHEMATRON] >= 6


def test_the_official_note_says_what_a_note_of_ours_says(official: Path) -> None:
    """Read with the same reader, the two differ by their values only."""
    path = official / "ans-kit" / "ExemplesCDA" / "VAC-NOTE_2023.01.xml"
    (theirs,) = cda.read(path).vaccinations()
    (ours,) = cda.vaccination_note(FULL, **header()).vaccinations()
    assert set(theirs.template_ids) == set(ours.template_ids)
    assert theirs.vaccine is not None
    assert ours.vaccine is not None
    for name in ("cis", "cip", "atc", "lot", "name"):
        assert bool(getattr(theirs.vaccine, name)) is bool(getattr(ours.vaccine, name)) is True
    for name in ("done", "status", "mood", "negated"):
        assert getattr(theirs, name) == getattr(ours, name)
