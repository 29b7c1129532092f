"""Is an export whole, unchanged and true to itself? Read, told, nothing written."""

from __future__ import annotations

import contextlib
import os
from concurrent.futures import Executor
from datetime import datetime
from typing import TYPE_CHECKING

from segur_interop.export import layout
from segur_interop.export._foreign_check import check_foreign, check_sums
from segur_interop.export._layouts import Layout, layout_of
from segur_interop.export._notes import Notes
from segur_interop.export._own_check import OwnCheck
from segur_interop.export._sealed import Recipient, open_sealed
from segur_interop.export._signatures import check_signatures
from segur_interop.export._tree import LIMITS, open_tree
from segur_interop.export.receive import Reception
from segur_interop.findings import Report
from segur_interop.xdm import Limits

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

__all__ = ["verify"]


def verify(
    path: str | os.PathLike[str],
    *,
    certificate: Certificate | None = None,
    recipient: Recipient | None = None,
    limits: Limits | None = None,
    executor: Executor | None = None,
) -> Report:
    """Check an export from end to end.

    In turn: every file against CHECKSUM.TXT, and no other file; the manifest against its own
    counts; each lot by itself (`report.parts`); each archive against every hash and size that is
    told of it, its METADATA.XML against its files (SHA-1, size, URI), the catalogue against the
    metadata, the patient against catalogue, metadata and each document; both forms of the
    catalogue; the balance; the signatures. Two patients of one INS are a warning: it may be one
    person twice, or the INS of somebody else. Memory does not grow with the export, but for about
    160 octets a patient who has an INS.

    What others send (see `receive`) is checked as far as it tells; without a manifest nothing
    says that it is whole, and the report is INCOMPLETE at best.

    Args:
        path: folder of the export, or a zip that holds it; one of its lots; a foreign layout.
        certificate: of the structure that signed, had by another way than the export.
        recipient: certificate and private key that an encrypted export is for; it is read in
            place, and nothing in clear is written.
        limits: what an archive may hold; by default files of any size, read in pieces.
        executor: checks archives on several processors; any `concurrent.futures.Executor`.

    Returns:
        A report whose findings name a file and never a person. INCOMPLETE when something could
        not be checked: encrypted lots, a signature without certificate.

    Raises:
        ArchiveError: a file that is no zip archive, or an unsafe one.
        OSError: the path, its manifest or its catalogue cannot be read; another file that cannot
            is an error of the report.
    """
    bounds = limits or LIMITS
    tree = open_tree(path, bounds)
    kind = layout_of(tree)
    sealed = Notes("encrypted export")
    if kind is Layout.ENCRYPTED and recipient is not None:
        check_sums(tree, sealed, layout.CHECKSUM)
        parts = [name for name in tree.children("", sealed)[0] if name.upper().endswith(".P7M")]
        tree = clear = open_sealed(tree, parts, recipient, sealed)
        if clear.is_empty:
            sealed.not_run("nothing could be decrypted: the export itself was not checked")
            return sealed.report()
    elif kind is not Layout.EXPORT:
        reception = None
        if kind is not Layout.ENCRYPTED:
            reception = Reception(tree, bounds)
        return check_foreign(tree, kind, reception, bounds).report()
    check = OwnCheck(tree, bounds, executor)
    check.run()
    at = None
    with contextlib.suppress(ValueError):
        at = datetime.fromisoformat(check.header.values.get("extracttime", ""))
    if at is not None and at.utcoffset() is None:
        at = None
    check_signatures(tree, check.notes, certificate, at)
    outer = (sealed.report(),) if kind is Layout.ENCRYPTED else ()
    return check.notes.report((*outer, *check.parts))
