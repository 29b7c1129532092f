"""The Datamatrix INS as a drawn symbol: PNG, SVG, or the runs that a PDF writer fills.

Only `symbol` makes one from an identity, through `encode`: an identity that may not carry its
matricule has no symbol.
"""

from __future__ import annotations

import io
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple

from segur_interop._masking import Masked, shown
from segur_interop.errors import InvalidValue, MissingDependency
from segur_interop.findings import Finding
from segur_interop.ins._encoders import Matrix, matrix
from segur_interop.ins.datamatrix import encode
from segur_interop.ins.identity import Identity

__all__ = ["LEGEND", "QUIET_ZONE", "SIZE_MM", "Run", "Symbol", "draw", "matrix", "symbol"]

LEGEND: Final = "INS à scanner"
"""The mention under the symbol (CDA style sheet of the ANS kit, HTML and FO)."""
QUIET_ZONE: Final = 2
"""White modules on each side, as the ANS style sheet pads; ISO/IEC 16022 asks for one."""
SIZE_MM: Final = 28.0
"""Side of the symbol with its quiet zone: the 80 pt of the ANS style sheet."""
SMALLEST_MODULE_MM: Final = 0.35
"""Unsure: no minimum is published. Below it, common scanners and 200 dpi scans start to miss."""

_LARGEST_MM: Final = 300.0
_LARGEST_PIXELS: Final = 10_000  # a side
_INCH_MM: Final = 25.4
# The legend, in parts of the side of the symbol: 28 mm give letters of 6.6 pt.
_FONT: Final = 1 / 12
_BASELINE: Final = 0.9  # below the symbol, in font sizes
_BAND: Final = 1.3  # white band of the legend, in font sizes


