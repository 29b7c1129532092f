"""Checked OIDs, and every OID that the library names, in one table with its source."""

from __future__ import annotations

import re
import uuid
from typing import Final

from segur_interop.errors import InvalidValue

__all__ = ["NAMED", "NamedOid", "check_oid", "child_oid", "is_oid", "new_oid"]

MAX_LENGTH: Final = 64
"""Characters; HL7 v2 EI and the XDS `oid` type stop there."""

_FORM: Final = re.compile(r"(?:[01]\.[1-3]?[0-9]|2\.(?:0|[1-9][0-9]*))(?:\.(?:0|[1-9][0-9]*))*")
"""Arcs without leading zero; the second is at most 39 under 0 and 1 (ITU-T X.660)."""
_ARC: Final = re.compile(r"0|[1-9]\d*")


def is_oid(text: str) -> bool:
    """True when `text` is an OID that every French validator accepts."""
    return text in NAMED or (len(text) <= MAX_LENGTH and _FORM.fullmatch(text) is not None)


def check_oid(text: str, place: str = "oid") -> str:
    """The OID itself.

    Args:
        text: dotted digits, at most 64 characters.
        place: field path named in the error.

    Raises:
        InvalidValue: a letter, a leading zero, an empty arc, too long.
    """
    if not is_oid(text):
        raise InvalidValue(
            "not an OID: arcs are numbers without leading zero, 64 characters in all", place=place
        )
    return text


def child_oid(root: str, arc: str, place: str = "oid") -> str:
    """`root.arc`.

    Raises:
        InvalidValue: the arc holds a letter (a Corsican FINESS, `2A…`) or starts with a zero;
            the XSD and XDS refuse such an OID, so an explicit one must be given.
    """
    if not (arc.isascii() and _ARC.fullmatch(arc)):
        raise InvalidValue(
            "no OID can be built from an identifier with a letter or a leading zero; "
            "give an explicit OID",
            place=place,
        )
    return check_oid(f"{root}.{arc}", place)


def new_oid() -> str:
    """A fresh OID under `2.25` (ITU-T X.667: a UUID written as one integer)."""
    return f"2.25.{uuid.uuid4().int}"


class NamedOid(str):
    """An OID with the name its authority gives it and where that name was read."""

    __slots__ = ("label", "source")
    label: str
    source: str

    def __new__(cls, oid: str, label: str, source: str) -> NamedOid:
        self = super().__new__(cls, oid)
        self.label, self.source = label, source
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return NamedOid, (str(self), self.label, self.source)


_KIT = "ANS CDA kit 3.0, schematron of the minimal structure (1.2.250.1.213.1.1.1.1)"
_KIT_EXAMPLES = "ANS CDA kit 3.0, official examples"
_STYLE_SHEET = "ANS CI-SIS style sheet for CDA, labels of the patient's identifiers"
_CDA = "HL7 CDA R2"
_NOS = "ANS Nomenclature des objets de santé, value sets of the CDA kit 3.0"
_NOS_DMP = "ANS Nomenclature des objets de santé, JDV_J57"
_XDM = "ANS IHE_XDM official examples"

INS_NIR = NamedOid("1.2.250.1.213.1.4.8", "INS-NIR", _KIT)
INS_NIA = NamedOid("1.2.250.1.213.1.4.9", "INS-NIA", _KIT)
INS_NIR_TEST = NamedOid("1.2.250.1.213.1.4.10", "INS-NIR de test", _KIT)
INS_NIR_DEMO = NamedOid("1.2.250.1.213.1.4.11", "INS-NIR de démonstration", _KIT)
INS_C = NamedOid("1.2.250.1.213.1.4.2", "INS-C (obsolete)", _KIT_EXAMPLES)
INS_C_TEST = NamedOid("1.2.250.1.213.1.4.6", "INS-C de test (obsolete)", _STYLE_SHEET)
INS_C_DEMO = NamedOid("1.2.250.1.213.1.4.7", "INS-C de démonstration (obsolete)", _STYLE_SHEET)
SI_SAMU = NamedOid("1.2.250.1.213.1.4.12", "Identifiant SI-SAMU", _STYLE_SHEET)
NSS_NIR = NamedOid("1.2.250.1.213.1.4.13", "N° de sécurité sociale, NIR (billing)", _KIT_EXAMPLES)
NSS_NIA = NamedOid("1.2.250.1.213.1.4.14", "N° de sécurité sociale, NIA (billing)", _STYLE_SHEET)

PS_IDNAT = NamedOid("1.2.250.1.71.4.2.1", "Identifiant national de professionnel", _KIT)
STRUCT_IDNAT = NamedOid("1.2.250.1.71.4.2.2", "Identifiant national de structure", _KIT)
PATIENT_DOCUMENT_HOST = NamedOid("1.2.250.1.213.4.1", "Hébergeur de documents patient", _KIT)

LOINC = NamedOid("2.16.840.1.113883.6.1", "LOINC", _CDA)
ADMINISTRATIVE_GENDER = NamedOid("2.16.840.1.113883.5.1", "HL7 AdministrativeGender", _CDA)
CONFIDENTIALITY = NamedOid("2.16.840.1.113883.5.25", "HL7 Confidentiality", _CDA)
ACT_CODE = NamedOid("2.16.840.1.113883.5.4", "HL7 ActCode", _CDA)
CCAM = NamedOid("1.2.250.1.215.300.1", "CCAM", _KIT_EXAMPLES)
TYPE_DOC_COMPLEMENTAIRE = NamedOid("1.2.250.1.213.1.1.4.12", "TypeDocComplementaire", _NOS)
CLASS_CODE = NamedOid("1.2.250.1.213.1.1.4.1", "Classe de document", _NOS_DMP)
CONFIDENTIALITY_DMP = NamedOid("1.2.250.1.213.1.1.4.13", "Masquage et visibilité", _NOS)
PRACTICE_SETTING = NamedOid("1.2.250.1.213.1.1.4.9", "Cadre d'exercice", _NOS)
AUTHOR_SPECIALTY = NamedOid("1.2.250.1.213.1.1.4.5", "Spécialité d'auteur", _NOS)
SECTEUR_ACTIVITE = NamedOid("1.2.250.1.71.4.2.4", "Secteur d'activité", _NOS)
FORMAT_CODE = NamedOid("1.2.250.1.213.1.1.4.2.282", "Format de document CI-SIS", _XDM)
XDS_SD = NamedOid("1.3.6.1.4.1.19376.1.2.20", "IHE XDS-SD template", _KIT)
XDS_SD_FORMAT = NamedOid("1.3.6.1.4.1.19376.1.2.3", "IHE formatCode", _XDM)
CDA_TYPE_ID = NamedOid("2.16.840.1.113883.1.3", "HL7 registered models", _CDA)
HL7_FRANCE = NamedOid("2.16.840.1.113883.2.8.2.1", "HL7 France CDA template", _KIT)
CI_SIS = NamedOid("1.2.250.1.213.1.1.1.1", "CI-SIS structuration minimale", _KIT)

NAMED: Final[dict[str, NamedOid]] = {
    str(value): value for value in list(globals().values()) if isinstance(value, NamedOid)
}
"""Every named OID of this module by its text."""
