"""What was received, patient by patient, from an export or from what stands for one."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, BinaryIO

from segur_interop import xdm
from segur_interop.errors import ArchiveError, ExportError, SegurError, XmlError
from segur_interop.export import layout
from segur_interop.export._cursor import Cursor
from segur_interop.export._folders import draft_a_manifest, open_lots, read_lot
from segur_interop.export._grouping import catalogued_patient, patients_of_entries
from segur_interop.export._identities import TRAITS, found, identity_of, ids_of
from segur_interop.export._layouts import Layout, archives_of, layout_of, named
from segur_interop.export._loose import loose_patients
from segur_interop.export._manifest_read import read_header
from segur_interop.export._notes import Notes
from segur_interop.export._rows import catalogue_rows, patient_rows
from segur_interop.export._tree import LIMITS, Tree, digest, open_tree, place_of
from segur_interop.export.catalogue import CataloguedId, Line, read_json_line
from segur_interop.export.received import ReceivedPatient
from segur_interop.findings import Finding, Severity
from segur_interop.ins import IdentityStatus
from segur_interop.xdm.unpack import unpack_hashed

__all__ = ["Reception", "receive"]


def receive(path: str | os.PathLike[str], *, limits: xdm.Limits | None = None) -> Reception:
    """The patients and items of what was received.

    An export of the profile `pdlgc-b` (folder, or zip of it); one lot of it; the drafts A and B of
    the ANS; an IHE_XDM archive, unpacked or not; a folder of them; a folder of documents, with or
    without a CSV of the columns `sources.COLUMNS`. A damaged one gives what can be read, and
    findings; `verify` says whether it is whole.

    Args:
        path: a folder or a zip file.
        limits: what an archive may hold.

    Raises:
        ArchiveError: a file that is no zip archive, or an unsafe one.
        ExportError: an encrypted export: see `decrypt`.
        OSError: the path cannot be read.
    """
    bounds = limits or LIMITS
    return Reception(open_tree(path, bounds), bounds)


class Reception:
    """Iterates over the patients, each time from the start; one patient is held at a time.

    Attributes:
        layout: what was recognised.
        manifest_sha256: of the manifest, "" without.
        export_id: as the manifest tells it, "" without.
    """

    def __init__(self, tree: Tree, limits: xdm.Limits) -> None:
        """Recognise the layout."""
        self._tree, self._limits = tree, limits
        self._notes = Notes("reception")
        self.layout = layout_of(tree)
        if self.layout is Layout.ENCRYPTED:
            raise ExportError("an encrypted export: decrypt it first")
        self.manifest_sha256, self.export_id = "", ""
        self._read_manifest()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the last iteration noticed about the whole; that of a patient is in the patient."""
        return self._notes.findings

    def transverse(self) -> BinaryIO | None:
        """A stream of TRANSV.ZIP, what is no patient's; None without. Close it.

        Raises:
            OSError: it cannot be read.
        """
        if self.layout in (Layout.FILES, Layout.ARCHIVES, Layout.XDM):
            return None
        folder = named(self._tree, layout.TRANSVERSE.partition("/")[0])
        name = layout.TRANSVERSE.rpartition("/")[2]
        found_name = named(self._tree, name, folder or "") if folder else named(self._tree, name)
        return None if found_name is None else self._tree.open(found_name)

    def __iter__(self) -> Iterator[ReceivedPatient]:
        self._notes = Notes("reception")
        if self.layout is Layout.EXPORT:
            return self._export()
        if self.layout in (Layout.XDM, Layout.DRAFT_A):
            return self._lots()
        if self.layout is Layout.FILES:
            return loose_patients(self._tree, self._notes)
        return self._archives(archives_of(self._tree))

    def _read_manifest(self) -> None:
        for name in (layout.MANIFEST, layout.LOT_MANIFEST, "MANIFEST.JSON"):
            found_name = named(self._tree, name)
            if found_name is None or self.layout in (Layout.FILES, Layout.ARCHIVES, Layout.XDM):
                continue
            try:
                with self._tree.open(found_name) as stream:
                    self.manifest_sha256, _ = digest(stream)
                if name == "MANIFEST.JSON":
                    told = draft_a_manifest(self._tree, self._notes).get("exportId")
                    self.export_id = told if isinstance(told, str) else ""
                    return
                with self._tree.open(found_name) as stream:
                    self.export_id = read_header(stream).values.get("exportid", "")
            except (XmlError, ArchiveError):
                self._notes.note("export.manifest.unreadable", "it cannot be read", name)
            return

    # -- archives -------------------------------------------------------------------------------

    def _unpacked(
        self, name: str, place: str
    ) -> tuple[xdm.Archive | None, Mapping[str, str], list[Finding]]:
        try:
            archive, hashes = unpack_hashed(
                self._tree.source(name), limits=self._limits, sha256=True
            )
        except (ArchiveError, ExportError) as error:
            return None, {}, [_finding("export.archive.unreadable", str(error), place)]
        except OSError:
            message = "the system cannot read the file"
            return None, {}, [_finding("export.archive.unreadable", message, place)]
        lots = (item for lot in archive.submissions for item in lot.reading)
        return archive, hashes, [*archive.reading, *lots]

    def _archives(self, names: Iterable[str]) -> Iterator[ReceivedPatient]:
        """IHE_XDM archives without a catalogue."""
        for rank, name in enumerate(names, start=1):
            place = place_of(name, rank)
            archive, hashes, findings = self._unpacked(name, place)
            if archive is None:
                self._notes.extend(findings)
                continue
            entries = archive.entries or archive.unlisted
            if not entries:
                self._notes.note("export.receive.empty", "an archive without documents", place)
            elif not archive.entries:
                hashes = _hashed(entries)
            yield from patients_of_entries(place, entries, hashes, findings)

    def _lots(self) -> Iterator[ReceivedPatient]:
        """Draft A, or an archive itself: one patient a lot."""
        subsets = _subsets(draft_a_manifest(self._tree, self._notes))
        for rank, folder in enumerate(open_lots(self._tree, self._notes), start=1):
            entries, hashes, findings = read_lot(self._tree, folder, self._notes)
            place = place_of(folder, rank) if folder else f"lot {rank}"
            if not entries:
                self._notes.extend(findings)
                continue
            for patient in patients_of_entries(place, entries, hashes, findings):
                yield _as_told(patient, subsets.get(folder.rpartition("/")[2].upper()))

    # -- our own --------------------------------------------------------------------------------

    def _export(self) -> Iterator[ReceivedPatient]:
        tree, notes = self._tree, self._notes
        lost = self._note_lost
        rows = Cursor(
            catalogue_rows(tree, notes) if tree.exists(layout.CATALOGUE_JSON) else iter(()),
            odd=lambda row: lost(f"{layout.CATALOGUE_JSON} line {row[0]}"),
            extra=lambda row: lost(f"{layout.CATALOGUE_JSON} line {row[0]}"),
        )
        for lot in tree.children("", notes)[1]:
            number = layout.parse_lot_name(lot)
            if number is None:
                continue
            for name in tree.children(lot, notes)[0]:
                rank = layout.parse_archive_name(name.rpartition("/")[2])
                if rank is not None:
                    yield from self._patient(name, rows.take((number, rank)))
        rows.finish()
        yield from self._without_archive()

    def _note_lost(self, place: str) -> None:
        self._notes.note("export.receive.lost", "a line whose archive is not there", place)

    def _patient(self, name: str, rows: list[tuple[int, str]]) -> Iterator[ReceivedPatient]:
        lines: list[Line] = []
        for rank, text in rows:
            try:
                lines.append(read_json_line(text))
            except ExportError as error:
                place = f"{layout.CATALOGUE_JSON} line {rank}"
                self._notes.note("export.catalogue.line", f"cannot be read: {error}", place)
        archive, hashes, findings = self._unpacked(name, name)
        if lines:
            yield catalogued_patient(name, archive, hashes, lines, findings)
        elif archive is not None:
            findings.append(
                _finding(
                    "export.receive.uncatalogued",
                    "no line of the catalogue: read from its metadata alone",
                    name,
                    Severity.WARNING,
                )
            )
            yield from patients_of_entries(name, archive.entries, hashes, findings)
        else:
            self._notes.extend(findings)

    def _without_archive(self) -> Iterator[ReceivedPatient]:
        """Patients of whom the request left nothing, or who have nothing."""
        if not self._tree.exists(layout.PATIENTS):
            return
        for key, (rank, data) in patient_rows(self._tree, self._notes):
            if key is None and not data.get("archive"):
                identity = identity_of({name: data.get(name) for name in TRAITS})
                yield ReceivedPatient(
                    place=f"{layout.PATIENTS} line {rank}",
                    identity=identity,
                    ids=ids_of(_ids(data.get("local_ids"))),
                    findings=identity.reading,
                )


