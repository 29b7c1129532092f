from __future__ import annotations

import dataclasses
import io
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pdf_samples
import people
import pikepdf
import pypdfium2
import pytest
from pikepdf import Array, Name
from PIL import Image
from symbols import corsican, patient

from segur_interop import _pdf_worker, ins
from segur_interop.errors import (
    IdentityNotQualified,
    InvalidValue,
    NotPdfA,
    PdfError,
)
from segur_interop.findings import Severity
from segur_interop.ins.scan import scan
from segur_interop.ins.symbol import symbol
from segur_interop.pdf import PdfA, check
from segur_interop.pdf._stamping.identity_block import identity_block
from segur_interop.pdf.stamp import stamp

CORNERS = ("top-right", "top-left", "bottom-right", "bottom-left")
TURNS = (0, 90, 180, 270)
A4 = (595.0, 842.0)


def blank(*, turn: int = 0, media: Any = None, crop: Any = None, pages: int = 1) -> PdfA:
    """A conforming document; its first page turned, moved, cropped."""
    pdf = pdf_samples.open_sample(pages)
    page = pdf.pages[0].obj
    page.Rotate = turn
    if media:
        page.MediaBox = Array(media)
    if crop:
        page.CropBox = Array(crop)
    return PdfA.read(pdf_samples.saved(pdf))


def sample(content: bytes | None = None, pages: int = 1) -> PdfA:
    if content is None:
        return PdfA.read(pdf_samples.conforming(pages))
    return PdfA.read(pdf_samples.spoilt(lambda pdf: pdf_samples.add_content(pdf, content)))


def text_of(data: bytes, page: int = 0) -> str:
    document = pypdfium2.PdfDocument(data)
    try:
        text: str = document[page].get_textpage().get_text_range()
    finally:
        document.close()
    return text.replace("\u00a0", " ")


def picture(data: bytes, page: int = 0, scale: float = 1.0) -> Any:
    document = pypdfium2.PdfDocument(data)
    try:
        return document[page].render(scale=scale, grayscale=True).to_pil().copy()
    finally:
        document.close()


def finding_rules(pdfa: PdfA) -> list[str]:
    return [finding.rule for finding in pdfa.report]


# What is drawn


def test_the_block_says_every_trait_and_the_matricule_with_its_nature() -> None:
    identity = patient(
        first_birth_given_name="DOMINIQUE", used_name="PAT-QUATRE", used_given_name="DOMI",
        birth_place_name="CHALONS",
    )  # fmt: skip
    text = text_of(bytes(stamp(sample(), identity)))
    for said in (
        "Nom de naissance", "PAT-TROIS", "Premier prénom", "Prénoms de naissance",
        "DOMINIQUE MARIE-LOUISE", "Nom utilisé", "PAT-QUATRE", "Prénom utilisé", "DOMI",
        "28/03/1979", "Sexe", "51215 CHALONS", "2 79 03 51 215 189 89", "NIR de test",
        "INS à scanner",
    ):  # fmt: skip
        assert said in " ".join(text.split())


@pytest.mark.parametrize(
    ("oid", "nature"),
    [(people.NIR, "(NIR)"), (people.NIA, "(NIA)"), (people.TEST, "(NIR de test)"),
     (people.DEMO, "(NIR de démonstration)")],
)  # fmt: skip
def test_each_oid_has_its_nature(oid: str, nature: str) -> None:
    identity = patient(matricule=ins.Matricule.parse("279035121518989", oid=oid))
    text = " ".join(text_of(bytes(stamp(sample(), identity))).split())
    assert nature in text


def test_a_long_list_of_names_goes_on_below_and_is_said_whole() -> None:
    names = " ".join(["MAXIMILIENNE", "MARIE-ANTOINETTE"] * 3)
    stamped = stamp(sample(), patient(birth_given_names=names))
    assert names in " ".join(text_of(bytes(stamped)).split())
    scanned = scan(bytes(stamped)).identity
    assert scanned is not None
    assert scanned.birth_given_names == names


def test_a_single_word_wider_than_the_column_is_cut_not_lost() -> None:
    name = "W" * 99
    text = "".join(text_of(bytes(stamp(sample(), patient(birth_name=name)))).split())
    assert text.count("W") >= 99


