"""From a record of the source to a patient under way: what the request makes of their items."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from segur_interop.export._jobs import Job
from segur_interop.export._selection import Selection
from segur_interop.export._tally import Tally
from segur_interop.export.items import Item, Record, Unfit
from segur_interop.export.request import Exclusion, Refused

__all__ = ["Pending", "announced", "records", "selected"]


@dataclass(slots=True)
class Pending:
    """A patient under way: what is known before the worker answers."""

    job: Job
    key: str
    tally: Tally
    excluded: list[tuple[Item, Exclusion]] = field(default_factory=list)
    refused: list[tuple[str, Refused]] = field(default_factory=list)


def selected(number: int, key: str, record: Record, selection: Selection) -> Pending:
    """Judge every item of a patient; the record goes on without them."""
    tally, kept = Tally(), list[Item]()
    bare = Record(key=record.key, patient=record.patient)
    pending = Pending(Job(number=number, record=bare, items=()), key, tally)
    wanted = selection.wants(record)
    for item in record.items:
        if isinstance(item, Unfit):
            verdict: Exclusion | Refused | None = item.reason if wanted else Exclusion.PATIENT
        else:
            verdict = selection.judge(item) if wanted else Exclusion.PATIENT
        tally.found(item, verdict)
        if isinstance(verdict, Refused):
            pending.refused.append((item.id, verdict))
        elif isinstance(item, Unfit):
            continue
        elif verdict is None:
            kept.append(item)
        elif verdict is not Exclusion.PATIENT:
            pending.excluded.append((item, verdict))
    pending.job = Job(number=number, record=bare, items=tuple(kept))
    return pending


def records(source: Iterable[Record]) -> Iterator[Record]:
    """The records of a source.

    Raises:
        TypeError: it gives something else.
    """
    for record in source:
        if not isinstance(record, Record):
            raise TypeError(f"a source gives export.Record, not {type(record).__name__}")
        yield record


def announced(source: object) -> int | None:
    """How many items the source says it has; None when it does not say."""
    count = getattr(source, "announced", None)
    return count() if callable(count) else None
