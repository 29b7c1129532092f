"""Fonts that show something: ISO 19005-1:2005, 6.3."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from segur_interop.pdf._clauses.graphics import UsedFont
from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.objects import (
    MALFORMED,
    TooLarge,
    array,
    get,
    is_dictionary,
    is_stream,
    name,
    number,
    text,
)
from segur_interop.pdf._reading.truetype import Cmap, TrueType, read_truetype

__all__ = ["check_font"]

_MAX_PROGRAM: Final = 100_000_000
_SUBTYPES: Final = ("/Type1", "/MMType1", "/TrueType", "/Type3", "/Type0")
_IDENTITY: Final = ("/Identity-H", "/Identity-V")
_ENCODINGS: Final = {"/MacRomanEncoding": "mac_roman", "/WinAnsiEncoding": "cp1252"}
_SUBSET: Final = re.compile(r"/[A-Z]{6}\+")
_SYMBOLIC: Final = 4
_WMODE: Final = re.compile(rb"/WMode\s+([01])\s+def")
_STRINGS: Final = re.compile(
    rb"\((?P<literal>(?>[^()\\]++|\\.|\((?>[^()\\]++|\\.)*+\))*+)\)|<(?P<hex>[^<>]*+)>", re.DOTALL
)
_ESCAPE: Final = re.compile(rb"\\([0-7]{1,3}|\r\n|.)", re.DOTALL)
_ESCAPED: Final = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def check_font(used: UsedFont, notes: Notes) -> None:
    """Judge one font; what only rendering needs is left out when it is only shown invisibly."""
    font, place = used.font, used.place
    kind = name(get(font, "/Subtype"))
    if name(get(font, "/Type")) != "/Font":
        notes.fail("6.3.2", "a font without Type Font", place)
    if kind not in _SUBTYPES:
        notes.fail("6.3.2", "a font of no Subtype of PDF 1.4", place)
        return
    if kind != "/Type3" and name(get(font, "/BaseFont")) is None:
        notes.fail("6.3.2", "a font without BaseFont", place)
    if kind == "/Type0":
        _check_composite(used, notes)
    else:
        _check_simple(used, kind, notes)


def _check_simple(used: UsedFont, kind: str, notes: Notes) -> None:
    font, place = used.font, used.place
    first, last = number(get(font, "/FirstChar")), number(get(font, "/LastChar"))
    widths = array(get(font, "/Widths"))
    if not notes.spend(len(widths), place):
        return
    descriptor = get(font, "/FontDescriptor")
    agree = first is not None and last is not None and len(widths) == last - first + 1
    if not agree and (descriptor is not None or kind == "/Type3"):
        notes.fail("6.3.2", "FirstChar, LastChar and Widths do not agree", place)
    if kind == "/Type3":
        return
    program = _program(descriptor, used, notes)
    if kind != "/TrueType":
        subset = _SUBSET.match(name(get(font, "/BaseFont")) or "")
        if subset and used.visible and text(get(descriptor, "/CharSet")) is None:
            notes.fail("6.3.5", "a Type 1 subset without CharSet", place)
        return
    symbolic = bool(int(number(get(descriptor, "/Flags")) or 0) & _SYMBOLIC)
    _check_encoding(get(font, "/Encoding"), symbolic, place, notes)
    face = read_truetype(program) if program else None
    if program and face is None:
        notes.fail("6.3.4", "the embedded font program is no TrueType program", place)
    if face is None or first is None:
        return
    if symbolic and face.cmap_count != 1:
        notes.fail("6.3.7", "a symbolic TrueType font with other than one cmap", place)
    encoding, start = get(font, "/Encoding"), int(first)
    glyph = _symbols(face) if symbolic else _characters(face, encoding)
    for code in sorted(set(b"".join(_strings(used.shown)))):
        given = number(widths[code - start]) if start <= code < start + len(widths) else None
        _check_width(face, glyph(code), given, place, notes)


def _check_encoding(encoding: Any, symbolic: bool, place: str, notes: Notes) -> None:
    if symbolic:
        if encoding is not None:
            notes.fail("6.3.7", "a symbolic TrueType font with Encoding", place)
        return
    base, differences = name(encoding), None
    if is_dictionary(encoding):
        base, differences = name(get(encoding, "/BaseEncoding")), get(encoding, "/Differences")
    if base not in _ENCODINGS or differences is not None:
        notes.fail(
            "6.3.7", "a non-symbolic TrueType font without MacRoman or WinAnsi encoding", place
        )


def _symbols(face: TrueType) -> Callable[[int], int]:
    """The glyph of a code of a symbolic font, as PDF Reference 1.4, 5.5.5 finds it."""
    table = face.cmaps.get((3, 0)) or face.cmaps.get((1, 0)) or _any(face)
    get = table.get
    return lambda code: get(0xF000 + code) or get(code) or get(0xF100 + code) or get(0xF200 + code)


def _characters(face: TrueType, encoding: Any) -> Callable[[int], int]:
    """The glyph of a code of another font, as PDF Reference 1.4, 5.5.5 finds it."""
    codec = _ENCODINGS.get(name(encoding) or name(get(encoding, "/BaseEncoding")) or "", "cp1252")
    unicode, mac = face.cmaps.get((3, 1)), face.cmaps.get((1, 0))

    def glyph(code: int) -> int:
        character = bytes([code]).decode(codec, "replace")
        if unicode is not None:
            return unicode.get(ord(character))
        return mac.get((character.encode("mac_roman", "ignore") or b"\0")[0]) if mac else 0

    return glyph


def _any(face: TrueType) -> Cmap:
    return next(iter(face.cmaps.values()), Cmap(b""))


def _check_width(face: TrueType, glyph: int, given: float | None, place: str, notes: Notes) -> None:
    actual = face.width(glyph)
    if actual is None:
        notes.fail("6.3.5", "a glyph that the font program does not have", place)
    elif glyph and given is not None and abs(actual - given) > 1:
        notes.fail("6.3.6", "a width that is not the font program's", place)


def _check_composite(used: UsedFont, notes: Notes) -> None:
    font, place = used.font, used.place
    encoding = get(font, "/Encoding")
    descendants = array(get(font, "/DescendantFonts"))
    if len(descendants) != 1:
        notes.fail("6.3.2", "a Type 0 font without exactly one descendant", place)
        return
    child = descendants[0]
    if name(encoding) not in _IDENTITY:
        _check_cmap(encoding, child, place, notes)
    kind = name(get(child, "/Subtype"))
    if kind not in ("/CIDFontType0", "/CIDFontType2") or name(get(child, "/Type")) != "/Font":
        notes.fail("6.3.2", "a descendant that is no CIDFont", place)
        return
    descriptor = get(child, "/FontDescriptor")
    program = _program(descriptor, used, notes)
    subset = _SUBSET.match(name(get(child, "/BaseFont")) or "")
    if subset and used.visible and not is_stream(get(descriptor, "/CIDSet")):
        notes.fail("6.3.5", "a CIDFont subset without CIDSet", place)
    if kind == "/CIDFontType2" and used.visible:
        _check_type2(used, child, program, notes)


def _check_type2(used: UsedFont, child: Any, program: bytes | None, notes: Notes) -> None:
    mapping = get(child, "/CIDToGIDMap")
    if name(mapping) != "/Identity" and not is_stream(mapping):
        notes.fail("6.3.3.2", "a Type 2 CIDFont without CIDToGIDMap", used.place)
    face = read_truetype(program) if program else None
    if program and face is None:
        notes.fail("6.3.4", "the embedded font program is no TrueType program", used.place)
    if face is None or name(get(used.font, "/Encoding")) not in _IDENTITY:
        return
    glyphs = notes.decoded(mapping, 200_000, used.place) if is_stream(mapping) else None
    widths, default = _cid_widths(get(child, "/W"), used.place, notes), number(get(child, "/DW"))
    joined = b"".join(string[: len(string) // 2 * 2] for string in _strings(used.shown))
    for cid in {joined[i] << 8 | joined[i + 1] for i in range(0, len(joined), 2)}:
        glyph = cid if glyphs is None else int.from_bytes(glyphs[2 * cid : 2 * cid + 2], "big")
        given = widths.get(cid, 1000.0 if default is None else default)
        _check_width(face, glyph, given, used.place, notes)


def _cid_widths(table: Any, place: str, notes: Notes) -> dict[int, float]:
    """The W array (PDF Reference 1.4, 5.6.3): `c [w1 w2 …]` and `first last w`."""
    found: dict[int, float] = {}
    items = array(table)
    at, before = 0, 0
    while at + 1 < len(items) and notes.spend(before + 1, place):
        first = int(number(items[at]) or 0)
        run = array(items[at + 1])
        if run:
            found.update({first + i: number(width) or 0.0 for i, width in enumerate(run)})
            at, before = at + 2, len(run)
            continue
        if at + 2 >= len(items):
            break
        last = min(int(number(items[at + 1]) or 0), 0xFFFF)
        found.update(dict.fromkeys(range(first, last + 1), number(items[at + 2]) or 0.0))
        at, before = at + 3, max(0, last - first)
    return found


def _check_cmap(cmap: Any, child: Any, place: str, notes: Notes) -> None:
    if not is_stream(cmap):
        notes.fail("6.3.3.3", "a CMap that is neither Identity nor embedded", place)
        return
    own, other = get(cmap, "/CIDSystemInfo"), get(child, "/CIDSystemInfo")
    for key in ("/Registry", "/Ordering"):
        if text(get(own, key)) is None or text(get(own, key)) != text(get(other, key)):
            notes.fail("6.3.3.1", f"{key[1:]} of the CMap and of the CIDFont differ", place)
    written = _WMODE.search(notes.decoded(cmap, _MAX_PROGRAM, place))
    if (int(written[1]) if written else 0) != int(number(get(cmap, "/WMode")) or 0):
        notes.fail("6.3.3.3", "WMode differs between the CMap and its dictionary", place)
    parent = get(cmap, "/UseCMap")
    if parent is not None and name(parent) not in _IDENTITY and not is_stream(parent):
        notes.fail("6.3.3.3", "a CMap that uses one that is not embedded", place)


def _program(descriptor: Any, used: UsedFont, notes: Notes) -> bytes | None:
    """The embedded font program; its absence is noted if anything visible needs it."""
    for key in ("/FontFile", "/FontFile2", "/FontFile3"):
        stream = get(descriptor, key)
        if is_stream(stream):
            return _valid_program(stream, key, used.place, notes)
    if used.visible:
        notes.fail("6.3.4", "the font program is not embedded", used.place)
    return None


def _valid_program(stream: Any, key: str, place: str, notes: Notes) -> bytes | None:
    subtype = name(get(stream, "/Subtype"))
    if key == "/FontFile3" and subtype not in ("/Type1C", "/CIDFontType0C"):
        notes.fail("6.3.2", "a font file of no Subtype of PDF 1.4", place)
    try:
        program = notes.decoded(stream, _MAX_PROGRAM, place)
    except (*MALFORMED, TooLarge):
        notes.fail("6.3.4", "the embedded font program cannot be decoded", place)
        return None
    starts = {"/FontFile": (b"%!", b"\x80\x01"), "/FontFile3": (b"\x01\x00", b"\x01\x01")}
    if key in starts and not program.startswith(starts[key]):
        notes.fail("6.3.4", "the embedded font program is not of its type", place)
    return program if key == "/FontFile2" else None


def _strings(operands: list[bytes]) -> Iterator[bytes]:
    for match in _STRINGS.finditer(b" ".join(operands)):
        literal = match["literal"]
        if literal is None:
            digits = match["hex"].translate(None, b"\x00\t\n\x0c\r ")
            try:
                yield bytes.fromhex((digits + b"0" * (len(digits) % 2)).decode("latin-1"))
            except ValueError:
                continue
        else:
            yield _ESCAPE.sub(_unescape, literal) if b"\\" in literal else literal


def _unescape(match: re.Match[bytes]) -> bytes:
    code = match[1]
    if code[:1].isdigit() and code[:1] < b"8":
        return bytes([int(code, 8) & 255])
    if code in (b"\r\n", b"\n", b"\r"):
        return b""
    return _ESCAPED.get(code, code)
