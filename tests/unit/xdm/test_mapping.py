"""From a CDA header to XDS metadata, attribute by attribute."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone

import pytest
from documents import (
    CCAM,
    DEVICE,
    HOSPITAL,
    IPP,
    KIT_1,
    LOINC,
    PATIENT,
    PHARMACY,
    SNOMED,
    SURGEON,
    everything,
    jdv,
    minimal,
    qualified,
    wrap,
)
from people import BY_ID, received, traits_only

from segur_interop import cda, xdm
from segur_interop.errors import InvalidDocument
from segur_interop.findings import Severity
from segur_interop.ins import Sex
from segur_interop.model import (
    LocalId,
    Organization,
    Participant,
    Patient,
    PersonName,
    Professional,
    RelatedPerson,
    ServiceEvent,
)
from segur_interop.terminology import Code, Masking

FORMAT_PDF = ("urn:ihe:iti:xds-sd:text:2008", "1.3.6.1.4.1.19376.1.2.3")
MINUS_FIVE = timezone(timedelta(hours=-5))


def mapped(**changes) -> xdm.DocumentEntry:
    return xdm.document_entry(wrap(**minimal(**changes)))


def info(entry: xdm.DocumentEntry, segment: str) -> list[str]:
    start = f"{segment}|"
    return [text.removeprefix(start) for text in entry.source_patient_info if start in text]


def rules(entry: xdm.DocumentEntry) -> list[str]:
    return [item.rule for item in entry.findings]


def test_the_codes_of_a_discharge_letter():
    entry = mapped()
    found = {
        name: (code.code, code.system, code.label)
        for name in (
            "type_code",
            "class_code",
            "format_code",
            "healthcare_facility_type_code",
            "practice_setting_code",
        )
        if (code := getattr(entry, name))
    }
    assert found["type_code"][:2] == ("11490-0", LOINC)
    assert found["class_code"] == ("10", "1.2.250.1.213.1.1.4.1", "Compte rendu")
    assert found["format_code"][:2] == FORMAT_PDF
    assert found["healthcare_facility_type_code"][:2] == ("SA01", "1.2.250.1.71.4.2.4")
    assert found["practice_setting_code"][:2] == ("ETABLISSEMENT", "1.2.250.1.213.1.1.4.9")
    assert all(label for _, _, label in found.values())
    assert [code.code for code in entry.confidentiality_codes] == ["N"]
    assert (entry.language_code, entry.mime_type) == ("fr-FR", "text/xml")
    assert entry.title == "Lettre de liaison à la sortie"


def test_the_class_of_a_type_that_the_dmp_does_not_file_comes_from_the_cisis_table():
    kind = cda.DocumentType.of("28617-9")
    assert kind.class_code is None
    document = dataclasses.replace(wrap(), code=kind.code)
    assert xdm.document_entry(document).class_code == Code(
        code="10", system="1.2.250.1.213.1.1.4.1"
    )
    unknown = dataclasses.replace(document, code=Code(code="X", system=LOINC))
    assert xdm.document_entry(unknown).class_code is None


@pytest.mark.parametrize(
    ("templates", "code"),
    [
        (("1.2.3", "1.2.250.1.213.1.1.1.46"), "urn:asip:ci-sis:vac-note:2021"),
        (("1.2.250.1.213.1.1.1.59",), "urn:ans:ci-sis:trod:2024"),
        (("1.2.3",), "urn:asipSante:modelesHorsProfils:2011"),
        ((), "urn:asipSante:modelesHorsProfils:2011"),
    ],
)
def test_the_format_of_a_structured_document_follows_its_templates(templates, code: str):
    octets = bytes(wrap())
    body = octets.index(b"<component>")
    structured = octets[:body] + b"<component><structuredBody/></component></ClinicalDocument>"
    document = dataclasses.replace(cda.read(structured), templates=templates)
    assert xdm.document_entry(document).format_code.code == code


def test_a_document_without_code_or_id_or_signatory_has_none_in_its_metadata():
    structure = Participant(type="LA", entity=HOSPITAL)
    document = dataclasses.replace(wrap(), code=None, id=None, legal_authenticator=structure)
    entry = xdm.document_entry(document)
    assert (entry.class_code, entry.type_code, entry.unique_id) == (None, None, "")
    assert entry.legal_authenticator is None


def test_times_are_in_utc_whatever_the_offset_and_a_day_stays_a_day():
    entry = mapped(
        created=datetime(2021, 1, 1, 0, 30, tzinfo=timezone(timedelta(hours=1))),
        performed=(datetime(2020, 12, 31, 23, 30, tzinfo=MINUS_FIVE), None),
    )
    assert entry.creation_time.utc() == "20201231233000"
    assert entry.service_start_time.utc() == "20210101043000"
    assert entry.service_stop_time is None
    entry = mapped(performed=("20210104", "20210105"))
    assert (entry.service_start_time.utc(), entry.service_stop_time.utc()) == (
        "20210104",
        "20210105",
    )


def test_a_received_time_without_zone_is_told_and_left_out():
    octets = bytes(wrap()).replace(b'<effectiveTime value="20260301100000+0100"/>',
                                   b'<effectiveTime value="20260301100000"/>', 1)  # fmt: skip
    entry = xdm.document_entry(cda.read(octets))
    assert entry.creation_time is None
    assert "xdm.time" in rules(entry)


def test_event_codes_are_the_acts_and_their_translations_in_order():
    entry = xdm.document_entry(wrap(**everything()))
    assert [(code.code, code.system) for code in entry.event_codes[-2:]] == [
        ("HHFA001", CCAM),
        ("66754008", SNOMED),
    ]
    assert entry.event_codes[0].code == "IMP"


def test_the_practice_setting_is_that_of_the_principal_act():
    other = dataclasses.replace(PHARMACY, practice_setting=jdv("J04", "AMBULATOIRE"))
    document = wrap(
        **minimal(
            acts=(
                ServiceEvent(code=None),
                ServiceEvent(code=Code(code="X", system=CCAM, label="X"), performer=other),
            )
        )
    )
    assert xdm.document_entry(document).practice_setting_code.code == "ETABLISSEMENT"


@pytest.mark.parametrize(
    ("own", "unique_id"),
    [
        (LocalId(root="1.2.3"), "1.2.3"),
        (LocalId(root="1.2.3", extension="4"), "1.2.3^4"),
    ],
)
def test_the_unique_id_is_the_id_of_the_document(own: LocalId, unique_id: str):
    assert mapped(id=own).unique_id == unique_id


# -- the patient --------------------------------------------------------------------------------


def test_a_qualified_patient_is_named_by_the_ins_and_its_ipp_is_the_source_id():
    entry = mapped()
    assert entry.patient_id == LocalId(extension=KIT_1.matricule, root=KIT_1.oid, type="NH")
    assert entry.source_patient_id == IPP
    assert not entry.asserted
    assert entry.carries_ins


def test_without_ipp_the_source_id_is_the_ins():
    entry = mapped(patient=Patient(identity=qualified()))
    assert entry.source_patient_id == entry.patient_id
    assert entry.patient_id.type == "NH"


def test_a_patient_without_qualified_ins_is_named_by_the_ipp():
    entry = mapped(patient=Patient(identity=traits_only(KIT_1), ids=(IPP,)))
    assert entry.patient_id == entry.source_patient_id == IPP
    assert not entry.carries_ins


def test_an_ins_that_another_system_asserts_is_told_to_be_asserted():
    entry = xdm.document_entry(cda.read(bytes(wrap())))
    assert entry.patient_id.is_ins
    assert entry.asserted


def test_the_ins_is_that_of_the_octets_not_of_the_patient_put_beside_them():
    bare = wrap(**minimal(patient=Patient(identity=traits_only(KIT_1), ids=(IPP,))))
    entry = xdm.document_entry(dataclasses.replace(bare, patient=PATIENT))
    assert entry.patient_id == IPP
    assert "xdm.patient.ins" in rules(entry)


@pytest.mark.parametrize("other", [BY_ID["kit-2-test"], BY_ID["kit-2"]], ids=["test", "other"])
def test_a_patient_with_another_matricule_than_the_octets_is_refused(other):
    document = dataclasses.replace(wrap(), patient=Patient(identity=received(other)))
    with pytest.raises(InvalidDocument, match="another matricule") as caught:
        xdm.document_entry(document)
    assert other.matricule not in str(caught.value)


def test_a_document_whose_ins_cannot_be_read_is_an_error():
    octets = bytes(wrap()).replace(KIT_1.matricule.encode(), b"not a matricule")
    entry = xdm.document_entry(cda.read(octets))
    assert entry.patient_id == IPP
    assert [item.rule for item in entry.findings if item.severity is Severity.ERROR] == [
        "xdm.patient.ins"
    ]


def test_the_five_values_of_a_patient():
    entry = mapped()
    assert entry.source_patient_info == (
        "PID-5|PAT-TROIS^DOMINIQUE^DOMINIQUE MARIE-LOUISE^^^^L",
        "PID-5|PAT-TROIS^DOMINIQUE^^^^^D",
        "PID-7|19790328",
        "PID-8|F",
        "PID-11|^^^^^^BDL^^51215",
    )


@pytest.mark.parametrize(("sex", "code"), [(Sex.M, "M"), (Sex.F, "F"), (Sex.I, "U")])
def test_an_unknown_sex_is_u(sex: Sex, code: str):
    patient = Patient(identity=traits_only(KIT_1, sex=sex), ids=(IPP,))
    assert info(mapped(patient=patient), "PID-8") == [code]


def test_a_second_local_identifier_is_a_pid_3_and_a_number_of_billing_comes_last():
    ids = (
        LocalId(root="1.2.250.1.213.1.4.13", extension="billing"),
        LocalId(root="1.2.3", extension="stay", type="AN"),
        IPP,
    )
    entry = mapped(patient=Patient(identity=qualified(), ids=ids))
    assert entry.source_patient_id == IPP
    assert info(entry, "PID-3") == [
        "stay^^^&1.2.3&ISO^AN",
        "billing^^^&1.2.250.1.213.1.4.13&ISO^PI",
    ]


def test_a_name_with_delimiters_is_escaped():
    identity = traits_only(KIT_1, birth_name="DE & LA^TOUR", birth_given_names="A|B")
    entry = mapped(patient=Patient(identity=identity, ids=(IPP,)))
    assert info(entry, "PID-5")[0] == r"DE \T\ LA\S\TOUR^^A\F\B^^^^L"
    assert entry.patient.identity.birth_name == "DE & LA^TOUR"


@pytest.mark.parametrize("names", [14, 15, 30])
def test_whole_given_names_leave_the_list_until_256_characters(names: int):
    given = " ".join(["MARIELOUI"] * names)
    identity = traits_only(
        KIT_1, birth_name="N" * 100, birth_given_names=given, first_birth_given_name="MARIELOUI"
    )
    entry = mapped(patient=Patient(identity=identity, ids=(IPP,)))
    ((_, _, listed, *_),) = [text.split("^") for text in info(entry, "PID-5")]
    longest = max(map(len, entry.source_patient_info))
    assert longest <= 256
    assert set(listed.split()) == {"MARIELOUI"}
    assert given.startswith(listed)
    assert ("xdm.length" in rules(entry)) == (listed != given)
    if listed != given:
        assert longest > 256 - len(" MARIELOUI")


def test_the_metadata_give_back_the_patient_of_the_document():
    patient = mapped().patient
    identity = patient.identity
    assert identity.traits == qualified().traits
    assert identity.matricule == qualified().matricule
    assert (identity.used_name, identity.used_given_name) == ("PAT-TROIS", "DOMINIQUE")
    assert identity.first_birth_given_name == "DOMINIQUE"
    assert identity.asserted
    assert patient.ids == (IPP,)


# -- people -------------------------------------------------------------------------------------


def authored(*who) -> xdm.DocumentEntry:
    return mapped(author=list(who), legal_authenticator=SURGEON)


def test_a_professional_a_device_and_a_function():
    attending = Participant(type="AUT", entity=SURGEON, function=jdv("J47", "ATTPHYS"))
    person, device = authored(attending, DEVICE).authors
    assert person.person.hl7() == (
        "810000336601^LEGRIS^Pierre^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS"
    )
    assert [item.hl7() for item in person.institutions] == [
        "Hôpital de la démonstration^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1750803447"
    ]
    assert person.roles == (jdv("J47", "ATTPHYS").label,)
    assert person.specialties == (jdv("J01", "G15_10/SM26"),)
    assert device.person.hl7() == (
        "3750803447/42^Logiciel 2.1^Appareil 3000^^^^^^&1.2.250.1.71.4.2.1&ISO^U^^^RI"
    )


@pytest.mark.parametrize(
    ("idnat", "kind"),
    [("810000336601", "IDNPS"), ("0751234565", "IDNPS"), ("3750803447/42", "EI")],
)
def test_an_identifier_internal_to_a_structure_is_of_type_ei(idnat: str, kind: str):
    who = Professional(idnat=idnat, name=PersonName(family="A"), profession=SURGEON.profession)
    entry = xdm.document_entry(
        dataclasses.replace(wrap(), authors=(Participant(type="AUT", entity=who),))
    )
    assert entry.authors[0].person.id_type == kind


def read_with_author(who) -> xdm.DocumentEntry:
    authors = (Participant(type="AUT", entity=who),)
    return xdm.document_entry(dataclasses.replace(wrap(), authors=authors))


def test_the_patient_as_author_is_named_by_the_ins_that_the_document_carries():
    own = LocalId(root=KIT_1.oid, extension=KIT_1.matricule)
    who = RelatedPerson(name=PersonName(family="PAT-TROIS"), class_code="PAT", ids=(own,))
    entry = read_with_author(who)
    assert entry.authors[0].person == xdm.Xcn(
        id=KIT_1.matricule, family="PAT-TROIS", authority=KIT_1.oid, name_type="D", id_type="NH"
    )


def test_someone_known_by_another_domain_alone_is_named_by_it():
    who = Professional(name=PersonName(family="A"), ids=(LocalId(root="1.2.3", extension="7"),))
    assert read_with_author(who).authors[0].person.hl7() == "7^A^^^^^^^&1.2.3&ISO^D^^^EI"
    nobody = Professional(name=PersonName(family="A"), ids=(LocalId(root="1.2.3"),))
    assert read_with_author(nobody).authors[0].person.hl7() == "^A^^^^^^^^D"


def test_the_matricule_of_someone_else_is_not_written():
    other = BY_ID["kit-2"]
    who = Professional(
        name=PersonName(family="MERE"), ids=(LocalId(root=other.oid, extension=other.matricule),)
    )
    entry = read_with_author(who)
    assert entry.authors[0].person == xdm.Xcn(family="MERE", name_type="D")
    assert "xdm.patient.ins" in rules(entry)


def test_a_structure_alone_has_no_person_and_one_without_number_only_a_name():
    (author,) = read_with_author(Organization(name="Cabinet")).authors
    assert author == xdm.Author(institutions=(xdm.Xon(name="Cabinet"),))
    assert author.institutions[0].hl7() == "Cabinet"


def test_long_names_of_people_and_structures_are_cut_between_words():
    place = dataclasses.replace(HOSPITAL, name="Centre " * 60)
    who = dataclasses.replace(
        SURGEON, organization=place, name=PersonName(family="L", given="Jean " * 60)
    )
    entry = read_with_author(who)
    (author,) = entry.authors
    assert len(author.person.hl7()) <= 256
    assert len(author.institutions[0].hl7()) <= 256
    assert set(author.person.given.split()) == {"Jean"}
    assert set(author.institutions[0].name.split()) == {"Centre"}
    assert rules(entry).count("xdm.length") == 2


# -- masks, replacement -------------------------------------------------------------------------


def test_masks_come_after_the_base_code_once_each_with_the_spelling_of_xds():
    masks = [Masking.INVISIBLE_REPRESENTANTS_LEGAUX, Masking.INVISIBLE_PATIENT] * 2
    entry = xdm.document_entry(wrap(), masks=masks)
    assert [code.code for code in entry.confidentiality_codes] == [
        "N",
        "INVISIBLE_PATIENT",
        "INVISIBLE_REPRESENTANTS_LEGAUX",
    ]
    assert entry.confidentiality_codes[1].system == "1.2.250.1.213.1.1.4.13"
    assert entry.masks == set(masks)


def test_two_masks_that_leave_nobody_are_an_error_but_for_the_signature_of_a_lot():
    both = {Masking.MASQUE_PS, Masking.INVISIBLE_PATIENT}
    entry = xdm.document_entry(wrap(), masks=both)
    assert [item.severity for item in entry.findings if item.rule == "xdm.masks"] == [
        Severity.ERROR
    ]
    signature = Code(code="http://www.w3.org/2000/09/xmldsig#", system="URN")
    assert rules(dataclasses.replace(entry, format_code=signature)) == []


def test_a_document_that_replaces_another_says_so():
    first = wrap()
    second = wrap(**minimal(replaces=first))
    assert xdm.document_entry(first).action == ""
    assert xdm.document_entry(second).action == "C"
    assert xdm.document_entry(first, action="D").action == "D"
    assert xdm.document_entry(dataclasses.replace(first, version=2)).action == "C"
    assert "xdm.action" in rules(xdm.document_entry(first, action="X"))


def test_nothing_personal_is_in_a_repr():
    entry = mapped()
    texts = (repr(entry), str(entry), entry._repr_html_(), repr(entry.authors))
    for text in (*texts, repr(entry.patient), str(entry.authors[0].person)):
        for secret in (
            *(KIT_1.matricule, KIT_1.name, "LEGRIS", "IPP0001", "19790328", "Lettre"),
            *("Hôpital", "1750803447", entry.unique_id),
        ):
            assert secret not in text
    assert KIT_1.matricule in str(entry.reveal())
