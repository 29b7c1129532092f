"""The patient of a received header: an identity asserted by its sender."""

from __future__ import annotations

from datetime import date
from typing import Final

from segur_interop._time import Timestamp
from segur_interop.cda import _read_people as people
from segur_interop.cda._build import NS
from segur_interop.cda._reading import MAX_PARTS, Element, Reader
from segur_interop.errors import InvalidMatricule, InvalidValue
from segur_interop.findings import Severity
from segur_interop.ins import INS_OIDS, Identity, IdentityStatus, Matricule, Sex
from segur_interop.model import LocalId, Patient

__all__ = ["patient"]

_ROLE: Final = "recordTarget/patientRole"
_SEXES: Final = {"M": Sex.M, "F": Sex.F, "UN": Sex.I, "U": Sex.I, "O": Sex.I, "I": Sex.I}


def patient(read: Reader, document: Element) -> Patient:
    """The patient; of several, the traits of the first for a person to look at, and no identifier.

    To keep the identifiers of one of them would file the document in a record that may not be
    its own.
    """
    role = read.first(document, "h:recordTarget/h:patientRole")
    if role is None:
        read.note("cda.read.patient", "no patient", "recordTarget", Severity.ERROR)
    matricule, ids = _identifiers(read, role)
    person = read.first(role, "h:patient")
    if _names_several(read, document, person):
        message = "several patients: no identifier is read, and the traits are those of the first"
        read.note("cda.read.patients", message, "recordTarget", Severity.ERROR)
        matricule, ids = None, ()
    made = [
        people.guardian(read, item, f"{_ROLE}/patient/guardian")
        for item in read.every(person, "h:guardian")
    ]
    deceased = read.first(person, "sdtc:deceasedInd")
    return Patient(
        identity=_identity(read, person, matricule),
        ids=ids,
        addresses=read.addresses(role, _ROLE),
        telecoms=read.telecoms(role, _ROLE),
        guardians=tuple(item for item in made if item is not None),
        deceased=None if deceased is None else deceased.get("value") == "true",
        deceased_time=_deceased_time(read, person, deceased),
        provider=people.organization(
            read, read.first(role, "h:providerOrganization"), f"{_ROLE}/providerOrganization"
        ),
    )


def _names_several(read: Reader, document: Element, person: Element | None) -> bool:
    """True for a second patient, and for one person with two birth names, dates or sexes."""
    targets = read.every(document, "h:recordTarget")
    roles = read.every(document, "h:recordTarget/h:patientRole")
    persons = read.every(document, "h:recordTarget/h:patientRole/h:patient")
    if max(len(targets), len(roles), len(persons)) > 1:
        return True
    names = read.every(person, "h:name")
    told = (
        *(
            {
                " ".join(map(read.text, read.every(name, f"h:{part}[@qualifier='BR']"))).upper()
                for name in names
            }
            for part in ("family", "given")
        ),
        {item.get("value", "").strip() for item in read.every(person, "h:birthTime")},
        {item.get("code", "") for item in read.every(person, "h:administrativeGenderCode")},
    )
    return any(len(values - {""}) > 1 for values in told)


def _deceased_time(
    read: Reader, person: Element | None, deceased: Element | None
) -> Timestamp | None:
    if deceased is not None and deceased.get("value") != "true":
        return None
    return read.moment(read.first(person, "sdtc:deceasedTime"), f"{_ROLE}/patient/deceasedTime")


