"""What pages for people say: French dates, numbers and words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from segur_interop.export import ExportStatus, ExportType, _wording


@pytest.mark.parametrize(
    ("value", "told"),
    [(0, "0\u00a0patient"), (1, "1\u00a0patient"), (2, "2\u00a0patients"),
     (12_345, "12\u202f345\u00a0patients")],
)  # fmt: skip
def test_none_and_one_are_singular(value: int, told: str):
    assert _wording.counted(value, "patient") == told


def test_several_words_have_their_own_plural():
    assert _wording.counted(2, "élément écrit", "éléments écrits") == "2\u00a0éléments écrits"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1960-05-04", "04/05/1960"),
        ("20260301", "01/03/2026"),
        ("20260301101500+0100", "01/03/2026"),
        ("202603", "03/2026"),
        ("2026", "2026"),
        ("1950-00-00", "1950-00-00"),
        ("", ""),
        ("vers 1950", "vers 1950"),
    ],
)
def test_a_day_is_told_as_precisely_as_it_is_known(text: str, told: str):
    assert _wording.day(text) == told


def test_a_moment_tells_its_zone():
    at = datetime(2026, 3, 1, 9, 5, tzinfo=timezone(timedelta(hours=1)))
    assert _wording.moment(at) == "1er mars 2026 à 09\u00a0h\u00a005 (UTC+01:00)"
    assert _wording.moment(datetime(2026, 8, 2, 14, 30, tzinfo=UTC)).startswith("2 août 2026")


def test_a_number_of_professional_tells_what_it_is():
    assert _wording.professional("810000000012") == "RPPS 10000000012"
    assert _wording.professional("0750000026") == "ADELI 750000026"
    assert _wording.professional("3750000026/12") == "3750000026/12"


def test_a_type_has_its_label_and_an_unknown_one_its_code():
    assert _wording.type_label("11490-0").endswith("(11490-0)")
    assert _wording.type_label("LOCAL-1") == "LOCAL-1"


def test_every_status_and_type_of_export_has_its_words():
    assert set(_wording.STATUSES) == set(ExportStatus)
    assert set(_wording.TYPES) == set(ExportType)
