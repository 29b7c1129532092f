"""Children of an element by their names.

`Element.find` reads its path anew at each call, which costs more than a look at every child; and
most elements of an entry have one child or none.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final, TypeAlias

from lxml import etree

from segur_interop.cda._build import HL7

__all__ = [
    "Parts",
    "anywhere",
    "child",
    "children",
    "descend",
    "first_of",
    "follow",
    "named",
    "parts_of",
    "templates_of",
]

Element = etree._Element
Parts: TypeAlias = dict[str, list[Element]]
"""Children of the namespace of CDA, by local name, in order."""

_PREFIX: Final = f"{{{HL7}}}"
_FREQUENT: Final = """
act addr approachSiteCode associatedEntity assignedAuthor assignedEntity author code component
consumable doseQuantity effectiveTime encounter entry entryRelationship high id interpretationCode
low maxDoseQuantity methodCode name observation observationMedia observationRange organizer
originalText participant participantRole performer precondition procedure product rateQuantity
reference referenceRange repeatNumber routeCode section sequenceNumber specimen statusCode subject
substanceAdministration supply targetSiteCode templateId text title translation value width
"""
_LOCAL: Final[dict[object, str]] = {f"{_PREFIX}{name}": name for name in _FREQUENT.split()}
"""Names that most children have: found whole, they need not be cut out of their tag."""


def named(element: Element) -> list[tuple[str, Element]]:
    """The children of an element, each with its local name, in order."""
    found = []
    for item in element:
        name = _LOCAL.get(item.tag)
        if name is None:
            name = _cut(item.tag)
        if name:
            found.append((name, item))
    return found


def parts_of(element: Element) -> Parts:
    """The children of an element by name, in one pass."""
    found: Parts = {}
    for item in element:
        name = _LOCAL.get(item.tag)
        if name is None:
            name = _cut(item.tag)
        if name in found:
            found[name].append(item)
        elif name:
            found[name] = [item]
    return found


def _cut(tag: object) -> str:
    """The local name; "" in another namespace, and of what is no element: its tag is no text."""
    return tag[len(_PREFIX) :] if isinstance(tag, str) and tag.startswith(_PREFIX) else ""


def first_of(parts: Parts, name: str) -> Element | None:
    """The first child of a name; None without."""
    found = parts.get(name)
    return found[0] if found else None


def templates_of(parts: Parts) -> tuple[str, ...]:
    """The roots of the templateIds, in order."""
    found = [root for item in parts.get("templateId", ()) if (root := item.get("root"))]
    return tuple(found)


def child(element: Element | None, name: str) -> Element | None:
    """The first child of a name; None without, or without element."""
    if element is not None:
        tag = _PREFIX + name
        for item in element:
            if item.tag == tag:
                return item
    return None


def children(element: Element, name: str) -> list[Element]:
    """The children of a name, in order."""
    return list(element.iterchildren(_PREFIX + name))


def descend(element: Element | None, *names: str) -> list[Element]:
    """Every element of a path, whichever branch it is on, in order."""
    return [] if element is None else follow(element, [_PREFIX + name for name in names])


def follow(element: Element, tags: Iterable[str]) -> list[Element]:
    """Every element of a path of whole names."""
    found = [element]
    for tag in tags:
        found = [inner for item in found for inner in item.iterchildren(tag)]
    return found


def anywhere(element: Element | None, *names: str) -> list[Element]:
    """Every element of a path of local names, of any namespace: extensions have their own."""
    found = [] if element is None else [element]
    for name in names:
        found = [inner for item in found for inner in item if _local(inner.tag) == name]
    return found


def _local(tag: object) -> str:
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""
