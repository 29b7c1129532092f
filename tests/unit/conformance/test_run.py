"""check() and the child process, with the real one or with one that misbehaves."""

from __future__ import annotations

import importlib.util
import io
import json
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from segur_interop import conformance
from segur_interop.conformance import _run, _worker
from segur_interop.conformance._kit import GENERAL, XSD
from segur_interop.conformance._stage import MOST_FINDINGS, Outcome
from segur_interop.errors import CheckNotRun, InvalidDocument, InvalidValue
from segur_interop.findings import Finding, Report, Severity, Verdict

SECRET = "SIGNORET"
DONE = {"findings": [], "not_run": []}
STAGES = [XSD, *GENERAL]

ANSWER = """
import json, sys, os, time
source, sink = sys.stdin.buffer, sys.stdout.buffer
source.readline()
def answer(stage):
    sink.write(json.dumps({"stage": stage, "findings": [], "not_run": []}).encode() + b"\\n")
    sink.flush()
for line in iter(source.readline, b""):
    request = json.loads(line)
    source.read(request["length"])
    for number, stage in enumerate(request["stages"]):
"""


def child(body: str) -> list[str]:
    """A stand-in for the child process that does `body` for each stage."""
    return [
        sys.executable,
        "-c",
        ANSWER + "".join(f"        {line}\n" for line in body.split("\n")),
    ]


def run(
    documents: list[bytes], kit: Path, command: list[str], *, timeout: float = 20
) -> list[Report]:
    reports = _run._check_many(
        documents, kit, cache=kit.parent / "cache", timeout=timeout, command=command
    )
    return list(reports)


@pytest.fixture
def without_saxon(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's module cannot be imported."""
    monkeypatch.setitem(sys.modules, "saxonche", None)


def test_a_report_has_one_part_for_each_stage(kit: Path, document: Callable[..., bytes]) -> None:
    (report,) = run([document()], kit, child("answer(stage)"))
    assert report.verdict is Verdict.PASSED
    assert [part.name for part in report.parts] == ["XML", *(Path(name).name for name in STAGES)]
    assert all(part.checked == (part.name,) for part in report.parts)
    assert report.raise_for_errors() is report


def test_many_documents_share_one_process(kit: Path, document: Callable[..., bytes]) -> None:
    marks = kit.parent / "pids"
    command = child(f"open({str(marks)!r}, 'a').write(f'{{os.getpid()}} ')\nanswer(stage)")
    reports = run([document(), document("Other"), document()], kit, command)
    assert [report.verdict for report in reports] == [Verdict.PASSED] * 3
    assert len(set(marks.read_text().split())) == 1


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("os.abort() if number == 2 else answer(stage)", "ended by itself (signal 6)"),
        ("os._exit(3) if number == 2 else answer(stage)", "ended by itself (exit status 3)"),
        (
            "sink.write(b'[]\\n' if number == 2 else b''); sink.flush() if number == 2 "
            "else answer(stage)",
            "no usable answer",
        ),
        ("answer(stage if number != 2 else 'other')", "out of turn"),
    ],
    ids=["abort", "exit", "noise", "order"],
)
def test_a_child_that_fails_leaves_an_incomplete_report(
    kit: Path, document: Callable[..., bytes], body: str, reason: str
) -> None:
    (report,) = run([document()], kit, child(body))
    assert report.verdict is Verdict.INCOMPLETE
    assert [bool(part.checked) for part in report.parts] == [True] * 3 + [False] * 4
    assert reason in report.all_not_run[0]
    assert all("not reached" in text for text in report.all_not_run[1:])
    with pytest.raises(CheckNotRun):
        report.raise_for_errors()


def test_the_next_document_has_a_new_process(kit: Path, document: Callable[..., bytes]) -> None:
    limit = len(document()) + 30
    body = f"os.abort() if number and request['length'] > {limit} else answer(stage)"
    reports = run([document(), document("x" * 60), document()], kit, child(body))
    assert [report.verdict for report in reports] == [
        Verdict.PASSED,
        Verdict.INCOMPLETE,
        Verdict.PASSED,
    ]


def test_a_stage_that_never_ends_is_killed(kit: Path, document: Callable[..., bytes]) -> None:
    start = time.monotonic()
    body = "time.sleep(600) if number == 1 else answer(stage)"
    (report,) = run([document()], kit, child(body), timeout=0.5)
    assert time.monotonic() - start < 30
    assert report.verdict is Verdict.INCOMPLETE
    assert "no answer within 0.5 seconds" in report.all_not_run[0]