class Run(NamedTuple):
    """Dark modules side by side, in modules from the top left corner of the quiet zone."""

    x: int
    y: int
    width: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Symbol(Masked):
    """A drawn-to-be symbol. Whoever sees it can read the identity: repr and html hide it.

    Attributes:
        payload: the text it holds.
        matrix: its modules, True when dark, without quiet zone.
        size_mm: side of the printed symbol with its quiet zone, in millimetres.
        findings: a module too small to be read safely.
    """

    payload: str
    matrix: Matrix
    size_mm: float = field(default=SIZE_MM, metadata=shown())

    def __post_init__(self) -> None:
        # also false for a NaN
        if not 0 < self.size_mm <= _LARGEST_MM:
            raise InvalidValue(f"not a side between 0 and {_LARGEST_MM:g} mm", place="size_mm")

    @property
    def side(self) -> int:
        """Modules on a side, quiet zone included."""
        return len(self.matrix) + 2 * QUIET_ZONE

    @property
    def module_mm(self) -> float:
        """Printed side of a module, in millimetres."""
        return self.size_mm / self.side

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A warning when modules are smaller than 0.35 mm."""
        if self.module_mm >= SMALLEST_MODULE_MM:
            return ()
        return (
            Finding(
                rule="ins.symbol.module-size",
                message=f"modules of {self.module_mm:.2f} mm, under {SMALLEST_MODULE_MM} mm: "
                "scanners may miss the symbol",
                place="size_mm",
            ),
        )

    @property
    def runs(self) -> tuple[Run, ...]:
        """Every dark module once, merged along the rows."""
        return tuple(_runs(self.matrix))

    def svg(self, *, legend: bool = True) -> bytes:
        """A self-contained SVG of `size_mm`, one path on a white ground, UTF-8."""
        side = self.side
        font = side * _FONT
        height = side + (font * _BAND if legend else 0)
        path = "".join(f"M{run.x} {run.y}h{run.width}v1h-{run.width}z" for run in self.runs)
        text = (
            f'<text x="{side / 2:g}" y="{side + font * _BASELINE:g}" font-size="{font:.3f}" '
            f'font-family="Arial, Helvetica, sans-serif" text-anchor="middle" fill="#000">'
            f"{LEGEND}</text>"
        )
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" role="img" '
            f'width="{self.size_mm:g}mm" height="{self.size_mm * height / side:.3f}mm" '
            f'viewBox="0 0 {side} {height:.3f}"><title>Datamatrix INS</title>'
            f'<rect width="{side}" height="{height:.3f}" fill="#fff"/>'
            f'<path fill="#000" shape-rendering="crispEdges" d="{path}"/>'
            f"{text if legend else ''}</svg>"
        ).encode()

    def png(self, *, dpi: int = 600, legend: bool = True) -> bytes:
        """A PNG of whole pixels per module, 1 bit deep (8 with the legend).

        Args:
            dpi: resolution written in the file; give that of the printer. The side is the
                nearest to `size_mm` that keeps modules whole: half a pixel a module away at
                the most.
            legend: write `INS à scanner` under the symbol.

        Raises:
            InvalidValue: a resolution that leaves no whole pixel to a module, or an image of
                more than 10 000 pixels a side.
            MissingDependency: Pillow is absent.
        """
        exact = self.module_mm * dpi / _INCH_MM
        if not math.isfinite(exact) or exact < 1:
            raise InvalidValue("less than one pixel a module", place="dpi")
        pixels = round(exact)
        if pixels * self.side > _LARGEST_PIXELS:
            raise InvalidValue(f"more than {_LARGEST_PIXELS} pixels a side", place="dpi")
        return _png(self, pixels, dpi, legend=legend)


def symbol(identity: Identity, *, size_mm: float = SIZE_MM) -> Symbol:
    """The Datamatrix INS of an identity.

    Args:
        identity: a local identity QUALIFIEE.
        size_mm: side with the quiet zone, in millimetres.

    Raises:
        IdentityNotQualified: the identity may not carry its matricule.
        InvalidValue: a trait that no symbol can hold, or an impossible size.
        MissingDependency: no encoder is installed.
    """
    payload = encode(identity)
    return Symbol(payload=payload, matrix=matrix(payload), size_mm=size_mm)


def draw(
    identity: Identity,
    format: Literal["png", "svg"] = "png",
    *,
    size_mm: float = SIZE_MM,
    dpi: int = 600,
    legend: bool = True,
) -> bytes:
    """The Datamatrix INS of an identity as an image file, quiet zone painted white.

    Args:
        identity: a local identity QUALIFIEE.
        format: "png" or "svg".
        size_mm: side with the quiet zone, in millimetres; `symbol(...).findings` tells when
            modules get too small.
        dpi: resolution of the PNG, best that of the printer; an SVG has none.
        legend: write `INS à scanner` under the symbol, as printed documents do.

    Raises:
        IdentityNotQualified: the identity may not carry its matricule.
        InvalidValue: a trait that no symbol can hold, an impossible size or resolution,
            another format.
        MissingDependency: no encoder, or Pillow for a PNG, is installed.
    """
    if format not in ("png", "svg"):
        raise InvalidValue("png or svg", place="format")
    drawn = symbol(identity, size_mm=size_mm)
    return drawn.svg(legend=legend) if format == "svg" else drawn.png(dpi=dpi, legend=legend)


def _runs(modules: Matrix) -> Iterator[Run]:
    for y, row in enumerate(modules, QUIET_ZONE):
        x = QUIET_ZONE
        for dark in bytes(row).split(b"\0"):
            width = len(dark)
            if width:
                yield Run(x, y, width)
            x += width + 1


def _png(drawn: Symbol, pixels: int, dpi: int, *, legend: bool) -> bytes:
    from importlib import resources

    try:
        from PIL import Image, ImageDraw, ImageFont
    except ImportError as error:
        raise MissingDependency("a PNG needs Pillow; install pillow") from error
    side = drawn.side * pixels
    font_size = round(side * _FONT)
    height = side + (math.ceil(font_size * _BAND) if legend else 0)
    image = Image.new("L" if legend else "1", (side, height), 255 if legend else 1)
    pen = ImageDraw.Draw(image)
    for run in drawn.runs:
        left, top = run.x * pixels, run.y * pixels
        pen.rectangle((left, top, left + run.width * pixels - 1, top + pixels - 1), fill=0)
    if legend:
        # A font that is always there: machines that print labels often have none.
        vera = resources.files("reportlab").joinpath("fonts", "Vera.ttf").read_bytes()
        font = ImageFont.truetype(io.BytesIO(vera), font_size, layout_engine=ImageFont.Layout.BASIC)
        pen.text((side / 2, side + font_size * _BASELINE), LEGEND, fill=0, font=font, anchor="ms")
    file = io.BytesIO()
    image.save(file, "PNG", dpi=(dpi, dpi), optimize=True)
    return file.getvalue()
