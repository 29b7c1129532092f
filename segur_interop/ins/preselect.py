"""The one local record that a received identity may preselect, and what else resembles it.

DSR-HOP-DPI-Va1 §2.2 asks for the preselection of the right record when the INS is qualified on
both sides. Verdicts carry the acknowledgement codes 902-906 of the ANS guide for CDA documents
in HL7 v2.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, Generic, Protocol, TypeVar

from segur_interop.findings import Finding, Severity
from segur_interop.ins._verdicts import STRICT, TraitVerdict
from segur_interop.ins.compare import Comparison, compare
from segur_interop.ins.identity import Identity
from segur_interop.ins.matricule import INS_OIDS, Matricule
from segur_interop.ins.status import Attribute, IdentityStatus
from segur_interop.ins.traits import Sex, Traits, is_blank, search_key

__all__ = ["HasIdentity", "Match", "Proposal", "Reason", "preselect"]


class HasIdentity(Protocol):
    """A record of the caller's own."""

    @property
    def identity(self) -> Identity:
        """Its identity."""


Candidate = TypeVar("Candidate", bound=Identity | HasIdentity)


class Reason(enum.Enum):
    """Why a record is proposed to a person, most telling first."""

    SAME = "same matricule and same traits"
    DUPLICATE = "one matricule on several local records"
    NOT_QUALIFIED = "same matricule and traits, but the local record is not qualified"
    TYPOGRAPHIC = "same matricule, traits equal but for hyphens, apostrophes or former codes"
    INCOMPLETE = "same matricule, a trait is missing"
    FORMER_IDENTITY = "same matricule: the person may have changed name or sex"
    OTHER_AUTHORITY = "same 13 characters, under another OID, none, or with another key"
    COLLISION = "same matricule, other traits: possible collision"
    HISTORICAL = "the matricule is in the history of the record"
    OTHER_MATRICULE = "same traits, other matricule"
    SAME_TRAITS = "same traits, no qualified matricule to compare"
    SIMILAR = "same birth date, names alike"


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal(Generic[Candidate]):
    """A record that a person may choose.

    Attributes:
        candidate: the record, as the caller gave it.
        reason: why it is proposed.
        comparison: trait by trait.
    """

    candidate: Candidate = field(repr=False)
    reason: Reason
    comparison: Comparison


@dataclass(frozen=True, slots=True, kw_only=True)
class Match(Generic[Candidate]):
    """What a received identity leads to. True when one record is preselected.

    Attributes:
        candidate: the record to present first, or None.
        ack_code: None when preselected, else 902 unknown patient, 903 no INS, 904 INS known but
            traits or matricule not exactly equal, 905 traits incomplete, 906 other.
        others: further records with the reason for each, most telling first.
        findings: why nothing could be preselected, and alerts for identitovigilance.
    """

    candidate: Candidate | None = field(default=None, repr=False)
    ack_code: str | None = None
    others: tuple[Proposal[Candidate], ...] = ()
    findings: tuple[Finding, ...] = ()

    def __bool__(self) -> bool:
        return self.candidate is not None


def preselect(
    incoming: Identity | HasIdentity,
    candidates: Iterable[Candidate],
    *,
    accepted_oids: Iterable[str] = INS_OIDS,
) -> Match[Candidate]:
    """Find the local record of a received identity.

    A record is preselected only if it holds that matricule under that OID, no other record
    holds its 13 characters, now or in its history, under any OID or none and with any key, both
    sides are QUALIFIEE, and the strict traits are identical (a birthplace that one side does
    not give is set aside). Everything else is a proposal for a person.

    Args:
        incoming: the identity read from a document, a message or a symbol.
        candidates: local records: identities, or anything with `.identity`; read once.
        accepted_oids: give `PRODUCTION_OIDS` where test and demonstration numbers are refused.

    Raises:
        TypeError: no identity, candidates that have none, OIDs given as one text.
    """
    received = _identity(incoming, "incoming")
    if isinstance(accepted_oids, str):
        raise TypeError("accepted_oids is a collection of OIDs, not str")
    accepted = frozenset(accepted_oids)
    proposals = [
        Proposal(candidate=candidate, reason=reason, comparison=comparison)
        for candidate, identity in _shortlist(received, candidates)
        if (reason := _reason(received, identity, comparison := compare(received, identity)))
    ]
    holders = [item for item in proposals if item.reason in _HOLDING]
    if len(holders) > 1:
        proposals = [
            dataclasses.replace(item, reason=Reason.DUPLICATE) if item.reason in _HOLDING else item
            for item in proposals
        ]
    proposals.sort(key=lambda item: _RANK[item.reason])
    blocked = _blocked(received, accepted)
    if not blocked and proposals and proposals[0].reason is Reason.SAME:
        return Match(candidate=proposals[0].candidate, others=tuple(proposals[1:]))
    code, findings = blocked or _refusal([item.reason for item in proposals])
    return Match(ack_code=code, others=tuple(proposals), findings=findings)


