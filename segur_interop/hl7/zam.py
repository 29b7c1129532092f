"""ZAM: whether the DMP or a mailbox received a document, or somebody read it.

(ANS guide "Transmission de documents CDA-R2 en HL7v2" 2.1.2, accusés métier; the order of the
segments is that of the official examples.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from segur_interop._masking import Masked, shown
from segur_interop._source import Source
from segur_interop._time import Timestamp
from segur_interop._types import check_type
from segur_interop.errors import InvalidValue, MessageError, UnsupportedMessage
from segur_interop.findings import Finding, Severity
from segur_interop.hl7._adt_read import head_of
from segur_interop.hl7._datatypes import Notes, component, read_xtn, write_xtn
from segur_interop.hl7._syntax import codec_of
from segur_interop.hl7._transport_body import folded
from segur_interop.hl7._transport_read import profile_of
from segur_interop.hl7._transport_values import TRANSPORT_VERSIONS
from segur_interop.hl7._transport_write import TABLES
from segur_interop.hl7._values import Header
from segur_interop.hl7._written import msh, octets
from segur_interop.hl7.ack import APPLICATION_ERRORS, MESSAGE_ERRORS
from segur_interop.hl7.er7 import Message, Segment, parse
from segur_interop.hl7.segments import Record, read, write
from segur_interop.model import Telecom

__all__ = ["SMTP_ERRORS", "AccuseMetier", "read_zam", "zam"]

SMTP_ERRORS: Final = {
    "101": "Le serveur n'arrive pas à se connecter.",
    "111": "Connexion refusée ou impossibilité d'ouvrir un flux SMTP.",
    "251": "Le compte du destinataire n'est pas sur le serveur actuel. L'envoi sera donc relayé à "
    "un autre serveur.",
    "252": "Le serveur ne peut pas vérifier l'utilisateur. Il confirme cependant qu'il essaiera de "
    "transmettre le message malgré tout",
    "420": "Problème de connexion de temporisation",
    "421": "Le service est indisponible en raison d'un problème de connexion.",
    "422": "La boîte aux lettres du destinataire a dépassé sa limite de stockage.",
    "431": "Espace insuffisant sur le disque, ou état de mémoire insuffisante en raison d'une "
    "surcharge de fichiers.",
    "432": "Mot de passe de transition nécessaire",
    "441": "Le serveur du destinataire ne répond pas",
    "442": "La connexion a été interrompue pendant la transmission",
    "450": "Action non effectuée : boîte-aux-lettres non disponible",
    "451": "Action arrêtée : erreur de traitement",
    "452": "Action non effectuée : manque de ressources système.",
    "500": "Erreur de syntaxe, commande non reconnue",
    "501": "Erreur de syntaxe dans des paramètres ou arguments de commande",
    "502": "Commande non implémentée",
    "503": "Mauvaise séquence de commandes",
    "504": "Paramètre de commande non implémenté",
    "510": "Mauvaise adresse courriel",
    "512": "Ce code indique une erreur DNS. Le serveur hôte du nom de domaine du destinataire est "
    "introuvable.",
    "513": "Le type d'adresse est incorrect.",
    "523": "La taille totale de votre mailing dépasse les limites du serveur destinataire.",
    "530": "L'authentification est requise.",
    "541": "L'adresse du destinataire a rejeté votre message.",
    "550": "Action non effectuée : boîte aux lettres non disponible",
    "551": "Un relais peut être interrompu car votre adresse et celle du destinataire ne sont pas "
    "hébergées localement par le serveur.",
    "552": "Action abandonnée - Allocation de stockage dépassée.",
    "553": "La commande a été abandonnée car le nom de la boîte aux lettres n'est pas valide.",
    "554": "Cela signifie que l'envoi a échoué.",
}
"""Table SMTPERRORCODE of the guide."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """One event: the codes and labels of its OBX, the table of its errors."""

    code: str
    label: str
    person_code: str
    person_label: str
    system: str
    errors: dict[str, str] | None


_KINDS: Final = {
    "Z01": _Kind("ACK_RECEPTION_DMP", "Accusé de réception DMP", "", "", "DMP_ERROR_CODE", None),
    "Z02": _Kind("ACK_RECEPTION_MSS", "Accusé de réception MSSanté", "DESTINATAIRE_MSS",
                 "Destinataire MSSanté", "SMTPERRORCODE", SMTP_ERRORS),
    "Z03": _Kind("ACK_LECTURE_MSS", "Accusé de lecture", "LECTEUR_MSS",
                 "Lecteur du courriel MSSanté", "applicationErrorCode", APPLICATION_ERRORS),
}  # fmt: skip
_TABLE: Final = "AckMetierZAM"
_GUIDE: Final = "ANS guide CDA in HL7 v2, 2.1.2, accusés métier"
_SEVERITIES: Final = ("E", "F", "I", "W")
_CHARSETS: Final = ("UNICODE UTF-8", "8859/15")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class AccuseMetier(Masked):
    """What became of a document sent by an ORU or an MDM.

    Attributes:
        trigger: Z01 received by the DMP, Z02 by a mailbox of MSSanté, Z03 read.
        header: MSH.
        message_id: MSH-10 of the ORU or MDM.
        accepted: False for a failure; None when a received message does not tell.
        recorded: EVN-2; the time of the header by default.
        address: the mailbox (Z02, Z03).
        person_id: identifier of who receives or reads, "" when not told.
        error: code of the failure: of annex A7-1 of the DMP guide (Z01), SMTP_ERRORS (Z02),
            APPLICATION_ERRORS (Z03).
        error_label: its label; that of the table by default, required for Z01.
        severity: ERR-4: E error, F fatal, W warning, I information.
        version: of the volet, as read.
        findings: what the reader noticed.
        message: as received.
    """

    trigger: Literal["Z01", "Z02", "Z03"] = field(metadata=shown())
    header: Header
    message_id: str
    accepted: bool | None = field(metadata=shown())
    recorded: Timestamp | None = None
    address: Telecom | None = None
    person_id: str = ""
    error: str = ""
    error_label: str = ""
    severity: str = field(default="E", metadata=shown())
    version: str = field(default="", compare=False, metadata=shown())
    findings: tuple[Finding, ...] = field(default=(), compare=False)
    message: Message | None = field(default=None, compare=False)

    def __post_init__(self) -> None:
        if self.trigger not in _KINDS:
            raise InvalidValue("Z01, Z02 or Z03", place="accuse.trigger")


def zam(accuse: AccuseMetier, *, version: str = "2.1") -> bytes:
    """The message, segments ended by CR.

    Args:
        accuse: what is told.
        version: of the volet, 2.1 or 2.0; 1.x has no ZAM.

    Raises:
        UnsupportedMessage: another version.
        MessageError: no identifier of the message, neither accepted nor refused, a refusal
            without code, an acceptance with one, a mailbox missing (Z02, Z03) or out of place
            (Z01), a code that its table does not hold.
    """
    check_type(accuse, "accuse", AccuseMetier)
    if version not in TRANSPORT_VERSIONS:
        raise UnsupportedMessage(
            f"written: {', '.join(TRANSPORT_VERSIONS)}; 1.x has no ZAM", place="MSH-21"
        )
    kind = _KINDS[accuse.trigger]
    _check(accuse, kind)
    codec = codec_of(accuse.header.charset)
    if accuse.header.charset not in _CHARSETS or not codec:
        raise MessageError("UNICODE UTF-8 or 8859/15", place="MSH-18")
    lines = [write(record, version="2.11") for record in _records(accuse, kind, version)]
    return octets(lines, codec)


def _check(accuse: AccuseMetier, kind: _Kind) -> None:
    needs_address = bool(kind.person_code)
    address = accuse.address
    label = accuse.error_label or (kind.errors or {}).get(accuse.error, "")
    rules = (
        (bool(accuse.message_id), "OBX-4", "the identifier of the message is required"),
        (accuse.accepted is not None, "OBX-5", "Y or N is required"),
        (bool(accuse.error) is (accuse.accepted is False), "ERR", "a failure, and only a "
         "failure, has a code"),
        (needs_address is (address is not None), "OBX[2]", "a mailbox is told by Z02 and Z03 only"),
        (address is None or address.scheme == "mailto", "OBX[2]-5", "not an electronic address"),
        (not accuse.error or kind.errors is None or accuse.error in kind.errors, "ERR-5",
         "not a code of its table"),
        (not accuse.error or bool(label), "ERR-5.2", "the code needs its label"),
        (accuse.severity in _SEVERITIES, "ERR-4", "E, F, W or I"),
        (not accuse.person_id or needs_address, "OBX[2]-4", "nobody is named by Z01"),
    )  # fmt: skip
    for kept, place, message in rules:
        if not kept:
            raise MessageError(message, place=place)


def _records(accuse: AccuseMetier, kind: _Kind, version: str) -> Iterator[Record]:
    yield msh(
        accuse.header, kind=("ZAM", accuse.trigger, "ZAM_Z01"), version="2.6",
        profile=((version, "CISIS_CDA_HL7_V2"),),
    )  # fmt: skip
    yield Record.of("EVN", recorded=accuse.recorded or accuse.header.time or "")
    yield Record.of(
        "OBX", set_id="1", value_type="CWE", code=(kind.code, kind.label, _TABLE),
        sub_id=accuse.message_id,
        value=(("Y" if accuse.accepted else "N", "", TABLES[version][1]),), status="F",
    )  # fmt: skip
    if accuse.address is not None:
        mailbox = ("", "", "X.400", write_xtn(accuse.address)[3])
        yield Record.of(
            "OBX", set_id="2", value_type="XTN", code=(kind.person_code, kind.person_label, _TABLE),
            sub_id=accuse.person_id, value=(mailbox,), status="F",
        )  # fmt: skip
    if accuse.error:
        label = accuse.error_label or (kind.errors or {})[accuse.error]
        yield Record.of(
            "ERR", code=("207", MESSAGE_ERRORS["207"], "messageErrorCondition"),
            severity=accuse.severity, application_code=(accuse.error, label, kind.system),
        )  # fmt: skip


def read_zam(source: Source | Message, *, charset: str | None = None) -> AccuseMetier:
    """What a ZAM tells; what is odd is a finding.

    Args:
        source: a Message, bytes, or the path of a file.
        charset: as for `parse`.

    Raises:
        UnsupportedMessage: not a ZAM, or another event than Z01, Z02, Z03.
        MessageError: no readable MSH.
    """
    message = source if isinstance(source, Message) else parse(source, charset=charset)
    code, event, _ = message.message_type
    if code != "ZAM":
        raise UnsupportedMessage("not a ZAM message", place="MSH-9.1")
    if event not in _KINDS:
        raise UnsupportedMessage("not Z01, Z02 or Z03", place="MSH-9.2")
    notes = Notes()
    kind = _KINDS[event]
    observed = {folded(item.get("3.1")): item for item in reversed(message["OBX"])}
    status, person = observed.get(kind.code), observed.get(kind.person_code)
    evn = message.first("EVN")
    error = message.first("ERR")
    accepted = _accepted(status, kind, notes)
    found = _error(error, accepted, kind, notes)
    return AccuseMetier(
        trigger=event,  # type: ignore[arg-type]
        header=head_of(message, notes),
        message_id=status.get("4").strip() if status is not None else "",
        accepted=accepted,
        recorded=read(evn, notes).typed("recorded", notes) if evn is not None else None,
        address=_address(person, kind, notes),
        person_id=person.get("4").strip() if person is not None else "",
        version=profile_of(message)[0],
        **found,
        findings=tuple(dict.fromkeys((*message.findings, *notes.found))),
        message=message,
    )


def _accepted(status: Segment | None, kind: _Kind, notes: Notes) -> bool | None:
    if status is None:
        notes.add("zam.status", f"no {kind.code}", "OBX", Severity.ERROR, _GUIDE)
        return None
    if not status.get("4").strip():
        notes.add("zam.message", "nothing tells which message is meant", "OBX-4", Severity.ERROR,
                  _GUIDE)  # fmt: skip
    told = {"Y": True, "N": False}.get(folded(status.get("5")))
    if told is None:
        notes.add("zam.status", "neither Y nor N", "OBX-5", Severity.ERROR, _GUIDE)
    return told


def _address(person: Segment | None, kind: _Kind, notes: Notes) -> Telecom | None:
    if not kind.person_code:
        return None
    if person is None:
        notes.add("zam.mailbox", f"no {kind.person_code}", "OBX[2]", source=_GUIDE)
        return None
    value = read(person, notes)
    # OBX-5 is not read by the tables: its type is OBX-2.
    parts = tuple(part.value for part in person[5][1])
    found = read_xtn(parts, "OBX[2]-5", notes) if value["value_type"] else None
    if found is None:
        notes.add("zam.mailbox", "no electronic address", "OBX[2]-5", source=_GUIDE)
    return found


def _error(
    segment: Segment | None, accepted: bool | None, kind: _Kind, notes: Notes
) -> dict[str, str]:
    if segment is None:
        if accepted is False:
            notes.add("zam.error", "a failure without its code", "ERR", source=_GUIDE)
        return {}
    if accepted:
        notes.add("zam.error", "accepted, and yet an error is told", "ERR", source=_GUIDE)
    record = read(segment, notes)
    told, label = record["application_code"], record["code"]
    code = component(told, 1)
    if component(label, 2) != MESSAGE_ERRORS["207"] or component(label, 1) != "207":
        notes.add("zam.condition", "not 207 with the label of its table", "ERR-3", Severity.INFO,
                  _GUIDE)  # fmt: skip
    if code and component(told, 3) != kind.system:
        notes.add("zam.coding-system", "not the name of the table of these errors", "ERR-5.3",
                  Severity.INFO, _GUIDE)  # fmt: skip
    if not code or (kind.errors is not None and code not in kind.errors):
        notes.add("zam.error", "not a code of its table", "ERR-5", source=_GUIDE)
    severity = component(record["severity"], 1).upper()
    if severity not in _SEVERITIES:
        notes.add("zam.severity", "not E, F, W or I", "ERR-4", Severity.INFO, _GUIDE)
        severity = "E"
    return {"error": code, "error_label": component(told, 2), "severity": severity}
