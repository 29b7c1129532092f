"""The trigger events of PAM France and what each may hold.

(IHE ITI TF-4 §4.1.3.3; message structures of HL7 v2.5 chapter 3.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

__all__ = ["STAY_Z", "TRIGGERS", "Trigger"]

STAY_Z: Final = ("ZBE", "ZFA", "ZFP", "ZFV", "ZFM", "ZFD", "ZFS")
"""After PV2 and in this order (IHE ITI TF-4, table 4.1.3.3.3.2-1)."""


@dataclass(frozen=True, slots=True)
class Trigger:
    """One event.

    Attributes:
        code: MSH-9.2.
        structure: MSH-9.3; "" when no public source tells it.
        meaning: in the words of PAM France.
        segments: between EVN and the end of what this library writes, in order; ROL stands
            before PV1 for the declared médecin traitant, after the Z segments for the others.
        movement: True when ZBE is required.
        written: False for what is read and never written.
        replaces: True when MRG names what is retired.
        repeats: True when several patients may follow one another.
    """

    code: str
    structure: str
    meaning: str
    segments: tuple[str, ...]
    movement: bool = False
    written: bool = True
    replaces: bool = False
    repeats: bool = False

    @property
    def is_stay(self) -> bool:
        """True for ITI-31, movements of a stay; False for ITI-30, identities."""
        return "PV2" in self.segments


_FULL: Final = ("PID", "PD1", "ROL", "NK1", "PV1", "PV2", *STAY_Z, "ROL")
_DOCTORS: Final = ("PID", "PD1", "ROL", "PV1", "PV2", *STAY_Z, "ROL")
_SHORT: Final = ("PID", "PD1", "PV1", "PV2", *STAY_Z)
_CHANGE: Final = ("PID", "PD1", "ROL", "MRG", "NK1", "PV1", "PV2", *STAY_Z, "ROL")
_IDENTITY: Final = ("PID", "PD1", "ROL", "NK1", "PV1", "ZFA", "ZFD", "ZFS")
_MERGE: Final = ("PID", "PD1", "MRG")
_LINK: Final = ("PID", "PD1")

TRIGGERS: Final[dict[str, Trigger]] = {
    trigger.code: trigger
    for trigger in (
        Trigger("A01", "ADT_A01", "admission d'un hospitalisé", _FULL, True),
        Trigger("A02", "ADT_A02", "mutation", _DOCTORS, True),
        Trigger("A03", "ADT_A03", "sortie", _FULL, True),
        Trigger("A04", "ADT_A01", "admission d'un externe, urgence", _FULL, True),
        Trigger("A05", "ADT_A05", "pré-admission", _FULL, True),
        Trigger("A06", "ADT_A06", "externe devenu hospitalisé", _CHANGE, True),
        Trigger("A07", "ADT_A06", "hospitalisé devenu externe", _CHANGE, True),
        # Excluded from PAM France, which has A31 and Z99; real flows still carry it.
        Trigger("A08", "ADT_A01", "mise à jour", _FULL, written=False),
        Trigger("A09", "ADT_A09", "départ pour un transfert temporaire", _SHORT),
        Trigger("A10", "ADT_A09", "retour d'un transfert temporaire", _SHORT),
        Trigger("A11", "ADT_A09", "annulation d'une admission", _SHORT, True),
        Trigger("A12", "ADT_A12", "annulation d'une mutation", _SHORT, True),
        Trigger("A13", "ADT_A01", "annulation d'une sortie", _FULL, True),
        Trigger("A14", "ADT_A05", "admission prévue", _FULL, True),
        Trigger("A15", "ADT_A15", "mutation prévue", _DOCTORS, True),
        Trigger("A16", "ADT_A16", "sortie prévue", _FULL, True),
        Trigger("A21", "ADT_A21", "départ en permission, absence", _SHORT, True),
        Trigger("A22", "ADT_A21", "retour de permission, d'absence", _SHORT, True),
        Trigger("A24", "ADT_A24", "lien de deux identités", _LINK, repeats=True),
        Trigger("A25", "ADT_A21", "annulation d'une sortie prévue", _SHORT, True),
        Trigger("A26", "ADT_A21", "annulation d'une mutation prévue", _SHORT, True),
        Trigger("A27", "ADT_A21", "annulation d'une admission prévue", _SHORT, True),
        Trigger("A28", "ADT_A05", "création d'une identité", _IDENTITY),
        Trigger("A31", "ADT_A05", "mise à jour d'une identité", _IDENTITY),
        Trigger("A32", "ADT_A21", "annulation d'un retour de transfert", _SHORT),
        Trigger("A33", "ADT_A21", "annulation d'un départ en transfert", _SHORT),
        Trigger("A37", "ADT_A37", "rupture du lien de deux identités", _LINK, repeats=True),
        Trigger("A38", "ADT_A38", "annulation d'une pré-admission", _SHORT, True),
        Trigger("A40", "ADT_A39", "fusion de deux identités", _MERGE, replaces=True, repeats=True),
        Trigger("A44", "ADT_A43", "réattribution d'un dossier", _MERGE, replaces=True,
                repeats=True),
        Trigger("A47", "ADT_A30", "changement d'identifiant", _MERGE, replaces=True),
        Trigger("A49", "ADT_A30", "changement de numéro de dossier", _MERGE, replaces=True),
        Trigger("A52", "ADT_A52", "annulation d'un départ en permission", _SHORT, True),
        Trigger("A53", "ADT_A52", "annulation d'un retour de permission", _SHORT, True),
        Trigger("A54", "ADT_A54", "changement de médecin responsable", _DOCTORS, True),
        Trigger("A55", "ADT_A52", "annulation d'un changement de médecin", _SHORT, True),
        # Named by a public implementation of PAM France; their structure was not found.
        Trigger("Z80", "", "changement d'UF médicale", _FULL, written=False),
        Trigger("Z81", "", "annulation d'un changement d'UF médicale", _FULL, written=False),
        Trigger("Z84", "", "changement d'UF de soins", _FULL, written=False),
        Trigger("Z85", "", "annulation d'un changement d'UF de soins", _FULL, written=False),
        Trigger("Z99", "ADT_A01", "correction d'un mouvement", _FULL, True),
    )
}  # fmt: skip
"""Every event that is read, by its code."""
