"""The index of an export in a browser without network: searched, and a document opened."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import Browser, Page, executable
from documents import HOSPITAL, NOW
from populations import Population

from segur_interop import export
from segur_interop.export import catalogue, layout


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    path = executable()
    if path is None:
        pytest.skip("no chromium (SEGUR_CHROMIUM names one)")
    made = Browser(path)
    yield made
    made.close()


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    base = tmp_path_factory.mktemp("browser")
    export.portability(
        Population(base / "source", plain=3),
        base / "out",
        request=export.Request(),
        sender=HOSPITAL,
        extract_time=NOW,
    ).finish()
    return base / "out"


def is_quiet(page: Page) -> bool:
    return page.complaints() == [] and all(
        address.startswith("file://") for address in page.requests()
    )


def link(page: Page, selector: str) -> str:
    found = page.evaluate(f"document.querySelector({selector!r}).getAttribute('href')")
    assert isinstance(found, str)
    return found


def test_a_patient_is_found_and_a_document_opened(browser: Browser, folder: Path, tmp_path: Path):
    lines = (folder / layout.CATALOGUE_JSON).read_text("utf-8").splitlines()
    told = map(catalogue.read_json_line, lines)
    name = next(line.nom_naissance for line in told if (line.readable or "").endswith(".HTM"))
    assert name
    with browser.page(folder / layout.INDEX) as page:
        listed = link(page, f"a[href^={layout.INDEX_PAGES}]")
        assert is_quiet(page)
    with browser.page(folder / listed) as page:
        assert page.evaluate(f"window.find({json.dumps(name)})") is True
        found = "getSelection().anchorNode.parentElement.closest('tr')"
        target = page.evaluate(f"{found}.querySelector('a').getAttribute('href')")
        assert is_quiet(page)
    with zipfile.ZipFile((folder / listed).parent / target) as archive:
        archive.extractall(tmp_path)
    with browser.page(tmp_path / "INDEX.HTM") as page:
        opened = link(page, "a[href$='.HTM'][href*='DOC']")
        assert is_quiet(page)
    with browser.page(tmp_path / opened) as page:
        assert name in page.evaluate("document.body.innerText")
        assert is_quiet(page)


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("name", [layout.INDEX, layout.REPORT_HTML])
def test_a_page_is_no_wider_than_its_window(browser: Browser, folder: Path, name: str, width: int):
    with browser.page(folder / name, width=width) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert is_quiet(page)
