"""What a run tells: each patient as they are done, and the export once it is finished."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from segur_interop.export.manifest import Balance, ExportStatus
from segur_interop.export.request import Refused

__all__ = ["Outcome", "Result"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One patient of the export; nothing in it names them.

    Attributes:
        number: rank in the source.
        lot, archive: where the archive is; "" when there is none.
        size: octets of the archive.
        written: items in it.
        excluded: items that the request leaves out.
        refused: items due and not written, with why.
    """

    number: int
    lot: str = ""
    archive: str = ""
    size: int = 0
    written: int = 0
    excluded: int = 0
    refused: tuple[tuple[str, Refused], ...] = ()

    def __bool__(self) -> bool:
        """True when nothing was refused."""
        return not self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the finished export is.

    Attributes:
        folder: where it is.
        export_id: UUID.
        status: COMPLETE, PARTIAL as soon as one item or patient is missing, or SAMPLE.
        balance: counts of items.
        patients: archives.
        patients_without_archive: patients without any item to export.
        patients_absent: patients that the request names and the source does not have.
        patients_changed: patients done before a stop whose traits, status, identifiers or INS the
            source tells otherwise since; they are as they were told first.
    """

    folder: Path
    export_id: str
    status: ExportStatus
    balance: Balance
    patients: int
    patients_without_archive: int
    patients_absent: int = 0
    patients_changed: int = 0

    def __bool__(self) -> bool:
        """True when everything that was due is there."""
        return self.balance.is_exact and not self.balance.refused and not self.patients_absent
