"""What reading and extracting a laboratory report costs beside the bare parse of its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from structured import octets, rich, section

from segur_interop import cda
from segur_interop.cda.structured import Structured

pytestmark = pytest.mark.bench

EXAMPLES = "ans-kit/ExemplesCDA"
REPORT = f"{EXAMPLES}/BIO-CR-BIO_2024.01_Microbiologie_V1.xml"
OTHERS = ("2024.01_TSH_1", "2024.01_DEP-CCU", "2023.01_Electrophorese")
"""A short report, one of screening, and one where nearly every element is of a result."""


def parsed(octets: bytes) -> etree._Element:
    return etree.fromstring(octets, etree.XMLParser(huge_tree=True))


def extracted(document: etree._Element) -> None:
    structured = Structured(document)
    for family in cda.FAMILIES:
        structured.family(family)


@pytest.mark.official
def test_read_and_extract_a_laboratory_report(ratio, official: Path) -> None:
    received = (official / REPORT).read_bytes()
    root = parsed(received)
    ratio(
        "cda.read + results of a CR bio 2024 / bare parse",
        lambda: cda.read(received).results(),
        lambda: parsed(received),
        budget=3,
    )
    ratio(
        "of which the tree: cda.read / bare parse",
        lambda: cda.read(received),
        lambda: parsed(received),
        budget=3,
    )
    ratio(
        "every field and finding of the header: cda.read, document.findings / bare parse",
        lambda: cda.read(received).findings,
        lambda: parsed(received),
        budget=3,
    )
    ratio(
        "of which the body: results / bare parse",
        lambda: Structured(root).results,
        lambda: parsed(received),
        budget=3,
    )
    ratio(
        "every field of every family, and all findings of the body / bare parse",
        lambda: Structured(root).findings,
        lambda: parsed(received),
        budget=12,
    )
    ratio(
        "every family of the body / bare parse",
        lambda: extracted(root),
        lambda: parsed(received),
        budget=6,
    )


@pytest.mark.official
@pytest.mark.parametrize("name", OTHERS)
def test_read_and_extract_other_laboratory_reports(ratio, official: Path, name: str) -> None:
    (path,) = (official / EXAMPLES).glob(f"BIO-CR-BIO_{name}*.xml")
    received = path.read_bytes()
    ratio(
        f"cda.read + results of {name} / bare parse",
        lambda: cda.read(received).results(),
        lambda: parsed(received),
        budget=3,
    )


def test_extract_from_a_document_of_our_own(ratio) -> None:
    received = rich()
    root = parsed(received)
    ratio(
        "every family of a small document / bare parse",
        lambda: extracted(root),
        lambda: parsed(received),
        budget=20,
    )


def test_four_times_the_entries_take_four_times_as_long(ratio) -> None:
    entry = "<entry><observation><value code='A'/></observation></entry>"
    small, large = (parsed(octets(section(entry * size))) for size in (3_000, 12_000))
    ratio(
        "12 000 entries / 3 000 entries",
        lambda: extracted(large),
        lambda: extracted(small),
        budget=6,
        rounds=3,
    )
