"""Separators, escapes and character sets of ER7.

(HL7 v2.5 chapter 2, §2.5.4 delimiters, §2.7 escape sequences, §2.15.9.18 MSH-18.)
"""

from __future__ import annotations

import codecs
import functools
import re
from dataclasses import dataclass
from typing import Final

from segur_interop.errors import MessageError

__all__ = ["BLANKS", "DEFAULT", "ERASE", "LONGEST_LABEL", "SMALL_TILDE", "Syntax", "codec_of"]
__all__ += ["decode"]

ERASE: Final = '""'
"""A field that holds two quotation marks asks the receiver to erase; an empty one, nothing."""

BLANKS: Final = " \t\u00a0"
"""What may end a segment without being data."""

SMALL_TILDE: Final = "\u02dc"
"""What official ORU examples write in MSH-2 and between repetitions, for `~`."""

_SEQUENCE: Final[dict[str, re.Pattern[str]]] = {}
_HEX: Final = re.compile(r"X((?:[0-9A-Fa-f]{2})+)")
_HIGHLIGHT: Final = ("H", "N")
_BREAK: Final = ".br"
MAX_ESCAPES: Final = 1_000_000
"""In one text; about a second."""


@dataclass(frozen=True, slots=True)
class Syntax:
    r"""How one message is cut and escaped.

    Attributes:
        field, component, repetition, escape, subcomponent: one character each; `escape` is ""
            when MSH-2 declares none.
        codec: Python codec of the message, for `\X..\` sequences.
        small_tilde: True when MSH-2 declares U+02DC, which is read as `~`.
    """

    field: str = "|"
    component: str = "^"
    repetition: str = "~"
    escape: str = "\\"
    subcomponent: str = "&"
    codec: str = "utf-8"
    small_tilde: bool = False

    def unescaped(self, text: str) -> str:
        """The text that a leaf stands for; a sequence of unknown meaning stays as it is.

        So does a text with more than MAX_ESCAPES escape characters.
        """
        mark = self.escape
        if not mark or mark not in text or text.count(mark) > MAX_ESCAPES:
            return text
        pattern = _SEQUENCE.get(mark)
        if pattern is None:
            quoted = re.escape(mark)
            pattern = re.compile(f"{quoted}([^{quoted}]*){quoted}")
            if len(_SEQUENCE) < 64:  # a sender chooses the character
                _SEQUENCE[mark] = pattern
        return pattern.sub(self._meaning, text)

    def _meaning(self, match: re.Match[str]) -> str:
        name = match[1]
        plain = _meanings(self).get(name)
        if plain is not None:
            return plain
        if name in _HIGHLIGHT:
            return ""
        octets = _HEX.fullmatch(name)
        if octets is None:
            return match[0]
        try:
            return bytes.fromhex(octets[1]).decode(self.codec)
        except UnicodeDecodeError:
            return match[0]

    def escaped(self, text: str) -> str:
        """The text as a leaf writes it: no separator and no control character is left in it.

        Raises:
            MessageError: one is there, and the message declares no escape character.
        """
        names = self._names()
        if not any(char in names or char < " " for char in text):
            return text
        if not self.escape:
            raise MessageError("the message declares no escape character (MSH-2)")
        return "".join(self._sequence(char, names) for char in text)

    def _sequence(self, char: str, names: dict[str, str]) -> str:
        name = names.get(char) or (f"X{ord(char):02X}" if char < " " else "")
        return f"{self.escape}{name}{self.escape}" if name else char

    def _names(self) -> dict[str, str]:
        names = {"\n": _BREAK}
        if self.small_tilde:
            names[SMALL_TILDE] = "X" + SMALL_TILDE.encode(self.codec, "replace").hex().upper()
        names[self.subcomponent] = "T"
        names[self.repetition] = "R"
        names[self.component] = "S"
        names[self.field] = "F"
        if self.escape:
            names[self.escape] = "E"
        names.pop("", None)
        return names

    @property
    def declaration(self) -> str:
        """MSH-2."""
        return self.component + self.repetition + self.escape + self.subcomponent


@functools.lru_cache(maxsize=16)
def _meanings(syntax: Syntax) -> dict[str, str]:
    return {
        "F": syntax.field,
        "S": syntax.component,
        "T": syntax.subcomponent,
        "R": syntax.repetition,
        "E": syntax.escape,
        _BREAK: "\n",
    }


DEFAULT: Final = Syntax()

_NAMES: Final = {
    "": "",
    "UNICODE UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "UTF-8": "utf-8",
    "UTF8": "utf-8",
    "ASCII": "ascii",
    "WINDOWS-1252": "cp1252",
    "CP1252": "cp1252",
}
_ISO: Final = re.compile(r"(?:ISO[ -]?)?8859[/-]0*([1-9]|1[0-6])")


LONGEST_LABEL: Final = 64
"""Characters of MSH-2 and of MSH-18 that are looked at; no name of table 0211 is longer."""


def codec_of(label: str) -> str | None:
    """The Python codec of an MSH-18 value (table 0211), "" for an empty one, None if unknown.

    Only sets that extend ASCII are known: the message is cut before it is decoded.
    """
    return _codec_of(label[:LONGEST_LABEL])


@functools.lru_cache(maxsize=64)
def _codec_of(label: str) -> str | None:
    name = label.strip().upper().replace("_", "-")
    if name in _NAMES:
        return _NAMES[name]
    iso = _ISO.fullmatch(name)
    if iso is None:
        return None
    codec = f"iso8859-{iso[1]}"
    try:
        return codecs.lookup(codec).name
    except LookupError:  # there is no part 12
        return None


def decode(octets: bytes, codec: str, *, certain: bool) -> tuple[str, str]:
    """The text, and how the octets departed from the codec ("" when they did not).

    Args:
        octets: a part of the message.
        codec: a codec that extends ASCII; "" when MSH-18 is empty.
        certain: True when the caller named the codec: nothing else is tried.
    """
    if octets.isascii():
        return octets.decode("ascii"), ""
    if certain:
        return _with(octets, codec)
    try:
        text = octets.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        # Accented letters of a one-byte set never form UTF-8 sequences by chance.
        return text, "" if codec in ("utf-8", "") else "utf-8"
    if codec in ("utf-8", "", "ascii"):
        text, _ = _with(octets, "cp1252")
        return text, "cp1252"
    text, odd = _with(octets, codec)
    if not odd and any("\x80" <= char <= "\x9f" for char in text):
        text, _ = _with(octets, "cp1252")
        odd = "cp1252"
    return text, odd


def _with(octets: bytes, codec: str) -> tuple[str, str]:
    try:
        return octets.decode(codec or "utf-8"), ""
    except UnicodeDecodeError:
        return octets.decode(codec or "utf-8", errors="replace"), "undecodable"
