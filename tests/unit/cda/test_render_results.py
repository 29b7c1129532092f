"""Abnormal and critical results in the page: named above, marked in their place, in words."""

from __future__ import annotations

import pytest
from pages import dangers, level3, parsed

from segur_interop import cda

ACT_CODE = "2.16.840.1.113883.5.83"
RESULT = "1.2.250.1.213.1.1.3.80"


def observation(
    rank: int, *, code: str = "", value: str = "12", place: str = "text", high: str = ""
) -> str:
    """A result whose words are the narrative's `r` and its rank."""
    interpretation = f"<interpretationCode code='{code}' codeSystem='{ACT_CODE}'/>" if code else ""
    text = f"<text><reference value='#r{rank}'/></text>" if place == "text" else ""
    name = "<originalText><reference value='#r1'/></originalText>" if place == "code" else ""
    limit = (
        "<referenceRange><observationRange><value xsi:type='IVL_PQ'>"
        f"<high value='{high}' unit='g/L'/></value></observationRange></referenceRange>"
        if high
        else ""
    )
    return (
        "<entry><observation classCode='OBS' moodCode='EVN'>"
        f"<templateId root='{RESULT}'/>"
        f"<code code='2345-7' codeSystem='2.16.840.1.113883.6.1' displayName='Analyse {rank}'>"
        f"{name}</code>{text}<statusCode code='completed'/>"
        f"<value xsi:type='PQ' value='{value}' unit='g/L'/>{interpretation}{limit}"
        "</observation></entry>"
    )


def report(*observations: str, cells: str = "<td ID='r1'>Analyse</td><td>12</td>") -> str:
    table = f"<table><tbody><tr>{cells}</tr></tbody></table>"
    octets = level3(f"<title>Chimie</title><text>{table}</text>" + "".join(observations))
    return cda.read(octets).render()


def alerts(page: str, kind: str) -> list[str]:
    return [
        item.text_content()
        for item in parsed(page).xpath(f"//li[contains(@class,'{kind}')]")
        if "ésultat" in item.text_content()
    ]


@pytest.mark.parametrize("code", ["A", "H", "L"])
def test_an_abnormal_result_is_named_and_marked(code):
    page = report(observation(1, code=code))
    (alert,) = alerts(page, "warning")
    assert "Résultat anormal" in alert
    assert "Analyse 1 : 12 g/L" in alert
    (mark,) = parsed(page).xpath("//strong[@class='mark']")
    assert mark.text.startswith("anormal")
    assert mark.text.endswith(code)
    assert mark.getparent().get("id") == "cda-r1"
    assert alerts(page, "danger") == []


@pytest.mark.parametrize("code", ["AA", "HH", "LL"])
def test_a_critical_result_comes_first_and_says_so_in_words(code):
    page = report(observation(1, code=code))
    (alert,) = alerts(page, "danger")
    assert "Résultat critique" in alert
    (mark,) = parsed(page).xpath("//strong[contains(@class,'critical')]")
    assert mark.text.startswith("CRITIQUE")
    first = parsed(page).xpath("//section[@class='alerts']//li")[0]
    assert "critique" in first.text_content()


def test_a_result_out_of_its_range_is_marked_without_being_coded():
    page = report(observation(1, value="12", high="10"))
    (mark,) = parsed(page).xpath("//strong[@class='mark']")
    assert mark.text == "hors valeurs de référence"


@pytest.mark.parametrize(
    "made", [observation(1, code="N"), observation(1), observation(1, value="9", high="10")]
)
def test_a_normal_or_uninterpreted_result_has_no_mark(made):
    page = report(made)
    assert not parsed(page).xpath("//strong[contains(@class,'mark')]")
    assert alerts(page, "warning") == alerts(page, "danger") == []


def test_the_alert_leads_to_the_place_of_the_result():
    root = parsed(report(observation(1, code="H")))
    (link,) = root.xpath("//section[@class='alerts']//span[@class='result']/a")
    assert root.get_element_by_id(link.get("href")[1:]).text_content().startswith("Analyse")


def test_a_result_that_the_narrative_does_not_hold_is_named_without_link():
    page = report(observation(7, code="H"))
    (alert,) = alerts(page, "warning")
    assert "Analyse 7" in alert
    assert not parsed(page).xpath("//section[@class='alerts']//span[@class='result']/a")


def test_the_mark_of_a_row_is_in_its_first_cell():
    octets = level3(
        "<title>x</title><text><table><tbody><tr ID='r1'><td>Analyse</td><td>12</td></tr>"
        "</tbody></table></text>" + observation(1, code="HH")
    )
    root = parsed(cda.read(octets).render())
    (mark,) = root.xpath("//strong[contains(@class,'critical')]")
    assert mark.getparent().text == "Analyse"
    assert len(root.xpath("//tr[@id='cda-r1']/td")) == 2


def test_the_worst_of_two_results_in_one_place_is_marked():
    page = report(observation(1, code="HH"), observation(2, code="H", place="code"))
    (mark,) = parsed(page).xpath("//strong[contains(@class,'mark')]")
    assert mark.text.startswith("CRITIQUE")


def test_many_results_are_counted():
    page = report(*(observation(rank, code="H") for rank in range(1, 41)))
    (alert,) = alerts(page, "warning")
    assert alert.count("Analyse") == 30
    assert "et 10 autres" in alert


def test_hostile_names_and_values_are_texts():
    hostile = observation(1, code="H").replace("Analyse 1", "&lt;img src=x onerror=x&gt;")
    assert not dangers(report(hostile))


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("<value xsi:type='CD' code='x' displayName='Positif'/>", ": Positif ("),
        ("<value xsi:type='BL' value='true'/>", ": oui ("),
        ("<value xsi:type='BL' value='false'/>", ": non ("),
        ("<value xsi:type='ST'>trouble</value>", ": trouble ("),
        ("<value xsi:type='TS' value='20260301'/>", ": 01/03/2026 ("),
        ("<value xsi:type='IVL_TS'><low value='20260301'/></value>", ": depuis le 01/03/2026 ("),
        ("", "Analyse 1 ("),
    ],
)
def test_a_value_of_any_type_is_told(value, shown):
    made = observation(1, code="A")
    start, end = made.index("<value xsi:type='PQ'"), made.index("<interpretationCode")
    (alert,) = alerts(report(made[:start] + value + made[end:]), "warning")
    assert shown in " ".join(alert.split())
