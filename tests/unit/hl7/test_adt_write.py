"""What leaves follows PAM France, carries a matricule through one gate only, or is refused."""

from __future__ import annotations

import dataclasses
from datetime import date

import hl7_samples as samples
import people
import pytest

from segur_interop import hl7
from segur_interop._time import Timestamp
from segur_interop.errors import (
    IdentityNotQualified,
    InvalidValue,
    MessageError,
    UnsupportedMessage,
)
from segur_interop.hl7 import Record
from segur_interop.ins import Attribute, IdentityStatus, Matricule, Sex
from segur_interop.model import (
    Address,
    LocalId,
    Participant,
    Patient,
    PersonName,
    Professional,
    Telecom,
)

WRITTEN = sorted(code for code, trigger in hl7.TRIGGERS.items() if trigger.written)
INS_OID = b"1.2.250.1.213.1.4."


def text(event: hl7.AdtEvent, **options) -> str:
    return hl7.write_adt(event, **options).decode().replace("\r", "\n")


def identity_event(trigger: str = "A31", *, ids=(samples.LOCAL,), **identity) -> hl7.AdtEvent:
    person = people.local(samples.PERSON, **identity)
    return samples.event(trigger, patient=Patient(identity=person, ids=ids))


@pytest.mark.parametrize("code", WRITTEN)
def test_every_event_is_written_conformant_and_read_back(code: str) -> None:
    event = samples.event(code)
    data = hl7.write_adt(event)
    assert not [f for f in hl7.check(data) if f.severity >= 30]
    assert hl7.parse(data).message_type == ("ADT", code, hl7.TRIGGERS[code].structure)
    again = hl7.read_adt(data, identity_repository=True)
    assert dataclasses.replace(again, reliability=()) == dataclasses.replace(
        event, further=again.further
    )
    assert hl7.write_adt(again) == data


def test_two_patients_are_gated_one_by_one() -> None:
    message = hl7.parse(hl7.write_adt(samples.event("A24")))
    assert message.get("PID[1]-3[2].4.2") == "1.2.250.1.213.1.4.10"
    assert message.get("PID[2]-3[2]") == ""


@pytest.mark.parametrize("code", ["A08", "Z80", "Z84"])
def test_what_is_only_read_is_not_written(code: str) -> None:
    with pytest.raises(UnsupportedMessage):
        hl7.write_adt(samples.event(code, movement=samples.movement()))


def test_the_header_is_that_of_pam_france() -> None:
    lines = text(samples.event()).split("\n")
    assert lines[0] == (
        "MSH|^~\\&|GAM|CHU-X|DPI|CHU-X|20240306111154||ADT^A31^ADT_A05|42|P|2.5^FRA^2.11|||||FRA"
        "|UNICODE UTF-8|FR||2.11^IHE_FRANCE-2.11-PAM"
    )
    older = hl7.parse(hl7.write_adt(samples.event(), version="2.10"))
    assert (older.get("MSH-12.3"), older.get("MSH-21")) == ("2.10", "")
    with pytest.raises(UnsupportedMessage):
        hl7.write_adt(samples.event(), version="2.9")


def test_the_identity_segment_is_that_of_the_official_messages() -> None:
    event = identity_event(first_birth_given_name="DOMINIQUE")
    assert (
        "PID|||000003^^^CHU-X&000897406&N^PI~279035121518989^^^ASIP-SANTE-INS-NIR"
        "&1.2.250.1.213.1.4.10&ISO^INS||PAT-TROIS^DOMINIQUE^DOMINIQUE^^^^L||19790328|F"
        "|||^^^^^^BDL^^63220|||||||||||||||||||||VALI\n"
    ) in text(event)


def test_qualifiee_goes_out_as_vali_with_the_ins() -> None:
    message = hl7.parse(hl7.write_adt(samples.event()))
    assert message.get("PID-32") == "VALI"
    assert message.get("PID-3[2].5") == "INS"
    assert message.get("PID-3[2].4.2") == "1.2.250.1.213.1.4.10"