@pytest.mark.parametrize("place", CORNERS)
@pytest.mark.parametrize("turn", TURNS)
def test_the_symbol_is_read_back_in_its_corner_whatever_the_rotation(turn: int, place: Any) -> None:
    stamped = stamp(blank(turn=turn), patient(), place=place)
    for dpi in (150, 200):
        symbols = scan(bytes(stamped), dpi=dpi).symbols
        assert [one.identity for one in symbols] == [ins.decode(ins.encode(patient()))]
        seen = symbols[0].place
        assert (seen.left > 0.5) == place.endswith("right")
        assert (seen.top > 0.5) == place.startswith("bottom")
    assert check(bytes(stamped))


@pytest.mark.parametrize("turn", TURNS)
def test_the_block_is_upright(turn: int) -> None:
    # The legend lies under the symbol as the page is shown: its letters are found there.
    stamped = stamp(blank(turn=turn), patient())
    place = scan(bytes(stamped)).symbols[0].place
    image = picture(bytes(stamped), scale=2)
    width, height = image.size
    below = (
        int(place.left * width), int(place.bottom * height) + 8,
        int(place.right * width), int(place.bottom * height) + 24,
    )  # fmt: skip
    assert image.crop(below).getextrema()[0] < 100


@pytest.mark.parametrize("turn", TURNS)
def test_origin_and_crop_of_the_page_are_honoured(turn: int) -> None:
    media, crop = [-200, 300, 695, 1442], [-100.5, 420, 594.5, 1262]
    page = blank(turn=turn, media=media, crop=crop)
    for place in CORNERS:
        stamped = stamp(page, patient(), place=place)
        assert len(scan(bytes(stamped)).symbols) == 1
        assert check(bytes(stamped))


def test_a_crop_box_larger_than_the_media_box_is_cut_to_it() -> None:
    page = blank(media=[0, 0, 595, 842], crop=[-500, -500, 2000, 2000])
    assert scan(bytes(stamp(page, patient()))).identity


def test_boxes_and_rotation_are_inherited_from_the_page_tree() -> None:
    pdf = pdf_samples.open_sample()
    page = pdf.pages[0].obj
    pdf.Root.Pages.Rotate = 90
    pdf.Root.Pages.MediaBox = page.MediaBox
    pdf.Root.Pages.Resources = page.Resources
    for key in ("/MediaBox", "/Resources", "/Rotate"):
        if key in page:
            del page[key]
    stamped = stamp(PdfA.read(pdf_samples.saved(pdf)), patient())
    assert "ligne 3" in text_of(bytes(stamped))
    place = scan(bytes(stamped)).symbols[0].place
    assert place.left > 0.5
    assert place.top < 0.5


def test_an_explicit_place_counts_in_millimetres_from_the_top_left_corner() -> None:
    stamped = stamp(blank(), patient(), place=(20, 100), overlap="ignore")
    seen = scan(bytes(stamped)).symbols[0].place
    quiet = 2 * 28 / 44
    left, top = 20 + 72, 100  # the text is 72 mm wide
    assert seen.left * 210 == pytest.approx(left + quiet, abs=1)
    assert seen.top * 297 == pytest.approx(top + quiet, abs=1)


@pytest.mark.parametrize("size", [20.0, 28.0, 40.0])
def test_the_symbol_has_the_size_asked_for(size: float) -> None:
    stamped = stamp(blank(), patient(), size_mm=size)
    seen = scan(bytes(stamped), dpi=300).symbols[0].place
    assert (seen.right - seen.left) * 210 == pytest.approx(size * 40 / 44, abs=0.8)


def test_a_symbol_with_tiny_modules_is_told() -> None:
    assert "ins.symbol.module-size" in finding_rules(stamp(blank(), patient(), size_mm=14))


def sides_of_the_frame(shown: Any, box: tuple[float, float, float, float]) -> list[bool]:
    """Is each side of a block at `box`, in pixels, drawn from end to end?"""
    left, top, right, bottom = box
    dark = shown.point(lambda grey: 255 * (grey < 235))

    def drawn(*around: float) -> bool:
        part = dark.crop(tuple(map(round, around)))
        found = part.getbbox() or (0, 0, 0, 0)
        return max(found[2] - found[0], found[3] - found[1]) >= 0.95 * max(part.size)

    return [
        drawn(left - 2, top + 3, left + 2, bottom - 3),
        drawn(right - 2, top + 3, right + 2, bottom - 3),
        drawn(left + 3, top - 2, right - 3, top + 2),
        drawn(left + 3, bottom - 2, right - 3, bottom + 2),
    ]


