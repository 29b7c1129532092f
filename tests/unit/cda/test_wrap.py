"""The file that `wrap` writes, and the patient in it: the matricule above all."""

from __future__ import annotations

import base64
import dataclasses
import re
from typing import Any

import pytest
from documents import (
    HOSPITAL,
    IPP,
    KIT_1,
    MOTHER,
    NS,
    PATIENT,
    everything,
    minimal,
    qualified,
    refused,
    tree,
    values,
    wrap,
    written,
)
from lxml import etree
from people import received, traits_only

from segur_interop import cda
from segur_interop.errors import InvalidValue
from segur_interop.ins import Attribute, Identity, IdentityStatus, Matricule, Sex
from segur_interop.model import (
    Encounter,
    LocalId,
    Patient,
    PersonName,
    RelatedPerson,
    Telecom,
)


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
        {"title": "Dossier 2 79 03 51 215 189 89"},
        {"encounter": Encounter(ids=(LocalId(root="1.2.3", extension="2 79 03 51 215 189 89"),))},
        {
            "patient": Patient(
                identity=received(KIT_1),
                ids=(IPP, LocalId(root="1.2.3", extension="2 79 03 51 215 189 89")),
            )
        },
        {
            "patient": Patient(
                identity=received(KIT_1),
                ids=(IPP, LocalId(root="1.2.3", extension=KIT_1.matricule[:13])),
            )
        },
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


@pytest.mark.parametrize(
    "address",
    [
        f"{KIT_1.matricule}@patient.mssante.fr.",
        f"{KIT_1.matricule}@patient%252Emssante.fr",
        f"{KIT_1.matricule}@patient.mssante.fr?subject=x",
        f"{KIT_1.matricule}@patient.mssante.fr,x@y.fr",
        f"x@y.fr,{KIT_1.matricule}@y.fr",
    ],
)
@pytest.mark.parametrize("who", [received(KIT_1), traits_only(KIT_1)], ids=["asserted", "without"])
def test_no_dress_of_an_address_lets_a_matricule_out(address: str, who: Identity) -> None:
    patient = Patient(identity=who, ids=(IPP,), telecoms=(Telecom(value=f"mailto:{address}"),))
    document = wrap(**minimal(patient=patient))
    assert KIT_1.matricule.encode() not in bytes(document)
    assert "cda.ins.telecom" in {item.rule for item in document.findings}


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
