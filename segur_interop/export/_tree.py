"""What was received, as a tree of files: a folder, or one zip that holds it.

Nothing outside the tree is reached: links are not followed, and the zip was judged whole. A file
is named in a finding only when its name is one of ours; another may name a person.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import stat
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final, Protocol

from segur_interop._source import Source
from segur_interop.errors import ArchiveError, ExportError
from segur_interop.export._notes import Notes
from segur_interop.findings import Severity
from segur_interop.xdm import Limits
from segur_interop.xdm._zip import Container

__all__ = ["LIMITS", "Folder", "Tree", "Zipped", "digest", "lines", "open_tree", "place_of"]

LIMITS: Final = Limits(entries=200_000, entry_bytes=1 << 36, total_bytes=1 << 40)
"""What is read of an export by default: files pass in pieces, whatever their size."""
CHUNK: Final = 1 << 17
LONGEST_LINE: Final = 1 << 20
MOST_FILES: Final = 200_000
"""Files of one folder."""
MAX_NESTED: Final = 200_000_000
"""Octets of an archive that is itself in a zip: it is held in memory."""
_DEEPEST: Final = 8
_STRAY: Final = frozenset(
    {".ds_store", "thumbs.db", "desktop.ini", "system volume information", "__macosx"}
)


class Tree(Protocol):
    """Files under relative names, with `/` between folders."""

    def children(self, folder: str, notes: Notes) -> tuple[list[str], list[str]]:
        """Names of the files, and of the folders, that a folder holds; sorted."""

    def exists(self, name: str) -> bool:
        """True for a file."""

    def size(self, name: str) -> int:
        """Octets of a file."""

    def open(self, name: str) -> BinaryIO:
        """A stream of a file, to be closed."""

    def source(self, name: str) -> Source:
        """A file as `xdm.unpack` takes it."""


class Folder:
    """A folder of a file system."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def children(self, folder: str, notes: Notes) -> tuple[list[str], list[str]]:
        try:
            return self._children(folder, notes)
        except (FileNotFoundError, NotADirectoryError):
            raise
        except OSError:
            if not folder:
                raise
            message = "the system cannot read the folder"
            notes.note("export.tree.unreadable", message, place_of(folder))
            return [], []

    def _children(self, folder: str, notes: Notes) -> tuple[list[str], list[str]]:
        files, folders, seen = [], [], set[str]()
        with os.scandir(self.path / folder) as entries:
            found = sorted(
                (entry for _, entry in zip(range(MOST_FILES + 1), entries, strict=False)),
                key=lambda entry: entry.name,
            )
        if len(found) > MOST_FILES:
            notes.note("export.tree.many", f"more than {MOST_FILES} files in a folder", folder)
        for rank, entry in enumerate(found[:MOST_FILES], start=1):
            name = f"{folder}/{entry.name}" if folder else entry.name
            place = place_of(name, rank)
            if not _plain(name):
                notes.note("export.tree.name", "a name that no reader takes safely", place)
                continue
            key = _folded(name)
            if key in seen:
                notes.note("export.tree.duplicate", "the same name but for case", place)
                continue
            seen.add(key)
            mode = entry.stat(follow_symlinks=False).st_mode
            if stat.S_ISREG(mode):
                files.append(name)
            elif stat.S_ISDIR(mode):
                folders.append(name)
            else:
                message = "neither a file nor a folder: a link, a device; it is not followed"
                notes.note("export.tree.link", message, place)
        return files, folders

    def exists(self, name: str) -> bool:
        try:
            return _plain(name) and stat.S_ISREG(self._stat(name).st_mode)
        except (OSError, ExportError):
            return False

    def _stat(self, name: str) -> os.stat_result:
        """Raises ExportError where a link is on the way."""
        path = self.path
        parts = name.split("/")
        for part in parts[:-1]:
            path = path / part
            if not stat.S_ISDIR(path.lstat().st_mode):
                raise ExportError("not in a folder of the export", place=place_of(name))
        return (path / parts[-1]).lstat()

    def size(self, name: str) -> int:
        return self._stat(name).st_size

    def open(self, name: str) -> BinaryIO:
        if not self.exists(name):
            raise ExportError("no such file", place=place_of(name))
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
        return os.fdopen(os.open(self.path / name, flags), "rb", buffering=CHUNK)

    def source(self, name: str) -> Source:
        if not self.exists(name):
            raise ExportError("no such file", place=place_of(name))
        return self.path / name


