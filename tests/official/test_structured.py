"""The structured body of every official document: nothing lost, nothing invented."""

from __future__ import annotations

import functools
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree, html

from segur_interop import cda, xdm
from segur_interop.findings import Severity

pytestmark = pytest.mark.official

NS = {"h": "urn:hl7-org:v3"}
EXAMPLES = "ans-kit/ExemplesCDA/*.xml"
BODY = "//h:structuredBody"
IHE, FR = "1.3.6.1.4.1.19376.1", "1.2.250.1.213.1.1.3"
PROBLEM, CONCERN = f"{IHE}.5.3.1.4.5", f"{IHE}.5.3.1.4.5.1"


@functools.cache
def root_of(path: Path) -> etree._Element:
    return etree.fromstring(path.read_bytes(), etree.XMLParser(huge_tree=True))


def has(*templates: str) -> str:
    return "(" + " or ".join(f"h:templateId/@root='{item}'" for item in templates) + ")"


RESULT = has(f"{IHE}.3.1.6", f"{FR}.80", f"{FR}.209")
VACCINE = has(f"{IHE}.5.3.1.4.12", f"{FR}.45", f"{IHE}.5.3.1.4.12.2", f"{FR}.47")
ALLERGY = has(f"{IHE}.5.3.1.4.6", f"{FR}.41", "2.16.840.1.113883.10.20.1.18")
MEDICINE = has(f"{IHE}.5.3.1.4.7.3", f"{FR}.44")
LABORATORY = has(
    f"{IHE}.3.3.2.1", f"{IHE}.3.3.2.2", "1.2.250.1.213.1.1.2.70", "1.2.250.1.213.1.1.2.71"
)
BARE_RESULT = f"not(h:templateId) and ancestor::h:section[1][{LABORATORY}]"
OF_A_FAMILY = f"{ALLERGY} or {has(PROBLEM)} or {RESULT} or ({BARE_RESULT})"
ALONE = (
    "parent::h:entry or parent::h:component/parent::h:organizer "
    "or parent::h:entryRelationship/parent::h:act"
)
NO_PART = "not(parent::h:entryRelationship/parent::*[not(self::h:act)])"
ENTRIES = {
    "results": f"{BODY}//h:observation[{RESULT}]",
    "isolates": f"{BODY}//h:organizer[{has(f'{IHE}.3.1.5')}]",
    "vaccinations": f"{BODY}//h:substanceAdministration[{VACCINE}]",
    "medications": f"{BODY}//h:substanceAdministration[not({VACCINE})][{NO_PART}]",
    "allergies": f"{BODY}//h:observation[{ALLERGY}]",
    "problems": (
        f"{BODY}//h:observation[{has(PROBLEM)}][not({ALLERGY})]"
        f"[not(parent::h:entryRelationship) or ../@typeCode='SUBJ']"
    ),
    "procedures": (
        f"{BODY}//h:procedure[not({has('1.2.840.10008.9.14', f'{IHE}.3.1.2')})]"
    ),
    "devices": f"{BODY}//h:supply[not({MEDICINE})][{NO_PART}]",
    "imaging_acts": f"{BODY}//h:procedure[{has('1.2.840.10008.9.14')}]",
    "imaging_studies": f"{BODY}//h:act[{has('1.2.840.10008.9.16')}]",
    "attachments": f"{BODY}//h:observationMedia",
    "observations": (
        f"{BODY}//h:observation[not(@classCode='DGIMG')][{ALONE}]"
        f"[not(../@typeCode='RSON' or ../@typeCode='REFR')]"
        f"[ancestor-or-self::*/h:subject or not(../@typeCode='SUBJ' or {OF_A_FAMILY})]"
    ),
}  # fmt: skip


@pytest.mark.official_files(EXAMPLES)
def test_as_many_records_as_entries_each_at_its_place(official_file: Path) -> None:
    compare(cda.read(official_file), root_of(official_file))


@pytest.mark.official_files("xdm-examples/**/*.[zZ][iI][pP]")
def test_the_documents_of_archives_too(official_file: Path) -> None:
    for document in xdm.unpack(official_file).documents:
        compare(document, etree.fromstring(bytes(document), etree.XMLParser(huge_tree=True)))


