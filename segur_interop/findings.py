"""What a reader or a check noticed: findings, and the report that gathers them.

A reader returns its value with findings; `Report.raise_for_errors()` makes it strict.
A report is true only when every check ran and none failed.
"""

from __future__ import annotations

import enum
import html
from collections.abc import Iterator
from dataclasses import dataclass

from segur_interop.errors import CheckNotRun, SegurError

__all__ = ["Finding", "Report", "Severity", "Verdict"]


class Severity(enum.IntEnum):
    """How much a finding weighs."""

    INFO = 10
    WARNING = 20
    ERROR = 30


class Verdict(enum.Enum):
    """What a report concludes."""

    PASSED = "passed"
    FAILED = "failed"
    INCOMPLETE = "incomplete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing noticed. Says where, never who.

    Attributes:
        rule: stable identifier of the rule, such as `ins.key`.
        message: one sentence, free of personal data.
        severity: INFO, WARNING or ERROR.
        place: field path, XPath, segment-field or offset; "" for the whole.
        source: the document and section that state the rule; "" when none can be cited.
    """

    rule: str
    message: str
    severity: Severity = Severity.WARNING
    place: str = ""
    source: str = ""

    def __str__(self) -> str:
        where = f" [{self.place}]" if self.place else ""
        return f"{self.severity.name} {self.rule}{where}: {self.message}"

    def to_dict(self) -> dict[str, str]:
        """JSON-safe form."""
        return {
            "rule": self.rule,
            "severity": self.severity.name.lower(),
            "place": self.place,
            "message": self.message,
            "source": self.source,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The outcome of one or several checks.

    Attributes:
        name: what was checked, such as `PDF/A-1b`.
        checked: identifiers of the rules or stages that did run.
        findings: what they found.
        not_run: one sentence for each check that could not run.
        parts: reports of the parts, judged together with this one.
        error: the class that `raise_for_errors` raises when a check failed.
    """

    name: str
    checked: tuple[str, ...] = ()
    findings: tuple[Finding, ...] = ()
    not_run: tuple[str, ...] = ()
    parts: tuple[Report, ...] = ()
    error: type[SegurError] = SegurError

    @property
    def verdict(self) -> Verdict:
        """FAILED as soon as one error; INCOMPLETE when a check, or every check, did not run."""
        if self.errors:
            return Verdict.FAILED
        if self.not_run or not (self.checked or self.parts):
            return Verdict.INCOMPLETE
        if any(part.verdict is not Verdict.PASSED for part in self.parts):
            return Verdict.INCOMPLETE
        return Verdict.PASSED

    def __bool__(self) -> bool:
        return self.verdict is Verdict.PASSED

    def __iter__(self) -> Iterator[Finding]:
        """Every finding, those of the parts included."""
        yield from self.findings
        for part in self.parts:
            yield from part

    @property
    def errors(self) -> tuple[Finding, ...]:
        """The findings that make the verdict FAILED."""
        return tuple(finding for finding in self if finding.severity is Severity.ERROR)

    @property
    def all_not_run(self) -> tuple[str, ...]:
        """Every check that could not run, those of the parts included."""
        own = self.not_run
        if not (self.checked or self.parts or own):
            own = (f"{self.name}: no check ran",)
        return own + tuple(reason for part in self.parts for reason in part.all_not_run)

    def raise_for_errors(self) -> Report:
        """Return the report itself when PASSED.

        Raises:
            SegurError: of the class `self.error`, when FAILED.
            CheckNotRun: when INCOMPLETE.
        """
        if self.verdict is Verdict.FAILED:
            raise self.error(f"{self.name}: {_listed(self.errors)}", report=self)
        if self.verdict is Verdict.INCOMPLETE:
            raise CheckNotRun(f"{self.name}: {'; '.join(self.all_not_run)}", report=self)
        return self

    def to_dict(self) -> dict[str, object]:
        """JSON-safe form."""
        return {
            "name": self.name,
            "verdict": self.verdict.value,
            "checked": list(self.checked),
            "not_run": list(self.not_run),
            "findings": [finding.to_dict() for finding in self.findings],
            "parts": [part.to_dict() for part in self.parts],
        }

    def __str__(self) -> str:
        lines = [f"{self.name}: {self.verdict.value}"]
        lines += [f"  {finding}" for finding in self]
        lines += [f"  NOT RUN {reason}" for reason in self.all_not_run]
        return "\n".join(lines)

    def _repr_html_(self) -> str:
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td>{html.escape(cell)}</td>"
                for cell in (finding.severity.name, finding.rule, finding.place, finding.message)
            )
            + "</tr>"
            for finding in self
        )
        rows += "".join(
            f'<tr><td>NOT RUN</td><td colspan="3">{html.escape(reason)}</td></tr>'
            for reason in self.all_not_run
        )
        head = "".join(
            f'<th scope="col">{title}</th>' for title in ("severity", "rule", "place", "message")
        )
        table = f"<table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        return f"<p><b>{html.escape(self.name)}</b>: {self.verdict.value}</p>" + (
            table if rows else ""
        )


_LISTED = 5


def _listed(findings: tuple[Finding, ...]) -> str:
    shown = "; ".join(
        f"{finding.rule} {finding.place} {finding.message}".replace("  ", " ")
        for finding in findings[:_LISTED]
    )
    rest = len(findings) - _LISTED
    return f"{shown}; and {rest} more" if rest > 0 else shown
