"""What `read` makes of documents: conformant, odd, wrapped, damaged, and none at all."""

from __future__ import annotations

import base64
import dataclasses
import re
from collections.abc import Callable
from typing import Any

import pytest
from documents import (
    BODY,
    IPP,
    KIT_1,
    NS,
    PATIENT,
    S,
    everything,
    full_octets,
    minimal,
    tree,
    wrap,
)
from lxml import etree
from mutations import ACT, AUTHOR, INS, NAME, ROLE, add, drop, found, null, put, text, twice
from mutations import BODY as TEXT
from mutations import PATIENT as PERSON

from segur_interop import cda, ins
from segur_interop.errors import InvalidDocument
from segur_interop.findings import Severity
from segur_interop.ins import IdentityStatus, Sex
from segur_interop.model import LocalId, Organization, Professional, RelatedPerson

DSIG = "http://www.w3.org/2000/09/xmldsig#"


def read(*changes: Callable[[etree._Element], None]) -> cda.Document:
    root = tree()
    for change in changes:
        change(root)
    return cda.read(etree.tostring(root, encoding="UTF-8", xml_declaration=True))


def rules(document: cda.Document) -> set[str]:
    return {finding.rule for finding in document.findings}


# -- round trip ---------------------------------------------------------------------------------


@pytest.mark.parametrize("setting", S)
def test_what_is_written_is_read_back(setting: cda.Setting) -> None:
    written = wrap(**minimal(setting))
    back = cda.read(bytes(written))
    assert back.findings == ()
    for name in (
        "id", "set_id", "version", "code", "title", "created", "confidentiality", "language",
        "templates", "informants", "orders", "consents", "relation", "body", "level", "type",
    ):  # fmt: skip
        assert getattr(back, name) == getattr(written, name), name
    identity = back.patient.identity
    assert identity.asserted
    assert identity.status is IdentityStatus.QUALIFIEE
    assert not identity.may_transmit_ins
    assert ins.preselect(identity, [PATIENT.identity]).candidate is PATIENT.identity
    assert back.patient.ids == (LocalId(root=IPP.root, extension=IPP.extension),)
    assert back.encounter is not None
    assert written.encounter is not None
    assert back.encounter.code == written.encounter.code
    assert back.encounter.period == written.encounter.period
    (author,) = back.authors
    assert isinstance(author.entity, Professional)
    assert author.entity.idnat == written.authors[0].entity.idnat  # type: ignore[union-attr]
    assert author.time == written.authors[0].time


def test_every_part_is_read_back() -> None:
    written = wrap(**everything())
    back = cda.read(bytes(written))
    assert {item.severity for item in back.findings} <= {Severity.INFO}
    assert back.patient.deceased_time == written.patient.deceased_time
    assert back.patient.is_deceased
    assert back.patient.multiple_birth_order == 2
    assert back.patient.addresses == written.patient.addresses
    assert back.patient.telecoms == written.patient.telecoms
    relative, structure = back.patient.guardians
    assert isinstance(relative, RelatedPerson)
    assert relative.relation is not None
    assert relative.relation.code == "MTH"
    assert isinstance(structure, Organization)
    assert structure.idnat == "1750803447"
    assert back.consents == written.consents
    assert back.relation == written.relation
    assert back.orders == written.orders
    assert [item.code for item in back.acts] == [item.code for item in written.acts]
    assert back.acts[1].translations == written.acts[1].translations
    assert back.acts[1].text == "Appendicectomie"
    assert back.acts[1].completed
    assert [item.type for item in back.participants] == ["INF", "REF", "RESP"]
    assert [item.time for item in back.participants] == [item.time for item in written.participants]
    assert [item.type for item in back.recipients] == ["PRCP", "TRC", "PRCP"]
    assert back.authors[0].role == written.authors[0].role
    assert [type(item.entity) for item in back.authors] == [
        type(item.entity) for item in written.authors
    ]
    assert back.encounter is not None
    assert written.encounter is not None
    assert back.encounter.ids == written.encounter.ids
    assert back.encounter.discharge_disposition == written.encounter.discharge_disposition
    assert back.encounter.facility is not None
    assert back.encounter.facility.addresses == written.encounter.facility.addresses  # type: ignore[union-attr]
    assert len(back.encounter.participants) == 1
    assert isinstance(back.encounter.responsible, Professional)
    assert back.data_enterer is not None
    assert len(back.authenticators) == 1
    assert len(back.informants) == 2
    assert back.custodian is not None
    assert back.custodian.telecoms == written.custodian.telecoms  # type: ignore[union-attr]


