"""CATALOG.CSV: the same lines for a spreadsheet."""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, TextIO

from segur_interop.errors import ExportError
from segur_interop.export.catalogue.fields import Field, Kind
from segur_interop.export.catalogue.json_lines import data_of, line_of, to_json
from segur_interop.export.catalogue.line import FIELDS, Line

__all__ = ["BOM", "COLUMNS", "csv_header", "csv_row", "read_csv"]

BOM: Final = "\ufeff"
SEPARATOR: Final = ";"
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "'")
"""A cell that starts so is a formula to a spreadsheet: an apostrophe precedes it."""
_TO_QUOTE: Final = (SEPARATOR, '"', "\r", "\n")


def _columns(fields: Iterable[Field]) -> Iterator[tuple[Field, Field | None]]:
    for item in fields:
        if item.kind is Kind.OBJECT:
            yield from ((item, part) for part in item.parts)
        else:
            yield item, None


COLUMNS: Final = tuple(
    item.name if part is None else f"{item.name}.{part.name}" for item, part in _columns(FIELDS)
)
"""Columns of the CSV: one a field, `object.part` for each part of an object."""


def csv_header() -> str:
    """The first line of the CSV, with its line end."""
    return _csv(COLUMNS)


def csv_row(line: Line | str) -> str:
    """The line, or the line of JSON that `json_line` wrote, as a row of the CSV.

    With its line end; a list is JSON within its cell.
    """
    data = json.loads(line) if isinstance(line, str) else data_of(line)
    return _csv(_cells(data))


def _csv(cells: Iterable[str]) -> str:
    """A row; quotes where they are needed, which versions of the csv module decide differently."""
    return SEPARATOR.join([_quoted(cell) if cell else "" for cell in cells]) + "\n"


def _quoted(cell: str) -> str:
    if not any(sign in cell for sign in _TO_QUOTE):
        return cell
    escaped = cell.replace('"', '""')
    return f'"{escaped}"'


def _cells(data: Mapping[str, Any]) -> list[str]:
    cells: list[str] = []
    for told in FIELDS:
        value = data[told.name]
        if value is None or value == []:
            cells += [""] * max(1, len(told.parts) if told.kind is Kind.OBJECT else 1)
        elif told.kind is Kind.OBJECT:
            cells += [_cell(value[part.name]) for part in told.parts]
        elif told.kind is Kind.LIST:
            cells.append(to_json(value))
        else:
            cells.append(_cell(value))
    return cells


def _cell(value: object) -> str:
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def read_csv(stream: TextIO) -> Iterator[Line]:
    """The lines of a CSV, read as `csv_row` wrote them; a byte order mark is skipped.

    Args:
        stream: opened with `newline=""`.

    Raises:
        ExportError: other columns, or a cell of another kind; `place` is its column.
    """
    reader = csv.reader(stream, delimiter=SEPARATOR, strict=True)
    try:
        header = next(reader, [])
        if header:
            header[0] = header[0].removeprefix(BOM)
        if tuple(header) != COLUMNS:
            raise ExportError("other columns than those of the catalogue")
        for row in reader:
            if len(row) != len(COLUMNS):
                raise ExportError("a row of another length")
            yield line_of(_of_cells(row))
    except csv.Error:
        raise ExportError("not a CSV of the catalogue") from None


def _of_cells(row: Sequence[str]) -> dict[str, Any]:
    cells = iter(row)
    data: dict[str, Any] = {}
    for told, part in _columns(FIELDS):
        text = next(cells)
        value = _of_cell(text.removeprefix("'") if text.startswith("'") else text, part or told)
        if part is None:
            data[told.name] = value
        elif value is not None:
            data.setdefault(told.name, {})[part.name] = value
    return data


def _of_cell(text: str, told: Field) -> Any:
    if not text:
        return None
    if told.kind is Kind.TEXT:
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ExportError("not a value of this column", place=told.name) from None
