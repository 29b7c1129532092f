"""A relational database as a source, over any DB-API 2.0 connection (PEP 249).

Two queries tell everything: the patients, then the items of one of them. Their columns are those
of `export.sources.COLUMNS`, under these names, in any order; only `patient`, and for items `item`
and `file` or `content`, are required.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime, tzinfo
from pathlib import Path
from typing import Any, BinaryIO, Final, Protocol

from segur_interop._time import Timestamp
from segur_interop.errors import ExportError, InvalidValue
from segur_interop.export._cells import (
    COLUMNS,
    PATIENT,
    item_of_row,
    media_type_of,
    record_of_row,
    unfit,
    unread_record,
)
from segur_interop.export._table import check_columns
from segur_interop.export.items import Item, Record, Unfit
from segur_interop.export.request import Refused

__all__ = ["Connection", "Cursor", "SqlSource"]

CONTENT: Final = "content"
_ITEM: Final = (*(name for name in COLUMNS if name not in PATIENT), CONTENT)


class Cursor(Protocol):
    """What is used of a DB-API cursor."""

    @property
    def description(self) -> Any:
        """A sequence for each column, its name first."""

    def execute(self, query: Any, parameters: Any = ...) -> Any:
        """Run a query."""

    def fetchmany(self, size: int = ...) -> Any:
        """The next rows."""

    def close(self) -> Any:
        """Release it."""


class Connection(Protocol):
    """What is used of a DB-API connection."""

    def cursor(self) -> Any:
        """A new cursor."""

    def close(self) -> Any:
        """Release it."""


Connect = Callable[[], Connection]


@dataclass(frozen=True, slots=True)
class _Stored:
    """Opens the octets that a query gives for one item, on a connection of its own."""

    connect: Connect
    query: str
    patient: Any
    item: Any

    def __call__(self) -> BinaryIO:
        with closing(self.connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(self.query, (self.patient, self.item))
            rows = cursor.fetchmany(2)
        if len(rows) != 1 or not isinstance(rows[0][0], _OCTETS):
            raise OSError("the item is not one row of octets of the database")
        return io.BytesIO(bytes(rows[0][0]))


class SqlSource:
    """Patients and items of a database.

    A value that is none of its column is that item's alone, which is refused (`VALUE`); one of the
    identity refuses the items of the patient (`IDENTITY`).

    The patients are read on one connection and the items on another, a few rows at a time. Where
    a driver fetches all rows at once unless asked not to (psycopg), give `cursor`.
    """

    def __init__(
        self,
        connect: Connect,
        *,
        patients: str,
        items: str,
        content: str = "",
        count: str = "",
        folder: str | os.PathLike[str] = "",
        zone: tzinfo | None = None,
        cursor: Callable[[Any], Any] | None = None,
    ) -> None:
        """Keep the queries; nothing is run.

        Args:
            connect: opens a connection; with an executor and `content`, a function that can be
                pickled.
            patients: one row a patient, ordered by something that does not change.
            items: one row an item of the patient whose `patient` is the only parameter, in a
                stable order. `file` is a path; `content` holds the octets of a small item.
            content: the octets of an item in one row of one column, whose parameters are
                `patient` and `item`; for items that have neither `file` nor `content`.
            count: how many items there are in all, as the export will count them.
            folder: of relative paths.
            zone: of times that the database gives without one; without, they are refused.
            cursor: makes the cursor of the patients, such as
                `lambda connection: connection.cursor("patients")` for psycopg.
        """
        self._connect, self._patients, self._items = connect, patients, items
        self._content, self._count = content, count
        self._folder, self._zone, self._cursor = Path(folder), zone, cursor

    def announced(self) -> int | None:
        """What the counting query says; None without one."""
        if not self._count:
            return None
        with closing(self._connect()) as connection, closing(connection.cursor()) as cursor:
            cursor.execute(self._count)
            return int(cursor.fetchmany(1)[0][0])

    def __iter__(self) -> Iterator[Record]:
        with closing(self._connect()) as first, closing(self._connect()) as second:
            make = self._cursor or (lambda connection: connection.cursor())
            with closing(make(first)) as cursor:
                cursor.execute(self._patients)
                for rank, row in enumerate(_rows(cursor, PATIENT, ("patient",)), start=1):
                    yield self._record(row, second, f"patient {rank}")

    def _record(self, row: Mapping[str, Any], connection: Connection, place: str) -> Record:
        texts, items = self._texts(row, place), self._items_of(connection, row["patient"], place)
        try:
            return record_of_row(texts, items, place=place)
        except ExportError:
            return unread_record(texts["patient"], items, place=place)

    def _items_of(self, connection: Connection, key: Any, place: str) -> Iterator[Item | Unfit]:
        with closing(connection.cursor()) as cursor:
            cursor.execute(self._items, (key,))
            for rank, row in enumerate(_rows(cursor, _ITEM, ("item",)), start=1):
                yield self._item(row, key, f"{place}, item {rank}")

    def _item(self, row: Mapping[str, Any], key: Any, place: str) -> Item | Unfit:
        if not (self._content or CONTENT in row or "file" in row):
            raise ExportError("neither a file nor content", place=place)
        texts = self._texts({k: v for k, v in row.items() if k != CONTENT}, place)
        kind = media_type_of(texts.get("file", ""))
        content = self._content_of(row, key)
        if content is None:
            return unfit(texts["item"], place, Refused.UNREADABLE)
        try:
            return item_of_row(texts, content, kind, place=place)
        except ExportError:
            return unfit(texts["item"], place, Refused.VALUE)

    def _content_of(self, row: Mapping[str, Any], key: Any) -> bytes | Path | _Stored | None:
        """None when the row holds none."""
        held, named = row.get(CONTENT), row.get("file")
        if held is not None:
            return bytes(held) if isinstance(held, _OCTETS) else None
        if named:
            return self._folder / str(named)
        return _Stored(self._connect, self._content, key, row["item"]) if self._content else None

    def _texts(self, row: Mapping[str, Any], place: str) -> dict[str, str]:
        try:
            return {name: self._text(value) for name, value in row.items()}
        except InvalidValue:
            raise ExportError("a time without zone: tell `zone`", place=place) from None

    def _text(self, value: Any) -> str:
        if value is None:
            return ""
        if isinstance(value, datetime):
            if value.tzinfo is None and self._zone is not None:
                value = value.replace(tzinfo=self._zone)
            return str(Timestamp.of(value))
        return value.isoformat() if isinstance(value, date) else str(value).strip()


_FETCHED: Final = 200
_OCTETS: Final = (bytes, bytearray, memoryview)


def _rows(
    cursor: Cursor, known: tuple[str, ...], required: tuple[str, ...]
) -> Iterator[dict[str, Any]]:
    """Rows by the names of their columns.

    Raises:
        ExportError: a required column is missing, a column is unknown or there twice.
    """
    names = [str(column[0]).lower() for column in cursor.description]
    check_columns(names, known, required)
    while rows := cursor.fetchmany(_FETCHED):
        for row in rows:
            yield dict(zip(names, row, strict=True))