@pytest.mark.official_files("hl7v2-examples/**/*CDA*/**/*.xml")
def test_the_documents_beside_messages_too(official_file: Path) -> None:
    compare(cda.read(official_file), root_of(official_file))


def compare(document: cda.Document, root: etree._Element) -> None:
    """Records against entries that an XPath of this file finds by itself."""
    structured = document.structured()
    for family, path in ENTRIES.items():
        records = structured.family(family)
        assert len(records) == len(root.xpath(path, namespaces=NS)), family
        assert len({record.place for record in records}) == len(records)
        for record in records:
            steps = "/".join(f"h:{step}" for step in record.place.split("/"))
            assert document.element().xpath(steps, namespaces=NS) == [record.element], family


@pytest.mark.official_files(EXAMPLES)
def test_every_section_keeps_every_word_and_its_html_is_safe(official_file: Path) -> None:
    structured = cda.read(official_file).structured()
    sections = structured.every_section
    assert len(sections) == len(root_of(official_file).xpath(f"{BODY}//h:section", namespaces=NS))
    for section in sections:
        element = section.element.find("h:text", NS)
        written = "" if element is None else "".join(element.itertext("*"))
        assert words(section.text.replace("[image]", "")) == words(written)
        fragment = html.fragment_fromstring(section.html, create_parent="div")
        assert words(fragment.text_content().replace("[pièce jointe]", "")) == words(written)
        assert not fragment.xpath("//script | //@*[starts-with(name(), 'on')]")
        assert not fragment.xpath("//*[starts-with(@href, 'javascript')]")


def words(text: str) -> str:
    """Letters and figures only: cells and lines are set apart by other characters."""
    return "".join(filter(str.isalnum, text))


@pytest.mark.official_files(EXAMPLES)
def test_findings_tell_the_references_that_lead_nowhere_and_no_clinical_text(
    official_file: Path,
) -> None:
    structured = cda.read(official_file).structured()
    root = root_of(official_file)
    known = {str(item) for item in root.xpath("//@ID")}
    told = {item.place for item in structured.findings if item.rule == "cda.reference.none"}
    if told:
        values = root.xpath(f"{BODY}//h:reference/@value", namespaces=NS)
        assert any(str(item).strip().lstrip("#") not in known for item in values)
    errors = {item.rule for item in structured.findings if item.severity is Severity.ERROR}
    assert errors <= {"cda.narrative.link"}
    assert "•••" not in "".join(map(str, structured.findings))


@pytest.mark.official_files(EXAMPLES)
def test_no_record_shows_a_value_and_each_makes_a_row(official_file: Path) -> None:
    document = cda.read(official_file)
    for family in cda.FAMILIES:
        rows = document.to_frame(family)
        assert len({tuple(row) for row in rows}) <= 1
        for row, record in zip(rows, document.structured().family(family), strict=True):
            assert all(isinstance(item, (str, int, float, type(None))) for item in row.values())
            for secret in (record.text, record.label):
                assert len(secret) < 6 or secret not in repr(record)


def shown(value: object) -> object:
    """A value as a reader of the XML would write it down."""
    if isinstance(value, cda.Concept):
        return value.codes[0].code if value.codes else value.text
    return value if isinstance(value, bool) or value is None else str(value)


def read(official: Path, name: str) -> cda.Document:
    return cda.read(official / "ans-kit" / "ExemplesCDA" / name)


