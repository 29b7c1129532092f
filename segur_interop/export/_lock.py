"""One run at a time in a folder."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import BinaryIO, Final

from segur_interop.errors import ExportError

__all__ = ["Lock"]

_BUSY: Final = "another run is at work in this folder"
_FLAGS: Final = os.O_CREAT | os.O_WRONLY | os.O_APPEND
_HELD: set[str] = set()
"""Folders that runs of this process hold: the system tells processes apart, not runs."""
_ONE: Final = threading.Lock()


class Lock:
    """An exclusive lock that ends with the process, however it ends.

    Of the kind that children do not inherit: the workers of a pool may outlive a run that was
    killed, and must not keep the next one out.
    """

    def __init__(self, path: Path) -> None:
        """Take it.

        Raises:
            ExportError: another run holds it.
            OSError: the file cannot be made.
        """
        self._name = str(path.resolve())
        with _ONE:
            if self._name in _HELD:
                raise ExportError(_BUSY, place="out")
            self._stream = os.fdopen(os.open(path, _FLAGS, 0o600), "ab")
            try:
                _lock(self._stream)
            except OSError:
                self._stream.close()
                raise ExportError(_BUSY, place="out") from None
            _HELD.add(self._name)

    def close(self) -> None:
        """Release it."""
        with _ONE:
            if not self._stream.closed:
                self._stream.close()
                _HELD.discard(self._name)


def _lock(stream: BinaryIO) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        import msvcrt

        msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
        return
    fcntl.lockf(stream.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)
