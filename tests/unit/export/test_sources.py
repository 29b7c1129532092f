"""A folder of files and a CSV as a source, in the library and on the command line."""

from __future__ import annotations

import csv
import json
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from documents import HOSPITAL, wrap

from segur_interop import export, xdm
from segur_interop.cli import main
from segur_interop.cli._workers import executor
from segur_interop.errors import ExportError, InvalidValue
from segur_interop.export import FolderSource, catalogue, layout
from segur_interop.export.sources import COLUMNS
from segur_interop.ins import IdentityStatus, Sex

ROW = {
    "patient": "P1", "item": "D1", "file": "a.pdf", "birth_name": "PAT-TROIS",
    "birth_given_names": "DOMINIQUE MARIE-LOUISE", "first_birth_given_name": "DOMINIQUE",
    "birth_date": "1979-03-28", "sex": "F", "birth_place": "51215", "status": "QUALIFIEE",
    "matricule": "279035121518989", "matricule_oid": "1.2.250.1.213.1.4.10", "ipp": "1",
    "ipp_root": "1.2.250.1.999.1", "type": "11490-0", "produced": "2026-03-01",
    "author": "10000336601", "author_family": "LEGRIS", "author_given": "Pierre",
    "title": "Lettre; de \"liaison\"",
}  # fmt: skip
OTHER = {
    "patient": "P2", "item": "D3", "file": "b.docx", "birth_name": "AUTRE",
    "birth_date": "1950-00-00",
}  # fmt: skip


def table(folder: Path, *rows: dict[str, str], names: Any = COLUMNS) -> Path:
    (folder / "a.pdf").write_bytes(b"%PDF-1.4")
    (folder / "b.docx").write_bytes(b"PK\3\4")
    path = folder / "table.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, list(names), delimiter=";", restval="")
        writer.writeheader()
        writer.writerows(rows)
    return path


def test_rows_are_patients_with_their_items(tmp_path: Path):
    source = FolderSource(table(tmp_path, ROW, {**ROW, "item": "D2", "author": ""}, OTHER))
    assert source.announced() == 3
    first, second = source
    items = list(first.items)
    assert [item.id for item in items] == ["D1", "D2"]
    assert items[0].mime_type == "application/pdf"
    assert items[0].type is not None
    assert items[0].type.label.startswith("Lettre de liaison")
    assert str(items[0].produced) == "20260301"
    assert items[0].authors[0].idnat == "810000336601"
    identity = first.patient.identity
    assert (identity.birth_date, identity.sex) == (date(1979, 3, 28), Sex.F)
    assert identity.status is IdentityStatus.QUALIFIEE
    assert identity.may_transmit_ins
    assert second.patient.identity.received_birth_date == "1950-00-00"
    assert list(second.items)[0].mime_type.endswith("wordprocessingml.document")


def test_the_columns_may_come_in_any_order_and_be_few(tmp_path: Path):
    row = {name: ROW[name] for name in ("file", "item", "patient")}
    (only,) = FolderSource(table(tmp_path, row, names=row))
    assert only.patient.identity.birth_name == ""
    assert all(text.endswith(".") for text in COLUMNS.values())


def test_a_table_may_begin_with_a_mark_and_then_a_quote(tmp_path: Path):
    """As PowerShell writes it: Export-Csv -Encoding UTF8."""
    text = '\ufeff"patient";"item";"file"\r\n"P1";"D1";"a.pdf"\r\n'
    (tmp_path / "table.csv").write_bytes(text.encode())
    for encoding in ("utf-8", "UTF8", "utf-8-sig"):
        (only,) = FolderSource(tmp_path / "table.csv", encoding=encoding)
        assert (only.key, [item.id for item in only.items]) == ("P1", ["D1"])


@pytest.mark.parametrize("names", [["patient", "item"], ["patient", "item", "file", "other"], []])
def test_a_table_of_other_columns_is_refused(tmp_path: Path, names: list[str]):
    with pytest.raises(ExportError):
        FolderSource(table(tmp_path, names=names))


