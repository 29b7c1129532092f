"""Documents as an ORU or an MDM: what leaves follows the guide, or is refused.

OBX-5 is never escaped: base64 holds no separator. The message is its segments, with the base64 of
each document in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from segur_interop._oid import LOINC, TYPE_DOC_COMPLEMENTAIRE, is_oid
from segur_interop.errors import (
    MessageError,
    UnknownCode,
)
from segur_interop.hl7 import _patient as patients
from segur_interop.hl7 import _stay as stays
from segur_interop.hl7._actions import FLAGS, MAILS
from segur_interop.hl7._adt_write import check_matricules, merged
from segur_interop.hl7._carried import encapsulated, encoded
from segur_interop.hl7._datatypes import Repetition
from segur_interop.hl7._participations import prt
from segur_interop.hl7._syntax import DEFAULT, codec_of
from segur_interop.hl7._transport_asked import Asked, check_asked
from segur_interop.hl7._transport_values import OrderControl
from segur_interop.hl7._written import msh
from segur_interop.hl7.segments import Record, write
from segur_interop.model import Encounter, LocalId
from segur_interop.model.encounter import PATIENT_CLASSES
from segur_interop.terminology import Code, value_set

if TYPE_CHECKING:
    from segur_interop.cda import Document

__all__ = ["TABLES", "message_of"]

_PAM: Final = "2.11"
"""PAM France, which PID and PV1 follow."""
TABLES: Final = {
    "2.0": ("HL70912", "HL70136"), "2.1": ("participation", "expandedYes-NoIndicator"),
}  # fmt: skip
"""Volet → names of the tables in PRT-4.3 and in OBX-5.3 (official examples of each version)."""
_META: Final = "MetaDMPMSS"
_CHARSETS: Final = ("UNICODE UTF-8", "8859/15")
_SYSTEMS: Final = {LOINC: "LN", TYPE_DOC_COMPLEMENTAIRE: "TRE_A05"}
_WORDS: Final = {"ORU": ("R01", "ORU_R01", "2.5", "TEXT", "CE"),
                 "MDM": ("", "MDM_T02", "2.6", "text", "CWE")}  # fmt: skip
"""Message → event, structure, HL7 version, OBX-5.2, type of a coded OBX."""
_ORDER: Final = {
    "ORU": ("PID", "PV1", "ORC", "OBR"),
    "MDM": ("EVN", "PID", "PV1", "ORC", "OBR", "TXA"),
}
"""Segments between MSH and the first OBX."""
_GUIDE: Final = "ANS guide CDA in HL7 v2, 2.1.2"


def message_of(asked: Asked) -> bytes:
    """The octets; see `transport.oru`."""
    check_asked(asked)
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


def _head(asked: Asked, code: Repetition) -> Iterator[Record]:
    event, structure, version, _, _ = _WORDS[asked.kind]
    yield msh(
        asked.header, kind=(asked.kind, event or asked.control.trigger, structure),
        version=version, profile=((asked.version, "CISIS_CDA_HL7_V2"),),
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
