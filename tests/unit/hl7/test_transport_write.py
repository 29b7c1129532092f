"""What an ORU and an MDM hold, field by field, and what is refused."""

from __future__ import annotations

import base64
import dataclasses
import itertools
from datetime import date, datetime, timedelta, timezone

import documents
import hl7_samples
import people
import pytest
import transport_samples as samples

from segur_interop import cda, hl7, ins
from segur_interop.errors import (
    IdentityNotQualified,
    MessageError,
    SegurError,
    UnknownCode,
    UnsupportedMessage,
)
from segur_interop.findings import Verdict
from segur_interop.hl7 import OrderControl
from segur_interop.model import (
    Device,
    LocalId,
    Organization,
    Patient,
    PersonName,
    Professional,
    Telecom,
    Unit,
)

BOTH = pytest.mark.parametrize("kind", ["ORU", "MDM"])
VERSIONS = pytest.mark.parametrize("version", hl7.TRANSPORT_VERSIONS)

# The ANS guide, 2.1.2, "métadonnées DMP/MSSanté": codes in their order.
CODES = [
    "MASQUE_PS", "INVISIBLE_PATIENT", "INVISIBLE_REP_LEGAUX", "CONNEXION_SECRETE",
    "MODIF_CONF_CODE", "DESTDMP", "DESTMSSANTEPS", "DESTMSSANTEPAT", "ACK_RECEPTION",
    "ACK_LECTURE_MSS",
]  # fmt: skip


def field(data: bytes, path: str) -> str:
    return hl7.parse(data).get(path)


@BOTH
@VERSIONS
def test_the_envelope_is_that_of_the_guide(kind: str, version: str) -> None:
    data = samples.octets(kind, version=version)
    expected = {
        "ORU": ("ORU", "R01", "ORU_R01", "2.5"), "MDM": ("MDM", "T02", "MDM_T02", "2.6"),
    }[kind]  # fmt: skip
    found = tuple(field(data, f"MSH-{n}") for n in ("9.1", "9.2", "9.3", "12"))
    assert found == expected
    assert field(data, "MSH-12.2") == ""
    assert (field(data, "MSH-17"), field(data, "MSH-18")) == ("FRA", "UNICODE UTF-8")
    assert (field(data, "MSH-21"), field(data, "MSH-21.2")) == (version, "CISIS_CDA_HL7_V2")
    assert field(data, "MSH-10") == "42"
    assert data.endswith(b"\r")
    assert b"\n" not in data


@BOTH
def test_the_segments_are_in_the_order_of_the_guide(kind: str) -> None:
    ids = hl7.parse(samples.octets(kind, reply_to=documents.SURGEON)).ids
    head = ("MSH", "EVN", "PID", "PV1", "ORC", "OBR", "TXA")
    left_out = () if kind == "MDM" else ("EVN", "TXA")
    expected = [name for name in head if name not in left_out]
    assert list(ids) == [*expected, "OBX", "PRT", "PRT", "PRT", "PRT", *["OBX"] * 10]


@BOTH
@VERSIONS
def test_our_messages_pass_our_check_and_our_reader(kind: str, version: str) -> None:
    data = samples.octets(kind, version=version)
    report = hl7.check(data)
    assert report.verdict is Verdict.PASSED, str(report)
    assert not list(report)
    transport = hl7.read_transport(data)
    # An INVISIBLE_PATIENT of N with DESTMSSANTEPS and DESTMSSANTEPAT is the first row.
    assert transport.findings == ()
    assert bytes(transport.documents[0]) == bytes(samples.document())
    assert transport.actions == samples.EVERYWHERE
    assert transport.is_integrable
    assert transport.dmp_allowed
    assert transport.mssante_ps_allowed
    assert transport.mssante_patient_allowed


