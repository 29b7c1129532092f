"""The one writer of level 1 documents: a PDF/A-1, a patient and a context become a CDA R2.

(ANS, CI-SIS: Structuration minimale des documents de santé; IHE XDS-SD.)
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from segur_interop._oid import CONFIDENTIALITY, XDS_SD
from segur_interop._time import Instant, Timestamp
from segur_interop.cda import _versions
from segur_interop.cda._build import make, node
from segur_interop.cda._content import Body, splice
from segur_interop.cda._defects import Defects
from segur_interop.cda._header import header
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
    from segur_interop.pdf import PdfA

__all__ = ["PlainText", "wrap"]

LEVEL_1: Final = 1
Author: TypeAlias = Professional | Device | Participant
Recipient: TypeAlias = Professional | Organization | RelatedPerson | Participant
Signatory: TypeAlias = Professional | Participant
Performed: TypeAlias = Period | Instant | tuple[Instant | None, Instant | None]


@dataclass(frozen=True, slots=True)
class PlainText:
    """A body of plain text, for the rare document that is no PDF."""

    text: str


def wrap(
    body: PdfA | PlainText,
    *,
    patient: Patient,
    author: Author | Sequence[Author],
    custodian: Organization,
    type: DocumentType,
    title: str,
    created: Instant,
    performed: Performed | None = None,
    setting: Setting | None = None,
    encounter: Encounter | None = None,
    performer: Professional | None = None,
    acts: Sequence[ServiceEvent] = (),
    legal_authenticator: Signatory | None = None,
    authenticators: Sequence[Signatory] = (),
    data_enterer: Signatory | None = None,
    informants: Sequence[Professional | RelatedPerson] = (),
    recipients: Sequence[Recipient] = (),
    participants: Sequence[Participant] = (),
    orders: Sequence[Order] = (),
    consents: Sequence[Code] = (),
    replaces: Document | Relation | None = None,
    id: LocalId | str | None = None,
    set_id: LocalId | str | None = None,
    version: int | None = None,
    confidentiality: str = "N",
    language: str = "fr-FR",
    body_language: str = "",
) -> Document:
    """Make a level 1 document; everything that keeps it from being valid is told at once.

    Args:
        body: the file to carry, a `pdf.PdfA` (kept octet for octet) or a `PlainText`.
        patient: the matricule is written only if `patient.identity.may_transmit_ins`, with the
            five traits; otherwise the local identifiers alone are.
        author: who wrote it; a Participant of type AUT tells another time or a function.
        custodian: who keeps it.
        type: a row of `DocumentType`, or `DocumentType.of(code)`.
        title: shown to readers.
        created: date of the document; an aware datetime, or HL7 text.
        performed: when the act took place: (admission, discharge), a Period or a moment. The
            second of a pair is None while not over.
        setting: hospital, office or pharmacy: gives the practice setting and the encounter that
            the organizations and `encounter` do not tell.
        encounter: the stay or visit. By default that of the kind in the setting, at the
            custodian: over `performed` for a discharge letter, from its start in the city;
            for another document of a hospital the admission is not known and must be given.
        performer: who did the principal act; by default the first author who is a person.
        acts: the acts, the principal one first; what its first one does not tell is completed
            from `performed`, `performer` and `type`.
        legal_authenticator: who answers for it; by default the author, if exactly one person.
        authenticators: others who signed.
        data_enterer: who typed it.
        informants: who told the facts: professionals, or someone near the patient.
        recipients: persons or structures.
        participants: médecin traitant (INF, function PCP), prescriber (REF), and others.
        orders: the requests it answers.
        consents: codes of authorization/consent.
        replaces: the document replaced (annule et remplace): its setId is kept, the version
            number follows, relatedDocument RPLC names it.
        id: OID of the document; by default a fresh one under 2.25. A UUID only if you give it.
        set_id: OID shared by the versions; by default a fresh one, or that of `replaces`.
        version: 1 by default, or the next one of `replaces`.
        confidentiality: N, R or V; masking belongs to the metadata of the archive.
        language: of the header, `xx-YY`.
        body_language: required by CI-SIS when the body is not in French.

    Raises:
        InvalidDocument: `error.report` lists every defect.
        InvalidValue: a naive datetime, an identifier that is no OID.
    """
    defects = _defects(patient)
    _check_kind(type, defects)
    now = _moment(created)
    authors = _participants("AUT", _listed(author), now)
    parent = _versions.relation(replaces, patient, defects)
    document = Document(
        id=_versions.identifier(id, "id"),
        set_id=_versions.set_id(set_id, parent, defects),
        version=_versions.version(version, parent, defects),
        code=type.code,
        title=title,
        created=now,
        confidentiality=_confidentiality(confidentiality),
        language=language,
        templates=(str(XDS_SD),),
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
        acts=_acts(acts, performed, performer, authors, custodian, type, setting, defects),
        relation=parent,
        consents=tuple(consents),
        encounter=_encounter(encounter, performed, custodian, type, setting),
    )
    return _finished(document, body, body_language, defects)


def _finished(
    document: Document, body: PdfA | PlainText, body_language: str, defects: Defects
) -> Document:
    mark = uuid.uuid4().hex
    text = node("text", mediaType=_media_type(body), representation="B64", text=mark)
    language = node("languageCode", code=body_language) if body_language else None
    component = node("component", node("nonXMLBody", text, language))
    octets = _octets(body, defects)
    written = header(document, component, defects)
    report = _report(defects, check_element(make(written, defects)))
    if report.errors:
        report.raise_for_errors()
    content = splice(written, mark, Body(_media_type(body), octets))
    return dataclasses.replace(document, _content=content, reading=tuple(defects.findings))


def _report(defects: Defects, table: Report) -> Report:
    """What keeps the values from being written, then what the rules add to it."""
    known = {finding.rule for finding in defects.findings}
    others = [finding for finding in table.findings if finding.rule not in known]
    return Report(
        name="CDA R2 level 1",
        checked=("cda.values", *table.checked),
        findings=(*defects.findings, *others),
        error=InvalidDocument,
    )


def _media_type(body: PdfA | PlainText) -> str:
    return "text/plain" if isinstance(body, PlainText) else "application/pdf"


def _octets(body: PdfA | PlainText, defects: Defects) -> bytes:
    if isinstance(body, PlainText):
        try:
            return body.text.encode()
        except UnicodeEncodeError:
            defects.add("cda.text", "a lone surrogate, which UTF-8 cannot hold", "body")
            return b""
    from segur_interop.pdf import PdfA

    if not isinstance(body, PdfA):
        raise TypeError("a body is a pdf.PdfA (pdf.PdfA.read, pdf.convert) or a cda.PlainText")
    return bytes(body)


def _check_kind(type: DocumentType, defects: Defects) -> None:
    if LEVEL_1 not in type.levels:
        defects.add("cda.level", "this kind of document is produced at level 3 only", "type")


def _defects(patient: Patient) -> Defects:
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
    performed: Performed | None,
    performer: Professional | None,
    authors: tuple[Participant, ...],
    custodian: Organization,
    type: DocumentType,
    setting: Setting | None,
    defects: Defects,
) -> tuple[ServiceEvent, ...]:
    first = acts[0] if acts else ServiceEvent(code=type.act)
    who = first.performer or performer or next(iter(_persons(authors)), None) or custodian
    when = first.period or _period(performed)
    if when is None:
        defects.add("cda.act.time", "when the act was performed must be told", "performed")
    principal = dataclasses.replace(
        first,
        code=first.code or (None if first.text else type.act),
        period=when,
        performer=_practising(who, custodian, type, setting, defects),
    )
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
    performed: Performed | None,
    custodian: Organization,
    type: DocumentType,
    setting: Setting | None,
) -> Encounter:
    encounter = given or Encounter(period=_visit(_period(performed), type, setting))
    code = encounter.code or (type.encounter(setting) if setting else None)
    return dataclasses.replace(encounter, code=code, facility=encounter.facility or custodian)


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
