"""The section of a note de vaccination: its narrative, then its one entry.

(ANS, CI-SIS VAC-NOTE 2023.01; IHE PCC Immunizations, Product, Comment and Problem entries.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from segur_interop._oid import LOINC, new_oid
from segur_interop._time import Timestamp
from segur_interop.cda import _participants as people
from segur_interop.cda import _versions
from segur_interop.cda._build import Node, coded, identifier, node, when
from segur_interop.cda._defects import Defects
from segur_interop.cda._vaccination.act import AntigenDose, Reaction, VaccinationAct, Vaccine
from segur_interop.cda._vaccination.rules import (
    ATC,
    CIM_10,
    CIS,
    KINDS,
    PROBLEMS,
    ROUTES,
    SITES,
    code_of,
    moment,
)
from segur_interop.cda.document import Document
from segur_interop.model import Participant, Period, Professional
from segur_interop.terminology import Code, value_set

__all__ = ["body"]

CIP: Final = "1.2.250.1.213.2.3.2"
SECTION_TEMPLATES: Final = (
    "2.16.840.1.113883.10.20.1.6",
    "1.3.6.1.4.1.19376.1.5.3.1.3.23",
    "1.2.250.1.213.1.1.2.147",
)
VACCINATION_TEMPLATES: Final = (
    "2.16.840.1.113883.10.20.1.24",
    "1.3.6.1.4.1.19376.1.5.3.1.4.12",
    "1.2.250.1.213.1.1.3.45",
)
PRODUCT_TEMPLATES: Final = (
    "2.16.840.1.113883.10.20.1.53",
    "1.3.6.1.4.1.19376.1.5.3.1.4.7.2",
    "1.2.250.1.213.1.1.3.43",
)
RANK_TEMPLATES: Final = ("2.16.840.1.113883.10.20.1.46", "1.2.250.1.213.1.1.3.82")
REACTION_TEMPLATES: Final = (
    "2.16.840.1.113883.10.20.1.28",
    "2.16.840.1.113883.10.20.1.54",
    "1.3.6.1.4.1.19376.1.5.3.1.4.5",
    "1.2.250.1.213.1.1.3.37",
)
COMMENT_TEMPLATES: Final = (
    "2.16.840.1.113883.10.20.1.40",
    "1.3.6.1.4.1.19376.1.5.3.1.4.2",
    "1.2.250.1.213.1.1.3.32",
)
PRESCRIPTION_TEMPLATES: Final = ("2.16.840.1.113883.10.20.1.34", "1.3.6.1.4.1.19376.1.5.3.1.4.7.3")
ANTIGEN_TEMPLATES: Final = (
    "2.16.840.1.113883.10.20.1.24",
    "1.3.6.1.4.1.19376.1.5.3.1.4.12.1",
    "1.2.250.1.213.1.1.3.46",
)

HISTORY: Final = Code(code="11369-6", system=str(LOINC), label="Historique des vaccinations")
RANK: Final = Code(code="30973-2", system=str(LOINC), label="Rang de la vaccination")
COMMENT: Final = Code(code="48767-8", system=str(LOINC), label="Commentaire")
REPORTED_SYMPTOM: Final = "418799008"

VACCINE_ID: Final = "vaccin"
SITE_ID: Final = "region"
COMMENT_ID: Final = "commentaire"
REACTION_ID: Final = "reaction"
ANTIGEN_ID: Final = "antigene"


def body(act: VaccinationAct, document: Document, defects: Defects) -> Node:
    """The component of the document: one section, one vaccination."""
    section = node(
        "section",
        _templates(SECTION_TEMPLATES),
        identifier("id", new_oid()),
        coded("code", HISTORY),
        node("title", text=document.title),
        node("text", _table(act)),
        node("entry", _vaccination(act, document, defects)),
    )
    return node("component", node("structuredBody", node("component", section)))


def _templates(roots: tuple[str, ...]) -> list[Node]:
    return [identifier("templateId", item) for item in roots]


# -- the narrative ------------------------------------------------------------------------------


def _table(act: VaccinationAct) -> Node:
    rows = [node("tr", node("th", text=name), node("td", content)) for name, content in _rows(act)]
    return node("table", node("tbody", rows))


def _rows(act: VaccinationAct) -> Iterator[tuple[str, Node | list[Node]]]:
    """What people read: each value of the act under its name, in this order."""
    vaccine = act.vaccine
    route, site, kind = code_of(ROUTES, act.route), code_of(SITES, act.site), _kind(act)
    performers = ", ".join(map(_name, act.performers))
    texts: tuple[tuple[str, str, str], ...] = (
        ("Date", f"{act.day:%d/%m/%Y}", ""),
        ("Vaccin", vaccine.label, VACCINE_ID),
        ("Présentation", (vaccine.cip_label or vaccine.label) if vaccine.cip else "", ""),
        ("Classe", vaccine.atc.label, ""),
        ("Lot n°", vaccine.lot, ""),
        ("Péremption", _shown(moment(vaccine.expires)), ""),
        ("Type", kind.label if kind else "", ""),
        ("Rang", "" if act.dose_number is None else str(act.dose_number), ""),
        ("Dose", _amount(act.dose, act.dose_unit), ""),
        ("Voie d'administration", route.label if route else "", ""),
        ("Région d'administration", site.label if site else "", SITE_ID),
    )
    for name, text, reference in texts:
        if text:
            yield name, _content(text, reference)
    for rank, item in enumerate(act.antigens):
        amount = _content(f" {_amount(item.value, item.unit)}", "")
        yield "Antigène", [_content(item.name, _antigen_id(rank)), amount]
    for rank, reaction in enumerate(act.reactions):
        yield "Réaction observée", _seen(reaction, _reaction_id(rank))
    if act.comment:
        yield "Commentaire", _content(act.comment, COMMENT_ID)
    if performers:
        yield "Vaccinateur", _content(performers, "")
    yield "Validée par", _content(_name(act.validated_by), "")


def _content(text: str, reference: str) -> Node:
    return node("content", text=text, ID=reference or None)


def _name(person: Professional) -> str:
    name = person.name
    if name is None:
        return ""
    return " ".join(filter(None, (name.title, name.given, name.display_family)))


def _shown(day: Timestamp | None) -> str:
    """A date as it is written in France, at the precision that is known."""
    if day is None:
        return ""
    parts = (day.day, day.month, day.year)
    return "/".join(f"{part:02d}" for part in parts if part is not None)


def _amount(value: Decimal | None, unit: str) -> str:
    return "" if value is None else f"{value:f} {unit}".strip().replace(".", ",")


def _seen(reaction: Reaction, reference: str) -> list[Node]:
    """The words that the entry refers to, then the day where it is another one."""
    since = moment(reaction.since)
    day = [_content(f" ({_shown(since)})", "")] if since else []
    return [_content(reaction.text, reference), *day]


def _reaction_id(rank: int) -> str:
    return f"{REACTION_ID}-{rank + 1}"


def _antigen_id(rank: int) -> str:
    return f"{ANTIGEN_ID}-{rank + 1}"


# -- the entry ----------------------------------------------------------------------------------


def _vaccination(act: VaccinationAct, document: Document, defects: Defects) -> Node:
    known = _versions.identifier(act.id, "act.id")
    return node(
        "substanceAdministration",
        _templates(VACCINATION_TEMPLATES),
        identifier("id", known.root, known.extension),
        coded("code", _kind(act)),
        _refers("text", VACCINE_ID),
        node("statusCode", code="completed"),
        node("effectiveTime", value=f"{act.day:%Y%m%d}".zfill(8)),
        coded("routeCode", code_of(ROUTES, act.route)),
        _site(act),
        _dose(act.dose, act.dose_unit),
        _consumable(_material(act.vaccine)),
        [_performer(item, f"act.performers[{rank}]", defects)
         for rank, item in enumerate(act.performers)],
        _author(act, document, defects),
        _rank(act),
        [_reaction(item, rank, act) for rank, item in enumerate(act.reactions)],
        _comment(act),
        _prescription(act),
        [_antigen(item, rank) for rank, item in enumerate(act.antigens)],
        classCode="SBADM",
        moodCode="EVN",
        negationInd="false",
    )  # fmt: skip


def _kind(act: VaccinationAct) -> Code | None:
    return code_of(KINDS, act.kind)


def _refers(name: str, reference: str, text: str = "") -> Node:
    inner = node("reference", value=f"#{reference}")
    return node(name, inner, _text(text))


def _text(text: str) -> Node | None:
    """Words after an element; they go through the same escapes."""
    if not text:
        return None
    whole = node("x", text=text)
    return Node(whole.removeprefix("<x>").removesuffix("</x>"))


def _site(act: VaccinationAct) -> Node | None:
    site = code_of(SITES, act.site)
    if site is None:
        return None
    return node(
        "approachSiteCode",
        _refers("originalText", SITE_ID),
        code=site.code,
        codeSystem=site.system,
        displayName=site.label,
    )


def _dose(value: Decimal | None, unit: str) -> Node | None:
    return None if value is None else node("doseQuantity", value=f"{value:f}", unit=unit)


def _consumable(material: Node) -> Node:
    return node(
        "consumable",
        node("manufacturedProduct", _templates(PRODUCT_TEMPLATES), material),
        typeCode="CSM",
    )


def _material(vaccine: Vaccine) -> Node:
    atc = dataclasses.replace(vaccine.atc, system=ATC)
    presentation = Code(code=vaccine.cip, system=CIP, label=vaccine.cip_label or vaccine.label)
    expires = moment(vaccine.expires)
    return node(
        "manufacturedMaterial",
        node(
            "code",
            _refers("originalText", VACCINE_ID),
            coded("translation", atc),
            coded("translation", presentation) if vaccine.cip else None,
            code=vaccine.cis,
            codeSystem=CIS,
            displayName=vaccine.label,
        ),
        node("name", text=vaccine.name or vaccine.label),
        node("lotNumberText", text=vaccine.lot),
        _expiration(expires) if expires else None,
    )


def _expiration(day: Timestamp) -> Node:
    """An element of the IHE Pharmacy extension."""
    return node(
        "pharm:expirationTime",
        value=str(day),
        **{"xmlns:pharm": "urn:ihe:pharm:medication"},
    )


def _performer(person: Professional, place: str, defects: Defects) -> Node:
    entity = people.assigned_entity("assignedEntity", person, place, defects)
    return node("performer", entity, typeCode="PRF")


def _author(act: VaccinationAct, document: Document, defects: Defects) -> Node:
    """Who answers for its having been done."""
    at = moment(act.validated_at) or document.created
    item = Participant(
        type="AUT", entity=act.validated_by, time=None if at is None else Period(low=at)
    )
    return people.author(item, "act.validated_by", defects, typeCode="AUT", contextControlCode="OP")


def _linked(kind: str, act: Node, inversion: str | None = None) -> Node:
    return node("entryRelationship", act, typeCode=kind, inversionInd=inversion)


def _rank(act: VaccinationAct) -> Node | None:
    if act.dose_number is None:
        return None
    observation = node(
        "observation",
        _templates(RANK_TEMPLATES),
        coded("code", RANK),
        node("statusCode", code="completed"),
        node("value", value=str(act.dose_number), **{"xsi:type": "INT"}),
        classCode="OBS",
        moodCode="EVN",
    )
    return _linked("SUBJ", observation)


def _reaction(reaction: Reaction, rank: int, act: VaccinationAct) -> Node:
    reference = _reaction_id(rank)
    kind = reaction.kind or value_set(PROBLEMS).get(REPORTED_SYMPTOM)
    since = moment(reaction.since) or Timestamp.of(act.day)
    observation = node(
        "observation",
        _templates(REACTION_TEMPLATES),
        identifier("id", new_oid()),
        coded("code", kind),
        _refers("text", reference),
        node("statusCode", code="completed"),
        node("effectiveTime", when("low", since)),
        _diagnosis(reaction.code, reference),
        classCode="OBS",
        moodCode="EVN",
    )
    return _linked("CAUS", observation, "false")


def _diagnosis(code: Code | None, reference: str) -> Node:
    words = _refers("originalText", reference)
    kind = {"xsi:type": "CD"}
    if code is None:
        return node("value", words, nullFlavor="UNK", **kind)
    return node("value", words, code=code.code, codeSystem=CIM_10, displayName=code.label, **kind)


def _comment(act: VaccinationAct) -> Node | None:
    if not act.comment:
        return None
    written = node(
        "act",
        _templates(COMMENT_TEMPLATES),
        coded("code", COMMENT),
        _refers("text", COMMENT_ID, act.comment),
        node("statusCode", code="completed"),
        classCode="ACT",
        moodCode="EVN",
    )
    return _linked("SUBJ", written)


def _prescription(act: VaccinationAct) -> Node | None:
    item = act.prescription
    if item is None:
        return None
    supply = node(
        "supply",
        _templates(PRESCRIPTION_TEMPLATES),
        identifier("id", item.root, item.extension),
        classCode="SPLY",
        moodCode="INT",
    )
    return _linked("REFR", supply)


def _antigen(item: AntigenDose, rank: int) -> Node:
    words = _refers("originalText", _antigen_id(rank))
    code = item.code
    material = node(
        "manufacturedMaterial",
        node("code", words, nullFlavor="OTH")
        if code is None
        else node("code", words, code=code.code, codeSystem=CIS, displayName=code.label),
        node("name", text=item.name),
    )
    written = node(
        "substanceAdministration",
        _templates(ANTIGEN_TEMPLATES),
        identifier("id", new_oid()),
        _dose(item.value, item.unit),
        _consumable(material),
        classCode="SBADM",
        moodCode="EVN",
        negationInd="false",
    )
    return _linked("COMP", written)
