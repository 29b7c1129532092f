"""The header rules as one table: usable without any kit, and catching what the kit lets through.

Each row is a rule of the minimal structure (CI-SIS) or one that receivers apply: where to look,
what must hold there, and the source. `context` selects elements; `test` must be true of each.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from lxml import etree

from segur_interop._oid import (
    CCAM,
    CI_SIS,
    HL7_FRANCE,
    PATIENT_DOCUMENT_HOST,
    STRUCT_IDNAT,
    XDS_SD,
    is_oid,
)
from segur_interop._source import Source
from segur_interop._time import Timestamp
from segur_interop.cda._build import NS
from segur_interop.errors import InvalidDocument, InvalidValue
from segur_interop.findings import Finding, Report, Severity
from segur_interop.ins.matricule import INS_OIDS, PRODUCTION_OIDS, Matricule
from segur_interop.ins.traits import is_birth_place
from segur_interop.model.contact import ADDRESS_USES, CIVILITIES, TELECOM_USES, TITLES
from segur_interop.terminology import value_set

if TYPE_CHECKING:
    from segur_interop.cda.document import Document

__all__ = ["RULES", "Rule", "check", "check_element"]

Test = Callable[[etree._Element], bool]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row.

    Attributes:
        id: stable identifier.
        context: XPath from ClinicalDocument of the elements it speaks of (prefix h is HL7).
        test: XPath boolean, or a function of the element.
        message: what must hold.
        source: who says so.
        severity: ERROR where a validator or a receiver refuses, else WARNING.
    """

    id: str
    context: str
    test: str | Test
    message: str
    source: str
    severity: Severity = Severity.ERROR


# -- tests that XPath 1.0 cannot say ------------------------------------------------------------


def _in_set(name: str, *, system: bool = True) -> Test:
    def test(element: etree._Element) -> bool:
        code = element.get("code")
        return (
            code is None
            or value_set(name).find(code, (element.get("codeSystem") or None) if system else None)
            is not None
        )

    return test


def _timestamp(element: etree._Element) -> Timestamp | None:
    try:
        return Timestamp.parse(element.get("value") or "")
    except InvalidValue:
        return None


def _is_time(element: etree._Element) -> bool:
    return element.get("value") is None or _timestamp(element) is not None


def _is_zoned(element: etree._Element) -> bool:
    moment = _timestamp(element)
    return moment is None or moment.hour is None or moment.is_aware


def _is_exact(element: etree._Element) -> bool:
    moment = _timestamp(element)
    return moment is None or moment.precision == "second"


def _is_day(element: etree._Element) -> bool:
    moment = _timestamp(element)
    return moment is not None and moment.precision == "day" and moment.offset is None


def _is_ordered(element: etree._Element) -> bool:
    """Low is not after high, in UTC where both tell a zone, else at the precision of both."""
    bounds = [_timestamp(child) for child in _children(element, "low", "high")]
    low, high = bounds if len(bounds) == len(("low", "high")) else (None, None)
    if low is None or high is None:
        return True
    if low.hour is not None and high.hour is not None and low.is_aware and high.is_aware:
        return low.to_datetime() <= high.to_datetime()
    digits = [re.match(r"\d+", str(bound)) for bound in (low, high)]
    first, last = (match[0] if match else "" for match in digits)
    shared = min(len(first), len(last))
    return first[:shared] <= last[:shared]


def _children(element: etree._Element, *names: str) -> list[etree._Element]:
    found = [element.find(f"h:{name}", NS) for name in names]
    return [child for child in found if child is not None]


_UUID: Final = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")


def _is_root(element: etree._Element) -> bool:
    root = element.get("root")
    return root is None or is_oid(root) or _UUID.fullmatch(root.upper()) is not None


def _is_oid_root(element: etree._Element) -> bool:
    return is_oid(element.get("root") or "")


def _matricule(element: etree._Element) -> Matricule | None:
    try:
        return Matricule.parse(element.get("extension") or "", element.get("root"))
    except ValueError:
        return None


def _is_matricule(element: etree._Element) -> bool:
    return _matricule(element) is not None


def _has_key(element: etree._Element) -> bool:
    matricule = _matricule(element)
    return matricule is None or matricule.is_valid or element.get("root") not in PRODUCTION_OIDS


def _distinct_ids(element: etree._Element) -> bool:
    ids = [(item.get("root"), item.get("extension")) for item in element.findall("h:id", NS)]
    return len(ids) == len(set(ids))


