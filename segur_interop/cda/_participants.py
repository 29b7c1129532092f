"""Persons, structures and devices, as CDA writes them in each of their roles."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Sequence

from segur_interop._oid import PATIENT_DOCUMENT_HOST, PS_IDNAT, STRUCT_IDNAT
from segur_interop.cda._build import Node, coded, identifier, interval, node, null, when
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
    "Ids",
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


class Ids(enum.Enum):
    """How many identifiers a role admits (StrucMin)."""

    SEVERAL = "one at least"
    ONE = "one"
    NATIONAL = "the PS_IdNat alone"


def addresses(items: Sequence[Address], defects: Defects) -> Sequence[Node]:
    """Addr elements; lines beside components are written as lines."""
    return defects.once(
        "addr",
        items,
        lambda: [
            _address(item.as_lines() if item.lines and item.parts else item) for item in items
        ],
    )


def _address(item: Address) -> Node:
    lines = [node("streetAddressLine", text=line) for line in item.lines]
    parts = [node(element, text=text) for element, text in item.parts]
    return node("addr", lines, parts, use=item.use)


def telecoms(items: Sequence[Telecom], place: str, defects: Defects) -> Sequence[Node]:
    """Telecom elements; a citizen's address is made of a matricule and follows its rule."""
    return defects.once("telecom", items, lambda: _telecoms(items, place, defects))


def _telecoms(items: Sequence[Telecom], place: str, defects: Defects) -> list[Node]:
    written = []
    for index, item in enumerate(items):
        if defects.withholds(item):
            defects.tell(
                "cda.ins.telecom",
                "an address made of a matricule that may not leave: left out",
                f"{place}.telecoms[{index}]",
                "RNIV EXI SI 08",
            )
        else:
            written.append(node("telecom", value=item.value, use=item.use))
    return written


def local_ids(items: Iterable[LocalId], place: str, defects: Defects) -> list[Node]:
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


def _first(ids: list[Node], place: str, defects: Defects) -> list[Node]:
    if len(ids) > 1:
        defects.tell("cda.id.one", "one identifier is admitted here: others left out", place)
    return ids[:1]


def person_name(
    name: PersonName | None, place: str, defects: Defects, *, families: int = 1
) -> Node:
    """A name: prefix (JDV_J245), given, family, suffix (JDV_J246).

    Args:
        name: the name.
        place: field path, for the defects.
        defects: what cannot be written.
        families: how many family names the role admits; a guardian has three.
    """
    if name is None:
        defects.add("cda.name.family", "a family name is required", f"{place}.name")
        return node("name")
    kind = f"name of {families}"
    return defects.once(kind, name, lambda: _person_name(name, place, defects, families))


def _person_name(name: PersonName, place: str, defects: Defects, families: int) -> Node:
    plain = name.coded() if name.findings else name
    if bool(plain.civility) + bool(plain.title) < bool(name.civility) + bool(name.title):
        defects.add(
            "cda.name.title", "a civility or title is not of JDV_J245 or JDV_J246", f"{place}.name"
        )
    parts = ((plain.family, None), (plain.birth_family, "BR"), (plain.used_family, "CL"))
    told = [node("family", text=text, qualifier=kind) for text, kind in parts if text]
    if len(told) > families:
        told = [node("family", text=plain.display_family)]
        defects.tell("cda.name.families", "one family name is admitted here", f"{place}.name")
    return node(
        "name",
        node("prefix", text=plain.civility) if plain.civility else None,
        node("given", text=plain.given) if plain.given else None,
        told,
        node("suffix", text=plain.title) if plain.title else None,
    )


def organization(
    name: str, item: Organization | None, place: str, defects: Defects, *, ids: Ids = Ids.SEVERAL
) -> Node | None:
    """A structure: id, name, telecom, addr, standardIndustryClassCode."""
    if item is None:
        return None
    kind = f"{name} {ids.name}"
    return defects.once(kind, item, lambda: _organization(name, item, place, defects, ids))


def _organization(name: str, item: Organization, place: str, defects: Defects, ids: Ids) -> Node:
    written = _structure_ids(item, place, defects)
    practice = defects.code(
        "cda.practice", "J04", item.practice_setting, f"{place}.practice_setting"
    )
    return node(
        name,
        written if ids is Ids.SEVERAL else _first(written, f"{place}.ids", defects),
        node("name", text=item.name) if item.name else None,
        telecoms(item.telecoms, place, defects),
        addresses(item.addresses, defects),
        coded("standardIndustryClassCode", practice),
    )


