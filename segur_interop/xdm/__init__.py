"""IHE_XDM archives: documents and their XDS metadata in one zip, out and in."""

from __future__ import annotations

from segur_interop.xdm._hl7 import Xcn, Xon
from segur_interop.xdm._index import Software
from segur_interop.xdm._mapping import document_entry
from segur_interop.xdm._zip import Limits
from segur_interop.xdm.archive import Archive
from segur_interop.xdm.dmp import dmp_ready
from segur_interop.xdm.entry import Entry
from segur_interop.xdm.metadata import Author, DocumentEntry, SubmissionSet
from segur_interop.xdm.pack import Submission, pack
from segur_interop.xdm.unpack import unpack

__all__ = [
    "Archive",
    "Author",
    "DocumentEntry",
    "Entry",
    "Limits",
    "Software",
    "Submission",
    "SubmissionSet",
    "Xcn",
    "Xon",
    "dmp_ready",
    "document_entry",
    "pack",
    "unpack",
]
