"""How an identity changes: an event moves its status, an adoption makes it local."""

from __future__ import annotations

import dataclasses
import enum
from types import NoneType
from typing import TYPE_CHECKING, Any, Final

from segur_interop._types import check_type
from segur_interop.errors import IdentityError
from segur_interop.ins import _verdicts
from segur_interop.ins._verdicts import STRICT, TraitVerdict
from segur_interop.ins.matricule import Matricule
from segur_interop.ins.status import (
    TRANSITIONS,
    WITH_MATRICULE,
    Attribute,
    IdentityEvent,
    IdentityStatus,
)
from segur_interop.ins.traits import Sex, Traits, canonical, is_start_of_list

if TYPE_CHECKING:
    from segur_interop.ins.identity import Identity

__all__ = ["Evidence", "adopt", "apply", "insi_obstacles"]


class Evidence(enum.Enum):
    """What the caller checked before making a sender's identity its own.

    `IDENTITY_REPOSITORY` is for one sender alone: the ADT feed of the establishment's own
    identity repository, which whoever configures the software declares as such. It keeps the
    status received, QUALIFIEE included. Nothing in an identity tells where it was read, so
    nothing here can refuse it for a Datamatrix, a document or a mail: to give it there is to
    write on a stranger's word.
    """

    NONE = "the traits were typed or copied, nothing was checked"
    DOCUMENT = "an identity document of high confidence was checked"
    INSI = "INSi answered this identity and its traits were accepted"
    INSI_AND_DOCUMENT = "INSi answered it and an identity document agrees"
    APPLI_CARTE_VITALE = "the patient authenticated with the Appli carte Vitale"
    IDENTITY_REPOSITORY = "it comes from the ADT feed declared as identity repository"


_ADOPTED = {
    Evidence.NONE: IdentityStatus.PROVISOIRE,
    Evidence.DOCUMENT: IdentityStatus.VALIDEE,
    Evidence.INSI: IdentityStatus.RECUPEREE,
    Evidence.INSI_AND_DOCUMENT: IdentityStatus.QUALIFIEE,
    Evidence.APPLI_CARTE_VITALE: IdentityStatus.QUALIFIEE,
}

_EXCLUDING = frozenset({Attribute.DOUTEUSE, Attribute.FICTIVE})
_POSITIVE = frozenset(
    {
        IdentityEvent.DOCUMENT_CHECKED,
        IdentityEvent.INSI_ACCEPTED,
        IdentityEvent.APPLI_CARTE_VITALE,
    }
)
_WITHOUT_DOCUMENT = {
    IdentityStatus.PROVISOIRE: IdentityStatus.PROVISOIRE,
    IdentityStatus.RECUPEREE: IdentityStatus.RECUPEREE,
    IdentityStatus.VALIDEE: IdentityStatus.PROVISOIRE,
    IdentityStatus.QUALIFIEE: IdentityStatus.RECUPEREE,
}
_GIVE_MATRICULE = frozenset({IdentityEvent.INSI_ACCEPTED, IdentityEvent.APPLI_CARTE_VITALE})
_MARKS = {
    IdentityEvent.DOUBTED: Attribute.DOUTEUSE,
    IdentityEvent.DECLARED_FICTIVE: Attribute.FICTIVE,
}


def insi_obstacles(identity: Identity) -> tuple[str, ...]:
    """Why INSi may not be asked about this identity; empty when it may.

    An identity douteuse or fictive is never sent (Guide INS EXI ID 26); the request needs a
    birth name, one given name, a sex M or F and a calendar date (INSi 1.5.0, RECSANSVITALE).
    """
    rules = (
        (identity.attributes & _EXCLUDING, "an identity douteuse or fictive is not sent to INSi"),
        (not identity.birth_name, "no birth name"),
        (
            not (identity.birth_given_names or identity.first_birth_given_name),
            "no birth given name",
        ),
        (identity.sex not in (Sex.M, Sex.F), "the sex is neither M nor F"),
        (identity.birth_date is None, "no calendar birth date"),
    )
    return tuple(message for failed, message in rules if failed)


def apply(
    identity: Identity,
    event: IdentityEvent,
    *,
    matricule: Matricule | None = None,
    traits: Traits | None = None,
) -> Identity:
    """The identity after an event, by the table `TRANSITIONS`.

    When INSi answers other traits than those held, by more than typography or the rest of the
    list of given names, or another matricule, VALIDEE and QUALIFIEE become RECUPEREE: the
    document that was checked was not of that person. (Derived from the two axes of RNIV EXI
    SI 07.)

    Args:
        identity: a local identity.
        event: what happened.
        matricule: the INS that INSi or the Appli carte Vitale gave; required for these events
            unless the identity already holds it.
        traits: the strict traits after the event, when it changes them; the former ones are
            kept in `former_traits`.

    Raises:
        TypeError: an argument of another type.
        IdentityError: the event is not allowed here; the message says why.
    """
    check_type(event, "event", IdentityEvent)
    check_type(matricule, "matricule", Matricule, NoneType)
    check_type(traits, "traits", Traits, NoneType)
    _refuse(identity, event, matricule, traits)
    changed = traits is not None and traits != identity.traits
    status = TRANSITIONS[_judged(identity, event, matricule, traits), event]
    changes: dict[str, Any] = {"status": status}
    if traits is not None and changed:
        changes.update(_changed_traits(identity, traits))
    changes.update(_kept_matricule(identity, status, event, matricule))
    if event in _MARKS:
        changes["attributes"] = _marked(identity.attributes, _MARKS[event])
    if event is IdentityEvent.DOUBT_LIFTED:
        changes["attributes"] = identity.attributes - _EXCLUDING
    return dataclasses.replace(identity, **changes)


