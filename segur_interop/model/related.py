"""Persons around the patient: guardians, contacts, trusted persons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop.findings import Finding, Severity
from segur_interop.model._checks import (
    check_codes,
    check_items,
    check_one,
    check_texts,
    contact_findings,
    nested,
)
from segur_interop.model.contact import Address, PersonName, Telecom
from segur_interop.model.identifier import LocalId
from segur_interop.terminology.code import Code

__all__ = ["RELATED_CLASSES", "RelatedPerson"]

RELATED_CLASSES: Final = {
    "ECON": "personne à prévenir en cas d'urgence",
    "NOK": "personne de confiance",
    "CON": "contact",
    "CAREGIVER": "aidant",
    "PAT": "le patient lui-même",
}
"""relatedEntity/@classCode that the kit accepts, and what it means."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class RelatedPerson(Masked):
    """A relative, trusted person, person to call, guardian; PAT for the patient who writes.

    (CDA R2 relatedEntity and guardian; HL7 v2 NK1.)

    Attributes:
        name: the person's name.
        class_code: one of RELATED_CLASSES; "" for a guardian.
        relation: code of JDV_J11_RelationPatient_CISIS (MTH, TUTEUR, …).
        ids: identifiers of that person (CDA R2 guardian/id).
        addresses, telecoms: where to reach them.
    """

    name: PersonName
    class_code: str = field(default="", metadata=shown())
    relation: Code | None = None
    ids: tuple[LocalId, ...] = ()
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self, "related_person")
        check_one(self, "related_person", "name", PersonName)
        check_codes(self, "related_person", "relation")
        check_items(self, "related_person", "ids", LocalId)
        check_items(self, "related_person", "addresses", Address)
        check_items(self, "related_person", "telecoms", Telecom)
        if self.name is None:
            raise TypeError("related_person.name is a PersonName")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Another class, a matricule, and the findings of the parts."""
        found = []
        if self.class_code and self.class_code not in RELATED_CLASSES:
            found.append(
                Finding(
                    rule="related.class",
                    message=f"not one of {' '.join(RELATED_CLASSES)}",
                    severity=Severity.ERROR,
                    place="class_code",
                    source="ANS CDA kit 3.0, StrucMin",
                )
            )
        found += ins_findings(self.ids, "ids")
        return (*found, *nested(self, "name", "ids"), *contact_findings(self))

    @property
    def writable_ids(self) -> tuple[LocalId, ...]:
        """The identifiers but those that are a matricule: nobody qualified it here."""
        return tuple(item for item in self.ids if not item.is_ins)


def ins_findings(ids: tuple[LocalId, ...], place: str) -> list[Finding]:
    """The matricules among identifiers of someone whose identity status is not known."""
    return [
        Finding(
            rule="id.other-ins",
            message="a matricule of a person whose identity status is unknown: not written",
            severity=Severity.WARNING,
            place=f"{place}[{index}]",
            source="RNIV EXI SI 08",
        )
        for index, item in enumerate(ids)
        if item.is_ins
    ]
