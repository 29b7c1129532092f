"""What an OBX carries in its value: a CDA, a PDF, a text; sliced and decoded, never split.

(HL7 v2.5 §2.A.24 ED, §2.A.65 RP, table 0299 encodings; ANS guide "Transmission de documents CDA-R2
en HL7v2" 2.1.2.) The octets tell what it is, not the labels of OBX-5.2 to 5.4.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from segur_interop._masking import Masked, shown
from segur_interop.errors import UnknownCode
from segur_interop.findings import Severity
from segur_interop.hl7._datatypes import Notes, Repetition
from segur_interop.hl7._syntax import MAX_ESCAPES
from segur_interop.hl7.er7 import Segment
from segur_interop.terminology import Code

if TYPE_CHECKING:
    from segur_interop.cda import DocumentType

__all__ = ["CarriedPdf", "Payload", "encapsulated", "encoded", "kind_of", "payload_of", "text_of"]
__all__ += ["unescaped"]

_GUIDE: Final = "ANS guide CDA in HL7 v2, 2.1.2, OBX-5"
_BLANKS: Final = b" \t\r\n\x0b\x0c"
_WINDOW: Final = 1024
_WORDS: Final = frozenset(
    ("", "TEXT", "TX", "FT", "APPLICATION", "AP", "IM", "IMAGE", "MULTIPART", "XML", "PDF", "HTML",
     "RTF", "PLAIN", "OCTET-STREAM", "TIFF", "JPEG", "JPG", "HL7-CDA", "X-HL7-CDA-LEVEL-ONE",
     "BASE64", "HEX", "A")
)  # fmt: skip
"""The labels of OBX-5.2 to 5.4 that are shown; another text could be anything."""
_UTF16: Final = (b"\xff\xfe", b"\xfe\xff")
_BOM: Final = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class CarriedPdf(Masked):
    """A PDF that a message carries without a CDA around it.

    `bytes(pdf)` are its octets, whatever their conformance: `pdf.convert` makes it PDF/A-1,
    `cda.wrap` a document of the type `type`.

    Attributes:
        octets: the file.
        code: kind of document (OBX-3), in the code system of JDV_J07 when it is one of its codes.
        status: OBX-11.
        value_type: OBX-2, ED or RP.
        literal: OBX-5.2 to 5.4 as received (`application^PDF^Base64`), `?` for an unknown word.
    """

    octets: bytes
    code: Code | None = None
    status: str = field(default="", metadata=shown())
    value_type: str = field(default="ED", metadata=shown())
    literal: str = field(default="", metadata=shown())

    @property
    def type(self) -> DocumentType | None:
        """The row of its kind, None for a code that JDV_J07 does not hold."""
        from segur_interop.cda import DocumentType

        if self.code is None:
            return None
        try:
            return DocumentType.of(self.code.code, self.code.system or None)
        except UnknownCode:
            return None

    def __bytes__(self) -> bytes:
        return self.octets


@dataclass(frozen=True, slots=True)
class Payload:
    """Decoded octets of an OBX, and the labels that announced them."""

    octets: bytes
    literal: str


def kind_of(octets: bytes) -> str:
    """`pdf`, `xml`, or "" by the octets alone."""
    head = octets[:_WINDOW].removeprefix(_BOM).lstrip(_BLANKS)
    if head.startswith((b"<", *_UTF16)):
        return "xml"
    return "pdf" if b"%PDF-" in head else ""


def payload_of(segment: Segment, place: str, notes: Notes) -> Payload | None:
    """The octets of OBX-5, None and a finding when they cannot be decoded.

    Args:
        segment: an OBX of type ED or RP.
        place: where it stands, `OBX[2]`.
        notes: gathers what is odd.
    """
    words = [_word(segment, number) for number in (2, 3, 4)]
    literal = "^".join(word if word.upper() in _WORDS else "?" for word in words)
    view, number = _data(segment)
    if not len(view):
        notes.add("transport.data", "no data", f"{place}-5", Severity.ERROR)
        return None
    where = f"{place}-5.{number}"
    octets = _decoded(view, words[2].upper(), segment, where, notes)
    return None if octets is None else Payload(octets, literal)


def _word(segment: Segment, number: int) -> str:
    return segment.decoded(bytes(segment.slice(5, number)[:_WINDOW]))[0].strip()


def _data(segment: Segment) -> tuple[memoryview, int]:
    """The data: ED.5, or the first component of an RP that holds data instead of a pointer."""
    view = segment.slice(5, 5)
    if len(view):
        return view, 5
    return segment.slice(5, 1), 1


def _decoded(
    view: memoryview, encoding: str, segment: Segment, place: str, notes: Notes
) -> bytes | None:
    if encoding in ("A", "ASCII"):
        return unescaped(bytes(view), segment, place, notes).encode() or None
    if encoding == "HEX":
        try:
            return bytes.fromhex(bytes(view).decode("ascii"))
        except ValueError:
            notes.add("transport.hex", "damaged hexadecimal data", place, Severity.ERROR)
            return None
    try:
        return binascii.a2b_base64(view, strict_mode=True)
    except binascii.Error:
        return _mended(bytes(view), segment, place, notes)


def unescaped(octets: bytes, segment: Segment, place: str, notes: Notes) -> str:
    """The text of a value; "" and a finding when it holds escapes beyond all use."""
    text, _ = segment.decoded(octets)
    if segment.syntax.escape and text.count(segment.syntax.escape) > MAX_ESCAPES:
        notes.add("transport.escapes", f"more than {MAX_ESCAPES} escape characters: not read",
                  place, Severity.ERROR)  # fmt: skip
        return ""
    return segment.syntax.unescaped(text)


def _mended(octets: bytes, segment: Segment, place: str, notes: Notes) -> bytes | None:
    """Base64 with what senders put into it taken out: line ends, blanks, no padding."""
    mark = segment.syntax.repetition.encode()
    if mark in octets:
        message = "several values in one field: the first is read"
        notes.add("transport.repeated", message, place, Severity.ERROR, _GUIDE)
        octets = octets.partition(mark)[0]
    escape = segment.syntax.escape.encode()
    for ending in (b".br", b"X0D0A", b"X0D", b"X0A") if escape else ():
        octets = octets.replace(escape + ending + escape, b" ")
    if (escape and escape in octets) or not octets.isascii():
        text = unescaped(octets, segment, place, notes)
        octets = text.replace("\u00a0", "").encode()
    compact = octets.translate(None, _BLANKS)
    if len(compact) < len(octets):
        notes.add("transport.base64.blanks", "blanks or line ends within the base64", place,
                  Severity.INFO, _GUIDE)  # fmt: skip
    bare = compact.rstrip(b"=")
    missing = -len(bare) % 4
    if len(compact) != len(bare) + missing:
        notes.add("transport.base64.padding", "the padding of the base64 is wrong or absent",
                  place, Severity.WARNING, _GUIDE)  # fmt: skip
    try:
        return binascii.a2b_base64(bare + b"=" * missing, strict_mode=True)
    except binascii.Error:
        notes.add("transport.base64", "damaged base64", place, Severity.ERROR, _GUIDE)
        return None


def text_of(octets: bytes) -> str:
    """The text of a mail, in UTF-8 or else in the Windows set."""
    try:
        return octets.decode("utf-8-sig")
    except UnicodeDecodeError:
        return octets.decode("cp1252", "replace")


def encoded(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The base64 of the whole, a piece for each chunk."""
    rest = b""
    for chunk in chunks:
        whole = rest + chunk
        cut = len(whole) - len(whole) % 3
        rest = whole[cut:]
        yield binascii.b2a_base64(memoryview(whole)[:cut], newline=False)
    yield base64.b64encode(rest)


def encapsulated(text: str, word: str) -> Repetition:
    """The ED of a text."""
    return ("", word, "", "Base64", base64.b64encode(text.encode()).decode("ascii"))
