"""Properties of the INS: key, Datamatrix text, comparison, preselection, JSON, discretion."""

from __future__ import annotations

import dataclasses
import json
import random
import re
import unicodedata
from datetime import date

import people
import strategies
from hypothesis import assume, example, given
from hypothesis import strategies as st
from stdnum.fr import nir

from segur_interop.errors import (
    IdentityError,
    IdentityNotQualified,
    InvalidDatamatrix,
    InvalidMatricule,
    InvalidValue,
)
from segur_interop.ins import (
    INS_OIDS,
    PRODUCTION_OIDS,
    TRANSITIONS,
    Attribute,
    Evidence,
    Identity,
    IdentityEvent,
    IdentityStatus,
    Matricule,
    Reason,
    Sex,
    TraitVerdict,
    compare,
    complete_birth_date,
    decode,
    encode,
    matricule_key,
    normalise_given_names,
    normalise_name,
    preselect,
    search_key,
    search_keys,
)

GS = chr(29)
HEAD = "IS01" + "0" * 22

# --- key -------------------------------------------------------------------------------------


def test_the_key_is_that_of_python_stdnum_on_20_000_numbers():
    draw = random.Random(97)
    corsica = {"2A": 0, "2B": 0}
    keys = set()
    for turn in range(20_000):
        department = ("2A", "2B", f"{draw.randrange(100):02d}")[turn % 3]
        head = f"{draw.randrange(1, 9)}{draw.randrange(10_000):04d}{department}"
        order = draw.randrange(1_000_000)
        if turn % 7 == 0:  # so that key 97 comes up
            order -= (97 - int(nir.calc_check_digits(f"{head}{order:06d}"))) % 97
            order += 97 * (order < 0)
        number = f"{head}{order:06d}"
        key = nir.calc_check_digits(number)
        assert matricule_key(number) == key
        assert Matricule.parse(number + key).is_valid
        wrong = f"{(int(key) + draw.randrange(1, 97) - 1) % 97 + 1:02d}"
        assert Matricule.parse(number + wrong).is_valid is nir.is_valid(number + wrong)
        corsica.update({department: corsica.get(department, 0) + 1})
        keys.add(key)
    assert min(corsica["2A"], corsica["2B"]) > 6000
    assert keys == {f"{key:02d}" for key in range(1, 98)}


@given(strategies.matricule_numbers(), st.integers(0, 14), st.integers(0, 9))
def test_one_changed_digit_is_always_seen(number, index, digit):
    whole = number + matricule_key(number)
    changed = whole[:index] + str(digit) + whole[index + 1 :]
    assume(changed != whole)
    try:
        assert not Matricule.parse(changed).is_valid
    except InvalidMatricule:
        assert number[5:7] in ("2A", "2B")


@given(strategies.matricule_numbers(), st.integers(0, 13))
def test_two_digits_in_the_wrong_order_are_always_seen(number, index):
    whole = number + matricule_key(number)
    swapped = whole[:index] + whole[index + 1] + whole[index] + whole[index + 2 :]
    assume(swapped != whole)
    try:
        assert not Matricule.parse(swapped).is_valid
    except InvalidMatricule:
        assert number[5:7] in ("2A", "2B")


@given(st.text(max_size=20), st.none() | st.sampled_from(sorted(INS_OIDS)) | st.text(max_size=24))
def test_any_text_is_a_matricule_or_a_refusal(text, oid):
    try:
        matricule = Matricule.parse(text, oid=oid)
    except InvalidMatricule:
        return
    assert re.fullmatch(r"[0-9]{5}([0-9]{2}|2[AB])[0-9]{8}", matricule.value)
    assert matricule.oid is None or matricule.oid in INS_OIDS


# --- Datamatrix text -------------------------------------------------------------------------


