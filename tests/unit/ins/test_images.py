"""Images of one frame or of several, of every depth; odd ones end in a value or a SegurError."""

from __future__ import annotations

import io
import threading
import time
import warnings
from itertools import repeat
from typing import Any

import pytest
import symbols
from PIL import Image
from symbols import PAYLOAD, corsican, patient

from segur_interop import ins
from segur_interop.errors import InvalidDatamatrix, InvalidValue
from segur_interop.findings import Verdict
from segur_interop.ins import _encoders, _pages
from segur_interop.ins.scan import Scan, scan


def picture(identity: ins.Identity) -> Image.Image:
    return symbols.image_of(_encoders.by_ppf(ins.encode(identity)))


BLANK = Image.new("L", (200, 200), 255)


def frames(*images: Image.Image, format: str, mode: str = "L") -> bytes:
    """A file of several frames of one size."""
    side = max(max(image.size) for image in images)
    sheets = []
    for image in images:
        sheet = Image.new("L", (side, side), 255)
        sheet.paste(image, (0, 0))
        sheets.append(sheet.convert(mode))
    file = io.BytesIO()
    sheets[0].save(file, format, save_all=True, append_images=sheets[1:])
    return file.getvalue()


def written(scanned: Scan) -> list[tuple[int, str]]:
    return [
        (found.page, ins.encode(found.identity.adopt(ins.Evidence.IDENTITY_REPOSITORY)))
        for found in scanned.symbols
        if found.identity
    ]


BOTH = [(2, PAYLOAD), (4, ins.encode(corsican()))]


@pytest.mark.parametrize("format", ["TIFF", "PNG"])
def test_every_frame_of_a_file_is_a_page(format: str) -> None:
    data = frames(BLANK, picture(patient()), BLANK, picture(corsican()), format=format)
    assert written(scan(data)) == BOTH
    assert written(scan(data, pages=[2])) == BOTH[:1]
    assert written(scan(data, pages=[4, 1])) == BOTH[1:]
    assert scan(data).report().verdict is Verdict.FAILED  # two patients
    with pytest.raises(InvalidValue, match="the image has 4 pages"):
        scan(data, pages=[5])


@pytest.mark.parametrize("format", ["TIFF", "PNG", "GIF", "WEBP"])
def test_every_frame_of_an_image_is_a_page_and_the_image_stays_where_it_was(format: str) -> None:
    data = frames(BLANK, picture(patient()), BLANK, picture(corsican()), format=format)
    with Image.open(io.BytesIO(data)) as image:
        image.seek(2)
        assert [page for page, _ in written(scan(image))] == [2, 4]
        assert image.tell() == 2
        assert written(scan(image, pages=[2])) == BOTH[:1]
        assert image.tell() == 2


@pytest.mark.parametrize("mode", ["1", "L", "RGB", "CMYK", "P"])
@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "group4", "tiff_adobe_deflate"])
def test_a_tiff_reads(mode: str, compression: str) -> None:
    if compression == "group4" and mode != "1":
        pytest.skip("group 4 has one bit a pixel")
    file = io.BytesIO()
    picture(patient()).convert(mode).save(file, "TIFF", compression=compression)
    assert written(scan(file.getvalue())) == [(1, PAYLOAD)]


def test_more_frames_than_the_cap_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_pages, "MAX_PAGES", 2)
    data = frames(BLANK, picture(patient()), picture(corsican()), format="TIFF")
    scanned = scan(data)
    assert written(scanned) == BOTH[:1]
    assert scanned.report().verdict is Verdict.INCOMPLETE
    assert "page 3" in str(scanned.report())


def test_a_damaged_frame_is_named_and_those_before_it_are_searched() -> None:
    data = frames(picture(patient()), picture(corsican()), format="PNG")
    cut = data[: data.rindex(b"fdAT") + 40]
    scanned = scan(cut)
    assert written(scanned) == [(1, PAYLOAD)]
    assert scanned.report().verdict is Verdict.INCOMPLETE
    assert "page 2" in str(scanned.report())


@pytest.mark.parametrize("bits", [8, 10, 12, 14, 16])
@pytest.mark.parametrize("mode", ["I;16", "I;16B", "I", "F"])
def test_greys_of_more_than_8_bits_read_whatever_part_is_used(mode: str, bits: int) -> None:
    scale = (2**bits - 1) / 255
    wide = picture(patient()).convert("I").point(lambda tone: tone * scale)
    image = wide.convert(mode)
    assert written(scan(image)) == [(1, PAYLOAD)]
    if mode == "I;16":
        assert written(scan(symbols.png(image))) == [(1, PAYLOAD)]


