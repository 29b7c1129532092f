"""Received IHE_XDM archives, regular or not: what is safe is read, what is odd is told."""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Mapping
from typing import BinaryIO, Final

from segur_interop._source import Source
from segur_interop.errors import ArchiveError
from segur_interop.findings import Finding, Severity
from segur_interop.xdm._ebrim_read import MAX_METADATA, Lot, read_metadata
from segur_interop.xdm._member import Member
from segur_interop.xdm._zip import Container, Limits
from segur_interop.xdm.archive import Archive
from segur_interop.xdm.entry import Entry
from segur_interop.xdm.metadata import DocumentEntry, SubmissionSet

__all__ = ["unpack"]

_METADATA: Final = "METADATA.XML"
_IN_LOT: Final = re.compile(r"IHE_XDM/[^/]+/METADATA\.XML", re.IGNORECASE)
_GLUED: Final = re.compile(r"(?:.*/)?[^/]+METADATA\.XML", re.IGNORECASE)
_CHUNK: Final = 1 << 18
_LAYOUT: Final = "IHE ITI TF-2 3.32.4.1.2"
_INTEGRITY: Final = "IHE ITI TF-3 4.2.3.2"
_NOT_IN_LOT: Final = "METADATA.XML is not in a folder that IHE_XDM, at the root, holds"
_ROOT_FILES: Final = ("INDEX.HTM", "README.TXT")


def unpack(source: Source, *, limits: Limits | None = None) -> Archive:
    """Read an IHE_XDM archive.

    Any lot folder, in any case of names; several lots; files that no metadata describe. Every
    described file is read once, in pieces, to verify its hash and size.

    Args:
        source: bytes of the archive, or the path of its file, which must then stay in place
            while its documents are read.
        limits: what it may hold; by default `Limits()`.

    Returns:
        An archive whose `findings` say what is odd; `documents` are read when asked for.

    Raises:
        UnsafeArchive: too large, too compressed, encrypted, names that leave the archive or come
            twice, entries that overlap or hide; nothing was decompressed.
        ArchiveError: no zip archive, or a damaged one.
        OSError: the path cannot be read.
    """
    return unpack_hashed(source, limits=limits)[0]


def unpack_hashed(
    source: Source, *, limits: Limits | None = None, sha256: bool = False
) -> tuple[Archive, Mapping[str, str]]:
    """The same, with the SHA-256 of every described file, taken in the same reading.

    Args:
        source: as for `unpack`.
        limits: as for `unpack`.
        sha256: whether it is taken.

    Returns:
        The archive, and the hashes in lower case by name; a damaged file has none.
    """
    container = Container(source, limits or Limits())
    reader = _Reader(container, sha256=sha256)
    reader.read()
    archive = Archive(
        submissions=tuple(reader.submissions),
        reading=tuple(reader.found),
        _octets=_Received(container, tuple(reader.entries), tuple(reader.unlisted)),
    )
    return archive, reader.sha256


@dataclasses.dataclass(frozen=True, slots=True)
class _Received:
    """Octets kept untouched, and what was read of them."""

    container: Container
    listed: tuple[Entry, ...]
    others: tuple[Entry, ...]

    def entries(self) -> tuple[Entry, ...]:
        return self.listed

    def unlisted(self) -> tuple[Entry, ...]:
        return self.others

    def write(self, stream: BinaryIO) -> None:
        with self.container.open() as octets:
            while piece := octets.read(_CHUNK):
                stream.write(piece)


