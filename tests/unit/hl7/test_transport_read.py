"""What a receiver learns of an ORU, OUL or MDM, and what it is told to distrust."""

from __future__ import annotations

import base64
import dataclasses

import documents
import people
import pytest
import transport_samples as samples

from segur_interop import cda, hl7, ins
from segur_interop.errors import InvalidValue, MessageError, SegurError, UnsupportedMessage
from segur_interop.hl7 import OrderControl
from segur_interop.model import LocalId, Telecom

BOTH = pytest.mark.parametrize("kind", ["ORU", "MDM"])
CDA = bytes(samples.document())


def read(data: bytes) -> hl7.Transport:
    return hl7.read_transport(data)


def told(value: str, **changes: object) -> hl7.Transport:
    return read(samples.carrying(value, more=samples.metadata(), **changes))


# What is found.


@BOTH
def test_every_part_is_a_value(kind: str) -> None:
    transport = read(samples.octets(kind, replaces=True, reply_to=documents.SURGEON))
    assert (transport.kind, transport.version) == (kind, "2.1")
    assert transport.profile == "CISIS_CDA_HL7_V2"
    assert transport.trigger == ("T10" if kind == "MDM" else "R01")
    assert transport.header.control_id == "42"
    assert transport.control is OrderControl.REPLACEMENT
    assert transport.replaced == LocalId(root="1.2.3.9")
    assert transport.patient.identity.matricule == documents.PATIENT.identity.matricule
    assert transport.patient.identity.asserted
    assert transport.visit is not None
    assert transport.visit.patient_class == "I"
    assert transport.sender is not None
    assert transport.sender.person is not None
    assert transport.sender.person.rpps == "10000336601"
    assert transport.sender.organization is not None
    assert transport.sender.organization.idnat == "1750803447"
    assert [item.kind for item in transport.recipients] == ["professional", "patient"]
    assert transport.recipients[1].matricule == documents.PATIENT.identity.matricule
    assert transport.reply_to == Telecom.email("pierre.legris@hopital.mssante.fr", "WP")
    assert transport.findings == ()
    assert (transport.document_id is not None) is (kind == "MDM")
    assert transport.message is not None
    assert bytes(transport.message) == samples.octets(
        kind, replaces=True, reply_to=documents.SURGEON
    )


def test_a_received_document_finds_its_patient() -> None:
    transport = read(samples.octets())
    assert ins.preselect(transport.identity, [documents.PATIENT])
    other = dataclasses.replace(
        documents.PATIENT, identity=people.local(people.BY_ID["kit-2-test"])
    )
    assert not ins.preselect(transport.identity, [other])


def test_repr_html_and_findings_say_nothing_of_anybody() -> None:
    actions = dataclasses.replace(samples.EVERYWHERE, mail_body_ps="PAT-TROIS va bien")
    data = samples.octets(actions=actions, reply_to=documents.SURGEON)
    data = samples.edited(data, "PID-5.1", "AUTRE")
    transport = read(data)
    assert not transport.is_integrable
    shown = repr(transport) + transport._repr_html_() + " ".join(map(str, transport.findings))
    for value in (transport.sender, *transport.recipients, transport.actions, *transport.documents):
        shown += repr(value)
    hidden = {"TROIS", "AUTRE", "2790351215189", "LEGRIS", "legris", "19790328", "10000336601"}
    assert not [text for text in hidden if text in shown]
    assert "AUTRE" in str(transport.reveal())


def test_an_oul_is_read_as_an_oru() -> None:
    data = samples.octets().replace(b"ORU^R01^ORU_R01", b"OUL^R22^OUL_R22")
    transport = read(data)
    assert (transport.kind, transport.trigger) == ("OUL", "R22")
    assert bytes(transport.documents[0]) == CDA
    assert transport.control is OrderControl.INITIAL


def test_the_names_of_1_x_are_read() -> None:
    data = samples.octets().replace(b"2.1^CISIS_CDA_HL7_V2", b"1.2^CISIS_CDA_HL7_V1")
    for former, name in (
        (b"INVISIBLE_REPRESENTANTS_LEGAUX", b"INVISIBLE_REP_LEGAUX"),
        (b"MODIF_CONFIDENTIALITYCODE", b"MODIF_CONF_CODE"), (b"ACK_LECTURE", b"ACK_LECTURE_MSS"),
    ):  # fmt: skip
        data = data.replace(b"|" + name + b"^", b"|" + former + b"^")
    data = data.replace(b"^MetaDMPMSS", b"").replace(b"^^expandedYes-NoIndicator", b"")
    transport = read(data)
    assert transport.version == "1.2"
    assert transport.actions == samples.EVERYWHERE
    assert {"coding-system", "yes-no"} <= samples.rules(transport)
    assert transport.is_integrable


def test_codes_are_read_whatever_their_case_accents_and_blanks() -> None:
    data = samples.edited(samples.octets(), "OBX[2]-3.1", " Masqu\u00e9_ps ")
    assert read(data).actions.masque_ps is False


