from __future__ import annotations

from typing import Any

import pytest

from segur_interop.errors import InvalidValue
from segur_interop.findings import Severity
from segur_interop.model import (
    Device,
    Encounter,
    LocalId,
    Location,
    Movement,
    Order,
    Organization,
    Participant,
    Period,
    PersonName,
    Professional,
    ServiceEvent,
    Unit,
)
from segur_interop.model.encounter import PATIENT_CLASSES
from segur_interop.model.movement import MOVEMENT_NATURES
from segur_interop.model.participant import ROLE_CLASSES
from segur_interop.terminology import Code, value_set

VENUE = LocalId(extension="000897406", type="VN", namespace="CHU-X", authority="000897406")
DOSSIER = LocalId(extension="24000006", type="AN", root="1.2.3")
PCP = Code(code="PCP", system="2.16.840.1.113883.5.88")
DOCTOR = Professional.from_rpps("10000336601", name=PersonName(family="LEGRIS"), function=PCP)
HOSPITAL = Organization.from_finess("750803447", name="Hôpital")
CCAM = Code(code="JQGA003", system="1.2.250.1.215.300.1")


def test_a_stay_holds_what_a_document_and_a_message_need() -> None:
    stay = Encounter(
        ids=(DOSSIER, VENUE),
        code=value_set("J142").get("IMP", "2.16.840.1.113883.5.4"),
        period=Period(low="20240306110000+0100", high="20240310080000+0100"),
        expected=Period(high="20240310"),
        patient_class="I",
        facility=HOSPITAL,
        location=Location(unit="UFNEPH", room="12", bed="A", bed_status="O"),
        discharge_disposition=Code(code="8", system="1.2.250.1.213.2.14"),
        responsible=DOCTOR,
        participants=(Participant(type="ADM", entity=DOCTOR, time=Period.at("20240306")),),
    )
    assert stay.findings == ()
    assert (stay.id_of_type("VN"), stay.id_of_type("AN", "VN")) == (VENUE, DOSSIER)
    assert stay.id_of_type("PI") is None


def test_nothing_is_required_of_a_stay_by_itself() -> None:
    assert Encounter().findings == ()


def test_the_same_identifier_twice_is_refused_with_its_rank() -> None:
    for kind, name in ((Encounter, "encounter"), (ServiceEvent, "service_event"), (Order, "order")):
        with pytest.raises(InvalidValue) as caught:
            kind(ids=(VENUE, VENUE))
        assert caught.value.place == f"{name}.ids[1]"


def test_another_patient_class_is_an_error_to_write() -> None:
    assert all(Encounter(patient_class=letter).findings == () for letter in PATIENT_CLASSES)
    assert [(item.rule, item.severity) for item in Encounter(patient_class="X").findings] == [
        ("encounter.class", Severity.ERROR)
    ]


