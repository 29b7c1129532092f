"""What was accepted, so that it is accepted once."""

from __future__ import annotations

import hashlib
import threading
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final, Protocol

from segur_interop.hl7.er7 import Message
from segur_interop.hl7.mllp._limits import check_count

__all__ = ["Key", "MemoryStore", "Store", "key_of"]

_SHOWN: Final = 200
"""Characters of a sender or a control identifier that are kept beside the digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """Which message this is.

    Attributes:
        digest: SHA-256 of the message, octet for octet. Two messages of one MSH-10 and other
            content are two messages.
        sender: MSH-3 and MSH-4.
        control_id: MSH-10; "" when absent: nothing then tells a repetition from a second
            message, and none is taken for the other.
    """

    digest: bytes
    sender: str = field(default="", compare=False)
    control_id: str = field(default="", compare=False)

    @property
    def tells(self) -> bool:
        """True when a second message of this key is a repetition."""
        return bool(self.control_id)


def key_of(message: Message) -> Key:
    """The key of a message."""
    fields = [*message.segment(0).fields, *[""] * 11]
    sender = "|".join(part.strip()[:_SHOWN] for part in fields[3:5])
    return Key(
        digest=hashlib.sha256(bytes(message)).digest(),
        sender=sender,
        control_id=fields[10].strip()[:_SHOWN],
    )


class Store(Protocol):
    """Where the answers of accepted messages are kept. Called from any thread.

    An `OSError` says that nothing could be kept: the sender is asked to try again (AR).
    """

    @property
    def keeps_messages(self) -> bool:
        """True when `put` keeps the message too, durably: it may stand without a handler."""

    def find(self, key: Key) -> bytes | None:
        """The answer that this very message had, None for a new one."""

    def put(self, key: Key, answer: bytes, octets: bytes | None = None) -> bytes:
        """Keep an answer, and the message when it is given, before it is sent.

        Returns:
            The answer that stands: an earlier one when the message was there already.
        """


class MemoryStore:
    """The last answers, forgotten when the process ends: repetitions after a restart are new."""

    def __init__(self, max_answers: int = 10_000) -> None:
        """Keep `max_answers`, the oldest leaving first.

        Raises:
            InvalidValue: less than 1.
        """
        check_count(max_answers, "max_answers")
        self._answers: OrderedDict[bytes, bytes] = OrderedDict()
        self._most = max_answers
        self._lock = threading.Lock()

    @property
    def keeps_messages(self) -> bool:
        """False: a handler is needed."""
        return False

    def find(self, key: Key) -> bytes | None:
        """As `Store.find`."""
        with self._lock:
            return self._answers.get(key.digest) if key.tells else None

    def put(self, key: Key, answer: bytes, octets: bytes | None = None) -> bytes:
        """As `Store.put`; the message itself is not kept."""
        if not key.tells:
            return answer
        with self._lock:
            stands = self._answers.setdefault(key.digest, answer)
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)
        return stands

    def __len__(self) -> int:
        return len(self._answers)
