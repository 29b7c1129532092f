"""Code as users of the HL7 v2 messages write it; checked by mypy, never run."""

from __future__ import annotations

import dataclasses
from typing import assert_type

from segur_interop import cda, errors, hl7, ins
from segur_interop.model import LocalId, Movement, Patient, Professional


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


def send(
    document: cda.Document, doctor: Professional, patient: Patient, header: hl7.Header
) -> bytes:
    actions = hl7.Actions(destdmp=True, destmssanteps=True, destmssantepat=True)
    data = hl7.oru(
        document, header=header, actions=actions, sender=doctor, recipients=[doctor, patient]
    )
    assert_type(data, bytes)
    return hl7.mdm(document, header=header, control=hl7.OrderControl.DELETION)


def receive(data: bytes, known: list[Patient]) -> bytes:
    transport = hl7.read_transport(data)
    assert_type(transport.documents, tuple[cda.Document, ...])
    assert_type(transport.control, hl7.OrderControl | None)
    assert_type(transport.actions.masque_ps, bool | None)
    assert_type(transport.replaced, LocalId | None)
    for carried in transport.pdfs:
        assert_type(carried.type, cda.DocumentType | None)
    match = ins.preselect(transport.identity, known)
    if not match:
        return transport.ack(hl7.AckError.application(match.ack_code or "906"))
    return transport.ack()


def follow(data: bytes, answer: bytes) -> str:
    if not hl7.read_ack(answer):
        return ""
    accuse = hl7.read_zam(data)
    assert_type(accuse.accepted, bool | None)
    return accuse.message_id
