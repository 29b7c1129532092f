"""Records as rows of a table: plain text, numbers, booleans and None."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from typing import Any, Final

from segur_interop._time import Timestamp
from segur_interop.cda._entries.attachments import Attachment
from segur_interop.cda._entries.conditions import Allergy, Condition
from segur_interop.cda._entries.imaging import ImagingAct, ImagingStudy
from segur_interop.cda._entries.medications import Medication
from segur_interop.cda._entries.observations import Observation
from segur_interop.cda._entries.procedures import MedicalDevice, Procedure
from segur_interop.cda._entries.record import Record
from segur_interop.cda._entries.results import Isolate, Result
from segur_interop.cda._entries.vaccinations import Vaccination
from segur_interop.cda._entries.values import Concept, Interval, Quantity, Ratio
from segur_interop.model import Participant, Period

__all__ = ["to_rows"]

Row = dict[str, object]


def to_rows(records: Iterable[Record]) -> list[Row]:
    """Records as dicts that pandas or polars take as they are; nothing of them is masked.

    A number is a float, and its exact digits are in the column of text beside it. Times are HL7
    text, which keeps their precision. Several values are joined by semicolons.

    Args:
        records: of one family, so that all rows have the same keys.
    """
    return [_row(record) for record in records]


def _row(record: Record) -> Row:
    row: Row = {
        "place": record.place,
        "section": record.section.code if record.section else None,
        **_coded("", record.code),
        "label": record.label or None,
        **_period("time", record.time),
        "status": record.status or None,
        "mood": record.mood or None,
        "negated": record.negated,
        "text": record.text or None,
        "comments": _joined(record.comments),
    }
    for kind, columns in _COLUMNS:
        if isinstance(record, kind):
            row.update(columns(record))
    return row


def _coded(name: str, concept: Concept | None) -> Row:
    """The first code, its system, and all of them as `system|code`."""
    codes = concept.codes if concept else ()
    start = f"{name}_" if name else ""
    return {
        f"{start}code": codes[0].code if codes else None,
        f"{start}system": codes[0].system or None if codes else None,
        f"{start}codes": _joined(f"{code.system}|{code.code}" for code in codes),
    }


def _labels(name: str, concepts: Iterable[Concept | None]) -> Row:
    return {name: _joined(item.label for item in concepts if item is not None)}


def _joined(texts: Iterable[str]) -> str | None:
    return "; ".join(filter(None, texts)) or None


def _period(name: str, period: Period | None) -> Row:
    low, high = (period.low, period.high) if period else (None, None)
    return {
        f"{name}_low": None if low is None else str(low),
        f"{name}_high": None if high is None else str(high),
    }


def _quantity(name: str, value: object) -> Row:
    """A quantity, or the bounds of an interval: none that would need a unit of its own."""
    low = high = exact = None
    unit = value.unit if isinstance(value, (Interval, Quantity)) else ""
    if isinstance(value, Interval):
        bounds = [item for item in (value.low, value.high) if item is not None and item.unit]
        if unit or not bounds:
            low, high = value.low, value.high
    elif isinstance(value, Quantity):
        exact = value
    return {
        f"{name}_number": _float(exact),
        f"{name}_low": _float(low),
        f"{name}_high": _float(high),
        f"{name}_unit": unit or None,
    }


def _float(quantity: Quantity | None) -> float | None:
    """The nearest number of a computer; None where it has none (a column of text tells it all)."""
    if quantity is None or quantity.value is None:
        return None
    number = float(quantity.value)
    return number if math.isfinite(number) else None


def _value(value: object) -> Row:
    """A value of any type: its words, its number, its code, its truth."""
    concept = value if isinstance(value, Concept) else None
    return {
        "value_text": _shown(value),
        **_quantity("value", value),
        **_coded("value", concept),
        "value_boolean": value if isinstance(value, bool) else None,
    }


def _shown(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, Concept):
        return value.label or None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Period):
        return "/".join("" if item is None else str(item) for item in (value.low, value.high))
    if isinstance(value, (Quantity, Interval, Ratio, Timestamp, str)):
        return str(value) or None
    return None


def _people(name: str, who: Iterable[Participant]) -> Row:
    return {name: _joined(str(getattr(item.entity, "idnat", "")) for item in who)}


def _result(record: Result) -> Row:
    ranges = (item.text or _shown(item.value) or "" for item in record.ranges)
    return {
        "loinc": record.loinc or None,
        "done": record.done,
        **_value(record.value),
        "ranges": _joined(ranges),
        "interpretation": record.interpretation or None,
        "is_abnormal": record.is_abnormal,
        "is_critical": record.is_critical,
        **_labels("methods", record.methods),
        **_labels("battery", [record.battery]),
        **_labels("exam", [record.exam]),
        **_labels("organism", [record.organism]),
        "previous": _joined(_shown(item.value) or "" for item in record.previous),
    }


def _absence(
    record: Medication | Vaccination | Condition | Procedure | MedicalDevice,
) -> Row:
    return {"none_known": record.none_known, "no_information": record.no_information}


def _isolate(record: Isolate) -> Row:
    return {
        **_coded("organism", record.organism),
        **_labels("organism", [record.organism]),
        "results": len(record.results),
    }


def _medication(record: Medication) -> Row:
    product, dosage = record.product, record.dosage
    return {
        "cis": (product.cis if product else "") or None,
        "cip": (product.cip if product else "") or None,
        "ucd": (product.ucd if product else "") or None,
        "atc": (product.atc if product else "") or None,
        **_quantity("dose", dosage.dose if dosage else None),
        **_labels("route", [dosage.route if dosage else None]),
        "frequencies": _joined(
            item.text or _shown(item.period) or item.event
            for item in (dosage.frequencies if dosage else ())
        ),
        "posology": record.posology or None,
        "is_structured": record.is_structured,
        "steps": len(record.steps),
        "repeats": record.repeats,
        **_quantity("quantity", record.quantity),
        **_labels("substitution", [record.substitution]),
        "instructions": _joined(record.instructions),
        **_labels("reasons", record.reasons),
        **_absence(record),
        **_people("authors", record.authors),
    }


def _vaccination(record: Vaccination) -> Row:
    vaccine = record.vaccine
    return {
        "done": record.done,
        **_absence(record),
        "cis": (vaccine.cis if vaccine else "") or None,
        "cip": (vaccine.cip if vaccine else "") or None,
        "atc": (vaccine.atc if vaccine else "") or None,
        "lot": (vaccine.lot if vaccine else "") or None,
        "dose_number": record.dose_number,
        **_labels("route", [record.route]),
        **_labels("site", [record.site]),
        **_labels("reasons", record.reasons),
        **_labels("reactions", [Concept(text=item.label) for item in record.reactions]),
        **_people("performers", record.performers),
    }


def _condition(record: Condition) -> Row:
    return {
        **_value(record.value),
        **_absence(record),
        **_labels("severity", [record.severity]),
        **_labels("certainty", [record.certainty]),
        **_labels("clinical_status", [record.clinical_status]),
        "concern_status": record.concern_status or None,
    }


def _allergy(record: Allergy) -> Row:
    return {
        **_labels("agents", record.agents),
        **_labels("criticality", [record.criticality]),
        **_labels("reactions", [Concept(text=item.label) for item in record.reactions]),
    }


def _procedure(record: Procedure) -> Row:
    return {
        "done": record.done,
        **_absence(record),
        "ccam": record.ccam or None,
        **_labels("sites", record.sites),
        **_labels("reasons", record.reasons),
        **_people("performers", record.performers),
    }


def _device(record: MedicalDevice) -> Row:
    return {
        **_absence(record),
        "lpp": record.lpp or None,
        **_quantity("quantity", record.quantity),
        "repeats": _float(record.repeats),
        **_quantity("use", record.use),
    }


def _imaging(record: ImagingAct) -> Row:
    return {
        "ccam": record.ccam or None,
        "modality": record.modality or None,
        **_labels("sites", record.sites),
    }


def _study(record: ImagingStudy) -> Row:
    return {"uid": record.uid or None, "series": len(record.series)}


def _observation(record: Observation) -> Row:
    return {
        **_value(record.value),
        **_labels("relative", [record.relative]),
        "is_about_patient": record.is_about_patient,
    }


def _attachment(record: Attachment) -> Row:
    return {
        "id": record.id or None,
        "media_type": record.media_type or None,
        "is_pdf": record.is_pdf,
        "is_copy": record.is_copy,
        **_labels("document_type", [record.document_type]),
    }


_COLUMNS: Final[tuple[tuple[type[Record], Callable[[Any], Row]], ...]] = (
    (Result, _result),
    (Isolate, _isolate),
    (Medication, _medication),
    (Vaccination, _vaccination),
    (Condition, _condition),
    (Allergy, _allergy),
    (Procedure, _procedure),
    (MedicalDevice, _device),
    (ImagingAct, _imaging),
    (ImagingStudy, _study),
    (Observation, _observation),
    (Attachment, _attachment),
)
"""The columns that each kind of record adds."""
