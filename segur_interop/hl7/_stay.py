"""PV1, PV2, ZBE, ZFA and ZFD as values, and back."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue, MessageError
from segur_interop.findings import Severity
from segur_interop.hl7._datatypes import Notes, component, read_cx
from segur_interop.hl7._syntax import ERASE
from segur_interop.hl7._values import DmpConsent, IdentitySource
from segur_interop.hl7.er7 import Segment
from segur_interop.hl7.segments import SEGMENTS, Record, read
from segur_interop.model import (
    Encounter,
    LocalId,
    Movement,
    Participant,
    Period,
    Professional,
)
from segur_interop.model.movement import MOVEMENT_ACTIONS, MOVEMENT_NATURES

__all__ = [
    "NO_VISIT",
    "PV1_FIELDS",
    "PV2_FIELDS",
    "consent_from",
    "consent_values",
    "movement_from",
    "movement_values",
    "read_movement",
    "source_from",
    "source_values",
    "visit_from",
    "visit_values",
]

NO_VISIT: Final = "N"
"""PV1-2 of the identity messages (ITI-30)."""

_DOCTORS: Final = (("attending", "ATND"), ("referring", "REF"), ("admitting", "ADM"))
"""Field of PV1 → type of participant (JDV_J140)."""

PV1_FIELDS: Final = (
    "patient_class", "location", "visit", "admitted", "discharged",
    *(name for name, _ in _DOCTORS),
)  # fmt: skip
PV2_FIELDS: Final = ("expected_admission", "expected_discharge")
"""The fields that an Encounter has a place for."""

_ZBE: Final = "IHE ITI TF-4 §4.1.2.7"


def visit_from(
    pv1: Record | None, pv2: Record | None, account: LocalId | None, notes: Notes
) -> Encounter | None:
    """The visit; None when PV1-2 is N and nothing else is told."""
    ids = [account] if account is not None else []
    location = period = None
    people: list[Participant] = []
    patient_class = ""
    if pv1 is not None:
        patient_class = _code(pv1, "patient_class", notes)
        visit = pv1["visit"]
        if visit and visit != ERASE:
            number = read_cx(visit, "PV1-19", notes, kind="VN")
            ids += [number] if number is not None and number not in ids else []
        location = pv1.typed("location", notes)
        discharged = pv1.typed("discharged", notes)
        period = _period(
            pv1.typed("admitted", notes), discharged[0] if discharged else None, "PV1-45", notes
        )
        people = [
            Participant(type=kind, entity=person)
            for name, kind in _DOCTORS
            for person in pv1.typed(name, notes)
        ]
    expected = None
    if pv2 is not None:
        first, last = (pv2.typed(name, notes) for name in PV2_FIELDS)
        expected = _period(first, last, "PV2-9", notes)
    patient_class = "" if patient_class == NO_VISIT else patient_class
    if not any((patient_class, ids, location, period, people, expected)):
        return None
    return Encounter(
        ids=tuple(ids), patient_class=patient_class, location=location, period=period,
        expected=expected, participants=tuple(people),
    )  # fmt: skip


def _period(
    low: Timestamp | None, high: Timestamp | None, place: str, notes: Notes
) -> Period | None:
    if low is None and high is None:
        return None
    try:
        return Period(low=low, high=high)
    except InvalidValue:
        notes.add("period", "ends before it starts: the end is not read", place)
        return Period(low=low)


def visit_values(visit: Encounter | None) -> tuple[dict[str, Any], dict[str, Any]]:
    """The fields of PV1 and those of PV2."""
    if visit is None:
        return {"patient_class": NO_VISIT}, {}
    low, high = _bounds(visit.period)
    number = visit.id_of_type("VN")
    people = {name: tuple(_doctors(visit.participants, kind)) for name, kind in _DOCTORS}
    unknown = [item for item in visit.participants if item.type not in dict(_DOCTORS).values()]
    if unknown:
        raise MessageError("PV1 has no place for a participant of this type", place="PV1")
    pv1 = {
        "set_id": "1",
        "patient_class": visit.patient_class,
        "location": visit.location or "",
        "visit": number or "",
        "admitted": low,
        "discharged": (high,) if high else (),
        **people,
    }
    planned = _bounds(visit.expected)
    return pv1, dict(zip(PV2_FIELDS, planned, strict=True))


def _bounds(period: Period | None) -> tuple[Any, Any]:
    return (period.low or "", period.high or "") if period is not None else ("", "")


def _doctors(participants: Iterable[Participant], kind: str) -> Iterable[Professional]:
    for item in participants:
        if item.type == kind:
            if not isinstance(item.entity, Professional):
                raise MessageError("a professional is expected", place="PV1")
            yield item.entity


def read_movement(segment: Segment, notes: Notes) -> Record:
    """The ZBE, also of a sender that moved the fields from ZBE-4 on by one place."""
    shift = shift_of(segment)
    if shift:
        notes.add("zbe.shifted", "the fields from ZBE-4 on are one place too far: read there",
                  "ZBE-4", source=_ZBE)  # fmt: skip
    return read(segment, notes, shift=shift)


def shift_of(segment: Segment) -> int:
    """By how many places a sender moved the fields of a ZBE from ZBE-4 on."""
    fields = [*segment.fields, *[""] * 6]
    return int(not fields[4] and fields[5].strip().upper() in MOVEMENT_ACTIONS)


def movement_from(record: Record, notes: Notes) -> Movement | None:
    """The movement; None and a finding without an identifier or a start."""
    ids = record.typed("ids", notes)
    start = record.typed("start", notes)
    if not ids or start is None:
        notes.add("zbe.unreadable", "a movement needs an identifier and a start", "ZBE",
                  source=_ZBE)  # fmt: skip
        return None
    action, nature = (_code(record, name, notes) for name in ("action", "nature"))
    for number, code, table in ((4, action, MOVEMENT_ACTIONS), (9, nature, MOVEMENT_NATURES)):
        if code and code not in table:
            notes.add("zbe.code", "not a code of its table", f"ZBE-{number}", source=_ZBE)
    return Movement(
        ids=tuple(dict.fromkeys(ids)), period=Period(low=start), action=action,
        historic=_code(record, "historic", notes) == "Y",
        original_event=_code(record, "original_event", notes),
        medical_unit=record.typed("medical_unit", notes),
        care_unit=record.typed("care_unit", notes), nature=nature,
    )  # fmt: skip


def movement_values(movement: Movement) -> dict[str, Any]:
    """The fields of ZBE.

    Raises:
        MessageError: a code outside its table, an update or a cancellation that names no event.
    """
    for finding in movement.findings:
        if finding.severity is Severity.ERROR:
            raise MessageError(finding.message, place="ZBE")
    return {
        "ids": movement.ids,
        "start": movement.period.low,
        "action": movement.action,
        "historic": "Y" if movement.historic else "N",
        "original_event": movement.original_event,
        "medical_unit": movement.medical_unit or "",
        "care_unit": movement.care_unit or "",
        "nature": movement.nature,
    }


_TOKEN: Final = re.compile(r"[A-Za-z0-9_.]{1,12}")
_FLAGS: Final = {"Y": True, "N": False}
_CODES: Final = {True: "Y", False: "N", None: ""}
_CONSENT_TIMES: Final = (
    "status_date", "closed_date", "alimentation_date", "consultation_date", "access_date",
    "opposition_date",
)  # fmt: skip
_CONSENT_CODES: Final = ("status", "alimentation", "consultation")
_CONSENT_FLAGS: Final = ("access", "bris_de_glace_opposition", "centre_15_opposition")


def consent_from(record: Record, notes: Notes) -> DmpConsent:
    """The ZFA, fields of 2.11 and those of the versions before it."""
    texts = {name: _code(record, name, notes) for name in (*_CONSENT_CODES, *_CONSENT_FLAGS)}
    values: dict[str, Any] = {name: texts[name] for name in _CONSENT_CODES}
    values |= {name: _FLAGS.get(texts[name]) for name in _CONSENT_FLAGS}
    values |= {name: record.typed(name, notes) for name in _CONSENT_TIMES}
    return DmpConsent(**values)


def _code(record: Record, name: str, notes: Notes) -> str:
    """A coded field, in upper case; "" and a finding when it is no code: it could be a name."""
    text = component(record[name], 1)
    if not text or text == ERASE:
        return ""
    if not _TOKEN.fullmatch(text):
        row = SEGMENTS[record.id].by_name[name]
        notes.add("value", "not read: no code", f"{record.id}-{row.number}")
        return ""
    return text.upper()


def consent_values(consent: DmpConsent) -> dict[str, Any]:
    """The fields of ZFA."""
    values: dict[str, Any] = {name: getattr(consent, name) for name in _CONSENT_CODES}
    values |= {name: _CODES[getattr(consent, name)] for name in _CONSENT_FLAGS}
    return values | {name: getattr(consent, name) or "" for name in _CONSENT_TIMES}


def source_from(record: Record, notes: Notes) -> IdentitySource:
    """The ZFD, but its date of birth, which belongs to the identity."""
    return IdentitySource(
        mode=_code(record, "identity_source", notes),
        insi_time=record.typed("insi_time", notes),
        document=_code(record, "document", notes),
        document_end=record.typed("document_end", notes),
        sms_consent=_FLAGS.get(_code(record, "sms_consent", notes)),
        gestation_weeks=_code(record, "gestation_weeks", notes),
    )


def source_values(source: IdentitySource | None) -> dict[str, Any]:
    """The fields of ZFD, but those of the identity."""
    source = source or IdentitySource()
    return {
        "gestation_weeks": source.gestation_weeks,
        "sms_consent": _CODES[source.sms_consent],
        "identity_source": source.mode,
        "insi_time": source.insi_time or "",
        "document": source.document,
        "document_end": source.document_end or "",
    }
