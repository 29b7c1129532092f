"""The judge of the header rules: the table of `rules` over one document."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from lxml import etree

from segur_interop.cda._build import HL7, NS
from segur_interop.cda._rule_tests import Test
from segur_interop.cda.rules import RULES, Rule
from segur_interop.errors import InvalidDocument
from segur_interop.findings import Finding, Report

if TYPE_CHECKING:
    pass

__all__ = ["RULES", "Rule", "check_element"]

Element: TypeAlias = etree._Element
MAX_PLACES: Final = 20
"""Elements named for one rule; a place costs as much as it has siblings."""
_ANYWHERE: Final = re.compile(r"//h:(\w+)")


class _Header:
    """The elements of one header: by path, or by name wherever they are."""

    def __init__(self, document: Element) -> None:
        self.document = document
        self._by_name: dict[str, list[Element]] = {}
        self._found: dict[etree.XPath, list[Element]] = {}
        for child in document.iterchildren(f"{{{HL7}}}*"):
            if child.tag != f"{{{HL7}}}component":
                for element in child.iter(f"{{{HL7}}}*"):
                    self._by_name.setdefault(element.tag, []).append(element)

    def at(self, path: etree.XPath) -> list[Element]:
        """The elements of a path, looked for once."""
        if path not in self._found:
            found = path(self.document)
            items = found if isinstance(found, list) else []
            self._found[path] = [item for item in items if isinstance(item, etree._Element)]
        return self._found[path]

    def named(self, tags: tuple[str, ...]) -> list[Element]:
        """Every element of the header with one of these tags."""
        return [element for tag in tags for element in self._by_name.get(tag, ())]


@functools.cache
def _selector(context: str) -> Callable[[_Header], list[Element]]:
    if context == ".":
        return lambda header: [header.document]
    parts = [part.strip() for part in context.split(" | ")]
    names = [match[1] for part in parts if (match := _ANYWHERE.fullmatch(part))]
    paths = [part for part in parts if not part.startswith("//")]
    tags = tuple(f"{{{HL7}}}{name}" for name in names)
    if not paths:
        return lambda header: header.named(tags)
    path = etree.XPath(" | ".join(paths), namespaces=NS)
    return lambda header: [*header.named(tags), *header.at(path)]


@functools.cache
def _tests() -> tuple[tuple[Rule, Callable[[_Header], list[Element]], Test | etree.XPath], ...]:
    return tuple(
        (
            rule,
            _selector(rule.context),
            etree.XPath(f"boolean({rule.test})", namespaces=NS)
            if isinstance(rule.test, str)
            else rule.test,
        )
        for rule in RULES
    )


def check_element(document: Element) -> Report:
    """Judge a ClinicalDocument element against the table.

    Returns:
        A report whose findings give the XPath of the element; no text of the document.
    """
    header = _Header(document)
    found: list[Finding] = []
    for rule, select, test in _tests():
        failing = [element for element in select(header) if not test(element)]
        if failing:
            found += _findings(rule, failing, document)
    return Report(
        name="CDA header",
        checked=_checked(),
        findings=tuple(found),
        error=InvalidDocument,
    )


def _findings(rule: Rule, failing: list[Element], document: Element) -> list[Finding]:
    """One finding an element, the last one telling how many more there are."""
    shown, rest = failing[:MAX_PLACES], len(failing) - MAX_PLACES
    last = f"{rule.message} (and {rest} more)" if rest > 0 else rule.message
    return [
        Finding(
            rule=rule.id,
            message=last if rank == len(shown) else rule.message,
            severity=rule.severity,
            place=_place(element, document),
            source=rule.source,
        )
        for rank, element in enumerate(shown, start=1)
    ]


@functools.cache
def _checked() -> tuple[str, ...]:
    return tuple(rule.id for rule in RULES)


def _place(element: Element, document: Element) -> str:
    """`author[2]/assignedAuthor/id`: local names, and ranks among siblings of the same name."""
    steps = []
    while element is not document:
        parent = element.getparent()
        if parent is None:
            break
        twins = parent.findall(element.tag)
        rank = f"[{twins.index(element) + 1}]" if len(twins) > 1 else ""
        steps.append(etree.QName(element).localname + rank)
        element = parent
    return "/".join(["ClinicalDocument", *reversed(steps)])
