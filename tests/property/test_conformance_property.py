"""Whatever the octets: a report that is no pass, and not a word of them in it."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from segur_interop import conformance
from segur_interop.conformance._kit import XSD, Kit
from segur_interop.conformance._xsd import Schema
from segur_interop.findings import Verdict

MARK = "QQQ"
SCHEMA = """<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="urn:hl7-org:v3"
    targetNamespace="urn:hl7-org:v3" elementFormDefault="qualified">
  <xs:simpleType name="kind"><xs:restriction base="xs:string">
    <xs:enumeration value="A"/><xs:enumeration value="B"/></xs:restriction></xs:simpleType>
  <xs:simpleType name="both"><xs:union memberTypes="kind xs:integer"/></xs:simpleType>
  <xs:simpleType name="many"><xs:list itemType="xs:date"/></xs:simpleType>
  <xs:simpleType name="short"><xs:restriction base="xs:token">
    <xs:maxLength value="2"/><xs:pattern value="[a-z']*"/></xs:restriction></xs:simpleType>
  <xs:element name="ClinicalDocument"><xs:complexType><xs:sequence>
    <xs:element name="id" minOccurs="0" maxOccurs="2"><xs:complexType>
      <xs:attribute name="kind" type="kind"/><xs:attribute name="both" type="both"/>
      <xs:attribute name="many" type="many"/><xs:attribute name="short" type="short"/>
      <xs:attribute name="root" type="xs:integer" use="required"/></xs:complexType></xs:element>
    <xs:element name="title" type="xs:date" minOccurs="0"/>
    <xs:element name="any" minOccurs="0"/>
  </xs:sequence></xs:complexType></xs:element>
</xs:schema>"""

quoting = st.sampled_from(
    ["", "'", "' is not accepted by the pattern '", "' of the atomic type '", "Expected is ( "]
)
words = st.builds(
    "{}{}{}{}".format, quoting, st.just(MARK), st.text("ab'().{} ", max_size=5), quoting
)
names = st.sampled_from(
    ["id", "title", "any", "kind", "root", MARK, f"{MARK}a", "ClinicalDocument"]
)
spaces = st.sampled_from(["{urn:hl7-org:v3}", "", f"{{urn:{MARK}'}}"])
tags = st.builds("{}{}".format, spaces, names)
attributes = st.dictionaries(
    st.sampled_from(
        ["kind", "both", "many", "short", "root", MARK]
        + [f"{{http://www.w3.org/2001/XMLSchema-instance}}{name}" for name in ("type", "nil")]
    ),
    words,
    max_size=3,
)


def built(
    tag: str, values: dict[str, str], text: str, children: list[etree._Element]
) -> etree._Element:
    element = etree.Element(tag)
    for key, value in values.items():
        element.set(key, value)
    element.text = text
    element.extend(children)
    return element


elements = st.recursive(
    st.builds(built, tags, attributes, words | st.just(""), st.just([])),
    lambda inner: st.builds(
        built, tags, attributes, words | st.just(""), st.lists(inner, max_size=3)
    ),
    max_leaves=6,
)


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Schema:
    kit = tmp_path_factory.mktemp("kit")
    path = kit / XSD
    path.parent.mkdir(parents=True)
    path.write_text(SCHEMA, encoding="utf-8")
    return Schema(Kit(kit))


@given(values=attributes, children=st.lists(elements, max_size=4))
def test_no_finding_of_the_schema_quotes_the_document(
    schema: Schema, values: dict[str, str], children: list[etree._Element]
) -> None:
    root = built("{urn:hl7-org:v3}ClinicalDocument", values, "", children)
    findings = schema.judge(root).findings
    assert MARK not in str([finding.to_dict() for finding in findings])
    assert all(finding.place.startswith("/ClinicalDocument") for finding in findings)


@given(octets=st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_arbitrary_octets_never_pass_nor_crash(octets: bytes) -> None:
    report = conformance.check(octets, Path("/nowhere"), cache="/nowhere")
    assert report.verdict is not Verdict.PASSED
