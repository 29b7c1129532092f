"""Treatments and prescriptions: product codes, posology, renewals, who and why."""

import pytest
from structured import document, rules, section

from segur_interop import cda
from segur_interop.errors import InvalidValue

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
TREATMENT = '<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.7"/>'
PRESCRIBED = '<templateId root="1.2.250.1.213.1.1.3.83"/>'
PRODUCT = """<consumable><manufacturedProduct><manufacturedMaterial>
<code code="63107752" codeSystem="1.2.250.1.213.2.3.1" displayName="PARACETAMOL 500">
<originalText><reference value="#m"/></originalText>
<translation code="3400933516390" codeSystem="1.2.250.1.213.2.3.2" displayName="boîte"/>
<translation code="9000001" codeSystem="1.2.250.1.213.2.62"/></code>
<name>PARACETAMOL 500 mg</name><lotNumberText>L1</lotNumberText>
<pharm:formCode code="10219000" displayName="Comprimé" codeSystem="0.4.0.127.0.16.1.1.2.1"/>
<pharm:expirationTime value="202712"/>
<pharm:asSpecializedKind><pharm:generalizedMedicineClass>
<pharm:code code="N02BE01" codeSystem="2.16.840.1.113883.6.73" displayName="paracetamol"/>
</pharm:generalizedMedicineClass></pharm:asSpecializedKind>
<pharm:ingredient><pharm:quantity><numerator value="500" unit="mg"/><denominator value="1"/>
</pharm:quantity><pharm:ingredient><pharm:code code="1" codeSystem="1.2.3"/>
<pharm:name>Paracétamol</pharm:name></pharm:ingredient></pharm:ingredient>
</manufacturedMaterial></manufacturedProduct></consumable>"""
NARRATIVE = """<table><thead><tr><th>Médicament</th><th>Posologie</th></tr></thead><tbody><tr>
<td><content ID="m">PARACETAMOL</content></td><td>1 comprimé<br/>3 fois par jour</td></tr>
</tbody></table><paragraph ID="f">toutes les 8 heures</paragraph>"""
CODE = '<code code="DRUG" codeSystem="2.16.840.1.113883.5.4"/><text><reference value="#m"/></text>'


def treatment(
    inside: str, *, template: str = TREATMENT, code: str = CODE, mood: str = "EVN"
) -> str:
    return (
        f'<substanceAdministration classCode="SBADM" moodCode="{mood}" {XSI}>{template}'
        f'{code}<statusCode code="completed"/>{inside}</substanceAdministration>'
    )


def linked(kind: str, inside: str, rank: str = "") -> str:
    number = f'<sequenceNumber value="{rank}"/>' if rank else ""
    return f'<entryRelationship typeCode="{kind}">{number}{inside}</entryRelationship>'


def made(*acts: str, code: str = "") -> cda.Document:
    body = "".join(f"<entry>{act}</entry>" for act in acts)
    return document(section(body, text=NARRATIVE, code=code))


def one(inside: str, **changes: str) -> cda.Medication:
    (only,) = made(treatment(inside, **changes)).medications()
    return only


def test_a_product_keeps_its_codes_form_lot_class_and_ingredients():
    product = one(PRODUCT).product
    assert (product.cis, product.cip) == ("63107752", "3400933516390")
    assert (product.ucd, product.atc) == ("9000001", "N02BE01")
    assert (product.name, product.form.label, product.lot) == (
        "PARACETAMOL 500 mg", "Comprimé", "L1",
    )  # fmt: skip
    assert str(product.expires) == "202712"
    (ingredient,) = product.ingredients
    assert (ingredient.name, str(ingredient.strength)) == ("Paracétamol", "500 mg/1")


