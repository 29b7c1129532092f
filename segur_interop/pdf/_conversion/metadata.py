"""Info and XMP rewritten together, the output intent, the save: what makes a file say PDF/A-1b.

ISO 19005-1:2005, 6.2.2, 6.7. Every function works on a `pikepdf.Pdf` and reports what it lost.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

import pikepdf

from segur_interop.errors import InvalidValue, PdfError, XmlError
from segur_interop.findings import Finding, Severity
from segur_interop.pdf._clauses.color import Colors
from segur_interop.pdf._clauses.metadata import DATES, INFO, PREDEFINED, property_place
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._conversion.icc import srgb_profile
from segur_interop.pdf._reading.objects import (
    MALFORMED,
    TooLarge,
    decoded,
    entries,
    expansions,
    get,
    is_stream,
    text,
    where,
)
from segur_interop.pdf._reading.xmp import (
    NAMESPACES,
    Packet,
    Value,
    pdf_date,
    read_packet,
    xmp_date,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = [
    "MAX_EXPANDED",
    "Metadata",
    "conform",
    "pdf_text",
    "read_metadata",
    "to_bytes",
    "write_metadata",
]

_MAX_PACKET: Final = 20_000_000

MAX_EXPANDED: Final = 256_000_000
"""Most decoded bytes of streams that pass through two filters that expand."""

_FORBIDDEN: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_KEY: Final = re.compile(r"/[A-Za-z0-9_:.-]{1,127}")
_SIMPLE: Final = ("text", "Bag", "Seq", "Alt")
_OWNED: Final = frozenset(INFO.values())
_STRUCTURAL: Final = ("pdfaid:", "pdfaExtension:")


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a file says of itself.

    Attributes:
        info: the eight entries of `INFO` that have a value; dates as PDF dates with a zone.
        creators: `dc:creator` when it does not come from a single Author.
        others: further predefined XMP properties, kept as they are.
        custom: entries of the information dictionary that have no XMP property.
    """

    info: Mapping[str, str] = field(default_factory=dict)
    creators: tuple[str, ...] = ()
    others: Mapping[str, Value] = field(default_factory=dict)
    custom: Mapping[str, str] = field(default_factory=dict)


def conform(
    pdf: pikepdf.Pdf,
    *,
    metadata: Metadata | None = None,
    modified: datetime | None = None,
    keep_intent: bool = True,
) -> tuple[Finding, ...]:
    """Make the metadata and the output intent those of PDF/A-1b; the pages are not touched.

    Args:
        pdf: changed in place.
        metadata: written instead of what the file says.
        modified: aware; the new modification date, else it stays.
        keep_intent: leave a valid PDF/A-1 output intent as it is; else sRGB replaces it.

    Returns:
        What was lost or changed on the way.
    """
    notes = Notes()
    if metadata is None:
        metadata = read_metadata(pdf, notes)
    if modified is not None:
        metadata = replace(metadata, info={**metadata.info, "/ModDate": pdf_text(modified)})
    write_metadata(pdf, metadata, notes)
    if not (keep_intent and _has_intent(pdf)):
        _write_intent(pdf, notes)
    return notes.findings


def _check_expansions(pdf: pikepdf.Pdf) -> None:
    left = MAX_EXPANDED
    for item in pdf.objects:
        if not is_stream(item) or expansions(item) < 2:
            continue
        try:
            left -= len(decoded(item, left))
        except TooLarge:
            raise PdfError(
                f"pdf.bomb: streams that expand beyond {MAX_EXPANDED} bytes", place=where(item, "")
            ) from None
        except MALFORMED:
            continue


def to_bytes(pdf: pikepdf.Pdf) -> bytes:
    """The file: version 1.4, cross reference table, same octets for the same content.

    Raises:
        PdfError: streams that expand more than once, beyond `MAX_EXPANDED` bytes: writing them
            undoes their filters.
    """
    _check_expansions(pdf)
    for key in ("/Version", "/Extensions"):
        if key in pdf.Root:
            del pdf.Root[key]
    out = io.BytesIO()
    with warnings.catch_warnings():  # widgets outside the form: they stay as they were
        warnings.simplefilter("ignore")
        pdf.save(
            out,
            force_version="1.4",
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            compress_streams=True,
            deterministic_id=True,
            fix_metadata_version=False,
        )
    return out.getvalue()


