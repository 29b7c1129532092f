"""Persons, structures and devices, as CDA writes them in each of their roles."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import etree

from segur_interop._oid import PS_IDNAT, STRUCT_IDNAT
from segur_interop.cda._build import coded, identifier, interval, node, null, when
from segur_interop.cda._defects import Defects
from segur_interop.model import (
    Address,
    Device,
    LocalId,
    Organization,
    Participant,
    PersonName,
    Professional,
    RelatedPerson,
    Telecom,
)

__all__ = [
    "addresses",
    "assigned_entity",
    "associated_entity",
    "author",
    "custodian",
    "guardian",
    "informant",
    "local_ids",
    "organization",
    "recipient",
    "telecoms",
]


def addresses(items: Iterable[Address]) -> list[etree._Element]:
    """Addr elements; lines beside components are written as lines."""
    return [_address(item.as_lines() if item.lines and item.parts else item) for item in items]


def _address(item: Address) -> etree._Element:
    lines = [node("streetAddressLine", text=line) for line in item.lines]
    parts = [node(element, text=text) for element, text in item.parts]
    return node("addr", lines, parts, use=item.use)


def telecoms(items: Iterable[Telecom]) -> list[etree._Element]:
    """Telecom elements."""
    return [node("telecom", value=item.value, use=item.use) for item in items]


def local_ids(items: Iterable[LocalId], place: str, defects: Defects) -> list[etree._Element]:
    """Id elements of other domains: one without OID cannot be written, a matricule may not be."""
    written = []
    for index, item in enumerate(items):
        where = f"{place}.ids[{index}]"
        if item.is_ins:
            defects.tell("cda.ins.elsewhere", "a matricule is the patient's only: left out", where)
        elif not item.root:
            defects.tell("cda.id.root", "the assigning domain has no OID: left out", where)
        else:
            written.append(identifier("id", item.root, item.extension))
    return written


def person_name(name: PersonName | None, place: str, defects: Defects) -> etree._Element:
    """A name: prefix (JDV_J245), given, family, suffix (JDV_J246)."""
    if name is None:
        defects.add("cda.name", "a family name is required", f"{place}.name")
        return node("name")
    plain = name.coded()
    if bool(plain.civility) + bool(plain.title) < bool(name.civility) + bool(name.title):
        defects.add(
            "cda.name.title", "a civility or title is not of JDV_J245 or JDV_J246", f"{place}.name"
        )
    families = (
        (plain.family, None),
        (plain.birth_family, "BR"),
        (plain.used_family, "CL"),
    )
    return node(
        "name",
        node("prefix", text=plain.civility) if plain.civility else None,
        node("given", text=plain.given) if plain.given else None,
        [node("family", text=text, qualifier=kind) for text, kind in families if text],
        node("suffix", text=plain.title) if plain.title else None,
    )


def organization(
    name: str, item: Organization | None, place: str, defects: Defects
) -> etree._Element | None:
    """A structure: id, name, telecom, addr, standardIndustryClassCode."""
    if item is None:
        return None
    practice = item.practice_setting
    if practice is not None:
        practice = defects.code("J04", practice, f"{place}.practice_setting")
    return node(
        name,
        _structure_ids(item, place, defects),
        node("name", text=item.name) if item.name else None,
        telecoms(item.telecoms),
        addresses(item.addresses),
        coded("standardIndustryClassCode", practice),
    )


def _structure_ids(item: Organization, place: str, defects: Defects) -> list[etree._Element]:
    own = [identifier("id", STRUCT_IDNAT, item.idnat)] if item.idnat else []
    return own + local_ids(item.ids, place, defects)


def _professional_ids(
    item: Professional | Device, place: str, defects: Defects
) -> list[etree._Element]:
    own = [identifier("id", PS_IDNAT, item.idnat)] if item.idnat else []
    return own + local_ids(item.ids, place, defects)


def assigned_entity(
    name: str,
    item: Professional | Organization | Device,
    place: str,
    defects: Defects,
) -> etree._Element:
    """AssignedEntity and assignedAuthor: id, code, addr, telecom, person or device, structure."""
    if isinstance(item, Organization):
        return node(name, null("id"), organization("representedOrganization", item, place, defects))
    ids = _professional_ids(item, place, defects)
    if not ids:
        defects.add("cda.person.id", "an identifier with its root is required", f"{place}.idnat")
    profession = item.profession if isinstance(item, Professional) else item.kind
    if profession is not None:
        profession = defects.code("J01", profession, f"{place}.profession")
    return node(
        name,
        ids,
        coded("code", profession),
        addresses(item.addresses),
        telecoms(item.telecoms),
        _person_or_device(item, place, defects),
        organization(
            "representedOrganization", item.organization, f"{place}.organization", defects
        ),
    )


def _person_or_device(item: Professional | Device, place: str, defects: Defects) -> etree._Element:
    if isinstance(item, Device):
        return node(
            "assignedAuthoringDevice",
            node("manufacturerModelName", text=item.model),
            node("softwareName", text=item.software),
        )
    return node("assignedPerson", person_name(item.name, place, defects))


def _function(item: Participant, place: str, defects: Defects) -> etree._Element | None:
    role = item.role
    if role is not None:
        role = defects.code("J47", role, f"{place}.function")
    text = item.function_text or getattr(item.entity, "function_text", "")
    return coded("functionCode", role, text=text)


def author(item: Participant, place: str, defects: Defects) -> etree._Element:
    """author: functionCode, time, assignedAuthor."""
    entity = item.entity
    if not isinstance(entity, (Professional, Device)):
        defects.add("cda.author", "an author is a professional or a device", place)
        return node("author")
    return node(
        "author",
        _function(item, place, defects),
        when("time", item.time.low if item.time else None),
        assigned_entity("assignedAuthor", entity, place, defects),
    )


def custodian(item: Organization, defects: Defects) -> etree._Element:
    """custodian: id, name, telecom, addr; one of each at most."""
    if not item.idnat:
        defects.add(
            "cda.custodian.id", "a custodian is named by its Struct_IdNat", "custodian.idnat"
        )
    return node(
        "custodian",
        node(
            "assignedCustodian",
            node(
                "representedCustodianOrganization",
                identifier("id", STRUCT_IDNAT, item.idnat),
                node("name", text=item.name) if item.name else None,
                telecoms(item.telecoms[:1]),
                addresses(item.addresses[:1]),
            ),
        ),
    )


def recipient(item: Participant, place: str, defects: Defects) -> etree._Element:
    """informationRecipient: who the document is for."""
    entity = item.entity
    if isinstance(entity, Organization):
        return node(
            "informationRecipient",
            node(
                "intendedRecipient",
                organization("receivedOrganization", entity, place, defects),
            ),
            typeCode=item.type,
        )
    ids: list[etree._Element] = []
    structure = None
    if isinstance(entity, Professional):
        ids = _professional_ids(entity, place, defects)
        structure = entity.organization
    elif isinstance(entity, RelatedPerson):
        ids = local_ids(entity.ids, place, defects)
    else:
        defects.add("cda.recipient", "a recipient is a person or a structure", place)
        return node("informationRecipient")
    return node(
        "informationRecipient",
        node(
            "intendedRecipient",
            ids,
            addresses(entity.addresses),
            telecoms(entity.telecoms),
            node("informationRecipient", person_name(entity.name, place, defects)),
            organization("receivedOrganization", structure, f"{place}.organization", defects),
        ),
        typeCode=item.type,
    )


def informant(item: Professional | RelatedPerson, place: str, defects: Defects) -> etree._Element:
    """informant: a professional (assignedEntity) or someone near the patient (relatedEntity)."""
    if isinstance(item, Professional):
        return node("informant", assigned_entity("assignedEntity", item, place, defects))
    relation = item.relation
    if relation is not None:
        relation = defects.code("J11", relation, f"{place}.relation")
    if not item.class_code:
        defects.add(
            "cda.informant.class", "ECON, NOK, CON, CAREGIVER or PAT", f"{place}.class_code"
        )
    return node(
        "informant",
        node(
            "relatedEntity",
            coded("code", relation),
            addresses(item.addresses),
            telecoms(item.telecoms),
            node("relatedPerson", person_name(item.name, place, defects)),
            classCode=item.class_code,
        ),
    )


def associated_entity(item: Participant, place: str, defects: Defects) -> etree._Element:
    """participant: functionCode, time, associatedEntity."""
    entity = item.entity
    role: list[etree._Element | None]
    if isinstance(entity, Professional):
        profession = entity.profession
        if profession is not None:
            profession = defects.code("J01", profession, f"{place}.profession")
        role = [
            *_professional_ids(entity, place, defects)[:1],
            coded("code", profession),
            *addresses(entity.addresses),
            *telecoms(entity.telecoms),
            node("associatedPerson", person_name(entity.name, place, defects)),
            organization("scopingOrganization", entity.organization, place, defects),
        ]
    elif isinstance(entity, Organization):
        role = [organization("scopingOrganization", entity, place, defects)]
    else:
        defects.add("cda.participant", "a participant is a professional or a structure", place)
        role = []
    return node(
        "participant",
        _function(item, place, defects),
        interval("time", item.time, typed=True),
        node("associatedEntity", role, classCode=item.role_class),
        typeCode=item.type,
    )


def guardian(item: RelatedPerson | Organization, place: str, defects: Defects) -> etree._Element:
    """guardian: a person, or a structure."""
    if isinstance(item, Organization):
        return node(
            "guardian",
            addresses(item.addresses),
            telecoms(item.telecoms),
            node(
                "guardianOrganization",
                _structure_ids(item, place, defects),
                node("name", text=item.name) if item.name else None,
            ),
        )
    relation = item.relation
    if relation is not None:
        relation = defects.code("J11", relation, f"{place}.relation")
    return node(
        "guardian",
        local_ids(item.ids, place, defects),
        coded("code", relation),
        addresses(item.addresses),
        telecoms(item.telecoms),
        node("guardianPerson", person_name(item.name, place, defects)),
    )
