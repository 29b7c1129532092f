"""Elements of a CDA document: the order of the calls is the order of the elements.

An element is written as text at once and the document parsed once: lxml merges the namespaces of
every subtree that is appended, which costs more than all the rest.
"""

from __future__ import annotations

import dataclasses
import re
import uuid
from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Final, NewType, TypeAlias

from lxml import etree

from segur_interop import _xml
from segur_interop._time import Timestamp
from segur_interop.cda._defects import Defects
from segur_interop.model import Period
from segur_interop.terminology import Code

__all__ = [
    "HL7",
    "NS",
    "Child",
    "Node",
    "born_after",
    "coded",
    "identifier",
    "interval",
    "is_reordered",
    "make",
    "node",
    "null",
    "root",
    "when",
]

HL7: Final = "urn:hl7-org:v3"
NS: Final = {
    "h": HL7,
    "sdtc": "urn:hl7-org:sdtc",
    "lab": "urn:oid:1.3.6.1.4.1.19376.1.3.2",
    "ps3-20": "urn:dicom-org:ps3-20",
    "xsi": "http://www.w3.org/2001/XMLSchema-instance",
}
_DECLARED: Final = {
    "xmlns": HL7,
    **{f"xmlns:{prefix}": uri for prefix, uri in NS.items() if prefix != "h"},
}
_REORDERING: Final = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Embeddings, overrides and isolates (Unicode UAX 9)."""
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 has no character for."""
_CONTROLS: Final = bytes({*range(0x20)} - {*b"\t\n\r"})
_LEADS: Final = (b"\xef\xbf", b"\xe2\x80", b"\xe2\x81")
"""How U+FFFE and U+FFFF start in UTF-8, and the bidirectional controls."""
_has_special: Final = re.compile('[&<>"\t\n\r]').search
_IN_TEXT: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"})
_IN_ATTRIBUTE: Final = str.maketrans(
    {"&": "&amp;", "<": "&lt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;", "\r": "&#13;"}
)


Node = NewType("Node", str)
"""An element as text, its namespaces declared by the root."""

Child: TypeAlias = "Node | Iterable[Node | None] | None"


def node(name: str, *children: Child, text: str = "", **attributes: str | None) -> Node:
    """An element. Children that are None and attributes that are None or "" are left out."""
    told = f"<{name}"
    for key, value in attributes.items():
        if value:
            told += f' {key}="{value.translate(_IN_ATTRIBUTE) if _has_special(value) else value}"'
    inner = text.translate(_IN_TEXT) if text and _has_special(text) else text
    for child in children:
        if isinstance(child, str):
            inner += child
        elif child:
            inner += "".join([item for item in child if item is not None])
    # Node(...) would be a call more for each element.
    return f"{told}>{inner}</{name}>" if inner else f"{told}/>"  # type: ignore[return-value]


def root(name: str, *children: Child) -> Node:
    """The outermost element, which declares every namespace."""
    return node(name, *children, **_DECLARED)


def make(document: Node, defects: Defects) -> etree._Element:
    """The tree of a root; what its texts may not hold is noted.

    That is: a character that XML cannot hold, a number that must stay, and the bidirectional
    controls, with which a text reads otherwise than it is written.

    Once something is noted the tree only serves to find the other defects.
    """
    text: str = document
    octets = _surely_plain(text)
    tree = _judged(text, defects) if octets is None else _xml.parse(octets)
    for place in _places(tree, defects.forbids) if defects.has_forbidden else ():
        defects.add("cda.ins.leak", "a matricule that may not leave", place, "RNIV EXI SI 08")
    return tree


def _surely_plain(text: str) -> bytes | None:
    """The octets of a text that cannot hold anything to be noted, None for one that may.

    Octets are looked through many times faster than characters are by an expression.
    """
    try:
        octets = text.encode()
    except UnicodeEncodeError:
        return None
    may = len(octets.translate(None, _CONTROLS)) < len(octets) or any(
        lead in octets for lead in _LEADS
    )
    return None if may else octets


def _judged(text: str, defects: Defects) -> etree._Element:
    """The tree of a text, what it may not hold noted and what XML has no character for replaced."""
    mark = uuid.uuid4().hex
    plain = _NO_XML.sub(mark, text)
    tree = _xml.parse(plain.encode())
    if plain != text:
        for place in _places(tree, lambda text: mark in text):
            defects.add("cda.text", "a character that XML cannot hold", place, "XML 1.0 §2.2")
    if is_reordered(plain):
        for place in _places(tree, is_reordered):
            defects.add("cda.text", "a control that makes it read in another order", place)
    return tree


def is_reordered(text: str) -> bool:
    """True when a text holds a bidirectional control."""
    return _REORDERING.search(text) is not None


def _places(tree: etree._Element, is_wanted: Callable[[str], bool]) -> Iterator[str]:
    """Where the texts are that a test chooses, an attribute as `element/@name`."""
    for element in tree.iter(etree.Element):
        if element.text and is_wanted(element.text):
            yield _path(element)
        for name, value in element.items():
            if is_wanted(str(value)):
                yield f"{_path(element)}/@{etree.QName(name).localname}"


def _path(element: etree._Element) -> str:
    steps = [element, *element.iterancestors()]
    return "/".join(etree.QName(step).localname for step in reversed(steps))


def null(name: str, flavor: str = "UNK") -> Node:
    """An element that says why it has no value."""
    return node(name, nullFlavor=flavor)


def identifier(name: str, root: str, extension: str = "") -> Node:
    """An II."""
    return node(name, root=root, extension=extension)


def coded(
    name: str, code: Code | None, *, translations: Iterable[Code] = (), text: str = ""
) -> Node | None:
    """A CE or CD with its display name; None when there is neither a code nor a text.

    A text alone is nullFlavor OTH: no other may hold one (StrucMin, dtr1-1-ANY).
    """
    if code is None and not text:
        return None
    original = node("originalText", text=text) if text else None
    if code is None:
        return node(name, original, nullFlavor="OTH")
    others = [
        node("translation", code=item.code, codeSystem=item.system, displayName=item.label)
        for item in translations
    ]
    return node(
        name, original, others, code=code.code, codeSystem=code.system, displayName=code.label
    )


def when(name: str, moment: Timestamp | None) -> Node | None:
    """A TS to the second at most (CI-SIS, abstract/IVL_TS.sch), None without moment."""
    return None if moment is None else node(name, value=written(moment))


def born_after(born: date | None, created: Timestamp | None) -> bool:
    """True for a birth date after the day of a document, wherever in the world that day was."""
    if born is None or created is None or created.day is None:
        return False
    return (born - created.to_date()).days > 1


def written(moment: Timestamp) -> str:
    """The text of a moment: a fraction of a second is refused by the CI-SIS."""
    return str(dataclasses.replace(moment, fraction="") if moment.fraction else moment)


def interval(
    name: str, period: Period | None, *, typed: bool = False, bounded: bool = False
) -> Node:
    """An IVL_TS; nullFlavor UNK when nothing is known.

    Args:
        name: the element.
        period: when; bounds that are written alike are one moment.
        typed: write its xsi:type.
        bounded: write a moment as two equal bounds, as an act wants its `low`; elsewhere equal
            bounds are refused (StrucMin, dtr1-6-IVL_TS) and the moment is a value.
    """
    if period is None:
        return null(name)
    kind = {"xsi:type": "IVL_TS"} if typed else {}
    low, high = when("low", period.low), when("high", period.high)
    moment = written(period.low) if period.low and period.high else ""
    if not bounded and period.high and moment == written(period.high):
        return node(name, value=moment, **kind)
    return node(name, low, high, **kind)
