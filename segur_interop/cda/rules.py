"""The header rules as one table: usable without any kit, and catching what the kit lets through.

Each row is a rule of the minimal structure (CI-SIS) or one that receivers apply: where to look,
what must hold there, and the source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from segur_interop._oid import (
    CCAM,
    CI_SIS,
    HL7_FRANCE,
    PATIENT_DOCUMENT_HOST,
    PS_IDNAT,
    STRUCT_IDNAT,
    XDS_SD,
)
from segur_interop.cda import _rule_tests as told
from segur_interop.findings import Severity
from segur_interop.ins.matricule import INS_OIDS
from segur_interop.model.contact import ADDRESS_USES, CIVILITIES, TELECOM_USES, TITLES

__all__ = ["RULES", "Rule"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One row.

    Attributes:
        id: stable identifier.
        context: XPath, from ClinicalDocument, of the elements it speaks of (prefix h is HL7).
            `//h:x` is every x of the header: the body is never looked through.
        test: what must be true of each: an XPath from the element, or a function of it.
        message: what must hold.
        source: who says so.
        severity: ERROR where a validator or a receiver refuses, else WARNING.
    """

    id: str
    context: str
    test: str | told.Test
    message: str
    source: str
    severity: Severity = Severity.ERROR


_MIN: Final = "CI-SIS Structuration minimale (kit 3.0, 1.2.250.1.213.1.1.1.1)"
_TYPES: Final = "CI-SIS Structuration minimale (kit 3.0, data types)"
_CDA: Final = "HL7 CDA R2 schema (kit 3.0, CDA_extended.xsd)"
_GUIDE: Final = "ANS, guide d'implémentation document-core"
_INS: Final = "Référentiel INS; CI-SIS Structuration minimale (INS traits)"
_SD: Final = "IHE XDS-SD; ANS, guide d'implémentation document-core"
_OURS: Final = "content that the validators do not look at"

_ROLE: Final = "h:recordTarget/h:patientRole"
_PATIENT: Final = f"{_ROLE}/h:patient"
_ANY_INS: Final = " or ".join(f"@root='{oid}'" for oid in sorted(INS_OIDS))
_WITH_INS: Final = f"{_ROLE}[h:id[{_ANY_INS}]]"
_CUSTODIAN: Final = "h:custodian/h:assignedCustodian/h:representedCustodianOrganization"
_AUTHOR: Final = "h:author/h:assignedAuthor"
_PERFORMER: Final = "h:documentationOf/h:serviceEvent/h:performer/h:assignedEntity"
_PRINCIPAL: Final = "h:documentationOf[1]/h:serviceEvent"
_ENCOUNTER: Final = "h:componentOf/h:encompassingEncounter"
_FACILITY: Final = f"{_ENCOUNTER}/h:location/h:healthCareFacility/h:code"
_STAFF: Final = (
    f"h:authenticator/h:assignedEntity | {_ENCOUNTER}/h:responsibleParty/h:assignedEntity | "
    f"{_ENCOUNTER}/h:encounterParticipant/h:assignedEntity"
)
_BODY: Final = "h:component/h:nonXMLBody"
_COMPLETE: Final = "@code and @codeSystem and @displayName"
_ROOTED: Final = "@root and @extension"
_PARENTS: Final = (
    "h:patientRole h:assignedAuthor h:assignedEntity h:relatedEntity h:associatedEntity "
    "h:intendedRecipient h:guardian h:representedOrganization h:receivedOrganization "
    "h:scopingOrganization h:representedCustodianOrganization h:providerOrganization "
    "h:guardianOrganization h:serviceEvent h:encompassingEncounter"
)
_HOLDERS: Final = " | ".join(f"//{name}" for name in _PARENTS.split())
_TIMES: Final = "//h:time | //h:effectiveTime | //h:low | //h:high"
_WARN: Final = Severity.WARNING

