"""The model over arbitrary input: a value, InvalidValue or TypeError, and nothing else."""

from __future__ import annotations

import contextlib
import json
import re
from collections.abc import Callable
from typing import Any

import pytest
import strategies
from hypothesis import example, given
from hypothesis import strategies as st

from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding
from segur_interop.ins import Identity
from segur_interop.model import (
    Address,
    Device,
    Encounter,
    LocalId,
    Location,
    Movement,
    Order,
    Organization,
    Participant,
    Patient,
    Period,
    PersonName,
    Professional,
    RelatedPerson,
    ServiceEvent,
    Telecom,
    Unit,
)
from segur_interop.model.contact import TELECOM_SCHEMES, TELECOM_USES
from segur_interop.terminology import Code

TEXTS = st.text(max_size=40)
# XPath 2 iri-to-uri leaves exactly these as they are, and StrucMin wants the value unchanged.
URI = re.compile(r"[a-z]+:[^\x00-\x20\x7f-\U0010ffff<>\"{}|\\^`]+")

KINDS: dict[str, Callable[[str], Any]] = {
    "name": lambda text: PersonName(family=text, given=text, civility=text, title=text).coded(),
    "address": lambda text: Address(lines=(text,), city=text).as_lines(),
    "address use": lambda text: Address(city="x", use=text),
    "id": lambda text: LocalId(extension=text, namespace=text),
    "root": lambda text: LocalId(extension="1", root=text),
    "period": lambda text: Period(low=text, high=text),
    "organization": lambda text: Organization(idnat=text, name=text),
    "finess": Organization.from_finess,
    "siren": Organization.from_siren,
    "siret": Organization.from_siret,
    "rpps-rang": Organization.from_rpps_rang,
    "cabinet": Organization.from_cabinet_adeli,
    "oid": lambda text: Organization(name="x", oid=text).oid_or_derived(),
    "derived oid": lambda text: Organization(idnat=text).oid_or_derived(),
    "rpps": lambda text: Professional.from_rpps(text, name=PersonName(family="x")),
    "adeli": lambda text: Professional.from_adeli(text, name=PersonName(family="x")),
    "professional": lambda text: Professional(idnat=text, name=PersonName(family="x")).rpps,
    "profession": lambda text: (
        Professional(profession=Code(code=text), name=PersonName(family="x")).cnop_section
    ),
    "device": lambda text: Device(model=text, software=text, idnat=text),
    "internal": lambda text: Device.from_internal(
        text, Organization(idnat=text), model="m", software="s"
    ),
    "related": lambda text: RelatedPerson(name=PersonName(family=text), class_code=text),
    "participant": lambda text: Participant(type=text, entity=Organization(name="x")),
    "encounter": lambda text: Encounter(patient_class=text),
    "act": lambda text: ServiceEvent(code=Code(code=text, system=text, label=text), text=text),
    "order": lambda text: Order(ids=(LocalId(extension=text),), text=text),
    "location": lambda text: Location(unit=text, room=text),
    "unit": lambda text: Unit(code=text, label=text),
    "movement": lambda text: Movement(
        ids=(LocalId(extension=text),), period=Period(low="2024"), nature=text, action=text
    ),
    "phone": Telecom.phone,
    "fax": Telecom.fax,
    "email": Telecom.email,
    "telecom": Telecom.read,
    "telecom value": lambda text: Telecom(value=text, use=text),
}


@pytest.mark.parametrize("kind", KINDS)
@given(text=TEXTS)
def test_any_text_gives_a_value_with_findings_or_invalid_value(kind: str, text: str) -> None:
    with contextlib.suppress(InvalidValue):
        value = KINDS[kind](text)
        repr(value)
        for finding in getattr(value, "findings", ()):
            assert isinstance(finding, Finding)


@given(
    text=TEXTS
    | st.text("0123456789 .-()+/:@mailtofx", max_size=30)
    | st.from_regex(r"(tel|fax|mailto|http|ftp|mllp|TEL|Mailto): ?[ -~]{1,20}", fullmatch=True)
    | st.emails(),
    use=st.sampled_from(("", *TELECOM_USES)),
)
@example("tel:+33 (0)1 44 95 55 55", "WP")
@example("mailto:a{b@x.example", "")
def test_a_telecom_is_always_a_uri_that_the_kit_accepts(text: str, use: str) -> None:
    for make in (Telecom.read, Telecom.phone, Telecom.fax, Telecom.email):
        with contextlib.suppress(InvalidValue):
            telecom = make(text, use)
            scheme, _, rest = telecom.value.partition(":")
            assert scheme in TELECOM_SCHEMES
            assert rest
            assert URI.fullmatch(telecom.value)
            assert Telecom.read(telecom.value, use).received == ""


