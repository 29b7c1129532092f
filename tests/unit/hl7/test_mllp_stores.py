"""What is kept is kept once, whole, and by whoever looks."""

from __future__ import annotations

import contextlib
import sqlite3
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import mllp_peers as peers
import pytest

from segur_interop.errors import InvalidValue
from segur_interop.hl7 import ack, mllp, parse
from segur_interop.hl7.mllp._stores import key_of


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "inbox.sqlite"


@pytest.fixture
def inbox(path: Path) -> Iterator[mllp.SqliteStore]:
    with mllp.SqliteStore(path) as store:
        yield store


def put(store: mllp.Store, octets: bytes) -> bytes:
    message = parse(octets)
    return store.put(key_of(message), ack(message), octets)


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, path: Path) -> Iterator[mllp.Store]:
    if request.param == "memory":
        yield mllp.MemoryStore()
        return
    with mllp.SqliteStore(path) as opened:
        yield opened


def test_the_first_answer_stands(store: mllp.Store) -> None:
    octets = peers.message()
    key = key_of(parse(octets))
    assert store.find(key) is None
    first = put(store, octets)
    assert put(store, octets) == first
    assert store.find(key) == first


def test_one_control_id_with_other_content_is_another_message(store: mllp.Store) -> None:
    first = put(store, peers.message(extra="a"))
    assert store.find(key_of(parse(peers.message(extra="b")))) is None
    assert put(store, peers.message(extra="b")) != first


def test_without_control_id_nothing_is_taken_for_a_repetition(store: mllp.Store) -> None:
    octets = peers.message(control_id="")
    first, second = put(store, octets), put(store, octets)
    assert first != second
    assert store.find(key_of(parse(octets))) is None


def test_the_key_tells_the_sender_and_hides_what_is_too_long() -> None:
    key = key_of(parse(peers.message(control_id="9" * 5000)))
    assert key.sender == "GAM|CHU-X"
    assert len(key.control_id) == 200


def test_memory_forgets_the_oldest() -> None:
    store = mllp.MemoryStore(max_answers=2)
    octets = [peers.message(str(number)) for number in range(3)]
    for item in octets:
        put(store, item)
    assert [store.find(key_of(parse(item))) is not None for item in octets] == [False, True, True]
    assert len(store) == 2


def test_octets_are_kept_verbatim_in_order(inbox: mllp.SqliteStore) -> None:
    octets = [peers.message(str(number), extra="é\u2028" * number) for number in range(120)]
    octets[7] = b"\xef\xbb\xbf" + octets[7].replace(b"\r", b"\n")
    for item in octets:
        put(inbox, item)
    stored = list(inbox.messages())
    assert [item.octets for item in stored] == octets
    assert [item.number for item in stored] == sorted(item.number for item in stored)
    assert stored[3].message.control_id == stored[3].control_id == "3"
    assert parse(stored[3].answer).get("MSA-2") == "3"
    assert len(inbox) == 120


def test_a_message_is_taken_by_one_and_again_only_after_its_lease(inbox: mllp.SqliteStore) -> None:
    put(inbox, peers.message("1"))
    put(inbox, peers.message("2"))
    first, second = inbox.take(), inbox.take(lease=timedelta(0))
    assert first is not None
    assert second is not None
    assert (first.control_id, second.control_id) == ("1", "2")
    again = inbox.take()
    assert again is not None
    assert (again.control_id, again.takes) == ("2", 2)
    assert inbox.take() is None
    inbox.done(first.number)
    assert [item.control_id for item in inbox.messages(done=True)] == ["1"]
    assert [item.control_id for item in inbox.messages(done=False)] == ["2"]
    assert [item.control_id for item in inbox.messages(after=first.number)] == ["2"]
    assert len(inbox) == 1


