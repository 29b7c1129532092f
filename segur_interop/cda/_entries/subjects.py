"""Whom an entry is about, when it is not the patient.

"The subject participant can be ascribed to a CDA section or a CDA entry. It propagates to nested
components, unless overridden" (HL7 CDA R2, subject). A subject may be no person: an animal, a food,
water (IHE LAB, Non-Human Subject; CI-SIS FR-Patient-avec-sujet-non-humain).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Final, NamedTuple

from lxml import etree

from segur_interop.cda._build import HL7
from segur_interop.cda._children import child, children
from segur_interop.cda._reading import Reader

if TYPE_CHECKING:
    from segur_interop.cda._entries.acts import Act
    from segur_interop.cda.sections import Section

__all__ = ["Subject", "around_section", "subject_in", "taking_part", "told_apart"]

Element = etree._Element

_SECTION: Final = f"{{{HL7}}}section"
_ROLE: Final = "2.16.840.1.113883.5.111"
_SELF: Final = frozenset({"SELF", "ONESELF"})
RULE: Final = "cda.entry.subject"


class Subject(NamedTuple):
    """Somebody or something else than the patient.

    Attributes:
        code: `relatedSubject/code`; None when it is not told.
        place: of that code.
    """

    code: Element | None
    place: str


def subject_in(elements: Iterable[Element], place: str, reader: Reader) -> Subject | None:
    """The first of these `subject` that is not the patient; None when all are.

    One that nobody can be read of is not taken for the patient.
    """
    for element in elements:
        related = child(element, "relatedSubject")
        if related is None:
            message = "a subject that is not told: what it holds is not taken for the patient's"
            reader.note(RULE, message, place)
            return Subject(None, f"{place}/subject")
        code = child(related, "code")
        if not _is_patient(related, code):
            return Subject(code, f"{place}/subject/relatedSubject/code")
    return None


def taking_part(participants: Iterable[Element], place: str) -> Subject | None:
    """The first of these participants that an act is about (`SBJ`) and that is not the patient."""
    for rank, element in enumerate(participants, start=1):
        role = child(element, "participantRole") if element.get("typeCode") == "SBJ" else None
        if role is not None and not _is_patient(role, child(role, "code")):
            return Subject(child(role, "code"), f"{place}/participant[{rank}]/participantRole/code")
    return None


def _is_patient(related: Element, code: Element | None) -> bool:
    """True for the class PAT without a relation, and for the relation to oneself."""
    relation = "" if code is None else code.get("code", "")
    if relation:
        return relation in _SELF and code is not None and code.get("codeSystem", _ROLE) == _ROLE
    return related.get("classCode") == "PAT" and code is None


def around_section(section: Section, reader: Reader) -> Subject | None:
    """The subject of a section or, when it tells none, of the sections around it."""
    element: Element | None = section.element
    while element is not None:
        if element.tag == _SECTION:
            own = children(element, "subject")
            if own:
                return subject_in(own, section.place, reader)
        element = element.getparent()
    return None


def told_apart(acts: Iterable[Act], reader: Reader) -> list[Act]:
    """Those of these acts that are about the patient; a finding tells where the others are."""
    own = []
    for act in acts:
        if act.subject is None:
            own.append(act)
        else:
            message = "an entry about somebody else is no record of the patient"
            reader.note(RULE, message, act.place)
    return own
