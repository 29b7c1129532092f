"""The identity: the gate of its matricule, its findings, and nothing of it in what is shown."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from datetime import date, datetime
from typing import Any

import people
import pytest

from segur_interop.errors import IdentityNotQualified, InvalidValue
from segur_interop.findings import Finding, Severity, Verdict
from segur_interop.ins import Attribute, Identity, IdentityStatus, Matricule, Sex, Traits

PERSON = people.BY_ID["insi-7"]


def rules(identity: Identity) -> list[str]:
    return sorted(finding.rule for finding in identity.findings)


EXPECTED = {
    "kit-1": set(),
    "kit-1-other-place": {"ins.matricule.traits"},
    "kit-1-other-date": {"ins.matricule.traits"},
    "kit-2-test": {"ins.matricule.traits", "ins.name.form"},
    "kit-2": {"ins.matricule.traits"},
    "kit-2-other-person": {"ins.matricule.traits", "ins.name.form"},
    "kit-3-test": {"ins.matricule.key", "ins.matricule.traits", "ins.name.form"},
    "kit-3": {"ins.matricule.key", "ins.matricule.traits", "ins.name.form"},
    "kit-4": {"ins.matricule.key", "ins.name.form"},
    "kit-5": {"ins.matricule.key", "ins.matricule.traits", "ins.name.form"},
    "kit-6": {"ins.matricule.key", "ins.name.form"},
    "hl7-1": {"ins.matricule.traits"},
    "hl7-2": set(),
    "hl7-3": {"ins.matricule.traits", "ins.name.form"},
    "hl7-4": {"ins.matricule.key", "ins.matricule.traits"},
    "insi-1": set(),
    "insi-2": {"ins.matricule.traits"},
    "insi-3": set(),
    "insi-4": set(),
    "insi-5": set(),
    "insi-6": {"ins.matricule.key"},
    "insi-7": set(),
    "insi-8": set(),
    "insi-9": set(),
    "insi-10": set(),
    "insi-11": set(),
}


@pytest.mark.parametrize("person", [pytest.param(p, id=p.id) for p in people.EVERYONE])
def test_each_official_person_is_an_identity_with_the_expected_findings(person):
    identity = people.local(person)
    assert set(rules(identity)) == EXPECTED[person.id]
    assert not any(finding.severity is Severity.ERROR for finding in identity.findings)


@pytest.mark.parametrize("person", [pytest.param(p, id=p.id) for p in people.EVERYONE])
def test_a_wrong_key_stops_production_numbers_alone(person):
    identity = people.local(person)
    allowed = person.key_is_right or person.oid in (people.TEST, people.DEMO)
    assert identity.may_transmit_ins is allowed
    if not allowed:
        (error,) = identity.transmission_report().errors
        assert error.place == "matricule.key"


GATE = {
    "status": ({"status": IdentityStatus.RECUPEREE}, "status"),
    "oid": ({"matricule": Matricule.parse(PERSON.matricule)}, "matricule.oid"),
    "birth name": ({"birth_name": ""}, "birth_name"),
    "blank birth name": ({"birth_name": " - "}, "birth_name"),
    "given names": ({"birth_given_names": ""}, "birth_given_names"),
    "blank given names": ({"birth_given_names": "\u200b"}, "birth_given_names"),
    "date": ({"birth_date": None}, "birth_date"),
    "lunar date": ({"birth_date": None, "received_birth_date": "1950-00-00"}, "birth_date"),
    "no sex": ({"sex": None}, "sex"),
    "sex I": ({"sex": Sex.I}, "sex"),
}


@pytest.mark.parametrize(("changes", "place"), GATE.values(), ids=GATE)
def test_the_gate_names_each_obstacle(changes, place):
    identity = people.local(PERSON, **changes)
    report = identity.transmission_report()
    assert not identity.may_transmit_ins
    assert report.verdict is Verdict.FAILED
    assert [finding.place for finding in report.errors] == [place]
    with pytest.raises(IdentityNotQualified) as caught:
        report.raise_for_errors()
    assert caught.value.report is report


def test_the_gate_lists_every_obstacle_at_once():
    empty = Identity(asserted=True, attributes=frozenset({Attribute.DOUTEUSE}))
    places = [finding.place for finding in empty.transmission_report()]
    assert places == [
        "status", "asserted", "attributes", "matricule",
        "birth_name", "birth_given_names", "birth_date", "sex",
    ]  # fmt: skip


def test_the_gate_opens_for_a_complete_local_identity():
    identity = people.local(PERSON)
    assert identity.may_transmit_ins
    assert identity.transmission_report().verdict is Verdict.PASSED
    assert people.local(PERSON, birth_place="").may_transmit_ins
    assert people.local(PERSON, attributes={Attribute.HOMONYME}).may_transmit_ins


def test_a_lunar_date_says_which_rule_completes_it():
    identity = people.local(PERSON, birth_date=None, received_birth_date="1950-00-00")
    assert "RNIV" in str(identity.transmission_report())
    assert "ins.birth-date.partial" in rules(identity)
    completed = people.local(
        PERSON,
        birth_date=date(1950, 12, 31),
        received_birth_date="1950-00-00",
        birth_date_completed=True,
    )
    assert completed.may_transmit_ins
    assert "ins.birth-date.completed" in rules(completed)


WRONG = {
    "name": {"birth_name": None},
    "list of names": {"birth_given_names": ["A"]},
    "bytes": {"used_name": b"A"},
    "place": {"birth_place": 51215},
    "text date": {"birth_date": "1979-03-28"},
    "datetime": {"birth_date": datetime(1979, 3, 28)},  # noqa: DTZ001
    "sex as text": {"sex": "F"},
    "matricule as text": {"matricule": "279035121518989"},
    "status as text": {"status": "QUAL"},
    "attribute as text": {"attributes": {"DOUTEUSE"}},
    "attributes as text": {"attributes": "DOUTEUSE"},
    "no attributes": {"attributes": None},
    "asserted as number": {"asserted": 0},
    "asserted as text": {"asserted": "no"},
    "completed as None": {"birth_date_completed": None},
    "history of texts": {"history": ("279035121518989",)},
    "former traits as identity": {"former_traits": (Identity(),)},
    "rank as text": {"multiple_birth_order": "1"},
    "reading as text": {"reading": "odd"},
}


@pytest.mark.parametrize("values", WRONG.values(), ids=WRONG)
def test_a_field_takes_values_of_its_kind_only(values):
    with pytest.raises(TypeError):
        Identity(**values)


@pytest.mark.parametrize("rank", [0, -1, True, False])
def test_the_rank_of_a_twin_starts_at_one(rank):
    with pytest.raises(InvalidValue):
        Identity(multiple_birth_order=rank)
    assert Identity(multiple_birth_order=2).multiple_birth_order == 2


def test_collections_are_frozen_and_hashable():
    identity = people.local(
        PERSON,
        attributes={Attribute.HOMONYME},
        history=[people.matricule(people.BY_ID["insi-8"])],
        former_traits=[Traits(birth_name="X")],
    )
    assert isinstance(identity.attributes, frozenset)
    assert isinstance(identity.history, tuple)
    assert isinstance(identity.former_traits, tuple)
    assert hash(identity) == hash(dataclasses.replace(identity))
    with pytest.raises(dataclasses.FrozenInstanceError):
        identity.status = IdentityStatus.VALIDEE


def test_equality_sees_every_field_but_what_the_reader_noticed():
    identity = people.local(PERSON)
    noticed = Finding(rule="x", message="y")
    assert identity == people.local(PERSON, reading=(noticed,))
    assert identity != people.received(PERSON)
    assert identity != people.local(PERSON, multiple_birth_order=1)
    assert copy.copy(identity) == identity == pickle.loads(pickle.dumps(identity))  # noqa: S301


def test_a_copy_states_what_it_says_and_after_is_the_way_that_keeps_faith():
    """A constructed identity is a statement: only `after` knows that a trait changed."""
    identity = people.local(PERSON)
    assert dataclasses.replace(identity, birth_name="OTHER").status is IdentityStatus.QUALIFIEE
    assert dataclasses.replace(people.received(PERSON), asserted=False).may_transmit_ins


@pytest.mark.parametrize(
    ("first", "names", "noted"),
    [
        ("PIERRE-ALAIN", "PIERRE-ALAIN MURIEL FLORIANT", False),
        ("Léa", "LEA MARIE", False),
        ("LEA", "Léa Marie", False),
        ("PIERRE ALAIN", "PIERRE-ALAIN MURIEL", False),
        ("MURIEL", "PIERRE-ALAIN MURIEL", True),
        ("", "PIERRE", False),
        ("PIERRE", "", False),
    ],
    ids=range(7),
)
def test_a_first_given_name_out_of_place_is_noted(first, names, noted):
    identity = Identity(first_birth_given_name=first, birth_given_names=names)
    assert ("ins.first-given-name" in rules(identity)) is noted


DISAGREEMENTS = {
    "agrees": ({}, []),
    "sex": ({"sex": Sex.F}, ["sex"]),
    "sex I says nothing": ({"sex": Sex.I}, []),
    "year": ({"birth_date": date(2008, 7, 14)}, ["birth_date"]),
    "month": ({"birth_date": date(2009, 8, 14)}, ["birth_date"]),
    "another century": ({"birth_date": date(1909, 7, 14)}, []),
    "place": ({"birth_place": "51215"}, ["birth_place"]),
    "no place": ({"birth_place": ""}, []),
}


@pytest.mark.parametrize(("changes", "places"), DISAGREEMENTS.values(), ids=DISAGREEMENTS)
def test_the_number_against_the_traits_is_information(changes, places):
    identity = people.local(PERSON, **changes)
    found = [f for f in identity.findings if f.rule == "ins.matricule.traits"]
    assert [finding.place for finding in found] == places
    assert all(finding.severity is Severity.INFO for finding in found)


def test_former_departements_agree_with_today_s_places():
    for number, place in (
        ("140072000400160", "2A004"),
        ("140072000400160", "2B004"),
        ("140079635100114", "99351"),
    ):
        identity = Identity(
            birth_place=place,
            birth_date=date(1940, 7, 1),
            matricule=Matricule.parse(number, oid=people.NIR),
            status=IdentityStatus.QUALIFIEE,
        )
        assert "ins.matricule.traits" not in rules(identity)


def test_a_pseudo_month_disagrees_with_no_month():
    number = Matricule.parse("179305121500153", oid=people.NIR)
    identity = Identity(
        birth_date=date(1979, 3, 1), matricule=number, status=IdentityStatus.QUALIFIEE
    )
    assert "ins.matricule.traits" not in rules(identity)


def test_names_normalised_keep_everything_else():
    identity = people.local(people.BY_ID["kit-5"], used_name="D\u2019Artagnan")
    done = identity.normalised()
    assert (done.birth_given_names, done.used_name) == ("LEA MARIE", "D'ARTAGNAN")
    assert done == dataclasses.replace(
        identity, birth_given_names="LEA MARIE", used_name="D'ARTAGNAN"
    )
    with pytest.raises(InvalidValue) as caught:
        dataclasses.replace(identity, used_given_name="A--B").normalised()
    assert caught.value.place == "used_given_name"


def test_nothing_of_the_person_is_shown():
    identity = people.local(
        people.BY_ID["kit-5"],
        used_name="Zvonimir",
        birth_place="XXXYY",
        birth_place_name="Trifouilly",
        received_birth_date="2023-04-99",
        history=(people.matricule(PERSON),),
        former_traits=(people.local(PERSON).traits,),
    )
    shown = [repr(identity), identity._repr_html_(), str(identity), f"{identity}"]
    shown += [str(finding) for finding in identity.findings]
    shown += [str(finding.to_dict()) for finding in identity.findings]
    report = identity.transmission_report()
    shown += [str(report), report._repr_html_(), str(report.to_dict())]
    text = "\n".join(shown)
    assert not [secret for secret in people.secrets(identity) if secret in text]
    assert "QUALIFIEE" in repr(identity)
    assert "Zvonimir" in identity.reveal()


@pytest.mark.parametrize("empty", [set(), [], frozenset(), ()], ids=repr)
def test_a_collection_is_held_frozen_whatever_it_was_given_as(empty: Any) -> None:
    held = Identity(attributes=empty, history=empty, former_traits=empty, reading=empty)
    assert type(held.attributes) is frozenset
    assert {type(held.history), type(held.former_traits), type(held.reading)} == {tuple}
