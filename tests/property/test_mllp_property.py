"""Properties of MLLP framing, over streams that nobody would send."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from segur_interop.hl7.mllp._frames import HEAD, Frame, Frames, framed

PIECES = st.sampled_from(
    (
        b"\x0b",
        b"\x1c",
        b"\r",
        b"\n",
        b"\x1c\r",
        b"M",
        b"S",
        b"H",
        b"MSH|^~\\&|A\r",
        b"PID|1\r",
        b"x" * 40,
    )
)
STREAMS = st.lists(PIECES, max_size=40).map(b"".join)
DATA = st.lists(
    st.sampled_from((b"MSH|^~\\&|A\r", b"PID|1\r", b"\r", b"\n", b"x", b"\xc3\xa9")), max_size=12
).map(b"".join)


def cut(stream: bytes, places: list[int]) -> list[bytes]:
    ends = sorted({place % (len(stream) + 1) for place in places} | {0, len(stream)})
    return [stream[start:end] for start, end in zip(ends, ends[1:], strict=False)]


def frames(chunks: list[bytes], limit: int) -> tuple[list[Frame], bool, bool]:
    machine = Frames(limit)
    found = [frame for chunk in chunks for frame in machine.feed(chunk)]
    return found, machine.is_inside, machine.is_ended


@given(STREAMS, st.lists(st.integers(0, 10_000), max_size=20), st.integers(1, 200))
def test_how_a_stream_is_cut_into_packets_changes_nothing(
    stream: bytes, places: list[int], limit: int
) -> None:
    assert frames(cut(stream, places), limit) == frames([stream], limit)


@given(st.lists(DATA, max_size=6), st.lists(st.integers(0, 10_000), max_size=20))
def test_what_is_framed_is_read_back(messages: list[bytes], places: list[int]) -> None:
    stream = b"".join(framed(data) for data in messages)
    assert frames(cut(stream, places), 10_000) == ([Frame(data) for data in messages], False, False)


@given(STREAMS, st.integers(1, 60))
def test_no_more_than_the_limit_is_held(stream: bytes, limit: int) -> None:
    machine = Frames(limit)
    for octet in stream:
        machine.feed(bytes([octet]))
        assert machine.held <= max(limit, HEAD)
        assert len(machine.head) <= HEAD