def test_a_preparation_told_in_words_has_no_code_and_a_reason():
    words = "<code nullFlavor='NA'><originalText><reference value='#m'/></originalText></code>"
    inside = (
        f"<consumable><manufacturedProduct><manufacturedMaterial>{words}<name nullFlavor='NA'/>"
        "<lotNumberText nullFlavor='UNK'/></manufacturedMaterial></manufacturedProduct>"
        "</consumable>"
    )
    product = one(inside).product
    assert (product.cip, product.code.null_flavor, product.label) == ("", "NA", "PARACETAMOL")
    assert (product.lot, product.lot_null_flavor) == ("", "UNK")


STRUCTURED = """<effectiveTime xsi:type="IVL_TS"><low value="20260301"/><high value="20260306"/>
</effectiveTime><effectiveTime xsi:type="PIVL_TS" operator="A"><period value="8" unit="h">
<translation><originalText><reference value="#f"/></originalText></translation></period>
</effectiveTime><effectiveTime xsi:type="EIVL_TS" operator="A"><event code="HS"/></effectiveTime>
<repeatNumber value="3"/><routeCode code="20053000" displayName="Voie orale"/>
<approachSiteCode nullFlavor="OTH"><originalText>bras</originalText></approachSiteCode>
<doseQuantity><low value="1" unit="{tbl}"/><high value="2" unit="{tbl}"/></doseQuantity>
<rateQuantity value="100" unit="mg/d"/><maxDoseQuantity><numerator value="4"/>
<denominator value="1" unit="d"/></maxDoseQuantity>"""


def test_a_structured_posology_is_read_in_fields():
    only = one(STRUCTURED)
    dosage = only.dosage
    assert (str(only.time.low), str(only.time.high), only.repeats) == ("20260301", "20260306", 3)
    assert str(dosage.dose) == "1 {tbl} – 2 {tbl}"
    assert (str(dosage.rate), str(dosage.maximum)) == ("100 mg/d", "4/1 d")
    assert (dosage.route.label, dosage.site.text) == ("Voie orale", "bras")
    every, bedtime = dosage.frequencies
    assert (str(every.period), every.text) == ("8 h", "toutes les 8 heures")
    assert (bedtime.event, bedtime.period) == ("HS", None)
    assert only.is_structured


@pytest.mark.parametrize(
    ("heads", "told"),
    [
        (("Posologie habituelle", "Posologie"), "1/j"),
        (("Posologie", "Posologie habituelle"), "max 8/j"),
        (("Posologie maximale", "Posologie :"), "1/j"),
        (("Posologie antérieure", "Posologie et durée"), "1/j"),
        (("Posologie habituelle", "Voie"), ""),
    ],
)
def test_the_column_of_the_posology_comes_before_those_that_start_like_it(heads, told):
    table = (
        f"<table><thead><tr><th>Nom</th><th>{heads[0]}</th><th>{heads[1]}</th></tr></thead><tbody>"
        '<tr><td ID="m">A</td><td>max 8/j</td><td>1/j</td></tr></tbody></table>'
    )
    act = "<substanceAdministration><text><reference value='#m'/></text></substanceAdministration>"
    (only,) = document(section(f"<entry>{act}</entry>", text=table)).medications()
    assert only.posology == told


def test_a_posology_that_is_not_structured_is_that_of_the_narrative_row():
    only = one('<effectiveTime xsi:type="IVL_TS"><low value="2026"/></effectiveTime>')
    assert not only.is_structured
    assert only.posology == "1 comprimé\n3 fois par jour"
    assert only.narrative_row() == (
        ("Médicament", "PARACETAMOL"), ("Posologie", "1 comprimé\n3 fois par jour"),
    )  # fmt: skip


def test_doses_that_change_are_steps_in_order():
    step = (
        '<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="IVL_TS"><low value="20260301"/>'
        '<width value="2" unit="d"/></comp><comp xsi:type="PIVL_TS"><period value="8" unit="h"/>'
        '</comp></effectiveTime><doseQuantity value="1"/>'
    )
    inside = linked("COMP", treatment(step, template="", code=""), "1")
    inside += linked("COMP", treatment(step, template="", code=""), "2")
    document = made(treatment(inside))
    (only,) = document.medications()
    assert [item.step for item in only.steps] == [1, 2]
    first = only.steps[0]
    assert (str(first.period.low), str(first.duration), str(first.dose)) == (
        "20260301", "2 d", "1",
    )  # fmt: skip
    assert [str(item.period) for item in first.frequencies] == ["8 h"]
    assert only.is_structured


