"""Records that may say that there is none, and acts that took place or did not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from segur_interop.cda._entries.record import Record
from segur_interop.cda._entries.values import Concept
from segur_interop.terminology import Code

__all__ = ["Deed", "Stated"]

SNOMED: Final = "2.16.840.1.113883.6.96"
NONE: Final = frozenset({"160243008", "160244002", "160245001", "409137002", "716186003"})
"""SNOMED CT: there is none.

IHE PCC, change proposal MS-PCC-CP-0018 (Distinctions of None): 160243008 "No Significant Medical
History", no relevant medical history; 160245001 "No current problems or disability", as distinct
from no history; 160244002 "No Known Allergies"; 409137002 "No Known Drug Allergies". HL7 UK, UK
Core AllergyIntolerance (Handling of "No known allergies"): 716186003 "No known allergy".
"""
UNKNOWN: Final = frozenset({"182904002", "396782006"})
"""SNOMED CT: nothing is known.

The same proposal of IHE PCC: 396782006 "Past Medical History Unknown"; 182904002 "Drug Treatment
Unknown", lack of knowledge about drug therapy.
"""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Stated(Record):
    """A record that may state that there is none, or that nothing is known.

    By a code of JDV_AbsentOrUnknown…_CISIS, or one of SNOMED CT that IHE PCC or HL7 names for it.
    Any other code is what it says.
    """

    @property
    def none_known(self) -> bool:
        """True for `no-known-…`: there is none, as far as is known.

        Of the kind that the code names: `no-known-food-allergies` tells nothing of the others.
        """
        return any(map(_is_none, self._stating()))

    @property
    def no_information(self) -> bool:
        """True for `no-…-info`: nothing is known."""
        return any(map(_is_unknown, self._stating()))

    def _stating(self) -> list[Code]:
        return [code for item in self._concepts() if item is not None for code in item.codes]

    def _concepts(self) -> tuple[Concept | None, ...]:
        """The coded values that may state it."""
        return (self.code,)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Deed(Stated):
    """An act on the patient, which took place or did not."""

    @property
    def done(self) -> bool:
        """True only when it took place, as far as the document tells: neither refused nor planned.

        That is an event (`EVN`, or no mood) whose status is `completed` or not told, whose
        negation is readable and false, and which has no nullFlavor of its own; an `active` one is
        under way. Nor did it when the entry says that there is none, or that nothing is known.
        """
        return (
            self.mood in {"EVN", ""}
            and self.negated is False
            and self.status in {"completed", ""}
            and not (self.null_flavor() or self.null_flavor("statusCode"))
            and not (self.none_known or self.no_information)
        )


def _is_none(code: Code) -> bool:
    return code.code.casefold().startswith("no-known-") or _is(code, NONE)


def _is_unknown(code: Code) -> bool:
    text = code.code.casefold()
    return (text.startswith("no-") and text.endswith("-info")) or _is(code, UNKNOWN)


def _is(code: Code, known: frozenset[str]) -> bool:
    return code.code in known and code.system in {SNOMED, ""}
