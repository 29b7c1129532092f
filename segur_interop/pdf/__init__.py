"""PDF bodies: judged against PDF/A-1b, converted to it, carried untouched.

`PdfA.read` is the only door for a PDF body; `check` says what is wrong with a file and `convert`
mends it. pikepdf is loaded when one of them first works, not when this package is imported.
"""

from __future__ import annotations

from segur_interop.pdf.check import CLAUSES, UNCHECKED, check
from segur_interop.pdf.convert import convert
from segur_interop.pdf.pdfa import PdfA

__all__ = ["CLAUSES", "UNCHECKED", "PdfA", "check", "convert"]
