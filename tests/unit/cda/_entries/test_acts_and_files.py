"""Procedures, devices, imaging, other observations, files and the PDF copy."""

import base64
import dataclasses

import pytest
from structured import document, rules, section

from segur_interop import cda
from segur_interop.errors import InvalidDocument

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
CCAM = "1.2.250.1.215.300.1"


def made(*acts: str, code: str = "", text: str = "") -> cda.Document:
    return document(section("".join(f"<entry>{act}</entry>" for act in acts), code=code, text=text))


def procedure(inside: str = "", *, more: str = "", mood: str = "EVN", template: str = "") -> str:
    return (
        f'<procedure classCode="PROC" moodCode="{mood}" {more}>{template}'
        f'<code code="24727-0" codeSystem="2.16.840.1.113883.6.1"><translation code="ACQH004" '
        f'codeSystem="{CCAM}"/></code>{inside}</procedure>'
    )


def test_a_procedure_tells_method_site_reason_device_and_time():
    inside = (
        '<effectiveTime value="20260301"/><methodCode code="M" displayName="méthode"/>'
        '<approachSiteCode code="V" displayName="voie"/>'
        '<targetSiteCode code="S" displayName="site"/><participant typeCode="DEV">'
        '<participantRole><playingDevice><code code="D" displayName="prothèse"/></playingDevice>'
        '</participantRole></participant><entryRelationship typeCode="RSON"><act>'
        '<code code="R" displayName="motif"/></act></entryRelationship>'
    )
    (only,) = made(procedure(inside)).procedures()
    assert (only.ccam, only.done, str(only.time.low)) == ("ACQH004", True, "20260301")
    found = (only.methods, only.approaches, only.sites, only.devices, only.reasons)
    assert [item.label for (item,) in found] == ["méthode", "voie", "site", "prothèse", "motif"]


@pytest.mark.parametrize(
    "act",
    [
        procedure(mood="INT"),
        procedure(more='negationInd="true"'),
        procedure('<statusCode code="aborted"/>'),
        procedure().replace("24727-0", "no-known-procedures"),
    ],
)
def test_a_procedure_meant_refused_stopped_or_unknown_is_not_done(act):
    (only,) = made(act).procedures()
    assert not only.done


def test_sampling_and_imaging_are_no_procedure_of_the_list():
    sampling = '<templateId root="1.3.6.1.4.1.19376.1.3.1.2"/>'
    imaging = '<templateId root="1.2.840.10008.9.14"/>'
    details = '<methodCode code="CT" displayName="Scanner"/><targetSiteCode code="T"/>'
    body = made(procedure(template=sampling), procedure(details, template=imaging))
    assert body.procedures() == ()
    (only,) = body.imaging_acts()
    assert (only.ccam, only.modality, len(only.sites)) == ("ACQH004", "CT", 1)
    assert body.to_frame("imaging_acts")[0]["modality"] == "CT"


def test_a_study_names_its_series_and_instances():
    study = (
        '<act><templateId root="1.2.840.10008.9.16"/><id root="1.2.3"/>'
        '<entryRelationship typeCode="COMP"><act><templateId root="1.2.840.10008.9.17"/>'
        '<id root="1.2.3.1"/><code code="113015"><qualifier><name code="121139"/>'
        '<value code="CT"/></qualifier></code><entryRelationship typeCode="COMP">'
        '<observation classCode="DGIMG"><id root="1.2.3.1.1"/></observation></entryRelationship>'
        "</act></entryRelationship></act>"
    )
    (only,) = made(study).structured().imaging_studies
    (series,) = only.series
    assert (only.uid, series.uid, series.instances) == ("1.2.3", "1.2.3.1", ("1.2.3.1.1",))
    assert series.modality.code.code == "CT"


