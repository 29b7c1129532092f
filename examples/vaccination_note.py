"""A pharmacist vaccinates: the note de vaccination, its archive, and what a receiver reads."""

from __future__ import annotations

import tempfile
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

from segur_interop import cda, ins, xdm
from segur_interop.model import LocalId, Organization, Patient, PersonName, Professional
from segur_interop.terminology import Code, value_set

NOW = datetime(2026, 11, 21, 10, 30, tzinfo=timezone(timedelta(hours=1)))

# The official test patient, as the software holds it once INSi and a document agreed.
patient = Patient(
    identity=ins.Identity(
        birth_name="PAT-TROIS",
        birth_given_names="DOMINIQUE MARIE-LOUISE",
        first_birth_given_name="DOMINIQUE",
        birth_date=date(1979, 3, 28),
        sex=ins.Sex.F,
        birth_place="51215",
        matricule=ins.Matricule.parse("279035121518989", "1.2.250.1.213.1.4.10"),
        status=ins.IdentityStatus.QUALIFIEE,
    ),
    ids=(LocalId(root="1.2.250.1.999.1", extension="42"),),
)
pharmacy = Organization.from_finess(
    "750000034", name="Pharmacie de la Gare", facility_type=value_set("J02").get("SA33")
)
pharmacist = Professional.from_rpps(
    "10000000020",
    name=PersonName(family="OFFICINE", given="Paul", civility="M"),
    profession=value_set("J01").get("G15_21/A"),
    organization=pharmacy,
)
act = cda.VaccinationAct(
    day=NOW.date(),
    vaccine=cda.Vaccine(
        cis="68747507",
        label="VACCIN FICTIF, suspension injectable en seringue préremplie",
        atc=Code(code="J07BB02", label="grippe, antigènes purifiés"),
        lot="LOT42A",
        expires="202706",
    ),
    validated_by=pharmacist,
    performers=(pharmacist,),
    kind="BOOSTER",
    route="20035000",  # voie intramusculaire
    site="16217701000119102",  # deltoïde gauche
    dose=Decimal("0.5"),
    dose_unit="mL",
    comment="Campagne de vaccination contre la grippe",
)
note = cda.vaccination_note(
    act,
    patient=patient,
    author=pharmacist,
    custodian=pharmacy,
    created=NOW,
    setting=cda.Setting.PHARMACY,
)
print("note:", note.type.code.label, "- rules:", note.check().verdict.name)

with tempfile.TemporaryDirectory() as folder:
    path = Path(folder) / "IHE_XDM.ZIP"
    xdm.pack([note], source=pharmacy).save(path)
    (received,) = xdm.unpack(path).documents
    (vaccination,) = received.vaccinations()
    print("received:", vaccination.vaccine.label, "- lot", vaccination.vaccine.lot)
    print("done:", vaccination.done, "-", vaccination.code.label, "-", vaccination.site.label)