@BOTH
def test_the_document_is_its_octets_in_base64(kind: str) -> None:
    segment = hl7.parse(samples.octets(kind))["OBX"][0]
    words = [segment.get(f"5.{number}") for number in (1, 2, 3, 4)]
    assert words == ["", {"ORU": "TEXT", "MDM": "text"}[kind], "XML", "Base64"]
    piece = bytes(segment.slice(5, 5))
    assert base64.b64decode(piece, validate=True) == bytes(samples.document())
    assert segment.get("3") == "11490-0"
    assert segment.get("3.3") == "LN"
    assert [segment.get(number) for number in ("1", "2", "11")] == ["1", "ED", "F"]
    assert segment[3].raw == hl7.parse(samples.octets(kind))["OBR"][0][4].raw


@BOTH
@pytest.mark.parametrize(
    ("control", "code", "status", "trigger"),
    [
        (OrderControl.INITIAL, "NW", "F", "T02"),
        (OrderControl.REPLACEMENT, "RO", "C", "T10"),
        (OrderControl.DELETION, "CA", "D", "T04"),
    ],
)
def test_order_control_status_and_event_agree(
    kind: str, control: OrderControl, code: str, status: str, trigger: str
) -> None:
    data = samples.octets(kind, replaces=True, control=control)
    assert field(data, "ORC-1") == code
    assert field(data, "OBX-11") == status
    assert {item.get("11") for item in hl7.parse(data)["OBX"][1:]} == {"F"}
    assert field(data, "MSH-9.2") == (trigger if kind == "MDM" else "R01")
    assert hl7.read_transport(data).control is control


@BOTH
def test_a_document_that_replaces_another_asks_for_a_replacement(kind: str) -> None:
    assert field(samples.octets(kind, replaces=True), "ORC-1") == "RO"
    assert field(samples.octets(kind), "ORC-1") == "NW"


def test_txa_names_the_document_and_the_replaced_one() -> None:
    data = samples.octets("MDM", replaces=True)
    own = samples.document(replaces=True).id
    assert own is not None
    found = [field(data, f"TXA-{n}") for n in (1, 2, 3, 12, 13, 17)]
    assert found == ["1", "11490-0", "TEXT", own.root, "1.2.3.9", "AU"]
    assert field(samples.octets("MDM"), "TXA-13") == ""
    for control in (OrderControl.INITIAL, OrderControl.DELETION):
        assert field(samples.octets("MDM", replaces=True, control=control), "TXA-13") == ""


def test_an_identifier_with_an_extension_is_written_in_its_four_components() -> None:
    document = documents.wrap(
        **documents.minimal(id=LocalId(root="1.2.250.2345.3245.13", extension="58132"))
    )
    data = hl7.mdm(document, **samples.quiet())
    assert hl7.parse(data)["TXA"][0][12].raw == "58132^^1.2.250.2345.3245.13^ISO"
    assert hl7.read_transport(data).document_id == document.id


@BOTH
@VERSIONS
def test_the_ten_flags_are_there_in_order(kind: str, version: str) -> None:
    segments = hl7.parse(samples.octets(kind, version=version))["OBX"][1:]
    assert [item.get("3.1") for item in segments] == CODES
    assert {item.get("3.3") for item in segments} == {"MetaDMPMSS"}
    assert {item.get("2") for item in segments} == {"CE" if kind == "ORU" else "CWE"}
    table = {"2.0": "HL70136", "2.1": "expandedYes-NoIndicator"}[version]
    assert {item.get("5.3") for item in segments} == {table}
    assert [item.get("1") for item in segments] == [str(n) for n in range(2, 12)]
    told = dict(zip(CODES, (item.get("5") for item in segments), strict=True))
    asked = {code for code, value in told.items() if value == "Y"}
    assert asked == {"DESTDMP", "DESTMSSANTEPS", "DESTMSSANTEPAT"}


