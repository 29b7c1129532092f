"""The identity block of a page: the traits in clear and the Datamatrix INS, as one form XObject.

Guide d'implémentation de l'INS v3, EXI DIF 02, and RNIV: on the first page, nom de naissance,
prénoms, date, sexe, lieu de naissance, and the matricule with its nature, beside the Datamatrix
with its legend. `stamp` and `compose` draw the same block.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from segur_interop.errors import IdentityNotQualified, InvalidValue
from segur_interop.ins.matricule import Matricule, MatriculeKind
from segur_interop.ins.symbol import LEGEND, SIZE_MM, Symbol, symbol
from segur_interop.pdf._stamping.typeface import VERA, Embedded, Face, bundled, printable

if TYPE_CHECKING:
    from segur_interop.findings import Finding
    from segur_interop.ins.identity import Identity

__all__ = ["MARK", "MM", "Block", "Row", "identity_block", "identity_rows", "spaced"]

MM: Final = 72 / 25.4
"""Points in a millimetre."""

MARK: Final = "/XXSegurInteropIdentity"
"""Key of the form's dictionary: a page that holds one is never stamped again. (PDF Reference
1.4, appendix E: names of the third class, for private use, start with XX.)"""

READABLE_MM: Final = 0.25
"""Side of a module, two pixels of a scan at 200 dpi: what is smaller was not read there. No
minimum is published."""

TITLE: Final = "Identité du patient"

KINDS: Final = {
    MatriculeKind.NIR: "NIR",
    MatriculeKind.NIA: "NIA",
    MatriculeKind.NIR_TEST: "NIR de test",
    MatriculeKind.NIR_DEMO: "NIR de démonstration",
}

# What nearly every block shows, so that one subset of the face is made once and kept.
_USUAL: Final = frozenset(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 -'/(),.:éèàêôçÉÈÀ"
)


@dataclass(frozen=True, slots=True)
class Row:
    """A label and its value; `strong` for what tells one patient from another."""

    label: str
    value: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Block:
    """A drawn block, its lower left corner at the origin.

    Attributes:
        width, height: in points.
        font: the subset that its text uses.
        content: operators, for resources `/Face` (the font) and, unless `device_gray`, `/Grey`.
        device_gray: colours are DeviceGray, which needs an output intent.
        findings: what is odd about the symbol.
    """

    width: float
    height: float
    font: Embedded = field(repr=False)
    content: bytes = field(repr=False)
    device_gray: bool
    findings: tuple[Finding, ...] = ()


def identity_rows(identity: Identity, *, with_ins: bool) -> tuple[Row, ...]:
    """What the block says in clear, in order; optional traits only when filled.

    Raises:
        InvalidValue: no birth name: a block that names nobody would mislead.
    """
    if not identity.birth_name.strip():
        raise InvalidValue("a printed identity has a birth name", place="identity.birth_name")
    return tuple(_rows(identity, with_ins=with_ins))


def _rows(identity: Identity, *, with_ins: bool) -> Iterator[Row]:
    unknown = "non renseigné"
    born = f"{identity.birth_date:%d/%m/%Y}" if identity.birth_date else ""
    place = " ".join(filter(None, (identity.birth_place, identity.birth_place_name)))
    yield Row("Nom de naissance", identity.birth_name, strong=True)
    if identity.first_birth_given_name:
        yield Row("Premier prénom", identity.first_birth_given_name, strong=True)
    names = identity.birth_given_names or unknown
    yield Row("Prénoms de naissance", names, strong=not identity.first_birth_given_name)
    if identity.used_name:
        yield Row("Nom utilisé", identity.used_name)
    if identity.used_given_name:
        yield Row("Prénom utilisé", identity.used_given_name)
    yield Row("Date de naissance", born or identity.received_birth_date or unknown)
    yield Row("Sexe", identity.sex.value if identity.sex else unknown)
    if place:
        yield Row("Lieu de naissance", place)
    if with_ins and identity.matricule is not None:
        kind = KINDS[MatriculeKind(identity.matricule.oid)]
        nature = kind.replace(" ", "\u00a0")
        yield Row("Matricule INS", f"{spaced(identity.matricule)} ({nature})", strong=True)


def spaced(matricule: Matricule) -> str:
    """The 15 characters in the groups that people read."""
    value, at = matricule.value, 0
    groups = []
    for size in (1, 2, 2, 2, 3, 3, 2):
        groups.append(value[at : at + size])
        at += size
    return "\u00a0".join(groups)


TEXT_MM: Final = 72.0
_RIM: Final = 1.0
"""Between the quiet zone of the symbol and the edge: the frame lies here, not in the zone."""

_PAD: Final = 5.0
_GAP: Final = 6.0
_LABEL: Final = 5.6
_VALUE: Final = 7.6
_LEADING: Final = 9.6
_TITLE: Final = 5.6
_LEGEND: Final = 6.4
_GREY: Final = 0.38
_RULE: Final = 0.65


def identity_block(
    identity: Identity,
    *,
    traits_only: bool,
    size_mm: float = SIZE_MM,
    width_mm: float | None = None,
    columns: int = 1,
    scale: float = 1.0,
    device_gray: bool = True,
    face: Face | None = None,
) -> Block:
    """Draw the block of an identity.

    Args:
        identity: whose.
        traits_only: without matricule and Datamatrix.
        size_mm: side of the Datamatrix with its quiet zone.
        width_mm: of the whole block; by default 72 mm of text, and the symbol.
        columns: columns of the text.
        scale: of the text; 1 gives values of 7.6 pt.
        device_gray: else a calibrated grey that needs no output intent.
        face: shows the text; Vera by default.

    Raises:
        IdentityNotQualified: the identity may not carry its matricule, and more than traits
            are asked for.
        InvalidValue: no birth name, a trait that the face or the symbol cannot show, an
            impossible size.
    """
    if not traits_only and not identity.may_transmit_ins:
        report = identity.transmission_report()
        raise IdentityNotQualified(
            "the Datamatrix and the matricule are printed for a local identity QUALIFIEE only; "
            "traits_only=True prints the traits",
            report=report,
        )
    face = face or bundled(VERA)
    drawn = None if traits_only else symbol(identity, size_mm=size_mm)
    if drawn and drawn.module_mm < READABLE_MM:
        message = f"modules of {drawn.module_mm:.2f} mm: under {READABLE_MM} mm no scan reads them"
        raise InvalidValue(message, place="size_mm")
    side = drawn.size_mm * MM + _RIM if drawn else 0.0
    width = width_mm * MM if width_mm else TEXT_MM * MM + side
    if width - side < 45 * MM:
        raise InvalidValue("no room is left beside the symbol", place="size_mm")
    rows = identity_rows(identity, with_ins=not traits_only)
    pen = _Pen(face, scale, device_gray=device_gray)
    lines = pen.lines(rows, width - side - 2 * _PAD - (_GAP if drawn else 0), columns)
    return pen.block(lines, width, drawn)


@dataclass(frozen=True, slots=True)
class _Line:
    """One printed line: where, and what."""

    x: float
    level: int
    row: Row


class _Pen:
    """Lays rows out and writes operators."""

    def __init__(self, face: Face, scale: float, *, device_gray: bool) -> None:
        self.face = face
        self.label, self.value = _LABEL * scale, _VALUE * scale
        self.leading, self.title = _LEADING * scale, _TITLE * scale
        self.device_gray = device_gray
        self.ops: list[str] = []

    def lines(self, rows: tuple[Row, ...], width: float, columns: int) -> list[_Line]:
        """Each row at its column and line; a long value goes on below itself."""
        gutter = _GAP if columns > 1 else 0.0
        column = (width - gutter * (columns - 1)) / columns
        self.labels = max(self.face.width(row.label, self.label) for row in rows) + 6
        broken = [list(self._broken(row, column - self.labels)) for row in rows]
        per_column = -(-sum(map(len, broken)) // columns)
        placed, at, level = [], 0, 0
        for parts in broken:
            if level and level + len(parts) > per_column and at < columns - 1:
                at, level = at + 1, 0
            for part in parts:
                placed.append(_Line(_PAD + at * (column + gutter), level, part))
                level += 1
        return placed

    def _broken(self, row: Row, width: float) -> Iterator[Row]:
        place = f"identity block, {row.label.lower()}"
        text = self.face.check(printable(row.value, place), place)
        for index, part in enumerate(_wrapped(self.face, text, self.value, width)):
            label = self.face.check(row.label, "typeface") if not index else ""
            yield Row(label, part, row.strong)

    def block(self, lines: list[_Line], width: float, drawn: Symbol | None) -> Block:
        """The whole block, as high as its higher half."""
        count = 1 + max(line.level for line in lines)
        text_height = self.title + 5 + count * self.leading + _PAD
        side = drawn.size_mm * MM if drawn else 0.0
        height = max(text_height + _PAD, side + (_RIM + _LEGEND + 5 if drawn else 0))
        used = {c for line in lines for c in line.row.label + line.row.value}
        self.font = self.face.subset(_usual(self.face) | used)
        self._frame(width, height)
        self._text(_PAD, height - _PAD - self.title, self.title, TITLE.upper(), grey=True)
        top = height - _PAD - self.title - 3
        for line in lines:
            y = top - (line.level + 1) * self.leading + 2
            self._text(line.x, y, self.label, line.row.label, grey=True)
            self._text(line.x + self.labels, y, self.value, line.row.value, strong=line.row.strong)
        if drawn:
            self._symbol(drawn, width - side - _RIM, height - side - _RIM, side)
        return Block(
            width=width,
            height=height,
            font=self.font,
            content="\n".join(self.ops).encode("ascii"),
            device_gray=self.device_gray,
            findings=drawn.findings if drawn else (),
        )

    def _paint(self, level: float, *, stroke: bool = False) -> None:
        if self.device_gray:
            self.ops.append(f"{level:g} {'G' if stroke else 'g'}")
        else:
            self.ops.append(
                f"/Grey {'CS' if stroke else 'cs'} {level:g} {'SC' if stroke else 'sc'}"
            )

    def _frame(self, width: float, height: float) -> None:
        self._paint(1)
        self._paint(_RULE, stroke=True)
        self.ops.append(f"0.5 w 0.25 0.25 {width - 0.5:.3f} {height - 0.5:.3f} re B")

    def _text(
        self,
        x: float,
        y: float,
        size: float,
        text: str,
        *,
        grey: bool = False,
        strong: bool = False,
    ) -> None:
        if not text:
            return
        level = _GREY if grey else 0.0
        self._paint(level)
        if strong:  # a stroke of the same black: one face is embedded instead of two
            self._paint(level, stroke=True)
            self.ops.append(f"{size * 0.035:.3f} w 2 Tr")
        shown = self.font.literal(text)
        self.ops.append(f"BT /Face {size:g} Tf {x:.3f} {y:.3f} Td {shown} Tj ET")
        if strong:
            self.ops.append("0 Tr")

    def _symbol(self, drawn: Symbol, x: float, y: float, side: float) -> None:
        module = side / drawn.side
        # The quiet zone is the white inside the frame. One path and one fill: no hairlines.
        self._paint(0)
        self.ops.append(f"q {module:.6f} 0 0 {-module:.6f} {x:.3f} {y + side:.3f} cm")
        self.ops += [f"{x} {y} {width} 1 re" for x, y, width in drawn.runs]
        self.ops.append("f Q")
        left = x + (side - self.face.width(LEGEND, _LEGEND)) / 2
        self._text(left, y - _LEGEND - 0.5, _LEGEND, LEGEND)


@functools.lru_cache(maxsize=16)
def _usual(face: Face) -> frozenset[str]:
    labels = face.check(TITLE.upper() + LEGEND, "typeface")
    return frozenset(filter(face.has, _USUAL)) | set(labels)


def _wrapped(face: Face, text: str, size: float, width: float) -> Iterator[str]:
    """Lines no wider than `width`: cut at spaces, and inside a word that alone is wider."""
    line = ""
    for word in text.split(" "):
        joined = f"{line} {word}" if line else word
        if face.width(joined, size) <= width:
            line = joined
            continue
        if line:
            yield line
        line = word
        while len(line) > 1 and face.width(line, size) > width:
            cut = _cut(face, line, size, width)
            yield line[:cut]
            line = line[cut:]
    yield line


def _cut(face: Face, word: str, size: float, width: float) -> int:
    """How much of a word fits: up to its last hyphen that does, else as far as possible."""
    fits = next((n for n in range(len(word) - 1, 1, -1) if face.width(word[:n], size) <= width), 1)
    hyphen = word.rfind("-", 0, fits) + 1
    return hyphen or fits
