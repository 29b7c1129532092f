"""Page 1 of a file, made ready for one more form, and the update that draws it."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import TracebackType
from typing import Any

import pikepdf

from segur_interop.errors import NotPdfA, PdfError
from segur_interop.pdf._clauses.syntax import object_offsets
from segur_interop.pdf._conversion.metadata import to_bytes
from segur_interop.pdf._reading.memory import open_octets
from segur_interop.pdf._reading.objects import (
    MALFORMED,
    array,
    entries,
    first_page,
    get,
    identity,
    inherited,
    name,
)
from segur_interop.pdf._stamping.identity_block import MARK, Block
from segur_interop.pdf._stamping.increment import Increment, can_grow
from segur_interop.pdf._stamping.marks import bears_block, contents, open_states
from segur_interop.pdf._stamping.place import Shown, shown

__all__ = ["Stamped", "Target", "draw_block"]


@dataclass(frozen=True, slots=True)
class Stamped:
    """A file with its update.

    Attributes:
        data: all its octets.
        before: how many of them are those of the file before.
        root: number and generation of its catalog.
        offsets: where its objects lay before.
        added: numbers of the new objects.
        page: number and generation of the page object that was replaced.
        contents: those of the content streams that it had.
        form, head, tail: numbers of the form and of the content streams around the old ones.
    """

    data: bytes
    before: int
    root: tuple[int, int] | None
    offsets: Mapping[int, int]
    added: tuple[int, ...]
    page: tuple[int, int]
    contents: tuple[tuple[int, int] | None, ...]
    form: int
    head: int
    tail: int


class Target:
    """An open file whose page 1 is to be drawn on.

    A file that cannot be gone on from (linearized, or whose table qpdf had to mend) is written
    anew first; its caller judges it as a whole.

    Args:
        data: the file.
        plain: as `Judged.plain`, known of these octets: the other pages are not read again.

    Attributes:
        data: its octets.
        anew: they are not those given.
        page: the first page.
        shown: its box and rotation.
        has_intent: device colours may be used.
    """

    def __init__(self, data: bytes, *, plain: bool = False) -> None:
        self.data = data
        self.anew = False
        self._plain = plain
        self._open()
        if self._previous is None or not self._offsets or self._pdf.get_warnings():
            self._write_anew()
        page = first_page(get(self._pdf.Root, "/Pages")) if self._plain else self._pdf.pages[0].obj
        if identity(page) is None:
            raise PdfError("the page is no indirect object", place="page 1")
        self.page = page
        self.shown: Shown = shown(page)
        # whoever gave the file had it judged: an intent of PDF/A-1 is a valid one
        self.has_intent = any(
            name(get(intent, "/S")) == "/GTS_PDFA1"
            for intent in array(get(self._pdf.Root, "/OutputIntents"))
        )

    def _open(self) -> None:
        self._previous = can_grow(self.data)
        self._offsets = object_offsets(self.data) or {}
        try:
            self._pdf = open_octets(self.data, inherit=False)
            if not self._plain:
                len(self._pdf.pages)  # qpdf reads the tree, and warns of what it mends
        except MALFORMED:
            raise NotPdfA("pdf.malformed: the structure of the file cannot be read") from None

    def _write_anew(self) -> None:
        self.data, self.anew, self._plain = to_bytes(self._pdf), True, False
        self._pdf.close()
        self._open()
        if self._previous is None:  # what qpdf writes always has a table
            raise PdfError("no cross reference table to go on from")

    def __enter__(self) -> Target:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pdf.close()

    def refuse_second_block(self) -> None:
        """One page, one patient, one block.

        Raises:
            PdfError: page 1 bears a block of this library.
        """
        if bears_block(self.page):
            raise PdfError("already bears an identity block of this library", place="page 1")

    def draw(self, block: Block, corner: tuple[float, float]) -> Stamped:
        """The file with the block drawn after the content of page 1."""
        unclosed = open_states(self._pdf, self.page)
        file = Increment(self.data, self._previous or 0, self._first_free())
        form = draw_block(block, file)
        own = _free_name(self.page)
        matrix = " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in
                          self.shown.matrix(*corner))  # fmt: skip
        head = file.stream("", b"q\n")
        tail = file.stream(
            "", f"\n{'Q ' * (unclosed + 1)}\nq {matrix} cm {own} Do Q\n".encode("ascii")
        )
        number, generation = self.page.objgen
        before = contents(self.page)
        streams = " ".join([head, *map(_reference, before), tail])
        file.replace(number, generation, self._page(f"[{streams}]", own, form))
        return Stamped(
            data=file.to_bytes(**self._trailer()),
            before=len(self.data),
            root=identity(self._pdf.Root),
            offsets=self._offsets,
            added=tuple(found for found in file.numbers if found != number),
            page=(number, generation),
            contents=tuple(map(identity, before)),
            form=int(form.split()[0]),
            head=int(head.split()[0]),
            tail=int(tail.split()[0]),
        )

    def _first_free(self) -> int:
        first = max(int(self._pdf.trailer.get("/Size", 0)), max(self._offsets) + 1)
        if not self._plain and any(
            page.obj.objgen[0] not in self._offsets for page in self._pdf.pages
        ):
            # qpdf copied a page that the tree names twice: changing one would change both
            raise PdfError("a page stands twice in the page tree")
        return first

    def _page(self, streams: str, own: str, form: str) -> bytes:
        resources = dict(entries(inherited(self.page, "/Resources")))
        forms = dict(entries(resources.get("/XObject")))
        drawn = _dictionary(forms.items(), {own: form})
        merged = _dictionary(resources.items(), {"/XObject": drawn.decode("latin-1")})
        return _dictionary(
            entries(self.page),
            {"/Contents": streams, "/Resources": merged.decode("latin-1")},
        )

    def _trailer(self) -> dict[str, Any]:
        trailer = self._pdf.trailer
        found = array(get(trailer, "/ID"))
        info = get(trailer, "/Info")
        return {
            "root": _reference(self._pdf.Root),
            "info": None if identity(info) is None else _reference(info),
            "first_id": bytes(found[0]) if found else b"",
        }


def draw_block(block: Block, file: Increment) -> str:
    """Add the form of a block and its font; the reference of the form."""
    font = block.font
    program = file.stream(f"/Filter /FlateDecode /Length1 {font.length}", font.program)
    unicode = file.stream("/Filter /FlateDecode", font.to_unicode)
    described = " ".join(f"/{key} {value}" for key, value in font.descriptor.items())
    descriptor = file.add(
        f"<< /Type /FontDescriptor /FontName /{font.name} {described} "
        f"/FontFile2 {program} >>".encode("ascii")
    )
    widths = " ".join(map(str, font.widths))
    reference = file.add(
        f"<< /Type /Font /Subtype /TrueType /BaseFont /{font.name} /FirstChar 0 "
        f"/LastChar {len(font.widths) - 1} /Widths [{widths}] /FontDescriptor {descriptor} "
        f"/ToUnicode {unicode} >>".encode("ascii")
    )
    grey = "" if block.device_gray else f" /ColorSpace << /Grey {_CALIBRATED} >>"
    return file.stream(
        f"/Type /XObject /Subtype /Form /FormType 1 {MARK} true "
        f"/BBox [{-_CLEAR:g} {-_CLEAR:g} {block.width + _CLEAR:.3f} {block.height + _CLEAR:.3f}] "
        f"/Resources << /Font << /Face {reference} >>{grey} >> /Filter /FlateDecode",
        zlib.compress(block.content, 1),
    )


_CLEAR = 1.0
"""Points around the block in its box: a box that ends with the frame cuts it off on a screen of
low resolution, where both are rounded to pixels."""

_CALIBRATED = "[/CalGray << /WhitePoint [0.9505 1 1.089] /Gamma 2.2 >>]"
"""Needs no output intent (ISO 19005-1, 6.2.3.3 binds device colours alone)."""


def _reference(obj: Any) -> str:
    number, generation = obj.objgen
    return f"{number} {generation} R"


def _dictionary(items: Iterable[tuple[str, Any]], changes: dict[str, str]) -> bytes:
    kept = [(key, value.unparse() if isinstance(value, pikepdf.Object) else _scalar(value))
            for key, value in items if key not in changes]  # fmt: skip
    written = [(key, value.encode("latin-1")) for key, value in changes.items()]
    inner = b" ".join(_name(key) + b" " + value for key, value in (*kept, *written))
    return b"<< " + inner + b" >>"


def _name(key: str) -> bytes:
    return pikepdf.Name(key).unparse()


def _scalar(value: Any) -> bytes:
    if isinstance(value, bool):
        return b"true" if value else b"false"
    return f"{value:f}".encode("ascii") if isinstance(value, Decimal) else b"%d" % value


def _free_name(page: Any) -> str:
    taken = {key for key, _ in entries(get(inherited(page, "/Resources"), "/XObject"))}
    return next(own for n in range(len(taken) + 1) if (own := f"/SegurInterop{n}") not in taken)
