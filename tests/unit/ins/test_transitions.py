"""Every event on every status and attribute, against a table written from the RNIV's two axes.

RNIV EXI SI 07-09; Guide INS EXI ID 23, 24, 26-28.
"""

from __future__ import annotations

import dataclasses
from datetime import date

import people
import pytest

from segur_interop.errors import IdentityError, InvalidValue
from segur_interop.ins import (
    Attribute,
    Evidence,
    Identity,
    IdentityEvent,
    IdentityStatus,
    Matricule,
    Sex,
    Traits,
)

P, R = IdentityStatus.PROVISOIRE, IdentityStatus.RECUPEREE
V, Q = IdentityStatus.VALIDEE, IdentityStatus.QUALIFIEE
HOMO, DOUT, FICT = Attribute.HOMONYME, Attribute.DOUTEUSE, Attribute.FICTIVE
E = IdentityEvent
PERSON = people.BY_ID["insi-7"]
NUMBER = people.matricule(PERSON)
OTHER = Matricule.parse("209076322083439", oid=people.NIR)
TRAITS = people.local(PERSON).traits
MARRIED = dataclasses.replace(TRAITS, birth_name="ECETINSI--MARTIN")

#                       PROV RECUP VALI QUAL
AFTER = {
    E.DOCUMENT_CHECKED:     (V, Q, V, Q),
    E.INSI_ACCEPTED:        (R, R, Q, Q),
    E.APPLI_CARTE_VITALE:   (Q, Q, Q, Q),
    E.INSI_REFUSED:         (P, P, V, V),
    E.STRICT_TRAIT_CHANGED: (P, P, V, V),
    E.DOUBTED:              (P, P, P, P),
    E.DECLARED_FICTIVE:     (P, P, P, P),
    E.DOUBT_LIFTED:         (P, R, V, Q),
}  # fmt: skip
GIVES_NUMBER = {E.INSI_ACCEPTED, E.APPLI_CARTE_VITALE}
CONFIRMS = GIVES_NUMBER | {E.DOCUMENT_CHECKED}
CELLS = [
    pytest.param(status, event, after, id=f"{status.name}-{event.name}")
    for event, row in AFTER.items()
    for status, after in zip((P, R, V, Q), row, strict=True)
]


def state(status: IdentityStatus, *attributes: Attribute) -> Identity:
    held = NUMBER if status in (R, Q) else None
    return people.local(PERSON, status=status, matricule=held, attributes=frozenset(attributes))


def arguments(event: IdentityEvent) -> dict[str, object]:
    given: dict[str, object] = {}
    if event in GIVES_NUMBER:
        given["matricule"] = NUMBER
    if event is E.STRICT_TRAIT_CHANGED:
        given["traits"] = MARRIED
    return given


@pytest.mark.parametrize(("status", "event", "after"), CELLS)
def test_each_cell_of_the_table(status, event, after):
    result = state(status).after(event, **arguments(event))
    assert result.status is after
    assert (result.matricule is not None) is (after in (R, Q))
    assert not result.asserted
    assert result.may_transmit_ins is (after is Q)


@pytest.mark.parametrize(("status", "event", "after"), CELLS)
def test_homonyme_goes_along_with_every_status(status, event, after):
    result = state(status, HOMO).after(event, **arguments(event))
    assert result.status is after
    expected = {E.DOUBTED: {HOMO, DOUT}, E.DECLARED_FICTIVE: {FICT}}.get(event, {HOMO})
    assert result.attributes == expected


@pytest.mark.parametrize("attributes", [{DOUT}, {FICT}, {DOUT, HOMO}], ids=["D", "F", "D+H"])
@pytest.mark.parametrize("event", list(E), ids=lambda event: event.name)
def test_douteuse_and_fictive_stay_provisoire_and_are_never_confirmed(event, attributes):
    identity = state(P, *attributes)
    if event in CONFIRMS:
        with pytest.raises(IdentityError, match="lift the attribute first"):
            identity.after(event, **arguments(event))
        return
    result = identity.after(event, **arguments(event))
    assert result.status is P
    assert result.matricule is None
    expected = {
        E.DOUBTED: attributes - {FICT} | {DOUT},
        E.DECLARED_FICTIVE: {FICT},
        E.DOUBT_LIFTED: attributes & {HOMO},
    }
    assert result.attributes == expected.get(event, attributes)


@pytest.mark.parametrize("event", list(E), ids=lambda event: event.name)
def test_what_a_sender_asserts_moves_by_no_event(event):
    with pytest.raises(IdentityError, match="adopt it first"):
        people.received(PERSON).after(event, **arguments(event))


