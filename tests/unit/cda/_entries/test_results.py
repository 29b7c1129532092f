"""Laboratory results: values, interpretation, ranges, recalls, isolates."""

import gc
import pickle
import weakref
from decimal import Decimal

import pytest
from structured import document, rules, section

from segur_interop import cda

LAB = '<templateId root="1.2.250.1.213.1.1.2.70"/>'
RESULT = '<templateId root="1.3.6.1.4.1.19376.1.3.1.6"/>'
LOINC = "2.16.840.1.113883.6.1"
HV = "2.16.840.1.113883.5.83"
XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
GLUCOSE = (
    f'<code code="14749-6" codeSystem="{LOINC}" displayName="Glucose">'
    '<originalText><reference value="#g"/></originalText>'
    '<translation code="GLY" codeSystem="1.2.250.1.999.7" displayName="Glycémie"/></code>'
)


def observation(inside: str, *, template: str = RESULT, code: str = GLUCOSE) -> str:
    return (
        f'<observation classCode="OBS" moodCode="EVN" {XSI}>{template}{code}'
        '<statusCode code="completed"/><effectiveTime value="20260228"/>'
        f"{inside}</observation>"
    )


def entry(inside: str) -> str:
    return f"<entry>{inside}</entry>"


def results(*inside: str, text: str = '<content ID="g">Glycémie à jeun</content>') -> tuple:
    made = document(section("".join(map(entry, inside)), text=text, code=LAB))
    return made.results()


def one(inside: str, **changes: str) -> cda.Result:
    (only,) = results(observation(inside, **changes))
    return only


def value(kind: str, attributes: str = "", inside: str = "") -> str:
    return f'<value xsi:type="{kind}" {attributes}>{inside}</value>'


def interpreted(*codes: str) -> str:
    return "".join(f'<interpretationCode code="{code}" codeSystem="{HV}"/>' for code in codes)


def usual(inside: str, code: str = "N") -> str:
    return (
        f'<referenceRange><observationRange><value xsi:type="IVL_PQ">{inside}</value>'
        f"{interpreted(code) if code else ''}</observationRange></referenceRange>"
    )


WITHIN = '<low value="3.9" unit="mmol/L"/><high value="6.1" unit="mmol/L"/>'
G_PER_L = '<translation value="0.70" code="g/L"/>'


def test_a_result_keeps_every_code_time_status_place_and_the_narrative_it_stands_for():
    made = one(value("PQ", 'value="4.50" unit="mmol/L"'))
    assert (made.loinc, made.code.code_in("1.2.250.1.999.7")) == ("14749-6", "GLY")
    assert (made.label, made.code.text) == ("Glucose", "Glycémie à jeun")
    assert (made.status, made.mood, made.negated) == ("completed", "EVN", False)
    assert (str(made.time.low), made.references) == ("20260228", ("g",))
    assert made.place == "component/structuredBody/component[1]/section/entry[1]/observation"
    assert made.element.get("classCode") == "OBS"
    assert made.template_ids == ("1.3.6.1.4.1.19376.1.3.1.6",)


VALUES = [
    ("PQ", 'value="4.50" unit="mmol/L"', "", cda.Quantity(value=Decimal("4.50"), unit="mmol/L")),
    ("c:PQ", 'value="4" unit="1"', "", cda.Quantity(value=Decimal(4), unit="1")),
    ("INT", 'value="3"', "", cda.Quantity(value=Decimal(3))),
    ("REAL", 'value="-1e-3"', "", cda.Quantity(value=Decimal("-0.001"))),
    ("ST", "", "trace", "trace"),
    ("ED", "", "<reference value='#g'/>", "Glycémie à jeun"),
    ("BL", 'value="true"', "", True),
    ("BL", 'value="0"', "", False),
    ("RTO_INT_INT", "", '<numerator value="1"/><denominator value="128"/>',
     cda.Ratio(numerator=cda.Quantity(value=Decimal(1)),
               denominator=cda.Quantity(value=Decimal(128)))),
    ("IVL_PQ", "", '<high value="0.5" unit="g/L" inclusive="false"/>',
     cda.Interval(high=cda.Quantity(value=Decimal("0.5"), unit="g/L"), high_closed=False)),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "attributes", "inside", "expected"), VALUES)
