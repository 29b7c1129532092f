"""A document just read: its fields are taken from the header when they are first asked for."""

from __future__ import annotations

import copy
import dataclasses
import pickle
import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from documents import full_octets, tree
from lxml import etree
from mutations import ACT, AUTHOR, NAME, drop, null, put, text, twice
from mutations import PATIENT as PERSON

from segur_interop import cda
from segur_interop.cda import _read_header
from segur_interop.cda.document import Document

FIELDS = tuple(item.name for item in dataclasses.fields(Document) if not item.name.startswith("_"))


def odd() -> bytes:
    """A document with something to notice in many of its fields."""
    root = tree()
    for change in (
        put("h:versionNumber", value="one"),
        put("h:code", displayName="?"),
        put(f"{PERSON}/h:birthTime", value="20250230"),
        put(f"{AUTHOR}/h:id", root="not an OID"),
        put(f"{ACT}/h:effectiveTime/h:low", value="?"),
        text(f"{NAME}/h:family", "A\u2028B"),
        twice("h:custodian"),
        null("h:legalAuthenticator/h:time"),
        drop("h:title"),
    ):
        change(root)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


@pytest.fixture(params=["full", "odd"])
def octets(request: pytest.FixtureRequest) -> bytes:
    return full_octets() if request.param == "full" else odd()


def values(document: Document, names: tuple[str, ...] = FIELDS) -> dict[str, object]:
    return {name: getattr(document, name) for name in names}


def test_the_odd_document_has_something_to_tell_in_many_places() -> None:
    places = {finding.place.partition("/")[0] for finding in cda.read(odd()).reading}
    assert len(places) >= 6


def test_every_field_of_a_document_is_in_the_table() -> None:
    assert {*_read_header._FIELDS, "reading"} == set(FIELDS)
    assert [*_read_header._FIELDS, "reading"] == list(FIELDS)


def test_the_order_of_asking_changes_no_value_and_no_finding(octets: bytes) -> None:
    expected = values(cda.read(octets))
    findings = cda.read(octets).findings
    chance = random.Random(1)
    for _ in range(20):
        document = cda.read(octets)
        names = tuple(chance.sample(FIELDS, len(FIELDS)))
        assert values(document, names) == expected
        assert document.findings == findings
        assert document.reading == expected["reading"]


def test_the_rules_are_judged_once_and_only_when_findings_are_asked_for(
    octets: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = []
    real = _read_header.check_element
    monkeypatch.setattr(
        _read_header, "check_element", lambda root: judged.append(root) or real(root)
    )
    document = cda.read(octets)
    assert document.patient.identity.birth_name
    assert document.authors
    assert judged == []
    assert document.findings == document.findings
    assert len(judged) == 1


def test_a_field_is_read_once(octets: bytes) -> None:
    document = cda.read(octets)
    for name in FIELDS:
        assert getattr(document, name) is getattr(document, name), name


@pytest.mark.parametrize("made", [copy.copy, copy.deepcopy, dataclasses.replace])
def test_a_copy_is_whole_whatever_was_asked_before(made, octets: bytes) -> None:  # type: ignore[no-untyped-def]
    asked = cda.read(octets)
    expected = values(asked)
    for document in (asked, cda.read(octets)):
        again = made(document)
        assert values(again) == expected
        assert again == asked
        assert bytes(again) == octets


def test_a_pickle_is_whole_whatever_was_asked_before(octets: bytes) -> None:
    expected = values(cda.read(octets))
    document = pickle.loads(pickle.dumps(cda.read(octets)))  # noqa: S301 (made here)
    assert values(document) == expected
    assert bytes(document) == octets
    assert document.element().tag == "{urn:hl7-org:v3}ClinicalDocument"


def test_equality_hash_repr_and_clear_read_every_field(octets: bytes) -> None:
    one, other = cda.read(octets), cda.read(octets)
    assert one == other
    assert hash(cda.read(octets)) == hash(one)
    assert repr(cda.read(octets)) == repr(one)
    assert str(cda.read(octets).reveal()) == str(one.reveal())


def test_no_other_attribute_appears(octets: bytes) -> None:
    document = cda.read(octets)
    with pytest.raises(AttributeError):
        document.pation  # type: ignore[attr-defined]  # noqa: B018
    with pytest.raises(dataclasses.FrozenInstanceError):
        document.title = ""  # type: ignore[misc]
    assert not hasattr(document, "__dict__")


def test_threads_that_ask_at_once_read_the_same(octets: bytes) -> None:
    expected = values(cda.read(octets))
    with ThreadPoolExecutor(4) as pool:
        for _ in range(5):
            document = cda.read(octets)
            assert all(made == expected for made in pool.map(values, [document] * 8))
