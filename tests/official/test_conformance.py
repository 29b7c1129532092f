"""Our verdicts on the official kit are those of the official judge, a program of its own.

One run of each over the same documents: official examples, then official examples with one
change, whose expected stage was established with the kit itself. About three minutes.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from segur_interop import conformance
from segur_interop.conformance._kit import GENERAL, VOLETS, XSD, Kit, clinical_document
from segur_interop.errors import InvalidDocument
from segur_interop.findings import Finding, Report, Severity, Verdict

pytest.importorskip("saxonche", reason="saxonche is absent: no schematron can be run")
pytestmark = pytest.mark.official

N1 = "DOC_NON_STRUCTURE_CDA-R2-N1.xml"
VAC_NOTE = "VAC-NOTE_2023.01.xml"
LDL = "LDL-SES_2022.01.xml"
EP = "eP-MED-DM_2024.01_PosoNonStruct.xml"
BIO = "BIO-CR-BIO_2024.01_TSH_1.xml"

STRUC_MIN = "ASIP-STRUCT-MIN-StrucMin.sch"
MODELS = "CI-SIS_ModelesDeContenusCDA.sch"
SCHEMA = "CDA_extended.xsd"

EXAMPLES = (
    N1,
    VAC_NOTE,
    LDL,
    EP,
    BIO,
    "BIO-CR-BIO_2021.01_Auto-Presentable.xml",
    "BIO-CR-BIO_2021.01_CDA-R2-Niveau-1.xml",
    "CANCER-FRCP_2022.01_Appareil.xml",
    "CNAM-HR_2021.01.xml",
    "IPS-FR_2024.01.xml",
    "TLM-DA_2022.01_TCG.xml",
    "VSM_1.4_2022.01.xml",
)


class Change(NamedTuple):
    """One change to an example, and the stages that then refuse it (none: it passes)."""

    what: str
    example: str
    pattern: str
    new: str
    stages: frozenset[str] = frozenset({STRUC_MIN})
    noted: bool = False


NONE: frozenset[str] = frozenset()
BOTH = frozenset({SCHEMA, STRUC_MIN})
TWICE = frozenset({STRUC_MIN, MODELS})
CHANGES = (
    Change(
        "4th templateId", N1, r"(<templateId root=.1\.3\.6[^>]*>)", r'\1<templateId root="1.2.3"/>'
    ),
    Change(
        "lower-case UUID",
        N1,
        r'(<!-- Identifiant du document -->\s*<id root=")[^"]*',
        r"\g<1>df6b5534-b28e-499b-968e-2ccac9b98924",
        NONE,
        True,
    ),
    Change("date-time without zone", N1, "20210401134745[+]0100", "20210401134745", NONE),
    Change("zone Z", N1, "20210401134745[+]0100", "20210401134745Z", BOTH),
    Change(
        "mask in the header",
        N1,
        '<confidentialityCode code="N"',
        '<confidentialityCode code="MASQUE_PS"',
    ),
    Change("language fr", N1, '"fr-FR"', '"fr"'),
    Change("version 0", N1, '<versionNumber value="1"/>', '<versionNumber value="0"/>', NONE),
    Change("qualifier SP", N1, 'family qualifier="CL"', 'family qualifier="SP"'),
    Change("no birth given names", N1, "<given>DOMINIQUE MARIE-LOUISE</given>", ""),
    Change(
        "gender I",
        N1,
        '<administrativeGenderCode code="F"',
        '<administrativeGenderCode code="I"',
        TWICE,
    ),
    Change(
        "birthTime nullFlavor", N1, '<birthTime value="19790328"/>', '<birthTime nullFlavor="UNK"/>'
    ),
    Change("lunar birthTime", N1, '"19790328"', '"19790000"'),
    Change(
        "author id nullFlavor", N1, r"(<assignedAuthor>\s*)<id[^>]*>", r'\1<id nullFlavor="UNK"/>'
    ),
    Change("prefix Monsieur", N1, "<prefix>M</prefix>", "<prefix>Monsieur</prefix>"),
    Change("telephone with spaces", N1, "tel:0144534551", "tel:01 44 53 45 51"),
    Change("address use HP PST", N1, r"(<patientRole>.*?)<addr>", r'\1<addr use="HP PST">'),
    Change(
        "participant without time", N1, r'(<participant typeCode="REF">.*?)<time .*?</time>', r"\1"
    ),
    Change("no practice setting", N1, r"<standardIndustryClassCode[^>]*>", ""),
    Change(
        "encounter code out of J142",
        N1,
        "<encompassingEncounter>",
        '<encompassingEncounter><code code="ZZZ" codeSystem="2.16.840.1.113883.5.4" '
        'displayName="Z"/>',
    ),
    Change("wrong INS key", N1, "279035121518989", "279035121518988", NONE),
    Change("no act code", N1, r"(<serviceEvent>.*?)<code .*?/>", r"\1", NONE),
    Change(
        "relatedDocument XFRM",
        N1,
        "<componentOf>",
        '<relatedDocument typeCode="XFRM"><parentDocument><id root="1.2.3"/></parentDocument>'
        "</relatedDocument><componentOf>",
        NONE,
        True,
    ),
    Change("profession out of J01", N1, "G15_10/SM03", "G15_99/SM99", TWICE),
    Change("facility out of J02", N1, '"SA07"', '"SA99"'),
    Change("practice out of J04", N1, '"AMBULATOIRE"', '"ZZZ"'),
    Change("type out of J07", N1, 'code="11502-2"', 'code="10218-6"'),
    Change(
        "custodian root",
        N1,
        r'(<representedCustodianOrganization>\s*<id root=")[^"]*',
        r"\g<1>1.2.3",
    ),
    Change("act without low", N1, r"(<serviceEvent>.*?)<low [^>]*>", r"\1"),
    Change("OID with a letter", N1, r'<setId root="', '<setId root="1.2.250.1.71.4.2.2.12A', BOTH),
    Change("no birth place", N1, r"<county>51215</county>", ""),
    Change(
        "no lot",
        VAC_NOTE,
        r"<lotNumberText>[^<]*</lotNumberText>",
        "",
        frozenset({"CI-SIS_VAC-NOTE_2023.01.sch"}),
    ),
    Change(
        "vaccination date of 14 digits",
        VAC_NOTE,
        'effectiveTime value="20090928"',
        'effectiveTime value="20090928120000"',
        frozenset({"CI-SIS_VAC-NOTE_2023.01.sch"}),
    ),
    Change(
        "vaccination without author",
        VAC_NOTE,
        r"(</performer>\s*)<author .*?</author>",
        r"\1",
        frozenset({"CI-SIS_VAC-NOTE_2023.01.sch"}),
    ),
    Change(
        "negated vaccination",
        VAC_NOTE,
        'negationInd="false"',
        'negationInd="true"',
        frozenset({"CI-SIS_VAC-NOTE_2023.01.sch"}),
    ),
    Change(
        "vaccination note of a facility SA33 by G15_21/A",
        VAC_NOTE,
        'code="SA[0-9]*"',
        'code="SA33"',
        NONE,
    ),
    Change("discharge letter of an outpatient", LDL, 'code="IMP"', 'code="AMB"', NONE),
    Change(
        "prescription without end",
        EP,
        r"(<serviceEvent[^>]*>.*?)<high [^>]*>",
        r"\1",
        frozenset({"CI-SIS_EP-MED-DM_2024.01.sch"}),
    ),
    Change(
        "version 0 of a CR-BIO",
        BIO,
        '<versionNumber value="1"/>',
        '<versionNumber value="0"/>',
        frozenset({"CI-SIS_BIO-CR-BIO_2021.01.sch"}),
    ),
    Change(
        "another title of a CR-BIO",
        BIO,
        "<title>Compte rendu d'examens biologiques<",
        "<title>Résultats<",
        frozenset({"CI-SIS_BIO-CR-BIO_2021.01.sch"}),
    ),
)


class Verdicts(NamedTuple):
    ours: dict[str, Report]
    judge: dict[str, dict[str, object]]


def changed(examples: Path, change: Change) -> str:
    text = (examples / change.example).read_text(encoding="utf-8")
    text = re.sub(r"<!--(?! Identifiant du document).*?-->", "", text, flags=re.DOTALL)
    new, count = re.subn(change.pattern, change.new, text, count=1, flags=re.DOTALL)
    assert count == 1, change.what
    return new


@pytest.fixture(scope="session")
def verdicts(
    official: Path, official_tools: Path, tmp_path_factory: pytest.TempPathFactory
) -> Verdicts:
    kit = official / "ans-kit"
    folder = tmp_path_factory.mktemp("documents")
    files = [kit / "ExemplesCDA" / name for name in EXAMPLES]
    for number, change in enumerate(CHANGES):
        file = folder / f"change-{number}.xml"
        file.write_text(changed(kit / "ExemplesCDA", change), encoding="utf-8")
        files.append(file)
    cache = tmp_path_factory.mktemp("cache")
    ours = dict(
        zip(
            (file.name for file in files),
            conformance.check_many(files, kit, cache=cache / "ours"),
            strict=True,
        )
    )
    judge = subprocess.run(
        [
            sys.executable,
            str(official_tools / "validate_cda.py"),
            f"--kit={kit}",
            f"--cache={cache / 'judge'}",
            "--ignore-instructions",
            "--json",
            *map(str, files),
        ],
        stdout=subprocess.PIPE,
        check=False,
    )
    return Verdicts(ours, {Path(item["file"]).name: item for item in json.loads(judge.stdout)})


def refusing(report: Report) -> set[str]:
    return {finding.rule.partition("#")[0] for finding in report.errors}


def noted(report: Report) -> list[Finding]:
    """Assertions of role warning or info; the judge counts both as warnings."""
    return [
        finding
        for finding in report
        if finding.severity < Severity.ERROR and not finding.rule.startswith("conformance.")
    ]


def assert_same(ours: Report, judge: dict[str, object]) -> None:
    failures = judge["failures"]
    warnings = judge["warnings"]
    assert isinstance(failures, list)
    assert isinstance(warnings, list)
    assert ours.verdict.value == judge["status"]
    assert refusing(ours) == {
        SCHEMA if item["stage"] == "xsd" else item["stage"] for item in failures
    }
    assert len(ours.errors) == len(failures)
    assert len(noted(ours)) == len(warnings)
    assert all(finding.place.startswith("/ClinicalDocument") for finding in ours.errors)


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_official_example_has_the_verdict_of_the_judge(name: str, verdicts: Verdicts) -> None:
    assert_same(verdicts.ours[name], verdicts.judge[name])


@pytest.mark.parametrize("number", range(len(CHANGES)), ids=[change.what for change in CHANGES])
def test_a_change_is_refused_where_the_kit_refuses_it(number: int, verdicts: Verdicts) -> None:
    change, name = CHANGES[number], f"change-{number}.xml"
    report = verdicts.ours[name]
    assert refusing(report) == change.stages
    assert bool(noted(report)) is change.noted
    assert_same(report, verdicts.judge[name])


def test_no_report_holds_a_word_of_the_patient(verdicts: Verdicts) -> None:
    """Traits of the fictitious patients of the examples."""
    told = str([report.to_dict() for report in verdicts.ours.values()])
    for trait in ("PAT-TROIS", "DOMINIQUE", "279035121518989", "19790328", "51215", "NESSI"):
        assert trait not in told


def test_the_engine_s_refusal_raises_invalid_document(verdicts: Verdicts) -> None:
    with pytest.raises(InvalidDocument, match=STRUC_MIN) as caught:
        verdicts.ours["change-0.xml"].raise_for_errors()
    assert caught.value.report is not None


def test_a_volet_whose_files_the_kit_lacks_is_incomplete(official: Path, tmp_path: Path) -> None:
    """The kit's schematron of CR-BIO 2023.01 includes nine files that are in none of it."""
    kit = official / "ans-kit"
    report = conformance.check(
        kit / "ExemplesCDA/BIO-CR-BIO_2023.01_Electrophorese.xml", kit, cache=tmp_path
    )
    assert report.verdict is Verdict.INCOMPLETE
    (reason,) = report.all_not_run
    assert reason.startswith("CI-SIS_BIO-CR-BIO_2023.01.sch: included files are absent:")
    assert reason.count(".sch,") == 8


