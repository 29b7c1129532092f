"""The little kit judged by the real engine, in the real child process.

They need saxonche, which the environment `official` installs: they are marked for it as well.
"""

from __future__ import annotations

import functools
import http.server
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from segur_interop import conformance
from segur_interop.conformance._kit import GENERAL
from segur_interop.findings import Report, Severity, Verdict

pytest.importorskip("saxonche", reason="saxonche is absent: no schematron can be run")
pytestmark = pytest.mark.official

SECRET = "SIGNORET"
STRUC_MIN, IHE, MODELS, *_ = GENERAL
CODE = '<code code="{}" codeSystem="{}"/>'
VAC_NOTE = '<templateId root="1.2.250.1.213.1.1.1.46" extension="2023.01"/>'
STRUCTURED = "<component/>"


@pytest.fixture
def check(kit: Path, tmp_path: Path) -> Callable[[bytes], Report]:
    return functools.partial(conformance.check, kit=kit, cache=tmp_path / "cache", timeout=120)


def listed(report: Report) -> list[tuple[str, str, str]]:
    return [
        (finding.rule, finding.place, finding.message)
        for finding in report
        if finding.severity is not Severity.INFO
    ]


def test_verdicts_rules_and_places_of_many_documents(
    kit: Path, tmp_path: Path, document: Callable[..., bytes]
) -> None:
    """One process judges them all."""
    volet = {"templates": VAC_NOTE, "body": STRUCTURED}
    documents = [
        document(),
        document(" "),
        document(patient="<patient>SECRET</patient>"),
        document("DRAFT"),
        document("info"),
        document(code=CODE.format("B", "9.1")),
        document(code=CODE.format("A", "9.2")),
        document(**volet),
        document(patient="<patient>P</patient>", **volet),
    ]
    reports = list(conformance.check_many(documents, kit, cache=tmp_path / "cache", timeout=120))
    top = "/ClinicalDocument"
    title = "ASIP-STRUCT-MIN-StrucMin.sch#title"
    patient = "Patient [...] of [...] with [...] in le titre (see § 2)."
    assert [(report.verdict, listed(report)) for report in reports] == [
        (Verdict.PASSED, []),
        (Verdict.FAILED, [(title, top, "The title is empty.")]),
        (Verdict.PASSED, [(title, top, patient)]),
        (Verdict.FAILED, [(title, top, "A draft: [...].")]),
        (Verdict.PASSED, []),
        (
            Verdict.FAILED,
            [
                ("ASIP-STRUCT-MIN-StrucMin.sch#type", f"{top}/code", "The code is not in 1.2.3."),
                (
                    "CI-SIS_ModelesDeContenusCDA.sch#known",
                    f"{top}/code",
                    "Code [...] is not in JDV_Known.xml.",
                ),
            ],
        ),
        (Verdict.INCOMPLETE, []),
        (
            Verdict.FAILED,
            [("CI-SIS_VAC-NOTE_2023.01.sch#Entete_VAC-NOTE", top, "A patient is required.")],
        ),
        (Verdict.PASSED, []),
    ]
    (warning,) = [f for f in reports[2] if f.severity is Severity.WARNING]
    assert warning.source == f"ANS CDA kit, {STRUC_MIN}"
    assert "sch-7" in [finding.rule.partition("#")[2] for finding in reports[4]]
    assert "1 assertions need JDV_Lost.xml" in reports[6].all_not_run[0]


def test_an_absent_include_is_incomplete_and_never_hides_an_error(
    kit: Path, check: Callable[[bytes], Report], document: Callable[..., bytes]
) -> None:
    path = kit / IHE
    pattern = '<include href="lost.sch"/><pattern><rule context="/*"><assert test="{}">No.</assert>'
    lost = path.read_text().replace("<pattern/>", pattern + "</rule></pattern>")
    path.write_text(lost.format("true()"))
    report = check(document())
    assert report.verdict is Verdict.INCOMPLETE
    assert report.all_not_run == ("IHE.sch: included files are absent: lost.sch",)
    path.write_text(lost.format("false()"))
    assert check(document()).verdict is Verdict.FAILED