EXTRAS = (
    linked("SUBJ", '<act><code code="PINSTRUCT"/><text>au repas</text></act>')
    + linked("SUBJ", '<act><code code="FINSTRUCT"/><text>à délivrer</text></act>')
    + linked("COMP", '<supply><templateId root="1.2.250.1.213.1.1.3.86"/>'
             '<quantity value="2" unit="30009000"/></supply>')
    + linked("COMP", '<act><templateId root="1.2.250.1.213.1.1.3.87"/>'
             '<code code="N" displayName="Non"/></act>')
    + linked("COMP", f'<observation {XSI}><code code="MED-574"/>'
             '<value xsi:type="BL" value="false"/></observation>')
    + linked("RSON", f'<observation {XSI}><value xsi:type="CD" code="I10" codeSystem="1.2"/>'
             "</observation>")
    + linked("RSON", "<act><code nullFlavor='NA'/><text>fièvre</text></act>")
    + "<precondition><criterion><text>si douleur</text></criterion></precondition>"
)  # fmt: skip


def test_a_line_of_a_prescription_tells_instructions_quantity_substitution_and_statements():
    only = one(EXTRAS, template=PRESCRIBED, mood="INT")
    assert (only.mood, only.is_prescribed) == ("INT", True)
    assert (only.instructions, only.dispensing_instructions) == (("au repas",), ("à délivrer",))
    assert (str(only.quantity), only.substitution.code.code) == ("2 30009000", "N")
    assert (only.says("MED-574"), only.says("GEN-181")) == (False, None)
    assert [item.label or item.codes[0].code for item in only.reasons] == ["I10", "fièvre"]
    assert only.conditions == ("si douleur",)


def test_the_prescriber_of_a_line_is_its_author():
    author = (
        "<author><time value='20260301'/><assignedAuthor><id root='1.2.250.1.71.4.2.1' "
        "extension='810000000012'/><assignedPerson><name><family>MARTIN</family></name>"
        "</assignedPerson></assignedAuthor></author>"
    )
    (who,) = one(author).authors
    assert (who.entity.name.family, str(who.time.low)) == ("MARTIN", "20260301")


@pytest.mark.parametrize(
    ("code", "known", "information"),
    [("DRUG", False, False), ("no-known-medications", True, False),
     ("no-medication-info", False, True)],
)  # fmt: skip
def test_that_there_is_no_treatment_is_a_value(code, known, information):
    only = one("", code=f'<code code="{code}" codeSystem="2.16.840.1.113883.5.1150.1"/>')
    assert (only.none_known, only.no_information) == (known, information)


def test_a_treatment_not_taken_is_negated():
    act = treatment("").replace("moodCode", 'negationInd="true" moodCode')
    assert made(act).medications()[0].negated


def test_a_medicine_within_another_entry_is_no_treatment_of_the_patient():
    inner = linked("COMP", treatment(PRODUCT))
    body = made(
        f"<observation>{inner}</observation>",
        f"<procedure>{inner}</procedure>",
        f"<organizer><component>{treatment(PRODUCT)}</component></organizer>",
    )
    assert [item.place.split("/")[4:6] for item in body.medications()] == [
        ["entry[3]", "organizer"]
    ]


def test_a_supply_of_medicines_is_one_and_a_supply_of_devices_is_not():
    body = made(
        '<supply><templateId root="1.2.250.1.213.1.1.3.44"/><quantity value="1"/></supply>',
        '<supply><templateId root="1.2.250.1.213.1.1.3.20"/></supply>',
    )
    assert [str(item.quantity) for item in body.medications()] == ["1"]
    assert len(body.devices()) == 1