_HOLDING: Final = frozenset(
    {
        Reason.SAME,
        Reason.NOT_QUALIFIED,
        Reason.TYPOGRAPHIC,
        Reason.INCOMPLETE,
        Reason.FORMER_IDENTITY,
        Reason.OTHER_AUTHORITY,
        Reason.COLLISION,
        Reason.HISTORICAL,
    }
)
"""The record holds the number, now or in its history: two of them are one too many."""

_RANK: Final = {reason: rank for rank, reason in enumerate(Reason)}
_SOURCE: Final = "ANS, Transmission d'un document CDA-R2 en HL7v2, error codes"
_EXCLUDING: Final = frozenset({Attribute.DOUTEUSE, Attribute.FICTIVE})


def _identity(record: Identity | HasIdentity, place: str) -> Identity:
    identity = record if isinstance(record, Identity) else getattr(record, "identity", None)
    if not isinstance(identity, Identity):
        raise TypeError(f"{place} is an Identity or has one, not {type(record).__name__}")
    return identity


def _shortlist(
    received: Identity, candidates: Iterable[Candidate]
) -> list[tuple[Candidate, Identity]]:
    """The records worth a comparison: a number in common, a birth date, or a past to look at."""
    numbers = {item.number for item in (received.matricule, *received.history) if item}
    dates = {received.birth_date, *(past.birth_date for past in received.former_traits)} - {None}
    shortlist = []
    for candidate in candidates:
        identity = _identity(candidate, "a candidate")
        matricule = identity.matricule
        if (
            (matricule is not None and matricule.number in numbers)
            or identity.birth_date in dates
            or identity.history
            or identity.former_traits
        ):
            shortlist.append((candidate, identity))
    return shortlist


def _reason(received: Identity, local: Identity, comparison: Comparison) -> Reason | None:
    if comparison.same_matricule:
        return _same_matricule(received, local, comparison)
    if _in(received.matricule, [local.matricule]):
        formerly = _formerly(received, local)
        return (
            Reason.COLLISION
            if _contradicts(comparison) and not formerly
            else Reason.OTHER_AUTHORITY
        )
    if _in(received.matricule, local.history) or _in(local.matricule, received.history):
        return Reason.HISTORICAL
    if comparison.close_traits or _formerly(received, local):
        both = received.matricule is not None and local.matricule is not None
        return Reason.OTHER_MATRICULE if both else Reason.SAME_TRAITS
    return Reason.SIMILAR if _similar(received, local) else None


def _same_matricule(received: Identity, local: Identity, comparison: Comparison) -> Reason:
    if comparison.same_traits:
        qualified = local.status is IdentityStatus.QUALIFIEE and not local.asserted
        return Reason.SAME if qualified else Reason.NOT_QUALIFIED
    if comparison.close_traits:
        return Reason.TYPOGRAPHIC
    same_person = all(
        getattr(comparison, name).verdict is TraitVerdict.IDENTICAL
        for name in ("birth_date", "birth_place")
    )
    if same_person or _formerly(received, local):
        absent = any(
            getattr(comparison, name).verdict is TraitVerdict.ABSENT
            for name in ("birth_name", "birth_given_names", "sex")
        )
        return Reason.INCOMPLETE if absent else Reason.FORMER_IDENTITY
    return Reason.COLLISION if _contradicts(comparison) else Reason.INCOMPLETE


