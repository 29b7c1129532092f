"""What a rewritten PDF no longer holds, by counting and by looking.

Findings name pages and kinds, never the text.
"""

from __future__ import annotations

import io
from collections import Counter
from typing import Final

import pikepdf

from segur_interop._pdfium import PDFIUM
from segur_interop.findings import Severity
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.objects import MALFORMED, array, get, is_dictionary, name

__all__ = ["MAX_DIFFERENCE", "compare_files"]

MAX_DIFFERENCE: Final = 0.02
"""Mean difference of the pixels of a page at 50 dpi, of 1, above which it is said to differ."""

_SCALE: Final = 50 / 72


def compare_files(before: bytes, after: bytes, notes: Notes) -> None:
    """Note what `after` lost of `before`: structures, pages, text, appearance."""
    _compare_inventories(before, after, notes)
    _compare_pages(before, after, notes)


def _inventory(data: bytes) -> Counter[str]:
    found: Counter[str] = Counter()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        root = pdf.Root
        found["embedded files"] = get(get(root, "/Names"), "/EmbeddedFiles") is not None
        found["scripts of the document"] = get(get(root, "/Names"), "/JavaScript") is not None
        found["optional content"] = get(root, "/OCProperties") is not None
        found["tagged structure"] = get(root, "/StructTreeRoot") is not None
        found["page labels"] = get(root, "/PageLabels") is not None
        found["form fields"] = len(array(get(get(root, "/AcroForm"), "/Fields")))
        found["bookmarks"] = is_dictionary(get(get(root, "/Outlines"), "/First"))
        for page in pdf.pages:
            for annotation in array(get(page.obj, "/Annots")):
                kind = (name(get(annotation, "/Subtype")) or "/unknown")[1:]
                found[f"{kind} annotations" if kind.isalpha() else "annotations"] += 1
    return found


def _compare_inventories(before: bytes, after: bytes, notes: Notes) -> None:
    try:
        old, new = _inventory(before), _inventory(after)
    except MALFORMED:
        _tell(notes, "unread", "what the file held could not be counted", "")
        return
    for kind, count in old.items():
        if new[kind] < count:
            _tell(notes, "lost", f"{kind}: {count} before, {new[kind]} after", "")


def _tell(notes: Notes, rule: str, message: str, place: str) -> None:
    notes.add(f"pdf.conversion.{rule}", message, place, severity=Severity.WARNING)


def _compare_pages(before: bytes, after: bytes, notes: Notes) -> None:
    import pypdfium2

    with PDFIUM:
        try:
            old, new = pypdfium2.PdfDocument(before), pypdfium2.PdfDocument(after)
        except pypdfium2.PdfiumError:
            _tell(notes, "unread", "the pages could not be compared", "")
            return
        try:
            if len(old) != len(new):
                _tell(notes, "pages", f"{len(old)} pages before, {len(new)} after", "")
            for index in range(min(len(old), len(new))):
                _compare_page(old[index], new[index], f"page {index + 1}", notes)
        finally:
            old.close()
            new.close()


def _compare_page(old: object, new: object, place: str, notes: Notes) -> None:
    if any(abs(a - b) > 1 for a, b in zip(_size(old), _size(new), strict=True)):
        _tell(notes, "size", "the page has another size", place)
    words, rest = _words(old), _words(new)
    if words != rest:
        counts = f"{len(words)} characters before, {len(rest)} after"
        _tell(notes, "text", f"the text that can be extracted differs ({counts})", place)
    difference = _difference(old, new)
    if difference > MAX_DIFFERENCE:
        _tell(notes, "appearance", f"the page looks different ({difference:.1%})", place)


def _size(page: object) -> tuple[float, float]:
    size: tuple[float, float] = page.get_size()  # type: ignore[attr-defined]
    return size


def _words(page: object) -> str:
    textpage = page.get_textpage()  # type: ignore[attr-defined]
    try:
        return "".join(textpage.get_text_range().split())
    finally:
        textpage.close()


def _difference(old: object, new: object) -> float:
    from PIL import ImageChops, ImageStat

    first, second = (
        page.render(scale=_SCALE).to_pil().convert("RGB")  # type: ignore[attr-defined]
        for page in (old, new)
    )
    if first.size != second.size:
        second = second.resize(first.size)
    mean: list[float] = ImageStat.Stat(ImageChops.difference(first, second)).mean
    return max(mean) / 255
