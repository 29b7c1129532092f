"""The identity block and the Datamatrix INS, drawn on page 1 of a PDF/A.

The file is not written anew: objects are appended to its octets, which all stay. As they were
judged when the `PdfA` was made, only what is added has to be judged again, and its shape is known:
one page object with one more form, two short content streams, one form, one embedded font.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Final, Literal

from segur_interop._types import check_seconds, check_type
from segur_interop.errors import InvalidValue, PdfError
from segur_interop.findings import Finding, Report, Severity
from segur_interop.ins.symbol import SIZE_MM
from segur_interop.pdf.pdfa import PdfA

if TYPE_CHECKING:
    from segur_interop.ins.identity import Identity
    from segur_interop.pdf._clauses.judge import Judged
    from segur_interop.pdf._stamping.place import Place
    from segur_interop.pdf._stamping.target import Stamped

__all__ = ["stamp"]

_OVERLAP: Final = ("report", "refuse", "ignore")


def stamp(
    pdfa: PdfA,
    identity: Identity,
    *,
    place: Place = "top-right",
    traits_only: bool = False,
    size_mm: float = SIZE_MM,
    overlap: Literal["report", "refuse", "ignore"] = "report",
    search_symbol: bool = False,
    check_all: bool = False,
    time_limit: float = 60.0,
) -> PdfA:
    """Draw the identity block of a patient on page 1; the other pages stay as they are.

    The block holds the traits in clear, the matricule with its nature and the Datamatrix with
    its legend, on a white ground that hides what lies under it. It is upright as the page is
    shown, whatever its rotation. The metadata are not touched.

    Args:
        pdfa: a PDF/A without signature, that no identity block was drawn on before.
        identity: a local identity QUALIFIEE, or any with a birth name when `traits_only`.
        place: a corner (`top-right`, `top-left`, `bottom-right`, `bottom-left`), or (x, y):
            millimetres from the top left corner of the page as shown to that of the block.
        traits_only: print the traits alone; never the matricule, whatever the identity.
        size_mm: side of the Datamatrix with its quiet zone.
        overlap: what to do where the page is not white under the block: `report` adds the
            finding `pdf.stamp.overlap` to the report, `refuse` raises, `ignore` does not look.
        search_symbol: first look at page 1 for a Datamatrix INS, whoever printed it, and
            refuse a second one; takes the time of `ins.scan`.
        check_all: judge the whole result again, and not only what was added.
        time_limit: seconds for drawing page 1 to look under the block, and again to search
            its symbols: then the drawing is stopped. What was not seen is the finding
            `pdf.stamp.overlap`, or refused as a symbol that may be there.

    Returns:
        A new PdfA whose octets start with those of `pdfa` (unless these were linearized); in
        the parts of its report, that of `pdfa` and that of the stamp.

    Raises:
        IdentityNotQualified: the identity may not carry its matricule; nothing is drawn.
        PdfError: a signed file, a second block, content that cannot be closed, or content
            under the block when `overlap="refuse"`.
        InvalidValue: a trait that the font or the symbol cannot show, a block that does not
            lie on the page, another argument.
        NotPdfA: the result would not conform.
        MissingDependency: no encoder, font or renderer is installed.
        TypeError: no PdfA (`PdfA.read` makes one of bytes or a path), or no Identity.
    """
    from segur_interop.ins.identity import Identity
    from segur_interop.pdf._stamping.identity_block import identity_block
    from segur_interop.pdf._stamping.target import Target

    check_type(pdfa, "pdfa", PdfA)
    check_type(identity, "identity", Identity)
    if overlap not in _OVERLAP:
        raise InvalidValue(f"one of {', '.join(_OVERLAP)}", place="overlap")
    check_seconds(time_limit, "time_limit")
    if pdfa.signed:
        raise PdfError("pdf.signed: holds an electronic signature, which a stamp would break")
    with Target(pdfa.data, plain=pdfa._plain) as target:
        if target.anew:
            pdfa = PdfA.read(target.data)
        target.refuse_second_block()
        if search_symbol:
            _refuse_second_symbol(pdfa, time_limit)
        block = identity_block(
            identity,
            traits_only=traits_only,
            size_mm=size_mm,
            device_gray=target.has_intent,
        )
        size = block.width, block.height
        corner = target.shown.corner(place, size)
        with _looking(pdfa, corner, size, overlap, time_limit) as seen:
            stamped = target.draw(block, corner)
            judged = _judged(stamped, pdfa, check_all=check_all)
            hidden = seen()
    _refuse_hidden(hidden, overlap)
    looked = () if overlap == "ignore" else ("pdf.stamp.overlap",)
    part = Report(
        name="stamp",
        checked=("pdf.stamp", *looked),
        findings=(*block.findings, *hidden),
        error=PdfError,
    )
    made = _made(pdfa, stamped.data, judged, part)
    return made.showing(identity, with_ins=not traits_only)


def _refuse_second_symbol(pdfa: PdfA, time_limit: float) -> None:
    from segur_interop.ins.scan import scan

    found = scan(pdfa.data, pages=[1], time_limit=time_limit)
    found.report().raise_for_errors()
    if found.symbols:
        raise PdfError("page 1 already shows a Datamatrix", place="page 1")


@contextlib.contextmanager
def _looking(
    pdfa: PdfA,
    corner: tuple[float, float],
    size: tuple[float, float],
    overlap: str,
    time_limit: float,
) -> Iterator[Callable[[], tuple[Finding, ...]]]:
    if overlap == "ignore":
        yield lambda: ()
        return
    from segur_interop.pdf._stamping.overlap import looking_under

    with looking_under(pdfa.data, corner, size, time_limit=time_limit) as seen:
        yield seen


def _refuse_hidden(findings: tuple[Finding, ...], overlap: str) -> None:
    hidden = next((found for found in findings if found.severity is not Severity.INFO), None)
    if hidden and overlap == "refuse":
        raise PdfError(f"{hidden.rule}: {hidden.message}", place=hidden.place)


def _judged(stamped: Stamped, before: PdfA, *, check_all: bool) -> Judged | Report:
    if check_all:
        from segur_interop.pdf._clauses.judge import judge

        return judge(stamped.data)
    from segur_interop.pdf._stamping.recheck import recheck

    return recheck(stamped, before)


def _made(before: PdfA, data: bytes, judged: Judged | Report, part: Report) -> PdfA:
    if not isinstance(judged, Report):
        return PdfA.from_judged(data, judged, part)
    report = dataclasses.replace(judged, parts=(*judged.parts, part))
    report.raise_for_errors()
    return dataclasses.replace(before, data=data, signed=False, report=report)
