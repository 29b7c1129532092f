"""PDF bodies: judged against PDF/A-1b, converted to it, stamped with the INS, carried untouched.

`PdfA.read` is the only door for a PDF body; `check` says what is wrong with a file, `convert`
mends it, `stamp` draws the identity block and the Datamatrix INS on its first page. pikepdf is loaded when one of them first works, not when this package is imported.
"""

from __future__ import annotations

from segur_interop.pdf.check import CLAUSES, UNCHECKED, check
from segur_interop.pdf.convert import convert
from segur_interop.pdf.pdfa import PdfA
from segur_interop.pdf.stamp import stamp

__all__ = ["CLAUSES", "UNCHECKED", "PdfA", "check", "convert", "stamp"]
