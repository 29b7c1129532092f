"""Elements of a CDA document: the order of the calls is the order of the elements."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from lxml import etree

from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.model import Period
from segur_interop.terminology import Code

__all__ = [
    "HL7",
    "NS",
    "Child",
    "coded",
    "identifier",
    "interval",
    "node",
    "null",
    "qualified",
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
Child = etree._Element | Iterable["etree._Element | None"] | None


def qualified(name: str) -> str:
    """`{namespace}local` of a name, HL7's own unless prefixed."""
    prefix, colon, local = name.rpartition(":")
    return f"{{{NS[prefix] if colon else HL7}}}{local}"


def node(name: str, *children: Child, text: str = "", **attributes: str | None) -> etree._Element:
    """An element. Children that are None and attributes that are None or "" are left out.

    The attribute `xsi_type` is written `xsi:type`.

    Raises:
        InvalidValue: a control character, a lone surrogate.
    """
    made = etree.Element(qualified(name), nsmap=_DECLARED)
    try:
        for key, value in attributes.items():
            if value:
                made.set(_XSI_TYPE if key == "xsi_type" else key, value)
        if text:
            made.text = text
    except ValueError:
        raise InvalidValue("a character that XML cannot hold", place=name) from None
    for child in children:
        if child is None:
            continue
        if isinstance(child, etree._Element):
            made.append(child)
        else:
            made.extend(item for item in child if item is not None)
    return made


def null(name: str, flavor: str = "UNK") -> etree._Element:
    """An element that says why it has no value."""
    return node(name, nullFlavor=flavor)


def identifier(name: str, root: str, extension: str = "") -> etree._Element:
    """An II."""
    return node(name, root=str(root), extension=extension)


def coded(
    name: str, code: Code | None, *, translations: Iterable[Code] = (), text: str = ""
) -> etree._Element | None:
    """A CE or CD with its display name; None when there is neither a code nor a text."""
    if code is None and not text:
        return None
    original = node("originalText", text=text) if text else None
    if code is None:
        return node(name, original, nullFlavor="UNK")
    others = [
        node("translation", code=item.code, codeSystem=item.system, displayName=item.label)
        for item in translations
    ]
    return node(
        name, original, others, code=code.code, codeSystem=code.system, displayName=code.label
    )


def when(name: str, moment: Timestamp | None) -> etree._Element | None:
    """A TS, None without moment."""
    return None if moment is None else node(name, value=str(moment))


def interval(name: str, period: Period | None, *, typed: bool = False) -> etree._Element:
    """An IVL_TS; nullFlavor UNK when nothing is known. `typed` writes its xsi:type."""
    if period is None:
        return node(name, nullFlavor="UNK")
    kind = "IVL_TS" if typed else None
    return node(name, when("low", period.low), when("high", period.high), xsi_type=kind)
