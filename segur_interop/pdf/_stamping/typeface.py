"""TrueType faces: measured, cut down to what a page shows, embedded.

The default is Bitstream Vera, which reportlab carries: every French character and most of western
Europe's. What a face cannot show is refused, never drawn as an empty box.
"""

from __future__ import annotations

import functools
import importlib.resources
import io
import threading
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from segur_interop.errors import InvalidValue, MissingDependency

__all__ = ["VERA", "VERA_BOLD", "Embedded", "Face", "printable"]

VERA: Final = "Vera.ttf"
VERA_BOLD: Final = "VeraBd.ttf"

_UPPER: Final = 128
"""Codes left for what is not ASCII."""

_LOCK: Final = threading.Lock()  # reportlab's reader of fonts keeps a position

# Shown alike, and absent from many faces: narrow and thin spaces of French typography, hyphens
# that do not break, the Greek mu that stands for micro.
_ALIKE: Final = {
    **dict.fromkeys("\u202f\u2007\u2008\u2009\u200a\u2002\u2003\u2004\u2005\u2006", "\u00a0"),
    "\u2010": "-", "\u2011": "-", "\u03bc": "\u00b5",
}  # fmt: skip
_INVISIBLE: Final = frozenset("\u00ad\u200b\u2060\ufeff")
_RIGHT_TO_LEFT: Final = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI"})


def printable(text: str, place: str) -> str:
    """The text as a page shows it: composed (NFC), without characters that show nothing.

    Raises:
        InvalidValue: a control character, or a script written from right to left or by joining
            marks, which this library does not lay out.
    """
    if text.isascii() and text.isprintable():
        return text
    shown = "".join(_ALIKE.get(c, c) for c in unicodedata.normalize("NFC", text)
                    if c not in _INVISIBLE)  # fmt: skip
    for character in shown:
        category = unicodedata.category(character)
        if category in ("Cc", "Cs", "Cn", "Co", "Zl", "Zp"):
            raise InvalidValue("holds a control character", place=place)
        if category in ("Mn", "Mc", "Me", "Cf"):
            raise InvalidValue("holds a mark that this library cannot place", place=place)
        if unicodedata.bidirectional(character) in _RIGHT_TO_LEFT:
            raise InvalidValue("holds a script written from right to left", place=place)
    return shown


@dataclass(frozen=True, slots=True)
class Embedded:
    """A subset of a face, ready for a simple symbolic TrueType font.

    Attributes:
        name: its PostScript name with the tag of a subset.
        codes: Unicode character to the byte that shows it.
        widths: in thousandths of the size, by byte.
        program: the font file, deflated.
        length: octets of the font file.
        to_unicode: the ToUnicode CMap, deflated.
        descriptor: flags, box, angle, ascent, descent, cap height, stem of the descriptor.
    """

    name: str
    codes: dict[str, int]
    widths: tuple[int, ...]
    program: bytes
    length: int
    to_unicode: bytes
    descriptor: dict[str, str]

    def literal(self, text: str) -> str:
        """The string operand that shows a text, in ASCII."""
        return "(" + "".join(_literal(self.codes[character]) for character in text) + ")"


