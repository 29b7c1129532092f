"""MANIFEST.XML and LOT.XML in, ours and those of the draft, one archive at a time.

Elements are told by their local name, whatever their namespace and case: the draft of 2026-07-02
has none of its own (ANS, IG Portabilité des données LGC, branch spec-tech, Archive et manifest).
"""

from __future__ import annotations

import contextlib
import hashlib
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, Final

from segur_interop import _xml
from segur_interop.export import layout

__all__ = ["Declared", "Header", "read_archives", "read_header"]

_HASH: Final = re.compile(r"[0-9a-f]{64}")
_MOST_LOTS: Final = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Declared:
    """An archive that a manifest lists.

    Attributes:
        rank: from 1, in the manifest.
        lot: its folder; "" when not told.
        id: `PATnnnnn` or `TRANSV`.
        size: octets; None when not told.
        sha256: lower case; "" when not told.
        items: files that it is said to hold; None when not told.
        transverse: True for the one that is no patient's.
    """

    rank: int
    lot: str = ""
    id: str = ""
    size: int | None = None
    sha256: str = ""
    items: int | None = None
    transverse: bool = False

    @property
    def key(self) -> tuple[int, int] | None:
        """Numbers of its lot and of the archive, None for other names."""
        lot = layout.parse_lot_name(self.lot)
        number = layout.parse_archive_name(f"{self.id}.ZIP")
        return None if lot is None or number is None else (lot, number)


@dataclass(slots=True)
class Header:
    """Everything but the archives.

    Attributes:
        values: text of the elements, by their local name in lower case; the first of each.
        lots: attributes of each lot of the extension.
        archives, patients: how many there are.
        is_ours: True with our extension.
    """

    values: dict[str, str] = field(default_factory=dict)
    lots: list[Mapping[str, str]] = field(default_factory=list)
    archives: int = 0
    patients: int = 0
    is_ours: bool = False

    def number(self, name: str) -> int | None:
        """A count, None when it is not told or is no number."""
        return number_of(self.values.get(name, ""))

    @property
    def lots_digest(self) -> str:
        """That which the lots told here make."""
        text = "".join(
            f"{lot.get('checksum', '')}  {lot.get('name', '')}/CHECKSUM.TXT\n" for lot in self.lots
        )
        return hashlib.sha256(text.encode(errors="replace")).hexdigest()


def read_header(stream: BinaryIO) -> Header:
    """What a manifest says, its archives only counted.

    Raises:
        XmlError: it cannot be read.
        OSError: the stream cannot be read.
    """
    header = Header()
    for event in _xml.events(stream):
        name = event.path[-1].lower()
        if event.text is None:
            if name == "lot" and event.attributes and len(header.lots) < _MOST_LOTS:
                header.lots.append(dict(event.attributes))
            header.is_ours |= name == "extension"
        elif name == "archive":
            header.archives += 1
        elif _in_archive(event.path):
            if name == "type" and not event.text.lower().startswith("transv"):
                header.patients += 1
        elif event.text:
            header.values.setdefault(name, event.text)
    return header


def _in_archive(path: tuple[str, ...]) -> bool:
    return any(name.lower() == "archive" for name in path[:-1])


def read_archives(stream: BinaryIO) -> Iterator[Declared]:
    """The archives that a MANIFEST.XML or a LOT.XML lists, as they come.

    Raises:
        XmlError: it cannot be read.
        OSError: the stream cannot be read.
    """
    rank, told = 0, dict[str, str]()
    for event in _xml.events(stream):
        name = event.path[-1].lower()
        if name == "archive" and event.text is None:
            told = {key.lower(): value for key, value in event.attributes.items()}
        elif name == "archive":
            rank += 1
            yield _declared(rank, told)
        elif event.text and _in_archive(event.path):
            told.setdefault(name, event.text)


def _declared(rank: int, told: Mapping[str, str]) -> Declared:
    sha256 = told.get("hash", "").lower()
    made: dict[str, Any] = {
        "lot": told.get("lot", ""),
        "id": told.get("archiveid", "").upper().removesuffix(".ZIP"),
        "size": number_of(told.get("size", "")),
        "sha256": sha256 if _HASH.fullmatch(sha256) else "",
        "items": number_of(told.get("items", "")),
        "transverse": told.get("type", "").lower().startswith("transv"),
    }
    return Declared(rank=rank, **made)


def number_of(text: str) -> int | None:
    """A number of at most 18 digits, None for anything else."""
    with contextlib.suppress(ValueError):
        if text.isascii() and text.isdigit() and len(text) <= 18:
            return int(text)
    return None
