"""A feed of messages whose connections are cut, and what its receiver must hold after it."""

from __future__ import annotations

import asyncio
import random
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import mllp_peers as peers

from segur_interop.hl7 import parse


@dataclass
class Feed:
    """Senders that share the messages `0` to `count - 1`, each in its order.

    A message is sent until it is answered AA, always with the same octets. `cuts` of the
    exchanges are cut: in the middle of the message, or once it is sent, before the answer.
    """

    count: int
    cuts: float = 0.01
    senders: int = 4
    seed: int = 1
    accepted: list[str] = field(default_factory=list)
    cut: int = 0
    failed: int = 0

    def octets(self, number: int) -> bytes:
        return peers.message(str(number), extra=f"note {number}")

    async def run(self, port: peers.Port) -> None:
        await asyncio.gather(*(self._send(port, rank) for rank in range(self.senders)))

    async def _send(self, port: peers.Port, rank: int) -> None:
        chance = random.Random(self.seed * 1000 + rank)
        raw: peers.Raw | None = None
        for number in range(rank, self.count, self.senders):
            while True:
                try:
                    if raw is None:
                        raw = peers.Raw(*await asyncio.open_connection(peers.HOST, port()))
                    if await self._exchange(raw, number, chance):
                        break
                except (OSError, EOFError):
                    self.failed += 1
                    await asyncio.sleep(0.02)
                if raw is not None:
                    raw.cut()
                    raw = None
        if raw is not None:
            await raw.close()

    async def _exchange(self, raw: peers.Raw, number: int, chance: random.Random) -> bool:
        """True once the message is accepted."""
        octets = peers.frame(self.octets(number))
        if chance.random() < self.cuts:
            self.cut += 1
            await raw.write(octets[: chance.choice((len(octets) // 2, len(octets)))])
            await asyncio.sleep(chance.random() * 0.01)
            return False
        await raw.write(octets)
        answer = await raw.answer()
        assert (answer.get("MSA-1"), answer.get("MSA-2")) == ("AA", str(number))
        self.accepted.append(str(number))
        return True

    def check(self, path: Path) -> None:
        """Every accepted message is in the inbox once, whole; nothing else is."""
        assert sorted(self.accepted, key=int) == [str(number) for number in range(self.count)]
        with sqlite3.connect(path) as base:
            rows = base.execute("SELECT octets FROM message ORDER BY number").fetchall()
        base.close()
        stored = [bytes(octets) for (octets,) in rows]
        assert len(stored) == self.count
        assert set(stored) == {self.octets(number) for number in range(self.count)}
        order = [int(parse(octets).control_id) for octets in stored]
        for rank in range(self.senders):
            own = [number for number in order if number % self.senders == rank]
            assert own == sorted(own)
