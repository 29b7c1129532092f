"""The narrative block of a section (CDA R2, NarrativeBlock.xsd) as a small tree of known nodes.

What the tree cannot hold does not come out: HTML and text are made of it alone, so that a script,
an event attribute or a hostile address of a received document has no way through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from lxml import etree

from segur_interop.cda._narrative_scripts import SCRIPTS
from segur_interop.cda._narrative_text import plain_text
from segur_interop.findings import Finding, Severity

__all__ = [
    "MAX_DEPTH",
    "Narrative",
    "Node",
    "element_text",
    "flat_text",
    "read_narrative",
    "span",
]

Element = etree._Element
MAX_DEPTH: Final = 60
"""Levels of markup; what is deeper is read as text alone."""
MAX_SPAN: Final = 1000
"""The colspan and rowspan that HTML allows at most."""

_KINDS: Final = {
    "paragraph": "paragraph", "content": "run", "sub": "sub", "sup": "sup", "br": "break",
    "linkHtml": "link", "footnote": "footnote", "footnoteRef": "footnote_reference",
    "renderMultiMedia": "media", "list": "list", "item": "item", "caption": "caption",
    "table": "table", "thead": "thead", "tbody": "tbody", "tfoot": "tfoot", "tr": "row",
    "th": "header", "td": "cell",
}  # fmt: skip
"""Elements of the CDA R2 narrative and the kind of their node."""
_HTML: Final = {
    "p": "paragraph", "div": "paragraph", "h1": "paragraph", "h2": "paragraph",
    "h3": "paragraph", "h4": "paragraph", "ul": "list", "ol": "list", "li": "item",
    "b": "run", "strong": "run", "i": "run", "em": "run", "u": "run", "span": "run",
    "a": "link", "pre": "paragraph",
}  # fmt: skip
"""What senders write by habit of HTML, where the schema allows none of it."""
_ACTIVE: Final = frozenset(
    "script style iframe frame frameset object embed applet form input button select textarea "
    "link meta base svg math video audio template noscript img image foreignObject".lower().split()
)
"""Elements of HTML or SVG that act or load: left out with their text."""
_IGNORED: Final = frozenset({"col", "colgroup"})
_STYLES: Final = {
    "bold": ("bold",), "italics": ("italics",), "underline": ("underline",),
    "emphasis": ("emphasis",), "bolditalics": ("bold", "italics"), "italic": ("italics",),
}  # fmt: skip
_HTML_STYLES: Final = {
    "b": ("bold",), "strong": ("bold",), "i": ("italics",), "em": ("emphasis",),
    "u": ("underline",), "h1": ("bold",), "h2": ("bold",), "h3": ("bold",), "h4": ("bold",),
}  # fmt: skip
_ALIGN: Final = frozenset({"left", "center", "right", "justify"})
_ADDRESS: Final = re.compile(r"(?i)(?:https?://|mailto:|tel:)[^\x00-\x20\x7f-\x9f<>\"']+")
"""Links that a reader may follow; every other scheme is shown as text only."""
_UNSEEN: Final = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Controls, and the bidirectional ones that make a text read otherwise than it is written."""


@dataclass(frozen=True, slots=True, repr=False)
class Node:
    """A part of a narrative.

    Attributes:
        kind: `text`, `paragraph`, `run`, `sub`, `sup`, `break`, `link`, `footnote`,
            `footnote_reference`, `media`, `list`, `item`, `caption`, `table`, `thead`, `tbody`,
            `tfoot`, `row`, `header`, `cell`.
        text: of a `text` node, white space folded.
        children: in order.
        id: `@ID`, which entries refer to; "" without.
        styles: among `bold`, `italics`, `underline`, `emphasis`, `inserted`, `deleted`.
        columns, rows: spans of a cell.
        align: `left`, `center`, `right`, `justify` or "".
        ordered: of a list.
        target: address of a link (`#id` within the document), identifiers of a media, identifier
            of a footnote.
    """

    kind: str
    text: str = ""
    children: tuple[Node, ...] = ()
    id: str = ""
    styles: tuple[str, ...] = ()
    columns: int = 1
    rows: int = 1
    align: str = ""
    ordered: bool = False
    target: str = ""

    def __repr__(self) -> str:
        return f"Node({self.kind}, {len(self.children)} children)"

    def walk(self) -> Iterator[Node]:
        """The node and all that it holds, in order."""
        yield self
        for child in self.children:
            yield from child.walk()


@dataclass(frozen=True, slots=True, repr=False)
class Narrative:
    """A narrative block.

    Attributes:
        nodes: its content.
        findings: what was left out or refers to nothing, with its place.
    """

    nodes: tuple[Node, ...] = ()
    findings: tuple[Finding, ...] = ()

    def __repr__(self) -> str:
        return f"Narrative({len(self.nodes)} nodes, {len(self.findings)} findings)"

    def walk(self) -> Iterator[Node]:
        """Every node, in order."""
        for node in self.nodes:
            yield from node.walk()

    @property
    def text(self) -> str:
        """Plain text: one line a paragraph, item or row, cells between bars."""
        return plain_text(self.nodes)


def read_narrative(
    element: Element | None, place: str, knows: Callable[[str], bool] = lambda _: True
) -> Narrative:
    """The narrative of a `section/text`.

    Args:
        element: the `text` element; None gives an empty narrative.
        place: where it is, for the findings.
        knows: whether an identifier is somewhere in the document.
    """
    if element is None:
        return Narrative()
    work = _Reading(place, knows)
    return Narrative(tuple(work.children(element, 0)), tuple(work.findings.values()))


