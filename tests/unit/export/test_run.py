"""The run: what is in the folder, what stops it, and how it goes on."""

from __future__ import annotations

import contextlib
import csv
import dataclasses
import errno
import hashlib
import html.parser
import io
import json
import os
import shutil
import stat
import subprocess
import threading
import time
import zipfile
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import pytest
from documents import HOSPITAL, NOW, PATIENT, SURGEON, minimal, wrap
from lxml import etree
from pdf_samples import conforming
from people import BY_ID, EVERYONE, local, matricule
from populations import LETTER, Population, folders, ipp, tree

from segur_interop import cda, export, xdm
from segur_interop.audit import AuditEvent
from segur_interop.errors import ExportError, InvalidValue
from segur_interop.export import (
    Exclusion,
    ExportStatus,
    Item,
    LotLimits,
    Recipient,
    Record,
    Refused,
    Request,
    _journal,
    _lock,
    _parcel,
    _patient,
    catalogue,
    layout,
)
from segur_interop.findings import Verdict
from segur_interop.ins import IdentityStatus
from segur_interop.model import Patient
from segur_interop.pdf import PdfA

ID = "75249e6c-9779-4e57-bade-9978c2313ce9"
FIXED: dict[str, Any] = {
    "sender": HOSPITAL,
    "extract_time": NOW,
    "export_id": ID,
    "lots": LotLimits(patients=6),
}
EXT = {"ext": export.manifest.EXTENSION}


@pytest.fixture(scope="module")
def population(tmp_path_factory: pytest.TempPathFactory) -> Population:
    return Population(tmp_path_factory.mktemp("source"), plain=7, broken=4)


