"""The data types of entries: elements into values, what is odd into findings."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from lxml import etree

from segur_interop.cda._build import HL7, NS
from segur_interop.cda._entries.lexical import boolean, decimal
from segur_interop.cda._entries.values import Concept, Interval, Quantity, Ratio, Value
from segur_interop.cda._index import Index
from segur_interop.cda._narrative import read_narrative
from segur_interop.cda._reading import MAX_PARTS, Reader
from segur_interop.findings import Severity
from segur_interop.model import Period
from segur_interop.terminology import Code

__all__ = ["Reading"]

Element = etree._Element

_TYPE: Final = f"{{{NS['xsi']}}}type"
_TRANSLATION: Final = f"{{{HL7}}}translation"
_BOUNDS: Final = (f"{{{HL7}}}low", f"{{{HL7}}}high")
_INTERVAL: Final = (*_BOUNDS, f"{{{HL7}}}width", f"{{{HL7}}}center")
_SCRIPTS: Final = ("{*}sup", "{*}sub")
MAX_FINDINGS: Final = 10_000
"""Findings of one family of records."""


class Reading(Reader):
    """Reads the values of entries; a text is that of the narrative when it refers to it."""

    def __init__(self, index: Index) -> None:
        super().__init__()
        self.index = index
        self._once: dict[object, Concept | None] = {}
        self._spans: dict[str, Period] = {}

    def note(
        self, rule: str, message: str, place: str, severity: Severity = Severity.WARNING
    ) -> None:
        """Keep a finding, of a number that is enough for anyone."""
        if len(self.findings) < MAX_FINDINGS:
            super().note(rule, message, place, severity)
        elif len(self.findings) == MAX_FINDINGS:
            super().note("cda.read.many", "more findings are not kept", "", Severity.ERROR)

    def words(self, element: Element | None, place: str) -> str:
        """The text of an ED: what its reference stands for, else its own."""
        if element is None:
            return ""
        reference = element.find("h:reference", NS)
        if reference is None:
            return "" if element.get("representation") == "B64" else self._own_words(element)
        address = reference.get("value")
        if address is None or "://" in address:
            return self._own_words(element)
        return self.index.text(address, place, self.note) or self._own_words(element)

    def _own_words(self, element: Element) -> str:
        """Its text; as a narrative when it holds what the schema has there only."""
        if len(element) and next(element.iter(*_SCRIPTS), None) is not None:
            return self.folded(read_narrative(element, "").text)
        return self.text(element)

    def concept(self, element: Element | None, place: str) -> Concept | None:
        """A CD; None without element, or when it says nothing at all."""
        if element is None:
            return None
        text, others = "", []
        if len(element):
            text = self.words(element.find("h:originalText", NS), f"{place}/originalText")
            others = [self._code(item) for item in self.every(element, "h:translation")]
        made = Concept(
            code=self._code(element),
            translations=tuple(item for item in others if item is not None),
            text=text,
            null_flavor=element.get("nullFlavor", ""),
        )
        return made if made.codes or made.text or made.null_flavor else None

    def once(self, element: Element | None, place: str) -> Concept | None:
        """A CD that several records share."""
        if element is None:
            return None
        return self.kept(element, lambda: self.concept(element, place))

    def kept(self, key: object, make: Callable[[], Concept | None]) -> Concept | None:
        """What was made once for a key."""
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]

    def concepts(self, elements: list[Element], place: str) -> tuple[Concept, ...]:
        """Every CD that says something."""
        found = [self.concept(item, place) for item in elements[:MAX_PARTS]]
        return tuple(item for item in found if item is not None)

    def _code(self, element: Element) -> Code | None:
        code = element.get("code")
        if not code:
            return None
        return Code(
            code=self.folded(code),
            system=self.folded(element.get("codeSystem", "")),
            label=self.folded(element.get("displayName", "")),
        )

    def quantity(self, element: Element | None, place: str) -> Quantity | None:
        """A PQ, INT or REAL; None without element, or when it says nothing at all."""
        if element is None:
            return None
        written = element.get("value", "")
        number = self._number(written, place)
        found = element.findall("h:translation", NS) if len(element) else []
        others = [self.quantity(item, place) for item in found if item.get("value") is not None]
        text = "" if number is not None else self.folded(written)
        for item in found:
            said = item.find("h:originalText", NS)
            text = text or self.words(said, f"{place}/translation/originalText")
        made = Quantity(
            value=number,
            unit=self.folded(element.get("unit") or self._unit_code(element)),
            text=text,
            translations=tuple(item for item in others if item is not None),
            null_flavor=element.get("nullFlavor", ""),
        )
        return None if made == _NOTHING else made

    def _unit_code(self, element: Element) -> str:
        """The unit of a translation (PQR), which is a code."""
        return element.get("code", "") if element.tag == _TRANSLATION else ""

    def _number(self, written: str, place: str) -> Decimal | None:
        if not written:
            return None
        number = decimal(written)
        if number is None:
            self.note("cda.entry.number", "a quantity is no number", place)
        return number

    def interval(self, element: Element | None, place: str) -> Interval | None:
        """An IVL of quantities; None when nothing is told."""
        if element is None:
            return None
        low, high = element.find("h:low", NS), element.find("h:high", NS)
        self._unread(element, place, "h:center")
        point = self.quantity(element, place) if element.get("value") is not None else None
        if point is not None and (low is not None or high is not None):
            self.note("cda.entry.interval", "both a value and bounds: the bounds win", place)
            point = None
        made = Interval(
            low=self.quantity(low, f"{place}/low") or point,
            high=self.quantity(high, f"{place}/high") or point,
            low_closed=self._is_closed(low, f"{place}/low"),
            high_closed=self._is_closed(high, f"{place}/high"),
            width=self.quantity(element.find("h:width", NS), f"{place}/width"),
        )
        return None if made == _NO_INTERVAL else made

    def amount(self, element: Element | None, place: str) -> Quantity | Interval | None:
        """A dose or a rate: an interval when it has bounds, else one quantity."""
        if element is None:
            return None
        if next(element.iterchildren(*_INTERVAL), None) is None:
            return self.quantity(element, place)
        return self.interval(element, place)

    def _is_closed(self, bound: Element | None, place: str) -> bool:
        """Whether a bound is inside (`inclusive`), which it is unless it says otherwise."""
        written = None if bound is None else bound.get("inclusive")
        inside = True if written is None else boolean(written)
        if inside is None:
            self.note("cda.entry.boolean", "inclusive is true or false", place)
        return inside is not False

    def _unread(self, element: Element, place: str, *names: str) -> None:
        """Tell what an interval has that no field holds."""
        for name in names:
            if element.find(name, NS) is not None:
                message = "a part of an interval that is not read: the element holds it"
                self.note("cda.entry.interval", message, f"{place}/{name[2:]}")

    def ratio(self, element: Element | None, place: str) -> Ratio | None:
        """An RTO; None when nothing is told."""
        if element is None:
            return None
        made = Ratio(
            numerator=self.quantity(element.find("h:numerator", NS), f"{place}/numerator"),
            denominator=self.quantity(element.find("h:denominator", NS), f"{place}/denominator"),
        )
        return None if made == _NO_RATIO else made

    def value(self, element: Element | None, place: str) -> Value | None:
        """An ANY, by the type that it announces; by its attributes when it announces none."""
        if element is None:
            return None
        announced = element.get(_TYPE, "").rpartition(":")[2].partition("_")
        kind = element.get(_TYPE, "").rpartition(":")[2]
        read = _READERS.get(kind)
        if read is None and announced[0] in {"IVL", "RTO"}:
            read = _READERS.get(announced[0])
        if read is None:
            if kind:
                self.note("cda.entry.type", "a value of a type that is not read", place)
            elif element.get("value") is not None or len(element):
                self._untyped(element, place)
            read = _by_attributes(element)
        return read(self, element, place)

    def _untyped(self, element: Element, place: str) -> None:
        if element.find("h:reference", NS) is None:
            message = "a value announces no type: it is read by what it has"
            self.note("cda.entry.type", message, place)

    def boolean(self, element: Element, place: str) -> bool | None:
        """A BL."""
        written = element.get("value")
        value = None if written is None else boolean(written)
        if written is not None and value is None:
            self.note("cda.entry.boolean", "a boolean is true or false", place)
        return value

    def span(
        self, element: Element | None, place: str, *, width_is_read: bool = False
    ) -> Period | None:
        """An effectiveTime: IVL_TS, TS, or the phase of a PIVL_TS.

        Args:
            element: None gives None.
            place: for the findings.
            width_is_read: whether a field of the record holds its width.
        """
        if element is None:
            return None
        if len(element):
            self._unread(element, place, "h:center", *(() if width_is_read else ("h:width",)))
            for bound in element.iterchildren(*_BOUNDS):
                if not self._is_closed(bound, place):
                    message = "a bound that is outside is read as one that is inside"
                    self.note("cda.entry.interval", message, place)
            return self.period(element, place)
        value = element.get("value", "")
        if value not in self._spans:
            made = self.period(element, place)
            if made is None:
                return None
            self._spans[value] = made
        return self._spans[value]


_NOTHING: Final = Quantity()
_NO_INTERVAL: Final = Interval()
_NO_RATIO: Final = Ratio()

_READERS: Final[dict[str, Callable[[Reading, Element, str], Value | None]]] = {
    **dict.fromkeys(("CD", "CE", "CV", "CO", "CS", "SC"), Reading.concept),
    **dict.fromkeys(("PQ", "INT", "REAL", "MO", "PPD_PQ"), Reading.quantity),
    **dict.fromkeys(("ST", "ED"), lambda read, element, place: read.words(element, place) or None),
    "BL": Reading.boolean,
    "TS": Reading.moment,
    "EIVL_TS": Reading.moment,
    "IVL_TS": Reading.span,
    "IVL": Reading.interval,
    "RTO": Reading.ratio,
}
"""HL7 v3 data types, abstract specification, by their name in XML."""


def _by_attributes(element: Element) -> Callable[[Reading, Element, str], Value | None]:
    if element.get("code") is not None or element.find("h:originalText", NS) is not None:
        return _READERS["CD"]
    if element.find("h:low", NS) is not None or element.find("h:high", NS) is not None:
        return _READERS["IVL"]
    if element.get("unit") is not None or element.get("value") is not None:
        return _READERS["PQ"]
    return _READERS["ST"]
