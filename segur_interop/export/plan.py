"""What would become of each patient received: decided by rules, confirmed by people, nothing done.

(DSR-HOP-DPI-Va1 2.2: preselection when the INS is qualified on both sides. RNIV EXI SI 08 and
EXI PP 10: what a sender asserts is never qualified here, and never replaces what is.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Container, Iterable
from typing import Any, Final

from segur_interop.export._identities import OTHER_PERSON, found
from segur_interop.export._local_index import LocalIndex, ids_of
from segur_interop.export.planned import Decision, Ground, ImportPlan, Planned
from segur_interop.export.received import ReceivedPatient
from segur_interop.findings import Finding, Severity
from segur_interop.ins import Attribute, Identity, Match, Reason, compare, preselect
from segur_interop.ins.preselect import Candidate
from segur_interop.model import LocalId

__all__ = ["import_plan"]


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
    with the same strict traits and no other INS. A patient of whom two things are told, a document
    that looks like that of another person, two patients that come to one local record, one INS or
    one identifier on two patients received: a person looks first (`REVIEW`). A provisional
    identity, or the absence of an INS, blocks nothing.

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
    find = match if callable(match) else LocalIndex(match).near
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
    base = _looked_at(patient, _decided(patient, found_match, by_id, shared))
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


def _looked_at(patient: ReceivedPatient, planned: Planned[Candidate]) -> Planned[Candidate]:
    """A person looks first where a document looks like that of another person."""
    count = sum(any(f.rule == OTHER_PERSON for f in item.findings) for item in patient.items)
    if not count:
        return planned
    message = f"{count} document(s) look like those of another person"
    note = _note("export.plan.document", message, patient.place)
    return dataclasses.replace(
        planned,
        decision=Decision.REVIEW,
        ground=Ground.DOUBT,
        findings=(*planned.findings, note),
    )


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


def _common(ids: Iterable[LocalId], candidate: Any, domains: Container[str] | None) -> bool:
    """True with one identifier in common, in a domain that an OID names."""
    own = {(item.root, item.extension) for item in ids_of(candidate) if item.root}
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
        self._ids: dict[int, list[int]] = {}

    def add(self, rank: int, patient: ReceivedPatient, made: Planned[Any]) -> None:
        identity = patient.identity
        if made.candidate is not None:
            self._records.setdefault(_record(made.candidate), []).append(rank)
        if identity.matricule is not None:
            self._numbers.setdefault(identity.matricule.number, []).append(rank)
        for one in {(item.root, item.extension) for item in patient.ids if item.root}:
            self._ids.setdefault(hash(one), []).append(rank)
        if identity.birth_date is not None and identity.birth_name:
            key = (
                identity.birth_name.casefold(),
                identity.birth_given_names.casefold(),
                identity.birth_date,
                identity.sex,
            )
            self._traits.setdefault(hash(key), []).append(rank)

    def doubts(self, entries: list[Planned[Any]]) -> list[tuple[int, list[Finding]]]:
        """Ranks of the patients that share a local record, an INS, or an identifier."""
        made: dict[int, list[Finding]] = {}
        for groups, rule, message in (
            (self._records, "export.plan.shared",
             "another patient received leads to the same local record"),
            (self._numbers, "export.plan.same-ins", "another patient received has the same INS"),
            (self._ids, "export.plan.same-id",
             "another patient received has the same identifier in the same domain"),
        ):  # fmt: skip
            for ranks in groups.values():
                for rank in ranks if len(ranks) > 1 else ():
                    made.setdefault(rank, []).append(_note(rule, message, entries[rank].place))
        return sorted(made.items())

    def homonyms(self, entries: list[Planned[Any]]) -> list[int]:
        """Ranks of the patients that would be created with the strict traits of another."""
        return sorted(rank for ranks in self._traits.values() if len(ranks) > 1 for rank in ranks)


def _record(candidate: object) -> object:
    """What names a local record: two equal ones are one, as a query makes new objects each time."""
    try:
        hash(candidate)
    except TypeError:
        return id(candidate)
    return candidate