@pytest.mark.parametrize(
    "changes",
    [
        {"sex": "XX-SECRET"},
        {"status": "STATUS-SECRET"},
        {"matricule": "123-SECRET"},
        {"ipp_root": "not an oid"},
        {"patient": ""},
        {"patient": "a\x01b"},
        {"produced": "yesterday"},
        {"produced": "0000-00-00"},
        {"produced": "2026-02-30 10:00:00"},
        {"masks": "SECRETS"},
        {"origin": "ELSEWHERE"},
        {"item": ""},
        {"item": "a\x01b"},
        {"author_family": "a\x01b"},
    ],
)
def test_a_wrong_cell_refuses_what_it_is_of_and_the_others_are_written(
    tmp_path: Path, changes: dict[str, str]
):
    result, rejects = exported(tmp_path, {**ROW, **changes}, OTHER)
    assert (result.balance.announced, result.balance.written, result.balance.refused) == (2, 1, 1)
    of_patient = {"sex", "status", "matricule", "ipp_root", "patient"}
    (told,) = rejects
    assert told["reason"] == ("IDENTITY" if of_patient & changes.keys() else "VALUE")
    assert told["item_id"] == ("line 2" if "item" in changes else "D1")
    assert export.verify(tmp_path / "out")
    for path in (tmp_path / "out").rglob("*.*"):
        octets = path.read_bytes() if path.is_file() else b""
        assert not any(len(text) > 4 and text.encode() in octets for text in changes.values())


def exported(folder: Path, *rows: dict[str, str]) -> tuple[export.Result, list[dict[str, Any]]]:
    source = FolderSource(table(folder, *rows))
    run = export.portability(source, folder / "out", request=export.Request(), sender=HOSPITAL)
    result = run.finish()
    rejects = (folder / "out" / layout.REJECTS).read_text("utf-8").splitlines()
    return result, [json.loads(line) for line in rejects]


def test_two_identities_under_one_key_give_no_document_to_either(tmp_path: Path):
    other = {**ROW, "item": "D2", "birth_name": "AUTRE"}
    result, rejects = exported(tmp_path, ROW, other, OTHER)
    assert [item["reason"] for item in rejects] == ["IDENTITY", "IDENTITY"]
    assert (result.balance.written, result.status.value) == (1, "PARTIAL")
    assert "PAT-TROIS" not in (tmp_path / "out" / layout.PATIENTS).read_text("utf-8")


def test_a_line_that_says_nothing_of_the_patient_is_of_the_line_before(tmp_path: Path):
    result, rejects = exported(tmp_path, ROW, {"patient": "P1", "item": "D2", "file": "a.pdf"})
    assert (result.balance.written, rejects) == (2, [])


def test_a_line_without_document_is_a_patient(tmp_path: Path):
    result, _ = exported(tmp_path, ROW, {"patient": "P2", "birth_name": "AUTRE"})
    assert (result.balance.announced, result.balance.written) == (1, 1)
    assert (result.patients, result.patients_without_archive) == (1, 1)
    assert "AUTRE" in (tmp_path / "out" / layout.PATIENTS).read_text("utf-8")


