"""An inbox in one SQLite file: every accepted message, verbatim, once, until it is done."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

from segur_interop._masking import Masked, shown
from segur_interop.errors import InvalidValue
from segur_interop.hl7.er7 import Message, parse
from segur_interop.hl7.mllp._stores import Key

__all__ = ["SqliteStore", "Stored"]

_APPLICATION: Final = 0x53474D4C
"""`application_id` of the file: a database of something else is not touched."""
_VERSION: Final = 1
_PAUSE: Final = 0.05
_SCHEMA: Final = (
    """CREATE TABLE message (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        received REAL NOT NULL,          -- seconds since 1970, UTC
        sender TEXT NOT NULL,            -- MSH-3|MSH-4
        control_id TEXT NOT NULL,        -- MSH-10
        digest BLOB NOT NULL,            -- SHA-256 of the octets
        answer BLOB NOT NULL,            -- the acknowledgement as sent
        octets BLOB,                     -- the message as received, NULL when not kept
        taken_until REAL,                -- the lease of the one who processes it
        takes INTEGER NOT NULL DEFAULT 0,
        done REAL                        -- when it was processed
    )""",
    "CREATE UNIQUE INDEX message_once ON message (digest) WHERE control_id <> ''",
    "CREATE INDEX message_to_do ON message (number) WHERE done IS NULL",
)
_COLUMNS: Final = "number, received, sender, control_id, octets, answer, takes, done"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Stored(Masked):
    """A message of the inbox.

    Attributes:
        number: its rank of arrival in this inbox, from 1; some ranks may be missing.
        received: when it was stored, UTC.
        sender: MSH-3 and MSH-4, separated by `|`.
        control_id: MSH-10.
        octets: the message as received, MLLP framing taken off.
        answer: the acknowledgement that its sender had.
        takes: how often it was taken, this time included.
        done: when it was processed, None before.
    """

    number: int = field(metadata=shown())
    received: datetime = field(metadata=shown())
    sender: str
    control_id: str
    octets: bytes
    answer: bytes
    takes: int = field(metadata=shown())
    done: datetime | None = field(metadata=shown())

    @property
    def message(self) -> Message:
        """The message, read."""
        return parse(self.octets, max_bytes=len(self.octets))


class SqliteStore:
    """A store whose word is durable: `put` returns when the message is on the disk.

    WAL with `synchronous=FULL`; any number of processes and threads may share the file, on a
    local disk. It is created readable by its owner alone (0600), in an existing folder.
    """

    def __init__(self, path: str | os.PathLike[str], *, wait: float = 30.0) -> None:
        """Open an inbox, or create it.

        Args:
            path: the file; `-wal` and `-shm` files stand beside it.
            wait: seconds to wait for another process to finish writing.

        Raises:
            InvalidValue: the file is no inbox, or one of a later version.
            OSError: it cannot be opened or created.
        """
        self._lock = threading.Lock()
        self._file = Path(path)
        with _as_os_error():
            with contextlib.suppress(FileExistsError):
                os.close(os.open(self._file, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            self._base = sqlite3.connect(
                self._file, timeout=wait, isolation_level=None, check_same_thread=False
            )
            try:
                self._prepare(wait)
            except BaseException:
                self._base.close()
                raise

    def _prepare(self, wait: float) -> None:
        try:
            self._base.execute("PRAGMA secure_delete = ON")
            self._base.execute("PRAGMA synchronous = FULL")
            with self._written():
                self._create_or_check()
            self._to_wal(time.monotonic() + wait)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            raise InvalidValue("not an SQLite file", place="store") from None

    def _to_wal(self, deadline: float) -> None:
        """Another process that opens the file at the same moment locks it for this."""
        while True:
            try:
                self._base.execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    def _create_or_check(self) -> None:
        (application,) = self._base.execute("PRAGMA application_id").fetchone()
        (version,) = self._base.execute("PRAGMA user_version").fetchone()
        (tables,) = self._base.execute("SELECT count(*) FROM sqlite_master").fetchone()
        if not application and not tables:
            for statement in _SCHEMA:
                self._base.execute(statement)
            self._base.execute(f"PRAGMA application_id = {_APPLICATION}")
            self._base.execute(f"PRAGMA user_version = {_VERSION}")
        elif application != _APPLICATION:
            raise InvalidValue("a database that is no inbox", place="store")
        elif version != _VERSION:
            raise InvalidValue(f"an inbox of version {version}, not {_VERSION}", place="store")

    @contextlib.contextmanager
    def _written(self) -> Iterator[None]:
        """One transaction that writes: all of it, or nothing."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._base.execute("ROLLBACK")
            raise
        self._base.execute("COMMIT")

    @contextlib.contextmanager
    def _using(self) -> Iterator[sqlite3.Connection]:
        with self._lock, _as_os_error():
            yield self._base

    @property
    def keeps_messages(self) -> bool:
        """True."""
        return True

    def find(self, key: Key) -> bytes | None:
        """As `Store.find`."""
        if not key.tells:
            return None
        with self._using() as base:
            row = base.execute(_ANSWER, (key.digest,)).fetchone()
        return None if row is None else bytes(row[0])

    def put(self, key: Key, answer: bytes, octets: bytes | None = None) -> bytes:
        """As `Store.put`. A message given without octets was processed: it is not to do."""
        now = datetime.now(UTC).timestamp()
        row = (
            now, key.sender, key.control_id, key.digest, answer, octets,
            None if octets is not None else now,
        )  # fmt: skip
        with self._using() as base, self._written():
            there = base.execute(_ANSWER, (key.digest,)).fetchone() if key.tells else None
            if there is not None:
                return bytes(there[0])
            base.execute(_INSERT, row)
        return answer

    def messages(self, *, after: int = 0, done: bool | None = None) -> Iterator[Stored]:
        """The messages whose octets are here, in their order of arrival, a few in memory.

        Args:
            after: only those of a greater number.
            done: True for those processed, False for those to do, None for all.
        """
        which = {None: "1", True: "done IS NOT NULL", False: "done IS NULL"}[done]
        query = (
            f"SELECT {_COLUMNS} FROM message WHERE number > ? AND octets IS NOT NULL "  # noqa: S608
            f"AND {which} ORDER BY number LIMIT 1"
        )
        while True:
            with self._using() as base:
                row = base.execute(query, (after,)).fetchone()
            if row is None:
                return
            after = row[0]
            yield _stored(row)

    def take(self, *, lease: timedelta = timedelta(minutes=5)) -> Stored | None:
        """The oldest message to do that nobody has taken, None when there is none.

        It is this caller's until the lease ends, then it may be taken again: process it, then
        say `done`. Order is that of arrival for one taker; several may overtake each other.
        """
        now = datetime.now(UTC).timestamp()
        with self._using() as base, self._written():
            row = base.execute(_NEXT, (now,)).fetchone()
            if row is None:
                return None
            until = now + lease.total_seconds()
            base.execute(_TAKE, (until, row[0]))
            return _stored(base.execute(_ONE, (row[0],)).fetchone())

    def done(self, number: int) -> None:
        """The message is processed; it keeps its answer, for repetitions.

        Raises:
            InvalidValue: no message of this number.
        """
        with self._using() as base, self._written():
            changed = base.execute(_DONE, (datetime.now(UTC).timestamp(), number)).rowcount
        if not changed:
            raise InvalidValue("no message of this number", place="number")

    def erase(self, before: datetime) -> int:
        """Erase the content of the messages done before that time; their answers stay.

        Returns:
            How many were erased.

        Raises:
            InvalidValue: a datetime without a time zone.
        """
        if before.utcoffset() is None:
            raise InvalidValue("a datetime without a time zone is refused", place="before")
        with self._using() as base, self._written():
            return base.execute(_ERASE, (before.timestamp(),)).rowcount

    def __len__(self) -> int:
        """How many messages are to do."""
        with self._using() as base:
            count: int = base.execute(_COUNT).fetchone()[0]
        return count

    def __bool__(self) -> bool:
        return True

    def close(self) -> None:
        """Close the file."""
        with self._using() as base:
            base.close()

    def __enter__(self) -> SqliteStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