def test_a_message_to_an_lps_tells_its_mail() -> None:
    mail = (
        "OBX|2|ED|1^XDM/1.0/DDM+CR||^text^^Base64^"
        + base64.b64encode(b"Bonjour").decode() + "||||||F"
    )  # fmt: skip
    data = samples.carrying(samples.ed(CDA), more=(mail, *samples.metadata()[:3]))
    data = data.replace(b"2.1^CISIS_CDA_HL7_V2", b"1.1^CISIS_CDA_HL7_LPS")
    transport = read(data)
    assert transport.mail == hl7.Mail(message_id="1", subject="XDM/1.0/DDM+CR", body="Bonjour")
    assert transport.actions.destdmp is False
    assert transport.actions.masque_ps is False
    assert transport.actions.modif_conf_code is None


# A PDF without CDA.


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("ED", samples.ed(samples.PDF, "application^PDF^Base64")),
        ("ED", samples.ed(samples.PDF, "TEXT^XML^Base64")),
        ("ED", samples.ed(samples.PDF, "^^")),
        ("ED", "^application^PDF^Hex^" + samples.PDF.hex()),
        ("RP", base64.b64encode(samples.PDF).decode() + "^^application^PDF"),
        ("RP", "^^application^PDF^" + base64.b64encode(samples.PDF).decode()),
        ("", samples.ed(samples.PDF)),
    ],
)
def test_a_pdf_is_told_by_its_octets(kind: str, value: str) -> None:
    transport = told(value, kind=kind)
    assert transport.documents == ()
    (found,) = transport.pdfs
    assert bytes(found) == samples.PDF
    assert found.code is not None
    assert (found.code.code, found.code.system) == ("11502-2", "2.16.840.1.113883.6.1")
    assert found.type == cda.DocumentType.COMPTE_RENDU_BIOLOGIE
    assert found.status == "F"
    assert found.value_type == (kind or "ED")
    assert transport.is_integrable
    assert transport.actions == hl7.Actions()
    announced = value.split("^")[1:4] == ["application", "PDF", "Base64"]
    assert ("literal" in samples.rules(transport)) is not announced
    assert "endobj" not in repr(found)


def test_a_carried_pdf_is_ready_to_be_wrapped() -> None:
    found = told(samples.ed(samples.PDF)).pdfs[0]
    assert found.type is not None
    arguments = documents.minimal(documents.S.OFFICE, type=found.type, title="CR")
    assert documents.wrap(**arguments).code == found.code


def test_an_unknown_kind_stays_a_code_without_a_row() -> None:
    data = samples.carrying(samples.ed(samples.PDF)).replace(b"11502-2", b"99999-9")
    transport = read(data)
    assert transport.pdfs[0].type is None
    assert "code" in samples.rules(transport)


def test_a_pointer_is_kept_and_never_fetched() -> None:
    transport = told("https://example.org/1^^application^PDF", kind="RP")
    assert transport.references == ("https://example.org/1",)
    assert "pointer" in samples.rules(transport)
    assert transport.is_integrable
    assert "example.org" not in repr(transport)


def test_a_pointer_keeps_every_character_of_its_address() -> None:
    transport = told("https://example.org/?a=1&b=2\\T\\3^^application^PDF", kind="RP")
    assert transport.references == ("https://example.org/?a=1&b=2&3",)


def test_words_that_could_be_anything_are_not_shown() -> None:
    value = samples.ed(samples.PDF, "DUPONT^DURAND^Base64")
    data = samples.carrying(value, status="DUPONT").replace(b"11502-2", b"DUPONT")
    data = data.replace(b"2.1^CISIS_CDA_HL7_V2", b"DUPONT^DURAND")
    line = "PRT||UC||SB||||A^^^^^X&1.2.250.1.71.4.2.2&ISO^DUPONT^^^1300017985"
    transport = read(data + line.encode() + b"\r")
    shown = repr(transport) + repr(transport.pdfs) + repr(transport.sender)
    shown += " ".join(map(str, transport.findings))
    assert "DUPONT" not in shown
    assert "DURAND" not in shown
    assert transport.pdfs[0].literal == "?^?^Base64"
    assert (transport.version, transport.profile) == ("", "")


def test_plain_text_encodings_are_read() -> None:
    text = CDA.decode().replace("\\", "\\E\\").replace("|", "\\F\\").replace("^", "\\S\\")
    text = text.replace("~", "\\R\\").replace("&", "\\T\\").replace("\n", "\\.br\\")
    transport = told(f"^TEXT^XML^A^{text}")
    assert bytes(transport.documents[0]) == CDA


# Base64 as senders write it.


