"""What the pages paint: ISO 19005-1:2005, 6.2.10, 6.2.9, and which colours and fonts are used.

Content streams are read for real: a colour, a font or a form counts when it is used; the
dictionaries of the resources are judged whether used or not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

import pikepdf

from segur_interop.pdf._clauses.color import Colors
from segur_interop.pdf._clauses.contents import (
    INLINE_IMAGE,
    OPERATORS,
    Contents,
    first_name,
    inline_entries,
    inline_space,
    text_mode,
)
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._clauses.xobjects import INTENTS, Dictionaries
from segur_interop.pdf._reading.objects import (
    array,
    entries,
    get,
    identity,
    inherited,
    is_dictionary,
    is_stream,
    name,
    number,
    where,
)

__all__ = ["Graphics", "UsedFont"]

_MAX_DEPTH: Final = 40
_MAX_NESTING: Final = 28
_INVISIBLE: Final = 3

_SHOW: Final = frozenset((b"Tj", b"TJ", b"'", b'"'))
_HANDLED: Final = frozenset(b"cs CS scn SCN sh ri Do gs Tr Tf q Q g G rg RG k K ID".split())
_QUIET: Final = OPERATORS - _SHOW - _HANDLED
_FILL: Final = frozenset(b"f F f* B B* b b*".split())
_STROKE: Final = frozenset(b"S s B B* b b*".split())
_PAINT: Final = _FILL | _STROKE
_SETS_FILL: Final = frozenset((b"g", b"rg", b"k", b"cs"))
_SETS_STROKE: Final = frozenset((b"G", b"RG", b"K", b"CS"))
_FILLING_MODES: Final = (0, 2, 4, 6)
_STROKING_MODES: Final = (1, 2, 5, 6)
_COLOR: Final = {
    b"g": "/DeviceGray",
    b"G": "/DeviceGray",
    b"rg": "/DeviceRGB",
    b"RG": "/DeviceRGB",
    b"k": "/DeviceCMYK",
    b"K": "/DeviceCMYK",
}


@dataclass(slots=True)
class UsedFont:
    """A font with which text is shown.

    Attributes:
        font: its dictionary.
        place: the first place where it is used.
        visible: shown at least once with a text rendering mode other than 3.
        shown: operands of the visible text operators, the first of them.
    """

    font: Any
    place: str
    visible: bool = False
    shown: list[bytes] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """The part of the graphics state that the rules look at.

    `fill` and `stroke` are true once a colour was set: the initial one is black in DeviceGray
    (PDF Reference 1.4, table 4.2), a device colour like any other.
    """

    font: UsedFont | None = None
    mode: int = 0
    fill: bool = False
    stroke: bool = False


@dataclass(slots=True)
class _Frame:
    """One content stream being read; `deeper` counts the `q` beyond what is kept."""

    resources: Any
    place: str
    state: _State
    depth: int
    deeper: int = 0
    stack: list[_State] = field(default_factory=list)
    fonts: dict[bytes, UsedFont | None] = field(default_factory=dict)
    done: set[tuple[bytes, bytes]] = field(default_factory=set)


_COLORED: Final = _State(fill=True, stroke=True)


class Graphics:
    """Reads content streams; remembers what it has judged."""

    def __init__(
        self, pdf: pikepdf.Pdf, colors: Colors, notes: Notes, *, limit: int | None = None
    ) -> None:
        self._contents = Contents(pdf, notes, limit)
        self._colors = colors
        self._notes = notes
        self._dictionaries = Dictionaries(notes)
        self._read: set[tuple[object, ...]] = set()
        self._fonts: dict[tuple[int, int] | int, UsedFont] = {}
        self._once: dict[bytes, Callable[[_Frame, bytes], None]] = {
            b"cs": self._set_space,
            b"CS": self._set_space,
            b"scn": self._set_pattern,
            b"SCN": self._set_pattern,
            b"sh": self._shade,
            b"ri": self._intent,
            INLINE_IMAGE: self._inline,
        }

    @property
    def fonts(self) -> list[UsedFont]:
        """Every font with which text is shown."""
        return list(self._fonts.values())

    def page(self, page: Any, place: str) -> None:
        """Judge one page: its group, its resources, its content."""
        self._dictionaries.group(page, place)
        resources = inherited(page, "/Resources")
        contents = get(page, "/Contents")
        streams = array(contents) or ([contents] if is_stream(contents) else [])
        if not self._notes.spend(len(streams), place):
            return
        key = (self._named(resources, place), *map(identity, streams))
        if key in self._read:
            return  # a page listed again, or one that paints the same
        self._read.add(key)
        self._dictionaries.resources(resources, place)
        data = b"\n".join(self._contents.octets(item, place) for item in streams)
        self._content(data, resources, place, _State(), 0)

    def _named(self, resources: Any, place: str) -> object:
        """What tells resources apart: their number, else what is written."""
        found = None if resources is None else identity(resources)
        if found is not None or not is_dictionary(resources):
            return found
        written = resources.unparse(resolved=False)
        return written if self._notes.spend(len(written) // 512 + 1, place) else None

    def appearance(self, stream: Any, place: str) -> None:
        """Judge an appearance stream of an annotation."""
        self._dictionaries.xobject(stream, place)
        self._form(stream, _Frame(None, place, _State(), 0))

    def _content(self, data: bytes, resources: Any, place: str, state: _State, depth: int) -> None:
        frame = _Frame(resources, place, replace(state), depth)
        self._run(self._contents.instructions(data, place), frame)

    def _run(self, instructions: list[tuple[bytes, bytes]], frame: _Frame) -> None:
        quiet = _QUIET if self._colors.output else _QUIET - _PAINT
        for operands, op in instructions:
            if op in quiet:
                continue
            if op in _SHOW:
                self._show(frame, operands)
            elif op == b"Tf":
                self._set_font(frame, operands)
            elif op in _COLOR:
                _set_color(frame.state, op)
                if (op, b"") not in frame.done:
                    frame.done.add((op, b""))
                    self._colors.use_name(_COLOR[op], frame.resources, frame.place)
            elif op == b"q" or op == b"Q":
                self._save(frame, op)
            else:
                self._rare(frame, operands, op)

    def _rare(self, frame: _Frame, operands: bytes, op: bytes) -> None:
        if op == b"Do":
            self._do(frame, operands)
        elif op == b"gs":
            self._set_state(frame, operands)
        elif op in _PAINT:
            self._initial(frame, fill=op in _FILL, stroke=op in _STROKE)
        elif op == b"Tr":
            frame.state.mode = text_mode(operands)
        elif (
            key := INLINE_IMAGE if op[:2] == INLINE_IMAGE and op[-2:] == b"EI" else op
        ) in self._once:
            _set_color(frame.state, op)
            if (key, operands) not in frame.done:
                frame.done.add((key, operands))
                self._once[key](frame, operands)
        elif op not in OPERATORS:
            self._notes.fail("6.2.10", "an operator that PDF 1.4 does not define", frame.place)

    def _save(self, frame: _Frame, op: bytes) -> None:
        if op == b"q":
            if len(frame.stack) > _MAX_NESTING:
                frame.deeper += 1
                return
            state = frame.state
            frame.stack.append(_State(state.font, state.mode, state.fill, state.stroke))
            if len(frame.stack) == _MAX_NESTING + 1:
                self._notes.fail("6.1.12", f"q nested deeper than {_MAX_NESTING}", frame.place)
        elif frame.deeper:
            frame.deeper -= 1
        elif frame.stack:
            frame.state = frame.stack.pop()

    def _set_font(self, frame: _Frame, operands: bytes) -> None:
        key = operands.strip().partition(b" ")[0]
        if key not in frame.fonts:
            font = self._resource(frame, "/Font", operands)
            frame.fonts[key] = None if font is None else self._font(font, frame.place)
            if font is None:
                self._notes.fail("6.3.4", "a font that the resources do not define", frame.place)
        frame.state.font = frame.fonts[key]

    def _font(self, font: Any, place: str) -> UsedFont:
        key = identity(font) or id(font)
        if key not in self._fonts:
            self._fonts[key] = UsedFont(font, where(font, place))
            if name(get(font, "/Subtype")) == "/Type3":
                self._glyphs(font, place)
        return self._fonts[key]

    def _glyphs(self, font: Any, place: str) -> None:
        resources, done = get(font, "/Resources"), set()
        self._dictionaries.resources(resources, where(font, place))
        procedures = get(font, "/CharProcs")
        if is_dictionary(procedures) and not self._notes.spend(len(procedures), place):
            return
        for _, procedure in entries(procedures):
            if (
                is_stream(procedure)
                and not self._contents.is_spent
                and identity(procedure) not in done
            ):
                done.add(identity(procedure))
                data = self._contents.octets(procedure, place)
                self._content(data, resources, where(font, place), _COLORED, 1)

    def _set_state(self, frame: _Frame, operands: bytes) -> None:
        font = array(get(self._resource(frame, "/ExtGState", operands), "/Font"))
        if font:
            frame.state.font = self._font(font[0], frame.place)

    def _set_space(self, frame: _Frame, operands: bytes) -> None:
        key = first_name(operands)
        if key is not None:
            self._colors.use_name(key, frame.resources, frame.place)

    def _set_pattern(self, frame: _Frame, operands: bytes) -> None:
        if first_name(operands) is None:
            return
        pattern = self._resource(frame, "/Pattern", operands)
        place = where(pattern, frame.place)
        if is_stream(pattern):
            state = _COLORED if number(get(pattern, "/PaintType")) == 2 else _State()
            self._form(pattern, _Frame(frame.resources, place, state, frame.depth))
        elif pattern is not None:
            self._dictionaries.state(get(pattern, "/ExtGState"), place)
            self._shading(get(pattern, "/Shading"), frame, place)

    def _shade(self, frame: _Frame, operands: bytes) -> None:
        self._shading(self._resource(frame, "/Shading", operands), frame, frame.place)

    def _shading(self, shading: Any, frame: _Frame, place: str) -> None:
        space = get(shading, "/ColorSpace")
        if space is not None:
            self._colors.use(space, frame.resources, where(shading, place))

    def _intent(self, frame: _Frame, operands: bytes) -> None:
        if first_name(operands) not in INTENTS:
            self._notes.fail("6.2.9", "not one of the four rendering intents", frame.place)

    def _do(self, frame: _Frame, operands: bytes) -> None:
        xobject = self._resource(frame, "/XObject", operands)
        kind = name(get(xobject, "/Subtype"))
        if kind == "/Form":
            self._form(xobject, frame)
        elif kind == "/Image" and get(xobject, "/ImageMask") is True:
            self._initial(frame, fill=True, stroke=False)
        elif kind == "/Image":
            space = get(xobject, "/ColorSpace")
            if space is not None:
                self._colors.use(space, frame.resources, where(xobject, frame.place))

    def _form(self, form: Any, frame: _Frame) -> None:
        state = frame.state
        key = (identity(form) or id(form), id(state.font), state.mode, state.fill, state.stroke)
        if key in self._read or not is_stream(form):
            return
        self._read.add(key)
        place = where(form, frame.place)
        if frame.depth >= _MAX_DEPTH:
            self._notes.not_run.append(f"{place}: forms nested deeper than {_MAX_DEPTH}")
            return
        resources = get(form, "/Resources")
        if resources is None:
            resources = frame.resources
        else:
            self._dictionaries.resources(resources, place)
        data = self._contents.octets(form, place)
        self._content(data, resources, place, replace(state), frame.depth + 1)

    def _inline(self, frame: _Frame, operands: bytes) -> None:
        keys = inline_entries(operands)
        if b"LZW" in keys.get(b"F", b""):
            self._notes.fail("6.1.10", "LZW in an inline image", frame.place)
        if keys.get(b"I") == b"true":
            self._notes.fail("6.2.4", "Interpolate is true in an inline image", frame.place)
        if b"Intent" in keys and first_name(keys[b"Intent"]) not in INTENTS:
            self._notes.fail("6.2.9", "not one of the four rendering intents", frame.place)
        if keys.get(b"IM") == b"true":
            self._initial(frame, fill=True, stroke=False)
            return
        space = inline_space(keys)
        if space is not None:
            self._colors.use_name(space, frame.resources, frame.place)

    def _show(self, frame: _Frame, operands: bytes) -> None:
        state = frame.state
        if state.font is not None and state.mode != _INVISIBLE:
            state.font.visible = True
            state.font.shown.append(operands)
        if not self._colors.output:
            mode = state.mode
            self._initial(frame, fill=mode in _FILLING_MODES, stroke=mode in _STROKING_MODES)

    def _initial(self, frame: _Frame, *, fill: bool, stroke: bool) -> None:
        """6.2.3.3: painting in the initial colour uses DeviceGray."""
        state = frame.state
        if (fill and not state.fill) or (stroke and not state.stroke):
            self._colors.use_name("/DeviceGray", frame.resources, frame.place)

    def _resource(self, frame: _Frame, kind: str, operands: bytes) -> Any:
        key = first_name(operands)
        return None if key is None else get(get(frame.resources, kind), key)


def _set_color(state: _State, op: bytes) -> None:
    if op in _SETS_FILL:
        state.fill = True
    elif op in _SETS_STROKE:
        state.stroke = True
