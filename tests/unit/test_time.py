"""HL7 timestamps: what was given is kept, nothing is guessed."""

from __future__ import annotations

import pickle
from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue

PARIS = ZoneInfo("Europe/Paris")


@pytest.mark.parametrize(
    ("text", "precision", "aware"),
    [
        ("1979", "year", False),
        ("197903", "month", False),
        ("19790328", "day", False),
        ("1979032814", "hour", False),
        ("197903281405", "minute", False),
        ("19790328140507", "second", False),
        ("19790328140507.1", "second", False),
        ("19790328140507.1230", "second", False),
        ("19790328140507.123456789", "second", False),
        ("20260301120000+0100", "second", True),
        ("20260301120000.5-0330", "second", True),
        ("202603011200+1400", "minute", True),
        ("2026030112-1400", "hour", True),
        ("20260301+0000", "day", True),
        ("2026+0100", "year", True),
        ("0001", "year", False),
        ("99991231235959", "second", False),
        ("20240229", "day", False),
    ],
)
def test_precision_and_offset_are_kept_as_given(text: str, precision: str, aware: bool) -> None:
    """HL7 v2.5 §2.A.81: `YYYY[MM[DD[HH[MM[SS[.S[S[S[S]]]]]]]]][+/-ZZZZ]`."""
    moment = Timestamp.parse(text)
    assert str(moment) == text
    assert moment.precision == precision
    assert moment.is_aware is aware


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "79",
        "197",
        "19793",
        "1979032",
        "197903281",
        "1979-03-28",
        "28/03/1979",
        "19790328T140507",
        "20260301120000Z",
        "20260301120000+01:00",
        "20260301120000+01",
        "20260301120000 +0100",
        "20260301120000.",
        "202603011200.5",
        "20260301120000.1234567890",
        "20260301120000,5",
        "20260301120000+0160",
        "20260301120000+1401",
        "20260301120000-2400",
        "0000",
        "00000101",
        "19790001",
        "19790100",
        "19790230",
        "20230229",
        "19791301",
        "1979032824",
        "19790328240000",
        "197903281460",
        "20161231235960",
        "20161231235960+0000",
        "١٩٧٩",
        "1979０３28",
        "1979\x0003",
        "-1979",
        "nullFlavor",
    ],
)
def test_another_form_or_no_such_moment_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="^timestamp: ") as caught:
        Timestamp.parse(text)
    assert not text.strip() or text not in str(caught.value)


def test_blanks_around_are_no_part_of_the_moment() -> None:
    assert Timestamp.parse(" 19790328 \r\n") == Timestamp(1979, 3, 28)


@pytest.mark.parametrize(
    "parts",
    [
        {"day": 1},
        {"month": 1, "hour": 1},
        {"month": 1, "day": 1, "minute": 0},
        {"month": 1, "day": 1, "hour": 0, "minute": 0, "fraction": "5"},
        {"fraction": "5"},
        {"month": 0},
        {"month": 13},
        {"month": -1},
        {"month": 2, "day": 30},
        {"month": 1, "day": 1, "hour": 24},
        {"month": 12, "day": 31, "hour": 23, "minute": 59, "second": 60},
        {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "fraction": "1234567890"},
        {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "fraction": "١"},
        {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "fraction": "1 "},
        {"month": 1, "day": 1, "hour": 0, "minute": 0, "second": 0, "fraction": "-1"},
        {"offset": 14 * 60 + 1},
        {"offset": -(14 * 60 + 1)},
    ],
)
def test_a_timestamp_that_could_not_be_written_cannot_be_made(parts) -> None:
    with pytest.raises(InvalidValue):
        Timestamp(2026, **parts)


@pytest.mark.parametrize("year", [0, -1, 10_000])
def test_a_year_has_four_digits_and_exists(year: int) -> None:
    with pytest.raises(InvalidValue):
        Timestamp(year)


# --- from Python --------------------------------------------------------------------------


def test_a_date_becomes_a_day_and_nothing_more() -> None:
    assert str(Timestamp.of(date(1979, 3, 28))) == "19790328"


def test_an_aware_datetime_keeps_its_offset() -> None:
    assert str(Timestamp.of(datetime(2026, 7, 14, 9, 5, tzinfo=PARIS))) == "20260714090500+0200"
    assert str(Timestamp.of(datetime(2026, 1, 14, 9, 5, tzinfo=PARIS))) == "20260114090500+0100"
    assert str(Timestamp.of(datetime(2026, 1, 1, tzinfo=UTC))) == "20260101000000+0000"


