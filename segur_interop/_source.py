"""One meaning of a source everywhere: bytes are content, a str or a path is a file."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from segur_interop.errors import SegurError

__all__ = ["Source", "open_source", "read_source"]

Source: TypeAlias = "bytes | str | os.PathLike[str]"

_LONGEST_PATH: Final = 4096
_CONTROL: Final = re.compile(r"[\x00-\x1f]")


def read_source(source: Source, *, max_bytes: int, error: type[SegurError] = SegurError) -> bytes:
    """The octets of a source.

    Args:
        source: bytes (the content itself), or a str or path (the file that holds it).
        max_bytes: the most that is read, in bytes.
        error: raised when the source is larger, or when a str can be no path.

    Raises:
        SegurError: of the class `error`.
        OSError: the path cannot be read.
        TypeError: the source is none of the three.
    """
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, (bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(source, (str, os.PathLike)):
        data = _read_file(source, max_bytes + 1, error)
    else:
        raise TypeError(f"a source is bytes, a str path or a path, not {type(source).__name__}")
    if len(data) > max_bytes:
        raise error(f"larger than {max_bytes} bytes, the limit of this reader")
    return data


def open_source(
    source: Source, *, max_bytes: int, error: type[SegurError] = SegurError
) -> tuple[Callable[[], BinaryIO], int]:
    """A way to open a source as a stream, as often as needed, and its size in octets.

    A file is not read: only what its streams are asked for. A pipe is read whole, once.

    Args:
        source: as for `read_source`.
        max_bytes: the largest source accepted, in bytes.
        error: raised when the source is larger, or when a str can be no path.

    Raises:
        SegurError: of the class `error`.
        OSError: the path cannot be read.
        TypeError: the source is none of the three.
    """
    if not isinstance(source, (str, os.PathLike)):
        data = read_source(source, max_bytes=max_bytes, error=error)
        return _Octets(data), len(data)
    with _open_file(source, error) as stream:
        if not stream.seekable():  # a pipe is read once
            data = read_source(stream.read(max_bytes + 1), max_bytes=max_bytes, error=error)
            return _Octets(data), len(data)
        size = stream.seek(0, io.SEEK_END)
    if size > max_bytes:
        raise error(f"larger than {max_bytes} bytes, the limit of this reader")
    return _File(Path(source), error), size


@dataclass(frozen=True, slots=True)
class _Octets:
    """Opens octets that are held; unlike a closure, it can be pickled."""

    data: bytes = field(repr=False)

    def __call__(self) -> BinaryIO:
        return io.BytesIO(self.data)


@dataclass(frozen=True, slots=True)
class _File:
    """Opens a file, again each time."""

    path: str | os.PathLike[str] = field(repr=False)
    error: type[SegurError]

    def __call__(self) -> BinaryIO:
        return _open_file(self.path, self.error)


def _read_file(source: str | os.PathLike[str], most: int, error: type[SegurError]) -> bytes:
    with _open_file(source, error) as stream:
        return stream.read(most)


def _open_file(source: str | os.PathLike[str], error: type[SegurError]) -> BinaryIO:
    # An OSError quotes its file name: content given as str by mistake must not get that far.
    if isinstance(source, str) and (len(source) > _LONGEST_PATH or _CONTROL.search(source)):
        raise error("this str can be no path; content is given as bytes")
    try:
        path = source if isinstance(source, Path) else Path(source)
        return path.open("rb")
    except ValueError:
        raise error("this str can be no path; content is given as bytes") from None
