"""Whom entries are about: what is somebody else's is no record of the patient."""

import pytest
from structured import document, rules, section

from segur_interop import cda

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
LAB = '<templateId root="1.2.250.1.213.1.1.2.70"/>'
FATHER = (
    '<subject typeCode="SBJ"><relatedSubject classCode="PRS"><code code="FTH" '
    'codeSystem="2.16.840.1.113883.5.111" displayName="Père"/></relatedSubject></subject>'
)
PRODUCT = (
    '<consumable><manufacturedProduct><manufacturedMaterial><code code="63107752" '
    'codeSystem="1.2.250.1.213.2.3.1" displayName="PARACETAMOL"/></manufacturedMaterial>'
    "</manufacturedProduct></consumable>"
)
RESULT = (
    f'<observation classCode="OBS" moodCode="EVN" {XSI}><templateId root="1.2.250.1.213.1.1.3.80"/>'
    '{0}<code code="2823-3" codeSystem="2.16.840.1.113883.6.1" displayName="Potassium"/>'
    '<statusCode code="completed"/><value xsi:type="PQ" value="6.8" unit="mmol/L"/>'
    '<interpretationCode code="HH" codeSystem="2.16.840.1.113883.5.83"/></observation>'
)
ENTRIES = {
    "results": RESULT,
    "isolates": '<organizer><templateId root="1.3.6.1.4.1.19376.1.3.1.5"/>{0}</organizer>',
    "medications": "<substanceAdministration moodCode='EVN'><templateId "
    f"root='1.3.6.1.4.1.19376.1.5.3.1.4.7'/>{{0}}{PRODUCT}</substanceAdministration>",
    "vaccinations": "<substanceAdministration moodCode='EVN'><templateId "
    f"root='1.3.6.1.4.1.19376.1.5.3.1.4.12'/>{{0}}{PRODUCT}</substanceAdministration>",
    "allergies": '<observation moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.6"/>'
    '{0}<code code="ALG" displayName="Allergie"/></observation>',
    "problems": '<observation moodCode="EVN"><templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5"/>'
    '{0}<code code="P" displayName="Problème"/></observation>',
    "procedures": '<procedure moodCode="EVN">{0}<code code="X" displayName="Acte"/></procedure>',
    "devices": "<supply moodCode='EVN'>{0}</supply>",
    "imaging_acts": '<procedure><templateId root="1.2.840.10008.9.14"/>{0}</procedure>',
    "imaging_studies": '<act><templateId root="1.2.840.10008.9.16"/>{0}<id root="1.2.3"/></act>',
}
OBSERVATIONS = {"results", "allergies", "problems"}


def inside(where: str, act: str, subject: str) -> str:
    """An entry with a subject on itself, its act, its organizer, its section or around this."""
    if where == "entry":
        return section(f"<entry>{act.format(subject)}</entry>", code=LAB)
    act = act.format("")
    if where == "organizer":
        held = f"<organizer>{subject}<component>{act}</component></organizer>"
        return section(f"<entry>{held}</entry>", code=LAB)
    if where == "act":
        held = f'{subject}<entryRelationship typeCode="SUBJ">{act}</entryRelationship>'
        return section(f"<entry><act>{held}</act></entry>", code=LAB)
    if where == "section":
        return section(f"{subject}<entry>{act}</entry>", code=LAB)
    return section(subject + section(f"<entry>{act}</entry>", code=LAB))


@pytest.mark.parametrize("where", ["entry", "organizer", "act", "section", "around"])
@pytest.mark.parametrize("family", ENTRIES)
def test_what_is_a_relative_s_is_in_no_family_of_the_patient(family, where):
    own = document(inside(where, ENTRIES[family], ""))
    assert len(getattr(own.structured(), family)) == 1
    made = document(inside(where, ENTRIES[family], FATHER))
    structured = made.structured()
    assert getattr(structured, family) == ()
    if family != "problems":
        assert "cda.entry.subject" in rules(structured.findings)
    relatives = [item.relative.label for item in structured.observations if item.relative]
    assert relatives == (["Père"] if family in OBSERVATIONS else [])
    assert not any(item.is_about_patient for item in structured.observations)


def test_a_critical_result_of_a_relative_is_announced_of_nobody():
    assert "Résultat critique" in document(inside("entry", RESULT, "")).render()
    page = document(inside("entry", RESULT, FATHER)).render()
    assert "critique" not in page.partition("</style>")[2].lower()


@pytest.mark.parametrize(
    ("subject", "own"),
    [
        ('<subject><relatedSubject classCode="PAT"/></subject>', True),
        ('<subject><relatedSubject><code code="SELF"/></relatedSubject></subject>', True),
        ('<subject><relatedSubject classCode="PRS"/></subject>', False),
        ('<subject><relatedSubject classCode="PAT"><code code="CHILD"/></relatedSubject></subject>',
         False),
        ('<subject><relatedSubject><code code="SELF" codeSystem="1.2.3"/></relatedSubject>'
         "</subject>", False),
        ('<subject><relatedSubject><code nullFlavor="UNK"/></relatedSubject></subject>', False),
        ('<subject nullFlavor="UNK"/>', False),
        ('<subject><templateId root="1.3.6.1.4.1.19376.1.3.3.1.3.1"/><relatedSubject>'
         '<code code="125107001" displayName="Eau"/></relatedSubject></subject>', False),
    ],
)  # fmt: skip
def test_only_a_subject_that_is_the_patient_gives_a_record_of_the_patient(subject, own):
    made = document(inside("entry", RESULT, subject))
    assert len(made.results()) == own
    assert [item.is_about_patient for item in made.observations()] == ([] if own else [False])


def test_a_subject_within_takes_the_place_of_the_one_around():
    patient = '<subject><relatedSubject classCode="PAT"/></subject>'
    body = section(f"{FATHER}<entry>{RESULT.format(patient)}</entry>", code=LAB)
    assert len(document(body).results()) == 1


def test_a_recalled_result_of_somebody_else_is_not_recalled_for_the_patient():
    recalled = f'<entryRelationship typeCode="REFR">{RESULT.format(FATHER)}</entryRelationship>'
    own = RESULT.format("").replace("</observation>", f"{recalled}</observation>")
    made = document(section(f"<entry>{own}</entry>", code=LAB))
    assert made.results()[0].previous == ()
    assert "cda.entry.subject" in rules(made.structured().findings)


def test_the_problem_of_a_relative_within_a_concern_is_an_observation_of_the_relative():
    made = document(inside("act", ENTRIES["problems"], FATHER))
    assert isinstance(made.observations()[0], cda.Observation)
    assert made.observations()[0].relative.code.code == "FTH"
