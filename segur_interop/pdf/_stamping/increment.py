"""An incremental update: new and changed objects after the octets of a file, which all stay.

PDF Reference 1.4, 3.4.5; ISO 19005-1:2005 allows it (6.1.3, 6.1.4). What was judged before is
still there, octet for octet, so only what is added has to be judged.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import Final

__all__ = ["Increment", "can_grow"]

_START: Final = re.compile(rb"startxref[\r\n \t]+(\d{1,10})[\r\n \t]+%%EOF[\r\n]{0,2}\Z")
_TABLE: Final = re.compile(rb"xref[\r\n]")


def can_grow(data: bytes) -> int | None:
    """Where the last cross reference table lies; None when there is none to go on from.

    A linearized file is none: ISO 19005-1, 6.1.3 ties its two trailers together.
    """
    end = _START.search(data, max(0, len(data) - 64))
    if end is None or b"/Linearized" in data[:1024]:
        return None
    offset = int(end[1])
    return offset if _TABLE.match(data, offset) else None


@dataclass(slots=True)
class Increment:
    """Objects to append to a file.

    Attributes:
        data: the file.
        previous: where its last cross reference table lies.
        first: the first free object number.
    """

    data: bytes
    previous: int
    first: int
    _objects: dict[tuple[int, int], bytes] = field(default_factory=dict)
    _next: int = 0

    def __post_init__(self) -> None:
        self._next = self.first

    def add(self, body: bytes) -> str:
        """Append a new object; its reference."""
        number = self._next
        self._next += 1
        self._objects[number, 0] = body
        return f"{number} 0 R"

    def stream(self, dictionary: str, octets: bytes) -> str:
        """Append a new stream; its reference."""
        head = f"<< {dictionary} /Length {len(octets)} >>\nstream\n".encode("ascii")
        return self.add(head + octets + b"\nendstream")

    def replace(self, number: int, generation: int, body: bytes) -> None:
        """Append a new version of an object of the file."""
        self._objects[number, generation] = body

    @property
    def numbers(self) -> tuple[int, ...]:
        """Every object appended, changed ones included."""
        return tuple(number for number, _ in self._objects)

    def to_bytes(self, *, root: str, info: str | None, first_id: bytes) -> bytes:
        """The file with its update.

        Args:
            root: reference of the catalog.
            info: reference of the information dictionary, if any.
            first_id: the permanent half of the file identifier; the other half is computed
                from the octets, so that the same content gives the same file.
        """
        gap = b"" if self.data.endswith((b"\n", b"\r")) else b"\n"
        parts, offsets = [gap], {}
        at = len(self.data) + len(gap)
        for (number, generation), body in sorted(self._objects.items()):
            offsets[number, generation] = at
            written = b"%d %d obj\n%s\nendobj\n" % (number, generation, body)
            parts.append(written)
            at += len(written)
        digest = hashlib.md5(b"".join([first_id, *parts]), usedforsecurity=False).hexdigest()
        entries = "".join(self._sections(offsets))
        trailer = (
            f"xref\n0 1\n0000000000 65535 f \n{entries}"
            f"trailer\n<< /Size {self._next} /Root {root}{f' /Info {info}' if info else ''} "
            f"/ID [<{first_id.hex()}> <{digest}>] /Prev {self.previous} >>\n"
            f"startxref\n{at}\n%%EOF\n"
        )
        return b"".join([self.data, *parts, trailer.encode("ascii")])

    @staticmethod
    def _sections(offsets: dict[tuple[int, int], int]) -> list[str]:
        """Cross reference subsections: runs of consecutive numbers."""
        runs: list[list[tuple[int, int]]] = []
        for key in sorted(offsets):
            if runs and runs[-1][-1][0] + 1 == key[0]:
                runs[-1].append(key)
            else:
                runs.append([key])
        return [
            f"{run[0][0]} {len(run)}\n"
            + "".join(f"{offsets[key]:010d} {key[1]:05d} n \n" for key in run)
            for run in runs
        ]
