"""`PdfA`: octets that were judged PDF/A-1b; the only body that a CDA document takes."""

from __future__ import annotations

import dataclasses
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from segur_interop._files import write_whole
from segur_interop._source import Source, read_source
from segur_interop.errors import NotPdfA, PdfError
from segur_interop.findings import Report, Verdict
from segur_interop.pdf.check import MAX_BYTES

if TYPE_CHECKING:
    from segur_interop.ins.identity import Identity
    from segur_interop.pdf._clauses.judge import Judged

__all__ = ["PdfA"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class PdfA:
    """A PDF/A-1 file, exactly as read or as made. Build one with `read` or `pdf.convert`.

    Attributes:
        data: its octets, also `bytes(pdfa)`; `len(pdfa)` counts them.
        pages: number of pages.
        title: `dc:title` of its metadata, or None; may name a patient, so it is in no repr.
        signed: it holds an electronic signature, which any change would break.
        report: the checks that it passed; after a conversion, its parts say what was changed.
        identity: whom `pdf.stamp` or `pdf.compose` printed on it, without matricule where none
            was printed: `cda.wrap` refuses it under another patient. None for a file that was
            read, whose pages nothing here looks at. In no repr, and no part of equality.
    """

    data: bytes
    pages: int
    title: str | None
    signed: bool
    report: Report
    identity: Identity | None = None
    _plain: bool = False  # as Judged.plain

    def __post_init__(self) -> None:
        if self.report.verdict is not Verdict.PASSED:
            self.report.raise_for_errors()

    @classmethod
    def read(cls, source: Source, *, max_bytes: int = MAX_BYTES) -> PdfA:
        """Accept a PDF that conforms to PDF/A-1b or PDF/A-1a; its octets are kept as they are.

        A conforming file that holds an electronic signature is accepted: `signed` tells.

        Args:
            source: bytes of the PDF, or the path of its file.
            max_bytes: the largest file read, in bytes.

        Raises:
            NotPdfA: it does not conform; `report` names each clause of ISO 19005-1. Not a PDF,
                truncated, encrypted and without page are told apart by the rule.
            PdfError: larger than `max_bytes`.
            CheckNotRun: too large or too deep inside to be checked completely.
            OSError: the path cannot be read.
        """
        from segur_interop.pdf._clauses.judge import judge

        data = read_source(source, max_bytes=max_bytes, error=PdfError)
        return cls.from_judged(data, judge(data))

    @classmethod
    def from_judged(cls, data: bytes, judged: Judged, *parts: Report) -> PdfA:
        """The value for octets that `judge` has just judged.

        Raises:
            NotPdfA: it did not pass.
            CheckNotRun: some check did not run.
        """
        report = judged.report
        unusable = [f for f in report.errors if f.rule.startswith("pdf.")]
        if unusable:
            first = unusable[0]
            raise NotPdfA(f"{first.rule}: {first.message}", place=first.place, report=report)
        report.raise_for_errors()
        return cls(
            data=data,
            pages=judged.pages,
            title=judged.title,
            signed=judged.signed,
            report=_with_parts(report, parts),
            _plain=judged.plain,
        )

    def showing(self, identity: Identity, *, with_ins: bool) -> PdfA:
        """The same file, known to show an identity; `with_ins`: its matricule too."""
        from segur_interop.ins.identity import Identity

        shown = Identity(
            birth_name=identity.birth_name,
            birth_given_names=identity.birth_given_names,
            first_birth_given_name=identity.first_birth_given_name,
            birth_date=identity.birth_date,
            received_birth_date=identity.received_birth_date,
            sex=identity.sex,
            birth_place=identity.birth_place,
            matricule=identity.matricule if with_ins else None,
            asserted=True,
        )
        return dataclasses.replace(self, identity=shown)

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the octets; the file appears whole or not at all.

        Raises:
            OSError: the path cannot be written.
        """
        return write_whole(path, [self.data])

    def __bytes__(self) -> bytes:
        return self.data

    def __len__(self) -> int:
        return len(self.data)

    def __bool__(self) -> bool:
        return True

    def __eq__(self, other: object) -> bool:
        return self.data == other.data if isinstance(other, PdfA) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.data)

    def __repr__(self) -> str:
        signed = ", signed" if self.signed else ""
        return f"PdfA({self.pages} pages, {len(self.data)} bytes{signed})"


def _with_parts(report: Report, parts: tuple[Report, ...]) -> Report:
    if not parts:
        return report
    return Report(
        name=report.name,
        checked=report.checked,
        findings=report.findings,
        parts=parts,
        error=report.error,
    )
