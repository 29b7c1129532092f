"""One file of a received archive, decompressed as it is read and never beyond its size."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import BinaryIO, Final

from segur_interop.errors import ArchiveError

__all__ = ["CHUNK", "DEFLATED", "STORED", "Member"]

STORED: Final = 0
DEFLATED: Final = 8
CHUNK: Final = 1 << 18
_SPECIFIED: Final = re.compile(
    r"(?:IHE_XDM/)?(?:SUBSET[0-9]*/?)?(?:(?:DOC[0-9]+|METADATA|INDEX|README)\.[A-Z]{3,4})?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """Where a file lies in the archive, and what it must be.

    Attributes:
        name: as listed, with `/` between folders.
        size: octets, decompressed.
        packed: octets in the archive.
        crc: CRC-32 of its octets.
        method: STORED or DEFLATED.
        start: offset of its first octet.
        archive: opens the archive.
        rank: place in the directory, from 1.
    """

    name: str
    size: int
    packed: int
    crc: int
    method: int
    start: int
    archive: Callable[[], AbstractContextManager[BinaryIO]] = field(repr=False, compare=False)
    rank: int

    @property
    def is_folder(self) -> bool:
        """True for a folder."""
        return self.name.endswith("/")

    @property
    def place(self) -> str:
        """Its name where a specification gave it, else its rank: a sender may name a person."""
        return self.name if _SPECIFIED.fullmatch(self.name) else f"entry {self.rank}"

    def chunks(self) -> Generator[bytes, None, None]:
        """Its octets, in pieces; size and CRC are verified at the end.

        Raises:
            ArchiveError: damaged: another size or CRC, or no deflate stream.
        """
        crc = done = 0
        with self.archive() as stream:
            stream.seek(self.start)
            for piece in self._pieces(stream):
                done += len(piece)
                crc = zlib.crc32(piece, crc)
                yield piece
        if done != self.size or crc != self.crc:
            raise self._damaged("not the size or CRC that the archive announces")

    def read(self) -> bytes:
        """Its octets, whole.

        Raises:
            ArchiveError: damaged.
        """
        return b"".join(self.chunks())

    def open(self) -> BinaryIO:
        """A stream of its octets."""
        return io.BufferedReader(_Stream(self.chunks()), CHUNK)

    def _pieces(self, stream: BinaryIO) -> Iterator[bytes]:
        if self.method == STORED:
            yield from self._packed(stream)
            return
        inflate, left = zlib.decompressobj(-zlib.MAX_WBITS), self.size
        try:
            for piece in self._packed(stream):
                while piece and not inflate.eof:
                    made = inflate.decompress(piece, min(CHUNK, left + 1))
                    left -= len(made)
                    if left < 0:
                        raise self._damaged("more octets than the archive announces")
                    if made:
                        yield made
                    piece = inflate.unconsumed_tail
        except zlib.error:
            raise self._damaged("no deflate stream") from None
        if not inflate.eof or inflate.unused_data:
            raise self._damaged("a deflate stream of another length")

    def _packed(self, stream: BinaryIO) -> Iterator[bytes]:
        left = self.packed
        while left:
            piece = stream.read(min(CHUNK, left))
            if not piece:
                raise self._damaged("truncated")
            left -= len(piece)
            yield piece

    def _damaged(self, message: str) -> ArchiveError:
        return ArchiveError(f"a damaged file: {message}")


class _Stream(io.RawIOBase):
    """Pieces as a stream."""

    def __init__(self, pieces: Generator[bytes, None, None]) -> None:
        self._pieces = pieces
        self._left = b""

    def close(self) -> None:
        self._pieces.close()
        super().close()

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = piece
        count = min(len(buffer), len(self._left))
        buffer[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