def _structure_ids(item: Organization, place: str, defects: Defects) -> list[Node]:
    own = [identifier("id", STRUCT_IDNAT, item.idnat)] if item.idnat else []
    return own + local_ids(item.ids, place, defects)


def _person_ids(
    item: Professional | Device, place: str, defects: Defects, wanted: Ids = Ids.SEVERAL
) -> list[Node]:
    own = [identifier("id", PS_IDNAT, item.idnat)] if item.idnat else []
    if wanted is Ids.NATIONAL:
        return own
    written = own + local_ids(item.ids, place, defects)
    return _first(written, f"{place}.ids", defects) if wanted is Ids.ONE else written


def assigned_entity(
    name: str,
    item: Professional | Organization | Device,
    place: str,
    defects: Defects,
    *,
    ids: Ids = Ids.ONE,
) -> Node:
    """AssignedEntity and assignedAuthor: id, code, addr, telecom, person or device, structure."""
    if isinstance(item, Organization):
        if ids is not Ids.ONE:
            defects.add("cda.person.id", "a person with an identifier is expected", place)
        structure = organization("representedOrganization", item, place, defects)
        return node(name, null("id"), structure)
    written = _person_ids(item, place, defects, ids)
    if not written:
        kind = "a PS_IdNat" if ids is Ids.NATIONAL else "an identifier with its root"
        defects.add("cda.person.id", f"{kind} is required", f"{place}.idnat")
    profession = item.profession if isinstance(item, Professional) else item.kind
    return node(
        name,
        written,
        coded("code", defects.code("cda.profession", "J01", profession, f"{place}.profession")),
        addresses(item.addresses, defects),
        telecoms(item.telecoms, place, defects),
        _person_or_device(item, place, defects),
        organization(
            "representedOrganization", item.organization, f"{place}.organization", defects
        ),
    )


def _person_or_device(item: Professional | Device, place: str, defects: Defects) -> Node:
    if isinstance(item, Device):
        return node(
            "assignedAuthoringDevice",
            node("manufacturerModelName", text=item.model),
            node("softwareName", text=item.software),
        )
    return node("assignedPerson", person_name(item.name, place, defects))


def _function(item: Participant, place: str, defects: Defects) -> Node | None:
    role = defects.code("cda.function", "J47", item.role, f"{place}.function")
    text = item.function_text or getattr(item.entity, "function_text", "")
    return coded("functionCode", role, text=text)


def author(item: Participant, place: str, defects: Defects, **attributes: str) -> Node:
    """author: functionCode, time, assignedAuthor; an entry wants its attributes written."""
    entity = item.entity
    if not isinstance(entity, (Professional, Device)):
        defects.add("cda.author", "an author is a professional or a device", place)
        return node("author")
    return node(
        "author",
        _function(item, place, defects),
        when("time", item.time.low if item.time else None),
        assigned_entity("assignedAuthor", entity, place, defects, ids=Ids.SEVERAL),
        **attributes,
    )


def custodian(item: Organization | None, defects: Defects) -> Node | None:
    """custodian: id, name, telecom, addr; one of each at most."""
    if item is None:
        return None
    for field in ("telecoms", "addresses"):
        if len(getattr(item, field)) > 1:
            defects.tell(
                "cda.custodian.one", "one is admitted here: others left out", f"custodian.{field}"
            )
    return node(
        "custodian",
        node(
            "assignedCustodian",
            node(
                "representedCustodianOrganization",
                _custodian_id(item, defects),
                node("name", text=item.name) if item.name else None,
                telecoms(item.telecoms, "custodian", defects)[:1],
                addresses(item.addresses, defects)[:1],
            ),
        ),
    )


def _custodian_id(item: Organization, defects: Defects) -> Node:
    """The Struct_IdNat, or the identifier of a host of patients' documents."""
    if item.idnat:
        return identifier("id", STRUCT_IDNAT, item.idnat)
    host = next((other for other in item.ids if other.root == PATIENT_DOCUMENT_HOST), None)
    if host is not None:
        return identifier("id", host.root, host.extension)
    defects.add("cda.custodian", "a custodian is named by its Struct_IdNat", "custodian.idnat")
    return null("id")


