"""A kit of a few lines, laid out as the official one, for tests that need no official data."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

XSD = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:hl7-org:v3"
    targetNamespace="urn:hl7-org:v3" elementFormDefault="qualified">
  <xs:include schemaLocation="types.xsd"/>
  <xs:element name="ClinicalDocument">
    <xs:complexType>
      <xs:sequence>
        <xs:element name="templateId" type="Id" minOccurs="0" maxOccurs="unbounded"/>
        <xs:element name="id" type="Id"/>
        <xs:element name="code" type="Code" minOccurs="0"/>
        <xs:element name="title" type="xs:string"/>
        <xs:element name="patient" type="xs:string" minOccurs="0"/>
        <xs:element name="component" minOccurs="0">
          <xs:complexType mixed="true">
            <xs:sequence>
              <xs:element name="nonXMLBody" type="xs:string" minOccurs="0"/>
            </xs:sequence>
          </xs:complexType>
        </xs:element>
      </xs:sequence>
    </xs:complexType>
  </xs:element>
</xs:schema>"""

TYPES = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:hl7-org:v3"
    targetNamespace="urn:hl7-org:v3">
  <xs:simpleType name="oid">
    <xs:restriction base="xs:string"><xs:pattern value="[0-2](\\.[0-9]+)*"/></xs:restriction>
  </xs:simpleType>
  <xs:complexType name="Id">
    <xs:attribute name="root" type="oid" use="required"/>
    <xs:attribute name="extension" type="xs:string"/>
  </xs:complexType>
  <xs:complexType name="Code">
    <xs:attribute name="code" type="xs:string"/>
    <xs:attribute name="codeSystem" type="xs:string"/>
  </xs:complexType>
</xs:schema>"""

SCHEMA = """<schema xmlns="http://purl.oclc.org/dsdl/schematron" queryBinding="xslt2">
  <ns prefix="cda" uri="urn:hl7-org:v3"/>
  <ns prefix="svs" uri="urn:ihe:iti:svs:2008"/>
  {}
</schema>"""

STRUC_MIN = """
  <pattern id="title">
    <let name="holder" value="'le titre'"/>
    <let name="title" value="string(/cda:ClinicalDocument/cda:title)"/>
    <rule context="cda:ClinicalDocument">
      <assert role="error" test="normalize-space(cda:title)">The title is empty.</assert>
      <assert role="warning" test="not(cda:patient = 'SECRET')">Patient
        <value-of select="cda:patient"/> of <name/> with <value-of select="$title"/> in
        <value-of select="$holder"/> (<emph>see</emph> <value-of select="'§ 2'"/>).</assert>
      <report test="cda:title = 'DRAFT'">A draft: <value-of select="cda:title"/>.</report>
      <assert id="sch-7" role="info" test="not(cda:title = 'info')">For information.</assert>
    </rule>
  </pattern>
  <pattern id="type">
    <rule context="cda:ClinicalDocument/cda:code">
      <let name="table" value="doc('include/voc-1.2.3-DYNAMIC.xml')"/>
      <assert test="@code = $table/*/valueSet/conceptList/concept/@code"
        >The code is not in 1.2.3.</assert>
    </rule>
  </pattern>"""

MODELS = """
  <let name="lost" value="'../../jeuxDeValeurs/JDV_Lost.xml'"/>
  <include href="../abstract/InValueSet.sch"/>
  <phase id="all"><active pattern="known"/><active pattern="gone"/></phase>
  <pattern id="known" is-a="inValueSet">
    <param name="path" value="'../../jeuxDeValeurs/JDV_known.xml'"/>
    <param name="where" value="cda:ClinicalDocument/cda:code[@codeSystem = '9.1']"/>
  </pattern>
  <pattern id="unknown" is-a="inValueSet">
    <param name="path" value="$lost"/>
    <param name="where" value="cda:ClinicalDocument/cda:code[@codeSystem = '9.2']"/>
  </pattern>"""

ABSTRACT = """<pattern xmlns="http://purl.oclc.org/dsdl/schematron" abstract="true" id="inValueSet">
  <rule context="$where">
    <let name="mine" value="@code"/>
    <assert test="document($path)//svs:Concept[@code = $mine]">Code <value-of select="$mine"/>
      is not in <value-of select="$path"/>.</assert>
  </rule>
</pattern>"""

VOLET = """
  <pattern id="Entete_VAC-NOTE">
    <rule context="cda:ClinicalDocument">
      <assert test="cda:patient">A patient is required.</assert>
    </rule>
  </pattern>"""

VALUE_SET = """<RetrieveValueSetResponse xmlns="urn:ihe:iti:svs:2008">
  <ValueSet displayName="{name}" id="{oid}"><ConceptList>
    <Concept code="A" codeSystem="9.1" displayName="a"/>
  </ConceptList></ValueSet>
</RetrieveValueSetResponse>"""

DOCUMENT = """<ClinicalDocument xmlns="urn:hl7-org:v3">{templates}<id root="1.2"/>{code}
  <title>{title}</title>{patient}{body}</ClinicalDocument>"""

BODY = "<component><nonXMLBody>x</nonXMLBody></component>"

Document = Callable[..., bytes]


@pytest.fixture
def document() -> Document:
    """Writes a document of the little kit."""

    def write(
        title: str = "Letter", *, templates: str = "", code: str = "", patient: str = "", body=BODY
    ) -> bytes:
        parts = {"templates": templates, "code": code, "patient": patient, "body": body}
        return DOCUMENT.format(title=title, **parts).encode()

    return write


@pytest.fixture
def kit(tmp_path: Path) -> Path:
    """The folder of a little kit."""
    root = tmp_path / "kit"
    files = {
        "infrastructure/cda/CDA_extended.xsd": XSD,
        "infrastructure/cda/types.xsd": TYPES,
        "jeuxDeValeurs/JDV_Type.xml": VALUE_SET.format(name="Type", oid="1.2.3"),
        "jeuxDeValeurs/JDV_Known.xml": VALUE_SET.format(name="Known", oid="1.2.4"),
        "schematrons/abstract/inValueSet.sch": ABSTRACT,
        "schematrons/CI-SIS_VAC-NOTE_2023.01.sch": SCHEMA.format(VOLET),
        "schematrons/profils/structurationMinimale/ASIP-STRUCT-MIN-StrucMin.sch": SCHEMA.format(
            STRUC_MIN
        ),
        "schematrons/profils/CI-SIS_ModelesDeContenusCDA.sch": SCHEMA.format(MODELS),
    }
    for name in (
        "profils/IHE.sch",
        "profils/CI-SIS_Modeles_ANS.sch",
        "profils/terminologies/schematron/terminologie.sch",
    ):
        files[f"schematrons/{name}"] = SCHEMA.format("<pattern/>")
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return root