@BOTH
def test_texts_of_the_mails_and_fin(kind: str) -> None:
    texts = {"mail_body_ps": "Cher confrère | ^~\\&", "mail_body_patient": "Madame,\nbonjour"}
    actions = dataclasses.replace(samples.EVERYWHERE, no_patient_reply=True, **texts)
    data = samples.octets(kind, actions=actions)
    message = hl7.parse(data)
    assert [item.get("3.1") for item in message["OBX"][-2:]] == [
        "CORPSMAIL_PS", "CORPSMAIL_PATIENT",
    ]  # fmt: skip
    for segment, text in zip(message["OBX"][-2:], texts.values(), strict=True):
        assert base64.b64decode(bytes(segment.slice(5, 5))).decode() == text
        assert segment[5].raw.startswith("^TEXT^^Base64^" if kind == "ORU" else "^text^^Base64^")
    position = message.ids.index("NTE")
    assert message.segment(position - 1).get("3.1") == "DESTMSSANTEPAT"
    assert message.segment(position).raw == b"NTE|1|||FIN"
    assert hl7.read_transport(data).actions == actions


def test_each_participation_is_where_the_guide_puts_it() -> None:
    unit = hl7.Participation(
        unit=Unit(code="3435", label="Radiologie", authority="120456789"),
        address=Telecom.email("radiologie@hopitalA.mssante.fr"),
    )
    robot = hl7.Participation(
        device=LocalId(extension="12"), address=Telecom.email("appli@hopitalB.mssante.fr")
    )
    clinic = Organization.from_finess(
        "750000026", name="Clinique", telecoms=(Telecom.email("bal@clinique.mssante.fr"),)
    )
    recipients = (documents.SURGEON, documents.PATIENT, unit, robot, clinic)
    data = samples.octets(recipients=recipients, reply_to=documents.SURGEON)
    rows = hl7.parse(data)["PRT"]
    assert [row.get("4.1") for row in rows] == ["SB", *["RCT"] * 5, "REPLY"]
    assert {row.get("2") for row in rows} == {"UC"}
    assert [row.get("4.2") for row in rows[:2]] == ["Send by", "Result Copies To"]
    assert {row.get("4.3") for row in rows} == {"participation"}
    sender = rows[0]
    assert sender.get("5.1") == "810000336601"
    assert (sender.get("5.9.2"), sender.get("5.13")) == ("1.2.250.1.71.4.2.1", "IDNPS")
    assert (sender.get("8.1"), sender.get("8.7")) == ("Hôpital de la démonstration", "FINEG")
    assert (sender.get("8.6.2"), sender.get("8.10")) == ("1.2.250.1.71.4.2.2", "1750803447")
    assert rows[1].get("8") == ""
    citizen = rows[2]
    assert (citizen.get("5.1"), citizen.get("5.13")) == ("279035121518989", "INS")
    assert citizen.get("5.9.2") == "1.2.250.1.213.1.4.10"
    assert citizen.get("15.4") == "279035121518989@patient.mssante.fr"
    assert (rows[3].get("8.7"), rows[3].get("8.10")) == ("UF", "3435")
    assert rows[4].get("10.1") == "12"
    assert (rows[5].get("8.7"), rows[5].get("8.10")) == ("FINEG", "1750000026")
    assert {row.get("15.3") for row in rows[1:]} == {"X.400"}
    assert [row.get("5") for row in rows[6:]] == [""]
    read = hl7.read_transport(data)
    assert [item.kind for item in read.recipients] == [
        "professional", "patient", "organization", "application", "organization",
    ]  # fmt: skip
    assert read.reply_to == Telecom.email("pierre.legris@hopital.mssante.fr", "WP")


def test_a_device_may_send() -> None:
    device = Device.from_internal("42", documents.HOSPITAL, model="Appareil", software="Logiciel")
    data = samples.octets(sender=device)
    assert hl7.parse(data).get("PRT-10.1") == device.idnat
    assert hl7.parse(data).get("PRT-8.10") == "1750803447"


def test_a_juridical_finess_is_said_so() -> None:
    sender = hl7.Participation(
        person=documents.SURGEON, organization=documents.HOSPITAL, organization_type="FINEJ"
    )
    assert field(samples.octets(sender=sender), "PRT-8.7") == "FINEJ"


def test_2_0_names_the_table_of_its_time() -> None:
    assert field(samples.octets(version="2.0"), "PRT-4.3") == "HL70912"


