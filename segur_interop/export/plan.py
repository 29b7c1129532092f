"""What would become of each patient received: decided by rules, confirmed by people, nothing done.

(DSR-HOP-DPI-Va1 2.2: preselection when the INS is qualified on both sides. RNIV EXI SI 08 and
EXI PP 10: what a sender asserts is never qualified here, and never replaces what is.)
"""

from __future__ import annotations

import dataclasses
import enum
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Generic

from segur_interop._masking import Masked, shown
from segur_interop.export._identities import found
from segur_interop.export.received import ReceivedPatient
from segur_interop.findings import Finding, Severity
from segur_interop.ins import Attribute, Identity, Match, Proposal, Reason, compare, preselect
from segur_interop.ins.preselect import Candidate
from segur_interop.model import LocalId

__all__ = ["Decision", "Ground", "ImportPlan", "Planned", "import_plan"]


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


Finder = Callable[[ReceivedPatient], Iterable[Any]]
_WEAK: Final = frozenset({Reason.SIMILAR})


def import_plan(
    patients: Iterable[ReceivedPatient],
    match: Iterable[Candidate] | Callable[[ReceivedPatient], Iterable[Candidate]],
    *,
    shared_domains: Container[str] = frozenset(),
    known: Container[str] = frozenset(),
) -> ImportPlan[Candidate]:
    """Decide for each patient received; nothing is written, here or in the local records.

    In this order: the same INS, qualified on both sides, with the same strict traits (`ATTACH`);
    an identifier of a domain that both share; traits or a matricule alike (`PROPOSE`); else a new
    record (`CREATE`). An identifier decides alone (`ATTACH`) only in a domain of `shared_domains`,
    with the same strict traits and no other INS. A patient of whom two things are told, two
    patients that come to one local record, one INS on two patients received: a person looks first
    (`REVIEW`). A provisional identity, or the absence of an INS, blocks nothing.

    Args:
        patients: what `receive` gives; read once, one at a time.
        match: the local records, identities or anything with `.identity` (and `.ids`, as
            `model.Patient` has); or a function that gives those worth comparing with a patient:
            all that share the 13 characters of a matricule, now or in the past, the birth date,
            or an identifier.
        shared_domains: OIDs of the domains whose identifiers name the same person there and here.
        known: SHA-256 of what is filed already: it is counted, and not filed twice.

    Raises:
        TypeError: records without identity.
    """
    find = match if callable(match) else _Index(match).near
    entries: list[Planned[Candidate]] = []
    seen = _Seen()
    for rank, patient in enumerate(patients):
        made = _planned(patient, tuple(find(patient)), shared_domains, known)
        seen.add(rank, patient, made)
        entries.append(made)
    for rank, findings in seen.doubts(entries):
        entries[rank] = dataclasses.replace(
            entries[rank],
            decision=Decision.REVIEW,
            ground=Ground.DOUBT,
            findings=(*entries[rank].findings, *findings),
        )
    for rank in seen.homonyms(entries):
        note = _note(
            "export.plan.homonym",
            "another patient received has the same strict traits: two persons, or one twice",
            entries[rank].place,
        )
        entries[rank] = dataclasses.replace(entries[rank], findings=(*entries[rank].findings, note))
    return ImportPlan(planned=tuple(entries))


# -- one patient --------------------------------------------------------------------------------


def _planned(
    patient: ReceivedPatient,
    candidates: tuple[Candidate, ...],
    shared: Container[str],
    known: Container[str],
) -> Planned[Candidate]:
    found_match: Match[Candidate] = preselect(patient.identity, candidates)
    by_id = [item for item in candidates if _common(patient.ids, item, None)]
    base = _decided(patient, found_match, by_id, shared)
    whole = [item for item in patient.items if not item.is_damaged]
    there = sum(1 for item in whole if item.sha256 in known)
    return dataclasses.replace(
        base,
        items=len(whole) - there,
        known=there,
        refused=len(patient.items) - len(whole) + patient.lost,
        findings=(*base.findings, *_identity_notes(patient)),
    )


