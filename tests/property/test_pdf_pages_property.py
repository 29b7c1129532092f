"""Whatever the texts: a conforming document that says them, or a refusal that names the place."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import pdf_samples
import pypdfium2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from letters import letter, recuperee
from symbols import patient

from segur_interop import pdf
from segur_interop.errors import InvalidValue, SegurError
from segur_interop.ins import IdentityStatus
from segur_interop.ins.scan import scan

FEW = settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow])

FRENCH = (
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 éèêëàâäçîïôöùûüœæÉÀÇŒ€"
    ".,;:!?()<>&'\"/\\%+-=[]{}#@*_«»–’"
)
french = st.text(FRENCH, min_size=1, max_size=300).filter(str.strip)
anything = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=60)


def squeezed(text: str) -> str:
    # PDFium gives a hyphen at the end of a line as U+FFFE
    return re.sub(r"\s", "", unicodedata.normalize("NFC", text)).replace("\ufffe", "-")


def text_of(made: pdf.PdfA) -> str:
    document = pypdfium2.PdfDocument(bytes(made))
    try:
        return squeezed("".join(page.get_textpage().get_text_range() for page in document))
    finally:
        document.close()


def blocks_of(texts: list[str]) -> tuple[Any, ...]:
    first, rest = texts[0], texts[1:] or ["–"]
    return (
        pdf.Paragraph(text=first),
        pdf.Items(items=tuple(texts)),
        pdf.Fields(rows=tuple((first, text) for text in rest)),
        pdf.Table(header=(first, "B"), rows=tuple((text, first) for text in rest)),
    )


@FEW
@given(st.lists(french, min_size=1, max_size=4), st.booleans())
def test_french_texts_are_said_in_a_conforming_document(texts: list[str], qualified: bool) -> None:
    section = pdf.Section(title="Titre", blocks=blocks_of(texts))
    identity = patient() if qualified else recuperee()
    made = pdf.compose(letter(sections=(section,), identity=identity))
    assert made.report
    said = text_of(made)
    for text in texts:
        assert squeezed(text) in said
    assert ("279035121518989" in said) == qualified
    assert bool(scan(bytes(made), pages=[1], dpi=150).symbols) == qualified


@FEW
@given(anything)
def test_any_text_is_said_or_refused_where_it_stands(text: str) -> None:
    try:
        section = pdf.Section(title="Titre", blocks=(pdf.Paragraph(text=text),))
    except InvalidValue:
        return
    made = refused = None
    try:
        made = pdf.compose(letter(sections=(section,)))
    except InvalidValue as error:
        refused = error
    if made is None:
        assert refused is not None
        assert refused.place == "content.sections[0].blocks[0].text"
        assert text not in str(refused) or len(text) < 3
    else:
        assert pdf.check(bytes(made))


@FEW
@given(
    st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ -'", min_size=1, max_size=100),
    st.text("abcdefghijklmnopqrstuvwxyzéèïôç -'", min_size=1, max_size=100),
    st.booleans(),
)
def test_a_stamp_says_the_names_or_refuses(name: str, used: str, qualified: bool) -> None:
    page = pdf.PdfA.read(pdf_samples.conforming())
    changes: dict[str, Any] = {"birth_name": name, "used_name": used}
    if not qualified:
        changes |= {"matricule": None, "status": IdentityStatus.VALIDEE}
    told = ""
    try:
        stamped = pdf.stamp(page, patient(**changes), traits_only=not qualified, overlap="ignore")
    except SegurError as error:
        told = squeezed(str(error))
    if told:
        assert squeezed(name) not in told or len(squeezed(name)) < 3
        return
    assert pdf.check(bytes(stamped))
    said = text_of(stamped)
    assert squeezed(name) in said
    assert squeezed(used) in said


@FEW
@given(
    st.tuples(*[st.floats(-5000, 5000)] * 2),
    st.floats(60, 3000),
    st.floats(60, 3000),
    st.sampled_from([0, 90, 180, 270, 360, -90]),
    st.sampled_from(["top-right", "top-left", "bottom-right", "bottom-left"]),
)
def test_a_block_lies_on_the_page_and_can_be_read_or_is_refused(
    origin: tuple[float, float], width: float, height: float, turn: int, place: Any
) -> None:
    pdf_page = pdf_samples.open_sample()
    page = pdf_page.pages[0].obj
    x, y = origin
    page.MediaBox = pdf_samples.pikepdf.Array(
        [round(x, 2), round(y, 2), round(x + width, 2), round(y + height, 2)]
    )
    page.Rotate = turn
    document = pdf.PdfA.read(pdf_samples.saved(pdf_page))
    shown = (height, width) if turn % 180 else (width, height)
    try:
        stamped = pdf.stamp(document, patient(), place=place, overlap="ignore")
    except InvalidValue:
        assert shown[0] < 330 or shown[1] < 140
        return
    (found,) = scan(bytes(stamped), dpi=150).symbols
    assert 0 <= found.place.left < found.place.right <= 1
    assert 0 <= found.place.top < found.place.bottom <= 1


@pytest.mark.parametrize("quarter", [0, 90, 180, 270])
def test_four_quarter_turns_of_a_square_page_look_alike(quarter: int) -> None:
    # On an empty square page, the stamp as shown does not depend on the rotation.
    def picture(turn: int) -> bytes:
        opened = pdf_samples.open_sample()
        page = opened.pages[0].obj
        page.MediaBox = pdf_samples.pikepdf.Array([10, 20, 510, 520])
        page.Contents = opened.make_stream(b"")
        page.Rotate = turn
        stamped = pdf.stamp(pdf.PdfA.read(pdf_samples.saved(opened)), patient())
        document = pypdfium2.PdfDocument(bytes(stamped))
        try:
            drawn: bytes = document[0].render(scale=1, grayscale=True).to_pil().tobytes()
        finally:
            document.close()
        return drawn

    first, other = picture(0), picture(quarter)
    different = sum(abs(a - b) > 96 for a, b in zip(first, other, strict=True))
    assert different < len(first) * 0.004
