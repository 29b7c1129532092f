"""Verification: every kind of tampering is told, by its own rule, at its place, naming nobody."""

from __future__ import annotations

import errno
import io
import os
import re
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW
from export_tampering import edit, flip, replace, reseal, rezip, set_document
from people import EVERYONE
from populations import Population, tree

from segur_interop import export
from segur_interop.errors import ArchiveError, ExportError
from segur_interop.export import _sums
from segur_interop.export._archive_check import Checked, Job
from segur_interop.export._notes import Notes
from segur_interop.export._own_lots import in_turn
from segur_interop.export._tree import LIMITS
from segur_interop.findings import Report, Severity, Verdict

LOT, OTHER = "LOT00001", "LOT00002"
FIRST, SECOND = f"{LOT}/PAT00001.ZIP", f"{LOT}/PAT00002.ZIP"
DOC = "IHE_XDM/SUBSET01/DOC0001.XML"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("verified")
    export.portability(
        Population(folder / "source", plain=4, broken=2),
        folder / "out",
        request=export.Request(),
        sender=HOSPITAL,
        extract_time=NOW,
        lots=export.LotLimits(patients=6),
    ).finish()
    return folder / "out"


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "out")
    return tmp_path / "out"


def rules(report: Report) -> set[str]:
    return {item.rule for item in report.errors}


def names_nobody(report: Report) -> bool:
    text = str(report)
    people = ("HOMONYME", "INCONNU", "NOUVEAU-NE", "PRIVE", "CAMILLE", "IPP000")
    return not any(word in text for word in (*people, *(who.matricule for who in EVERYONE)))


def test_a_whole_export_passes_and_nothing_is_written(made: Path):
    before = tree(made)
    report = export.verify(made)
    assert report.verdict is Verdict.PASSED, str(report)
    assert [part.name for part in report.parts] == [LOT, OTHER, "LOT00003"]
    assert {"export.checksum", "export.manifest", "export.catalogue", "export.identity",
            "export.balance", "export.catalogue.csv"} <= set(report.checked)  # fmt: skip
    assert {item.rule for item in report} == {"export.partial"}
    assert tree(made) == before


def test_any_executor_gives_the_same_report(out: Path):
    flip(out / FIRST)
    with ThreadPoolExecutor(2) as pool:
        assert export.verify(out, executor=pool) == export.verify(out)


def test_one_octet_of_any_file_is_found(made: Path, tmp_path: Path):
    names = sorted(tree(made))
    for name in names:
        path = made / name
        whole = path.read_bytes()
        if not whole:
            continue
        try:
            flip(path, 0.7)
            report = export.verify(made)
            assert report.verdict is Verdict.FAILED, name
            assert any(name.rpartition("/")[0] in item.place for item in report.errors), name
            assert names_nobody(report)
        finally:
            path.write_bytes(whole)


def test_a_file_that_is_absent_is_found(made: Path):
    for name in sorted(tree(made)):
        path = made / name
        whole = path.read_bytes()
        path.unlink()
        try:
            report = export.verify(made)
            assert report.verdict is Verdict.FAILED, name
        finally:
            path.write_bytes(whole)


def _swap(out: Path) -> None:
    one, other = (out / FIRST).read_bytes(), (out / SECOND).read_bytes()
    (out / FIRST).write_bytes(other)
    (out / SECOND).write_bytes(one)


def _swapped_and_resealed(out: Path) -> None:
    _swap(out)
    reseal(out)


def _line(out: Path, old: str, new: str) -> None:
    replace(out / "CATALOG.JSL", old, new)
    reseal(out)


def _trait_in_catalogue(out: Path) -> None:
    edit(
        out / "CATALOG.JSL",
        lambda octets: re.sub(rb'"sexe":"[MF]"', b'"sexe":"I"', octets, count=1),
    )
    reseal(out)


def _trait_in_metadata(out: Path) -> None:
    def change(members: dict[str, bytes]) -> None:
        name = next(key for key in members if key.endswith("METADATA.XML"))
        members[name] = re.sub(rb"PID-7\|\d{8}", b"PID-7|19010101", members[name])

    rezip(out / FIRST, change)
    reseal(out)


