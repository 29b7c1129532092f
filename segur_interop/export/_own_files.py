"""The files of an export against CHECKSUM.TXT, its own and that of each lot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from segur_interop.errors import ArchiveError
from segur_interop.export import layout
from segur_interop.export._journal import WORK
from segur_interop.export._notes import Notes
from segur_interop.export._sums import read_sums
from segur_interop.export._tree import Tree, digest, is_stray, note_strays, place_of, walk

__all__ = ["Files", "sha256_of"]

_REQUIRED: Final = (
    layout.MANIFEST, layout.CATALOGUE_JSON, layout.CATALOGUE_CSV, layout.PATIENTS, layout.REJECTS,
    layout.EXCLUDED, layout.REPORT_JSON, layout.INDEX, layout.README,
)  # fmt: skip
_SIGNATURES: Final = tuple(map(layout.signature_name, layout.SIGNED))


class Files:
    """Which files are there, and what is told of each.

    Attributes:
        lot_names: folders of lots, those that are there and those that CHECKSUM.TXT lists.
    """

    def __init__(self, tree: Tree, notes: Notes) -> None:
        """Nothing is read yet."""
        self._tree, self._notes = tree, notes
        self._sums: dict[str, str] = {}
        self._lots: dict[str, dict[str, str]] = {}
        self._told = False
        self.lot_names: list[str] = []

    def check(self) -> None:
        """Files outside lots, each hashed; none is absent, and none is there that nobody lists."""
        notes, tree = self._notes, self._tree
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
            try:
                self._read_sums()
                self._told = True
            except OSError:
                self._sums, self._lots = {}, {}
                notes.unreadable(layout.CHECKSUM)
                notes.not_run(
                    "CHECKSUM.TXT cannot be read: the files outside lots were not compared"
                )
            notes.checked("export.checksum")
        lots = [name for name in folders if layout.parse_lot_name(name) is not None]
        named = {**self._lots, **dict.fromkeys(lots, {})}
        self.lot_names = sorted(name for name in named if layout.parse_lot_name(name) is not None)
        others = [name for name in folders if name not in lots and name != WORK]
        present = list(files)
        for folder in others:
            if not is_stray(folder):
                present += walk(tree, folder, notes)
        self._compare(present)

    def _read_sums(self) -> None:
        with self._tree.open(layout.CHECKSUM) as stream:
            for name, sha256 in read_sums(stream, self._notes, layout.CHECKSUM):
                first, slash, rest = name.partition("/")
                held = self._sums
                if slash and layout.parse_lot_name(first) is not None:
                    held, name = self._lots.setdefault(first, {}), rest
                if held.setdefault(name, sha256) != sha256:
                    message = "two hashes for one file"
                    self._notes.note("export.checksum.twice", message, place_of(name))

    def _compare(self, present: list[str]) -> None:
        """Files outside lots: each is what CHECKSUM.TXT says, and no other is there."""
        for rank, name in enumerate(present, start=1):
            told = self._sums.pop(name, None)
            if name == layout.CHECKSUM or name in _SIGNATURES:
                continue
            if told is None:
                if self._told:
                    note_strays(self._notes, name, rank)
                continue
            if sha256_of(self._tree, name) != told:
                message = "not the SHA-256 that CHECKSUM.TXT tells"
                self._notes.note("export.file.hash", message, place_of(name, rank))
        for rank, name in enumerate(self._sums, start=1):
            if name not in _REQUIRED:
                message = "a file that CHECKSUM.TXT lists is absent"
                self._notes.note("export.file.absent", message, place_of(name, rank))

    def of_lot(self, name: str, notes: Notes) -> tuple[dict[str, dict[str, str]], list[str]]:
        """What each of the two CHECKSUM.TXT tells of a lot, and the files that are there.

        Archives are not hashed here, but when they are read.
        """
        tree = self._tree
        found, folders = self._children(name, notes)
        files = [file.removeprefix(f"{name}/") for file in found]
        own: dict[str, str] = {}
        if layout.CHECKSUM in files:
            place = f"{name}/{layout.CHECKSUM}"
            try:
                with tree.open(place) as stream:
                    own = dict(read_sums(stream, notes, place))
            except OSError:
                notes.unreadable(place)
        else:
            place = f"{name}/{layout.CHECKSUM}"
            notes.note("export.file.absent", "a file of every lot is absent", place)
        outer = self._lots.get(name, {})
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
            return self._tree.children(name, notes)
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
        elif self._lots and file not in outer:
            notes.note("export.file.unknown", "a file that is not in CHECKSUM.TXT", place_of(place))
        elif own and file not in own and file != layout.CHECKSUM:
            message = "a file that is not in the CHECKSUM.TXT of its lot"
            notes.note("export.file.unknown", message, place_of(place, rank))
        if layout.parse_archive_name(file) is not None:
            return  # hashed when it is read
        sha256 = sha256_of(self._tree, place)
        for told in (outer.get(file), own.get(file)):
            if told not in (None, sha256):
                message = "not the SHA-256 that CHECKSUM.TXT tells"
                notes.note("export.file.hash", message, place_of(place, rank))
                break


def sha256_of(tree: Tree, name: str) -> str:
    """The hash of a file; "" for one that is damaged within a zip, or that cannot be read."""
    try:
        with tree.open(name) as stream:
            return digest(stream)[0]
    except (ArchiveError, OSError):
        return ""
