"""What an ADT message must hold to be integrated: a file cut short must not replace a patient."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator
from typing import Final

from segur_interop._types import check_type
from segur_interop.errors import InvalidValue
from segur_interop.findings import Finding, Severity
from segur_interop.hl7._datatypes import Notes
from segur_interop.hl7._events import Trigger
from segur_interop.hl7.er7 import Message
from segur_interop.ins import Identity, IdentityStatus
from segur_interop.ins.traits import name_findings

__all__ = ["CONDITIONS", "TOLERABLE", "missing_segments", "tell_end", "tell_names", "tolerance"]
__all__ += ["weighed"]

TOLERABLE: Final = ("EVN", "PID-32", "PV1", "PV1-2", "ZBE")
"""What an earlier version, or a sender of another profile, may lack by agreement."""

CONDITIONS: Final = {
    "hl7.adt.segment-missing": "100", "hl7.adt.unended": "100", "hl7.zbe.missing": "100",
    "hl7.merge.missing": "100", "hl7.field.missing": "101", "hl7.pid.identifiers": "101",
    "hl7.pid.traits-missing": "101",
}  # fmt: skip
"""ERR-3 of the findings that say that something required is absent (HL7 table 0357)."""

_FIELDS: Final = ("PID-3", "PID-5", "PV1-2", "MRG-1")
"""Required in every version (HL7 v2.5 chapter 3; PAM France)."""
_SEGMENTS: Final = ("hl7.adt.segment-missing", "hl7.zbe.missing", "hl7.zbe.unreadable",
                    "hl7.merge.missing")  # fmt: skip
_RELIABILITY_SINCE: Final = (2, 11)
"""PID-32 is required; IHE ITI TF-4 §4.1.1.5, which is older, has it required if known."""
_IDENTIFYING: Final = ("PID", "MRG")
_FRAME_END: Final = b"\x1c"
_PAM: Final = "IHE ITI TF-4 §4.1; HL7 v2.5 chapter 3"


def tolerance(places: Iterable[str]) -> frozenset[str]:
    """The places that a caller tolerates to be absent.

    Raises:
        TypeError: a text instead of several, or something else than texts.
        InvalidValue: a place that is not one of TOLERABLE.
    """
    check_type(places, "tolerated", Iterable)
    if isinstance(places, str):
        raise TypeError("tolerated is a collection of places, not one text")
    given = tuple(places)
    for place in given:
        check_type(place, "tolerated", str)
    found = frozenset(given)
    if not found <= set(TOLERABLE):
        raise InvalidValue(f"may be tolerated: {', '.join(TOLERABLE)}", place="tolerated")
    return found


def missing_segments(ids: Iterable[str], trigger: Trigger) -> Iterator[str]:
    """The segments that the structure of the event requires and that are absent."""
    needed = ["EVN", "PID"]
    needed += ["PV1"] if "PV1" in trigger.segments else []
    needed += ["ZBE"] if trigger.movement else []
    needed += ["MRG"] if trigger.replaces else []
    given = set(ids)
    yield from (name for name in needed if name not in given)


def weighed(
    found: Iterable[Finding], trigger: Trigger, version: str, tolerated: frozenset[str]
) -> Iterator[Finding]:
    """The findings; one that tells a required part absent is an ERROR.

    Args:
        found: what was noticed.
        trigger: the event.
        version: of PAM France, as MSH announces it; "" when it does not.
        tolerated: places that stay a WARNING.
    """
    numbers = tuple(int(part) for part in version.split(".") if part.isdecimal() and len(part) < 4)
    fields = (*_FIELDS, "PID-32") if numbers >= _RELIABILITY_SINCE else _FIELDS
    for finding in found:
        # The structure of an event without MSH-9.3 was found in no public source.
        required = (bool(trigger.structure) and finding.rule in _SEGMENTS) or (
            finding.rule == "hl7.field.missing" and finding.place in fields
        )
        if required and finding.place not in tolerated:
            finding = dataclasses.replace(finding, severity=Severity.ERROR)
        yield finding


def tell_end(message: Message, notes: Notes) -> None:
    """Note a last segment without its CR: the sign of a message cut on its way.

    An official example (SGL, sortie) ends so: it is an ERROR where the last segment names a
    patient, whose identifiers may be cut.
    """
    octets = bytes(message)
    tail = octets[-4:].find(_FRAME_END)
    end = len(octets) if tail < 0 else max(len(octets) - 4, 0) + tail
    if octets[:end][-64:].rstrip(b" \t").endswith((b"\r", b"\n")):
        return
    last = message.segment(len(message) - 1).id
    notes.add("adt.unended", "the last segment is not ended by CR: the message may be cut", last,
              Severity.ERROR if last in _IDENTIFYING else Severity.WARNING,
              "HL7 v2.5 §2.5.2")  # fmt: skip


_NAME_PLACES: Final = (
    ("birth_name", "PID-5.1", False), ("first_birth_given_name", "PID-5.2", True),
    ("birth_given_names", "PID-5.3", True), ("used_name", "PID-5", False),
    ("used_given_name", "PID-5", True),
)  # fmt: skip
_STATUSES: Final = (IdentityStatus.VALIDEE, IdentityStatus.QUALIFIEE)


def tell_names(identity: Identity, notes: Notes) -> None:
    """Note birth names that are absent, or that INSi could not have given.

    A newborn, PROVISOIRE, may have no given name yet; a validated identity has its names, and a
    matricule comes with names of A-Z, space, apostrophe and hyphen (SEL-MP-043).
    """
    validated = identity.status in _STATUSES
    given = identity.first_birth_given_name or identity.birth_given_names
    for present, place in ((identity.birth_name, "PID-5.1"), (given, "PID-5.2")):
        if validated and not present:
            notes.add("pid.traits-missing", "a validated identity has its birth name and its given "
                      "names", place, Severity.ERROR, "RNIV EXI SI 08")  # fmt: skip
    for name, place, is_given in _NAME_PLACES:
        strict = identity.matricule is not None and not name.startswith("used")
        severity = Severity.ERROR if strict else Severity.WARNING
        text = getattr(identity, name)
        for finding in name_findings(text, name, given=is_given) if text else ():
            if finding.severity is Severity.ERROR:
                notes.add("pid.name-form", f"no INSi form: {finding.message}", place, severity,
                          finding.source)  # fmt: skip
