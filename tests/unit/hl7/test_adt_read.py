"""What an ADT message tells, and what it takes away."""

from __future__ import annotations

import dataclasses

import hl7_samples as samples
import people
import pytest

from segur_interop import hl7
from segur_interop.errors import InvalidValue, MessageError, UnsupportedMessage
from segur_interop.findings import Severity
from segur_interop.ins import IdentityStatus

STAY = (
    samples.pid(more={18: "24000006^^^CHU-X&000897406&M"}),
    "PV1|1|I|6268^101^3^CHU-X&000897406&M^O|R|||10000023084^AGNES^Isabelle^^^DR^^^ASIP-SANTE-PS"
    "&1.2.250.1.71.4.2.1&ISO^L^^^RPPS||||||||||||000897406^^^CHU-X&000897406&M^VN^^20210409"
    "|||||||||||||||||||||||||20240306110000|20240309||||||V",
    "PV2||||||||20240306|20240310",
)
ZBE = "ZBE|001^CHU-X^000897406|20240306110000||INSERT|N||Chir V^^^^^CHU-X&000897406&N^UF^^^6268||M"


def test_every_event_is_read() -> None:
    for code in hl7.TRIGGERS:
        event = samples.read(code)
        assert event.trigger == code
        assert event.patient.identity.birth_name == "PAT-TROIS"


def test_a_feed_declared_as_identity_repository_makes_the_identity_local() -> None:
    assert samples.read().patient.identity.asserted
    local = samples.read(repository=True).patient.identity
    assert local.may_transmit_ins
    assert local.status is IdentityStatus.QUALIFIEE


def test_a_repository_that_sends_an_ins_under_prov_gives_no_matricule() -> None:
    event = samples.read("A31", samples.pid(reliability="PROV"), repository=True)
    identity = event.patient.identity
    assert identity.matricule is None
    assert not identity.asserted
    assert "pid.ins-dropped" in samples.rules(event)


def test_exclusive_attributes_leave_the_identity_asserted() -> None:
    event = samples.read("A31", samples.pid(reliability="PROV~FICT~DOUT"), repository=True)
    assert event.patient.identity.asserted
    assert "pid.not-adopted" in samples.rules(event)


@pytest.mark.parametrize(
    ("fields", "lost"),
    [
        ({}, False),
        ({"reliability": "PROV"}, True),
        ({"reliability": "VALI~DOUT"}, True),
        ({"reliability": "FICT"}, True),
        ({"reliability": "VALI~INVA"}, True),
        ({"ids": samples.IPP}, True),
        ({"reliability": "", "ids": samples.IPP}, True),
        ({"reliability": "", "ids": ""}, False),
    ],
)  # fmt: skip
def test_the_loss_of_the_qualification_is_told(fields: dict[str, str], lost: bool) -> None:
    event = samples.read("A31", samples.pid(**fields), "PV1||N")
    assert event.loses_qualification(people.local(samples.PERSON)) is lost
    assert not event.loses_qualification(people.traits_only(samples.PERSON))


def test_a_matricule_retired_by_mrg_is_lost_even_when_another_comes() -> None:
    old = samples.INS.replace("279035121518989", "277076322082910")
    event = samples.read("A47", samples.pid(), f"MRG|{old}")
    former = people.local(people.BY_ID["kit-2-test"])
    assert event.replaced[0].is_ins
    assert event.loses_qualification(former)
    assert not event.loses_qualification(people.local(samples.PERSON))


def test_the_visit() -> None:
    event = samples.read("A01", *STAY, ZBE)
    visit = event.visit
    assert visit is not None
    assert [(item.type, item.extension) for item in visit.ids] == [
        ("AN", "24000006"), ("VN", "000897406")
    ]  # fmt: skip
    assert visit.patient_class == "I"
    assert visit.location is not None
    assert (visit.location.unit, visit.location.room, visit.location.bed) == ("6268", "101", "3")
    assert visit.period is not None
    assert str(visit.period.low) == "20240306110000"
    assert visit.expected is not None
    assert str(visit.expected.high) == "20240310"
    (attending,) = visit.participants
    assert attending.type == "ATND"
    assert attending.entity.idnat == "810000023084"
    assert event.is_integrable


