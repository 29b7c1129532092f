"""A pharmacy shows what it received: one HTML page a document, with the masks of its metadata."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

from segur_interop import cda, ins, xdm
from segur_interop.model import LocalId, Organization, Patient, PersonName, Professional
from segur_interop.terminology import Masking, value_set

# What a hospital sent: the patient is the test identity of the ANS, the others are fictitious.
hospital = Organization.from_finess(
    "750000018",
    name="Hôpital de démonstration",
    facility_type=value_set("J02").get("SA01"),
    practice_setting=value_set("J04").get("ETABLISSEMENT"),
)
document = cda.wrap(
    cda.PlainText("Appendicectomie, suites simples."),
    patient=Patient(
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
        ids=(LocalId(root="1.2.250.1.213.99.1", extension="10001234", type="PI"),),
    ),
    author=Professional.from_rpps(
        "10000000012",
        name=PersonName(family="MARTIN", given="Anne", title="DR"),
        profession=value_set("J01").get("G15_10/SM05"),
        organization=hospital,
    ),
    custodian=hospital,
    type=cda.DocumentType.LETTRE_LIAISON_SORTIE,
    title="Lettre de liaison à la sortie",
    created=datetime(2026, 3, 1, 10, 0, tzinfo=UTC),
    performed=(date(2026, 2, 20), date(2026, 3, 1)),
    setting=cda.Setting.HOSPITAL,
)
entry = xdm.Entry.of(document, masks={Masking.INVISIBLE_PATIENT})
received = bytes(xdm.pack([entry], source=hospital))

# One page a document: the masks are in the metadata, never in the header.
for rank, item in enumerate(xdm.unpack(received).entries, start=1):
    shown = item.document()
    if shown is None:
        continue
    page = shown.render(masks=item.metadata.masks)
    Path(f"document-{rank}.html").write_text(page, encoding="utf-8")
    print(f"document-{rank}.html: {len(page)} characters")
    assert "n’est pas visible du patient" in page
    assert "non vérifiée ici" in page  # the identity is its sender's word
    assert "<script" not in page