def test_a_document_read_and_written_again_without_adoption_loses_its_ins() -> None:
    back = cda.read(bytes(wrap()))
    again = wrap(**minimal(patient=back.patient))
    assert KIT_1.matricule.encode() not in bytes(again)


def test_the_octets_stay_those_received() -> None:
    octets = b"\xef\xbb\xbf" + full_octets() + b"\n<!-- end -->\n"
    assert bytes(cda.read(octets)) == octets


@pytest.mark.parametrize("mark", [b"<!-- cut -->", b"<?cut 9,9 mg?>"])
def test_a_comment_or_an_instruction_cuts_nothing_and_stays_in_the_octets(mark: bytes) -> None:
    octets = bytes(wrap(**minimal()))
    texts = [
        re.search(rb"<family[^>]*>([^<]{4,})</family>", octets),
        re.search(rb"<county>([^<]{4,})</county>", octets),
        re.search(rb"<text[^>]*>([^<]{8,})</text>", octets),
    ]
    cut = octets
    for place in sorted((match.start(1) + 2 for match in texts if match), reverse=True):
        cut = cut[:place] + mark + cut[place:]
    assert cut.count(mark) == 3
    plain, read_back = cda.read(octets), cda.read(cut)
    assert read_back == plain
    assert read_back.findings == plain.findings
    assert read_back.body == plain.body
    assert bytes(read_back) == cut


# -- around the document ------------------------------------------------------------------------


def around(before: bytes, after: bytes) -> bytes:
    return before + full_octets().split(b"?>", 1)[1] + after


def test_a_style_sheet_around_the_document_is_told() -> None:
    sheet = b'<xsl:stylesheet xmlns:xsl="http://www.w3.org/1999/XSL/Transform" version="1.0">'
    document = cda.read(around(sheet, b"</xsl:stylesheet>"))
    assert "cda.read.wrapped" in rules(document)
    assert document.title == "Lettre de liaison à la sortie"
    assert not document.signed


def test_a_signature_around_the_document_is_told_and_nothing_is_touched() -> None:
    before = f'<ds:Signature xmlns:ds="{DSIG}"><ds:Object Id="o">'.encode()
    octets = around(before, b"</ds:Object></ds:Signature>")
    document = cda.read(octets)
    assert document.signed
    assert "cda.read.wrapped" in rules(document)
    assert bytes(document) == octets
    assert document.element().tag == f"{{{NS['h']}}}ClinicalDocument"
    assert document.check()


ONE = full_octets().split(b"?>", 1)[1]
SIGNED = b'<ds:Signature xmlns:ds="%s"><ds:Object>%s</ds:Object></ds:Signature>'
SIGNED = SIGNED % (DSIG.encode(), ONE)


@pytest.mark.parametrize(
    "octets",
    [
        pytest.param(ONE + ONE, id="two documents"),
        pytest.param(ONE + SIGNED, id="one before the signature of another"),
        pytest.param(SIGNED + ONE, id="one after the signature of another"),
        pytest.param(SIGNED + SIGNED, id="two signed"),
        pytest.param(ONE.replace(b"</ClinicalDocument>", SIGNED + b"</ClinicalDocument>"), id="in"),
    ],
)
def test_of_several_documents_in_one_file_none_is_chosen(octets: bytes) -> None:
    with pytest.raises(InvalidDocument, match="several ClinicalDocument"):
        cda.read(b"<all>" + octets + b"</all>")


def test_one_document_in_one_wrapper_is_read_with_or_without_a_signature() -> None:
    assert not cda.read(b"<all>" + ONE + b"</all>").signed
    assert cda.read(b"<all>" + SIGNED + b"</all>").signed


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16-LE", "ISO-8859-1", "windows-1252"])
def test_another_encoding_is_read_and_told(encoding: str) -> None:
    octets = full_octets().decode().replace("UTF-8", encoding[:6] if "16" in encoding else encoding)
    document = cda.read(octets.encode(encoding))
    assert document.title == "Lettre de liaison à la sortie"
    assert "cda.read.encoding" in rules(document)


def test_a_byte_order_mark_is_told() -> None:
    assert "cda.read.bom" in rules(cda.read(b"\xef\xbb\xbf" + full_octets()))


