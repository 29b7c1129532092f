"""ADT messages and events about the fictitious people of the official examples."""

from __future__ import annotations

import dataclasses
from typing import Any

import people

from segur_interop import hl7
from segur_interop._time import Timestamp
from segur_interop.model import Encounter, LocalId, Location, Movement, Patient, Period, Unit

PERSON = people.BY_ID["hl7-1"]
INS = "279035121518989^^^ASIP-SANTE-INS-NIR&1.2.250.1.213.1.4.10&ISO^INS^^20101207"
IPP = "000003^^^CHU-X&000897406&N^PI"
NAME = "PAT-TROIS^DOMINIQUE^DOMINIQUE^^^^L"
BIRTH_PLACE = "^^^^^^BDL^^63220"


def header(trigger: str = "A31", structure: str | None = None, **fields: str) -> str:
    kind = hl7.TRIGGERS[trigger].structure if structure is None else structure
    version, charset = fields.get("version", "2.5^FRA^2.11"), fields.get("charset", "UNICODE UTF-8")
    return (
        f"MSH|^~\\&|GAM|CHU-X|DPI|CHU-X|20240306111154||ADT^{trigger}^{kind}|3975|D|{version}"
        f"|||||FRA|{charset}|FR||2.11^IHE_FRANCE-2.11-PAM"
    )


def pid(
    *, ids: str = f"{IPP}~{INS}", names: str = NAME, born: str = "19790328", sex: str = "F",
    addresses: str = BIRTH_PLACE, reliability: str = "VALI", more: dict[int, str] | None = None,
) -> str:  # fmt: skip
    fields = {3: ids, 5: names, 7: born, 8: sex, 11: addresses, 32: reliability, **(more or {})}
    return "PID|" + "|".join(fields.get(number, "") for number in range(1, 35)).rstrip("|")


def octets(trigger: str = "A31", *segments: str, **fields: str) -> bytes:
    body = segments or (pid(), "PV1||N")
    lines = [header(trigger, **fields), "EVN||20240306111154||||20240306111154", *body]
    return ("\r".join(lines) + "\r").encode()


def read(trigger: str = "A31", *segments: str, repository: bool = False) -> hl7.AdtEvent:
    return hl7.read_adt(octets(trigger, *segments), identity_repository=repository)


def rules(event: hl7.AdtEvent) -> set[str]:
    return {finding.rule.removeprefix("hl7.") for finding in event.findings}


HEADER = hl7.Header(
    sending_application="GAM", sending_facility="CHU-X", receiving_application="DPI",
    receiving_facility="CHU-X", control_id="42", time=Timestamp.parse("20240306111154"),
)  # fmt: skip
LOCAL = LocalId(extension="000003", type="PI", namespace="CHU-X", authority="000897406",
                authority_type="N")  # fmt: skip
OTHER = dataclasses.replace(LOCAL, extension="000004")
DOSSIER = dataclasses.replace(LOCAL, extension="24000006", type="AN", authority_type="M")
VENUE = dataclasses.replace(DOSSIER, extension="000897406", type="VN")
UF = Unit(code="6268", label="Chir V", namespace="CHU-X", authority="000897406",
          authority_type="N")  # fmt: skip


def visit(**changes: Any) -> Encounter:
    values = {
        "ids": (DOSSIER, VENUE), "patient_class": "I", "location": Location(unit="6268", bed="3"),
    }  # fmt: skip
    return Encounter(**{**values, **changes})


def movement(**changes: Any) -> Movement:
    values = {
        "ids": (LocalId(extension="001", namespace="CHU-X", authority="000897406"),),
        "period": Period(low="20240306110000"), "medical_unit": UF, "nature": "HMS",
    }  # fmt: skip
    return Movement(**{**values, **changes})


def event(trigger: str = "A31", **changes: Any) -> hl7.AdtEvent:
    """An event that may be written: a QUALIFIEE, and what the trigger needs."""
    shape = hl7.TRIGGERS[trigger]
    values: dict[str, Any] = {
        "trigger": trigger,
        "header": HEADER,
        "recorded": Timestamp.parse("20240306111154"),
        "patient": Patient(identity=people.local(PERSON), ids=(LOCAL,)),
    }
    if shape.is_stay:
        values |= {"visit": visit(), "movement": movement()}
    if shape.replaces and trigger != "A49":
        values["replaced"] = (OTHER,)
    if trigger in ("A44", "A49"):
        values["replaced_account"] = dataclasses.replace(DOSSIER, extension="24000001")
    if trigger in ("A24", "A37"):
        values["further"] = (
            hl7.PatientGroup(patient=Patient(identity=people.traits_only(PERSON), ids=(OTHER,))),
        )
    return hl7.AdtEvent(**{**values, **changes})