def test_a_nia_has_its_own_namespace() -> None:
    person = people.BY_ID["insi-8"]
    patient = Patient(identity=people.local(person), ids=(samples.LOCAL,))
    assert "ASIP-SANTE-INS-NIA&1.2.250.1.213.1.4.9" in text(samples.event(patient=patient))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"status": IdentityStatus.RECUPEREE}, "PROV"),
        ({"status": IdentityStatus.VALIDEE, "matricule": None}, "VALI"),
        ({"status": IdentityStatus.PROVISOIRE, "matricule": None}, "PROV"),
        (
            {
                "status": IdentityStatus.PROVISOIRE, "matricule": None,
                "attributes": {Attribute.DOUTEUSE},
            },
            "PROV~DOUT",
        ),
        (
            {
                "status": IdentityStatus.PROVISOIRE, "matricule": None,
                "attributes": {Attribute.FICTIVE},
            },
            "PROV~FICT",
        ),
    ],
)  # fmt: skip
def test_no_other_status_sends_the_matricule(changes: dict, code: str) -> None:
    data = hl7.write_adt(identity_event(**changes))
    assert INS_OID not in data
    assert samples.PERSON.matricule.encode() not in data
    pid = hl7.parse(data)["PID"][0]
    assert "~".join(part.value for part in pid[32]) == code


def test_the_other_codes_of_the_event_are_written_again() -> None:
    event = dataclasses.replace(samples.event(), reliability=("VALI", "IDVER", "HOMA"))
    assert "|VALI~IDVER~HOMA\n" in text(event)
    homonym = identity_event(attributes={Attribute.HOMONYME})
    assert "|VALI~HOMD\n" in text(homonym)
    with pytest.raises(MessageError, match="0445"):
        hl7.write_adt(dataclasses.replace(event, reliability=("QUAL",)))


@pytest.mark.parametrize("changes", [{"asserted": True}, {"birth_given_names": ""},
                                     {"sex": Sex.I}])  # fmt: skip
def test_a_qualifiee_that_may_not_transmit_is_refused_not_downgraded(changes: dict) -> None:
    with pytest.raises(IdentityNotQualified) as caught:
        hl7.write_adt(identity_event(**changes))
    assert caught.value.report is not None
    assert not [word for word in people.secrets(people.local(samples.PERSON))
                if word in str(caught.value)]  # fmt: skip


def test_a_wrong_key_of_production_is_refused() -> None:
    bad = Matricule.parse("279035121518900", oid="1.2.250.1.213.1.4.8")
    with pytest.raises(IdentityNotQualified):
        hl7.write_adt(identity_event(matricule=bad))


INS_ID = LocalId(extension="277076322082910", root="1.2.250.1.213.1.4.8", type="INS")
NSS_ID = LocalId(extension=samples.PERSON.matricule, root="1.2.250.1.213.1.4.13", type="NH")
VALIDEE = {"status": IdentityStatus.VALIDEE, "matricule": None}
RECUPEREE = {"status": IdentityStatus.RECUPEREE}


def test_the_matricule_of_the_mother_is_not_written() -> None:
    patient = dataclasses.replace(
        samples.event().patient, mother_ids=(INS_ID, dataclasses.replace(samples.OTHER))
    )
    message = hl7.parse(hl7.write_adt(samples.event(patient=patient)))
    assert message.get("PID-21.1") == "000004"
    assert b"277076322082910" not in bytes(message)


@pytest.mark.parametrize(
    "record",
    [
        Record.of("NK1", names=(("X",),), identifiers=(INS_ID,)),
        Record.of("PD1", duplicate_patient=(INS_ID,)),
        Record.of("PD1", living_will="1.2.250.1.213.1.4.10"),
    ],
)
def test_no_record_smuggles_a_matricule(record: Record) -> None:
    for changes in ({}, VALIDEE):
        event = dataclasses.replace(identity_event(**changes), records=(record,))
        with pytest.raises(IdentityNotQualified):
            hl7.write_adt(event)


def test_the_matricule_under_another_name_is_refused_where_the_gate_is_closed() -> None:
    with pytest.raises(IdentityNotQualified, match="another name"):
        hl7.write_adt(identity_event(ids=(samples.LOCAL, NSS_ID), **RECUPEREE))
    hl7.write_adt(identity_event(ids=(samples.LOCAL, NSS_ID)))


