"""The tree of sections of any structured body, and its narrative made safe."""

import pickle

import pytest
from documents import BODY, minimal
from lxml import etree, html
from structured import document, narrative, rules, section

from segur_interop import cda

ALLOWED = {
    "div", "p", "span", "sub", "sup", "br", "a", "aside", "ul", "ol", "li", "caption", "table",
    "thead", "tbody", "tfoot", "tr", "th", "td", "strong", "em", "u", "ins", "del", "img",
}  # fmt: skip
ATTRIBUTES = {"id", "class", "href", "rel", "colspan", "rowspan", "src", "alt"}


def assert_safe(fragment: str) -> None:
    for element in html.fragment_fromstring(fragment, create_parent="div").iter():
        assert element.tag in ALLOWED
        assert set(element.attrib) <= ATTRIBUTES
        href = element.get("href", "#")
        assert href.startswith(("#", "http://", "https://", "mailto:", "tel:"))
        assert element.get("src", "data:image/").startswith("data:image/")


def test_a_level_1_body_has_no_section():
    written = cda.wrap(BODY, **minimal())
    assert written.sections() == cda.read(bytes(written)).sections() == ()
    assert written.structured().findings == ()


def test_sections_nest_and_keep_code_title_templates_entries_and_place():
    inner = section(
        '<entry><observation classCode="OBS"><templateId root="1.2.9"/>'
        '<code code="1" codeSystem="1.2.3"/></observation></entry><entry/>',
        title="Dedans",
    )
    code = '<templateId root="1.2.8"/><templateId/><code code="X" codeSystem="1.2.3"/>'
    made = document(section() + section(inner, code=code))
    first, second = made.sections()
    (inside,) = second.sections
    assert (first.code, first.template_ids, first.sections, first.entries) == (None, (), (), ())
    assert (second.code.code, second.template_ids) == ("X", ("1.2.8",))
    assert (inside.title, [entry.kind for entry in inside.entries]) == (
        "Dedans",
        ["observation", ""],
    )
    assert inside.entries[0].code.code == "1"
    assert inside.entries[0].template_ids == ("1.2.9",)
    assert inside.entries[0].place == (
        "component/structuredBody/component[2]/section/component[1]/section/entry[1]/observation"
    )
    assert rules(made.structured().findings) == {"cda.entry.acts"}
    assert [item.title for item in made.structured().every_section] == ["Titre", "Titre", "Dedans"]


def test_a_place_leads_to_its_element():
    made = document(section(section(section())))
    for item in made.structured().every_section:
        path = "/".join(f"h:{step}" for step in item.place.split("/"))
        assert made.element().xpath(path, namespaces={"h": "urn:hl7-org:v3"}) == [item.element]


def test_a_repr_holds_neither_title_nor_narrative():
    only = narrative("secret")
    assert "secret" not in repr(only) + repr(only.narrative) + repr(only.narrative.nodes)
    assert "Titre" not in repr(only)
    assert "Titre" in only.reveal()


def test_a_section_goes_to_another_process():
    only = narrative('<content ID="a">mot</content>')
    again = pickle.loads(pickle.dumps(only))  # noqa: S301
    assert (again, again.text, again.place) == (only, "mot", only.place)


def test_sections_deeper_than_the_limit_are_told_and_stay_in_the_element():
    body = "fin"
    for _ in range(60):
        body = f"<component><section>{body}</section></component>"
    made = document(body)
    assert len(made.structured().every_section) == 20
    assert "cda.section.deep" in rules(made.structured().findings)
    assert made.structured().every_section[-1].element.xpath("string()") == "fin"


