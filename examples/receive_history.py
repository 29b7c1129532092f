"""An export is received: verified, read, planned, acknowledged; then one octet is changed."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from segur_interop import export, ins
from segur_interop.model import LocalId, Organization, Patient

NOW = datetime(2026, 3, 1, 10, 0, tzinfo=timezone(timedelta(hours=1)))
hospital = Organization.from_finess("750000018", name="Hôpital de démonstration")
known = Patient(
    identity=ins.Identity(
        birth_name="PAT-TROIS",
        birth_given_names="DOMINIQUE MARIE-LOUISE",
        first_birth_given_name="DOMINIQUE",
        birth_date=date(1979, 3, 28),
        sex=ins.Sex.F,
        birth_place="51215",
        matricule=ins.Matricule.parse("279035121518989", oid="1.2.250.1.213.1.4.10"),
        status=ins.IdentityStatus.QUALIFIEE,
    ),
    ids=(LocalId(root="1.2.250.1.213.99.1", extension="10001", type="PI"),),
)
unknown = Patient(
    identity=ins.Identity(
        birth_name="DEMONSTRATION",
        birth_given_names="CAMILLE",
        birth_date=date(1950, 5, 17),
        sex=ins.Sex.F,
    ),
    ids=(LocalId(root="1.2.250.1.213.99.1", extension="10002", type="PI"),),
)

with tempfile.TemporaryDirectory() as work:
    sent = Path(work, "EXPORT")
    records = [
        export.Record(
            key=str(rank),
            patient=patient,
            items=[
                export.Item(
                    id=f"scan-{rank}",
                    content=b"\xff\xd8\xff\xd9",
                    mime_type="image/jpeg",
                    produced="2019",
                )
            ],
        )
        for rank, patient in enumerate((known, unknown))
    ]
    request = export.Request()
    export.portability(records, sent, request=request, sender=hospital, extract_time=NOW).finish()

    # 1. Is it whole? Nothing is written.
    report = export.verify(sent).raise_for_errors()
    print(report.verdict, report.checked)

    # 2. What would become of each patient? The INS attaches; the other is new, to be qualified.
    reception = export.receive(sent)
    plan = export.import_plan(reception, [known])
    for planned in plan:
        print(planned)
    assert [planned.decision.name for planned in plan] == ["ATTACH", "CREATE"]

    # 3. The documents, one patient at a time, where your software files them.
    decisions = {planned.place: planned for planned in plan}
    for patient in reception:
        planned = decisions[patient.place]
        for item in patient.items:
            with item.open() as stream:
                print(planned.decision.name, item.id, len(stream.read()), "bytes")

    # 4. The receipt.
    print(export.acknowledge(reception, report, plan, received=NOW).to_dict())

    # 5. One octet changes on the way.
    archive = sent / "LOT00001" / "PAT00001.ZIP"
    octets = bytearray(archive.read_bytes())
    octets[-30] ^= 1
    archive.write_bytes(octets)
    broken = export.verify(sent)
    assert not broken
    print(broken.errors[0])
