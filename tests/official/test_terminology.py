from __future__ import annotations

import csv
import hashlib
import importlib
import shutil
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from segur_interop.terminology import association, class_for_type, value_set, value_sets

pytestmark = pytest.mark.official

REPOSITORY = Path(__file__).resolve().parents[2]
SVS = {"s": "urn:ihe:iti:svs:2008", "c": "urn:hl7-org:v3"}
KIT = "ANS CDA kit (TestContenuCDA-3-0), jeuxDeValeurs"
FROM_KIT = [name for name in value_sets() if value_set(name).source == KIT]


@pytest.fixture(scope="module")
def tables(official: Path) -> Path:
    folder = official.parent / "tables"
    if not folder.is_dir():
        pytest.skip("the folder of the CSV tables is absent beside the official data")
    return folder


def triples(name: str) -> Counter[tuple[str, str, str]]:
    return Counter((code.code, code.system, code.label) for code in value_set(name))


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def test_most_value_sets_come_from_the_kit() -> None:
    assert len(FROM_KIT) == 47


@pytest.mark.parametrize("name", FROM_KIT)
def test_a_value_set_is_that_of_the_kit(official: Path, name: str) -> None:
    bundled = value_set(name)
    path = official / "ans-kit" / "jeuxDeValeurs" / bundled.source_file
    tree = etree.parse(path)
    places = tree.xpath("//s:Concept", namespaces=SVS)
    assert len(bundled) == tree.xpath("count(//s:Concept)", namespaces=SVS)
    assert triples(name) == Counter(
        (place.get("code"), place.get("codeSystem"), place.get("displayName").strip())
        for place in places
    )
    assert [code.code for code in bundled] == tree.xpath("//s:Concept/@code", namespaces=SVS)
    assert [code.oid for code in [bundled]] == tree.xpath("//s:ValueSet/@id", namespaces=SVS)
    (revised,) = tree.xpath("//s:ValueSet/@revisionDate", namespaces=SVS)
    assert str(bundled.revision) == revised[:10]
    ends = [end[:8] for end in tree.xpath("//s:ValueSet/@dateFin", namespaces=SVS) if end]
    assert ends == ([f"{bundled.valid_until:%Y%m%d}"] if bundled.valid_until else [])
    starts = tree.xpath("//s:Concept/@dateValid", namespaces=SVS)
    said = [f"{code.valid_from:%Y%m%d}000000" for code in bundled if code.valid_from]
    assert said == [start for start in starts if start]
    assert hashlib.sha256(path.read_bytes()).hexdigest() == bundled.sha256


@pytest.mark.parametrize("name", ["J57", "J59", "J60", "J61"])
def test_a_value_set_of_the_dmp_is_that_of_its_table(tables: Path, name: str) -> None:
    bundled = value_set(name)
    source = rows(tables / bundled.source_file)
    blank = {"TRE_R276": "1.2.250.1.213.1.6.1.128"}
    assert triples(name) == Counter(
        (row["code"], row["system_oid"] or blank[row["tre"]], row["display"]) for row in source
    )


def test_the_types_of_the_dmp_hold_those_of_the_programme_under_the_same_class(
    tables: Path,
) -> None:
    j66 = value_set("J66")
    for row in rows(tables / "seed_types.csv"):
        code = j66.get(row["type_code"], row["type_system_oid"])
        assert code.label == row["type_display"]
        found = class_for_type(row["type_code"], row["type_system_oid"])
        assert found is not None
        assert (found.code, found.label) == (row["class_code"], row["class_display"])


def test_the_types_of_the_dmp_are_types_of_the_ci_sis_under_the_same_label(
    official: Path,
) -> None:
    tree = etree.parse(official / "ans-kit" / "jeuxDeValeurs" / "JDV_J07_XdsTypeCode_CISIS.xml")
    kit = {
        (place.get("code"), place.get("codeSystem"), place.get("displayName"))
        for place in tree.xpath("//s:Concept", namespaces=SVS)
    }
    assert set(triples("J66")) < kit


@pytest.mark.parametrize(
    ("name", "start", "end"),
    [
        ("ASS_X16", "type_code", "class_code"),
        ("ASS_A11", "cda_template_root", "format_code"),
        ("ASS_A12", "nonxmlbody_mediatype", "format_code"),
    ],
)
def test_an_association_is_that_of_its_table(tables: Path, name: str, start: str, end: str) -> None:
    bundled = association(name)
    source = rows(tables / bundled.source_file)
    made = Counter((one.code, other.code, other.system) for one, other in bundled.pairs)
    system = next(column for column in source[0] if column == end.replace("code", "system_oid"))
    assert made == Counter((row[start], row[end], row[system]) for row in source)


def test_the_class_of_the_official_archives_is_that_of_the_table_but_for_five(
    tables: Path,
) -> None:
    examples = rows(tables / "xdm_official_examples_codes.csv")
    odd = set()
    for row in examples:
        found = class_for_type(
            row["type_code"], row["type_system_oid"], table="ASS_X04"
        ) or class_for_type(row["type_code"], row["type_system_oid"])
        assert found is not None, row["example"]
        if found.code != row["class_code"]:
            odd.add(row["type_code"])
    assert len(examples) == 110
    assert odd == {"18748-4", "57057-2", "57075-4", "78489-2", "89235-6"}


def test_every_official_example_has_a_known_type_and_facility(official: Path) -> None:
    examples = sorted((official / "ans-kit" / "ExemplesCDA").glob("*.xml"))
    assert examples
    for path in examples:
        tree = etree.parse(path)
        (code,) = tree.xpath("//c:ClinicalDocument/c:code", namespaces=SVS)
        facility = tree.xpath("//c:healthCareFacility/c:code", namespaces=SVS)
        assert (code.get("code"), code.get("codeSystem")) in value_set("J07"), path.name
        assert (facility[0].get("code"), facility[0].get("codeSystem")) in value_set("J02")


def test_the_tool_makes_what_is_bundled_and_names_what_is_not(
    official: Path,
    tables: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.syspath_prepend(str(REPOSITORY / "tools"))
    tool = importlib.import_module("update_tables")
    arguments = ["--official", str(official), "--tables", str(tables), "--check"]
    assert tool.main(arguments) == 0, capsys.readouterr().out
    assert "differs\n" not in capsys.readouterr().out.replace("0 differs", "")
    copy = Path(shutil.copytree(tool.DATA, tmp_path / "data"))
    altered = copy / "JDV_J143_AdministrativeGender_CISIS.json"
    altered.write_text(altered.read_text("utf-8").replace("Inconnu", "Autre"), "utf-8")
    monkeypatch.setattr(tool, "DATA", copy)
    assert tool.main(arguments) == 1
    assert f"{altered.name}: differs" in capsys.readouterr().out