def _decided(
    patient: ReceivedPatient,
    match: Match[Candidate],
    by_id: list[Candidate],
    shared: Container[str],
) -> Planned[Candidate]:
    others = match.others
    made: dict[str, Any] = {"place": patient.place, "others": others}
    if patient.is_doubtful:
        note = _note(
            "export.plan.doubt",
            "who this is is not told, or told in several ways",
            patient.place,
        )
        return Planned(
            decision=Decision.REVIEW, ground=Ground.DOUBT, findings=(*match.findings, note), **made
        )
    if match.candidate is not None:
        return _by_ins(patient, match.candidate, by_id, made)
    if by_id:
        return _by_local_id(patient, match, by_id, shared, made)
    strong = [item for item in others if item.reason not in _WEAK]
    if strong:
        first = strong[0].candidate if len(strong) == 1 else None
        return Planned(
            decision=Decision.PROPOSE, ground=Ground.TRAITS, candidate=first,
            findings=match.findings, **made,
        )  # fmt: skip
    return Planned(decision=Decision.CREATE, ground=Ground.NONE, findings=match.findings, **made)


def _by_ins(
    patient: ReceivedPatient, candidate: Candidate, by_id: list[Candidate], made: dict[str, Any]
) -> Planned[Candidate]:
    """The same INS, unless an identifier or a local homonym says another record."""
    local = _identity(candidate)
    if any(item is not candidate for item in by_id):
        note = _note(
            "export.plan.conflict",
            "the INS leads to one local record, an identifier to another",
            patient.place,
        )
        return Planned(
            decision=Decision.REVIEW, ground=Ground.DOUBT, candidate=candidate, findings=(note,),
            **made,
        )  # fmt: skip
    return Planned(
        decision=Decision.ATTACH,
        ground=Ground.INS,
        candidate=candidate,
        to_qualify=not local.may_transmit_ins,
        **made,
    )


def _by_local_id(
    patient: ReceivedPatient,
    match: Match[Candidate],
    by_id: list[Candidate],
    shared: Container[str],
    made: dict[str, Any],
) -> Planned[Candidate]:
    candidate = by_id[0] if len(by_id) == 1 else None
    made["ground"] = Ground.LOCAL_ID
    if candidate is None:
        note = _note(
            "export.plan.conflict", "several local records have this identifier", patient.place
        )
        return Planned(decision=Decision.PROPOSE, findings=(*match.findings, note), **made)
    local = _identity(candidate)
    compared = compare(patient.identity, local)
    one, other = patient.identity.matricule, local.matricule
    same_ins = one is None or other is None or (one.value, one.oid) == (other.value, other.oid)
    rivals = [
        item
        for item in match.others
        if item.candidate is not candidate and item.reason not in _WEAK
    ]
    marked = (patient.identity.attributes | local.attributes) & _MARKED
    sure = compared.same_traits and same_ins and not rivals and not marked
    if sure and _common(patient.ids, candidate, shared):
        return Planned(
            decision=Decision.ATTACH,
            candidate=candidate,
            to_qualify=not local.may_transmit_ins,
            findings=match.findings,
            **made,
        )
    notes = list(match.findings)
    if not compared.same_traits or not same_ins:
        message = "the same identifier, and other traits or another INS: look before filing"
        notes.append(_note("export.plan.traits", message, patient.place))
    return Planned(decision=Decision.PROPOSE, candidate=candidate, findings=tuple(notes), **made)


_MARKED: Final = frozenset({Attribute.HOMONYME, Attribute.DOUTEUSE, Attribute.FICTIVE})


def _identity(candidate: Any) -> Identity:
    return candidate if isinstance(candidate, Identity) else candidate.identity


def _ids(candidate: Any) -> Iterable[LocalId]:
    return () if isinstance(candidate, Identity) else getattr(candidate, "ids", ())


