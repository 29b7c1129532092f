"""What others export, checked as far as it tells: drafts A and B, one lot, archives, files."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from segur_interop.errors import ArchiveError, ExportError, SegurError, XmlError
from segur_interop.export import layout
from segur_interop.export._archive_check import Checked, Job, check_archive
from segur_interop.export._folders import draft_a_manifest, open_lots
from segur_interop.export._layouts import Layout, archives_of, named
from segur_interop.export._manifest_read import Declared, read_archives, read_header
from segur_interop.export._notes import Notes
from segur_interop.export._same_ins import SameIns, digest_of
from segur_interop.export._sums import read_sums
from segur_interop.export._tree import Tree, digest, note_strays, place_of, walk
from segur_interop.export.receive import Reception
from segur_interop.xdm import Limits

__all__ = ["check_foreign", "check_sums"]

_NO_MANIFEST = "no manifest: nothing tells whether an archive or a document is missing"


def check_foreign(tree: Tree, kind: Layout, reception: Reception | None, limits: Limits) -> Notes:
    """Every check that this layout allows.

    Args:
        tree: what was received.
        kind: its layout.
        reception: reads it; None for what is encrypted.
        limits: of the archives.
    """
    notes = Notes("export")
    if kind is Layout.ENCRYPTED:
        check_sums(tree, notes, layout.CHECKSUM)
        notes.not_run("the lots are encrypted: decrypt them, then verify what comes out")
        return notes
    if kind in (Layout.DRAFT_B, Layout.LOT):
        _manifested(tree, notes, limits, layout.MANIFEST if kind is Layout.DRAFT_B else "LOT.XML")
        if kind is Layout.LOT:
            check_sums(tree, notes, layout.CHECKSUM)
            notes.not_run("one lot alone: its catalogue is with the whole export")
    elif kind is Layout.DRAFT_A:
        check_sums(tree, notes, "CHECKSUMS.TXT")
        _subsets(tree, notes)
        _read(reception, notes)
    elif kind is Layout.ARCHIVES:
        notes.not_run(_NO_MANIFEST)
        seen = SameIns()
        for rank, name in enumerate(archives_of(tree), start=1):
            checked = _archive(tree, notes, name, place_of(name, rank), None, limits)
            seen.add(checked.ins, place_of(name, rank), notes)
        notes.checked("export.archives", "export.identity")
    else:
        notes.not_run(_NO_MANIFEST)
        _read(reception, notes)
    return notes


def check_sums(tree: Tree, notes: Notes, name: str) -> None:
    """Every file against the checksums, and no other file."""
    told_in = named(tree, name)
    if told_in is None:
        notes.not_run(f"no {name}: the files could not be compared")
        return
    with tree.open(told_in) as stream:
        told = dict(read_sums(stream, notes, told_in))
    by_name = {file.casefold(): sha256 for file, sha256 in told.items()}
    for rank, file in enumerate(walk(tree, "", notes), start=1):
        wanted = by_name.pop(file.casefold(), None)
        if file == told_in:
            continue
        if wanted is None:
            note_strays(notes, file, rank)
        elif _digest(tree, file) != wanted:
            message = f"not the SHA-256 that {name} tells"
            notes.note("export.file.hash", message, place_of(file, rank))
    for rank, file in enumerate(by_name, start=1):
        message = f"a file that {name} lists is absent"
        notes.note("export.file.absent", message, place_of(file.upper(), rank))
    notes.checked("export.checksum")


def _digest(tree: Tree, name: str) -> str:
    try:
        with tree.open(name) as stream:
            return digest(stream)[0]
    except (ArchiveError, ExportError):
        return ""


# -- MANIFEST.XML, LOT.XML ----------------------------------------------------------------------


def _manifested(tree: Tree, notes: Notes, limits: Limits, name: str) -> None:
    held = {item.rpartition("/")[2].upper(): item for item in archives_of(tree)}
    seen = SameIns()
    try:
        for item in _declared(tree, notes, name):
            file = f"{item.id}.ZIP"
            found = held.pop(file, None)
            if found is None:
                message = "an archive that the manifest lists is absent"
                notes.note("export.archive.absent", message, f"{name} Archive[{item.rank}]")
            elif item.transverse:
                continue
            else:
                place = place_of(found, item.rank)
                seen.add(_archive(tree, notes, found, place, item, limits).ins, place, notes)
        notes.checked("export.manifest")
    except (XmlError, ArchiveError) as error:
        notes.note("export.manifest.unreadable", str(error), name)
        notes.not_run("the manifest cannot be read: the archives could not all be compared")
        return
    for rank, found in enumerate(held.values(), start=1):
        message = "an archive that the manifest does not list"
        notes.note("export.manifest.archive", message, place_of(found, rank))
    notes.checked("export.archives", "export.identity")


def _declared(tree: Tree, notes: Notes, name: str) -> Iterator[Declared]:
    with tree.open(named(tree, name) or name) as stream:
        header = read_header(stream)
    for field, own in (
        ("patientarchivecount", header.patients),
        ("transversearchivecount", header.archives - header.patients),
    ):
        if header.number(field) not in (None, own):
            message = f"{field} is not the number of archives that it lists"
            notes.note("export.manifest.count", message, name)
    with tree.open(named(tree, name) or name) as stream:
        yield from read_archives(stream)


def _archive(
    tree: Tree, notes: Notes, name: str, place: str, told: Declared | None, limits: Limits
) -> Checked:
    try:
        source = tree.source(name)
    except SegurError as error:
        notes.not_run(str(error))
        return Checked(findings=(), not_run=(), size=0)
    sums: Any = (("the manifest", told.sha256),) if told and told.sha256 else ()
    sizes: Any = (("the manifest", told.size),) if told and told.size is not None else ()
    if told is not None and not told.sha256:
        notes.not_run("the manifest tells no SHA-256 of an archive")
    job = Job(place=place, source=source, sums=sums, sizes=sizes, catalogued=False, limits=limits)
    checked = check_archive(job)
    notes.extend(checked.findings)
    for reason in checked.not_run:
        notes.not_run(reason)
    return checked


# -- draft A ------------------------------------------------------------------------------------


def _subsets(tree: Tree, notes: Notes) -> None:
    manifest = draft_a_manifest(tree, notes)
    if not manifest:
        notes.not_run("MANIFEST.JSON cannot be read: no count could be compared")
        return
    lots = {
        folder.rpartition("/")[2].upper()
        for folder in open_lots(tree, notes)
        if folder.rpartition("/")[2].upper() != "SUBSET_TR"
    }
    subsets = manifest.get("subsets")
    listed = {
        str(item.get("path", "")).replace("\\", "/").rstrip("/").rpartition("/")[2].upper()
        for item in (subsets if isinstance(subsets, list) else ())
        if isinstance(item, dict)
    } - {"SUBSET_TR"}
    count = manifest.get("patientCount")
    if listed != lots or (count is not None and count != len(lots)):
        message = "not the patients that the manifest lists or counts"
        notes.note("export.manifest.count", message, "MANIFEST.JSON")
    notes.checked("export.manifest")


def _read(reception: Reception | None, notes: Notes) -> None:
    """Read everything, and keep what was noticed."""
    seen = SameIns()
    for patient in reception or ():
        notes.extend(patient.findings)
        digest = digest_of(patient.identity)
        seen.add(() if digest is None else (digest,), patient.place, notes)
        for item in patient.items:
            notes.extend(item.findings)
            notes.extend(item.entry.metadata.findings)
    if reception is not None:
        notes.extend(reception.findings)
    notes.checked("export.items", "export.identity")
