"""The one record that a received identity may preselect, and the reason of every other."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date

import people
import pytest

from segur_interop.errors import InvalidMatricule
from segur_interop.ins import (
    PRODUCTION_OIDS,
    Attribute,
    Identity,
    IdentityStatus,
    Matricule,
    Reason,
    Sex,
    Traits,
    preselect,
)

PERSON = people.BY_ID["insi-7"]
NUMBER = people.matricule(PERSON)
FORMER = Matricule.parse("209076322083439", oid=people.NIR)
INCOMING = people.received(PERSON)
LOCAL = people.local(PERSON)
OTHER_PERSON = people.local(people.BY_ID["insi-1"])
VALIDEE = {"status": IdentityStatus.VALIDEE, "matricule": None}


def outcome(incoming: Identity, *candidates: Identity, **options):
    match = preselect(incoming, candidates, **options)
    assert bool(match) is (match.ack_code is None)
    reasons = [proposal.reason for proposal in match.others]
    rules = {finding.rule.removeprefix("ins.preselect.") for finding in match.findings}
    return match.candidate, match.ack_code, reasons, rules


def test_the_same_person_qualified_on_both_sides_is_preselected():
    assert outcome(INCOMING, OTHER_PERSON, LOCAL) == (LOCAL, None, [], set())
    assert preselect(INCOMING, [LOCAL]).candidate is LOCAL


@pytest.mark.parametrize("person", [pytest.param(p, id=p.id) for p in people.EVERYONE])
def test_each_official_person_finds_only_itself(person):
    everyone = [people.local(other) for other in people.EVERYONE]
    own = people.local(person)
    alone = preselect(people.received(person), [own])
    usable = person.key_is_right or person.oid == people.TEST
    assert alone.candidate == (own if usable else None)
    assert alone.ack_code == (None if usable else "906")
    match = preselect(people.received(person), everyone)
    sharing = [p for p in people.EVERYONE if p.matricule[:13] == person.matricule[:13]]
    assert match.candidate == (own if usable and len(sharing) == 1 else None)


def test_the_two_official_sets_disagree_with_904():
    match = preselect(people.received(people.BY_ID["hl7-1"]), [people.local(people.BY_ID["kit-1"])])
    assert not match
    assert match.ack_code == "904"


@pytest.mark.parametrize(
    "changes",
    [
        {"birth_name": "Ecetinsi"},
        {"birth_given_names": "Pierre\u2010Alain Muriel Florïant"},
        {"birth_place": ""},
        {"attributes": {Attribute.HOMONYME}},
        {"used_name": "X", "first_birth_given_name": "MURIEL"},
        {"birth_date_completed": True},
    ],
    ids=["case", "accent and dash", "no place", "homonyme", "used name", "completed date"],
)
def test_what_leaves_the_traits_equal_still_preselects(changes):
    assert preselect(INCOMING, [people.local(PERSON, **changes)])
    assert preselect(people.received(PERSON, **changes), [LOCAL])


OTHER_TWIN = Matricule.parse("109076322083586", oid=people.NIR)

# Local record → reason, acknowledgement, rule.
ONE_RECORD = {
    "validee with the number is impossible, recuperee": (
        {"status": IdentityStatus.RECUPEREE}, Reason.NOT_QUALIFIED, "906", "not-qualified",
    ),
    "asserted by another sender": (
        {"asserted": True}, Reason.NOT_QUALIFIED, "906", "not-qualified",
    ),
    "hyphen": (
        {"birth_given_names": "PIERRE ALAIN MURIEL FLORIANT"},
        Reason.TYPOGRAPHIC, "904", "typographic",
    ),
    "no sex": ({"sex": None}, Reason.INCOMPLETE, "904", "incomplete"),
    "no date": ({"birth_date": None}, Reason.INCOMPLETE, "904", "incomplete"),
    "no name": ({"birth_name": ""}, Reason.INCOMPLETE, "904", "incomplete"),
    "no given names": ({"birth_given_names": "--"}, Reason.INCOMPLETE, "904", "incomplete"),
    "lunar date": (
        {"birth_date": None, "received_birth_date": "2009-00-00"},
        Reason.INCOMPLETE, "904", "incomplete",
    ),
    "name changed": ({"birth_name": "MARTIN"}, Reason.FORMER_IDENTITY, "904", "former-identity"),
    "given name changed": (
        {"birth_given_names": "CAMILLE"}, Reason.FORMER_IDENTITY, "904", "former-identity",
    ),
    "sex changed": ({"sex": Sex.F}, Reason.FORMER_IDENTITY, "904", "former-identity"),
    "sex and name changed": (
        {"sex": Sex.F, "birth_given_names": "CAMILLE"},
        Reason.FORMER_IDENTITY, "904", "former-identity",
    ),
    "first given name alone": (
        {"birth_given_names": "PIERRE-ALAIN"}, Reason.FORMER_IDENTITY, "904", "former-identity",
    ),
    "other date": ({"birth_date": date(2009, 7, 15)}, Reason.COLLISION, "904", "collision"),
    "other century": ({"birth_date": date(1909, 7, 14)}, Reason.COLLISION, "904", "collision"),
    "other place": ({"birth_place": "51215"}, Reason.COLLISION, "904", "collision"),
    "unknown place": ({"birth_place": "99999"}, Reason.INCOMPLETE, "904", "incomplete"),
    "unknown place, other date": (
        {"birth_place": "99999", "birth_date": date(2009, 7, 15)},
        Reason.COLLISION, "904", "collision",
    ),
    "other name, no place": (
        {"birth_name": "MARTIN", "birth_place": ""}, Reason.COLLISION, "904", "collision",
    ),
    "everything else": (
        {"birth_name": "A", "birth_given_names": "B", "birth_date": date(1950, 1, 1)},
        Reason.COLLISION, "904", "collision",
    ),
    "other date, former traits say it": (
        {"birth_date": date(2009, 7, 15), "former_traits": (LOCAL.traits,)},
        Reason.FORMER_IDENTITY, "904", "former-identity",
    ),
    "number in the history": (
        {"matricule": FORMER, "history": (NUMBER,)}, Reason.HISTORICAL, "904", "historical",
    ),
    "number in the history, other traits": (
        {"matricule": FORMER, "history": (NUMBER,), "birth_date": date(1950, 1, 1)},
        Reason.HISTORICAL, "904", "historical",
    ),
    "number in the history without number of its own": (
        {**VALIDEE, "history": (NUMBER,)}, Reason.HISTORICAL, "904", "historical",
    ),
    "other number": ({"matricule": OTHER_TWIN}, Reason.OTHER_MATRICULE, "904", "other-matricule"),
    "other oid": (
        {"matricule": Matricule.parse(PERSON.matricule, oid=people.TEST)},
        Reason.OTHER_AUTHORITY, "904", "other-authority",
    ),
    "NIA of the same digits": (
        {"matricule": Matricule.parse(PERSON.matricule, oid=people.NIA)},
        Reason.OTHER_AUTHORITY, "904", "other-authority",
    ),
    "number without oid": (
        {"matricule": Matricule.parse(PERSON.matricule)},
        Reason.OTHER_AUTHORITY, "904", "other-authority",
    ),
    "other key": (
        {"matricule": Matricule.parse(PERSON.matricule[:13] + "88", oid=people.NIR)},
        Reason.OTHER_AUTHORITY, "904", "other-authority",
    ),
    "other oid, other date": (
        {
            "matricule": Matricule.parse(PERSON.matricule, oid=people.NIA),
            "birth_date": date(2009, 7, 15),
        },
        Reason.COLLISION, "904", "collision",
    ),
    "other oid, no sex": (
        {"matricule": Matricule.parse(PERSON.matricule, oid=people.NIA), "sex": None},
        Reason.OTHER_AUTHORITY, "904", "other-authority",
    ),
    "other oid, former traits say it": (
        {
            "matricule": Matricule.parse(PERSON.matricule),
            "birth_date": date(2009, 7, 15),
            "former_traits": (LOCAL.traits,),
        },
        Reason.OTHER_AUTHORITY, "904", "other-authority",
    ),
    "number in the history under another oid": (
        {"matricule": FORMER, "history": (Matricule.parse(PERSON.matricule, oid=people.NIA),)},
        Reason.HISTORICAL, "904", "historical",
    ),
    "other number, former traits": (
        {"matricule": OTHER_TWIN, "birth_name": "X", "former_traits": (LOCAL.traits,)},
        Reason.OTHER_MATRICULE, "904", "other-matricule",
    ),
    "validee": (VALIDEE, Reason.SAME_TRAITS, "902", "unknown"),
    "provisoire": (
        {"status": IdentityStatus.PROVISOIRE, "matricule": None},
        Reason.SAME_TRAITS, "902", "unknown",
    ),
    "douteuse": (
        {
            "status": IdentityStatus.PROVISOIRE, "matricule": None,
            "attributes": {Attribute.DOUTEUSE},
        },
        Reason.SAME_TRAITS, "902", "unknown",
    ),
    "validee, hyphen": (
        {**VALIDEE, "birth_given_names": "PIERRE ALAIN MURIEL FLORIANT"},
        Reason.SAME_TRAITS, "902", "unknown",
    ),
    "validee, former name": (
        {**VALIDEE, "birth_name": "X", "former_traits": (LOCAL.traits,)},
        Reason.SAME_TRAITS, "902", "unknown",
    ),
    "alike": (
        {**VALIDEE, "birth_name": "ECET", "birth_given_names": "PIERRE"},
        Reason.SIMILAR, "902", "unknown",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "reason", "code", "rule"), ONE_RECORD.values(), ids=ONE_RECORD)
def test_one_other_record_is_proposed_with_its_reason(changes, reason, code, rule):
    assert outcome(INCOMING, people.local(PERSON, **changes)) == (None, code, [reason], {rule})


def test_every_reason_and_code_is_met():
    met = {reason for _, reason, _, _ in ONE_RECORD.values()}
    assert met | {Reason.SAME, Reason.DUPLICATE} == set(Reason)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"birth_name": "MARTIN"},
        {"birth_date": date(2009, 7, 15)},
    ],
    ids=["nothing in common", "other name", "other date"],
)
def test_strangers_are_not_proposed(changes):
    stranger = dataclasses.replace(OTHER_PERSON, **changes)
    assert outcome(INCOMING, stranger) == (None, "902", [], {"unknown"})
    assert outcome(INCOMING) == (None, "902", [], {"unknown"})


BLOCKED = {
    "no number": ({"matricule": None}, "903", {"no-ins"}),
    "number without oid": ({"matricule": Matricule.parse(PERSON.matricule)}, "903", {"no-ins"}),
    "no name": ({"birth_name": ""}, "905", {"incomplete"}),
    "blank name": ({"birth_name": "-"}, "905", {"incomplete"}),
    "no given names": ({"birth_given_names": " "}, "905", {"incomplete"}),
    "no date": ({"birth_date": None}, "905", {"incomplete"}),
    "no sex": ({"sex": None}, "905", {"incomplete"}),
    "sex I": ({"sex": Sex.I}, "905", {"incomplete"}),
    "wrong key": (
        {"matricule": Matricule.parse(PERSON.matricule[:13] + "88", oid=people.NIR)},
        "906", {"key"},
    ),
    "provisoire": ({"status": IdentityStatus.PROVISOIRE}, "906", {"status"}),
    "recuperee": ({"status": IdentityStatus.RECUPEREE}, "906", {"status"}),
    "validee": ({"status": IdentityStatus.VALIDEE}, "906", {"status"}),
    "douteuse": ({"attributes": {Attribute.DOUTEUSE}}, "906", {"attributes"}),
    "fictive": ({"attributes": {Attribute.FICTIVE}}, "906", {"attributes"}),
    "fictive and provisoire": (
        {"attributes": {Attribute.FICTIVE}, "status": IdentityStatus.PROVISOIRE},
        "906", {"status", "attributes"},
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "code", "rules"), BLOCKED.values(), ids=BLOCKED)
def test_what_was_received_may_block_by_itself(changes, code, rules):
    incoming = people.received(PERSON, **changes)
    twin = people.local(PERSON, **{k: v for k, v in changes.items() if k == "matricule" and v})
    candidate, ack, _, found = outcome(incoming, twin)
    assert (candidate, ack, found) == (None, code, rules)


def test_all_missing_traits_are_named():
    bare = people.received(PERSON, birth_name="", birth_given_names="", birth_date=None, sex=None)
    match = preselect(bare, [LOCAL])
    assert [finding.place for finding in match.findings] == [
        "birth_name", "birth_given_names", "birth_date", "sex",
    ]  # fmt: skip
    assert [proposal.reason for proposal in match.others] == [Reason.INCOMPLETE]


def test_test_numbers_are_refused_where_only_real_ones_are_accepted():
    kit = people.BY_ID["kit-1"]
    incoming, local = people.received(kit), people.local(kit)
    assert preselect(incoming, [local])
    assert outcome(incoming, local, accepted_oids=PRODUCTION_OIDS) == (
        None, "906", [Reason.SAME], {"oid"},
    )  # fmt: skip
    assert preselect(INCOMING, [LOCAL], accepted_oids=PRODUCTION_OIDS)


def test_a_social_security_number_never_becomes_an_ins():
    for oid in ("1.2.250.1.213.1.4.13", "1.2.250.1.213.1.4.14", "1.2.250.1.213.1.4.2"):
        with pytest.raises(InvalidMatricule):
            people.received(PERSON, matricule=Matricule.parse(PERSON.matricule, oid=oid))


@pytest.mark.parametrize(
    ("incoming", "candidates"),
    [(None, []), ("x", []), (NUMBER, []), (INCOMING, [None]), (INCOMING, [LOCAL, "x"])],
    ids=["none", "text", "matricule", "no candidate", "a text among candidates"],
)
def test_what_is_no_identity_is_a_type_error(incoming, candidates):
    with pytest.raises(TypeError, match="is an Identity or has one"):
        preselect(incoming, candidates)


def test_accepted_oids_are_a_collection():
    with pytest.raises(TypeError, match="accepted_oids"):
        preselect(INCOMING, [LOCAL], accepted_oids=people.NIR)
    assert preselect(INCOMING, [LOCAL], accepted_oids=iter([people.NIR]))


def test_what_others_assert_never_preselects():
    assert not preselect(INCOMING, [INCOMING])
    assert not preselect(LOCAL, [people.received(PERSON)])


SAME_DIGITS = {
    "oid": Matricule.parse(PERSON.matricule, oid=people.NIA),
    "none": Matricule.parse(PERSON.matricule),
    "key": Matricule.parse(PERSON.matricule[:13] + "88", oid=people.NIR),
}

DUPLICATES = {
    "twice the same": (LOCAL, LOCAL),
    "one qualified, one recuperee": (LOCAL, people.local(PERSON, status=IdentityStatus.RECUPEREE)),
    "one with another name": (LOCAL, people.local(PERSON, birth_name="MARTIN")),
    "one with another date": (LOCAL, people.local(PERSON, birth_date=date(1909, 7, 14))),
    "one asserted": (LOCAL, people.received(PERSON)),
    "one had the number before": (
        LOCAL, people.local(people.BY_ID["insi-1"], history=(NUMBER,)),
    ),
    "two had the number before": (
        people.local(people.BY_ID["insi-1"], history=(NUMBER,)),
        people.local(people.BY_ID["insi-2"], history=(NUMBER,)),
    ),
    "one under another oid": (LOCAL, people.local(PERSON, matricule=SAME_DIGITS["oid"])),
    "one without oid": (LOCAL, people.local(PERSON, matricule=SAME_DIGITS["none"])),
    "one with another key": (LOCAL, people.local(PERSON, matricule=SAME_DIGITS["key"])),
    "someone else under another oid": (
        LOCAL, people.local(people.BY_ID["insi-1"], matricule=SAME_DIGITS["oid"]),
    ),
    "someone else had it under another oid": (
        LOCAL, people.local(people.BY_ID["insi-1"], history=(SAME_DIGITS["oid"],)),
    ),
    "two that differ": (
        people.local(PERSON, birth_name="A"), people.local(PERSON, birth_name="B"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("candidates", DUPLICATES.values(), ids=DUPLICATES)
def test_two_records_with_the_number_block_each_other(candidates):
    for order in (candidates, candidates[::-1]):
        assert outcome(INCOMING, *order) == (
            None, "906", [Reason.DUPLICATE, Reason.DUPLICATE], {"duplicate"},
        )  # fmt: skip


def test_a_received_former_number_points_at_the_record_that_still_has_it():
    old = people.local(PERSON, matricule=FORMER)
    incoming = people.received(PERSON, history=(FORMER,))
    assert outcome(incoming, old) == (None, "904", [Reason.HISTORICAL], {"historical"})
    candidate, code, reasons, _ = outcome(incoming, old, LOCAL)
    assert (candidate, code, reasons) == (None, "906", [Reason.DUPLICATE] * 2)


def test_homonyms_without_the_number_are_shown_beside_the_preselected_one():
    homonym = people.local(PERSON, matricule=OTHER_TWIN)
    bare = people.local(PERSON, **VALIDEE)
    match = preselect(INCOMING, [bare, homonym, LOCAL])
    assert match.candidate is LOCAL
    assert [proposal.reason for proposal in match.others] == [
        Reason.OTHER_MATRICULE, Reason.SAME_TRAITS,
    ]  # fmt: skip
    assert match.findings == ()


def test_twins_are_never_taken_for_each_other():
    first = people.local(PERSON, birth_given_names="MARIE", multiple_birth_order=1)
    second = people.local(
        PERSON, birth_given_names="MARIE-LOUISE", matricule=OTHER_TWIN, multiple_birth_order=2
    )
    incoming = dataclasses.replace(first, asserted=True)
    match = preselect(incoming, [second, first])
    assert match.candidate is first
    assert [proposal.reason for proposal in match.others] == [Reason.SIMILAR]
    alone = preselect(incoming, [second])
    assert (alone.candidate, alone.ack_code) == (None, "902")
    swapped = dataclasses.replace(incoming, birth_given_names="MARIE-LOUISE")
    assert outcome(swapped, first)[:3] == (None, "904", [Reason.FORMER_IDENTITY])


@pytest.mark.parametrize("filler", ["SNP", "SANS NOM"])
def test_a_filler_is_no_name_to_preselect_by(filler):
    incoming = people.received(PERSON, birth_name=filler)
    assert outcome(incoming, people.local(PERSON, birth_name=filler)) == (
        None, "904", [Reason.INCOMPLETE], {"incomplete"},
    )  # fmt: skip
    incoming = people.received(PERSON, birth_given_names="SPC")
    assert not preselect(incoming, [people.local(PERSON, birth_given_names="SPC")])


@pytest.mark.parametrize(
    ("person", "former"),
    [("insi-3", "20020"), ("insi-4", "20020")],
)
def test_the_former_code_of_corsica_is_for_a_person_to_judge(person, former):
    corsican = people.BY_ID[person]
    for incoming, local in (
        (people.received(corsican), people.local(corsican, birth_place=former)),
        (people.received(corsican, birth_place=former), people.local(corsican)),
    ):
        assert outcome(incoming, local) == (None, "904", [Reason.TYPOGRAPHIC], {"typographic"})


@pytest.mark.parametrize(("one", "other"), [("98511", "97611"), ("97123", "97701")])
def test_former_codes_overseas_too(one, other):
    match = preselect(
        people.received(PERSON, birth_place=one), [people.local(PERSON, birth_place=other)]
    )
    assert (match.candidate, match.others[0].reason) == (None, Reason.TYPOGRAPHIC)


def test_former_traits_received_find_a_record_that_was_not_told():
    changed = people.received(
        PERSON,
        birth_name="MARTIN",
        birth_date=date(2010, 7, 14),
        matricule=OTHER_TWIN,
        former_traits=(LOCAL.traits,),
    )
    assert outcome(changed, LOCAL)[2] == [Reason.OTHER_MATRICULE]


def test_former_traits_of_someone_else_prove_nothing():
    record = people.local(
        people.BY_ID["insi-1"],
        former_traits=(Traits(birth_name="X", birth_given_names="Y"), Traits()),
    )
    assert outcome(INCOMING, record) == (None, "902", [], {"unknown"})


@dataclass(frozen=True)
class Record:
    row: int
    identity: Identity


def test_records_of_the_caller_s_own_are_given_back():
    records = [Record(1, OTHER_PERSON), Record(2, LOCAL)]
    match = preselect(Record(0, INCOMING), iter(records))
    assert match.candidate is records[1]
    assert preselect(INCOMING, (record for record in records)).candidate is records[1]


def test_proposals_come_most_telling_first():
    records = [
        people.local(PERSON, **VALIDEE, birth_name="ECET", birth_given_names="PIERRE"),
        people.local(PERSON, **VALIDEE),
        people.local(PERSON, matricule=OTHER_TWIN),
        people.local(PERSON, birth_name="MARTIN"),
    ]
    assert outcome(INCOMING, *records)[2] == [
        Reason.FORMER_IDENTITY, Reason.OTHER_MATRICULE, Reason.SAME_TRAITS, Reason.SIMILAR,
    ]  # fmt: skip


def test_a_match_shows_nothing_of_anyone():
    records = [people.local(PERSON, birth_name="MARTIN"), LOCAL, people.local(PERSON, **VALIDEE)]
    match = preselect(INCOMING, records)
    shown = repr(match) + repr(match.others) + "".join(map(str, match.findings))
    shown += repr(preselect(INCOMING, [LOCAL]))
    secrets = set().union(*(people.secrets(record) for record in records))
    assert not [text for text in secrets if text in shown]
