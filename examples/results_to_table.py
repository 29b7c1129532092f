"""A laboratory report comes in: what is abnormal, and a table that pandas or polars take."""

from __future__ import annotations

from segur_interop import cda

# A fictitious report, its header left out. A real one is read from its file: cda.read("CR.xml").
REPORT = """<ClinicalDocument xmlns="urn:hl7-org:v3"
 xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
<component><structuredBody><component><section>
<templateId root="1.2.250.1.213.1.1.2.70"/>
<code code="18719-5" codeSystem="2.16.840.1.113883.6.1"/><title>Biochimie</title>
<text><table><thead><tr><th>Analyse</th><th>Résultat</th></tr></thead><tbody>
<tr><td><content ID="k">Potassium</content></td><td>6,8 mmol/L</td></tr>
<tr><td><content ID="na">Sodium</content></td><td>140 mmol/L</td></tr>
<tr><td><content ID="crp">CRP</content></td><td>non dosée</td></tr></tbody></table></text>
{entries}</section></component></structuredBody></component></ClinicalDocument>"""
RESULT = """<entry><observation classCode="OBS" moodCode="EVN">
<templateId root="1.3.6.1.4.1.19376.1.3.1.6"/>
<code code="{code}" codeSystem="2.16.840.1.113883.6.1">
<originalText><reference value="#{reference}"/></originalText></code>
<statusCode code="completed"/><effectiveTime value="20260301080000+0100"/>{value}
</observation></entry>"""
POTASSIUM = (
    '<value xsi:type="PQ" value="6.8" unit="mmol/L"/>'
    '<interpretationCode code="HH" codeSystem="2.16.840.1.113883.5.83"/>'
)
SODIUM = (
    '<value xsi:type="PQ" value="140" unit="mmol/L"/><referenceRange><observationRange>'
    '<value xsi:type="IVL_PQ"><low value="136" unit="mmol/L"/><high value="145" unit="mmol/L"/>'
    "</value></observationRange></referenceRange>"
)
CRP = '<value xsi:type="PQ" nullFlavor="NASK"/>'
ENTRIES = "".join(
    RESULT.format(code=code, reference=reference, value=value)
    for code, reference, value in (
        ("2823-3", "k", POTASSIUM),
        ("2951-2", "na", SODIUM),
        ("1988-5", "crp", CRP),
    )
)

document = cda.read(REPORT.format(entries=ENTRIES).encode())
for finding in document.structured().findings:
    print(finding)  # says where, never who nor what

results = document.results()
critical = [item for item in results if item.is_critical]
unknown = [item for item in results if item.is_abnormal is None]
print(f"{len(results)} results: {len(critical)} critical, {len(unknown)} of which nothing is told")
assert [item.loinc for item in critical] == ["2823-3"]
assert results[1].is_abnormal is False  # no code: its reference range says so
assert results[2].null_flavor("value") == "NASK"  # not asked for: not the same as absent

rows = document.to_frame("results")  # pandas.DataFrame(rows), polars.DataFrame(rows)
for row in rows:
    print(row["loinc"], row["value_number"], row["value_unit"], row["is_critical"])
assert [row["value_number"] for row in rows] == [6.8, 140.0, None]