def _identifiers(
    read: Reader, role: Element | None
) -> tuple[Matricule | None, tuple[LocalId, ...]]:
    """The INS and the identifiers of other domains.

    Of several none is read, be it one number under two authorities or one that cannot be read
    beside another: to pick one could find another patient's record.
    """
    matricules: set[Matricule] = set()
    others: list[LocalId] = []
    unread = role is not None and len(role.findall("h:id", NS)) > MAX_PARTS
    for rank, item in enumerate(read.identifiers(role, _ROLE), start=1):
        place = f"{_ROLE}/id[{rank}]"
        if item.root not in INS_OIDS:
            if item.extension:
                others.append(item)
            else:
                read.note("cda.read.id", "an identifier without extension", place)
            continue
        try:
            matricules.add(Matricule.parse(item.extension, item.root))
        except InvalidMatricule as error:
            read.note("ins.matricule.form", str(error), place, Severity.ERROR)
            unread = unread or bool(item.extension.strip())
    if len(matricules) > 1 or (matricules and unread):
        read.note("cda.read.ins", "several matricules: none is read", f"{_ROLE}/id", Severity.ERROR)
        matricules = set()
    return next(iter(matricules), None), tuple(others)


def _identity(read: Reader, person: Element | None, matricule: Matricule | None) -> Identity:
    """The traits; QUALIFIEE on the sender's word when an INS comes with them."""
    place = f"{_ROLE}/patient"
    name = read.first(person, "h:name")
    if len(read.every(person, "h:name")) > 1:
        read.note("cda.read.names", "several names: the first is read", f"{place}/name")
    families = _particles(read, name, "family")
    givens = _particles(read, name, "given")
    if "" in families:
        read.note(
            "cda.read.family",
            "a family name without qualifier is not taken for the birth name",
            f"{place}/name/family",
        )
    born, text = _birth(read, read.first(person, "h:birthTime"), f"{place}/birthTime")
    where = read.first(person, "h:birthplace/h:place/h:addr")
    return Identity(
        birth_name=families.get("BR", ""),
        birth_given_names=givens.get("", ""),
        first_birth_given_name=givens.get("BR", ""),
        used_name=families.get("CL") or families.get("SP") or families.get("", ""),
        used_given_name=givens.get("CL") or givens.get("SP", ""),
        birth_date=born,
        received_birth_date=text,
        sex=_sex(read, read.first(person, "h:administrativeGenderCode"), place),
        birth_place=read.text(read.first(where, "h:county")),
        birth_place_name=read.text(read.first(where, "h:city")),
        matricule=matricule,
        status=IdentityStatus.PROVISOIRE if matricule is None else IdentityStatus.QUALIFIEE,
        asserted=True,
        multiple_birth_order=_rank(read, person, place),
    )


def _particles(read: Reader, name: Element | None, part: str) -> dict[str, str]:
    """The parts of a name by qualifier, those of one qualifier joined and told."""
    found: dict[str, str] = {}
    for item in read.every(name, f"h:{part}"):
        qualifier, text = item.get("qualifier", ""), read.text(item)
        if not text:
            continue
        if qualifier in found:
            read.note(
                "cda.read.name-parts",
                f"two {part} of one qualifier, joined",
                f"{_ROLE}/patient/name/{part}",
            )
            text = f"{found[qualifier]} {text}"
        found[qualifier] = text
    return found


def _birth(read: Reader, element: Element | None, place: str) -> tuple[date | None, str]:
    """The calendar day, and the text when it is not one."""
    value = "" if element is None else element.get("value", "").strip()
    moment = read.moment(element, place) if value else None
    try:
        return (None if moment is None else moment.to_date()), (
            value if moment is None or moment.precision != "day" else ""
        )
    except InvalidValue:
        return None, value


def _sex(read: Reader, element: Element | None, place: str) -> Sex | None:
    code = None if element is None else element.get("code")
    if code is not None and code not in _SEXES:
        read.note("cda.read.sex", "no known sex", f"{place}/administrativeGenderCode")
    return None if code is None else _SEXES.get(code)


def _rank(read: Reader, person: Element | None, place: str) -> int | None:
    element = None if person is None else person.find("sdtc:multipleBirthOrderNumber", NS)
    value = "" if element is None else element.get("value", "")
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and int(value[:9]) > 0):
        read.note("cda.read.rank", "the rank of a twin starts at 1", f"{place}/multipleBirth")
        return None
    return int(value[:9])
