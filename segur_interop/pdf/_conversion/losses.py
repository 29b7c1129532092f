"""What a rewritten PDF no longer holds, by counting and by looking.

Findings name pages and kinds, never the text.
"""

from __future__ import annotations

import importlib.util
import io
import time
from collections import Counter
from typing import Final

import pikepdf

from segur_interop._pdf_process import Damaged, Drawing, DrawingFailed, Late, Look, drawing
from segur_interop.findings import Severity
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.objects import MALFORMED, array, get, is_dictionary, name

__all__ = ["MAX_DIFFERENCE", "compare_files"]

MAX_DIFFERENCE: Final = 0.02
"""Mean difference of the pixels of a page at 50 dpi, of 1, above which it is said to differ."""

_DPI: Final = 50
_PIXELS: Final = 10_000_000
_SIDE: Final = 10_000


def compare_files(before: bytes, after: bytes, notes: Notes, *, time_limit: float) -> None:
    """Note what `after` lost of `before`: structures, pages, text, appearance.

    Args:
        before: the PDF that was rewritten.
        after: what it became.
        notes: take each loss, and what could not be compared.
        time_limit: seconds after which the drawing of the pages is stopped.
    """
    _compare_inventories(before, after, notes)
    _compare_pages(before, after, notes, time.monotonic() + time_limit)


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


def _compare_pages(before: bytes, after: bytes, notes: Notes, deadline: float) -> None:
    if importlib.util.find_spec("pypdfium2") is None:
        _tell(notes, "unread", "the pages were not compared: pypdfium2 is not installed", "")
        return
    try:
        with (
            drawing(before, deadline=deadline) as old,
            drawing(after, deadline=deadline) as new,
        ):
            _compare_documents(old, new, notes)
    except Late:
        _tell(notes, "unread", "time was over before the pages could be compared", "")
    except Damaged:
        _tell(notes, "unread", "the pages could not be compared", "")


def _compare_documents(old: Drawing, new: Drawing, notes: Notes) -> None:
    if not (old.is_bounded and new.is_bounded):
        message = "no process can be started: pages are compared without time limit"
        notes.add("pdf.conversion.time-limit", message, severity=Severity.INFO)
    if old.count != new.count:
        _tell(notes, "pages", f"{old.count} pages before, {new.count} after", "")
    for number in range(1, min(old.count, new.count) + 1):
        try:
            first, second = (
                document.look(number, dpi=_DPI, pixels=_PIXELS, side=_SIDE)
                for document in (old, new)
            )
        except Late:
            place = f"page {number} and after"
            _tell(notes, "unread", "time was over: the pages were not compared", place)
            return
        except DrawingFailed:
            _tell(notes, "unread", "the page could not be compared", f"page {number}")
            continue
        _compare_page(first, second, f"page {number}", notes)


def _compare_page(old: Look, new: Look, place: str, notes: Notes) -> None:
    if any(abs(a - b) > 1 for a, b in zip(old.size, new.size, strict=True)):
        _tell(notes, "size", "the page has another size", place)
    if (old.characters, old.digest) != (new.characters, new.digest):
        counts = f"{old.characters} characters before, {new.characters} after"
        _tell(notes, "text", f"the text that can be extracted differs ({counts})", place)
    difference = _difference(old, new)
    if difference > MAX_DIFFERENCE:
        _tell(notes, "appearance", f"the page looks different ({difference:.1%})", place)


def _difference(old: Look, new: Look) -> float:
    from PIL import Image, ImageChops, ImageStat

    first, second = (
        Image.frombytes("RGB", (look.width, look.height), look.rgb) for look in (old, new)
    )
    if first.size != second.size:
        second = second.resize(first.size)
    mean: list[float] = ImageStat.Stat(ImageChops.difference(first, second)).mean
    return max(mean) / 255