def test_a_value_is_read_by_the_type_that_it_announces(kind, attributes, inside, expected):
    made = one(value(kind, attributes, inside))
    assert made.value == expected
    assert type(made.value) is type(expected)


@pytest.mark.parametrize("kind", ["CD", "CE", "CO", "CV", "hl7:CD", ""])
def test_a_coded_value_keeps_its_code(kind):
    made = one(value(kind, 'code="A" codeSystem="1.2.3" displayName="a"'))
    assert (made.value.code.code, made.value.code.system, made.value.label) == ("A", "1.2.3", "a")


def test_a_time_is_a_value_too():
    assert str(one(value("TS", 'value="2026"')).value) == "2026"
    period = one(value("IVL_TS", "", '<low value="2026"/>')).value
    assert (str(period.low), period.high) == ("2026", None)


def test_words_without_a_code_are_the_value():
    made = one(value("CD", "", "<originalText>quelques  Gram +</originalText>"))
    assert (made.value.codes, made.value.label) == ((), "quelques Gram +")


@pytest.mark.parametrize(
    ("inside", "text"),
    [
        ('<reference value="#g"/>', '<content ID="g">10<sup>9</sup></content>'),
        ('<reference value="#s"/>', '10<sup ID="s">9</sup>'),
        ("10<sup>9</sup>", '<content ID="g">a</content>'),
    ],
)
def test_an_exponent_in_words_is_one(inside, text):
    (made,) = results(observation(value("ST", "", inside)), text=text)
    assert made.value == ("⁹" if "#s" in inside else "10⁹")


def test_an_absent_value_is_not_a_masked_one():
    absent, masked = one(""), one(value("PQ", 'nullFlavor="MSK"'))
    assert (absent.value, absent.null_flavor("value")) == (None, "")
    assert (masked.value.value, masked.null_flavor("value")) == (None, "MSK")
    assert masked.value.null_flavor == "MSK"


NORMALITY = [
    # interpretation codes, range, abnormal, critical
    ("", "", None, None),
    (interpreted("N"), "", False, False),
    *[(interpreted(code), "", True, False) for code in ("H", "L", "A", "HU", "LU", "HX", "LX")],
    *[(interpreted(code), "", None, None) for code in ("&lt;", ">")],
    *[(interpreted(code), "", True, True) for code in ("HH", "LL", "AA")],
    (interpreted("H", "HH"), "", True, True),
    *[(interpreted(code), "", None, None) for code in ("S", "I", "R", "POS")],
    ('<interpretationCode code="H" codeSystem="1.2.3"/>', "", None, None),
    ('<interpretationCode code="HH"/>', "", True, True),
    ('<interpretationCode nullFlavor="NA"/>', "", None, None),
    ("", usual(WITHIN), False, None),
    ("", usual(WITHIN, ""), False, None),
    ("", usual('<high value="4" unit="mmol/L"/>'), True, None),
    ("", usual('<low value="4.5" unit="mmol/L"/>'), False, None),
    ("", usual('<low value="4.5" unit="mmol/L" inclusive="false"/>'), True, None),
    ("", usual('<low value="0.70" unit="g/L"/>'), None, None),
    ("", usual(f'<low value="3.9" unit="mmol/L">{G_PER_L}</low>'), False, None),
    ("", usual('<low value="1" unit="g/L"><translation value="5" code="mmol/L"/></low>'),
     True, None),
    ("", usual("<low nullFlavor='NA'/><high value='4' unit='mmol/L'/>"), True, None),
    ("", usual("<low nullFlavor='NA'/><high value='5' unit='mmol/L'/>"), False, None),
    ("", usual("<low nullFlavor='UNK'/><high value='5' unit='mmol/L'/>"), None, None),
    ("", usual("<low nullFlavor='UNK'/><high value='4' unit='mmol/L'/>"), True, None),
    ("", usual(WITHIN) + usual('<high value="4" unit="mmol/L"/>'), None, None),
    ("", usual(WITHIN, "H"), None, None),
    ("", usual(""), None, None),
]  # fmt: skip


