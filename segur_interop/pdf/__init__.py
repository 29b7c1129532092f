"""PDF bodies: judged against PDF/A-1b, converted to it, stamped, composed, carried untouched.

`PdfA.read` is the only door for a PDF body; `check` says what is wrong with a file, `convert`
mends it, `stamp` draws the identity block and the Datamatrix INS on its first page, `compose`
prints a document from its content. pikepdf and reportlab are loaded when one of them first works,
not when this package is imported.

Behind each call lies a room, which sees only those below it:

- `_composing`: `compose`, from content to laid out pages;
- `_stamping`: `stamp`, the identity block (`compose` draws it too), the update, its re-check;
- `_conversion`: `convert`, the light repair, Ghostscript, what a conversion lost;
- `_clauses`: `check`, one family of clauses of ISO 19005-1 a file;
- `_reading`: octets and objects read tolerantly.
"""

from __future__ import annotations

from segur_interop.pdf.check import CLAUSES, UNCHECKED, check
from segur_interop.pdf.compose import compose
from segur_interop.pdf.content import (
    GDPR_NOTICE,
    Content,
    Fields,
    Items,
    Kind,
    Paragraph,
    Section,
    Table,
    Typeface,
    outline,
)
from segur_interop.pdf.convert import convert
from segur_interop.pdf.pdfa import PdfA
from segur_interop.pdf.stamp import stamp

__all__ = [
    "CLAUSES",
    "GDPR_NOTICE",
    "UNCHECKED",
    "Content",
    "Fields",
    "Items",
    "Kind",
    "Paragraph",
    "PdfA",
    "Section",
    "Table",
    "Typeface",
    "check",
    "compose",
    "convert",
    "outline",
    "stamp",
]
