"""What one stage gives, and its form on the line between the two processes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from segur_interop.findings import Finding, Severity

__all__ = ["MOST_FINDINGS", "Outcome"]

MOST_FINDINGS: Final = 1000
"""Findings kept for one stage; errors come first."""


@dataclass(slots=True, kw_only=True)
class Outcome:
    """The findings of a stage, and what of it could not run."""

    findings: list[Finding] = field(default_factory=list)
    not_run: list[str] = field(default_factory=list)

    def capped(self) -> Outcome:
        """At most MOST_FINDINGS findings, and one that counts the rest."""
        rest = len(self.findings) - MOST_FINDINGS
        if rest <= 0:
            return self
        kept = sorted(self.findings, key=lambda finding: -finding.severity)[:MOST_FINDINGS]
        more = Finding(
            rule="conformance.more",
            message=f"{rest} more findings of this stage are not listed",
            severity=Severity.INFO,
        )
        return Outcome(findings=[*kept, more], not_run=self.not_run)

    def to_json(self) -> dict[str, Any]:
        """JSON-safe form."""
        capped = self.capped()
        return {
            "findings": [finding.to_dict() for finding in capped.findings],
            "not_run": capped.not_run,
        }

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Outcome:
        """The outcome of `to_json`.

        Raises:
            KeyError, TypeError: some other JSON.
        """
        return cls(
            findings=[
                Finding(
                    rule=str(item["rule"]),
                    message=str(item["message"]),
                    severity=Severity[str(item["severity"]).upper()],
                    place=str(item["place"]),
                    source=str(item["source"]),
                )
                for item in data["findings"]
            ],
            not_run=[str(reason) for reason in data["not_run"]],
        )
