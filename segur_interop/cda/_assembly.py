"""The header that every writer shares: who, what and where, from what a caller tells.

What a caller leaves out is taken from the kind of document and its setting, or told as a defect.
"""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from segur_interop._oid import CONFIDENTIALITY
from segur_interop._time import Instant, Timestamp
from segur_interop.cda import _versions
from segur_interop.cda._build import Node, make
from segur_interop.cda._defects import Defects
from segur_interop.cda.document import Document, Relation
from segur_interop.cda.document_type import DocumentType, Setting
from segur_interop.cda.validate import check_element
from segur_interop.errors import InvalidDocument, InvalidValue
from segur_interop.findings import Report
from segur_interop.model import (
    Device,
    Encounter,
    LocalId,
    Order,
    Organization,
    Participant,
    Patient,
    Period,
    Professional,
    RelatedPerson,
    ServiceEvent,
)
from segur_interop.terminology import Code, value_set

if TYPE_CHECKING:
    from lxml import etree

__all__ = [
    "Author",
    "Performed",
    "Recipient",
    "Signatory",
    "assemble",
    "identity_gate",
    "judge",
]

Author: TypeAlias = Professional | Device | Participant
Recipient: TypeAlias = Professional | Organization | RelatedPerson | Participant
Signatory: TypeAlias = Professional | Participant
Performed: TypeAlias = Period | Instant | tuple[Instant | None, Instant | None]
_Span: TypeAlias = Callable[[], Period | None]
"""When the act took place, read the first time that it is asked for."""


def assemble(
    *,
    type: DocumentType,
    templates: tuple[str, ...],
    patient: Patient,
    author: Author | Sequence[Author],
    custodian: Organization,
    title: str,
    created: Instant,
    performed: Performed | None,
    setting: Setting | None,
    encounter: Encounter | None,
    performer: Professional | None,
    acts: Sequence[ServiceEvent],
    legal_authenticator: Signatory | None,
    authenticators: Sequence[Signatory],
    data_enterer: Signatory | None,
    informants: Sequence[Professional | RelatedPerson],
    recipients: Sequence[Recipient],
    participants: Sequence[Participant],
    orders: Sequence[Order],
    consents: Sequence[Code],
    replaces: Document | Relation | None,
    id: LocalId | str | None,
    set_id: LocalId | str | None,
    version: int | None,
    confidentiality: str,
    language: str,
    defects: Defects,
) -> Document:
    """The document of a header, without its content; see `wrap` for each argument."""
    now = _moment(created)
    authors = _participants("AUT", _listed(author), now)
    parent = _versions.relation(replaces, patient, defects)
    span = functools.cache(lambda: _period(performed))
    return Document(
        id=_versions.identifier(id, "id"),
        set_id=_versions.set_id(set_id, parent, defects),
        version=_versions.version(version, parent, defects),
        code=type.code,
        title=title,
        created=now,
        confidentiality=_confidentiality(confidentiality),
        language=language,
        templates=templates,
        patient=patient,
        authors=authors,
        custodian=custodian,
        legal_authenticator=_signatory(legal_authenticator, authors, now, defects),
        authenticators=_participants("AUTHEN", authenticators, now),
        data_enterer=next(iter(_participants("ENT", _listed(data_enterer), now)), None),
        informants=tuple(informants),
        recipients=_recipients(recipients),
        participants=tuple(participants),
        orders=tuple(orders),
        acts=_acts(acts, span, performer, authors, custodian, type, setting, defects),
        relation=parent,
        consents=tuple(consents),
        encounter=_encounter(encounter, span, custodian, type, setting),
    )


def judge(written: Node, defects: Defects, name: str) -> etree._Element:
    """Raise all that keeps a document from being valid, at once.

    Returns:
        The tree of the document, which is valid.

    Raises:
        InvalidDocument: `error.report` lists every defect.
    """
    tree = make(written, defects)
    report = _report(defects, check_element(tree), name)
    if report.errors:
        report.raise_for_errors()
    return tree


def _report(defects: Defects, table: Report, name: str) -> Report:
    """What keeps the values from being written, then what the rules add to it."""
    known = {finding.rule for finding in defects.findings}
    others = [finding for finding in table.findings if finding.rule not in known]
    return Report(
        name=name,
        checked=("cda.values", *table.checked),
        findings=(*defects.findings, *others),
        error=InvalidDocument,
    )


def identity_gate(patient: Patient) -> Defects:
    """The matricule passes only through the gate, former ones never (RNIV EXI SI 08)."""
    identity = patient.identity
    current = identity.matricule if identity.may_transmit_ins else None
    numbers = {item.number for item in (identity.matricule, *identity.history) if item}
    return Defects(
        matricule=current.value if current else "",
        forbidden=numbers - ({current.number} if current else set()),
    )


# -- who ----------------------------------------------------------------------------------------


