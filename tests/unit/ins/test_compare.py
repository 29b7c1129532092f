"""Two identities side by side: identical, typographic, different, absent."""

from __future__ import annotations

import dataclasses
from datetime import date

import people
import pytest

from segur_interop.ins import Identity, Matricule, Sex, TraitVerdict, compare

IDENTICAL, TYPOGRAPHIC = TraitVerdict.IDENTICAL, TraitVerdict.TYPOGRAPHIC
DIFFERENT, ABSENT = TraitVerdict.DIFFERENT, TraitVerdict.ABSENT
PERSON = people.BY_ID["kit-1"]


def verdict(field: str, one, other) -> tuple[TraitVerdict, str]:
    a, b = Identity(**{field: one}), Identity(**{field: other})
    result = getattr(compare(a, b), field)
    assert result == getattr(compare(b, a), field)
    return result.verdict, result.reason


NAMES = {
    "same": ("MARTIN", "MARTIN", IDENTICAL, ""),
    "case": ("Martin", "MARTIN", IDENTICAL, ""),
    "accents": ("LÉA", "LEA", IDENTICAL, ""),
    "decomposed accents": ("LE\u0301A", "LÉA", IDENTICAL, ""),
    "ligature": ("LŒW", "LOEW", IDENTICAL, ""),
    "vietnamese": ("ĐẶNG", "DANG", IDENTICAL, ""),
    "acute accent as apostrophe": ("D´ARTAGNAN", "D'ARTAGNAN", IDENTICAL, ""),
    "right quote": ("O\u2019NEIL", "O'NEIL", IDENTICAL, ""),
    "okina": ("\u02bbUPA", "'UPA", IDENTICAL, ""),
    "dash": ("A\u2013B", "A-B", IDENTICAL, ""),
    "ends": (" MARTIN ", "MARTIN", IDENTICAL, ""),
    "hyphen or space": ("PAT-TROIS", "PAT TROIS", TYPOGRAPHIC, "separators"),
    "double hyphen or hyphen": ("A--B", "A-B", TYPOGRAPHIC, "separators"),
    "double hyphen or space": ("A--B", "A B", TYPOGRAPHIC, "separators"),
    "apostrophe or space": ("D'ARTAGNAN", "D ARTAGNAN", TYPOGRAPHIC, "separators"),
    "apostrophe or nothing": ("D'ARTAGNAN", "DARTAGNAN", TYPOGRAPHIC, "separators"),
    "apostrophe beside a space": ("D' ARTAGNAN", "D'ARTAGNAN", TYPOGRAPHIC, "separators"),
    "doubled space": ("DE  VINCI", "DE VINCI", TYPOGRAPHIC, "separators"),
    "space or nothing": ("ANNE MARIE", "ANNEMARIE", DIFFERENT, ""),
    "one letter": ("MARTIN", "MARTIM", DIFFERENT, ""),
    "order": ("MARTIN DUPONT", "DUPONT MARTIN", DIFFERENT, ""),
    "umlaut spelt out": ("MÜLLER", "MUELLER", DIFFERENT, ""),
    "lookalike in another script": ("М\u0410RTIN", "MARTIN", DIFFERENT, ""),
    "zero-width space": ("MAR\u200bTIN", "MARTIN", DIFFERENT, ""),
    "lone diaeresis is no space": ("MU\u00a8LLER", "MU LLER", DIFFERENT, ""),
    "sign that is no letters": ("MARTIN™", "MARTINTM", DIFFERENT, ""),
    "combining letter": ("MU\u0364LLER", "MULLER", DIFFERENT, ""),
    "other script, same": ("МАРИЯ", "Мария", IDENTICAL, ""),
    "voicing mark": ("が", "か", DIFFERENT, ""),
    "digit": ("HENRI4", "HENRI 4", DIFFERENT, ""),
    "absent": ("", "MARTIN", ABSENT, ""),
    "both absent": ("", "", ABSENT, ""),
    "blank": ("  ", "MARTIN", ABSENT, ""),
    "no letter": ("-", "-", ABSENT, ""),
    "no letter on one side": ("'", "MARTIN", ABSENT, ""),
    "filler": ("SNP", "SNP", ABSENT, "filler"),
    "filler, accent and hyphen": ("SANS-PRÉNOM", "sans prénom", ABSENT, "filler"),
    "filler against a name": ("SNP", "MARTIN", DIFFERENT, ""),
    "two fillers": ("SNP", "SANS NOM", ABSENT, "filler"),
}


