"""Timestamps over their whole domain."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import strategies
from hypothesis import example, given
from hypothesis import strategies as st

from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue


@given(strategies.timestamps())
def test_what_can_be_made_is_written_and_read_back_equal(moment: Timestamp) -> None:
    assert Timestamp.parse(str(moment)) == moment
    assert str(Timestamp.parse(str(moment))) == str(moment)


@given(st.text(max_size=40) | st.text("0123456789+-.", max_size=30))
@example("19790000")
@example("19790328140507.+0100")
def test_any_text_is_a_timestamp_or_an_invalid_value(text: str) -> None:
    try:
        moment = Timestamp.parse(text)
    except InvalidValue:
        return
    digits = text.strip().replace("-0000", "+0000")
    assert str(moment) == digits


@given(
    st.datetimes(
        timezones=st.integers(-14 * 60, 14 * 60).map(
            lambda minutes: timezone(timedelta(minutes=minutes))
        )
    )
)
def test_an_aware_datetime_goes_and_comes_back(value: datetime) -> None:
    back = Timestamp.of(value).to_datetime()
    assert back == value
    assert back.utcoffset() == value.utcoffset()


@given(strategies.timestamps())
def test_utc_is_the_same_moment_or_the_same_day(moment: Timestamp) -> None:
    try:
        text = moment.utc()
    except InvalidValue:
        assert moment.hour is not None
        return
    assert text.isascii()
    assert text.isdigit()
    if moment.hour is None:
        assert str(moment).startswith(text)
        return
    assert len(text) == 14
    there = datetime(
        *(int(text[a:b]) for a, b in ((0, 4), (4, 6), (6, 8), (8, 10), (10, 12), (12, 14))),
        tzinfo=UTC,
    )
    assert moment.to_datetime() - there < timedelta(seconds=1)
    assert moment.to_datetime() >= there


@given(strategies.timestamps())
def test_precision_names_the_last_part_given(moment: Timestamp) -> None:
    order = ["year", "month", "day", "hour", "minute", "second"]
    known = order[: order.index(moment.precision) + 1]
    assert all(getattr(moment, part) is not None for part in known)
    assert all(getattr(moment, part) is None for part in set(order) - set(known))
