"""An XMP packet as plain values (XMP Specification, January 2004; RDF/XML)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import TYPE_CHECKING, Final

from segur_interop._xml import parse
from segur_interop.errors import XmlError

if TYPE_CHECKING:
    from lxml import etree

__all__ = [
    "NAMESPACES",
    "Packet",
    "Value",
    "pdf_date",
    "read_packet",
    "xmp_date",
]

RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_XML: Final = "http://www.w3.org/XML/1998/namespace"
_META: Final = "adobe:ns:meta/"
_MAX_PACKET: Final = 20_000_000
_MAX_DEPTH: Final = 12

NAMESPACES: Final[Mapping[str, str]] = {
    "dc": "http://purl.org/dc/elements/1.1/",
    "xmp": "http://ns.adobe.com/xap/1.0/",
    "pdf": "http://ns.adobe.com/pdf/1.3/",
    "xmpMM": "http://ns.adobe.com/xap/1.0/mm/",
    "xmpRights": "http://ns.adobe.com/xap/1.0/rights/",
    "pdfaid": "http://www.aiim.org/pdfa/ns/id/",
    "pdfaExtension": "http://www.aiim.org/pdfa/ns/extension/",
    "pdfaSchema": "http://www.aiim.org/pdfa/ns/schema#",
    "pdfaProperty": "http://www.aiim.org/pdfa/ns/property#",
    "pdfaType": "http://www.aiim.org/pdfa/ns/type#",
    "pdfaField": "http://www.aiim.org/pdfa/ns/field#",
}
"""Prefix and URI of each namespace that this library reads by name."""

_PREFIXES: Final = {uri: prefix for prefix, uri in NAMESPACES.items()}


@dataclass(frozen=True, slots=True)
class Value:
    """A property value.

    Attributes:
        kind: `text`, `Bag`, `Seq`, `Alt` or `struct`.
        text: of a simple value.
        items: of a Bag, Seq or Alt, with their language.
        fields: of a struct, by `prefix:name`.
        prefix: as the packet writes it.
    """

    kind: str
    text: str = ""
    items: tuple[tuple[str, Value], ...] = ()
    fields: Mapping[str, Value] = field(default_factory=dict)
    prefix: str = ""

    @property
    def default(self) -> str | None:
        """The simple text, or that of the x-default (else the only) alternative."""
        if self.kind == "text":
            return self.text
        chosen = [value.text for language, value in self.items if language == "x-default"]
        if chosen or len(self.items) == 1:
            return chosen[0] if chosen else self.items[0][1].text
        return None


@dataclass(frozen=True, slots=True)
class Packet:
    """The properties of a packet, by `prefix:name` or `{uri}name` when we have no prefix for it.

    Attributes:
        header: text of the xpacket processing instruction, "" if none.
        duplicates: properties given more than once.
    """

    properties: Mapping[str, Value]
    header: str = ""
    trailer: str = ""
    duplicates: tuple[str, ...] = ()

    def text(self, key: str) -> str | None:
        """The simple text or x-default of a property; None if absent."""
        value = self.properties.get(key)
        return None if value is None else value.default


def read_packet(data: bytes) -> Packet:
    """Read a packet.

    Raises:
        XmlError: it is no well-formed XML, or holds no rdf:RDF.
    """
    data = data.strip(b"\x00 \t\r\n")
    root = parse(data, max_bytes=_MAX_PACKET)
    rdf = root if root.tag == f"{{{RDF}}}RDF" else root.find(f".//{{{RDF}}}RDF")
    if rdf is None:
        raise XmlError("no rdf:RDF in the XMP packet")
    properties: dict[str, Value] = {}
    duplicates: list[str] = []
    for description in rdf.iterchildren(f"{{{RDF}}}Description"):
        for key, value in _properties(description, 0):
            if key in properties:
                duplicates.append(key)
            properties[key] = value
    before, after = root.getprevious(), root.getnext()
    return Packet(properties, _instruction(before), _instruction(after), tuple(duplicates))


def _instruction(node: etree._Element | None) -> str:
    return (
        (node.text or "") if getattr(node, "target", None) == "xpacket" and node is not None else ""
    )


def _key(tag: str) -> str:
    uri, _, local = tag[1:].partition("}")
    prefix = _PREFIXES.get(uri)
    return f"{prefix}:{local}" if prefix else tag


def _properties(node: etree._Element, depth: int) -> Iterator[tuple[str, Value]]:
    prefixes = {uri: prefix or "" for prefix, uri in node.nsmap.items()}
    for name, text in node.attrib.items():
        uri, _, _ = str(name)[1:].partition("}")
        if str(name).startswith("{") and uri not in (RDF, _XML, _META):
            yield _key(str(name)), Value("text", str(text), prefix=prefixes.get(uri, ""))
    for child in node.iterchildren("{*}*"):
        yield _key(str(child.tag)), _value(child, depth + 1)


def _value(node: etree._Element, depth: int) -> Value:
    prefix = node.prefix or ""
    if depth > _MAX_DEPTH:
        return Value("text", prefix=prefix)
    children = list(node.iterchildren("{*}*"))
    if node.get(f"{{{RDF}}}parseType") == "Resource":
        return Value("struct", fields=dict(_properties(node, depth)), prefix=prefix)
    if not children:
        return _leaf(node, depth, prefix)
    first = children[0]
    for kind in ("Bag", "Seq", "Alt"):
        if first.tag == f"{{{RDF}}}{kind}":
            items = tuple(
                (item.get(f"{{{_XML}}}lang") or "", _value(item, depth + 1))
                for item in first.iterchildren(f"{{{RDF}}}li")
            )
            return Value(kind, items=items, prefix=prefix)
    if first.tag == f"{{{RDF}}}Description":
        return Value("struct", fields=dict(_properties(first, depth)), prefix=prefix)
    return Value("text", prefix=prefix)


def _leaf(node: etree._Element, depth: int, prefix: str) -> Value:
    resource = node.get(f"{{{RDF}}}resource")
    if resource is not None:
        return Value("text", str(resource), prefix=prefix)
    fields = dict(_properties(node, depth))
    if fields and not (node.text or "").strip():
        return Value("struct", fields=fields, prefix=prefix)
    return Value("text", node.text or "", prefix=prefix)


_PDF_DATE: Final = re.compile(
    r"(?:D:)?(\d{4})(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d)(?:(\d\d))?)?)?)?)?"
    r"(?P<zone>Z(?:00'?00'?)?|[+-]\d\d(?:'?\d\d'?)?)?"
)
_XMP_DATE: Final = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.\d+)?)?)?)?)?"
    r"(?P<zone>Z|[+-]\d\d:?\d\d)?"
)


def pdf_date(text: str) -> tuple[datetime, bool] | None:
    """The moment of a PDF date (PDF Reference 1.4, 3.8.2), and whether it gives a zone."""
    return _moment(_PDF_DATE.fullmatch(text.strip().rstrip("\x00")))


def xmp_date(text: str) -> tuple[datetime, bool] | None:
    """The moment of an XMP date (ISO 8601), and whether it gives a zone."""
    return _moment(_XMP_DATE.fullmatch(text.strip()))


def _moment(match: re.Match[str] | None) -> tuple[datetime, bool] | None:
    if match is None:
        return None
    year, month, day, hour, minute, second = (
        int(part) if part else default
        for part, default in zip(match.groups()[:6], (0, 1, 1, 0, 0, 0), strict=True)
    )
    zone = match["zone"]
    digits = re.sub(r"\D", "", zone or "") or "0000"
    shift = timedelta(hours=int(digits[:2]), minutes=int(digits[2:4] or 0))
    if zone and zone.startswith("-"):
        shift = -shift
    try:
        tz = timezone(shift) if shift else UTC
        found = datetime(year, month, day, hour, minute, second, tzinfo=tz)
    except ValueError:
        return None
    return found, zone is not None
