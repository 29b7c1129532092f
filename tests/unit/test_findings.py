"""The verdict of a report: a check that did not run did not pass."""

from __future__ import annotations

import dataclasses
import html.parser
import itertools
import json
import pickle

import pytest

from segur_interop.errors import CheckNotRun, InvalidDocument, NotPdfA, SegurError
from segur_interop.findings import Finding, Report, Severity, Verdict

INFO = Finding(rule="t.info", message="seen", severity=Severity.INFO)
WARNING = Finding(rule="t.warning", message="odd", place="PID-5", source="HL7 v2.5 §3.4.2")
ERROR = Finding(rule="t.error", message="wrong", severity=Severity.ERROR, place="/a/b")

PASSED = Report(name="passed", checked=("r1",))
FAILED = Report(name="failed", checked=("r1",), findings=(ERROR,))
INCOMPLETE = Report(name="incomplete", checked=("r1",), not_run=("the judge is not installed",))
EMPTY = Report(name="empty")


@pytest.mark.parametrize(
    ("checked", "findings", "not_run", "verdict"),
    [
        ((), (), (), Verdict.INCOMPLETE),
        ((), (WARNING,), (), Verdict.INCOMPLETE),
        ((), (ERROR,), (), Verdict.FAILED),
        ((), (), ("x",), Verdict.INCOMPLETE),
        ((), (ERROR,), ("x",), Verdict.FAILED),
        (("r",), (), (), Verdict.PASSED),
        (("r",), (INFO, WARNING), (), Verdict.PASSED),
        (("r",), (WARNING, ERROR), (), Verdict.FAILED),
        (("r",), (), ("x",), Verdict.INCOMPLETE),
        (("r",), (WARNING,), ("x",), Verdict.INCOMPLETE),
        (("r",), (ERROR,), ("x",), Verdict.FAILED),
    ],
)
def test_the_verdict_of_a_report_without_parts(checked, findings, not_run, verdict) -> None:
    report = Report(name="t", checked=checked, findings=findings, not_run=not_run)
    assert report.verdict is verdict


@pytest.mark.parametrize("own", [PASSED, FAILED, INCOMPLETE, EMPTY], ids=lambda r: r.name)
@pytest.mark.parametrize(
    "parts",
    [
        combination
        for size in (1, 2)
        for combination in itertools.product((PASSED, FAILED, INCOMPLETE, EMPTY), repeat=size)
    ],
    ids=lambda parts: "+".join(part.name for part in parts),
)
def test_a_report_is_as_good_as_its_worst_part(own: Report, parts: tuple[Report, ...]) -> None:
    everything = (own, *parts)
    if FAILED in everything:
        expected = Verdict.FAILED
    elif INCOMPLETE in everything or EMPTY in parts:
        expected = Verdict.INCOMPLETE
    else:
        expected = Verdict.PASSED  # an own report that checks nothing itself rests on its parts
    assert dataclasses.replace(own, parts=parts).verdict is expected


def test_a_failure_deep_inside_reaches_the_top() -> None:
    report = FAILED
    for level in range(50):
        report = Report(name=f"level {level}", parts=(PASSED, report))
    assert report.verdict is Verdict.FAILED
    assert report.errors == (ERROR,)


def test_only_a_passed_report_is_true() -> None:
    assert PASSED
    assert not FAILED
    assert not INCOMPLETE
    assert not EMPTY


def test_raise_for_errors_gives_back_a_passed_report() -> None:
    assert PASSED.raise_for_errors() is PASSED


@pytest.mark.parametrize("kind", [SegurError, InvalidDocument, NotPdfA])
def test_a_failed_report_raises_its_own_class_with_itself(kind: type[SegurError]) -> None:
    report = dataclasses.replace(FAILED, error=kind)
    with pytest.raises(kind, match=r"failed: t\.error /a/b wrong") as caught:
        report.raise_for_errors()
    assert type(caught.value) is kind
    assert caught.value.report is report


@pytest.mark.parametrize("report", [INCOMPLETE, EMPTY, Report(name="outer", parts=(EMPTY,))])
def test_an_incomplete_report_raises_check_not_run_and_says_which(report: Report) -> None:
    with pytest.raises(CheckNotRun, match="not installed|no check ran") as caught:
        report.raise_for_errors()
    assert caught.value.report is report


@pytest.mark.parametrize("report", [INCOMPLETE, EMPTY, Report(name="o", parts=(PASSED, EMPTY))])
def test_an_incomplete_report_always_has_a_reason(report: Report) -> None:
    assert report.verdict is Verdict.INCOMPLETE
    assert report.all_not_run
    assert all(f"NOT RUN {reason}" in str(report) for reason in report.all_not_run)


def test_a_failed_report_also_tells_what_did_not_run() -> None:
    report = Report(name="t", findings=(ERROR,), not_run=("the judge is not installed",))
    assert report.verdict is Verdict.FAILED
    assert "NOT RUN the judge is not installed" in str(report)


def test_many_errors_are_counted_rather_than_listed_in_the_message() -> None:
    report = Report(name="t", checked=("r",), findings=(ERROR,) * 1000)
    with pytest.raises(SegurError, match="and 995 more$") as caught:
        report.raise_for_errors()
    assert len(str(caught.value)) < 500


def test_iterating_gives_the_findings_of_the_parts_too() -> None:
    report = Report(name="t", findings=(INFO,), parts=(Report(name="p", findings=(WARNING,)),))
    assert list(report) == [INFO, WARNING]


def test_a_finding_reads_as_one_line() -> None:
    assert str(ERROR) == "ERROR t.error [/a/b]: wrong"
    assert str(INFO) == "INFO t.info: seen"


def test_a_finding_is_a_warning_unless_said_otherwise() -> None:
    assert Finding(rule="r", message="m").severity is Severity.WARNING


def test_to_dict_is_json() -> None:
    nested = Report(name="t", checked=("r",), findings=(WARNING,), parts=(INCOMPLETE,))
    data = json.loads(json.dumps(nested.to_dict()))
    assert data["verdict"] == "incomplete"
    assert data["findings"] == [
        {
            "rule": "t.warning",
            "severity": "warning",
            "place": "PID-5",
            "message": "odd",
            "source": "HL7 v2.5 §3.4.2",
        }
    ]
    assert data["parts"][0]["not_run"] == ["the judge is not installed"]


def test_reports_and_findings_are_values() -> None:
    report = dataclasses.replace(FAILED, error=InvalidDocument, parts=(INCOMPLETE,))
    assert pickle.loads(pickle.dumps(report)) == report  # noqa: S301
    with pytest.raises(dataclasses.FrozenInstanceError):
        report.name = "other"  # type: ignore[misc]
    assert len({ERROR, dataclasses.replace(ERROR)}) == 1


class Tags(html.parser.HTMLParser):
    """The elements and the text of some HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def test_html_escapes_everything_that_comes_from_outside() -> None:
    evil = '<script>alert("x")</script>&<img src=x onerror=y>'
    finding = Finding(rule=evil, message=evil, place=evil)
    report = Report(name=evil, checked=(evil,), findings=(finding,), not_run=(evil,))
    seen = Tags(report._repr_html_())
    assert set(seen.tags) <= {"p", "b", "table", "thead", "tbody", "tr", "th", "td"}
    assert seen.text.count(evil) == 5


def test_html_of_a_passed_report_without_findings_has_no_table() -> None:
    seen = Tags(PASSED._repr_html_())
    assert "table" not in seen.tags
    assert seen.text == "passed: passed"