NONE_AT_ALL = {
    "nothing": b"",
    "text": b"hello",
    "a PDF": b"%PDF-1.4",
    "other XML": b"<html/>",
    "another namespace": b"<ClinicalDocument/>",
    "a cut document": full_octets()[:500],
    "a DOCTYPE": b"<!DOCTYPE x []><ClinicalDocument xmlns='urn:hl7-org:v3'/>",
    "UTF-32": "<ClinicalDocument xmlns='urn:hl7-org:v3'/>".encode("utf-32"),
}


@pytest.mark.parametrize("octets", NONE_AT_ALL.values(), ids=NONE_AT_ALL)
def test_what_is_no_document_is_refused(octets: bytes) -> None:
    with pytest.raises(InvalidDocument):
        cda.read(octets)
    with pytest.raises(InvalidDocument):
        cda.check(octets)


def test_a_document_too_large_is_refused(tmp_path: Any) -> None:
    path = tmp_path / "document.xml"
    path.write_bytes(full_octets())
    with pytest.raises(InvalidDocument, match="larger than 100 bytes"):
        cda.read(path, max_bytes=100)
    with pytest.raises(FileNotFoundError):
        cda.read(tmp_path / "absent.xml")


def test_an_empty_clinical_document_is_a_value_with_findings() -> None:
    document = cda.read(b"<ClinicalDocument xmlns='urn:hl7-org:v3'/>")
    assert document.code is None
    assert document.type is None
    assert document.encounter is None
    assert document.patient.identity.matricule is None
    assert len(rules(document)) > 15


# -- the body -----------------------------------------------------------------------------------


def body(change: Callable[[etree._Element], None]) -> cda.Document:
    return read(change)


def encoded(octets: bytes, width: int = 76) -> str:
    one = base64.b64encode(octets).decode()
    return "\n".join(one[start : start + width] for start in range(0, len(one), width))


PDF = b"%PDF-1.4\n" + bytes(range(256)) * 3


def test_base64_on_several_lines_is_one_body() -> None:
    document = body(text(TEXT, encoded(PDF)))
    assert document.pdf == PDF
    assert document.level == 1


def test_a_pdf_announced_as_text_is_a_pdf() -> None:
    def change(root: etree._Element) -> None:
        element = found(root, TEXT)
        element.text = encoded(PDF)
        del element.attrib["representation"]

    document = body(change)
    assert document.pdf == PDF
    assert "cda.body.representation" in rules(document)


def test_a_body_in_clear_is_its_text() -> None:
    def change(root: etree._Element) -> None:
        element = found(root, TEXT)
        element.text = BODY.text
        del element.attrib["representation"]

    assert body(change).body == cda.Body("text/plain", BODY.text.encode())


def test_an_image_announced_as_such_is_kept_and_told() -> None:
    def change(root: etree._Element) -> None:
        found(root, TEXT).set("mediaType", "image/jpeg")
        found(root, TEXT).text = encoded(b"\xff\xd8\xff")

    document = body(change)
    assert document.body == cda.Body("image/jpeg", b"\xff\xd8\xff")
    assert document.pdf is None
    assert "cda.body.media-type" in rules(document)


@pytest.mark.parametrize("damaged", ["JVBERi0xLjQ", "JVBERi0x*LjQ=", "éé", "A==="])
def test_damaged_base64_is_refused_when_the_body_is_asked_for(damaged: str) -> None:
    document = body(text(TEXT, damaged))
    assert document.title
    with pytest.raises(InvalidDocument, match="nonXMLBody/text: the base64"):
        document.pdf  # noqa: B018


def test_an_empty_body_is_told() -> None:
    assert "cda.read.body" in rules(body(text(TEXT, "")))


def test_a_structured_body_has_no_file() -> None:
    def change(root: etree._Element) -> None:
        component = found(root, "h:component")
        del component[:]
        etree.SubElement(component, f"{{{NS['h']}}}structuredBody")

    document = read(change)
    assert (document.level, document.body, document.pdf) == (3, None, None)


# -- the identity -------------------------------------------------------------------------------


def test_the_used_name_of_older_documents_is_read_and_told() -> None:
    document = read(
        put(f"{NAME}/h:family[2]", qualifier="SP"), put(f"{NAME}/h:given[3]", qualifier="SP")
    )
    assert document.patient.identity.used_name == "PAT-TROIS"
    assert document.patient.identity.used_given_name == "DOMINIQUE"
    assert {"cda.patient.family.qualifier", "cda.patient.given.qualifier"} <= rules(document)


