"""CDA over arbitrary input: a document or InvalidDocument, nothing lost, nobody named."""

from __future__ import annotations

import contextlib
import copy
from typing import Any

import pytest
import strategies
from documents import BODY, IPP, KIT_1, full_octets, minimal, tree, wrap
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from people import secrets, traits_only

from segur_interop import cda
from segur_interop.errors import InvalidDocument, InvalidValue, SegurError
from segur_interop.findings import Finding
from segur_interop.ins import Identity
from segur_interop.model import Patient

slow = settings(suppress_health_check=list(HealthCheck), max_examples=40)
FULL = full_octets()


def exercise(octets: bytes) -> None:
    """Every public way into a document; only InvalidDocument crosses."""
    try:
        document = cda.read(octets)
    except InvalidDocument:
        return
    assert bytes(document) == octets
    repr(document), document._repr_html_(), document.type, document.level, document.signed
    hash(document)
    for finding in (*document.findings, *document.check()):
        assert isinstance(finding, Finding)
    with contextlib.suppress(InvalidDocument):
        assert document.pdf is None or b"%PDF-" in document.pdf


@given(st.binary(max_size=400))
def test_any_bytes_are_a_document_or_invalid(octets: bytes) -> None:
    exercise(octets)
    exercise(b"<ClinicalDocument xmlns='urn:hl7-org:v3'>" + octets + b"</ClinicalDocument>")


@given(st.integers(0, len(FULL)), st.integers(0, 300), st.binary(max_size=40))
def test_a_damaged_document_is_a_document_or_invalid(at: int, cut: int, put: bytes) -> None:
    exercise(FULL[:at] + put + FULL[at + cut :])


WILD = st.text(max_size=30) | st.sampled_from(
    [
        "",
        " ",
        "9" * 5000,
        "20260230",
        "2026",
        "00000000",
        "-1",
        "²",
        "1.2.250.1.213.1.4.8",
        "\u2028",
    ]
)


@st.composite
def mutated(draw: st.DrawFn) -> bytes:
    """The full document after some edits of its tree."""
    root = tree()
    for _ in range(draw(st.integers(1, 6))):
        elements = [item for item in root.iter(etree.Element) if item is not root]
        element = draw(st.sampled_from(elements))
        parent = element.getparent()
        assert parent is not None
        action = draw(st.sampled_from(["drop", "twice", "move", "attribute", "text", "null"]))
        if action == "drop":
            parent.remove(element)
        elif action == "twice":
            parent.insert(0, copy.deepcopy(element))
        elif action == "move":
            draw(st.sampled_from(elements)).append(copy.deepcopy(element))
        elif action == "null":
            element.set("nullFlavor", "UNK")
        else:
            value = draw(WILD)
            with contextlib.suppress(ValueError):
                if action == "text":
                    element.text = value
                else:
                    names = [str(name) for name in element.attrib] or ["value"]
                    element.set(draw(st.sampled_from(names)), value)
    return etree.tostring(root)


@slow
@given(mutated())
def test_a_document_edited_anywhere_is_read(octets: bytes) -> None:
    exercise(octets)


@slow
@given(strategies.wrap_arguments())
def test_every_header_written_is_read_back(arguments: dict[str, Any]) -> None:
    written = cda.wrap(BODY, **arguments)
    back = cda.read(bytes(written))
    assert back.check()
    assert back.body == written.body
    for name in (
        "id", "set_id", "version", "code", "created", "confidentiality", "language", "templates",
        "relation", "consents", "level", "type",
    ):  # fmt: skip
        assert getattr(back, name) == getattr(written, name), name
    folded = " ".join
    assert back.title == folded(written.title.split())
    for name in ("authors", "authenticators", "informants", "recipients", "participants", "orders"):
        assert len(getattr(back, name)) == len(getattr(written, name)), name
    assert [item.code for item in back.acts] == [item.code for item in written.acts]
    assert [item.type for item in back.participants] == [item.type for item in written.participants]
    local, far = written.patient.identity, back.patient.identity
    assert (far.birth_date, far.sex) == (local.birth_date, local.sex)
    assert far.birth_place == " ".join(local.birth_place.split())
    if local.may_transmit_ins:
        assert far.matricule == local.matricule
        assert far.traits == local.normalised().traits
    else:
        assert far.matricule is None
    assert far.multiple_birth_order == local.multiple_birth_order