def test_a_schematron_that_stops_the_engine_is_no_verdict(
    kit: Path, check: Callable[[bytes], Report], document: Callable[..., bytes]
) -> None:
    path = kit / IHE
    for test, reason in [
        ("xs:integer(cda:title) = 1", "the engine stopped"),
        ("cda:title =", "the engine refuses the stylesheet (XPST0003)"),
    ]:
        rule = f'<pattern><rule context="/*"><assert test="{test}">No.</assert></rule></pattern>'
        text = (
            f'<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">'
            f'<ns prefix="cda" uri="urn:hl7-org:v3"/>'
            f'<ns prefix="xs" uri="http://www.w3.org/2001/XMLSchema"/>{rule}</schema>'
        )
        path.write_text(text)
        report = check(document(SECRET))
        assert report.verdict is Verdict.INCOMPLETE
        assert report.all_not_run == (f"IHE.sch: {reason}",)
        assert SECRET not in str(report.to_dict())


def test_a_document_s_words_are_in_no_report(
    kit: Path, check: Callable[[bytes], Report], document: Callable[..., bytes]
) -> None:
    """Every stage fails on values, names, prefixes and namespaces that are one secret."""
    rule = (
        '<pattern id="all"><rule context="*"><assert test="false()">Found <value-of select="."/>'
        '<name/><value-of select="name(..)"/><value-of select="string-join(@*)"/></assert></rule>'
        '</pattern><pattern><rule context="@*"><assert test="false()">At <value-of select="."/>'
        "</assert></rule></pattern>"
    )
    for name in (IHE, *GENERAL[3:]):
        path = kit / name
        path.write_text(path.read_text().replace("<pattern/>", rule))
    octets = document(
        SECRET,
        patient=f"<patient>{SECRET}</patient>",
        code=f'<code code="{SECRET}" codeSystem="9.1"/>',
        body=f"<component><s:{SECRET} xmlns:s=\"urn:'{SECRET}/{SECRET}\" {SECRET}='{SECRET}'/>"
        f'<{SECRET} xmlns="urn:{SECRET}"/></component>',
    )
    report = check(octets)
    assert report.verdict is Verdict.FAILED
    assert len(report.errors) > 20
    assert SECRET not in str(report.to_dict())
    assert SECRET not in str(report) + repr(report)
    places = {finding.place for finding in report.errors}
    assert "/ClinicalDocument/code/@code" in places
    assert "/ClinicalDocument/component/*" in places


def test_two_processes_share_one_cache(
    kit: Path, tmp_path: Path, document: Callable[..., bytes]
) -> None:
    path = tmp_path / "letter.xml"
    path.write_bytes(document(" "))
    program = (
        "import sys; from segur_interop import conformance; "
        "print(conformance.check(sys.argv[1], sys.argv[2], cache=sys.argv[3]).verdict.value)"
    )
    command = [sys.executable, "-c", program, str(path), str(kit), str(tmp_path / "cache")]
    children = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [child.communicate(timeout=120)[0].strip() for child in children] == ["failed"] * 2
    assert {file.suffix for file in (tmp_path / "cache").iterdir()} == {".xsl", ".xml"}


def test_a_damaged_cache_changes_no_verdict(
    tmp_path: Path, check: Callable[[bytes], Report], document: Callable[..., bytes]
) -> None:
    first = check(document(" "))
    for cached in (tmp_path / "cache").iterdir():
        cached.write_bytes(b"damaged")
    assert check(document(" ")) == first


@pytest.fixture
def server() -> Iterator[tuple[str, list[str]]]:
    """A server of this machine that notes what is asked of it."""
    asked: list[str] = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked.append(self.path)
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<x/>")

        def log_message(self, *_: object) -> None: ...

    with http.server.HTTPServer(("127.0.0.1", 0), Handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}/x", asked
        httpd.shutdown()
        thread.join()


def test_no_schematron_reaches_a_network(
    kit: Path,
    check: Callable[[bytes], Report],
    document: Callable[..., bytes],
    server: tuple[str, list[str]],
) -> None:
    address, asked = server
    rule = f"""<pattern><rule context="/*"><assert test="doc('{address}')/x">No.</assert></rule>
      </pattern>"""
    path = kit / IHE
    path.write_text(path.read_text().replace("<pattern/>", rule))
    report = check(document())
    assert report.verdict is Verdict.INCOMPLETE
    assert asked == []
