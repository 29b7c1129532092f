"""The identity of an ADT against python-hl7, hl7apy and a bare split; documents in messages."""

from __future__ import annotations

import base64
import contextlib
import gc
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from lxml import etree

from segur_interop import cda, hl7

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


def test_no_segment_of_any_official_file_is_lost(record, official: Path) -> None:
    """Every line of every example is a segment here; what hl7apy keeps is printed beside."""
    from hl7apy.parser import parse_message

    written = ours = theirs = 0
    for file in sorted((official / "hl7v2-examples").rglob("*.er7")):
        octets = file.read_bytes()
        names = [line[:3] for line in octets.decode().splitlines() if line[3:4] == "|"]
        assert list(hl7.parse(octets).ids) == names
        written += len(names)
        ours += len(hl7.parse(octets))
        text = "\r".join(line for line in octets.decode().splitlines() if line.strip()) + "\r"
        kept = ""
        with warnings.catch_warnings(), contextlib.suppress(Exception):
            warnings.simplefilter("ignore")
            kept = parse_message(text, find_groups=True).to_er7()
        theirs += sum(1 for line in kept.split("\r") if line[3:4] == "|")
    assert ours == written
    record("segments of the official files, as written", written, unit="segments")
    record("segments of the official files, read here", ours, unit="segments")
    record("segments of the official files, kept by hl7apy", theirs, unit="segments")


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
    few = 100  # less, and our side would be measured on caches that the other has emptied
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


MDM = (
    "hl7v2-examples/Vague 2/Trans_Doc-CDA-HL7V2/TRANSMISSION_DOCS_CDA_EN_HL7V2_V2.1/MDM/"
    "Remplacement MDM/message_MDM_CR_Radio_RPLC_N1.er7"
)


@pytest.fixture(scope="module")
def mdm(official: Path) -> bytes:
    """The official MDM of 331 kB, whose document is 246 kB."""
    return (official / MDM).read_bytes()


def larger(data: bytes, size: int) -> bytes:
    """The same message with a PDF of this size in its document."""
    piece = bytes(hl7.parse(data)["OBX"][0].slice(5, 5))
    document = base64.b64decode(piece)
    start = document.index(b'"B64">') + len(b'"B64">')
    body = base64.b64encode(b"%PDF-1.4\n" + bytes(size))
    document = document[:start] + body + document[document.index(b"</text>", start) :]
    return data.replace(piece, base64.b64encode(document))


def document_of(data: bytes) -> bytes:
    return base64.b64decode(hl7.parse(data)["OBX"][0].slice(5, 5))


def plain(data: bytes) -> etree._Element:
    """Slice, base64, lxml: the least that anybody does."""
    return etree.fromstring(document_of(data), etree.XMLParser(huge_tree=True))


def told(mdm: bytes) -> None:
    transport = hl7.read_transport(mdm)
    assert transport.findings
    assert transport.documents[0].findings


# The document as a value; what is to be looked at before it is filed, every part compared; every
# field and finding, a fixed cost that a small document shows; what a router asks.
@pytest.mark.parametrize(
    ("what", "read", "budget"),
    [
        ("documents[0]", lambda mdm: hl7.read_transport(mdm).documents[0], 2),
        ("is_integrable", lambda mdm: hl7.read_transport(mdm).is_integrable, 2),
        ("findings, document.findings", told, 2),
        ("patient", lambda mdm: hl7.read_transport(mdm).patient, 1),
    ],
    ids=["document", "judgement", "everything", "patient"],
)
def test_an_mdm_against_slice_base64_and_lxml(ratio, mdm: bytes, what, read, budget) -> None:
    ratio(
        f"331 kB MDM: hl7.read_transport, {what} / slice + base64 + lxml",
        lambda: read(mdm),
        lambda: plain(mdm),
        budget=budget,
        rounds=21,
    )


def test_a_large_mdm_to_its_judgement(ratio, mdm: bytes) -> None:
    data = larger(mdm, 8_000_000)
    assert hl7.read_transport(data).is_integrable
    ratio(
        "15 MB MDM: hl7.read_transport, is_integrable / slice + base64 + lxml",
        lambda: hl7.read_transport(data).is_integrable,
        lambda: plain(data),
        budget=2,
    )


def test_what_the_message_adds_to_the_document(ratio, mdm: bytes) -> None:
    ratio(
        "331 kB MDM: hl7.read_transport, is_integrable / slice + base64 + cda.read, patient",
        lambda: hl7.read_transport(mdm).is_integrable,
        lambda: cda.read(document_of(mdm)).patient,
        budget=2,
        rounds=21,
    )


def test_writing_an_mdm_against_base64(ratio, mdm: bytes) -> None:
    document = hl7.read_transport(larger(mdm, 8_000_000)).documents[0]
    header = hl7.read_transport(mdm).header
    octets = bytes(document)
    ratio(
        "hl7.mdm of a 11 MB document / base64 and one copy",
        lambda: hl7.mdm(document, header=header, forward=True),
        lambda: b"".join((b"OBX|", base64.b64encode(octets), b"|F\r")),
        budget=2,
    )
