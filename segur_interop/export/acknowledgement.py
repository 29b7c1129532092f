"""The receipt of an export (accusé de réception): what came, what is taken, what is refused, why.

(ANS, IG Portabilité des données LGC: an AR within 48 hours; it starts the 90 days. The clocks are
the business of the structures.)
"""

from __future__ import annotations

import json
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from segur_interop._files import write_whole
from segur_interop.errors import InvalidValue
from segur_interop.export.planned import ImportPlan
from segur_interop.export.receive import Reception
from segur_interop.findings import Report, Severity

__all__ = ["Acknowledgement", "acknowledge"]

VERSION = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Acknowledgement:
    """A receipt; nothing in it names a patient.

    Attributes:
        export_id: of the export, "" when it told none.
        manifest_sha256: of its manifest, "" without.
        layout: what was recognised.
        received: when, with its zone.
        verdict: of the verification: passed, failed, incomplete.
        patients: by decision.
        taken, known, refused: items to file, there already, damaged or lost.
        reasons: errors of the verification by rule, and how many.
        not_checked: what could not be verified.
    """

    export_id: str
    manifest_sha256: str
    layout: str
    received: datetime
    verdict: str
    patients: dict[str, int] = field(default_factory=dict)
    taken: int = 0
    known: int = 0
    refused: int = 0
    reasons: dict[str, int] = field(default_factory=dict)
    not_checked: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form."""
        return {
            "version": VERSION,
            "export_id": self.export_id,
            "manifest_sha256": self.manifest_sha256,
            "layout": self.layout,
            "received": self.received.isoformat(),
            "verdict": self.verdict,
            "patients": dict(self.patients),
            "items": {"taken": self.taken, "known": self.known, "refused": self.refused},
            "reasons": dict(self.reasons),
            "not_checked": list(self.not_checked),
        }

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it as JSON; the file appears whole or not at all.

        Raises:
            OSError: it cannot be written.
        """
        octets = json.dumps(self.to_dict(), ensure_ascii=False, indent=1).encode() + b"\n"
        write_whole(path, [octets])
        return Path(path)


def acknowledge(
    reception: Reception, report: Report, plan: ImportPlan[Any], *, received: datetime
) -> Acknowledgement:
    """The receipt of what was verified and planned.

    Args:
        reception: what was received.
        report: of `verify`.
        plan: of `import_plan`.
        received: when, with its zone.

    Raises:
        InvalidValue: a time without zone.
    """
    if received.utcoffset() is None:
        raise InvalidValue("a datetime without a time zone is refused", place="received")
    counts = plan.counts
    items = {name: counts.pop(name) for name in ("items", "known", "refused")}
    reasons = Counter(item.rule for item in report if item.severity is Severity.ERROR)
    return Acknowledgement(
        export_id=reception.export_id,
        manifest_sha256=reception.manifest_sha256,
        layout=reception.layout.value,
        received=received,
        verdict=report.verdict.value,
        patients=counts,
        taken=items["items"],
        known=items["known"],
        refused=items["refused"],
        reasons=dict(sorted(reasons.items())),
        not_checked=report.all_not_run,
    )
