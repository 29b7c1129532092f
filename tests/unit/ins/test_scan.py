from __future__ import annotations

import io
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path
from types import SimpleNamespace

import pytest
import symbols
from symbols import GS, PAYLOAD, corsican, patient

from segur_interop import _pdfium, ins
from segur_interop.errors import InvalidDatamatrix, InvalidValue, MissingDependency, SegurError
from segur_interop.findings import Severity, Verdict
from segur_interop.ins import _decoders, _encoders, _pages
from segur_interop.ins.scan import Scan, scan
from segur_interop.ins.symbol import draw, symbol

MADE = symbols.scan_rates()


def rules(scanned: Scan) -> list[str]:
    return [finding.rule for finding in scanned.report()]


def written(identity: ins.Identity | None) -> str:
    """The payload that an identity read from a symbol stands for."""
    assert identity is not None
    assert identity.asserted
    return ins.encode(identity.adopt(ins.Evidence.IDENTITY_REPOSITORY))


def without_zxing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)


@pytest.fixture
def libdmtx() -> None:
    if not _decoders.has_libdmtx():
        pytest.skip("libdmtx is not installed")


@pytest.fixture(params=["zxing-cpp", "libdmtx"])
def decoder(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "libdmtx":
        request.getfixturevalue("libdmtx")
        without_zxing(monkeypatch)
    elif not _decoders.has_zxing():
        pytest.skip("zxing-cpp is not installed")
    return request.param


def pdf_of(*identities: ins.Identity | None) -> bytes:
    """A PDF of a page of text for each identity, with its symbol."""
    import pypdfium2

    with pypdfium2.PdfDocument.new() as document:
        for identity in identities:
            drawn = None if identity is None else symbol(identity)
            with pypdfium2.PdfDocument(MADE.page_pdf(drawn)) as page:
                document.import_pages(page)
        file = io.BytesIO()
        document.save(file)
    return file.getvalue()


def test_a_file_a_path_and_its_name_read_the_same(tmp_path: Path, decoder: str) -> None:
    data = draw(patient())
    path = tmp_path / "symbol.bin"
    path.write_bytes(data)
    for source in (data, bytearray(data), path, str(path)):
        scanned = scan(source)
        assert written(scanned.identity) == PAYLOAD
        assert scanned.symbols[0].payload == PAYLOAD.encode()


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA", "CMYK", "YCbCr", "I;16", "I"])
def test_every_kind_of_image_reads(mode: str) -> None:
    from PIL import Image

    image = symbols.image_of(_encoders.by_ppf(PAYLOAD))
    if mode.startswith("I"):
        # greys of 16 bits: clipped to 8, all of them are white
        image = image.convert("I").point(lambda tone: tone * 100 + 20_000)
    assert written(scan(image.convert(mode)).identity) == PAYLOAD
    if mode in ("1", "L", "P", "RGB", "RGBA", "LA", "I;16"):
        assert written(scan(symbols.png(image.convert(mode))).identity) == PAYLOAD
    if mode in ("L", "RGB", "CMYK"):
        file = io.BytesIO()
        image.convert(mode).save(file, "JPEG")
        assert written(scan(file.getvalue()).identity) == PAYLOAD
    assert Image.MAX_IMAGE_PIXELS is not None


def test_transparent_is_paper() -> None:
    from PIL import Image

    dark = symbols.image_of(_encoders.by_ppf(PAYLOAD))
    image = Image.new("RGBA", dark.size, (0, 0, 0, 0))
    image.putalpha(dark.point([255] + [0] * 255))  # black modules on transparent black
    assert written(scan(symbols.png(image)).identity) == PAYLOAD
    assert written(scan(image).identity) == PAYLOAD
    palette = Image.new("P", dark.size)
    palette.putpalette([0, 0, 0, 0, 0, 0])
    palette.paste(dark.point([1] + [0] * 255))
    file = io.BytesIO()
    palette.save(file, "PNG", transparency=0)
    assert written(scan(file.getvalue()).identity) == PAYLOAD


def test_a_photograph_is_placed_as_its_viewer_shows_it() -> None:
    from PIL import Image

    sheet = Image.new("L", (600, 1000), 255)
    sheet.paste(symbols.image_of(_encoders.by_ppf(PAYLOAD)), (0, 0))
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise to show
    file = io.BytesIO()
    sheet.save(file, "JPEG", exif=exif)
    place = scan(file.getvalue()).symbols[0].place
    assert place.right > 0.9
    assert place.top < 0.1


@pytest.mark.parametrize("shape", ["grey", "bool", "bgr", "bgra", "slice"])
def test_an_array_of_pixels_reads(shape: str) -> None:
    numpy = pytest.importorskip("numpy")
    grey = numpy.array(symbols.image_of(_encoders.by_ppf(PAYLOAD)))
    array = {
        "grey": grey,
        "bool": grey > 0,
        "bgr": numpy.dstack([grey] * 3),
        "bgra": numpy.dstack([grey, grey, grey, numpy.full_like(grey, 255)]),
        "slice": numpy.repeat(numpy.repeat(grey, 2, 0), 2, 1)[::2, ::2],
    }[shape]
    assert written(scan(array).identity) == PAYLOAD


@pytest.mark.parametrize("shape", [(40,), (40, 40, 5), (2, 40, 40, 3)])
def test_an_array_of_another_shape_is_a_type_error(shape: tuple[int, ...]) -> None:
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match="array of pixels"):
        scan(numpy.zeros(shape, "uint8"))


