"""What is done already: an append-only journal, the lines of the catalogue, and a lock.

A patient is done when their line is in the journal. Before it come, in this order, the archive
under its final name and the lines of the catalogue; what a killed run leaves beyond the journal is
cut off when the next one starts, so that it continues as if nothing had happened. Lines are added
to the journal by groups, once everything that they speak of is on the disk: to wait for the disk
is what costs most.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, BinaryIO, Final

from segur_interop.errors import ExportError
from segur_interop.export import layout
from segur_interop.export._entry import DAMAGED, SPOOLS, Entry, State
from segur_interop.export._files import create, make_folder, sync_file, sync_folder, write_file
from segur_interop.export._lock import Lock
from segur_interop.export._status import STATUS, StatusFile, StopReason

__all__ = ["WORK", "Journal"]

WORK: Final = "WORK.TMP"
"""Folder of the work under way, in the target; gone when the export is finished."""
GROUP = 64
"""Patients whose work a power cut, or a kill, may lose at most."""
GROUP_SECONDS = 5.0
_THREADS: Final = 16
_DONE: Final = "WORK.OLD"
_HEADER: Final = "HEADER.JSN"
_JOURNAL: Final = "JOURNAL.JSL"
_LOCK: Final = "LOCK"


class Journal:
    """The folder of work, held by one run at a time."""

    def __init__(self, target: Path) -> None:
        """Make or find the folder, and lock it.

        Raises:
            ExportError: the export is finished, the folder holds something else, or another run
                holds it.
            OSError: it cannot be made or written.
        """
        make_folder(target)
        self.target = target
        self.folder = target / WORK
        if (target / _DONE).exists():  # the end was reached, its last step was stopped
            shutil.rmtree(target / _DONE, ignore_errors=True)
        is_new = not self.folder.exists()
        if is_new and any(target.iterdir()):
            finished = (target / layout.CHECKSUM).exists()
            raise ExportError(
                "the folder holds a finished export" if finished else "the folder is not empty",
                place="out",
            )
        make_folder(self.folder)
        self._lock = Lock(self.folder / _LOCK)
        self._journal: BinaryIO | None = None
        self._spools: list[BinaryIO] = []
        self._group: list[Entry] = []
        self._status: StatusFile | None = None
        self._saved = 0
        self._synced = time.monotonic()
        self.state = State()

    # -- starting -------------------------------------------------------------------------------

    def header(self, wanted: Mapping[str, Any], *, fresh: Mapping[str, Any]) -> dict[str, Any]:
        """What the run is: written once, and the same when it is continued.

        Args:
            wanted: values that a continued run must have too; None where any will do.
            fresh: values for those, when the run starts.

        Raises:
            ExportError: another export is under way in this folder; `place` is the argument. Or
                what it says of itself cannot be read.
            OSError: the folder cannot be read or written.
        """
        path = self.folder / _HEADER
        if not path.exists():
            made = {name: fresh[name] if value is None else value for name, value in wanted.items()}
            with write_file(path) as stream:
                stream.write(json.dumps(made, ensure_ascii=False).encode())
            sync_folder(self.folder)
            return made
        held = _header_of(path.read_bytes())
        for name, value in wanted.items():
            if value is not None and held.get(name) != value:
                raise ExportError("another export is under way in this folder", place=name)
        return held

    def resume(self) -> None:
        """Read the journal and cut off what is beyond it.

        Raises:
            ExportError: a file of the export is not the one that was written.
            OSError: the folder cannot be read or written.
        """
        whole = 0
        for entry, end in self._read():
            self.state.add(entry)
            whole = end
            if entry.archive and self._size(entry) != entry.size:
                raise ExportError("an archive is not the one that was written", place=entry.lot)
        self._journal = _cut(self.folder / _JOURNAL, whole)
        self._spools = [
            _cut(self.folder / f"{name}.spool", size)
            for name, size in zip(SPOOLS, self.state.spools, strict=True)
        ]
        self._clean()
        self._saved = self.state.patients
        self._status = StatusFile(self.folder)

    def _size(self, entry: Entry) -> int:
        try:
            return (self.target / entry.lot / entry.archive).stat().st_size
        except FileNotFoundError:
            return -1

    def _read(self) -> Iterator[tuple[Entry, int]]:
        path = self.folder / _JOURNAL
        if not path.exists():
            return
        end = 0
        with path.open("rb") as stream:
            for line in stream:
                if not line.endswith(b"\n"):
                    return
                end += len(line)
                yield Entry.read(line), end

    def entries(self) -> Iterator[Entry]:
        """Every patient done, in order."""
        for entry, _ in self._read():
            yield entry

    def _clean(self) -> None:
        """Remove what no line of the journal speaks of: archives, parts, pages of an index."""
        keep = {_LOCK, _HEADER, _JOURNAL, STATUS, *(f"{name}.spool" for name in SPOOLS)}
        for path in self.folder.iterdir():
            if path.name not in keep:
                path.unlink()
        for path in self.target.iterdir():
            number = layout.parse_lot_name(path.name)
            if number is not None:
                self._clean_lot(path, number)
            elif path.is_dir() and path != self.folder:
                shutil.rmtree(path)
            elif path != self.folder:
                path.unlink()

    def _clean_lot(self, folder: Path, number: int) -> None:
        state = self.state
        if number > state.lot:
            shutil.rmtree(folder)
            return
        for path in folder.iterdir():
            rank = layout.parse_archive_name(path.name)
            beyond = number == state.lot and rank is not None and rank > state.lot_patients
            if rank is None or beyond:
                path.unlink()

    # -- going on -------------------------------------------------------------------------------

    def commit(self, entry: Entry, spools: tuple[Iterator[bytes], ...]) -> None:
        """Add a patient whose archive is in place.

        Raises:
            OSError: the folder cannot be written.
        """
        for stream, lines in zip(self._spools, spools, strict=True):
            stream.writelines(lines)
            stream.flush()
        told = tuple(stream.tell() for stream in self._spools)
        done = Entry(
            number=entry.number, key=entry.key, lot=entry.lot, archive=entry.archive,
            size=entry.size, sha256=entry.sha256, items=entry.items, counts=entry.counts,
            spools=told,
        )  # fmt: skip
        self._group.append(done)
        self.state.add(done)
        if len(self._group) >= GROUP or time.monotonic() - self._synced > GROUP_SECONDS:
            self.sync()

    def sync(self) -> None:
        """Put the group on the disk, then its lines in the journal.

        Raises:
            OSError: the folder cannot be written.
        """
        group, self._group = self._group, []
        if self._journal is None or not group:
            return
        with ThreadPoolExecutor(_THREADS) as pool:  # together, their waits are one
            archives = [self.target / one.lot / one.archive for one in group if one.archive]
            for _ in pool.map(sync_file, [*archives, *map(self.spool, SPOOLS)]):
                pass
        for lot in {one.lot for one in group if one.archive}:
            sync_folder(self.target / lot)
        self._journal.writelines(one.line() for one in group)
        self._journal.flush()
        os.fsync(self._journal.fileno())
        self._saved += len(group)
        self._synced = time.monotonic()

    def spool(self, name: str) -> Path:
        """The file of a spool, to be read once all is committed."""
        return self.folder / f"{name}.spool"

    def finished(self) -> None:
        """Remove the folder of work.

        Raises:
            OSError: it cannot be removed.
        """
        self._close_files()
        if os.name != "posix":  # elsewhere an open file keeps its folder where it is
            self._lock.close()
        done = self.folder.replace(self.target / _DONE)
        self._lock.close()
        shutil.rmtree(done, ignore_errors=True)
        sync_folder(self.target)

    def stop(self, why: StopReason) -> None:
        """Release the folder, and leave there why it is not finished."""
        with contextlib.suppress(OSError):
            self.sync()
        if self._status is not None and self.folder.exists():
            self._status.stopped(why, self._saved)
        self.close()

    def close(self) -> None:
        """Release the folder; what is done stays."""
        with contextlib.suppress(OSError):
            self.sync()
        self._close_files()
        self._lock.close()

    def _close_files(self) -> None:
        for stream in (*self._spools, self._journal):
            if stream is not None:
                with contextlib.suppress(OSError):  # what a full disk did not take is cut off
                    stream.close()
        self._spools, self._journal = [], None


def _header_of(octets: bytes) -> dict[str, Any]:
    """What HEADER.JSN tells: texts.

    Raises:
        ExportError: something else than a stop happened to it.
    """
    try:
        held = json.loads(octets)
    except (ValueError, RecursionError):
        held = None
    if not isinstance(held, dict) or not all(isinstance(text, str) for text in held.values()):
        raise ExportError(DAMAGED)
    return held


def _cut(path: Path, size: int) -> BinaryIO:
    """The file, open to add after its first `size` octets.

    Raises:
        ExportError: it is shorter: something else than a stop happened to it.
    """
    if not path.exists():
        create(path).close()
    stream = path.open("r+b")
    if stream.seek(0, os.SEEK_END) < size:
        stream.close()
        raise ExportError(DAMAGED)
    stream.truncate(size)
    stream.seek(size)
    return stream
