"""The command `segur-interop`: one public function of the library behind each command.

Human text by default, `--json` for machines. Exit status: 0 done and sound, 1 the answer is no
(refused, not found, a wrong key), 2 the command could not be carried out (usage, file).
Errors are one line on the standard error and hold no personal data; a file is named by its rank
on the command line, as a path may hold a name.
"""

from __future__ import annotations

import argparse
import io
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import segur_interop
from segur_interop.errors import InvalidDatamatrix, InvalidValue, SegurError

if TYPE_CHECKING:
    from segur_interop.findings import Finding
    from segur_interop.ins import Identity

__all__ = ["main"]

DONE, REFUSED, FAILED = 0, 1, 2
Command = Callable[[argparse.Namespace], int]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    arguments = _parser().parse_args(argv)
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")
    try:
        status: int = arguments.command(arguments)
        sys.stdout.flush()
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has left: nothing more to say
        return FAILED
    except SegurError as error:
        return _say(_one_line(error), REFUSED)
    except OSError as error:
        return _say(error.strerror or type(error).__name__, FAILED)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="segur-interop", description="French health interoperability from the command line."
    )
    parser.add_argument("--version", action="version", version=segur_interop.__version__)
    groups = parser.add_subparsers(metavar="GROUP", required=True)
    _ins_commands(groups.add_parser("ins", help="the national health identity (INS)"))
    return parser


def _ins_commands(parser: argparse.ArgumentParser) -> None:
    commands = parser.add_subparsers(metavar="COMMAND", required=True)

    decode = _command(commands, "decode", ins_decode, "read the text of a Datamatrix INS")
    decode.add_argument("text", metavar="TEXT", help="what the scanner gave; - reads it from stdin")
    decode.add_argument("--lenient", action="store_true", help="accept what hand scanners lose")

    scan = _command(commands, "scan", ins_scan, "find Datamatrix INS in images and PDF files")
    scan.add_argument("files", metavar="FILE", nargs="+", type=Path)
    scan.add_argument(
        "--second-opinion", action="store_true", help="ask a second decoder and tell differences"
    )

    draw = _command(commands, "draw", ins_draw, "draw the Datamatrix INS of an identity")
    draw.add_argument(
        "--identity", "--json", dest="identity", metavar="FILE", type=Path, required=True,
        help="the identity, as Identity.to_dict() writes it",
    )  # fmt: skip
    draw.add_argument(
        "-o", "--output", metavar="FILE", type=Path, required=True, help="OUT.svg or OUT.png"
    )

    key = _command(commands, "key", ins_key, "compute the key of a matricule, or check it")
    key.add_argument("matricule", help="13 characters, or 15 to check the key")


def _command(commands: Any, name: str, run: Command, summary: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(name, help=summary, description=summary)
    parser.set_defaults(command=run)
    if name != "draw":
        parser.add_argument("--json", action="store_true", help="machine-readable output")
    return parser


def ins_decode(arguments: argparse.Namespace) -> int:
    """Print the identity that a payload asserts."""
    from segur_interop import ins

    text = sys.stdin.read().rstrip("\r\n") if arguments.text == "-" else arguments.text
    try:
        identity = ins.decode(text, lenient=arguments.lenient)
    except InvalidDatamatrix as error:
        hint = "" if arguments.lenient else "; --lenient reads what hand scanners lose"
        return _say(f"{_one_line(error)}{hint}", REFUSED)
    if arguments.json:
        _print_json(_identity_json(identity))
    else:
        _print_identity(identity)
    return DONE


def ins_scan(arguments: argparse.Namespace) -> int:
    """Print every Datamatrix INS of the files; 1 when a file holds none."""
    from segur_interop import ins

    status = DONE
    for rank, path in enumerate(arguments.files, start=1):
        try:
            scan = ins.scan(path, second_opinion=arguments.second_opinion)
        except SegurError as error:
            status = max(status, _say(f"file {rank}: {_one_line(error)}", REFUSED))
            continue
        except OSError as error:
            status = max(status, _say(f"file {rank}: {error.strerror}", FAILED))
            continue
        found = [symbol for symbol in scan.symbols if symbol.identity is not None]
        if not found:
            status = max(status, _say(f"file {rank}: no Datamatrix INS", REFUSED))
        if arguments.json:
            _print_json(
                {
                    "file": rank,
                    "symbols": [
                        {"page": symbol.page, **_identity_json(symbol.identity)}
                        for symbol in found
                        if symbol.identity is not None
                    ],
                    "findings": [finding.to_dict() for finding in scan.findings],
                }
            )
            continue
        for symbol in found:
            print(f"file {rank}, page {symbol.page}")
            if symbol.identity is not None:
                _print_identity(symbol.identity)
        _print_findings(scan.findings)
    return status


def ins_draw(arguments: argparse.Namespace) -> int:
    """Write the symbol of an identity as SVG or PNG."""
    from segur_interop import ins

    suffix = arguments.output.suffix.lower()
    if suffix not in {".svg", ".png"}:
        return _say("the output ends in .svg or .png", FAILED)
    try:
        data = json.loads(arguments.identity.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise InvalidValue("not JSON", place="identity") from None
    identity = ins.Identity.from_dict(data)
    drawing = ins.draw(identity, format="svg" if suffix == ".svg" else "png")
    arguments.output.write_bytes(drawing)
    return DONE


def ins_key(arguments: argparse.Namespace) -> int:
    """Print the key of 13 characters, or say whether the key of 15 is right."""
    from segur_interop import ins

    compact = "".join(arguments.matricule.split()).replace(".", "").upper()
    if len(compact) == len("2790351215189"):
        key = ins.matricule_key(compact)
        if arguments.json:
            _print_json({"key": key})
        else:
            print(key)
        return DONE
    valid = ins.Matricule.parse(compact).is_valid
    if arguments.json:
        _print_json({"valid": valid})
    else:
        print("the key is right" if valid else "the key is wrong")
    return DONE if valid else REFUSED


_LABELS = (
    ("nom de naissance", "birth_name"),
    ("prénoms de naissance", "birth_given_names"),
    ("date de naissance", "birth_date"),
    ("sexe", "sex"),
    ("lieu de naissance (COG)", "birth_place"),
)


def _print_identity(identity: Identity) -> None:
    rows = [(label, getattr(identity, name)) for label, name in _LABELS]
    if identity.matricule is not None:
        kind = identity.matricule.kind
        rows.append(("matricule INS", identity.matricule.value))
        rows.append(("nature", kind.name if kind else ""))
    for label, value in rows:
        text = getattr(value, "value", value)
        print(f"{label:<24} {'' if text is None else text}")
    _print_findings(identity.findings)


def _print_findings(findings: Sequence[Finding]) -> None:
    for finding in findings:
        print(finding)


def _identity_json(identity: Identity) -> dict[str, Any]:
    return {
        "identity": identity.to_dict(),
        "findings": [finding.to_dict() for finding in identity.findings],
    }


def _print_json(value: Any) -> None:
    print(json.dumps(value, ensure_ascii=False))


def _one_line(error: SegurError) -> str:
    return " ".join(str(error).split())


def _say(message: str, status: int) -> int:
    print(f"segur-interop: {message}", file=sys.stderr)
    return status


if __name__ == "__main__":
    raise SystemExit(main())
