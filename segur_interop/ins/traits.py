"""The identity traits and their lexical rules.

Names of the teleservice INSi use A-Z, space, apostrophe and hyphen only (SEL-MP-043 §2 and
§3.4.1). What has an equivalent is mapped to it; what has none is refused, never dropped.
"""

from __future__ import annotations

import enum
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from segur_interop._masking import Masked, shown
from segur_interop._types import check_type
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity

__all__ = [
    "FILLERS",
    "CompletedDate",
    "Sex",
    "Traits",
    "complete_birth_date",
    "is_birth_place",
    "is_filler",
    "is_start_of_list",
    "normalise_given_names",
    "normalise_name",
    "search_key",
    "search_keys",
]

_LEXICAL: Final = "SEL-MP-043 §2, §3.4.1 (EF_INS10_01, EF_INS10_02)"


class Sex(enum.Enum):
    """The administrative sex. INSi knows M and F; I is local and never carries an INS."""

    M = "M"
    F = "F"
    I = "I"  # noqa: E741 (indéterminé, the code of the RNIV)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Traits(Masked):
    """The five strict traits of the national identity (Référentiel INS)."""

    birth_name: str = ""
    birth_given_names: str = ""
    birth_date: date | None = None
    sex: Sex | None = None
    birth_place: str = ""

    def __post_init__(self) -> None:
        check_trait_types(self, ("birth_name", "birth_given_names", "birth_place"))


def check_trait_types(holder: Any, texts: Iterable[str]) -> None:
    """TypeError unless these fields are texts, `birth_date` a plain date and `sex` a Sex."""
    for name in texts:
        if not isinstance(getattr(holder, name), str):
            raise TypeError(f"{_kind(holder)}.{name} is a str")
    # datetime is a date, and would compare unequal to every calendar date.
    if holder.birth_date is not None and type(holder.birth_date) is not date:
        raise TypeError(f"{_kind(holder)}.birth_date is a datetime.date")
    if holder.sex is not None and not isinstance(holder.sex, Sex):
        raise TypeError(f"{_kind(holder)}.sex is a Sex or None")


def _kind(holder: Any) -> str:
    return type(holder).__name__.lower()


# Mapped before NFKD, which would turn U+00B4 into a space.
_APOSTROPHES: Final = "\u2018\u2019\u02bb\u02bc\u2032\u0060\u00b4\ua78b\ua78c\uff07\u201b\u02b9"
_DASHES: Final = "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\ufe63\uff0d"
_LETTERS: Final = {
    "Œ": "OE", "œ": "OE", "Æ": "AE", "æ": "AE", "ß": "SS", "ẞ": "SS",
    "Ø": "O", "ø": "O", "Ð": "D", "ð": "D", "Đ": "D", "đ": "D",
    "Þ": "TH", "þ": "TH", "Ł": "L", "ł": "L", "Ħ": "H", "ħ": "H",
    "Ŧ": "T", "ŧ": "T", "Ŋ": "N", "ŋ": "N", "ı": "I",
}  # fmt: skip
_EQUIVALENTS: Final = str.maketrans(
    {**dict.fromkeys(_APOSTROPHES, "'"), **dict.fromkeys(_DASHES, "-"), **_LETTERS}
)
_DIACRITICS: Final = re.compile("(?<=[A-Za-z])[\u0300-\u0338]+")
_CHARSET: Final = re.compile(r"[A-Z '-]+")


_LONGEST_NAME: Final = 1000
"""Characters. Unicode orders the marks of a letter in a time that grows with their square."""


def _without_diacritics(text: str) -> str:
    """Latin letters lose their diacritics; every other character stays, its own marks with it."""
    if len(text) > _LONGEST_NAME:
        return text
    decomposed = unicodedata.normalize("NFKD", text.translate(_EQUIVALENTS))
    return _DIACRITICS.sub("", decomposed.translate(_EQUIVALENTS))


def _has_symbol(text: str) -> bool:
    """True for digits, signs and punctuation, some of which NFKD would turn into letters or spaces.

    U+2122 would add TM to a name, and the lone diaeresis U+00A8 cut it in two.
    """
    mapped = text.translate(_EQUIVALENTS)
    return any(unicodedata.category(char)[0] in "NPS" and char not in "'-" for char in mapped)


