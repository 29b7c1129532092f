"""Any PDF to PDF/A-1b: the same octets, a light repair, or Ghostscript; or a clear refusal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final, Literal

from segur_interop._source import Source, read_source
from segur_interop._types import check_seconds
from segur_interop.errors import CheckNotRun, InvalidValue, MissingDependency, NotPdfA, PdfError
from segur_interop.findings import Finding, Report
from segur_interop.pdf.check import MAX_BYTES
from segur_interop.pdf.pdfa import PdfA

if TYPE_CHECKING:
    from segur_interop.pdf._clauses.judge import Judged

__all__ = ["convert"]

_WAYS: Final = ("auto", "repair", "ghostscript")


def convert(
    source: Source,
    how: Literal["auto", "repair", "ghostscript"] = "auto",
    *,
    allow_signed: bool = False,
    timeout: float = 120.0,
    max_bytes: int = MAX_BYTES,
) -> PdfA:
    """Make a PDF conform to PDF/A-1b; one that does is returned with the very same octets.

    `repair` rewrites metadata and drops what PDF/A forbids without touching what the pages show.
    `ghostscript` has the installed Ghostscript rewrite the file, then repairs. `auto` tries the
    first and, if clauses remain, the second. The result is always checked again. Its
    `report.parts` name each change and each loss; nothing is dropped silently.

    Args:
        source: bytes of the PDF, or the path of its file.
        how: `auto`, `repair` or `ghostscript`.
        allow_signed: accept that the electronic signature of the file no longer holds.
        timeout: seconds given to Ghostscript, and again to comparing the pages: what was not
            compared then is the finding `pdf.conversion.unread`.
        max_bytes: the largest file read, and made by Ghostscript, in bytes.

    Raises:
        NotPdfA: no PDF, truncated, encrypted, signed, without page, or not mended: `report`
            names the clauses that remain.
        MissingDependency: what remains needs Ghostscript, which is not installed.
        PdfError: too large, Ghostscript failed, or the result has not as many pages.
        CheckNotRun: too large or too deep inside to be checked completely.
        OSError: the path cannot be read.
        InvalidValue: another `how`, a timeout that is no number of seconds above 0.
    """
    from segur_interop.pdf._clauses.judge import judge

    if how not in _WAYS:
        raise InvalidValue(f"one of {', '.join(_WAYS)}", place="how")
    check_seconds(timeout, "timeout")
    data = read_source(source, max_bytes=max_bytes, error=PdfError)
    judged = judge(data)
    if judged.report:
        return PdfA.from_judged(data, judged)
    _refuse(judged, allow_signed=allow_signed)
    if judged.report.not_run:
        reasons = "; ".join(judged.report.not_run[:3])
        raise CheckNotRun(f"PDF/A-1b: {reasons}", report=judged.report)
    made = _repaired(data, judged) if how != "ghostscript" else None
    if made is not None and not made[1].report and how == "auto":
        made = _distilled(data, made[1], timeout=timeout, max_bytes=max_bytes)
    if made is None:
        made = _distilled(data, judged, timeout=timeout, max_bytes=max_bytes)
    return _accepted(*made, before=judged.pages)


def _refuse(judged: Judged, *, allow_signed: bool) -> None:
    report = judged.report
    if judged.encrypted or not judged.pages:
        finding = next(f for f in report.errors if f.rule.startswith("pdf."))
        raise NotPdfA(f"{finding.rule}: {finding.message}", place=finding.place, report=report)
    if judged.signed and not allow_signed:
        raise NotPdfA(
            "pdf.signed: holds an electronic signature, which a conversion would break "
            "(allow_signed=True accepts that)",
            report=report,
        )


def _accepted(data: bytes, judged: Judged, changes: Report, *, before: int) -> PdfA:
    if not judged.report.errors:
        if judged.pages != before:
            counts = f"{before} pages before, {judged.pages} after"
            raise PdfError(f"the conversion does not keep the pages: {counts}", report=changes)
        return PdfA.from_judged(data, judged, changes)
    clauses = ", ".join(dict.fromkeys(finding.rule for finding in judged.report.errors))
    raise NotPdfA(f"not mended by {' and '.join(changes.checked)}: {clauses} remain",
                  report=judged.report)  # fmt: skip


def _repaired(data: bytes, judged: Judged) -> tuple[bytes, Judged, Report]:
    from segur_interop.pdf._clauses.judge import judge
    from segur_interop.pdf._conversion.repair import repair

    colors = any(finding.rule == "pdfa.6.2.3.3" for finding in judged.report.errors)
    groups = _groups_are_empty(judged)
    with _rewriting():
        out, findings = repair(data, groups=groups, keep_intent=not colors)
    return out, judge(out), _changes(("repair",), findings, judged)


def _groups_are_empty(judged: Judged) -> bool:
    """No finding of 6.4 but groups themselves: dropping them changes nothing that is seen."""
    return all(
        "group" in finding.message for finding in judged.report.errors if finding.rule == "pdfa.6.4"
    )


def _distilled(
    data: bytes, judged: Judged, *, timeout: float, max_bytes: int
) -> tuple[bytes, Judged, Report]:
    from segur_interop.pdf._clauses.judge import judge
    from segur_interop.pdf._clauses.notes import Notes
    from segur_interop.pdf._conversion.ghostscript import distil
    from segur_interop.pdf._conversion.losses import compare_files
    from segur_interop.pdf._conversion.repair import metadata_of, repair

    try:
        raw = distil(data, timeout=timeout, max_bytes=max_bytes)
    except MissingDependency as error:
        clauses = ", ".join(dict.fromkeys(finding.rule for finding in judged.report.errors))
        raise MissingDependency(f"{clauses}: {error}", report=judged.report) from None
    notes = Notes()
    with _rewriting():
        metadata, lost = metadata_of(data)
        out, findings = repair(raw, groups=True, metadata=metadata)
        compare_files(data, out, notes, time_limit=timeout)
    made = judge(out)
    return (
        out,
        made,
        _changes(("ghostscript", "repair"), (*lost, *findings, *notes.findings), judged),
    )


@contextmanager
def _rewriting() -> Iterator[None]:
    from segur_interop.pdf._reading.objects import MALFORMED

    try:
        yield
    except MALFORMED:
        raise PdfError("the structure of this PDF is too broken to be rewritten") from None


def _changes(checked: tuple[str, ...], findings: tuple[Finding, ...], judged: Judged) -> Report:
    kept = tuple(dict.fromkeys(findings))
    if any(finding.rule == "pdf.malformed" for finding in judged.report.errors):
        kept += (Finding(rule="pdf.repair.structure", message="a broken structure was mended"),)
    if judged.signed:
        kept += (Finding(rule="pdf.signed", message="the electronic signature no longer holds"),)
    return Report(name="conversion", checked=checked, findings=kept, error=PdfError)
