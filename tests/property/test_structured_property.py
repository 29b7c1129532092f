"""Structured bodies over arbitrary input: records and findings, or InvalidDocument."""

from __future__ import annotations

import contextlib
import copy
import cProfile
import pickle
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree, html
from structured import document, octets, rich, rules, section

from segur_interop import cda
from segur_interop.errors import InvalidDocument
from segur_interop.findings import Finding

slow = settings(suppress_health_check=list(HealthCheck), max_examples=40)
RICH = rich()
XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
NS = {"h": "urn:hl7-org:v3"}


def exercise(made: bytes) -> None:
    """Every public way into a structured body; only InvalidDocument crosses."""
    try:
        read = cda.read(made)
    except InvalidDocument:
        return
    structured = read.structured()
    for item in structured.every_section:
        assert_safe(item.html)
        assert isinstance(item.text, str)
        repr(item), hash(item), item.reveal()
    for family in cda.FAMILIES:
        records = structured.family(family)
        assert isinstance(records, tuple)
        rows = read.to_frame(family)
        assert len({tuple(row) for row in rows}) <= 1
        for record in records:
            repr(record), hash(record), record.reveal(), record.narrative_row()
            assert isinstance(record.element.tag, str)
        assert pickle.loads(pickle.dumps(records)) == records  # noqa: S301
    for item in structured.attachments:
        with contextlib.suppress(InvalidDocument):
            assert item.octets
    with contextlib.suppress(InvalidDocument):
        assert read.pdf_copy is None or b"%PDF-" in read.pdf_copy
    repr(read.prescription())
    assert all(isinstance(item, Finding) for item in structured.findings)


def assert_safe(fragment: str) -> None:
    if not fragment.strip():
        return
    for element in html.fragment_fromstring(fragment, create_parent="div").iter():
        assert element.tag not in {"script", "style", "iframe", "svg", "form", "object", "embed"}
        assert not any(name.startswith("on") for name in element.attrib)
        for name in ("href", "src"):
            address = element.get(name, "#").lower()
            assert address.startswith(("#", "http:", "https:", "mailto:", "tel:", "data:image/"))


def test_the_rich_document_has_records_of_every_family():
    read = cda.read(RICH)
    assert {family: len(read.to_frame(family)) for family in cda.FAMILIES} == dict.fromkeys(
        cda.FAMILIES, 1
    )
    assert read.structured().findings == ()
    assert read.prescription() is not None
    assert read.pdf_copy == b"%PDF-1.4\n"
    exercise(RICH)


@slow
@given(st.integers(0, len(RICH)), st.integers(0, 300), st.binary(max_size=40))
def test_a_damaged_body_is_read_or_refused(at: int, cut: int, put: bytes) -> None:
    exercise(RICH[:at] + put + RICH[at + cut :])


