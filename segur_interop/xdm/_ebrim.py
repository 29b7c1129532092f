"""Names that ebXML RIM gives to the XDS attributes, both when writing and when reading.

(IHE ITI TF-3 4.2.3 and table 4.2.5; ANS IHE_XDM official examples. Those of the folder, which
French exchanges do not use, serve only to tell a folder from a lot.)
"""

from __future__ import annotations

from typing import Final

LCM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0"
RIM: Final = "urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"
XML: Final = "http://www.w3.org/XML/1998/namespace"

APPROVED: Final = "urn:oasis:names:tc:ebxml-regrep:StatusType:Approved"
_OBJECT: Final = "urn:oasis:names:tc:ebxml-regrep:ObjectType:RegistryObject:"
CLASSIFICATION_TYPE: Final = f"{_OBJECT}Classification"
IDENTIFIER_TYPE: Final = f"{_OBJECT}ExternalIdentifier"
ASSOCIATION_TYPE: Final = f"{_OBJECT}Association"
PACKAGE_TYPE: Final = f"{_OBJECT}RegistryPackage"
HAS_MEMBER: Final = "urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember"

_RELATION: Final = "urn:ihe:iti:2007:AssociationType:"
RPLC: Final = f"{_RELATION}RPLC"
XFRM: Final = f"{_RELATION}XFRM"
"""Replaces; is another form of. (IHE ITI TF-3 4.2.2.2)"""

STABLE_DOCUMENT: Final = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
SUBMISSION_MARKER: Final = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
FOLDER_MARKER: Final = "urn:uuid:d9d542f3-6cc4-48b6-8870-ea235fbc94c2"

ENTRY_AUTHOR: Final = "urn:uuid:93606bcf-9494-43ec-9b4e-a7748d1a838d"
SUBMISSION_AUTHOR: Final = "urn:uuid:a7058bb9-b4e4-4307-ba5b-e3f0ab85e12d"
CONTENT_TYPE: Final = "urn:uuid:aa543740-bdda-424e-8c96-df4873be8500"

ENTRY_CODES: Final = (
    ("event_codes", "urn:uuid:2c6b8cb7-8b2a-4051-b291-b1ae6a575ef4"),
    ("class_code", "urn:uuid:41a5887f-8865-4c09-adf7-e362475b143a"),
    ("confidentiality_codes", "urn:uuid:f4f85eac-e6cb-4883-b524-f2705394840f"),
    ("format_code", "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d"),
    ("healthcare_facility_type_code", "urn:uuid:f33fb8ac-18af-42cc-ae0e-ed0b0bdb91e1"),
    ("practice_setting_code", "urn:uuid:cccf5598-8b07-4b77-a05e-ae952c785ead"),
    ("type_code", "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983"),
)
"""Coded attributes of a document, in the order they are written, with their scheme."""

ENTRY_IDS: Final = (
    ("patient_id", "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427", "XDSDocumentEntry.patientId"),
    ("unique_id", "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab", "XDSDocumentEntry.uniqueId"),
)
SUBMISSION_IDS: Final = (
    ("patient_id", "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446", "XDSSubmissionSet.patientId"),
    ("source_id", "urn:uuid:554ac39e-e3fe-47fe-b233-965d2a147832", "XDSSubmissionSet.sourceId"),
    ("unique_id", "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8", "XDSSubmissionSet.uniqueId"),
)
"""External identifiers, in the order they are written: field, scheme, label."""

ENTRY_SLOTS: Final = (
    ("action", "urn:action:extraMetadataSlot"),
    ("hash", "hash"),
    ("size", "size"),
    ("uri", "URI"),
    ("creation_time", "creationTime"),
    ("language_code", "languageCode"),
    ("legal_authenticator", "legalAuthenticator"),
    ("service_start_time", "serviceStartTime"),
    ("service_stop_time", "serviceStopTime"),
    ("source_patient_id", "sourcePatientId"),
    ("source_patient_info", "sourcePatientInfo"),
    ("reference_ids", "urn:ihe:iti:xds:2013:referenceIdList"),
)
"""Slots of a document, in the order they are written."""

AUTHOR_SLOTS: Final = (
    ("institutions", "authorInstitution"),
    ("person", "authorPerson"),
    ("roles", "authorRole"),
    ("specialties", "authorSpecialty"),
    ("telecoms", "authorTelecommunication"),
)
"""Slots of an author, in the order they are written."""
