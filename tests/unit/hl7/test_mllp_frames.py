"""Frames are cut where the octets say, however they come."""

from __future__ import annotations

import tracemalloc

import pytest

from segur_interop.errors import MessageError
from segur_interop.hl7.mllp._frames import HEAD, Defect, Frame, Frames, framed

ONE, TWO = b"MSH|^~\\&|A\rPID|1\r", b"MSH|^~\\&|B\r"


def frames(*chunks: bytes, limit: int = 1000) -> list[Frame]:
    machine = Frames(limit)
    return [frame for chunk in chunks for frame in machine.feed(chunk)]


def by_octet(octets: bytes, limit: int = 1000) -> list[Frame]:
    return frames(*(octets[at : at + 1] for at in range(len(octets))), limit=limit)


@pytest.mark.parametrize(
    ("octets", "expected"),
    [
        (framed(ONE), [Frame(ONE)]),
        (framed(ONE) + framed(TWO), [Frame(ONE), Frame(TWO)]),
        (b"junk" + framed(ONE) + b"\r\n \x00" + framed(TWO) + b"junk", [Frame(ONE), Frame(TWO)]),
        (b"\x0b" + ONE + b"\x1c\n" + framed(TWO), [Frame(ONE), Frame(TWO)]),
        (b"\x0b" + ONE + b"\x1c" + framed(TWO), [Frame(ONE), Frame(TWO)]),
        (b"\x0bMSH|half" + framed(TWO), [Frame(b"MSH|half", Defect.CUT), Frame(TWO)]),
        (ONE + b"\x1c\r" + framed(TWO), [Frame(ONE, Defect.UNSTARTED), Frame(TWO)]),
        (b"junk\x1c\r" + framed(TWO), [Frame(TWO)]),
        (b"\x0b\x1c\r", [Frame(b"")]),
    ],
    ids=[
        "one", "two", "junk-between", "lf-for-cr", "no-cr-before-the-next", "half-then-whole",
        "no-start", "junk-with-an-end", "empty",
    ],
)  # fmt: skip
def test_the_frames_of_a_stream_whole_and_octet_by_octet(
    octets: bytes, expected: list[Frame]
) -> None:
    assert frames(octets) == expected
    assert by_octet(octets) == expected


@pytest.mark.parametrize(
    "data", [b"MSH|a\x0bb\r", b"MSH|a\x0bMSX\r", b"MSH|a\x1cb\r", b"a\x1c\x1c"]
)
def test_a_stray_framing_octet_within_a_message_cuts_nothing(data: bytes) -> None:
    octets = b"\x0b" + data + b"\x1c\r"
    assert frames(octets) == by_octet(octets) == [Frame(data)]


def test_a_message_whose_cr_does_not_come_ends_when_settled() -> None:
    machine = Frames(1000)
    assert machine.feed(b"\x0b" + ONE + b"\x1c") == []
    assert machine.is_ended
    assert machine.settle() == [Frame(ONE)]
    assert machine.feed(b"\r" + framed(TWO)) == [Frame(TWO)]


def test_a_half_message_is_never_settled() -> None:
    machine = Frames(1000)
    machine.feed(b"\x0b" + ONE)
    assert machine.is_inside
    assert not machine.is_ended
    assert machine.settle() == []


def test_a_message_of_the_limit_passes_and_one_octet_more_does_not() -> None:
    assert frames(framed(b"x" * 1000)) == [Frame(b"x" * 1000)]
    assert frames(framed(b"MSH|" + b"x" * 997)) == [Frame(b"MSH|" + b"x" * 997, Defect.LARGE)]


def test_what_is_too_large_is_told_at_its_end_and_the_next_message_is_read() -> None:
    octets = framed(ONE + b"x" * 100_000) + framed(TWO)
    large, next_one = frames(octets)
    assert large == Frame((ONE + b"x" * 100_000)[:HEAD], Defect.LARGE)
    assert next_one == Frame(TWO)
    assert [frame.defect for frame in by_octet(octets)] == [Defect.LARGE, None]


def test_what_is_refused_is_not_held() -> None:
    chunk = b"x" * 65536
    for start in (b"", b"\x0b"):
        machine = Frames(1_000_000)
        tracemalloc.start()
        machine.feed(start)
        for _ in range(100 * 16):  # 100 MB
            machine.feed(chunk)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 3_000_000
        assert machine.held <= HEAD


@pytest.mark.parametrize("data", [b"MSH|\x0b", b"MSH|\x1c\r", b"\x0bMSH|\x1c\r"])
def test_data_with_framing_octets_is_not_sent(data: bytes) -> None:
    with pytest.raises(MessageError, match="framing octet"):
        framed(data)
