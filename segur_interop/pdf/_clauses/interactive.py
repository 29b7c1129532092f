"""Annotations, actions, forms: ISO 19005-1:2005, 6.5, 6.6 and 6.9."""

from __future__ import annotations

from typing import Any, Final

from segur_interop.pdf._clauses.color import Colors
from segur_interop.pdf._clauses.graphics import Graphics
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.objects import (
    array,
    entries,
    get,
    identity,
    is_array,
    is_dictionary,
    is_stream,
    name,
    number,
    where,
)

__all__ = ["ACTIONS", "ANNOTATIONS", "NAMED_ACTIONS", "Interactive"]

ANNOTATIONS: Final = frozenset(
    [
        "/Text",
        "/Link",
        "/FreeText",
        "/Line",
        "/Square",
        "/Circle",
        "/Highlight",
        "/Underline",
        "/Squiggly",
        "/StrikeOut",
        "/Stamp",
        "/Ink",
        "/Popup",
        "/Widget",
        "/PrinterMark",
        "/TrapNet",
    ]
)
"""Annotation types of PDF 1.4 that 6.5.2 permits."""

ACTIONS: Final = frozenset(["/GoTo", "/GoToR", "/Thread", "/URI", "/Named", "/SubmitForm"])
"""Action types of PDF 1.4 that 6.6.1 (with corrigendum 2) permits."""

NAMED_ACTIONS: Final = frozenset(["/NextPage", "/PrevPage", "/FirstPage", "/LastPage"])

_MAX_NODES: Final = 200_000
_FEW_NODES: Final = 20_000  # and one for each byte of the file, which takes far more to hold one
_PRINT: Final = 4
_HIDDEN: Final = 1 | 2 | 32


