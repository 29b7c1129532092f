"""What hl7apy says of the segments and structures that it does not know, by our own tables.

The rows of SEGMENTS and STRUCTURES become references of hl7apy, `(kind, children)`, each child
`(name, reference, (least, most), class)`. What its validator (1.3) does decides how they are given:

- a segment, field or message whose name starts with Z is judged without its reference
  (`_check_z_element`): ZBE is judged under the name XBE;
- it raises its first error only: each field is judged by itself, so that none hides another;
- a value that its type does not allow is refused by the level STRICT alone, while it parses;
- a length is never raised, only written to a report file with what it measured: those of France
  stand in the references, and `_lengths` judges them;
- children are counted, their order is not compared: `_structures` judges it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any, Final

from segur_interop.hl7._lengths import LENGTHS
from segur_interop.hl7._structures import STRUCTURES
from segur_interop.hl7.segments import SEGMENTS, FieldRow

__all__ = [
    "OWN",
    "doubted_fields",
    "doubted_segments",
    "segment_reference",
    "structure_reference",
    "version_of",
]

OWN: Final = tuple(name for name in SEGMENTS if name.startswith("Z") or name == "PRT")
"""The segments that HL7 v2.5 does not have: judged by our references."""
_VERSION: Final = "2.5"
_OTHER_VERSIONS: Final = {"PRT": "2.7"}
"""The ANS guides take PRT from a later version, with the data types of it."""
_RENAMED: Final = {"2.7": {"TS": "DTM"}}
_STRICT: Final = 1
_TOLERANT: Final = 2
_ENDLESS: Final = -1
_ERASED: Final = re.compile(r'(?<![^|~^&])""(?![^|~^&])')
_MARKS: Final = "~^& "


def version_of(segment: str) -> str:
    """The version of HL7 whose data types judge a segment."""
    return _OTHER_VERSIONS.get(segment, _VERSION)


def _alias(name: str) -> str:
    return f"X{name[1:]}" if name.startswith("Z") else name


@cache
def segment_reference(segment: str) -> tuple[str, tuple[Any, ...]]:
    """The reference of a segment of OWN, under the name that hl7apy judges it by."""
    children = (_field_reference(segment, row) for row in SEGMENTS[segment].rows)
    return ("sequence", tuple(children))


def _field_reference(segment: str, row: FieldRow) -> tuple[Any, ...]:
    least = 1 if row.usage == "R" else 0
    most = 0 if row.usage == "X" else _ENDLESS if row.repeats else 1
    return (f"{_alias(segment)}_{row.number}", _type_reference(segment, row), (least, most), "FIE")


def _type_reference(segment: str, row: FieldRow) -> tuple[Any, ...]:
    from hl7apy import load_reference
    from hl7apy.core import is_base_datatype

    version = version_of(segment)
    kind = _RENAMED.get(version, {}).get(row.type, row.type)
    if is_base_datatype(kind, version):
        return ("leaf", None, kind, None, None, _length(segment, row.number))
    parts = load_reference(kind, "Datatypes_Structs", version)
    return ("sequence", parts, kind, None, None, _ENDLESS)


def _length(segment: str, number: int) -> int:
    places = {(row.segment, row.field, row.component): row.most for row in LENGTHS}
    return places.get((segment, number, 1), _ENDLESS)


def doubted_fields(segment: str, fields: list[str], shift: int = 0) -> Iterator[int]:
    """The numbers of the fields that hl7apy finds wrong.

    Args:
        segment: one of OWN.
        fields: with the usual separators, without the name of the segment. Those that the table
            does not have are not given: the table tells them.
        shift: by how many places a sender moved the fields from number 4 on.
    """
    for row, child in zip(SEGMENTS[segment].rows, segment_reference(segment)[1], strict=True):
        number = row.number + shift if row.number > 3 else row.number
        given = fields[number - 1] if number <= len(fields) else ""
        text = _ERASED.sub("", given)
        if not text.strip(_MARKS) and (text != given or row.usage != "R"):
            continue  # an order to erase has no type, and an absent field may be so
        line = "|".join([_alias(segment), *[""] * (row.number - 1), text])
        if _refuses_segment(line, ("sequence", (child,)), version_of(segment)):
            yield number


def _refuses_segment(line: str, reference: tuple[Any, ...], version: str) -> bool:
    from hl7apy.exceptions import HL7apyException, MaxLengthReached
    from hl7apy.parser import parse_segment
    from hl7apy.validation import Validator

    for level in (_STRICT, _TOLERANT):
        try:
            made = parse_segment(line, version=version, validation_level=level, reference=reference)
            Validator.validate(made, reference)
        except MaxLengthReached:
            continue  # of plain HL7: without it, the tolerant level judges the rest
        except (HL7apyException, ValueError):
            return True
        return False
    return False


@cache
def structure_reference(structure: str) -> tuple[str, tuple[Any, ...]]:
    """The reference of one of STRUCTURES: which segments, how many; SFT after MSH."""
    table = STRUCTURES[structure]
    counts = {"MSH": (1, 1), "SFT": (0, _ENDLESS)}
    for name in table.after:
        least, most = int(name in table.required), 1 if name in table.once else _ENDLESS
        counts.setdefault(name, (least, most))
    children = ((name, _empty(name), count, "SEG") for name, count in counts.items())
    return ("sequence", tuple(children))


def _empty(segment: str) -> tuple[Any, ...]:
    """A reference that asks nothing of the fields: they are judged by themselves."""
    text = ("leaf", None, "ST", None, None, _ENDLESS)
    return ("sequence", ((f"{segment}_1", text, (0, _ENDLESS), "FIE"),))


def doubted_segments(ids: tuple[str, ...], structure: str) -> Iterator[str]:
    """The segments that hl7apy finds missing, too many, or not of the structure.

    Args:
        ids: the segments of the message; those in Z may stand anywhere.
        structure: one of STRUCTURES.
    """
    children = structure_reference(structure)[1]
    for child in children:
        # No count is beyond one but the endless: two tell as much as all.
        given = [child[0]] * min(ids.count(child[0]), 2)
        if _refuses_group(structure, given, ("sequence", (child,))):
            yield child[0]
    known = {child[0] for child in children}
    strange = [name for name in dict.fromkeys(ids) if name not in known and name[:1] != "Z"]
    for name in strange[:1]:
        if _refuses_group(structure, ["MSH", name], ("sequence", children[:1])):
            yield name


def _refuses_group(structure: str, ids: list[str], reference: tuple[Any, ...]) -> bool:
    from hl7apy.core import Group, Segment
    from hl7apy.exceptions import HL7apyException
    from hl7apy.validation import Validator

    options = {"version": _VERSION, "validation_level": _TOLERANT}
    try:
        made = Group(structure, reference=reference, **options)
        for name in ids:
            made.add(Segment(name, reference=_empty(name), **options))
        Validator.validate(made, reference)
    except HL7apyException:
        return True
    return False