@pytest.mark.parametrize(
    ("mangle", "rule"),
    [
        (lambda text: text.rstrip("="), "base64.padding"),
        (lambda text: text.rstrip("=") + "====", "base64.padding"),
        (lambda text: "\\.br\\".join(text[i : i + 76] for i in range(0, len(text), 76)),
         "base64.blanks"),
        (lambda text: "\r\n".join(text[i : i + 76] for i in range(0, len(text), 76)),
         "base64.blanks"),
        (lambda text: " ".join(text[i : i + 500] for i in range(0, len(text), 500)),
         "base64.blanks"),
    ],
)  # fmt: skip
def test_base64_that_can_be_mended_is_read_with_a_finding(mangle, rule: str) -> None:
    padded = CDA + b"\n" * (1 if len(CDA) % 3 == 0 else 0)
    text = mangle(base64.b64encode(padded).decode())
    transport = told(f"^TEXT^XML^Base64^{text}")
    assert bytes(transport.documents[0]) == padded
    assert transport.is_integrable
    assert rule in samples.rules(transport)


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("^TEXT^XML^Base64^" + base64.b64encode(CDA).decode()[:-3] + "=", "base64"),
        ("^TEXT^XML^Base64^@@@@", "base64"),
        ("^TEXT^XML^Base64^A", "base64"),
        ("^TEXT^XML^Hex^zz", "hex"),
        ("^TEXT^XML^Base64^", "data"),
        ("", "data"),
        (samples.ed(b"Document medical"), "content"),
        (samples.ed(b"<a/>"), "cda"),
        (samples.ed(CDA[:2000]), "cda"),
        (samples.ed(b"<!DOCTYPE a><ClinicalDocument xmlns='urn:hl7-org:v3'/>"), "cda"),
    ],
)
def test_what_cannot_be_read_is_an_error_and_no_document(value: str, rule: str) -> None:
    transport = told(value)
    assert transport.documents == ()
    assert transport.pdfs == ()
    assert {rule, "document"} <= samples.errors(transport)
    assert hl7.parse(transport.ack()).get("MSA-1") == "AE"


def test_two_values_in_one_field_are_an_error() -> None:
    transport = told(f"{samples.ed(CDA)}~{samples.ed(samples.PDF)}")
    assert "repeated" in samples.errors(transport)


def test_a_message_without_observation_has_no_document() -> None:
    data = b"\r".join(samples.carrying("").split(b"\r")[:5]) + b"\r"
    assert "document" in samples.errors(read(data))


def test_only_so_many_documents_are_read() -> None:
    one = f"OBX|1|ED|11502-2^CR^LN||{samples.ed(samples.PDF)}||||||F"
    transport = read(samples.carrying(samples.ed(samples.PDF), more=(one,) * 50))
    assert len(transport.pdfs) == 10
    assert "documents" in samples.errors(transport)


def test_a_huge_value_is_decoded_once_and_kept_within_its_size() -> None:
    content = b"%PDF-1.4\n" + b"\0" * 12_000_000
    transport = told(samples.ed(content))
    assert bytes(transport.pdfs[0]) == content
    with pytest.raises(MessageError):
        hl7.read_transport(samples.carrying(samples.ed(content)), max_bytes=1_000_000)


# One order.


@BOTH
@pytest.mark.parametrize("path", ["ORC-1", "OBX-11"])
def test_a_contradiction_of_order_status_and_event_refuses(kind: str, path: str) -> None:
    value = {"ORC-1": "CA", "OBX-11": "D"}[path]
    transport = read(samples.edited(samples.octets(kind), path, value))
    assert transport.control is None
    assert "control" in samples.errors(transport)
    assert not transport.dmp_allowed
    assert not transport.mssante_ps_allowed


def test_an_event_that_contradicts_refuses() -> None:
    transport = read(samples.octets("MDM").replace(b"MDM^T02", b"MDM^T04"))
    assert transport.control is None
    assert "control" in samples.errors(transport)


@pytest.mark.parametrize("code", ["SC", ""])
def test_an_order_control_of_another_volet_is_told_and_the_rest_decides(code: str) -> None:
    data = samples.octets(replaces=True).replace(b"ORC|RO", b"ORC|" + code.encode())
    transport = read(data)
    assert transport.control is OrderControl.REPLACEMENT
    assert "orc" in samples.rules(transport)
    assert transport.is_integrable


@BOTH
@pytest.mark.parametrize("status", ["W", "X", "P", "R", "I", "S", "U", "Z", "F~W"])
def test_a_document_that_is_not_final_is_not_acted_upon(kind: str, status: str) -> None:
    """HL7 table 0085: the volet knows F, C and D only."""
    data = samples.octets(kind)
    assert b"||||||F\r" in data
    transport = read(data.replace(b"||||||F\r", b"||||||" + status.encode() + b"\r", 1))
    assert transport.control is None
    assert {"status", "control"} <= samples.errors(transport)
    assert not transport.dmp_allowed
    assert not transport.mssante_ps_allowed
    assert not transport.mssante_patient_allowed
    assert hl7.parse(transport.ack()).get("MSA-1") == "AE"


def test_a_status_that_is_absent_is_told_and_the_rest_decides() -> None:
    transport = read(samples.edited(samples.octets(), "OBX-11", ""))
    assert transport.control is OrderControl.INITIAL
    assert "status" in samples.rules(transport)
    assert transport.is_integrable
    silent = read(samples.edited(samples.edited(samples.octets(), "OBX-11", ""), "ORC-1", ""))
    assert silent.control is None
    assert silent.is_integrable
    assert not silent.dmp_allowed
    assert not silent.mssante_ps_allowed


@BOTH
@pytest.mark.parametrize("control", [b"CA", b"RO"])
@pytest.mark.parametrize("place", [b"\rOBR|", b"\rOBX|1|"])
def test_a_second_order_that_contradicts_refuses(kind: str, control: bytes, place: bytes) -> None:
    data = samples.octets(kind)
    transport = read(data.replace(place, b"\rORC|" + control + place, 1))
    assert transport.control is None
    assert "control" in samples.errors(transport)
    assert not transport.dmp_allowed


