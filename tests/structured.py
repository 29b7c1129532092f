"""Fictitious level 3 documents, put together around the header of a written one."""

from __future__ import annotations

import re

from documents import BODY, minimal

from segur_interop import cda

_BODY_OF_LEVEL_1 = re.compile(rb"<component>\s*<nonXMLBody>.*</component>", re.DOTALL)


def document(body: str) -> cda.Document:
    """A document whose structuredBody holds this."""
    return cda.read(octets(body))


def octets(body: str) -> bytes:
    level_1 = bytes(cda.wrap(BODY, **minimal()))
    inner = f"<component><structuredBody>{body}</structuredBody></component>".encode()
    made, count = _BODY_OF_LEVEL_1.subn(lambda _: inner, level_1)
    assert count == 1
    return made.replace(
        b"<ClinicalDocument",
        b'<ClinicalDocument xmlns:pharm="urn:ihe:pharm:medication"',
        1,
    )


def section(inside: str = "", *, text: str = "", title: str = "Titre", code: str = "") -> str:
    """A component with its section."""
    return (
        f"<component><section>{code}<title>{title}</title><text>{text}</text>{inside}"
        "</section></component>"
    )


def narrative(text: str) -> cda.Section:
    """The one section of a document with this narrative."""
    (only,) = document(section(text=text)).sections()
    return only


def rules(findings: object) -> set[str]:
    """The rules of findings."""
    return {finding.rule for finding in findings}  # type: ignore[attr-defined]


_XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
_LOINC = 'codeSystem="2.16.840.1.113883.6.1"'
_PRODUCT = """<consumable><manufacturedProduct><manufacturedMaterial>
<code code="63107752" codeSystem="1.2.250.1.213.2.3.1" displayName="PARACETAMOL 500 mg">
<originalText><reference value="#m"/></originalText>
<translation code="3400933516390" codeSystem="1.2.250.1.213.2.3.2"/></code><name>PARACETAMOL</name>
<lotNumberText>L1</lotNumberText><pharm:formCode code="10219000" displayName="Comprimé"/>
<pharm:ingredient><pharm:quantity><numerator value="500" unit="mg"/><denominator value="1"/>
</pharm:quantity><pharm:ingredient><pharm:code code="1" codeSystem="1.2.3"/></pharm:ingredient>
</pharm:ingredient></manufacturedMaterial></manufacturedProduct></consumable>"""


def _laboratory() -> str:
    return section(
        f"""<entry><act classCode="ACT" {_XSI}><code code="18719-5" {_LOINC}/>
<entryRelationship typeCode="COMP"><organizer><templateId root="1.3.6.1.4.1.19376.1.3.1.5"/>
<specimen><specimenRole><specimenPlayingEntity><code code="112283007" codeSystem="1.2"
displayName="Escherichia coli"/></specimenPlayingEntity></specimenRole></specimen><component>
<observation><templateId root="1.2.250.1.213.1.1.3.80"/><code code="14749-6" {_LOINC}
displayName="Glucose"><originalText><reference value="#g"/></originalText></code>
<text><reference value="#g"/></text><statusCode code="completed"/>
<effectiveTime value="20260301080000+0100"/><value xsi:type="PQ" value="7.50" unit="mmol/L"/>
<interpretationCode code="HH" codeSystem="2.16.840.1.113883.5.83"/><referenceRange>
<observationRange><value xsi:type="IVL_PQ"><low value="3.9" unit="mmol/L"/>
<high value="6.1" unit="mmol/L"/></value></observationRange></referenceRange>
<entryRelationship typeCode="REFR"><observation><code code="14749-6" {_LOINC}/>
<effectiveTime value="2025"/><value xsi:type="PQ" value="5.0" unit="mmol/L"/></observation>
</entryRelationship><entryRelationship typeCode="SUBJ"><act><code code="48767-8"/>
<text>à jeun</text></act></entryRelationship></observation></component></organizer>
</entryRelationship></act></entry>""",
        code='<templateId root="1.2.250.1.213.1.1.2.70"/><code code="18719-5"/>',
        title="Biochimie",
        text='<table><thead><tr><th>Analyse</th><th>Valeur</th></tr></thead><tbody><tr>'
        '<td><content ID="g">Glycémie</content></td><td styleCode="Bold">7,50 mmol/L</td>'
        '</tr></tbody></table><renderMultiMedia referencedObject="pdf"/><linkHtml href="#g">x'
        '</linkHtml><list listType="ordered"><item>un</item></list>',
    )  # fmt: skip


