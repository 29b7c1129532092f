"""Whom the body shows: a page of one patient does not travel under another."""

from __future__ import annotations

import copy
import dataclasses
import functools
from datetime import date
from typing import Any

import pdf_samples
import pytest
from documents import IPP, KIT_1, PATIENT, minimal, qualified, wrap
from people import BY_ID, received, traits_only

from segur_interop import cda, pdf
from segur_interop.errors import InvalidDocument
from segur_interop.ins import Identity, IdentityEvent, Sex
from segur_interop.model import Patient

OTHER = Patient(identity=traits_only(BY_ID["kit-2-test"]), ids=(IPP,))


@functools.cache
def blank() -> pdf.PdfA:
    return pdf.PdfA.read(pdf_samples.conforming(1))


@functools.cache
def stamped(*, traits: bool = False) -> pdf.PdfA:
    return pdf.stamp(blank(), PATIENT.identity, traits_only=traits, overlap="ignore")


def composed() -> pdf.PdfA:
    import letters

    return pdf.compose(letters.letter())


def refusals(body: Any, patient: Patient) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDocument) as caught:
        wrap(body, **minimal(patient=patient))
    report = caught.value.report
    assert report is not None
    assert not any(
        text in str(finding)
        for finding in report
        for text in (KIT_1.name, KIT_1.given, KIT_1.matricule)
    )
    return [(item.rule, item.place) for item in report.errors]


def changed(**changes: Any) -> Patient:
    return Patient(identity=qualified(**changes), ids=(IPP,))


@pytest.mark.parametrize("traits", [False, True], ids=["matricule", "traits"])
def test_a_page_stamped_for_the_patient_is_wrapped(traits: bool) -> None:
    body = stamped(traits=traits)
    assert wrap(body, **minimal(patient=PATIENT)).pdf == bytes(body)


@pytest.mark.parametrize("traits", [False, True], ids=["matricule", "traits"])
def test_a_page_stamped_for_another_patient_is_refused(traits: bool) -> None:
    assert refusals(stamped(traits=traits), OTHER) == [("cda.body.patient", "body")]


def test_a_page_composed_for_another_patient_is_refused() -> None:
    assert ("cda.body.patient", "body") in refusals(composed(), OTHER)


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_name": "PAT-QUATRE"},
        {"birth_given_names": "DOMINIQUE"},
        {"birth_date": date(1979, 3, 29)},
        {"sex": Sex.M},
        {"birth_place": "51108"},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_one_other_trait_is_another_person(changes: dict[str, Any]) -> None:
    assert refusals(stamped(traits=True), changed(**changes)) == [("cda.body.patient", "body")]


def test_one_other_matricule_is_another_person() -> None:
    number = dataclasses.replace(PATIENT.identity.matricule, oid="1.2.250.1.213.1.4.8")  # type: ignore[type-var]
    assert refusals(stamped(), changed(matricule=number)) == [("cda.body.patient", "body")]


def test_the_same_name_in_lower_case_is_the_same_person() -> None:
    assert wrap(stamped(), **minimal(patient=changed(birth_name="Pat-Trois"))).pdf


@pytest.mark.parametrize(
    "identity",
    [received(KIT_1), PATIENT.identity.after(IdentityEvent.DOUBTED)],
    ids=["a sender's word", "withdrawn"],
)
def test_a_printed_matricule_does_not_pass_the_gate_in_the_body(identity: Identity) -> None:
    patient = Patient(identity=identity, ids=(IPP,))
    assert ("cda.ins.leak", "body") in refusals(stamped(), patient)
    assert wrap(stamped(traits=True), **minimal(patient=patient)).pdf


def test_whom_a_page_shows_is_masked_and_lasts_as_long_as_the_value() -> None:
    body = stamped()
    assert body.identity is not None
    assert body.identity.matricule == PATIENT.identity.matricule
    assert not body.identity.may_transmit_ins
    assert stamped(traits=True).identity.matricule is None  # type: ignore[union-attr]
    assert KIT_1.name not in repr(body)
    again = pdf.PdfA.read(bytes(body))
    assert again.identity is None
    assert again == body
    assert hash(again) == hash(body)
    assert copy.deepcopy(body).identity == body.identity


@pytest.mark.parametrize(
    "text", [KIT_1.matricule, "INS 2 79 03 51 215 189 89", KIT_1.matricule[:13]]
)
def test_a_matricule_that_may_not_leave_is_refused_in_a_text_body(text: str) -> None:
    patient = Patient(identity=received(KIT_1), ids=(IPP,))
    assert refusals(cda.PlainText(text), patient) == [("cda.ins.leak", "body")]
    assert wrap(cda.PlainText(text), **minimal(patient=PATIENT)).body
