"""Find by code, and by code system where a code lives in several."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias, TypeVar

from segur_interop.terminology.code import Code

Item = TypeVar("Item")
Index: TypeAlias = Mapping[str, tuple[tuple[Code, Item], ...]]


def index(items: Iterable[tuple[Code, Item]]) -> dict[str, tuple[tuple[Code, Item], ...]]:
    """Every item under the text of its code."""
    found: dict[str, tuple[tuple[Code, Item], ...]] = {}
    for key, item in items:
        found[key.code] = (*found.get(key.code, ()), (key, item))
    return found


def lookup(index: Index[Item], code: str, system: str | None) -> tuple[Item, ...]:
    """The items of a code: those of `system`, or of every system when it is None or ""."""
    return tuple(item for key, item in index.get(code, ()) if not system or key.system == system)


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
