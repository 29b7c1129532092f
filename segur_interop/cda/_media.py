"""Files carried in base64 inside a structured body, and the images that a page may show."""

from __future__ import annotations

import base64
import binascii
import html
from typing import Final

from lxml import etree

from segur_interop.cda._build import NS
from segur_interop.cda._index import Index
from segur_interop.cda._narrative_html import MediaHtml, anchor

__all__ = ["decoded", "image_type", "media_html", "media_value", "start_of"]

Element = etree._Element

_IMAGES: Final = {
    b"\x89PNG\r\n\x1a\n": "image/png",
    b"\xff\xd8\xff": "image/jpeg",
    b"GIF87a": "image/gif",
    b"GIF89a": "image/gif",
}
"""Images that a browser shows and that run nothing (an SVG can hold a script)."""


def decoded(value: Element) -> bytes | None:
    """The octets of an ED in base64; None when they are damaged or it is a text."""
    text = _own_text(value)
    if not _is_base64(value, text):
        return None
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (ValueError, binascii.Error):
        return None


def _own_text(value: Element) -> str:
    """Without that of what is inside, such as the thumbnail of an ED."""
    if not len(value):
        return value.text or ""
    return "".join([value.text or "", *(item.tail or "" for item in value)])


def _is_base64(value: Element, text: str) -> bool:
    """As announced; a PDF in base64 is one even when nothing says so, as for a level 1 body."""
    return value.get("representation") == "B64" or text[:_PEEK].lstrip().startswith(_PDF_B64)


def start_of(value: Element) -> bytes:
    """The first octets of an ED in base64, enough to know its type; b"" when they are damaged."""
    own = _own_text(value)
    if not _is_base64(value, own):
        return b""
    text = "".join(own.lstrip()[:_PEEK].split())
    try:
        return base64.b64decode(text[: len(text) // 4 * 4], validate=True)
    except ValueError:
        return b""


_PEEK: Final = 2000
_PDF_B64: Final = "JVBERi0"
"""`%PDF-` in base64."""


def image_type(octets: bytes) -> str:
    """The type of an image by its first octets; "" when it is none that a page shows."""
    return next((kind for magic, kind in _IMAGES.items() if octets.startswith(magic)), "")


def media_value(element: Element) -> Element | None:
    """The value of an observationMedia, or of the first one that a regionOfInterest holds."""
    if etree.QName(element).localname == "regionOfInterest":
        return element.find("h:entryRelationship/h:observationMedia/h:value", NS)
    return element.find("h:value", NS)


def media_html(index: Index) -> MediaHtml:
    """What shows the media of a document: an image in place, once; a link for anything else."""
    shown: set[str] = set()

    def show(identifier: str) -> str:
        name = html.escape(anchor(identifier))
        element = index.get(identifier)
        if element is None:
            return '<span class="cda-missing">[image absente]</span>'
        value = media_value(element)
        octets = None if value is None or identifier in shown else decoded(value)
        kind = image_type(octets) if octets else ""
        if not (octets and kind):
            return f'<a href="#{name}">[pièce jointe]</a>'
        shown.add(identifier)
        body = base64.b64encode(octets).decode("ascii")
        return f'<img id="{name}" alt="" src="data:{kind};base64,{body}">'

    return show
