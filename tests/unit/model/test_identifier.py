from __future__ import annotations

import pytest

from segur_interop._oid import INS_C, INS_NIR_TEST, NSS_NIR
from segur_interop.errors import InvalidValue
from segur_interop.findings import Severity
from segur_interop.model import LocalId, Period


def test_leading_zeros_are_kept() -> None:
    assert LocalId(extension="000003", root="1.2.3").extension == "000003"


def test_a_uuid_alone_identifies() -> None:
    value = LocalId(root="34853F75-0392-4897-A039-01F1C022CBDA")
    assert (value.extension, value.findings) == ("", ())


def test_the_names_of_hl7_v2_are_enough_until_a_document_needs_a_root() -> None:
    ipp = LocalId(
        extension="000003", type="PI", namespace="CHU-X", authority="000897406", authority_type="N"
    )
    assert ipp.findings == ()
    with pytest.raises(InvalidValue) as caught:
        ipp.require_root("patient.ids[0]")
    assert caught.value.place == "patient.ids[0].root"
    assert LocalId(extension="1", root="1.2.3").require_root("x") == "1.2.3"


@pytest.mark.parametrize("root", ["1.2.250.1.71.4.2.2.12A0000014", "1.02", "3.1", "x", "1.2 "])
def test_a_root_is_an_oid_or_a_uuid(root: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        LocalId(extension="1", root=root)
    assert caught.value.place == "local_id.root"


def test_nothing_is_refused() -> None:
    with pytest.raises(InvalidValue):
        LocalId(type="PI")


def test_an_unnamed_domain_and_a_long_identifier_are_findings() -> None:
    assert [item.rule for item in LocalId(extension="1" * 65).findings] == [
        "id.domain", "id.length",
    ]  # fmt: skip


def test_only_the_four_roots_of_the_matricule_are_an_ins() -> None:
    assert LocalId(extension="1", root=INS_NIR_TEST).is_ins
    assert not LocalId(extension="1", root=NSS_NIR).is_ins
    assert not LocalId(extension="1", root=INS_C).is_ins


def test_it_is_masked_but_for_its_domain() -> None:
    value = LocalId(extension="897654", root="1.2.3", validity=Period(low="2010"))
    assert repr(value) == "LocalId(extension=•••, root=1.2.3, validity=•••)"


@pytest.mark.parametrize("text", ["279035121518989", "2 79 03 51 215 189 89", "297022a02077878"])
def test_an_identifier_that_looks_like_a_matricule_is_told(text: str) -> None:
    (finding,) = LocalId(extension=text, root="1.2.3").findings
    assert (finding.rule, finding.severity) == ("id.like-matricule", Severity.WARNING)
    assert text not in str(finding)
    for root in (INS_NIR_TEST, NSS_NIR, INS_C):
        assert LocalId(extension=text, root=root).findings == ()


@pytest.mark.parametrize("text", ["279035121518900", "27903512151898", "2790351215189", "A" * 15])
def test_an_identifier_without_the_key_of_a_matricule_is_not(text: str) -> None:
    assert LocalId(extension=text, root="1.2.3").findings == ()