def normalise_name(text: str, place: str = "name") -> str:
    """The INSi form of a name: A-Z, space, apostrophe, hyphen; `--` is kept.

    Args:
        text: any case, any diacritics, typographic apostrophes and dashes; 1000 characters at
            the most.
        place: field path named in the error.

    Raises:
        TypeError: no str.
        InvalidValue: a character without equivalent (a digit, `_`, another script), nothing
            but separators, or more than 1000 characters. It is never dropped silently.
    """
    check_type(text, place, str)
    if len(text) > _LONGEST_NAME:
        raise InvalidValue(f"more than {_LONGEST_NAME} characters", place=place)
    if _CHARSET.fullmatch(text) and not is_blank(text):
        return text.strip(" ")
    name = _without_diacritics(text).upper().strip(" ")
    if _has_symbol(text) or not _CHARSET.fullmatch(name) or is_blank(name):
        raise InvalidValue("a character has no equivalent in A-Z, space, ' and -", place=place)
    return name


def is_blank(name: str) -> bool:
    """True when a name holds no letter at all."""
    return not any(char.isalpha() for char in name)


def canonical(name: str) -> str:
    """A name as two identities compare it: the INSi form, or upper case where there is none.

    Spaces of any kind are one space then: a reader of XML folds them, a reader of HL7 v2 does not.
    """
    try:
        return normalise_name(name)
    except InvalidValue:
        return " ".join(name.upper().split())


def normalise_given_names(text: str, place: str = "given names") -> str:
    """As `normalise_name`, for a list of given names: `--` is refused.

    Raises:
        InvalidValue: as `normalise_name`, or a double hyphen.
    """
    names = normalise_name(text, place)
    if "--" in names:
        raise InvalidValue("a given name has no double hyphen", place=place)
    return names


def name_findings(text: str, place: str, *, given: bool) -> list[Finding]:
    """What keeps a name from being in the form INSi accepts.

    A finding is an ERROR when nothing can be written from the name, else a WARNING.
    """
    found: list[Finding] = []
    try:
        name = (normalise_given_names if given else normalise_name)(text, place)
    except InvalidValue as error:
        message = str(error).removeprefix(f"{place}: ")
        return [_name_finding("charset", message, place, Severity.ERROR)]
    if name != text:
        found.append(
            _name_finding(
                "form", "not in the INSi form (A-Z, space, ' and -)", place, Severity.WARNING
            )
        )
    found += [
        _name_finding(rule, message, place, Severity.WARNING)
        for rule, pattern, message, given_only in _LAYOUT
        if pattern.search(name) and (given or not given_only)
    ]
    return found


_LAYOUT: Final = (
    ("start", re.compile(r"\A[-]"), "starts with a hyphen", False),
    ("spaces", re.compile(r" {2}"), "has a doubled space", False),
    ("apostrophes", re.compile(r"''"), "has a doubled apostrophe", False),
    ("apostrophe-space", re.compile(r" '|' "), "has a space beside an apostrophe", False),
    ("hyphens", re.compile(r"---"), "has more than two hyphens in a row", False),
    ("end", re.compile(r"[-']\Z"), "ends with a hyphen or an apostrophe", True),
)


def _name_finding(rule: str, message: str, place: str, severity: Severity) -> Finding:
    return Finding(
        rule=f"ins.name.{rule}", message=message, severity=severity, place=place, source=_LEXICAL
    )


FILLERS: Final = frozenset({"SNP", "SPC", "SANS NOM", "SANS PRENOM"})
"""What civil status writes when a person has no family name (SNP) or no known given name (SPC).

Ordinary strings, but two records that agree only by one of them do not share a name."""


def is_filler(name: str) -> bool:
    """True when the name stands for the absence of one."""
    return " ".join(tokens(canonical(name))) in FILLERS


def tokens(names: str) -> tuple[str, ...]:
    """The words of a name, hyphens and apostrophes read as spaces."""
    return tuple(re.split(r"[ '-]+", names.strip(" '-")))


def is_start_of_list(first: str, names: str) -> bool:
    """True when the first given name is the beginning of the list of birth given names.

    Hyphens and apostrophes count as spaces: JEAN, JEAN CHRISTOPHE and JEAN-CHRISTOPHE start
    JEAN CHRISTOPHE PIERRE; CHRISTOPHE does not. (Guide INS EXI ID 10, RNIV EXI SI 29-30.)
    """
    start, whole = tokens(canonical(first)), tokens(canonical(names))
    return whole[: len(start)] == start


