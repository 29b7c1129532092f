"""Lines of the files of an export, each with the archive that it is about."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from segur_interop.export import layout
from segur_interop.export._cursor import Key
from segur_interop.export._notes import Notes
from segur_interop.export._tree import Tree, lines

__all__ = ["catalogue_rows", "json_object", "patient_rows"]

_PLACE: Final = re.compile(r'"lot":"(LOT\d{5})","archive":"(PAT\d{5}\.ZIP)"')


def catalogue_rows(tree: Tree, notes: Notes) -> Iterator[tuple[Key | None, tuple[int, str]]]:
    """Each line of CATALOG.JSL with the archive that it names."""
    with tree.open(layout.CATALOGUE_JSON) as stream:
        for rank, text in lines(stream, notes, layout.CATALOGUE_JSON):
            match = _PLACE.search(text)
            yield (_key(match[1], match[2]) if match else None), (rank, text)


def patient_rows(
    tree: Tree, notes: Notes
) -> Iterator[tuple[Key | None, tuple[int, Mapping[str, Any]]]]:
    """Each line of PATIENTS.JSL that has an archive with its key; the others have none."""
    try:
        with tree.open(layout.PATIENTS) as stream:
            for rank, text in lines(stream, notes, layout.PATIENTS):
                data = json_object(text)
                if data is None:
                    place = f"{layout.PATIENTS} line {rank}"
                    notes.note("export.patients.line", "no object", place)
                    continue
                yield _key(data.get("lot"), data.get("archive")), (rank, data)
    except OSError:
        notes.unreadable(layout.PATIENTS)


def json_object(text: str) -> dict[str, Any] | None:
    """An object of JSON, None for anything else."""
    with contextlib.suppress(ValueError, RecursionError):
        data = json.loads(text)
        return data if isinstance(data, dict) else None
    return None


def _key(lot: object, archive: object) -> Key | None:
    if not isinstance(lot, str) or not isinstance(archive, str):
        return None
    first, second = layout.parse_lot_name(lot), layout.parse_archive_name(archive)
    return None if first is None or second is None else (first, second)