TEXTS = [
    ("un  deux\n trois", "un deux trois"),
    ("un<br/>deux", "un\ndeux"),
    ("<paragraph>un</paragraph><paragraph>deux</paragraph>", "un\ndeux"),
    ("<list><item>un</item><item><caption>c</caption>deux</item></list>", "- un\n-\nc\ndeux"),
    (
        "<table><caption>T</caption><thead><tr><th>a</th><th>b</th></tr></thead>"
        "<tbody><tr><td>1</td><td><paragraph>2</paragraph><paragraph>3</paragraph></td></tr>"
        "<tr><td/><td/></tr></tbody></table>",
        "T\na | b\n1 | 2 3",
    ),
    ('<content revised="delete">avant</content> après', "[supprimé : avant] après"),
    ("H<sub>2</sub>O", "H₂O"),
    ("150.10<sup>9</sup>/L", "150.10⁹/L"),
    ("10<sup> -3 </sup>L", "10 ⁻³ L"),
    ("Ca<sup>2+</sup> 10<sup>\u221212</sup>", "Ca²⁺ 10⁻¹²"),
    ("10<sup>0,5</sup> x<sub>max</sub>", "10^(0,5) x_(max)"),
    ("2<sup>10<sup>3</sup></sup>", "2^(10³)"),
    ("10<sup><content styleCode='Bold'>9</content></sup>", "10⁹"),
    ("10<sup>1<br/>2</sup>", "10^(1 2)"),
    ("le 1<sup>er</sup>, la 2<sup>e</sup>", "le 1er, la 2e"),
    ("a<sup/>b<sub> </sub>c", "ab c"),
    ("<table><tbody><tr><td>10<sup>9</sup></td><td>m<sup>2</sup></td></tr></tbody></table>",
     "10⁹ | m²"),
    ("mot<footnote ID='f'>note</footnote>", "mot\n[note]"),
    ("a<!-- caché --><?caché?>b", "ab"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "plain"), TEXTS)
def test_plain_text_keeps_lines_and_cells(text, plain):
    assert narrative(text).text == plain


def test_a_title_with_an_exponent_keeps_it():
    made = document(section(title="Plaquettes (10<sup>9</sup>/L)"))
    assert made.sections()[0].title == "Plaquettes (10⁹/L)"


def test_an_exponent_too_deep_for_its_markup_is_no_digit_of_the_number():
    deep = "<content>" * 70 + "10<sup>9</sup>" + "</content>" * 70
    assert narrative(deep).text == "10^(9)"


def test_html_keeps_structure_styles_spans_links_and_anchors():
    only = narrative(
        '<paragraph ID="p 1"><content styleCode="Bold Italics">x &lt; y</content></paragraph>'
        '<table><tbody><tr><td colspan="2" rowspan="9999" align="right">1</td></tr></tbody></table>'
        '<list listType="ordered"><item>i</item></list>'
        '<linkHtml href="https://sante.fr/?a=1&amp;b=2">l</linkHtml>'
        '<linkHtml href="#p 1">m</linkHtml>'
    )
    assert only.html == (
        '<p id="cda-p%201"><strong><em>x &lt; y</em></strong></p>'
        '<table><tbody><tr><td colspan="2" rowspan="1000" class="cda-right">1</td></tr></tbody>'
        "</table>"
        "<ol><li>i</li></ol>"
        '<a href="https://sante.fr/?a=1&amp;b=2" rel="noopener noreferrer nofollow">l</a>'
        '<a href="#cda-p%201">m</a>'
    )
    assert only.narrative.findings == ()


HOSTILE = [
    ("<script>alert(1)</script>", "cda.narrative.active", ""),
    ("<SCRIPT>alert(1)</SCRIPT>", "cda.narrative.active", ""),
    ("<x:script xmlns:x='http://www.w3.org/1999/xhtml'>a</x:script>", "cda.narrative.active", ""),
    ("<svg><a>b</a></svg>", "cda.narrative.active", ""),
    ("<iframe src='https://a.fr'/>", "cda.narrative.active", ""),
    ("<img src='https://a.fr/a.png' onerror='a()'/>", "cda.narrative.active", ""),
    ("<style>p{}</style>", "cda.narrative.active", ""),
    ("<content onclick='a()'>b</content>", "cda.narrative.active", "b"),
    ("<linkHtml href='javascript:a()'>b</linkHtml>", "cda.narrative.link", "b"),
    ("<linkHtml href=' &#9;JavaScript:a()'>b</linkHtml>", "cda.narrative.link", "b"),
    ("<linkHtml href='data:text/html,a'>b</linkHtml>", "cda.narrative.link", "b"),
    ("<linkHtml href='https://a.fr/&quot; onclick=a'>b</linkHtml>", "cda.narrative.link", "b"),
    ("<linkHtml href='//a.fr'>b</linkHtml>", "cda.narrative.link", "b"),
    ("<linkHtml href='#absent'>b</linkHtml>", "cda.reference.none", "b"),
    ("<footnoteRef IDREF='absent'/>a", "cda.reference.none", "a"),
    ("<renderMultiMedia referencedObject='absent'/>", "cda.reference.none", "[image]"),
    ("<p>a</p><marquee>b</marquee>", "cda.narrative.element", "a\nb"),
    ("<td>a</td>" + "<content>" * 100 + "b<script>c</script>" + "</content>" * 100,
     "cda.narrative.deep", "ab"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "rule", "plain"), HOSTILE)