def test_a_device_without_code_of_its_own_has_that_of_its_participant():
    supply = (
        '<supply><participant typeCode="DEV"><participantRole><playingDevice>'
        '<code code="J01" displayName="stimulateur"/></playingDevice></participantRole>'
        "</participant></supply>"
    )
    body = made(supply, '<supply><code code="no-known-devices"/></supply>')
    first, second = body.devices()
    assert (first.label, first.none_known, second.none_known) == ("stimulateur", False, True)


def test_vital_signs_and_statements_are_observations_with_their_values():
    weight = (
        f'<organizer><component><observation {XSI}><code code="29463-7"/>'
        '<value xsi:type="PQ" value="55" unit="kg"/><interpretationCode code="N"/>'
        "</observation></component></organizer>"
    )
    statement = f'<observation {XSI}><code code="MED-309"/><value xsi:type="BL" value="false"/>'
    body = made(weight, statement + "</observation>")
    first, second = body.observations()
    assert (str(first.value), second.value) == ("55 kg", False)
    rows = body.to_frame("observations")
    assert (rows[0]["value_number"], rows[1]["value_boolean"]) == (55.0, False)
    assert list(rows[0]) == list(rows[1])


PDF = b"%PDF-1.4\n" + bytes(range(256)) * 20
COPY = '<templateId root="1.2.250.1.213.1.1.2.243"/>'


def media(octets: bytes, *, announced: str = "application/pdf", name: str = "d") -> str:
    text = base64.encodebytes(octets).decode()
    return (
        f'<observationMedia ID="{name}"><value mediaType="{announced}" representation="B64">'
        f"\n {text}</value></observationMedia>"
    )


def test_the_pdf_copy_is_found_and_comes_first():
    typed = (
        f'<organizer><component><observation {XSI}><code code="69764-9"/>'
        '<value xsi:type="CD" code="55108-5" displayName="Copie"/></observation></component>'
        f"<component>{media(PDF, name='copy')}</component></organizer>"
    )
    body = document(
        section(f"<entry>{media(PDF + b'2', name='other')}</entry>")
        + section(f"<entry>{typed}</entry>", code=COPY)
    )
    assert [item.id for item in body.attachments()] == ["copy", "other"]
    assert body.pdf_copy == PDF
    assert body.pdf is None
    assert body.attachments()[0].document_type.label == "Copie"


def test_without_the_section_no_pdf_is_the_copy():
    body = made(media(PDF))
    assert body.pdf_copy is None
    assert body.attachments()[0].octets == PDF


def test_the_code_of_the_section_is_enough():
    assert made(media(PDF), code='<code code="55108-5"/>').pdf_copy == PDF


def test_a_file_is_known_by_its_octets():
    png = b"\x89PNG\r\n\x1a\n" + bytes(10)
    (only,) = made(media(png, announced="image/jpeg")).attachments()
    assert (only.is_pdf, only.image_type, only.media_type) == (False, "image/png", "image/jpeg")


@pytest.mark.parametrize(
    ("value", "rule"),
    [
        ("", "cda.attachment.empty"),
        ('<value representation="B64"/>', "cda.attachment.empty"),
        ('<value representation="B64">AA*A</value>', ""),
        ('<value representation="B64">A</value>', ""),
        ("<value>texte</value>", ""),
    ],
)
def test_a_file_that_is_damaged_is_refused_when_asked_for(value, rule):
    body = made(f"<observationMedia>{value}</observationMedia>")
    (only,) = body.attachments()
    with pytest.raises(InvalidDocument) as error:
        _ = only.octets
    assert error.value.place == only.place
    assert (only.is_pdf, only.image_type) == (False, "")
    assert not rule or rule in rules(body.structured().findings)


def test_a_value_in_base64_of_an_observation_is_a_file_too():
    text = base64.b64encode(PDF).decode()
    value = f'<value xsi:type="ED" mediaType="application/pdf" representation="B64">{text}</value>'
    body = made(f"<observation {XSI}>{value}</observation>")
    assert body.attachments()[0].octets == PDF
    assert body.observations()[0].value is None


ALL = ("results", "isolates", "medications", "vaccinations", "allergies", "problems", "procedures",
       "devices", "imaging_acts", "observations", "attachments")  # fmt: skip


