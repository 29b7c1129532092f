"""MANIFEST.XML as the draft of 2026-07-02 shows it."""

from __future__ import annotations

import hashlib
import io
from datetime import UTC, datetime

import pytest
from lxml import etree

from segur_interop.errors import InvalidValue
from segur_interop.export import manifest as manifests
from segur_interop.export.manifest import (
    ArchiveSummary,
    Balance,
    Editor,
    ExportStatus,
    ExportType,
    LotSummary,
    Manifest,
)

NOW = datetime(2026, 6, 15, 12, 30, tzinfo=UTC)
EXT = {"ext": manifests.EXTENSION}
LOTS = (LotSummary(name="LOT00001", patients=1, items=2, size=10652, sha256="a" * 64),)
ARCHIVES = [
    ArchiveSummary(lot="", name="TRANSV.ZIP", size=503, sha256="1" * 64),
    ArchiveSummary(lot="LOT00001", name="PAT00001.ZIP", size=10652, sha256="2" * 64, items=2),
]


def made(**changes: object) -> Manifest:
    given = {
        "export_id": "75249e6c-9779-4e57-bade-9978c2313ce9",
        "extract_time": NOW,
        "export_type": ExportType.CIBLE,
        "status": ExportStatus.PARTIAL,
        "editor": Editor(name="Éditeur & fils", siret="78565469850005", email="a@b.fr"),
        "patients": 1,
        "transverse": 1,
        "request": '{"depth":"P5Y"}',
        "balance": Balance(announced=4, found=4, excluded=1, selected=3, written=2, refused=1),
        "lots": LOTS,
        "structure": "1750803447",
        "software": "<DPI>",
        "version": "1",
        "comments": "deux < trois",
        "period": (NOW, None),
    }
    return Manifest(**{**given, **changes})  # type: ignore[arg-type]


def written(manifest: Manifest) -> etree._Element:
    stream = io.BytesIO()
    manifests.write_manifest(stream, manifest, ARCHIVES)
    return etree.fromstring(stream.getvalue())


def test_the_elements_are_those_of_the_draft_in_its_order():
    root = written(made())
    assert root.tag == "Manifest"
    assert [item.tag for item in root][:10] == [
        "exportId", "extractTime", "exportType", "exportStartTime", "exportStatus", "comments",
        "editeurSortant", "PatientArchiveCount", "TransverseArchiveCount", "Archives",
    ]  # fmt: skip
    assert root.findtext("editeurSortant/denominationEG") == "Éditeur & fils"
    assert root.findtext("editeurSortant/numSiret") == "78565469850005"
    assert root.findtext("comments") == "deux < trois"
    archives = root.findall("Archives/Archive")
    assert [[item.tag for item in archive] for archive in archives] == [
        ["type", "archiveid", "size", "hash"]
    ] * 2
    assert [item.findtext("archiveid") for item in archives] == ["TRANSV", "PAT00001"]
    assert [item.findtext("type") for item in archives] == ["Transverse", "Patient"]


def test_the_extension_holds_the_request_its_hash_and_the_counts():
    extension = written(made()).find("ext:Extension", EXT)
    assert extension.findtext("ext:request", namespaces=EXT) == '{"depth":"P5Y"}'
    expected = hashlib.sha256(b'{"depth":"P5Y"}').hexdigest()
    assert extension.findtext("ext:requestSha256", namespaces=EXT) == expected
    counts = ("announced", "found", "excluded", "selected", "written", "refused")
    told = [extension.findtext(f"ext:{name}", namespaces=EXT) for name in counts]
    assert told == ["4", "4", "1", "3", "2", "1"]
    line = f"{'a' * 64}  LOT00001/CHECKSUM.TXT\n"
    digest = hashlib.sha256(line.encode()).hexdigest()
    assert extension.findtext("ext:lotsSha256", namespaces=EXT) == digest


def test_what_is_not_told_is_not_written():
    root = written(made(period=(None, None), comments="", editor=Editor(name="E")))
    assert root.find("exportStartTime") is None
    assert root.find("comments") is None
    assert root.find("editeurSortant/numSiret") is None
    assert root.find("editeurSortant/contact") is None


@pytest.mark.parametrize(
    "changes",
    [
        {"extract_time": datetime(2026, 1, 1)},  # noqa: DTZ001 (that is what is refused)
        {"profile": "pdlgc-z"},
    ],
)
def test_an_unknown_profile_or_zone_is_refused(changes: dict[str, object]):
    with pytest.raises(InvalidValue):
        made(**changes)


def test_a_character_that_xml_cannot_hold_is_refused():
    with pytest.raises(InvalidValue):
        written(made(comments="\x01"))


@pytest.mark.parametrize(("name", "siret"), [(" ", ""), ("E", "785 654 6985 0005"), ("E", "1")])
def test_an_editor_has_a_name_and_a_siret_of_14_digits(name: str, siret: str):
    with pytest.raises(InvalidValue):
        Editor(name=name, siret=siret)


@pytest.mark.parametrize(
    ("balance", "exact"),
    [
        (Balance(), True),
        (Balance(announced=2, found=2, selected=2, written=1, refused=1), True),
        (Balance(announced=3, found=2, selected=2, written=2), False),
        (Balance(found=2, selected=1, written=1), False),
        (Balance(found=1, selected=1), False),
    ],
)
def test_the_balance_is_exact_or_not(balance: Balance, exact: bool):
    assert balance.is_exact is exact
