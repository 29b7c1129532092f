"""Names of persons other than the patient, postal addresses and telecoms.

The patient's own name is not here: it is a set of identity traits (`ins.Identity`).
"""

from __future__ import annotations

import dataclasses
import re
import urllib.parse
from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.model._checks import check_items, check_text, check_texts
from segur_interop.model._numbers import citizen_numbers, holds_matricule

__all__ = [
    "ADDRESS_PARTS",
    "ADDRESS_USES",
    "CIVILITIES",
    "TELECOM_SCHEMES",
    "TELECOM_USES",
    "TITLES",
    "Address",
    "PersonName",
    "Telecom",
]

CIVILITIES: Final = frozenset({"M", "MME"})
"""JDV_J245_Civilite_CISIS."""

TITLES: Final = frozenset({"DR", "MC", "MG", "PC", "PG", "PR"})
"""JDV_J246_Titre_CISIS."""

_SPELLINGS: Final = {
    "M": "M", "M.": "M", "MR": "M", "MONSIEUR": "M",
    "MME": "MME", "MME.": "MME", "MADAME": "MME", "MLLE": "MME", "MADEMOISELLE": "MME",
    "DR": "DR", "DR.": "DR", "DOCTEUR": "DR", "PR": "PR", "PR.": "PR", "PROFESSEUR": "PR",
}  # fmt: skip

