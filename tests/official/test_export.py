"""Exports judged by the official schema of ebRIM, and official documents exported."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW
from lxml import etree
from populations import Population

from segur_interop import cda, export, xdm
from segur_interop.export import catalogue, layout

pytestmark = pytest.mark.official


def made(source: object, out: Path) -> list[Path]:
    export.portability(
        source,  # type: ignore[arg-type]
        out,
        request=export.Request(),
        sender=HOSPITAL,
        extract_time=NOW,
    ).finish()
    return sorted(out.glob("LOT*/PAT*.ZIP"))


def metadata(path: Path) -> etree._Element:
    with zipfile.ZipFile(path) as archive:
        return etree.fromstring(archive.read("IHE_XDM/SUBSET01/METADATA.XML"))


def judged(paths: list[Path], official: Path) -> None:
    parser = etree.XMLParser(no_network=True)
    judge = etree.XMLSchema(etree.parse(official / "ebrim-xsd" / "lcm.xsd", parser))
    for path in paths:
        assert judge.validate(metadata(path)), judge.error_log.last_error


def test_the_metadata_of_every_patient_are_valid_on_the_schema_of_ebrim(
    official: Path, tmp_path: Path
):
    paths = made(Population(tmp_path / "source", plain=20, broken=3), tmp_path / "out")
    assert len(paths) == 32
    judged(paths, official)
    kinds = {
        item.get("associationType", "").rpartition(":")[2]
        for path in paths
        for item in metadata(path).iter("{*}Association")
    }
    assert kinds == {"HasMember", "RPLC", "XFRM"}


def documents(folder: Path) -> Iterator[cda.Document]:
    for path in sorted((folder / "xdm-examples").glob("*.ZIP")):
        yield from xdm.unpack(path).documents


def test_the_official_documents_are_exported_whole_with_a_form_for_people(
    official: Path, tmp_path: Path
):
    given = list(documents(official))
    paths = made(iter(given), tmp_path / "out")
    judged(paths, official)
    lines = (tmp_path / "out" / layout.CATALOGUE_JSON).read_text("utf-8").split("\n")
    differing = {
        (line.archive, line.path_in_archive): line.traits_discordants
        for line in map(catalogue.read_json_line, filter(None, lines))
    }
    octets: set[bytes] = set()
    for path in paths:
        archive = xdm.unpack(path)
        for item in archive.findings:
            # A sender's word: no INS leaves in our metadata. Two examples share an identifier.
            if item.rule in ("xdm.patient.ins", "xdm.unique-id"):
                continue
            assert item.rule == "xdm.patient.differs"  # one INS, several people
            place = item.place.removesuffix("/recordTarget")
            assert differing.pop((path.name, place))
        entries = archive.entries
        forms = [entry for entry in entries if entry.metadata.transforms]
        assert len(forms) == len(entries) - len(forms)
        octets |= {entry.read() for entry in entries}
    assert not any(differing.values())
    assert {bytes(document) for document in given} <= octets
