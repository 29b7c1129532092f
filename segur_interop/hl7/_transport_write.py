"""Documents as an ORU or an MDM: what leaves follows the guide, or is refused.

OBX-5 is never escaped: base64 holds no separator. The message is its segments, with the base64 of
each document in its place.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segur_interop._oid import LOINC, TYPE_DOC_COMPLEMENTAIRE, is_oid
from segur_interop._types import check_type
from segur_interop.errors import (
    IdentityNotQualified,
    MessageError,
    UnknownCode,
    UnsupportedMessage,
)
from segur_interop.findings import Report, Severity
from segur_interop.hl7 import _patient as patients
from segur_interop.hl7 import _stay as stays
from segur_interop.hl7._actions import FLAGS, MAILS, REFUSED, Actions
from segur_interop.hl7._adt_write import check_matricules, merged
from segur_interop.hl7._carried import encapsulated, encoded
from segur_interop.hl7._datatypes import Repetition
from segur_interop.hl7._participations import Participant, Participation, participation_of, prt
from segur_interop.hl7._syntax import DEFAULT, codec_of
from segur_interop.hl7._transport_checks import known_ids
from segur_interop.hl7._transport_values import TRANSPORT_VERSIONS, OrderControl
from segur_interop.hl7._values import Header
from segur_interop.hl7.ack import CONTROL_ID_LENGTH
from segur_interop.hl7.segments import Record, write
from segur_interop.ins import TraitVerdict, compare
from segur_interop.model import Encounter, LocalId, Patient
from segur_interop.model.encounter import PATIENT_CLASSES
from segur_interop.terminology import Code, value_set

if TYPE_CHECKING:
    from segur_interop._time import Timestamp
    from segur_interop.cda import Document

__all__ = ["TABLES", "Asked", "header_record", "message_of"]

_PAM: Final = "2.11"
"""PAM France, which PID and PV1 follow."""
TABLES: Final = {
    "2.0": ("HL70912", "HL70136"), "2.1": ("participation", "expandedYes-NoIndicator"),
}  # fmt: skip
"""Volet → names of the tables in PRT-4.3 and in OBX-5.3 (official examples of each version)."""
_META: Final = "MetaDMPMSS"
_CHARSETS: Final = ("UNICODE UTF-8", "8859/15")
_SYSTEMS: Final = {LOINC: "LN", TYPE_DOC_COMPLEMENTAIRE: "TRE_A05"}
_TRAITS: Final = ("birth_name", "birth_given_names", "birth_date", "sex", "birth_place")
_WORDS: Final = {"ORU": ("R01", "ORU_R01", "2.5", "TEXT", "CE"),
                 "MDM": ("", "MDM_T02", "2.6", "text", "CWE")}  # fmt: skip
"""Message → event, structure, HL7 version, OBX-5.2, type of a coded OBX."""
_ORDER: Final = {
    "ORU": ("PID", "PV1", "ORC", "OBR"),
    "MDM": ("EVN", "PID", "PV1", "ORC", "OBR", "TXA"),
}
"""Segments between MSH and the first OBX."""
_GUIDE: Final = "ANS guide CDA in HL7 v2, 2.1.2"


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


def message_of(asked: Asked) -> bytes:
    """The octets; see `transport.oru`."""
    _check(asked)
    for rank, document in enumerate(asked.documents, 1):
        _check_document(asked, document, f"document[{rank}]")
    codec = codec_of(asked.header.charset)
    if asked.header.charset not in _CHARSETS or not codec:
        raise MessageError("UNICODE UTF-8 or 8859/15", place="MSH-18")
    code = _service(asked.documents[0])
    head = [_line(record) for record in _head(asked, code)]
    people = [(_line(record), gated) for record, gated in _people(asked)]
    after = [_line(record) for record in _metadata(asked)]
    check_matricules([*head, *(line for line, gated in people if gated)], [asked.patient])
    try:
        pieces = list(_pieces(asked, code, head, [line for line, _ in people], after, codec))
    except UnicodeEncodeError:
        raise MessageError(
            "a character is not in the character set of the message", place="MSH-18"
        ) from None
    return b"".join(pieces)


def _line(record: Record) -> str:
    return write(record, version=_PAM)


def _pieces(
    asked: Asked, code: Repetition, head: list[str], people: list[str], after: list[str], codec: str
) -> Iterator[bytes]:
    end = "\r"
    yield "".join(line + end for line in head).encode(codec)
    word = _WORDS[asked.kind][3]
    for rank, document in enumerate(asked.documents, 1):
        before = ("OBX", str(rank), "ED", _joined(code), "", f"^{word}^XML^Base64^")
        yield DEFAULT.field.join(before).encode(codec)
        yield from encoded(document.chunks())
        yield f"||||||{asked.control.status}{end}".encode(codec)
        if rank == 1:
            yield "".join(line + end for line in people).encode(codec)
    yield "".join(line + end for line in after).encode(codec)


def _joined(value: Repetition) -> str:
    return DEFAULT.component.join(DEFAULT.escaped(str(part)) for part in value)


# What may be asked.


def _check(asked: Asked) -> None:
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
    if len({document.id for document in asked.documents}) < len(asked.documents):
        raise MessageError("the same document twice", place="documents")


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


def _check_document(asked: Asked, document: Document, place: str) -> None:
    """The octets that leave are about this patient, and are what the value says."""
    own, told = document.patient, asked.patient
    root = document.element()
    names = {"h": "urn:hl7-org:v3"}
    found = root.iterfind("h:recordTarget/h:patientRole/h:id", names)
    carried = {(item.get("root", ""), item.get("extension", "")) for item in found}
    written = {(item.root, item.extension) for item in told.ids}
    if any(not extension for _, extension in written):
        raise MessageError("an identifier without a number", place="PID-3")
    if told.identity.may_transmit_ins and told.identity.matricule is not None:
        written.add((str(told.identity.matricule.oid), told.identity.matricule.value))
    if carried != written:
        raise MessageError(
            "PID-3 and patientRole/id are not the same identifiers", place=f"{place}.patient"
        )
    if known_ids(own) != known_ids(told) and own.identity.may_transmit_ins:
        raise MessageError("another patient than the document's", place=f"{place}.patient")
    compared = compare(told.identity, own.identity)
    other = [name for name in _TRAITS if getattr(compared, name).verdict is TraitVerdict.DIFFERENT]
    if other:
        raise MessageError(f"PID would give another {other[0]}", place=f"{place}.patient")
    first = root.find("h:id", names)
    number = document.id
    if first is None or number is None or (first.get("root"), first.get("extension") or "") != (
        number.root, number.extension,
    ):  # fmt: skip
        raise MessageError("the identifier is not that of the octets", place=f"{place}.id")
    code = root.find("h:code", names)
    if code is None or document.code is None or code.get("code") != document.code.code:
        raise MessageError("the kind is not that of the octets", place=f"{place}.code")
    if document.code != asked.documents[0].code:
        raise MessageError("another kind than the first document", place=f"{place}.code")


# The segments.


def _service(document: Document) -> Repetition:
    """OBR-4 and OBX-3.

    Raises:
        UnknownCode: not in JDV_J07, or of a system that has no HL7 v2 name.
    """
    if document.code is None:
        raise MessageError("the document has no kind", place="OBX-3")
    known: Code = value_set("J07").get(document.code.code, document.code.system, place="OBX-3")
    name = _SYSTEMS.get(known.system)  # type: ignore[call-overload]
    if name is None:
        raise UnknownCode("neither LOINC nor TRE_A05", place="OBX-3")
    return (known.code, known.label, name)


def header_record(
    header: Header, *, kind: tuple[str, str, str], hl7: str, profile: tuple[str, str]
) -> Record:
    """MSH of an ORU, MDM or ZAM.

    Raises:
        MessageError: an identifier or a processing code out of bounds; no time.
    """
    if not 0 < len(header.control_id) <= CONTROL_ID_LENGTH:
        raise MessageError("1 to 20 characters", place="MSH-10")
    if header.processing not in ("P", "T", "D"):
        raise MessageError("P, T or D", place="MSH-11")
    return Record.of(
        "MSH",
        sending_application=header.sending_application,
        sending_facility=header.sending_facility,
        receiving_application=header.receiving_application,
        receiving_facility=header.receiving_facility,
        time=header.time or "",
        message_type=kind,
        control_id=header.control_id,
        processing=header.processing,
        version=hl7,
        country="FRA",
        charset=(header.charset,),
        profile=(profile,),
    )


def _head(asked: Asked, code: Repetition) -> Iterator[Record]:
    event, structure, version, _, _ = _WORDS[asked.kind]
    yield header_record(
        asked.header, kind=(asked.kind, event or asked.control.trigger, structure), hl7=version,
        profile=(asked.version, "CISIS_CDA_HL7_V2"),
    )  # fmt: skip
    named: dict[str, list[Record]] = {}
    for record in asked.records:
        if record.id not in _ORDER[asked.kind]:
            raise MessageError("the message does not hold this segment", place=record.id)
        named.setdefault(record.id, []).append(record)
    values = {
        "EVN": {"recorded": asked.recorded or asked.header.time or ""},
        "PID": _pid(asked),
        "PV1": _pv1(asked.visit),
        "ORC": {"control": asked.control.value},
        "OBR": {"set_id": "1", "service": code},
        "TXA": _txa(asked),
    }
    for name in _ORDER[asked.kind]:
        yield merged(name, values[name], named)


def _pid(asked: Asked) -> dict[str, Any]:
    visit = asked.visit
    return patients.pid_values(
        asked.patient,
        account=visit.id_of_type("AN") if visit is not None else None,
        reliability=(), multiple_birth=None, pseudonym=None, civility="",
    )  # fmt: skip


def _pv1(visit: Encounter | None) -> dict[str, Any]:
    pv1, pv2 = stays.visit_values(visit)
    if visit is None:
        return pv1
    if any(pv2.values()):
        raise MessageError("the message has no PV2: leave `expected` out", place="PV2")
    if _is_dossier_alone(visit):  # as a PV1-2 of N is read
        return {**pv1, "patient_class": stays.NO_VISIT}
    if visit.patient_class not in PATIENT_CLASSES:
        raise MessageError("not a class of table 0004", place="PV1-2")
    if visit.patient_class in ("E", "I", "O", "R") and visit.id_of_type("VN") is None:
        raise MessageError("the number of the visit is required", place="PV1-19")
    return pv1


def _is_dossier_alone(visit: Encounter) -> bool:
    others = (visit.patient_class, visit.location, visit.period, visit.participants)
    return not any(others) and visit.id_of_type("VN") is None


def _txa(asked: Asked) -> dict[str, Any]:
    document = asked.documents[0]
    relation = document.relation
    parent: Repetition = ""
    if asked.control is OrderControl.REPLACEMENT and relation is not None:
        parent = _txa_id(relation.id, "TXA-13")
    return {
        "set_id": "1",
        "document_type": document.code.code if document.code else "",
        "content_type": "TEXT",
        "document": _txa_id(document.id, "TXA-12") if document.id else "",
        "parent_document": parent,
        "completion": "AU",
    }


def _txa_id(item: LocalId, place: str) -> Repetition:
    """`root`, or `extension^^root^ISO` (guide, note 1 of TXA)."""
    if not is_oid(item.root):
        raise MessageError("not an OID", place=place)
    return (item.extension, "", item.root, "ISO") if item.extension else item.root


def _people(asked: Asked) -> Iterator[tuple[Record, bool]]:
    """Each PRT, and True when no matricule may be in it."""
    table = TABLES[asked.version][0]
    identity = asked.patient.identity
    told = [("SB", asked.sender), *(("RCT", item) for item in asked.recipients),
            ("REPLY", asked.reply_to)]  # fmt: skip
    for role, given in told:
        if given is not None:
            yield prt(role, given, identity, table=table), not given.is_patient


def _metadata(asked: Asked) -> Iterator[Record]:
    kind, table = _WORDS[asked.kind][4], TABLES[asked.version][1]
    rank = len(asked.documents)
    for row in FLAGS:
        rank += 1
        value = "Y" if getattr(asked.actions, row.name) else "N"
        yield _obx(rank, kind, (row.code, row.label, _META), (value, "", table))
        if row.name == "destmssantepat" and asked.actions.no_patient_reply:
            yield Record.of("NTE", set_id="1", comment_type="FIN")
    for row in MAILS:
        text = getattr(asked.actions, row.name)
        if text:
            rank += 1
            word = _WORDS[asked.kind][3]
            yield _obx(rank, "ED", (row.code, row.label, _META), encapsulated(text, word))


def _obx(rank: int, kind: str, code: Repetition, value: Repetition) -> Record:
    return Record.of(
        "OBX", set_id=str(rank), value_type=kind, code=code, value=(value,), status="F"
    )
