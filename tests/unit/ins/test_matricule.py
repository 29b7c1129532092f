"""The matricule INS: shape, key, OID, oddities."""

from __future__ import annotations

import copy
import pickle

import people
import pytest

from segur_interop.errors import InvalidMatricule
from segur_interop.findings import Severity
from segur_interop.ins import (
    INS_OIDS,
    PRODUCTION_OIDS,
    Matricule,
    MatriculeKind,
    matricule_key,
)

GOOD = "279035121518989"
EVERY_NUMBER = [(person.id, person.matricule, person.right_key) for person in people.EVERYONE]
EVERY_NUMBER += people.OTHER_NUMBERS


def rules(matricule: Matricule) -> set[str]:
    return {finding.rule.removeprefix("ins.matricule.") for finding in matricule.findings}


@pytest.mark.parametrize(
    ("number", "right_key"), [pytest.param(n, k, id=i) for i, n, k in EVERY_NUMBER]
)
def test_the_key_of_each_official_number_is_judged_as_published(number, right_key):
    matricule = Matricule.parse(number, oid=people.NIR)
    assert matricule.is_valid is (not right_key)
    assert matricule_key(matricule.number) == (right_key or number[13:])
    assert matricule.value == number
    assert ("key" in rules(matricule)) is bool(right_key)


@pytest.mark.parametrize("number", [pytest.param(n, id=i) for i, n in people.BUILT])
def test_departements_that_no_longer_exist_are_accepted(number):
    matricule = Matricule.parse(number, oid=people.NIR)
    assert matricule.is_valid
    assert rules(matricule) == {"department"}
    assert matricule.findings[0].severity is Severity.INFO


def test_corsica_keeps_its_letter_and_counts_19_and_18_in_the_key():
    assert matricule_key("297022A020778") == "78"
    assert matricule_key("160012B020777") == "13"
    assert matricule_key("180032B020401") == "23"
    assert matricule_key("297022A020778") == matricule_key("2970219020778")
    assert matricule_key("160012B020777") == matricule_key("1600118020777")
    assert Matricule.parse("2 97 02 2a 020 778 78").value == "297022A02077878"


def test_a_number_that_97_divides_has_the_key_97_never_00():
    number = next(str(n) for n in range(1_010_101_001_001, 1_010_101_001_098) if n % 97 == 0)
    assert matricule_key(number) == "97"
    assert Matricule.parse(number + "97").is_valid
    assert not Matricule.parse(number + "00").is_valid


@pytest.mark.parametrize(
    "text",
    [
        "279035121518989",
        "2 79 03 51 215 189 89",
        " 2.79.03.51.215.189.89 ",
        "2 79 03\u00a051\u202f215 189 89",
    ],
    ids=["compact", "spaces", "dots", "no-break spaces"],
)
def test_spaces_and_dots_are_tolerated(text):
    assert Matricule.parse(text).value == GOOD


SHAPES = {
    "empty": "",
    "no key": GOOD[:13],
    "14": GOOD[:14],
    "16": GOOD + "0",
    "letter elsewhere": "2790351215A8989",
    "2C": "297022C02077878",
    "3A": "297023A02077878",
    "letter in position 6": "29702A202077878",
    "letter in the key": GOOD[:14] + "A",
    "sign": "-79035121518989",
    "decimal comma": "27903512151898,",
    "arabic-indic digits": "٢٧٩٠٣٥١٢١٥١٨٩٨٩",
    "full-width digits": "２７９０３５１２１５１８９８９",
    "full-width A": "29702２Ａ02077878",
    "superscript digit": "27903512151898²",
    "cyrillic A": "297022А02077878",
    "zero-width space": "27903512151898\u200b9",
    "right-to-left mark": "\u200f" + GOOD,
    "BOM": "\ufeff" + GOOD,
    "NUL": GOOD + "\0",
    "line end kept by $": GOOD[:14] + "x\n",
}


@pytest.mark.parametrize("text", SHAPES.values(), ids=SHAPES)
def test_another_shape_is_refused_without_repeating_it(text):
    with pytest.raises(InvalidMatricule) as caught:
        Matricule.parse(text, oid=people.NIR)
    digits = "".join(char for char in text if char.isdigit())
    assert not digits or len(digits) < 3 or digits not in str(caught.value)


@pytest.mark.parametrize(
    ("number", "key", "place"),
    [
        ("279035121518", "89", "matricule.number"),
        ("297022a020778", "78", "matricule.number"),
        ("2790351215189\n", "89", "matricule.number"),
        ("2790351215189", "8", "matricule.key"),
        ("2790351215189", "٨٩", "matricule.key"),
        ("2790351215189", "89\n", "matricule.key"),
    ],
    ids=["short", "small letter", "line end", "short key", "arabic-indic key", "key and line end"],
)
def test_construction_checks_each_part_and_names_it(number, key, place):
    with pytest.raises(InvalidMatricule) as caught:
        Matricule(number=number, key=key)
    assert caught.value.place == place


@pytest.mark.parametrize(
    "number", ["", "279035121518", "297022C020778", "٢790351215189"], ids=range(4)
)
def test_the_key_of_another_shape_is_refused(number):
    with pytest.raises(InvalidMatricule):
        matricule_key(number)


