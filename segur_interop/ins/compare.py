"""Two identities side by side, and the one record that a received identity may preselect.

Nothing here merges, creates or upgrades an identity: a person confirms what is proposed.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Final

from segur_interop._masking import html_table
from segur_interop._types import check_type
from segur_interop.ins import _verdicts
from segur_interop.ins._verdicts import (
    ABSENT,
    DIFFERENT,
    IDENTICAL,
    STRICT,
    TraitComparison,
    TraitVerdict,
)
from segur_interop.ins.identity import Identity
from segur_interop.ins.matricule import Matricule

__all__ = ["Comparison", "TraitComparison", "TraitVerdict", "compare"]

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
    check_type(a, "a", Identity)
    check_type(b, "b", Identity)
    return Comparison(
        matricule=_matricules(a.matricule, b.matricule),
        birth_name=_verdicts.names(a.birth_name, b.birth_name),
        birth_given_names=_verdicts.given_names(a.birth_given_names, b.birth_given_names),
        birth_date=_dates(a, b),
        sex=_verdicts.sexes(a.sex, b.sex),
        birth_place=_verdicts.places(a.birth_place, b.birth_place),
    )


def _matricules(a: Matricule | None, b: Matricule | None) -> TraitComparison:
    if a is None or b is None:
        return ABSENT
    if a.number != b.number:
        return DIFFERENT
    if a.key != b.key:
        return TraitComparison(TraitVerdict.DIFFERENT, "other-key")
    if a.oid is None or b.oid is None:
        return TraitComparison(TraitVerdict.ABSENT, "other-oid")
    return IDENTICAL if a.oid == b.oid else TraitComparison(TraitVerdict.DIFFERENT, "other-oid")


def _dates(a: Identity, b: Identity) -> TraitComparison:
    if any(each.birth_date is None and each.received_birth_date for each in (a, b)):
        return TraitComparison(TraitVerdict.ABSENT, "partial-date")
    return _verdicts.dates(a.birth_date, b.birth_date)
