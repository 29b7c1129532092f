"""The only XML parser of the library.

No DOCTYPE, no entity, no network; text nodes above 10 MB are accepted (a PDF in base64);
bytes and markup are capped before anything is parsed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO, Final

from lxml import etree

from segur_interop._source import Source, read_source
from segur_interop.errors import XmlError

__all__ = ["MAX_BYTES", "MAX_MARKUP", "Event", "events", "parse"]

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
_PROLOG: Final = re.compile(rb"(?:\s++|<\?(?:[^?]++|\?(?!>))*+\?>|<!--(?:[^-]++|-(?!->))*+-->)*+")
_ASCII_BASED: Final = re.compile(
    rb"(?i)utf-?8|us-ascii|ascii|latin-?[159]|iso-?8859-?\d{1,2}|windows-125\d|cp125\d"
)
"""Encodings where the octets of markup are those of ASCII, so that the checks below see it."""


def parse(source: Source, *, max_bytes: int = MAX_BYTES, comments: bool = True) -> etree._Element:
    """The root element of an XML document.

    Args:
        source: bytes of the document, or the path of its file.
        max_bytes: the largest document read, in bytes.
        comments: whether the tree holds them, and processing instructions; without, a text that
            one cuts in two is whole.

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
        remove_comments=not comments,
        remove_pis=not comments,
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
    # A document of fewer octets than that cannot hold more: most are not counted.
    if len(data) > MAX_MARKUP and data.count(b"<") + data.count(b"=") > MAX_MARKUP:
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


# -- as a stream --------------------------------------------------------------------------------

_PIECE: Final = 1 << 16
_LONGEST_TEXT: Final = 1 << 20
_DEEPEST: Final = 64


@dataclass(frozen=True, slots=True)
class Event:
    """The start or the end of an element, read in passing.

    Attributes:
        path: local names from the root to this element.
        attributes: by local name; at a start only.
        text: of the element itself, its spaces trimmed; at an end only, None at a start.
    """

    path: tuple[str, ...]
    attributes: Mapping[str, str]
    text: str | None = None


class _Target:
    """Keeps no tree: only the elements that are open, and events not yet taken."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._path: tuple[str, ...] = ()
        self._texts: list[list[str]] = []
        self._left = _LONGEST_TEXT

    def start(self, tag: Any, attributes: Any) -> None:
        if len(self._path) == _DEEPEST:
            raise XmlError(f"more than {_DEEPEST} levels, the limit of this reader")
        self._path = (*self._path, _local(tag))
        self._texts.append([])
        told = {_local(name): value for name, value in attributes.items()}
        self.events.append(Event(self._path, told))

    def data(self, data: Any) -> None:
        self._left -= len(data)
        if self._left < 0:
            raise XmlError("a text longer than this reader takes")
        if self._texts:
            self._texts[-1].append(data)

    def comment(self, text: Any) -> None:
        return None

    def end(self, tag: Any) -> None:
        self.events.append(Event(self._path, {}, "".join(self._texts.pop()).strip()))
        self._path = self._path[:-1]
        self._left = _LONGEST_TEXT

    def doctype(self, *_: object) -> None:
        raise XmlError("a DOCTYPE is refused")

    def close(self) -> None:
        return None


def events(stream: BinaryIO) -> Iterator[Event]:
    """The elements of a document of any size, which is never held whole.

    Args:
        stream: binary; UTF-8 or another encoding whose markup is ASCII.

    Raises:
        XmlError: not well formed, a DOCTYPE, another encoding, a text of more than 1 MB.
        OSError: the stream cannot be read.
    """
    target = _Target()
    parser = etree.XMLParser(
        target=target, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    piece = stream.read(_PIECE)
    if piece[:2] in _UTF16 or piece.startswith(_UTF32):
        raise XmlError("only encodings whose markup is ASCII are read as a stream")
    _refuse_unsafe(piece)
    try:
        while piece:
            parser.feed(piece)
            yield from target.events
            target.events.clear()
            piece = stream.read(_PIECE)
        parser.close()
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        if isinstance(error, XmlError):
            raise
        raise XmlError(_cause(error)) from None
    yield from target.events


def _local(name: str) -> str:
    return name.rpartition("}")[2]