def _treatments() -> str:
    return section(
        f"""<entry><substanceAdministration classCode="SBADM" moodCode="INT" {_XSI}>
<templateId root="1.2.250.1.213.1.1.3.83"/><code code="DRUG"/><text><reference value="#m"/></text>
<effectiveTime xsi:type="IVL_TS"><low value="20260301"/><high value="20260306"/></effectiveTime>
<effectiveTime xsi:type="PIVL_TS" operator="A"><period value="8" unit="h"/></effectiveTime>
<repeatNumber value="3"/><routeCode code="20053000"/><doseQuantity><low value="1"/>
<high value="2"/></doseQuantity><maxDoseQuantity><numerator value="4"/>
<denominator value="1" unit="d"/></maxDoseQuantity>{_PRODUCT}
<entryRelationship typeCode="COMP"><sequenceNumber value="1"/><substanceAdministration>
<effectiveTime xsi:type="SXPR_TS"><comp xsi:type="IVL_TS"><low value="20260301"/>
<width value="2" unit="d"/></comp></effectiveTime></substanceAdministration></entryRelationship>
<entryRelationship typeCode="SUBJ"><act><code code="PINSTRUCT"/><text>au repas</text></act>
</entryRelationship><entryRelationship typeCode="RSON"><observation><value xsi:type="CD"
code="I10"/></observation></entryRelationship></substanceAdministration></entry>
<entry><substanceAdministration negationInd="false"><templateId root="1.2.250.1.213.1.1.3.45"/>
<code code="BOOSTER"/><effectiveTime value="2026"/>{_PRODUCT}<performer><assignedEntity>
<id root="1.2.250.1.71.4.2.1" extension="810000000012"/><assignedPerson><name>
<family>MARTIN</family></name></assignedPerson></assignedEntity></performer>
<entryRelationship typeCode="SUBJ"><observation {_XSI}><code code="30973-2"/>
<value xsi:type="INT" value="2"/></observation></entryRelationship></substanceAdministration>
</entry><entry><supply><participant typeCode="DEV"><participantRole><id root="1.2.9"/>
<playingDevice><code code="V08"/></playingDevice></participantRole></participant></supply>
</entry>""",
        code='<templateId root="1.2.250.1.213.1.1.2.171"/><id root="1.2.3.4"/>',
        text='<paragraph ID="m">PARACETAMOL</paragraph>',
    )  # fmt: skip


def _history() -> str:
    return section(
        f"""<entry><act><templateId root="1.2.250.1.213.1.1.3.39"/><statusCode code="active"/>
<entryRelationship typeCode="SUBJ"><observation {_XSI}>
<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.5"/><code code="282291009"/>
<effectiveTime><low value="2020"/></effectiveTime><value xsi:type="CD" code="I10"/>
</observation></entryRelationship></act></entry><entry><observation {_XSI}>
<templateId root="1.3.6.1.4.1.19376.1.5.3.1.4.6"/><value xsi:type="CD" nullFlavor="UNK"/>
<participant typeCode="CSM"><participantRole><playingEntity><name>Latex</name></playingEntity>
</participantRole></participant><entryRelationship typeCode="MFST"><observation>
<value xsi:type="CD" code="L50"/></observation></entryRelationship></observation></entry>
<entry><organizer><subject><relatedSubject><code code="MTH"/></relatedSubject></subject>
<component><observation {_XSI}><code code="8302-2"/><value xsi:type="ST">oui</value></observation>
</component></organizer></entry><entry><procedure moodCode="EVN"><code code="HHFA001"
codeSystem="1.2.250.1.215.300.1"/></procedure></entry><entry><procedure>
<templateId root="1.2.840.10008.9.14"/><methodCode code="CT"/></procedure></entry><entry><act>
<templateId root="1.2.840.10008.9.16"/><id root="1.2.3"/></act></entry>""",
    ) + section(
        '<entry><organizer><component><observationMedia ID="pdf"><value representation="B64" '
        'mediaType="application/pdf">JVBERi0xLjQK</value></observationMedia></component>'
        "</organizer></entry>",
        code='<templateId root="1.2.250.1.213.1.1.2.243"/>',
    )  # fmt: skip


def rich() -> bytes:
    """A document with records of every family, fictitious."""
    return octets(_laboratory() + _treatments() + _history())
