"""Where every `@ID` of a document is, and the text that its references stand for."""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice
from typing import Final, TypeAlias, cast

from lxml import etree

from segur_interop.cda._children import child
from segur_interop.cda._narrative import Narrative, element_text, flat_text, read_narrative
from segur_interop.cda._narrative_rows import Row, around, rows_of
from segur_interop.findings import Severity

__all__ = ["Index", "local"]

Element = etree._Element
Note: TypeAlias = Callable[[str, str, str, Severity], None]
"""Keeps a finding: rule, message, place, severity."""

MAX_NODES: Final = 20_000
"""Nodes of the text of one reference."""
MAX_TOTAL: Final = 5_000_000
"""Nodes and characters of all references of a document together."""
MAX_HOPS: Final = 8
_WITH_ID: Final = etree.XPath("descendant-or-self::*/@ID/..")
"""Of elements alone: `.//@ID` looks for the attributes of texts and comments too."""


class Index:
    """The identifiers of a document, found once, and what refers to them.

    A `reference` is a local address (`#id`); some senders forget the `#`. A text is made once,
    shared by all that refer to it, and its cost is bounded: identifiers may hold one another.
    """

    def __init__(self, root: Element | None) -> None:
        self._elements: dict[str, Element] = {}
        self._partial = root is None
        self.duplicates: set[str] = set()
        found = [] if root is None else cast("list[Element]", _WITH_ID(root))
        for item in found:
            identifier = item.get("ID", "")
            if self._elements.setdefault(identifier, item) is not item:
                self.duplicates.add(identifier)
        self._texts: dict[str, tuple[str, str]] = {}
        self._narratives: dict[Element, Narrative] = {}
        self._rows: dict[Element, dict[Element, Row]] = {}
        self._left = MAX_TOTAL

    def __reduce__(self) -> tuple[object, ...]:
        """What leaves the process leaves its document: only its own texts stay resolved."""
        return Index, (None,)

    def __contains__(self, identifier: str) -> bool:
        return self._partial or identifier in self._elements

    def narrative(self, element: Element | None, place: str) -> Narrative:
        """The narrative of a `section/text`, read once."""
        if element is None:
            return Narrative()
        if element not in self._narratives:
            self._narratives[element] = read_narrative(element, place, self.__contains__)
        return self._narratives[element]

    def get(self, identifier: str) -> Element | None:
        """The first element of an identifier."""
        return self._elements.get(identifier)

    def row(self, element: Element) -> Row:
        """The row of a table around an element: heading and text of each cell; empty without."""
        row = around(element, "tr")
        part = None if row is None else row.getparent()
        if row is None or part is None:
            return ()
        if part not in self._rows:
            self._rows[part] = rows_of(part)
        return self._rows[part].get(row, ())

    def text(self, reference: str, place: str, note: Note) -> str:
        """The text that a reference stands for; "" and a finding when it leads nowhere."""
        identifier = local(reference)
        known = self._texts.get(identifier)
        if known is None:
            known = self._texts[identifier] = self._resolved(identifier)
        text, rule = known
        if rule:
            note(rule, _MESSAGES[rule], place, _WEIGHT[rule])
        return text

    def _resolved(self, identifier: str) -> tuple[str, str]:
        """The text and the rule broken, if any; a reference may stand in what it refers to."""
        seen: list[str] = []
        while True:
            if identifier in seen or len(seen) > MAX_HOPS:
                return "", "cda.reference.cycle"
            seen.append(identifier)
            element = self._elements.get(identifier)
            if element is None:
                return "", "cda.reference.none"
            rule = "cda.reference.duplicate" if identifier in self.duplicates else ""
            text = self._text(element)
            if text is None:
                return "", "cda.reference.long"
            onward = child(element, "reference") if not text else None
            if onward is None:
                return text, rule
            identifier = local(onward.get("value", ""))

    def _text(self, element: Element) -> str | None:
        if self._left <= 0:
            return None
        if not len(element):
            text = element_text(element)
            self._left -= len(text) + 1
            return text if self._left >= 0 else None
        limit = min(MAX_NODES, self._left)
        nodes = sum(1 for _ in islice(element.iter(), limit + 1))
        self._left -= nodes
        if nodes > limit:
            return None
        self._left -= len(flat_text(element))
        if self._left < 0:
            return None
        return element_text(element)


def local(reference: str) -> str:
    """The identifier of a local address."""
    return reference.strip().removeprefix("#")


_MESSAGES: Final = {
    "cda.reference.none": "a reference leads to nothing",
    "cda.reference.cycle": "references lead to one another",
    "cda.reference.duplicate": "several elements have this identifier: the first is read",
    "cda.reference.long": "the text referred to is too large to be read here",
}
_WEIGHT: Final = {
    "cda.reference.none": Severity.WARNING,
    "cda.reference.cycle": Severity.ERROR,
    "cda.reference.duplicate": Severity.WARNING,
    "cda.reference.long": Severity.ERROR,
}
