"""Rows that come in the order of archives, taken archive by archive: nothing is held but one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Generic, TypeVar

__all__ = ["Cursor", "Key"]

Row = TypeVar("Row")
Key = tuple[int, int]
"""Numbers of a lot and of an archive."""


class Cursor(Generic[Row]):
    """Walks over rows that are sorted by key, as archives are."""

    def __init__(
        self,
        rows: Iterator[tuple[Key | None, Row]],
        *,
        odd: Callable[[Row], object],
        extra: Callable[[Row], object],
    ) -> None:
        """Nothing is read yet.

        Args:
            rows: each with its key, None when it has none.
            odd: told of each row without key, or that comes after one of a later archive.
            extra: told of each row whose archive is not there.
        """
        self._rows, self._odd, self._extra = rows, odd, extra
        self._next: tuple[Key, Row] | None = None
        self._last: Key = (0, 0)
        self.count = 0

    def _advance(self) -> None:
        self._next = None
        for key, row in self._rows:
            self.count += 1
            if key is None or key < self._last:
                self._odd(row)
                continue
            self._last = key
            self._next = (key, row)
            return

    def take(self, key: Key) -> list[Row]:
        """The rows of an archive; those of archives before it are extra."""
        taken = []
        if self._next is None:
            self._advance()
        while self._next is not None and self._next[0] <= key:
            if self._next[0] == key:
                taken.append(self._next[1])
            else:
                self._extra(self._next[1])
            self._advance()
        return taken

    def finish(self) -> None:
        """Every row that is left is extra."""
        if self._next is None:
            self._advance()
        while self._next is not None:
            self._extra(self._next[1])
            self._advance()