def test_an_end_before_the_start_is_told_and_left_out() -> None:
    event = samples.read("A01", *STAY[:2], "PV2||||||||20240310|20240306", ZBE)
    assert event.visit is not None
    assert event.visit.expected is not None
    assert event.visit.expected.high is None
    assert "period" in samples.rules(event)


def test_no_visit_is_none() -> None:
    assert samples.read("A31").visit is None


def test_the_movement_and_its_units() -> None:
    movement = samples.read("A01", *STAY, ZBE).movement
    assert movement is not None
    assert (movement.action, movement.historic, movement.nature) == ("INSERT", False, "M")
    assert movement.medical_unit is not None
    assert (movement.medical_unit.code, movement.medical_unit.label) == ("6268", "Chir V")
    assert movement.medical_unit.authority == "000897406"
    assert movement.ids[0].authority == "000897406"


def test_a_movement_one_place_too_far_is_read() -> None:
    shifted = "ZBE|002^CHU-X^000897406|20240306110000|20260309102840||INSERT|N||Urg^^^^^^UF^^^8782"
    event = samples.read("A03", *STAY, shifted + "||HMS")
    movement = event.movement
    assert movement is not None
    assert (movement.action, movement.nature) == ("INSERT", "HMS")
    assert movement.medical_unit is not None
    assert movement.medical_unit.code == "8782"
    assert movement.care_unit is None
    assert {"zbe.shifted", "field.forbidden"} <= samples.rules(event)


def test_the_end_of_a_movement_is_not_read() -> None:
    event = samples.read("A03", *STAY, ZBE.replace("0000||INS", "0000|20240309|INS"))
    assert event.movement is not None
    assert event.movement.period.high is None
    assert "field.forbidden" in samples.rules(event)


@pytest.mark.parametrize("zbe", ["ZBE||20240306||INSERT|N", "ZBE|1|x||INSERT|N", "ZBE|1"])
def test_a_movement_without_identifier_or_start_is_none(zbe: str) -> None:
    event = samples.read("A01", *STAY, zbe)
    assert event.movement is None
    assert "zbe.unreadable" in samples.rules(event)


def test_a_missing_movement_is_told() -> None:
    assert "zbe.missing" in samples.rules(samples.read("A02", *STAY))
    assert "zbe.missing" not in samples.rules(samples.read("A31"))


def test_a08_is_read_with_a_finding() -> None:
    assert "adt.a08" in samples.rules(samples.read("A08", *STAY))


@pytest.mark.parametrize(
    ("codes", "feeds", "consults"),
    [("INO|20240101|IC", True, True), ("IO|20240101|INC", False, False),
     ("NA|20240101|NA", None, None), ("||", None, None)],
)  # fmt: skip
def test_the_consent_of_2_11(codes: str, feeds: bool | None, consults: bool | None) -> None:
    event = samples.read("A01", *STAY, ZBE, f"ZFA|ACTIF|20240306|||||||{codes}|20240102")
    assert event.consent is not None
    assert event.consent.status == "ACTIF"
    assert event.consent.allows_alimentation is feeds
    assert event.consent.allows_consultation is consults


def test_the_consent_before_2_11() -> None:
    consent = samples.read("A01", *STAY, ZBE, "ZFA|FERME|2020|2021|Y|2022|N|Y|2023").consent
    assert consent is not None
    assert (consent.access, consent.bris_de_glace_opposition, consent.centre_15_opposition) == (
        True, False, True
    )  # fmt: skip
    assert consent.allows_consultation is True
    assert str(consent.closed_date) == "2021"
    assert str(consent.opposition_date) == "2023"


def test_the_source_of_the_identity() -> None:
    event = samples.read("A28", samples.pid(), "ZFD|31^12^1979||Y|Y|INSI|20211201|CN|20301231")
    source, identity = event.source, event.patient.identity
    assert source is not None
    assert (source.mode, source.document, source.sms_consent) == ("INSI", "CN", True)
    assert str(source.insi_time) == "20211201"
    assert identity.birth_date_completed
    assert identity.received_birth_date == "1979-12-31"