class _Reader:
    """Reads the lots of a container and keeps the findings."""

    def __init__(self, container: Container, *, sha256: bool = False) -> None:
        self._wants_sha256 = sha256
        self.sha256: dict[str, str] = {}
        files = [member for member in container.members if not member.is_folder]
        self._all = files
        self._files = {member.name.upper(): member for member in files if not _is_stray(member)}
        self._trailing = container.trailing
        self._left = container.limits.entries
        self._used: set[str] = set()
        self._digests: dict[str, str | ArchiveError] = {}
        self._by_size: dict[int, list[Member]] = {}
        for member in self._files.values():
            self._by_size.setdefault(member.size, []).append(member)
        self.found: list[Finding] = []
        self.submissions: list[SubmissionSet] = []
        self.entries: list[Entry] = []
        self.unlisted: list[Entry] = []

    def note(
        self, rule: str, message: str, place: str = "", severity: Severity = Severity.WARNING
    ) -> None:
        """Keep a finding about the archive."""
        self.found.append(
            Finding(rule=rule, message=message, severity=severity, place=place, source=_LAYOUT)
        )

    def read(self) -> None:
        """Read every lot, then what is left in their folders."""
        self._surroundings()
        for member, folder in self._lots():
            self._used.add(member.name.upper())
            self._lot(member, folder)
        if not self.submissions:
            self.note("xdm.layout.metadata", "no METADATA.XML can be read", "", Severity.ERROR)
        for name, member in self._files.items():
            if name not in self._used and name not in _ROOT_FILES:
                self.unlisted.append(_unlisted(member))
        if self.entries:
            for entry in self.unlisted:
                if entry.is_cda:
                    message = "an XML file that no metadata describe: it is not among the documents"
                    self.note("xdm.file.unlisted", message, entry.place)

    def _surroundings(self) -> None:
        if self._trailing:
            self.note("xdm.zip.trailing", "octets after the end of the archive")
        for name in _ROOT_FILES:
            if name not in self._files:
                self.note("xdm.layout.root", f"no {name}", name, Severity.INFO)
        stray = len(self._all) - len(self._files)
        if stray:
            self.note(
                "xdm.layout.stray", f"{stray} hidden files of a file system", "", Severity.INFO
            )

    def _lots(self) -> list[tuple[Member, str]]:
        """Each METADATA.XML with the start of the names of its files, in order of name."""
        found = []
        for name in sorted(self._files):
            member = self._files[name]
            folder, _, last = member.name.rpartition("/")
            if last.upper() == _METADATA:
                if not _IN_LOT.fullmatch(member.name):
                    self.note("xdm.layout.folder", _NOT_IN_LOT, member.place)
                found.append((member, f"{folder}/" if folder else ""))
            elif _GLUED.fullmatch(member.name):
                self.note(
                    "xdm.layout.folder", "the folder and the file make one name", member.place
                )
                found.append((member, member.name[: -len(_METADATA)]))
        return found

    def _lot(self, member: Member, folder: str) -> None:
        try:
            if member.size > MAX_METADATA:
                raise ArchiveError(f"more than {MAX_METADATA} bytes", place=member.place)
            lot = read_metadata(member.read(), member.place, max_entries=self._left)
            self._left -= len(lot.entries)
        except ArchiveError as error:
            self.note("xdm.metadata.unreadable", str(error), member.place, Severity.ERROR)
            return
        name = folder.removesuffix("/").rpartition("/")[2]
        self.submissions.append(dataclasses.replace(lot.submission, folder=name))
        entries = [self._entry(item, folder, member.place) for item in lot.entries]
        self.entries += [entry for entry in entries if entry is not None]
        self._consistency(lot, member.place)

    def _consistency(self, lot: Lot, place: str) -> None:
        if not lot.entries:
            self.note("xdm.metadata.empty", "the lot describes no document", place, Severity.ERROR)
        patients = {
            (item.root, item.extension)
            for item in (lot.submission.patient_id, *(entry.patient_id for entry in lot.entries))
            if item is not None
        }
        if len(patients) > 1:
            self.note(
                "xdm.patient.several",
                "the lot names several patients",
                place,
                Severity.ERROR,
            )
        ids = [entry.unique_id for entry in lot.entries if entry.unique_id]
        if len(set(ids)) < len(ids):
            self.note("xdm.unique-id", "the same document identifier twice", place)

    def _entry(self, metadata: DocumentEntry, folder: str, place: str) -> Entry | None:
        """The file of an entry; None when there is none, which a finding tells."""
        member = self._find(metadata, folder)
        if member is None:
            self.note(
                "xdm.file.absent",
                "no file is what this entry describes",
                f"{place}/URI",
                Severity.ERROR,
            )
            return None
        if member.name.upper() in self._used:
            self.note("xdm.file.shared", "two entries for one file", member.place)
        self._used.add(member.name.upper())
        found = list(_uri_findings(metadata, member, folder))
        found += _digest_findings(metadata, member, self._sha1(member))
        return Entry(member.open, metadata, member.name, member.place, tuple(found))

    def _find(self, metadata: DocumentEntry, folder: str) -> Member | None:
        """By its URI, else the only unused file of the folder with this size and hash."""
        path = metadata.uri.replace("\\", "/").removeprefix("./")
        for name in (f"{folder}{path}", path):
            if path and (member := self._files.get(name.upper())) is not None:
                return member
        if not (metadata.hash and metadata.size):
            return None
        near = [
            member
            for member in self._by_size.get(metadata.size, ())
            if member.name.upper().startswith(folder.upper())
            and member.name.upper() not in self._used
            and self._sha1(member) == metadata.hash
        ]
        return near[0] if len(near) == 1 else None

    def _sha1(self, member: Member) -> str | ArchiveError:
        """The hash, or why there is none; each file is read once, whatever names it."""
        if member.name not in self._digests:
            if not self._wants_sha256:
                self._digests[member.name] = _sha1(member)
                return self._digests[member.name]
            second = hashlib.sha256()
            made = self._digests[member.name] = _sha1(member, second)
            if isinstance(made, str):
                self.sha256[member.name] = second.hexdigest()
        return self._digests[member.name]