def test_two_formats_of_one_document() -> None:
    one, other = samples.document(), documents.wrap(**documents.minimal())
    data = hl7.oru(one, other, **samples.arguments())
    message = hl7.parse(data)
    assert [item.get("2") for item in message["OBX"]][:2] == ["ED", "ED"]
    assert message.ids.index("PRT") == message.ids.index("OBX") + 1
    read = hl7.read_transport(data)
    assert [bytes(item) for item in read.documents] == [bytes(one), bytes(other)]
    assert read.findings == ()
    for others in ((one,), (other, documents.wrap(**documents.minimal()))):
        with pytest.raises(MessageError):
            hl7.oru(one, *others, **samples.arguments())


def test_the_visit_and_the_dossier_are_written() -> None:
    data = samples.octets()
    assert (field(data, "PV1-2"), field(data, "PV1-19")) == ("I", "000897406")
    assert field(data, "PID-18") == "24000006"
    assert field(samples.octets(visit=None), "PV1-2") == "N"
    dossier = hl7_samples.visit(location=None, ids=(hl7_samples.DOSSIER,), patient_class="")
    data = samples.octets(visit=dossier)
    assert (field(data, "PV1-2"), field(data, "PID-18")) == ("N", "24000006")
    assert hl7.read_transport(data).visit == dossier
    for changes in (
        {"ids": (hl7_samples.DOSSIER,)}, {"patient_class": "Q"}, {"patient_class": ""},
        {"expected": documents.Period(low=documents.ADMITTED)},
    ):  # fmt: skip
        with pytest.raises(MessageError):
            samples.octets(visit=hl7_samples.visit(location=None, **changes))


def test_the_event_has_its_own_time() -> None:
    when = datetime(2024, 3, 6, 12, 0, tzinfo=timezone(timedelta(hours=1)))
    assert field(samples.octets("MDM", recorded=when), "EVN-2") == "20240306120000+0100"
    assert field(samples.octets("MDM"), "EVN-2") == "20240306111154"


def test_records_add_what_the_guide_leaves_free() -> None:
    order = hl7.Record.of("ORC", placer_number=("98765431", "Nephro"))
    assert field(samples.octets(records=(order,)), "ORC-2.2") == "Nephro"
    for record in (hl7.Record.of("ORC", control="NW"), hl7.Record.of("ZFM", entry_mode="8")):
        with pytest.raises(MessageError):
            samples.octets(records=(record,))


@pytest.mark.parametrize("version", ["1.0", "1.1", "1.2", "2.2", "", "2.1.2"])
@BOTH
def test_other_versions_are_refused_with_their_reason(kind: str, version: str) -> None:
    with pytest.raises(UnsupportedMessage, match=r"1\.x is read only") as error:
        samples.octets(kind, version=version)
    assert error.value.place == "MSH-21"


ALL_FLAGS = list(itertools.product([False, True], repeat=7))
"""masque_ps, invisible_patient, invisible_rep_legaux, connexion_secrete, DMP, PS, patient."""


def is_permitted(
    masked: bool, unseen: bool, hidden: bool, secret: bool, dmp: bool, ps: bool, citizen: bool
) -> bool:
    """The gates of the guide and of EX_2.1-1050, written here again."""
    if masked and unseen:
        return False
    if secret and not hidden:
        return False
    if ps and (masked or hidden):
        return False
    return not (citizen and unseen)


@pytest.mark.parametrize("flags", ALL_FLAGS, ids=lambda f: "".join("NY"[item] for item in f))
def test_every_combination_of_masks_and_destinations(flags: tuple[bool, ...]) -> None:
    masked, unseen, hidden, secret, dmp, ps, citizen = flags
    actions = hl7.Actions(
        masque_ps=masked, invisible_patient=unseen, invisible_rep_legaux=hidden,
        connexion_secrete=secret, destdmp=dmp, destmssanteps=ps, destmssantepat=citizen,
    )  # fmt: skip
    recipients = [documents.SURGEON] * ps + [documents.PATIENT] * citizen
    if not is_permitted(*flags):
        with pytest.raises(MessageError):
            samples.octets(actions=actions, recipients=recipients)
        return
    for kind in ("ORU", "MDM"):
        read = hl7.read_transport(samples.octets(kind, actions=actions, recipients=recipients))
        assert read.actions == actions
        assert read.is_integrable
        assert read.actions.mssante_ps_allowed is (not masked and not hidden)
        assert read.actions.mssante_patient_allowed is (not unseen)
        assert ("matrix" in samples.rules(read)) is (not listed(flags))


