"""OIDs: what every French validator accepts, and the table of those the library names."""

from __future__ import annotations

import copy
import pickle
import uuid

import pytest

from segur_interop import _oid
from segur_interop._oid import NAMED, NamedOid, check_oid, child_oid, is_oid, new_oid
from segur_interop.errors import InvalidValue

VALID = [
    "1.2.250.1.213.1.4.8",
    "2.16.840.1.113883.6.1",
    "0.0",
    "1.39",
    "2.40",
    "2.999.1",
    "2.25.329800735698586629295641978511506172918",
    "1.2." + "1" * 60,
]
INVALID = {
    "empty": "",
    "one-arc": "1",
    "leading-dot": ".1.2",
    "trailing-dot": "1.2.",
    "double-dot": "1..2",
    "leading-zero-arc": "1.2.250.1.71.4.2.2.010000014",
    "corsican-finess": "1.2.250.1.71.4.2.2.12A0000014",
    "first-arc-3": "3.1",
    "second-arc-40-under-1": "1.40",
    "second-arc-40-under-0": "0.40",
    "too-long": "1.2." + "1" * 61,
    "blank": "1.2 .3",
    "newline": "1.2.3\n",
    "urn": "urn:oid:1.2.3",
    "uuid": "6f9619ff-8b86-d011-b42d-00cf4fc964ff",
    "arabic-digits": "1.2.٣",
    "superscript": "1.2.²",
    "minus": "1.-2",
    "plus": "1.+2",
    "underscore": "1.2_5",
}


@pytest.mark.parametrize("text", VALID)
def test_an_oid_is_given_back_unchanged(text: str) -> None:
    assert is_oid(text)
    assert check_oid(text) is text


@pytest.mark.parametrize("text", INVALID.values(), ids=INVALID)
def test_anything_else_is_refused_and_the_field_named(text: str) -> None:
    assert not is_oid(text)
    with pytest.raises(InvalidValue, match="^custodian.oid: not an OID") as caught:
        check_oid(text, "custodian.oid")
    assert not text or text not in str(caught.value)


@pytest.mark.parametrize("arc", ["0", "1", "750000001", "10B0152872".replace("B", "9")])
def test_a_plain_number_extends_an_oid(arc: str) -> None:
    assert child_oid("1.2.250.1.71.4.2.2", arc) == f"1.2.250.1.71.4.2.2.{arc}"


@pytest.mark.parametrize(
    "arc",
    ["12A0000014", "2B0000012", "010000024", "00", "", "1.2", " 1", "1\n", "-1", "٣", "1" * 60],
)
def test_no_oid_is_built_from_a_letter_or_a_leading_zero(arc: str) -> None:
    """CDA_extended.xsd `uid` and the XDS `oid` type refuse them; a FINESS may hold both."""
    with pytest.raises(InvalidValue, match=r"^organization\.oid: "):
        child_oid("1.2.250.1.71.4.2.2", arc, "organization.oid")


def test_a_wrong_root_is_refused_too() -> None:
    with pytest.raises(InvalidValue):
        child_oid("1.02", "3")


def test_a_new_oid_is_a_uuid_under_2_25() -> None:
    """ITU-T X.667 §6.3: the UUID as one integer."""
    made = {new_oid() for _ in range(1000)}
    assert len(made) == 1000
    assert all(is_oid(oid) and oid.startswith("2.25.") for oid in made)
    number = uuid.UUID(int=int(new_oid().removeprefix("2.25.")))
    assert number.version == 4
    assert number.variant == uuid.RFC_4122


CONSTANTS = {name: value for name, value in vars(_oid).items() if isinstance(value, NamedOid)}


def test_every_named_oid_is_one_and_is_named_once() -> None:
    assert CONSTANTS
    assert all(is_oid(value) for value in CONSTANTS.values())
    assert len(NAMED) == len(CONSTANTS)
    assert set(NAMED) == set(CONSTANTS.values())


@pytest.mark.parametrize("name", CONSTANTS)
def test_every_named_oid_has_a_label_and_a_source(name: str) -> None:
    assert CONSTANTS[name].label.strip()
    assert CONSTANTS[name].source.strip()


@pytest.mark.parametrize(
    ("name", "oid"),
    [
        ("INS_NIR", "1.2.250.1.213.1.4.8"),
        ("INS_NIA", "1.2.250.1.213.1.4.9"),
        ("INS_NIR_TEST", "1.2.250.1.213.1.4.10"),
        ("INS_NIR_DEMO", "1.2.250.1.213.1.4.11"),
        ("INS_C", "1.2.250.1.213.1.4.2"),
        ("NSS_NIR", "1.2.250.1.213.1.4.13"),
        ("NSS_NIA", "1.2.250.1.213.1.4.14"),
        ("PS_IDNAT", "1.2.250.1.71.4.2.1"),
        ("STRUCT_IDNAT", "1.2.250.1.71.4.2.2"),
        ("LOINC", "2.16.840.1.113883.6.1"),
        ("CCAM", "1.2.250.1.215.300.1"),
    ],
)
def test_the_oids_that_identify_people_and_acts_are_those_of_the_kit(name: str, oid: str) -> None:
    """Typed again from the kit's examples and schematrons, so that a slip shows."""
    assert CONSTANTS[name] == oid


@pytest.mark.parametrize("travel", [copy.copy, lambda v: pickle.loads(pickle.dumps(v))])  # noqa: S301
def test_a_named_oid_travels_with_its_label(travel) -> None:
    arrived = travel(_oid.INS_NIR)
    assert (arrived, arrived.label, arrived.source) == (
        _oid.INS_NIR,
        _oid.INS_NIR.label,
        _oid.INS_NIR.source,
    )
