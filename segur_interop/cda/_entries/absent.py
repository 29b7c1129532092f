"""Codes that say that there is none, or that nothing is known."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from segur_interop.cda._entries.values import Concept
from segur_interop.terminology import Code

__all__ = ["says_none", "says_nothing"]

SNOMED: Final = "2.16.840.1.113883.6.96"
NONE: Final = frozenset(
    {
        "716186003",  # No known allergy
        "160244002",  # No known allergies
        "409137002",  # No known drug allergy
        "160245001",  # No current problems or disability
        "160243008",  # No significant medical history
    }
)
"""SNOMED CT; the last four as IHE PCC lists them for problems and allergies."""
UNKNOWN: Final = frozenset({"396782006"})
"""SNOMED CT: past medical history unknown (IHE PCC, Problem Entry)."""


def says_none(concepts: Iterable[Concept | None]) -> bool:
    """True for `no-known-…` (JDV_AbsentOrUnknown…_CISIS) and those of SNOMED CT that mean it."""
    return any(
        code.code.casefold().startswith("no-known-") or _is(code, NONE) for code in _codes(concepts)
    )


def says_nothing(concepts: Iterable[Concept | None]) -> bool:
    """True for `no-…-info` (JDV_AbsentOrUnknown…_CISIS) and that of SNOMED CT."""
    return any(_is_info(code.code.casefold()) or _is(code, UNKNOWN) for code in _codes(concepts))


def _is_info(code: str) -> bool:
    return code.startswith("no-") and code.endswith("-info")


def _is(code: Code, known: frozenset[str]) -> bool:
    return code.code in known and code.system in {SNOMED, ""}


def _codes(concepts: Iterable[Concept | None]) -> list[Code]:
    return [code for item in concepts if item is not None for code in item.codes]
