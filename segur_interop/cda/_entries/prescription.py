"""The ePrescription (CI-SIS eP-MED-DM; IHE Pharmacy PRE)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, TypeVar

from lxml import etree

from segur_interop._masking import shown
from segur_interop.cda._children import child, children, descend
from segur_interop.cda._entries.attachments import Attachment
from segur_interop.cda._entries.medications import Medication
from segur_interop.cda._entries.procedures import MedicalDevice
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._placed import Placed, Raw
from segur_interop.cda.sections import Section
from segur_interop.model import LocalId, Period
from segur_interop.terminology import Code

__all__ = ["Prescription", "prescription"]

Element = etree._Element
Made = TypeVar("Made", bound=Placed)

MEDICATIONS: Final = frozenset({"1.3.6.1.4.1.19376.1.9.1.2.1", "1.2.250.1.213.1.1.2.171"})
DEVICES: Final = frozenset({"1.2.250.1.213.1.1.2.222"})
CODE_2D: Final = frozenset({"1.2.250.1.213.1.1.2.223"})
PRESCRIPTION: Final = frozenset({"1.2.250.1.213.1.1.1.39"})
"""eP-MED-DM; the IHE template of prescriptions is also that of an optician's report (OPH-BRE)."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Prescription(Placed):
    """A prescription; its prescriber is the author of the document, unless a line has its own.

    Attributes:
        document_id: that of the document.
        ids: of its sections of medicines and of devices, which name the prescription (IHE
            Pharmacy PRE, Prescription Content Section).
        lines: medicines, each with its renewals (`repeats`), substitution and posology, structured
            or in words (`posology`).
        devices: devices prescribed.
        code_2d: the image of its code, to scan; None without.
        validity: from when until when, as the principal act of the header tells.
        conditions: what else the header says of it (documentationOf beside the first).
    """

    document_id: LocalId | None = None
    ids: tuple[LocalId, ...] = ()
    lines: tuple[Medication, ...] = field(default=(), metadata=shown())
    devices: tuple[MedicalDevice, ...] = field(default=(), metadata=shown())
    code_2d: Attachment | None = None
    validity: Period | None = None
    conditions: tuple[Code, ...] = ()


def prescription(
    document: Element,
    sections: tuple[Section, ...],
    medications: tuple[Medication, ...],
    devices: tuple[MedicalDevice, ...],
    files: tuple[Attachment, ...],
    read: Reading,
) -> Prescription | None:
    """The prescription of a document; None when it is none."""
    templates = {item.get("root", "") for item in children(document, "templateId")}
    own = [item for item in sections if _is(item, MEDICATIONS | DEVICES)]
    if not own and templates.isdisjoint(PRESCRIPTION):
        return None
    id_element = child(document, "id")
    ids = [found for item in own for found in read.identifiers(item.element, item.place)]
    acts = descend(document, "documentationOf", "serviceEvent")
    period = None if not acts else child(acts[0], "effectiveTime")
    codes = (_code(item, read) for item in acts[1:])
    return Prescription(
        document_id=None if id_element is None else read.identifier(id_element, "id"),
        ids=tuple(dict.fromkeys(ids)),
        lines=tuple(_within(medications, own)),
        devices=tuple(_within(devices, own)),
        code_2d=next(_within(files, [item for item in sections if _is(item, CODE_2D)]), None),
        validity=read.period(period, "documentationOf[1]/serviceEvent/effectiveTime"),
        conditions=tuple(item for item in codes if item is not None),
        _raw=Raw(document),
    )


def _is(section: Section, templates: frozenset[str]) -> bool:
    return not templates.isdisjoint(section.template_ids)


def _within(records: tuple[Made, ...], sections: list[Section]) -> Iterator[Made]:
    """Those of these records that are in one of these sections."""
    places = {section.place for section in sections}
    return (item for item in records if item.place.partition("/entry[")[0] in places)


def _code(element: Element, read: Reading) -> Code | None:
    return read.coded(child(element, "code"), "", "documentationOf/serviceEvent/code")
