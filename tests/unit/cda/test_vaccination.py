"""The note de vaccination: what it writes, reads back and refuses."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from documents import DOCTOR, NOW, NS, PARIS, PATIENT, PHARMACIST, qualified
from lxml import etree
from vaccinations import ACT, FULL, VACCINE, header

from segur_interop import cda, xdm
from segur_interop.errors import InvalidDocument, InvalidValue
from segur_interop.model import LocalId, Patient
from segur_interop.terminology import Code, value_set

SITES = [code.code for code in value_set("JDV_ImmunizationApproachSiteCode_CISIS")]
ROUTES = [code.code for code in value_set("JDV_ImmunizationRouteCodes_CISIS")]
KINDS = [
    code.code for code in value_set("JDV_HL7_ActSubstanceAdministrationImmunizationCode_CISIS")
]


def note(act: cda.VaccinationAct = ACT, **changes: Any) -> cda.Document:
    return cda.vaccination_note(act, **header(**changes))


def tree(document: cda.Document) -> etree._Element:
    return etree.fromstring(bytes(document))


def read(document: cda.Document) -> cda.Vaccination:
    again = cda.read(bytes(document))
    assert again.findings == ()
    (vaccination,) = again.vaccinations()
    return vaccination


def defects(act: cda.VaccinationAct = ACT, **changes: Any) -> set[str]:
    with pytest.raises(InvalidDocument) as refused:
        note(act, **changes)
    return {finding.rule for finding in refused.value.report.errors}


def test_a_bare_note_is_a_sound_level_3_document_of_its_kind() -> None:
    document = note()
    assert (document.level, document.type) == (3, cda.DocumentType.NOTE_VACCINATION)
    assert document.check().verdict.name == "PASSED"
    assert document.pdf is None
    assert document.reading == ()
    template = tree(document).find("h:templateId[@root='1.2.250.1.213.1.1.1.46']", NS)
    assert template is not None
    assert template.get("extension") == "2023.01"


def test_every_value_is_read_back() -> None:
    vaccination = read(note(FULL))
    vaccine = vaccination.vaccine
    assert vaccine is not None
    assert (vaccine.cis, vaccine.cip, vaccine.atc) == ("68747507", "3400932857241", "J07AM")
    assert (vaccine.lot, str(vaccine.expires), vaccine.name) == (
        "LOT-42/A", "202812", "VACCIN FICTIF")  # fmt: skip
    assert vaccination.done
    assert vaccination.dose_number == 2
    assert str(vaccination.dose) == "0.50 mL"
    assert vaccination.time is not None
    assert str(vaccination.time.low) == "20260227"
    assert vaccination.code is not None
    assert vaccination.code.codes[0].code == "INITIMMUNIZ"
    assert [item.text for item in vaccination.reactions] == ["Fièvre", "Rougeur < 2 cm & douleur"]
    assert str(vaccination.reactions[1].time.low) == "20260228"  # type: ignore[union-attr]
    assert vaccination.comments == ("Vaccination en vue d'un voyage",)
    assert [item.name for item in vaccination.antigens] == [
        "Anatoxine tétanique",
        "Anatoxine diphtérique",
    ]
    assert [item.entity.idnat for item in vaccination.performers] == [  # type: ignore[union-attr]
        PHARMACIST.idnat,
        DOCTOR.idnat,
    ]
    assert vaccination.authors[0].entity.idnat == PHARMACIST.idnat  # type: ignore[union-attr]


@pytest.mark.parametrize("site", SITES)
def test_every_site_is_written_with_the_label_of_its_table(site: str) -> None:
    concept = read(note(dataclasses.replace(ACT, site=site))).site
    assert concept is not None
    assert concept.codes[0] == value_set("JDV_ImmunizationApproachSiteCode_CISIS").get(site)
    assert concept.codes[0].label


@pytest.mark.parametrize("route", ROUTES)
def test_every_route_is_written_as_a_code_or_as_its_text(route: str) -> None:
    code = value_set("JDV_ImmunizationRouteCodes_CISIS").get(route)
    for given in (route, code, Code(code=route)):
        concept = read(note(dataclasses.replace(ACT, route=given))).route
        assert concept is not None
        assert concept.codes == (code,)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_injection_is_written(kind: str) -> None:
    concept = read(note(dataclasses.replace(ACT, kind=kind))).code
    assert concept is not None
    assert concept.codes[0].code == kind


def test_people_read_what_the_entry_says() -> None:
    (section,) = note(FULL).sections()
    for text in ("27/02/2026", "LOT-42/A", "12/2028", "0,50 mL", "Voie intramusculaire",
                 "deltoïde gauche", "Fièvre", "Rougeur < 2 cm & douleur", "28/02/2026",
                 "Vaccination en vue d'un voyage", "Paul OFFICINE", "DR Anne MARTIN",
                 "Anatoxine tétanique", "1ère série vaccinante"):  # fmt: skip
        assert text in section.text, text


def test_every_reference_of_the_entry_names_words_of_the_narrative() -> None:
    root = tree(note(FULL))
    known = root.xpath("//h:section/h:text//@ID", namespaces=NS)
    assert isinstance(known, list)
    assert len(known) == len(set(known))
    used = root.xpath("//h:entry//h:reference/@value", namespaces=NS)
    assert isinstance(used, list)
    assert {str(item).removeprefix("#") for item in used} == set(known)


def test_the_act_keeps_its_identifier_over_the_versions_of_the_note() -> None:
    act = dataclasses.replace(ACT, id="1.2.250.1.999.8.1")
    first = note(act)
    second = note(act, replaces=first)
    assert read(first).ids == read(second).ids == (LocalId(root="1.2.250.1.999.8.1"),)
    assert (second.version, second.set_id) == (2, first.set_id)


def test_an_identity_that_is_not_qualified_leaves_without_its_matricule() -> None:
    asserted = dataclasses.replace(qualified(), asserted=True)
    patient = Patient(identity=asserted, ids=(LocalId(root="1.2.250.1.999.1", extension="IPP1"),))
    content = bytes(note(patient=patient))
    assert asserted.matricule is not None
    assert asserted.matricule.value.encode() not in content
    number = asserted.matricule.value
    spaced = dataclasses.replace(ACT, comment=f"NIR {number[:5]} {number[5:]}")
    assert defects(spaced, patient=patient) == {"cda.ins.leak"}


def test_the_archive_names_the_volet() -> None:
    (entry,) = xdm.pack([note()], source=header()["custodian"]).entries
    assert entry.metadata.format_code.code == "urn:asip:ci-sis:vac-note:2021"
    assert entry.metadata.class_code.code == "52"


REFUSED: list[tuple[str, dict[str, Any]]] = [
    ("vac.code", {"kind": "FIRST"}),
    ("vac.code", {"kind": Code(code="BOOSTER").code.lower()}),
    ("vac.code", {"route": "1"}),
    ("vac.code", {"site": Code(code="64262003", system="1.2.3")}),
    ("vac.day", {"day": date(2026, 3, 2)}),
    ("vac.day", {"day": date(1900, 1, 1)}),
    ("vac.time", {"validated_at": datetime(2026, 2, 26, tzinfo=PARIS)}),
    ("vac.time", {"validated_at": "hier"}),
    ("vac.time", {"validated_at": datetime(2026, 4, 1, tzinfo=PARIS)}),
    ("vac.rank", {"dose_number": 0}),
    ("vac.rank", {"dose_number": 10**12}),
    ("vac.unit", {"dose": Decimal(1), "dose_unit": '"><x>'}),
    ("vac.rank", {"dose_number": True}),
    ("vac.dose", {"dose": Decimal(0)}),
    ("vac.dose", {"dose": Decimal("NaN")}),
    ("vac.dose", {"dose": Decimal("1E+999999999")}),
    ("vac.dose", {"dose": Decimal("0.1234567890123456")}),
    ("vac.dose", {"dose_unit": "mL"}),
    ("vac.unit", {"dose": Decimal(1), "dose_unit": "m L"}),
    ("vac.links", {"reactions": (cda.Reaction(text="Fièvre"),)}),
    ("vac.reaction.text", {"comment": "x", "reactions": (cda.Reaction(text=" "),)}),
    ("vac.reaction.code",
     {"comment": "x", "reactions": (cda.Reaction(text="Fièvre", code=Code(code="R50.2")),)}),
    ("vac.reaction.time",
     {"comment": "x", "reactions": (cda.Reaction(text="Fièvre", since="20260226"),)}),
    ("vac.reaction.time", {"comment": "x", "reactions": (cda.Reaction(text="F", since="?"),)}),
    ("vac.code",
     {"comment": "x", "reactions": (cda.Reaction(text="F", kind=Code(code="0")),)}),
    ("vac.antigen.name",
     {"comment": "x", "antigens": (cda.AntigenDose(name="", value=Decimal(1)),)}),
    ("vac.antigen.code",
     {"comment": "x",
      "antigens": (cda.AntigenDose(name="A", value=Decimal(1), code=Code(code="J07")),)}),
    ("vac.prescription", {"prescription": LocalId(namespace="ici", extension="1")}),
    ("vac.author", {"validated_by": dataclasses.replace(PHARMACIST, profession=None)}),
    ("vac.person.id", {"performers": (dataclasses.replace(DOCTOR, idnat=""),)}),
    ("vac.cis", {"vaccine": dataclasses.replace(VACCINE, cis="6874750")}),
    ("vac.label", {"vaccine": dataclasses.replace(VACCINE, label=" ")}),
    ("vac.lot", {"vaccine": dataclasses.replace(VACCINE, lot="")}),
    ("vac.atc", {"vaccine": dataclasses.replace(VACCINE, atc=Code(code="J7", label="x"))}),
    ("vac.atc.label", {"vaccine": dataclasses.replace(VACCINE, atc=Code(code="J07AM"))}),
    ("vac.cip", {"vaccine": dataclasses.replace(VACCINE, cip="3400932857242")}),
    ("vac.cip", {"vaccine": dataclasses.replace(VACCINE, cip="2857241")}),
    ("vac.expires", {"vaccine": dataclasses.replace(VACCINE, expires="2028-12")}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "changes"), REFUSED, ids=[row[0] for row in REFUSED])
def test_what_the_volet_has_no_place_for_is_refused(rule: str, changes: dict[str, Any]) -> None:
    assert rule in defects(dataclasses.replace(ACT, **changes))


def test_every_defect_is_told_at_once() -> None:
    act = dataclasses.replace(
        ACT,
        kind="X",
        route="X",
        dose_number=-1,
        vaccine=dataclasses.replace(VACCINE, cis="", lot="", cip="1"),
    )
    assert defects(act, title="", patient=Patient(identity=qualified(sex=None))) >= {
        "vac.code", "vac.rank", "vac.cis", "vac.lot", "vac.cip", "cda.patient.gender"
    }  # fmt: skip


def test_an_expired_lot_and_another_class_are_told() -> None:
    vaccine = dataclasses.replace(
        VACCINE, expires="202601", atc=Code(code="L03AX03", label="vaccin BCG")
    )
    told = {item.rule for item in note(dataclasses.replace(ACT, vaccine=vaccine)).findings}
    assert told == {"vac.expired", "vac.atc.class"}


def test_the_last_month_of_a_lot_is_still_good() -> None:
    vaccine = dataclasses.replace(VACCINE, expires="202602")
    assert note(dataclasses.replace(ACT, vaccine=vaccine)).findings == ()


@pytest.mark.parametrize(
    "changes",
    [
        {"day": NOW},
        {"day": "20260227"},
        {"vaccine": None},
        {"performers": "Anne"},
        {"performers": (PATIENT,)},
        {"dose": 0.5},
        {"route": 20035000},
        {"reactions": ("Fièvre",)},
        {"comment": None},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_another_type_is_a_type_error_that_names_the_field(changes: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(changes))):
        dataclasses.replace(ACT, **changes)


@pytest.mark.parametrize(
    "changes",
    [
        {"replaces": "x"}, {"set_id": 4}, {"id": 5}, {"consents": ["x"]}, {"informants": [1]},
        {"participants": [1]}, {"encounter": "x"}, {"setting": "pharmacy"}, {"version": "1"},
        {"patient": None}, {"author": "x"}, {"custodian": None},
    ],
    ids=lambda changes: next(iter(changes)),
)  # fmt: skip
def test_another_type_around_the_act_is_a_type_error_too(changes: dict[str, Any]) -> None:
    with pytest.raises(TypeError, match=next(iter(changes))):
        note(**changes)


def test_replacing_the_note_of_another_patient_is_told() -> None:
    other = Patient(
        identity=dataclasses.replace(qualified(), birth_name="AUTRE", sex=None, matricule=None,
                                     status=qualified().status.PROVISOIRE),
        ids=(LocalId(root="1.2.250.1.999.1", extension="IPP0002"),),
    )  # fmt: skip
    theirs = cda.read(bytes(note()))
    told = [item for item in note(replaces=theirs).findings if item.rule == "cda.replaces.patient"]
    assert told == []
    theirs = dataclasses.replace(theirs, patient=other)
    (told_now,) = [
        item for item in note(replaces=theirs).findings if item.rule == "cda.replaces.patient"
    ]
    assert "birth name" in told_now.message
    assert "local identifier" in told_now.message
    assert "AUTRE" not in told_now.message


def test_a_naive_moment_is_refused() -> None:
    with pytest.raises(InvalidValue):
        note(created=datetime(2026, 3, 1, 10, 0))  # noqa: DTZ001


def test_nothing_personal_shows() -> None:
    for item in (FULL, FULL.vaccine, FULL.reactions[0], FULL.antigens[0]):
        assert "FICTIF" not in repr(item)
        assert "LOT" not in repr(item)
        assert "Fièvre" not in repr(item)
    assert pickle.loads(pickle.dumps(FULL)) == copy.deepcopy(FULL) == FULL  # noqa: S301


def test_hostile_words_are_words() -> None:
    text = "</content><script>alert(1)</script> & \"'"
    assert read(note(dataclasses.replace(ACT, comment=text))).comments == (text,)
    assert "cda.text" in defects(dataclasses.replace(ACT, comment="\x00"))
