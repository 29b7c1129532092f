"""An event as an ADT message: what leaves follows PAM France, or is refused."""

from __future__ import annotations

import re
from typing import Any, Final

from segur_interop.errors import IdentityNotQualified, MessageError, UnsupportedMessage
from segur_interop.hl7 import _patient as patients
from segur_interop.hl7 import _stay as stays
from segur_interop.hl7._events import TRIGGERS, Trigger
from segur_interop.hl7._syntax import DEFAULT, ERASE, codec_of
from segur_interop.hl7._values import AdtEvent, PatientGroup
from segur_interop.hl7._written import msh, octets
from segur_interop.hl7.segments import SEGMENTS, Record, write
from segur_interop.ins import INS_OIDS
from segur_interop.model import LocalId, Patient
from segur_interop.model._numbers import compact

__all__ = ["VERSIONS", "check_matricules", "merged", "message_of"]

VERSIONS: Final = ("2.10", "2.11")
"""Of PAM France: what is written."""


def message_of(event: AdtEvent, *, version: str, third_party: bool) -> bytes:
    """The octets; see `adt.write_adt`."""
    trigger = _checked(event, version)
    records = _records(event, trigger, version)
    lines = [write(record, version=version, third_party=third_party) for record in records]
    lines = _with_erasures(lines, event.erased)
    check_matricules(lines, [event.patient, *(group.patient for group in event.further)])
    codec = codec_of(event.header.charset)
    if not codec:
        raise MessageError("not a character set of table 0211", place="MSH-18")
    return octets(lines, codec)


def _checked(event: AdtEvent, version: str) -> Trigger:
    """The event, when it may be written.

    Raises:
        UnsupportedMessage: an event or a version that is not written.
        MessageError: a part that the event needs, or must not have.
    """
    trigger = TRIGGERS[event.trigger]
    if version not in VERSIONS:
        raise UnsupportedMessage(f"written: {', '.join(VERSIONS)}", place="MSH-12")
    if not trigger.written:
        raise UnsupportedMessage("an event that is read and never written", place="MSH-9.2")
    rules = (
        (event.movement is not None or not trigger.movement, "ZBE", "the event has a movement"),
        (event.movement is None or "ZBE" in trigger.segments, "ZBE", "the event has none"),
        (event.consent is None or "ZFA" in trigger.segments, "ZFA", "the event has none"),
        (event.source is None or "ZFD" in trigger.segments, "ZFD", "the event has none"),
        (event.visit is not None or not trigger.is_stay, "PV1", "the event has a visit"),
        (bool(event.replaced) or trigger.code not in _REPLACING, "MRG-1",
         "the event replaces an identifier"),
        (not event.replaced or "MRG" in trigger.segments, "MRG", "the event replaces nothing"),
        (event.replaced_account is not None or trigger.code not in ("A44", "A49"), "MRG-3",
         "the event renumbers or moves a dossier"),
        (not event.further or trigger.repeats, "PID", "the event has one patient"),
        (len(event.further) == 1 or trigger.code not in ("A24", "A37"), "PID",
         "the event has two patients"),
        (event.recorded is not None, "EVN-2", "a required field is empty"),
        (event.planned is None or event.occurred is None, "EVN-3", "both planned and past"),
    )  # fmt: skip
    for kept, place, message in rules:
        if not kept:
            raise MessageError(message, place=place)
    _check_visit(event, trigger)
    _check_replaced(event, trigger)
    for group in event.further:
        _check_replaced(group, trigger)
    return trigger


_REPLACING: Final = ("A40", "A44", "A47")


def _check_visit(event: AdtEvent, trigger: Trigger) -> None:
    visit = event.visit
    if visit is None:
        return
    if not trigger.is_stay:
        others = (visit.patient_class, visit.location, visit.period, visit.expected)
        if any(others) or visit.participants or visit.id_of_type("VN"):
            raise MessageError("the event holds no visit, at most a dossier", place="PV1")
        return
    if visit.patient_class not in ("E", "I", "O", "R", "V"):
        raise MessageError("not a class of table 0004 for a visit", place="PV1-2")
    if visit.patient_class != "V" and visit.id_of_type("VN") is None:
        raise MessageError("the number of the visit is required", place="PV1-19")
    if visit.id_of_type("AN") is None:
        raise MessageError("the number of the dossier is required", place="PID-18")
    if visit.location is None and trigger.code not in ("A52", "A53", "A54", "A55"):
        raise MessageError("the place of the patient is required", place="PV1-3")
    unknown = [item for item in visit.ids if item.type not in ("AN", "VN")]
    if unknown:
        raise MessageError("only AN and VN have a place; give others as records", place="PV1")