def test_two_different_matricules_are_nobodys() -> None:
    document = read(twice(INS, extension="277076322082910"))
    assert document.patient.identity.matricule is None
    assert document.patient.identity.status is IdentityStatus.PROVISOIRE
    assert {"cda.ins.single", "cda.read.ins"} <= rules(document)


def preselected(document: cda.Document) -> bool:
    local = PATIENT.identity
    production = dataclasses.replace(local.matricule, oid="1.2.250.1.213.1.4.8")  # type: ignore[type-var]
    return any(
        ins.preselect(document.patient.identity, [item])
        for item in (local, dataclasses.replace(local, matricule=production))
    )


def test_the_document_of_one_patient_preselects_it() -> None:
    assert preselected(read())


@pytest.mark.parametrize(
    "other",
    [
        {"root": "1.2.250.1.213.1.4.8"},
        {"extension": "277076322082910"},
        {"extension": "27707632208291X7"},
    ],
)
def test_two_ins_in_one_header_are_nobodys(other: dict[str, str]) -> None:
    document = read(twice(INS, **other))
    assert document.patient.identity.matricule is None
    assert not preselected(document)
    (found,) = [item for item in document.findings if item.rule == "cda.read.ins"]
    assert found.severity is Severity.ERROR


def test_the_same_ins_twice_is_one() -> None:
    assert preselected(read(twice(INS)))


@pytest.mark.parametrize("extension", ["2790351215189", "abc", "27903512151898912", ""])
def test_a_number_of_another_form_is_no_matricule(extension: str) -> None:
    document = read(put(INS, extension=extension))
    assert document.patient.identity.matricule is None
    assert rules(document) & {"ins.matricule.form", "cda.ins.form"}


def test_a_given_name_in_two_elements_is_one_list() -> None:
    document = read(twice(f"{NAME}/h:given[1]"))
    expected = "DOMINIQUE MARIE-LOUISE DOMINIQUE MARIE-LOUISE"
    assert document.patient.identity.birth_given_names == expected
    assert {"cda.ins.names", "cda.read.name-parts"} <= rules(document)


@pytest.mark.parametrize(
    ("value", "kept", "is_day"),
    [
        ("1979", "1979", False),
        ("197903", "197903", False),
        ("19790000", "19790000", False),
        ("19790328120000+0100", "19790328120000+0100", True),
        ("19790328", "", True),
        ("", "", False),
        ("28/03/1979", "28/03/1979", False),
    ],
)
def test_a_birth_date_is_a_day_or_its_text(value: str, kept: str, is_day: bool) -> None:
    identity = read(put(f"{PERSON}/h:birthTime", value=value)).patient.identity
    assert identity.received_birth_date == kept
    assert (identity.birth_date is not None) is is_day


@pytest.mark.parametrize(
    ("code", "sex"),
    [("M", Sex.M), ("F", Sex.F), ("UN", Sex.I), ("U", Sex.I), ("O", Sex.I), ("X", None)],
)
def test_a_sex_of_another_table_is_read_and_told(code: str, sex: Sex | None) -> None:
    document = read(put(f"{PERSON}/h:administrativeGenderCode", code=code))
    assert document.patient.identity.sex is sex
    assert ("cda.patient.gender.code" in rules(document)) is (code not in ("M", "F", "UN"))


@pytest.mark.parametrize(
    "change",
    [
        twice("h:recordTarget"),
        twice("h:recordTarget/h:patientRole"),
        twice(PERSON),
        twice(f"{PERSON}/h:birthTime", value="19800101"),
        twice(f"{PERSON}/h:administrativeGenderCode", code="M"),
    ],
)
def test_a_document_of_several_patients_preselects_none(
    change: Callable[[etree._Element], None],
) -> None:
    document = read(change)
    assert document.patient.identity.matricule is None
    assert document.patient.identity.status is IdentityStatus.PROVISOIRE
    assert document.patient.ids == ()
    assert not preselected(document)
    assert [item.severity for item in document.findings if item.rule == "cda.read.patients"] == [
        Severity.ERROR
    ]


@pytest.mark.parametrize("part", ["family", "given"])
def test_two_birth_names_of_one_person_preselect_none(part: str) -> None:
    def rename(root: etree._Element) -> None:
        found(root, f"{NAME}[2]/h:{part}[@qualifier='BR']").text = "PAT-QUATRE"

    assert preselected(read(twice(NAME)))
    document = read(twice(NAME), rename)
    assert "cda.read.patients" in rules(document)
    assert not preselected(document)


