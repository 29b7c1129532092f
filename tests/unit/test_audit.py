"""Audit events: immutable facts with an aware time."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from datetime import UTC, datetime, timedelta

import pytest

from segur_interop.audit import AuditEvent
from segur_interop.errors import InvalidValue


def test_an_event_is_dated_now_in_utc() -> None:
    before = datetime.now(UTC)
    event = AuditEvent(action="export.start", outcome="success")
    assert before <= event.at <= datetime.now(UTC)
    assert event.at.utcoffset() == timedelta(0)


def test_a_naive_time_is_refused() -> None:
    naive = datetime(2026, 3, 1, 12)  # noqa: DTZ001
    with pytest.raises(InvalidValue, match="^at: "):
        AuditEvent(action="a.b", outcome="success", at=naive)


def test_the_details_are_a_copy_that_nobody_can_change() -> None:
    given: dict[str, str | int] = {"items": 3}
    event = AuditEvent(action="a.b", outcome="success", details=given)
    given["items"] = 4
    assert event.details == {"items": 3}
    with pytest.raises(TypeError):
        event.details["items"] = 5  # type: ignore[index]
    with pytest.raises(dataclasses.FrozenInstanceError):
        event.outcome = "failure"  # type: ignore[misc]


@pytest.mark.parametrize("details", [{}, {"lot": "L1", "items": 12}])
def test_an_event_survives_a_process_pool(details: dict[str, str | int]) -> None:
    event = AuditEvent(action="a.b", outcome="success", subject="lot-1", details=details)
    assert pickle.loads(pickle.dumps(event)) == event  # noqa: S301
    assert copy.deepcopy(event) == event


def test_an_event_can_be_written_with_other_values() -> None:
    event = AuditEvent(action="a.b", outcome="success", details={"n": 1})
    assert dataclasses.replace(event, outcome="failure").details == {"n": 1}
