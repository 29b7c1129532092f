"""HL7 v2 messages: read without loss; identities and movements (ADT of PAM France), documents.

ORU, OUL and MDM carry the documents, ACK and ZAM answer.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from segur_interop.hl7._ack_read import Acknowledgment, read_ack
from segur_interop.hl7._hl7apy import to_hl7apy
from segur_interop.hl7.ack import (
    APPLICATION_ERRORS,
    MESSAGE_ERRORS,
    AckError,
    RefusalCode,
    ack,
    refuse,
)
from segur_interop.hl7.adt import (
    TOLERABLE,
    TRIGGERS,
    VERSIONS,
    AdtEvent,
    DmpConsent,
    Header,
    IdentitySource,
    PatientGroup,
    Trigger,
    read_adt,
    read_identity,
    write_adt,
)
from segur_interop.hl7.check import check
from segur_interop.hl7.er7 import ERASE, Message, Part, Segment, parse
from segur_interop.hl7.segments import SEGMENTS, FieldRow, Record, SegmentTable
from segur_interop.hl7.transport import (
    TRANSPORT_VERSIONS,
    Actions,
    CarriedPdf,
    Mail,
    OrderControl,
    Participation,
    Transport,
    mdm,
    oru,
    read_transport,
)
from segur_interop.hl7.zam import SMTP_ERRORS, AccuseMetier, read_zam, zam

if TYPE_CHECKING:
    from types import ModuleType

    from segur_interop.hl7 import mllp

__all__ = [
    "APPLICATION_ERRORS",
    "ERASE",
    "MESSAGE_ERRORS",
    "SEGMENTS",
    "SMTP_ERRORS",
    "TOLERABLE",
    "TRANSPORT_VERSIONS",
    "TRIGGERS",
    "VERSIONS",
    "AccuseMetier",
    "AckError",
    "Acknowledgment",
    "Actions",
    "AdtEvent",
    "CarriedPdf",
    "DmpConsent",
    "FieldRow",
    "Header",
    "IdentitySource",
    "Mail",
    "Message",
    "OrderControl",
    "Part",
    "Participation",
    "PatientGroup",
    "Record",
    "RefusalCode",
    "Segment",
    "SegmentTable",
    "Transport",
    "Trigger",
    "ack",
    "check",
    "mdm",
    "mllp",
    "oru",
    "parse",
    "read_ack",
    "read_adt",
    "read_identity",
    "read_transport",
    "read_zam",
    "refuse",
    "to_hl7apy",
    "write_adt",
    "zam",
]


def __getattr__(name: str) -> ModuleType:
    if name == "mllp":  # asyncio and ssl wait for their use
        return importlib.import_module(f"{__name__}.mllp")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
