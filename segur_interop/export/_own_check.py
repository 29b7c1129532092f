"""An export of the profile `pdlgc-b`, as `portability` writes it, checked from end to end.

Four things are read together, in the order of the archives: the files of each lot, MANIFEST.XML,
CATALOG.JSL and PATIENTS.JSL. None of them is held.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor, Future
from typing import Any, Final

from segur_interop.errors import ArchiveError, ExportError, XmlError
from segur_interop.export import layout
from segur_interop.export._archive_check import Checked, Job, check_archives
from segur_interop.export._cursor import Cursor, Key
from segur_interop.export._journal import WORK
from segur_interop.export._manifest_read import Declared, Header, read_archives, read_header
from segur_interop.export._notes import Notes
from segur_interop.export._own_counts import Found, check_balance, check_csv
from segur_interop.export._rows import catalogue_rows, patient_rows
from segur_interop.export._sums import read_sums
from segur_interop.export._tree import Tree, digest, is_stray, note_strays, place_of, walk
from segur_interop.findings import Report, Severity
from segur_interop.xdm import Limits

__all__ = ["OwnCheck"]

_REQUIRED: Final = (
    layout.MANIFEST, layout.CATALOGUE_JSON, layout.CATALOGUE_CSV, layout.PATIENTS, layout.REJECTS,
    layout.EXCLUDED, layout.REPORT_JSON, layout.INDEX, layout.README,
)  # fmt: skip
_CHUNK: Final = 16
_MOST_SUMS: Final = 1_000_000
_SIGNATURES: Final = tuple(map(layout.signature_name, layout.SIGNED))


class OwnCheck:
    """One verification: its notes, and the counts that the balance needs."""

    def __init__(self, tree: Tree, limits: Limits, executor: Executor | None) -> None:
        self.tree, self.limits, self.executor = tree, limits, executor
        self.notes = Notes("export")
        self.header = Header()
        self.sums: dict[str, str] = {}
        self.lots: dict[str, dict[str, str]] = {}
        self.parts: list[Report] = []
        self.archives = self.lines = self.patients = self.without = 0

    def run(self) -> None:
        """Every check in turn."""
        self._files()
        self._manifest()
        self._each_archive()
        check_csv(self.tree, self.notes)
        found = Found(
            lines=self.lines, archives=self.archives, patients=self.patients, without=self.without
        )
        check_balance(self.tree, self.notes, self.header, found)

    # -- the files ------------------------------------------------------------------------------

    def _files(self) -> None:
        notes, tree = self.notes, self.tree
        files, folders = tree.children("", notes)
        if WORK in folders:
            notes.note("export.unfinished", "the export is not finished: run it to its end")
        for name in _REQUIRED:
            if not tree.exists(name):
                notes.note("export.file.absent", "a file of every export is absent", name)
        if not tree.exists(layout.CHECKSUM):
            notes.note("export.checksum.absent", "no CHECKSUM.TXT: nothing can be compared")
            notes.not_run("no CHECKSUM.TXT: the files outside lots were not compared")
        else:
            self._read_sums()
            notes.checked("export.checksum")
        lots = [name for name in folders if layout.parse_lot_name(name) is not None]
        named = {**self.lots, **dict.fromkeys(lots, {})}
        self.lot_names = sorted(name for name in named if layout.parse_lot_name(name) is not None)
        others = [name for name in folders if name not in lots and name != WORK]
        present = list(files)
        for folder in others:
            if not is_stray(folder):
                present += walk(tree, folder, notes)
        self._compare(present)

    def _read_sums(self) -> None:
        with self.tree.open(layout.CHECKSUM) as stream:
            for count, (name, sha256) in enumerate(
                read_sums(stream, self.notes, layout.CHECKSUM), start=1
            ):
                if count > _MOST_SUMS:
                    self.notes.not_run(f"only the first {_MOST_SUMS} lines of CHECKSUM.TXT")
                    return
                first, slash, rest = name.partition("/")
                held = self.sums
                if slash and layout.parse_lot_name(first) is not None:
                    held, name = self.lots.setdefault(first, {}), rest
                if held.setdefault(name, sha256) != sha256:
                    message = "two hashes for one file"
                    self.notes.note("export.checksum.twice", message, place_of(name))

    def _compare(self, present: list[str]) -> None:
        """Files outside lots: each is what CHECKSUM.TXT says, and no other is there."""
        for rank, name in enumerate(present, start=1):
            told = self.sums.pop(name, None)
            if name == layout.CHECKSUM or name in _SIGNATURES:
                continue
            if told is None:
                if self.tree.exists(layout.CHECKSUM):
                    note_strays(self.notes, name, rank)
                continue
            with self.tree.open(name) as stream:
                sha256, _ = _digested(stream)
            if sha256 != told:
                message = "not the SHA-256 that CHECKSUM.TXT tells"
                self.notes.note("export.file.hash", message, place_of(name, rank))
        for rank, name in enumerate(self.sums, start=1):
            if name not in _REQUIRED:
                message = "a file that CHECKSUM.TXT lists is absent"
                self.notes.note("export.file.absent", message, place_of(name, rank))

    # -- the manifest ---------------------------------------------------------------------------

    def _manifest(self) -> None:
        if not self.tree.exists(layout.MANIFEST):
            self.notes.not_run("no MANIFEST.XML: no count could be compared")
            return
        try:
            with self.tree.open(layout.MANIFEST) as stream:
                self.header = read_header(stream)
        except (XmlError, ArchiveError) as error:
            self.notes.note("export.manifest.unreadable", str(error), layout.MANIFEST)
            self.notes.not_run("MANIFEST.XML cannot be read: no count could be compared")
            return
        header = self.header
        self._equal("PatientArchiveCount", header.number("patientarchivecount"), header.patients)
        transverse = header.archives - header.patients
        self._equal(
            "TransverseArchiveCount", header.number("transversearchivecount") or 0, transverse
        )
        request = header.values.get("request", "")
        made = hashlib.sha256(request.encode(errors="replace")).hexdigest()
        self._equal("ext:requestSha256", header.values.get("requestsha256"), made)
        self._equal("ext:lotsSha256", header.values.get("lotssha256"), header.lots_digest)
        self._equal("ext:profile", header.values.get("profile"), "pdlgc-b")
        if header.values.get("exportstatus") == "PARTIAL":
            message = "the export says itself that it is partial: see REPORT.HTM"
            self.notes.note("export.partial", message, layout.MANIFEST, Severity.WARNING)
        self.notes.checked("export.manifest")

    def _equal(self, name: str, told: object, own: object) -> None:
        if told != own:
            message = f"{name} is not what the rest of the export makes it"
            self.notes.note("export.manifest.count", message, layout.MANIFEST)

    # -- lots and archives ----------------------------------------------------------------------

    def _each_archive(self) -> None:
        notes = self.notes
        has_catalogue = self.tree.exists(layout.CATALOGUE_JSON)
        rows = catalogue_rows(self.tree, notes) if has_catalogue else iter(())
        people = patient_rows(self.tree, notes) if self.tree.exists(layout.PATIENTS) else iter(())
        declared = _declared(self._declared())
        self._catalogue = Cursor(
            rows,
            odd=lambda row: notes.note(
                "export.catalogue.order",
                "a line that names no archive, or not in the order of archives",
                f"{layout.CATALOGUE_JSON} line {row[0]}",
            ),
            extra=lambda row: notes.note(
                "export.catalogue.absent",
                "a line whose archive is not in the export",
                f"{layout.CATALOGUE_JSON} line {row[0]}",
            ),
        )
        self._people = Cursor(
            self._archived(people),
            odd=lambda row: notes.note(
                "export.patients.order",
                "a line that is not in the order of archives",
                f"{layout.PATIENTS} line {row[0]}",
            ),
            extra=lambda row: notes.note(
                "export.patients.absent",
                "a patient whose archive is not in the export",
                f"{layout.PATIENTS} line {row[0]}",
            ),
        )
        self._manifested = Cursor(
            declared,
            odd=lambda row: notes.note(
                "export.manifest.order",
                "an archive of no lot, or not in order",
                f"{layout.MANIFEST} Archive[{row.rank}]",
            ),
            extra=lambda row: notes.note(
                "export.archive.absent",
                "an archive that the manifest lists is absent",
                f"{layout.MANIFEST} Archive[{row.rank}]",
            ),
        )
        told = {lot.get("name", ""): lot for lot in self.header.lots}
        for name in sorted({*self.lot_names, *(lot for lot in told if _is_lot(lot))}):
            self.parts.append(self._lot(name, told.get(name)))
        for cursor in (self._catalogue, self._people, self._manifested):
            cursor.finish()
        self.lines, self.patients = self._catalogue.count, self._people.count
        notes.checked("export.archives", "export.catalogue", "export.identity")

    def _archived(
        self, rows: Iterable[tuple[Key | None, tuple[int, Mapping[str, Any]]]]
    ) -> Iterator[tuple[Key | None, tuple[int, Mapping[str, Any]]]]:
        """Patients without archive are counted, and go no further."""
        for key, row in rows:
            if key is None and not row[1].get("archive"):
                self.without += 1
            else:
                yield key, row

    def _declared(self) -> Iterator[Declared]:
        if not self.header.archives:
            return
        with contextlib.suppress(XmlError), self.tree.open(layout.MANIFEST) as stream:
            yield from read_archives(stream)

    def _lot(self, name: str, told: Mapping[str, str] | None) -> Report:
        notes = Notes(name)
        sums, files = self._lot_files(name, notes)
        listed = self._lot_manifest(name, notes)
        number = layout.parse_lot_name(name) or 0
        archives = sorted(file for file in files if layout.parse_archive_name(file) is not None)
        held: list[tuple[int, int]] = []
        for checked, job in self._checked(self._jobs(name, number, archives, sums, listed, notes)):
            notes.extend(checked.findings)
            for reason in checked.not_run:
                notes.not_run(reason)
            held.append((checked.size, len(job.lines)))
        self._lot_sum(name, notes, told, held, number)
        self.archives += len(held)
        notes.checked("export.archive.hash", "export.catalogue", "export.identity")
        return notes.report()

    def _lot_files(self, name: str, notes: Notes) -> tuple[dict[str, dict[str, str]], list[str]]:
        """What each of the two CHECKSUM.TXT tells, and the files that are there."""
        tree = self.tree
        found, folders = self._children(name, notes)
        files = [file.removeprefix(f"{name}/") for file in found]
        own: dict[str, str] = {}
        if layout.CHECKSUM in files:
            with tree.open(f"{name}/{layout.CHECKSUM}") as stream:
                own = dict(read_sums(stream, notes, f"{name}/{layout.CHECKSUM}"))
        else:
            place = f"{name}/{layout.CHECKSUM}"
            notes.note("export.file.absent", "a file of every lot is absent", place)
        outer = self.lots.get(name, {})
        for rank, file in enumerate(files, start=1):
            self._lot_file(name, file, rank, outer, own, notes)
        for rank, file in enumerate(sorted({*own, *outer} - {*files}), start=1):
            message = "a file that CHECKSUM.TXT lists is absent"
            notes.note("export.file.absent", message, place_of(f"{name}/{file}", rank))
        for rank, folder in enumerate(folders, start=1):
            if not is_stray(folder):
                notes.note("export.file.unknown", "a folder within a lot", place_of(folder, rank))
        return {"CHECKSUM.TXT": outer, f"{name}/CHECKSUM.TXT": own}, files

    def _children(self, name: str, notes: Notes) -> tuple[list[str], list[str]]:
        try:
            return self.tree.children(name, notes)
        except (FileNotFoundError, NotADirectoryError):
            notes.note("export.lot.absent", "the lot is absent", name)
            return [], []

    def _lot_file(
        self,
        name: str,
        file: str,
        rank: int,
        outer: Mapping[str, str],
        own: Mapping[str, str],
        notes: Notes,
    ) -> None:
        place = f"{name}/{file}"
        known = file in outer or file in own
        if file == layout.CHECKSUM:
            known = True
        if not known:
            note_strays(notes, place, rank)
        elif self.lots and file not in outer:
            notes.note("export.file.unknown", "a file that is not in CHECKSUM.TXT", place_of(place))
        elif own and file not in own and file != layout.CHECKSUM:
            message = "a file that is not in the CHECKSUM.TXT of its lot"
            notes.note("export.file.unknown", message, place_of(place, rank))
        if layout.parse_archive_name(file) is not None:
            return  # hashed when it is read
        with self.tree.open(place) as stream:
            sha256, _ = _digested(stream)
        for told in (outer.get(file), own.get(file)):
            if told not in (None, sha256):
                message = "not the SHA-256 that CHECKSUM.TXT tells"
                notes.note("export.file.hash", message, place_of(place, rank))
                break

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

    def _checked(self, jobs: Iterator[Job]) -> Iterator[tuple[Checked, Job]]:
        if self.executor is None:
            for job in jobs:
                (checked,) = check_archives((job,))
                yield checked, job
            return
        waiting = deque[tuple[tuple[Job, ...], Future[tuple[Checked, ...]]]]()
        chunk: list[Job] = []
        for job in jobs:
            chunk.append(job)
            if len(chunk) == _CHUNK:
                waiting.append((tuple(chunk), self.executor.submit(check_archives, tuple(chunk))))
                chunk = []
            if len(waiting) >= _CHUNK:
                first, future = waiting.popleft()
                yield from zip(future.result(), first, strict=True)
        waiting.append((tuple(chunk), self.executor.submit(check_archives, tuple(chunk))))
        for first, future in waiting:
            yield from zip(future.result(), first, strict=True)

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
            with self.tree.open(f"{name}/{layout.CHECKSUM}") as stream:
                checksum, _ = _digested(stream)
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


def _is_lot(name: str) -> bool:
    return layout.parse_lot_name(name) is not None


def _declared(found: Iterator[Declared]) -> Iterator[tuple[Key | None, Declared]]:
    for item in found:
        if not item.transverse:
            yield item.key, item


def _digested(stream: Any) -> tuple[str, int]:
    """The hash of a file; "" for one that is damaged within a zip."""
    try:
        return digest(stream)
    except ArchiveError:
        return "", 0
