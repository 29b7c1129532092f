"""An ADT message as an event."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from segur_interop.errors import MessageError, UnsupportedMessage
from segur_interop.findings import Severity
from segur_interop.hl7 import _patient as patients
from segur_interop.hl7 import _stay as stays
from segur_interop.hl7._adt_required import missing_segments, tell_end, tell_names, weighed
from segur_interop.hl7._datatypes import Notes, component
from segur_interop.hl7._events import TRIGGERS, Trigger
from segur_interop.hl7._identity import identity_of
from segur_interop.hl7._syntax import ERASE
from segur_interop.hl7._values import AdtEvent, Header, PatientGroup
from segur_interop.hl7.er7 import Message, Segment
from segur_interop.hl7.segments import SEGMENTS, Record, read
from segur_interop.ins import Identity
from segur_interop.model import LocalId, PersonName

__all__ = ["event_from", "head_of", "trigger_of"]

MAX_REPEATED: Final = 100
"""Segments of one kind (NK1, ROL, ZFS) that are read for a patient; patients of a message."""
_TIMES: Final = ("recorded", "planned", "occurred")
_ONCE: Final = ("EVN", "PID", "PD1", "PV1", "PV2", "MRG", "ZBE", "ZFA", "ZFP", "ZFV", "ZFM", "ZFD")
_PAM: Final = "IHE ITI TF-4 §4.1"


def trigger_of(message: Message, notes: Notes) -> Trigger:
    """The event of the message.

    Raises:
        UnsupportedMessage: not an ADT, an event that PAM France does not have, another version
            of HL7 than 2.
    """
    code, event, structure = message.message_type
    if code != "ADT":
        raise UnsupportedMessage("not an ADT message", place="MSH-9.1")
    if not event:
        event = message.get("EVN-1").strip().upper()
        notes.add("msh.event", "the event is read in EVN-1", "MSH-9.2")
    trigger = TRIGGERS.get(event)
    if trigger is None:
        raise UnsupportedMessage("an event that is not read", place="MSH-9.2")
    version = message.get("MSH-12").strip()
    if version and not version.startswith("2."):
        raise UnsupportedMessage("not a version 2 of HL7", place="MSH-12")
    if version and version != "2.5":
        notes.add("msh.version", "PAM France is HL7 2.5", "MSH-12", Severity.INFO, _PAM)
    if structure != trigger.structure:
        notes.add("msh.structure", "not the structure of this event", "MSH-9.3", Severity.INFO)
    if event == "A08":
        notes.add("adt.a08", "A08 is excluded from PAM France: A31 updates an identity, Z99 a "
                  "movement", "MSH-9.2", source=f"{_PAM}.3.3.3.1")  # fmt: skip
    return trigger


def event_from(
    message: Message, *, identity_repository: bool, tolerated: frozenset[str]
) -> AdtEvent:
    """The event; see `adt.read_adt`."""
    notes = Notes()
    trigger = trigger_of(message, notes)
    groups = _groups(message, trigger, notes)
    _tell_missing(message, trigger, groups, notes)
    records = {name: items[0] for name, items in groups[0].records.items() if name in _ONCE}
    head = head_of(message, notes)
    times = {name: records["EVN"].typed(name, notes) for name in _TIMES} if "EVN" in records else {}
    if times.get("planned") and times.get("occurred"):
        notes.add("evn.times", "both planned and past", "EVN-3", source=f"{_PAM}.1.3")
    zfd = records.get("ZFD")
    parts = _patient_parts(groups[0], message, trigger, notes, identity_repository, zfd)
    account = parts.pop("account")
    source = stays.source_from(zfd, notes) if zfd is not None else None
    if not trigger.repeats and message["PID"][1:]:
        notes.add("adt.patients", "more than one patient: only the first is read", "PID[2]",
                  Severity.ERROR)  # fmt: skip
    parts |= _stay_parts(records, trigger, account, notes)
    further = tuple(
        PatientGroup(**_group_parts(group, message, trigger, notes, identity_repository))
        for group in (groups[1:] if trigger.repeats else ())
    )
    version = head.profile_version or message.get("MSH-21").strip()
    found = weighed(notes.found, trigger, version, tolerated)
    return AdtEvent(
        trigger=trigger.code, header=head, **times, **parts, source=source, further=further,
        erased=_erased(message), records=_left_over(groups[0]),
        findings=tuple(dict.fromkeys((*message.findings, *found))), message=message,
    )  # fmt: skip


def _tell_missing(message: Message, trigger: Trigger, groups: list[_Group], notes: Notes) -> None:
    """Note the segments that the event requires; ZBE and MRG are told where they are read."""
    tell_end(message, notes)
    for name in missing_segments(message.ids, trigger):
        if name not in ("ZBE", "MRG"):
            notes.add("adt.segment-missing", "a required segment is missing", name, source=_PAM)
    if trigger.repeats and not trigger.replaces and len(groups) < 2:
        notes.add("adt.segment-missing", "the event has two patients", "PID[2]", source=_PAM)


@dataclass(slots=True)
class _Group:
    """One patient of the message: the PID, and the records from it on."""

    records: dict[str, list[Record]] = field(default_factory=dict)
    pid: Segment | None = None

    def first(self, name: str) -> Record | None:
        return next(iter(self.records.get(name, ())), None)


def _groups(message: Message, trigger: Trigger, notes: Notes) -> list[_Group]:
    """The records of the message, those of one patient together."""
    groups = [_Group()]
    wanted = {"EVN", *trigger.segments}
    for position, segment in enumerate(message):
        if position == 0:
            continue
        if segment.id not in wanted:
            notes.add("adt.segment", "a segment that the event does not hold: it stays in the "
                      "message", segment.id, Severity.INFO)  # fmt: skip
            continue
        if segment.id == "PID" and groups[-1].pid is not None:
            if len(groups) >= MAX_REPEATED:
                notes.add("adt.patients", f"more than {MAX_REPEATED}: the others are not read",
                          "PID", Severity.ERROR)  # fmt: skip
                break
            groups.append(_Group())
        group = groups[-1]
        if segment.id == "PID":
            group.pid = segment
        items = group.records.setdefault(segment.id, [])
        if items and segment.id in _ONCE:
            notes.add("adt.segment-twice", "given twice: the first is read", segment.id)
            continue
        if len(items) >= MAX_REPEATED:
            notes.add("adt.segments", f"more than {MAX_REPEATED}: the others are not read",
                      segment.id)  # fmt: skip
            continue
        items.append(_record(segment, notes))
    if groups[0].pid is None:
        raise MessageError("no PID", place="PID")
    return groups


def _record(segment: Segment, notes: Notes) -> Record:
    return stays.read_movement(segment, notes) if segment.id == "ZBE" else read(segment, notes)


def head_of(message: Message, notes: Notes) -> Header:
    """MSH."""
    record = read(message.segment(0), notes)
    return Header(
        sending_application=record["sending_application"],
        sending_facility=record["sending_facility"],
        receiving_application=record["receiving_application"],
        receiving_facility=record["receiving_facility"],
        control_id=component(record["control_id"], 1),
        time=record.typed("time", notes),
        processing=component(record["processing"], 1),
        profile_version=component(record["version"], 3),
        charset=message.get("MSH-18").strip(),
    )


def _group_parts(
    group: _Group, message: Message, trigger: Trigger, notes: Notes, repository: bool
) -> dict[str, Any]:
    parts = _patient_parts(group, message, trigger, notes, repository, None)
    for name in ("multiple_birth", "pseudonym", "civility"):
        parts.pop(name)
    return {**parts, "records": _left_over(group)}


def _patient_parts(
    group: _Group,
    message: Message,
    trigger: Trigger,
    notes: Notes,
    repository: bool,
    zfd: Record | None,
) -> dict[str, Any]:
    """Patient, account, what is replaced, and what PID tells beside."""
    record, segment = group.records["PID"][0], group.pid
    if segment is None:
        raise MessageError("no PID", place="PID")
    own = Notes()
    identity = _dated(identity_of(segment, own, lambda: message.get("MSH-7")[:8]), zfd)
    notes.found += own.found
    tell_names(identity, notes)
    if repository:
        identity = patients.adopted(identity, notes)
    patient = patients.patient_from(record, identity, notes)
    account = patients.account_of(record, "account", "PID-18", notes)
    replaced: tuple[LocalId, ...] = ()
    before = None
    merged = group.first("MRG")
    if merged is not None:
        # A49 renumbers the dossier of one patient: MRG-1 is that patient.
        if trigger.code != "A49":
            replaced = patients.replaced_from(merged, patient, notes)
        before = patients.account_of(merged, "account", "MRG-3", notes)
    elif trigger.replaces:
        notes.add("merge.missing", "nothing tells what is replaced", "MRG", Severity.ERROR)
    codes = (component(item, 1).upper() for item in record["reliability"])
    return {
        "patient": patient,
        "account": account,
        "replaced": replaced,
        "replaced_account": before,
        "multiple_birth": {"Y": True, "N": False}.get(component(record["multiple_birth"], 1)),
        "reliability": tuple(code for code in codes if code and code != ERASE),
        "pseudonym": _pseudonym(record),
        "civility": _civility(record),
    }


def _dated(identity: Identity, zfd: Record | None) -> Identity:
    """The identity with what ZFD tells of the birth date: corrected, and as INSi gave it."""
    if zfd is None:
        return identity
    lunar = zfd["lunar_birth_date"]
    day, month, year = (component(lunar, number) for number in (1, 2, 3))
    received = identity.received_birth_date
    if identity.birth_date is not None and year and lunar != ERASE:
        received = f"{year:0>4}-{month:0>2}-{day:0>2}"
    completed = component(zfd["birth_date_corrected"], 1).upper() == "Y"
    return dataclasses.replace(
        identity, received_birth_date=received, birth_date_completed=completed
    )


def _typed_name(record: Record, *kinds: str) -> Any:
    for kind in kinds:
        for item in record["names"]:
            if component(item, 7).upper() == kind:
                return item
    return ""


def _pseudonym(record: Record) -> PersonName | None:
    item = _typed_name(record, "S")
    family, given = component(item, 1), component(item, 2)
    if not family and not given:
        return None
    return PersonName(family=family or given, given=given if family else "")


def _civility(record: Record) -> str:
    return component(_typed_name(record, "D"), 5) or component(_typed_name(record, "L", ""), 5)


def _stay_parts(
    records: dict[str, Record], trigger: Trigger, account: Any, notes: Notes
) -> dict[str, Any]:
    movement = consent = None
    if "ZBE" in records:
        movement = stays.movement_from(records["ZBE"], notes)
    elif trigger.movement:
        notes.add("zbe.missing", "no movement", "ZBE", source=f"{_PAM}.2.7")
    if records.get("ZFA"):
        consent = stays.consent_from(records["ZFA"], notes)
    visit = stays.visit_from(records.get("PV1"), records.get("PV2"), account, notes)
    if trigger.is_stay and visit is not None and visit.id_of_type("VN") is None:
        notes.add("pv1.visit", "no number of the visit", "PV1-19", source=f"{_PAM}.2.4")
    return {"movement": movement, "consent": consent, "visit": visit}


_CONSUMED: Final[dict[str, tuple[str, ...]]] = {
    "EVN": _TIMES,
    "PID": patients.OWN_FIELDS,
    "PV1": stays.PV1_FIELDS,
    "PV2": stays.PV2_FIELDS,
    "MRG": ("identifiers", "account"),
}
_WHOLLY_READ: Final = ("ZBE", "ZFA", "ZFD")


def _left_over(group: _Group) -> tuple[Record, ...]:
    """The fields that no value has a place for; those that France forbids are left out."""
    left = []
    for name, items in sorted(group.records.items()):
        if name in _WHOLLY_READ:
            continue
        forbidden = [row.name for row in SEGMENTS[name].rows if row.usage == "X"]
        for item in items:
            rest = item.without((*_CONSUMED.get(name, ()), *forbidden))
            if rest and set(rest) != {"set_id"}:
                left.append(rest)
    return tuple(left)


_READ: Final = SEGMENTS.keys() - {"MSH", "OBX"}


def _erased(message: Message) -> frozenset[str]:
    """The places that hold two quotation marks."""
    places = set()
    for segment in message:
        if segment.id not in _READ or ERASE.encode() not in segment.raw:
            continue
        for number in range(1, len(segment.fields)):
            if ERASE in segment.fields[number]:
                places |= set(_erased_in(segment, number))
    return frozenset(places)


def _erased_in(segment: Segment, number: int) -> Iterator[str]:
    whole, place = segment[number], f"{segment.id}-{number}"
    if whole.is_erased:
        yield place
        return
    for rank, repetition in enumerate(whole, 1):
        where = f"{place}[{rank}]" if len(whole) > 1 else place
        for part, component_ in enumerate(repetition, 1):
            if component_.is_erased:
                yield f"{where}.{part}"