def test_findings_of_parts_carry_their_path() -> None:
    odd = Professional(name=PersonName(family="LEGRIS"), idnat="1")
    stay = Encounter(
        period=Period(low="20240306110000"),
        responsible=odd,
        participants=(Participant(type="ADM", entity=DOCTOR), Participant(type="REF", entity=odd)),
    )
    assert [item.place for item in stay.findings] == [
        "period.low", "responsible.idnat", "participants[1].entity.idnat",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "arguments",
    [
        {"period": "2024"},
        {"responsible": "LEGRIS"},
        {"code": "IMP"},
        {"participants": (DOCTOR,)},
        {"facility": DOCTOR},
        {"location": "UFNEPH"},
    ],
)
def test_a_wrong_type_is_a_type_error(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        Encounter(**arguments)


def test_the_act_of_a_stay_is_masked() -> None:
    event = ServiceEvent(code=CCAM, text="Accouchement", period=Period(low="20240306"))
    assert "JQGA003" not in repr(event)
    assert "Accouchement" not in repr(event)
    assert "20240306" not in repr(event)


def test_an_act_may_have_translations_of_its_code_only() -> None:
    event = ServiceEvent(code=CCAM, translations=(Code(code="CT"),), performer=HOSPITAL)
    assert event.findings == ()
    with pytest.raises(InvalidValue) as caught:
        ServiceEvent(translations=(CCAM,))
    assert caught.value.place == "service_event.translations"
    with pytest.raises(InvalidValue) as caught:
        ServiceEvent(code=CCAM, translations=(Code(code=""),))
    assert caught.value.place == "service_event.translations[0].code"


def test_an_order_has_an_identifier() -> None:
    assert Order(ids=(DOSSIER,), accession=LocalId(extension="7", root="1.2")).findings == ()
    with pytest.raises(InvalidValue):
        Order(ids=())


def test_a_participant_has_its_own_function_or_that_of_the_professional() -> None:
    attending = Code(code="ATTPHYS", system="2.16.840.1.113883.5.88")
    assert Participant(type="INF", entity=DOCTOR).role is PCP
    assert Participant(type="INF", entity=DOCTOR, function=attending).role is attending
    assert Participant(type="INF", entity=HOSPITAL).role is None
    assert Participant(type="AUT", entity=Device(model="m", software="s")).role is None


@pytest.mark.parametrize("kind", ["", "inf", "IN F", "1", "X" * 20])
def test_a_participation_type_is_a_token(kind: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        Participant(type=kind, entity=DOCTOR)
    assert caught.value.place == "participant.type"


@pytest.mark.parametrize("entity", [None, "LEGRIS", PersonName(family="LEGRIS")])
def test_a_participant_is_one_of_four_kinds(entity: Any) -> None:
    with pytest.raises(TypeError):
        Participant(type="INF", entity=entity)


def test_the_role_classes_are_those_of_the_value_set() -> None:
    assert {code.code for code in value_set("J141")} == set(ROLE_CLASSES)
    odd = Participant(type="INF", entity=DOCTOR, role_class="SPEC")
    assert [(item.rule, item.severity) for item in odd.findings] == [
        ("participant.class", Severity.ERROR)
    ]


def movement(**changes: Any) -> Movement:
    values: dict[str, Any] = {
        "ids": (LocalId(extension="001", namespace="CHU-X", authority="000897406"),),
        "period": Period(low="20240306110000+0100"),
        "nature": "HMS",
        "medical_unit": Unit(code="6268", label="Chir V"),
    }
    return Movement(**{**values, **changes})


def test_every_nature_of_a_movement_is_known() -> None:
    assert len(MOVEMENT_NATURES) == 11
    assert all(movement(nature=nature).findings == () for nature in MOVEMENT_NATURES)


@pytest.mark.parametrize(
    ("changes", "rule", "severity"),
    [
        ({"nature": ""}, "movement.nature", Severity.ERROR),
        ({"nature": "X"}, "movement.nature", Severity.ERROR),
        ({"action": "DELETE"}, "movement.action", Severity.ERROR),
        ({"action": "CANCEL"}, "movement.original_event", Severity.ERROR),
        ({"period": Period.at("20240306")}, "movement.end", Severity.WARNING),
    ],
)
def test_what_zbe_forbids_is_told(changes: dict[str, Any], rule: str, severity: Severity) -> None:
    assert [(item.rule, item.severity) for item in movement(**changes).findings] == [
        (rule, severity)
    ]


def test_an_update_names_its_event() -> None:
    assert movement(action="UPDATE", original_event="A01").findings == ()


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"ids": ()}, "movement.ids"),
        ({"period": Period(high="2024")}, "movement.period.low"),
        ({"nature": "H\n"}, "movement.nature"),
    ],
)
def test_a_movement_has_an_identifier_and_a_start(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        movement(**changes)
    assert caught.value.place == place


def test_a_location_or_a_unit_is_not_empty() -> None:
    with pytest.raises(InvalidValue):
        Location(bed_status="O")
    with pytest.raises(InvalidValue):
        Unit(code="")
