"""The checks of a stamped file: what was added, and that nothing else changed.

The octets of the file before are the first octets of the file after, and passed. A reader of the
file after meets them all but one object, page 1, whose new version has the same entries, the same
streams between two of ours and one more form. So these are judged: the added objects (octets,
syntax, streams), the form as it is drawn (operators, colours under the output intent, font), the
entries of the new page object, and the table that leads to them.
"""

from __future__ import annotations

from typing import Any

import pikepdf

from segur_interop.errors import NotPdfA
from segur_interop.findings import Report
from segur_interop.pdf._clauses.color import Colors
from segur_interop.pdf._clauses.fonts import check_font
from segur_interop.pdf._clauses.graphics import Graphics
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._clauses.streams import check_object
from segur_interop.pdf._clauses.syntax import check_syntax
from segur_interop.pdf._reading.memory import open_octets
from segur_interop.pdf._reading.objects import MALFORMED, entries, get, identity
from segur_interop.pdf._stamping.target import Stamped
from segur_interop.pdf.pdfa import PdfA

__all__ = ["recheck"]


def recheck(stamped: Stamped, before: PdfA, part: Report) -> Report:
    """The report of the file after; its parts are that of the file before and `part`."""
    notes = Notes()
    if not stamped.data.startswith(before.data) or stamped.before != len(before.data):
        notes.add("pdf.stamp.changed", "octets of the file before have changed")
    check_syntax(stamped.data, notes, since=stamped.before)
    try:
        with open_octets(stamped.data) as pdf:
            _judge(pdf, stamped, before, notes)
    except MALFORMED:
        notes.add("pdf.malformed", "the structure of the stamped file cannot be read")
    return Report(
        name="PDF/A-1b",
        checked=("pdf.unchanged", "pdf.added"),
        findings=notes.findings,
        not_run=tuple(notes.not_run),
        parts=(before.report, part),
        error=NotPdfA,
    )


def _judge(pdf: pikepdf.Pdf, stamped: Stamped, before: PdfA, notes: Notes) -> None:
    if pdf.get_warnings():
        notes.add("pdf.malformed", "the stamped file needs mending to be read")
    if len(pdf.pages) != before.pages:
        notes.add("pdf.stamp.changed", "the number of pages has changed")
    page = pdf.pages[0].obj
    streams = [identity(item) for item in page.Contents]
    forms = {identity(form) for _, form in entries(get(get(page, "/Resources"), "/XObject"))}
    if (
        identity(page) != (stamped.page, page.objgen[1])
        or streams[0] != (stamped.head, 0)
        or streams[-1] != (stamped.tail, 0)
        or (stamped.form, 0) not in forms
    ):
        notes.add("pdf.stamp.changed", "page 1 is not the one that was written", "page 1")
    for number in (*stamped.added, stamped.page):
        check_object(pdf.get_object(number, page.objgen[1] if number == stamped.page else 0), notes)
    _judge_form(pdf, pdf.get_object(stamped.form, 0), notes)


def _judge_form(pdf: pikepdf.Pdf, form: Any, notes: Notes) -> None:
    colors = Colors(notes)
    colors.read_intents(pdf.Root)
    graphics = Graphics(pdf, colors, notes)
    graphics.appearance(form, "page 1, identity block")
    for used in graphics.fonts:
        check_font(used, notes)