def test_a_matricule_written_with_spaces_is_refused_where_the_gate_is_closed() -> None:
    spaced = " ".join(samples.PERSON.matricule)
    dressed = LocalId(root="1.2.250.1.213.99.1", extension=spaced, type="PI")
    with pytest.raises(IdentityNotQualified, match="another name"):
        hl7.write_adt(identity_event(ids=(samples.LOCAL, dressed), **RECUPEREE))


def test_the_mail_address_of_a_citizen_is_a_matricule() -> None:
    address = Telecom.email(f"{samples.PERSON.matricule}@patient.mssante.fr")
    for changes, written in (({}, True), (VALIDEE, False), (RECUPEREE, False)):
        event = identity_event(**changes)
        patient = dataclasses.replace(event.patient, telecoms=(address,))
        data = hl7.write_adt(dataclasses.replace(event, patient=patient))
        assert (b"patient.mssante.fr" in data) is written


def test_a_retired_matricule_travels_with_a_qualified_identity_only() -> None:
    old = LocalId(extension="277076322082910", root="1.2.250.1.213.1.4.10", type="INS")
    event = samples.event("A47", replaced=(old,))
    assert "MRG|277076322082910^^^&1.2.250.1.213.1.4.10&ISO^INS" in text(event)
    without = dataclasses.replace(identity_event("A47", **VALIDEE), replaced=(old,))
    with pytest.raises(IdentityNotQualified):
        hl7.write_adt(without)


@pytest.mark.parametrize("code", ["A40", "A44", "A47"])
def test_a_patient_is_never_merged_with_itself(code: str) -> None:
    with pytest.raises(MessageError, match="MRG-1"):
        hl7.write_adt(samples.event(code, replaced=(samples.LOCAL,)))
    relabelled = dataclasses.replace(samples.LOCAL, type="MR")
    with pytest.raises(MessageError, match="MRG-1"):
        hl7.write_adt(samples.event(code, replaced=(relabelled,)))


@pytest.mark.parametrize(
    ("code", "changes", "place"),
    [
        ("A01", {"movement": None}, "ZBE"), ("A31", {"movement": samples.movement()}, "ZBE"),
        ("A01", {"visit": None}, "PV1"), ("A31", {"visit": samples.visit()}, "PV1"),
        ("A01", {"visit": samples.visit(patient_class="N")}, "PV1-2"),
        ("A01", {"visit": samples.visit(patient_class="")}, "PV1-2"),
        ("A01", {"visit": samples.visit(ids=(samples.DOSSIER,))}, "PV1-19"),
        ("A01", {"visit": samples.visit(ids=(samples.VENUE,))}, "PID-18"),
        ("A01", {"visit": samples.visit(location=None)}, "PV1-3"),
        ("A40", {"replaced": ()}, "MRG-1"), ("A31", {"replaced": (samples.OTHER,)}, "MRG"),
        ("A44", {"replaced_account": None}, "MRG-3"), ("A24", {"further": ()}, "PID"),
        ("A40", {"consent": hl7.DmpConsent(status="ACTIF")}, "ZFA"),
        ("A40", {"source": hl7.IdentitySource(mode="INSI")}, "ZFD"),
        ("A31", {"recorded": None}, "EVN-2"),
        ("A01", {"movement": samples.movement(action="UPDATE")}, "ZBE"),
        ("A01", {"movement": samples.movement(nature="")}, "ZBE"),
        ("A01", {"movement": samples.movement(nature="X")}, "ZBE"),
    ],
)  # fmt: skip
def test_what_pam_france_requires_or_forbids_is_refused(
    code: str, changes: dict, place: str
) -> None:
    with pytest.raises(MessageError) as caught:
        hl7.write_adt(samples.event(code, **changes))
    assert caught.value.place == place


def test_planned_and_past_exclude_each_other() -> None:
    when = Timestamp.parse("20240306")
    with pytest.raises(MessageError, match="EVN-3"):
        hl7.write_adt(samples.event("A14", planned=when, occurred=when))
    assert "EVN||20240306111154|20240306\n" in text(samples.event("A14", planned=when))


