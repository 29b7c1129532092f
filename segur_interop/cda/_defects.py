"""What keeps a document from being written, gathered so that all is told at once."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from segur_interop.errors import UnknownCode
from segur_interop.findings import Finding, Severity
from segur_interop.model import Telecom
from segur_interop.model._numbers import compact
from segur_interop.terminology import Code, value_set

__all__ = ["Defects"]

Text = TypeVar("Text")


class Defects:
    """A growing list of findings, and the matricules that must not be written.

    Args:
        matricule: the 15 characters that may travel, "" when none may.
        forbidden: numbers (13 characters) that must appear nowhere.
    """

    def __init__(self, *, matricule: str = "", forbidden: Iterable[str] = ()) -> None:
        self.findings: list[Finding] = []
        self.matricule = matricule
        self._forbidden = tuple(forbidden)
        self._written: dict[tuple[str, int], tuple[object, Any]] = {}

    def once(self, kind: str, value: object, write: Callable[[], Text]) -> Text:
        """What `write` makes of a value, kept for the next time that the document tells it.

        An author is often the performer and the legal authenticator too, and all work at the
        custodian. What has findings is made each time: their places differ.

        Args:
            kind: what is made of it.
            value: kept with the text, so that no other can take its `id`.
            write: makes it; its findings may tell a place, its text may not depend on it.
        """
        key = (kind, id(value))
        if key in self._written:
            text: Text = self._written[key][1]
            return text
        told = len(self.findings)
        text = write()
        if len(self.findings) == told:
            self._written[key] = (value, text)
        return text

    @property
    def has_forbidden(self) -> bool:
        """True when there are numbers that must stay."""
        return bool(self._forbidden)

    def forbids(self, text: str) -> bool:
        """True when a text holds a number that must stay, spaced or not."""
        if not self._forbidden:
            return False
        plain = compact(text)
        return any(number in plain for number in self._forbidden)

    def withholds(self, item: Telecom) -> bool:
        """True when an address holds a matricule that must stay."""
        if item.patient_matricule not in ("", self.matricule):
            return True
        return any(map(item.holds, self._forbidden))

    def add(self, rule: str, message: str, place: str, source: str = "") -> None:
        """Note what makes the document invalid."""
        self._note(rule, message, place, source, Severity.ERROR)

    def tell(self, rule: str, message: str, place: str, source: str = "") -> None:
        """Note what was left out, which nothing refuses and the caller should know."""
        self._note(rule, message, place, source, Severity.WARNING)

    def code(self, rule: str, name: str, code: Code | None, place: str) -> Code | None:
        """The code as its value set writes it; noted, and as given, when it is not of the set."""
        if code is None:
            return None
        try:
            return value_set(name).get(code.code, code.system or None, place=place)
        except UnknownCode as error:
            self.add(rule, str(error).removeprefix(f"{place}: "), place)
            return code

    def _note(self, rule: str, message: str, place: str, source: str, severity: Severity) -> None:
        self.findings.append(
            Finding(rule=rule, message=message, severity=severity, place=place, source=source)
        )
