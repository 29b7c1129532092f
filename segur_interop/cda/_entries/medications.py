"""Treatments and prescribed medicines (CI-SIS FR-Traitement, FR-Traitement-prescrit)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from segur_interop._masking import shown
from segur_interop.cda._build import NS
from segur_interop.cda._children import child, children
from segur_interop.cda._entries.absent import Stated
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.observations import Observation, observation
from segur_interop.cda._entries.products import Product, product
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.reasons import reasons
from segur_interop.cda._entries.record import base, doses, linked_text, participants
from segur_interop.cda._entries.vaccinations import is_vaccination
from segur_interop.cda._entries.values import Concept, Interval, Quantity, Ratio
from segur_interop.cda._placed import Placed, Raw
from segur_interop.model import Participant, Period

__all__ = ["Dosage", "Frequency", "Medication", "is_medication", "medication"]

Element = etree._Element

PRESCRIBED: Final = frozenset({"1.3.6.1.4.1.19376.1.9.1.3.2", "1.2.250.1.213.1.1.3.83"})
SUPPLIED: Final = frozenset({"1.3.6.1.4.1.19376.1.5.3.1.4.7.3", "1.2.250.1.213.1.1.3.44"})
QUANTITY: Final = frozenset({"1.3.6.1.4.1.19376.1.9.1.3.8", "1.2.250.1.213.1.1.3.86"}) | SUPPLIED
SUBSTITUTION: Final = frozenset({"1.3.6.1.4.1.19376.1.9.1.3.9.1", "1.2.250.1.213.1.1.3.87"})
DISPENSED: Final = frozenset({"1.3.6.1.4.1.19376.1.9.1.3.4"})
TAPERED: Final = "1.3.6.1.4.1.19376.1.5.3.1.4.8"
_TYPE: Final = f"{{{NS['xsi']}}}type"
_POSOLOGY: Final = re.compile(
    r"posologie(?!.*(?:habituel|usuel|maxim|minim|précédent|antérieur|ancien|recommand))"
)
"""Headings of the posology that is told, and no other; in small letters."""
_PART_OF: Final = frozenset({"observation", "procedure", "substanceAdministration", "supply"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Frequency(Placed):
    """When it is taken (PIVL_TS, EIVL_TS).

    Attributes:
        period: every so much (`8 h`).
        phase: between which moments of each period.
        event: of the day: `ACM` before breakfast, `HS` at bedtime, … (HL7 TimingEvent); "" without.
        text: in words.
    """

    period: Quantity | None = None
    phase: Period | None = None
    event: str = field(default="", metadata=shown())
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Dosage(Placed):
    """How a product is taken, for all or for one step of the treatment.

    Attributes:
        step: rank of the step, when there are several; None otherwise.
        period: from when until when.
        duration: for how long, when told so.
        frequencies: when in the day or the week.
        dose: how much at a time, a Quantity or an Interval.
        rate: how much in a time.
        maximum: at most how much in how long.
        route: by which way; `site`: where on the body.
        text: in words.
    """

    step: int | None = field(default=None, metadata=shown())
    period: Period | None = None
    duration: Quantity | None = None
    frequencies: tuple[Frequency, ...] = ()
    dose: Quantity | Interval | None = None
    rate: Quantity | Interval | None = None
    maximum: Ratio | None = None
    route: Concept | None = None
    site: Concept | None = None
    text: str = ""

    @property
    def is_structured(self) -> bool:
        """True when a dose, a rate or a frequency is told in fields."""
        return bool(self.frequencies or self.dose or self.rate)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Medication(Stated):
    """A treatment taken, given or prescribed.

    `time` is its whole period; `code` says what the entry is about (`DRUG`, or that there is no
    known treatment, see `none_known`).

    Attributes:
        product: the medicine; None when not told.
        dosage: how it is taken.
        steps: doses that change in time, each with its own dosage, in order.
        repeats: how many renewals; None when not told.
        quantity: how much to dispense, or dispensed.
        substitution: whether another product may be given; None when not told.
        instructions: to the patient.
        dispensing_instructions: to whoever dispenses it.
        reasons: why it is taken.
        conditions: on what condition.
        statements: what else is said of it: ALD (MED-574), AT/MP (GEN-180), prévention (GEN-295),
            non remboursable (GEN-181), hors AMM (GEN-179), …
        authors: who prescribed it; empty when only the document's author is told.
        performers: who gave or dispensed it.
    """

    product: Product | None = None
    dosage: Dosage | None = None
    steps: tuple[Dosage, ...] = ()
    repeats: int | None = None
    quantity: Quantity | None = None
    substitution: Concept | None = None
    instructions: tuple[str, ...] = ()
    dispensing_instructions: tuple[str, ...] = ()
    reasons: tuple[Concept, ...] = ()
    conditions: tuple[str, ...] = ()
    statements: tuple[Observation, ...] = ()
    authors: tuple[Participant, ...] = ()
    performers: tuple[Participant, ...] = ()

    @property
    def label(self) -> str:
        """What to show: the product, else the words of the entry."""
        return (self.product.label if self.product else "") or self.text or self._own_label()

    def _own_label(self) -> str:
        return self.code.label if self.code else ""

    @property
    def is_structured(self) -> bool:
        """True when the posology is told in fields."""
        return any(item.is_structured for item in (self.dosage, *self.steps) if item is not None)

    @property
    def is_prescribed(self) -> bool:
        """True for a line of a prescription."""
        return not PRESCRIBED.isdisjoint(self.template_ids)

    @property
    def posology(self) -> str:
        """The posology in words: that of the entry, else the cell `Posologie` of its narrative row.

        Without such a column, the first that starts so, but for a usual or a former posology.

        Documents whose posology is not structured write it in that column only.
        """
        said = self.dosage.text if self.dosage else ""
        if said:
            return said
        cells = [(head.casefold().strip(" :"), text) for head, text in self.narrative_row()]
        exact = [text for head, text in cells if head == "posologie"]
        others = [text for head, text in cells if _POSOLOGY.match(head)]
        return next(filter(None, exact), "" if exact else next(iter(others), ""))

    def says(self, code: str) -> bool | None:
        """What a statement of a code says (`MED-574`: ALD); None when nothing, or when negated."""
        for item in self.statements:
            if item.code and any(own.code == code for own in item.code.codes):
                told = isinstance(item.value, bool) and item.negated is False
                return item.value is True if told else None
        return None


def is_medication(act: Act) -> bool:
    """True for a treatment of its own, and no dose, comparison or cause within another entry."""
    if act.kind == "supply":
        if not act.is_a(SUPPLIED | DISPENSED):
            return False
    elif act.kind != "substanceAdministration" or is_vaccination(act):
        return False
    return act.parent is None or act.parent.kind not in _PART_OF


def medication(act: Act, read: Reading) -> Medication:
    """The treatment of a substanceAdministration, or of a supply."""
    made = base(act, read, has_time=False)
    made["time"] = _whole(act, read)
    return Medication(
        **made,
        product=product(act, read),
        dosage=dosage(act, read),
        steps=tuple(dosage(item, read) for item in doses(act, read)),
        repeats=_repeats(act, read),
        quantity=_quantity(act, read),
        substitution=next(
            (
                read.concept(item.part("code"), f"{item.place}/code")
                for item in act.acts
                if item.is_a(SUBSTITUTION)
            ),
            None,
        ),
        instructions=_texts(act, "PINSTRUCT", read),
        dispensing_instructions=_texts(act, "FINSTRUCT", read),
        reasons=reasons(act, read),
        conditions=_conditions(act, read),
        statements=tuple(
            observation(item, read)
            for item in act.acts
            if item.kind == "observation" and item.link != "RSON"
        ),
        authors=participants(act, "author", read),
        performers=participants(act, "performer", read),
    )


def _repeats(act: Act, read: Reading) -> int | None:
    place = f"{act.place}/repeatNumber"
    quantity = read.quantity(act.part("repeatNumber"), place)
    value = None if quantity is None else quantity.value
    if value is None:
        return None
    if value != value.to_integral_value() or not 0 <= value < _MOST:
        read.note("cda.entry.number", "a number of renewals is whole and positive", place)
        return None
    return int(value)


_MOST: Final = 10**6


def _whole(act: Act, read: Reading) -> Period | None:
    """The first effectiveTime that is no repetition."""
    for element in act.parts.get("effectiveTime", ()):
        if not _is_repetition(element):
            return read.span(
                _comp(element, "IVL_TS"), f"{act.place}/effectiveTime", width_is_read=True
            )
    return None


def _is_repetition(element: Element) -> bool:
    """By its type or, when it announces none, by what it has."""
    kind = _kind(element)
    if kind or not len(element):
        return kind in {"PIVL_TS", "EIVL_TS"}
    return child(element, "period") is not None or child(element, "event") is not None


def _kind(element: Element) -> str:
    return element.get(_TYPE, "").rpartition(":")[2]


def _comp(element: Element, kind: str) -> Element | None:
    """The element, or the part of that type of an expression (SXPR_TS)."""
    if _kind(element) != "SXPR_TS":
        return element
    return next((item for item in children(element, "comp") if _kind(item) == kind), None)


def dosage(act: Act, read: Reading) -> Dosage:
    """The dosage that an act tells."""
    place = act.place
    span, duration, frequencies = None, None, []
    for element in act.parts.get("effectiveTime", ()):
        for item in [element] if _kind(element) != "SXPR_TS" else children(element, "comp"):
            if item.get("operator") == "E" or _kind(item) == "SXPR_TS":
                message = "a time that is excluded, or an expression: the element holds it"
                read.note("cda.entry.values", message, f"{place}/effectiveTime")
            elif _is_repetition(item):
                frequencies.append(_frequency(item, f"{place}/effectiveTime", read))
            elif span is None and duration is None:
                span = read.span(item, f"{place}/effectiveTime", width_is_read=True)
                duration = read.quantity(child(item, "width"), f"{place}/effectiveTime/width")
            elif len(item) or item.get("value"):
                message = "a second time that is no repetition: the element holds it"
                read.note("cda.entry.values", message, f"{place}/effectiveTime")
    return Dosage(
        place=place,
        step=act.rank,
        period=span,
        duration=duration,
        frequencies=tuple(frequencies),
        dose=read.amount(act.part("doseQuantity"), f"{place}/doseQuantity"),
        rate=read.amount(act.part("rateQuantity"), f"{place}/rateQuantity"),
        maximum=read.ratio(act.part("maxDoseQuantity"), f"{place}/maxDoseQuantity"),
        route=read.concept(act.part("routeCode"), f"{place}/routeCode"),
        site=read.concept(act.part("approachSiteCode"), f"{place}/approachSiteCode"),
        text=linked_text(act, read) if act.rank is not None else "",
        _raw=Raw(act.element),
    )


def _frequency(element: Element, place: str, read: Reading) -> Frequency:
    period = read.quantity(child(element, "period"), f"{place}/period")
    event = child(element, "event")
    offset = child(element, "offset")
    if offset is not None and (len(offset) or offset.get("value")):
        read.note("cda.entry.values", "an offset from an event: the element holds it", place)
    return Frequency(
        place=place,
        period=period,
        phase=read.span(child(element, "phase"), f"{place}/phase"),
        event="" if event is None else event.get("code", ""),
        text=period.text if period else "",
        _raw=Raw(element),
    )


def _quantity(act: Act, read: Reading) -> Quantity | None:
    if act.kind == "supply":
        return read.quantity(act.part("quantity"), f"{act.place}/quantity")
    for item in act.acts:
        if item.kind == "supply" and item.is_a(QUANTITY):
            return read.quantity(item.part("quantity"), f"{item.place}/quantity")
    return None


def _texts(act: Act, code: str, read: Reading) -> tuple[str, ...]:
    found = [linked_text(item, read) for item in act.acts if item.code == code]
    return tuple(filter(None, found))


def _conditions(act: Act, read: Reading) -> tuple[str, ...]:
    place = f"{act.place}/precondition/criterion"
    found = []
    for element in act.parts.get("precondition", ()):
        criterion = child(element, "criterion")
        if criterion is not None:
            found.append(read.words(child(criterion, "text"), f"{place}/text"))
    return tuple(filter(None, found))
