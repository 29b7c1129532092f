"""The fields of the segments, as data. `segments.py` says how to read a row."""

from __future__ import annotations

from typing import Final

__all__ = ["ROWS"]

_PAM: Final = "PAM France 2.11; IHE ITI TF-4 §4.1"
_PAM_211: Final = "PAM France 2.11 (official examples; a public third-party profile)"
_HL7: Final = "HL7 v2.5"
_CDA: Final = "ANS guide, Transmission de documents CDA-R2 en HL7v2, 2.1.2"

ROWS: Final[dict[str, tuple[str, str]]] = {
    "MSH": (f"{_PAM}.1.4; {_HL7} §2.15.9", """
        1 field_separator ST R
        2 encoding_characters ST R
        3 sending_application HD R
        4 sending_facility HD R
        5 receiving_application HD R
        6 receiving_facility HD R
        7 time TS R
        8 security ST X
        9 message_type MSG R
        10 control_id ST R
        11 processing PT R
        12 version VID R
        13 sequence_number NM O
        14 continuation ST X
        15 accept_acknowledgment ID O
        16 application_acknowledgment ID O
        17 country ID RE
        18 charset ID C *
        19 language CE RE
        20 alternate_charset_handling ID X
        21 profile EI RE *
    """),
    "EVN": (f"{_PAM}.1.3", """
        1 event_code ID X
        2 recorded TS R
        3 planned TS C
        4 reason IS O
        5 operator XCN O *
        6 occurred TS C
        7 facility HD RE
    """),
    "PID": (f"{_PAM}.1.5", """
        1 set_id SI O
        2 patient_id CX X
        3 identifiers CX R *
        4 alternate_ids CX X *
        5 names XPN R *
        6 mother_maiden_name XPN O *
        7 birth_date TS RE
        8 sex IS RE
        9 aliases XPN X *
        10 race CE X *
        11 addresses XAD RE *
        12 county IS X
        13 telecoms XTN O *
        14 business_telecoms XTN O *
        15 language CE O
        16 marital_status CE O
        17 religion CE X
        18 account CX C
        19 social_security ST X
        20 driver_license DLN X
        21 mother_ids CX O *
        22 ethnic_group CE X *
        23 birth_place ST O
        24 multiple_birth ID O
        25 birth_order NM C
        26 citizenship CE O *
        27 veteran_status CE O
        28 nationality CE X
        29 death_time TS O
        30 death_indicator ID O
        31 unknown_identity ID C
        32 reliability IS R *
        33 updated TS RE
        34 updating_facility HD O
    """),
    "PD1": (f"{_PAM}", """
        1 living_dependency IS O *
        2 living_arrangement IS O
        3 primary_facility XON O *
        5 student IS O
        6 handicap IS O
        7 living_will IS O
        8 organ_donor IS O
        9 separate_bill ID O
        10 duplicate_patient CX O *
        11 publicity CE O
        12 protection ID O
        13 protection_date DT O
        15 advance_directive CE O *
    """),
    "NK1": (f"{_PAM}.2.3", """
        1 set_id SI R
        2 names XPN O *
        3 relationship CE O
        4 addresses XAD O *
        5 telecoms XTN O *
        6 business_telecoms XTN O *
        7 role CE O
        8 start DT O
        9 end DT O
        10 job_title ST O
        11 job_code JCC O
        12 employee_number CX O
        13 organization XON O *
        14 marital_status CE O
        15 sex IS O
        16 birth_date TS O
        20 language CE O
        25 religion CE X
        28 ethnic_group CE X *
        30 contact_names XPN O *
        31 contact_telecoms XTN O *
        32 contact_addresses XAD O *
        33 identifiers CX R *
        35 race CE X *
    """),
    "ROL": (f"{_PAM}.2.2", """
        1 instance EI O
        2 action ID R
        3 role CE R
        4 persons XCN R *
        5 start TS O
        6 end TS O
        7 duration CE O
        8 action_reason CE O
        9 provider_type CE O *
        10 organization_type CE O
        11 addresses XAD O *
        12 telecoms XTN O *
    """),
    "PV1": (f"{_PAM}.2.4", """
        1 set_id SI O
        2 patient_class IS R
        3 location PL C
        4 admission_type IS O
        5 preadmission CX C
        6 prior_location PL C
        7 attending XCN O *
        8 referring XCN O *
        9 consulting XCN X *
        10 service IS O
        11 temporary_location PL O
        12 preadmission_test IS O
        13 readmission IS O
        14 admit_source IS O
        15 ambulatory_status IS O *
        16 vip IS O
        17 admitting XCN O *
        18 patient_type IS O
        19 visit CX C
        20 financial_class FC O *
        21 charge_price IS O
        22 courtesy IS O
        23 credit_rating IS O
        24 contract_code IS O *
        25 contract_start DT O *
        26 contract_amount NM O *
        27 contract_period NM O *
        28 interest IS O
        29 bad_debt_code IS O
        30 bad_debt_date DT O
        31 bad_debt_agency IS O
        32 bad_debt_transfer NM O
        33 bad_debt_recovery NM O
        34 account_deletion IS O
        35 account_deletion_date DT O
        36 discharge_disposition IS O
        37 discharged_to DLD O
        38 diet CE O
        39 servicing_facility IS O
        40 bed_status IS X
        41 account_status IS O
        42 pending_location PL O
        43 prior_temporary_location PL O
        44 admitted TS O
        45 discharged TS O *
        46 balance NM O
        47 total_charges NM O
        48 total_adjustments NM O
        49 total_payments NM O
        50 alternate_visit CX O
        51 visit_indicator IS O
        52 other_provider XCN X *
    """),
    "PV2": (f"{_PAM}.2.5", """
        1 prior_pending_location PL O
        2 accommodation CE O
        3 admit_reason CE O <2.11
        4 transfer_reason CE O
        5 valuables ST O *
        6 valuables_location ST O
        7 visit_user_code IS O *
        8 expected_admission TS O
        9 expected_discharge TS O
        10 estimated_days NM O
        11 actual_days NM O
        12 description ST O
        13 referral_source XCN O *
        14 previous_service DT O
        15 employment_illness ID O
        16 purge_status IS O
        17 purge_date DT O
        18 special_program IS O
        19 retention ID O
        20 insurance_plans NM O
        21 publicity IS O
        22 protection ID O
        23 clinic XON O *
        24 patient_status IS O
        25 priority IS O
        26 previous_treatment DT O
        27 expected_disposition IS O
        28 signature_date DT O
        29 first_similar_illness DT O
        30 charge_adjustment CE O
        31 recurring_service IS O
        32 billing_media ID O
        33 expected_surgery TS O
        36 newborn ID O
        37 baby_detained ID O
        38 arrival_mode CE RE
        39 recreational_drugs CE O *
        40 acuity CE O
        41 precaution CE O *
        42 condition CE O
        43 living_will IS O
        44 organ_donor IS O
        45 advance_directive CE O *
        46 status_date DT O
        47 expected_return TS O
    """),
    "MRG": (f"{_PAM_211}", """
        1 identifiers CX R *
        2 alternate_ids CX X *
        3 account CX O
        4 patient_id CX X
        5 visit CX X
        6 alternate_visit CX X
        7 names XPN O *
    """),
    "ZBE": (f"{_PAM}.2.7", """
        1 ids EI R *
        2 start TS R
        3 end TS X
        4 action ID R
        5 historic ID R
        6 original_event ID C
        7 medical_unit XON C
        8 care_unit XON C
        9 nature CWE R
    """),
    "ZFA": (f"{_PAM}.2.8; official examples of the DMP consent", """
        1 status ID RE
        2 status_date TS RE
        3 closed_date TS RE
        4 access ID RE <2.11
        5 access_date TS RE <2.11
        6 bris_de_glace_opposition ID RE <2.11
        7 centre_15_opposition ID RE <2.11
        8 opposition_date TS RE <2.11
        9 alimentation CWE RE >=2.11
        10 alimentation_date TS RE >=2.11
        11 consultation CWE RE >=2.11
        12 consultation_date TS RE >=2.11
    """),
    "ZFP": (f"{_PAM_211}", """
        1 activity ID RE
        2 category ID RE
    """),
    "ZFV": (f"{_PAM}.2.9", """
        1 origin DLD O
        2 discharge_transport CE O
        3 pre_admission_type CE X
        4 placement_start TS O
        5 placement_end TS O
        6 addresses XAD O *
        7 origin_account CX O
        8 archives CX O *
        9 custom_discharge IS O
        10 rim_p IS C <2.11
        11 transport_care CE O ?
    """),
    "ZFM": (f"{_PAM}.2.10", """
        1 entry_mode IS RE
        2 discharge_mode IS RE
        3 origin IS RE
        4 destination IS RE
        5 emergency_passage IS RE >=2.11 ?
    """),
    "ZFD": (f"{_PAM_211}", """
        1 lunar_birth_date NA O
        2 gestation_weeks NM O
        3 sms_consent ID O
        4 birth_date_corrected ID RE
        5 identity_source IS RE
        6 insi_time TS RE
        7 document IS RE ?
        8 document_end TS RE ?
    """),
    "ZFS": (f"{_PAM_211}", """
        1 set_id SI R
        2 legal_mode_id EI R
        3 start TS R
        4 end TS RE
        5 action ID R
        6 legal_mode CWE R
        7 rim_p CNE RE
        8 comment FT O
    """),
    "ORC": (f"{_HL7} §4.5.1; {_CDA}", """
        1 control ID R
        2 placer_number EI O
        3 filler_number EI O
        4 group_number EI O
        5 status ID O
        9 time TS O
        10 entered_by XCN O *
        12 ordering_provider XCN O *
        13 enterer_location PL O
        14 callback XTN O *
        15 effective TS O
        16 reason CE O
        17 organization CE O
        21 ordering_facility XON O *
    """),
    "OBR": (f"{_HL7} §4.5.3; {_CDA}", """
        1 set_id SI O
        2 placer_number EI O
        3 filler_number EI O
        4 service CE R
        7 start TS O
        8 end TS O
        10 collector XCN O *
        16 ordering_provider XCN O *
        22 status_changed TS O
        24 diagnostic_section ID O
        25 result_status ID O
        28 copies_to XCN O *
        31 reason CE O *
        32 principal_interpreter NDL O
    """),
    "TXA": (f"{_HL7} §9.6.1; {_CDA}", """
        1 set_id SI R
        2 document_type IS R
        3 content_type ID R
        4 activity_time TS O
        5 activity_provider XCN O *
        6 origination_time TS O
        7 transcription_time TS O
        8 edit_time TS O *
        9 originator XCN O *
        10 authenticator XCN O *
        11 transcriptionist XCN O *
        12 document EI R
        13 parent_document EI C
        14 placer_number EI O *
        15 filler_number EI O
        16 file_name ST O
        17 completion ID R
        18 confidentiality ID O
        19 availability ID O
        20 storage ID O
        21 change_reason ST O
        22 authentication PPN O *
        23 distributed_to XCN O *
    """),
    "OBX": (f"{_HL7} §7.4.2; {_CDA}", """
        1 set_id SI O
        2 value_type ID C
        3 code CE R
        4 sub_id ST C
        5 value varies C *
        6 units CE O
        7 range ST O
        8 flags IS O *
        9 probability NM O
        10 abnormal_nature ID O *
        11 status ID R
        14 time TS O
        15 producer CE O
        16 observer XCN O *
        17 method CE O *
        19 analysis_time TS O
    """),
    "NTE": (f"{_HL7} §2.15.10; {_CDA}", """
        1 set_id SI O
        2 source ID O
        3 comment FT O *
        4 comment_type CE O
    """),
    "PRT": (f"HL7 v2.9 §7.4.4; {_CDA}", """
        1 instance EI O
        2 action ID R
        3 reason CWE O
        4 participation CWE R
        5 persons XCN C *
        6 provider_type CWE O
        7 organization_unit_type CWE O
        8 organizations XON C *
        9 location PL O *
        10 devices EI O *
        11 start TS O
        12 end TS O
        13 duration CWE O *
        14 addresses XAD O *
        15 telecoms XTN O *
    """),
    "MSA": (f"{_HL7} §2.15.8; IHE ITI TF-2 appendix C.2.3", """
        1 code ID R
        2 control_id ST R
        3 text ST X
        4 expected_sequence NM O
        5 delayed_acknowledgment ID X
        6 error CE X
    """),
    "ERR": (f"{_HL7} §2.15.5; IHE ITI TF-2 appendix C.2.3", """
        1 location_and_code ELD X *
        2 location ERL O *
        3 code CWE R
        4 severity ID R
        5 application_code CWE C
        6 parameter ST O *
        7 diagnostic TX O
        8 user_message TX O
    """),
}  # fmt: skip
"""Segment → (source, rows)."""