def _has_intent(pdf: pikepdf.Pdf) -> bool:
    colors = Colors(doubts := Notes())
    colors.read_intents(pdf.Root)
    return colors.output is not None and not doubts.findings


def _write_intent(pdf: pikepdf.Pdf, notes: Notes) -> None:
    old = get(pdf.Root, "/OutputIntents") is not None
    _lost(
        notes,
        "output-intent",
        "the output intent was replaced by sRGB" if old else "an sRGB output intent was added",
        Severity.WARNING if old else Severity.INFO,
    )
    profile = pdf.make_stream(srgb_profile(), N=3)
    intent = pikepdf.Dictionary(
        Type=pikepdf.Name.OutputIntent,
        S=pikepdf.Name.GTS_PDFA1,
        OutputConditionIdentifier="sRGB",
        Info="sRGB IEC61966-2.1",
        DestOutputProfile=profile,
    )
    pdf.Root.OutputIntents = pikepdf.Array([pdf.make_indirect(intent)])


def read_metadata(pdf: pikepdf.Pdf, notes: Notes) -> Metadata:
    """What Info and XMP say; where they differ Info is kept, which readers display."""
    packet = _packet(pdf, notes)
    info: dict[str, str] = {}
    custom: dict[str, str] = {}
    for key, value in entries(get(pdf.trailer, "/Info")):
        given = text(value) if _KEY.fullmatch(key) else None
        if given is not None and given.strip("\x00 "):
            (info if key in INFO else custom)[key] = given
        elif given is None:
            _lost(notes, "info-entry", "an entry that is no text was dropped", place="Info")
    merged = _merge(info, packet, notes)
    _tell_identification(packet, notes)
    author = packet.properties.get("dc:creator")
    creators = tuple(item.text for _, item in author.items) if author else ()
    others = {
        key: value
        for key, value in packet.properties.items()
        if key not in _OWNED and not key.startswith(_STRUCTURAL) and _is_kept(key, value)
    }
    for key in packet.properties:
        if key not in others and key not in _OWNED and not key.startswith("pdfaid:"):
            _lost(notes, "xmp-property", "an XMP property was dropped", place=property_place(key))
    return Metadata(merged, creators if len(creators) > 1 else (), others, custom)


def _tell_identification(packet: Packet, notes: Notes) -> None:
    part, level = packet.text("pdfaid:part"), packet.text("pdfaid:conformance")
    if part is not None and (part, level) != ("1", "B"):
        _lost(notes, "identification", "identified as PDF/A-1b, no longer as another PDF/A",
              Severity.INFO, place="Metadata pdfaid")  # fmt: skip


def _packet(pdf: pikepdf.Pdf, notes: Notes) -> Packet:
    stream = get(pdf.Root, "/Metadata")
    if not is_stream(stream):
        return Packet({})
    try:
        return read_packet(decoded(stream, _MAX_PACKET))
    except (XmlError, TooLarge, *MALFORMED):
        _lost(notes, "xmp", "an XMP packet that cannot be read was dropped", place="Metadata")
        return Packet({})


def _is_kept(key: str, value: Value) -> bool:
    return (
        PREDEFINED.get(key) == value.kind
        and value.kind in _SIMPLE
        and all(item.kind == "text" for _, item in value.items)
    )


def _merge(info: Mapping[str, str], packet: Packet, notes: Notes) -> dict[str, str]:
    merged = {}
    for key, name in INFO.items():
        own, other = info.get(key), packet.text(name)
        if key in DATES:
            value = _merged_date(key, own, other, notes)
        else:
            value = _clean(own if own is not None else other, key, notes)
            if own is not None and other and own != other:
                _lost(
                    notes, "conflict", f"Info and XMP ({name}) differed: Info is kept",
                    place=f"Info {key}",
                )  # fmt: skip
        if value:
            merged[key] = value
    return merged


def _merged_date(key: str, own: str | None, other: str | None, notes: Notes) -> str | None:
    given = pdf_date(own) if own is not None else None
    copied = xmp_date(other) if other is not None else None
    if (own is not None and given is None) or (other and copied is None):
        _lost(notes, "date", "a date that cannot be read was dropped", place=f"Info {key}")
    if given and copied and given[0] != copied[0]:
        _lost(notes, "conflict", "Info and XMP dates differed: Info is kept", place=f"Info {key}")
    chosen = given or copied
    if chosen is None:
        return None
    if not chosen[1]:
        _lost(
            notes, "zone", "a date without zone is written as UTC, which XMP asks to state",
            Severity.INFO, place=f"Info {key}",
        )  # fmt: skip
    return pdf_text(chosen[0])


