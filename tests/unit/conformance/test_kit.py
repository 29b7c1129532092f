"""Which stages of a kit judge a document."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from segur_interop.conformance._kit import GENERAL, VOLETS, XSD, Kit, clinical_document
from segur_interop.errors import CheckNotRun

ROOT = "1.2.250.1.213.1.1.1"
VAC_NOTE = "schematrons/CI-SIS_VAC-NOTE_2023.01.sch"
STRUCTURED = "<component><structuredBody/></component>"


def template(arcs: str, extension: str = "") -> str:
    version = f' extension="{extension}"' if extension else ""
    return f'<templateId root="{ROOT}.{arcs}"{version}/>'


def stages(kit: Path, octets: bytes) -> tuple[list[str], list[str]]:
    return Kit(kit).stages(etree.fromstring(octets))


def test_every_document_meets_the_schema_and_the_general_schematrons(
    kit: Path, document: Callable[..., bytes]
) -> None:
    assert stages(kit, document()) == ([XSD, *GENERAL], [])


@pytest.mark.parametrize("extension", ["2023.01", ""])
def test_the_template_of_a_structured_body_calls_its_volet(
    kit: Path, document: Callable[..., bytes], extension: str
) -> None:
    octets = document(templates=template("1") + template("46", extension), body=STRUCTURED)
    assert stages(kit, octets) == ([XSD, *GENERAL, VAC_NOTE], [])


def test_a_level_1_body_meets_no_volet(kit: Path, document: Callable[..., bytes]) -> None:
    assert stages(kit, document(templates=template("46", "2023.01")))[0] == [XSD, *GENERAL]


@pytest.mark.parametrize(
    ("arcs", "extension", "reason"),
    [
        ("46", "2099.01", "VAC-NOTE: the kit holds no schematron of the version asked"),
        ("29", "2022.01", "LDL-SES: the kit holds no schematron of any version"),
        ("999", "", "a volet that this check does not know"),
    ],
)
def test_a_volet_that_the_kit_cannot_judge_is_said(
    kit: Path, document: Callable[..., bytes], arcs: str, extension: str, reason: str
) -> None:
    octets = document(templates=template(arcs, extension), body=STRUCTURED)
    found, lacking = stages(kit, octets)
    assert found == [XSD, *GENERAL]
    assert len(lacking) == 1
    assert reason in lacking[0]


def test_a_template_without_extension_calls_the_first_version(
    kit: Path, document: Callable[..., bytes]
) -> None:
    newer = kit / VAC_NOTE.replace("2023.01", "2025.01")
    newer.write_bytes((kit / VAC_NOTE).read_bytes())
    octets = document(templates=template("46"), body=STRUCTURED)
    assert stages(kit, octets)[0][-1] == VAC_NOTE


def test_a_general_schematron_absent_from_the_kit_is_said(
    kit: Path, document: Callable[..., bytes]
) -> None:
    (kit / GENERAL[1]).unlink()
    assert stages(kit, document())[1] == [f"{GENERAL[1]} is absent from the kit"]


def test_a_folder_that_is_no_kit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CheckNotRun, match=r"CDA_extended\.xsd") as caught:
        Kit(tmp_path)
    assert str(tmp_path) not in str(caught.value)


def test_file_names_differ_by_case_only(kit: Path) -> None:
    opened = Kit(kit)
    assert opened.locate(kit / "JEUXDEVALEURS/jdv_known.XML") == kit / "jeuxDeValeurs/JDV_Known.xml"
    assert opened.locate(kit / "jeuxDeValeurs/JDV_None.xml") is None
    assert opened.locate(kit.parent / "else") is None


def test_an_include_of_windows_is_found(kit: Path) -> None:
    base = kit / "schematrons/CI-SIS_VAC-NOTE_2023.01.sch"
    found = Kit(kit).linked(base, r"profils\ihe.sch")
    assert found == kit / "schematrons/profils/IHE.sch"


def test_no_two_volets_share_a_schematron() -> None:
    assert len(set(VOLETS.values())) == len(VOLETS)


def test_the_document_inside_another_root_keeps_the_prefixes_of_its_values() -> None:
    octets = b"""<s:Signature xmlns:s="urn:s" xmlns:lab="urn:lab" xmlns:xsi="urn:xsi">
      <ClinicalDocument xmlns="urn:hl7-org:v3"><id xsi:type="lab:x"/></ClinicalDocument> tail
    </s:Signature>"""
    root, wrapped = clinical_document(etree.fromstring(octets))
    assert wrapped
    assert root is not None
    assert root.getparent() is None
    assert root.nsmap["lab"] == "urn:lab"
    assert root.tail is None
