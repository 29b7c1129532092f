"""A process beside others on one inbox: `mllp_store_runner.py INBOX fill FIRST END | empty`."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

import mllp_peers as peers

from segur_interop.hl7 import ack, mllp, parse
from segur_interop.hl7.mllp._stores import key_of


def fill(store: mllp.SqliteStore, first: str, end: str) -> None:
    for number in range(int(first), int(end)):
        octets = peers.message(str(number))
        message = parse(octets)
        store.put(key_of(message), ack(message), octets)


def empty(store: mllp.SqliteStore) -> None:
    """Prints the control id of what this process took."""
    while (item := store.take()) is not None:
        print(item.control_id)
        store.done(item.number)


if __name__ == "__main__":
    with mllp.SqliteStore(sys.argv[1]) as opened:
        {"fill": fill, "empty": empty}[sys.argv[2]](opened, *sys.argv[3:])
