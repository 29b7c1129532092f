"""The end of a run: catalogue, lots, report, documentation, index, manifest, checksums.

Everything is made again from the journal and its spools: an end that was stopped is started
again, and gives the same octets.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Final, cast

from segur_interop import __version__, xdm
from segur_interop.export import _documentation, _index_pages, _report, catalogue, layout
from segur_interop.export._entries import Sender
from segur_interop.export._entry import Entry
from segur_interop.export._files import Hashed, make_folder, sync_folder, write_file
from segur_interop.export._journal import Journal
from segur_interop.export._transverse import Transverse
from segur_interop.export.manifest import (
    ArchiveSummary,
    Balance,
    Editor,
    ExportStatus,
    LotSummary,
    Manifest,
    write_lot,
    write_manifest,
)
from segur_interop.export.request import Request

__all__ = ["About", "Finished", "Signer", "finish"]

Signer = Callable[[bytes], bytes]
"""Makes the detached CMS signature (DER) of the octets of a file."""
_SPOOLED: Final = (
    ("patients", layout.PATIENTS),
    ("rejects", layout.REJECTS),
    ("excluded", layout.EXCLUDED),
)
_CHUNK: Final = 1 << 18


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What the end needs to know beside the journal."""

    export_id: str
    at: datetime
    request: Request
    sender: Sender
    editor: Editor
    software: xdm.Software
    profile: str
    announced: int | None
    absent: int
    signer: Signer | None
    transverse: Transverse | None
    csv_bom: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """What the end concluded."""

    status: ExportStatus
    balance: Balance


class _Sums:
    """SHA-256 of each file, in the order they were written; on disk, as there may be many."""

    def __init__(self, target: Path) -> None:
        self._target = target
        self._root: list[tuple[str, str]] = []

    def write(self, name: str, write: Callable[[Hashed], object], held: Path | None = None) -> str:
        """Write a file of the export, or hold it elsewhere for now, and keep its hash."""
        path = held or self._target / name
        make_folder(path.parent)
        with write_file(path) as stream:
            write(stream)
        self._root.append((stream.sha256, name))
        return stream.sha256

    def lines(self) -> Iterator[bytes]:
        """Those of the files outside lots, by name."""
        for digest, name in sorted(self._root, key=lambda item: item[1]):
            yield _sum(digest, name)


def _sum(digest: str, name: str) -> bytes:
    return f"{digest}  {name}\n".encode()


def finish(journal: Journal, about: About) -> Finished:
    """Write everything but the archives, CHECKSUM.TXT last; then the work is gone.

    Raises:
        OSError: the folder cannot be written.
    """
    state, target = journal.state, journal.target
    balance = Balance(
        announced=about.announced,
        **{
            name: state.counts[name]
            for name in ("found", "excluded", "selected", "written", "refused")
        },
    )
    status = about.request.status
    if status is ExportStatus.COMPLETE and (
        balance.refused or not balance.is_exact or about.absent
    ):
        status = ExportStatus.PARTIAL
    manifest = _manifest(about, status, balance, state.archives, state.patients - state.archives)
    sums = _Sums(target)
    lots = tuple(_lots(journal, manifest))
    manifest = _manifest(
        about, status, balance, state.archives, state.patients - state.archives, lots
    )
    for spool, name in _SPOOLED:
        path = journal.spool(spool)
        sums.write(name, lambda stream, path=path: _copy(path, stream))  # type: ignore[misc]
    sums.write(layout.CATALOGUE_JSON, lambda stream: _copy(journal.spool("lines"), stream))
    sums.write(
        layout.CATALOGUE_CSV, lambda stream: _csv(journal.spool("lines"), stream, about.csv_bom)
    )
    if about.transverse is not None:
        sums.write(layout.TRANSVERSE, about.transverse.copy)
    report = _report.gathered(manifest, state.counts, absent=about.absent)
    sums.write(layout.REPORT_JSON, lambda stream: stream.write(_report.as_json(report)))
    sums.write(layout.REPORT_HTML, lambda stream: stream.write(_report.as_html(report)))
    for name, octets in _documentation.files(about):
        sums.write(name, lambda stream, octets=octets: stream.write(octets))  # type: ignore[misc]
    _index_pages.write(journal, manifest, sums.write)
    held = journal.folder / layout.MANIFEST
    sums.write(
        layout.MANIFEST,
        lambda stream: write_manifest(
            cast("BinaryIO", stream), manifest, _summaries(journal, about.transverse)
        ),
        held,
    )
    _seal(journal, sums, lots, about.signer, held)
    journal.finished()
    return Finished(status=status, balance=balance)


