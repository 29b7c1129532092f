"""The only XML parser of the library.

No DOCTYPE, no entity, no network; text nodes above 10 MB are accepted (a PDF in base64);
bytes and markup are capped before anything is parsed.
"""

from __future__ import annotations

import re
from typing import Final

from lxml import etree

from segur_interop._source import Source, read_source
from segur_interop.errors import XmlError

__all__ = ["MAX_BYTES", "MAX_MARKUP", "parse"]

MAX_BYTES: Final = 200_000_000
MAX_MARKUP: Final = 2_000_000
"""Cap on the `<` and `=` octets of a document: it bounds the tree that the bytes can become."""

_UTF16: Final = {
    b"\xff\xfe": "utf-16",
    b"\xfe\xff": "utf-16",
    b"<\0": "utf-16-le",
    b"\0<": "utf-16-be",
}
_UTF32: Final = (b"\xff\xfe\0\0", b"\0\0\xfe\xff", b"<\0\0\0", b"\0\0\0<")
_BOM: Final = b"\xef\xbb\xbf"
_DECLARATION: Final = re.compile(rb"(?s)<\?xml\s.*?\?>")
_DECLARED: Final = re.compile(rb"encoding\s*=\s*[\"']([^\"']*)[\"']")
_PROLOG: Final = re.compile(rb"(?s)(?:\s+|<\?.*?\?>|<!--.*?-->)*+")
_ASCII_BASED: Final = re.compile(
    rb"(?i)utf-?8|us-ascii|ascii|latin-?[159]|iso-?8859-?\d{1,2}|windows-125\d|cp125\d"
)
"""Encodings where the octets of markup are those of ASCII, so that the checks below see it."""


def parse(source: Source, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """The root element of an XML document.

    Args:
        source: bytes of the document, or the path of its file.
        max_bytes: the largest document read, in bytes.

    Raises:
        XmlError: too large, not well formed, or with a DOCTYPE.
        OSError: the path cannot be read.
    """
    data = _without_utf16(read_source(source, max_bytes=max_bytes, error=XmlError))
    _refuse_unsafe(data)
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,
        remove_comments=False,
        remove_pis=False,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        line = getattr(error, "lineno", None)
        raise XmlError(_cause(error), place=f"line {line}" if line else "") from None
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None or info.doctype:
        raise XmlError("a DOCTYPE is refused")
    return root


def _without_utf16(data: bytes) -> bytes:
    """UTF-16 as UTF-8 without declaration; everything else untouched."""
    if data.startswith(_UTF32):
        raise XmlError("UTF-32 is refused")
    encoding = _UTF16.get(data[:2])
    if encoding is None:
        return data
    try:
        text = data.decode(encoding).encode()
    except UnicodeError:
        raise XmlError("not well-formed XML: the bytes are not the UTF-16 they start as") from None
    return _DECLARATION.sub(b"", text, count=1) if text.startswith(b"<?xml") else text


def _refuse_unsafe(data: bytes) -> None:
    if data.count(b"<") + data.count(b"=") > MAX_MARKUP:
        raise XmlError(f"more than {MAX_MARKUP} markup characters, the limit of this reader")
    start = len(_BOM) if data.startswith(_BOM) else 0
    declaration = _DECLARATION.match(data, start)
    declared = _DECLARED.findall(declaration.group()) if declaration else ()
    if not all(_ASCII_BASED.fullmatch(name) for name in declared):
        raise XmlError("the declared encoding is refused, or is not that of the bytes")
    prolog = _PROLOG.match(data, start)
    if data.startswith(b"<!DOCTYPE", prolog.end() if prolog else start):
        raise XmlError("a DOCTYPE is refused")


def _cause(error: Exception) -> str:
    """The name of libxml2's error: its sentence could quote the document."""
    last = getattr(getattr(error, "error_log", None), "last_error", None)
    words = last.type_name.removeprefix("ERR_").replace("_", " ").lower() if last else ""
    return f"not well-formed XML: {words}" if words else "not well-formed XML"
