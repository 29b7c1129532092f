"""The body of the page: a file, or sections."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segur_interop.cda._build import NS
from segur_interop.cda._rendering.alerts import alert
from segur_interop.cda._rendering.files import File, show
from segur_interop.cda._rendering.html import Html, join, language, tag
from segur_interop.cda._rendering.narrative import Surroundings
from segur_interop.cda._rendering.results import alerts_of, marks_of
from segur_interop.cda._rendering.structured import (
    Attachments,
    is_beside,
    pdf_copies,
    section_html,
)
from segur_interop.errors import InvalidDocument
from segur_interop.findings import Finding

if TYPE_CHECKING:
    from segur_interop.cda.document import Document
    from segur_interop.cda.structured import Structured

__all__ = ["Content", "content"]


@dataclass(frozen=True, slots=True)
class Content:
    """What the body gives to the page.

    Attributes:
        html: the body itself.
        alerts: items to put above everything.
        findings: what was noticed while it was read.
    """

    html: Html
    alerts: tuple[Html, ...] = ()
    findings: tuple[Finding, ...] = ()


def content(document: Document) -> Content:
    """The body of a document, whatever its level."""
    return _structured(document) if document.level > 1 else _file(document)


def _structured(document: Document) -> Content:
    """The PDF copy first, when there is one; then the sections; then what nothing referred to."""
    structured = document.structured()
    files = Attachments(document.element())
    pdfs = [html for section in pdf_copies(structured) for html in files.pdf_of(section)]
    knows = _Known(structured)
    results = structured.results
    around = Surroundings(media=files.inline, knows=knows, marks=marks_of(results, knows))
    sections = join(section_html(section, around, level=3) for section in structured.sections)
    others = list(files.others())
    if not sections and not pdfs:
        sections = tag("p", "Ce document n’a pas de contenu.")
    parts = [tag("div", sections, lang=language(document.language))]
    alarms = list(alerts_of(results, knows))
    if files.is_readable:
        parts = [tag("details", tag("summary", "Afficher la forme structurée du document"), *parts)]
    elif pdfs:
        alarms.insert(0, alert(_UNREADABLE))
    parts[:0] = pdfs
    if others:
        parts.append(tag("h3", "Pièces jointes"))
        parts += others
    findings = (*structured.findings, *files.findings)
    return Content(block("Contenu", *parts), tuple(alarms), findings)


_UNREADABLE: Final = (
    "La copie PDF de ce document ne peut être affichée ici : sa forme structurée l’est."
)


class _Known:
    """Whether an `@ID` is somewhere in the narratives, and so has its place in the page."""

    def __init__(self, structured: Structured) -> None:
        self._ids = {
            node.id
            for section in structured.every_section
            if not is_beside(section)
            for node in section.narrative.walk()
        }

    def __call__(self, identifier: str) -> bool:
        return identifier in self._ids


def _file(document: Document) -> Content:
    """The file of a level 1 body."""
    try:
        body = document.body
    except InvalidDocument as error:
        place = str(getattr(error, "place", "") or "")
        return Content(
            block("Contenu", tag("p", "Le fichier du document est endommagé.", class_="notice")),
            (
                alert(
                    "Le fichier de ce document est endommagé : il ne peut être lu.", kind="danger"
                ),
            ),
            (Finding(rule="cda.body", message="the base64 is damaged", place=place),),
        )
    if body is None:
        return Content(block("Contenu", tag("p", "Ce document n’a pas de contenu.")))
    file = File(body.media_type, body.octets)
    more: tuple[Html, ...] = ()
    if file.octets and not file.is_as_announced:
        more = (alert("Le contenu de ce document n’est pas du type annoncé."),)
    code = document.element().find("h:component/h:nonXMLBody/h:languageCode", NS)
    own = "" if code is None else code.get("code", "")
    lang = language(own or document.language)
    return Content(block("Contenu", tag("div", show(file), lang=lang)), more)


def block(title: str, *children: Html) -> Html:
    """A part of the content under its own heading."""
    return tag(
        "section",
        tag("h2", title, id="contenu"),
        join(children),
        class_="card long",
        aria_labelledby="contenu",
    )
