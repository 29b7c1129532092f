"""A hospital sends a letter, a pharmacy finds its patient: PDF, CDA, IHE_XDM, and back."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path

from segur_interop import cda, ins, pdf, xdm
from segur_interop.model import LocalId, Organization, Patient, Period, PersonName, Professional
from segur_interop.terminology import value_set

PARIS = timezone(timedelta(hours=1))
admission = datetime(2026, 2, 20, 8, 30, tzinfo=PARIS)
discharge = datetime(2026, 3, 1, 11, 0, tzinfo=PARIS)

# The patient is the test identity of the ANS; the others are fictitious.
patient = Patient(
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
)
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

# 1. A printed letter: identity block and Datamatrix INS on page 1, PDF/A-1b.
letter = pdf.compose(
    pdf.Content(
        kind=pdf.Kind.LETTRE_LIAISON_SORTIE,
        patient=patient,
        author=surgeon,
        organization=hospital,
        created=discharge,
        performed=Period(low=admission, high=discharge),
        to_patient=True,
        sections=(
            pdf.Section(
                title="Synthèse médicale du séjour",
                blocks=(pdf.Paragraph(text="Appendicectomie, suites simples."),),
            ),
        ),
    )
)

# 2. A CDA R2 level 1 document: every defect at once, or a document that passes the header rules.
document = cda.wrap(
    letter,
    patient=patient,
    author=surgeon,
    custodian=hospital,
    type=cda.DocumentType.LETTRE_LIAISON_SORTIE,
    title="Lettre de liaison à la sortie",
    created=discharge,
    performed=(admission, discharge),
    setting=cda.Setting.HOSPITAL,
)
assert document.check()

# 3. An IHE_XDM archive, ready for a mail.
path = xdm.pack([document], source=hospital).save(Path("IHE_XDM.ZIP"))

# 4. Elsewhere: the archive is read, and finds the patient among the local records.
local_records = [patient.identity]
for received in xdm.unpack(path).documents:
    match = ins.preselect(received.patient.identity, local_records)
    print(received.type.code.label, "->", "found" if match else f"ask a person ({match.ack_code})")
    assert match
    assert received.pdf == bytes(letter)
