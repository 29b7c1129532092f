"""The command line on documents: the demo, and each step by hand on its files."""

from __future__ import annotations

import dataclasses
import datetime
import io
import json

import pytest
from structured import rich

from segur_interop import cda, ins, pdf, xdm
from segur_interop.cli import main
from segur_interop.findings import Finding

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
    told = capsys.readouterr().out
    assert "record 3 of 3" in told
    assert "pdf.metadata" in told  # what the conversion changed, and that nothing is hidden
    assert "Datamatrix INS, nothing to tell" in told


def test_demo_stamps_no_page_that_shows_a_datamatrix_already(demo, tmp_path, capsys):
    page = drawn_symbol()
    source = tmp_path / "shown.pdf"
    source.write_bytes(page)
    assert main(["demo", str(tmp_path / "out"), "--pdf", str(source)]) == 1
    assert "already shows a Datamatrix" in capsys.readouterr().err
    assert not (tmp_path / "out" / "autre.pdf").exists()


def drawn_symbol():
    """A page of another producer that shows the Datamatrix of the patient of the demo."""
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfgen import canvas
    from symbols import patient

    stream = io.BytesIO()
    page = canvas.Canvas(stream, pagesize=(595, 842), pdfVersion=(1, 4))
    symbol = ImageReader(io.BytesIO(ins.draw(patient())))
    page.drawImage(symbol, 40, 40, width=80, height=80)
    page.save()
    return stream.getvalue()


def foreign_pdf():
    """A PDF with an embedded font but no PDF/A metadata: a light repair is enough."""
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


def person(**changes):
    """The patient of a context, whose identity is another."""
    made = ins.Identity(
        birth_name="PATIENT",
        birth_given_names="ALEX",
        birth_date=datetime.date(1990, 1, 1),
        sex=ins.Sex.M,
        **changes,
    )
    return {
        "version": 1,
        "identity": made.to_dict(),
        "ids": [{"root": "1.2.250.1.213.99.1", "extension": "1", "type": "PI"}],
    }


def unqualified(demo):
    """The patient of the demo, whom no matricule may follow any more."""
    known = cda.read(demo / "lettre.xml").patient
    bare = {"matricule": None, "status": ins.IdentityStatus.PROVISOIRE, "asserted": False}
    return {**known.to_dict(), "identity": dataclasses.replace(known.identity, **bare).to_dict()}


@pytest.mark.parametrize("whose", ["another", "unqualified"])
def test_wrap_refuses_a_page_whose_datamatrix_is_not_the_patients(demo, tmp_path, capsys, whose):
    patient = person() if whose == "another" else unqualified(demo)
    data = context(from_document=demo / "lettre.xml", patient=patient)
    arguments = ["wrap", str(demo / "lettre.pdf"), "--context", written(tmp_path, "c.json", data)]
    out = tmp_path / "out.xml"
    assert main([*arguments, "-o", str(out)]) == 1
    error = capsys.readouterr().err
    assert ("cda.body.patient" if whose == "another" else "cda.ins.leak") in error
    assert "--skip-page-check" in error
    assert not out.exists()
    assert not any(text in error for text in (*PERSONAL, "PATIENT", "ALEX"))
    assert main([*arguments, "--skip-page-check", "-o", str(out)]) == 0
    assert out.exists()


def test_wrap_does_not_take_a_page_that_was_not_searched_for_one_that_was(
    demo, tmp_path, capsys, monkeypatch
):
    def late(*_, **__):
        finding = Finding(rule="ins.scan.not-searched", message="time was over", place="page 1")
        return ins.Scan(findings=(finding,))

    monkeypatch.setattr(ins, "scan", late)
    data = context(from_document=demo / "lettre.xml")
    arguments = ["wrap", str(demo / "lettre.pdf"), "--context", written(tmp_path, "c.json", data)]
    assert main([*arguments, "-o", str(tmp_path / "out.xml")]) == 1
    assert "time was over" in capsys.readouterr().err


def with_attachment():
    import pikepdf

    stream = io.BytesIO()
    with pikepdf.open(io.BytesIO(foreign_pdf())) as document:
        document.attachments["a.txt"] = b"attached"
        document.save(stream)
    return stream.getvalue()


def test_wrap_tells_what_the_conversion_lost_and_the_stamp_hides(demo, tmp_path, capsys):
    source = tmp_path / "in.pdf"
    source.write_bytes(with_attachment())
    data = context(from_document=demo / "lettre.xml", patient=unqualified(demo))
    arguments = ["wrap", str(source), "--context", written(tmp_path, "c.json", data)]
    out = tmp_path / "out.xml"
    assert main([*arguments, "-o", str(out), "--convert", "--stamp"]) == 0
    told = capsys.readouterr().out
    assert "embedded files were removed" in told
    assert "traits alone" in told


