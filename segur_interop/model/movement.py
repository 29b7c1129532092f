"""Places and movements within a stay, as IHE PAM France tells them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.model._checks import (
    check_distinct,
    check_items,
    check_one,
    check_texts,
    nested,
)
from segur_interop.model.identifier import LocalId
from segur_interop.model.period import Period

__all__ = ["MOVEMENT_ACTIONS", "MOVEMENT_NATURES", "Location", "Movement", "Unit"]

_ZBE: Final = "IHE PAM national extension France, ZBE"

MOVEMENT_ACTIONS: Final = ("INSERT", "UPDATE", "CANCEL")
"""ZBE-4."""

MOVEMENT_NATURES: Final = {
    "S": "soins",
    "H": "hébergement",
    "M": "médicale",
    "L": "lit",
    "D": "prise en charge médico-administrative",
    "SM": "soins et médicale",
    "SH": "soins et hébergement",
    "MH": "médicale et hébergement",
    "LD": "lit et prise en charge médico-administrative",
    "HMS": "hébergement, médicale et soins",
    "C": "correction administrative sans mouvement",
}
"""ZBE-9: which responsibilities the movement changes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """A unité fonctionnelle (ZBE-7, ZBE-8; XON of type UF).

    Attributes:
        code: its code within the establishment (XON.10).
        label: its name.
        namespace, authority, authority_type: the establishment (XON.6, as in LocalId).
    """

    code: str
    label: str = ""
    namespace: str = ""
    authority: str = ""
    authority_type: str = ""

    def __post_init__(self) -> None:
        check_texts(self, "unit", required=("code",))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Location(Masked):
    """Where the patient lies (HL7 v2 PL: PV1-3).

    Attributes:
        unit: UF d'hébergement (PL.1).
        room, bed: PL.2, PL.3.
        namespace, authority, authority_type: the establishment (PL.4).
        bed_status: PL.5, O or U (table 0116).

    Raises:
        InvalidValue: nothing filled, a control character.
    """

    unit: str = ""
    room: str = ""
    bed: str = ""
    namespace: str = ""
    authority: str = ""
    authority_type: str = ""
    bed_status: str = field(default="", metadata=shown())

    def __post_init__(self) -> None:
        check_texts(self, "location")
        if not any((self.unit, self.room, self.bed, self.namespace, self.authority)):
            raise InvalidValue("nothing is filled", place="location")

    @property
    def findings(self) -> tuple[Finding, ...]:
        """None: every text is a place."""
        return ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Movement(Masked):
    """A movement of the patient (ZBE).

    Attributes:
        ids: identifiers of the movement (ZBE-1), at least one.
        period: its start (ZBE-2); an end is never written in France (ZBE-3).
        action: ZBE-4, one of MOVEMENT_ACTIONS.
        historic: ZBE-5: told after the fact.
        original_event: ZBE-6, the event updated or cancelled (`A01`).
        medical_unit: UF de responsabilité médicale (ZBE-7).
        care_unit: UF de responsabilité de soins (ZBE-8).
        nature: ZBE-9, one of MOVEMENT_NATURES; "" when an old sender leaves it out.

    Raises:
        InvalidValue: no identifier, no start, a control character.
    """

    ids: tuple[LocalId, ...]
    period: Period
    action: str = field(default="INSERT", metadata=shown())
    historic: bool = field(default=False, metadata=shown())
    original_event: str = field(default="", metadata=shown())
    medical_unit: Unit | None = None
    care_unit: Unit | None = None
    nature: str = field(default="", metadata=shown())

    def __post_init__(self) -> None:
        check_texts(self, "movement")
        check_items(self, "movement", "ids", LocalId)
        check_distinct(self, "movement", "ids")
        if not self.ids:
            raise InvalidValue("at least one identifier is required", place="movement.ids")
        if self.period is None:
            raise TypeError("movement.period is a Period")
        check_one(self, "movement", "period", Period)
        if self.period.low is None:
            raise InvalidValue("a movement has a start", place="movement.period.low")
        check_one(self, "movement", "historic", bool)
        check_one(self, "movement", "medical_unit", Unit)
        check_one(self, "movement", "care_unit", Unit)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Codes outside their tables, and fields that other fields require."""
        return (*self._own_findings(), *nested(self, "ids", "period"))

    def _own_findings(self) -> Iterable[Finding]:
        rules = (
            (self.action in MOVEMENT_ACTIONS, "action", f"not one of {' '.join(MOVEMENT_ACTIONS)}"),
            (self.nature in MOVEMENT_NATURES, "nature", f"not one of {' '.join(MOVEMENT_NATURES)}"),
            (
                bool(self.original_event) or self.action not in ("UPDATE", "CANCEL"),
                "original_event",
                "an update or a cancellation names the event",
            ),
        )
        for kept, place, message in rules:
            if not kept:
                yield Finding(
                    rule=f"movement.{place}",
                    message=message,
                    severity=Severity.ERROR,
                    place=place,
                    source=_ZBE,
                )
        if self.period.high is not None:
            yield Finding(
                rule="movement.end",
                message="the end of a movement is forbidden in France; it is not written",
                place="period.high",
                source=_ZBE + "-3",
            )
