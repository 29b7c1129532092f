"""The public call of an export: its arguments, checked, and the run that they make."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterable
from concurrent.futures import Executor
from datetime import datetime
from pathlib import Path
from typing import Final

from segur_interop import __version__, cda, xdm
from segur_interop._source import Source
from segur_interop.audit import AuditCallback
from segur_interop.cda import Document
from segur_interop.errors import InvalidValue
from segur_interop.export import _finish
from segur_interop.export._entries import Sender
from segur_interop.export._setup import Setup
from segur_interop.export._transverse import Transverse
from segur_interop.export.items import Record
from segur_interop.export.layout import LotLimits
from segur_interop.export.manifest import PROFILE, PROFILES, Editor
from segur_interop.export.request import Request
from segur_interop.export.run import Progress, Run
from segur_interop.export.sources import DocumentSource
from segur_interop.model import Organization
from segur_interop.xdm.pack import Compression

__all__ = ["portability"]

_OURSELVES: Final = xdm.Software(name="segur-interop", version=__version__)


def portability(
    source: Iterable[Record] | Iterable[Document],
    out: str | os.PathLike[str],
    *,
    request: Request,
    sender: Organization,
    editor: Editor | None = None,
    software: xdm.Software | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    audit: AuditCallback | None = None,
    export_id: str | None = None,
    extract_time: datetime | None = None,
    lots: LotLimits | None = None,
    compression: Compression = "stored",
    readable: bool = True,
    wrap: cda.Setting | None = None,
    profile: str = PROFILE,
    signer: _finish.Signer | None = None,
    transverse: Source | None = None,
    csv_bom: bool = False,
    chunk: int = 16,
    in_flight: int = 8,
) -> Run:
    """Export the history of a software: one IHE_XDM archive a patient, in lots, and what proves it.

    The folder is taken at once; iterate to the end, or call `finish`, for anything to be in it.
    Called again after a stop with the same arguments, it continues, and the folder is in the end
    the same to the octet, if the source still says the same. The items of patients done are not
    read again: what changed of them since is neither exported nor told. Who the patients are is
    compared, and `Result.patients_changed` counts those of whom the source now tells otherwise.

    Args:
        source: records (`export.Record`), in an order that is the same at each run: an adapter of
            `export`, or any iterable; or CDA documents. If it has a method `announced()`, it
            counts its items by another way than giving them.
        out: folder to make; empty, or of the run that continues.
        request: what is exported.
        sender: the structure that exports: it is the source of each archive.
        editor: who answers for the export (editeurSortant); the structure by default.
        software: the product, named in README.TXT; this library by default.
        executor: a `concurrent.futures.Executor`; None works here, one patient at a time. Give
            processes items that are paths, or functions that can be pickled.
        progress: called with the number of patients done, and None for a total nobody knows.
        audit: receives `export.start` and `export.end`.
        export_id: UUID; a fresh one by default, kept when the run continues.
        extract_time: aware; by default that of the first run.
        lots: how many patients, and octets, a lot holds.
        compression: of the archives; `deflate` costs ten times the time of `stored`.
        readable: gives a CDA that has no PDF twin a form for people, beside it in the archive: the
            PDF of its body, else an HTML page.
        wrap: puts PDF/A-1 that have no structured document in a CDA R2 of level 1, with the
            practice setting of this kind of place.
        profile: form of the manifest.
        signer: makes the detached signatures of MANIFEST.XML and CHECKSUM.TXT.
        transverse: a zip of what is no patient's (agenda, access logs, settings), for an editor
            or justice: copied as TRANSV/TRANSV.ZIP, its content is yours.
        csv_bom: starts CATALOG.CSV with a byte order mark, by which Excel knows UTF-8.
        chunk: patients that an executor takes at once.
        in_flight: chunks given to the executor and not yet back.

    Returns:
        An iterator of Outcome, one a patient; no item raises. `result` tells the end.

    Raises:
        ExportError: a finished or foreign folder, another run in it, another source or request
            than the run that is continued.
        InvalidValue: an unknown profile, an `extract_time` without zone, an `export_id` that is
            no UUID; transverse data for a patient or a confrère.
        ArchiveError: `transverse` is no zip that can be opened safely.
        OSError: the folder cannot be written; what is done stays, and the run may continue.
    """
    if profile not in PROFILES:
        raise InvalidValue(f"one of {sorted(PROFILES)}", place="profile")
    if extract_time is not None and extract_time.utcoffset() is None:
        raise InvalidValue("a datetime without a time zone is refused", place="extract_time")
    setup = Setup(
        request=request,
        sender=Sender.of(sender),
        editor=editor or _editor(sender),
        software=software or _OURSELVES,
        profile=profile,
        lots=lots or LotLimits(),
        compression=compression,
        readable=readable,
        wrap=wrap,
        export_id=None if export_id is None else _uuid(export_id),
        extract_time=extract_time,
        chunk=max(1, chunk),
        in_flight=in_flight,
        signer=signer,
        transverse=None if transverse is None else Transverse.of(transverse, request),
        csv_bom=csv_bom,
    )
    records = DocumentSource.adapt(source)
    return Run(records, Path(out), setup, executor=executor, progress=progress, audit=audit)


def _editor(sender: Organization) -> Editor:
    number = sender.idnat
    siret = number[1:] if number.startswith("3") and len(number) == _SIRET else ""
    return Editor(name=sender.name or number or sender.oid, siret=siret)


_SIRET: Final = 15


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError:
        raise InvalidValue("not a UUID", place="export_id") from None
