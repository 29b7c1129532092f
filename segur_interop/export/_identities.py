"""One patient, told in three places: the catalogue, METADATA.XML, the documents themselves."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from segur_interop.errors import InvalidMatricule, InvalidValue
from segur_interop.export.catalogue import CataloguedId, Line
from segur_interop.findings import Finding, Severity
from segur_interop.ins import (
    Attribute,
    Identity,
    IdentityStatus,
    Matricule,
    Sex,
    TraitVerdict,
    compare,
)
from segur_interop.ins._verdicts import TraitComparison, names
from segur_interop.model import LocalId

if TYPE_CHECKING:
    from segur_interop.xdm import DocumentEntry

__all__ = [
    "OTHER_PERSON",
    "TRAITS",
    "between_document",
    "between_metadata",
    "found",
    "identity_of",
    "ids_of",
]

TRAITS: Final = (
    "nom_naissance", "prenoms", "date_naissance", "sexe", "premier_prenom",
    "date_naissance_recue", "lieu_naissance", "nom_utilise", "prenom_utilise", "rang_naissance",
    "statut_identite", "attributs_identite",
)  # fmt: skip
"""What a line of CATALOG.JSL and one of PATIENTS.JSL both say."""
_SOURCE: Final = "MSSanté référentiel 2, ECO.2.1.2; RNIV EXI SI 08"
_STRICT: Final = (
    ("nom_naissance", "birth_name"),
    ("prenoms", "birth_given_names"),
    ("date_naissance", "birth_date"),
    ("sexe", "sex"),
)
OTHER_PERSON: Final = "export.identity.other-person"
"""A document whose header looks like that of another person: nothing is filed before a look."""
_NOBODY: Final = frozenset({"cda.read.patients", "cda.read.ins"})
_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")


def found(rule: str, message: str, place: str, severity: Severity = Severity.ERROR) -> Finding:
    """A finding about who the patient is."""
    return Finding(rule=rule, message=message, severity=severity, place=place, source=_SOURCE)


# -- reading ------------------------------------------------------------------------------------


def identity_of(told: Mapping[str, Any], ins: Any = None) -> Identity:
    """The identity of a line, asserted by its sender; what cannot be read is a finding of it.

    Args:
        told: the fields `TRAITS`.
        ins: a CataloguedIns, None without.
    """
    reading: list[Finding] = []
    born = _date(told.get("date_naissance"), reading)
    matricule = None if ins is None else _matricule(ins, reading)
    return Identity(
        birth_name=_text(told.get("nom_naissance")),
        birth_given_names=_text(told.get("prenoms")),
        first_birth_given_name=_text(told.get("premier_prenom")),
        birth_date=born,
        received_birth_date=_text(told.get("date_naissance_recue")),
        sex=_sex(told.get("sexe"), reading),
        birth_place=_text(told.get("lieu_naissance")),
        used_name=_text(told.get("nom_utilise")),
        used_given_name=_text(told.get("prenom_utilise")),
        multiple_birth_order=_rank(told.get("rang_naissance")),
        matricule=matricule,
        status=_status(told.get("statut_identite"), reading),
        attributes=_attributes(told.get("attributs_identite"), reading),
        asserted=True,
        reading=tuple(reading),
    )


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _rank(value: object) -> int | None:
    return value if type(value) is int and value >= 1 else None


def _date(value: object, reading: list[Finding]) -> date | None:
    text = _text(value)
    if not text:
        return None
    with contextlib.suppress(ValueError):
        if _DAY.fullmatch(text):
            return date.fromisoformat(text)
    reading.append(_odd("no calendar date", "date_naissance"))
    return None


def _matricule(ins: Any, reading: list[Finding]) -> Matricule | None:
    try:
        made = Matricule.parse(f"{ins.matricule}{ins.cle}", ins.oid)
    except InvalidMatricule:
        reading.append(_odd("no matricule INS with its OID", "ins"))
        return None
    if not made.is_valid:
        reading.append(_odd("the key does not match the number", "ins"))
    if made.kind is None or made.kind.name != ins.nature:
        reading.append(_odd("not the nature that its OID tells", "ins"))
    return made


def _sex(value: object, reading: list[Finding]) -> Sex | None:
    text = _text(value)
    with contextlib.suppress(ValueError):
        return Sex(text) if text else None
    reading.append(_odd("neither M, F nor I", "sexe"))
    return None


def _status(value: object, reading: list[Finding]) -> IdentityStatus:
    name = _text(value)
    if name in IdentityStatus.__members__:
        return IdentityStatus[name]
    reading.append(_odd("not a status of RNIV", "statut_identite"))
    return IdentityStatus.PROVISOIRE


def _attributes(values: object, reading: list[Finding]) -> frozenset[Attribute]:
    made = set()
    for value in values if isinstance(values, (list, tuple)) else ():
        try:
            made.add(Attribute(value))
        except ValueError:
            reading.append(_odd("not an attribute of RNIV", "attributs_identite"))
    return frozenset(made)


def _odd(message: str, place: str) -> Finding:
    return found("export.identity.value", message, place)


def ids_of(told: Iterable[CataloguedId]) -> tuple[LocalId, ...]:
    """The local identifiers of a line; an INS among them is left out, as are twins."""
    made: dict[tuple[str, str, str], LocalId] = {}
    for item in told:
        with contextlib.suppress(InvalidValue):
            one = LocalId(root=item.root or "", extension=item.extension, type=item.type or "")
            if not one.is_ins:
                made.setdefault((one.root, one.extension, one.type), one)
    return tuple(made.values())


# -- the catalogue and METADATA.XML -------------------------------------------------------------


def between_metadata(
    line: Line, own: Identity, metadata: DocumentEntry, place: str
) -> list[Finding]:
    """What the metadata of an item say of the patient otherwise than its line.

    Both are written from the same identity: everything must be equal, but the given names that
    256 characters have no room for (ebRIM 3.0, rim.xsd).

    Args:
        line: of the item.
        own: the identity of the line.
        metadata: of the item.
        place: of the item.
    """
    patient = metadata.patient
    other = patient.identity
    made = list(_ins(own, other, place, "METADATA.XML"))
    compared = compare(_listed(own), _listed(other))
    for name, trait in _STRICT:
        verdict: TraitComparison = getattr(compared, trait)
        if _differs(verdict, getattr(_listed(own), trait), getattr(_listed(other), trait)):
            made.append(_trait(name, place, "METADATA.XML"))
    if own.birth_place != other.birth_place:
        made.append(_trait("lieu_naissance", place, "METADATA.XML"))
    for name, trait in (("nom_utilise", "used_name"), ("prenom_utilise", "used_given_name")):
        one, two = getattr(own, trait), getattr(other, trait)
        if _differs(names(one, two), one, two):
            made.append(_trait(name, place, "METADATA.XML"))
    made += _local(line, metadata, place)
    return made


def _listed(identity: Identity) -> Identity:
    """With the first given name as list where there is no list."""
    import dataclasses

    if identity.birth_given_names or not identity.first_birth_given_name:
        return identity
    return dataclasses.replace(identity, birth_given_names=identity.first_birth_given_name)


def _differs(verdict: TraitComparison, one: object, other: object) -> bool:
    if verdict.verdict is TraitVerdict.IDENTICAL or verdict.reason == "partial-list":
        return False
    if verdict.verdict is TraitVerdict.ABSENT:
        return bool(one) != bool(other) or (verdict.reason == "filler" and one != other)
    return True


def _ins(own: Identity, other: Identity, place: str, where: str) -> Iterator[Finding]:
    one, two = own.matricule, other.matricule
    if (one is None) != (two is None):
        holder = "the catalogue" if two is None else where
        yield found("export.identity.ins", f"only {holder} holds an INS", f"{place} ins")
    elif one is not None and two is not None and (one.value, one.oid) != (two.value, two.oid):
        yield found(
            "export.identity.ins",
            f"{where} holds another INS than the catalogue: do not file it before a person has "
            "looked",
            f"{place} ins",
        )


def _trait(name: str, place: str, where: str) -> Finding:
    return found(
        "export.identity.traits", f"{where} says otherwise than the catalogue", f"{place} {name}"
    )


def _local(line: Line, metadata: DocumentEntry, place: str) -> Iterator[Finding]:
    """The identifier of the source is one of the line, or one made for want of any."""
    own = metadata.source_patient_id
    told = {(item.root or "", item.extension) for item in line.local_ids}
    if own is None:
        if told:
            message = "METADATA.XML names the patient by no identifier"
            yield found("export.identity.local-id", message, f"{place} local_ids")
        return
    derived = own.root.startswith("2.25.") and not any(item.root for item in line.local_ids)
    if (own.root, own.extension) not in told and not derived:
        message = "METADATA.XML names the patient by another identifier than the catalogue"
        yield found("export.identity.local-id", message, f"{place} local_ids")


# -- the catalogue and the document -------------------------------------------------------------


def between_document(
    own: Identity, document: Any, place: str, *, declared: Iterable[str] = ()
) -> Iterator[Finding]:
    """What the header of a CDA says of the patient otherwise than the export.

    A document keeps what was written on its day: a trait that the export itself says to be
    otherwise there is a warning, any other an error. One trait is a correction, or a typing error;
    two, or one and an INS that the export does not give, look like another person.

    Args:
        own: the identity of the line or, without one, of the metadata.
        document: the CDA.
        place: of the item.
        declared: names of the traits that the line says to be otherwise.
    """
    if any(item.rule in _NOBODY for item in document.reading):
        message = "the document names several patients, or one with two INS"
        yield found("export.identity.several", message, f"{place} recordTarget")
        return
    other, told = document.patient.identity, set(declared)
    compared = compare(own, other)
    if compared.matricule.verdict is TraitVerdict.DIFFERENT:
        yield found(
            "export.identity.ins",
            "the document bears another INS: do not file it before a person has looked",
            f"{place} recordTarget",
        )
    elif own.matricule is None and other.matricule is not None:
        yield found(
            "export.identity.document-ins",
            "the document bears an INS that the export does not give",
            f"{place} recordTarget",
            Severity.WARNING,
        )
    elsewhere = 0 if own.matricule is not None or other.matricule is None else 1
    for name, trait in _STRICT:
        verdict: TraitComparison = getattr(compared, trait)
        if verdict.verdict is not TraitVerdict.DIFFERENT:
            continue
        elsewhere += verdict.reason != "partial-list"
        mild = name in told or verdict.reason == "partial-list"
        yield found(
            "export.identity.document",
            "the document says otherwise than the export"
            + (", as the catalogue tells" if name in told else ""),
            f"{place} {name}",
            Severity.WARNING if mild else Severity.ERROR,
        )
    if elsewhere > 1:
        yield found(
            OTHER_PERSON,
            "the document looks like that of another person: do not file it before a person has "
            "looked",
            f"{place} recordTarget",
            Severity.WARNING,
        )
