"""Conversion: same octets, light repair or Ghostscript, and a word for each change."""

from __future__ import annotations

import io
import shutil
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2
import pytest
from pdf_mutations import CASES
from pdf_samples import add_annotation, conforming, open_sample, saved, spoilt
from pikepdf import Dictionary, Name, String
from PIL import Image, ImageChops, ImageStat
from reportlab.pdfgen import canvas

from segur_interop import _pdf_worker, pdf
from segur_interop._pdfium import PDFIUM
from segur_interop.errors import InvalidValue, MissingDependency, NotPdfA, PdfError
from segur_interop.findings import Severity, Verdict
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._conversion import ghostscript, losses

needs_ghostscript = pytest.mark.skipif(shutil.which("gs") is None, reason="no gs on PATH")

MENDED = {
    "cross_reference_stream", "embedded_file", "file_specification_with_a_file", "no_output_intent",
    "profile_that_is_an_html_page", "profile_of_version_4", "two_profiles", "alternate_images",
    "interpolated_image", "image_with_opi", "page_group", "form_group", "attached_file", "movie",
    "annotation_that_does_not_print", "annotation_without_flags", "hidden_annotation",
    "rollover_appearance", "action_Launch", "action_JavaScript", "action_after_an_action",
    "named_action_print", "opening_script", "script_of_a_bookmark", "additional_actions",
    "no_metadata", "title_that_differs", "keywords_that_are_empty", "unknown_property",
    "identified_as_part_2", "no_identification", "packet_that_is_no_xml", "subset_without_cidset",
    "appearances_needed", "field_with_an_action", "field_with_additional_actions",
    "no_end_of_line_before_endstream", "header_not_first", "data_after_the_end", "no_identifier",
    "odd_hexadecimal_string",
}  # fmt: skip


