"""A span of time, open at one end or closed."""

from __future__ import annotations

from dataclasses import dataclass

from segur_interop._masking import Masked
from segur_interop._time import Instant, Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.model._checks import moment

__all__ = ["Period"]

_PARTS = ("year", "month", "day", "hour", "minute", "second")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False, init=False)
class Period(Masked):
    """From when until when (CDA R2 IVL_TS): at least one bound, `high` never before `low`.

    A moment is a period whose bounds are equal.

    Attributes:
        low: start, with the precision given; None when open.
        high: end; None when open or not over.

    Raises:
        InvalidValue: no bound, a naive datetime, an end before the start.
    """

    low: Timestamp | None = None
    high: Timestamp | None = None

    def __init__(self, *, low: Instant | None = None, high: Instant | None = None) -> None:
        start, end = moment(low, "period.low"), moment(high, "period.high")
        if start is None and end is None:
            raise InvalidValue("a period has a start or an end", place="period")
        is_moment = start is end
        if start is not None and end is not None and not is_moment and _is_before(end, start):
            raise InvalidValue("the end is before the start", place="period.high")
        object.__setattr__(self, "low", start)
        object.__setattr__(self, "high", end)

    @classmethod
    def at(cls, when: Instant) -> Period:
        """The period of one moment."""
        return cls(low=when, high=when)

    @property
    def is_moment(self) -> bool:
        """True when both bounds are the same moment."""
        return self.low is not None and self.low == self.high

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A time of day without zone: CI-SIS wants the local time with its offset."""
        return tuple(
            Finding(
                rule="time.zone",
                message="a time of day without a zone offset",
                severity=Severity.WARNING,
                place=name,
                source="ANS CDA kit 3.0, abstract/IVL_TS.sch",
            )
            for name in ("low", "high")
            if (value := getattr(self, name)) is not None
            and value.hour is not None
            and not value.is_aware
        )


def _is_before(one: Timestamp, other: Timestamp) -> bool:
    """True when `one` is before `other` at the precision that both have."""
    if one.hour is not None and other.hour is not None and one.is_aware and other.is_aware:
        return one.to_datetime() < other.to_datetime()
    pairs = [
        (getattr(one, part), getattr(other, part))
        for part in _PARTS
        if getattr(one, part) is not None and getattr(other, part) is not None
    ]
    return [first for first, _ in pairs] < [second for _, second in pairs]
