"""Metadata: ISO 19005-1:2005, 6.7."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

from segur_interop.errors import XmlError
from segur_interop.pdf._clauses.extension import check_extensions
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.objects import TooLarge, decoded, get, is_stream, name, text
from segur_interop.pdf._reading.xmp import (
    NAMESPACES,
    Packet,
    Value,
    pdf_date,
    read_packet,
    xmp_date,
)

__all__ = ["DATES", "INFO", "PREDEFINED", "check_metadata", "property_place"]

_MAX_PACKET: Final = 20_000_000

INFO: Final[Mapping[str, str]] = {
    "/Title": "dc:title",
    "/Author": "dc:creator",
    "/Subject": "dc:description",
    "/Keywords": "pdf:Keywords",
    "/Creator": "xmp:CreatorTool",
    "/Producer": "pdf:Producer",
    "/CreationDate": "xmp:CreateDate",
    "/ModDate": "xmp:ModifyDate",
}
"""Document information entry and its XMP property (ISO 19005-1:2005, 6.7.3, table 1)."""

DATES: Final = ("/CreationDate", "/ModDate")

# XMP Specification, January 2004, chapter 4; the form of each value.
PREDEFINED: Final[Mapping[str, str]] = {
    **dict.fromkeys(
        [
            "dc:contributor",
            "dc:language",
            "dc:publisher",
            "dc:relation",
            "dc:subject",
            "dc:type",
            "xmp:Advisory",
            "xmp:Identifier",
            "xmpRights:Owner",
        ],
        "Bag",
    ),
    **dict.fromkeys(["dc:creator", "dc:date", "xmpMM:History", "xmpMM:Versions"], "Seq"),
    **dict.fromkeys(
        ["dc:description", "dc:rights", "dc:title", "xmp:Thumbnails", "xmpRights:UsageTerms"], "Alt"
    ),
    **dict.fromkeys(
        [
            "dc:coverage",
            "dc:format",
            "dc:identifier",
            "dc:source",
            "xmp:BaseURL",
            "xmp:CreateDate",
            "xmp:CreatorTool",
            "xmp:MetadataDate",
            "xmp:ModifyDate",
            "xmp:Nickname",
            "xmpRights:Certificate",
            "xmpRights:Marked",
            "xmpRights:WebStatement",
            "xmpMM:DocumentID",
            "xmpMM:InstanceID",
            "xmpMM:ManageTo",
            "xmpMM:ManageUI",
            "xmpMM:Manager",
            "xmpMM:ManagerVariant",
            "xmpMM:RenditionClass",
            "xmpMM:RenditionParams",
            "xmpMM:VersionID",
            "xmpMM:LastURL",
            "xmpMM:SaveID",
            "pdf:Keywords",
            "pdf:PDFVersion",
            "pdf:Producer",
            "pdfaid:part",
            "pdfaid:conformance",
            "pdfaid:amd",
        ],
        "text",
    ),
    **dict.fromkeys(["xmpMM:DerivedFrom", "xmpMM:ManagedFrom", "xmpMM:RenditionOf"], "struct"),
    "pdfaExtension:schemas": "Bag",
}
_MOMENTS: Final = ("xmp:CreateDate", "xmp:ModifyDate", "xmp:MetadataDate")
_OPEN: Final = tuple(
    "{" + uri + "}"
    for uri in (
        "http://ns.adobe.com/xap/1.0/bj/",
        "http://ns.adobe.com/xap/1.0/t/pg/",
        "http://ns.adobe.com/photoshop/1.0/",
        "http://ns.adobe.com/tiff/1.0/",
        "http://ns.adobe.com/exif/1.0/",
        "http://ns.adobe.com/camera-raw-settings/1.0/",
    )
)
"""Predefined schemas whose single properties are not looked at."""


def check_metadata(root: Any, info: Any, notes: Notes) -> Packet | None:
    """Judge the XMP packet of the catalog, alone and beside the information dictionary."""
    stream = get(root, "/Metadata")
    if not is_stream(stream):
        notes.fail("6.7.2", "the catalog has no Metadata stream", "Catalog")
        _check_info(info, Packet({}), notes)
        return None
    if name(get(stream, "/Type")) != "/Metadata" or name(get(stream, "/Subtype")) != "/XML":
        notes.fail("6.7.2", "the stream is not of Type Metadata and Subtype XML", "Metadata")
    if get(stream, "/Filter") is not None:
        notes.fail("6.7.2", "the Metadata stream has a Filter", "Metadata")
    try:
        packet = read_packet(decoded(stream, _MAX_PACKET))
    except TooLarge:
        notes.fail("6.7.9", f"the XMP packet is larger than {_MAX_PACKET} bytes", "Metadata")
        return None
    except XmlError:
        notes.fail("6.7.9", "the XMP packet is no well-formed RDF", "Metadata")
        return None
    _check_packet(packet, notes)
    _check_identification(packet, notes)
    _check_info(info, packet, notes)
    return packet


def _check_packet(packet: Packet, notes: Notes) -> None:
    for attribute in ("bytes", "encoding"):
        if re.search(rf"\b{attribute}\s*=", packet.header):
            notes.fail("6.7.5", f"{attribute} in the header of the XMP packet", "Metadata")
    for key in packet.duplicates:
        notes.fail("6.7.9", "a property given twice", property_place(key))
    declared = check_extensions(packet.properties.get("pdfaExtension:schemas"), notes)
    for key, value in packet.properties.items():
        expected = PREDEFINED.get(key)
        if expected is not None:
            _check_form(key, value, expected, notes)
        elif key not in declared and not key.startswith(_OPEN):
            message = "a property that is neither predefined nor described"
            notes.fail("6.7.9", message, property_place(key))


def property_place(key: str) -> str:
    """Where a property is; `*` for a name that the producer chose: it could be a person's."""
    if key in PREDEFINED:
        return f"Metadata {key}"
    prefix, _, _ = key.partition(":")
    return f"Metadata {prefix}:*" if prefix in NAMESPACES else "Metadata *"