def test_a_second_order_that_agrees_is_told() -> None:
    transport = read(samples.octets().replace(b"\rOBR|", b"\rORC|NW\rOBR|", 1))
    assert transport.control is OrderControl.INITIAL
    assert "orders" in samples.rules(transport)
    assert transport.is_integrable


def test_orders_without_end_are_an_error() -> None:
    transport = read(samples.octets().replace(b"\rOBR|", b"\rORC|NW" * 200 + b"\rOBR|", 1))
    assert "orders" in samples.errors(transport)


@pytest.mark.parametrize("told", ["1.2.3.4", "9^^1.2.3.9^ISO", "1.2.3.9^^1.2.3^ISO", "LETTRE"])
def test_a_parent_that_is_not_the_one_of_the_document_refuses(told: str) -> None:
    data = samples.octets("MDM", replaces=True)
    assert hl7.parse(data).get("TXA-13") == "1.2.3.9"
    transport = read(data.replace(b"|1.2.3.9|", b"|" + told.encode() + b"|"))
    assert "replaced" in samples.errors(transport)
    assert not transport.is_integrable


@pytest.mark.parametrize("told", ["1.2.3.9", "1.2.3.9^^1.2.3.9^ISO"])
def test_a_parent_that_is_the_one_of_the_document_is_accepted(told: str) -> None:
    data = samples.octets("MDM", replaces=True)
    transport = read(data.replace(b"|1.2.3.9|", b"|" + told.encode() + b"|"))
    assert transport.is_integrable


def test_a_deletion_of_another_document_than_the_one_carried_refuses() -> None:
    data = samples.octets("MDM", control=OrderControl.DELETION)
    assert read(data).is_integrable
    transport = read(samples.edited(data, "TXA-12", "1.2.3.4"))
    assert "document-id" in samples.errors(transport)


def test_a_replacement_must_say_what_it_replaces() -> None:
    data = samples.octets().replace(b"ORC|NW", b"ORC|RO")
    transport = read(samples.edited(data, "OBX-11", "C"))
    assert transport.control is OrderControl.REPLACEMENT
    assert "replaced" in samples.errors(transport)
    assert "relation" in samples.rules(transport)


def test_txa_that_disagrees_with_the_document_is_told() -> None:
    data = samples.octets("MDM", replaces=True)
    for path, value, rule in (
        ("TXA-12", "1.2.3.4", "document-id"), ("TXA-13", "1.2.3.4", "replaced"),
        ("TXA-12", "2638", "txa-id"), ("TXA-17", "LA", "completion"), ("TXA-2", "1", "kind"),
        ("TXA-13", "", "parent"),
    ):  # fmt: skip
        assert rule in samples.rules(read(samples.edited(data, path, value))), path


def test_another_kind_in_obr_is_told() -> None:
    assert "kind" in samples.rules(read(samples.edited(samples.octets(), "OBR-4.1", "1")))


# One patient.


def test_two_patients_are_an_error() -> None:
    data = samples.octets()
    pid = next(line for line in data.split(b"\r") if line.startswith(b"PID"))
    transport = read(data.replace(b"\rPV1", b"\r" + pid + b"\rPV1"))
    assert "patients" in samples.errors(transport)


def test_another_matricule_in_pid_than_in_the_document_is_904() -> None:
    data = samples.edited(samples.octets(), "PID-3[2].1", "277076322082910")
    transport = read(data)
    assert "patient" in samples.errors(transport)
    answer = hl7.parse(transport.ack())
    assert {segment.get("5") for segment in answer["ERR"]} >= {"904"}
    assert not transport.mssante_ps_allowed


def test_an_ins_in_pid_alone_is_903() -> None:
    patient = dataclasses.replace(
        documents.PATIENT, identity=people.traits_only(people.BY_ID["kit-1"])
    )
    document = bytes(documents.wrap(**documents.minimal(patient=patient)))
    transport = told(samples.ed(document))
    assert "patient.ins" in samples.errors(transport)
    assert "903" in {segment.get("5") for segment in hl7.parse(transport.ack())["ERR"]}


def test_an_ins_in_the_document_alone_is_904() -> None:
    data = samples.octets()
    own = hl7.parse(data)["PID"][0][3].raw
    transport = read(data.replace(own.encode(), own.split("~")[0].encode()))
    assert "patient" in samples.errors(transport)
    assert "904" in {segment.get("5") for segment in hl7.parse(transport.ack())["ERR"]}


@pytest.mark.parametrize(
    ("path", "value", "rule"),
    [
        ("PID-5.1", "AUTRE", "patient"), ("PID-7", "19790329", "patient"),
        ("PID-8", "M", "patient"), ("PID-11.9", "63220", "trait"),
        ("PID-5.3", "CLAUDE", "trait"), ("PID-3[1].1", "IPP9", "local-ids"),
        ("PID-5.2", "CLAUDE", "trait"),
    ],
)  # fmt: skip
def test_each_trait_is_compared_with_the_document(path: str, value: str, rule: str) -> None:
    transport = read(samples.edited(samples.octets(), path, value))
    assert rule in samples.rules(transport)
    assert transport.is_integrable is (rule != "patient")


