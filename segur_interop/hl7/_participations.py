"""PRT: who sends a document, who receives it, where to answer.

(HL7 v2.9 §7.4.4, pre-adopted by the ANS guide "Transmission de documents CDA-R2 en HL7v2" 2.1.2.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from segur_interop._masking import Masked, shown
from segur_interop._oid import PS_IDNAT, STRUCT_IDNAT
from segur_interop.errors import InvalidMatricule, InvalidValue, MessageError
from segur_interop.findings import Severity
from segur_interop.hl7._datatypes import (
    Notes,
    Repetition,
    authority_of,
    component,
    read_unit,
    read_xcn,
    sub,
    write_xcn,
    write_xtn,
)
from segur_interop.hl7._patient import ins_cx
from segur_interop.hl7.segments import Record
from segur_interop.ins import INS_OIDS, Identity, Matricule
from segur_interop.model import (
    Device,
    LocalId,
    Organization,
    Patient,
    Professional,
    Telecom,
    Unit,
)

__all__ = ["ROLES", "Participant", "Participation", "participation_from", "participation_of"]
__all__ += ["prt"]

ROLES: Final = {"SB": "Send by", "RCT": "Result Copies To", "REPLY": "Reply To"}
"""PRT-4, of HL7 table 0912 (symbolic name `participation`)."""

_GUIDE: Final = "ANS guide CDA in HL7 v2, 2.1.2, segments PRT"
_CITIZENS: Final = "patient.mssante.fr"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Participation(Masked):
    """One PRT: a person, the patient, a structure, a unit or an application, and its address.

    Attributes:
        person: the professional (PRT-5).
        matricule: the patient's, when it is the patient who receives (PRT-5 of type INS).
        organization: the structure, of the sender or which receives (PRT-8).
        organization_type: XON.7: FINEG (FINESS géographique), FINEJ (juridique), SIREN, SIRET,
            IDNST; "" writes FINEG for a FINESS.
        unit: UF or service within an establishment (PRT-8 of type UF or SRV).
        device: the application or device (PRT-10).
        address: the mail address, MSSanté for a recipient (PRT-15).
    """

    person: Professional | None = None
    matricule: Matricule | None = None
    organization: Organization | None = None
    organization_type: str = field(default="", metadata=shown())
    unit: Unit | None = None
    device: LocalId | None = None
    address: Telecom | None = None

    @property
    def kind(self) -> str:
        """`patient`, `professional`, `organization`, `application`, or `address` alone."""
        if self.is_patient:
            return "patient"
        if self.person is not None:
            return "professional"
        if self.organization is not None or self.unit is not None:
            return "organization"
        return "application" if self.device is not None else "address"

    @property
    def is_patient(self) -> bool:
        """True for a citizen: a matricule, or a mailbox made of one."""
        if self.matricule is not None:
            return True
        return self.address is not None and bool(self.address.patient_matricule)


Participant: TypeAlias = (
    Participation | Professional | Organization | Device | Patient | Telecom | Unit
)
"""What a writer accepts where a PRT is to be made."""


def participation_of(given: Participant) -> Participation:
    """The PRT of a professional, a structure, a device, the patient, or a bare address.

    Raises:
        TypeError: another type.
    """
    if isinstance(given, Participation):
        return given
    if isinstance(given, Patient):
        return Participation(matricule=given.identity.matricule, address=_citizen_address(given))
    if isinstance(given, Professional):
        return Participation(person=given, organization=given.organization, address=given.mssante)
    if isinstance(given, Organization):
        address = next((item for item in given.telecoms if item.is_mssante), None)
        return Participation(organization=given, address=address)
    if isinstance(given, Device):
        number = LocalId(extension=given.idnat, root=str(PS_IDNAT)) if given.idnat else None
        device = number or next(iter(given.ids), None)
        return Participation(device=device, organization=given.organization)
    if isinstance(given, Unit):
        return Participation(unit=given)
    if isinstance(given, Telecom):
        return Participation(address=given)
    raise TypeError(f"no participant: {type(given).__name__}")


def _citizen_address(patient: Patient) -> Telecom | None:
    """The patient's own citizen mailbox; its local part is the matricule (official examples)."""
    matricule = patient.identity.matricule
    if matricule is None:
        return None
    own = (item for item in patient.telecoms if item.patient_matricule == matricule.value)
    return next(own, None) or Telecom.email(f"{matricule.value}@{_CITIZENS}")


