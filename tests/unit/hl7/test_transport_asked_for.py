"""A transport reads its fields when they are asked for: no order of asking changes one."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import threading
from collections.abc import Callable

import documents
import hl7_samples
import pytest
import transport_samples as samples

from segur_interop import cda, hl7
from segur_interop.errors import MessageError, UnsupportedMessage
from segur_interop.findings import Finding
from segur_interop.hl7.er7 import MAX_SEGMENTS

NAMES = tuple(item.name for item in dataclasses.fields(hl7.Transport))
REQUEST = samples.octets("MDM", replaces=True, reply_to=documents.SURGEON)
SOUND = {kind: samples.octets(kind, replaces=True) for kind in ("ORU", "MDM")}
ODD = {
    "someone else": samples.edited(REQUEST, "PID-5.1", "AUTRE"),
    "contradiction": samples.edited(REQUEST, "ORC-1", "CA"),
    "damaged": samples.carrying("^TEXT^XML^Base64^####", more=samples.metadata()),
    "pointer": samples.carrying("https://example.org/1", kind="RP"),
    "pdf": samples.carrying(samples.ed(samples.PDF), more=samples.metadata()),
    "nothing": samples.octets().partition(b"OBX|")[0],
    "two patients": REQUEST.replace(b"\rPV1|", b"\rPID|1\rPV1|"),
    "cut header": REQUEST.replace(b"|20240306111154|", b"|once|"),
}
EVERY = {**SOUND, **ODD}
MESSAGES = pytest.mark.parametrize("data", EVERY.values(), ids=EVERY)


def whole(data: bytes) -> dict[str, object]:
    """Every field, asked for in the order of the class."""
    made = hl7.read_transport(data)
    return {name: getattr(made, name) for name in NAMES}


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """One item for each document that is read."""
    found: list[int] = []
    read: Callable[..., cda.Document] = cda.read

    def counted(octets: bytes) -> cda.Document:
        found.append(len(octets))
        return read(octets)

    monkeypatch.setattr(cda, "read", counted)
    return found


@MESSAGES
def test_whichever_field_is_asked_first_every_field_is_the_same(data: bytes) -> None:
    expected = whole(data)
    for rank, first in enumerate(NAMES):
        made = hl7.read_transport(data)
        order = (first, *NAMES[rank::-1], *NAMES)
        assert {name: getattr(made, name) for name in order} == expected
        assert made.findings == expected["findings"]


@MESSAGES
def test_a_transport_of_which_nothing_was_asked_can_be_copied_and_sent(data: bytes) -> None:
    expected = whole(data)
    for again in (copy.copy, copy.deepcopy, dataclasses.replace, lambda made: made):
        made = again(hl7.read_transport(data))
        assert made == hl7.read_transport(data)
        assert made.findings == expected["findings"]
        assert repr(made) == repr(hl7.read_transport(data))
    sent = pickle.loads(pickle.dumps(hl7.read_transport(data)))  # noqa: S301
    assert sent == hl7.read_transport(data)
    assert sent.findings == expected["findings"]
    assert [bytes(item) for item in sent.documents] == [
        bytes(item) for item in hl7.read_transport(data).documents
    ]


@pytest.mark.parametrize(
    "name", ["someone else", "contradiction", "damaged", "nothing", "two patients"]
)
def test_what_forbids_to_act_is_known_whatever_is_asked_first(name: str) -> None:
    assert not hl7.read_transport(ODD[name]).is_integrable
    assert b"MSA|AE|" in hl7.read_transport(ODD[name]).ack()
    for first in NAMES:
        made = hl7.read_transport(ODD[name])
        getattr(made, first)
        assert not made.is_integrable


def test_what_is_allowed_waits_for_the_judgement() -> None:
    wrong = ODD["someone else"]
    assert hl7.read_transport(REQUEST).dmp_allowed
    for name in ("dmp_allowed", "mssante_ps_allowed", "mssante_patient_allowed"):
        assert getattr(hl7.read_transport(wrong), name) is False


def test_the_patient_is_read_without_the_documents(reads: list[int]) -> None:
    made = hl7.read_transport(REQUEST)
    told = made.patient, made.identity, made.header, made.visit, made.recorded
    assert all(told)
    assert made.kind == "MDM"
    assert reads == []


def test_each_document_is_read_once(reads: list[int]) -> None:
    made = hl7.read_transport(REQUEST)
    assert len(made.documents) == 1
    assert made.findings == ()
    assert made.control is hl7.OrderControl.REPLACEMENT
    assert made.documents[0] is made.documents[0]
    assert len(reads) == 1


def test_a_message_that_is_none_of_the_kind_is_refused_at_once() -> None:
    with pytest.raises(UnsupportedMessage):
        hl7.read_transport(hl7_samples.octets())
    with pytest.raises(UnsupportedMessage):
        hl7.read_transport(samples.edited(REQUEST, "MSH-12", "3"))
    with pytest.raises(MessageError, match="PID"):
        hl7.read_transport(REQUEST.replace(b"\rPID|", b"\rZID|"))
    with pytest.raises(MessageError, match="segments"):
        hl7.read_transport(REQUEST + b"NTE|\r" * MAX_SEGMENTS)


def test_many_threads_are_told_the_same() -> None:
    made, found = hl7.read_transport(ODD["someone else"]), []
    start = threading.Barrier(8)

    def ask() -> None:
        start.wait()
        found.append((made.findings, made.patient, made.documents))

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert all(item == found[0] for item in found)


def test_a_name_that_is_no_field_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="document"):
        hl7.read_transport(REQUEST).document  # noqa: B018


def test_a_transport_made_by_a_caller_has_the_defaults_of_its_fields() -> None:
    known = whole(REQUEST)
    made = hl7.Transport(
        kind="ORU", trigger="R01", header=known["header"], patient=known["patient"]
    )
    assert (made.documents, made.findings, made.message) == ((), (), None)
    assert made.is_integrable
    assert dataclasses.replace(
        made, findings=(Finding(rule="x", message="y"),)
    ).findings[0].rule == "x"  # fmt: skip