@pytest.mark.parametrize(("codes", "ranges", "abnormal", "critical"), NORMALITY)
def test_abnormal_and_critical_are_what_is_coded_else_what_the_range_says(
    codes, ranges, abnormal, critical
):
    made = one(value("PQ", 'value="4.5" unit="mmol/L"') + codes + ranges)
    assert made.is_abnormal is abnormal
    assert made.is_critical is critical


OFF_SCALE = [
    # code, number, range, within
    ("&lt;", "0.5", '<low value="0" unit="mmol/L"/><high value="6" unit="mmol/L"/>', None),
    ("&lt;", "0.5", '<high value="6" unit="mmol/L"/>', True),
    ("&lt;", "0.5", '<low nullFlavor="NINF"/><high value="6" unit="mmol/L"/>', True),
    ("&lt;", "9", '<high value="6" unit="mmol/L"/>', None),
    ("&lt;", "3", WITHIN, False),
    ("&lt;", "3.9", WITHIN, False),
    ("&lt;", "9", WITHIN, None),
    (">", "5", WITHIN, None),
    (">", "6.1", WITHIN, False),
    (">", "9", '<low value="6" unit="mmol/L"/>', True),
    (">", "9", '<low value="6" unit="g/L"/>', None),
]


@pytest.mark.parametrize(("code", "number", "bounds", "within"), OFF_SCALE)
def test_beyond_what_is_measured_the_range_alone_tells_and_only_what_is_sure(
    code, number, bounds, within
):
    inside = value("PQ", f'value="{number}" unit="mmol/L"') + interpreted(code) + usual(bounds)
    made = document(section(entry(observation(inside)), code=LAB))
    (only,) = made.results()
    assert only.is_within_range is within
    assert only.is_abnormal is (None if within is None else not within)
    assert only.is_critical is None
    assert "cda.result.interpretation" not in rules(made.structured().findings)


NOT_DONE = [
    ('moodCode="EVN"', 'moodCode="RQO"'),
    ('moodCode="EVN"', 'moodCode="INT"'),
    ('moodCode="EVN"', 'moodCode="EVN" negationInd="true"'),
    ('moodCode="EVN"', 'moodCode="EVN" negationInd=" 1 "'),
    ('moodCode="EVN"', 'moodCode="EVN" negationInd="TRUE"'),
    *[("completed", status) for status in ("aborted", "cancelled", "nullified")],
]


@pytest.mark.parametrize(("old", "new"), NOT_DONE)
def test_a_result_that_was_not_done_is_neither_abnormal_nor_critical_nor_announced(old, new):
    act = observation(value("PQ", 'value="9" unit="mmol/L"') + interpreted("HH") + usual(WITHIN))
    made = document(section(entry(act.replace(old, new)), code=LAB))
    (only,) = made.results()
    assert (only.done, only.is_abnormal, only.is_critical) == (False, None, None)
    assert "Résultat critique" not in made.render()
    assert "CRITIQUE" not in made.render()


@pytest.mark.parametrize("status", ["completed", "active"])
def test_a_result_in_part_is_one(status):
    act = observation(value("PQ", 'value="9"') + interpreted("HH")).replace("completed", status)
    made = document(section(entry(act), code=LAB))
    assert made.results()[0].is_critical
    assert "Résultat critique" in made.render()


