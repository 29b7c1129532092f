"""The command `export`: the history of a software, from a folder of files and a CSV."""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from segur_interop.cli._context import organization
from segur_interop.cli._output import (
    DONE,
    FAILED,
    INTERRUPTED,
    REFUSED,
    add_command,
    print_json,
    print_row,
    read_json,
    say,
)
from segur_interop.cli._workers import add_workers
from segur_interop.cli._workers import executor as workers

if TYPE_CHECKING:
    from segur_interop.export import Request, Result, Run

__all__ = ["commands"]


def commands(groups: Any) -> None:
    """Declare the command."""
    parser = add_command(groups, "export", export, "export the history of a software (portability)")
    parser.add_argument(
        "--source", metavar="CSV", type=Path, required=True,
        help="one line a document: patient, file, identity, type, date, author …",
    )  # fmt: skip
    parser.add_argument("--delimiter", metavar="C", default=";", help="between cells (;)")
    parser.add_argument(
        "--encoding", metavar="NAME", default="utf-8", help="of the CSV: utf-8, cp1252 …"
    )
    parser.add_argument("--out", metavar="FOLDER", type=Path, required=True)
    parser.add_argument(
        "--sender", metavar="FILE", type=Path, required=True, help="JSON of the structure"
    )
    parser.add_argument("--perimeter", choices=("HOP-DPI-Va1", "PHA-LGO-Va1"), default="")
    parser.add_argument("--type", metavar="CODE", action="append", default=[], dest="types")
    depth = parser.add_argument_group("depth of the history")
    depth.add_argument("--depth", metavar="DURATION", default="all", help="P5Y, P18M, or all")
    depth.add_argument("--since", metavar="DATE", help="HL7: AAAA, AAAAMM or AAAAMMJJ, included")
    depth.add_argument("--until", metavar="DATE")
    depth.add_argument(
        "--undated", choices=("include", "exclude", "error"), default="include",
        help="documents without any date, when a depth is asked for",
    )  # fmt: skip
    who = parser.add_argument_group("whose")
    who.add_argument("--professional", metavar="RPPS", action="append", default=[])
    who.add_argument(
        "--scope", choices=("author", "responsible", "author_or_responsible", "patients_of")
    )
    who.add_argument("--patient", metavar="KEY", action="append", dest="patients")
    parser.add_argument(
        "--recipient", choices=("patient", "confrere", "editeur", "justice"), default="editeur"
    )
    parser.add_argument("--deselected", metavar="ID", action="append", default=[])
    parser.add_argument(
        "--transverse", metavar="ZIP", type=Path,
        help="what is no patient's (agenda, access logs), for an editor or justice",
    )  # fmt: skip
    parser.add_argument(
        "--csv-bom", action="store_true", help="a mark by which Excel knows CATALOG.CSV as UTF-8"
    )
    add_workers(parser)
    parser.add_argument("--quiet", action="store_true", help="no bar of progress")


def export(arguments: argparse.Namespace) -> int:
    """Export, or continue the export that was stopped.

    0 when it is complete, 1 when a document is missing or the run refused, 2 when it could not go
    to its end (130 when it was interrupted).
    """
    from segur_interop.export import FolderSource, portability

    source = FolderSource(
        arguments.source, delimiter=arguments.delimiter, encoding=arguments.encoding
    )
    with workers(arguments.workers) as executor, _progress(arguments.quiet) as progress:
        run = portability(
            source,
            arguments.out,
            request=_request(arguments),
            sender=organization(read_json(arguments.sender, "sender"), "sender"),
            executor=executor,
            progress=progress,
            transverse=arguments.transverse,
            csv_bom=arguments.csv_bom,
        )
        with run:
            try:
                result = run.finish()
            except (OSError, BrokenExecutor, KeyboardInterrupt):
                return _stopped(run, machine=arguments.json)
    _tell(result, machine=arguments.json)
    if result.patients_changed:
        say(f"{result.patients_changed} patient(s) {_CHANGED}", DONE)
    return DONE if result else REFUSED


_CHANGED: Final = (
    "done before the stop are told otherwise by the source since; for them as they are now, "
    "begin again in another folder"
)
_REASONS: Final = {
    "DISK_FULL": "disk full",
    "NOT_ALLOWED": "permission denied",
    "WORKER_LOST": "a process of --workers ended",
    "LEFT": "interrupted",
}


def _stopped(run: Run, *, machine: bool) -> int:
    """What is done stays; nothing says that it is all."""
    reason = run.stopped or "ERROR"
    if machine:
        print_json({"export_id": run.export_id, "status": "PARTIAL", "stopped": reason})
    status = INTERRUPTED if reason == "LEFT" else FAILED
    told = _REASONS.get(reason, "a file could not be read or written")
    return say(f"PARTIAL: {told}; run the same command again to go on", status)


def _request(arguments: argparse.Namespace) -> Request:
    from segur_interop.export import Policy, Recipient, Request, Scope

    return Request(
        perimeter=arguments.perimeter,
        types=tuple(arguments.types),
        depth=arguments.depth,
        since=arguments.since,
        until=arguments.until,
        professional=tuple(arguments.professional),
        scope=Scope(arguments.scope) if arguments.scope else None,
        patients=None if arguments.patients is None else frozenset(arguments.patients),
        recipient=Recipient(arguments.recipient),
        undated=Policy(arguments.undated),
        deselected=frozenset(arguments.deselected),
    )


@contextlib.contextmanager
def _progress(quiet: bool) -> Iterator[Callable[[int, int | None], object] | None]:
    """A bar that counts patients, on the standard error of a terminal."""
    if quiet or sys.stderr is None or not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit=" patients", file=sys.stderr) as bar:
        yield lambda done, total: bar.update(done - bar.n)


def _tell(result: Result, *, machine: bool) -> None:
    balance = result.balance
    told = {
        "export_id": result.export_id,
        "status": result.status.value,
        "patients": result.patients,
        "patients_without_archive": result.patients_without_archive,
        "patients_absent": result.patients_absent,
        "patients_changed": result.patients_changed,
        "announced": balance.announced,
        "found": balance.found,
        "excluded": balance.excluded,
        "selected": balance.selected,
        "written": balance.written,
        "refused": balance.refused,
    }
    if machine:
        print_json(told)
        return
    for name, value in told.items():
        print_row(name.replace("_", " "), value)
