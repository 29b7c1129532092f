"""Content streams as instructions: decoded within a limit, read, and judged as text.

ISO 19005-1:2005, 6.1.12 (limits of what stands in a stream). Which colours, fonts and forms the
instructions use is the matter of `graphics`.
"""

from __future__ import annotations

import re
import warnings
from typing import Any, Final

import pikepdf

from segur_interop.pdf._clauses.notes import Notes
from segur_interop.pdf._reading.lex import LARGE, instructions, is_suspect, lexical_faults
from segur_interop.pdf._reading.objects import MALFORMED, TooLarge, decoded

__all__ = [
    "INLINE_IMAGE",
    "MAX_CONTENT",
    "OPERATORS",
    "Contents",
    "content_limit",
    "first_name",
    "inline_entries",
    "inline_space",
    "text_mode",
]

MAX_CONTENT: Final = 256_000_000
"""Most decoded bytes of content streams that are read for one file, each time they are used."""

INLINE_IMAGE: Final = b"ID"
"""The operator under which an inline image arrives, its entries as operands."""

_SMALL: Final = 4_000_000
_RATIO: Final = 64
_MAX_REREAD: Final = 4_000_000


def content_limit(size: int) -> int:
    """Decoded bytes of content that are read for a file of `size` bytes.

    Page descriptions shrink by less than that; a file of a few kilobytes that claims more is a
    bomb, and would keep a reader busy for minutes.
    """
    return min(MAX_CONTENT, _SMALL + _RATIO * size)


# PDF Reference 1.4, appendix A; inline images arrive as one ID instruction.
OPERATORS: Final = frozenset(
    b"b B b* B* BDC BI BMC BT BX c cm CS cs d d0 d1 Do DP EI EMC ET EX f F f* G g gs h i ID j J"
    b" K k l M m MP n q Q re RG rg ri s S SC sc SCN scn sh T* Tc Td TD Tf Tj TJ TL Tm Tr Ts Tw"
    b" Tz v w W W* y ' \"".split()
)
"""Every operator of PDF 1.4."""

_NAME: Final = re.compile(rb"/([^\x00\t\n\x0c\r ()<>\[\]{}/%]*)")
_ESCAPED: Final = re.compile(rb"#([0-9A-Fa-f]{2})")
_NUMERAL: Final = re.compile(rb"[+-]?(?:\d+\.?\d*|\.\d+)")
_INLINE_KEY: Final = re.compile(
    rb"/(CS|ColorSpace|F|Filter|I|Interpolate|IM|ImageMask|Intent)"
    rb"[\x00\t\n\x0c\r ]*(/[^\x00\t\n\x0c\r ()<>\[\]{}/%]*|\[[^\]]*\]|true|false)"
)
_SHORT_KEYS: Final = {
    b"ColorSpace": b"CS", b"Filter": b"F", b"Interpolate": b"I", b"ImageMask": b"IM",
}  # fmt: skip


class Contents:
    """The content streams of a file, within a limit of decoded bytes."""

    def __init__(self, pdf: pikepdf.Pdf, notes: Notes, limit: int | None) -> None:
        self._pdf = pdf
        self._notes = notes
        self._limit = self._left = MAX_CONTENT if limit is None else limit

    @property
    def is_spent(self) -> bool:
        """True when nothing more is decoded."""
        return not self._left

    def octets(self, stream: Any, place: str) -> bytes:
        """A stream, decoded; nothing where that is not possible, which is noted."""
        try:
            if not self._left:
                raise TooLarge
            data = decoded(stream, self._left)
        except TooLarge:
            self._left = 0  # what was undone in vain has been paid for too
            self._notes.not_run.append(f"{place}: content beyond {self._limit} bytes is not read")
            return b""
        except MALFORMED:
            self._notes.add("pdf.malformed", "a content stream cannot be decoded", place)
            return b""
        self._left -= len(data)
        return data

    def instructions(self, data: bytes, place: str) -> list[tuple[bytes, bytes]]:
        """(operands, operator) of each instruction of a decoded stream."""
        suspect = is_suspect(data)
        found = instructions(data, paths=suspect)
        unknown = {op for _, op in found} - OPERATORS
        if any(op[:2] != INLINE_IMAGE for op in unknown):
            suspect = True
            try:
                found = self._reread(data, place) or found
            except MALFORMED:
                self._notes.add("pdf.malformed", "a content stream cannot be read", place)
        longest = max([len(operands) for operands, _ in found], default=0)
        if not suspect and longest <= LARGE:
            return found
        values = [operands for operands, _ in found]
        for clause, message in lexical_faults(b" ".join(values), longest):
            self._notes.fail(clause, message, place)
        return found

    def _reread(self, data: bytes, place: str) -> list[tuple[bytes, bytes]]:
        """Qpdf's reading, for binary data or a nesting that misled the pattern."""
        found: list[tuple[bytes, bytes]] = []
        if len(data) > _MAX_REREAD:  # it takes hundreds of bytes for one
            self._notes.not_run.append(f"{place}: more than {_MAX_REREAD} bytes to be read anew")
            return found
        with warnings.catch_warnings():  # how a damaged stream ends is judged by what it holds
            warnings.simplefilter("ignore")
            items = pikepdf.parse_content_stream(self._pdf.make_stream(data))
        for item in items:
            body = pikepdf.unparse_content_stream([item])
            if isinstance(item, pikepdf.ContentStreamInlineImage):
                found.append((body[: body.find(b"ID")], INLINE_IMAGE))
            else:
                operator = str(item.operator).encode("latin-1", "replace")
                found.append((body[: len(body) - len(operator)], operator))
        return found


def first_name(operands: bytes) -> str | None:
    """The first name among operands, as pikepdf writes names."""
    found = _NAME.search(operands)
    return _plain(found[1]) if found else None


def _plain(raw: bytes) -> str:
    """A name without its `#` notation (PDF Reference 1.4, 3.2.4), with its slash."""
    if b"#" in raw:
        raw = _ESCAPED.sub(lambda match: bytes.fromhex(match[1].decode()), raw)
    return "/" + raw.decode("utf-8", "surrogateescape")


def text_mode(operands: bytes) -> int:
    """A text rendering mode (PDF Reference 1.4, table 5.3); all that are none are as one."""
    numeral = _NUMERAL.search(operands)
    if not numeral:
        return 0
    mode = int(min(max(float(numeral.group()), -1.0), 8.0))
    return mode if 0 <= mode <= 7 else -1


def inline_entries(operands: bytes) -> dict[bytes, bytes]:
    """What the rules look at in an inline image, under the short keys; names as they stand."""
    return {_SHORT_KEYS.get(key, key): value for key, value in _INLINE_KEY.findall(operands)}


def inline_space(entries: dict[bytes, bytes]) -> str | None:
    """The colour space of an inline image; of an indexed one, its base."""
    spaces = _NAME.findall(entries.get(b"CS", b""))
    if not spaces:
        return None
    indexed = len(spaces) > 1 and spaces[0] in (b"I", b"Indexed")
    return _plain(spaces[1 if indexed else 0])
