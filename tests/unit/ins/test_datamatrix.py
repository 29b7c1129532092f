"""The text of the Datamatrix INS: its grammar both ways, and what hand scanners make of it."""

from __future__ import annotations

from datetime import date

import people
import pytest

from segur_interop.errors import IdentityNotQualified, InvalidDatamatrix, InvalidValue
from segur_interop.ins import (
    Attribute,
    Evidence,
    Identity,
    IdentityStatus,
    Matricule,
    Sex,
    decode,
    encode,
    preselect,
)
from segur_interop.ins.datamatrix import split
from segur_interop.ins.symbol import draw, symbol

HEAD = "IS" + "01" + "0" * 22
GS = chr(29)
S1, S2 = "S1279035121518989", "S21.2.250.1.213.1.4.8" + GS
S3, S4 = "S3DOMINIQUE MARIE-LOUISE" + GS, "S4PAT-TROIS" + GS
S5, S6, S7 = "S5F", "S628-03-1979", "S751215"
GOOD = HEAD + S1 + S2 + S3 + S4 + S5 + S6 + S7
PERSON = people.BY_ID["kit-1"]


def text(*fields: str) -> str:
    return HEAD + "".join(fields)


# ZXing testPadding; ZXing.Net 403; bwip-js PR 283; Mediboard CPatientINSNIR; healthcare-domain;
# then four written from the grammar by hand.
SAMPLES = {
    1: "S1118058599124123S21.2.250.1.213.1.4.8<GS>S3FIRST NAMETEST<GS>S5MS618-06-1985S713201"
       "S4LASTNAMETEST",
    2: "S1123456789876543S21.2.250.1.213.1.4.8<GS>S3MATHIEU MICHEL<GS>S4MELON<GS>S5MS610-02-1966",
    3: "S1110086322083060S21.2.250.1.213.1.4.8<GS>S3MICHELINE JEANNE DENISE<GS>S4MICH",
    4: "S1123549685274612S225978456325481569525S3TEST1 TEST2 TEST<GS>S4DATAMATRIXTEST<GS>S5M"
       "S631-08-2021S717000",
    5: "S1123549685274612S22597845632548156952<GS>S3TEST1 TEST2 TEST<GS>S4DATAMATRIXTEST<GS>S5M"
       "S631-08-2021S799255",
    6: "S1123549685274612S22597845632548156952<GS>S4TEST<GS>S5FS625-06-1990S3TEST1 TEST2 TEST",
    7: "S1277010115400329S21.2.250.1.213.1.4.8<GS>S3SARAH-LOU ANNA<GS>S4GARCIA-HAMMADI<GS>S5F"
       "S621-01-1977S701154",
    8: "S1279035121518989S21.2.250.1.213.1.4.10S3DOMINIQUE MARIE-LOUISE<GS>S4PAT-TROIS<GS>S5F"
       "S628-03-1979S751215",
    9: "S1297022A02077878S21.2.250.1.213.1.4.8<GS>S3DOMINIQUE<GS>S4ADRTROIS<GS>S5FS626-02-1997"
       "S72A020",
    10: "S1101066322075460S21.2.250.1.213.1.4.8<GS>S3PIERRE-ALAIN MURIEL FLORIANT<GS>"
        "S4D'ARTAGNAN DE L'HERAULT<GS>S5MS617-06-2001S763220",
    11: "S1109076322088835S21.2.250.1.213.1.4.9<GS>S3MATRICULE<GS>S4PROVISOIRE<GS>S5M"
        "S601-07-2009S763220",
}  # fmt: skip
PAYLOADS = {number: HEAD + body.replace("<GS>", GS) for number, body in SAMPLES.items()}


def without_digits(number: int) -> str:
    """Samples 4 to 6 write TEST1 TEST2: digits that no given name has."""
    return PAYLOADS[number].replace("TEST1 TEST2", "TESTUN TESTDEUX")