@pytest.mark.parametrize("event", list(E), ids=lambda event: event.name)
def test_only_insi_and_the_card_give_a_number(event):
    if event in GIVES_NUMBER:
        with pytest.raises(IdentityError, match="gives a matricule"):
            state(P).after(event)
        assert state(Q).after(event).matricule == NUMBER
        return
    given = {**arguments(event), "matricule": NUMBER}
    with pytest.raises(IdentityError, match="only INSi or the Appli carte Vitale"):
        state(Q).after(event, **given)


def test_a_changed_trait_must_be_told():
    with pytest.raises(IdentityError, match="traits after the change"):
        state(Q).after(E.STRICT_TRAIT_CHANGED)


@pytest.mark.parametrize(
    ("status", "event", "after"),
    [
        (R, E.DOCUMENT_CHECKED, V),
        (Q, E.DOCUMENT_CHECKED, V),
        (V, E.DOCUMENT_CHECKED, V),
        (P, E.DOCUMENT_CHECKED, V),
        (Q, E.INSI_REFUSED, V),
        (Q, E.DOUBTED, P),
    ],
)
def test_traits_changed_by_another_event_lose_what_insi_confirmed(status, event, after):
    result = state(status).after(event, traits=MARRIED)
    assert result.status is after
    assert result.matricule is None
    assert result.birth_name == MARRIED.birth_name
    assert result.former_traits == (TRAITS,)


def test_the_same_traits_given_again_change_nothing():
    assert state(Q).after(E.DOCUMENT_CHECKED, traits=TRAITS) == state(Q)


def test_traits_that_insi_gives_are_taken_with_its_number():
    result = state(V).after(E.INSI_ACCEPTED, matricule=NUMBER, traits=MARRIED)
    assert (result.status, result.matricule, result.traits) == (R, NUMBER, MARRIED)
    assert result.former_traits == (TRAITS,)


def changed(**changes: object) -> Traits:
    return dataclasses.replace(TRAITS, **changes)


SOMEONE_ELSE = {
    "birth name": MARRIED,
    "given names": changed(birth_given_names="MARIE"),
    "fewer given names": changed(birth_given_names="PIERRE"),
    "birth date": changed(birth_date=date(2009, 7, 15)),
    "no birth date": changed(birth_date=None),
    "sex": changed(sex=Sex.F if TRAITS.sex is Sex.M else Sex.M),
    "birthplace": changed(birth_place="75056"),
    "nobody": Traits(),
}


@pytest.mark.parametrize("traits", SOMEONE_ELSE.values(), ids=SOMEONE_ELSE)
@pytest.mark.parametrize("status", list(IdentityStatus), ids=lambda status: status.name)
def test_a_document_checked_does_not_count_for_someone_else_that_insi_answers(status, traits):
    result = state(status).after(E.INSI_ACCEPTED, matricule=NUMBER, traits=traits)
    assert (result.status, result.traits) == (R, traits)
    assert not result.may_transmit_ins
    assert result.former_traits == (TRAITS,)


SAME_PERSON = {
    "case": changed(birth_name=TRAITS.birth_name.lower()),
    "hyphens": changed(birth_given_names=TRAITS.birth_given_names.replace("-", " ")),
    "the rest of the list": changed(birth_given_names=TRAITS.birth_given_names + " LOUIS"),
    "no birthplace": changed(birth_place=""),
}


@pytest.mark.parametrize("traits", SAME_PERSON.values(), ids=SAME_PERSON)
def test_typography_and_the_rest_of_the_given_names_keep_the_document(traits):
    for status in (V, Q):
        result = state(status).after(E.INSI_ACCEPTED, matricule=NUMBER, traits=traits)
        assert (result.status, result.traits) == (Q, traits)


def test_a_list_of_given_names_completes_the_first_one_alone():
    first = dataclasses.replace(
        state(V), birth_given_names="", first_birth_given_name="PIERRE-ALAIN"
    )
    for names, status in (("PIERRE-ALAIN LOUIS", Q), ("ALAIN LOUIS", R)):
        traits = changed(birth_given_names=names)
        result = first.after(E.INSI_ACCEPTED, matricule=NUMBER, traits=traits)
        assert result.status is status


def test_a_name_that_stands_for_none_is_the_same_one():
    nameless = dataclasses.replace(state(V), birth_name="SNP")
    traits = changed(birth_name="snp")
    assert nameless.after(E.INSI_ACCEPTED, matricule=NUMBER, traits=traits).status is Q


