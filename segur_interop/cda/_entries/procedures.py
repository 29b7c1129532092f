"""Procedures and devices (CI-SIS FR-Acte, FR-Dispositif-medical)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from lxml import etree

from segur_interop._oid import CCAM
from segur_interop.cda._children import child, descend
from segur_interop.cda._entries.absent import Deed, Stated
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.imaging import IMAGING
from segur_interop.cda._entries.medications import DISPENSED, SUPPLIED
from segur_interop.cda._entries.observations import Observation, observation
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.reasons import reasons
from segur_interop.cda._entries.record import base, participants
from segur_interop.cda._entries.values import Concept, Quantity
from segur_interop.model import LocalId, Participant

__all__ = ["MedicalDevice", "Procedure", "device", "is_device", "is_procedure", "procedure"]

Element = etree._Element

SPECIMEN: Final = frozenset({"1.3.6.1.4.1.19376.1.3.1.2", "1.2.250.1.213.1.1.3.77"})
LPP: Final = "1.2.250.1.215.200.2.1"
_PART_OF: Final = frozenset({"substanceAdministration", "supply"})


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Procedure(Deed):
    """An act done, meant or not done: look at `mood` and `negated`.

    Attributes:
        methods: methodCode.
        sites: targetSiteCode.
        approaches: approachSiteCode.
        reasons: why.
        devices: codes of what was put in or used.
        authors, performers: who, with the time.
    """

    methods: tuple[Concept, ...] = ()
    sites: tuple[Concept, ...] = ()
    approaches: tuple[Concept, ...] = ()
    reasons: tuple[Concept, ...] = ()
    devices: tuple[Concept, ...] = ()
    authors: tuple[Participant, ...] = ()
    performers: tuple[Participant, ...] = ()

    @property
    def ccam(self) -> str:
        """The CCAM code; "" without."""
        return self.code.code_in(CCAM) if self.code else ""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class MedicalDevice(Stated):
    """A device carried, used or prescribed (`mood` INT); `code` is that of the device.

    Attributes:
        device_ids: its own identifiers, UDI or serial number.
        quantity: how many.
        repeats: how many renewals.
        use: for how long it is meant to be used.
        statements: ALD (MED-574), AT/MP (GEN-180), prévention (GEN-295), non remboursable
            (GEN-181), …
        authors, performers: who prescribed or supplied it.
    """

    device_ids: tuple[LocalId, ...] = ()
    quantity: Quantity | None = None
    repeats: Quantity | None = None
    use: Quantity | None = None
    statements: tuple[Observation, ...] = ()
    authors: tuple[Participant, ...] = ()
    performers: tuple[Participant, ...] = ()

    @property
    def lpp(self) -> str:
        """The code of the LPP; "" without."""
        return self.code.code_in(LPP) if self.code else ""


def is_procedure(act: Act) -> bool:
    """True for a procedure that is no sampling, no imaging act, and no part of a treatment."""
    if act.kind != "procedure" or act.is_a(SPECIMEN | IMAGING):
        return False
    return act.parent is None or act.parent.kind not in _PART_OF


def procedure(act: Act, read: Reading) -> Procedure:
    """The act of a procedure."""
    place, parts = act.place, act.parts
    codes = [_device_code(item) for item in parts.get("participant", ()) if _is_device(item)]
    return Procedure(
        **base(act, read),
        methods=read.concepts(parts.get("methodCode", []), f"{place}/methodCode"),
        sites=read.concepts(parts.get("targetSiteCode", []), f"{place}/targetSiteCode"),
        approaches=read.concepts(parts.get("approachSiteCode", []), f"{place}/approachSiteCode"),
        reasons=reasons(act, read),
        devices=read.concepts([item for item in codes if item is not None], f"{place}/participant"),
        authors=participants(act, "author", read),
        performers=participants(act, "performer", read),
    )


def _device_code(participant: Element) -> Element | None:
    return next(iter(descend(participant, "participantRole", "playingDevice", "code")), None)


def _is_device(element: Element) -> bool:
    return element.get("typeCode") in {"DEV", "PRD"}


def is_device(act: Act) -> bool:
    """True for a supply that is no medicine and no part of another entry."""
    if act.kind != "supply" or act.is_a(SUPPLIED | DISPENSED):
        return False
    return act.parent is None or act.parent.kind not in {"substanceAdministration", "supply"}


def device(act: Act, read: Reading) -> MedicalDevice:
    """The device of a supply."""
    place = act.place
    made = base(act, read)
    ids: list[LocalId] = []
    for rank, element in enumerate(act.parts.get("participant", ()), start=1):
        if _is_device(element):
            where = f"{place}/participant[{rank}]"
            ids += read.identifiers(child(element, "participantRole"), where)
            made["code"] = made["code"] or read.concept(_device_code(element), where)
    expected = act.part("expectedUseTime")
    return MedicalDevice(
        **made,
        device_ids=tuple(ids),
        quantity=read.quantity(act.part("quantity"), f"{place}/quantity"),
        repeats=read.quantity(act.part("repeatNumber"), f"{place}/repeatNumber"),
        use=read.quantity(child(expected, "width"), f"{place}/expectedUseTime"),
        statements=tuple(
            observation(item, read) for item in act.acts if item.kind == "observation"
        ),
        authors=participants(act, "author", read),
        performers=participants(act, "performer", read),
    )