WHOLE = {
    1: ("118058599124123", "8", "FIRST NAMETEST", "LASTNAMETEST", "M", (1985, 6, 18), "13201"),
    2: ("123456789876543", "8", "MATHIEU MICHEL", "MELON", "M", (1966, 2, 10), ""),
    7: ("277010115400329", "8", "SARAH-LOU ANNA", "GARCIA-HAMMADI", "F", (1977, 1, 21), "01154"),
    8: (
        "279035121518989", "10", "DOMINIQUE MARIE-LOUISE", "PAT-TROIS", "F", (1979, 3, 28), "51215",
    ),
    9: ("297022A02077878", "8", "DOMINIQUE", "ADRTROIS", "F", (1997, 2, 26), "2A020"),
    10: (
        "101066322075460", "8", "PIERRE-ALAIN MURIEL FLORIANT", "D'ARTAGNAN DE L'HERAULT", "M",
        (2001, 6, 17), "63220",
    ),
    11: ("109076322088835", "9", "MATRICULE", "PROVISOIRE", "M", (2009, 7, 1), "63220"),
}  # fmt: skip
SIZES = {7: 121, 8: 124, 9: 110, 10: 144, 11: 112}


@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
@pytest.mark.parametrize("number", WHOLE)
def test_each_public_sample_is_read_in_full(number, lenient):
    matricule, oid, given, name, sex, born, place = WHOLE[number]
    identity = decode(PAYLOADS[number], lenient=lenient)
    assert identity == Identity(
        birth_name=name,
        birth_given_names=given,
        birth_date=date(*born),
        sex=Sex(sex),
        birth_place=place,
        matricule=Matricule.parse(matricule, oid=f"1.2.250.1.213.1.4.{oid}"),
        status=IdentityStatus.QUALIFIEE,
        asserted=True,
    )
    assert identity.reading == ()
    assert decode(PAYLOADS[number].encode("ascii"), lenient=lenient) == identity
    assert ("ins.matricule.key" in {f.rule for f in identity.findings}) is (number in (1, 2))


@pytest.mark.parametrize("number", SIZES)
def test_samples_have_the_published_size(number):
    assert len(PAYLOADS[number]) == SIZES[number]


@pytest.mark.parametrize("number", SIZES)
def test_the_writer_gives_the_samples_in_order_again(number):
    identity = decode(PAYLOADS[number])
    assert encode(identity.adopt(Evidence.IDENTITY_REPOSITORY)) == PAYLOADS[number]


def test_s4_last_is_read_and_written_in_order():
    identity = people.local(PERSON)
    assert split(text(S1, S2, S3, S5, S6, S7, S4.rstrip(GS)))["S4"] == "PAT-TROIS"
    assert encode(identity).index("S4") < encode(identity).index("S5")


@pytest.mark.parametrize("number", [4, 5, 6])
def test_a_fictitious_oid_splits_and_stops_at_s2(number):
    payload = without_digits(number)
    values = split(payload)
    assert len(values["S2"]) == (20 if number == 4 else 19)
    assert ("S7" in values) is (number != 6)
    with pytest.raises(InvalidDatamatrix) as caught:
        decode(payload)
    assert caught.value.place == "S2"


@pytest.mark.parametrize("number", [4, 5, 6])
@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
def test_digits_in_a_given_name_stop_at_s3(number, lenient):
    with pytest.raises(InvalidDatamatrix) as caught:
        decode(PAYLOADS[number], lenient=lenient)
    assert caught.value.place.startswith("S3, position")


def test_the_sample_that_is_cut_short_lacks_fields():
    for lenient in (False, True):
        with pytest.raises(InvalidDatamatrix, match="missing fields") as caught:
            decode(PAYLOADS[3], lenient=lenient)
        assert caught.value.place == f"S5, S6, position {len(PAYLOADS[3])}"
        with pytest.raises(InvalidDatamatrix) as caught:
            decode(PAYLOADS[3] + "…", lenient=lenient)
        assert caught.value.place.startswith("S4, position")


@pytest.mark.parametrize("cut", range(len(GOOD) - len(S7)))
def test_a_text_cut_anywhere_before_the_end_of_s6_is_refused(cut):
    for lenient in (False, True):
        with pytest.raises(InvalidDatamatrix) as caught:
            decode(GOOD[:cut], lenient=lenient)
        assert "position" in caught.value.place