def test_an_array_of_another_type_is_a_type_error() -> None:
    numpy = pytest.importorskip("numpy")
    with pytest.raises(TypeError, match="uint8"):
        scan(numpy.zeros((40, 40), "float64"))


def test_a_pdf_gives_the_page_and_the_place(decoder: str) -> None:
    scanned = scan(pdf_of(None, patient()), pages=[2])
    (found,) = scanned.symbols
    assert written(found.identity) == PAYLOAD
    assert found.page == 2
    # 28 mm, 12 mm from the right and from the top; the quiet zone is 2 of 44 modules
    quiet = 28 * 2 / 44
    assert found.place.left == pytest.approx((210 - 40 + quiet) / 210, abs=0.005)
    assert found.place.right == pytest.approx((210 - 12 - quiet) / 210, abs=0.005)
    assert found.place.top == pytest.approx((12 + quiet) / 297, abs=0.005)
    assert found.place.bottom == pytest.approx((40 - quiet) / 297, abs=0.005)


def test_a_turned_page_is_placed_as_shown(decoder: str) -> None:
    import pypdfium2

    with pypdfium2.PdfDocument(pdf_of(patient())) as document:
        document[0].set_rotation(90)
        file = io.BytesIO()
        document.save(file)
    (found,) = scan(file.getvalue()).symbols
    assert written(found.identity) == PAYLOAD
    assert found.place.right == pytest.approx(1 - 13.3 / 297, abs=0.01)
    assert found.place.bottom == pytest.approx(1 - 13.3 / 210, abs=0.01)


def test_only_the_pages_asked_for_are_searched() -> None:
    data = pdf_of(patient(), None, corsican())
    assert [found.page for found in scan(data).symbols] == [1, 3]
    assert [found.page for found in scan(data, pages=[3, 3]).symbols] == [3]
    assert not scan(data, pages=[2])
    for wrong in ([4], [0], [-1], []):
        with pytest.raises(InvalidValue, match="pages"):
            scan(data, pages=wrong)
    for wrong in ([2], [1, 2]):
        with pytest.raises(InvalidValue, match="pages"):
            scan(draw(patient()), pages=wrong)
    assert scan(draw(patient()), pages=[1])


@pytest.mark.parametrize("wrong", [0, 49, 1201, 200.5, "200"])
def test_another_resolution_is_refused(wrong: int) -> None:
    with pytest.raises(InvalidValue, match="dpi"):
        scan(b"", dpi=wrong)


@pytest.mark.parametrize("wrong", [0, -1, float("nan"), float("inf")])
def test_another_time_limit_is_refused(wrong: float) -> None:
    with pytest.raises(InvalidValue, match="time_limit"):
        scan(b"", time_limit=wrong)


