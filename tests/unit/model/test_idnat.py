from __future__ import annotations

import pytest

from segur_interop.errors import InvalidValue
from segur_interop.model.idnat import (
    PS_FORMS,
    STRUCT_FORMS,
    internal_idnat,
    luhn_is_valid,
    ps_form,
    struct_form,
)


@pytest.mark.parametrize(
    ("idnat", "form"),
    [
        ("801234567897", "8"),
        ("0123456789", "0"),
        ("00B1057294", "0"),
        ("112345678900/12", "1"),
        ("3750803447/A12", "3"),
        ("32A0000014/A12", "3"),
        ("4801234567/x", "4"),
        ("500000001815646/CPAT00045", "5"),
        ("518003502400041/1.2.250.1.215.1.2", "5"),
        ("610000336601001/x", "6"),
    ],
)
def test_the_seven_forms_of_a_professional(idnat: str, form: str) -> None:
    assert ps_form(idnat) == form


@pytest.mark.parametrize(
    "idnat",
    ["", "8", "10000336601", "8011234567897", "369838578", "3750803447/", "80123456789a",
     "\u0668" * 12, "7123", "ANS20231122132732", "8012345678971\n"],
)  # fmt: skip
def test_other_texts_have_no_form_of_a_professional(idnat: str) -> None:
    assert ps_form(idnat) == ""


@pytest.mark.parametrize(
    ("idnat", "form"),
    [
        ("1750803447", "1"),
        ("12A0000014", "1"),
        ("12B0000014", "1"),
        ("2801234567", "2"),
        ("318003502400041", "3"),
        ("410000336601001", "4"),
        ("00B105729400", "0"),
    ],
)
def test_the_five_forms_of_a_structure(idnat: str, form: str) -> None:
    assert struct_form(idnat) == form


@pytest.mark.parametrize("idnat", ["", "101235555", "12C0000014", "1801234567897", "11223344"])
def test_other_texts_have_no_form_of_a_structure(idnat: str) -> None:
    assert struct_form(idnat) == ""


def test_every_digit_has_a_name() -> None:
    assert set(PS_FORMS) == set("0134568")
    assert set(STRUCT_FORMS) == set("01234")
    assert all(name for name, _ in [*PS_FORMS.values(), *STRUCT_FORMS.values()])


@pytest.mark.parametrize(
    ("structure", "expected"),
    [
        ("318003502400041", "518003502400041/12"),
        ("1750803447", "3750803447/12"),
        ("2801234567", "4801234567/12"),
        ("00B105729400", "10B105729400/12"),
        ("410000336601001", "610000336601001/12"),
    ],
)
def test_an_internal_number_takes_the_digit_of_its_register(structure: str, expected: str) -> None:
    assert internal_idnat(structure, "12") == expected
    assert ps_form(expected) == expected[0]


@pytest.mark.parametrize(("structure", "internal"), [("750803447", "12"), ("1750803447", " ")])
def test_an_internal_number_needs_a_structure_and_a_number(structure: str, internal: str) -> None:
    with pytest.raises(InvalidValue):
        internal_idnat(structure, internal)


@pytest.mark.parametrize("number", ["79927398713", "356000000", "10000336601", "750803447"])
def test_numbers_with_a_right_key(number: str) -> None:
    assert luhn_is_valid(number)


@pytest.mark.parametrize("number", ["79927398714", "", "12a", "²"])
def test_numbers_without_a_right_key(number: str) -> None:
    assert not luhn_is_valid(number)
