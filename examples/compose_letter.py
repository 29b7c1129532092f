"""A discharge letter from its content: printed as PDF/A-1b, read back as its receiver scans it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone

from segur_interop import ins, model, pdf
from segur_interop.terminology import Code

PARIS = timezone(timedelta(hours=1))

# Fictitious people; the patient is the test patient of the ANS.
patient = model.Patient(
    identity=ins.Identity(
        birth_name="PAT-TROIS",
        birth_given_names="DOMINIQUE MARIE-LOUISE",
        first_birth_given_name="DOMINIQUE",
        birth_date=date(1979, 3, 28),
        sex=ins.Sex.F,
        birth_place="51215",
        matricule=ins.Matricule.parse("279035121518989", oid="1.2.250.1.213.1.4.10"),
        status=ins.IdentityStatus.QUALIFIEE,
    )
)
hospital = model.Organization.from_finess(
    "750000001",
    name="Centre hospitalier de la Fiction",
    addresses=(model.Address(lines=("12, rue de l'Hôpital",), postal_code="75012", city="Paris"),),
    telecoms=(model.Telecom.phone("01 44 95 55 55"),),
)
surgeon = model.Professional.from_rpps(
    "10001234567",
    name=model.PersonName(family="MARTIN", given="Jeanne", civility="MME", title="DR"),
    profession=Code(code="G15_10/SM26", label="Médecin - Chirurgie orthopédique"),
    organization=hospital,
)
doctor = model.Professional.from_rpps(
    "10009876543",
    name=model.PersonName(family="DURAND", given="Paul", civility="M", title="DR"),
    profession=Code(code="G15_10/SM54", label="Médecin - Médecine générale"),
    telecoms=(model.Telecom.email("paul.durand@medecin.mssante.fr"),),
)

treatments = pdf.Table(
    header=("Médicament", "Posologie", "Durée", "Statut"),
    widths=(4, 5, 2, 2.4),
    rows=(
        ("PARACÉTAMOL 1 g, comprimé", "1 comprimé matin, midi et soir", "7 jours", "Ajouté"),
        ("ÉNOXAPARINE 4 000 UI", "1 injection par jour, à 20 h", "28 jours", "Ajouté"),
        ("AMLODIPINE 5 mg, gélule", "1 gélule le matin", "Au long cours", "Inchangé"),
    ),
)
texts = {
    "Motif d'hospitalisation": pdf.Paragraph(text="Fracture du col fémoral gauche."),
    "Synthèse médicale du séjour": pdf.Items(
        items=("Prothèse intermédiaire de hanche gauche, sans incident.", "Lever au premier jour.")
    ),
    "Traitements à la sortie": treatments,
    "Suites à donner": pdf.Paragraph(text="Contrôle le 25/04/2024.", strong=True),
}
sections = tuple(
    replace(section, blocks=(texts[section.title],)) if section.title in texts else section
    for section in pdf.outline(pdf.Kind.LETTRE_LIAISON_SORTIE)
)

letter = pdf.compose(
    pdf.Content(
        kind=pdf.Kind.LETTRE_LIAISON_SORTIE,
        patient=patient,
        author=surgeon,
        organization=hospital,
        recipients=(doctor,),
        to_patient=True,
        created=datetime(2024, 3, 15, 10, 15, tzinfo=PARIS),
        performed=model.Period(low="20240310", high="20240315"),
        sections=sections,
    )
)
print("written:", letter.save("lettre-de-liaison.pdf"))
print(letter.report)

scanned = ins.scan("lettre-de-liaison.pdf")
match = ins.preselect(scanned.identity or ins.Identity(), [patient])
print("the symbol of page 1 preselects the right record:", match.candidate is patient)
assert match.candidate is patient
