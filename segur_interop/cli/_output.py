"""What every command says, and how."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, Final

from segur_interop.errors import InvalidValue

if TYPE_CHECKING:
    from pathlib import Path

    from segur_interop.errors import SegurError
    from segur_interop.findings import Finding
    from segur_interop.ins import Identity

DONE: Final = 0
REFUSED: Final = 1
FAILED: Final = 2
Command = Callable[[argparse.Namespace], int]


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


def print_findings(findings: Iterable[Finding]) -> None:
    """One line each."""
    for finding in findings:
        print(finding)


def print_json(value: Any) -> None:
    """One line of JSON."""
    print(json.dumps(value, ensure_ascii=False))


def findings_json(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings for machines."""
    return [finding.to_dict() for finding in findings]


def read_json(path: Path, place: str) -> Any:
    """The JSON of a file.

    Raises:
        InvalidValue: it is none.
        OSError: the file cannot be read.
    """
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidValue("not JSON", place=place) from None


def one_line(error: SegurError) -> str:
    """The message of an error, on one line."""
    return " ".join(str(error).split())


def say(message: str, status: int) -> int:
    """One line on the standard error, and the exit status."""
    print(f"segur-interop: {message}", file=sys.stderr)
    return status
