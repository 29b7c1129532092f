"""The patient in XDS metadata: patientId, sourcePatientId, sourcePatientInfo, both ways."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from segur_interop._time import Timestamp
from segur_interop.errors import InvalidMatricule, InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.ins import Identity, IdentityStatus, Matricule, Sex
from segur_interop.model import LocalId, Patient
from segur_interop.xdm._hl7 import MAX_VALUE, components, cx_text, escape, parse_cx, unescape

if TYPE_CHECKING:
    from segur_interop.xdm.metadata import DocumentEntry

__all__ = ["names_several", "patient_info", "read_patient", "shortened"]

_SEXES: Final = {Sex.M: "M", Sex.F: "F", Sex.I: "U"}
_READ_SEXES: Final = {"M": Sex.M, "F": Sex.F, "U": Sex.I, "O": Sex.I, "A": Sex.I, "N": Sex.I}
_LEGAL: Final = "L"
_USED: Final = "D"
_BIRTHPLACE: Final = "BDL"
_LENGTH_SOURCE: Final = "ebRIM 3.0 schema, rim.xsd: values of at most 256 characters"


def patient_info(
    identity: Identity, others: Iterable[LocalId]
) -> tuple[tuple[str, ...], tuple[Finding, ...]]:
    """The values of sourcePatientInfo, each within 256 characters, and what was left out.

    Args:
        identity: the traits, as the document writes them.
        others: identifiers beside patientId and sourcePatientId (PID-3).
    """
    birth, cut = _birth_name(identity)
    values = [f"PID-3|{cx_text(item)}" for item in others]
    if birth:
        values.append(birth)
    if identity.used_name or identity.used_given_name:
        used = (escape(identity.used_name), escape(identity.used_given_name))
        values.append(f"PID-5|{used[0]}^{used[1]}^^^^^{_USED}")
    if identity.birth_date is not None:
        values.append(f"PID-7|{_digits(identity.birth_date)}")
    if identity.sex is not None:
        values.append(f"PID-8|{_SEXES[identity.sex]}")
    if identity.birth_place:
        values.append(f"PID-11|^^^^^^{_BIRTHPLACE}^^{escape(identity.birth_place)}")
    return tuple(values), cut


def _digits(day: date) -> str:
    return f"{day:%Y%m%d}".zfill(8)


def _birth_name(identity: Identity) -> tuple[str, tuple[Finding, ...]]:
    """`PID-5|NAME^first^list^^^^L`: whole given names leave the list until it fits."""
    name, first = escape(identity.birth_name), escape(identity.first_birth_given_name)
    if not (name or first or identity.birth_given_names):
        return "", ()

    def made(names: str) -> str:
        return f"PID-5|{name}^{first}^{escape(names)}^^^^{_LEGAL}"

    kept = shortened(identity.birth_given_names, made)
    if kept == identity.birth_given_names:
        return made(kept), ()
    return made(kept), (cut_finding("given names are left out of the list", "source_patient_info"),)


def shortened(names: str, made: Callable[[str], str]) -> str:
    """The names without as many of the last ones as it takes for `made(names)` to fit."""
    if len(made(names)) <= MAX_VALUE:
        return names
    kept = names.split()
    while kept and len(made(" ".join(kept))) > MAX_VALUE:
        kept.pop()
    return " ".join(kept)


def cut_finding(message: str, place: str) -> Finding:
    """What was left out to keep a value within 256 characters."""
    return Finding(
        rule="xdm.length",
        message=f"{message}: a value holds 256 characters; the document keeps them all",
        severity=Severity.WARNING,
        place=place,
        source=_LENGTH_SOURCE,
    )


# -- reading ------------------------------------------------------------------------------------


def read_patient(entry: DocumentEntry) -> Patient:
    """The patient of an entry: QUALIFIEE on the sender's word when patientId is an INS."""
    found: list[Finding] = []
    fields = _by_segment(entry.source_patient_info)
    several = names_several(entry)
    matricule = None if several else _matricule(entry, found)
    born, text = _birth_date(fields, found)
    identity = Identity(
        **_names(fields.get("PID-5", [])),
        birth_date=born,
        received_birth_date=text,
        sex=_READ_SEXES.get(next(iter(fields.get("PID-8", [])), "").strip().upper()),
        birth_place=_birth_place(fields.get("PID-11", [])),
        matricule=matricule,
        status=IdentityStatus.PROVISOIRE if matricule is None else IdentityStatus.QUALIFIEE,
        asserted=True,
        reading=tuple(found),
    )
    return Patient(identity=identity, ids=() if several else _local_ids(entry, fields))


