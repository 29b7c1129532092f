"""The form that a person reads without software, of a CDA that has no PDF twin.

The PDF of a level 1 body as it is; else the page of the document (`cda.render`), which holds no
script and loads nothing. (DSR-HOP-DPI-Va1 2.2: the format of the files is readable.)
"""

from __future__ import annotations

from typing import Final

from segur_interop.cda import Document
from segur_interop.errors import SegurError

__all__ = ["readable_form"]

_PDF: Final = "application/pdf"
_HTML: Final = "text/html"


def readable_form(document: Document) -> tuple[str, bytes] | None:
    """Media type and octets; None when the document can be shown in no way."""
    try:
        octets = document.pdf
        if octets is not None:
            return _PDF, octets
        return _HTML, document.render().encode()
    except (SegurError, ValueError):
        return None
