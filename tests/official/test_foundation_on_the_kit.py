"""The XML door, the timestamps and the OIDs over the official examples of the ANS CDA kit."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from lxml import etree

from segur_interop._oid import NAMED, is_oid
from segur_interop._time import Timestamp
from segur_interop._xml import parse
from segur_interop.errors import InvalidValue

HL7 = "urn:hl7-org:v3"
# Elements of CDA R2 whose @value is a TS (a PQ or an II has the same attribute elsewhere).
TIMES = {f"{{{HL7}}}{name}" for name in ("effectiveTime", "time", "low", "high", "birthTime")}
UUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
NOT_A_TIME = {
    ("BIO-CR-BIO_2021.01_Electrophorese.xml", "20092012081500+0100"),  # day and month swapped
    ("BIO-CR-BIO_2023.01_Electrophorese.xml", "20092012081500+0100"),
    ("BIO-TROD_2024.01_Angine.xml", "20240106113623+100"),  # an offset of three digits
    ("BIO-TROD_2024.01_COVID-19.xml", "20240106113623+100"),
    ("BIO-TROD_2024.01_Cystite.xml", "20240106113623+100"),
}
NOT_AN_ID = {
    ("01_Modèles_contenus_CDA.xml", "b70d20aa-0438-4092-ad2f-e376173c00R5"),  # R is no hex digit
    ("01_Modèles_contenus_CDA.xml", "b70d20aa-0438-4092-ad2f-e376173c56P9"),
    ("01_Modèles_contenus_CDA.xml", "FC21DC59-43D5-4BB0-ACC7-3601784DLSM5"),
    ("IMG_CR_IMG_2024.01.xml", "xxxxxxxxxxxxxxxxxxxxxx"),
    ("LDL-SES_2022.01.xml", "xxxxxxxxxxxxxxxxxxxxxx"),
    ("SDM-MR_2024.01_patiente-post-grossesse.xml", "C57578D1-D2B7-44VA-9C00-BE653E3D0E11"),
}
"""Defects of the official examples themselves: each must stay refused."""
kit = pytest.mark.official_files("ans-kit/ExemplesCDA/*.xml")


def refused_times(file: Path) -> set[tuple[str, str]]:
    refused = set()
    for element in parse(file).iter(*TIMES):
        value = element.get("value")
        parent = element.getparent()
        quantity = element.get("unit") or (parent is not None and parent.tag == f"{{{HL7}}}value")
        if value is None or quantity:
            continue
        try:
            assert str(Timestamp.parse(value)) == value, f"line {element.sourceline}"
        except InvalidValue:
            refused.add((file.name, value))
    return refused


@kit
def test_every_example_opens_with_the_tree_that_a_plain_parser_gives(official_file: Path) -> None:
    ours = parse(official_file)
    plain = etree.parse(official_file, etree.XMLParser(huge_tree=True)).getroot()
    assert etree.tostring(ours, method="c14n") == etree.tostring(plain, method="c14n")


@kit
def test_every_time_of_an_example_is_read_and_written_back_unchanged(official_file: Path) -> None:
    expected = {known for known in NOT_A_TIME if known[0] == official_file.name}
    assert refused_times(official_file) == expected


@kit
def test_every_code_system_and_root_of_an_example_is_an_oid_or_a_uuid(official_file: Path) -> None:
    refused = {
        (official_file.name, value)
        for element in parse(official_file).iter(f"{{{HL7}}}*")
        for value in (element.get("codeSystem"), element.get("root"))
        if value and not UUID.fullmatch(value) and not is_oid(value)
    }
    assert refused == {known for known in NOT_AN_ID if known[0] == official_file.name}


@pytest.mark.official
def test_the_oids_sourced_from_the_kit_are_in_the_kit(official: Path) -> None:
    folder = official / "ans-kit"
    wanted = {oid for oid, named in NAMED.items() if "kit" in named.source}
    assert wanted
    for file in sorted(folder.rglob("*")):
        if wanted and file.suffix in {".xml", ".sch", ".xsl"}:
            text = file.read_text(encoding="utf-8", errors="replace")
            wanted -= {
                oid for oid in wanted if re.search(rf"(?<![\d.]){re.escape(oid)}(?!\d)", text)
            }
    assert wanted == set()
