"""From the header of a CDA document to its XDS metadata.

(CI-SIS, annexe Lien entre l'en-tête CDA et les métadonnées XDS; IG HL7v2 transmission d'un
document CDA R2, mapping; ANS IHE_XDM official examples.) classCode and formatCode are not in a
CDA: NOS ASS_X16 (then ASS_X04, for the types that the DMP does not file), ASS_A11 and ASS_A12.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from segur_interop._oid import FORMAT_CODE, NSS_NIA, NSS_NIR, PS_IDNAT, STRUCT_IDNAT
from segur_interop._time import Timestamp
from segur_interop._types import check_type
from segur_interop.cda._content import outline_of
from segur_interop.errors import InvalidDocument, InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.ins import Identity
from segur_interop.model import (
    Device,
    LocalId,
    Organization,
    Participant,
    Patient,
    Professional,
    RelatedPerson,
    ServiceEvent,
)
from segur_interop.terminology import (
    Code,
    Masking,
    class_for_type,
    format_for_media_type,
    format_for_template,
    value_set,
)
from segur_interop.xdm._hl7 import MAX_VALUE, Xcn, Xon
from segur_interop.xdm._patient import cut_finding, patient_info, shortened
from segur_interop.xdm.metadata import Action, Author, DocumentEntry

if TYPE_CHECKING:
    from segur_interop.cda import Document
    from segur_interop.cda._content import Outline

__all__ = ["Notes", "author", "checked_masks", "content_type", "document_entry"]

_OUT_OF_PROFILE: Final = "urn:asipSante:modelesHorsProfils:2011"
_XML: Final = "text/xml"
_XSLT: Final = "application/xslt+xml"
"""Of a CDA within a style sheet (auto-présentable)."""
_BILLING: Final = frozenset({str(NSS_NIR), str(NSS_NIA)})


@dataclass(slots=True)
class Notes:
    """What the mapping notices, and the only INS that it may write."""

    found: list[Finding] = field(default_factory=list)
    ins: LocalId | None = None

    def is_own_ins(self, item: LocalId) -> bool:
        """True for the patient's own matricule, when the document carries it."""
        own = self.ins
        return own is not None and (own.root, own.extension) == (item.root, item.extension)


def document_entry(
    document: Document, *, masks: Iterable[Masking] = (), action: Action | None = None
) -> DocumentEntry:
    """The XDS metadata of a CDA document, without hash, size and URI.

    What the header lacks is left empty; `pack` says what it cannot do without. The INS is the one
    that the octets of the document carry, whoever made them: `asserted` tells whether the
    identity at hand may transmit it.

    Args:
        document: written by `cda.wrap` or read by `cda.read`.
        masks: added to the confidentiality code.
        action: `D` orders the deletion of the document in the receiver's records; by default
            `C` (it replaces) when its version is above 1 or it names the document it replaces.

    Raises:
        InvalidDocument: `document.patient` holds another matricule than the octets.
    """
    hidden_from = checked_masks(masks)
    outline = outline_of(document)
    notes = Notes()
    is_qualified = document.patient.identity.may_transmit_ins
    identity, ins = _identity(document.patient, outline.ins, notes, is_qualified=is_qualified)
    notes.ins = ins
    local = _local_ids(document.patient)
    info, cut = patient_info(identity, [item for item in local[1:] if item.root])
    notes.found += cut
    own = next(iter(local), None)
    source = own if own is None or own.type else dataclasses.replace(own, type="PI")
    principal = next(iter(document.acts), None)
    period = principal.period if principal else None
    type_code = document.code
    return DocumentEntry(
        unique_id=_unique_id(document.id),
        patient_id=ins or source,
        source_patient_id=source or ins,
        source_patient_info=info,
        asserted=not is_qualified,
        authors=tuple(author(item, notes) for item in document.authors),
        legal_authenticator=_signatory(document.legal_authenticator, notes),
        class_code=_class_code(type_code),
        type_code=type_code,
        format_code=_format_code(document, outline),
        confidentiality_codes=_confidentiality(document.confidentiality, hidden_from),
        healthcare_facility_type_code=_facility(document),
        practice_setting_code=_practice(principal),
        event_codes=tuple(_events(document.acts)),
        creation_time=_utc(document.created, "creation_time", notes),
        service_start_time=_utc(period.low if period else None, "service_start_time", notes),
        service_stop_time=_utc(period.high if period else None, "service_stop_time", notes),
        language_code=document.language,
        title=document.title.strip(),
        mime_type=_XSLT if outline.is_styled else _XML,
        action=_action(document) if action is None else action,
        reading=tuple(notes.found),
    )