def test_s7_may_be_absent_but_not_cut():
    whole = len(GOOD)
    assert decode(GOOD[: whole - len(S7)]).birth_place == ""
    for cut in range(whole - len(S7) + 1, whole):
        with pytest.raises(InvalidDatamatrix):
            decode(GOOD[:cut], lenient=True)


# Place and a word of the message for each defect.
REFUSED = {
    "empty": ("", "position 0", "IS"),
    "another mark": ("DC" + GOOD[2:], "position 0", "IS"),
    "small letters": (GOOD.lower(), "position 0", "IS"),
    "version 02": ("IS02" + GOOD[4:], "position 2", "version"),
    "letter O after the mark": ("ISO1" + GOOD[4:], "position 2", "letter O"),
    "letter O before the version": ("ISO01" + GOOD[4:], "position 2", "letter O"),
    "letters O as reserved": ("IS01" + "O" * 22 + GOOD[26:], "position 4", "letter O"),
    "header too short": (HEAD[:25], "position 25", "26"),
    "header short by one zero": (HEAD[:25] + GOOD[26:], "position 26", "no known field"),
    "sign in the header": ("IS01-" + GOOD[5:], "position 4", "letters and digits"),
    "space in the header": (HEAD[:25] + " " + GOOD[26:], "position 4", "letters and digits"),
    "header of full-width zeros": ("IS01" + "０" * 22 + GOOD[26:], "position 4", "letters"),
    "no field": (HEAD, "S1, S2, S3, S4, S5, S6, position 26", "missing"),
    "unknown field": (text("S0X", S1), "position 26", "no known field"),
    "S8": (GOOD + "S81", f"position {len(GOOD)}", "no known field"),
    "small s": (text("s" + S1[1:], S2, S3, S4, S5, S6), "position 26", "no known field"),
    "field twice": (GOOD + S5, f"S5, position {len(GOOD)}", "twice"),
    "number twice": (text(S1, S1, S2, S3, S4, S5, S6), "S1, position 43", "twice"),
    "number too short": (text("S12790351215189", S2, S3, S4, S5, S6), "S1, position 28", ""),
    "letter in the number": (text("S127903512151898A", S2), "S1, position 28", "character"),
    "2C in the number": (text("S1297022C02077878", S2), "S1, position 28", "character"),
    "other digits in the number": (text("S127903512151898٩", S2), "S1, position 28", "character"),
    "cut number": (text("S12790"), "S1, position 28", "length"),
    "empty oid": (text(S1, "S2" + GS, S3), "S2, position 45", "length"),
    "oid of 18": (text(S1, "S21.2.250.1.213.1.4." + GS, S3), "S2, position 45", "length"),
    "oid of 21": (
        text(S1, "S21.2.250.1.213.1.4.100" + GS, S3, S4, S5, S6), "position 65", "no known field",
    ),
    "letter in the oid": (text(S1, "S2A.2.250.1.213.1.4.8" + GS, S3), "S2, position 45", "charac"),
    "separator lost after the oid": (
        text(S1, S2.rstrip(GS), S3, S4, S5, S6), "S2, position 45", "character",
    ),
    "separator too many after a full oid": (
        text(S1, "S21.2.250.1.213.1.4.10" + GS, S3, S4, S5, S6), "position 65", "separator",
    ),
    "no given name": (text(S1, S2, "S3" + GS, S4, S5, S6), "S3, position 67", "length"),
    "no letter in the given names": (
        text(S1, S2, "S3 -'" + GS, S4, S5, S6), "S3, position 67", "character",
    ),
    "small letters in a name": (text(S1, S2, "S3Zoe" + GS), "S3, position 67", "character"),
    "accent in a name": (text(S1, S2, "S3ZOÉ" + GS), "S3, position 67", "character"),
    "digit in a name": (text(S1, S2, "S3ZOE2" + GS), "S3, position 67", "character"),
    "underscore in a name": (text(S1, S2, "S3ZOE_" + GS), "S3, position 67", "character"),
    "NUL in a name": (text(S1, S2, "S3ZO\0E" + GS), "S3, position 67", "character"),
    "zero-width space in a name": (text(S1, S2, "S3ZO\u200bE" + GS), "S3, position 67", "charac"),
    "cyrillic in a name": (text(S1, S2, "S3ZО\u0415" + GS), "S3, position 67", "character"),
    "separator within a name": (
        text(S1, S2, "S3ANNA" + GS + "MARIA" + GS, S4, S5, S6), "position 72", "no known field",
    ),
    "separator lost after a name": (
        text(S1, S2, S3.rstrip(GS), S4, S5, S6), "S3, position 67", "character",
    ),
    "name of 101": (
        text(S1, S2, "S3" + "A" * 101 + GS, S4, S5, S6), "position 167", "no known field",
    ),
    "separator too many after a name of 100": (
        text(S1, S2, "S3" + "A" * 100 + GS, S4, S5, S6), "position 167", "separator",
    ),
    "two separators": (text(S1, S2 + GS, S3, S4, S5, S6), "position 65", "separator"),
    "separator after a fixed field": (text(S1 + GS, S2, S3, S4, S5, S6), "position 43", "separ"),
    "separator at the end": (GOOD + GS, f"position {len(GOOD)}", "separator"),
    "separator after a last name": (text(S1, S2, S3, S5, S6, S4), "S4, position 116", "separator"),
    "sex I": (text(S1, S2, S3, S4, "S5I", S6), "S5, position 104", "character"),
    "sex 1": (text(S1, S2, S3, S4, "S51", S6), "S5, position 104", "character"),
    "sex absent": (text(S1, S2, S3, S4, S6), "S5, position 114", "missing"),
    "date with slashes": (text(S1, S2, S3, S4, S5, "S628/03/1979"), "S6, position 107", "charac"),
    "date from the year": (text(S1, S2, S3, S4, S5, "S61979-03-28"), "S6, position 107", "chara"),
    "date cut": (text(S1, S2, S3, S4, S5, "S628-03-79"), "S6, position 107", "length"),
    "month before day": (text(S1, S2, S3, S4, S5, "S603-28-1979"), "S6", "calendar"),
    "lunar date": (text(S1, S2, S3, S4, S5, "S600-00-1979"), "S6", "calendar"),
    "30 February": (text(S1, S2, S3, S4, S5, "S630-02-1979"), "S6", "calendar"),
    "year 0": (text(S1, S2, S3, S4, S5, "S601-01-0000"), "S6", "calendar"),
    "place cut": (text(S1, S2, S3, S4, S5, S6, "S75121"), "S7, position 119", "length"),
    "place of letters": (text(S1, S2, S3, S4, S5, S6, "S7PARIS"), "S7, position 119", "charac"),
    "place 2C": (text(S1, S2, S3, S4, S5, S6, "S72C004"), "S7, position 119", "character"),
    "space at the end": (GOOD + " ", f"position {len(GOOD)}", "no known field"),
    "line end": (GOOD + "\r\n", f"position {len(GOOD)}", "no known field"),
    "symbology identifier": ("]d1" + GOOD, "position 0", "IS"),
    "BOM": ("\ufeff" + GOOD, "position 0", "IS"),
    "typed separators": (GOOD.replace(GS, "<GS>"), "S2, position 45", "character"),
    "social security number": (
        text(S1, "S21.2.250.1.213.1.4.13", S3, S4, S5, S6), "S2", "not one of an INS",
    ),
    "INS-C": (text(S1, "S21.2.250.1.213.1.4.2" + GS, S3, S4, S5, S6), "S2", "not one of an INS"),
}  # fmt: skip


