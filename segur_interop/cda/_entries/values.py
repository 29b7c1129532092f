"""The values that entries hold (HL7 v3 data types), as they were written."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeAlias

from segur_interop._masking import Masked
from segur_interop._time import Timestamp
from segur_interop.model import Period
from segur_interop.terminology import Code

__all__ = ["Concept", "Interval", "Quantity", "Ratio", "Value"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Concept(Masked):
    """A coded value (CD, CE, CV, CO, CS) with its other codings and its words.

    Attributes:
        code: None when it is told in words alone, or by a nullFlavor.
        translations: the same in other systems, in order.
        text: originalText, its reference resolved; "" without.
        null_flavor: why there is no code (`UNK`, `NA`, `OTH`, `MSK`, …); "" when not told.
    """

    code: Code | None = None
    translations: tuple[Code, ...] = ()
    text: str = ""
    null_flavor: str = ""

    @property
    def codes(self) -> tuple[Code, ...]:
        """The code, then its translations."""
        return self.translations if self.code is None else (self.code, *self.translations)

    @property
    def label(self) -> str:
        """What to show: the label of the first code that has one, else the words."""
        return next((code.label for code in self.codes if code.label), self.text)

    def code_in(self, system: str) -> str:
        """The code in a system (an OID); "" without."""
        return next((code.code for code in self.codes if code.system == system), "")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Quantity(Masked):
    """A number and its unit (PQ, INT, REAL).

    Attributes:
        value: exactly as written, zeros included; None when absent or not a number.
        unit: UCUM mostly, as written; "" without.
        text: what was written instead of a number, or the words that come with it.
        translations: the same in other units.
        null_flavor: why there is no number; "" when not told.
    """

    value: Decimal | None = None
    unit: str = ""
    text: str = ""
    translations: tuple[Quantity, ...] = ()
    null_flavor: str = ""

    def __str__(self) -> str:
        """The clear value, for a person who may see it."""
        return " ".join(filter(None, (self._number(), self.unit)))

    def _number(self) -> str:
        """In digits, as a person writes it, unless they are many: `0.0000001` and not `1E-7`."""
        if self.value is None:
            return self.text
        return f"{self.value:f}" if abs(self.value.adjusted()) < _MOST_DIGITS else str(self.value)


_MOST_DIGITS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Interval(Masked):
    """Between two quantities (IVL_PQ, IVL_INT, IVL_REAL); a bound is None when open or not told.

    Attributes:
        low, high: the bounds.
        low_closed, high_closed: False when the bound itself is outside (`inclusive="false"`).
        width: the distance, when it is told instead of a bound.
    """

    low: Quantity | None = None
    high: Quantity | None = None
    low_closed: bool = True
    high_closed: bool = True
    width: Quantity | None = None

    def __str__(self) -> str:
        """The clear value, for a person who may see it: `?` for a bound that is not known.

        A bound that is outside has its sign: `> 3 g – 5 g`.
        """
        if is_open(self.low) and is_open(self.high):
            return ""
        if is_open(self.low):
            return f"{'≤' if self.high_closed else '<'} {_bound(self.high)}"
        if is_open(self.high):
            width = "" if self.width is None else f" (+ {self.width})"
            return f"{'≥' if self.low_closed else '>'} {_bound(self.low)}{width}"
        low, high = _bound(self.low), _bound(self.high)
        if low == high and self.low_closed and self.high_closed:
            return low
        return f"{'' if self.low_closed else '> '}{low} – {'' if self.high_closed else '< '}{high}"

    @property
    def unit(self) -> str:
        """The unit of its bounds; "" when they have none, or not the same."""
        bounds = [item for item in (self.low, self.high) if item is not None]
        units = {item.unit for item in bounds if item.unit or item.value is not None}
        return units.pop() if len(units) == 1 else ""

    @property
    def is_reversed(self) -> bool:
        """True when the low bound is above the high one: it is between nothing."""
        low, high = self.low, self.high
        if low is None or high is None or low.value is None or high.value is None:
            return False
        return low.unit == high.unit and low.value > high.value

    def contains(self, quantity: Quantity) -> bool | None:
        """Whether a quantity is within; None when the units or the numbers do not tell."""
        told = [
            (bound, closed, sign)
            for bound, closed, sign in (
                (self.low, self.low_closed, 1),
                (self.high, self.high_closed, -1),
            )
            if bound is not None and not is_open(bound)
        ]
        if self.is_reversed:
            return None
        inside = [_beyond(quantity, *item) for item in told]
        if False in inside:
            return False
        if self.width is not None and (self.low is None or self.high is None):
            return None
        return None if None in inside or not inside else True


_OPEN: Final = frozenset({"NA", "NINF", "PINF"})
"""nullFlavors of a bound that there is not."""


def is_open(bound: Quantity | None) -> bool:
    """True for a bound that is not told, or that there is not (`NINF`, `PINF`, `NA`)."""
    return bound is None or (bound.value is None and bound.null_flavor in _OPEN)


def _bound(bound: Quantity | None) -> str:
    return str(bound or "") or "?"


def _beyond(quantity: Quantity, bound: Quantity, closed: bool, sign: int) -> bool | None:
    """Whether a quantity is on the inner side of a bound."""
    other = _in_unit(bound, quantity.unit)
    if other is None or quantity.value is None:
        return None
    if quantity.value == other:
        return closed
    return quantity.value > other if sign > 0 else quantity.value < other


def _in_unit(quantity: Quantity, unit: str) -> Decimal | None:
    """The number of a quantity in a unit, which it or one of its translations has."""
    return next(
        (item.value for item in (quantity, *quantity.translations) if item.unit == unit), None
    )


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Ratio(Masked):
    """A quantity over another (RTO): a titre `1:128`, a maximum `4` over `1 d`."""

    numerator: Quantity | None = None
    denominator: Quantity | None = None

    def __str__(self) -> str:
        """The clear value, for a person who may see it."""
        return f"{self.numerator or ''}/{self.denominator or ''}"


Value: TypeAlias = Quantity | Interval | Ratio | Concept | Period | Timestamp | str | bool
"""What an observation is worth, by the type that it announces."""
