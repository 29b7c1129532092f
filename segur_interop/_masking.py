"""Personal values stay out of `repr`, logs and notebooks unless `reveal()` is called."""

from __future__ import annotations

import dataclasses
import html
from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["MASK", "Masked", "Revealed", "html_table", "shown"]

MASK = "•••"


def shown() -> Mapping[str, bool]:
    """Metadata of a dataclass field whose value is not personal and may appear in a repr."""
    return {"shown": True}


def html_table(caption: str, rows: Iterable[tuple[str, str]]) -> str:
    """A two-column table; every text is escaped."""
    body = "".join(
        f'<tr><th scope="row">{html.escape(name)}</th><td>{html.escape(value)}</td></tr>'
        for name, value in rows
    )
    return f"<table><caption>{html.escape(caption)}</caption><tbody>{body}</tbody></table>"


class Revealed(str):
    """The clear text of a masked value, for a person who asked to see it."""

    __slots__ = ("_rows", "_title")
    _title: str
    _rows: tuple[tuple[str, str], ...]

    def __new__(cls, title: str, rows: Iterable[tuple[str, str]]) -> Revealed:
        rows = tuple(rows)
        text = f"{title}({', '.join(f'{name}={value}' for name, value in rows)})"
        self = super().__new__(cls, text)
        self._title, self._rows = title, rows
        return self

    def __reduce__(self) -> tuple[object, ...]:
        return Revealed, (self._title, self._rows)

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return html_table(self._title, self._rows)


class Masked:
    """Mix-in for dataclasses that hold a person: masked repr and html, `reveal()` in clear.

    A field appears in clear only if declared with `metadata=shown()`; others show that they
    are filled (•••) or empty, and nothing of their length or content.
    """

    __slots__ = ()

    def _rows(self, *, clear: bool) -> Iterable[tuple[str, str]]:
        for item in dataclasses.fields(self):  # type: ignore[arg-type]
            value = getattr(self, item.name)
            if value in (None, "", (), frozenset()):
                continue
            if clear:
                yield item.name, _clear(value)
            elif item.metadata.get("shown"):
                yield item.name, _plain(value)
            else:
                yield item.name, MASK

    def __repr__(self) -> str:
        inner = ", ".join(f"{name}={value}" for name, value in self._rows(clear=False))
        return f"{type(self).__name__}({inner})"

    def _repr_html_(self) -> str:
        return html_table(type(self).__name__, self._rows(clear=False))

    def reveal(self) -> Revealed:
        """The values in clear, for a person who may see them; never for a log."""
        return Revealed(type(self).__name__, self._rows(clear=True))


def _plain(value: Any) -> str:
    if isinstance(value, (tuple, frozenset)):
        return "[" + ", ".join(sorted(map(_plain, value))) + "]"
    return str(getattr(value, "name", value))


def _clear(value: Any) -> str:
    if isinstance(value, Masked):
        return str(value.reveal())
    if isinstance(value, (tuple, frozenset)):
        return "[" + ", ".join(map(_clear, value)) + "]"
    return str(getattr(value, "name", value))