def _judged(
    identity: Identity,
    event: IdentityEvent,
    matricule: Matricule | None,
    traits: Traits | None,
) -> IdentityStatus:
    """The status from which the table is read: it falls with what was confirmed of other traits."""
    before = identity.status
    changed = traits is not None and traits != identity.traits
    if changed and event not in _GIVE_MATRICULE:
        # What INSi confirmed were the former traits.
        return TRANSITIONS[before, IdentityEvent.STRICT_TRAIT_CHANGED]
    if event is IdentityEvent.INSI_ACCEPTED and (
        (traits is not None and not _agree(identity, traits))
        or _is_other_number(identity.matricule, matricule)
    ):
        # What the document confirmed was someone as INSi does not know them.
        return _WITHOUT_DOCUMENT[before]
    return before


def adopt(identity: Identity, evidence: Evidence) -> Identity:
    """The identity made local on the strength of what the caller checked.

    Args:
        identity: an identity asserted by a sender.
        evidence: what was checked; `IDENTITY_REPOSITORY` keeps the status received.

    Raises:
        TypeError: the evidence is none.
        IdentityError: not an asserted identity; douteuse or fictive and yet confirmed; or a
            status that needs a matricule the sender did not give.
        InvalidValue: the identity received breaks an exclusion of its status.
    """
    check_type(evidence, "evidence", Evidence)
    if not identity.asserted:
        raise IdentityError("only an identity asserted by a sender is adopted")
    if evidence is Evidence.IDENTITY_REPOSITORY:
        return dataclasses.replace(identity, asserted=False)
    status = _ADOPTED[evidence]
    if identity.attributes & _EXCLUDING and status is not IdentityStatus.PROVISOIRE:
        raise IdentityError("an identity douteuse or fictive stays PROVISOIRE")
    keeps = status in WITH_MATRICULE
    if keeps and identity.matricule is None:
        raise IdentityError("no matricule was received: ask INSi instead")
    return dataclasses.replace(
        identity,
        asserted=False,
        status=status,
        matricule=identity.matricule if keeps else None,
    )


def _refuse(
    identity: Identity,
    event: IdentityEvent,
    matricule: Matricule | None,
    traits: Traits | None,
) -> None:
    rules = (
        (identity.asserted, "asserted by a sender: adopt it first"),
        (
            event in _POSITIVE and identity.attributes & _EXCLUDING,
            "an identity douteuse or fictive stays PROVISOIRE: lift the attribute first",
        ),
        (
            event in _GIVE_MATRICULE and matricule is None and identity.matricule is None,
            "this event gives a matricule",
        ),
        (
            event not in _GIVE_MATRICULE and matricule is not None,
            "only INSi or the Appli carte Vitale gives a matricule",
        ),
        (
            event is IdentityEvent.STRICT_TRAIT_CHANGED and traits is None,
            "give the traits after the change",
        ),
        (
            event is IdentityEvent.INSI_ACCEPTED and bool(insi_obstacles(identity)),
            "INSi may not be asked about this identity",
        ),
    )
    for refused, message in rules:
        if refused:
            raise IdentityError(message)


def _changed_traits(identity: Identity, traits: Traits) -> dict[str, Any]:
    changes: dict[str, Any] = {name: getattr(traits, name) for name in STRICT}
    changes["former_traits"] = (identity.traits, *identity.former_traits)
    if traits.birth_given_names != identity.birth_given_names:
        changes["first_birth_given_name"] = ""
    if traits.birth_date != identity.birth_date:
        changes["received_birth_date"] = ""
        changes["birth_date_completed"] = False
    if traits.birth_place != identity.birth_place:
        changes["birth_place_name"] = ""
    return changes


_SAME: Final = frozenset({TraitVerdict.IDENTICAL, TraitVerdict.TYPOGRAPHIC})


def _agree(identity: Identity, traits: Traits) -> bool:
    """True when what a document confirmed of the identity holds for these traits."""
    place = _verdicts.places(identity.birth_place, traits.birth_place).verdict
    return (
        _same_name(identity.birth_name, traits.birth_name)
        and _same_list(identity, traits.birth_given_names)
        and identity.birth_date == traits.birth_date
        and identity.sex is traits.sex
        # Neither a document nor INSi always tells a birthplace.
        and place in _SAME | {TraitVerdict.ABSENT}
    )


def _same_name(one: str, other: str) -> bool:
    return canonical(one) == canonical(other) or _verdicts.names(one, other).verdict in _SAME


def _same_list(identity: Identity, names: str) -> bool:
    """True for the same given names, or those known followed by the rest of the list."""
    known = identity.birth_given_names or identity.first_birth_given_name
    return _same_name(known, names) or is_start_of_list(known, names)


def _is_other_number(current: Matricule | None, given: Matricule | None) -> bool:
    if current is None or given is None:
        return False
    oids = {current.oid, given.oid} - {None}
    return current.number != given.number or len(oids) > 1


def _kept_matricule(
    identity: Identity, status: IdentityStatus, event: IdentityEvent, given: Matricule | None
) -> dict[str, Any]:
    current = identity.matricule
    if status not in WITH_MATRICULE:
        return {"matricule": None}
    if event not in _GIVE_MATRICULE or given is None or given == current:
        return {}
    history = identity.history
    if current is not None and current not in history:
        history = (current, *history)
    return {"matricule": given, "history": history}


def _marked(attributes: frozenset[Attribute], mark: Attribute) -> frozenset[Attribute]:
    """The attributes with a new one; fictive excludes the two others."""
    if mark is Attribute.FICTIVE:
        return frozenset({mark})
    return attributes - {Attribute.FICTIVE} | {mark}
