"""A stream whose first octets are kept until there are many of them, or until all are there.

`zipfile` writes the header of a member twice and goes back for it: on a file that is a dozen calls
of the system a member, half the time of writing a letter.
"""

from __future__ import annotations

import io
from typing import BinaryIO, Final

__all__ = ["HELD", "Held"]

HELD: Final = 1 << 20
"""Octets kept in memory; a larger archive is written as it comes."""


class Held:
    """What `zipfile` asks of a stream, over one that it may seek; `release` at the end."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._start: int | None = None
        self._kept: io.BytesIO | None = io.BytesIO()

    def write(self, octets: bytes) -> int:
        """Write at the position; what is kept leaves once it would be more than `HELD`."""
        if self._kept is not None and self._kept.tell() + len(octets) > HELD:
            self.release()
        return (self._stream if self._kept is None else self._kept).write(octets)

    def tell(self) -> int:
        """The position that the stream will have.

        Raises:
            OSError: the stream has none.
        """
        if self._kept is None:
            return self._stream.tell()
        if self._start is None:
            self._start = self._stream.tell()
        return self._start + self._kept.tell()

    def seek(self, position: int) -> int:
        """Go to a position that was told.

        Raises:
            OSError: the stream cannot be sought.
        """
        if self._kept is None:
            return self._stream.seek(position)
        if not self._stream.seekable():
            raise io.UnsupportedOperation("seek")
        return self._kept.seek(position - (self._start or 0))

    def flush(self) -> None:
        """Nothing: what is kept leaves with `release`."""

    def close(self) -> None:
        """Nothing: the stream is its owner's to close."""

    def release(self) -> None:
        """Write and flush what is kept, whose last octet is at the position."""
        if self._kept is not None:
            kept, self._kept = self._kept, None
            self._stream.write(kept.getbuffer())
        self._stream.flush()
