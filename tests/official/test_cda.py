"""Written documents before the official judge, and every official document before the reader."""

from __future__ import annotations

import base64
import dataclasses
import json
import os
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest
import strategies
from documents import BODY, DISCHARGED, S, T, everything, minimal, wrap
from hypothesis import HealthCheck, given, settings
from lxml import etree
from mutations import NOT_CAUGHT, REFUSED, Change, base

from segur_interop import cda, pdf
from segur_interop.errors import NotPdfA
from segur_interop.findings import Severity
from segur_interop.ins import Evidence
from segur_interop.model import Encounter, Period

pytestmark = pytest.mark.official

Judge = Callable[[Iterable[tuple[str, bytes]]], dict[str, dict[str, Any]]]

KINDS = (
    "LETTRE_LIAISON_SORTIE", "COMPTE_RENDU_OPERATOIRE", "PRESCRIPTION_PRODUITS",
    "PRESCRIPTION_BIOLOGIE", "PRESCRIPTION_KINESITHERAPIE", "PRESCRIPTION_INFIRMIERS",
    "PRESCRIPTION_PEDICURIE", "PRESCRIPTION_ORTHOPHONIE", "PRESCRIPTION_ORTHOPTIE",
    "COMPTE_RENDU_BIOLOGIE", "COMPTE_RENDU_IMAGERIE", "ENTRETIEN_PHARMACEUTIQUE",
    "BILAN_MEDICATION", "SYNTHESE_MEDICALE",
)  # fmt: skip


@pytest.fixture(scope="module")
def judge(official: Path, official_tools: Path, tmp_path_factory: pytest.TempPathFactory) -> Judge:
    """XSD and schematrons of the ANS kit over many documents in one process."""
    pytest.importorskip("saxonche")
    cache = os.environ.get("SEGUR_CACHE") or str(tmp_path_factory.mktemp("compiled"))

    def verdicts(documents: Iterable[tuple[str, bytes]]) -> dict[str, dict[str, Any]]:
        folder = tmp_path_factory.mktemp("documents")
        files = []
        for name, octets in documents:
            path = folder / f"{name}.xml"
            path.write_bytes(octets)
            files.append(str(path))
        tool = str(official_tools / "validate_cda.py")
        kit = str(official / "ans-kit")
        run = subprocess.run(
            [sys.executable, tool, "--kit", kit, "--cache", cache, "--json", *files],
            capture_output=True,
            text=True,
            check=False,
        )
        assert run.stdout, run.stderr[-2000:]
        return {Path(result["file"]).stem: result for result in json.loads(run.stdout)}

    return verdicts


def not_passed(verdicts: dict[str, dict[str, Any]]) -> dict[str, list[str]]:
    return {
        name: [item["text"][:200] for item in result["failures"]] or [result["status"]]
        for name, result in verdicts.items()
        if result["status"] != "passed"
    }


def test_every_kind_in_every_setting_bare_and_full_passes(judge: Judge) -> None:
    made = [
        (
            f"{kind}-{setting.value}-{part.__name__}",
            bytes(wrap(**part(setting, type=getattr(T, kind)))),
        )
        for kind in KINDS
        for setting in S
        for part in (minimal, everything)
    ]
    verdicts = judge(made)
    assert len(verdicts) == len(KINDS) * 6
    assert not_passed(verdicts) == {}
    for result in verdicts.values():
        assert result["xsd"] == "passed"
        fired = {row["schematron"]: row["rules_fired"] for row in result["schematrons"]}
        assert fired["schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch"] > 50


def test_sixty_generated_headers_pass(judge: Judge) -> None:
    made: list[tuple[str, bytes]] = []

    @settings(
        max_examples=60,
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategies.wrap_arguments())
    def collect(arguments: dict[str, Any]) -> None:
        made.append((f"generated-{len(made)}", bytes(cda.wrap(BODY, **arguments))))

    collect()
    assert len(made) >= 60
    assert not_passed(judge(made)) == {}


def changed(rows: tuple[tuple[str, Change], ...]) -> list[tuple[str, bytes]]:
    made = []
    for rank, (rule, change) in enumerate(rows):
        root = base()
        change(root)
        made.append(
            (f"{rule}-{rank}", etree.tostring(root, encoding="UTF-8", xml_declaration=True))
        )
    return made


def test_our_table_refuses_what_the_judge_refuses_and_more(judge: Judge) -> None:
    refused, let_through = changed(REFUSED), changed(NOT_CAUGHT)
    verdicts = judge([("base", etree.tostring(base())), *refused, *let_through])
    status = {name: result["status"] for name, result in verdicts.items()}
    assert status.pop("base") == "passed"
    assert [name for name, _ in refused if status[name] != "failed"] == []
    assert [name for name, _ in let_through if status[name] != "passed"] == []


# -- official documents -------------------------------------------------------------------------

