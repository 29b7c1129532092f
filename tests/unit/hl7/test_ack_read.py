"""Received answers as values."""

from __future__ import annotations

import hl7_samples
import pytest

from segur_interop import hl7
from segur_interop.errors import UnsupportedMessage

REQUEST = hl7.parse(hl7_samples.octets())


@pytest.mark.parametrize(
    "errors",
    [
        (),
        (hl7.AckError.application("902", location="PID-3", message="inconnu"),),
        (hl7.AckError(condition="101", location="PID[2]-3[2].4.2"), hl7.AckError()),
        (hl7.AckError(condition="203", location="MSH-12"),),
        (hl7.AckError(condition="100", location="OBX[3]"),),
    ],
)
def test_what_is_answered_is_read(errors: tuple[hl7.AckError, ...]) -> None:
    read = hl7.read_ack(hl7.ack(REQUEST, *errors, refusal="AR"))
    assert read.errors == errors
    assert read.accepted is bool(read) is (not errors)
    assert read.code == ("AR" if errors else "AA")
    assert read.may_be_sent_again is bool(errors)
    assert read.message_id == REQUEST.control_id
    assert read.findings == ()
    assert "inconnu" not in repr(read) + repr(read.errors)


def test_ae_is_not_to_be_sent_again() -> None:
    read = hl7.read_ack(hl7.ack(REQUEST, hl7.AckError()))
    assert not read
    assert not read.may_be_sent_again


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        (b"MSA|AX|3975", "hl7.ack.code"), (b"ZZZ|1", "hl7.ack.code"),
        (b"MSA|AE|3975\rERR|||999^x|E", "hl7.ack.condition"),
        (b"MSA|AE|3975\rERR|||207|E|999^x", "hl7.ack.application-code"),
        (b"MSA|AE|3975\rERR||DUPONT^x^y|207|Q", ""),
        (b"MSA|AE|1" + b"\rERR|||207|E" * 150, "hl7.ack.errors"),
    ],
)  # fmt: skip
def test_an_odd_answer_is_a_value_with_findings(line: bytes, rule: str) -> None:
    data = hl7.ack(REQUEST).partition(b"\r")[0] + b"\r" + line + b"\r"
    read = hl7.read_ack(data)
    assert rule in {"", *(finding.rule for finding in read.findings)}
    assert not read
    assert len(read.errors) <= 100


def test_only_an_ack_is_one() -> None:
    with pytest.raises(UnsupportedMessage):
        hl7.read_ack(REQUEST)
