"""`segur-interop wrap | read | show | check | pack | unpack`: documents and their archives."""

from __future__ import annotations

import argparse
import contextlib
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from segur_interop._files import write_whole
from segur_interop.cli._output import (
    DONE,
    FAILED,
    PAGE_SECONDS,
    REFUSED,
    add_command,
    content,
    findings_json,
    one_line,
    print_findings,
    print_identity,
    print_json,
    print_row,
    read_json,
    say,
)
from segur_interop.errors import InvalidValue, SegurError

if TYPE_CHECKING:
    from segur_interop.cda import Document
    from segur_interop.findings import Finding, Report
    from segur_interop.ins import Identity
    from segur_interop.pdf import PdfA
    from segur_interop.xdm import Entry


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
    wrap.add_argument(
        "--skip-page-check",
        action="store_true",
        help="do not look on page 1 for a Datamatrix INS of another person",
    )

    read = add_command(groups, "read", read_document, "show the header of a CDA document")
    read.add_argument("file", metavar="FILE", type=Path)
    read.add_argument(
        "--pdf", metavar="FILE", type=Path,
        help="write the PDF of the body there, or the PDF copy of a structured one",
    )  # fmt: skip
    read.add_argument(
        "--records",
        action="store_true",
        help="print the results, treatments … of a structured body: one JSON object a line",
    )

    show = add_command(
        groups, "show", show_document, "make an HTML page of a CDA document", machine=False
    )
    show.add_argument("file", metavar="FILE", type=Path)
    show.add_argument("-o", "--output", metavar="FILE", type=Path, required=True)
    show.add_argument(
        "--mask", metavar="CODE", action="append", default=[],
        help="what the metadata hide it from: MASQUE_PS, INVISIBLE_PATIENT, "
        "INVISIBLE_REPRESENTANTS_LEGAUX; may be given again",
    )  # fmt: skip
    show.add_argument(
        "--forward", action="store_true", help="draw the Datamatrix of the INS that was received"
    )

    check = add_command(groups, "check", check_documents, "judge CDA documents")
    check.add_argument("files", metavar="FILE", nargs="+", type=Path)
    check.add_argument("--kit", metavar="DIR", type=Path, help="also run the ANS kit found there")

    pack = add_command(
        groups, "pack", pack_documents, "make an IHE_XDM archive of CDA documents", machine=False
    )
    pack.add_argument("files", metavar="FILE", nargs="+", type=Path)
    pack.add_argument(
        "--source", metavar="FILE", type=Path, required=True, help="JSON: the structure that sends"
    )
    pack.add_argument("-o", "--output", metavar="FILE", type=Path, default=Path("IHE_XDM.ZIP"))
    pack.add_argument("--compression", choices=("stored", "deflate"), default="stored")
    pack.add_argument(
        "--forward",
        action="store_true",
        help="hand on an INS that was received in the documents, as a relay does",
    )

    unpack = add_command(groups, "unpack", unpack_archive, "read an IHE_XDM archive")
    unpack.add_argument("file", metavar="FILE", type=Path)
    unpack.add_argument(
        "--into", metavar="DIR", type=Path, help="write its files there, under neutral names"
    )


def wrap_pdf(arguments: argparse.Namespace) -> int:
    """Write the document; every defect, and what the file lost on its way, is told."""
    from segur_interop import cda, pdf
    from segur_interop.cli._context import wrap_context
    from segur_interop.errors import InvalidDocument

    context = wrap_context(read_json(arguments.context, "context"))
    identity = context["patient"].identity
    given = content(arguments.file)
    body = pdf.convert(given) if arguments.convert else pdf.PdfA.read(given)
    if not arguments.skip_page_check and (
        found := _page_findings(body, identity, stamp=arguments.stamp)
    ):
        for finding in found:
            say(f"{finding}; --skip-page-check does not look", REFUSED)
        return REFUSED
    if arguments.stamp:
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
    print_findings(body.report)
    if arguments.stamp and not identity.may_transmit_ins:
        print("stamped with the traits alone: the identity may not transmit an INS")
    print_findings(document.reading)
    return DONE


def _page_findings(body: PdfA, identity: Identity, *, stamp: bool) -> tuple[Finding, ...]:
    """Why page 1 does not speak of this patient, or takes no stamp, or could not be searched."""
    from segur_interop import ins
    from segur_interop.cda._shown import contradictions
    from segur_interop.findings import Finding, Severity

    scan = ins.scan(bytes(body), pages=[1], time_limit=PAGE_SECONDS)
    shown = [finding for one in scan.identities for finding in contradictions(one, identity)]
    missing = [
        Finding(rule="ins.scan", message=reason, severity=Severity.ERROR, place="page 1")
        for reason in scan.report().not_run
    ]
    twice = Finding(
        rule="pdf.stamp", message="already shows a Datamatrix", severity=Severity.ERROR,
        place="page 1",
    )  # fmt: skip
    return (*shown, *missing, *([twice] if stamp and scan.symbols else []))


