"""A fictitious hospital, office and pharmacy, their people, and documents that use every part."""

from __future__ import annotations

import dataclasses
import functools
from datetime import date, datetime, timedelta, timezone
from typing import Any

import pytest
from lxml import etree
from people import BY_ID, local

from segur_interop import cda
from segur_interop.errors import InvalidDocument
from segur_interop.ins import Identity
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
from segur_interop.terminology import Code, value_set

NS = {
    "h": "urn:hl7-org:v3",
    "sdtc": "urn:hl7-org:sdtc",
    "lab": "urn:oid:1.3.6.1.4.1.19376.1.3.2",
    "ps3-20": "urn:dicom-org:ps3-20",
}
PARIS = timezone(timedelta(hours=1))
NOW = datetime(2026, 3, 1, 10, 0, 0, tzinfo=PARIS)
ADMITTED = datetime(2026, 2, 20, 8, 0, tzinfo=PARIS)
DISCHARGED = datetime(2026, 3, 1, 9, 0, tzinfo=PARIS)
BODY = cda.PlainText("Bonjour\nà tous")
CCAM, LOINC, SNOMED = "1.2.250.1.215.300.1", "2.16.840.1.113883.6.1", "2.16.840.1.113883.6.96"
T = cda.DocumentType
S = cda.Setting


def jdv(name: str, code: str) -> Code:
    return value_set(name).get(code)


HOSPITAL = Organization.from_finess(
    "750803447",
    name="Hôpital de la démonstration",
    facility_type=jdv("J02", "SA01"),
    telecoms=(Telecom.phone("01 44 95 55 55", "WP"),),
    addresses=(Address(lines=("1 rue de l'Hôpital", "75001 PARIS")),),
)
OFFICE = Organization.from_finess(
    "750000026", name="Cabinet médical", facility_type=jdv("J02", "SA07")
)
PHARMACY = Organization.from_finess(
    "750000034", name="Pharmacie de la Gare", facility_type=jdv("J02", "SA33")
)
SURGEON = Professional.from_rpps(
    "10000336601",
    name=PersonName(family="LEGRIS", given="Pierre", civility="M", title="DR"),
    profession=jdv("J01", "G15_10/SM26"),
    organization=HOSPITAL,
    telecoms=(Telecom.email("pierre.legris@hopital.mssante.fr", "WP"),),
)
DOCTOR = Professional.from_rpps(
    "10000000012",
    name=PersonName(family="MARTIN", given="Anne", civility="MME", title="DR"),
    profession=jdv("J01", "G15_10/SM26"),
    organization=OFFICE,
)
PHARMACIST = Professional.from_rpps(
    "10000000020",
    name=PersonName(family="OFFICINE", given="Paul", civility="M"),
    profession=jdv("J01", "G15_21/A"),
    organization=PHARMACY,
)
WHO = {
    S.HOSPITAL: (HOSPITAL, SURGEON),
    S.OFFICE: (OFFICE, DOCTOR),
    S.PHARMACY: (PHARMACY, PHARMACIST),
}
DEVICE = Device.from_internal("42", HOSPITAL, model="Appareil 3000", software="Logiciel 2.1")
MOTHER = RelatedPerson(
    name=PersonName(family="NESSI", given="Jeanne", civility="MME"),
    class_code="NOK",
    relation=jdv("J11", "MTH"),
    telecoms=(Telecom.phone("0147150000", "H"),),
    addresses=(Address(city="PARIS", use="H"),),
)
IPP = LocalId(root="1.2.250.1.999.1", extension="IPP0001", type="PI")
KIT_1 = BY_ID["kit-1"]


def qualified(**changes: Any) -> Identity:
    """The kit's test patient, QUALIFIEE here, with every trait."""
    fields = {
        "first_birth_given_name": "DOMINIQUE",
        "birth_place_name": "DOMPREMY",
        "used_name": "PAT-TROIS",
        "used_given_name": "DOMINIQUE",
    }
    return local(KIT_1, **{**fields, **changes})


PATIENT = Patient(identity=qualified(), ids=(IPP,))


def full_patient() -> Patient:
    """A patient with every part that a header can hold."""
    return Patient(
        identity=qualified(multiple_birth_order=2),
        ids=(IPP,),
        telecoms=(
            Telecom.email(f"{KIT_1.matricule}@patient.mssante.fr"),
            Telecom.phone("0147150000", "H"),
        ),
        addresses=(Address(street_name="rue X", city="PARIS", postal_code="75007", use="H"),),
        guardians=(dataclasses.replace(MOTHER, class_code=""), HOSPITAL),
        deceased=True,
        deceased_time=date(2026, 2, 28),
        provider=OFFICE,
    )


