"""What a note de vaccination must hold beside its header, told at once.

The rules that the official schematrons have no test for (a wrong ATC class, a CIP with a wrong
key, an expired lot) are here too.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Final

from segur_interop._time import Timestamp
from segur_interop.cda._defects import Defects
from segur_interop.cda._vaccination.act import AntigenDose, Reaction, VaccinationAct, Vaccine
from segur_interop.cda.document import Document
from segur_interop.errors import InvalidValue, UnknownCode
from segur_interop.model import Professional
from segur_interop.terminology import Code, value_set

__all__ = [
    "ATC",
    "CIM_10",
    "CIS",
    "KINDS",
    "PROBLEMS",
    "ROUTES",
    "SITES",
    "check_act",
    "code_of",
    "figures",
    "moment",
]

CIS: Final = "1.2.250.1.213.2.3.1"
ATC: Final = "2.16.840.1.113883.6.73"
CIM_10: Final = "2.16.840.1.113883.6.3"
KINDS: Final = "JDV_HL7_ActSubstanceAdministrationImmunizationCode_CISIS"
ROUTES: Final = "JDV_ImmunizationRouteCodes_CISIS"
SITES: Final = "JDV_ImmunizationApproachSiteCode_CISIS"
PROBLEMS: Final = "JDV_ProblemCodes_CISIS"

_VOLET: Final = "ANS CDA kit 3.0, CI-SIS_VAC-NOTE_2023.01"
_CIS_FORM: Final = re.compile(r"[0-9]{8}")
_CIP_FORM: Final = re.compile(r"[0-9]{13}")
_ATC_FORM: Final = re.compile(r"[A-Z][0-9]{2}(?:[A-Z](?:[A-Z](?:[0-9]{2})?)?)?")
_VACCINES: Final = "J07"
_LAST_RANK: Final = 99
_UNIT_FORM: Final = re.compile(r"[A-Za-z0-9%*'./^{}\[\]()_+-]+")
"""What UCUM writes its codes with."""


def check_act(act: VaccinationAct, document: Document, defects: Defects) -> None:
    """Add to the defects all that keeps the act from being written."""
    _code(KINDS, act.kind, "act.kind", defects)
    _code(ROUTES, act.route, "act.route", defects)
    _code(SITES, act.site, "act.site", defects)
    _when(act, document, defects)
    _vaccine(act.vaccine, act, defects)
    _who(act, defects)
    rank = act.dose_number
    if rank is not None and (isinstance(rank, bool) or not 1 <= rank <= _LAST_RANK):
        defects.add("vac.rank", f"a rank is from 1 to {_LAST_RANK}", "act.dose_number")
    _quantity(act.dose, act.dose_unit, "act.dose", defects)
    for index, reaction in enumerate(act.reactions):
        _reaction(reaction, act, f"act.reactions[{index}]", defects)
    for index, antigen in enumerate(act.antigens):
        _antigen(antigen, f"act.antigens[{index}]", defects)
    _links(act, defects)


def code_of(name: str, given: Code | str | None) -> Code | None:
    """The code as its value set writes it; None when nothing was given or it is unknown."""
    if given is None or given == "":
        return None
    code, system = (given, None) if isinstance(given, str) else (given.code, given.system or None)
    return value_set(name).find(code, system)


def moment(given: object) -> Timestamp | None:
    """The time of what a caller gave; None for nothing, and for what is no time."""
    try:
        return None if given is None or given == "" else Timestamp.of(given)  # type: ignore[arg-type]
    except InvalidValue:
        return None


def _code(name: str, given: Code | str | None, place: str, defects: Defects) -> None:
    if given is None or given == "":
        return
    code, system = (given, None) if isinstance(given, str) else (given.code, given.system or None)
    try:
        value_set(name).get(code, system)
    except UnknownCode as error:
        defects.add("vac.code", str(error), place, _VOLET)


def _when(act: VaccinationAct, document: Document, defects: Defects) -> None:
    day, created = act.day, document.created
    if created is not None and _ends_before(created, Timestamp.of(day)):
        defects.add("vac.day", "the vaccination is later than the note", "act.day")
    birth = document.patient.identity.birth_date
    if birth is not None and day < birth:
        defects.add("vac.day", "the vaccination is earlier than the birth", "act.day")
    if act.validated_at is None:
        return
    validated = moment(act.validated_at)
    if validated is None:
        defects.add("vac.time", "no time, or one without a zone", "act.validated_at")
    elif _ends_before(validated, Timestamp.of(day)):
        defects.add("vac.time", "validated before it was done", "act.validated_at")
    elif created is not None and _ends_before(created, validated):
        defects.add("vac.time", "validated after the note was made", "act.validated_at")


def _ends_before(one: Timestamp, other: Timestamp) -> bool:
    """True when the day, or the month or year told, is wholly before that of the other."""
    mine = (one.year, one.month, one.day)
    known = len(mine) - mine.count(None)
    theirs = (other.year, other.month, other.day)
    return mine[:known] < theirs[:known]


def _vaccine(vaccine: Vaccine, act: VaccinationAct, defects: Defects) -> None:
    place = "act.vaccine"
    if not _CIS_FORM.fullmatch(vaccine.cis):
        defects.add("vac.cis", "a CIS is 8 digits", f"{place}.cis", _VOLET)
    for name in ("label", "lot"):
        if not getattr(vaccine, name).strip():
            defects.add(f"vac.{name}", "is required", f"{place}.{name}", _VOLET)
    _atc(vaccine.atc, f"{place}.atc", defects)
    if vaccine.cip and not (_CIP_FORM.fullmatch(vaccine.cip) and _has_ean_key(vaccine.cip)):
        defects.add("vac.cip", "a CIP is 13 digits, the last one their key", f"{place}.cip")
    if vaccine.expires is None:
        return
    expires = moment(vaccine.expires)
    if expires is None:
        defects.add("vac.expires", "no date", f"{place}.expires")
    elif _ends_before(expires, Timestamp.of(act.day)):
        defects.tell("vac.expired", "the lot had expired that day", f"{place}.expires")


def _atc(atc: Code, place: str, defects: Defects) -> None:
    if atc.system not in ("", ATC) or not _ATC_FORM.fullmatch(atc.code):
        defects.add("vac.atc", "not an ATC class", place, _VOLET)
    elif not atc.code.startswith(_VACCINES):
        defects.tell("vac.atc.class", "vaccines are of the ATC class J07", place)
    if not atc.label:
        defects.add("vac.atc.label", "the label of the ATC class is required", place, _VOLET)


def _has_ean_key(digits: str) -> bool:
    total = sum(int(digit) * (3 if rank % 2 else 1) for rank, digit in enumerate(digits))
    return total % 10 == 0


def _who(act: VaccinationAct, defects: Defects) -> None:
    if act.validated_by.profession is None:
        defects.add(
            "vac.author", "the profession is required", "act.validated_by.profession", _VOLET
        )
    people: list[tuple[str, Professional]] = [("act.validated_by", act.validated_by)]
    people += [(f"act.performers[{rank}]", item) for rank, item in enumerate(act.performers)]
    for place, person in people:
        if not person.idnat:
            defects.add("vac.person.id", "a national identifier is required", f"{place}.idnat")


_DIGITS: Final = 15
"""Of a quantity, before and after its point."""


def _is_short(value: Decimal) -> bool:
    return len(value.as_tuple().digits) <= _DIGITS and abs(value.adjusted()) < _DIGITS


def figures(value: Decimal) -> str:
    """A quantity without exponent; as it is when that is refused: `1E+999999999` has a gigabyte."""
    return f"{value:f}" if value.is_finite() and _is_short(value) else str(value)


def _quantity(value: Decimal | None, unit: str, place: str, defects: Defects) -> None:
    if value is None:
        if unit:
            defects.add("vac.dose", "a unit without a quantity", place)
    elif not value.is_finite() or value <= 0:
        defects.add("vac.dose", "a quantity is more than zero", place)
    elif not _is_short(value):
        defects.add("vac.dose", f"a quantity has at most {_DIGITS} digits", place)
    if unit and not _UNIT_FORM.fullmatch(unit):
        defects.add("vac.unit", "not a UCUM code", f"{place}_unit")


def _reaction(reaction: Reaction, act: VaccinationAct, place: str, defects: Defects) -> None:
    if not reaction.text.strip():
        defects.add("vac.reaction.text", "is required", f"{place}.text", _VOLET)
    code = reaction.code
    if code is not None and (code.system not in ("", CIM_10) or not code.label):
        defects.add("vac.reaction.code", "a CIM-10 code with its label", f"{place}.code", _VOLET)
    if reaction.kind is not None:
        _code(PROBLEMS, reaction.kind, f"{place}.kind", defects)
    if reaction.since is None:
        return
    since = moment(reaction.since)
    if since is None:
        defects.add("vac.reaction.time", "no time", f"{place}.since")
    elif _ends_before(since, Timestamp.of(act.day)):
        defects.add("vac.reaction.time", "a reaction before its cause", f"{place}.since")


def _antigen(antigen: AntigenDose, place: str, defects: Defects) -> None:
    if not antigen.name.strip():
        defects.add("vac.antigen.name", "is required", f"{place}.name")
    _quantity(antigen.value, antigen.unit, f"{place}.value", defects)
    if antigen.code is not None and (
        antigen.code.system not in ("", CIS) or not _CIS_FORM.fullmatch(antigen.code.code)
    ):
        defects.add("vac.antigen.code", "a product is coded in CIS", f"{place}.code", _VOLET)


def _links(act: VaccinationAct, defects: Defects) -> None:
    """What the schematron asks of entryRelationship: a rank, a comment or a prescription.

    E_immunizations_fr looks for a reaction as an act where the volet writes an observation, and
    for a dose of antigen likewise: alone, they are refused.
    """
    alone = act.dose_number is None and not act.comment and act.prescription is None
    if alone and (act.reactions or act.antigens):
        defects.add(
            "vac.links",
            "a reaction, or the dose of an antigen, goes with a rank, a comment or a prescription",
            "act",
            "ANS CDA kit 3.0, E_immunizations_fr",
        )
    if act.prescription is not None and not act.prescription.root:
        defects.add("vac.prescription", "an identifier with its root", "act.prescription")
