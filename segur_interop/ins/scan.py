"""Reading the Datamatrix INS of an image or of a PDF.

What is read is *asserted* by whoever printed it: such an identity helps to find a patient, and
is never written anywhere before it is adopted.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop._source import Source
from segur_interop._types import check_seconds
from segur_interop.errors import InvalidDatamatrix, InvalidValue, MissingDependency
from segur_interop.findings import Finding, Report, Severity
from segur_interop.ins import _decoders
from segur_interop.ins._decoders import DecoderFailed, RawSymbol
from segur_interop.ins._pages import Page, Pixels, open_pages
from segur_interop.ins.datamatrix import MARK, VERSION, decode
from segur_interop.ins.identity import Identity

__all__ = ["Place", "Scan", "ScannedSymbol", "scan"]

_DPI: Final = range(50, 1201)
# libdmtx searches to the last instant when there is nothing; its hits take a tenth of this.
_PAGE_SECONDS: Final = 3.0
_INS: Final = (MARK + VERSION).encode("ascii")
_NOT_RUN: Final = frozenset({"ins.scan.not-searched", "ins.scan.second-opinion"})


@dataclass(frozen=True, slots=True)
class Place:
    """The box around a symbol, in parts of the page as shown, from its top left corner."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ScannedSymbol(Masked):
    """A Data Matrix symbol that was read.

    Attributes:
        identity: what it asserts; None when it is no valid INS.
        payload: its octets.
        page: number of its page, from 1.
        place: where on the page.
        findings: about this symbol; those about the identity are in `identity.findings`.
    """

    identity: Identity | None
    payload: bytes
    page: int = field(metadata=shown())
    place: Place = field(metadata=shown())
    findings: tuple[Finding, ...] = field(default=(), metadata=shown())


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Scan(Masked):
    """What was found; true when at least one identity was read.

    Attributes:
        symbols: every symbol, in the order of the pages.
        findings: about the source as a whole, such as pages that were not searched.
    """

    symbols: tuple[ScannedSymbol, ...] = ()
    findings: tuple[Finding, ...] = field(default=(), metadata=shown())

    @property
    def identities(self) -> tuple[Identity, ...]:
        """The distinct identities; more than one means several patients."""
        return tuple(_distinct(self.symbols))

    @property
    def identity(self) -> Identity | None:
        """The identity, when every valid symbol asserts the same one; else None."""
        found = self.identities
        return found[0] if len(found) == 1 else None

    def __bool__(self) -> bool:
        return bool(self.identities)

    def report(self) -> Report:
        """The findings of the scan and of its symbols, as a check.

        What was not searched, or not read twice when that was asked, makes it INCOMPLETE.
        """
        findings = [*self.findings, *(item for one in self.symbols for item in one.findings)]
        return Report(
            name="Datamatrix INS",
            checked=("ins.scan",),
            findings=tuple(item for item in findings if item.rule not in _NOT_RUN),
            not_run=tuple(
                f"{item.place}: {item.message}" if item.place else item.message
                for item in findings
                if item.rule in _NOT_RUN
            ),
            error=InvalidDatamatrix,
        )


def scan(
    source: Source | Pixels,
    *,
    pages: Iterable[int] | None = None,
    dpi: int = 200,
    second_opinion: bool = False,
    time_limit: float = 60.0,
) -> Scan:
    """Every Data Matrix of a PDF, a PNG, a JPEG, a TIFF, a Pillow image or an array of pixels.

    zxing-cpp decodes; libdmtx, in a process apart, when zxing-cpp is absent. A symbol that is
    no INS is a finding.

    Args:
        source: bytes are the file itself, a str or a path names it.
        pages: numbers of the pages of a PDF, or of the frames of an image, from 1; None for
            all (the first 200 at most).
        dpi: resolution at which PDF pages are drawn, 50 to 1200; pages of more than 50
            million pixels are drawn smaller, with a finding.
        second_opinion: also decode with libdmtx; a difference is an error finding. A page on
            which it reads nothing takes it 3 seconds.
        time_limit: seconds for the whole call: then the drawing of the PDF and libdmtx are
            stopped, no further page is opened, and a finding says so. A page of an image is
            decoded, and searched by zxing-cpp, to its end.

    Raises:
        TypeError: a source of another type.
        InvalidDatamatrix: none of these files, damaged, encrypted, more than 200 MB or more
            than 50 million pixels.
        InvalidValue: pages that do not exist, another dpi or time limit.
        MissingDependency: no decoder, or the library that opens this source is absent.
    """
    if dpi not in _DPI:
        raise InvalidValue("a whole number from 50 to 1200", place="dpi")
    check_seconds(time_limit, "time_limit")
    deadline = time.monotonic() + time_limit
    search = _Search(deadline=deadline, second_opinion=second_opinion)
    note = search.findings.append
    opened = open_pages(source, pages=pages, dpi=dpi, note=note, deadline=deadline)
    with contextlib.closing(opened) as found:
        for page in found:
            if search.left() <= 0:
                search.note("not-searched", "time was over", f"page {page.number} and after")
                break
            search.look_at(page)
    symbols = tuple(search.symbols)
    if len(list(_distinct(symbols))) > 1:
        search.note(
            "several-identities", "symbols of different identities", severity=Severity.ERROR
        )
    return Scan(symbols=symbols, findings=tuple(search.findings))


