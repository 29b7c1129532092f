"""A folder of documents, with or without a CSV that says whose they are."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from segur_interop import cda, xdm
from segur_interop._time import Timestamp
from segur_interop.errors import ExportError, SegurError
from segur_interop.export._archive_check import MAX_CDA
from segur_interop.export._cells import media_type_of
from segur_interop.export._grouping import about_document, patients_of_entries
from segur_interop.export._identities import found
from segur_interop.export._notes import Notes
from segur_interop.export._tree import Folder, Tree, digest, is_stray, place_of, walk
from segur_interop.export.items import Item, Record, Unfit
from segur_interop.export.received import ReceivedItem, ReceivedPatient, oldest_first
from segur_interop.export.request import Refused
from segur_interop.export.sources import FolderSource
from segur_interop.findings import Finding, Severity
from segur_interop.ins import Identity

__all__ = ["loose_patients"]


def loose_patients(tree: Tree, notes: Notes) -> Iterator[ReceivedPatient]:
    """The patients of the CSV, then those that documents left over name by themselves."""
    names = [name for name in walk(tree, "", notes) if not is_stray(name)]
    tables = [name for name in names if "/" not in name and name.lower().endswith(".csv")]
    used: set[str] = set(tables)
    for rank, table in enumerate(tables, start=1):
        if isinstance(tree, Folder):
            yield from _of_table(tree, table, rank, used, notes)
        else:
            notes.not_run("a CSV within a zip: take it out first")
    yield from _of_documents(tree, [name for name in names if name not in used], notes)


def _of_table(
    tree: Folder, table: str, rank: int, used: set[str], notes: Notes
) -> Iterator[ReceivedPatient]:
    place, seen = place_of(table, rank), set[int]()
    try:
        for number, record in enumerate(FolderSource(tree.path / table), start=1):
            key = hash(record.key)
            if key in seen:
                message = "a patient comes again: the lines of one do not follow each other"
                notes.note("export.table", message, f"{place}#{number}")
            seen.add(key)
            yield _of_record(tree, record, f"{place}#{number}", used)
    except (SegurError, ValueError) as error:
        message = f"read no further: {error}" if isinstance(error, SegurError) else "no UTF-8"
        notes.note("export.table", message, place)


def _of_record(tree: Folder, record: Record, place: str, used: set[str]) -> ReceivedPatient:
    """A patient of a table; the files of rows that cannot be read are left to those of nobody."""
    identity = dataclasses.replace(record.patient.identity, asserted=True)
    items, lost = [], list[Finding]()
    for rank, item in enumerate(record.items, start=1):
        at = f"{place} item {rank}"
        name = None if isinstance(item, Unfit) else _within(tree, item)
        if isinstance(item, Unfit) or name is None:
            lost.append(_lost(item, at))
            continue
        used.add(name)
        items.append(_item(tree, name, item, identity, at))
    nobody = []
    if not (record.patient.ids or identity.matricule or identity.birth_name or identity.used_name):
        message = "the table names nobody, or in two ways: do not file before a person has looked"
        nobody.append(found("export.receive.nobody", message, place))
    return ReceivedPatient(
        place=place,
        identity=identity,
        ids=record.patient.ids,
        items=oldest_first(items),
        lost=len(lost),
        findings=(*nobody, *lost),
    )


def _lost(item: Item | Unfit, place: str) -> Finding:
    if not isinstance(item, Unfit):
        return found("export.receive.lost", "no file of the folder", place)
    if item.reason is Refused.IDENTITY:
        message = "its patient cannot be read, or is told in two ways"
    else:
        message = "a value that is none of its column"
    return found("export.receive.unfit", message, place)


def _within(tree: Folder, item: Item) -> str | None:
    """The name of its file, None for one that is not in the folder."""
    if not isinstance(item.content, Path):
        return None
    try:
        name = item.content.relative_to(tree.path).as_posix()
    except ValueError:
        return None
    return name if tree.exists(name) else None


def _item(tree: Folder, name: str, item: Item, whose: Identity, place: str) -> ReceivedItem:
    with tree.open(name) as stream:
        sha256, size = digest(stream)
    metadata = xdm.DocumentEntry(
        unique_id=item.unique_id,
        mime_type=item.mime_type,
        type_code=item.type,
        creation_time=_moment(item.produced),
        service_start_time=_moment(item.performed),
        service_stop_time=_moment(item.performed_end),
        title=item.title,
        size=size,
    )
    entry = xdm.Entry(partial(tree.open, name), metadata, name, place)
    return ReceivedItem(
        id=item.id,
        entry=entry,
        sha256=sha256,
        replaces=item.replaces,
        twin_of=item.twin_of,
        findings=tuple(about_document(entry, whose, place)),
    )


def _moment(value: object) -> Timestamp | None:
    return value if isinstance(value, Timestamp) else None


def _of_documents(tree: Tree, names: list[str], notes: Notes) -> Iterator[ReceivedPatient]:
    """CDA documents by the patient of their header; each other file is nobody's."""
    groups: dict[object, list[tuple[int, str]]] = {}
    for rank, name in enumerate(names, start=1):
        groups.setdefault(_whose(tree, name, rank, notes), []).append((rank, name))
    for number, members in enumerate(groups.values(), start=1):
        hashes: dict[str, str] = {}
        entries = []
        for rank, name in members:
            with tree.open(name) as stream:
                try:
                    hashes[name], size = digest(stream)
                except SegurError as error:
                    notes.note("xdm.file.damaged", str(error), place_of(name, rank))
                    continue
            metadata = xdm.DocumentEntry(mime_type=media_type_of(name), size=size)
            entries.append(
                xdm.Entry(partial(tree.open, name), metadata, name, place_of(name, rank))
            )
        if entries:
            yield from patients_of_entries(f"group {number}", entries, hashes)


def _whose(tree: Tree, name: str, rank: int, notes: Notes) -> object:
    if media_type_of(name) != "text/xml" or tree.size(name) > MAX_CDA:
        return name
    try:
        with tree.open(name) as stream:
            patient = cda.read(stream.read(), max_bytes=MAX_CDA).patient
    except ExportError:
        raise
    except SegurError:
        message = "no CDA that can be read: kept as it is"
        place = place_of(name, rank)
        notes.note("export.document.unreadable", message, place, Severity.WARNING)
        return name
    identity, own = patient.identity, patient.local_id
    if identity.matricule is not None:
        number: object = (identity.matricule.value, identity.oid)
    else:
        number = (own.root, own.namespace, own.extension) if own is not None else name
    return (number, identity.birth_name.casefold(), identity.birth_date, identity.sex)
