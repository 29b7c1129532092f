"""Reading the identity of an ADT: against python-hl7, hl7apy, and a bare split."""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest

from segur_interop import hl7

pytestmark = pytest.mark.bench

EXAMPLE = (
    "hl7v2-examples/Vague 2/Consentement_DMP_PAMFR/"
    "NonConsentementConsultation_NonOppositionAlimentation.er7"
)
MANY = 300


@pytest.fixture(scope="module")
def adt(official: Path) -> bytes:
    """The official ADT of 11 segments, its lines ended by CR as the two others need them."""
    return (official / EXAMPLE).read_bytes().strip(b"\n").replace(b"\n", b"\r") + b"\r"


@pytest.fixture(autouse=True)
def no_collection() -> Iterator[None]:
    """The garbage that one side leaves is not collected on the other's time."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def times(count: int, call):
    def run() -> None:
        for _ in range(count):
            call()

    return run


def test_no_segment_is_lost(adt: bytes) -> None:
    assert len(hl7.parse(adt)) == 11
    assert hl7.read_identity(adt).matricule is not None


def test_identity_against_python_hl7(ratio, adt: bytes) -> None:
    peer = pytest.importorskip("hl7", reason="python-hl7 is not installed")
    text = adt.decode()
    ratio(
        "hl7.read_identity / python-hl7 parse (times faster)",
        times(MANY, lambda: hl7.read_identity(adt)),
        times(MANY, lambda: peer.parse(text)),
        budget=50,
        at_least=True,
        rounds=5,
    )


def test_identity_against_hl7apy(ratio, adt: bytes) -> None:
    from hl7apy.parser import parse_message

    text = adt.decode()
    few = 20
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        ratio(
            "hl7.read_identity / hl7apy parse_message (times faster)",
            times(few, lambda: hl7.read_identity(adt)),
            times(few, lambda: parse_message(text, find_groups=True)),
            budget=800,
            at_least=True,
            rounds=5,
        )


def test_identity_against_splitting_every_field(ratio, adt: bytes) -> None:
    def split_every_field() -> list[list[list[str]]]:
        lines = adt.decode().split("\r")
        return [[field.split("^") for field in line.split("|")] for line in lines]

    ratio(
        "hl7.read_identity / splitting every field into its components",
        times(MANY, lambda: hl7.read_identity(adt)),
        times(MANY, split_every_field),
        budget=3,
    )


def test_a_large_message_against_a_copy(ratio, official: Path) -> None:
    folder = official / "hl7v2-examples"
    data = max((file for file in folder.rglob("*.er7")), key=lambda file: file.stat().st_size)
    octets = data.read_bytes()

    def document() -> memoryview:
        return hl7.parse(octets)["OBX"][0].slice(5, 5)

    ratio(
        "parse and slice the document of an 820 kB message / one copy of its octets",
        times(50, document),
        times(50, lambda: bytearray(octets)),
        budget=10,
    )
