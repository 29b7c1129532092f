"""Problems, allergies, family history, vaccinations: what is not so is a value too."""

import pytest
from structured import document, rules, section

from segur_interop import cda
from segur_interop.terminology import Code, value_set

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
PROBLEM = '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5"/>'
ALLERGY = PROBLEM + '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.6"/>'
CONCERN = '<templateId root="1.2.250.1.213.1.1.3.39"/>'
NONE = "2.16.840.1.113883.5.1150.1"


def said(code: str, value: str, link: str = "SUBJ") -> str:
    return (
        f'<entryRelationship typeCode="{link}"><observation {XSI}><code code="{code}"/>'
        f'<value xsi:type="CD" code="{value}" displayName="{value}"/></observation>'
        "</entryRelationship>"
    )


def problem(
    inside: str = "", *, template: str = PROBLEM, value: str = "I10", more: str = ""
) -> str:
    return (
        f'<observation classCode="OBS" moodCode="EVN" {more} {XSI}>{template}'
        '<code code="282291009" codeSystem="2.16.840.1.113883.6.96"/>'
        "<effectiveTime><low value='2020'/></effectiveTime>"
        f'<value xsi:type="CD" code="{value}" codeSystem="2.16.840.1.113883.6.3"/>{inside}'
        "</observation>"
    )


def concern(inside: str, link: str = "SUBJ", more: str = "") -> str:
    return (
        f'<act>{CONCERN}<statusCode code="active"/><effectiveTime><low value="2021"/>'
        f'</effectiveTime><entryRelationship typeCode="{link}" {more}>{inside}'
        "</entryRelationship></act>"
    )


def made(*acts: str, code: str = "") -> cda.Document:
    body = "".join(f"<entry>{act}</entry>" for act in acts)
    return document(section(body, text='<content ID="r">mots</content>', code=code))


def test_a_problem_keeps_its_value_status_severity_certainty_and_concern():
    inside = (
        said("SEV", "grave") + said("66455-7", "sûr") + said("33999-4", "actif", "REFR")
        + said("11323-3", "bon", "REFR")
    )  # fmt: skip
    (only,) = made(concern(problem(inside))).problems()
    assert (only.value.code.code, str(only.time.low)) == ("I10", "2020")
    assert (only.severity.label, only.certainty.label) == ("grave", "sûr")
    assert (only.clinical_status.label, only.health_status.label) == ("actif", "bon")
    assert (only.concern_status, str(only.concern_period.low)) == ("active", "2021")
    assert not only.negated


@pytest.mark.parametrize(
    "act", [problem(more='negationInd="true"'), concern(problem(), more='negationInd="true"')]
)
def test_a_problem_that_the_patient_does_not_have_is_negated(act):
    (only,) = made(act).problems()
    assert only.negated


@pytest.mark.parametrize(
    ("value", "none", "unknown"),
    [("I10", False, False), ("no-known-problems", True, False), ("no-problem-info", False, True)],
)
def test_that_there_is_no_problem_is_a_value(value, none, unknown):
    (only,) = made(problem(value=value)).problems()
    assert (only.none_known, only.no_information) == (none, unknown)


@pytest.mark.parametrize("link", ["CAUS", "MFST", "RSON", "REFR", "SPRT"])
def test_what_another_entry_causes_or_shows_is_no_problem_of_its_own(link):
    assert made(concern(problem(), link)).problems() == ()


RELATIVE = (
    '<subject><relatedSubject classCode="PRS"><code code="MTH" displayName="Mère"/>'
    "</relatedSubject></subject>"
)


def test_what_a_relative_has_is_never_a_problem_of_the_patient():
    group = f"<organizer>{RELATIVE}<component>{problem()}</component></organizer>"
    body = made(group, problem(RELATIVE), problem(RELATIVE, template=ALLERGY))
    assert (body.problems(), body.allergies()) == ((), ())
    assert [item.relative.label for item in body.observations()] == ["Mère"] * 3
    assert not any(item.is_about_patient for item in body.observations())
    whole = made(problem(), code=RELATIVE.replace("<subject>", "<subject typeCode='SBJ'>"))
    assert (whole.problems(), len(whole.observations())) == ((), 1)


