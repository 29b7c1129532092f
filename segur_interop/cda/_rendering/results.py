"""Abnormal and critical results: named above the content, and marked where they are read.

What marks a result is a word in a frame beside it; the colour only adds to it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Final

from segur_interop._time import Timestamp
from segur_interop.cda._entries.results import OFF_SCALE
from segur_interop.cda._entries.values import Concept, Value
from segur_interop.cda._narrative_html import anchor
from segur_interop.cda._rendering.alerts import alert
from segur_interop.cda._rendering.html import Html, isolated, join, tag
from segur_interop.cda._rendering.words import moment_text, period_text
from segur_interop.model import Period
from segur_interop.terminology import value_set

if TYPE_CHECKING:
    from segur_interop.cda._entries.results import Result

__all__ = ["alerts_of", "marks_of"]

_MOST: Final = 30
"""Results named in an alert; the others are marked in their place."""


def marks_of(results: Iterable[Result], knows: Callable[[str], bool]) -> dict[str, Html]:
    """What stands beside a result in the narrative, by the `@ID` that it refers to."""
    marks: dict[str, Html] = {}
    for result in results:
        place = _place(result, knows)
        if _is_told(result) and place and (place not in marks or result.is_critical):
            marks[place] = _mark(result)
    return marks


def alerts_of(results: Iterable[Result], knows: Callable[[str], bool]) -> tuple[Html, ...]:
    """An alert for the critical results, one for the other abnormal ones."""
    told = [result for result in results if _is_told(result)]
    critical = [result for result in told if result.is_critical]
    others = [result for result in told if not result.is_critical]
    made = []
    if critical:
        title = "Résultat critique" if len(critical) == 1 else "Résultats critiques"
        made.append(alert(f"{title}. ", _names(critical, knows), kind="danger"))
    if others:
        title = "Résultat anormal" if len(others) == 1 else "Résultats anormaux"
        made.append(alert(f"{title}. ", _names(others, knows)))
    return tuple(made)


def _is_told(result: Result) -> bool:
    return bool(result.is_critical or result.is_abnormal)


def _names(results: list[Result], knows: Callable[[str], bool]) -> Html:
    parts = [_name(result, knows) for result in results[:_MOST]]
    if len(results) > _MOST:
        parts.append(Html(f"et {len(results) - _MOST} autres."))
    return tag("span", *(tag("span", part, class_="result") for part in parts), class_="results")


def _name(result: Result, knows: Callable[[str], bool]) -> Html:
    """The analysis, its value and what it was coded, with a link to its place."""
    label = isolated(result.label or result.text or "Résultat")
    place = _place(result, knows)
    name = tag("a", label, href=f"#{anchor(place)}") if place else label
    value = _value_text(result.value)
    return join((name, " : " if value else " ", isolated(value), f" ({_word(result)})"))


def _mark(result: Result) -> Html:
    if result.is_critical:
        return tag("strong", f"CRITIQUE : {_word(result)}", class_="mark critical")
    return tag("strong", _word(result), class_="mark")


def _word(result: Result) -> str:
    """The official label of what the laboratory coded, else that the range says so."""
    code = result.interpretation
    if not code or code in OFF_SCALE or not result.is_abnormal:
        return "hors valeurs de référence"
    known = value_set("JDV_HL7_ObservationInterpretation_CISIS").find(code)
    label = known.label.lower() if known is not None else "anormal"
    return f"{label}, {code}"


def _place(result: Result, knows: Callable[[str], bool]) -> str:
    """Where the narrative holds it: the value where the entry tells it, else the analysis."""
    return next((item for item in reversed(result.references) if knows(item)), "")


def _value_text(value: Value | None) -> str:
    if isinstance(value, Concept):
        return value.label
    if isinstance(value, bool):
        return "oui" if value else "non"
    if isinstance(value, Timestamp):
        return moment_text(value)
    if isinstance(value, Period):
        return period_text(value)
    return "" if value is None else str(value)
