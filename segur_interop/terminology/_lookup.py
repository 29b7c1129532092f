"""Find by code, and by code system where a code lives in several."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import MappingProxyType, NoneType
from typing import Any, TypeAlias, TypeVar

from segur_interop._types import check_type
from segur_interop.terminology.code import Code

Item = TypeVar("Item")
Index: TypeAlias = Mapping[str, tuple[tuple[Code, Item], ...]]


def index(items: Iterable[tuple[Code, Item]]) -> Index[Item]:
    """Every item under the text of its code; nobody can change it."""
    found: dict[str, list[tuple[Code, Item]]] = {}
    for key, item in items:
        found.setdefault(key.code, []).append((key, item))
    return MappingProxyType({code: tuple(pairs) for code, pairs in found.items()})


def reduced(table: Any) -> tuple[Any, ...]:
    """What pickle and copy make a table from: its fields, without the index."""
    names = (field.name for field in dataclasses.fields(table) if field.init)
    kind: Callable[..., Any] = type(table)
    return partial(kind, **{name: getattr(table, name) for name in names}), ()


def check_texts(code: Any, system: Any) -> None:
    """Refuse a code that is no text, and a system that is neither a text nor None.

    Raises:
        TypeError: another type.
    """
    if not isinstance(code, str):
        check_type(code, "code", str)
    if system is not None and not isinstance(system, str):
        check_type(system, "system", str, NoneType)


def lookup(index: Index[Item], code: str, system: str | None) -> tuple[Item, ...]:
    """The items of a code: those of `system`, or of every system when it is None or ""."""
    check_texts(code, system)
    known = index.get(code, ())
    return tuple([item for key, item in known if not system or key.system == system])


def why_not(index: Index[Item], code: str, system: str | None) -> str:
    """One sentence for a look-up that did not give exactly one item; it repeats no input."""
    systems = sorted({key.system for key, _ in index.get(code, ())})
    if systems and system:
        return f"the code belongs to {' and '.join(systems)}, not to the system given"
    if systems:
        return f"the code belongs to {' and '.join(systems)}: give the system"
    folded = code.strip().casefold()
    near = [known for known in index if known.casefold() == folded]
    return f"no such code; {near[0]} exists" if near else "no such code"
