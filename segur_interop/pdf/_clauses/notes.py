"""What the PDF/A checks noticed, with a bound on how much is kept."""

from __future__ import annotations

from collections import Counter
from typing import Final

from segur_interop.findings import Finding, Severity

__all__ = ["Notes"]

_KEPT: Final = 20
"""Findings kept for one rule; the rest is counted."""


class Notes:
    """Collects findings, one for each rule, message and place."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str, str], Finding] = {}
        self._seen: Counter[str] = Counter()
        self.not_run: list[str] = []

    def fail(self, clause: str, message: str, place: str = "") -> None:
        """A clause of ISO 19005-1 is not met."""
        self.add(f"pdfa.{clause}", message, place, source=f"ISO 19005-1:2005, {clause}")

    def add(
        self,
        rule: str,
        message: str,
        place: str = "",
        *,
        severity: Severity = Severity.ERROR,
        source: str = "",
    ) -> None:
        """Any other finding about the file."""
        key = (rule, message, place)
        if key in self._found:
            return
        self._seen[rule] += 1
        if self._seen[rule] <= _KEPT:
            self._found[key] = Finding(
                rule=rule, message=message, severity=severity, place=place, source=source
            )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """In the order found; a last one per rule counts what was not kept."""
        more = (
            Finding(
                rule=rule,
                message=f"and {count - _KEPT} more of this rule",
                severity=max(f.severity for f in self._found.values() if f.rule == rule),
            )
            for rule, count in self._seen.items()
            if count > _KEPT
        )
        return (*self._found.values(), *more)
