"""Every page that `compose` and `stamp` make, judged by veraPDF and preflight and read back."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import Any

import pdf_samples
import pikepdf
import pypdfium2
import pytest
from letters import letter, long_sections, recuperee
from pdf_judges import Opinion, embedded, judged
from symbols import patient

from segur_interop import ins, pdf
from segur_interop.errors import NotPdfA
from segur_interop.ins.scan import scan

pytestmark = pytest.mark.official

VALID = Opinion(verapdf=True, preflight=True)
CORNERS: Any = ("top-right", "top-left", "bottom-right", "bottom-left")
WHOLE = 800_000
SYMBOL = ins.decode(ins.encode(patient()))


def text_of(made: pdf.PdfA) -> str:
    document = pypdfium2.PdfDocument(bytes(made))
    try:
        return document[0].get_textpage().get_text_range().replace("\u00a0", " ")
    finally:
        document.close()


def all_valid(made: dict[str, pdf.PdfA], tools: Path, folder: Path) -> None:
    for name, document in made.items():
        document.save(folder / f"{name}.pdf")
    opinions = judged(tools, folder)
    assert {name for name, opinion in opinions.items() if opinion != VALID} == set()


@pytest.fixture(scope="module")
def conforming(official: Path) -> dict[str, pdf.PdfA]:
    """Each distinct PDF/A-1 of the official CDA examples."""
    found: dict[str, pdf.PdfA] = {}
    for path in sorted((official / "ans-kit" / "ExemplesCDA").rglob("*.xml")):
        for data in embedded(path.read_bytes()):
            name = hashlib.sha256(data).hexdigest()[:12]
            if name in found or len(data) > WHOLE:
                continue
            try:
                found[name] = pdf.PdfA.read(data)
            except NotPdfA:
                continue
    assert len(found) >= 8
    return found


def changed(document: pdf.PdfA, **entries: Any) -> pdf.PdfA:
    """The same document, its first page turned, cropped or moved."""
    with pikepdf.open(io.BytesIO(bytes(document))) as opened:
        page = opened.pages[0].obj
        for key, value in entries.items():
            page[f"/{key}"] = pikepdf.Array(value) if isinstance(value, list) else value
        return pdf.PdfA.read(pdf_samples.saved(opened))


def test_every_composed_document_is_valid_for_both_judges(
    official_tools: Path, tmp_path: Path
) -> None:
    made = {
        f"{kind.name}-{'ins' if identity.may_transmit_ins else 'traits'}": pdf.compose(
            letter(kind=kind, identity=identity)
        )
        for kind in pdf.Kind
        for identity in (patient(), recuperee())
    }
    made["long-ins"] = pdf.compose(letter(sections=long_sections()))
    made["long-traits"] = pdf.compose(letter(sections=long_sections(), identity=recuperee()))
    all_valid(made, official_tools, tmp_path)


def test_every_official_document_that_conforms_still_does_once_stamped(
    conforming: dict[str, pdf.PdfA], official_tools: Path, tmp_path: Path
) -> None:
    made = {name: pdf.stamp(document, patient()) for name, document in conforming.items()}
    for name, document in made.items():
        before = bytes(conforming[name])
        assert bytes(document).startswith(before) or b"/Linearized" in before[:1024]
        assert scan(bytes(document), pages=[1], dpi=150).identities == (SYMBOL,)
        assert "PAT-TROIS" in text_of(document)
        assert "2 79 03 51 215 189 89" in text_of(document)
    all_valid(made, official_tools, tmp_path)


def test_stamps_on_turned_and_cropped_pages_are_valid_and_read_back(
    conforming: dict[str, pdf.PdfA], official_tools: Path, tmp_path: Path
) -> None:
    _, document = min(conforming.items(), key=lambda item: len(item[1]))
    boxes = {"MediaBox": [-100, -50, 600, 900], "CropBox": [-60, -10, 560, 860]}
    made = {
        f"{place}-{turn}": pdf.stamp(
            changed(document, Rotate=turn, **boxes), patient(), place=place
        )
        for turn in (0, 90, 180, 270)
        for place in CORNERS
    }
    for name, stamped in made.items():
        for dpi in (150, 200):
            symbols = [
                one for one in scan(bytes(stamped), pages=[1], dpi=dpi).symbols
                if one.identity is not None
            ]  # fmt: skip
            assert [one.identity for one in symbols] == [SYMBOL]
            assert (symbols[0].place.left > 0.5) == ("right" in name)
            assert (symbols[0].place.top > 0.5) == ("bottom" in name)
    all_valid(made, official_tools, tmp_path)


def test_stamps_of_each_sort_are_valid(official_tools: Path, tmp_path: Path) -> None:
    def without_intent(opened: pikepdf.Pdf) -> None:
        del opened.Root["/OutputIntents"]
        opened.pages[0].obj.Contents = opened.make_stream(b"q Q")

    plain = pdf.PdfA.read(pdf_samples.conforming(3))
    grey = pdf.PdfA.read(pdf_samples.spoilt(without_intent))
    linear = pdf.PdfA.read(pdf_samples.spoilt(lambda opened: None, linearize=True))
    left_open = pdf.PdfA.read(
        pdf_samples.spoilt(lambda opened: pdf_samples.add_content(opened, b"q q 2 0 0 2 9 9 cm"))
    )
    accents = patient(
        birth_name="Ÿçœ-ÉTÉ", matricule=None, status=ins.IdentityStatus.VALIDEE,
        birth_place_name="Œuilly (été)",
    )  # fmt: skip
    made = {
        "plain": pdf.stamp(plain, patient()),
        "traits": pdf.stamp(plain, recuperee(), traits_only=True),
        "accents": pdf.stamp(plain, accents, traits_only=True),
        "no-intent": pdf.stamp(grey, patient()),
        "linearized": pdf.stamp(linear, patient()),
        "left-open": pdf.stamp(left_open, patient()),
        "explicit": pdf.stamp(plain, patient(), place=(15, 120), size_mm=40),
    }
    all_valid(made, official_tools, tmp_path)
