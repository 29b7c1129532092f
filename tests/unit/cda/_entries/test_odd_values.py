"""Values that no schema allows: each is read by what it has, or told; none is lost or misread."""

import decimal

import pytest
from structured import document, section

from segur_interop import cda

LAB = '<templateId root="1.2.250.1.213.1.1.2.70"/>'
HV = "2.16.840.1.113883.5.83"
V2_0078 = "2.16.840.1.113883.12.78"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
USUAL = '<low value="3.5" unit="mmol/L"/><high value="5" unit="mmol/L"/>'
HIGH = '<value xsi:type="PQ" value="6.8" unit="mmol/L"/>'


def read(inside: str, *, attributes: str = "", status: str = "completed") -> cda.Document:
    entry = (
        f'<entry><observation classCode="OBS" moodCode="EVN" {XSI} {attributes}>'
        '<templateId root="1.3.6.1.4.1.19376.1.3.1.6"/><code code="2823-3"/>'
        f'<statusCode code="{status}"/>{inside}</observation></entry>'
    )
    return document(section(entry, code=LAB))


def told(made: cda.Document) -> list[str]:
    return sorted({finding.rule for finding in made.structured().findings})


def one(inside: str, **changes: str) -> cda.Result:
    (made,) = read(inside, **changes).results()
    return made


def usual(inside: str = USUAL) -> str:
    return (
        f'<referenceRange><observationRange><value xsi:type="IVL_PQ">{inside}</value>'
        "</observationRange></referenceRange>"
    )


def coded(code: str, system: str) -> str:
    return f'<interpretationCode code="{code}" codeSystem="{system}"/>'


@pytest.mark.parametrize("number", ["1e999999999", "-1e999999999", "1e-999999999", "1e1000"])
def test_a_number_beyond_any_measure_is_told_and_kept_as_text(number: str) -> None:
    made = read(f'<value xsi:type="PQ" value="{number}" unit="mmol/L"/>' + usual())
    (result,) = made.results()
    assert (result.value.value, result.value.text, result.is_abnormal) == (None, number, None)
    assert told(made) == ["cda.entry.number"]
    made.render()


def test_numbers_of_many_digits_are_compared_whatever_the_context_of_the_caller() -> None:
    above = "5." + "0" * 40 + "1"
    made = one(f'<value xsi:type="PQ" value="{above}" unit="mmol/L"/>' + usual())
    with decimal.localcontext(decimal.Context(prec=2, traps=[decimal.Inexact])):
        assert made.is_abnormal is True
    assert one('<value xsi:type="PQ" value="9e999" unit="mmol/L"/>' + usual()).is_abnormal is True


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ('<value xsi:type="CD">Positif</value>', "Positif"),
        ('<value xsi:type="PQ">6.8 mmol/L</value>', "6.8 mmol/L"),
        ('<value xsi:type="BL">true</value>', "true"),
        ('<value xsi:type="TS">20260301</value>', "20260301"),
        ('<value xsi:type="CD" value="5" unit="g"/>', "5 g"),
        ('<value xsi:type="ST" value="5"/>', "5"),
        ('<value xsi:type="PQ"><low value="1" unit="g"/></value>', "≥ 1 g"),
    ],
)
def test_what_a_type_does_not_have_is_read_all_the_same_and_told(written: str, said: str) -> None:
    made = read(written)
    (result,) = made.results()
    assert str(result.value) == said
    assert set(told(made)) & {"cda.entry.type", "cda.entry.interval"}


@pytest.mark.parametrize("kind", ["BL", "TS", "INT"])
def test_a_value_that_is_none_of_its_type_is_never_read_as_another(kind: str) -> None:
    (result,) = read(f'<value xsi:type="{kind}" value="20261399x"/>').results()
    assert result.value is None or result.value.value is None


def test_a_coded_string_keeps_its_words() -> None:
    assert one('<value xsi:type="SC">Positif</value>').value == "Positif"
    both = one('<value xsi:type="SC" code="a" codeSystem="1.2">Positif</value>').value
    assert (both.code.code, both.text) == ("a", "Positif")