class Interactive:
    """Judges what a reader can click on."""

    def __init__(self, colors: Colors, graphics: Graphics, notes: Notes, size: int) -> None:
        self._colors = colors
        self._graphics = graphics
        self._notes = notes
        self._seen: set[tuple[int, int]] = set()
        self._most = self._left = min(_MAX_NODES, _FEW_NODES + size)

    def document(self, root: Any) -> None:
        """The catalog: actions, outlines, name trees, form."""
        notes = self._notes
        if get(root, "/AA") is not None:
            notes.fail("6.6.2", "additional actions of the document", "Catalog")
        if is_dictionary(get(root, "/OpenAction")):
            self.action(get(root, "/OpenAction"), "OpenAction")
        if get(get(root, "/Names"), "/JavaScript") is not None:
            notes.fail("6.6.1", "JavaScript of the document", "Names")
        self._outlines(get(root, "/Outlines"))
        form = get(root, "/AcroForm")
        if get(form, "/NeedAppearances") is True:
            notes.fail("6.9", "NeedAppearances is true", "AcroForm")
        if get(form, "/XFA") is not None:
            notes.fail("6.9", "an XFA form, which PDF 1.4 does not know", "AcroForm")
        self._fields(form)

    def _walk(self, start: list[Any], links: tuple[str, ...], place: str) -> list[Any]:
        """Every dictionary reached from `start` through `links`, once."""
        found, pending, seen = [], list(start), set()
        while pending and self._one_more(place):
            node = pending.pop()
            key = identity(node)
            if key in seen:
                continue
            if key is not None:
                seen.add(key)
            if is_array(node):
                pending.extend(node)
            elif is_dictionary(node):
                found.append(node)
                pending.extend(get(node, link) for link in links)
        return found

    def _one_more(self, place: str) -> bool:
        """False once the file has no more to be looked at, however often it repeats itself."""
        self._left -= 1
        if self._left >= 0:
            return True
        self._notes.not_run.append(f"{place}: more than {self._most} annotations and nodes")
        return False

    def _entries(self, obj: Any, place: str) -> list[tuple[str, Any]]:
        """Those of a dictionary that may be that of many annotations: counted each time."""
        if is_dictionary(obj) and not self._notes.spend(len(obj), place):
            return []
        return list(entries(obj))

    def _outlines(self, outlines: Any) -> None:
        for item in self._walk([get(outlines, "/First")], ("/First", "/Next"), "Outlines"):
            if get(item, "/A") is not None:
                self.action(get(item, "/A"), where(item, "Outlines"))

    def _fields(self, form: Any) -> None:
        for field in self._walk([get(form, "/Fields")], ("/Kids",), "AcroForm"):
            if get(field, "/AA") is not None:
                self._notes.fail("6.6.2", "additional actions of a field", where(field, "AcroForm"))

    def action(self, action: Any, place: str) -> None:
        """6.6.1 for an action and those that follow it."""
        for item in self._walk([action], ("/Next",), place):
            kind = name(get(item, "/S"))
            if kind not in ACTIONS:
                shown = f" {kind[1:]}" if kind in _FORBIDDEN else ""
                self._notes.fail("6.6.1", f"an action{shown} that is not permitted", place)
            elif kind == "/Named" and name(get(item, "/N")) not in NAMED_ACTIONS:
                self._notes.fail("6.6.1", "a named action that is not permitted", place)

    def page(self, page: Any, place: str) -> None:
        """The additional actions and annotations of a page."""
        for _, action in self._entries(get(page, "/AA"), place):
            self.action(action, place)
        annotations = get(page, "/Annots")
        whole = identity(annotations)
        if whole in self._seen or not self._one_more(place):
            return
        if whole is not None:
            self._seen.add(whole)
        for annotation in array(annotations):
            key = identity(annotation)
            if not self._one_more(place):
                break
            if key is None or key not in self._seen:
                self._annotation(annotation, where(annotation, place))
            if key is not None:
                self._seen.add(key)

    def _annotation(self, annotation: Any, place: str) -> None:
        kind = name(get(annotation, "/Subtype"))
        if kind not in ANNOTATIONS:
            self._notes.fail("6.5.2", "an annotation type that is not permitted", place)
        self._flags(annotation, place)
        self._appearance(annotation, kind, place)
        if kind == "/Widget":
            self._widget(annotation, place)
        elif get(annotation, "/A") is not None:
            self.action(get(annotation, "/A"), place)
        for _, action in self._entries(get(annotation, "/AA"), place):
            self.action(action, place)

    def _flags(self, annotation: Any, place: str) -> None:
        opacity = get(annotation, "/CA")
        if opacity is not None and number(opacity) != 1:
            self._notes.fail("6.5.3", "CA is not 1.0", place)
        flags = number(get(annotation, "/F"))
        if flags is None or not int(flags) & _PRINT or int(flags) & _HIDDEN:
            self._notes.fail(
                "6.5.3", "F does not print, or hides (Print set; Hidden, Invisible, NoView not)",
                place,
            )  # fmt: skip
        colored = array(get(annotation, "/C")) or array(get(annotation, "/IC"))
        if colored and self._colors.output != "RGB ":
            self._notes.fail("6.5.3", "C or IC without an RGB output intent", place)

    def _appearance(self, annotation: Any, kind: str | None, place: str) -> None:
        appearance = get(annotation, "/AP")
        if appearance is None:
            return
        keys = [key for key, _ in self._entries(appearance, place)]
        normal = get(appearance, "/N")
        if keys != ["/N"]:
            self._notes.fail("6.5.3", "AP holds other than N", place)
            return
        if kind == "/Widget" and name(_field_value(annotation, "/FT")) == "/Btn":
            if not is_dictionary(normal):
                self._notes.fail("6.5.3", "N of a button is no appearance subdictionary", place)
        elif not is_stream(normal):
            self._notes.fail("6.5.3", "N is no appearance stream", place)
        streams = (
            [normal] if is_stream(normal) else [value for _, value in self._entries(normal, place)]
        )
        for stream in streams:
            if is_stream(stream):
                self._graphics.appearance(stream, where(stream, place))

    def _widget(self, widget: Any, place: str) -> None:
        if get(widget, "/A") is not None:
            self._notes.fail("6.6.1", "a form field performs an action", place)
        if get(widget, "/AA") is not None:
            self._notes.fail("6.6.2", "additional actions of a widget", place)
        if get(widget, "/AP") is None:
            self._notes.fail("6.9", "a form field without appearance", place)


_FORBIDDEN: Final = frozenset(
    ["/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/JavaScript", "/Hide"]
)


def _field_value(widget: Any, key: str) -> Any:
    node = widget
    for _ in range(40):
        value = get(node, key)
        if value is not None or node is None:
            return value
        node = get(node, "/Parent")
    return None