_KIT: Final = "ANS CDA kit 3.0, StrucMin"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class PersonName(Masked):
    """The name of a professional, a relative, a guardian (CDA R2 PN; HL7 v2 XCN, XPN).

    Attributes:
        family: family name when nothing says which kind it is; the name of practice of a
            professional.
        given: given name, or names separated by spaces.
        civility: code of JDV_J245 (M, MME): CDA `prefix`.
        title: code of JDV_J246 (DR, PR, MC, MG, PC, PG): CDA `suffix`.
        birth_family: family name of birth, for a relative (CDA `family` BR).
        used_family: name used, for a relative (CDA `family` CL; SP in older documents).

    Raises:
        InvalidValue: no family name at all, a control character.
    """

    family: str = ""
    given: str = ""
    civility: str = field(default="", metadata=shown())
    title: str = field(default="", metadata=shown())
    birth_family: str = ""
    used_family: str = ""

    def __post_init__(self) -> None:
        check_texts(self, "name")
        if not self.display_family:
            raise InvalidValue("a family name is required", place="name.family")

    @property
    def display_family(self) -> str:
        """The family name to show: the plain one, else the used one, else that of birth."""
        return self.family or self.used_family or self.birth_family

    def coded(self) -> PersonName:
        """The same name with its civility and title as codes.

        `Monsieur` becomes M; a `Dr` found among civilities becomes the title DR; a text that
        is no civility and no title is left out.
        """
        found = [_SPELLINGS.get(text.strip().upper(), text) for text in (self.civility, self.title)]
        return dataclasses.replace(
            self,
            civility=next((code for code in found if code in CIVILITIES), ""),
            title=next((code for code in reversed(found) if code in TITLES), ""),
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A civility or title outside its value set: `coded()` mends or drops it."""
        return tuple(
            Finding(
                rule=f"name.{place}",
                message=f"not a code of {value_set}",
                severity=Severity.ERROR,
                place=place,
                source=_KIT,
            )
            for place, codes, value_set in (
                ("civility", CIVILITIES, "JDV_J245_Civilite_CISIS"),
                ("title", TITLES, "JDV_J246_Titre_CISIS"),
            )
            if getattr(self, place) and getattr(self, place) not in codes
        )


ADDRESS_USES: Final = ("H", "HP", "HV", "WP", "TMP")
"""One at a time; the kit refuses a list."""

MAX_LINES: Final = 7

ADDRESS_PARTS: Final = (
    ("house_number", "houseNumber"),
    ("house_number_numeric", "houseNumberNumeric"),
    ("street_name_type", "streetNameType"),
    ("street_name", "streetName"),
    ("additional_locator", "additionalLocator"),
    ("unit_id", "unitID"),
    ("post_box", "postBox"),
    ("precinct", "precinct"),
    ("postal_code", "postalCode"),
    ("city", "city"),
    ("county", "county"),
    ("state", "state"),
    ("country", "country"),
)
"""Fields of an address in the order they are written, with their CDA element."""

_STREET: Final = ("house_number", "house_number_numeric", "street_name_type", "street_name")
_TOWN: Final = ("postal_code", "city")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Address(Masked):
    """A postal address: up to 7 lines, or components (CDA R2 AD; HL7 v2 XAD).

    Attributes:
        use: one of ADDRESS_USES, or "".
        lines: street address lines, in order, without the components below.
        house_number, house_number_numeric, street_name_type, street_name: the street.
        additional_locator, unit_id, post_box, precinct: stairs, flat, post box, locality.
        postal_code, city, county, state, country: the town; `county` is the code COG of a
            birthplace elsewhere and has no fixed meaning here.

    Raises:
        InvalidValue: nothing filled, more than 7 lines, another use.
    """

    use: str = field(default="", metadata=shown())
    lines: tuple[str, ...] = ()
    house_number: str = ""
    house_number_numeric: str = ""
    street_name_type: str = ""
    street_name: str = ""
    additional_locator: str = ""
    unit_id: str = ""
    post_box: str = ""
    precinct: str = ""
    postal_code: str = ""
    city: str = ""
    county: str = ""
    state: str = ""
    country: str = ""

    def __post_init__(self) -> None:
        check_texts(self, "address")
        check_items(self, "address", "lines", str)
        for index, line in enumerate(self.lines):
            check_text(line, f"address.lines[{index}]", required=True)
        if len(self.lines) > MAX_LINES:
            raise InvalidValue("more than 7 lines", place="address.lines")
        if self.use and self.use not in ADDRESS_USES:
            raise InvalidValue(f"not one of {' '.join(ADDRESS_USES)}", place="address.use")
        if not (self.lines or self.parts):
            raise InvalidValue("nothing is filled", place="address")

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """The filled components as (CDA element, text), in the order of ADDRESS_PARTS."""
        return tuple(
            (element, text) for name, element in ADDRESS_PARTS if (text := getattr(self, name))
        )

    @property
    def street(self) -> str:
        """The street as one text (XAD.1): the first line, or the street components joined."""
        return self.lines[0] if self.lines else self._joined(_STREET)

    def as_lines(self) -> Address:
        """The same address in lines alone; what exceeds 7 lines is joined into the last."""
        rest = [name for name, _ in ADDRESS_PARTS if name not in (*_STREET, *_TOWN)]
        before, after = rest[: rest.index("county")], rest[rest.index("county") :]
        groups = [_STREET, *((name,) for name in before), _TOWN, *((name,) for name in after)]
        lines = [*self.lines, *filter(None, map(self._joined, groups))]
        kept, overflow = lines[: MAX_LINES - 1], lines[MAX_LINES - 1 :]
        if overflow:
            kept.append(", ".join(overflow))
        return Address(use=self.use, lines=tuple(kept))

    def _joined(self, names: tuple[str, ...]) -> str:
        return " ".join(text for name in names if (text := getattr(self, name)))

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Lines beside components: `as_lines()` mends it."""
        if not (self.lines and self.parts):
            return ()
        return (
            Finding(
                rule="address.mixed",
                message="lines and components in one address",
                place="lines",
                source=_KIT,
            ),
        )


TELECOM_SCHEMES: Final = ("tel", "fax", "mailto", "http", "ftp", "mllp")
"""What the kit accepts before the colon (CI-SISTelecom); `https` is not among them."""

TELECOM_USES: Final = ("H", "HP", "HV", "WP", "DIR", "PUB", "EC", "MC", "PG")

_URI: Final = re.compile(r"(?P<scheme>[a-z]+):(?P<rest>[!#-;=?-\[\]_a-z~]+)")
_SEPARATORS: Final = re.compile(r"[\s.\-/()\u2010-\u2015\u2212\u2060]")
_TRUNK_ZERO: Final = re.compile(r"\(\s*0\s*\)")
_NUMBER: Final = re.compile(r"\+?[0-9]{2,}")
_E164_DIGITS: Final = 15
_EMAIL: Final = re.compile(r"[!-?A-~]+@[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?")
_LOCAL_SAFE: Final = "!$'*+-._~"
_MSSANTE_DOMAIN: Final = "mssante.fr"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Telecom(Masked):
    """A telephone, fax, electronic or web address as a URI (CDA R2 TEL; HL7 v2 XTN).

    `Telecom.phone`, `.fax`, `.email` and `.read` make it from what people type.

    Attributes:
        value: a URI that the kit accepts: one of TELECOM_SCHEMES, no space.
        use: one of TELECOM_USES, or "".
        received: the text as it came, when it had to be rewritten.

    Raises:
        InvalidValue: another scheme, nothing after it, a character that a URI cannot hold,
            another use.
    """

    value: str
    use: str = field(default="", metadata=shown())
    received: str = field(default="", compare=False)

    def __post_init__(self) -> None:
        check_texts(self, "telecom", required=("value",))
        match = _URI.fullmatch(self.value)
        if match is None or match["scheme"] not in TELECOM_SCHEMES:
            raise InvalidValue(
                f"not a URI of scheme {', '.join(TELECOM_SCHEMES)}", place="telecom.value"
            )
        if self.use and self.use not in TELECOM_USES:
            raise InvalidValue(f"not one of {' '.join(TELECOM_USES)}", place="telecom.use")

    @classmethod
    def phone(cls, number: str, use: str = "") -> Telecom:
        """A telephone number as people write it: `01 44 95 55 55`, `+33 (0)1.44.95.55.55`.

        Raises:
            InvalidValue: letters, or fewer than two digits.
        """
        return cls(value=f"tel:{_digits(number)}", use=use)

    @classmethod
    def fax(cls, number: str, use: str = "") -> Telecom:
        """A fax number, written as for `phone`.

        Raises:
            InvalidValue: letters, or fewer than two digits.
        """
        return cls(value=f"fax:{_digits(number)}", use=use)

    @classmethod
    def email(cls, address: str, use: str = "") -> Telecom:
        """An electronic address, MSSanté or not.

        Raises:
            InvalidValue: not one local part, one `@` and one domain, all in ASCII (an
                international domain is written in its `xn--` form).
        """
        check_text(address, "telecom.value", required=True)
        text = address.strip()
        if not _EMAIL.fullmatch(text):
            raise InvalidValue("not an electronic address in ASCII", place="telecom.value")
        local, domain = text.split("@")
        quoted = urllib.parse.quote(local, safe=_LOCAL_SAFE)
        return cls(value=f"mailto:{quoted}@{domain}", use=use)

    @classmethod
    def read(cls, text: str, use: str = "") -> Telecom:
        """What a sender wrote, mended where the meaning is plain; `findings` tells it.

        Accepts a URI with spaces or an upper-case scheme, a bare number, a bare electronic
        address.

        Raises:
            InvalidValue: nothing recognisable.
        """
        check_text(text, "telecom.value", required=True)
        scheme, colon, rest = text.strip().partition(":")
        if not colon:
            made = cls.email(text, use) if "@" in text else cls.phone(text, use)
        elif scheme.strip().lower() in ("tel", "fax") and not _URI.fullmatch(text):
            made = (cls.phone if scheme.strip().lower() == "tel" else cls.fax)(rest, use)
        else:
            made = cls(value=f"{scheme.strip().lower()}:{rest.strip()}", use=use)
        return made if made.value == text else dataclasses.replace(made, received=text)

    @property
    def scheme(self) -> str:
        """What precedes the colon."""
        return self.value.partition(":")[0]

    @property
    def address(self) -> str:
        """What follows the colon: the number, or the electronic address unquoted."""
        rest = self.value.partition(":")[2]
        return urllib.parse.unquote(rest) if self.scheme == "mailto" else rest

    @property
    def is_mssante(self) -> bool:
        """True for an address under mssante.fr; the white list tells which are trusted."""
        domain = self._domain
        return domain == _MSSANTE_DOMAIN or domain.endswith("." + _MSSANTE_DOMAIN)

    @property
    def patient_matricule(self) -> str:
        """The matricule that a citizen's MSSanté address is made of, "" for any other.

        Whatever the address dresses it in (a final dot, an encoding, a header, a second
        address, another host) counts; several are joined by commas. Such an address is written
        only where the matricule itself may be.
        """
        if self.scheme != "mailto":
            return ""
        return ",".join(citizen_numbers(self.value.partition(":")[2]))

    def holds(self, number: str) -> bool:
        """True when the address holds the 13 characters of a matricule, spaced or encoded."""
        return holds_matricule(number, self.value.partition(":")[2])

    @property
    def _domain(self) -> str:
        return self.address.rpartition("@")[2].lower() if self.scheme == "mailto" else ""

    @property
    def findings(self) -> tuple[Finding, ...]:
        """A rewritten text, a number or an electronic address of an unusual form."""
        found = []
        if self.received:
            found.append(("telecom.rewritten", "rewritten as a URI", Severity.INFO))
        number = _SEPARATORS.sub("", self.address)
        if self.scheme in ("tel", "fax") and not (
            _NUMBER.fullmatch(number) and len(number.lstrip("+")) <= _E164_DIGITS
        ):
            found.append(("telecom.number", "not a telephone number", Severity.WARNING))
        if self.scheme == "mailto" and not _EMAIL.fullmatch(self.address):
            found.append(("telecom.email", "not an electronic address", Severity.WARNING))
        return tuple(
            Finding(rule=rule, message=message, severity=severity, place="value", source=_KIT)
            for rule, message, severity in found
        )


def _digits(text: str) -> str:
    check_text(text, "telecom.value", required=True)
    plain = text.strip()
    if plain.startswith(("+", "00")):
        plain = _TRUNK_ZERO.sub("", plain)
    number = _SEPARATORS.sub("", plain)
    if not _NUMBER.fullmatch(number):
        raise InvalidValue("not a telephone number", place="telecom.value")
    return number
