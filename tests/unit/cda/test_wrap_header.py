"""The roles, acts, times and places that `wrap` writes, refuses or fills in."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from documents import (
    ADMITTED,
    DEVICE,
    DOCTOR,
    HOSPITAL,
    MOTHER,
    NS,
    SURGEON,
    S,
    T,
    everything,
    jdv,
    minimal,
    refused,
    tree,
    values,
    wrap,
    written,
)
from lxml import etree

from segur_interop import cda
from segur_interop.errors import InvalidValue
from segur_interop.model import (
    Encounter,
    LocalId,
    Organization,
    Participant,
    Period,
    PersonName,
    Professional,
    ServiceEvent,
)
from segur_interop.terminology import Code

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
