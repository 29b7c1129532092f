"""Where segments begin and end in the octets of a message, and what its header declares."""

from __future__ import annotations

import dataclasses
import functools
import re
from collections.abc import Callable
from typing import Final

from segur_interop.errors import MessageError
from segur_interop.findings import Severity
from segur_interop.hl7._syntax import BLANKS, DEFAULT, SMALL_TILDE, Syntax, codec_of, decode

__all__ = ["LARGE", "MAX_SEGMENTS", "Note", "Noted", "Span", "declared"]
__all__ += ["header", "line_end", "near", "segments"]

MAX_SEGMENTS: Final = 10_000
LARGE: Final = 64 * 1024
"""Octets of a segment whose fields are sliced one by one rather than all cut."""

_FRAME: Final = re.compile(rb"[\s\x0b\x1c\xef\xbb\xbf]*")
_TAIL: Final = b"\x1c\x0b\r\n"
_LINE: Final = re.compile(rb"[^\r\n]+")
_BLANK_OCTETS: Final = b" \t\xc2\xa0\x0b\x1c"
_FIELD_MARKS: Final = frozenset(
    bytes([octet]) for octet in range(33, 127) if not chr(octet).isalnum()
)
NAMES: Final = {
    name.encode("ascii"): name
    for name in (
        *("MSH", "SFT", "EVN", "PID", "PD1", "ROL", "NK1", "PV1", "PV2", "ZBE", "ZFA", "ZFP"),
        *("ZFV", "ZFM", "ZFD", "ZFS", "DB1", "OBX", "AL1", "DG1", "DRG", "PR1", "GT1", "IN1"),
        *("IN2", "IN3", "ACC", "UB1", "UB2", "PDA", "MRG", "ORC", "OBR", "NTE", "TQ1", "TQ2"),
        *("TXA", "PRT", "MSA", "ERR", "UAC", "SPM"),
    )
}
"""The usual identifiers, found at once; any other is found too."""
_HEADS: Final = {name: b"\r" + head for head, name in NAMES.items()}

Span = tuple[str, int, int]
"""Identifier, first octet, octet after the last."""
Noted = tuple[str, str, Severity, str]
"""Rule, message, severity, place."""
Note = Callable[..., None]


def header(octets: bytes, note: Note) -> tuple[int, bytes]:
    """Where MSH starts, and the field separator."""
    start = 0 if octets.startswith(b"MSH") else _framed_start(octets, note)
    mark = octets[start + 3 : start + 4]
    if mark != b"|" and mark not in _FIELD_MARKS:
        raise MessageError("no usable field separator", place="MSH-1")
    if b"\x1c" in octets[-4:] or (start and octets[:1] == b"\x0b"):
        note("frame", "MLLP framing octets were left around the message", Severity.INFO)
    return start, mark


def line_end(octets: bytes, start: int) -> int:
    """Where the line ends: CR, LF, or the end of the octets."""
    for begin, end in ((start, start + LARGE), (start + LARGE, len(octets))):
        found = octets.find(b"\r", begin, end)
        feed = octets.find(b"\n", begin, end if found < 0 else found)
        if feed >= 0 or found >= 0:
            return found if feed < 0 else feed
    return len(octets)


def near(octets: bytes, start: int, mark: bytes, name: str) -> Span | None:
    """The first segment of that name, when it is near the start and nothing is doubtful.

    Only CR ends the lines up to it; no line before could be read as that name; the line after
    starts another segment, so that it does not continue this one.
    """
    head = _HEADS.get(name)
    if head is None:
        return None
    found = octets.find(head + mark, start, start + LARGE)
    end = octets.find(b"\r", found + 1, found + LARGE) if found >= 0 else -1
    follows = octets[end + 1 : end + 5]
    if end < 0 or follows[3:] != mark or follows[:3] not in NAMES:
        return None
    if octets.find(b"\n", start, end) >= 0 or head in octets[start:found].upper():
        return None
    return name, found + 1, end


