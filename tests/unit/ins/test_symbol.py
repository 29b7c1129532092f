from __future__ import annotations

import dataclasses
import io
import re
import subprocess
import sys

import ecc200
import pytest
import symbols
from lxml import etree
from symbols import CODEWORDS, PAYLOAD, image_of, patient

from segur_interop import ins
from segur_interop.errors import (
    IdentityNotQualified,
    InvalidDatamatrix,
    InvalidValue,
    MissingDependency,
)
from segur_interop.ins import _encoders, _libdmtx
from segur_interop.ins.symbol import LEGEND, QUIET_ZONE, Symbol, draw, matrix, symbol

ENCODERS = {"libdmtx": _encoders.by_libdmtx, "ppf": _encoders.by_ppf}
HEADER = "IS010000000000000000000000"


@pytest.fixture(params=ENCODERS)
def encoder(request: pytest.FixtureRequest):
    if request.param == "libdmtx":
        try:
            _libdmtx.load()
        except MissingDependency as error:
            pytest.skip(str(error))
    return ENCODERS[request.param]


def named(length: int) -> str:
    """A payload whose names have this many characters together."""
    given, name = "MARIE-LOUISE " * 9, "PAT-TROIS'" * 12
    given, name = given[: length // 2].strip() or "A", name[: length - length // 2] or "B"
    return PAYLOAD.replace("DOMINIQUE MARIE-LOUISE", given).replace("PAT-TROIS", name)


def test_both_encoders_give_the_codewords_of_the_sample_symbol(encoder) -> None:
    words = ecc200.codewords(encoder(PAYLOAD))
    assert tuple(words[: len(CODEWORDS)]) == CODEWORDS
    assert ecc200.read(words).text == PAYLOAD


@pytest.mark.parametrize(
    ("length", "side"), [(8, 36), (28, 40), (70, 44), (110, 48), (150, 52), (200, 64)]
)
def test_the_whole_message_is_one_c40_run_at_every_size(encoder, length: int, side: int) -> None:
    payload = named(length)
    drawn = encoder(payload)
    words = ecc200.codewords(drawn)
    read = ecc200.read(words)
    assert len(drawn) == side
    assert read.text == payload
    assert tuple(words[:19]) == CODEWORDS[:19]
    # at most two characters follow, in ASCII
    assert len(HEADER) < len(payload) - 2 <= read.first_c40 <= len(payload)


def test_every_end_of_message_is_the_same_from_both_encoders() -> None:
    _libdmtx_or_skip()
    for length in range(4, 198, 3):
        payload = named(length)
        for end in ("", "S75121", "S751215", "S72A020"):
            text = payload.removesuffix("S751215") + end
            drawn = _encoders.by_ppf(text)
            assert drawn == _encoders.by_libdmtx(text)
            assert ecc200.read(ecc200.codewords(drawn)).text == text


def _libdmtx_or_skip() -> None:
    try:
        _libdmtx.load()
    except MissingDependency as error:
        pytest.skip(str(error))


def test_the_pure_python_encoder_reads_back_for_any_ascii_text() -> None:
    for code in range(128):
        for length in (1, 2, 3, 4, 5, 40, 61, 62, 63):
            text = ("AZ9" * length)[: length - 1] + chr(code)
            assert ecc200.read(ecc200.codewords(_encoders.by_ppf(text))).text == text


# ISO/IEC 16022 §5.2.5.2, worked by hand: AAA is 14*1600 + 14*40 + 14 + 1 = 0x59BF, that is 89 191.
@pytest.mark.parametrize(
    ("text", "end"),
    [
        ("A" * 6, (89, 191, 89, 191)),  # 5 of 5 codewords: nothing after
        ("A" * 5, (89, 191, 89, 177)),  # two values for two codewords: AA and a Shift 1
        ("A" * 9 + "B", (89, 191, 67)),  # the last codeword of 8, in ASCII without unlatch
        ("A" * 9 + "12", (89, 191, 142)),  # a pair of digits in the last codeword of 8
        ("A" * 9 + "BC", (254, 67, 68, 129, 147)),  # no room in 8: unlatch, ASCII, padding to 12
        ("A" * 12, (89, 191, 254, 129, 147)),  # room left: unlatch, padding to 12
        ("A" * 3 + "B", (254, 67)),  # two codewords for one character: unlatch, ASCII
    ],
)
def test_the_end_of_a_message_depends_on_the_room_left(text: str, end: tuple[int, ...]) -> None:
    words = tuple(_encoders.codewords(text))
    assert words[0] == 230
    assert words[len(words) - len(end) :] == end


@pytest.mark.parametrize("payload", ["", "É", "IS01\x80", "A" * 3117, "A" * 2400])
def test_what_no_symbol_holds_is_refused(payload: str, encoder) -> None:
    with pytest.raises(InvalidDatamatrix) as caught:
        encoder(payload) if payload.isascii() and payload else matrix(payload)
    assert "AAA" not in str(caught.value)


def test_without_libdmtx_the_symbol_is_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    _libdmtx_or_skip()
    before = matrix(PAYLOAD)
    _hide_libdmtx(monkeypatch)
    assert matrix(PAYLOAD) == before


def test_without_any_encoder_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    _hide_libdmtx(monkeypatch)
    monkeypatch.setitem(sys.modules, "ppf.datamatrix", None)
    with pytest.raises(MissingDependency, match="ppf-datamatrix"):
        matrix(PAYLOAD)


def _hide_libdmtx(monkeypatch: pytest.MonkeyPatch) -> None:
    def absent() -> None:
        raise MissingDependency("libdmtx")

    monkeypatch.setattr(_libdmtx, "load_wrapper", absent)


@pytest.mark.parametrize("status", [s for s in ins.IdentityStatus if s.name != "QUALIFIEE"])
def test_only_a_qualified_identity_has_a_symbol(status: ins.IdentityStatus) -> None:
    matricule = patient().matricule if status.name == "RECUPEREE" else None
    other = dataclasses.replace(patient(), status=status, matricule=matricule)
    for act in (symbol, draw):
        with pytest.raises(IdentityNotQualified):
            act(other)


def test_an_identity_that_a_sender_asserts_has_no_symbol() -> None:
    with pytest.raises(IdentityNotQualified):
        draw(ins.decode(PAYLOAD))


def test_the_symbol_holds_the_payload_of_the_identity() -> None:
    assert symbol(patient()).payload == PAYLOAD


def test_nothing_of_the_patient_is_shown() -> None:
    drawn = symbol(patient())
    for text in (repr(drawn), str(drawn), drawn._repr_html_(), f"{drawn}"):
        assert "DOMINIQUE" not in text
        assert "27903" not in text
        assert "True" not in text
    assert not hasattr(drawn, "_repr_svg_")
    assert not hasattr(drawn, "_repr_png_")
    assert "DOMINIQUE" in drawn.reveal()


def test_runs_are_the_dark_modules_once() -> None:
    drawn = symbol(patient())
    cells = [(run.x + step, run.y) for run in drawn.runs for step in range(run.width)]
    dark = {
        (x + QUIET_ZONE, y + QUIET_ZONE)
        for y, row in enumerate(drawn.matrix)
        for x, module in enumerate(row)
        if module
    }
    assert len(cells) == len(dark)
    assert set(cells) == dark
    assert drawn.side == 44


@pytest.mark.parametrize("dpi", [96, 203, 300, 600, 1200])
@pytest.mark.parametrize("legend", [True, False])
def test_a_png_has_whole_modules_on_a_white_quiet_zone(dpi: int, legend: bool) -> None:
    from PIL import Image

    drawn = symbol(patient())
    with Image.open(io.BytesIO(drawn.png(dpi=dpi, legend=legend))) as file:
        assert file.mode == ("L" if legend else "1")
        assert file.info["dpi"] == pytest.approx((dpi, dpi), rel=1e-3)
        image = file.convert("L")
    pixels, rest = divmod(image.width, drawn.side)
    assert rest == 0
    assert abs(pixels - drawn.module_mm * dpi / 25.4) <= 0.5
    symbol_alone = image.crop((0, 0, image.width, image.width))
    assert symbol_alone.tobytes() == image_of(drawn.matrix, pixels=pixels).tobytes()
    assert (image.height > image.width) is legend


def test_the_legend_is_centred_under_the_symbol() -> None:
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(draw(patient()))) as file:
        band = file.crop((0, file.width, file.width, file.height))
        left, top, right, bottom = ImageOps.invert(band).getbbox()
        assert abs((left + right) / 2 - file.width / 2) < 0.02 * file.width
        assert 0.4 * file.width < right - left < 0.8 * file.width
        assert top > 0
        assert bottom < band.height


