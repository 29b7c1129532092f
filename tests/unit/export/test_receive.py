"""Reception: what was exported is given back, equal; what is damaged gives the rest and says so."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from documents import HOSPITAL, NOW, PATIENT, minimal, wrap
from export_tampering import edit, flip, reseal, rezip
from populations import Population

from segur_interop import cda, export, xdm
from segur_interop.errors import ArchiveError, ExportError
from segur_interop.export import catalogue, sources
from segur_interop.export._layouts import Layout
from segur_interop.ins import IdentityStatus

LOT = "LOT00001"
FIRST = f"{LOT}/PAT00001.ZIP"


def exported(folder: Path, plain: int, patients: int = 6) -> Path:
    export.portability(
        Population(folder / "source", plain=plain, broken=2),
        folder / "out",
        request=export.Request(),
        sender=HOSPITAL,
        extract_time=NOW,
        lots=export.LotLimits(patients=patients),
    ).finish()
    return folder / "out"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(tmp_path_factory.mktemp("received"), 4)


@pytest.fixture
def out(made: Path, tmp_path: Path) -> Path:
    shutil.copytree(made, tmp_path / "out")
    return tmp_path / "out"


def lines_of(folder: Path) -> list[catalogue.Line]:
    text = (folder / "CATALOG.JSL").read_text(encoding="utf-8")
    return [catalogue.read_json_line(line) for line in text.splitlines()]


def assert_equal_to_the_catalogue(folder: Path) -> int:
    """Every line comes back once, with octets of its hash and the patient of its line."""
    wanted = {(line.lot, line.archive, line.item_id): line for line in lines_of(folder)}
    count = 0
    for patient in export.receive(folder):
        assert not patient.is_doubtful
        assert patient.identity.asserted
        for item in patient.items:
            count += 1
            line = wanted.pop((*patient.place.split("/"), item.id))
            assert item.line == line
            assert item.sha256 == line.sha256
            assert not item.is_damaged
            assert (patient.identity.birth_name or None) == line.nom_naissance
            assert (patient.identity.matricule is None) == (line.ins is None)
    assert not wanted
    return count


def test_one_patient_comes_back_equal(tmp_path: Path):
    document = wrap()
    folder = tmp_path / "out"
    export.portability(
        [document], folder, request=export.Request(), sender=HOSPITAL, extract_time=NOW
    ).finish()
    assert assert_equal_to_the_catalogue(folder) == 1
    (patient,) = export.receive(folder)
    (item,) = patient.items
    assert bytes(item.document()) == bytes(document)
    assert item.open().read() == bytes(document)
    assert patient.identity.matricule == document.patient.identity.matricule
    assert patient.ids == document.patient.ids
    assert not patient.identity.may_transmit_ins


def test_a_thousand_patients_come_back_equal(tmp_path: Path):
    assert assert_equal_to_the_catalogue(exported(tmp_path, 1000, 400)) > 2000


def test_patients_without_item_come_too(made: Path):
    patients = list(export.receive(made))
    assert len(patients) == len((made / "PATIENTS.JSL").read_text().splitlines())
    assert patients[-1].place.startswith("PATIENTS.JSL")
    assert not patients[-1].items


def test_what_is_replaced_comes_before(made: Path):
    (chain,) = [
        patient for patient in export.receive(made) if any(i.id == "V-2" for i in patient.items)
    ]
    assert [item.id for item in chain.items][:3] == ["V-1", "V-2", "V-3"]


def test_oldest_first_whatever_the_order_and_however_it_turns():
    entry = xdm.Entry(b"", xdm.DocumentEntry())

    def item(name: str, replaces: str = "") -> export.ReceivedItem:
        return export.ReceivedItem(id=name, entry=entry, replaces=replaces)

    found = export.received.oldest_first([item("c", "b"), item("a"), item("b", "a")])
    assert [one.id for one in found] == ["a", "b", "c"]
    turning = export.received.oldest_first([item("a", "b"), item("b", "a")])
    assert {one.id for one in turning} == {"a", "b"}


def test_a_repr_names_nobody(made: Path):
    text = "".join(f"{patient!r}{patient.items!r}" for patient in export.receive(made))
    assert not any(word in text for word in ("HOMONYME", "CAMILLE", "IPP0", "Lettre"))


def test_a_damaged_archive_leaves_the_others(out: Path):
    edit(out / FIRST, lambda octets: octets[: len(octets) // 2])
    whole = list(export.receive(out))
    first = whole[0]
    assert first.items == ()
    assert first.lost == 3
    assert first.identity.matricule is not None
    assert {"export.archive.unreadable", "export.receive.lost"} <= {
        item.rule for item in first.findings
    }
    assert all(not patient.lost for patient in whole[1:])


def test_a_damaged_item_is_said_damaged(out: Path):
    def change(members: dict[str, bytes]) -> None:
        name = next(key for key in members if key.endswith("DOC0003.PDF"))
        members[name] = members[name][:-1] + b"?"

    rezip(out / FIRST, change)
    (first, *_) = export.receive(out)
    assert [item.is_damaged for item in first.items].count(True) == 1


def test_without_catalogue_the_metadata_are_read(out: Path):
    (out / "CATALOG.JSL").unlink()
    whole = list(export.receive(out))
    assert len(whole) == len(list(export.receive(out)))
    assert whole[0].identity.matricule is not None
    assert whole[0].items[0].line is None


def test_a_line_that_cannot_be_read_leaves_the_others(out: Path):
    edit(out / "CATALOG.JSL", lambda octets: b"{" + octets)
    reception = export.receive(out)
    assert (
        sum(len(patient.items) for patient in reception)
        == len((out / "CATALOG.JSL").read_bytes().splitlines()) - 1
    )
    assert [item.rule for item in reception.findings] == ["export.catalogue.line"]


def test_two_identities_are_a_doubt(out: Path):
    edit(
        out / "CATALOG.JSL",
        lambda octets: (
            octets.replace(b'"date_naissance":"', b'"date_naissance":"1', 1).replace(
                b':"119', b':"19', 1
            )
            if b':"119' in octets
            else octets.replace(b'"sexe":"M"', b'"sexe":"F"', 1)
        ),
    )
    reseal(out)
    assert next(iter(export.receive(out))).is_doubtful


# -- what others send ---------------------------------------------------------------------------


def zipped(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(folder).as_posix())
    return target


def test_a_zip_of_an_export_is_received_and_verified(made: Path, tmp_path: Path):
    target = zipped(made, tmp_path / "all.zip")
    assert export.verify(target)
    known = [(patient.place, len(patient.items)) for patient in export.receive(made)]
    assert [(patient.place, len(patient.items)) for patient in export.receive(target)] == known


def test_a_bare_archive_and_a_folder_of_them(made: Path, tmp_path: Path):
    (patient,) = export.receive(made / FIRST)
    assert patient.identity.matricule is not None
    assert len(patient.items) == 3
    folder = tmp_path / "archives"
    (folder / "more").mkdir(parents=True)
    shutil.copy(made / FIRST, folder / "MME X.zip")
    shutil.copy(made / LOT / "PAT00002.ZIP", folder / "more" / "2.zip")
    reception = export.receive(folder)
    assert reception.layout is Layout.ARCHIVES
    found = list(reception)
    assert len(found) == 2
    assert not any("MME" in f"{one!r}{one.findings}" for one in found)


def test_an_archive_unpacked(made: Path, tmp_path: Path):
    with zipfile.ZipFile(made / FIRST) as archive:
        archive.extractall(tmp_path / "open")
    reception = export.receive(tmp_path / "open")
    assert reception.layout is Layout.XDM
    (patient,) = reception
    assert len(patient.items) == 3
    assert not any(item.is_damaged for item in patient.items)


def draft_a(folder: Path, made: Path, status: str = "QUAL") -> Path:
    """Draft A: one tree, lots as SUBSETnnn, SHA-256 in the metadata, SPECIFIC beside."""
    subsets = []
    for rank in (1, 2, 3):
        place = folder / "IHE_XDM" / f"SUBSET{rank:03d}"
        with zipfile.ZipFile(made / LOT / f"PAT0000{rank}.ZIP") as archive:
            for name in archive.namelist():
                if name.startswith("IHE_XDM/SUBSET01/") and not name.endswith("/"):
                    place.mkdir(parents=True, exist_ok=True)
                    (place / name.rpartition("/")[2]).write_bytes(archive.read(name))
        text = (place / "METADATA.XML").read_text()
        for path in place.glob("DOC*"):
            octets = path.read_bytes()
            sha1 = hashlib.sha1(octets, usedforsecurity=False).hexdigest().upper()
            text = text.replace(sha1, hashlib.sha256(octets).hexdigest())
        (place / "METADATA.XML").write_text(text)
        (place / "SPECIFIC").mkdir()
        (place / "SPECIFIC" / "notes.json").write_text("{}")
        (place / "SPECIFIC" / "mapping.json").write_text("{}")
        subsets.append({"path": f"IHE_XDM/SUBSET{rank:03d}", "patientINS": "", "insStatus": status})
    manifest = {
        "exportId": "A-1", "editorName": "X", "exportStatus": "COMPLETE",
        "patientCount": 3, "subsets": subsets,
    }  # fmt: skip
    (folder / "MANIFEST.JSON").write_text(json.dumps(manifest))
    (folder / "INDEX.HTM").write_text("<html></html>")
    names = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    sums = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.relative_to(folder).as_posix()}\n"
        for path in names
    )
    (folder / "CHECKSUMS.TXT").write_text(sums)
    return folder


@pytest.mark.parametrize("as_zip", [False, True], ids=["folder", "zip"])
def test_draft_a_is_received(made: Path, tmp_path: Path, as_zip: bool):
    folder = draft_a(tmp_path / "a", made)
    source = zipped(folder, tmp_path / "a.zip") if as_zip else folder
    reception = export.receive(source)
    assert reception.layout is Layout.DRAFT_A
    assert reception.export_id == "A-1"
    patients = list(reception)
    assert len(patients) == 3
    assert patients[0].identity.matricule is not None
    assert not any(item.is_damaged for patient in patients for item in patient.items)
    kinds = {item.metadata.uri for item in patients[0].items}
    assert {"notes.json", "mapping.json"} <= kinds
    assert export.verify(source), str(export.verify(source))


def test_draft_a_provisional_identities_block_nothing_and_are_not_qualified(
    made: Path, tmp_path: Path
):
    patients = list(export.receive(draft_a(tmp_path / "a", made, "PROV")))
    assert {patient.identity.status for patient in patients} == {IdentityStatus.PROVISOIRE}
    plan = export.import_plan(patients, [patients[0].identity])
    assert all(item.decision is not export.Decision.ATTACH for item in plan)


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda folder: flip(folder / "IHE_XDM/SUBSET001/DOC0001.XML"), "xdm.file.hash"),
        (lambda folder: flip(folder / "INDEX.HTM"), "export.file.hash"),
        (lambda folder: (folder / "INDEX.HTM").unlink(), "export.file.absent"),
        (lambda folder: shutil.rmtree(folder / "IHE_XDM/SUBSET002"), "export.manifest.count"),
        (lambda folder: (folder / "MORE.TXT").write_text("x"), "export.file.unknown"),
    ],
    ids=["document", "index", "removed", "subset", "added"],
)
def test_draft_a_changed_is_told(
    made: Path, tmp_path: Path, change: Callable[[Path], object], rule: str
):
    folder = draft_a(tmp_path / "a", made)
    change(folder)
    assert rule in {item.rule for item in export.verify(folder).errors}


def draft_b(folder: Path, made: Path) -> Path:
    """Draft B: MANIFEST.XML without namespace, archives beside it."""
    folder.mkdir()
    rows = []
    for rank in (1, 2, 3):
        octets = (made / LOT / f"PAT0000{rank}.ZIP").read_bytes()
        (folder / f"PAT0000{rank}.ZIP").write_bytes(octets)
        rows.append(
            f"<Archive><archiveid>PAT0000{rank}</archiveid><type>Patient</type>"
            f"<patientId>2790351215189</patientId><size>{len(octets)}</size>"
            f"<hash>{hashlib.sha256(octets).hexdigest()}</hash></Archive>"
        )
    (folder / "MANIFEST.XML").write_text(
        "<Manifest><exportId>B-1</exportId><extractTime>2026-07-02T10:00:00+02:00</extractTime>"
        "<exportType>MASSIF</exportType><exportStatus>COMPLETE</exportStatus>"
        "<editeurSortant><denominationEG>X</denominationEG>"
        "<numSiret>123 456 789 00012</numSiret></editeurSortant>"
        "<PatientArchiveCount>3</PatientArchiveCount>"
        "<TransverseArchiveCount>0</TransverseArchiveCount>"
        f"<Archives>{''.join(rows)}</Archives></Manifest>"
    )
    return folder


def test_draft_b_is_received_and_verified(made: Path, tmp_path: Path):
    folder = draft_b(tmp_path / "b", made)
    reception = export.receive(folder)
    assert (reception.layout, reception.export_id) == (Layout.DRAFT_B, "B-1")
    assert len(list(reception)) == 3
    assert export.verify(folder), str(export.verify(folder))


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda folder: flip(folder / "PAT00001.ZIP"), "export.archive.hash"),
        (lambda folder: (folder / "PAT00001.ZIP").unlink(), "export.archive.absent"),
        (lambda folder: shutil.copy(folder / "PAT00001.ZIP", folder / "PAT00009.ZIP"),
         "export.manifest.archive"),
        (lambda folder: edit(folder / "MANIFEST.XML", lambda text: text.replace(
            b"ArchiveCount>3", b"ArchiveCount>4")), "export.manifest.count"),
        (lambda folder: edit(folder / "MANIFEST.XML", lambda text: text.replace(
            b"</archiveid>", b"<archiveid>")), "export.manifest.unreadable"),
    ],
    ids=["octet", "removed", "added", "count", "not well formed"],
)  # fmt: skip
def test_draft_b_changed_is_told_and_still_received(
    made: Path, tmp_path: Path, change: Callable[[Path], object], rule: str
):
    folder = draft_b(tmp_path / "b", made)
    change(folder)
    assert rule in {item.rule for item in export.verify(folder).errors}
    assert len(list(export.receive(folder))) >= 2


def test_a_folder_of_documents_and_a_csv(tmp_path: Path):
    folder = tmp_path / "files"
    folder.mkdir()
    wrap().save(folder / "letter.xml")
    (folder / "scan.pdf").write_bytes(b"%PDF-1.4")
    (folder / "other.pdf").write_bytes(b"%PDF-1.5")
    names = ("patient", "item", "file", "birth_name", "birth_given_names", "birth_date", "sex")
    assert set(names) <= sources.COLUMNS.keys()
    (folder / "table.csv").write_text(
        f"{';'.join(names)}\n"
        "1;s-1;scan.pdf;SANS-INS;CAMILLE;1980-02-03;F\n"
        "1;s-2;../outside.pdf;SANS-INS;CAMILLE;1980-02-03;F\n"
    )
    (tmp_path / "outside.pdf").write_bytes(b"%PDF")
    reception = export.receive(folder)
    assert reception.layout is Layout.FILES
    patients = list(reception)
    of_table, of_header, nobody = patients
    assert [item.id for item in of_table.items] == ["s-1"]
    assert of_table.lost == 1
    assert of_header.identity.matricule == PATIENT.identity.matricule
    assert nobody.is_doubtful
    assert not export.verify(folder)  # nothing tells what should be there
    plan = export.import_plan(patients, [])
    assert [item.decision.name for item in plan] == ["CREATE", "CREATE", "REVIEW"]


def loose(folder: Path, lines: str) -> list[export.ReceivedPatient]:
    folder.mkdir()
    wrap().save(folder / "letter.xml")
    for name in ("one.pdf", "two.pdf"):
        (folder / name).write_bytes(b"%PDF-1.4 " + name.encode())
    names = "patient;item;file;birth_name;birth_given_names;birth_date;produced"
    (folder / "table.csv").write_text(f"{names}\n{lines}")
    return list(export.receive(folder))


def test_a_document_that_is_not_of_the_patient_of_its_row_is_a_doubt(tmp_path: Path):
    first, *_ = loose(tmp_path / "a", "1;x;letter.xml;SANS-INS;CAMILLE;1980-02-03;\n")
    assert first.is_doubtful
    (planned,) = export.import_plan([first], [])
    assert planned.decision.name == "REVIEW"


def test_rows_that_tell_two_identities_file_nothing_under_either(tmp_path: Path):
    rows = "1;x;one.pdf;SANS-INS;CAMILLE;1980-02-03;\n1;y;two.pdf;AUTRE;CAMILLE;1980-02-03;\n"
    patients = loose(tmp_path / "a", rows)
    assert patients[0].items == ()
    assert (patients[0].lost, patients[0].is_doubtful) == (2, True)
    left = {item.entry.read() for each in patients[1:] for item in each.items}
    assert {b"%PDF-1.4 one.pdf", b"%PDF-1.4 two.pdf"} <= left
    plan = export.import_plan(patients, [])
    assert [item.decision.name for item in plan][0] == "REVIEW"


def test_a_patient_whose_rows_do_not_follow_each_other_is_told(tmp_path: Path):
    rows = "".join(f"{key};{key}{n};one.pdf;SANS-INS;CAMILLE;1980-02-03;\n" for n, key in
                   enumerate("121"))  # fmt: skip
    loose(tmp_path / "a", rows)
    report = export.verify(tmp_path / "a")
    assert [item.place for item in report.errors if item.rule == "export.table"] == ["file 1#3"]


def test_a_row_that_cannot_be_read_leaves_its_file_to_look_at(tmp_path: Path):
    rows = "1;x;one.pdf;SANS-INS;CAMILLE;1980-02-03;0000\n\n1;y;two.pdf;;;;\n"
    first, *others = loose(tmp_path / "a", rows)
    assert ([item.id for item in first.items], first.lost) == (["y"], 1)
    assert "export.receive.unfit" in {item.rule for item in first.findings}
    assert b"%PDF-1.4 one.pdf" in {item.entry.read() for each in others for item in each.items}


def test_two_items_of_one_identifier_are_both_received(tmp_path: Path):
    rows = "1;x;one.pdf;SANS-INS;CAMILLE;1980-02-03;\n1;x;two.pdf;SANS-INS;CAMILLE;1980-02-03;\n"
    first, *_ = loose(tmp_path / "a", rows)
    assert [item.entry.read()[-7:] for item in first.items] == [b"one.pdf", b"two.pdf"]


def test_documents_of_two_patients_in_one_archive_are_a_doubt(tmp_path: Path):
    identity = dataclasses.replace(
        PATIENT.identity, birth_name="AUTRE", matricule=None, status=IdentityStatus.VALIDEE
    )
    other = cda.wrap(
        cda.PlainText("x"),
        **minimal(patient=dataclasses.replace(PATIENT, identity=identity), id="1.2.250.1.999.9.9"),
    )
    one = xdm.pack([wrap()], source=HOSPITAL).save(tmp_path / "one.zip")
    two = xdm.pack([other], source=HOSPITAL).save(tmp_path / "two.zip")
    with zipfile.ZipFile(two) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}

    def add(held: dict[str, bytes]) -> None:
        held |= {
            name.replace("SUBSET01", "SUBSET02"): octets
            for name, octets in members.items()
            if "SUBSET01" in name
        }

    rezip(one, add)
    patients = list(export.receive(one))
    assert len({patient.identity.birth_name for patient in patients}) == 2


def test_an_encrypted_export_and_no_archive_are_refused(tmp_path: Path):
    (tmp_path / "LOT00001.P7M").write_bytes(b"0")
    (tmp_path / "CHECKSUM.TXT").write_text("")
    with pytest.raises(ExportError):
        export.receive(tmp_path)
    (tmp_path / "text.zip").write_bytes(b"text")
    with pytest.raises(ArchiveError):
        export.receive(tmp_path / "text.zip")