@pytest.mark.skipif(shutil.which("pdftoppm") is None, reason="no pdftoppm")
@pytest.mark.parametrize("turn", TURNS)
def test_the_frame_is_whole_on_a_screen_wherever_it_falls_between_the_pixels(
    turn: int, tmp_path: Path
) -> None:
    page = blank(turn=turn, media=[0, 0, *(A4[::-1] if turn % 180 else A4)])
    drawn = identity_block(patient(), traits_only=False)
    for step in range(12):
        at = 20 + step * 0.06
        made = stamp(page, patient(), place=(at, at), overlap="ignore")
        (tmp_path / "page.pdf").write_bytes(bytes(made))
        command = ["pdftoppm", "-r", "72", "-gray", "-singlefile", "page.pdf", "page"]
        subprocess.run(command, cwd=tmp_path, check=True, timeout=60)
        left = at * 72 / 25.4
        box = (left, left, left + drawn.width, left + drawn.height)
        with Image.open(tmp_path / "page.pgm") as shown:
            assert sides_of_the_frame(shown, box) == [True] * 4


def test_the_quiet_zone_is_white_even_on_a_dark_page() -> None:
    dark = sample(b"0.1 g -1000 -1000 5000 5000 re f")
    stamped = stamp(dark, patient())
    assert scan(bytes(stamped)).identity == ins.decode(ins.encode(patient()))


# What stays


def test_the_octets_of_the_file_before_are_the_first_of_the_file_after() -> None:
    before = sample(pages=3)
    after = stamp(before, patient())
    assert bytes(after).startswith(bytes(before))
    assert (after.pages, after.title) == (3, before.title)


def test_the_other_pages_are_not_touched() -> None:
    before = sample(pages=3)
    after = bytes(stamp(before, patient()))
    for page in (1, 2):
        assert picture(after, page).tobytes() == picture(bytes(before), page).tobytes()
        assert "PAT-TROIS" not in text_of(after, page)


def test_outside_of_the_block_page_1_looks_the_same() -> None:
    before, after = picture(bytes(sample())), picture(bytes(stamp(sample(), patient())))
    half = (0, 200, *before.size)
    assert before.crop(half).tobytes() == after.crop(half).tobytes()


def test_resources_shared_with_another_page_are_not_changed_there() -> None:
    def share(pdf: pikepdf.Pdf) -> None:
        shared = pdf.make_indirect(pdf.pages[0].obj.Resources)
        for page in pdf.pages:
            page.obj.Resources = shared

    pdf = pdf_samples.open_sample(2)
    share(pdf)
    after = stamp(PdfA.read(pdf_samples.saved(pdf)), patient())
    with pikepdf.open(io.BytesIO(bytes(after))) as opened:
        assert "/XObject" not in opened.pages[1].obj.Resources


def test_the_name_of_the_form_never_hides_one_of_the_page() -> None:
    def add(pdf: pikepdf.Pdf) -> None:
        form = pdf_samples.form(pdf, b"0 g 100 100 300 300 re f", BBox=Array([0, 0, 600, 900]))
        pdf_samples.add_resource(pdf, "/XObject", "/SegurInterop0", form)
        pdf_samples.add_content(pdf, b"/SegurInterop0 Do")

    before = PdfA.read(pdf_samples.spoilt(add))
    after = stamp(before, patient())
    low = (0, 500, 595, 842)
    assert picture(bytes(after)).crop(low).tobytes() == picture(bytes(before)).crop(low).tobytes()
    assert scan(bytes(after)).identity


@pytest.mark.parametrize(
    "content",
    [
        b"2 0 0 2 50 50 cm 0 Tr",
        b"q 0 0 10 10 re W n 3 0 0 3 0 0 cm",
        b"q q 1 0 0 rg q",
        b"0 0 1 1 re W n",
        b"3 Tr 400 Tz 30 Tc 9 Ts",
    ],
    ids=["scaled", "clipped-and-open", "three-open", "clipped-outside", "text-state"],
)
def test_what_the_content_leaves_behind_does_not_move_the_block(content: bytes) -> None:
    plain = scan(bytes(stamp(sample(), patient()))).symbols[0].place
    stamped = stamp(sample(content), patient())
    assert scan(bytes(stamped)).symbols[0].place == plain
    assert "PAT-TROIS" in text_of(bytes(stamped))