def test_the_repeated_hour_of_october_keeps_its_side() -> None:
    first = datetime(2026, 10, 25, 2, 30, tzinfo=PARIS)
    assert str(Timestamp.of(first)).endswith("+0200")
    assert str(Timestamp.of(first.replace(fold=1))).endswith("+0100")


def test_microseconds_lose_only_their_trailing_zeros() -> None:
    value = datetime(2026, 1, 1, 0, 0, 0, 120_000, tzinfo=UTC)
    assert str(Timestamp.of(value)) == "20260101000000.12+0000"
    assert str(Timestamp.of(value.replace(microsecond=1))) == "20260101000000.000001+0000"


def test_a_naive_datetime_is_refused() -> None:
    with pytest.raises(InvalidValue, match="without a time zone"):
        Timestamp.of(datetime(2026, 3, 1, 12))  # noqa: DTZ001


@pytest.mark.parametrize(
    "shift", [timedelta(minutes=9, seconds=21), timedelta(hours=14, minutes=1)]
)
def test_an_offset_that_hl7_cannot_write_is_refused(shift: timedelta) -> None:
    with pytest.raises(InvalidValue):
        Timestamp.of(datetime(1900, 1, 1, tzinfo=timezone(shift)))


def test_text_and_timestamps_pass_through() -> None:
    moment = Timestamp.parse("197903")
    assert Timestamp.of(moment) is moment
    assert Timestamp.of("197903") == moment


@pytest.mark.parametrize("wrong", [None, 1979, 3.5, b"1979", timedelta(1)])
def test_anything_else_is_a_type_error(wrong) -> None:
    with pytest.raises(TypeError, match="a date, a datetime or HL7 text"):
        Timestamp.of(wrong)


# --- back to Python -----------------------------------------------------------------------


def test_a_day_is_a_date() -> None:
    assert Timestamp.parse("19790328").to_date() == date(1979, 3, 28)
    assert Timestamp.parse("19790328235959+0100").to_date() == date(1979, 3, 28)


@pytest.mark.parametrize("text", ["1979", "197903"])
def test_less_than_a_day_is_no_date(text: str) -> None:
    with pytest.raises(InvalidValue, match="less precise than a day"):
        Timestamp.parse(text).to_date()


def test_an_aware_timestamp_is_a_datetime() -> None:
    moment = Timestamp.parse("20260301120000.25+0100").to_datetime()
    assert moment == datetime(2026, 3, 1, 11, 0, 0, 250_000, tzinfo=UTC)
    assert moment.utcoffset() == timedelta(hours=1)


@pytest.mark.parametrize("text", ["20260301120000", "20260301", "2026+0100", "202603+0100"])
def test_without_zone_or_day_it_is_no_datetime(text: str) -> None:
    with pytest.raises(InvalidValue):
        Timestamp.parse(text).to_datetime()


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("20260301003000+0100", "20260228233000"),
        ("20260714090500+0200", "20260714070500"),
        ("20251231233000-0100", "20260101003000"),
        ("20260301120000.999+0000", "20260301120000"),
        ("202603011200+0100", "20260301110000"),
        ("2026030112+0100", "20260301110000"),
        ("02026"[1:], "2026"),
        ("202603", "202603"),
        ("20260301", "20260301"),
        ("20260301+1400", "20260301"),
        ("00010101120000+0000", "00010101120000"),
        ("09991231120000+0000", "09991231120000"),
    ],
)
def test_utc_shifts_moments_and_never_days(text: str, utc: str) -> None:
    """XDS metadata (ITI TF-3 §4.2.3.1.7): DTM in UTC, of the precision that is known."""
    assert Timestamp.parse(text).utc() == utc


@pytest.mark.parametrize("text", ["00010101000000+0100", "99991231235959-0100"])
def test_utc_beyond_the_calendar_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="out of range"):
        Timestamp.parse(text).utc()


@pytest.mark.parametrize("text", ["20260301120000", "2026030112", "20260301120000.5"])
def test_utc_of_a_moment_without_zone_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="no time zone was given"):
        Timestamp.parse(text).utc()


def test_a_timestamp_is_a_value() -> None:
    moment = Timestamp.parse("20260301120000.5+0100")
    assert pickle.loads(pickle.dumps(moment)) == moment  # noqa: S301
    assert len({moment, Timestamp.parse(str(moment))}) == 1
    assert Timestamp.parse("20260301") != Timestamp.parse("20260301000000")
