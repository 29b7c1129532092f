"""The head of the page: what the document is, whom it is about, who answers for it."""

from __future__ import annotations

import base64
import dataclasses
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Final

from segur_interop.cda._rendering.html import Child, Html, isolated, join, language, tag
from segur_interop.cda._rendering.words import (
    address_text,
    code_text,
    day_text,
    entity_name,
    entity_role,
    moment_text,
    moment_time,
    organization_of,
    period_text,
    telecom_text,
)
from segur_interop.errors import SegurError
from segur_interop.ins import Identity, IdentityStatus, Matricule, MatriculeKind, Sex, symbol
from segur_interop.model import Organization, Participant, Period, Professional
from segur_interop.model.participant import Entity
from segur_interop.terminology import Code, Confidentiality

if TYPE_CHECKING:
    from segur_interop.cda.document import Document

__all__ = ["banner", "complements", "details", "facts", "patient"]

_SEXES: Final = {Sex.F: "Féminin", Sex.M: "Masculin", Sex.I: "Indéterminé"}
_STATUSES: Final = {
    IdentityStatus.QUALIFIEE: "Identité qualifiée",
    IdentityStatus.VALIDEE: "Identité validée",
    IdentityStatus.RECUPEREE: "Identité récupérée",
    IdentityStatus.PROVISOIRE: "Identité provisoire",
}
_KINDS: Final = {
    MatriculeKind.NIR: "NIR",
    MatriculeKind.NIA: "NIA",
    MatriculeKind.NIR_TEST: "NIR de test",
    MatriculeKind.NIR_DEMO: "NIR de démonstration",
}
_NIR_GROUPS: Final = (1, 2, 2, 2, 3, 3, 2)
"""How a NIR is spelled out: sex, year, month, department, town, rank, key."""
_SYMBOL_MM: Final = 28.0
_AT_A_MOMENT: Final = frozenset({"AUT", "ENT", "LA", "AUTHEN"})

Fact = tuple[str, Child]


def facts(rows: Iterable[Fact], class_: str = "facts") -> Html:
    """A list of names and values; a row without value is left out."""
    made = [
        tag(
            "div", tag("dt", name), tag("dd", value if isinstance(value, Html) else isolated(value))
        )
        for name, value in rows
        if value
    ]
    return tag("dl", *made, class_=class_) if made else Html()


# -- what the document is -----------------------------------------------------------------------


def banner(document: Document) -> Html:
    """Custodian, title, kind, date, confidentiality."""
    custodian = document.custodian
    kind = code_text(document.type.code if document.type else document.code)
    title = document.title or kind or "Document sans titre"
    under = [tag("span", kind, class_="kind")] if kind and kind.lower() != title.lower() else []
    if document.created is not None:
        under.append(tag("span", "Créé le ", moment_time(document.created)))
    if document.version is not None:
        under.append(tag("span", f"Version {document.version}"))
    return tag(
        "header",
        tag(
            "p",
            tag("span", isolated(entity_name(custodian)) if custodian else "", class_="custodian"),
            _confidentiality(document.confidentiality),
            class_="masthead",
        ),
        tag("h1", isolated(title), lang=language(document.language)),
        tag("p", *under, class_="under"),
        class_="banner",
    )


def _confidentiality(code: Code | None) -> Html:
    if code is None:
        return tag("span", "Confidentialité non précisée", class_="badge")
    try:
        level = Confidentiality(code.code)
    except ValueError:
        return tag("span", "Confidentialité : ", isolated(code_text(code)), class_="badge strong")
    usual = level in (Confidentiality.NORMAL, Confidentiality.LOW, Confidentiality.UNRESTRICTED)
    return tag(
        "span",
        f"Confidentialité : {level.code.label.lower()} ({level.value})",
        class_="badge" if usual else "badge strong",
    )


# -- whom it is about ---------------------------------------------------------------------------


def patient(document: Document, *, forward: bool) -> Html:
    """The traits with their names, the matricule, its status, and the symbol where it may be."""
    identity = document.patient.identity
    names = _names(identity)
    return tag(
        "section",
        tag(
            "div",
            tag("h2", "Patient", id="patient"),
            tag("p", isolated(names or "Identité non renseignée"), class_="who"),
            facts(_traits(identity), "facts traits"),
            _ins(identity),
        ),
        _datamatrix(identity, forward=forward),
        class_="card patient",
        aria_labelledby="patient",
    )


