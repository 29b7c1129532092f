"""A CSV read strictly: what is not plainly a row is told by its line, and nothing is guessed."""

from __future__ import annotations

import codecs
import contextlib
import csv
from collections import Counter
from collections.abc import Container, Generator, Iterator, Sequence
from pathlib import Path

from segur_interop.errors import ExportError, InvalidValue
from segur_interop.export.catalogue import BOM

__all__ = ["Table", "check_columns"]


def check_columns(names: Sequence[str], known: Container[str], required: Sequence[str]) -> None:
    """What the names of columns must be.

    Raises:
        ExportError: a required column is missing, a column is unknown, or there twice.
    """
    if missing := [name for name in required if name not in names]:
        raise ExportError(f"columns are missing: {', '.join(missing)}", place="source")
    if unknown := {name for name in names if name not in known}:
        raise ExportError(f"{len(unknown)} unknown column(s)", place="source")
    if twice := [name for name, count in Counter(names).items() if count > 1]:
        raise ExportError(f"columns are there twice: {', '.join(twice)}", place="source")


def _marked(encoding: str) -> str:
    """UTF-8 may start with a mark, which quotes may follow at once.

    Raises:
        LookupError: no such encoding.
    """
    return "utf-8-sig" if codecs.lookup(encoding).name == "utf-8" else encoding


class Table:
    """The rows of a CSV, by the names of its columns."""

    def __init__(
        self,
        path: Path,
        known: Container[str],
        required: Sequence[str],
        *,
        delimiter: str,
        encoding: str,
    ) -> None:
        """Read the header.

        Raises:
            ExportError: no such columns, or another encoding.
            InvalidValue: a delimiter or an encoding that is none.
            OSError: it cannot be read.
        """
        self._path, self._delimiter, self._encoding = path, delimiter, encoding
        self._names: tuple[str, ...] = ()
        with contextlib.closing(self._lines()) as lines:
            _, header = next(lines, (0, []))
        self._names = tuple(name.removeprefix(BOM).strip() for name in header)
        check_columns(self._names, known, required)

    def __iter__(self) -> Iterator[tuple[int, dict[str, str]]]:
        """The line where each row begins, and its cells; lines without any are passed.

        Raises:
            ExportError: it is no CSV from some line on, or has more cells than columns there.
        """
        for rank, (line, cells) in enumerate(self._lines()):
            if not rank or not any(cells):
                continue
            if len(cells) > len(self._names):
                raise ExportError("more cells than columns", place=f"line {line}")
            if self._swallows(cells):
                raise ExportError("a quote holds the lines that follow", place=f"line {line}")
            yield line, dict(zip(self._names, cells, strict=False))

    def _lines(self) -> Generator[tuple[int, list[str]], None, None]:
        begins = 1
        try:
            with self._path.open(encoding=_marked(self._encoding), newline="") as stream:
                reader = csv.reader(stream, delimiter=self._delimiter, strict=True)
                for cells in reader:
                    yield begins, [cell.strip() for cell in cells]
                    begins = reader.line_num + 1
        except UnicodeError:
            raise ExportError(f"the text is not {self._encoding}", place="source") from None
        except csv.Error:
            message = "not a row: a quote without its end, or a cell too long"
            raise ExportError(message, place=f"line {begins}") from None
        except (LookupError, TypeError, ValueError):
            raise InvalidValue("no such delimiter or encoding", place="source") from None

    def _swallows(self, cells: list[str]) -> bool:
        """True when a cell holds what looks like another row: its quote was not closed."""
        fewest = len(self._names) - 1
        return any(
            line.count(self._delimiter) >= fewest
            for cell in cells
            for line in cell.splitlines()[1:]
        )