def test_the_cr_bio_2021_of_electrophoresis(official: Path) -> None:
    document = read(official, "BIO-CR-BIO_2021.01_Electrophorese.xml")
    results = document.results()
    assert len(results) == 44
    by_id = {item.references[0]: item for item in results}
    urea, alpha = by_id["Uree"], by_id["Alpha-1-globulines"]
    assert (urea.loinc, str(urea.value), urea.interpretation) == ("22664-7", "10.02 mmol/L", "H")
    assert [str(item.value) for item in urea.ranges] == ["3.50 mmol/L – 8 mmol/L"]
    assert [(str(item.value), str(item.time.low)) for item in urea.previous] == [
        ("8.5 mmol/L", "202009120815+0100"),
        ("7.9 mmol/L", "202001030812+0100"),
    ]
    assert (urea.is_abnormal, urea.is_critical) == (True, False)
    assert [str(item) for item in urea.value.translations] == ["0.60 g/L"]
    assert (str(alpha.value), alpha.interpretation, alpha.is_abnormal) == ("3.8 g/L", "H", True)
    plain = by_id["Albumine"]
    assert (plain.interpretation, plain.is_abnormal, plain.is_critical) == ("", False, None)
    assert by_id["CBU-couleur"].value.label == "paille"
    assert Counter(item.is_abnormal for item in results) == Counter({None: 21, False: 17, True: 6})
    assert [len(item.results) for item in document.isolates()] == [4, 4]
    (image,) = document.attachments()
    assert (image.id, image.image_type, image.is_copy) == ("ELECTROPHORESE", "image/png", False)
    assert document.pdf_copy is None


def test_the_cr_bio_2024_of_microbiology(official: Path) -> None:
    document = read(official, "BIO-CR-BIO_2024.01_Microbiologie_V1.xml")
    assert [
        (item.loinc, shown(item.value), item.interpretation) for item in document.results()
    ] == [
        ("5778-6", "paille", ""),
        ("5767-9", "clair", ""),
        ("30405-5", "500 /mL", ""),
        ("30391-7", "200 /mL", ""),
        ("30383-4", "absence", ""),
        ("653-6", "nombreux Gram - ; quelques Gram +", ""),
        ("51480-2", "100000 /mL", ""),
        ("20-8", "≥ 0.512 ug/mL", "R"),
        ("28-1", "< 0.128 ug/mL", "I"),
        ("18928-2", "< 0.032 ug/mL", "S"),
        ("51480-2", "200000 /mL", ""),
        ("20-8", "< 0.012 ug/mL", "S"),
        ("28-1", "< 0.013 ug/mL", "S"),
        ("18928-2", "< 0.014 ug/mL", "S"),
    ]
    coli, strepto = document.isolates()
    assert coli.organism.code_in("2.16.840.1.113883.6.96") == "112283007"
    assert strepto.organism.code_in("2.16.840.1.113883.3.9471") == "1306"
    assert [item.organism.text for item in document.results()[6:8]] == ["Escherichia coli"] * 2
    assert document.results()[0].exam.code.code == "18725-2"
    assert document.pdf_copy is not None
    assert document.pdf_copy.startswith(b"%PDF-1.4")
    assert len(document.pdf_copy) == 102_826


def test_the_cr_bio_2024_of_tsh_and_that_of_glucose_whose_range_is_wrong(official: Path) -> None:
    tsh, ft4 = read(official, "BIO-CR-BIO_2024.01_TSH_1.xml").results()
    assert (tsh.loinc, str(tsh.value), tsh.is_abnormal) == ("3016-3", "1.950 m[IU]/L", False)
    assert (ft4.loinc, ft4.interpretation, ft4.is_abnormal) == ("3024-7", "L", True)
    (name,) = (official / "ans-kit" / "ExemplesCDA").glob("*deux unit*")
    document = cda.read(name)
    moles, mass = document.results()
    assert (str(moles.value), str(mass.value)) == ("4.89 mmol/L", "0.88 g/L")
    assert str(moles.ranges[0].value) == "3.89 mmol/L"  # low and high are both 3.89 there
    told = [item.place for item in document.structured().findings if "interpretation" in item.rule]
    assert told == [moles.place]


def test_the_vsm(official: Path) -> None:
    document = read(official, "VSM_1.4_2022.01.xml")
    rows = [
        (item.section.code, shown(item.value), str(item.time.low), item.concern_status)
        for item in document.problems()
    ]
    assert rows == [
        ("11450-4", "G45.9", "20190811", "active"),
        ("11450-4", "I20.0", "20190811", "active"),
        ("11348-0", "N10", "20180422", "completed"),
        ("11348-0", "I21.1", "20180114", "completed"),
    ]
    (allergy,) = document.allergies()
    assert (allergy.code.code.code, [shown(item) for item in allergy.agents]) == (
        "416098002", ["60234100"],
    )  # fmt: skip
    (act,) = document.procedures()
    assert (act.ccam, [shown(item) for item in act.reasons]) == ("DDAF004", ["I21.1"])
    assert [(item.product.cis, item.product.cip) for item in document.medications()] == [
        ("63564053", "3400938022209"),
        ("63245753", "3400935693099"),
    ]
    family = document.observations()[-1]
    assert (shown(family.value), family.relative.code.code) == ("D57.1", "MTH")


