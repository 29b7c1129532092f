"""The schema stage: libxml2's verdict, told without a word of the document."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from lxml import etree

from segur_interop._xml import parse
from segur_interop.conformance._kit import XSD, Kit
from segur_interop.conformance._places import Places
from segur_interop.conformance._stage import Outcome
from segur_interop.errors import CheckNotRun, XmlError
from segur_interop.findings import Finding, Severity

__all__ = ["Schema"]

_XS: Final = "{http://www.w3.org/2001/XMLSchema}"
_NAMES: Final = (f"{_XS}element", f"{_XS}attribute")
_LINKS: Final = (f"{_XS}include", f"{_XS}import", f"{_XS}redefine")

_EXPECTED: Final = re.compile(r"Expected is (?:one of )?\( ([^()]*) \)\.$")
_DETAILS: Final = (
    ("CVC_PATTERN_VALID", re.compile(r"(?s).* is not accepted by the pattern ('.*')\.$")),
    ("CVC_COMPLEX_TYPE_4", re.compile(r": The attribute '([^']*)' is required but missing\.$")),
    ("CVC_DATATYPE_VALID", re.compile(r" type '(?:\{[^{}']*\})?([^']*)'\.$")),
)
_LONGEST: Final = 10_000
_SENTENCES: Final = {
    "CVC_ATTRIBUTE_3": "an attribute has a value that its type does not allow",
    "CVC_COMPLEX_TYPE_2_1": "this element must be empty",
    "CVC_COMPLEX_TYPE_2_2": "this element may hold no child element",
    "CVC_COMPLEX_TYPE_2_3": "text is not allowed here",
    "CVC_COMPLEX_TYPE_2_4": "the child elements are not those of the model",
    "CVC_COMPLEX_TYPE_3_2_1": "an attribute is not allowed here",
    "CVC_COMPLEX_TYPE_3_2_2": "an attribute is not allowed here",
    "CVC_COMPLEX_TYPE_4": "a required attribute is missing",
    "CVC_DATATYPE_VALID_1_2_1": "the value is not one of its type",
    "CVC_DATATYPE_VALID_1_2_2": "the value is not one of its list type",
    "CVC_DATATYPE_VALID_1_2_3": "the value is not one of its union type",
    "CVC_ELT_1": "this element is declared nowhere",
    "CVC_ELT_2": "this element is abstract: xsi:type must say which kind it is",
    "CVC_ELT_3_1": "xsi:nil is not allowed here",
    "CVC_ELT_4_2": "xsi:type names no type of the schema",
    "CVC_ELT_4_3": "xsi:type names a type that may not stand here",
    "CVC_ENUMERATION_VALID": "the value is not in the closed list of its type",
    "CVC_LENGTH_VALID": "the value has not the length of its type",
    "CVC_MAXLENGTH_VALID": "the value is too long",
    "CVC_MINLENGTH_VALID": "the value is too short",
    "CVC_PATTERN_VALID": "the value does not follow the pattern of its type",
    "CVC_TYPE_2": "this element is abstract: xsi:type must say which kind it is",
    "CVC_TYPE_3_1_1": "this element may have no attribute",
    "CVC_TYPE_3_1_2": "this element may hold no child element",
    "CVC_WILDCARD": "this element is not allowed here",
    "CVC_IDC": "an identity constraint of the schema is broken",
}


class Schema:
    """The schema of a kit, and the names that it declares.

    Raises:
        CheckNotRun: the schema cannot be loaded, or would be fetched from a network.
    """

    def __init__(self, kit: Kit) -> None:
        path = kit.locate(kit.root / XSD)
        if path is None:
            raise CheckNotRun(f"{XSD} is absent from the kit")
        self.places = Places(frozenset(_declared(kit, path)))
        try:
            self._schema = etree.XMLSchema(file=str(path))
        except etree.XMLSchemaParseError:
            raise CheckNotRun(f"{XSD} of the kit cannot be loaded") from None

    def judge(self, root: etree._Element) -> Outcome:
        """What the schema says of a document whose root is ClinicalDocument."""
        if self._schema.validate(root):
            return Outcome()
        entries = list(self._schema.error_log)  # type: ignore[call-overload]
        return Outcome(findings=[self._finding(root, entry) for entry in entries])

    def _finding(self, root: etree._Element, entry: etree._LogEntry) -> Finding:
        kind = entry.type_name.removeprefix("SCHEMAV_")
        if kind == "ELEMENT_CONTENT":
            sentence = _content(entry.message)
        else:
            sentence = _SENTENCES.get(kind, "not valid against the schema")
            sentence += _detail(kind, entry.message)
        attribute = re.match(r"Element '[^']*', attribute '([^']*)': ", entry.message)
        place = self.places.resolve(root, entry.path)
        if attribute and place:
            place = f"{place}/@{self.places.name(attribute.group(1))}"
        return Finding(
            rule=f"{Path(XSD).name}#{kind.lower().replace('_', '-')}",
            message=sentence,
            severity=Severity.ERROR,
            place=place,
            source=f"ANS CDA kit, {XSD}",
        )


def _content(message: str) -> str:
    """The names after "Expected is" are those of the schema."""
    missing = ": Missing child element(s)." in message
    what = "child elements are missing" if missing else "this element is not expected here"
    expected = _EXPECTED.search(message)
    if expected is None:
        return what
    names = re.sub(r"\{[^}]*\}", "", expected.group(1))
    return f"{what}; expected: {names}"


def _detail(kind: str, message: str) -> str:
    """The end of libxml2's sentence where it quotes the schema, never the document.

    A sentence that long may have been cut in the middle of the document's value.
    """
    form = next((form for start, form in _DETAILS if kind.startswith(start)), None)
    found = form.search(message) if form and len(message) < _LONGEST else None
    return f": {found.group(1)}" if found else ""


def _declared(kit: Kit, top: Path) -> set[str]:
    """Names of every element and attribute of the schema and of what it includes."""
    names: set[str] = set()
    seen: set[Path] = set()
    waiting = [top]
    while waiting:
        path = waiting.pop()
        if path in seen:
            continue
        seen.add(path)
        try:
            root = parse(path)
        except XmlError:
            continue  # the schema of schemas has a DOCTYPE; no name of a document is in it
        names.update(str(node.get("name")) for node in root.iter(*_NAMES) if node.get("name"))
        for link in root.iter(*_LINKS):
            location = link.get("schemaLocation") or ""
            if "://" in location:
                raise CheckNotRun(f"{kit.relative(path)} of the kit asks for a schema elsewhere")
            linked = kit.linked(path, location) if location else None
            if linked is not None:
                waiting.append(linked)
    return names
