"""Our checks beside two independent validators, on the PDFs of the official examples and on ours.

The judges are veraPDF and PDFBox preflight, called through `judge_pdfa.py`.
"""

from __future__ import annotations

import hashlib
import shutil
from pathlib import Path

import pypdfium2
import pytest
from pdf_judges import Opinion, embedded, judged
from pdf_mutations import CASES
from PIL import Image, ImageChops, ImageStat

from segur_interop import pdf
from segur_interop.findings import Verdict

pytestmark = pytest.mark.official

MAX_DIFFERENCE = 0.02

DIFFERENT_FROM_PREFLIGHT = {
    "deepest_graphics_states": "28 levels of q are the limit of PDF 1.4, preflight refuses them",
    "cmyk_with_a_default_space": "preflight does not look at DefaultCMYK",
    "cmyk_in_a_form_that_nothing_shows": "preflight reads forms that nothing shows",
    "interpolated_inline_image": "preflight does not look at Interpolate of inline images",
    "unknown_intent_in_a_state": "preflight does not look at RI",
    "widths_that_do_not_agree": "preflight does not compare LastChar with Widths",
    "calibrated_fill": "preflight does not see that a form takes the colour of its caller",
    "initial_colour_in_a_stencil": "preflight does not see that a stencil paints",
    "described_property": "preflight asks the schema's namespace on its own Description",
}
DIFFERENT_FROM_VERAPDF = {
    "colour_space_that_is_not_defined": "veraPDF leaves a missing resource alone",
}


@pytest.fixture(scope="session")
def examples(official: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with each distinct PDF of the official CDA and HL7 v2 examples."""
    folder = tmp_path_factory.mktemp("examples")
    for source in ("ans-kit/ExemplesCDA", "hl7v2-examples"):
        for path in sorted((official / source).rglob("*")):
            if path.is_file():
                for data in embedded(path.read_bytes()):
                    name = hashlib.sha256(data).hexdigest()[:12]
                    (folder / f"{name}.pdf").write_bytes(data)
    if len(list(folder.iterdir())) < 20:
        pytest.skip("the official examples with PDFs are absent")
    return folder


@pytest.fixture(scope="session")
def converted(examples: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, pdf.PdfA]:
    """Every example as `pdf.convert` makes it."""
    if shutil.which("gs") is None:
        pytest.skip("no gs on PATH")
    return {path.stem: pdf.convert(path) for path in sorted(examples.glob("*.pdf"))}


def test_our_verdict_on_each_example_is_that_of_both_judges(
    examples: Path, official_tools: Path
) -> None:
    opinions = judged(official_tools, examples)
    ours = {
        name: pdf.check(examples / f"{name}.pdf").verdict is Verdict.PASSED for name in opinions
    }
    assert ours == {name: opinion.verapdf for name, opinion in opinions.items()}
    assert ours == {name: opinion.preflight for name, opinion in opinions.items()}
    assert sum(ours.values()) >= 10
    assert len(ours) - sum(ours.values()) >= 18


def test_every_converted_example_is_valid_for_both_judges(
    converted: dict[str, pdf.PdfA], official_tools: Path, tmp_path: Path
) -> None:
    for name, document in converted.items():
        document.save(tmp_path / f"{name}.pdf")
    opinions = judged(official_tools, tmp_path)
    assert all(opinion == Opinion(verapdf=True, preflight=True) for opinion in opinions.values())


def _pages(data: bytes) -> list[tuple[str, Image.Image]]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [
            ("".join(page.get_textpage().get_text_range().split()),
             page.render(scale=1).to_pil().convert("RGB"))
            for page in document
        ]  # fmt: skip
    finally:
        document.close()


def test_a_converted_example_looks_and_reads_the_same_or_says_so(
    examples: Path, converted: dict[str, pdf.PdfA]
) -> None:
    for name, document in converted.items():
        before, after = _pages((examples / f"{name}.pdf").read_bytes()), _pages(bytes(document))
        assert len(before) == len(after)
        said = {
            (finding.rule, finding.place)
            for part in document.report.parts
            for finding in part.findings
        }
        repaired = all("ghostscript" not in part.checked for part in document.report.parts)
        for number, ((text, old), (copy, new)) in enumerate(zip(before, after, strict=True), 1):
            difference = max(ImageStat.Stat(ImageChops.difference(old, new)).mean) / 255
            assert difference <= (0.0 if repaired else MAX_DIFFERENCE)
            same = text == copy
            assert same == (("pdf.conversion.text", f"page {number}") not in said)


def test_our_verdict_on_each_spoilt_file_is_that_of_both_judges_but_where_said(
    official_tools: Path, tmp_path: Path
) -> None:
    for label, (_, make) in CASES.items():
        (tmp_path / f"{label}.pdf").write_bytes(make())
    opinions = judged(official_tools, tmp_path)
    ours = {label: pdf.check(tmp_path / f"{label}.pdf").verdict is Verdict.PASSED
            for label in CASES}  # fmt: skip
    assert {k for k in CASES if ours[k] != opinions[k].verapdf} == set(DIFFERENT_FROM_VERAPDF)
    assert {k for k in CASES if ours[k] != opinions[k].preflight} == set(DIFFERENT_FROM_PREFLIGHT)
