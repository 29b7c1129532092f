"""Every rule passes on a document that uses every part, and fails on one change of it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from documents import NS, rules_of
from lxml import etree
from mutations import (
    AUTHOR,
    COUNTY,
    INS,
    NOT_CAUGHT,
    PATIENT,
    REFUSED,
    ROLE,
    SECOND,
    Change,
    add,
    base,
    drop,
    found,
    put,
    text,
)

from segur_interop import cda
from segur_interop.cda import _rule_tests
from segur_interop.cda._rule_tests import SiblingTest
from segur_interop.cda.validate import _Header, _selector, _table, check_element
from segur_interop.findings import Severity

CASES = [
    pytest.param(rule, change, id=f"{rule}-{rank}")
    for rank, (rule, change) in enumerate((*REFUSED, *NOT_CAUGHT))
]
SIBLINGS = [rule for rule in cda.RULES if isinstance(rule.test, SiblingTest)]


def test_a_document_that_uses_every_part_breaks_no_rule() -> None:
    assert list(check_element(base())) == []


@pytest.mark.parametrize(("rule", "change"), CASES)
def test_one_change_breaks_the_rule_that_speaks_of_it(rule: str, change: Change) -> None:
    root = base()
    change(root)
    report = check_element(root)
    assert rule in rules_of(report)
    if {row.id: row.severity for row in cda.RULES}[rule] is Severity.ERROR:
        assert not report


def test_no_rule_is_untested() -> None:
    assert {rule for rule, _ in (*REFUSED, *NOT_CAUGHT)} == {rule.id for rule in cda.RULES}


@pytest.mark.parametrize("rule", cda.RULES, ids=lambda rule: rule.id)
def test_the_full_document_has_what_a_rule_speaks_of(rule: cda.Rule) -> None:
    assert _selector(rule.context)(_Header(base()))


def test_what_is_judged_at_once_and_what_one_by_one_is_the_whole_table() -> None:
    table = _table()
    assert [rule for rule, _, _ in table.every] == list(cda.RULES)
    at_once = [rank for _, group in table.joined for rank in group]
    assert sorted([*at_once, *table.others]) == list(range(len(cda.RULES)))
    for failing, group in table.joined:
        for rule in (cda.RULES[rank] for rank in group):
            asked = failing.path.partition(f"({rule.context})[not(")[2]
            assert str(rule.test) in asked
            assert " or " not in str(rule.test) or f"({rule.test})" in asked
    nothing = etree.fromstring('<ClinicalDocument xmlns="urn:hl7-org:v3"/>')
    suspected = [cda.RULES.index(rule) for rule, _, _ in table.suspected(nothing)]
    assert suspected == sorted(suspected)
    assert len(list(table.suspected(base()))) == len(table.others)


@pytest.mark.parametrize("rule", SIBLINGS, ids=lambda rule: rule.id)
@pytest.mark.parametrize("flavor", [None, "UNK"])
def test_only_the_suspects_of_a_test_of_siblings_can_fail_it(
    rule: cda.Rule, flavor: str | None
) -> None:
    test, failed = rule.test, 0
    assert isinstance(test, SiblingTest)
    for rank in range(len(list(base().iter(*test.tags)))):
        root = base()
        child = list(root.iter(*test.tags))[rank]
        twin = copy.deepcopy(child)
        if flavor:
            twin.set("nullFlavor", flavor)
        child.addnext(twin)
        header = _Header(root)
        suspects = test.suspects(header.named(test.tags))
        failing = [item for item in header.select(rule.context) if not test(item)]
        assert suspects.issuperset(failing)
        failed += bool(failing)
    assert bool(failed) == (bool(flavor) == (rule.id == "cda.null.beside"))


def test_no_time_of_a_header_is_kept_once_it_is_judged() -> None:
    check_element(base())
    assert _rule_tests._parsed.cache_info().currsize == 0


def test_ids_are_unique_and_every_row_has_a_source() -> None:
    ids = [rule.id for rule in cda.RULES]
    assert len(ids) == len(set(ids))
    assert all(rule.source and rule.message and rule.id.startswith("cda.") for rule in cda.RULES)


@pytest.mark.parametrize(
    "change",
    [
        put(f"{COUNTY}", nullFlavor="UNK"),
        drop(f"{PATIENT}/h:birthplace/h:place/h:addr/h:city"),
        put(COUNTY, use="x"),
        text(COUNTY, "99352"),
        put("h:effectiveTime", value="20260301100000+0000"),
        put(f"{SECOND}/h:effectiveTime/h:low", value="202602"),
        put(f"{SECOND}/h:effectiveTime/h:low", value="20260221230000-0500"),
        put(INS, extension="297022A02077878", root="1.2.250.1.213.1.4.8"),
        put(f"{AUTHOR}/h:representedOrganization/h:id", extension="12A0000014"),
        drop(f"{SECOND}/h:code"),
        drop("h:relatedDocument"),
        put(f"{AUTHOR}/h:telecom", value="mailto:a.b+c@x.mssante.fr"),
    ],
)
def test_what_is_allowed_breaks_nothing(change: Change) -> None:
    root = base()
    change(root)
    assert rules_of(check_element(root)) == set()


def test_a_rule_names_the_element_and_never_its_text() -> None:
    root = base()
    put(f"{AUTHOR}/h:telecom", value="tel:SECRET NUMBER")(root)
    (finding,) = check_element(root)
    assert finding.place == "ClinicalDocument/author[1]/assignedAuthor/telecom"
    assert "SECRET" not in f"{finding!r}"


def test_the_body_is_never_looked_through() -> None:
    root = base()
    add("h:component/h:nonXMLBody", "telecom", value="nothing")(root)
    assert rules_of(check_element(root)) == set()


def test_ten_thousand_defects_of_one_rule_are_twenty_findings_and_a_count() -> None:
    root = base()
    role = found(root, ROLE)
    for _ in range(10_000):
        etree.SubElement(role, f"{{{NS['h']}}}telecom", value="x")
    findings = [item for item in check_element(root) if item.rule == "cda.tel"]
    assert len(findings) == 20
    assert "(and 9980 more)" in findings[-1].message


def test_check_takes_bytes_paths_and_documents(tmp_path: Any) -> None:
    octets = etree.tostring(base())
    path = tmp_path / "document.xml"
    path.write_bytes(octets)
    for source in (octets, path, str(path), cda.read(octets)):
        assert cda.check(source)
