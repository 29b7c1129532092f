"""Professionals: authors, performers, authenticators, recipients."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypedDict, Unpack

from segur_interop._masking import Masked, shown
from segur_interop._types import check_type
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.model import idnat as idnats
from segur_interop.model._checks import (
    check_codes,
    check_items,
    check_one,
    check_texts,
    contact_findings,
    nested,
)
from segur_interop.model.contact import Address, PersonName, Telecom
from segur_interop.model.identifier import LocalId
from segur_interop.model.organization import Organization
from segur_interop.terminology.code import Code

__all__ = ["CNOP_SECTIONS", "Professional"]

CNOP_SECTIONS: Final = frozenset(
    ("A", "B", "C", "D", "DA", "DM", "E", "EA", "EB", "EC", "ED", "EG", "EH", "G", "H", "M")
)
"""TRE_G05-SousSectionTableauCNOP (1.2.250.1.71.4.2.6), active codes of 2023-12-15; the same
follow `G15_21/` in JDV_J01."""

_PHARMACIST: Final = "G15_21"
_PROFESSION: Final = re.compile(r"G1[56]_(?P<profession>\d{2})(?:/(?P<skill>.+))?")
_BARE_RPPS: Final = re.compile(idnats.RPPS)


class _Fields(TypedDict, total=False):
    name: PersonName | None
    profession: Code | None
    function: Code | None
    function_text: str
    organization: Organization | None
    addresses: tuple[Address, ...]
    telecoms: tuple[Telecom, ...]
    ids: tuple[LocalId, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Professional(Masked):
    """A professional in one situation of practice.

    (CDA R2 assignedAuthor, assignedEntity, intendedRecipient, associatedEntity; XDS
    authorPerson; HL7 v2 XCN.)

    Attributes:
        idnat: PS_IdNat, root 1.2.250.1.71.4.2.1: `8` + RPPS, `0` + ADELI, or an internal number
            after the structure's (`3`, `4`, `5`, `1`, `6`, with a `/`); "" when there is none.
            A bare RPPS of 11 digits is read as such: `idnat` has its 12 characters, a finding
            tells it.
        name: name of practice, civility (JDV_J245) and title (JDV_J246); None when a sender
            gives the number alone.
        profession: JDV_J01, profession and savoir-faire in one code (`G15_10/SM26`), or
            profession and CNOP section of a pharmacist (`G15_21/A`). It has no default.
        function: JDV_J47, the role in this document (PCP, ATTPHYS, …).
        function_text: the role in words, beside or instead of the code.
        organization: the structure of this situation of practice.
        addresses, telecoms: professional contacts, the MSSanté address among the telecoms.
        ids: identifiers of other domains.
        received_idnat: the identifier as it came, when it had to be completed.

    Raises:
        InvalidValue: nothing that names or identifies them, a control character, an empty
            text.
    """

    idnat: str = ""
    name: PersonName | None = None
    profession: Code | None = field(default=None, metadata=shown())
    function: Code | None = field(default=None, metadata=shown())
    function_text: str = ""
    organization: Organization | None = None
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()
    ids: tuple[LocalId, ...] = ()
    received_idnat: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_texts(self, "professional")
        check_one(self, "professional", "name", PersonName)
        check_codes(self, "professional", "profession", "function")
        check_one(self, "professional", "organization", Organization)
        check_items(self, "professional", "addresses", Address)
        check_items(self, "professional", "telecoms", Telecom)
        check_items(self, "professional", "ids", LocalId)
        if not (self.idnat or self.name or self.ids):
            raise InvalidValue("nothing names or identifies them", place="professional")
        if _BARE_RPPS.fullmatch(self.idnat):
            object.__setattr__(self, "received_idnat", self.idnat)
            object.__setattr__(self, "idnat", f"8{self.idnat}")

    @classmethod
    def from_rpps(cls, rpps: str, **fields: Unpack[_Fields]) -> Professional:
        """A professional by the 11 digits of the RPPS.

        Raises:
            InvalidValue: not 11 digits.
        """
        return cls._numbered("8", rpps, idnats.RPPS, "an RPPS of 11 digits", fields)

    @classmethod
    def from_adeli(cls, adeli: str, **fields: Unpack[_Fields]) -> Professional:
        """A professional by the 9 characters of the ADELI.

        Raises:
            InvalidValue: not 9 digits or capitals.
        """
        return cls._numbered("0", adeli, idnats.ADELI, "an ADELI of 9 characters", fields)

    @classmethod
    def from_internal(
        cls,
        internal: str,
        organization: Organization,
        *,
        name: PersonName,
        profession: Code | None = None,
    ) -> Professional:
        """A person whom only the structure numbers, such as a secretary.

        Args:
            internal: the number within the structure.
            organization: the structure, with a well-formed Struct_IdNat.
            name: name of the person.
            profession: code of JDV_J01.

        Raises:
            InvalidValue: no Struct_IdNat, or an empty number.
        """
        check_type(organization, "organization", Organization)
        return cls(
            idnat=idnats.internal_idnat(organization.idnat, internal, "professional.idnat"),
            name=name,
            profession=profession,
            organization=organization,
        )

    @classmethod
    def _numbered(
        cls, digit: str, number: str, form: str, what: str, fields: _Fields
    ) -> Professional:
        idnat = idnats.required_number(number, form, what, "professional.idnat")
        return cls(idnat=digit + idnat, **fields)

    @property
    def idnat_form(self) -> str:
        """The type digit when `idnat` is well formed, else ""."""
        return idnats.ps_form(self.idnat)

    @property
    def rpps(self) -> str:
        """The 11 digits, "" for a professional known otherwise."""
        return self.idnat[1:] if self.idnat_form == "8" else ""

    @property
    def profession_code(self) -> str:
        """The code of TRE_G15 within `profession`: `10` médecin, `21` pharmacien, …, or ""."""
        return self._profession_part("profession")

    @property
    def savoir_faire(self) -> str:
        """What follows the profession: `SM26`, `C01`, …; "" for a CNOP section or nothing."""
        return "" if self.cnop_section else self._profession_part("skill")

    @property
    def cnop_section(self) -> str:
        """A pharmacist's section or sub-section of the Ordre (TRE_G05): `A`, `DA`, …, or ""."""
        if self.profession is None or not self.profession.code.startswith(_PHARMACIST + "/"):
            return ""
        section = self._profession_part("skill")
        return section if section in CNOP_SECTIONS else ""

    @property
    def mssante(self) -> Telecom | None:
        """The first MSSanté address, None without."""
        return next((item for item in self.telecoms if item.is_mssante), None)

    def require_idnat(self, place: str = "professional.idnat") -> str:
        """The PS_IdNat, where a document cannot do without.

        Raises:
            InvalidValue: there is none.
        """
        if not self.idnat:
            raise InvalidValue("a PS_IdNat is required (RPPS, ADELI, …)", place=place)
        return self.idnat

    def require_name(self, place: str = "professional.name") -> PersonName:
        """The name, where a document cannot do without.

        Raises:
            InvalidValue: there is none.
        """
        if self.name is None:
            raise InvalidValue("a name is required", place=place)
        return self.name

    def require_profession(self, place: str = "professional.profession") -> Code:
        """The profession and savoir-faire (JDV_J01), where a document cannot do without.

        Raises:
            InvalidValue: there is none; it has no default.
        """
        if self.profession is None:
            raise InvalidValue("a code of JDV_J01 is required and has no default", place=place)
        return self.profession

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Doubts on the number and the profession, and the findings of the parts."""
        return (
            *self._idnat_findings(),
            *self._profession_findings(),
            *nested(self, "name", "ids", "organization"),
            *contact_findings(self),
        )

    def _idnat_findings(self) -> Iterable[Finding]:
        if self.received_idnat:
            yield Finding(
                rule="professional.bare-rpps",
                message="11 digits read as an RPPS; 12 characters are written",
                place="idnat",
                source="ANS CDA kit 3.0, PS_IdNat in the official examples",
            )
        if self.idnat and not self.idnat_form:
            yield Finding(
                rule="professional.idnat",
                message="none of the seven forms of a PS_IdNat",
                place="idnat",
                source="PDSm4DMP, author models",
            )
        if self.rpps and not idnats.luhn_is_valid(self.rpps):
            # Unsure: no national document read states the key; most official examples fail it.
            yield Finding(
                rule="professional.rpps-key",
                message="the last digit is not the usual key of an RPPS",
                severity=Severity.INFO,
                place="idnat",
            )

    def _profession_findings(self) -> Iterable[Finding]:
        if self.profession is not None and self.profession.code == _PHARMACIST:
            yield Finding(
                rule="professional.cnop-section",
                message="a pharmacist without section: documents write G15_21/A, and the VIHF "
                "needs the section",
                place="profession",
                source="ANS CDA kit 3.0, TROD and eP examples; TRE_G05",
            )

    def _profession_part(self, part: str) -> str:
        match = _PROFESSION.fullmatch(self.profession.code) if self.profession else None
        return (match[part] or "") if match else ""
