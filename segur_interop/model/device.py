"""Devices and software that write documents."""

from __future__ import annotations

from dataclasses import dataclass, field

from segur_interop._masking import Masked, shown
from segur_interop._types import check_type
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding
from segur_interop.model import idnat as idnats
from segur_interop.model._checks import (
    check_codes,
    check_items,
    check_one,
    check_texts,
    contact_findings,
    nested,
)
from segur_interop.model.contact import Address, Telecom
from segur_interop.model.identifier import LocalId
from segur_interop.model.organization import Organization
from segur_interop.terminology.code import Code

__all__ = ["Device"]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Device(Masked):
    """A device or software as author (CDA R2 assignedAuthoringDevice; XDS XCN of type RI).

    Attributes:
        model: manufacturer and model (CDA manufacturerModelName), required there.
        software: name of the software (CDA softwareName), required there.
        idnat: the number under root 1.2.250.1.71.4.2.1: that of its structure, `/`, its own
            (`from_internal` makes it).
        kind: JDV_J01 for non-persons (DISPOSITIF, ALIM_AM, LOGICIEL_DUI, …).
        organization: the structure that answers for it.
        addresses, telecoms, ids: as for a professional.

    Raises:
        InvalidValue: no model, no software name, a control character.
    """

    model: str = field(metadata=shown())
    software: str = field(metadata=shown())
    idnat: str = ""
    kind: Code | None = field(default=None, metadata=shown())
    organization: Organization | None = None
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()
    ids: tuple[LocalId, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self, "device", required=("model", "software"))
        check_codes(self, "device", "kind")
        check_one(self, "device", "organization", Organization)
        check_items(self, "device", "addresses", Address)
        check_items(self, "device", "telecoms", Telecom)
        check_items(self, "device", "ids", LocalId)

    @classmethod
    def from_internal(
        cls,
        internal: str,
        organization: Organization,
        *,
        model: str,
        software: str,
        kind: Code | None = None,
    ) -> Device:
        """A device by its number within its structure.

        Raises:
            InvalidValue: the structure has no Struct_IdNat, or an empty number.
        """
        check_type(organization, "organization", Organization)
        return cls(
            idnat=idnats.internal_idnat(organization.idnat, internal, "device.idnat"),
            model=model,
            software=software,
            kind=kind,
            organization=organization,
        )

    def require_idnat(self, place: str = "device.idnat") -> str:
        """The identifier, where a document cannot do without.

        Raises:
            InvalidValue: there is none.
        """
        if not self.idnat:
            raise InvalidValue("an identifier is required", place=place)
        return self.idnat

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of the parts."""
        return (*nested(self, "ids", "organization"), *contact_findings(self))
