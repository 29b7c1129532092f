"""The JSON form of an identity: nothing lost, nothing else accepted."""

from __future__ import annotations

import json
from datetime import date

import people
import pytest

from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding
from segur_interop.ins import Attribute, Identity, IdentityStatus, Matricule, Sex, Traits

PERSON = people.BY_ID["insi-7"]
FULL = people.local(
    PERSON,
    first_birth_given_name="PIERRE-ALAIN",
    birth_place_name="MAZOIRES",
    received_birth_date="2009-07-00",
    birth_date_completed=True,
    used_name="Éçà\u2019",
    used_given_name="Zoé",
    attributes={Attribute.HOMONYME},
    history=(
        Matricule.parse("209076322083439", oid=people.NIR),
        Matricule.parse("209066322012355"),
    ),
    former_traits=(
        Traits(
            birth_name="A",
            birth_given_names="B",
            birth_date=date(2009, 7, 13),
            sex=Sex.I,
            birth_place="99999",
        ),
        Traits(),
    ),
    multiple_birth_order=2,
)
RECEIVED = people.received(PERSON, attributes={Attribute.DOUTEUSE, Attribute.HOMONYME})


EVERY = {"empty": Identity(), "full": FULL, "received": RECEIVED}
EVERY |= {person.id: people.local(person) for person in people.EVERYONE}


@pytest.mark.parametrize("identity", EVERY.values(), ids=EVERY)
def test_nothing_is_lost_through_json(identity):
    data = json.loads(json.dumps(identity.to_dict()))
    assert Identity.from_dict(data) == identity
    assert data == identity.to_dict()
    assert data["version"] == 1


def test_only_filled_fields_are_written():
    assert Identity().to_dict() == {"version": 1, "status": "PROV"}
    assert set(FULL.to_dict()) == {
        "version", "birth_name", "birth_given_names", "first_birth_given_name", "birth_date",
        "received_birth_date", "birth_date_completed", "sex", "birth_place", "birth_place_name",
        "used_name", "used_given_name", "matricule", "status", "attributes", "history",
        "former_traits", "multiple_birth_order",
    }  # fmt: skip


def test_values_are_those_of_the_standards():
    data = FULL.to_dict()
    assert data["birth_date"] == "2009-07-14"
    assert data["sex"] == "M"
    assert data["status"] == "QUAL"
    assert data["attributes"] == ["HOMONYME"]
    assert data["matricule"] == {"value": PERSON.matricule, "oid": people.NIR}
    assert data["history"][1]["oid"] is None
    assert type(data["matricule"]["oid"]) is str


def test_what_the_reader_noticed_stays_behind():
    noticed = people.received(PERSON, reading=(Finding(rule="x", message="y"),))
    assert Identity.from_dict(noticed.to_dict()).reading == ()


WRONG = {
    "list": [],
    "none": None,
    "text": "{}",
    "no version": {},
    "version 2": {"version": 2},
    "version as text": {"version": "1"},
    "version true": {"version": True},
    "version 1.0": {"version": 1.0},
    "unknown field": {"version": 1, "ssn": "1"},
    "property as field": {"version": 1, "oid": people.NIR},
    "reading": {"version": 1, "reading": []},
    "key that is no text": {"version": 1, 7: 8},
    "name as number": {"version": 1, "birth_name": 1},
    "name as null": {"version": 1, "birth_name": None},
    "date of another form": {"version": 1, "birth_date": "20090714"},
    "date by week": {"version": 1, "birth_date": "2009-W29-2"},
    "no date": {"version": 1, "birth_date": "2009-02-30"},
    "date and time": {"version": 1, "birth_date": "2009-07-14T00:00:00"},
    "date as number": {"version": 1, "birth_date": 20090714},
    "other digits": {"version": 1, "birth_date": "٢٠٠٩-٠٧-١٤"},
    "sex U": {"version": 1, "sex": "U"},
    "sex as list": {"version": 1, "sex": ["M"]},
    "unknown status": {"version": 1, "status": "QUALIFIEE"},
    "matricule as text": {"version": 1, "matricule": PERSON.matricule},
    "matricule without oid": {"version": 1, "matricule": {"value": PERSON.matricule}},
    "matricule with more": {
        "version": 1, "matricule": {"value": PERSON.matricule, "oid": None, "key": "89"},
    },
    "matricule as list of keys": {"version": 1, "matricule": ["value", "oid"]},
    "matricule too short": {"version": 1, "matricule": {"value": "1", "oid": None}},
    "NSS": {"version": 1, "matricule": {"value": PERSON.matricule, "oid": "1.2.250.1.213.1.4.13"}},
    "oid as number": {"version": 1, "matricule": {"value": PERSON.matricule, "oid": 8}},
    "attributes as text": {"version": 1, "attributes": "HOMONYME"},
    "attributes as object": {"version": 1, "attributes": {"HOMONYME": 1}},
    "unknown attribute": {"version": 1, "attributes": ["VIP"]},
    "attribute in attribute": {"version": 1, "attributes": [["HOMONYME"]]},
    "asserted as number": {"version": 1, "asserted": 1},
    "asserted as text": {"version": 1, "asserted": "true"},
    "history as object": {"version": 1, "history": {}},
    "history as text": {"version": 1, "history": ""},
    "history of texts": {"version": 1, "history": ["1"]},
    "history of nulls": {"version": 1, "history": [None]},
    "former traits as object": {"version": 1, "former_traits": {}},
    "former traits cut": {"version": 1, "former_traits": [{"birth_name": "A"}]},
    "former traits with more": {
        "version": 1, "former_traits": [{**FULL.to_dict()["former_traits"][0], "x": 1}],
    },
    "former traits, date of another form": {
        "version": 1,
        "former_traits": [{**FULL.to_dict()["former_traits"][0], "birth_date": "20090714"}],
    },
    "rank as text": {"version": 1, "multiple_birth_order": "1"},
    "rank true": {"version": 1, "multiple_birth_order": True},
    "rank 0": {"version": 1, "multiple_birth_order": 0},
    "rank 1.0": {"version": 1, "multiple_birth_order": 1.0},
    "qualifiee without number": {"version": 1, "status": "QUAL"},
    "number without status": {
        "version": 1, "matricule": {"value": PERSON.matricule, "oid": people.NIR},
    },
    "douteuse and validee": {"version": 1, "status": "VALI", "attributes": ["DOUTEUSE"]},
}  # fmt: skip


@pytest.mark.parametrize("data", WRONG.values(), ids=WRONG)
def test_anything_else_is_refused_by_its_field(data):
    with pytest.raises(InvalidValue) as caught:
        Identity.from_dict(data)
    assert caught.value.place.startswith("identity")
    assert PERSON.matricule not in str(caught.value)


def test_a_broken_exclusion_may_be_received():
    data = {"version": 1, "asserted": True, "status": "VALI", "attributes": ["DOUTEUSE"]}
    assert Identity.from_dict(data).status is IdentityStatus.VALIDEE