@pytest.mark.parametrize(
    ("changes", "place"),
    [({"control_id": ""}, "MSH-10"), ({"control_id": "x" * 21}, "MSH-10"),
     ({"processing": "X"}, "MSH-11"), ({"charset": "KLINGON"}, "MSH-18"),
     ({"charset": ""}, "MSH-18"), ({"time": None}, "MSH-7"),
     ({"sending_application": ""}, "MSH-3")],
)  # fmt: skip
def test_a_header_that_is_incomplete_is_refused(changes: dict, place: str) -> None:
    header = dataclasses.replace(samples.HEADER, **changes)
    with pytest.raises(MessageError) as caught:
        hl7.write_adt(samples.event(header=header))
    assert caught.value.place == place


def test_the_octets_are_in_the_declared_set() -> None:
    header = dataclasses.replace(samples.HEADER, charset="8859/15")
    event = dataclasses.replace(identity_event(used_name="RÉAULT"), header=header)
    data = hl7.write_adt(event)
    assert "RÉAULT".encode("iso8859-15") in data
    assert hl7.read_adt(data).patient.identity.used_name == "RÉAULT"
    odd = dataclasses.replace(identity_event(used_name="D\u2019ARC"), header=header)
    with pytest.raises(MessageError, match="MSH-18"):
        hl7.write_adt(odd)


def test_separators_in_a_text_are_escaped() -> None:
    event = identity_event(used_name="L|A^L~E&X\\Y")
    again = hl7.read_adt(hl7.write_adt(event), identity_repository=True)
    assert again.patient.identity.used_name == "L|A^L~E&X\\Y"


def test_an_incomplete_birth_date_is_refused() -> None:
    event = identity_event(birth_date=None, received_birth_date="1950-00-00", **VALIDEE)
    with pytest.raises(MessageError, match="RNIV"):
        hl7.write_adt(event)


def test_a_completed_birth_date_tells_its_origin_in_zfd() -> None:
    event = identity_event(
        birth_date=date(1950, 12, 31), received_birth_date="1950-00-00",
        birth_date_completed=True, **VALIDEE,
    )  # fmt: skip
    written = text(event)
    assert "ZFD|00^00^1950|||Y" in written
    again = hl7.read_adt(hl7.write_adt(event), identity_repository=True)
    assert again.patient.identity == event.patient.identity


SOURCE = hl7.IdentitySource(mode="INSI", document="CN", sms_consent=True)


def test_fields_of_a_third_party_are_written_on_request_only() -> None:
    event = samples.event(source=SOURCE)
    assert "ZFD|||Y|N|INSI\n" in text(event)
    assert "ZFD|||Y|N|INSI||CN\n" in text(event, third_party_fields=True)


def test_the_consent_of_each_version() -> None:
    new = hl7.DmpConsent(status="ACTIF", alimentation="INO", consultation="IC")
    old = hl7.DmpConsent(status="ACTIF", access=True)
    assert "ZFA|ACTIF||||||||INO||IC\n" in text(samples.event("A01", consent=new))
    assert "ZFA|ACTIF|||Y\n" in text(samples.event("A01", consent=old), version="2.10")
    with pytest.raises(MessageError, match="ZFA-4"):
        hl7.write_adt(samples.event("A01", consent=old))
    with pytest.raises(MessageError, match="ZFA-9"):
        hl7.write_adt(samples.event("A01", consent=new), version="2.10")


def test_the_end_of_a_movement_is_never_written() -> None:
    from segur_interop.model import Period

    period = Period(low="20240306110000", high="20240309")
    event = samples.event("A03", movement=samples.movement(period=period))
    assert hl7.parse(hl7.write_adt(event)).get("ZBE-3") == ""


def test_what_is_erased_is_asked_for() -> None:
    event = samples.event(erased=frozenset({"PID-13", "PID-21"}))
    message = hl7.parse(hl7.write_adt(event))
    assert message.get("PID-13") == message.get("PID-21") == hl7.ERASE
    assert hl7.read_adt(message).erased == event.erased


@pytest.mark.parametrize("place", ["PID-3", "PID-5.2", "ZFA-1", "PID"])
def test_what_cannot_be_erased_is_refused(place: str) -> None:
    with pytest.raises(MessageError):
        hl7.write_adt(samples.event(erased=frozenset({place})))


DOCTOR = Professional.from_rpps("10000023084", name=PersonName(family="AGNES", given="Isabelle"))


