"""A structured body: the PDF copy first, then the sections with their narrative.

"Les consommateurs doivent afficher en premier le PDF" of the section FR-Document-PDF-copie; the
structured form is then shown on demand (ANS, IG-document-core).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from lxml import etree

from segur_interop.cda._build import HL7, NS
from segur_interop.cda._entries.attachments import holds_copy
from segur_interop.cda._media import decoded
from segur_interop.cda._narrative_html import anchor
from segur_interop.cda._rendering.files import File, image, is_readable, kind_of, link, show
from segur_interop.cda._rendering.html import Html, isolated, join, tag
from segur_interop.cda._rendering.narrative import Surroundings, narrative
from segur_interop.cda._rendering.words import code_text
from segur_interop.findings import Finding, Severity

if TYPE_CHECKING:
    from segur_interop.cda.sections import Section
    from segur_interop.cda.structured import Structured

__all__ = ["Attachments", "is_beside", "pdf_copies", "section_html"]

_MEDIA: Final = f"{{{HL7}}}observationMedia"
_SMALLEST_HEADING: Final = 6
_IMAGES: Final = ("image/png", "image/jpeg", "image/gif")


class Attachments:
    """The files of a structured body, each written once in the page.

    Attributes:
        findings: those that are damaged, as they are met.
        is_readable: True once a PDF copy was met that the page shows.
    """

    def __init__(self, document: etree._Element) -> None:
        self._items: list[etree._Element] = [
            item
            for body in document.iterfind("h:component/h:structuredBody", NS)
            for item in body.iter(_MEDIA)
        ]
        self._by_id: dict[str, etree._Element] = {}
        for item in self._items:
            self._by_id.setdefault(item.get("ID", ""), item)
        for region in document.iter(f"{{{HL7}}}regionOfInterest"):
            held = region.find("h:entryRelationship/h:observationMedia", NS)
            if held is not None:
                self._by_id.setdefault(region.get("ID", ""), held)
        self._done: set[etree._Element] = set()
        self.findings: list[Finding] = []
        self.is_readable = False

    def inline(self, identifier: str) -> Html:
        """What a narrative shows of a media: an image in place, once; a link for another file."""
        item = self._by_id.get(identifier)
        if item is None:
            return tag("span", "[image absente du document]", class_="missing")
        if item in self._done:
            return tag(
                "a", "[voir l’image ou le fichier déjà montré]", href=f"#media-{anchor(identifier)}"
            )
        file = self._file(item)
        if file is None:
            return tag("span", "[fichier illisible]", class_="missing")
        self._done.add(item)
        if file.announced in _IMAGES and file.is_as_announced:
            shown = image(file, alt=f"Image du document ({identifier})")
        else:
            shown = link(file) if file.is_as_announced else show(file)
        return tag("div", shown, class_="media", id=f"media-{anchor(identifier)}")

    def pdf_of(self, section: Section) -> Iterator[Html]:
        """The files of a PDF copy, each in the viewer."""
        items = [item for item in section.element.iter(_MEDIA) if item not in self._done]
        self._done.update(items)
        for rank, item in enumerate(items, start=1):
            file = self._file(item)
            if file is None:
                yield tag("p", "Le PDF joint est endommagé.", class_="notice")
                continue
            name = "Document PDF" if len(items) == 1 else f"Document PDF {rank}"
            named = File(file.media_type, file.octets, name, f"document-{rank}")
            self.is_readable = self.is_readable or is_readable(named)
            yield tag("div", show(named), id=self._anchor(item))

    def others(self) -> Iterator[Html]:
        """The files that nothing has shown yet."""
        for rank, item in enumerate(self._items, start=1):
            if item in self._done:
                continue
            self._done.add(item)
            file = self._file(item)
            if file is None:
                yield tag("p", "Une pièce jointe est endommagée.", class_="notice")
                continue
            named = File(file.media_type, file.octets, f"Pièce jointe {rank}", f"piece-{rank}")
            is_pdf = named.is_as_announced and kind_of(named.octets) == "application/pdf"
            yield link(named) if is_pdf else show(named)

    def _anchor(self, item: etree._Element) -> str | None:
        """Where a narrative finds a file that is shown elsewhere."""
        identifier = item.get("ID", "")
        is_first = identifier and self._by_id.get(identifier) is item
        return f"media-{anchor(identifier)}" if is_first else None

    def _file(self, item: etree._Element) -> File | None:
        value = item.find("h:value", NS)
        octets = None if value is None else decoded(value)
        if value is not None and octets is None:
            self._note_damaged(item)
        if value is None or octets is None:
            return None
        return File(value.get("mediaType", ""), octets, "Pièce jointe", "piece")

    def _note_damaged(self, item: etree._Element) -> None:
        number = self._items.index(item) + 1
        finding = Finding(
            rule="cda.attachment.damaged",
            message="the base64 of the file is damaged",
            severity=Severity.ERROR,
            place=f"component/structuredBody//observationMedia[{number}]",
        )
        if finding not in self.findings:
            self.findings.append(finding)


def pdf_copies(structured: Structured) -> tuple[Section, ...]:
    """The sections that hold the document as a PDF."""
    return tuple(item for item in structured.every_section if holds_copy(item))


def is_beside(section: Section) -> bool:
    """True for a PDF copy that holds nothing else to read."""
    if not holds_copy(section) or not all(map(is_beside, section.sections)):
        return False
    return not any(node.text.strip() for node in section.narrative.walk())


def section_html(section: Section, around: Surroundings, level: int) -> Html:
    """A section under a heading of that level, those inside it one level below.

    The PDF copies are left out: they are shown before. What else is in their sections is not.
    """
    if is_beside(section):
        return Html()
    title = section.title or code_text(section.code) or "Section sans titre"
    nodes = section.narrative.nodes
    text = narrative(nodes, around, name=title)
    inner = [section_html(item, around, level + 1) for item in section.sections]
    if not (nodes or inner) and section.entries:
        text = tag("p", "Cette section n’a pas de texte à lire.", class_="missing")
    heading = f"h{min(level, _SMALLEST_HEADING)}"
    return tag(
        "div",
        tag(heading, isolated(title)),
        tag("div", text, class_="narrative"),
        join(inner),
        class_="section",
    )
