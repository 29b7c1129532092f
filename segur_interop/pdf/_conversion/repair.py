"""The light repair: what pikepdf can put right without touching what the pages show.

Each change is a finding. What would change the appearance is left alone, for Ghostscript.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any, Final

import pikepdf

from segur_interop.findings import Finding, Severity
from segur_interop.pdf._clauses.color import Colors
from segur_interop.pdf._clauses.graphics import Graphics
from segur_interop.pdf._clauses.interactive import ACTIONS, ANNOTATIONS, NAMED_ACTIONS
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._clauses.xobjects import INTENTS
from segur_interop.pdf._conversion.metadata import Metadata, conform, read_metadata, to_bytes
from segur_interop.pdf._reading.objects import (
    MALFORMED,
    TooLarge,
    array,
    decoded,
    entries,
    get,
    identity,
    inherited,
    is_array,
    is_dictionary,
    is_stream,
    name,
    number,
    where,
)
from segur_interop.pdf._reading.truetype import read_truetype

__all__ = ["metadata_of", "repair"]

_MAX_STREAM: Final = 256_000_000
_MAX_MAP: Final = 2 * 65_536
_MAX_CHAIN: Final = 100
_PRINT: Final = 4
_NO_ROTATE: Final = 16 | 8 | 64 | 128
_INVISIBLE: Final = 1 | 2 | 32
_SUBSET: Final = re.compile(r"/[A-Z]{6}\+")


def metadata_of(data: bytes) -> tuple[Metadata, tuple[Finding, ...]]:
    """What a file says of itself, and what of it cannot be kept."""
    notes = Notes()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        return read_metadata(pdf, notes), notes.findings


def repair(
    data: bytes, *, groups: bool, keep_intent: bool = True, metadata: Metadata | None = None
) -> tuple[bytes, tuple[Finding, ...]]:
    """Mend what can be mended without touching what the pages show.

    Args:
        data: a PDF that opens without a password.
        groups: transparency groups may go: nothing transparent is inside.
        keep_intent: a valid output intent suits the colours of the pages.
        metadata: written instead of what the file says.

    Returns:
        The octets and one finding for each change or loss.
    """
    notes = Notes()
    with pikepdf.open(io.BytesIO(data)) as pdf:
        steps: list[Callable[[pikepdf.Pdf, Notes], None]] = [
            _drop_attachments,
            _drop_scripts,
            _mend_outlines,
            _mend_form,
            _mend_tree,
            _mend_pages,
            _mend_streams,
            _mend_subsets,
            _drop_unused_fonts,
        ]
        if groups:
            steps.append(_drop_groups)
        for step in steps:
            try:
                step(pdf, notes)
            except (*MALFORMED, TooLarge):
                _tell(notes, "unreadable", f"could not be applied: {step.__name__.strip('_')}", "")
        findings = conform(pdf, metadata=metadata, keep_intent=keep_intent)
        return to_bytes(pdf), (*notes.findings, *findings)


def _tell(
    notes: Notes, rule: str, message: str, place: str, severity: Severity = Severity.WARNING
) -> None:
    notes.add(f"pdf.repair.{rule}", message, place, severity=severity)


def _delete(owner: Any, key: str) -> None:
    if key in owner:
        del owner[key]


def _drop_attachments(pdf: pikepdf.Pdf, notes: Notes) -> None:
    names = get(pdf.Root, "/Names")
    if get(names, "/EmbeddedFiles") is not None:
        _tell(notes, "attachment", "embedded files were removed", "Names")
        del names["/EmbeddedFiles"]
    for item in pdf.objects:
        if is_dictionary(item) and get(item, "/EF") is not None:
            _tell(notes, "attachment", "an embedded file was removed", where(item, ""))
            del item["/EF"]


def _drop_scripts(pdf: pikepdf.Pdf, notes: Notes) -> None:
    names = get(pdf.Root, "/Names")
    if get(names, "/JavaScript") is not None:
        _tell(notes, "action", "JavaScript of the document was removed", "Names")
        del names["/JavaScript"]
    if get(pdf.Root, "/AA") is not None:
        _tell(notes, "action", "additional actions of the document were removed", "Catalog")
        del pdf.Root["/AA"]
    if not _is_permitted(get(pdf.Root, "/OpenAction")):
        _tell(notes, "action", "the opening action was removed", "Catalog")
        del pdf.Root["/OpenAction"]


def _is_permitted(action: Any) -> bool:
    """A destination, or a chain of permitted actions."""
    pending = [action]
    for _ in range(_MAX_CHAIN):
        if not pending:
            return True
        item = pending.pop()
        if not is_dictionary(item):
            continue
        kind = name(get(item, "/S"))
        named = kind == "/Named" and name(get(item, "/N")) not in NAMED_ACTIONS
        if kind not in ACTIONS or named:
            return False
        following = get(item, "/Next")
        if is_array(following) and len(following) > _MAX_CHAIN:
            return False
        pending.extend(array(following) or [following])
    return False


def _mend_outlines(pdf: pikepdf.Pdf, notes: Notes) -> None:
    pending, seen = [get(get(pdf.Root, "/Outlines"), "/First")], set()
    while pending:
        item = pending.pop()
        key = identity(item)
        if not is_dictionary(item) or key in seen or key is None:
            continue
        seen.add(key)
        if get(item, "/A") is not None and not _is_permitted(get(item, "/A")):
            _tell(notes, "action", "the action of a bookmark was removed", where(item, "Outlines"))
            del item["/A"]
        pending += [get(item, "/First"), get(item, "/Next")]


def _mend_form(pdf: pikepdf.Pdf, notes: Notes) -> None:
    form = get(pdf.Root, "/AcroForm")
    if get(form, "/XFA") is not None:
        _tell(notes, "form", "the XFA description of the form was removed", "AcroForm")
        del form["/XFA"]
    if get(form, "/NeedAppearances") is True and _all_widgets_drawn(pdf):
        _tell(notes, "form", "NeedAppearances was set to false", "AcroForm", Severity.INFO)
        del form["/NeedAppearances"]
    pending, seen = array(get(form, "/Fields")), set()
    while pending:
        field = pending.pop()
        key = identity(field)
        if is_array(field) and (key is None or key not in seen):
            pending += array(field)
        if key in seen or key is None:
            continue
        seen.add(key)
        pending.append(get(field, "/Kids"))
        if get(field, "/AA") is not None:
            _tell(notes, "action", "additional actions of a field were removed", where(field, ""))
            del field["/AA"]


def _all_widgets_drawn(pdf: pikepdf.Pdf) -> bool:
    return all(
        get(annotation, "/AP") is not None
        for page in pdf.pages
        for annotation in array(get(page.obj, "/Annots"))
        if name(get(annotation, "/Subtype")) == "/Widget"
    )


def _mend_tree(pdf: pikepdf.Pdf, _: Notes) -> None:
    """Each page names the node that holds it; qpdf copied what is inherited, and counts anew."""
    pending, seen = [get(pdf.Root, "/Pages")], set[object]()
    while pending:
        node = pending.pop()
        if identity(node) in seen:
            continue
        seen.add(identity(node))
        for kid in array(get(node, "/Kids")):
            if identity(get(kid, "/Parent")) != identity(node):
                kid["/Parent"] = node
            pending.append(kid)


def _mend_pages(pdf: pikepdf.Pdf, notes: Notes) -> None:
    done: dict[tuple[int, int] | None, Any] = {}
    for index, page in enumerate(pdf.pages):
        place = f"page {index + 1}"
        for key, action in list(entries(get(page.obj, "/AA"))):
            if not _is_permitted(action):
                _tell(notes, "action", "an additional action of a page was removed", place)
                del page.obj["/AA"][key]
        whole = get(page.obj, "/Annots")
        if identity(whole) in done:
            page.obj["/Annots"] = done[identity(whole)]
            continue
        annotations = array(whole)
        kept = [item for item in annotations if _mend_annotation(item, place, notes)]
        if len(kept) != len(annotations):
            page.obj["/Annots"] = pikepdf.Array(kept)
        if identity(whole) is not None:
            done[identity(whole)] = page.obj["/Annots"]


def _mend_annotation(annotation: Any, place: str, notes: Notes) -> bool:
    """False when the annotation has to go."""
    place = where(annotation, place)
    kind = name(get(annotation, "/Subtype"))
    flags = int(number(get(annotation, "/F")) or 0)
    if kind not in ANNOTATIONS:
        _tell(notes, "annotation", "an annotation of a type not permitted was removed", place)
        return False
    if flags & _INVISIBLE and kind != "/Popup":
        _tell(notes, "annotation", "a hidden annotation was removed", place)
        return False
    if not flags & _PRINT or flags & _INVISIBLE:
        _tell(notes, "annotation", "an annotation was set to print", place, Severity.INFO)
        annotation["/F"] = (flags & _NO_ROTATE) | _PRINT
    if get(annotation, "/AA") is not None:
        _tell(notes, "action", "additional actions of an annotation were removed", place)
        del annotation["/AA"]
    action = get(annotation, "/A")
    if action is not None and (kind == "/Widget" or not _is_permitted(action)):
        _tell(notes, "action", "the action of an annotation was removed", place)
        del annotation["/A"]
    appearance = get(annotation, "/AP")
    for key in ("/R", "/D"):
        if get(appearance, key) is not None:
            _tell(notes, "annotation", "a rollover or down appearance was removed", place,
                  Severity.INFO)  # fmt: skip
            del appearance[key]
    return True


def _mend_streams(pdf: pikepdf.Pdf, notes: Notes) -> None:
    for item in pdf.objects:
        if not is_stream(item):
            continue
        place, kind = where(item, ""), name(get(item, "/Subtype"))
        filters = get(item, "/Filter")
        if any(name(f) == "/LZWDecode" for f in array(filters) or [filters]):
            _tell(notes, "lzw", "LZW was replaced by Flate", place, Severity.INFO)
            item.write(decoded(item, _MAX_STREAM))
        if kind == "/Image":
            _mend_image(item, place, notes)
        for key in ("/OPI",) if kind in ("/Image", "/Form") else ():
            if get(item, key) is not None:
                _tell(notes, "image", "OPI information was removed", place)
                del item[key]


def _mend_image(image: Any, place: str, notes: Notes) -> None:
    if get(image, "/Interpolate") is True:
        _tell(notes, "image", "Interpolate was set to false", place, Severity.INFO)
        del image["/Interpolate"]
    if get(image, "/Alternates") is not None:
        _tell(notes, "image", "alternate images were removed", place)
        del image["/Alternates"]
    intent = get(image, "/Intent")
    if intent is not None and name(intent) not in INTENTS:
        _tell(notes, "image", "an undefined rendering intent was removed", place, Severity.INFO)
        del image["/Intent"]


def _mend_subsets(pdf: pikepdf.Pdf, notes: Notes) -> None:
    """6.3.5: state which CIDs an embedded TrueType subset holds."""
    for font in pdf.objects:
        if name(get(font, "/Subtype")) != "/CIDFontType2":
            continue
        descriptor = get(font, "/FontDescriptor")
        program = get(descriptor, "/FontFile2")
        if (
            not _SUBSET.match(name(get(font, "/BaseFont")) or "")
            or is_stream(get(descriptor, "/CIDSet"))
            or not is_stream(program)
        ):
            continue
        face = read_truetype(decoded(program, _MAX_STREAM))
        if face is not None:
            _tell(notes, "font", "a CIDSet was written for a subset", where(font, ""),
                  Severity.INFO)  # fmt: skip
            mapping = get(font, "/CIDToGIDMap")
            if is_stream(mapping):
                table = decoded(mapping, _MAX_MAP)
                present = [cid for cid in range(len(table) // 2) if any(table[2 * cid :][:2])]
            else:
                present = list(range(face.glyphs))
            descriptor["/CIDSet"] = pdf.make_stream(_bits([0, *present]))


def _bits(cids: list[int]) -> bytes:
    """PDF Reference 1.4, table 5.20: one bit for each CID, the high-order bit first."""
    bits = bytearray(max(cids) // 8 + 1)
    for cid in cids:
        bits[cid // 8] |= 0x80 >> cid % 8
    return bytes(bits)


def _drop_unused_fonts(pdf: pikepdf.Pdf, notes: Notes) -> None:
    """Fonts that nothing shows and that are not embedded: writers leave Helvetica behind."""
    graphics = Graphics(pdf, Colors(Notes()), unread := Notes())
    for index, page in enumerate(pdf.pages):
        graphics.page(page.obj, f"page {index + 1}")
        for annotation in array(get(page.obj, "/Annots")):
            for _, stream in entries(get(annotation, "/AP")):
                graphics.appearance(stream, "")
    if unread.not_run:
        return
    used = {identity(item.font) for item in graphics.fonts}
    for page in pdf.pages:
        fonts = get(inherited(page.obj, "/Resources"), "/Font")
        for key, font in list(entries(fonts)):
            if identity(font) and identity(font) not in used and not _is_embedded(font):
                _tell(notes, "font", "a font that nothing uses was removed", where(font, ""),
                      Severity.INFO)  # fmt: skip
                _delete(fonts, key)


def _is_embedded(font: Any) -> bool:
    if name(get(font, "/Subtype")) == "/Type3":
        return True
    children = array(get(font, "/DescendantFonts"))
    descriptor = get(children[0] if children else font, "/FontDescriptor")
    return any(is_stream(get(descriptor, f"/FontFile{n}")) for n in ("", "2", "3"))


def _drop_groups(pdf: pikepdf.Pdf, notes: Notes) -> None:
    for item in [*(page.obj for page in pdf.pages), *pdf.objects]:
        group = get(item, "/Group") if is_dictionary(item) or is_stream(item) else None
        if name(get(group, "/S")) == "/Transparency":
            _tell(notes, "group", "a transparency group with nothing transparent was removed",
                  where(item, ""), Severity.INFO)  # fmt: skip
            del item["/Group"]
