"""Stamping beside pikepdf's open and save of the same file; composing beside reportlab alone."""

from __future__ import annotations

import io
import random

import pdf_samples
import pikepdf
import pytest
from letters import letter, long_sections
from symbols import patient

from segur_interop import pdf

pytestmark = pytest.mark.bench


def open_and_save(data: bytes) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as opened:
        opened.save(out, object_stream_mode=pikepdf.ObjectStreamMode.disable)
    return out.getvalue()


@pytest.fixture(scope="module")
def fifty() -> pdf.PdfA:
    """50 pages of text: 20 lines each, one font."""
    return pdf.PdfA.read(pdf_samples.conforming(50))


@pytest.fixture(scope="module")
def fifty_composed() -> pdf.PdfA:
    """About 50 pages as `compose` makes them: tables, two fonts."""
    made = pdf.compose(letter(sections=long_sections() * 6))
    assert 45 <= made.pages <= 60
    return made


def unstamped(document: pdf.PdfA) -> pdf.PdfA:
    """The same pages without their identity block, so that they take one."""
    with pikepdf.open(io.BytesIO(bytes(document))) as opened:
        page = opened.pages[0].obj
        for name in list(page.Resources.XObject.keys()):
            if "SegurInterop" in name:
                del page.Resources.XObject[name]
        contents = list(page.Contents)
        page.Contents = pikepdf.Array(contents[1:-1])
        opened.remove_unreferenced_resources()
        return pdf.PdfA.read(pdf_samples.saved(opened))


def test_stamp_page_1_of_50(ratio, fifty):
    data, identity = bytes(fifty), patient()
    ratio(
        "pdf.stamp, 50 plain pages, re-check included / pikepdf open + save",
        lambda: pdf.stamp(fifty, identity, overlap="ignore"),
        lambda: open_and_save(data),
        budget=1.5,
        rounds=25,
    )
    ratio(
        "pdf.stamp, 50 plain pages, the page looked at too / pikepdf open + save",
        lambda: pdf.stamp(fifty, identity),
        lambda: open_and_save(data),
        budget=1.5,
        rounds=15,
    )


def test_stamp_page_1_of_50_composed(ratio, fifty_composed):
    document, identity = unstamped(fifty_composed), patient()
    data = bytes(document)
    ratio(
        "pdf.stamp, 50 composed pages, re-check included / pikepdf open + save",
        lambda: pdf.stamp(document, identity, overlap="ignore"),
        lambda: open_and_save(data),
        budget=1.5,
        rounds=25,
    )


def test_stamp_page_1_of_50_scanned(ratio):
    pages = pdf_samples.open_sample(50)
    draw = random.Random(7)
    for page in pages.pages:
        picture = pages.make_stream(
            draw.randbytes(200 * 170 * 3), Type=pikepdf.Name.XObject, Subtype=pikepdf.Name.Image,
            Width=200, Height=170, BitsPerComponent=8, ColorSpace=pikepdf.Name.DeviceRGB,
        )  # fmt: skip
        page.obj.Resources.XObject = pikepdf.Dictionary(Im=picture)
        page.contents_add(pages.make_stream(b"q 500 0 0 400 40 40 cm /Im Do Q"))
    document, identity = pdf.PdfA.read(pdf_samples.saved(pages)), patient()
    data = bytes(document)
    ratio(
        "pdf.stamp, 50 pages of 100 kB of picture, re-check included / pikepdf open + save",
        lambda: pdf.stamp(document, identity, overlap="ignore"),
        lambda: open_and_save(data),
        budget=1.5,
    )


def test_the_whole_check_after_a_stamp(ratio, fifty):
    ratio(
        "pdf.stamp with check_all, 50 plain pages / PdfA.read of them",
        lambda: pdf.stamp(fifty, patient(), overlap="ignore", check_all=True),
        lambda: pdf.PdfA.read(bytes(fifty)),
        budget=1.5,
    )


def test_a_letter(ratio, record):
    content = letter()
    made = pdf.compose(content)
    ratio(
        "pdf.compose of a letter, judged / PdfA.read of the result",
        lambda: pdf.compose(content),
        lambda: pdf.PdfA.read(bytes(made)),
        budget=20,
    )
    record("a composed letter of two pages", len(made) / 1000, unit="kB", budget=100)