def test_a_child_that_reads_nothing_does_not_block(
    kit: Path, document: Callable[..., bytes]
) -> None:
    big = document(body=f"<component><nonXMLBody>{'A' * 3_000_000}</nonXMLBody></component>")
    command = [sys.executable, "-c", "import time; time.sleep(600)"]
    (report,) = run([big], kit, command, timeout=0.5)
    assert report.verdict is Verdict.INCOMPLETE


def test_a_child_that_cannot_start_is_a_reason(kit: Path, document: Callable[..., bytes]) -> None:
    (report,) = run([document()], kit, [str(kit / "no-such-program")])
    assert report.verdict is Verdict.INCOMPLETE
    assert "cannot be started" in report.all_not_run[0]


def test_no_process_and_no_thread_outlives_the_iterator(
    kit: Path, document: Callable[..., bytes]
) -> None:
    before = threading.active_count()
    reports = _run._check_many(
        [document(), document()],
        kit,
        cache=kit.parent / "cache",
        timeout=20,
        command=child("answer(stage)"),
    )
    next(reports)
    assert threading.active_count() > before
    reports.close()  # type: ignore[attr-defined]
    assert threading.active_count() == before


@pytest.mark.parametrize(
    "octets",
    [
        b"",
        b"\xff\xfe\x00",
        b"%PDF-1.4",
        b"<a>" * 100_000,
        b"<!DOCTYPE a><a/>",
        f"<{SECRET}>".encode(),
        b'<ClinicalDocument xmlns="urn:other"/>',
        b"x" * 1000,
    ],
    ids=["empty", "utf16", "pdf", "deep", "doctype", "open", "namespace", "text"],
)
def test_what_is_no_cda_fails_without_a_child(kit: Path, octets: bytes) -> None:
    (report,) = run([octets], kit, [str(kit / "no-such-program")])
    assert report.verdict is Verdict.FAILED
    assert SECRET not in str(report.to_dict())
    with pytest.raises(InvalidDocument):
        report.raise_for_errors()


def test_a_folder_without_kit_is_a_reason(tmp_path: Path, document: Callable[..., bytes]) -> None:
    report = conformance.check(document(), tmp_path, cache=tmp_path / "cache")
    assert report.verdict is Verdict.INCOMPLETE
    assert "the folder given as kit holds no" in report.all_not_run[0]
    with pytest.raises(CheckNotRun):
        report.raise_for_errors()


@pytest.mark.parametrize("folder", ["a\0b", "\ud800"])
def test_a_folder_that_can_be_no_path_is_a_reason(
    folder: str, kit: Path, document: Callable[..., bytes]
) -> None:
    report = conformance.check(document(), folder)
    assert report.verdict is Verdict.INCOMPLETE
    assert "can be no path" in report.all_not_run[0]
    with pytest.raises(OSError, match="Invalid argument"):
        conformance.check(document(), kit, cache=folder)


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), 10**400])
def test_a_timeout_is_a_number_of_seconds(seconds: float, kit: Path) -> None:
    with pytest.raises(InvalidValue, match="timeout"):
        conformance.check(b"<a/>", kit, timeout=seconds)
    with pytest.raises(TypeError, match="timeout"):
        conformance.check(b"<a/>", kit, timeout="1")  # type: ignore[arg-type]


