"""Stays and consultations, acts, and orders."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.model._checks import (
    check_codes,
    check_distinct,
    check_items,
    check_one,
    check_texts,
    nested,
)
from segur_interop.model.identifier import LocalId
from segur_interop.model.movement import Location
from segur_interop.model.organization import Organization
from segur_interop.model.participant import Participant
from segur_interop.model.period import Period
from segur_interop.model.professional import Professional
from segur_interop.terminology.code import Code

__all__ = ["PATIENT_CLASSES", "Encounter", "Order", "ServiceEvent"]

PATIENT_CLASSES: Final = {
    "E": "urgences",
    "I": "hospitalisé",
    "O": "externe",
    "R": "récurrent (séances)",
    "N": "sans venue",
    "V": "virtuel",
}
"""HL7 table 0004 as IHE PAM France writes it in PV1-2."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Encounter(Masked):
    """A stay, a consultation, a passage (CDA R2 encompassingEncounter; HL7 v2 PV1, PV2).

    Attributes:
        ids: dossier (type AN), venue (VN), pre-admission and others.
        code: JDV_J142 (IMP, AMB, EMER, EXTERNE, …).
        period: admission and discharge; None when not told (the header writes nullFlavor).
        expected: planned admission and discharge (PV2-8, PV2-9).
        patient_class: PV1-2, one of PATIENT_CLASSES, or "".
        facility: where it takes place, with the facility type (JDV_J02) that every document
            needs; `None` leaves it to the custodian.
        location: unit, room and bed (PV1-3).
        discharge_disposition: mode de sortie, system 1.2.250.1.213.2.14 in a document.
        responsible: who answers for it.
        participants: who takes part, types of JDV_J140.

    Raises:
        InvalidValue: the same identifier twice, a control character.
    """

    ids: tuple[LocalId, ...] = ()
    code: Code | None = field(default=None, metadata=shown())
    period: Period | None = None
    expected: Period | None = None
    patient_class: str = field(default="", metadata=shown())
    facility: Organization | None = None
    location: Location | None = None
    discharge_disposition: Code | None = None
    responsible: Professional | Organization | None = None
    participants: tuple[Participant, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self, "encounter")
        check_items(self, "encounter", "ids", LocalId)
        check_distinct(self, "encounter", "ids")
        check_codes(self, "encounter", "code", "discharge_disposition")
        check_one(self, "encounter", "period", Period)
        check_one(self, "encounter", "expected", Period)
        check_one(self, "encounter", "facility", Organization)
        check_one(self, "encounter", "location", Location)
        check_one(self, "encounter", "responsible", Professional, Organization)
        check_items(self, "encounter", "participants", Participant)

    def id_of_type(self, *types: str) -> LocalId | None:
        """The first identifier of one of these types (`AN`, `VN`), None without."""
        return next((item for item in self.ids if item.type in types), None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Another patient class, and the findings of the parts."""
        found = []
        if self.patient_class and self.patient_class not in PATIENT_CLASSES:
            found.append(
                Finding(
                    rule="encounter.class",
                    message=f"not one of {' '.join(PATIENT_CLASSES)}",
                    severity=Severity.ERROR,
                    place="patient_class",
                    source="IHE PAM national extension France, PV1-2",
                )
            )
        parts = ("ids", "period", "expected", "facility", "location", "responsible")
        return (*found, *nested(self, *parts, "participants"))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ServiceEvent(Masked):
    """An act that a document reports (CDA R2 serviceEvent). The first one is the principal.

    Attributes:
        ids: identifiers of the act.
        code: CCAM, LOINC, SNOMED CT, …; None when the document kind asks for none.
        translations: the same act in other code systems; XDS lists them among its event codes.
        text: the act in words, beside or instead of the code (CDA originalText).
        period: when it was done; the principal act needs its `low`.
        performer: who did it; that of the principal act needs an organization with its
            practice setting (JDV_J04). An Organization when no person is named.
        performer_time: when that person acted, if told apart.
        completed: True when the act is stated to be over (laboratory extension).

    Raises:
        InvalidValue: the same identifier twice, a control character.
    """

    ids: tuple[LocalId, ...] = ()
    code: Code | None = None
    translations: tuple[Code, ...] = ()
    text: str = ""
    period: Period | None = None
    performer: Professional | Organization | None = None
    performer_time: Period | None = None
    completed: bool = field(default=False, metadata=shown())

    def __post_init__(self) -> None:
        check_texts(self, "service_event")
        check_items(self, "service_event", "ids", LocalId)
        check_distinct(self, "service_event", "ids")
        check_codes(self, "service_event", "code", "translations")
        check_one(self, "service_event", "period", Period)
        check_one(self, "service_event", "performer", Professional, Organization)
        check_one(self, "service_event", "performer_time", Period)
        check_one(self, "service_event", "completed", bool)
        if self.translations and self.code is None:
            raise InvalidValue("translates no code", place="service_event.translations")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of the parts."""
        return tuple(nested(self, "ids", "period", "performer", "performer_time"))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Order(Masked):
    """A request that a document answers (CDA R2 inFulfillmentOf/order).

    Attributes:
        ids: identifiers of the request, at least one.
        accession: accession number of imaging.
        text: the request in words.

    Raises:
        InvalidValue: no identifier, or the same twice.
    """

    ids: tuple[LocalId, ...]
    accession: LocalId | None = None
    text: str = ""

    def __post_init__(self) -> None:
        check_texts(self, "order")
        check_items(self, "order", "ids", LocalId)
        check_distinct(self, "order", "ids")
        check_one(self, "order", "accession", LocalId)
        if not self.ids:
            raise InvalidValue("at least one identifier is required", place="order.ids")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of the identifiers."""
        return tuple(nested(self, "ids", "accession"))
