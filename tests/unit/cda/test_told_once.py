"""What a document tells several times is made once, and what is odd of it told each time."""

from __future__ import annotations

import dataclasses

import pytest
from documents import (
    BODY,
    HOSPITAL,
    KIT_1,
    OFFICE,
    SURGEON,
    everything,
    minimal,
    tree,
    values,
    wrap,
)

from segur_interop import cda
from segur_interop.cda._content import Outline, outline_of
from segur_interop.cda._defects import Defects
from segur_interop.errors import InvalidDocument
from segur_interop.model import LocalId, PersonName, Telecom


def test_a_value_is_written_once() -> None:
    made: list[str] = []
    defects = Defects()

    def write() -> list[str]:
        made.append("x")
        return list(made)

    first, second = (defects.once("addr", HOSPITAL, write) for _ in range(2))
    assert first is second
    assert defects.once("addr", OFFICE, write) is not first
    assert defects.once("telecom", HOSPITAL, write) is not first
    assert Defects().once("addr", HOSPITAL, write) is not first
    assert len(made) == 4


def test_an_equal_value_is_another() -> None:
    defects = Defects()
    twins = [dataclasses.replace(HOSPITAL) for _ in range(2)]
    assert [defects.once("addr", twin, lambda twin=twin: id(twin)) for twin in twins] == [
        id(twin) for twin in twins
    ]


def test_a_value_that_is_gone_leaves_its_text_to_no_other() -> None:
    defects = Defects()
    names = (str(rank) for rank in range(1000))
    told = [defects.once("name", PersonName(family=name), lambda name=name: name) for name in names]
    assert told == [str(rank) for rank in range(1000)]


def test_what_has_findings_is_told_at_each_of_its_places() -> None:
    place = dataclasses.replace(HOSPITAL, ids=(LocalId(extension="x", namespace="Y"),))
    author = dataclasses.replace(SURGEON, organization=place)
    document = wrap(BODY, **minimal(author=author, authenticators=(author,)))
    places = {item.place for item in document.reading if item.rule == "cda.id.root"}
    assert {"authors[0].organization.ids[0]", "legal_authenticator.organization.ids[0]"} < places
    assert len(places) == 4


def test_an_address_that_may_not_leave_is_left_out_wherever_it_is() -> None:
    telecoms = (Telecom.email(f"{KIT_1.matricule}@patient.mssante.fr"),)
    author = dataclasses.replace(SURGEON, telecoms=telecoms, organization=None)
    patient = dataclasses.replace(
        minimal()["patient"],
        identity=dataclasses.replace(minimal()["patient"].identity, asserted=True),
    )
    given = minimal(author=author, patient=patient)
    document = wrap(BODY, **given)
    found = [item.place for item in document.reading if item.rule == "cda.ins.telecom"]
    assert len(found) == len(set(found)) == 3
    assert values(tree(bytes(document)), "//h:telecom/@value[contains(., 'patient')]") == []


@pytest.mark.parametrize("part", [minimal, everything])
def test_the_outline_of_a_document_is_that_of_its_octets(part) -> None:  # type: ignore[no-untyped-def]
    document = wrap(BODY, **part())
    assert outline_of(document) == Outline.of(tree(bytes(document)))
    assert outline_of(cda.read(bytes(document))) == outline_of(document)
    assert len(outline_of(document).ins) == 1


def test_a_period_that_nothing_asks_for_is_not_judged_and_one_asked_for_is() -> None:
    full = everything(performed=("2027", "2026"))
    act = dataclasses.replace(full["acts"][1], translations=())
    wrap(BODY, **{**full, "acts": (act,)})
    with pytest.raises((InvalidDocument, ValueError)):
        wrap(BODY, **full)
