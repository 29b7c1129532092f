"""What `wrap` writes, refuses and leaves out."""

from __future__ import annotations

import base64
import dataclasses
import pickle
import re
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from documents import (
    ADMITTED,
    BODY,
    DEVICE,
    DISCHARGED,
    DOCTOR,
    HOSPITAL,
    IPP,
    KIT_1,
    MOTHER,
    NOW,
    NS,
    PATIENT,
    PHARMACIST,
    PHARMACY,
    SURGEON,
    S,
    T,
    everything,
    jdv,
    minimal,
    qualified,
    rules_of,
    tree,
    wrap,
)
from lxml import etree
from people import received, secrets, traits_only

from segur_interop import cda
from segur_interop.errors import InvalidDocument, InvalidValue, SegurError
from segur_interop.ins import Attribute, IdentityStatus, Matricule, Sex
from segur_interop.model import (
    Address,
    Encounter,
    LocalId,
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
from segur_interop.terminology import Code


def written(**changes: Any) -> etree._Element:
    return tree(bytes(wrap(**minimal(**changes))))


def values(root: etree._Element, path: str) -> list[str]:
    return [str(item) for item in root.xpath(path, namespaces=NS)]


def refused(**changes: Any) -> set[str]:
    """The rules of the report of a refusal."""
    with pytest.raises(InvalidDocument) as error:
        wrap(**minimal(**changes))
    assert error.value.report is not None
    assert not error.value.report
    return rules_of(error.value.report)


def without_given_name() -> Patient:
    identity = traits_only(KIT_1, birth_given_names="")
    return Patient(identity=identity, ids=(IPP,))


# -- the file -----------------------------------------------------------------------------------


def test_the_file_is_utf8_without_bom_style_sheet_or_schema_location() -> None:
    octets = bytes(wrap(**everything(title="Résumé œdème")))
    assert octets.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert "Résumé œdème".encode() in octets
    assert b"schemaLocation" not in octets
    assert b"xml-stylesheet" not in octets
    assert octets.count(b"xmlns=") == 1


def test_a_file_written_by_chunks_is_the_bytes(tmp_path: Any) -> None:
    document = wrap(cda.PlainText("é" * 2_000_000))
    path = document.save(tmp_path / "document.xml")
    assert path.read_bytes() == bytes(document)
    text = tree(bytes(document)).findtext("h:component/h:nonXMLBody/h:text", namespaces=NS)
    assert base64.b64decode(text or "") == ("é" * 2_000_000).encode()
    assert len(list(document.chunks())) > 5


def test_two_documents_share_no_identifier_and_all_are_oids() -> None:
    one, other = wrap(), wrap()
    roots = [item.root for d in (one, other) for item in (d.id, d.set_id) if item]
    assert len(set(roots)) == 4
    assert all(re.fullmatch(r"2\.25\.\d+", root) for root in roots)


def test_a_uuid_is_written_only_when_given_and_in_capitals() -> None:
    lower = "5fb2d1a4-0f2e-4b53-9c1a-0d2c6a6a9e11"
    for given in (lower, LocalId(root=lower)):
        document = wrap(**minimal(id=given))
        assert document.id == LocalId(root=lower.upper())
        assert cda.read(bytes(document)).id == document.id


@pytest.mark.parametrize("given", ["1.2.250.1.71.4.2.2.12A0000014", "1.2.03", "x", ""])
def test_an_identifier_that_is_no_oid_is_refused(given: str) -> None:
    with pytest.raises(InvalidValue, match="^id: "):
        wrap(**minimal(id=given))


# -- the patient and the matricule --------------------------------------------------------------


def test_a_qualified_patient_has_one_ins_then_the_local_ids() -> None:
    root = written()
    assert values(root, "//h:patientRole/h:id/@root") == [KIT_1.oid, IPP.root]
    assert values(root, "//h:patientRole/h:id/@extension") == [KIT_1.matricule, IPP.extension]
    assert values(root, "//h:patient/h:birthTime/@value") == ["19790328"]
    assert values(root, "//h:birthplace//h:county/text()") == ["51215"]
    assert values(root, "//h:patient/h:administrativeGenderCode/@code") == ["F"]


NOT_QUALIFIED = {
    "asserted": {"asserted": True},
    "douteuse": {
        "status": IdentityStatus.PROVISOIRE,
        "attributes": frozenset({Attribute.DOUTEUSE}),
        "matricule": None,
    },
    "no matricule": {"matricule": None, "status": IdentityStatus.VALIDEE},
    "former number": {
        "matricule": None,
        "status": IdentityStatus.PROVISOIRE,
        "history": (Matricule.parse(KIT_1.matricule, KIT_1.oid),),
    },
    "sex unknown": {"asserted": True, "sex": Sex.I},
}


@pytest.mark.parametrize("changes", NOT_QUALIFIED.values(), ids=NOT_QUALIFIED)
def test_a_patient_who_is_not_qualified_here_has_local_ids_alone(changes: Any) -> None:
    patient = Patient(
        identity=qualified(**changes),
        ids=(IPP,),
        telecoms=(Telecom.email(f"{KIT_1.matricule}@patient.mssante.fr"),),
        guardians=(
            dataclasses.replace(
                MOTHER, telecoms=(Telecom.email(f"{KIT_1.matricule}@patient.mssante.fr"),)
            ),
        ),
    )
    parent = RelatedPerson(
        name=PersonName(family="NESSI"),
        class_code="PAT",
        telecoms=patient.telecoms,
        ids=(LocalId(root=KIT_1.oid, extension=KIT_1.matricule),),
    )
    document = wrap(**everything(patient=patient, recipients=(parent,), informants=(parent,)))
    octets = bytes(document)
    assert KIT_1.matricule[:13].encode() not in octets
    assert KIT_1.oid.encode() not in octets
    assert {"cda.ins.telecom", "cda.ins.elsewhere"} <= {item.rule for item in document.findings}


NUMBER = LocalId(root="1.2.3", extension=KIT_1.matricule)


@pytest.mark.parametrize(
    "place",
    [
        {"title": f"Dossier {KIT_1.matricule}"},
        {"id": LocalId(root=KIT_1.oid, extension=KIT_1.matricule)},
        {"encounter": Encounter(ids=(NUMBER,))},
        {"patient": Patient(identity=received(KIT_1), ids=(NUMBER,))},
    ],
)  # fmt: skip
def test_a_matricule_hidden_elsewhere_refuses_the_document(place: dict[str, Any]) -> None:
    arguments = {"patient": Patient(identity=received(KIT_1), ids=(IPP,)), **place}
    assert refused(**arguments) & {"cda.ins.leak", "patient.id-is-matricule"}


def test_a_citizen_address_travels_with_its_own_matricule_only() -> None:
    own = Telecom.email(f"{KIT_1.matricule}@patient.mssante.fr")
    other = Telecom.email("277076322082910@patient.mssante.fr")
    patient = Patient(identity=qualified(), telecoms=(own, other))
    root = written(patient=patient)
    assert values(root, "//h:patientRole/h:telecom/@value") == [own.value]


def test_names_travel_in_the_insi_form_with_the_matricule_and_as_held_without() -> None:
    names = {"birth_name": "Pat-Troïs", "birth_given_names": "Dominique"}
    first = {"first_birth_given_name": "Dominique", "used_name": "", "used_given_name": ""}
    root = written(patient=Patient(identity=qualified(**names, **first)))
    assert values(root, "//h:patient/h:name/h:family/text()") == ["PAT-TROIS"]
    local = traits_only(KIT_1, **names)
    root = written(patient=Patient(identity=local, ids=(IPP,)))
    assert values(root, "//h:patient/h:name/h:family/text()") == ["Pat-Troïs"]


def test_the_particles_of_a_name_are_birth_and_used() -> None:
    root = written()
    parts = [
        (etree.QName(item).localname, item.get("qualifier"), item.text)
        for item in root.xpath("//h:patient/h:name/*", namespaces=NS)
    ]
    assert parts == [
        ("family", "BR", "PAT-TROIS"),
        ("given", None, "DOMINIQUE MARIE-LOUISE"),
        ("given", "BR", "DOMINIQUE"),
        ("family", "CL", "PAT-TROIS"),
        ("given", "CL", "DOMINIQUE"),
    ]


def test_an_unknown_sex_is_un_and_its_label_inconnu() -> None:
    patient = Patient(identity=traits_only(KIT_1, sex=Sex.I), ids=(IPP,))
    root = written(patient=patient)
    (code,) = root.xpath("//h:administrativeGenderCode", namespaces=NS)
    assert (code.get("code"), code.get("displayName")) == ("UN", "Inconnu")


def test_twins_and_deaths_are_told() -> None:
    root = tree(bytes(wrap(**everything())))
    assert values(root, "//sdtc:multipleBirthOrderNumber/@value") == ["2"]
    assert values(root, "//sdtc:deceasedInd/@value") == ["true"]
    assert values(root, "//sdtc:deceasedTime/@value") == ["20260228"]
    alive = written(patient=dataclasses.replace(PATIENT, deceased=False))
    assert values(alive, "//sdtc:*/@value") == []


def test_no_ins_and_no_local_id_is_refused() -> None:
    assert "cda.patient.id" in refused(patient=Patient(identity=traits_only(KIT_1)))
    hl7_only = Patient(identity=traits_only(KIT_1), ids=(LocalId(extension="1", namespace="X"),))
    assert "cda.patient.id" in refused(patient=hl7_only)


def test_a_newborn_without_given_name_is_refused_and_any_convention_is_taken() -> None:
    assert "cda.patient.given" in refused(patient=without_given_name())
    named = traits_only(KIT_1, birth_given_names="Enfant de Jeanne")
    root = written(patient=Patient(identity=named, ids=(IPP,)))
    assert values(root, "//h:patient/h:name/h:given/text()") == ["Enfant de Jeanne"]


@pytest.mark.parametrize(
    ("changes", "rule"),
    [
        ({"first_birth_given_name": ""}, "cda.ins.traits"),
        ({"birth_place": ""}, "cda.ins.traits"),
        ({"birth_place": "5121"}, "cda.ins.county"),
        ({"birth_name": "A1"}, "cda.ins.traits"),
    ],
)
def test_an_ins_never_travels_without_its_traits(changes: dict[str, str], rule: str) -> None:
    assert rule in refused(patient=Patient(identity=qualified(**changes)))


def test_a_corsican_finess_is_an_extension_like_any_other() -> None:
    place = dataclasses.replace(HOSPITAL, idnat="12A0000014")
    root = written(custodian=place)
    path = "//h:representedCustodianOrganization/h:id/@extension"
    assert values(root, path) == ["12A0000014"]


# -- who ----------------------------------------------------------------------------------------


def test_the_one_human_author_answers_for_the_document_at_its_date() -> None:
    document = wrap(**minimal(author=(SURGEON, DEVICE)))
    assert document.legal_authenticator is not None
    assert document.legal_authenticator.entity == SURGEON
    times = values(
        tree(bytes(document)), "//h:author/h:time/@value | //h:legalAuthenticator/h:time/@value"
    )
    assert times == ["20260301100000+0100"] * 3


@pytest.mark.parametrize("authors", [(SURGEON, DOCTOR), (DEVICE,)])
def test_nobody_answers_for_two_authors_or_for_a_device_unless_told(authors: Any) -> None:
    assert "cda.legal-authenticator" in refused(author=authors)
    assert wrap(**minimal(author=authors, legal_authenticator=SURGEON))


def test_an_author_keeps_a_time_of_their_own() -> None:
    author = Participant(type="AUT", entity=SURGEON, time=Period(low="20260228120000+0100"))
    root = written(author=author)
    assert values(root, "//h:author/h:time/@value") == ["20260228120000+0100"]
    assert values(root, "//h:legalAuthenticator/h:time/@value") == ["20260301100000+0100"]


ROLES = {
    "a structure signs": {"legal_authenticator": Participant(type="LA", entity=HOSPITAL)},
    "a structure writes": {"author": Participant(type="AUT", entity=HOSPITAL)},
    "a relative takes part": {"participants": (Participant(type="INF", entity=MOTHER),)},
    "a device receives": {"recipients": (Participant(type="PRCP", entity=DEVICE),)},
    "a participant of no known type": {"participants": (Participant(type="ZZZ", entity=DOCTOR),)},
    "a recipient of another type": {"recipients": (Participant(type="INF", entity=DOCTOR),)},
    "nobody wrote": {"author": ()},
    "an author without number": {
        "author": Professional(name=PersonName(family="X"), profession=SURGEON.profession)
    },
    "an author without name": {"author": dataclasses.replace(SURGEON, name=None)},
    "an author of no known profession": {
        "author": dataclasses.replace(SURGEON, profession=Code(code="G15_99"))
    },
    "a stay answered for by a structure": {"encounter": Encounter(responsible=HOSPITAL)},
    "an informant without class": {"informants": (dataclasses.replace(MOTHER, class_code=""),)},
    "a custodian without number": {
        "custodian": Organization(name="X", facility_type=HOSPITAL.facility_type)
    },
    "an authenticator without national number": {
        "authenticators": (
            Professional(name=PersonName(family="X"), ids=(LocalId(root="1.2.3", extension="1"),)),
        )
    },
    "an author whose function is a text alone": {
        "author": dataclasses.replace(SURGEON, function_text="chef de service")
    },
}


@pytest.mark.parametrize("changes", ROLES.values(), ids=ROLES)
def test_a_role_that_its_holder_cannot_have_is_refused(changes: dict[str, Any]) -> None:
    assert refused(**changes)


def test_a_host_of_patients_documents_may_keep_the_document() -> None:
    host = Organization(
        name="Hébergeur",
        ids=(LocalId(root="1.2.250.1.213.4.1", extension="7"),),
        facility_type=HOSPITAL.facility_type,
    )
    root = written(custodian=host)
    path = "//h:representedCustodianOrganization/h:id/@root"
    assert values(root, path) == ["1.2.250.1.213.4.1"]


def test_a_title_typed_as_a_civility_is_coded() -> None:
    typed = dataclasses.replace(SURGEON, name=PersonName(family="X", civility="Dr"))
    assert values(written(author=typed), "//h:author//h:suffix/text()") == ["DR"]
    wrong = dataclasses.replace(SURGEON, name=PersonName(family="X", civility="Chef"))
    assert "cda.name.title" in refused(author=wrong)


def test_roles_that_admit_one_identifier_and_one_name_say_what_they_left() -> None:
    many = dataclasses.replace(
        SURGEON,
        ids=(LocalId(root="1.2.3.4", extension="7"),),
        name=PersonName(family="LEGRIS", birth_family="LENOIR"),
    )
    document = wrap(**minimal(author=many))
    root = tree(bytes(document))
    assert len(values(root, "//h:author//h:assignedAuthor/h:id/@root")) == 2
    assert len(values(root, "//h:legalAuthenticator/h:assignedEntity/h:id/@root")) == 1
    assert values(root, "//h:author//h:family/text()") == ["LEGRIS"]
    told = {item.rule for item in document.findings}
    assert {"cda.id.one", "cda.name.families"} <= told
    assert document.check()


def test_the_same_telecom_twice_is_refused() -> None:
    twice = dataclasses.replace(SURGEON, telecoms=SURGEON.telecoms * 2)
    assert "cda.tel.twice" in refused(author=twice)


# -- what, when and where -----------------------------------------------------------------------


@pytest.mark.parametrize("setting", S)
def test_the_setting_gives_practice_and_encounter(setting: cda.Setting) -> None:
    root = tree(bytes(wrap(**minimal(setting, type=T.PRESCRIPTION_PRODUITS))))
    practice = "//h:performer//h:standardIndustryClassCode/@code"
    hospital = setting is S.HOSPITAL
    assert values(root, practice) == ["ETABLISSEMENT" if hospital else "AMBULATOIRE"]
    assert values(root, "//h:encompassingEncounter/h:code/@code") == ["IMP" if hospital else "AMB"]
    facility = {S.HOSPITAL: "SA01", S.OFFICE: "SA07", S.PHARMACY: "SA33"}[setting]
    assert values(root, "//h:healthCareFacility/h:code/@code") == [facility]


def test_a_home_hospital_tells_its_own_practice() -> None:
    had = dataclasses.replace(HOSPITAL, practice_setting=jdv("J04", "HAD"))
    root = written(author=dataclasses.replace(SURGEON, organization=had), custodian=had)
    assert values(root, "//h:performer//h:standardIndustryClassCode/@code") == ["HAD"]


def test_a_discharge_letter_reports_the_stay_in_the_act_and_in_the_encounter() -> None:
    root = written()
    for parent in ("serviceEvent", "encompassingEncounter"):
        path = f"//h:{parent}/h:effectiveTime/*/@value"
        assert values(root, path) == ["20260220080000+0100", "20260301090000+0100"]
    assert values(root, "//h:serviceEvent/h:code/@code") == ["IMP"]


@pytest.mark.parametrize("kind", [T.COMPTE_RENDU_OPERATOIRE, T.PRESCRIPTION_PRODUITS])
def test_the_admission_of_another_hospital_document_is_unknown_until_told(kind: Any) -> None:
    root = written(type=kind)
    assert values(root, "//h:encompassingEncounter/h:effectiveTime/@nullFlavor") == ["UNK"]
    stay = Encounter(period=Period(low=ADMITTED))
    root = written(type=kind, encounter=stay)
    path = "//h:encompassingEncounter/h:effectiveTime/h:low/@value"
    assert values(root, path) == ["20260220080000+0100"]


def test_a_prescription_lasts_until_the_end_of_its_validity() -> None:
    root = written(
        setting=S.OFFICE, type=T.PRESCRIPTION_PRODUITS, performed=("20260301", "20260531")
    )
    assert values(root, "//h:serviceEvent/h:effectiveTime/*/@value") == ["20260301", "20260531"]
    path = "//h:encompassingEncounter/h:effectiveTime/*/@value"
    assert values(root, path) == ["20260301"]


@pytest.mark.parametrize(
    ("performed", "expected"),
    [
        (ADMITTED, ["20260220080000+0100"]),
        ((ADMITTED, None), ["20260220080000+0100"]),
        (Period.at("20260220"), ["20260220", "20260220"]),
    ],
)
def test_an_act_has_a_start_and_perhaps_an_end(performed: Any, expected: list[str]) -> None:
    root = written(type=T.COMPTE_RENDU_OPERATOIRE, performed=performed)
    assert values(root, "//h:serviceEvent/h:effectiveTime/*/@value") == expected


def test_times_are_written_to_the_second() -> None:
    now = datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=-4)))
    document = wrap(**minimal(created=now, performed=now))
    assert str(document.created) == "20260301100000-0400"
    assert b"123456" not in bytes(document)
    assert str(wrap(**minimal(created=datetime(2026, 3, 1, tzinfo=UTC))).created).endswith("+0000")


