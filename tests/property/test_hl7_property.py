"""Properties of the HL7 v2 reader and writer, over messages that nobody would write."""

from __future__ import annotations

import dataclasses

import hl7_samples as samples
import people
import strategies
import transport_samples
from hypothesis import given
from hypothesis import strategies as st

from segur_interop import hl7
from segur_interop.errors import MessageError, SegurError
from segur_interop.hl7._datatypes import cut, joined
from segur_interop.hl7._syntax import DEFAULT, Syntax
from segur_interop.ins import IdentityStatus
from segur_interop.model import Patient

SEPARATORS = st.permutations("|^~\\&#!%$*").map(lambda marks: "".join(marks[:5]))
LEAVES = st.text(st.characters(exclude_categories=("Cs",)), max_size=12)


def syntaxes() -> st.SearchStrategy[Syntax]:
    return SEPARATORS.map(lambda m: Syntax(m[0], m[1], m[2], m[3], m[4]))


def soups() -> st.SearchStrategy[bytes]:
    """Messages that begin well and go wrong anywhere."""
    pieces = st.sampled_from(
        (
            b"pid|", b"\rPID", b"|", b"^", b"~", b"&", b"\\", b"\r", b"\n", b'""', b"\x0b", b"\x1c",
            b"\xc2\xa0",
            "˜".encode(), b"\xe9", b"\\X0D\\", b"\\.br\\", b"PID|", b"ZBE|", b"ZFD|", b"MRG|",
            b"PV1||I", b"MSH|^~\\&|", b"OBX|1|ED|||", b"VALI", b"PROV", b"DOUT", b"19790328",
            b"279035121518989^^^X&1.2.250.1.213.1.4.10&ISO^INS", b"PAT-TROIS^A^B^^^^L", b"INSERT",
            b"99999999", b"|||||||||",
        )
    ) | st.binary(max_size=6)  # fmt: skip
    body = st.lists(pieces, max_size=60).map(b"".join)
    triggers = st.sampled_from(sorted(hl7.TRIGGERS))
    heads = triggers.map(lambda code: (samples.header(code) + "\r").encode())
    return st.builds(bytes.__add__, heads, body) | st.builds(
        lambda code, tail: samples.octets(code) + tail, triggers, body
    )


@given(soups(), st.sampled_from(("MSH", "EVN", "PID", "PV1", "ZBE", "MRG", "OBX", "ZZZ")))
def test_the_first_segment_is_found_as_the_whole_index_has_it(octets: bytes, name: str) -> None:
    try:
        indexed = hl7.parse(octets)
        expected = next((segment.raw for segment in indexed if segment.id == name), None)
    except MessageError:
        return
    found = hl7.parse(octets).first(name)
    assert (None if found is None else found.raw) == expected


@given(st.binary(max_size=200) | soups())
def test_any_octets_give_a_message_or_a_message_error(octets: bytes) -> None:
    try:
        message = hl7.parse(octets)
    except MessageError:
        return
    assert bytes(message) == octets
    assert len(message.ids) == len(message) >= 1
    for finding in message.findings:
        assert finding.message
    for segment in message:
        assert segment.raw in octets
        assert len(segment) >= 0


@given(soups(), st.booleans())
def test_any_message_gives_an_event_or_a_segur_error(octets: bytes, repository: bool) -> None:
    try:
        event = hl7.read_adt(octets, identity_repository=repository)
    except SegurError as error:
        hl7.parse(hl7.refuse(octets, error))
        return
    assert hl7.parse(event.ack()).get("MSA-1") == ("AA" if event.is_integrable else "AE")
    assert "TROIS" not in repr(event) + event._repr_html_()
    assert not [finding for finding in event.findings if "TROIS" in str(finding)]
    data = written_or_said_why(event)
    if data is None:
        return
    again = hl7.read_adt(data, identity_repository=repository)
    assert again.patient.identity.matricule == event.patient.identity.matricule
    assert again.patient.identity.status is event.patient.identity.status
    # What was left out of the first message stays out: writing again changes nothing.
    assert hl7.write_adt(again) == data