def read_document(arguments: argparse.Namespace) -> int:
    """Show who, what and when; 1 when the document breaks a rule."""
    from segur_interop import cda
    from segur_interop.findings import Severity

    document = cda.read(content(arguments.file))
    if arguments.pdf is not None:
        body = document.pdf or document.pdf_copy
        if body is None:
            return say("the body is no PDF and holds no PDF copy", REFUSED)
        _write_beside(arguments.pdf, arguments.file, body)
    if arguments.records:
        return _print_records(document)
    if arguments.json:
        print_json(_document_json(document))
    else:
        _print_document(document)
    broken = any(finding.severity is Severity.ERROR for finding in document.findings)
    return REFUSED if broken else DONE


def show_document(arguments: argparse.Namespace) -> int:
    """Write the page; what is odd in the document is told in it, whatever its number."""
    from segur_interop import cda

    document = cda.read(content(arguments.file))
    page = document.render(masks=arguments.mask, forward=arguments.forward)
    _write_beside(arguments.output, arguments.file, page.encode())
    return DONE


def _write_beside(output: Path, read: Path, octets: bytes) -> None:
    """Write what a document gives, never in its place: it may be the only copy.

    Raises:
        InvalidValue: both are one file.
        OSError: it cannot be written.
    """
    is_same = False
    with contextlib.suppress(OSError, ValueError):
        is_same = output.samefile(read)
    if is_same:
        raise InvalidValue("the file that is read would be lost", place="output")
    write_whole(output, [octets])


def _print_records(document: Document) -> int:
    """One line a record, then one a finding; 1 when something in the body is wrong."""
    from segur_interop import cda
    from segur_interop.findings import Severity

    for family in cda.FAMILIES:
        for row in document.to_frame(family):
            print_json({"family": family, **row})
    findings = document.structured().findings
    for finding in findings:
        print_json({"family": "findings", **finding.to_dict()})
    broken = any(finding.severity is Severity.ERROR for finding in findings)
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
    from segur_interop import cda

    status = DONE
    read: dict[int, Document] = {}
    for rank, path in enumerate(arguments.files, start=1):
        try:
            read[rank] = cda.read(content(path))
        except SegurError as error:
            status = max(status, say(f"file {rank}: {one_line(error)}", REFUSED))
        except OSError as error:
            status = max(status, say(f"file {rank}: {error.strerror}", FAILED))
    for rank, document in read.items():
        status = max(status, _told(rank, document.check(), as_json=arguments.json))
    if arguments.kit is not None:
        from segur_interop import conformance

        reports = conformance.check_many(read.values(), arguments.kit)
        for rank, report in zip(read, reports, strict=True):
            status = max(status, _told(rank, report, as_json=arguments.json))
    return status


def _told(rank: int, report: Report, *, as_json: bool) -> int:
    if as_json:
        print_json({"file": rank, **report.to_dict()})
    else:
        print(f"file {rank}: {report}")
    return DONE if report else REFUSED


def pack_documents(arguments: argparse.Namespace) -> int:
    """Write the archive; what was left out is told."""
    from segur_interop import cda, xdm
    from segur_interop.cli._context import organization

    source = organization(read_json(arguments.source, "source"), "source")
    archive = xdm.pack(
        [cda.read(content(path)) for path in arguments.files],
        source=source,
        compression=arguments.compression,
        forward=arguments.forward,
    )
    archive.save(arguments.output)
    print_findings(archive.findings)
    return DONE


def unpack_archive(arguments: argparse.Namespace) -> int:
    """List what an archive holds, and write it; 1 when something in it is wrong."""
    from segur_interop import xdm
    from segur_interop.findings import Severity

    archive = xdm.unpack(content(arguments.file))
    entries = [*archive.entries, *archive.unlisted]
    if arguments.into is not None:
        arguments.into.mkdir(parents=True, exist_ok=True)
        for rank, entry in enumerate(entries, start=1):
            with entry.open() as stream:
                chunks = iter(functools.partial(stream.read, _CHUNK), b"")
                write_whole(arguments.into / f"{rank:04d}{_suffix(entry)}", chunks)
    documents = archive.documents
    if arguments.json:
        print_json(
            {
                "documents": [_document_json(document) for document in documents],
                "files": len(entries),
                "findings": findings_json(archive.findings),
            }
        )
    else:
        for document in documents:
            _print_document(document)
            print()
        print(f"{len(entries)} file(s), {len(documents)} CDA document(s)")
        print_findings(archive.findings)
    told = [*archive.findings, *(item for document in documents for item in document.findings)]
    broken = any(finding.severity is Severity.ERROR for finding in told)
    return REFUSED if broken else DONE


_CHUNK = 1 << 20
_SUFFIXES = {"application/pdf": ".pdf", "text/plain": ".txt", "text/html": ".htm"}


def _suffix(entry: Entry) -> str:
    """From the announced type: the names of an archive are its sender's."""
    if entry.is_cda:
        return ".xml"
    kind = entry.metadata.mime_type.partition(";")[0].strip().lower()
    return _SUFFIXES.get(kind, ".bin")
