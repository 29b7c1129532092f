"""The one entry of a note de vaccination.

(ANS, CI-SIS VAC-NOTE 2023.01; IHE PCC Immunizations, Product, Comment and Problem entries.)
"""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from typing import Final

from segur_interop._oid import LOINC, new_oid
from segur_interop._time import Timestamp
from segur_interop.cda import _participants as people
from segur_interop.cda import _versions
from segur_interop.cda._build import Node, coded, identifier, node, when
from segur_interop.cda._defects import Defects
from segur_interop.cda._vaccination.act import AntigenDose, Reaction, VaccinationAct, Vaccine
from segur_interop.cda._vaccination.narrative import (
    COMMENT_ID,
    SITE_ID,
    VACCINE_ID,
    antigen_id,
    reaction_id,
)
from segur_interop.cda._vaccination.rules import (
    ATC,
    CIM_10,
    CIS,
    KINDS,
    PROBLEMS,
    ROUTES,
    SITES,
    code_of,
    figures,
    moment,
)
from segur_interop.cda.document import Document
from segur_interop.model import Participant, Period, Professional
from segur_interop.terminology import Code, value_set

__all__ = ["entry", "templates"]

CIP: Final = "1.2.250.1.213.2.3.2"
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

RANK: Final = Code(code="30973-2", system=str(LOINC), label="Rang de la vaccination")
COMMENT: Final = Code(code="48767-8", system=str(LOINC), label="Commentaire")
REPORTED_SYMPTOM: Final = "418799008"


def entry(act: VaccinationAct, document: Document, defects: Defects) -> Node:
    """The substanceAdministration of the vaccination."""
    known = _versions.identifier(act.id, "act.id")
    return node(
        "substanceAdministration",
        templates(VACCINATION_TEMPLATES),
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


def templates(roots: tuple[str, ...]) -> list[Node]:
    """The templateIds of an element, in order."""
    return [identifier("templateId", item) for item in roots]


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
    return None if value is None else node("doseQuantity", value=figures(value), unit=unit)


def _consumable(material: Node) -> Node:
    return node(
        "consumable",
        node("manufacturedProduct", templates(PRODUCT_TEMPLATES), material),
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
        templates(RANK_TEMPLATES),
        coded("code", RANK),
        node("statusCode", code="completed"),
        node("value", value=str(act.dose_number), **{"xsi:type": "INT"}),
        classCode="OBS",
        moodCode="EVN",
    )
    return _linked("SUBJ", observation)


def _reaction(reaction: Reaction, rank: int, act: VaccinationAct) -> Node:
    reference = reaction_id(rank)
    kind = reaction.kind or value_set(PROBLEMS).get(REPORTED_SYMPTOM)
    since = moment(reaction.since) or Timestamp.of(act.day)
    observation = node(
        "observation",
        templates(REACTION_TEMPLATES),
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
        templates(COMMENT_TEMPLATES),
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
        templates(PRESCRIPTION_TEMPLATES),
        identifier("id", item.root, item.extension),
        classCode="SPLY",
        moodCode="INT",
    )
    return _linked("REFR", supply)


def _antigen(item: AntigenDose, rank: int) -> Node:
    words = _refers("originalText", antigen_id(rank))
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
        templates(ANTIGEN_TEMPLATES),
        identifier("id", new_oid()),
        _dose(item.value, item.unit),
        _consumable(material),
        classCode="SBADM",
        moodCode="EVN",
        negationInd="false",
    )
    return _linked("COMP", written)