def _trait_in_document(out: Path) -> None:
    set_document(
        out / FIRST,
        DOC,
        lambda octets: re.sub(rb'<birthTime value="\d+', b'<birthTime value="19010101', octets),
        out / "CATALOG.JSL",
    )
    reseal(out)


def _ins_in_document(out: Path) -> None:
    set_document(
        out / FIRST,
        DOC,
        lambda octets: re.sub(rb'extension="\d{15}"', b'extension="279035121518989"', octets),
        out / "CATALOG.JSL",
    )
    reseal(out)


def _extra(name: str) -> Callable[[Path], None]:
    def add(out: Path) -> None:
        (out / name).parent.mkdir(exist_ok=True)
        (out / name).write_bytes(b"added")

    return add


def _added_archive(out: Path) -> None:
    shutil.copy(out / FIRST, out / LOT / "PAT00099.ZIP")


def _lost_line(out: Path) -> None:
    edit(out / "CATALOG.JSL", lambda octets: octets.partition(b"\n")[2])
    reseal(out)


def _twice(out: Path) -> None:
    edit(out / "CATALOG.JSL", lambda octets: octets.partition(b"\n")[0] + b"\n" + octets)
    reseal(out)


def _order(out: Path) -> None:
    edit(
        out / "CATALOG.JSL",
        lambda octets: b"".join(reversed(octets.splitlines(keepends=True))),
    )
    reseal(out)


def _unlisted(out: Path) -> None:
    rezip(out / FIRST, lambda members: members.update({"IHE_XDM/SUBSET01/EXTRA.PDF": b"%PDF"}))
    reseal(out)


def _lost_member(out: Path) -> None:
    rezip(out / FIRST, lambda members: members.pop(DOC))
    reseal(out)


def _sha1(out: Path) -> None:
    rezip(out / FIRST, lambda members: members.update({DOC: members[DOC] + b"\n"}))
    reseal(out)


