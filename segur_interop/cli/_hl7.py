"""`segur-interop hl7 read`, and the group of the message commands."""

from __future__ import annotations

import argparse
import dataclasses
import os
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segur_interop._files import write_whole
from segur_interop.cli import _mllp
from segur_interop.cli._output import (
    DONE,
    FAILED,
    REFUSED,
    add_command,
    content,
    findings_json,
    one_line,
    print_findings,
    print_json,
    print_row,
    say,
)
from segur_interop.errors import InvalidValue, MessageError, SegurError

if TYPE_CHECKING:
    from segur_interop.findings import Finding
    from segur_interop.hl7 import Message, Transport

__all__ = ["commands"]


def commands(parser: argparse.ArgumentParser) -> None:
    """Declare the commands."""
    group = parser.add_subparsers(metavar="COMMAND", required=True)
    read = add_command(
        group, "read", hl7_read, "tell what a message is and asks for, without naming anybody"
    )
    read.add_argument("files", metavar="FILE", nargs="+", type=Path, help="one message each")
    read.add_argument(
        "-o", "--output", metavar="DIR", type=Path,
        help="write their documents there: 0001.xml …, numbered through all files",
    )  # fmt: skip
    read.add_argument("--force", action="store_true", help="replace documents that stand there")
    read.add_argument("--charset", help="character set to use whatever MSH-18 says")
    _mllp.add_commands(group)


def hl7_read(arguments: argparse.Namespace) -> int:
    """Print what was read; 1 when a message is not to be acted upon, 2 when a file is not read."""
    several, written, status = len(arguments.files) > 1, 0, DONE
    for rank, path in enumerate(arguments.files, 1):
        try:
            place = {"file": rank} if several else {}
            one, count = _read_one(path, arguments, written, place)
        except (SegurError, OSError) as error:
            if not several:
                raise
            one, count = _unread(error, rank), 0
        status, written = max(status, one), written + count
    return status


def _unread(error: SegurError | OSError, rank: int) -> int:
    if isinstance(error, SegurError):
        return say(f"file {rank}: {one_line(error)}", REFUSED)
    return say(f"file {rank}: {error.strerror or type(error).__name__}", FAILED)


def _read_one(
    path: Path, arguments: argparse.Namespace, before: int, place: dict[str, int]
) -> tuple[int, int]:
    """The status of one message, and how many documents of it were written."""
    from segur_interop import hl7
    from segur_interop.findings import Severity

    message = hl7.parse(content(path), charset=arguments.charset)
    told, findings, transport = _read(message)
    facts = place | told
    if arguments.output is not None:
        if transport is None:
            raise MessageError("only an ORU, OUL or MDM carries documents")
        facts["written"] = _extract(transport, arguments.output, before, force=arguments.force)
    if arguments.json:
        print_json({**facts, "findings": findings_json(findings)})
    else:
        for name, value in facts.items():
            print_row(name.replace("_", " "), _shown(value))
        print_findings(findings)
    broken = any(finding.severity is Severity.ERROR for finding in findings)
    status = REFUSED if broken or facts.get("accepted") is False else DONE
    return status, facts.get("written", 0)


def _shown(value: Any) -> Any:
    if isinstance(value, list):
        return ", ".join(value) or "-"
    if isinstance(value, dict):
        return ", ".join(f"{count} {name}" for name, count in value.items()) or "-"
    words = {"True": "yes", "False": "no", "None": "-"}
    return words.get(str(value), value)


def _read(message: Message) -> tuple[dict[str, Any], tuple[Finding, ...], Transport | None]:
    """What may be told of a message, its findings, and the Transport when it is one."""
    from segur_interop import hl7

    code = message.message_type[0]
    if code == "ADT":
        event = hl7.read_adt(message)
        facts = {"message": f"ADT {event.trigger}", "integrable": event.is_integrable,
                 "replaces": len(event.replaced)}  # fmt: skip
        return facts, event.findings, None
    if code == "ZAM":
        accuse = hl7.read_zam(message)
        return {"message": f"ZAM {accuse.trigger}", "accepted": accuse.accepted,
                "error": bool(accuse.error)}, accuse.findings, None  # fmt: skip
    if code in ("ACK", "MCF"):
        answer = hl7.read_ack(message)
        conditions = [item.code or item.condition for item in answer.errors]
        return {"message": code, "code": answer.code, "accepted": answer.accepted,
                "errors": conditions}, answer.findings, None  # fmt: skip
    transport = hl7.read_transport(message)
    return _facts(transport), transport.findings, transport


def _facts(transport: Transport) -> dict[str, Any]:
    flags = {
        item.name: value
        for item in dataclasses.fields(transport.actions)
        if isinstance(value := getattr(transport.actions, item.name), bool) or value is None
    }
    types = [item.type for item in transport.documents] + [item.type for item in transport.pdfs]
    kinds = [kind.code.code if kind else "?" for kind in types]
    control = transport.control
    return {
        "message": f"{transport.kind} {transport.trigger}",
        "volet": transport.version or None,
        "control": control.name.lower() if control else None,
        "documents": len(transport.documents),
        "pdfs": len(transport.pdfs),
        "kinds": kinds,
        "asked": [name for name, value in flags.items() if value],
        "not_told": [name for name, value in flags.items() if value is None],
        "recipients": dict(Counter(item.kind for item in transport.recipients)),
        "integrable": transport.is_integrable,
        "dmp_allowed": transport.dmp_allowed,
        "mssante_ps_allowed": transport.mssante_ps_allowed,
        "mssante_patient_allowed": transport.mssante_patient_allowed,
    }


def _extract(transport: Transport, folder: Path, before: int, *, force: bool) -> int:
    """Write each document whole, under a neutral name; how many.

    Raises:
        InvalidValue: one of the names is taken, and nothing of the message is written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found = [(document.chunks(), "xml") for document in transport.documents]
    found += [(iter([carried.octets]), "pdf") for carried in transport.pdfs]
    named = [
        (folder / f"{rank:04d}.{suffix}", chunks)
        for rank, (chunks, suffix) in enumerate(found, before + 1)
    ]
    if not force and any(os.path.lexists(path) for path, _ in named):
        raise InvalidValue("documents of another run stand there: another folder, or --force",
                           place="output")  # fmt: skip
    for path, chunks in named:
        write_whole(path, chunks)
    return len(named)
