"""What the PDF/A checks noticed, with a bound on how much is kept."""

from __future__ import annotations

from collections import Counter
from typing import Any, Final

from segur_interop.findings import Finding, Severity
from segur_interop.pdf._reading.objects import TooLarge, decoded

__all__ = ["MAX_DECODED", "Notes"]

MAX_DECODED: Final = 256_000_000
"""Most decoded bytes of font programs, CMaps and profiles read for one file, each time they are
used."""

_FOR_A_BYTE: Final = 256
"""What is added to it for each byte of the file."""

_ELEMENT: Final = 512
"""Bytes that an element of an array counts for."""

_KEPT: Final = 20
"""Findings kept for one rule; the rest is counted."""


class Notes:
    """Collects findings, one for each rule, message and place.

    Attributes:
        not_run: what was not looked at, and why.
        left: decoded bytes of font programs, CMaps and profiles that are still read for the file.
    """

    def __init__(self, size: int = 0) -> None:
        self._most = self.left = MAX_DECODED + _FOR_A_BYTE * size
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

    def decoded(self, stream: Any, limit: int, place: str) -> bytes:
        """The decoded bytes of a stream, which count for the file.

        Raises:
            TooLarge: beyond the limit, or beyond what is read for one file.
        """
        try:
            if not self.left:
                raise TooLarge
            data = decoded(stream, min(limit, self.left))
        except TooLarge:
            if self.left < limit:
                self.left = 0  # what was undone in vain has been paid for too
                self.not_run.append(f"{place}: streams beyond {self._most} bytes are not read")
            raise
        self.left -= len(data)
        return data

    def spend(self, count: int, place: str) -> bool:
        """Count the elements of what any number of objects may share; False at the end."""
        self.left -= _ELEMENT * count
        if self.left >= 0:
            return True
        self.left = 0
        self.not_run.append(f"{place}: arrays and dictionaries that are too large together")
        return False

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