@pytest.mark.parametrize("created", [datetime(2026, 3, 1, 10), "2026-03-01", "yesterday"])  # noqa: DTZ001
def test_a_naive_or_unreadable_date_is_refused_by_name(created: Any) -> None:
    with pytest.raises(InvalidValue, match="^created: "):
        wrap(**minimal(created=created))


@pytest.mark.parametrize("created", ["20260301", "202603011000+0100", "20260301100000"])
def test_a_date_of_document_is_to_the_second_with_its_zone(created: str) -> None:
    assert refused(created=created) & {"cda.effective-time.exact", "cda.ts.zone"}


def test_an_act_with_code_translations_and_text() -> None:
    root = tree(bytes(wrap(**everything())))
    (code,) = root.xpath("//h:documentationOf[2]/h:serviceEvent/h:code", namespaces=NS)
    assert code.get("codeSystem") == "1.2.250.1.215.300.1"
    assert [etree.QName(item).localname for item in code] == ["originalText", "translation"]


def test_an_act_in_words_alone_is_other() -> None:
    root = written(type=T.COMPTE_RENDU_OPERATOIRE, acts=(ServiceEvent(text="Appendicectomie"),))
    assert values(root, "//h:serviceEvent/h:code/@nullFlavor") == ["OTH"]


def test_a_facility_has_no_default() -> None:
    place = dataclasses.replace(HOSPITAL, facility_type=None)
    assert "cda.facility" in refused(custodian=place)
    assert wrap(**minimal(custodian=place, encounter=Encounter(facility=HOSPITAL)))


