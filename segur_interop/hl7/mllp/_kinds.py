"""The type of a message, as far as it may be shown: a sender may write a person into MSH-9."""

from __future__ import annotations

import re
from typing import Final

from segur_interop.hl7.er7 import Message

__all__ = ["UNKNOWN", "kind_of"]

UNKNOWN: Final = "unknown type"
_EVENT: Final = re.compile(r"[A-Z][0-9]{2}")
"""A code of HL7 table 0003: too short to tell anything else."""
_CODES: Final = frozenset(
    re.findall(
        "[A-Z]{3}",
        """
    ACK ADR ADT BAR BPS BRP BRT BTS CRM CSU DFT DOC DSR EAC EAN EAR EHC ESR ESU INR INU LSR LSU
    MDM MCF MFD MFK MFN MFQ MFR NMD NMQ NMR OMB OMD OMG OMI OML OMN OMP OMS OPL OPR OPU ORA ORB
    ORD ORF ORG ORI ORL ORM ORN ORP ORR ORS ORU OSQ OSR OUL PEX PGL PIN PMU PPG PPP PPR PPT PPV
    PRR PTR QBP QCK QCN QRY QSB QSX QVR RAR RAS RCI RCL RDE RDR RDS RDY REF RER RGR RGV ROR RPA
    RPI RPL RPR RQA RQC RQI RQP RRA RRD RRE RRG RRI RSP RTB SCN SDN SDR SIU SLN SLR SMD SQM SQR
    SRM SRR SSR SSU STC STI SUR TCR TCU UDM VXQ VXR VXU VXX ZAM
    """,
    )
)
"""HL7 table 0076 (v2.5 and v2.6), and the ZAM of the ANS guide."""


def kind_of(message: Message) -> str:
    """`ADT^A31`, `ADT` when its event is none, or UNKNOWN: never another text of MSH-9."""
    code, event, _ = message.message_type
    if code not in _CODES:
        return UNKNOWN
    return f"{code}^{event}" if _EVENT.fullmatch(event) else code
