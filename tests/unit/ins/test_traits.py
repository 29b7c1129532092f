"""Names, dates, sex and birthplace: what is mapped, what is refused, what is only noted."""

from __future__ import annotations

import dataclasses
import time
import unicodedata
from datetime import date, datetime

import pytest

from segur_interop.errors import InvalidValue
from segur_interop.findings import Severity
from segur_interop.ins import (
    Identity,
    Sex,
    Traits,
    compare,
    complete_birth_date,
    normalise_given_names,
    normalise_name,
    preselect,
    search_key,
    search_keys,
)
from segur_interop.ins.traits import (
    birth_place_findings,
    canonical,
    is_birth_place,
    is_blank,
    is_filler,
    is_historical_code,
    is_start_of_list,
    name_findings,
)

MAPPED = {
    "accents": ("Éléonore Gaël", "ELEONORE GAEL"),
    "cedilla": ("François", "FRANCOIS"),
    "decomposed accents": (unicodedata.normalize("NFD", "Éléonore"), "ELEONORE"),
    "oe, ae": ("Cœur Lætitia ŒÆ", "COEUR LAETITIA OEAE"),
    "sharp s": ("Strauß ẞ", "STRAUSS SS"),
    "o with stroke": ("Bjørn Ø Ǿ", "BJORN O O"),
    "ae with acute": ("ǼǽǢ", "AEAEAE"),
    "eth and d with stroke": ("Ðð Đđ", "DD DD"),
    "vietnamese": ("ĐẶNG", "DANG"),
    "thorn": ("Þóra", "THORA"),
    "l, h, t with stroke": ("Łukasz Ħal Ŧim", "LUKASZ HAL TIM"),
    "eng": ("Ŋŋ", "NN"),
    "turkish dotless and dotted i": ("Işıl İrem", "ISIL IREM"),
    "long s": ("Weiſs", "WEISS"),
    "ligature fi": ("\ufb01fi", "FIFI"),
    "ij": ("Ĳsbrand", "IJSBRAND"),
    "n preceded by an apostrophe": ("ŉ", "'N"),
    "full-width": ("ＭＡＲＩＥ", "MARIE"),
    "acute accent as apostrophe": ("D´Artagnan", "D'ARTAGNAN"),
    "grave accent as apostrophe": ("D`Artagnan", "D'ARTAGNAN"),
    "right quote": ("O\u2019Neil", "O'NEIL"),
    "left quote": ("O\u2018Neil", "O'NEIL"),
    "modifier apostrophe": ("O\u02bcNeil", "O'NEIL"),
    "okina": ("\u02bbUpa", "'UPA"),
    "prime": ("O\u2032Neil", "O'NEIL"),
    "saltillo": ("O\ua78cNeil", "O'NEIL"),
    "full-width apostrophe": ("O\uff07Neil", "O'NEIL"),
    "hyphens and dashes": ("A\u2010B\u2011C\u2012D\u2013E\u2014F\u2015G", "A-B-C-D-E-F-G"),
    "minus and full-width hyphen": ("A\u2212B\uff0dC", "A-B-C"),
    "no-break and thin spaces": ("DE\u00a0LA\u202fTOUR", "DE LA TOUR"),
    "spaces at the ends": ("  Martin  ", "MARTIN"),
    "double hyphen kept": ("Dupont--Martin", "DUPONT--MARTIN"),
    "inner double space kept": ("De  La", "DE  LA"),
    "apostrophe first": ("'Upa", "'UPA"),
    "filler": ("SNP", "SNP"),
    "two marks on a letter": ("Nguyễn", "NGUYEN"),
    "overlay of a stroke": ("O\u0338", "O"),
}


@pytest.mark.parametrize(("text", "expected"), MAPPED.values(), ids=MAPPED)
def test_what_has_an_equivalent_is_mapped(text, expected):
    assert normalise_name(text) == expected
    assert normalise_name(expected) == expected