def minimal(setting: cda.Setting | None = S.HOSPITAL, **changes: Any) -> dict[str, Any]:
    """The arguments that `wrap` asks for, and no other."""
    place, who = WHO[setting or S.HOSPITAL]
    given = {
        "patient": PATIENT,
        "author": who,
        "custodian": place,
        "type": T.LETTRE_LIAISON_SORTIE,
        "title": "Lettre de liaison à la sortie",
        "created": NOW,
        "performed": (ADMITTED, DISCHARGED),
        "setting": setting,
    }
    return {**given, **changes}


def everything(setting: cda.Setting = S.HOSPITAL, **changes: Any) -> dict[str, Any]:
    """Every argument of `wrap`."""
    _, who = WHO[setting]
    appendix = Code(code="HHFA001", system=CCAM, label="Appendicectomie")
    region = Code(code="66754008", system=SNOMED, label="Appendice")
    given = minimal(
        setting,
        patient=full_patient(),
        author=(
            Participant(type="AUT", entity=who, function=jdv("J47", "ATTPHYS")),
            DEVICE,
        ),
        legal_authenticator=who,
        authenticators=(DOCTOR,),
        data_enterer=DOCTOR,
        informants=(DOCTOR, MOTHER),
        recipients=(
            DOCTOR,
            Participant(type="TRC", entity=PHARMACY),
            RelatedPerson(name=PersonName(family="DUPOND", given="Zoé")),
        ),
        participants=(
            Participant(
                type="INF",
                entity=DOCTOR,
                function=jdv("J47", "PCP"),
                time=Period(low=date(2020, 1, 1)),
            ),
            Participant(type="REF", entity=SURGEON, time=Period(low="2026", high="2027")),
            Participant(type="RESP", entity=OFFICE),
        ),
        orders=(
            Order(
                ids=(LocalId(root="1.2.3.4", extension="o1"),),
                accession=LocalId(root="1.2.3.5", extension="a1"),
                text="Scanner",
            ),
        ),
        acts=(
            ServiceEvent(code=None),
            ServiceEvent(
                ids=(LocalId(root="1.2.3.4", extension="acte"),),
                code=appendix,
                translations=(region,),
                text="Appendicectomie",
                period=Period(low="20260221", high="20260222"),
                performer=DOCTOR,
                performer_time=Period(low="20260221"),
                completed=True,
            ),
        ),
        consents=(Code(code="64292-6", system=LOINC, label="Non-opposition"),),
        replaces=cda.Relation(
            id=LocalId(root="1.2.3.9"), version=1, set_id=LocalId(root="1.2.3.8")
        ),
        encounter=Encounter(
            ids=(LocalId(root="1.2.3.7", extension="dossier"),),
            period=Period(low=ADMITTED, high=DISCHARGED),
            discharge_disposition=Code(code="8", system="1.2.250.1.213.2.14", label="Domicile"),
            responsible=SURGEON,
            participants=(
                Participant(type="ATND", entity=DOCTOR, time=Period(low="20260220", high="2027")),
            ),
        ),
        body_language="en-US",
    )
    return {**given, **changes}


def wrap(body: Any = BODY, **arguments: Any) -> cda.Document:
    return cda.wrap(body, **(arguments or minimal()))


@functools.cache
def full_octets() -> bytes:
    return bytes(wrap(**everything()))


def tree(octets: bytes | None = None) -> etree._Element:
    return etree.fromstring(full_octets() if octets is None else octets)


def rules_of(report: Any) -> set[str]:
    return {finding.rule for finding in report}


def written(**changes: Any) -> etree._Element:
    """The tree of a minimal document with these arguments."""
    return tree(bytes(wrap(**minimal(**changes))))


def values(root: etree._Element, path: str) -> list[str]:
    """The texts that an XPath gives."""
    return [str(item) for item in root.xpath(path, namespaces=NS)]


def refused(**changes: Any) -> set[str]:
    """The rules of the report of a refusal."""
    with pytest.raises(InvalidDocument) as error:
        wrap(**minimal(**changes))
    assert error.value.report is not None
    assert not error.value.report
    return rules_of(error.value.report)
