"""The one writer of level 1 documents: a PDF/A-1, a patient and a context become a CDA R2.

(ANS, CI-SIS: Structuration minimale des documents de santé; IHE XDS-SD.)
"""

from __future__ import annotations

import dataclasses
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from segur_interop._oid import XDS_SD
from segur_interop._time import Instant
from segur_interop.cda._arguments import check_arguments
from segur_interop.cda._assembly import (
    Author,
    Performed,
    Recipient,
    Signatory,
    assemble,
    identity_gate,
    judge,
)
from segur_interop.cda._build import is_reordered, node
from segur_interop.cda._content import Body, Outline, splice
from segur_interop.cda._defects import Defects
from segur_interop.cda._header import header
from segur_interop.cda._shown import contradictions
from segur_interop.cda.document import Document, Relation
from segur_interop.cda.document_type import DocumentType, Setting
from segur_interop.model import (
    Encounter,
    LocalId,
    Order,
    Organization,
    Participant,
    Patient,
    Professional,
    RelatedPerson,
    ServiceEvent,
)
from segur_interop.terminology import Code

if TYPE_CHECKING:
    from segur_interop.pdf import PdfA

__all__ = ["PlainText", "wrap"]

LEVEL_1: Final = 1


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
        body: the file to carry, a `pdf.PdfA` (kept octet for octet) or a `PlainText`. One that
            `pdf.stamp` or `pdf.compose` made for another patient is refused; the pages of a file
            that was read are not looked at (`ins.scan` and `ins.compare` do).
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
        TypeError: an argument of another type; the message names it.
    """
    check_arguments(locals())
    defects = identity_gate(patient)
    _check_kind(type, defects)
    document = assemble(
        type=type,
        templates=(str(XDS_SD),),
        patient=patient,
        author=author,
        custodian=custodian,
        title=title,
        created=created,
        performed=performed,
        setting=setting,
        encounter=encounter,
        performer=performer,
        acts=acts,
        legal_authenticator=legal_authenticator,
        authenticators=authenticators,
        data_enterer=data_enterer,
        informants=informants,
        recipients=recipients,
        participants=participants,
        orders=orders,
        consents=consents,
        replaces=replaces,
        id=id,
        set_id=set_id,
        version=version,
        confidentiality=confidentiality,
        language=language,
        defects=defects,
    )
    return _finished(document, body, body_language, defects)


def _finished(
    document: Document, body: PdfA | PlainText, body_language: str, defects: Defects
) -> Document:
    mark = uuid.uuid4().hex
    text = node("text", mediaType=_media_type(body), representation="B64", text=mark)
    language = node("languageCode", code=body_language) if body_language else None
    component = node("component", node("nonXMLBody", text, language))
    octets = _octets(body, document.patient, defects)
    written = header(document, component, defects)
    outline = Outline.of(judge(written, defects, "CDA R2 level 1"))
    content = splice(written, mark, Body(_media_type(body), octets), outline)
    return dataclasses.replace(document, _content=content, reading=tuple(defects.findings))


def _media_type(body: PdfA | PlainText) -> str:
    return "text/plain" if isinstance(body, PlainText) else "application/pdf"


def _octets(body: PdfA | PlainText, patient: Patient, defects: Defects) -> bytes:
    if isinstance(body, PlainText):
        if defects.forbids(body.text):
            defects.add("cda.ins.leak", "a matricule that may not leave", "body", "RNIV EXI SI 08")
        if is_reordered(body.text):
            defects.add("cda.text", "a control that makes it read in another order", "body")
        try:
            return body.text.encode()
        except UnicodeEncodeError:
            defects.add("cda.text", "a lone surrogate, which UTF-8 cannot hold", "body")
            return b""
    from segur_interop.pdf import PdfA

    if not isinstance(body, PdfA):
        raise TypeError("a body is a pdf.PdfA (pdf.PdfA.read, pdf.convert) or a cda.PlainText")
    if body.identity is not None:
        defects.findings += contradictions(body.identity, patient.identity)
    return bytes(body)


def _check_kind(type: DocumentType, defects: Defects) -> None:
    if LEVEL_1 not in type.levels:
        defects.add("cda.level", "this kind of document is produced at level 3 only", "type")
