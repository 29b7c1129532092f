"""Opening a PDF whatever its octets: each reason to give up has its own rule."""

from __future__ import annotations

import re
from typing import Any, Final

import pikepdf

from segur_interop.pdf._clauses.hidden import Hidden, look_for_hidden
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._clauses.tree import check_tree
from segur_interop.pdf._reading.memory import open_octets
from segur_interop.pdf._reading.objects import (
    MALFORMED,
    get,
    identity,
    is_array,
    is_dictionary,
    name,
)

__all__ = ["is_signed", "open_pdf"]

_LINEARIZED: Final = re.compile(rb"/Linearized\b[^>]*?/L[ \r\n]+(\d{1,12})|/L[ \r\n]+(\d{1,12})"
                                rb"[^>]*?/Linearized\b")  # fmt: skip
_MAX_FIELDS: Final = 100_000


def open_pdf(data: bytes, notes: Notes) -> pikepdf.Pdf | None:
    """The document, or None with a finding that says why not."""
    if b"%PDF-" not in data[:1024]:
        notes.add("pdf.not-a-pdf", "no %PDF- header in the first 1024 bytes: not a PDF")
        return None
    if _is_truncated(data):
        notes.add("pdf.truncated", "the end of the file is missing")
        return None
    try:
        look_for_hidden(data)
        pdf = open_octets(data, inherit=False)
        if not check_tree(pdf.Root, notes):  # before qpdf mends it
            return None
        count = len(pdf.pages)
    except Hidden as reason:
        notes.add(reason.rule, str(reason))
        return None
    except pikepdf.PasswordError:
        notes.add("pdf.encrypted", "encrypted: it cannot be opened without its password")
        return None
    except MALFORMED:
        notes.add("pdf.malformed", "the structure of the file cannot be read")
        return None
    if pdf.is_encrypted:
        notes.add("pdf.encrypted", "encrypted, although it opens without a password")
    if not count:
        notes.add("pdf.no-page", "the document has no page")
        return None
    return pdf


def _is_truncated(data: bytes) -> bool:
    linearized = _LINEARIZED.search(data[:1024])
    if linearized and len(data) < int(linearized[1] or linearized[2]):
        return True
    return data.rfind(b"%%EOF") < data.rfind(b"startxref") or b"startxref" not in data


def is_signed(pdf: pikepdf.Pdf) -> bool:
    """True when a signature field has a value: changing one octet breaks it."""
    try:
        root = pdf.Root
        if get(get(root, "/Perms"), "/DocMDP") is not None:
            return True
        return _has_signature(get(get(root, "/AcroForm"), "/Fields"))
    except MALFORMED:
        return False


def _has_signature(fields: Any) -> bool:
    pending: list[tuple[Any, bool]] = [(fields, False)]
    seen: set[tuple[object, bool]] = set()
    for _ in range(_MAX_FIELDS):
        if not pending:
            return False
        field, signs = pending.pop()
        key = (identity(field), signs)
        if key in seen:
            continue
        if key[0] is not None:
            seen.add(key)
        if is_array(field):
            pending.extend((item, signs) for item in field)
            continue
        if not is_dictionary(field):
            continue
        kind = name(get(field, "/FT"))
        signs = signs if kind is None else kind == "/Sig"
        if signs and is_dictionary(get(field, "/V")):
            return True
        pending.append((get(field, "/Kids"), signs))
    return False