@pytest.mark.parametrize(("payload", "place", "word"), REFUSED.values(), ids=REFUSED)
def test_a_defect_is_refused_by_its_place_and_never_its_value(payload, place, word):
    with pytest.raises(InvalidDatamatrix) as caught:
        decode(payload)
    assert caught.value.place == place
    message = str(caught.value)
    assert word in message
    personal = ("DOMINIQUE", "MARIE", "TROIS", "279035121518989", "28-03", "1979", "ZOE", "51215")
    assert not any(value in message for value in personal)


def rules(identity: Identity) -> list[str]:
    return sorted(finding.rule.removeprefix("ins.datamatrix.") for finding in identity.reading)


def test_reserved_characters_other_than_zeros_are_noted():
    payload = "IS01" + "A1" * 11 + GOOD[26:]
    assert rules(decode(payload)) == ["reserved"]
    assert decode(payload) == decode(GOOD)


LENIENT = {
    "all separators lost": (GOOD.replace(GS, ""), ["separators"]),
    "first separator lost": (GOOD.replace(GS, "", 1), ["separators"]),
    "<GS>": (GOOD.replace(GS, "<GS>"), ["typed-separator"]),
    "<gs>": (GOOD.replace(GS, "<gs>"), ["typed-separator"]),
    "{GS}": (GOOD.replace(GS, "{GS}"), ["typed-separator"]),
    r"\x1D": (GOOD.replace(GS, r"\x1D"), ["typed-separator"]),
    r"\x1d": (GOOD.replace(GS, r"\x1d"), ["typed-separator"]),
    r"\u001d": (GOOD.replace(GS, r"\u001d"), ["typed-separator"]),
    "^]": (GOOD.replace(GS, "^]"), ["typed-separator"]),
    "o acute": (GOOD.replace(GS, "ó"), ["typed-separator"]),
    "O acute": (GOOD.replace(GS, "Ó"), ["typed-separator"]),
    "symbol for GS": (GOOD.replace(GS, "␝"), ["typed-separator"]),
    "o acute, latin-1 bytes": (GOOD.replace(GS, "ó").encode("latin-1"), ["typed-separator"]),
    "o acute, utf-8 bytes": (GOOD.replace(GS, "ó").encode(), ["typed-separator"]),
    "separator after a fixed field": (text(S1 + GS, S2, S3, S4, S5, S6, S7), ["separators"]),
    "separator at the end": (GOOD + GS, ["separators"]),
    "separator after the header": (HEAD + GS + GOOD[26:], ["separators"]),
    "two separators": (GOOD.replace(GS, GS + GS), ["separators"]),
    "separator after a full oid": (
        GOOD.replace("4.8" + GS, "4.10" + GS), ["separators"],
    ),
    "symbology ]d1": ("]d1" + GOOD, ["symbology"]),
    "symbology ]d2": ("]d2" + GOOD, ["symbology"]),
    "symbology ]D1": ("]D1" + GOOD, ["symbology"]),
    "BOM": ("\ufeff" + GOOD, ["ends"]),
    "BOM, bytes": (b"\xef\xbb\xbf" + GOOD.encode(), ["ends"]),
    "CR LF": (GOOD + "\r\n", ["ends"]),
    "TAB": (GOOD + "\t", ["ends"]),
    "NUL": (GOOD + "\0", ["ends"]),
    "spaces": ("  " + GOOD + " ", ["ends"]),
    "BOM, symbology, no separator, line end": (
        "\ufeff]d1" + GOOD.replace(GS, "") + "\n", ["ends", "separators", "symbology"],
    ),
    "reserved": ("IS01" + "9" * 22 + GOOD[26:], ["reserved"]),
    "clean": (GOOD, []),
}  # fmt: skip