def about(own: dict[str, object], other: dict[str, object]) -> hl7.Transport:
    """A message about a person without INS, and a document about another, or the same."""
    identity = dataclasses.replace(
        documents.PATIENT.identity, matricule=None, status=ins.IdentityStatus.VALIDEE
    )

    def one(ids: tuple[LocalId, ...] = documents.PATIENT.ids, **traits: object) -> cda.Document:
        changed = dataclasses.replace(identity, **traits)
        patient = dataclasses.replace(documents.PATIENT, identity=changed, ids=ids)
        return documents.wrap(**documents.minimal(patient=patient))

    data = hl7.oru(one(**own), **samples.quiet())
    carried = bytes(hl7.parse(data)["OBX"][0].slice(5, 5))
    return read(data.replace(carried, base64.b64encode(bytes(one(**other)))))


_ROOT = documents.PATIENT.ids[0].root
_ELSEWHERE = (LocalId(root="1.2.3.77", extension="5"),)


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ({}, {"ids": (LocalId(root=_ROOT, extension="999"),)}),
        ({}, {"birth_given_names": "CLAUDE", "first_birth_given_name": "CLAUDE"}),
        ({"birth_given_names": ""}, {"birth_given_names": "", "first_birth_given_name": "CLAUDE"}),
        ({}, {"birth_given_names": "", "first_birth_given_name": "CLAUDE"}),
        ({"birth_given_names": "DOMINIQUE"}, {}),
        ({}, {"birth_place": "75056"}),
        ({"ids": _ELSEWHERE}, {"birth_place": "75056"}),
        ({}, {"birth_name": "AUTRE"}),
        ({}, {"sex": ins.Sex.M}),
    ],
    ids=["number", "twins", "first-names", "first-against-list", "partial-list", "birth-place",
         "birth-place-no-number", "birth-name", "sex"],
)  # fmt: skip
def test_without_ins_whatever_differs_refuses(
    own: dict[str, object], other: dict[str, object]
) -> None:
    transport = about(own, other)
    assert "patient" in samples.errors(transport)
    assert not transport.dmp_allowed
    assert not transport.mssante_ps_allowed
    assert not transport.mssante_patient_allowed
    answer = hl7.parse(transport.ack())
    assert (answer.get("MSA-1"), answer.get("ERR-5")) == ("AE", "904")


@pytest.mark.parametrize(
    ("own", "other"),
    [
        ({}, {}),
        ({}, {"ids": _ELSEWHERE}),
        ({}, {"birth_place": ""}),
        ({}, {"birth_place": "99999"}),
        ({}, {"birth_name": "PAT TROIS"}),
        ({}, {"birth_given_names": "DOMINIQUE MARIE LOUISE"}),
        ({}, {"ids": (*documents.PATIENT.ids, *_ELSEWHERE)}),
    ],
    ids=["same", "other-authority", "no-birth-place", "unknown-birth-place", "typography",
         "typography-list", "further-number"],
)  # fmt: skip
def test_without_ins_what_one_side_does_not_tell_refuses_nothing(
    own: dict[str, object], other: dict[str, object]
) -> None:
    assert about(own, other).is_integrable


@pytest.mark.parametrize(
    "path", ["PID-7", "PID-5.1", "PID-5"], ids=["no-birth-date", "no-birth-name", "no-names"]
)
def test_without_ins_a_number_or_the_traits_must_be_shared(path: str) -> None:
    shared, elsewhere = about({}, {}), about({}, {"ids": _ELSEWHERE})
    assert read(samples.edited(bytes(shared.message or b""), path, "")).is_integrable
    doubtful = read(samples.edited(bytes(elsewhere.message or b""), path, ""))
    assert "patient" in samples.errors(doubtful)


def test_local_identifiers_that_pid_lacks_are_information() -> None:
    data = samples.octets()
    own = hl7.parse(data)["PID"][0][3].raw
    transport = read(data.replace(own.encode(), own.split("~")[1].encode()))
    found = [item for item in transport.findings if item.rule == "hl7.transport.local-ids"]
    assert [item.severity.name for item in found] == ["INFO"]
    assert transport.is_integrable


def test_the_mailbox_of_another_citizen_is_an_error() -> None:
    data = samples.octets().replace(
        b"279035121518989@patient.mssante.fr", b"277076322082910@patient.mssante.fr"
    )
    assert "recipient" in samples.errors(read(data))


# Flags.


def test_a_flag_that_is_not_told_closes_its_gates() -> None:
    transport = read(samples.carrying(samples.ed(CDA), more=samples.metadata()[1:]))
    assert transport.actions.masque_ps is None
    assert not transport.mssante_ps_allowed
    assert transport.mssante_patient_allowed
    assert "metadata" in samples.rules(transport)
    rows = samples.metadata()
    other = read(samples.carrying(samples.ed(CDA), more=(rows[0], *rows[2:])))
    assert other.actions.invisible_patient is None
    assert other.mssante_ps_allowed
    assert not other.mssante_patient_allowed
    assert not other.actions.mssante_patient_allowed