def insi_form(text: str) -> str:
    """The INSi form, told otherwise: marks off, the few letters that Unicode does not divide."""
    pairs = {"œ": "oe", "Œ": "OE", "Æ": "AE", "ß": "SS", "Ø": "O", "đ": "d", "Ł": "L"}
    pairs |= {"\u2019": "'", "´": "'", "`": "'", "–": "-", "‐": "-", "\u00a0": " "}
    for old, new in pairs.items():
        text = text.replace(old, new)
    plain = [char for char in unicodedata.normalize("NFD", text) if not unicodedata.combining(char)]
    return "".join(plain).upper().strip(" ")


def expected_payload(identity: Identity) -> str:
    """The text of the grammar, written field by field."""
    matricule, born = identity.matricule, identity.birth_date
    assert matricule is not None
    assert born is not None
    assert identity.sex is not None
    given_names, name = insi_form(identity.birth_given_names), insi_form(identity.birth_name)
    text = HEAD + "S1" + matricule.value + "S2" + str(matricule.oid)
    text += "" if len(str(matricule.oid)) == 20 else GS
    text += "S3" + given_names + ("" if len(given_names) == 100 else GS)
    text += "S4" + name + ("" if len(name) == 100 else GS)
    text += "S5" + identity.sex.value + f"S6{born.day:02}-{born.month:02}-{born.year:04}"
    return text + ("S7" + identity.birth_place if identity.birth_place else "")


@given(strategies.qualified() | strategies.identities())
def test_what_is_written_is_read_back_and_the_rest_is_refused(identity):
    try:
        payload = encode(identity)
    except IdentityNotQualified:
        assert not identity.may_transmit_ins
        return
    except InvalidValue:
        assert identity.may_transmit_ins
        return
    for lenient in (False, True):
        read = decode(payload, lenient=lenient)
        assert read.matricule == identity.matricule
        assert read.oid == identity.oid
        assert read.birth_name == normalise_name(identity.birth_name)
        assert read.birth_given_names == normalise_given_names(identity.birth_given_names)
        assert (read.birth_date, read.sex) == (identity.birth_date, identity.sex)
        assert read.birth_place == identity.birth_place
        assert (read.asserted, read.status) == (True, IdentityStatus.QUALIFIEE)
        assert not read.may_transmit_ins
        assert read.reading == ()


@given(strategies.qualified())
def test_the_writer_follows_the_grammar_to_the_letter(identity):
    assume(len(identity.birth_name) <= 100)
    assume(len(identity.birth_given_names) <= 100)
    assert encode(identity) == expected_payload(identity)


@given(
    strategies.qualified(
        birth_name=st.text("éÉœß\u2019´-ABz ", min_size=1, max_size=20),
        birth_given_names=st.text("abŁđ`' Ç", min_size=1, max_size=20),
    )
)
def test_names_as_typed_are_written_in_the_insi_form(identity):
    assume(identity.may_transmit_ins)
    assert encode(identity) == expected_payload(identity)


def tried(payload: str | bytes, lenient: bool) -> Identity | InvalidDatamatrix:
    try:
        return decode(payload, lenient=lenient)
    except InvalidDatamatrix as error:
        return error


@given(st.text() | st.binary() | st.text().map(HEAD.__add__), st.booleans())
@example(HEAD, True)
@example(b"\xff" + HEAD.encode(), True)
def test_anything_at_all_is_an_identity_or_an_invalid_datamatrix(payload, lenient):
    read = tried(payload, lenient)
    assert read.place if isinstance(read, InvalidDatamatrix) else read.asserted


FRAGMENTS = st.sampled_from(
    [f"S{n}" for n in range(10)]
    + [GS, "<GS>", "^]", "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.10", "279035121518989"]
    + ["DOMINIQUE", "M", "F", "28-03-1979", "31-02-1979", "51215", "2A004", " ", "'", "-", "\0"]
)


@given(st.lists(FRAGMENTS, max_size=24).map("".join), st.booleans())
def test_any_arrangement_of_fields_is_an_identity_or_an_invalid_datamatrix(body, lenient):
    read = tried(HEAD + body, lenient)
    if isinstance(read, Identity):
        assert says_exactly(HEAD + body, read)
        return
    assert read.place
    assert not [word for word in ("DOMINIQUE", "279035121518989") if word in str(read)]


