"""What is asked of the receiver: the metadata of the table MetaDMPMSS.

(ANS guide, "Transmission de documents CDA-R2 en HL7v2" 2.1.2, métadonnées DMP/MSSanté and règles
de gestion MSSanté; masks together: SEL-MP-037 EX_2.1-1050.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.terminology import Masking

__all__ = ["FLAGS", "MAILS", "REFUSED", "Actions", "FlagRow"]

_RULES: Final = "ANS guide CDA in HL7 v2, 2.1.2, règles de gestion MSSanté"
_MASKS: Final = "SEL-MP-037 EX_2.1-1050"


@dataclass(frozen=True, slots=True)
class FlagRow:
    """One row of MetaDMPMSS: the name here, the code, its label, and older spellings."""

    name: str
    code: str
    label: str
    former: tuple[str, ...] = ()


FLAGS: Final = (
    FlagRow("masque_ps", "MASQUE_PS", "Masqué aux professionnels de Santé"),
    FlagRow("invisible_patient", "INVISIBLE_PATIENT", "Document Non Visible par le patient"),
    FlagRow("invisible_rep_legaux", "INVISIBLE_REP_LEGAUX",
            "Non visible par les représentants Légaux du patient",
            ("INVISIBLE_REPRESENTANTS_LEGAUX", "INVISIBLE_REPRENSANTS_LEGAUX")),
    FlagRow("connexion_secrete", "CONNEXION_SECRETE", "Connexion Secrete"),
    FlagRow("modif_conf_code", "MODIF_CONF_CODE", "Modification Confidentiality Code",
            ("MODIF_CONFIDENTIALITYCODE",)),
    FlagRow("destdmp", "DESTDMP", "Destinataire DMP"),
    FlagRow("destmssanteps", "DESTMSSANTEPS",
            "Destinataire (Professionnel de Santé, organisation ou BAL applicative)"),
    FlagRow("destmssantepat", "DESTMSSANTEPAT", "Destinataire Patient"),
    FlagRow("ack_reception", "ACK_RECEPTION", "Accusé de réception"),
    FlagRow("ack_lecture_mss", "ACK_LECTURE_MSS", "Accusé de lecture", ("ACK_LECTURE",)),
)  # fmt: skip
"""The ten flags in the order of the guide."""

MAILS: Final = (
    FlagRow("mail_body_ps", "CORPSMAIL_PS", "Corps du mail pour un PS"),
    FlagRow("mail_body_patient", "CORPSMAIL_PATIENT", "Corps du mail pour le patient"),
)
"""The two texts, optional, after them."""

REFUSED: Final = frozenset({"hl7.transport.gate", "hl7.transport.masks"})
"""The rules of `Actions.findings` for which nothing is written."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Actions(Masked):
    """What a message asks for with its document: masks, destinations, receipts.

    Each flag is True (Y), False (N), or None when a received message does not tell, or tells
    both; nothing is written with a None.

    Attributes:
        masque_ps: masked to professionals (MASQUE_PS).
        invisible_patient: not visible to the patient (INVISIBLE_PATIENT).
        invisible_rep_legaux: not visible to the legal representatives (INVISIBLE_REP_LEGAUX).
        connexion_secrete: filed in the DMP under a connexion secrète.
        modif_conf_code: this replacement changes masks or visibility.
        destdmp: feed the DMP.
        destmssanteps: send to professionals, organizations or applications by MSSanté.
        destmssantepat: send to the patient by MSSanté.
        ack_reception: a receipt of the DMP and of each mailbox is wanted.
        ack_lecture_mss: a receipt of reading is wanted.
        no_patient_reply: the patient is not to answer (NTE FIN).
        mail_body_ps, mail_body_patient: text of the mails, "" to leave it to the receiver.
    """

    masque_ps: bool | None = field(default=False, metadata=shown())
    invisible_patient: bool | None = field(default=False, metadata=shown())
    invisible_rep_legaux: bool | None = field(default=False, metadata=shown())
    connexion_secrete: bool | None = field(default=False, metadata=shown())
    modif_conf_code: bool | None = field(default=False, metadata=shown())
    destdmp: bool | None = field(default=False, metadata=shown())
    destmssanteps: bool | None = field(default=False, metadata=shown())
    destmssantepat: bool | None = field(default=False, metadata=shown())
    ack_reception: bool | None = field(default=False, metadata=shown())
    ack_lecture_mss: bool | None = field(default=False, metadata=shown())
    no_patient_reply: bool = field(default=False, metadata=shown())
    mail_body_ps: str = ""
    mail_body_patient: str = ""

    def __post_init__(self) -> None:
        for row in FLAGS:
            if getattr(self, row.name) not in (True, False, None):
                raise InvalidValue("True, False or None", place=f"actions.{row.name}")

    @property
    def masks(self) -> frozenset[Masking]:
        """The masks that are set, as the metadata of an archive or of the DMP have them."""
        return frozenset(mask for name, mask in _MASKS_OF.items() if getattr(self, name))

    @property
    def mssante_ps_allowed(self) -> bool:
        """True when a mailbox of professionals may receive it: both masks are told to be off."""
        return self.masque_ps is False and self.invisible_rep_legaux is False

    @property
    def mssante_patient_allowed(self) -> bool:
        """True when the patient's mailbox may receive it: INVISIBLE_PATIENT is told to be off."""
        return self.invisible_patient is False

    @property
    def masks_allowed(self) -> bool:
        """False for masks that the DMP refuses together, or with a connexion secrète."""
        return not tuple(self._masks_together())

    @property
    def is_in_mssante_matrix(self) -> bool:
        """True when the guide's table lists these very flags, or no mail is asked for."""
        asked = (bool(self.destmssanteps), bool(self.destmssantepat))
        told = {row.name: getattr(self, row.name) for row in FLAGS}
        wanted = _MATRIX.get(asked, {})
        return all(told[name] is value for name, value in wanted.items())

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A mail that a mask forbids (ERROR), masks that exclude each other, a rare combination."""
        return (*self._gates(), *self._masks_together(), *self._oddities())

    def _gates(self) -> Iterator[Finding]:
        if self.destmssanteps and not self.mssante_ps_allowed:
            message = "asks what MASQUE_PS or INVISIBLE_REP_LEGAUX forbids, or does not tell"
            yield _finding("gate", message, "DESTMSSANTEPS", Severity.ERROR)
        if self.destmssantepat and not self.mssante_patient_allowed:
            message = "asks what INVISIBLE_PATIENT forbids, or does not tell"
            yield _finding("gate", message, "DESTMSSANTEPAT", Severity.ERROR)

    def _masks_together(self) -> Iterator[Finding]:
        if self.masque_ps and self.invisible_patient:
            yield _finding("masks", "MASQUE_PS and INVISIBLE_PATIENT together: the DMP refuses "
                           "them", "INVISIBLE_PATIENT", source=_MASKS)  # fmt: skip
        if self.connexion_secrete and not self.invisible_rep_legaux:
            yield _finding("masks", "CONNEXION_SECRETE without INVISIBLE_REP_LEGAUX: the DMP "
                           "refuses it", "CONNEXION_SECRETE", source=_MASKS)  # fmt: skip

    def _oddities(self) -> Iterator[Finding]:
        if not self.is_in_mssante_matrix:
            yield _finding("matrix", "a combination that the guide's table does not list",
                           "DESTMSSANTEPS" if self.destmssanteps else "DESTMSSANTEPAT")  # fmt: skip


_MASKS_OF: Final = {
    "masque_ps": Masking.MASQUE_PS,
    "invisible_patient": Masking.INVISIBLE_PATIENT,
    "invisible_rep_legaux": Masking.INVISIBLE_REPRESENTANTS_LEGAUX,
}

_MATRIX: Final[dict[tuple[bool, bool], dict[str, bool]]] = {
    (True, True): {"masque_ps": False, "invisible_patient": False, "invisible_rep_legaux": False,
                   "connexion_secrete": False},
    (True, False): {"masque_ps": False, "invisible_patient": True, "invisible_rep_legaux": False,
                    "connexion_secrete": False},
    (False, True): {"invisible_patient": False, "connexion_secrete": False, "destdmp": False},
}  # fmt: skip
"""(DESTMSSANTEPS, DESTMSSANTEPAT) → what the other flags must be; those not named are free."""


def _finding(
    rule: str, message: str, code: str, severity: Severity = Severity.WARNING, source: str = _RULES
) -> Finding:
    return Finding(
        rule=f"hl7.transport.{rule}", message=message, severity=severity, place=f"OBX {code}",
        source=source,
    )  # fmt: skip
