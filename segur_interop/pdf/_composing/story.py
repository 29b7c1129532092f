"""The body of a composed document, as reportlab flowables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from reportlab.platypus import (
    CondPageBreak,
    Flowable,
    HRFlowable,
    KeepTogether,
    ListFlowable,
    ListItem,
    Spacer,
)
from reportlab.platypus import Table as Grid

from segur_interop.pdf._composing import people
from segur_interop.pdf._composing.styles import ACCENT, PALE, RULE, Writer
from segur_interop.pdf._stamping.identity_block import MM
from segur_interop.pdf.content import Block, Content, Fields, Items, Paragraph, Section, Table

__all__ = ["WIDTH", "Reserve", "story"]

WIDTH: Final = 174 * MM
"""Of the text: A4 less two margins of 18 mm."""

_PADDING: Final = [
    ("LEFTPADDING", (0, 0), (-1, -1), 4), ("RIGHTPADDING", (0, 0), (-1, -1), 4),
    ("TOPPADDING", (0, 0), (-1, -1), 2.5), ("BOTTOMPADDING", (0, 0), (-1, -1), 3.5),
    ("VALIGN", (0, 0), (-1, -1), "TOP"),
]  # fmt: skip
_FLUSH: Final = [
    *_PADDING,
    ("LEFTPADDING", (0, 0), (-1, -1), 0),
    ("TOPPADDING", (0, 0), (-1, -1), 1), ("BOTTOMPADDING", (0, 0), (-1, -1), 1),
]  # fmt: skip
_HIGHEST_ROW: Final = 150 * MM
_LEAST_ROOM: Final = 26 * MM  # below a heading, or the page breaks before it


class Reserve(Flowable):  # type: ignore[misc]
    """Room for the identity block; remembers where it was laid."""

    def __init__(self, width: float, height: float) -> None:
        super().__init__()
        self.width, self.height = width, height
        self.corner: tuple[float, float] | None = None
        self.page = 0

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        """The room it takes."""
        return self.width, self.height

    def draw(self) -> None:
        """Nothing but the memory of the place."""
        self.corner = self.canv.absolutePosition(0, 0)
        self.page = self.canv.getPageNumber()


def story(content: Content, writer: Writer, reserve: Reserve) -> list[Any]:
    """Everything that flows over the pages."""
    return [
        *_head(content, writer),
        reserve,
        Spacer(0, 7),
        *_around(content, writer),
        *_body(content, writer),
        *_end(content, writer),
    ]


def _head(content: Content, writer: Writer) -> Iterator[Any]:
    lines = list(people.organization_lines(content.organization))
    place = "content.organization"
    yield writer.paragraph("organization", lines[0], f"{place}.name")
    if lines[1:]:
        yield writer.paragraph("organization-line", _joined(lines[1:]), place)
    yield Spacer(0, 3)
    yield HRFlowable(width="100%", thickness=1.4, color=ACCENT, spaceBefore=0, spaceAfter=0)
    yield writer.paragraph("title", content.printed_title, "content.title")
    if content.replaces is not None:
        text = f"Annule et remplace le document du {people.day(content.replaces)}"
        yield writer.paragraph("replaces", text, "content.replaces")
    yield writer.paragraph("subtitle", " · ".join(_dates(content)), "content.created")


def _joined(lines: list[str]) -> str:
    """Short lines side by side, so that a head of many lines stays low."""
    rows: list[str] = []
    for line in lines:
        if rows and len(rows[-1]) + len(line) < 95:
            rows[-1] += f"  ·  {line}"
        else:
            rows.append(line)
    return "\n".join(rows)


def _dates(content: Content) -> Iterator[str]:
    yield f"Document établi le {people.moment(content.created)}"
    if content.performed is not None:
        yield f"{people.performed_label(content)} {people.period(content.performed)}"


def _around(content: Content, writer: Writer) -> Iterator[Any]:
    """Who wrote, who validated, who receives."""
    authors = [("Rédigé par", "content.author", content.author)]
    if content.authenticator is not None and content.authenticator != content.author:
        authors.append(("Validé par", "content.authenticator", content.authenticator))
    cells = [
        _person(writer, label, list(people.describe(who)), place) for label, place, who in authors
    ]
    ipp = content.patient.ipp
    if ipp is not None:
        cells.append(
            _person(writer, "Identifiant patient (IPP)", [ipp.extension], "content.patient.ids")
        )
    yield from _grid(cells, writer)
    named = [
        (list(people.describe(one)), f"content.recipients[{index}]")
        for index, one in enumerate(content.recipients)
    ]
    if content.to_patient:
        named.append((["Le patient"], "content.to_patient"))
    if named:
        label = "Destinataires" if len(named) > 1 else "Destinataire"
        yield Spacer(0, 4)
        heading = writer.paragraph("label", label.upper(), "content.recipients")
        rows = _grid([_person(writer, "", lines, place) for lines, place in named], writer)
        yield KeepTogether([heading, next(rows)])
        yield from rows
    yield Spacer(0, 2)


def _person(writer: Writer, label: str, lines: list[str], place: str) -> list[Any]:
    cell = [writer.paragraph("label", label.upper(), place)] if label else []
    cell.append(writer.paragraph("name", lines[0], f"{place}.name"))
    return cell + [writer.paragraph("line", line, place) for line in lines[1:]]


def _grid(cells: list[list[Any]], writer: Writer) -> Iterator[Any]:
    """Cells by two, each row a table of its own so that a page may end between any two."""
    for at in range(0, len(cells), 2):
        row = (cells[at : at + 2] + [[]])[:2]
        yield _made([row], [WIDTH / 2] * 2, _FLUSH, writer)


def _body(content: Content, writer: Writer) -> Iterator[Any]:
    for index, section in enumerate(content.sections):
        yield from _section(section, writer, f"content.sections[{index}]")


def _section(section: Section, writer: Writer, place: str) -> Iterator[Any]:
    said = [
        part
        for index, block in enumerate(section.blocks)
        for part in _block(block, writer, f"{place}.blocks[{index}]")
    ] or [writer.paragraph("empty", section.empty, f"{place}.empty")]
    title = writer.paragraph("heading", section.title, f"{place}.title")
    yield CondPageBreak(_room(title, said[0]))
    yield title
    yield HRFlowable(width="100%", thickness=0.5, color=RULE, spaceBefore=0, spaceAfter=4)
    yield from said


def _room(title: Any, first: Any) -> float:
    """What a heading needs, with the row that it announces when a table comes first."""
    if not isinstance(first, CondPageBreak):
        return _LEAST_ROOM
    around = title.getSpaceBefore() + title.getSpaceAfter() + 5
    needed = float(title.wrap(WIDTH, _HIGHEST_ROW)[1]) + around + float(first.height)
    return float(min(max(_LEAST_ROOM, needed), _HIGHEST_ROW))


def _block(block: Block, writer: Writer, place: str) -> Iterator[Any]:
    if isinstance(block, Paragraph):
        style = "strong" if block.strong else "body"
        yield writer.paragraph(style, block.text, f"{place}.text")
    elif isinstance(block, Items):
        yield _items(block, writer, place)
    elif isinstance(block, Fields):
        made = _fields(block, writer, place)
        yield CondPageBreak(made.least)
        yield made
        yield Spacer(0, 4)
    else:
        yield from _captioned(block, writer, place)


def _captioned(block: Table, writer: Writer, place: str) -> Iterator[Any]:
    made, above, high = _table(block, writer, place), [], 0.0
    if block.caption:
        above = [writer.paragraph("caption", block.caption, f"{place}.caption")]
        high = above[0].wrap(WIDTH, _HIGHEST_ROW)[1] + above[0].getSpaceAfter()
    yield CondPageBreak(min(high + made.least, _HIGHEST_ROW))
    yield from above
    yield made
    yield Spacer(0, 6)


def _items(block: Items, writer: Writer, place: str) -> Any:
    made = [
        ListItem(writer.paragraph("body", text, f"{place}.items[{index}]"), spaceAfter=0)
        for index, text in enumerate(block.items)
    ]
    font = writer.style("body").fontName
    if block.ordered:
        return ListFlowable(made, bulletType="1", bulletFormat="%s.", leftIndent=20,
                            bulletFontName=font, bulletFontSize=9)  # fmt: skip
    return ListFlowable(made, bulletType="bullet", start="•", leftIndent=14, bulletFontName=font,
                        bulletFontSize=9)  # fmt: skip


def _fields(block: Fields, writer: Writer, place: str) -> Any:
    rows = [
        [
            writer.paragraph("field", label, f"{place}.rows[{index}][0]"),
            writer.paragraph("value", value or "–", f"{place}.rows[{index}][1]"),
        ]
        for index, (label, value) in enumerate(block.rows)
    ]
    return _made(rows, [WIDTH * 0.3, WIDTH * 0.7], _FLUSH, writer)


def _table(block: Table, writer: Writer, place: str) -> Any:
    head = [
        writer.paragraph("head", text, f"{place}.header[{column}]")
        for column, text in enumerate(block.header)
    ]
    rows = [
        [
            writer.paragraph("cell", text, f"{place}.rows[{index}][{column}]")
            for column, text in enumerate(row)
        ]
        for index, row in enumerate(block.rows)
    ]
    if not rows:
        rows = [[writer.paragraph("cell", "–", place) for _ in head]]
    relative = block.widths or (1.0,) * len(head)
    widths = [WIDTH * part / sum(relative) for part in relative]
    style = [
        *_PADDING,
        ("GRID", (0, 0), (-1, -1), 0.4, RULE),
        ("BACKGROUND", (0, 0), (-1, 0), PALE),
    ]
    return _made([head, *rows], widths, style, writer, repeated=1)


class _Rows(Grid):  # type: ignore[misc]
    """A table; `least` is the height of its head and its first row, in points."""

    least = 0.0


def _made(
    rows: list[list[Any]],
    widths: list[float],
    style: list[Any],
    writer: Writer,
    repeated: int = 0,
) -> _Rows:
    """A table whose rows stay whole, unless one is too high for any page."""
    heights = [
        max(
            sum(part.wrap(width - 8, _HIGHEST_ROW)[1] for part in _parts(cell))
            for cell, width in zip(row, widths, strict=True)
        )
        for row in rows
    ]
    # each cell selects a font before it draws: Helvetica, not embedded, unless told otherwise
    font = ("FONTNAME", (0, 0), (-1, -1), writer.style("cell").fontName)
    made = _Rows(
        rows,
        colWidths=widths,
        style=[*style, font],
        repeatRows=repeated,
        splitInRow=1 if max(heights) > _HIGHEST_ROW else 0,
    )
    first = heights[repeated]
    if first <= _HIGHEST_ROW:
        made.least = min(sum(heights[:repeated]) + first + 6 * (repeated + 1), _HIGHEST_ROW)
    return made


def _parts(cell: Any) -> list[Any]:
    return cell if isinstance(cell, list) else [cell]


def _end(content: Content, writer: Writer) -> Iterator[Any]:
    who = content.authenticator or content.author
    lines = [writer.paragraph("sign", f"Le {people.day(content.created)}", "content.created")]
    lines.append(writer.paragraph("sign-name", people.signature(content), "content.author.name"))
    if who.profession is not None and who.profession.label:
        lines.append(writer.paragraph("sign", who.profession.label, "content.author.profession"))
    yield KeepTogether([Spacer(0, 14), *lines])
