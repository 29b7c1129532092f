"""Code as its users write it; mypy must accept it with the package's own settings."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import assert_type

import segur_interop
from segur_interop import audit, errors, findings


def version() -> str:
    return segur_interop.__version__


def strict(report: findings.Report) -> findings.Report:
    assert_type(report.verdict, findings.Verdict)
    assert_type(bool(report), bool)
    assert_type(report.errors, tuple[findings.Finding, ...])
    for finding in report:
        assert_type(finding.severity, findings.Severity)
        assert_type(finding.place, str)
    return report.raise_for_errors()


def made_up() -> findings.Report:
    finding = findings.Finding(
        rule="house.rule", message="odd", severity=findings.Severity.WARNING, place="PID-5"
    )
    return findings.Report(
        name="house rules",
        checked=("house.rule",),
        findings=(finding,),
        error=errors.InvalidDocument,
    )


def survive(report: findings.Report) -> str:
    try:
        strict(report)
    except errors.CheckNotRun as error:
        assert_type(error.report, findings.Report | None)
        return error.place
    except errors.ServiceRejected as error:
        return error.code
    except errors.SegurError as error:
        return str(error)
    return ""


def trace(event: audit.AuditEvent) -> None:
    print(event.action, event.outcome, event.subject, event.at.isoformat(), dict(event.details))


callback: audit.AuditCallback = trace
callback(
    audit.AuditEvent(
        action="house.start", outcome="success", at=datetime.now(UTC), details={"items": 3}
    )
)
