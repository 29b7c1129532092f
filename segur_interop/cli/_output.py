"""What every command says, and how."""

from __future__ import annotations

import argparse
import errno
import json
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final, NoReturn

from segur_interop._source import Source, read_source
from segur_interop.errors import InvalidValue

if TYPE_CHECKING:
    from pathlib import Path

    from segur_interop.errors import SegurError
    from segur_interop.findings import Finding
    from segur_interop.ins import Identity

DONE: Final = 0
REFUSED: Final = 1
FAILED: Final = 2
INTERRUPTED: Final = 130
PAGE_SECONDS: Final = 20.0
"""Given to searching page 1 for a Datamatrix."""

Command = Callable[[argparse.Namespace], int]


class Parser(argparse.ArgumentParser):
    """A parser whose errors repeat nothing of what was typed: it may be a person."""

    def error(self, message: str) -> NoReturn:
        """Say what is wrong with the command line, and exit with 2."""
        if not message.startswith("the following arguments are required"):
            message = f"{message.partition(':')[0]}: not understood"
        say(f"{message}; see {self.prog} --help", FAILED)
        raise SystemExit(FAILED)


def add_command(
    commands: Any, name: str, run: Command, summary: str, *, machine: bool = True
) -> argparse.ArgumentParser:
    """A sub-command that runs `run`; `machine` adds `--json`."""
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(command=run)
    if machine:
        parser.add_argument("--json", action="store_true", help="machine-readable output")
    return parser


_LABELS: Final = (
    ("nom de naissance", "birth_name"),
    ("prénoms de naissance", "birth_given_names"),
    ("date de naissance", "birth_date"),
    ("sexe", "sex"),
    ("lieu de naissance (COG)", "birth_place"),
)


def print_row(label: str, value: object) -> None:
    """One labelled value."""
    text = getattr(value, "value", value)
    print(f"{label:<24} {'' if text is None else text}")


def print_identity(identity: Identity) -> None:
    """The traits and the matricule, in clear: the person at the terminal asked for them."""
    for label, name in _LABELS:
        print_row(label, getattr(identity, name))
    if identity.matricule is not None:
        kind = identity.matricule.kind
        print_row("matricule INS", identity.matricule.value)
        print_row("nature", kind.name if kind else "")
    word = "selon l'émetteur" if identity.asserted else "ici"
    print_row("statut", f"{identity.status.name} ({word})")


def print_findings(findings: Iterable[Finding]) -> None:
    """One line each."""
    for finding in findings:
        print(finding)


def print_json(value: Any) -> None:
    """One line of JSON, in ASCII."""
    print(json.dumps(value))


def findings_json(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings for machines."""
    return [finding.to_dict() for finding in findings]


def read_json(path: Path, place: str) -> Any:
    """The JSON of a file.

    Raises:
        InvalidValue: it is none, is larger than 10 MB, or gives a key twice.
        OSError: the file cannot be read.
    """
    data = read_source(content(path), max_bytes=_MAX_JSON, error=InvalidValue)
    try:
        return json.loads(data.decode("utf-8-sig"), object_pairs_hook=_distinct)
    except (ValueError, RecursionError):
        raise InvalidValue("not JSON, or a key given twice", place=place) from None


_MAX_JSON: Final = 10_000_000
_MAX_TEXT: Final = 100_000
_MAX_PIPED: Final = 200_000_000


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise ValueError
    return made


def content(path: Path) -> Source:
    """The file to read, as the library takes it; for `-`, what is piped.

    Raises:
        InvalidValue: nothing, or more than 200 MB, on the standard input.
        OSError: there is no standard input.
    """
    if str(path) != "-":
        return path
    octets = _stdin(_MAX_PIPED)
    if not octets:
        raise InvalidValue("nothing there, or read already", place="standard input")
    return octets


def read_stdin() -> bytes:
    """What was typed or piped, its last line end left out.

    Raises:
        InvalidValue: more than 100 000 bytes.
        OSError: there is no standard input.
    """
    return _stdin(_MAX_TEXT).rstrip(b"\r\n")


def _stdin(most: int) -> bytes:
    if sys.stdin is None:
        raise OSError(errno.EBADF, "no standard input")
    data = getattr(sys.stdin, "buffer", sys.stdin).read(most + 1)
    if len(data) > most:
        raise InvalidValue(f"more than {most} bytes", place="standard input")
    return data.encode() if isinstance(data, str) else data


def one_line(error: SegurError) -> str:
    """The message of an error, on one line."""
    return " ".join(str(error).split())


def say(message: str, status: int) -> int:
    """One line on the standard error, and the exit status."""
    if sys.stderr is not None:
        print(f"segur-interop: {message}", file=sys.stderr)
    return status