def _framed_start(octets: bytes, note: Note) -> int:
    if octets[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise MessageError("UTF-16: the message must come in UTF-8 or ISO 8859", place="MSH-18")
    frame = _FRAME.match(octets)
    start = frame.end() if frame else 0
    if octets[start : start + 3] in (b"FHS", b"BHS"):
        raise MessageError("a batch: give its messages one by one", place="MSH")
    if octets[start : start + 3] != b"MSH":
        raise MessageError("does not start with MSH", place="MSH")
    if b"\xef\xbb\xbf" in octets[:start]:
        note("bom", "starts with a byte order mark", Severity.INFO)
    return start


def segments(octets: bytes, start: int, mark: bytes, note: Note) -> list[Span]:
    spans: list[Span] = []
    for begin, stop in _lines(octets, start, note):
        head = octets[begin : begin + 4]
        name = NAMES.get(head[:3], "") if head[3:] == mark else ""
        if not name:
            name = _odd_line(octets[begin:stop][:64], mark, spans, note)
        if name:
            spans.append((name, begin, stop))
        elif octets[begin:stop].strip(_BLANK_OCTETS):
            spans[-1] = (*spans[-1][:2], stop)
        if len(spans) > MAX_SEGMENTS:
            raise MessageError(f"more than {MAX_SEGMENTS} segments, the limit of this reader")
    if sum(span[0] == "MSH" for span in spans) > 1:
        note("several", "several MSH: more than one message", Severity.ERROR, "MSH[2]")
    return spans


def _lines(octets: bytes, start: int, note: Note) -> list[tuple[int, int]]:
    """The spans of the lines that are not empty."""
    end = len(octets)
    while octets[end - 1] in _TAIL:
        end -= 1
    mark = b"\r"
    if octets.find(b"\n", start) >= 0:
        note("line-ends", "lines end with LF or CRLF; HL7 has CR", Severity.INFO)
        if octets.find(b"\r", start) >= 0:
            return [match.span() for match in _LINE.finditer(octets, start, end)]
        mark = b"\n"
    found, find = [], octets.find
    while (stop := find(mark, start, end)) >= 0:
        if stop > start:
            found.append((start, stop))
        start = stop + 1
    found.append((start, end))
    return found


def _odd_line(line: bytes, mark: bytes, spans: list[Span], note: Note) -> str:
    """The identifier that starts the line; "" when none does."""
    head, follows = line[:3], line[3:4]
    named = len(head) == 3 and head.isalnum() and head.isascii() and not head[:1].isdigit()
    # A line of three letters alone may be the end of a document cut in lines.
    bare = follows == b"" and (not spans or spans[-1][0] != "OBX")
    if named and (follows == mark or bare):
        name = head.decode("ascii")
        if name != name.upper():
            note("lower-case", "a segment identifier in lower case", place=name.upper())
        return name.upper()
    if line.strip(_BLANK_OCTETS):
        message = "a line that starts no segment: read with the one before"
        note("continued", message, place=spans[-1][0])
    return ""


@functools.lru_cache(maxsize=64)
def declared(
    octets: bytes, mark: bytes, label: bytes, given: str | None
) -> tuple[str, Syntax, tuple[Noted, ...]]:
    """The codec and the separators of a message, and what is odd about them.

    Args:
        octets: the start of MSH-2.
        mark: MSH-1.
        label: the start of MSH-18.
        given: the character set that the caller names, None for that of MSH-18.

    Raises:
        MessageError: the caller names an unknown character set.
    """
    name = label.decode("ascii", "replace").partition("~")[0] if given is None else given
    codec = codec_of(name)
    if codec is None and given is not None:
        raise MessageError("this character set is not known, or does not extend ASCII")
    noted: list[Noted] = []
    if codec is None:
        message = "MSH-18 names no known character set"
        noted.append(("charset.unknown", message, Severity.WARNING, "MSH-18"))
    syntax, odd = _separators(octets, mark, codec or "")
    if odd is not None:
        noted.append(odd)
    return codec or "", syntax, tuple(noted)


def _separators(octets: bytes, mark: bytes, charset: str) -> tuple[Syntax, Noted | None]:
    text, _ = decode(octets[:32], charset, certain=False)
    text = text.strip(BLANKS)
    field = mark.decode("ascii")
    codec = charset or "utf-8"
    marks = list(text[:4])
    if len(marks) < 2 or len(set(marks)) < len(marks) or field in marks:
        message = "MSH-2 declares no usable separators: those of HL7 are taken"
        odd = ("separators", message, Severity.WARNING, "MSH-2")
        return dataclasses.replace(DEFAULT, field=field, codec=codec), odd
    component, repetition, escape, subcomponent = marks + [""] * (4 - len(marks))
    syntax = Syntax(field, component, repetition, escape, subcomponent, codec)
    if repetition == SMALL_TILDE:
        message = "U+02DC declared as repetition separator: read as ~"
        syntax = dataclasses.replace(syntax, repetition="~", small_tilde=True)
        return syntax, ("small-tilde", message, Severity.WARNING, "MSH-2")
    if syntax.declaration == DEFAULT.declaration:
        return syntax, None
    return syntax, ("separators", "separators other than ^~\\&", Severity.INFO, "MSH-2")
