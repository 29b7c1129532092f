"""Structures: hospitals, practices, pharmacies, laboratories."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, TypedDict, Unpack

from segur_interop._masking import MASK, Masked, shown
from segur_interop._oid import STRUCT_IDNAT, child_oid, is_oid
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.model import idnat as idnats
from segur_interop.model._checks import (
    check_codes,
    check_items,
    check_texts,
    contact_findings,
    nested,
)
from segur_interop.model.contact import Address, Telecom
from segur_interop.model.identifier import LocalId
from segur_interop.terminology.code import Code

__all__ = ["Organization"]

_PERSONAL_FORMS: Final = ("", "0", "4")
_LUHN_FORMS: Final = {"1": "FINESS", "2": "SIREN", "3": "SIRET"}


class _Fields(TypedDict, total=False):
    name: str
    ids: tuple[LocalId, ...]
    oid: str
    facility_type: Code | None
    practice_setting: Code | None
    addresses: tuple[Address, ...]
    telecoms: tuple[Telecom, ...]


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Organization(Masked):
    """A structure, or a unit or place of one.

    (CDA R2 representedOrganization, custodian, scopingOrganization, healthCareFacility; XDS
    XON.) Nothing of it has a default: a wrong facility type passes every check and stays wrong
    in the DMP for ever.

    Attributes:
        idnat: Struct_IdNat, root 1.2.250.1.71.4.2.2: `1` + FINESS, `2` + SIREN, `3` + SIRET,
            `4` + RPPS-rang, `0` + cabinet ADELI; "" when it has none.
        name: name of the structure.
        ids: identifiers of other domains.
        oid: the OID of the structure itself, needed where `idnat` makes none (`oid_or_derived`).
        facility_type: JDV_J02, the secteur d'activité (SA01, SA33, …).
        practice_setting: JDV_J04, the cadre d'exercice (AMBULATOIRE, ETABLISSEMENT, …).
        addresses, telecoms: where to reach it.

    Raises:
        InvalidValue: nothing that names, identifies or classes it; an `oid` that is none.
    """

    idnat: str = field(default="", metadata=shown())
    name: str = field(default="", metadata=shown())
    ids: tuple[LocalId, ...] = ()
    oid: str = field(default="", metadata=shown())
    facility_type: Code | None = None
    practice_setting: Code | None = None
    addresses: tuple[Address, ...] = ()
    telecoms: tuple[Telecom, ...] = ()

    def __post_init__(self) -> None:
        check_texts(self, "organization")
        check_items(self, "organization", "ids", LocalId)
        check_codes(self, "organization", "facility_type", "practice_setting")
        check_items(self, "organization", "addresses", Address)
        check_items(self, "organization", "telecoms", Telecom)
        if self.oid and not is_oid(self.oid):
            raise InvalidValue("not an OID", place="organization.oid")
        if not any((self.idnat, self.name, self.ids, self.oid, self._kind)):
            raise InvalidValue("nothing names, identifies or classes it", place="organization")

    @property
    def _kind(self) -> Code | None:
        # The kit's reimbursement history names its performer by the practice setting alone.
        return self.facility_type or self.practice_setting

    @classmethod
    def from_finess(cls, finess: str, **fields: Unpack[_Fields]) -> Organization:
        """A structure by its 9-character FINESS (juridique or géographique).

        Raises:
            InvalidValue: not 9 digits, nor `2A` or `2B` and 7 digits (Corsica).
        """
        return cls._numbered("1", finess, idnats.FINESS, "a FINESS", fields)

    @classmethod
    def from_siren(cls, siren: str, **fields: Unpack[_Fields]) -> Organization:
        """A structure by its 9-digit SIREN.

        Raises:
            InvalidValue: not 9 digits.
        """
        return cls._numbered("2", siren, idnats.SIREN, "a SIREN", fields)

    @classmethod
    def from_siret(cls, siret: str, **fields: Unpack[_Fields]) -> Organization:
        """A structure by its 14-digit SIRET.

        Raises:
            InvalidValue: not 14 digits.
        """
        return cls._numbered("3", siret, idnats.SIRET, "a SIRET", fields)

    @classmethod
    def from_rpps_rang(cls, number: str, **fields: Unpack[_Fields]) -> Organization:
        """A practice by the RPPS of its holder and the rank, 11 + 3 digits.

        Raises:
            InvalidValue: not 14 digits.
        """
        return cls._numbered("4", number, idnats.RPPS_RANG, "an RPPS-rang", fields)

    @classmethod
    def from_cabinet_adeli(cls, number: str, **fields: Unpack[_Fields]) -> Organization:
        """A practice by the ADELI of its holder and the rank, 9 + 2 characters.

        Raises:
            InvalidValue: another form.
        """
        return cls._numbered("0", number, idnats.CABINET_ADELI, "a cabinet ADELI", fields)

    @classmethod
    def _numbered(
        cls, digit: str, number: str, form: str, what: str, fields: _Fields
    ) -> Organization:
        idnat = idnats.required_number(number, form, what, "organization.idnat")
        return cls(idnat=digit + idnat, **fields)

    @property
    def idnat_form(self) -> str:
        """The type digit when `idnat` is well formed, else ""."""
        return idnats.struct_form(self.idnat)

    def oid_or_derived(self, place: str = "organization.oid") -> str:
        """The OID of the structure: `oid`, else Struct_IdNat's root with `idnat` as an arc.

        Args:
            place: field path named in the error.

        Raises:
            InvalidValue: no `oid`, and `idnat` is absent, or holds a letter (Corsica) or a
                leading zero, which the XSD and XDS refuse in an OID.
        """
        if self.oid:
            return self.oid
        if not self.idnat:
            raise InvalidValue("neither an OID nor a Struct_IdNat", place=place)
        return child_oid(STRUCT_IDNAT, self.idnat, place)

    def require_idnat(self, place: str = "organization.idnat") -> str:
        """The Struct_IdNat, where a document cannot do without.

        Raises:
            InvalidValue: there is none.
        """
        if not self.idnat:
            raise InvalidValue("a Struct_IdNat is required (FINESS, SIRET, …)", place=place)
        return self.idnat

    def require_facility_type(self, place: str = "organization.facility_type") -> Code:
        """The secteur d'activité (JDV_J02), where a document cannot do without.

        Raises:
            InvalidValue: there is none; it has no default.
        """
        if self.facility_type is None:
            raise InvalidValue("a code of JDV_J02 is required and has no default", place=place)
        return self.facility_type

    def require_practice_setting(self, place: str = "organization.practice_setting") -> Code:
        """The cadre d'exercice (JDV_J04), where a document cannot do without.

        Raises:
            InvalidValue: there is none.
        """
        if self.practice_setting is None:
            raise InvalidValue("a code of JDV_J04 is required", place=place)
        return self.practice_setting

    @property
    def findings(self) -> tuple[Finding, ...]:
        """An unknown form of IdNat, a doubtful key, and the findings of the parts."""
        return (*self._idnat_findings(), *nested(self, "ids"), *contact_findings(self))

    def _idnat_findings(self) -> Iterable[Finding]:
        if not self.idnat:
            return
        form = self.idnat_form
        if not form:
            yield Finding(
                rule="organization.idnat",
                message="none of the five forms of a Struct_IdNat",
                place="idnat",
                source="PDSm4DMP, organization models",
            )
        elif form in _LUHN_FORMS and self._key_is_wrong():
            yield Finding(
                rule="organization.key",
                message=f"the last digit is not the usual key of a {_LUHN_FORMS[form]}",
                severity=Severity.INFO,
                place="idnat",
            )

    def _key_is_wrong(self) -> bool:
        """Unsure, so INFO at most: no national document read states these keys.

        The SIRET of La Poste and most test numbers fail them; how a Corsican FINESS counts its
        letter is not known.
        """
        number = self.idnat[1:]
        return number.isdigit() and not idnats.luhn_is_valid(number)

    def _rows(self, *, clear: bool) -> Iterable[tuple[str, str]]:
        # The number and the name of a practice are those of its holder.
        hidden = () if clear or self.idnat_form not in _PERSONAL_FORMS else ("idnat", "name")
        for name, value in Masked._rows(self, clear=clear):
            yield name, MASK if name in hidden else value