RULES: Final[tuple[Rule, ...]] = (
    # what kind of document
    Rule("cda.realm", ".", "count(h:realmCode[@code='FR'])=1", "realmCode is FR, once", _MIN),
    Rule("cda.type-id", ".", "count(h:typeId[@root='2.16.840.1.113883.1.3' and @extension="
         "'POCD_HD000040'])=1", "typeId is that of CDA R2", _MIN),
    Rule("cda.template.france", ".", f"count(h:templateId[@root='{HL7_FRANCE}'])=1",
         "templateId of HL7 France is present, once", _MIN),
    Rule("cda.template.ci-sis", ".", f"count(h:templateId[@root='{CI_SIS}'])=1",
         "templateId of the CI-SIS is present, once", _MIN),
    Rule("cda.template.model", ".", "count(h:templateId) > 2",
         "a third templateId names the model of the document", _MIN),
    Rule("cda.template.level-1", f"self::*[{_BODY}]",
         f"count(h:templateId)=3 and h:templateId[@root='{XDS_SD}']",
         "a level 1 document has three templateIds, the third that of XDS-SD", _MIN),
    Rule("cda.id", ".", "count(h:id[@root])=1", "id has a root, once", _MIN),
    Rule("cda.id.oid", "h:id | h:setId", told.is_oid_root,
         "id and setId are OIDs: XDS and the DMP chain type them so", _GUIDE, _WARN),
    Rule("cda.code", ".", "count(h:code)=1", "code is present, once", _MIN),
    Rule("cda.code.complete", "h:code", _COMPLETE, "code, codeSystem and displayName", _MIN),
    Rule("cda.code.j07", "h:code", told.in_set("J07"), "the code is of JDV_J07", _MIN),
    Rule("cda.title", ".", "normalize-space(h:title)", "title is not empty", _MIN),
    Rule("cda.effective-time", ".", "count(h:effectiveTime/@value)=1",
         "effectiveTime has a value", _MIN),
    Rule("cda.effective-time.exact", "h:effectiveTime", told.is_exact,
         "effectiveTime is to the second", _OURS),
    Rule("cda.confidentiality", ".", "count(h:confidentialityCode)=1",
         "confidentialityCode is present, once", _MIN),
    Rule("cda.confidentiality.complete", "h:confidentialityCode", _COMPLETE,
         "code, codeSystem and displayName", _MIN),
    Rule("cda.confidentiality.code", "h:confidentialityCode",
         told.in_set("JDV_HL7_Confidentiality_CISIS"),
         "L, M, N, R, U or V: masking belongs to the metadata of the archive", _MIN),
    Rule("cda.language", ".", "count(h:languageCode)=1", "languageCode is present, once", _MIN),
    Rule("cda.language.form", f"h:languageCode | {_BODY}/h:languageCode", told.is_language,
         "languageCode is xx-YY", _MIN),
    Rule("cda.set-id", ".", "count(h:setId[@root])=1", "setId has a root, once", _MIN),
    Rule("cda.version", ".", "count(h:versionNumber)=1", "versionNumber is present, once", _MIN),
    Rule("cda.version.positive", "h:versionNumber", told.is_version,
         "versionNumber is 1 or more", _OURS),
    # the patient
    Rule("cda.patient", ".", f"count({_ROLE})=1 and count({_PATIENT})=1", "exactly one patient",
         _MIN),
    Rule("cda.patient.id", _ROLE, "h:id", "the patient has an identifier", _MIN),
    Rule("cda.patient.id.complete", f"{_ROLE}/h:id", _ROOTED, "root and extension", _MIN),
    Rule("cda.ins.single", _ROLE, f"count(h:id[{_ANY_INS}]) <= 1",
         "one INS at most: a receiver would pick one at random", _OURS),
    Rule("cda.ins.form", f"{_ROLE}/h:id[{_ANY_INS}]", told.is_matricule,
         "a matricule has 15 characters of the right shape", _INS),
    Rule("cda.ins.key", f"{_ROLE}/h:id[{_ANY_INS}]", told.has_key,
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
    Rule("cda.ins.sex", f"{_WITH_INS}/h:patient/h:administrativeGenderCode",
         "@code='M' or @code='F'", "the sex beside an INS is F or M", _INS),
    Rule("cda.ins.birth-time", f"{_WITH_INS}/h:patient/h:birthTime", told.is_day,
         "the birth date beside an INS is a calendar day", _INS),
    Rule("cda.ins.county", f"{_WITH_INS}/h:patient/h:birthplace/h:place/h:addr/h:county",
         told.is_cog, "the birthplace is 5 characters of the COG", _INS),
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
    Rule("cda.patient.gender.code", f"{_PATIENT}/h:administrativeGenderCode", told.in_set("J143"),
         "the sex is F, M or UN", _MIN),
    Rule("cda.patient.birth-time", _PATIENT, "count(h:birthTime/@value)=1",
         "a birth date is told", _MIN),
    Rule("cda.guardian", f"{_PATIENT}/h:guardian",
         "count(h:guardianPerson | h:guardianOrganization)=1",
         "a guardian is a person or a structure", _MIN),
    Rule("cda.guardian.name", f"{_PATIENT}/h:guardian/h:guardianPerson",
         "count(h:name[h:family])=1 and count(h:name/h:family)<=3 and count(h:name/h:prefix)<=1",
         "a guardian has a family name, three at most", _MIN),
    # who
    Rule("cda.author", ".", "h:author", "at least one author", _MIN),
    Rule("cda.author.time", "h:author", "count(h:time/@value)=1", "an author has a time", _MIN),
    Rule("cda.author.id", _AUTHOR, "h:id", "an author has an id", _MIN),
    Rule("cda.author.id.complete", f"{_AUTHOR}/h:id", _ROOTED, "root and extension", _MIN),
    Rule("cda.author.who", _AUTHOR,
         "count(h:assignedPerson | h:assignedAuthoringDevice) <= 1",
         "a person or a device, not both", _MIN),
    Rule("cda.author.device", f"{_AUTHOR}/h:assignedAuthoringDevice",
         "normalize-space(h:manufacturerModelName) and normalize-space(h:softwareName)",
         "a device has a model and a software name", _MIN),
    Rule("cda.profession", f"{_AUTHOR}/h:code | h:legalAuthenticator/h:assignedEntity/h:code | "
         "h:authenticator/h:assignedEntity/h:code | h:participant/h:associatedEntity/h:code | "
         f"{_PERFORMER}/h:code", told.in_set("J01"), "the profession is of JDV_J01", _MIN),
    Rule("cda.profession.complete", f"{_AUTHOR}/h:code | h:participant/h:associatedEntity/h:code",
         _COMPLETE, "code, codeSystem and displayName", _MIN),
    Rule("cda.function", "h:author/h:functionCode | h:participant/h:functionCode",
         told.in_set("J47"), "the function is of JDV_J47", _MIN),
    Rule("cda.function.author", "h:author/h:functionCode", "@code and @codeSystem",
         "the function of an author is a code, not a text alone", _MIN),
    Rule("cda.practice", "//h:standardIndustryClassCode", told.in_set("J04"),
         "the practice setting is of JDV_J04", _MIN),
    Rule("cda.informant", "h:informant", "count(h:assignedEntity | h:relatedEntity)=1",
         "an informant is a professional or someone near the patient", _MIN),
    Rule("cda.informant.id", "h:informant/h:assignedEntity",
         "count(h:id)=1 and (h:id[@root and @extension] or h:id/@nullFlavor)",
         "an informant who is a professional has one id, or a nullFlavor", _MIN),
    Rule("cda.informant.class", "h:informant/h:relatedEntity",
         "contains(' ECON NOK CON CAREGIVER PAT ', concat(' ', @classCode, ' '))",
         "the class is ECON, NOK, CON, CAREGIVER or PAT", _MIN),
    Rule("cda.informant.name", "h:informant/h:relatedEntity",
         "count(h:relatedPerson/h:name)=1", "someone near the patient has a name", _MIN),
    Rule("cda.relation", "h:informant/h:relatedEntity/h:code", told.in_set("J11"),
         "the relation is of JDV_J11", _MIN),
    Rule("cda.relation.complete", "h:informant/h:relatedEntity/h:code", _COMPLETE,
         "code, codeSystem and displayName", _MIN),
    Rule("cda.custodian", ".", f"count({_CUSTODIAN}/h:id[@root])=1",
         "one custodian with one id", _MIN),
    Rule("cda.custodian.root", f"{_CUSTODIAN}/h:id",
         f"not(@root) or @root='{PATIENT_DOCUMENT_HOST}' or (@root='{STRUCT_IDNAT}' and "
         "@extension)", "the custodian is named by its Struct_IdNat", _MIN),
    Rule("cda.custodian.one", _CUSTODIAN, "count(h:telecom)<=1 and count(h:addr)<=1",
         "a custodian has one telecom and one address at most", _CDA),
    Rule("cda.recipient", "h:informationRecipient", "count(h:intendedRecipient)=1",
         "a recipient is told", _MIN),
    Rule("cda.recipient.type", "h:informationRecipient",
         "not(@typeCode) or @typeCode='PRCP' or @typeCode='TRC'",
         "a recipient is PRCP, or TRC for a copy", _CDA),
    Rule("cda.recipient.id", "h:informationRecipient/h:intendedRecipient/h:id",
         f"@nullFlavor or (@root and (@extension or @root!='{PS_IDNAT}'))",
         "the id of a recipient has a root, and a PS_IdNat its number", _MIN),
    Rule("cda.organization.id", "//h:representedOrganization | //h:receivedOrganization | "
         "//h:scopingOrganization | //h:guardianOrganization",
         f"not(h:id[@root='{STRUCT_IDNAT}'][not(@extension)]) and "
         f"count(h:id[@root='{STRUCT_IDNAT}'])<=1",
         "a structure has one Struct_IdNat at most, with its number", _MIN),
    Rule("cda.legal-authenticator", ".", "count(h:legalAuthenticator)=1",
         "exactly one legal authenticator", _MIN),
    Rule("cda.authenticator", "h:legalAuthenticator | h:authenticator",
         "count(h:time/@value)=1 and count(h:signatureCode[@code='S'])=1 and "
         "count(h:assignedEntity)=1", "a time and the signatureCode S", _MIN),
    Rule("cda.authenticator.id", "h:legalAuthenticator/h:assignedEntity",
         "count(h:id)=1 and h:id[@root and @extension]",
         "the legal authenticator has one id with root and extension", _MIN),
    Rule("cda.authenticator.name", "h:legalAuthenticator",
         "h:assignedEntity/h:assignedPerson/h:name/h:family",
         "the legal authenticator is a person with a family name", _GUIDE),
    Rule("cda.staff.id", _STAFF,
         f"count(h:id[@root='{PS_IDNAT}'])=1 and h:id[@root='{PS_IDNAT}']/@extension",
         "who signs or takes part in the stay is named by a PS_IdNat", _MIN),
    Rule("cda.participant.type", "h:participant",
         "contains(' REF REFB INF RESP PRF CON VRF ', concat(' ', @typeCode, ' '))",
         "the type is of JDV_J144", _MIN),
    Rule("cda.participant.time", "h:participant", "count(h:time)=1",
         "a participant has a time, possibly with a nullFlavor", _MIN),
    Rule("cda.participant.class", "h:participant/h:associatedEntity",
         "@classCode='PROV' or @classCode='AGNT'", "the class is PROV or AGNT", _MIN),
    Rule("cda.participant.id", "h:participant/h:associatedEntity",
         "count(h:id)<=1 and not(h:id[not(@root) or not(@extension)]) and "
         "count(h:scopingOrganization/h:id)<=1",
         "a participant and their structure have one id each at most", _MIN),
    Rule("cda.name.family", "//h:assignedPerson | //h:associatedPerson | //h:relatedPerson | "
         "h:informationRecipient/h:intendedRecipient/h:informationRecipient",
         "count(h:name)<=1 and not(h:name[count(h:family)!=1 or count(h:given)>1 or "
         "count(h:prefix)>1 or count(h:suffix)>1])",
         "a person has one family name, one given, one prefix and one suffix at most", _MIN),
    # what
    Rule("cda.order", "h:inFulfillmentOf", "count(h:order/h:id)=1", "an order has one id", _MIN),
    Rule("cda.act", ".", "h:documentationOf/h:serviceEvent", "at least one act", _MIN),
    Rule("cda.act.time", _PRINCIPAL, "count(h:effectiveTime/h:low/@value)=1",
         "the principal act has a start", _MIN),
    Rule("cda.act.period", "h:documentationOf/h:serviceEvent/h:effectiveTime", "h:low/@value",
         "the time of an act has a start", _MIN),
    Rule("cda.act.code", "h:documentationOf/h:serviceEvent/h:code",
         "(@code and @codeSystem and not(@nullFlavor)) or (@nullFlavor and not(@code))",
         "an act has a code with its system, or a nullFlavor", _MIN),
    Rule("cda.act.ccam", "h:documentationOf/h:serviceEvent/h:code",
         "not(@codeSystem='1.2.250.1.213.2.5')", f"the OID of CCAM is {CCAM}", _OURS),
    Rule("cda.act.performer", _PRINCIPAL, "count(h:performer)=1",
         "the principal act has one performer", _MIN),
    Rule("cda.act.performer.id", _PERFORMER, "count(h:id)=1", "a performer has one id", _MIN),
    Rule("cda.act.practice", _PERFORMER,
         "count(h:representedOrganization/h:standardIndustryClassCode[@code and @codeSystem and "
         "@displayName])=1",
         "a performer has a structure with its practice setting", _MIN),
    Rule("cda.related", "h:relatedDocument", "count(h:parentDocument/h:id[@root])=1",
         "the replaced document has an id with a root", _MIN),
    Rule("cda.related.type", "h:relatedDocument", "@typeCode='RPLC'",
         "only RPLC is in use", _MIN, _WARN),
    Rule("cda.related.one", ".", "count(h:relatedDocument[@typeCode='RPLC'])<=1",
         "one document is replaced at most", _MIN),
    Rule("cda.related.itself", "h:relatedDocument[@typeCode='RPLC']",
         "not(h:parentDocument/h:id[@root=../../../h:id/@root and "
         "string(@extension)=string(../../../h:id/@extension)])",
         "a document does not replace itself", _OURS),
    Rule("cda.consent", "h:authorization/h:consent",
         "count(h:code)=1 and (h:statusCode/@code='completed' or h:statusCode/@nullFlavor)",
         "a consent has a code and is completed", _MIN),
    Rule("cda.encounter", ".", f"count({_ENCOUNTER})=1", "one encompassing encounter", _MIN),
    Rule("cda.encounter.time", _ENCOUNTER,
         "count(h:effectiveTime)=1 and (h:effectiveTime/@nullFlavor or h:effectiveTime/@value or "
         "h:effectiveTime/h:low or h:effectiveTime/h:high)",
         "the encounter has a time, possibly with a nullFlavor", _MIN),
    Rule("cda.encounter.code", f"{_ENCOUNTER}/h:code", told.in_set("J142"),
         "the encounter code is of JDV_J142", _MIN),
    Rule("cda.encounter.code.complete", f"{_ENCOUNTER}/h:code", _COMPLETE,
         "code, codeSystem and displayName", _MIN),
    Rule("cda.encounter.discharge", f"{_ENCOUNTER}/h:dischargeDispositionCode",
         "@code and @displayName and @codeSystem='1.2.250.1.213.2.14'",
         "the discharge disposition is of 1.2.250.1.213.2.14, with its label", _MIN),
    Rule("cda.encounter.participant", f"{_ENCOUNTER}/h:encounterParticipant",
         "contains(' ADM ATND CON DIS REF RESP ', concat(' ', @typeCode, ' '))",
         "the type is of JDV_J140", _MIN),
    Rule("cda.facility", ".", f"count({_FACILITY})=1", "one facility type", _MIN),
    Rule("cda.facility.complete", _FACILITY, _COMPLETE, "code, codeSystem and displayName", _MIN),
    Rule("cda.facility.j02", _FACILITY, told.in_set("J02"), "the facility type is of JDV_J02",
         _MIN),
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
    Rule("cda.ii.root", "//h:id | //h:setId | //h:templateId", told.is_root,
         "a root is an OID or a UUID", _TYPES),
    Rule("cda.ii.null", "//h:id | //h:setId", told.is_rooted,
         "an id has a root, or says why not", _TYPES),
    Rule("cda.ii.length", "//h:id | //h:setId", told.is_short,
         "an extension is 64 characters at most", _TYPES, _WARN),
    Rule("cda.ii.twice", _HOLDERS, told.distinct("id"), "no identifier twice", _TYPES),
    Rule("cda.ts", f"{_TIMES} | //h:birthTime", told.is_time,
         "a time is a real one, written as HL7 does", _TYPES),
    Rule("cda.ts.zone", _TIMES, told.is_zoned,
         "a time of day has its zone, and a day has none", _OURS),
    Rule("cda.ivl", "//h:time | //h:effectiveTime", told.is_ordered,
         "an interval does not end before it starts", _OURS),
    Rule("cda.ivl.equal", f"h:participant/h:time | {_ENCOUNTER}/h:effectiveTime | {_ENCOUNTER}/"
         "h:encounterParticipant/h:time | h:documentationOf/h:serviceEvent/h:performer/h:time",
         "not(h:low/@value = h:high/@value)", "the bounds of an interval differ", _TYPES),
    Rule("cda.cd", "//h:code | //h:functionCode | //h:translation | //h:confidentialityCode | "
         "//h:administrativeGenderCode | //h:standardIndustryClassCode | "
         "//h:dischargeDispositionCode", told.has_system,
         "a code has its codeSystem", _TYPES),
    Rule("cda.cd.system", "//h:code | //h:functionCode | //h:translation | "
         "//h:confidentialityCode | //h:administrativeGenderCode | "
         "//h:standardIndustryClassCode | //h:dischargeDispositionCode", told.has_oid_system,
         "a codeSystem is an OID", _TYPES),
    Rule("cda.cd.null", "//h:code | //h:functionCode", told.holds_null,
         "only OTH, NA or UNC holds a text beside it", _TYPES),
    Rule("cda.cd.twice", "//h:code", told.distinct("translation"), "no translation twice", _TYPES),
    Rule("cda.tel", "//h:telecom", told.is_telecom,
         "a telecom is tel:, fax:, mailto:, http:, ftp: or mllp: without space, or says why not",
         _TYPES),
    Rule("cda.tel.use", "//h:telecom", told.use_in(TELECOM_USES), "one use of a telecom", _TYPES),
    Rule("cda.tel.twice", _HOLDERS, told.distinct("telecom"), "no telecom twice", _TYPES),
    Rule("cda.ad.use", "//h:addr", told.use_in(ADDRESS_USES), "one use of an address", _TYPES),
    Rule("cda.ad.lines", "//h:addr", told.at_most(7, "streetAddressLine"),
         "7 lines at most", _TYPES),
    Rule("cda.ad.empty", "//h:streetAddressLine | //h:houseNumber | //h:houseNumberNumeric | "
         "//h:streetName | //h:streetNameType | //h:additionalLocator | //h:unitID | //h:postBox "
         "| //h:precinct | //h:postalCode | //h:city | //h:county | //h:state | //h:country",
         told.is_filled, "no empty part of an address", _OURS),
    Rule("cda.ad.twice", _HOLDERS, told.distinct("addr"), "no address twice", _TYPES),
    Rule("cda.null.beside", _HOLDERS, told.none_beside(("telecom", "addr", "name")),
         "no nullFlavor beside a telecom, an address or a name that has a value", _TYPES),
    Rule("cda.name.empty", "//h:given | //h:family", told.is_filled, "no empty part of a name",
         _OURS),
    Rule("cda.name.prefix", "//h:prefix", told.text_in(CIVILITIES),
         "a civility is of JDV_J245", _MIN),
    Rule("cda.name.suffix", "//h:suffix", told.text_in(TITLES), "a title is of JDV_J246", _MIN),
)  # fmt: skip
