"""The segments of the French profiles as tables, read and written through one mechanism.

Each row: number, name, HL7 type, usage (R required, RE required if known, C conditional, O
optional, X forbidden in France), and marks: `*` repeats, `<2.11` only before that version of PAM
France, `>=2.11` from it, `?` known from a third party's profile only (`third_party`).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from segur_interop._masking import MASK, Masked, shown
from segur_interop._time import Timestamp
from segur_interop._types import check_type
from segur_interop.errors import InvalidValue, MessageError
from segur_interop.findings import Severity
from segur_interop.hl7._datatypes import (
    READERS,
    WRITERS,
    Notes,
    Repetition,
    cut,
    joined,
    write_cx,
    write_ei,
)
from segur_interop.hl7._paths import MAX_PARTS
from segur_interop.hl7._scan import LARGE
from segur_interop.hl7._syntax import DEFAULT, ERASE, Syntax
from segur_interop.hl7._tables import ROWS
from segur_interop.hl7.er7 import Segment
from segur_interop.model import LocalId

__all__ = ["SEGMENTS", "FieldRow", "Record", "SegmentTable", "read", "write"]


@dataclass(frozen=True, slots=True)
class FieldRow:
    """One row of a segment's table.

    Attributes:
        number: of the field, from 1.
        name: as this library names it.
        type: HL7 data type; `varies` is never read here, see `Segment.slice`.
        usage: R, RE, C, O or X.
        repeats: True when it may repeat.
        since, before: versions of PAM France between which it exists; "" without bound.
        third_party: True when no public primary source states it.
    """

    number: int
    name: str
    type: str
    usage: str
    repeats: bool = False
    since: str = ""
    before: str = ""
    third_party: bool = False

    def exists_in(self, version: str) -> bool:
        """True when PAM France of this version has the field."""
        wanted = _order(version)
        return not (
            (self.since and wanted < _order(self.since))
            or (self.before and wanted >= _order(self.before))
        )


@dataclass(frozen=True, slots=True)
class SegmentTable:
    """The rows of a segment, and the document they come from.

    Attributes:
        required: the rows to be read that may not be empty.
        plain: name of a field, and whether it repeats, by the numbers of the fields that are
            read without a remark.
    """

    id: str
    source: str
    rows: tuple[FieldRow, ...]
    by_name: Mapping[str, FieldRow]
    by_number: Mapping[int, FieldRow]
    required: tuple[FieldRow, ...]
    plain: Mapping[int, tuple[str, bool]]


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def _row(text: str) -> FieldRow:
    number, name, kind, usage, *marks = text.split()
    since = next((mark[2:] for mark in marks if mark.startswith(">=")), "")
    before = next((mark[1:] for mark in marks if mark.startswith("<")), "")
    return FieldRow(int(number), name, kind, usage, "*" in marks, since, before, "?" in marks)


def _table(name: str, source: str, rows: str) -> SegmentTable:
    fields = tuple(_row(line) for line in rows.strip().splitlines())
    return SegmentTable(
        name, source, fields,
        {row.name: row for row in fields}, {row.number: row for row in fields},
        tuple(row for row in fields if row.usage == "R" and row.name not in _NEVER_READ),
        {
            row.number: (row.name, row.repeats)
            for row in fields
            if row.usage != "X" and row.name not in _NEVER_READ
        },
    )  # fmt: skip


_NUMBER: Final = re.compile(r"[+-]?[0-9]+(?:\.[0-9]+)?")
_NEVER_READ: Final = ("field_separator", "encoding_characters", "value")
"""MSH-1 and MSH-2 are the syntax; OBX-5 is sliced (`Segment.slice`)."""

SEGMENTS: Final[dict[str, SegmentTable]] = {
    name: _table(name, source, rows) for name, (source, rows) in ROWS.items()
}
"""The table of each segment that this library knows."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Record(Masked):
    """The fields of one segment by the names of its table, as received or to be written.

    `record["entry_mode"]` is one repetition, or a tuple of them where the field repeats: a str,
    or a tuple of components, each a str or a tuple of subcomponents. `record.typed(name)` is the
    value of the model. Texts are decoded.

    Attributes:
        id: the segment.
        values: (name, value) of the filled fields, in the order of the table.
    """

    id: str = field(metadata=shown())
    values: tuple[tuple[str, Any], ...] = ()

    def __post_init__(self) -> None:
        table = SEGMENTS.get(self.id)
        if table is None:
            raise InvalidValue("a segment without table", place="record.id")
        rows = table.by_name
        for name, _ in self.values:
            if name not in rows:
                raise InvalidValue("no such field in the table", place=f"record.{self.id}")
        kept = [(name, value) for name, value in self.values if value not in ("", ())]
        kept.sort(key=lambda pair: rows[pair[0]].number)
        object.__setattr__(self, "values", tuple(kept))

    @classmethod
    def of(cls, segment: str, **values: Any) -> Record:
        """A record to be written: `Record.of("ZFM", entry_mode="8")`.

        Values are texts, tuples of components, or values of the model (Timestamp, LocalId, …).

        Raises:
            InvalidValue: no such segment or field.
        """
        check_type(segment, "segment", str)
        return cls(id=segment, values=tuple(values.items()))

    def __getitem__(self, name: str) -> Any:
        """The value of a field; "" or () when it is empty.

        Raises:
            KeyError: the table has no such field.
        """
        for filled, value in reversed(self.values):
            if filled == name:
                return value
        return () if SEGMENTS[self.id].by_name[name].repeats else ""

    def __contains__(self, name: object) -> bool:
        return any(filled == name for filled, _ in self.values)

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self.values)

    def __bool__(self) -> bool:
        return bool(self.values)

    def typed(self, name: str, notes: Notes | None = None) -> Any:
        """The value of the model that a field holds (LocalId, Timestamp, Telecom, …).

        A repeating field gives a tuple, without what the model refuses; another one value, or
        None. A type that the model has no value for gives the plain value.
        """
        row = SEGMENTS[self.id].by_name[name]
        reader = READERS.get(row.type)
        value = self[name]
        if reader is None:
            return value
        if not value:
            return () if row.repeats else None
        notes = notes or Notes()
        place = f"{self.id}-{row.number}"
        if not row.repeats:
            return _read_one(reader, value, place, notes)
        made = (_read_one(reader, item, place, notes) for item in value)
        return tuple(item for item in made if item is not None)

    def without(self, names: Iterable[str]) -> Record:
        """The same record without these fields."""
        left = set(names)
        return _record(self.id, [pair for pair in self.values if pair[0] not in left])

    def _rows(self, *, clear: bool) -> Iterable[tuple[str, str]]:
        yield "id", self.id
        for name, value in self.values:
            yield name, str(value) if clear else MASK