class Face:
    """A TrueType face."""

    def __init__(self, data: bytes) -> None:
        try:
            from reportlab.pdfbase.ttfonts import TTFError, TTFontFile
        except ImportError as error:
            raise MissingDependency("text needs reportlab; install reportlab") from error
        try:
            with _LOCK:
                self._file: Any = TTFontFile(io.BytesIO(data))
        except (TTFError, ValueError, LookupError, TypeError) as error:
            raise InvalidValue("no TrueType font that can be embedded", place="typeface") from error
        self.data = data

    def has(self, character: str) -> bool:
        """True when the face has a glyph of its own for this character."""
        return bool(self._file.charToGlyph.get(ord(character)))

    def check(self, text: str, place: str) -> str:
        """The text itself.

        Raises:
            InvalidValue: a character without glyph.
        """
        if not all(map(self.has, text)):
            raise InvalidValue("holds a character that the font cannot show", place=place)
        return text

    def width(self, text: str, size: float) -> float:
        """Width of a line, in the unit of `size`."""
        widths, default = self._file.charWidths, self._file.defaultWidth
        return float(sum(widths.get(ord(c), default) for c in text)) * size / 1000

    def subset(self, characters: Iterable[str]) -> Embedded:
        """What shows these characters; that of the same set is made once.

        Raises:
            InvalidValue: more than 128 of them are not ASCII.
        """
        with _LOCK:
            return self._subset("".join(sorted(set(characters))))

    @functools.lru_cache(maxsize=64)  # noqa: B019 (faces live as long as the process)
    def _subset(self, wanted: str) -> Embedded:
        if sum(character > "~" for character in wanted) > _UPPER:
            raise InvalidValue("more different characters than one font shows", place="typeface")
        file = self._file
        codes = {character: ord(character) for character in wanted if character <= "~"}
        others = (character for character in wanted if character > "~")
        codes.update(zip(others, range(256 - _UPPER, 256), strict=False))
        characters = {code: character for character, code in codes.items()}
        points = [ord(characters.get(code, "\0")) for code in range(max(characters) + 1)]
        program = bytes(file.makeSubset(points))
        box = " ".join(f"{value:.0f}" for value in file.bbox)
        tag = f"{zlib.crc32(wanted.encode()):08X}".translate(_LETTERS)[-6:]
        descriptor = {
            "Flags": "4",
            "FontBBox": f"[{box}]",
            "ItalicAngle": f"{file.italicAngle:.0f}",
            "Ascent": f"{file.ascent:.0f}",
            "Descent": f"{file.descent:.0f}",
            "CapHeight": f"{file.capHeight:.0f}",
            "StemV": f"{file.stemV:.0f}",
        }
        return Embedded(
            name=f"{tag}+{_postscript(file.name)}",
            codes=codes,
            widths=tuple(round(file.charWidths.get(p, file.defaultWidth)) for p in points),
            program=zlib.compress(program),
            length=len(program),
            to_unicode=zlib.compress(_to_unicode(codes)),
            descriptor=descriptor,
        )


_LETTERS: Final = str.maketrans("0123456789", "GHIJKLMNOP")


def _postscript(name: bytes | str) -> str:
    text = name.decode("latin-1") if isinstance(name, bytes) else name
    return "".join(c for c in text if c.isascii() and (c.isalnum() or c in "-_")) or "Font"


def _literal(code: int) -> str:
    character = chr(code)
    if character in "()\\":
        return f"\\{character}"
    return character if " " <= character <= "~" else f"\\{code:03o}"


def _to_unicode(codes: dict[str, int]) -> bytes:
    """PDF Reference 1.4, 5.9.2: at most 100 lines in a block."""
    lines = [
        f"<{code:02x}> <{character.encode('utf-16-be').hex()}>" for character, code in codes.items()
    ]
    blocks = "".join(
        f"{len(part)} beginbfchar\n{chr(10).join(part)}\nendbfchar\n"
        for part in (lines[at : at + 100] for at in range(0, len(lines), 100))
    )
    return (
        "/CIDInit /ProcSet findresource begin\n12 dict begin\nbegincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def\n/CMapType 2 def\n"
        "1 begincodespacerange\n<00> <ff>\nendcodespacerange\n"
        f"{blocks}endcmap\nCMapName currentdict /CMap defineresource pop\nend\nend\n"
    ).encode("ascii")


@functools.cache
def bundled(name: str) -> Face:
    """A face that reportlab carries: `VERA` or `VERA_BOLD`."""
    try:
        folder = importlib.resources.files("reportlab").joinpath("fonts")
    except ModuleNotFoundError as error:
        raise MissingDependency("text needs reportlab; install reportlab") from error
    return Face(folder.joinpath(name).read_bytes())
