"""An IHE_XDM archive: lots, the documents they describe, and its exact octets."""

from __future__ import annotations

import functools
import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Protocol

from segur_interop._files import write_whole_with
from segur_interop._masking import html_table
from segur_interop.cda import Document
from segur_interop.errors import ArchiveError, InvalidDocument
from segur_interop.findings import Finding, Severity
from segur_interop.xdm.entry import Entry
from segur_interop.xdm.metadata import SubmissionSet

__all__ = ["Archive"]


class Octets(Protocol):
    """What an archive is made of: a plan to write, or octets received."""

    def entries(self) -> tuple[Entry, ...]: ...

    def unlisted(self) -> tuple[Entry, ...]: ...

    def write(self, stream: BinaryIO) -> None: ...


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Archive:
    """An IHE_XDM archive, made by `pack` or read by `unpack`.

    A packed archive reads its documents when it is written, once: `save` holds one piece of one
    document at a time.

    Two archives are equal when they are the same value in memory: compare their octets. An archive
    that was read can be pickled, with its octets, or with the path of its file.

    Attributes:
        submissions: the lots; exactly one when packed here.
        reading: what was noticed about the archive as a whole.
    """

    submissions: tuple[SubmissionSet, ...]
    reading: tuple[Finding, ...] = ()
    _octets: Octets = field(kw_only=True)

    @property
    def submission(self) -> SubmissionSet | None:
        """The lot, the first of several; None when a received archive has none."""
        return self.submissions[0] if self.submissions else None

    @functools.cached_property
    def entries(self) -> tuple[Entry, ...]:
        """The documents and files that METADATA.XML describes, with their hash and size.

        Of a packed archive that is not yet written, this reads each document once more.
        """
        return self._octets.entries()

    @property
    def unlisted(self) -> tuple[Entry, ...]:
        """Files of a lot folder that no metadata describe, such as a PDF twin."""
        return self._octets.unlisted()

    @functools.cached_property
    def documents(self) -> tuple[Document, ...]:
        """The CDA documents, read when first asked for and then held.

        Those of the entries; without any entry, those found among `unlisted`. One that is
        damaged, or no CDA although announced, is left out and an error of `findings`. To hold
        one at a time, use `entry.document()`.
        """
        return tuple(found for found, _ in self._read if found is not None)

    @functools.cached_property
    def _read(self) -> tuple[tuple[Document | None, tuple[Finding, ...]], ...]:
        return tuple(_document(entry) for entry in self.entries or self.unlisted)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was noticed: archive, lots, files, metadata, and where they contradict a document.

        What a document says by itself is in its own `findings`. This reads the documents, to
        tell which of them cannot be read.
        """
        lots = tuple(item for lot in self.submissions for item in lot.reading)
        files = tuple(item for entry in (*self.entries, *self.unlisted) for item in entry.findings)
        between = tuple(item for _, found in self._read for item in found)
        return (*self.reading, *lots, *files, *between)

    def write(self, stream: BinaryIO) -> None:
        """Write the octets into a binary stream that can be sought.

        Raises:
            ArchiveError: a document is no longer what its metadata say.
            OSError: a document cannot be read, or the stream written.
        """
        self._octets.write(stream)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the archive; the file appears whole or not at all.

        Raises:
            ArchiveError: a document is no longer what its metadata say.
            OSError: a document cannot be read, or the file written.
        """
        return write_whole_with(path, self.write)

    def __bytes__(self) -> bytes:
        stream = io.BytesIO()
        self.write(stream)
        return stream.getvalue()

    def __repr__(self) -> str:
        return f"Archive(submissions={len(self.submissions)})"

    def _repr_html_(self) -> str:
        rows = [
            (entry.place, f"{_label(entry)}, {entry.metadata.size} bytes") for entry in self.entries
        ]
        return html_table(f"IHE_XDM archive, {len(self.submissions)} lot(s)", rows)


def _label(entry: Entry) -> str:
    code = entry.metadata.type_code
    return code.code if code else entry.metadata.mime_type


_AGREEMENT = (
    "xdm.patient.differs",
    "xdm.patient.ins",
    "xdm.patient.several",
    "xdm.unique-id",
    "xdm.type-code",
)


def _lost(rule: str, message: str, entry: Entry) -> Finding:
    return Finding(rule=rule, message=message, severity=Severity.ERROR, place=entry.place)


def _document(entry: Entry) -> tuple[Document | None, tuple[Finding, ...]]:
    """The document of an entry, and what the archive has to say of it."""
    try:
        document = entry.document()
    except ArchiveError as error:
        return None, (_lost("xdm.file.damaged", str(error), entry),)
    except InvalidDocument as error:
        message = str(error).removeprefix(f"{entry.place}: ")
        return None, (_lost("xdm.document.unreadable", message, entry),)
    if document is None and entry.promises_cda:
        message = "announced as a CDA document, and it holds none"
        return None, (_lost("xdm.document.unreadable", message, entry),)
    if document is None:
        return None, ()
    between = tuple(
        Finding(
            rule=item.rule,
            message=item.message,
            severity=item.severity,
            place=f"{entry.place}/{item.place}",
            source=item.source,
        )
        for item in document.reading
        if item.rule in _AGREEMENT
    )
    return document, between
