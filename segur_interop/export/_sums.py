"""CHECKSUM.TXT: one line a file, `sha256  name`, as `sha256sum -c` reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from segur_interop.export._notes import Notes
from segur_interop.export._tree import lines

__all__ = ["read_sums"]

MOST: Final = 1_000_000
"""Lines that are read."""
_LINE: Final = re.compile(r"([0-9A-Fa-f]{64})[ \t]+\*?(?:\./)?(\S.*)")


def read_sums(stream: BinaryIO, notes: Notes, place: str) -> Iterator[tuple[str, str]]:
    """Name and SHA-256, in lower case, of each line; another line is a finding.

    A million lines are read: what is beyond is a check that did not run.

    Raises:
        OSError: the stream cannot be read.
    """
    for rank, text in lines(stream, notes, place):
        if not text.strip() or text.startswith("#"):
            continue
        if rank > MOST:
            notes.not_run(f"only the first {MOST} lines of {place}")
            return
        match = _LINE.fullmatch(text)
        if match is None:
            notes.note("export.checksum.line", "no hash and name", f"{place} line {rank}")
            continue
        yield match[2].replace("\\", "/"), match[1].lower()