def _common(ids: Iterable[LocalId], candidate: Any, domains: Container[str] | None) -> bool:
    """True with one identifier in common, in a domain that an OID names."""
    own = {(item.root, item.extension) for item in _ids(candidate) if item.root}
    return any(
        (item.root, item.extension) in own and (domains is None or item.root in domains)
        for item in ids
        if item.root
    )


def _identity_notes(patient: ReceivedPatient) -> list[Finding]:
    made = []
    if patient.identity.matricule is None:
        message = "no INS was received: the record is to be qualified"
        made.append(_note("export.plan.no-ins", message, patient.place, Severity.INFO))
    if patient.identity.attributes & _MARKED:
        message = "the sender marks the identity: homonyme, douteuse or fictive"
        made.append(_note("export.plan.marked", message, patient.place))
    return made


def _note(rule: str, message: str, place: str, severity: Severity = Severity.WARNING) -> Finding:
    return found(rule, message, place, severity)


# -- all of them --------------------------------------------------------------------------------


class _Seen:
    """What several patients have in common: small keys, and their ranks."""

    def __init__(self) -> None:
        self._records: dict[object, list[int]] = {}
        self._numbers: dict[str, list[int]] = {}
        self._traits: dict[int, list[int]] = {}

    def add(self, rank: int, patient: ReceivedPatient, made: Planned[Any]) -> None:
        identity = patient.identity
        if made.candidate is not None:
            self._records.setdefault(_record(made.candidate), []).append(rank)
        if identity.matricule is not None:
            self._numbers.setdefault(identity.matricule.number, []).append(rank)
        if identity.birth_date is not None and identity.birth_name:
            key = (
                identity.birth_name.casefold(),
                identity.birth_given_names.casefold(),
                identity.birth_date,
                identity.sex,
            )
            self._traits.setdefault(hash(key), []).append(rank)

    def doubts(self, entries: list[Planned[Any]]) -> list[tuple[int, list[Finding]]]:
        """Ranks of the patients that share a local record, or an INS."""
        made: dict[int, list[Finding]] = {}
        for groups, rule, message in (
            (self._records, "export.plan.shared",
             "another patient received leads to the same local record"),
            (self._numbers, "export.plan.same-ins", "another patient received has the same INS"),
        ):  # fmt: skip
            for ranks in groups.values():
                for rank in ranks if len(ranks) > 1 else ():
                    made.setdefault(rank, []).append(_note(rule, message, entries[rank].place))
        return sorted(made.items())

    def homonyms(self, entries: list[Planned[Any]]) -> list[int]:
        """Ranks of the patients that would be created with the strict traits of another."""
        return sorted(rank for ranks in self._traits.values() if len(ranks) > 1 for rank in ranks)


class _Index(Generic[Candidate]):
    """Local records by what `preselect` looks at first: the same answer, without a walk."""

    def __init__(self, candidates: Iterable[Candidate]) -> None:
        self._by: dict[object, list[Candidate]] = {}
        self._always: list[Candidate] = []
        self._rank: dict[int, int] = {}
        for rank, candidate in enumerate(candidates):
            identity = _local_identity(candidate)
            self._rank[id(candidate)] = rank
            for key in _keys(identity, _ids(candidate)):
                self._by.setdefault(key, []).append(candidate)
            if identity.former_traits:
                self._always.append(candidate)

    def near(self, patient: ReceivedPatient) -> list[Candidate]:
        """Those worth a comparison, in their order."""
        held = {id(item): item for item in self._always}
        for key in _keys(patient.identity, patient.ids):
            held |= {id(item): item for item in self._by.get(key, ())}
        return sorted(held.values(), key=lambda item: self._rank[id(item)])


def _record(candidate: object) -> object:
    """What names a local record: two equal ones are one, as a query makes new objects each time."""
    try:
        hash(candidate)
    except TypeError:
        return id(candidate)
    return candidate


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
