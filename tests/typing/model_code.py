"""The model as its users write it; mypy must accept it with the package's own settings."""

from __future__ import annotations

from datetime import date, datetime
from typing import assert_type

from segur_interop import findings
from segur_interop.ins import Identity
from segur_interop.model import (
    Encounter,
    Entity,
    LocalId,
    Organization,
    Participant,
    Patient,
    Period,
    PersonName,
    Professional,
    Telecom,
    Timestamp,
)
from segur_interop.terminology import Code


def stay(admission: datetime, discharge: date, hospital: Organization) -> Encounter:
    period = Period(low=admission, high=discharge)
    assert_type(period.low, Timestamp | None)
    return Encounter(period=period, facility=hospital)


def people(rpps: str) -> tuple[Professional, Participant]:
    hospital = Organization.from_finess("750803447", name="Hôpital")
    surgeon = Professional.from_rpps(rpps, name=PersonName(family="LEGRIS"), organization=hospital)
    assert_type(surgeon.profession, Code | None)
    assert_type(surgeon.require_profession(), Code)
    assert_type(surgeon.mssante, Telecom | None)
    participant = Participant(type="INF", entity=surgeon)
    assert_type(participant.entity, Entity)
    return surgeon, participant


def admitted(identity: Identity) -> Patient:
    patient = Patient(identity=identity, deceased_time=Timestamp.of(date(2024, 3, 7)))
    assert_type(patient.ipp, LocalId | None)
    assert_type(patient.findings, tuple[findings.Finding, ...])
    return Patient.from_dict(patient.to_dict())
