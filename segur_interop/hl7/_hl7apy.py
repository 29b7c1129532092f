"""A message as hl7apy has it, for those who want its API; nothing here reads through it."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any, Final

from segur_interop._source import Source
from segur_interop.errors import MessageError, MissingDependency
from segur_interop.hl7._datatypes import cut, joined
from segur_interop.hl7._paths import MAX_PARTS
from segur_interop.hl7._scan import LARGE
from segur_interop.hl7._syntax import DEFAULT, Syntax
from segur_interop.hl7.er7 import Message, Segment, parse

if TYPE_CHECKING:
    from hl7apy.core import Message as TheirMessage

__all__ = ["MAX_GIVEN", "to_hl7apy"]

MAX_GIVEN: Final = 20_000
"""Separators of a message beyond which hl7apy is not given it: up to 0.3 ms for each."""
_VERSION: Final = "2.5"
_FIRST_WITH_PRT: Final = "2.7"
"""HL7 v2.5 and v2.6 have no PRT, which the ANS guides take from a later version."""
_ENCAPSULATED: Final = ("ED", "RP")
_LAST_OF_OBX: Final = 50
"""Of a segment that holds a document: HL7 v2.9 has 30."""


def to_hl7apy(source: Source | Message, *, charset: str | None = None) -> TheirMessage:
    """The message for hl7apy: every segment in its order, none in a group, none lost.

    Its own parser of whole messages drops Z and PRT segments; here each segment is parsed by
    itself. `made.pid.pid_3[1].cx_1.to_er7()`, `made.zbe.zbe_1.to_er7()`, `made.obx[3]`.

    The version is that of MSH-12 when hl7apy has it, else 2.5, and 2.7 for a message with a PRT.
    The data of an ED or RP (OBX-5.5) is left out: `message["OBX"][0].slice(5, 5)` has it, and
    `read_transport` its documents. hl7apy does not decode escapes, and doubles some where it
    writes: its `to_er7` is to look at, not to send.

    Args:
        source: a Message, bytes, or the path of a file.
        charset: as for `parse`.

    Returns:
        An `hl7apy.core.Message`, validation level TOLERANT; the separators are those of HL7.

    Raises:
        MissingDependency: hl7apy is not installed.
        MessageError: no readable MSH, a segment that hl7apy does not take, more than MAX_GIVEN
            separators, or a segment of more than 64 KiB beside OBX-5.
    """
    try:
        from hl7apy.core import Message as Made
    except ImportError as error:
        raise MissingDependency("hl7apy is not installed; install hl7apy") from error
    message = source if isinstance(source, Message) else parse(source, charset=charset)
    texts = [(segment.id, _text(segment)) for segment in message]
    if sum(text.count(mark) for _, text in texts for mark in "|^~&") > MAX_GIVEN:
        raise MessageError(f"more than {MAX_GIVEN} separators: too much for hl7apy")
    version = _version_of(message)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        made = Made(version=version, validation_level=2)
        for name, text in texts:
            _add(made, name, text, version)
    return made


def _version_of(message: Message) -> str:
    from hl7apy import SUPPORTED_LIBRARIES

    told = message.segment(0).leaves(12)[0].strip()
    version = told if told in SUPPORTED_LIBRARIES else _VERSION
    return max(version, _FIRST_WITH_PRT) if "PRT" in message else version


def _add(made: Any, name: str, text: str, version: str) -> None:
    from hl7apy.parser import parse_segment

    try:
        segment = parse_segment(text, version=version, validation_level=2)
        if name == "MSH" and len(made.children) == 1 and not made.msh.msh_9.value:
            made.msh = segment
        else:
            made.add(segment)
    except Exception as error:  # whatever hl7apy raises; its text may quote the content
        reason = f"hl7apy does not take it ({type(error).__name__})"
        raise MessageError(reason, place=name) from None


def _text(segment: Segment) -> str:
    """The segment with the separators of HL7, OBX-5 without the data that it encapsulates.

    Raises:
        MessageError: too long.
    """
    if segment.id != "OBX" and segment.size > LARGE:
        raise MessageError(f"longer than {LARGE} octets: too much for hl7apy", place=segment.id)
    if segment.id == "MSH":
        return "|".join(["MSH", DEFAULT.declaration, *map(_usual(segment), segment.fields[3:])])
    if segment.id != "OBX":
        return "|".join([segment.id, *map(_usual(segment), segment.fields[1:])])
    last = len(segment) if segment.size <= LARGE else _LAST_OF_OBX
    fields = [segment.text(number) if number != 5 else _value(segment)
              for number in range(1, last + 1)]  # fmt: skip
    if any(len(field) > LARGE for field in fields):
        raise MessageError(f"longer than {LARGE} octets: too much for hl7apy", place="OBX")
    return "|".join(["OBX", *map(_usual(segment), fields)]).rstrip("|")


def _value(segment: Segment) -> str:
    if segment.leaves(2)[0].strip().upper() not in _ENCAPSULATED:
        return segment.text(5)
    parts = [segment.slice(5, number) for number in range(1, 5)]
    words = [segment.decoded(bytes(part))[0] if len(part) <= LARGE else "" for part in parts]
    return segment.syntax.component.join(words)


def _usual(segment: Segment) -> Any:
    """What gives a field the separators of HL7."""
    syntax = segment.syntax
    if (syntax.field, syntax.declaration) == (DEFAULT.field, DEFAULT.declaration):
        return str
    return lambda text: _written(text, syntax)


def _written(text: str, syntax: Syntax) -> str:
    repetitions = text.split(syntax.repetition, MAX_PARTS)
    return DEFAULT.repetition.join(joined(cut(each, syntax), DEFAULT) for each in repetitions)