def _truncated(out: Path) -> None:
    edit(out / FIRST, lambda octets: octets[: len(octets) // 2])
    reseal(out)


def _no_lot(out: Path) -> None:
    shutil.rmtree(out / OTHER)


def _patients_line(out: Path) -> None:
    edit(
        out / "PATIENTS.JSL",
        lambda octets: re.sub(rb'("date_naissance":")\d{4}', rb"\g<1>1901", octets, count=1),
    )
    reseal(out)


def _local_id(out: Path) -> None:
    octets = (out / "CATALOG.JSL").read_bytes()
    (out / "CATALOG.JSL").write_bytes(octets.replace(b"IPP0000003", b"IPP0000004"))
    octets = (out / "PATIENTS.JSL").read_bytes()
    (out / "PATIENTS.JSL").write_bytes(octets.replace(b"IPP0000003", b"IPP0000004"))
    reseal(out)


def other_hash(octets: bytes) -> bytes:
    """What starts with a hash, with another one, whatever it was."""
    return (b"11" if octets.startswith(b"00") else b"00") + octets[2:]


TAMPERED: list[tuple[str, Callable[[Path], object], str, str]] = [
    ("octet of an archive", lambda out: flip(out / FIRST), "export.archive.hash", FIRST),
    ("octet of the index", lambda out: flip(out / "INDEX.HTM"), "export.file.hash", "INDEX.HTM"),
    ("octet of a lot", lambda out: flip(out / LOT / "LOT.XML"), "export.file.hash", "LOT.XML"),
    ("removed archive", lambda out: (out / FIRST).unlink(), "export.archive.absent", FIRST),
    ("removed lot", _no_lot, "export.lot.absent", OTHER),
    ("removed manifest", lambda out: (out / "MANIFEST.XML").unlink(), "export.file.absent",
     "MANIFEST.XML"),
    ("removed checksums", lambda out: (out / "CHECKSUM.TXT").unlink(), "export.checksum.absent",
     ""),
    ("removed page", lambda out: (out / "INDEXES/P0000001.HTM").unlink(), "export.file.absent",
     "INDEXES/P0000001.HTM"),
    ("added file", _extra("NEW.TXT"), "export.file.unknown", "file "),
    ("added folder", _extra("MORE/NEW.TXT"), "export.file.unknown", "file "),
    ("added in a lot", _extra(f"{LOT}/NEW.TXT"), "export.file.unknown", "file "),
    ("added archive", _added_archive, "export.manifest.archive", "PAT00099.ZIP"),
    ("renamed archive", lambda out: (out / FIRST).rename(out / LOT / "PAT00077.ZIP"),
     "export.manifest.archive", "PAT00077.ZIP"),
    ("renamed file", lambda out: (out / "README.TXT").rename(out / "READ.TXT"),
     "export.file.unknown", "file "),
    ("changed hash", lambda out: edit(out / "CHECKSUM.TXT", other_hash), "export.file.hash", ""),
    ("changed hash of the manifest", lambda out: (
        edit(out / "MANIFEST.XML",
             lambda octets: re.sub(rb"(?<=<hash>)..", lambda found: other_hash(found[0]), octets,
                                   count=1))),
     "export.archive.hash", FIRST),
    ("changed size of the manifest", lambda out: (
        edit(out / "MANIFEST.XML",
             lambda octets: re.sub(rb"<size>\d", b"<size>99", octets, count=1))),
     "export.archive.size", FIRST),
    ("changed count", lambda out: edit(
        out / "MANIFEST.XML", lambda octets: re.sub(
            rb"(<PatientArchiveCount>)\d+", rb"\g<1>3", octets)), "export.manifest.count",
     "MANIFEST.XML"),
    ("changed balance", lambda out: edit(
        out / "MANIFEST.XML", lambda octets: re.sub(
            rb"(<ext:written>)\d+", rb"\g<1>3", octets)), "export.balance", ""),
    ("changed request", lambda out: replace(
        out / "MANIFEST.XML", "<ext:request>{", "<ext:request>{ "), "export.manifest.count",
     "MANIFEST.XML"),
    ("broken manifest", lambda out: edit(
        out / "MANIFEST.XML", lambda octets: octets[:-20]), "export.manifest.unreadable",
     "MANIFEST.XML"),
    ("swapped archives", _swap, "export.archive.hash", FIRST),
    ("swapped archives, resealed", _swapped_and_resealed, "export.identity.ins", FIRST),
    ("lost line", _lost_line, "export.catalogue.missing", FIRST),
    ("line twice", _twice, "export.catalogue.item-id", FIRST),
    ("lines in disorder", _order, "export.catalogue.order", "CATALOG.JSL"),
    ("edited path", lambda out: _line(out, "DOC0001.XML", "DOC0009.XML"),
     "export.catalogue.absent", FIRST),
    ("edited date", lambda out: _line(out, '"date_production":"2', '"date_production":"1'),
     "export.catalogue.field", FIRST),
    ("edited type", lambda out: _line(out, '"type":{"code":"', '"type":{"code":"9'),
     "export.catalogue.field", FIRST),
    ("edited confidentiality", lambda out: _line(
        out, '"confidentiality":"N"', '"confidentiality":"R"'), "export.catalogue.field", FIRST),
    ("edited hash of an item", lambda out: _line(out, '"sha256":"', '"sha256":"0'),
     "export.catalogue.hash", FIRST),
    ("edited twin", lambda out: _line(out, '"pdf_twin_of":"L-1"', '"pdf_twin_of":null'),
     "export.catalogue.field", FIRST),
    ("unknown value", lambda out: _line(out, '"origin":"PRODUCED"', '"origin":"STOLEN"'),
     "export.catalogue.line", "CATALOG.JSL line 1"),
    ("other csv", lambda out: _line(out, '"language":"', '"language":"z'),
     "export.catalogue.csv", "CATALOG.CSV"),
    ("sex in the catalogue", _trait_in_catalogue, "export.identity.traits", FIRST),
    ("date in the metadata", _trait_in_metadata, "export.identity.traits", FIRST),
    ("date in the document", _trait_in_document, "export.identity.document", FIRST),
    ("INS in the document", _ins_in_document, "export.identity.ins", FIRST),
    ("INS in the catalogue", lambda out: _line(out, '"cle":"', '"cle":"0'),
     "export.identity.ins", FIRST),
    ("trait in PATIENTS.JSL", _patients_line, "export.identity.traits", FIRST),
    ("local id", _local_id, "export.identity.local-id", "PAT00003.ZIP"),
    ("undescribed file", _unlisted, "export.archive.unlisted", FIRST),
    ("lost document", _lost_member, "xdm.file.absent", FIRST),
    ("other document", _sha1, "xdm.file.hash", FIRST),
    ("truncated archive", _truncated, "export.archive.unreadable", FIRST),
    ("unfinished", lambda out: (out / "WORK.TMP").mkdir(), "export.unfinished", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "rule", "place"), [row[1:] for row in TAMPERED], ids=[row[0] for row in TAMPERED]
)
def test_a_tampering_has_its_rule_and_its_place(
    out: Path, change: Callable[[Path], object], rule: str, place: str
):
    change(out)
    report = export.verify(out)
    assert report.verdict is Verdict.FAILED
    assert rule in rules(report), str(report)
    assert any(item.rule == rule and place in item.place for item in report.errors), str(report)
    assert names_nobody(report)
    with pytest.raises(ExportError):
        report.raise_for_errors()


def test_a_link_is_told_and_not_followed(out: Path, tmp_path: Path):
    (tmp_path / "elsewhere").write_text("secret")
    (out / "INDEX.LNK").symlink_to(tmp_path / "elsewhere")
    (out / FIRST).unlink()
    (out / FIRST).symlink_to(out / SECOND)
    found = {(item.rule, item.place) for item in export.verify(out).errors}
    assert ("export.tree.link", "INDEX.LNK") in found
    assert ("export.tree.link", FIRST) in found


def test_names_that_differ_by_case_are_refused(out: Path):
    (out / "index.htm").write_text("another")
    if len(list(out.glob("[Ii][Nn][Dd][Ee][Xx].*"))) < 2:
        pytest.skip("a file system that knows no case")
    assert "export.tree.duplicate" in rules(export.verify(out))


def test_a_file_that_the_system_cannot_read_is_wrong_alone(
    out: Path, monkeypatch: pytest.MonkeyPatch
):
    """A worn disc: an archive and a page cannot be read, the others are checked and received."""
    real = os.open

    def worn(path: object, *rest: int, **more: object) -> int:
        if str(path).endswith(("LOT00001/PAT00002.ZIP", "README.TXT")):
            raise OSError(errno.EIO, "input/output error", str(path))
        return real(path, *rest, **more)  # type: ignore[call-overload,no-any-return]

    def opened(path: Path, mode: str = "r", *rest: object, **more: object) -> object:
        return os.fdopen(worn(path, os.O_RDONLY), mode)

    monkeypatch.setattr(os, "open", worn)
    monkeypatch.setattr(Path, "open", opened)
    report = export.verify(out)
    told = {(item.rule, item.place) for item in report.errors}
    assert {("export.archive.unreadable", SECOND), ("export.file.hash", "README.TXT")} <= told
    assert names_nobody(report)
    assert str(out) not in str(report)
    patients = {each.place: each for each in export.receive(out)}
    assert patients[FIRST].lost == 0
    assert patients[SECOND].lost > 0
    assert {item.rule for item in patients[SECOND].findings} >= {"export.archive.unreadable"}
    assert str(out) not in str(patients[SECOND].findings)


def test_each_file_but_the_manifest_and_the_catalogue_may_be_unreadable(
    made: Path, monkeypatch: pytest.MonkeyPatch
):
    """What `verify` promises: another file that cannot be read is an error of the report."""
    real, bad = os.open, ""

    def worn(path: object, *rest: int, **more: object) -> int:
        if str(path).endswith(bad):
            raise OSError(errno.EIO, "input/output error", str(path))
        return real(path, *rest, **more)  # type: ignore[call-overload,no-any-return]

    def opened(path: Path, mode: str = "r", *rest: object, **more: object) -> object:
        return os.fdopen(worn(path, os.O_RDONLY), mode)

    names = sorted({*tree(made)} - {"MANIFEST.XML", "CATALOG.JSL", "CATALOG.CSV"})
    assert {"CHECKSUM.TXT", "PATIENTS.JSL", "REJECTS.JSL", "LOT00001/LOT.XML"} <= {*names}
    monkeypatch.setattr(os, "open", worn)
    monkeypatch.setattr(Path, "open", opened)
    for name in names:
        bad = f"{made.name}/{name}"
        report = export.verify(made)
        assert report.verdict is Verdict.FAILED, name
        assert any(name in item.place for item in report.errors), name
        assert names_nobody(report)
        assert str(made) not in str(report)
        assert list(export.receive(made)), name


@pytest.mark.parametrize("name", [LOT, "INDEXES", "DOCEXP"])
def test_a_folder_that_the_system_cannot_read_is_told(
    out: Path, name: str, monkeypatch: pytest.MonkeyPatch
):
    real = os.scandir

    def shut(path: Path) -> object:
        if str(path).endswith(f"out/{name}"):
            raise PermissionError(errno.EACCES, "permission denied", str(path))
        return real(path)

    monkeypatch.setattr(os, "scandir", shut)
    report = export.verify(out)
    assert ("export.tree.unreadable", name) in {(item.rule, item.place) for item in report.errors}
    assert names_nobody(report)
    assert list(export.receive(out))


def test_checksums_that_cannot_be_read_accuse_no_file(out: Path, monkeypatch: pytest.MonkeyPatch):
    real = os.open

    def worn(path: object, *rest: int, **more: object) -> int:
        if str(path).endswith("out/CHECKSUM.TXT"):
            raise OSError(errno.EIO, "input/output error", str(path))
        return real(path, *rest, **more)  # type: ignore[call-overload,no-any-return]

    monkeypatch.setattr(os, "open", worn)
    report = export.verify(out)
    assert rules(report) == {"export.file.unreadable"}
    assert report.not_run == (
        "CHECKSUM.TXT cannot be read: the files outside lots were not compared",
    )


def test_a_source_that_announced_nothing_and_gave_something_is_told(tmp_path: Path):
    class Silent(Population):
        def announced(self) -> int:
            return 0

    export.portability(
        Silent(tmp_path / "source"), tmp_path / "out", request=export.Request(), sender=HOSPITAL,
        extract_time=NOW,
    ).finish()  # fmt: skip
    told = [item.message for item in export.verify(tmp_path / "out").errors]
    assert told == ["it is not true that announced = found"]


def test_archives_out_of_a_zip_wait_for_an_executor_by_their_octets():
    octets, under_way, most = bytes(5_000_000), 0, 0

    def jobs() -> Iterator[Job]:
        nonlocal under_way, most
        for rank in range(200):
            under_way += 1
            most = max(most, under_way)
            yield Job(place=f"{rank}", source=octets, limits=LIMITS)

    class Executed(Executor):
        def submit(self, call: object, /, chunk: tuple[Job, ...]) -> Future[object]:  # type: ignore[override]
            done: Future[object] = Future()
            done.set_result(tuple(Checked(findings=(), not_run=(), size=0) for _ in chunk))
            return done

    places = []
    for _, job in in_turn(jobs(), Executed()):
        under_way -= 1
        places.append(job.place)
    assert places == [f"{rank}" for rank in range(200)]
    assert 5 <= most <= 20


def test_a_list_of_checksums_is_read_up_to_a_million_lines(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(_sums, "MOST", 2)
    notes = Notes("")
    text = "".join(f"{'0' * 64}  F{rank}\n" for rank in range(5))
    found = dict(_sums.read_sums(io.BytesIO(text.encode()), notes, "CHECKSUM.TXT"))
    assert [*found] == ["F0", "F1"]
    assert notes.report().not_run == ("only the first 2 lines of CHECKSUM.TXT",)


def test_a_pipe_is_not_waited_for(out: Path):
    os.mkfifo(out / "PIPE.TXT")
    assert "export.tree.link" in rules(export.verify(out))


def test_a_name_of_a_person_is_not_told(out: Path):
    (out / "LETTRE DE MME HOMONYME.PDF").write_bytes(b"%PDF")
    report = export.verify(out)
    assert "export.file.unknown" in rules(report)
    assert names_nobody(report)


def test_files_of_a_system_are_told_and_forgiven(out: Path):
    (out / ".DS_Store").write_bytes(b"1")
    (out / LOT / "Thumbs.db").write_bytes(b"1")
    report = export.verify(out)
    strays = [item for item in report if item.rule == "export.file.stray"]
    assert [item.severity for item in strays] == [Severity.INFO] * 2
    assert report


def test_what_is_no_export_is_told(tmp_path: Path):
    (tmp_path / "empty").mkdir()
    assert not export.verify(tmp_path / "empty")
    (tmp_path / "text").write_text("text")
    with pytest.raises(ArchiveError):
        export.verify(tmp_path / "text")
    with pytest.raises(FileNotFoundError):
        export.verify(tmp_path / "nothing")