def test_without_setting_the_practice_must_be_told() -> None:
    assert "cda.practice-setting" in refused(setting=None)
    place = dataclasses.replace(HOSPITAL, practice_setting=jdv("J04", "ETABLISSEMENT"))
    assert wrap(
        **minimal(
            setting=None, custodian=place, author=dataclasses.replace(SURGEON, organization=None)
        )
    )


def test_a_note_of_vaccination_is_no_level_1_document() -> None:
    assert "cda.level" in refused(setting=S.PHARMACY, type=T.NOTE_VACCINATION)


@pytest.mark.parametrize("language", ["fr", "FR-fr", "", "français"])
def test_a_language_has_a_country(language: str) -> None:
    assert refused(language=language) & {"cda.language", "cda.language.form"}


def test_masking_is_never_in_the_header() -> None:
    assert "cda.confidentiality.code" in refused(confidentiality="MASQUE_PS")
    assert values(written(confidentiality="R"), "h:confidentialityCode/@code") == ["R"]


@pytest.mark.parametrize("title", ["", "   ", "\n\t"])
def test_an_empty_title_is_refused(title: str) -> None:
    assert "cda.title" in refused(title=title)


# -- versions -----------------------------------------------------------------------------------


def test_a_replacement_keeps_the_set_follows_the_version_and_names_the_old_one() -> None:
    first = wrap()
    second = wrap(**minimal(replaces=first))
    third = wrap(**minimal(replaces=cda.read(bytes(second))))
    assert [d.version for d in (first, second, third)] == [1, 2, 3]
    assert first.set_id == second.set_id == third.set_id
    assert len({d.id for d in (first, second, third)}) == 3
    root = tree(bytes(second))
    assert values(root, "//h:relatedDocument/@typeCode") == ["RPLC"]
    assert first.id is not None
    assert values(root, "//h:parentDocument/h:id/@root") == [first.id.root]
    assert values(root, "//h:parentDocument/h:versionNumber/@value") == ["1"]


