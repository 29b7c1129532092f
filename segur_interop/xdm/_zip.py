"""Received zip archives, judged whole before a single octet is decompressed.

Every octet of an accepted archive belongs to exactly one thing: the members follow each other from
the first octet, then comes the directory that lists them all, then its end. Nothing can hide
between, before or under another, so that every reader sees the same archive.
(PKWARE APPNOTE.TXT 6.3: 4.3 for the structures, 4.5.3 for zip64.)
"""

from __future__ import annotations

import struct
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from segur_interop._source import Source, open_source
from segur_interop.errors import ArchiveError, UnsafeArchive
from segur_interop.xdm._member import DEFLATED, STORED, Member

__all__ = ["Container", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much a received archive may hold; more is refused before anything is decompressed.

    Attributes:
        entries: files and folders, and documents that all METADATA.XML describe.
        entry_bytes: octets of one file, decompressed.
        total_bytes: octets of all files, decompressed, and of the archive itself.
        ratio: decompressed over compressed size of one file of more than 1 MB.
    """

    entries: int = 10_000
    entry_bytes: int = 200_000_000
    total_bytes: int = 1_000_000_000
    ratio: int = 200


_SMALL: Final = 1_000_000

_END: Final = struct.Struct("<4s4H2LH")
_END_64: Final = struct.Struct("<4sQ2H2L4Q")
_LOCATOR: Final = struct.Struct("<4sLQL")
_RECORD: Final = struct.Struct("<4s6H3L5H2L")
_LOCAL: Final = struct.Struct("<4s5H3L2H")
_EXTRA: Final = struct.Struct("<2H")
_LONGEST_COMMENT: Final = 0xFFFF
_FULL_16: Final = 0xFFFF
_FULL_32: Final = 0xFFFFFFFF

_ENCRYPTED: Final = 0x0001 | 0x0040 | 0x2000
_DESCRIPTOR: Final = 0x0008
_UTF_8: Final = 0x0800
_DESCRIPTOR_SIZES: Final = frozenset({12, 16, 20, 24})
_ZIP_64: Final = 0x0001
_UNICODE_PATH: Final = 0x7075
_KIND_BITS: Final = 0o170000
_PLAIN_KINDS: Final = frozenset({0, 0o100000, 0o040000})
"""No kind told, a regular file, a folder."""

_LARGEST_RECORD: Final = 1024
"""Octets of a directory record, on average, that an archive may have."""


class Container:
    """A zip archive whose directory was read and judged.

    Attributes:
        open: gives the archive itself as a stream, to be closed.
        size: octets of the archive.
        trailing: octets after its end.
        members: its files and folders, in the order of the directory.
        limits: what it may hold.
    """

    def __init__(self, source: Source, limits: Limits) -> None:
        """Read and judge the directory.

        Args:
            source: bytes of the archive, or the path of its file.
            limits: what it may hold.

        Raises:
            ArchiveError: no zip archive, or a damaged one.
            UnsafeArchive: one that is refused.
            OSError: the path cannot be read.
        """
        self.limits = limits
        self.open, self.size = open_source(
            source, max_bytes=limits.total_bytes, error=UnsafeArchive
        )
        with self.open() as stream:
            directory = _directory(stream, self.size, limits)
            records = list(_records(stream, directory))
            _judge(records, limits)
            starts = _starts(records, stream, directory.start)
        self.trailing = self.size - directory.end
        self.members = tuple(
            Member(
                name=record.name,
                size=record.size,
                packed=record.packed,
                crc=record.crc,
                method=record.method,
                start=start,
                archive=self.open,
                rank=rank,
            )
            for rank, (record, start) in enumerate(zip(records, starts, strict=True), start=1)
        )


# -- the end of the archive ---------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Directory:
    start: int
    size: int
    count: int
    end: int


def _directory(stream: BinaryIO, size: int, limits: Limits) -> _Directory:
    """Where the directory is, told by the last end record of the archive."""
    reach = min(size, _END.size + _LONGEST_COMMENT)
    stream.seek(size - reach)
    tail = stream.read(reach)
    at = tail.rfind(b"PK\5\6")
    if at < 0 or len(tail) - at < _END.size:
        raise ArchiveError("no zip archive")
    _, disk, first_disk, here, count, length, start, comment = _END.unpack_from(tail, at)
    position = size - reach + at
    end = position + _END.size + comment
    if end > size:
        raise ArchiveError("a truncated zip archive")
    limit = position
    if (zip64 := _end_64(stream, position)) is not None:
        told = (here, count, length, start)
        here, count, length, start, limit = zip64
        if any(
            value not in (full, exact)
            for value, full, exact in zip(
                told, (_FULL_16, _FULL_16, _FULL_32, _FULL_32), zip64[:4], strict=True
            )
        ):
            raise UnsafeArchive("two ends of archive that differ")
    if disk or first_disk or here != count:
        raise UnsafeArchive("an archive in several volumes")
    if count > limits.entries:
        raise UnsafeArchive(f"more than {limits.entries} entries")
    if length > limits.entries * _LARGEST_RECORD:
        raise UnsafeArchive("a directory too large for its entries")
    if start + length != limit:
        raise UnsafeArchive("octets that belong to nothing, around the directory")
    return _Directory(start, length, count, end)


def _end_64(stream: BinaryIO, position: int) -> tuple[int, int, int, int, int] | None:
    """Entries on this disk, entries, size and start of the directory, and its own offset."""
    at = position - _LOCATOR.size
    if at < 0:
        return None
    stream.seek(at)
    mark, disk, offset, disks = _LOCATOR.unpack(stream.read(_LOCATOR.size))
    if mark != b"PK\6\7":
        return None
    if disk or disks != 1 or offset + _END_64.size > at:
        raise UnsafeArchive("a zip64 end of archive elsewhere than before its locator")
    stream.seek(offset)
    found = _END_64.unpack(stream.read(_END_64.size))
    mark, length, _, _, disk, first_disk, here, count, size, start = found
    if mark != b"PK\6\6" or offset + 12 + length != at or disk or first_disk:
        raise UnsafeArchive("a zip64 end of archive elsewhere than before its locator")
    return here, count, size, start, offset


# -- the directory ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    raw_name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    mode: int
    offset: int


def _records(stream: BinaryIO, directory: _Directory) -> Iterator[_Entry]:
    stream.seek(directory.start)
    octets = stream.read(directory.size)
    at = 0
    for _ in range(directory.count):
        if len(octets) - at < _RECORD.size or not octets.startswith(b"PK\1\2", at):
            raise UnsafeArchive("fewer entries than announced")
        fields = _RECORD.unpack_from(octets, at)
        name_size, extra_size, comment_size = fields[10:13]
        name_at = at + _RECORD.size
        extra_at = name_at + name_size
        at = extra_at + extra_size + comment_size
        if at > len(octets):
            raise ArchiveError("a truncated directory")
        yield _entry(fields, octets[name_at:extra_at], octets[extra_at : extra_at + extra_size])
    if at != len(octets):
        raise UnsafeArchive("more entries than announced")


def _entry(fields: tuple[int, ...], raw_name: bytes, extra: bytes) -> _Entry:
    _, _, _, flags, method, _, _, crc, packed, size = fields[:10]
    disk, _, attributes, offset = fields[13:]
    extras = _extras(extra)
    size, packed, offset = _zip_64(extras.get(_ZIP_64), size, packed, offset)
    if disk not in (0, _FULL_16):
        raise UnsafeArchive("an archive in several volumes")
    if _UNICODE_PATH in extras and extras[_UNICODE_PATH][5:] != raw_name:
        raise UnsafeArchive("two names for one entry")
    return _Entry(
        name=_name(raw_name, flags),
        raw_name=raw_name,
        flags=flags,
        method=method,
        crc=crc,
        packed=packed,
        size=size,
        mode=attributes >> 16,
        offset=offset,
    )


def _extras(extra: bytes) -> dict[int, bytes]:
    found: dict[int, bytes] = {}
    at = 0
    while len(extra) - at >= _EXTRA.size:
        kind, length = _EXTRA.unpack_from(extra, at)
        at += _EXTRA.size
        if at + length > len(extra):
            raise ArchiveError("an extra field that overruns its record")
        if kind in found and kind in (_ZIP_64, _UNICODE_PATH):
            raise UnsafeArchive("the same extra field twice")
        found[kind] = extra[at : at + length]
        at += length
    return found


def _zip_64(extra: bytes | None, *values: int) -> tuple[int, int, int]:
    """Size, packed size and offset: those that are full are in the zip64 field, in this order."""
    full = sum(value == _FULL_32 for value in values)
    if extra is None:
        if full:
            raise ArchiveError("a zip64 field is missing")
        size, packed, offset = values
        return size, packed, offset
    if len(extra) < 8 * full:
        raise ArchiveError("a zip64 field that is too short")
    large = iter(struct.unpack(f"<{full}Q", extra[: 8 * full]))
    size, packed, offset = (next(large) if value == _FULL_32 else value for value in values)
    return size, packed, offset


def _name(raw: bytes, flags: int) -> str:
    try:
        return raw.decode("utf-8" if flags & _UTF_8 else "cp437")
    except UnicodeDecodeError:
        raise UnsafeArchive("a name that is not the UTF-8 it is said to be") from None


# -- what is refused ----------------------------------------------------------------------------


def _judge(records: list[_Entry], limits: Limits) -> None:
    total = 0
    seen: set[str] = set()
    for record in records:
        _judge_name(record, seen)
        _judge_kind(record)
        _judge_size(record, limits)
        total += record.size
        if total > limits.total_bytes:
            raise UnsafeArchive(f"more than {limits.total_bytes} bytes in all")


def _judge_name(record: _Entry, seen: set[str]) -> None:
    name = record.name
    if not name or any(ord(sign) < 32 or ord(sign) == 127 for sign in name):
        raise UnsafeArchive("an entry without name, or a control character in a name")
    parts = name.removesuffix("/").split("/")
    if "\\" in name or ":" in name or any(part in ("", ".", "..") for part in parts):
        raise UnsafeArchive("an entry that is not within the archive: absolute, drive or ..")
    key = unicodedata.normalize("NFKC", name.removesuffix("/")).casefold()
    if key in seen:
        raise UnsafeArchive("the same name twice")
    seen.add(key)


def _judge_kind(record: _Entry) -> None:
    if record.flags & _ENCRYPTED:
        raise UnsafeArchive("an encrypted entry")
    if record.method not in (STORED, DEFLATED):
        raise UnsafeArchive("a compression other than stored and deflate")
    if record.mode & _KIND_BITS not in _PLAIN_KINDS:
        raise UnsafeArchive("an entry that is neither a file nor a folder")


def _judge_size(record: _Entry, limits: Limits) -> None:
    if record.method == STORED and record.size != record.packed:
        raise UnsafeArchive("a stored entry of two sizes")
    if record.name.endswith("/") and record.size:
        raise UnsafeArchive("a folder with content")
    if record.size > limits.entry_bytes:
        raise UnsafeArchive(f"an entry of more than {limits.entry_bytes} bytes")
    if record.size > _SMALL and record.size > limits.ratio * record.packed:
        raise UnsafeArchive(f"an entry compressed more than {limits.ratio} times")


def _starts(records: list[_Entry], stream: BinaryIO, directory: int) -> list[int]:
    """Offset of the data of each entry; they must fill the archive up to its directory."""
    ranked = sorted(range(len(records)), key=lambda rank: records[rank].offset)
    starts = [0] * len(records)
    expected = 0
    ends = [*(records[rank].offset for rank in ranked[1:]), directory]
    for rank, end in zip(ranked, ends, strict=False):
        record = records[rank]
        if record.offset != expected:
            raise UnsafeArchive("entries that overlap, or octets that belong to no entry")
        expected = end
        starts[rank] = _local(record, stream)
        rest = expected - starts[rank] - record.packed
        if rest and not (record.flags & _DESCRIPTOR and rest in _DESCRIPTOR_SIZES):
            raise UnsafeArchive("entries that overlap, or octets that belong to no entry")
    if not records and directory:
        raise UnsafeArchive("octets that belong to no entry")
    return starts


def _local(record: _Entry, stream: BinaryIO) -> int:
    """The offset of the data, once the local header agrees with the directory."""
    stream.seek(record.offset)
    octets = stream.read(_LOCAL.size)
    if len(octets) < _LOCAL.size or not octets.startswith(b"PK\3\4"):
        raise ArchiveError("an entry that is not where the directory says")
    _, _, flags, method, _, _, crc, packed, size, name_size, extra_size = _LOCAL.unpack(octets)
    name = stream.read(name_size)
    size, packed, _ = _zip_64(_extras(stream.read(extra_size)).get(_ZIP_64), size, packed, 0)
    told, listed = (crc, packed, size), (record.crc, record.packed, record.size)
    later = flags & _DESCRIPTOR and told == (0, 0, 0)
    if (
        (name, method) != (record.raw_name, record.method)
        or (flags ^ record.flags) & (_ENCRYPTED | _DESCRIPTOR | _UTF_8)
        or not (told == listed or later)
    ):
        raise UnsafeArchive("an entry and the directory disagree")
    return record.offset + int(_LOCAL.size + name_size + extra_size)
