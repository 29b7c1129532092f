"""Pages of a composed document: frames, running head, foot with the number of pages."""

from __future__ import annotations

import io
from typing import Any, Final

from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import BaseDocTemplate, Frame, PageTemplate
from reportlab.platypus.doctemplate import LayoutError

from segur_interop.errors import InvalidValue
from segur_interop.ins.identity import Identity
from segur_interop.ins.traits import Sex
from segur_interop.pdf._composing.story import WIDTH, Reserve, story
from segur_interop.pdf._composing.styles import RULE, Writer
from segur_interop.pdf._stamping import identity_block as block
from segur_interop.pdf._stamping.identity_block import MM, Block
from segur_interop.pdf.content import Content

__all__ = ["PAGE", "built"]

PAGE: Final = (210 * MM, 297 * MM)
_SIDE: Final = 18 * MM
_TOP: Final = 14 * MM
_BOTTOM: Final = 9 * MM
_MOST_NOTICE: Final = 60 * MM
_MOST_HEAD: Final = 40 * MM
_NUMBER: Final = "segur-page-"
_BORN: Final[dict[Sex | None, str]] = {Sex.M: "né", Sex.F: "née"}


def built(
    content: Content, writer: Writer, drawn: Block, *, with_ins: bool
) -> tuple[bytes, tuple[float, float]]:
    """The pages without identity block, and the lower left corner of its room on page 1.

    Raises:
        InvalidValue: a notice or a cell too large for a page, a text that cannot be shown.
    """
    layout, reserve = (
        _Layout(content, writer, with_ins=with_ins),
        Reserve(drawn.width, drawn.height),
    )
    data = layout.build(reserve)
    if reserve.corner is None or reserve.page != 1:
        raise InvalidValue(
            "leaves no room for the identity block on page 1", place="content.organization"
        )
    return data, reserve.corner


class _Numbered(Canvas):  # type: ignore[misc]
    """Draws the number of pages, known at the end, where each page asked for it."""

    writer: Writer

    def save(self) -> None:
        """Define the form that each foot refers to, then write the file."""
        style = self.writer.style("page")
        pages = self.getPageNumber() - 1
        for page in range(1, pages + 1):
            self.beginForm(f"{_NUMBER}{page}", -200, -style.leading, 0, style.leading)
            self.setFont(style.fontName, style.fontSize)
            self.setFillColor(style.textColor)
            self.drawRightString(0, 0, f"Page {page}/{pages}")
            self.endForm()
        super().save()


class _Layout:
    """The fixed parts of the pages."""

    def __init__(self, content: Content, writer: Writer, *, with_ins: bool) -> None:
        self.content = content
        self.writer = writer
        self.notice = self._fixed("notice", content.notice, "content.notice", _MOST_NOTICE)
        line = running_line(content.patient.identity, with_ins=with_ins)
        self.who = self._fixed("running", line, "content.patient.identity", _MOST_HEAD, 0.66)
        self.what = self._fixed(
            "running-title", content.printed_title, "content.title", _MOST_HEAD, 0.32
        )
        organization = content.organization.name
        self.foot = self._fixed("foot", organization, "content.organization.name", _MOST_HEAD, 0.8)

    def _fixed(
        self, style: str, text: str, place: str, most: float, part: float = 1.0
    ) -> tuple[Any, float]:
        """A paragraph that stands at a fixed place, with its height; nothing is as high as 0."""
        if not text:
            return None, 0.0
        made = self.writer.paragraph(style, text, place)
        height = made.wrap(WIDTH * part, most)[1]
        if height > most:
            raise InvalidValue("too long for its place on a page", place=place)
        return made, height

    def build(self, reserve: Reserve) -> bytes:
        """The pages, `reserve` laid on the first."""
        out = io.BytesIO()
        foot = _BOTTOM + self.notice[1] + self.foot[1] + 4 * MM
        head = max(self.who[1], self.what[1]) + 5 * MM
        frames = {
            "first": Frame(_SIDE, foot, WIDTH, PAGE[1] - foot - _TOP, 0, 0, 0, 0),
            "later": Frame(_SIDE, foot, WIDTH, PAGE[1] - foot - _TOP + 2 * MM - head, 0, 0, 0, 0),
        }
        document = BaseDocTemplate(out, pagesize=PAGE, allowSplitting=1)
        document.addPageTemplates(
            [
                PageTemplate("first", [frames["first"]], onPage=self._foot,
                             autoNextPageTemplate="later"),
                PageTemplate("later", [frames["later"]], onPage=self._head_and_foot),
            ]
        )  # fmt: skip
        try:
            document.build(story(self.content, self.writer, reserve), canvasmaker=self._canvas)
        except LayoutError:
            raise InvalidValue("a part that no page can hold", place="content.sections") from None
        return out.getvalue()

    def _canvas(self, *args: Any, **options: Any) -> Canvas:
        options |= {
            "initialFontName": self.writer.faces.names[0],
            "pdfVersion": (1, 4),
            "invariant": 1,
            "pageCompression": 1,
        }
        canvas = _Numbered(*args, **options)
        canvas.writer = self.writer
        return canvas

    def _head_and_foot(self, canvas: Any, document: Any) -> None:
        who, what = self.who[0], self.what[0]
        top = PAGE[1] - 10 * MM
        who.drawOn(canvas, _SIDE, top - self.who[1])
        what.drawOn(canvas, _SIDE + WIDTH * 0.68, top - self.what[1])
        self._rule(canvas, top - max(self.who[1], self.what[1]) - 1.5 * MM)
        self._foot(canvas, document)

    def _foot(self, canvas: Any, document: Any) -> None:
        y = _BOTTOM
        style = self.writer.style("page")
        canvas.saveState()
        canvas.translate(_SIDE + WIDTH, y + self.foot[1] - 0.8 * style.leading)
        canvas.doForm(f"{_NUMBER}{document.page}")
        canvas.restoreState()
        self.foot[0].drawOn(canvas, _SIDE, y)
        y += self.foot[1] + 0.6 * MM
        if self.notice[0] is not None:
            self.notice[0].drawOn(canvas, _SIDE, y)
        self._rule(canvas, y + self.notice[1] + 1 * MM)

    @staticmethod
    def _rule(canvas: Any, y: float) -> None:
        canvas.saveState()
        canvas.setStrokeColor(RULE)
        canvas.setLineWidth(0.5)
        canvas.line(_SIDE, y, _SIDE + WIDTH, y)
        canvas.restoreState()


def running_line(identity: Identity, *, with_ins: bool) -> str:
    """The patient in one line, for every page after the first."""
    rows = {row.label: row.value for row in block.identity_rows(identity, with_ins=with_ins)}
    given = rows.get("Premier prénom") or rows["Prénoms de naissance"]
    parts = [
        f"{rows['Nom de naissance']} {given}",
        f"{_BORN.get(identity.sex, 'né(e)')} le {rows['Date de naissance']}",
        f"sexe {rows['Sexe']}",
    ]
    if "Matricule INS" in rows:
        parts.append(f"INS\u00a0{rows['Matricule INS']}")
    return " · ".join(parts)
