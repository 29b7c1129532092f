"""The narrative of a section as HTML that a reader of any width, or by ear, can follow.

The tree of `_narrative` is all that is written: known tags, known attributes, texts escaped. What
leads outside is shown as a text, so that no click leaves the page.
"""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from segur_interop.cda._narrative import Node
from segur_interop.cda._narrative_html import anchor
from segur_interop.cda._rendering.html import Html, isolated, tag

__all__ = ["Surroundings", "narrative"]

_TAGS: Final = {
    "sub": "sub", "sup": "sup", "item": "li", "caption": "caption", "table": "table",
    "thead": "thead", "tbody": "tbody", "tfoot": "tfoot", "row": "tr", "cell": "td",
    "header": "th", "run": "span", "link": "span", "media": "span", "footnote": "div",
}  # fmt: skip
_MARKS: Final = {
    "bold": "strong", "italics": "em", "emphasis": "em", "underline": "u", "inserted": "ins",
    "deleted": "del",
}  # fmt: skip
_INLINE: Final = frozenset({"text", "run", "sub", "sup", "break", "link", "footnote_reference"})
_HOLDERS: Final = frozenset({"table", "thead", "tbody", "tfoot", "row", "list"})
"""Where white space between elements is no content."""
_MANY_COLUMNS: Final = 8
"""From there on a table is printed smaller, to fit a page of A4."""
_CELLS: Final = frozenset({"cell", "header"})


@dataclass
class Surroundings:
    """What the narratives of one page share.

    Attributes:
        media: gives the markup of the media of an identifier.
        knows: whether an identifier has its place in the page.
        marks: markup put beside what an entry calls abnormal, by `@ID`.
        seen: identifiers that already have their place: an `id` is unique in a page.
    """

    media: Callable[[str], Html]
    knows: Callable[[str], bool]
    marks: Mapping[str, Html] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)


def narrative(nodes: Iterable[Node], around: Surroundings, *, name: str) -> Html:
    """The markup of a narrative.

    Args:
        nodes: of a Narrative.
        around: what the narratives of the page share.
        name: what tables without caption are called for those who do not see them.
    """
    work = _Writing(around, name)
    for node in nodes:
        work.write(node)
    return Html("".join(work.out))


