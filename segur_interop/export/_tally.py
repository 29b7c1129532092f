"""Counts of items, and the lines of what was left out or refused."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from segur_interop.export._entries import Sender, Subject
from segur_interop.export._entry import Entry
from segur_interop.export._jobs import Done
from segur_interop.export._lines import catalogued_ids, identity_fields
from segur_interop.export.items import Item, Record, Unfit
from segur_interop.export.request import Exclusion, Refused
from segur_interop.model import Professional

__all__ = [
    "DIMENSIONS",
    "Tally",
    "excluded_lines",
    "patient_line",
    "reject_lines",
]

DIMENSIONS: Final = ("type", "year", "professional")
"""What the report splits each count by."""
NONE: Final = "-"
"""An item without type, without date, or without professional."""
_UNLISTED: Final = frozenset({Exclusion.PATIENT, Exclusion.MASKED, Exclusion.CATEGORY})
"""Counted and not listed: to list them would tell the recipient what is kept from them."""


class Tally:
    """The counts of one patient: `bucket`, `bucket|dimension|value`, `why|bucket|reason`."""

    def __init__(self) -> None:
        """Nothing yet."""
        self.counts: Counter[str] = Counter()

    @property
    def excluded(self) -> int:
        """Items left out by the request."""
        return self.counts["excluded"]

    def found(self, item: Item | Unfit, verdict: Exclusion | Refused | None) -> None:
        """An item that the source gave, and what the request makes of it."""
        bucket = "excluded" if isinstance(verdict, Exclusion) else "selected"
        self._add("found", item)
        self._add(bucket, item)
        if isinstance(verdict, Exclusion):
            self.counts[f"why|excluded|{verdict}"] += 1
        elif verdict is not None:
            self._refuse(item, verdict)

    def end(self, items: Iterable[Item], done: Done) -> None:
        """What became of the items given to a worker."""
        left, why = Counter(item_id for item_id, _ in done.refused), dict(done.refused)
        written = Counter(done.written)
        for item in items:
            if written[item.id]:
                written[item.id] -= 1
                self._add("written", item)
            elif left[item.id]:
                left[item.id] -= 1
                self._refuse(item, why[item.id])

    def _refuse(self, item: Item | Unfit, why: Refused) -> None:
        self._add("refused", item)
        self.counts[f"why|refused|{why}"] += 1

    def _add(self, bucket: str, item: Item | Unfit) -> None:
        self.counts[bucket] += 1
        for dimension, value in zip(DIMENSIONS, _values(item), strict=True):
            self.counts[f"{bucket}|{dimension}|{value}"] += 1


def _values(item: Item | Unfit) -> tuple[str, str, str]:
    """One a dimension."""
    if isinstance(item, Unfit):
        return NONE, NONE, NONE
    moment, kind = item.moment, item.type
    return kind.code if kind else NONE, f"{moment.year:04d}" if moment else NONE, _who(item)


def _who(item: Item) -> str:
    """The first author with a number, else who answers for it."""
    people = (*item.authors, item.responsible)
    return next((who.idnat for who in people if isinstance(who, Professional) and who.idnat), NONE)


def _line(data: Mapping[str, Any]) -> bytes:
    return json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def reject_lines(number: int, refused: Iterable[tuple[str, Refused]]) -> Iterator[bytes]:
    """REJECTS.JSL: each item that was due and is not there."""
    for item_id, why in refused:
        yield _line({"patient": number, "item_id": item_id, "reason": why})


def excluded_lines(number: int, excluded: Iterable[tuple[Item, Exclusion]]) -> Iterator[bytes]:
    """EXCLUDED.JSL: each item that the request left out, but those that may not be named."""
    for item, why in excluded:
        if why not in _UNLISTED:
            yield _line({"patient": number, "item_id": item.id, "reason": why})


def patient_line(record: Record, sender: Sender, entry: Entry, excluded: int) -> Iterator[bytes]:
    """PATIENTS.JSL: one line a patient, those without any item included."""
    subject = Subject.of(record, sender)
    yield _line(
        {
            "patient": entry.number,
            "lot": entry.lot or None,
            "archive": entry.archive or None,
            "items": entry.items,
            "excluded": excluded,
            **identity_fields(subject.identity),
            "local_ids": catalogued_ids(subject),
        }
    )
