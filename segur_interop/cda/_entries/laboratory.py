"""Which acts are laboratory results, and what they say (CI-SIS CR-BIO; IHE LAB XD-LAB)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from lxml import etree

from segur_interop.cda._build import NS
from segur_interop.cda._children import children, descend, first_of
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.record import base, participants
from segur_interop.cda._entries.results import Isolate, ReferenceRange, Result
from segur_interop.cda._entries.subjects import told_apart
from segur_interop.cda._entries.values import Concept
from segur_interop.cda._placed import Raw

__all__ = ["is_one", "isolates", "results"]

Element = etree._Element

RESULT: Final = frozenset(
    {
        "1.3.6.1.4.1.19376.1.3.1.6",  # IHE LAB, Laboratory Observation
        "1.2.250.1.213.1.1.3.80",  # FR-Resultat-examens-de-biologie-element-clinique-pertinent
        "1.2.250.1.213.1.1.3.209",  # IPS-FR, result
    }
)
LABORATORY: Final = frozenset(
    {
        "1.3.6.1.4.1.19376.1.3.3.2.1", "1.3.6.1.4.1.19376.1.3.3.2.2",
        "1.2.250.1.213.1.1.2.70", "1.2.250.1.213.1.1.2.71",
    }
)  # fmt: skip
"""Sections of laboratory reports: an observation without templateId is a result there."""
ISOLATE: Final = frozenset({"1.3.6.1.4.1.19376.1.3.1.5", "1.2.250.1.213.1.1.3.79"})
BATTERY: Final = frozenset(
    {"1.3.6.1.4.1.19376.1.3.1.4", "1.2.250.1.213.1.1.3.78", "1.2.250.1.213.1.1.3.208"}
)
RECALL: Final = frozenset({"REFR", "XCRPT"})
"""What ties an earlier result to the one that recalls it."""


class _Holding(NamedTuple):
    """What holds an act.

    Attributes:
        battery, exam, isolate: the nearest of each.
        is_result: whether one of them is a result.
        is_recalled: whether one of them is tied as a recall.
    """

    battery: Act | None = None
    exam: Act | None = None
    isolate: Act | None = None
    is_result: bool = False
    is_recalled: bool = False


class Laboratory:
    """The results of a document, the earlier ones apart; what holds them is looked at once."""

    def __init__(self, acts: Iterable[Act]) -> None:
        """Of the acts of a document."""
        self._inside: dict[Act | None, _Holding] = {None: _Holding()}
        self.own: list[Act] = []
        self.beside: list[Act] = []
        for act in acts:
            if is_one(act):
                holding = self.holding(act)
                if not (holding.is_recalled or _recalls(act)):
                    self.own.append(act)
                elif not holding.is_result:
                    self.beside.append(act)

    def holding(self, act: Act) -> _Holding:
        """What holds an act."""
        parent = act.parent
        if parent is None or parent in self._inside:
            return self._inside[parent]
        outer = self.holding(parent)
        made = self._inside[parent] = _Holding(
            battery=parent if parent.is_a(BATTERY) else outer.battery,
            exam=parent if parent.kind == "act" else outer.exam,
            isolate=parent if parent.is_a(ISOLATE) else outer.isolate,
            is_result=outer.is_result or is_one(parent),
            is_recalled=outer.is_recalled or _recalls(parent),
        )
        return made


def is_one(act: Act) -> bool:
    """True for the result of an analysis, of this report or of an earlier one."""
    if act.kind != "observation":
        return False
    if act.is_a(RESULT):
        return True
    if "templateId" in act.parts:
        return False
    return not LABORATORY.isdisjoint(act.section.template_ids)


def _recalls(act: Act) -> bool:
    """An excerpt (XCRPT) always recalls; a reference (REFR) does from a result, or to a group."""
    if act.link == "REFR":
        return act.kind == "organizer" or (act.parent is not None and is_one(act.parent))
    return act.link == "XCRPT"


def results(acts: list[Act], read: Reading) -> tuple[Result, ...]:
    """The results of the document, each with the earlier ones that it recalls.

    Those that are recalled beside it belong to the first result of the section with their code.
    """
    laboratory = Laboratory(acts)
    beside: dict[tuple[str, str, str], list[Act]] = {}
    for act in told_apart(laboratory.beside, read):
        beside.setdefault(_known_by(act), []).append(act)
    made = tuple(
        _result(act, laboratory, read, beside.pop(_known_by(act), ()) if beside else ())
        for act in told_apart(laboratory.own, read)
    )
    for act in (item for items in beside.values() for item in items):
        message = "an earlier result that no result of its section recalls is in no family"
        read.note("cda.result.previous", message, act.place)
    return made


def _known_by(act: Act) -> tuple[str, str, str]:
    code = act.part("code")
    system = "" if code is None else code.get("codeSystem", "")
    return act.section.place, act.code, system


def _earlier(act: Act) -> list[Act]:
    """The observations that a result recalls, one by one or in a group."""
    found: list[Act] = []
    for item in act.acts:
        if item.link in RECALL:
            inner = [item] if item.kind == "observation" else item.under()
            found += (one for one in inner if one.kind == "observation" and not _is_detail(one))
    return found


def _is_detail(act: Act) -> bool:
    """A part of an earlier result."""
    parent = act.parent
    return act.link not in RECALL and parent is not None and parent.kind == "observation"


def _result(act: Act, laboratory: Laboratory, read: Reading, beside: Sequence[Act] = ()) -> Result:
    place, parts = act.place, act.parts
    earlier = told_apart(_earlier(act), read) if act.acts else []
    holding = laboratory.holding(act)
    made = Result(
        **base(act, read),
        value=read.value(act.part("value"), f"{place}/value"),
        interpretations=read.concepts(
            parts.get("interpretationCode", ()), f"{place}/interpretationCode"
        ),
        ranges=_ranges(act, read),
        methods=read.concepts(parts.get("methodCode", ()), f"{place}/methodCode"),
        previous=tuple(_result(item, laboratory, read) for item in (*earlier, *beside)),
        battery=_code(holding.battery, read),
        exam=_code(holding.exam, read),
        organism=None if holding.isolate is None else _organism(holding.isolate, read),
        media=_media(act) if act.acts else (),
        performers=participants(act, "performer", read),
    )
    if made.ranges:
        _agreement(made, read)
    if made.interpretations and made.has_unread_alarm:
        message = "the code of an abnormal result is of another system: it is not read"
        read.note("cda.result.interpretation", message, place)
    return made


def _media(act: Act) -> tuple[str, ...]:
    found = [item.element.get("ID") for item in act.under() if item.kind == "observationMedia"]
    return tuple(filter(None, found))


def _agreement(made: Result, read: Reading) -> None:
    within, abnormal = made.is_within_range, made.is_abnormal
    if within is not None and abnormal is not None and within is abnormal:
        message = "the interpretation and the reference range do not agree"
        read.note("cda.result.interpretation", message, made.place)


def _code(act: Act | None, read: Reading) -> Concept | None:
    return None if act is None else read.once(act.part("code"), f"{act.place}/code")


def _ranges(act: Act, read: Reading) -> tuple[ReferenceRange, ...]:
    found: list[ReferenceRange] = []
    for rank, element in enumerate(act.parts.get("referenceRange", ()), start=1):
        place = f"{act.place}/referenceRange[{rank}]"
        inner = children(element, "observationRange")
        if len(inner) != 1:
            read.note("cda.entry.values", "a reference range is one observationRange", place)
        for item in inner:
            raw, where = Raw(item), f"{place}/observationRange"
            values = raw.parts.get("value", (None,))
            if len(values) > 1:
                read.note("cda.entry.values", "a reference range has one value", where)
            # One for each value, so that none of several is taken for all.
            found += [_range(raw, value, where, read) for value in values]
    return tuple(found)


def _range(raw: Raw, value: Element | None, place: str, read: Reading) -> ReferenceRange:
    parts = raw.parts
    code = first_of(parts, "interpretationCode")
    return ReferenceRange(
        place=place,
        value=read.value(value, f"{place}/value"),
        text=read.words(first_of(parts, "text"), f"{place}/text"),
        interpretation=read.concept(code, f"{place}/interpretationCode"),
        condition=read.text(first_of(parts, "precondition")) or _criterion(raw.element, read),
        _raw=raw,
    )


def _criterion(inner: Element, read: Reading) -> str:
    """The criterion of a range (sdtc:precondition): what it holds, in words or by its code."""
    element = next((item for item in inner if item.tag == _PRECONDITION), None)
    if element is None:
        return ""
    label = element.find(".//*[@displayName]")
    said = "" if label is None else read.folded(label.get("displayName", ""))
    return said or read.text(element) or "?"


_PRECONDITION: Final = f"{{{NS['sdtc']}}}precondition"


def _organism(act: Act, read: Reading) -> Concept | None:
    return read.kept(act, lambda: read.concept(_species(act), f"{act.place}/specimen"))


def _species(isolate: Act) -> Element | None:
    specimen = isolate.part("specimen")
    return next(iter(descend(specimen, "specimenRole", "specimenPlayingEntity", "code")), None)


def isolates(acts: list[Act], results: tuple[Result, ...], read: Reading) -> tuple[Isolate, ...]:
    """Each isolate with those of these results that are in it."""
    found = [act for act in acts if act.kind == "organizer" and act.is_a(ISOLATE)]
    found = told_apart(found, read)
    by_place = {item.place: item for item in results}
    return tuple(
        Isolate(
            **base(act, read),
            organism=_organism(act, read),
            results=tuple(by_place[item.place] for item in act.under() if item.place in by_place),
        )
        for act in found
    )
