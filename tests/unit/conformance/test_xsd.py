"""The schema stage, which needs lxml only."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from segur_interop.conformance._kit import XSD, Kit
from segur_interop.conformance._places import Places
from segur_interop.conformance._xsd import Schema
from segur_interop.errors import CheckNotRun
from segur_interop.findings import Finding, Severity

SECRET = "SIGNORET"


def judged(kit: Path, octets: bytes) -> list[Finding]:
    return Schema(Kit(kit)).judge(etree.fromstring(octets)).findings


def test_a_valid_document_has_no_finding(kit: Path, document: Callable[..., bytes]) -> None:
    assert judged(kit, document(patient="<patient>P</patient>")) == []


@pytest.mark.parametrize(
    ("old", "new", "rule", "place", "message"),
    [
        (
            '<id root="1.2"/>',
            f'<id root="{SECRET}"/>',
            "CDA_extended.xsd#cvc-pattern-valid",
            "/ClinicalDocument/id/@root",
            r"the value does not follow the pattern of its type: '[0-2](\.[0-9]+)*'",
        ),
        (
            '<id root="1.2"/>',
            "<id/>",
            "CDA_extended.xsd#cvc-complex-type-4",
            "/ClinicalDocument/id",
            "a required attribute is missing: root",
        ),
        (
            '<id root="1.2"/>',
            f'<id root="1.2" {SECRET}="x"/>',
            "CDA_extended.xsd#cvc-complex-type-3-2-1",
            "/ClinicalDocument/id/@*",
            "an attribute is not allowed here",
        ),
        (
            "<title>",
            f"<{SECRET}/><title>",
            "CDA_extended.xsd#element-content",
            "/ClinicalDocument/*",
            "this element is not expected here; expected: code, title",
        ),
        (
            "</title>",
            f"</title>{SECRET}",
            "CDA_extended.xsd#cvc-complex-type-2-3",
            "/ClinicalDocument",
            "text is not allowed here",
        ),
    ],
)
def test_a_finding_names_the_rule_and_the_place_in_words_of_the_schema(
    kit: Path,
    document: Callable[..., bytes],
    old: str,
    new: str,
    rule: str,
    place: str,
    message: str,
) -> None:
    findings = judged(kit, document().replace(old.encode(), new.encode()))
    assert (rule, place, message) in [(f.rule, f.place, f.message) for f in findings]
    assert all(f.severity is Severity.ERROR for f in findings)
    assert SECRET not in repr(findings)


@pytest.mark.parametrize("length", [10, 9_000, 20_000, 64_500, 300_000])
@pytest.mark.parametrize(
    "value",
    [
        SECRET,
        f"x' is not accepted by the pattern '{SECRET}'.",
        f"x' is not a valid value of the atomic type '{SECRET}'.",
        f"Expected is ( {SECRET} ).",
    ],
    ids=["name", "pattern", "type", "content"],
)
def test_a_value_that_imitates_the_engine_is_not_quoted(
    kit: Path, document: Callable[..., bytes], value: str, length: int
) -> None:
    filled = value * (1 + length // len(value))
    octets = document().replace(b'"1.2"', f'"{filled}"'.encode())
    findings = judged(kit, octets)
    assert findings
    assert SECRET not in repr(findings)


def test_an_index_tells_one_brother_from_another(kit: Path, document: Callable[..., bytes]) -> None:
    templates = '<templateId root="1.1"/><templateId root="x"/>'
    assert {f.place for f in judged(kit, document(templates=templates))} == {
        "/ClinicalDocument/templateId[2]/@root"
    }


@pytest.mark.parametrize(
    "octets",
    [
        b"""<c:ClinicalDocument xmlns:c="urn:hl7-org:v3"><c:templateId root="1.1"/>
            <c:templateId root="x"/><c:id root="1"/><c:title/></c:ClinicalDocument>""",
        b"""<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:c="urn:hl7-org:v3">
            <templateId root="1.1"/><c:templateId root="x"/><c:id root="1"/><title/>
            </ClinicalDocument>""",
    ],
    ids=["one prefix", "mixed"],
)
def test_prefixes_of_the_document_do_not_hide_a_place(kit: Path, octets: bytes) -> None:
    assert "/ClinicalDocument/templateId[2]/@root" in {f.place for f in judged(kit, octets)}


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ("/*/*[3]", "/ClinicalDocument/title"),
        ("/*[1]/*[1]/@root", "/ClinicalDocument/templateId/@root"),
        ("/*/lab:templateId/@xsi:type", "/ClinicalDocument/templateId[2]/@type"),
        ("/*/title", "/ClinicalDocument/title"),
        ("/*/*[9]", ""),
        ("/*/*[0]", ""),
        ("/other", ""),
        ("/*/*[position() = 1]", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_a_path_is_walked_and_never_evaluated(path: str | None, place: str) -> None:
    root = etree.fromstring(
        b"""<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:lab="urn:hl7-org:v3"><templateId/>
        <lab:templateId/><title/><title xmlns=""/></ClinicalDocument>"""
    )
    names = frozenset({"ClinicalDocument", "templateId", "title", "root"})
    assert Places(names).resolve(root, path) == place


def test_a_schema_that_lies_elsewhere_is_refused(kit: Path) -> None:
    path = kit / XSD
    path.write_text(path.read_text().replace("types.xsd", "http://example.org/types.xsd"))
    with pytest.raises(CheckNotRun, match="elsewhere"):
        Schema(Kit(kit))


def test_a_broken_schema_is_no_verdict(kit: Path) -> None:
    (kit / "infrastructure/cda/types.xsd").unlink()
    with pytest.raises(CheckNotRun, match="cannot be loaded"):
        Schema(Kit(kit))
