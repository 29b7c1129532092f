from __future__ import annotations

import dataclasses
from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from segur_interop.errors import InvalidValue
from segur_interop.model import Period, Timestamp

PARIS = timezone(timedelta(hours=2))


def test_every_kind_of_instant_is_stored_as_a_timestamp() -> None:
    period = Period(low=date(2024, 3, 6), high=datetime(2024, 3, 7, 11, tzinfo=PARIS))
    assert period.low == Timestamp.parse("20240306")
    assert period.high == Timestamp.parse("20240307110000+0200")
    assert Period(low="202403").low == Timestamp.parse("202403")


def test_a_naive_datetime_is_refused_with_its_place() -> None:
    with pytest.raises(InvalidValue) as caught:
        Period(low=datetime(2024, 3, 6))  # noqa: DTZ001 (what is tested)
    assert caught.value.place == "period.low"


@pytest.mark.parametrize("text", ["20241301", "yesterday", "", "2024-03-06"])
def test_what_is_no_time_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Period(low="2024", high=text)
    assert caught.value.place == "period.high"


def test_another_type_is_a_type_error() -> None:
    with pytest.raises(TypeError):
        Period(low=20240306)  # type: ignore[arg-type]


def test_no_bound_is_refused() -> None:
    with pytest.raises(InvalidValue):
        Period()


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("20240307", "20240306"),
        ("2024", "2023"),
        ("20240307", "202402"),
        ("20240307110000+0200", "20240307105959+0200"),
        ("20240307110000+0000", "20240307120000+0200"),
        ("20240307110000", "20240307105959+0200"),
    ],
)
def test_an_end_before_the_start_is_refused(low: str, high: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Period(low=low, high=high)
    assert caught.value.place == "period.high"


@pytest.mark.parametrize(
    ("low", "high"),
    [
        ("20240307110000+0200", "20240307"),
        ("20240307", "202403"),
        ("20240307110000+0200", "20240307100000+0000"),
        ("20240307110000+0200", "20240307110000+0200"),
        ("00010101000000+1400", "99991231235959-1400"),
    ],
)
def test_bounds_are_compared_as_moments_at_the_precision_of_both(low: str, high: str) -> None:
    assert str(Period(low=low, high=high).high) == high


def test_a_moment_has_equal_bounds() -> None:
    assert Period.at("20240307").is_moment
    assert not Period(low="20240307").is_moment
    assert not Period(high="20240307").is_moment


def test_a_time_of_day_without_zone_is_a_warning() -> None:
    period = Period(low="20240307110000", high=datetime(2024, 3, 8, tzinfo=UTC))
    assert [(item.rule, item.place) for item in period.findings] == [("time.zone", "low")]
    assert Period(low="20240307").findings == ()


def test_it_is_replaced_as_any_dataclass() -> None:
    period = dataclasses.replace(Period(low="20240307"), high="20240308")
    assert period == Period(low="20240307", high="20240308")
    assert hash(period) == hash(Period(low="20240307", high="20240308"))


def test_dates_are_masked() -> None:
    assert "2024" not in repr(Period(low="20240307"))