def test_wrap_and_stamp_draw_no_second_datamatrix(demo, tmp_path, capsys):
    source = tmp_path / "in.pdf"
    source.write_bytes(bytes(pdf.convert(drawn_symbol())))
    data = context(from_document=demo / "lettre.xml")
    out = tmp_path / "o.xml"
    wrap = ["wrap", str(source), "--context", written(tmp_path, "c.json", data), "-o", str(out)]
    assert main([*wrap, "--stamp"]) == 1
    assert "already shows a Datamatrix" in capsys.readouterr().err
    assert not out.exists()
    assert main(wrap) == 0
    known = cda.read(demo / "lettre.xml").patient.identity
    local = written(tmp_path, "identity.json", {**known.to_dict(), "asserted": False})
    stamp = ["pdfa", "stamp", str(source), "--identity", local, "-o", str(tmp_path / "o.pdf")]
    assert main(stamp) == 1
    assert "already shows a Datamatrix" in capsys.readouterr().err
    assert main([*stamp, "--skip-page-check"]) == 0


def test_wrap_tells_that_the_stamp_hides_something(demo, tmp_path, capsys):
    from reportlab.pdfgen import canvas

    stream = io.BytesIO()
    page = canvas.Canvas(stream, pagesize=(595, 842), pdfVersion=(1, 4))
    page.rect(0, 0, 595, 842, fill=1)
    page.save()
    source = tmp_path / "in.pdf"
    source.write_bytes(stream.getvalue())
    data = context(from_document=demo / "lettre.xml")
    arguments = ["wrap", str(source), "--context", written(tmp_path, "c.json", data)]
    assert main([*arguments, "-o", str(tmp_path / "o.xml"), "--convert", "--stamp"]) == 0
    assert "pdf.stamp.overlap" in capsys.readouterr().out


def changed_archive(demo, octets):
    import zipfile

    stream = io.BytesIO()
    with zipfile.ZipFile(demo / "IHE_XDM.ZIP") as old, zipfile.ZipFile(stream, "w") as new:
        for name in old.namelist():
            given = octets if name.endswith("DOC0001.XML") else old.read(name)
            new.writestr(name, given)
    return stream.getvalue()


def test_unpack_says_that_a_document_cannot_be_read(demo, tmp_path, capsys):
    archive = tmp_path / "a.zip"
    archive.write_bytes(changed_archive(demo, (demo / "lettre.xml").read_bytes()[:3000]))
    assert main(["unpack", str(archive)]) == 1
    told = capsys.readouterr().out
    assert "xdm.document.unreadable" in told
    assert "IHE_XDM/SUBSET01/DOC0001.XML" in told


def test_unpack_is_not_sound_when_a_document_names_two_patients(demo, tmp_path, capsys):
    octets = (demo / "lettre.xml").read_bytes()
    start, end = octets.index(b"<recordTarget"), octets.index(b"</recordTarget>") + 15
    archive = tmp_path / "a.zip"
    archive.write_bytes(changed_archive(demo, octets[:end] + octets[start:]))
    assert main(["unpack", str(archive)]) == 1
    assert "several patients" in capsys.readouterr().out


class Piped:
    """A standard input that octets are piped into."""

    def __init__(self, octets):
        self.buffer = io.BytesIO(octets)


@pytest.mark.parametrize(
    ("name", "command"),
    [
        ("lettre.pdf", ["pdfa", "check", "-"]),
        ("lettre.pdf", ["ins", "scan", "-"]),
        ("lettre.xml", ["read", "-"]),
        ("lettre.xml", ["check", "-"]),
        ("IHE_XDM.ZIP", ["unpack", "-"]),
    ],
)
def test_what_is_piped_is_read_as_the_file(demo, capsys, monkeypatch, name, command):
    statuses, told = [], []
    for given in (str(demo / name), "-"):
        monkeypatch.setattr("sys.stdin", Piped((demo / name).read_bytes()))
        statuses.append(main([given if item == "-" else item for item in command]))
        told.append(capsys.readouterr().out)
    assert statuses == [0, 0]
    assert told[0] == told[1]


def test_wrap_takes_a_piped_pdf_once(demo, tmp_path, capsys, monkeypatch):
    data = written(tmp_path, "c.json", context(from_document=demo / "lettre.xml"))
    out = tmp_path / "out.xml"
    octets = (demo / "lettre.pdf").read_bytes()
    monkeypatch.setattr("sys.stdin", Piped(octets))
    assert main(["wrap", "-", "--context", data, "-o", str(out)]) == 0
    assert cda.read(out).pdf == octets
    assert main(["pdfa", "check", "-"]) == 1
    assert "standard input: nothing there" in capsys.readouterr().err


def test_what_is_piped_is_bounded(capsys, monkeypatch):
    monkeypatch.setattr("segur_interop.cli._output._MAX_PIPED", 10)
    monkeypatch.setattr("sys.stdin", Piped(b"x" * 11))
    assert main(["read", "-"]) == 1
    assert "more than 10 bytes" in capsys.readouterr().err


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


@pytest.mark.parametrize("command", [["show", "-o"], ["read", "--pdf"]])
def test_a_document_is_never_replaced_by_what_is_taken_from_it(demo, tmp_path, capsys, command):
    name, option = command
    copy = tmp_path / "CDA.xml"
    copy.write_bytes((demo / "lettre.xml").read_bytes())
    (tmp_path / "link").symlink_to(copy)
    for output in (copy, tmp_path / "link"):
        assert main([name, str(copy), option, str(output)]) == 1
        assert "would be lost" in capsys.readouterr().err
    assert copy.read_bytes() == (demo / "lettre.xml").read_bytes()


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