REFUSED = {
    "empty": "",
    "spaces": "   ",
    "only separators": "-' -",
    "digit": "HENRI4",
    "underscore": "A_B",
    "slash": "A/B",
    "full stop": "ST. JEAN",
    "comma": "A,B",
    "quotation mark": 'A"B',
    "parentheses": "A (B)",
    "middle dot": "GABRIEL·LA",
    "l with middle dot": "Gabrieŀla",
    "tab": "A\tB",
    "line end": "MARTIN\n",
    "group separator": "A\x1dS5M",
    "NUL": "A\0B",
    "zero-width space": "MAR\u200bTIN",
    "zero-width joiner": "MAR\u200dTIN",
    "right-to-left mark": "\u200fMARTIN",
    "right-to-left override": "\u202eMARTIN",
    "soft hyphen": "JEAN\u00adPAUL",
    "BOM": "\ufeffMARTIN",
    "line separator": "A\u2028B",
    "cyrillic lookalike": "М\u0410RTIN",
    "cyrillic": "ИВАН",
    "greek lookalike": "\u0391NNE",
    "cherokee lookalike": "ᎪNNE",
    "arabic": "محمد",
    "hebrew": "דוד",
    "chinese": "王",
    "japanese": "がか",
    "mathematical digit": "A𝟏",
    "superscript digit": "A²",
    "arabic-indic digit": "A٢",
    "circled letter": "ⒶNNE",
    "roman numeral sign": "LOUIS Ⅻ",
    "trade mark sign would add TM": "MARTIN™",
    "numero sign would add NO": "№",
    "telephone sign would add TEL": "MARTIN℡",
    "lone diaeresis would become a space": "MU\u00a8LLER",
    "lone cedilla would become a space": "FRANC\u00b8OIS",
    "lone macron would become a space": "A\u00afB",
    "lone tilde would become a space": "A\u02dcB",
    "lone ring, kana mark, greek mark": "A\u02daB\u309bC\u037aD",
    "double prime would become two apostrophes": "A\u2033B",
    "arabic mark on a latin letter": "MARIE\u064b",
    "combining letter e": "Mu\u0364ller",
    "combining cyrillic letter": "MARIE\u2de0",
    "enclosing circle": "A\u20dd",
    "mark before any letter": "\u0301MARIE",
    "lone surrogate": "A\ud800",
    "emoji": "ANNE🙂",
    "schwa": "Əli",
    "e open": "Ɛnam",
}


@pytest.mark.parametrize("text", REFUSED.values(), ids=REFUSED)
def test_what_has_no_equivalent_is_refused_and_never_dropped(text):
    with pytest.raises(InvalidValue) as caught:
        normalise_name(text, "birth_name")
    assert caught.value.place == "birth_name"
    assert len(text) < 3 or text not in str(caught.value)


def test_a_given_name_has_no_double_hyphen():
    assert normalise_given_names("Marie-Louise Ève") == "MARIE-LOUISE EVE"
    with pytest.raises(InvalidValue, match="double hyphen"):
        normalise_given_names("MARIE--LOUISE")
    with pytest.raises(InvalidValue, match="double hyphen"):
        normalise_given_names("MARIE\u2013\u2010LOUISE")


LAYOUT = {
    "plain": ("MARTIN", True, []),
    "lower case": ("Martin", True, ["form"]),
    "accent": ("LÉA", True, ["form"]),
    "typographic apostrophe": ("O\u2019NEIL", True, ["form"]),
    "ends trimmed": (" LEA ", True, ["form"]),
    "digit": ("LEA2", True, ["charset"]),
    "apostrophe first": ("'UPA", False, []),
    "hyphen first": ("-LEA", False, ["start"]),
    "doubled space": ("DE  LA", False, ["spaces"]),
    "doubled apostrophe": ("D''A", False, ["apostrophes"]),
    "space before apostrophe": ("D 'A", False, ["apostrophe-space"]),
    "space after apostrophe": ("D' A", False, ["apostrophe-space"]),
    "double hyphen in a name": ("A--B", False, []),
    "double hyphen in a given name": ("A--B", True, ["charset"]),
    "three hyphens": ("A---B", False, ["hyphens"]),
    "hyphen last in a name": ("A-", False, []),
    "hyphen last in a given name": ("A-", True, ["end"]),
    "apostrophe last in a given name": ("A'", True, ["end"]),
}


@pytest.mark.parametrize(("text", "given", "rules"), LAYOUT.values(), ids=LAYOUT)
def test_the_layout_of_a_name_is_noted(text, given, rules):
    found = name_findings(text, "birth_name", given=given)
    assert [finding.rule for finding in found] == [f"ins.name.{rule}" for rule in rules]
    assert all(finding.place == "birth_name" for finding in found)
    errors = [finding for finding in found if finding.severity is Severity.ERROR]
    assert bool(errors) is ("charset" in rules)
    assert not any(text in str(finding) for finding in found)


