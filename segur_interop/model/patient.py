"""The patient: an identity, the identifiers of other domains, and the persons around."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, TypeAlias

from segur_interop._masking import Masked
from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.ins.identity import Identity
from segur_interop.model._checks import (
    check_items,
    check_one,
    contact_findings,
    moment,
    nested,
)
from segur_interop.model._json import from_plain, to_plain
from segur_interop.model._numbers import compact
from segur_interop.model.contact import Address, PersonName, Telecom
from segur_interop.model.identifier import LocalId
from segur_interop.model.organization import Organization
from segur_interop.model.related import RelatedPerson, ins_findings

__all__ = ["Guardian", "Patient"]

Guardian: TypeAlias = RelatedPerson | Organization
"""A person or a structure that represents the patient."""

VERSION = 1
_NUMBER_LENGTH = 13


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Patient(Masked):
    """A patient (CDA R2 recordTarget; HL7 v2 PID, NK1; XDS sourcePatientInfo).

    The matricule INS is in `identity` and nowhere else: one place decides whether it travels.

    Attributes:
        identity: the identity traits, status and matricule.
        ids: identifiers of other domains (IPP: type PI, with the OID of the establishment);
            `local_id` identifies the patient where no INS may.
        addresses, telecoms: where to reach the patient.
        guardians: representatives, persons or structures.
        contacts: trusted person, persons to call, relatives, caregivers.
        deceased: True or False when told.
        deceased_time: when; a date, an aware datetime or HL7 text is turned into a Timestamp.
        mother_ids: identifiers of the mother, for a newborn (PID-21).
        mother_name: birth name of the mother (PID-6).
        provider: the structure that follows the patient (CDA providerOrganization).

    Raises:
        InvalidValue: an INS among `ids`, an identifier given twice, an empty identifier, a
            time of death of a living patient.
    """

    identity: Identity
    ids: tuple[LocalId, ...] = ()
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()
    guardians: tuple[Guardian, ...] = ()
    contacts: tuple[RelatedPerson, ...] = ()
    deceased: bool | None = None
    deceased_time: Timestamp | None = None
    mother_ids: tuple[LocalId, ...] = ()
    mother_name: PersonName | None = None
    provider: Organization | None = None

    def __post_init__(self) -> None:
        if self.identity is None:
            raise TypeError("patient.identity is an Identity")
        check_one(self, "patient", "identity", Identity)
        check_items(self, "patient", "ids", LocalId)
        check_items(self, "patient", "addresses", Address)
        check_items(self, "patient", "telecoms", Telecom)
        check_items(self, "patient", "guardians", RelatedPerson, Organization)
        check_items(self, "patient", "contacts", RelatedPerson)
        check_items(self, "patient", "mother_ids", LocalId)
        check_one(self, "patient", "mother_name", PersonName)
        check_one(self, "patient", "provider", Organization)
        check_one(self, "patient", "deceased", bool)
        object.__setattr__(
            self, "deceased_time", moment(self.deceased_time, "patient.deceased_time")
        )
        self._check_ids()
        if self.deceased is False and self.deceased_time is not None:
            raise InvalidValue("a time of death, and not deceased", place="patient.deceased")

    def _check_ids(self) -> None:
        seen: set[tuple[str, ...]] = set()
        for index, item in enumerate(self.ids):
            place = f"patient.ids[{index}]"
            if not item.extension:
                raise InvalidValue("is empty", place=f"{place}.extension")
            if item.is_ins:
                raise InvalidValue("a matricule INS belongs in the identity", place=f"{place}.root")
            domain = (item.root,) if item.root else (item.namespace, item.authority)
            # An IPP and a dossier may share number and domain: only the type tells them apart.
            key = (*domain, item.type, item.extension)
            if key in seen:
                raise InvalidValue("the same identifier twice", place=f"{place}.extension")
            seen.add(key)

    @property
    def multiple_birth_order(self) -> int | None:
        """Rank among twins (CDA sdtc:multipleBirthOrderNumber, PID-25), from the identity."""
        return self.identity.multiple_birth_order

    @property
    def is_deceased(self) -> bool:
        """True when told so, or when a time of death is given."""
        return bool(self.deceased) or self.deceased_time is not None

    @property
    def ipp(self) -> LocalId | None:
        """The first identifier of type PI, None without."""
        return next((item for item in self.ids if item.type == "PI"), None)

    @property
    def local_id(self) -> LocalId | None:
        """What identifies the patient where no INS may: the IPP, else the first identifier."""
        return self.ipp or (self.ids[0] if self.ids else None)

    @property
    def document_ids(self) -> tuple[LocalId, ...]:
        """Those that a document can carry: with a root, each root and extension once.

        HL7 v2 may give one number two types; CDA has no type and refuses twins (StrucMin, II).
        """
        rooted = {(item.root, item.extension): item for item in reversed(self.ids) if item.root}
        return tuple(item for item in self.ids if rooted.get((item.root, item.extension)) is item)

    def id_in(self, root: str) -> LocalId | None:
        """The identifier in the domain of this OID, None without."""
        return next((item for item in self.ids if item.root == root), None)

    @property
    def writable_telecoms(self) -> tuple[Telecom, ...]:
        """The telecoms that may leave.

        A citizen's MSSanté address is made of a matricule: it stays here unless the identity
        may transmit that very number. So does any address that holds a number of the identity
        which may not leave, former ones included.
        """
        may = self.identity.may_transmit_ins
        allowed = ("", self._matricule) if may else ("",)
        hidden = self._numbers - ({self._matricule[:_NUMBER_LENGTH]} if may else set())
        return tuple(
            item
            for item in self.telecoms
            if item.patient_matricule in allowed and not any(map(item.holds, hidden))
        )

    @property
    def _matricule(self) -> str:
        return self.identity.matricule.value if self.identity.matricule else ""

    @property
    def _numbers(self) -> frozenset[str]:
        """The 13 characters of the matricule and of the former ones."""
        held = (self.identity.matricule, *self.identity.history)
        return frozenset(item.number for item in held if item is not None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of the identity and of the parts, and what they say of each other."""
        around = ("guardians", "contacts", "mother_ids", "mother_name", "provider")
        return (
            *self._own_findings(),
            *ins_findings(self.mother_ids, "mother_ids"),
            *nested(self, "identity", "ids", *around),
            *contact_findings(self),
        )

    def _own_findings(self) -> Iterable[Finding]:
        for index, telecom in enumerate(self.telecoms):
            number = telecom.patient_matricule
            if number and number != self._matricule:
                yield Finding(
                    rule="patient.telecom-ins",
                    message="a citizen address made of another number than the matricule: it "
                    "may be another person's and is not written",
                    severity=Severity.WARNING,
                    place=f"telecoms[{index}]",
                    source="ANS CDA kit 3.0, citizen MSSanté addresses of the official examples",
                )
            elif not number and any(map(telecom.holds, self._numbers)):
                yield Finding(
                    rule="patient.telecom-matricule",
                    message="an address that holds a matricule of the patient: it is not written "
                    "where that may not leave",
                    severity=Severity.WARNING,
                    place=f"telecoms[{index}]",
                    source="RNIV EXI SI 08",
                )
        for place, item in self._all_ids():
            if not item.is_ins and self._is_own_number(item.extension):
                yield Finding(
                    rule="patient.id-is-matricule",
                    message="a local identifier that is the matricule itself: it would travel "
                    "with no rule to stop it",
                    severity=Severity.ERROR,
                    place=f"{place}.extension",
                    source="RNIV EXI SI 08",
                )

    def _all_ids(self) -> Iterable[tuple[str, LocalId]]:
        """The identifiers of the patient and of the persons around, each with its place."""
        around = [(f"guardians[{rank}].", item) for rank, item in enumerate(self.guardians)]
        around += [(f"contacts[{rank}].", item) for rank, item in enumerate(self.contacts)]
        groups = [("ids", self.ids), ("mother_ids", self.mother_ids)]
        groups += [(f"{place}ids", item.ids) for place, item in around]
        for place, ids in groups:
            for index, one in enumerate(ids):
                yield f"{place}[{index}]", one

    def _is_own_number(self, text: str) -> bool:
        """True for the 13 or 15 characters of a matricule, present or former, spaced or not."""
        plain = compact(text)
        held = {item.value for item in (self.identity.matricule, *self.identity.history) if item}
        return plain in held or plain in self._numbers

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe, versioned form; `from_dict` gives back an equal patient."""
        return {"version": VERSION, **to_plain(self)}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Patient:
        """Read what `to_dict` wrote.

        Raises:
            InvalidValue: another version, an unknown field, a value of another kind.
        """
        if not isinstance(data, dict):
            raise InvalidValue("a patient is a JSON object", place="patient")
        fields = dict(data)
        if fields.pop("version", None) != VERSION:
            raise InvalidValue(f"only version {VERSION} is read", place="patient.version")
        return from_plain(cls, fields, "patient")
