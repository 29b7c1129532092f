"""Every patient of the official CDA and HL7 v2 examples, read as the table of test people says."""

from __future__ import annotations

import re
from pathlib import Path

import people
import pytest
from lxml import etree

from segur_interop.errors import InvalidMatricule
from segur_interop.findings import Severity
from segur_interop.ins import (
    INS_OIDS,
    PRODUCTION_OIDS,
    Identity,
    IdentityStatus,
    Matricule,
    Sex,
    complete_birth_date,
    preselect,
)

pytestmark = pytest.mark.official

V3 = {"c": "urn:hl7-org:v3"}
NSS = {"1.2.250.1.213.1.4.13", "1.2.250.1.213.1.4.14"}
RIGHT_KEY = {person.matricule: person.right_key for person in people.EVERYONE}
MIXED_CASE = re.compile("[a-zé]")


def judge(matricule: Matricule) -> None:
    """The key as published, the finding as expected."""
    right = RIGHT_KEY[matricule.value]
    assert matricule.is_valid is (not right)
    found = {finding.rule for finding in matricule.findings}
    assert found == ({"ins.matricule.key"} if right else set())


def asserted(name: str, given: str, born: str, sex: str, place: str, number: Matricule) -> Identity:
    day = complete_birth_date(born)
    assert not day.completed
    return Identity(
        birth_name=name,
        birth_given_names=given,
        birth_date=day.value,
        sex=Sex(sex),
        birth_place=place,
        matricule=number,
        status=IdentityStatus.QUALIFIEE,
        asserted=True,
    )


def judge_identity(identity: Identity) -> None:
    assert not any(finding.severity is Severity.ERROR for finding in identity.findings)
    rules = {finding.rule for finding in identity.findings} - {"ins.matricule.traits"}
    assert identity.matricule is not None
    expected = {"ins.matricule.key"} if RIGHT_KEY[identity.matricule.value] else set()
    if MIXED_CASE.search(identity.birth_name + identity.birth_given_names):
        expected.add("ins.name.form")
    assert rules == expected
    own = Identity.from_dict({**identity.to_dict(), "asserted": False})
    blocked = bool(RIGHT_KEY[identity.matricule.value]) and identity.oid in PRODUCTION_OIDS
    assert bool(preselect(identity, [own])) is not blocked


@pytest.mark.official_files("ans-kit/ExemplesCDA/*.xml")
def test_the_patient_of_each_cda_example_is_an_identity(official_file: Path):
    root = etree.parse(str(official_file), etree.XMLParser(resolve_entities=False, huge_tree=True))
    role = root.find(".//c:recordTarget/c:patientRole", V3)
    assert role is not None
    numbers = []
    for item in role.findall("c:id", V3):
        oid, extension = item.get("root"), item.get("extension")
        if oid in INS_OIDS:
            numbers.append(Matricule.parse(extension, oid=oid))
        elif oid in NSS:
            with pytest.raises(InvalidMatricule, match="social security"):
                Matricule.parse(extension, oid=oid)
    (number,) = numbers
    judge(number)
    (name,) = role.findall("c:patient/c:name/c:family[@qualifier='BR']", V3)
    (given,) = [
        item for item in role.findall("c:patient/c:name/c:given", V3) if not item.get("qualifier")
    ]
    born = role.find("c:patient/c:birthTime", V3).get("value")
    sex = role.find("c:patient/c:administrativeGenderCode", V3).get("code")
    place = role.find("c:patient/c:birthplace/c:place/c:addr/c:county", V3)
    judge_identity(asserted(name.text, given.text, born, sex, place.text, number))


PID = re.compile(r"^[ \t]*PID\|(.*)$", re.MULTILINE)


def pid_lines(folder: Path) -> list[tuple[str, str]]:
    """(file, PID) of every message under the folder."""
    found = []
    for file in sorted(folder.rglob("*")):
        if file.suffix.lower() in {".er7", ".hl7", ".xml"}:
            text = file.read_bytes().decode("utf-8", errors="replace").replace("\r", "\n")
            found += [(file.name, line) for line in PID.findall(text)]
    return found


def test_the_patient_of_each_hl7_example_is_an_identity(official: Path):
    read = 0
    for _, line in pid_lines(official / "hl7v2-examples"):
        fields = line.split("|")
        ids = [item.split("^") for item in fields[2].split("~")]
        numbers = [
            Matricule.parse(item[0], oid=item[3].split("&")[1])
            for item in ids
            if len(item) > 4 and item[4] == "INS"
        ]
        if not numbers:
            continue
        (number,) = numbers
        judge(number)
        name, given, *_ = fields[4].split("~")[0].split("^")
        place = re.search(r"BDL\^\^([0-9AB]{5})", fields[10])
        assert place is not None
        judge_identity(asserted(name, given, fields[6][:8], fields[7], place[1], number))
        read += 1
    assert read >= 30


def test_each_number_of_the_hl7_examples_is_one_of_the_table(official: Path):
    numbers = {
        match[1]
        for _, line in pid_lines(official / "hl7v2-examples")
        if (match := re.search(r"([0-9A-B]{15})\^\^\^ASIP-SANTE-INS", line))
    }
    assert numbers == {person.matricule for person in people.HL7}
