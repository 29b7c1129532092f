"""The kinds of document that the two DSRs name, one row each, and any other of JDV_J07.

A row fixes what follows from the kind alone: code, class, formats, levels, and the practice and
encounter usual in a setting. The facility type and the author's profession follow from who
writes, and have no default: a wrong one passes every check and stays wrong in the DMP.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import ClassVar, Final

from segur_interop._oid import ACT_CODE, LOINC, TYPE_DOC_COMPLEMENTAIRE
from segur_interop.terminology import (
    Code,
    class_for_type,
    format_for_media_type,
    format_for_template,
    value_set,
)

__all__ = ["DocumentType", "Setting"]


class Setting(enum.Enum):
    """Where the document is produced; it tells the usual practice setting and encounter."""

    HOSPITAL = "hospital"
    OFFICE = "office"
    PHARMACY = "pharmacy"


_PRACTICE: Final = {
    Setting.HOSPITAL: "ETABLISSEMENT",
    Setting.OFFICE: "AMBULATOIRE",
    Setting.PHARMACY: "AMBULATOIRE",
}
_STAY: Final = ((Setting.HOSPITAL, "IMP"),)
_CITY: Final = ((Setting.OFFICE, "AMB"), (Setting.PHARMACY, "AMB"))
_STAY_OR_CITY: Final = (*_STAY, *_CITY)


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentType:
    """A kind of document.

    Attributes:
        code: ClinicalDocument/code, of JDV_J07.
        levels: CDA levels at which it is produced: 1, 3 or both.
        template: templateId of its level 3 volet; "" when the kit has none.
        act: documentationOf code of the principal act, when the kind fixes it.
        reports_stay: True when the act it documents is the stay itself.
        encounters: JDV_J142 code by setting, where one is usual.
    """

    code: Code
    levels: frozenset[int] = frozenset({1, 3})
    template: str = ""
    act: Code | None = None
    reports_stay: bool = False
    encounters: tuple[tuple[Setting, str], ...] = field(default=(), repr=False)

    LETTRE_LIAISON_SORTIE: ClassVar[DocumentType]
    COMPTE_RENDU_OPERATOIRE: ClassVar[DocumentType]
    PRESCRIPTION_PRODUITS: ClassVar[DocumentType]
    PRESCRIPTION_BIOLOGIE: ClassVar[DocumentType]
    PRESCRIPTION_KINESITHERAPIE: ClassVar[DocumentType]
    PRESCRIPTION_INFIRMIERS: ClassVar[DocumentType]
    PRESCRIPTION_PEDICURIE: ClassVar[DocumentType]
    PRESCRIPTION_ORTHOPHONIE: ClassVar[DocumentType]
    PRESCRIPTION_ORTHOPTIE: ClassVar[DocumentType]
    COMPTE_RENDU_BIOLOGIE: ClassVar[DocumentType]
    COMPTE_RENDU_IMAGERIE: ClassVar[DocumentType]
    ENTRETIEN_PHARMACEUTIQUE: ClassVar[DocumentType]
    BILAN_MEDICATION: ClassVar[DocumentType]
    NOTE_VACCINATION: ClassVar[DocumentType]
    SYNTHESE_MEDICALE: ClassVar[DocumentType]

    @classmethod
    def of(cls, code: str, system: str | None = None) -> DocumentType:
        """The kind of a code of JDV_J07; a kind without a row of its own has no usual encounter.

        Raises:
            UnknownCode: not in JDV_J07.
        """
        known = value_set("J07").get(code, system, place="ClinicalDocument/code")
        return next((row for row in _ROWS if row.code == known), cls(code=known))

    @property
    def class_code(self) -> Code | None:
        """XDS classCode (ASS_X16, the table of the DMP), None where the DMP files no such kind."""
        return class_for_type(self.code.code, self.code.system)

    @property
    def format_code(self) -> Code | None:
        """XDS formatCode of a level 1 document whose body is a PDF (ASS_A12)."""
        return format_for_media_type("application/pdf")

    @property
    def format_code_level_3(self) -> Code | None:
        """XDS formatCode of the level 3 volet (ASS_A11), None when there is none."""
        return format_for_template(self.template) if self.template else None

    def practice(self, setting: Setting) -> Code:
        """The usual practice setting (JDV_J04); a stay of HAD or another is given explicitly."""
        return value_set("J04").get(_PRACTICE[setting])

    def encounter(self, setting: Setting) -> Code | None:
        """The usual kind of encounter (JDV_J142), None where nothing is usual."""
        usual = dict(self.encounters).get(setting)
        return None if usual is None else value_set("J142").get(usual)


_1: Final = frozenset({1})
_1_3: Final = frozenset({1, 3})
_3: Final = frozenset({3})

_ROWS: Final[list[DocumentType]] = []

# name, code, system, levels, template of the level 3 volet, act code, usual encounters
_TABLE: Final = (
    ("LETTRE_LIAISON_SORTIE", "11490-0", LOINC, _1_3, "1.2.250.1.213.1.1.1.29",
     ("IMP", ACT_CODE), _STAY),
    ("COMPTE_RENDU_OPERATOIRE", "34874-8", LOINC, _1, "", None, _STAY),
    ("PRESCRIPTION_PRODUITS", "57833-6", LOINC, _1_3, "1.2.250.1.213.1.1.1.39",
     ("57833-6", LOINC), _STAY_OR_CITY),
    ("PRESCRIPTION_BIOLOGIE", "PRESC-BIO", TYPE_DOC_COMPLEMENTAIRE, _1, "", None, _STAY_OR_CITY),
    ("PRESCRIPTION_KINESITHERAPIE", "PRESC-KINE", TYPE_DOC_COMPLEMENTAIRE, _1, "", None,
     _STAY_OR_CITY),
    ("PRESCRIPTION_INFIRMIERS", "PRESC-INF", TYPE_DOC_COMPLEMENTAIRE, _1, "", None, _STAY_OR_CITY),
    ("PRESCRIPTION_PEDICURIE", "PRESC-PEDI", TYPE_DOC_COMPLEMENTAIRE, _1, "", None, _STAY_OR_CITY),
    ("PRESCRIPTION_ORTHOPHONIE", "PRESC-ORTHOPHO", TYPE_DOC_COMPLEMENTAIRE, _1, "", None,
     _STAY_OR_CITY),
    ("PRESCRIPTION_ORTHOPTIE", "PRESC-ORTHOPTIE", TYPE_DOC_COMPLEMENTAIRE, _1, "", None,
     _STAY_OR_CITY),
    ("COMPTE_RENDU_BIOLOGIE", "11502-2", LOINC, _1_3, "1.2.250.1.213.1.1.1.55", None, _CITY),
    ("COMPTE_RENDU_IMAGERIE", "18748-4", LOINC, _1_3, "1.2.250.1.213.1.1.1.45", None, _CITY),
    ("ENTRETIEN_PHARMACEUTIQUE", "78601-2", LOINC, _1, "", ("78601-2", LOINC), _CITY),
    ("BILAN_MEDICATION", "56445-0", LOINC, _1, "", ("56445-0", LOINC), _CITY),
    ("NOTE_VACCINATION", "87273-9", LOINC, _3, "1.2.250.1.213.1.1.1.46", ("87273-9", LOINC), _CITY),
    ("SYNTHESE_MEDICALE", "SYNTH", TYPE_DOC_COMPLEMENTAIRE, _1_3, "1.2.250.1.213.1.1.1.13",
     ("34117-2", LOINC), _CITY),
)  # fmt: skip


def _act(code: str, system: str) -> Code:
    for name in ("J07", "J142"):
        if known := value_set(name).find(code, system):
            return known
    return Code(code=code, system=system, label=_ACT_LABELS[code])


_ACT_LABELS: Final = {"34117-2": "Historique et physique"}


def _make_rows() -> None:
    """Build the rows from the table and make each an attribute of the class."""
    for name, code, system, levels, template, act, encounters in _TABLE:
        row = DocumentType(
            code=value_set("J07").get(code, system),
            levels=levels,
            template=template,
            act=None if act is None else _act(*act),
            encounters=encounters,
            reports_stay=name == "LETTRE_LIAISON_SORTIE",
        )
        setattr(DocumentType, name, row)
        _ROWS.append(row)


_make_rows()