_TELECOM: Final = re.compile(r"(?:tel|fax|mailto|http|ftp|mllp):[!#-;=?-\[\]_a-zA-Z~]+")


def _is_telecom(element: etree._Element) -> bool:
    value = element.get("value")
    if value is None:
        return element.get("nullFlavor") in {"UNK", "NASK", "ASKU", "NAV", "MSK"}
    return element.get("nullFlavor") is None and _TELECOM.fullmatch(value) is not None


def _use_in(uses: tuple[str, ...]) -> Test:
    return lambda element: element.get("use") is None or element.get("use") in uses


def _is_cog(element: etree._Element) -> bool:
    return is_birth_place((element.text or "").strip())


def _text_in(texts: frozenset[str]) -> Test:
    return lambda element: (element.text or "").strip() in texts


_LANGUAGE: Final = re.compile(r"[a-z]{2}-[A-Z]{2}")


def _is_language(element: etree._Element) -> bool:
    return _LANGUAGE.fullmatch(element.get("code") or "") is not None


def _is_version(element: etree._Element) -> bool:
    value = element.get("value") or ""
    return value.isascii() and value.isdigit() and int(value) > 0


def _is_filled(element: etree._Element) -> bool:
    return bool((element.text or "").strip()) or element.get("nullFlavor") is not None


# -- the table ----------------------------------------------------------------------------------

_MIN: Final = "CI-SIS Structuration minimale (kit 3.0, 1.2.250.1.213.1.1.1.1)"
_TYPES: Final = "CI-SIS Structuration minimale (kit 3.0, data types)"
_GUIDE: Final = "ANS, guide d'implémentation document-core"
_INS: Final = "Référentiel INS; CI-SIS Structuration minimale (INS traits)"
_SD: Final = "IHE XDS-SD; ANS, guide d'implémentation document-core"
_OURS: Final = "content that the validators do not look at"

_ROLE: Final = "h:recordTarget/h:patientRole"
_PATIENT: Final = f"{_ROLE}/h:patient"
_ANY_INS: Final = " or ".join(f"@root='{oid}'" for oid in sorted(INS_OIDS))
_WITH_INS: Final = f"{_ROLE}[h:id[{_ANY_INS}]]"
_ENCOUNTER: Final = "h:componentOf/h:encompassingEncounter"
_FACILITY: Final = f"{_ENCOUNTER}/h:location/h:healthCareFacility/h:code"
_PRINCIPAL: Final = "h:documentationOf[1]/h:serviceEvent"
_BODY: Final = "h:component/h:nonXMLBody"
_HEADER: Final = "*[not(self::h:component)]"
_COMPLETE: Final = "@code and @codeSystem and @displayName"
_ROOTED: Final = "@root and @extension"
_WARN: Final = Severity.WARNING

