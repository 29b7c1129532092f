"""`segur-interop demo OUT`: the main job on real input, each step in one line.

Every person and structure is fictitious; the patient is the test identity of the ANS.
"""

from __future__ import annotations

import argparse
import dataclasses
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segur_interop.cli._output import DONE, REFUSED, content, print_findings, say

if TYPE_CHECKING:
    from segur_interop.cda import Document
    from segur_interop.findings import Report
    from segur_interop.ins import Identity
    from segur_interop.model import Organization, Patient, Professional
    from segur_interop.pdf import PdfA

PARIS: Final = timezone(timedelta(hours=1))
ADMISSION: Final = datetime(2026, 2, 20, 8, 30, tzinfo=PARIS)
DISCHARGE: Final = datetime(2026, 3, 1, 11, 0, tzinfo=PARIS)


def commands(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.set_defaults(command=demo)
    parser.add_argument("out", metavar="OUT", type=Path, help="folder to write in")
    parser.add_argument(
        "--pdf", metavar="FILE", type=Path, help="also take this PDF, as received from elsewhere"
    )


@dataclass(frozen=True)
class Record:
    """A patient of the receiving software."""

    number: int
    identity: Identity


def demo(arguments: argparse.Namespace) -> int:
    """Compose, convert, stamp, wrap, pack, unpack, and find the patient."""
    from segur_interop import ins, pdf, xdm

    out: Path = arguments.out
    out.mkdir(parents=True, exist_ok=True)
    patient, hospital, surgeon = _patient(), _hospital(), _surgeon()

    letter = _letter(patient, hospital, surgeon)
    letter.save(out / "lettre.pdf")
    _tell("compose", f"lettre.pdf, {letter.pages} page(s), PDF/A-1b, Datamatrix INS on page 1")
    documents = [_wrapped(letter, patient, hospital, surgeon)]
    documents[0].save(out / "lettre.xml")
    _tell("wrap", "lettre.xml, CDA R2 level 1, header rules passed")

    if arguments.pdf is not None:
        converted = pdf.convert(content(arguments.pdf))
        _tell("convert", f"PDF/A-1b, {_counted(converted.report)}")
        print_findings(converted.report)
        foreign = pdf.stamp(converted, patient.identity, search_symbol=True)
        foreign.save(out / "autre.pdf")
        told = foreign.report.parts[-1]
        _tell("stamp", f"autre.pdf, identity block and Datamatrix INS, {_counted(told)}")
        print_findings(told)
        documents.append(_wrapped(foreign, patient, hospital, surgeon))
        documents[1].save(out / "autre.xml")
        _tell("wrap", "autre.xml, CDA R2 level 1, header rules passed")

    path = xdm.pack(documents, source=hospital).save(out / "IHE_XDM.ZIP")
    _tell("pack", f"IHE_XDM.ZIP, {path.stat().st_size} bytes")

    received = xdm.unpack(path)
    for document in received.documents:
        match = ins.preselect(document.patient.identity, _candidates(patient.identity))
        if not match.candidate:
            return say("the patient of a document was not found", REFUSED)
        others = len(match.others)
        _tell("unpack, match", f"record {match.candidate.number} of 3; to look at: {others} other")
    return DONE


def _tell(step: str, what: str) -> None:
    print(f"{step:<16} {what}")


def _counted(report: Report) -> str:
    told = len(list(report))
    return f"{told} thing(s) to tell:" if told else "nothing to tell"


def _patient() -> Patient:
    from segur_interop import ins
    from segur_interop.model import LocalId, Patient

    identity = ins.Identity(
        birth_name="PAT-TROIS",
        birth_given_names="DOMINIQUE MARIE-LOUISE",
        first_birth_given_name="DOMINIQUE",
        birth_date=date(1979, 3, 28),
        sex=ins.Sex.F,
        birth_place="51215",
        birth_place_name="DOMPREMY",
        matricule=ins.Matricule.parse("279035121518989", oid="1.2.250.1.213.1.4.10"),
        status=ins.IdentityStatus.QUALIFIEE,
    )
    return Patient(
        identity=identity,
        ids=(LocalId(root="1.2.250.1.213.99.1", extension="10001234", type="PI"),),
    )


def _hospital() -> Organization:
    from segur_interop.model import Address, Organization, Telecom
    from segur_interop.terminology import value_set

    return Organization.from_finess(
        "750000018",
        name="Hôpital de démonstration",
        facility_type=value_set("J02").get("SA01"),
        practice_setting=value_set("J04").get("ETABLISSEMENT"),
        addresses=(Address(lines=("1 place de l'Hôpital", "75000 PARIS")),),
        telecoms=(Telecom.phone("01 00 00 00 00", "WP"),),
    )


def _surgeon() -> Professional:
    from segur_interop.model import PersonName, Professional
    from segur_interop.terminology import value_set

    return Professional.from_rpps(
        "10000000012",
        name=PersonName(family="MARTIN", given="Anne", civility="MME", title="DR"),
        profession=value_set("J01").get("G15_10/SM05"),
        organization=_hospital(),
    )


def _letter(patient: Patient, hospital: Organization, surgeon: Professional) -> PdfA:
    from segur_interop import pdf
    from segur_interop.model import Period, PersonName, Professional

    family_doctor = Professional.from_rpps(
        "10000000020", name=PersonName(family="DURAND", given="Paul", civility="M", title="DR")
    )
    treatments = pdf.Table(
        header=("Médicament", "Posologie", "Durée", "Motif"),
        rows=(
            ("Paracétamol 1 g", "1 comprimé 3 fois par jour si douleur", "5 jours", "Antalgie"),
            ("Énoxaparine 4000 UI", "1 injection par jour", "10 jours", "Prévention"),
        ),
        widths=(2, 3, 1, 1.4),
    )
    content = pdf.Content(
        kind=pdf.Kind.LETTRE_LIAISON_SORTIE,
        patient=patient,
        author=surgeon,
        organization=hospital,
        created=DISCHARGE,
        performed=Period(low=ADMISSION, high=DISCHARGE),
        recipients=(family_doctor,),
        to_patient=True,
        sections=(
            pdf.Section(
                title="Motif d'hospitalisation",
                blocks=(pdf.Paragraph(text="Appendicite aiguë non compliquée."),),
            ),
            pdf.Section(
                title="Synthèse médicale du séjour",
                blocks=(
                    pdf.Paragraph(
                        text="Appendicectomie par cœlioscopie le 21 février 2026. Suites simples, "
                        "reprise de l'alimentation à J1, apyrexie stable."
                    ),
                ),
            ),
            pdf.Section(title="Traitements à la sortie", blocks=(treatments,)),
            pdf.Section(
                title="Suites à donner",
                blocks=(
                    pdf.Items(
                        items=(
                            "Consultation de contrôle à un mois.",
                            "Consulter en cas de fièvre ou de douleur croissante.",
                        )
                    ),
                ),
            ),
        ),
    )
    return pdf.compose(content)


def _wrapped(
    body: PdfA, patient: Patient, hospital: Organization, surgeon: Professional
) -> Document:
    from segur_interop import cda

    return cda.wrap(
        body,
        patient=patient,
        author=surgeon,
        custodian=hospital,
        type=cda.DocumentType.LETTRE_LIAISON_SORTIE,
        title="Lettre de liaison à la sortie",
        created=DISCHARGE,
        performed=(ADMISSION, DISCHARGE),
        setting=cda.Setting.HOSPITAL,
    )


def _candidates(identity: Identity) -> list[Record]:
    """The patient, a namesake without matricule, and somebody else."""
    from segur_interop import ins

    namesake = dataclasses.replace(identity, matricule=None, status=ins.IdentityStatus.VALIDEE)
    stranger = ins.Identity(
        birth_name="PATIENT",
        birth_given_names="ALEX",
        birth_date=date(1990, 1, 1),
        sex=ins.Sex.M,
    )
    return [Record(1, stranger), Record(2, namesake), Record(3, identity)]
