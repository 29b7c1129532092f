from __future__ import annotations

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

TOOLS = Path(__file__).resolve().parents[3] / "tools"

SVS = """<?xml version="1.0" encoding="UTF-8"?>
<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008">
 <ValueSet id="1.2.3" displayName="JDV_Test.tabs" description="Test" version="1"
   effectiveDate="2010-01-01T00:00:00+01:00" revisionDate="2024-09-27T12:00:00+01:00"
   dateFin="20241213120000">
  <ConceptList>
   <Concept code="B" codeSystem="1.2" displayName=" Bé "/>
   <Concept code="A" codeSystem="1.2" displayName="A" dateValid="20220928000000" dateFin=""/>
   <Concept code="A" codeSystem="1.3" displayName="A" dateFin="20230101000000"/>
  </ConceptList>
 </ValueSet>
</RetrieveValueSetResponse>
"""


@pytest.fixture
def tool(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(TOOLS))
    return importlib.import_module("update_tables")


def test_a_value_set_keeps_codes_labels_and_dates_in_the_order_of_the_source(
    tool: ModuleType, tmp_path: Path
) -> None:
    path = tmp_path / "JDV_Test.xml"
    path.write_text(SVS, encoding="utf-8")
    made = tool.read_svs(path)
    assert made["concepts"] == [
        {"code": "B", "system": "1.2", "label": "Bé"},
        {"code": "A", "system": "1.2", "label": "A", "valid_from": "2022-09-28"},
        {"code": "A", "system": "1.3", "label": "A", "valid_until": "2023-01-01"},
    ]
    about = made["about"]
    assert (about["name"], about["oid"], about["label"]) == ("JDV_Test", "1.2.3", "Test")
    assert (about["revision"], about["effective"]) == ("2024-09-27", "2010-01-01")
    assert about["valid_until"] == "2024-12-13"


@pytest.mark.parametrize(
    ("file", "old", "new"),
    [
        ("JDV_Test.xml", 'codeSystem="1.3"', 'codeSystem="1.2"'),
        ("JDV_Other.xml", "", ""),
        ("JDV_Test.xml", "2024-09-27T", "27/09/2024 "),
        ("JDV_Test.xml", "<ValueSet ", "<Other "),
    ],
    ids=["code twice", "another name", "not a date", "no value set"],
)
def test_an_odd_source_is_refused(
    tool: ModuleType, tmp_path: Path, file: str, old: str, new: str
) -> None:
    path = tmp_path / file
    text = SVS.replace(old, new) if old else SVS
    path.write_text(text.replace("</ValueSet>", "</Other>") if "<Other " in text else text)
    with pytest.raises(tool.SourceError):
        tool.read_svs(path)


def test_the_layout_is_sorted_steady_json(tool: ModuleType) -> None:
    document = {"concepts": [{"system": "1", "code": "é"}], "about": {"b": None, "a": "x"}}
    text = tool.laid_out(document)
    assert json.loads(text) == document
    assert text == tool.laid_out(dict(reversed(document.items())))
    assert text.endswith("}\n")
    assert text.index('"about"') < text.index('"concepts"')
    assert text.index('"code": "é"') < text.index('"system"')


def test_checking_without_the_sources_says_so_and_passes(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert tool.main(["--official", str(tmp_path / "none"), "--check"]) == 0
    assert "absent: nothing was checked" in capsys.readouterr().out
    assert tool.main(["--official", str(tmp_path / "none")]) == 2


def test_a_source_that_cannot_be_read_fails_the_check(
    tool: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "ans-kit" / "jeuxDeValeurs").mkdir(parents=True)
    assert tool.main(["--official", str(tmp_path), "--tables", str(tmp_path), "--check"]) == 2
    assert "cannot be used" in capsys.readouterr().err


def test_a_changed_missing_or_foreign_file_differs(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tool, "DATA", tmp_path)
    monkeypatch.setattr(tool, "PAGE", tmp_path / "page.md")
    there = {"same.json": "{}\n", "changed.json": "{}\n", "foreign.json": "{}\n", "page.md": "a"}
    tool.write(there)
    assert tool.differing(there) == []
    wanted = {"same.json": "{}\n", "changed.json": "[]\n", "missing.json": "{}\n", "page.md": "b"}
    assert tool.differing(wanted) == ["changed.json", "foreign.json", "missing.json", "page.md"]
    tool.write(wanted)
    assert tool.differing(wanted) == []
    assert not (tmp_path / "foreign.json").exists()


def test_the_page_keeps_its_text_around_the_list(tool: ModuleType) -> None:
    start, end = tool.PAGE_MARKS
    entry = {"name": "JDV_X", "count": 3, "oid": None, "revision": None, "source": "A source"}
    closed = {**entry, "oid": "1.2", "revision": "2024-01-01", "valid_until": "2024-12-13"}
    index = {"entries": [{**entry, "valid_until": None}, closed]}
    page = tool.page_with_tables(f"before\n{start}old\n{end}after\n", index)
    assert page.startswith(f"before\n{start}")
    assert page.endswith(f"{end}after\n")
    assert "| `JDV_X` | 3 | not stated | not stated | A source |" in page
    assert "| 1.2 | 2024-01-01, closed on 2024-12-13 | A source |" in page
    assert "old" not in page
    assert tool.page_with_tables(page, index) == page
    with pytest.raises(tool.SourceError):
        tool.page_with_tables("no mark", index)
