"""Zip archives made octet by octet, so that each field may lie."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass, field

STORED, DEFLATED = 0, 8


def deflated(octets: bytes) -> bytes:
    engine = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    return engine.compress(octets) + engine.flush()


@dataclass
class Part:
    """One entry; what is None is told truly."""

    name: bytes
    octets: bytes = b""
    method: int = STORED
    flags: int = 0
    mode: int = 0o100644
    size: int | None = None
    packed: int | None = None
    crc: int | None = None
    local_name: bytes | None = None
    local_size: int | None = None
    local_extra: bytes = b""
    extra: bytes = b""
    offset: int | None = None
    descriptor: bytes = b""
    data: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if not self.data:
            self.data = self.octets if self.method == STORED else deflated(self.octets)
        self.size = len(self.octets) if self.size is None else self.size
        self.packed = len(self.data) if self.packed is None else self.packed
        self.crc = zlib.crc32(self.octets) if self.crc is None else self.crc

    def local(self) -> bytes:
        name = self.name if self.local_name is None else self.local_name
        size = self.size if self.local_size is None else self.local_size
        told = (0, 0, 0) if self.flags & 8 else (self.crc, self.packed, size)
        head = struct.pack(
            "<4s5H3L2H", b"PK\3\4", 20, self.flags, self.method, 0, 0x21, *told, len(name),
            len(self.local_extra),
        )  # fmt: skip
        return head + name + self.local_extra + self.data + self.descriptor

    def record(self, offset: int) -> bytes:
        at = offset if self.offset is None else self.offset
        head = struct.pack(
            "<4s6H3L5H2L", b"PK\1\2", 0x0314, 20, self.flags, self.method, 0, 0x21, self.crc,
            self.packed, self.size, len(self.name), len(self.extra), 0, 0, 0, self.mode << 16, at,
        )  # fmt: skip
        return head + self.name + self.extra


def raw_zip(
    parts: list[Part],
    *,
    prefix: bytes = b"",
    gap: bytes = b"",
    comment: bytes = b"",
    trailing: bytes = b"",
    count: int | None = None,
    size: int | None = None,
    start: int | None = None,
    disk: int = 0,
) -> bytes:
    """The archive of these parts; offsets count from the first part, as if no prefix were."""
    body, offsets = b"", []
    for part in parts:
        offsets.append(len(body))
        body += part.local()
    body += gap
    directory = b"".join(part.record(at) for part, at in zip(parts, offsets, strict=True))
    told = len(parts) if count is None else count
    end = struct.pack(
        "<4s4H2LH", b"PK\5\6", disk, disk, told, told,
        len(directory) if size is None else size,
        len(body) if start is None else start,
        len(comment),
    )  # fmt: skip
    return prefix + body + directory + end + comment + trailing


def zip64_end(directory: int, first: int, entries: int, **lies: int) -> bytes:
    """The zip64 end record with its locator; `lies` replace count, size, start, at, length."""
    told = {"count": entries, "size": directory, "start": first, "at": first + directory} | lies
    record = struct.pack(
        "<4sQ2H2L4Q", b"PK\6\6", lies.get("length", 44), 45, 45, 0, 0, told["count"],
        told["count"], told["size"], told["start"],
    )  # fmt: skip
    return record + struct.pack("<4sLQL", b"PK\6\7", 0, told["at"], 1)