PARENT = cda.Relation(id=LocalId(root="1.2.3.9"), version=3, set_id=LocalId(root="1.2.3.8"))
RELATIONS = {
    "no set": ({"replaces": dataclasses.replace(PARENT, set_id=None)}, "cda.replaces.set-id"),
    "another set": ({"replaces": PARENT, "set_id": "1.2.3.7"}, "cda.replaces.set-id"),
    "no version": ({"replaces": dataclasses.replace(PARENT, version=None)}, "cda.replaces.version"),
    "an older version": ({"replaces": PARENT, "version": 3}, "cda.replaces.version"),
    "itself": ({"replaces": PARENT, "id": "1.2.3.9"}, "cda.related.itself"),
    "another relation": (
        {"replaces": dataclasses.replace(PARENT, kind="APND")},
        "cda.related.type",
    ),
    "version 0": ({"version": 0}, "cda.version.positive"),
    "version -1": ({"version": -1}, "cda.version.positive"),
}


@pytest.mark.parametrize(("changes", "rule"), RELATIONS.values(), ids=RELATIONS)
def test_a_version_that_does_not_follow_is_refused(changes: dict[str, Any], rule: str) -> None:
    assert rule in refused(**changes)


def test_what_the_parent_lacks_may_be_given() -> None:
    bare = cda.Relation(id=LocalId(root="1.2.3.9"), set_id=LocalId(root="1.2.3.8"))
    document = wrap(**minimal(replaces=bare, version=4, set_id="1.2.3.8"))
    assert (document.version, document.set_id) == (4, LocalId(root="1.2.3.8"))
    from_zero = cda.Relation(id=LocalId(root="1.2.3.9"), version=0, set_id=LocalId(root="1.2.3.8"))
    assert wrap(**minimal(replaces=from_zero)).version == 1