# Writing.


def prt(role: str, given: Participation, patient: Identity, *, table: str) -> Record:
    """The segment.

    Args:
        role: SB, RCT or REPLY.
        given: whose it is.
        patient: the identity of the message, the only one whose matricule may be there.
        table: name of the table in PRT-4.3, `participation` (2.1) or `HL70912` (2.0).

    Raises:
        MessageError: what the role requires is absent; another person's matricule.
    """
    _check(role, given, patient)
    is_patient = given.is_patient and role == "RCT"
    persons: tuple[Repetition, ...] = ()
    if is_patient:
        persons = (_patient_xcn(patient),)
    elif given.person is not None and role != "REPLY":
        persons = (_xcn(given.person),)
    organizations = _organizations(role, given)
    return Record.of(
        "PRT",
        action="UC",
        participation=(role, ROLES[role], table),
        persons=persons,
        organizations=organizations,
        devices=(given.device,) if given.device is not None and role != "REPLY" else (),
        telecoms=(_address(given.address),) if given.address is not None else (),
    )


def _check(role: str, given: Participation, patient: Identity) -> None:
    address = given.address
    if role in ("RCT", "REPLY") and address is None:
        raise MessageError("an address is required (PRT-15)", place=f"PRT {role}")
    if address is not None and address.scheme != "mailto":
        raise MessageError("not an electronic address", place=f"PRT {role}")
    if role == "SB" and given.person is None and given.device is None:
        raise MessageError("the sender is a professional or a device", place="PRT SB")
    if role != "RCT" and given.is_patient:
        raise MessageError("only a recipient may be the patient", place=f"PRT {role}")
    own = patient.matricule.value if patient.matricule is not None else ""
    numbers = {given.matricule.value if given.matricule else ""}
    numbers.add(address.patient_matricule if address is not None else "")
    if numbers - {"", own}:
        raise MessageError("the mailbox or matricule of someone else", place=f"PRT {role}")


def _xcn(person: Professional) -> Repetition:
    """Number, names and authority: civility and title have no place in a PRT (HL7 v2.7)."""
    parts = list(write_xcn(person))
    parts[3:7] = [""] * 4
    return tuple(parts)


def _patient_xcn(identity: Identity) -> Repetition:
    matricule = identity.matricule
    if matricule is None:
        raise MessageError("a citizen is named by a matricule", place="PRT RCT")
    number, _, _, authority, kind = ins_cx(matricule)
    family = identity.used_name or identity.birth_name
    given = identity.used_given_name or identity.first_birth_given_name
    return (number, family, given, "", "", "", "", "", authority, "L", "", "", kind)


_ORGANIZATION_TYPES: Final = {"1": "FINEG", "2": "SIREN", "3": "SIRET"}
_INNER_TYPES: Final = ("UF", "SRV", "SVR", "UM", "UH", "US", "POLE")
_PREFIXES: Final = {"FINEG": "1", "FINEJ": "1", "SIREN": "2", "SIRET": "3"}
_LENGTHS: Final = {"FINEG": 9, "FINEJ": 9, "SIREN": 9, "SIRET": 14}


def _organizations(role: str, given: Participation) -> tuple[Repetition, ...]:
    if role == "REPLY" or (role == "RCT" and given.person is not None):
        return ()
    if given.unit is not None:
        return (given.unit,)  # type: ignore[return-value]
    if given.organization is None:
        return ()
    item = given.organization
    if item.idnat:
        kind = given.organization_type or _ORGANIZATION_TYPES.get(item.idnat_form, "IDNST")
        authority = ("ASIP-SANTE-ST", str(STRUCT_IDNAT), "ISO")
        return ((item.name, "", "", "", "", authority, kind, "", "", item.idnat),)
    if item.ids:
        own = item.ids[0]
        names = (own.namespace, own.root or own.authority, "ISO" if own.root else
                 own.authority_type)  # fmt: skip
        return ((item.name, "", "", "", "", names, own.type, "", "", own.extension),)
    raise MessageError("the structure has no number", place=f"PRT {role}")