def words(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        return ["".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def picture(data: bytes) -> Image.Image:
    document = pypdfium2.PdfDocument(data)
    try:
        return document[0].render(scale=1).to_pil().convert("RGB")
    finally:
        document.close()


def rules(converted: pdf.PdfA) -> set[str]:
    return {finding.rule for part in converted.report.parts for finding in part.findings}


def test_a_conforming_file_comes_back_with_the_very_same_octets() -> None:
    data = conforming()
    for how in ("auto", "repair", "ghostscript"):
        assert bytes(pdf.convert(data, how)) == data
    assert not pdf.convert(data).report.parts


@pytest.mark.parametrize("label", sorted(MENDED))
def test_the_light_repair_mends_without_touching_the_page(label: str) -> None:
    data = CASES[label][1]()
    converted = pdf.convert(data, "repair")
    assert converted.report.verdict is Verdict.PASSED
    assert converted.report.parts[0].checked == ("repair",)
    assert words(bytes(converted)) == words(data)
    difference = ImageChops.difference(picture(data), picture(bytes(converted)))
    assert max(ImageStat.Stat(difference).mean) < 0.5


SAID = {
    "embedded_file": "pdf.repair.attachment",
    "opening_script": "pdf.repair.action",
    "movie": "pdf.repair.annotation",
    "page_group": "pdf.repair.group",
    "title_that_differs": "pdf.metadata.conflict",
    "unknown_property": "pdf.metadata.xmp-property",
    "identified_as_part_2": "pdf.metadata.identification",
    "profile_of_version_4": "pdf.metadata.output-intent",
}


@pytest.mark.parametrize("label", sorted(SAID))
def test_each_change_is_said(label: str) -> None:
    assert SAID[label] in rules(pdf.convert(CASES[label][1](), "repair"))


@pytest.mark.parametrize("label", ["fill_opacity", "blend_mode", "font_not_embedded", "cmyk"])
def test_what_would_change_the_page_is_not_repaired(label: str) -> None:
    clause, make = CASES[label]
    with pytest.raises(NotPdfA, match=f"not mended by repair: .*pdfa.{clause}") as caught:
        pdf.convert(make(), "repair")
    assert caught.value.report is not None


def test_a_group_around_something_transparent_is_left_to_ghostscript() -> None:
    def spoil(document: pikepdf.Pdf) -> None:
        document.pages[0].obj.Group = Dictionary(Type=Name.Group, S=Name.Transparency)
        document.pages[0].obj.Resources.ExtGState = Dictionary(G=Dictionary(ca=0.5))

    with pytest.raises(NotPdfA, match=r"pdfa\.6\.4"):
        pdf.convert(spoilt(spoil), "repair")


def test_lzw_is_replaced() -> None:
    converted = pdf.convert(CASES["lzw"][1](), "repair")
    assert "pdf.repair.lzw" in rules(converted)
    with pikepdf.open(io.BytesIO(bytes(converted))) as after:
        assert after.Root.XX.read_bytes() == b"-----A---B"  # PDF Reference 1.4, 3.3.3, example


def sign(document: pikepdf.Pdf) -> None:
    field = add_annotation(
        document, Subtype=Name.Widget, FT=Name.Sig, T=String("s"), V=Dictionary(Type=Name.Sig)
    )
    document.Root.AcroForm = Dictionary(Fields=pikepdf.Array([field]))
    document.Root.AA = Dictionary()


def test_a_signed_file_is_not_converted_unless_told() -> None:
    data = spoilt(sign)
    with pytest.raises(NotPdfA, match=r"pdf\.signed"):
        pdf.convert(data)


def test_a_signed_file_is_converted_when_told_and_the_loss_is_said() -> None:
    def signed_with_appearance(document: pikepdf.Pdf) -> None:
        sign(document)
        document.Root.AcroForm.Fields[0].AP = Dictionary(
            N=document.make_stream(
                b"", Type=Name.XObject, Subtype=Name.Form, BBox=pikepdf.Array([0, 0, 1, 1])
            )
        )

    converted = pdf.convert(spoilt(signed_with_appearance), "repair", allow_signed=True)
    assert "pdf.signed" in rules(converted)


def reportlab_page(draw: Callable[[canvas.Canvas], None]) -> bytes:
    out = io.BytesIO()
    page = canvas.Canvas(out, invariant=True)
    draw(page)
    page.showPage()
    page.save()
    return out.getvalue()


def plain_text(page: canvas.Canvas) -> None:
    page.drawString(72, 700, "Prescription : 12,5 mg le matin")


def half_transparent(page: canvas.Canvas) -> None:
    plain_text(page)
    page.setFillAlpha(0.3)
    page.rect(72, 600, 100, 50, fill=1)


def with_form(page: canvas.Canvas) -> None:
    plain_text(page)
    page.acroForm.textfield(name="champ", x=72, y=500, width=200, height=20, value="5 mg")
    page.linkURL("https://example.org/", (72, 690, 200, 710))


def assert_same_picture(before: bytes, after: bytes) -> None:
    difference = ImageChops.difference(picture(before), picture(after))
    assert max(ImageStat.Stat(difference).mean) < 2


@needs_ghostscript
def test_ghostscript_embeds_the_fonts_and_keeps_the_text() -> None:
    data = reportlab_page(plain_text)
    converted = pdf.convert(data)
    assert converted.report.parts[0].checked == ("ghostscript", "repair")
    assert "pdf.conversion.text" not in rules(converted)
    assert words(bytes(converted)) == words(data)
    assert_same_picture(data, bytes(converted))


@needs_ghostscript
def test_text_that_ghostscript_turns_into_a_picture_is_said() -> None:
    """Ghostscript flattens a transparent page to an image: it looks the same, it cannot be read."""
    data = reportlab_page(half_transparent)
    converted = pdf.convert(data)
    assert_same_picture(data, bytes(converted))
    differs = words(bytes(converted)) != words(data)
    assert ("pdf.conversion.text" in rules(converted)) == differs


@needs_ghostscript
def test_what_ghostscript_loses_is_said() -> None:
    converted = pdf.convert(reportlab_page(with_form), "ghostscript")
    lost = [
        finding
        for part in converted.report.parts
        for finding in part.findings
        if finding.rule == "pdf.conversion.lost"
    ]
    assert all(finding.severity is Severity.WARNING for finding in lost)
    before = pikepdf.open(io.BytesIO(reportlab_page(with_form)))
    after = pikepdf.open(io.BytesIO(bytes(converted)))
    gone = len(before.pages[0].obj.Annots) - len(after.pages[0].obj.get("/Annots", []))
    assert bool(gone) == bool(lost)


@needs_ghostscript
def test_a_title_survives_ghostscript() -> None:
    converted = pdf.convert(CASES["font_not_embedded"][1](), "ghostscript")
    assert converted.title == "Lettre de liaison"


@needs_ghostscript
def test_a_time_limit_ends_ghostscript() -> None:
    with pytest.raises(PdfError, match="did not end within"):
        pdf.convert(CASES["cmyk"][1](), "ghostscript", timeout=0.001)


@pytest.mark.parametrize("how", ["auto", "ghostscript"])
def test_without_ghostscript_it_says_what_to_install(
    how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ghostscript.shutil, "which", lambda name: None)
    with pytest.raises(MissingDependency, match=r"pdfa\.6\.2\.3\.3.*install") as caught:
        pdf.convert(CASES["cmyk"][1](), how)  # type: ignore[arg-type]
    assert caught.value.report is not None


def test_a_program_that_fails_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "gs"
    program.write_text("#!/bin/sh\nexit 3\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PdfError, match="status 3"):
        pdf.convert(CASES["cmyk"][1](), "ghostscript")


def test_a_result_with_fewer_pages_is_never_given(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "one.pdf").write_bytes(conforming(1))
    program = tmp_path / "gs"
    program.write_text(
        "#!/bin/sh\nfor a; do case $a in -sOutputFile=*) "
        f'cp {tmp_path}/one.pdf "${{a#*=}}";; esac; done\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    document = open_sample(2)
    del document.Root["/Metadata"]
    two = saved(document)
    with pytest.raises(PdfError, match="2 pages before, 1 after"):
        pdf.convert(two, "ghostscript")
    assert pdf.convert(two, "repair").pages == 2


MUCH = """#!/bin/sh
for a; do case $a in -sOutputFile=*) head -c 99999 /dev/zero > "${a#*=}";; esac; done
"""


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("not a program", "could not be started"),
        (MUCH, "more than 50000 bytes"),
    ],
)
def test_a_program_that_cannot_start_or_writes_too_much_is_an_error(
    script: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "gs"
    program.write_text(script)
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(PdfError, match=reason):
        pdf.convert(CASES["cmyk"][1](), "ghostscript", max_bytes=50_000)


def test_another_way_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="auto, repair, ghostscript"):
        pdf.convert(conforming(), "magic")  # type: ignore[arg-type]


def compared(before: bytes, after: bytes, *, time_limit: float = 60.0) -> list[tuple[str, str]]:
    notes = Notes()
    losses.compare_files(before, after, notes, time_limit=time_limit)
    return [(finding.rule, finding.place) for finding in notes.findings]


def test_pages_that_look_and_read_otherwise_are_said() -> None:
    plain = conforming(3)

    document = open_sample(3)
    document.pages[1].Contents = document.make_stream(b"1 0 0 rg 0 0 500 500 re f")
    other = saved(document)
    assert compared(plain, plain) == []
    assert compared(plain, other) == [
        ("pdf.conversion.text", "page 2"),
        ("pdf.conversion.appearance", "page 2"),
    ]
    assert ("pdf.conversion.pages", "") in compared(plain, conforming(2))


def test_a_page_that_takes_forever_is_said_to_be_uncompared() -> None:
    document = open_sample(3)
    document.pages[1].Contents = document.make_stream(b"0 0 2000 2000 re f\n" * 1_000_000)
    document.pages[1].MediaBox = [0, 0, 2000, 2000]
    endless = saved(document)
    start = time.monotonic()
    assert compared(endless, endless, time_limit=2) == [
        ("pdf.conversion.unread", "page 2 and after")
    ]
    assert time.monotonic() - start < 20
    assert compared(endless, endless, time_limit=1e-9) == [("pdf.conversion.unread", "")]


def test_a_file_that_cannot_be_drawn_is_said_to_be_uncompared() -> None:
    rules = [rule for rule, _ in compared(conforming(), b"%PDF-1.4 nothing")]
    assert rules == ["pdf.conversion.unread"] * 2


def test_in_one_process_pages_are_compared_while_nobody_else_draws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """PDFium is not thread-safe: where no process can be started, its lock is waited for."""
    _pdf_worker._end_all()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    made, notes = conforming(), Notes()
    running = threading.Thread(
        target=losses.compare_files, args=(made, made, notes), kwargs={"time_limit": 60.0}
    )
    with PDFIUM:
        running.start()
        running.join(0.3)
        assert running.is_alive()
    running.join(60)
    assert not running.is_alive()
    assert [finding.rule for finding in notes.findings] == ["pdf.conversion.time-limit"]


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), 0, -1, 10**400])
def test_a_timeout_is_a_number_of_seconds(seconds: float) -> None:
    with pytest.raises(InvalidValue, match="^timeout: "):
        pdf.convert(conforming(1), timeout=seconds)


@pytest.mark.parametrize("seconds", ["1", None])
def test_a_timeout_of_another_type_is_named(seconds: Any) -> None:
    with pytest.raises(TypeError, match="^timeout is a "):
        pdf.convert(conforming(1), timeout=seconds)
