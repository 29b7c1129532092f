"""Each lot and each of its archives, with all that the other files say of them.

The files of a lot, MANIFEST.XML, CATALOG.JSL and PATIENTS.JSL are read together, in the order of
the archives; none of them is held.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from typing import Any, Final, TypeVar

from segur_interop.errors import ArchiveError, ExportError, XmlError
from segur_interop.export import layout
from segur_interop.export._archive_check import Checked, Job, check_archives
from segur_interop.export._cursor import Cursor, Key
from segur_interop.export._manifest_read import Declared, Header, read_archives, read_header
from segur_interop.export._notes import Notes
from segur_interop.export._own_counts import Found
from segur_interop.export._own_files import Files, sha256_of
from segur_interop.export._rows import catalogue_rows, patient_rows
from segur_interop.export._same_ins import SameIns
from segur_interop.export._transverse import check_transverse
from segur_interop.export._tree import Tree, place_of
from segur_interop.findings import Report
from segur_interop.xdm import Limits

__all__ = ["Lots", "in_turn"]

_CHUNK: Final = 16
_HELD: Final = 1 << 26
"""Octets of archives out of a zip, held in memory, that may wait for an executor."""

Row = TypeVar("Row")


class Lots:
    """Goes through the lots; one report each, and the counts that the balance needs.

    Attributes:
        parts: a report a lot, in order.
    """

    def __init__(
        self, tree: Tree, notes: Notes, files: Files, header: Header, limits: Limits
    ) -> None:
        """Nothing is read yet."""
        self.tree, self.notes, self.files, self.header = tree, notes, files, header
        self.limits = limits
        self.parts: list[Report] = []
        self._archives = self._without = 0
        self._ins = SameIns()

    def check(self, executor: Executor | None) -> Found:
        """Every lot, each archive in turn or on an executor.

        Raises:
            OSError: a file cannot be read.
        """
        self._executor = executor
        self._open()
        told = {lot.get("name", ""): lot for lot in self.header.lots}
        for name in sorted({*self.files.lot_names, *(lot for lot in told if _is_lot(lot))}):
            self.parts.append(self._lot(name, told.get(name)))
        for cursor in (self._catalogue, self._people, self._manifested):
            cursor.finish()
        self.notes.checked("export.archives", "export.catalogue", "export.identity")
        return Found(
            lines=self._catalogue.count,
            archives=self._archives,
            patients=self._people.count,
            without=self._without,
        )

    def _open(self) -> None:
        """What is read beside the archives."""
        notes = self.notes
        has_catalogue = self.tree.exists(layout.CATALOGUE_JSON)
        rows = catalogue_rows(self.tree, notes) if has_catalogue else iter(())
        people = patient_rows(self.tree, notes) if self.tree.exists(layout.PATIENTS) else iter(())
        self._catalogue = self._cursor(
            rows,
            lambda row: f"{layout.CATALOGUE_JSON} line {row[0]}",
            (
                "export.catalogue.order",
                "a line that names no archive, or not in the order of archives",
            ),
            ("export.catalogue.absent", "a line whose archive is not in the export"),
        )
        self._people = self._cursor(
            self._archived(people),
            lambda row: f"{layout.PATIENTS} line {row[0]}",
            ("export.patients.order", "a line that is not in the order of archives"),
            ("export.patients.absent", "a patient whose archive is not in the export"),
        )
        self._manifested = self._cursor(
            self._declared(),
            lambda row: f"{layout.MANIFEST} Archive[{row.rank}]",
            ("export.manifest.order", "an archive of no lot, or not in order"),
            ("export.archive.absent", "an archive that the manifest lists is absent"),
        )

    def _cursor(
        self,
        rows: Iterator[tuple[Key | None, Row]],
        place: Callable[[Row], str],
        odd: tuple[str, str],
        extra: tuple[str, str],
    ) -> Cursor[Row]:
        """A cursor that tells what is odd and what is extra: rule and message of each."""
        note = self.notes.note
        return Cursor(
            rows,
            odd=lambda row: note(*odd, place(row)),
            extra=lambda row: note(*extra, place(row)),
        )

    def _archived(
        self, rows: Iterable[tuple[Key | None, tuple[int, Mapping[str, Any]]]]
    ) -> Iterator[tuple[Key | None, tuple[int, Mapping[str, Any]]]]:
        """Patients without archive are counted, and go no further."""
        for key, row in rows:
            if key is None and not row[1].get("archive"):
                self._without += 1
            else:
                yield key, row

    def _declared(self) -> Iterator[tuple[Key | None, Declared]]:
        """The archives of patients, as the manifest lists them; the other is checked at once."""
        if not self.header.archives:
            return
        with contextlib.suppress(XmlError), self.tree.open(layout.MANIFEST) as stream:
            for item in read_archives(stream):
                if item.transverse:
                    check_transverse(self.tree, self.notes, item)
                else:
                    yield item.key, item

    def _lot(self, name: str, told: Mapping[str, str] | None) -> Report:
        notes = Notes(name)
        sums, files = self.files.of_lot(name, notes)
        listed = self._lot_manifest(name, notes)
        number = layout.parse_lot_name(name) or 0
        archives = sorted(file for file in files if layout.parse_archive_name(file) is not None)
        held: list[tuple[int, int]] = []
        jobs = self._jobs(name, number, archives, sums, listed, notes)
        for checked, job in in_turn(jobs, self._executor):
            notes.extend(checked.findings)
            self._ins.add(checked.ins, job.place, notes)
            for reason in checked.not_run:
                notes.not_run(reason)
            held.append((checked.size, len(job.lines)))
        self._lot_sum(name, notes, told, held, number)
        self._archives += len(held)
        notes.checked("export.archive.hash", "export.catalogue", "export.identity")
        return notes.report()

    def _lot_manifest(self, name: str, notes: Notes) -> dict[str, Declared]:
        place = f"{name}/{layout.LOT_MANIFEST}"
        if not self.tree.exists(place):
            notes.note("export.file.absent", "a file of every lot is absent", place)
            return {}
        try:
            with self.tree.open(place) as stream:
                header = read_header(stream)
            with self.tree.open(place) as stream:
                listed = {item.id: item for item in read_archives(stream)}
        except (XmlError, ArchiveError) as error:
            notes.note("export.lot.unreadable", str(error), place)
            return {}
        except OSError:
            notes.unreadable(place)
            return {}
        told, own = header.values, self.header.values
        if own and told.get("exportid") != own.get("exportid"):
            notes.note("export.lot.other", "the lot of another export", place)
        if told.get("lot") != name:
            notes.note("export.lot.other", "another lot than its folder says", place)
        if len(listed) != header.archives:
            notes.note("export.lot.twice", "an archive is listed twice", place)
        return listed

    def _jobs(
        self,
        name: str,
        number: int,
        archives: list[str],
        sums: Mapping[str, Mapping[str, str]],
        listed: dict[str, Declared],
        notes: Notes,
    ) -> Iterator[Job]:
        """A job for each archive that is there; what speaks of the others is told."""
        whole = bool(self.header.archives)
        for file in archives:
            place = f"{name}/{file}"
            key = (number, layout.parse_archive_name(file) or 0)
            manifested = self._manifested.take(key)
            inner = listed.pop(file.removesuffix(".ZIP"), None)
            if len(manifested) != 1 and whole:
                message = "not once in the manifest" if manifested else "not in the manifest"
                notes.note("export.manifest.archive", message, place)
            if inner is None and self.tree.exists(f"{name}/{layout.LOT_MANIFEST}"):
                notes.note("export.lot.archive", "not in the LOT.XML of its lot", place)
            told = [(layout.MANIFEST, item) for item in manifested]
            told += [(f"{name}/{layout.LOT_MANIFEST}", inner)] if inner is not None else []
            people = self._people.take(key)
            if len(people) != 1 and self.tree.exists(layout.PATIENTS):
                notes.note("export.patients.archive", "not once in PATIENTS.JSL", place)
            try:
                source = self.tree.source(place)
            except ExportError as error:
                notes.not_run(str(error))
                continue
            yield Job(
                place=place,
                source=source,
                sums=tuple((who, held[file]) for who, held in sums.items() if file in held)
                + tuple((who, item.sha256) for who, item in told if item.sha256),
                sizes=tuple((who, item.size) for who, item in told if item.size is not None),
                items=self._item_counts(told, people),
                lines=tuple(self._catalogue.take(key)),
                patient=people[0][1] if people else None,
                catalogued=self.tree.exists(layout.CATALOGUE_JSON),
                limits=self.limits,
            )
        for id in listed:
            message = "an archive that LOT.XML lists is absent"
            notes.note("export.archive.absent", message, place_of(f"{name}/{id}.ZIP"))

    def _item_counts(
        self, told: list[tuple[str, Declared]], people: list[tuple[int, Mapping[str, Any]]]
    ) -> tuple[tuple[str, int], ...]:
        if not self.tree.exists(layout.CATALOGUE_JSON):
            return ()
        counts = [(who, item.items) for who, item in told if item.items is not None]
        for _, data in people:
            number = data.get("items")
            counts.append((layout.PATIENTS, number if type(number) is int else -1))
        return tuple(counts)

    def _lot_sum(
        self,
        name: str,
        notes: Notes,
        told: Mapping[str, str] | None,
        held: list[tuple[int, int]],
        number: int,
    ) -> None:
        """What the manifest says of the whole lot."""
        if not self.header.archives and not self.header.lots:
            return
        if told is None:
            notes.note("export.lot.unknown", "a lot that the manifest does not list", name)
            return
        checksum = ""
        if self.tree.exists(f"{name}/{layout.CHECKSUM}"):
            checksum = sha256_of(self.tree, f"{name}/{layout.CHECKSUM}")
        items = sum(count for _, count in held)
        for attribute, own in (
            ("patients", str(len(held))),
            ("items", str(items)),
            ("size", str(sum(size for size, _ in held))),
            ("checksum", checksum),
        ):
            if told.get(attribute, "") != own:
                message = f"the manifest tells another {attribute} of the lot"
                notes.note("export.lot.count", message, name)


def in_turn(jobs: Iterable[Job], executor: Executor | None) -> Iterator[tuple[Checked, Job]]:
    """Each job with its result, in order; a bounded number of them wait.

    Raises:
        OSError: a file cannot be read.
    """
    if executor is None:
        for job in jobs:
            (checked,) = check_archives((job,))
            yield checked, job
        return
    waiting = deque[tuple[tuple[Job, ...], Future[tuple[Checked, ...]]]]()
    held = 0
    try:
        for chunk in _chunks(jobs):
            waiting.append((chunk, executor.submit(check_archives, chunk)))
            held += _held(chunk)
            while waiting and (len(waiting) >= _CHUNK or held > _HELD):
                first, future = waiting.popleft()
                yield from zip(future.result(), first, strict=True)
                held -= _held(first)
        while waiting:
            first, future = waiting.popleft()
            yield from zip(future.result(), first, strict=True)
    finally:
        for _, future in waiting:
            future.cancel()


def _chunks(jobs: Iterable[Job]) -> Iterator[tuple[Job, ...]]:
    """Jobs by sixteen, fewer where their octets are held."""
    chunk: list[Job] = []
    for job in jobs:
        chunk.append(job)
        if len(chunk) == _CHUNK or _held(chunk) > _HELD // _CHUNK:
            yield tuple(chunk)
            chunk = []
    if chunk:
        yield tuple(chunk)


def _held(chunk: Iterable[Job]) -> int:
    """Octets that are in memory; a path holds none."""
    return sum(len(job.source) for job in chunk if isinstance(job.source, bytes))


def _is_lot(name: str) -> bool:
    return layout.parse_lot_name(name) is not None
