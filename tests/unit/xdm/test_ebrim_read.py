"""METADATA.XML of any make: ebRIM 3.0 or 2.x, wrong references, values of another form."""

from __future__ import annotations

import pytest

from segur_interop.errors import ArchiveError
from segur_interop.model import LocalId
from segur_interop.terminology import Code
from segur_interop.xdm._ebrim_read import Lot, read_metadata

RIM_3 = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
RIM_2 = "urn:oasis:names:tc:ebxml-regrep:rim:xsd:2.1"
MARKER = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
FOLDER = "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2"
TYPE = "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"
EVENT = "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"
AUTHOR = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
UNIQUE = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"
LOT_UNIQUE = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"
PACKAGE = (
    f'<RegistryPackage id="l"><Classification classificationNode="{MARKER}"/></RegistryPackage>'
)


def read(objects: str, namespace: str = RIM_3) -> Lot:
    text = f'<a:Any xmlns:a="urn:a" xmlns="{namespace}"><List>{objects}</List></a:Any>'
    return read_metadata(text.encode(), "METADATA.XML")


def entry(inner: str, attributes: str = ""):
    return read(f'{PACKAGE}<ExtrinsicObject id="d" {attributes}>{inner}</ExtrinsicObject>').entries[
        0
    ]


def slot(name: str, *values: str) -> str:
    listed = "".join(f"<Value>{value}</Value>" for value in values)
    return f'<Slot name="{name}"><ValueList>{listed}</ValueList></Slot>'


def coded(scheme: str, code: str, system: str = "1.2.3", label: str = "L") -> str:
    return (
        f'<Classification classificationScheme="{scheme}" classifiedObject="elsewhere" '
        f'nodeRepresentation="{code}"><Name><LocalizedString value="{label}"/></Name>'
        f"{slot('codingScheme', system)}</Classification>"
    )


def rules(reading) -> list[str]:
    return [item.rule for item in reading]


@pytest.mark.parametrize("namespace", [RIM_3, RIM_2, "urn:any", ""])
def test_the_namespace_and_the_order_of_children_do_not_matter(namespace: str):
    objects = (
        f'<ExtrinsicObject id="d"><ExternalIdentifier identificationScheme="{UNIQUE}" '
        f'registryObject="elsewhere" value="1.2.3"/>{coded(TYPE, "11490-0")}'
        f'<Name><LocalizedString value=" A  title "/></Name>{slot("size", "7")}</ExtrinsicObject>'
    )
    (made,) = read(objects + PACKAGE, namespace).entries
    assert (made.unique_id, made.title, made.size) == ("1.2.3", "A  title", 7)
    assert made.type_code == Code(code="11490-0", system="1.2.3")
    assert made.type_code.label == "L"


@pytest.mark.parametrize("scheme", [TYPE.upper(), TYPE.removeprefix("urn:uuid:"), f" {TYPE} "])
def test_a_scheme_is_told_by_its_uuid_however_written(scheme: str):
    assert entry(coded(scheme, "11490-0")).type_code.code == "11490-0"


def test_slots_are_found_in_any_case_and_others_are_kept():
    made = entry(slot("CREATIONTIME", "20210104") + slot("urn:vendor:x", "1", "2"))
    assert str(made.creation_time) == "20210104"
    assert made.other_slots == (("urn:vendor:x", ("1", "2")),)


@pytest.mark.parametrize(
    ("inner", "rule"),
    [
        (slot("creationTime", "2021-01-04T10:00"), "xdm.metadata.value"),
        (slot("hash", "xyz"), "xdm.metadata.value"),
        (slot("size", "-1"), "xdm.metadata.value"),
        (slot("size", "9" * 30), "xdm.metadata.value"),
        (slot("urn:action:extraMetadataSlot", "X"), "xdm.metadata.value"),
        (slot("sourcePatientId", "^^^"), "xdm.metadata.value"),
        (slot("languageCode", "fr", "en"), "xdm.metadata.values"),
        (coded(TYPE, "1") + coded(TYPE, "2"), "xdm.metadata.values"),
        (coded(TYPE, ""), "xdm.metadata.code"),
    ],
)
def test_a_value_of_another_form_is_told_with_its_slot(inner: str, rule: str):
    made = entry(inner)
    assert rules(made.reading) == [rule]
    assert made.reading[0].place.startswith("METADATA.XML/ExtrinsicObject[1]/")


