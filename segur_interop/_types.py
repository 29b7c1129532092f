"""A wrong type of argument is a TypeError that names the place, never the value."""

from __future__ import annotations

from types import NoneType
from typing import Any, Final

from segur_interop.errors import InvalidValue

__all__ = ["check_seconds", "check_type"]

_LONGEST: Final = 1e9


def check_type(value: Any, place: str, *kinds: type) -> None:
    """Refuse a value of another type.

    Args:
        value: the argument.
        place: its name, or its field path.
        kinds: the types it may have; `NoneType` where it may be None.

    Raises:
        TypeError: another type.
    """
    if not isinstance(value, kinds):
        wanted = " or ".join("None" if kind is NoneType else kind.__name__ for kind in kinds)
        raise TypeError(f"{place} is a {wanted}, not {type(value).__name__}")


def check_seconds(value: Any, place: str) -> None:
    """Refuse what is no number of seconds to wait.

    Args:
        value: the argument.
        place: its name.

    Raises:
        TypeError: no number.
        InvalidValue: 0, less, no number at all (NaN), or more than 30 years.
    """
    check_type(value, place, int, float)
    if isinstance(value, bool) or not 0 < value < _LONGEST:
        raise InvalidValue("a number of seconds above 0", place=place)
