"""One patient: their archive and their lines of the catalogue, in the folder of work.

What is done here depends on the job alone, so that any executor gives the same octets. An item
that cannot be read is refused and the others are written; an error of the target is raised.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, cast

from segur_interop import cda, xdm
from segur_interop.cda import Document
from segur_interop.errors import InvalidDocument, SegurError
from segur_interop.export._entries import (
    File,
    Sender,
    Subject,
    derived_oid,
    describe,
    file_size,
    line_of,
)
from segur_interop.export._files import create
from segur_interop.export._wrapping import wrapped
from segur_interop.export.catalogue import json_line
from segur_interop.export.items import Item, Record
from segur_interop.export.request import Refused
from segur_interop.xdm.pack import Compression

__all__ = ["Done", "Job", "Options", "names_of", "write_patient", "write_patients"]

CHUNK: Final = 1 << 18
MAX_CDA: Final = 50_000_000
"""Octets of a CDA whose header is read; a larger one is described by what the source tells."""
_XML_TYPES: Final = frozenset({"text/xml", "application/xml", "application/xslt+xml"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What is the same for every patient of an export.

    Attributes:
        export_id: UUID.
        at: time of the export.
        sender: the structure that exports.
        software: what it uses, named in README.TXT of each archive.
        compression: of the archives.
        wrap: where PDF/A-1 without structured document are put in a CDA of level 1; None: as is.
        folder: of the work under way.
    """

    export_id: str
    at: datetime
    sender: Sender
    software: xdm.Software
    compression: Compression
    wrap: cda.Setting | None
    folder: str


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


class _Unreadable(Exception):
    """Raised through the writing of an archive by the item that cannot be read."""

    def __init__(self, parcel: _Parcel, why: Refused) -> None:
        super().__init__(why)
        self.parcel, self.why = parcel, why


@dataclass(slots=True, eq=False)
class _Parcel:
    """An item on its way: its metadata, and what is learnt of its octets."""

    item: Item
    metadata: xdm.DocumentEntry
    open: Callable[[], BinaryIO]
    size: int | None
    wrapped_sha256: str = ""
    sha256: str = ""
    read: int = 0

    def entry(self) -> xdm.Entry:
        metadata = dataclasses.replace(self.metadata, size=self.size)
        return xdm.Entry(self._opened, metadata)

    def _opened(self) -> BinaryIO:
        return cast("BinaryIO", _Reading(self))


class _Reading:
    """The octets of a parcel, hashed as they pass; whatever goes wrong is that item's."""

    def __init__(self, parcel: _Parcel) -> None:
        self._parcel = parcel
        self._digest, self._size = hashlib.sha256(), 0
        self._stream = self._guarded(parcel.open)

    def _guarded(self, call: Callable[[], BinaryIO]) -> BinaryIO:
        try:
            return call()
        except Exception as error:
            raise _Unreadable(self._parcel, Refused.UNREADABLE) from error

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        try:
            piece = self._stream.read(size)
            self._digest.update(piece)
        except Exception as error:
            raise _Unreadable(self._parcel, Refused.UNREADABLE) from error
        self._size += len(piece)
        if not piece:
            self._ended()
        return piece

    def _ended(self) -> None:
        parcel = self._parcel
        if parcel.size not in (None, self._size):
            raise _Unreadable(parcel, Refused.CHANGED)
        parcel.sha256, parcel.read = self._digest.hexdigest(), self._size

    def __enter__(self) -> _Reading:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self._stream.close()
        except Exception:
            if error is None:
                raise _Unreadable(self._parcel, Refused.UNREADABLE) from None


def names_of(number: int) -> tuple[str, str]:
    """Of the archive and of the lines of a job, in the folder of work."""
    return f"P{number:07d}.part", f"P{number:07d}.rows"


def write_patients(jobs: tuple[Job, ...], options: Options) -> tuple[Done, ...]:
    """A chunk of jobs, in order.

    Raises:
        OSError: the target cannot be written.
    """
    return tuple(write_patient(job, options) for job in jobs)


def write_patient(job: Job, options: Options) -> Done:
    """Write the archive and the lines of a patient.

    Raises:
        OSError: the target cannot be written.
    """
    subject = Subject.of(job.record, options.sender)
    refused: list[tuple[str, Refused]] = []
    parcels = list(_prepared(job.items, subject, options, refused))
    part, rows = (Path(options.folder, name) for name in names_of(job.number))
    lines: list[str] = []
    while parcels:
        try:
            lines = _write(parcels, subject, options, part)
            break
        except _Unreadable as error:
            parcels.remove(error.parcel)
            refused.append((error.parcel.item.id, error.why))
        except SegurError:
            kept = [parcel for parcel in parcels if _packs(parcel, options)]
            if len(kept) == len(parcels):
                raise
            out = (parcel for parcel in parcels if parcel not in kept)
            refused += [(parcel.item.id, Refused.METADATA) for parcel in out]
            parcels = kept
    if not parcels:
        part.unlink(missing_ok=True)
        return Done(number=job.number, refused=tuple(refused))
    with create(rows) as stream:
        stream.writelines(f"{line}\n".encode() for line in lines)
    size, digest = _hashed(part)
    return Done(
        number=job.number,
        size=size,
        sha256=digest,
        written=tuple(parcel.item.id for parcel in parcels),
        refused=tuple(refused),
    )


