"""Every check on one file, in order."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final

import pikepdf

from segur_interop.errors import NotPdfA
from segur_interop.findings import Report, Severity
from segur_interop.pdf._clauses.color import Colors
from segur_interop.pdf._clauses.contents import content_limit
from segur_interop.pdf._clauses.fonts import check_font
from segur_interop.pdf._clauses.graphics import Graphics
from segur_interop.pdf._clauses.interactive import Interactive
from segur_interop.pdf._clauses.metadata import check_metadata
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._clauses.opening import is_signed, open_pdf
from segur_interop.pdf._clauses.streams import check_object, may_break
from segur_interop.pdf._clauses.syntax import check_syntax
from segur_interop.pdf._reading.objects import MALFORMED, get
from segur_interop.pdf.check import CLAUSES

__all__ = ["MAX_OBJECTS", "MAX_PAGES", "Judged", "judge"]

MAX_PAGES: Final = 20_000
MAX_OBJECTS: Final = 1_000_000


@dataclass(frozen=True, slots=True)
class Judged:
    """A report with what else was learnt on the way.

    `plain`: the page tree names each page once, each an indirect object, and qpdf mended nothing.
    """

    report: Report
    pages: int = 0
    title: str | None = None
    signed: bool = False
    encrypted: bool = False
    plain: bool = False


def judge(data: bytes, *, only: Collection[int] | None = None) -> Judged:
    """Check octets; `only` limits the pages read to those indices.

    A caller that changed some pages of a PDF that had passed checks those pages alone: the file,
    the catalog, the metadata and every shared rule are checked all the same.
    """
    notes = Notes(len(data))
    pdf = open_pdf(data, notes)
    if pdf is None:
        return Judged(_report(notes, ("pdf.open",)), encrypted=_encrypted(notes))
    with pdf:
        syntax = check_syntax(data, notes)
        signed, count = is_signed(pdf), len(pdf.pages)
        file = _File(pdf, notes, only, syntax.values, len(data))
        for stage in file.stages():
            _guarded(stage, notes)
        # a page named twice is a copy that the table does not know
        named = (page.obj.objgen[0] in syntax.offsets for page in pdf.pages)
        plain = not pdf.get_warnings() and all(named)
    if signed:
        notes.add(
            "pdf.signed", "holds an electronic signature: any change breaks it",
            severity=Severity.INFO,
        )  # fmt: skip
    clauses = tuple(f"pdfa.{clause}" for clause in CLAUSES)
    report = _report(notes, clauses)
    return Judged(report, count, file.title, signed, _encrypted(notes), plain)


def _report(notes: Notes, checked: tuple[str, ...]) -> Report:
    return Report(
        name="PDF/A-1b",
        checked=checked,
        findings=notes.findings,
        not_run=tuple(dict.fromkeys(notes.not_run)),
        error=NotPdfA,
    )


def _encrypted(notes: Notes) -> bool:
    return any(finding.rule == "pdf.encrypted" for finding in notes.findings)


def _guarded(stage: Callable[[], None], notes: Notes) -> None:
    try:
        stage()
    except MALFORMED:
        notes.add("pdf.malformed", "a structure that cannot be read", stage.__name__)


class _File:
    """The checks of one open file, by stage."""

    def __init__(
        self,
        pdf: pikepdf.Pdf,
        notes: Notes,
        only: Collection[int] | None,
        values: bytes | None,
        size: int,
    ) -> None:
        self.pdf = pdf
        self.notes = notes
        self.only = only
        self.values = values
        self.title: str | None = None
        self.colors = Colors(notes)
        self.graphics = Graphics(pdf, self.colors, notes, limit=content_limit(size))
        self.interactive = Interactive(self.colors, self.graphics, notes, size)

    def stages(self) -> list[Callable[[], None]]:
        return [self.catalog, self.metadata, self.objects, self.pages, self.fonts]

    def catalog(self) -> None:
        root = self.pdf.Root
        self.colors.read_intents(root)
        if get(root, "/OCProperties") is not None:
            self.notes.fail("6.1.13", "optional content", "Catalog")
        if get(get(root, "/Names"), "/EmbeddedFiles") is not None:
            self.notes.fail("6.1.11", "embedded files", "Names")
        self.interactive.document(root)

    def metadata(self) -> None:
        packet = check_metadata(self.pdf.Root, get(self.pdf.trailer, "/Info"), self.notes)
        self.title = packet.text("dc:title") if packet else None

    def objects(self) -> None:
        if len(self.pdf.objects) > MAX_OBJECTS:
            self.notes.not_run.append(f"more than {MAX_OBJECTS} objects")
            return
        if self.values is not None and not may_break(self.values):
            return
        for item in self.pdf.objects:
            check_object(item, self.notes)

    def pages(self) -> None:
        count = len(self.pdf.pages)
        if count > MAX_PAGES:
            self.notes.not_run.append(f"more than {MAX_PAGES} pages")
            return
        listed = list(self.pdf.pages)  # each index asked of qpdf costs it the whole list
        for index in range(count) if self.only is None else sorted(self.only):
            page = listed[index].obj
            self.graphics.page(page, f"page {index + 1}")
            self.interactive.page(page, f"page {index + 1}")

    def fonts(self) -> None:
        for used in self.graphics.fonts:
            check_font(used, self.notes)
