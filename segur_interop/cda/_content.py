"""The octets of a document: kept as received, or a header with the body spliced in as base64."""

from __future__ import annotations

import base64
import binascii
import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Protocol

from lxml import etree

from segur_interop import _xml
from segur_interop.cda._build import HL7
from segur_interop.cda._children import descend
from segur_interop.cda.structured import Structured
from segur_interop.errors import InvalidDocument
from segur_interop.ins.matricule import INS_OIDS

if TYPE_CHECKING:
    from segur_interop.cda.document import Document

__all__ = [
    "Body",
    "Content",
    "NoDocument",
    "Outline",
    "Received",
    "Written",
    "find_document",
    "is_empty",
    "outline_of",
    "splice",
]

CHUNK: Final = 3 * 256 * 1024
"""Octets of the body encoded at a time; a multiple of 3, so that no padding falls inside."""

_MAGIC_WINDOW: Final = 1024


@dataclass(frozen=True, slots=True)
class Body:
    """The file that a level 1 document carries.

    Attributes:
        media_type: as announced; `is_pdf` looks at the octets instead.
        octets: the file itself.
    """

    media_type: str
    octets: bytes = field(repr=False)

    @property
    def is_pdf(self) -> bool:
        """True when the octets are a PDF, whatever was announced."""
        return b"%PDF-" in self.octets[:_MAGIC_WINDOW]


@dataclass(frozen=True, slots=True)
class Outline:
    """What the metadata of an archive take from the octets, whatever the values say.

    Attributes:
        ins: root and extension of each identifier of the patient that is a matricule INS.
        media_type: of the file of a level 1 body; None for a structured body.
        is_styled: True within a style sheet (auto-présentable).
    """

    ins: tuple[tuple[str, str], ...] = field(repr=False)
    media_type: str | None
    is_styled: bool

    @classmethod
    def of(cls, element: etree._Element) -> Outline:
        """That of a ClinicalDocument element."""
        ids = descend(element, "recordTarget", "patientRole", "id")
        text = _body_text(element)
        return cls(
            ins=tuple(
                (item.get("root", ""), item.get("extension", ""))
                for item in ids
                if item.get("root") in INS_OIDS
            ),
            media_type=None if text is None else text.get("mediaType") or "text/plain",
            is_styled=element.getroottree().getroot().tag == _STYLE_SHEET,
        )


_STYLE_SHEET: Final = "{http://www.w3.org/1999/XSL/Transform}stylesheet"


def outline_of(document: Document) -> Outline:
    """The outline of a document, read once when it was written here."""
    return document._octets().outline


class Content(Protocol):
    """What a document is made of."""

    @property
    def level(self) -> int: ...

    @property
    def signed(self) -> bool: ...

    def body(self) -> Body | None: ...

    def element(self) -> etree._Element: ...

    @property
    def structured(self) -> Structured: ...

    @property
    def outline(self) -> Outline: ...

    def chunks(self) -> Iterator[bytes]: ...

    def octets(self) -> bytes: ...


class Written:
    """A header serialised once, and the file whose base64 goes in its place."""

    level = 1
    signed = False

    def __init__(self, head: bytes, tail: bytes, body: Body, outline: Outline) -> None:
        self._head, self._tail, self._body = head, tail, body
        self.outline = outline

    def body(self) -> Body:
        """The file."""
        return self._body

    def element(self) -> etree._Element:
        """The header, with an empty body."""
        return _xml.parse(self._head + self._tail)

    @property
    def structured(self) -> Structured:
        """No section: the body is a file."""
        return Structured(self.element())

    def chunks(self) -> Iterator[bytes]:
        """Head, base64 by chunks, tail."""
        yield self._head
        view = memoryview(self._body.octets)
        for start in range(0, len(view), CHUNK):
            yield binascii.b2a_base64(view[start : start + CHUNK], newline=False)
        yield self._tail

    def octets(self) -> bytes:
        """The whole document."""
        return b"".join(self.chunks())


class Fields(Protocol):
    """The fields of a header by the names of `Document`."""

    def __getitem__(self, name: str) -> Any: ...


