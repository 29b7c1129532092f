"""The sender: one message, its own answer, whatever the receiver does."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import mllp_peers as peers
import pytest
from mllp_peers import Handler, frame, message

from segur_interop.errors import InvalidValue, MessageError, ServiceUnavailable
from segur_interop.hl7 import AckError, ack, mllp, parse

Answering = Callable[[asyncio.StreamReader, asyncio.StreamWriter, bytes], Awaitable[None]]


def against(answering: Answering, *octets: bytes, **how: Any) -> Any:
    """What the client gives for each message against a receiver made of a function."""
    received: list[bytes] = []

    async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        peers.Raw(reader, writer)
        try:
            while True:
                received.append((await reader.readuntil(b"\x1c\r"))[1:-2])
                await answering(reader, writer, received[-1])
        except (OSError, EOFError):
            writer.close()

    async def scenario() -> Any:
        listener = await asyncio.start_server(peer, peers.HOST, 0)
        port = listener.sockets[0].getsockname()[1]
        async with listener, mllp.connect(peers.HOST, port, **{"timeout": 5.0, **how}) as client:
            return [await client.send(item) for item in octets], received

    return peers.run(scenario)


async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes) -> None:
    writer.write(frame(ack(parse(octets))))


def test_many_messages_on_one_connection() -> None:
    octets = [message(str(number)) for number in range(50)]
    answers, received = against(accept, *octets)
    assert [answer.code for answer in answers] == ["AA"] * 50
    assert all(answer.accepted for answer in answers)
    assert received == octets


def test_an_answer_in_pieces_between_junk() -> None:
    async def slowly(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
    ) -> None:
        for octet in b"junk" + frame(ack(parse(octets))) + b"\r\n":
            writer.write(bytes([octet]))
            await asyncio.sleep(0)

    answers, _ = against(slowly, message("1"), message("2"))
    assert [answer.message_id for answer in answers] == ["1", "2"]


def test_a_refusal_tells_its_codes() -> None:
    async def refuse(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
    ) -> None:
        unknown = AckError.application("902", location="PID-3")
        writer.write(frame(ack(parse(octets), unknown, AckError(condition="101"))))

    (answer,), _ = against(refuse, message())
    assert (answer.code, answer.accepted) == ("AE", False)
    assert [(error.condition, error.code) for error in answer.errors] == [
        ("207", "902"), ("101", "")
    ]  # fmt: skip


def test_a_connection_cut_before_the_answer_is_made_again_and_the_same_octets_sent() -> None:
    calls = []

    async def second_time(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
    ) -> None:
        calls.append(octets)
        if len(calls) < 3:
            raise ConnectionResetError
        await accept(reader, writer, octets)

    (answer,), received = against(second_time, message(), attempts=3)
    assert answer.code == "AA"
    assert received == [message()] * 3


def test_a_receiver_that_never_answers_is_given_up_in_time() -> None:
    async def mute(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
    ) -> None:
        await reader.read()

    with pytest.raises(ServiceUnavailable, match="no answer"):
        against(mute, message(), timeout=0.2, attempts=2)


def test_a_late_answer_is_never_taken_for_that_of_the_next_message() -> None:
    first = asyncio.Event()

    async def late(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
    ) -> None:
        if not first.is_set():
            first.set()
            await asyncio.sleep(0.4)
        await accept(reader, writer, octets)

    async def scenario() -> list[str]:
        async def peer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            peers.Raw(reader, writer)
            try:
                while True:
                    await late(reader, writer, (await reader.readuntil(b"\x1c\r"))[1:-2])
            except (OSError, EOFError):
                writer.close()

        listener = await asyncio.start_server(peer, peers.HOST, 0)
        port = listener.sockets[0].getsockname()[1]
        async with listener, mllp.connect(peers.HOST, port, timeout=0.2, attempts=1) as client:
            with pytest.raises(ServiceUnavailable):
                await client.send(message("1"))
            answers = [await client.send(message(str(number))) for number in range(2, 6)]
            return [answer.message_id for answer in answers]

    assert peers.run(scenario) == ["2", "3", "4", "5"]


@pytest.mark.parametrize(
    "answer",
    [b"", b"MSH|^~\\&|\rMSA|XX|3975\r", b"MSH|^~\\&|\rMSA|AA|other\r", b"MSH|^~\\&|\rMSA|AA\r"],
    ids=["no message", "unknown code", "of another", "of none"],
)
def test_an_answer_that_is_not_one_is_refused(answer: bytes) -> None:
    async def other(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
    ) -> None:
        writer.write(frame(answer))

    with pytest.raises(MessageError):
        against(other, message())


def test_an_endless_answer_is_refused() -> None:
    async def endless(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
    ) -> None:
        writer.write(frame(b"MSH|^~\\&|" + b"x" * 2_000_000))
        await writer.drain()

    with pytest.raises(MessageError, match="larger"):
        against(endless, message())


def test_a_receiver_that_could_not_read_the_identifier_may_refuse_without_it() -> None:
    async def unread(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter, octets: bytes
    ) -> None:
        writer.write(frame(b"MSH|^~\\&|\rMSA|AE\r"))

    (answer,), _ = against(unread, message())
    assert answer.code == "AE"


def test_nobody_there_is_told() -> None:
    async def scenario() -> None:
        async with mllp.serve(Handler(), port=0) as server:
            port = server.port
        await mllp.send(message(), peers.HOST, port, timeout=5)

    with pytest.raises(ServiceUnavailable, match="ConnectionRefusedError"):
        peers.run(scenario)


def test_a_certificate_that_is_not_trusted_is_told_and_nothing_is_sent(tmp_path: Path) -> None:
    server_side, _ = peers.contexts(tmp_path)
    other = tmp_path / "other"
    other.mkdir()
    _, stranger = peers.contexts(other)
    handler = Handler()

    async def scenario() -> None:
        async with mllp.serve(handler, port=0, ssl=server_side) as server:
            await mllp.send(
                message(), peers.HOST, server.port, ssl=stranger, server_name="localhost"
            )

    with pytest.raises(ServiceUnavailable, match="SSLCertVerificationError"):
        peers.run(scenario)
    assert handler.seen == []


@pytest.mark.parametrize(
    "octets",
    [b"nothing", message().replace(b"\r", b"\n"), message().replace(b"\r", b"\r\n"),
     message("a\x0bb"), b"\x0b" + message() + b"\x1c\r"],
    ids=["no message", "LF", "CRLF", "framing octet", "framed"],
)  # fmt: skip
def test_what_is_not_conformant_is_not_sent(octets: bytes) -> None:
    with pytest.raises(MessageError):
        against(accept, octets)


def test_messages_sent_at_once_go_one_by_one_in_order() -> None:
    handler = Handler()

    async def scenario() -> list[str]:
        async with (
            mllp.serve(handler, port=0) as server,
            mllp.connect(peers.HOST, server.port) as client,
        ):
            answers = await asyncio.gather(*(client.send(message(str(n))) for n in range(20)))
        return [answer.message_id for answer in answers]

    assert peers.run(scenario) == [str(number) for number in range(20)]
    assert handler.seen == [str(number) for number in range(20)]


ONE, TWO = message("1"), message("2")
FILES = {
    "one": (ONE, (ONE,)),
    "two": (ONE + TWO, (ONE, TWO)),
    "LF": ((ONE + TWO).replace(b"\r", b"\n"), (ONE, TWO)),
    "CRLF": ((ONE + TWO).replace(b"\r", b"\r\n"), (ONE, TWO)),
    "frames": (frame(ONE) + frame(TWO), (ONE, TWO)),
    "BOM and blank lines": (b"\xef\xbb\xbf\n\n" + ONE + b"\r\r" + TWO + b"\r \n", (ONE, TWO)),
    "no last CR": (ONE + TWO[:-1], (ONE, TWO)),
    "batch": (
        b"FHS|^~\\&|A\rBHS|^~\\&|A\r" + ONE + TWO + b"BTS|2\rFTS|1\r", (ONE, TWO),
    ),
    "MSH within a field": (message("1", extra="MSH|^~"), (message("1", extra="MSH|^~"),)),
}  # fmt: skip


@pytest.mark.parametrize(("octets", "expected"), FILES.values(), ids=FILES)
def test_the_messages_of_a_file(octets: bytes, expected: tuple[bytes, ...]) -> None:
    assert mllp.split(octets) == expected


@pytest.mark.parametrize("octets", [b"", b"\r\n", b"nothing", b"PID|1\rMSH|^~\\&|\r"])
def test_a_file_that_does_not_start_with_a_message_is_refused(octets: bytes) -> None:
    with pytest.raises(MessageError, match="MSH"):
        mllp.split(octets)


@pytest.mark.parametrize(
    ("how", "place"),
    [
        ({"port": 0}, "port"), ({"port": 65_536}, "port"), ({"port": 99_999}, "port"),
        ({"port": -1}, "port"), ({"port": True}, "port"), ({"attempts": 0}, "attempts"),
        ({"attempts": -1}, "attempts"), ({"attempts": True}, "attempts"),
        ({"timeout": 0}, "timeout"), ({"timeout": -1}, "timeout"),
        ({"timeout": float("nan")}, "timeout"), ({"timeout": True}, "timeout"),
    ],
)  # fmt: skip
def test_a_setting_outside_its_range_is_refused(how: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidValue, match=place):
        mllp.connect("127.0.0.1", **how)
    with pytest.raises(InvalidValue, match=place):
        asyncio.run(mllp.send(peers.message(), "127.0.0.1", **how))


@pytest.mark.parametrize("how", [{"port": "2575"}, {"timeout": None}, {"attempts": 1.5}])
def test_a_setting_of_another_type_is_refused(how: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(how))):
        mllp.connect("127.0.0.1", **how)
