"""What the journal says of each patient done, and what it adds up to."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from segur_interop.errors import ExportError
from segur_interop.export import layout
from segur_interop.export.manifest import ArchiveSummary

__all__ = ["DAMAGED", "SPOOLS", "Entry", "State", "key_hash"]

DAMAGED: Final = "the work under way is damaged: start again in another folder"

SPOOLS: Final = ("lines", "patients", "rejects", "excluded")
"""Lines of CATALOG.JSL, of the index, of REJECTS.JSL and of EXCLUDED.JSL, as they are made."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One patient done.

    Attributes:
        number: rank in the source, from 1.
        key: hash of the key of the patient: another source is told, nobody is named.
        lot, archive: where it is; "" without archive.
        size, sha256: of the archive.
        items: files in it.
        counts: of items, `bucket|dimension|value`.
        spools: octets of each spool once this patient is in it.
    """

    number: int
    key: str
    lot: str = ""
    archive: str = ""
    size: int = 0
    sha256: str = ""
    items: int = 0
    counts: Mapping[str, int]
    spools: tuple[int, ...]

    def line(self) -> bytes:
        """One line of the journal."""
        data = [
            self.number, self.key, self.lot, self.archive, self.size, self.sha256, self.items,
            dict(self.counts), list(self.spools),
        ]  # fmt: skip
        return json.dumps(data, separators=(",", ":"), ensure_ascii=False).encode() + b"\n"

    @classmethod
    def read(cls, line: bytes) -> Entry:
        """The entry of a line.

        Raises:
            ExportError: it is none: something else than a stop happened to the journal.
        """
        try:
            number, key, lot, archive, size, sha256, items, counts, spools = json.loads(line)
            made = cls(
                number=int(number), key=str(key), lot=str(lot), archive=str(archive),
                size=int(size), sha256=str(sha256), items=int(items),
                counts={str(name): int(count) for name, count in counts.items()},
                spools=tuple(map(int, spools)),
            )  # fmt: skip
        except (ValueError, TypeError, AttributeError, RecursionError):
            raise ExportError(DAMAGED) from None
        if len(made.spools) != len(SPOOLS):
            raise ExportError(DAMAGED)
        return made

    @property
    def summary(self) -> ArchiveSummary:
        """For the manifest."""
        return ArchiveSummary(
            lot=self.lot, name=self.archive, size=self.size, sha256=self.sha256, items=self.items
        )


@dataclass(slots=True)
class State:
    """Where the run is: what the journal adds up to."""

    patients: int = 0
    archives: int = 0
    lot: int = 0
    lot_patients: int = 0
    lot_size: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    spools: tuple[int, ...] = (0,) * len(SPOOLS)

    def add(self, entry: Entry) -> None:
        """Count a patient."""
        self.patients += 1
        self.counts.update(entry.counts)
        self.spools = entry.spools
        if not entry.archive:
            return
        self.archives += 1
        number = layout.parse_lot_name(entry.lot) or 0
        if number != self.lot:
            self.lot, self.lot_patients, self.lot_size = number, 0, 0
        self.lot_patients += 1
        self.lot_size += entry.size

    def place(self, size: int, limits: layout.LotLimits) -> tuple[str, str]:
        """Lot and name of the next archive."""
        lot, rank = max(self.lot, 1), self.lot_patients + 1
        if self.lot and limits.is_full(self.lot_patients, self.lot_size, size):
            lot, rank = self.lot + 1, 1
        return layout.lot_name(lot), layout.archive_name(rank)


def key_hash(export_id: str, key: str) -> str:
    """The hash of a key that the journal holds, different in every export."""
    return hashlib.sha256(f"{export_id}\n{key}".encode()).hexdigest()[:32]
