"""Documents as their users write them; mypy must accept it with the package's own settings."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import assert_type

from segur_interop import cda, ins, pdf
from segur_interop.findings import Report
from segur_interop.model import Organization, Patient, Professional


def letter(
    body: pdf.PdfA, patient: Patient, surgeon: Professional, hospital: Organization, now: datetime
) -> cda.Document:
    document = cda.wrap(
        body,
        patient=patient,
        author=surgeon,
        custodian=hospital,
        type=cda.DocumentType.LETTRE_LIAISON_SORTIE,
        title="Lettre de liaison",
        created=now,
        performed=(now, None),
        setting=cda.Setting.HOSPITAL,
        recipients=[surgeon, hospital],
    )
    assert_type(document.version, int | None)
    assert_type(document.save("CDA.xml"), Path)
    return cda.wrap(
        cda.PlainText("corrigé"),
        patient=patient,
        author=[surgeon],
        custodian=hospital,
        type=cda.DocumentType.of("11490-0"),
        title="Lettre de liaison",
        created="20260301100000+0100",
        replaces=document,
    )


def received(path: Path) -> ins.Identity:
    document = cda.read(path)
    assert_type(document.pdf, bytes | None)
    assert_type(document.check(), Report)
    assert_type(document.type, cda.DocumentType | None)
    assert_type(document.render(masks=["MASQUE_PS"], forward=True), str)
    for rule in cda.RULES:
        assert_type(rule.id, str)
    return document.patient.identity


def structured(path: Path) -> list[str]:
    document = cda.read(path)
    assert_type(document.sections(), tuple[cda.Section, ...])
    assert_type(document.pdf_copy, bytes | None)
    for result in document.results():
        assert_type(result.value, cda.Value | None)
        assert_type(result.is_abnormal, bool | None)
        if isinstance(result.value, cda.Quantity):
            assert_type(result.value.unit, str)
    for medication in document.medications():
        assert_type(medication.product, cda.Product | None)
        assert_type(medication.steps, tuple[cda.Dosage, ...])
    assert_type(document.vaccinations(), tuple[cda.Vaccination, ...])
    assert_type(document.allergies()[0].agents, tuple[cda.Concept, ...])
    assert_type(document.prescription(), cda.Prescription | None)
    assert_type(document.to_frame("results"), list[dict[str, object]])
    return [section.html for section in document.sections()]