def test_a_png_is_the_same_on_every_run() -> None:
    assert draw(patient()) == draw(patient())


def test_a_png_without_pillow_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    with pytest.raises(MissingDependency, match="pillow"):
        draw(patient())


SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("legend", [True, False])
def test_an_svg_is_one_path_of_the_dark_modules_on_white(
    legend: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "PIL", None)
    drawn = symbol(patient())
    root = etree.fromstring(draw(patient(), "svg", legend=legend))
    x, y, width, height = map(float, root.get("viewBox").split())
    assert (x, y, width) == (0, 0, drawn.side)
    assert root.get("width") == "28mm"
    assert float(root.get("height").removesuffix("mm")) == pytest.approx(
        28 * height / width, abs=0.01
    )
    ground = root.find(SVG + "rect")
    assert (float(ground.get("width")), float(ground.get("height"))) == (width, height)
    assert ground.get("fill") == "#fff"
    (path,) = root.findall(SVG + "path")
    assert path.get("shape-rendering") == "crispEdges"
    found = [
        (int(x), int(y), int(run))
        for x, y, run, back in re.findall(r"M(\d+) (\d+)h(\d+)v1h-(\d+)z", path.get("d"))
        if run == back
    ]
    assert found == [tuple(run) for run in drawn.runs]
    texts = root.findall(SVG + "text")
    assert [text.text for text in texts] == ([LEGEND] if legend else [])
    assert all(text.get("text-anchor") == "middle" for text in texts)
    assert all(float(text.get("x")) == width / 2 for text in texts)
    assert (height > width) is legend


