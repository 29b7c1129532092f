"""The matricule INS: 13 characters and a 2-digit key, inseparable from its OID.

A NIR or a NIA; nothing in the digits tells them apart, only the OID of the authority does.
Never an int: Corsica has letters and Ain a leading zero after the month.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass, field
from types import NoneType
from typing import Final

from segur_interop import _oid
from segur_interop._masking import Masked, shown
from segur_interop._types import check_type
from segur_interop.errors import InvalidMatricule
from segur_interop.findings import Finding, Severity

__all__ = ["INS_OIDS", "PRODUCTION_OIDS", "Matricule", "MatriculeKind", "matricule_key"]


class MatriculeKind(enum.Enum):
    """What a matricule is, told by its OID alone."""

    NIR = _oid.INS_NIR
    NIA = _oid.INS_NIA
    NIR_TEST = _oid.INS_NIR_TEST
    NIR_DEMO = _oid.INS_NIR_DEMO


INS_OIDS: Final = frozenset(kind.value for kind in MatriculeKind)
"""The four OIDs to which the traits rule applies (schematron of the minimal structure)."""
PRODUCTION_OIDS: Final = frozenset({_oid.INS_NIR, _oid.INS_NIA})
"""INS-NIR and INS-NIA: the only ones for real people."""

_NOT_AN_INS: Final[dict[str, str]] = {
    _oid.NSS_NIR: "a social security number (billing) is not an INS",
    _oid.NSS_NIA: "a social security number (billing) is not an INS",
    _oid.INS_C: "the computed INS-C is obsolete and is not an INS",
    _oid.INS_C_TEST: "the computed INS-C is obsolete and is not an INS",
    _oid.INS_C_DEMO: "the computed INS-C is obsolete and is not an INS",
}

_NUMBER: Final = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{6}")
_KEY: Final = re.compile(r"[0-9]{2}")
_SEPARATORS: Final = re.compile(r"[\s.\u00a0\u202f]+")
_NUMBER_LENGTH: Final = 13
_CORSICA: Final = {"2A": "19", "2B": "18"}
_KEY_SOURCE: Final = "INSi 1.5.0 schemas (NumIdentifiant, Cle); INSEE key of the NIR"


def matricule_key(number: str) -> str:
    """The key of the 13 characters: `97 - (N mod 97)`, 2A counted as 19 and 2B as 18.

    Args:
        number: 13 characters, letters in upper case.

    Returns:
        Two digits, "01" to "97".

    Raises:
        InvalidMatricule: not 13 characters of the right shape.
    """
    check_type(number, "number", str)
    if not _NUMBER.fullmatch(number):
        raise InvalidMatricule("13 characters are needed: digits, or 2A or 2B in positions 6-7")
    department = number[5:7]
    digits = number[:5] + _CORSICA.get(department, department) + number[7:]
    return f"{97 - int(digits) % 97:02d}"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Matricule(Masked):
    """A matricule INS with the OID of its authority.

    Attributes:
        number: 13 characters; positions 6-7 may be 2A or 2B.
        key: 2 digits, kept as received even when wrong.
        oid: one of `INS_OIDS`, or None while unknown. It never travels without.
    """

    number: str
    key: str
    oid: str | None = field(default=None, metadata=shown())

    def __post_init__(self) -> None:
        if not type(self.number) is type(self.key) is type(self.oid) is str:
            check_type(self.number, "matricule.number", str)
            check_type(self.key, "matricule.key", str)
            check_type(self.oid, "matricule.oid", str, NoneType)
        if not _NUMBER.fullmatch(self.number):
            raise InvalidMatricule(
                "13 characters are needed: digits, or 2A or 2B in positions 6-7",
                place="matricule.number",
            )
        if not _KEY.fullmatch(self.key):
            raise InvalidMatricule("the key is two digits", place="matricule.key")
        if self.oid is not None and self.oid not in INS_OIDS:
            reason = _NOT_AN_INS.get(str(self.oid), "this OID is not one of an INS")
            raise InvalidMatricule(reason, place="matricule.oid")

    @classmethod
    def parse(cls, text: str, oid: str | None = None) -> Matricule:
        """Read 15 characters, or 13 and the key; spaces and dots are tolerated.

        A wrong key is not refused here: it is a finding, and an error where an INS is written.

        Args:
            text: `279035121518989`, `2 79 03 51 215 189 89`, `2A` and `2B` kept as they are.
            oid: OID of the authority, one of `INS_OIDS`.

        Raises:
            InvalidMatricule: another shape; an OID that is not one of an INS, those of the
                social security number (…4.13, …4.14) included.
        """
        if type(text) is not str:
            check_type(text, "text", str)
        compact = (text if text.isalnum() else _SEPARATORS.sub("", text)).upper()
        if len(compact) == _NUMBER_LENGTH:
            raise InvalidMatricule("the key is missing: 13 characters, 15 needed")
        if len(compact) != _NUMBER_LENGTH + 2:
            raise InvalidMatricule(f"{len(compact)} characters, 15 needed")
        return cls(number=compact[:_NUMBER_LENGTH], key=compact[_NUMBER_LENGTH:], oid=oid)

    @property
    def value(self) -> str:
        """The 15 characters, as CDA, HL7 and the Datamatrix write them."""
        return self.number + self.key

    @property
    def kind(self) -> MatriculeKind | None:
        """NIR, NIA, test or demonstration; None without OID."""
        return None if self.oid is None else MatriculeKind(self.oid)

    @property
    def is_valid(self) -> bool:
        """Shape and key alone; the rest of the digits is never a reason to refuse."""
        return self.key == matricule_key(self.number)

    @property
    def is_production(self) -> bool:
        """True for INS-NIR and INS-NIA, where a wrong key may not be written."""
        return self.oid in PRODUCTION_OIDS

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is odd about the number, each at most a warning."""
        return tuple(_findings(self))


_MONTHS: Final = range(1, 13)
_PSEUDO_MONTHS: Final = (range(20, 43), range(50, 100))
_FORMER_DEPARTMENTS: Final = {
    "20": "20 is Corsica in numbers given before 1976",
    "96": "96 is Tunisia before independence",
}


def _findings(matricule: Matricule) -> list[Finding]:
    found = []

    def note(rule: str, message: str, severity: Severity, source: str = "") -> None:
        found.append(
            Finding(
                rule=f"ins.matricule.{rule}",
                message=message,
                severity=severity,
                place="matricule",
                source=source,
            )
        )

    if not matricule.is_valid:
        note("key", "the key does not match the number", Severity.WARNING, _KEY_SOURCE)
    if matricule.oid is None:
        note("oid", "no OID: the authority of the number is unknown", Severity.WARNING)
    if matricule.number[0] not in "12":
        note("sex-digit", "the first digit is neither 1 nor 2", Severity.INFO)
    month = int(matricule.number[3:5])
    if month not in _MONTHS:
        pseudo = any(month in span for span in _PSEUDO_MONTHS)
        note(
            "month",
            "a pseudo-month (civil status incomplete)" if pseudo else "no such month",
            Severity.INFO if pseudo else Severity.WARNING,
        )
    department = matricule.number[5:7]
    if department in _FORMER_DEPARTMENTS:
        note("department", _FORMER_DEPARTMENTS[department], Severity.INFO)
    elif department == "00":
        note("department", "no such département", Severity.WARNING)
    return found
