from __future__ import annotations

import dataclasses

import pytest

from segur_interop.errors import InvalidValue
from segur_interop.findings import Severity
from segur_interop.model import Device, LocalId, Organization, PersonName, Professional, Telecom
from segur_interop.model.professional import CNOP_SECTIONS
from segur_interop.terminology import Code, value_set

J01 = "1.2.250.1.213.1.1.4.5"
NAME = PersonName(family="LEGRIS", given="Pierre", title="DR")


def professional(code: str = "G15_10/SM26", idnat: str = "810000336601") -> Professional:
    return Professional(idnat=idnat, name=NAME, profession=Code(code=code, system=J01))


def test_an_rpps_is_written_with_its_leading_8() -> None:
    surgeon = Professional.from_rpps("10000336601", name=NAME)
    assert (surgeon.idnat, surgeon.rpps, surgeon.findings) == ("810000336601", "10000336601", ())


def test_an_adeli_is_written_with_its_leading_0() -> None:
    assert Professional.from_adeli("0B1057294", name=NAME).idnat == "00B1057294"
    assert Professional.from_adeli("349102665", name=NAME).idnat == "0349102665"


@pytest.mark.parametrize("rpps", ["", "810000336601", "1000033660", "1000033660A", "١" * 11])
def test_what_is_no_rpps_is_refused_with_its_place(rpps: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Professional.from_rpps(rpps, name=NAME)
    assert caught.value.place == "professional.idnat"
    assert not rpps or rpps not in str(caught.value)


def test_eleven_digits_are_read_as_an_rpps_and_told() -> None:
    read = professional(idnat="10000336601")
    assert (read.idnat, read.received_idnat) == ("810000336601", "10000336601")
    assert read == professional()
    assert [item.rule for item in read.findings] == ["professional.bare-rpps"]
    assert dataclasses.replace(read, name=NAME).findings == read.findings


@pytest.mark.parametrize("idnat", ["8011234567897", "369838578", "ANS20231122132732"])
def test_another_form_is_held_with_a_warning(idnat: str) -> None:
    odd = professional(idnat=idnat)
    assert odd.idnat == idnat
    assert [(item.rule, item.severity) for item in odd.findings] == [
        ("professional.idnat", Severity.WARNING)
    ]


def test_a_doubtful_key_is_an_information_at_most() -> None:
    odd = professional(idnat="801234534765")
    assert [(item.rule, item.severity) for item in odd.findings] == [
        ("professional.rpps-key", Severity.INFO)
    ]


@pytest.mark.parametrize(
    ("code", "profession", "skill", "section"),
    [
        ("G15_10/SM26", "10", "SM26", ""),
        ("G15_10", "10", "", ""),
        ("G15_21/A", "21", "", "A"),
        ("G15_21/DA", "21", "", "DA"),
        ("G15_21/FQ01", "21", "FQ01", ""),
        ("G15_21", "21", "", ""),
        ("G15_60/SI01", "60", "SI01", ""),
        ("G16_10", "10", "", ""),
        ("316", "", "", ""),
        ("ALIM_AM", "", "", ""),
    ],
)
def test_the_profession_code_is_taken_apart(
    code: str, profession: str, skill: str, section: str
) -> None:
    value = professional(code)
    assert (value.profession_code, value.savoir_faire, value.cnop_section) == (
        profession, skill, section,
    )  # fmt: skip


def test_the_cnop_sections_are_those_of_the_author_specialties() -> None:
    listed = {
        code.code.partition("/")[2] for code in value_set("J01") if code.code.startswith("G15_21/")
    }
    assert {section for section in listed if not section.startswith("FQ")} == CNOP_SECTIONS


def test_a_pharmacist_without_section_is_a_warning() -> None:
    assert [item.rule for item in professional("G15_21").findings] == ["professional.cnop-section"]
    assert professional("G15_21/A").findings == ()


def test_no_profession_no_parts() -> None:
    bare = Professional(name=NAME)
    assert (bare.profession_code, bare.savoir_faire, bare.cnop_section, bare.rpps) == ("",) * 4
    for method in ("require_idnat", "require_profession"):
        with pytest.raises(InvalidValue) as caught:
            getattr(bare, method)("author.x")
        assert caught.value.place == "author.x"
    assert professional().require_idnat() == "810000336601"
    assert professional().require_profession().code == "G15_10/SM26"


def test_an_internal_number_follows_the_structure() -> None:
    hospital = Organization.from_siret("18003502400041", name="Hôpital")
    secretary = Professional.from_internal("CPAT00045", hospital, name=NAME)
    assert secretary.idnat == "518003502400041/CPAT00045"
    assert secretary.organization is hospital
    with pytest.raises(InvalidValue):
        Professional.from_internal("1", Organization(name="Hôpital"), name=NAME)


def test_the_mssante_address_is_found_among_the_telecoms() -> None:
    telecoms = (Telecom.email("a@x.example"), Telecom.email("pierre.legris@mssante.fr", "MC"))
    value = dataclasses.replace(professional(), telecoms=telecoms)
    assert value.mssante is telecoms[1]
    assert professional().mssante is None


def test_findings_of_parts_carry_their_path() -> None:
    value = Professional(
        name=PersonName(family="LEGRIS", title="Docteur"),
        organization=Organization(idnat="101235555"),
        ids=(LocalId(extension="1"),),
    )
    assert [item.place for item in value.findings] == [
        "name.title", "ids[0].root", "organization.idnat",
    ]  # fmt: skip


def test_the_name_is_a_person_name() -> None:
    with pytest.raises(TypeError):
        Professional(name="LEGRIS")  # type: ignore[arg-type]


def test_a_number_without_a_name_is_held_and_a_document_asks_for_the_name() -> None:
    numbered = Professional.from_rpps("10000336601")
    with pytest.raises(InvalidValue) as caught:
        numbered.require_name("author.name")
    assert caught.value.place == "author.name"
    assert professional().require_name() is NAME


def test_nobody_at_all_is_refused() -> None:
    with pytest.raises(InvalidValue):
        Professional(profession=Code(code="G15_10", system=J01))


def test_who_is_masked_what_is_shown() -> None:
    value = professional()
    for text in (repr(value), value._repr_html_()):
        assert "LEGRIS" not in text
        assert "10000336601" not in text
        assert "G15_10/SM26" in text
    assert "LEGRIS" in value.reveal()


def test_a_device_has_its_model_its_software_and_a_number_within_its_structure() -> None:
    hospital = Organization.from_siret("18003502400041", name="Hôpital")
    device = Device.from_internal("1.2.250.1.215.1.2", hospital, model="Robot", software="Suite 2")
    assert device.require_idnat() == "518003502400041/1.2.250.1.215.1.2"
    with pytest.raises(InvalidValue) as caught:
        Device(model="Robot", software="")
    assert caught.value.place == "device.software"
    with pytest.raises(InvalidValue):
        Device(model="Robot", software="S").require_idnat("author.id")