def agent(inside: str) -> str:
    return (
        '<participant typeCode="CSM"><participantRole><playingEntity>'
        f"{inside}</playingEntity></participantRole></participant>"
    )


def test_an_allergy_names_its_agents_reactions_and_criticality():
    reaction = f'<entryRelationship typeCode="MFST">{problem(said("SEV", "modéré"), value="L50")}'
    inside = (
        agent('<code code="P" codeSystem="1.2" displayName="Pénicilline"/><name>x</name>')
        + agent("<name>Latex</name>")
        + agent("<code nullFlavor='UNK'/>")
        + '<participant typeCode="AUT"/>'
        + reaction + "</entryRelationship>"
        + said("82606-5", "haute")
    )  # fmt: skip
    body = made(concern(problem(inside, template=ALLERGY)))
    (only,) = body.allergies()
    assert [item.label for item in only.agents] == ["Pénicilline", "Latex", ""]
    assert only.agents[2].null_flavor == "UNK"
    assert (only.label, only.criticality.label) == ("Pénicilline, Latex", "haute")
    (shown,) = only.reactions
    assert (shown.value.code.code, shown.severity.label) == ("L50", "modéré")
    assert body.problems() == ()


def test_the_medicine_that_an_effect_is_laid_to_is_an_agent():
    inside = (
        '<entryRelationship typeCode="COMP"><substanceAdministration>' + VACCINE
        + "</substanceAdministration></entryRelationship>"
    )  # fmt: skip
    (only,) = made(problem(inside, template=ALLERGY)).allergies()
    assert only.label == "REVAXIS"


@pytest.mark.parametrize(
    ("value", "none", "unknown"),
    [("no-known-allergies", True, False), ("no-allergy-info", False, True), ("x", False, False)],
)
def test_that_there_is_no_allergy_is_a_value(value, none, unknown):
    (only,) = made(problem(template=ALLERGY, value=value)).allergies()
    assert (only.none_known, only.no_information) == (none, unknown)


VACCINE = """<consumable><manufacturedProduct><manufacturedMaterial>
<code code="60917345" codeSystem="1.2.250.1.213.2.3.1" displayName="REVAXIS">
<translation code="J07CA01" codeSystem="2.16.840.1.113883.6.73"/>
<translation code="3400935955838" codeSystem="1.2.250.1.213.2.3.2"/></code>
<name nullFlavor="NA"/><lotNumberText>L42</lotNumberText></manufacturedMaterial>
</manufacturedProduct></consumable>"""
WHO = (
    "<performer><assignedEntity><id root='1.2.250.1.71.4.2.1' extension='810000000012'/>"
    "<assignedPerson><name><family>MARTIN</family></name></assignedPerson></assignedEntity>"
    "</performer>"
)
RANK = (
    f'<entryRelationship typeCode="SUBJ"><observation {XSI}><code code="30973-2"/>'
    '<value xsi:type="INT" value="2"/></observation></entryRelationship>'
)


def vaccination(
    inside: str = "", *, more: str = "", mood: str = "EVN", code: str = "BOOSTER"
) -> str:
    template = '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.12"/>'
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="{mood}" {more}>{template}'
        f'<code code="{code}"/><text><reference value="r"/></text>{inside}'
        "</substanceAdministration>"
    )


