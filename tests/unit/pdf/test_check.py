"""Each clause both ways: conforming files pass, one change breaks that clause alone."""

from __future__ import annotations

import pytest
from pdf_mutations import CASES
from pdf_samples import conforming

from segur_interop import pdf
from segur_interop.findings import Verdict

CONSEQUENCES = {
    "header_not_first": {"6.1.4"},  # every offset is then wrong
    "profile_that_is_an_html_page": {"6.2.3.3"},  # no intent remains for the colours
    "profile_of_version_4": {"6.2.3.3"},
    "no_metadata": {"6.7.3"},  # Info says what no packet repeats
}


def test_a_conforming_file_passes_with_every_clause_checked() -> None:
    report = pdf.check(conforming())
    assert report.verdict is Verdict.PASSED
    assert report.checked == tuple(f"pdfa.{clause}" for clause in pdf.CLAUSES)
    assert not report.not_run


@pytest.mark.parametrize("label", [label for label, (clause, _) in CASES.items() if clause])
def test_one_change_fails_with_its_clause(label: str) -> None:
    clause, make = CASES[label]
    report = pdf.check(make())
    assert report.verdict is Verdict.FAILED
    rules = {finding.rule.removeprefix("pdfa.") for finding in report.errors}
    assert clause in rules
    assert rules - {clause} <= CONSEQUENCES.get(label, set())


@pytest.mark.parametrize("label", [label for label, (clause, _) in CASES.items() if not clause])
def test_what_the_standard_allows_passes(label: str) -> None:
    _, make = CASES[label]
    report = pdf.check(make())
    assert report.verdict is Verdict.PASSED, str(report)


def test_every_clause_that_is_said_checked_has_a_case_that_fails() -> None:
    broken = {clause for clause, _ in CASES.values()}
    assert set(pdf.CLAUSES) <= broken
