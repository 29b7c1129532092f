"""What keeps a document from being written, gathered so that all is told at once."""

from __future__ import annotations

from segur_interop.errors import UnknownCode
from segur_interop.findings import Finding, Severity
from segur_interop.terminology import Code, value_set

__all__ = ["Defects"]


class Defects:
    """A growing list of findings."""

    def __init__(self) -> None:
        self.findings: list[Finding] = []

    def add(self, rule: str, message: str, place: str, source: str = "") -> None:
        """Note what makes the document invalid."""
        self._note(rule, message, place, source, Severity.ERROR)

    def tell(self, rule: str, message: str, place: str, source: str = "") -> None:
        """Note what the caller should know and nothing refuses."""
        self._note(rule, message, place, source, Severity.WARNING)

    def code(self, name: str, code: Code, place: str) -> Code:
        """The code as its value set writes it; noted, and as given, when it is not of the set."""
        try:
            return value_set(name).get(code.code, code.system or None, place=place)
        except UnknownCode as error:
            self.add("cda.code", str(error).removeprefix(f"{place}: "), place)
            return code

    def _note(self, rule: str, message: str, place: str, source: str, severity: Severity) -> None:
        self.findings.append(
            Finding(rule=rule, message=message, severity=severity, place=place, source=source)
        )