@pytest.mark.parametrize(
    ("code", "number", "told"), [("N", "9", True), ("H", "5", True), ("H", "9", False)]
)
def test_a_code_that_the_range_denies_is_told_and_wins(code, number, told):
    inside = value("PQ", f'value="{number}" unit="mmol/L"') + interpreted(code) + usual(WITHIN)
    made = document(section(entry(observation(inside)), code=LAB))
    assert ("cda.result.interpretation" in rules(made.structured().findings)) is told
    assert made.results()[0].is_abnormal is (code != "N")


def test_a_range_for_some_people_only_does_not_decide():
    for_some = usual('<high value="4" unit="mmol/L"/>').replace(
        "</observationRange>",
        '<sdtc:precondition xmlns:sdtc="urn:hl7-org:sdtc"><sdtc:criterion>'
        '<sdtc:value displayName="Femme"/></sdtc:criterion></sdtc:precondition></observationRange>',
    )
    made = one(value("PQ", 'value="4.5" unit="mmol/L"') + for_some)
    assert (made.ranges[0].condition, made.is_abnormal) == ("Femme", None)


def test_a_range_in_words_is_kept():
    words = usual("").partition("<value")[0] + "<text>négatif</text>"
    words += "</observationRange></referenceRange>"
    (made,) = one(words).ranges
    assert (made.text, made.value) == ("négatif", None)
    assert made.place.endswith("/observation/referenceRange[1]/observationRange")


def previous(number: str) -> str:
    inner = observation(value("PQ", f'value="{number}" unit="mmol/L"'), template="")
    return f'<entryRelationship typeCode="REFR">{inner}</entryRelationship>'


def test_recalled_results_belong_to_the_result_and_are_no_result_of_the_document():
    made = results(observation(value("PQ", 'value="4"') + previous("5") + previous("6")))
    assert len(made) == 1
    assert [str(item.value) for item in made[0].previous] == ["5 mmol/L", "6 mmol/L"]


def linked(inside: str, code: str) -> str:
    return f'<entryRelationship typeCode="{code}">{inside}</entryRelationship>'


def group(*inside: str) -> str:
    held = "".join(f"<component>{item}</component>" for item in inside)
    return f'<organizer classCode="BATTERY">{held}</organizer>'


EARLIER = observation(value("PQ", 'value="5"')), observation(value("PQ", 'value="6"'), template="")


@pytest.mark.parametrize("code", ["REFR", "XCRPT"])
@pytest.mark.parametrize("shape", ["one", "group", "beside"])
def test_recalled_results_are_previous_of_the_result_however_they_are_tied(code, shape):
    now = value("PQ", 'value="4"')
    if shape == "one":
        act = observation(now + "".join(linked(item, code) for item in EARLIER))
    elif shape == "group":
        act = observation(now + linked(group(*EARLIER), code))
    else:
        held = linked(observation(now), "COMP") + linked(group(*EARLIER), code)
        act = f'<act classCode="ACT">{held}</act>'
    made = document(section(entry(act), code=LAB))
    (only,) = made.results()
    assert [str(item.value) for item in (only, *only.previous)] == ["4", "5", "6"]
    assert made.observations() == ()
    assert "cda.result.previous" not in rules(made.structured().findings)


def test_an_earlier_result_that_nothing_recalls_is_no_current_one_and_is_told():
    other = GLUCOSE.replace("14749-6", "2823-3")
    held = linked(observation("", code=other), "COMP") + linked(group(EARLIER[0]), "REFR")
    made = document(section(entry(f"<act>{held}</act>"), code=LAB))
    (only,) = made.results()
    assert (only.loinc, only.previous, made.observations()) == ("2823-3", (), ())
    assert "cda.result.previous" in rules(made.structured().findings)


def test_an_observation_without_template_is_a_result_in_a_laboratory_section_only():
    body = entry(observation(value("ST", "", "a"), template=""))
    assert len(document(section(body, code=LAB)).results()) == 1
    elsewhere = document(section(body))
    assert (elsewhere.results(), len(elsewhere.observations())) == ((), 1)


