"""Persons, structures and devices of a received header."""

from __future__ import annotations

from segur_interop._oid import PS_IDNAT, STRUCT_IDNAT
from segur_interop.cda._reading import Element, Reader
from segur_interop.model import (
    Device,
    Entity,
    LocalId,
    Organization,
    Participant,
    Period,
    Professional,
    RelatedPerson,
)

__all__ = [
    "associated",
    "authored",
    "entity",
    "guardian",
    "informant",
    "organization",
    "recipient",
    "signed",
]


def organization(read: Reader, element: Element | None, place: str) -> Organization | None:
    """A structure, or the facility of a stay with its type, its name and address further in."""
    if element is None:
        return None
    inner = read.first(element, "h:location")
    held = element if inner is None else inner
    ids = read.identifiers(element, place)
    idnat, others = _national(ids, STRUCT_IDNAT)
    practice = read.coded(
        read.first(element, "h:standardIndustryClassCode"), "J04", f"{place}/practice"
    )
    kind = read.coded(read.first(element, "h:code"), "J02", f"{place}/code")
    name = read.text(read.first(held, "h:name"))
    if not (idnat or name or ids or kind or practice):
        return None
    return read.made(
        lambda: Organization(
            idnat=idnat,
            ids=others,
            name=name,
            facility_type=kind,
            practice_setting=practice,
            telecoms=read.telecoms(element, place),
            addresses=read.addresses(held, place),
        ),
        place,
    )


def _national(ids: list[LocalId], root: str) -> tuple[str, tuple[LocalId, ...]]:
    """The first national identifier, and every other one."""
    own = next((item for item in ids if item.root == root and item.extension), None)
    return (own.extension if own else ""), tuple(item for item in ids if item is not own)


def entity(
    read: Reader, element: Element | None, place: str, function: Element | None = None
) -> Professional | Device | Organization | None:
    """AssignedAuthor or assignedEntity: a person, a device, or a structure alone."""
    if element is None:
        return None
    structure = organization(
        read, read.first(element, "h:representedOrganization"), f"{place}/representedOrganization"
    )
    ids = read.identifiers(element, place)
    idnat, others = _national(ids, PS_IDNAT)
    code = read.coded(read.first(element, "h:code"), "J01", f"{place}/code")
    device = read.first(element, "h:assignedAuthoringDevice")
    if device is not None:
        return read.made(
            lambda: Device(
                model=read.text(read.first(device, "h:manufacturerModelName")),
                software=read.text(read.first(device, "h:softwareName")),
                idnat=idnat,
                ids=others,
                kind=code,
                organization=structure,
                telecoms=read.telecoms(element, place),
                addresses=read.addresses(element, place),
            ),
            place,
        )
    person = read.first(element, "h:assignedPerson")
    name = read.name(read.first(person, "h:name"), f"{place}/assignedPerson/name")
    if name is None and person is None and not idnat:
        return structure
    return read.made(
        lambda: Professional(
            idnat=idnat,
            ids=others,
            name=name,
            profession=code,
            function=read.coded(function, "J47", f"{place}/functionCode"),
            function_text=read.text(read.first(function, "h:originalText")),
            organization=structure,
            telecoms=read.telecoms(element, place),
            addresses=read.addresses(element, place),
        ),
        place,
    )


def _participant(
    read: Reader, type: str, who: Entity | None, time: Period | None, place: str
) -> Participant | None:
    if who is None:
        read.note("cda.read.who", "nobody is named", place)
        return None
    return read.made(lambda: Participant(type=type, entity=who, time=time), place)


def authored(read: Reader, element: Element, place: str) -> Participant | None:
    """An author with its time."""
    who = entity(
        read,
        read.first(element, "h:assignedAuthor"),
        f"{place}/assignedAuthor",
        read.first(element, "h:functionCode"),
    )
    time = read.period(read.first(element, "h:time"), f"{place}/time")
    return _participant(read, "AUT", who, _start(time), place)


