"""IdNat: the national identifiers of professionals and of structures, as one string each.

A type digit, then the number of that register (ANS CI-SIS, PS_IdNat and Struct_IdNat; PDSm4DMP,
author and organization models). The documents of the CDA kit confirm each form that they use:
`8` + RPPS, `0` + ADELI, `5` + SIRET `/` internal, `1` + FINESS, `3` + SIRET, `2` + SIREN,
`0` + cabinet ADELI (11 characters), `4` + RPPS-rang (11 + 3 digits).
"""

from __future__ import annotations

import re
from typing import Final

from segur_interop._types import check_type
from segur_interop.errors import InvalidValue

__all__ = [
    "PS_FORMS",
    "STRUCT_FORMS",
    "internal_idnat",
    "luhn_is_valid",
    "ps_form",
    "struct_form",
]

# ADELI: department (with a letter in Corsica, and 0B in the kit's examples) then the rest.
ADELI: Final = r"[0-9A-Z]{9}"
CABINET_ADELI: Final = ADELI + r"[0-9]{2}"
FINESS: Final = r"(?:[0-9]{9}|2[AB][0-9]{7})"
SIREN: Final = r"[0-9]{9}"
SIRET: Final = r"[0-9]{14}"
RPPS: Final = r"[0-9]{11}"
RPPS_RANG: Final = RPPS + r"[0-9]{3}"
_INTERNAL: Final = r"/.+"

PS_FORMS: Final[dict[str, tuple[str, re.Pattern[str]]]] = {
    "0": ("ADELI", re.compile("0" + ADELI)),
    "1": ("cabinet ADELI/identifiant interne", re.compile("1" + CABINET_ADELI + _INTERNAL)),
    "3": ("FINESS/identifiant interne", re.compile("3" + FINESS + _INTERNAL)),
    "4": ("SIREN/identifiant interne", re.compile("4" + SIREN + _INTERNAL)),
    "5": ("SIRET/identifiant interne", re.compile("5" + SIRET + _INTERNAL)),
    "6": ("cabinet RPPS/identifiant interne", re.compile("6" + RPPS_RANG + _INTERNAL)),
    "8": ("RPPS", re.compile("8" + RPPS)),
}
"""PS_IdNat: type digit → its name and the whole form."""

STRUCT_FORMS: Final[dict[str, tuple[str, re.Pattern[str]]]] = {
    "0": ("cabinet ADELI", re.compile("0" + CABINET_ADELI)),
    "1": ("FINESS", re.compile("1" + FINESS)),
    "2": ("SIREN", re.compile("2" + SIREN)),
    "3": ("SIRET", re.compile("3" + SIRET)),
    "4": ("RPPS-rang", re.compile("4" + RPPS_RANG)),
}
"""Struct_IdNat: type digit → its name and the whole form."""

_INTERNAL_PREFIX: Final = {"0": "1", "1": "3", "2": "4", "3": "5", "4": "6"}


def ps_form(idnat: str) -> str:
    """The type digit of a well-formed PS_IdNat, "" for any other text."""
    return _form(idnat, PS_FORMS)


def struct_form(idnat: str) -> str:
    """The type digit of a well-formed Struct_IdNat, "" for any other text."""
    return _form(idnat, STRUCT_FORMS)


def internal_idnat(struct_idnat: str, internal: str, place: str = "idnat") -> str:
    """The PS_IdNat of a person or device that only its structure numbers.

    The digit changes with the register: the kit writes `518003502400041/…` for a device of the
    structure `318003502400041`.

    Args:
        struct_idnat: a well-formed Struct_IdNat.
        internal: the number within that structure.
        place: field path named in the error.

    Raises:
        InvalidValue: no Struct_IdNat, or nothing internal.
    """
    check_type(internal, place, str)
    digit = struct_form(struct_idnat)
    if not digit:
        raise InvalidValue("the structure has no well-formed Struct_IdNat", place=place)
    if not internal.strip():
        raise InvalidValue("is empty", place=place)
    return f"{_INTERNAL_PREFIX[digit]}{struct_idnat[1:]}/{internal}"


def required_number(text: str, form: str, what: str, place: str) -> str:
    """The number without spaces, if it has the form of its register.

    Raises:
        TypeError: no str; an int would lose the zeros that lead.
        InvalidValue: another form; `what` says which one is meant.
    """
    check_type(text, place, str)
    number = text.replace(" ", "").replace("\N{NO-BREAK SPACE}", "")
    if not re.fullmatch(form, number):
        raise InvalidValue(f"not {what}", place=place)
    return number


def luhn_is_valid(number: str) -> bool:
    """True when digits carry a Luhn key (ISO/IEC 7812-1) in the last place."""
    if not (number.isascii() and number.isdigit()):
        return False
    digits = [int(digit) for digit in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[1::2]]
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _form(idnat: str, forms: dict[str, tuple[str, re.Pattern[str]]]) -> str:
    known = forms.get(idnat[:1])
    return idnat[0] if known and known[1].fullmatch(idnat) else ""