def test_comments_images_performer_battery_and_exam_come_with_the_result():
    comment = (
        '<entryRelationship typeCode="SUBJ"><act><code code="48767-8"/><text>à jeun</text></act>'
        '</entryRelationship><entryRelationship typeCode="COMP"><observationMedia ID="i"/>'
        "</entryRelationship>"
    )
    performer = (
        "<performer><assignedEntity><id root='1.2.250.1.71.4.2.1' extension='810000000012'/>"
        "<assignedPerson><name><family>MARTIN</family></name></assignedPerson></assignedEntity>"
        "</performer>"
    )
    battery = (
        '<act classCode="ACT"><code code="18719-5" displayName="Biochimie"/>'
        '<entryRelationship typeCode="COMP"><organizer classCode="BATTERY">'
        '<templateId root="1.3.6.1.4.1.19376.1.3.1.4"/><code code="B" displayName="Bilan"/>'
        f"<component>{observation(value('ST', '', 'a') + performer + comment)}</component>"
        "</organizer></entryRelationship></act>"
    )
    (made,) = results(battery)
    assert (made.battery.label, made.exam.label) == ("Bilan", "Biochimie")
    assert (made.comments, made.media) == (("à jeun",), ("i",))
    assert made.performers[0].entity.name.family == "MARTIN"


def test_an_isolate_holds_its_organism_and_its_antibiogram():
    cluster = (
        '<organizer classCode="CLUSTER"><templateId root="1.3.6.1.4.1.19376.1.3.1.5"/><specimen>'
        '<specimenRole><specimenPlayingEntity><code code="112283007" codeSystem="1.2.3" '
        'displayName="Escherichia coli"/></specimenPlayingEntity></specimenRole></specimen>'
        f"<component>{observation('')}</component>"
        "<component><organizer>"
        f"<component>{observation(value('ST', '', 'x') + interpreted('R'))}</component>"
        "</organizer></component></organizer>"
    )
    made = document(section(entry(cluster) + entry(observation("")), code=LAB))
    (isolate,) = made.isolates()
    assert isolate.organism.label == "Escherichia coli"
    assert [item.interpretation for item in isolate.results] == ["", "R"]
    assert [item.organism is not None for item in made.results()] == [True, True, False]


G = 'unit="g"'
INTERVALS = [
    # inside of an IVL_PQ, its attributes, as shown, finding
    ("", f'value="5" {G}', "5 g", ""),
    (f'<low value="3" {G}/><high value="5" {G}/>', "", "3 g – 5 g", ""),
    (f'<low value="3" {G} inclusive="false"/><high value="5" {G}/>', "", "> 3 g – 5 g", ""),
    (f'<low value="3" {G}/><high value="5" {G} inclusive="0"/>', "", "3 g – < 5 g", ""),
    (f'<low value="3" {G}/><high value="5" {G} inclusive="non"/>', "", "3 g – 5 g",
     "cda.entry.boolean"),
    (f'<low nullFlavor="NINF"/><high value="5" {G} inclusive="false"/>', "", "< 5 g", ""),
    (f'<low value="3" {G}/><high nullFlavor="PINF"/>', "", "≥ 3 g", ""),
    (f'<low nullFlavor="UNK"/><high value="5" {G}/>', "", "? – 5 g", ""),
    (f'<low value="3" {G}/><width value="2" {G}/>', "", "≥ 3 g (+ 2 g)", ""),
    (f'<center value="4" {G}/>', "", None, "cda.entry.interval"),
    (f'<low value="3" {G}/>', f'value="5" {G}', "≥ 3 g", "cda.entry.interval"),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "attributes", "shown", "rule"), INTERVALS)
