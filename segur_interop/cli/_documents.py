"""`segur-interop wrap | read | check | pack | unpack`: documents and their archives."""

from __future__ import annotations

import argparse
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
    print_row,
    read_json,
    say,
)
from segur_interop.errors import SegurError

if TYPE_CHECKING:
    from segur_interop.cda import Document
    from segur_interop.findings import Report


def commands(groups: Any) -> None:
    """Declare the commands."""
    wrap = add_command(
        groups, "wrap", wrap_pdf, "make a CDA R2 level 1 of a PDF/A-1", machine=False
    )
    wrap.add_argument("file", metavar="PDF", type=Path)
    wrap.add_argument(
        "--context", metavar="FILE", type=Path, required=True,
        help="JSON: patient, author, custodian, type, title, created, performed, setting …",
    )  # fmt: skip
    wrap.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)
    wrap.add_argument(
        "--convert", action="store_true", help="convert a PDF that is not PDF/A-1 first"
    )
    wrap.add_argument(
        "--stamp", action="store_true", help="print the identity and its Datamatrix on page 1"
    )

    read = add_command(groups, "read", read_document, "show the header of a CDA document")
    read.add_argument("file", metavar="FILE", type=Path)
    read.add_argument("--pdf", metavar="FILE", type=Path, help="write the PDF of the body there")

    check = add_command(groups, "check", check_documents, "judge CDA documents")
    check.add_argument("files", metavar="FILE", nargs="+", type=Path)
    check.add_argument("--kit", metavar="DIR", type=Path, help="also run the ANS kit found there")


def wrap_pdf(arguments: argparse.Namespace) -> int:
    """Write the document; every defect is told at once."""
    from segur_interop import cda, pdf
    from segur_interop.cli._context import wrap_context
    from segur_interop.errors import InvalidDocument

    context = wrap_context(read_json(arguments.context, "context"))
    body = pdf.convert(arguments.file) if arguments.convert else pdf.PdfA.read(arguments.file)
    if arguments.stamp:
        identity = context["patient"].identity
        body = pdf.stamp(body, identity, traits_only=not identity.may_transmit_ins)
    try:
        document = cda.wrap(body, **context)
    except InvalidDocument as error:
        if error.report is None:
            raise
        for finding in error.report.errors:
            say(str(finding), REFUSED)
        return REFUSED
    document.save(arguments.output)
    print_findings(document.reading)
    return DONE


def read_document(arguments: argparse.Namespace) -> int:
    """Show who, what and when; 1 when the document breaks a rule."""
    from segur_interop import cda
    from segur_interop.findings import Severity

    document = cda.read(arguments.file)
    if arguments.pdf is not None:
        body = document.pdf
        if body is None:
            return say("the body is no PDF", REFUSED)
        arguments.pdf.write_bytes(body)
    if arguments.json:
        print_json(_document_json(document))
    else:
        _print_document(document)
    broken = any(finding.severity is Severity.ERROR for finding in document.findings)
    return REFUSED if broken else DONE


def _document_json(document: Document) -> dict[str, Any]:
    return {
        "id": document.id.root if document.id else None,
        "type": document.code.code if document.code else None,
        "title": document.title,
        "created": str(document.created) if document.created else None,
        "version": document.version,
        "level": document.level,
        "signed": document.signed,
        "patient": document.patient.to_dict(),
        "findings": findings_json(document.findings),
    }


def _print_document(document: Document) -> None:
    code = document.code
    print_row("titre", document.title)
    print_row("type", f"{code.code} {code.label}" if code else None)
    print_row("créé", document.created)
    print_row("version", document.version)
    print_row("niveau", document.level)
    print_identity(document.patient.identity)
    print_findings(document.findings)


def check_documents(arguments: argparse.Namespace) -> int:
    """Judge each document by our rules, and by the kit when it is given."""
    status = DONE
    for rank, path in enumerate(arguments.files, start=1):
        try:
            reports = _reports(path, arguments.kit)
        except SegurError as error:
            status = max(status, say(f"file {rank}: {one_line(error)}", REFUSED))
            continue
        except OSError as error:
            status = max(status, say(f"file {rank}: {error.strerror}", FAILED))
            continue
        for report in reports:
            if arguments.json:
                print_json({"file": rank, **report.to_dict()})
            else:
                print(f"file {rank}: {report}")
        status = max(status, DONE if all(reports) else REFUSED)
    return status


def _reports(path: Path, kit: Path | None) -> list[Report]:
    from segur_interop import cda

    document = cda.read(path)
    reports = [document.check()]
    if kit is not None:
        from segur_interop import conformance

        reports.append(conformance.check(document, kit=kit))
    return reports
