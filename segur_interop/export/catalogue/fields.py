"""How a schema is declared once: fields told beside the attributes of a dataclass.

From the same fields are made the files, what reads them back, the dictionary of the documentation
and the JSON Schema.
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Field", "Kind", "due", "fields_of", "told"]


class Kind(enum.Enum):
    """How a field is written: in JSON, and in one or several CSV columns."""

    TEXT = "text"
    INTEGER = "integer"
    OBJECT = "object"
    LIST = "list"


@dataclass(frozen=True, slots=True)
class Field:
    """One field of the schema, or of an object within it.

    Attributes:
        name: key in JSON, column in CSV.
        kind: how it is written.
        always: True when a value is always there; else null states that the source has none.
        description: for the dictionary, in French as its readers are.
        parts: the fields of an object, or of each object of a list; () for plain texts.
        values: the only values, where the list is closed.
        made: builds an object from its values; None for a plain value.
    """

    name: str
    kind: Kind
    always: bool
    description: str
    parts: tuple[Field, ...] = ()
    values: tuple[str, ...] = ()
    made: type[Any] | None = None


def told(
    description: str,
    kind: Kind = Kind.TEXT,
    *,
    always: bool = False,
    of: type[Any] | None = None,
    values: type[enum.StrEnum] | None = None,
) -> Any:
    """A field that holds None, or nothing, where the source has no value, unless `always`."""
    metadata = {"told": (description, kind, always, of, values)}
    if always:
        return field(metadata=metadata)
    return field(default=() if kind is Kind.LIST else None, metadata=metadata)


def due(description: str) -> Any:
    """Always a key; null states that the source itself holds none."""
    return field(metadata={"told": (description, Kind.TEXT, False, None, None)})


def fields_of(kind: type[Any]) -> tuple[Field, ...]:
    """The fields of a dataclass whose attributes were all declared with `told` or `due`."""
    made = []
    for item in dataclasses.fields(kind):
        description, how, always, of, values = item.metadata["told"]
        made.append(
            Field(
                name=item.name,
                kind=how,
                always=always,
                description=description,
                parts=() if of is None else fields_of(of),
                values=() if values is None else tuple(member.value for member in values),
                made=of,
            )
        )
    return tuple(made)
