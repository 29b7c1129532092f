"""The words of PDF syntax as regular expressions, for files and for content streams.

PDF Reference 1.4, 3.1-3.2. A match is one instruction: its operands, then its keyword; that is
what makes reading a page cost a fraction of a millisecond.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = [
    "BODY",
    "EOL",
    "LARGE",
    "SPACE",
    "UNFINISHED",
    "instructions",
    "is_suspect",
    "lexical_faults",
]

SPACE: Final = rb"\x00\t\n\x0c\r "
_DELIMITER: Final = rb"()<>\[\]{}/%"
_REGULAR: Final = rb"[^" + SPACE + _DELIMITER + rb"]"
EOL: Final = rb"(?:\r\n|\r|\n)"


def _string(depth: int) -> bytes:
    inner = rb"|" + _string(depth - 1) if depth else rb""
    return rb"\((?>[^()\\]++|\\." + inner + rb")*+\)"


_OPERANDS: Final = (
    rb"[" + SPACE + rb"]++",
    rb"[+\-.0-9]" + _REGULAR + rb"*+",
    rb"/" + _REGULAR + rb"*+",
    rb"<<|>>|[\[\]]",
    _string(4),
    rb"<(?!<)[^<>]*+>",
    rb"%[^\r\n]*+",
    rb"(?:true|false|null|R)(?!" + _REGULAR + rb")",
)
_OPERAND: Final = rb"(?>" + rb"|".join(_OPERANDS) + rb")"
# One that nothing ends goes on to the end of the stream.
_INLINE: Final = rb"ID(?=[" + SPACE + rb"])(?>.*?[" + SPACE + rb"]EI(?=[" + SPACE + rb"/]|\Z)|.*+)"

BODY: Final = re.compile(rb"(" + _OPERAND + rb"*+)(" + _REGULAR + rb"*+)", re.DOTALL)
"""An indirect object: its value, then `endobj` or `stream`."""

# The end stands for a keyword: operands that nothing follows are read once, not from each of them.
# A string that nothing ends, or nested too deep, goes on to the end too.
_INSTRUCTION: Final = (
    rb"(" + _OPERAND + rb"*+)(" + _INLINE + rb"|" + _REGULAR + rb"++|[){}<>]|\(.*+|\Z)"
)
_NUMBER: Final = rb"[+-]?(?:\d++\.?\d*+|\.\d++)[" + SPACE + rb"]++"
_PATH: Final = rb"(?:" + _NUMBER + rb")++(?:re|[mlcvy])(?!" + _REGULAR + rb")"
_EVERY: Final = re.compile(_INSTRUCTION, re.DOTALL)
_AFTER_PATHS: Final = re.compile(
    rb"(?:[" + SPACE + rb"]*+" + _PATH + rb")*+" + _INSTRUCTION, re.DOTALL
)


_REPEATED: Final = 1_000_000

UNFINISHED: Final = b"?"
"""The keyword of an inline image that nothing ends, and of operands that nothing follows."""


def instructions(data: bytes, *, paths: bool = True) -> list[tuple[bytes, bytes]]:
    """Operands and keyword of each instruction of a content stream.

    An inline image's data go with its `ID`; a delimiter that nothing opens or closes is an
    instruction that no table knows, as is `UNFINISHED`. Nothing is read after a `(` that nothing
    closes or that opens a fifth string inside strings: looking there for more took the square of
    the time.

    Args:
        data: the content.
        paths: else path construction (`m l c v y re` after numbers) is left out: most of a
            drawing, that few rules look at.
    """
    pattern = _EVERY if paths else _AFTER_PATHS
    found: list[tuple[bytes, bytes]]
    if len(data) <= _REPEATED:
        found = pattern.findall(data)
    else:  # the same ones over and over are kept once: a bomb is nothing else
        kept: dict[tuple[bytes, bytes], tuple[bytes, bytes]] = {}
        found = []
        for match in pattern.finditer(data):
            one = (match[1], match[2])
            found.append(kept.setdefault(one, one))
    operands = b""
    while found and not found[-1][1]:
        operands = found.pop()[0].strip() or operands
    if operands:
        found.append((operands, UNFINISHED))
    elif found and found[-1][1][:1] == b"(":
        found[-1] = (found[-1][0], b"(")
    elif found and found[-1][1][:2] == b"ID" and found[-1][1][-2:] != b"EI":
        found[-1] = (found[-1][0], UNFINISHED)
    return found


_TOKEN: Final = re.compile(_OPERAND, re.DOTALL)
_HEX: Final = re.compile(rb"[0-9A-Fa-f" + SPACE + rb"]*")
_SUSPECT_HEX: Final = re.compile(
    rb"(?<!<)<(?!<)(?!(?:[" + SPACE + rb"]*+[0-9A-Fa-f][" + SPACE + rb"]*+[0-9A-Fa-f])*+["
    + SPACE + rb"]*+>)"
)  # fmt: skip
_SUSPECT_NUMBER: Final = re.compile(rb"\d{5}(?:\d{5}|\d{0,4}\.)")
_SUSPECT_NAME: Final = re.compile(rb"/" + _REGULAR + rb"{128}")
_LITERAL: Final = re.compile(_string(4), re.DOTALL)
LARGE: Final = 8191 * 2
"""Octets below which no array, dictionary or string can be too large."""

_MAX_INTEGER: Final = 2**31 - 1
_MAX_REAL: Final = 32767.0
_MAX_STRING: Final = 65535
_MAX_NAME: Final = 127
_MAX_ARRAY: Final = 8191
_MAX_DICTIONARY: Final = 4095


def tokens(body: bytes) -> Iterator[bytes]:
    """The operands of a body, white space and comments left out."""
    for match in _TOKEN.finditer(body):
        token = match.group()
        if token[:1] not in b"\x00\t\n\x0c\r %":
            yield token


def lexical_faults(body: bytes, longest: int | None = None) -> set[tuple[str, str]]:
    """(clause, message) for hexadecimal strings (6.1.6) and implementation limits (6.1.12).

    Args:
        body: values without stream data.
        longest: octets of the longest single value, when `body` holds many.
    """
    large = (len(body) if longest is None else longest) > LARGE
    if not large and not (is_suspect(body) and is_suspect(_LITERAL.sub(b"()", body))):
        return set()
    found = set()
    depth: list[int] = []
    for token in tokens(body):
        if depth and token not in (b"]", b">>"):
            depth[-1] += -1 if token == b"R" else 1  # `12 0 R` is one value
        if token in (b"[", b"<<"):
            depth.append(0)
        elif token in (b"]", b">>") and depth:
            found |= _container_fault(token, depth.pop())
        else:
            found |= _token_fault(token)
    return found


def is_suspect(body: bytes) -> bool:
    """True when something in it may be a lexical fault, its values being small."""
    return bool(
        _SUSPECT_NUMBER.search(body)
        or (b"<" in body and _SUSPECT_HEX.search(body))
        or _SUSPECT_NAME.search(body)
    )


def _container_fault(closing: bytes, size: int) -> set[tuple[str, str]]:
    if closing == b"]" and size > _MAX_ARRAY:
        return {("6.1.12", f"an array of more than {_MAX_ARRAY} elements")}
    if closing == b">>" and size > 2 * _MAX_DICTIONARY:
        return {("6.1.12", f"a dictionary of more than {_MAX_DICTIONARY} entries")}
    return set()


def _token_fault(token: bytes) -> set[tuple[str, str]]:
    first = token[:1]
    if first == b"<":
        return _hex_fault(token[1:-1])
    if first == b"(":
        return _string_fault(token)
    if first == b"/":
        return _name_fault(token)
    return _number_fault(token)


def _hex_fault(digits: bytes) -> set[tuple[str, str]]:
    found = set()
    if not _HEX.fullmatch(digits):
        found.add(("6.1.6", "a hexadecimal string with a character that is no digit"))
    length = len(digits.translate(None, b"\x00\t\n\x0c\r "))
    if length % 2:
        found.add(("6.1.6", "a hexadecimal string with an odd number of digits"))
    if length > 2 * _MAX_STRING:
        found.add(("6.1.12", f"a string of more than {_MAX_STRING} bytes"))
    return found


_ESCAPE: Final = re.compile(rb"\\(?:[0-7]{1,3}|\r\n|.)", re.DOTALL)


def _string_fault(token: bytes) -> set[tuple[str, str]]:
    if len(token) - 2 > _MAX_STRING and len(_ESCAPE.sub(b"?", token)) - 2 > _MAX_STRING:
        return {("6.1.12", f"a string of more than {_MAX_STRING} bytes")}
    return set()


def _name_fault(token: bytes) -> set[tuple[str, str]]:
    if len(re.sub(rb"#[0-9A-Fa-f]{2}", b"?", token)) - 1 > _MAX_NAME:
        return {("6.1.12", f"a name of more than {_MAX_NAME} bytes")}
    return set()


def _number_fault(token: bytes) -> set[tuple[str, str]]:
    try:
        if b"." in token:
            if abs(float(token)) > _MAX_REAL:
                return {("6.1.12", f"a real number beyond {_MAX_REAL}")}
        elif not -_MAX_INTEGER - 1 <= int(token) <= _MAX_INTEGER:
            return {("6.1.12", f"an integer beyond {_MAX_INTEGER}")}
    except ValueError:
        return set()
    return set()