@pytest.mark.parametrize(("payload", "noted"), LENIENT.values(), ids=LENIENT)
def test_what_scanners_do_is_read_and_noted(payload, noted):
    identity = decode(payload, lenient=True)
    oid = people.TEST if b"4.10" in _bytes(payload) else people.NIR
    expected = people.received(PERSON, matricule=Matricule.parse(PERSON.matricule, oid=oid))
    assert identity == expected
    assert rules(identity) == noted
    if noted and noted != ["reserved"]:
        with pytest.raises(InvalidDatamatrix):
            decode(payload)


def _bytes(payload):
    return payload if isinstance(payload, bytes) else payload.encode()


def test_every_order_is_read_with_all_separators_lost():
    fields = [S1, S2.rstrip(GS), S3.rstrip(GS), S4.rstrip(GS), S5, S6, S7]
    for turn in range(len(fields)):
        order = fields[turn:] + fields[:turn]
        assert decode(text(*order), lenient=True) == decode(GOOD)
        assert decode(text(*reversed(order)), lenient=True) == decode(GOOD)


def test_a_name_that_ends_in_s_keeps_it_when_separators_are_lost():
    payload = text(S1, "S21.2.250.1.213.1.4.8", "S3AGNES", "S4SS", S5, S6)
    identity = decode(payload, lenient=True)
    assert (identity.birth_given_names, identity.birth_name) == ("AGNES", "SS")


