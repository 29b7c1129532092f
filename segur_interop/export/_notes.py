"""Findings gathered by the hundred thousand, kept by the hundred."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from segur_interop.errors import ExportError
from segur_interop.findings import Finding, Report, Severity

__all__ = ["SOURCE", "Notes"]

SOURCE: Final = "DSR-HOP-DPI-Va1 and DSR-PHA-LGO-Va1 2.2, Portabilité"
MOST: Final = 100
"""Findings of one rule that are kept; the others are counted."""


class Notes:
    """What was noticed, which checks ran, which could not."""

    def __init__(self, name: str) -> None:
        """Nothing noticed yet."""
        self._name = name
        self._kept: list[Finding] = []
        self._counts: Counter[str] = Counter()
        self._checked: dict[str, None] = {}
        self._not_run: Counter[str] = Counter()

    def note(
        self, rule: str, message: str, place: str = "", severity: Severity = Severity.ERROR
    ) -> None:
        """Keep a finding of an export."""
        self.add(Finding(rule=rule, message=message, severity=severity, place=place, source=SOURCE))

    def add(self, finding: Finding) -> None:
        """Keep a finding, or count it; an error is never left out for warnings of its rule."""
        key = f"{finding.rule} {finding.severity.name}"
        self._counts[key] += 1
        if self._counts[key] <= MOST:
            self._kept.append(finding)

    def extend(self, findings: Iterable[Finding]) -> None:
        """Keep several."""
        for finding in findings:
            self.add(finding)

    def unreadable(self, place: str) -> None:
        """A file that the system cannot read, such as on a worn disc."""
        self.note("export.file.unreadable", "the system cannot read the file", place)

    def checked(self, *rules: str) -> None:
        """These checks ran."""
        self._checked |= dict.fromkeys(rules)

    def not_run(self, reason: str) -> None:
        """A check could not run."""
        self._not_run[reason] += 1

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those that were kept, and how many were not."""
        more = (
            Finding(
                rule=key.partition(" ")[0],
                message=f"and {count - MOST} more of this rule",
                severity=Severity[key.partition(" ")[2]],
                source=SOURCE,
            )
            for key, count in self._counts.items()
            if count > MOST
        )
        return (*self._kept, *more)

    def report(self, parts: Iterable[Report] = ()) -> Report:
        """All of it."""
        reasons = (
            reason if count == 1 else f"{reason} ({count} times)"
            for reason, count in self._not_run.items()
        )
        return Report(
            name=self._name,
            checked=tuple(self._checked),
            findings=self.findings,
            not_run=tuple(reasons),
            parts=tuple(parts),
            error=ExportError,
        )
