"""Fictitious level 3 documents, put together around the header of a written one."""

from __future__ import annotations

import re

from documents import BODY, minimal

from segur_interop import cda

_BODY_OF_LEVEL_1 = re.compile(rb"<component>\s*<nonXMLBody>.*</component>", re.DOTALL)


def document(body: str) -> cda.Document:
    """A document whose structuredBody holds this."""
    return cda.read(octets(body))


def octets(body: str) -> bytes:
    level_1 = bytes(cda.wrap(BODY, **minimal()))
    inner = f"<component><structuredBody>{body}</structuredBody></component>".encode()
    made, count = _BODY_OF_LEVEL_1.subn(lambda _: inner, level_1)
    assert count == 1
    return made.replace(
        b"<ClinicalDocument",
        b'<ClinicalDocument xmlns:pharm="urn:ihe:pharm:medication"',
        1,
    )


def section(inside: str = "", *, text: str = "", title: str = "Titre", code: str = "") -> str:
    """A component with its section."""
    return (
        f"<component><section>{code}<title>{title}</title><text>{text}</text>{inside}"
        "</section></component>"
    )


def narrative(text: str) -> cda.Section:
    """The one section of a document with this narrative."""
    (only,) = document(section(text=text)).sections()
    return only


def rules(findings: object) -> set[str]:
    """The rules of findings."""
    return {finding.rule for finding in findings}  # type: ignore[attr-defined]