def _record(segment: str, values: list[tuple[str, Any]]) -> Record:
    """A record of filled fields of its table, in their order: what `Record` would check."""
    made = object.__new__(Record)
    object.__setattr__(made, "id", segment)
    object.__setattr__(made, "values", tuple(values))
    return made


def _read_one(reader: Any, value: Any, place: str, notes: Notes) -> Any:
    if not isinstance(value, (str, tuple)):
        return value
    return reader(value, place, notes) if value and value != ERASE else None


def read(segment: Segment, notes: Notes, *, shift: int = 0) -> Record:
    """The record of a segment that has a table.

    Args:
        segment: as received.
        notes: gathers what is odd: a forbidden field, a required one that is empty, a repetition
            where there is none, a field that the table does not have.
        shift: by how many places a sender moved the fields from number 4 on.
    """
    table, syntax = SEGMENTS[segment.id], segment.syntax
    plain, mark = table.plain, syntax.repetition
    values: list[tuple[str, Any]] = []
    for number, text in _texts(segment, table, notes):
        if not text:
            continue
        wanted = number - shift if number > 3 else number
        known = plain.get(wanted) or _remarked(segment.id, wanted, number, notes)
        if known is None:
            continue
        name, repeats = known
        value: Any
        if mark not in text:
            value = cut(text, syntax)
            if repeats:
                value = (value,)
        else:
            parts = text.split(mark, MAX_PARTS)
            if not any(parts):
                continue
            if repeats:
                value = tuple([cut(part, syntax) for part in parts])
            else:
                notes.add("field.repeats", "only the first repetition is read",
                          f"{segment.id}-{number}")  # fmt: skip
                value = cut(parts[0], syntax)
        if value != "":
            values.append((name, value))
    record = Record(id=segment.id, values=tuple(values)) if shift else _record(segment.id, values)
    _tell_missing(record, table, notes)
    return record


