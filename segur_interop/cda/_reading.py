"""Values of a received document: whatever is odd becomes a finding, nothing is refused."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import Final, NamedTuple, TypeVar

from lxml import etree

from segur_interop._time import Timestamp
from segur_interop.cda._build import NS
from segur_interop.cda._children import follow
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.model import Address, LocalId, Period, PersonName, Telecom
from segur_interop.model.contact import ADDRESS_PARTS, MAX_LINES
from segur_interop.terminology import Code, value_set

__all__ = ["Reader"]

Made = TypeVar("Made")
Element = etree._Element

MAX_PARTS: Final = 100
"""Identifiers, addresses, telecoms and names read of one element."""
MAX_ENTRIES: Final = 1000
"""Elements of one kind read of the header."""
_NO_TEXT: Final = re.compile(
    "[\x00-\x1f\x7f-\x9f\ufdd0-\ufdef\u2028\u2029\u202a-\u202e\u2066-\u2069]"
)
"""What XML holds and the values of the model do not, and the bidirectional controls, which make a
text read otherwise than it is written."""
_STEP: Final = re.compile(r"([a-z][a-z0-9-]*):([A-Za-z]+)")
_PATH: Final = re.compile(rf"({_STEP.pattern}(?:/{_STEP.pattern})*)(?:\[@(\w+)='(\w+)'\])?")
_FIELD_OF: Final = {element: field for field, element in ADDRESS_PARTS}


class _Path(NamedTuple):
    """A path such as `h:patient/h:name[@use='L']`.

    Attributes:
        tags: of its steps.
        attribute, value: what the last step asks for; "" without.
    """

    tags: tuple[str, ...]
    attribute: str
    value: str


@functools.cache
def _path(path: str) -> _Path:
    """Of a path that the readers hold, so that they are few."""
    read = _PATH.fullmatch(path)
    if read is None:
        raise ValueError(path)
    tags = tuple(f"{{{NS[prefix]}}}{name}" for prefix, name in _STEP.findall(read[1]))
    return _Path(tags, read[6] or "", read[7] or "")


class Reader:
    """Reads elements into values and keeps the findings."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def note(
        self, rule: str, message: str, place: str, severity: Severity = Severity.WARNING
    ) -> None:
        """Keep a finding."""
        self.findings.append(Finding(rule=rule, message=message, severity=severity, place=place))

    def made(self, make: Callable[[], Made], place: str) -> Made | None:
        """What `make` gives, or None and a finding when the model refuses it."""
        try:
            return make()
        except InvalidValue as error:
            self.note("cda.read.value", str(error), place)
            return None

    def first(self, element: Element | None, path: str) -> Element | None:
        """The first element of a path such as `h:assignedEntity/h:id`."""
        return None if element is None else next(iter(follow(element, _path(path).tags)), None)

    def every(self, element: Element | None, path: str, most: int = MAX_PARTS) -> list[Element]:
        """Every element of a path; what exceeds `most` is not read, and told."""
        if element is None:
            return []
        known = _path(path)
        found = follow(element, known.tags)
        if known.attribute:
            found = [item for item in found if item.get(known.attribute) == known.value]
        return self.at_most(found, path.rpartition(":")[2], most)

    def at_most(self, found: list[Element], name: str, most: int = MAX_PARTS) -> list[Element]:
        """The first of these elements of a name; that there are more is told."""
        if len(found) > most:
            self.note("cda.read.many", f"only {most} are read", name, Severity.ERROR)
        return found[:most]

    def text(self, element: Element | None) -> str:
        """The text of an element, white space folded."""
        if element is None:
            return ""
        if not len(element):
            return self.folded(element.text or "")
        return self.folded("".join(map(str, element.itertext())))

    def folded(self, text: str) -> str:
        """A text on one line, a character that no value holds replaced by U+FFFD and told."""
        # Of what is white, a printable text has only the space.
        if text.isprintable() and "  " not in text:
            return text.strip()
        line = " ".join(text.split())
        if line.isprintable() or not _NO_TEXT.search(line):
            return line
        self.note("cda.read.control", "a control character was replaced", "")
        return _NO_TEXT.sub("\ufffd", line)

    def moment(self, element: Element | None, place: str) -> Timestamp | None:
        """A TS; None without a value."""
        value = None if element is None else element.get("value")
        if value is None:
            return None
        return self.made(lambda: Timestamp.parse(value), place)

    def period(self, element: Element | None, place: str) -> Period | None:
        """An IVL_TS, or a TS read as the period of one moment; None when nothing is told."""
        if element is None:
            return None
        point = self.moment(element, place)
        low = self.moment(self.first(element, "h:low"), f"{place}/low") or point
        high = self.moment(self.first(element, "h:high"), f"{place}/high") or point
        if low is None and high is None:
            return None
        return self.made(lambda: Period(low=low, high=high), place)

    def coded(self, element: Element | None, name: str, place: str) -> Code | None:
        """A CE or CD, checked against a value set when `name` is one; None without code."""
        code = None if element is None else element.get("code")
        if element is None or not (code and code.strip()):
            return None
        code = self.folded(code)
        system = self.folded(element.get("codeSystem", ""))
        label = self.folded(element.get("displayName", ""))
        if not name:
            return Code(code=code, system=system, label=label)
        known, found = value_set(name).read(code, system, label, place)
        self.findings += found
        return known

    def identifier(self, element: Element, place: str, type: str = "") -> LocalId | None:
        """An II; None for a nullFlavor."""
        root, extension = (self.folded(element.get(name, "")) for name in ("root", "extension"))
        if not (root or extension):
            return None
        return self.made(lambda: LocalId(root=root, extension=extension, type=type), place)

    def identifiers(self, parent: Element | None, place: str) -> list[LocalId]:
        """Every id of an element, none twice."""
        return self.identified(self.every(parent, "h:id"), place)

    def identified(self, elements: list[Element], place: str) -> list[LocalId]:
        """These ids of one element, none twice."""
        made = [
            self.identifier(element, f"{place}/id[{rank}]")
            for rank, element in enumerate(elements, start=1)
        ]
        return list(dict.fromkeys(item for item in made if item is not None))

    def addresses(self, parent: Element | None, place: str) -> tuple[Address, ...]:
        """Every addr that holds something."""
        made = [self._address(item, f"{place}/addr") for item in self.every(parent, "h:addr")]
        return tuple(dict.fromkeys(item for item in made if item is not None))

    def _address(self, element: Element, place: str) -> Address | None:
        lines, parts = [], {}
        for child in element.iterchildren(tag=etree.Element):
            text = self.text(child)
            name = etree.QName(child).localname
            if not text:
                continue
            if name in _FIELD_OF:
                parts[_FIELD_OF[name]] = text
            else:
                lines.append(text)
        if not (lines or parts):
            return None
        use = element.get("use", "")
        if len(lines) > MAX_LINES:
            lines[MAX_LINES - 1 :] = [", ".join(lines[MAX_LINES - 1 :])]
        return self.made(lambda: Address(use=use, lines=tuple(lines), **parts), place) or (
            self.made(lambda: Address(lines=tuple(lines), **parts), place) if use else None
        )

    def telecoms(self, parent: Element | None, place: str) -> tuple[Telecom, ...]:
        """Every telecom with a value."""
        made = [
            self._telecom(value, item.get("use", ""), f"{place}/telecom")
            for item in self.every(parent, "h:telecom")
            if (value := item.get("value"))
        ]
        return tuple(dict.fromkeys(item for item in made if item is not None))

    def _telecom(self, value: str, use: str, place: str) -> Telecom | None:
        return self.made(lambda: Telecom.read(value, use), place) or (
            self.made(lambda: Telecom.read(value), place) if use else None
        )

    def name(self, element: Element | None, place: str) -> PersonName | None:
        """A person's name; None without a family name."""
        if element is None:
            return None
        families: dict[str, str] = {}
        for item in self.every(element, "h:family"):
            families.setdefault(item.get("qualifier", ""), self.text(item))
        given = " ".join(filter(None, map(self.text, self.every(element, "h:given"))))
        return self.made(
            lambda: PersonName(
                family=families.get("", ""),
                given=given,
                civility=self.text(self.first(element, "h:prefix")),
                title=self.text(self.first(element, "h:suffix")),
                birth_family=families.get("BR", ""),
                used_family=families.get("CL") or families.get("SP", ""),
            ),
            place,
        )