def test_a_document_checked_does_not_count_for_another_number():
    for other in (OTHER, dataclasses.replace(NUMBER, oid=people.NIA)):
        assert state(Q).after(E.INSI_ACCEPTED, matricule=other).status is R
    assert state(Q).after(E.INSI_ACCEPTED, matricule=NUMBER).status is Q
    unknown = dataclasses.replace(state(Q), matricule=dataclasses.replace(NUMBER, oid=None))
    assert unknown.after(E.INSI_ACCEPTED, matricule=NUMBER).status is Q


def test_the_card_confirms_the_traits_that_it_gives():
    result = state(Q).after(E.APPLI_CARTE_VITALE, matricule=OTHER, traits=MARRIED)
    assert (result.status, result.traits) == (Q, MARRIED)


WRONG = {
    "event": ({"event": "DOUBTED"}, "event is a IdentityEvent, not str"),
    "no event": ({"event": None}, "event is a IdentityEvent, not NoneType"),
    "identity as traits": ({"traits": state(Q)}, "traits is a Traits or None, not Identity"),
    "text as matricule": ({"matricule": NUMBER.value}, "matricule is a Matricule or None, not str"),
}


@pytest.mark.parametrize(("given", "message"), WRONG.values(), ids=WRONG)
def test_an_event_takes_each_argument_in_its_type_alone(given, message):
    arguments = {"event": E.INSI_ACCEPTED, "matricule": NUMBER, **given}
    with pytest.raises(TypeError) as caught:
        state(P).after(arguments.pop("event"), **arguments)
    assert str(caught.value) == message


def test_no_argument_of_an_event_lends_a_status():
    with pytest.raises(TypeError):
        state(P).after(E.STRICT_TRAIT_CHANGED, traits=state(Q))

    @dataclasses.dataclass(frozen=True, kw_only=True)
    class More(Traits):
        status: IdentityStatus = Q
        asserted: bool = False

    more = More(**{item.name: getattr(MARRIED, item.name) for item in dataclasses.fields(MARRIED)})
    result = state(P).after(E.STRICT_TRAIT_CHANGED, traits=more)
    assert (result.status, result.traits) == (P, MARRIED)


@pytest.mark.parametrize("wrong", ["DOCUMENT", None, Q, Ellipsis], ids=repr)
def test_evidence_is_no_text(wrong):
    with pytest.raises(TypeError) as caught:
        people.received(PERSON).adopt(wrong)
    assert "DOCUMENT" not in str(caught.value)


@pytest.mark.parametrize("mark", [E.DOUBTED, E.DECLARED_FICTIVE], ids=lambda event: event.name)
def test_a_doubt_lifted_leaves_everything_to_be_checked_again(mark):
    lifted = state(Q).after(mark).after(E.DOUBT_LIFTED)
    assert (lifted.status, lifted.attributes, lifted.matricule) == (P, frozenset(), None)
    checked = lifted.after(E.DOCUMENT_CHECKED)
    assert checked.after(E.INSI_ACCEPTED, matricule=NUMBER).status is Q


def test_former_traits_pile_up_newest_first():
    again = dataclasses.replace(MARRIED, birth_given_names="PIERRE")
    first = state(Q).after(E.STRICT_TRAIT_CHANGED, traits=MARRIED)
    assert first.after(E.STRICT_TRAIT_CHANGED, traits=again).former_traits == (MARRIED, TRAITS)


def test_what_depends_on_a_changed_trait_goes_with_it():
    identity = dataclasses.replace(
        state(P),
        first_birth_given_name="PIERRE-ALAIN",
        received_birth_date="2009-07-00",
        birth_date_completed=True,
        birth_place_name="SOMEWHERE",
        used_name="USED",
    )
    named = identity.after(E.STRICT_TRAIT_CHANGED, traits=MARRIED)
    assert named.first_birth_given_name == "PIERRE-ALAIN"
    assert (named.received_birth_date, named.birth_date_completed) == ("2009-07-00", True)
    assert named.birth_place_name == "SOMEWHERE"
    other = Traits(
        birth_name=TRAITS.birth_name,
        birth_given_names="ALAIN",
        birth_date=date(2009, 7, 15),
        sex=Sex.M,
        birth_place="75056",
    )
    changed = identity.after(E.STRICT_TRAIT_CHANGED, traits=other)
    assert changed.first_birth_given_name == changed.received_birth_date == ""
    assert not changed.birth_date_completed
    assert changed.birth_place_name == ""
    assert changed.used_name == "USED"