def test_the_same_call_gives_the_same_octets() -> None:
    assert bytes(stamp(sample(), patient())) == bytes(stamp(sample(), patient()))
    assert bytes(stamp(sample(), patient())) != bytes(stamp(sample(), corsican()))


def test_a_linearized_file_is_written_anew_and_still_conforms() -> None:
    data = pdf_samples.spoilt(lambda pdf: None, linearize=True)
    stamped = stamp(PdfA.read(data), patient())
    assert check(bytes(stamped))
    assert scan(bytes(stamped)).identity


def test_a_file_without_line_end_after_its_end_can_be_stamped() -> None:
    data = pdf_samples.conforming().rstrip(b"\r\n")
    assert check(bytes(stamp(PdfA.read(data), patient())))


def test_without_output_intent_the_greys_are_calibrated() -> None:
    def grey(pdf: pikepdf.Pdf) -> None:
        del pdf.Root["/OutputIntents"]
        pdf.pages[0].obj.Contents = pdf.make_stream(b"q Q")

    stamped = stamp(PdfA.read(pdf_samples.spoilt(grey)), patient())
    assert check(bytes(stamped))
    assert scan(bytes(stamped)).identity


def test_the_report_holds_that_of_the_file_before_and_that_of_the_stamp() -> None:
    before = sample()
    after = stamp(before, patient())
    assert after.report
    assert before.report in after.report.parts
    assert [part.name for part in after.report.parts] == ["PDF/A-1b", "stamp"]


@pytest.mark.parametrize("all_of_it", [True, False])
def test_the_result_conforms_by_a_whole_check(all_of_it: bool) -> None:
    stamped = stamp(sample(pages=2), patient(), check_all=all_of_it)
    assert stamped.report
    assert check(bytes(stamped))


# What is refused


@pytest.mark.parametrize(
    "changes",
    [
        {"asserted": True},
        {"status": ins.IdentityStatus.RECUPEREE},
        {"status": ins.IdentityStatus.VALIDEE, "matricule": None},
        {"status": ins.IdentityStatus.PROVISOIRE, "matricule": None},
        {"matricule": ins.Matricule.parse("279035121518989")},
    ],
    ids=["asserted", "recuperee", "validee", "provisoire", "no-oid"],
)
class TestIdentitiesThatMayNotCarryTheirMatricule:
    def test_are_refused(self, changes: dict[str, Any]) -> None:
        with pytest.raises(IdentityNotQualified) as caught:
            stamp(sample(), patient(**changes))
        assert caught.value.report is not None
        assert not caught.value.report

    def test_give_their_traits_alone_when_asked(self, changes: dict[str, Any]) -> None:
        stamped = bytes(stamp(sample(), patient(**changes), traits_only=True))
        text = text_of(stamped)
        assert "PAT-TROIS" in text
        assert "279035121518989" not in re.sub(r"\D", "", text.replace("28/03/1979", ""))
        assert "INS" not in text.replace("INS à scanner", "INS!")
        assert not scan(stamped).symbols
        assert check(stamped)


def test_traits_only_leaves_the_matricule_out_of_a_qualified_identity_too() -> None:
    stamped = bytes(stamp(sample(), patient(), traits_only=True))
    with pikepdf.open(io.BytesIO(stamped)) as pdf:
        streams = b"".join(
            item.read_bytes() for item in pdf.objects if isinstance(item, pikepdf.Stream)
        )
    for written in (b"279035121518989", b"2 79 03 51", b"2790351215189"):
        assert written not in streams + stamped
    assert not scan(stamped).symbols


def test_a_second_block_is_refused_with_its_reason() -> None:
    stamped = stamp(sample(), patient())
    for identity in (patient(), corsican()):
        for traits_only in (True, False):
            with pytest.raises(PdfError, match="already bears an identity block"):
                stamp(stamped, identity, place="bottom-left", traits_only=traits_only)