def _check_replaced(group: AdtEvent | PatientGroup, trigger: Trigger) -> None:
    """Refuse to merge a patient with itself, and to send a retired matricule ungated."""
    own = group.patient.ids
    matricule = group.patient.identity.matricule
    for item in group.replaced:
        if item.is_ins:
            if not group.patient.identity.may_transmit_ins:
                raise IdentityNotQualified(
                    "a retired matricule travels only with a qualified identity; an A31 without "
                    "INS tells the loss", place="MRG-1",
                )  # fmt: skip
            circular = matricule is not None and matricule.value == item.extension
        else:
            circular = any(patients.same_id(item, kept) for kept in own)
        if circular and trigger.code != "A49":
            raise MessageError("MRG names an identifier that PID keeps", place="MRG-1")


def _records(event: AdtEvent, trigger: Trigger, version: str) -> list[Record]:
    """Every segment in the order of the event."""
    named: dict[str, list[Record]] = {}
    for record in event.records:
        named.setdefault(record.id, []).append(record)
    values = _values(event, trigger)
    _check_records(named, trigger)
    first = [
        msh(
            event.header,
            kind=("ADT", trigger.code, trigger.structure),
            version=("2.5", "FRA", version),
            language="FR",
            profile=_PROFILES.get(version, ()),
        ),
        merged("EVN", {name: getattr(event, name) or "" for name in _TIMES}, named),
    ]
    seen: set[str] = set()
    for name in trigger.segments:
        first += _of_segment(name, values, named, again=name in seen)
        seen.add(name)
    for group in event.further:
        first += _group_records(group, trigger)
    return first


_TIMES: Final = ("recorded", "planned", "occurred")
_PROFILES: Final = {"2.11": (("2.11", "IHE_FRANCE-2.11-PAM"),)}
"""MSH-21, in the official examples; that of 2.10 was not found."""
_REPEATED: Final = ("ROL", "NK1", "ZFS")
_ALWAYS: Final = ("EVN", "PID")


def _values(event: AdtEvent, trigger: Trigger) -> dict[str, dict[str, Any]]:
    """The fields of each segment that the event has values for."""
    visit = event.visit
    pv1, pv2 = stays.visit_values(visit if trigger.is_stay else None)
    values = {
        "PID": patients.pid_values(
            event.patient,
            account=visit.id_of_type("AN") if visit is not None else None,
            reliability=event.reliability, multiple_birth=event.multiple_birth,
            pseudonym=event.pseudonym, civility=event.civility,
        ),
        "PV1": pv1,
        "PV2": pv2,
    }  # fmt: skip
    if event.movement is not None:
        values["ZBE"] = stays.movement_values(event.movement)
    if event.consent is not None:
        values["ZFA"] = stays.consent_values(event.consent)
    values["ZFD"] = _source_values(event)
    if trigger.replaces:
        values["MRG"] = _merge_values(event.replaced, event.replaced_account, event.patient)
    return values


def _source_values(event: AdtEvent) -> dict[str, Any]:
    identity = event.patient.identity
    corrected = identity.birth_date_completed
    if event.source is None and not corrected:
        return {}
    return {
        **stays.source_values(event.source),
        "lunar_birth_date": patients.lunar_date(identity),
        "birth_date_corrected": "Y" if corrected else "N",
    }


def _merge_values(
    replaced: tuple[LocalId, ...], account: LocalId | None, patient: Patient
) -> dict[str, Any]:
    # A49 keeps the patient: MRG-1, which is required, repeats the local identifiers.
    return {"identifiers": replaced or patient.ids, "account": account or ""}


def _of_segment(
    name: str, values: dict[str, dict[str, Any]], named: dict[str, list[Record]], *, again: bool
) -> list[Record]:
    """The records of one segment at its place; ROL has two."""
    if name == "ROL":
        return [item for item in named.get("ROL", ()) if _is_declared(item) is not again]
    if name in _REPEATED:
        return [_numbered(item, rank) for rank, item in enumerate(named.get(name, ()), 1)]
    record = merged(name, values.get(name, {}), named)
    return [record] if record else []


