"""Why an act was done, is meant, or was not done."""

from __future__ import annotations

from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.record import affirmed, linked_text
from segur_interop.cda._entries.values import Concept

__all__ = ["reasons"]


def reasons(act: Act, read: Reading) -> tuple[Concept, ...]:
    """Why an act was done: what its RSON relations hold, by value or by code, else in words."""
    found = []
    for item in affirmed((item for item in act.acts if item.link == "RSON"), read):
        value = read.value(item.part("value"), f"{item.place}/value")
        code = read.concept(item.part("code"), f"{item.place}/code")
        concept = value if isinstance(value, Concept) else code
        if concept is None or not (concept.codes or concept.text):
            concept = Concept(text=linked_text(item, read), null_flavor=_flavor(concept))
        found.append(concept)
    return tuple(item for item in found if item.codes or item.text or item.null_flavor)


def _flavor(concept: Concept | None) -> str:
    return concept.null_flavor if concept else ""