def test_the_words_of_a_quantity_and_the_currency_of_an_amount_are_kept() -> None:
    words = '<value xsi:type="PQ" nullFlavor="OTH"><originalText>traces</originalText></value>'
    assert str(one(words).value) == "traces"
    assert str(one('<value xsi:type="MO" value="5" currency="EUR"/>').value) == "5 EUR"


def test_a_range_whose_bounds_are_reversed_judges_nothing_and_is_told() -> None:
    made = read(
        '<value xsi:type="PQ" value="4" unit="mmol/L"/>'
        + usual('<low value="5" unit="mmol/L"/><high value="3.5" unit="mmol/L"/>')
    )
    assert made.results()[0].is_abnormal is None
    assert told(made) == ["cda.entry.interval"]
    assert "hors valeurs" not in made.render()


LOW, TOP = '<low value="1" unit="mmol/L"/>', '<high value="2" unit="mmol/L"/>'
VALUE = '<value xsi:type="IVL_PQ">{}</value>'


@pytest.mark.parametrize(
    "inside",
    [
        f"<observationRange>{VALUE.format(LOW)}{VALUE.format(TOP)}</observationRange>",
        f"<observationRange>{VALUE.format(LOW)}</observationRange>"
        f"<observationRange>{VALUE.format(TOP)}</observationRange>",
    ],
)
def test_no_half_of_a_range_told_twice_says_that_a_result_is_normal(inside: str) -> None:
    made = read(HIGH + f"<referenceRange>{inside}</referenceRange>")
    (result,) = made.results()
    assert [str(item.value) for item in result.ranges] == ["≥ 1 mmol/L", "≤ 2 mmol/L"]
    assert result.is_abnormal is None
    assert told(made) == ["cda.entry.values"]


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        ("<referenceRange><value/></referenceRange>", "cda.entry.values"),
        (usual(LOW + LOW), "cda.entry.interval"),
        ('<code code="other"/>', "cda.entry.values"),
        ('<statusCode code="nullified"/>', "cda.entry.values"),
        ('<effectiveTime value="2025"/><effectiveTime value="2026"/>', "cda.entry.values"),
    ],
)
def test_what_is_told_twice_or_at_a_wrong_place_is_not_lost_silently(
    written: str, rule: str
) -> None:
    assert told(read(HIGH + written)) == [rule]


@pytest.mark.parametrize(("code", "system"), [("hh", HV), ("HH", V2_0078), ("HH", "")])
def test_an_alarm_in_small_letters_or_of_the_older_table_is_one(code: str, system: str) -> None:
    made = one(HIGH + coded(code, system))
    assert (made.interpretation, made.is_abnormal, made.is_critical) == ("HH", True, True)


def test_an_alarm_of_a_system_that_is_not_read_is_told() -> None:
    made = read(HIGH + coded("N", HV) + coded("HH", "1.2.250.1.999"))
    assert made.results()[0].is_critical is False
    assert told(made) == ["cda.result.interpretation"]
    assert told(read(HIGH + coded("LA18463-2", "2.16.840.1.113883.6.1"))) == []


def test_outside_a_threshold_is_abnormal() -> None:
    assert one(HIGH + coded("EX", HV)).is_abnormal is True


def test_a_result_that_another_has_replaced_is_not_announced() -> None:
    made = one(HIGH + coded("HH", HV), status="obsolete")
    assert (made.done, made.is_abnormal, made.is_critical) == (False, None, None)


def participant(role: str) -> str:
    return f'<participant typeCode="SBJ"><participantRole {role}</participantRole></participant>'


def test_a_participant_whom_an_act_is_about_keeps_it_from_the_patient() -> None:
    mother = 'classCode="PRS"><code code="MTH" codeSystem="2.16.840.1.113883.5.111"/>'
    made = read(HIGH + participant(mother))
    assert made.results() == ()
    assert made.observations()[0].relative.code.code == "MTH"
    assert told(made) == ["cda.entry.subject"]
    assert len(read(HIGH + participant('classCode="PAT">')).results()) == 1


