"""What holds for every value of the model."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import pytest

from segur_interop import model
from segur_interop._masking import Masked
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

NAME = PersonName(family="NESSI")
ID = LocalId(extension="1", root="1.2.3")
VALUES = [
    NAME,
    ID,
    Address(city="PARIS"),
    Telecom.phone("01 44 95 55 55"),
    Period(low="2024"),
    Organization(name="Hôpital"),
    Professional(name=NAME),
    Device(model="m", software="s"),
    RelatedPerson(name=NAME),
    Participant(type="INF", entity=Professional(name=NAME)),
    Encounter(ids=(ID,)),
    ServiceEvent(period=Period(low="2024")),
    Order(ids=(ID,)),
    Location(unit="UF"),
    Unit(code="UF"),
    Movement(ids=(ID,), period=Period(low="2024"), nature="S"),
    Patient(identity=Identity(birth_name="NESSI"), ids=(ID,)),
]
each_value = pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)


def test_every_public_dataclass_is_tried_here() -> None:
    public = {getattr(model, name) for name in model.__all__}
    values = {kind for kind in public if dataclasses.is_dataclass(kind)} - {model.Timestamp}
    assert values == {type(value) for value in VALUES}


@each_value
def test_it_is_frozen_hashable_and_survives_a_process_pool(value: Any) -> None:
    name = dataclasses.fields(value)[0].name
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, name, None)
    for twin in (pickle.loads(pickle.dumps(value)), copy.deepcopy(value)):  # noqa: S301 (own)
        assert twin == value
        assert hash(twin) == hash(value)
    assert dataclasses.replace(value) == value


@each_value
def test_no_person_is_in_its_repr(value: Any) -> None:
    assert "NESSI" not in repr(value)
    if isinstance(value, Masked):
        assert "NESSI" not in value._repr_html_()


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        (PersonName, {"family": 7}),
        (RelatedPerson, {"name": None}),
        (RelatedPerson, {"name": NAME, "relation": "SIS"}),
        (Movement, {"ids": (ID,), "period": None}),
        (Movement, {"ids": (ID,), "period": Period(low="2024"), "historic": "N"}),
        (Telecom, {"value": None}),
        (LocalId, {"extension": 12}),
        (ServiceEvent, {"completed": 1}),
        (Organization, {"name": "H", "practice_setting": "SA01"}),
        (Device, {"model": "m", "software": "s", "organization": "H"}),
    ],
)
def test_a_wrong_type_is_a_type_error(kind: type, arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        kind(**arguments)