class _Writing:
    def __init__(self, around: Surroundings, name: str) -> None:
        self.out: list[str] = []
        self.around = around
        self.name = name
        self.tables = 0
        self.scope: str | None = None
        self.pending = Html()

    def write(self, node: Node) -> None:
        special = _SPECIAL.get(node.kind)
        if special is not None:
            special(self, node)
        else:
            self._element(_TAGS[node.kind], node)

    # -- each kind ------------------------------------------------------------------------------

    def _text(self, node: Node) -> None:
        self.out.append(html.escape(node.text))

    def _break(self, _: Node) -> None:
        self.out.append("<br>")

    def _media(self, node: Node) -> None:
        self.out += [self.around.media(item) for item in node.target.split()]
        self._children(node)

    def _list(self, node: Node) -> None:
        """Its caption before it: HTML has none inside a list."""
        for child in node.children:
            if child.kind == "caption":
                self._element("p", child)
        items = tuple(child for child in node.children if child.kind != "caption")
        name = "ol" if node.ordered else "ul"
        self._element(name, dataclasses.replace(node, children=items))

    def _paragraph(self, node: Node) -> None:
        self._element("p" if _is_inline(node) else "div", node)

    def _footnote(self, node: Node) -> None:
        self._element("div", node, role="note")

    def _footnote_reference(self, node: Node) -> None:
        if self.around.knows(node.target):
            self.out.append(tag("sup", tag("a", "note", href=f"#{anchor(node.target)}")))

    def _link(self, node: Node) -> None:
        """Within the document, a link; to elsewhere, its address as a text."""
        local = node.target[1:] if node.target.startswith("#") else ""
        if local and self.around.knows(local):
            self._element("a", node, href=f"#{anchor(local)}")
            return
        self._element("span", node)
        if node.target and not local:
            self.out.append(tag("span", " (", isolated(node.target), ")", class_="address"))

    def _table(self, node: Node) -> None:
        """In a region that scrolls by itself; a table in a cell scrolls with its own."""
        if self.tables:
            self._in_table(node)
            return
        caption = next((child for child in node.children if child.kind == "caption"), None)
        label = "Tableau" if caption is not None else f"Tableau : {self.name}"
        self.out.append(
            f'<div class="scroll" role="group" tabindex="0" aria-label="{html.escape(label)}">'
        )
        self._in_table(node)
        self.out.append("</div>")

    def _in_table(self, node: Node) -> None:
        self.tables += 1
        scope, self.scope = self.scope, None
        self._element("table", node, wide=_columns(node) >= _MANY_COLUMNS)
        self.scope = scope
        self.tables -= 1

    def _head(self, node: Node) -> None:
        self.scope = "col"
        self._element("thead", node)
        self.scope = None

    def _row(self, node: Node) -> None:
        """The mark of a row goes in its first cell; its headers are those of the row or below."""
        outer, held = self.scope, self.pending
        cells = [child.kind for child in node.children if child.kind in _CELLS]
        if outer is None:
            self.scope = "row" if "cell" in cells else "col"
        self.pending = self._mark(node) if cells else Html()
        self._element("tr", node, mark=not cells)
        self.scope, self.pending = outer, held

    def _cell(self, node: Node) -> None:
        columns = node.columns if node.columns > 1 else None
        rows = node.rows if node.rows > 1 else None
        outer, self.scope = self.scope, None
        if node.kind == "header" and _has_content(node):
            scope = outer and (f"{outer}group" if node.columns > 1 and outer == "col" else outer)
            self._element("th", node, scope=scope, colspan=columns, rowspan=rows)
        else:
            self._element("td", node, colspan=columns, rowspan=rows)
        self.scope = outer

    # -- any element ----------------------------------------------------------------------------

    def _element(
        self,
        name: str,
        node: Node,
        *,
        mark: bool = True,
        wide: bool = False,
        **attributes: str | int | None,
    ) -> None:
        own = self._mark(node) if mark and node.kind != "row" else Html()
        if node.kind in _CELLS:
            own, self.pending = Html(self.pending + own), Html()
        classes = " ".join(
            filter(None, (node.align, "abnormal" if own else "", "wide" if wide else ""))
        )
        given = {"id": self._id(node), "class_": classes or None, **attributes}
        marks = list(dict.fromkeys(_MARKS[style] for style in node.styles))
        if name == "span" and not marks and not any(given.values()) and not own:
            self._children(node)
            return
        start = tag(name, **given)
        self.out.append(start.removesuffix(f"</{name}>"))
        self.out += [f"<{item}>" for item in marks]
        self._children(node)
        self.out += [f"</{item}>" for item in reversed(marks)]
        self.out.append(own)
        self.out.append(f"</{name}>")

    def _children(self, node: Node) -> None:
        for child in node.children:
            if not (node.kind in _HOLDERS and child.kind == "text" and not child.text.strip()):
                self.write(child)

    def _id(self, node: Node) -> str | None:
        if not node.id or node.id in self.around.seen:
            return None
        self.around.seen.add(node.id)
        return anchor(node.id)

    def _mark(self, node: Node) -> Html:
        if not node.id or node.id in self.around.seen:
            return Html()
        return self.around.marks.get(node.id, Html())


_SPECIAL: Final[Mapping[str, Callable[[_Writing, Node], None]]] = {
    "text": _Writing._text,
    "break": _Writing._break,
    "media": _Writing._media,
    "list": _Writing._list,
    "paragraph": _Writing._paragraph,
    "footnote": _Writing._footnote,
    "footnote_reference": _Writing._footnote_reference,
    "link": _Writing._link,
    "table": _Writing._table,
    "thead": _Writing._head,
    "row": _Writing._row,
    "cell": _Writing._cell,
    "header": _Writing._cell,
}


def _columns(table: Node) -> int:
    """Cells of the longest row, spans counted."""
    groups = [item for item in table.children if item.kind in _HOLDERS and item.kind != "row"]
    rows = [row for item in (table, *groups) for row in item.children if row.kind == "row"]
    cells = ([cell.columns for cell in row.children if cell.kind in _CELLS] for row in rows)
    return max(map(sum, cells), default=0)


def _is_inline(node: Node) -> bool:
    return all(child.kind in _INLINE and _is_inline(child) for child in node.children)


def _has_content(node: Node) -> bool:
    return any(item.kind == "media" or item.text.strip() for item in node.walk())
