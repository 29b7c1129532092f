"""A wrong type of argument is a TypeError that names the argument and never its value."""

from __future__ import annotations

import inspect
from datetime import UTC, datetime
from typing import Any

import pytest
from documents import PATIENT, minimal, wrap

from segur_interop import cda
from segur_interop.errors import InvalidValue

SECRET = "279035121518989"
WRONG = (0, 1.5, True, b"x", {SECRET: 1}, object(), PATIENT.identity, [SECRET], (SECRET,), {SECRET})
SEVERAL = ("acts", "authenticators", "informants", "recipients", "participants", "orders")
ONE = ("encounter", "performer", "legal_authenticator", "data_enterer", "replaces", "setting")
ARGUMENTS = tuple(inspect.signature(cda.wrap).parameters)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param(name, item, id=f"{name}-{type(item).__name__}")
        for name in ARGUMENTS
        for item in WRONG
        if (name, type(item)) != ("version", int)
    ],
)
def test_no_argument_takes_another_type(name: str, value: Any) -> None:
    arguments = minimal() | {name: value}
    body = arguments.pop("body", cda.PlainText(""))
    with pytest.raises((TypeError, InvalidValue)) as caught:
        cda.wrap(body, **arguments)
    assert SECRET not in str(caught.value)
    assert name in str(caught.value) or "performed" in name or name == "created"
    if not isinstance(value, tuple) or name != "performed":
        assert isinstance(caught.value, TypeError)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("type", "11490-0"),
        ("setting", "hospital"),
        ("patient", None),
        ("version", "99999999"),
        *((name, text) for name in (*SEVERAL, "consents", *ONE) for text in ("", SECRET)),
    ],
)
def test_a_text_is_no_value_of_the_model(name: str, value: Any) -> None:
    with pytest.raises(TypeError, match=f"^{name} is a ") as caught:
        wrap(**minimal() | {name: value})
    assert SECRET not in str(caught.value)


@pytest.mark.parametrize("name", [*SEVERAL, "consents", "author"])
def test_the_rank_of_a_wrong_item_is_told(name: str) -> None:
    with pytest.raises(TypeError, match=rf"^{name}\[0\] is a "):
        wrap(**minimal() | {name: [None]})


@pytest.mark.parametrize("value", [(), (None,), (None, None, None)])
def test_a_period_is_a_pair(value: tuple[None, ...]) -> None:
    with pytest.raises(InvalidValue, match="^performed: "):
        wrap(**minimal(performed=value))


def test_the_right_types_are_taken() -> None:
    assert wrap(**minimal(acts=[], recipients=(), version=1, created=datetime.now(UTC))).check()
