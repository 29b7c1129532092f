"""Laboratory results and isolates, as values (CI-SIS CR-BIO; IHE LAB XD-LAB)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import shown
from segur_interop._oid import LOINC
from segur_interop.cda._entries.record import Record
from segur_interop.cda._entries.values import Concept, Interval, Quantity, Value, is_open
from segur_interop.cda._placed import Placed
from segur_interop.model import Participant

__all__ = ["Isolate", "ReferenceRange", "Result"]

INTERPRETATION: Final = "2.16.840.1.113883.5.83"
NORMAL: Final = frozenset({"N"})
CRITICAL: Final = frozenset({"AA", "HH", "LL"})
ABNORMAL: Final = CRITICAL | {"A", "H", "L", "HU", "LU", "H>", "L<", "EX", "HX", "LX"}
"""HL7 v3 ObservationInterpretation, normality; susceptibility (S, I, R) tells neither."""
TABLE_0078: Final = "2.16.840.1.113883.12.78"
"""HL7 v2 table 0078, where these codes come from."""
OFF_SCALE: Final = frozenset({"<", ">"})
"""The same, technical exceptions: the value is beyond what the instrument measures, which says
nothing of whether it is normal."""
TAKEN_BACK: Final = frozenset({"aborted", "cancelled", "nullified", "obsolete"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReferenceRange(Placed):
    """What a result is compared with (referenceRange/observationRange).

    Attributes:
        value: an Interval mostly; None when told in words alone.
        text: in words; "" without.
        interpretation: what a value within it means; `N` for the usual range.
        condition: for whom it is, as written; "" when for all.
    """

    value: Value | None = None
    text: str = ""
    interpretation: Concept | None = None
    condition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result(Record):
    """One analysis and its value.

    Attributes:
        value: by the type that it announces; None when there is none, see `null_flavor("value")`.
        interpretations: as coded by the laboratory.
        ranges: reference ranges, in order.
        methods: methodCode.
        previous: earlier results that the laboratory recalls.
        battery: the group of analyses that it is part of; None outside one.
        exam: the exam that it answers; None when not told.
        organism: the isolate that it is about; None outside microbiology.
        media: identifiers of the images that belong to it (`attachments()` holds them).
        performers: laboratories, when the result names its own.
    """

    value: Value | None = None
    interpretations: tuple[Concept, ...] = ()
    ranges: tuple[ReferenceRange, ...] = ()
    methods: tuple[Concept, ...] = ()
    previous: tuple[Result, ...] = ()
    battery: Concept | None = None
    exam: Concept | None = None
    organism: Concept | None = None
    media: tuple[str, ...] = field(default=(), metadata=shown())
    performers: tuple[Participant, ...] = ()

    @property
    def loinc(self) -> str:
        """The LOINC code of the analysis; "" without."""
        return self.code.code_in(LOINC) if self.code else ""

    @property
    def unit(self) -> str:
        """The unit of a quantity, or that of both bounds of an interval; "" without."""
        value = self.value
        return value.unit if isinstance(value, (Quantity, Interval)) else ""

    @property
    def done(self) -> bool:
        """False for a result asked or meant (`mood`), negated, or taken back.

        That is aborted, cancelled, nullified or obsolete (replaced by another). Nor is one whose
        negation cannot be read. A partial result (`active`) is one.
        """
        return self.mood in {"EVN", ""} and self.negated is False and self.status not in TAKEN_BACK

    @property
    def interpretation(self) -> str:
        """The first code of HL7 ObservationInterpretation; "" without."""
        return next(filter(None, map(_normality, self.interpretations)), "")

    @property
    def is_abnormal(self) -> bool | None:
        """What the laboratory coded; without code, what its reference range says; None if neither.

        None is not "normal": nobody told. The range decides only when there is one, in the unit of
        the value. What was not `done` is neither.
        """
        if not self.done:
            return None
        codes = self._normalities()
        if codes & ABNORMAL:
            return True
        if codes & NORMAL:
            return False
        within = self.is_within_range
        return None if within is None else not within

    @property
    def is_critical(self) -> bool | None:
        """True for `AA`, `HH`, `LL`; False for another normality; None when none is coded.

        No reference range tells that a value is critical. What was not `done` is neither.
        """
        if not self.done:
            return None
        codes = self._normalities()
        if codes & CRITICAL:
            return True
        return False if codes & (ABNORMAL | NORMAL) else None

    @property
    def is_within_range(self) -> bool | None:
        """Whether a quantity is in the one usual range given for all; None when that is not so.

        One beyond what the instrument measures (`<`, `>`) may be anywhere beyond its number: it is
        in the range when nothing of the range ends on that side, else the number may only tell
        that it is out.
        """
        usual = [
            item.value
            for item in self.ranges
            if isinstance(item.value, Interval) and _is_usual(item) and not item.condition
        ]
        if len(usual) != 1 or not isinstance(self.value, Quantity):
            return None
        return self._compared(usual[0], self.value)

    @property
    def has_unread_alarm(self) -> bool:
        """True when the code of something abnormal is of another system, which is not read."""
        others = [item for item in self.interpretations if not _normality(item)]
        return any(code.code.upper() in ABNORMAL for item in others for code in item.codes)

    def _compared(self, usual: Interval, value: Quantity) -> bool | None:
        codes = self._normalities()
        if codes.isdisjoint(OFF_SCALE):
            return usual.contains(value)
        if "<" in codes:
            end, beyond = usual.low, Interval(low=usual.low, low_closed=False)
        else:
            end, beyond = usual.high, Interval(high=usual.high, high_closed=False)
        if beyond.contains(value) is False:
            return False
        return True if is_open(end) and usual.contains(value) else None

    def _normalities(self) -> set[str]:
        return set(map(_normality, self.interpretations))


def _normality(concept: Concept) -> str:
    """Its code of ObservationInterpretation, which is meant when no system is told.

    Its codes are in capitals: one in small letters is read as the same.
    """
    own = concept.code
    if own is not None and own.system == INTERPRETATION:
        return own.code.upper()
    for system in (INTERPRETATION, "", TABLE_0078):
        code = concept.code_in(system)
        if code:
            return code.upper()
    return ""


def _is_usual(item: ReferenceRange) -> bool:
    return item.interpretation is None or _normality(item.interpretation) in {"N", ""}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Isolate(Record):
    """A micro-organism found, and what was measured of it.

    Attributes:
        organism: what it is.
        results: all its results: counts, antibiogram (`Result.interpretation` is S, I or R).
    """

    organism: Concept | None = None
    results: tuple[Result, ...] = ()
