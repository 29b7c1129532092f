"""Code as users of MLLP write it; checked by mypy, never run."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from typing import assert_type

from segur_interop import errors, hl7
from segur_interop.audit import AuditEvent
from segur_interop.hl7 import mllp


def integrate(message: hl7.Message) -> bytes:
    return hl7.read_adt(message, identity_repository=True).ack()


async def look_up(message: hl7.Message) -> hl7.AckError | None:
    known = bool(message.get("PID-3"))
    return None if known else hl7.AckError.application("902", location="PID-3")


def warn(message: hl7.Message) -> Sequence[hl7.AckError]:
    return [hl7.AckError(condition="0", severity="W")]


def trace(event: AuditEvent) -> None:
    print(event.action, event.outcome)


async def receive(context: ssl.SSLContext) -> None:
    limits = mllp.Limits(max_bytes=8 * 1024 * 1024, idle=None)
    with mllp.SqliteStore("inbox.sqlite") as inbox:
        for handler in (integrate, look_up, warn):
            async with mllp.serve(handler, store=inbox, limits=limits, audit=trace) as server:
                assert_type(server.port, int)
        async with mllp.serve(store=inbox, ssl=context, host="", port=2575) as server:
            await server.wait()


async def relay(inbox: mllp.SqliteStore, host: str) -> None:
    async with mllp.connect(host, attempts=5) as client:
        while (stored := inbox.take()) is not None:
            assert_type(stored, mllp.Stored)
            try:
                answer = await client.send(stored.octets)
            except errors.ServiceUnavailable:
                return
            assert_type(answer, hl7.Acknowledgment)
            if answer:
                inbox.done(stored.number)
    for octets in mllp.split("batch.hl7"):
        assert_type((await mllp.send(octets, host, timeout=5)).code, str)
