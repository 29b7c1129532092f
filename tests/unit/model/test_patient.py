from __future__ import annotations

import json
import time
from datetime import date, datetime
from typing import Any

import pytest

from segur_interop._oid import INS_NIR_TEST
from segur_interop.errors import InvalidValue
from segur_interop.findings import Severity
from segur_interop.ins import Identity, IdentityStatus, Matricule, Sex
from segur_interop.model import (
    Address,
    LocalId,
    Organization,
    Patient,
    Period,
    PersonName,
    RelatedPerson,
    Telecom,
    Timestamp,
)
from segur_interop.terminology import Code

NUMBER = "279035121518989"
OTHER_NUMBER = "277076322082910"
CITIZEN = Telecom.email(f"{NUMBER}@patient.mssante.fr")
IPP = LocalId(extension="1234567890121", root="1.2.3.4.567.8.9.10", type="PI")


def identity(status: IdentityStatus = IdentityStatus.QUALIFIEE, **changes: Any) -> Identity:
    """The fictitious patient of the official examples."""
    values: dict[str, Any] = {
        "birth_name": "PAT-TROIS",
        "birth_given_names": "DOMINIQUE MARIE-LOUISE",
        "first_birth_given_name": "DOMINIQUE",
        "birth_date": date(1979, 3, 28),
        "sex": Sex.F,
        "birth_place": "51215",
        "matricule": Matricule.parse(NUMBER, oid=INS_NIR_TEST),
        "status": status,
    }
    return Identity(**{**values, **changes})


def full_patient() -> Patient:
    return Patient(
        identity=identity(multiple_birth_order=2),
        ids=(IPP, LocalId(extension="000003", type="PI", namespace="CHU-X", authority="000897406")),
        addresses=(Address(city="PARIS", postal_code="75007", use="H"),),
        telecoms=(CITIZEN, Telecom.phone("01 44 95 55 55", "H")),
        guardians=(
            RelatedPerson(name=PersonName(family="NESSI", given="Jeanne", civility="MME")),
            Organization.from_finess("750803447", name="Association tutélaire"),
        ),
        contacts=(
            RelatedPerson(
                class_code="NOK",
                relation=Code(code="SIS", system="2.16.840.1.113883.5.111", label="Soeur"),
                name=PersonName(birth_family="NESSI", used_family="DECOURCY"),
                ids=(LocalId(extension="7", root="1.2.3", validity=Period(low="2020")),),
            ),
        ),
        deceased=True,
        deceased_time=Timestamp.parse("20240307110000+0100"),
        mother_ids=(LocalId(extension="9", root="1.2.3"),),
        mother_name=PersonName(birth_family="NESSI"),
        provider=Organization.from_siret("18003502400041", name="Centre de santé"),
    )


def test_the_json_form_gives_back_an_equal_patient() -> None:
    patient = full_patient()
    data = json.loads(json.dumps(patient.to_dict()))
    assert data["version"] == 1
    assert data["identity"] == patient.identity.to_dict()
    assert [item["kind"] for item in data["guardians"]] == ["RelatedPerson", "Organization"]
    assert Patient.from_dict(data) == patient


