"""Local records by what a comparison looks at first: the same answer, without a walk."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Generic

from segur_interop.export.received import ReceivedPatient
from segur_interop.ins import Identity
from segur_interop.ins.preselect import Candidate
from segur_interop.model import LocalId

__all__ = ["LocalIndex", "ids_of"]


class LocalIndex(Generic[Candidate]):
    """Local records by matricule, birth date and identifier, as `preselect` compares them."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._by: dict[object, list[Candidate]] = {}
        self._always: list[Candidate] = []
        self._rank: dict[int, int] = {}
        for rank, candidate in enumerate(candidates):
            identity = _local_identity(candidate)
            self._rank[id(candidate)] = rank
            for key in _keys(identity, ids_of(candidate)):
                self._by.setdefault(key, []).append(candidate)
            if identity.former_traits:
                self._always.append(candidate)

    def near(self, patient: ReceivedPatient) -> list[Candidate]:
        """Those worth a comparison, in their order."""
        held = {id(item): item for item in self._always}
        for key in _keys(patient.identity, patient.ids):
            held |= {id(item): item for item in self._by.get(key, ())}
        return sorted(held.values(), key=lambda item: self._rank[id(item)])


def ids_of(candidate: Any) -> Iterable[LocalId]:
    """The identifiers of a local record; none for a bare identity."""
    return () if isinstance(candidate, Identity) else getattr(candidate, "ids", ())


def _local_identity(candidate: Any) -> Identity:
    identity = (
        candidate if isinstance(candidate, Identity) else getattr(candidate, "identity", None)
    )
    if not isinstance(identity, Identity):
        raise TypeError(f"a record is an Identity or has one, not {type(candidate).__name__}")
    return identity


def _keys(identity: Identity, ids: Iterable[LocalId]) -> Iterator[object]:
    for matricule in (identity.matricule, *identity.history):
        if matricule is not None:
            yield matricule.number
    for day in {identity.birth_date, *(past.birth_date for past in identity.former_traits)}:
        if day is not None:
            yield day
    for item in ids:
        if item.root:
            yield (item.root, item.extension)
