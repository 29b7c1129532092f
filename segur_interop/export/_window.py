"""The depth of a history: durations, bounds, and what a partial date may mean."""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Final

from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue

__all__ = ["ALL", "back", "duration", "interval"]

ALL: Final = "all"
_DURATION: Final = re.compile(
    r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?"
)


def duration(text: str) -> tuple[int, int]:
    """Months and days of an ISO 8601 duration.

    Raises:
        InvalidValue: not one, or with a time of day.
    """
    match = _DURATION.fullmatch(text)
    if match is None:
        raise InvalidValue(
            "an ISO 8601 duration in years, months, weeks and days, or 'all'", place="request.depth"
        )
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    return years * 12 + months, weeks * 7 + days


def back(day: date, depth: str) -> date:
    """The first day of a depth that ends on `day`.

    Raises:
        InvalidValue: not a duration.
    """
    months, days = duration(depth)
    total = day.year * 12 + day.month - 1 - months
    year, month = divmod(total, 12)
    if year < 1:
        return date.min
    last = calendar.monthrange(year, month + 1)[1]
    start = date(year, month + 1, min(day.day, last))
    return start - timedelta(days=days) if start.toordinal() > days else date.min


def interval(moment: Timestamp, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """First and last moments that the timestamp may mean, at its precision."""
    if moment.offset is not None and moment.hour is not None:
        start = moment.to_datetime()
    else:
        start = datetime(
            moment.year, moment.month or 1, moment.day or 1, moment.hour or 0, moment.minute or 0,
            moment.second or 0, tzinfo=zone,
        )  # fmt: skip
    step = timedelta(microseconds=1)
    match moment.precision:
        case "year":
            end = datetime(moment.year, 12, 31, 23, 59, 59, 999_999, tzinfo=zone)
        case "month":
            last = calendar.monthrange(start.year, start.month)[1]
            end = datetime(start.year, start.month, last, 23, 59, 59, 999_999, tzinfo=zone)
        case "day":
            end = datetime.combine(start.date(), time.max, zone)
        case "hour":
            end = _later(start, timedelta(hours=1)) - step
        case "minute":
            end = _later(start, timedelta(minutes=1)) - step
        case _:
            end = _later(start, timedelta(seconds=1)) - step
    return start, end


def _later(start: datetime, by: timedelta) -> datetime:
    try:
        return start + by
    except OverflowError:
        return start