def test_a_received_text_survives_the_json_form() -> None:
    patient = Patient(identity=identity(), telecoms=(Telecom.read("tel:01 44 95 55 55"),))
    again = Patient.from_dict(patient.to_dict())
    assert again.telecoms[0].received == "tel:01 44 95 55 55"


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"version": 2}, "patient.version"),
        ({"age": 3}, "patient"),
        ({"ids": "1"}, "patient.ids"),
        ({"ids": [1]}, "patient.ids[0]"),
        ({"ids": [{"extension": 7, "root": "1.2.3"}]}, "patient.ids[0].extension"),
        ({"ids": [{"extension": "7", "rank": 1}]}, "patient.ids[0]"),
        ({"deceased": "yes"}, "patient.deceased"),
        ({"deceased_time": 2024}, "patient.deceased_time"),
        ({"deceased_time": "2024-03-07"}, "patient.deceased_time"),
        ({"guardians": [{"name": {"family": "X"}}]}, "patient.guardians[0].kind"),
        ({"guardians": [3]}, "patient.guardians[0]"),
        ({"guardians": [{"kind": "Device"}]}, "patient.guardians[0].kind"),
        ({"contacts": [{"class_code": "NOK"}]}, "patient.contacts[0]"),
        ({"identity": None}, "identity"),
        ({"identity": {"version": 1, "sex": "X"}}, "identity.sex"),
    ],
)
def test_what_was_not_written_by_to_dict_is_refused_with_its_place(
    change: dict[str, Any], place: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        Patient.from_dict({**Patient(identity=identity()).to_dict(), **change})
    assert caught.value.place == place


@pytest.mark.parametrize("data", [None, [], "patient", {}, {"version": 1}])
def test_what_is_no_patient_is_refused(data: Any) -> None:
    with pytest.raises(InvalidValue):
        Patient.from_dict(data)


def test_an_ins_among_the_local_identifiers_is_refused_with_its_rank() -> None:
    with pytest.raises(InvalidValue) as caught:
        Patient(identity=identity(), ids=(IPP, LocalId(extension=NUMBER, root=INS_NIR_TEST)))
    assert caught.value.place == "patient.ids[1].root"
    assert NUMBER not in str(caught.value)


def test_the_same_identifier_twice_is_refused_with_its_rank() -> None:
    with pytest.raises(InvalidValue) as caught:
        Patient(identity=identity(), ids=(IPP, LocalId(extension="1", root="1.2"), IPP))
    assert caught.value.place == "patient.ids[2].extension"
    named = LocalId(extension="1", namespace="A"), LocalId(extension="1", namespace="B")
    assert Patient(identity=identity(), ids=named).ids == named


def test_a_document_has_each_identifier_with_a_root_once() -> None:
    twin = LocalId(extension=IPP.extension, root=IPP.root, type="MR")
    unrooted = LocalId(extension="000003", namespace="CHU-X", type="PI")
    other = LocalId(extension="7", root=IPP.root)
    patient = Patient(identity=identity(), ids=(IPP, unrooted, twin, other))
    assert patient.document_ids == (IPP, other)


def test_an_identifier_of_a_patient_has_an_extension() -> None:
    with pytest.raises(InvalidValue) as caught:
        Patient(identity=identity(), ids=(LocalId(root="1.2.3"),))
    assert caught.value.place == "patient.ids[0].extension"


def test_the_ipp_is_the_identifier_of_type_pi() -> None:
    other = LocalId(extension="1", root="1.2", type="MR")
    patient = Patient(identity=identity(), ids=(other, IPP))
    assert (patient.ipp, patient.local_id, patient.id_in("1.2")) == (IPP, IPP, other)
    untyped = Patient(identity=identity(), ids=(other,))
    assert (untyped.ipp, untyped.local_id, untyped.id_in("9.9")) == (None, other, None)
    assert Patient(identity=identity()).local_id is None


@pytest.mark.parametrize(
    ("who", "leaves"),
    [
        (identity(), True),
        (identity(asserted=True), False),
        (identity(IdentityStatus.RECUPEREE), False),
        (identity(IdentityStatus.PROVISOIRE, matricule=None), False),
    ],
    ids=["qualified", "asserted", "recuperee", "provisoire"],
)
def test_a_citizen_address_leaves_only_with_its_own_qualified_matricule(
    who: Identity, leaves: bool
) -> None:
    phone = Telecom.phone("01 44 95 55 55")
    patient = Patient(identity=who, telecoms=(CITIZEN, phone))
    assert patient.writable_telecoms == ((CITIZEN, phone) if leaves else (phone,))


def test_a_citizen_address_of_another_number_never_leaves_and_is_told() -> None:
    other = Telecom.email(f"{OTHER_NUMBER}@patient.mssante.fr")
    patient = Patient(identity=identity(), telecoms=(other,))
    assert patient.writable_telecoms == ()
    found = [item for item in patient.findings if item.rule == "patient.telecom-ins"]
    assert [item.place for item in found] == ["telecoms[0]"]
    assert OTHER_NUMBER not in found[0].message


def test_the_matricule_disguised_as_a_local_identifier_is_an_error() -> None:
    patient = Patient(identity=identity(), ids=(LocalId(extension=NUMBER, root="1.2.3"),))
    found = [item for item in patient.findings if item.rule == "patient.id-is-matricule"]
    assert [(item.severity, item.place) for item in found] == [(Severity.ERROR, "ids[0].extension")]


DISGUISED = ["2 79 03 51 215 189 89", "2790351215189", "2.79.03.51.215.189-89", "279035121518989 "]
FORMER = Matricule.parse("297022A02077878", oid=INS_NIR_TEST)


@pytest.mark.parametrize("text", [*DISGUISED, "297022a02077878", "2 97 02 2A020 778"])
@pytest.mark.parametrize("status", [IdentityStatus.QUALIFIEE, IdentityStatus.RECUPEREE])
def test_the_matricule_written_otherwise_or_a_former_one_is_an_error(
    text: str, status: IdentityStatus
) -> None:
    hidden = LocalId(extension=text, root="1.2.3")
    near = RelatedPerson(name=PersonName(family="NESSI"), ids=(IPP, hidden))
    patient = Patient(
        identity=identity(status, history=(FORMER,)),
        ids=(IPP, hidden),
        mother_ids=(hidden,),
        contacts=(near,),
        guardians=(near,),
    )
    found = [item for item in patient.findings if item.rule == "patient.id-is-matricule"]
    assert {(item.severity, item.place) for item in found} == {
        (Severity.ERROR, "ids[1].extension"),
        (Severity.ERROR, "mother_ids[0].extension"),
        (Severity.ERROR, "guardians[0].ids[1].extension"),
        (Severity.ERROR, "contacts[0].ids[1].extension"),
    }


@pytest.mark.parametrize(
    "value",
    [
        "tel:279035121518989",
        "mailto:2790351215189@y.fr",
        "mailto:x@y.fr?subject=2%2079%2003%2051%20215%20189",
        "mailto:%32790351215189@y.fr",
        "http://y.fr/279035121518989",
        "mailto:297022A020778@y.fr",
    ],
)
def test_an_address_that_holds_a_number_of_the_patient_stays_and_is_told(value: str) -> None:
    who = identity(IdentityStatus.RECUPEREE, history=(FORMER,))
    patient = Patient(identity=who, telecoms=(Telecom(value=value),))
    assert patient.writable_telecoms == ()
    assert [item.place for item in patient.findings if item.rule.startswith("patient.tel")] == [
        "telecoms[0]"
    ]


def test_many_telecoms_are_judged_in_linear_time() -> None:
    telecoms = tuple(Telecom.phone(f"01{number:08}") for number in range(5000))
    patient = Patient(identity=identity(), telecoms=telecoms + telecoms)
    start = time.perf_counter()
    assert sum(item.rule == "contact.twice" for item in patient.findings) == 5000
    assert time.perf_counter() - start < 5


def test_a_matricule_of_someone_else_is_told_and_not_writable() -> None:
    mother = LocalId(extension=OTHER_NUMBER, root=INS_NIR_TEST)
    guardian = RelatedPerson(name=PersonName(family="NESSI"), ids=(mother, IPP))
    patient = Patient(identity=identity(), mother_ids=(mother,), guardians=(guardian,))
    assert [item.place for item in patient.findings if item.rule == "id.other-ins"] == [
        "mother_ids[0]", "guardians[0].ids[0]",
    ]  # fmt: skip
    assert guardian.writable_ids == (IPP,)


def test_findings_of_the_identity_carry_their_path() -> None:
    patient = Patient(identity=identity(birth_place="00000"))
    assert all(item.place.startswith("identity.") for item in patient.findings)
    assert patient.findings


def test_the_time_of_death_is_stored_as_a_timestamp() -> None:
    patient = Patient(identity=identity(), deceased_time=date(2024, 3, 7))  # type: ignore[arg-type]
    assert patient.deceased_time == Timestamp.parse("20240307")
    assert patient.is_deceased
    assert Patient(identity=identity(), deceased=True).is_deceased
    assert not Patient(identity=identity()).is_deceased
    with pytest.raises(InvalidValue) as caught:
        Patient(identity=identity(), deceased_time=datetime(2024, 3, 7))  # type: ignore[arg-type]  # noqa: DTZ001
    assert caught.value.place == "patient.deceased_time"
    with pytest.raises(InvalidValue):
        Patient(identity=identity(), deceased=False, deceased_time=Timestamp.parse("2024"))


def test_the_rank_among_twins_is_that_of_the_identity() -> None:
    assert full_patient().multiple_birth_order == 2


@pytest.mark.parametrize(
    "arguments",
    [
        {"identity": None},
        {"identity": "NESSI"},
        {"identity": identity(), "ids": IPP},
        {"identity": identity(), "contacts": (PersonName(family="X"),)},
        {"identity": identity(), "deceased": 1},
        {"identity": identity(), "mother_name": "NESSI"},
    ],
)
def test_a_wrong_type_is_a_type_error_without_the_value(arguments: dict[str, Any]) -> None:
    with pytest.raises(TypeError) as caught:
        Patient(**arguments)
    assert "NESSI" not in str(caught.value)


def test_another_class_of_relative_is_an_error_to_write() -> None:
    person = RelatedPerson(name=PersonName(family="NESSI"), class_code="PRS")
    assert [(item.rule, item.severity) for item in person.findings] == [
        ("related.class", Severity.ERROR)
    ]
    assert RelatedPerson(name=PersonName(family="NESSI"), class_code="PAT").findings == ()


def test_nothing_of_the_patient_is_in_the_repr() -> None:
    patient = full_patient()
    for text in (repr(patient), patient._repr_html_(), repr(patient.contacts[0])):
        for secret in (
            "PAT-TROIS",
            "NESSI",
            "DECOURCY",
            NUMBER,
            IPP.extension,
            "PARIS",
            "2024",
            "SIS",
        ):
            assert secret not in text
    assert "NESSI" in patient.reveal()
    assert "NESSI" in patient.reveal()._repr_html_()