def recipient(item: Participant, place: str, defects: Defects) -> Node:
    """informationRecipient: who the document is for."""
    entity = item.entity
    if isinstance(entity, Organization):
        structure = organization("receivedOrganization", entity, place, defects)
        return _information_recipient(item, node("intendedRecipient", structure))
    if isinstance(entity, Professional):
        ids = _person_ids(entity, place, defects)
        structure = organization(
            "receivedOrganization", entity.organization, f"{place}.organization", defects
        )
    elif isinstance(entity, RelatedPerson):
        ids, structure = local_ids(entity.ids, place, defects), None
    else:
        defects.add("cda.recipient", "a recipient is a person or a structure", place)
        return node("informationRecipient")
    return _information_recipient(
        item,
        node(
            "intendedRecipient",
            ids,
            addresses(entity.addresses, defects),
            telecoms(entity.telecoms, place, defects),
            node("informationRecipient", person_name(entity.name, place, defects)),
            structure,
        ),
    )


def _information_recipient(item: Participant, intended: Node) -> Node:
    return node("informationRecipient", intended, typeCode=item.type)


def informant(item: Professional | RelatedPerson, place: str, defects: Defects) -> Node:
    """informant: a professional (assignedEntity) or someone near the patient (relatedEntity)."""
    if isinstance(item, Professional):
        return node("informant", assigned_entity("assignedEntity", item, place, defects))
    if not item.class_code:
        defects.add(
            "cda.informant.class", "ECON, NOK, CON, CAREGIVER or PAT", f"{place}.class_code"
        )
    if item.ids:
        defects.tell("cda.informant.ids", "no identifier is admitted here: left out", place)
    return node(
        "informant",
        node(
            "relatedEntity",
            _relation(item, place, defects),
            addresses(item.addresses, defects),
            telecoms(item.telecoms, place, defects),
            node("relatedPerson", person_name(item.name, place, defects)),
            classCode=item.class_code,
        ),
    )


def _relation(item: RelatedPerson, place: str, defects: Defects) -> Node | None:
    relation = defects.code("cda.relation", "J11", item.relation, f"{place}.relation")
    return coded("code", relation)


def associated_entity(item: Participant, place: str, defects: Defects) -> Node:
    """participant: functionCode, time, associatedEntity."""
    return node(
        "participant",
        _function(item, place, defects),
        interval("time", item.time, typed=True),
        node("associatedEntity", _associated(item, place, defects), classCode=item.role_class),
        typeCode=item.type,
    )


def _associated(item: Participant, place: str, defects: Defects) -> list[Node | None]:
    entity = item.entity
    if isinstance(entity, Organization):
        return [organization("scopingOrganization", entity, place, defects, ids=Ids.ONE)]
    if not isinstance(entity, Professional):
        defects.add("cda.participant", "a participant is a professional or a structure", place)
        return []
    profession = defects.code("cda.profession", "J01", entity.profession, f"{place}.profession")
    structure = organization(
        "scopingOrganization",
        entity.organization,
        f"{place}.organization",
        defects,
        ids=Ids.ONE,
    )
    return [
        *_person_ids(entity, place, defects, Ids.ONE),
        coded("code", profession),
        *addresses(entity.addresses, defects),
        *telecoms(entity.telecoms, place, defects),
        node("associatedPerson", person_name(entity.name, place, defects)),
        structure,
    ]


def guardian(item: RelatedPerson | Organization, place: str, defects: Defects) -> Node:
    """guardian: a person, or a structure."""
    if isinstance(item, Organization):
        return node(
            "guardian",
            addresses(item.addresses, defects),
            telecoms(item.telecoms, place, defects),
            node(
                "guardianOrganization",
                _structure_ids(item, place, defects),
                node("name", text=item.name) if item.name else None,
            ),
        )
    return node(
        "guardian",
        local_ids(item.ids, place, defects),
        _relation(item, place, defects),
        addresses(item.addresses, defects),
        telecoms(item.telecoms, place, defects),
        node("guardianPerson", person_name(item.name, place, defects, families=3)),
    )