def listed(flags: tuple[bool, ...]) -> bool:
    """The three rows of the guide's table, written here again."""
    masked, unseen, hidden, secret, dmp, ps, citizen = flags
    if not ps and not citizen:
        return True
    rows = {
        (True, True): not (masked or unseen or hidden or secret),
        (True, False): unseen and not (masked or hidden or secret),
        (False, True): not (unseen or secret or dmp),
    }
    return rows[ps, citizen]


def test_every_reason_is_told_at_once() -> None:
    actions = hl7.Actions(
        masque_ps=True, invisible_patient=True, destmssanteps=True, destmssantepat=True
    )
    with pytest.raises(MessageError) as error:
        samples.octets(actions=actions)
    assert error.value.report is not None
    assert len(error.value.report.errors) == 3


def test_a_flag_that_is_not_known_is_not_written() -> None:
    with pytest.raises(MessageError, match="MASQUE_PS"):
        samples.octets(actions=hl7.Actions(masque_ps=None))


@pytest.mark.parametrize(
    "changes",
    [
        {"recipients": ()},
        {"recipients": (documents.SURGEON,)},
        {"recipients": (documents.PATIENT,)},
        {"actions": hl7.Actions(), "recipients": (documents.SURGEON,)},
        {"sender": None},
        {"sender": documents.HOSPITAL},
        {"sender": documents.PATIENT},
        {"sender": Professional(name=PersonName(family="SANS", given="Structure"))},
        {"recipients": (documents.DOCTOR, documents.PATIENT)},
        {"reply_to": documents.PATIENT},
        {"actions": hl7.Actions(no_patient_reply=True), "recipients": ()},
        {"control": OrderControl.REPLACEMENT},
        {"header": dataclasses.replace(hl7_samples.HEADER, control_id="")},
        {"header": dataclasses.replace(hl7_samples.HEADER, control_id="1" * 21)},
        {"header": dataclasses.replace(hl7_samples.HEADER, processing="X")},
        {"header": dataclasses.replace(hl7_samples.HEADER, time=None)},
        {"header": dataclasses.replace(hl7_samples.HEADER, charset="8859/1")},
        {"header": dataclasses.replace(hl7_samples.HEADER, sending_application="")},
        {"recipients": (documents.SURGEON, documents.PATIENT,
                        Telecom.email("277076322082910@patient.mssante.fr"))},
    ],
)  # fmt: skip
@BOTH
def test_what_the_guide_excludes_is_refused(kind: str, changes: dict[str, object]) -> None:
    with pytest.raises(MessageError):
        samples.octets(kind, **changes)


def test_an_argument_of_another_type_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        hl7.oru(b"<ClinicalDocument/>", **samples.arguments())
    with pytest.raises(TypeError):
        samples.octets(sender="LEGRIS")


def test_a_character_that_latin_9_lacks_is_refused() -> None:
    header = dataclasses.replace(hl7_samples.HEADER, charset="8859/15")
    assert hl7.read_transport(samples.octets(header=header)).sender is not None
    other = dataclasses.replace(documents.SURGEON, name=PersonName(family="L\u2019HÔTE", given="Đ"))
    with pytest.raises(MessageError):
        samples.octets(header=header, sender=other)


def test_a_kind_that_the_dmp_does_not_file_is_refused_for_the_dmp_only() -> None:
    kind = cda.DocumentType.of("EXPORT_DUI")
    document = documents.wrap(
        **documents.minimal(type=kind, acts=(documents.ServiceEvent(),), encounter=full_encounter())
    )
    assert hl7.parse(hl7.oru(document, **samples.quiet())).get("OBR-4.3") == "TRE_A05"
    with pytest.raises(UnknownCode):
        hl7.oru(document, **samples.arguments())