def says_exactly(text: str, read: Identity) -> bool:
    """True when the text, its separators and ends set aside, holds these values and no more.

    This is what leniency guarantees: it drops separators, a symbology identifier, white space at
    the ends, and nothing else. A text that was changed into another well-formed text says
    another person; only the key of the matricule, and the comparison of traits, can tell.
    """
    bare = re.sub(r"<GS>|\\x1d|\\u001d|\^\]|\{GS\}|ó|␝", GS, text, flags=re.IGNORECASE)
    bare = re.sub(r"^\](d)[0-6]", "", bare.strip("\ufeff \t\r\n\0"), flags=re.IGNORECASE)
    body = bare.replace(GS, "")[len(HEAD) :]
    born = read.birth_date
    assert read.matricule is not None
    assert read.sex is not None
    assert born is not None
    fields = [
        "S1" + read.matricule.value,
        "S2" + str(read.oid),
        "S3" + read.birth_given_names,
        "S4" + read.birth_name,
        "S5" + read.sex.value,
        f"S6{born.day:02}-{born.month:02}-{born.year:04}",
    ]
    fields += ["S7" + read.birth_place] if read.birth_place else []
    fields.sort(key=lambda field: body.find(field[:2]))
    return body == "".join(fields)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["delete", "insert", "replace", "swap", "drop all separators", "type"]),
        st.integers(0, 400),
        st.sampled_from(list(f"S123456789A-' MF{GS}Oéó\u200b٢") + ["S3", "S4", "<GS>", "^]"]),
    ),
    min_size=1,
    max_size=4,
)


def edited(text: str, edits: list[tuple[str, int, str]]) -> str:
    for kind, at, piece in edits:
        at %= len(text) or 1
        if kind == "delete":
            text = text[:at] + text[at + 1 :]
        elif kind == "insert":
            text = text[:at] + piece + text[at:]
        elif kind == "replace":
            text = text[:at] + piece + text[at + 1 :]
        elif kind == "swap":
            text = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
        elif kind == "drop all separators":
            text = text.replace(GS, "")
        else:
            text = text.replace(GS, "<GS>")
    return text


@given(strategies.qualified(), EDITS)
def test_a_damaged_text_is_refused_or_says_exactly_what_is_read(identity, edits):
    assume(max(len(identity.birth_name), len(identity.birth_given_names)) <= 100)
    text = edited(encode(identity), edits)
    for lenient in (False, True):
        read = tried(text, lenient)
        if isinstance(read, Identity):
            assert says_exactly(text, read)
            continue
        assert read.place
        secrets = [word for word in people.secrets(identity) if len(word) > 8]
        assert not [word for word in secrets if word in str(read)]


@given(strategies.qualified(), st.data())
def test_lost_and_typed_separators_never_change_the_person(identity, data):
    assume(max(len(identity.birth_name), len(identity.birth_given_names)) <= 100)
    text = encode(identity)
    written = ["", "<GS>", "^]", r"\x1D", "ó", GS, GS + GS]
    parts = text.split(GS)
    for part in parts[1:]:
        parts[0] += data.draw(st.sampled_from(written)) + part
    assert decode(parts[0], lenient=True) == decode(text)


@given(strategies.qualified(), st.integers(0, 14), st.sampled_from("0123456789"), st.booleans())
def test_one_wrong_character_in_the_number_preselects_nobody(identity, index, char, swap):
    assume(max(len(identity.birth_name), len(identity.birth_given_names)) <= 100)
    assume(identity.oid in PRODUCTION_OIDS)
    text = encode(identity)
    at = len(HEAD) + 2 + index
    if swap and index < 14:
        wrong = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    else:
        wrong = text[:at] + char + text[at + 1 :]
    assume(wrong != text)
    try:
        read = decode(wrong, lenient=True)
    except InvalidDatamatrix:
        return
    assert "ins.matricule.key" in {finding.rule for finding in read.findings}
    match = preselect(read, [identity])
    assert (match.candidate, match.ack_code) == (None, "906")


# --- names -----------------------------------------------------------------------------------


