"""What was read from one element of a document and can show it again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from segur_interop._masking import Masked, shown
from segur_interop.cda._children import Parts, parts_of

__all__ = ["Placed", "Raw"]


class Raw:
    """An element, whole when it is sent to another process."""

    __slots__ = ("_parts", "element")

    def __init__(self, element: etree._Element) -> None:
        self.element = element
        self._parts: Parts | None = None

    @property
    def parts(self) -> Parts:
        """Its children by name, found once."""
        if self._parts is None:
            self._parts = parts_of(self.element)
        return self._parts

    def __reduce__(self) -> tuple[object, ...]:
        return _raw, (etree.tostring(self.element, with_tail=False),)


def _raw(octets: bytes) -> Raw:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
    return Raw(etree.fromstring(octets, parser))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Placed(Masked):
    """Something read from an element of the body.

    Two are equal when their values are, wherever they were read.

    Attributes:
        place: XPath from ClinicalDocument, without prefixes: every name is of `urn:hl7-org:v3`.
    """

    place: str = field(default="", compare=False, metadata=shown())
    _raw: Raw = field(compare=False)

    @property
    def element(self) -> etree._Element:
        """The element itself, with all that no field holds; do not change it."""
        return self._raw.element

    def _rows(self, *, clear: bool) -> Iterator[tuple[str, str]]:
        for name, value in Masked._rows(self, clear=clear):
            if not name.startswith("_"):
                yield name, value
