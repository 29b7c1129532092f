"""What an unfinished export says of itself: PARTIAL, and why the run stopped.

The file has its room from the start and is written over in place, so that a full disk can still
be told. It lies in the folder of work and goes with it: an export that holds neither is finished.
"""

from __future__ import annotations

import contextlib
import enum
import errno
import json
import os
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import Final

from segur_interop.errors import SegurError
from segur_interop.export._files import create, sync_folder

__all__ = ["STATUS", "StatusFile", "StopReason"]

STATUS: Final = "STATUS.JSN"
_ROOM: Final = 512


class StopReason(enum.StrEnum):
    """Why a run stopped before its end."""

    DISK_FULL = "DISK_FULL"
    """No room, or a quota or a limit of size."""
    NOT_ALLOWED = "NOT_ALLOWED"
    """The folder may not be written."""
    NOT_WRITTEN = "NOT_WRITTEN"
    """Any other error of the system."""
    SOURCE = "SOURCE"
    """The source is not the one of the run that is continued, or gives a patient twice."""
    WORKER_LOST = "WORKER_LOST"
    """A process of the executor ended."""
    LEFT = "LEFT"
    """The caller left the run, or interrupted it."""
    ERROR = "ERROR"
    """Anything else, of the source or of a callback."""

    @classmethod
    def of(cls, error: BaseException) -> StopReason:
        """The reason that an exception is."""
        if isinstance(error, OSError):
            return _NUMBERS.get(error.errno or 0, cls.NOT_WRITTEN)
        for kind, reason in (
            (BrokenExecutor, cls.WORKER_LOST),
            (SegurError, cls.SOURCE),
            ((GeneratorExit, KeyboardInterrupt), cls.LEFT),
        ):
            if isinstance(error, kind):
                return reason
        return cls.ERROR


_NUMBERS: Final = {
    **dict.fromkeys(
        (errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)), StopReason.DISK_FULL
    ),
    **dict.fromkeys((errno.EACCES, errno.EPERM, errno.EROFS), StopReason.NOT_ALLOWED),
}


class StatusFile:
    """STATUS.JSN of the folder of work."""

    def __init__(self, folder: Path) -> None:
        """Take its room on the disk.

        Raises:
            OSError: there is none.
        """
        self._path = folder / STATUS
        with create(self._path) as stream:
            stream.write(_line("UNDER_WAY", None, 0))
            stream.flush()
            os.fsync(stream.fileno())
        sync_folder(folder)

    def stopped(self, why: StopReason, patients: int) -> None:
        """Tell why, and how many patients are done; what cannot be told stays `UNDER_WAY`."""
        with contextlib.suppress(OSError), self._path.open("r+b", buffering=0) as stream:
            stream.write(_line("STOPPED", why, patients))
            os.fsync(stream.fileno())


def _line(state: str, why: StopReason | None, patients: int) -> bytes:
    told = {"status": "PARTIAL", "state": state, "reason": why, "patients": patients}
    return json.dumps(told).ljust(_ROOM - 1).encode() + b"\n"