def _address(address: Telecom) -> Repetition:
    """XTN: the guide asks for the type X.400, whatever the domain."""
    parts = list(write_xtn(address))
    parts[2] = "X.400"
    return tuple(parts)


# Reading.

_TABLE_NAMES: Final = ("participation", "HL70912")
"""Of 2.1 and of 2.0."""


def participation_from(record: Record, notes: Notes) -> tuple[str, Participation | None]:
    """The role of a PRT and what it tells; None when nothing of it is read."""
    told = record["participation"]
    role = component(told, 1).upper()
    if role not in ROLES:
        notes.add("prt.role", "a participation that is not read: it stays in the message", "PRT-4",
                  Severity.INFO, _GUIDE)  # fmt: skip
        return "", None
    if component(told, 3) not in _TABLE_NAMES or not component(told, 2):
        notes.add("prt.participation", "label or table name of the participation is not that of "
                  "the guide", "PRT-4", Severity.INFO, _GUIDE)  # fmt: skip
    parts: dict[str, Any] = _person(record, notes)
    parts |= _structure(record, notes)
    devices, addresses = record.typed("devices", notes), record.typed("telecoms", notes)
    parts |= {"device": devices[0] if devices else None}
    parts |= {"address": addresses[0] if addresses else None}
    if not any(parts.values()):
        notes.add("prt.empty", "a participation that names nobody", f"PRT {role}")
        return role, None
    return role, Participation(**parts)


def _person(record: Record, notes: Notes) -> dict[str, Any]:
    persons = record["persons"]
    if len(persons) > 1:
        notes.add("prt.persons", "several persons: the first is read", "PRT-5")
    value = persons[0] if persons else ""
    if not value:
        return {}
    if " " in sub(value, 9, 1):
        notes.add("prt.authority", "a blank within the name of the authority", "PRT-5.9",
                  Severity.INFO, _GUIDE)  # fmt: skip
    authority = authority_of(value, 9)
    oid = authority.get("root", "")
    if oid and sub(value, 9, 1) == oid:
        notes.add("prt.oid-place", "the OID stands where the name of the authority does",
                  "PRT-5.9.1", Severity.INFO, _GUIDE)  # fmt: skip
    if component(value, 13).upper().startswith("INS") or oid in INS_OIDS:
        return _citizen(component(value, 1), oid, notes)
    return {"person": read_xcn(value, "PRT-5", notes)}


def _citizen(number: str, oid: str, notes: Notes) -> dict[str, Any]:
    if oid not in INS_OIDS:
        notes.add("prt.ins-oid", "the patient's number without the OID of an INS: not read",
                  "PRT-5.9", source=_GUIDE)  # fmt: skip
        return {}
    try:
        return {"matricule": Matricule.parse(number, oid)}
    except InvalidMatricule:
        notes.add("prt.matricule", "under the OID of an INS, and no matricule: not read", "PRT-5.1")
        return {}


def _structure(record: Record, notes: Notes) -> dict[str, Any]:
    items = record["organizations"]
    value = items[0] if items else ""
    if not value:
        return {}
    kind = component(value, 7).upper()
    if kind in _INNER_TYPES:
        return {"unit": read_unit(value, "PRT-8", notes)}
    number, name = component(value, 10) or component(value, 3), component(value, 1)
    names = authority_of(value, 6)
    try:
        if kind in (*_PREFIXES, "IDNST") or names.get("root") == STRUCT_IDNAT:
            if len(number) == _LENGTHS.get(kind, -1):
                notes.add("prt.structure", "a number without its type digit: read with it",
                          "PRT-8.10", Severity.INFO, _GUIDE)  # fmt: skip
                number = _PREFIXES[kind] + number
            made = Organization(idnat=number, name=name)
        else:
            ids = (LocalId(extension=number, type=kind, **names),) if number else ()
            made = Organization(name=name, ids=ids)
    except InvalidValue:
        notes.add("value", "not read: nothing names or identifies the structure", "PRT-8")
        return {}
    known = made.idnat and kind in (*_PREFIXES, "IDNST")
    return {"organization": made, "organization_type": kind if known else ""}
