"""Versions, refusals that tell everything at once, and the value that `wrap` gives."""

from __future__ import annotations

import dataclasses
import pickle
from datetime import date, timedelta
from typing import Any

import pytest
from documents import (
    ADMITTED,
    BODY,
    DISCHARGED,
    DOCTOR,
    IPP,
    KIT_1,
    MOTHER,
    NOW,
    PATIENT,
    PHARMACIST,
    PHARMACY,
    SURGEON,
    S,
    T,
    everything,
    minimal,
    qualified,
    refused,
    rules_of,
    tree,
    values,
    wrap,
    written,
)
from people import secrets, traits_only

from segur_interop import cda
from segur_interop.errors import InvalidDocument, InvalidValue, SegurError
from segur_interop.ins import Matricule
from segur_interop.model import (
    Address,
    Encounter,
    LocalId,
    Organization,
    Participant,
    Patient,
    PersonName,
)
from segur_interop.terminology import Code

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


@pytest.mark.parametrize(
    "code", ["202a", "202b", "202c", "202d", "202e", "2066", "2067", "2068", "2069"]
)
@pytest.mark.parametrize("where", ["title", "body", "author", "attribute"])
def test_a_control_that_reorders_a_text_is_refused_where_it_is(code: str, where: str) -> None:
    text = f"Lettre {chr(int(code, 16))}AB"
    arguments = minimal()
    changes: dict[str, Any] = {
        "title": {"title": text},
        "body": {"body": cda.PlainText(text)},
        "author": {
            "author": dataclasses.replace(arguments["author"], name=PersonName(family=text))
        },
        "attribute": {"encounter": Encounter(ids=(LocalId(root="1.2.3", extension=text),))},
    }[where]
    body = changes.pop("body", BODY)
    with pytest.raises(InvalidDocument) as caught:
        wrap(body, **{**arguments, **changes})
    assert caught.value.report is not None
    assert {item.rule for item in caught.value.report.errors} == {"cda.text"}


def test_a_text_that_runs_from_right_to_left_by_itself_is_written() -> None:
    assert cda.read(bytes(wrap(**minimal(title="\u05e9\u05dc\u05d5\u05dd")))).findings == ()


def test_nobody_is_born_after_the_document() -> None:
    for born in (date(2999, 1, 1), date.max, NOW.date() + timedelta(days=2)):
        patient = Patient(identity=qualified(birth_date=born), ids=(IPP,))
        with pytest.raises(InvalidDocument) as caught:
            wrap(**minimal(patient=patient))
        assert caught.value.report is not None
        (found,) = caught.value.report.errors
        assert (found.rule, found.place) == (
            "cda.patient.birth-time",
            "patient.identity.birth_date",
        )
        assert str(born.year) not in str(caught.value)


@pytest.mark.parametrize("days", [0, 1])
def test_a_newborn_has_its_document_the_same_day_anywhere(days: int) -> None:
    born = NOW.date() + timedelta(days=days)
    assert wrap(**minimal(patient=Patient(identity=qualified(birth_date=born), ids=(IPP,))))
