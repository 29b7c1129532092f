"""The header of a document, element by element, in the order of the CDA schema."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final, TypeVar

from segur_interop._oid import (
    ADMINISTRATIVE_GENDER,
    CDA_TYPE_ID,
    CI_SIS,
    HL7_FRANCE,
    STRUCT_IDNAT,
)
from segur_interop.cda import _participants as people
from segur_interop.cda._build import (
    Node,
    born_after,
    coded,
    identifier,
    interval,
    node,
    root,
    when,
)
from segur_interop.cda._defects import Defects
from segur_interop.errors import InvalidValue
from segur_interop.ins import Identity, Sex
from segur_interop.model import (
    Encounter,
    LocalId,
    Order,
    Organization,
    Participant,
    Patient,
    Professional,
    ServiceEvent,
)
from segur_interop.terminology import Code, value_set

if TYPE_CHECKING:
    from segur_interop.cda.document import Document, Relation

__all__ = ["header"]

Item = TypeVar("Item")
GENDERS: Final = {Sex.M: "M", Sex.F: "F", Sex.I: "UN"}
_NAMES: Final = "ANS CDA kit 3.0, StrucMin (INS traits)"


def header(document: Document, component: Node, defects: Defects) -> Node:
    """ClinicalDocument with its component; what cannot be written is added to `defects`."""
    return root(
        "ClinicalDocument",
        node("realmCode", code="FR"),
        identifier("typeId", CDA_TYPE_ID, "POCD_HD000040"),
        [_template(item) for item in (HL7_FRANCE, CI_SIS, *document.templates)],
        _own_id("id", document.id),
        coded("code", document.code),
        node("title", text=document.title),
        when("effectiveTime", document.created),
        coded("confidentialityCode", _confidentiality(document, defects)),
        node("languageCode", code=document.language),
        _own_id("setId", document.set_id),
        node("versionNumber", value=str(document.version)),
        _record_target(document, defects),
        _each(people.author, document.authors, "authors", defects),
        _data_enterer(document.data_enterer, defects),
        _each(people.informant, document.informants, "informants", defects),
        people.custodian(document.custodian, defects),
        _each(people.recipient, document.recipients, "recipients", defects),
        _legal_authenticator(document.legal_authenticator, defects),
        _each(_authenticator, document.authenticators, "authenticators", defects),
        _each(people.associated_entity, document.participants, "participants", defects),
        _each(_order, document.orders, "orders", defects),
        _each(_act, document.acts, "acts", defects),
        _related(document.relation),
        [_consent(code) for code in document.consents],
        _encounter(document.encounter, document.custodian, defects),
        component,
    )


def _each(
    write: Callable[[Item, str, Defects], Node | None],
    items: Iterable[Item],
    place: str,
    defects: Defects,
) -> list[Node | None]:
    return [write(item, f"{place}[{rank}]", defects) for rank, item in enumerate(items)]


VERSIONS: Final = {"1.2.250.1.213.1.1.1.46": "2023.01"}
"""The version of each volet that is written; CI-SIS has it in the extension of its templateId."""


def _template(root: str) -> Node:
    return identifier("templateId", root, VERSIONS.get(root, ""))


def _own_id(name: str, item: LocalId | None) -> Node | None:
    return None if item is None else identifier(name, item.root, item.extension)


def _confidentiality(document: Document, defects: Defects) -> Code | None:
    name = "JDV_HL7_Confidentiality_CISIS"
    return defects.code(
        "cda.confidentiality.code", name, document.confidentiality, "confidentiality"
    )


# -- the patient --------------------------------------------------------------------------------


def _record_target(document: Document, defects: Defects) -> Node:
    patient = document.patient
    identity = _written_identity(patient, defects)
    if born_after(identity.birth_date, document.created):
        message = "born after the date of the document"
        defects.add("cda.patient.birth-time", message, "patient.identity.birth_date")
    return node(
        "recordTarget",
        node(
            "patientRole",
            _patient_ids(patient, defects),
            people.addresses(patient.addresses, defects),
            people.telecoms(patient.telecoms, "patient", defects),
            _patient(patient, identity, defects),
            people.organization(
                "providerOrganization", patient.provider, "patient.provider", defects
            ),
        ),
    )


def _written_identity(patient: Patient, defects: Defects) -> Identity:
    """The identity in the INSi form when its matricule travels, else as it is held."""
    identity = patient.identity
    if not defects.matricule:
        return identity
    for name in ("first_birth_given_name", "birth_place"):
        if not getattr(identity, name):
            defects.add(
                "cda.ins.traits",
                "a matricule travels with every trait",
                f"patient.identity.{name}",
                _NAMES,
            )
    try:
        return identity.normalised()
    except InvalidValue as error:
        defects.add("cda.ins.traits", str(error), "patient.identity")
        return identity


def _patient_ids(patient: Patient, defects: Defects) -> list[Node]:
    """Exactly one INS and only through the gate, then the identifiers of other domains."""
    ids = []
    matricule = patient.identity.matricule
    if defects.matricule and matricule is not None and matricule.oid is not None:
        ids.append(identifier("id", matricule.oid, matricule.value))
    for item in patient.document_ids:
        if matricule is not None and item.extension == matricule.value:
            defects.add(
                "patient.id-is-matricule",
                "a local identifier that is the matricule itself",
                "patient.ids",
                "RNIV EXI SI 08",
            )
        ids.append(identifier("id", item.root, item.extension))
    if any(not item.root for item in patient.ids):
        defects.tell("cda.id.root", "an assigning domain without OID: left out", "patient.ids")
    if not ids:
        defects.add(
            "cda.patient.id",
            "neither a qualified INS nor a local identifier with an OID",
            "patient.ids",
        )
    return ids


def _patient(patient: Patient, identity: Identity, defects: Defects) -> Node:
    rank = identity.multiple_birth_order
    return node(
        "patient",
        _patient_name(identity, defects),
        _gender(identity, defects),
        _birth_time(identity, defects),
        node("sdtc:deceasedInd", value="true") if patient.is_deceased else None,
        when("sdtc:deceasedTime", patient.deceased_time),
        node("sdtc:multipleBirthInd", value="true") if rank else None,
        node("sdtc:multipleBirthOrderNumber", value=str(rank)) if rank else None,
        _each(people.guardian, patient.guardians, "patient.guardians", defects),
        _birthplace(identity),
        classCode="PSN",
    )


def _patient_name(identity: Identity, defects: Defects) -> Node:
    if not (identity.birth_name or identity.used_name):
        defects.add(
            "cda.patient.family", "a family name is required", "patient.identity.birth_name"
        )
    if not (identity.birth_given_names or identity.first_birth_given_name):
        defects.add(
            "cda.patient.given",
            "a given name is required; follow the convention of the house for a newborn "
            "without one",
            "patient.identity.birth_given_names",
        )
    particles = (
        ("family", identity.birth_name, "BR"),
        ("given", identity.birth_given_names, None),
        ("given", identity.first_birth_given_name, "BR"),
        ("family", identity.used_name, "CL"),
        ("given", identity.used_given_name, "CL"),
    )
    return node(
        "name", [node(name, text=text, qualifier=kind) for name, text, kind in particles if text]
    )


def _gender(identity: Identity, defects: Defects) -> Node | None:
    if identity.sex is None:
        defects.add("cda.patient.gender", "a sex is required", "patient.identity.sex")
        return None
    code = value_set("J143").get(GENDERS[identity.sex], ADMINISTRATIVE_GENDER)
    return coded("administrativeGenderCode", code)


def _birth_time(identity: Identity, defects: Defects) -> Node | None:
    if identity.birth_date is None:
        defects.add(
            "cda.patient.birth-time",
            "a calendar date is required; complete a partial one by the RNIV rules "
            "(ins.complete_birth_date)",
            "patient.identity.birth_date",
        )
        return None
    return node("birthTime", value=f"{identity.birth_date:%Y%m%d}".zfill(8))


def _birthplace(identity: Identity) -> Node | None:
    if not (identity.birth_place or identity.birth_place_name):
        return None
    return node(
        "birthplace",
        node(
            "place",
            node(
                "addr",
                node("county", text=identity.birth_place) if identity.birth_place else None,
                node("city", text=identity.birth_place_name) if identity.birth_place_name else None,
            ),
        ),
    )


# -- the others ---------------------------------------------------------------------------------


def _person(
    item: Participant, name: str, place: str, defects: Defects, ids: people.Ids
) -> list[Node | None]:
    """Time, signature where there is one, and the person: what three roles share."""
    if not isinstance(item.entity, Professional):
        defects.add("cda.authenticator", "a professional is expected", place)
        return []
    return [
        when("time", item.time.low if item.time else None),
        None if name == "dataEnterer" else node("signatureCode", code="S"),
        people.assigned_entity("assignedEntity", item.entity, place, defects, ids=ids),
    ]


def _data_enterer(item: Participant | None, defects: Defects) -> Node | None:
    if item is None:
        return None
    name = "dataEnterer"
    return node(name, _person(item, name, "data_enterer", defects, people.Ids.SEVERAL))


def _legal_authenticator(item: Participant | None, defects: Defects) -> Node | None:
    if item is None:
        return None
    name = "legalAuthenticator"
    return node(name, _person(item, name, "legal_authenticator", defects, people.Ids.ONE))


def _authenticator(item: Participant, place: str, defects: Defects) -> Node:
    name = "authenticator"
    return node(name, _person(item, name, place, defects, people.Ids.NATIONAL))


def _order(item: Order, place: str, defects: Defects) -> Node:
    accession = item.accession
    ids = people.local_ids(item.ids, place, defects)
    if len(ids) != 1:
        defects.add("cda.order", "an order is named by exactly one identifier", f"{place}.ids")
    return node(
        "inFulfillmentOf",
        node(
            "order",
            ids,
            coded("code", None, text=item.text),
            identifier("ps3-20:accessionNumber", accession.root, accession.extension)
            if accession
            else None,
        ),
    )


def _act(item: ServiceEvent, place: str, defects: Defects) -> Node:
    performer = item.performer
    return node(
        "documentationOf",
        node(
            "serviceEvent",
            people.local_ids(item.ids, place, defects),
            coded("code", item.code, translations=item.translations, text=item.text),
            node("lab:statusCode", code="completed") if item.completed else None,
            interval("effectiveTime", item.period, bounded=True) if item.period else None,
            node(
                "performer",
                interval("time", item.performer_time) if item.performer_time else None,
                people.assigned_entity("assignedEntity", performer, f"{place}.performer", defects),
                typeCode="PRF",
            )
            if performer is not None
            else None,
        ),
    )


def _related(item: Relation | None) -> Node | None:
    if item is None:
        return None
    return node(
        "relatedDocument",
        node(
            "parentDocument",
            _own_id("id", item.id),
            _own_id("setId", item.set_id),
            None if item.version is None else node("versionNumber", value=str(item.version)),
        ),
        typeCode=item.kind,
    )


def _consent(code: Code) -> Node:
    return node(
        "authorization",
        node(
            "consent",
            coded("code", code),
            node("statusCode", code="completed"),
            classCode="CONS",
            moodCode="EVN",
        ),
        typeCode="AUTH",
    )


def _encounter(
    item: Encounter | None, custodian: Organization | None, defects: Defects
) -> Node | None:
    if item is None:
        return None
    code = defects.code("cda.encounter.code", "J142", item.code, "encounter.code")
    return node(
        "componentOf",
        node(
            "encompassingEncounter",
            people.local_ids(item.ids, "encounter", defects),
            coded("code", code),
            interval("effectiveTime", item.period),
            coded("dischargeDispositionCode", item.discharge_disposition),
            _responsible(item.responsible, defects),
            _each(_encounter_participant, item.participants, "encounter.participants", defects),
            _location(item.facility or custodian, defects),
        ),
    )


def _responsible(item: Professional | Organization | None, defects: Defects) -> Node | None:
    if item is None:
        return None
    return node(
        "responsibleParty",
        people.assigned_entity(
            "assignedEntity", item, "encounter.responsible", defects, ids=people.Ids.NATIONAL
        ),
    )


def _encounter_participant(item: Participant, place: str, defects: Defects) -> Node:
    if not isinstance(item.entity, (Professional, Organization)):
        defects.add("cda.encounter.participant", "a professional is expected", place)
        return node("encounterParticipant")
    return node(
        "encounterParticipant",
        interval("time", item.time) if item.time else None,
        people.assigned_entity(
            "assignedEntity", item.entity, place, defects, ids=people.Ids.NATIONAL
        ),
        typeCode=item.type,
    )


def _location(item: Organization | None, defects: Defects) -> Node:
    place = "encounter.facility"
    if item is None or item.facility_type is None:
        defects.add(
            "cda.facility",
            "the facility type (JDV_J02) has no default: give it with the organization",
            f"{place}.facility_type",
        )
        return node("location")
    kind = defects.code("cda.facility.j02", "J02", item.facility_type, f"{place}.facility_type")
    named = node("name", text=item.name) if item.name else None
    where = people.addresses(item.addresses, defects)[:1]
    return node(
        "location",
        node(
            "healthCareFacility",
            [identifier("id", STRUCT_IDNAT, item.idnat)] if item.idnat else None,
            coded("code", kind),
            node("location", named, where) if named or where else None,
        ),
    )
