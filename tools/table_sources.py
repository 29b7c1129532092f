"""What the package bundles, and from which official source: the list `update_tables.py` reads.

Add a value set of the ANS CDA kit by its name, a CSV by a `Table`; OID and revision stay None when
no source states them.
"""

from __future__ import annotations

from dataclasses import dataclass

KIT_SOURCE = "ANS CDA kit (TestContenuCDA-3-0), jeuxDeValeurs"

KIT_HEADER_AND_METADATA = (
    "JDV_J01_XdsAuthorSpecialty_CISIS",
    "JDV_J02_XdsHealthcareFacilityTypeCode_CISIS",
    "JDV_J04_XdsPracticeSettingCode_CISIS",
    "JDV_J07_XdsTypeCode_CISIS",
    "JDV_J08_XdsConfidentialityCode_CISIS",
    "JDV_J11_RelationPatient_CISIS",
    "JDV_J47_FunctionCode_CISIS",
    "JDV_J48_ProfessionNonPS_CISIS",
    "JDV_J113_Civilite_ENREG",
    "JDV_J140_EncounterParticipationType_CISIS",
    "JDV_J141_RoleClass_CISIS",
    "JDV_J142_TypeRencontre_CISIS",
    "JDV_J143_AdministrativeGender_CISIS",
    "JDV_J144_ParticipationType_CISIS",
    "JDV_J197_XdsTypesIdentifiantsReferenceId_CISIS",
    "JDV_J231_XdsTypesIdentifiantsReferenceId_DMP",
    "JDV_J245_Civilite_CISIS",
    "JDV_J246_Titre_CISIS",
    "JDV_HL7_Confidentiality_CISIS",
)
KIT_VACCINATION = (
    "JDV_AbsentOrUnknownImmunization_CISIS",
    "JDV_HL7_ActSubstanceAdministrationImmunizationCode_CISIS",
    "JDV_ImmunizationApproachSiteCode_CISIS",
    "JDV_ImmunizationRouteCodes_CISIS",
)
KIT_LEVEL_3_READING = (
    "JDV_AbsentOrUnknownAllergy_CISIS",
    "JDV_AbsentOrUnknownDevices_CISIS",
    "JDV_AbsentOrUnknownMedication_CISIS",
    "JDV_AbsentOrUnknownProblem_CISIS",
    "JDV_AbsentOrUnknownProcedure_CISIS",
    "JDV_HL7_ActStatus_CISIS",
    "JDV_HL7_ConditionClinical_CISIS",
    "JDV_HL7_ObservationInterpretation_CISIS",
    "JDV_HL7_ObservationIntoleranceType_CISIS",
    "JDV_HL7_TimingEvent_CISIS",
    "JDV_HL7_allergy_intolerance_criticality_CISIS",
    "JDV_HL7_allergyintolerance_clinical_CISIS",
    "JDV_HL7_condition_ver_status_CISIS",
    "JDV_HealthStatusCodes_CISIS",
    "JDV_HumanSubstanceAdministrationSite_CISIS",
    "JDV_IndicateurAnormalite_CISIS",
    "JDV_MediaType_ObservationMedia_CISIS",
    "JDV_ModaliteEntree_CISIS",
    "JDV_ModaliteSortie_CISIS",
    "JDV_ProblemCodes_CISIS",
    "JDV_RouteofAdministration_CISIS",
    "JDV_SeveriteObservation_CISIS",
    "JDV_SocialHistoryCodes_CISIS",
    "JDV_StatutDoc_CISIS",
)

