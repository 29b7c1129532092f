"""Matricules where none belongs: spaced, percent-encoded, made into an address."""

from __future__ import annotations

import re
import unicodedata
import urllib.parse
from typing import Final

from segur_interop.ins.matricule import matricule_key

__all__ = ["citizen_numbers", "compact", "holds_matricule", "is_like_matricule", "unquoted"]

_NUMBER_LENGTH: Final = 13
_SHAPE: Final = re.compile(r"[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{8}")
_INSIDE: Final = re.compile(rf"(?<![0-9]){_SHAPE.pattern}(?![0-9])")
_NEITHER: Final = re.compile(r"[\W_]+")
_BETWEEN: Final = re.compile(r"[\s,;?&=<>\":/]+")
_ENCODED_PERCENT: Final = re.compile(r"%(?:25)+")
_DOTS: Final = re.compile("[\u3002\uff0e\uff61]")
_ROUNDS: Final = 20
_LONGEST_HOST: Final = 253


def compact(text: str) -> str:
    """Letters and digits alone, upper case, digits of any script as 0 to 9."""
    kept = _NEITHER.sub("", text)
    if not kept.isascii():
        kept = "".join(_digit(char) for char in kept)
    return kept.upper()


def _digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if char.isdecimal() else char


def is_like_matricule(text: str) -> bool:
    """True for 15 characters of the shape of a matricule with a valid key, spaced or not."""
    plain = compact(text)
    return _SHAPE.fullmatch(plain) is not None and _has_key(plain)


def _has_key(plain: str) -> bool:
    return matricule_key(plain[:_NUMBER_LENGTH]) == plain[_NUMBER_LENGTH:]


def unquoted(text: str) -> str:
    """A URI with its percent-encoding taken off, however often it was put on.

    A text encoded more than 20 times, which no one reads, is left as it then is.
    """
    for _ in range(_ROUNDS):
        plain = urllib.parse.unquote(_ENCODED_PERCENT.sub("%", text))
        if plain == text:
            break
        text = plain
    return text


def holds_matricule(number: str, uri: str) -> bool:
    """True when a URI holds the 13 characters, spaced or encoded."""
    return number in compact(unquoted(uri))


def citizen_numbers(address: str) -> tuple[str, ...]:
    """What tells a person in an electronic address: matricules, and citizens of MSSanté.

    Args:
        address: what follows `mailto:`, which may hold several addresses and a header.

    Returns:
        Each local part at a host of the citizens (patient.mssante.fr, and whatever has both
        labels), and each matricule with a valid key elsewhere; compacted when they have the
        shape of a matricule. The text itself when it cannot be decoded.
    """
    plain = unquoted(address)
    if "%" in plain and urllib.parse.unquote(plain) != plain:
        return (plain,)
    found = []
    for part in _BETWEEN.split(plain):
        local, _, host = part.rpartition("@")
        if local and _is_citizen_host(host):
            short = compact(local)
            found.append(short if _SHAPE.fullmatch(short) else local)
        found += filter(_has_key, _INSIDE.findall(compact(part.partition("@")[0])))
    return tuple(dict.fromkeys(found))


def _is_citizen_host(host: str) -> bool:
    plain = _DOTS.sub(".", host)
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", plain[:_LONGEST_HOST])
    return {"patient", "mssante"} <= set(plain.lower().split("."))
