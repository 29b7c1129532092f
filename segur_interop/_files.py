"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

__all__ = ["write_whole", "write_whole_with"]


def write_whole(path: str | os.PathLike[str], chunks: Iterable[bytes]) -> Path:
    """Write a file under a temporary name beside it, then rename it.

    Raises:
        OSError: the folder cannot be written; nothing is left behind.
    """

    def write(stream: BinaryIO) -> None:
        for chunk in chunks:
            stream.write(chunk)

    return write_whole_with(path, write)


def write_whole_with(path: str | os.PathLike[str], write: Callable[[BinaryIO], None]) -> Path:
    """As `write_whole`, for what writes by itself into a stream that it may seek.

    Raises:
        OSError: the folder cannot be written; nothing is left behind.
    """
    target = Path(path)
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as stream:
            write(stream)
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    return target
