"""Names of files, and lots."""

from __future__ import annotations

import pytest

from segur_interop.errors import InvalidValue
from segur_interop.export import layout
from segur_interop.export.layout import LotLimits


def test_every_name_of_the_layout_is_8_3():
    names = [value for name, value in vars(layout).items() if name in layout.__all__]
    names = [name for name in names if isinstance(name, str)]
    assert len(names) > 10
    assert all(layout.is_name(name) for name in names)
    assert all(layout.is_name(layout.signature_name(name)) for name in layout.SIGNED)


@pytest.mark.parametrize("number", [1, 10_000, 99_999])
def test_numbers_of_lots_and_archives_are_read_back(number: int):
    assert layout.is_name(f"{layout.lot_name(number)}/{layout.archive_name(number)}")
    assert layout.parse_lot_name(layout.lot_name(number)) == number
    assert layout.parse_archive_name(layout.archive_name(number)) == number


@pytest.mark.parametrize("name", ["lot00001", "LOT1", "LOT000001", "PAT00001.zip", ""])
def test_other_names_have_no_number(name: str):
    assert layout.parse_lot_name(name) is None
    assert layout.parse_archive_name(name) is None


@pytest.mark.parametrize("number", [0, 100_000, -1])
def test_a_number_that_has_not_five_digits_is_refused(number: int):
    with pytest.raises(InvalidValue, match="five digits"):
        layout.archive_name(number)


@pytest.mark.parametrize(
    "path", ["CHECKSUMS.TXT", "A.HTML", "a.txt", "A B.TXT", "../A", "/".join("ABCDEFGHI")]
)
def test_what_is_not_8_3_is_told(path: str):
    assert not layout.is_name(path)


def test_a_lot_is_full_by_number_or_by_size_and_never_empty():
    limits = LotLimits(patients=2, size=100)
    assert not limits.is_full(0, 0, 1_000)
    assert limits.is_full(1, 50, 51)
    assert not limits.is_full(1, 50, 50)
    assert limits.is_full(2, 10, 1)


@pytest.mark.parametrize("given", [{"patients": 0}, {"patients": 100_000}, {"size": 0}])
def test_a_lot_that_holds_nothing_or_too_many_names_is_refused(given: dict[str, int]):
    with pytest.raises(InvalidValue, match="a lot holds"):
        LotLimits(**given)
