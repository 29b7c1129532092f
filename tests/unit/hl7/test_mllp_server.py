"""The receiver on real sockets: it answers, it stays up, it loses nothing that it accepted."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mllp_peers as peers
import pytest
from mllp_peers import Handler, Raw, frame, message

from segur_interop.audit import AuditEvent
from segur_interop.errors import InvalidValue, MessageError
from segur_interop.hl7 import AckError, Message, ack, mllp, parse, read_adt

FAST = mllp.Limits(idle=0.4, frame=0.6, answer=0.6)


def serving(handler: Any, script: Callable[[mllp.Server], Any], **how: Any) -> Any:
    """Run a script against a receiver, then see that the receiver is still there."""

    async def scenario() -> Any:
        async with mllp.serve(handler, port=0, **how) as server:
            result = await script(server)
            raw = await Raw.to(server)
            await raw.write(frame(message("still-there")))
            assert (await raw.code())[1] == "still-there"
            await raw.close()
            return result

    return peers.run(scenario)


def exchange(handler: Any, *octets: bytes, answers: int = 1, **how: Any) -> list[tuple[str, str]]:
    async def script(server: mllp.Server) -> list[tuple[str, str]]:
        raw = await Raw.to(server)
        await raw.write(*octets)
        codes = [await raw.code() for _ in range(answers)]
        await raw.close()
        return codes

    result: list[tuple[str, str]] = serving(handler, script, **how)
    return result


def test_many_messages_on_one_connection_are_answered_in_order() -> None:
    handler = Handler()
    octets = b"".join(frame(message(str(number))) for number in range(200))
    codes = exchange(handler, octets, answers=200)
    assert codes == [("AA", str(number)) for number in range(200)]
    assert handler.seen[:200] == [str(number) for number in range(200)]


def test_one_octet_at_a_time() -> None:
    octets = frame(message())
    assert exchange(Handler(), *(octets[at : at + 1] for at in range(len(octets)))) == [
        ("AA", "3975")
    ]


async def _async(received: Message) -> AckError:
    await asyncio.sleep(0)
    return AckError.application("902", location="PID-3")


@pytest.mark.parametrize(
    ("handler", "code"),
    [
        (lambda received: None, "AA"),
        (lambda received: AckError.application("902"), "AE"),
        (lambda received: [AckError(severity="W", condition="0")], "AA"),
        (lambda received: ack(received, AckError(), refusal="AR"), "AR"),
        (lambda received: read_adt(received).ack(), "AA"),
        (_async, "AE"),
        (lambda received: _async(received), "AE"),
        (lambda received: b"no answer at all", "AE"),
        (lambda received: ack(received).replace(b"3975", b"other"), "AE"),
        (lambda received: 12, "AE"),
        (lambda received: ["text"], "AE"),
    ],
    ids=[
        "none", "error", "warning", "octets", "event", "async", "awaitable", "no-answer",
        "answer-of-another", "number", "texts",
    ],
)  # fmt: skip
def test_what_a_handler_may_return(handler: Any, code: str) -> None:
    chosen = handler
    if handler is not _async:

        def chosen(received: Message) -> Any:
            return handler(received) if received.control_id == "3975" else None

    assert exchange(chosen, frame(message())) == [(code, "3975")]


@pytest.mark.parametrize(
    ("raised", "code"),
    [
        (MessageError("no such thing", place="PID-3"), "AE"),
        (ValueError("PAT-TROIS"), "AE"),
        (OSError("PAT-TROIS"), "AR"),
        (TimeoutError("PAT-TROIS"), "AR"),
        (StopIteration(), "AE"),
        (SystemExit(1), "AE"),
        (asyncio.CancelledError(), "AE"),
    ],
)
def test_a_handler_that_raises_is_answered_without_a_word_of_the_person(
    raised: BaseException, code: str
) -> None:
    def handler(received: Message) -> None:
        if received.control_id == "3975":
            raise raised

    async def script(server: mllp.Server) -> Message:
        raw = await Raw.to(server)
        await raw.write(frame(message()))
        answer = await raw.answer()
        await raw.close()
        return answer

    answer = serving(handler, script)
    assert answer.get("MSA-1") == code
    assert b"PAT-TROIS" not in bytes(answer)


def test_a_repetition_has_the_same_answer_and_is_not_handled_again() -> None:
    handler = Handler()

    async def script(server: mllp.Server) -> list[bytes]:
        answers = []
        for _ in range(3):
            raw = await Raw.to(server)
            await raw.write(frame(message()))
            answers.append(bytes(await raw.answer()))
            await raw.close()
        return answers

    answers = serving(handler, script)
    assert len(set(answers)) == 1
    assert handler.seen.count("3975") == 1


def test_other_content_under_the_same_control_id_is_handled() -> None:
    handler = Handler()
    exchange(handler, frame(message(extra="a")), frame(message(extra="b")), answers=2)
    assert handler.seen.count("3975") == 2


def test_what_was_not_accepted_is_handled_again() -> None:
    handler = Handler(lambda received: AckError())
    exchange(handler, frame(message()), frame(message()), answers=2)
    assert handler.seen.count("3975") == 2


def test_a_repetition_that_overtakes_the_answer_waits_for_it() -> None:
    started, go, calls = threading.Event(), threading.Event(), []

    def handler(received: Message) -> None:
        calls.append(received.control_id)
        if received.control_id == "3975":
            started.set()
            assert go.wait(20)

    async def script(server: mllp.Server) -> list[bytes]:
        first = await Raw.to(server)
        await first.write(frame(message()))
        await asyncio.to_thread(started.wait, 20)
        first.cut()
        others = [await Raw.to(server) for _ in range(2)]
        for raw in others:
            await raw.write(frame(message()))
        await asyncio.sleep(0.1)
        go.set()
        answers = [bytes(await raw.answer()) for raw in others]
        for raw in others:
            await raw.close()
        return answers

    first, second = serving(handler, script)
    assert first == second
    assert calls.count("3975") == 1


def test_an_answer_is_stored_before_it_is_sent() -> None:
    order: list[str] = []

    class Store(mllp.MemoryStore):
        def put(self, key: mllp.Key, answer: bytes, octets: bytes | None = None) -> bytes:
            order.append("put")
            return super().put(key, answer, octets)

    async def script(server: mllp.Server) -> None:
        raw = await Raw.to(server)
        await raw.write(frame(message()))
        await raw.answer()
        order.append("answered")
        await raw.close()

    serving(Handler(lambda received: order.append("handled")), script, store=Store())
    assert order[:3] == ["handled", "put", "answered"]


def test_a_store_that_cannot_store_asks_to_send_again() -> None:
    class Full(mllp.MemoryStore):
        def put(self, key: mllp.Key, answer: bytes, octets: bytes | None = None) -> bytes:
            raise OSError("disk full")

    assert exchange(Handler(), frame(message()), store=Full()) == [("AR", "3975")]


BAD = {
    "no MSH": (b"nothing", "AE", ""),
    "empty": (b"", "AE", ""),
    "no separator": (b"MSHnothing", "AE", ""),
    "batch": (b"BHS|^~\\&|A\r" + message(), "AE", "3975"),
    "two messages in one frame": (message("1") + message("2"), "AE", "1"),
    "utf-16": (message().decode().encode("utf-16"), "AE", ""),
    "long MSH": (
        message("1", trigger="A31").replace(b"|GAM|", b"|" + b"G" * 5000 + b"|"),
        "AE",
        "",
    ),
    "framing octet in MSH": (message("39\x0b75"), "AE", "3975"),
}


@pytest.mark.parametrize(("data", "code", "id"), BAD.values(), ids=BAD)
def test_what_cannot_be_read_is_answered_ae_and_the_connection_goes_on(
    data: bytes, code: str, id: str
) -> None:
    handler = Handler()
    codes = exchange(handler, frame(data), frame(message("next")), answers=2)
    assert codes == [(code, id), ("AA", "next")]
    assert handler.seen[0] == "next"


def test_octets_between_messages_and_halves_are_passed_over() -> None:
    octets = b"junk" + frame(message("1")) + b"\r\njunk\x0bMSH|^~\\&|half" + frame(message("2"))
    assert exchange(Handler(), octets, answers=2) == [("AA", "1"), ("AA", "2")]


def test_a_message_without_start_is_refused_by_its_name() -> None:
    octets = message("1") + b"\x1c\r" + frame(message("2"))
    assert exchange(Handler(), octets, answers=2) == [("AE", "1"), ("AA", "2")]


def test_a_message_without_final_cr_is_answered_soon() -> None:
    assert exchange(Handler(), frame(message())[:-1]) == [("AA", "3975")]


def test_an_acknowledgement_is_not_acknowledged() -> None:
    octets = frame(message("1").replace(b"ADT^A31^ADT_A05", b"ACK^A31^ACK"))
    handler = Handler()
    assert exchange(handler, octets, frame(message("2"))) == [("AA", "2")]
    assert handler.seen[0] == "2"


def test_a_hundred_megabytes_are_refused_without_being_held() -> None:
    limits = mllp.Limits(max_bytes=2_000_000)
    chunk = b"x" * 1_000_000

    async def script(server: mllp.Server) -> tuple[int, list[tuple[str, str]]]:
        raw = await Raw.to(server)
        tracemalloc.start()
        await raw.write(b"\x0b", message("huge"))
        for _ in range(100):
            await raw.write(chunk)
        await raw.write(b"\x1c\r", frame(message("next")))
        codes = [await raw.code(), await raw.code()]
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        await raw.close()
        return peak, codes

    peak, codes = serving(Handler(), script, limits=limits)
    assert codes == [("AE", "huge"), ("AA", "next")]
    assert peak < 12_000_000


def test_what_all_peers_hold_together_is_bounded() -> None:
    limits = mllp.Limits(max_held=1_000_000)

    async def script(server: mllp.Server) -> list[tuple[str, str]]:
        raws = [await Raw.to(server) for _ in range(3)]
        for number, raw in enumerate(raws):
            await raw.write(b"\x0b" + message(str(number)) + b"x" * 450_000)
            while number < 2 and server.held < 450_000 * (number + 1):
                await asyncio.sleep(0.01)
        code = [await raws[2].code()]
        assert await raws[2].is_closed()
        for raw in raws[:2]:
            await raw.write(b"\r\x1c\r")
            code.append(await raw.code())
        for raw in raws:
            await raw.close()
        assert server.held == 0
        return code

    assert serving(Handler(), script, limits=limits) == [("AR", "2"), ("AA", "0"), ("AA", "1")]


def test_a_peer_that_drips_its_message_is_answered_ar_and_closed() -> None:
    async def script(server: mllp.Server) -> tuple[str, str]:
        raw = await Raw.to(server)
        await raw.write(b"\x0b" + message("slow"))

        async def drip() -> None:
            with contextlib.suppress(ConnectionError):
                while True:
                    await raw.write(b"x")
                    await asyncio.sleep(0.05)

        task = asyncio.create_task(drip())
        code = await raw.code()
        task.cancel()
        assert await raw.is_closed()
        await raw.close()
        return code

    assert serving(Handler(), script, limits=FAST) == ("AR", "slow")


@pytest.mark.parametrize("octets", [b"", b"junk ", b"\r"], ids=["silent", "junk", "line ends"])
def test_a_peer_that_sends_no_message_is_closed(octets: bytes) -> None:
    async def script(server: mllp.Server) -> bool:
        raw = await Raw.to(server)
        closed = asyncio.create_task(raw.is_closed())
        with contextlib.suppress(ConnectionError):
            while not closed.done():
                await raw.write(octets)
                await asyncio.sleep(0.05)
        await raw.close()
        return await closed

    assert serving(Handler(), script, limits=FAST)


def test_a_peer_that_takes_no_answer_is_closed() -> None:
    wide = Handler(lambda received: ack(received) + b"NTE|1||" + b"x" * 500_000 + b"\r")

    async def script(server: mllp.Server) -> None:
        raw = await Raw.to(server, limit=1)
        with contextlib.suppress(ConnectionError):
            for number in range(200):
                await raw.write(frame(message(str(number))))
        while server.connections:
            await asyncio.sleep(0.02)
        raw.cut()
        wide.result = None

    serving(wide, script, limits=FAST)
    assert 1 <= wide.seen.index("still-there") < 200


def test_a_connection_too_many_is_closed_and_a_place_that_frees_is_taken() -> None:
    async def script(server: mllp.Server) -> None:
        raws = [await Raw.to(server) for _ in range(3)]
        for number, raw in enumerate(raws):
            await raw.write(frame(message(str(number))))
            assert (await raw.code())[0] == "AA"
        extra = await Raw.to(server)
        assert await extra.is_closed()
        await extra.close()
        assert server.connections == 3
        for raw in raws:
            await raw.close()
        while server.connections:
            await asyncio.sleep(0.01)

    serving(Handler(), script, limits=mllp.Limits(max_connections=3))


@pytest.mark.parametrize("sent", [0, 1, 5, 60, -2, -1], ids=str)
def test_a_connection_cut_anywhere_leaves_the_receiver_up(sent: int) -> None:
    handler = Handler()

    async def script(server: mllp.Server) -> None:
        octets = frame(message("cut"))
        for end in (Raw.cut, lambda raw: raw.writer.close()):
            raw = await Raw.to(server)
            await raw.write(octets[:sent])
            end(raw)
        while server.connections:
            await asyncio.sleep(0.01)

    serving(handler, script)
    assert ("cut" in handler.seen) <= (sent == -1)


def test_a_peer_that_has_said_all_still_has_its_answers() -> None:
    async def script(server: mllp.Server) -> list[tuple[str, str]]:
        raw = await Raw.to(server)
        await raw.write(frame(message("1")), frame(message("2")))
        raw.writer.write_eof()
        codes = [await raw.code(), await raw.code()]
        assert await raw.is_closed()
        await raw.close()
        return codes

    assert serving(Handler(), script) == [("AA", "1"), ("AA", "2")]


def test_connections_are_served_at_the_same_time() -> None:
    barrier = threading.Barrier(4)

    def handler(received: Message) -> None:
        if received.control_id != "still-there":
            barrier.wait(20)

    async def script(server: mllp.Server) -> list[tuple[str, str]]:
        raws = [await Raw.to(server) for _ in range(4)]
        for number, raw in enumerate(raws):
            await raw.write(frame(message(str(number))))
        codes = [await raw.code() for raw in raws]
        for raw in raws:
            await raw.close()
        return codes

    codes = serving(handler, script, workers=4)
    assert codes == [("AA", str(number)) for number in range(4)]


def test_a_stop_answers_what_is_being_handled_and_nothing_after() -> None:
    started, go = threading.Event(), threading.Event()
    seen: list[str] = []

    def handler(received: Message) -> None:
        seen.append(received.control_id)
        started.set()
        assert go.wait(20)

    async def scenario() -> tuple[str, str]:
        server = mllp.serve(handler, port=0)
        await server.start()
        port = server.port
        busy, idle = await Raw.to(server), await Raw.to(server)
        await busy.write(frame(message("1")) + frame(message("2")))
        await asyncio.to_thread(started.wait, 20)
        stop = asyncio.create_task(server.stop())
        assert await idle.is_closed()
        with pytest.raises(OSError, match="refused|Connect"):
            await asyncio.open_connection(peers.HOST, port)
        assert not stop.done()
        go.set()
        code = await busy.code()
        assert await busy.is_closed()
        await stop
        await server.wait()
        for raw in (busy, idle):
            await raw.close()
        return code

    assert peers.run(scenario) == ("AA", "1")
    assert seen == ["1"]


def test_a_stop_gives_up_a_handler_that_does_not_end() -> None:
    started = asyncio.Event()
    given_up = []

    async def handler(received: Message) -> None:
        started.set()
        try:
            await asyncio.sleep(3600)
        finally:
            given_up.append(received.control_id)

    async def scenario() -> None:
        server = mllp.serve(handler, port=0)
        await server.start()
        raw = await Raw.to(server)
        await raw.write(frame(message("1")))
        await started.wait()
        await server.stop(grace=0.1)
        assert await raw.is_closed()
        await raw.close()
        await server.stop()

    peers.run(scenario)
    assert given_up == ["1"]


def test_the_store_alone_takes_the_messages(tmp_path: Path) -> None:
    with mllp.SqliteStore(tmp_path / "inbox.sqlite") as inbox:
        octets = [message(str(number)) for number in range(5)]
        sent = [frame(item) for item in (*octets, octets[2])]
        codes = exchange(None, *sent, answers=6, store=inbox)
        assert codes == [("AA", str(number)) for number in (0, 1, 2, 3, 4, 2)]
        assert [item.octets for item in inbox.messages()][:5] == octets
        assert len(inbox) == 6  # and "still-there"


def test_a_handler_or_a_store_that_keeps_messages_is_needed() -> None:
    with pytest.raises(TypeError, match="handler"):
        mllp.serve()
    with pytest.raises(TypeError, match="handler"):
        mllp.serve(12)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="limits"):
        mllp.serve(Handler(), limits=3)  # type: ignore[arg-type]


@pytest.mark.parametrize("field", ["max_bytes", "idle", "frame", "max_connections"])
@pytest.mark.parametrize("value", [0, -1, float("nan"), "1", True])
def test_a_limit_is_a_positive_number(field: str, value: Any) -> None:
    with pytest.raises(InvalidValue, match=field):
        mllp.Limits(**{field: value})


@pytest.mark.parametrize("port", [-1, 65_536, 99_999, True])
def test_a_receiver_without_port_is_refused(port: int) -> None:
    with pytest.raises(InvalidValue, match="port"):
        mllp.serve(Handler(), port=port)


def test_a_receiver_needs_a_worker_and_a_store_a_place() -> None:
    with pytest.raises(InvalidValue, match="workers"):
        mllp.serve(Handler(), workers=0)
    with pytest.raises(InvalidValue, match="max_answers"):
        mllp.MemoryStore(0)
    with pytest.raises(TypeError, match="port"):
        mllp.serve(Handler(), port="2575")  # type: ignore[arg-type]


def test_a_port_in_use_is_an_os_error() -> None:
    async def scenario() -> None:
        async with mllp.serve(Handler(), port=0) as server:
            with pytest.raises(OSError, match="address"):
                await mllp.serve(Handler(), port=server.port).start()

    peers.run(scenario)


def test_a_server_that_does_not_listen_has_no_port() -> None:
    async def scenario() -> None:
        server = mllp.serve(Handler(), port=0)
        await server.stop()
        with pytest.raises(InvalidValue, match="listen"):
            _ = server.port

    peers.run(scenario)


def test_the_trace_tells_places_and_codes_and_no_person() -> None:
    events: list[AuditEvent] = []
    exchange(Handler(), frame(message()), frame(message()), answers=2, audit=events.append)
    assert [(event.action, event.outcome) for event in events][:4] == [
        ("mllp.connection", "opened"),
        ("mllp.message", "AA"),
        ("mllp.message", "AA"),
        ("mllp.connection", "closed"),
    ]
    assert [event.details.get("repeated") for event in events][1:3] == [0, 1]
    assert {event.subject for event in events} == {peers.HOST}
    assert "PAT-TROIS" not in repr(events)


@pytest.mark.parametrize("octet", [b"\x0b", b"\x1c", b"\x1c\r"])
@pytest.mark.parametrize("code", ["AA", "AE"])
def test_an_answer_that_no_frame_can_take_is_not_stored_and_stops_nothing(
    octet: bytes, code: str
) -> None:
    calls: list[str] = []
    events: list[AuditEvent] = []

    def handler(received: Message) -> bytes:
        calls.append(received.control_id)
        answer = ack(received) if code == "AA" else ack(received, AckError(condition="207"))
        poisoned = len(calls) < 3
        return answer[:-1] + octet + b"\r" if poisoned else answer

    store = mllp.MemoryStore()
    found = exchange(
        handler, *[frame(message())] * 3, answers=3, store=store, audit=events.append
    )  # fmt: skip
    assert found == [("AE", "3975"), ("AE", "3975"), (code, "3975")]
    told = [event.details for event in events if event.action == "mllp.message"]
    assert [details["fault"] for details in told][:3] == ["framing octet in the answer"] * 2 + [""]
    assert {event.outcome for event in events if event.action == "mllp.connection"} <= {
        "opened", "closed", "stopped"
    }  # fmt: skip


def test_a_stored_answer_that_no_frame_can_take_is_given_plain() -> None:
    class Old(mllp.MemoryStore):
        def find(self, key: mllp.Key) -> bytes | None:
            return ack(message_of)[:-1] + b"\x1c\r"

    message_of = parse(message())
    assert exchange(Handler(), frame(message()), store=Old()) == [("AA", "3975")]


def test_a_fault_is_told_by_its_class_alone() -> None:
    events: list[AuditEvent] = []

    def handler(received: Message) -> None:
        raise ValueError("PAT-TROIS")

    async def script() -> None:
        async with mllp.serve(handler, port=0, audit=events.append) as server:
            raw = await Raw.to(server)
            await raw.write(frame(message()))
            assert await raw.code() == ("AE", "3975")
            await raw.close()

    peers.run(script)
    faults = [event.details["fault"] for event in events if event.action == "mllp.message"]
    assert faults == ["ValueError"]
    assert "PAT-TROIS" not in repr(events)


@pytest.mark.parametrize(
    ("told", "kind"),
    [
        (b"ADT^A31^ADT_A05", "ADT^A31"),
        (b"ZAM^Z01^ZAM_Z01", "ZAM^Z01"),
        (b"ADT^PAT-TROIS", "ADT"),
        (b"PAT-TROIS^DOMIN", "unknown type"),
        (b"PAT^A31", "unknown type"),
        (b"\x1b[31mADT^A31", "unknown type"),
        (b"ADT^\x1b]0;x\x07", "ADT"),
        (b"", "unknown type"),
    ],
)
def test_a_type_that_hl7_does_not_know_is_not_told(told: bytes, kind: str) -> None:
    events: list[AuditEvent] = []
    exchange(Handler(), frame(message().replace(b"ADT^A31^ADT_A05", told)), audit=events.append)
    kinds = [event.details["kind"] for event in events if event.action == "mllp.message"]
    assert kinds[0] == kind


def test_a_trace_that_fails_stops_nothing() -> None:
    def audit(event: AuditEvent) -> None:
        raise ValueError("no more paper")

    assert exchange(Handler(), frame(message()), audit=audit) == [("AA", "3975")]


def test_tls_with_certificates_on_both_sides(tmp_path: Path) -> None:
    server_side, client_side = peers.contexts(tmp_path)
    handler = Handler()

    async def scenario() -> str:
        limits = mllp.Limits(handshake=0.5)
        async with mllp.serve(handler, port=0, ssl=server_side, limits=limits) as server:
            plain = await Raw.to(server)  # a peer that speaks no TLS
            await plain.write(frame(message("clear")))
            assert await plain.is_closed()
            await plain.close()
            mute = await Raw.to(server)  # and one that says nothing
            assert await mute.is_closed()
            await mute.close()
            answer = await mllp.send(
                message(), peers.HOST, server.port, ssl=client_side, server_name="localhost"
            )
            return answer.code

    assert peers.run(scenario) == "AA"
    assert handler.seen == ["3975"]
