"""Printed documents for the tests: fictitious structures and people around the ANS's patient."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone
from typing import Any

from symbols import patient

from segur_interop import pdf
from segur_interop.ins import Identity, IdentityStatus
from segur_interop.model import (
    Address,
    LocalId,
    Organization,
    Patient,
    Period,
    PersonName,
    Professional,
    RelatedPerson,
    Telecom,
)
from segur_interop.terminology import Code

PARIS = timezone(timedelta(hours=1))
CREATED = datetime(2024, 3, 15, 10, 15, tzinfo=PARIS)
IPP = LocalId(extension="800123456", root="1.2.3.4", type="PI")

HOSPITAL = Organization.from_finess(
    "750000001",
    name="Centre hospitalier de la Fiction",
    addresses=(Address(lines=("12, rue de l'Hôpital",), postal_code="75012", city="Paris"),),
    telecoms=(Telecom.phone("01 44 95 55 55"), Telecom.email("contact@ch-fiction.mssante.fr")),
)
PHARMACY = Organization.from_finess(
    "510000123",
    name="Pharmacie du Marché",
    addresses=(Address(lines=("5, rue du Marché",), postal_code="51000", city="Châlons"),),
)
SURGEON = Professional.from_rpps(
    "10001234567",
    name=PersonName(family="MARTIN", given="Jeanne", civility="MME", title="DR"),
    profession=Code(code="G15_10/SM26", label="Médecin - Chirurgie orthopédique"),
    organization=HOSPITAL,
)
DOCTOR = Professional.from_rpps(
    "10009876543",
    name=PersonName(family="DURAND", given="Paul", civility="M", title="DR"),
    profession=Code(code="G15_10/SM54", label="Médecin - Médecine générale"),
    telecoms=(Telecom.email("paul.durand@medecin.mssante.fr"),),
)
FRIEND = RelatedPerson(
    name=PersonName(family="PAT-DEUX", given="Camille", civility="MME"), class_code="NOK"
)


def recuperee() -> Identity:
    """The patient with a matricule that may not leave."""
    return patient(status=IdentityStatus.RECUPEREE)


def filled(kind: pdf.Kind) -> tuple[pdf.Section, ...]:
    """The usual sections of a kind, one block of each sort in turn, the last one empty."""
    blocks: tuple[Any, ...] = (
        pdf.Paragraph(text="Opérée le 11/03 ; œdème ≤ 2 cm, 37,2 °C, coût : 12 €."),
        pdf.Items(items=("Paracétamol 1 g", "« Énoxaparine » 4 000 UI"), ordered=True),
        pdf.Fields(rows=(("Chirurgien", "Dr Jeanne MARTIN"), ("Aide", ""))),
        pdf.Table(
            header=("Médicament", "Posologie"),
            rows=(("Amlodipine 5 mg", "1 le matin"), ("Autre", "")),
            caption="Traitements",
            widths=(2, 3),
        ),
        pdf.Items(items=("Point",)),
        pdf.Paragraph(text="À ne pas oublier", strong=True),
    )
    sections = pdf.outline(kind)
    done = [
        dataclasses.replace(section, blocks=(blocks[at % len(blocks)],))
        for at, section in enumerate(sections[:-1])
    ]
    return (*done, sections[-1])


def long_sections() -> tuple[pdf.Section, ...]:
    """Tables over several pages, a cell higher than a page, words wider than a line."""
    rows = tuple((f"Médicament {n}", "1 matin et soir " * (n % 5), "") for n in range(150))
    table = pdf.Table(header=("Médicament", "Posologie", "Note"), rows=rows)
    high = pdf.Table(header=("A", "B"), rows=(("ligne\n" * 150, "b"), ("c", "d")))
    words = pdf.Paragraph(text="https://exemple.fr/" + "chemin-" * 200)
    return (
        pdf.Section(title="Traitements", blocks=(table,)),
        pdf.Section(title="Analyse", blocks=(high, words, pdf.Paragraph(text="mot " * 2000))),
        pdf.Section(title="Vide"),
    )


def letter(**changes: Any) -> pdf.Content:
    """A discharge letter."""
    kind = changes.get("kind", pdf.Kind.LETTRE_LIAISON_SORTIE)
    values: dict[str, Any] = {
        "kind": kind,
        "patient": Patient(identity=changes.pop("identity", patient()), ids=(IPP,)),
        "author": SURGEON,
        "organization": HOSPITAL,
        "created": CREATED,
        "sections": filled(kind),
        "recipients": (DOCTOR, PHARMACY, FRIEND),
        "to_patient": True,
        "performed": Period(low="20240310", high="20240315"),
        **changes,
    }
    return pdf.Content(**values)