@slow
@given(strategies.wrap_arguments())
def test_a_matricule_is_written_only_through_the_gate(arguments: dict[str, Any]) -> None:
    octets = bytes(cda.wrap(BODY, **arguments))
    identity = arguments["patient"].identity
    may = identity.may_transmit_ins
    for number in (identity.matricule, *identity.history):
        if number is not None and not (may and number.number == identity.matricule.number):
            assert number.number.encode() not in octets
    assert octets.count(b'root="1.2.250.1.213.1.4.') == (1 if may else 0)


@slow
@given(strategies.identities(asserted=st.just(True)))
def test_an_identity_that_a_sender_asserts_never_gives_its_matricule(identity: Identity) -> None:
    try:
        octets = bytes(wrap(**minimal(patient=Patient(identity=identity, ids=(IPP,)))))
    except InvalidDocument:
        return
    assert identity.matricule is None or identity.matricule.number.encode() not in octets


@given(strategies.xml_text(), strategies.xml_text(), strategies.xml_text())
def test_names_of_any_xml_text_travel(family: str, given_names: str, title: str) -> None:
    identity = traits_only(KIT_1, birth_name=family, birth_given_names=given_names)
    arguments = minimal(patient=Patient(identity=identity, ids=(IPP,)), title=title)
    if not (family.strip() and given_names.strip() and title.strip()):
        with contextlib.suppress(InvalidDocument):  # what XPath calls a space is not all of them
            wrap(**arguments)
        return
    back = cda.read(bytes(wrap(**arguments)))
    if not cda_replaces(family + given_names):
        assert back.patient.identity.birth_name == " ".join(family.split())
        assert back.patient.identity.birth_given_names == " ".join(given_names.split())


def cda_replaces(text: str) -> bool:
    """True for characters that XML holds and the values of the model do not."""
    return any(0x7F <= ord(char) <= 0x9F or 0xFDD0 <= ord(char) <= 0xFDEF for char in text)


@given(st.text(max_size=20), st.sampled_from("\x00\x01\x08\x0b\x1f\ud800\udfff\ufffe\uffff"))
def test_a_character_without_xml_gives_a_report(around: str, bad: str) -> None:
    with pytest.raises(InvalidDocument) as error:
        wrap(**minimal(title=around + bad))
    assert error.value.report is not None
    assert "cda.text" in {item.rule for item in error.value.report}


@slow
@given(strategies.wrap_arguments(), st.data())
def test_no_message_names_anyone(arguments: dict[str, Any], data: st.DataObject) -> None:
    # Whatever is missing or wrong, the error says where.
    wrong = data.draw(
        st.fixed_dictionaries(
            {},
            optional={
                "title": st.just("\x00"),
                "language": st.just("x"),
                "author": st.just(()),
                "confidentiality": st.just("Z"),
            },
        ).filter(bool)
    )
    identity = arguments["patient"].identity
    hidden = {text for text in secrets(identity) if len(text) > 5 and not text.isspace()}
    try:
        document = cda.wrap(BODY, **{**arguments, **wrong})
        told = [repr(document), document._repr_html_(), *map(str, document.findings)]
    except SegurError as error:
        told = [str(error), str(error.report), repr(error)]
    assert not [text for text in hidden for line in told if text in line]


@slow
@given(mutated())
def test_no_finding_of_a_received_document_names_anyone(octets: bytes) -> None:
    try:
        document = cda.read(octets)
    except InvalidDocument as error:
        told = [str(error)]
    else:
        told = [f"{item!r}" for item in (*document.findings, *document.check())]
        told += [repr(document), document._repr_html_()]
    names = ("PAT-TROIS", "DOMINIQUE", "279035121518989", "LEGRIS", "NESSI", "19790328", "IPP0001")
    assert not [name for name in names for line in told if name in line]


@given(st.text(max_size=30))
def test_any_text_for_an_identifier_is_an_oid_a_uuid_or_refused(given_id: str) -> None:
    try:
        document = wrap(**minimal(id=given_id))
    except (InvalidValue, InvalidDocument):
        return
    assert document.id is not None
    assert cda.read(bytes(document)).id == document.id
