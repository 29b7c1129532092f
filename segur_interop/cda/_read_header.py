"""The fields of a received header, and what is noticed in each."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from segur_interop._oid import CI_SIS, HL7_FRANCE
from segur_interop.cda import _read_people as people
from segur_interop.cda._build import born_after
from segur_interop.cda._read_patient import patient
from segur_interop.cda._reading import MAX_ENTRIES, Element, Reader
from segur_interop.cda.document import Relation
from segur_interop.cda.validate import check_element
from segur_interop.findings import Finding
from segur_interop.model import (
    Encounter,
    LocalId,
    Order,
    Organization,
    Participant,
    Professional,
    ServiceEvent,
)
from segur_interop.terminology import Code

__all__ = ["Fields"]

Made = TypeVar("Made")
_COMMON: Final = frozenset({str(HL7_FRANCE), str(CI_SIS)})


class Fields:
    """The fields of one header by name, each read once, when it is asked for."""

    def __init__(self, root: Element, around: Callable[[], list[Finding]]) -> None:
        """Of a ClinicalDocument element, and what tells what is noticed around it."""
        self._root = root
        self._around = around
        self._read: dict[str, tuple[Any, list[Finding]]] = {}

    def __getitem__(self, name: str) -> Any:
        """The value of a field of `Document`; `reading` reads every other and judges the rules."""
        return self._reading() if name == "reading" else self._field(name)[0]

    def _field(self, name: str) -> tuple[Any, list[Finding]]:
        known = self._read.get(name)
        if known is None:
            reader = Reader()
            known = _FIELDS[name](reader, self._root), reader.findings
            self._read[name] = known
        return known

    def _reading(self) -> tuple[Finding, ...]:
        fields = [finding for name in _FIELDS for finding in self._field(name)[1]]
        around = Reader()
        if born_after(self["patient"].identity.birth_date, self["created"]):
            place = "recordTarget/patientRole/patient/birthTime"
            around.note("cda.read.birth-date", "born after the date of the document", place)
        rules = check_element(self._root)
        return (*self._around(), *fields, *around.findings, *rules.findings)


def _all(
    read: Reader, root: Element, name: str, make: Callable[[Reader, Element, str], Made | None]
) -> tuple[Made, ...]:
    elements = read.every(root, f"h:{name}", MAX_ENTRIES)
    made = [make(read, item, f"{name}[{rank}]") for rank, item in enumerate(elements, start=1)]
    return tuple(item for item in made if item is not None)


def _identifier(read: Reader, root: Element, name: str) -> LocalId | None:
    element = read.first(root, f"h:{name}")
    return None if element is None else read.identifier(element, name)


def _version(read: Reader, element: Element | None, place: str) -> int | None:
    value = "" if element is None else element.get("value", "").strip()
    if not value:
        return None
    if not (value.isascii() and value.isdigit() and len(value) < len("1000000000")):
        read.note("cda.read.version", "a version is a number", place)
        return None
    return int(value)


def _templates(read: Reader, root: Element) -> tuple[str, ...]:
    roots = [item.get("root", "") for item in read.every(root, "h:templateId")]
    return tuple(item for item in roots if item and item not in _COMMON)


def _language(element: Element | None) -> str:
    return "" if element is None else element.get("code", "")


def _authenticator(read: Reader, element: Element, place: str) -> Participant | None:
    return people.signed(read, "AUTHEN", element, place)


def _order(read: Reader, element: Element, place: str) -> Order | None:
    order = read.first(element, "h:order")
    accession = read.first(order, "ps3-20:accessionNumber")
    ids = read.identifiers(order, f"{place}/order")
    return read.made(
        lambda: Order(
            ids=tuple(ids),
            accession=None if accession is None else read.identifier(accession, place),
            text=read.text(read.first(order, "h:code/h:originalText")),
        ),
        place,
    )


def _act(read: Reader, element: Element, place: str) -> ServiceEvent | None:
    act = read.first(element, "h:serviceEvent")
    code = read.first(act, "h:code")
    performers = read.every(act, "h:performer")
    performer = performers[0] if performers else None
    if len(performers) > 1:
        read.note("cda.read.performers", "several performers: the first is read", place)
    status = None if act is None else act.find("lab:statusCode", _LAB)
    value = read.coded(code, "", place)
    others = [read.coded(item, "", place) for item in read.every(code, "h:translation")]
    return read.made(
        lambda: ServiceEvent(
            ids=tuple(read.identifiers(act, place)),
            code=value,
            translations=tuple(item for item in others if item) if value else (),
            text=read.text(read.first(code, "h:originalText")),
            period=read.period(read.first(act, "h:effectiveTime"), f"{place}/effectiveTime"),
            performer=_performer(read, performer, f"{place}/performer"),
            performer_time=read.period(read.first(performer, "h:time"), f"{place}/performer/time"),
            completed=status is not None and status.get("code") == "completed",
        ),
        place,
    )


_LAB: Final = {"lab": "urn:oid:1.3.6.1.4.1.19376.1.3.2"}


def _performer(
    read: Reader, element: Element | None, place: str
) -> Professional | Organization | None:
    if element is None:
        return None
    who = people.entity(
        read, read.first(element, "h:assignedEntity"), place, read.first(element, "h:functionCode")
    )
    return who if isinstance(who, (Professional, Organization)) else None


def _relation(read: Reader, root: Element) -> Relation | None:
    """The document replaced; when there are several relations, the first RPLC."""
    found = read.every(root, "h:relatedDocument")
    if not found:
        return None
    if len(found) > 1:
        read.note("cda.read.related", "several related documents: one is read", "relatedDocument")
    element = next((item for item in found if item.get("typeCode") == "RPLC"), found[0])
    parent = read.first(element, "h:parentDocument")
    own = None if parent is None else _identifier(read, parent, "id")
    if parent is None or own is None:
        return None
    return Relation(
        kind=element.get("typeCode", ""),
        id=own,
        version=_version(read, read.first(parent, "h:versionNumber"), "relatedDocument"),
        set_id=_identifier(read, parent, "setId"),
    )


def _consent(read: Reader, element: Element, place: str) -> Code | None:
    return read.coded(read.first(element, "h:consent/h:code"), "", place)


def _encounter(read: Reader, element: Element | None) -> Encounter | None:
    if element is None:
        return None
    place = "componentOf/encompassingEncounter"
    where = read.first(element, "h:location/h:healthCareFacility")
    people_there = [
        people.signed(read, item.get("typeCode", ""), item, f"{place}/encounterParticipant")
        for item in read.every(element, "h:encounterParticipant")
    ]
    responsible = people.signed(
        read, "RESP", read.first(element, "h:responsibleParty"), f"{place}/responsibleParty"
    )
    return read.made(
        lambda: Encounter(
            ids=tuple(read.identifiers(element, place)),
            code=read.coded(read.first(element, "h:code"), "J142", f"{place}/code"),
            period=read.period(read.first(element, "h:effectiveTime"), f"{place}/effectiveTime"),
            discharge_disposition=read.coded(
                read.first(element, "h:dischargeDispositionCode"), "", place
            ),
            responsible=_answering(responsible),
            participants=tuple(item for item in people_there if item is not None),
            facility=people.organization(read, where, f"{place}/location"),
        ),
        place,
    )


def _answering(item: Participant | None) -> Professional | Organization | None:
    if item is not None and isinstance(item.entity, (Professional, Organization)):
        return item.entity
    return None


_FIELDS: Final[dict[str, Callable[[Reader, Element], Any]]] = {
    "id": lambda read, root: _identifier(read, root, "id"),
    "set_id": lambda read, root: _identifier(read, root, "setId"),
    "version": lambda read, root: _version(
        read, read.first(root, "h:versionNumber"), "versionNumber"
    ),
    "code": lambda read, root: read.coded(read.first(root, "h:code"), "J07", "code"),
    "title": lambda read, root: read.text(read.first(root, "h:title")),
    "created": lambda read, root: read.moment(read.first(root, "h:effectiveTime"), "effectiveTime"),
    "confidentiality": lambda read, root: read.coded(
        read.first(root, "h:confidentialityCode"),
        "JDV_HL7_Confidentiality_CISIS",
        "confidentialityCode",
    ),
    "language": lambda read, root: _language(read.first(root, "h:languageCode")),
    "templates": lambda read, root: _templates(read, root),
    "patient": patient,
    "authors": lambda read, root: _all(read, root, "author", people.authored),
    "custodian": lambda read, root: people.organization(
        read,
        read.first(root, "h:custodian/h:assignedCustodian/h:representedCustodianOrganization"),
        "custodian",
    ),
    "legal_authenticator": lambda read, root: people.signed(
        read, "LA", read.first(root, "h:legalAuthenticator"), "legalAuthenticator"
    ),
    "authenticators": lambda read, root: _all(read, root, "authenticator", _authenticator),
    "data_enterer": lambda read, root: people.signed(
        read, "ENT", read.first(root, "h:dataEnterer"), "dataEnterer"
    ),
    "informants": lambda read, root: _all(read, root, "informant", people.informant),
    "recipients": lambda read, root: _all(read, root, "informationRecipient", people.recipient),
    "participants": lambda read, root: _all(read, root, "participant", people.associated),
    "orders": lambda read, root: _all(read, root, "inFulfillmentOf", _order),
    "acts": lambda read, root: _all(read, root, "documentationOf", _act),
    "relation": lambda read, root: _relation(read, root),
    "consents": lambda read, root: _all(read, root, "authorization", _consent),
    "encounter": lambda read, root: _encounter(
        read, read.first(root, "h:componentOf/h:encompassingEncounter")
    ),
}
"""How each field is read, in the order of what is noticed."""
