"""Is an export whole, unchanged and true to itself? Read, told, nothing written."""

from __future__ import annotations

import os
from concurrent.futures import Executor

from segur_interop.export._own_check import OwnCheck
from segur_interop.export._tree import LIMITS, open_tree
from segur_interop.findings import Report
from segur_interop.xdm import Limits

__all__ = ["verify"]


def verify(
    path: str | os.PathLike[str],
    *,
    limits: Limits | None = None,
    executor: Executor | None = None,
) -> Report:
    """Check an export from end to end.

    In turn: every file against CHECKSUM.TXT, and no other file; the manifest against its own
    counts; each lot by itself (`report.parts`); each archive against every hash and size that is
    told of it, its METADATA.XML against its files (SHA-1, size, URI), the catalogue against the
    metadata, the patient against catalogue, metadata and each document; both forms of the
    catalogue; the balance. Memory does not grow with the export.

    Args:
        path: folder of the export, or a zip that holds it.
        limits: what an archive may hold; by default files of any size, read in pieces.
        executor: checks archives on several processors; any `concurrent.futures.Executor`.

    Returns:
        A report whose findings name a file and never a person. INCOMPLETE when something could
        not be checked.

    Raises:
        ArchiveError: a file that is no zip archive, or an unsafe one.
        OSError: the path cannot be read.
    """
    tree = open_tree(path, limits or LIMITS)
    check = OwnCheck(tree, limits or LIMITS, executor)
    check.run()
    return check.notes.report(check.parts)