def test_a_block_is_recognised_after_another_program_saved_and_wrapped_the_page() -> None:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(bytes(stamp(sample(), patient())))) as pdf:
        form = pdf.pages[0].as_form_xobject()
        pdf.pages[0].obj.Contents = pdf.make_stream(b"/Wrapped Do")
        pdf.pages[0].obj.Resources = pikepdf.Dictionary(XObject=pikepdf.Dictionary(Wrapped=form))
        out.write(pdf_samples.saved(pdf))
    with pytest.raises(PdfError, match="already bears"):
        stamp(PdfA.read(out.getvalue()), patient())


def test_a_symbol_of_another_producer_is_refused_when_it_is_searched_for() -> None:
    def draw(pdf: pikepdf.Pdf) -> None:
        drawn = ins.symbol(corsican())
        paths = "".join(f"{r.x} {-r.y} {r.width} -1 re " for r in drawn.runs)
        content = f"q 1 g 300 100 200 200 re f 0 g 2 0 0 2 320 280 cm {paths} f Q"
        pdf_samples.add_content(pdf, content.encode())

    foreign = PdfA.read(pdf_samples.spoilt(draw))
    assert scan(bytes(foreign)).identity
    with pytest.raises(PdfError, match="already shows a Datamatrix"):
        stamp(foreign, patient(), search_symbol=True)
    assert len(scan(bytes(stamp(foreign, patient()))).symbols) == 2
    assert stamp(sample(), patient(), search_symbol=True)


def test_a_signed_file_is_refused() -> None:
    def sign(pdf: pikepdf.Pdf) -> None:
        field = pdf.make_indirect(
            pikepdf.Dictionary(
                FT=Name.Sig, T="s", V=pikepdf.Dictionary(Type=Name.Sig, Filter=Name.X)
            )
        )
        pdf.Root.AcroForm = pikepdf.Dictionary(Fields=Array([field]), SigFlags=3)

    signed = PdfA.read(pdf_samples.spoilt(sign))
    assert signed.signed
    with pytest.raises(PdfError, match="signature"):
        stamp(signed, patient())


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"q Q Q", "restores more"),
        (b"BT", "inside a text object"),
        (b"q " * 28 + b"Q " * 28, "as deep as"),
    ],
    ids=["too-many-Q", "open-text", "deepest"],
)
def test_content_that_cannot_be_closed_is_refused(content: bytes, reason: str) -> None:
    with pytest.raises(PdfError, match=reason):
        stamp(sample(content), patient())


def test_words_of_graphics_state_inside_strings_and_images_do_not_count() -> None:
    content = b"BT /F1 9 Tf 60 60 Td (Q Q \\) Q) Tj ET BI /W 4 /H 1 /BPC 8 /CS /G ID Q Q\n EI"
    stamped = stamp(sample(content.replace(b"/F1", font_name())), patient())
    assert scan(bytes(stamped)).identity


def font_name() -> bytes:
    with pdf_samples.open_sample() as pdf:
        return next(iter(pdf.pages[0].obj.Resources.Font.keys())).encode()


@pytest.mark.parametrize(
    "place",
    ["middle", "", (1,), (1, 2, 3), ("a", "b"), ("10", "10"), {10: 1, 20: 2},
     (float("nan"), 1), (10**400, 1), (-1, 10), (150, 10), (10, 280)],
)  # fmt: skip
def test_a_place_off_the_page_or_unknown_is_refused(place: Any) -> None:
    with pytest.raises(InvalidValue):
        stamp(sample(), patient(), place=place)


def test_a_page_too_small_for_the_block_is_refused() -> None:
    with pytest.raises(InvalidValue, match="does not lie on the page"):
        stamp(blank(media=[0, 0, 200, 200]), patient())


@pytest.mark.parametrize("size", [0, -1, float("nan"), 400])
def test_an_impossible_size_is_refused(size: float) -> None:
    with pytest.raises(InvalidValue):
        stamp(sample(), patient(), size_mm=size)


