"""Observations of any kind, and those that qualify another entry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from lxml import etree

from segur_interop.cda._build import NS
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.record import Record, base
from segur_interop.cda._entries.values import Concept, Quantity, Value

Element = etree._Element

__all__ = ["Observation", "concept_of", "number_of", "observation", "statement", "subject_of"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Observation(Record):
    """Something observed or asked: a vital sign, a habit, a score, a statement of a template.

    Attributes:
        value: by the type that it announces; None without.
        interpretations: as coded.
        methods: methodCode.
        sites: targetSiteCode.
        relative: the person of the family whom it is about, by the relation to the patient; None
            when it is about the patient.
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
        """False for what a relative has (family history)."""
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


def subject_of(act: Act) -> tuple[Element, str] | None:
    """The nearest `subject/relatedSubject` of the act or of what holds it, and its place."""
    for holder in (act, *act.within()):
        subject = holder.part("subject")
        if subject is not None:
            related = subject.find("h:relatedSubject", NS)
            return None if related is None else (related, f"{holder.place}/subject")
    related = act.section_subject
    return None if related is None else (related, f"{act.section.place}/subject")


def _relative(act: Act, read: Reading) -> Concept | None:
    found = subject_of(act)
    if found is None:
        return None
    related, place = found
    code = read.once(related.find("h:code", NS), f"{place}/relatedSubject/code")
    return code or Concept(null_flavor="UNK")


def statement(acts: Iterable[Act], codes: frozenset[str], read: Reading) -> Value | None:
    """The value of the first observation of one of these codes."""
    for act in acts:
        if act.kind == "observation" and act.code in codes:
            return read.value(act.part("value"), f"{act.place}/value")
    return None


def concept_of(acts: Iterable[Act], codes: frozenset[str], read: Reading) -> Concept | None:
    """The coded value of the first observation of one of these codes."""
    value = statement(acts, codes, read)
    if isinstance(value, str):
        return Concept(text=value)
    return value if isinstance(value, Concept) else None


def number_of(acts: Iterable[Act], codes: frozenset[str], read: Reading) -> int | None:
    """The whole number of the first observation of one of these codes."""
    value = statement(acts, codes, read)
    if not isinstance(value, Quantity) or value.value is None:
        return None
    whole = value.value == value.value.to_integral_value() and abs(value.value) < _MOST
    return int(value.value) if whole else None


_MOST = 10**9
