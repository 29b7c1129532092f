"""An encrypted export read in place: nothing in clear is written anywhere.

Each part is read twice: once whole, to know that nobody changed it (its tag comes last), then where
it is asked for. AES-GCM encrypts as AES in counter mode, from block 2 of the nonce on (NIST SP
800-38D 7.1): that is what makes the second reading possible.
"""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO, Final, cast

from segur_interop._source import Source
from segur_interop.errors import ExportError
from segur_interop.export import _cms
from segur_interop.export._notes import Notes
from segur_interop.export._tree import MAX_NESTED, Tree, _plain, place_of

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.x509 import Certificate

__all__ = ["Recipient", "open_sealed"]

Recipient = tuple["Certificate", "RSAPrivateKey"]
"""The certificate that an export was encrypted to, and its private key."""

_BLOCK: Final = 16
_FIRST: Final = 2
_MOST_FILES: Final = 1_000_000
_LONGEST_HEADER: Final = 1 << 20


class _Nowhere(io.RawIOBase):
    def writable(self) -> bool:
        return True

    def write(self, octets: object) -> int:
        return len(cast("bytes", octets))


class _Clear(io.RawIOBase):
    """Octets of a part in clear, from `start` on; it can be sought."""

    def __init__(self, stream: BinaryIO, part: _Part, start: int, size: int) -> None:
        self._stream, self._part = stream, part
        self._start, self._size, self._at = start, size, 0
        self.seek(0)

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        from cryptography.hazmat.primitives.ciphers import Cipher
        from cryptography.hazmat.primitives.ciphers.algorithms import AES
        from cryptography.hazmat.primitives.ciphers.modes import CTR

        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        self._at = max(0, base + offset)
        block, skip = divmod(self._start + self._at, _BLOCK)
        counter = self._part.nonce + (block + _FIRST).to_bytes(4)
        self._decryptor = Cipher(AES(self._part.secret), CTR(counter)).decryptor()
        self._stream.seek(self._part.start + block * _BLOCK)
        self._decryptor.update(self._stream.read(skip))
        return self._at

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        wanted = max(0, min(len(buffer), self._size - self._at))
        made = self._decryptor.update(self._stream.read(wanted))
        buffer[: len(made)] = made
        self._at += len(made)
        return len(made)

    def close(self) -> None:
        self._stream.close()
        super().close()


class _Headers(io.BufferedReader):
    """What `tarfile` reads of a tar that it goes through: headers, whose length another tells."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or not 0 <= size <= _LONGEST_HEADER:
            raise ExportError("a header too long in the tar")
        return super().read(size)


@dataclass(frozen=True, slots=True)
class _Part:
    """A file of `export.encrypt`, once it was verified."""

    name: str
    secret: bytes
    nonce: bytes
    start: int
    size: int


@dataclass(frozen=True, slots=True)
class _Place:
    part: _Part
    start: int
    size: int


class Sealed:
    """The files of every part, as one tree."""

    def __init__(self, tree: Tree, places: dict[str, _Place]) -> None:
        self._tree, self._places = tree, places

    @property
    def is_empty(self) -> bool:
        """True when nothing could be decrypted."""
        return not self._places

    def children(self, folder: str, notes: Notes) -> tuple[list[str], list[str]]:
        start = f"{folder}/" if folder else ""
        files, folders = [], set[str]()
        for name in sorted(self._places):
            if name.startswith(start):
                first, slash, _ = name[len(start) :].partition("/")
                if slash:
                    folders.add(f"{start}{first}")
                else:
                    files.append(name)
        return files, sorted(folders)

    def exists(self, name: str) -> bool:
        return name in self._places

    def size(self, name: str) -> int:
        return self._places[name].size

    def open(self, name: str) -> BinaryIO:
        if not self.exists(name):
            raise ExportError("no such file", place=place_of(name))
        place = self._places[name]
        stream = self._tree.open(place.part.name)
        return io.BufferedReader(_Clear(stream, place.part, place.start, place.size), 1 << 20)

    def source(self, name: str) -> Source:
        if self.exists(name) and self.size(name) > MAX_NESTED:
            message = f"an archive of more than {MAX_NESTED} bytes, encrypted: decrypt it first"
            raise ExportError(message, place=place_of(name))
        with self.open(name) as stream:
            return stream.read()


def open_sealed(tree: Tree, names: Iterable[str], recipient: Recipient, notes: Notes) -> Sealed:
    """The tree of what is encrypted; a part that cannot be trusted is a finding, and left out.

    What is for others, every part of it, is one finding: it is the key that is wrong.
    """
    places: dict[str, _Place] = {}
    shut: dict[str, str] = {}
    parts = tuple(names)
    for name in parts:
        try:
            part = _part(tree, name, recipient)
            for file, place in _members(tree, part):
                if not _plain(file) or file in places:
                    raise ExportError("a name that leaves the folder, or comes twice")
                places[file] = place
        except _cms.NotTheirs as error:
            shut[name] = str(error)
        except (ExportError, tarfile.TarError, ValueError, EOFError) as error:
            why = str(error) if isinstance(error, ExportError) else "no tar"
            notes.note("export.sealed", f"cannot be decrypted: {why}", name)
    if parts and len(shut) == len(parts):
        why = ", ".join(sorted(set(shut.values())))
        message = f"the files cannot be decrypted with this certificate and key: {why}"
        notes.note("export.sealed", message)
    else:
        for name, why in shut.items():
            notes.note("export.sealed", f"cannot be decrypted: {why}", name)
    notes.checked("export.sealed")
    return Sealed(tree, places)


def _part(tree: Tree, name: str, recipient: Recipient) -> _Part:
    with tree.open(name) as stream:
        _cms.decrypt(stream, cast("BinaryIO", _Nowhere()), *recipient)
    with tree.open(name) as stream:
        secret, nonce, size = _cms.read_header(stream, *recipient)
        return _Part(name, secret, nonce, stream.tell(), size)


def _members(tree: Tree, part: _Part) -> Iterable[tuple[str, _Place]]:
    with (
        tree.open(part.name) as stream,
        _Headers(_Clear(stream, part, 0, part.size)) as clear,
        tarfile.open(fileobj=clear, mode="r:") as archive,
    ):
        for rank, item in enumerate(archive, start=1):
            if rank > _MOST_FILES or not item.isfile():
                raise ExportError("too many files, or one that is none")
            if item.offset_data + item.size > part.size:
                raise ExportError("a truncated tar")
            yield item.name, _Place(part, item.offset_data, item.size)
