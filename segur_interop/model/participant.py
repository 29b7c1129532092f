"""Who takes part, and how."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from segur_interop._masking import Masked, shown
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.model._checks import check_codes, check_one, check_texts, nested
from segur_interop.model.device import Device
from segur_interop.model.organization import Organization
from segur_interop.model.period import Period
from segur_interop.model.professional import Professional
from segur_interop.model.related import RelatedPerson
from segur_interop.terminology.code import Code

__all__ = ["ROLE_CLASSES", "Entity", "Participant"]

Entity: TypeAlias = Professional | Organization | RelatedPerson | Device
"""Whoever takes part; an Organization when no person is named."""

ROLE_CLASSES: Final = ("PROV", "AGNT")
"""JDV_J141_RoleClass_CISIS: associatedEntity/@classCode."""

_TOKEN: Final = re.compile(r"[A-Z][A-Za-z]{0,15}")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Participant(Masked):
    """Someone who takes part in the document, the act or the stay.

    Attributes:
        type: HL7 ParticipationType. A document's participants take JDV_J144 (REF, REFB, INF,
            RESP, PRF, CON, VRF), those of a stay JDV_J140 (ADM, ATND, CON, DIS, REF, RESP);
            a document's other roles have their own (AUT, ENT, LA, AUTHEN, PRCP).
        entity: a Professional, an Organization, a RelatedPerson or a Device.
        function: JDV_J47 (PCP médecin traitant, PRELV, ES-REF, …); None takes the function of
            the professional (`role`).
        function_text: the role in words.
        time: when; None when not told (the header writes nullFlavor).
        role_class: one of ROLE_CLASSES, for a document's participants.

    Raises:
        InvalidValue: a type that is no token.
    """

    type: str = field(metadata=shown())
    entity: Entity
    function: Code | None = field(default=None, metadata=shown())
    function_text: str = ""
    time: Period | None = None
    role_class: str = field(default="PROV", metadata=shown())

    def __post_init__(self) -> None:
        check_texts(self, "participant", required=("type",))
        if not _TOKEN.fullmatch(self.type):
            raise InvalidValue("not a ParticipationType", place="participant.type")
        if self.entity is None:
            raise TypeError("participant.entity is required")
        check_one(self, "participant", "entity", Professional, Organization, RelatedPerson, Device)
        check_codes(self, "participant", "function")
        check_one(self, "participant", "time", Period)

    @property
    def role(self) -> Code | None:
        """The function here, else that of the professional."""
        return self.function or getattr(self.entity, "function", None)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Another role class, and the findings of the parts."""
        found = []
        if self.role_class not in ROLE_CLASSES:
            found.append(
                Finding(
                    rule="participant.class",
                    message="not a code of JDV_J141_RoleClass_CISIS",
                    severity=Severity.ERROR,
                    place="role_class",
                    source="ANS CDA kit 3.0, StrucMin",
                )
            )
        return (*found, *nested(self, "entity", "time"))
