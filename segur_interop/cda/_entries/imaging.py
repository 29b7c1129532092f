"""Imaging acts and DICOM studies (CI-SIS CR d'imagerie; DICOM PS3.20)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import shown
from segur_interop._oid import CCAM
from segur_interop.cda._children import child, children
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.record import Record, base, participants
from segur_interop.cda._entries.values import Concept
from segur_interop.model import Participant

__all__ = [
    "IMAGING",
    "ImagingAct",
    "ImagingSeries",
    "ImagingStudy",
    "imaging_act",
    "imaging_study",
    "is_imaging_act",
    "is_imaging_study",
]

IMAGING: Final = frozenset({"1.2.840.10008.9.14", "1.2.250.1.213.1.1.3.153"})
STUDY: Final = frozenset({"1.2.840.10008.9.16", "1.2.250.1.213.1.1.3.155"})
SERIES: Final = frozenset({"1.2.840.10008.9.17", "1.2.250.1.213.1.1.3.156"})
MODALITY: Final = "121139"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ImagingAct(Record):
    """An imaging exam; `code` is LOINC mostly, with CCAM as a translation.

    Attributes:
        modalities: methodCode, DICOM (`CT`, `MR`, …).
        sites: what was examined.
        performers: who.
    """

    modalities: tuple[Concept, ...] = ()
    sites: tuple[Concept, ...] = ()
    performers: tuple[Participant, ...] = ()

    @property
    def ccam(self) -> str:
        """The CCAM code; "" without."""
        return self.code.code_in(CCAM) if self.code else ""

    @property
    def modality(self) -> str:
        """The code of the first modality; "" without."""
        codes = self.modalities[0].codes if self.modalities else ()
        return codes[0].code if codes else ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ImagingSeries(Record):
    """A DICOM series.

    Attributes:
        uid: Series Instance UID.
        modality: as coded.
        instances: SOP Instance UIDs.
    """

    uid: str = ""
    modality: Concept | None = None
    instances: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ImagingStudy(Record):
    """A DICOM study, as the report names it.

    Attributes:
        uid: Study Instance UID.
        series: its series, in order.
    """

    uid: str = ""
    series: tuple[ImagingSeries, ...] = field(default=(), metadata=shown())


def is_imaging_act(act: Act) -> bool:
    """True for the procedure of an imaging exam."""
    return act.kind == "procedure" and act.is_a(IMAGING)


def imaging_act(act: Act, read: Reading) -> ImagingAct:
    """The imaging exam of a procedure."""
    place, parts = act.place, act.parts
    return ImagingAct(
        **base(act, read),
        modalities=read.concepts(parts.get("methodCode", []), f"{place}/methodCode"),
        sites=read.concepts(parts.get("targetSiteCode", []), f"{place}/targetSiteCode"),
        performers=participants(act, "performer", read),
    )


def is_imaging_study(act: Act) -> bool:
    """True for a DICOM study."""
    return act.kind == "act" and act.is_a(STUDY)


def imaging_study(act: Act, read: Reading) -> ImagingStudy:
    """The study of an act, with its series."""
    series = [item for item in act.acts if item.kind == "act" and item.is_a(SERIES)]
    return ImagingStudy(
        **base(act, read), uid=_uid(act), series=tuple(_series(item, read) for item in series)
    )


def _series(act: Act, read: Reading) -> ImagingSeries:
    code = act.part("code")
    found = [] if code is None else children(code, "qualifier")
    modality = None
    for item in found:
        name = child(item, "name")
        if name is not None and name.get("code") == MODALITY:
            modality = read.concept(child(item, "value"), f"{act.place}/code/qualifier")
    uids = (_uid(item) for item in act.acts if item.kind == "observation")
    return ImagingSeries(
        **base(act, read), uid=_uid(act), modality=modality, instances=tuple(filter(None, uids))
    )


def _uid(act: Act) -> str:
    element = act.part("id")
    if element is None:
        return ""
    return ".".join(filter(None, (element.get("root"), element.get("extension"))))
