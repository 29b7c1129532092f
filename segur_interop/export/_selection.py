"""A request applied: which patients and items are exported, and which rule leaves the others."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from segur_interop.export._window import interval
from segur_interop.export.catalogue import SourceStatus
from segur_interop.export.items import Category, Item, Record
from segur_interop.export.request import (
    PERIMETERS,
    Exclusion,
    Policy,
    Recipient,
    Refused,
    Request,
    Scope,
    idnat,
)
from segur_interop.model import Professional
from segur_interop.terminology import Masking

__all__ = ["Selection"]

_LEFT_OUT: Final = {
    Recipient.PATIENT: (Category.NOTE_PERSONNELLE, Category.AGENDA, Category.TRACE),
    Recipient.CONFRERE: (Category.NOTE_PERSONNELLE, Category.AGENDA, Category.TRACE),
}


class Selection:
    """A request applied at one time to patients and items; it holds nothing of them."""

    def __init__(self, request: Request, at: datetime) -> None:
        """Prepare the rules.

        Args:
            request: what is asked for.
            at: time of the export, with its zone.
        """
        self._request = request
        self._zone = at.tzinfo
        self._since, self._until = request.window(at)
        codes = set(request.types)
        if request.perimeter:
            codes.update(PERIMETERS[request.perimeter])
        self._types = frozenset(codes) if codes else None
        left_out = _LEFT_OUT.get(request.recipient, ())
        kept = request.categories
        self._categories = frozenset(Category) - frozenset(left_out) if kept is None else kept
        self._who = frozenset(request.professional)
        self._scope = request.effective_scope

    def wants(self, record: Record) -> bool:
        """False for a patient who is not asked for."""
        keys = self._request.patients
        if keys is not None and record.key not in keys:
            return False
        if self._scope is not Scope.PATIENTS_OF:
            return True
        return any(idnat(item) in self._who for item in record.referents)

    def judge(self, item: Item) -> Exclusion | Refused | None:
        """None for an item to export; else the rule that leaves it out, or refuses it."""
        for rule in (self._chosen, self._typed, self._dated, self._of_professional):
            found = rule(item)
            if found is not None:
                return found
        return None

    def _chosen(self, item: Item) -> Exclusion | None:
        request = self._request
        masked = Masking.INVISIBLE_PATIENT in item.masks
        rules = (
            (item.id in request.deselected, Exclusion.DESELECTED),
            (item.category not in self._categories, Exclusion.CATEGORY),
            (masked and request.recipient is Recipient.PATIENT, Exclusion.MASKED),
            (item.status is SourceStatus.DELETED and not request.deleted, Exclusion.DELETED),
            (
                item.status is SourceStatus.SUPERSEDED and not request.superseded,
                Exclusion.SUPERSEDED,
            ),
        )
        return next((reason for applies, reason in rules if applies), None)

    def _typed(self, item: Item) -> Exclusion | Refused | None:
        if item.type is None:
            if self._types is None:
                return None
            return _by_policy(self._request.untyped, Exclusion.NO_TYPE, Refused.NO_TYPE)
        code = item.type.code
        wanted = self._types is None or code in self._types
        return None if wanted and code not in self._request.exclude_types else Exclusion.TYPE

    def _dated(self, item: Item) -> Exclusion | Refused | None:
        if self._since is None and self._until is None:
            return None
        moment = item.moment
        if moment is None:
            return _by_policy(self._request.undated, Exclusion.UNDATED, Refused.UNDATED)
        start, end = interval(moment, self._zone)
        early = self._since is not None and end < self._since
        late = self._until is not None and start > self._until
        return Exclusion.DEPTH if early or late else None

    def _of_professional(self, item: Item) -> Exclusion | None:
        if self._scope in (None, Scope.PATIENTS_OF):
            return None
        authors = _ids(item.authors) if self._scope is not Scope.RESPONSIBLE else frozenset()
        others = frozenset[str]()
        if self._scope is not Scope.AUTHOR and item.responsible is not None:
            others = _ids((item.responsible,))
        return None if self._who & (authors | others) else Exclusion.PROFESSIONAL


def _ids(people: Iterable[object]) -> frozenset[str]:
    return frozenset(who.idnat for who in people if isinstance(who, Professional) and who.idnat)


def _by_policy(policy: Policy, out: Exclusion, error: Refused) -> Exclusion | Refused | None:
    if policy is Policy.INCLUDE:
        return None
    return out if policy is Policy.EXCLUDE else error