def test_the_patient_beside_the_identity() -> None:
    event = samples.read("A31", samples.pid(
        addresses="28 Av de Breteuil^Bat B^PARIS^^75007^FRA^H~^^^^^^BDL^^63220",
        ids=f"{samples.IPP}~{samples.INS}~12^^^&1.2.3.4&ISO^MR",
        names=f"{samples.NAME}~MARTIN^ANNE^^^MME^^D~PSEUDO^X^^^^^S",
        more={
            6: "MERE^ANNA", 13: "^PRN^PH^^^^^^^^^0102030405~^NET^Internet^a@b.fr", 21: "9^^^X^PI",
            14: "^WPN^PH^^^^^^^^^0102030406", 24: "Y", 25: "2", 29: "20240101", 30: "Y",
        },
    ))  # fmt: skip
    patient = event.patient
    assert [(item.extension, item.root or item.authority) for item in patient.ids] == [
        ("000003", "000897406"), ("12", "1.2.3.4")
    ]  # fmt: skip
    (address,) = patient.addresses
    assert (address.use, address.street, address.postal_code) == ("H", "28 Av de Breteuil", "75007")
    assert [item.value for item in patient.telecoms] == [
        "tel:0102030405", "mailto:a@b.fr", "tel:0102030406"
    ]  # fmt: skip
    assert patient.mother_ids[0].extension == "9"
    assert patient.mother_name is not None
    assert patient.deceased
    assert event.multiple_birth is True
    assert patient.multiple_birth_order == 2
    assert event.civility == "MME"
    assert event.pseudonym is not None
    assert event.pseudonym.family == "PSEUDO"


def test_erased_and_absent_are_told_apart() -> None:
    event = samples.read("A31", samples.pid(
        addresses='1 RUE^^PARIS^^^^H~^^^^^^BDL^^""', more={13: '""', 21: '""'}
    ))  # fmt: skip
    assert event.erased == {"PID-13", "PID-21", "PID-11[2].9"}
    assert not event.patient.telecoms
    assert samples.read("A31").erased == frozenset()


def test_a_merge_names_what_is_retired() -> None:
    event = samples.read("A40", samples.pid(), "MRG|000004^^^CHU-X&000897406&N^PI")
    assert [item.extension for item in event.replaced] == ["000004"]
    assert event.is_integrable


@pytest.mark.parametrize("code", ["A40", "A47", "A44"])
def test_a_patient_merged_with_itself_is_refused(code: str) -> None:
    event = samples.read(code, samples.pid(), f"MRG|{samples.IPP}")
    assert event.replaced == ()
    assert not event.is_integrable
    assert b"\rMSA|AE|3975\rERR|" in event.ack()
    own_ins = samples.read(code, samples.pid(), f"MRG|{samples.INS}")
    assert not own_ins.is_integrable


def test_what_mrg_repeats_of_pid_is_left_out() -> None:
    event = samples.read("A40", samples.pid(), f"MRG|000004^^^CHU-X&000897406&N^PI~{samples.IPP}")
    assert [item.extension for item in event.replaced] == ["000004"]
    assert "merge.kept" in samples.rules(event)


def test_the_same_number_of_another_domain_is_another_identifier() -> None:
    event = samples.read("A40", samples.pid(), "MRG|000003^^^CHU-Y&000999999&N^PI")
    assert len(event.replaced) == 1


def test_a_merge_without_mrg_is_refused() -> None:
    event = samples.read("A40", samples.pid())
    assert "merge.missing" in samples.rules(event)
    assert not event.is_integrable


def test_a_dossier_renumbered_keeps_its_patient() -> None:
    event = samples.read(
        "A49", samples.pid(more={18: "2^^^CHU-X"}), f"MRG|{samples.IPP}||1^^^CHU-X"
    )
    assert event.replaced == ()
    assert event.replaced_account is not None
    assert (event.replaced_account.extension, event.replaced_account.type) == ("1", "AN")
    assert event.is_integrable


def test_several_patients_of_a_reattribution() -> None:
    other = samples.pid(ids="000009^^^CHU-X&000897406&N^PI", reliability="PROV")
    event = samples.read("A44", samples.pid(), "MRG|1^^^X||10^^^X", other, "MRG|2^^^X||20^^^X")
    assert [item.extension for item in event.replaced] == ["1"]
    (group,) = event.further
    assert [item.extension for item in group.replaced] == ["2"]
    assert group.patient.ids[0].extension == "000009"
    assert group.replaced_account is not None
    assert group.replaced_account.extension == "20"


def test_two_linked_patients() -> None:
    other = samples.pid(ids="000009^^^CHU-X&000897406&N^PI", reliability="PROV")
    assert samples.read("A24", samples.pid(), other).further[0].patient.ids[0].extension == "000009"


