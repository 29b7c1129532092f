"""Observations of any kind, and those that qualify another entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.record import Record, affirmed, base
from segur_interop.cda._entries.values import Concept, Quantity, Value

__all__ = ["Observation", "concept_of", "number_of", "observation", "statement"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Observation(Record):
    """Something observed or asked: a vital sign, a habit, a score, a statement of a template.

    Attributes:
        value: by the type that it announces; None without.
        interpretations: as coded.
        methods: methodCode.
        sites: targetSiteCode.
        relative: the person of the family whom it is about, by the relation to the patient, or the
            animal, food, water that it is about; None when it is about the patient.
        parts: observations that detail it (entryRelationship), in order.
    """

    value: Value | None = None
    interpretations: tuple[Concept, ...] = ()
    methods: tuple[Concept, ...] = ()
    sites: tuple[Concept, ...] = ()
    relative: Concept | None = None
    parts: tuple[Observation, ...] = ()

    @property
    def is_about_patient(self) -> bool:
        """False for what somebody else has (family history), or something else (an animal)."""
        return self.relative is None


def observation(act: Act, read: Reading) -> Observation:
    """The observation of an act."""
    place = act.place
    codes = act.parts.get("interpretationCode", [])
    return Observation(
        **base(act, read),
        value=read.value(act.part("value"), f"{place}/value"),
        interpretations=read.concepts(codes, f"{place}/interpretationCode"),
        methods=read.concepts(act.parts.get("methodCode", []), f"{place}/methodCode"),
        sites=read.concepts(act.parts.get("targetSiteCode", []), f"{place}/targetSiteCode"),
        relative=_relative(act, read),
        parts=tuple(observation(item, read) for item in act.acts if item.kind == "observation"),
    )


def _relative(act: Act, read: Reading) -> Concept | None:
    if act.subject is None:
        return None
    return read.once(*act.subject) or Concept(null_flavor="UNK")


def statement(acts: Iterable[Act], codes: frozenset[str], read: Reading) -> Value | None:
    """The value of the first observation of one of these codes."""
    act = _stating(acts, codes, read)
    return None if act is None else read.value(act.part("value"), f"{act.place}/value")


def _stating(acts: Iterable[Act], codes: frozenset[str], read: Reading) -> Act | None:
    found = [act for act in acts if act.kind == "observation" and act.code in codes]
    if not found:
        return None
    told = list(affirmed(found, read))
    if len(told) > 1:
        read.note("cda.entry.values", "told several times: the first is read", told[1].place)
    return told[0] if told else None


def concept_of(acts: Iterable[Act], codes: frozenset[str], read: Reading) -> Concept | None:
    """The coded value of the first observation of one of these codes."""
    value = statement(acts, codes, read)
    if isinstance(value, str):
        return Concept(text=value)
    return value if isinstance(value, Concept) else None


def number_of(acts: Iterable[Act], codes: frozenset[str], read: Reading) -> int | None:
    """The whole number above zero of the first observation of one of these codes."""
    act = _stating(acts, codes, read)
    if act is None:
        return None
    value = read.value(act.part("value"), f"{act.place}/value")
    if not isinstance(value, Quantity) or value.value is None:
        return None
    if value.value == value.value.to_integral_value() and 0 < value.value < _MOST:
        return int(value.value)
    read.note("cda.entry.number", "a whole number above zero is expected", f"{act.place}/value")
    return None


_MOST = 10**9
