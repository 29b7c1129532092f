"""An item on its way into the archive of its patient: its metadata, and its octets as they pass.

What is wrong with an item is that item's alone: it is refused, and the others go on.
"""

from __future__ import annotations

import dataclasses
import hashlib
import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Final, cast

from segur_interop import cda, xdm
from segur_interop.cda import Document
from segur_interop.errors import InvalidDocument, SegurError
from segur_interop.export._disguise import HEAD, begins_cda
from segur_interop.export._entries import (
    Subject,
    derived_oid,
    derived_uuid,
    describe,
    file_size,
    own_oid,
)
from segur_interop.export._files import create
from segur_interop.export._jobs import Job, Options
from segur_interop.export._readable import readable_form
from segur_interop.export._wrapping import wrapped
from segur_interop.export.items import Item
from segur_interop.export.request import Refused

__all__ = ["Disguised", "Parcel", "Unreadable", "looked_into", "prepared", "shut"]

MAX_CDA: Final = 50_000_000
"""Octets of a CDA whose header is read; a larger one is described by what the source tells."""
_XML_TYPES: Final = frozenset({"text/xml", "application/xml", "application/xslt+xml"})


class Unreadable(Exception):
    """Raised through the writing of an archive by the item that cannot be read."""

    def __init__(self, parcel: Parcel, why: Refused) -> None:
        super().__init__(why)
        self.parcel, self.why = parcel, why


class Disguised(Exception):
    """Raised through the writing of an archive by a CDA announced as something else."""

    def __init__(self, parcel: Parcel) -> None:
        super().__init__()
        self.parcel = parcel


@dataclass(slots=True, eq=False)
class Parcel:
    """An item on its way: its metadata, and what is learnt of its octets."""

    item: Item
    metadata: xdm.DocumentEntry
    open: Callable[[], BinaryIO]
    size: int | None
    wrapped_sha256: str = ""
    form_of: Parcel | None = None
    form: Parcel | None = None
    spooled: Path | None = None
    is_opaque: bool = False
    differing: tuple[str, ...] = ()
    sha256: str = ""
    read: int = 0

    def opened(self) -> BinaryIO:
        """A stream of its octets that remembers what passed."""
        return cast("BinaryIO", _Reading(self))


class _Reading:
    """The octets of a parcel, hashed as they pass; whatever goes wrong is that item's."""

    def __init__(self, parcel: Parcel) -> None:
        self._parcel = parcel
        self._digest, self._size = hashlib.sha256(), 0
        self._head = b"" if parcel.is_opaque else None
        self._stream = self._guarded(parcel.open)
        self._written = self._time()

    def _guarded(self, call: Callable[[], BinaryIO]) -> BinaryIO:
        try:
            return call()
        except Exception as error:
            if self._parcel.form_of is not None:  # of the folder of work: no fault of the item
                raise
            raise Unreadable(self._parcel, Refused.UNREADABLE) from error

    def seekable(self) -> bool:
        return False

    def read(self, size: int = -1) -> bytes:
        try:
            piece = self._stream.read(size)
            self._digest.update(piece)
        except Exception as error:
            if self._parcel.form_of is not None:
                raise
            raise Unreadable(self._parcel, Refused.UNREADABLE) from error
        self._size += len(piece)
        if self._head is not None:
            self._look(piece)
        if not piece:
            self._ended()
        return piece

    def _look(self, piece: bytes) -> None:
        """The first octets tell a CDA, whatever the item was announced as."""
        head = (self._head or b"") + piece[:HEAD]
        if piece and len(head) < HEAD:
            self._head = head
            return
        self._head = None
        if begins_cda(head):
            raise Disguised(self._parcel)

    def _time(self) -> int | None:
        """When the file was last written; None for what is no file."""
        if not isinstance(self._parcel.item.content, (str, os.PathLike)):
            return None
        try:
            return os.fstat(self._stream.fileno()).st_mtime_ns
        except Exception:
            return None

    def _ended(self) -> None:
        parcel = self._parcel
        if parcel.size not in (None, self._size) or self._written != self._time():
            raise Unreadable(parcel.form_of or parcel, Refused.CHANGED)
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
                raise Unreadable(self._parcel, Refused.UNREADABLE) from None


def shut(parcels: Iterable[Parcel]) -> Iterator[Unreadable]:
    """Why each of those that cannot be opened cannot: an archive is begun again once for all."""
    for parcel in parcels:
        try:
            with parcel.opened():
                pass
        except Unreadable as error:
            yield error


def looked_into(parcel: Parcel, subject: Subject) -> Refused | None:
    """Compare with its patient a CDA that was announced as something else.

    Returns:
        Why it is refused; None when it may go on, under the type that the source tells.
    """
    parcel.is_opaque = False
    try:
        octets = xdm.Entry(parcel.open, parcel.metadata).read(max_bytes=MAX_CDA)
        document = cda.read(octets, max_bytes=MAX_CDA)
    except SegurError:
        return None
    except Exception:
        return Refused.UNREADABLE
    if subject.is_other(document.patient.identity):
        return Refused.OTHER_PATIENT
    parcel.differing = subject.differing(document.patient.identity)
    return None


# -- from an item to a parcel -------------------------------------------------------------------


def prepared(
    job: Job, subject: Subject, options: Options, refused: list[tuple[str, Refused]]
) -> Iterator[Parcel]:
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


def _parcel(item: Item, subject: Subject, options: Options, form: Path | None) -> Parcel | None:
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
        parcel = Parcel(item, metadata, lambda: io.BytesIO(octets), len(octets), made.sha256)
        document = made.document
    else:
        metadata = describe(item, subject, options.sender, document)
        parcel = Parcel(item, metadata, xdm.Entry(item.content, metadata).open, size)
        parcel.is_opaque = document is None and not _is_xml(item)
    if document is not None:
        parcel.differing = subject.differing(document.patient.identity)
    if document is not None and form is not None:
        parcel.form = _form(parcel, document, form, subject, options)
    return parcel


def _form(
    parcel: Parcel, document: Document, path: Path, subject: Subject, options: Options
) -> Parcel | None:
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
    return Parcel(
        parcel.item, metadata, partial(_open, path), len(octets), form_of=parcel, spooled=path
    )


def _document(item: Item, size: int | None) -> Document | None:
    """The CDA that an item is, None for another format or one too large to be read whole."""
    if isinstance(item.content, Document):
        return item.content
    if not _is_xml(item) or (size or 0) > MAX_CDA:
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


def _is_xml(item: Item) -> bool:
    return item.mime_type.partition(";")[0].strip().lower() in _XML_TYPES


def _open(path: Path) -> BinaryIO:
    return path.open("rb")
