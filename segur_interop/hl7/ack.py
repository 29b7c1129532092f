"""Answers: AA, AE or AR, with ERR, in the original mode.

(HL7 v2.5 §2.9.2; IHE ITI TF-2 appendix C.2.3; ANS guide "Transmission de documents CDA-R2 en
HL7v2" 2.1.2, error codes, and "Transmission au LPS" 1.1.2.)
"""

from __future__ import annotations

import dataclasses
import re
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, Literal, TypeAlias

from segur_interop._time import Timestamp
from segur_interop._types import check_type
from segur_interop.errors import InvalidValue, MessageError, SegurError, UnsupportedMessage
from segur_interop.hl7._datatypes import Repetition
from segur_interop.hl7._syntax import codec_of
from segur_interop.hl7.er7 import Message, Segment
from segur_interop.hl7.segments import Record, write

__all__ = [
    "APPLICATION_ERRORS",
    "MESSAGE_ERRORS",
    "AckError",
    "RefusalCode",
    "ack",
    "refuse",
]

RefusalCode: TypeAlias = Literal["AE", "AR"]
"""AE: the message has an error, it is not sent again as it is. AR: it may be sent again."""

MESSAGE_ERRORS: Final = {
    "0": "Message accepted",
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "198": "Non-conformant cardinality",
    "199": "Other HL7 Error",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "202": "Unsupported processing",
    "203": "Unsupported version",
    "207": "Application error",
}
"""ERR-3, table messageErrorCondition of the ANS guide (HL7 table 0357)."""

APPLICATION_ERRORS: Final = {
    "900": "Version du document incorrecte lors d'une demande de remplacement/suppression",
    "901": "Auteur non autorisé à remplacer ou supprimer un document",
    "902": "Identifiant patient inconnu",
    "903": "INS non présent dans le document",
    "904": "L'INS transmis ne correspond pas exactement à celui stocké dans la base du "
    "consommateur",
    "905": "L'INS transmis n'est pas complet",
    "906": "Autre erreur",
}
"""ERR-5, table applicationErrorCode of the ANS guide (HL7 table 0533); its text lists 900 to 905,
`ins.preselect` and the LPS guide 906."""

