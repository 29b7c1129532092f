"""What a plan says of each patient received; nothing of it is done."""

from __future__ import annotations

import enum
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Generic

from segur_interop._masking import Masked, shown
from segur_interop.findings import Finding
from segur_interop.ins import Proposal
from segur_interop.ins.preselect import Candidate

__all__ = ["Decision", "Ground", "ImportPlan", "Planned"]


class Decision(enum.Enum):
    """What may be done with a patient."""

    ATTACH = "file under the local record"
    PROPOSE = "a person chooses a local record, or none"
    CREATE = "create a record, to be qualified"
    REVIEW = "a person looks before anything is filed"


class Ground(enum.Enum):
    """What the decision stands on, surest first."""

    INS = "same INS, qualified on both sides, same strict traits"
    LOCAL_ID = "an identifier of a domain that both share"
    TRAITS = "traits or a matricule alike"
    NONE = "no local record is alike"
    DOUBT = "who it is is not told, or told in several ways"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Planned(Masked, Generic[Candidate]):
    """One patient of the plan. The local record stays as it is, whatever the decision.

    Attributes:
        place: of the patient, as `ReceivedPatient.place`.
        decision: what may be done.
        ground: why.
        candidate: the local record to file under, or to present first; None without.
        others: further records with the reason for each.
        items: how many would be filed.
        known: how many of the items are there already, by their SHA-256.
        refused: items that are damaged or lost.
        to_qualify: True when INSi is to be asked before an INS may be used for this record.
        findings: what to look at.
    """

    place: str = field(metadata=shown())
    decision: Decision = field(metadata=shown())
    ground: Ground = field(metadata=shown())
    candidate: Candidate | None = None
    others: tuple[Proposal[Candidate], ...] = ()
    items: int = field(default=0, metadata=shown())
    known: int = field(default=0, metadata=shown())
    refused: int = field(default=0, metadata=shown())
    to_qualify: bool = field(default=True, metadata=shown())
    findings: tuple[Finding, ...] = field(default=(), metadata=shown())


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ImportPlan(Masked, Generic[Candidate]):
    """The plan: one entry a patient, in the order received. Nothing of it is done.

    Attributes:
        planned: the entries.
    """

    planned: tuple[Planned[Candidate], ...]

    def __iter__(self) -> Iterator[Planned[Candidate]]:
        return iter(self.planned)

    def __len__(self) -> int:
        return len(self.planned)

    @property
    def counts(self) -> dict[str, int]:
        """Patients by decision, and items."""
        made = dict.fromkeys((item.name for item in Decision), 0)
        made |= Counter(item.decision.name for item in self.planned)
        for name in ("items", "known", "refused"):
            made[name] = sum(getattr(item, name) for item in self.planned)
        return made

    def __repr__(self) -> str:
        told = ", ".join(f"{name.lower()}={count}" for name, count in self.counts.items())
        return f"ImportPlan({told})"
