"""One patient: their archive and their lines of the catalogue, in the folder of work.

What is done here depends on the job alone, so that any executor gives the same octets. An item
that cannot be read is refused and the others are written; an error of the target is raised.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, cast

from segur_interop import cda, xdm
from segur_interop.cda import Document
from segur_interop.errors import InvalidDocument, SegurError
from segur_interop.export._entries import (
    Sender,
    Subject,
    derived_oid,
    derived_uuid,
    describe,
    file_size,
    own_oid,
)
from segur_interop.export._files import create
from segur_interop.export._lines import File, line_of
from segur_interop.export._readable import readable_form
from segur_interop.export._wrapping import wrapped
from segur_interop.export.catalogue import json_line
from segur_interop.export.items import Item, Record
from segur_interop.export.request import Refused
from segur_interop.xdm.pack import Compression, extension_of

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
    form_of: _Parcel | None = None
    form: _Parcel | None = None
    spooled: Path | None = None
    differing: tuple[str, ...] = ()
    sha256: str = ""
    read: int = 0

    def opened(self) -> BinaryIO:
        """A stream of its octets that remembers what passed."""
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
            raise _Unreadable(parcel.form_of or parcel, Refused.CHANGED)
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


def names_of(number: int, run: str) -> tuple[str, str]:
    """Of the archive and of the lines of a job, in the folder of work.

    A worker may outlive its run: those of the run that continues have other names.
    """
    return f"{run}.{number:07d}.part", f"{run}.{number:07d}.rows"


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
    parcels = list(_prepared(job, subject, options, refused))
    forms = [parcel.form.spooled for parcel in parcels if parcel.form and parcel.form.spooled]
    part, rows = (Path(options.folder, name) for name in names_of(job.number, options.run))
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
    for form in forms:
        form.unlink(missing_ok=True)
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
    job: Job, subject: Subject, options: Options, refused: list[tuple[str, Refused]]
) -> Iterator[_Parcel]:
    """The items with their metadata; those that have none are refused."""
    ids: set[str] = set()
    taken: set[str] = set()
    twins = {item.twin_of for item in job.items}
    for rank, item in enumerate(job.items, start=1):
        if item.id in ids:
            refused.append((item.id, Refused.DUPLICATE_ID))
            continue
        ids.add(item.id)
        form = None
        if options.readable and item.id not in twins:
            form = Path(options.folder, f"{options.run}.{job.number:07d}.{rank}.form")
        try:
            parcel = _parcel(item, subject, options, form)
        except _Local:
            raise
        except OSError:
            refused.append((item.id, Refused.UNREADABLE))
            continue
        except (SegurError, ValueError):
            refused.append((item.id, Refused.METADATA))
            continue
        if parcel is None:
            refused.append((item.id, Refused.OTHER_PATIENT))
            continue
        if parcel.metadata.unique_id in taken:
            own = own_oid(item, subject, options.sender)
            parcel.metadata = dataclasses.replace(parcel.metadata, unique_id=own)
        taken.add(parcel.metadata.unique_id)
        yield parcel


class _Local(OSError):
    """The folder of work cannot be written: no fault of the item."""


def _parcel(item: Item, subject: Subject, options: Options, form: Path | None) -> _Parcel | None:
    """None when the document is that of another patient.

    Args:
        item: to describe.
        subject: its patient.
        options: of the export.
        form: where the readable form of a CDA goes; None when it has a twin.

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
        inner = dataclasses.replace(item, mime_type="text/xml")
        metadata = describe(inner, subject, options.sender, made.document)
        octets = bytes(made.document)
        parcel = _Parcel(item, metadata, lambda: io.BytesIO(octets), len(octets), made.sha256)
        document = made.document
    else:
        metadata = describe(item, subject, options.sender, document)
        parcel = _Parcel(item, metadata, xdm.Entry(item.content, metadata).open, size)
    if document is not None:
        parcel.differing = subject.differing(document.patient.identity)
    if document is not None and form is not None:
        parcel.form = _form(parcel, document, form, subject, options)
    return parcel


def _form(
    parcel: _Parcel, document: Document, path: Path, subject: Subject, options: Options
) -> _Parcel | None:
    """The readable form, kept in a file until the archive is written.

    Raises:
        _Local: the folder of work cannot be written.
    """
    found = readable_form(document)
    if found is None:
        return None
    mime_type, octets = found
    try:
        with create(path) as stream:
            stream.write(octets)
    except OSError as error:
        raise _Local(error.errno, error.strerror) from None
    own = derived_oid("readable", options.sender.oid, subject.key, parcel.item.id)
    metadata = dataclasses.replace(
        parcel.metadata,
        unique_id=own,
        entry_uuid=f"urn:uuid:{derived_uuid('readable', own)}",
        mime_type=mime_type,
        format_code=None,
        replaces=(),
        transforms=(parcel.metadata.entry_uuid,),
    )
    return _Parcel(
        parcel.item, metadata, partial(_open, path), len(octets), form_of=parcel, spooled=path
    )


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


def _open(path: Path) -> BinaryIO:
    return path.open("rb")


# -- the octets ---------------------------------------------------------------------------------


def _pack(parcels: Iterable[_Parcel], options: Options) -> xdm.Archive:
    entries = [
        xdm.Entry(parcel.opened, dataclasses.replace(parcel.metadata, size=parcel.size, uri=uri))
        for parcel, uri in parcels_named(parcels)
    ]
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


def parcels_named(parcels: Iterable[_Parcel]) -> Iterator[tuple[_Parcel, str]]:
    """Each file with its name: DOCnnnn.PDF beside the DOCnnnn.XML of which it is a form."""
    numbers: dict[str, str] = {}
    taken: set[str] = set()
    for rank, parcel in enumerate(parcels, start=1):
        base = f"DOC{rank:04d}"
        kind = extension_of(parcel.metadata.mime_type)
        beside = numbers.get(parcel.item.twin_of, base) if kind == "PDF" else base
        name = f"{beside}.{kind}"
        name = f"{base}.{kind}" if name in taken else name
        numbers[parcel.item.id] = base
        taken.add(name)
        yield parcel, name
        if parcel.form is not None:
            yield parcel.form, f"{base}.{extension_of(parcel.form.metadata.mime_type)}"


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
    later = {parcel.item.replaces: parcel.item.id for parcel in parcels if parcel.item.replaces}
    places = {
        id(parcel): entry
        for (parcel, _), entry in zip(parcels_named(parcels), archive.entries, strict=True)
    }
    return [
        json_line(
            line_of(
                parcel.item,
                subject,
                places[id(parcel)].metadata,
                places[id(parcel)].name,
                _file(parcel, places, later.get(parcel.item.id, "")),
            )
        )
        for parcel in parcels
    ]


def _file(parcel: _Parcel, places: dict[int, xdm.Entry], replaced_by: str) -> File:
    form = parcel.form
    return File(
        sha256=parcel.sha256,
        size=parcel.read,
        replaced_by=replaced_by,
        readable=places[id(form)].name if form else "",
        readable_sha256=form.sha256 if form else "",
        wrapped_sha256=parcel.wrapped_sha256,
        wrapped_mime=parcel.item.mime_type if parcel.wrapped_sha256 else "",
        differing=parcel.differing,
    )


def _hashed(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()