_SEPARATORS: Final = re.compile(r"[\s'-]+")


def search_key(name: str) -> str:
    """A name as search must see it: letters only, without case, accent, apostrophe, hyphen.

    A character that has no A-Z equivalent is kept, in upper case, so that no two different
    names become equal by loss. So is every character of a name of more than 1000.
    """
    check_type(name, "name", str)
    return _SEPARATORS.sub("", _without_diacritics(name)).upper()


def search_keys(names: str) -> frozenset[str]:
    """The keys under which a list of given names can be found: each name, and the whole."""
    check_type(names, "names", str)
    parts = re.split(r"\s+", names.strip())
    return frozenset(key for key in (search_key(part) for part in [*parts, names]) if key)


@dataclass(frozen=True, slots=True, repr=False)
class CompletedDate(Masked):
    """A birth date after the RNIV completion rules.

    Attributes:
        value: the calendar date.
        completed: True when a part was unknown and was completed.
    """

    value: date
    completed: bool = field(metadata=shown())


_PARTIAL: Final = re.compile(r"([0-9]{4})(?:-?([0-9]{2})(?:-?([0-9]{2}))?)?")


def complete_birth_date(text: str) -> CompletedDate:
    """Complete a birth date whose day or month is unknown (RNIV EXI PP 19, Guide EXI ID 11-12).

    Day unknown: the 1st of the month. Month unknown: January, the day kept. Both unknown:
    31 December. A year is never guessed, nor a date that no calendar has.

    Args:
        text: `AAAA-MM-JJ` or `AAAAMMJJ`, an unknown part written 00 or left out at the end.

    Raises:
        InvalidValue: year unknown, or a lunar date such as 1950-02-30, which RNIV leaves to a
            human choice.
    """
    check_type(text, "text", str)
    match = _PARTIAL.fullmatch(text.strip())
    if match is None:
        raise InvalidValue("not a birth date AAAA-MM-JJ", place="birth_date")
    year, month, day = (int(part or 0) for part in match.groups())
    completed = not (month and day)
    if not month and not day:
        month, day = 12, 31
    try:
        return CompletedDate(date(year, month or 1, day or 1), completed)
    except ValueError:
        raise InvalidValue(
            "no calendar date; the RNIV completion rules do not cover it", place="birth_date"
        ) from None


_BIRTH_PLACE: Final = re.compile(r"[0-9]{5}|2[AB][0-9]{3}")
UNKNOWN_PLACE: Final = "99999"
FRANCE: Final = "99100"


def is_birth_place(code: str) -> bool:
    """True for 5 characters of the Code officiel géographique: a commune, or 99 and a country."""
    return _BIRTH_PLACE.fullmatch(code) is not None


def birth_place_findings(code: str) -> list[Finding]:
    """What is odd about a birthplace code."""
    odd = {
        UNKNOWN_PLACE: "the place is unknown (99999)",
        FRANCE: "99100 names France as a whole, not a commune",
    }.get(code)
    if odd is not None:
        return [_place_finding("unknown", odd, Severity.WARNING)]
    if not is_birth_place(code):
        return [_place_finding("form", "not 5 characters of the COG", Severity.ERROR)]
    return []


def _place_finding(rule: str, message: str, severity: Severity) -> Finding:
    return Finding(
        rule=f"ins.birth-place.{rule}",
        message=message,
        severity=severity,
        place="birth_place",
        source="INSEE, Code officiel géographique; INSi 1.5.0 (LieuNaissance)",
    )


def is_historical_code(one: str, other: str) -> bool:
    """True when two different codes may name the same place before and after a change.

    Corsica 20xxx and 2Axxx or 2Bxxx with the same last three digits; Mayotte 985xx and 976xx;
    Saint-Barthélemy 97123 and 97701; Saint-Martin 97127 and 97801. A human decides.
    """
    if not (is_birth_place(one) and is_birth_place(other)):
        return False
    old, new = sorted((one, other))
    if old.startswith("20") and new[:2] in {"2A", "2B"}:
        return old[2:] == new[2:]
    if {one[:3], other[:3]} == {"985", "976"}:
        return one[3:] == other[3:]
    return (old, new) in {("97123", "97701"), ("97127", "97801")}