def _seal(
    journal: Journal,
    sums: _Sums,
    lots: tuple[LotSummary, ...],
    signer: Signer | None,
    manifest: Path,
) -> None:
    """Signatures, the manifest, and CHECKSUM.TXT: with it the export is finished.

    What says COMPLETE takes its name when nothing is left to write.
    """
    target = journal.target
    path = target / layout.CHECKSUM
    part = journal.folder / "CHECKSUM"
    with write_file(part) as stream:
        for line in sums.lines():
            stream.write(line)
        for lot in lots:
            own = target / lot.name / layout.CHECKSUM
            for line in own.read_bytes().splitlines(keepends=True):
                digest, _, name = line.decode().partition("  ")
                stream.write(f"{digest}  {lot.name}/{name}".encode())
            stream.write(_sum(lot.sha256, f"{lot.name}/{layout.CHECKSUM}"))
    if signer is not None:
        for name, octets in (
            (layout.MANIFEST, manifest.read_bytes()),
            (layout.CHECKSUM, part.read_bytes()),
        ):
            with write_file(target / layout.signature_name(name)) as stream:
                stream.write(signer(octets))
    manifest.replace(target / layout.MANIFEST)
    part.replace(path)
    sync_folder(target)


def _archives(journal: Journal) -> Iterator[Entry]:
    return (entry for entry in journal.entries() if entry.archive)


def _summaries(journal: Journal, transverse: Transverse | None) -> Iterator[ArchiveSummary]:
    if transverse is not None:
        yield transverse.summary
    for entry in _archives(journal):
        yield entry.summary


def _lots(journal: Journal, manifest: Manifest) -> Iterator[LotSummary]:
    """Each lot with its LOT.XML and CHECKSUM.TXT."""
    held: list[ArchiveSummary] = []
    for entry in _archives(journal):
        if held and held[0].lot != entry.lot:
            yield _lot(journal.target, manifest, held)
            held = []
        held.append(entry.summary)
    if held:
        yield _lot(journal.target, manifest, held)


def _lot(target: Path, manifest: Manifest, archives: list[ArchiveSummary]) -> LotSummary:
    name = archives[0].lot
    folder = target / name
    with write_file(folder / layout.LOT_MANIFEST) as stream:
        write_lot(cast("BinaryIO", stream), manifest, name, archives)
    own = stream.sha256
    with write_file(folder / layout.CHECKSUM) as stream:
        stream.write(_sum(own, layout.LOT_MANIFEST))
        for archive in archives:
            stream.write(_sum(archive.sha256, archive.name))
    return LotSummary(
        name=name,
        patients=len(archives),
        items=sum(archive.items for archive in archives),
        size=sum(archive.size for archive in archives),
        sha256=stream.sha256,
    )


def _copy(path: Path, stream: Hashed) -> None:
    with path.open("rb") as source:
        while piece := source.read(_CHUNK):
            stream.write(piece)


def _csv(path: Path, stream: Hashed, bom: bool) -> None:
    stream.write(f"{catalogue.BOM if bom else ''}{catalogue.csv_header()}".encode())
    with path.open(encoding="utf-8", newline="\n") as source:
        for line in source:
            stream.write(catalogue.csv_row(line).encode())


def _manifest(
    about: About,
    status: ExportStatus,
    balance: Balance,
    archives: int,
    without: int,
    lots: tuple[LotSummary, ...] = (),
) -> Manifest:
    request, sender = about.request, about.sender
    return Manifest(
        export_id=about.export_id,
        extract_time=about.at,
        export_type=request.kind,
        status=status,
        editor=about.editor,
        patients=archives,
        patients_without_archive=without,
        transverse=0 if about.transverse is None else 1,
        period=request.window(about.at),
        comments=request.comments,
        request=request.canonical(),
        balance=balance,
        lots=lots,
        structure=sender.organization.idnat or sender.oid,
        software=about.software.name,
        version=about.software.version or __version__,
        professionals=tuple(request.professional),
        scope=request.effective_scope or "",
        batch=request.batch,
        profile=about.profile,
    )