@given(strategies.written_names())
def test_no_letter_is_ever_dropped_from_a_name(text):
    try:
        name = normalise_name(text)
    except InvalidValue:
        return
    assert re.fullmatch(r"[A-Z '-]+", name)
    assert normalise_name(name) == name
    letters = sum(unicodedata.category(char)[0] == "L" for char in text)
    apostrophes = sum(char in "\u02bb\u02bc\u02b9\ua78b\ua78c" for char in text)
    assert sum(map(str.isalpha, name)) >= letters - apostrophes
    assert name.count(" ") <= sum(map(str.isspace, text))
    assert len(name.split(" ")) == len(re.split(r"\s", text.strip()))


@given(st.characters(exclude_categories=("Cs",)))
def test_each_character_is_mapped_to_its_own_kind_or_refused(char):
    try:
        name = normalise_name(f"A{char}B")
    except InvalidValue:
        return
    between = name[1:-1]
    kind = unicodedata.category(char)
    expected = {"L": r"[A-Z]+|'[A-Z]?", "M": r"", "Z": r" ", "P": r"['-]", "S": r"['-]"}[kind[0]]
    assert re.fullmatch(expected, between)


@given(strategies.written_names())
def test_search_sees_the_same_name_however_it_is_typed(text):
    key = search_key(text)
    assert not re.search(r"[\s'-]", key)
    assert key in search_keys(text) or not key
    try:
        name = normalise_name(text)
    except InvalidValue:
        return
    assert key == search_key(key) == search_key(name) == re.sub(r"[ '-]", "", name)


@given(st.text(max_size=14))
def test_any_text_is_a_birth_date_or_a_refusal(text):
    try:
        done = complete_birth_date(text)
    except InvalidValue:
        return
    assert done.value.year == int(text.strip()[:4])


@given(st.dates())
def test_a_whole_date_is_itself(born):
    for text in (born.isoformat(), born.isoformat().replace("-", "")):
        done = complete_birth_date(text)
        assert (done.value, done.completed) == (born, False)


# --- JSON ------------------------------------------------------------------------------------


@given(strategies.identities())
def test_json_gives_back_the_same_identity(identity):
    data = json.loads(json.dumps(identity.to_dict()))
    assert Identity.from_dict(data) == identity
    assert hash(Identity.from_dict(data)) == hash(identity)


FIELDS = [item.name for item in dataclasses.fields(Identity)]


@given(
    strategies.json_values()
    | st.dictionaries(st.sampled_from([*FIELDS, "x"]), strategies.json_values()).map(
        lambda data: {"version": 1, **data}
    )
)
def test_any_json_is_an_identity_or_an_invalid_value(data):
    try:
        identity = Identity.from_dict(data)
    except InvalidValue:
        return
    assert Identity.from_dict(identity.to_dict()) == identity


@given(strategies.identities(), st.sampled_from(FIELDS), strategies.json_values())
def test_one_field_replaced_by_any_json_is_an_identity_or_an_invalid_value(identity, name, value):
    data = {**identity.to_dict(), name: value}
    try:
        read = Identity.from_dict(data)
    except InvalidValue as error:
        place = error.place
    else:
        place = "identity"
        assert Identity.from_dict(read.to_dict()) == read
    assert place.startswith("identity")


# --- comparison ------------------------------------------------------------------------------


@given(strategies.identities(), strategies.identities())
def test_comparison_has_no_sides(one, other):
    assert compare(one, other) == compare(other, one)


@given(strategies.identities())
def test_an_identity_never_differs_from_itself(identity):
    result = compare(identity, identity)
    verdicts = {getattr(result, item.name).verdict for item in dataclasses.fields(result)}
    assert verdicts <= {TraitVerdict.IDENTICAL, TraitVerdict.ABSENT}


@given(strategies.written_names(), strategies.written_names())
def test_identical_names_have_the_same_letters(one, other):
    verdict = compare(Identity(birth_name=one), Identity(birth_name=other)).birth_name.verdict
    if verdict in (TraitVerdict.IDENTICAL, TraitVerdict.TYPOGRAPHIC):
        assert search_key(one) == search_key(other) or one.upper() == other.upper()


