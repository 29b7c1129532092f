"""OIDs against an independent reading of ITU-T X.660 and the 64 characters of HL7 and XDS."""

from __future__ import annotations

import pytest
import strategies
from hypothesis import given
from hypothesis import strategies as st

from segur_interop._oid import check_oid, child_oid, is_oid
from segur_interop.errors import InvalidValue


def reference(text: str) -> bool:
    """The definition, written otherwise: arcs that are their own decimal form."""
    arcs = text.split(".")
    if len(text) > 64 or len(arcs) < 2 or not set(text) <= set("0123456789."):
        return False
    if any(not arc or arc != str(int(arc)) for arc in arcs):
        return False
    first, second = int(arcs[0]), int(arcs[1])
    return first in (0, 1, 2) and (first == 2 or second < 40)


@given(st.text(max_size=70) | st.text("0123456789.", max_size=70) | strategies.oids())
def test_is_oid_agrees_with_the_definition(text: str) -> None:
    assert is_oid(text) is reference(text)


@given(strategies.oids())
def test_every_oid_is_accepted(oid: str) -> None:
    assert check_oid(oid) == oid


@given(strategies.oids(max_arcs=3), st.text(max_size=20) | st.integers(0, 10**12).map(str))
def test_a_child_is_an_oid_under_its_root_or_is_refused(root: str, arc: str) -> None:
    is_number = arc.isascii() and arc.isdigit() and arc == str(int(arc))
    if is_number and len(root) + 1 + len(arc) <= 64:
        child = child_oid(root, arc)
        assert is_oid(child)
        assert child.rpartition(".") == (root, ".", arc)
    else:
        with pytest.raises(InvalidValue):
            child_oid(root, arc)
