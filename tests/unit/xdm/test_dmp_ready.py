"""What the DMP would refuse, told before sending."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from documents import HOSPITAL, IPP, KIT_1, PATIENT, jdv, minimal, qualified, wrap
from people import traits_only

from segur_interop import cda, xdm
from segur_interop.errors import ArchiveError, IdentityNotQualified
from segur_interop.findings import Verdict
from segur_interop.model import LocalId, Patient
from segur_interop.terminology import Code, Masking, association, value_set


def refusals(document: cda.Document, **options) -> set[str]:
    return {item.rule for item in xdm.dmp_ready(document, **options).errors}


def test_a_discharge_letter_of_a_qualified_patient_is_ready():
    report = xdm.dmp_ready(wrap())
    assert report.verdict is Verdict.PASSED
    assert list(report) == []
    report.raise_for_errors()


@pytest.mark.parametrize("code", [code for code, _ in association("ASS_X16").pairs][:5])
def test_a_kind_that_both_tables_hold_passes(code: Code):
    known = value_set("J66").find(code.code, code.system)
    assert known is not None
    assert "dmp.class" not in refusals(dataclasses.replace(wrap(), code=known))


@pytest.mark.parametrize("code", ["101881-1", "28617-9", "PIECE-IDENTITE", "FEUILLE-DE-STYLE"])
def test_a_kind_that_the_dmp_does_not_file_is_refused(code: str):
    document = dataclasses.replace(wrap(), code=value_set("J07").get(code))
    assert {"dmp.codes", "dmp.class"} & refusals(document)


@pytest.mark.parametrize(("facility", "accepted"), [("SA01", True), ("SA66", False),
                                                     ("SA67", False)])  # fmt: skip
def test_the_facility_is_of_the_table_of_the_dmp(facility: str, accepted: bool):
    document = wrap()
    where = dataclasses.replace(HOSPITAL, facility_type=jdv("J02", facility))
    stay = dataclasses.replace(document.encounter, facility=where)
    found = refusals(dataclasses.replace(document, encounter=stay))
    assert (found == set()) == accepted


def test_a_format_that_no_table_has_is_refused():
    octets = bytes(wrap()).replace(b'mediaType="text/plain"', b'mediaType="image/x-unknown"')
    assert "dmp.codes" in refusals(cda.read(octets))


def test_a_format_that_only_the_cisis_knows_is_refused():
    octets = bytes(wrap())
    body = octets.index(b"<component>")
    structured = octets[:body] + b"<component><structuredBody/></component></ClinicalDocument>"
    document = dataclasses.replace(
        cda.read(structured), templates=("1.2.250.1.213.1.1.1.48",), patient=PATIENT
    )
    report = xdm.dmp_ready(document)
    assert [(item.rule, item.place) for item in report.errors] == [("dmp.codes", "format_code")]


def test_a_document_without_date_says_nothing_of_a_minor():
    document = dataclasses.replace(wrap(), created=None)
    report = xdm.dmp_ready(document, masks={Masking.INVISIBLE_REPRESENTANTS_LEGAUX})
    assert "dmp.minor" not in {item.rule for item in report}


def test_the_content_type_of_the_lot_is_of_the_table_of_the_dmp():
    assert refusals(wrap(), content_type_code=jdv("J02", "SA01")) == {"dmp.codes"}
    assert refusals(wrap(), content_type_code=jdv("J59", "04")) == set()


@pytest.mark.parametrize(
    ("own", "rules"),
    [
        (LocalId(root="1.2.3"), set()),
        (LocalId(root="1.2.3", extension="4"), {"dmp.unique-id"}),
        (LocalId(root="f81d4fae-7dec-11d0-a765-00a0c91e6bf6"), set()),
    ],
)
def test_the_identifier_is_an_oid_without_extension(own: LocalId, rules: set[str]):
    document = wrap(**minimal(id=own))
    assert refusals(document) == rules
    assert ("dmp.unique-id" in {item.rule for item in xdm.dmp_ready(document)}) == (
        own != LocalId(root="1.2.3")
    )


def test_a_document_without_identifier_is_refused():
    assert "dmp.unique-id" in refusals(dataclasses.replace(wrap(), id=None))


def test_a_patient_without_qualified_ins_is_refused_at_both_ends():
    bare = Patient(identity=traits_only(KIT_1), ids=(IPP,))
    assert {"ins.gate", "dmp.ins"} <= refusals(wrap(**minimal(patient=bare)))
    assert refusals(cda.read(bytes(wrap()))) == {"ins.gate"}
    report = xdm.dmp_ready(wrap(**minimal(patient=bare)))
    with pytest.raises(IdentityNotQualified):
        report.parts[0].raise_for_errors()
    with pytest.raises(ArchiveError):
        report.raise_for_errors()


@pytest.mark.parametrize(
    ("masks", "secret", "rules"),
    [
        ({"MASQUE_PS"}, False, set()),
        ({"INVISIBLE_PATIENT"}, False, set()),
        ({"MASQUE_PS", "INVISIBLE_PATIENT"}, False, {"xdm.masks"}),
        ({"INVISIBLE_REPRESENTANTS_LEGAUX"}, False, set()),
        ({"INVISIBLE_REPRESENTANTS_LEGAUX"}, True, set()),
        (set(), True, {"dmp.secret"}),
        ({"MASQUE_PS"}, True, {"dmp.secret"}),
        (set(Masking), True, {"xdm.masks"}),
    ],
)
def test_the_masks_that_the_dmp_forbids(masks, secret: bool, rules: set[str]):
    assert refusals(wrap(), masks=map(Masking, masks), connexion_secrete=secret) == rules


@pytest.mark.parametrize(
    ("born", "warned"),
    [(date(2008, 3, 2), False), (date(2008, 3, 1), True), (date(1979, 3, 28), True)],
    ids=["17", "18", "46"],
)
def test_hiding_from_representatives_concerns_a_minor(born: date, warned: bool):
    identity = dataclasses.replace(qualified(), birth_date=born)
    document = wrap(**minimal(patient=Patient(identity=identity, ids=(IPP,))))
    report = xdm.dmp_ready(document, masks={Masking.INVISIBLE_REPRESENTANTS_LEGAUX})
    assert ("dmp.minor" in {item.rule for item in report}) == warned
    assert report.verdict is Verdict.PASSED
