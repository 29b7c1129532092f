"""Who the patients done before a stop were, read back beside what the source says of them now.

What was written stays as it is: that a patient is told otherwise since is counted, so that a
person may begin again. Nothing is kept for this during a run, and the items of a patient done are
not read.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from segur_interop.errors import ExportError
from segur_interop.export._entries import Sender, Subject
from segur_interop.export._entry import DAMAGED, Entry
from segur_interop.export._lines import catalogued_ids, catalogued_ins, identity_fields
from segur_interop.export.items import Record

__all__ = ["Earlier"]


class Earlier:
    """Goes through the spools of a run that is continued, a patient at a time; close it."""

    def __init__(self, patients: Path, lines: Path, sender: Sender) -> None:
        """Open the spools.

        Raises:
            OSError: they cannot be read.
        """
        self._sender, self._at = sender, 0
        self._patients = patients.open("rb")
        try:
            self._lines = lines.open("rb")
        except OSError:
            self._patients.close()
            raise

    def close(self) -> None:
        """Close the spools."""
        self._patients.close()
        self._lines.close()

    def is_told_otherwise(self, entry: Entry, record: Record) -> bool:
        """True when traits, status, identifiers or INS are not those that were written.

        Args:
            entry: of the next patient done.
            record: of the same key; its items are not read.

        Raises:
            ExportError: the spools are damaged.
            OSError: they cannot be read.
        """
        subject = Subject.of(record, self._sender)
        now = {**identity_fields(subject.identity), "local_ids": catalogued_ids(subject)}
        then = _read(self._patients.readline())
        start, self._at = self._at, entry.spools[0]
        if entry.items:
            self._lines.seek(start)
            now["ins"], then["ins"] = catalogued_ins(subject), _read(self._lines.readline())["ins"]
        now = json.loads(json.dumps(now))
        return any(then.get(name) != value for name, value in now.items())


def _read(line: bytes) -> dict[str, Any]:
    try:
        told = json.loads(line)
    except ValueError:
        raise ExportError(DAMAGED) from None
    if not isinstance(told, dict) or "local_ids" not in told:
        raise ExportError(DAMAGED)
    return told