def test_an_interval_shows_what_it_holds_and_tells_what_is_not_read(
    inside, attributes, shown, rule
):
    act = observation(value("IVL_PQ", attributes, inside))
    made = document(section(entry(act), code=LAB))
    (only,) = made.results()
    assert (None if only.value is None else str(only.value)) == shown
    assert only.unit == ("" if shown is None else "g")
    assert {item for item in rules(made.structured().findings) if "entry" in item} == (
        {rule} if rule else set()
    )


def test_what_is_at_most_a_width_above_a_bound_is_not_known_to_be_within():
    act = value("PQ", 'value="10" unit="g"') + usual(f'<low value="3" {G}/><width value="2" {G}/>')
    assert one(act).is_within_range is None


UNREAD = [
    ('<effectiveTime><center value="20260301"/></effectiveTime>', "cda.entry.interval"),
    ('<effectiveTime><low value="2026"/><width value="3" unit="d"/></effectiveTime>',
     "cda.entry.interval"),
    ('<effectiveTime><low value="2026" inclusive="false"/></effectiveTime>', "cda.entry.interval"),
    ('<effectiveTime><low value="2026" inclusive="true"/></effectiveTime>', ""),
    ('<effectiveTime value="2026"/><value xsi:type="ST">a</value><value xsi:type="ST">b</value>',
     "cda.entry.values"),
    ('<effectiveTime value="2026"/><value value="6.8"/>', "cda.entry.type"),
    ('<effectiveTime value="2026"/><value>positif</value>', ""),
]  # fmt: skip


@pytest.mark.parametrize(("inside", "rule"), UNREAD)
def test_what_no_field_holds_is_told_and_stays_in_the_element(inside, rule):
    act = observation("").replace('<effectiveTime value="20260228"/>', inside)
    made = document(section(entry(act), code=LAB))
    told = {item for item in rules(made.structured().findings) if "entry" in item}
    assert told == ({rule} if rule else set())


def test_a_value_that_announces_no_type_is_read_by_what_it_has():
    assert str(one('<value value="6.8"/>').value) == "6.8"
    assert str(one('<value value="6.8" unit="g"/>').value) == "6.8 g"
    assert str(one('<value><low value="6.8"/></value>').value) == "≥ 6.8"


def test_the_width_of_a_treatment_is_a_field_and_no_finding():
    act = (
        f'<substanceAdministration {XSI}><effectiveTime xsi:type="IVL_TS"><low value="2026"/>'
        '<width value="3" unit="d"/></effectiveTime><doseQuantity value="1" unit="g">'
        '<translation value="1000" code="mg"/></doseQuantity></substanceAdministration>'
    )
    made = document(section(entry(act)))
    (only,) = made.medications()
    assert (str(only.dosage.duration), str(only.dosage.dose)) == ("3 d", "1 g")
    assert "cda.entry.interval" not in rules(made.structured().findings)


@pytest.mark.parametrize(
    "number",
    ["abc", "1" * 100, "NaN", "Infinity", "1,5", "--1", "1_0", "６.8", "\u00a06", "0x1", "1e", "."],
)
def test_a_number_that_is_none_is_kept_as_text_and_told(number):
    made = document(section(entry(observation(value("PQ", f'value="{number}"'))), code=LAB))
    assert made.results()[0].value.value is None
    assert made.results()[0].value.text == number.strip()
    assert "cda.entry.number" in rules(made.structured().findings)


def test_a_type_that_is_not_known_is_told_and_read_by_its_attributes():
    made = document(section(entry(observation(value("XX", 'value="1" unit="g"'))), code=LAB))
    assert str(made.results()[0].value) == "1 g"
    assert "cda.entry.type" in rules(made.structured().findings)


def test_neither_value_nor_code_nor_text_is_in_a_repr():
    made = one(value("PQ", 'value="4.5" unit="mmol/L"') + interpreted("HH") + usual(WITHIN))
    shown = repr(made) + repr(made.value) + repr(made.ranges) + repr(made.code) + made._repr_html_()
    for secret in ("4.5", "14749-6", "Glucose", "Glycémie", "HH", "3.9", "20260228", "mmol"):
        assert secret not in shown
    assert "4.5" in made.reveal()
    assert made.place in repr(made)