TREATMENT = (
    f'<entry><substanceAdministration classCode="SBADM" moodCode="INT" {XSI}>{{}}'
    "</substanceAdministration></entry>"
)


@pytest.mark.parametrize(
    ("inside", "rule"),
    [
        ('<repeatNumber><low value="0"/><high value="3"/></repeatNumber>', "cda.entry.interval"),
        ('<repeatNumber value="1.5"/>', "cda.entry.number"),
        ('<repeatNumber value="-1"/>', "cda.entry.number"),
        (
            '<effectiveTime xsi:type="IVL_TS"><low value="2026"/></effectiveTime>'
            '<effectiveTime operator="A" value="202603010830"/>',
            "cda.entry.values",
        ),
        ("<consumable/><consumable/>", "cda.entry.values"),
    ],
)
def test_what_no_field_of_a_treatment_holds_is_told(inside: str, rule: str) -> None:
    made = document(section(TREATMENT.format(inside)))
    assert [item.repeats for item in made.medications()] == [None]
    assert told(made) == [rule]


def test_a_second_text_of_a_section_is_told() -> None:
    made = document(section("<text>suite</text>", text="début"))
    (finding,) = made.structured().findings
    assert (finding.rule, finding.severity.name) == ("cda.section.twice", "ERROR")


def test_records_of_two_bodies_have_each_their_own_place() -> None:
    entry = f"<entry><observation {XSI}>{HIGH}</observation></entry>"
    again = "</structuredBody></component><component><structuredBody>"
    made = document(section(entry, code=LAB) + again + section(entry, code=LAB))
    assert [item.place.partition("/component")[0] for item in made.results()] == [
        "component[1]/structuredBody",
        "component[2]/structuredBody",
    ]


@pytest.mark.parametrize(
    ("number", "said"), [("0.0000001", "0.0000001"), ("1e3", "1000"), ("1e99", "1E+99")]
)
def test_a_quantity_is_shown_in_digits_unless_they_are_many(number: str, said: str) -> None:
    assert str(one(f'<value xsi:type="REAL" value="{number}"/>').value) == said


PERIOD = '<period value="8" unit="h"/>'


def test_a_repetition_that_announces_no_type_is_one() -> None:
    (made,) = document(
        section(TREATMENT.format(f"<effectiveTime>{PERIOD}</effectiveTime>"))
    ).medications()
    assert [str(item.period) for item in made.dosage.frequencies] == ["8 h"]
    assert made.is_structured


@pytest.mark.parametrize(
    ("time", "count"),
    [
        (f'<effectiveTime xsi:type="PIVL_TS" operator="E">{PERIOD}</effectiveTime>', 0),
        (f'<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="SXPR_TS">{PERIOD}</comp>'
         "</effectiveTime>", 0),
        ('<effectiveTime xsi:type="EIVL_TS"><event code="ACM"/><offset><low value="-30" '
         'unit="min"/></offset></effectiveTime>', 1),
    ],
    ids=["excluded", "expression", "offset"],
)  # fmt: skip
def test_a_time_that_is_not_whole_in_a_field_is_told(time: str, count: int) -> None:
    made = document(section(TREATMENT.format(time)))
    assert [len(item.dosage.frequencies) for item in made.medications()] == [count]
    assert told(made) == ["cda.entry.values"]


def test_a_labeled_drug_is_a_product() -> None:
    drug = "<manufacturedLabeledDrug><name>A</name></manufacturedLabeledDrug>"
    inside = f"<consumable><manufacturedProduct>{drug}</manufacturedProduct></consumable>"
    (made,) = document(section(TREATMENT.format(inside))).medications()
    assert made.label == "A"
    assert made.product.place.endswith("/manufacturedLabeledDrug")


MATERIAL = "<manufacturedMaterial>{}</manufacturedMaterial>"


