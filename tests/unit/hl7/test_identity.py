"""The identity that PID asserts: status by PID-32 and the OID, names by type, place by BDL."""

from __future__ import annotations

from datetime import date

import hl7_samples as samples
import pytest

from segur_interop import hl7, ins
from segur_interop.errors import MessageError
from segur_interop.ins import Attribute, IdentityStatus, Sex

NIR, NIA = "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"


def identity(**fields) -> ins.Identity:
    return hl7.read_identity(samples.octets("A31", samples.pid(**fields), "PV1||N"))


def rules(read: ins.Identity) -> set[str]:
    return {finding.rule for finding in read.reading}


def cx(number: str, oid: str, *, kind: str = "INS", end: str = "") -> str:
    return f"{number}^^^NS&{oid}&ISO^{kind}^^^{end}"


def test_the_traits_of_the_official_person() -> None:
    read = identity()
    assert read.birth_name == "PAT-TROIS"
    assert read.first_birth_given_name == "DOMINIQUE"
    assert read.birth_given_names == "DOMINIQUE"
    assert read.birth_date == date(1979, 3, 28)
    assert read.sex is Sex.F
    assert read.birth_place == "63220"
    assert read.matricule is not None
    assert read.matricule.value == "279035121518989"
    assert read.oid == "1.2.250.1.213.1.4.10"
    assert read.asserted
    assert not read.may_transmit_ins
    assert not read.reading


QUAL, VALI, PROV = IdentityStatus.QUALIFIEE, IdentityStatus.VALIDEE, IdentityStatus.PROVISOIRE


@pytest.mark.parametrize(
    ("codes", "with_ins", "without"),
    [
        ("VALI", QUAL, VALI), ("VALI~HOMD", QUAL, VALI), ("VALI~IDVER", QUAL, VALI),
        ("PROV", PROV, PROV), ("VIDE", PROV, PROV), ("", PROV, PROV), ("KLINGON", PROV, PROV),
        ("VALI~DOUT", PROV, PROV), ("VALI~FICT", PROV, PROV), ("VALI~INVA", PROV, PROV),
        ("VALI~ANOM", PROV, PROV), ("PROV~VALI", PROV, PROV), ("vali", QUAL, VALI),
        ("QUAL", PROV, PROV), ("HOMA", PROV, PROV),
    ],
)  # fmt: skip
def test_the_status_is_that_of_pid_32_and_the_ins(
    codes: str, with_ins: IdentityStatus, without: IdentityStatus
) -> None:
    assert identity(reliability=codes).status is with_ins
    assert identity(reliability=codes, ids=samples.IPP).status is without


def test_the_attributes_of_pid_32() -> None:
    assert identity(reliability="PROV~DOUT").attributes == {Attribute.DOUTEUSE}
    assert identity(reliability="PROV~FICT").attributes == {Attribute.FICTIVE}
    assert identity(reliability="VALI~HOMD").attributes == {Attribute.HOMONYME}
    assert identity(reliability="VALI~HOMA").attributes == {Attribute.HOMONYME}


def test_an_ins_under_prov_is_told() -> None:
    assert "hl7.pid.ins-unqualified" in rules(identity(reliability="PROV"))
    assert "hl7.pid.status" in rules(identity(reliability=""))
    assert "hl7.pid.reliability" in rules(identity(reliability="VALI~KLINGON"))


@pytest.mark.parametrize("oid", sorted(ins.INS_OIDS))
def test_each_oid_of_an_ins_makes_it_one_whatever_its_type_says(oid: str) -> None:
    for kind in ("INS", "INS-NIR", "NH", ""):
        read = identity(ids=cx("279035121518989", oid, kind=kind))
        assert read.status is QUAL
        assert read.oid == oid
        assert ("hl7.pid.ins-type" in rules(read)) is (kind != "INS")


@pytest.mark.parametrize(
    "text",
    [
        "279035121518989^^^ASIP-SANTE-INS-NIR^INS",
        "279035121518989^^^&1.2.3.4.5&ISO^INS",
        "279035121518989^^^^INS-NIR",
        "NOTANUMBER^^^NS&1.2.250.1.213.1.4.8&ISO^INS",
    ],
)
def test_an_ins_without_its_oid_or_without_its_shape_is_no_ins(text: str) -> None:
    event = samples.read("A31", samples.pid(ids=f"{samples.IPP}~{text}"), "PV1||N")
    assert event.patient.identity.matricule is None
    assert event.patient.identity.status is VALI
    assert [item.extension for item in event.patient.ids] == ["000003"]
    assert {"pid.ins-oid", "pid.matricule"} & samples.rules(event)


def test_an_oid_in_place_of_the_namespace_is_found() -> None:
    assert identity(ids=f"279035121518989^^^{NIR}^INS").oid == NIR


def test_corsica_keeps_its_letter() -> None:
    read = identity(ids=cx("297022A02077878", NIR), addresses="^^^^^^BDL^^2A020")
    assert read.matricule is not None
    assert read.matricule.number == "297022A020778"
    assert read.birth_place == "2A020"


def test_a_nir_beside_a_nia_is_the_matricule() -> None:
    read = identity(ids=cx("109076322088835", NIA) + "~" + cx("109076322083489", NIR))
    assert read.oid == NIR
    assert [item.oid for item in read.history] == [NIA]
    assert read.status is QUAL


def test_two_nir_in_force_are_none() -> None:
    read = identity(ids=cx("279035121518989", NIR) + "~" + cx("277076322082910", NIR))
    assert read.matricule is None
    assert read.status is VALI
    assert "hl7.pid.ins-several" in rules(read)


