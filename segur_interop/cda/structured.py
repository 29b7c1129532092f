"""The structured body of a document, read when it is asked for and once."""

from __future__ import annotations

import functools

from lxml import etree

from segur_interop.cda._index import Index
from segur_interop.cda._reading import Reader
from segur_interop.cda.sections import Section, read_sections
from segur_interop.findings import Finding

__all__ = ["Structured"]


class Structured:
    """What a structured body says: sections, and records of the layouts that are known."""

    def __init__(self, document: etree._Element) -> None:
        self._document = document

    def __repr__(self) -> str:
        return f"Structured({len(self.sections)} sections)"

    @functools.cached_property
    def _index(self) -> Index:
        return Index(self._document)

    @functools.cached_property
    def _tree(self) -> tuple[tuple[Section, ...], tuple[Finding, ...]]:
        reader = Reader()
        return read_sections(self._document, self._index, reader), tuple(reader.findings)

    @property
    def sections(self) -> tuple[Section, ...]:
        """The sections of the first level, in order."""
        return self._tree[0]

    @property
    def every_section(self) -> tuple[Section, ...]:
        """All sections, those inside others too, in the order of the document."""
        return tuple(section for top in self.sections for section in top.walk())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was odd in the body: everything is read to know it."""
        narratives = (
            finding for section in self.every_section for finding in section.narrative.findings
        )
        return (*self._tree[1], *narratives)
