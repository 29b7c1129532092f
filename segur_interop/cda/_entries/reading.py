"""The data types of entries: elements into values, what is odd into findings."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

from lxml import etree

from segur_interop.cda._build import HL7, NS
from segur_interop.cda._children import Parts, child, children, first_of, parts_of
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
_ORIGINAL_TEXT: Final = f"{{{HL7}}}originalText"
_INTERVAL: Final = frozenset({"low", "high", "width", "center"})
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
        self._codes: dict[tuple[str, str, str], Code] = {}
        self._concepts: dict[int, Concept] = {}

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
        reference = child(element, "reference") if len(element) else None
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
        code, null_flavor = self._code(element), element.get("nullFlavor", "")
        if not len(element) and not null_flavor:
            return self._bare(code)
        text, others = self._beside_code(element, place)
        if code is None and not (others or text or null_flavor):
            return None
        return Concept(code=code, translations=others, text=text, null_flavor=null_flavor)

    def _bare(self, code: Code | None) -> Concept | None:
        """That of a code and nothing else, which methods and interpretations mostly are."""
        if code is None:
            return None
        known = self._concepts.get(id(code))
        if known is None:
            known = self._concepts[id(code)] = Concept(code=code)
        return known

    def _beside_code(self, element: Element, place: str) -> tuple[str, tuple[Code, ...]]:
        said, found = None, []
        for item in element:
            if item.tag == _TRANSLATION:
                found.append(item)
            elif said is None and item.tag == _ORIGINAL_TEXT:
                said = item
        text = self.words(said, f"{place}/originalText")
        if not found:
            return text, ()
        found = self.at_most(found, "translation")
        return text, tuple([code for item in found if (code := self._code(item)) is not None])

    def once(self, element: Element | None, place: str) -> Concept | None:
        """A CD that several records share."""
        if element is None or element in self._once:
            return self._once.get(element)
        return self.kept(element, lambda: self.concept(element, place))

    def kept(self, key: object, make: Callable[[], Concept | None]) -> Concept | None:
        """What was made once for a key."""
        if key not in self._once:
            self._once[key] = make()
        return self._once[key]

    def concepts(self, elements: Sequence[Element], place: str) -> tuple[Concept, ...]:
        """Every CD that says something."""
        if not elements:
            return ()
        found = [self.concept(item, place) for item in elements[:MAX_PARTS]]
        return tuple([item for item in found if item is not None])

    def _code(self, element: Element) -> Code | None:
        code = element.get("code")
        if not code:
            return None
        written = code, element.get("codeSystem", ""), element.get("displayName", "")
        known = self._codes.get(written)
        if known is None:
            code, system, label = map(self.folded, written)
            known = self._codes[written] = Code(code=code, system=system, label=label)
        return known

    def quantity(self, element: Element | None, place: str) -> Quantity | None:
        """A PQ, INT or REAL; None without element, or when it says nothing at all."""
        if element is None:
            return None
        written = element.get("value", "")
        number = self._number(written, place)
        text = "" if number is not None else self.folded(written)
        others: tuple[Quantity, ...] = ()
        if len(element):
            text, others = self._beside_number(element, text, place)
        unit = self.folded(element.get("unit") or self._unit_code(element))
        null_flavor = element.get("nullFlavor", "")
        if number is None and not (unit or text or others or null_flavor):
            return None
        return Quantity(
            value=number, unit=unit, text=text, translations=others, null_flavor=null_flavor
        )

    def _beside_number(
        self, element: Element, text: str, place: str
    ) -> tuple[str, tuple[Quantity, ...]]:
        found = children(element, "translation")
        others = [self.quantity(item, place) for item in found if item.get("value") is not None]
        text = text or self.words(child(element, "originalText"), f"{place}/originalText")
        if child(element, "low") is not None or child(element, "high") is not None:
            message = "an interval where one number is expected: the element holds it"
            self.note("cda.entry.interval", message, place)
        for item in found:
            said = child(item, "originalText")
            text = text or self.words(said, f"{place}/translation/originalText")
        return text, tuple(item for item in others if item is not None)

    def _unit_code(self, element: Element) -> str:
        """The unit of a translation (PQR), which is a code; that of an amount of money."""
        name = "code" if element.tag == _TRANSLATION else "currency"
        return element.get(name, "")

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
        parts = parts_of(element)
        low, high = first_of(parts, "low"), first_of(parts, "high")
        self._unread(parts, place, "center")
        if len(element) > len(parts) and max(map(len, parts.values()), default=0) > 1:
            self.note("cda.entry.interval", "a bound told twice: the first is read", place)
        point = self.quantity(element, place) if element.get("value") is not None else None
        if point is not None and (low is not None or high is not None):
            self.note("cda.entry.interval", "both a value and bounds: the bounds win", place)
            point = None
        start = self.quantity(low, f"{place}/low") or point
        end = self.quantity(high, f"{place}/high") or point
        with_start = low is None or self._is_closed(low, place)
        with_end = high is None or self._is_closed(high, place)
        width = self.quantity(first_of(parts, "width"), f"{place}/width")
        if start is end is width is None and with_start and with_end:
            return None
        made = Interval(
            low=start, high=end, low_closed=with_start, high_closed=with_end, width=width
        )
        if made.is_reversed:
            self.note("cda.entry.interval", "the low bound is above the high one", place)
        return made

    def amount(self, element: Element | None, place: str) -> Quantity | Interval | None:
        """A dose or a rate: an interval when it has bounds, else one quantity."""
        if element is None:
            return None
        if _INTERVAL.isdisjoint(parts_of(element)):
            return self.quantity(element, place)
        return self.interval(element, place)

    def _is_closed(self, bound: Element, place: str) -> bool:
        """Whether a bound is inside (`inclusive`), which it is unless it says otherwise."""
        written = bound.get("inclusive")
        if written is None:
            return True
        inside = boolean(written)
        if inside is None:
            self.note("cda.entry.boolean", "inclusive is true or false", place)
        return inside is not False

    def _unread(self, parts: Parts, place: str, *names: str) -> None:
        """Tell what an interval has that no field holds."""
        for name in names:
            if name in parts:
                message = "a part of an interval that is not read: the element holds it"
                self.note("cda.entry.interval", message, f"{place}/{name}")

    def ratio(self, element: Element | None, place: str) -> Ratio | None:
        """An RTO; None when nothing is told."""
        if element is None:
            return None
        above = self.quantity(child(element, "numerator"), f"{place}/numerator")
        below = self.quantity(child(element, "denominator"), f"{place}/denominator")
        if above is None and below is None:
            return None
        return Ratio(numerator=above, denominator=below)

    def value(self, element: Element | None, place: str) -> Value | None:
        """An ANY, by the type that it announces; by its attributes when it announces none."""
        if element is None:
            return None
        kind = element.get(_TYPE, "").rpartition(":")[2]
        read = _READERS.get(kind)
        if read is None and kind.startswith(("IVL_", "RTO_")):
            read = _READERS[kind[:3]]
        if read is None:
            if kind:
                self.note("cda.entry.type", "a value of a type that is not read", place)
            elif element.get("value") is not None or len(element):
                self._untyped(element, place)
            read = _by_attributes(element)
        made = read(self, element, place)
        return self._otherwise(read, element, place) if made is None else made

    def _otherwise(
        self, known: Callable[..., Value | None], element: Element, place: str
    ) -> Value | None:
        """What a value says although the type that it announces has no such thing."""
        said = (element.text or "").strip() or element.get("code")
        if known in _WITHOUT_NUMBER:
            said = said or element.get("value")
        if not said or element.get("representation") == "B64":
            return self.interval(element, place) if known is Reading.quantity else None
        message = "a value has not what its type announces: it is read by what it has"
        self.note("cda.entry.type", message, place)
        read = _by_attributes(element)
        return self.words(element, place) or None if read is known else read(self, element, place)

    def _untyped(self, element: Element, place: str) -> None:
        if child(element, "reference") is None:
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
            parts = parts_of(element)
            self._unread(parts, place, "center", *(() if width_is_read else ("width",)))
            for bound in (*parts.get("low", ()), *parts.get("high", ())):
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


def _coded_string(read: Reading, element: Element, place: str) -> Value | None:
    """An SC: words, which may have a code."""
    words, concept = read.words(element, place), read.concept(element, place)
    if concept is None or not concept.codes:
        return words or concept
    return dataclasses.replace(concept, text=words)


def _words(read: Reading, element: Element, place: str) -> str | None:
    return read.words(element, place) or None


_READERS: Final[dict[str, Callable[[Reading, Element, str], Value | None]]] = {
    **dict.fromkeys(("CD", "CE", "CV", "CO", "CS"), Reading.concept),
    "SC": _coded_string,
    **dict.fromkeys(("PQ", "INT", "REAL", "MO", "PPD_PQ"), Reading.quantity),
    **dict.fromkeys(("ST", "ED"), _words),
    "BL": Reading.boolean,
    "TS": Reading.moment,
    "EIVL_TS": Reading.moment,
    "IVL_TS": Reading.span,
    "IVL": Reading.interval,
    "RTO": Reading.ratio,
}
"""HL7 v3 data types, abstract specification, by their name in XML."""


_WITHOUT_NUMBER: Final = (Reading.concept, _coded_string, _words, Reading.ratio)
"""What reads a type that has no `@value`."""


def _by_attributes(element: Element) -> Callable[[Reading, Element, str], Value | None]:
    parts = parts_of(element)
    if element.get("code") is not None or "originalText" in parts:
        return _READERS["CD"]
    if "low" in parts or "high" in parts:
        return _READERS["IVL"]
    if element.get("unit") is not None or element.get("value") is not None:
        return _READERS["PQ"]
    return _READERS["ST"]