@pytest.mark.parametrize("number", ["-1", "1.5", "x", "1e99", "9" * 80])
def test_a_number_of_renewals_that_is_none_is_not_read(number):
    assert one(f'<repeatNumber value="{number}"/>').repeats is None


def test_a_period_that_ends_before_it_starts_is_told():
    body = made(treatment('<effectiveTime><low value="2026"/><high value="2025"/></effectiveTime>'))
    assert body.medications()[0].time is None
    assert "cda.read.value" in rules(body.structured().findings)


EP = '<templateId root="1.2.250.1.213.1.1.2.171"/><id root="1.2.3.4" extension="P1"/>'
DM = '<templateId root="1.2.250.1.213.1.1.2.222"/>'
SUPPLY = """<entry><supply moodCode="INT"><templateId root="1.2.250.1.213.1.1.3.20"/>
<text><reference value="#m"/></text><repeatNumber value="0"/><quantity value="1"/>
<expectedUseTime><width value="60" unit="d"/></expectedUseTime><participant typeCode="DEV">
<participantRole><id root="1.2.9" extension="UDI"/><playingDevice><code code="V08" codeSystem="1.2">
<translation code="1215702" codeSystem="1.2.250.1.215.200.2.1"/></code></playingDevice>
</participantRole></participant></supply></entry>"""


def test_a_prescription_gathers_its_lines_devices_and_code():
    line = f"<entry>{treatment(PRODUCT, template=PRESCRIBED, mood='INT')}</entry>"
    code = '<templateId root="1.2.250.1.213.1.1.2.223"/>'
    image = '<entry><observationMedia ID="c"><value representation="B64">AAAA</value>'
    body = document(
        section(line, code=EP, text=NARRATIVE)
        + section(SUPPLY, code=DM)
        + section(image + "</observationMedia></entry>", code=code)
        + section(f"<entry>{treatment('')}</entry>")
    )
    made = body.prescription()
    assert made.document_id == body.id
    assert [(item.root, item.extension) for item in made.ids] == [("1.2.3.4", "P1")]
    assert [item.product.cis for item in made.lines] == ["63107752"]
    (device,) = made.devices
    assert (device.lpp, str(device.quantity), str(device.use), str(device.repeats)) == (
        "1215702", "1", "60 d", "0",
    )  # fmt: skip
    assert device.device_ids[0].extension == "UDI"
    assert made.code_2d.id == "c"
    assert made.validity is not None
    assert len(body.medications()) == 2


def test_a_document_without_prescription_has_none():
    assert made(treatment("")).prescription() is None


def test_rows_have_the_same_keys_and_plain_values():
    body = made(treatment(STRUCTURED + PRODUCT), treatment(""))
    first, second = body.to_frame("medications")
    assert list(first) == list(second)
    assert (first["cip"], first["dose_low"], first["repeats"]) == ("3400933516390", 1.0, 3)
    assert first["frequencies"] == "toutes les 8 heures; HS"
    plain = (str, int, float, bool, type(None))
    assert all(isinstance(value, plain) for row in (first, second) for value in row.values())


def test_a_family_that_is_none_is_refused():
    with pytest.raises(InvalidValue):
        made().to_frame("sections")


def test_a_step_tells_its_dose_in_words_and_a_dispensed_product_is_of_a_supply():
    step = treatment("", template="", code="<text>matin</text>")
    supplied = (
        '<supply><templateId root="1.2.250.1.213.1.1.3.44"/><quantity value="2"/>'
        + PRODUCT.replace("consumable", "product") + "</supply>"
    )  # fmt: skip
    whole, given = made(treatment(linked("COMP", step, "1")), supplied).medications()
    assert [item.text for item in whole.steps] == ["matin"]
    assert (given.product.cis, str(given.quantity)) == ("63107752", "2")


def test_an_entry_that_names_no_product_is_labelled_by_its_code():
    only = one("", code='<code code="no-known-medications" displayName="Aucun traitement"/>')
    assert only.label == "Aucun traitement"