NOTICED = {
    # a date without time, offsets of three digits, a time of day without zone
    "01_Modèles_contenus_CDA.xml": {"cda.effective-time.exact"},
    "BIO-TROD_2024.01_Angine.xml": {"cda.ts"},
    "BIO-TROD_2024.01_COVID-19.xml": {"cda.ts"},
    "BIO-TROD_2024.01_Cystite.xml": {"cda.ts"},
    "DOC_NON_STRUCTURE_CDA-R2-N1.xml": {"cda.ts.zone"},
    # keys that do not match the numbers of production domains
    "CSE-CS24_2024.01.xml": {"cda.ins.key"},
    "CSE-CS8_2024.01.xml": {"cda.ins.key"},
    "CSE-CS9_2024.01.xml": {"cda.ins.key"},
    "OBP-SNE_2024.01.xml": {"cda.ins.key"},
    # a local identifier that is the matricule itself
    "CSE-CS9_2025.01.xml": {"patient.id-is-matricule"},
}  # fmt: skip
"""The errors that the reader finds in the official examples: all are theirs."""


@pytest.mark.official_files("ans-kit/ExemplesCDA/**/*.xml")
def test_an_official_example_is_read_and_its_errors_are_known(official_file: Path) -> None:
    document = cda.read(official_file)
    errors = {item.rule for item in document.findings if item.severity is Severity.ERROR}
    assert errors == NOTICED.get(official_file.name, set())
    assert bytes(document) == official_file.read_bytes()
    assert document.type is not None
    assert document.patient.identity.birth_name
    assert document.authors
    assert document.custodian is not None
    assert document.encounter is not None
    assert document.acts
    assert document.level in (1, 3)


def archives(official: Path) -> Iterable[tuple[str, bytes]]:
    for path in sorted((official / "xdm-examples").rglob("*")):
        if path.is_file() and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    octets = archive.read(name)
                    if b"</ClinicalDocument>" in octets and name.lower().endswith("xml"):
                        yield f"{path.name}/{name}", octets


def test_every_document_of_the_official_archives_is_read(official: Path) -> None:
    count = 0
    for name, octets in archives(official):
        document = cda.read(octets)
        count += 1
        assert document.authors, name
        assert document.id is not None, name
        assert document.patient.identity.birth_name, name
    assert count >= 80


LEVEL_1 = ("DOC_NON_STRUCTURE_CDA-R2-N1.xml", "BIO-CR-BIO_2021.01_CDA-R2-Niveau-1.xml")


@pytest.mark.parametrize("name", LEVEL_1)
def test_an_official_level_1_document_survives_being_written_again(
    official: Path, judge: Judge, name: str
) -> None:
    source = cda.read(official / "ans-kit" / "ExemplesCDA" / name)
    assert source.pdf is not None
    with pytest.raises(NotPdfA):
        pdf.PdfA.read(source.pdf)  # that of the kit is PDF 1.5: it must be converted
    body = pdf.convert(source.pdf)
    again = rewritten(source, body)
    assert again.pdf == bytes(body)
    back = cda.read(bytes(again))
    assert back.pdf == bytes(body)
    for field in (
        "id", "set_id", "version", "code", "title", "created", "confidentiality", "language",
        "templates", "authors", "custodian", "legal_authenticator", "authenticators",
        "data_enterer", "informants", "recipients", "participants", "orders", "acts",
        "relation", "consents",
    ):  # fmt: skip
        assert getattr(back, field) == getattr(source, field), field
    assert back.patient == source.patient
    assert not_passed(judge([(Path(name).stem, bytes(again))])) == {}


def rewritten(source: cda.Document, body: pdf.PdfA) -> cda.Document:
    """The document written again with every value that was read."""
    assert source.encounter is not None
    assert source.type is not None
    assert source.created is not None
    assert source.custodian is not None
    stay = source.encounter
    if stay.period is not None and stay.period.findings:  # a time of day without zone
        stay = dataclasses.replace(stay, period=Period(low=DISCHARGED))
    assert isinstance(stay, Encounter)
    local = source.patient.identity.adopt(Evidence.IDENTITY_REPOSITORY)
    return cda.wrap(
        body,
        patient=dataclasses.replace(source.patient, identity=local),
        author=source.authors,
        custodian=source.custodian,
        type=source.type,
        title=source.title,
        created=source.created,
        legal_authenticator=source.legal_authenticator,
        authenticators=source.authenticators,
        data_enterer=source.data_enterer,
        informants=source.informants,
        recipients=source.recipients,
        participants=source.participants,
        orders=source.orders,
        acts=source.acts,
        consents=source.consents,
        replaces=source.relation,
        encounter=stay,
        id=source.id,
        set_id=source.set_id,
        version=source.version,
        confidentiality=source.confidentiality.code if source.confidentiality else "N",
        language=source.language,
    )


def test_documents_of_messages_are_read(official: Path) -> None:
    """The CDA carried in base64 by the official HL7 v2 messages."""
    run = re.compile(rb"[A-Za-z0-9+/=]{1000,}")
    count = 0
    for path in sorted((official / "hl7v2-examples").rglob("*")):
        if not path.is_file():
            continue
        for match in run.finditer(path.read_bytes()):
            text = match[0] + b"=" * (-len(match[0]) % 4)  # some are cut before the padding
            try:
                octets = base64.b64decode(text, validate=True)
            except ValueError:
                continue
            if b"ClinicalDocument" not in octets[:5_000]:
                continue
            document = cda.read(octets)
            assert document.patient.identity.birth_name
            count += 1
    assert count >= 10
