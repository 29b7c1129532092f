"""The guard of the tests themselves: nothing leaves the machine."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable

import pytest

OUTSIDE = "192.0.2.1"  # TEST-NET-1, RFC 5737: routed nowhere
OUTSIDE_NAME = "example.invalid"  # RFC 2606: resolved nowhere


def _tcp(act: Callable[[socket.socket], object]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as opened:
        act(opened)


def _udp(act: Callable[[socket.socket], object]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as opened:
        act(opened)


def _tcp6() -> None:
    with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as opened:
        opened.connect(("2001:db8::1", 443))


ATTEMPTS: dict[str, Callable[[], object]] = {
    "connect": lambda: _tcp(lambda s: s.connect((OUTSIDE, 443))),
    "connect_ex": lambda: _tcp(lambda s: s.connect_ex((OUTSIDE, 443))),
    "connect-ipv6": _tcp6,
    "connect-by-name": lambda: _tcp(lambda s: s.connect((OUTSIDE_NAME, 443))),
    "sendto": lambda: _udp(lambda s: s.sendto(b"x", (OUTSIDE, 53))),
    "sendto-with-flags": lambda: _udp(lambda s: s.sendto(b"x", 0, (OUTSIDE, 53))),
    "sendmsg": lambda: _udp(lambda s: s.sendmsg([b"x"], [], 0, (OUTSIDE, 53))),
    "create_connection": lambda: socket.create_connection((OUTSIDE, 443), timeout=1),
    "getaddrinfo": lambda: socket.getaddrinfo(OUTSIDE_NAME, 443),
    "gethostbyname": lambda: socket.gethostbyname(OUTSIDE_NAME),
    "gethostbyaddr": lambda: socket.gethostbyaddr(OUTSIDE),
    "asyncio": lambda: asyncio.run(asyncio.open_connection(OUTSIDE, 443)),
}


@pytest.mark.parametrize("attempt", ATTEMPTS.values(), ids=ATTEMPTS)
def test_leaving_the_machine_fails_the_test(attempt: Callable[[], object]) -> None:
    with pytest.raises(pytest.fail.Exception, match="may not leave the machine"):
        attempt()


def test_code_that_swallows_every_exception_cannot_hide_an_attempt() -> None:
    with pytest.raises(pytest.fail.Exception), contextlib.suppress(Exception):
        socket.getaddrinfo(OUTSIDE_NAME, 443)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.8.9.10"])
def test_loopback_stays_open(host: str) -> None:
    with socket.create_server(("127.0.0.1" if host == "localhost" else host, 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection((host, port), timeout=5) as client:
            assert client.getpeername()[1] == port


def test_asyncio_serves_and_connects_on_loopback() -> None:
    async def exchange() -> bytes:
        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            writer.write(await reader.readline())
            writer.close()
            await writer.wait_closed()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(b"echo\n")
            line = await reader.readline()
            writer.close()
            await writer.wait_closed()
        return line

    assert asyncio.run(exchange()) == b"echo\n"
