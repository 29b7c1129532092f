"""A document as one HTML page that a person reads and nothing runs in.

The page is self-contained: no script, no address that a browser would load, and a policy in its
head that would stop either. Every received value is escaped by construction (`_rendering.html`).
"""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator
from importlib import resources
from string import Template
from typing import TYPE_CHECKING, Final

from segur_interop.cda._rendering.alerts import alerts, masks_of
from segur_interop.cda._rendering.content import content
from segur_interop.cda._rendering.header import (
    banner,
    complements,
    details,
    facts,
    patient,
    running,
)
from segur_interop.cda._rendering.html import Html, escaped, tag
from segur_interop.findings import Finding, Severity
from segur_interop.terminology import Masking

if TYPE_CHECKING:
    from segur_interop.cda.document import Document

__all__ = ["POLICY", "render"]

POLICY: Final = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; object-src data:; "
    "frame-src data:"
)
"""The Content-Security-Policy of the page."""

_MOST_FINDINGS: Final = 200
_WEIGHTS: Final = {Severity.ERROR: "Erreur", Severity.WARNING: "Avertissement"}


def render(
    document: Document, *, masks: Iterable[Masking | str] = (), forward: bool = False
) -> str:
    """The page of a document.

    Args:
        document: written or received, of any level.
        masks: who must not see it, as its metadata say (`DocumentEntry.masks`): a header tells
            nothing of it.
        forward: draw the Datamatrix of an INS that is a sender's word too (`asserted`); by
            default only an identity that `may_transmit_ins` has its symbol.

    Returns:
        HTML, to be written in UTF-8.

    Raises:
        InvalidValue: a mask that is none.
    """
    body = content(document)
    findings = (*document.findings, *body.findings)
    return _template().substitute(
        policy=POLICY,
        style=_style() + running(document),
        title=escaped(document.title or "Document"),
        banner=banner(document),
        alerts=alerts(document, masks_of(document, masks), findings, *body.alerts),
        patient=patient(document, forward=forward),
        details=details(document),
        content=body.html,
        complements=complements(document),
        footer=_footer(document, findings),
    )


@functools.cache
def _template() -> Template:
    return Template(_resource("page.html"))


@functools.cache
def _style() -> str:
    return _resource("page.css").rstrip()


def _resource(name: str) -> str:
    folder = resources.files("segur_interop.cda._rendering")
    return folder.joinpath(name).read_text(encoding="utf-8")


def _footer(document: Document, findings: tuple[Finding, ...]) -> Html:
    return tag(
        "footer",
        _report(findings),
        facts(_numbers(document)),
    )


def _numbers(document: Document) -> Iterator[tuple[str, str]]:
    for word, item in (("Identifiant", document.id), ("Lot de versions", document.set_id)):
        if item is not None:
            yield word, " ".join(filter(None, (item.root, item.extension)))
    yield "Niveau CDA", str(document.level)
    yield "Signature", "signature XML présente, non vérifiée" if document.signed else ""


def _report(findings: tuple[Finding, ...]) -> Html:
    """What the reader noticed: rules and places, in the words of the library."""
    told = [item for item in findings if item.severity is not Severity.INFO]
    if not told:
        return Html()
    told.sort(key=lambda item: -item.severity)
    lines = [
        tag(
            "li",
            tag("b", _WEIGHTS[item.severity]),
            " ",
            tag("bdi", f"{item.place} – {item.message}", lang="en"),
        )
        for item in told[:_MOST_FINDINGS]
    ]
    if len(told) > _MOST_FINDINGS:
        lines.append(tag("li", f"+ {len(told) - _MOST_FINDINGS}"))
    return tag(
        "details",
        tag("summary", f"Anomalies relevées à la lecture ({len(told)})"),
        tag("ul", *lines),
        class_="report",
        id="anomalies",
    )
