"""An identity feed over MLLP: a receiver stores then acknowledges, its inbox is processed after."""

from __future__ import annotations

import asyncio

from segur_interop import hl7, ins
from segur_interop.hl7 import mllp


def admission(trigger: str, control_id: str, name: str, reliability: str) -> bytes:
    """An ADT about the test patient of the official examples."""
    structure = hl7.TRIGGERS[trigger].structure
    lines = (
        f"MSH|^~\\&|GAM|CHU-X|DPI|CHU-X|20240306111154||ADT^{trigger}^{structure}|{control_id}|D"
        "|2.5^FRA^2.11|||||FRA|UNICODE UTF-8|FR||2.11^IHE_FRANCE-2.11-PAM",
        "EVN||20240306111154||||20240306111154",
        "PID|1||000003^^^CHU-X&000897406&N^PI~279035121518989^^^ASIP-SANTE-INS-NIR"
        f"&1.2.250.1.213.1.4.10&ISO^INS||{name}^DOMINIQUE^DOMINIQUE MARIE-LOUISE^^^^L||19790328|F"
        f"|||^^^^^^BDL^^63220|||||||||||||||||||||{reliability}",
        "PV1||N",
    )
    return ("\r".join(lines) + "\r").encode()


created = admission("A28", "1", "PAT-TROIS", "VALI")
doubted = admission("A31", "2", "PAT-TROIS", "PROV~DOUT")
unreadable = b"MSH|^~\\&|GAM|CHU-X|DPI|CHU-X|20240306111154||ADT^A31|3\rEVN\rMSH|^~\\&|GAM\r"


async def feed(inbox: mllp.SqliteStore) -> None:
    """What a neighbour sends: the first message twice, as if its answer had been lost."""
    async with (
        mllp.serve(store=inbox, port=0) as server,
        mllp.connect("127.0.0.1", server.port) as sender,
    ):
        for octets in (created, created, doubted, unreadable):
            answer = await sender.send(octets)
            print("answered", answer.code, [error.condition for error in answer.errors])


with mllp.SqliteStore("inbox.sqlite") as inbox:
    asyncio.run(feed(inbox))

    known: ins.Identity | None = None
    while (stored := inbox.take()) is not None:
        event = hl7.read_adt(stored.message, identity_repository=True)
        if not event.is_integrable:  # cut, merged with itself: for a person to look at
            print(stored.number, "not integrated", [finding.rule for finding in event.findings])
            inbox.done(stored.number)
            continue
        identity = event.patient.identity
        print(stored.number, event.trigger, event.patient, identity.status.name)
        if known is not None and event.loses_qualification(known):
            print("  the qualification is lost: the matricule is not used any more")
        known = identity
        inbox.done(stored.number)
    print("left to do:", len(inbox))
    assert len(inbox) == 0
    assert known is not None
    assert not known.may_transmit_ins