def test_symbols_of_two_patients_give_no_single_identity() -> None:
    scanned = scan(pdf_of(patient(), corsican()))
    assert scanned.identity is None
    assert len(scanned.identities) == 2
    assert "ins.scan.several-identities" in rules(scanned)
    assert scanned.report().verdict is Verdict.FAILED
    twice = scan(pdf_of(patient(), patient()))
    assert len(twice.symbols) == 2
    assert written(twice.identity) == PAYLOAD
    assert twice.report()


def test_a_symbol_without_birthplace_agrees_and_one_with_another_does_not() -> None:
    assert scan(pdf_of(patient(), patient(birth_place=""))).identity
    assert scan(pdf_of(patient(), patient(birth_place="63220"))).identity is None


def test_two_symbols_of_one_page_are_both_read() -> None:
    from PIL import Image

    sheet = Image.new("L", (800, 400), 255)
    for left, identity in ((20, patient()), (420, corsican())):
        with Image.open(io.BytesIO(draw(identity, dpi=200))) as image:
            sheet.paste(image, (left, 20))
    scanned = scan(sheet)
    assert {found.place.left < 0.5 for found in scanned.symbols} == {True, False}
    assert len(scanned.identities) == 2


def scan_codewords(words: list[int]) -> Scan:
    return scan(symbols.image_of(symbols.matrix_of(words)))


def test_another_data_matrix_is_a_finding(decoder: str) -> None:
    scanned = scan_codewords(symbols.ascii_codewords("DC04FR0000011A"))
    (found,) = scanned.symbols
    assert found.identity is None
    assert [finding.rule for finding in found.findings] == ["ins.scan.not-ins"]
    assert scanned.report()
    assert not scanned


@pytest.mark.parametrize(
    "defect",
    [
        PAYLOAD.replace(GS, "<GS>"),
        PAYLOAD.replace(GS, ""),
        PAYLOAD.replace("28-03-1979", "28031979"),
        PAYLOAD.replace("279035121518989", "true"),
        PAYLOAD.replace("1.2.250.1.213.1.4.10", f"1.2.250.1.213.1.4.2{GS}"),
        PAYLOAD.replace("S5F", ""),
        PAYLOAD + GS,
    ],
    ids=["typed-gs", "lost-gs", "date", "no-matricule", "oid", "no-sex", "gs-at-the-end"],
)
def test_a_symbol_marked_ins_that_is_none_is_an_error_without_a_name(
    defect: str, decoder: str
) -> None:
    scanned = scan_codewords(symbols.ascii_codewords(defect))
    (found,) = scanned.symbols
    assert found.identity is None
    assert [finding.rule for finding in found.findings] == ["ins.scan.grammar"]
    assert not scanned.report()
    assert "DOMINIQUE" not in f"{scanned.report()}{found!r}{scanned!r}"


