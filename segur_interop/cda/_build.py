"""Elements of a CDA document: the order of the calls is the order of the elements.

A document is described as light nodes, then made into one tree from the top: lxml merges the
namespaces of every subtree that is appended, which costs more than all the rest.
"""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Iterable
from typing import Any, Final, NamedTuple, TypeAlias

from lxml import etree

from segur_interop._time import Timestamp
from segur_interop.cda._defects import Defects
from segur_interop.model import Period
from segur_interop.terminology import Code

__all__ = [
    "HL7",
    "NS",
    "Child",
    "Node",
    "coded",
    "identifier",
    "interval",
    "make",
    "node",
    "null",
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
_DECLARED: Final[dict[Any, str]] = {
    None: HL7,
    **{prefix: uri for prefix, uri in NS.items() if prefix != "h"},
}
_XSI_TYPE: Final = f"{{{NS['xsi']}}}type"
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What XML 1.0 §2.2 has no character for."""


class Node(NamedTuple):
    """An element to be: name (HL7's own unless prefixed), attributes, text, children."""

    name: str
    attributes: dict[str, str]
    text: str
    children: list[Node]


Child: TypeAlias = "Node | Iterable[Node | None] | None"


def node(name: str, *children: Child, text: str = "", **attributes: str | None) -> Node:
    """An element. Children that are None and attributes that are None or "" are left out.

    The attribute `xsi_type` is written `xsi:type`.
    """
    kept: list[Node] = []
    for child in children:
        if isinstance(child, Node):
            kept.append(child)
        elif child is not None:
            kept.extend(item for item in child if item is not None)
    return Node(name, {key: value for key, value in attributes.items() if value}, text, kept)


def make(root: Node, defects: Defects) -> etree._Element:
    """The tree of a node; characters that XML cannot hold, and numbers that must stay, are noted.

    Once something is noted the tree only serves to find the other defects.
    """
    element = etree.Element(_qualified(root.name), nsmap=_DECLARED)
    _fill(element, root, defects)
    return element


def _fill(element: etree._Element, described: Node, defects: Defects) -> None:
    for key, value in described.attributes.items():
        name = _XSI_TYPE if key == "xsi_type" else key
        element.set(name, _checked(value, defects, element, f"/@{key}"))
    if described.text:
        element.text = _checked(described.text, defects, element)
    for child in described.children:
        _fill(etree.SubElement(element, _qualified(child.name)), child, defects)


def _checked(text: str, defects: Defects, element: etree._Element, attribute: str = "") -> str:
    if defects.forbids(text):
        place = _path(element) + attribute
        defects.add("cda.ins.leak", "a matricule that may not leave", place, "RNIV EXI SI 08")
    if _NO_XML.search(text):
        place = _path(element) + attribute
        defects.add("cda.text", "a character that XML cannot hold", place, "XML 1.0 §2.2")
        return _NO_XML.sub("\ufffd", text)
    return text


def _path(element: etree._Element) -> str:
    steps = [element, *element.iterancestors()]
    return "/".join(etree.QName(step).localname for step in reversed(steps))


@functools.cache
def _qualified(name: str) -> str:
    prefix, colon, local = name.rpartition(":")
    return f"{{{NS[prefix] if colon else HL7}}}{local}"


def null(name: str, flavor: str = "UNK") -> Node:
    """An element that says why it has no value."""
    return node(name, nullFlavor=flavor)


def identifier(name: str, root: str, extension: str = "") -> Node:
    """An II."""
    return node(name, root=str(root), extension=extension)


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
    kind = "IVL_TS" if typed else None
    low, high = when("low", period.low), when("high", period.high)
    if not bounded and low and high and low.attributes == high.attributes:
        return node(name, value=low.attributes["value"], xsi_type=kind)
    return node(name, low, high, xsi_type=kind)
