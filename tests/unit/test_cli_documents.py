"""The command line on documents: the demo, and each step by hand on its files."""

from __future__ import annotations

import json

import pytest
from structured import rich

from segur_interop import cda, ins, pdf, xdm
from segur_interop.cli import main

PERSONAL = ("PAT-TROIS", "DOMINIQUE", "MARTIN", "27903512151", "1979")


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What `segur-interop demo` writes."""
    out = tmp_path_factory.mktemp("demo")
    assert main(["demo", str(out)]) == 0
    return out


def context(**changes):
    patient = cda.read(changes.pop("from_document")).patient
    identity = ins.Identity.from_dict({**patient.identity.to_dict(), "asserted": False})
    structure = {"idnat": "1750000018", "name": "Hôpital"}
    facility = {"code": "SA01", "system": "1.2.250.1.71.4.2.4"}
    made = {
        "version": 1,
        "patient": {**patient.to_dict(), "identity": identity.to_dict()},
        "author": {"idnat": "810000000012", "name": {"family": "MARTIN"}},
        "custodian": {**structure, "facility_type": facility},
        "type": "LETTRE_LIAISON_SORTIE",
        "title": "Lettre",
        "created": "20260301110000+0100",
        "performed": ["20260220083000+0100", "20260301110000+0100"],
        "setting": "hospital",
        "recipients": [{"kind": "Organization", **structure}],
        **changes,
    }
    return {name: value for name, value in made.items() if value is not None}


def written(folder, name, data):
    path = folder / name
    path.write_text(json.dumps(data), encoding="utf-8")
    return str(path)


def test_demo_writes_a_pdfa_a_cda_and_an_archive_that_agree(demo):
    letter = pdf.PdfA.read(demo / "lettre.pdf")
    document = cda.read(demo / "lettre.xml")
    assert document.pdf == bytes(letter)
    assert document.check()
    (received,) = xdm.unpack(demo / "IHE_XDM.ZIP").documents
    assert bytes(received) == bytes(document)
    assert len(ins.scan(demo / "lettre.pdf").symbols) == 1


def test_demo_takes_a_foreign_pdf_too(demo, tmp_path, capsys):
    out = tmp_path / "out"
    # A letter that already bears a block is refused a second one: the foreign file is another.
    plain = foreign_pdf()
    source = tmp_path / "plain.pdf"
    source.write_bytes(plain)
    assert main(["demo", str(out), "--pdf", str(source)]) == 0
    assert len(xdm.unpack(out / "IHE_XDM.ZIP").documents) == 2
    assert pdf.check(out / "autre.pdf")
    assert "record 3 of 3" in capsys.readouterr().out


def foreign_pdf():
    """A PDF with an embedded font but no PDF/A metadata: a light repair is enough."""
    import io

    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen import canvas

    pdfmetrics.registerFont(TTFont("Vera", "Vera.ttf"))
    stream = io.BytesIO()
    page = canvas.Canvas(stream, initialFontName="Vera", pdfVersion=(1, 4))
    page.setFont("Vera", 12)
    page.drawString(72, 400, "Un document d'ailleurs")
    page.save()
    return stream.getvalue()


def test_wrap_writes_the_document_its_context_tells(demo, tmp_path, capsys):
    data = context(from_document=demo / "lettre.xml")
    out = tmp_path / "out.xml"
    arguments = [str(demo / "lettre.pdf"), "--context", written(tmp_path, "c.json", data)]
    assert main(["wrap", *arguments, "-o", str(out)]) == 0
    document = cda.read(out)
    assert document.title == "Lettre"
    assert len(document.recipients) == 1
    assert document.patient.identity.matricule is not None


def test_wrap_tells_every_defect_on_its_own_line(demo, tmp_path, capsys):
    data = context(
        from_document=demo / "lettre.xml",
        setting=None,
        performed=None,
        custodian={"idnat": "1750000018", "name": "Hôpital"},
    )
    out = tmp_path / "out.xml"
    arguments = [str(demo / "lettre.pdf"), "--context", written(tmp_path, "c.json", data)]
    assert main(["wrap", *arguments, "-o", str(out)]) == 1
    error = capsys.readouterr().err
    for rule in ("cda.facility", "cda.practice-setting", "cda.act.time"):
        assert rule in error
    assert not out.exists()
    assert not any(text in error for text in PERSONAL)


@pytest.mark.parametrize(
    "change",
    [
        {"title": None},
        {"unknown": 1},
        {"version": 2},
        {"setting": "home"},
        {"type": "NO-SUCH"},
        {"author": {"kind": "Patient"}},
        {"author": []},
        {"performed": ["x"]},
        {"created": "2026-03-01"},
        {"recipients": {}},
        {"patient": []},
    ],
)
def test_wrap_refuses_a_context_in_one_line(demo, tmp_path, capsys, change):
    data = context(from_document=demo / "lettre.xml", **change)
    out = tmp_path / "out.xml"
    arguments = [str(demo / "lettre.pdf"), "--context", written(tmp_path, "c.json", data)]
    assert main(["wrap", *arguments, "-o", str(out)]) == 1
    assert not out.exists()
    error = capsys.readouterr().err
    assert error.startswith("segur-interop: ")
    assert not any(text in error for text in PERSONAL)


def test_read_shows_the_header_and_extracts_the_pdf(demo, tmp_path, capsys):
    out = tmp_path / "body.pdf"
    assert main(["read", str(demo / "lettre.xml"), "--pdf", str(out)]) == 0
    assert "11490-0" in capsys.readouterr().out
    assert out.read_bytes() == (demo / "lettre.pdf").read_bytes()
    assert main(["read", str(demo / "lettre.xml"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["level"] == 1


def test_read_prints_the_records_of_a_structured_body_one_a_line(tmp_path, capsys):
    path = tmp_path / "structured.xml"
    path.write_bytes(rich())
    assert main(["read", str(path), "--records"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["family"] for line in lines] == list(cda.FAMILIES)
    assert (lines[0]["loinc"], lines[0]["value_number"], lines[0]["is_critical"]) == (
        "14749-6", 7.5, True,
    )  # fmt: skip
    assert not any(text in json.dumps(lines) for text in ("PAT-TROIS", "27903512151"))
    copy = tmp_path / "copy.pdf"
    assert main(["read", str(path), "--records", "--pdf", str(copy)]) == 0
    assert copy.read_bytes() == b"%PDF-1.4\n"


def test_read_tells_what_is_wrong_in_a_structured_body(tmp_path, capsys):
    path = tmp_path / "structured.xml"
    path.write_bytes(rich().replace(b"<list ", b"<script/><list "))
    assert main(["read", str(path), "--records"]) == 1
    last = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert (last["family"], last["rule"]) == ("findings", "cda.narrative.active")


def test_check_judges_each_file(demo, tmp_path, capsys):
    broken = tmp_path / "broken.xml"
    broken.write_bytes((demo / "lettre.xml").read_bytes().replace(b'code="FR"', b'code="BE"'))
    assert main(["check", str(demo / "lettre.xml")]) == 0
    assert main(["check", str(demo / "lettre.xml"), str(broken)]) == 1
    out = capsys.readouterr().out
    assert "file 2" in out
    assert "cda.realm" in out


def test_pack_refuses_an_asserted_ins_unless_forwarding(demo, tmp_path, capsys):
    source = written(tmp_path, "source.json", {"idnat": "1750000018", "name": "Hôpital"})
    out = tmp_path / "IHE_XDM.ZIP"
    arguments = ["pack", str(demo / "lettre.xml"), "--source", source, "-o", str(out)]
    assert main(arguments) == 1
    assert not out.exists()
    assert main([*arguments, "--forward"]) == 0
    capsys.readouterr()
    assert main(["unpack", str(out), "--into", str(tmp_path / "in"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["files"] == 1
    assert (tmp_path / "in" / "0001.xml").read_bytes() == (demo / "lettre.xml").read_bytes()


@pytest.mark.parametrize("command", ["read", "check", "unpack", "pdfa check"])
@pytest.mark.parametrize("content", [b"", b"\0" * 100, b"<a/>", b"PK\x03\x04", b"%PDF-1.4"])
def test_what_is_no_such_file_is_refused_in_one_line(tmp_path, capsys, command, content):
    path = tmp_path / "DUPONT.bin"
    path.write_bytes(content)
    assert main([*command.split(), str(path)]) == 1
    captured = capsys.readouterr()
    assert "DUPONT" not in captured.err + captured.out


def test_pdfa_commands_check_convert_and_stamp(demo, tmp_path, capsys):
    plain = tmp_path / "plain.pdf"
    plain.write_bytes(foreign_pdf())
    converted, stamped = tmp_path / "converted.pdf", tmp_path / "stamped.pdf"
    identity = cda.read(demo / "lettre.xml").patient.identity
    local = written(tmp_path, "identity.json", {**identity.to_dict(), "asserted": False})
    asserted = written(tmp_path, "asserted.json", identity.to_dict())
    assert main(["pdfa", "check", str(plain)]) == 1
    assert main(["pdfa", "convert", str(plain), "-o", str(converted), "--how", "repair"]) == 0
    assert main(["pdfa", "check", str(converted)]) == 0
    stamp = ["pdfa", "stamp", str(converted), "-o", str(stamped)]
    assert main([*stamp, "--identity", asserted]) == 1
    assert not stamped.exists()
    assert main([*stamp, "--identity", local]) == 0
    assert len(ins.scan(stamped).symbols) == 1
    capsys.readouterr()


def test_check_with_a_kit_that_is_absent_says_that_it_did_not_run(demo, tmp_path, capsys):
    kit = tmp_path / "no-kit"
    assert main(["check", str(demo / "lettre.xml"), "--kit", str(kit)]) == 1
    assert "incomplete" in capsys.readouterr().out


def test_show_writes_a_page_and_says_nothing(demo, tmp_path, capsys):
    page = tmp_path / "page.html"
    assert main(["show", str(demo / "lettre.xml"), "-o", str(page)]) == 0
    text = page.read_text(encoding="utf-8")
    assert text == cda.read(demo / "lettre.xml").render()
    assert "Datamatrix INS" not in text
    captured = capsys.readouterr()
    assert captured.out == captured.err == ""


def test_show_takes_masks_and_hands_on_the_symbol(demo, tmp_path):
    page = tmp_path / "page.html"
    arguments = ["--mask", "MASQUE_PS", "--mask", "INVISIBLE_REP_LEGAUX", "--forward"]
    assert main(["show", str(demo / "lettre.xml"), "-o", str(page), *arguments]) == 0
    text = page.read_text(encoding="utf-8")
    assert "masqué aux professionnels" in text
    assert "représentants légaux" in text
    assert "Datamatrix INS" in text


@pytest.mark.parametrize("mask", ["CACHE", "PAT-TROIS"])
def test_show_refuses_another_mask_without_repeating_it(demo, tmp_path, capsys, mask):
    page = tmp_path / "page.html"
    assert main(["show", str(demo / "lettre.xml"), "-o", str(page), "--mask", mask]) == 1
    assert mask not in capsys.readouterr().err
    assert not page.exists()


def test_show_of_what_is_no_document_is_refused(demo, tmp_path):
    assert main(["show", str(demo / "lettre.pdf"), "-o", str(tmp_path / "page.html")]) == 1
    assert main(["show", str(tmp_path / "absent.xml"), "-o", str(tmp_path / "page.html")]) == 2