def _listed(items: Any) -> tuple[Any, ...]:
    if items is None:
        return ()
    return tuple(items) if isinstance(items, (list, tuple)) else (items,)


def _participants(
    role: str, items: Iterable[Any], time: Timestamp | None
) -> tuple[Participant, ...]:
    """Each as a Participant of the role, at the time given when it tells none."""
    period = None if time is None else Period(low=time)
    return tuple(
        dataclasses.replace(item, type=role, time=item.time or period)
        if isinstance(item, Participant)
        else Participant(type=role, entity=item, time=period)
        for item in items
    )


def _recipients(items: Iterable[Any]) -> tuple[Participant, ...]:
    """Each as a Participant, PRCP unless it tells TRC (a copy)."""
    return tuple(
        item if isinstance(item, Participant) else Participant(type="PRCP", entity=item)
        for item in items
    )


def _persons(authors: Iterable[Participant]) -> list[Professional]:
    return [item.entity for item in authors if isinstance(item.entity, Professional)]


def _signatory(
    given: Signatory | None,
    authors: tuple[Participant, ...],
    now: Timestamp,
    defects: Defects,
) -> Participant | None:
    if given is not None:
        return _participants("LA", (given,), now)[0]
    persons = _persons(authors)
    if len(persons) == 1:
        return _participants("LA", persons, now)[0]
    defects.add(
        "cda.legal-authenticator",
        "who answers for the document must be told unless it has exactly one human author",
        "legal_authenticator",
    )
    return None


# -- what and where -----------------------------------------------------------------------------


def _period(performed: Performed | None) -> Period | None:
    if performed is None or isinstance(performed, Period):
        return performed
    if isinstance(performed, tuple):
        low, high = performed
        return Period(low=low, high=high)
    return Period(low=performed)


def _acts(
    acts: Sequence[ServiceEvent],
    span: _Span,
    performer: Professional | None,
    authors: tuple[Participant, ...],
    custodian: Organization,
    type: DocumentType,
    setting: Setting | None,
    defects: Defects,
) -> tuple[ServiceEvent, ...]:
    first = acts[0] if acts else None
    who = (first and first.performer) or performer or next(iter(_persons(authors)), custodian)
    when = (first and first.period) or span()
    if when is None:
        defects.add("cda.act.time", "when the act was performed must be told", "performed")
    doer = _practising(who, custodian, type, setting, defects)
    if first is None:
        return (ServiceEvent(code=type.act, period=when, performer=doer),)
    code = first.code or (None if first.text else type.act)
    principal = dataclasses.replace(first, code=code, period=when, performer=doer)
    others = [
        dataclasses.replace(
            act, performer=_practising(act.performer, custodian, type, setting, defects)
        )
        if act.performer is not None
        else act
        for act in acts[1:]
    ]
    return (principal, *others)


def _practising(
    who: Professional | Organization,
    custodian: Organization,
    type: DocumentType,
    setting: Setting | None,
    defects: Defects,
) -> Professional | Organization:
    """The performer with an organization that tells its practice setting."""
    place = who if isinstance(who, Organization) else who.organization or custodian
    if place.practice_setting is None:
        if setting is None:
            defects.add(
                "cda.practice-setting",
                "give `setting`, or the practice setting (JDV_J04) of the performer's structure",
                "setting",
            )
        else:
            place = dataclasses.replace(place, practice_setting=type.practice(setting))
    return place if isinstance(who, Organization) else dataclasses.replace(who, organization=place)


def _encounter(
    given: Encounter | None,
    span: _Span,
    custodian: Organization,
    type: DocumentType,
    setting: Setting | None,
) -> Encounter:
    usual = type.encounter(setting) if setting else None
    if given is None:
        return Encounter(period=_visit(span(), type, setting), code=usual, facility=custodian)
    facility = given.facility or custodian
    return dataclasses.replace(given, code=given.code or usual, facility=facility)


def _visit(performed: Period | None, type: DocumentType, setting: Setting | None) -> Period | None:
    """When the patient came: the stay for a kind that reports it, the day of a city visit.

    An operation or a prescription does not tell when a stay began: it is then left unknown.
    """
    if type.reports_stay or performed is None:
        return performed
    if setting in (Setting.OFFICE, Setting.PHARMACY) and performed.low is not None:
        return Period(low=performed.low)
    return None


def _moment(created: Instant) -> Timestamp:
    try:
        moment = Timestamp.of(created)
    except InvalidValue:
        raise InvalidValue("not an aware datetime or an HL7 time", place="created") from None
    return dataclasses.replace(moment, fraction="") if moment.fraction else moment


def _confidentiality(code: str) -> Code:
    values = value_set("JDV_HL7_Confidentiality_CISIS")
    return values.find(code, CONFIDENTIALITY) or Code(code=code, system=str(CONFIDENTIALITY))
