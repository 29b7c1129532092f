"""What people read in a note de vaccination, each value under its name."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from segur_interop._time import Timestamp
from segur_interop.cda._build import Node, node
from segur_interop.cda._vaccination.act import Reaction, VaccinationAct
from segur_interop.cda._vaccination.rules import KINDS, ROUTES, SITES, code_of, figures, moment
from segur_interop.model import Professional

__all__ = ["COMMENT_ID", "SITE_ID", "VACCINE_ID", "antigen_id", "reaction_id", "table"]

VACCINE_ID: Final = "vaccin"
SITE_ID: Final = "region"
COMMENT_ID: Final = "commentaire"
REACTION_ID: Final = "reaction"
ANTIGEN_ID: Final = "antigene"


def table(act: VaccinationAct) -> Node:
    """The narrative of the section."""
    rows = [node("tr", node("th", text=name), node("td", content)) for name, content in _rows(act)]
    return node("table", node("tbody", rows))


def _rows(act: VaccinationAct) -> Iterator[tuple[str, Node | list[Node]]]:
    """What people read: each value of the act under its name, in this order."""
    vaccine = act.vaccine
    route, site = code_of(ROUTES, act.route), code_of(SITES, act.site)
    kind = code_of(KINDS, act.kind)
    performers = ", ".join(map(_name, act.performers))
    texts: tuple[tuple[str, str, str], ...] = (
        ("Date", f"{act.day:%d/%m/%Y}", ""),
        ("Vaccin", vaccine.label, VACCINE_ID),
        ("Présentation", (vaccine.cip_label or vaccine.label) if vaccine.cip else "", ""),
        ("Classe", vaccine.atc.label, ""),
        ("Lot n°", vaccine.lot, ""),
        ("Péremption", _shown(moment(vaccine.expires)), ""),
        ("Type", kind.label if kind else "", ""),
        ("Rang", "" if act.dose_number is None else str(act.dose_number), ""),
        ("Dose", _amount(act.dose, act.dose_unit), ""),
        ("Voie d'administration", route.label if route else "", ""),
        ("Région d'administration", site.label if site else "", SITE_ID),
    )
    for name, text, reference in texts:
        if text:
            yield name, _content(text, reference)
    for rank, item in enumerate(act.antigens):
        amount = _content(f" {_amount(item.value, item.unit)}", "")
        yield "Antigène", [_content(item.name, antigen_id(rank)), amount]
    for rank, reaction in enumerate(act.reactions):
        yield "Réaction observée", _seen(reaction, reaction_id(rank))
    if act.comment:
        yield "Commentaire", _content(act.comment, COMMENT_ID)
    if performers:
        yield "Vaccinateur", _content(performers, "")
    yield "Validée par", _content(_name(act.validated_by), "")


def _content(text: str, reference: str) -> Node:
    return node("content", text=text, ID=reference or None)


def _name(person: Professional) -> str:
    name = person.name
    if name is None:
        return ""
    return " ".join(filter(None, (name.title, name.given, name.display_family)))


def _shown(day: Timestamp | None) -> str:
    """A date as it is written in France, at the precision that is known."""
    if day is None:
        return ""
    parts = (day.day, day.month, day.year)
    return "/".join(f"{part:02d}" for part in parts if part is not None)


def _amount(value: Decimal | None, unit: str) -> str:
    return "" if value is None else f"{figures(value)} {unit}".strip().replace(".", ",")


def _seen(reaction: Reaction, reference: str) -> list[Node]:
    """The words that the entry refers to, then the day where it is another one."""
    since = moment(reaction.since)
    day = [_content(f" ({_shown(since)})", "")] if since else []
    return [_content(reaction.text, reference), *day]


def reaction_id(rank: int) -> str:
    """Where the words of a reaction are, which the entry refers to."""
    return f"{REACTION_ID}-{rank + 1}"


def antigen_id(rank: int) -> str:
    """Where the words of an antigen are."""
    return f"{ANTIGEN_ID}-{rank + 1}"
