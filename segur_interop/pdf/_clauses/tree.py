"""The page tree: what it holds that is no page would be a page that nobody misses.

PDF Reference 1.4, 3.6.2: the kids of a node are pages and nodes, and its Count says how many pages
are below. qpdf takes anything else out, and mends the types, so this is looked at first. So are the
parents, from which a page inherits: who goes down the tree and who goes up must read the same page.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.objects import (
    array,
    get,
    identity,
    is_array,
    is_dictionary,
    name,
    number,
    where,
)

__all__ = ["check_tree"]


def check_tree(root: Any, notes: Notes) -> bool:
    """Every kid is a page or a node, and every page is announced, and there.

    Returns:
        False where a page may be lost: what is left is not the document.
    """
    tree = get(root, "/Pages")
    pending: list[tuple[Any, object, int]] = [(tree, None, 0)]
    seen, nodes, whole = set[object](), list[_Node](), True
    while pending:
        item, parent, holder = pending.pop()
        kids = get(item, "/Kids")
        if not is_dictionary(item) or (kids is not None and not is_array(kids)):
            whole = False
            notes.add("pdf.page-tree", "the page tree holds what is no page: one may be lost",
                      where(item, "Pages"))  # fmt: skip
            continue
        if identity(get(item, "/Parent")) != parent:
            notes.add("pdf.malformed", "the Parent of a page is not the node that holds it",
                      where(item, "Pages"))  # fmt: skip
        if kids is None:
            if nodes:
                nodes[holder].pages += 1
            if name(get(item, "/Type")) != "/Page":
                notes.add("pdf.malformed", "the Type of a page is not Page", where(item, "Pages"))
        elif (key := identity(item)) is None or key not in seen:
            seen.add(key)
            if not notes.spend(len(kids), "Pages"):
                return whole
            pending.extend((kid, key, len(nodes)) for kid in array(kids))
            nodes.append(_Node(item, holder))
    return whole and (not nodes or _check_counts(nodes, notes))


@dataclass(slots=True)
class _Node:
    """A node, the rank of the one that holds it, and how many pages are below."""

    item: Any
    holder: int
    pages: int = 0


def _check_counts(nodes: list[_Node], notes: Notes) -> bool:
    """A reader that goes by the counts shows every page."""
    for rank in range(len(nodes) - 1, 0, -1):
        nodes[nodes[rank].holder].pages += nodes[rank].pages
    top, told = nodes[0].pages, number(get(nodes[0].item, "/Count"))
    if top and told is not None and told > top:
        notes.add("pdf.page-tree", "the page tree announces more pages than it holds", "Pages")
        return False
    for node in nodes:
        if top and number(get(node.item, "/Count")) != node.pages:
            notes.add("pdf.malformed", "the Count of a node is not the number of its pages",
                      where(node.item, "Pages"))  # fmt: skip
    return True