KIT_VALUE_SETS = (*KIT_HEADER_AND_METADATA, *KIT_VACCINATION, *KIT_LEVEL_3_READING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A CSV source. OID and revision are None when no source states them."""

    name: str
    file: str
    source: str
    label: str | None = None
    oid: str | None = None
    revision: str | None = None
    transcribed: bool = False


_NOS = "ANS NOS, "
CSV_VALUE_SETS = (
    Table(
        name="JDV_J57_ClassCode_DMP",
        file="xds_classcode_dmp_J57.csv",
        source=_NOS + "JDV_J57-ClassCode-DMP",
        oid="1.2.250.1.213.1.1.5.6",
        revision="2023-09-22",
    ),
    Table(
        name="JDV_J58_ConfidentialityCode_DMP",
        file="JDV_J58_ConfidentialityCode_DMP.csv",
        source=_NOS + "JDV_J58-ConfidentialityCode-DMP version 1.1.0",
        label="Jeu de valeurs pour métadonnée confidentialityCode",
        oid="1.2.250.1.213.1.1.5.9",
        revision="2020-04-24",
        transcribed=True,
    ),
    Table(
        name="JDV_J59_ContentTypeCode_DMP",
        file="xds_contenttypecode_dmp_J59.csv",
        source=_NOS + "JDV_J59-ContentTypeCode-DMP version 20260928",
        oid="1.2.250.1.213.1.1.5.2",
        revision="2026-09-28",
    ),
    Table(
        name="JDV_J60_FormatCode_DMP",
        file="xds_formatcode_dmp_J60.csv",
        source=_NOS + "JDV_J60-FormatCode-DMP version 20260928",
        oid="1.2.250.1.213.1.1.5.8",
        revision="2026-09-28",
    ),
    Table(
        name="JDV_J61_HealthcareFacilityTypeCode_DMP",
        file="xds_healthcarefacility_dmp_J61.csv",
        source=_NOS + "JDV_J61-HealthcareFacilityTypeCode-DMP version 20240927",
        oid="1.2.250.1.213.1.1.5.3",
        revision="2024-09-27",
    ),
    Table(
        name="JDV_J66_TypeCode_DMP",
        file="JDV_J66_TypeCode_DMP.csv",
        source=_NOS + "JDV_J66-TypeCode-DMP version 20240927120000",
        label="Jeu de valeurs pour métadonnée typeCode DMP",
        oid="1.2.250.1.213.1.1.5.7",
        revision="2024-09-27",
        transcribed=True,
    ),
)
ASS_X16 = Table(
    name="ASS_X16_CorrespondanceType_Classe_DMP",
    file="xds_typecode_to_classcode_dmp_ASS_X16.csv",
    source=_NOS + "ASS_X16-CorrespondanceType-Classe-DMP version 20240223",
    oid="1.2.250.1.213.1.1.5.587",
    revision="2024-02-23",
)
ASS_X04 = Table(
    name="ASS_X04_CorrespondanceType_Classe_CISIS",
    file="ASS_X04_CorrespondanceType_Classe_CISIS.csv",
    source=_NOS + "ASS_X04-CorrespondanceType-Classe-CISIS version 20240426120000",
    label="Correspondance entre types et classes de documents CI-SIS",
    oid="1.2.250.1.213.1.1.4.249",
    revision="2024-04-26",
    transcribed=True,
)
ASS_A11 = Table(
    name="ASS_A11_CorresModeleCDA_XdsFormatCode_CISIS",
    file="xds_formatcode_by_cda_template_ASS_A11.csv",
    source=_NOS + "ASS_A11-CorresModeleCDA-XdsFormatCode-CISIS version 5.0.0 (draft)",
)
ASS_A12 = Table(
    name="ASS_A12",
    file="xds_formatcode_by_n1_mediatype_ASS_A12.csv",
    source=_NOS + "ASS_A12",
)
XDM_EXAMPLES = Table(
    name="XDM_EXAMPLES_TemplateFormatCode",
    file="xdm_official_examples_codes.csv",
    source="ANS IHE_XDM official examples: templates that ASS_A11 lacks, with a code of JDV_J60",
)
CSV_TWINS = {
    "JDV_J01_XdsAuthorSpecialty_CISIS": "xds_authorspecialty_cisis_J01.csv",
    "JDV_J02_XdsHealthcareFacilityTypeCode_CISIS": "xds_healthcarefacility_cisis_J02.csv",
    "JDV_J04_XdsPracticeSettingCode_CISIS": "xds_practicesetting_cisis_J04.csv",
    "JDV_J07_XdsTypeCode_CISIS": "xds_typecode_cisis_J07.csv",
    "JDV_J08_XdsConfidentialityCode_CISIS": "xds_confidentiality_cisis_J08.csv",
    "JDV_J47_FunctionCode_CISIS": "xds_functioncode_cisis_J47.csv",
    "JDV_J197_XdsTypesIdentifiantsReferenceId_CISIS": "xds_referenceid_types_cisis_J197.csv",
    "JDV_J231_XdsTypesIdentifiantsReferenceId_DMP": "xds_referenceid_types_dmp_J231.csv",
}
"""Tables that exist twice: the kit is the source, the CSV is only compared."""

SYSTEMS_LEFT_BLANK = {
    ("xds_contenttypecode_dmp_J59.csv", "tre", "TRE_R276"): "1.2.250.1.213.1.6.1.128",
    (
        "xds_typecode_to_classcode_dmp_ASS_X16.csv",
        "type_code",
        "11526-1",
    ): "2.16.840.1.113883.6.1",
}
"""(file, column, value) → the OID that the CSV leaves blank: that of NOS TRE_R276-FormeActivite,
and the source system of 11526-1 in ASS_X04."""

XDS_SD_TEMPLATE = "1.3.6.1.4.1.19376.1.2.20"
