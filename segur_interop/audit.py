"""Events that exports and services report to the caller's own trace.

The library keeps no trace. It calls the callback it was given, with identifiers of things
(export, item, message) and never with personal data.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import MappingProxyType

from segur_interop.errors import InvalidValue

__all__ = ["AuditCallback", "AuditEvent"]


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One fact worth a line in the caller's trace.

    Attributes:
        action: dotted name, such as `export.start` or `insi.search`.
        outcome: `success`, `failure` or a national code.
        subject: identifier of the thing acted upon; never a matricule nor a name.
        at: aware time of the event.
        details: further identifiers and counts.

    Raises:
        InvalidValue: `at` has no time zone.
    """

    action: str
    outcome: str
    subject: str = ""
    at: datetime = field(default_factory=_now)
    details: Mapping[str, str | int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.at.utcoffset() is None:
            raise InvalidValue("a datetime without a time zone is refused", place="at")
        object.__setattr__(self, "details", MappingProxyType(dict(self.details)))

    def __reduce__(self) -> tuple[object, ...]:
        """Survive a process pool, which a read-only mapping alone does not."""
        return _rebuild, (self.action, self.outcome, self.subject, self.at, dict(self.details))


def _rebuild(
    action: str, outcome: str, subject: str, at: datetime, details: dict[str, str | int]
) -> AuditEvent:
    return AuditEvent(action=action, outcome=outcome, subject=subject, at=at, details=details)


AuditCallback = Callable[[AuditEvent], None]
