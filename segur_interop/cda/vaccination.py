"""The note de vaccination: one injection done, told as a structured document.

(ANS, CI-SIS: volet VAC-NOTE 2023.01, template 1.2.250.1.213.1.1.1.46.)
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import Final

from segur_interop._time import Instant, Timestamp
from segur_interop._types import check_type
from segur_interop.cda._arguments import check_arguments
from segur_interop.cda._assembly import (
    Author,
    Recipient,
    Signatory,
    assemble,
    identity_gate,
    judge,
)
from segur_interop.cda._content import Received
from segur_interop.cda._header import header
from segur_interop.cda._vaccination.act import AntigenDose, Reaction, VaccinationAct, Vaccine
from segur_interop.cda._vaccination.body import body
from segur_interop.cda._vaccination.rules import check_act
from segur_interop.cda.document import Document, Relation
from segur_interop.cda.document_type import DocumentType, Setting
from segur_interop.model import (
    Encounter,
    LocalId,
    Organization,
    Participant,
    Patient,
    Period,
    Professional,
    RelatedPerson,
    ServiceEvent,
)
from segur_interop.terminology import Code

__all__ = ["AntigenDose", "Reaction", "VaccinationAct", "Vaccine", "vaccination_note"]

TEMPLATES: Final = ("1.3.6.1.4.1.19376.1.5.3.1.1.18.1.2", "1.2.250.1.213.1.1.1.46")


def vaccination_note(
    act: VaccinationAct,
    *,
    patient: Patient,
    author: Author | Sequence[Author],
    custodian: Organization,
    created: Instant,
    setting: Setting | None = None,
    title: str = "Note de vaccination",
    encounter: Encounter | None = None,
    legal_authenticator: Signatory | None = None,
    authenticators: Sequence[Signatory] = (),
    data_enterer: Signatory | None = None,
    informants: Sequence[Professional | RelatedPerson] = (),
    recipients: Sequence[Recipient] = (),
    participants: Sequence[Participant] = (),
    consents: Sequence[Code] = (),
    replaces: Document | Relation | None = None,
    id: LocalId | str | None = None,
    set_id: LocalId | str | None = None,
    version: int | None = None,
    confidentiality: str = "N",
    language: str = "fr-FR",
) -> Document:
    """Make the level 3 document of one vaccination; all that is wrong is told at once.

    The narrative that people read and the coded entry are written from the same values.

    Args:
        act: the vaccination.
        patient: the matricule is written only if `patient.identity.may_transmit_ins`.
        author: who wrote the note.
        custodian: who keeps it.
        created: date of the note; an aware datetime, or HL7 text.
        setting: office or pharmacy give the encounter; in a hospital give `encounter`.
        title: shown to readers.
        encounter: the visit; by default an ambulatory one, that day, at the custodian.
        legal_authenticator: who answers for the note; by default the author, if one person.
        authenticators: others who signed.
        data_enterer: who typed it.
        informants: who told the facts.
        recipients: persons or structures.
        participants: médecin traitant (INF, function PCP), prescriber (REF), and others.
        consents: codes of authorization/consent.
        replaces: the note replaced; its setId is kept and the version follows.
        id: OID of the document; by default a fresh one under 2.25.
        set_id: OID shared by the versions.
        version: 1 by default, or the next one of `replaces`.
        confidentiality: N, R or V.
        language: of the header, `xx-YY`.

    Raises:
        TypeError: an argument of another type.
        InvalidDocument: `error.report` lists every defect.
        InvalidValue: a naive datetime, an identifier that is no OID.
    """
    check_type(act, "act", VaccinationAct)
    check_arguments(locals())
    kind = DocumentType.NOTE_VACCINATION
    defects = identity_gate(patient)
    day = Timestamp.of(act.day)
    document = assemble(
        type=kind,
        templates=TEMPLATES,
        patient=patient,
        author=author,
        custodian=custodian,
        title=title,
        created=created,
        performed=Period(low=day),
        setting=setting,
        encounter=encounter,
        performer=act.performers[0] if act.performers else act.validated_by,
        acts=(ServiceEvent(code=kind.act),),
        legal_authenticator=legal_authenticator,
        authenticators=authenticators,
        data_enterer=data_enterer,
        informants=informants,
        recipients=recipients,
        participants=participants,
        orders=(),
        consents=consents,
        replaces=replaces,
        id=id,
        set_id=set_id,
        version=version,
        confidentiality=confidentiality,
        language=language,
        defects=defects,
    )
    check_act(act, document, defects)
    written = header(document, body(act, document, defects), defects)
    judge(written, defects, "note de vaccination")
    octets = f"<?xml version='1.0' encoding='UTF-8'?>\n{written}".encode()
    return dataclasses.replace(document, _content=Received(octets), reading=tuple(defects.findings))
