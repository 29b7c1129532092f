"""Laboratory results (CI-SIS CR-BIO; IHE LAB XD-LAB), isolates included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from lxml import etree

from segur_interop._masking import shown
from segur_interop._oid import LOINC
from segur_interop.cda._build import NS
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.record import Record, base, participants
from segur_interop.cda._entries.subjects import told_apart
from segur_interop.cda._entries.values import Concept, Interval, Quantity, Value, is_open
from segur_interop.cda._placed import Placed, Raw
from segur_interop.model import Participant

__all__ = [
    "Isolate",
    "ReferenceRange",
    "Result",
    "is_earlier",
    "is_result",
    "isolates",
    "result",
    "results",
]

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
INTERPRETATION: Final = "2.16.840.1.113883.5.83"
NORMAL: Final = frozenset({"N"})
CRITICAL: Final = frozenset({"AA", "HH", "LL"})
ABNORMAL: Final = CRITICAL | {"A", "H", "L", "HU", "LU", "H>", "L<", "HX", "LX"}
"""HL7 v3 ObservationInterpretation, normality; susceptibility (S, I, R) tells neither."""
RECALL: Final = frozenset({"REFR", "XCRPT"})
OFF_SCALE: Final = frozenset({"<", ">"})
"""The same, technical exceptions: the value is beyond what the instrument measures, which says
nothing of whether it is normal."""
TAKEN_BACK: Final = frozenset({"aborted", "cancelled", "nullified"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReferenceRange(Placed):
    """What a result is compared with (referenceRange/observationRange).

    Attributes:
        value: an Interval mostly; None when told in words alone.
        text: in words; "" without.
        interpretation: what a value within it means; `N` for the usual range.
        condition: for whom it is, as written; "" when for all.
    """

    value: Value | None = None
    text: str = ""
    interpretation: Concept | None = None
    condition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Result(Record):
    """One analysis and its value.

    Attributes:
        value: by the type that it announces; None when there is none, see `null_flavor("value")`.
        interpretations: as coded by the laboratory.
        ranges: reference ranges, in order.
        methods: methodCode.
        previous: earlier results that the laboratory recalls.
        battery: the group of analyses that it is part of; None outside one.
        exam: the exam that it answers; None when not told.
        organism: the isolate that it is about; None outside microbiology.
        media: identifiers of the images that belong to it (`attachments()` holds them).
        performers: laboratories, when the result names its own.
    """

    value: Value | None = None
    interpretations: tuple[Concept, ...] = ()
    ranges: tuple[ReferenceRange, ...] = ()
    methods: tuple[Concept, ...] = ()
    previous: tuple[Result, ...] = ()
    battery: Concept | None = None
    exam: Concept | None = None
    organism: Concept | None = None
    media: tuple[str, ...] = field(default=(), metadata=shown())
    performers: tuple[Participant, ...] = ()

    @property
    def loinc(self) -> str:
        """The LOINC code of the analysis; "" without."""
        return self.code.code_in(LOINC) if self.code else ""

    @property
    def unit(self) -> str:
        """The unit of a quantity, or of the bounds of an interval; "" without."""
        value = self.value
        if isinstance(value, Interval):
            bounds = (value.low, value.high)
            return next((item.unit for item in bounds if item is not None and item.unit), "")
        return value.unit if isinstance(value, Quantity) else ""

    @property
    def done(self) -> bool:
        """False for a result asked or meant (`mood`), negated, aborted, cancelled or nullified.

        Nor is one whose negation cannot be read. A partial result (`active`) is one.
        """
        return self.mood in {"EVN", ""} and self.negated is False and self.status not in TAKEN_BACK

    @property
    def interpretation(self) -> str:
        """The first code of HL7 ObservationInterpretation; "" without."""
        return next(filter(None, map(_normality, self.interpretations)), "")

    @property
    def is_abnormal(self) -> bool | None:
        """What the laboratory coded; without code, what its reference range says; None if neither.

        None is not "normal": nobody told. The range decides only when there is one, in the unit of
        the value. What was not `done` is neither.
        """
        if not self.done:
            return None
        codes = self._normalities()
        if codes & ABNORMAL:
            return True
        if codes & NORMAL:
            return False
        within = self.is_within_range
        return None if within is None else not within

    @property
    def is_critical(self) -> bool | None:
        """True for `AA`, `HH`, `LL`; False for another normality; None when none is coded.

        No reference range tells that a value is critical. What was not `done` is neither.
        """
        if not self.done:
            return None
        codes = self._normalities()
        if codes & CRITICAL:
            return True
        return False if codes & (ABNORMAL | NORMAL) else None

    @property
    def is_within_range(self) -> bool | None:
        """Whether a quantity is in the one usual range given for all; None when that is not so.

        One beyond what the instrument measures (`<`, `>`) may be anywhere beyond its number: it is
        in the range when nothing of the range ends on that side, else the number may only tell
        that it is out.
        """
        usual = [
            item.value
            for item in self.ranges
            if isinstance(item.value, Interval) and _is_usual(item) and not item.condition
        ]
        if len(usual) != 1 or not isinstance(self.value, Quantity):
            return None
        return self._compared(usual[0], self.value)

    def _compared(self, usual: Interval, value: Quantity) -> bool | None:
        codes = self._normalities()
        if codes.isdisjoint(OFF_SCALE):
            return usual.contains(value)
        if "<" in codes:
            end, beyond = usual.low, Interval(low=usual.low, low_closed=False)
        else:
            end, beyond = usual.high, Interval(high=usual.high, high_closed=False)
        if beyond.contains(value) is False:
            return False
        return True if is_open(end) and usual.contains(value) else None

    def _normalities(self) -> set[str]:
        return set(map(_normality, self.interpretations))


def _normality(concept: Concept) -> str:
    """Its code of ObservationInterpretation, which is meant when no system is told."""
    return concept.code_in(INTERPRETATION) or concept.code_in("")


def _is_usual(item: ReferenceRange) -> bool:
    return item.interpretation is None or _normality(item.interpretation) in {"N", ""}


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Isolate(Record):
    """A micro-organism found, and what was measured of it.

    Attributes:
        organism: what it is.
        results: all its results: counts, antibiogram (`Result.interpretation` is S, I or R).
    """

    organism: Concept | None = None
    results: tuple[Result, ...] = ()


def is_result(act: Act) -> bool:
    """True for an observation that is a laboratory result, and no recall of an earlier one."""
    return _is_one(act) and _recalling(act) is None


def is_earlier(act: Act) -> bool:
    """True for an observation that recalls an earlier result."""
    return _is_one(act) and _recalling(act) is not None


def _is_one(act: Act) -> bool:
    if act.kind != "observation":
        return False
    if act.is_a(RESULT):
        return True
    return not act.templates and not LABORATORY.isdisjoint(act.section.template_ids)


def _recalling(act: Act) -> Act | None:
    """What is tied as a recall: the act, or what holds it; None for a result of the document.

    An excerpt (XCRPT) always recalls; a reference (REFR) does from a result, or to a group.
    """
    return next(
        (
            item
            for item in (act, *act.within())
            if item.link == "XCRPT"
            or (item.link == "REFR" and (item.kind == "organizer" or _is_of_result(item)))
        ),
        None,
    )


def _is_of_result(act: Act) -> bool:
    return act.parent is not None and _is_one(act.parent)


def results(acts: list[Act], read: Reading) -> tuple[Result, ...]:
    """The results of the document, each with the earlier ones that it recalls.

    Those that are recalled beside it belong to the first result of the section with their code.
    """
    beside: dict[tuple[str, str, str], list[Act]] = {}
    for act in told_apart([item for item in acts if _is_beside(item)], read):
        beside.setdefault(_known_by(act), []).append(act)
    own = told_apart([act for act in acts if is_result(act)], read)
    made = tuple(result(act, read, beside.pop(_known_by(act), [])) for act in own)
    for act in (item for items in beside.values() for item in items):
        message = "an earlier result that no result of its section recalls is in no family"
        read.note("cda.result.previous", message, act.place)
    return made


def _is_beside(act: Act) -> bool:
    """A recalled result that no result holds."""
    if not _is_one(act) or any(map(_is_one, act.within())):
        return False
    return _recalling(act) is not None


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


def result(act: Act, read: Reading, beside: Sequence[Act] = ()) -> Result:
    """The result of an observation."""
    value = act.part("value")
    codes = act.parts.get("interpretationCode", [])
    around = list(act.within())
    battery = next((item for item in around if item.is_a(BATTERY)), None)
    exam = next((item for item in around if item.kind == "act"), None)
    isolate = next((item for item in around if item.is_a(ISOLATE)), None)
    made = Result(
        **base(act, read),
        value=read.value(value, f"{act.place}/value"),
        interpretations=read.concepts(codes, f"{act.place}/interpretationCode"),
        ranges=_ranges(act, read),
        methods=read.concepts(act.parts.get("methodCode", []), f"{act.place}/methodCode"),
        previous=tuple(result(item, read) for item in (*told_apart(_earlier(act), read), *beside)),
        battery=_code(battery, read),
        exam=_code(exam, read),
        organism=None if isolate is None else _organism(isolate, read),
        media=tuple(
            identifier
            for item in act.under()
            if item.kind == "observationMedia" and (identifier := item.element.get("ID"))
        ),
        performers=participants(act, "performer", read),
    )
    _agreement(made, read)
    return made


def _agreement(made: Result, read: Reading) -> None:
    within, abnormal = made.is_within_range, made.is_abnormal
    if within is not None and abnormal is not None and within is abnormal:
        message = "the interpretation and the reference range do not agree"
        read.note("cda.result.interpretation", message, made.place)


def _code(act: Act | None, read: Reading) -> Concept | None:
    return None if act is None else read.once(act.part("code"), f"{act.place}/code")


def _ranges(act: Act, read: Reading) -> tuple[ReferenceRange, ...]:
    found = []
    for rank, element in enumerate(act.parts.get("referenceRange", ()), start=1):
        inner = element.find("h:observationRange", NS)
        if inner is None:
            continue
        place = f"{act.place}/referenceRange[{rank}]/observationRange"
        code = inner.find("h:interpretationCode", NS)
        found.append(
            ReferenceRange(
                place=place,
                value=read.value(inner.find("h:value", NS), f"{place}/value"),
                text=read.words(inner.find("h:text", NS), f"{place}/text"),
                interpretation=read.concept(code, f"{place}/interpretationCode"),
                condition=read.text(inner.find("h:precondition", NS)) or _criterion(inner, read),
                _raw=Raw(inner),
            )
        )
    return tuple(found)


def _criterion(inner: Element, read: Reading) -> str:
    """The criterion of a range (sdtc:precondition): what it holds, in words or by its code."""
    element = inner.find("sdtc:precondition", NS)
    if element is None:
        return ""
    label = element.find(".//*[@displayName]")
    said = "" if label is None else read.folded(label.get("displayName", ""))
    return said or read.text(element) or "?"


def _organism(act: Act, read: Reading) -> Concept | None:
    specimen = act.part("specimen")
    path = "h:specimenRole/h:specimenPlayingEntity/h:code"
    code = None if specimen is None else specimen.find(path, NS)
    return read.once(code, f"{act.place}/specimen")


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