RULES: Final[tuple[Rule, ...]] = (
    # what kind of document
    Rule("cda.realm", ".", "count(h:realmCode[@code='FR'])=1", "realmCode is FR, once", _MIN),
    Rule("cda.type-id", ".", "h:typeId[@root='2.16.840.1.113883.1.3' and @extension="
         "'POCD_HD000040']", "typeId is that of CDA R2", _MIN),
    Rule("cda.template.france", ".", f"h:templateId[@root='{HL7_FRANCE}']",
         "templateId of HL7 France is present", _MIN),
    Rule("cda.template.ci-sis", ".", f"h:templateId[@root='{CI_SIS}']",
         "templateId of the CI-SIS is present", _MIN),
    Rule("cda.template.level-1", f"self::*[{_BODY}]",
         f"count(h:templateId)=3 and h:templateId[@root='{XDS_SD}']",
         "a level 1 document has three templateIds, the third that of XDS-SD", _MIN),
    Rule("cda.id", ".", "count(h:id[@root])=1", "id has a root, once", _MIN),
    Rule("cda.id.oid", "h:id | h:setId", _is_oid_root,
         "id and setId are OIDs: XDS and the DMP chain type them so", _GUIDE, _WARN),
    Rule("cda.code", ".", "count(h:code)=1", "code is present, once", _MIN),
    Rule("cda.code.complete", "h:code", _COMPLETE, "code, codeSystem and displayName", _MIN),
    Rule("cda.code.j07", "h:code", _in_set("J07"), "the code is of JDV_J07", _MIN),
    Rule("cda.title", ".", "normalize-space(h:title)", "title is not empty", _MIN),
    Rule("cda.effective-time", ".", "count(h:effectiveTime/@value)=1",
         "effectiveTime has a value", _MIN),
    Rule("cda.effective-time.exact", "h:effectiveTime", _is_exact,
         "effectiveTime is to the second", _OURS),
    Rule("cda.confidentiality", ".", "count(h:confidentialityCode)=1",
         "confidentialityCode is present, once", _MIN),
    Rule("cda.confidentiality.complete", "h:confidentialityCode", _COMPLETE,
         "code, codeSystem and displayName", _MIN),
    Rule("cda.confidentiality.code", "h:confidentialityCode",
         _in_set("JDV_HL7_Confidentiality_CISIS"),
         "L, M, N, R, U or V: masking belongs to the metadata of the archive", _MIN),
    Rule("cda.language", ".", "count(h:languageCode)=1", "languageCode is present, once", _MIN),
    Rule("cda.language.form", "h:languageCode", _is_language, "languageCode is xx-YY", _MIN),
    Rule("cda.set-id", ".", "count(h:setId[@root])=1", "setId has a root, once", _MIN),
    Rule("cda.version", ".", "count(h:versionNumber)=1", "versionNumber is present, once", _MIN),
    Rule("cda.version.positive", "h:versionNumber", _is_version,
         "versionNumber is 1 or more", _MIN),
    # the patient
    Rule("cda.patient", ".", f"count({_ROLE})=1", "exactly one patient", _MIN),
    Rule("cda.patient.id", _ROLE, "h:id", "the patient has an identifier", _MIN),
    Rule("cda.patient.id.complete", f"{_ROLE}/h:id", _ROOTED, "root and extension", _MIN),
    Rule("cda.patient.id.distinct", _ROLE, _distinct_ids, "no identifier twice", _TYPES),
    Rule("cda.ins.single", _ROLE, f"count(h:id[{_ANY_INS}]) <= 1",
         "one INS at most: a receiver would pick one at random", _OURS),
    Rule("cda.ins.form", f"{_ROLE}/h:id[{_ANY_INS}]", _is_matricule,
         "a matricule has 15 characters of the right shape", _INS),
    Rule("cda.ins.key", f"{_ROLE}/h:id[{_ANY_INS}]", _has_key,
         "the key matches the number (INS-NIR, INS-NIA)", _INS),
    Rule("cda.ins.traits", _WITH_INS,
         "h:patient/h:name/h:family[@qualifier='BR'] and h:patient/h:name/h:given[@qualifier='BR']"
         " and h:patient/h:name/h:given[not(@qualifier)] and h:patient/h:birthTime/@value and "
         "h:patient/h:birthplace/h:place/h:addr/h:county and "
         "h:patient/h:administrativeGenderCode/@code",
         "an INS comes with birth name, first and all given names, birth date and place, sex",
         _INS),
    Rule("cda.ins.names", _WITH_INS,
         "count(h:patient/h:name/h:family[@qualifier='BR'])<=1 and "
         "count(h:patient/h:name/h:given[@qualifier='BR'])<=1 and "
         "count(h:patient/h:name/h:given[not(@qualifier)])<=1",
         "one birth name, one first given name, one list of given names", _OURS),
    Rule("cda.ins.birth-time", f"{_WITH_INS}/h:patient/h:birthTime", _is_day,
         "the birth date beside an INS is a calendar day", _INS),
    Rule("cda.ins.county", f"{_WITH_INS}/h:patient/h:birthplace/h:place/h:addr/h:county", _is_cog,
         "the birthplace is 5 characters of the COG", _INS),
    Rule("cda.patient.name", _PATIENT, "count(h:name)=1", "one name", _MIN),
    Rule("cda.patient.family", _PATIENT, "h:name/h:family[normalize-space()]",
         "a family name", _MIN),
    Rule("cda.patient.given", _PATIENT, "h:name/h:given[normalize-space()]", "a given name", _MIN),
    Rule("cda.patient.family.qualifier", f"{_PATIENT}/h:name/h:family",
         "@qualifier='BR' or @qualifier='CL'", "the qualifier is BR or CL (SP is of old "
         "documents)", _MIN),
    Rule("cda.patient.given.qualifier", f"{_PATIENT}/h:name/h:given",
         "not(@qualifier) or @qualifier='BR' or @qualifier='CL'",
         "the qualifier is BR, CL or none", _MIN),
    Rule("cda.patient.gender", _PATIENT, "count(h:administrativeGenderCode/@code)=1",
         "a sex is told", _MIN),
    Rule("cda.patient.gender.code", f"{_PATIENT}/h:administrativeGenderCode", _in_set("J143"),
         "the sex is F, M or UN", _MIN),
    Rule("cda.patient.birth-time", _PATIENT, "count(h:birthTime/@value)=1",
         "a birth date is told", _MIN),
    # who
    Rule("cda.author", ".", "h:author", "at least one author", _MIN),
    Rule("cda.author.time", "h:author", "h:time/@value", "an author has a time", _MIN),
    Rule("cda.author.id", "h:author/h:assignedAuthor", "h:id", "an author has an id", _MIN),
    Rule("cda.author.id.complete", "h:author/h:assignedAuthor/h:id", _ROOTED,
         "root and extension", _MIN),
    Rule("cda.author.who", "h:author/h:assignedAuthor",
         "count(h:assignedPerson | h:assignedAuthoringDevice) <= 1",
         "a person or a device, not both", _MIN),
    Rule("cda.author.device", "h:author/h:assignedAuthor/h:assignedAuthoringDevice",
         "normalize-space(h:manufacturerModelName) and normalize-space(h:softwareName)",
         "a device has a model and a software name", _MIN),
    Rule("cda.profession", "h:author/h:assignedAuthor/h:code | "
         "h:legalAuthenticator/h:assignedEntity/h:code | h:authenticator/h:assignedEntity/h:code | "
         "h:participant/h:associatedEntity/h:code | "
         "h:documentationOf/h:serviceEvent/h:performer/h:assignedEntity/h:code",
         _in_set("J01"), "the profession is of JDV_J01", _MIN),
    Rule("cda.function", "h:author/h:functionCode | h:participant/h:functionCode",
         _in_set("J47"), "the function is of JDV_J47", _MIN),
    Rule("cda.practice", f"{_HEADER}//h:standardIndustryClassCode", _in_set("J04"),
         "the practice setting is of JDV_J04", _MIN),
    Rule("cda.informant", "h:informant", "count(h:assignedEntity | h:relatedEntity)=1",
         "an informant is a professional or someone near the patient", _MIN),
    Rule("cda.informant.class", "h:informant/h:relatedEntity",
         "contains(' ECON NOK CON CAREGIVER PAT ', concat(' ', @classCode, ' '))",
         "the class is ECON, NOK, CON, CAREGIVER or PAT", _MIN),
    Rule("cda.informant.relation", "h:informant/h:relatedEntity/h:code", _in_set("J11"),
         "the relation is of JDV_J11", _MIN),
    Rule("cda.informant.name", "h:informant/h:relatedEntity",
         "count(h:relatedPerson/h:name)=1", "someone near the patient has a name", _MIN),
    Rule("cda.custodian", ".", "count(h:custodian/h:assignedCustodian/"
         "h:representedCustodianOrganization/h:id)=1", "one custodian with one id", _MIN),
    Rule("cda.custodian.root",
         "h:custodian/h:assignedCustodian/h:representedCustodianOrganization/h:id",
         f"@root='{STRUCT_IDNAT}' or @root='{PATIENT_DOCUMENT_HOST}'",
         "the custodian is named by its Struct_IdNat", _MIN),
    Rule("cda.recipient.root", "h:informationRecipient/h:intendedRecipient/h:id", "@root",
         "the id of a recipient has a root", _MIN),
    Rule("cda.legal-authenticator", ".", "count(h:legalAuthenticator)=1",
         "exactly one legal authenticator", _MIN),
    Rule("cda.authenticator", "h:legalAuthenticator | h:authenticator",
         "h:time/@value and h:signatureCode/@code='S' and h:assignedEntity/h:id[@root and "
         "@extension]", "time, signatureCode S, and an id with root and extension", _MIN),
    Rule("cda.authenticator.name", "h:legalAuthenticator",
         "h:assignedEntity/h:assignedPerson/h:name/h:family",
         "the legal authenticator has a family name", _MIN),
    Rule("cda.participant.type", "h:participant",
         "contains(' REF REFB INF RESP PRF CON VRF ', concat(' ', @typeCode, ' '))",
         "the type is of JDV_J144", _MIN),
    Rule("cda.participant.time", "h:participant", "count(h:time)=1",
         "a participant has a time, possibly with a nullFlavor", _MIN),
    Rule("cda.participant.class", "h:participant/h:associatedEntity",
         "@classCode='PROV' or @classCode='AGNT'", "the class is PROV or AGNT", _MIN),
    # what
    Rule("cda.order", "h:inFulfillmentOf/h:order", "h:id", "an order has an id", _MIN),
    Rule("cda.act", ".", "h:documentationOf/h:serviceEvent", "at least one act", _MIN),
    Rule("cda.act.time", _PRINCIPAL, "count(h:effectiveTime)=1 and h:effectiveTime/h:low/@value",
         "the principal act has a start", _MIN),
    Rule("cda.act.performer", _PRINCIPAL, "count(h:performer)=1",
         "the principal act has one performer", _MIN),
    Rule("cda.act.performer.id", f"{_PRINCIPAL}/h:performer/h:assignedEntity", "count(h:id)=1",
         "the performer of the principal act has one id", _MIN),
    Rule("cda.act.practice", f"{_PRINCIPAL}/h:performer/h:assignedEntity",
         "h:representedOrganization/h:standardIndustryClassCode[@code and @codeSystem and "
         "@displayName]",
         "the performer of the principal act has a structure with its practice setting", _MIN),
    Rule("cda.act.performers", "h:documentationOf/h:serviceEvent/h:performer/h:assignedEntity",
         "not(h:representedOrganization) or h:representedOrganization/h:standardIndustryClassCode"
         "[@code and @codeSystem and @displayName]",
         "the structure of a performer has its practice setting", _MIN),
    Rule("cda.act.ccam", "h:documentationOf/h:serviceEvent/h:code[@codeSystem="
         "'1.2.250.1.213.2.5']", "false()", f"the OID of CCAM is {CCAM}", _OURS),
    Rule("cda.related", "h:relatedDocument", "count(h:parentDocument/h:id[@root])=1",
         "the replaced document has an id with a root", _MIN),
    Rule("cda.related.type", "h:relatedDocument", "@typeCode='RPLC'",
         "only RPLC is in use", _MIN, _WARN),
    Rule("cda.consent", "h:authorization/h:consent",
         "count(h:code)=1 and h:statusCode/@code='completed'",
         "a consent has a code and is completed", _MIN),
    Rule("cda.encounter", ".", f"count({_ENCOUNTER})=1", "one encompassing encounter", _MIN),
    Rule("cda.encounter.time", _ENCOUNTER,
         "count(h:effectiveTime)=1 and (h:effectiveTime/@nullFlavor or h:effectiveTime/@value or "
         "h:effectiveTime/h:low or h:effectiveTime/h:high)",
         "the encounter has a time, possibly with a nullFlavor", _MIN),
    Rule("cda.encounter.code", f"{_ENCOUNTER}/h:code", _in_set("J142"),
         "the encounter code is of JDV_J142", _MIN),
    Rule("cda.encounter.participant", f"{_ENCOUNTER}/h:encounterParticipant",
         "contains(' ADM ATND CON DIS REF RESP ', concat(' ', @typeCode, ' '))",
         "the type is of JDV_J140", _MIN),
    Rule("cda.facility", ".", f"count({_FACILITY})=1", "one facility type", _MIN),
    Rule("cda.facility.complete", _FACILITY, _COMPLETE, "code, codeSystem and displayName", _MIN),
    Rule("cda.facility.j02", _FACILITY, _in_set("J02"), "the facility type is of JDV_J02", _MIN),
    # the body of level 1
    Rule("cda.component", ".", "count(h:component)=1 and "
         "count(h:component/h:nonXMLBody | h:component/h:structuredBody)=1",
         "one body", _MIN),
    Rule("cda.body.media-type", f"{_BODY}/h:text",
         "@mediaType='application/pdf' or @mediaType='text/plain'",
         "the body is application/pdf or text/plain", _SD),
    Rule("cda.body.representation", f"{_BODY}/h:text", "@representation='B64'",
         "the body is in base64", _SD),
    # data types, anywhere in the header
    Rule("cda.ii.root", f"{_HEADER}/descendant-or-self::*[self::h:id or self::h:setId or "
         "self::h:templateId]", _is_root, "a root is an OID or a UUID", _TYPES),
    Rule("cda.ii.null", f"{_HEADER}/descendant-or-self::h:id", "@root or @nullFlavor",
         "an id has a root, or says why not", _TYPES),
    Rule("cda.ts", f"{_HEADER}/descendant-or-self::*[self::h:time or self::h:effectiveTime or "
         "self::h:low or self::h:high or self::h:birthTime][@value]", _is_time,
         "a time is a real one, written as HL7 does", _TYPES),
    Rule("cda.ts.zone", f"{_HEADER}/descendant-or-self::*[self::h:time or self::h:effectiveTime or "
         "self::h:low or self::h:high][@value]", _is_zoned,
         "a time of day has its zone", _OURS),
    Rule("cda.ivl", f"{_HEADER}/descendant-or-self::*[h:low/@value and h:high/@value]", _is_ordered,
         "an interval does not end before it starts", _OURS),
    Rule("cda.cd", f"{_HEADER}/descendant-or-self::*[@code and not(@codeSystem)]"
         "[not(self::h:realmCode or self::h:languageCode or self::h:signatureCode or "
         "self::h:statusCode or self::*[local-name()='statusCode'])]", "false()",
         "a code has its codeSystem", _TYPES),
    Rule("cda.tel", f"{_HEADER}/descendant-or-self::h:telecom", _is_telecom,
         "a telecom is tel:, fax:, mailto:, http:, ftp: or mllp: without space, or says why not",
         _TYPES),
    Rule("cda.tel.use", f"{_HEADER}/descendant-or-self::h:telecom", _use_in(TELECOM_USES),
         "one use of a telecom", _TYPES),
    Rule("cda.ad.use", f"{_HEADER}/descendant-or-self::h:addr", _use_in(ADDRESS_USES),
         "one use of an address", _TYPES),
    Rule("cda.ad.lines", f"{_HEADER}/descendant-or-self::h:addr", "count(h:streetAddressLine)<=7",
         "7 lines at most", _TYPES),
    Rule("cda.ad.empty", f"{_HEADER}/descendant-or-self::h:addr/*", _is_filled,
         "no empty part of an address", _OURS),
    Rule("cda.name.empty", f"{_HEADER}/descendant-or-self::*[self::h:given or self::h:family]",
         _is_filled, "no empty part of a name", _OURS),
    Rule("cda.name.prefix", f"{_HEADER}/descendant-or-self::h:prefix", _text_in(CIVILITIES),
         "a civility is of JDV_J245", _MIN),
    Rule("cda.name.suffix", f"{_HEADER}/descendant-or-self::h:suffix", _text_in(TITLES),
         "a title is of JDV_J246", _MIN),
)  # fmt: skip


