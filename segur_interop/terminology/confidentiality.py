"""Confidentiality and masking: the two closed lists whose meaning the library acts upon."""

from __future__ import annotations

import enum

from segur_interop.terminology.code import Code
from segur_interop.terminology.tables import value_set

__all__ = ["Confidentiality", "Masking"]


class Confidentiality(enum.StrEnum):
    """`ClinicalDocument/confidentialityCode` (HL7 Confidentiality, 2.16.840.1.113883.5.25).

    The header takes the six codes of JDV_HL7_Confidentiality_CISIS; the metadata only those of
    JDV_J08: NORMAL, RESTRICTED and VERY_RESTRICTED.
    """

    LOW = "L"
    MODERATE = "M"
    NORMAL = "N"
    RESTRICTED = "R"
    UNRESTRICTED = "U"
    VERY_RESTRICTED = "V"

    @property
    def code(self) -> Code:
        """With its system and its French label."""
        return value_set("JDV_HL7_Confidentiality_CISIS").get(self.value)


class Masking(enum.StrEnum):
    """Who must not see a document: extra confidentialityCode of the XDS and XDM metadata (JDV_J08).

    Never written in a CDA header. HL7 v2 carries the same flags in OBX of the table MetaDMPMSS,
    where one name is shorter (IG transmission d'un document CDA R2 en HL7v2, exemples).
    """

    MASQUE_PS = "MASQUE_PS"
    INVISIBLE_PATIENT = "INVISIBLE_PATIENT"
    INVISIBLE_REPRESENTANTS_LEGAUX = "INVISIBLE_REPRESENTANTS_LEGAUX"

    @property
    def code(self) -> Code:
        """With its system and its French label."""
        return value_set("J08").get(self.value)

    @property
    def hl7v2_code(self) -> str:
        """The code of table MetaDMPMSS, at most 20 characters."""
        return _IN_HL7V2.get(self, self.value)

    @classmethod
    def of(cls, code: str) -> Masking | None:
        """The mask of a metadata code or of its HL7 v2 spelling; None when it is no mask."""
        return _BY_CODE.get(code)


_IN_HL7V2 = {Masking.INVISIBLE_REPRESENTANTS_LEGAUX: "INVISIBLE_REP_LEGAUX"}
_BY_CODE = {spelling: mask for mask in Masking for spelling in (mask.value, mask.hl7v2_code)}
