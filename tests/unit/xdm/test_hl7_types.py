"""CX, XCN, XON and CE as XDS metadata write them in one text."""

from __future__ import annotations

import pytest

from segur_interop.errors import InvalidValue
from segur_interop.model import LocalId
from segur_interop.terminology import Code
from segur_interop.xdm import Xcn, Xon
from segur_interop.xdm._hl7 import (
    ce_text,
    cx_text,
    escape,
    parse_ce,
    parse_cx,
    parse_time,
    unescape,
)

PS, STRUCT = "1.2.250.1.71.4.2.1", "1.2.250.1.71.4.2.2"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("Hôpital & Clinique", r"Hôpital \T\ Clinique"),
        ("a^b", r"a\S\b"),
        ("a|b", r"a\F\b"),
        ("a~b", r"a\R\b"),
        ("a\\b", r"a\E\b"),
        (r"\T\ ".strip(), r"\E\T\E\ ".strip()),
        ("  trailing ", "trailing"),
        ("", ""),
    ],
)
def test_delimiters_are_escaped_as_hl7_v2_does_and_come_back(text: str, escaped: str):
    assert escape(text) == escaped
    assert unescape(escaped) == text.strip()


def test_an_escape_that_is_no_delimiter_is_kept():
    assert unescape(r"a\X0D\b \H\c") == r"a\X0D\b \H\c"


@pytest.mark.parametrize(
    ("who", "text"),
    [
        (
            Xcn(id="801234534765", family="CAMPARINI", given="Marcel", authority=PS,
                name_type="D", id_type="IDNPS"),
            "801234534765^CAMPARINI^Marcel^^^^^^&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS",
        ),
        (Xcn(family="A & B", name_type="D"), r"^A \T\ B^^^^^^^^D"),
        (Xcn(), ""),
    ],
)  # fmt: skip
def test_an_xcn_has_its_components_where_the_ans_examples_have_them(who: Xcn, text: str):
    assert who.hl7() == text
    assert Xcn.parse(text) == who


def test_a_foreign_xcn_keeps_what_it_has():
    who = Xcn.parse("^Smitty&von^Gerald^Q.^Jr^Dr^PhD^^&&^^^^^^^more")
    assert who == Xcn(
        family="Smitty", given="Gerald", further_given="Q.", suffix="Jr", prefix="Dr", degree="PhD"
    )
    assert Xcn.parse("7.6^Epic - Version 7.6").id == "7.6"
    assert Xcn.parse("x^A^B^^^^^^1.2.3").authority == "1.2.3"


@pytest.mark.parametrize(
    ("where", "text"),
    [
        (
            Xon(name="Laboratoire des charmes", authority=STRUCT, id_type="IDNST", id="1120459876"),
            "Laboratoire des charmes^^^^^&1.2.250.1.71.4.2.2&ISO^IDNST^^^1120459876",
        ),
        (Xon(name="Get Well Clinic"), "Get Well Clinic"),
        (Xon(id="1120459876"), "^^^^^^^^^1120459876"),
    ],
)
def test_an_xon_has_its_components_where_the_ans_examples_have_them(where: Xon, text: str):
    assert where.hl7() == text
    assert Xon.parse(text) == where
    assert where.is_national == (where.authority == STRUCT)


def test_a_cx_names_its_domain_by_an_oid_and_is_typed():
    ins = LocalId(extension="279035121518989", root="1.2.250.1.213.1.4.10", type="NH")
    text = "279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH"
    assert cx_text(ins) == text
    assert parse_cx(text) == ins
    assert cx_text(LocalId(extension="7", root="1.2.3")) == "7^^^&1.2.3&ISO^PI"
    with pytest.raises(InvalidValue, match="no OID"):
        cx_text(LocalId(extension="7", namespace="HOPITAL"))


@pytest.mark.parametrize(
    ("text", "item"),
    [
        ("1^^^&3.4.5&ISO", LocalId(extension="1", authority="3.4.5", authority_type="ISO")),
        ("1^^^HOP&1.2.3&ISO^PI", LocalId(extension="1", root="1.2.3", namespace="HOP", type="PI")),
        ("1", LocalId(extension="1")),
    ],
)
def test_a_foreign_cx_keeps_what_it_has(text: str, item: LocalId):
    assert parse_cx(text) == item


def test_the_effective_date_of_a_cx_is_read_and_never_written():
    item = parse_cx("279035121518989^^^&1.2.250.1.213.1.4.10&ISO^NH^^20210712")
    assert str(item.validity.low) == "20210712"
    assert cx_text(item).endswith("^NH")
    assert parse_cx("1^^^&1.2.3&ISO^PI^^someday").validity is None


def test_a_cx_without_identifier_is_refused():
    with pytest.raises(InvalidValue):
        parse_cx("^^^HOP")


def test_a_specialty_is_a_code_its_label_and_its_system():
    code = Code(code="G15_10/SM26", system="1.2.250.1.213.1.1.4.5", label="Médecin")
    assert ce_text(code) == "G15_10/SM26^Médecin^1.2.250.1.213.1.1.4.5"
    assert parse_ce(ce_text(code)) == code
    assert parse_ce("Orthopedic") == Code(code="Orthopedic")


def test_a_time_of_day_is_in_utc_and_a_day_stays_a_day():
    assert str(parse_time("20210104150527")) == "20210104150527+0000"
    assert str(parse_time("20210104")) == "20210104"
    with pytest.raises(InvalidValue):
        parse_time("2021-01-04")