HEADER = "patient;item;file;title\n"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (f'{HEADER}1;a;a.pdf;"letter\n2;b;b.docx;x\n', "line 2"),
        (f'{HEADER}1;a;a.pdf;"letter\n2;b;b.docx;"x"\n', "line 2"),
        (f'{HEADER}1;a;a.pdf;"letter\n2;b;b.docx;x"\n', "line 2"),
        (f"{HEADER}1;a;a.pdf;x\n\n2;b;b.docx;letter; of SECRET\n", "line 4"),
        (f"{HEADER}1;a;a.pdf;{'x' * 200_000}\n", "line 2"),
        (f"{HEADER}1;a;a.pdf;x\n2;b;b.docx;x\n1;c;a.pdf;x\n", "line 4"),
        ("patient;item;file;title;title\n1;a;a.pdf;x;y\n", "source"),
        ("patient,item,file\n1,a,a.pdf\n", "source"),
    ],
    ids=["no end", "odd end", "swallowed", "cells", "long", "again", "twice", "comma"],
)
def test_what_is_no_table_is_refused_before_anything_is_written(
    tmp_path: Path, text: str, place: str
):
    table(tmp_path)
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    with pytest.raises(ExportError) as error:
        FolderSource(tmp_path / "table.csv").announced()
    assert error.value.place == place
    assert "SECRET" not in str(error.value)


def test_lines_without_anything_are_passed(tmp_path: Path):
    table(tmp_path)
    (tmp_path / "table.csv").write_text(f'{HEADER}\n1;a;a.pdf;"two\nlines"\n;;;\n\n')
    source = FolderSource(tmp_path / "table.csv")
    (record,) = source
    (item,) = record.items
    assert isinstance(item, export.Item)
    assert (source.announced(), item.title) == (1, "two\nlines")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "cp1252", "utf-16"])
def test_another_encoding_is_read_when_told_and_never_guessed(tmp_path: Path, encoding: str):
    text = "patient\titem\tfile\tbirth_name\n1\ta\ta.pdf\tBÉRÉNICE\n"
    (tmp_path / "table.csv").write_text(text, encoding=encoding)
    source = FolderSource(tmp_path / "table.csv", delimiter="\t", encoding=encoding)
    assert [record.patient.identity.birth_name for record in source] == ["BÉRÉNICE"]
    if encoding != "utf-8-sig":
        with pytest.raises(ExportError, match="not utf-8"):
            FolderSource(tmp_path / "table.csv", delimiter="\t").announced()


@pytest.mark.parametrize("how", [{"delimiter": ";;"}, {"delimiter": ""}, {"encoding": "none"}])
def test_a_delimiter_or_an_encoding_that_is_none_is_refused(tmp_path: Path, how: Any):
    with pytest.raises(InvalidValue):
        FolderSource(table(tmp_path, ROW), **how)


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("2026-03-01 10:11:12", "20260301101112"),
        ("2026-03-01T10:11:12+01:00", "20260301101112+0100"),
        ("2026-03-01", "20260301"),
        ("2026", "2026"),
    ],
)
def test_a_time_keeps_the_precision_and_the_zone_that_it_has(tmp_path: Path, text: str, read: str):
    (record,) = FolderSource(table(tmp_path, {**ROW, "produced": text}))
    (item,) = record.items
    assert isinstance(item, export.Item)
    assert str(item.produced) == read


def test_documents_and_records_are_not_mixed(tmp_path: Path):
    letter = wrap()
    record = export.Record(key="1", patient=letter.patient)
    for mixed in ([letter, record], iter([letter, record]), [record, letter], ["SECRET"]):
        with pytest.raises(TypeError) as error:
            export.portability(
                mixed,  # type: ignore[arg-type]
                tmp_path / "out", request=export.Request(), sender=HOSPITAL,
            ).finish()  # fmt: skip
        assert "SECRET" not in str(error.value)


def test_a_folder_is_exported_and_every_archive_is_sound(tmp_path: Path):
    source = FolderSource(table(tmp_path, ROW, OTHER))
    result = export.portability(
        source, tmp_path / "out", request=export.Request(), sender=HOSPITAL
    ).finish()
    assert result
    for path in (tmp_path / "out").glob("LOT*/PAT*.ZIP"):
        assert xdm.unpack(path).findings == ()


# -- the command --------------------------------------------------------------------------------


