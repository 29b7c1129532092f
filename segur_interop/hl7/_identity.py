"""The identity that a PID segment asserts.

PID-32 carries PROV or VALI only: QUALIFIEE is VALI with an identifier under the OID of an INS
(Guide INS v3 §2.2.2; FR Core fr-core-1). Names are chosen by type, never by rank.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date
from typing import Final

from segur_interop import _oid
from segur_interop._source import Source
from segur_interop.errors import InvalidMatricule, MessageError
from segur_interop.findings import Severity
from segur_interop.hl7._datatypes import Notes
from segur_interop.hl7._scan import LARGE
from segur_interop.hl7._syntax import ERASE
from segur_interop.hl7._unchecked import unchecked
from segur_interop.hl7.er7 import Message, Segment, parse
from segur_interop.ins import INS_OIDS, Attribute, Identity, IdentityStatus, Matricule, Sex

__all__ = ["DISQUALIFYING", "RELIABILITY", "identity_of", "is_ins_like", "read_identity"]

RELIABILITY: Final = {
    "VIDE": "identité non encore qualifiée", "PROV": "provisoire", "VALI": "validée",
    "DOUB": "doublon", "DPOT": "doublon potentiel", "DOUA": "doublon avéré",
    "DESA": "désactivée", "COLP": "collision potentielle", "COLV": "collision avérée",
    "FILI": "filiation", "CACH": "cachée", "ANOM": "anonyme", "IDVER": "vérifiée par le patient",
    "RECD": "reçue d'un autre domaine", "IDRA": "rapprochée dans un autre domaine",
    "USUR": "usurpation", "HOMD": "homonyme détecté", "HOMA": "homonyme avéré",
    "INVA": "invalidée", "FICT": "fictive", "DOUT": "douteuse",
}  # fmt: skip
"""PID-32, French user table 0445 (IHE ITI TF-4; FR Core fr-core-v2-0445)."""

DISQUALIFYING: Final = frozenset({"PROV", "VIDE", "DOUT", "FICT", "INVA", "ANOM"})
"""Codes with which an identity is not QUALIFIEE, VALI or not."""

_TABLE: Final = "IHE ITI TF-4 §4.1, table 0445; FR Core fr-core-v2-0445"
_GUIDE: Final = "Guide INS v3 §2.2.2; RNIV EXI SI 08"
_NAMES: Final = "PAM France 2.11, PID-5; RNIV EXI SI 29-30"
_SEXES: Final = {"M": Sex.M, "F": Sex.F, "U": Sex.I, "O": Sex.I}
_ATTRIBUTES: Final = {
    "DOUT": Attribute.DOUTEUSE, "FICT": Attribute.FICTIVE,
    "HOMD": Attribute.HOMONYME, "HOMA": Attribute.HOMONYME,
}  # fmt: skip
_QUALIFIEE: Final = IdentityStatus.QUALIFIEE
_VALIDEE: Final = IdentityStatus.VALIDEE
_NO_ATTRIBUTE: Final[frozenset[Attribute]] = frozenset()
_VALIDATED: Final = frozenset({"VALI"})
_INS_ROOT: Final = os.path.commonprefix(sorted(INS_OIDS))
_INS_TYPES: Final = ("INS", "INS-NIR", "INS-NIA")
_INS_C: Final = (_oid.INS_C, _oid.INS_C_TEST, _oid.INS_C_DEMO)


def read_identity(source: Source | Message, *, charset: str | None = None) -> Identity:
    """The identity that the first PID of a message asserts, with what was noticed in `reading`.

    Args:
        source: a Message, bytes, or the path of a file.
        charset: as for `parse`.

    Returns:
        An asserted identity: it counts for `ins.preselect`, never for writing.

    Raises:
        MessageError: no readable MSH, or no PID.
    """
    message = source if isinstance(source, Message) else parse(source, charset=charset)
    segment = message.first("PID")
    if segment is None:
        raise MessageError("no PID", place="PID")
    return identity_of(segment, Notes(), lambda: message.get("MSH-7")[:8])


def identity_of(segment: Segment, notes: Notes, today: Callable[[], str]) -> Identity:
    """The identity of a PID segment.

    Args:
        segment: PID.
        notes: gathers findings; they are in `reading` too.
        today: the date of the message, 8 digits, asked when an identifier has an end.
    """
    syntax = segment.syntax
    if segment.size > LARGE:
        notes.add("segment.long", f"longer than {LARGE} octets: not read", "PID", Severity.ERROR)
        return Identity(asserted=True, reading=tuple(notes.found))
    fields = segment.fields
    if len(fields) < 33:
        fields = fields + [""] * (33 - len(fields))
    cut = syntax.component
    repeated = syntax.repetition

    def rows(number: int) -> list[list[str]]:
        text = fields[number]
        return [part.split(cut) for part in text.split(repeated)] if text else []

    escape = syntax.escape
    # The only fields whose text is read with its escapes.
    escaped = escape and (
        escape in fields[5] or escape in fields[3] or escape in fields[11] or escape in fields[23]
    )
    read: Callable[[str], str] = syntax.unescaped if escaped else str.strip
    family, first, given, used_family, used_given = _names(
        rows(5), read, syntax.subcomponent, notes
    )
    ids = [part.split(cut) for part in fields[3].split(repeated) if _may_be_ins(part)]
    matricule, history = _matricules(ids, read, syntax.subcomponent, notes, today)
    codes = _VALIDATED
    if fields[32] != "VALI":
        inner = syntax.subcomponent or cut
        codes = frozenset(
            code for row in rows(32) if (code := row[0].partition(inner)[0].strip().upper())
        )
    born, received = _birth_date(fields[7].partition(cut)[0].strip(), notes)
    places = [part.split(cut) for part in fields[11].split(repeated) if "BDL" in part.upper()]
    place, town = _birth_place(places, read, notes)
    status, attributes = _status(codes, matricule, notes)
    return _asserted(
        family, given, first, used_family, used_given, born, received,
        _sex(fields[8].partition(cut)[0].strip().upper(), notes) if fields[8] else None,
        place, town or _text(fields[23], read), matricule, history, status, attributes,
        _order(fields[25], notes) if fields[25] else None, tuple(notes.found),
    )  # fmt: skip


_asserted: Final = unchecked(
    Identity,
    "birth_name", "birth_given_names", "first_birth_given_name", "used_name", "used_given_name",
    "birth_date", "received_birth_date", "sex", "birth_place", "birth_place_name", "matricule",
    "history", "status", "attributes", "multiple_birth_order", "reading", asserted=True,
)  # fmt: skip


def _text(raw: str, read: Callable[[str], str]) -> str:
    return "" if not raw or raw == ERASE else read(raw).strip()


def _names(
    rows: list[list[str]], read: Callable[[str], str], inner: str, notes: Notes
) -> tuple[str, str, str, str, str]:
    """Birth name, first given name, given names from the repetition L; used names from D."""
    birth: list[str] | None = None
    used: list[str] | None = None
    for row in rows:
        kind = row[6].strip().upper() if len(row) > 6 else ""
        if kind == "D":
            used = used or row
        elif kind == "L":
            if birth is not None:
                notes.add("pid.names", "several birth names: the first is read", "PID-5",
                          source=_NAMES)  # fmt: skip
            birth = birth or row
    if birth is None:
        birth = next((row for row in rows if len(row) < 7 or row[6].strip().upper() in ("", "U")),
                     None)  # fmt: skip
        notes.add("pid.name-type", "no name of type L: one without type is read as birth name, "
                  "one of another type is not", "PID-5", source=_NAMES)  # fmt: skip
    family = first = given = used_family = used_given = ""
    if birth is not None:
        family = birth[0]
        if inner and inner in family:
            notes.add("pid.name-parts", "the birth name has subcomponents: the first is read",
                      "PID-5.1", source=_NAMES)  # fmt: skip
            family = family.partition(inner)[0]
        family = _text(family, read)
        first = _text(birth[1], read) if len(birth) > 1 else ""
        given = _text(birth[2], read) if len(birth) > 2 else ""
        if not given:
            notes.add("pid.given-names", "the list of birth given names is empty", "PID-5.3",
                      Severity.INFO, _NAMES)  # fmt: skip
    if used is not None:
        used_family = _text(used[0].partition(inner)[0] if inner else used[0], read)
        used_given = _text(used[1], read) if len(used) > 1 else ""
    return family, first, given, used_family, used_given


def _may_be_ins(text: str) -> bool:
    """False for an identifier that is surely neither an INS nor said to be one."""
    return _INS_ROOT in text or "INS" in text.upper()


def is_ins_like(oid: str, kind: str) -> bool:
    """True for an identifier said to be an INS without the OID of one: it is not read at all.

    As a local identifier it would travel with no rule to stop it.
    """
    return kind in _INS_TYPES and oid not in _INS_C


def authority_oid(row: list[str], inner: str) -> str:
    """The OID of CX.4, also one put in place of the namespace."""
    parts = row[3].split(inner) if len(row) > 3 and inner else row[3:4]
    if len(parts) > 1 and parts[1]:
        return parts[1].strip()
    return parts[0].strip() if parts else ""


def _matricules(
    rows: list[list[str]],
    read: Callable[[str], str],
    inner: str,
    notes: Notes,
    today: Callable[[], str],
) -> tuple[Matricule | None, tuple[Matricule, ...]]:
    """The matricule in force, and those that are no longer."""
    current: list[Matricule] = []
    past: list[Matricule] = []
    for row in rows:
        oid = authority_oid(row, inner)
        kind = row[4].strip().upper() if len(row) > 4 else ""
        if oid not in INS_OIDS:
            if is_ins_like(oid, kind):
                notes.add("pid.ins-oid", "an identifier of type INS without the OID of an INS: "
                          "not read", "PID-3", source=_GUIDE)  # fmt: skip
            continue
        if kind != "INS":
            notes.add("pid.ins-type", "the type of an INS is INS", "PID-3.5", Severity.INFO,
                      "HL7 table 0203, France")  # fmt: skip
        try:
            matricule = Matricule.parse(read(row[0]), oid)
        except InvalidMatricule:
            notes.add("pid.matricule", "under the OID of an INS, and no matricule: not read",
                      "PID-3.1")  # fmt: skip
            continue
        end = row[7].strip()[:8] if len(row) > 7 else ""
        # A date that cannot be compared is doubt, and doubt retires.
        retired = bool(end) and (not today() or end <= today())
        (past if retired else current).append(matricule)
    if len(current) > 1:
        return _one_of(current, past, notes)
    return (current[0] if current else None), tuple(past)


def _one_of(
    current: list[Matricule], past: list[Matricule], notes: Notes
) -> tuple[Matricule | None, tuple[Matricule, ...]]:
    """NIR before NIA when both are listed; two of the same kind tell nothing."""
    distinct = list(dict.fromkeys(current))
    others = [item for item in distinct if item.oid != _oid.INS_NIA]
    if len(others) == 1:
        message = "a NIR and a NIA: the NIR is the matricule, the NIA an earlier one"
        notes.add("pid.ins-several", message, "PID-3", Severity.INFO)
        kept = [item for item in distinct if item is not others[0] and item not in past]
        return others[0], (*past, *kept)
    if len(distinct) == 1:
        return distinct[0], tuple(past)
    notes.add("pid.ins-several", "several INS in force: none is read", "PID-3")
    return None, tuple(past)


def _birth_date(text: str, notes: Notes) -> tuple[date | None, str]:
    if not text or text == ERASE:
        return None, ""
    day = text[:8]
    if len(day) == 8 and day.isascii() and day.isdigit():
        try:
            return date.fromisoformat(day), ""
        except ValueError:
            pass
    notes.add("pid.birth-date", "no calendar date: kept as received", "PID-7", Severity.INFO,
              "RNIV EXI PP 19")  # fmt: skip
    return None, text


def _sex(code: str, notes: Notes) -> Sex | None:
    if code == ERASE:
        return None
    sex = _SEXES.get(code)
    if sex is None or code == "O":
        notes.add("pid.sex", "not M, F or U", "PID-8", source="PAM France 2.11, table 0001")
    return sex


def _birth_place(
    rows: list[list[str]], read: Callable[[str], str], notes: Notes
) -> tuple[str, str]:
    """The COG code and the town of the address of type BDL."""
    for row in rows:
        if len(row) > 6 and row[6].strip().upper() == "BDL":
            code = _text(row[8], read) if len(row) > 8 else ""
            if not code:
                notes.add("pid.birth-place", "the birthplace has no code (XAD.9)", "PID-11",
                          Severity.INFO)  # fmt: skip
            return code, _text(row[2], read)
    return "", ""


def _order(raw: str, notes: Notes) -> int | None:
    text = raw.strip()
    if text.isascii() and text.isdigit() and 0 < len(text) < 4 and int(text) > 0:
        return int(text)
    if text != ERASE:
        notes.add("pid.birth-order", "no rank among twins", "PID-25")
    return None


def _status(
    codes: frozenset[str], matricule: Matricule | None, notes: Notes
) -> tuple[IdentityStatus, frozenset[Attribute]]:
    """The status that PID-32 and the matricule tell together."""
    if codes == _VALIDATED:
        return (_QUALIFIEE if matricule else _VALIDEE), _NO_ATTRIBUTE
    unknown = codes - RELIABILITY.keys() - {ERASE}
    if unknown:
        notes.add("pid.reliability", "a code that is not in table 0445", "PID-32", source=_TABLE)
    if not codes & {"VALI", "PROV", "VIDE"}:
        notes.add("pid.status", "PID-32 tells no status: PROV is assumed", "PID-32", source=_TABLE)
    doubts = codes & DISQUALIFYING
    if "VALI" in codes and doubts:
        message = "VALI with a code that excludes it: the identity is not validated"
        notes.add("pid.status", message, "PID-32", source="RNIV EXI SI 09")
    if matricule is not None and (doubts or "VALI" not in codes):
        message = "a matricule travels only with a validated identity"
        notes.add("pid.ins-unqualified", message, "PID-32", source=_GUIDE)
    attributes = frozenset(_ATTRIBUTES[code] for code in codes if code in _ATTRIBUTES)
    if doubts or "VALI" not in codes:
        return IdentityStatus.PROVISOIRE, attributes
    return (_QUALIFIEE if matricule else _VALIDEE), attributes