def test_a_record_goes_to_another_process():
    made = one(value("PQ", 'value="4.5" unit="mmol/L"') + usual(WITHIN))
    again = pickle.loads(pickle.dumps(made))  # noqa: S301
    assert again == made
    assert again.element.get("classCode") == "OBS"
    assert hash(again) == hash(made)


def test_a_number_beyond_those_of_computers_stays_in_the_text_of_its_row():
    made = document(section(entry(observation(value("PQ", 'value="1e999"'))), code=LAB))
    (row,) = made.to_frame("results")
    assert (row["value_number"], row["value_text"]) == (None, "1E+999")


TABLE = """<table><thead><tr><th rowspan="2">Analyse</th><th colspan="2">Résultat</th></tr>
<tr><th>mmol/L</th><th>g/L</th></tr></thead><tbody>
<tr><td rowspan="2">Glycémie</td><td><content ID="g">4,89</content></td><td>0,88</td></tr>
<tr><td colspan="2"><content ID="b">non dosé</content></td></tr>
<tr><td>Urée</td><td ID="c">5</td></tr></tbody></table><paragraph ID="d">seul</paragraph>"""


@pytest.mark.parametrize(
    ("reference", "row"),
    [
        ("g", (("Analyse", "Glycémie"), ("mmol/L", "4,89"), ("g/L", "0,88"))),
        ("b", (("Analyse", "Glycémie"), ("mmol/L", "non dosé"), ("g/L", ""))),
        ("c", (("Analyse", "Urée"), ("mmol/L", "5"))),
        ("d", ()),
        ("absent", ()),
    ],
)
def test_a_row_of_the_narrative_counts_the_cells_that_span(reference, row):
    act = observation("").replace("#g", f"#{reference}")
    (made,) = results(act, text=TABLE)
    assert made.narrative_row() == row


def test_the_unit_is_that_of_the_value_or_of_its_bounds():
    assert one(value("PQ", 'value="4" unit="g/L"')).unit == "g/L"
    assert one(value("IVL_PQ", "", '<high value="4" unit="g/L"/>')).unit == "g/L"
    assert one(value("ST", "", "a")).unit == one("").unit == ""


@pytest.mark.parametrize(("written", "told"), [("", False), ('value="peut-être"', True)])
def test_a_boolean_that_is_none_is_not_read(written, told):
    made = document(section(entry(observation(value("BL", written))), code=LAB))
    assert made.results()[0].value is None
    assert ("cda.entry.boolean" in rules(made.structured().findings)) is told


def test_an_interval_and_a_ratio_that_say_nothing_are_no_value():
    assert one(value("IVL_PQ")).value is None
    assert one(value("RTO_PQ_PQ")).value is None
    assert str(one(value("IVL_PQ", "", "<width value='1'/>")).value) == ""


def test_a_value_that_announces_nothing_is_words():
    assert one("<value>positif</value>").value == "positif"


def test_a_range_that_holds_nothing_is_none():
    assert one("<referenceRange/>").ranges == ()


def test_a_text_that_is_a_row_keeps_its_cells():
    row = "<table><tbody><tr ID='r'><td>a</td><td>b</td></tr></tbody></table>"
    (made,) = results(observation("").replace("#g", "#r"), text=row)
    assert made.code.text == "a | b"


def test_a_document_that_is_left_is_freed_at_once():
    held = (
        "<organizer><component>"
        + observation(value("PQ", 'value="5"'))
        + "</component></organizer>"
    )
    gc.collect()
    gc.disable()
    try:
        made = document(section(entry(held), code=LAB))
        assert len(made.results()) == 1
        left = weakref.ref(made.structured()._index)  # what every part of it holds
        del made
        assert left() is None
    finally:
        gc.enable()