def test_a_doctor_is_written_with_the_twelve_characters() -> None:
    visit = samples.visit(participants=(Participant(type="ATND", entity=DOCTOR),))
    message = hl7.parse(hl7.write_adt(samples.event("A01", visit=visit)))
    assert message.get("PV1-7.1") == "810000023084"
    assert message.get("PV1-7.13") == "IDNPS"
    assert message.get("PV1-7.9.2") == "1.2.250.1.71.4.2.1"
    again = hl7.read_adt(message).visit
    assert again is not None
    assert again.participants[0].entity == DOCTOR
    other = samples.visit(participants=(Participant(type="CON", entity=DOCTOR),))
    with pytest.raises(MessageError, match="PV1"):
        hl7.write_adt(samples.event("A01", visit=other))


def test_roles_stand_where_pam_france_wants_them() -> None:
    declared = Record.of("ROL", action="UC", role="ODRP", persons=(DOCTOR,))
    other = Record.of("ROL", action="UC", role="AT", persons=(DOCTOR,))
    ids = hl7.parse(hl7.write_adt(samples.event("A01", records=(other, declared)))).ids
    assert ids == ("MSH", "EVN", "PID", "ROL", "PV1", "ZBE", "ROL")


def test_addresses_and_telecoms() -> None:
    patient = dataclasses.replace(
        samples.event().patient,
        addresses=(Address(use="H", lines=("28 Av de Breteuil", "Bat B"), city="PARIS",
                           postal_code="75007", country="FRA"),),
        telecoms=(Telecom.phone("0102030405", "H"), Telecom.phone("0602030405", "MC"),
                  Telecom.fax("0102030406", "WP"), Telecom.email("a@b.fr"),
                  Telecom.email("x@ars.mssante.fr", "WP")),
    )  # fmt: skip
    event = samples.event(patient=patient)
    message = hl7.parse(hl7.write_adt(event))
    assert message.get("PID-11.7") == "H"
    assert message.get("PID-11[2].7") == "BDL"
    assert message.get("PID-11.2") == "Bat B"
    assert [part[3].value for part in message["PID"][0][13]] == [
        "PH", "CP", "FX", "Internet", "X.400"
    ]  # fmt: skip
    assert message.get("PID-13[2].12") == "0602030405"
    assert message.get("PID-13[4].4") == "a@b.fr"
    assert hl7.read_adt(message).patient.telecoms == patient.telecoms
    web = dataclasses.replace(patient, telecoms=(Telecom(value="http://a.fr"),))
    with pytest.raises(MessageError, match="XTN"):
        hl7.write_adt(samples.event(patient=web))


def test_records_and_values_do_not_meet() -> None:
    with pytest.raises(MessageError, match="PV1-2"):
        hl7.write_adt(samples.event("A01", records=(Record.of("PV1", patient_class="E"),)))
    with pytest.raises(MessageError, match="ZBE"):
        hl7.write_adt(samples.event("A01", records=(Record.of("ZBE", nature="S"),)))
    with pytest.raises(MessageError, match="ZFM"):
        hl7.write_adt(samples.event("A31", records=(Record.of("ZFM", entry_mode="8"),)))
    twice = (Record.of("ZFM", entry_mode="8"), Record.of("ZFM", origin="1"))
    with pytest.raises(MessageError, match="repeat"):
        hl7.write_adt(samples.event("A01", records=twice))


def test_a_record_is_checked_by_its_table() -> None:
    with pytest.raises(InvalidValue):
        Record.of("ZFM", no_such_field="8")
    with pytest.raises(InvalidValue):
        Record.of("ZZZ", x="8")
    wrong = (
        Record.of("PID", race=(("x",),)),
        Record.of("PV2", admit_reason="x"),
        Record.of("PID", updated="yesterday"),
        Record.of("PV2", estimated_days="two"),
        Record.of("PID", citizenship="FRA"),
        Record.of("PID", marital_status=12),
        Record.of("ZFS", set_id="1"),
    )
    for record in wrong:
        with pytest.raises(MessageError):
            hl7.write_adt(samples.event("A01", records=(record,)))


