"""The headers of every official example fit into the model; what does not is named here."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from segur_interop._oid import PS_IDNAT, STRUCT_IDNAT
from segur_interop.findings import Severity
from segur_interop.ins import INS_OIDS, Identity
from segur_interop.model import (
    Address,
    Device,
    Encounter,
    LocalId,
    Order,
    Organization,
    Participant,
    Patient,
    Period,
    PersonName,
    Professional,
    RelatedPerson,
    ServiceEvent,
    Telecom,
)
from segur_interop.model.contact import ADDRESS_PARTS, CIVILITIES, TITLES
from segur_interop.terminology import Code, value_set

pytestmark = pytest.mark.official

V3 = "{urn:hl7-org:v3}"
FIELDS = {element: name for name, element in ADDRESS_PARTS}

NOT_HELD = {
    "addr/@nullFlavor", "telecom/@nullFlavor", "id/@nullFlavor",
    "effectiveTime/@nullFlavor", "time/@nullFlavor", "functionCode/@nullFlavor",
    "associatedEntity/@nullFlavor", "code/@nullFlavor", "family/@nullFlavor",
    # Above, why a value is absent (masked, not asked): the model only knows that it is absent.
    "templateId", "functionCode/translation", "translation/qualifier", "asOrganizationPartOf",
    # No time at all: the legalAuthenticator of the three TROD examples.
    "time/@value with an offset of 3 digits",
}  # fmt: skip
"""What the headers hold and the model does not: left to the reader to report."""


class Reader:
    """A bare reader for the test: it notes what it could put nowhere."""

    def __init__(self) -> None:
        self.left: set[str] = set()

    def children(self, element: Any, *known: str) -> dict[str, list[Any]]:
        found: dict[str, list[Any]] = {name: [] for name in known}
        for child in element.iterchildren(tag=etree.Element):
            name = etree.QName(child).localname
            if name in found:
                found[name].append(child)
            else:
                parent = etree.QName(element).localname
                self.left.add(name if name in NOT_HELD else f"{parent}/{name}")
        return found

    def filled(self, elements: list[Any]) -> Iterator[Any]:
        for element in elements:
            if element.get("nullFlavor"):
                self.left.add(f"{etree.QName(element).localname}/@nullFlavor")
            else:
                yield element

    def text(self, elements: list[Any]) -> str:
        return " ".join(" ".join((e.text or "").split()) for e in elements).strip()

    def code(self, elements: list[Any]) -> tuple[Code | None, str, tuple[Code, ...]]:
        code, text, translations = None, "", []
        for element in elements:
            parts = self.children(element, "originalText", "translation")
            text = self.text(parts["originalText"])
            for item in parts["translation"]:
                if item.find(f"{V3}qualifier") is not None:
                    self.left.add("translation/qualifier")
                translations.append(self.one_code(item))
            if element.get("code"):
                code = self.one_code(element)
            else:
                list(self.filled([element]))
        return code, text, tuple(translations)

    def one_code(self, element: Any) -> Code:
        return Code(
            code=element.get("code"),
            system=element.get("codeSystem", ""),
            label=element.get("displayName", ""),
        )

    def name(self, elements: list[Any]) -> PersonName | None:
        if not elements:
            return None
        (element,) = elements
        parts = self.children(element, "prefix", "suffix", "family", "given")
        families = {e.get("qualifier", ""): self.text([e]) for e in self.filled(parts["family"])}
        if not any(families.values()):
            return None
        return PersonName(
            family=families.get("", ""),
            birth_family=families.get("BR", ""),
            used_family=families.get("CL", families.get("SP", "")),
            given=self.text(parts["given"]),
            civility=self.text(parts["prefix"]),
            title=self.text(parts["suffix"]),
        )

    def addresses(self, elements: list[Any]) -> tuple[Address, ...]:
        made = []
        for element in self.filled(elements):
            parts = self.children(element, "streetAddressLine", *FIELDS)
            lines = parts.pop("streetAddressLine")
            made.append(
                Address(
                    use=element.get("use", ""),
                    lines=tuple(self.text([line]) for line in lines),
                    **{FIELDS[name]: self.text(items) for name, items in parts.items()},
                )
            )
        return tuple(made)

    def telecoms(self, elements: list[Any]) -> tuple[Telecom, ...]:
        return tuple(
            Telecom(value=element.get("value"), use=element.get("use", ""))
            for element in self.filled(elements)
        )

    def period(self, elements: list[Any]) -> Period | None:
        for element in self.filled(elements):
            parts = self.children(element, "low", "high")
            if value := element.get("value"):
                if re.fullmatch(r"\d{14}\+\d{3}", value):
                    self.left.add("time/@value with an offset of 3 digits")
                    return None
                return Period.at(value)
            low, high = (
                next((item.get("value") for item in self.filled(parts[name])), None)
                for name in ("low", "high")
            )
            return Period(low=low, high=high)
        return None

    def ids(self, elements: list[Any]) -> tuple[LocalId, ...]:
        return tuple(
            LocalId(root=item.get("root"), extension=item.get("extension", ""))
            for item in self.filled(elements)
        )

    def split(self, elements: list[Any], root: str) -> tuple[str, tuple[LocalId, ...]]:
        ids = self.ids(elements)
        own = next((item.extension for item in ids if item.root == root), "")
        rest = tuple(item for item in ids if (item.root, item.extension) != (root, own))
        return own, rest

    def organization(self, elements: list[Any], **more: Any) -> Organization | None:
        if not elements:
            return None
        (element,) = elements
        parts = self.children(element, "id", "name", "addr", "telecom", "standardIndustryClassCode")
        idnat, ids = self.split(parts["id"], STRUCT_IDNAT)
        setting, _, _ = self.code(parts["standardIndustryClassCode"])
        if not (parts["name"] or idnat or ids or setting):
            return None
        values = {"name": self.text(parts["name"]), "practice_setting": setting, **more}
        return Organization(
            idnat=idnat,
            ids=ids,
            addresses=self.addresses(parts["addr"]),
            telecoms=self.telecoms(parts["telecom"]),
            **values,
        )

    def entity(self, element: Any, function: Any = ()) -> Any:
        parts = self.children(
            element, "id", "code", "addr", "telecom", "assignedPerson", "associatedPerson",
            "informationRecipient", "relatedPerson", "assignedAuthoringDevice",
            "representedOrganization", "scopingOrganization", "receivedOrganization",
        )  # fmt: skip
        code, _, _ = self.code(parts["code"])
        contacts: dict[str, Any] = {
            "addresses": self.addresses(parts["addr"]),
            "telecoms": self.telecoms(parts["telecom"]),
        }
        organization = self.organization(
            parts["representedOrganization"]
            + parts["scopingOrganization"]
            + parts["receivedOrganization"]
        )
        if parts["relatedPerson"]:
            name = self.name(self.children(parts["relatedPerson"][0], "name")["name"])
            assert name is not None
            return RelatedPerson(
                name=name, class_code=element.get("classCode"), relation=code, **contacts
            )
        idnat, ids = self.split(parts["id"], PS_IDNAT)
        if parts["assignedAuthoringDevice"]:
            told = self.children(
                parts["assignedAuthoringDevice"][0], "manufacturerModelName", "softwareName"
            )
            return Device(
                model=self.text(told["manufacturerModelName"]),
                software=self.text(told["softwareName"]),
                idnat=idnat, ids=ids, kind=code, organization=organization, **contacts,
            )  # fmt: skip
        persons = (
            parts["assignedPerson"] + parts["associatedPerson"] + parts["informationRecipient"]
        )
        name = self.name(self.children(persons[0], "name")["name"]) if persons else None
        if name is None and not (idnat or ids):
            return organization
        role, role_text, _ = self.code(list(function))
        return Professional(
            name=name, idnat=idnat, ids=ids, profession=code, organization=organization,
            function=role, function_text=role_text, **contacts,
        )  # fmt: skip

    def participant(self, element: Any, kind: str, inner: str) -> Participant | None:
        parts = self.children(element, "functionCode", "time", "signatureCode", inner)
        if not parts[inner]:
            return None
        (holder,) = parts[inner]
        if holder.get("nullFlavor"):
            self.left.add("associatedEntity/@nullFlavor")
        entity = self.entity(holder)
        if entity is None:
            return None
        function, text, translations = self.code(parts["functionCode"])
        if translations:
            self.left.add("functionCode/translation")
        return Participant(
            type=element.get("typeCode", kind),
            entity=entity,
            function=function,
            function_text=text,
            time=self.period(parts["time"]),
            role_class=holder.get("classCode", "PROV") if inner == "associatedEntity" else "PROV",
        )

    def patient(self, role: Any) -> Patient:
        parts = self.children(role, "id", "addr", "telecom", "patient")
        (person,) = parts["patient"]
        told = self.children(
            person, "name", "administrativeGenderCode", "birthTime", "deceasedInd",
            "deceasedTime", "multipleBirthInd", "multipleBirthOrderNumber", "guardian",
            "birthplace",
        )  # fmt: skip
        guardians: list[Any] = []
        for element in told["guardian"]:
            items = self.children(
                element, "id", "addr", "telecom", "guardianPerson", "guardianOrganization"
            )
            name = self.name(self.children(items["guardianPerson"][0], "name")["name"])
            assert name is not None
            guardians.append(
                RelatedPerson(
                    name=name,
                    ids=self.ids(items["id"]),
                    addresses=self.addresses(items["addr"]),
                    telecoms=self.telecoms(items["telecom"]),
                )
            )
        return Patient(
            identity=Identity(birth_name="X", asserted=True),
            ids=tuple(item for item in self.ids(parts["id"]) if not item.is_ins),
            addresses=self.addresses(parts["addr"]),
            telecoms=self.telecoms(parts["telecom"]),
            guardians=tuple(guardians),
            deceased=bool(told["deceasedInd"]) or None,
            deceased_time=next((e.get("value") for e in told["deceasedTime"]), None),
        )

    def encounter(self, element: Any) -> Encounter:
        parts = self.children(
            element, "id", "code", "effectiveTime", "dischargeDispositionCode",
            "responsibleParty", "encounterParticipant", "location",
        )  # fmt: skip
        (location,) = parts["location"]
        (facility,) = self.children(location, "healthCareFacility")["healthCareFacility"]
        place = self.children(facility, "id", "code", "location")
        idnat, ids = self.split(place["id"], STRUCT_IDNAT)
        kind, _, _ = self.code(place["code"])
        inner = self.children(place["location"][0], "name", "addr") if place["location"] else {}
        responsible = [
            self.entity(self.children(item, "assignedEntity")["assignedEntity"][0])
            for item in parts["responsibleParty"]
        ]
        disposition, _, _ = self.code(parts["dischargeDispositionCode"])
        participants = [
            self.participant(item, "", "assignedEntity") for item in parts["encounterParticipant"]
        ]
        return Encounter(
            ids=self.ids(parts["id"]),
            code=self.code(parts["code"])[0],
            period=self.period(parts["effectiveTime"]),
            discharge_disposition=disposition,
            responsible=responsible[0] if responsible else None,
            participants=tuple(item for item in participants if item is not None),
            facility=Organization(
                idnat=idnat,
                ids=ids,
                facility_type=kind,
                name=self.text(inner.get("name", [])),
                addresses=self.addresses(inner.get("addr", [])),
            ),
        )

    def service_event(self, element: Any) -> ServiceEvent:
        parts = self.children(element, "id", "code", "statusCode", "effectiveTime", "performer")
        code, text, translations = self.code(parts["code"])
        performers = [
            self.participant(item, "PRF", "assignedEntity") for item in parts["performer"]
        ]
        first = next((item for item in performers if item is not None), None)
        return ServiceEvent(
            ids=self.ids(parts["id"]),
            code=code,
            text=text,
            translations=translations,
            period=self.period(parts["effectiveTime"]),
            performer=first.entity if first else None,  # type: ignore[arg-type]
            performer_time=first.time if first else None,
            completed=any(item.get("code") == "completed" for item in parts["statusCode"]),
        )

    def order(self, element: Any) -> Order:
        parts = self.children(element, "id", "accessionNumber", "code")
        _, text, _ = self.code(parts["code"])
        numbers = self.ids(parts["accessionNumber"])
        return Order(
            ids=self.ids(parts["id"]), accession=numbers[0] if numbers else None, text=text
        )


PARTICIPATIONS = {
    "author": ("AUT", "assignedAuthor"),
    "dataEnterer": ("ENT", "assignedEntity"),
    "informationRecipient": ("PRCP", "intendedRecipient"),
    "legalAuthenticator": ("LA", "assignedEntity"),
    "authenticator": ("AUTHEN", "assignedEntity"),
    "participant": ("", "associatedEntity"),
}


def read_header(document: Any) -> tuple[Reader, list[Any]]:
    reader = Reader()
    held: list[Any] = []
    for element in document.iterchildren(tag=etree.Element):
        name = etree.QName(element).localname
        if name in PARTICIPATIONS:
            held.append(reader.participant(element, *PARTICIPATIONS[name]))
        elif name == "informant":
            held += [reader.entity(child) for child in element]
        elif name == "custodian":
            (holder,) = element.iter(f"{V3}representedCustodianOrganization")
            held.append(reader.organization([holder]))
        elif name == "recordTarget":
            held.append(reader.patient(element.find(f"{V3}patientRole")))
        elif name == "documentationOf":
            held.append(reader.service_event(element.find(f"{V3}serviceEvent")))
        elif name == "inFulfillmentOf":
            held.append(reader.order(element.find(f"{V3}order")))
        elif name == "componentOf":
            held.append(reader.encounter(element.find(f"{V3}encompassingEncounter")))
    return reader, held


@pytest.mark.official_files("ans-kit/ExemplesCDA/**/*.xml")
def test_the_header_fits_into_the_model(official_file: Path) -> None:
    root = etree.parse(official_file, etree.XMLParser(huge_tree=True)).getroot()
    reader, held = read_header(next(root.iter(f"{V3}ClinicalDocument")))
    assert reader.left <= NOT_HELD
    values = [value for value in held if value is not None]
    assert len(values) >= 4
    for value in values:
        wrong = [item.rule for item in value.findings if item.severity is Severity.ERROR]
        assert wrong == []


def test_the_closed_lists_are_those_of_the_kit(official: Path) -> None:
    folder = official / "ans-kit" / "jeuxDeValeurs"
    for file, codes in (
        ("JDV_J245_Civilite_CISIS.xml", CIVILITIES),
        ("JDV_J246_Titre_CISIS.xml", TITLES),
    ):
        concepts = etree.parse(folder / file).iter("{*}Concept")
        assert {concept.get("code") for concept in concepts} == codes
    assert {code.code for code in value_set("J144")} >= {"REF", "INF"}
    assert len(INS_OIDS) == 4


def test_every_exception_still_occurs(official: Path) -> None:
    left: set[str] = set()
    for file in sorted((official / "ans-kit" / "ExemplesCDA").glob("**/*.xml")):
        root = etree.parse(file, etree.XMLParser(huge_tree=True)).getroot()
        left |= read_header(next(root.iter(f"{V3}ClinicalDocument")))[0].left
    assert left == NOT_HELD
