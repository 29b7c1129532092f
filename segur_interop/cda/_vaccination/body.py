"""The section of a note de vaccination: its narrative, then its one entry.

(ANS, CI-SIS VAC-NOTE 2023.01.)
"""

from __future__ import annotations

from typing import Final

from segur_interop._oid import LOINC, new_oid
from segur_interop.cda._build import Node, coded, identifier, node
from segur_interop.cda._defects import Defects
from segur_interop.cda._vaccination.act import VaccinationAct
from segur_interop.cda._vaccination.entry import entry, templates
from segur_interop.cda._vaccination.narrative import table
from segur_interop.cda.document import Document
from segur_interop.terminology import Code

__all__ = ["body"]

SECTION_TEMPLATES: Final = (
    "2.16.840.1.113883.10.20.1.6",
    "1.3.6.1.4.1.19376.1.5.3.1.3.23",
    "1.2.250.1.213.1.1.2.147",
)
HISTORY: Final = Code(code="11369-6", system=str(LOINC), label="Historique des vaccinations")


def body(act: VaccinationAct, document: Document, defects: Defects) -> Node:
    """The component of the document: one section, one vaccination."""
    section = node(
        "section",
        templates(SECTION_TEMPLATES),
        identifier("id", new_oid()),
        coded("code", HISTORY),
        node("title", text=document.title),
        node("text", table(act)),
        node("entry", entry(act, document, defects)),
    )
    return node("component", node("structuredBody", node("component", section)))
