"""PDF/A-1b by our own checks: fast, always available, clause by clause.

ISO 19005-1:2005 with its corrigenda, level B; level A is a superset and passes too.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from segur_interop._source import Source, read_source
from segur_interop.errors import PdfError
from segur_interop.findings import Report

__all__ = ["CLAUSES", "MAX_BYTES", "UNCHECKED", "check"]

MAX_BYTES: Final = 200_000_000
"""The largest PDF read: what a CDA document of the largest size could carry."""

CLAUSES: Final[tuple[str, ...]] = (
    "6.1.2", "6.1.3", "6.1.4", "6.1.6", "6.1.7", "6.1.8", "6.1.10", "6.1.11", "6.1.12", "6.1.13",
    "6.2.2", "6.2.3", "6.2.3.2", "6.2.3.3", "6.2.4", "6.2.5", "6.2.6", "6.2.7", "6.2.8", "6.2.9",
    "6.2.10", "6.3.2", "6.3.3.1", "6.3.3.2", "6.3.3.3", "6.3.4", "6.3.5", "6.3.6", "6.3.7", "6.4",
    "6.5.2", "6.5.3", "6.6.1", "6.6.2", "6.7.2", "6.7.3", "6.7.5", "6.7.8", "6.7.9", "6.7.11",
    "6.9",
)  # fmt: skip
"""Clauses of ISO 19005-1:2005 that every complete check covers; `UNCHECKED` says the limits."""

UNCHECKED: Final[Mapping[str, str]] = MappingProxyType(
    {
        "6.3.5": "glyphs are looked up in TrueType programs only; whether CharSet and CIDSet list "
        "every glyph of the subset is not checked",
        "6.3.6": "widths are compared with TrueType programs only, not with Type 1, CFF or Type 3",
        "6.1.12": "the largest CID of an embedded CMap is not looked for",
        "6.7.9": "single properties of the schemas photoshop, tiff, exif, camera raw, job ticket "
        "and paged text are not looked at",
        "6.2.2": "a profile's tags are only checked to lie inside it",
    }
)
"""What no finding can come from: parts of clauses that only a full validator reads."""


def check(source: Source, *, max_bytes: int = MAX_BYTES) -> Report:
    """Judge a PDF against PDF/A-1b.

    Args:
        source: bytes of the PDF, or the path of its file.
        max_bytes: the largest file read, in bytes.

    Returns:
        A report whose rules are `pdfa.<clause>` of ISO 19005-1:2005, and `pdf.*` for what makes
        a file unusable as a whole. Nothing of the document's text is in it.

    Raises:
        PdfError: larger than `max_bytes`.
        OSError: the path cannot be read.
    """
    from segur_interop.pdf._clauses.judge import judge

    return judge(read_source(source, max_bytes=max_bytes, error=PdfError)).report
