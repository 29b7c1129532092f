"""The values of records against the XML of the official examples, looked at by XPath alone."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from lxml import etree

from segur_interop import cda

pytestmark = pytest.mark.official

EXAMPLES = "ans-kit/ExemplesCDA/*.xml"
NS = {"h": "urn:hl7-org:v3"}
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def at(document: cda.Document, place: str) -> etree._Element:
    path = "/".join(f"h:{step}" for step in place.split("/"))
    (found,) = document.element().xpath(path, namespaces=NS)
    return found


def first(element: etree._Element, path: str) -> etree._Element | None:
    return next(iter(element.xpath(path, namespaces=NS)), None)


def same_number(quantity: object, element: etree._Element | None) -> None:
    if element is None or element.get("value") is None:
        assert not isinstance(quantity, cda.Quantity) or quantity.value is None
        return
    assert isinstance(quantity, cda.Quantity)
    assert quantity.value == Decimal(element.get("value").strip())
    assert quantity.unit == " ".join(element.get("unit", "").split())


def same_value(value: object, element: etree._Element | None) -> None:
    """Numbers, bounds, codes and truths; words are those of the narrative."""
    kind = "" if element is None else element.get(TYPE, "").rpartition(":")[2]
    if kind in {"PQ", "INT", "REAL"}:
        same_number(value, element)
    elif kind in {"IVL_PQ", "IVL_INT", "IVL_REAL"} and element is not None:
        for bound in ("low", "high"):
            same_number(getattr(value, bound, None), first(element, f"h:{bound}"))
    elif kind in {"CD", "CE", "CO"} and element is not None and element.get("code"):
        assert isinstance(value, cda.Concept)
        assert value.code is not None
        assert (value.code.code, value.code.system) == (
            element.get("code"),
            element.get("codeSystem", ""),
        )
    elif kind == "BL" and element is not None and element.get("value"):
        assert value is (element.get("value") == "true")
    elif element is None:
        assert value is None


def same_moments(record: cda.Record, element: etree._Element) -> None:
    time = first(element, "h:effectiveTime")
    if time is None or len(element.findall("h:effectiveTime", NS)) > 1:
        return
    for bound in ("low", "high"):
        written = time.get("value") or next(
            iter(time.xpath(f"h:{bound}/@value", namespaces=NS)), ""
        )
        read = getattr(record.time, bound, None)
        assert ("" if read is None else str(read)) == written


@pytest.mark.official_files(EXAMPLES)
def test_every_value_range_dose_code_and_date_is_that_of_the_xml(official_file: Path) -> None:
    document = cda.read(official_file)
    for record in (*document.results(), *document.observations(), *document.problems()):
        element = at(document, record.place)
        same_value(record.value, first(element, "h:value"))
        same_moments(record, element)
    for result in document.results():
        for one in (result, *result.previous):
            element = at(document, one.place)
            ranges = element.xpath("h:referenceRange/h:observationRange/h:value", namespaces=NS)
            assert len(one.ranges) == len(ranges)
            for usual, written in zip(one.ranges, ranges, strict=True):
                same_value(usual.value, written)
            codes = element.xpath(
                "h:interpretationCode[@codeSystem='2.16.840.1.113883.5.83']/@code", namespaces=NS
            )
            assert one.interpretation == next(iter(codes), "")
            assert bool(one.is_critical) is bool({"AA", "HH", "LL"} & set(codes))
    for line in (*document.medications(), *document.vaccinations()):
        element = at(document, line.place)
        dose = line.dose if isinstance(line, cda.Vaccination) else line.dosage.dose
        written = first(element, "h:doseQuantity")
        if written is not None and first(written, "h:low | h:high") is None:
            same_number(dose, written)
        elif written is not None:
            for bound in ("low", "high"):
                same_number(getattr(dose, bound), first(written, f"h:{bound}"))


def _comment() -> etree._Element:
    return etree.Comment("9,9 mg")


def _instruction() -> etree._Element:
    return etree.ProcessingInstruction("faux", "9,9 mg")


@pytest.mark.parametrize("mark", [_comment, _instruction])
@pytest.mark.official_files("ans-kit/ExemplesCDA/*-*_202[234]*.xml")
def test_no_comment_or_instruction_changes_what_is_read(
    official_file: Path, mark: Callable[[], etree._Element]
) -> None:
    root = etree.parse(official_file, etree.XMLParser(huge_tree=True)).getroot()
    for element in list(root.iter("{urn:hl7-org:v3}*")):
        text = element.text or ""
        if text.strip() or not len(element):
            cut = mark()
            element.text, cut.tail = text[: len(text) // 2], text[len(text) // 2 :]
            element.insert(0, cut)
    cut_up, plain = cda.read(etree.tostring(root)), cda.read(official_file)
    assert cut_up.patient == plain.patient
    for family in cda.FAMILIES:
        assert cut_up.to_frame(family) == plain.to_frame(family)
    assert cut_up.pdf_copy == plain.pdf_copy
    assert "9,9 mg" not in cut_up.render()
