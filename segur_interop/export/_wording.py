"""What the pages for people say: French words, dates and numbers instead of codes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final

from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.export.manifest import ExportStatus, ExportType
from segur_interop.terminology import value_set

__all__ = ["STATUSES", "TYPES", "counted", "day", "moment", "number", "professional", "type_label"]

TYPES: Final = {
    ExportType.UNITAIRE: "Export d'un patient",
    ExportType.CIBLE: "Export ciblé",
    ExportType.MASSIF: "Export de tous les patients",
}
STATUSES: Final = {
    ExportStatus.COMPLETE: "Complet : tout ce qui a été demandé est là.",
    ExportStatus.PARTIAL: "Partiel : cet export ne contient pas tout ce qui a été demandé.",
    ExportStatus.SAMPLE: "Échantillon : une partie seulement a été demandée, pour essai.",
}
_MONTHS: Final = (
    "janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre",
    "octobre", "novembre", "décembre",
)  # fmt: skip
_THIN: Final = "\u202f"
_KEPT: Final = "\u00a0"
_NUMBERS: Final = {"8": "RPPS", "0": "ADELI"}


def number(value: int) -> str:
    """With a space between thousands."""
    return f"{value:,}".replace(",", _THIN)


def counted(value: int, one: str, several: str = "") -> str:
    """`1 patient`, `2 patients`; in French none is singular."""
    return f"{number(value)}{_KEPT}{one if value < 2 else several or f'{one}s'}"


def day(text: str) -> str:
    """A calendar date, or the day, month or year of an HL7 timestamp; other text as it is."""
    try:
        return f"{date.fromisoformat(text):%d/%m/%Y}" if "-" in text else _stamped(text)
    except (ValueError, InvalidValue):
        return text


def _stamped(text: str) -> str:
    told = Timestamp.parse(text)
    parts = (told.day, told.month)
    return "".join(f"{part:02d}/" for part in parts if part) + f"{told.year:04d}"


def moment(at: datetime) -> str:
    """A day and an hour, with what the clock is from UTC."""
    first = "1er" if at.day == 1 else str(at.day)
    zone = at.strftime("%z")
    told = f" (UTC{zone[:3]}:{zone[3:5]})" if zone else ""
    return f"{first} {_MONTHS[at.month - 1]} {at.year} à {at:%H}{_KEPT}h{_KEPT}{at:%M}{told}"


def professional(idnat: str) -> str:
    """A PS_IdNat as its number and what number it is."""
    kind = _NUMBERS.get(idnat[:1])
    return f"{kind} {idnat[1:]}" if kind else idnat


def type_label(code: str) -> str:
    """The label of a type of document, with its code."""
    known = next((item for item in value_set("J07") if item.code == code), None)
    return f"{known.label} ({code})" if known is not None and known.label else code
