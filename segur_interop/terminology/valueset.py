"""A value set: the codes that a field may hold."""

from __future__ import annotations

import html
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from types import NoneType
from typing import Any

from segur_interop._types import check_type
from segur_interop.errors import UnknownCode
from segur_interop.findings import Finding, Severity
from segur_interop.terminology._lookup import Index, index, lookup, reduced, why_not
from segur_interop.terminology.code import Code, is_over

__all__ = ["ValueSet"]

_SHOWN = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueSet:
    """A published list of codes (IHE SVS `ValueSet`, NOS *jeu de valeurs*).

    Iteration follows the source's order; `in` takes a code, a `(code, system)` pair or a `Code`.

    Attributes:
        name: its official name, such as `JDV_J07_XdsTypeCode_CISIS`.
        oid: its OID, or None when the source states none.
        label: its description, or None.
        revision: day of its last revision, or None when unknown.
        valid_until: last day of the set as a whole; None while it is in force.
        source: the publication it was read from.
        source_file: the file of that publication.
        sha256: of that file, in hexadecimal.
        codes: the concepts.
    """

    name: str
    oid: str | None
    label: str | None
    revision: date | None
    valid_until: date | None
    source: str
    source_file: str
    sha256: str
    codes: tuple[Code, ...] = field(repr=False)
    _by_code: Index[Code] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_code", index((code, code) for code in self.codes))

    def __reduce__(self) -> tuple[Any, ...]:
        return reduced(self)

    def __len__(self) -> int:
        return len(self.codes)

    def __iter__(self) -> Iterator[Code]:
        return iter(self.codes)

    def __contains__(self, item: object) -> bool:
        match item:
            case Code(code=str(code), system=str(system)):
                return bool(lookup(self._by_code, code, system))
            case str():
                return item in self._by_code
            case (str(code), str() | None as system):
                return bool(lookup(self._by_code, code, system))
        return False

    @property
    def systems(self) -> tuple[str, ...]:
        """The code systems of the set, in order of appearance."""
        return tuple(dict.fromkeys(code.system for code in self.codes))

    def candidates(self, code: str, system: str | None = None) -> tuple[Code, ...]:
        """Every concept of that code, several when it lives in several systems."""
        return lookup(self._by_code, code, system)

    def find(self, code: str, system: str | None = None) -> Code | None:
        """The concept, or None: unknown, of another system, or ambiguous without its system.

        Args:
            code: exact text of the code.
            system: OID of its code system; None or "" when it was not stated.
        """
        found = lookup(self._by_code, code, system)
        return found[0] if len(found) == 1 else None

    def get(
        self, code: str, system: str | None = None, *, place: str = "", on: date | None = None
    ) -> Code:
        """The concept, to be written.

        Args:
            code: exact text of the code.
            system: OID of its code system; needed when the code lives in several.
            place: field path named in the error.
            on: day of use, for codes that the table retires; None refuses every retired code.

        Raises:
            TypeError: a code that is no text.
            UnknownCode: not in this value set, ambiguous, or retired. The message names the value
                set and the place, and does not repeat what was asked.
        """
        found = self.find(code, system)
        if found is None:
            raise UnknownCode(f"{why_not(self._by_code, code, system)} ({self.name})", place=place)
        if found.retired(on) or is_over(self.valid_until, on):
            raise UnknownCode(f"retired, no longer to be written ({self.name})", place=place)
        return found

    def read(
        self,
        code: str | None,
        system: str | None = None,
        label: str | None = None,
        place: str = "",
        *,
        on: date | None = None,
    ) -> tuple[Code, tuple[Finding, ...]]:
        """A received code as it came, with what is odd about it.

        The code, system and label that were received are kept; only what was not stated is taken
        from the table.

        Args:
            code: the text received; None or "" when there was none.
            system: the OID received.
            label: the display name received.
            place: where it was read, for the findings.
            on: day of the document, for codes that the table retires.

        Returns:
            The code, and findings: `terminology.unknown` (WARNING) for a code that the set lacks,
            holds under another system, or holds in several; `terminology.system` (INFO) when the
            system was taken from the set; `terminology.label` (INFO) when the label is not the
            official one; `terminology.retired` (WARNING).

        Raises:
            TypeError: neither a text nor None; no text raises anything.
        """
        check_type(label, "label", str, NoneType)
        check_type(code, "code", str, NoneType)
        found = self.find(code or "", system)
        if found is None:
            received = Code(code=code or "", system=system or "", label=label or "")
            return received, (self._unknown(code or "", system, place),)
        read = Code(
            code=found.code,
            system=found.system,
            label=label or found.label,
            valid_from=found.valid_from,
            valid_until=found.valid_until,
        )
        return read, tuple(self._oddities(found, system, label, place, on))

    def _unknown(self, code: str, system: str | None, place: str) -> Finding:
        reason = why_not(self._by_code, code, system) if code else "no code was given"
        return self._finding("unknown", reason, place, Severity.WARNING)

    def _oddities(
        self, found: Code, system: str | None, label: str | None, place: str, on: date | None
    ) -> Iterator[Finding]:
        if not system and found.system:
            yield self._finding(
                "system", "no code system was given; that of the value set is used", place
            )
        if label and found.label and _spaced(label) != _spaced(found.label):
            yield self._finding("label", "the label is not the official one", place)
        if found.retired(on):
            yield self._finding("retired", "the code is retired", place, Severity.WARNING)
        if is_over(self.valid_until, on):
            yield self._finding("retired", "the value set is closed", place, Severity.WARNING)

    def _finding(
        self, rule: str, message: str, place: str, severity: Severity = Severity.INFO
    ) -> Finding:
        return Finding(
            rule=f"terminology.{rule}",
            message=f"{message} ({self.name})",
            severity=severity,
            place=place,
            source=self.source,
        )

    def _repr_html_(self) -> str:
        head = "".join(f'<th scope="col">{title}</th>' for title in ("code", "system", "label"))
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td>{html.escape(cell)}</td>" for cell in (code.code, code.system, code.label)
            )
            + "</tr>"
            for code in self.codes[:_SHOWN]
        )
        rest = len(self.codes) - _SHOWN
        if rest > 0:
            rows += f'<tr><td colspan="3">and {rest} more</td></tr>'
        facts = (self.oid, self.label, str(self.revision or "revision unknown"), self.source)
        caption = f"{self.name}: {', '.join(fact for fact in facts if fact)}"
        return (
            f"<table><caption>{html.escape(caption)}</caption>"
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )


def _spaced(text: str) -> str:
    return " ".join(text.split())