def _ids(told: object) -> Iterator[CataloguedId]:
    for item in told if isinstance(told, list) else ():
        if isinstance(item, dict) and isinstance(item.get("extension"), str):
            root, kind = item.get("root"), item.get("type")
            yield CataloguedId(
                extension=item["extension"],
                root=root if isinstance(root, str) else None,
                type=kind if isinstance(kind, str) else None,
            )


def _hashed(entries: Iterable[xdm.Entry]) -> dict[str, str]:
    made: dict[str, str] = {}
    for entry in entries:
        try:
            with entry.open() as stream:
                made[entry.name], _ = digest(stream)
        except SegurError:
            continue
    return made


# -- draft A ------------------------------------------------------------------------------------

_TOLD_STATUS = {
    "QUAL": IdentityStatus.QUALIFIEE,
    "VALI": IdentityStatus.VALIDEE,
    "RECU": IdentityStatus.RECUPEREE,
    "PROV": IdentityStatus.PROVISOIRE,
}


def _subsets(manifest: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """What MANIFEST.JSON tells of each subset, by the name of its folder."""
    told = manifest.get("subsets")
    made: dict[str, Mapping[str, Any]] = {}
    for item in told if isinstance(told, list) else ():
        if isinstance(item, dict) and isinstance(item.get("path"), str):
            name = item["path"].replace("\\", "/").rstrip("/").rpartition("/")[2]
            made[name.upper()] = item
    return made


def _as_told(patient: ReceivedPatient, told: Mapping[str, Any] | None) -> ReceivedPatient:
    """With the status that the manifest gives; another number there than in the metadata is told.

    A number without the OID of its authority is no INS: it is compared and never taken.
    """
    if told is None:
        return patient
    identity, findings = patient.identity, list(patient.findings)
    number = told.get("patientINS")
    digits = "".join(number.split()).upper() if isinstance(number, str) else ""
    own = identity.matricule
    if digits and own is None:
        message = "MANIFEST.JSON gives an INS without its OID, and the metadata none: not taken"
        findings.append(found("export.receive.ins-alone", message, patient.place, Severity.WARNING))
    elif digits and own is not None and digits not in (own.number, own.value):
        message = "MANIFEST.JSON holds another INS than METADATA.XML"
        findings.append(found("export.identity.ins", message, patient.place))
    status = told.get("insStatus")
    known = _TOLD_STATUS.get(status.strip().upper()[:4]) if isinstance(status, str) else None
    if known is not None and (known is not IdentityStatus.QUALIFIEE or own is not None):
        identity = dataclasses.replace(identity, status=known)
    return dataclasses.replace(patient, identity=identity, findings=tuple(findings))


def _finding(rule: str, message: str, place: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(rule=rule, message=message, severity=severity, place=place)
