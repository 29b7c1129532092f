"""A patient's identity: traits, status, attributes, and the one gate of the matricule.

Statuses and attributes follow the Référentiel national d'identitovigilance (RNIV EXI SI 07-10)
and the Guide d'implémentation de l'INS (EXI ID 23-29).
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass, field
from datetime import date
from operator import attrgetter
from types import NoneType
from typing import Any

from segur_interop._masking import Masked, shown
from segur_interop.errors import IdentityNotQualified, InvalidValue
from segur_interop.findings import Finding, Report, Severity
from segur_interop.ins._json import identity_from_dict, identity_to_dict
from segur_interop.ins.matricule import Matricule
from segur_interop.ins.status import (
    Attribute,
    IdentityEvent,
    IdentityStatus,
    invariant_findings,
)
from segur_interop.ins.traits import (
    Sex,
    Traits,
    birth_place_findings,
    check_trait_types,
    is_blank,
    is_historical_code,
    is_start_of_list,
    name_findings,
    normalise_given_names,
    normalise_name,
)
from segur_interop.ins.transitions import Evidence, adopt, apply, insi_obstacles

__all__ = ["Identity"]

_NAME_FIELDS = (
    ("birth_name", False),
    ("birth_given_names", True),
    ("first_birth_given_name", True),
    ("used_name", False),
    ("used_given_name", True),
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Identity(Masked):
    """The identity of a patient, as known here or as a sender asserts it.

    Construction checks types and, for a local identity, the invariants of its status; what is
    odd in a trait is a finding, and an error where the trait is written.

    To construct an identity, or to copy it with `dataclasses.replace`, is to state what it says:
    nothing there can tell that a trait of a QUALIFIEE changed. `after` and `adopt` are the ways
    that keep status, matricule and traits true to each other.

    Attributes:
        birth_name: nom de naissance.
        birth_given_names: liste des prénoms de naissance, separated by spaces.
        first_birth_given_name: premier prénom de naissance; "" when the source does not tell
            it (it is never split out of the list).
        birth_date: calendar date, after `complete_birth_date` where a part was unknown.
        received_birth_date: the text the source gave, kept when it is not that calendar date
            (INSi's lunar 1950-00-00, a CDA birthTime of a year).
        birth_date_completed: True when RNIV completed `birth_date`.
        sex: M, F, or I (local only).
        birth_place: 5 characters of the COG; "" when unknown to the source.
        birth_place_name: the town in letters, for display only.
        used_name: nom utilisé, never filled from INSi.
        used_given_name: prénom utilisé, never filled from INSi.
        matricule: the INS with its OID.
        status: one of the four RNIV statuses.
        attributes: homonyme, douteuse, fictive.
        asserted: True when a sender says so (Datamatrix, CDA, archive, message, mail): it
            counts for `preselect`, never for writing, until `adopt`.
        history: earlier matricules (INSHISTO).
        former_traits: earlier strict traits, newest first.
        multiple_birth_order: rank among twins, 1 for the first born.
        reading: what the reader that made this identity noticed.
    """

    birth_name: str = ""
    birth_given_names: str = ""
    first_birth_given_name: str = ""
    birth_date: date | None = None
    sex: Sex | None = None
    birth_place: str = ""
    birth_place_name: str = ""
    received_birth_date: str = ""
    birth_date_completed: bool = field(default=False, metadata=shown())
    used_name: str = ""
    used_given_name: str = ""
    matricule: Matricule | None = None
    status: IdentityStatus = field(default=IdentityStatus.PROVISOIRE, metadata=shown())
    attributes: frozenset[Attribute] = field(default=frozenset(), metadata=shown())
    asserted: bool = field(default=False, metadata=shown())
    history: tuple[Matricule, ...] = ()
    former_traits: tuple[Traits, ...] = ()
    multiple_birth_order: int | None = None
    reading: tuple[Finding, ...] = field(default=(), compare=False, metadata=shown())

    def __post_init__(self) -> None:
        _check_types(self)
        if not self.asserted:
            for finding in invariant_findings(self.status, self.attributes, self.matricule):
                raise InvalidValue(finding.message, place=f"identity.{finding.place}")

    @property
    def oid(self) -> str | None:
        """The OID of the matricule, None without matricule."""
        return None if self.matricule is None else self.matricule.oid

    @property
    def traits(self) -> Traits:
        """The five strict traits; those the source did not give are empty."""
        return Traits(
            birth_name=self.birth_name,
            birth_given_names=self.birth_given_names,
            birth_date=self.birth_date,
            sex=self.sex,
            birth_place=self.birth_place,
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is odd: noticed on reading, in the traits, in the number, between them."""
        found = [*self.reading, *invariant_findings(self.status, self.attributes, self.matricule)]
        for name, given in _NAME_FIELDS:
            if text := getattr(self, name):
                found += name_findings(text, name, given=given)
        if self.birth_place:
            found += birth_place_findings(self.birth_place)
        found += _coherence_findings(self)
        if self.matricule is not None:
            found += self.matricule.findings
        return tuple(found)

    @property
    def may_transmit_ins(self) -> bool:
        """The one gate: True when this identity may carry its matricule to another system.

        Only a local identity QUALIFIEE with its matricule, its OID and its traits does
        (RNIV EXI SI 08, Guide INS EXI ID 29).
        """
        return not self._obstacles()

    def transmission_report(self) -> Report:
        """Every obstacle to carrying the matricule, as errors of an IdentityNotQualified report."""
        return Report(
            name="INS transmission",
            checked=("ins.gate",),
            findings=tuple(self._obstacles()),
            error=IdentityNotQualified,
        )

    def after(
        self,
        event: IdentityEvent,
        *,
        matricule: Matricule | None = None,
        traits: Traits | None = None,
    ) -> Identity:
        """The identity after an event, by the table `TRANSITIONS`.

        Args:
            event: what happened.
            matricule: the INS that INSi or the Appli carte Vitale gave; required for these
                events unless the identity already holds it.
            traits: the strict traits after the event, when it changes them; the former ones
                are kept in `former_traits`. When INSi answers the traits of someone else, or
                another matricule, the document has to be checked again: RECUPEREE.

        Raises:
            TypeError: an argument of another type (an Identity is no Traits).
            IdentityError: the event is not allowed here; the message says why.
        """
        return apply(self, event, matricule=matricule, traits=traits)

    def adopt(self, evidence: Evidence) -> Identity:
        """A sender's identity made local, on the strength of what the caller checked.

        Args:
            evidence: what was checked; `IDENTITY_REPOSITORY`, for the ADT feed declared as
                such and for nothing else, keeps the status received.

        Raises:
            TypeError: the evidence is none.
            IdentityError: not asserted by a sender; douteuse or fictive and yet confirmed; a
                status that needs a matricule the sender did not give.
            InvalidValue: what was received breaks an exclusion of its status.
        """
        return adopt(self, evidence)

    @property
    def insi_obstacles(self) -> tuple[str, ...]:
        """Why INSi may not be asked about this identity; empty when it may."""
        return insi_obstacles(self)

    def normalised(self) -> Identity:
        """The same identity with its names in the INSi form (A-Z, space, ' and -).

        Raises:
            InvalidValue: a character without equivalent.
        """
        changes: dict[str, Any] = {
            name: (normalise_given_names if given else normalise_name)(text, name)
            for name, given in _NAME_FIELDS
            if (text := getattr(self, name))
        }
        if all(getattr(self, name) == text for name, text in changes.items()):
            return self
        return dataclasses.replace(self, **changes)

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe, versioned form; `from_dict` gives back an equal identity."""
        return identity_to_dict(self)

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> Identity:
        """Read what `to_dict` wrote.

        Raises:
            InvalidValue: another version, an unknown key, a value of another kind.
        """
        return identity_from_dict(cls, data)

    def _obstacles(self) -> list[Finding]:
        rules = (
            (self.status is IdentityStatus.QUALIFIEE, "status", "the status is not QUALIFIEE"),
            (not self.asserted, "asserted", "asserted by a sender and not adopted here"),
            (
                not self.attributes - {Attribute.HOMONYME},
                "attributes",
                "an identity douteuse or fictive carries no matricule",
            ),
            (self.matricule is not None, "matricule", "no matricule"),
            (
                self.matricule is None or self.matricule.oid is not None,
                "matricule.oid",
                "a matricule never travels without its OID",
            ),
            (
                self.matricule is None
                or self.matricule.is_valid
                or not self.matricule.is_production,
                "matricule.key",
                "the key does not match the number",
            ),
            (not is_blank(self.birth_name), "birth_name", "a matricule travels with its traits"),
            (
                not is_blank(self.birth_given_names),
                "birth_given_names",
                "a matricule travels with its traits",
            ),
            (
                self.birth_date is not None,
                "birth_date",
                "a calendar date is needed: complete the received one by the RNIV rules"
                if self.received_birth_date
                else "a matricule travels with its traits",
            ),
            (self.sex in (Sex.M, Sex.F), "sex", "an INS has the sex M or F"),
        )
        return [
            Finding(
                rule="ins.gate",
                message=message,
                severity=Severity.ERROR,
                place=place,
                source="RNIV EXI SI 08; Guide INS EXI ID 29",
            )
            for passed, place, message in rules
            if not passed
        ]


_TEXT_FIELDS = (
    *(name for name, _ in _NAME_FIELDS),
    "birth_place",
    "birth_place_name",
    "received_birth_date",
)
_KINDS: tuple[tuple[str, tuple[type, ...]], ...] = (
    ("matricule", (Matricule, NoneType)),
    ("status", (IdentityStatus,)),
    ("asserted", (bool,)),
    ("birth_date_completed", (bool,)),
    ("multiple_birth_order", (int, NoneType)),
)
_COLLECTIONS: tuple[tuple[str, Any, type], ...] = (
    ("attributes", frozenset, Attribute),
    ("history", tuple, Matricule),
    ("former_traits", tuple, Traits),
    ("reading", tuple, Finding),
)
_texts_of = attrgetter(*_TEXT_FIELDS)
_collections_of = attrgetter(*(name for name, _, _ in _COLLECTIONS))
_NONE_HELD: tuple[Any, ...] = (frozenset(), (), (), ())


def _check_types(identity: Identity) -> None:
    plain = {*map(type, _texts_of(identity))} == {str}
    check_trait_types(identity, () if plain else _TEXT_FIELDS)
    for name, kinds in _KINDS:
        if not isinstance(getattr(identity, name), kinds):
            raise TypeError(f"identity.{name} is not of its type")
    # An empty set equals an empty frozenset, and could grow.
    if type(identity.attributes) is not frozenset or _collections_of(identity) != _NONE_HELD:
        _check_collections(identity)
    rank = identity.multiple_birth_order
    if rank is not None and (type(rank) is not int or rank < 1):
        raise InvalidValue("the rank of a twin starts at 1", place="identity.multiple_birth_order")


def _check_collections(identity: Identity) -> None:
    for name, collection, item_kind in _COLLECTIONS:
        values = collection(getattr(identity, name))
        if not all(isinstance(value, item_kind) for value in values):
            raise TypeError(f"identity.{name} holds {item_kind.__name__} values")
        object.__setattr__(identity, name, values)


def _coherence_findings(identity: Identity) -> list[Finding]:
    """The traits against each other and against the number: never a reason to refuse."""
    found = []

    def note(rule: str, message: str, place: str, source: str, severity: Severity) -> None:
        found.append(
            Finding(rule=rule, message=message, severity=severity, place=place, source=source)
        )

    first, names = identity.first_birth_given_name, identity.birth_given_names
    if first and names and not is_start_of_list(first, names):
        note(
            "ins.first-given-name",
            "not the start of the list of birth given names",
            "first_birth_given_name",
            "Guide INS EXI ID 10; RNIV EXI SI 29-30",
            Severity.WARNING,
        )
    if identity.birth_date is None and identity.received_birth_date:
        note(
            "ins.birth-date.partial",
            "the received date is not a calendar date and was not completed",
            "birth_date",
            "RNIV EXI PP 19",
            Severity.WARNING,
        )
    if identity.birth_date_completed:
        note(
            "ins.birth-date.completed",
            "a part of the date was unknown and was completed",
            "birth_date",
            "RNIV EXI PP 19",
            Severity.INFO,
        )
    for place, message in _number_disagreements(identity):
        note("ins.matricule.traits", message, place, "INSEE structure of the NIR", Severity.INFO)
    return found


def _number_disagreements(identity: Identity) -> list[tuple[str, str]]:
    if identity.matricule is None:
        return []
    number = identity.matricule.number
    found = []
    if (
        identity.sex in (Sex.M, Sex.F)
        and number[0] in "12"
        and (number[0] == "1") != (identity.sex is Sex.M)
    ):
        found.append(("sex", "the first digit of the number says another sex"))
    if identity.birth_date is not None:
        if number[1:3] != f"{identity.birth_date.year % 100:02d}":
            found.append(("birth_date", "the number says another year"))
        if int(number[3:5]) in range(1, 13) and int(number[3:5]) != identity.birth_date.month:
            found.append(("birth_date", "the number says another month"))
    place = number[5:10]
    # Numbers before 1976 say 20, and old Algeria, Morocco and Tunisia share 91-96.
    if (
        identity.birth_place
        and identity.birth_place != place
        and place[:2] not in {"20", "91", "92", "93", "94", "95", "96"}
        and not is_historical_code(place, identity.birth_place)
    ):
        found.append(("birth_place", "the number says another birthplace"))
    return found
