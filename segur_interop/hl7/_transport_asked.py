"""What may be asked in an ORU or an MDM, and the documents that may go in it."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from segur_interop._types import check_type
from segur_interop.errors import IdentityNotQualified, MessageError, UnsupportedMessage
from segur_interop.findings import Report, Severity
from segur_interop.hl7._actions import FLAGS, REFUSED, Actions
from segur_interop.hl7._participations import Participant, Participation, participation_of
from segur_interop.hl7._transport_values import TRANSPORT_VERSIONS, OrderControl
from segur_interop.hl7._values import Header
from segur_interop.hl7.segments import Record
from segur_interop.ins import Identity, Sex, TraitVerdict, compare
from segur_interop.model import Encounter, Patient
from segur_interop.terminology import value_set

if TYPE_CHECKING:
    from lxml import etree

    from segur_interop._time import Timestamp
    from segur_interop.cda import Document

__all__ = ["Asked", "check_asked"]

_NS: Final = {"h": "urn:hl7-org:v3"}
_MOST: Final = 2
_TRAITS: Final = ("birth_name", "birth_given_names", "birth_date", "sex", "birth_place")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """The arguments of `oru` and `mdm`, once checked for type."""

    kind: str
    documents: tuple[Document, ...]
    header: Header
    control: OrderControl
    actions: Actions
    sender: Participation | None
    recipients: tuple[Participation, ...]
    reply_to: Participation | None
    patient: Patient
    visit: Encounter | None
    recorded: Timestamp | None
    records: tuple[Record, ...]
    version: str

    @classmethod
    def of(
        cls, kind: str, documents: Sequence[Document], *, patient: Patient | None,
        control: OrderControl | None, sender: Participant | None,
        recipients: Sequence[Participant], reply_to: Participant | None, forward: bool,
        version: str, **others: Any,
    ) -> Asked:  # fmt: skip
        """The request; what cannot be asked at all is refused.

        Raises:
            UnsupportedMessage: a version that is not written.
            TypeError: an argument of another type.
        """
        from segur_interop.cda import Document

        if version not in TRANSPORT_VERSIONS:
            raise UnsupportedMessage(
                f"written: {', '.join(TRANSPORT_VERSIONS)}; 1.x is read only, as 2.0 replaced its "
                "OUL and its mailboxes within the CDA",
                place="MSH-21",
            )
        for rank, item in enumerate(documents):
            check_type(item, f"documents[{rank}]", Document)
        first = documents[0]
        own = patient or first.patient
        replaces = first.relation is not None and first.relation.kind == "RPLC"
        usual = OrderControl.REPLACEMENT if replaces else OrderControl.INITIAL
        return cls(
            kind=kind, documents=tuple(documents), patient=_handed_on(own) if forward else own,
            control=control or usual,
            sender=participation_of(sender) if sender is not None else None,
            recipients=tuple(map(participation_of, recipients)),
            reply_to=participation_of(reply_to) if reply_to is not None else None,
            version=version, **others,
        )  # fmt: skip


def _handed_on(patient: Patient) -> Patient:
    """The patient of a relay, which hands on the INS as its sender asserted it."""
    identity = patient.identity
    if not identity.asserted:
        return patient
    return dataclasses.replace(patient, identity=dataclasses.replace(identity, asserted=False))


def check_asked(asked: Asked) -> None:
    """Refuse what a receiver has to refuse, all reasons of the flags at once.

    Raises:
        MessageError: a rule of the guide.
        IdentityNotQualified: the DMP or a citizen is asked for without a qualified INS.
    """
    actions = asked.actions
    untold = [row.code for row in FLAGS if getattr(actions, row.name) is None]
    if untold:
        raise MessageError(f"Y or N is required: {', '.join(untold)}", place="OBX")
    Report(
        name="masks and destinations",
        checked=tuple(sorted(REFUSED)),
        findings=tuple(
            dataclasses.replace(item, severity=Severity.ERROR)
            for item in actions.findings
            if item.rule in REFUSED
        ),
        error=MessageError,
    ).raise_for_errors()
    _check_destinations(asked)
    if asked.control is OrderControl.REPLACEMENT:
        for document in asked.documents:
            if document.relation is None or document.relation.kind != "RPLC":
                raise MessageError(
                    "a replacement names the document replaced: cda.wrap(replaces=…)",
                    place="relatedDocument",
                )
    if len(asked.documents) > _MOST:
        raise MessageError("two formats of one content at most", place="documents")
    if len({document.id for document in asked.documents}) < len(asked.documents):
        raise MessageError("the same document twice", place="documents")
    for rank, document in enumerate(asked.documents, 1):
        _check_document(asked, document, f"document[{rank}]")


def _check_destinations(asked: Asked) -> None:
    actions, identity = asked.actions, asked.patient.identity
    to_patient = [given.is_patient for given in asked.recipients]
    for wanted, present, name in (
        (actions.destmssanteps, not all(to_patient), "destmssanteps"),
        (actions.destmssantepat, any(to_patient), "destmssantepat"),
    ):
        if bool(wanted) is not present:
            raise MessageError(f"{name} and the recipients do not agree", place="recipients")
    if (actions.destmssantepat or actions.destdmp) and not identity.may_transmit_ins:
        raise IdentityNotQualified(
            "the DMP and the patient's mailbox need a qualified INS that may be transmitted",
            place="PID-3", report=identity.transmission_report(),
        )  # fmt: skip
    destined = actions.destdmp or actions.destmssanteps or actions.destmssantepat
    if destined and asked.sender is None:
        raise MessageError("who sends is required (PRT SB)", place="sender")
    if actions.destdmp:
        _check_dmp(asked)
    if actions.no_patient_reply and not actions.destmssantepat:
        raise MessageError("only a mail to the patient is marked FIN", place="no_patient_reply")


def _check_dmp(asked: Asked) -> None:
    """The DMP takes the kinds of JDV_J66; its VIHF needs the number of the structure."""
    for document in asked.documents:
        if document.code is not None:
            value_set("J66").get(document.code.code, document.code.system, place="OBX-3")
    sender = asked.sender
    structure = sender.organization if sender is not None else None
    if structure is None or not (structure.idnat or structure.ids):
        raise MessageError("the structure of the sender, with its number", place="PRT-8")


_BIRTH_NAME: Final = "h:name/h:family[@qualifier='BR']"
_SEXES: Final = {"M": Sex.M, "F": Sex.F}


def _written_identity(root: etree._Element) -> Identity:
    """Birth name, date and sex as the octets have them: a value could have been replaced since."""
    who = root.find("h:recordTarget/h:patientRole/h:patient", _NS)
    if who is None:
        return Identity(asserted=True)
    born, sex = who.find("h:birthTime", _NS), who.find("h:administrativeGenderCode", _NS)
    day = (born.get("value", "") if born is not None else "")[:8]
    try:
        known = datetime.strptime(day, "%Y%m%d").date()  # noqa: DTZ007 - a date of birth has no zone
    except ValueError:
        known = None
    return Identity(
        birth_name=(who.findtext(_BIRTH_NAME, "", _NS) or "").strip(), birth_date=known,
        sex=_SEXES.get(sex.get("code", "")) if sex is not None else None, asserted=True,
    )  # fmt: skip


def _check_document(asked: Asked, document: Document, place: str) -> None:
    """The octets that leave are about this patient, and are what the value says."""
    own, told = document.patient, asked.patient
    root = document.element()
    found = root.iterfind("h:recordTarget/h:patientRole/h:id", _NS)
    carried = {(item.get("root", ""), item.get("extension", "")) for item in found}
    written = {(item.root, item.extension) for item in told.ids}
    if told.identity.may_transmit_ins and told.identity.matricule is not None:
        written.add((str(told.identity.matricule.oid), told.identity.matricule.value))
    if carried != written:
        raise MessageError(
            "PID-3 and patientRole/id are not the same identifiers", place=f"{place}.patient"
        )
    for identity in (own.identity, _written_identity(root)):
        compared = compare(told.identity, identity)
        for name in _TRAITS:
            if getattr(compared, name).verdict is TraitVerdict.DIFFERENT:
                raise MessageError(f"PID would give another {name}", place=f"{place}.patient")
    first = root.find("h:id", _NS)
    number = document.id
    if first is None or number is None or (first.get("root"), first.get("extension") or "") != (
        number.root, number.extension,
    ):  # fmt: skip
        raise MessageError("the identifier is not that of the octets", place=f"{place}.id")
    code = root.find("h:code", _NS)
    if code is None or document.code is None or code.get("code") != document.code.code:
        raise MessageError("the kind is not that of the octets", place=f"{place}.code")
    if document.code != asked.documents[0].code:
        raise MessageError("another kind than the first document", place=f"{place}.code")
