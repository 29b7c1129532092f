"""Vaccinations done, not done or recommended (CI-SIS VAC, VAC-NOTE; IHE PCC Immunizations)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from segur_interop.cda._entries.absent import Deed
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.conditions import Problem, problem
from segur_interop.cda._entries.observations import number_of
from segur_interop.cda._entries.products import Product, product
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.reasons import reasons
from segur_interop.cda._entries.record import base, doses, participants
from segur_interop.cda._entries.subjects import told_apart
from segur_interop.cda._entries.values import Concept, Interval, Quantity
from segur_interop.model import Participant

__all__ = ["Vaccination", "is_vaccination", "vaccination"]

DONE: Final = frozenset({"1.3.6.1.4.1.19376.1.5.3.1.4.12", "1.2.250.1.213.1.1.3.45"})
RECOMMENDED: Final = frozenset({"1.3.6.1.4.1.19376.1.5.3.1.4.12.2", "1.2.250.1.213.1.1.3.47"})
RANK: Final = frozenset({"30973-2"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Vaccination(Deed):
    """A vaccination: look at `done` first.

    `time` is when it was given; `code` says whether it starts a series (`INITIMMUNIZ`), recalls it
    (`BOOSTER`) or neither (`IMMUNIZ`).

    Attributes:
        vaccine: the product, with its lot and its codes CIS, CIP, ATC.
        dose_number: rank in the series; None when not told.
        dose: how much.
        route: by which way; `site`: where on the body.
        reasons: why it was given, or was not.
        reactions: what it caused.
        antigens: the products of each antigen, when told one by one.
        authors: who answers for it; `performers`: who vaccinated.
    """

    vaccine: Product | None = None
    dose_number: int | None = None
    dose: Quantity | Interval | None = None
    route: Concept | None = None
    site: Concept | None = None
    reasons: tuple[Concept, ...] = ()
    reactions: tuple[Problem, ...] = ()
    antigens: tuple[Product, ...] = ()
    authors: tuple[Participant, ...] = ()
    performers: tuple[Participant, ...] = ()

    @property
    def label(self) -> str:
        """What to show: the vaccine, else the words of the entry."""
        return (self.vaccine.label if self.vaccine else "") or self.text


def is_vaccination(act: Act) -> bool:
    """True for a vaccination of its own; the doses of its antigens are part of it."""
    return act.kind == "substanceAdministration" and act.is_a(DONE | RECOMMENDED)


def vaccination(act: Act, read: Reading) -> Vaccination:
    """The vaccination of a substanceAdministration."""
    antigens = (product(item, read) for item in doses(act, read))
    return Vaccination(
        **base(act, read),
        vaccine=product(act, read),
        dose_number=number_of(act.acts, RANK, read),
        dose=read.amount(act.part("doseQuantity"), f"{act.place}/doseQuantity"),
        route=read.concept(act.part("routeCode"), f"{act.place}/routeCode"),
        site=read.concept(act.part("approachSiteCode"), f"{act.place}/approachSiteCode"),
        reasons=reasons(act, read),
        reactions=tuple(
            problem(item, read)
            for item in told_apart(act.acts, read)
            if item.link == "CAUS" and item.kind == "observation"
        ),
        antigens=tuple(item for item in antigens if item is not None),
        authors=participants(act, "author", read),
        performers=participants(act, "performer", read),
    )
