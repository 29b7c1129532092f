"""PID, PD1 and MRG as a patient, and a patient as PID: one line a field, both ways."""

from __future__ import annotations

import dataclasses
import itertools
import re
import unicodedata
from collections.abc import Iterable
from typing import Any, Final

from segur_interop.errors import IdentityError, IdentityNotQualified, InvalidValue, MessageError
from segur_interop.findings import Severity
from segur_interop.hl7._datatypes import Notes, Repetition, component, read_cx, read_xad, sub
from segur_interop.hl7._identity import RELIABILITY, is_ins_like
from segur_interop.hl7._syntax import ERASE
from segur_interop.hl7.segments import Record
from segur_interop.ins import (
    INS_OIDS,
    Attribute,
    Evidence,
    Identity,
    IdentityStatus,
    Matricule,
    MatriculeKind,
    Sex,
)
from segur_interop.ins.traits import is_birth_place
from segur_interop.model import LocalId, Patient, PersonName, Telecom

__all__ = [
    "OWN_FIELDS",
    "account_of",
    "adopted",
    "ins_cx",
    "patient_from",
    "pid_values",
    "replaced_from",
    "status_codes",
]

OWN_FIELDS: Final = (
    "identifiers", "names", "mother_maiden_name", "birth_date", "sex", "addresses", "telecoms",
    "business_telecoms", "account", "mother_ids", "birth_place", "multiple_birth", "birth_order",
    "death_time", "death_indicator", "reliability",
)  # fmt: skip
"""The fields of PID that a Patient, or the event, has a place for."""

_GUIDE: Final = "Guide INS v3 §2.2.2; RNIV EXI SI 08"


def patient_from(record: Record, identity: Identity, notes: Notes) -> Patient:
    """The patient of a PID record whose identity is already read."""
    death = record.typed("death_time", notes)
    told = {"Y": True, "N": False}.get(_flag(record, "death_indicator"))
    if death is not None and told is False:
        notes.add("pid.death", "a time of death, and an indicator that denies it", "PID-30")
        told = None
    mothers = record.typed("mother_maiden_name", notes)
    return Patient(
        identity=identity,
        ids=_local_ids(record, notes),
        addresses=tuple(
            address
            for item in record["addresses"]
            if item != ERASE and component(item, 7).upper() != "BDL"
            if (address := read_xad(item, "PID-11", notes)) is not None
        ),
        telecoms=_telecoms(record, notes),
        deceased=told,
        deceased_time=death,
        mother_ids=record.typed("mother_ids", notes),
        mother_name=mothers[0] if mothers else None,
    )


def _flag(record: Record, name: str) -> str:
    return component(record[name], 1).upper()


def _telecoms(record: Record, notes: Notes) -> tuple[Telecom, ...]:
    found: list[Telecom] = []
    for item in (*record.typed("telecoms", notes), *record.typed("business_telecoms", notes)):
        if item not in found:
            found.append(item)
    return tuple(found)


def _local_ids(record: Record, notes: Notes) -> tuple[LocalId, ...]:
    """Every identifier of PID-3 but the matricules, and what pretends to be one."""
    found: list[LocalId] = []
    seen: set[tuple[str, ...]] = set()
    for item in record["identifiers"]:
        oid = sub(item, 4, 2) or sub(item, 4, 1)
        if item == ERASE or oid in INS_OIDS or is_ins_like(oid, component(item, 5).upper()):
            continue
        local = read_cx(item, "PID-3", notes)
        if local is None:
            continue
        domain = (local.root,) if local.root else (local.namespace, local.authority)
        key = (*domain, local.type, local.extension)
        if key in seen:
            notes.add("pid.twice", "an identifier given twice", "PID-3", Severity.INFO)
            continue
        seen.add(key)
        found.append(local)
    if not record["identifiers"]:
        notes.add("pid.identifiers", "no identifier of the patient", "PID-3", Severity.ERROR)
    return tuple(found)


def account_of(record: Record, name: str, place: str, notes: Notes) -> LocalId | None:
    """The dossier of PID-18 or MRG-3, of type AN whatever CX.5 says."""
    value = record[name]
    if not value or value == ERASE:
        return None
    return read_cx(value, place, notes, kind="AN")