PID_FIELDS = st.lists(
    st.lists(
        st.sampled_from(
            ("", "^", "~", "&", "\\T\\", '""', " ", "VALI", "PROV", "DOUT", "HOMD", "FICT", "0",
             "2", "19790328", "1979", "M", "F", "O", "^^^^^^BDL^^63220", "^^PARIS^^^^BDL", "BDL",
             samples.INS, samples.IPP, samples.NAME, "A^B^C^^^^D", "^^^^^^L", "20101207")
        )
        | LEAVES,
        max_size=3,
    ).map("".join),
    min_size=34,
    max_size=34,
)  # fmt: skip


@given(PID_FIELDS)
def test_whatever_pid_says_the_identity_is_one_that_its_class_accepts(fields: list[str]) -> None:
    """The reader makes it without the checks of its class: they find nothing."""
    texts = [text.replace("|", "").replace("\r", "").replace("\n", "") for text in fields]
    read = hl7.read_identity(samples.octets("A31", "PID|" + "|".join(texts), "PV1||N"))
    checked = dataclasses.replace(read)
    assert checked == read
    assert checked.reading == read.reading
    assert hash(checked) == hash(read)
    assert read.asserted


def carriers() -> st.SearchStrategy[bytes]:
    """Messages with a document, pieces of which are taken away, doubled or written over."""
    marks = (
        b"|", b"^", b"~", b"&", b"\\", b"\r", b"\n", b'""', b"\x0b", b"\x1c", b"\x00", b"\xff",
        b"Y", b"N", b"~Y", b"&N", b"\rOBX|", b"\rPRT|", b"\rORC|CA", b"\rTXA|", b"\rPID|",
        b"\rNTE|", b"W", b"\\XZZ\\", b"9" * 50, b"^^^^^^^^^^", "\u0663".encode(), b"\xed\xa0\x80",
        b"1.2.3", b"FINEG",
    )  # fmt: skip
    cuts = st.tuples(
        st.integers(0, 4000), st.sampled_from((0, 0, 1, 3, 40)), st.sampled_from(marks)
    )

    def spoiled(kind: str, spots: list[tuple[int, int, bytes]]) -> bytes:
        octets = bytearray(transport_samples.octets(kind, replaces=True))
        # The document is long: half of the places are before it, the others after.
        for place, length, mark in spots:
            begin = place if place < 2000 else max(len(octets) - (place - 2000), 0)
            octets[begin : begin + length] = mark
        return bytes(octets)

    return st.builds(
        spoiled, st.sampled_from(("ORU", "MDM")), st.lists(cuts, min_size=1, max_size=8)
    )


def shows(error: SegurError) -> bool:
    return "TROIS" in str(error)


@given(carriers())
def test_any_message_with_a_document_gives_a_transport_or_a_segur_error(octets: bytes) -> None:
    try:
        transport = hl7.read_transport(octets)
    except SegurError as error:
        said = shows(error)
        assert not said
        hl7.parse(hl7.refuse(octets, error))
        return
    assert hl7.parse(transport.ack()).get("MSA-1") == ("AA" if transport.is_integrable else "AE")
    assert "TROIS" not in repr(transport) + transport._repr_html_()
    assert not [finding for finding in transport.findings if "TROIS" in str(finding)]
    gates = (transport.dmp_allowed, transport.mssante_ps_allowed, transport.mssante_patient_allowed)
    assert transport.is_integrable or not any(gates)
    assert transport.control is not None or not any(gates)


def written_or_said_why(event: hl7.AdtEvent) -> bytes | None:
    said = ""
    try:
        return hl7.write_adt(event)
    except SegurError as error:
        said = f"{error} {error.report}"
    assert "TROIS" not in said
    assert "2790" not in said
    return None


@given(LEAVES, syntaxes())
def test_unescape_is_the_inverse_of_escape(text: str, syntax: Syntax) -> None:
    escaped = syntax.escaped(text)
    assert syntax.unescaped(escaped) == text
    assert not set(escaped) & {syntax.field, syntax.component, syntax.repetition}
    assert syntax.subcomponent not in escaped
    assert not [char for char in escaped if char < " "]


