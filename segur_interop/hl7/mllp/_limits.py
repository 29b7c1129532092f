"""How much a receiver grants its peers."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import Any, Final

from segur_interop._types import check_type
from segur_interop.errors import InvalidValue
from segur_interop.hl7.er7 import MAX_BYTES

__all__ = ["Limits", "check_count", "check_port"]

_LAST_PORT: Final = 65_535


def check_port(port: Any, *, first: int) -> None:
    """Refuse what is no TCP port; 0 asks for any free one, where `first` is 0.

    Raises:
        TypeError: no integer.
        InvalidValue: outside the range.
    """
    check_type(port, "port", int)
    if isinstance(port, bool) or not first <= port <= _LAST_PORT:
        raise InvalidValue(f"a port from {first} to {_LAST_PORT}", place="port")


def check_count(count: Any, place: str) -> None:
    """Refuse what is no number of things, 1 or more.

    Raises:
        TypeError: no integer.
        InvalidValue: less than 1.
    """
    check_type(count, place, int)
    if isinstance(count, bool) or count < 1:
        raise InvalidValue("1 or more", place=place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Sizes in octets, times in seconds.

    Attributes:
        max_bytes: a message; a larger one is answered AE and not held.
        max_held: all the messages held at one moment, being received or handled; the one that
            passes it is answered AR (to be sent again), and its connection closed.
        max_connections: one more is closed at once.
        idle: from one message to the next; None for ever.
        frame: from the first octet of a message to the last.
        answer: for the peer to take an answer.
        handshake: for the peer to begin TLS.

    Raises:
        InvalidValue: a limit that is not positive.
    """

    max_bytes: int = MAX_BYTES
    max_held: int = 4 * MAX_BYTES
    max_connections: int = 100
    idle: float | None = 600.0
    frame: float = 120.0
    answer: float = 30.0
    handshake: float = 10.0

    def __post_init__(self) -> None:
        for row in dataclasses.fields(self):
            value = getattr(self, row.name)
            if value is None and row.name == "idle":
                continue
            if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
                raise InvalidValue("a positive number", place=f"limits.{row.name}")