def test_event_codes_are_several_and_in_order():
    made = entry("".join(coded(EVENT, code) for code in "BA"))
    assert [code.code for code in made.event_codes] == ["B", "A"]


def test_an_author_has_its_slots_whatever_their_case():
    made = entry(
        f'<Classification classificationScheme="{AUTHOR}">{slot("authorperson", "1^A^B")}'
        f"{slot('authorInstitution', 'X', 'Y')}{slot('authorRole', 'R')}"
        f"{slot('authorSpecialty', 'c^l^1.2')}{slot('authorTelecommunication', '^^Internet^a@b')}"
        "</Classification>"
    )
    (author,) = made.authors
    assert (author.person.id, author.person.family) == ("1", "A")
    assert [item.name for item in author.institutions] == ["X", "Y"]
    assert (author.roles, author.specialties) == (("R",), (Code(code="c", system="1.2"),))
    assert author.telecoms == ("^^Internet^a@b",)


def test_several_persons_in_one_author_are_told():
    slots = slot("authorPerson", "1^A", "2^B")
    made = entry(f'<Classification classificationScheme="{AUTHOR}">{slots}</Classification>')
    assert made.authors[0].person.id == "1"
    assert rules(made.reading) == ["xdm.metadata.values"]


def test_reference_ids_and_what_a_registry_sets_are_read():
    made = entry(
        slot("urn:ihe:iti:xds:2013:referenceIdList", "a^^^&amp;1.2&amp;ISO^urn:x", "b")
        + slot("repositoryUniqueId", "1.2.9")
        + '<VersionInfo versionName="2"/>',
        'lid="urn:uuid:1" status="Approved" mimeType="text/xml"',
    )
    assert made.reference_ids == (
        LocalId(extension="a", root="1.2", type="urn:x"),
        LocalId(extension="b"),
    )
    assert (made.repository_unique_id, made.version, made.logical_id) == (
        "1.2.9",
        "2",
        "urn:uuid:1",
    )
    assert (made.availability_status, made.mime_type) == ("Approved", "text/xml")


@pytest.mark.parametrize("year", ["2007", "2010"])
def test_what_an_association_replaces_is_read(year: str):
    kind = f"urn:ihe:iti:{year}:AssociationType:RPLC"
    lot = read(
        f'{PACKAGE}<ExtrinsicObject id="d"/><ExtrinsicObject id="e"/>'
        f'<Association associationType="{kind}" sourceObject="d" targetObject="old"/>'
    )
    assert [item.replaces for item in lot.entries] == [("old",), ()]


def identified(id: str, unique_id: str, inner: str = "") -> str:
    return (
        f'<RegistryPackage id="{id}">{inner}<ExternalIdentifier '
        f'identificationScheme="{LOT_UNIQUE}" value="{unique_id}"/></RegistryPackage>'
    )


def marked(node: str, classified: str = "wrong") -> str:
    return f'<Classification classificationNode="{node}" classifiedObject="{classified}"/>'


def test_the_lot_is_the_package_marked_inside_or_beside():
    for objects in (
        identified("f", "1", marked(FOLDER)) + identified("s", "2", marked(MARKER)),
        identified("f", "1") + identified("s", "2") + marked(MARKER, "s"),
        identified("f", "1", marked(FOLDER)) + identified("s", "2"),
    ):
        assert read(objects).submission.unique_id == "2"


def test_a_lot_without_mark_several_lots_and_folders_are_told():
    assert rules(read(identified("s", "2")).submission.reading) == ["xdm.metadata.marker"]
    two = identified("s", "2", marked(MARKER)) + identified("t", "3", marked(MARKER))
    assert rules(read(two).submission.reading) == ["xdm.metadata.submission"]
    folder = identified("f", "1", marked(FOLDER)) + identified("s", "2", marked(MARKER))
    assert rules(read(folder).submission.reading) == ["xdm.metadata.folder"]
    assert rules(read("").submission.reading) == ["xdm.metadata.submission"]


def test_comments_and_instructions_are_stepped_over():
    made = entry(f"<!-- {TYPE} --><?pi x?>{slot('size', '7')}")
    assert made.size == 7


def test_no_xml_is_an_error():
    with pytest.raises(ArchiveError, match="not well-formed"):
        read_metadata(b"<a>", "METADATA.XML")
