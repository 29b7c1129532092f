"""What may follow what in the messages that carry a document, and in their answers.

(ANS guide "Transmission de documents CDA-R2 en HL7v2" 2.1.2, profils de messages; HL7 v2.5 §2.13.1
for ACK; the official examples for ZAM, whose structure the guide gives as a figure.)
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from segur_interop.findings import Finding, Severity

__all__ = ["STRUCTURES", "Structure", "misplaced"]

_SOURCE: Final = "ANS guide CDA in HL7 v2, 2.1.2, profils de messages"


@dataclass(frozen=True, slots=True)
class Structure:
    """One message structure.

    Attributes:
        after: segment → what may stand next.
        required: segments that must be there.
        once: segments that may not come again.
    """

    after: dict[str, tuple[str, ...]]
    required: tuple[str, ...]
    once: tuple[str, ...]


def _table(text: str) -> dict[str, tuple[str, ...]]:
    rows = (line.split() for line in text.strip().splitlines())
    return {first: tuple(others) for first, *others in rows}


STRUCTURES: Final = {
    "ORU_R01": Structure(
        _table("""
            MSH PID
            PID PD1 NK1 PV1
            PD1 NK1 PV1
            NK1 NK1 PV1
            PV1 PV2 ORC
            PV2 ORC
            ORC OBR
            OBR NTE TQ1 OBX
            TQ1 TQ1 TQ2 OBX
            TQ2 TQ2 TQ1 OBX
            OBX PRT NTE OBX ORC
            PRT PRT NTE OBX ORC
            NTE NTE TQ1 OBX ORC
        """),
        ("PID", "PV1", "ORC", "OBR", "OBX"),
        ("PID", "PD1", "PV1", "PV2"),
    ),
    "MDM_T02": Structure(
        _table("""
            MSH EVN
            EVN PID
            PID PV1
            PV1 ORC
            ORC TQ1 OBR
            TQ1 TQ1 TQ2 OBR
            TQ2 TQ2 TQ1 OBR
            OBR NTE TXA
            TXA OBX
            OBX PRT NTE OBX
            PRT PRT NTE OBX
            NTE NTE TXA OBX
        """),
        ("EVN", "PID", "PV1", "ORC", "OBR", "TXA", "OBX"),
        ("EVN", "PID", "PV1", "ORC", "OBR", "TXA"),
    ),
    "ZAM_Z01": Structure(
        _table("""
            MSH EVN
            EVN OBX
            OBX OBX ERR
            ERR ERR
        """),
        ("EVN", "OBX"),
        ("EVN",),
    ),
    "ACK": Structure(
        _table("""
            MSH UAC MSA
            UAC MSA
            MSA ERR
            ERR ERR
        """),
        ("MSA",),
        ("UAC", "MSA"),
    ),
}
"""By MSH-9.3; SFT may follow MSH, and a Z segment stand anywhere."""


def misplaced(ids: tuple[str, ...], structure: Structure) -> Iterator[Finding]:
    """What is out of its place, given twice, or missing.

    Args:
        ids: the segments in order.
        structure: that of the message.
    """
    seen: dict[str, int] = {}
    last = "MSH"
    for name in ids[1:]:
        if name == "SFT" or name.startswith("Z"):
            continue
        seen[name] = seen.get(name, 0) + 1
        place = name if seen[name] == 1 else f"{name}[{seen[name]}]"
        if name not in structure.after:
            yield _error("the message does not hold this segment", place)
            continue
        if name in structure.once and seen[name] > 1:
            yield _error("given twice", place)
        elif name not in structure.after[last]:
            yield _error(f"out of its place: after {last}", place)
        last = name
    for name in structure.required:
        if name not in seen:
            yield _error("a required segment is missing", name)


def _error(message: str, place: str) -> Finding:
    return Finding(
        rule="hl7.structure", message=message, severity=Severity.ERROR, place=place, source=_SOURCE
    )