# Codewords: 232 FNC1, 241 ECI, 233 structured append, 234 reader programming, 236 macro.
FOREIGN = {
    "separators-fnc1": (symbols.ascii_codewords(PAYLOAD, separator=232), []),
    "gs1": ([232, *symbols.ascii_codewords(PAYLOAD)], ["ins.scan.gs1"]),
    "gs1-separators-fnc1": (
        [232, *symbols.ascii_codewords(PAYLOAD, separator=232)],
        ["ins.scan.gs1"],
    ),
    "eci": ([241, 27, *symbols.ascii_codewords(PAYLOAD)], None),
    "structured-append": ([233, 17, 1, 1, *symbols.ascii_codewords(PAYLOAD)], None),
    "reader-programming": ([234, *symbols.ascii_codewords(PAYLOAD)], None),
    "macro": ([236, *symbols.ascii_codewords(PAYLOAD)], None),
    "separators-0": (symbols.ascii_codewords(PAYLOAD, separator=1), None),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_foreign_symbol_is_read_right_or_refused(name: str, decoder: str) -> None:
    words, expected = FOREIGN[name]
    scanned = scan_codewords(words)
    if expected is None and scanned.identity is None:
        return
    assert written(scanned.identity) == PAYLOAD
    if expected is not None:
        assert set(rules(scanned)) - {"ins.scan.one-per-page"} == set(expected)


@pytest.mark.parametrize(
    "options",
    [(), ("--binary",), ("--square",), ("--square", "--fast"), ("--dmre",), ("--eci=27",)],
    ids=lambda options: "".join(options) or "default",
)
@pytest.mark.parametrize("identity", [patient(), corsican()], ids=["20", "19"])
def test_a_symbol_of_zint_reads(
    options: tuple[str, ...], identity: ins.Identity, tmp_path: Path, decoder: str
) -> None:
    payload = ins.encode(identity)
    scanned = scan(_by_zint(payload, tmp_path, *options))
    if decoder == "libdmtx" and set(options) & {"--dmre", "--eci=27"}:
        assert not scanned  # libdmtx knows neither, and says nothing wrong
    else:
        assert written(scanned.identity) == payload


def test_a_gs1_symbol_of_zint_is_no_ins(tmp_path: Path, decoder: str) -> None:
    scanned = scan(_by_zint("[01]03453120000011[10]IS0100000", tmp_path, "--gs1"))
    (found,) = scanned.symbols
    assert found.identity is None
    assert [finding.rule for finding in found.findings] == ["ins.scan.not-ins"]


def _by_zint(payload: str, folder: Path, *options: str) -> Path:
    zint = symbols.program("zint")
    (folder / "payload").write_bytes(payload.encode())
    picture = folder / "symbol.png"
    white = ("--whitesp=4", "--vwhitesp=4", "--scale=3")
    files = ("-i", str(folder / "payload"), "-o", str(picture))
    subprocess.run((zint, "-b", "DATAMATRIX", *white, *options, *files), check=True)
    return picture


@pytest.mark.usefixtures("libdmtx")
def test_a_second_opinion_that_agrees_adds_nothing() -> None:
    scanned = scan(draw(patient()), second_opinion=True)
    assert len(scanned.symbols) == 1
    assert scanned.findings == ()
    assert scanned.report()


@pytest.mark.usefixtures("libdmtx")
def test_decoders_that_differ_are_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    other = ins.encode(corsican()).encode()
    raw = _decoders.RawSymbol(other, ((0, 0), (9, 0), (9, 9), (0, 9)))
    monkeypatch.setattr(_decoders, "by_libdmtx", lambda page, seconds: [raw])
    scanned = scan(draw(patient()), second_opinion=True)
    assert "ins.scan.decoders-differ" in rules(scanned)
    assert scanned.identity is None
    assert scanned.report().verdict is Verdict.FAILED


def test_a_second_opinion_that_could_not_be_had_is_not_had(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_decoders, "has_libdmtx", lambda: False)
    scanned = scan(draw(patient()), second_opinion=True)
    assert scanned.identity
    assert scanned.report().verdict is Verdict.INCOMPLETE


@pytest.mark.usefixtures("libdmtx")
def test_a_crash_of_libdmtx_costs_the_second_opinion_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_decoders, "_BOOT", "import os; os._exit(134)")
    scanned = scan(draw(patient()), second_opinion=True)
    assert scanned.identity
    assert scanned.report().verdict is Verdict.INCOMPLETE


@pytest.mark.usefixtures("libdmtx")
def test_a_second_decoder_that_reads_nothing_is_no_second_opinion(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_decoders, "by_libdmtx", lambda page, seconds: [])
    scanned = scan(draw(patient()), second_opinion=True)
    assert scanned.report().verdict is Verdict.INCOMPLETE


@pytest.mark.usefixtures("libdmtx")
def test_a_crash_of_the_only_decoder_is_a_page_not_searched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    without_zxing(monkeypatch)
    monkeypatch.setattr(_decoders, "_BOOT", "import os; os._exit(134)")
    scanned = scan(draw(patient()))
    assert not scanned
    assert scanned.report().verdict is Verdict.INCOMPLETE


def test_without_any_decoder_what_to_install_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    without_zxing(monkeypatch)
    monkeypatch.setattr(_decoders, "has_libdmtx", lambda: False)
    with pytest.raises(MissingDependency, match="zxing-cpp"):
        scan(draw(patient()))