@pytest.mark.parametrize(
    "name", ["SNP", "SPC", "SANS NOM", "SANS PRENOM", "sans prénom", " Sans-Nom ", "snp"]
)
def test_civil_status_fillers_are_known(name):
    assert is_filler(name)


@pytest.mark.parametrize("name", ["", "SNPX", "SANS", "PRENOM SANS", "SNP SPC"])
def test_other_words_are_names(name):
    assert not is_filler(name)


def test_a_blank_name_holds_no_letter():
    assert is_blank("")
    assert is_blank(" -'\u200b.0")
    assert not is_blank("O")
    assert not is_blank("王")


def test_the_canonical_form_of_an_unwritable_name_loses_nothing():
    assert canonical("Éva") == "EVA"
    assert canonical("éva2") == "ÉVA2"


@pytest.mark.parametrize(
    ("first", "starts"),
    [
        ("JEAN", True), ("JEAN CHRISTOPHE", True), ("JEAN-CHRISTOPHE", True),
        ("JEAN-CHRISTOPHE-PIERRE", True), ("Jean'Christophe", True), ("JÉAN", True),
        ("CHRISTOPHE", False), ("PIERRE", False), ("JEAN PIERRE", False), ("JE", False),
        ("JEANCHRISTOPHE", False), ("JEAN CHRISTOPHE PIERRE PAUL", False),
    ],
    ids=range(12),
)  # fmt: skip
def test_the_first_given_name_is_the_start_of_the_list(first, starts):
    """Guide INS EXI ID 10, the list of its own example."""
    assert is_start_of_list(first, "Jean Christophe Pierre") is starts


def test_search_sees_letters_only():
    assert search_key("D\u2019Artagnan de l'Hérault") == "DARTAGNANDELHERAULT"
    assert search_key("Jean-François") == search_key("JEAN FRANCOIS") == "JEANFRANCOIS"
    assert search_key("Œuvre ŒÆß") == "OEUVREOEAESS"
    assert search_key("DE\u00a0LA\tTOUR\n") == "DELATOUR"
    assert search_key(" -'") == ""


def test_search_never_makes_two_names_equal_by_loss():
    for one, other in (
        ("が", "か"),  # the voicing mark is no diacritic of a Latin letter
        ("й", "и"),
        ("क्त", "कत"),
        ("دُ", "دَ"),
        ("A1", "A2"),
        ("Mu\u0364ller", "Muller"),
        ("\u200bA", "A"),
    ):
        assert search_key(one) != search_key(other)


def test_a_list_is_found_by_each_name_and_as_a_whole():
    assert search_keys("Marie-Louise  Ève") == {"MARIELOUISE", "EVE", "MARIELOUISEEVE"}
    assert search_keys("ZOE") == {"ZOE"}
    assert search_keys(" - ") == frozenset()


COMPLETED = {
    "whole": ("1979-03-28", date(1979, 3, 28), False),
    "whole, compact": ("19790328", date(1979, 3, 28), False),
    "day unknown": ("1979-03-00", date(1979, 3, 1), True),
    "day left out": ("1979-03", date(1979, 3, 1), True),
    "month unknown, day known": ("1979-00-28", date(1979, 1, 28), True),
    "day and month unknown": ("1950-00-00", date(1950, 12, 31), True),
    "year alone": ("1950", date(1950, 12, 31), True),
    "compact year and month": ("195002", date(1950, 2, 1), True),
    "leap day": ("2000-02-29", date(2000, 2, 29), False),
    "spaces at the ends": (" 1979-03-28 ", date(1979, 3, 28), False),
}


@pytest.mark.parametrize(("text", "value", "completed"), COMPLETED.values(), ids=COMPLETED)
def test_partial_dates_are_completed_by_the_rule(text, value, completed):
    """RNIV EXI PP 19; Guide INS EXI ID 11-12."""
    result = complete_birth_date(text)
    assert (result.value, result.completed) == (value, completed)


NO_DATE = {
    "empty": "",
    "lunar": "1950-02-30",
    "not a leap year": "1900-02-29",
    "month 13": "1979-13-01",
    "month 20, as some numbers have": "1979-20-01",
    "year unknown": "0000-03-01",
    "year of two digits": "79-03-28",
    "french order": "28-03-1979",
    "slashes": "1979/03/28",
    "with a time": "1979-03-28T00:00",
    "longer": "197903281",
    "arabic-indic digits": "١٩٧٩-٠٣-٢٨",
    "full-width digits": "１９７９０３２８",
    "letters": "XXXX-03-28",
}