def test_the_discharge_letter(official: Path) -> None:
    document = read(official, "LDL-SES_2022.01.xml")
    assert [(item.code.code.code, shown(item.value)) for item in document.observations()] == [
        ("GEN-065", "385651009"),
        ("ORG-070", "107724000"),
        ("ORG-074", "GEN-092.06.01"),
        ("MED-142", "Infection respiratoire aigüe"),
        ("MED-143", "Aucun"),
        ("MED-309", True),
        ("MED-144", "Streptococcus pneumoniae"),
        ("MED-145", False),
        ("MED-146", "Aucun"),
        ("MED-147", False),
        ("MED-148", "Aucun"),
        ("ORG-064", "Suivi par le psychiatre à prévoir"),
    ]
    solian, leponex = document.medications()
    assert (solian.label, solian.product.cip, str(solian.time.high)) == (
        "SOLIAN 100 mg", "3400934874741", "20191029",
    )  # fmt: skip
    assert (str(solian.dosage.dose), str(solian.dosage.maximum)) == ("1 {tbl}", "200 mg/1 d")
    assert [str(item.period) for item in solian.dosage.frequencies] == ["1 d"]
    assert leponex.product.atc == "N05AH02"
    (device,) = document.devices()
    assert (shown(device.code), device.lpp) == ("J010104", "3408693")
    (act,) = document.procedures()
    assert (act.ccam, act.mood, act.done) == ("ECQH010", "INT", False)
    # its entry names no allergen: the narrative says that there is no allergy
    (allergy,) = document.allergies()
    assert (allergy.label, allergy.agents, allergy.none_known) == ("", (), False)
    assert "cda.allergy.nothing" in {item.rule for item in document.structured().findings}


def test_the_vaccinations(official: Path) -> None:
    rows = [
        (
            item.vaccine.cis, item.vaccine.atc, item.vaccine.lot, item.dose_number,
            str(item.time.low), [shown(one.value) for one in item.reactions], item.done,
        )
        for item in read(official, "VAC_2023.01.xml").vaccinations()
    ]  # fmt: skip
    assert rows == [
        ("61077869", "J07AN", "235421176", 1, "1975", ["R50.2"], True),
        ("68747507", "J07AM", "4456668", 1, "20090928094914+0100", ["R50.2"], True),
        ("68747507", "J07AM", "4456672", 2, "20090928094914+0100", ["R50.2"], True),
        ("61920725", "J07AH", "357904636", 1, "20210409", [], True),
    ]
    (note,) = read(official, "VAC-NOTE_2023.01.xml").vaccinations()
    assert (note.vaccine.cis, note.vaccine.cip, note.vaccine.lot, note.dose_number) == (
        "68747507", "3400932857241", "4456672", 2,
    )  # fmt: skip
    assert (str(note.time.low), note.code.code.code) == ("20090928", "INITIMMUNIZ")
    assert (note.site.code.code, note.performers[0].entity.idnat) == (
        "16217701000119102", "801234567897",
    )  # fmt: skip