class Zipped:
    """The members of a zip archive, below a folder that may hold them all."""

    def __init__(self, container: Container) -> None:
        self._members = {item.name: item for item in container.members if not item.is_folder}
        firsts = {name.partition("/")[0] for name in self._members if "/" in name}
        alone = len(firsts) == 1 and all("/" in name for name in self._members)
        self._root = f"{next(iter(firsts))}/" if alone and firsts != {"IHE_XDM"} else ""

    def children(self, folder: str, notes: Notes) -> tuple[list[str], list[str]]:
        start = f"{self._root}{folder}/" if folder else self._root
        files, folders = [], set[str]()
        for name in sorted(self._members):
            if not name.startswith(start):
                continue
            first, slash, _ = name[len(start) :].partition("/")
            if slash:
                folders.add(f"{folder}/{first}" if folder else first)
            else:
                files.append(f"{folder}/{first}" if folder else first)
        return files, sorted(folders)

    def exists(self, name: str) -> bool:
        return f"{self._root}{name}" in self._members

    def size(self, name: str) -> int:
        return self._members[f"{self._root}{name}"].size

    def open(self, name: str) -> BinaryIO:
        if not self.exists(name):
            raise ExportError("no such file", place=place_of(name))
        return self._members[f"{self._root}{name}"].open()

    def source(self, name: str) -> Source:
        if not self.exists(name):
            raise ExportError("no such file", place=place_of(name))
        if self.size(name) > MAX_NESTED:
            message = f"an archive of more than {MAX_NESTED} bytes within a zip: take it out first"
            raise ExportError(message, place=place_of(name))
        return self._members[f"{self._root}{name}"].read()


def open_tree(path: str | os.PathLike[str], limits: Limits) -> Tree:
    """The tree of a folder or of a zip.

    Raises:
        ArchiveError: a file that is no zip archive, or an unsafe one.
        OSError: the path cannot be read.
    """
    try:
        target = Path(path)
        if target.is_dir():
            return Folder(target)
    except ValueError:
        raise ArchiveError("this str can be no path") from None
    return Zipped(Container(target, limits))


def walk(tree: Tree, folder: str, notes: Notes, deep: int = _DEEPEST) -> Iterator[str]:
    """Every file below a folder."""
    files, folders = tree.children(folder, notes)
    yield from files
    for inner in folders:
        if deep > 1:
            yield from walk(tree, inner, notes, deep - 1)
        else:
            notes.note("export.tree.deep", f"folders nested more than {_DEEPEST} deep")


_KNOWN: Final = re.compile(
    r"(?:(?:LOT|P|PAT|SUBSET|DOC)[0-9]{1,8}|SUBSET_TR|TRANSV|IHE_XDM|INDEX|INDEXES|README|MANIFEST"
    r"|CATALOG|REJECTS|EXCLUDED|PATIENTS|REPORT|CHECKSUMS?|DOCEXP|EXPORT_DOC|EXPORT|GUIDE|DICT"
    r"|SCHEMA|SAMPLE|LOT|METADATA|SPECIFIC|WORK)(?:\.[A-Z0-9]{1,4})?"
)
"""Words of the layouts; any other name, were it 8.3, may be that of a person."""


def place_of(name: str, rank: int | None = None) -> str:
    """The name of a file where a layout gave it, else its rank: it may name a person."""
    if all(map(_KNOWN.fullmatch, name.split("/"))):
        return name
    return "a file" if rank is None else f"file {rank}"


def is_stray(name: str) -> bool:
    """Files that a system leaves in every folder."""
    last = name.rpartition("/")[2].casefold()
    return last in _STRAY or last.startswith("._")


def _folded(name: str) -> str:
    return unicodedata.normalize("NFKC", name).casefold()


def _plain(name: str) -> bool:
    """A relative name without `..`, control character, drive or lone surrogate."""
    parts = name.split("/")
    if any(part in ("", ".", "..") for part in parts) or "\\" in name or ":" in name:
        return False
    return all(ord(sign) >= 32 and not 0xD800 <= ord(sign) <= 0xDFFF for sign in name)


def digest(stream: BinaryIO) -> tuple[str, int]:
    """SHA-256 in lower case, and the number of octets."""
    made, size = hashlib.sha256(), 0
    held = memoryview(bytearray(CHUNK))
    while count := stream.readinto(held):  # type: ignore[attr-defined]
        made.update(held[:count])
        size += count
    return made.hexdigest(), size


def lines(stream: BinaryIO, notes: Notes, place: str) -> Iterator[tuple[int, str]]:
    """Each line with its rank; one that is too long or no UTF-8 is a finding."""
    reader = stream if isinstance(stream, io.BufferedReader) else io.BufferedReader(stream)  # type: ignore[type-var]
    rank = 0
    while octets := reader.readline(LONGEST_LINE + 1):
        rank += 1
        if len(octets) > LONGEST_LINE:
            notes.note("export.line.long", f"a line of more than {LONGEST_LINE} bytes", place)
            return
        try:
            yield rank, octets.decode().removesuffix("\n").removesuffix("\r")
        except UnicodeDecodeError:
            notes.note("export.line.encoding", "a line that is no UTF-8", f"{place} line {rank}")


def note_strays(notes: Notes, name: str, rank: int) -> None:
    """A file that nothing speaks of."""
    if is_stray(name):
        message = "a file that a system left there"
        notes.note("export.file.stray", message, place_of(name, rank), Severity.INFO)
        return
    message = "a file that is not in CHECKSUM.TXT"
    notes.note("export.file.unknown", message, place_of(name, rank))