def test_a_vaccination_tells_vaccine_lot_rank_route_site_date_who_and_what_followed():
    inside = (
        '<effectiveTime value="1975"/><routeCode code="20035000" displayName="IM"/>'
        '<approachSiteCode code="1" displayName="bras"/><doseQuantity value="0.5" unit="mL"/>'
        + VACCINE + WHO + RANK
        + f'<entryRelationship typeCode="CAUS">{problem(value="R50.2")}</entryRelationship>'
    )  # fmt: skip
    body = made(vaccination(inside))
    (only,) = body.vaccinations()
    assert only.done
    assert (only.vaccine.cis, only.vaccine.atc, only.vaccine.cip, only.vaccine.lot) == (
        "60917345", "J07CA01", "3400935955838", "L42",
    )  # fmt: skip
    assert (only.dose_number, only.time.low.precision, str(only.dose)) == (2, "year", "0.5 mL")
    assert (only.route.label, only.site.label, only.label) == ("IM", "bras", "REVAXIS")
    assert only.performers[0].entity.name.family == "MARTIN"
    assert [item.value.code.code for item in only.reactions] == ["R50.2"]
    assert (body.medications(), body.problems()) == ((), ())
    assert (only.text, only.references) == ("mots", ("r",))


NOT_DONE = [
    vaccination(more='negationInd="true"'),
    vaccination(mood="INT"),
    vaccination(mood="PRP"),
    vaccination(code="no-known-immunizations"),
    vaccination(code="no-immunization-info"),
    vaccination(more='negationInd="1"'),
    vaccination(more='negationInd="TRUE"'),
    vaccination(more='nullFlavor="NI"'),
    vaccination("<statusCode nullFlavor='UNK'/>"),
    *[
        vaccination(f"<statusCode code='{status}'/>")
        for status in (
            "cancelled",
            "aborted",
            "nullified",
            "new",
            "held",
            "suspended",
            "active",
            "obsolete",
        )
    ],
    vaccination().replace("4.12", "4.12.2").replace("EVN", "INT"),
]


@pytest.mark.parametrize("act", NOT_DONE)
def test_a_vaccination_that_did_not_take_place_is_not_done(act):
    (only,) = made(act).vaccinations()
    assert not only.done


def test_a_vaccination_that_is_over_is_done():
    (only,) = made(vaccination("<statusCode code='completed'/>")).vaccinations()
    assert only.done


WRITTEN = [
    *[(text, True, False) for text in ("true", "1", " true ", "&#9;1&#10;")],
    *[(text, False, False) for text in ("false", "0", " 0 ")],
    *[(text, None, True) for text in ("TRUE", "True", "oui", "", "2", "\u00a0true")],
]


@pytest.mark.parametrize(("text", "negated", "told"), WRITTEN)
@pytest.mark.parametrize("where", ["act", "concern", "link"])
def test_negation_is_a_boolean_of_the_schema_wherever_it_stands(where, text, negated, told):
    more = f'negationInd="{text}"'
    if where == "act":
        body = made(problem(more=more))
    elif where == "link":
        body = made(concern(problem(), more=more))
    else:
        body = made(concern(problem()).replace("<act>", f"<act {more}>"))
    assert body.problems()[0].negated is negated
    assert ("cda.entry.boolean" in rules(body.structured().findings)) is told


def test_what_is_negated_twice_does_not_tell():
    no = 'negationInd="true"'
    body = made(concern(problem(more=no)).replace("<act>", f"<act {no}>"))
    assert body.problems()[0].negated is None
    assert "cda.entry.negation" in rules(body.structured().findings)


@pytest.mark.parametrize(
    ("code", "system", "none"),
    [
        ("716186003", "2.16.840.1.113883.6.96", True),
        ("160244002", "2.16.840.1.113883.6.96", True),
        ("160244002", "", True),
        ("160244002", "1.2.3", False),
        ("91936005", "2.16.840.1.113883.6.96", False),
    ],
)
def test_no_known_allergy_of_snomed_ct_is_none_known(code, system, none):
    act = problem(value=code, template=ALLERGY).replace(
        'codeSystem="2.16.840.1.113883.6.3"', f'codeSystem="{system}"'
    )
    (only,) = made(act).allergies()
    assert (only.none_known, only.no_information) == (none, False)


def treatment(code: str, system: str) -> str:
    return (
        f'<substanceAdministration><code code="{code}" codeSystem="{system}"/>'
        "</substanceAdministration>"
    )


FAMILIES = ["Allergy", "Problem", "Medication", "Immunization", "Procedure", "Devices"]