def _names(identity: Identity) -> str:
    given = (
        identity.used_given_name or identity.first_birth_given_name or identity.birth_given_names
    )
    return " ".join(filter(None, (identity.used_name or identity.birth_name, given)))


def running(document: Document) -> str:
    """CSS that names the patient at the head of each printed sheet after the first.

    A browser without page margin boxes (CSS Paged Media 3, 4) prints none. Every character of a
    received text is written by its number: none can end the string that holds it.
    """
    identity = document.patient.identity
    birth = _birth(identity)
    who = " – ".join(filter(None, (_names(identity), birth and f"date de naissance {birth}")))
    title = document.title or "Document"
    return (
        "\n@page { @top-left { content: " + _quoted(who or "Identité non renseignée") + "; }"
        " @bottom-left { content: " + _quoted(title[:_LONGEST_TITLE]) + "; } }"
        "\n@page :first { @top-left { content: none; } }"
    )


_LONGEST_TITLE: Final = 80


def _quoted(text: str) -> str:
    return '"' + "".join(f"\\{ord(character):06x}" for character in text) + '"'


def _traits(identity: Identity) -> Iterator[Fact]:
    yield "Nom de naissance", identity.birth_name
    yield "Prénom(s) de naissance", identity.birth_given_names
    yield "Premier prénom", identity.first_birth_given_name
    yield "Nom utilisé", identity.used_name
    yield "Prénom utilisé", identity.used_given_name
    yield "Sexe", "" if identity.sex is None else _SEXES[identity.sex]
    yield "Date de naissance", _birth(identity)
    yield "Lieu de naissance", _place(identity)
    if identity.multiple_birth_order:
        yield "Rang de naissance", str(identity.multiple_birth_order)


def _birth(identity: Identity) -> str:
    if identity.birth_date is None:
        received = identity.received_birth_date
        return f"{received} (date reçue, incomplète)" if received else ""
    day = day_text(identity.birth_date)
    return f"{day} (complétée)" if identity.birth_date_completed else day


def _place(identity: Identity) -> str:
    name, code = identity.birth_place_name, identity.birth_place
    return f"{name} (COG {code})" if name and code else name or (code and f"COG {code}")


def _ins(identity: Identity) -> Html:
    """The matricule with what says how far to trust it: never one without the other."""
    status = _STATUSES[identity.status]
    if identity.asserted:
        status += " selon l’émetteur du document, non vérifiée ici"
    qualified = identity.status is IdentityStatus.QUALIFIEE and not identity.attributes
    rows: list[Fact] = [("Matricule INS", _number(identity.matricule))]
    rows.append(("Statut de l’identité", status))
    words = ", ".join(sorted(item.value.lower() for item in identity.attributes))
    rows.append(("Attributs", words))
    return facts(rows, "facts ins" if qualified else "facts ins unqualified")


def _number(matricule: Matricule | None) -> Child:
    if matricule is None:
        return "Aucun matricule INS dans ce document"
    groups, start = [], 0
    for length in _NIR_GROUPS:
        groups.append(tag("span", matricule.value[start : start + length]))
        start += length
    kind = _KINDS.get(matricule.kind) if matricule.kind else None
    return join(
        (
            tag("span", *groups, class_="nir"),
            tag("span", f" {kind}" if kind else "", class_="nature"),
            tag("span", f" (OID {matricule.oid})" if matricule.oid else "", class_="nature"),
            "" if matricule.is_valid else tag("strong", " clé incorrecte"),
        )
    )


def _datamatrix(identity: Identity, *, forward: bool) -> Html:
    """The symbol, by the one gate of the matricule; a sender's word passes it on demand alone."""
    if forward and identity.asserted:
        try:
            identity = dataclasses.replace(identity, asserted=False)
        except SegurError:
            return Html()
    if not identity.may_transmit_ins:
        return Html()
    try:
        drawn = symbol(identity, size_mm=_SYMBOL_MM).svg()
    except SegurError:  # a trait that no symbol holds, or no encoder here
        return Html()
    url = f"data:image/svg+xml;base64,{base64.b64encode(drawn).decode('ascii')}"
    alt = "Datamatrix INS : INS à scanner"
    return tag("figure", tag("img", src=url, alt=alt), class_="datamatrix")


def _lines(texts: Iterable[Child]) -> Html:
    """Values one under the other."""
    made = [text if isinstance(text, Html) else isolated(text) for text in texts if text]
    if len(made) <= 1:
        return join(made)
    return tag("ul", *(tag("li", item) for item in made), class_="values")


# -- who answers for it -------------------------------------------------------------------------


