"""Structure of a message: the French tables, the order of the segments, and hl7apy's opinion.

hl7apy is handed one segment at a time: as a parser of whole messages it drops Z and PRT segments
without a word. Those, and the structures of the messages that carry a document, it judges by
references made of our tables (`_references`).
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any, Final

from segur_interop._source import Source
from segur_interop.errors import MessageError
from segur_interop.findings import Finding, Report, Severity
from segur_interop.hl7._adt_required import missing_segments
from segur_interop.hl7._datatypes import Notes
from segur_interop.hl7._events import TRIGGERS, Trigger
from segur_interop.hl7._lengths import lengths
from segur_interop.hl7._references import OWN, doubted_fields, doubted_segments, version_of
from segur_interop.hl7._scan import LARGE
from segur_interop.hl7._stay import read_movement, shift_of
from segur_interop.hl7._structures import STRUCTURES, misplaced
from segur_interop.hl7.er7 import Message, Segment, parse
from segur_interop.hl7.segments import SEGMENTS, read

__all__ = ["MAX_JUDGED", "MAX_JUDGED_IN_SEGMENT", "MAX_READ", "check"]

MAX_READ: Final = 500_000
"""Separators of a message up to which its segments are read by the tables."""
MAX_JUDGED: Final = 20_000
"""Separators of a message up to which hl7apy is asked; it takes up to 0.3 ms for each.

