"""One document or file of an archive: its metadata and a way to read it."""

from __future__ import annotations

import dataclasses
import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO, Final, TypeAlias

from segur_interop._masking import Masked, shown
from segur_interop._source import Source
from segur_interop.cda import Document
from segur_interop.cda import read as read_cda
from segur_interop.cda._content import NoDocument
from segur_interop.errors import ArchiveError, InvalidDocument
from segur_interop.findings import Finding
from segur_interop.terminology import Masking
from segur_interop.xdm._mapping import document_entry
from segur_interop.xdm._member import CHUNK
from segur_interop.xdm.metadata import Action, DocumentEntry

__all__ = ["Content", "Entry"]

Opener: TypeAlias = Callable[[], BinaryIO]
Content: TypeAlias = "Source | Opener | Document"
"""What holds the octets: bytes, a path, a function that opens a stream, or a CDA document."""

MAX_BYTES: Final = 200_000_000
_XML_TYPES: Final = ("text/xml", "application/xml", "application/xslt+xml")


@dataclass(frozen=True, slots=True, repr=False)
class Entry(Masked):
    """A document or file with its XDS metadata.

    To pack a PDF, a DOCX or a very large file, give what opens it and a `DocumentEntry`:
    nothing is read before the archive is written. `Entry.of` makes one from a CDA document.

    Attributes:
        content: bytes, a path, a function that opens a binary stream (each time a new one), or
            a CDA document.
        metadata: its XDS metadata.
        name: path in the archive, such as `IHE_XDM/SUBSET01/DOC0001.XML`; "" before packing.
        place: the same for findings and logs, or a rank where a sender chose the name.
        reading: what was noticed about the file itself: hash, size, name, damage.
    """

    content: Content
    metadata: DocumentEntry
    name: str = ""
    place: str = field(default="", metadata=shown())
    reading: tuple[Finding, ...] = field(default=(), compare=False, metadata=shown())

    @classmethod
    def of(
        cls, document: Document, *, masks: Iterable[Masking] = (), action: Action | None = None
    ) -> Entry:
        """A CDA document with the metadata of its header.

        Args:
            document: written by `cda.wrap` or read by `cda.read`.
            masks: who must not see it (confidentialityCode of the metadata).
            action: `D` orders its deletion; by default `C` when it replaces another.

        Raises:
            InvalidDocument: its patient holds another matricule than its octets.
        """
        return cls(document, document_entry(document, masks=masks, action=action))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed about the file and its metadata."""
        inner = tuple(
            dataclasses.replace(item, place=f"metadata.{item.place}")
            for item in self.metadata.findings
        )
        return self.reading + inner

    @property
    def promises_cda(self) -> bool:
        """True when its metadata announce a CDA document; the signature of a lot is none."""
        kind = self.metadata.mime_type.partition(";")[0].strip().lower()
        return kind in _XML_TYPES and not self.metadata.is_signature

    @property
    def is_cda(self) -> bool:
        """True for a CDA document given as such, or a file that may be one by type or name."""
        kind = self.metadata.mime_type.partition(";")[0].strip().lower()
        by_name = self.name.upper().endswith(".XML")
        return isinstance(self.content, Document) or kind in _XML_TYPES or (not kind and by_name)

    def open(self) -> BinaryIO:
        """A stream of its octets, to be closed.

        Raises:
            OSError: its path cannot be read.
            ArchiveError: the archive is damaged there.
        """
        if isinstance(self.content, (Document, bytes)):
            return io.BytesIO(bytes(self.content))
        if isinstance(self.content, (str, os.PathLike)):
            return open(self.content, "rb")  # noqa: PTH123 (the caller closes it)
        return self.content()

    def chunks(self) -> Iterator[bytes]:
        """Its octets, in pieces."""
        if isinstance(self.content, Document):
            yield from self.content.chunks()
            return
        with self.open() as stream:
            while piece := stream.read(CHUNK):
                yield piece

    def read(self, *, max_bytes: int = MAX_BYTES) -> bytes:
        """Its octets, whole.

        Raises:
            ArchiveError: more than `max_bytes`, or damaged.
            OSError: its path cannot be read.
        """
        if isinstance(self.content, Document):
            return bytes(self.content)
        pieces, left = [], max_bytes
        for piece in self.chunks():
            left -= len(piece)
            if left < 0:
                raise ArchiveError(
                    f"larger than {max_bytes} bytes, the limit of this reader", place=self.place
                )
            pieces.append(piece)
        return b"".join(pieces)

    def document(self, *, max_bytes: int = MAX_BYTES) -> Document | None:
        """The CDA document, None for another kind of file.

        Its `findings` tell where its header and the metadata disagree about the patient.

        Raises:
            ArchiveError: more than `max_bytes`, or damaged.
            InvalidDocument: announced or named as XML, and it cannot be read: no XML, an
                entity, several documents in one.
        """
        if isinstance(self.content, Document):
            return self.content
        if not self.is_cda:
            return None
        try:
            document = read_cda(self.read(max_bytes=max_bytes), max_bytes=max_bytes)
        except NoDocument:
            return None
        except InvalidDocument as error:
            raise InvalidDocument(str(error), place=self.place) from None
        found = _disagreements(self.metadata, document)
        return dataclasses.replace(document, reading=document.reading + found)


def _disagreements(metadata: DocumentEntry, document: Document) -> tuple[Finding, ...]:
    from segur_interop.xdm._agreement import disagreements

    return tuple(disagreements(metadata, document))
