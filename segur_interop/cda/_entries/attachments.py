"""Files that a structured body carries: images, PDF, the PDF copy of the document."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import shown
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.observations import concept_of
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.record import Record, base
from segur_interop.cda._entries.values import Concept
from segur_interop.cda._media import decoded, image_type, start_of
from segur_interop.cda._placed import Raw
from segur_interop.cda.sections import Section
from segur_interop.errors import InvalidDocument
from segur_interop.findings import Severity

__all__ = ["Attachment", "attachments", "holds_copy"]

COPY_SECTION: Final = "1.2.250.1.213.1.1.2.243"
COPY_CODE: Final = "55108-5"
DOCUMENT_TYPE: Final = frozenset({"69764-9"})
_PDF_WINDOW: Final = 1024


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Attachment(Record):
    """A file of the body; its octets are decoded when asked for.

    Attributes:
        id: `@ID` by which the narrative shows it; "" without.
        media_type: as announced; "" when not told. `is_pdf` and `image_type` look at the octets.
        document_type: what it is, when the document tells (LOINC 69764-9).
        is_copy: true in the section *Copie du document* (1.2.250.1.213.1.1.2.243).
    """

    id: str = field(default="", metadata=shown())
    media_type: str = field(default="", metadata=shown())
    document_type: Concept | None = None
    is_copy: bool = field(default=False, metadata=shown())
    _value: Raw | None = field(default=None, compare=False)

    @property
    def octets(self) -> bytes:
        """The file itself.

        Raises:
            InvalidDocument: it is not in the document, or its base64 is damaged.
        """
        octets = None if self._value is None else decoded(self._value.element)
        if not octets:
            message = "no file is there, or its base64 is damaged"
            raise InvalidDocument(message, place=self.place)
        return octets

    @property
    def is_pdf(self) -> bool:
        """True when the octets are a PDF, whatever was announced."""
        return b"%PDF-" in self._start()[:_PDF_WINDOW]

    @property
    def image_type(self) -> str:
        """Type of an image that a browser shows, by its octets: PNG, JPEG, GIF; "" otherwise."""
        return image_type(self._start())

    def _start(self) -> bytes:
        return b"" if self._value is None else start_of(self._value.element)


def attachments(acts: list[Act], read: Reading) -> tuple[Attachment, ...]:
    """Every observationMedia, and every value or text in base64 of another act."""
    found = []
    for act in acts:
        names = ("value",) if act.kind == "observationMedia" else ("value", "text")
        for name in names:
            for element in act.parts.get(name, ()):
                if act.kind == "observationMedia" or element.get("representation") == "B64":
                    found.append(_attachment(act, Raw(element), read))
        if act.kind == "observationMedia" and "value" not in act.parts:
            found.append(_attachment(act, None, read))
    return tuple(found)


def _attachment(act: Act, value: Raw | None, read: Reading) -> Attachment:
    if value is None or (value.element.text is None and not len(value.element)):
        read.note("cda.attachment.empty", "no file is there", act.place, Severity.ERROR)
    section = act.section
    typed = _document_type(act.parent, read)
    return Attachment(
        **base(act, read),
        id=act.element.get("ID", ""),
        media_type="" if value is None else value.element.get("mediaType", ""),
        document_type=typed,
        is_copy=holds_copy(section),
        _value=value,
    )


def holds_copy(section: Section) -> bool:
    """True for the section *Copie du document*, by its templateId or by its code."""
    code = section.code.code if section.code else ""
    return COPY_SECTION in section.template_ids or code == COPY_CODE


def _document_type(parent: Act | None, read: Reading) -> Concept | None:
    """What an organizer says that its files are; looked for once an organizer."""
    if parent is None or parent.kind != "organizer":
        return None
    return read.kept(parent, lambda: concept_of(parent.acts, DOCUMENT_TYPE, read))
