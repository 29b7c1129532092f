"""Statuses, attributes and their exclusions, against the rules of the RNIV written by hand."""

from __future__ import annotations

import itertools

import people
import pytest

from segur_interop.errors import InvalidValue
from segur_interop.findings import Severity
from segur_interop.ins import (
    TRANSITIONS,
    Attribute,
    Identity,
    IdentityEvent,
    IdentityStatus,
    Matricule,
)

P, R = IdentityStatus.PROVISOIRE, IdentityStatus.RECUPEREE
V, Q = IdentityStatus.VALIDEE, IdentityStatus.QUALIFIEE
HOMO, DOUT, FICT = Attribute.HOMONYME, Attribute.DOUTEUSE, Attribute.FICTIVE
NUMBER = Matricule.parse("279035121518989", oid=people.TEST)

# RNIV EXI SI 07: two axes, INSi called with success and document checked, give four statuses.
AXES = {P: (False, False), R: (True, False), V: (False, True), Q: (True, True)}

# RNIV EXI SI 09, Guide INS EXI ID 24 and 26, by combination of attributes: where it may stand.
STATUSES_ALLOWED = {
    frozenset(): {P, R, V, Q},
    frozenset({HOMO}): {P, R, V, Q},
    frozenset({DOUT}): {P},
    frozenset({FICT}): {P},
    frozenset({DOUT, HOMO}): {P},
    frozenset({FICT, HOMO}): set(),
    frozenset({FICT, DOUT}): set(),
    frozenset({FICT, DOUT, HOMO}): set(),
}

REASONS = {
    "provisoire only": "an identity douteuse or fictive has the status PROVISOIRE",
    "fictive and douteuse": "fictive and douteuse exclude each other",
    "fictive and homonyme": "fictive and homonyme exclude each other",
    "no number here": "only an identity RECUPEREE or QUALIFIEE holds a matricule",
    "number needed": "an identity RECUPEREE or QUALIFIEE holds a matricule",
}


def expected_reasons(status, attributes, held):
    reasons = set()
    if attributes & {DOUT, FICT} and status is not P:
        reasons.add("provisoire only")
    if {FICT, DOUT} <= attributes:
        reasons.add("fictive and douteuse")
    if {FICT, HOMO} <= attributes:
        reasons.add("fictive and homonyme")
    insi_called = AXES[status][0]
    if held and not insi_called:
        reasons.add("no number here")
    if insi_called and not held:
        reasons.add("number needed")
    return {REASONS[reason] for reason in reasons}


EVERY_STATE = [
    pytest.param(
        status, attributes, held,
        id="-".join([status.name, *sorted(a.name for a in attributes), "number" * held or "none"]),
    )
    for status, attributes, held in itertools.product(
        IdentityStatus, STATUSES_ALLOWED, (False, True)
    )
]  # fmt: skip


def test_the_combinations_written_here_are_all_there_are():
    assert len(STATUSES_ALLOWED) == 2 ** len(Attribute)
    assert set(AXES) == set(IdentityStatus)
    assert {status.value for status in IdentityStatus} == {"PROV", "RECUP", "VALI", "QUAL"}


@pytest.mark.parametrize(("status", "attributes", "held"), EVERY_STATE)
def test_a_local_identity_keeps_every_exclusion(status, attributes, held):
    allowed = status in STATUSES_ALLOWED[attributes] and held is AXES[status][0]
    reasons = expected_reasons(status, attributes, held)
    assert allowed is (not reasons)
    values = {"status": status, "attributes": attributes, "matricule": NUMBER if held else None}
    if allowed:
        assert Identity(**values).attributes == attributes
        return
    with pytest.raises(InvalidValue) as caught:
        Identity(**values)
    assert any(reason in str(caught.value) for reason in reasons)
    assert caught.value.place.startswith("identity.")


@pytest.mark.parametrize(("status", "attributes", "held"), EVERY_STATE)
def test_a_received_identity_carries_each_broken_exclusion_as_a_finding(status, attributes, held):
    identity = Identity(
        status=status, attributes=attributes, matricule=NUMBER if held else None, asserted=True
    )
    found = {f.message for f in identity.findings if f.rule == "ins.status"}
    assert found == expected_reasons(status, attributes, held)
    assert all(f.severity is Severity.ERROR for f in identity.findings if f.rule == "ins.status")


@pytest.mark.parametrize(("status", "attributes", "held"), EVERY_STATE)
def test_only_qualifiee_without_doubt_may_carry_its_number(status, attributes, held):
    """RNIV EXI SI 08: whatever is asserted, or cannot be built, never may."""
    complete = people.local(people.BY_ID["kit-1"])
    values = {"status": status, "attributes": attributes, "matricule": NUMBER if held else None}
    asserted = people.received(people.BY_ID["kit-1"], **values)
    assert not asserted.may_transmit_ins
    if expected_reasons(status, attributes, held):
        return
    local = people.local(people.BY_ID["kit-1"], **values)
    assert local.may_transmit_ins is (status is Q and attributes <= {HOMO})
    assert complete.may_transmit_ins


def test_the_table_has_a_cell_for_each_status_and_event():
    assert set(TRANSITIONS) == set(itertools.product(IdentityStatus, IdentityEvent))


def test_nobody_changes_the_table():
    with pytest.raises(TypeError):
        TRANSITIONS[P, IdentityEvent.INSI_ACCEPTED] = Q