def test_a_replacement_about_another_matricule_is_told() -> None:
    other = Matricule.parse("277076322082910", KIT_1.oid)
    first = wrap(**minimal(patient=Patient(identity=qualified(matricule=other), ids=(IPP,))))
    second = wrap(**minimal(replaces=first))
    assert "cda.replaces.patient" in {item.rule for item in second.findings}


# -- all defects at once, and nobody named -----------------------------------------------------


def test_every_defect_is_told_at_once_and_once() -> None:
    nobody = traits_only(
        KIT_1, birth_name="", birth_given_names="", birth_date=None, sex=None, birth_place=""
    )
    with pytest.raises(InvalidDocument) as error:
        wrap(
            **minimal(
                patient=Patient(identity=nobody),
                author=(DOCTOR, dataclasses.replace(SURGEON, profession=Code(code="X"))),
                custodian=Organization(name="X"),
                title="\x00",
                language="fr",
                confidentiality="MASQUE_PS",
                performed=None,
                setting=None,
                version=0,
                type=T.NOTE_VACCINATION,
                participants=(Participant(type="ZZZ", entity=MOTHER),),
            )
        )
    report = error.value.report
    assert report is not None
    assert rules_of(report) >= {
        "cda.level", "cda.patient.id", "cda.patient.family", "cda.patient.given",
        "cda.patient.birth-time", "cda.patient.gender", "cda.legal-authenticator",
        "cda.profession", "cda.custodian", "cda.text", "cda.language.form",
        "cda.confidentiality.code", "cda.act.time", "cda.practice-setting", "cda.facility",
        "cda.version.positive", "cda.participant", "cda.participant.type",
    }  # fmt: skip
    places = [(item.rule, item.place) for item in report]
    assert len(places) == len(set(places))


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\ud800", "\ufffe"])
def test_a_character_that_xml_cannot_hold_is_a_defect_with_its_place(bad: str) -> None:
    with pytest.raises(InvalidDocument) as error:
        wrap(**minimal(title=f"a{bad}b"))
    assert error.value.report is not None
    (finding,) = [item for item in error.value.report if item.rule == "cda.text"]
    assert finding.place == "ClinicalDocument/title"