def names_several(entry: DocumentEntry) -> bool:
    """True for two INS, or for two birth names, dates or sexes: they are not one patient's."""
    fields = _by_segment(entry.source_patient_info)
    ids = [entry.patient_id, entry.source_patient_id, *_others(fields)]
    names = [components(text, 7) for text in fields.get("PID-5", [])]
    told = (
        {(item.root, item.extension) for item in ids if item is not None and item.is_ins},
        {parts[0].partition("&")[0].strip().upper() for parts in names if parts[6] == _LEGAL},
        {parts[1].strip().upper() for parts in names if parts[6] == _LEGAL},
        {text.strip().replace("-", "") for text in fields.get("PID-7", [])},
        {text.strip().upper() for text in fields.get("PID-8", [])},
    )
    return any(len(set(filter(None, values))) > 1 for values in told)


def _by_segment(values: Iterable[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for value in values:
        name, _, rest = value.partition("|")
        found.setdefault(name.strip().upper(), []).append(rest)
    return found


def _matricule(entry: DocumentEntry, found: list[Finding]) -> Matricule | None:
    item = entry.patient_id
    if item is None or not item.is_ins:
        return None
    try:
        return Matricule.parse(item.extension, item.root)
    except InvalidMatricule as error:
        found.append(
            Finding(
                rule="ins.matricule.form",
                message=str(error),
                severity=Severity.ERROR,
                place="patient_id",
            )
        )
        return None


def _names(values: list[str]) -> dict[str, Any]:
    """PID-5 of type L is the birth name; without type, as of type D, it is the used name."""
    names: dict[str, Any] = {}
    for value in values:
        parts = components(value, 7)
        parts[0] = parts[0].partition("&")[0]  # the own name of FN
        texts = (unescape(parts[rank]) for rank in (0, 1, 2, 6))
        family, first, others, kind = (" ".join(text.split()) for text in texts)
        if kind == _LEGAL and "birth_name" not in names:
            names |= {
                "birth_name": family,
                "first_birth_given_name": first,
                "birth_given_names": others,
            }
        elif kind != _LEGAL and "used_name" not in names:
            names |= {"used_name": family, "used_given_name": first}
    return names


_DASHED: Final = re.compile(r"(\d{4})-(\d{2})-(\d{2})")


def _birth_date(fields: Mapping[str, list[str]], found: list[Finding]) -> tuple[date | None, str]:
    text = next(iter(fields.get("PID-7", [])), "").strip()
    if not text:
        return None, ""
    digits = text
    if dashed := _DASHED.fullmatch(text):
        digits = "".join(dashed.groups())
        found.append(_odd_date("PID-7 is written with dashes"))
    try:
        return Timestamp.parse(digits).to_date(), "" if text == digits and len(text) == 8 else text
    except InvalidValue:
        found.append(_odd_date("PID-7 is no calendar date"))
        return None, text


def _odd_date(message: str) -> Finding:
    return Finding(
        rule="xdm.patient.birth-date",
        message=message,
        severity=Severity.WARNING,
        place="source_patient_info",
    )


def _birth_place(values: list[str]) -> str:
    """XAD.9 of the address of type BDL."""
    for value in values:
        parts = components(value, 9)
        if unescape(parts[6]) == _BIRTHPLACE:
            return unescape(parts[8])
    return ""


def _others(fields: Mapping[str, list[str]]) -> Iterable[LocalId]:
    """The identifiers of PID-3 that can be read."""
    for value in fields.get("PID-3", []):
        with contextlib.suppress(InvalidValue):
            yield parse_cx(value)


def _local_ids(entry: DocumentEntry, fields: Mapping[str, list[str]]) -> tuple[LocalId, ...]:
    found = [entry.source_patient_id, entry.patient_id, *_others(fields)]
    kept: dict[tuple[str, str, str, str], LocalId] = {}
    for item in found:
        if item is not None and item.extension and not item.is_ins:
            kept.setdefault((item.root, item.namespace, item.authority, item.extension), item)
    return tuple(kept.values())