def element_text(element: Element) -> str:
    """Plain text of one element of a narrative; "" for an element that is no text."""
    name = element.tag.rpartition("}")[2]
    if not len(element) and name in _WORDS and element.get("revised") is None:
        return _on_one_line(element.text or "")
    if name in _KINDS or name in _HTML:
        return plain_text(tuple(_Reading("", lambda _: True).node(element, 0)))
    return plain_text(read_narrative(element, "").nodes) if name in _TEXTS else ""


_TEXTS: Final = frozenset({"text", "title", "originalText", "desc"})
_WORDS: Final = frozenset({"content", "td", "th", "paragraph"})
"""Elements whose plain text is that of their only text, without any mark around."""


class _Reading:
    def __init__(self, place: str, knows: Callable[[str], bool]) -> None:
        self.place, self.knows = place, knows
        self.findings: dict[tuple[str, str], Finding] = {}

    def note(self, rule: str, message: str, severity: Severity = Severity.WARNING) -> None:
        """Keep a finding, once a rule and message: a hostile block could repeat it at will."""
        self.findings.setdefault(
            (rule, message),
            Finding(rule=rule, message=message, severity=severity, place=self.place),
        )

    def children(self, element: Element, depth: int) -> Iterator[Node]:
        yield from self.words(element.text)
        for child in element:
            if isinstance(child.tag, str):
                yield from self.node(child, depth + 1)
            yield from self.words(child.tail)

    def words(self, text: str | None) -> Iterator[Node]:
        if text:
            yield Node("text", _folded(text))

    def node(self, element: Element, depth: int) -> Iterator[Node]:
        name = etree.QName(element).localname
        if name.lower() in _ACTIVE:
            self.note("cda.narrative.active", "an active element is left out", Severity.ERROR)
            return
        if name in _IGNORED:
            return
        if depth > MAX_DEPTH:
            self.note("cda.narrative.deep", f"markup deeper than {MAX_DEPTH} is read as text")
            yield Node("text", _folded(flat_text(element)))
            return
        self._attributes(element)
        kind = _KINDS.get(name) or _HTML.get(name)
        if name not in _KINDS:
            self.note("cda.narrative.element", "an element that the narrative does not have")
        if kind is None:
            yield from self.children(element, depth)
            return
        yield self._made(element, name, kind, depth)

    def _attributes(self, element: Element) -> None:
        if any(str(name).lower().startswith("on") for name in element.attrib):
            self.note("cda.narrative.active", "an event attribute is left out", Severity.ERROR)

    def _made(self, element: Element, name: str, kind: str, depth: int) -> Node:
        align = element.get("align", "").lower()
        return Node(
            kind,
            children=tuple(self.children(element, depth)),
            id=element.get("ID", ""),
            styles=_styles(element, name),
            columns=span(element.get("colspan")),
            rows=span(element.get("rowspan")),
            align=align if align in _ALIGN else "",
            ordered=name == "ol" or element.get("listType") == "ordered",
            target=self._target(element, kind),
        )

    def _target(self, element: Element, kind: str) -> str:
        if kind == "link":
            return self._address(element.get("href", ""))
        if kind == "media":
            return " ".join(map(self._known, element.get("referencedObject", "").split()))
        if kind == "footnote_reference":
            return self._known(element.get("IDREF", ""))
        return ""

    def _address(self, href: str) -> str:
        href = href.strip()
        if href.startswith("#"):
            return "#" + self._known(href[1:])
        if _ADDRESS.fullmatch(href):
            return href
        if href:
            self.note("cda.narrative.link", "the address of a link is left out", Severity.ERROR)
        return ""

    def _known(self, identifier: str) -> str:
        if not self.knows(identifier):
            self.note("cda.reference.none", "a reference of the narrative leads to nothing")
        return identifier


def _styles(element: Element, name: str) -> tuple[str, ...]:
    found = list(_HTML_STYLES.get(name, ()))
    for token in element.get("styleCode", "").lower().split():
        found += _STYLES.get(token, ())
    revised = element.get("revised")
    if revised in {"insert", "delete"}:
        found.append("inserted" if revised == "insert" else "deleted")
    return tuple(dict.fromkeys(found))


def span(text: str | None) -> int:
    """A colspan or a rowspan as a browser counts it; 1 for what is none."""
    if text is None or len(text) > len(str(MAX_SPAN)) or not (text.isascii() and text.isdigit()):
        return 1
    return min(max(int(text), 1), MAX_SPAN)


def _on_one_line(text: str) -> str:
    """White space folded; unseen characters shown."""
    if text.isprintable() and "  " not in text:
        return text.strip()
    return " ".join(_folded(text).split())


def _folded(text: str) -> str:
    """White space folded, that of both ends kept as one space; unseen characters shown."""
    if text.isprintable() and "  " not in text:
        return text
    folded = re.sub(r"[ \t\r\n]+", " ", text)
    return _UNSEEN.sub("\ufffd", folded)


def flat_text(element: Element) -> str:
    """All the text of an element but that of comments and active elements."""
    return "".join(_pieces(element))


def _pieces(element: Element) -> Iterator[str]:
    skipped: Element | None = None
    for event, node in etree.iterwalk(element, events=("start", "end", "comment", "pi")):
        if event == "start":
            if skipped is None and etree.QName(node).localname.lower() in _ACTIVE:
                skipped = node
            if skipped is None:
                yield _opening(node) + (node.text or "")
            continue
        if skipped is node:
            skipped = None
        elif skipped is None and event == "end" and _opening(node):
            yield ")"
        if skipped is None and node.tail and node is not element:
            yield node.tail


def _opening(element: Element) -> str:
    script = SCRIPTS.get(etree.QName(element).localname)
    return f"{script[0]}(" if script else ""