@functools.cache
def _compiled() -> tuple[tuple[Rule, etree.XPath, etree.XPath | Test], ...]:
    return tuple(
        (
            rule,
            etree.XPath(rule.context, namespaces=NS),
            etree.XPath(f"boolean({rule.test})", namespaces=NS)
            if isinstance(rule.test, str)
            else rule.test,
        )
        for rule in RULES
    )


def check_element(document: etree._Element) -> Report:
    """Judge a ClinicalDocument element against the table.

    Returns:
        A report whose findings give the XPath of the element; no text of the document.
    """
    found = [
        Finding(
            rule=rule.id,
            message=rule.message,
            severity=rule.severity,
            place=_place(element, document),
            source=rule.source,
        )
        for rule, select, test in _compiled()
        for element in _selected(select, document)
        if not test(element)
    ]
    return Report(
        name="CDA header",
        checked=tuple(rule.id for rule in RULES),
        findings=tuple(found),
        error=InvalidDocument,
    )


def _selected(select: etree.XPath, document: etree._Element) -> list[etree._Element]:
    found = select(document)
    return (
        [item for item in found if isinstance(item, etree._Element)]
        if isinstance(found, list)
        else []
    )


def check(source: Source | Document) -> Report:
    """Judge the header of a document.

    Raises:
        InvalidDocument: there is no CDA document in it.
        XmlError: it is no XML.
    """
    from segur_interop.cda.document import Document
    from segur_interop.cda.read import read

    return (source if isinstance(source, Document) else read(source)).check()


def _place(element: etree._Element, document: etree._Element) -> str:
    """`author[2]/assignedAuthor/id`: local names, and ranks among siblings of the same name."""
    steps = []
    while element is not document:
        parent = element.getparent()
        if parent is None:
            break
        twins = parent.findall(element.tag)
        rank = f"[{twins.index(element) + 1}]" if len(twins) > 1 else ""
        steps.append(etree.QName(element).localname + rank)
        element = parent
    return "/".join(["ClinicalDocument", *reversed(steps)])
