"""The page tree: what it holds that is no page would be a page that nobody misses.

PDF Reference 1.4, 3.6.2: the kids of a node are pages and nodes, and its Count says how many pages
are below. qpdf takes anything else out, and mends the types, so this is looked at first. So are the
parents, from which a page inherits: who goes down the tree and who goes up must read the same page.
"""

from __future__ import annotations

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
    """Every kid is a page or a node, and no page is announced that is not there.

    Returns:
        False where a page may be lost: what is left is not the document.
    """
    tree = get(root, "/Pages")
    pending: list[tuple[Any, object]] = [(tree, None)]
    seen, leaves, whole = set[object](), 0, True
    while pending:
        node, parent = pending.pop()
        kids = get(node, "/Kids")
        if not is_dictionary(node) or (kids is not None and not is_array(kids)):
            whole = False
            notes.add("pdf.page-tree", "the page tree holds what is no page: one may be lost",
                      where(node, "Pages"))  # fmt: skip
            continue
        if identity(get(node, "/Parent")) != parent:
            notes.add("pdf.malformed", "the Parent of a page is not the node that holds it",
                      where(node, "Pages"))  # fmt: skip
        if kids is None:
            leaves += 1
            if name(get(node, "/Type")) != "/Page":
                notes.add("pdf.malformed", "the Type of a page is not Page", where(node, "Pages"))
        elif (key := identity(node)) is None or key not in seen:
            seen.add(key)
            if not notes.spend(len(kids), "Pages"):
                return whole
            pending.extend((kid, key) for kid in array(kids))
    told = number(get(tree, "/Count"))
    if leaves and whole and told is not None and told > leaves:
        whole = False
        notes.add("pdf.page-tree", "the page tree announces more pages than it holds", "Pages")
    return whole
