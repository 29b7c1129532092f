from __future__ import annotations

from typing import Any

import pytest

from segur_interop.errors import InvalidValue
from segur_interop.findings import Severity
from segur_interop.model import (
    Address,
    Device,
    LocalId,
    Organization,
    PersonName,
    Professional,
    Telecom,
)
from segur_interop.terminology import Code

SA01 = Code(code="SA01", system="1.2.250.1.71.4.2.4")


def test_each_register_has_its_digit() -> None:
    assert Organization.from_finess("750803447").idnat == "1750803447"
    assert Organization.from_finess("2A0000014").idnat == "12A0000014"
    assert Organization.from_siren("801 234 567").idnat == "2801234567"
    assert Organization.from_siret("180 035 024 00041").idnat == "318003502400041"
    assert Organization.from_rpps_rang("10000336601001").idnat == "410000336601001"
    assert Organization.from_cabinet_adeli("0B105729400").idnat == "00B105729400"


@pytest.mark.parametrize("finess", ["1750803447", "75080344", "2C0000014", "", "75080344A"])
def test_what_is_no_finess_is_refused_with_its_place(finess: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Organization.from_finess(finess, name="Hôpital")
    assert caught.value.place == "organization.idnat"
    assert not finess or finess not in str(caught.value)


def test_the_derived_oid_is_the_root_and_the_idnat() -> None:
    hospital = Organization.from_finess("750803447")
    assert hospital.oid_or_derived() == "1.2.250.1.71.4.2.2.1750803447"


@pytest.mark.parametrize(
    "organization",
    [
        Organization.from_finess("2A0000014"),
        Organization(idnat="060021920"),
        Organization.from_cabinet_adeli("0B105729400"),
    ],
    ids=["corsica", "leading zero", "cabinet"],
)
def test_no_oid_is_derived_from_a_letter_or_a_leading_zero(organization: Organization) -> None:
    with pytest.raises(InvalidValue, match="explicit OID") as caught:
        organization.oid_or_derived("submission.source_id")
    assert caught.value.place == "submission.source_id"


def test_an_explicit_oid_wins() -> None:
    corsican = Organization.from_finess("2A0000014", oid="1.2.3.4.567.8.9.10")
    assert corsican.oid_or_derived() == "1.2.3.4.567.8.9.10"
    with pytest.raises(InvalidValue):
        Organization.from_finess("2A0000014", oid="1.2.250.1.71.4.2.2.12A0000014")


def test_neither_oid_nor_idnat_gives_no_oid() -> None:
    with pytest.raises(InvalidValue):
        Organization(name="Hôpital").oid_or_derived()


def test_what_a_document_needs_is_asked_for_with_the_place() -> None:
    bare = Organization(name="Hôpital")
    for method in ("require_idnat", "require_facility_type", "require_practice_setting"):
        with pytest.raises(InvalidValue) as caught:
            getattr(bare, method)("custodian.x")
        assert caught.value.place == "custodian.x"
    full = Organization.from_finess("750803447", facility_type=SA01, practice_setting=SA01)
    assert full.require_idnat() == "1750803447"
    assert full.require_facility_type() is SA01
    assert full.require_practice_setting() is SA01


def test_nothing_at_all_is_refused() -> None:
    with pytest.raises(InvalidValue):
        Organization(addresses=(Address(city="PARIS"),))
    assert Organization(facility_type=SA01).facility_type is SA01


def test_an_unknown_form_is_held_with_a_warning() -> None:
    bare = Organization(idnat="101235555", name="Hôpital")
    assert [(item.rule, item.severity) for item in bare.findings] == [
        ("organization.idnat", Severity.WARNING)
    ]


def test_a_doubtful_key_is_an_information_at_most() -> None:
    odd = Organization.from_finess("120456789")
    assert [(item.rule, item.severity) for item in odd.findings] == [
        ("organization.key", Severity.INFO)
    ]
    assert Organization.from_finess("750803447").findings == ()
    assert Organization.from_finess("2A0000014").findings == ()


def test_findings_of_parts_carry_their_path() -> None:
    organization = Organization(
        name="Hôpital",
        ids=(LocalId(extension="1", root="1.2.3"), LocalId(extension="2")),
        telecoms=(Telecom(value="tel:15"), Telecom(value="tel:15")),
    )
    assert [(item.rule, item.place) for item in organization.findings] == [
        ("id.domain", "ids[1].root"),
        ("contact.twice", "telecoms[1]"),
    ]


def test_the_same_telecom_with_another_use_is_no_twin() -> None:
    organization = Organization(
        name="Hôpital",
        telecoms=(Telecom(value="tel:15", use="WP"), Telecom(value="tel:15", use="PUB")),
    )
    assert organization.findings == ()


def test_lists_are_accepted_and_stored_as_tuples() -> None:
    organization = Organization(name="H", telecoms=[Telecom(value="tel:15")])  # type: ignore[arg-type]
    assert organization.telecoms == (Telecom(value="tel:15"),)
    with pytest.raises(TypeError):
        Organization(name="H", telecoms="tel:15")  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Organization(name="H", telecoms=("tel:15",))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "code", [Code(code=""), Code(code="\x00"), Code(code="SA01", label="a\x0bb")]
)
def test_a_code_that_cannot_be_written_is_refused(code: Code) -> None:
    with pytest.raises(InvalidValue) as caught:
        Organization(name="H", facility_type=code)
    assert caught.value.place.startswith("organization.facility_type.")


def test_the_name_of_a_hospital_is_shown_that_of_a_practice_is_not() -> None:
    hospital = Organization.from_finess("750803447", name="Hôpital du Test")
    assert "Hôpital du Test" in repr(hospital)
    practice = Organization.from_rpps_rang("10000336601001", name="Cabinet du Dr Legris")
    for text in (repr(practice), practice._repr_html_()):
        assert "Legris" not in text
        assert "10000336601" not in text
    assert "Cabinet du Dr Legris" in practice.reveal()


@pytest.mark.parametrize("wrong", [750803447, None, b"750803447"], ids=type)
def test_a_number_that_is_no_text_is_a_type_error(wrong: Any) -> None:
    for make in (
        Organization.from_finess,
        Organization.from_siren,
        Organization.from_siret,
        Organization.from_rpps_rang,
        Organization.from_cabinet_adeli,
        Professional.from_rpps,
        Professional.from_adeli,
    ):
        with pytest.raises(TypeError) as caught:
            make(wrong)
        assert "750803447" not in str(caught.value)


@pytest.mark.parametrize(("number", "structure"), [(5, True), (None, True), ("5", False)])
def test_an_internal_number_is_a_text_within_a_structure(number: Any, structure: bool) -> None:
    holder: Any = Organization.from_finess("750803447") if structure else None
    with pytest.raises(TypeError):
        Professional.from_internal(number, holder, name=PersonName(family="X"))
    with pytest.raises(TypeError):
        Device.from_internal(number, holder, model="M", software="S")