def test_what_is_done_can_be_erased_and_is_still_known(inbox: mllp.SqliteStore, path: Path) -> None:
    answer = put(inbox, peers.message("1", extra="SECRET-NOTE"))
    put(inbox, peers.message("2"))
    taken = inbox.take()
    assert taken is not None
    inbox.done(taken.number)
    assert inbox.erase(datetime.now(UTC) - timedelta(hours=1)) == 0
    assert inbox.erase(datetime.now(UTC) + timedelta(seconds=1)) == 1
    assert [item.control_id for item in inbox.messages()] == ["2"]
    assert put(inbox, peers.message("1", extra="SECRET-NOTE")) == answer
    inbox.close()
    assert b"SECRET-NOTE" not in path.read_bytes()
    with mllp.SqliteStore(path) as again, pytest.raises(InvalidValue, match="time zone"):
        again.erase(datetime(2026, 1, 1))  # noqa: DTZ001


def test_an_answer_without_octets_is_no_message_to_do(inbox: mllp.SqliteStore) -> None:
    message = parse(peers.message())
    inbox.put(key_of(message), ack(message))
    assert len(inbox) == 0
    assert list(inbox.messages()) == []
    assert inbox.find(key_of(message)) is not None


def test_an_unknown_number_is_refused(inbox: mllp.SqliteStore) -> None:
    with pytest.raises(InvalidValue, match="number"):
        inbox.done(12)


def test_the_file_is_its_owner_s_and_durable(inbox: mllp.SqliteStore, path: Path) -> None:
    put(inbox, peers.message())
    for file in path.parent.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    base = inbox._base
    assert base.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert base.execute("PRAGMA synchronous").fetchone() == (2,)
    assert base.execute("PRAGMA user_version").fetchone() == (1,)


def test_no_content_is_shown(inbox: mllp.SqliteStore) -> None:
    put(inbox, peers.message())
    text = repr(inbox.take())
    assert "number=1" in text
    assert "PAT-TROIS" not in text
    assert "279035121518989" not in text


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_bytes(b"no database at all, but long enough to be looked at" * 50)
    other = tmp_path / "other.sqlite"
    with sqlite3.connect(other) as base:
        base.execute("CREATE TABLE mine (a)")
    base.close()
    for path in (text, other):
        before = path.read_bytes()
        with pytest.raises(InvalidValue):
            mllp.SqliteStore(path)
        assert path.read_bytes() == before


def test_a_later_version_is_refused(path: Path) -> None:
    mllp.SqliteStore(path).close()
    base = sqlite3.connect(path)
    base.execute("PRAGMA user_version = 2")
    base.close()
    with pytest.raises(InvalidValue, match="version 2"):
        mllp.SqliteStore(path)


def test_an_unusable_path_is_an_os_error(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        mllp.SqliteStore(tmp_path / "absent" / "inbox.sqlite")


def test_a_closed_inbox_is_an_os_error(inbox: mllp.SqliteStore) -> None:
    inbox.close()
    with pytest.raises(OSError, match="inbox"):
        put(inbox, peers.message())


def test_a_file_that_another_holds_too_long_is_an_os_error(path: Path) -> None:
    mllp.SqliteStore(path).close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OSError, match="inbox"):
            mllp.SqliteStore(path, wait=0.1)


def test_a_file_in_use_outside_wal_is_waited_for(path: Path) -> None:
    mllp.SqliteStore(path).close()
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA journal_mode = DELETE")
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM message").fetchone()
        with pytest.raises(OSError, match="inbox"):
            mllp.SqliteStore(path, wait=0.1)
    with mllp.SqliteStore(path) as inbox:
        assert inbox._base.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_processes_that_share_the_file_neither_lose_nor_double(path: Path) -> None:
    writers = [peers.share(path, "fill", *bounds) for bounds in ((0, 60), (30, 90), (60, 120))]
    for process in writers:
        assert process.communicate(timeout=60) == ("", "")
        assert process.returncode == 0
    with mllp.SqliteStore(path) as store:
        found = sorted(int(item.control_id) for item in store.messages())
    assert found == list(range(120))
    readers = [peers.share(path, "empty") for _ in range(2)]
    taken = [process.communicate(timeout=60) for process in readers]
    assert [process.returncode for process in readers] == [0, 0]
    assert sorted(int(number) for told, _ in taken for number in told.split()) == list(range(120))
