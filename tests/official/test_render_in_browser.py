"""Pages of official examples in a real browser: nothing runs, nothing is fetched, all is read.

Chromium is the one of SEGUR_CHROMIUM or of the machine; axe-core lies in the folder named by
SEGUR_NODE_MODULES. Pictures are kept in SEGUR_TEST_OUTPUT, by default a folder of pytest's.
"""

from __future__ import annotations

import base64
import contextlib
import html
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from browser import Browser, Page, executable
from documents import everything, full_octets, wrap
from pages import ATTACKS, level1, level3

from segur_interop import cda
from segur_interop.cda._rendering.files import DATA_URL_LIMIT
from segur_interop.terminology import Masking

pytestmark = pytest.mark.official

EXAMPLES = (
    "DOC_NON_STRUCTURE_CDA-R2-N1.xml",
    "BIO-CR-BIO_2021.01_CDA-R2-Niveau-1.xml",
    "BIO-CR-BIO_2024.01_Glycémie mole.xml",
    "BIO-CR-BIO_2024.01_Microbiologie_V1.xml",
    "BIO-CR-BIO_2021.01_Auto-Presentable_avec-image.xml",
    "IMG-DA-IMG_2024.01_Radiographie_Echographie_SeinThorax.xml",
    "CANCER-D2LM-FIN_2022.01.xml",
    "CANCER-PPS_2022.01_feuille-de-style-externe.xml",
    "LDL-SES_2022.01.xml",
    "VSM_1.4_2022.01.xml",
    "VAC-NOTE_2023.01.xml",
    "eP-MED-DM_2024.01_PosoNonStruct.xml",
)
"""Level 1 and 3, of each volet of the wave, with a PDF copy, images, a style sheet, a wrapper."""

OWN = ("file://", "data:", "chrome-extension://mhjfbmdgcfjbbpaeojofohoefgiehjai/")
"""What a page may ask for: itself, what it holds, Chromium's own PDF viewer."""

DANGERS = """[...document.querySelectorAll('*')].flatMap(e => [
    ...(e.localName == 'script' || e.localName == 'iframe' || e.localName == 'form'
        ? [e.localName] : []),
    ...[...e.attributes].filter(a => a.name.startsWith('on') || a.name == 'style'
        || /^\\s*(javascript|vbscript|data:text\\/html)/i.test(a.value)).map(a => a.name),
    ...(e.localName == 'a' && !/^(data:|file:)/.test(e.href) ? [e.href] : []),
])"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = executable()
    if path is None:
        pytest.skip("chromium is not installed (SEGUR_CHROMIUM names another browser)")
    opened = Browser(path)
    yield opened
    opened.close()


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    named = os.environ.get("SEGUR_TEST_OUTPUT")
    folder = Path(named) / "pages" if named else tmp_path_factory.mktemp("pages")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.fixture(scope="session")
def axe() -> str:
    folder = os.environ.get("SEGUR_NODE_MODULES")
    file = Path(folder or ".") / "axe-core" / "axe.min.js"
    if not folder or not file.is_file():
        pytest.skip("axe-core is absent (SEGUR_NODE_MODULES names the folder that holds it)")
    return file.read_text(encoding="utf-8")


def example(official: Path, name: str) -> cda.Document:
    return cda.read(official / "ans-kit" / "ExemplesCDA" / name)


def written(folder: Path, name: str, page: str) -> Path:
    file = folder / f"{name}.html"
    file.write_text(page, encoding="utf-8")
    return file


MOST_INK = 0.3
"""Share of a sheet that may be dark: radiographs are, and a viewer that is printed is black."""


def darkest(pdf: Path) -> float:
    """The share of dark dots of the sheet that has most, pictures of the document included."""
    import pypdfium2

    with contextlib.closing(pypdfium2.PdfDocument(pdf)) as document:
        assert len(document) > 0
        sheets = [page.render(scale=0.5).to_pil().convert("L") for page in document]
    return max(sum(sheet.histogram()[:64]) / (sheet.width * sheet.height) for sheet in sheets)


def assert_quiet(page: Page) -> None:
    """No complaint, and no request but for what the page holds."""
    assert page.complaints() == []
    foreign = [url[:80] for url in page.requests() if not url.startswith(OWN)]
    assert foreign == []


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_quiet_fits_a_telephone_and_prints(browser, official, pictures, name):
    stem = Path(name).stem
    file = written(pictures, stem, example(official, name).render())
    with browser.page(file) as page:
        browser.settle(0.5)
        assert_quiet(page)
        assert page.evaluate(DANGERS) == []
        page.screenshot(pictures / f"{stem}-1280.png")
        assert darkest(page.print(pictures / f"{stem}-A4.pdf")) < MOST_INK
    with browser.page(file, width=360, height=740) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        page.screenshot(pictures / f"{stem}-360.png")


def sheets(pdf: Path) -> list[str]:
    """The text of each sheet."""
    import pypdfium2

    with contextlib.closing(pypdfium2.PdfDocument(pdf)) as document:
        return [page.get_textpage().get_text_bounded() for page in document]


HOSTILE = '\\"; } body { display: none } </style><script>window.hit=1</script>é'
"""What would end a string of CSS, its sheet, and the sheet's element."""