def test_greys_from_0_to_1_read() -> None:
    unit = picture(patient()).convert("F").point(lambda tone: tone * (1 / 255) + 0)
    assert written(scan(unit)) == [(1, PAYLOAD)]


@pytest.mark.parametrize("mode", ["I;16", "I", "F"])
def test_one_tone_everywhere_is_no_symbol(mode: str) -> None:
    assert not scan(Image.new(mode, (50, 50), 4000))


@pytest.mark.parametrize("mode", ["La", "RGBa", "LAB", "HSV", "RGBX", "PA"])
def test_every_mode_ends_in_a_scan_or_a_refusal(mode: str) -> None:
    source = picture(patient()).convert("LA" if mode in ("La", "PA") else "RGBA")
    try:
        image = source.convert(mode)
    except ValueError:
        image = Image.new(mode, (60, 60))
    try:
        scanned = scan(image)
    except InvalidDatamatrix:
        return
    assert mode in ("LAB", "HSV") or written(scanned) == [(1, PAYLOAD)]


def test_a_closed_image_is_refused() -> None:
    image = Image.open(io.BytesIO(symbols.png(picture(patient()))))
    image.close()
    with pytest.raises(InvalidDatamatrix, match="closed"):
        scan(image)


class Odd:
    def __init__(self, interface: Any) -> None:
        self.__array_interface__ = interface


@pytest.mark.parametrize(
    "interface",
    [
        {},
        None,
        "text",
        {"typestr": "|u1"},
        {"shape": (4, 4)},
        {"typestr": "|u1", "shape": 4},
        {"typestr": "|u1", "shape": ("a", "b")},
        {"typestr": "|u1", "shape": (4, 4)},
        {"typestr": "|u1", "shape": (4, 4), "data": (0, False), "version": 3},
    ],
    ids=repr,
)
def test_an_object_that_is_no_array_is_a_type_error(interface: Any) -> None:
    if isinstance(interface, dict) and "data" in interface:
        interface = {**interface, "data": None}
    with pytest.raises(TypeError, match="array of pixels"):
        scan(Odd(interface))


@pytest.mark.parametrize("source", [None, 5, [b"x"], Ellipsis], ids=repr)
def test_another_source_is_a_type_error(source: Any) -> None:
    with pytest.raises(TypeError, match="a source is"):
        scan(source)


@pytest.mark.parametrize("pages", [5, ["1"], "1", [None], [1.0]], ids=repr)
def test_pages_are_whole_numbers(pages: Any) -> None:
    with pytest.raises(TypeError):
        scan(symbols.png(BLANK), pages=pages)


def test_pages_are_read_no_further_than_they_are_searched() -> None:
    start = time.perf_counter()
    with pytest.raises(InvalidValue, match="1 pages"):
        scan(symbols.png(BLANK), pages=range(1, 10**12))
    assert not scan(symbols.png(BLANK), pages=[1, 1])
    assert time.perf_counter() - start < 5
    endless = iter(range(1, 10**9))
    with pytest.raises(InvalidValue):
        scan(symbols.png(BLANK), pages=endless)


def test_the_warnings_of_pillow_are_dropped_and_no_others() -> None:
    palette = Image.new("P", (200, 200), 1)
    palette.putpalette([255] * 6)
    palette.info["transparency"] = b"\x00\xff"  # Pillow advises RGBA
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        assert not scan(palette)
        palette.convert("L")
        Image.MAX_IMAGE_PIXELS, former = 100, Image.MAX_IMAGE_PIXELS
        try:
            scan(symbols.png(Image.new("1", (15, 10))))
        finally:
            Image.MAX_IMAGE_PIXELS = former
        warnings.warn("ours", UserWarning, stacklevel=1)
    assert "ours" in str(seen[-1].message)
    assert not [item for item in seen if "segur_interop" in item.filename]
    assert not [item for item in seen if item.category.__name__.startswith("Decompression")]


def test_threads_that_read_images_leave_the_filters_as_they_were() -> None:
    data = symbols.png(picture(patient()))
    before = list(warnings.filters)
    threads = [threading.Thread(target=scan, args=(item,)) for item in repeat(data, 8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(warnings.filters) == before
