"""CDA R2 documents: written at level 1, read at every level."""

from __future__ import annotations

from segur_interop.cda._content import Body
from segur_interop.cda.document import Document, Relation
from segur_interop.cda.document_type import DocumentType, Setting
from segur_interop.cda.read import check, read
from segur_interop.cda.rules import RULES, Rule
from segur_interop.cda.sections import Entry, Section
from segur_interop.cda.structured import Structured
from segur_interop.cda.wrap import PlainText, wrap

__all__ = [
    "RULES",
    "Body",
    "Document",
    "DocumentType",
    "Entry",
    "PlainText",
    "Relation",
    "Rule",
    "Section",
    "Setting",
    "Structured",
    "check",
    "read",
    "wrap",
]