def _clean(value: str | None, key: str, notes: Notes) -> str | None:
    if value is None:
        return None
    kept = _FORBIDDEN.sub("", value)
    if kept != value:
        _lost(notes, "characters", "control characters were dropped", place=f"Info {key}")
    return kept.strip() or None


def _lost(
    notes: Notes,
    rule: str,
    message: str,
    severity: Severity = Severity.WARNING,
    *,
    place: str = "",
) -> None:
    notes.add(f"pdf.metadata.{rule}", message, place, severity=severity)


def pdf_text(moment: datetime) -> str:
    """An aware moment as a PDF date."""
    if moment.utcoffset() is None:
        raise InvalidValue("a datetime without a time zone is refused", place="modified")
    zone = moment.strftime("%z")
    stamp = f"D:{moment.year:04d}{moment:%m%d%H%M%S}"
    return f"{stamp}Z" if zone == "+0000" else f"{stamp}{zone[:3]}'{zone[3:5]}'"


def _xmp_text(stamp: str) -> str:
    found = pdf_date(stamp)
    return "" if found is None else found[0].isoformat(timespec="seconds").replace("+00:00", "Z")


def write_metadata(pdf: pikepdf.Pdf, metadata: Metadata, notes: Notes) -> None:
    """Write the information dictionary and the packet from the same values."""
    entries_ = {**metadata.info, **metadata.custom}
    if metadata.creators and metadata.info.get("/Author") not in (None, *metadata.creators):
        _lost(notes, "conflict", "Info and XMP authors differed: Info is kept", place="Info Author")
    elif metadata.creators:
        entries_.pop("/Author", None)
    pdf.trailer.Info = pdf.make_indirect(
        pikepdf.Dictionary({key: pikepdf.String(value) for key, value in entries_.items()})
    )
    stream = pikepdf.Stream(pdf, _serialize(metadata, entries_).encode())
    stream.Type, stream.Subtype = pikepdf.Name.Metadata, pikepdf.Name.XML
    pdf.Root.Metadata = pdf.make_indirect(stream)


def _serialize(metadata: Metadata, info: Mapping[str, str]) -> str:
    lines = "".join(f"   {line}\n" for line in _property_lines(metadata, info))
    used = dict.fromkeys(re.findall(r"<(\w+):", lines))
    spaces = "".join(f' xmlns:{p}="{NAMESPACES[p]}"' for p in used if p in NAMESPACES)
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n'
        '<x:xmpmeta xmlns:x="adobe:ns:meta/">\n'
        ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">\n'
        f'  <rdf:Description rdf:about=""{spaces}>\n{lines}'
        "  </rdf:Description>\n </rdf:RDF>\n</x:xmpmeta>\n"
        '<?xpacket end="w"?>'
    )


def _property_lines(metadata: Metadata, info: Mapping[str, str]) -> Iterator[str]:
    yield "<pdfaid:part>1</pdfaid:part>"
    yield "<pdfaid:conformance>B</pdfaid:conformance>"
    for key, name in INFO.items():
        value = info.get(key)
        if key == "/Author":
            creators = (value,) if value else metadata.creators
            if creators:
                yield _container(name, "Seq", [("", creator) for creator in creators])
        elif value and PREDEFINED[name] == "Alt":
            yield _container(name, "Alt", [("x-default", value)])
        elif value:
            shown = _xmp_text(value) if key in DATES else value
            yield f"<{name}>{escape(shown)}</{name}>"
    for name, kept in metadata.others.items():
        if kept.kind == "text":
            yield f"<{name}>{escape(kept.text)}</{name}>"
        else:
            items = [(language, item.text) for language, item in kept.items]
            yield _container(name, kept.kind, items)


def _container(name: str, kind: str, items: list[tuple[str, str]]) -> str:
    inner = "".join(
        f'<rdf:li xml:lang="{escape(language, {chr(34): "&quot;"})}">{escape(value)}</rdf:li>'
        if language
        else f"<rdf:li>{escape(value)}</rdf:li>"
        for language, value in items
    )
    return f"<{name}><rdf:{kind}>{inner}</rdf:{kind}></{name}>"
