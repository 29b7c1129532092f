"""HL7 v2 messages: read without loss, identities and movements (ADT of PAM France), answers."""

from __future__ import annotations

from segur_interop.hl7.ack import (
    APPLICATION_ERRORS,
    MESSAGE_ERRORS,
    AckError,
    RefusalCode,
    ack,
    refuse,
)
from segur_interop.hl7.adt import (
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

__all__ = [
    "APPLICATION_ERRORS",
    "ERASE",
    "MESSAGE_ERRORS",
    "SEGMENTS",
    "TRIGGERS",
    "VERSIONS",
    "AckError",
    "AdtEvent",
    "DmpConsent",
    "FieldRow",
    "Header",
    "IdentitySource",
    "Message",
    "Part",
    "PatientGroup",
    "Record",
    "RefusalCode",
    "Segment",
    "SegmentTable",
    "Trigger",
    "ack",
    "check",
    "parse",
    "read_adt",
    "read_identity",
    "refuse",
    "write_adt",
]
