"""The checks of a stamped file: what was added, and that nothing else changed.

The octets of the file before are the first octets of the file after, and passed. A reader of the
file after meets them all but one object, page 1, whose new version has the same entries, the same
streams between two of ours and one more form. So these are judged: the added objects (octets,
syntax, streams), the form as it is drawn (operators, colours under the output intent, font), the
entries of the new page object, and the table that leads to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pikepdf

from segur_interop.errors import NotPdfA
from segur_interop.findings import Report
from segur_interop.pdf._clauses.color import Colors
from segur_interop.pdf._clauses.fonts import check_font
from segur_interop.pdf._clauses.graphics import Graphics
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._clauses.streams import check_object, may_break
from segur_interop.pdf._clauses.syntax import check_syntax
from segur_interop.pdf._reading.memory import open_octets
from segur_interop.pdf._reading.objects import MALFORMED, array, entries, first_page, get, identity
from segur_interop.pdf._stamping.target import Stamped
from segur_interop.pdf.pdfa import PdfA

__all__ = ["recheck"]


def recheck(stamped: Stamped, before: PdfA) -> Report:
    """The report of the file after, with that of the file before as part."""
    notes = Notes()
    if not stamped.data.startswith(before.data) or stamped.before != len(before.data):
        notes.add("pdf.stamp.changed", "octets of the file before have changed")
    syntax = check_syntax(stamped.data, notes, since=stamped.before)
    _check_places(stamped, syntax.offsets, notes)
    try:
        with open_octets(stamped.data, inherit=False) as pdf:
            _check_page(pdf, stamped, notes)
            if syntax.values is None or may_break(syntax.values):
                for number in stamped.added:
                    check_object(pdf.get_object(number, 0), notes)
                check_object(pdf.get_object(*stamped.page), notes)
            _judge_form(pdf, pdf.get_object(stamped.form, 0), notes)
            if pdf.get_warnings():
                notes.add("pdf.malformed", "the stamped file needs mending to be read")
    except MALFORMED:
        notes.add("pdf.malformed", "the structure of the stamped file cannot be read")
    return Report(
        name="PDF/A-1b",
        checked=("pdf.unchanged", "pdf.added"),
        findings=notes.findings,
        not_run=tuple(notes.not_run),
        parts=(before.report,),
        error=NotPdfA,
    )


def _check_places(stamped: Stamped, places: Mapping[int, int], notes: Notes) -> None:
    """The table leads to the added objects, and to every other where it led before."""
    written = {*stamped.added, stamped.page[0]}
    kept = {number: at for number, at in places.items() if number not in written}
    before = {number: at for number, at in stamped.offsets.items() if number not in written}
    # the head of the list of free numbers is written in every table
    kept.setdefault(0, -1), before.setdefault(0, -1)
    if kept != before or any(places.get(number, -1) < stamped.before for number in written):
        notes.add("pdf.stamp.changed", "the table does not lead where it led before")


def _check_page(pdf: pikepdf.Pdf, stamped: Stamped, notes: Notes) -> None:
    """The first page that the catalog of before leads to is the one that was written."""
    page = first_page(get(pdf.Root, "/Pages"))
    streams = [identity(item) for item in array(get(page, "/Contents"))]
    forms = {identity(form) for _, form in entries(get(get(page, "/Resources"), "/XObject"))}
    if (
        identity(pdf.Root) != stamped.root
        or identity(page) != stamped.page
        or streams != [(stamped.head, 0), *stamped.contents, (stamped.tail, 0)]
        or (stamped.form, 0) not in forms
    ):
        notes.add("pdf.stamp.changed", "page 1 is not the one that was written", "page 1")


def _judge_form(pdf: pikepdf.Pdf, form: Any, notes: Notes) -> None:
    colors = Colors(notes)
    colors.read_intents(pdf.Root)
    graphics = Graphics(pdf, colors, notes)
    graphics.appearance(form, "page 1, identity block")
    for used in graphics.fonts:
        check_font(used, notes)