# --- preselection ----------------------------------------------------------------------------

# Names as written, beside what they mean; None where no name is told.
NAMES = [
    ("MARTIN", "MARTIN"), ("Martin", "MARTIN"), ("MÄRTIN", "MARTIN"), ("MARTIN ", "MARTIN"),
    ("MARTIN-DUPONT", "MARTIN-DUPONT"), ("MARTIN DUPONT", "MARTIN DUPONT"),
    ("MARTIN--DUPONT", "MARTIN--DUPONT"), ("D\u2019OR", "D'OR"), ("D'OR", "D'OR"), ("DOR", "DOR"),
    ("МАРТИН", "МАРТИН"), ("MAR\u200bTIN", "MAR\u200bTIN"), ("SNP", None), ("Sans-Nom", None),
    ("", None), (" ", None), ("-", None),
]  # fmt: skip
MEANING = dict(NAMES)
NAME = st.sampled_from(["MARTIN"] * 6 + list(MEANING))
ONE, TWO = "279035121518989", "277076322082910"
NUMBERS = st.sampled_from([ONE] * 8 + [TWO, ONE[:13] + "88"])
OIDS = st.sampled_from([people.NIR] * 6 + [people.TEST, people.NIA, None])
MATRICULE = st.builds(Matricule.parse, NUMBERS, OIDS)
CLOSE = {
    "birth_name": NAME,
    "birth_given_names": NAME,
    "birth_date": st.sampled_from([date(1979, 3, 28)] * 8 + [date(1879, 3, 28), None]),
    "sex": st.sampled_from([Sex.F] * 8 + [Sex.M, Sex.I, None]),
    "birth_place": st.sampled_from(["51215"] * 6 + ["", "63220", "99999"]),
    "matricule": MATRICULE,
    "status": st.sampled_from([IdentityStatus.QUALIFIEE] * 8 + list(IdentityStatus)),
    "attributes": st.sampled_from([()] * 8 + [(item,) for item in Attribute]),
    "history": st.sampled_from([()] * 8 + [(Matricule.parse(ONE, oid=people.NIR),)]),
    "former_traits": st.just(()),
}
INCOMING = strategies.identities(**CLOSE, asserted=st.just(True))
LOCALS = st.lists(strategies.identities(**CLOSE), max_size=3)


def told(identity: Identity) -> list[object]:
    """The four traits that must be equal and given, by the hand-written meanings."""
    return [
        MEANING[identity.birth_name],
        MEANING[identity.birth_given_names],
        identity.birth_date,
        identity.sex if identity.sex in (Sex.M, Sex.F) else None,
    ]


def numbers(identity: Identity) -> set[str]:
    held = [identity.matricule, *identity.history]
    return {item.number for item in held if item is not None}


def right_record(incoming: Identity, candidates: list[Identity]) -> Identity | None:
    """The oracle: qualified on both sides, the only holder, everything equal."""
    number = incoming.matricule
    usable = (
        number is not None
        and number.oid is not None
        and (number.value in (ONE, TWO) or number.oid == people.TEST)
        and incoming.status is IdentityStatus.QUALIFIEE
        and not {Attribute.DOUTEUSE, Attribute.FICTIVE} & incoming.attributes
    )
    if not usable or number is None or None in told(incoming):
        return None
    holders = [
        c
        for c in candidates
        if number.number in numbers(c) or (c.matricule and c.matricule.number in numbers(incoming))
    ]
    if len(holders) != 1:
        return None
    (record,) = holders
    places = {incoming.birth_place, record.birth_place} - {""}
    exact = (
        record.matricule == number
        and record.status is IdentityStatus.QUALIFIEE
        and not record.asserted
        and told(record) == told(incoming)
        and len(places) < 2
    )
    return record if exact else None


