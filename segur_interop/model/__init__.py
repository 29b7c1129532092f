"""Patients, professionals, organizations: the values that every standard shares.

Values are frozen; times may be given as a date, an aware datetime, HL7 text or a Timestamp.
What no output could carry is refused at construction; what is odd is told by `findings`, with
severity ERROR when a writer must refuse it.
"""

from __future__ import annotations

from segur_interop._time import Instant, Timestamp
from segur_interop.model.contact import Address, PersonName, Telecom
from segur_interop.model.device import Device
from segur_interop.model.encounter import Encounter, Order, ServiceEvent
from segur_interop.model.identifier import LocalId
from segur_interop.model.movement import Location, Movement, Unit
from segur_interop.model.organization import Organization
from segur_interop.model.participant import Entity, Participant
from segur_interop.model.patient import Guardian, Patient
from segur_interop.model.period import Period
from segur_interop.model.professional import Professional
from segur_interop.model.related import RelatedPerson

__all__ = [
    "Address",
    "Device",
    "Encounter",
    "Entity",
    "Guardian",
    "Instant",
    "LocalId",
    "Location",
    "Movement",
    "Order",
    "Organization",
    "Participant",
    "Period",
    "PersonName",
    "Professional",
    "RelatedPerson",
    "ServiceEvent",
    "Telecom",
    "Timestamp",
    "Unit",
    "Patient",
]
