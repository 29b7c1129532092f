"""The run: from a source and a request to a folder, serial or on any executor.

Records are taken in the order of the source. Workers write archives; this process alone names
them, puts them in lots and adds to the journal, in the same order: the folder is the same whatever
the executor, and whatever stopped the run in between.
"""

from __future__ import annotations

import contextlib
import hashlib
import itertools
import uuid
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, Future, wait
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from segur_interop.audit import AuditCallback, AuditEvent
from segur_interop.errors import ExportError
from segur_interop.export import _finish
from segur_interop.export._earlier import Earlier
from segur_interop.export._entry import Entry, key_hash
from segur_interop.export._files import create, make_folder, sync_folder
from segur_interop.export._jobs import Done, Options, left_name, names_of
from segur_interop.export._journal import Journal
from segur_interop.export._patient import write_patients
from segur_interop.export._pending import Pending, announced, records, selected
from segur_interop.export._selection import Selection
from segur_interop.export._setup import Setup
from segur_interop.export._status import StopReason
from segur_interop.export._tally import excluded_lines, patient_line, reject_lines
from segur_interop.export.items import Record
from segur_interop.export.outcome import Outcome, Result

__all__ = ["Progress", "Run"]

Progress = Callable[[int, int | None], object]


class Run:
    """Iterates over the patients of an export as they are done; the last one finishes it.

    A run that is left, or stopped, continues when it is started again with the same arguments.

    Attributes:
        result: None until the iteration ends.
        stopped: why the run stopped before its end; None as long as it did not.
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
        self.stopped: StopReason | None = None
        self._source, self._setup = source, setup
        self._executor, self._progress, self._audit = executor, progress, audit
        self._token = uuid.uuid4().hex[:12]
        self._absent = self._changed = 0
        self._journal = Journal(target)
        try:
            self._header = self._read_header()
            self._journal.resume()
            self._total = announced(source)
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
        except BaseException as error:
            self.stopped = StopReason.of(error)
            self._journal.stop(self.stopped)
            self._tell("export.end", "interrupted" if self.stopped is _LEFT else "failure")
            raise
        self._tell("export.end", "success" if self.result else "partial")

    def _patients(self) -> Iterator[Outcome]:
        options, waiting = self._options(), deque[tuple[list[Pending], Future[Any] | None]]()
        limit = max(1, self._setup.in_flight) if self._executor else 1
        try:
            for chunk in self._chunks():
                waiting.append((chunk, self._submit(chunk, options)))
                while len(waiting) >= limit:
                    yield from self._collect(waiting.popleft(), options)
            while waiting:
                yield from self._collect(waiting.popleft(), options)
        finally:
            self._leave([future for _, future in waiting if future is not None])

    def _leave(self, futures: list[Future[Any]]) -> None:
        """Wait for the patients under way; those that wait for a worker are left out."""
        under_way = [future for future in futures if not future.cancel()]
        if not under_way:
            return
        with contextlib.suppress(OSError):  # a full disk: the chunks under way are done
            create(self._journal.folder / left_name(self._token)).close()
        wait(under_way)

    def _submit(self, chunk: list[Pending], options: Options) -> Future[Any] | None:
        jobs = tuple(pending.job for pending in chunk)
        return self._executor.submit(write_patients, jobs, options) if self._executor else None

    def _collect(
        self, one: tuple[list[Pending], Future[Any] | None], options: Options
    ) -> Iterator[Outcome]:
        chunk, future = one
        if future is None:
            for pending in chunk:
                (done,) = write_patients((pending.job,), options)
                yield self._commit(pending, done)
            return
        for pending, done in zip(chunk, future.result(), strict=True):
            yield self._commit(pending, done)

    def _chunks(self) -> Iterator[list[Pending]]:
        chunk: list[Pending] = []
        items = 0
        for pending in self._pending():
            chunk.append(pending)
            items += len(pending.job.items)
            if len(chunk) >= self._setup.chunk or items >= self._setup.chunk * _ITEMS:
                yield chunk
                chunk, items = [], 0
        if chunk:
            yield chunk

    def _pending(self) -> Iterator[Pending]:
        """Every patient that is not done, with what the request makes of their items."""
        selection = Selection(self._setup.request, self.extract_time)
        before = itertools.islice(self._journal.entries(), self._journal.state.patients)
        spool, sender = self._journal.spool, self._setup.sender
        with contextlib.closing(Earlier(spool("patients"), spool("lines"), sender)) as earlier:
            yield from self._not_done(before, earlier, selection)

    def _not_done(
        self, done: Iterator[Entry], earlier: Earlier, selection: Selection
    ) -> Iterator[Pending]:
        seen: set[int] = set()
        wanted = self._setup.request.patients or frozenset()
        self._absent, self._changed = len(wanted), 0
        for number, record in enumerate(records(self._source), start=1):
            key = key_hash(self.export_id, record.key)
            short = int(key[:16], 16)
            if short in seen:
                raise ExportError("a patient comes twice in the source", place=f"patient {number}")
            seen.add(short)
            self._absent -= record.key in wanted
            held = next(done, None)
            if held is None:
                yield selected(number, key, record, selection)
            elif held.key != key:
                raise ExportError(
                    "not the source of the run that is continued", place=f"patient {number}"
                )
            else:
                self._changed += earlier.is_told_otherwise(held, record)
        if next(done, None) is not None:
            raise ExportError("fewer patients than the run that is continued", place="source")

    def _commit(self, pending: Pending, done: Done) -> Outcome:
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
                absent=self._absent,
                signer=setup.signer,
                transverse=setup.transverse,
                csv_bom=setup.csv_bom,
            ),
        )
        return Result(
            folder=self._journal.target,
            export_id=self.export_id,
            status=made.status,
            balance=made.balance,
            patients=state.archives,
            patients_without_archive=state.patients - state.archives,
            patients_absent=self._absent,
            patients_changed=self._changed,
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


_LEFT: Final = StopReason.LEFT
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