def test_each_family_is_an_empty_tuple_where_there_is_none():
    body = made()
    assert [getattr(body, name)() for name in ALL] == [()] * len(ALL)
    assert [body.to_frame(name) for name in cda.FAMILIES] == [[]] * len(cda.FAMILIES)
    assert (body.prescription(), body.pdf_copy, body.structured().findings) == (None, None, ())


def test_an_unknown_entry_stays_in_its_section():
    body = made('<encounter classCode="ENC" moodCode="ARQ"><code code="AMB"/></encounter>')
    (entry,) = body.sections()[0].entries
    assert (entry.kind, entry.code.code, entry.element.get("moodCode")) == (
        "encounter", "AMB", "ARQ",
    )  # fmt: skip


REFERENCES = [
    ('<text ID="a"><reference value="#a"/></text>', "", "cda.reference.cycle"),
    ('<text><reference value="#absent"/></text>', "", "cda.reference.none"),
    ('<text><reference value="#"/></text>', "", "cda.reference.none"),
    ('<text><reference value="#twice"/></text>', "un", "cda.reference.duplicate"),
    ('<text><reference value="#media"/></text>', "", ""),
    ('<text><reference value="once"/></text>', "seul", ""),
    ('<text><reference value="https://a.fr/x"/></text>', "", ""),
    ('<text><reference nullFlavor="NA"/></text>', "", ""),
    ('<text>ici<reference value="#absent"/></text>', "ici", "cda.reference.none"),
]


@pytest.mark.parametrize(("text", "read", "rule"), REFERENCES)
def test_a_reference_is_resolved_or_told(text, read, rule):
    narrative = (
        '<content ID="twice">un</content><content ID="twice">deux</content>'
        '<content ID="once">seul</content>'
    )
    image = '<observationMedia ID="media"><value representation="B64">AAAA</value>'
    body = made(f"<observation>{text}</observation>", image + "</observationMedia>", text=narrative)
    assert body.observations()[0].text == read
    assert rules(body.structured().findings) == ({rule} if rule else set())


def test_references_in_a_ring_are_told():
    ring = "".join(
        f'<observation><text ID="r{n}"><reference value="#r{(n + 1) % 3}"/></text></observation>'
        for n in range(3)
    ).split("</observation>")
    body = made(*(item + "</observation>" for item in ring if item))
    assert [item.text for item in body.observations()] == ["", "", ""]
    assert rules(body.structured().findings) == {"cda.reference.cycle"}


def test_identifiers_that_hold_one_another_do_not_multiply_the_text():
    depth, size = 200, 40_000
    text = "".join(f'<content ID="n{n}">' for n in range(depth)) + "x" * size
    text += "</content>" * depth
    acts = [f'<observation><text><reference value="#n{n}"/></text></observation>'
            for n in range(depth)]  # fmt: skip
    body = made(*acts, text=text)
    held = {id(item.text): len(item.text) for item in body.observations()}
    assert sum(held.values()) <= 5_000_000
    assert "cda.reference.long" in rules(body.structured().findings)


def test_acts_deeper_than_the_limit_are_told_and_stay_in_the_element():
    inside = "<observation/>"
    for _ in range(60):
        inside = f'<act><entryRelationship typeCode="COMP">{inside}</entryRelationship></act>'
    body = made(inside)
    assert body.observations() == ()
    assert "cda.entry.deep" in rules(body.structured().findings)


def test_records_are_values():
    one, other = made(procedure()).procedures(), made(procedure(), procedure()).procedures()
    assert one[0] == other[1]
    assert len({*one, *other}) == 1
    assert dataclasses.replace(one[0], negated=True) != one[0]
    with pytest.raises(dataclasses.FrozenInstanceError):
        one[0].negated = True


def test_records_are_read_once():
    body = made(procedure())
    assert body.procedures() is body.procedures()
    assert body.structured() is body.structured()
