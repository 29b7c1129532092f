"""What every message that is written has: its MSH, and octets in its character set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from segur_interop.errors import MessageError
from segur_interop.hl7._values import Header
from segur_interop.hl7.ack import CONTROL_ID_LENGTH
from segur_interop.hl7.segments import Record

__all__ = ["msh", "octets"]


def msh(header: Header, *, kind: tuple[str, str, str], version: object, **others: Any) -> Record:
    """MSH of a message.

    Args:
        header: who sends what to whom.
        kind: message code, trigger, structure.
        version: MSH-12.
        others: fields that only some messages have, by name.

    Raises:
        MessageError: an identifier or a processing code out of bounds.
    """
    if not 0 < len(header.control_id) <= CONTROL_ID_LENGTH:
        raise MessageError("1 to 20 characters", place="MSH-10")
    if header.processing not in ("P", "T", "D"):
        raise MessageError("P, T or D", place="MSH-11")
    return Record.of(
        "MSH",
        sending_application=header.sending_application,
        sending_facility=header.sending_facility,
        receiving_application=header.receiving_application,
        receiving_facility=header.receiving_facility,
        time=header.time or "",
        message_type=kind,
        control_id=header.control_id,
        processing=header.processing,
        version=version,
        country="FRA",
        charset=(header.charset,),
        **others,
    )


def octets(lines: Iterable[str], codec: str) -> bytes:
    """The segments of a message, each with its end.

    Raises:
        MessageError: a character that the character set lacks.
    """
    try:
        return ("\r".join(lines) + "\r").encode(codec)
    except UnicodeEncodeError:
        raise MessageError(
            "a character is not in the character set of the message", place="MSH-18"
        ) from None