@pytest.mark.parametrize("executable", ["", None])
def test_where_no_process_can_be_started_it_is_a_reason(
    executable: str | None, kit: Path, document: Callable[..., bytes],
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setattr(sys, "executable", executable)
    report = conformance.check(document(), kit, cache=kit.parent / "cache")
    assert report.verdict is Verdict.INCOMPLETE
    assert "cannot be started" in report.all_not_run[0]


class WithBytes:
    """As a document of the library gives its octets."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def __bytes__(self) -> bytes:
        return self.octets


def test_every_form_of_source_is_the_same_document(
    kit: Path, tmp_path: Path, document: Callable[..., bytes]
) -> None:
    path = tmp_path / "letter.xml"
    path.write_bytes(document())
    sources = [document(), bytearray(document()), str(path), path, WithBytes(document())]
    reports = run(sources, kit, child("answer(stage)"))  # type: ignore[arg-type]
    assert all(report == reports[0] for report in reports)
    assert reports[0].verdict is Verdict.PASSED


def test_a_document_that_is_no_source_is_a_type_error(kit: Path) -> None:
    with pytest.raises(TypeError, match="a document is bytes"):
        conformance.check(12, kit)  # type: ignore[arg-type]
    with pytest.raises(FileNotFoundError):
        conformance.check(kit / "none.xml", kit)


def test_documents_are_read_as_the_iterator_advances(
    kit: Path, document: Callable[..., bytes]
) -> None:
    read: list[int] = []

    def documents() -> Iterator[bytes]:
        for number in range(3):
            read.append(number)
            yield document()

    reports = _run._check_many(
        documents(), kit, cache=kit.parent / "c", timeout=20, command=child("answer(stage)")
    )
    next(reports)
    assert read == [0]
    reports.close()  # type: ignore[attr-defined]


def test_a_wrapped_document_is_judged_and_said(kit: Path, document: Callable[..., bytes]) -> None:
    octets = b'<s:Signature xmlns:s="urn:s">' + document() + b"</s:Signature>"
    (report,) = run([octets], kit, child("answer(stage)"))
    assert report.verdict is Verdict.PASSED
    assert [finding.rule for finding in report] == ["conformance.wrapped"]


def test_the_default_cache_is_in_the_user_s_cache_folder(
    kit: Path, tmp_path: Path, document: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("LOCALAPPDATA", str(tmp_path / "home"))
    reports = _run._check_many(
        [document()], kit, cache=None, timeout=20, command=child("answer(stage)")
    )
    assert [report.verdict for report in reports] == [Verdict.PASSED]
    assert (tmp_path / "home/segur-interop/conformance").is_dir()


def test_a_home_that_cannot_be_written_gives_a_temporary_cache(
    kit: Path, tmp_path: Path, document: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(blocked))
    monkeypatch.setenv("LOCALAPPDATA", str(blocked))
    reports = _run._check_many(
        [document()], kit, cache=None, timeout=20, command=child("answer(stage)")
    )
    assert [report.verdict for report in reports] == [Verdict.PASSED]


# the child's side, in this process


def served(kit: Path, requests: list[tuple[list[str], bytes]]) -> list[dict[str, object]]:
    setting = {"kit": str(kit), "cache": str(kit.parent / "cache")}
    source = json.dumps(setting).encode() + b"\n"
    for stages, octets in requests:
        header = {"stages": stages, "length": len(octets)}
        source += json.dumps(header).encode() + b"\n" + octets
    sink = io.BytesIO()
    _worker.serve(io.BytesIO(source), sink)
    return [json.loads(line) for line in sink.getvalue().splitlines()]


@pytest.mark.usefixtures("without_saxon")
def test_without_saxonche_the_schema_still_judges(
    kit: Path, document: Callable[..., bytes]
) -> None:
    xsd, *others = served(kit, [(STAGES, document())])
    assert xsd == {"stage": XSD, **DONE}
    assert [answer["stage"] for answer in others] == list(GENERAL)
    for answer in others:
        assert answer["findings"] == []
        assert answer["not_run"] == ["saxonche is absent: pip install 'segur-interop[conformance]'"]


def test_the_child_answers_for_each_stage_of_each_document(
    kit: Path, document: Callable[..., bytes]
) -> None:
    bad = document().replace(b'"1.2"', b'"x"')
    answers = served(kit, [([XSD], document()), ([XSD], bad), ([XSD, XSD], document())])
    assert [bool(answer["findings"]) for answer in answers] == [False, True, False, False]


def test_a_kit_that_goes_away_is_a_reason(kit: Path, document: Callable[..., bytes]) -> None:
    (kit / XSD).unlink()
    (answer,) = served(kit, [([XSD], document())])
    assert "holds no" in str(answer["not_run"])


def test_an_error_of_the_stage_s_own_is_no_verdict_and_quotes_nothing(
    kit: Path, document: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError(SECRET)

    monkeypatch.setattr(_worker.Schema, "judge", broken)
    (answer,) = served(kit, [([XSD], document())])
    assert answer == {
        "stage": XSD,
        "findings": [],
        "not_run": ["could not run (ZeroDivisionError)"],
    }


def test_findings_are_counted_beyond_the_limit_and_errors_come_first() -> None:
    def finding(severity: Severity) -> Finding:
        return Finding(rule="r", message="m", severity=severity)

    many = [finding(Severity.INFO)] * MOST_FINDINGS + [finding(Severity.ERROR)] * 3
    again = Outcome.from_json(json.loads(json.dumps(Outcome(findings=many).to_json())))
    assert [item.severity for item in again.findings[:4]] == [Severity.ERROR] * 3 + [Severity.INFO]
    assert len(again.findings) == MOST_FINDINGS + 1
    assert again.findings[-1].message == "3 more findings of this stage are not listed"


@pytest.mark.skipif(
    importlib.util.find_spec("saxonche") is not None, reason="saxonche is installed here"
)
def test_the_real_child_says_that_saxonche_is_absent(
    kit: Path, tmp_path: Path, document: Callable[..., bytes]
) -> None:
    report = conformance.check(document(), kit, cache=tmp_path / "cache")
    assert report.verdict is Verdict.INCOMPLETE
    assert [part.verdict for part in report.parts[:2]] == [Verdict.PASSED] * 2
    assert "segur-interop[conformance]" in report.all_not_run[0]