def test_a_second_patient_elsewhere_is_refused() -> None:
    event = samples.read("A31", samples.pid(), samples.pid(ids="9^^^X"))
    assert "adt.patients" in samples.rules(event)
    assert not event.is_integrable


def test_no_identifier_at_all_is_refused() -> None:
    assert not samples.read("A31", samples.pid(ids="")).is_integrable


def test_what_has_no_place_is_in_the_records() -> None:
    event = samples.read("A01", *STAY, ZBE, "PD1||U", "NK1|1|DUPONT^JEAN|FTH|||||||||",
                         "ROL||UC|ODRP|1^X", "ZFP|1|11", "ZFM|8|||1")  # fmt: skip
    assert event.records_of("PD1")[0]["living_arrangement"] == "U"
    assert event.records_of("NK1")[0]["names"] == (("DUPONT", "JEAN"),)
    assert event.records_of("NK1")[0].typed("names")[0].family == "DUPONT"
    assert event.records_of("ROL")[0]["role"] == "ODRP"
    assert event.records_of("ZFP")[0]["category"] == "11"
    assert event.records_of("ZFM")[0]["entry_mode"] == "8"
    assert "location" not in event.records_of("PV1")[0]
    assert event.records_of("PV1")[0]["visit_indicator"] == "V"


def test_forbidden_fields_are_told_and_kept_nowhere() -> None:
    event = samples.read("A31", samples.pid(more={10: "x", 17: "y", 22: "z"}))
    assert "field.forbidden" in samples.rules(event)
    assert event.records_of("PID") == ()


def test_segments_without_place_stay_in_the_message() -> None:
    event = samples.read("A31", samples.pid(), "ZXX|1", "IN1|1|x")
    assert "adt.segment" in samples.rules(event)
    assert event.message is not None
    assert event.message.get("ZXX-1") == "1"


def test_the_event_may_come_from_evn_alone() -> None:
    data = samples.octets().replace(b"ADT^A31^ADT_A05", b"ADT").replace(b"EVN|", b"EVN|A31")
    event = hl7.read_adt(data)
    assert event.trigger == "A31"
    assert "msh.event" in samples.rules(event)


@pytest.mark.parametrize("version", ["2.5", "2.3.1", "2.8", "2.5^FRA", ""])
def test_any_version_2_is_read(version: str) -> None:
    assert hl7.read_adt(samples.octets(version=version)).trigger == "A31"


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [("ADT^", "ORU^", "MSH-9.1"), ("^A31^", "^A99^", "MSH-9.2"), ("2.5^FRA", "3.0^FRA", "MSH-12")],
)
def test_what_is_not_supported_says_where(old: str, new: str, place: str) -> None:
    with pytest.raises(UnsupportedMessage) as caught:
        hl7.read_adt(samples.octets().replace(old.encode(), new.encode()))
    assert caught.value.place == place


def test_a_message_without_pid_is_refused() -> None:
    with pytest.raises(MessageError, match="PID"):
        hl7.read_adt(samples.octets("A31", "PV1||N"))


def test_an_event_has_a_known_trigger() -> None:
    with pytest.raises(InvalidValue):
        dataclasses.replace(samples.event(), trigger="A99")


def test_nothing_personal_is_shown() -> None:
    event = samples.read("A01", *STAY, ZBE, "NK1|1|DUPONT^JEAN|FTH", "ZFD|1^1^1979")
    shown = [repr(event), event._repr_html_(), str(event), *map(repr, event.records)]
    shown += [str(finding) for finding in event.findings]
    shown += [repr(event.visit), repr(event.movement), repr(event.message)]
    secrets = people.secrets(event.patient.identity) | {"DUPONT", "AGNES", "10000023084"}
    for text in shown:
        assert not [secret for secret in secrets if secret in text]


def test_findings_name_places_and_severities() -> None:
    event = samples.read("A08", samples.pid(ids="", reliability="KLINGON"))
    assert all(finding.place or finding.rule.startswith("hl7.er7") for finding in event.findings)
    assert any(finding.severity is Severity.ERROR for finding in event.findings)