@given(
    LEAVES.filter(lambda text: text == text.strip()),
    st.integers(3, 40), st.integers(1, 4), st.integers(1, 12), st.integers(1, 4),
)  # fmt: skip
def test_what_is_set_is_got_and_nothing_else_moves(
    text: str, field: int, repetition: int, component: int, subcomponent: int
) -> None:
    message = hl7.parse(samples.octets())
    path = f"PID-{field}[{repetition}].{component}.{subcomponent}"
    changed = message.replace(path, text)
    assert changed.get(path) == text
    assert changed.ids == message.ids
    for name in ("MSH", "EVN", "PV1"):
        assert changed[name][0].raw == message[name][0].raw
    untouched = [n for n in range(1, 41) if n != field]
    for number in untouched:
        assert changed["PID"][0][number].raw == message["PID"][0][number].raw


def plain_leaves() -> st.SearchStrategy[str]:
    return LEAVES.map(str.strip)


def repetitions() -> st.SearchStrategy[object]:
    parts = plain_leaves() | st.lists(plain_leaves(), min_size=2, max_size=3).map(tuple)
    return plain_leaves() | st.lists(parts, min_size=1, max_size=5).map(tuple)


@given(repetitions())
def test_a_repetition_reads_back_once_its_empty_ends_are_off(value: object) -> None:
    once = cut(joined(value, DEFAULT), DEFAULT)  # type: ignore[arg-type]
    assert cut(joined(once, DEFAULT), DEFAULT) == once


@given(strategies.identities(asserted=st.just(False)))
def test_a_matricule_leaves_only_through_the_gate(identity) -> None:
    patient = Patient(identity=identity, ids=(samples.LOCAL,))
    try:
        data = hl7.write_adt(samples.event(patient=patient))
    except SegurError:
        return
    matricule = identity.matricule
    if matricule is not None:
        assert (matricule.value.encode() in data) is identity.may_transmit_ins
    assert (b"1.2.250.1.213.1.4." in data) is identity.may_transmit_ins


@given(strategies.qualified())
def test_a_qualified_identity_arrives_as_it_left(identity) -> None:
    event = samples.event(patient=Patient(identity=identity, ids=(samples.LOCAL,)))
    try:
        data = hl7.write_adt(event)
    except SegurError:
        return
    read = hl7.read_adt(data, identity_repository=True).patient.identity
    assert read.status is IdentityStatus.QUALIFIEE
    assert read.matricule == identity.matricule
    for name in ("birth_name", "birth_given_names", "used_name", "birth_place"):
        assert getattr(read, name) == getattr(identity, name).strip()
    assert (read.birth_date, read.sex) == (identity.birth_date, identity.sex)
    assert not hl7.read_adt(data).loses_qualification(identity)


@given(st.sets(st.sampled_from(["VALI", "PROV", "VIDE", "DOUT", "FICT", "INVA", "HOMD", "ANOM"])),
       st.booleans())  # fmt: skip
def test_whatever_excludes_the_qualification_is_a_loss(codes: set[str], with_ins: bool) -> None:
    ids = f"{samples.IPP}~{samples.INS}" if with_ins else samples.IPP
    own = samples.pid(ids=ids, reliability="~".join(sorted(codes)))
    event = samples.read("A31", own, "PV1||N")
    qualified = "VALI" in codes and with_ins and not codes & hl7_disqualifying()
    known = people.local(samples.PERSON)
    assert event.loses_qualification(known) is not qualified
    assert (event.patient.identity.status is IdentityStatus.QUALIFIEE) is qualified
    assert not event.loses_qualification(
        dataclasses.replace(known, status=IdentityStatus.RECUPEREE)
    )


def hl7_disqualifying() -> set[str]:
    """hl7v2 FR Core and RNIV EXI SI 09, written here again."""
    return {"PROV", "VIDE", "DOUT", "FICT", "INVA", "ANOM"}
