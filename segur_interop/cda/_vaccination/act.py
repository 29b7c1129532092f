"""What a note de vaccination says of the injection, as a caller tells it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from types import NoneType
from typing import Any

from segur_interop._masking import Masked, shown
from segur_interop._time import Instant, Timestamp
from segur_interop._types import check_type
from segur_interop.model import LocalId, Professional
from segur_interop.terminology import Code

__all__ = ["AntigenDose", "Reaction", "VaccinationAct", "Vaccine"]


def _texts(item: Any, *names: str) -> None:
    for name in names:
        check_type(getattr(item, name), name, str)


def _items(item: Any, name: str, kind: type) -> None:
    """A list is kept as a tuple, so that the value stays as it was judged."""
    value = getattr(item, name)
    check_type(value, name, tuple, list)
    for rank, one in enumerate(value):
        check_type(one, f"{name}[{rank}]", kind)
    object.__setattr__(item, name, tuple(value))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Vaccine(Masked):
    """What was injected, as its box and the public drug database name it.

    Attributes:
        cis: code identifiant de spécialité, 8 digits.
        label: name of the speciality, as the CIS has it.
        atc: ATC class (J07…), with its label; the system is added when it is not told.
        lot: lot number of the box.
        cip: code identifiant de présentation, 13 digits; "" when not known.
        cip_label: name of the presentation; by default `label`.
        name: brand, as shown; by default `label`.
        expires: last day, or last month, of use of the lot.
    """

    cis: str
    label: str
    atc: Code
    lot: str
    cip: str = ""
    cip_label: str = ""
    name: str = ""
    expires: Timestamp | date | str | None = None

    def __post_init__(self) -> None:
        _texts(self, "cis", "label", "lot", "cip", "cip_label", "name")
        check_type(self.atc, "atc", Code)
        check_type(self.expires, "expires", Timestamp, date, str, NoneType)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Reaction(Masked):
    """What the injection was seen to cause.

    Attributes:
        text: in words.
        code: in CIM-10 (2.16.840.1.113883.6.3), with its label; None when it is not coded.
        since: when it began; by default the day of the injection.
        kind: who says so, of JDV_ProblemCodes; by default a symptom reported by the patient.
    """

    text: str
    code: Code | None = None
    since: Timestamp | date | str | None = None
    kind: Code | None = None

    def __post_init__(self) -> None:
        _texts(self, "text")
        check_type(self.code, "code", Code, NoneType)
        check_type(self.since, "since", Timestamp, date, str, NoneType)
        check_type(self.kind, "kind", Code, NoneType)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AntigenDose(Masked):
    """The dose of one antigen of a combined vaccine.

    Attributes:
        name: the antigen, in words.
        value: how much; exactly as it is to be written.
        unit: UCUM, such as `[IU]` or `ug`.
        code: its CIS code, where it has one of its own.
    """

    name: str
    value: Decimal
    unit: str = ""
    code: Code | None = None

    def __post_init__(self) -> None:
        _texts(self, "name", "unit")
        check_type(self.value, "value", Decimal)
        check_type(self.code, "code", Code, NoneType)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VaccinationAct(Masked):
    """One injection that took place.

    Attributes:
        day: when; the note wants the day, without an hour.
        vaccine: what.
        validated_by: the professional who answers for its having been done; a number, a
            profession and a name are required.
        validated_at: when that was validated; by default when the document is made.
        kind: `INITIMMUNIZ` (first series), `BOOSTER` (recall) or `IMMUNIZ` (not told).
        performers: who vaccinated.
        dose_number: rank of the injection, from 1.
        route: of JDV_ImmunizationRouteCodes, as a Code or its code alone.
        site: where on the body, of JDV_ImmunizationApproachSiteCode.
        dose: how much of the vaccine, with its UCUM `dose_unit`.
        reactions: what was seen after it.
        comment: in words; the reason of the vaccination too, for which the volet has no place.
        prescription: the identifier of the prescription it answers.
        antigens: the dose of each antigen.
        id: identifier of the act, the same in every version of the note; by default a fresh OID.
    """

    day: date = field(metadata=shown())
    vaccine: Vaccine
    validated_by: Professional
    validated_at: Instant | None = None
    kind: str = field(default="IMMUNIZ", metadata=shown())
    performers: tuple[Professional, ...] = ()
    dose_number: int | None = None
    route: Code | str | None = None
    site: Code | str | None = None
    dose: Decimal | None = None
    dose_unit: str = ""
    reactions: tuple[Reaction, ...] = ()
    comment: str = ""
    prescription: LocalId | None = None
    antigens: tuple[AntigenDose, ...] = ()
    id: LocalId | str | None = None

    def __post_init__(self) -> None:
        check_type(self.day, "day", date)
        if isinstance(self.day, datetime):
            raise TypeError("day is a date, not datetime")
        check_type(self.vaccine, "vaccine", Vaccine)
        check_type(self.validated_by, "validated_by", Professional)
        _texts(self, "kind", "dose_unit", "comment")
        check_type(self.dose_number, "dose_number", int, NoneType)
        check_type(self.dose, "dose", Decimal, NoneType)
        for name in ("route", "site"):
            check_type(getattr(self, name), name, Code, str, NoneType)
        check_type(self.prescription, "prescription", LocalId, NoneType)
        check_type(self.id, "id", LocalId, str, NoneType)
        _items(self, "performers", Professional)
        _items(self, "reactions", Reaction)
        _items(self, "antigens", AntigenDose)