def test_the_first_segment_is_the_same_however_it_is_looked_for() -> None:
    # A lone LF, a lower-case identifier or a continued line before or after the usual one.
    head = samples.header().encode()
    one, two = samples.pid(ids="1^^^X").encode(), samples.pid(ids="2^^^X").encode()
    for data in (
        head + b"\n" + one + b"\r" + two + b"\rPV1||N\r",
        head + b"\r" + one.replace(b"PID|", b"pid|") + b"\r" + two + b"\rPV1||N\r",
        head + b"\rEVN|\r" + one + b"\r" + two + b"\r",
        head + b"\r" + one + b"\rno segment\r" + two + b"\rPV1||N\r",
        head + b"\r" + one,
    ):
        fresh = hl7.parse(data)
        found = fresh.first("PID")
        assert found is not None
        assert found.raw == hl7.parse(data)["PID"][0].raw
        assert found.get("3") == "1"


def test_what_would_take_many_times_its_size_is_not_read() -> None:
    long = samples.pid(more={33: "a^" * 40_000})
    event = samples.read("A31", long)
    assert "segment.long" in samples.rules(event)
    assert not event.is_integrable
    many = samples.read("A31", samples.pid(), *["NK1|1|X"] * 150)
    assert len(many.records_of("NK1")) == 100
    assert "adt.segments" in samples.rules(many)
    patients = samples.read("A44", *[samples.pid(), "MRG|1^^^X||2^^^X"] * 150)
    assert len(patients.further) == 99
    assert not patients.is_integrable


def test_a_code_that_is_no_code_is_not_kept() -> None:
    event = samples.read("A01", *STAY, ZBE.replace("INSERT", "PAT TROIS"))
    assert event.movement is not None
    assert event.movement.action == ""
    assert "TROIS" not in repr(event.movement)
    odd = samples.read("A31", samples.pid(reliability="PAT-TROIS"))
    assert odd.reliability == ("PAT-TROIS",)
    assert "TROIS" not in repr(odd)


def cut(data: bytes, text: bytes, more: int = 0) -> hl7.AdtEvent:
    """The event of the octets up to the start of `text`, and some more."""
    return hl7.read_adt(data[: data.index(text) + more], identity_repository=True)


def conditions(event: hl7.AdtEvent) -> set[tuple[str, str]]:
    """ERR-3 and ERR-2 of the answer."""
    errors = hl7.parse(event.ack())["ERR"]
    return {(error.get("3"), "-".join(filter(None, (error.get("2"), error.get("2.3")))))
            for error in errors}  # fmt: skip


def test_a_message_cut_in_the_name_is_not_integrated() -> None:
    event = cut(samples.octets(), b"PAT-TROIS^", 5)
    assert event.patient.identity.birth_name == "PAT-T"
    assert not event.is_integrable
    assert hl7.parse(event.ack()).get("MSA-1") == "AE"
    assert conditions(event) == {("100", "PV1"), ("101", "PID-32"), ("100", "PID")}
    assert not event.loses_qualification(people.local(samples.PERSON))


@pytest.mark.parametrize("version", ["2.5^FRA^2.11", "2.5^FRA^2.10", "2.5"])
@pytest.mark.parametrize("code", ["A31", "A40", "A24", "A01"])
def test_wherever_a_message_is_cut_before_its_last_segment_it_is_refused(
    code: str, version: str
) -> None:
    segments = {
        "A31": (samples.pid(), "PV1||N"),
        "A40": (samples.pid(), "MRG|000004^^^CHU-X&000897406&N^PI"),
        "A24": (samples.pid(), samples.pid(ids="000009^^^CHU-X&000897406&N^PI")),
        "A01": (*STAY, ZBE),
    }[code]
    data = samples.octets(code, *segments, version=version)
    assert hl7.read_adt(data, identity_repository=True).is_integrable
    first = data.index(b"PID|") + 4
    end = data.rindex(b"PV1|") + 4 if code == "A31" else data.rindex(b"\r", 0, -1) + 4
    for length in range(first, end):
        event = hl7.read_adt(data[:length], identity_repository=True)
        assert not event.is_integrable, length


def test_a_merge_whose_last_identifier_may_be_cut_is_refused() -> None:
    data = samples.octets("A40", samples.pid(), "MRG|000004^^^CHU-X&000897406&N^PI")
    assert hl7.read_adt(data).is_integrable
    for length in range(data.index(b"MRG|") + 3, len(data)):
        assert not hl7.read_adt(data[:length]).is_integrable, length


