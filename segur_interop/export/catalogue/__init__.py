"""The catalogue of an export: one line an item, described once and written two ways.

`Line` is the schema. From its fields are made CATALOG.JSL (JSON Lines), CATALOG.CSV, the
dictionary of the documentation and the JSON Schema; both files are read back by the same fields.

(DSR-HOP-DPI-Va1 and DSR-PHA-LGO-Va1 2.2, Portabilité: name, given name, date of birth and sex
always; INS, date of production and type of the data when they are stored. What is not stored is
stated, never filled: ANS, IG Portabilité des données LGC, negative data and data not filled are
distinct.)
"""

from __future__ import annotations

from segur_interop.export.catalogue.fields import Field, Kind
from segur_interop.export.catalogue.json_lines import json_line, read_json_line
from segur_interop.export.catalogue.line import (
    FIELDS,
    Absence,
    CataloguedAuthor,
    CataloguedCode,
    CataloguedId,
    CataloguedIns,
    Line,
    Origin,
    SourceStatus,
)
from segur_interop.export.catalogue.schema import VERSION, json_schema
from segur_interop.export.catalogue.table import BOM, COLUMNS, csv_header, csv_row, read_csv

__all__ = [
    "BOM",
    "COLUMNS",
    "FIELDS",
    "VERSION",
    "Absence",
    "CataloguedAuthor",
    "CataloguedCode",
    "CataloguedId",
    "CataloguedIns",
    "Field",
    "Kind",
    "Line",
    "Origin",
    "SourceStatus",
    "csv_header",
    "csv_row",
    "json_line",
    "json_schema",
    "read_csv",
    "read_json_line",
]
