"""HL7 v2 messages: read without loss, identities and movements (ADT of PAM France), answers."""

from __future__ import annotations

from segur_interop.hl7.er7 import ERASE, Message, Part, Segment, parse

__all__ = ["ERASE", "Message", "Part", "Segment", "parse"]