def test_a_message_not_ended_is_told_and_framing_octets_are_no_end() -> None:
    data = samples.octets()
    for octets in (data, b"\x0b" + data + b"\x1c\r", data.replace(b"\r", b"\r\n"), data + b" "):
        assert "adt.unended" not in samples.rules(hl7.read_adt(octets))
    for octets in (data[:-1], b"\x0b" + data[:-1] + b"\x1c\r", data[:-1] + b"\x1c"):
        event = hl7.read_adt(octets)
        assert "adt.unended" in samples.rules(event)
        assert event.is_integrable  # an official example ends so


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        ((samples.pid(),), ("100", "PV1")),
        ((samples.pid(), "PV1|"), ("101", "PV1-2")),
        ((samples.pid(names=""), "PV1||N"), ("101", "PID-5")),
        ((samples.pid(names="PAT-TROIS^^^^^^L"), "PV1||N"), ("101", "PID-5")),
        ((samples.pid(names="^DOMINIQUE^DOMINIQUE^^^^L"), "PV1||N"), ("101", "PID-5")),
        ((samples.pid(reliability=""), "PV1||N"), ("101", "PID-32")),
        ((samples.pid(ids=""), "PV1||N"), ("101", "PID-3")),
    ],
)
def test_what_is_required_is_refused_with_its_code(
    segments: tuple[str, ...], expected: tuple[str, str]
) -> None:
    event = samples.read("A31", *segments)
    assert not event.is_integrable
    assert expected in conditions(event)


def test_a_newborn_without_given_name_is_integrated() -> None:
    newborn = samples.pid(
        ids=samples.IPP, names="PAT-TROIS^^^^^^L", reliability="PROV", more={21: "9^^^X^PI"}
    )
    assert samples.read("A28", newborn, "PV1||N", repository=True).is_integrable


def test_a_movement_or_an_event_segment_that_is_missing_is_refused() -> None:
    event = samples.read("A02", *STAY)
    assert ("100", "ZBE") in conditions(event)
    data = samples.octets("A31")
    start = data.index(b"EVN|")
    without = data[:start] + data[data.index(b"PID|") :]
    assert ("100", "EVN") in conditions(hl7.read_adt(without))


def test_what_a_sender_leaves_out_by_agreement_is_tolerated() -> None:
    data = samples.octets("A31", samples.pid(reliability=""))
    assert not hl7.read_adt(data).is_integrable
    assert not hl7.read_adt(data, tolerated=["PV1"]).is_integrable
    event = hl7.read_adt(data, tolerated=("PV1", "PID-32"))
    assert event.is_integrable
    assert {"adt.segment-missing", "field.missing"} <= samples.rules(event)
    with pytest.raises(InvalidValue, match="tolerated"):
        hl7.read_adt(data, tolerated=("PID-5",))
    with pytest.raises(TypeError, match="tolerated"):
        hl7.read_adt(data, tolerated="PV1")


@pytest.mark.parametrize("code", ["2.5^FRA^2.10", "2.5^FRA", "2.5"])
def test_the_reliability_code_is_required_from_2_11_only(code: str) -> None:
    lines = (samples.header(version=code).partition("|FR||")[0], "EVN||20240306111154",
             samples.pid(reliability=""), "PV1||N")  # fmt: skip
    event = hl7.read_adt("".join(f"{line}\r" for line in lines).encode())
    assert event.is_integrable
    assert "field.missing" in samples.rules(event)


@pytest.mark.parametrize(
    "name", ["PAT\\X01\\TROIS", "PAT\x01TROIS", "PAT\\F\\TROIS", "PAT\\.br\\TROIS", "PAT3",
             "\u202ePAT-TROIS", "PAT\u200bTROIS", "PAT\\X00\\TROIS"]
)  # fmt: skip
def test_names_that_insi_could_not_give_are_told(name: str) -> None:
    names = f"{name}^DOMINIQUE^DOMINIQUE^^^^L"
    qualified = samples.read("A31", samples.pid(names=names), "PV1||N", repository=True)
    assert "pid.name-form" in samples.rules(qualified)
    assert not qualified.is_integrable
    local = samples.pid(names=names, ids=samples.IPP, reliability="PROV")
    provisional = samples.read("A31", local, "PV1||N", repository=True)
    assert "pid.name-form" in samples.rules(provisional)
    assert provisional.is_integrable