Each row of the table of a Z segment or PRT counts as much: it is a question of its own.
"""
MAX_JUDGED_IN_SEGMENT: Final = 2_000
"""Separators of a segment beyond which hl7apy is not asked."""

_TAIL: Final = (
    "DB1", "OBX", "AL1", "DG1", "DRG", "PR1", "GT1", "IN1", "IN2", "IN3", "ACC", "UB1", "UB2",
    "PDA",
)  # fmt: skip
"""After what PAM France places: HL7 v2.5 chapter 3, in groups whose order is not checked."""
_ANYWHERE: Final = ("SFT", *_TAIL)
_REPEATED: Final = ("ROL", "NK1", "ZFS")
_VERSION: Final = "2.5"
_FIELD: Final = re.compile(r"\b([A-Z][A-Z0-9]{2})_(\d{1,3})\b")
_SOURCE: Final = "IHE ITI TF-4, table 4.1.3.3.3.2-1; HL7 v2.5 chapter 3"


def check(source: Source | Message, *, charset: str | None = None) -> Report:
    """What a conformant sender would not have written.

    Args:
        source: a Message, bytes, or the path of a file.
        charset: as for `parse`.

    Returns:
        A report in parts: the octets, the French tables of the segments, the order of the
        segments (ADT, ORU^R01, MDM, ZAM, ACK), hl7apy, and the lengths that France gives instead
        of those of HL7. hl7apy judges a copy without OBX-5: each segment of HL7 v2.5 by its own
        tables; by ours PRT (data types of HL7 v2.7) and the Z segments that have a table, and
        which segments ORU^R01, MDM, ZAM and ACK hold and how often. By ours it says nothing of a
        place that another part told already. The order of the segments, that of ADT, and the
        lengths are beyond its validator: our tables alone judge them. What could not be
        judged is in `not_run`: the report is then INCOMPLETE at best. So is what exceeds
        MAX_READ, MAX_JUDGED or MAX_JUDGED_IN_SEGMENT separators, or 64 KiB in a segment beside
        OBX-5: the time taken does not grow with what a sender repeats.

    Raises:
        MessageError: no readable MSH.
    """
    message = source if isinstance(source, Message) else parse(source, charset=charset)
    ours = (_tables(message), _structure(message), lengths(message))
    told = frozenset(finding.place for part in ours for finding in part.findings)
    tables, structure, measured = ours
    return Report(
        name="HL7 v2 message",
        parts=(
            Report(name="octets", checked=("hl7.er7",), findings=message.findings),
            tables,
            structure,
            _hl7apy(message, told),
            measured,
        ),
        error=MessageError,
    )


_SEVERE: Final = frozenset({"hl7.field.missing", "hl7.field.forbidden", "hl7.field.repeats"})


def _tables(message: Message) -> Report:
    """Required fields that are empty, forbidden ones that are filled, unknown ones."""
    found: dict[Finding, None] = {}
    not_run: dict[str, None] = {}
    read_ids: dict[str, None] = {}
    left = MAX_READ
    for segment in message:
        name = segment.id
        if name not in SEGMENTS:
            not_run[f"{name}: no table of this segment"] = None
            continue
        left -= _separators(segment)
        if left < 0:
            not_run[f"{name}: not read, after {MAX_READ} separators of the message"] = None
            continue
        notes = Notes()
        if name == "ZBE":
            read_movement(segment, notes)
        else:
            read(segment, notes)
        read_ids[name] = None
        found.update(dict.fromkeys(map(_weighed, notes.found)))
    return Report(
        name="tables of the segments",
        checked=tuple(read_ids),
        findings=tuple(found),
        not_run=tuple(not_run),
    )


def _separators(segment: Segment) -> int:
    """How many separators the tables cut at; a long segment is cut only beside OBX-5."""
    syntax = segment.syntax
    if segment.size <= LARGE:
        text = segment.decoded(segment.raw)[0]
        marks = (syntax.field, syntax.component, syntax.repetition, syntax.subcomponent)
        return sum(text.count(mark) for mark in marks if mark)
    return sum(map(_text(segment).count, "|~^&")) if segment.id == "OBX" else 0


def _weighed(finding: Finding) -> Finding:
    severe = finding.rule in _SEVERE or finding.rule.startswith("hl7.zbe.")
    return Finding(
        rule=finding.rule,
        message=finding.message,
        severity=Severity.ERROR if severe else finding.severity,
        place=finding.place,
        source=finding.source,
    )


def _structure(message: Message) -> Report:
    code, event, structure = message.message_type
    trigger = TRIGGERS.get(event) if code == "ADT" else None
    name = "order of the segments"
    order = STRUCTURES.get(_structure_name(message))
    if order is not None:
        return Report(
            name=name, checked=(structure or code,), findings=tuple(misplaced(message.ids, order))
        )
    if trigger is None or not trigger.structure:
        return Report(name=name, not_run=("this message has no order here",))
    return Report(
        name=name,
        checked=(trigger.structure,),
        findings=(*_misplaced(message, trigger), *_missing(message, trigger)),
    )


_STRUCTURE_OF: Final = {
    ("ORU", "R01"): "ORU_R01",
    **{("MDM", event): "MDM_T02" for event in ("T02", "T04", "T10")},
    **{("ZAM", event): "ZAM_Z01" for event in ("Z01", "Z02", "Z03")},
}
"""MSH-9.3 when a sender leaves it out."""


def _structure_name(message: Message) -> str:
    """The name in STRUCTURES, as far as there is one; "" for an ADT."""
    code, event, structure = message.message_type
    if code == "ADT":
        return ""
    return _STRUCTURE_OF.get((code, event), "ACK" if code == "ACK" else structure)


def _misplaced(message: Message, trigger: Trigger) -> Iterator[Finding]:
    order = ("MSH", "EVN", *trigger.segments)
    position = 0
    for rank, name in enumerate(message.ids):
        if name in _ANYWHERE or (name.startswith("Z") and name not in SEGMENTS):
            continue
        if name == "PID" and trigger.repeats and position >= order.index("PID"):
            position = order.index("PID")
            continue
        again = position if name in _REPEATED or rank == 0 else position + 1
        places = [index for index in range(again, len(order)) if order[index] == name]
        if places:
            position = places[0]
        elif name not in order:
            yield _order_error("the event does not hold this segment", name)
        else:
            yield _order_error("out of its place, or given twice", name)


def _missing(message: Message, trigger: Trigger) -> Iterator[Finding]:
    for name in missing_segments(message.ids, trigger):
        yield _order_error("a required segment is missing", name)


def _order_error(message: str, name: str) -> Finding:
    return Finding(
        rule="hl7.structure", message=message, severity=Severity.ERROR, place=name, source=_SOURCE
    )


def _hl7apy(message: Message, told: frozenset[str]) -> Report:
    """hl7apy on the structure and on each segment, OBX-5 set aside.

    Args:
        message: to be judged.
        told: places of what our own tables found.
    """
    name = "structure and data types (hl7apy)"
    try:
        from hl7apy.parser import parse_segment
        from hl7apy.validation import Validator
    except ImportError:
        return Report(name=name, not_run=("hl7apy is not installed: pip install hl7apy",))
    checked: list[str] = []
    found: list[Finding] = []
    failed: list[str] = []
    left = MAX_JUDGED
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        structure = _structure_name(message)
        if structure in STRUCTURES:
            try:
                found += _doubts_of_structure(message, structure, told)
                checked.append(structure)
            except Exception as error:  # as below
                failed.append(f"{structure}: hl7apy could not judge it ({type(error).__name__})")
        for segment in message:
            own = segment.id in OWN
            if segment.id.startswith("Z") and not own:
                continue
            text = _text(segment)
            marks = sum(map(text.count, "|~^&")) if len(text) <= LARGE else MAX_JUDGED + 1
            asked = marks + (len(SEGMENTS[segment.id].rows) if own else 0)
            if marks > MAX_JUDGED_IN_SEGMENT or asked > left:
                failed.append(f"{segment.id}: too long, or after too much, for hl7apy to judge it")
                continue
            left -= asked
            try:
                if own:
                    found += _doubts(segment, text, told)
                else:
                    found += _judged(segment, text, parse_segment, Validator)
                checked.append(segment.id)
            except Exception as error:  # whatever hl7apy raises, this check did not run
                failed.append(f"{segment.id}: hl7apy could not judge it ({type(error).__name__})")
    return Report(
        name=name,
        checked=tuple(dict.fromkeys(checked)),
        findings=tuple(dict.fromkeys(found)),
        not_run=tuple(dict.fromkeys(failed)),
    )


def _doubts_of_structure(message: Message, name: str, told: frozenset[str]) -> list[Finding]:
    bare = {place.partition("[")[0] for place in told}
    source = "the structures of this library, by hl7apy"
    doubted = doubted_segments(message.ids, name)
    return [_doubt(place, source) for place in doubted if place not in bare]


def _doubts(segment: Segment, text: str, told: frozenset[str]) -> list[Finding]:
    name = segment.id
    source = f"{SEGMENTS[name].source}; data types of HL7 v{version_of(name)}, by hl7apy"
    shift = shift_of(segment) if name == "ZBE" else 0
    numbers = doubted_fields(name, text.split("|")[1:], shift)
    places = [f"{name}-{number}" for number in numbers]
    return [_doubt(place, source) for place in places if place not in told]


def _doubt(place: str, source: str) -> Finding:
    return Finding(
        rule="hl7.hl7apy",
        message="hl7apy finds the structure or a data type wrong",
        severity=Severity.WARNING,
        place=place,
        source=source,
    )


def _judged(segment: Segment, text: str, parse_segment: Any, validator: Any) -> Iterator[Finding]:
    from hl7apy.exceptions import HL7apyException, ValidationError

    element = parse_segment(text, version=_VERSION)
    try:
        validator.validate(element)
    except ValidationError as error:
        # Its text may quote the content: only the names of fields are taken from it.
        place = _FIELD.search(str(error))
        where = f"{place[1]}-{place[2]}" if place else segment.id
        known = where if where.startswith(segment.id) else segment.id
        yield _doubt(known, f"HL7 v{_VERSION} tables of hl7apy")
    except HL7apyException:
        yield Finding(rule="hl7.hl7apy", message="hl7apy does not read it", place=segment.id)


def _text(segment: Segment) -> str:
    """The segment with the usual separators, without the value of OBX-5."""
    syntax = segment.syntax
    marks = str.maketrans(
        # elsewhere than in its place, a usual separator is a character of the text
        dict.fromkeys("|^~&", " ")
        | {
            mark: usual
            for mark, usual in zip(
                (syntax.field, syntax.component, syntax.repetition, syntax.subcomponent),
                "|^~&",
                strict=True,
            )
            if mark
        }
    )
    if segment.id == "MSH":
        return "|".join(["MSH", "^~\\&", *(part.translate(marks) for part in segment.fields[3:])])
    if segment.id != "OBX":
        return "|".join(part.translate(marks) for part in segment.fields)
    parts = [segment[number].raw if number != 5 else "" for number in range(1, 20)]
    return "|".join(["OBX", *(part.translate(marks) for part in parts)])
