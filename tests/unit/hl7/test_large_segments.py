"""A segment that carries a document is looked through without being copied or decoded whole."""

from __future__ import annotations

import random
import tracemalloc

import pytest

from segur_interop.hl7 import parse
from segur_interop.hl7._syntax import decode

PIECES = (b"A" * 3, b"A" * 70_000, "\u00e9".encode(), b"\xe9", b"\x93x", b"\xc3", b"\xa9", b"")


def message(label: bytes, segment: bytes) -> bytes:
    head = b"MSH|^~\\&|a|b|c|d|20240101||ORU^R01|1|P|2.5||||||" + label
    return head + b"\r" + segment + b"\r"


@pytest.mark.parametrize("label", ["", "UNICODE UTF-8", "8859/15", "8859/1", "ASCII"])
@pytest.mark.parametrize("charset", [None, "UNICODE UTF-8", "cp1252"])
def test_odd_octets_are_told_as_if_it_were_decoded_whole(label: str, charset: str | None) -> None:
    chance = random.Random(3)
    for count in (1, 4, 12, 700):
        for _ in range(6):
            segment = b"OBX|" + b"|".join(chance.choices(PIECES, k=count)) + b"|" + b"B" * 70_000
            read = parse(message(label.encode(), segment), charset=charset)
            _, odd = decode(segment, read.charset, certain=charset is not None)
            told = [item for item in read.findings if item.rule == "hl7.er7.charset.other"]
            assert [item.place for item in told] == (["OBX"] if odd else [])
            assert all(odd in item.message for item in told)


def test_a_document_costs_no_memory_to_look_through() -> None:
    octets = message(b"UNICODE UTF-8", "OBX|1|ED|\u00e9||".encode() + b"A" * 20_000_000)
    read = parse(octets)
    tracemalloc.start()
    try:
        assert read.findings == ()
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1_000_000


def test_blanks_at_the_end_of_a_large_segment_are_told() -> None:
    octets = message(b"UNICODE UTF-8", b"OBX|1|ED|||" + b"A" * 100_000 + b" ")
    assert [item.rule for item in parse(octets).findings] == ["hl7.er7.blanks"]