def test_what_is_no_text_is_a_type_error():
    with pytest.raises(TypeError):
        Matricule.parse(279035121518989)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        Matricule(number=2790351215189, key="89")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("oid", "kind", "production"),
    [
        ("1.2.250.1.213.1.4.8", MatriculeKind.NIR, True),
        ("1.2.250.1.213.1.4.9", MatriculeKind.NIA, True),
        ("1.2.250.1.213.1.4.10", MatriculeKind.NIR_TEST, False),
        ("1.2.250.1.213.1.4.11", MatriculeKind.NIR_DEMO, False),
    ],
)
def test_the_oid_alone_tells_the_kind(oid, kind, production):
    matricule = Matricule.parse(GOOD, oid=oid)
    assert matricule.kind is kind
    assert matricule.is_production is production
    assert oid in INS_OIDS
    assert (oid in PRODUCTION_OIDS) is production


@pytest.mark.parametrize(
    ("last", "word"),
    [
        (2, "INS-C"), (6, "INS-C"), (7, "INS-C"), (12, "not one"),
        (13, "social security"), (14, "social security"), (1, "not one"), (80, "not one"),
    ],
)  # fmt: skip
def test_no_other_oid_of_the_agency_makes_an_ins(last, word):
    with pytest.raises(InvalidMatricule, match=word) as caught:
        Matricule.parse(GOOD, oid=f"1.2.250.1.213.1.4.{last}")
    assert caught.value.place == "matricule.oid"


@pytest.mark.parametrize("oid", ["", " 1.2.250.1.213.1.4.8", "urn:oid:1.2.250.1.213.1.4.8"])
def test_an_oid_is_taken_to_the_letter(oid):
    with pytest.raises(InvalidMatricule):
        Matricule.parse(GOOD, oid=oid)


def test_without_oid_the_number_is_only_a_number():
    matricule = Matricule.parse(GOOD)
    assert matricule.kind is None
    assert not matricule.is_production
    assert rules(matricule) == {"oid"}
    assert matricule != Matricule.parse(GOOD, oid=people.NIR)


@pytest.mark.parametrize("digit", "345678")
def test_first_digits_of_temporary_numbers_are_accepted_with_a_note(digit):
    number = digit + GOOD[1:13]
    matricule = Matricule.parse(number + matricule_key(number), oid=people.NIR)
    assert matricule.is_valid
    assert rules(matricule) == {"sex-digit"}


@pytest.mark.parametrize(
    ("month", "severity"),
    [(m, None) for m in (1, 9, 12)]
    + [(m, Severity.INFO) for m in (20, 30, 42, 50, 77, 99)]
    + [(m, Severity.WARNING) for m in (0, 13, 19, 43, 49)],
)
def test_pseudo_months_are_noted_and_never_refused(month, severity):
    number = f"279{month:02d}51215189"
    matricule = Matricule.parse(number + matricule_key(number), oid=people.NIR)
    found = [f.severity for f in matricule.findings if f.rule == "ins.matricule.month"]
    assert found == ([] if severity is None else [severity])


@pytest.mark.parametrize("department", ["01", "91", "94", "95", "97", "98", "99", "2A", "2B"])
def test_every_departement_in_use_passes_without_a_word(department):
    number = f"27903{department}215189"
    matricule = Matricule.parse(number + matricule_key(number), oid=people.NIR)
    assert rules(matricule) == set()


def test_departement_00_is_noted():
    assert "department" in rules(Matricule.parse("279030021518900", oid=people.NIR))


def test_equality_takes_number_key_and_oid():
    one = Matricule.parse(GOOD, oid=people.NIR)
    assert one == Matricule.parse("2 79 03 51 215 189 89", oid=MatriculeKind.NIR.value)
    assert hash(one) == hash(Matricule(number=GOOD[:13], key="89", oid=people.NIR))
    assert one != Matricule.parse(GOOD[:13] + "88", oid=people.NIR)
    assert one != Matricule.parse(GOOD, oid=people.TEST)
    assert copy.deepcopy(one) == one == pickle.loads(pickle.dumps(one))  # noqa: S301


def test_the_number_stays_out_of_repr_html_and_findings():
    matricule = Matricule.parse("397993A02077800".replace("3A", "2A"), oid=people.NIR)
    shown = repr(matricule) + matricule._repr_html_() + "".join(map(str, matricule.findings))
    assert matricule.number not in shown
    assert people.NIR in repr(matricule)
    assert matricule.value[:13] in matricule.reveal()


@pytest.mark.parametrize("wrong", [None, 279035121518989, b"279035121518989"], ids=type)
def test_a_number_is_never_an_int(wrong):
    for make in (
        lambda: Matricule.parse(wrong),
        lambda: matricule_key(wrong),
        lambda: Matricule(number=wrong, key="89"),
        lambda: Matricule(number="2790351215189", key=wrong),
        lambda: Matricule.parse("279035121518989", oid=5),
    ):
        with pytest.raises(TypeError) as caught:
            make()
        assert "279035" not in str(caught.value)