@pytest.fixture(scope="module")
def whole(population: Population, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The export of everything, in one go."""
    out = tmp_path_factory.mktemp("whole") / "out"
    run(population, out)
    return out


def run(source: Any, out: Path, **changes: Any) -> export.Result:
    given = {"request": Request(), **FIXED, **changes}
    return export.portability(source, out, **given).finish()


def lines(out: Path) -> list[catalogue.Line]:
    text = (out / layout.CATALOGUE_JSON).read_text(encoding="utf-8")
    return [catalogue.read_json_line(line) for line in text.splitlines()]


def json_lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n") if line]


# -- exhaustif ----------------------------------------------------------------------------------


def test_the_balance_is_exact_with_items_that_cannot_be_read(
    population: Population, tmp_path: Path
):
    result = run(population, tmp_path / "out")
    expected = [item for record in population for item in record.items]
    balance = result.balance
    assert balance.announced == balance.found == len(expected)
    assert balance.refused == population.broken
    assert balance.excluded == 1  # deleted in the source
    assert balance.is_exact
    assert result.status is ExportStatus.PARTIAL
    assert not result
    out = tmp_path / "out"
    rejects = json_lines(out / layout.REJECTS)
    assert sorted(item["item_id"] for item in rejects) == ["B-0", "B-1", "B-2", "B-3"]
    assert {item["reason"] for item in rejects} == {"UNREADABLE"}
    written = sorted(line.item_id for line in lines(out))
    gone = [item["item_id"] for item in rejects]
    assert sorted(written + gone + ["V-4"]) == sorted(item.id for item in expected)


def test_everything_due_and_there_is_complete(tmp_path: Path):
    result = run(Population(tmp_path / "source", plain=2), tmp_path / "out")
    assert result
    assert result.status is ExportStatus.COMPLETE
    root = etree.parse(tmp_path / "out" / layout.MANIFEST).getroot()
    assert root.findtext("exportStatus") == "COMPLETE"


class Liar:
    """A source that counts one item more than it gives."""

    def __init__(self, inner: Population) -> None:
        self.inner = inner

    def announced(self) -> int:
        return self.inner.announced() + 1

    def __iter__(self) -> Any:
        return iter(self.inner)


def test_a_source_that_announced_more_makes_the_export_partial(tmp_path: Path):
    result = run(Liar(Population(tmp_path / "source")), tmp_path / "out")
    assert not result.balance.is_exact
    assert result.status is ExportStatus.PARTIAL
    assert not result


def test_the_counts_split_by_type_year_and_professional_add_up(whole: Path):
    report = json.loads((whole / layout.REPORT_JSON).read_bytes())
    for bucket in ("found", "excluded", "selected", "written", "refused"):
        for dimension, values in report["by"].items():
            assert sum(item[bucket] for item in values.values()) == report[bucket], dimension
    assert report["by"]["professional"]["-"]["written"] > 0  # a professional without RPPS
    assert report["by"]["year"]["2019"]["written"] == 1
    assert sum(report["why"]["refused"].values()) == report["refused"]


def test_patients_without_any_item_are_listed(whole: Path, population: Population):
    patients = json_lines(whole / layout.PATIENTS)
    assert len(patients) == sum(1 for _ in population)
    without = [told for told in patients if told["archive"] is None]
    assert [told["nom_naissance"] for told in without] == ["RIEN"]


def test_what_is_kept_from_the_recipient_is_counted_and_never_listed(
    population: Population, tmp_path: Path
):
    out = tmp_path / "out"
    run(population, out, request=Request(recipient=Recipient.PATIENT, depth="P5Y"))
    listed = {told["item_id"]: told["reason"] for told in json_lines(out / layout.EXCLUDED)}
    assert listed["P-3"] == Exclusion.DEPTH
    assert not {"P-1", "P-2"} & listed.keys()
    why = json.loads((out / layout.REPORT_JSON).read_bytes())["why"]["excluded"]
    assert (why["MASKED"], why["CATEGORY"]) == (1, 1)


def test_the_items_of_other_patients_are_counted_alone(population: Population, tmp_path: Path):
    out = tmp_path / "out"
    result = run(population, out, request=Request(patients=frozenset({"qualified"})))
    assert result.balance.is_exact
    assert result.balance.written == 3
    assert {line.nom_naissance for line in lines(out)} == {"D'ARTAGNAN DE L'HERAULT"}
    assert not json_lines(out / layout.EXCLUDED)


# -- lisible, exploitable -----------------------------------------------------------------------


def test_every_archive_is_read_without_a_finding(whole: Path):
    archives = sorted(whole.glob("LOT*/PAT*.ZIP"))
    assert len(archives) == 19
    for path in archives:
        archive = xdm.unpack(path)
        assert archive.findings == ()
        assert archive.unlisted == ()


def test_other_programs_open_every_archive(whole: Path):
    for path in sorted(whole.glob("LOT*/PAT*.ZIP")):
        with zipfile.ZipFile(path) as archive:
            assert archive.testzip() is None
        if shutil.which("unzip"):
            subprocess.run(["unzip", "-tqq", str(path)], check=True)


def test_the_catalogue_is_what_the_archives_hold(whole: Path):
    for line in lines(whole):
        with zipfile.ZipFile(whole / line.lot / line.archive) as archive:
            octets = archive.read(line.path_in_archive)
        assert (len(octets), hashlib.sha256(octets).hexdigest()) == (line.size, line.sha256)
    described = sum(len(xdm.unpack(path).entries) for path in whole.glob("LOT*/PAT*.ZIP"))
    forms = [line for line in lines(whole) if line.readable]
    assert described == len(lines(whole)) + len(forms)


def test_every_cda_has_a_form_that_a_person_reads_without_software(whole: Path):
    documents = [line for line in lines(whole) if line.mime == "text/xml" and line.size]
    twins = {line.pdf_twin_of for line in lines(whole)}
    assert {line.item_id for line in documents} == {"L-1", "L-2"}
    for line in documents:
        assert (line.readable is None) is (line.item_id in twins)
        if line.readable is None:
            continue
        with zipfile.ZipFile(whole / line.lot / line.archive) as archive:
            octets = archive.read(line.readable)
            index = archive.read("INDEX.HTM").decode()
        assert hashlib.sha256(octets).hexdigest() == line.readable_sha256
        assert octets.startswith(b"<!DOCTYPE html>")
        assert f'href="{line.readable}"' in index


def test_the_readable_form_of_a_letter_is_the_pdf_that_it_carries(tmp_path: Path):
    body = PdfA.read(conforming())
    letter = wrap(body, **minimal())
    run(record(item("a", letter, mime_type="text/xml")), tmp_path / "out")
    archive = xdm.unpack(tmp_path / "out/LOT00001/PAT00001.ZIP")
    document, form = archive.entries
    assert form.read() == bytes(body)
    assert form.metadata.transforms == (document.metadata.entry_uuid,)
    assert archive.findings == ()
    (line,) = lines(tmp_path / "out")
    assert line.readable == form.name == "IHE_XDM/SUBSET01/DOC0001.PDF"
    run(record(item("a", letter, mime_type="text/xml")), tmp_path / "bare", readable=False)
    assert len(xdm.unpack(tmp_path / "bare/LOT00001/PAT00001.ZIP").entries) == 1


def test_both_catalogues_say_the_same(whole: Path):
    with (whole / layout.CATALOGUE_CSV).open(encoding="utf-8", newline="") as stream:
        assert list(catalogue.read_csv(stream)) == lines(whole)


def test_the_checksums_are_those_that_sha256sum_reads(whole: Path):
    told = dict(
        reversed(line.split("  ", 1)) for line in (whole / layout.CHECKSUM).read_text().splitlines()
    )
    there = tree(whole)
    assert told.keys() == there.keys() - {layout.CHECKSUM}
    assert all(hashlib.sha256(there[name]).hexdigest() == digest for name, digest in told.items())
    for lot in whole.glob("LOT*"):
        if shutil.which("sha256sum"):
            subprocess.run(["sha256sum", "-c", "--quiet", layout.CHECKSUM], cwd=lot, check=True)


def test_a_twin_has_the_name_of_its_document_and_versions_are_linked(whole: Path):
    by_id = {line.item_id: line for line in lines(whole)}
    assert by_id["L-1"].path_in_archive.endswith("/DOC0001.XML")
    assert by_id["L-1-PDF"].path_in_archive.endswith("/DOC0001.PDF")
    assert (by_id["V-1"].replaced_by, by_id["V-3"].replaces) == ("V-2", "V-2")
    entries = {}
    for name in ("L-1", "V-1"):
        archive = xdm.unpack(whole / by_id[name].lot / by_id[name].archive)
        entries[name] = [entry.metadata for entry in archive.entries]
    letter, twin = entries["L-1"][:2]
    assert twin.transforms == (letter.entry_uuid,)
    first, second, third = entries["V-1"]
    assert (second.replaces, third.replaces) == ((first.entry_uuid,), (second.entry_uuid,))


def test_an_ins_is_written_of_a_qualified_identity_alone(whole: Path):
    for line in lines(whole):
        assert (line.ins is None) is (line.statut_identite != "QUALIFIEE")
        assert (line.ins is None) is (line.ins_absence is not None)
    natures = {line.ins.nature for line in lines(whole) if line.ins}
    assert natures == {"NIR", "NIA"}


def test_what_the_source_does_not_hold_is_stated(whole: Path):
    (line,) = [line for line in lines(whole) if line.item_id == "L-7"]
    assert (line.date_production, line.date_production_absence) == (None, "NON_STOCKEE")
    assert (line.type, line.type_absence) == (None, "NON_STOCKEE")
    assert (line.prenoms, line.authors, line.title) == (None, (), None)


def test_one_document_of_two_patients_is_two_lines_with_their_own_identifiers(whole: Path):
    shared = [line for line in lines(whole) if line.item_id == "shared"]
    assert len({line.archive for line in shared}) == len(shared) == 2
    assert len({line.unique_id for line in shared}) == 2
    assert len({line.sha256 for line in shared}) == 1


class Links(html.parser.HTMLParser):
    """Links of a page, and whether it holds anything that runs."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tags: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        told = dict(attrs)
        assert not any(name.startswith("on") for name in told)
        if "href" in told:
            self.found.append(told["href"] or "")


def test_a_browser_without_network_goes_from_the_index_to_every_archive(whole: Path):
    reached, todo = set(), [layout.INDEX]
    while todo:
        name = todo.pop()
        if name in reached:
            continue
        reached.add(name)
        if not name.endswith(".HTM"):
            continue
        links = Links()
        links.feed((whole / name).read_text(encoding="ascii"))
        assert not links.tags & {"script", "iframe", "img", "object", "form"}
        for link in links.found:
            assert ":" not in link
            target = os.path.normpath(os.path.join(os.path.dirname(name), link))  # noqa: PTH118,PTH120
            assert (whole / target).is_file()
            todo.append(target)
    assert {path.relative_to(whole).as_posix() for path in whole.glob("LOT*/PAT*.ZIP")} <= reached


def test_no_name_of_a_file_says_anything_of_a_person(whole: Path):
    names = [path.relative_to(whole).as_posix() for path in whole.rglob("*")]
    assert all(layout.is_name(name) for name in names)
    for path in whole.glob("LOT*/PAT*.ZIP"):
        with zipfile.ZipFile(path) as archive:
            assert all(layout.is_name(name.removesuffix("/")) for name in archive.namelist())
    words = {person.name for person in EVERYONE} | {"IPP"}
    assert not any(word in name for word in words for name in names if len(word) > 2)


def test_files_and_folders_are_for_their_owner_alone(whole: Path):
    if os.name != "posix":
        pytest.skip("permissions of POSIX")
    for path in whole.rglob("*"):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


def test_the_documentation_describes_every_field_and_reason(whole: Path):
    guide = (whole / layout.GUIDE).read_text(encoding="utf-8")
    told = json.loads((whole / layout.DICTIONARY).read_bytes())
    assert [item["name"] for item in told["catalogue"]] == [item.name for item in catalogue.FIELDS]
    assert told["exclusions"].keys() == set(Exclusion)
    assert told["refusals"].keys() == set(Refused)
    assert told["absences"].keys() == set(export.Absence)
    for name in (*(item.name for item in catalogue.FIELDS), *Exclusion, *Refused):
        assert f"`{name}`" in guide
    sample = (whole / layout.SAMPLE / "CATALOG.JSL").read_text(encoding="utf-8")
    assert catalogue.read_json_line(sample).nom_naissance == "EXEMPLE"


def test_lots_are_numbered_and_restart_their_archives(whole: Path):
    held = {lot.name: sorted(path.name for path in lot.glob("PAT*")) for lot in whole.glob("LOT*")}
    assert {name: len(paths) for name, paths in held.items()} == {
        "LOT00001": 6, "LOT00002": 6, "LOT00003": 6, "LOT00004": 1,
    }  # fmt: skip
    assert all(paths[0] == "PAT00001.ZIP" for paths in held.values())
    root = etree.parse(whole / layout.MANIFEST).getroot()
    told = [
        (item.get(f"{{{EXT['ext']}}}lot"), item.findtext("archiveid"))
        for item in root.iter("Archive")
    ]
    assert told == [(lot, name[:8]) for lot in sorted(held) for name in held[lot]]


def test_a_lot_is_closed_by_its_size(population: Population, tmp_path: Path):
    run(population, tmp_path / "out", lots=LotLimits(size=40_000))
    lots = sorted((tmp_path / "out").glob("LOT*"))
    assert len(lots) > 1
    for lot in lots:
        sizes = [path.stat().st_size for path in lot.glob("PAT*")]
        assert len(sizes) == 1 or 0 < sum(sizes) <= 40_000


# -- items that are not what they should be -----------------------------------------------------


class Torn(io.BytesIO):
    """A stream that breaks in the middle."""

    def read(self, size: int | None = -1) -> bytes:
        if self.tell() >= 10:
            raise OSError(errno.EIO, "input/output error")
        return super().read(10)


class Odd(io.BytesIO):
    def read(self, size: int | None = -1) -> bytes:
        raise RuntimeError("a driver of a database")


def record(*items: Item, patient: Any = PATIENT) -> list[Record]:
    return [Record(key="one", patient=patient, items=items)]


def item(name: str, content: Any = b"x", **changes: Any) -> Item:
    given = {"id": name, "content": content, "mime_type": "application/pdf", **changes}
    return Item(**given)


@pytest.mark.parametrize(
    ("content", "changes", "why"),
    [
        (lambda: Torn(b"x" * 100), {}, Refused.UNREADABLE),
        (lambda: Odd(), {}, Refused.UNREADABLE),
        (lambda: Torn(b"x" * 100), {"mime_type": "text/xml"}, Refused.UNREADABLE),
        (lambda: Odd(), {"mime_type": "text/xml"}, Refused.UNREADABLE),
        (lambda: io.BytesIO(b"xyz"), {"size": 4}, Refused.CHANGED),
        (b"xyz", {"size": 4}, Refused.CHANGED),
        (Path(__file__), {"size": 4}, Refused.CHANGED),
        (b"<ClinicalDocument/>", {"size": 4}, Refused.CHANGED),
        ("/dev/zero", {}, Refused.UNREADABLE),
        ("/dev/zero", {"mime_type": "text/xml"}, Refused.UNREADABLE),
        (b"x", {"title": "a\ud800b"}, Refused.METADATA),
        (b"x", {"replaces": "a\ud800b"}, Refused.METADATA),
        (b"x", {"confidentiality": "Z"}, Refused.METADATA),
        (b"x", {"unique_id": "not an oid"}, Refused.METADATA),
        ("\0", {}, Refused.METADATA),
    ],
)
def test_an_item_that_cannot_be_written_is_refused_and_the_others_are(
    tmp_path: Path, content: Any, changes: dict[str, Any], why: Refused
):
    source = record(item("first"), item("bad", content, **changes), item("last"))
    outcomes = list(export.portability(source, tmp_path / "out", request=Request(), **FIXED))
    assert [(one.written, one.refused) for one in outcomes] == [(2, (("bad", why),))]
    assert [line.item_id for line in lines(tmp_path / "out")] == ["first", "last"]
    assert xdm.unpack(tmp_path / "out/LOT00001/PAT00001.ZIP").findings == ()


def test_a_patient_none_of_whose_items_can_be_read_has_no_archive(tmp_path: Path):
    source = record(item("bad", tmp_path / "absent"))
    result = run(source, tmp_path / "out")
    assert (result.patients, result.balance.refused) == (0, 1)
    assert not list((tmp_path / "out").glob("LOT*"))


def test_items_that_cannot_be_opened_are_left_out_together(tmp_path: Path):
    """The archive is begun again once for all of them, not once for each."""
    opened: Counter[int] = Counter()

    def content(rank: int) -> io.BytesIO:
        opened[rank] += 1
        if rank % 2:
            raise RuntimeError
        return io.BytesIO(b"%PDF-1.4")

    items = [
        Item(id=f"i{rank}", content=partial(content, rank), mime_type="application/pdf")
        for rank in range(40)
    ]
    made = export.portability(
        [Record(key="1", patient=PATIENT, items=items)], tmp_path / "out", request=Request(),
        **FIXED,
    ).finish()  # fmt: skip
    assert (made.balance.written, made.balance.refused) == (20, 20)
    assert max(opened.values()) <= 4
    rejects = (tmp_path / "out" / layout.REJECTS).read_text().splitlines()
    told = [json.loads(line) for line in rejects]
    assert [line["item_id"] for line in told] == [f"i{rank}" for rank in range(1, 40, 2)]
    assert {line["reason"] for line in told} == {"UNREADABLE"}


def test_a_readable_form_that_cannot_be_read_back_is_an_error_of_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def worn(path: Path) -> io.BytesIO:
        raise OSError(errno.EIO, "input/output error")

    monkeypatch.setattr(_parcel, "_open", worn)
    document = wrap(cda.PlainText("Lettre"), **minimal())
    with (
        export.portability([document], tmp_path / "out", request=Request(), **FIXED) as stopped,
        pytest.raises(OSError, match="input/output"),
    ):
        stopped.finish()
    assert stopped.stopped is export.StopReason.NOT_WRITTEN


def test_two_items_of_one_id_are_not_one(tmp_path: Path):
    (outcome,) = export.portability(
        record(item("a", b"1"), item("a", b"2")), tmp_path / "out", request=Request(), **FIXED
    )
    assert outcome.refused == (("a", Refused.DUPLICATE_ID),)


def test_the_document_of_another_patient_is_refused(tmp_path: Path, population: Population):
    other = next(iter(population))
    letter = wrap(**minimal(patient=other.patient))
    (outcome,) = export.portability(
        record(item("theirs", letter, mime_type="text/xml"), item("own")),
        tmp_path / "out",
        request=Request(),
        **FIXED,
    )
    assert outcome.refused == (("theirs", Refused.OTHER_PATIENT),)


@pytest.mark.parametrize("kind", ["application/pdf", "application/octet-stream", "text/plain"])
@pytest.mark.parametrize("step", [7, 100_000])
def test_a_cda_announced_as_something_else_is_compared_all_the_same(
    tmp_path: Path, population: Population, kind: str, step: int
):
    class Slow(io.BytesIO):
        def read(self, size: int | None = -1) -> bytes:
            return super().read(min(size, step) if size and size > 0 else size)

    other = next(iter(population))
    theirs, own = bytes(wrap(**minimal(patient=other.patient))), bytes(wrap())
    wide = theirs.replace(b'encoding="UTF-8"', b'encoding="UTF-16"').decode().encode("utf-16")
    source = record(
        item("theirs", lambda: Slow(theirs), mime_type=kind),
        item("wide", lambda: Slow(wide), mime_type=kind),
        item("own", lambda: Slow(own), mime_type=kind),
        item("none", b"<ClinicalDocument", mime_type=kind),
        item("last"),
    )
    (outcome,) = export.portability(source, tmp_path / "out", request=Request(), **FIXED)
    refused = Refused.OTHER_PATIENT
    assert outcome.refused == (("theirs", refused), ("wide", refused))
    assert [line.mime for line in lines(tmp_path / "out")] == [kind, kind, "application/pdf"]
    assert export.verify(tmp_path / "out")


def test_a_pipe_is_not_waited_for(tmp_path: Path):
    os.mkfifo(tmp_path / "pipe")
    source = record(item("bad", tmp_path / "pipe"), item("good"))
    (outcome,) = export.portability(source, tmp_path / "out", request=Request(), **FIXED)
    assert outcome.refused == (("bad", Refused.UNREADABLE),)


def test_a_file_written_to_while_it_is_read_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    path = tmp_path / "large.pdf"
    path.write_bytes(b"x" * 3_000_000)
    os.utime(path, ns=(1, 1))
    read = _parcel._Reading.read

    def watching(self: Any, size: int = -1) -> bytes:
        """Writes one octet of the file while it is read, and leaves its size as it is."""
        if path.stat().st_mtime_ns == 1:
            with path.open("r+b") as stream:
                stream.seek(2_999_999)
                stream.write(b"y")
        return read(self, size)

    monkeypatch.setattr(_parcel._Reading, "read", watching)
    source = record(item("bad", path), item("good"))
    (outcome,) = export.portability(source, tmp_path / "out", request=Request(), **FIXED)
    assert outcome.refused == (("bad", Refused.CHANGED),)


@pytest.mark.parametrize("changes", [{"replaces": "a"}, {"twin_of": "a"}])
def test_an_item_that_is_its_own_predecessor_or_twin_makes_no_broken_export(
    tmp_path: Path, changes: dict[str, str]
):
    run(record(item("a", **changes), item("b", replaces="gone")), tmp_path / "out")
    assert export.verify(tmp_path / "out"), str(export.verify(tmp_path / "out"))


def test_a_document_whose_header_writes_other_traits_says_so(tmp_path: Path):
    corrected = dataclasses.replace(PATIENT.identity, birth_name="AUTRE", matricule=None,
                                    status=IdentityStatus.PROVISOIRE)  # fmt: skip
    source = record(item("a", wrap(), mime_type="text/xml"), patient=Patient(
        identity=corrected, ids=PATIENT.ids))  # fmt: skip
    run(source, tmp_path / "out")
    (line,) = lines(tmp_path / "out")
    assert line.traits_discordants == ("nom_naissance",)
    assert (line.ins, line.ins_absence) == (None, "NON_STOCKEE")


def test_the_same_document_twice_has_two_identifiers(tmp_path: Path):
    letter = wrap()
    source = record(*(item(name, letter, mime_type="text/xml") for name in ("a", "b")))
    run(source, tmp_path / "out")
    one, two = lines(tmp_path / "out")
    assert one.unique_id != two.unique_id


def test_a_title_that_no_metadata_can_hold_stays_in_the_catalogue(tmp_path: Path):
    titles = ["a" * 5000, "line\nand\x01control", "=1+1"]
    run(record(*(item(str(n), title=text) for n, text in enumerate(titles))), tmp_path / "out")
    assert [line.title for line in lines(tmp_path / "out")] == titles
    row = (tmp_path / "out" / layout.CATALOGUE_CSV).open(encoding="utf-8", newline="")
    with row as stream:
        cells = list(csv.DictReader(stream, delimiter=";"))
    assert cells[2]["title"] == "'=1+1"


def test_a_pdf_alone_is_put_in_a_cda_where_nothing_is_invented(tmp_path: Path):
    octets = conforming()
    known = {"type": LETTER, "produced": NOW, "title": "Lettre", "performed": NOW,
             "performed_end": NOW, "authors": (SURGEON,)}  # fmt: skip
    source = record(
        item("known", octets, **known),
        item("no-author", octets, **{**known, "authors": ()}),
        item("not-pdfa", b"%PDF-1.4", **known),
    )
    run(source, tmp_path / "out", wrap=cda.Setting.HOSPITAL)
    wrapped, bare, other = lines(tmp_path / "out")
    assert (wrapped.mime, wrapped.wrapped_mime) == ("text/xml", "application/pdf")
    assert wrapped.wrapped_sha256 == hashlib.sha256(octets).hexdigest()
    assert (bare.mime, other.mime) == ("application/pdf", "application/pdf")
    archive = xdm.unpack(tmp_path / "out/LOT00001/PAT00001.ZIP")
    assert archive.findings == ()
    assert archive.documents[0].pdf == octets
    assert archive.documents[0].check()


def test_documents_alone_are_a_source(tmp_path: Path):
    first, second = wrap(), wrap()
    result = run(iter([first, second]), tmp_path / "out")
    assert (result.patients, result.balance.written) == (1, 2)


def test_a_document_that_no_identifier_places_is_refused(tmp_path: Path):
    document = wrap()
    bare = dataclasses.replace(PATIENT.identity, matricule=None, status=IdentityStatus.PROVISOIRE)
    nobody = dataclasses.replace(document, patient=Patient(identity=bare))
    with pytest.raises(ExportError):
        run([nobody], tmp_path / "other")


def test_a_source_of_anything_else_is_a_type_error(tmp_path: Path):
    with pytest.raises(TypeError):
        run(["text"], tmp_path / "out")


# -- stopped, and started again -----------------------------------------------------------------


@pytest.mark.parametrize("after", [0, 1, 5, 6, 7, 13, 19])
def test_a_run_that_is_left_goes_on_and_ends_the_same(
    population: Population, whole: Path, tmp_path: Path, after: int
):
    out = tmp_path / "out"
    with export.portability(population, out, request=Request(), **FIXED) as first:
        for _ in range(after):
            next(first)
    run(population, out)
    assert tree(out) == tree(whole)
    assert folders(out) == folders(whole)


def test_identifier_and_time_are_those_of_the_first_run(population: Population, tmp_path: Path):
    out = tmp_path / "out"
    given: dict[str, Any] = {"request": Request(), "sender": HOSPITAL}
    with export.portability(population, out, **given) as first:
        next(first)
        told = first.export_id, first.extract_time
    second = export.portability(population, out, **given)
    assert (second.export_id, second.extract_time) == told
    second.finish()
    root = etree.parse(out / layout.MANIFEST).getroot()
    assert root.findtext("exportId") == told[0]


def test_no_clock_is_read_once_the_run_has_its_time(
    population: Population, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    """The clock of the machine may go back between two runs: nothing that is written shows it."""
    out = tmp_path / "out"
    with export.portability(population, out, request=Request(), **FIXED) as first:
        next(first)
    monkeypatch.setattr(time, "time", lambda: 0.0)
    monkeypatch.setattr(time, "localtime", lambda *given: time.gmtime(0))
    run(population, out)
    assert tree(out) == tree(whole)


def test_another_request_sender_or_source_does_not_continue_a_run(
    population: Population, tmp_path: Path
):
    out = tmp_path / "out"
    with export.portability(population, out, request=Request(), **FIXED) as first:
        next(first), next(first)
    for changes in (
        {"request": Request(depth="P5Y")},
        {"lots": LotLimits(patients=7)},
        {"export_id": "2a9a71b8-5ecb-466c-bdb1-b5ebc9fa1c1e"},
        {"extract_time": NOW.replace(year=2025)},
        {"sender": dataclasses.replace(HOSPITAL, facility_type=None)},
    ):
        with pytest.raises(ExportError, match="another export"):
            run(population, out, **changes)
    with pytest.raises(ExportError, match="not the source"):
        run(list(population)[::-1], out)
    with pytest.raises(ExportError, match="fewer"):
        run(list(population)[:1], out)


@pytest.mark.parametrize(
    ("name", "octets"),
    [
        ("JOURNAL.JSL", b"{}\n"),
        ("JOURNAL.JSL", b"\0\0\0\n"),
        ("JOURNAL.JSL", b'[1,"k","","",0,"",0,{},[0]]\n'),
        ("JOURNAL.JSL", b'[1,"k","","",0,"",0,[],[0,0,0,0]]\n'),
        ("HEADER.JSN", b""),
        ("HEADER.JSN", b"[]"),
        ("HEADER.JSN", b'{"request":1}'),
    ],
)
def test_work_under_way_that_cannot_be_read_is_refused(tmp_path: Path, name: str, octets: bytes):
    out = tmp_path / "out"
    (out / "WORK.TMP").mkdir(parents=True)
    (out / "WORK.TMP" / name).write_bytes(octets)
    with pytest.raises(ExportError, match="damaged: start again in another folder"):
        export.portability([], out, request=Request(), **FIXED)


def test_a_run_that_goes_on_counts_the_patients_told_otherwise_since(tmp_path: Path):
    def records(first: Patient) -> list[Record]:
        patients = (first, Patient(identity=local(BY_ID["insi-8"]), ids=(ipp(2),)), PATIENT)
        return [
            Record(
                key=f"{rank}", patient=patient,
                items=[Item(id="i", content=b"%PDF-1.4", mime_type="application/pdf")][: 3 - rank],
            )
            for rank, patient in enumerate(patients, start=1)
        ]  # fmt: skip

    identity = local(BY_ID["insi-11"])
    told = Patient(identity=identity, ids=(ipp(1),))
    for rank, (changes, ids, changed) in enumerate(
        (
            ({}, (ipp(1),), 0),
            ({"birth_name": "CORRIGE"}, (ipp(1),), 1),
            ({"status": IdentityStatus.RECUPEREE}, (ipp(1),), 1),
            ({"matricule": matricule(BY_ID["insi-8"])}, (ipp(1),), 1),
            ({}, (ipp(7),), 1),
        )
    ):
        out = tmp_path / f"out{rank}"
        with export.portability(records(told), out, request=Request(), **FIXED) as first:
            next(first), next(first)
        now = Patient(identity=dataclasses.replace(identity, **changes), ids=ids)
        result = export.portability(records(now), out, request=Request(), **FIXED).finish()
        assert result.patients_changed == changed
        assert result.status is ExportStatus.COMPLETE
        assert export.verify(out), str(export.verify(out))
        (place, *_) = [item.identity.birth_name for item in export.receive(out)]
        assert place == identity.birth_name


def test_of_runs_that_start_together_one_holds_the_folder(tmp_path: Path):
    for rank in range(40):
        path, barrier = tmp_path / f"{rank}", threading.Barrier(6)
        held: list[_lock.Lock] = []

        def take(path: Path = path, barrier: threading.Barrier = barrier) -> None:
            barrier.wait()
            with contextlib.suppress(ExportError):
                held.append(_lock.Lock(path))  # noqa: B023 (joined within the turn)

        threads = [threading.Thread(target=take) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(held) == 1
        held[0].close()


def test_a_patient_asked_for_whom_the_source_does_not_have_makes_the_export_partial(
    tmp_path: Path,
):
    source = [Record(key=str(n), patient=PATIENT, items=[item("a")]) for n in range(4)]
    asked = Request(patients=frozenset({"1", "3", "SECRET"}))
    with export.portability(source, tmp_path / "out", request=asked, **FIXED) as first:
        next(first)
    result = export.portability(source, tmp_path / "out", request=asked, **FIXED).finish()
    assert (result.patients_absent, result.status, bool(result)) == (1, ExportStatus.PARTIAL, False)
    report = json.loads((tmp_path / "out" / layout.REPORT_JSON).read_bytes())
    assert report["patients"] == {"with_archive": 2, "without_archive": 2, "absent": 1}
    assert export.verify(tmp_path / "out")
    there = Request(patients=frozenset({"1"}))
    assert export.portability(source, tmp_path / "two", request=there, **FIXED).finish()


def test_a_patient_who_comes_twice_is_an_error(tmp_path: Path):
    source = [*record(item("a")), *record(item("b"))]
    with pytest.raises(ExportError, match="twice"):
        run(source, tmp_path / "out")


def test_two_runs_do_not_share_a_folder(population: Population, tmp_path: Path):
    with export.portability(population, tmp_path / "out", request=Request(), **FIXED) as first:
        next(first)
        if os.name == "posix":
            modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "out").rglob("*")}
            assert modes == {0o600, 0o700}
        with pytest.raises(ExportError, match="another run"):
            run(population, tmp_path / "out")


def test_a_finished_export_and_a_foreign_folder_are_left_alone(
    population: Population, whole: Path, tmp_path: Path
):
    before = tree(whole)
    with pytest.raises(ExportError, match="finished"):
        run(population, whole)
    assert tree(whole) == before
    (tmp_path / "mine").write_text("mine")
    with pytest.raises(ExportError, match="not empty"):
        run(population, tmp_path)
    assert (tmp_path / "mine").read_text() == "mine"


def test_an_archive_that_was_changed_meanwhile_stops_the_run(
    population: Population, tmp_path: Path
):
    out = tmp_path / "out"
    with export.portability(population, out, request=Request(), **FIXED) as first:
        next(first)
    (out / "LOT00001/PAT00001.ZIP").write_bytes(b"")
    with pytest.raises(ExportError, match="not the one"):
        run(population, out)


def test_a_full_disk_stops_the_run_which_goes_on_when_there_is_room(
    population: Population, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    out, written = tmp_path / "out", []
    plain = _patient._hashed

    def full(path: Path) -> Any:
        written.append(path)
        if len(written) == 5:
            raise OSError(errno.ENOSPC, "no space left on device")
        return plain(path)

    events: list[AuditEvent] = []
    monkeypatch.setattr(_patient, "_hashed", full)
    with pytest.raises(OSError, match="no space"):
        run(population, out, audit=events.append)
    assert [(event.action, event.outcome) for event in events] == [
        ("export.start", "success"), ("export.end", "failure"),
    ]  # fmt: skip
    assert not (out / layout.MANIFEST).exists()
    assert export.verify(out).verdict is not Verdict.PASSED
    monkeypatch.undo()
    run(population, out)
    assert tree(out) == tree(whole)


def test_a_target_that_takes_no_more_octets_stops_the_run_and_counts_nothing_half_written(
    population: Population, whole: Path, tmp_path: Path
):
    resource = pytest.importorskip("resource", reason="limits of POSIX")
    out, before = tmp_path / "out", resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, before[1]))  # an item has three
    try:
        with pytest.raises(OSError, match="File too large"):
            run(population, out)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert not (out / layout.CHECKSUM).exists()
    assert not (out / layout.MANIFEST).exists()
    told = json.loads((out / _journal.WORK / "STATUS.JSN").read_bytes())
    done = (out / _journal.WORK / "JOURNAL.JSL").read_bytes().count(b"\n")
    assert told == {
        "status": "PARTIAL", "state": "STOPPED", "reason": "DISK_FULL", "patients": done,
    }  # fmt: skip
    assert "export.unfinished" in {item.rule for item in export.verify(out)}
    names = [path.name for path in out.glob("LOT*/*")]
    assert names
    assert all(layout.parse_archive_name(name) for name in names)
    run(population, out)
    assert tree(out) == tree(whole)