@pytest.mark.parametrize("name", FAMILIES)
def test_every_code_of_absence_says_that_there_is_none_or_that_nothing_is_known(name):
    for item in value_set(f"JDV_AbsentOrUnknown{name}_CISIS"):
        (only,) = made(treatment(item.code, item.system)).medications()
        assert only.none_known is item.code.startswith("no-known")
        assert only.no_information is item.code.endswith("-info")


SNOMED = "2.16.840.1.113883.6.96"
NONE = ["160243008", "160244002", "160245001", "409137002", "716186003"]
UNKNOWN = ["182904002", "396782006"]
OTHERS = ["407559004", "182849000", "64970000", "91936005"]


@pytest.mark.parametrize("code", NONE + UNKNOWN + OTHERS)
def test_codes_of_snomed_ct_tell_none_or_unknown_where_a_source_says_so_and_others_nothing(code):
    """IHE PCC, change proposal MS-PCC-CP-0018; HL7 UK, UK Core AllergyIntolerance."""
    (only,) = made(treatment(code, SNOMED)).medications()
    assert only.none_known is (code in NONE)
    assert only.no_information is (code in UNKNOWN)
    assert only.code == cda.Concept(code=Code(code=code, system=SNOMED))


@pytest.mark.parametrize(
    ("family", "act"),
    [
        ("allergies", problem(value="no-allergy-info", template=ALLERGY)),
        ("problems", problem(value="no-problem-info")),
        ("vaccinations", vaccination(code="no-immunization-info")),
        ("medications",
         "<substanceAdministration><code code='no-medication-info'/></substanceAdministration>"),
        ("procedures", "<procedure><code code='no-procedure-info'/></procedure>"),
        ("devices",
         "<supply><participant typeCode='DEV'><participantRole><playingDevice>"
         "<code code='no-device-info'/></playingDevice></participantRole></participant></supply>"),
    ],
)  # fmt: skip
def test_rows_tell_that_nothing_is_known_in_every_family_that_can_say_so(family, act):
    (row,) = made(act).to_frame(family)
    assert (row["none_known"], row["no_information"]) == (False, True)


def test_why_a_vaccination_was_not_done_is_told():
    reason = (
        '<entryRelationship typeCode="RSON"><act><code code="PATOBJ" displayName="refus"/></act>'
    )
    act = vaccination(reason + "</entryRelationship>", more='negationInd="true"')
    (only,) = made(act).vaccinations()
    assert [item.label for item in only.reasons] == ["refus"]


def test_none_known_is_not_no_information():
    known, nothing = made(
        vaccination(code=f'no-known-immunizations" codeSystem="{NONE}'),
        vaccination(code="no-immunization-info"),
    ).vaccinations()
    assert (known.none_known, known.no_information) == (True, False)
    assert (nothing.none_known, nothing.no_information) == (False, True)


def test_rows_of_conditions_tell_negation_and_absence():
    body = made(problem(more='negationInd="true"'), problem(value="no-known-problems"))
    first, second = body.to_frame("problems")
    assert (first["negated"], first["none_known"]) == (True, False)
    assert (second["negated"], second["none_known"], second["value_code"]) == (
        False, True, "no-known-problems",
    )  # fmt: skip


def test_a_qualifier_in_words_and_an_entry_whose_code_is_its_only_label():
    severity = (
        f'<entryRelationship typeCode="SUBJ"><observation {XSI}><code code="SEV"/>'
        '<value xsi:type="ST">léger</value></observation></entryRelationship>'
    )
    (only,) = made(
        problem(severity).replace('xsi:type="CD" code="I10"', 'xsi:type="ST"')
    ).problems()
    assert only.severity.text == "léger"
    words = problem().replace(
        '<value xsi:type="CD" code="I10" codeSystem="2.16.840.1.113883.6.3"/>',
        '<value xsi:type="ST">toux</value>',
    )
    (only,) = made(words).problems()
    assert (only.value, only.label) == ("toux", "toux")
