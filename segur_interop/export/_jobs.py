"""What goes to a worker and what comes back: small, and the same for any executor."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from segur_interop import cda, xdm
from segur_interop.export._entries import Sender
from segur_interop.export.items import Item, Record
from segur_interop.export.request import Refused
from segur_interop.xdm.pack import Compression

__all__ = ["Done", "Job", "Options", "left_name", "names_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is the same for every patient of an export.

    Attributes:
        export_id: UUID.
        at: time of the export.
        sender: the structure that exports.
        software: what it uses, named in README.TXT of each archive.
        compression: of the archives.
        readable: whether a CDA without PDF twin gets a form for people.
        wrap: where PDF/A-1 without structured document are put in a CDA of level 1; None: as is.
        folder: of the work under way.
        run: tells apart the files of two runs of one export.
    """

    export_id: str
    at: datetime
    sender: Sender
    software: xdm.Software
    compression: Compression
    readable: bool
    wrap: cda.Setting | None
    folder: str
    run: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A patient to write: the record without its items, and those that were selected."""

    number: int
    record: Record
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a worker sends back: small, and nothing of the patient.

    Attributes:
        number: of the job.
        size, sha256: of the archive; 0 and "" without archive.
        written: ids of items.
        refused: ids of items, each with why.
    """

    number: int
    size: int = 0
    sha256: str = ""
    written: tuple[str, ...] = ()
    refused: tuple[tuple[str, Refused], ...] = ()


def names_of(number: int, run: str) -> tuple[str, str]:
    """Of the archive and of the lines of a job, in the folder of work.

    A worker may outlive its run: those of the run that continues have other names.
    """
    return f"{run}.{number:07d}.part", f"{run}.{number:07d}.rows"


def left_name(run: str) -> str:
    """Of the file that tells workers, wherever they are, that their run was left."""
    return f"{run}.left"