def _is_declared(role: Record) -> bool:
    """True for the declared médecin traitant, who stands before PV1 (IHE ITI TF-4)."""
    code = role["role"]
    return (code if isinstance(code, str) else code[0]) == "ODRP"


def _numbered(record: Record, rank: int) -> Record:
    if "set_id" not in SEGMENTS[record.id].by_name or "set_id" in record:
        return record
    return Record(id=record.id, values=(("set_id", str(rank)), *record.values))


def merged(name: str, values: dict[str, Any], named: dict[str, list[Record]]) -> Record:
    """The fields of the event and those of its record, which may not be the same."""
    given = named.get(name, [])
    if len(given) > 1:
        raise MessageError("several records of a segment that does not repeat", place=name)
    rest = dict(given[0].values) if given else {}
    filled = {key: value for key, value in values.items() if value not in ("", ())}
    twice = [key for key in rest if key in filled and key != "set_id"]
    if twice:
        row = SEGMENTS[name].by_name[twice[0]]
        raise MessageError("given by the event and by a record", place=f"{name}-{row.number}")
    if not filled and not rest:
        return Record(id=name)
    return Record(id=name, values=tuple({**filled, **rest}.items()))


def _check_records(named: dict[str, list[Record]], trigger: Trigger) -> None:
    for name in named:
        if name not in trigger.segments and name not in _ALWAYS:
            raise MessageError("the event does not hold this segment", place=name)
        if name in ("ZBE", "ZFA", "ZFD", "MSH"):
            raise MessageError("given by the event, not by a record", place=name)


def _group_records(group: PatientGroup, trigger: Trigger) -> list[Record]:
    named: dict[str, list[Record]] = {}
    for record in group.records:
        named.setdefault(record.id, []).append(record)
    _check_records(named, trigger)
    values = {
        "PID": patients.pid_values(
            group.patient, account=group.account, reliability=group.reliability,
            multiple_birth=None, pseudonym=None, civility="",
        )
    }  # fmt: skip
    if trigger.replaces:
        values["MRG"] = _merge_values(group.replaced, group.replaced_account, group.patient)
    return [
        item for name in trigger.segments for item in _of_segment(name, values, named, again=False)
    ]


def _with_erasures(lines: list[str], erased: frozenset[str]) -> list[str]:
    """The segments with `""` where the event asks to erase."""
    if not erased:
        return lines
    cut = [line.split(DEFAULT.field) for line in lines]
    for place in sorted(erased):
        name, _, number = place.partition("-")
        if not number.isdigit():
            raise MessageError("only a whole field is erased", place=place)
        fields = next((line for line in cut if line[0] == name), None)
        if fields is None:
            raise MessageError("erased in a segment that the event does not have", place=place)
        index = int(number)
        fields += [""] * (index + 1 - len(fields))
        if fields[index] not in ("", ERASE):
            raise MessageError("both given and erased", place=place)
        fields[index] = ERASE
    return [DEFAULT.field.join(fields) for fields in cut]


def check_matricules(lines: list[str], written: list[Patient]) -> None:
    """The last gate: no INS outside the PID-3 and MRG-1 that the first one let pass.

    A record or an identifier of another type could carry one past `may_transmit_ins`.
    """
    passing = {_number(patient) for patient in written if patient.identity.may_transmit_ins}
    held = {_number(patient) for patient in written} - passing - {""}
    for line in lines:
        fields = line.split(DEFAULT.field)
        if held & {compact(leaf) for leaf in _LEAVES.split(line)}:
            raise IdentityNotQualified("the matricule under another name", place=line[:3])
        if line[:3] in _GATED:
            del fields[_GATED[line[:3]]]
        if INS_OIDS & {part for text in fields for part in _LEAVES.split(text)}:
            raise IdentityNotQualified(
                "a matricule outside the identity of the patient", place=line[:3]
            )


_GATED: Final = {"PID": 3, "MRG": 1}
_LEAVES: Final = re.compile(r"[|^~&]")


def _number(patient: Patient) -> str:
    matricule = patient.identity.matricule
    return matricule.value if matricule is not None else ""