def full_encounter() -> object:
    return documents.Encounter(
        code=documents.jdv("J142", "IMP"),
        period=documents.Period(low=documents.ADMITTED, high=documents.DISCHARGED),
    )


# Only a qualified identity, of this place, carries its matricule.


def test_a_received_document_is_only_handed_on_on_request() -> None:
    received = cda.read(bytes(samples.document()))
    with pytest.raises(IdentityNotQualified):
        hl7.oru(received, **samples.arguments())
    data = hl7.oru(received, **samples.arguments(), forward=True)
    assert bytes(hl7.read_transport(data).documents[0]) == bytes(samples.document())
    assert received.patient.identity.asserted


@BOTH
def test_without_a_qualified_ins_no_dmp_and_no_citizen(kind: str) -> None:
    patient = Patient(identity=people.traits_only(people.BY_ID["kit-1"]), ids=(documents.IPP,))
    document = documents.wrap(**documents.minimal(patient=patient))
    to_doctor = hl7.Actions(destmssanteps=True)
    data = samples.KINDS[kind](
        document, **samples.arguments(actions=to_doctor, recipients=(documents.SURGEON,))
    )
    assert b"279035121518989" not in data
    assert field(data, "PID-32") == "PROV"
    assert hl7.read_transport(data).is_integrable
    assert not hl7.read_transport(data).dmp_allowed
    for actions, recipients in (
        (hl7.Actions(destdmp=True), ()),
        (hl7.Actions(destmssantepat=True), (documents.PATIENT,)),
    ):
        with pytest.raises(IdentityNotQualified):
            samples.KINDS[kind](
                document, **samples.arguments(actions=actions, recipients=recipients)
            )


def test_pid_is_about_the_patient_of_the_document() -> None:
    identity = documents.PATIENT.identity
    richer = dataclasses.replace(documents.PATIENT, telecoms=(Telecom.phone("0147150000", "H"),))
    assert field(samples.octets(patient=richer), "PID-13.12") == "0147150000"
    changes = (
        {"ids": ()},
        {"ids": (documents.IPP, LocalId(root="1.2.3", extension="9"))},
        {"identity": dataclasses.replace(identity, birth_name="AUTRE")},
        {"identity": dataclasses.replace(identity, birth_place="63220")},
        {"identity": people.local(people.BY_ID["kit-2-test"])},
    )
    others = [dataclasses.replace(documents.PATIENT, **change) for change in changes]
    for patient in others:
        with pytest.raises(SegurError) as error:
            samples.octets(patient=patient, recipients=(documents.SURGEON,),
                           actions=hl7.Actions(destmssanteps=True))  # fmt: skip
        assert not any(text in str(error.value) for text in people.secrets(identity))


def test_a_document_whose_values_were_changed_after_writing_is_refused() -> None:
    document = samples.document()
    other = Patient(identity=people.local(people.BY_ID["kit-2-test"]), ids=(documents.IPP,))
    renamed, reborn, other_sex = (
        dataclasses.replace(
            documents.PATIENT, identity=dataclasses.replace(documents.PATIENT.identity, **traits)
        )
        for traits in (
            {"birth_name": "AUTRE"}, {"birth_date": date(1979, 3, 29)}, {"sex": ins.Sex.M},
        )
    )  # fmt: skip
    for changes in (
        {"patient": other}, {"patient": renamed}, {"patient": reborn}, {"patient": other_sex},
        {"id": LocalId(root="1.2.3")},
        {"code": cda.DocumentType.COMPTE_RENDU_OPERATOIRE.code},
    ):  # fmt: skip
        with pytest.raises(MessageError):
            hl7.oru(dataclasses.replace(document, **changes), **samples.quiet())


def test_no_matricule_leaves_by_a_participation_or_a_record() -> None:
    hidden = Professional(
        name=PersonName(family="X"), ids=(LocalId(root="1.2.250.1.213.1.4.8", extension="1"),)
    )
    sender = hl7.Participation(person=hidden, organization=documents.HOSPITAL)
    with pytest.raises(IdentityNotQualified):
        samples.octets(sender=sender)
    record = hl7.Record.of("ORC", placer_number=("1", ("", "1.2.250.1.213.1.4.8")))
    with pytest.raises(IdentityNotQualified):
        samples.octets(records=(record,))