def _check_form(key: str, value: Value, expected: str, notes: Notes) -> None:
    if value.kind != expected:
        notes.fail("6.7.9", f"a value that is not of the form {expected}", f"Metadata {key}")
    elif key in _MOMENTS and xmp_date(value.text) is None:
        notes.fail("6.7.9", "a value that is no date", f"Metadata {key}")


def _check_identification(packet: Packet, notes: Notes) -> None:
    place = "Metadata pdfaid"
    part, conformance = packet.text("pdfaid:part"), packet.text("pdfaid:conformance")
    if part is None or conformance is None:
        notes.fail("6.7.11", "no PDF/A identification", place)
        return
    if part.strip() != "1":
        notes.fail("6.7.11", "the identified part of ISO 19005 is not 1", place)
    if conformance not in ("A", "B"):
        notes.fail("6.7.11", "the identified conformance is neither A nor B", place)
    for key in ("pdfaid:part", "pdfaid:conformance", "pdfaid:amd"):
        value = packet.properties.get(key)
        if value is not None and value.prefix != "pdfaid":
            notes.fail("6.7.11", "the namespace prefix is not pdfaid", f"Metadata {key}")


def _check_info(info: Any, packet: Packet, notes: Notes) -> None:
    for entry, key in INFO.items():
        given = get(info, entry)
        if given is None:
            continue
        same = _same_date if entry in DATES else _same_text
        if not same(text(given), packet.text(key)):
            notes.fail("6.7.3", f"not equivalent to {key}", f"Info {entry[1:]}")
    author = packet.properties.get("dc:creator")
    if get(info, "/Author") is not None and author is not None and len(author.items) != 1:
        notes.fail("6.7.3", "dc:creator has other than one entry", "Info Author")


def _same_text(given: str | None, other: str | None) -> bool:
    return given is not None and given == other


def _same_date(given: str | None, other: str | None) -> bool:
    left = None if given is None else pdf_date(given)
    right = None if other is None else xmp_date(other)
    return left is not None and right is not None and left[0] == right[0]