def test_a_flag_told_twice_otherwise_is_not_read() -> None:
    rows = samples.metadata()
    again = rows[0].replace("|N^", "|Y^")
    transport = read(samples.carrying(samples.ed(CDA), more=(*rows, again)))
    assert transport.actions.masque_ps is None
    assert "flag-twice" in samples.errors(transport)
    same = read(samples.carrying(samples.ed(CDA), more=(*rows, rows[0])))
    assert same.actions.masque_ps is False
    assert same.is_integrable


def test_a_flag_that_is_neither_yes_nor_no_is_not_read() -> None:
    rows = samples.metadata(MASQUE_PS="MAYBE")
    transport = read(samples.carrying(samples.ed(CDA), more=rows))
    assert transport.actions.masque_ps is None
    assert "flag" in samples.rules(transport)


@pytest.mark.parametrize("name", ["MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REP_LEGAUX"])
@pytest.mark.parametrize(
    "value",
    ["N^^expandedYes-NoIndicator~Y", "Y~N", "N~~Y", "N&Y", "N~MAYBE", 'N~""',
     "N" + "~N" * 6000 + "~Y"],
    ids=["N~Y", "Y~N", "N~~Y", "N&Y", "N~other", "N~null", "long"],
)  # fmt: skip
def test_a_flag_whose_repetitions_disagree_is_not_read(name: str, value: str) -> None:
    rows = samples.metadata(**{name: value})
    transport = read(samples.carrying(samples.ed(CDA), more=rows))
    assert getattr(transport.actions, name.lower()) is None
    assert "flag-twice" in samples.errors(transport)
    assert not transport.dmp_allowed
    assert not transport.mssante_ps_allowed
    assert not transport.mssante_patient_allowed
    assert hl7.parse(transport.ack()).get("MSA-1") == "AE"


@pytest.mark.parametrize("value", ["Y~Y", "Y~", "y~Y^^expandedYes-NoIndicator"])
def test_a_flag_whose_repetitions_agree_is_read(value: str) -> None:
    transport = read(samples.carrying(samples.ed(CDA), more=samples.metadata(MASQUE_PS=value)))
    assert transport.actions.masque_ps is True
    assert transport.is_integrable


@pytest.mark.parametrize("status", ["W", "X", "F~W"])
def test_a_flag_that_is_withdrawn_is_not_read(status: str) -> None:
    row = samples.metadata()[0]
    assert row.endswith("|F")
    rows = (row.removesuffix("F") + status, *samples.metadata()[1:])
    transport = read(samples.carrying(samples.ed(CDA), more=rows))
    assert transport.actions.masque_ps is None
    assert "flag-status" in samples.errors(transport)


def test_flags_out_of_order_are_information() -> None:
    rows = samples.metadata()
    transport = read(samples.carrying(samples.ed(CDA), more=(rows[1], rows[0], *rows[2:])))
    assert "order" in samples.rules(transport)
    assert transport.actions == hl7.Actions()


@pytest.mark.parametrize(
    ("flags", "rule", "is_error"),
    [
        ({"DESTMSSANTEPS": "Y", "MASQUE_PS": "Y"}, "gate", True),
        ({"DESTMSSANTEPS": "Y", "INVISIBLE_REP_LEGAUX": "Y"}, "gate", True),
        ({"DESTMSSANTEPAT": "Y", "INVISIBLE_PATIENT": "Y"}, "gate", True),
        ({"MASQUE_PS": "Y", "INVISIBLE_PATIENT": "Y"}, "masks", False),
        ({"CONNEXION_SECRETE": "Y"}, "masks", False),
        ({"INVISIBLE_REP_LEGAUX": "Y"}, "minor", False),
        ({"DESTMSSANTEPS": "Y"}, "matrix", False),
        ({"DESTMSSANTEPS": "Y"}, "recipients", False),
        ({"DESTDMP": "Y"}, "sender", False),
        ({"MODIF_CONF_CODE": "Y"}, "modif", False),
    ],
)  # fmt: skip
def test_flags_that_contradict_are_told(flags: dict[str, str], rule: str, is_error: bool) -> None:
    transport = read(samples.carrying(samples.ed(CDA), more=samples.metadata(**flags)))
    found = samples.errors(transport) if is_error else samples.rules(transport)
    assert rule in found
    if rule == "masks":
        assert not transport.dmp_allowed
        assert transport.is_integrable


def test_fin_is_read_after_the_patient_only() -> None:
    rows = samples.metadata(DESTMSSANTEPAT="Y")
    after = read(samples.carrying(samples.ed(CDA), more=(*rows[:8], "NTE|1|||FIN", *rows[8:])))
    elsewhere = read(samples.carrying(samples.ed(CDA), more=(*rows, "NTE|1|||FIN")))
    assert after.actions.no_patient_reply
    assert not elsewhere.actions.no_patient_reply


def test_a_mail_that_cannot_be_read_does_not_refuse_the_document() -> None:
    mail = "OBX|12|ED|CORPSMAIL_PS^x^MetaDMPMSS||^TEXT^^Base64^QUJDR||||||F"
    transport = read(samples.carrying(samples.ed(CDA), more=(*samples.metadata(), mail)))
    assert transport.is_integrable
    assert transport.actions.mail_body_ps == ""
    assert "base64.mail" in samples.rules(transport)
    plain = "OBX|12|TX|CORPSMAIL_PS^x^MetaDMPMSS||Bonjour||||||F"
    other = read(samples.carrying(samples.ed(CDA), more=(*samples.metadata(), plain)))
    assert other.actions.mail_body_ps == "Bonjour"