def test_a_lone_surrogate_of_the_body_is_a_defect() -> None:
    with pytest.raises(InvalidDocument, match=r"cda\.text body"):
        wrap(cda.PlainText("\ud800"))


def test_an_error_names_no_one() -> None:
    patient = Patient(identity=qualified(birth_place="5121X"))
    with pytest.raises(SegurError) as error:
        wrap(**minimal(patient=patient, title="\x00 de PAT-TROIS"))
    told = f"{error.value} {error.value.report}"
    assert not [text for text in secrets(patient.identity) if text in told]


def test_a_body_is_a_pdfa_or_a_plain_text() -> None:
    for body in (b"%PDF-1.4", "text", None):
        with pytest.raises(TypeError, match="a body is"):
            wrap(body)


# -- the value ----------------------------------------------------------------------------------


def test_a_document_survives_a_process_pool() -> None:
    document = wrap(**everything())
    for value in (document, cda.read(bytes(document))):
        other = pickle.loads(pickle.dumps(value))  # noqa: S301
        assert other == value
        assert hash(other) == hash(value)
        assert bytes(other) == bytes(value)
        assert other.check()


def test_a_document_shows_no_one() -> None:
    document = wrap(**everything())
    assert document.patient.identity.matricule is not None
    for shown in (repr(document), document._repr_html_(), str(document)):
        assert not [text for text in secrets(document.patient.identity) if text in shown]
        for text in ("LEGRIS", "Lettre", "IPP0001", "_content", "dossier"):
            assert text not in shown
        assert "11490-0" in shown
    assert "LEGRIS" in document.reveal()


