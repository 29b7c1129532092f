"""Injections that a note de vaccination tells, bare and with every part."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal
from typing import Any

from documents import DOCTOR, NOW, PATIENT, PHARMACIST, PHARMACY, S

from segur_interop import cda
from segur_interop.model import LocalId
from segur_interop.terminology import Code

VACCINE = cda.Vaccine(
    cis="68747507",
    label="VACCIN FICTIF, suspension injectable en seringue préremplie",
    atc=Code(code="J07AM", label="vaccins tétaniques"),
    lot="LOT-42/A",
)
ACT = cda.VaccinationAct(day=date(2026, 2, 27), vaccine=VACCINE, validated_by=PHARMACIST)
FULL = dataclasses.replace(
    ACT,
    vaccine=dataclasses.replace(
        VACCINE,
        cip="3400932857241",
        cip_label="VACCIN FICTIF, 1 seringue",
        name="VACCIN FICTIF",
        expires="202812",
    ),
    validated_at=NOW,
    kind="INITIMMUNIZ",
    performers=(PHARMACIST, DOCTOR),
    dose_number=2,
    route="20035000",
    site="16217701000119102",
    dose=Decimal("0.50"),
    dose_unit="mL",
    reactions=(
        cda.Reaction(text="Fièvre", code=Code(code="R50.2", label="Fièvre due à des médicaments")),
        cda.Reaction(text="Rougeur < 2 cm & douleur", since=date(2026, 2, 28)),
    ),
    comment="Vaccination en vue d'un voyage",
    prescription=LocalId(root="1.2.250.1.999.7", extension="ORD-1"),
    antigens=(
        cda.AntigenDose(name="Anatoxine tétanique", value=Decimal("40"), unit="[IU]"),
        cda.AntigenDose(
            name="Anatoxine diphtérique",
            value=Decimal("2"),
            unit="[IU]",
            code=Code(code="68747508", label="ANATOXINE FICTIVE"),
        ),
    ),
)


def header(**changes: Any) -> dict[str, Any]:
    """The arguments that `vaccination_note` asks for beside the act."""
    given = {
        "patient": PATIENT,
        "author": PHARMACIST,
        "custodian": PHARMACY,
        "created": NOW,
        "setting": S.PHARMACY,
    }
    return {**given, **changes}
