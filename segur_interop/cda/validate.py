"""The judge of the header rules: the table of `rules` over one document."""

from __future__ import annotations

import functools
import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias

from lxml import etree

from segur_interop.cda._build import HL7, NS
from segur_interop.cda._rule_tests import SiblingTest, Test, forget_times
from segur_interop.cda.rules import RULES, Rule
from segur_interop.errors import InvalidDocument
from segur_interop.findings import Finding, Report

__all__ = ["RULES", "Rule", "check_element"]

Element: TypeAlias = etree._Element
MAX_PLACES: Final = 20
"""Elements named for one rule; a place costs as much as it has siblings."""
_ANYWHERE: Final = re.compile(r"//h:(\w+)")


class _Header:
    """The elements of one header: by path, or by name wherever they are."""

    def __init__(self, document: Element) -> None:
        self.document = document
        self._by_name: defaultdict[str, list[Element]] = defaultdict(list)
        for child in document.iterchildren(_ANY):
            if child.tag != _COMPONENT:
                for element in child.iter(_ANY):
                    self._by_name[element.tag].append(element)
        self._selected: dict[str, list[Element]] = {}

    def select(self, context: str) -> list[Element]:
        """The elements of a rule's context; several rules share one."""
        found = self._selected.get(context)
        if found is None:
            found = self._selected[context] = _selector(context)(self)
        return found

    def at(self, path: etree.XPath) -> list[Element]:
        """The elements of a path."""
        found = path(self.document)
        items = found if isinstance(found, list) else []
        return [item for item in items if isinstance(item, etree._Element)]

    def named(self, tags: tuple[str, ...]) -> list[Element]:
        """Every element of the header with one of these tags."""
        known = self._by_name
        return [element for tag in tags if tag in known for element in known[tag]]


_ANY: Final = f"{{{HL7}}}*"
_COMPONENT: Final = f"{{{HL7}}}component"


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


@dataclass(frozen=True, slots=True)
class _Table:
    """The rules as they are run.

    Most are XPath through and through: those of one context joined into one expression, and the
    expressions of several contexts into one, they cost a few calls of libxml2 for a header that
    fails none. They are run one by one only when it selects something, to tell which.

    Attributes:
        every: each rule, what it asks of the elements of its context, and again what it asks
            where that is about siblings.
        joined: what selects the elements that fail some rules made of two XPaths, and the ranks
            of those rules.
        others: the ranks of all that are in no `joined`.
    """

    every: tuple[_Row, ...]
    joined: tuple[tuple[etree.XPath, tuple[int, ...]], ...]
    others: tuple[int, ...]

    def suspected(self, document: Element) -> Iterator[_Row]:
        """The rules that the document may fail, in their order."""
        ranks = [*self.others]
        for failing, group in self.joined:
            if failing(document):
                ranks += group
        return (self.every[rank] for rank in sorted(ranks))


_Row: TypeAlias = "tuple[Rule, Test | etree.XPath, SiblingTest | None]"
_TOGETHER: Final = 12


@functools.cache
def _table() -> _Table:
    contexts: defaultdict[str, list[int]] = defaultdict(list)
    for rank, rule in enumerate(RULES):
        if isinstance(rule.test, str) and "//" not in rule.context:
            contexts[rule.context].append(rank)
    known = list(contexts)
    groups = [known[at : at + _TOGETHER] for at in range(0, len(known), _TOGETHER)]
    paths = [" | ".join(_failing(item, contexts[item]) for item in group) for group in groups]
    ranks = [tuple(rank for item in group for rank in contexts[item]) for group in groups]
    joined = [etree.XPath(path, namespaces=NS) for path in paths]
    found = {rank for group in ranks for rank in group}
    return _Table(
        every=tuple(_row(rule) for rule in RULES),
        joined=tuple(zip(joined, ranks, strict=True)),
        others=tuple(rank for rank in range(len(RULES)) if rank not in found),
    )


def _failing(context: str, ranks: Iterable[int]) -> str:
    """The XPath of the elements of a context that fail one of its rules."""
    tests = " and ".join(map(_operand, ranks))
    return f"({context})[not({tests})]"


def _operand(rank: int) -> str:
    """The test of a rule beside an `and`; libxml2 is slower with needless parentheses."""
    test = str(RULES[rank].test)
    return f"({test})" if " or " in test else test


def _row(rule: Rule) -> _Row:
    test = rule.test
    if isinstance(test, str):
        return rule, etree.XPath(f"boolean({test})", namespaces=NS), None
    return rule, test, test if isinstance(test, SiblingTest) else None


def check_element(document: Element) -> Report:
    """Judge a ClinicalDocument element against the table.

    Returns:
        A report whose findings give the XPath of the element; no text of the document.
    """
    try:
        found = tuple(_found(document))
    finally:
        forget_times()
    return Report(name="CDA header", checked=_checked(), findings=found, error=InvalidDocument)


def _found(document: Element) -> Iterator[Finding]:
    header = _Header(document)
    for rule, test, siblings in _table().suspected(document):
        elements = header.select(rule.context)
        if siblings is not None:
            suspects = siblings.suspects(header.named(siblings.tags))
            elements = [element for element in elements if element in suspects]
        failing = [element for element in elements if not test(element)]
        if failing:
            yield from _findings(rule, failing, document)


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