class _Search:
    """The decoders of one call, and what they found so far."""

    def __init__(self, *, deadline: float, second_opinion: bool) -> None:
        self.deadline = deadline
        self.symbols: list[ScannedSymbol] = []
        self.findings: list[Finding] = []
        self.zxing = _decoders.has_zxing()
        self.libdmtx = (second_opinion or not self.zxing) and _decoders.has_libdmtx()
        if not self.zxing and not self.libdmtx:
            raise MissingDependency("no Data Matrix decoder; install zxing-cpp")
        if second_opinion and not (self.zxing and self.libdmtx):
            absent = "libdmtx" if self.zxing else "zxing-cpp"
            self.note("second-opinion", f"no second opinion: {absent} is absent")
        if not self.zxing:
            self.note(
                "one-per-page",
                "without zxing-cpp at most one symbol a page is read",
                severity=Severity.INFO,
            )

    def note(
        self, rule: str, message: str, place: str = "", severity: Severity = Severity.WARNING
    ) -> None:
        self.findings.append(
            Finding(rule=f"ins.scan.{rule}", message=message, severity=severity, place=place)
        )

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def look_at(self, page: Page) -> None:
        first = _decoders.by_zxing(page) if self.zxing else []
        second = self._by_libdmtx(page) if self.libdmtx else None
        found = first
        if second is not None:
            if self.zxing:
                self._compare(first, second, page)
            known = {raw.payload for raw in first}
            found = first + [raw for raw in second if raw.payload not in known]
        self.symbols += [_scanned(raw, page) for raw in found]

    def _by_libdmtx(self, page: Page) -> list[RawSymbol] | None:
        try:
            return _decoders.by_libdmtx(page, seconds=max(min(self.left(), _PAGE_SECONDS), 0.001))
        except DecoderFailed as failure:
            rule = "second-opinion" if self.zxing else "not-searched"
            self.note(rule, str(failure), f"page {page.number}")
            return None

    def _compare(self, first: list[RawSymbol], second: list[RawSymbol], page: Page) -> None:
        """One symbol a page comes from libdmtx; it must be among those of zxing-cpp."""
        place = f"page {page.number}"
        if first and not second:
            self.note("second-opinion", "libdmtx reads no symbol here", place)
        if any(raw.payload not in {other.payload for other in first} for raw in second):
            self.note(
                "decoders-differ", "the two decoders read different symbols", place,
                Severity.ERROR,
            )  # fmt: skip


def _scanned(raw: RawSymbol, page: Page) -> ScannedSymbol:
    findings: list[Finding] = []
    identity = None
    where = f"page {page.number}"
    try:
        identity = decode(raw.payload)
    except InvalidDatamatrix as error:
        findings.append(_refused(raw, error, where))
    else:
        if raw.gs1:
            findings.append(
                Finding(
                    rule="ins.scan.gs1",
                    message="written as a GS1 symbol (FNC1 first), which an INS is not",
                    place=where,
                    source="ANS, INS - Format Datamatrix v2.2",
                )
            )
    return ScannedSymbol(
        identity=identity,
        payload=raw.payload,
        page=page.number,
        place=_place(raw, page),
        findings=tuple(findings),
    )


def _refused(raw: RawSymbol, error: InvalidDatamatrix, where: str) -> Finding:
    if raw.payload.startswith(_INS):
        return Finding(
            rule="ins.scan.grammar",
            message=f"marked INS but not readable as one: {error}",
            severity=Severity.ERROR,
            place=where,
            source="ANS, INS - Format Datamatrix v2.2",
        )
    return Finding(
        rule="ins.scan.not-ins",
        message="a Data Matrix that is no INS",
        severity=Severity.INFO,
        place=where,
    )


def _place(raw: RawSymbol, page: Page) -> Place:
    across = [_part(x, page.width) for x, _ in raw.corners]
    down = [_part(y, page.height) for _, y in raw.corners]
    return Place(min(across), min(down), max(across), max(down))


def _part(pixels: float, whole: int) -> float:
    return round(min(max(pixels / whole, 0.0), 1.0), 4)


def _distinct(symbols: Iterable[ScannedSymbol]) -> Iterator[Identity]:
    """Identities that differ; a symbol without S7 agrees with one that is otherwise equal."""
    kept: list[Identity] = []
    for one in symbols:
        if one.identity is not None and not any(_same(one.identity, item) for item in kept):
            kept.append(one.identity)
            yield one.identity


def _same(one: Identity, other: Identity) -> bool:
    places = {one.birth_place, other.birth_place} - {""}
    return len(places) < 2 and _key(one) == _key(other)


def _key(identity: Identity) -> tuple[object, ...]:
    return (
        identity.matricule,
        identity.birth_name,
        identity.birth_given_names,
        identity.birth_date,
        identity.sex,
    )
