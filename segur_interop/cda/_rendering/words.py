"""Values of the model in the words of a French page."""

from __future__ import annotations

from datetime import date
from typing import Final

from segur_interop._time import Timestamp
from segur_interop.cda._rendering.html import Html, tag
from segur_interop.model import (
    Address,
    Device,
    Organization,
    Participant,
    Period,
    PersonName,
    Professional,
    RelatedPerson,
    Telecom,
)
from segur_interop.model.participant import Entity
from segur_interop.terminology import Code

__all__ = [
    "address_text",
    "code_text",
    "day_text",
    "entity_name",
    "entity_role",
    "moment_text",
    "moment_time",
    "name_text",
    "organization_of",
    "period_text",
    "size_text",
    "telecom_text",
]

_PARIS: Final = (60, 120)
_CIVILITIES: Final = {"M": "M.", "MME": "Mme"}
_TITLES: Final = {
    "DR": "Dr",
    "PR": "Pr",
    "MC": "Médecin chef",
    "MG": "Médecin général",
    "PC": "Pharmacien chef",
    "PG": "Pharmacien général",
}
_SCHEMES: Final = {"tel": "Tél.", "fax": "Fax", "mailto": "Courriel"}
_KILO: Final = 1024


def day_text(day: date) -> str:
    """JJ/MM/AAAA."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def moment_text(moment: Timestamp) -> str:
    """A moment with the precision it has; its zone when that is not the one of Paris."""
    parts = [moment.day, moment.month]
    text = "/".join([f"{part:02d}" for part in parts if part is not None] + [f"{moment.year:04d}"])
    if moment.hour is not None:
        text += f" à {moment.hour:02d}:{moment.minute or 0:02d}"
        if moment.offset is not None and moment.offset not in _PARIS:
            sign = "-" if moment.offset < 0 else "+"
            hours, minutes = divmod(abs(moment.offset), 60)
            text += f" (UTC{sign}{hours:02d}:{minutes:02d})"
    return text


def moment_time(moment: Timestamp) -> Html:
    """The same, in a `time` element that machines read."""
    stamp = f"{moment.year:04d}"
    for part in (moment.month, moment.day):
        stamp += "" if part is None else f"-{part:02d}"
    if moment.hour is not None:
        stamp += f"T{moment.hour:02d}:{moment.minute or 0:02d}"
    return tag("time", moment_text(moment), datetime=stamp)


def period_text(period: Period) -> str:
    """From when until when."""
    low, high = period.low, period.high
    if low is not None and (period.is_moment or high is None):
        return moment_text(low) if period.is_moment else f"depuis le {moment_text(low)}"
    if low is None:
        return "" if high is None else f"jusqu’au {moment_text(high)}"
    return "" if high is None else f"du {moment_text(low)} au {moment_text(high)}"


def name_text(name: PersonName) -> str:
    """Title or civility, given name, family name; the birth name of a relative told apart."""
    prefix = _TITLES.get(name.title, name.title) or _CIVILITIES.get(name.civility, name.civility)
    text = " ".join(filter(None, (prefix, name.given, name.display_family)))
    if name.birth_family and name.birth_family != name.display_family:
        text += f" (nom de naissance {name.birth_family})"
    return text


def entity_name(entity: Entity) -> str:
    """Who it is, in a few words."""
    if isinstance(entity, Device):
        return " – ".join(filter(None, (entity.software, entity.model)))
    if isinstance(entity, Organization):
        return entity.name or _organization_number(entity) or "Structure sans nom"
    if isinstance(entity, Professional) and entity.name is None:
        number = entity.idnat or entity.ids[0].extension
        return f"Identifiant {number}" if number else "Personne sans nom"
    return name_text(entity.name) if entity.name else ""


def _organization_number(item: Organization) -> str:
    return f"Structure {item.idnat}" if item.idnat else ""


def organization_of(entity: Entity) -> Organization | None:
    """The structure behind a person or a device."""
    if isinstance(entity, (Professional, Device)):
        return entity.organization
    return None


def entity_role(who: Participant | Entity) -> str:
    """The part played and the profession."""
    entity = who.entity if isinstance(who, Participant) else who
    words: list[str] = []
    if isinstance(who, Participant):
        words += filter(None, (code_text(who.role), who.function_text))
    if isinstance(entity, Professional):
        words += filter(None, (code_text(entity.profession), entity.function_text))
    if isinstance(entity, RelatedPerson):
        words += filter(None, (code_text(entity.relation),))
    return ", ".join(dict.fromkeys(words))


def code_text(code: Code | None) -> str:
    """The label, or the code itself."""
    return "" if code is None else code.label or code.code


def address_text(address: Address) -> str:
    """On one line."""
    return ", ".join(address.as_lines().lines)


def telecom_text(telecom: Telecom) -> str:
    """With its kind; a text, as a link would open another program."""
    kind = "MSSanté" if telecom.is_mssante else _SCHEMES.get(telecom.scheme, "")
    return f"{kind} : {telecom.address}" if kind else telecom.value


def size_text(octets: int) -> str:
    """In octets, Ko or Mo, of 1024."""
    if octets < _KILO:
        return f"{octets} octets"
    if octets < _KILO * _KILO:
        return f"{octets / _KILO:.0f} Ko"
    return f"{octets / _KILO / _KILO:.1f} Mo".replace(".", ",")