def test_a_large_document_is_carried_whole() -> None:
    text = cda.PlainText("é" * 2_000_000)
    document = documents.wrap(text, **documents.minimal())
    data = hl7.mdm(document, **samples.arguments())
    assert bytes(hl7.read_transport(data).documents[0]) == bytes(document)


def test_a_structure_of_another_numbering_keeps_it() -> None:
    labo = Organization(
        name="Labo", ids=(LocalId(extension="77", type="FINEG", authority="120456789"),),
        telecoms=(Telecom.email("labo@x.mssante.fr"),),
    )  # fmt: skip
    robot = Device(
        model="A", software="B", ids=(LocalId(extension="12", namespace="PFI"),), organization=labo
    )
    message = hl7.parse(samples.octets(sender=robot, recipients=(labo, documents.PATIENT)))
    sender, recipient = message["PRT"][0], message["PRT"][1]
    assert (sender.get("10.1"), sender.get("10.2")) == ("12", "PFI")
    assert (recipient.get("8.6.2"), recipient.get("8.10")) == ("120456789", "77")


@pytest.mark.parametrize(
    "recipient",
    [
        Organization(name="Sans numéro", telecoms=(Telecom.email("a@x.mssante.fr"),)),
        Unit(code="3435"),
        hl7.Participation(person=documents.SURGEON, address=Telecom.phone("0102030405")),
        documents.DOCTOR,
    ],
)
def test_a_recipient_that_cannot_be_reached_is_refused(recipient: object) -> None:
    with pytest.raises(MessageError):
        samples.octets(recipients=(recipient, documents.PATIENT))


def test_forward_changes_nothing_for_a_local_document() -> None:
    assert samples.octets(forward=True) == samples.octets()


def test_an_mdm_names_its_document_by_an_oid() -> None:
    uuid = LocalId(root="7c2e8e4a-1f0b-4b8e-9f55-7c2e8e4a1f0b")
    document = documents.wrap(**documents.minimal(id=uuid))
    with pytest.raises(MessageError) as error:
        hl7.mdm(document, **samples.quiet())
    assert error.value.place == "TXA-12"


def test_two_kinds_do_not_go_together() -> None:
    other = documents.wrap(
        **documents.minimal(documents.S.OFFICE, type=cda.DocumentType.COMPTE_RENDU_BIOLOGIE)
    )
    with pytest.raises(MessageError):
        hl7.oru(samples.document(), other, **samples.quiet())


def test_a_kind_without_an_hl7_name_of_its_system_is_refused() -> None:
    document = samples.document()
    code = dataclasses.replace(cda.DocumentType.of("E1762").code)
    with pytest.raises((UnknownCode, MessageError)):
        hl7.oru(dataclasses.replace(document, code=code), **samples.quiet())


@BOTH
def test_a_foreign_parser_finds_the_same_document_and_people(kind: str) -> None:
    peer = pytest.importorskip("hl7", reason="python-hl7 is not installed")
    data = samples.octets(kind, reply_to=documents.SURGEON)
    message = peer.parse(data.decode())
    assert [str(segment[0]) for segment in message] == list(hl7.parse(data).ids)
    carried = message.segments("OBX")[0]
    assert base64.b64decode(str(carried[5][0][4])) == bytes(samples.document())
    assert str(message.segment("PID")[3][1][0]) == "279035121518989"
    people_told = message.segments("PRT")
    assert [str(row[4][0][0]) for row in people_told] == ["SB", "RCT", "RCT", "REPLY"]
    assert str(people_told[0][8][0][0]) == "Hôpital de la démonstration"
    assert str(people_told[2][15][0][3]) == "279035121518989@patient.mssante.fr"
    told = {str(row[3][0][0]): str(row[5][0][0]) for row in message.segments("OBX")[1:]}
    assert {code for code, value in told.items() if value == "Y"} == {
        "DESTDMP", "DESTMSSANTEPS", "DESTMSSANTEPAT",
    }  # fmt: skip
