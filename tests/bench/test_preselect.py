"""`ins.preselect` among 100 000 candidates: at most 10 bare loops over the same five fields."""

from __future__ import annotations

import random
from datetime import date, timedelta

import pytest

from segur_interop import ins

pytestmark = pytest.mark.bench

COUNT = 100_000
NAMES = ("MARTIN", "BERNARD", "DUBOIS", "PETIT", "DURAND", "LEROY", "MOREAU", "D'ARTAGNAN")


def population(seed: int) -> list[ins.Identity]:
    draw = random.Random(seed)

    def person(rank: int) -> ins.Identity:
        born = date(1930, 1, 1) + timedelta(days=draw.randrange(34_000))
        sex = draw.choice((ins.Sex.M, ins.Sex.F))
        digit = 1 if sex is ins.Sex.M else 2
        number = f"{digit}{born:%y%m}{draw.randrange(1000, 95_000):05d}{rank % 1000:03d}"
        return ins.Identity(
            birth_name=draw.choice(NAMES),
            birth_given_names=f"{draw.choice(NAMES)} {draw.choice(NAMES)}",
            birth_date=born,
            sex=sex,
            birth_place=number[5:10],
            matricule=ins.Matricule(
                number=number, key=ins.matricule_key(number), oid="1.2.250.1.213.1.4.10"
            ),
            status=ins.IdentityStatus.QUALIFIEE,
        )

    return [person(rank) for rank in range(COUNT)]


def bare_loop(incoming, candidates):
    name, given = incoming.birth_name, incoming.birth_given_names
    born, sex, place = incoming.birth_date, incoming.sex, incoming.birth_place
    return [
        one
        for one in candidates
        if one.birth_name == name
        and one.birth_given_names == given
        and one.birth_date == born
        and one.sex == sex
        and one.birth_place == place
    ]


def test_preselect_against_a_bare_loop(ratio):
    candidates = population(7)
    incoming = ins.decode(ins.encode(candidates[COUNT // 2]))
    assert ins.preselect(incoming, candidates).candidate is candidates[COUNT // 2]
    ratio(
        "ins.preselect, 100 000 candidates / bare loop over five fields",
        lambda: ins.preselect(incoming, candidates),
        lambda: bare_loop(incoming, candidates),
        budget=10,
    )
