"""The kinds of document of both DSRs, and any other of JDV_J07."""

from __future__ import annotations

import pickle

import pytest

from segur_interop.cda import DocumentType, Setting
from segur_interop.errors import UnknownCode
from segur_interop.terminology import value_set

T = DocumentType
LOINC, TYPE_DOC = "2.16.840.1.113883.6.1", "1.2.250.1.213.1.1.4.12"
N1, N3 = frozenset({1}), frozenset({3})
BOTH = N1 | N3
# row, code, system, class, levels, act, encounter by setting (hospital, office, pharmacy)
KINDS = (
    (T.LETTRE_LIAISON_SORTIE, "11490-0", LOINC, "10", BOTH, "IMP", ("IMP", None, None)),
    (T.COMPTE_RENDU_OPERATOIRE, "34874-8", LOINC, "10", N1, None, ("IMP", None, None)),
    (T.PRESCRIPTION_PRODUITS, "57833-6", LOINC, "42", BOTH, "57833-6", ("IMP", "AMB", "AMB")),
    (T.PRESCRIPTION_BIOLOGIE, "PRESC-BIO", TYPE_DOC, "42", N1, None, ("IMP", "AMB", "AMB")),
    (T.PRESCRIPTION_KINESITHERAPIE, "PRESC-KINE", TYPE_DOC, "42", N1, None, ("IMP", "AMB", "AMB")),
    (T.PRESCRIPTION_INFIRMIERS, "PRESC-INF", TYPE_DOC, "42", N1, None, ("IMP", "AMB", "AMB")),
    (T.PRESCRIPTION_PEDICURIE, "PRESC-PEDI", TYPE_DOC, "42", N1, None, ("IMP", "AMB", "AMB")),
    (T.PRESCRIPTION_ORTHOPHONIE, "PRESC-ORTHOPHO", TYPE_DOC, "42", N1, None, ("IMP", "AMB", "AMB")),
    (T.PRESCRIPTION_ORTHOPTIE, "PRESC-ORTHOPTIE", TYPE_DOC, "42", N1, None, ("IMP", "AMB", "AMB")),
    (T.COMPTE_RENDU_BIOLOGIE, "11502-2", LOINC, "10", BOTH, None, (None, "AMB", "AMB")),
    (T.COMPTE_RENDU_IMAGERIE, "18748-4", LOINC, "31", BOTH, None, (None, "AMB", "AMB")),
    (T.ENTRETIEN_PHARMACEUTIQUE, "78601-2", LOINC, "10", N1, "78601-2", (None, "AMB", "AMB")),
    (T.BILAN_MEDICATION, "56445-0", LOINC, "11", N1, "56445-0", (None, "AMB", "AMB")),
    (T.NOTE_VACCINATION, "87273-9", LOINC, "52", N3, "87273-9", (None, "AMB", "AMB")),
    (T.SYNTHESE_MEDICALE, "SYNTH", TYPE_DOC, "11", BOTH, "34117-2", (None, "AMB", "AMB")),
)
ids = [row[1] for row in KINDS]


@pytest.mark.parametrize(
    ("kind", "code", "system", "class_", "levels", "act", "stays"), KINDS, ids=ids
)
def test_a_row_says_what_the_kind_alone_fixes(
    kind: T,
    code: str,
    system: str,
    class_: str,
    levels: frozenset[int],
    act: str | None,
    stays: tuple[str | None, ...],
) -> None:
    assert (kind.code.code, kind.code.system) == (code, system)
    assert kind.code.label == value_set("J07").get(code, system).label
    assert kind.class_code is not None
    assert kind.class_code.code == class_
    assert kind.levels == levels
    assert (kind.act.code if kind.act else None) == act
    found = tuple(kind.encounter(setting) for setting in Setting)
    assert tuple(item.code if item else None for item in found) == stays
    assert DocumentType.of(code) is kind


def test_the_practice_follows_the_setting() -> None:
    practices = [T.PRESCRIPTION_PRODUITS.practice(setting).code for setting in Setting]
    assert practices == ["ETABLISSEMENT", "AMBULATOIRE", "AMBULATOIRE"]


def test_formats_are_those_of_the_level() -> None:
    assert T.LETTRE_LIAISON_SORTIE.format_code is not None
    assert T.LETTRE_LIAISON_SORTIE.format_code.code == "urn:ihe:iti:xds-sd:pdf:2008"
    level_3 = {
        T.NOTE_VACCINATION: "urn:asip:ci-sis:vac-note:2021",
        T.LETTRE_LIAISON_SORTIE: "urn:asip:ci-sis:ldl-ses:2017",
        T.SYNTHESE_MEDICALE: "urn:asip:ci-sis:vsm:2012",
        T.COMPTE_RENDU_BIOLOGIE: "urn:ihe:lab:xd-lab:2008",
        T.PRESCRIPTION_PRODUITS: "urn:ihe:pharm:pre:2010",
    }
    for kind, code in level_3.items():
        assert kind.format_code_level_3 is not None
        assert kind.format_code_level_3.code == code
    assert T.BILAN_MEDICATION.format_code_level_3 is None


@pytest.mark.parametrize("code", value_set("J07"), ids=lambda code: code.code)
def test_every_code_of_j07_is_a_kind(code: object) -> None:
    assert DocumentType.of(code.code, code.system).code == code  # type: ignore[attr-defined]


@pytest.mark.parametrize(("code", "system"), [("10218-6", None), ("SYNTH", LOINC), ("", None)])
def test_another_code_is_refused(code: str, system: str | None) -> None:
    with pytest.raises(UnknownCode, match="ClinicalDocument/code"):
        DocumentType.of(code, system)


def test_a_kind_survives_a_process_pool() -> None:
    assert pickle.loads(pickle.dumps(T.BILAN_MEDICATION)) == T.BILAN_MEDICATION  # noqa: S301