def checked_masks(masks: Iterable[Masking]) -> tuple[Masking, ...]:
    """The masks, each a `Masking`.

    Raises:
        TypeError: one of another type, or a text instead of several masks.
    """
    if isinstance(masks, str):
        raise TypeError("masks are Masking values, not a str")
    made = tuple(masks)
    for rank, mask in enumerate(made):
        check_type(mask, f"masks[{rank}]", Masking)
    return made


# -- the document -------------------------------------------------------------------------------


def _unique_id(item: LocalId | None) -> str:
    """`root`, or `root^extension` (which the DMP refuses: see `dmp_ready`)."""
    if item is None:
        return ""
    return f"{item.root}^{item.extension}" if item.extension else item.root


def _class_code(type_code: Code | None) -> Code | None:
    if type_code is None:
        return None
    code, system = type_code.code, type_code.system
    return class_for_type(code, system) or class_for_type(code, system, table="ASS_X04")


def _format_code(document: Document, outline: Outline) -> Code | None:
    if outline.media_type is not None:
        return format_for_media_type(outline.media_type)
    for template in document.templates:
        if found := format_for_template(template):
            return found
    return value_set("J60").find(_OUT_OF_PROFILE, str(FORMAT_CODE))


def _confidentiality(base: Code | None, masks: Iterable[Masking]) -> tuple[Code, ...]:
    """The base code first, then each mask once."""
    return (*([base] if base else []), *(mask.code for mask in sorted(set(masks))))


def _facility(document: Document) -> Code | None:
    where = document.encounter.facility if document.encounter else None
    return where.facility_type if where else None


def _practice(principal: ServiceEvent | None) -> Code | None:
    """That of who did the principal act, the first documentationOf."""
    who = principal.performer if principal else None
    where = who.organization if isinstance(who, Professional) else who
    return where.practice_setting if where else None


def _events(acts: Iterable[ServiceEvent]) -> Iterable[Code]:
    for act in acts:
        if act.code is not None:
            yield act.code
        yield from act.translations


def _utc(moment: Timestamp | None, place: str, notes: Notes) -> Timestamp | None:
    """The same moment as XDS writes it: in UTC to the second, or a day as it is."""
    if moment is None:
        return None
    try:
        digits = moment.utc()
    except InvalidValue as error:
        message = f"no UTC time can be told: {error}"
        notes.found.append(Finding(rule="xdm.time", message=message, place=place))
        return None
    return Timestamp.parse(digits if moment.hour is None else f"{digits}+0000")


def _action(document: Document) -> Action:
    """C for a version above 1, as every official example, or where RPLC names a parent."""
    replaces = document.relation is not None and document.relation.kind == "RPLC"
    return "C" if replaces or (document.version or 1) > 1 else ""


_CONTENT_TYPES: Final = {
    "IMP": "03", "EMER": "07", "EXTERNE": "07", "AMB": "07", "SEANCE": "19",
}  # fmt: skip
_UNDIFFERENTIATED: Final = "97"
_ACTIVITY: Final = "1.2.250.1.213.2.2"


def content_type(metadata: DocumentEntry, encounter: Code | None) -> Code:
    """The contentTypeCode of a lot (JDV_J59).

    The facility type where JDV_J59 has it, as in the ANS examples (a practice, a pharmacy). It
    has none of hospitals: the kind of activity then, from the encounter as IG HL7v2 transmission
    does from PV1-2 (I 03, O and E 07, R 19, N 97).
    """
    allowed = value_set("J59")
    facility = metadata.healthcare_facility_type_code
    if facility is not None and (known := allowed.find(facility.code, facility.system)):
        return known
    activity = _CONTENT_TYPES.get(encounter.code if encounter else "", _UNDIFFERENTIATED)
    return allowed.get(activity, _ACTIVITY)


# -- the patient --------------------------------------------------------------------------------


