"""TRANSV.ZIP: what is no patient's, in a zip that the caller made.

The ANS has not settled what it holds nor its form, so nothing is asked of it but to be a zip that
can be opened safely. (IG Portabilité des données LGC, branch spec-tech of 2026-07-02, Archive et
manifest: TRANSV 0..1.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from segur_interop._source import Source, open_source
from segur_interop.errors import ArchiveError, ExportError, InvalidValue
from segur_interop.export import layout
from segur_interop.export._files import Hashed
from segur_interop.export._manifest_read import Declared
from segur_interop.export._notes import Notes
from segur_interop.export._tree import LIMITS, Tree, digest
from segur_interop.export.manifest import ArchiveSummary
from segur_interop.export.request import Recipient, Request
from segur_interop.xdm._zip import Container

__all__ = ["Transverse", "check_transverse"]

_NAME: Final = layout.TRANSVERSE.rpartition("/")[2]
_FOR: Final = frozenset({Recipient.EDITEUR, Recipient.JUSTICE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Transverse:
    """The archive, and what it was when the run started."""

    source: Source
    sha256: str
    size: int

    @classmethod
    def of(cls, source: Source, request: Request) -> Transverse:
        """Look at it once.

        Raises:
            InvalidValue: the recipient receives neither agenda nor access logs.
            ArchiveError: no zip, or an unsafe one.
            OSError: it cannot be read.
        """
        if request.recipient not in _FOR:
            message = "agenda and access logs are for the next editor or for justice alone"
            raise InvalidValue(message, place="transverse")
        Container(source, LIMITS)
        opener, _ = open_source(source, max_bytes=LIMITS.total_bytes, error=ArchiveError)
        with opener() as stream:
            sha256, size = digest(stream)
        return cls(source=source, sha256=sha256, size=size)

    def copy(self, stream: Hashed) -> None:
        """Write it.

        Raises:
            ExportError: it is no longer the one that the run started with.
            OSError: it cannot be read or written.
        """
        opener, _ = open_source(self.source, max_bytes=LIMITS.total_bytes, error=ArchiveError)
        with opener() as octets:
            while piece := octets.read(_CHUNK):
                stream.write(piece)
        if stream.sha256 != self.sha256:
            raise ExportError("it changed since the run started", place="transverse")

    @property
    def summary(self) -> ArchiveSummary:
        """For the manifest."""
        return ArchiveSummary(lot="", name=_NAME, size=self.size, sha256=self.sha256)


_CHUNK: Final = 1 << 18


def check_transverse(tree: Tree, notes: Notes, told: Declared) -> None:
    """The archive is there, and is what the manifest tells; it can be opened."""
    name = layout.TRANSVERSE
    if not tree.exists(name):
        message = "an archive that the manifest lists is absent"
        notes.note("export.archive.absent", message, f"{layout.MANIFEST} Archive[{told.rank}]")
        return
    try:
        with tree.open(name) as stream:
            sha256, size = digest(stream)
        Container(tree.source(name), LIMITS)
    except (ArchiveError, ExportError) as error:
        notes.note("export.archive.unreadable", f"no archive that can be read: {error}", name)
        return
    except OSError:
        notes.unreadable(name)
        return
    for rule, what, wanted, own in (
        ("export.archive.hash", "SHA-256", told.sha256 or sha256, sha256),
        ("export.archive.size", "size", size if told.size is None else told.size, size),
    ):
        if wanted != own:
            notes.note(rule, f"not the {what} told by {layout.MANIFEST}", name)