def replaced_from(record: Record, kept: Patient, notes: Notes) -> tuple[LocalId, ...]:
    """The identifiers that MRG retires, without those that the patient keeps."""
    given = record.typed("identifiers", notes)
    own = kept.ids
    matricule = kept.identity.matricule
    replaced = tuple(item for item in given if not _is_kept(item, own, matricule))
    if given and not replaced:
        notes.add("merge.circular", "MRG names the identifiers of PID: nothing is replaced",
                  "MRG-1", Severity.ERROR, "IHE ITI TF-4 §4.1.3.3.2")  # fmt: skip
    elif len(replaced) < len(given):
        notes.add("merge.kept", "MRG names identifiers that PID keeps: they are left out", "MRG-1")
    return replaced


def _is_kept(item: LocalId, own: tuple[LocalId, ...], matricule: Matricule | None) -> bool:
    if item.is_ins:
        return matricule is not None and (matricule.value, matricule.oid) == (
            item.extension,
            item.root,
        )
    return any(same_id(item, other) for other in own)


def same_id(one: LocalId, other: LocalId) -> bool:
    """The same number in the same domain, whatever its type and validity."""
    if one.extension != other.extension:
        return False
    if one.root or other.root:
        return one.root == other.root
    if one.authority or other.authority:
        return one.authority == other.authority
    return one.namespace == other.namespace


def adopted(identity: Identity, notes: Notes) -> Identity:
    """The identity made local, as it comes from the declared identity repository."""
    changed = identity
    if identity.matricule is not None and identity.status is not IdentityStatus.QUALIFIEE:
        notes.add("pid.ins-dropped", "the matricule of an identity that is not qualified is not "
                  "adopted", "PID-3", source=_GUIDE)  # fmt: skip
        changed = dataclasses.replace(identity, matricule=None)
    try:
        return changed.adopt(Evidence.IDENTITY_REPOSITORY)
    except (IdentityError, InvalidValue):
        notes.add("pid.not-adopted", "status and attributes exclude each other: the identity "
                  "stays asserted", "PID-32", source="RNIV EXI SI 09")  # fmt: skip
        return identity


# Writing.

_STATUS_CODES: Final = {
    IdentityStatus.PROVISOIRE: "PROV", IdentityStatus.RECUPEREE: "PROV",
    IdentityStatus.VALIDEE: "VALI", IdentityStatus.QUALIFIEE: "VALI",
}  # fmt: skip
_OWN_CODES: Final = ("PROV", "VALI", "VIDE", "DOUT", "FICT")
_NAMESPACES: Final = {MatriculeKind.NIA: "ASIP-SANTE-INS-NIA"}
_LUNAR: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def status_codes(identity: Identity, others: tuple[str, ...]) -> tuple[str, ...]:
    """PID-32: the status, the attributes, then the other codes of the event."""
    codes = [_STATUS_CODES[identity.status]]
    for attribute, code in ((Attribute.DOUTEUSE, "DOUT"), (Attribute.FICTIVE, "FICT")):
        if attribute in identity.attributes:
            codes.append(code)
    extra = [code for code in others if code not in _OWN_CODES]
    if Attribute.HOMONYME in identity.attributes and not {"HOMD", "HOMA"} & set(extra):
        extra.insert(0, "HOMD")
    for code in extra:
        if code not in RELIABILITY:
            raise MessageError("not a code of table 0445", place="PID-32")
    return (*codes, *dict.fromkeys(extra))


def pid_values(
    patient: Patient, *, account: LocalId | None, reliability: tuple[str, ...],
    multiple_birth: bool | None, pseudonym: PersonName | None, civility: str,
) -> dict[str, Any]:  # fmt: skip
    """The fields of PID by name.

    Raises:
        MessageError: a birth date that is no calendar date; no identifier at all; a name or a
            birthplace with a control or an invisible character.
        IdentityNotQualified: QUALIFIEE, and its matricule may not be written: the gate says so,
            a name has no INSi form, the birthplace has no code.
    """
    identity = patient.identity
    order = identity.multiple_birth_order
    return {
        "identifiers": _identifiers(patient),
        "names": _names(identity, pseudonym, civility),
        "mother_maiden_name": _mother_name(patient.mother_name),
        "birth_date": _birth_date(identity),
        "sex": {Sex.M: "M", Sex.F: "F", Sex.I: "U", None: ""}[identity.sex],
        "addresses": (*patient.addresses, *_birth_place(identity)),
        "telecoms": patient.writable_telecoms,
        "account": account or "",
        # A matricule of someone else is not ours to send: their status is not known here.
        "mother_ids": tuple(item for item in patient.mother_ids if not item.is_ins),
        "multiple_birth": {True: "Y", False: "N", None: ""}[multiple_birth],
        "birth_order": str(order) if order is not None else "",
        "death_time": patient.deceased_time or "",
        "death_indicator": {True: "Y", False: "N", None: ""}[patient.deceased],
        "reliability": status_codes(identity, reliability),
    }


