"""A maker without checks sets every field of the class, and knows each of them."""

from __future__ import annotations

import copy
import pickle
from dataclasses import dataclass

import pytest

from segur_interop.hl7._unchecked import unchecked


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Three fields; two have a default."""

    one: int
    two: str = ""
    three: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.one < 0:
            raise ValueError


def test_what_it_makes_is_what_the_class_makes() -> None:
    made = unchecked(Value, "three", "one", two="x")((1,), 2)
    assert made == Value(one=2, two="x", three=(1,))
    assert hash(made) == hash(Value(one=2, two="x", three=(1,)))
    assert unchecked(Value, "one")(1) == Value(one=1)
    assert copy.copy(made) == pickle.loads(pickle.dumps(made)) == made  # noqa: S301


def test_it_takes_as_many_values_as_it_was_told() -> None:
    for values in ((), (1, "x")):
        with pytest.raises(ValueError, match="zip"):
            unchecked(Value, "one")(*values)


@pytest.mark.parametrize("names", [(), ("two", "three")])
def test_a_field_without_value_is_refused_when_the_maker_is_made(names: tuple[str, ...]) -> None:
    with pytest.raises(TypeError, match="Value"):
        unchecked(Value, *names)


def test_a_name_that_is_no_field_is_refused_when_the_maker_is_made() -> None:
    with pytest.raises(TypeError, match="Value"):
        unchecked(Value, "one", four=4)
    with pytest.raises(AttributeError):
        unchecked(Value, "one", "four")
