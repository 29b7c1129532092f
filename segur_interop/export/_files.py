"""Files of an export: 0600, whole or absent, and hashed while they are written."""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final

__all__ = ["create", "make_folder", "sync_file", "sync_folder", "write_file"]

_FILE: Final = 0o600
_FOLDER: Final = 0o700
_BUFFER: Final = 1 << 18


def create(path: Path) -> BinaryIO:
    """A new file, or one emptied, that its owner alone may read."""
    flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, _FILE)
    return os.fdopen(descriptor, "wb", buffering=_BUFFER)


def make_folder(path: Path) -> None:
    """A folder that its owner alone may read; one that is there stays as it is."""
    path.mkdir(mode=_FOLDER, parents=True, exist_ok=True)


def sync_file(path: Path) -> None:
    """Make the octets of a file survive a power cut.

    Raises:
        OSError: they cannot be written.
    """
    with path.open("rb+") as stream:
        os.fsync(stream.fileno())


def sync_folder(path: Path) -> None:
    """Make the names of a folder survive a power cut, where the system can."""
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


class Hashed:
    """A stream that hashes what is written through it."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest = hashlib.sha256()

    def write(self, octets: bytes) -> int:
        """Write, and count in the hash."""
        self._digest.update(octets)
        return self._stream.write(octets)

    @property
    def sha256(self) -> str:
        """Of what was written so far."""
        return self._digest.hexdigest()


@contextlib.contextmanager
def write_file(path: Path) -> Iterator[Hashed]:
    """A file that appears whole under its name when the block ends without error.

    Raises:
        OSError: it cannot be written; nothing is left behind.
    """
    part = path.with_name(f"{path.name}.part")
    try:
        with create(part) as stream:
            hashed = Hashed(stream)
            yield hashed
            stream.flush()
            os.fsync(stream.fileno())
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
