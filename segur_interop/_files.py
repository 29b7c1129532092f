"""Files that appear whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import stat
import tempfile
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import BinaryIO

__all__ = ["write_whole", "write_whole_with"]


def write_whole(path: str | os.PathLike[str], chunks: Iterable[bytes]) -> Path:
    """Write a file under a temporary name beside it, then rename it.

    A file that is replaced keeps its permissions, and a link keeps pointing where it did. What is
    no regular file (a device, a pipe) cannot be replaced: it is written once all chunks are there.

    Raises:
        OSError: the folder cannot be written, or the path is a folder; nothing is left behind.
    """

    def write(stream: BinaryIO) -> None:
        for chunk in chunks:
            stream.write(chunk)

    return write_whole_with(path, write)


def write_whole_with(path: str | os.PathLike[str], write: Callable[[BinaryIO], None]) -> Path:
    """As `write_whole`, for what writes by itself into a stream that it may seek.

    Raises:
        OSError: the folder cannot be written, or the path is a folder; nothing is left behind.
    """
    try:
        target, mode = _target(Path(path).absolute())
    except ValueError:  # a null, or a character that no path holds
        raise OSError(errno.EINVAL, os.strerror(errno.EINVAL)) from None
    if mode is not None and stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if mode is not None and not stat.S_ISREG(mode):
        _pour(target, write)
        return Path(path)
    part = target.with_name(f".{uuid.uuid4().hex}.part")
    try:
        with part.open("xb") as stream:
            if mode is not None:
                part.chmod(stat.S_IMODE(mode))
            write(stream)
        part.replace(target)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink()
        raise
    return Path(path)


def _target(path: Path) -> tuple[Path, int | None]:
    """The file itself, at the end of any link, and its mode, None when there is none yet."""
    mode = _mode(path)
    if mode is None or not stat.S_ISLNK(mode):
        return path, mode
    target = Path(os.path.realpath(path))
    return target, _mode(target)


def _mode(path: Path) -> int | None:
    try:
        return path.lstat().st_mode
    except FileNotFoundError:
        return None


def _pour(target: Path, write: Callable[[BinaryIO], None]) -> None:
    with tempfile.TemporaryFile() as whole:
        write(whole)
        whole.seek(0)
        with target.open("wb") as stream:
            shutil.copyfileobj(whole, stream)
