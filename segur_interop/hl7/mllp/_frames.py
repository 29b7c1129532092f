r"""MLLP frames cut out of a stream, and put around a message. Nothing is read or sent here.

A block is `<VT> data <FS><CR>`: 0x0B, the message, 0x1C 0x0D. (HL7 v2 Implementation Guide,
appendix C; HL7 Transport Specification: MLLP, release 1.)
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Final

from segur_interop.errors import MessageError

__all__ = ["HEAD", "Defect", "Frame", "Frames", "framed"]

HEAD: Final = 4096
"""Octets kept of what is refused: enough to find its MSH."""

_START: Final = b"\x0b"
_END: Final = b"\x1c"
_MARK: Final = re.compile(rb"[\x0b\x1c]")
_HEADER: Final = b"MSH"


class Defect(enum.Enum):
    """Why a frame holds no message."""

    LARGE = "larger than the limit of this receiver"
    UNSTARTED = "no start block (0x0B) before the message"
    CUT = "another message begins before its end"


@dataclass(frozen=True, slots=True)
class Frame:
    """What was between a start and an end; with a defect, its first octets only."""

    data: bytes
    defect: Defect | None = None


def framed(data: bytes) -> bytes:
    """The octets on the wire.

    Raises:
        MessageError: the data holds framing octets: the receiver would cut it there.
    """
    if found := _MARK.search(data):
        raise MessageError("holds a framing octet (0x0B or 0x1C)", place=f"octet {found.start()}")
    return b"".join((_START, data, _END, b"\r"))


class Frames:
    """A machine that eats octets as they come and gives frames.

    Tolerated: octets between frames; LF for CR after FS; no CR when a start block follows, or
    when `settle` says that nothing more comes; VT within a message, unless MSH follows it.
    An FS within a message ends nothing: what would be taken for whole might be a half.
    """

    def __init__(self, max_bytes: int) -> None:
        """Frames of at most `max_bytes` octets; larger ones are told, and not held."""
        self._max = max_bytes
        self._data = bytearray()
        self._size = 0
        self._tail = b""
        self._inside = False

    @property
    def is_inside(self) -> bool:
        """True when a frame is begun."""
        return self._inside

    @property
    def is_ended(self) -> bool:
        """True when the last octet is an FS: only its CR is missing."""
        return self._inside and self._tail == _END

    @property
    def held(self) -> int:
        """How many octets are in memory."""
        return len(self._data)

    @property
    def head(self) -> bytes:
        """The first octets of what is begun."""
        return bytes(self._data[:HEAD])

    def feed(self, chunk: bytes) -> list[Frame]:
        """The frames that these octets end."""
        octets = self._tail + chunk
        self._tail = b""
        found: list[Frame] = []
        begin = at = 0
        while (match := _MARK.search(octets, at)) is not None:
            spot = match.start()
            taken = self._length(octets[spot : spot + 1], octets[spot + 1 : spot + 4])
            if taken is None:
                self._keep(octets[begin:spot])
                self._tail = octets[spot:]
                return found
            at = spot + max(taken, 1)
            if not taken:
                continue
            self._keep(octets[begin:spot])
            begin = at
            found += self._turn(starts=octets[spot : spot + 1] == _START)
        self._keep(octets[begin:])
        return found

    def settle(self) -> list[Frame]:
        """The frame whose CR does not come."""
        if not self.is_ended:
            return []
        self._tail = b""
        return self._turn(starts=False)

    def _length(self, mark: bytes, follows: bytes) -> int | None:
        """Octets of the mark, 0 when it is data, None when what follows must be known first."""
        if mark == _START:
            if not self._inside or follows == _HEADER:
                return 1
            return None if _HEADER.startswith(follows) else 0
        if not follows:
            return None
        if follows[:1] in (b"\r", b"\n"):
            return 2
        return 1 if follows[:1] == _START else 0

    def _keep(self, octets: bytes) -> None:
        self._size += len(octets)
        if self._inside and self._size <= self._max:
            self._data += octets
            return
        self._data = self._data[:HEAD]
        self._data += octets[: HEAD - len(self._data)]

    def _turn(self, *, starts: bool) -> list[Frame]:
        """A start or an end was met."""
        inside, size, data = self._inside, self._size, self._data
        self._inside, self._size, self._data = starts, 0, bytearray()
        if not inside:
            # Octets between frames are no message, unless an MSH is there and an end came.
            lost = not starts and _HEADER in data
            return [Frame(bytes(data), Defect.UNSTARTED)] if lost else []
        if starts:
            return [Frame(bytes(data[:HEAD]), Defect.CUT)]
        if size > self._max:
            return [Frame(bytes(data[:HEAD]), Defect.LARGE)]
        return [Frame(bytes(data))]