def details(document: Document) -> Html:
    """What is read before the content: who wrote it, for whom, about which act."""
    return tag(
        "section",
        tag("h2", "Document", id="document"),
        facts(_answering(document)),
        facts(_circumstances(document)),
        class_="card long",
        aria_labelledby="document",
    )


def complements(document: Document) -> Html:
    """What the header holds beside, shown after the content."""
    rows = facts((*_around(document), *_others(document)))
    if not rows:
        return Html()
    return tag(
        "section",
        tag("h2", "Compléments", id="complements"),
        rows,
        class_="card long",
        aria_labelledby="complements",
    )


def _answering(document: Document) -> Iterator[Fact]:
    authors = document.authors
    yield ("Auteurs" if len(authors) > 1 else "Auteur"), _lines(map(_contact, authors))
    if document.legal_authenticator is not None:
        yield "Responsable", _person(document.legal_authenticator)
    yield "Destinataires", _lines(map(_person, document.recipients))


def _circumstances(document: Document) -> Iterator[Fact]:
    for rank, act in enumerate(document.acts):
        words = [act.text or code_text(act.code)]
        if act.period is not None:
            words.append(period_text(act.period))
        yield ("Acte principal" if rank == 0 else "Acte"), ", ".join(filter(None, words))
    stay = document.encounter
    if stay is not None:
        words = [code_text(stay.code), period_text(stay.period) if stay.period else ""]
        yield "Prise en charge", ", ".join(filter(None, words))
        yield "Lieu", entity_name(stay.facility) if stay.facility and stay.facility.name else ""
        yield "Mode de sortie", code_text(stay.discharge_disposition)
    relation = document.relation
    if relation is not None:
        word = "Annule et remplace" if relation.kind == "RPLC" else "Document lié"
        version = "" if relation.version is None else f" (version {relation.version})"
        yield word, f"{relation.id.extension or relation.id.root}{version}"


def _around(document: Document) -> Iterator[Fact]:
    patient = document.patient
    for item in patient.ids:
        word = "IPP du patient" if item.type == "PI" else "Identifiant du patient"
        yield word, f"{item.extension} ({item.root or item.authority or item.namespace})"
    if patient.is_deceased:
        when = patient.deceased_time
        yield "Décès", moment_text(when) if when else "décédé(e)"
    yield "Adresse du patient", _lines(map(address_text, patient.addresses))
    yield "Contact du patient", _lines(map(telecom_text, patient.telecoms))
    yield "Représentants", _lines(map(_person, patient.guardians))
    if patient.provider is not None:
        yield "Suivi par", _contact(patient.provider)


def _others(document: Document) -> Iterator[Fact]:
    if document.custodian is not None:
        yield "Document conservé par", _contact(document.custodian)
    yield "Validé par", _lines(map(_person, document.authenticators))
    if document.data_enterer is not None:
        yield "Saisi par", _person(document.data_enterer)
    yield "Informateurs", _lines(map(_person, document.informants))
    yield "Autres intervenants", _lines(map(_person, document.participants))
    for order in document.orders:
        yield "Demande", order.text or order.ids[0].extension or order.ids[0].root
    yield "Consentements", _lines(map(code_text, document.consents))


def _person(who: Participant | Entity) -> Html:
    """Name, part played, structure, and when."""
    entity = who.entity if isinstance(who, Participant) else who
    lines = [tag("span", isolated(entity_name(entity)), class_="name")]
    organization = organization_of(entity)
    words = [entity_role(who), organization.name if organization is not None else ""]
    if isinstance(who, Participant) and who.time is not None:
        words.append(_when(who.type, who.time))
    lines += [tag("span", isolated(word), class_="line") for word in words if word]
    return join(lines)


def _when(type: str, time: Period) -> str:
    """An author or authenticator acts at one moment, that CDA writes as a point in time."""
    if time.low is not None and (time.is_moment or type in _AT_A_MOMENT):
        return f"le {moment_text(time.low)}"
    return period_text(time)


def _contact(who: Participant | Organization) -> Html:
    """A person or structure, with where to reach them."""
    entity = who.entity if isinstance(who, Participant) else who
    source = entity
    if isinstance(entity, Professional) and not (entity.telecoms or entity.addresses):
        source = entity.organization or entity
    lines = [_person(who)]
    for text in (
        *map(address_text, source.addresses),
        *map(telecom_text, source.telecoms),
    ):
        lines.append(tag("span", isolated(text), class_="line"))
    return join(lines)
