"""The four statuses, the attributes, and the table of transitions between them.

A status has two axes: was the teleservice INSi called with success, and was an identity document
of high confidence checked (RNIV EXI SI 07; Guide INS EXI ID 23, 24, 26-28).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from segur_interop.findings import Finding, Severity

if TYPE_CHECKING:
    from segur_interop.ins.matricule import Matricule

__all__ = ["TRANSITIONS", "Attribute", "IdentityEvent", "IdentityStatus"]


class IdentityStatus(enum.Enum):
    """The four exclusive statuses."""

    PROVISOIRE = "PROV"
    RECUPEREE = "RECUP"
    VALIDEE = "VALI"
    QUALIFIEE = "QUAL"


class Attribute(enum.Enum):
    """What may be said of an identity beside its status."""

    HOMONYME = "HOMONYME"
    DOUTEUSE = "DOUTEUSE"
    FICTIVE = "FICTIVE"


class IdentityEvent(enum.Enum):
    """What moves an identity from one status to another."""

    DOCUMENT_CHECKED = "an identity document of high confidence was checked"
    INSI_ACCEPTED = "INSi answered one identity and its traits were accepted"
    APPLI_CARTE_VITALE = "the patient authenticated with the Appli carte Vitale"
    INSI_REFUSED = "INSi did not confirm the INS"
    STRICT_TRAIT_CHANGED = "a strict trait was changed"
    DOUBTED = "the identity is douteuse"
    DECLARED_FICTIVE = "the identity is fictive"
    DOUBT_LIFTED = "the identity is neither douteuse nor fictive any more"


_P, _R = IdentityStatus.PROVISOIRE, IdentityStatus.RECUPEREE
_V, _Q = IdentityStatus.VALIDEE, IdentityStatus.QUALIFIEE
_E = IdentityEvent

_TABLE: Final[dict[tuple[IdentityStatus, IdentityEvent], IdentityStatus]] = {
    (_P, _E.DOCUMENT_CHECKED): _V,
    (_R, _E.DOCUMENT_CHECKED): _Q,
    (_V, _E.DOCUMENT_CHECKED): _V,
    (_Q, _E.DOCUMENT_CHECKED): _Q,
    (_P, _E.INSI_ACCEPTED): _R,
    (_R, _E.INSI_ACCEPTED): _R,
    (_V, _E.INSI_ACCEPTED): _Q,
    (_Q, _E.INSI_ACCEPTED): _Q,
    (_P, _E.APPLI_CARTE_VITALE): _Q,
    (_R, _E.APPLI_CARTE_VITALE): _Q,
    (_V, _E.APPLI_CARTE_VITALE): _Q,
    (_Q, _E.APPLI_CARTE_VITALE): _Q,
    (_P, _E.INSI_REFUSED): _P,
    (_R, _E.INSI_REFUSED): _P,
    (_V, _E.INSI_REFUSED): _V,
    (_Q, _E.INSI_REFUSED): _V,
    (_P, _E.STRICT_TRAIT_CHANGED): _P,
    (_R, _E.STRICT_TRAIT_CHANGED): _P,
    (_V, _E.STRICT_TRAIT_CHANGED): _V,
    (_Q, _E.STRICT_TRAIT_CHANGED): _V,
    (_P, _E.DOUBTED): _P,
    (_R, _E.DOUBTED): _P,
    (_V, _E.DOUBTED): _P,
    (_Q, _E.DOUBTED): _P,
    (_P, _E.DECLARED_FICTIVE): _P,
    (_R, _E.DECLARED_FICTIVE): _P,
    (_V, _E.DECLARED_FICTIVE): _P,
    (_Q, _E.DECLARED_FICTIVE): _P,
    # Derived from RNIV EXI SI 09: the identity was PROVISOIRE, and nothing was checked since.
    (_P, _E.DOUBT_LIFTED): _P,
    (_R, _E.DOUBT_LIFTED): _R,
    (_V, _E.DOUBT_LIFTED): _V,
    (_Q, _E.DOUBT_LIFTED): _Q,
}

TRANSITIONS: Final[Mapping[tuple[IdentityStatus, IdentityEvent], IdentityStatus]] = (
    MappingProxyType(_TABLE)
)
"""(status, event) → status. Losing RECUPEREE or QUALIFIEE loses the matricule."""

WITH_MATRICULE: Final = frozenset({_R, _Q})
"""The statuses that hold a matricule, as INSi was called with success."""

_RULES: Final = "RNIV EXI SI 09; Guide INS EXI ID 24, 26"


def invariant_findings(
    status: IdentityStatus, attributes: frozenset[Attribute], matricule: Matricule | None
) -> list[Finding]:
    """The exclusions that status, attributes and matricule break, each with its reason."""
    excluding = attributes & {Attribute.DOUTEUSE, Attribute.FICTIVE}
    rules = (
        (
            bool(excluding) and status is not _P,
            "status",
            "an identity douteuse or fictive has the status PROVISOIRE",
        ),
        (
            {Attribute.DOUTEUSE, Attribute.FICTIVE} <= attributes,
            "attributes",
            "fictive and douteuse exclude each other",
        ),
        (
            {Attribute.FICTIVE, Attribute.HOMONYME} <= attributes,
            "attributes",
            "fictive and homonyme exclude each other",
        ),
        (
            matricule is not None and status not in WITH_MATRICULE,
            "matricule",
            "only an identity RECUPEREE or QUALIFIEE holds a matricule",
        ),
        (
            matricule is None and status in WITH_MATRICULE,
            "matricule",
            "an identity RECUPEREE or QUALIFIEE holds a matricule",
        ),
    )
    return [
        Finding(
            rule="ins.status",
            message=message,
            severity=Severity.ERROR,
            place=place,
            source=_RULES,
        )
        for broken, place, message in rules
        if broken
    ]
