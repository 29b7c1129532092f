"""Images, forms, graphics states, groups: ISO 19005-1:2005, 6.1.7, 6.1.10, 6.2.4-6.2.9, 6.4."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.objects import (
    entries,
    get,
    identity,
    is_dictionary,
    is_stream,
    name,
    number,
    where,
)

__all__ = ["INTENTS", "Dictionaries"]

INTENTS: Final = ("/RelativeColorimetric", "/AbsoluteColorimetric", "/Perceptual", "/Saturation")
"""The four rendering intents of PDF Reference 1.4, 4.5.4."""

_BITS: Final = (1, 2, 4, 8)
_MAX_ENTRIES: Final = 1_000_000


class Dictionaries:
    """Judges each dictionary of the resources once."""

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._judged: set[tuple[int, int]] = set()
        self._left = _MAX_ENTRIES

    def _new(self, obj: Any) -> bool:
        key = identity(obj)
        if key is None:
            return True
        if key in self._judged:
            return False
        self._judged.add(key)
        return True

    def resources(self, resources: Any, place: str) -> None:
        """Every XObject and graphics state of a resource dictionary."""
        if resources is None or not self._new(resources):
            return
        for _, xobject in self._entries(resources, "/XObject", place):
            self.xobject(xobject, place)
        for _, state in self._entries(resources, "/ExtGState", place):
            self.state(state, place)

    def _entries(self, resources: Any, kind: str, place: str) -> Iterator[tuple[str, Any]]:
        """Those of a dictionary that may be that of many resources: counted each time."""
        named = get(resources, kind)
        self._left -= len(named) if is_dictionary(named) else 0
        if self._left < 0:
            self._notes.not_run.append(f"{place}: more than {_MAX_ENTRIES} resources")
            return
        yield from entries(named)

    def xobject(self, xobject: Any, place: str) -> None:
        """6.2.4 to 6.2.7 and 6.4 for one XObject."""
        if not is_stream(xobject) or not self._new(xobject):
            return
        place, kind = where(xobject, place), name(get(xobject, "/Subtype"))
        if get(xobject, "/OPI") is not None:
            self._notes.fail("6.2.4", "an XObject has OPI", place)
        if _not_none(get(xobject, "/SMask")):
            self._notes.fail("6.4", "an XObject has SMask", place)
        if kind == "/Image":
            self._image(xobject, place)
        elif kind == "/PS":
            self._notes.fail("6.2.7", "a PostScript XObject", place)
        else:
            self._form(xobject, place)

    def _image(self, image: Any, place: str) -> None:
        if get(image, "/Alternates") is not None:
            self._notes.fail("6.2.4", "an image has Alternates", place)
        if get(image, "/Interpolate") is True:
            self._notes.fail("6.2.4", "Interpolate is true", place)
        bits, mask = number(get(image, "/BitsPerComponent")), get(image, "/ImageMask") is True
        if bits is not None and bits not in ((1,) if mask else _BITS):
            self._notes.fail("6.2.4", "BitsPerComponent is not a value of PDF 1.4", place)
        intent = get(image, "/Intent")
        if intent is not None and name(intent) not in INTENTS:
            self._notes.fail("6.2.9", "not one of the four rendering intents", place)
        stencil = get(image, "/Mask")
        if is_stream(stencil) and self._new(stencil):
            self._image(stencil, where(stencil, place))

    def _form(self, form: Any, place: str) -> None:
        if name(get(form, "/Subtype2")) == "/PS" or get(form, "/PS") is not None:
            self._notes.fail("6.2.5", "a form holds PostScript", place)
        if get(form, "/Ref") is not None:
            self._notes.fail("6.2.6", "a reference XObject", place)
        self.group(form, place)

    def group(self, owner: Any, place: str) -> None:
        """6.4: no transparency group, on a page or in a form."""
        if name(get(get(owner, "/Group"), "/S")) == "/Transparency":
            self._notes.fail("6.4", "a transparency group", place)

    def state(self, state: Any, place: str) -> None:
        """6.2.8, 6.2.9 and 6.4 for one graphics state dictionary."""
        if state is None or not self._new(state):
            return
        place = where(state, place)
        if get(state, "/TR") is not None:
            self._notes.fail("6.2.8", "a graphics state has TR", place)
        transfer = get(state, "/TR2")
        if transfer is not None and name(transfer) != "/Default":
            self._notes.fail("6.2.8", "TR2 is not Default", place)
        intent = get(state, "/RI")
        if intent is not None and name(intent) not in INTENTS:
            self._notes.fail("6.2.9", "not one of the four rendering intents", place)
        self._transparency(state, place)

    def _transparency(self, state: Any, place: str) -> None:
        if _not_none(get(state, "/SMask")):
            self._notes.fail("6.4", "a soft mask", place)
        for key in ("/CA", "/ca"):
            value = get(state, key)
            if value is not None and abs((number(value) or 0) - 1) > 1e-6:
                self._notes.fail("6.4", f"{key[1:]} is not 1.0", place)
        mode = get(state, "/BM")
        if mode is not None and name(mode) not in ("/Normal", "/Compatible"):
            self._notes.fail("6.4", "a blend mode other than Normal", place)


def _not_none(mask: Any) -> bool:
    return mask is not None and name(mask) != "/None"