_LOCATION: Final = re.compile(
    r"([A-Z][A-Z0-9]{2})(?:\[(\d+)\])?(?:-(\d+)(?:\[(\d+)\])?(?:\.(\d+)(?:\.(\d+))?)?)?"
)
_VERSION: Final = "2.11"
_SEARCHED: Final = 4096
_LINE_END: Final = re.compile(rb"[\r\n]")
CONTROL_ID_LENGTH: Final = 20
"""Characters of MSH-10 (HL7 v2.5)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AckError:
    """One ERR segment. Its message holds no personal data.

    Attributes:
        condition: ERR-3, a code of MESSAGE_ERRORS.
        location: ERR-2, such as `PID-3`; "" for the whole message.
        severity: ERR-4: E error, W warning, I information.
        code: ERR-5, a code of APPLICATION_ERRORS, with the condition 207.
        message: ERR-8, one sentence for the sender.

    Raises:
        InvalidValue: a code outside its table, a location that is none.
    """

    condition: str = "207"
    location: str = ""
    severity: Literal["E", "W", "I"] = "E"
    code: str = ""
    message: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        rules = (
            (self.condition in MESSAGE_ERRORS, "condition"),
            (self.severity in ("E", "W", "I"), "severity"),
            (not self.code or self.code in APPLICATION_ERRORS, "code"),
            (not self.code or self.condition == "207", "code"),
            (not self.location or bool(_LOCATION.fullmatch(self.location)), "location"),
        )
        for kept, place in rules:
            if not kept:
                raise InvalidValue("not a value of its table", place=f"ack_error.{place}")

    @classmethod
    def application(cls, code: str, *, location: str = "", message: str = "") -> AckError:
        """An application error, 900 to 906, such as `Match.ack_code`."""
        return cls(condition="207", code=code, location=location, message=message)

    def record(self) -> Record:
        """The ERR segment."""
        application: Repetition = ""
        if self.code:
            application = (self.code, APPLICATION_ERRORS[self.code], "applicationErrorCode")
        match = _LOCATION.fullmatch(self.location) if self.location else None
        location: tuple[Repetition, ...] = ()
        if match is not None:
            name, occurrence, number, *rest = match.groups()
            parts = [name, occurrence or "1", number or "", *(part or "" for part in rest)]
            while parts and not parts[-1]:
                parts.pop()
            location = (tuple(parts),)
        return Record.of(
            "ERR",
            location=location,
            code=(self.condition, MESSAGE_ERRORS[self.condition], "messageErrorCondition"),
            severity=self.severity,
            application_code=application,
            user_message=self.message,
        )


def ack(
    message: Message,
    *errors: AckError,
    refusal: RefusalCode = "AE",
    control_id: str | None = None,
    time: Timestamp | None = None,
) -> bytes:
    """The answer to a message: AA, or the refusal when one of the errors is of severity E.

    Sender and receiver change places; version, processing, character set and control identifier
    are those of the message.

    Args:
        message: what is answered.
        errors: one ERR each.
        refusal: MSA-1 of a refusal. The ANS guide answers AE, IHE ITI TF-2 C.2.3 AR, for what is
            not supported.
        control_id: MSH-10 of the answer, at most 20 characters; a fresh one by default.
        time: MSH-7 of the answer; now by default.

    Raises:
        InvalidValue: another refusal.
        MessageError: a text that the character set does not have.
    """
    check_type(message, "message", Message)
    for error in errors:
        check_type(error, "errors", AckError)
    if refusal not in ("AE", "AR"):
        raise InvalidValue("AE or AR", place="refusal")
    first = message.segment(0)
    syntax = dataclasses.replace(message.syntax, small_tilde=False)
    label = first.get("18")
    codec = codec_of(label)
    names = [_raw(first, number) for number in (5, 6, 3, 4)]
    failed = any(error.severity == "E" for error in errors)
    code = refusal if failed else "AA"
    header = (
        "MSH", syntax.declaration, *names, _moment(time), "",
        syntax.component.join(filter(None, ("ACK", _raw(first, 9, 2), "ACK"))),
        syntax.escaped(_fresh(control_id)), _raw(first, 11) or "P", _raw(first, 12) or "2.5",
        "", "", "", "", _raw(first, 17) or "FRA", label if codec else "UNICODE UTF-8",
    )  # fmt: skip
    lines = [
        syntax.field.join(header),
        syntax.field.join(("MSA", code, _raw(first, 10))).rstrip(syntax.field),
        *(write(error.record(), version=_VERSION, syntax=syntax) for error in errors),
    ]
    # A label of the tables is French: an ASCII receiver must still be answered.
    return ("\r".join(lines) + "\r").encode(codec or "utf-8", errors="replace")


def refuse(
    data: bytes | Message,
    error: SegurError,
    *,
    refusal: RefusalCode = "AE",
    control_id: str | None = None,
    time: Timestamp | None = None,
) -> bytes:
    """The answer to what could not be read, or is not handled, by the error that said so.

    MSH-10 is echoed when any MSH can be found; without one, MSA-2 is empty.

    Args:
        data: the octets received, or the message.
        error: what `parse`, `read_adt` or the application raised.
        refusal: AE or AR, as for `ack`.
        control_id: as for `ack`.
        time: as for `ack`.
    """
    check_type(data, "data", bytes, bytearray, memoryview, Message)
    check_type(error, "error", SegurError)
    message = data if isinstance(data, Message) else salvaged(bytes(data))
    condition, location = _condition(error)
    found = AckError(condition=condition, location=location)
    return ack(message, found, refusal=refusal, control_id=control_id, time=time)


def _condition(error: SegurError) -> tuple[str, str]:
    """ERR-3 and ERR-2 of an error."""
    place = error.place if _LOCATION.fullmatch(error.place) else ""
    if isinstance(error, UnsupportedMessage):
        return _UNSUPPORTED.get(place, "200"), place
    if isinstance(error, MessageError):
        return ("100" if place and "-" not in place else "199"), place
    return "207", place


_UNSUPPORTED: Final = {"MSH-9.1": "200", "MSH-9.2": "201", "MSH-11": "202", "MSH-12": "203"}


def salvaged(data: bytes) -> Message:
    """The message that starts at the first MSH that can be read, or one that says nothing."""
    head = bytes(data[:_SEARCHED])
    start = head.find(b"MSH")
    while start >= 0:
        try:
            return Message(_LINE_END.split(head[start:], maxsplit=1)[0])
        except MessageError:
            start = head.find(b"MSH", start + 3)
    return Message(b"MSH|^~\\&|")


def _raw(segment: Segment, field: int, component: int | None = None) -> str:
    """The text of a field, or of one component, escapes as they came."""
    part = segment[field]
    return (part if component is None else part.at(1, component)).raw.strip()


def _fresh(control_id: str | None) -> str:
    if control_id is None:
        return uuid.uuid4().hex[:CONTROL_ID_LENGTH]
    if not 0 < len(control_id) <= CONTROL_ID_LENGTH:
        raise InvalidValue("1 to 20 characters", place="control_id")
    return control_id


def _moment(time: Timestamp | None) -> str:
    if time is not None:
        return str(time)
    return f"{datetime.now().astimezone():%Y%m%d%H%M%S}"