_ANSWER: Final = "SELECT answer FROM message WHERE digest = ? AND control_id <> ''"
_INSERT: Final = (
    "INSERT INTO message (received, sender, control_id, digest, answer, octets, done) "
    "VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_NEXT: Final = (
    "SELECT number FROM message WHERE done IS NULL AND (taken_until IS NULL OR taken_until < ?) "
    "ORDER BY number LIMIT 1"
)
_TAKE: Final = "UPDATE message SET taken_until = ?, takes = takes + 1 WHERE number = ?"
_ONE: Final = f"SELECT {_COLUMNS} FROM message WHERE number = ?"  # noqa: S608
_DONE: Final = "UPDATE message SET done = coalesce(done, ?) WHERE number = ?"
_ERASE: Final = "UPDATE message SET octets = NULL WHERE done < ? AND octets IS NOT NULL"
_COUNT: Final = "SELECT count(*) FROM message WHERE done IS NULL"


def _stored(row: tuple[Any, ...]) -> Stored:
    number, received, sender, control_id, octets, answer, takes, done = row
    return Stored(
        number=number,
        received=datetime.fromtimestamp(received, UTC),
        sender=sender,
        control_id=control_id,
        octets=octets,
        answer=answer,
        takes=takes,
        done=None if done is None else datetime.fromtimestamp(done, UTC),
    )


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    """A disk that is full, a lock that is held: circumstances, as any `OSError`."""
    try:
        yield
    except sqlite3.Error as error:
        raise OSError(errno.EIO, f"the inbox: {type(error).__name__}") from error
