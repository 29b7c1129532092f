"""Received documents: the header of any CDA R2 as values, each read when it is asked for.

The octets are kept untouched. A field that a document lacks, or writes against a rule, becomes a
finding; only what holds no ClinicalDocument at all is refused.
"""

from __future__ import annotations

from typing import Final

from segur_interop import _xml
from segur_interop._source import Source, read_source
from segur_interop.cda._content import Received, find_document, is_empty
from segur_interop.cda._read_header import Fields
from segur_interop.cda._reading import Element, Reader
from segur_interop.cda.document import Document, pending
from segur_interop.errors import InvalidDocument, XmlError
from segur_interop.findings import Finding, Report, Severity

__all__ = ["check", "read"]

_BOM: Final = b"\xef\xbb\xbf"
_TEXT: Final = "component/nonXMLBody/text"


def read(source: Source, *, max_bytes: int = _xml.MAX_BYTES) -> Document:
    """Read a CDA R2 document of any level.

    ClinicalDocument is found under any root: alone, in a style sheet, in a signature. A header
    that names two patients, or one with two INS, gives neither a matricule nor an identifier.

    Args:
        source: bytes of the document, or the path of its file.
        max_bytes: the largest document read, in bytes.

    Returns:
        A document whose `findings` say what breaks a rule; its identity is `asserted`.

    Raises:
        InvalidDocument: no XML, XML without a ClinicalDocument, or with several.
        OSError: the path cannot be read.
    """
    octets = read_source(source, max_bytes=max_bytes, error=InvalidDocument)
    try:
        root = _xml.parse(octets, max_bytes=max_bytes, comments=False)
    except XmlError as error:
        raise InvalidDocument(str(error)) from None
    element = find_document(root)
    content = Received(octets, element)
    content.fields = Fields(element, lambda: _surroundings(octets, root, element))
    return pending(content)


def _surroundings(octets: bytes, root: Element, element: Element) -> list[Finding]:
    """What is noticed around the header."""
    reader = Reader()
    if octets.startswith(_BOM):
        reader.note("cda.read.bom", "the file starts with a byte order mark", "")
    if root is not element:
        reader.note("cda.read.wrapped", "the document is wrapped in another root", "")
    encoding = (root.getroottree().docinfo.encoding or "UTF-8").upper()
    if encoding not in {"UTF-8", "UTF8", "US-ASCII", "ASCII"} or b"\0" in octets[:4]:
        reader.note("cda.read.encoding", "the encoding is not UTF-8", "")
    if is_empty(element):
        reader.note("cda.read.body", "the body is empty", _TEXT, Severity.ERROR)
    return reader.findings


def check(source: Source | Document) -> Report:
    """Judge the header of a document against `RULES`; no kit is needed.

    Args:
        source: a Document, bytes of one, or the path of its file.

    Raises:
        InvalidDocument: there is no CDA document in it.
        OSError: the path cannot be read.
    """
    return (source if isinstance(source, Document) else read(source)).check()