@pytest.mark.parametrize("text", NO_DATE.values(), ids=NO_DATE)
def test_no_date_is_guessed(text):
    with pytest.raises(InvalidValue) as caught:
        complete_birth_date(text)
    assert caught.value.place == "birth_date"
    assert not text or text not in str(caught.value)


def test_a_completed_date_is_masked():
    done = complete_birth_date("1979-03")
    shown = repr(done) + done._repr_html_()
    assert "1979" not in shown
    assert "completed=True" in repr(done)
    assert "1979" in done.reveal()


@pytest.mark.parametrize("code", ["51215", "01001", "2A004", "2B020", "97123", "98513", "99255"])
def test_birthplaces_of_the_cog_pass(code):
    assert is_birth_place(code)
    assert birth_place_findings(code) == []


@pytest.mark.parametrize(
    "code",
    [
        "",
        "5121",
        "512155",
        "2C004",
        "2a004",
        "A2004",
        " 5121",
        "51215\n",
        "٥١٢١٥",
        "PARIS",
        "2A0A4",
    ],
)
def test_other_forms_of_birthplace_are_errors(code):
    assert not is_birth_place(code)
    (finding,) = birth_place_findings(code)
    assert finding.severity is Severity.ERROR
    assert not code.strip() or code not in str(finding)


@pytest.mark.parametrize("code", ["99999", "99100"])
def test_a_place_that_says_nothing_is_noted(code):
    (finding,) = birth_place_findings(code)
    assert finding.severity is Severity.WARNING


@pytest.mark.parametrize(
    ("one", "other", "historical"),
    [
        ("20020", "2A020", True), ("20020", "2B020", True), ("20020", "2A021", False),
        ("2A020", "2B020", False), ("20020", "20021", False),
        ("98511", "97611", True), ("98511", "97612", False), ("98511", "98611", False),
        ("97123", "97701", True), ("97127", "97801", True), ("97123", "97801", False),
        ("97127", "97701", False), ("75056", "75115", False), ("20", "2A", False),
        ("985", "976", False), ("", "", False),
    ],
)  # fmt: skip
def test_former_codes_are_told_both_ways(one, other, historical):
    assert is_historical_code(one, other) is historical
    assert is_historical_code(other, one) is historical


def test_traits_hold_values_of_their_kind_only():
    assert Traits(birth_date=date(1979, 3, 28), sex=Sex.I)
    for wrong in (
        {"birth_name": None},
        {"birth_given_names": ("A", "B")},
        {"birth_place": 51215},
        {"birth_date": "1979-03-28"},
        {"birth_date": datetime(1979, 3, 28)},  # noqa: DTZ001
        {"sex": "F"},
    ):
        with pytest.raises(TypeError, match="traits"):
            Traits(**wrong)


def test_traits_are_masked():
    traits = Traits(birth_name="PAT-TROIS", birth_date=date(1979, 3, 28), birth_place="51215")
    shown = repr(traits) + traits._repr_html_()
    assert not any(text in shown for text in ("PAT", "1979", "51215"))


@pytest.mark.parametrize(
    "function",
    [normalise_name, normalise_given_names, search_key, search_keys, complete_birth_date],
    ids=lambda function: function.__name__,
)
@pytest.mark.parametrize("wrong", [None, 1950, b"MARTIN", ["MARTIN"]], ids=repr)
def test_what_is_no_text_is_a_type_error(function, wrong):
    with pytest.raises(TypeError) as caught:
        function(wrong)
    assert str(caught.value).endswith(f"not {type(wrong).__name__}")


def test_a_name_of_a_thousand_characters_is_the_longest():
    assert normalise_name("É" * 1000) == "E" * 1000
    with pytest.raises(InvalidValue, match="more than 1000 characters"):
        normalise_name("É" * 1001)
    assert search_key("é" * 1001) == "É" * 1001


@pytest.mark.parametrize("text", ["a" + "\u0315\u0300\u0316" * 400_000, "\u0344" * 400_000])
def test_no_name_takes_more_than_linear_time(text):
    identity = Identity(
        birth_name=text,
        birth_given_names=text,
        first_birth_given_name=text,
        former_traits=(Traits(birth_name=text),),
    )
    start = time.perf_counter()
    assert any(item.rule == "ins.name.charset" for item in identity.findings)
    compare(identity, dataclasses.replace(identity, birth_name=text + "B"))
    preselect(identity, [identity])
    search_keys(text)
    assert time.perf_counter() - start < 5
