"""How an identity changes: an event moves its status, an adoption makes it local."""

from __future__ import annotations

import dataclasses
import enum
from typing import TYPE_CHECKING, Any

from segur_interop.errors import IdentityError
from segur_interop.ins.status import (
    TRANSITIONS,
    WITH_MATRICULE,
    Attribute,
    IdentityEvent,
    IdentityStatus,
)
from segur_interop.ins.traits import Sex

if TYPE_CHECKING:
    from segur_interop.ins.identity import Identity
    from segur_interop.ins.matricule import Matricule
    from segur_interop.ins.traits import Traits

__all__ = ["Evidence", "adopt", "apply", "insi_obstacles"]


class Evidence(enum.Enum):
    """What the caller checked before making a sender's identity its own."""

    NONE = "the traits were typed or copied, nothing was checked"
    DOCUMENT = "an identity document of high confidence was checked"
    INSI = "INSi answered this identity and its traits were accepted"
    INSI_AND_DOCUMENT = "INSi answered it and an identity document agrees"
    APPLI_CARTE_VITALE = "the patient authenticated with the Appli carte Vitale"
    IDENTITY_REPOSITORY = "it comes from the feed declared as identity repository"


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

    Args:
        identity: a local identity.
        event: what happened.
        matricule: the INS that INSi or the Appli carte Vitale gave; required for these events
            unless the identity already holds it.
        traits: the strict traits after the event, when it changes them; the former ones are
            kept in `former_traits`.

    Raises:
        IdentityError: the event is not allowed here; the message says why.
    """
    _refuse(identity, event, matricule, traits)
    before, changed = identity.status, traits is not None and traits != identity.traits
    if changed and event not in _GIVE_MATRICULE:
        # What INSi confirmed were the former traits.
        before = TRANSITIONS[before, IdentityEvent.STRICT_TRAIT_CHANGED]
    status = TRANSITIONS[before, event]
    changes: dict[str, Any] = {"status": status}
    if traits is not None and changed:
        changes.update(_changed_traits(identity, traits))
    changes.update(_kept_matricule(identity, status, event, matricule))
    if event in _MARKS:
        changes["attributes"] = _marked(identity.attributes, _MARKS[event])
    return dataclasses.replace(identity, **changes)


def adopt(identity: Identity, evidence: Evidence) -> Identity:
    """The identity made local on the strength of what the caller checked.

    Args:
        identity: an identity asserted by a sender.
        evidence: what was checked; `IDENTITY_REPOSITORY` keeps the status received.

    Raises:
        IdentityError: not an asserted identity; douteuse or fictive and yet confirmed; or a
            status that needs a matricule the sender did not give.
        InvalidValue: the identity received breaks an exclusion of its status.
    """
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
    changes: dict[str, Any] = {
        field.name: getattr(traits, field.name) for field in dataclasses.fields(traits)
    }
    changes["former_traits"] = (identity.traits, *identity.former_traits)
    if traits.birth_given_names != identity.birth_given_names:
        changes["first_birth_given_name"] = ""
    if traits.birth_date != identity.birth_date:
        changes["received_birth_date"] = ""
        changes["birth_date_completed"] = False
    if traits.birth_place != identity.birth_place:
        changes["birth_place_name"] = ""
    return changes


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
