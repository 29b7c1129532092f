from __future__ import annotations

import os
from pathlib import Path

import pdf_samples
import pikepdf
import pytest

from segur_interop.pdf._reading import memory
from segur_interop.pdf._reading.memory import open_octets


def handles() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_octets_are_opened_whole() -> None:
    with open_octets(pdf_samples.conforming(3)) as opened:
        assert len(opened.pages) == 3
        assert opened.pages[2].Contents.read_bytes()


@pytest.mark.parametrize("data", [b"", b"%PDF-1.4\n", b"nothing like it"])
def test_what_is_no_pdf_is_told_as_pikepdf_tells_it(data: bytes) -> None:
    with pytest.raises(pikepdf.PdfError):
        open_octets(data)


@pytest.mark.skipif(not hasattr(os, "memfd_create"), reason="no files in memory here")
def test_no_handle_is_left_open() -> None:
    before = handles()
    for _ in range(5):
        open_octets(pdf_samples.conforming()).close()
        with pytest.raises(pikepdf.PdfError):
            open_octets(b"nothing like it")
    assert handles() == before


def test_without_files_in_memory_the_octets_are_read_as_they_are(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def absent(_data: bytes, *, inherit: bool) -> pikepdf.Pdf:
        raise OSError

    monkeypatch.setattr(memory, "_from_memory_file", absent)
    with open_octets(pdf_samples.conforming(2)) as opened:
        assert len(opened.pages) == 2
