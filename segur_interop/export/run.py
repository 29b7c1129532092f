"""The run: from a source and a request to a folder, serial or on any executor.

Records are taken in the order of the source. Workers write archives; this process alone names
them, puts them in lots and adds to the journal, in the same order: the folder is the same whatever
the executor, and whatever stopped the run in between.
"""

from __future__ import annotations

import hashlib
import itertools
import os
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from segur_interop import __version__, cda, xdm
from segur_interop.audit import AuditCallback, AuditEvent
from segur_interop.cda import Document
from segur_interop.errors import ExportError, InvalidValue
from segur_interop.export import _finish
from segur_interop.export._entries import Sender
from segur_interop.export._files import make_folder, sync_folder
from segur_interop.export._journal import Entry, Journal, key_hash
from segur_interop.export._patient import Done, Job, Options, names_of, write_patients
from segur_interop.export._tally import Tally, excluded_lines, patient_line, reject_lines
from segur_interop.export.items import Item, Record
from segur_interop.export.layout import LotLimits
from segur_interop.export.manifest import PROFILE, PROFILES, Balance, Editor, ExportStatus
from segur_interop.export.request import Exclusion, Refused, Request, Selection
from segur_interop.export.sources import DocumentSource
from segur_interop.model import Organization
from segur_interop.xdm.pack import Compression

__all__ = ["Outcome", "Result", "Run", "portability"]

