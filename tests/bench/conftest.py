"""Side-by-side measures: our call and its base in turn, in one run; ratios as JSON.

A ratio above its budget is printed as such and fails nothing: machines differ and time is noisy.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

import pytest

ROUNDS = 7
_measures: list[dict[str, object]] = []


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


@pytest.fixture
def ratio() -> Callable[..., float]:
    """Measure `ours` against `base`, alternating, and record the median of the ratios."""

    def measure(
        label: str,
        ours: Callable[[], object],
        base: Callable[[], object],
        *,
        budget: float,
        at_least: bool = False,
        rounds: int = ROUNDS,
    ) -> float:
        ours(), base()  # warm
        pairs = [(_seconds(ours), _seconds(base)) for _ in range(rounds)]
        value = statistics.median(mine / other for mine, other in pairs)
        if at_least:
            value = 1 / value
        _measures.append(
            {
                "what": label,
                "ratio": round(value, 3),
                "budget": budget,
                "direction": "at least" if at_least else "at most",
                "within": value >= budget if at_least else value <= budget,
                "ours_ms": round(statistics.median(mine for mine, _ in pairs) * 1e3, 3),
                "base_ms": round(statistics.median(other for _, other in pairs) * 1e3, 3),
                "rounds": rounds,
            }
        )
        return value

    return measure


@pytest.fixture
def record() -> Callable[..., None]:
    """Record a figure that is not a ratio of times (memory, a count)."""

    def note(label: str, value: float, *, unit: str, budget: float | None = None) -> None:
        within = None if budget is None else value <= budget
        _measures.append(
            {"what": label, "value": value, "unit": unit, "budget": budget, "within": within}
        )

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print the measures, and write them where SEGUR_BENCH_JSON says."""
    if not _measures:
        return
    text = json.dumps(_measures, indent=2, ensure_ascii=False)
    terminalreporter.section("ratios")
    terminalreporter.write_line(text)
    if target := os.environ.get("SEGUR_BENCH_JSON"):
        Path(target).write_text(text + "\n", encoding="utf-8")
