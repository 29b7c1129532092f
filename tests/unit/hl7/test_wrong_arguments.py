"""A wrong type is a TypeError that names the argument; a wrong number, an IndexError."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import hl7_samples as samples
import pytest

from segur_interop import hl7
from segur_interop.errors import InvalidValue

MESSAGE = hl7.parse(samples.octets())
SEGMENT = MESSAGE["PID"][0]
EVENT = hl7.read_adt(samples.octets())
NO_TEXTS = (None, 3, 1.5, b"PID-3", [], (), {}, object())
CALLS: dict[str, Callable[[Any], object]] = {
    "path: Message.get": MESSAGE.get,
    "path: Message.replace": lambda path: MESSAGE.replace(path, "x"),
    "path: Segment.get": SEGMENT.get,
    "charset: parse": lambda name: hl7.parse(b"MSH|^~\\&|", charset=name or 0),
    "charset: read_adt": lambda name: hl7.read_adt(samples.octets(), charset=name or 0),
    "segment: Record.of": hl7.Record.of,
    "known: loses_qualification": EVENT.loses_qualification,
    "accuse: zam": hl7.zam,
    "tolerated: read_adt": lambda name: hl7.read_adt(
        samples.octets(), tolerated=(name,) if isinstance(name, (list, dict, tuple)) else name
    ),
}  # fmt: skip


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("given", NO_TEXTS, ids=lambda value: type(value).__name__)
def test_a_value_of_another_type_is_refused_by_the_name_of_its_argument(
    call: str, given: object
) -> None:
    with pytest.raises(TypeError, match=f"^{call.partition(':')[0]} is a "):
        CALLS[call](given)


@pytest.mark.parametrize("given", [None, 3, "MSH|^~\\&|", bytearray(b"MSH|^~\\&|"), []])
def test_a_message_is_made_of_octets(given: Any) -> None:
    with pytest.raises(TypeError, match="octets is a bytes"):
        hl7.Message(given)


@pytest.mark.parametrize("given", [None, "3", 1.5, b"3", [3]])
def test_parts_are_asked_for_by_a_number(given: Any) -> None:
    for call in (
        SEGMENT.__getitem__, SEGMENT[3].__getitem__, SEGMENT.slice, MESSAGE.segment,
        lambda number: SEGMENT.slice(3, number or ""),
    ):  # fmt: skip
        with pytest.raises(TypeError, match="(number|position) is a int"):
            call(given)


@pytest.mark.parametrize("number", [0, -1])
def test_no_part_has_a_number_below_1(number: int) -> None:
    for call in (
        SEGMENT.__getitem__, SEGMENT[3].__getitem__, SEGMENT.slice,
        lambda number: SEGMENT.slice(3, number),
    ):  # fmt: skip
        with pytest.raises(IndexError, match="numbered from 1"):
            call(number)


def test_a_path_of_another_form_is_told_apart_from_one_of_another_type() -> None:
    for path in ("", "PID", "PID-", "PID-0", "PID[0]-3", "PID-3[0]", "pid-3", "PID-3.4.2.1"):
        with pytest.raises(InvalidValue, match="path"):
            MESSAGE.get(path)
    with pytest.raises(IndexError):
        MESSAGE.segment(99)