class Received:
    """Octets kept untouched; the tree is made when it is needed.

    Attributes:
        fields: those of a document just read, for as long as it has not been pickled.
    """

    def __init__(self, octets: bytes, element: etree._Element | None = None) -> None:
        """Of a document, and its ClinicalDocument where that was found."""
        self._raw = octets
        self.fields: Fields | None = None
        if element is not None:
            self.__dict__["_element"] = element

    def __reduce__(self) -> tuple[object, ...]:
        return Received, (self._raw,)

    @property
    def level(self) -> int:
        """1 for a nonXMLBody, else 3."""
        return 1 if self._text() is not None else 3

    @property
    def signed(self) -> bool:
        """True when a ds:Signature is anywhere around or in the document."""
        signature = "{http://www.w3.org/2000/09/xmldsig#}Signature"
        return next(self._element.getroottree().getroot().iter(signature), None) is not None

    def element(self) -> etree._Element:
        """The ClinicalDocument element."""
        return self._element

    @functools.cached_property
    def _element(self) -> etree._Element:
        return find_document(_xml.parse(self._raw, comments=False))

    @functools.cached_property
    def structured(self) -> Structured:
        """What the structured body says."""
        return Structured(self.element())

    @property
    def outline(self) -> Outline:
        """What metadata take from the octets."""
        return Outline.of(self.element())

    def body(self) -> Body | None:
        """The decoded file of a level 1 body."""
        text = self._text()
        if text is None:
            return None
        content = "".join(map(str, text.itertext())) if len(text) else text.text or ""
        media_type = text.get("mediaType", "text/plain")
        # Some senders write a PDF in base64 and announce it as text; the kit lets it through.
        if text.get("representation") == "B64" or content[:_PEEK].lstrip().startswith(_PDF_B64):
            return Body(media_type, _decoded(content))
        return Body(media_type, content.encode())

    def chunks(self) -> Iterator[bytes]:
        """The octets, whole: they are held anyway."""
        yield self._raw

    def octets(self) -> bytes:
        """The octets as received."""
        return self._raw

    def _text(self) -> etree._Element | None:
        return _body_text(self.element())


def is_empty(element: etree._Element) -> bool:
    """True for a ClinicalDocument that has a level 1 body without any content."""
    text = _body_text(element)
    return text is not None and not _HAS_CONTENT(text)


def _body_text(element: etree._Element) -> etree._Element | None:
    return next(iter(descend(element, "component", "nonXMLBody", "text")), None)


_PEEK: Final = 1000
_HAS_CONTENT: Final = etree.XPath("boolean(text() or *)")
"""Asked of the tree: `text.text` would copy the whole body."""
_PDF_B64: Final = "JVBERi0"
"""`%PDF-` in base64."""


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except ValueError:
        raise InvalidDocument(
            "the base64 of the body is damaged",
            place="/ClinicalDocument/component/nonXMLBody/text",
        ) from None


class NoDocument(InvalidDocument):
    """Sound XML of something else."""


def find_document(root: etree._Element) -> etree._Element:
    """The ClinicalDocument under any root: alone, in a style sheet, in a signature.

    Of several none is chosen, not even the one that a signature holds: signatures are not
    verified here, so that one proves nothing about which document is meant.

    Raises:
        NoDocument: there is none.
        InvalidDocument: there are several.
    """
    every = root.iter(f"{{{HL7}}}ClinicalDocument")
    found = next(every, None)
    if found is None:
        raise NoDocument("no ClinicalDocument of namespace urn:hl7-org:v3")
    if next(every, None) is not None:
        raise InvalidDocument("several ClinicalDocument in one file: none is read")
    return found


def splice(document: str, mark: str, body: Body, outline: Outline) -> Written:
    """Cut a document where its body goes.

    Args:
        document: ClinicalDocument, whose nonXMLBody/text holds the mark.
        mark: a text that is nowhere else.
        body: the file to carry.
        outline: that of the document.
    """
    head, tail = f"<?xml version='1.0' encoding='UTF-8'?>\n{document}".encode().split(mark.encode())
    return Written(head, tail, body, outline)