@pytest.mark.parametrize("family", ["PAT-TROIS", HOSTILE], ids=["usual", "hostile"])
def test_printed_sheets_name_the_patient_after_the_first(browser, official, tmp_path, family):
    file = official / "ans-kit" / "ExemplesCDA" / "VSM_1.4_2022.01.xml"
    octets = file.read_bytes().replace(b">PAT-TROIS<", f">{html.escape(family)}<".encode())
    page_file = written(tmp_path, "vsm", cda.read(octets).render())
    with browser.page(page_file) as page:
        assert page.evaluate("getComputedStyle(document.body).display") == "block"
        assert page.evaluate("window.hit") is None
        first, *others = sheets(page.print(tmp_path / "vsm.pdf"))
        assert_quiet(page)
    head = f"{family} DOMINIQUE – date de naissance 28/03/1979"
    assert others
    assert head not in first
    assert all(head in " ".join(sheet.split()) for sheet in others)
    assert f"1 / {len(others) + 1}" in first


@pytest.mark.parametrize(
    ("name", "width"),
    [*((name, 1280) for name in EXAMPLES), (EXAMPLES[0], 360), (EXAMPLES[6], 360)],
)
def test_axe_finds_nothing_serious(browser, official, tmp_path, axe, name, width):
    file = written(tmp_path, "page", example(official, name).render(masks=Masking))
    with browser.page(file, width=width) as page:
        assert serious(page, axe) == []


def test_axe_finds_nothing_serious_in_a_page_that_uses_everything(browser, tmp_path, axe):
    file = written(tmp_path, "page", wrap(**everything()).render(masks=Masking))
    with browser.page(file) as page:
        assert serious(page, axe) == []


def test_axe_sees_what_is_wrong(browser, tmp_path, axe):
    broken = '<html><title>x</title><body><p style="color:#ccc">trop pâle</p><img src="a.png">'
    with browser.page(written(tmp_path, "page", broken)) as page:
        found = {rule for rule, _ in serious(page, axe)}
    assert {"html-has-lang", "image-alt", "color-contrast"} <= found


def serious(page: Page, axe: str) -> list[tuple[str, Any]]:
    """Violations of weight serious or critical, folded parts opened."""
    page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")
    # a gradient hints that a table scrolls; over it axe would judge no contrast
    page.evaluate("document.querySelectorAll('.scroll').forEach(e => e.style.background = 'none')")
    page.evaluate(axe + "; 0")
    found = page.evaluate(
        "axe.run(document, {iframes: false, resultTypes: ['violations']}).then(r => r.violations)"
    )
    return [
        (item["id"], [node["html"][:120] for node in item["nodes"][:3]])
        for item in found
        if item["impact"] in {"serious", "critical"}
    ]


