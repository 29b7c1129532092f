"""`segur-interop ins`: decode, scan, draw, key."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segur_interop.cli._output import (
    DONE,
    FAILED,
    REFUSED,
    add_command,
    findings_json,
    one_line,
    print_findings,
    print_identity,
    print_json,
    read_json,
    say,
)
from segur_interop.errors import InvalidDatamatrix, SegurError

if TYPE_CHECKING:
    from segur_interop.ins import Identity


def commands(parser: argparse.ArgumentParser) -> None:
    """Declare the commands."""
    group = parser.add_subparsers(metavar="COMMAND", required=True)

    decode = add_command(group, "decode", ins_decode, "read the text of a Datamatrix INS")
    decode.add_argument("text", metavar="TEXT", help="what the scanner gave; - reads it from stdin")
    decode.add_argument("--lenient", action="store_true", help="accept what hand scanners lose")

    scan = add_command(group, "scan", ins_scan, "find Datamatrix INS in images and PDF files")
    scan.add_argument("files", metavar="FILE", nargs="+", type=Path)
    scan.add_argument(
        "--second-opinion", action="store_true", help="ask a second decoder and tell differences"
    )

    draw = add_command(
        group, "draw", ins_draw, "draw the Datamatrix INS of an identity", machine=False
    )
    draw.add_argument(
        "--identity", "--json", dest="identity", metavar="FILE", type=Path, required=True,
        help="the identity, as Identity.to_dict() writes it",
    )  # fmt: skip
    draw.add_argument(
        "-o", "--output", metavar="FILE", type=Path, required=True, help="OUT.svg or OUT.png"
    )

    key = add_command(group, "key", ins_key, "compute the key of a matricule, or check it")
    key.add_argument("matricule", help="13 characters, or 15 to check the key")


def ins_decode(arguments: argparse.Namespace) -> int:
    """Print the identity that a payload asserts."""
    from segur_interop import ins

    text = sys.stdin.read().rstrip("\r\n") if arguments.text == "-" else arguments.text
    try:
        identity = ins.decode(text, lenient=arguments.lenient)
    except InvalidDatamatrix as error:
        hint = "" if arguments.lenient else "; --lenient reads what hand scanners lose"
        return say(f"{one_line(error)}{hint}", REFUSED)
    if arguments.json:
        print_json(_identity_json(identity))
    else:
        print_identity(identity)
        print_findings(identity.findings)
    return DONE


def ins_scan(arguments: argparse.Namespace) -> int:
    """Print every Datamatrix INS of the files; 1 when a file holds none."""
    from segur_interop import ins

    status = DONE
    for rank, path in enumerate(arguments.files, start=1):
        try:
            scan = ins.scan(path, second_opinion=arguments.second_opinion)
        except SegurError as error:
            status = max(status, say(f"file {rank}: {one_line(error)}", REFUSED))
            continue
        except OSError as error:
            status = max(status, say(f"file {rank}: {error.strerror}", FAILED))
            continue
        found = [symbol for symbol in scan.symbols if symbol.identity is not None]
        if not found:
            status = max(status, say(f"file {rank}: no Datamatrix INS", REFUSED))
        if arguments.json:
            print_json(
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
                print_identity(symbol.identity)
                print_findings(symbol.identity.findings)
        print_findings(scan.findings)
    return status


def ins_draw(arguments: argparse.Namespace) -> int:
    """Write the symbol of an identity as SVG or PNG."""
    from segur_interop import ins

    suffix = arguments.output.suffix.lower()
    if suffix not in {".svg", ".png"}:
        return say("the output ends in .svg or .png", FAILED)
    identity = ins.Identity.from_dict(read_json(arguments.identity, "identity"))
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
            print_json({"key": key})
        else:
            print(key)
        return DONE
    valid = ins.Matricule.parse(compact).is_valid
    if arguments.json:
        print_json({"valid": valid})
    else:
        print("the key is right" if valid else "the key is wrong")
    return DONE if valid else REFUSED


def _identity_json(identity: Identity) -> dict[str, Any]:
    return {"identity": identity.to_dict(), "findings": findings_json(identity.findings)}