def _contradicts(comparison: Comparison) -> bool:
    """True when a strict trait says another person."""
    traits = [getattr(comparison, name) for name in STRICT]
    return any(
        trait.verdict is TraitVerdict.DIFFERENT and trait.reason != "unknown-place"
        for trait in traits
    )


def _in(matricule: Matricule | None, others: Iterable[Matricule | None]) -> bool:
    """True when one of the others has the same 13 characters, whatever its OID and key."""
    if matricule is None:
        return False
    return any(other is not None and other.number == matricule.number for other in others)


def _formerly(received: Identity, local: Identity) -> bool:
    """True when the traits of one are former traits of the other."""
    return any(compare(received, _of(past)).same_traits for past in local.former_traits) or any(
        compare(_of(past), local).same_traits for past in received.former_traits
    )


def _of(traits: Traits) -> Identity:
    return Identity(
        birth_name=traits.birth_name,
        birth_given_names=traits.birth_given_names,
        birth_date=traits.birth_date,
        sex=traits.sex,
        birth_place=traits.birth_place,
    )


def _similar(received: Identity, local: Identity) -> bool:
    """Same birth date and same first letters of both names (Guide INS EXI ID 17)."""
    if received.birth_date is None or received.birth_date != local.birth_date:
        return False
    return all(
        _initials(getattr(received, name)) & _initials(getattr(local, name))
        for name in ("birth_name", "birth_given_names")
    )


_LETTERS: Final = 3


def _initials(name: str) -> frozenset[str]:
    return frozenset(key[:_LETTERS] for key in (search_key(part) for part in name.split()) if key)


def _blocked(received: Identity, oids: frozenset[str]) -> tuple[str, tuple[Finding, ...]] | None:
    """The first reason for which no record may be preselected, whatever the candidates."""
    matricule = received.matricule
    if matricule is None or matricule.oid is None:
        return "903", (_finding("no-ins", "no INS with its OID was received", "matricule"),)
    missing = [
        name for name in ("birth_name", "birth_given_names") if is_blank(getattr(received, name))
    ]
    missing += ["birth_date"] * (received.birth_date is None)
    missing += ["sex"] * (received.sex not in (Sex.M, Sex.F))
    if missing:
        return "905", tuple(
            _finding("incomplete", "a strict trait was not received", name) for name in missing
        )
    rules = (
        (matricule.oid not in oids, "oid", "a number of this authority is not accepted here"),
        (
            matricule.is_production and not matricule.is_valid,
            "key",
            "the key does not match the number",
        ),
        (
            received.status is not IdentityStatus.QUALIFIEE,
            "status",
            "the identity received is not qualified",
        ),
        (
            received.attributes & _EXCLUDING,
            "attributes",
            "the identity received is douteuse or fictive",
        ),
    )
    found = tuple(_finding(rule, message, rule) for failed, rule, message in rules if failed)
    return ("906", found) if found else None


_REFUSALS: Final = (
    (Reason.DUPLICATE, "906", "one matricule on several local records: a duplicate to resolve"),
    (Reason.COLLISION, "904", "same matricule, other traits: alert identitovigilance"),
    (Reason.FORMER_IDENTITY, "904", "same matricule: the person may have changed name or sex"),
    (Reason.TYPOGRAPHIC, "904", "the traits are not exactly equal"),
    (Reason.OTHER_AUTHORITY, "904", "the OID or the key is not that of the local record"),
    (Reason.INCOMPLETE, "904", "a local trait is missing"),
    (Reason.OTHER_MATRICULE, "904", "the matricule is not that of the local record"),
    (Reason.HISTORICAL, "904", "the matricule is a former one"),
    (Reason.NOT_QUALIFIED, "906", "the local record is not qualified"),
)


def _refusal(reasons: list[Reason]) -> tuple[str, tuple[Finding, ...]]:
    for reason, code, message in _REFUSALS:
        if reason in reasons:
            rule = reason.name.lower().replace("_", "-")
            return code, (_finding(rule, message, ""),)
    return "902", (_finding("unknown", "no local record has this INS", ""),)


def _finding(rule: str, message: str, place: str) -> Finding:
    return Finding(
        rule=f"ins.preselect.{rule}",
        message=message,
        severity=Severity.WARNING,
        place=place,
        source=_SOURCE,
    )
