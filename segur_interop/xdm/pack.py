"""IHE_XDM archives out: layout, names, hashes, and what keeps one from being written.

(IHE ITI TF-2 3.32; CI-SIS, Volet Échange de documents de santé; ANS IHE_XDM official examples.)
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import NoneType
from typing import BinaryIO, Final, Literal, TypeAlias

from segur_interop import __version__
from segur_interop._oid import check_oid, new_oid
from segur_interop._time import Instant, Timestamp
from segur_interop._types import check_type
from segur_interop.cda import Document
from segur_interop.errors import ArchiveError, InvalidValue
from segur_interop.model import Device, Organization, Participant, Professional
from segur_interop.terminology import Code, Masking
from segur_interop.xdm._ebrim_write import Metadata
from segur_interop.xdm._held import Held
from segur_interop.xdm._index import Listed, Software, index_htm, readme_txt
from segur_interop.xdm._mapping import Notes, author, checked_masks, content_type
from segur_interop.xdm._rules import check_lot
from segur_interop.xdm.archive import Archive
from segur_interop.xdm.entry import Entry
from segur_interop.xdm.metadata import Author, DocumentEntry, SubmissionSet

__all__ = ["Compression", "Submission", "pack"]

Compression: TypeAlias = Literal["stored", "deflate"]
Sender: TypeAlias = Professional | Device | Organization

FOLDER: Final = "SUBSET01"
_OURSELVES: Final = Software(name="segur-interop", version=__version__)
_METHODS: Final = {"stored": zipfile.ZIP_STORED, "deflate": zipfile.ZIP_DEFLATED}
_LEVEL: Final = 1
_DATE: Final = (1980, 1, 1, 0, 0, 0)
_FILE_MODE: Final = 0o100644 << 16
_FOLDER_MODE: Final = (0o040755 << 16) | 0x10
_LARGE: Final = 1 << 30

_NAME: Final = re.compile(r"[A-Z0-9_]{1,8}\.[A-Z0-9_]{1,3}")
_TAKEN: Final = frozenset({"METADATA.XML"})
_EXTENSIONS: Final = {
    "text/xml": "XML", "application/xml": "XML", "application/xslt+xml": "XML",
    "application/pdf": "PDF", "text/plain": "TXT", "text/rtf": "RTF", "application/rtf": "RTF",
    "text/html": "HTM", "image/jpeg": "JPG", "image/png": "PNG", "image/tiff": "TIF",
    "application/dicom": "DCM", "application/msword": "DOC", "application/json": "JSN",
    "application/zip": "ZIP", "text/csv": "CSV", "text/calendar": "ICS", "text/vcard": "VCF",
}  # fmt: skip
"""Three letters, as ISO 9660 level 1 wants, of the files that exchanges hold; else BIN."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submission:
    """What is told of a sending, beside its source; each has a default.

    The same documents, source and submission give the same octets, provided that `unique_id` and
    `time` are given.

    Attributes:
        unique_id: OID of the lot; a fresh one under 2.25.
        time: when it is sent; now.
        source_id: OID of the instance of the software that sends; that of the source.
        senders: who or what sends; the authors of the documents.
        content_type: JDV_J59; follows from the facility and the encounter.
        title: that of the documents when they share it.
        comments: in clear.
    """

    unique_id: str = ""
    time: Instant | None = None
    source_id: str = ""
    senders: tuple[Sender, ...] = ()
    content_type: Code | None = None
    title: str = ""
    comments: str = ""


def pack(
    documents: Iterable[Document | Entry],
    *,
    source: Organization,
    submission: Submission | None = None,
    masks: Iterable[Masking] = (),
    forward: bool = False,
    incomplete: bool = False,
    software: Software | None = None,
    compression: Compression = "stored",
) -> Archive:
    """Make an IHE_XDM archive of one lot about one patient.

    Args:
        documents: CDA documents; an `Entry` for a PDF, another file, or a document with masks or
            an action of its own.
        source: the structure that sends: its OID is the sourceId of the lot, and INDEX.HTM and
            README.TXT name it.
        submission: what is told of the sending.
        masks: who must not see the documents given bare; an `Entry` has its own.
        forward: hand on, as they came, documents whose INS is a sender's word (`asserted`): a
            relay, a document saved and read again. Without it they are refused.
        incomplete: accept entries that lack what their source never knew, which is left out: the
            history of a record, on a medium. The identifiers of patient and document and the
            media type stay required. No service takes such metadata.
        software: what makes the archive, named in README.TXT; this library by default.
        compression: `stored`, or `deflate` where the size matters, as in a mail. Deflated
            octets are the same for the same version of zlib.

    Returns:
        An archive to `save`, write or turn into bytes; `findings` say what was left out.

    Raises:
        ArchiveError: no document, several patients, an attribute that XDS requires and the
            header lacks, two masks that exclude each other; `error.report` lists all.
        IdentityNotQualified: a matricule that may not be transmitted.
        InvalidDocument: a patient whose matricule is not that of the document.
        InvalidValue: no OID can be made for the source.
        TypeError: an argument, a document or a mask of another type.
    """
    _check_types(documents, source, submission, software)
    for name, value in (("forward", forward), ("incomplete", incomplete)):
        check_type(value, name, bool)
    check_type(compression, "compression", str)
    if compression not in _METHODS:
        raise InvalidValue("'stored' or 'deflate'", place="compression")
    masks = checked_masks(masks)
    entries = _named(_entries(documents, masks))
    check_lot(entries, forward=forward, incomplete=incomplete)
    sending = submission or Submission()
    lot = _submission_set(sending, source, entries)
    made = _Packed(
        entries=entries,
        metadata=Metadata(lot, [entry.metadata for entry in entries]),
        pages=_pages(source, software or _OURSELVES, entries),
        method=_METHODS[compression],
    )
    return Archive(submissions=(lot,), _octets=made)


