"""One archive of an export against everything that is said of it.

What is done here depends on the job alone, and what comes back is small: any executor will do.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from segur_interop import xdm
from segur_interop._source import Source, open_source
from segur_interop.errors import (
    ArchiveError,
    ExportError,
    InvalidDocument,
    SegurError,
)
from segur_interop.export._agreement import fields_of
from segur_interop.export._identities import (
    TRAITS,
    between_document,
    between_metadata,
    found,
    identity_of,
)
from segur_interop.export._notes import Notes
from segur_interop.export._same_ins import digest_of
from segur_interop.export._tree import digest
from segur_interop.export.catalogue import Line, read_json_line
from segur_interop.findings import Finding, Severity
from segur_interop.ins import Identity
from segur_interop.xdm.unpack import unpack_hashed

__all__ = ["Checked", "Job", "check_archives"]

MAX_CDA: Final = 50_000_000
"""Octets of a CDA whose header is read, as the writing half does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """An archive to check.

    Attributes:
        place: `LOTnnnnn/PATnnnnn.ZIP`, or what stands for it.
        source: its path, or its octets.
        sums: SHA-256 told, by who tells it.
        sizes: octets told, by who tells it.
        items: number of items told, by who tells it.
        lines: of CATALOG.JSL, each with its rank.
        patient: its line of PATIENTS.JSL; None without.
        catalogued: False where there is no catalogue to compare with.
        limits: of the archive.
    """

    place: str
    source: Source
    sums: tuple[tuple[str, str], ...] = ()
    sizes: tuple[tuple[str, int], ...] = ()
    items: tuple[tuple[str, int], ...] = ()
    lines: tuple[tuple[int, str], ...] = ()
    patient: Mapping[str, Any] | None = None
    catalogued: bool = True
    limits: xdm.Limits


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check gives back.

    Attributes:
        findings: of the archive.
        not_run: checks that could not run.
        size: octets of the archive.
        ins: digests of the INS of its patient; several when several are told.
    """

    findings: tuple[Finding, ...]
    not_run: tuple[str, ...]
    size: int
    ins: frozenset[bytes] = field(default=frozenset(), repr=False)


def check_archives(jobs: tuple[Job, ...]) -> tuple[Checked, ...]:
    """A chunk of jobs, in order.

    Raises:
        OSError: a file cannot be read.
    """
    return tuple(map(check_archive, jobs))


def check_archive(job: Job) -> Checked:
    """Hash, unpack, and compare.

    Raises:
        OSError: the file cannot be read.
    """
    check = _Check(job)
    size = check.run()
    return Checked(
        findings=check.notes.findings,
        not_run=tuple(check.missed),
        size=size,
        ins=frozenset(check.ins),
    )


class _Check:
    def __init__(self, job: Job) -> None:
        self.job = job
        self.notes = Notes(job.place)
        self.missed: list[str] = []
        self.ins: set[bytes] = set()
        self._identities: dict[object, Identity] = {}
        self._equal: set[object] = set()

    def note(
        self, rule: str, message: str, place: str = "", severity: Severity = Severity.ERROR
    ) -> None:
        inner = f"{self.job.place}/{place}" if place else self.job.place
        self.notes.note(rule, message, inner, severity)

    def run(self) -> int:
        """What is wrong with the archive; one that the system cannot read is wrong alone.

        Returns:
            Its octets.
        """
        try:
            return self._run()
        except OSError:
            self.note("export.archive.unreadable", "the system cannot read the file")
            return 0

    def _run(self) -> int:
        job = self.job
        opener, _ = open_source(job.source, max_bytes=job.limits.total_bytes, error=ArchiveError)
        with opener() as stream:
            sha256, size = digest(stream)
        lines = list(self._lines())
        for rule, what, told, own in (
            ("export.archive.hash", "SHA-256", job.sums, sha256),
            ("export.archive.size", "size", job.sizes, size),
            ("export.archive.items", "number of items", job.items, len(lines)),
        ):
            if wrong := [who for who, value in told if value != own]:
                self.note(rule, f"not the {what} told by {', '.join(wrong)}")
        try:
            archive, hashes = unpack_hashed(job.source, limits=job.limits, sha256=True)
        except ArchiveError as error:
            self.note("export.archive.unreadable", f"no archive that can be read: {error}")
            return size
        self._archive(archive)
        identity = self._patient(lines) if job.catalogued else None
        if job.catalogued:
            self._catalogue(archive, hashes, lines)
        self._documents(archive, lines, identity)
        return size

    # -- the archive by itself ------------------------------------------------------------------

    def _archive(self, archive: xdm.Archive) -> None:
        lots = (item for lot in archive.submissions for item in lot.reading)
        for item in (*archive.reading, *lots):
            self.notes.add(_placed(item, self.job.place))
        for entry in (*archive.entries, *archive.unlisted):
            for item in entry.findings:
                self.notes.add(_placed(item, self.job.place, entry.place))
        if self.job.catalogued:
            for entry in archive.unlisted:
                message = "a file that METADATA.XML does not describe"
                self.note("export.archive.unlisted", message, entry.place)

    # -- the catalogue --------------------------------------------------------------------------

    def _lines(self) -> Iterator[Line]:
        for rank, text in self.job.lines:
            try:
                yield read_json_line(text)
            except ExportError as error:
                place = f"CATALOG.JSL line {rank}"
                self.notes.note("export.catalogue.line", f"cannot be read: {error}", place)

    def _catalogue(
        self, archive: xdm.Archive, hashes: Mapping[str, str], lines: list[Line]
    ) -> None:
        entries = {entry.name: entry for entry in archive.entries}
        forms = {line.readable for line in lines if line.readable}
        told = Counter(line.path_in_archive for line in lines)
        if any(count > 1 for count in Counter(line.item_id for line in lines).values()):
            self.note("export.catalogue.item-id", "one item_id on several lines")
        by_id = {line.item_id: entries.get(line.path_in_archive) for line in lines}
        for line in lines:
            entry = entries.get(line.path_in_archive)
            if entry is None:
                self.note("export.catalogue.absent", "a line whose file is not in the archive")
                continue
            if told[line.path_in_archive] > 1:
                self.note("export.catalogue.shared", "several lines for one file", entry.place)
            self._item(line, entry, hashes.get(entry.name, ""))
            self._relations(line, entry, by_id)
            if line.readable:
                self._form(line, entries.get(line.readable), hashes.get(line.readable, ""))
        for name, entry in entries.items():
            if name not in told and name not in forms:
                message = "a file of METADATA.XML that is not in the catalogue"
                self.note("export.catalogue.missing", message, entry.place)

    def _item(self, line: Line, entry: xdm.Entry, sha256: str) -> None:
        metadata = entry.metadata
        if sha256 and line.sha256 != sha256:
            self.note("export.catalogue.hash", "not the SHA-256 of the file", entry.place)
        for name, told, own in fields_of(line, metadata):
            if told != own:
                message = f"the catalogue and METADATA.XML differ: {name}"
                self.note("export.catalogue.field", message, entry.place)

    def _relations(
        self, line: Line, entry: xdm.Entry, by_id: Mapping[str, xdm.Entry | None]
    ) -> None:
        metadata = entry.metadata
        for name, wanted, held in (
            ("replaces", line.replaces, metadata.replaces),
            ("pdf_twin_of", line.pdf_twin_of, metadata.transforms),
        ):
            target, uuids = by_id.get(wanted) if wanted else None, set[str]()
            if target is not None and target is not entry:
                uuids.add(target.metadata.entry_uuid)
            if set(held) != uuids:
                message = f"the catalogue and METADATA.XML differ: {name}"
                self.note("export.catalogue.field", message, entry.place)
        if line.replaced_by and line.replaced_by not in by_id:
            message = "the item that replaces it is not in the archive"
            self.note("export.catalogue.replaced-by", message, entry.place)

    def _form(self, line: Line, entry: xdm.Entry | None, sha256: str) -> None:
        if entry is None:
            self.note("export.catalogue.readable", "the readable form is not in the archive")
        elif sha256 and line.readable_sha256 != sha256:
            self.note("export.catalogue.hash", "not the SHA-256 of the file", entry.place)

    # -- who it is ------------------------------------------------------------------------------

    def _patient(self, lines: list[Line]) -> Identity | None:
        """The identity that the lines give, once they give one only."""
        if not lines:
            self.note("export.catalogue.archive", "an archive without any line of the catalogue")
            return None
        first = lines[0]
        for line in lines[1:]:
            if (_traits(line), line.ins, line.local_ids) != (
                _traits(first),
                first.ins,
                first.local_ids,
            ):
                message = "the lines of the archive give several identities"
                self.notes.add(found("export.identity.several", message, self.job.place))
                break
        patient = self.job.patient
        if patient is not None:
            self._patients_line(first, patient)
        identity = identity_of({name: getattr(first, name) for name in TRAITS}, first.ins)
        for item in identity.reading:
            self.notes.add(_placed(item, self.job.place, "CATALOG.JSL"))
        return identity

    def _patients_line(self, line: Line, patient: Mapping[str, Any]) -> None:
        for name in TRAITS:
            told, own = patient.get(name), getattr(line, name)
            if (list(own) if isinstance(own, tuple) else own) != told:
                message = "PATIENTS.JSL says otherwise than the catalogue"
                place = f"{self.job.place} {name}"
                self.notes.add(found("export.identity.traits", message, place))
        ids = [
            {"extension": item.extension, "root": item.root, "type": item.type}
            for item in line.local_ids
        ]
        if patient.get("local_ids") != ids:
            message = "PATIENTS.JSL says otherwise than the catalogue"
            place = f"{self.job.place} local_ids"
            self.notes.add(found("export.identity.local-id", message, place))

    def _documents(
        self, archive: xdm.Archive, lines: list[Line], identity: Identity | None
    ) -> None:
        by_path = {line.path_in_archive: line for line in lines}
        for entry in archive.entries:
            line = by_path.get(entry.name)
            place = f"{self.job.place}/{entry.place}"
            own = identity
            if line is not None and identity is not None:
                own = self._told(line, entry.metadata, place)
            if (digest := digest_of(own or entry.metadata.patient.identity)) is not None:
                self.ins.add(digest)
            self._document(entry, own, place, line)

    def _told(self, line: Line, metadata: xdm.DocumentEntry, place: str) -> Identity:
        """The identity of a line, compared with that of its metadata.

        Most items of an archive say the same of the patient: what was compared once and found
        equal is not compared again.
        """
        told = (_traits(line), line.ins)
        if told not in self._identities:
            traits = dict(zip(TRAITS, told[0], strict=True))
            self._identities[told] = identity_of(traits, line.ins)
        own = self._identities[told]
        both = (
            told, line.local_ids,
            metadata.patient_id, metadata.source_patient_id, metadata.source_patient_info,
        )  # fmt: skip
        if both not in self._equal:
            findings = between_metadata(line, own, metadata, place)
            self.notes.extend(findings)
            if not findings:
                self._equal.add(both)
        return own

    def _document(
        self, entry: xdm.Entry, own: Identity | None, place: str, line: Line | None
    ) -> None:
        if not entry.is_cda:
            return
        if (entry.metadata.size or 0) > MAX_CDA:
            self.missed.append(f"a document of more than {MAX_CDA} bytes: its header is not read")
            return
        try:
            document = entry.document(max_bytes=MAX_CDA)
        except InvalidDocument:
            self._unread(entry)
            return
        except SegurError:  # told already by its hash
            return
        if document is None:
            if entry.promises_cda:
                self._unread(entry)
            return
        identity = own or entry.metadata.patient.identity
        declared = line.traits_discordants if line is not None else ()
        self.notes.extend(between_document(identity, document, place, declared=declared))

    def _unread(self, entry: xdm.Entry) -> None:
        message = "announced as XML, and no CDA that can be read: who it is about was not compared"
        self.note("export.document.unreadable", message, entry.place, Severity.WARNING)


def _traits(line: Line) -> tuple[Any, ...]:
    return tuple(getattr(line, name) for name in TRAITS)


def _placed(item: Finding, *before: str) -> Finding:
    place = "/".join(part for part in (*before, item.place) if part)
    if item.place == before[-1]:
        place = "/".join(before)
    return Finding(
        rule=item.rule,
        message=item.message,
        severity=item.severity,
        place=place,
        source=item.source,
    )
