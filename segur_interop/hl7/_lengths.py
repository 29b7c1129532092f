"""The lengths that France gives to fields: those of plain HL7 v2.5 refuse legal names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from segur_interop.findings import Finding, Report
from segur_interop.hl7._datatypes import component, cut
from segur_interop.hl7._paths import MAX_PARTS
from segur_interop.hl7._syntax import ERASE
from segur_interop.hl7.er7 import Message, Segment

__all__ = ["LENGTHS", "LengthRow", "lengths"]


@dataclass(frozen=True, slots=True)
class LengthRow:
    """The most characters of a component of each repetition of a field.

    `later`: True for messages of HL7 v2.6 and after, False for the others, None for all.
    """

    segment: str
    field: int
    component: int
    most: int
    source: str
    later: bool | None = None


_XPN: Final = "PAM France 2.11, data type XPN (30 in plain HL7 v2.5)"
_ZFM: Final = "IHE ITI TF-4 §4.1.2.10, PAM France 2.11, data type IS"
_LATER: Final = frozenset(("2.6", "2.7", "2.7.1", "2.8", "2.8.1", "2.8.2", "2.9"))
LENGTHS: Final = (
    LengthRow("MSH", 10, 1, 20, "HL7 v2.5 §2.15.9.10", later=False),
    LengthRow("MSH", 10, 1, 199, "HL7 v2.6 chapter 2, MSH-10", later=True),
    LengthRow("PID", 5, 2, 194, _XPN),
    LengthRow("PID", 5, 3, 194, _XPN),
    *(LengthRow("ZFM", number, 1, 1, _ZFM) for number in range(1, 6)),
)


def lengths(message: Message) -> Report:
    """What is longer than its row of LENGTHS, each place once."""
    found: dict[Finding, None] = {}
    is_later = message.segment(0).leaves(12)[0].strip() in _LATER
    for row in LENGTHS:
        if row.later in (None, is_later) and any(
            _is_long(segment, row) for segment in message[row.segment]
        ):
            found[_too_long(row)] = None
    names = dict.fromkeys(row.segment for row in LENGTHS)
    checked = tuple(name for name in names if name in message)
    return Report(name="lengths", checked=checked, findings=tuple(found))


def _is_long(segment: Segment, row: LengthRow) -> bool:
    syntax, text = segment.syntax, segment.text(row.field)
    if len(text) <= row.most:
        return False
    repetitions = text.split(syntax.repetition, MAX_PARTS)
    told = (component(cut(each, syntax), row.component) for each in repetitions)
    return any(len(each) > row.most for each in told if each != ERASE)


def _too_long(row: LengthRow) -> Finding:
    place = f"{row.segment}-{row.field}" + (f".{row.component}" if row.component > 1 else "")
    message = f"longer than {row.most} characters"
    return Finding(rule="hl7.length", message=message, place=place, source=row.source)