def _remarked(segment: str, wanted: int, number: int, notes: Notes) -> tuple[str, bool] | None:
    """Name of a field, and whether it repeats, where there is something to be told of it."""
    table = SEGMENTS[segment]
    row, place = table.by_number.get(wanted), f"{segment}-{number}"
    if row is None:
        notes.add("field.unknown", "a field that is not read", place, Severity.INFO, table.source)
        return None
    if row.name in _NEVER_READ:
        return None
    notes.add("field.forbidden", "a field forbidden in France", place, Severity.INFO, table.source)
    return row.name, row.repeats


def _tell_missing(record: Record, table: SegmentTable, notes: Notes) -> None:
    if not table.required:
        return
    filled = {name for name, _ in record.values}
    for row in table.required:
        if row.name not in filled:
            notes.add("field.missing", "a required field is empty", f"{record.id}-{row.number}",
                      source=table.source)  # fmt: skip


def _texts(segment: Segment, table: SegmentTable, notes: Notes) -> Iterable[tuple[int, str]]:
    """The raw fields; those of a large segment one by one, without the document it carries."""
    if segment.size <= LARGE:
        return enumerate(segment.fields[1:], 1)
    if "value" in table.by_name:
        rows = (row.number for row in table.rows if row.name not in _NEVER_READ)
        return [(number, segment.text(number)) for number in rows]
    # Cut into its parts it would take many times its size.
    message = f"longer than {LARGE} octets: not read"
    notes.add("segment.long", message, segment.id, Severity.ERROR)
    return ()


def write(
    record: Record, *, version: str, syntax: Syntax = DEFAULT, third_party: bool = False
) -> str:
    """The segment, without its terminator.

    Args:
        record: texts, components, or values of the model.
        version: of PAM France, which decides the fields that exist.
        syntax: separators of the message.
        third_party: True to write the fields that only a third party's profile states.

    Raises:
        MessageError: a field that this version does not have, or that France forbids; a required
            one that is empty; several values where one is allowed.
    """
    table = SEGMENTS[record.id]
    texts: dict[int, str] = {}
    if record.id == "MSH":
        texts[1], texts[2] = syntax.field, syntax.declaration
    for name, value in record.values:
        row = table.by_name[name]
        if row.third_party and not third_party:
            continue
        place = f"{record.id}-{row.number}"
        if row.usage == "X" and value != ERASE:
            raise MessageError("forbidden in France", place=place)
        if not row.exists_in(version):
            raise MessageError(f"not in PAM France {version}", place=place)
        texts[row.number] = _text(row, value, syntax, place)
    missing = [row.number for row in table.rows if row.usage == "R" and not texts.get(row.number)]
    if missing:
        raise MessageError("a required field is empty", place=f"{record.id}-{missing[0]}")
    last = max(texts, default=0)
    first = 2 if record.id == "MSH" else 1
    return syntax.field.join([record.id, *(texts.get(n, "") for n in range(first, last + 1))])


def _text(row: FieldRow, value: Any, syntax: Syntax, place: str) -> str:
    if not row.repeats:
        return joined(_plain(row, value, place), syntax)
    if not isinstance(value, (tuple, list)):
        raise MessageError("a repeating field takes a tuple of repetitions", place=place)
    return syntax.repetition.join(joined(_plain(row, item, place), syntax) for item in value)


def _plain(row: FieldRow, value: Any, place: str) -> Repetition:
    if isinstance(value, LocalId):
        return write_ei(value) if row.type == "EI" else write_cx(value)
    for kind, writer in WRITERS:
        if isinstance(value, kind):
            return writer(value)
    if isinstance(value, str) and value and value != ERASE and not _is_of(row.type, value):
        raise MessageError(f"not a value of type {row.type}", place=place)
    if isinstance(value, (str, tuple)):
        return value
    raise MessageError(f"no value of type {row.type}", place=place)


def _is_of(kind: str, text: str) -> bool:
    """False for a text that a time or a number cannot be."""
    if kind in ("NM", "SI"):
        return _NUMBER.fullmatch(text) is not None
    if kind not in ("TS", "DT"):
        return True
    try:
        Timestamp.parse(text)
    except InvalidValue:
        return False
    return True