def test_a_document_made_by_hand_has_no_octets() -> None:
    with pytest.raises(InvalidValue, match=r"cda\.wrap or cda\.read"):
        bytes(cda.Document(patient=PATIENT))


def test_fields_of_a_document_are_those_written() -> None:
    document = wrap(
        **minimal(
            setting=S.PHARMACY, author=PHARMACIST, custodian=PHARMACY, type=T.BILAN_MEDICATION
        )
    )
    assert document.type is T.BILAN_MEDICATION
    assert document.level == 1
    assert document.templates == ("1.3.6.1.4.1.19376.1.2.20",)
    assert document.custodian == PHARMACY
    assert document.body == cda.Body("text/plain", BODY.text.encode())
    assert document.pdf is None
    assert not document.signed
    assert document.findings == ()
    assert str(document.acts[0].period.low) == "20260220080000+0100"  # type: ignore[union-attr]
    assert document.check().checked[0] == "cda.realm"
    assert DISCHARGED > ADMITTED < NOW


def test_an_address_with_lines_and_parts_is_written_in_lines() -> None:
    mixed = Address(lines=("1 rue X",), city="PARIS", postal_code="75001")
    root = written(patient=dataclasses.replace(PATIENT, addresses=(mixed,)))
    path = "//h:patientRole/h:addr/*/text()"
    assert values(root, path) == ["1 rue X", "75001 PARIS"]
