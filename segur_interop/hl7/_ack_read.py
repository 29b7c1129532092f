"""A received answer as a value.

(HL7 v2.5 §2.15.8 MSA, §2.15.5 ERR; IHE ITI TF-2 appendix C.2.3; ANS guides, error codes.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from segur_interop._masking import Masked, shown
from segur_interop._source import Source
from segur_interop.errors import UnsupportedMessage
from segur_interop.findings import Finding, Severity
from segur_interop.hl7._adt_read import head_of
from segur_interop.hl7._datatypes import Notes, Repetition, component, sub
from segur_interop.hl7._values import Header
from segur_interop.hl7.ack import APPLICATION_ERRORS, MESSAGE_ERRORS, AckError
from segur_interop.hl7.er7 import Message, parse
from segur_interop.hl7.segments import Record, read

__all__ = ["Acknowledgment", "read_ack"]

_SOURCE: Final = "HL7 v2.5 §2.15; ANS guide CDA in HL7 v2, 2.1.2"
_CODES: Final = ("AA", "AE", "AR", "CA", "CE", "CR")
MAX_ERRORS: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Acknowledgment(Masked):
    """An ACK.

    Attributes:
        header: MSH.
        code: MSA-1: AA, AE, AR, or CA, CE, CR of the enhanced mode; "" when it is none.
        message_id: MSA-2, MSH-10 of the message answered.
        errors: its ERR; a condition outside the tables is read as 207 with a finding.
        findings: what the reader noticed.
        message: as received.
    """

    header: Header
    code: str = field(metadata=shown())
    message_id: str
    errors: tuple[AckError, ...] = ()
    findings: tuple[Finding, ...] = field(default=(), compare=False, metadata=shown())
    message: Message | None = field(default=None, compare=False)

    @property
    def accepted(self) -> bool:
        """True for AA: integrated, and responsibility taken."""
        return self.code == "AA"

    @property
    def may_be_sent_again(self) -> bool:
        """True for AR and CR: the cause lies in the receiver's circumstances."""
        return self.code in ("AR", "CR")

    def __bool__(self) -> bool:
        return self.accepted


def read_ack(source: Source | Message, *, charset: str | None = None) -> Acknowledgment:
    """The answer to a message.

    Args:
        source: a Message, bytes, or the path of a file.
        charset: as for `parse`.

    Raises:
        UnsupportedMessage: not an ACK, and no other message that answers (MSA).
        MessageError: no readable MSH.
    """
    message = source if isinstance(source, Message) else parse(source, charset=charset)
    notes = Notes()
    answer = message.first("MSA")
    if message.message_type[0] not in ("ACK", "MCF"):
        if answer is None:
            raise UnsupportedMessage("not an ACK message", place="MSH-9.1")
        notes.add("ack.type", "not an ACK, and yet an answer", "MSH-9.1", source=_SOURCE)
    record = read(answer, notes) if answer is not None else None
    code = component(record["code"], 1).upper() if record is not None else ""
    if code not in _CODES:
        notes.add("ack.code", "no answer that can be read", "MSA-1", Severity.ERROR, _SOURCE)
        code = ""
    found = message["ERR"]
    if len(found) > MAX_ERRORS:
        notes.add("ack.errors", f"more than {MAX_ERRORS}: the others are not read", "ERR")
    return Acknowledgment(
        header=head_of(message, notes),
        code=code,
        message_id=component(record["control_id"], 1) if record is not None else "",
        errors=tuple(_error(read(item, notes), notes) for item in found[:MAX_ERRORS]),
        findings=tuple(dict.fromkeys((*message.findings, *notes.found))),
        message=message,
    )


def _error(record: Record, notes: Notes) -> AckError:
    condition = component(record["code"], 1)
    if condition not in MESSAGE_ERRORS:
        notes.add("ack.condition", "not a code of its table: read as 207", "ERR-3", source=_SOURCE)
        condition = "207"
    code = component(record["application_code"], 1)
    if code and (code not in APPLICATION_ERRORS or condition != "207"):
        notes.add("ack.application-code", "not a code of its table: not read", "ERR-5",
                  source=_SOURCE)  # fmt: skip
        code = ""
    told = component(record["severity"], 1).upper()
    severity = told if told in ("E", "W", "I") else "E"
    locations = record["location"]
    return AckError(
        condition=condition,
        location=_location(locations[0]) if locations else "",
        severity=severity,  # type: ignore[arg-type]
        code=code,
        message=component(record["user_message"], 1),
    )


def _location(value: Repetition) -> str:
    """ERL as a path; "" for one that is none."""
    name, occurrence, number, repetition, part, inner = (
        sub(value, rank, 1) for rank in range(1, 7)
    )
    digits = [item for item in (occurrence, number, repetition, part, inner) if item]
    if len(name) != 3 or not name.isalnum() or not name.isupper() or not name[0].isalpha():
        return ""
    if not all(item.isascii() and item.isdigit() and len(item) < 6 for item in digits):
        return ""
    path = name if occurrence in ("", "1") else f"{name}[{occurrence}]"
    if not number:
        return path
    path += f"-{number}" + (f"[{repetition}]" if repetition not in ("", "1") else "")
    return path + (f".{part}" + (f".{inner}" if inner else "") if part else "")
