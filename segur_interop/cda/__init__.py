"""CDA R2 documents: written at level 1, read at every level; the note de vaccination."""

from __future__ import annotations

from segur_interop.cda._content import Body
from segur_interop.cda._entries.attachments import Attachment
from segur_interop.cda._entries.conditions import Allergy, Problem
from segur_interop.cda._entries.imaging import ImagingAct, ImagingSeries, ImagingStudy
from segur_interop.cda._entries.medications import Dosage, Frequency, Medication
from segur_interop.cda._entries.observations import Observation
from segur_interop.cda._entries.prescription import Prescription
from segur_interop.cda._entries.procedures import MedicalDevice, Procedure
from segur_interop.cda._entries.products import Ingredient, Product
from segur_interop.cda._entries.record import Record
from segur_interop.cda._entries.results import Isolate, ReferenceRange, Result
from segur_interop.cda._entries.rows import to_rows
from segur_interop.cda._entries.vaccinations import Vaccination
from segur_interop.cda._entries.values import Concept, Interval, Quantity, Ratio, Value
from segur_interop.cda._narrative import Narrative
from segur_interop.cda.document import Document, Relation
from segur_interop.cda.document_type import DocumentType, Setting
from segur_interop.cda.read import check, read
from segur_interop.cda.rules import RULES, Rule
from segur_interop.cda.sections import Entry, Section
from segur_interop.cda.structured import FAMILIES, Structured
from segur_interop.cda.vaccination import (
    AntigenDose,
    Reaction,
    VaccinationAct,
    Vaccine,
    vaccination_note,
)
from segur_interop.cda.wrap import PlainText, wrap

__all__ = [
    "FAMILIES",
    "RULES",
    "Allergy",
    "AntigenDose",
    "Attachment",
    "Body",
    "Concept",
    "Document",
    "DocumentType",
    "Dosage",
    "Entry",
    "Frequency",
    "ImagingAct",
    "ImagingSeries",
    "ImagingStudy",
    "Ingredient",
    "Interval",
    "Isolate",
    "MedicalDevice",
    "Medication",
    "Narrative",
    "Observation",
    "PlainText",
    "Prescription",
    "Problem",
    "Procedure",
    "Product",
    "Quantity",
    "Ratio",
    "Reaction",
    "Record",
    "ReferenceRange",
    "Relation",
    "Result",
    "Rule",
    "Section",
    "Setting",
    "Structured",
    "Vaccination",
    "VaccinationAct",
    "Vaccine",
    "Value",
    "check",
    "read",
    "to_rows",
    "vaccination_note",
    "wrap",
]