def test_masks_are_those_of_an_archive() -> None:
    rows = samples.metadata(INVISIBLE_REP_LEGAUX="Y", INVISIBLE_PATIENT="Y")
    transport = read(samples.carrying(samples.ed(CDA), more=rows))
    assert {mask.value for mask in transport.actions.masks} == {
        "INVISIBLE_REPRESENTANTS_LEGAUX", "INVISIBLE_PATIENT",
    }  # fmt: skip
    with pytest.raises(InvalidValue):
        hl7.Actions(masque_ps="Y")  # type: ignore[arg-type]


# People.


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("PRT||UC||SB|801234567897^N^P^^^^^^ASIP-SANTE- PS&1.2.250.1.71.4.2.1&ISO^D^^^RPPS",
         "hl7.prt.authority"),
        ("PRT||UC||SB|801234567897^N^P^^^^^^1.2.250.1.71.4.2.1^D^^^IDNPS", "hl7.prt.oid-place"),
        ("PRT||UC||SB^^HL70912|801234567897^N", "hl7.prt.participation"),
        ("PRT||UC||XYZ|801234567897^N", "hl7.prt.role"),
        ("PRT||UC||RCT^Result Copies To^participation", "hl7.prt.empty"),
        ("PRT||UC||RCT|2770763220829106^N^^^^^^^1.2.250.1.213.1.4.8^L^^^INS", "hl7.prt.matricule"),
        ("PRT||UC||RCT|277076322082910^N^^^^^^^^L^^^INS", "hl7.prt.ins-oid"),
        ("PRT||UC||SB|||||A^^^^^X&1.2.250.1.71.4.2.2&ISO^FINEG^^^300017985", ""),
        ("PRT||UC||SB||||A^^^^^X&1.2.250.1.71.4.2.2&ISO^FINEG^^^300017985", "hl7.prt.structure"),
        ("PRT||UC||SB||||^^^^^^^^^", "hl7.prt.empty"),
        ("PRT||UC||SB|1^A~2^B", "hl7.prt.persons"),
    ],
)  # fmt: skip
def test_each_oddity_of_a_participation_is_told(line: str, rule: str) -> None:
    transport = read(samples.carrying(samples.ed(CDA), more=(line, *samples.metadata())))
    assert rule in {"", *(finding.rule for finding in transport.findings)}
    assert transport.is_integrable


def test_only_so_many_people_are_read() -> None:
    line = "PRT||UC||RCT|||||||||||^^X.400^{}@x.mssante.fr"
    lines = tuple(line.format(f"a{rank}") for rank in range(300))
    transport = read(samples.carrying(samples.ed(CDA), more=lines))
    assert len(transport.recipients) == 200
    assert "people" in samples.errors(transport)


def test_a_mailbox_elsewhere_is_told() -> None:
    line = "PRT||UC||RCT|||||||||||^^X.400^a@example.org"
    assert "mailbox" in samples.rules(read(samples.carrying(samples.ed(CDA), more=(line,))))


def test_a_structure_is_read_with_its_type_digit() -> None:
    line = "PRT||UC||SB||||A^^^^^X&1.2.250.1.71.4.2.2&ISO^FINEJ^^^300017985"
    sender = read(samples.carrying(samples.ed(CDA), more=(line,))).sender
    assert sender is not None
    assert sender.organization is not None
    assert sender.organization.idnat == "1300017985"
    assert sender.organization_type == "FINEJ"


@pytest.mark.parametrize("kind", ["", "IDNST", "FINEG", "SIRET", "XX", "TOOLONG"])
@pytest.mark.parametrize("number", ["", "1", "750803447", "12345678901234"])
@pytest.mark.parametrize("authority", ["ASIP-SANTE-ST&1.2.250.1.71.4.2.2&ISO", "", "CHU"])
def test_a_structure_in_whatever_state_is_read(kind: str, number: str, authority: str) -> None:
    line = f"PRT||UC||SB^Send by^participation||||CHU^^^^^{authority}^{kind}^^^{number}"
    transport = read(samples.carrying(samples.ed(CDA), more=(*samples.metadata(), line)))
    assert transport.sender is not None
    assert transport.sender.organization is not None
    assert transport.sender.organization.name == "CHU"
    assert bool(transport.sender.organization.idnat or transport.sender.organization.ids) is bool(
        number
    )


def test_a_local_structure_keeps_its_number() -> None:
    line = "PRT||UC||RCT||||Labo^^^^^120456789^IDLOC^^^77|||||||^^X.400^l@x.mssante.fr"
    (found,) = read(samples.carrying(samples.ed(CDA), more=(line,))).recipients
    assert found.organization is not None
    assert found.organization.ids[0].extension == "77"


