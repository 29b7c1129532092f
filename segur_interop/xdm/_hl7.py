"""The HL7 v2 data types that XDS metadata hold in one text each: CX, XCN, XON, CE, PID fields.

(IHE ITI TF-3 4.2.3.1; IG HL7v2 transmission d'un document CDA R2, mapping.) The delimiters within
a value are escaped as HL7 v2 chapter 2.7 does: the French texts are silent about it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop._oid import STRUCT_IDNAT, is_oid
from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.model import LocalId, Period
from segur_interop.terminology import Code

__all__ = [
    "MAX_VALUE",
    "Xcn",
    "Xon",
    "ce_text",
    "components",
    "cx_text",
    "escape",
    "parse_ce",
    "parse_cx",
    "unescape",
]

MAX_VALUE: Final = 256
"""Characters of a Slot value or of an ExternalIdentifier (ebRIM 3.0 schema, rim.xsd)."""

_TO_ESCAPE: Final = {"\\": "\\E\\", "|": "\\F\\", "^": "\\S\\", "&": "\\T\\", "~": "\\R\\"}
_ESCAPES: Final = str.maketrans(_TO_ESCAPE)
_DELIMITERS: Final = re.compile(r"[\\|^&~]")
_FROM: Final = {written[1]: mark for mark, written in _TO_ESCAPE.items()}
_ESCAPED: Final = re.compile(r"\\([FSTRE])\\")


def escape(text: str) -> str:
    """The text with its HL7 v2 delimiters escaped, spaces around it removed."""
    text = text.strip()
    return text.translate(_ESCAPES) if _DELIMITERS.search(text) else text


def unescape(text: str) -> str:
    """The text with the five delimiter escapes resolved; any other sequence is kept."""
    return _ESCAPED.sub(lambda match: _FROM[match[1]], text).strip()


def components(text: str, count: int) -> list[str]:
    """At least `count` components, still escaped; absent ones are empty."""
    parts = text.split("^")
    return parts + [""] * (count - len(parts))


def joined(parts: list[str]) -> str:
    """Components with the empty ones at the end left out."""
    while parts and not parts[-1]:
        parts = parts[:-1]
    return "^".join(parts)


# -- CX -----------------------------------------------------------------------------------------


def cx_text(item: LocalId, *, default_type: str = "PI") -> str:
    """`id^^^&OID&ISO^type`; the dates CX.7 and CX.8 are never written.

    Raises:
        InvalidValue: no OID names the domain.
    """
    root = item.require_root("patient_id")
    return f"{escape(item.extension)}^^^&{root}&ISO^{item.type or default_type}"


def parse_cx(text: str) -> LocalId:
    """A received CX; a domain that is no OID is kept among the HL7 v2 names.

    Raises:
        InvalidValue: no identifier in it.
    """
    parts = components(text, 8)
    names = (parts[3].split("&") + ["", "", ""])[:3]
    namespace, universal, kind = map(unescape, names)
    rooted = is_oid(universal)
    return LocalId(
        extension=unescape(parts[0]),
        root=universal if rooted else "",
        type=unescape(parts[4]),
        namespace=namespace,
        authority="" if rooted else universal,
        authority_type="" if rooted else kind,
        validity=_validity(parts[6], parts[7]),
    )


def _validity(start: str, end: str) -> Period | None:
    if not (start or end):
        return None
    try:
        return Period(low=start or None, high=end or None)
    except InvalidValue:
        return None


# -- CE -----------------------------------------------------------------------------------------


def ce_text(code: Code) -> str:
    """`code^label^OID` (authorSpecialty)."""
    return joined([escape(code.code), escape(code.label), code.system])


def parse_ce(text: str) -> Code:
    """A received `code^label^system`, or a text alone."""
    code, label, system = map(unescape, components(text, 3)[:3])
    return Code(code=code, label=label, system=system)


# -- XCN, XON -----------------------------------------------------------------------------------

_XCN_FIELDS: Final = (
    "id", "family", "given", "further_given", "suffix", "prefix", "degree", "",
    "authority", "name_type", "", "", "id_type",
)  # fmt: skip
"""Field of each component of an XCN, in order; "" for one that is neither written nor read."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Xcn(Masked):
    """A person or a device, as authorPerson and legalAuthenticator name them (HL7 v2 XCN).

    Attributes:
        id: national or internal identifier (XCN.1), "" when unknown.
        family: family name, or name of the software (XCN.2).
        given: given name, or model of the device (XCN.3).
        further_given, suffix, prefix, degree: XCN.4 to XCN.7; read, never written from a CDA.
        authority: OID of the domain of `id` (XCN.9.2).
        name_type: D name used in practice, U device (XCN.10).
        id_type: IDNPS national, EI internal to a structure, RI device, NH INS (XCN.13).
    """

    id: str = ""
    family: str = ""
    given: str = ""
    further_given: str = ""
    suffix: str = ""
    prefix: str = ""
    degree: str = ""
    authority: str = field(default="", metadata=shown())
    name_type: str = field(default="", metadata=shown())
    id_type: str = field(default="", metadata=shown())

    def hl7(self) -> str:
        """The XCN as XDS writes it, in clear."""
        authority = f"&{escape(self.authority)}&ISO" if self.authority else ""
        told = (self.id, self.family, self.given, self.further_given, self.suffix, self.prefix)
        parts = [escape(text) if text else "" for text in (*told, self.degree)]
        return joined([*parts, "", authority, escape(self.name_type), "", "", escape(self.id_type)])

    @classmethod
    def parse(cls, text: str) -> Xcn:
        """A received XCN; what is missing is empty."""
        parts = components(text, len(_XCN_FIELDS))
        parts[1] = parts[1].partition("&")[0]  # the own name of FN; a particle follows
        parts[8] = _authority(parts[8])
        values = {name: unescape(part) for name, part in zip(_XCN_FIELDS, parts, strict=False)}
        values.pop("")
        return cls(**values)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Xon(Masked):
    """A structure, as authorInstitution names it (HL7 v2 XON).

    Attributes:
        name: XON.1.
        authority: OID of the domain of `id` (XON.6.2).
        id_type: IDNST for a Struct_IdNat (XON.7).
        id: XON.10.
    """

    name: str = ""
    authority: str = field(default="", metadata=shown())
    id_type: str = field(default="", metadata=shown())
    id: str = ""

    def hl7(self) -> str:
        """The XON as XDS writes it, in clear."""
        authority = f"&{escape(self.authority)}&ISO" if self.authority else ""
        name, kind, number = map(escape, (self.name, self.id_type, self.id))
        return joined([name, "", "", "", "", authority, kind, "", "", number])

    @classmethod
    def parse(cls, text: str) -> Xon:
        """A received XON; what is missing is empty."""
        parts = components(text, 10)
        return cls(
            name=unescape(parts[0]),
            authority=unescape(_authority(parts[5])),
            id_type=unescape(parts[6]),
            id=unescape(parts[9]),
        )

    @property
    def is_national(self) -> bool:
        """True when the identifier is a Struct_IdNat."""
        return self.authority == STRUCT_IDNAT


def _authority(hd: str) -> str:
    """HD.2, or the only sub-component there is."""
    parts = hd.split("&")
    return parts[1] if len(parts) > 1 else parts[0]


def parse_time(text: str) -> Timestamp:
    """An XDS DTM; a time of day is in UTC by definition.

    Raises:
        InvalidValue: another form.
    """
    value = Timestamp.parse(text)
    if value.hour is None or value.is_aware:
        return value
    return Timestamp.parse(f"{value}+0000")