@pytest.mark.parametrize(
    ("error", "why"),
    [
        (OSError(errno.ENOSPC, "full"), export.StopReason.DISK_FULL),
        (PermissionError(errno.EACCES, "denied"), export.StopReason.NOT_ALLOWED),
        (OSError(errno.EIO, "input/output error"), export.StopReason.NOT_WRITTEN),
        (KeyboardInterrupt(), export.StopReason.LEFT),
        (RuntimeError(), export.StopReason.ERROR),
    ],
)
def test_a_run_that_stops_says_why_and_the_folder_is_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: BaseException, why: str
):
    def stopped(path: Path) -> Any:
        raise error

    monkeypatch.setattr(_patient, "_hashed", stopped)
    made = export.portability(record(item("a")), tmp_path / "out", request=Request(), **FIXED)
    with pytest.raises(type(error)):
        made.finish()
    assert made.stopped is why
    told = json.loads((tmp_path / "out" / _journal.WORK / "STATUS.JSN").read_bytes())
    assert (told["status"], told["reason"], told["patients"]) == ("PARTIAL", why, 0)
    assert export.verify(tmp_path / "out").verdict is not Verdict.PASSED
    monkeypatch.undo()
    assert run(record(item("a")), tmp_path / "out")


def test_a_folder_that_cannot_be_written_is_an_os_error(population: Population, tmp_path: Path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        run(population, tmp_path / "file" / "out")


def test_an_end_that_was_stopped_is_made_again(
    population: Population, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def stopped(self: _journal.Journal) -> None:
        raise KeyboardInterrupt

    out = tmp_path / "out"
    monkeypatch.setattr(_journal.Journal, "finished", stopped)
    with pytest.raises(KeyboardInterrupt):
        run(population, out)
    monkeypatch.undo()
    run(population, out)
    assert tree(out) == tree(whole)


# -- executors ----------------------------------------------------------------------------------


@pytest.mark.parametrize("chunk", [1, 4, 100])
def test_threads_give_the_same_octets(
    population: Population, whole: Path, tmp_path: Path, chunk: int
):
    with ThreadPoolExecutor(3) as pool:
        run(population, tmp_path / "out", executor=pool, chunk=chunk, in_flight=3)
    assert tree(tmp_path / "out") == tree(whole)


def test_processes_give_the_same_octets(population: Population, whole: Path, tmp_path: Path):
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as pool:
        run(population, tmp_path / "out", executor=pool, chunk=3)
    assert tree(tmp_path / "out") == tree(whole)


def test_no_more_chunks_are_given_than_allowed(population: Population, tmp_path: Path):
    seen: list[int] = []

    class Counted(ThreadPoolExecutor):
        waiting = 0

        def submit(self, *args: Any, **kwargs: Any) -> Any:
            self.waiting += 1
            seen.append(self.waiting)
            future = super().submit(*args, **kwargs)
            plain = future.result

            def result(*given: Any) -> Any:
                self.waiting -= 1
                return plain(*given)

            future.result = result  # type: ignore[method-assign]
            return future

    with Counted(2) as pool:
        run(population, tmp_path / "out", executor=pool, chunk=1, in_flight=3)
    assert max(seen) == 3


# -- what is told -------------------------------------------------------------------------------


def test_the_start_and_the_end_are_audited_and_name_nobody(population: Population, tmp_path: Path):
    events: list[AuditEvent] = []
    told: list[int] = []
    run(
        population, tmp_path / "out", audit=events.append,
        progress=lambda done, total: told.append(done),
    )  # fmt: skip
    assert [(event.action, event.outcome) for event in events] == [
        ("export.start", "success"), ("export.end", "partial"),
    ]  # fmt: skip
    assert events[1].subject == ID
    assert events[1].details["refused"] == population.broken
    assert told == list(range(1, len(told) + 1))


def test_outcomes_and_results_name_nobody(population: Population, tmp_path: Path):
    outcomes = list(export.portability(population, tmp_path / "out", request=Request(), **FIXED))
    text = repr(outcomes) + repr(list(population))
    for found in ("NESSI", "ARTAGNAN", "HOMONYME", "1010663220754", "IPP00"):
        assert found not in text


@pytest.mark.parametrize(
    "changes",
    [
        {"profile": "other"},
        {"extract_time": NOW.replace(tzinfo=None)},
        {"export_id": "x"},
    ],
)
def test_arguments_that_mean_nothing_are_refused(tmp_path: Path, changes: dict[str, Any]):
    with pytest.raises(InvalidValue):
        run([], tmp_path / "out", **changes)
    assert not (tmp_path / "out").exists()


def test_an_empty_source_is_an_empty_export(tmp_path: Path):
    result = run([], tmp_path / "out")
    assert result
    assert (result.patients, result.balance.found) == (0, 0)
