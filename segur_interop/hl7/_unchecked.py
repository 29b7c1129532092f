"""Values that a reader made of its own words: their types are known."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any, TypeVar

__all__ = ["unchecked"]

T = TypeVar("T")


def unchecked(kind: type[T], *names: str, **fixed: Any) -> Callable[..., T]:
    """A maker of values of a frozen dataclass with slots, without its `__post_init__`.

    For a reader whose every value has been made here, of the type that the field has; a caller's
    go through the class.

    Args:
        kind: the dataclass.
        names: the fields that the maker takes, in that order.
        fixed: the other fields; those not named have their default.

    Raises:
        TypeError: a field without value.
    """
    defaults = {item.name: item.default for item in dataclasses.fields(kind)}  # type: ignore[arg-type]
    others = {**defaults, **fixed}
    setters = [getattr(kind, name).__set__ for name in names]
    constant = [
        (getattr(kind, name).__set__, others[name]) for name in defaults if name not in names
    ]
    if any(value is dataclasses.MISSING for _, value in constant) or others.keys() - defaults:
        raise TypeError(f"{kind.__name__}: not the fields of the class")

    def make(*values: Any) -> T:
        made = object.__new__(kind)
        for put, value in zip(setters, values, strict=True):
            put(made, value)
        for put, value in constant:
            put(made, value)
        return made

    return make
