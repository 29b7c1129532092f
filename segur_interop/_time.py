"""HL7 timestamps that keep the precision and the offset they were given.

`1979` stays a year: nothing is completed here. (HL7 v2.5 §2.A.81 TS, CDA R2 TS.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Final, TypeAlias

from segur_interop.errors import InvalidValue

__all__ = ["Instant", "Timestamp"]

_FORM: Final = re.compile(
    r"(?P<year>\d{4})(?:(?P<month>\d{2})(?:(?P<day>\d{2})(?:(?P<hour>\d{2})(?:(?P<minute>\d{2})"
    r"(?:(?P<second>\d{2})(?:\.(?P<fraction>\d{1,9}))?)?)?)?)?)?(?P<offset>[+-]\d{4})?"
)
_FRACTION: Final = re.compile(r"[0-9]{0,9}")
_PARTS: Final = ("year", "month", "day", "hour", "minute", "second")
_MAX_OFFSET: Final = 14 * 60


@dataclass(frozen=True, slots=True)
class Timestamp:
    """A moment as HL7 writes it, from a year to a fraction of a second.

    Attributes:
        year: 4 digits.
        month, day, hour, minute, second: None beyond the precision given.
        fraction: up to 9 digits after the decimal point, as given ("" if none).
        offset: minutes east of UTC; None when no zone was given.
    """

    year: int
    month: int | None = None
    day: int | None = None
    hour: int | None = None
    minute: int | None = None
    second: int | None = None
    fraction: str = ""
    offset: int | None = None

    def __post_init__(self) -> None:
        parts = (self.year, self.month, self.day, self.hour, self.minute, self.second)
        given = len(parts) - parts.count(None)
        if None in parts[:given] or (self.fraction and self.second is None):
            raise InvalidValue("a time part is given without the one before it", place="timestamp")
        if self.offset is not None and abs(self.offset) > _MAX_OFFSET:
            raise InvalidValue("an offset is at most 14 hours", place="timestamp")
        if self.fraction != "" and not _FRACTION.fullmatch(self.fraction):
            raise InvalidValue("a fraction of a second is at most 9 digits", place="timestamp")
        try:
            self._start()
        except ValueError:
            raise InvalidValue("no such date or time", place="timestamp") from None

    @classmethod
    def parse(cls, text: str) -> Timestamp:
        """Read `YYYY[MM[DD[hh[mm[ss[.f…]]]]]][±zzzz]`.

        Raises:
            InvalidValue: another form, or no such date.
        """
        match = _FORM.fullmatch(text.strip()) if text.isascii() else None
        if match is None:
            raise InvalidValue("not an HL7 timestamp", place="timestamp")
        numbers = {part: int(match[part]) for part in _PARTS if match[part] is not None}
        return cls(**numbers, fraction=match["fraction"] or "", offset=_minutes(match["offset"]))

    @classmethod
    def of(cls, value: Instant) -> Timestamp:
        """The timestamp of a date, an aware datetime or HL7 text.

        Raises:
            InvalidValue: a naive datetime: its zone would be guessed.
        """
        if isinstance(value, Timestamp):
            return value
        if isinstance(value, str):
            return cls.parse(value)
        if isinstance(value, datetime):
            return cls._of_datetime(value)
        if isinstance(value, date):
            return cls(value.year, value.month, value.day)
        raise TypeError(f"a date, a datetime or HL7 text, not {type(value).__name__}")

    @classmethod
    def _of_datetime(cls, value: datetime) -> Timestamp:
        shift = value.utcoffset()
        if shift is None:
            raise InvalidValue("a datetime without a time zone is refused", place="timestamp")
        if shift % timedelta(minutes=1):
            raise InvalidValue("a zone offset is whole minutes", place="timestamp")
        return cls(
            value.year, value.month, value.day, value.hour, value.minute, value.second,
            fraction=f"{value.microsecond:06d}".rstrip("0"),
            offset=shift // timedelta(minutes=1),
        )  # fmt: skip

    @property
    def precision(self) -> str:
        """The finest part given: `year`, `month`, `day`, `hour`, `minute` or `second`."""
        return [part for part in _PARTS if getattr(self, part) is not None][-1]

    @property
    def is_aware(self) -> bool:
        """True when a zone offset was given."""
        return self.offset is not None

    def __str__(self) -> str:
        return self._digits() + (f".{self.fraction}" if self.fraction else "") + self._zone()

    def _digits(self) -> str:
        digits = f"{self.year:04d}"
        for value in (self.month, self.day, self.hour, self.minute, self.second):
            if value is None:
                break
            digits += f"{value:02d}"
        return digits

    def _zone(self) -> str:
        if self.offset is None:
            return ""
        hours, minutes = divmod(abs(self.offset), 60)
        return f"{'-' if self.offset < 0 else '+'}{hours:02d}{minutes:02d}"

    def to_date(self) -> date:
        """The calendar day.

        Raises:
            InvalidValue: less precise than a day.
        """
        if self.month is None or self.day is None:
            raise InvalidValue("less precise than a day", place="timestamp")
        return date(self.year, self.month, self.day)

    def to_datetime(self) -> datetime:
        """An aware datetime; parts beyond the precision are zero.

        Raises:
            InvalidValue: no zone offset, or less precise than a day.
        """
        if self.offset is None:
            raise InvalidValue("no time zone was given", place="timestamp")
        self.to_date()
        return self._start().replace(tzinfo=timezone(timedelta(minutes=self.offset)))

    def utc(self) -> str:
        """The 14 digits in UTC that XDS and the DMP ask for, without offset.

        A timestamp of a day or less is returned with its own digits: no zone shifts a day.

        Raises:
            InvalidValue: a time of day without zone offset.
        """
        if self.hour is None:
            return str(Timestamp(self.year, self.month, self.day))
        if self.offset == 0:
            return self._digits().ljust(14, "0")
        try:
            return self.to_datetime().astimezone(UTC).strftime("%Y%m%d%H%M%S").zfill(14)
        except OverflowError:
            raise InvalidValue("out of range in UTC", place="timestamp") from None

    def _start(self) -> datetime:
        return datetime(  # noqa: DTZ001 (the caller adds the offset)
            self.year,
            1 if self.month is None else self.month,
            1 if self.day is None else self.day,
            self.hour or 0, self.minute or 0, self.second or 0,
            int((self.fraction + "000000")[:6]) if self.fraction else 0,
        )  # fmt: skip


Instant: TypeAlias = Timestamp | datetime | date | str
"""What a caller may give for a moment: aware datetime, date, HL7 text or Timestamp."""


def _minutes(offset: str | None) -> int | None:
    if offset is None:
        return None
    hours, minutes = int(offset[1:3]), int(offset[3:5])
    if minutes >= 60:
        raise InvalidValue("no such zone offset", place="timestamp")
    return (hours * 60 + minutes) * (-1 if offset[0] == "-" else 1)
