"""The sections of a structured body, of any document type: title, narrative, entries.

A section is known by its templateIds, then by its code; one that nobody knows keeps its title, its
narrative and its entries (CDA R2 §4.3; it is an error to refuse a document because it holds more
than its model: CI-SIS Structuration minimale).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from segur_interop._masking import shown
from segur_interop.cda._children import (
    children,
    descend,
    first_of,
    named,
    templates_of,
)
from segur_interop.cda._index import Index
from segur_interop.cda._media import media_html
from segur_interop.cda._narrative import Narrative, read_narrative
from segur_interop.cda._narrative_html import narrative_html
from segur_interop.cda._placed import Placed, Raw
from segur_interop.cda._reading import Reader
from segur_interop.findings import Severity
from segur_interop.terminology import Code

__all__ = ["ACTS", "Entry", "Section", "read_sections"]

Element = etree._Element

MAX_DEPTH: Final = 20
"""Levels of sections; what is deeper stays in the element of the last one."""

_BODY: Final = "component/structuredBody"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Entry(Placed):
    """An entry of a section, whatever it holds.

    Attributes:
        kind: name of the act: `observation`, `act`, `substanceAdministration`, …; "" when the
            entry holds none.
        template_ids: roots of its templateIds.
        code: of the act; None without.
    """

    kind: str = field(default="", metadata=shown())
    template_ids: tuple[str, ...] = field(default=(), metadata=shown())
    code: Code | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Section(Placed):
    """A section of a structured body.

    `text` and `html` are made from the narrative, which is what the author attested.

    Attributes:
        code: LOINC mostly, kept whatever its system; None without.
        title: as shown to a reader; "" without.
        template_ids: roots of its templateIds.
        sections: those inside it, in order.
        entries: what it holds for machines, in order.
    """

    code: Code | None = field(default=None, metadata=shown())
    title: str = ""
    template_ids: tuple[str, ...] = field(default=(), metadata=shown())
    sections: tuple[Section, ...] = ()
    entries: tuple[Entry, ...] = ()
    _index: Index = field(compare=False)

    @property
    def narrative(self) -> Narrative:
        """The narrative block as a tree, with its findings; empty without one."""
        return self._index.narrative(first_of(self._raw.parts, "text"), f"{self.place}/text")

    @property
    def text(self) -> str:
        """The narrative as plain text: one line a paragraph or row, cells between bars."""
        return self.narrative.text

    @property
    def html(self) -> str:
        """The narrative as a fragment of HTML: no script, no address that loads anything.

        Images that the document carries are in it; links are `http`, `https`, `mailto`, `tel` or
        within the document, where the anchor of `@ID` is `cda-` and the identifier.
        """
        return narrative_html(self.narrative.nodes, media=media_html(self._index))

    def walk(self) -> Iterator[Section]:
        """The section and all those inside it, in the order of the document."""
        yield self
        for section in self.sections:
            yield from section.walk()


def read_sections(document: Element, index: Index, reader: Reader) -> tuple[Section, ...]:
    """The sections of a ClinicalDocument; none for a level 1 body."""
    found: list[Section] = []
    bodies = descend(document, "component", "structuredBody")
    for rank, body in enumerate(bodies, start=1):
        where = _BODY if len(bodies) == 1 else f"component[{rank}]/structuredBody"
        found += _inside(children(body, "component"), where, index, reader, 1)
    return tuple(found)


def _inside(
    components: list[Element], place: str, index: Index, reader: Reader, depth: int
) -> Iterator[Section]:
    for rank, component in enumerate(components, start=1):
        for number, section in enumerate(children(component, "section"), start=1):
            where = f"{place}/component[{rank}]/section" + (f"[{number}]" if number > 1 else "")
            yield _section(section, where, index, reader, depth)


def _section(element: Element, place: str, index: Index, reader: Reader, depth: int) -> Section:
    raw = Raw(element)
    parts = raw.parts
    components = parts.get("component", [])
    if components and depth >= MAX_DEPTH:
        message = f"sections deeper than {MAX_DEPTH} levels are not read"
        reader.note("cda.section.deep", message, place, Severity.ERROR)
        components = []
    inner = tuple(_inside(components, place, index, reader, depth + 1))
    for name in ("text", "title", "code"):
        if len(parts.get(name, ())) > 1:
            message = f"several {name} in a section: the first is read"
            reader.note("cda.section.twice", message, place, Severity.ERROR)
    return Section(
        place=place,
        code=reader.coded(first_of(parts, "code"), "", f"{place}/code"),
        title=_title(first_of(parts, "title"), reader),
        template_ids=templates_of(parts),
        sections=inner,
        entries=tuple(_entries(parts.get("entry", []), place, reader)),
        _raw=raw,
        _index=index,
    )


def _title(element: Element | None, reader: Reader) -> str:
    """As a narrative when it holds markup, which the schema does not have there."""
    if element is None or not len(element):
        return reader.text(element)
    return reader.folded(read_narrative(element, "").text)


def _entries(entries: list[Element], place: str, reader: Reader) -> Iterator[Entry]:
    for rank, entry in enumerate(entries, start=1):
        where = f"{place}/entry[{rank}]"
        acts = [(name, act) for name, act in named(entry) if name in ACTS]
        if len(acts) != 1:
            few = "an entry without act" if not acts else "several acts: the first is read"
            reader.note("cda.entry.acts", few, where)
        if not acts:
            yield Entry(place=where, _raw=Raw(entry))
            continue
        kind, act = acts[0]
        raw = Raw(act)
        yield Entry(
            place=f"{where}/{kind}",
            kind=kind,
            template_ids=templates_of(raw.parts),
            code=reader.coded(first_of(raw.parts, "code"), "", f"{where}/{kind}/code"),
            _raw=raw,
        )


ACTS: Final = frozenset(
    {
        "act", "encounter", "observation", "observationMedia", "organizer", "procedure",
        "regionOfInterest", "substanceAdministration", "supply",
    }
)  # fmt: skip
"""CDA R2 POCD_MT000040.Entry: what an entry holds."""
