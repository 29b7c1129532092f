"""Archives as their users write them; mypy must accept it with the package's own settings."""

from __future__ import annotations

import dataclasses
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, assert_type

from segur_interop import cda, findings, xdm
from segur_interop.ins import Identity, preselect
from segur_interop.model import Organization, Patient
from segur_interop.terminology import Code, Masking


def send(letter: cda.Document, hospital: Organization) -> Path:
    sending = xdm.Submission(time=datetime.now(UTC), title="Envoi")
    archive = xdm.pack([letter], source=hospital, submission=sending, compression="deflate")
    assert_type(archive, xdm.Archive)
    assert_type(bytes(archive), bytes)
    return archive.save("IHE_XDM.ZIP")


def mixed(letter: cda.Document, pdf: Path, hospital: Organization) -> xdm.Archive:
    def opener() -> BinaryIO:
        return pdf.open("rb")

    described = dataclasses.replace(xdm.document_entry(letter), mime_type="application/pdf")
    assert_type(described.class_code, Code | None)
    masked = xdm.Entry.of(letter, masks={Masking.INVISIBLE_PATIENT}, action="D")
    entries = [masked, xdm.Entry(opener, described), xdm.Entry(pdf, described)]
    return xdm.pack(entries, source=hospital, forward=True)


def receive(attachment: bytes, candidates: list[Identity]) -> list[Identity | None]:
    archive = xdm.unpack(attachment, limits=xdm.Limits(entries=100))
    assert_type(archive.submission, xdm.SubmissionSet | None)
    assert_type(archive.findings, tuple[findings.Finding, ...])
    for entry in (*archive.entries, *archive.unlisted):
        assert_type(entry.document(), cda.Document | None)
        assert_type(entry.metadata.patient, Patient)
        with entry.open() as stream:
            assert_type(stream.read(10), bytes)
    return [preselect(item.patient.identity, candidates).candidate for item in archive.documents]


def ready(letter: cda.Document) -> bool:
    return bool(xdm.dmp_ready(letter, masks={Masking.MASQUE_PS}))
