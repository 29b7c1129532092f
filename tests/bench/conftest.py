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
from typing import NamedTuple

import pytest

ROUNDS = 7
MOST_ROUNDS = 101
SECONDS = 0.5
"""Short calls are measured in more rounds, for this time at most."""
_measures: list[dict[str, object]] = []


class _Time(NamedTuple):
    """Seconds: elapsed, and of the processor for this process."""

    elapsed: float
    processor: float


def _timed(call: Callable[[], object]) -> _Time:
    start, processor = time.perf_counter(), time.process_time()
    call()
    return _Time(time.perf_counter() - start, time.process_time() - processor)


@pytest.fixture
def ratio() -> Callable[..., float]:
    """Measure `ours` against `base` in turn; record the median of the pairs' ratios.

    The order changes at each round, so that neither side always inherits the other's caches.
    Another load on the machine slows both calls of a pair, or one of them: the ratio of the two
    fastest calls, and that of the processor's time, are recorded too. On a quiet machine the
    three agree; on a loaded one the last is the steadiest.

    Calls of a millisecond take more rounds than the usual seven, and are called as often before:
    the interpreter adapts its code in the first dozens of calls.
    """

    def measure(
        label: str,
        ours: Callable[[], object],
        base: Callable[[], object],
        *,
        budget: float,
        at_least: bool = False,
        rounds: int = 0,
        before: Callable[[], object] = lambda: None,
        in_process: bool = True,
    ) -> float:
        """`before` is run before each call, unmeasured; other processes' time is not known.

        Without `rounds` there are seven, or as many as SECONDS hold, up to MOST_ROUNDS.
        """

        def timed(call: Callable[[], object]) -> _Time:
            before()
            return _timed(call)

        timed(ours), timed(base)  # warm
        if not rounds:
            once = timed(ours).elapsed + timed(base).elapsed
            rounds = min(max(ROUNDS, int(SECONDS / once)), MOST_ROUNDS)
            for _ in range(rounds - ROUNDS):
                timed(ours), timed(base)
        pairs = []
        for rank in range(rounds):
            if rank % 2:
                other, mine = timed(base), timed(ours)
            else:
                mine, other = timed(ours), timed(base)
            pairs.append((mine, other))
        ours_s, base_s = ([pair[side].elapsed for pair in pairs] for side in (0, 1))
        value = statistics.median(mine / other for mine, other in zip(ours_s, base_s, strict=True))
        fastest = min(ours_s) / min(base_s)
        processor = statistics.median(
            mine.processor / max(other.processor, 1e-9) for mine, other in pairs
        )
        if at_least:
            value, fastest, processor = 1 / value, 1 / fastest, 1 / max(processor, 1e-9)
        _measures.append(
            {
                "what": label,
                "ratio": round(value, 3),
                "ratio_of_fastest": round(fastest, 3),
                "ratio_of_processor_time": round(processor, 3) if in_process else None,
                "budget": budget,
                "direction": "at least" if at_least else "at most",
                "within": value >= budget if at_least else value <= budget,
                "ours_ms": round(statistics.median(ours_s) * 1e3, 3),
                "base_ms": round(statistics.median(base_s) * 1e3, 3),
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