@pytest.mark.parametrize("name", ["pypdfium2", "PIL"])
def test_without_the_library_of_a_kind_of_source_what_to_install_is_said(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = b"%PDF-1.4" if name == "pypdfium2" else b"\x89PNG\r\n\x1a\n"
    monkeypatch.setitem(sys.modules, name, None)
    with pytest.raises(MissingDependency, match=name.lower().replace("pil", "pillow")):
        scan(source)


def test_when_the_time_is_over_the_pages_left_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    data = pdf_of(None, patient())
    slow = _decoders.by_zxing

    def slowly(page: _pages.Page) -> list[_decoders.RawSymbol]:
        time.sleep(3)
        return slow(page)

    monkeypatch.setattr(_decoders, "by_zxing", slowly)
    scanned = scan(data, time_limit=2.9)
    assert not scanned
    assert scanned.report().verdict is Verdict.INCOMPLETE
    assert "page 2" in str(scanned.report())


def test_more_pages_than_the_cap_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pages, "MAX_PAGES", 1)
    scanned = scan(pdf_of(patient(), None))
    assert scanned.identity
    assert "page 2" in str(scanned.report())
    assert scanned.report().verdict is Verdict.INCOMPLETE


def bare_pdf(box: str, *, more: str = "") -> bytes:
    """A PDF of one page of this size, without content."""
    objects = (
        "<</Type/Catalog/Pages 2 0 R>>",
        "<</Type/Pages/Kids[3 0 R]/Count 1>>",
        f"<</Type/Page/Parent 2 0 R/MediaBox[{box}]{more}>>",
    )
    body = "".join(f"{number} 0 obj{text}endobj\n" for number, text in enumerate(objects, 1))
    return f"%PDF-1.4\n{body}trailer<</Root 1 0 R>>\n%%EOF".encode()


@pytest.mark.parametrize(
    "box", ["0 0 14400 14400", "0 0 99999999 99999999", "0 0 999999999 1", "0 0 1 999999999"]
)
def test_a_huge_page_is_drawn_within_the_cap_or_named(box: str) -> None:
    scanned = scan(bare_pdf(box))
    assert not scanned
    assert scanned.report().verdict is Verdict.INCOMPLETE


@pytest.mark.parametrize("box", ["0 0 595 842", "0 0 0 0", "0 0 0.001 0.001", "5 5 1 1", "0 0"])
def test_any_small_page_box_is_survived(box: str) -> None:
    assert isinstance(scan(bare_pdf(box)), Scan)


def test_pixels_over_the_cap_are_refused_before_they_are_decoded() -> None:
    def chunk(kind: bytes, data: bytes) -> bytes:
        crc = struct.pack(">I", zlib.crc32(kind + data))
        return struct.pack(">I", len(data)) + kind + data + crc

    for side in (7_100, 12_000, 60_000):
        header = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
        bomb = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"x")
        with pytest.raises(InvalidDatamatrix, match="pixels"):
            scan(bomb)


def test_a_side_over_the_cap_is_refused() -> None:
    from PIL import Image

    with pytest.raises(InvalidDatamatrix, match="a side"):
        scan(symbols.png(Image.new("1", (70_000, 2))))


def test_the_padding_of_pdfium_rows_is_no_pixel() -> None:
    padded = SimpleNamespace(width=3, height=2, stride=4, buffer=bytearray(b"abc-def-"))
    assert _pdfium.unpadded(padded) == b"abcdef"
    whole = SimpleNamespace(width=3, height=2, stride=3, buffer=bytearray(b"abcdef-"))
    assert _pdfium.unpadded(whole) == b"abcdef"


def test_the_pixels_of_a_document_are_in_no_repr() -> None:
    assert "xff" not in repr(_pages.Page(1, 1, 1, b"\xff"))


def test_an_array_over_the_cap_is_refused() -> None:
    numpy = pytest.importorskip("numpy")
    huge = numpy.broadcast_to(numpy.zeros(1, "uint8"), (10**6, 10**6))
    with pytest.raises(InvalidDatamatrix, match="pixels"):
        scan(huge)


