"""Received documents: the header of any CDA R2 as values, the body on demand.

The octets are kept untouched. A field that a document lacks, or writes against a rule, becomes a
finding; only what holds no ClinicalDocument at all is refused.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Final, TypeVar

from segur_interop import _xml
from segur_interop._oid import CI_SIS, HL7_FRANCE
from segur_interop._source import Source, read_source
from segur_interop.cda import _read_people as people
from segur_interop.cda._content import Received, find_document
from segur_interop.cda._read_patient import patient
from segur_interop.cda._reading import MAX_ENTRIES, Element, Reader
from segur_interop.cda.document import Document, Relation
from segur_interop.cda.validate import check_element
from segur_interop.errors import InvalidDocument, XmlError
from segur_interop.findings import Report, Severity
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

__all__ = ["check", "read"]

Made = TypeVar("Made")
_COMMON: Final = frozenset({str(HL7_FRANCE), str(CI_SIS)})
_BOM: Final = b"\xef\xbb\xbf"
_TEXT: Final = "component/nonXMLBody/text"


def read(source: Source, *, max_bytes: int = _xml.MAX_BYTES) -> Document:
    """Read a CDA R2 document of any level.

    ClinicalDocument is found under any root: alone, in a style sheet, in a signature. A header
    that names two patients, or one with two INS, gives neither a matricule nor an identifier.

    Args:
        source: bytes of the document, or the path of its file.
        max_bytes: the largest document read, in bytes.

    Returns:
        A document whose `findings` say what breaks a rule; its identity is `asserted`.

    Raises:
        InvalidDocument: no XML, XML without a ClinicalDocument, or with several.
        OSError: the path cannot be read.
    """
    octets = read_source(source, max_bytes=max_bytes, error=InvalidDocument)
    try:
        root = _xml.parse(octets, max_bytes=max_bytes)
    except XmlError as error:
        raise InvalidDocument(str(error)) from None
    element = find_document(root)
    reader = Reader()
    content = Received(octets, root)
    _surroundings(reader, octets, root, element, content)
    document = _header(reader, element, content)
    rules = check_element(element)
    reader.findings += rules.findings
    return _with_findings(document, reader)


def _with_findings(document: Document, reader: Reader) -> Document:
    return dataclasses.replace(document, reading=tuple(reader.findings))


def _surroundings(
    reader: Reader, octets: bytes, root: Element, element: Element, content: Received
) -> None:
    if octets.startswith(_BOM):
        reader.note("cda.read.bom", "the file starts with a byte order mark", "")
    if root is not element:
        reader.note("cda.read.wrapped", "the document is wrapped in another root", "")
    encoding = (root.getroottree().docinfo.encoding or "UTF-8").upper()
    if encoding not in {"UTF-8", "UTF8", "US-ASCII", "ASCII"} or b"\0" in octets[:4]:
        reader.note("cda.read.encoding", "the encoding is not UTF-8", "")
    if content.is_empty:
        reader.note("cda.read.body", "the body is empty", _TEXT, Severity.ERROR)


def _header(read: Reader, root: Element, content: Received) -> Document:
    templates = [item.get("root", "") for item in read.every(root, "h:templateId")]
    return Document(
        id=_identifier(read, root, "id"),
        set_id=_identifier(read, root, "setId"),
        version=_version(read, read.first(root, "h:versionNumber"), "versionNumber"),
        code=read.coded(read.first(root, "h:code"), "J07", "code"),
        title=read.text(read.first(root, "h:title")),
        created=read.moment(read.first(root, "h:effectiveTime"), "effectiveTime"),
        confidentiality=read.coded(
            read.first(root, "h:confidentialityCode"),
            "JDV_HL7_Confidentiality_CISIS",
            "confidentialityCode",
        ),
        language=_language(read.first(root, "h:languageCode")),
        templates=tuple(item for item in templates if item and item not in _COMMON),
        patient=patient(read, root),
        authors=_all(read, root, "author", people.authored),
        custodian=people.organization(
            read,
            read.first(root, "h:custodian/h:assignedCustodian/h:representedCustodianOrganization"),
            "custodian",
        ),
        legal_authenticator=people.signed(
            read, "LA", read.first(root, "h:legalAuthenticator"), "legalAuthenticator"
        ),
        authenticators=_all(read, root, "authenticator", _authenticator),
        data_enterer=people.signed(read, "ENT", read.first(root, "h:dataEnterer"), "dataEnterer"),
        informants=_all(read, root, "informant", people.informant),
        recipients=_all(read, root, "informationRecipient", people.recipient),
        participants=_all(read, root, "participant", people.associated),
        orders=_all(read, root, "inFulfillmentOf", _order),
        acts=_all(read, root, "documentationOf", _act),
        relation=_relation(read, root),
        consents=_all(read, root, "authorization", _consent),
        encounter=_encounter(read, read.first(root, "h:componentOf/h:encompassingEncounter")),
        _content=content,
    )


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


def check(source: Source | Document) -> Report:
    """Judge the header of a document against `RULES`; no kit is needed.

    Args:
        source: a Document, bytes of one, or the path of its file.

    Raises:
        InvalidDocument: there is no CDA document in it.
        OSError: the path cannot be read.
    """
    return (source if isinstance(source, Document) else read(source)).check()
