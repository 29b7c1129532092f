"""The fictitious people of the official examples, under neutral ids, and identities made of them.

Sources: ANS CDA kit 3.0 (`KIT`), official HL7 v2 examples (`HL7`), INSi qualification platform
and CNDA test set (`INSI`). None of them exists.
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from datetime import date
from typing import Any

from segur_interop.ins import Identity, IdentityStatus, Matricule, Sex

NIR, NIA = "1.2.250.1.213.1.4.8", "1.2.250.1.213.1.4.9"
TEST, DEMO = "1.2.250.1.213.1.4.10", "1.2.250.1.213.1.4.11"


@dataclass(frozen=True)
class Person:
    """One row of the official test people.

    Attributes:
        id: a name for tests that says nothing of the person.
        matricule: 15 characters as published.
        oid: its authority.
        name: nom de naissance.
        given: liste des prénoms.
        born: calendar date.
        sex: M or F.
        place: COG; "" when the source gives none.
        right_key: the key that the number ought to have, "" when the published one is right.
    """

    id: str
    matricule: str
    oid: str
    name: str
    given: str
    born: date
    sex: str
    place: str
    right_key: str = ""

    @property
    def key_is_right(self) -> bool:
        return not self.right_key


def _day(text: str) -> date:
    return date.fromisoformat(text)


def _person(id: str, matricule: str, oid: str, *traits: str, right_key: str = "") -> Person:
    name, given, born, sex, place = traits
    return Person(id, matricule, oid, name, given, _day(born), sex, place, right_key)


_TROIS, _RUTH, _LEA = ("PAT-TROIS", "DOMINIQUE MARIE-LOUISE"), "Ruth Isabelle", "Léa Marie"

KIT = (
    _person("kit-1", "279035121518989", TEST, *_TROIS, "1979-03-28", "F", "51215"),
    _person("kit-1-other-place", "279035121518989", TEST, *_TROIS, "1979-03-28", "F", "63220"),
    _person("kit-1-other-date", "279035121518989", TEST, *_TROIS, "1976-05-31", "F", "51215"),
    _person("kit-2-test", "277076322082910", TEST, "NESSI", _RUTH, "1977-07-14", "F", "75115"),
    _person("kit-2", "277076322082910", NIR, "NESSI", "RUTH ISABELLE", "1977-07-14", "F", "51215"),
    _person(
        "kit-2-other-person",
        "277076322082910", NIR, "NESSI", "Marie Jeanne Michelle", "1977-07-14", "F", "51215",
    ),
    _person(
        "kit-3-test",
        "221042545611404", TEST, "DECOURCY", _RUTH, "2021-04-25", "F", "75056", right_key="83",
    ),
    _person(
        "kit-3", "221042545611404", NIR, "DECOURCY", _RUTH, "2021-04-25", "F", "75056",
        right_key="83",
    ),
    _person(
        "kit-4", "222127505611201", NIR, "DECOURCY", _RUTH, "2022-12-25", "F", "75056",
        right_key="47",
    ),
    _person(
        "kit-5", "223042545611404", NIR, "DECOURCY", _LEA, "2023-04-25", "F", "75056",
        right_key="82",
    ),
    _person(
        "kit-6", "224027511583555", TEST, "DECOURCY", _LEA, "2024-02-28", "F", "75115",
        right_key="12",
    ),
)  # fmt: skip

HL7 = (
    _person("hl7-1", "279035121518989", TEST, "PAT-TROIS", "DOMINIQUE", "1979-03-28", "F", "63220"),
    _person("hl7-2", "277076322082910", NIR, "NESSI", "RUTH", "1977-07-14", "F", "63220"),
    _person("hl7-3", "274075176079430", NIR, "PatientA", "DOMINIQUE", "2005-01-01", "M", "63220"),
    _person(
        "hl7-4", "276037510669380", NIR, "DE VINCI", "DONATELLO", "2010-08-07", "M", "63220",
        right_key="26",
    ),
)  # fmt: skip

_THREE = "PIERRE-ALAIN MURIEL FLORIANT"

INSI = (
    _person("insi-1", "275126322074974", NIR, "ADRUN", "ZOE", "1975-12-31", "F", "63220"),
    _person("insi-2", "181016322075140", NIR, "ADRDEUX", "LAURENT", "1981-01-01", "M", "75056"),
    _person("insi-3", "297022A02077878", NIR, "ADRTROIS", "DOMINIQUE", "1997-02-26", "F", "2A020"),
    _person("insi-4", "160012B02077713", NIR, "ADRTROIS", "TOUSSAINT", "1960-01-01", "M", "2B020"),
    _person("insi-5", "180032B02040123", NIR, "CORSE", "ANTHONY", "1980-03-02", "M", "2B020"),
    _person(
        "insi-6", "181036322045660", NIR, "HERMANN", "GATIEN", "1981-03-24", "M", "63220",
        right_key="76",
    ),
    _person("insi-7", "109076322083489", NIR, "ECETINSI", _THREE, "2009-07-14", "M", "63220"),
    _person(
        "insi-8", "109076322088835", NIA, "PROVISOIRE", "MATRICULE", "2009-07-01", "M", "63220",
    ),
    _person(
        "insi-9", "110086322083060", NIR, "NESSI", "MICHELANGELO ANTHONY", "2010-08-07", "M",
        "63220",
    ),
    _person(
        "insi-10", "236066322083656", NIR, "TCHITCHI", "CATARINA BELLA", "1936-06-21", "F", "63220",
    ),
    _person(
        "insi-11", "101066322075460", NIR, "D'ARTAGNAN DE L'HERAULT", _THREE, "2001-06-17", "M",
        "63220",
    ),
)  # fmt: skip

OTHER_NUMBERS = (
    ("insi-2-as-published-once", "181016322075142", "40"),
    ("insi-6-history", "281036322045610", "26"),
    ("insi-7-history-1", "209076322083439", ""),
    ("insi-7-history-2", "209066322012355", ""),
)
"""(id, matricule, right key when the published one is wrong): former numbers and a misprint."""

BUILT = (("tunisia-before-1956", "140079635100114"), ("corsica-before-1976", "140072000400160"))
"""Numbers made here with a right key, for départements that no longer exist."""

EVERYONE = KIT + HL7 + INSI
BY_ID = {person.id: person for person in EVERYONE}


def matricule(person: Person) -> Matricule:
    return Matricule.parse(person.matricule, oid=person.oid)


def local(person: Person, **changes: Any) -> Identity:
    """The person as a QUALIFIEE identity of this place."""
    return dataclasses.replace(_identity(person), **changes)


def received(person: Person, **changes: Any) -> Identity:
    """The person as a sender asserts it."""
    return dataclasses.replace(_identity(person), **{"asserted": True, **changes})


def traits_only(person: Person, **changes: Any) -> Identity:
    """The person without INS, PROVISOIRE."""
    bare = {"matricule": None, "status": IdentityStatus.PROVISOIRE}
    return dataclasses.replace(_identity(person), **{**bare, **changes})


def _identity(person: Person) -> Identity:
    return Identity(
        birth_name=person.name,
        birth_given_names=person.given,
        birth_date=person.born,
        sex=Sex(person.sex),
        birth_place=person.place,
        matricule=matricule(person),
        status=IdentityStatus.QUALIFIEE,
    )


def secrets(identity: Identity) -> set[str]:
    """Every personal text of an identity that no output may contain."""
    found = {identity.birth_name, identity.birth_given_names, identity.birth_place}
    found |= {identity.first_birth_given_name, identity.used_name, identity.used_given_name}
    found |= {identity.birth_place_name, identity.received_birth_date}
    if identity.birth_date:
        born = identity.birth_date
        found |= {born.isoformat(), f"{born:%Y%m%d}", f"{born:%d-%m-%Y}", repr(born)}
    numbers = [item for item in (identity.matricule, *identity.history) if item]
    for number in numbers:
        found |= {number.number, number.value}
    for past in identity.former_traits:
        found |= {past.birth_name, past.birth_given_names, past.birth_place}
    return {text for text in found if len(text) > 2}
