"""Two identities side by side, and the one record that a received identity may preselect.

Nothing here merges, creates or upgrades an identity: a person confirms what is proposed.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, fields
from datetime import date
from typing import Final

from segur_interop._masking import html_table
from segur_interop.ins.identity import Identity
from segur_interop.ins.matricule import Matricule
from segur_interop.ins.traits import (
    UNKNOWN_PLACE,
    Sex,
    canonical,
    is_blank,
    is_filler,
    is_historical_code,
    tokens,
)

__all__ = ["Comparison", "TraitComparison", "TraitVerdict", "compare"]


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
            `unknown-place`, `other-oid` or "".
    """

    verdict: TraitVerdict
    reason: str = ""


_IDENTICAL: Final = TraitComparison(TraitVerdict.IDENTICAL)
_DIFFERENT: Final = TraitComparison(TraitVerdict.DIFFERENT)
_ABSENT: Final = TraitComparison(TraitVerdict.ABSENT)

STRICT: Final = ("birth_name", "birth_given_names", "birth_date", "sex", "birth_place")
"""The strict traits, in the order they are shown."""
MAY_BE_ABSENT: Final = frozenset({"birth_place"})
"""S7 of the Datamatrix is optional; INSi may give no birthplace."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The verdict on the matricule and on each strict trait; no value of either side."""

    matricule: TraitComparison
    birth_name: TraitComparison
    birth_given_names: TraitComparison
    birth_date: TraitComparison
    sex: TraitComparison
    birth_place: TraitComparison

    @property
    def same_matricule(self) -> bool:
        """True when both hold the same number under the same OID."""
        return self.matricule.verdict is TraitVerdict.IDENTICAL

    @property
    def same_traits(self) -> bool:
        """True when every strict trait is identical; a birthplace not given is set aside."""
        return all(
            verdict is TraitVerdict.IDENTICAL
            or (name in MAY_BE_ABSENT and verdict is TraitVerdict.ABSENT)
            for name, verdict in self._strict()
        )

    @property
    def close_traits(self) -> bool:
        """True when no strict trait is absent or differs by more than typography."""
        close = (TraitVerdict.IDENTICAL, TraitVerdict.TYPOGRAPHIC)
        return all(
            verdict in close or (name in MAY_BE_ABSENT and verdict is TraitVerdict.ABSENT)
            for name, verdict in self._strict()
        )

    @property
    def differing(self) -> tuple[str, ...]:
        """The names of the fields that are not identical."""
        return tuple(
            field.name
            for field in fields(self)
            if getattr(self, field.name).verdict is not TraitVerdict.IDENTICAL
        )

    def _strict(self) -> list[tuple[str, TraitVerdict]]:
        return [(name, getattr(self, name).verdict) for name in STRICT]

    def _repr_html_(self) -> str:
        rows = (
            (field.name, f"{trait.verdict.value} {trait.reason}".rstrip())
            for field in fields(self)
            if (trait := getattr(self, field.name))
        )
        return html_table("Comparison", rows)


def compare(a: Identity, b: Identity) -> Comparison:
    """The matricule and each strict trait of two identities, side by side."""
    return Comparison(
        matricule=_matricules(a.matricule, b.matricule),
        birth_name=_names(a.birth_name, b.birth_name),
        birth_given_names=_given_names(a.birth_given_names, b.birth_given_names),
        birth_date=_dates(a, b),
        sex=_sexes(a.sex, b.sex),
        birth_place=_places(a.birth_place, b.birth_place),
    )


def _matricules(a: Matricule | None, b: Matricule | None) -> TraitComparison:
    if a is None or b is None:
        return _ABSENT
    if a.value != b.value:
        return _DIFFERENT
    if a.oid is None or b.oid is None:
        return TraitComparison(TraitVerdict.ABSENT, "other-oid")
    return _IDENTICAL if a.oid == b.oid else TraitComparison(TraitVerdict.DIFFERENT, "other-oid")


_APOSTROPHE: Final = re.compile(r" ?' ?")


def _names(a: str, b: str) -> TraitComparison:
    if is_blank(a) or is_blank(b):
        return _ABSENT
    one, other = canonical(a), canonical(b)
    if is_filler(one) and is_filler(other):
        return TraitComparison(TraitVerdict.ABSENT, "filler")
    if one == other:
        return _IDENTICAL
    # Separators may vary, the number of words may not: ANNE MARIE is not ANNEMARIE.
    joined = tokens(_APOSTROPHE.sub("", one)) == tokens(_APOSTROPHE.sub("", other))
    if joined or tokens(one) == tokens(other):
        return TraitComparison(TraitVerdict.TYPOGRAPHIC, "separators")
    return _DIFFERENT


def _given_names(a: str, b: str) -> TraitComparison:
    whole = _names(a, b)
    if whole.verdict is not TraitVerdict.DIFFERENT:
        return whole
    short, long = sorted((tokens(canonical(a)), tokens(canonical(b))), key=len)
    if long[: len(short)] == short:
        # MARIE and MARIE LOUISE may be twins: never a matter of typography.
        return TraitComparison(TraitVerdict.DIFFERENT, "partial-list")
    return whole


def _dates(a: Identity, b: Identity) -> TraitComparison:
    one: date | None = a.birth_date
    other: date | None = b.birth_date
    if one is None or other is None:
        partial = (one is None and a.received_birth_date) or (
            other is None and b.received_birth_date
        )
        return TraitComparison(TraitVerdict.ABSENT, "partial-date" if partial else "")
    return _IDENTICAL if one == other else _DIFFERENT


def _sexes(a: Sex | None, b: Sex | None) -> TraitComparison:
    if a is None or b is None:
        return _ABSENT
    return _IDENTICAL if a is b else _DIFFERENT


def _places(a: str, b: str) -> TraitComparison:
    if not (a.strip() and b.strip()):
        return _ABSENT
    if UNKNOWN_PLACE in (a, b):
        same = TraitVerdict.ABSENT if a == b else TraitVerdict.DIFFERENT
        return TraitComparison(same, "unknown-place")
    if a == b:
        return _IDENTICAL
    if is_historical_code(a, b):
        return TraitComparison(TraitVerdict.TYPOGRAPHIC, "historical-code")
    return _DIFFERENT
