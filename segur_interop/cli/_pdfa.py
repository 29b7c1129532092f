"""`segur-interop pdfa`: check, convert, stamp."""

from __future__ import annotations

import argparse
from pathlib import Path

from segur_interop.cli._output import (
    DONE,
    FAILED,
    PAGE_SECONDS,
    REFUSED,
    add_command,
    content,
    one_line,
    print_findings,
    print_json,
    read_json,
    say,
)
from segur_interop.errors import SegurError


def commands(parser: argparse.ArgumentParser) -> None:
    """Declare the commands."""
    group = parser.add_subparsers(metavar="COMMAND", required=True)

    check = add_command(group, "check", pdfa_check, "say whether PDF files are PDF/A-1b")
    check.add_argument("files", metavar="FILE", nargs="+", type=Path)

    convert = add_command(
        group, "convert", pdfa_convert, "make a PDF/A-1b; what was lost is told", machine=False
    )
    convert.add_argument("file", metavar="FILE", type=Path)
    convert.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)
    convert.add_argument("--how", choices=("auto", "repair", "ghostscript"), default="auto")
    convert.add_argument(
        "--allow-signed", action="store_true", help="convert a signed file, losing its signature"
    )

    stamp = add_command(
        group, "stamp", pdfa_stamp, "print the identity and its Datamatrix on page 1", machine=False
    )
    stamp.add_argument("file", metavar="FILE", type=Path, help="a PDF/A-1b")
    stamp.add_argument(
        "--identity", metavar="FILE", type=Path, required=True, help="as Identity.to_dict() writes"
    )
    stamp.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)
    stamp.add_argument(
        "--place",
        choices=("top-right", "top-left", "bottom-right", "bottom-left"),
        default="top-right",
    )
    stamp.add_argument(
        "--skip-page-check",
        action="store_true",
        help="do not look first whether page 1 shows a Datamatrix already",
    )
    stamp.add_argument("--traits-only", action="store_true", help="no matricule and no Datamatrix")


def pdfa_check(arguments: argparse.Namespace) -> int:
    """Judge each file; 1 when one is not PDF/A-1b."""
    from segur_interop import pdf

    status = DONE
    for rank, path in enumerate(arguments.files, start=1):
        try:
            report = pdf.check(content(path))
        except SegurError as error:
            status = max(status, say(f"file {rank}: {one_line(error)}", REFUSED))
            continue
        except OSError as error:
            status = max(status, say(f"file {rank}: {error.strerror}", FAILED))
            continue
        if arguments.json:
            print_json({"file": rank, **report.to_dict()})
        else:
            print(f"file {rank}: {report}")
        status = max(status, DONE if report else REFUSED)
    return status


def pdfa_convert(arguments: argparse.Namespace) -> int:
    """Write a PDF/A-1b, and tell what changed."""
    from segur_interop import pdf

    converted = pdf.convert(
        content(arguments.file), how=arguments.how, allow_signed=arguments.allow_signed
    )
    converted.save(arguments.output)
    print_findings(converted.report)
    return DONE


def pdfa_stamp(arguments: argparse.Namespace) -> int:
    """Write the stamped file."""
    from segur_interop import ins, pdf

    identity = ins.Identity.from_dict(read_json(arguments.identity, "identity"))
    stamped = pdf.stamp(
        pdf.PdfA.read(content(arguments.file)),
        identity,
        place=arguments.place,
        traits_only=arguments.traits_only,
        search_symbol=not arguments.skip_page_check,
        time_limit=PAGE_SECONDS,
    )
    stamped.save(arguments.output)
    print_findings(stamped.report)
    return DONE
