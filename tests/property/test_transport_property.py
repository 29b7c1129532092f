"""Properties of documents in messages: what goes in comes out, and nothing else does."""

from __future__ import annotations

import dataclasses

import documents
import hl7_samples
import people
import strategies
import transport_samples as samples
from hypothesis import example, given, settings
from hypothesis import strategies as st

from segur_interop import cda, hl7
from segur_interop.errors import SegurError
from segur_interop.hl7 import OrderControl
from segur_interop.model import Patient, Professional, Telecom

FLAGS = (
    "masque_ps", "invisible_patient", "invisible_rep_legaux", "connexion_secrete",
    "modif_conf_code", "destdmp", "destmssanteps", "destmssantepat", "ack_reception",
    "ack_lecture_mss",
)  # fmt: skip
TEXTS = st.text(st.characters(exclude_categories=("Cs",)), max_size=40)


def actions() -> st.SearchStrategy[hl7.Actions]:
    flags = {name: st.booleans() for name in FLAGS}
    return st.builds(
        hl7.Actions, **flags, no_patient_reply=st.booleans(), mail_body_ps=TEXTS,
        mail_body_patient=TEXTS,
    )  # fmt: skip


def people_for(asked: hl7.Actions) -> dict[str, object]:
    recipients = [documents.SURGEON] * bool(asked.destmssanteps)
    recipients += [documents.PATIENT] * bool(asked.destmssantepat)
    return {"actions": asked, "recipients": recipients}


@given(
    st.sampled_from(["ORU", "MDM"]), st.sampled_from(hl7.TRANSPORT_VERSIONS),
    st.sampled_from(list(OrderControl)), actions(), st.none() | st.just(documents.SURGEON),
)  # fmt: skip
def test_what_is_asked_is_what_is_read(
    kind: str,
    version: str,
    control: OrderControl,
    asked: hl7.Actions,
    reply: Professional | None,
) -> None:
    try:
        data = samples.octets(
            kind, replaces=True, version=version, control=control, reply_to=reply,
            **people_for(asked),
        )  # fmt: skip
    except SegurError:
        return
    read = hl7.read_transport(data)
    assert read.is_integrable
    assert read.actions == asked
    assert read.control is control
    assert read.version == version
    assert [bytes(item) for item in read.documents] == [bytes(samples.document(replaces=True))]
    assert (read.reply_to is None) is (reply is None)
    again = samples.KINDS[kind](
        *read.documents, header=read.header, control=read.control, actions=read.actions,
        sender=read.sender, recipients=read.recipients, reply_to=read.reply_to,
        visit=read.visit, version=read.version, patient=read.patient, forward=True,
    )  # fmt: skip
    assert again == data


@given(actions())
def test_no_forbidden_combination_is_ever_written(asked: hl7.Actions) -> None:
    try:
        samples.octets(**people_for(asked))
    except SegurError:
        return
    assert not (asked.destmssanteps and (asked.masque_ps or asked.invisible_rep_legaux))
    assert not (asked.destmssantepat and asked.invisible_patient)
    assert not (asked.masque_ps and asked.invisible_patient)
    assert not (asked.connexion_secrete and not asked.invisible_rep_legaux)


@settings(max_examples=30)
@given(strategies.identities(asserted=st.just(False)))
@example(people.traits_only(hl7_samples.PERSON, birth_place="\x7f"))
def test_a_matricule_leaves_only_with_a_qualified_identity(identity) -> None:
    patient = Patient(identity=identity, ids=(documents.IPP,))
    data, said = written_or_said_why(patient)
    assert not [text for text in people.secrets(identity) if text in said]
    if data is None:
        return
    head = data.split(b"\rOBX|")[0] + b"".join(data.split(b"\rOBX|")[2:])
    if identity.matricule is not None:
        assert (identity.matricule.value.encode() in head) is identity.may_transmit_ins
    assert (b"1.2.250.1.213.1.4." in head) is identity.may_transmit_ins
    read = hl7.read_transport(data)
    assert "patient" not in samples.errors(read)
    assert "patient.ins" not in samples.errors(read)