def _is_stray(member: Member) -> bool:
    """Files that a file system or a versioning tool left there."""
    return any(part.startswith((".", "__MACOSX")) for part in member.name.split("/"))


def _unlisted(member: Member) -> Entry:
    metadata = DocumentEntry(uri=member.name.rpartition("/")[2], size=member.size)
    return Entry(member.open, metadata, member.name, member.place)


def _uri_findings(metadata: DocumentEntry, member: Member, folder: str) -> Iterable[Finding]:
    if not metadata.uri:
        yield _file_finding("xdm.file.uri", "no URI: found by its hash and size", member)
    elif f"{folder}{metadata.uri}".upper() != member.name.upper():
        yield _file_finding("xdm.file.uri", "the URI does not name the file", member)
    elif f"{folder}{metadata.uri}" != member.name:
        yield _file_finding(
            "xdm.file.uri", "the URI and the file differ by case", member, Severity.INFO
        )


def _digest_findings(
    metadata: DocumentEntry, member: Member, digest: str | ArchiveError
) -> Iterable[Finding]:
    if isinstance(digest, ArchiveError):
        yield _file_finding("xdm.file.damaged", str(digest), member, Severity.ERROR)
        return
    told: Mapping[str, tuple[object, object]] = {
        "hash": (metadata.hash or None, digest),
        "size": (metadata.size, member.size),
    }
    for name, (announced, actual) in told.items():
        if announced is None:
            yield _file_finding(f"xdm.file.{name}", f"no {name} in the metadata", member)
        elif announced != actual:
            yield _file_finding(
                f"xdm.file.{name}",
                f"not the {name} that the metadata announce",
                member,
                Severity.ERROR,
            )


def _file_finding(
    rule: str, message: str, member: Member, severity: Severity = Severity.WARNING
) -> Finding:
    return Finding(
        rule=rule, message=message, severity=severity, place=member.place, source=_INTEGRITY
    )


def _sha1(member: Member, second: hashlib._Hash | None = None) -> str | ArchiveError:
    digest = hashlib.sha1(usedforsecurity=False)
    try:
        for piece in member.chunks():
            digest.update(piece)
            if second is not None:
                second.update(piece)
    except ArchiveError as error:
        return error
    return digest.hexdigest().upper()