def test_a_character_that_the_font_cannot_show_is_refused_without_saying_it() -> None:
    for name in ("ŐRSÉG", "ИВАНОВ", "עברית", "PAT\u0301\u0323TROIS"):
        identity = patient(birth_name=name, matricule=None, status=ins.IdentityStatus.PROVISOIRE)
        with pytest.raises(InvalidValue) as caught:
            stamp(sample(), identity, traits_only=True)
        assert "identity block, nom de naissance" in str(caught.value)
        assert name not in str(caught.value)


def test_a_block_that_would_name_nobody_is_refused() -> None:
    with pytest.raises(InvalidValue, match="birth name"):
        stamp(sample(), ins.Identity(birth_given_names="DOMINIQUE"), traits_only=True)


def test_unknown_traits_are_said_unknown() -> None:
    text = text_of(bytes(stamp(sample(), ins.Identity(birth_name="PAT-TROIS"), traits_only=True)))
    assert text.count("non renseigné") == 3


def test_another_overlap_is_refused() -> None:
    with pytest.raises(InvalidValue):
        stamp(sample(), patient(), overlap="hide")  # type: ignore[arg-type]


# What lies under the block


def test_content_under_the_block_is_reported() -> None:
    crowded = sample(b"0 g 400 780 100 20 re f")
    stamped = stamp(crowded, patient())
    found = [finding for finding in stamped.report if finding.rule == "pdf.stamp.overlap"]
    assert [finding.severity for finding in found] == [Severity.WARNING]
    with pytest.raises(PdfError, match="hides content"):
        stamp(crowded, patient(), overlap="refuse")
    assert "pdf.stamp.overlap" not in finding_rules(stamp(crowded, patient(), overlap="ignore"))


def test_a_page_that_takes_forever_is_stamped_and_said_to_be_unseen() -> None:
    crowded = pdf_samples.open_sample()
    crowded.pages[0].obj.Contents = crowded.make_stream(b"0 0 2000 2000 re f\n" * 300_000)
    crowded.pages[0].obj.MediaBox = [0, 0, 2000, 2000]
    page = PdfA.read(pdf_samples.saved(crowded))
    start = time.monotonic()
    stamped = stamp(page, patient(), time_limit=1, size_mm=200)
    assert [finding.rule for finding in stamped.report] == ["pdf.stamp.overlap"]
    assert "time was over" in str(stamped.report)
    with pytest.raises(PdfError, match="time was over"):
        stamp(page, patient(), time_limit=1, size_mm=200, overlap="refuse")
    assert time.monotonic() - start < 20


@pytest.mark.parametrize("seconds", [0, -1, float("nan"), float("inf"), 10**400])
def test_a_time_limit_is_a_number_of_seconds(seconds: float) -> None:
    with pytest.raises(InvalidValue, match="time_limit"):
        stamp(sample(), patient(), time_limit=seconds)


def test_where_no_process_can_be_started_the_report_says_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _pdf_worker._end_all()
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert finding_rules(stamp(sample(), patient())) == ["pdf.stamp.time-limit"]


@pytest.mark.parametrize("turn", TURNS)
def test_an_empty_zone_is_found_empty_whatever_the_rotation(turn: int) -> None:
    pdf = pdf_samples.open_sample()
    # a black disc of content in the lower left corner of the page as it is stored
    pdf.pages[0].obj.Contents = pdf.make_stream(b"0 g 0 0 150 60 re f")
    pdf.pages[0].obj.Rotate = turn
    page = PdfA.read(pdf_samples.saved(pdf))
    hidden = {0: "bottom-left", 90: "top-left", 180: "top-right", 270: "bottom-right"}[turn]
    for place in CORNERS:
        rules = finding_rules(stamp(page, patient(), place=place))
        assert ("pdf.stamp.overlap" in rules) == (place == hidden)


# Whatever breaks inside never passes


def test_a_result_that_does_not_conform_is_never_returned(monkeypatch: pytest.MonkeyPatch) -> None:
    from segur_interop.pdf._stamping import target

    whole = target.draw_block

    def with_a_fault(block: Any, file: Any) -> str:
        return whole(
            dataclasses.replace(block, content=block.content + b"\n0 0 1 rg /X gs x"), file
        )

    monkeypatch.setattr(target, "draw_block", with_a_fault)
    with pytest.raises(NotPdfA):
        stamp(sample(), patient())