def test_a_full_legal_mode_is_written() -> None:
    record = Record.of(
        "ZFS", set_id="1", legal_mode_id=samples.LOCAL, start=Timestamp.parse("20240306"),
        action="INSERT", legal_mode="SPDT",
    )  # fmt: skip
    assert "ZFS|1|000003^CHU-X^000897406^N|20240306||INSERT|SPDT\n" in text(
        samples.event("A31", records=(record,))
    )


@pytest.mark.parametrize(
    ("traits", "place"),
    [
        ({"birth_name": "PAT\x01TROIS"}, "PID-5"),
        ({"birth_name": "PAT\x00TROIS"}, "PID-5"),
        ({"birth_name": "PAT|TROIS"}, "PID-5"),
        ({"birth_name": "PAT\rPID|1"}, "PID-5"),
        ({"birth_name": "PAT3"}, "PID-5"),
        ({"birth_given_names": "DOMINIQUE--MARIE"}, "PID-5"),
        ({"birth_name": "\u202ePAT-TROIS"}, "PID-5"),
        ({"first_birth_given_name": "DOMINIQUE2"}, "PID-5"),
        ({"birth_place": ""}, "PID-11"),
        ({"birth_place": "PARIS"}, "PID-11"),
    ],
)
def test_a_matricule_leaves_only_beside_traits_that_insi_could_give(
    traits: dict[str, str], place: str
) -> None:
    with pytest.raises(IdentityNotQualified) as caught:
        hl7.write_adt(identity_event(**traits))
    assert caught.value.place == place
    assert "TROIS" not in str(caught.value)


@pytest.mark.parametrize(
    "name", ["PAT\x01TROIS", "\u202eSIORT-TAP", "PAT\u200bTROIS", "PAT\u2066TROIS", "PAT\u2028X",
             "PAT\nTROIS", "PAT\x85TROIS"]
)  # fmt: skip
def test_a_trait_that_reads_otherwise_than_it_is_written_is_refused(name: str) -> None:
    bare = people.traits_only(samples.PERSON)
    for field in ("birth_name", "birth_given_names", "used_name", "used_given_name"):
        identity = dataclasses.replace(bare, **{field: name})
        patient = Patient(identity=identity, ids=(samples.LOCAL,))
        with pytest.raises(MessageError, match="PID-5"):
            hl7.write_adt(samples.event(patient=patient))
    for field in ("birth_place", "birth_place_name"):
        identity = dataclasses.replace(bare, **{field: name})
        patient = Patient(identity=identity, ids=(samples.LOCAL,))
        with pytest.raises(MessageError, match="PID-11"):
            hl7.write_adt(samples.event(patient=patient))
    try:
        other = PersonName(family=name)
    except InvalidValue:  # the model refuses control characters in any other name
        return
    patient = Patient(identity=bare, ids=(samples.LOCAL,))
    with pytest.raises(MessageError, match="PID-5"):
        hl7.write_adt(samples.event(patient=patient, pseudonym=other))
    mother = dataclasses.replace(patient, mother_name=other)
    with pytest.raises(MessageError, match="PID-6"):
        hl7.write_adt(samples.event(patient=mother))


def test_a_foreign_name_without_matricule_is_written_as_it_is() -> None:
    identity = people.traits_only(samples.PERSON, birth_name="\u0418\u0432\u0430\u043d 2 & Cie")
    patient = Patient(identity=identity, ids=(samples.LOCAL,))
    data = hl7.write_adt(samples.event(patient=patient))
    assert hl7.read_adt(data).patient.identity.birth_name == identity.birth_name


@pytest.mark.parametrize("other", [None, "A31", b"", 1])
def test_only_an_event_is_written(other: object) -> None:
    with pytest.raises(TypeError, match="event"):
        hl7.write_adt(other)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="version"):
        hl7.write_adt(samples.event(), version=2.11)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "wrong",
    [{"patient": None}, {"header": "GAM"}, {"visit": "I"}, {"movement": 1}, {"trigger": 31},
     {"replaced": [1]}, {"erased": {"PID-13"}}, {"records": None}],
)  # fmt: skip
def test_an_event_is_made_of_values_of_their_types(wrong: dict[str, object]) -> None:
    with pytest.raises(TypeError, match=f"event.{next(iter(wrong))}"):
        dataclasses.replace(samples.event(), **wrong)
