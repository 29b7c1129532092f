"""The history of a software, exported for portability: stopped half-way, and gone on with."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from segur_interop import cda, export, ins, xdm
from segur_interop.model import LocalId, Organization, Patient, PersonName, Professional
from segur_interop.terminology import value_set

PARIS = timezone(timedelta(hours=1))
NOW = datetime(2026, 3, 1, 10, 0, tzinfo=PARIS)

hospital = Organization.from_finess(
    "750000018",
    name="Hôpital de démonstration",
    facility_type=value_set("J02").get("SA01"),
    practice_setting=value_set("J04").get("ETABLISSEMENT"),
)
surgeon = Professional.from_rpps(
    "10000000012",
    name=PersonName(family="MARTIN", given="Anne", title="DR"),
    profession=value_set("J01").get("G15_10/SM05"),
    organization=hospital,
)


def patient(number: int) -> Patient:
    """A fictitious patient: no INS, an IPP."""
    identity = ins.Identity(
        birth_name=f"DEMONSTRATION-{'ABCDE'[number]}",
        birth_given_names="CAMILLE",
        first_birth_given_name="CAMILLE",
        birth_date=date(1950 + number, 5, 17),
        sex=ins.Sex.F,
        birth_place="75056",
    )
    own = LocalId(root="1.2.250.1.213.99.1", extension=f"1000{number}", type="PI")
    return Patient(identity=identity, ids=(own,))


def records(folder: Path) -> Iterator[export.Record]:
    """What a source is: patients in a stable order, each with items that open when asked."""
    for number in range(5):
        who = patient(number)
        letter = folder / f"letter{number}.xml"
        if not letter.exists():
            cda.wrap(
                cda.PlainText("Suites simples."),
                patient=who,
                author=surgeon,
                custodian=hospital,
                type=cda.DocumentType.LETTRE_LIAISON_SORTIE,
                title="Lettre de liaison à la sortie",
                created=NOW,
                performed=(NOW - timedelta(days=9), NOW),
                setting=cda.Setting.HOSPITAL,
            ).save(letter)
        image = folder / f"scan{number}.jpg"
        image.write_bytes(b"\xff\xd8\xff\xd9")
        yield export.Record(
            key=f"record {number}",
            patient=who,
            items=[
                export.Item(id=f"letter-{number}", content=letter, mime_type="text/xml"),
                export.Item(
                    id=f"scan-{number}",
                    content=image,
                    mime_type="image/jpeg",
                    produced="1998",
                    origin=export.Origin.RECEIVED,
                ),
            ],
        )


with tempfile.TemporaryDirectory() as work:
    source, out = Path(work, "source"), Path(work, "EXPORT")
    source.mkdir()
    request = export.Request(recipient=export.Recipient.CONFRERE)

    # 1. A run that is stopped after two patients: what is done stays.
    with export.portability(records(source), out, request=request, sender=hospital) as run:
        for _ in range(2):
            print("done", next(run))

    # 2. The same call goes on, and finishes.
    result = export.portability(records(source), out, request=request, sender=hospital).finish()
    print(result.status.value, result.balance)
    assert result
    assert result.balance.written == 10

    # 3. Each archive is a plain IHE_XDM archive; a letter has its page for people beside it.
    for path in sorted(out.glob("LOT*/PAT*.ZIP")):
        archive = xdm.unpack(path)
        assert not archive.findings
        print(path.name, [entry.metadata.uri for entry in archive.entries])