def signed(read: Reader, type: str, element: Element | None, place: str) -> Participant | None:
    """A data enterer, an authenticator, a performer, with its time."""
    if element is None:
        return None
    who = entity(
        read,
        read.first(element, "h:assignedEntity"),
        f"{place}/assignedEntity",
        read.first(element, "h:functionCode"),
    )
    time = read.period(read.first(element, "h:time"), f"{place}/time")
    return _participant(read, type, who, _start(time), place)


def _start(time: Period | None) -> Period | None:
    """The period of a moment is written by its start alone."""
    return Period(low=time.low) if time is not None and time.is_moment else time


def informant(read: Reader, element: Element, place: str) -> Professional | RelatedPerson | None:
    """A professional or someone near the patient."""
    related = read.first(element, "h:relatedEntity")
    if related is None:
        who = entity(read, read.first(element, "h:assignedEntity"), f"{place}/assignedEntity")
        if isinstance(who, Professional):
            return who
        read.note("cda.read.who", "nobody is named", place)
        return None
    return _related(read, related, "h:relatedPerson", related.get("classCode", ""), place)


def guardian(read: Reader, element: Element, place: str) -> RelatedPerson | Organization | None:
    """A guardian, person or structure."""
    structure = read.first(element, "h:guardianOrganization")
    if structure is not None:
        return organization(read, structure, f"{place}/guardianOrganization")
    return _related(read, element, "h:guardianPerson", "", place)


def _related(
    read: Reader, element: Element, person: str, class_code: str, place: str
) -> RelatedPerson | None:
    name = read.name(read.first(element, f"{person}/h:name"), f"{place}/name")
    if name is None:
        read.note("cda.read.who", "nobody is named", place)
        return None
    return read.made(
        lambda: RelatedPerson(
            name=name,
            class_code=class_code,
            relation=read.coded(read.first(element, "h:code"), "J11", f"{place}/code"),
            ids=tuple(read.identifiers(element, place)),
            addresses=read.addresses(element, place),
            telecoms=read.telecoms(element, place),
        ),
        place,
    )


def recipient(read: Reader, element: Element, place: str) -> Participant | None:
    """A person or a structure for whom the document is."""
    intended = read.first(element, "h:intendedRecipient")
    structure = organization(
        read, read.first(intended, "h:receivedOrganization"), f"{place}/receivedOrganization"
    )
    name = read.name(read.first(intended, "h:informationRecipient/h:name"), f"{place}/name")
    idnat, others = _national(read.identifiers(intended, place), PS_IDNAT)
    who: Entity | None = structure
    if name is not None:
        who = read.made(
            lambda: Professional(
                idnat=idnat,
                ids=others,
                name=name,
                organization=structure,
                telecoms=read.telecoms(intended, place),
                addresses=read.addresses(intended, place),
            ),
            place,
        )
    return _participant(read, element.get("typeCode") or "PRCP", who, None, place)


def associated(read: Reader, element: Element, place: str) -> Participant | None:
    """A participant: a professional, or a structure alone."""
    role = read.first(element, "h:associatedEntity")
    structure = organization(
        read, read.first(role, "h:scopingOrganization"), f"{place}/scopingOrganization"
    )
    name = read.name(read.first(role, "h:associatedPerson/h:name"), f"{place}/name")
    idnat, others = _national(read.identifiers(role, place), PS_IDNAT)
    function = read.first(element, "h:functionCode")
    who: Entity | None = structure
    if name is not None:
        who = read.made(
            lambda: Professional(
                idnat=idnat,
                ids=others,
                name=name,
                profession=read.coded(read.first(role, "h:code"), "J01", f"{place}/code"),
                organization=structure,
                telecoms=read.telecoms(role, place),
                addresses=read.addresses(role, place),
            ),
            place,
        )
    if who is None:
        read.note("cda.read.who", "nobody is named", place)
        return None
    found = who
    return read.made(
        lambda: Participant(
            type=element.get("typeCode") or "IND",
            entity=found,
            function=read.coded(function, "J47", f"{place}/functionCode"),
            function_text=read.text(read.first(function, "h:originalText")),
            time=read.period(read.first(element, "h:time"), f"{place}/time"),
            role_class=(role.get("classCode") if role is not None else None) or "PROV",
        ),
        place,
    )
