"""`segur-interop hl7 read`: what a message asks for, and nobody's name."""

from __future__ import annotations

import json

import hl7_samples
import pytest
import transport_samples as samples

from segur_interop import hl7
from segur_interop.cli import main

PERSONAL = ("PAT-TROIS", "DOMINIQUE", "LEGRIS", "279035121", "19790328", "mssante.fr", "IPP0001")


def run(capsys, *arguments):
    status = main(["hl7", "read", *map(str, arguments)])
    output = capsys.readouterr()
    assert not [text for text in PERSONAL if text in output.out + output.err]
    return status, output.out, output.err


def saved(tmp_path, data, name="message.hl7"):
    path = tmp_path / name
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("kind", ["ORU", "MDM"])
def test_what_is_asked_is_told_without_anybody(kind, tmp_path, capsys):
    path = saved(tmp_path, samples.octets(kind))
    status, out, _ = run(capsys, path, "--json")
    told = json.loads(out)
    assert status == 0
    assert told["asked"] == ["destdmp", "destmssanteps", "destmssantepat"]
    assert (told["documents"], told["pdfs"], told["kinds"]) == (1, 0, ["11490-0"])
    assert told["control"] == "initial"
    assert told["recipients"] == {"professional": 1, "patient": 1}
    assert told["findings"] == []
    status, out, _ = run(capsys, path)
    assert status == 0
    assert "destdmp, destmssanteps, destmssantepat" in out


def test_documents_are_written_whole(tmp_path, capsys):
    out = tmp_path / "out"
    status, text, _ = run(capsys, saved(tmp_path, samples.octets()), "-o", out)
    assert status == 0
    assert (out / "0001.xml").read_bytes() == bytes(samples.document())
    assert "written" in text
    pdf = saved(tmp_path, samples.carrying(samples.ed(samples.PDF), more=samples.metadata()))
    assert run(capsys, pdf, "-o", out)[0] == 0
    assert (out / "0001.pdf").read_bytes() == samples.PDF
    assert sorted(path.name for path in out.iterdir()) == ["0001.pdf", "0001.xml"]


def test_a_document_that_stands_there_is_not_replaced_unless_forced(tmp_path, capsys):
    out = tmp_path / "out"
    out.mkdir()
    (out / "0001.xml").write_bytes(b"of somebody else")
    message = saved(tmp_path, samples.octets())
    status, text, error = run(capsys, message, "-o", out)
    assert (status, text) == (1, "")
    assert "--force" in error
    assert (out / "0001.xml").read_bytes() == b"of somebody else"
    assert run(capsys, message, "-o", out, "--force")[0] == 0
    assert (out / "0001.xml").read_bytes() == bytes(samples.document())


def test_several_files_are_told_one_by_one_and_their_documents_numbered(tmp_path, capsys):
    out = tmp_path / "out"
    first = saved(tmp_path, samples.octets(), "1.hl7")
    none = saved(tmp_path, b"no message", "2.hl7")
    pdf = samples.carrying(samples.ed(samples.PDF), more=samples.metadata())
    third = saved(tmp_path, pdf, "3.hl7")
    status, text, error = run(capsys, first, none, third, "--json", "-o", out)
    assert status == 1
    assert [json.loads(line)["file"] for line in text.splitlines()] == [1, 3]
    assert error.startswith("segur-interop: file 2: ")
    assert sorted(path.name for path in out.iterdir()) == ["0001.xml", "0002.pdf"]
    status, text, error = run(capsys, first, tmp_path / "absent", third)
    assert status == 2
    assert text.count("ORU R01") == 2
    assert "file 2: No such file" in error


def test_a_message_not_to_be_acted_upon_is_1(tmp_path, capsys):
    data = samples.octets().replace(b"ORC|NW", b"ORC|CA")
    status, out, _ = run(capsys, saved(tmp_path, data))
    assert status == 1
    assert "hl7.transport.control" in out


def test_other_messages_are_told_too(tmp_path, capsys):
    adt = saved(tmp_path, hl7_samples.octets())
    assert run(capsys, adt)[0] == 0
    assert run(capsys, adt, "-o", tmp_path / "out")[0] == 1
    refusal = hl7.ack(hl7.parse(adt), hl7.AckError.application("902"))
    status, out, _ = run(capsys, saved(tmp_path, refusal), "--json")
    assert status == 1
    assert json.loads(out)["errors"] == ["902"]
    accuse = hl7.AccuseMetier(
        trigger="Z01", header=hl7_samples.HEADER, message_id="015", accepted=True
    )
    assert run(capsys, saved(tmp_path, hl7.zam(accuse)))[0] == 0


def test_what_is_no_message_is_1_and_no_file_is_2(tmp_path, capsys):
    assert run(capsys, saved(tmp_path, b"PAT-TROIS"))[0] == 1
    assert run(capsys, tmp_path / "absent.hl7")[0] == 2
