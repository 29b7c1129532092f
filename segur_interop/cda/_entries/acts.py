"""The acts of a structured body, found in one pass, each with what is under it."""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Final

from lxml import etree

from segur_interop.cda._children import named, templates_of
from segur_interop.cda._entries.lexical import boolean
from segur_interop.cda._entries.subjects import Subject, around_section, subject_in, taking_part
from segur_interop.cda._placed import Raw
from segur_interop.cda._reading import Reader
from segur_interop.cda.sections import ACTS, Section
from segur_interop.findings import Severity

__all__ = ["Act", "read_acts"]

Element = etree._Element

MAX_DEPTH: Final = 20
"""Acts within acts; what is deeper stays in the element of the last one."""
_LINKS: Final = ("entryRelationship", "component")


class Act:
    """An act of an entry and its children by name; made once, read by the families.

    Attributes:
        raw, element: the element; `parts` its children, by name.
        place: XPath from ClinicalDocument.
        kind: its name.
        section: that it is in.
        subject: whom it is about, its own or that of what holds it; None for the patient.
        parent: the act that holds it; None for that of an entry.
        link: typeCode of what ties it to its parent; "" for that of an entry.
        denial: `@negationInd` of that tie (`entryRelationship`), as written; None without.
        rank: sequenceNumber of that tie; None without.
        negated: whether it is said not to be so; None when what is written does not tell.
        templates: roots of its templateIds.
        acts: those that it holds.
    """

    __slots__ = (
        "__weakref__", "_parent", "acts", "denial", "element", "kind", "link", "negated", "parts",
        "place", "rank", "raw", "section", "subject", "templates",
    )  # fmt: skip

    def __init__(
        self,
        raw: Raw,
        place: str,
        kind: str,
        section: Section,
        *,
        subject: Subject | None = None,
        parent: Act | None = None,
        link: str = "",
    ) -> None:
        self.raw, self.place, self.kind, self.section = raw, place, kind, section
        self.subject, self.link = subject, link
        self._parent = None if parent is None else weakref.ref(parent)
        self.denial: str | None = None
        self.rank: int | None = None
        self.element, self.parts = raw.element, raw.parts
        self.templates = templates_of(self.parts)
        self.negated: bool | None = False
        self.acts: list[Act] = []

    @property
    def parent(self) -> Act | None:
        """The act that holds it; None for that of an entry."""
        return None if self._parent is None else self._parent()

    def part(self, name: str) -> Element | None:
        """The first child of a name."""
        found = self.parts.get(name)
        return found[0] if found else None

    @property
    def code(self) -> str:
        """Its code, whatever the system; "" without."""
        element = self.part("code")
        return "" if element is None else element.get("code", "")

    @property
    def mood(self) -> str:
        """What it is: `EVN` done, `INT` meant, `RQO` asked, `ARQ` wished, `GOL` a goal."""
        return self.element.get("moodCode", "")

    def is_a(self, templates: frozenset[str]) -> bool:
        """True when one of its templateIds is one of these."""
        return not templates.isdisjoint(self.templates)

    def under(self) -> Iterator[Act]:
        """Every act beneath, in order."""
        for act in self.acts:
            yield act
            yield from act.under()

    def within(self) -> Iterator[Act]:
        """The acts that hold it, the nearest first."""
        act = self.parent
        while act is not None:
            yield act
            act = act.parent


def read_acts(sections: tuple[Section, ...], reader: Reader) -> list[Act]:
    """Every act of these sections, in the order of the document."""
    found: list[Act] = []
    for section in sections:
        subject = around_section(section, reader) if section.entries else None
        for entry in section.entries:
            if entry.kind:
                act = Act(entry._raw, entry.place, entry.kind, section, subject=subject)
                _fill(act, found, reader, 1)
    return found


def _fill(act: Act, found: list[Act], reader: Reader, depth: int) -> None:
    found.append(act)
    parts = act.parts
    if "subject" in parts:
        act.subject = subject_in(parts["subject"], act.place, reader)
    if "participant" in parts:
        act.subject = taking_part(parts["participant"], act.place) or act.subject
    act.negated = _negated(act, reader)
    for name in _LINKS:
        if name not in parts:
            continue
        if depth >= MAX_DEPTH:
            message = f"acts deeper than {MAX_DEPTH} levels are not read"
            reader.note("cda.entry.deep", message, act.place, Severity.ERROR)
            return
        for rank, link in enumerate(parts[name], start=1):
            for inner in _linked(act, link, f"{act.place}/{name}[{rank}]"):
                act.acts.append(inner)
                _fill(inner, found, reader, depth + 1)


def _negated(act: Act, reader: Reader) -> bool | None:
    """By itself, by its tie, or by the act that it is a part of, which a concern is too.

    Said twice, nobody knows whether the second takes back the first.
    """
    own, parent = act.element.get("negationInd"), act.parent
    is_part = parent is not None and parent.kind == "act" and act.link in _PARTS
    around = parent.negated if parent is not None and is_part else False
    if own is None and act.denial is None:
        return around
    told = [around]
    for text in (own, act.denial):
        if text is not None:
            told.append(boolean(text))
            if told[-1] is None:
                message = "negationInd is true or false: whether it is so is not told"
                reader.note("cda.entry.boolean", message, act.place, Severity.ERROR)
    if None in told:
        return None
    if told.count(True) > 1:
        message = "negated twice: whether it is so is not told"
        reader.note("cda.entry.negation", message, act.place, Severity.ERROR)
        return None
    return True in told


_PARTS: Final = frozenset({"COMP", "SUBJ"})
"""What ties an act to what it is made of, and a concern to what it is about."""


def _linked(parent: Act, link: Element, place: str) -> list[Act]:
    """The acts that a tie holds, one mostly."""
    made: list[Act] = []
    tie, denial, rank = link.get("typeCode", "COMP"), link.get("negationInd"), None
    for kind, element in named(link):
        if kind in ACTS:
            where = f"{place}/{kind}"
            act = Act(Raw(element), where, kind, parent.section, parent=parent, link=tie)
            act.subject, act.denial = parent.subject, denial
            made.append(act)
        elif kind == "sequenceNumber" and rank is None:
            rank = _integer(element.get("value", ""))
    for act in made:
        act.rank = rank
    return made


def _integer(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _MAX_DIGITS else None


_MAX_DIGITS: Final = 9