def _identity(
    patient: Patient, written: Collection[tuple[str, str]], notes: Notes, *, is_qualified: bool
) -> tuple[Identity, LocalId | None]:
    """The traits as the document writes them, and the INS that its octets carry."""
    identity, matricule = patient.identity, patient.identity.matricule
    if is_qualified:
        identity = identity.normalised()
    if not written:
        if is_qualified:
            notes.found.append(_no_ins("the document carries no INS, nor do its metadata"))
        return identity, None
    if matricule is None or matricule.oid is None:
        notes.found.append(_no_ins("the INS of the document cannot be read", Severity.ERROR))
        return identity, None
    if (matricule.oid, matricule.value) not in written:
        raise InvalidDocument("another matricule than that of the document", place="patient")
    return identity, LocalId(root=matricule.oid, extension=matricule.value, type="NH")


def _no_ins(
    message: str, severity: Severity = Severity.WARNING, place: str = "patient_id"
) -> Finding:
    return Finding(rule="xdm.patient.ins", message=message, severity=severity, place=place)


def _local_ids(patient: Patient) -> list[LocalId]:
    """IPP first, then in the order of the document; numbers of billing last."""
    items = [
        item if number == item.extension else dataclasses.replace(item, extension=number)
        for item in patient.document_ids
        if (number := item.extension.strip())
    ]
    return sorted(items, key=lambda item: (item.root in _BILLING, item.type not in ("", "PI")))


# -- people -------------------------------------------------------------------------------------


def author(item: Participant, notes: Notes) -> Author:
    """The Classification of an author, its values within 256 characters."""
    who = item.entity
    structure = who if isinstance(who, Organization) else getattr(who, "organization", None)
    specialty = getattr(who, "profession", None) or getattr(who, "kind", None)
    role = item.role.label if item.role else item.function_text
    return Author(
        person=None if isinstance(who, Organization) else _xcn(who, notes),
        institutions=() if structure is None else (_xon(structure, notes),),
        roles=(role.strip(),) if role.strip() else (),
        specialties=() if specialty is None else (specialty,),
    )


def _signatory(item: Participant | None, notes: Notes) -> Xcn | None:
    if item is None or isinstance(item.entity, Organization):
        return None
    return _xcn(item.entity, notes)


def _xcn(who: Professional | RelatedPerson | Device, notes: Notes) -> Xcn:
    if isinstance(who, Device):
        made = Xcn(
            **_number(who.idnat, who.ids, notes),
            family=who.software.strip(),
            given=who.model.strip(),
            name_type="U",
        )
        return dataclasses.replace(made, id_type="RI") if made.id else made
    name = who.name
    made = Xcn(
        **_number(getattr(who, "idnat", ""), who.ids, notes),
        family=name.display_family.strip() if name else "",
        given=name.given.strip() if name else "",
        name_type="D" if name else "",
    )
    if len(made.hl7()) <= MAX_VALUE:
        return made
    kept = shortened(made.given, lambda given: dataclasses.replace(made, given=given).hl7())
    if kept != made.given:
        notes.found.append(cut_finding("given names are left out", "authors"))
    return dataclasses.replace(made, given=kept)


def _number(idnat: str, ids: Iterable[LocalId], notes: Notes) -> dict[str, str]:
    """XCN.1, 9 and 13: national first, else the first identifier that has a domain.

    An identifier internal to a structure holds a `/`: its type is EI in the ANS style sheet
    CDAHeaderToXDM, IDNPS in PDSm4DMP; no official example has one. EI is written (unsure).
    """
    if idnat:
        kind = "EI" if "/" in idnat else "IDNPS"
        return {"id": idnat, "authority": str(PS_IDNAT), "id_type": kind}
    item = next((item for item in ids if item.root and item.extension), None)
    if item is None:
        return {}
    if item.is_ins and not notes.is_own_ins(item):
        notes.found.append(_no_ins("the matricule of someone else is not written", place="authors"))
        return {}
    return {
        "id": item.extension,
        "authority": item.root,
        "id_type": "NH" if item.is_ins else item.type or "EI",
    }


def _xon(structure: Organization, notes: Notes) -> Xon:
    made = Xon(name=structure.name.strip())
    if structure.idnat:
        made = Xon(
            name=structure.name.strip(),
            authority=str(STRUCT_IDNAT),
            id_type="IDNST",
            id=structure.idnat,
        )
    if len(made.hl7()) <= MAX_VALUE:
        return made
    kept = shortened(made.name, lambda name: dataclasses.replace(made, name=name).hl7())
    if kept != made.name:
        notes.found.append(cut_finding("the end of the name of a structure is left out", "authors"))
    return dataclasses.replace(made, name=kept)