def test_an_svg_drawn_by_another_program_reads_back() -> None:
    rsvg = symbols.program("rsvg-convert")
    picture = symbols.run(rsvg, "--dpi-x=300", "--dpi-y=300", text=draw(patient(), "svg"))
    assert ins.encode(ins.decode(_read_by_zxing(picture)).adopt(_evidence())) == PAYLOAD


def _evidence() -> ins.Evidence:
    return ins.Evidence.IDENTITY_REPOSITORY


def _read_by_zxing(picture: bytes) -> bytes:
    zxingcpp = pytest.importorskip("zxingcpp")
    from PIL import Image

    with Image.open(io.BytesIO(picture)) as image:
        (barcode,) = zxingcpp.read_barcodes(image.convert("L"))
    return bytes(barcode.bytes)


def test_small_modules_are_a_finding_and_never_a_refusal() -> None:
    assert symbol(patient()).findings == ()
    assert symbol(patient(), size_mm=15.4).findings == ()
    (finding,) = symbol(patient(), size_mm=15.3).findings
    assert finding.rule == "ins.symbol.module-size"
    longest = Symbol(payload="", matrix=matrix(named(198)))
    assert longest.findings == ()


@pytest.mark.parametrize("size", [0, -1, float("nan"), float("inf"), 301])
def test_an_impossible_size_is_refused(size: float) -> None:
    with pytest.raises(InvalidValue, match="size_mm"):
        draw(patient(), size_mm=size)


@pytest.mark.parametrize("dpi", [0, -300, 30, 100_000, float("nan")])
def test_an_impossible_resolution_is_refused(dpi: int) -> None:
    with pytest.raises(InvalidValue, match="dpi"):
        draw(patient(), dpi=dpi)


def test_another_format_is_refused() -> None:
    with pytest.raises(InvalidValue, match="format"):
        draw(patient(), "gif")  # type: ignore[arg-type]


def test_importing_loads_no_imaging_library() -> None:
    heavy = "PIL numpy zxingcpp pylibdmtx pypdfium2 pypdfium2_raw reportlab ppf.datamatrix ctypes"
    code = (
        "import sys, segur_interop.ins.symbol, segur_interop.ins.scan; "
        f"print([name for name in {heavy.split()!r} if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"[]"
