"""One meaning of a source everywhere: bytes are content, a str or a path is a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TypeAlias

from segur_interop.errors import SegurError

__all__ = ["Source", "read_source"]

Source: TypeAlias = "bytes | str | os.PathLike[str]"


def read_source(source: Source, *, max_bytes: int, error: type[SegurError] = SegurError) -> bytes:
    """The octets of a source.

    Args:
        source: bytes (the content itself), or a str or path (the file that holds it).
        max_bytes: the most that is read, in bytes.
        error: raised when the source is larger.

    Raises:
        OSError: the path cannot be read.
        TypeError: the source is none of the three.
    """
    if isinstance(source, bytes):
        data = source
    elif isinstance(source, (bytearray, memoryview)):
        data = bytes(source)
    elif isinstance(source, (str, os.PathLike)):
        with Path(source).open("rb") as stream:
            data = stream.read(max_bytes + 1)
    else:
        raise TypeError(f"a source is bytes, a str path or a path, not {type(source).__name__}")
    if len(data) > max_bytes:
        raise error(f"larger than {max_bytes} bytes, the limit of this reader")
    return data