# -- before -------------------------------------------------------------------------------------


def _prepared(
    items: Iterable[Item], subject: Subject, options: Options, refused: list[tuple[str, Refused]]
) -> Iterator[_Parcel]:
    """The items with their metadata; those that have none are refused."""
    numbers: dict[str, int] = {}
    taken: set[str] = set()
    for rank, item in enumerate(items, start=1):
        if item.id in numbers:
            refused.append((item.id, Refused.DUPLICATE_ID))
            continue
        numbers[item.id] = rank
        try:
            parcel = _parcel(item, subject, options, _uri(item, numbers))
        except OSError:
            refused.append((item.id, Refused.UNREADABLE))
            continue
        except (SegurError, ValueError):
            refused.append((item.id, Refused.METADATA))
            continue
        if parcel is None:
            refused.append((item.id, Refused.OTHER_PATIENT))
            continue
        yield _named_once(parcel, taken, subject, options)


def _uri(item: Item, numbers: dict[str, int]) -> str:
    """DOCnnnn.PDF beside the DOCnnnn.XML that it shows; any other is named by its rank."""
    rank = numbers.get(item.twin_of)
    return f"DOC{rank:04d}.PDF" if rank and item.mime_type == "application/pdf" else ""


def _named_once(parcel: _Parcel, taken: set[str], subject: Subject, options: Options) -> _Parcel:
    """An identifier, and a name, that another item of the lot already has are not used twice."""
    metadata = parcel.metadata
    if metadata.unique_id in taken:
        own = derived_oid("document", options.sender.oid, subject.key, parcel.item.id)
        metadata = dataclasses.replace(metadata, unique_id=own)
    if metadata.uri in taken:
        metadata = dataclasses.replace(metadata, uri="")
    taken.update(text for text in (metadata.unique_id, metadata.uri) if text)
    parcel.metadata = metadata
    return parcel


def _parcel(item: Item, subject: Subject, options: Options, uri: str) -> _Parcel | None:
    """None when the document is that of another patient.

    Raises:
        OSError: it cannot be read.
        SegurError: no metadata can hold it.
    """
    size = file_size(item)
    document = _document(item, size)
    if document is not None and subject.is_other(document.patient.identity):
        return None
    made = None
    if document is None and options.wrap is not None and not item.twin_of:
        made = wrapped(item, size, subject, options.sender, options.wrap)
    if made is not None:
        item_in = dataclasses.replace(item, mime_type="text/xml")
        metadata = describe(item_in, subject, options.sender, made.document, uri)
        octets = bytes(made.document)
        return _Parcel(item, metadata, lambda: io.BytesIO(octets), len(octets), made.sha256)
    metadata = describe(item, subject, options.sender, document, uri)
    opener = xdm.Entry(item.content, metadata).open
    return _Parcel(item, metadata, opener, size)


def _document(item: Item, size: int | None) -> Document | None:
    """The CDA that an item is, None for another format or one too large to be read whole."""
    if isinstance(item.content, Document):
        return item.content
    kind = item.mime_type.partition(";")[0].strip().lower()
    if kind not in _XML_TYPES or (size or 0) > MAX_CDA:
        return None
    entry = xdm.Entry(item.content, xdm.DocumentEntry(mime_type=item.mime_type))
    try:
        return cda.read(entry.read(max_bytes=MAX_CDA), max_bytes=MAX_CDA)
    except InvalidDocument:
        return None
    except SegurError:
        return None
    except OSError:
        raise
    except Exception as error:  # the opener is the caller's: anything may come out of it
        raise OSError("the item cannot be opened") from error


# -- the octets ---------------------------------------------------------------------------------


def _pack(parcels: Iterable[_Parcel], options: Options) -> xdm.Archive:
    entries = [parcel.entry() for parcel in parcels]
    patient = entries[0].metadata.patient_id
    told = f"{patient.root}^{patient.extension}" if patient else ""
    sending = xdm.Submission(
        unique_id=derived_oid("lot", options.export_id, told),
        time=options.at,
        source_id=options.sender.oid,
        senders=(options.sender.organization,),
        title="Export de portabilité",
    )
    return xdm.pack(
        entries,
        source=options.sender.organization,
        submission=sending,
        forward=True,
        incomplete=True,
        software=options.software,
        compression=options.compression,
    )


def _packs(parcel: _Parcel, options: Options) -> bool:
    try:
        _pack([parcel], options)
    except SegurError:
        return False
    return True


def _write(parcels: list[_Parcel], subject: Subject, options: Options, part: Path) -> list[str]:
    archive = _pack(parcels, options)
    part.unlink(missing_ok=True)
    with create(part) as stream:
        archive.write(stream)
        stream.flush()
        os.fsync(stream.fileno())
    later = {parcel.item.replaces: parcel.item.id for parcel in parcels if parcel.item.replaces}
    return [
        json_line(
            line_of(
                parcel.item,
                subject,
                entry.metadata,
                entry.name,
                File(
                    sha256=parcel.sha256,
                    size=parcel.read,
                    replaced_by=later.get(parcel.item.id, ""),
                    wrapped_sha256=parcel.wrapped_sha256,
                    wrapped_mime=parcel.item.mime_type if parcel.wrapped_sha256 else "",
                ),
            )
        )
        for parcel, entry in zip(parcels, archive.entries, strict=True)
    ]


def _hashed(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()
