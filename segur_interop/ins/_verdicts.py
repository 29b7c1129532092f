"""How one trait of two identities compares."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from segur_interop.ins.traits import (
    UNKNOWN_PLACE,
    Sex,
    canonical,
    is_blank,
    is_filler,
    is_historical_code,
    tokens,
)

__all__ = [
    "ABSENT",
    "DIFFERENT",
    "IDENTICAL",
    "STRICT",
    "TraitComparison",
    "TraitVerdict",
    "dates",
    "given_names",
    "names",
    "places",
    "sexes",
]


STRICT: Final = ("birth_name", "birth_given_names", "birth_date", "sex", "birth_place")
"""The strict traits, in the order they are shown."""


class TraitVerdict(enum.Enum):
    """How one trait of two identities compares."""

    IDENTICAL = "identical"
    TYPOGRAPHIC = "typographic"
    DIFFERENT = "different"
    ABSENT = "absent"


@dataclass(frozen=True, slots=True)
class TraitComparison:
    """The verdict on one trait, and why when it is not plain.

    Attributes:
        verdict: IDENTICAL once case, diacritics and apostrophe or dash variants are set aside;
            TYPOGRAPHIC when only hyphens, apostrophes or spaces differ, or a COG code may be
            the former one of the other; ABSENT when one side does not say.
        reason: `separators`, `historical-code`, `partial-list`, `filler`, `partial-date`,
            `unknown-place`, `other-oid`, `other-key` or "".
    """

    verdict: TraitVerdict
    reason: str = ""


IDENTICAL: Final = TraitComparison(TraitVerdict.IDENTICAL)
DIFFERENT: Final = TraitComparison(TraitVerdict.DIFFERENT)
ABSENT: Final = TraitComparison(TraitVerdict.ABSENT)

_APOSTROPHE: Final = re.compile(r" ?' ?")


def names(a: str, b: str) -> TraitComparison:
    """Two names, or two lists taken as a whole."""
    if is_blank(a) or is_blank(b):
        return ABSENT
    one, other = canonical(a), canonical(b)
    if is_filler(one) and is_filler(other):
        return TraitComparison(TraitVerdict.ABSENT, "filler")
    if one == other:
        return IDENTICAL
    # Separators may vary, the number of words may not: ANNE MARIE is not ANNEMARIE.
    joined = tokens(_APOSTROPHE.sub("", one)) == tokens(_APOSTROPHE.sub("", other))
    if joined or tokens(one) == tokens(other):
        return TraitComparison(TraitVerdict.TYPOGRAPHIC, "separators")
    return DIFFERENT


def given_names(a: str, b: str) -> TraitComparison:
    """Two lists of given names."""
    whole = names(a, b)
    if whole.verdict is not TraitVerdict.DIFFERENT:
        return whole
    short, long = sorted((tokens(canonical(a)), tokens(canonical(b))), key=len)
    if long[: len(short)] == short:
        # MARIE and MARIE LOUISE may be twins: never a matter of typography.
        return TraitComparison(TraitVerdict.DIFFERENT, "partial-list")
    return whole


def dates(one: date | None, other: date | None) -> TraitComparison:
    """Two calendar dates, either of which may be unknown."""
    if one is None or other is None:
        return ABSENT
    return IDENTICAL if one == other else DIFFERENT


def sexes(a: Sex | None, b: Sex | None) -> TraitComparison:
    """Two sexes, either of which may be unknown."""
    if a is None or b is None:
        return ABSENT
    return IDENTICAL if a is b else DIFFERENT


def places(a: str, b: str) -> TraitComparison:
    """Two COG codes, either of which may be unknown."""
    if not (a.strip() and b.strip()):
        return ABSENT
    if UNKNOWN_PLACE in (a, b):
        same = TraitVerdict.ABSENT if a == b else TraitVerdict.DIFFERENT
        return TraitComparison(same, "unknown-place")
    if a == b:
        return IDENTICAL
    if is_historical_code(a, b):
        return TraitComparison(TraitVerdict.TYPOGRAPHIC, "historical-code")
    return DIFFERENT
