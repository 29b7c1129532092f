"""`segur-interop ins`: decode, scan, draw, key."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segur_interop._files import write_whole
from segur_interop.cli._output import (
    DONE,
    FAILED,
    REFUSED,
    add_command,
    content,
    findings_json,
    one_line,
    print_findings,
    print_identity,
    print_json,
    read_json,
    read_stdin,
    say,
)
from segur_interop.errors import InvalidDatamatrix, SegurError
from segur_interop.findings import Severity

if TYPE_CHECKING:
    from segur_interop.ins import Identity, Scan


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
    key.add_argument(
        "matricule", help="13 characters, or 15 to check the key; - reads it from stdin"
    )


def ins_decode(arguments: argparse.Namespace) -> int:
    """Print the identity that a payload asserts; 1 when it may not be trusted as read."""
    from segur_interop import ins

    text = read_stdin() if arguments.text == "-" else arguments.text
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
    return DONE if _is_sound(identity) else REFUSED


def _is_sound(identity: Identity) -> bool:
    """No error, and the key of a number of production is right."""
    matricule = identity.matricule
    wrong_key = matricule is not None and matricule.is_production and not matricule.is_valid
    return not wrong_key and all(item.severity < Severity.ERROR for item in identity.findings)


def ins_scan(arguments: argparse.Namespace) -> int:
    """Print every Datamatrix INS of the files; 1 when one holds none, or is not sound."""
    from segur_interop import ins

    status = DONE
    for rank, path in enumerate(arguments.files, start=1):
        try:
            scan = ins.scan(content(path), second_opinion=arguments.second_opinion)
        except SegurError as error:
            status = max(status, say(f"file {rank}: {one_line(error)}", REFUSED))
        except OSError as error:
            status = max(status, say(f"file {rank}: {error.strerror}", FAILED))
        else:
            status = max(status, _scanned(rank, scan, as_json=arguments.json))
    return status


def _scanned(rank: int, scan: Scan, *, as_json: bool) -> int:
    report = scan.report()
    found = [(symbol.page, symbol.identity) for symbol in scan.symbols if symbol.identity]
    if as_json:
        symbols = [{"page": page, **_identity_json(identity)} for page, identity in found]
        findings = findings_json(scan.findings)
        verdict = report.verdict.value
        print_json({"file": rank, "verdict": verdict, "symbols": symbols, "findings": findings})
    else:
        for page, identity in found:
            print(f"file {rank}, page {page}")
            print_identity(identity)
            print_findings(identity.findings)
        print_findings(scan.findings)
    if not found:
        searched = "no Datamatrix INS" if report else "not searched whole, no Datamatrix INS found"
        return say(f"file {rank}: {searched}", REFUSED)
    return DONE if report and all(_is_sound(identity) for _, identity in found) else REFUSED


def ins_draw(arguments: argparse.Namespace) -> int:
    """Write the symbol of an identity as SVG or PNG."""
    from segur_interop import ins

    suffix = arguments.output.suffix.lower()
    if suffix not in {".svg", ".png"}:
        return say("the output ends in .svg or .png", FAILED)
    data = read_json(arguments.identity, "identity")
    if isinstance(data, dict) and "identity" in data:
        data = data["identity"]  # what `ins decode --json` prints
    identity = ins.Identity.from_dict(data)
    drawing = ins.draw(identity, format="svg" if suffix == ".svg" else "png")
    write_whole(arguments.output, [drawing])
    return DONE


def ins_key(arguments: argparse.Namespace) -> int:
    """Print the key of 13 characters, or say whether the key of 15 is right."""
    from segur_interop import ins

    text = arguments.matricule
    if text == "-":
        text = read_stdin().decode("ascii", "replace")
    compact = "".join(text.split()).replace(".", "").upper()
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