def _identifiers(patient: Patient) -> tuple[Any, ...]:
    """The local identifiers, and the matricule where the one gate lets it pass."""
    identity = patient.identity
    matricule = identity.matricule
    if identity.status is IdentityStatus.QUALIFIEE:
        if not identity.may_transmit_ins:
            # VALI without the INS would tell every receiver that the qualification is lost.
            raise IdentityNotQualified(
                "QUALIFIEE, and its matricule may not be written: adopt or complete it first",
                place="PID-3", report=identity.transmission_report(),
            )  # fmt: skip
        if matricule is not None:
            _check_traits(identity)
            return (*patient.ids, ins_cx(matricule))
    if not patient.ids:
        raise MessageError("no identifier that may be written", place="PID-3")
    return patient.ids


def _check_traits(identity: Identity) -> None:
    """Refuse a matricule beside traits that INSi could not have given, as `cda.wrap` does.

    Used names are local: they may hold anything that shows.
    """
    try:
        dataclasses.replace(identity, used_name="", used_given_name="").normalised()
    except InvalidValue as error:
        raise IdentityNotQualified(
            f"a matricule travels with names that have an INSi form ({error})", place="PID-5"
        ) from None
    if not is_birth_place(identity.birth_place):
        raise IdentityNotQualified(
            "a matricule travels with every trait: the birthplace has no code of the COG",
            place="PID-11",
        )


_UNSEEN: Final = ("Cc", "Cf", "Cs", "Zl", "Zp")
"""Controls, bidirectional and other format characters, lone surrogates, line separators."""


def _check_seen(traits: Iterable[tuple[str, ...]], place: str) -> None:
    """Refuse a trait that reads otherwise than it is written, as `pdf.compose` does."""
    for text in itertools.chain.from_iterable(traits):
        if not text.isprintable() and any(unicodedata.category(c) in _UNSEEN for c in text):
            raise MessageError("a control or an invisible character in a trait", place=place)


def ins_cx(matricule: Matricule) -> tuple[str, str, str, tuple[str, str, str], str]:
    """The CX of a matricule."""
    kind = matricule.kind
    namespace = _NAMESPACES.get(kind, "ASIP-SANTE-INS-NIR") if kind else ""
    return (matricule.value, "", "", (namespace, str(matricule.oid), "ISO"), "INS")


def _names(
    identity: Identity, pseudonym: PersonName | None, civility: str
) -> tuple[Repetition, ...]:
    """L, then D where one is used, then S."""
    birth = (identity.birth_name, identity.first_birth_given_name, identity.birth_given_names)
    names: list[tuple[str, ...]] = []
    if any(birth):
        names.append((*birth, "", "" if identity.used_name else civility, "", "L"))
    if identity.used_name or identity.used_given_name:
        names.append((identity.used_name, identity.used_given_name, "", "", civility, "", "D"))
    if pseudonym is not None:
        names.append((pseudonym.display_family, pseudonym.given, "", "", "", "", "S"))
    _check_seen(names, "PID-5")
    return tuple(names)


def _mother_name(name: PersonName | None) -> tuple[Repetition, ...]:
    if name is None:
        return ()
    names = ((name.birth_family or name.display_family, name.given, "", "", name.civility),)
    _check_seen(names, "PID-6")
    return names


def _birth_date(identity: Identity) -> str:
    if identity.birth_date is not None:
        return f"{identity.birth_date:%Y%m%d}".zfill(8)
    if identity.received_birth_date:
        raise MessageError(
            "no calendar date: complete the received one by the RNIV rules (EXI PP 19)",
            place="PID-7",
        )
    return ""


def _birth_place(identity: Identity) -> tuple[Repetition, ...]:
    if not (identity.birth_place or identity.birth_place_name):
        return ()
    place = ("", "", identity.birth_place_name, "", "", "", "BDL", "", identity.birth_place)
    _check_seen([place], "PID-11")
    return (place,)


def lunar_date(identity: Identity) -> Repetition:
    """ZFD-1: day, month and year of the date as INSi gave it; "" when it is a calendar date."""
    text = identity.received_birth_date
    if identity.birth_date is None or not _LUNAR.fullmatch(text):
        return ""
    year, month, day = text.split("-")
    return (day, month, year)