def test_the_same_number_twice_is_one() -> None:
    twice = cx("279035121518989", NIR)
    assert identity(ids=f"{twice}~{twice}").status is QUAL


@pytest.mark.parametrize(("end", "retired"), [("20240306", True), ("20200101", True),
                                              ("20300101", False)])  # fmt: skip
def test_an_ins_past_its_end_is_history(end: str, retired: bool) -> None:
    read = identity(ids=cx("279035121518989", NIR, end=end))
    assert (read.matricule is None) is retired
    assert (len(read.history) == 1) is retired
    assert read.status is (VALI if retired else QUAL)


def test_an_end_is_doubt_when_the_message_has_no_date() -> None:
    data = samples.octets("A31", samples.pid(ids=cx("279035121518989", NIR, end="20990101")))
    read = hl7.read_identity(data.replace(b"|20240306111154||ADT", b"|||ADT"))
    assert read.matricule is None


def test_names_are_chosen_by_type_not_by_rank() -> None:
    for names in (
        f"MARTIN^ANNE^^^MME^^D~{samples.NAME}",
        f"{samples.NAME}~MARTIN^ANNE^^^MME^^D",
        f"PSEUDO^X^^^^^S~{samples.NAME}~MARTIN^ANNE^^^MME^^D",
    ):
        read = identity(names=names)
        assert (read.birth_name, read.used_name, read.used_given_name) == (
            "PAT-TROIS", "MARTIN", "ANNE"
        )  # fmt: skip


def test_a_used_name_alone_is_never_a_birth_name() -> None:
    read = identity(names="MARTIN^ANNE^^^^^D")
    assert read.birth_name == ""
    assert read.used_name == "MARTIN"
    assert "hl7.pid.name-type" in rules(read)


@pytest.mark.parametrize("kind", ["", "^^^U"])
def test_a_name_without_type_is_read_as_the_birth_name_with_a_finding(kind: str) -> None:
    read = identity(names=f"PAT-TROIS^DOMINIQUE^DOMINIQUE{kind}")
    assert read.birth_name == "PAT-TROIS"
    assert "hl7.pid.name-type" in rules(read)


def test_a_list_of_given_names_that_is_absent_stays_empty() -> None:
    read = identity(names="NESSI^RUTH^^^^^L")
    assert read.birth_given_names == ""
    assert read.first_birth_given_name == "RUTH"
    assert "hl7.pid.given-names" in rules(read)


def test_long_names_apostrophes_and_prefixes_stay_whole() -> None:
    given = " ".join(["MARIE"] * 30)
    read = identity(names=f"D'ARTAGNAN DE L'HERAULT^PIERRE-ALAIN^{given}^^^^L")
    assert read.birth_name == "D'ARTAGNAN DE L'HERAULT"
    assert read.birth_given_names == given


def test_subcomponents_in_a_name_are_told() -> None:
    read = identity(names="VINCI&DE^LEONARDO^LEONARDO^^^^L")
    assert read.birth_name == "VINCI"
    assert "hl7.pid.name-parts" in rules(read)


@pytest.mark.parametrize("text", ["19500000", "19500230", "1950", "195001", "x", "00000000"])
def test_a_date_that_no_calendar_has_is_kept_as_received(text: str) -> None:
    read = identity(born=text)
    assert read.birth_date is None
    assert read.received_birth_date == text


def test_a_time_of_birth_does_not_hide_the_date() -> None:
    assert identity(born="197903281530").birth_date == date(1979, 3, 28)


@pytest.mark.parametrize(("code", "sex"), [("M", Sex.M), ("F", Sex.F), ("U", Sex.I), ("O", Sex.I),
                                           ("", None), ("X", None), ('""', None)])  # fmt: skip
def test_the_sex_follows_table_0001(code: str, sex: Sex | None) -> None:
    assert identity(sex=code).sex is sex


@pytest.mark.parametrize(
    ("addresses", "place", "town"),
    [
        ("1 RUE^^PARIS^^75007^FRA^H~^^MAZOIRES^^^^BDL^^63220", "63220", "MAZOIRES"),
        ("^^^^^^BDL^BDL^38185", "38185", ""), ("^^^^^^BDL^^99352", "99352", ""),
        ("^^ALGER^^^DZA^BDL", "", "ALGER"), ("^^^^^^BR^^38185", "", ""), ("", "", ""),
    ],
)  # fmt: skip
def test_the_birthplace_is_the_address_of_type_bdl(addresses: str, place: str, town: str) -> None:
    read = identity(addresses=addresses)
    assert (read.birth_place, read.birth_place_name) == (place, town)


def test_the_rank_among_twins() -> None:
    assert identity(more={24: "Y", 25: "2"}).multiple_birth_order == 2
    assert identity(more={25: "0"}).multiple_birth_order is None
    assert "hl7.pid.birth-order" in rules(identity(more={25: "two"}))


def test_what_is_erased_is_empty() -> None:
    read = identity(names='""', born='""', sex='""', addresses='^^^^^^BDL^^""', reliability='""')
    assert read.birth_name == ""
    assert read.birth_place == ""
    assert read.received_birth_date == ""


def test_a_message_without_pid_has_no_identity() -> None:
    with pytest.raises(MessageError, match="PID"):
        hl7.read_identity(samples.header().encode())


def test_a_received_identity_finds_its_record() -> None:
    import people

    match = ins.preselect(identity(), [people.local(samples.PERSON)])
    assert match
    assert not ins.preselect(identity(reliability="PROV"), [people.local(samples.PERSON)])