@given(INCOMING, LOCALS)
def test_nobody_is_preselected_but_by_the_whole_rule(incoming, candidates):
    match = preselect(incoming, candidates)
    assert match.candidate == right_record(incoming, candidates)
    assert (match.ack_code is None) is bool(match)
    assert match.ack_code in (None, "902", "903", "904", "905", "906")
    assert bool(match.findings) is not bool(match)
    if match:
        assert all(item.reason is not Reason.SAME for item in match.others)


@given(strategies.identities(), st.lists(strategies.identities(), max_size=3))
def test_any_identities_end_in_a_match(incoming, candidates):
    match = preselect(incoming, candidates, accepted_oids=PRODUCTION_OIDS)
    assert match.candidate is None or match.candidate in candidates


# --- statuses --------------------------------------------------------------------------------


@given(
    strategies.identities(),
    st.sampled_from(IdentityEvent),
    st.none() | strategies.matricules(),
    st.none() | strategies.traits(),
)
def test_whatever_happens_the_number_is_worth_what_insi_confirmed(
    identity, event, matricule, traits
):
    try:
        after = identity.after(event, matricule=matricule, traits=traits)
    except IdentityError:
        return
    from_insi = event in (IdentityEvent.INSI_ACCEPTED, IdentityEvent.APPLI_CARTE_VITALE)
    if not from_insi:
        assert after.matricule in (None, identity.matricule)
    if after.traits != identity.traits and not from_insi:
        assert after.matricule is None
        assert after.status in (IdentityStatus.PROVISOIRE, IdentityStatus.VALIDEE)
        assert identity.traits in after.former_traits
    elif after.traits == identity.traits and after.matricule in (None, identity.matricule):
        assert after.status is TRANSITIONS[identity.status, event]
    held, given = identity.matricule, after.matricule
    if event is IdentityEvent.INSI_ACCEPTED and held and given and held.number != given.number:
        assert not after.may_transmit_ins


@given(strategies.identities(asserted=st.just(True)), st.sampled_from(Evidence))
def test_an_adoption_never_gives_more_than_its_evidence(identity, evidence):
    try:
        adopted = identity.adopt(evidence)
    except (IdentityError, InvalidValue):
        return
    assert not adopted.asserted
    if evidence in (Evidence.NONE, Evidence.DOCUMENT, Evidence.INSI):
        assert not adopted.may_transmit_ins
    assert adopted.traits == identity.traits


# --- discretion ------------------------------------------------------------------------------

RARE = st.text("BCDFGHJKQXZ", min_size=4, max_size=12).map("QZ{}".format)
SECRET = strategies.identities(
    birth_name=RARE,
    birth_given_names=RARE,
    first_birth_given_name=RARE,
    birth_place=st.sampled_from(["51215", "2A004", "QZXYW"]),
    birth_place_name=RARE,
    used_name=RARE | RARE.map(lambda name: name + "7"),
    used_given_name=RARE,
    former_traits=st.just(()),
)


@given(SECRET, SECRET)
def test_no_output_shows_anything_of_a_person(one, other):
    match = preselect(one, [other])
    outputs: list[object] = [one, match, match.others, compare(one, other), one.traits]
    outputs += [*one.findings, *match.findings, one.transmission_report(), one.matricule]
    shown = [repr(item) + str(item) for item in outputs]
    shown += [item._repr_html_() for item in outputs if hasattr(item, "_repr_html_")]
    shown += [str(finding.to_dict()) for finding in one.findings]
    for action in (
        lambda: encode(one),
        one.normalised,
        lambda: one.after(IdentityEvent.INSI_ACCEPTED),
        lambda: one.adopt(Evidence.IDENTITY_REPOSITORY),
        lambda: Identity.from_dict({**one.to_dict(), "sex": one.birth_name}),
        lambda: decode(HEAD + "S3" + one.birth_given_names),
        lambda: Matricule.parse(one.birth_name, oid=one.birth_name),
    ):
        try:
            action()
        except (IdentityError, InvalidValue) as error:
            shown.append(repr(error) + str(error) + error.place)
            shown.append(str(error.report))
    text = "\n".join(shown)
    assert not [secret for secret in people.secrets(one) | people.secrets(other) if secret in text]
