"""Exports as their users write them; mypy must accept it with the package's own settings."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ProcessPoolExecutor
from datetime import UTC, date, datetime
from pathlib import Path
from typing import BinaryIO, assert_type

from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.x509 import Certificate

from segur_interop import cda, export
from segur_interop.audit import AuditEvent
from segur_interop.export import Item, Recipient, Record, Refused, Request, Scope
from segur_interop.model import Organization, Patient
from segur_interop.terminology import Masking, value_set


def opener() -> BinaryIO:
    return Path("image.dcm").open("rb")


def records(patients: Iterable[Patient]) -> Iterator[Record]:
    for number, patient in enumerate(patients):
        yield Record(
            key=str(number),
            patient=patient,
            items=(
                Item(id="1", content=Path("a.pdf"), mime_type="application/pdf", produced="2026"),
                Item(id="2", content=b"text", mime_type="text/plain", produced=date(2026, 1, 1)),
                Item(
                    id="3", content=opener, mime_type="application/dicom",
                    produced=datetime(2026, 1, 1, tzinfo=UTC), masks=frozenset({Masking.MASQUE_PS}),
                    type=value_set("J07").get("11490-0"),
                ),
            ),
            referents=("10000000012",),
        )  # fmt: skip


def everything(patients: list[Patient], hospital: Organization, executor: Executor) -> bool:
    request = Request(depth="P5Y", professional="10000000012", scope=Scope.PATIENTS_OF)
    run = export.portability(
        records(patients), "EXPORT", request=request, sender=hospital, executor=executor
    )
    for outcome in run:
        assert_type(outcome.refused, tuple[tuple[str, Refused], ...])
    assert_type(run.result, export.Result | None)
    return bool(run.result)


def documents(letters: list[cda.Document], hospital: Organization, out: Path) -> export.Balance:
    def trace(event: AuditEvent) -> None:
        print(event.subject)

    with export.portability(
        letters, out, request=Request(since=date(2020, 1, 1)), sender=hospital, audit=trace,
        progress=lambda done, total: print(done), extract_time=datetime.now(UTC),
        editor=export.Editor(name="Éditeur", siret="78565469850005"), wrap=cda.Setting.HOSPITAL,
    ) as run:  # fmt: skip
        return run.finish().balance


def sealed(hospital: Organization, key: RSAPrivateKey, certificate: Certificate) -> Path:
    source = export.SqlSource(
        lambda: sqlite3.connect("base.db"), patients="SELECT", items="SELECT", count="SELECT"
    )
    request = Request(recipient=Recipient.JUSTICE)
    with ProcessPoolExecutor(2) as pool:
        result = export.portability(
            source, "EXPORT", request=request, sender=hospital, executor=pool,
            signer=export.signer(certificate, key),
        ).finish()  # fmt: skip
    folder = export.encrypt(result.folder, "SEALED", [certificate])
    return export.decrypt(folder / "LOT00001.P7M", "LOT00001.TAR", certificate, key)


def folder(hospital: Organization) -> export.Result:
    source = export.FolderSource("table.csv")
    return export.portability(source, "EXPORT", request=Request(), sender=hospital).finish()