@pytest.mark.parametrize(("one", "other", "expected", "reason"), NAMES.values(), ids=NAMES)
@pytest.mark.parametrize("field", ["birth_name", "birth_given_names"])
def test_names(field, one, other, expected, reason):
    assert verdict(field, one, other) == (expected, reason)


LISTS = {
    "twins": ("MARIE", "MARIE-LOUISE"),
    "first name alone": ("DOMINIQUE", "DOMINIQUE MARIE-LOUISE"),
    "first two": ("PIERRE-ALAIN", "PIERRE ALAIN MURIEL"),
    "with another case": ("Ruth", "RUTH ISABELLE"),
    "half of a compound": ("JEAN", "JEAN-PIERRE"),
}


@pytest.mark.parametrize(("one", "other"), LISTS.values(), ids=LISTS)
def test_a_partial_list_is_another_list(one, other):
    """MARIE and MARIE-LOUISE may be twins."""
    assert verdict("birth_given_names", one, other) == (DIFFERENT, "partial-list")
    assert verdict("birth_name", one, other) == (DIFFERENT, "")


@pytest.mark.parametrize(
    ("one", "other"),
    [("MARIE LOUISE", "LOUISE"), ("MARIE", "MARIANNE"), ("MARIE LOUISE", "MARIE ANNE")],
    ids=range(3),
)
def test_another_list_is_only_different(one, other):
    assert verdict("birth_given_names", one, other) == (DIFFERENT, "")


PLACES = {
    "same": ("51215", "51215", IDENTICAL, ""),
    "other": ("51215", "63220", DIFFERENT, ""),
    "Corsica": ("20020", "2A020", TYPOGRAPHIC, "historical-code"),
    "Corsica, other digits": ("20020", "2A021", DIFFERENT, ""),
    "2A and 2B": ("2A020", "2B020", DIFFERENT, ""),
    "Mayotte": ("98511", "97611", TYPOGRAPHIC, "historical-code"),
    "Saint-Martin": ("97127", "97801", TYPOGRAPHIC, "historical-code"),
    "Paris and its arrondissement": ("75056", "75115", DIFFERENT, ""),
    "unknown against known": ("99999", "51215", DIFFERENT, "unknown-place"),
    "unknown on both sides": ("99999", "99999", ABSENT, "unknown-place"),
    "absent": ("", "51215", ABSENT, ""),
    "blank": (" ", " ", ABSENT, ""),
    "small letter": ("2a020", "2A020", DIFFERENT, ""),
}


@pytest.mark.parametrize(("one", "other", "expected", "reason"), PLACES.values(), ids=PLACES)
def test_places(one, other, expected, reason):
    assert verdict("birth_place", one, other) == (expected, reason)


def test_dates():
    day, other = date(1979, 3, 28), date(1979, 3, 29)
    assert verdict("birth_date", day, day) == (IDENTICAL, "")
    assert verdict("birth_date", day, other) == (DIFFERENT, "")
    assert verdict("birth_date", day, date(2079, 3, 28)) == (DIFFERENT, "")
    assert verdict("birth_date", day, None) == (ABSENT, "")
    assert verdict("birth_date", None, None) == (ABSENT, "")
    partial = Identity(received_birth_date="1979-00-00")
    for other_side in (Identity(birth_date=day), Identity(), partial):
        for pair in ((partial, other_side), (other_side, partial)):
            assert compare(*pair).birth_date.reason == "partial-date"
            assert compare(*pair).birth_date.verdict is ABSENT


