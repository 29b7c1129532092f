"""Code as users of the HL7 v2 messages write it; checked by mypy, never run."""

from __future__ import annotations

import dataclasses
from typing import assert_type

from segur_interop import errors, hl7, ins
from segur_interop.model import LocalId, Movement


def integrate(data: bytes, known: ins.Identity) -> bytes:
    try:
        event = hl7.read_adt(data, identity_repository=True)
    except errors.MessageError as error:
        return hl7.refuse(data, error, refusal="AR")
    assert_type(event, hl7.AdtEvent)
    assert_type(event.movement, Movement | None)
    assert_type(event.replaced, tuple[LocalId, ...])
    if event.loses_qualification(known):
        return event.ack(hl7.AckError.application("904", location="PID-3"))
    return event.ack()


def relay(event: hl7.AdtEvent) -> bytes:
    header = dataclasses.replace(event.header, receiving_application="LABO", control_id="1")
    records = (*event.records, hl7.Record.of("ZFM", entry_mode="8"))
    return hl7.write_adt(dataclasses.replace(event, header=header, records=records))


def look(path: str) -> str:
    message = hl7.parse(path)
    assert_type(message["PID"], tuple[hl7.Segment, ...])
    assert_type(message["PID"][0][3][1].value, str)
    assert_type(hl7.check(message).verdict.name, str)
    return message.get("PID-5.1")