_OURSELVES: Final = xdm.Software(name="segur-interop", version=__version__)
Progress = Callable[[int, int | None], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One patient of the export; nothing in it names them.

    Attributes:
        number: rank in the source.
        lot, archive: where the archive is; "" when there is none.
        size: octets of the archive.
        written: items in it.
        excluded: items that the request leaves out.
        refused: items due and not written, with why.
    """

    number: int
    lot: str = ""
    archive: str = ""
    size: int = 0
    written: int = 0
    excluded: int = 0
    refused: tuple[tuple[str, Refused], ...] = ()

    def __bool__(self) -> bool:
        """True when nothing was refused."""
        return not self.refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What the finished export is.

    Attributes:
        folder: where it is.
        export_id: UUID.
        status: COMPLETE, PARTIAL as soon as one item is missing, or SAMPLE.
        balance: counts of items.
        patients: archives.
        patients_without_archive: patients without any item to export.
    """

    folder: Path
    export_id: str
    status: ExportStatus
    balance: Balance
    patients: int
    patients_without_archive: int

    def __bool__(self) -> bool:
        """True when everything that was due is there."""
        return self.balance.is_exact and not self.balance.refused


@dataclass(slots=True)
class _Pending:
    """A patient under way: what is known before the worker answers."""

    job: Job
    key: str
    tally: Tally
    excluded: list[tuple[Item, Exclusion]] = field(default_factory=list)
    refused: list[tuple[str, Refused]] = field(default_factory=list)


class Run:
    """Iterates over the patients of an export as they are done; the last one finishes it.

    A run that is left, or stopped, continues when it is started again with the same arguments.

    Attributes:
        result: None until the iteration ends.
    """

    def __init__(
        self,
        source: Iterable[Record],
        target: Path,
        setup: Setup,
        *,
        executor: Executor | None,
        progress: Progress | None,
        audit: AuditCallback | None,
    ) -> None:
        """Take the folder and read what is done."""
        self.result: Result | None = None
        self._source, self._setup = source, setup
        self._executor, self._progress, self._audit = executor, progress, audit
        self._token = uuid.uuid4().hex[:12]
        self._journal = Journal(target)
        try:
            self._header = self._read_header()
            self._journal.resume()
            self._total = _announced(source)
        except BaseException:
            self._journal.close()
            raise
        self._outcomes = self._run()

    def __iter__(self) -> Run:
        return self

    def __next__(self) -> Outcome:
        return next(self._outcomes)

    def __enter__(self) -> Run:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave the run; what is done stays, and the folder may be taken again."""
        self._outcomes.close()
        self._journal.close()

    def finish(self) -> Result:
        """Go through what is left and return the result.

        Raises:
            OSError: the folder cannot be written.
            ExportError: the source is not the one of the run that is continued.
        """
        for _ in self:
            pass
        assert self.result is not None
        return self.result

    # -- what the run is ------------------------------------------------------------------------

    def _read_header(self) -> dict[str, Any]:
        setup = self._setup
        canonical = setup.request.canonical()
        time_given = None if setup.extract_time is None else setup.extract_time.isoformat()
        return self._journal.header(
            {
                "export_id": setup.export_id,
                "extract_time": time_given,
                "request": hashlib.sha256(canonical.encode()).hexdigest(),
                "setup": setup.fingerprint(),
            },
            fresh={
                "export_id": str(uuid.uuid4()),
                "extract_time": datetime.now(UTC).replace(microsecond=0).isoformat(),
            },
        )

    @property
    def export_id(self) -> str:
        """UUID of the export, the same when it is continued."""
        return str(self._header["export_id"])

    @property
    def extract_time(self) -> datetime:
        """Time of the export: told, or that of its first run. No clock is read later."""
        given = self._setup.extract_time
        return given or datetime.fromisoformat(self._header["extract_time"])

    def _options(self) -> Options:
        setup = self._setup
        return Options(
            export_id=self.export_id,
            at=self.extract_time,
            sender=setup.sender,
            software=setup.software,
            compression=setup.compression,
            readable=setup.readable,
            wrap=setup.wrap,
            folder=str(self._journal.folder.resolve()),
            run=self._token,
        )

    # -- the run --------------------------------------------------------------------------------

    def _run(self) -> Generator[Outcome, None, None]:
        self._tell("export.start", "success")
        try:
            yield from self._patients()
            self._journal.sync()
            self.result = self._finished()
        except GeneratorExit:
            self._tell("export.end", "interrupted")
            raise
        except BaseException:
            self._journal.close()
            self._tell("export.end", "failure")
            raise
        self._tell("export.end", "success" if self.result else "partial")

    def _patients(self) -> Iterator[Outcome]:
        options, waiting = self._options(), deque[tuple[list[_Pending], Future[Any] | None]]()
        limit = max(1, self._setup.in_flight) if self._executor else 1
        try:
            for chunk in self._chunks():
                waiting.append((chunk, self._submit(chunk, options)))
                while len(waiting) >= limit:
                    yield from self._collect(waiting.popleft(), options)
            while waiting:
                yield from self._collect(waiting.popleft(), options)
        finally:
            left = [future for _, future in waiting if future is not None]
            wait([future for future in left if not future.cancel()])

    def _submit(self, chunk: list[_Pending], options: Options) -> Future[Any] | None:
        jobs = tuple(pending.job for pending in chunk)
        return self._executor.submit(write_patients, jobs, options) if self._executor else None

    def _collect(
        self, one: tuple[list[_Pending], Future[Any] | None], options: Options
    ) -> Iterator[Outcome]:
        chunk, future = one
        if future is None:
            for pending in chunk:
                (done,) = write_patients((pending.job,), options)
                yield self._commit(pending, done)
            return
        for pending, done in zip(chunk, future.result(), strict=True):
            yield self._commit(pending, done)

    def _chunks(self) -> Iterator[list[_Pending]]:
        chunk: list[_Pending] = []
        items = 0
        for pending in self._pending():
            chunk.append(pending)
            items += len(pending.job.items)
            if len(chunk) >= self._setup.chunk or items >= self._setup.chunk * _ITEMS:
                yield chunk
                chunk, items = [], 0
        if chunk:
            yield chunk

    def _pending(self) -> Iterator[_Pending]:
        """Every patient that is not done, with what the request makes of their items."""
        selection = Selection(self._setup.request, self.extract_time)
        before = itertools.islice(self._journal.entries(), self._journal.state.patients)
        done = (entry.key for entry in before)
        seen: set[int] = set()
        for number, record in enumerate(_records(self._source), start=1):
            key = key_hash(self.export_id, record.key)
            short = int(key[:16], 16)
            if short in seen:
                raise ExportError("a patient comes twice in the source", place=f"patient {number}")
            seen.add(short)
            held = next(done, None)
            if held is None:
                yield _selected(number, key, record, selection)
            elif held != key:
                raise ExportError(
                    "not the source of the run that is continued", place=f"patient {number}"
                )
        if next(done, None) is not None:
            raise ExportError("fewer patients than the run that is continued", place="source")

    def _commit(self, pending: _Pending, done: Done) -> Outcome:
        """Give the archive its name, and add the patient to the journal."""
        journal, job = self._journal, pending.job
        refused = (*pending.refused, *done.refused)
        pending.tally.end(job.items, done)
        lot, archive = "", ""
        part, rows = (journal.folder / name for name in names_of(job.number, self._token))
        if done.size:
            lot, archive = journal.state.place(done.size, self._setup.lots)
            folder = journal.target / lot
            if not folder.exists():
                make_folder(folder)
                sync_folder(journal.target)
            part.replace(folder / archive)
        entry = Entry(
            number=job.number,
            key=pending.key,
            lot=lot,
            archive=archive,
            size=done.size,
            sha256=done.sha256,
            items=len(done.written),
            counts=pending.tally.counts,
            spools=(),
        )
        journal.commit(
            entry,
            (
                _placed(rows, lot, archive),
                patient_line(job.record, self._setup.sender, entry, len(pending.excluded)),
                reject_lines(job.number, refused),
                excluded_lines(job.number, pending.excluded),
            ),
        )
        rows.unlink(missing_ok=True)
        if self._progress is not None:
            self._progress(journal.state.patients, None)
        return Outcome(
            number=job.number,
            lot=lot,
            archive=archive,
            size=done.size,
            written=len(done.written),
            excluded=pending.tally.excluded,
            refused=refused,
        )

    def _finished(self) -> Result:
        setup, state = self._setup, self._journal.state
        made = _finish.finish(
            self._journal,
            _finish.About(
                export_id=self.export_id,
                at=self.extract_time,
                request=setup.request,
                sender=setup.sender,
                editor=setup.editor,
                software=setup.software,
                profile=setup.profile,
                announced=self._total,
                signer=setup.signer,
            ),
        )
        return Result(
            folder=self._journal.target,
            export_id=self.export_id,
            status=made.status,
            balance=made.balance,
            patients=state.archives,
            patients_without_archive=state.patients - state.archives,
        )

    def _tell(self, action: str, outcome: str) -> None:
        if self._audit is None:
            return
        counts = self._journal.state.counts
        details: dict[str, str | int] = {
            "request_sha256": str(self._header["request"]),
            "patients": self._journal.state.patients,
            "written": counts["written"],
            "refused": counts["refused"],
        }
        self._audit(
            AuditEvent(action=action, outcome=outcome, subject=self.export_id, details=details)
        )


_ITEMS: Final = 16
"""Items a patient, on average, that a chunk is made for."""


def _placed(rows: Path, lot: str, archive: str) -> Iterator[bytes]:
    """The lines of the worker, with the lot and archive that it could not know.

    Quotes within a text of JSON are escaped: these octets can only be the two fields.
    """
    if not archive:
        return
    told = f'"lot":"{lot}","archive":"{archive}"'.encode()
    with rows.open("rb") as stream:
        for line in stream:
            yield line.replace(b'"lot":"@","archive":"@"', told, 1)


def _selected(number: int, key: str, record: Record, selection: Selection) -> _Pending:
    """Judge every item of a patient; the record goes on without them."""
    tally, kept = Tally(), list[Item]()
    bare = Record(key=record.key, patient=record.patient)
    pending = _Pending(Job(number=number, record=bare, items=()), key, tally)
    wanted = selection.wants(record)
    for item in record.items:
        verdict = selection.judge(item) if wanted else Exclusion.PATIENT
        tally.found(item, verdict)
        if verdict is None:
            kept.append(item)
        elif isinstance(verdict, Refused):
            pending.refused.append((item.id, verdict))
        elif verdict is not Exclusion.PATIENT:
            pending.excluded.append((item, verdict))
    pending.job = Job(number=number, record=bare, items=tuple(kept))
    return pending


def _records(source: Iterable[Record]) -> Iterator[Record]:
    for record in source:
        if not isinstance(record, Record):
            raise TypeError(f"a source gives export.Record, not {type(record).__name__}")
        yield record


def _announced(source: object) -> int | None:
    count = getattr(source, "announced", None)
    return count() if callable(count) else None


# -- the public call ----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Setup:
    """The arguments of a run that do not depend on how it is run."""

    request: Request
    sender: Sender
    editor: Editor
    software: xdm.Software
    profile: str
    lots: LotLimits
    compression: Compression
    readable: bool
    wrap: cda.Setting | None
    export_id: str | None
    extract_time: datetime | None
    chunk: int
    in_flight: int
    signer: _finish.Signer | None

    def fingerprint(self) -> str:
        """What changes the octets beside the request."""
        told = (
            self.sender.oid, self.editor.name, self.editor.siret, self.software.name,
            self.software.version, self.profile, self.lots.patients, self.lots.size,
            self.compression, self.readable, self.wrap.value if self.wrap else "",
        )  # fmt: skip
        return hashlib.sha256("\n".join(map(str, told)).encode()).hexdigest()


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
    chunk: int = 16,
    in_flight: int = 8,
) -> Run:
    """Export the history of a software: one IHE_XDM archive a patient, in lots, and what proves it.

    The folder is taken at once; iterate to the end, or call `finish`, for anything to be in it.
    Called again after a stop with the same arguments, it continues, and the folder is in the end
    the same to the octet.

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
        chunk: patients that an executor takes at once.
        in_flight: chunks given to the executor and not yet back.

    Returns:
        An iterator of Outcome, one a patient; no item raises. `result` tells the end.

    Raises:
        ExportError: a finished or foreign folder, another run in it, another source or request
            than the run that is continued.
        InvalidValue: an unknown profile, an `extract_time` without zone, an `export_id` that is
            no UUID.
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
