"""Nodes of a narrative as plain text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from segur_interop.cda._narrative_scripts import SCRIPTS, in_script

if TYPE_CHECKING:
    from segur_interop.cda._narrative import Node

__all__ = ["plain_text"]

_BLOCKS: Final = frozenset({"paragraph", "item", "caption", "row", "list", "table", "footnote"})


def plain_text(nodes: tuple[Node, ...]) -> str:
    """Plain text of nodes: blocks on their own lines, no line empty."""
    pieces: list[str] = []
    for node in nodes:
        _plain(node, pieces)
    lines = (" ".join(line.split()) for line in "".join(pieces).split("\n"))
    return "\n".join(line for line in lines if line)


def _plain(node: Node, out: list[str]) -> None:
    if node.kind == "text":
        out.append(node.text)
        return
    before, after = _AROUND.get(node.kind, ("", ""))
    if "deleted" in node.styles:
        before, after = before + "[supprimé : ", "]" + after
    out.append(before)
    if node.kind == "row":
        _plain_row(node, out)
    elif node.kind in SCRIPTS:
        inner: list[str] = []
        for child in node.children:
            _plain(child, inner)
        out.append(in_script(node.kind, "".join(inner).replace("\n", " ")))
    else:
        for child in node.children:
            _plain(child, out)
    out.append(after)


_AROUND: Final = {
    **dict.fromkeys(_BLOCKS, ("\n", "\n")),
    "item": ("\n- ", "\n"),
    "footnote": ("\n[", "]\n"),
    "break": ("\n", ""),
    "media": (" [image] ", ""),
}


def _plain_row(row: Node, out: list[str]) -> None:
    cells = [child for child in row.children if child.kind in {"cell", "header"}]
    texts = [" ".join(plain_text(cell.children).split("\n")) for cell in cells]
    out.append(" | ".join(texts) if any(texts) else "")
