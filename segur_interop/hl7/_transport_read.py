"""ORU, OUL and MDM as a Transport: what stands once; the OBX are read by `_transport_body`."""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Final

from segur_interop._oid import is_oid
from segur_interop.errors import InvalidValue, MessageError, UnsupportedMessage
from segur_interop.findings import Severity
from segur_interop.hl7 import _patient as patients
from segur_interop.hl7 import _stay as stays
from segur_interop.hl7._adt_read import head_of
from segur_interop.hl7._datatypes import Notes, Repetition, component
from segur_interop.hl7._identity import identity_of
from segur_interop.hl7._syntax import ERASE
from segur_interop.hl7._transport_body import Body
from segur_interop.hl7._transport_checks import judge
from segur_interop.hl7._transport_values import OrderControl, Transport
from segur_interop.hl7.er7 import Message, Segment
from segur_interop.hl7.segments import SEGMENTS, Record, read
from segur_interop.model import LocalId

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
    """The Transport; see `transport.read_transport`."""
    notes = Notes()
    kind, trigger = _type(message)
    segments = {name: message.first(name) for name in _ONCE}
    records = {name: read(item, notes) for name, item in segments.items() if item is not None}
    patient, account = _patient(message, segments["PID"], records, notes)
    visit = stays.visit_from(records.get("PV1"), records.get("PV2"), account, notes)
    profile = profile_of(message)
    body = Body(message, notes, profile)
    made = Transport(
        kind=kind, trigger=trigger, profile=profile[1], version=profile[0],
        header=head_of(message, notes),
        recorded=records["EVN"].typed("recorded", notes) if "EVN" in records else None,
        control=_control(message, trigger, records, body, notes),
        patient=patient, visit=visit, documents=tuple(body.documents), pdfs=tuple(body.pdfs),
        references=tuple(body.references), actions=body.actions(),
        sender=body.sender, recipients=tuple(body.recipients), reply_to=body.reply_to,
        mail=body.mail,
        document_id=_document_id(records.get("TXA"), "document", 12, notes),
        replaced=_replaced(records.get("TXA"), body.documents, notes),
        records=tuple(_left_over(records)), message=message,
    )  # fmt: skip
    judge(made, body.codes, records, notes)
    findings = dict.fromkeys((*message.findings, *notes.found, *made.actions.findings))
    return dataclasses.replace(made, findings=tuple(findings))


def _type(message: Message) -> tuple[str, str]:
    code, event, _ = message.message_type
    if code not in TRIGGERS_READ:
        raise UnsupportedMessage("not an ORU, OUL or MDM message", place="MSH-9.1")
    if event not in TRIGGERS_READ[code]:
        raise UnsupportedMessage("an event that carries no document here", place="MSH-9.2")
    version = message.get("MSH-12").strip()
    if version and not version.startswith("2."):
        raise UnsupportedMessage("not a version 2 of HL7", place="MSH-12")
    return code, event


def profile_of(message: Message) -> tuple[str, str]:
    """Version and name of the volet (MSH-21)."""
    version, name = message.get("MSH-21.1").strip(), message.get("MSH-21.2").strip().upper()
    return (
        version if _VERSION.fullmatch(version) else "",
        name if _PROFILE.fullmatch(name) else "",
    )


def _patient(
    message: Message, segment: Segment | None, records: dict[str, Record], notes: Notes
) -> tuple[Any, LocalId | None]:
    if segment is None:
        raise MessageError("no PID", place="PID")
    if len(message["PID"]) > 1:
        notes.add("transport.patients", "more than one patient: only the first is read", "PID[2]",
                  Severity.ERROR, _GUIDE)  # fmt: skip
    own = Notes()
    identity = identity_of(segment, own, lambda: message.get("MSH-7")[:8])
    notes.found += own.found
    patient = patients.patient_from(records["PID"], identity, notes)
    return patient, patients.account_of(records["PID"], "account", "PID-18", notes)


def _control(
    message: Message, trigger: str, records: dict[str, Record], body: Body, notes: Notes
) -> OrderControl | None:
    """What ORC-1, OBX-11 of the documents and the MDM event say together."""
    told: dict[str, OrderControl] = {}
    if (by_event := OrderControl.of_trigger(trigger)) is not None:
        told["MSH-9.2"] = by_event
    agree = True
    for code in _orders(message, notes):
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


def _orders(message: Message, notes: Notes) -> dict[str, None]:
    """The distinct order controls of every ORC, "" for none."""
    orders = message["ORC"]
    if len(orders) > 1 or len(message["OBR"]) > 1:
        notes.add("transport.orders", "several orders: the first is read", "ORC[2]", source=_GUIDE)
    if len(orders) > MAX_ORDERS:
        notes.add("transport.orders", f"more than {MAX_ORDERS} orders", "ORC", Severity.ERROR,
                  _GUIDE)  # fmt: skip
    codes = [order.get("1").strip().upper() for order in orders[:MAX_ORDERS]]
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


_CONSUMED: Final = {
    "EVN": ("recorded",),
    "PID": patients.OWN_FIELDS,
    "PV1": stays.PV1_FIELDS,
    "ORC": ("control",),
    "OBR": ("service",),
    "TXA": ("document_type", "content_type", "document", "parent_document", "completion"),
}


def _left_over(records: dict[str, Record]) -> Iterator[Record]:
    for name, consumed in _CONSUMED.items():
        if name in records:
            forbidden = [row.name for row in SEGMENTS[name].rows if row.usage == "X"]
            rest = records[name].without((*consumed, *forbidden, "set_id"))
            if rest:
                yield rest