WILD = st.text(max_size=20) | st.sampled_from(
    ["", " ", "#", "#g", "g", "#pdf", "9" * 5000, "1e999999", "NaN", "-1", "2026", "20260230",
     "javascript:a()", "https://a.fr", "true", "EVN", "RSON", "MFST", "NA", "B64", "\u202e"]
)  # fmt: skip
TYPES = st.sampled_from(
    ["PQ", "CD", "ST", "ED", "BL", "TS", "INT", "REAL", "IVL_TS", "IVL_PQ", "RTO_PQ_PQ", "SXPR_TS",
     "PIVL_TS", "EIVL_TS", "x:CO", "", ":", "GLIST_PQ"]
)  # fmt: skip


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The rich document after some edits of its body."""
    root = etree.fromstring(RICH)
    body = root.find("h:component", NS)
    for _ in range(draw(st.integers(1, 6))):
        elements = [item for item in body.iter(etree.Element) if item is not body]
        if not elements:
            break
        element = draw(st.sampled_from(elements))
        edit(draw, element, draw(st.sampled_from(elements)))
    return etree.tostring(root)


def edit(draw: st.DrawFn, element: etree._Element, other: etree._Element) -> None:
    parent = element.getparent()
    assert parent is not None
    action = draw(st.sampled_from(["drop", "twice", "move", "attribute", "text", "type", "name"]))
    if action == "drop":
        parent.remove(element)
    elif action == "twice":
        parent.append(copy.deepcopy(element))
    elif action == "move":
        other.append(copy.deepcopy(element))
    elif action == "attribute":
        names = [*map(str, element.attrib), "ID", "nullFlavor", "negationInd", "value"]
        with contextlib.suppress(ValueError):
            element.set(draw(st.sampled_from(names)), draw(WILD))
    elif action == "text":
        with contextlib.suppress(ValueError):
            element.text = draw(WILD)
    elif action == "type":
        element.set(XSI_TYPE, draw(TYPES))
    else:
        element.tag = other.tag


@slow
@given(mutated())
def test_an_edited_body_is_read_or_refused(made: bytes) -> None:
    exercise(made)


NAMES = [
    "paragraph", "content", "linkHtml", "sub", "sup", "br", "footnote", "footnoteRef",
    "renderMultiMedia", "list", "item", "caption", "table", "thead", "tbody", "tfoot", "tr", "th",
    "td", "col", "script", "SCRIPT", "style", "img", "svg", "iframe", "a", "p", "div", "b", "math",
    "form", "x:script", "x:td",
]  # fmt: skip
ATTRIBUTES = [
    "ID", "href", "styleCode", "referencedObject", "IDREF", "onclick", "ONLOAD", "src", "style",
    "colspan", "revised",
]  # fmt: skip


@st.composite
def narratives(draw: st.DrawFn) -> str:
    """Any tree of names, known or not."""

    def node(depth: int) -> str:
        name = draw(st.sampled_from(NAMES))
        pairs = draw(st.dictionaries(st.sampled_from(ATTRIBUTES), VALUES, max_size=3))
        put = "".join(f' {key}="{value}"' for key, value in pairs.items())
        inside = "".join(node(depth - 1) for _ in range(draw(st.integers(0, 3)))) if depth else ""
        return f"<{name}{put}>{draw(WORDS)}{inside}</{name}>{draw(WORDS)}"

    return "".join(node(draw(st.integers(0, 4))) for _ in range(draw(st.integers(1, 3))))


WORDS = st.sampled_from(
    ["", "mot", " ", "&lt;script&gt;", "&quot; onload=a()", "é\u00a0", "]]&gt;"]
)
VALUES = WORDS | st.sampled_from(
    ["a", "#a", "javascript:a()", "JAVASCRIPT&#9;:a()", "data:text/html,a", "https://a.fr/?a&amp;b",
     "&quot;&gt;&lt;script&gt;", "99999", "-1", "Bold", "delete", "vbscript:a", "//a.fr", "file:///a"]
)  # fmt: skip


@slow
@given(narratives())
def test_any_narrative_is_made_safe(text: str) -> None:
    made = document(section(text=f'<x xmlns:x="http://www.w3.org/1999/xhtml">{text}</x>'))
    (only,) = made.sections()
    assert_safe(only.html)
    assert "<script" not in only.html.lower()
    if 'on="' in text.lower() or "onclick" in text.lower():
        assert only.narrative.findings
    assert rules(only.narrative.findings) <= {
        "cda.narrative.active", "cda.narrative.link", "cda.narrative.element",
        "cda.reference.none", "cda.narrative.deep",
    }  # fmt: skip


def observations(size: int) -> str:
    entry = (
        '<entry><observation><code code="A" codeSystem="1.2"/><text><reference value="#i{n}"/>'
        "</text></observation></entry>"
    )
    body = "".join(entry.replace("{n}", str(rank)) for rank in range(size))
    return section(body, text="".join(f'<content ID="i{rank}">x</content>' for rank in range(size)))


def files(size: int) -> str:
    one = '<component><observationMedia><value representation="B64">AA==</value></observationMedia>'
    return section(f"<entry><organizer>{(one + '</component>') * size}</organizer></entry>")


def lines(size: int) -> str:
    """Prescriptions, each in its own section, all of one table."""
    code = '<templateId root="1.2.250.1.213.1.1.2.171"/>'
    entry = (
        '<entry><substanceAdministration><text><reference value="#i{n}"/></text>'
        "</substanceAdministration></entry>"
    )
    rows = "".join(f'<tr><td ID="i{rank}">x</td></tr>' for rank in range(size))
    body = section(text=f"<table><tbody>{rows}</tbody></table>")
    return body + "".join(section(entry.replace("{n}", str(n)), code=code) for n in range(size))


def everything_of(read: cda.Document) -> None:
    for family in cda.FAMILIES:
        read.to_frame(family)
    repr(read.prescription()), read.structured().findings


@pytest.mark.parametrize("make", [observations, files, lines])
def test_time_grows_with_the_size_and_no_faster(make: Callable[[int], str]) -> None:
    """Nothing is looked for again for each record: calls, not seconds, are counted."""
    calls = []
    for size in (300, 1200):
        read = cda.read(octets(make(size)))
        profile = cProfile.Profile()
        profile.runcall(everything_of, read)
        calls.append(sum(item.callcount for item in profile.getstats()) / size)
    assert calls[1] < calls[0] * 1.3


def test_findings_are_as_many_as_anyone_reads() -> None:
    act = '<entry><observation><text><reference value="#no"/></text></observation></entry>'
    found = cda.read(octets(section(act * 11_000))).structured().findings
    assert len(found) <= 10_001
    assert "cda.read.many" in rules(found)


@pytest.mark.official
@slow
@given(st.data())
def test_an_official_document_that_is_damaged_is_read_or_refused(
    official: Path, data: st.DataObject
) -> None:
    folder = official / "ans-kit" / "ExemplesCDA"
    name = data.draw(st.sampled_from(["VSM_1.4_2022.01.xml", "eP-MED-DM_2022.01_PosoStruct.xml"]))
    whole = (folder / name).read_bytes()
    at = data.draw(st.integers(whole.index(b"structuredBody"), len(whole)))
    cut, put = data.draw(st.integers(0, 400)), data.draw(st.binary(max_size=20))
    exercise(whole[:at] + put + whole[at + cut :])