def test_another_number_sends_the_former_one_to_history_once():
    first = state(Q).after(E.INSI_ACCEPTED, matricule=OTHER)
    assert (first.matricule, first.history) == (OTHER, (NUMBER,))
    back = first.after(E.INSI_ACCEPTED, matricule=NUMBER)
    assert (back.matricule, back.history) == (NUMBER, (OTHER, NUMBER))
    assert back.after(E.INSI_ACCEPTED, matricule=OTHER).history == (OTHER, NUMBER)
    assert state(Q).after(E.INSI_ACCEPTED, matricule=NUMBER).history == ()


NOT_TO_INSI = {
    "douteuse": ({"attributes": frozenset({DOUT})}, "douteuse or fictive"),
    "fictive": ({"attributes": frozenset({FICT})}, "douteuse or fictive"),
    "no birth name": ({"birth_name": ""}, "no birth name"),
    "no given name": ({"birth_given_names": ""}, "no birth given name"),
    "no sex": ({"sex": None}, "neither M nor F"),
    "sex I": ({"sex": Sex.I}, "neither M nor F"),
    "no date": ({"birth_date": None}, "no calendar birth date"),
    "lunar date": (
        {"birth_date": None, "received_birth_date": "1950-02-30"}, "no calendar birth date",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("changes", "reason"), NOT_TO_INSI.values(), ids=NOT_TO_INSI)
def test_insi_is_not_asked_about_everyone(changes, reason):
    identity = dataclasses.replace(state(P), **changes)
    (obstacle,) = identity.insi_obstacles
    assert reason in obstacle
    with pytest.raises(IdentityError):
        identity.after(E.INSI_ACCEPTED, matricule=NUMBER)


def test_one_given_name_is_enough_for_insi():
    identity = dataclasses.replace(
        state(P), birth_given_names="", first_birth_given_name="PIERRE-ALAIN"
    )
    assert identity.insi_obstacles == ()


ADOPTED = {
    Evidence.NONE: P,
    Evidence.DOCUMENT: V,
    Evidence.INSI: R,
    Evidence.INSI_AND_DOCUMENT: Q,
    Evidence.APPLI_CARTE_VITALE: Q,
    Evidence.IDENTITY_REPOSITORY: Q,
}


@pytest.mark.parametrize(
    ("evidence", "status"),
    [pytest.param(*item, id=item[0].name) for item in ADOPTED.items()],
)
def test_an_adoption_is_worth_its_evidence(evidence, status):
    result = people.received(PERSON).adopt(evidence)
    assert (result.status, result.asserted) == (status, False)
    assert (result.matricule is not None) is (status in (R, Q))
    assert result.may_transmit_ins is (status is Q)
    with pytest.raises(IdentityError, match="only an identity asserted"):
        result.adopt(evidence)


@pytest.mark.parametrize(
    "evidence", [Evidence.INSI, Evidence.INSI_AND_DOCUMENT, Evidence.APPLI_CARTE_VITALE],
    ids=lambda evidence: evidence.name,
)  # fmt: skip
def test_no_number_received_means_none_adopted(evidence):
    bare = people.traits_only(PERSON, asserted=True, status=V)
    with pytest.raises(IdentityError, match="ask INSi"):
        bare.adopt(evidence)
    assert bare.adopt(Evidence.DOCUMENT).status is V


@pytest.mark.parametrize("attribute", [DOUT, FICT], ids=lambda attribute: attribute.name)
@pytest.mark.parametrize("evidence", list(Evidence), ids=lambda evidence: evidence.name)
def test_a_doubt_received_is_adopted_as_provisoire_or_not_at_all(evidence, attribute):
    doubtful = people.received(PERSON, attributes=frozenset({attribute}))
    if evidence is Evidence.NONE:
        assert doubtful.adopt(evidence).status is P
        assert doubtful.adopt(evidence).matricule is None
        return
    expected = InvalidValue if evidence is Evidence.IDENTITY_REPOSITORY else IdentityError
    with pytest.raises(expected):
        doubtful.adopt(evidence)


def test_the_repository_is_believed_within_the_exclusions_only():
    for status in (P, V):
        with pytest.raises(InvalidValue):
            people.received(PERSON, status=status).adopt(Evidence.IDENTITY_REPOSITORY)
    bare = people.traits_only(PERSON, asserted=True, status=V)
    assert bare.adopt(Evidence.IDENTITY_REPOSITORY) == dataclasses.replace(bare, asserted=False)
    with pytest.raises(InvalidValue):
        dataclasses.replace(bare, status=Q).adopt(Evidence.IDENTITY_REPOSITORY)
    excluded = people.received(PERSON, attributes=frozenset({FICT, HOMO}))
    with pytest.raises(InvalidValue):
        excluded.adopt(Evidence.NONE)
