"""From a schematron to a stylesheet: what is read, what is said, what is kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from segur_interop.conformance._kit import GENERAL, Kit
from segur_interop.conformance._schematron import DYNAMIC, Compiler
from segur_interop.errors import CheckNotRun

STRUC_MIN, IHE, MODELS, *_ = GENERAL
SVRL = "{http://purl.oclc.org/dsdl/svrl}"


@pytest.fixture
def compiler(kit: Path, tmp_path: Path) -> Compiler:
    return Compiler(Kit(kit), tmp_path / "cache", "engine 1")


def said(stylesheet: bytes) -> list[str]:
    """Every text that the compiled assertions can give, spaces folded."""
    root = etree.fromstring(stylesheet)
    return [" ".join("".join(text.itertext()).split()) for text in root.iter(f"{SVRL}text")]


def computed(stylesheet: bytes) -> list[etree._Element]:
    """What the compiled assertions would compute inside their texts."""
    root = etree.fromstring(stylesheet)
    xslt = "{http://www.w3.org/1999/XSL/Transform}"
    return [
        node
        for text in root.iter(f"{SVRL}text")
        for node in text.iter(f"{xslt}*")
        if node.tag != f"{xslt}text"
    ]


def test_a_compiled_assertion_computes_no_text(compiler: Compiler) -> None:
    for name in GENERAL:
        assert computed(compiler.compile(name).text) == []


def test_what_would_quote_the_document_becomes_a_mark(compiler: Compiler) -> None:
    messages = said(compiler.compile(STRUC_MIN).text)
    assert f"Patient {DYNAMIC} of {DYNAMIC} with {DYNAMIC} in le titre (see § 2)." in messages
    assert f"A draft: {DYNAMIC}." in messages


def test_a_literal_file_name_of_the_schematron_stays_in_the_text(compiler: Compiler) -> None:
    messages = said(compiler.compile(MODELS).text)
    assert messages == [
        f"Code {DYNAMIC} is not in JDV_Known.xml.",
        f"Code {DYNAMIC} is not in JDV_Lost.xml.",
    ]


def test_a_table_absent_from_the_kit_is_made_from_the_value_set_of_its_oid(
    compiler: Compiler, tmp_path: Path
) -> None:
    sheet = compiler.compile(STRUC_MIN)
    (made,) = (tmp_path / "cache").glob("voc-1.2.3-*.xml")
    root = etree.parse(str(made)).getroot()
    assert [row.get("code") for row in root.iterfind("valueSet/conceptList/concept")] == ["A"]
    (note,) = sheet.notes
    assert "jeuxDeValeurs/JDV_Type.xml" in note
    assert "voc-1.2.3-DYNAMIC.xml" in note


def test_the_kit_is_never_written(compiler: Compiler, kit: Path) -> None:
    before = {path: path.stat().st_mtime_ns for path in kit.rglob("*")}
    for name in GENERAL:
        compiler.compile(name)
    assert {path: path.stat().st_mtime_ns for path in kit.rglob("*")} == before


def test_only_an_assertion_that_reads_an_absent_value_set_is_flagged(compiler: Compiler) -> None:
    text = compiler.compile(MODELS).text.decode()
    assert text.count("needs-absent:JDV_Lost.xml") == 1
    assert "needs-absent:JDV_Known.xml" not in text


def test_an_absent_include_is_named(compiler: Compiler, kit: Path) -> None:
    (kit / "schematrons/abstract/inValueSet.sch").unlink()
    path = kit / MODELS
    path.write_text(path.read_text().replace("is-a=", "title="), encoding="utf-8")
    assert compiler.compile(MODELS).missing == ("InValueSet.sch",)


def test_a_schematron_that_includes_itself_is_refused(compiler: Compiler, kit: Path) -> None:
    path = kit / "schematrons/abstract/inValueSet.sch"
    include = '<pattern xmlns="http://purl.oclc.org/dsdl/schematron"><include href="{}"/></pattern>'
    path.write_text(include.format("inValueSet.sch"))
    with pytest.raises(CheckNotRun, match="includes itself"):
        compiler.compile(MODELS)


def test_a_schematron_is_compiled_once(compiler: Compiler, monkeypatch: pytest.MonkeyPatch) -> None:
    first = compiler.compile(IHE)
    monkeypatch.setattr("segur_interop.conformance._schematron._iso_steps", pytest.fail)
    assert compiler.compile(IHE) == first


def test_a_damaged_cache_is_made_again(compiler: Compiler, tmp_path: Path) -> None:
    first = compiler.compile(IHE)
    (cached,) = (tmp_path / "cache").glob("IHE-*.xsl")
    whole = cached.read_bytes()
    for damage in (b"", whole[:-20], whole.replace(b"IHE", b"EHI"), b"\xff" * 100):
        cached.write_bytes(damage)
        assert compiler.compile(IHE) == first
        assert cached.read_bytes() == whole


def test_another_engine_or_another_schematron_has_another_entry(
    compiler: Compiler, kit: Path, tmp_path: Path
) -> None:
    compiler.compile(IHE)
    Compiler(Kit(kit), tmp_path / "cache", "engine 2").compile(IHE)
    (kit / IHE).write_text((kit / IHE).read_text().replace("<pattern/>", '<pattern id="x"/>'))
    compiler.compile(IHE)
    assert len(list((tmp_path / "cache").glob("IHE-*.xsl"))) == 3


def test_nothing_is_left_beside_the_cache_entries(compiler: Compiler, tmp_path: Path) -> None:
    for name in GENERAL:
        compiler.compile(name)
    names = {path.suffix for path in (tmp_path / "cache").iterdir()}
    assert names == {".xsl", ".xml"}