@pytest.mark.parametrize(
    "inside",
    [
        MATERIAL.format("<lotNumberText>A</lotNumberText><lotNumberText>B</lotNumberText>"),
        MATERIAL.format("<name>A</name>") + MATERIAL.format("<name>B</name>"),
    ],
)
def test_a_product_told_twice_is_told(inside: str) -> None:
    given = f"<consumable><manufacturedProduct>{inside}</manufacturedProduct></consumable>"
    made = document(section(TREATMENT.format(given)))
    assert made.medications()[0].product.place
    assert told(made) == ["cda.entry.values"]


def _part(kind: str, inside: str, *, link: str = "COMP", attributes: str = "") -> str:
    return (
        f'<entryRelationship typeCode="{link}"><{kind} classCode="OBS" moodCode="EVN" {attributes}>'
        f"{inside}</{kind}></entryRelationship>"
    )


NOT = 'negationInd="true"'
DOSE = '<doseQuantity value="20" unit="mg"/>'
ALD = '<code code="MED-574"/><value xsi:type="BL" value="true"/>'


def test_no_negated_part_of_a_treatment_is_read_as_what_it_denies() -> None:
    reason = _part("observation", '<code code="I10"/>', link="RSON", attributes=NOT)
    step = _part("substanceAdministration", DOSE, attributes=NOT)
    ald = _part("observation", ALD, link="SUBJ", attributes=NOT)
    made = document(section(TREATMENT.format(step + reason + ald)))
    (treatment,) = made.medications()
    assert (treatment.steps, treatment.reasons, treatment.says("MED-574")) == ((), (), None)
    assert told(made) == ["cda.entry.negation"]
    affirmed = document(section(TREATMENT.format((step + reason + ald).replace(NOT, ""))))
    (treatment,) = affirmed.medications()
    assert (len(treatment.steps), treatment.says("MED-574")) == (1, True)
    assert told(affirmed) == []


def rank(number: str, attributes: str = "") -> str:
    value = f'<code code="30973-2"/><value xsi:type="INT" value="{number}"/>'
    return _part("observation", value, link="SUBJ", attributes=attributes)


@pytest.mark.parametrize(
    ("ranks", "number", "rule"),
    [
        (rank("2", NOT), None, "cda.entry.negation"),
        (rank("0"), None, "cda.entry.number"),
        (rank("-1"), None, "cda.entry.number"),
        (rank("1e999"), None, "cda.entry.number"),
        (rank("2") + rank("3"), 2, "cda.entry.values"),
    ],
)
def test_a_rank_that_is_none_is_told(ranks: str, number: int | None, rule: str) -> None:
    template = '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.12"/>'
    made = document(section(TREATMENT.format(template + ranks)))
    assert [item.dose_number for item in made.vaccinations()] == [number]
    assert told(made) == [rule]


def test_every_agent_of_a_participant_is_read() -> None:
    entity = '<playingEntity><code code="{0}" displayName="{0}"/></playingEntity>'
    inside = (
        '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.6"/><participant typeCode="CSM">'
        f"<participantRole>{entity.format('Arachide')}{entity.format('Lait')}</participantRole>"
        "</participant>"
    )
    made = document(section(f"<entry><observation {XSI}>{inside}</observation></entry>"))
    assert [item.label for item in made.allergies()] == ["Arachide, Lait"]


def test_bounds_of_different_units_are_no_numbers_of_one_column() -> None:
    bounds = '<low value="500" unit="mg"/><high value="1" unit="g"/>'
    made = read(f'<value xsi:type="IVL_PQ">{bounds}</value>')
    (row,) = made.to_frame("results")
    assert (row["value_low"], row["value_high"], row["value_unit"]) == (None, None, None)
    assert row["value_text"] == "500 mg – 1 g"
    assert made.results()[0].unit == ""
    (row,) = read(f'<value xsi:type="IVL_PQ">{bounds.replace("mg", "g")}</value>').to_frame(
        "results"
    )
    assert (row["value_low"], row["value_high"], row["value_unit"]) == (500, 1, "g")
    (row,) = read('<value xsi:type="IVL_PQ"><low value="5" unit="g"/></value>').to_frame("results")
    assert (row["value_low"], row["value_unit"]) == (5, "g")