def test_sexes():
    assert verdict("sex", Sex.F, Sex.F) == (IDENTICAL, "")
    assert verdict("sex", Sex.F, Sex.M) == (DIFFERENT, "")
    assert verdict("sex", Sex.F, Sex.I) == (DIFFERENT, "")
    assert verdict("sex", Sex.F, None) == (ABSENT, "")


def test_matricules():
    def of(number: str | None, oid: str | None = people.NIR) -> Identity:
        if number is None:
            return Identity()
        return Identity(matricule=Matricule.parse(number, oid=oid), asserted=True)

    def judged(a: Identity, b: Identity):
        one, two = compare(a, b), compare(b, a)
        assert one.matricule == two.matricule
        return one.matricule.verdict, one.matricule.reason, one.same_matricule

    good, wrong_key = "279035121518989", "279035121518988"
    assert judged(of(good), of(good)) == (IDENTICAL, "", True)
    assert judged(of(good), of(wrong_key)) == (DIFFERENT, "other-key", False)
    assert judged(of(good), of("277076322082910")) == (DIFFERENT, "", False)
    assert judged(of(good), of(good, people.TEST)) == (DIFFERENT, "other-oid", False)
    assert judged(of(good), of(good, people.NIA)) == (DIFFERENT, "other-oid", False)
    assert judged(of(good), of(good, None)) == (ABSENT, "other-oid", False)
    assert judged(of(good, None), of(good, None)) == (ABSENT, "other-oid", False)
    assert judged(of(good), of(None)) == (ABSENT, "", False)
    assert judged(of(None), of(None)) == (ABSENT, "", False)


def test_the_same_person_of_two_official_sets_is_not_exactly_equal():
    """The CDA kit and the HL7 set give one matricule two lists of given names and two places."""
    result = compare(people.received(people.BY_ID["hl7-1"]), people.local(people.BY_ID["kit-1"]))
    assert result.same_matricule
    assert not result.same_traits
    assert result.differing == ("birth_given_names", "birth_place")
    assert result.birth_given_names.reason == "partial-list"


@pytest.mark.parametrize(
    ("changes", "same", "close"),
    [
        ({}, True, True),
        ({"birth_place": ""}, True, True),
        ({"birth_place": "99999"}, False, False),
        ({"birth_name": "PAT TROIS"}, False, True),
        ({"birth_name": ""}, False, False),
        ({"birth_date": None}, False, False),
        ({"sex": None}, False, False),
        ({"sex": Sex.M}, False, False),
        ({"birth_given_names": "DOMINIQUE"}, False, False),
        ({"matricule": Matricule.parse("277076322082910", oid=people.TEST)}, True, True),
        ({"used_name": "OTHER", "first_birth_given_name": "MARIE"}, True, True),
    ],
    ids=range(11),
)
def test_the_five_traits_together(changes, same, close):
    identity = people.local(PERSON)
    for pair in (
        (identity, dataclasses.replace(identity, **changes)),
        (dataclasses.replace(identity, **changes), identity),
    ):
        result = compare(*pair)
        assert (result.same_traits, result.close_traits) == (same, close)


def test_a_comparison_shows_no_value():
    one, other = people.local(PERSON), people.local(people.BY_ID["insi-7"])
    result = compare(one, other)
    shown = repr(result) + result._repr_html_() + str(result)
    secrets = people.secrets(one) | people.secrets(other)
    assert not [text for text in secrets if text in shown]
    assert "different" in result._repr_html_()


@pytest.mark.parametrize("pair", [(None, Identity()), (Identity(), None), (Identity(), "x")])
def test_only_identities_are_compared(pair):
    with pytest.raises(TypeError, match="is a Identity, not"):
        compare(*pair)


@pytest.mark.parametrize("field", ["birth_name", "birth_given_names"])
@pytest.mark.parametrize("other", ["0\u00a0A", "0  A", "0\u2003a", " 0 A ", "0\tA", "0\nA\u3000"])
def test_a_name_without_insi_form_is_compared_whatever_its_spaces(field: str, other: str):
    assert verdict(field, "0 A", other) == (IDENTICAL, "")
    assert verdict(field, "0A", other) == (DIFFERENT, "")