# What is not read at all.


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (b"ORU^R01^ORU_R01", b"ADT^A01^ADT_A01", "MSH-9.1"),
        (b"ORU^R01^ORU_R01", b"ORU^R30^ORU_R30", "MSH-9.2"),
        (b"ORU^R01^ORU_R01", b"MDM^T01^MDM_T01", "MSH-9.2"),
        (b"|2.5|", b"|3.0|", "MSH-12"),
        (b"\rPID|", b"\rPIX|", "PID"),
    ],
)
def test_what_is_no_such_message_is_refused(old: bytes, new: bytes, place: str) -> None:
    with pytest.raises(MessageError) as error:
        read(samples.octets().replace(old, new))
    assert error.value.place == place
    assert isinstance(error.value, UnsupportedMessage) is (place != "PID")
    assert hl7.parse(hl7.refuse(samples.octets(), error.value)).get("MSA-1") == "AE"


def test_an_answer_needs_a_message() -> None:
    transport = read(samples.octets())
    assert hl7.parse(transport.ack()).get("MSA-1") == "AA"
    with pytest.raises(MessageError):
        dataclasses.replace(transport, message=None).ack()


def test_line_ends_bom_and_latin_letters_are_survived() -> None:
    data = samples.octets()
    for other in (
        data.replace(b"\r", b"\n"), data.replace(b"\r", b"\r\n"), b"\xef\xbb\xbf" + data,
        b"\x0b" + data + b"\x1c\r", data.rstrip(b"\r"), data.replace(b"\r", b"|||\r"),
    ):  # fmt: skip
        assert bytes(read(other).documents[0]) == CDA


def test_a_path_and_a_message_are_sources_too(tmp_path) -> None:
    path = tmp_path / "m.hl7"
    path.write_bytes(samples.octets())
    assert read(path) == read(samples.octets()) == read(hl7.parse(path))


def test_what_was_read_is_written_again() -> None:
    for kind in ("ORU", "MDM"):
        data = samples.octets(kind, replaces=True, reply_to=documents.SURGEON.mssante)
        assert rewritten(read(data)) == data


def rewritten(transport: hl7.Transport, **changes: object) -> bytes:
    given = {
        "header": transport.header, "control": transport.control, "actions": transport.actions,
        "sender": transport.sender, "recipients": transport.recipients,
        "reply_to": transport.reply_to, "visit": transport.visit, "records": transport.records,
        "version": transport.version, "patient": transport.patient, "forward": True,
    }  # fmt: skip
    return samples.KINDS[transport.kind](*transport.documents, **{**given, **changes})


def test_a_hostile_message_ends_in_a_value_or_a_segur_error() -> None:
    data = samples.octets("MDM", replaces=True, reply_to=documents.SURGEON)
    lines = data.split(b"\r")
    for rank in range(len(lines) - 1):
        for other in (lines[:rank] + lines[rank + 1 :], lines[: rank + 1] * 2 + lines[rank:]):
            try:
                transport = read(b"\r".join(other))
            except SegurError:
                continue
            assert "TROIS" not in repr(transport)
            transport.ack()


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("OBX|12|CE|COMP_LOT^x||1.2.3^CDAN1||||||F", "comp-lot"),
        ("OBX|12|NM|14682-9^Créatinine^LN||72|umol/L|||||F", "observation"),
        ("PRT||UC||SB|801234567897^A\rPRT||UC||SB|801234567898^B", "senders"),
        (f"OBX|12|ED|||{samples.ed(samples.PDF)}||||||F", "code"),
        (f"OBX|12|ED|18748-4^x^LN||{samples.ed(samples.PDF)}||||||F", "kinds"),
    ],
)
def test_what_stands_beside_the_document_is_told(line: str, rule: str) -> None:
    transport = read(samples.carrying(samples.ed(CDA), more=(*samples.metadata(), line)))
    assert rule in samples.rules(transport)
    assert transport.is_integrable


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        (b"2.1^CISIS", b"3.7^CISIS", "version"),
        (b"|2.5|", b"|2.6|", "hl7-version"),
        (b"2.1^CISIS_CDA_HL7_V2", b"", "profile"),
        (b"\rPV1|", b"\rZV1|", "segment"),
    ],
)
def test_an_odd_envelope_is_told(old: bytes, new: bytes, rule: str) -> None:
    transport = read(samples.octets().replace(old, new))
    assert rule in samples.rules(transport)
    assert transport.is_integrable


def test_a_text_in_the_windows_set_is_read() -> None:
    body = base64.b64encode("Cher confrère".encode("cp1252")).decode()
    line = f"OBX|12|ED|CORPSMAIL_PS^x^MetaDMPMSS||^TEXT^^Base64^{body}||||||F"
    transport = read(samples.carrying(samples.ed(CDA), more=(*samples.metadata(), line)))
    assert transport.actions.mail_body_ps == "Cher confrère"


@pytest.mark.parametrize("literal", ["TEXT^XML^Base64", "TEXT^XML^A"])
def test_escapes_beyond_all_use_are_an_error_and_cost_nothing(literal: str) -> None:
    transport = told(f"^{literal}^" + "\\" * 3_000_000)
    assert "escapes" in samples.errors(transport)
    assert transport.documents == ()


def test_a_text_that_is_mostly_escapes_stays_as_it_is() -> None:
    message = hl7.parse(samples.octets())
    few = "\\T\\" * 400_000
    assert message.syntax.unescaped(few) == "&" * 400_000
    many = "\\T\\" * 600_000
    assert message.syntax.unescaped(many) == many