def command(folder: Path, *options: str) -> list[str]:
    sender = folder / "sender.json"
    sender.write_text(json.dumps({"idnat": "1750803447", "name": "Hôpital"}), encoding="utf-8")
    return [
        "export", "--source", str(folder / "table.csv"), "--out", str(folder / "out"),
        "--sender", str(sender), *options,
    ]  # fmt: skip


def test_the_command_exports_by_depth_and_professional(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    table(tmp_path, ROW, {**ROW, "item": "D2", "author": "10000000012"}, OTHER)
    options = ("--since", "2026", "--professional", "10000336601", "--json")
    assert main(command(tmp_path, *options)) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["written"], told["excluded"], told["announced"]) == (1, 2, 3)
    assert told["patients_without_archive"] == 1
    (line,) = (tmp_path / "out" / layout.CATALOGUE_JSON).read_text("utf-8").splitlines()
    assert catalogue.read_json_line(line).item_id == "D1"


def test_the_command_says_no_when_a_document_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    table(tmp_path, {**ROW, "file": "absent.pdf"}, OTHER)
    assert main(command(tmp_path, "--workers", "2")) == 1
    shown = capsys.readouterr()
    assert "PARTIAL" in shown.out
    assert "PAT-TROIS" not in shown.out + shown.err


@pytest.mark.parametrize("number", ["0", "-1", "two", "²"])
def test_the_command_refuses_a_number_of_processes_that_is_none(tmp_path: Path, number: str):
    with pytest.raises(SystemExit) as refused:
        main(command(tmp_path, "--workers", number))
    assert refused.value.code == 2
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    "options",
    [("--depth", "5 years"), ("--scope", "author"), ("--professional", ""), ("--patient", "")],
)
def test_the_command_refuses_a_request_that_is_none(tmp_path: Path, options: tuple[str, str]):
    table(tmp_path, ROW)
    assert main(command(tmp_path, *options)) == 1
    assert not (tmp_path / "out").exists()


def test_the_command_fails_without_its_table(tmp_path: Path):
    (tmp_path / "other").mkdir()
    assert main(command(tmp_path)) == 2


def test_the_command_says_partial_when_the_disk_is_full_and_goes_on_when_there_is_room(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    resource = pytest.importorskip("resource", reason="limits of POSIX")
    large = {**ROW, "item": "D9", "file": "large.pdf"}
    table(tmp_path, ROW, large)
    (tmp_path / "large.pdf").write_bytes(b"%PDF-1.4" + b"x" * 400_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        assert main(command(tmp_path, "--json")) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    shown = capsys.readouterr()
    assert json.loads(shown.out)["stopped"] == "DISK_FULL"
    assert "PARTIAL: disk full; run the same command again" in shown.err
    assert main(["verify", str(tmp_path / "out")]) == 1
    assert main(command(tmp_path)) == 0
    assert main(["verify", str(tmp_path / "out")]) == 0


def test_the_command_tells_of_patients_who_are_told_otherwise_since_the_stop(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    resource = pytest.importorskip("resource", reason="limits of POSIX")
    large = {**OTHER, "file": "large.pdf"}
    table(tmp_path, ROW, large)
    (tmp_path / "large.pdf").write_bytes(b"%PDF-1.4" + b"x" * 400_000)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, before[1]))
    try:
        assert main(command(tmp_path)) == 2
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    table(tmp_path, {**ROW, "birth_date": "1979-03-27"}, large)
    capsys.readouterr()
    assert main(command(tmp_path, "--json")) == 0
    shown = capsys.readouterr()
    assert json.loads(shown.out)["patients_changed"] == 1
    assert shown.err.startswith("segur-interop: 1 patient(s) done before the stop")
    assert shown.err.count("\n") == 1


process_kind = partial(eval, "type(__import__('multiprocessing').current_process()).__name__")


def test_workers_start_from_nothing_whatever_threads_there_are():
    with executor(1) as pool:
        assert pool is None
    with executor(2) as pool:
        assert pool is not None
        assert pool.submit(process_kind).result() == "SpawnProcess"
