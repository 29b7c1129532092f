"""Ghostscript, when the machine has it: a separate program in a separate process.

Ghostscript documentation, "High Level Devices", PDF/A. Text and pictures stay what they are where
the format allows; what it cannot keep, it drops without a word, so the caller compares.
"""

from __future__ import annotations

import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from segur_interop.errors import MissingDependency, PdfError
from segur_interop.pdf._conversion.icc import srgb_profile

__all__ = ["distil", "find_ghostscript"]

_NAMES: Final = ("gs", "gswin64c", "gswin32c")

# An OutputIntent must be named before Ghostscript agrees to write PDF/A.
_PROLOGUE: Final = """%!
[/_objdef {{icc}} /type /stream /OBJ pdfmark
[{{icc}} << /N 3 >> /PUT pdfmark
[{{icc}} ({profile}) (r) file /PUT pdfmark
[/_objdef {{intent}} /type /dict /OBJ pdfmark
[{{intent}} << /Type /OutputIntent /S /GTS_PDFA1 /DestOutputProfile {{icc}}
  /OutputConditionIdentifier (sRGB) >> /PUT pdfmark
[{{Catalog}} << /OutputIntents [ {{intent}} ] >> /PUT pdfmark
"""
_OPTIONS: Final = (
    "-dSAFER",
    "-dBATCH",
    "-dNOPAUSE",
    "-dQUIET",
    "-dPDFA=1",
    "-dPDFACompatibilityPolicy=1",
    "-sColorConversionStrategy=RGB",
    "-sProcessColorModel=DeviceRGB",
    "-dAutoRotatePages=/None",
    "-sDEVICE=pdfwrite",
)


def find_ghostscript() -> str:
    """The path of the program.

    Raises:
        MissingDependency: it is not on PATH.
    """
    for name in _NAMES:
        found = shutil.which(name)
        if found:
            return found
    raise MissingDependency(
        "Ghostscript is not on PATH: install it (Debian and Ubuntu: apt-get install ghostscript; "
        "macOS: brew install ghostscript; Windows: ghostscript.com)"
    )


def distil(data: bytes, *, timeout: float, max_bytes: int) -> bytes:
    """The PDF as Ghostscript rewrites it for PDF/A-1b.

    Args:
        data: a PDF.
        timeout: in seconds.
        max_bytes: the largest result, in bytes.

    Raises:
        MissingDependency: no Ghostscript.
        PdfError: it cannot be started, failed, took longer, or made a file that is too large.
    """
    program = find_ghostscript()
    with tempfile.TemporaryDirectory(prefix="segur-") as folder:
        place = Path(folder)
        (place / "in.pdf").write_bytes(data)
        (place / "srgb.icc").write_bytes(srgb_profile())
        profile = (place / "srgb.icc").as_posix()
        prologue = _PROLOGUE.format(profile=_escaped(profile))
        (place / "prologue.ps").write_text(prologue, encoding="utf-8")
        command = [
            program,
            *_OPTIONS,
            f"--permit-file-read={profile}",
            f"-sOutputFile={place / 'out.pdf'}",
            str(place / "prologue.ps"),
            str(place / "in.pdf"),
        ]
        try:
            run = subprocess.run(  # noqa: S603 (a fixed program; names of our own making)
                command,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,  # it quotes the file
                stderr=subprocess.DEVNULL,
                timeout=timeout,
                check=False,
            )
        except subprocess.TimeoutExpired:
            raise PdfError(f"Ghostscript did not end within {timeout:g} s") from None
        except OSError:
            raise PdfError("Ghostscript could not be started") from None
        out = place / "out.pdf"
        if run.returncode or not out.is_file():
            raise PdfError(f"Ghostscript could not rewrite this PDF (status {run.returncode})")
        if out.stat().st_size > max_bytes:
            raise PdfError(f"Ghostscript made more than {max_bytes} bytes of this PDF")
        return out.read_bytes()


def _escaped(path: str) -> str:
    return path.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