def test_a_source_over_the_cap_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pages, "MAX_BYTES", 1000)
    with pytest.raises(InvalidDatamatrix, match="1000 bytes"):
        scan(draw(patient()))


def test_an_encrypted_pdf_is_refused_with_the_reason() -> None:
    pikepdf = pytest.importorskip("pikepdf")
    with pikepdf.open(io.BytesIO(pdf_of(patient()))) as document:
        locked, open_to_all = io.BytesIO(), io.BytesIO()
        document.save(locked, encryption=pikepdf.Encryption(owner="o", user="u"))
        document.save(open_to_all, encryption=pikepdf.Encryption(owner="o", user=""))
    with pytest.raises(InvalidDatamatrix, match="encrypted"):
        scan(locked.getvalue())
    assert scan(open_to_all.getvalue()).identity


@pytest.mark.parametrize(
    "source",
    [b"", b"text", b"GIF89a", b"%PDF-1.4", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"\x00" * 99],
)
def test_what_is_no_document_is_refused(source: bytes) -> None:
    with pytest.raises(InvalidDatamatrix):
        scan(source)


def test_cut_and_altered_files_give_a_value_or_a_refusal() -> None:
    files = [draw(patient(), dpi=150), pdf_of(patient())]
    jpeg = io.BytesIO()
    symbols.image_of(_encoders.by_ppf(PAYLOAD)).save(jpeg, "JPEG")
    for data in (*files, jpeg.getvalue()):
        for part in range(1, 12):
            cut = data[: len(data) * part // 12]
            altered = bytearray(data)
            altered[len(data) * part // 12] ^= 0x55
            for source in (cut, bytes(altered)):
                try:
                    found = scan(source).identities
                except SegurError:
                    continue
                assert all(written(identity) == PAYLOAD for identity in found)


def test_a_path_that_cannot_be_read_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="absent"):
        scan(tmp_path / "absent.pdf")


@pytest.mark.parametrize("source", [None, 3, ["a"], object()])
def test_a_source_of_another_type_is_a_type_error(source: object) -> None:
    with pytest.raises(TypeError):
        scan(source)  # type: ignore[arg-type]


def test_nothing_of_the_patient_is_shown() -> None:
    scanned = scan(draw(patient()))
    for text in (
        repr(scanned),
        scanned._repr_html_(),
        repr(scanned.symbols[0]),
        scanned.symbols[0]._repr_html_(),
        str(scanned.report()),
    ):
        assert "DOMINIQUE" not in text
        assert "27903" not in text
    assert "page=1" in repr(scanned.symbols[0])
    assert "DOMINIQUE" in scanned.symbols[0].reveal()


def test_findings_of_a_scan_have_a_severity_that_fits() -> None:
    scanned = scan(pdf_of(patient(), corsican()))
    assert [f.severity for f in scanned.findings] == [Severity.ERROR]


# docs/scanning.md has the whole table; here are the cases on which every symbol is read.
HARD = {"blur 2 px", "noise 40", "20 mm, 100 dpi", "15 mm, 150 dpi", "600 dpi"}
READ_BY_ZXING = [name for name in MADE.CASES if name not in HARD]
READ_BY_LIBDMTX = ["150 dpi", "200 dpi", "300 dpi", "turned 90°", "turned 180°", "turned 7°"]
READ_BY_LIBDMTX += ["blur 1 px", "noise 8", "worn"]


@pytest.mark.parametrize("name", READ_BY_ZXING)
def test_a_symbol_on_a_page_of_text_is_read_by_zxing(name: str) -> None:
    _read(name)


@pytest.mark.usefixtures("libdmtx")
@pytest.mark.parametrize("name", READ_BY_LIBDMTX)
def test_a_symbol_on_a_page_of_text_is_read_by_libdmtx(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_zxing(monkeypatch)
    _read(name)


def _read(name: str) -> None:
    size, dpi, spoil = MADE.CASES[name]
    page = MADE.page_pdf(symbol(patient(), size_mm=size))
    assert written(scan(spoil(MADE.image_of(page, dpi))).identity) == PAYLOAD
