"""Where in a document, in words of the schema only.

A name that the schema does not declare comes from the document: it is written `*`.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

__all__ = ["Places"]

_STEP: Final = re.compile(r"(?:([^:\[]+):)?([^:\[]+)(?:\[(\d{1,9})\])?")


class Places:
    """Writes places with a vocabulary.

    Args:
        names: names of the elements and attributes that may be written.
    """

    def __init__(self, names: frozenset[str]) -> None:
        self.names = names | {"type", "nil", "schemaLocation"}

    def name(self, tag: str) -> str:
        """The local name, or `*`."""
        local = etree.QName(tag).localname
        return local if local in self.names else "*"

    def of(self, node: etree._Element, attribute: str = "") -> str:
        """`/ClinicalDocument/author[2]/id/@root`; an index of 1 is left out."""
        steps = [f"@{self.name(attribute)}"] if attribute else []
        here: etree._Element | None = node
        while here is not None:
            if isinstance(here.tag, str):
                index = 1 + sum(1 for _ in here.itersiblings(here.tag, preceding=True))
                steps.append(self.name(here.tag) + (f"[{index}]" if index > 1 else ""))
            here = here.getparent()
        return "/" + "/".join(reversed(steps))

    def resolve(self, root: etree._Element, path: str | None) -> str:
        """The place that a path means; "" when it means none.

        Args:
            root: the root of the document.
            path: as libxml2 writes it (`/*/*[3]/lab:code[2]`, prefixes of the document, `*` for
                an element of the default namespace) or as the stylesheets of this package do
                (`/*[1]/*[4]/@code`); it is walked, never evaluated.
        """
        steps = (path or "").split("/")[1:]
        attribute = steps.pop()[1:] if steps and steps[-1].startswith("@") else ""
        level: list[etree._Element] = [root]
        node: etree._Element | None = None
        for step in steps:
            node = _choose(level, step)
            if node is None:
                return ""
            level = list(node.iterchildren(etree.Element))
        return self.of(node, attribute.rpartition(":")[2]) if node is not None else ""


def _choose(brothers: list[etree._Element], step: str) -> etree._Element | None:
    match = _STEP.fullmatch(step)
    if match is None:
        return None
    prefix, name, index = match.groups()
    same = [node for node in brothers if name == "*" or _is_named(node, prefix, name)]
    number = int(index or 1)
    return same[number - 1] if 0 < number <= len(same) else None


def _is_named(node: etree._Element, prefix: str | None, name: str) -> bool:
    """A step without prefix names an element of no namespace."""
    tag = etree.QName(node)
    unspaced = prefix is not None or tag.namespace is None
    return tag.localname == name and node.prefix == prefix and unspaced