# -- the others ---------------------------------------------------------------------------------


def test_unknown_codes_are_kept_as_they_came() -> None:
    document = read(
        put("h:code", code="10218-6", displayName="CR opératoire"),
        put(f"{AUTHOR}/h:code", code="G15_99", displayName="Inconnu"),
    )
    assert document.code is not None
    assert (document.code.code, document.code.label) == ("10218-6", "CR opératoire")
    assert document.type is None
    assert document.authors[0].entity.profession.code == "G15_99"  # type: ignore[union-attr]
    assert "terminology.unknown" in rules(document)


def test_a_bare_rpps_is_read_with_its_digit() -> None:
    document = read(put(f"{AUTHOR}/h:id", extension="10000336601"))
    assert document.authors[0].entity.idnat == "810000336601"  # type: ignore[union-attr]


def test_a_label_on_two_lines_and_a_control_character_lose_nobody() -> None:
    document = read(
        put(f"{AUTHOR}/h:code", displayName="Qualifié\nen chirurgie"),
        text(f"{AUTHOR}/h:assignedPerson/h:name/h:given", "Pi\x7ferre"),
    )
    author = document.authors[0].entity
    assert isinstance(author, Professional)
    assert author.name is not None
    assert author.name.given == "Pi\ufffderre"
    assert author.profession is not None
    assert author.profession.label == "Qualifié en chirurgie"
    assert "cda.read.control" in rules(document)


def test_a_time_that_is_none_is_left_out_and_told() -> None:
    document = read(put(f"{ACT}/h:effectiveTime/h:low", value="20261401"))
    assert document.acts[0].period is not None
    assert document.acts[0].period.low is None
    assert {"cda.ts", "cda.read.value"} <= rules(document)


def test_a_nullflavor_author_is_told() -> None:
    document = read(drop("h:author[2]"), drop(f"{AUTHOR}/*"))
    assert document.authors == ()
    assert "cda.read.who" in rules(document)


def test_several_performers_and_relations_are_told() -> None:
    document = read(twice(f"{ACT}/h:performer"), twice("h:relatedDocument", typeCode="APND"))
    assert {"cda.read.performers", "cda.read.related"} <= rules(document)
    assert document.relation is not None
    assert document.relation.kind == "RPLC"


def test_a_relation_without_id_is_none() -> None:
    document = read(null("h:relatedDocument/h:parentDocument/h:id"))
    assert document.relation is None
    assert "cda.related" in rules(document)


@pytest.mark.parametrize("value", ["x", "-1", "9" * 5000, "²", ""])
def test_a_version_that_is_no_number_is_none(value: str) -> None:
    assert read(put("h:versionNumber", value=value)).version is None


def test_an_address_of_nine_lines_is_joined_into_seven() -> None:
    def change(root: etree._Element) -> None:
        element = found(root, f"{ROLE}/h:addr")
        del element[:]
        for rank in range(9):
            add(f"{ROLE}/h:addr", "streetAddressLine", f"ligne {rank}")(root)

    (address,) = read(change).patient.addresses
    assert len(address.lines) == 7
    assert address.lines[-1] == "ligne 6, ligne 7, ligne 8"


def test_a_hundred_thousand_identifiers_cost_little() -> None:
    def change(root: etree._Element) -> None:
        for path in (ROLE, AUTHOR, "h:componentOf/h:encompassingEncounter", f"{ACT}"):
            parent = found(root, path)
            for rank in range(25_000):
                parent.insert(0, etree.Element(f"{{{NS['h']}}}id", root="1.2", extension=str(rank)))

    root = tree()
    change(root)
    octets = etree.tostring(root)
    document = cda.read(octets)  # without end, were anything quadratic
    assert "cda.read.many" in rules(document)
    assert len(document.patient.ids) <= 100


def test_a_birth_after_the_document_is_told() -> None:
    assert "cda.read.birth-date" in rules(read(put(f"{PERSON}/h:birthTime", value="29990101")))
    assert "cda.read.birth-date" not in rules(read())


def test_a_control_that_reorders_a_received_text_is_replaced_and_told() -> None:
    document = read(text("h:title", "Lettre \u202eAB"))
    assert document.title == "Lettre \ufffdAB"
    assert "cda.read.control" in rules(document)
