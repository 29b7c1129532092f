"""The catalogue line: one schema, two files, a dictionary."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import typing
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from segur_interop.errors import ExportError
from segur_interop.export import catalogue
from segur_interop.export.catalogue import COLUMNS, FIELDS, Field, Kind, Line

TEXT = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs",), exclude_characters="\0"),
    min_size=1,
    max_size=8,
)


def _strategy(told: Field) -> st.SearchStrategy[Any]:
    if told.kind is Kind.INTEGER:
        made: st.SearchStrategy[Any] = st.integers(min_value=0, max_value=1 << 60)
    elif told.kind is Kind.TEXT:
        made = st.sampled_from(told.values) if told.values else TEXT
    elif told.kind is Kind.OBJECT:
        made = _object(told)
    else:
        return st.lists(_object(told) if told.parts else TEXT, max_size=2).map(tuple)
    return made if told.always else st.none() | made


def _object(told: Field) -> st.SearchStrategy[Any]:
    assert told.made is not None
    made = st.builds(told.made, **{part.name: _strategy(part) for part in told.parts})
    return made.filter(lambda value: any(getattr(value, part.name) for part in told.parts))


LINES = st.builds(Line, **{told.name: _strategy(told) for told in FIELDS})


@settings(max_examples=30)
@given(st.lists(LINES, max_size=2))
def test_both_files_give_back_every_line(lines: list[Line]):
    assert [catalogue.read_json_line(catalogue.json_line(line)) for line in lines] == lines
    text = catalogue.csv_header() + "".join(map(catalogue.csv_row, lines))
    assert list(catalogue.read_csv(io.StringIO(text, newline=""))) == lines
    assert list(catalogue.read_csv(io.StringIO("\ufeff" + text, newline=""))) == lines


@settings(max_examples=30)
@given(LINES)
def test_no_cell_is_a_formula_to_a_spreadsheet(line: Line):
    (cells,) = csv.reader(io.StringIO(catalogue.csv_row(line), newline=""), delimiter=";")
    assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in cells)


@settings(max_examples=30)
@given(LINES)
def test_a_line_of_json_is_one_line_with_every_field(line: Line):
    text = catalogue.json_line(line)
    assert "\n" not in text
    assert list(json.loads(text)) == [told.name for told in FIELDS]


def _all(fields: typing.Iterable[Field]) -> typing.Iterator[Field]:
    for told in fields:
        yield told
        yield from _all(told.parts)


def test_every_field_is_described():
    assert all(told.description.strip().endswith(".") for told in _all(FIELDS))
    assert [told.name for told in FIELDS] == [item.name for item in dataclasses.fields(Line)]
    assert len(set(COLUMNS)) == len(COLUMNS)


def test_the_traits_that_the_dsr_demand_are_keys_of_every_line():
    demanded = {"nom_naissance", "prenoms", "date_naissance", "sexe", "ins", "date_production"}
    assert demanded | {"type"} <= {told.name for told in FIELDS}
    schema = catalogue.json_schema()
    assert demanded <= set(schema["required"])


@pytest.mark.parametrize(
    "text",
    ["", "[]", "{", "null", '{"item_id": 1}', '{"other": 1}', "[" * 100_000, '{"item_id": ""}'],
)
def test_what_is_no_line_is_an_export_error(text: str):
    with pytest.raises(ExportError):
        catalogue.read_json_line(text)


@given(st.text(max_size=200))
def test_any_text_is_lines_of_csv_or_an_export_error(text: str):
    try:
        list(catalogue.read_csv(io.StringIO(catalogue.csv_header() + text, newline="")))
    except ExportError:
        return


def test_a_repr_shows_nothing_of_a_line():
    made = {told.name: _filled(told) for told in FIELDS}
    assert "NESSI" not in repr(Line(**made))


def _filled(told: Field) -> Any:
    if told.kind is Kind.LIST:
        return ()
    return (3 if told.kind is Kind.INTEGER else "NESSI") if told.always else None