def test_octets_that_changed_under_way_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from segur_interop.pdf._stamping import increment

    whole = increment.Increment.to_bytes

    def spoil(self: Any, **kwargs: Any) -> bytes:
        return whole(self, **kwargs).replace(b"%PDF-1.4", b"%PDF-1.3", 1)

    monkeypatch.setattr(increment.Increment, "to_bytes", spoil)
    with pytest.raises(NotPdfA, match=r"pdf\.stamp\.changed"):
        stamp(sample(), patient())


def test_no_trait_is_in_a_repr_or_a_finding() -> None:
    stamped = stamp(sample(b"0 g 400 780 100 20 re f"), patient())
    shown = repr(stamped) + str(stamped.report) + str(stamped.report.to_dict())
    assert not [secret for secret in people.secrets(patient()) if secret in shown]


# The page tree


def test_a_page_that_stands_twice_in_the_tree_is_stamped_once() -> None:
    data = pdf_samples.conforming(2)
    kids = re.search(rb"/Kids \[ (\d+ 0 R) (\d+ 0 R) \]", data)
    assert kids is not None
    again = data.replace(kids[0], kids[0].replace(kids[2], kids[1]), 1)
    stamped = bytes(stamp(PdfA.read(again), patient(), overlap="ignore"))
    assert "PAT-TROIS" in text_of(stamped, 0)
    assert "PAT-TROIS" not in text_of(stamped, 1)
    assert check(stamped)


def test_page_1_is_found_in_a_tree_whose_first_branch_is_empty() -> None:
    opened = pdf_samples.open_sample(2)
    root = opened.Root.Pages
    leaves = list(root.Kids)
    empty = opened.make_indirect(
        pikepdf.Dictionary(Type=Name.Pages, Kids=Array([]), Count=0, Parent=root)
    )
    branch = opened.make_indirect(
        pikepdf.Dictionary(Type=Name.Pages, Kids=Array(leaves), Count=2, Parent=root)
    )
    for leaf in leaves:
        leaf.Parent = branch
    root.Kids = Array([empty, branch])
    stamped = stamp(PdfA.read(pdf_samples.saved(opened)), patient(), overlap="ignore")
    assert "PAT-TROIS" in text_of(bytes(stamped))
    assert check(bytes(stamped))
    assert stamped.pages == 2


def test_a_tree_that_needs_mending_is_written_anew() -> None:
    data = pdf_samples.conforming(2)
    odd = data.replace(b"/Type /Pages", b"/Type /Pagez", 1)
    assert odd != data
    before = PdfA.read(odd)
    assert not before._plain
    stamped = stamp(before, patient(), overlap="ignore")
    assert check(bytes(stamped))
    assert "PAT-TROIS" in text_of(bytes(stamped))


def test_a_table_that_leads_elsewhere_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    from segur_interop.pdf._stamping import increment

    whole = increment.Increment.to_bytes

    def spoil(self: Any, **kwargs: Any) -> bytes:
        self.replace(2, 0, b"<< /Type /Metadata >>")
        return whole(self, **kwargs)

    monkeypatch.setattr(increment.Increment, "to_bytes", spoil)
    monkeypatch.setattr(increment.Increment, "numbers", property(lambda self: ()))
    with pytest.raises(NotPdfA, match=r"pdf\.stamp\.changed"):
        stamp(sample(), patient(), overlap="ignore")


@pytest.mark.parametrize("given", [b"%PDF-1.4", "lettre.pdf", None])
def test_only_a_pdfa_is_stamped(given: Any) -> None:
    with pytest.raises(TypeError, match="^pdfa is a PdfA, not "):
        stamp(given, patient())


@pytest.mark.parametrize("given", [None, "x", {}])
def test_only_an_identity_is_printed(given: Any) -> None:
    with pytest.raises(TypeError, match="^identity is a Identity, not "):
        stamp(blank(), given)


def test_a_symbol_that_a_scan_cannot_read_is_not_printed() -> None:
    smallest = 0.25 * symbol(patient()).side
    with pytest.raises(InvalidValue, match=r"^size_mm: modules of 0\.2"):
        stamp(blank(), patient(), size_mm=smallest - 0.5)
    read = scan(stamp(blank(), patient(), size_mm=smallest + 0.5).data, dpi=200)
    assert read.identity is not None
    assert stamp(blank(), patient(), size_mm=1, traits_only=True)
