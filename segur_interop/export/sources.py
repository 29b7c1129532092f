"""Adapters that make records of what a software has: CDA documents, a folder of files and a CSV."""

from __future__ import annotations

import dataclasses
import itertools
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

from segur_interop.cda import Document
from segur_interop.errors import ExportError
from segur_interop.export._cells import (
    COLUMNS,
    PATIENT,
    item_of_row,
    media_type_of,
    record_of_row,
    unfit,
    unread_record,
)
from segur_interop.export._table import Table
from segur_interop.export.items import Item, Record, Unfit
from segur_interop.export.request import Refused
from segur_interop.model import Organization, Professional

__all__ = ["COLUMNS", "DocumentSource", "FolderSource"]


class DocumentSource:
    """CDA documents, grouped by patient; they are held in memory."""

    def __init__(self, documents: Iterable[Document]) -> None:
        """Group the documents by INS, else by local identifier, in their order.

        Args:
            documents: written by `cda.wrap` or read by `cda.read`.

        Raises:
            ExportError: a document whose patient no identifier names.
        """
        self._groups: dict[str, list[Document]] = {}
        for document in documents:
            self._groups.setdefault(_key(document), []).append(document)

    @staticmethod
    def adapt(source: Iterable[Record] | Iterable[Document]) -> Iterable[Record]:
        """The source itself, or an adapter when it gives documents."""
        if isinstance(source, (list, tuple)) and source and isinstance(source[0], Document):
            return DocumentSource(_documents(source))
        if callable(getattr(source, "announced", None)) or isinstance(source, (list, tuple)):
            return source  # type: ignore[return-value]
        return _Either(source)

    def announced(self) -> int:
        """How many documents there are."""
        return sum(map(len, self._groups.values()))

    def __iter__(self) -> Iterator[Record]:
        for key, documents in self._groups.items():
            yield Record(key=key, patient=documents[0].patient, items=_items(documents))


def _items(documents: Iterable[Document]) -> Iterator[Item]:
    """An item a document; those that share an identifier are told apart by their rank."""
    seen: Counter[str] = Counter()
    for document in documents:
        item = _item_of(document)
        seen[item.id] += 1
        again = seen[item.id]
        yield item if again == 1 else dataclasses.replace(item, id=f"{item.id}#{again}")


class _Either:
    """An iterable that gives records, or documents: the first one tells."""

    def __init__(self, source: Iterable[Record] | Iterable[Document]) -> None:
        self._source = source

    def __iter__(self) -> Iterator[Record]:
        stream: Iterator[Record | Document] = iter(self._source)
        for first in stream:
            if isinstance(first, Document):
                yield from DocumentSource([first, *_documents(stream)])
                return
            yield first
            yield from stream  # type: ignore[misc]


def _documents(stream: Iterable[object]) -> Iterator[Document]:
    """Documents and nothing else: what is left out would be lost.

    Raises:
        TypeError: something else.
    """
    for item in stream:
        if not isinstance(item, Document):
            raise TypeError(f"documents, and then {type(item).__name__}")
        yield item


def _key(document: Document) -> str:
    identity, own = document.patient.identity, document.patient.local_id
    if identity.matricule is not None:
        return f"ins {identity.oid} {identity.matricule.value}"
    if own is None:
        raise ExportError("no identifier names its patient", place="source")
    return f"id {own.root or own.namespace} {own.extension}"


def _item_of(document: Document) -> Item:
    own, acts = document.id, next(iter(document.acts), None)
    period = acts.period if acts else None
    people = [item.entity for item in document.authors]
    signed = document.legal_authenticator
    return Item(
        id=f"{own.root}^{own.extension}" if own and own.extension else own.root if own else "-",
        content=document,
        mime_type="text/xml",
        type=document.code,
        produced=document.created,
        performed=period.low if period else None,
        performed_end=period.high if period else None,
        title=document.title,
        authors=tuple(who for who in people if isinstance(who, (Professional, Organization))),
        responsible=signed.entity
        if signed is not None and isinstance(signed.entity, Professional)
        else None,
        language=document.language or "fr-FR",
    )


# -- a folder and a CSV -------------------------------------------------------------------------

_REQUIRED: Final = ("patient", "item", "file")


class FolderSource:
    """Files of any format in a folder, described by a CSV with the columns `COLUMNS`.

    The lines of one patient follow each other. The identity is read from the first; each other
    line says the same of it, or nothing. A line without `item` nor `file` is a patient without
    documents. A value that is none of its column is that item's alone, which is refused (`VALUE`);
    one of the identity, or two identities under one key, refuse those of the patient (`IDENTITY`).
    """

    def __init__(
        self,
        table: str | os.PathLike[str],
        *,
        delimiter: str = ";",
        encoding: str = "utf-8",
    ) -> None:
        """Read the header of the CSV.

        Args:
            table: path of the CSV; the paths within are relative to its folder.
            delimiter: between cells.
            encoding: of the text, such as `cp1252`; nothing is guessed.

        Raises:
            ExportError: a required column is missing, a column is unknown or there twice.
            InvalidValue: a delimiter or an encoding that is none.
            OSError: it cannot be read.
        """
        path = Path(table)
        self._folder = path.parent
        self._table = Table(path, COLUMNS, _REQUIRED, delimiter=delimiter, encoding=encoding)

    def announced(self) -> int:
        """How many documents the CSV has; it is read whole.

        Raises:
            ExportError: it is no CSV from some line on, or a patient comes again there.
        """
        count, last, seen = 0, None, set[int]()
        for line, row in self._table:
            key = hash(_patient_of((line, row)))
            if key != last and key in seen:
                message = "a patient comes again: the lines of one follow each other"
                raise ExportError(message, place=f"line {line}")
            seen.add(key)
            last = key
            count += _has_item(row)
        return count

    def __iter__(self) -> Iterator[Record]:
        """The patients, as the CSV is read.

        Raises:
            ExportError: it is no CSV from some line on.
        """
        for _, group in itertools.groupby(self._table, key=_patient_of):
            yield self._record(list(group))

    def _record(self, rows: list[tuple[int, dict[str, str]]]) -> Record:
        line, first = rows[0]
        key, place = first.get("patient", ""), f"line {line}"
        items = [_item(row, self._folder, at) for at, row in rows if _has_item(row)]
        if any(_says_otherwise(row, first) for _, row in rows[1:]):
            return unread_record(key, items, place=place)
        try:
            return record_of_row(first, items, place=place)
        except ExportError:
            return unread_record(key, items, place=place)


def _patient_of(one: tuple[int, Mapping[str, str]]) -> object:
    """The key of a line; without, it is nobody else's."""
    line, row = one
    return row.get("patient") or line


def _has_item(row: Mapping[str, str]) -> bool:
    return bool(row.get("item") or row.get("file"))


def _says_otherwise(row: Mapping[str, str], first: Mapping[str, str]) -> bool:
    """True when a line tells something of the patient that the first one does not."""
    return any(row.get(name) and row[name] != first.get(name) for name in PATIENT)


def _item(row: dict[str, str], folder: Path, line: int) -> Item | Unfit:
    path, place = folder / row.get("file", ""), f"line {line}"
    try:
        return item_of_row(row, path, media_type_of(path.name), place=place)
    except ExportError:
        return unfit(row.get("item", ""), place, Refused.VALUE)