def _check_types(documents: object, source: object, submission: object, software: object) -> None:
    if isinstance(documents, (str, bytes)):
        raise TypeError(f"documents are Document or Entry values, not {type(documents).__name__}")
    check_type(source, "source", Organization)
    check_type(submission, "submission", Submission, NoneType)
    check_type(software, "software", Software, NoneType)


def _entries(documents: Iterable[Document | Entry], masks: tuple[Masking, ...]) -> Iterator[Entry]:
    for rank, item in enumerate(documents):
        check_type(item, f"documents[{rank}]", Document, Entry)
        if isinstance(item, Entry):
            check_type(item.metadata, f"documents[{rank}].metadata", DocumentEntry)
        yield item if isinstance(item, Entry) else Entry.of(item, masks=masks)


# -- names --------------------------------------------------------------------------------------


def _named(items: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each with its name in the lot: the URI that it was given, or DOCnnnn and an extension."""
    made, taken = [], set(_TAKEN)
    for rank, entry in enumerate(items, start=1):
        uri = entry.metadata.uri if _is_ours(entry) else ""
        uri = uri or f"DOC{rank:04d}.{extension_of(entry.metadata.mime_type)}"
        if not _NAME.fullmatch(uri):
            raise ArchiveError(
                "a name is 8.3: at most 8 capitals, digits or _, a dot, at most 3",
                place=f"documents[{rank - 1}].metadata.uri",
            )
        if uri in taken:
            raise ArchiveError("the same name twice", place=f"documents[{rank - 1}].metadata.uri")
        taken.add(uri)
        name = f"IHE_XDM/{FOLDER}/{uri}"
        metadata = dataclasses.replace(entry.metadata, uri=uri)
        made.append(dataclasses.replace(entry, metadata=metadata, name=name, place=name))
    return tuple(made)


def _is_ours(entry: Entry) -> bool:
    """False for an entry of a received archive: its name there is not one of this archive."""
    return not entry.name


def extension_of(mime_type: str) -> str:
    """The extension, three letters at most, of a file of this media type."""
    return _EXTENSIONS.get(mime_type.partition(";")[0].strip().lower(), "BIN")


# -- the lot ------------------------------------------------------------------------------------


def _submission_set(
    given: Submission, source: Organization, entries: tuple[Entry, ...]
) -> SubmissionSet:
    notes = Notes()
    senders = tuple(author(Participant(type="AUT", entity=item), notes) for item in given.senders)
    titles = {entry.metadata.title for entry in entries}
    first = entries[0]
    moment = Timestamp.of(given.time) if given.time else Timestamp.of(_now())
    if moment.hour is None or not moment.is_aware:
        raise InvalidValue("a time of day with its zone is needed", place="submission.time")
    return SubmissionSet(
        unique_id=check_oid(given.unique_id or new_oid(), "submission.unique_id"),
        source_id=check_oid(given.source_id, "submission.source_id")
        if given.source_id
        else source.oid_or_derived("submission.source_id"),
        patient_id=first.metadata.patient_id,
        submission_time=Timestamp.parse(f"{moment.utc()}+0000"),
        authors=senders or _authors(entries),
        content_type_code=given.content_type or content_type(first.metadata, _encounter(first)),
        title=given.title or (first.metadata.title if len(titles) == 1 else ""),
        comments=given.comments,
        folder=FOLDER,
        reading=tuple(notes.found),
    )


def _now() -> datetime:
    return datetime.now(UTC).replace(microsecond=0)


def _authors(entries: Iterable[Entry]) -> tuple[Author, ...]:
    return tuple(dict.fromkeys(item for entry in entries for item in entry.metadata.authors))


def _encounter(entry: Entry) -> Code | None:
    document = entry.content if isinstance(entry.content, Document) else None
    return document.encounter.code if document and document.encounter else None


def _pages(
    source: Organization, software: Software, entries: tuple[Entry, ...]
) -> dict[str, bytes]:
    files = [_listed(entry) for entry in entries]
    readme = readme_txt(source, software, FOLDER, tuple(item.name for item in files))
    return {
        "INDEX.HTM": index_htm(source, FOLDER, files).encode("ascii"),
        "README.TXT": readme.encode("ascii"),
    }


def _listed(entry: Entry) -> Listed:
    """With the day of the document where it was made, which in UTC may be another."""
    metadata, content = entry.metadata, entry.content
    moment = content.created if isinstance(content, Document) else metadata.creation_time
    day = f"{moment.to_date():%d/%m/%Y}" if moment and moment.day else ""
    return Listed(metadata.uri, metadata.type_code.label if metadata.type_code else "", day)


# -- the octets ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Digest:
    hash: str
    size: int


class _Packed:
    """What will be written, and what was learnt of the documents when they were read."""

    def __init__(
        self,
        *,
        entries: tuple[Entry, ...],
        metadata: Metadata,
        pages: dict[str, bytes],
        method: int,
    ) -> None:
        self._entries = entries
        self._metadata = metadata
        self._pages = pages
        self._method = method
        self._digests: dict[int, _Digest] = {}

    def entries(self) -> tuple[Entry, ...]:
        """The entries with hash and size; documents not read yet are read now."""
        made = []
        for rank, entry in enumerate(self._entries):
            if rank not in self._digests:
                for _ in self._hashed(rank):
                    pass
            digest = self._digests[rank]
            metadata = dataclasses.replace(entry.metadata, hash=digest.hash, size=digest.size)
            made.append(dataclasses.replace(entry, metadata=metadata))
        return tuple(made)

    def unlisted(self) -> tuple[Entry, ...]:
        """None: everything packed is described."""
        return ()

    def write(self, stream: BinaryIO) -> None:
        """Documents first, hashed as they pass; then the metadata that announce them."""
        held = Held(stream)
        with zipfile.ZipFile(held, "w", self._method, compresslevel=_LEVEL) as archive:
            for name, octets in self._pages.items():
                self._file(archive, name, [octets])
            for folder in ("IHE_XDM/", f"IHE_XDM/{FOLDER}/"):
                archive.writestr(_info(folder, _FOLDER_MODE, zipfile.ZIP_STORED), b"")
            for rank, entry in enumerate(self._entries):
                self._file(archive, entry.name, self._hashed(rank), size=_size(entry))
            found = [self._digests[rank] for rank in range(len(self._entries))]
            metadata = self._metadata.octets([(item.hash, item.size) for item in found])
            self._file(archive, f"IHE_XDM/{FOLDER}/METADATA.XML", [metadata])
        held.release()

    def _file(
        self, archive: zipfile.ZipFile, name: str, chunks: Iterable[bytes], size: int = 0
    ) -> None:
        info = _info(name, _FILE_MODE, self._method)
        with archive.open(info, "w", force_zip64=size > _LARGE) as member:
            for chunk in chunks:
                member.write(chunk)

    def _hashed(self, rank: int) -> Iterator[bytes]:
        """The pieces of a document; its hash and size are kept, and must be those announced."""
        digest, size = hashlib.sha1(usedforsecurity=False), 0
        entry = self._entries[rank]
        for chunk in entry.chunks():
            digest.update(chunk)
            size += len(chunk)
            yield chunk
        made = _Digest(digest.hexdigest().upper(), size)
        told = self._digests.get(rank)
        announced = (entry.metadata.hash.upper() or made.hash, entry.metadata.size)
        same = announced[0] == made.hash and announced[1] in (None, made.size)
        if not same or (told is not None and told != made):
            raise ArchiveError(
                "not the octets that its metadata, or an earlier reading, announce",
                place=entry.name,
            )
        self._digests[rank] = made


def _size(entry: Entry) -> int:
    """Octets to expect, so that a file of more than 2 GiB gets the records that it needs."""
    if entry.metadata.size is not None:
        return entry.metadata.size
    if isinstance(entry.content, (Document, bytes)):
        return 0
    with entry.open() as stream:
        return stream.seek(0, 2) if stream.seekable() else _LARGE + 1


def _info(name: str, mode: int, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _DATE)
    info.create_system = 3
    info.external_attr = mode
    info.compress_type = method
    return info
