"""A hospital's software hands a letter to its platform (PFI), which tells what became of it."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

from segur_interop import cda, hl7, ins
from segur_interop.errors import MessageError
from segur_interop.model import (
    LocalId,
    Organization,
    Patient,
    PersonName,
    Professional,
    Telecom,
    Timestamp,
)
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
doctor = Professional.from_rpps(
    "10000000012",
    name=PersonName(family="MARTIN", given="Anne", title="DR"),
    profession=value_set("J01").get("G15_10/SM05"),
    organization=hospital,
    telecoms=(Telecom.email("anne.martin@hopital.mssante.fr"),),
)


def letter(title: str, replaces: cda.Document | None = None) -> cda.Document:
    return cda.wrap(
        cda.PlainText("Appendicectomie, suites simples."),
        patient=patient,
        author=doctor,
        custodian=hospital,
        type=cda.DocumentType.LETTRE_LIAISON_SORTIE,
        title=title,
        created=discharge,
        performed=(admission, discharge),
        setting=cda.Setting.HOSPITAL,
        replaces=replaces,
    )


def header(number: str) -> hl7.Header:
    return hl7.Header(
        sending_application="DPI",
        sending_facility="CHU",
        receiving_application="PFI",
        receiving_facility="CHU",
        control_id=number,
        time=Timestamp.of(discharge),
        processing="T",
    )


everywhere = hl7.Actions(
    destdmp=True,
    destmssanteps=True,
    destmssantepat=True,
    ack_reception=True,
    no_patient_reply=True,
    mail_body_patient="Madame, voici votre lettre de liaison.",
)
first = letter("Lettre de liaison")
second = letter("Lettre de liaison, corrigée", replaces=first)
people = {"sender": doctor, "recipients": [doctor, patient]}

with TemporaryDirectory() as folder:
    # 1. The software writes a first letter, then one that replaces it, then takes it back.
    outbox = {
        "initial.hl7": hl7.mdm(first, header=header("1"), actions=everywhere, **people),
        "replacement.hl7": hl7.oru(second, header=header("2"), actions=everywhere, **people),
        "deletion.hl7": hl7.mdm(
            second,
            header=header("3"),
            control=hl7.OrderControl.DELETION,
            actions=everywhere,
            **people,
        ),
    }
    for name, message in outbox.items():
        assert hl7.check(message)
        Path(folder, name).write_bytes(message)

    # 2. The platform reads each: whose document, what is asked, and whether it may.
    for name in outbox:
        transport = hl7.read_transport(Path(folder, name))
        assert ins.preselect(transport.identity, [patient])
        assert transport.dmp_allowed
        assert transport.mssante_ps_allowed
        assert transport.mssante_patient_allowed
        print(transport.kind, transport.control.name, "->", hl7.read_ack(transport.ack()).code)

    # 3. Masked to the patient: it may not go to the patient's mailbox, and is not written.
    hidden = hl7.Actions(invisible_patient=True, destmssantepat=True)
    try:
        hl7.mdm(first, header=header("4"), actions=hidden, sender=doctor, recipients=[patient])
    except MessageError as error:
        print("refused:", error.report.errors[0].rule)

    # 4. Later: the mailbox was full.
    full = hl7.AccuseMetier(
        trigger="Z02",
        header=header("5"),
        message_id="1",
        accepted=False,
        address=doctor.mssante,
        error="422",
    )
    told = hl7.read_zam(hl7.zam(full))
    print("message", told.message_id, "->", hl7.SMTP_ERRORS[told.error])