AZERTY = str.maketrans("0123456789-", "à&é\"'(-è_ç)")


@pytest.mark.parametrize("lenient", [False, True], ids=["strict", "lenient"])
def test_an_azerty_keyboard_is_named(lenient):
    for payload in (GOOD.translate(AZERTY), GOOD.translate(AZERTY).lower()):
        with pytest.raises(InvalidDatamatrix, match="AZERTY"):
            decode(payload, lenient=lenient)


NOT_MENDED = {
    "hyphen typed as parenthesis": GOOD.replace("-", ")"),
    "separator typed as space": GOOD.replace(GS, " "),
    "separator typed as bar": GOOD.replace(GS, "|"),
    "separator within a name": text(S1, S2, "S3ANNA" + GS + "MARIA" + GS, S4, S5, S6),
    "separator within the number": text("S127903" + GS + "5121518989", S2, S3, S4, S5, S6),
    "junk after the header": HEAD + "X" + GOOD[26:],
    "name of 101": text(S1, S2, "S3" + "A" * 101 + GS, S4, S5, S6),
    "letter O": "ISO1" + GOOD[4:],
    "no letter in the name": text(S1, S2, S3, "S4-" + GS, S5, S6),
    "two fields alike": GOOD.replace(GS, "") + S5,
    "sex of the mother tongue": GOOD.replace(S5, "S5H"),
    "no field at all": HEAD,
    "junk instead of fields": HEAD + GS * 3 + "NOTHING",
    "unknown field": GOOD + "S9X",
}


@pytest.mark.parametrize("payload", NOT_MENDED.values(), ids=NOT_MENDED)
def test_leniency_mends_nothing_else(payload):
    with pytest.raises(InvalidDatamatrix):
        decode(payload, lenient=True)


def test_a_payload_is_text_or_bytes():
    assert decode(bytearray(GOOD.encode())) == decode(GOOD)
    for wrong in (None, 1, [GOOD], memoryview(GOOD.encode())):
        with pytest.raises(TypeError):
            decode(wrong)


# --- writing ---------------------------------------------------------------------------------


def payload(**changes) -> str:
    return encode(people.local(PERSON, **changes))


def with_oid(oid: str) -> Matricule:
    return Matricule.parse(PERSON.matricule, oid=oid)


@pytest.mark.parametrize(("oid", "closed"), [(8, True), (9, True), (10, False), (11, False)])
def test_an_oid_of_19_is_closed_and_one_of_20_is_not(oid, closed):
    text = f"1.2.250.1.213.1.4.{oid}"
    written = payload(matricule=with_oid(text))
    assert f"S2{text}{GS * closed}S3" in written
    assert decode(written).oid == text


@pytest.mark.parametrize("length", [1, 2, 99, 100])
@pytest.mark.parametrize(
    ("code", "field"), [("S3", "birth_given_names"), ("S4", "birth_name")], ids=["S3", "S4"]
)
def test_a_name_is_closed_unless_it_has_100_characters(code, field, length):
    name = "A" * length
    written = payload(**{field: name})
    follows = "S4" if code == "S3" else "S5"
    assert f"{code}{name}{GS * (length < 100)}{follows}" in written
    assert getattr(decode(written), field) == name
    assert getattr(decode(written, lenient=True), field) == name


@pytest.mark.parametrize("field", ["birth_given_names", "birth_name"])
def test_a_name_of_101_characters_travels_elsewhere_but_not_here(field):
    identity = people.local(PERSON, **{field: "A" * 101})
    assert identity.may_transmit_ins
    with pytest.raises(InvalidValue, match="100") as caught:
        encode(identity)
    assert caught.value.place == field


def test_letters_that_become_two_count_as_two():
    assert "S4" + "OE" * 50 + "S5" in payload(birth_name="Œ" * 50)
    with pytest.raises(InvalidValue):
        payload(birth_name="Œ" * 50 + "A")


