"""Documents printed from typed content: PDF/A-1b, A4, the patient on every page.

The identity block and the Datamatrix INS are those of `stamp`, drawn by the same code.
"""

from __future__ import annotations

import threading
from types import NoneType
from typing import TYPE_CHECKING, Final

from segur_interop._types import check_type
from segur_interop.errors import MissingDependency
from segur_interop.findings import Finding, Report, Severity
from segur_interop.pdf.pdfa import PdfA

if TYPE_CHECKING:
    from segur_interop.pdf._conversion.metadata import Metadata
    from segur_interop.pdf._stamping.identity_block import Block
    from segur_interop.pdf.content import Content, Typeface

__all__ = ["compose"]

_BUILDING: Final = threading.Lock()  # reportlab's registered fonts keep a reading position


def compose(
    content: Content, *, traits_only: bool = False, typeface: Typeface | None = None
) -> PdfA:
    """Print a document.

    Page 1 has the structure, the title, the identity block (with matricule and Datamatrix when
    the identity may transmit them, the traits alone otherwise), the author, every recipient and
    the dates; each further page names the patient; each page is numbered and bears the notice.
    The same content gives the same octets.

    Args:
        content: what it says.
        traits_only: neither matricule nor Datamatrix, whatever the identity.
        typeface: TrueType fonts, when Bitstream Vera lacks a character.

    Returns:
        A PdfA that was judged whole. The part `composition` of its report has the finding
        `pdf.compose.traits-only` when neither matricule nor Datamatrix is printed.

    Raises:
        InvalidValue: a character that the font cannot show (`place` names the field), a notice
            or a name too long for its place, a trait that no symbol can hold.
        IdentityNotQualified: a text holds the matricule of an identity that may not carry it.
        MissingDependency: reportlab, or an encoder of Datamatrix, is not installed.
        TypeError: no Content, or a typeface that is no Typeface.
    """
    from segur_interop.pdf.content import Content, Typeface

    check_type(content, "content", Content)
    check_type(typeface, "typeface", Typeface, NoneType)
    try:
        from segur_interop.pdf._composing.pages import built
        from segur_interop.pdf._composing.styles import Faces, Writer
    except ImportError as error:
        raise MissingDependency("composing needs reportlab; install reportlab") from error
    from segur_interop.pdf._clauses.judge import judge
    from segur_interop.pdf._stamping.identity_block import identity_block

    identity = content.patient.identity
    with_ins = identity.may_transmit_ins and not traits_only
    with _BUILDING:
        faces = Faces.of(typeface)
    numbers = (identity.matricule, *identity.history)
    writer = Writer(faces, () if with_ins else tuple(filter(None, numbers)))
    block = identity_block(
        identity, traits_only=not with_ins, width_mm=174, columns=2, scale=1.15, face=faces.regular
    )
    with _BUILDING:
        pages, corner = built(content, writer, block, with_ins=with_ins)
    data = _finished(pages, content, block, corner)
    made = PdfA.from_judged(data, judge(data), _part(block, with_ins=with_ins))
    return made.showing(identity, with_ins=with_ins)


def _finished(pages: bytes, content: Content, block: Block, corner: tuple[float, float]) -> bytes:
    """The pages with their metadata and the block, in one revision of the file."""
    from segur_interop.pdf._conversion.metadata import conform, to_bytes
    from segur_interop.pdf._reading.memory import open_octets
    from segur_interop.pdf._stamping.target import Target

    with open_octets(pages) as pdf:
        for page in pdf.pages:
            if "/Group" in page.obj:
                del page.obj["/Group"]
        conform(pdf, metadata=_metadata(content))
        data = to_bytes(pdf)
    with Target(data) as target:
        grown = target.draw(block, corner).data
    with open_octets(grown) as pdf:
        return to_bytes(pdf)


def _metadata(content: Content) -> Metadata:
    from segur_interop import __version__
    from segur_interop._time import Timestamp
    from segur_interop.pdf._conversion.metadata import Metadata, pdf_text

    created = pdf_text(Timestamp.of(content.created).to_datetime())
    return Metadata(
        info={
            "/Title": content.printed_title.replace("\n", " "),
            "/Author": content.organization.name,
            "/Producer": f"segur_interop {__version__}",
            "/CreationDate": created,
            "/ModDate": created,
        }
    )


def _part(block: Block, *, with_ins: bool) -> Report:
    findings = list(block.findings)
    if not with_ins:
        findings.append(
            Finding(
                rule="pdf.compose.traits-only",
                message="printed with the traits alone, without matricule or Datamatrix",
                severity=Severity.INFO,
                place="content.patient.identity",
                source="RNIV EXI SI 08; Guide INS EXI ID 29",
            )
        )
    return Report(name="composition", checked=("pdf.compose",), findings=tuple(findings))