def written_or_said_why(patient: Patient) -> tuple[bytes | None, str]:
    try:
        document = documents.wrap(**documents.minimal(patient=patient))
        return hl7.oru(document, **samples.quiet()), ""
    except SegurError as error:
        return None, f"{error} {error.report}"


PIECES = st.sampled_from(
    (
        "OBX|1|ED|11502-2^x^LN||^TEXT^XML^Base64^", "OBX|2|RP|1^2^LN||", "OBX|3|CE|MASQUE_PS||Y",
        "PRT||UC||RCT|||||||||||^^X.400^a@b.mssante.fr", "PRT||UC||SB|8^N", "NTE|1|||FIN",
        "ORC|CA", "OBR|1|||1^2^LN", "TXA|1|1|TEXT", "PID|||1^^^X^PI||A^B^^^^^L", "PV1|1|I", "\r",
        "|", "^", "~", "&", "\\", "JVBERi0xLjQK", "=", "PENsaW5pY2FsRG9jdW1lbnQ", "F", "D", "C",
        "\u00a0", "\u02dc", '""', samples.ed(samples.PDF), samples.ed(b"<a/>"),
    )
) | st.text(max_size=4)  # fmt: skip


@given(st.sampled_from(["ORU^R01", "MDM^T10", "OUL^R22", "MDM^T02"]), st.lists(PIECES, max_size=40))
def test_any_message_ends_in_a_value_or_a_segur_error(kind: str, pieces: list[str]) -> None:
    head = f"MSH|^~\\&|A|B|C|D|2024||{kind}^X|1|P|2.5|||||FRA|UNICODE UTF-8|||2.1^CISIS_CDA_HL7_V2"
    data = "\r".join((head, hl7_samples.pid(), "".join(pieces))).encode()
    try:
        read = hl7.read_transport(data)
    except SegurError as error:
        hl7.parse(hl7.refuse(data, error))
        return
    assert "TROIS" not in repr(read) + read._repr_html_()
    assert not [finding for finding in read.findings if "TROIS" in str(finding)]
    assert hl7.parse(read.ack()).get("MSA-1") == ("AA" if read.is_integrable else "AE")
    assert read.is_integrable or not (
        read.dmp_allowed or read.mssante_ps_allowed or read.mssante_patient_allowed
    )
    hl7.check(data)


@given(st.binary(max_size=300), st.integers(0, 40))
def test_a_pdf_comes_out_as_it_went_in(tail: bytes, wrapped: int) -> None:
    content = b"%PDF-1.7\n" + tail
    value = samples.ed(content, "application^PDF^Base64")
    if wrapped:
        head, data = value[:25], value[25:]
        width = wrapped * 4
        value = head + "\\.br\\".join(data[i : i + width] for i in range(0, len(data), width))
    read = hl7.read_transport(samples.carrying(value, more=samples.metadata()))
    assert [bytes(item) for item in read.pdfs] == [content]


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=200))
def test_any_text_of_a_document_travels(text: str) -> None:
    try:
        document = documents.wrap(cda.PlainText(text + "."), **documents.minimal())
    except SegurError:
        return
    read = hl7.read_transport(hl7.mdm(document, **samples.quiet()))
    assert [bytes(item) for item in read.documents] == [bytes(document)]


@given(st.sampled_from(["Z01", "Z02", "Z03"]), st.booleans(), TEXTS, TEXTS)
def test_a_zam_is_read_as_it_was_written(
    trigger: str, accepted: bool, message_id: str, label: str
) -> None:
    address = None if trigger == "Z01" else Telecom.email("a@b.mssante.fr")
    error = "" if accepted else {"Z01": "X1", "Z02": "550", "Z03": "904"}[trigger]
    given_ = hl7.AccuseMetier(
        trigger=trigger, header=hl7_samples.HEADER, recorded=hl7_samples.HEADER.time,  # type: ignore[arg-type]
        message_id=message_id.strip(), accepted=accepted, address=address, error=error,
        error_label=label.strip() if error else "",
    )  # fmt: skip
    try:
        data = hl7.zam(given_)
    except SegurError:
        return
    read = hl7.read_zam(data)
    if given_.error_label:
        assert read == given_
    assert dataclasses.replace(read, error_label="") == dataclasses.replace(given_, error_label="")