def test_the_longest_message_has_291_characters():
    written = payload(
        birth_name="A" * 100, birth_given_names="B" * 100, matricule=with_oid(people.TEST)
    )
    assert len(written) == 291
    assert GS not in written


def test_the_last_field_is_never_closed():
    assert payload(birth_place="").endswith("S5FS628-03-1979")
    assert payload().endswith("S751215")


def test_names_are_written_in_the_insi_form():
    written = payload(birth_name="D\u2019Artagnan--\u0110ặng", birth_given_names="Léa Maëlle")
    assert f"S3LEA MAELLE{GS}S4D'ARTAGNAN--DANG{GS}" in written


@pytest.mark.parametrize(
    "name",
    [
        "A" + GS + "S5M", "A\0B", "A1", "S4B", "王", "A\u200b", "A\n", "MU\u00a8LLER", "A™",
        "A\u202eB",
    ],
    ids=range(10),
)  # fmt: skip
@pytest.mark.parametrize("field", ["birth_given_names", "birth_name"])
def test_no_name_can_bring_a_separator_a_field_or_a_foreign_character(field, name):
    with pytest.raises(InvalidValue) as caught:
        payload(**{field: name})
    assert caught.value.place == field


def test_a_given_name_with_two_hyphens_is_not_written():
    with pytest.raises(InvalidValue):
        payload(birth_given_names="MARIE--LOUISE")


@pytest.mark.parametrize("place", ["5121", "512155", "PARIS", "51215" + GS, "2a004", " 51215"])
def test_a_birthplace_that_is_no_cog_code_is_not_written(place):
    with pytest.raises(InvalidValue) as caught:
        payload(birth_place=place)
    assert caught.value.place == "birth_place"


def test_a_used_name_is_none_of_the_datamatrix_s_business():
    assert payload(used_name="X2", used_given_name="A--B", first_birth_given_name="1") == payload()


REFUSED_TO_WRITE = {
    "provisoire": {"status": IdentityStatus.PROVISOIRE, "matricule": None},
    "validee": {"status": IdentityStatus.VALIDEE, "matricule": None},
    "recuperee": {"status": IdentityStatus.RECUPEREE},
    "asserted": {"asserted": True},
    "asserted and doubtful": {"asserted": True, "attributes": {Attribute.DOUTEUSE}},
    "no oid": {"matricule": Matricule.parse(PERSON.matricule)},
    "wrong key": {"matricule": Matricule.parse("279035121518988", oid=people.NIR)},
    "sex I": {"sex": Sex.I},
    "no sex": {"sex": None},
    "no date": {"birth_date": None},
    "lunar date": {"birth_date": None, "received_birth_date": "1979-00-00"},
    "no name": {"birth_name": ""},
    "blank given names": {"birth_given_names": "  "},
}


@pytest.mark.parametrize("changes", REFUSED_TO_WRITE.values(), ids=REFUSED_TO_WRITE)
def test_only_a_qualified_local_identity_is_written(changes):
    with pytest.raises(IdentityNotQualified) as caught:
        payload(**changes)
    message = str(caught.value)
    assert not [text for text in people.secrets(people.local(PERSON)) if text in message]


def test_a_wrong_key_is_written_for_test_numbers_only():
    wrong = Matricule.parse("279035121518988", oid=people.TEST)
    assert "S1279035121518988" in payload(matricule=wrong)


def test_years_have_four_digits():
    assert "S601-02-0950" in payload(birth_date=date(950, 2, 1))


def test_a_scanned_identity_is_found_and_never_written_back():
    scanned = decode(encode(people.local(PERSON)))
    assert preselect(scanned, [people.local(PERSON)])
    with pytest.raises(IdentityNotQualified):
        encode(scanned)


@pytest.mark.parametrize("wrong", [None, "text", 5], ids=repr)
@pytest.mark.parametrize("function", [encode, draw, symbol])
def test_only_an_identity_has_a_symbol(function, wrong):
    with pytest.raises(TypeError, match="identity is a Identity, not"):
        function(wrong)
