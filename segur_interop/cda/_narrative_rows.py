"""Rows of the tables of a narrative: the heading and the text of each cell."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TypeAlias

from lxml import etree

from segur_interop.cda._narrative import element_text, span

__all__ = ["Row", "around", "rows_of"]

Element = etree._Element
Row: TypeAlias = tuple[tuple[str, str], ...]
"""The cells of a row: the heading of each and its text."""

MAX_ROWS, MAX_COLUMNS = 1000, 100
"""What is read of a table whose row is asked for."""


def rows_of(part: Element) -> dict[Element, Row]:
    """The rows of a part of a table: heading and text of each cell.

    The heading is that of the last row of headings above the column. Spans are counted: a cell
    that comes down from a row above is part of the row.
    """
    table = around(part, "table")
    headings: dict[int, str] = {}
    head = None if table is None else table.find("{*}thead")
    if head is not None and head is not part:
        for _, cells in _grid(head):
            headings.update((column, text) for column, text in cells.items() if text)
    return {
        row: tuple((headings.get(column, ""), text) for column, text in sorted(cells.items()))
        for row, cells in _grid(part)
    }


def around(element: Element, name: str) -> Element | None:
    """The element of a name that is the element or around it, within the narrative."""
    here: Element | None = element
    while here is not None:
        own = etree.QName(here).localname
        if own == name:
            return here
        here = None if own in {"text", "section"} else here.getparent()
    return None


def _grid(part: Element) -> Iterator[tuple[Element, dict[int, str]]]:
    """The rows of a part of a table, each as text by column."""
    down: dict[int, tuple[int, str]] = {}
    for row in islice(part.iterchildren("{*}tr"), MAX_ROWS):
        line = {column: text for column, (_, text) in down.items()}
        down = {column: (left - 1, text) for column, (left, text) in down.items() if left > 1}
        column = 0
        for cell in row.iterchildren("{*}td", "{*}th"):
            while column in line:
                column += 1
            if column >= MAX_COLUMNS:
                break
            rows, text = span(cell.get("rowspan")), element_text(cell)
            for place in range(column, min(column + span(cell.get("colspan")), MAX_COLUMNS)):
                line[place] = text if place == column else ""
                if rows > 1:
                    down[place] = (rows - 1, line[place])
        yield row, line