@given(st.lists(st.sampled_from("0123456789"), min_size=2, max_size=15), st.data())
def test_separators_never_change_a_number(digits: list[str], data: st.DataObject) -> None:
    marks = st.text(" .-/\u00a0\u202f", max_size=2)
    typed = "".join(digit + data.draw(marks) for digit in digits)
    assert Telecom.phone(typed).address == "".join(digits)


@given(strategies.timestamps(), strategies.timestamps())
def test_two_bounds_always_make_a_period_in_one_order(one: Timestamp, other: Timestamp) -> None:
    made = 0
    for low, high in ((one, other), (other, one)):
        with contextlib.suppress(InvalidValue):
            Period(low=low, high=high)
            made += 1
    assert made


@given(st.text("0123456789AB", min_size=1, max_size=16))
def test_a_derived_oid_ends_with_the_idnat_or_is_refused(idnat: str) -> None:
    with contextlib.suppress(InvalidValue):
        oid = Organization(idnat=idnat).oid_or_derived()
        assert oid == f"1.2.250.1.71.4.2.2.{idnat}"
        assert idnat.isdigit()
        assert idnat == str(int(idnat))


def addresses() -> st.SearchStrategy[Address]:
    return st.builds(Address, city=strategies.model_texts(), use=st.sampled_from(("", "H", "WP")))


def organizations() -> st.SearchStrategy[Organization]:
    return st.builds(
        Organization,
        name=strategies.model_texts(),
        idnat=st.sampled_from(("", "1750803447", "101235555")),
        addresses=st.lists(addresses(), max_size=2).map(tuple),
    )


def relatives() -> st.SearchStrategy[RelatedPerson]:
    return st.builds(
        RelatedPerson,
        name=st.builds(PersonName, family=strategies.model_texts()),
        class_code=st.sampled_from(("", "NOK", "ECON")),
        relation=st.none() | st.builds(Code, code=strategies.model_texts()),
    )


@given(
    names=strategies.model_texts(),
    ids=st.lists(
        st.builds(
            LocalId,
            extension=strategies.model_texts(),
            root=strategies.oids(),
            validity=st.none() | st.builds(Period, low=strategies.timestamps()),
        ),
        max_size=3,
        unique_by=lambda item: (item.root, item.extension),
    ),
    guardians=st.lists(organizations() | relatives(), max_size=3),
    contacts=st.lists(relatives(), max_size=2),
    died=st.none() | strategies.timestamps(),
)
def test_every_patient_survives_its_json_form(
    names: str,
    ids: list[LocalId],
    guardians: list[Any],
    contacts: list[RelatedPerson],
    died: Timestamp | None,
) -> None:
    patient = Patient(
        identity=Identity(birth_name=names),
        ids=tuple(item for item in ids if not item.is_ins),
        guardians=tuple(guardians),
        contacts=tuple(contacts),
        deceased_time=died,
    )
    assert Patient.from_dict(json.loads(json.dumps(patient.to_dict()))) == patient


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)


@given(
    st.dictionaries(
        st.sampled_from(
            ("identity", "ids", "addresses", "telecoms", "guardians", "contacts", "deceased",
             "deceased_time", "mother_ids", "mother_name", "provider")
        ),
        JSON
        | st.lists(
            st.dictionaries(
                st.sampled_from(("kind", "name", "extension", "root", "family", "value", "use")),
                JSON | st.sampled_from(("Organization", "RelatedPerson")),
            ),
            max_size=2,
        ),
    )
)  # fmt: skip
def test_any_json_gives_a_patient_or_invalid_value(data: dict[str, Any]) -> None:
    base = {"version": 1, "identity": {"version": 1}}
    with contextlib.suppress(InvalidValue):
        assert isinstance(Patient.from_dict({**base, **data}), Patient)
