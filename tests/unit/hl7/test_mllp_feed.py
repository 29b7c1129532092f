"""Connections are cut, the receiver is killed: what was accepted is there, once."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from pathlib import Path

import mllp_peers as peers
import pytest
from mllp_feed import Feed

from segur_interop.hl7 import mllp


def feed_an_inbox(feed: Feed, path: Path, seconds: float) -> None:
    async def scenario() -> None:
        with mllp.SqliteStore(path) as inbox:
            async with mllp.serve(store=inbox, port=0) as server:
                await feed.run(lambda: server.port)

    peers.run(scenario, seconds=seconds)
    feed.check(path)


def test_a_thousand_messages_and_connections_cut(tmp_path: Path) -> None:
    feed = Feed(count=1000, cuts=0.05)
    feed_an_inbox(feed, tmp_path / "inbox.sqlite", 60)
    assert feed.cut > 20


@pytest.mark.scale
def test_ten_thousand_messages_and_one_connection_in_a_hundred_cut(tmp_path: Path) -> None:
    feed = Feed(count=10_000, cuts=0.01)
    feed_an_inbox(feed, tmp_path / "inbox.sqlite", 600)
    assert feed.cut > 50
    print(f"10 000 messages, {feed.cut} connections cut: each in the inbox once")


class Command:
    """`segur-interop hl7 serve` in a process of its own."""

    def __init__(self, path: Path) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "segur_interop.cli", "hl7", "serve", "--json", "--port", "0",
             "--store", str(path)],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.port = int(json.loads(self.process.stdout.readline())["listening"])

    def end(self, number: signal.Signals) -> tuple[int, bytes, bytes]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


def test_a_receiver_killed_in_the_middle_of_a_feed_loses_and_doubles_nothing(
    tmp_path: Path,
) -> None:
    path = tmp_path / "inbox.sqlite"
    feed = Feed(count=400, cuts=0.02)
    command = Command(path)

    async def killer() -> None:
        nonlocal command
        for reached in (60, 150, 260):
            while len(feed.accepted) < reached:
                await asyncio.sleep(0.005)
            killed = command
            await asyncio.to_thread(killed.end, signal.SIGKILL)
            command = await asyncio.to_thread(Command, path)

    async def scenario() -> None:
        await asyncio.gather(feed.run(lambda: command.port), killer())

    try:
        peers.run(scenario, seconds=60)
        status, out, err = command.end(signal.SIGTERM)
    finally:
        command.process.kill()
        command.process.communicate()
    assert (status, err) == (0, b"")
    assert b"PAT-TROIS" not in out
    assert feed.failed >= 3  # the senders noticed
    feed.check(path)


def test_the_command_stops_on_a_signal_and_closes_its_inbox(tmp_path: Path) -> None:
    path = tmp_path / "inbox.sqlite"
    for number in (signal.SIGINT, signal.SIGTERM):
        command = Command(path)
        answer = peers.run(mllp.send, peers.message(), peers.HOST, command.port)
        assert answer.accepted
        status, out, err = command.end(number)
        assert (status, err) == (0, b"")
        assert [json.loads(line)["outcome"] for line in out.splitlines()] == [
            "opened", "AA", "closed"
        ]  # fmt: skip
    assert [file.name for file in tmp_path.iterdir()] == ["inbox.sqlite"]
    with mllp.SqliteStore(path) as inbox:
        assert len(inbox) == 1
