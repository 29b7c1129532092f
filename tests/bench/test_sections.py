"""What reading and extracting a laboratory report costs beside the bare parse of its bytes."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree
from structured import rich

from segur_interop import cda
from segur_interop.cda.structured import Structured

pytestmark = pytest.mark.bench

REPORT = "ans-kit/ExemplesCDA/BIO-CR-BIO_2024.01_Microbiologie_V1.xml"


def parsed(octets: bytes) -> etree._Element:
    return etree.fromstring(octets, etree.XMLParser(huge_tree=True))


def extracted(document: etree._Element) -> None:
    structured = Structured(document)
    for family in cda.FAMILIES:
        structured.family(family)


@pytest.mark.official
def test_read_and_extract_a_laboratory_report(ratio, official: Path) -> None:
    octets = (official / REPORT).read_bytes()
    root = parsed(octets)
    ratio(
        "cda.read + results of a CR bio 2024 / bare parse",
        lambda: cda.read(octets).results(),
        lambda: parsed(octets),
        budget=3,
    )
    ratio(
        "of which the header: cda.read / bare parse",
        lambda: cda.read(octets),
        lambda: parsed(octets),
        budget=3,
    )
    ratio(
        "of which the body: results / bare parse",
        lambda: Structured(root).results,
        lambda: parsed(octets),
        budget=3,
    )
    ratio(
        "every family of the body / bare parse",
        lambda: extracted(root),
        lambda: parsed(octets),
        budget=6,
    )


def test_extract_from_a_document_of_our_own(ratio) -> None:
    octets = rich()
    root = parsed(octets)
    ratio(
        "every family of a small document / bare parse",
        lambda: extracted(root),
        lambda: parsed(octets),
        budget=20,
    )