def test_the_prescription(official: Path) -> None:
    made = read(official, "eP-MED-DM_2023.01_PosoStruct.xml").prescription()
    assert made is not None
    first, second = made.lines
    assert (first.product.cis, first.product.atc, first.repeats) == ("63107752", "N02BE01", 3)
    assert [
        (item.step, str(item.period.low), str(item.duration), str(item.frequencies[0].period),
         str(item.dose), str(item.rate))
        for item in first.steps
    ] == [
        (1, "20211201", "2 d", "8 h", "1 {tablet}", "1500 mg/d – 3000 mg/d"),
        (2, "20211203", "4 d", "12 h", "1 {tablet}", "1000 mg/d – 2000 mg/d"),
    ]  # fmt: skip
    assert str(first.dosage.maximum) == "4/1 d"
    assert first.substitution.code.code == "N"
    assert {code: first.says(code) for code in ("MED-574", "GEN-180", "GEN-181")} == {
        "MED-574": False, "GEN-180": False, "GEN-181": False,
    }  # fmt: skip
    assert (second.product.cis, second.product.code.null_flavor, second.repeats) == ("", "NA", 0)
    assert second.label.startswith("Préparation magistrale")
    (bed,) = made.devices
    assert (bed.lpp, str(bed.use), bed.mood) == ("1215702", "60 d", "INT")
    assert made.code_2d is not None
    assert made.code_2d.image_type == "image/png"
    words = read(official, "eP-MED-DM_2024.01_PosoNonStruct.xml").prescription()
    assert words is not None
    assert [item.is_structured for item in words.lines] == [False, False]
    assert words.lines[1].posology == "2 applications par jour"


def test_the_imaging_report(official: Path) -> None:
    document = read(official, "IMG_CR_IMG_2024.01.xml")
    assert [
        (shown(item.code), item.ccam, item.modality, shown(item.sites[0]))
        for item in document.imaging_acts()
    ] == [
        ("24727-0", "ACQH004", "CT", "302548004"),
        ("36235-0", "LCQH001", "CT", "302550007"),
        ("24979-7", "ZBQH001", "CT", "302551006"),
    ]
    first = document.structured().imaging_studies[0]
    assert first.uid == "1.2.250.1.925.994044.27.123.1876360"
    assert first.series[0].instances == ("1.2.250.1.925.994044.27.123.1876360.1.1",)
    (findings,) = document.structured().find("59776-5")
    assert findings.title == "Résultats"
    assert len(document.structured().find("1.2.250.1.213.1.1.2.209")) == 1
    contrast, tracer = document.medications()[:2]
    assert (contrast.product.atc, contrast.product.lot) == ("V08AB11", "0002034")
    assert (str(tracer.dosage.dose), tracer.product.atc) == ("200 MBq", "V09AX01")


def test_the_patient_summary(official: Path) -> None:
    document = read(official, "IPS-FR_2024.01.xml")
    drug, effect = document.allergies()
    assert ([shown(item) for item in drug.agents], shown(drug.criticality)) == (["XM5DJ7"], "low")
    assert [shown(item.value) for item in drug.reactions] == ["4A80.0", "4A82"]
    assert (shown(drug.certainty), shown(drug.clinical_status)) == ("confirmed", "active")
    assert effect.agents[0].codes
    assert Counter(shown(item.clinical_status) for item in document.problems()) == Counter(
        {"active": 4, "recurrence": 1, "resolved": 2}
    )
    assert [item.done for item in document.vaccinations()] == [True, True, False, False]
    assert [item.mood for item in document.medications()] == ["EVN", "INT", "INT"]
    crp, scanner = document.results()
    assert (crp.loinc, crp.value) == ("1988-5", "<1.0 mg/L")
    assert scanner.value.text == "Pas d'embolie pulmonaire proximale"
    assert [item.is_pdf for item in document.attachments()] == [True] * 3
    wills = {item.code.code.code: item.value for item in document.observations()}
    assert (wills["75779-9"], wills["MED-295"]) == (False, True)


def test_documents_without_information_say_so(official: Path) -> None:
    document = read(official, "CNAM-HR_2021.01_sans-info.xml")
    assert [item.none_known or item.no_information for item in document.medications()] == [True]
    assert [item.done for item in document.vaccinations()] == [False]
    assert [item.done for item in document.procedures()] == [False] * 3
    assert [item.none_known for item in document.devices()] == [True]


def test_the_pdf_copy_of_a_document_is_found_wherever_there_is_one(official: Path) -> None:
    paths = sorted((official / "ans-kit" / "ExemplesCDA").glob("*.xml"))
    section = b'<templateId root="1.2.250.1.213.1.1.2.243"'
    expected = {path.name for path in paths if section in path.read_bytes()}
    found = {path.name for path in paths if (cda.read(path).pdf_copy or b"").startswith(b"%PDF")}
    assert found
    assert found == expected