def test_a_hostile_narrative_is_made_safe_and_told(text, rule, plain):
    only = narrative(text)
    assert rule in rules(only.narrative.findings)
    assert rule in rules(document(section(text=text)).structured().findings)
    assert only.text == plain
    assert_safe(only.html)


def test_a_finding_of_a_narrative_says_where_and_nothing_of_the_text():
    (finding,) = narrative("<linkHtml href='javascript:secret'>x</linkHtml>").narrative.findings
    assert finding.place == "component/structuredBody/component[1]/section/text"
    assert "secret" not in str(finding)


def test_a_character_that_reverses_the_reading_is_shown():
    assert narrative("a\u202eb").text == "a\ufffdb"


PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJg"
    "gg=="
)


def media(value: str) -> cda.Section:
    text = "<renderMultiMedia referencedObject='m'/><renderMultiMedia referencedObject='m'/>"
    entry = f'<entry><observationMedia classCode="OBS" ID="m">{value}</observationMedia></entry>'
    (only,) = document(section(entry, text=text)).sections()
    return only


def test_an_image_of_the_document_is_in_the_html_once():
    only = media(f'<value mediaType="text/html" representation="B64">{PNG}</value>')
    assert only.html.count("data:image/png;base64,") == 1
    assert_safe(only.html)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "<value>texte</value>",
        '<value representation="B64">***</value>',
        '<value mediaType="image/png" representation="B64">PHN2Zz4=</value>',
        '<value><reference value="https://a.fr/image.png"/></value>',
    ],
)
def test_a_media_that_is_no_image_is_a_link(value):
    assert media(value).html == '<a href="#cda-m">[pièce jointe]</a>' * 2


def test_an_identifier_used_twice_is_one_anchor():
    fragment = narrative('<content ID="a">x</content><content ID="a">y</content>').html
    assert fragment == '<span id="cda-a">x</span>y'


def test_the_tree_of_a_document_is_not_changed():
    made = document(section(text="<script>a</script><p>b</p>"))
    before = etree.tostring(made.element())
    assert made.sections()[0].html
    assert etree.tostring(made.element()) == before


def test_a_section_is_found_by_template_then_by_code_wherever_it_is():
    code = '<templateId root="1.2.8"/><code code="59776-5" codeSystem="1.2"/>'
    made = document(section(section(code=code, title="Résultats"))).structured()
    assert [item.title for item in made.find("1.2.8")] == ["Résultats"]
    assert made.find("59776-5") == made.find("1.2.8")
    assert made.find("1.2.9") == made.find("") == ()


def test_a_region_of_an_image_shows_the_image():
    value = f'<value mediaType="image/png" representation="B64">{PNG}</value>'
    entry = (
        '<entry><regionOfInterest classCode="ROIOVL" ID="m"><entryRelationship>'
        f"<observationMedia>{value}</observationMedia></entryRelationship></regionOfInterest></entry>"
    )
    text = "<renderMultiMedia referencedObject='m'/>"
    (only,) = document(section(entry, text=text)).sections()
    assert "data:image/png" in only.html
    assert "[image absente]" in narrative("<renderMultiMedia referencedObject='non'/>").html
