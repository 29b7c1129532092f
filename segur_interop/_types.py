"""A wrong type of argument is a TypeError that names the place, never the value."""

from __future__ import annotations

from types import NoneType
from typing import Any

__all__ = ["check_type"]


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
