"""The look of a composed document: faces, sizes, colours, and text made safe for reportlab."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from typing import Any, Final
from xml.sax.saxutils import escape

from reportlab.lib.colors import Color, HexColor
from reportlab.lib.enums import TA_CENTER, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.platypus import Paragraph

from segur_interop._source import read_source
from segur_interop.errors import IdentityNotQualified
from segur_interop.ins.matricule import Matricule
from segur_interop.pdf._stamping.typeface import VERA, VERA_BOLD, Face, bundled, printable
from segur_interop.pdf.content import Typeface

__all__ = ["ACCENT", "PALE", "RULE", "Faces", "Writer"]

ACCENT: Final[Color] = HexColor(0x1F4266)
GREY: Final[Color] = HexColor(0x5A6570)
RULE: Final[Color] = HexColor(0xB4BEC8)
PALE: Final[Color] = HexColor(0xE9EEF3)
BLACK: Final[Color] = HexColor(0x000000)

# name: bold, size, leading, colour, and what else differs
_STYLES: Final[dict[str, tuple[bool, float, float, Color, dict[str, Any]]]] = {
    "organization": (True, 12.5, 15.5, ACCENT, {}),
    "organization-line": (False, 7.8, 10.2, GREY, {}),
    "title": (True, 15, 19, ACCENT, {"alignment": TA_CENTER, "spaceBefore": 7, "spaceAfter": 2}),
    "subtitle": (False, 9, 12, GREY, {"alignment": TA_CENTER, "spaceAfter": 6}),
    "replaces": (True, 9, 12, HexColor(0x9B1C1C), {"alignment": TA_CENTER, "spaceAfter": 4}),
    "label": (True, 7.4, 10, ACCENT, {}),
    "name": (True, 9, 12, BLACK, {}),
    "line": (False, 8, 10.6, BLACK, {}),
    "heading": (True, 10.4, 13.5, ACCENT, {"spaceBefore": 9, "spaceAfter": 1.5}),
    "body": (False, 9, 12.8, BLACK, {"spaceAfter": 4}),
    "strong": (True, 9, 12.8, BLACK, {"spaceAfter": 4}),
    "empty": (False, 9, 12.8, GREY, {"spaceAfter": 4}),
    "caption": (True, 8.4, 11, BLACK, {"spaceAfter": 2}),
    "head": (True, 8, 10.4, ACCENT, {}),
    "cell": (False, 8.2, 10.8, BLACK, {}),
    "field": (False, 8.6, 11.6, GREY, {}),
    "value": (False, 8.8, 11.6, BLACK, {}),
    "sign": (False, 9, 12.8, BLACK, {"alignment": TA_RIGHT}),
    "sign-name": (True, 9.4, 12.8, BLACK, {"alignment": TA_RIGHT}),
    "running": (True, 8, 10.4, BLACK, {}),
    "running-title": (False, 7.4, 10.4, GREY, {"alignment": TA_RIGHT}),
    "notice": (False, 6.2, 7.8, GREY, {}),
    "page": (False, 7.4, 10, GREY, {"alignment": TA_RIGHT}),
    "foot": (False, 7.4, 10, GREY, {}),
}


@dataclass(frozen=True, slots=True)
class Faces:
    """The two faces of a document and the names under which reportlab knows them."""

    regular: Face
    bold: Face
    names: tuple[str, str]

    @classmethod
    def of(cls, typeface: Typeface | None) -> Faces:
        """Those of a typeface, Bitstream Vera by default.

        Raises:
            InvalidValue: no TrueType font that can be embedded.
        """
        if typeface is None:
            faces = bundled(VERA), bundled(VERA_BOLD)
        else:
            regular = Face(read_source(typeface.regular, max_bytes=20_000_000))
            bold = typeface.bold
            faces = regular, Face(read_source(bold, max_bytes=20_000_000)) if bold else regular
        return cls(*faces, (_registered(faces[0]), _registered(faces[1])))


def _registered(face: Face) -> str:
    name = f"Segur-{hashlib.sha256(face.data).hexdigest()[:16]}"
    if name not in pdfmetrics.getRegisteredFontNames():
        pdfmetrics.registerFont(TTFont(name, io.BytesIO(face.data)))
    return name


@dataclass
class Writer:
    """Makes paragraphs: every text of a document passes here.

    Attributes:
        faces: those of the document.
        kept_back: matricules that may not be printed.
    """

    faces: Faces
    kept_back: tuple[Matricule, ...] = ()
    _styles: dict[str, ParagraphStyle] = field(default_factory=dict)

    def paragraph(self, style: str, text: str, place: str) -> Any:
        """A paragraph of plain text.

        Raises:
            InvalidValue: a character that the face cannot show.
            IdentityNotQualified: the text holds the matricule of an identity that may not
                carry it.
        """
        return Paragraph(self.markup(style, text, place), self.style(style))

    def markup(self, style: str, text: str, place: str) -> str:
        """The text as reportlab's mini-XML that shows it as it is."""
        face = self.faces.bold if _STYLES[style][0] else self.faces.regular
        lines = [face.check(printable(line, place), place) for line in text.split("\n")]
        self._refuse_matricule("".join(lines), place)
        return "<br/>".join(map(escape, lines))

    def _refuse_matricule(self, text: str, place: str) -> None:
        if not self.kept_back:
            return
        squeezed = "".join(filter(str.isalnum, text)).upper()
        if any(matricule.number in squeezed for matricule in self.kept_back):
            raise IdentityNotQualified(
                "holds the matricule of an identity that may not carry it", place=place
            )

    def style(self, name: str) -> ParagraphStyle:
        """A style, made once."""
        if name not in self._styles:
            bold, size, leading, color, others = _STYLES[name]
            font = self.faces.names[bold]
            self._styles[name] = ParagraphStyle(
                name, fontName=font, fontSize=size, leading=leading, textColor=color,
                bulletFontName=font, splitLongWords=1, allowWidows=0, allowOrphans=0, **others,
            )  # fmt: skip
        return self._styles[name]
