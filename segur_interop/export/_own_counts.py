"""The counts of an export against each other, and its catalogue against its other form."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO, Final, cast

from segur_interop.export import catalogue, layout
from segur_interop.export._manifest_read import Header
from segur_interop.export._notes import Notes
from segur_interop.export._rows import json_object
from segur_interop.export._tree import Tree, lines

__all__ = ["Found", "check_balance", "check_csv"]

_MAX_REPORT: Final = 50_000_000
_BOM: Final = catalogue.BOM.encode()
_BUCKETS: Final = ("found", "excluded", "selected", "written", "refused")


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What was counted: lines of the catalogue, archives, patients with and without."""

    lines: int
    archives: int
    patients: int
    without: int


# -- the catalogue twice ------------------------------------------------------------------------


def check_csv(tree: Tree, notes: Notes) -> None:
    """CATALOG.CSV is CATALOG.JSL, row by row."""
    if not (tree.exists(layout.CATALOGUE_JSON) and tree.exists(layout.CATALOGUE_CSV)):
        return
    with tree.open(layout.CATALOGUE_CSV) as octets, tree.open(layout.CATALOGUE_JSON) as stream:
        rows = cast("BinaryIO", io.BufferedReader(octets))
        header = catalogue.csv_header().encode()
        start = rows.read(len(_BOM))
        start = b"" if start == _BOM else start
        wrong = 0 if start + rows.read(len(header) - len(start)) != header else None
        for rank, text in lines(stream, Notes(""), layout.CATALOGUE_JSON):
            if wrong is None and not _row(text, rows):
                wrong = rank
            if wrong is not None:
                break
        if wrong is not None or rows.read(1):
            place = f"{layout.CATALOGUE_CSV} item {wrong}" if wrong else layout.CATALOGUE_CSV
            message = "not what CATALOG.JSL says, from here on"
            notes.note("export.catalogue.csv", message, place)
    notes.checked("export.catalogue.csv")


def _row(text: str, rows: BinaryIO) -> bool:
    """True when the next row is the line; one that is none of the catalogue is told elsewhere."""
    try:
        wanted = catalogue.csv_row(text).encode()
    except (ValueError, LookupError, TypeError, RecursionError):
        return False
    return rows.read(len(wanted)) == wanted


# -- the balance --------------------------------------------------------------------------------


def check_balance(tree: Tree, notes: Notes, header: Header, found: Found) -> None:
    """What was announced, found, left out, written and refused: nothing silently missing."""
    if not header.values:
        return
    counts = {name: header.number(name) for name in _BUCKETS}
    if any(value is None for value in counts.values()):
        notes.note("export.balance", "a count is absent from the manifest")
        return
    excluded, refused = (_count(tree, notes, name) for name in (layout.EXCLUDED, layout.REJECTS))
    without = header.number("patientswithoutarchive")
    announced = header.number("announced")
    for told, one, other in (
        ("found = selected + excluded", counts["found"], _sum(counts, "selected", "excluded")),
        ("selected = written + refused", counts["selected"], _sum(counts, "written", "refused")),
        ("announced = found", counts["found"] if announced is None else announced, counts["found"]),
        ("written = lines of CATALOG.JSL", counts["written"], found.lines),
        ("refused = lines of REJECTS.JSL", counts["refused"], refused),
        ("archives = PatientArchiveCount", found.archives, header.number("patientarchivecount")),
        ("patients with an archive = lines of PATIENTS.JSL", found.patients, found.archives),
        ("patients without archive = those of PATIENTS.JSL", found.without, without),
    ):
        if one != other:
            notes.note("export.balance", f"it is not true that {told}")
    if excluded > (counts["excluded"] or 0):
        notes.note("export.balance", "more lines in EXCLUDED.JSL than excluded items")
    _report(tree, notes, {**counts, "export_id": header.values.get("exportid")})
    notes.checked("export.balance")


def _sum(counts: Mapping[str, int | None], *names: str) -> int:
    return sum(counts[name] or 0 for name in names)


def _count(tree: Tree, notes: Notes, name: str) -> int:
    if not tree.exists(name):
        return 0
    try:
        with tree.open(name) as stream:
            return sum(1 for _ in lines(stream, notes, name))
    except OSError:
        notes.unreadable(name)
        return 0


def _report(tree: Tree, notes: Notes, wanted: Mapping[str, object]) -> None:
    name = layout.REPORT_JSON
    if not tree.exists(name):
        return
    if tree.size(name) > _MAX_REPORT:
        notes.not_run(f"a report of more than {_MAX_REPORT} bytes was not compared")
        return
    try:
        with tree.open(name) as stream:
            told = json_object(stream.read().decode(errors="replace")) or {}
    except OSError:
        notes.unreadable(name)
        return
    if any(told.get(key) != value for key, value in wanted.items()):
        notes.note("export.balance", "the report says otherwise than the manifest", name)
