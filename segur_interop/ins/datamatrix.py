"""The text of a Datamatrix INS: a fixed header, then fields S1 to S7.

Grammar of the ANS specification « INS - Format Datamatrix » (v2.2), as public writers and
readers agree on it. The text alone says QUALIFIEE: no other identity is ever written in one.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from segur_interop._types import check_type
from segur_interop.errors import InvalidDatamatrix, InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.ins.identity import Identity
from segur_interop.ins.matricule import INS_OIDS, Matricule
from segur_interop.ins.status import IdentityStatus
from segur_interop.ins.traits import Sex, is_birth_place, normalise_given_names, normalise_name

__all__ = ["FIELDS", "HEADER", "Field", "decode", "encode", "split"]

MARK: Final = "IS"
VERSION: Final = "01"
RESERVED: Final = "0" * 22
HEADER: Final = MARK + VERSION + RESERVED
"""26 characters: mark, version, 22 reserved zeros."""
GS: Final = "\x1d"


@dataclass(frozen=True, slots=True)
class Field:
    """One row of the field table.

    Attributes:
        name: what the field holds.
        least: shortest value, in characters.
        most: longest value; a value shorter than that is closed by GS unless it is the last.
        form: what the value looks like.
        required: False for S7 alone.
    """

    name: str
    least: int
    most: int
    form: re.Pattern[str]
    required: bool = True

    @property
    def fixed(self) -> bool:
        """True when every value has the same length, and none is followed by GS."""
        return self.least == self.most


_NAME: Final = re.compile(r"[ '-]*[A-Z][A-Z '-]*")

FIELDS: Final = {
    "S1": Field("matricule", 15, 15, re.compile(r"[0-9]{5}(?:[0-9]{2}|2[AB])[0-9]{8}")),
    "S2": Field("oid", 19, 20, re.compile(r"[0-9.]+")),
    "S3": Field("birth_given_names", 1, 100, _NAME),
    "S4": Field("birth_name", 1, 100, _NAME),
    "S5": Field("sex", 1, 1, re.compile(r"[MF]")),
    "S6": Field("birth_date", 10, 10, re.compile(r"[0-9]{2}-[0-9]{2}-[0-9]{4}")),
    "S7": Field("birth_place", 5, 5, re.compile(r"[0-9]{5}|2[AB][0-9]{3}"), required=False),
}
"""The fields in the order they are written; they are read in any order."""


def encode(identity: Identity) -> str:
    """The text of the Datamatrix INS of an identity.

    Names are written in the INSi form (upper case, no diacritics).

    Raises:
        IdentityNotQualified: the identity may not carry its matricule.
        InvalidValue: a name of more than 100 characters or with a character that has no
            equivalent, a birthplace that is no COG code.
    """
    check_type(identity, "identity", Identity)
    identity.transmission_report().raise_for_errors()
    matricule, born, sex = identity.matricule, identity.birth_date, identity.sex
    assert matricule is not None  # the gate
    assert born is not None
    assert sex is not None
    values = {
        "S1": matricule.value,
        "S2": str(matricule.oid),
        "S3": normalise_given_names(identity.birth_given_names, "birth_given_names"),
        "S4": normalise_name(identity.birth_name, "birth_name"),
        "S5": sex.value,
        "S6": f"{born.day:02d}-{born.month:02d}-{born.year:04d}",
    }
    if identity.birth_place:
        if not is_birth_place(identity.birth_place):
            raise InvalidValue("not 5 characters of the COG", place="birth_place")
        values["S7"] = identity.birth_place
    last = next(reversed(values))
    parts = [HEADER]
    for code, value in values.items():
        field = FIELDS[code]
        if len(value) > field.most:
            raise InvalidValue(f"more than {field.most} characters", place=field.name)
        closed = field.fixed or len(value) == field.most or code == last
        parts.append(code + value + ("" if closed else GS))
    return "".join(parts)


def decode(payload: str | bytes, *, lenient: bool = False) -> Identity:
    """The identity that a Datamatrix INS asserts.

    Args:
        payload: what the scanner gave, GS being the character 0x1D.
        lenient: also read what hand scanners make of it (GS lost or typed out, `]d1` prefix,
            white space at the ends); each oddity is a finding.
            Nothing else is dropped or mended: these set aside, the text says exactly the identity
            read. A character changed into another text of the same grammar says another
            person; the key of the matricule and the comparison of traits tell.

    Returns:
        An identity QUALIFIEE, `asserted`; a wrong key is a finding.

    Raises:
        InvalidDatamatrix: not the grammar; names the position and the field, never the value.
    """
    found: list[Finding] = []
    text = _text(payload)
    if lenient:
        text = _cleaned(text, found)
    try:
        values = split(text)
    except InvalidDatamatrix:
        if not lenient:
            raise
        values = _split_without_separators(text)
        found.append(_finding("separators", "separators lost or misplaced; fields told by name"))
    if text[len(MARK + VERSION) : len(HEADER)] != RESERVED:
        found.append(_finding("reserved", "the 22 reserved characters are not zeros"))
    return _identity(values, tuple(found))


def split(payload: str) -> dict[str, str]:
    """The fields of a payload by their code, checked against the table `FIELDS`.

    Raises:
        InvalidDatamatrix: as `decode`, OID and calendar not yet judged.
    """
    _check_header(payload)
    values: dict[str, str] = {}
    offset = len(HEADER)
    while offset < len(payload):
        code = payload[offset : offset + 2]
        field = _known(code, offset, values)
        start = offset + 2
        stop = min(start + field.most, len(payload))
        if not field.fixed and (end := payload.find(GS, start, stop)) >= 0:
            stop = end
        values[code] = _checked(payload[start:stop], code, start)
        offset = stop
        if not field.fixed and stop - start < field.most and stop < len(payload):
            offset += 1  # the GS that closes it
            if offset == len(payload):
                raise _error("a separator after the last field", offset - 1, code)
    _require(values, len(payload))
    return values


def _known(code: str, offset: int, values: dict[str, str]) -> Field:
    if code not in FIELDS:
        raise _error(_misplaced(code), offset)
    if code in values:
        raise _error("a field occurs twice", offset, code)
    return FIELDS[code]


def _misplaced(code: str) -> str:
    if code.startswith(GS):
        return "a separator that nothing calls for"
    return "no known field starts here"


def _checked(value: str, code: str, offset: int) -> str:
    field = FIELDS[code]
    if not field.least <= len(value) <= field.most:
        raise _error("wrong length", offset, code)
    if not field.form.fullmatch(value):
        raise _error("a character that this field does not allow", offset, code)
    return value


def _require(values: dict[str, str], offset: int) -> None:
    missing = [code for code, field in FIELDS.items() if field.required and code not in values]
    if missing:
        raise _error("missing fields", offset, ", ".join(missing))


def _check_header(text: str) -> None:
    if _AZERTY.match(text):
        raise _error("digits typed as AZERTY keys: the scanner's keyboard layout is wrong", 2)
    if not text.startswith(MARK):
        raise _error("does not start with IS", 0)
    head = text[: len(HEADER)]
    if "O" in head[2:] and set(head[2:]) <= set("O01"):
        raise _error("the letter O where the header has zeros", head.index("O"))
    if len(head) < len(HEADER):
        raise _error("shorter than the header of 26 characters", len(text))
    if not head[4:].isascii() or not head[4:].isalnum():
        raise _error("the header holds letters and digits only", 4)
    if head[2:4] != VERSION:
        raise _error("not version 01", 2)


_AZERTY: Final = re.compile(r"(?i)IS[à&é\"'(\-è_ç]{2}")
_TYPED_GS: Final = re.compile(r"<GS>|\\x1[dD]|\\u001[dD]|\^\]|\{GS\}|ó|␝", re.IGNORECASE)
_SYMBOLOGY: Final = re.compile(r"\][dD][0-6]")
_FIELD_START: Final = re.compile(r"S[1-7]")
_ENDS: Final = "\ufeff \t\r\n\0"


def _text(payload: str | bytes) -> str:
    if isinstance(payload, (bytes, bytearray)):
        try:
            return payload.decode("utf-8")
        except UnicodeDecodeError:
            return payload.decode("latin-1")
    if not isinstance(payload, str):
        raise TypeError("a payload is str or bytes")
    return payload


def _cleaned(text: str, found: list[Finding]) -> str:
    bare = text.strip(_ENDS)
    if bare != text:
        found.append(_finding("ends", "white space or a BOM at the ends"))
    symbology = _SYMBOLOGY.match(bare)
    if symbology:
        found.append(_finding("symbology", "preceded by a symbology identifier"))
        bare = bare[symbology.end() :]
    typed = _TYPED_GS.sub(GS, bare)
    if typed != bare:
        found.append(_finding("typed-separator", "separators typed out as characters"))
    return typed


def _split_without_separators(text: str) -> dict[str, str]:
    """Fields told by their codes alone.

    No value can hold one: names have no digit, the other values no S.
    """
    _check_header(text)
    body = text[len(HEADER) :]
    starts = [match.start() for match in _FIELD_START.finditer(body)]
    if not starts or body[: starts[0]].strip(GS):
        raise _error("no known field starts here", len(HEADER))
    values: dict[str, str] = {}
    for start, stop in zip(starts, [*starts[1:], len(body)], strict=True):
        code = body[start : start + 2]
        _known(code, len(HEADER) + start, values)
        value = body[start + 2 : stop].strip(GS)
        values[code] = _checked(value, code, len(HEADER) + start + 2)
    _require(values, len(text))
    return values


def _identity(values: dict[str, str], found: tuple[Finding, ...]) -> Identity:
    if values["S2"] not in INS_OIDS:
        raise _error("the OID is not one of an INS", None, "S2")
    day, month, year = values["S6"].split("-")
    try:
        born = date(int(year), int(month), int(day))
    except ValueError:
        raise _error("no calendar date", None, "S6") from None
    return Identity(
        birth_name=values["S4"],
        birth_given_names=values["S3"],
        birth_date=born,
        sex=Sex(values["S5"]),
        birth_place=values.get("S7", ""),
        matricule=Matricule.parse(values["S1"], oid=values["S2"]),
        status=IdentityStatus.QUALIFIEE,
        asserted=True,
        reading=found,
    )


def _error(message: str, offset: int | None, code: str = "") -> InvalidDatamatrix:
    where = [code] if code else []
    if offset is not None:
        where.append(f"position {offset}")
    return InvalidDatamatrix(message, place=", ".join(where))


def _finding(rule: str, message: str) -> Finding:
    return Finding(
        rule=f"ins.datamatrix.{rule}",
        message=message,
        severity=Severity.WARNING,
        place="datamatrix",
        source="ANS, INS - Format Datamatrix v2.2",
    )
