"""ORU, OUL and MDM as a Transport: what stands once; the OBX are read by `_transport_body`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from segur_interop._oid import is_oid
from segur_interop.errors import InvalidValue, MessageError, UnsupportedMessage
from segur_interop.findings import Finding, Severity
from segur_interop.hl7 import _patient as patients
from segur_interop.hl7 import _stay as stays
from segur_interop.hl7._adt_read import head_of
from segur_interop.hl7._datatypes import Notes, Repetition, component
from segur_interop.hl7._identity import identity_of
from segur_interop.hl7._syntax import ERASE
from segur_interop.hl7._transport_body import Body
from segur_interop.hl7._transport_checks import judge
from segur_interop.hl7._transport_values import OrderControl, Transport, pending
from segur_interop.hl7.er7 import Message, Segment
from segur_interop.hl7.segments import SEGMENTS, Record, read
from segur_interop.model import LocalId, Patient

if TYPE_CHECKING:
    from segur_interop.cda import Document

__all__ = ["TRIGGERS_READ", "profile_of", "transport_from"]

TRIGGERS_READ: Final = {
    "ORU": ("R01",), "OUL": ("R21", "R22", "R23", "R24"), "MDM": ("T02", "T04", "T10"),
}  # fmt: skip
_VERSION: Final = re.compile(r"[0-9]{1,3}(?:\.[0-9]{1,3}){0,3}")
_PROFILE: Final = re.compile(r"CISIS_[A-Z0-9_]{1,40}")
"""What is shown of MSH-21: another text could be anything."""
_ONCE: Final = ("EVN", "PID", "PV1", "PV2", "ORC", "OBR", "TXA")
_GUIDE: Final = "ANS guide CDA in HL7 v2, 2.1.2"
_CONTROLS: Final = {item.value: item for item in OrderControl}
MAX_ORDERS: Final = 100
"""Orders looked at; the guide has one."""


def transport_from(message: Message) -> Transport:
    """The Transport, its fields read when they are asked for; see `transport.read_transport`."""
    kind, trigger = _type(message)
    version, profile = profile_of(message)
    reading = Reading(message, trigger, (version, profile))
    return pending(
        reading, kind=kind, trigger=trigger, profile=profile, version=version, message=message
    )


_OF_BODY: Final = ("documents", "pdfs", "references", "sender", "recipients", "reply_to", "mail")
"""What the OBX and the PRT tell by themselves."""
_AROUND: Final = ("header", "recorded", "patient", "visit")
"""What the segments that stand once tell by themselves."""


class Reading:
    """A message on its way to be a Transport, read in four parts, each once."""

    __slots__ = ("_around", "_asked", "_body", "_message", "_profile", "_segments", "_trigger")

    def __init__(self, message: Message, trigger: str, profile: tuple[str, str]) -> None:
        """Cut the message into segments, and no further.

        Raises:
            MessageError: no PID.
        """
        self._message, self._trigger, self._profile = message, trigger, profile
        self._segments: dict[str, list[Segment]] = {}
        self._body: Body | None = None
        self._around: _Around | None = None
        self._asked: tuple[dict[str, Any], Notes] | None = None
        for segment in message:
            self._segments.setdefault(segment.id, []).append(segment)
        if "PID" not in self._segments:
            raise MessageError("no PID", place="PID")

    def values(self, made: Transport, name: str) -> dict[str, Any]:
        """That field, and those that are read with it."""
        if name in _OF_BODY:
            return self.body.values()
        if name in _AROUND:
            return self.around.values
        if name != "findings":
            return self.asked[0]
        return {"findings": self._findings(made)}

    @property
    def body(self) -> Body:
        """The documents and the people they go to."""
        if self._body is None:
            self._body = Body(self._message, self._profile)
        return self._body

    @property
    def around(self) -> _Around:
        """The patient, the visit, and the message itself."""
        if self._around is None:
            self._around = _around(self._message, self._segments)
        return self._around

    @property
    def asked(self) -> tuple[dict[str, Any], Notes]:
        """What is to be done with which document."""
        if self._asked is None:
            notes, body, records = Notes(), self.body, self.around.records
            control = _control(self._segments, self._trigger, body, notes)
            values = {
                "control": control,
                "actions": body.actions(notes),
                "document_id": _document_id(records.get("TXA"), "document", 12, notes),
                "replaced": _replaced(records.get("TXA"), body.documents, notes),
                "records": tuple(_left_over(records)),
            }
            self._asked = values, notes
        return self._asked

    def _findings(self, made: Transport) -> tuple[Finding, ...]:
        """All of them, once every part was read and compared with the others."""
        judged, around, asked = Notes(), self.around, self.asked[1]
        judge(made, self.body.codes, around.records, judged)
        parts = (around.notes, self.body.notes, around.notes_of_header, asked, judged)
        found = (finding for part in parts for finding in part.found)
        return tuple(dict.fromkeys((*self._message.findings, *found, *made.actions.findings)))


@dataclass(frozen=True, slots=True)
class _Around:
    values: dict[str, Any]
    records: dict[str, Record]
    notes: Notes
    notes_of_header: Notes


def _around(message: Message, segments: dict[str, list[Segment]]) -> _Around:
    notes, of_header = Notes(), Notes()
    records: dict[str, Record] = {
        name: read(segments[name][0], notes) for name in _ONCE if name in segments
    }
    patient, account = _patient(message, segments["PID"], records["PID"], notes)
    values = {
        "patient": patient,
        "visit": stays.visit_from(records.get("PV1"), records.get("PV2"), account, notes),
        "header": head_of(message, of_header),
        "recorded": records["EVN"].typed("recorded", of_header) if "EVN" in records else None,
    }
    return _Around(values, records, notes, of_header)


def _type(message: Message) -> tuple[str, str]:
    code, event, _ = message.message_type
    if code not in TRIGGERS_READ:
        raise UnsupportedMessage("not an ORU, OUL or MDM message", place="MSH-9.1")
    if event not in TRIGGERS_READ[code]:
        raise UnsupportedMessage("an event that carries no document here", place="MSH-9.2")
    version = message.segment(0).leaves(12)[0].strip()
    if version and not version.startswith("2."):
        raise UnsupportedMessage("not a version 2 of HL7", place="MSH-12")
    return code, event


def profile_of(message: Message) -> tuple[str, str]:
    """Version and name of the volet (MSH-21)."""
    version, name = (*message.segment(0).leaves(21), "")[:2]
    version, name = version.strip(), name.strip().upper()
    return (
        version if _VERSION.fullmatch(version) else "",
        name if _PROFILE.fullmatch(name) else "",
    )


def _patient(
    message: Message, segments: list[Segment], record: Record, notes: Notes
) -> tuple[Patient, LocalId | None]:
    if len(segments) > 1:
        notes.add("transport.patients", "more than one patient: only the first is read", "PID[2]",
                  Severity.ERROR, _GUIDE)  # fmt: skip
    own = Notes()
    identity = identity_of(segments[0], own, lambda: message.get("MSH-7")[:8])
    notes.found += own.found
    patient = patients.patient_from(record, identity, notes)
    return patient, patients.account_of(record, "account", "PID-18", notes)


def _control(
    segments: dict[str, list[Segment]], trigger: str, body: Body, notes: Notes
) -> OrderControl | None:
    """What ORC-1, OBX-11 of the documents and the MDM event say together."""
    told: dict[str, OrderControl] = {}
    if (by_event := OrderControl.of_trigger(trigger)) is not None:
        told["MSH-9.2"] = by_event
    agree = True
    for code in _orders(segments, notes):
        if code in _CONTROLS:
            agree = agree and told.get("ORC-1", _CONTROLS[code]) is _CONTROLS[code]
            told["ORC-1"] = _CONTROLS[code]
        else:
            what = "absent" if not code else "not NW, RO or CA"
            notes.add("transport.orc", f"the order control is {what}", "ORC-1", source=_GUIDE)
    for rank, status in body.statuses.items():
        by_status = OrderControl.of_status(status)
        if by_status is not None:
            told[f"OBX[{rank}]-11"] = by_status
        elif status:
            agree = False
            notes.add("transport.status", "neither F, C nor D: the document is not final, or is "
                      "withdrawn", f"OBX[{rank}]-11", Severity.ERROR, _GUIDE)  # fmt: skip
        else:
            notes.add("transport.status", "absent", f"OBX[{rank}]-11", source=_GUIDE)
    if not agree or len(set(told.values())) > 1:
        notes.add("transport.control", "ORC-1, OBX-11 and the event do not agree: "
                  + ", ".join(sorted(told)), "ORC-1", Severity.ERROR, _GUIDE)  # fmt: skip
        return None
    return next(iter(told.values()), None)


def _orders(segments: dict[str, list[Segment]], notes: Notes) -> dict[str, None]:
    """The distinct order controls of every ORC, "" for none."""
    orders = segments.get("ORC", [])
    if len(orders) > 1 or len(segments.get("OBR", ())) > 1:
        notes.add("transport.orders", "several orders: the first is read", "ORC[2]", source=_GUIDE)
    if len(orders) > MAX_ORDERS:
        notes.add("transport.orders", f"more than {MAX_ORDERS} orders", "ORC", Severity.ERROR,
                  _GUIDE)  # fmt: skip
    codes = [order.leaves(1)[0].strip().upper() for order in orders[:MAX_ORDERS]]
    return dict.fromkeys(codes or [""])


def _document_id(
    record: Record | None, name: str, number: int, notes: Notes
) -> LocalId | None:  # fmt: skip
    """TXA-12 or 13: `root`, or `extension^^root^ISO`."""
    value: Repetition = record[name] if record is not None else ""
    first, namespace, root = (component(value, part) for part in (1, 2, 3))
    if not first or value == ERASE:
        return None
    if namespace or not (is_oid(root) if root else is_oid(first)):
        notes.add("transport.txa-id", "not an identifier as the guide writes it", f"TXA-{number}",
                  source=_GUIDE)  # fmt: skip
    try:
        if is_oid(root):
            return LocalId(extension=first, root=root)
        if is_oid(first):
            return LocalId(root=first)
        return LocalId(extension=first, namespace=namespace)
    except InvalidValue:
        return None


def _replaced(
    record: Record | None, documents: list[Document], notes: Notes
) -> LocalId | None:  # fmt: skip
    told = _document_id(record, "parent_document", 13, notes)
    for document in documents:
        if document.relation is not None and document.relation.kind == "RPLC":
            return document.relation.id
    return told


_PLACED: Final = {
    name: frozenset(
        ("set_id", *fields, *(row.name for row in SEGMENTS[name].rows if row.usage == "X"))
    )
    for name, fields in (
        ("EVN", ("recorded",)),
        ("PID", patients.OWN_FIELDS),
        ("PV1", stays.PV1_FIELDS),
        ("ORC", ("control",)),
        ("OBR", ("service",)),
        ("TXA", ("document_type", "content_type", "document", "parent_document", "completion")),
    )
}
"""The fields that a value of the Transport has a place for, and those that France forbids."""


def _left_over(records: dict[str, Record]) -> Iterator[Record]:
    for name, placed in _PLACED.items():
        if name in records and not placed.issuperset(records[name]):
            yield records[name].without(placed)