SCH_SCHEMA = re.compile(r'SCHSchema="\.\./([^"]+)"')
UNLIKE = {
    # its volet is that of VSM; its instructions ask for none
    "01_Modèles_contenus_CDA.xml",
    # its templateId bears no version; its instructions ask for 2024.01
    "BIO-CR-BIO_2024.01_TSH_1.xml",
    "BIO-CR-BIO_2024.01_TSH_2.xml",
    # its instructions ask for two schematrons only
    "BIO-CR-BIO_2021.01_CDA-R2-Niveau-1.xml",
}


@pytest.mark.official_files("ans-kit/ExemplesCDA/*.xml")
def test_the_templates_of_an_example_call_the_schematrons_that_it_names(
    official_file: Path, official: Path
) -> None:
    from segur_interop._xml import parse

    kit = Kit(official / "ans-kit")
    root, _ = clinical_document(parse(official_file))
    assert root is not None
    found, lacking = kit.stages(root)
    assert lacking == []
    named = set(SCH_SCHEMA.findall(official_file.read_text(encoding="utf-8")))
    same = set(found[1:]) == {
        kit.relative(kit.locate(kit.root / name) or kit.root) for name in named
    }
    assert same is (official_file.name not in UNLIKE)


def test_every_schematron_of_the_kit_has_its_template(official: Path) -> None:
    names = {
        re.sub(r"(_1\.4)?_\d{4}\.\d\d$", "", path.stem.removeprefix("CI-SIS_"))
        for path in (official / "ans-kit/schematrons").glob("CI-SIS_*.sch")
    }
    # TLM-CR is of level 1 and names no template of its own
    assert names - {"TLM-CR"} == set(VOLETS.values())


def test_every_general_stage_is_in_the_kit(official: Path) -> None:
    assert all((official / "ans-kit" / name).is_file() for name in (XSD, *GENERAL))