def test_no_attack_runs_or_leaves_a_trace(browser, tmp_path):
    """All attacks in one page, in the narrative and in titles, and in the header's texts."""
    sections = [f"<title>x</title><text>{attack}</text>" for attack in ATTACKS]
    page_file = written(tmp_path, "narrative", cda.read(level3(*sections)).render())
    hostile = b"&quot;&gt;&lt;img src=x onerror=window.hit=1&gt;&lt;script&gt;window.hit=1"
    header = full_octets()
    for text in (b"PAT-TROIS", b"LEGRIS", b"Cabinet", b"PARIS", b"Domicile", b"Appendicectomie"):
        header = header.replace(text, hostile)
    header_file = written(tmp_path, "header", cda.read(header).render(forward=True))
    for file in (page_file, header_file):
        with browser.page(file) as page:
            browser.settle(1)
            assert page.evaluate("window.hit") is None
            assert page.evaluate(DANGERS) == []
            assert_quiet(page)
            page.evaluate("document.querySelectorAll('a:not([download])').forEach(a => a.click())")
            browser.settle(0.5)
            assert page.evaluate("window.hit") is None
            assert page.evaluate("location.protocol") == "file:"


@pytest.mark.parametrize("announced", ["application/pdf", "text/html", "image/svg+xml"])
def test_html_in_the_place_of_a_file_never_runs(browser, tmp_path, announced):
    body = b"<!DOCTYPE html><script>top.hit=1;window.hit=1</script><svg onload='window.hit=1'/>"
    file = written(tmp_path, "page", cda.read(level1(body, announced)).render())
    with browser.page(file) as page:
        browser.settle(1)
        assert page.evaluate("window.hit") is None
        assert page.evaluate("document.querySelectorAll('object, img').length") == 0
        assert_quiet(page)


def padded(official: Path, size: int) -> bytes:
    """The PDF of an example, made of that many octets."""
    body = example(official, EXAMPLES[0]).pdf
    assert body is not None
    return body + b"%" + b"x" * (size - len(body) - 1)


@pytest.mark.parametrize("size", [1_000_000, (DATA_URL_LIMIT - 60) // 4 * 3])
def test_an_embedded_pdf_is_shown_each_time(browser, official, tmp_path, pictures, size):
    """As it was not while a long link lay inside the object."""
    file = written(tmp_path, "page", cda.read(level1(padded(official, size))).render())
    for _ in range(2):
        with browser.page(file) as page:
            page.evaluate("document.querySelector('object').scrollIntoView()")
            assert until(lambda page=page: viewed(page), browser)
            assert page.complaints() == []
    with browser.page(file) as page:
        page.evaluate("document.querySelector('object').scrollIntoView()")
        picture = pictures / f"embedded-pdf-{size}.png"
        assert until(lambda: drawn(page.screenshot(picture, whole=False)), browser)


def until(done: Callable[[], bool], browser: Browser, seconds: float = 20) -> bool:
    """Whether it comes true in that time."""
    deadline = time.monotonic() + seconds
    while not done():
        if time.monotonic() > deadline:
            return False
        browser.settle(0.3)
    return True


def drawn(picture: Path) -> bool:
    """Whether the middle of the window is the white of a sheet: the viewer is dark, the page grey.

    The card around the viewer is white too, but thin.
    """
    from PIL import Image

    with Image.open(picture) as image:
        middle = image.convert("L").crop((300, 100, 980, 700))
    return middle.histogram()[255] > 0.5 * middle.width * middle.height


def viewed(page: Page) -> bool:
    """Whether the viewer was asked for."""
    return any(url.startswith(OWN[2]) for url in page.requests())


@pytest.mark.parametrize("size", [1_000_000, 6_000_000])
def test_the_link_saves_the_very_pdf(browser, official, tmp_path, size):
    body = padded(official, size)
    file = written(tmp_path, "page", cda.read(level1(body)).render())
    saved = tmp_path / "saved"
    saved.mkdir()
    with browser.page(file) as page:
        browser.call(
            "Browser.setDownloadBehavior",
            behavior="allow",
            downloadPath=str(saved),
            browserContextId=page.context,
        )
        page.evaluate("document.querySelector('a[download]').click()")
        deadline = time.monotonic() + 30
        while not (saved / "document.pdf").exists() and time.monotonic() < deadline:
            browser.settle(0.2)
    assert (saved / "document.pdf").read_bytes() == body


def test_what_is_embedded_is_the_pdf_of_the_document(browser, official, tmp_path):
    document = example(official, EXAMPLES[0])
    file = written(tmp_path, "page", document.render())
    with browser.page(file) as page:
        url = page.evaluate("document.querySelector('object').data")
    assert base64.b64decode(url.partition(",")[2].partition("#")[0]) == document.pdf
