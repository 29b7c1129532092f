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

_ENCODING: Final = re.compile(rb"<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_FIRST_ELEMENT: Final = re.compile(rb"<[A-Za-z_:\x80-\xff]")
_SUPPORTED: Final = re.compile(
    r"(?i)utf-?8|utf-?16(le|be)?|us-ascii|ascii|latin-?[159]|iso-?8859-?\d{1,2}|windows-125\d|cp125\d"
)


def parse(source: Source, *, max_bytes: int = MAX_BYTES) -> etree._Element:
    """The root element of an XML document.

    Args:
        source: bytes of the document, or the path of its file.
        max_bytes: the largest document read, in bytes.

    Raises:
        XmlError: too large, not well formed, or with a DOCTYPE.
        OSError: the path cannot be read.
    """
    data = read_source(source, max_bytes=max_bytes, error=XmlError)
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
        raise XmlError("not well-formed XML", place=f"line {line}" if line else "") from None
    if root is None:
        raise XmlError("not well-formed XML")
    info = root.getroottree().docinfo
    if info.internalDTD is not None or info.externalDTD is not None or info.doctype:
        raise XmlError("a DOCTYPE is refused")
    return root


def _refuse_unsafe(data: bytes) -> None:
    if data.count(b"<") + data.count(b"=") > MAX_MARKUP:
        raise XmlError(f"more than {MAX_MARKUP} markup characters, the limit of this reader")
    root = _FIRST_ELEMENT.search(data)
    if b"<!DOCTYPE" in data[: root.start() if root else 0]:
        raise XmlError("a DOCTYPE is refused")
    declared = _ENCODING.search(data[:400])
    if declared and not _SUPPORTED.fullmatch(declared.group(1).decode("ascii")):
        raise XmlError("the declared encoding is refused")
