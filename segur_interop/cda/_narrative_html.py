"""HTML of a narrative: known tags with known attributes, every text escaped."""

from __future__ import annotations

import html
from collections.abc import Callable, Iterable
from typing import Final
from urllib.parse import quote

from segur_interop.cda._narrative import Node

__all__ = ["anchor", "narrative_html"]

_TAGS: Final = {
    "sub": "sub", "sup": "sup", "item": "li", "caption": "caption", "table": "table",
    "thead": "thead", "tbody": "tbody", "tfoot": "tfoot", "row": "tr", "header": "th",
    "cell": "td", "run": "span", "paragraph": "p", "link": "a", "footnote": "aside",
}  # fmt: skip
_MARKS: Final = {
    "bold": "strong", "italics": "em", "emphasis": "em", "underline": "u", "inserted": "ins",
    "deleted": "del",
}  # fmt: skip
_INLINE: Final = frozenset(
    {"text", "run", "sub", "sup", "break", "link", "footnote_reference", "media"}
)

MediaHtml = Callable[[str], str]


def anchor(identifier: str) -> str:
    """The HTML id of an `@ID` of the document: it meets no id of the page that shows it."""
    return "cda-" + quote(identifier, safe="")


def _no_media(identifier: str) -> str:
    return f'<a href="#{html.escape(anchor(identifier))}">[image]</a>'


def narrative_html(
    nodes: Iterable[Node], *, media: MediaHtml = _no_media, ids: Callable[[str], bool] | None = None
) -> str:
    """A fragment of HTML without script, style, event attribute or address that loads anything.

    Args:
        nodes: of a Narrative.
        media: gives the HTML, already safe, of the media of an identifier.
        ids: whether an `@ID` becomes an id here; None lets each of them, once.
    """
    work = _Writing(media, ids)
    for node in nodes:
        work.write(node)
    return "".join(work.out)


class _Writing:
    def __init__(self, media: MediaHtml, ids: Callable[[str], bool] | None) -> None:
        self.out: list[str] = []
        self.media = media
        self.ids = ids
        self.seen: set[str] = set()

    def write(self, node: Node) -> None:
        if node.kind == "text":
            self.out.append(html.escape(node.text))
        elif node.kind == "break":
            self.out.append("<br>")
        elif node.kind == "media":
            self.out += [self.media(item) for item in node.target.split()]
            self._inside(node, "span")
        elif node.kind == "footnote_reference":
            target = html.escape(anchor(node.target))
            self.out.append(f'<sup><a href="#{target}">*</a></sup>')
        else:
            self._inside(node, self._tag(node))

    def _tag(self, node: Node) -> str:
        if node.kind == "list":
            return "ol" if node.ordered else "ul"
        if node.kind == "paragraph" and any(child.kind not in _INLINE for child in node.children):
            return "div"
        if node.kind == "link" and not node.target:
            return "span"
        return _TAGS[node.kind]

    def _inside(self, node: Node, tag: str) -> None:
        attributes = self._attributes(node)
        marks = list(dict.fromkeys(_MARKS[style] for style in node.styles))
        if tag == "span" and not attributes and not marks:
            self._children(node)
            return
        bare = tag == "span" and not attributes
        opened = marks if bare else [tag, *marks]
        self.out.append("" if bare else f"<{tag}{attributes}>")
        self.out += [f"<{mark}>" for mark in marks]
        self._children(node)
        self.out += [f"</{name}>" for name in reversed(opened)]

    def _children(self, node: Node) -> None:
        for child in node.children:
            if not (node.kind in _HOLDERS and child.kind == "text" and not child.text.strip()):
                self.write(child)

    def _attributes(self, node: Node) -> str:
        found: list[tuple[str, str]] = []
        if node.id and node.id not in self.seen and (self.ids is None or self.ids(node.id)):
            self.seen.add(node.id)
            found.append(("id", anchor(node.id)))
        if node.kind in {"cell", "header"}:
            found += [
                (name, str(value))
                for name, value in (("colspan", node.columns), ("rowspan", node.rows))
                if value > 1
            ]
        if node.align:
            found.append(("class", f"cda-{node.align}"))
        if node.kind == "link" and node.target.startswith("#"):
            found.append(("href", "#" + anchor(node.target[1:])))
        elif node.kind == "link" and node.target:
            found += [("href", node.target), ("rel", "noopener noreferrer nofollow")]
        return "".join(f' {name}="{html.escape(value)}"' for name, value in found)


_HOLDERS: Final = frozenset({"table", "thead", "tbody", "tfoot", "row", "list"})
