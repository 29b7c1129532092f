"""The page of a document: self-contained, safe, readable, whatever was received."""

from __future__ import annotations

import base64
import dataclasses
import io
import re

import pikepdf
import pytest
from documents import everything, full_octets, minimal, qualified, wrap
from hypothesis import given
from hypothesis import strategies as st
from letters import letter
from lxml import etree
from pages import (
    ATTACKS,
    dangers,
    headings,
    level1,
    level3,
    media,
    narrated,
    parsed,
    words,
)

from segur_interop import cda
from segur_interop.cda._rendering.files import DATA_URL_LIMIT, kind_of
from segur_interop.cda.render import POLICY
from segur_interop.errors import InvalidValue
from segur_interop.ins import Evidence, IdentityStatus
from segur_interop.model import Patient
from segur_interop.pdf import compose
from segur_interop.terminology import Masking

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
JPEG = b"\xff\xd8\xff\xe0" + b"\0" * 20
TIFF = b"II*\0" + b"\0" * 20
RTF = b"{\\rtf1 bonjour}"
HTML = b"<!DOCTYPE html><script>window.hit=1</script>"


def pdf(pages: int = 1) -> bytes:
    with pikepdf.new() as made:
        for _ in range(pages):
            made.add_blank_page()
        out = io.BytesIO()
        made.save(out)
    return out.getvalue()


def page_of(octets: bytes, **arguments) -> str:
    return cda.read(octets).render(**arguments)


# -- the frame ----------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def full() -> str:
    """The page of a document that uses every part of the header."""
    return wrap(**everything()).render()


def test_the_policy_forbids_scripts_and_every_load_but_data(full):
    root = parsed(full)
    (policy,) = root.xpath("//meta[@http-equiv='Content-Security-Policy']/@content")
    assert policy == POLICY
    assert policy == (
        "default-src 'none'; style-src 'unsafe-inline'; img-src data:; object-src data:; "
        "frame-src data:"
    )
    order = [item.tag for item in root.find("head")]
    assert order.index("meta") < order.index("style")


def test_the_page_is_self_contained(full):
    assert not dangers(full)
    (style,) = parsed(full).xpath("//style/text()")
    assert "url(" not in style
    assert "@import" not in style
    assert "http" not in style


def test_the_page_says_its_language_its_width_and_its_encoding(full):
    assert full.startswith("<!DOCTYPE html>")
    root = parsed(full)
    assert root.get("lang") == "fr"
    assert root.xpath("//meta/@charset") == ["utf-8"]
    assert root.xpath("//meta[@name='viewport']/@content") == [
        "width=device-width, initial-scale=1"
    ]
    full.encode("utf-8")


def test_the_content_has_the_language_of_the_document(full):
    (content,) = parsed(full).xpath("//section[@aria-labelledby='contenu']/div/@lang")
    assert content == "en-US"
    assert parsed(full).xpath("//h1/@lang") == ["fr-FR"]
    hostile = full_octets().replace(b'code="en-US"', b'code="&quot; onload=&quot;x"')
    assert not parsed(page_of(hostile)).xpath("//section[@aria-labelledby='contenu']/div/@lang")


def test_the_page_has_one_title_and_headings_in_order(full):
    levels = headings(full)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_id_is_unique_and_every_inner_link_leads_somewhere(full):
    root = parsed(full)
    ids = root.xpath("//@id")
    assert len(ids) == len(set(ids))
    targets = {href[1:] for href in root.xpath("//a/@href") if href.startswith("#")}
    assert targets <= set(ids)
    assert set(root.xpath("//@aria-labelledby")) <= set(ids)


# -- the header ---------------------------------------------------------------------------------


def test_the_head_shows_who_what_when_and_by_whom(full):
    text = words(full)
    for expected in (
        "Lettre de liaison à la sortie",
        "Créé le 01/03/2026 à 10:00",
        "Confidentialité : normal (N)",
        "Hôpital de la démonstration",
        "Nom de naissance PAT-TROIS",
        "Prénom(s) de naissance DOMINIQUE MARIE-LOUISE",
        "Premier prénom DOMINIQUE",
        "Sexe Féminin",
        "Date de naissance 28/03/1979",
        "Lieu de naissance DOMPREMY (COG 51215)",
        "Rang de naissance 2",
        "Dr Pierre LEGRIS",
        "Logiciel 2.1 – Appareil 3000",
        "le 01/03/2026 à 10:00",
        "Pharmacie de la Gare",
        "du 20/02/2026 à 08:00 au 01/03/2026 à 09:00",
        "Appendicectomie, du 21/02/2026 au 22/02/2026",
        "Annule et remplace 1.2.3.9 (version 1)",
        "IPP0001 (1.2.250.1.999.1)",
        "Décès 28/02/2026",
        "Mme Jeanne NESSI",
    ):
        assert expected in text, expected


def test_the_matricule_comes_with_its_kind_its_oid_and_its_status(full):
    (ins,) = parsed(full).xpath("//dl[contains(@class,'ins')]")
    assert "279035121518989" in ins.text_content()
    text = " ".join(" ".join(ins.itertext()).split())
    assert "NIR de test (OID 1.2.250.1.213.1.4.10)" in text
    assert text.endswith("Statut de l’identité Identité qualifiée")


def test_a_received_status_is_the_word_of_its_sender():
    text = words(page_of(full_octets()))
    assert "Identité qualifiée selon l’émetteur du document, non vérifiée ici" in text


def test_without_matricule_the_page_says_so():
    page = page_of(level1("bonjour", "text/plain"))
    assert "Aucun matricule INS dans ce document" in words(page)
    assert "Identité provisoire" in words(page)
    assert parsed(page).xpath("//*[contains(@class,'unqualified')]")


def test_the_symbol_is_drawn_for_an_identity_that_may_transmit_its_ins():
    drawn = parsed(wrap(**minimal()).render()).xpath("//img/@alt")
    assert drawn == ["Datamatrix INS : INS à scanner"]


def test_no_symbol_on_a_senders_word_unless_it_is_handed_on():
    octets = bytes(wrap(**minimal()))
    assert not parsed(page_of(octets)).xpath("//img")
    assert len(parsed(page_of(octets, forward=True)).xpath("//img")) == 1


def test_no_symbol_without_a_qualified_identity_even_handed_on():
    identity = dataclasses.replace(qualified(), status=IdentityStatus.VALIDEE, matricule=None)
    document = wrap(**minimal(patient=Patient(identity=identity, ids=minimal()["patient"].ids)))
    assert not parsed(document.render(forward=True)).xpath("//img")


def test_an_adopted_identity_has_its_symbol():
    document = cda.read(bytes(wrap(**minimal())))
    adopted = document.patient.identity.adopt(Evidence.IDENTITY_REPOSITORY)
    patient = dataclasses.replace(document.patient, identity=adopted)
    assert parsed(dataclasses.replace(document, patient=patient).render()).xpath("//img")


# -- alerts -------------------------------------------------------------------------------------

EXPECTED = {
    Masking.INVISIBLE_PATIENT: "ce document n’est pas visible du patient",
    Masking.INVISIBLE_REPRESENTANTS_LEGAUX: "n’est pas visible des représentants légaux",
    Masking.MASQUE_PS: "ce document est masqué aux professionnels de santé",
}


@pytest.mark.parametrize("mask", Masking)
def test_each_mask_of_the_metadata_is_an_alert(mask):
    document = wrap(**minimal())
    for spelling in (mask, mask.value, mask.hl7v2_code):
        page = document.render(masks=[spelling])
        (alert,) = parsed(page).xpath("//li[contains(@class,'danger')]")
        assert EXPECTED[mask] in alert.text_content()
        assert alert.text_content().startswith("Alerte")


def test_without_mask_nothing_is_said_of_visibility():
    text = words(wrap(**minimal()).render())
    assert not any(sentence in text for sentence in EXPECTED.values())


def test_a_mask_written_in_the_header_is_an_alert_too():
    octets = full_octets().replace(
        b'<confidentialityCode code="N"', b'<confidentialityCode code="MASQUE_PS"'
    )
    assert EXPECTED[Masking.MASQUE_PS] in words(page_of(octets))


def test_another_mask_is_refused():
    with pytest.raises(InvalidValue):
        wrap(**minimal()).render(masks=["CACHE"])


@pytest.mark.parametrize("code", ["R", "V"])
def test_a_restricted_document_says_so(code):
    page = wrap(**minimal(confidentiality=code)).render()
    assert f"restreint ({code})" in parsed(page).xpath("string(//ul[@id or li])")


def test_what_the_reader_noticed_is_told_at_the_end_of_the_page():
    page = page_of(level1("bonjour", "text/plain"))
    assert parsed(page).xpath("//a[@href='#anomalies']")
    (report,) = parsed(page).xpath("//details[@id='anomalies']")
    assert "Erreur" in report.text_content()


# -- the file of a level 1 body -----------------------------------------------------------------


def test_a_pdf_is_embedded_with_a_text_inside_and_a_link_beside():
    body = compose(letter())
    document = wrap(body, **minimal())
    (shown,) = parsed(document.render()).xpath("//object")
    assert shown.get("type") == "application/pdf"
    url = shown.get("data").partition("#")[0]
    assert base64.b64decode(url.removeprefix("data:application/pdf;base64,")) == bytes(body)
    assert "enregistrez-le" in shown.text_content()
    assert not shown.xpath(".//a")
    (link,) = parsed(document.render()).xpath("//a[@download]")
    assert link.get("download") == "document.pdf"
    assert "page" in link.text_content()


@pytest.mark.parametrize("above", [False, True])
def test_a_pdf_is_embedded_while_its_address_is_under_two_mebioctets(above):
    overhead = len("data:application/pdf;base64,#navpanes=0&pagemode=none")
    most = (DATA_URL_LIMIT - 1 - overhead) // 4 * 3
    octets = pdf(3)
    octets += b"%" + b"x" * (most - len(octets) - 1 + above)
    page = page_of(level1(octets))
    objects = parsed(page).xpath("//object/@data")
    assert bool(objects) is not above
    if not above:
        assert len(objects[0]) < DATA_URL_LIMIT
    (link,) = parsed(page).xpath("//a[@download]")
    assert "3 pages, 1,5 Mo" in link.text_content()


def test_the_octets_tell_the_kind():
    for octets, kind in (
        (pdf(), "application/pdf"),
        (b"\n\n" + pdf(), "application/pdf"),
        (PNG, "image/png"),
        (JPEG, "image/jpeg"),
        (b"GIF89a...", "image/gif"),
        (TIFF, "image/tiff"),
        (b"MM\0*....", "image/tiff"),
        (RTF, "text/rtf"),
        ("é\n".encode(), "text/plain"),
        (HTML, "text/plain"),
        (b"\0\1\2", ""),
        (b"\xe9", ""),
    ):
        assert kind_of(octets) == kind


@pytest.mark.parametrize(("octets", "kind"), [(PNG, "image/png"), (JPEG, "image/jpg")])
def test_an_image_is_shown_with_its_alternative(octets, kind):
    (image,) = parsed(page_of(level1(octets, kind))).xpath("//img")
    assert image.get("alt")
    assert base64.b64decode(image.get("src").partition(",")[2]) == octets


def test_a_text_is_shown_as_it_is_written():
    page = page_of(level1("Bonjour <b>à</b>\n  tous & <script>x</script>", "text/plain"))
    (text,) = parsed(page).xpath("//pre/text()")
    assert text == "Bonjour <b>à</b>\n  tous & <script>x</script>"
    assert not dangers(page)


@pytest.mark.parametrize(("octets", "kind"), [(TIFF, "image/tiff"), (RTF, "text/rtf")])
def test_what_no_browser_shows_is_offered(octets, kind):
    page = page_of(level1(octets, kind))
    (link,) = parsed(page).xpath("//a[@download]")
    assert link.get("href").startswith(f"data:{kind};base64,")
    assert not parsed(page).xpath("//img | //object")


@pytest.mark.parametrize(
    ("octets", "announced"),
    [
        (HTML, "application/pdf"),
        (HTML, "text/html"),
        (HTML, "application/xhtml+xml"),
        (HTML, "image/svg+xml"),
        (HTML, "image/png"),
        (b"MZ\0\0", "application/pdf"),
        (b"\0\1", "text/plain"),
        (PNG, "application/pdf"),
        (PNG, "image/svg+xml"),
        (b"<svg onload='window.hit=1'/>", "image/svg+xml"),
        (HTML, 'application/pdf" onload="x'),
        (HTML, ""),
    ],
)
def test_a_file_of_another_type_is_told_and_only_offered(octets, announced):
    page = page_of(level1(octets, announced))
    assert "n’est pas du type annoncé" in words(page)
    assert not parsed(page).xpath("//img | //object | //pre")
    (link,) = parsed(page).xpath("//a[@download]")
    assert link.get("href").startswith("data:application/octet-stream;base64,")
    assert re.fullmatch(r"document\.(bin|png|txt)", link.get("download"))
    assert not dangers(page)


def test_an_image_announced_as_one_of_another_kind_is_told_and_shown():
    page = page_of(level1(PNG, "image/jpeg"))
    assert "n’est pas du type annoncé" in words(page)
    (shown,) = parsed(page).xpath("//img")
    assert shown.get("src").startswith("data:image/png;base64,")


def test_a_pdf_announced_otherwise_is_told_and_shown():
    page = page_of(level1(pdf(), "text/plain"))
    assert "n’est pas du type annoncé" in words(page)
    assert len(parsed(page).xpath("//object[@type='application/pdf']")) == 1


def test_a_damaged_or_empty_file_is_told():
    assert "endommagé" in words(page_of(level1("%%%", representation="B64")))
    assert "vide" in words(page_of(level1(b"")))


def test_a_pdf_that_does_not_open_is_offered_without_its_pages():
    (link,) = parsed(page_of(level1(b"%PDF-1.4 broken"))).xpath("//a[@download]")
    assert "page" not in link.text_content()


# -- sections -----------------------------------------------------------------------------------


@pytest.mark.parametrize("rank", range(len(ATTACKS)))
def test_a_hostile_narrative_leaves_nothing_that_runs_or_loads(rank):
    page = page_of(narrated(ATTACKS[rank]))
    assert not dangers(page)
    assert page.count("<main>") == page.count("</main>") == 1


def test_hostile_titles_are_texts():
    octets = level3("<title>&lt;script&gt;window.hit=1&lt;/script&gt;</title><text>x</text>")
    page = page_of(octets.replace(b"Essai", b"&lt;/title&gt;&lt;script&gt;window.hit=1"))
    assert not dangers(page)
    assert parsed(page).findtext("head/title") == "</title><script>window.hit=1"


def test_sections_are_nested_under_headings_in_order():
    inner = "<title>fond</title><text>x</text>"
    for depth in range(10):
        inner = f"<title>niveau {depth}</title><component><section>{inner}</section></component>"
    page = page_of(level3(inner))
    levels = headings(page)
    assert max(levels) == 6
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))
    assert "fond" in words(page)


def test_tables_name_their_headers():
    page = page_of(
        narrated(
            "<table><caption>Bilan</caption>"
            "<thead><tr><th>Examen</th><th colspan='2'>Valeur</th><th/></tr></thead>"
            "<tbody><tr><th>Sodium</th><td>140</td><td rowspan='2'>mmol/L</td></tr></tbody></table>"
        )
    )
    (table,) = parsed(page).xpath("//table")
    headers = [(item.text_content(), item.get("scope")) for item in table.iter("th")]
    assert headers == [("Examen", "col"), ("Valeur", "colgroup"), ("Sodium", "row")]
    assert table.findtext("caption") == "Bilan"
    assert table.xpath(".//td/@rowspan") == ["2"]
    (scroll,) = table.xpath("..")
    assert scroll.get("tabindex") == "0"
    assert scroll.get("aria-label")


@pytest.mark.parametrize(("columns", "wide"), [(7, False), (8, True)])
def test_a_table_of_many_columns_is_printed_smaller(columns, wide):
    row = "<tr><td colspan='2'>x</td>" + "<td>x</td>" * (columns - 2) + "</tr>"
    page = page_of(narrated(f"<table><tbody>{row}</tbody></table>"))
    assert bool(parsed(page).xpath("//table[@class='wide']")) is wide


def test_paragraphs_lists_styles_and_scripts_keep_their_meaning():
    page = page_of(
        narrated(
            "<paragraph>10<sup>3</sup> H<sub>2</sub>O</paragraph>"
            "<list listType='ordered'><caption>Suites</caption><item>un</item></list>"
            "<list><item><content styleCode='Bold'>deux</content></item></list>"
        )
    )
    root = parsed(page).xpath("//div[@class='narrative']")[0]
    assert [item.text for item in root.xpath(".//sup | .//sub | .//ol/li")] == ["3", "2", "un"]
    assert root.xpath("string(.//ul/li//strong)") == "deux"
    assert root.xpath("string(.//ol/preceding-sibling::p[1])") == "Suites"


def test_a_link_outside_is_a_text_and_one_inside_a_link():
    page = page_of(
        narrated(
            "<linkHtml href='https://ailleurs.example/a?b=1'>guide</linkHtml>"
            "<linkHtml href='#suite'>voir</linkHtml><linkHtml href='#rien'>perdu</linkHtml>"
            "<content ID='suite'>ici</content>"
        )
    )
    root = parsed(page)
    shown = root.xpath("string(//div[@class='narrative'])")
    assert shown.startswith("guide (https://ailleurs.example/a?b=1)")
    links = root.xpath("//div[@class='narrative']//a")
    assert [link.text for link in links] == ["voir"]
    assert root.get_element_by_id(links[0].get("href")[1:]).text == "ici"


def test_an_image_is_shown_where_it_is_referred_to_and_once():
    page = page_of(
        level3(
            "<title>a</title><text><renderMultiMedia referencedObject='i'/>"
            "<renderMultiMedia referencedObject='i'/><renderMultiMedia referencedObject='x'/>"
            "</text>" + media("i", PNG, "image/png")
        )
    )
    root = parsed(page)
    (image,) = root.xpath("//img")
    assert image.get("alt")
    (link,) = root.xpath("//div[@class='narrative']//a")
    assert root.get_element_by_id(link.get("href")[1:]) is not None
    assert "[image absente du document]" in words(page)


def test_a_file_that_nothing_refers_to_is_offered():
    page = page_of(level3("<title>a</title><text>x</text>" + media("p", pdf(2), "application/pdf")))
    assert "Pièces jointes" in words(page)
    (link,) = parsed(page).xpath("//a[@download]")
    assert "2 pages" in link.text_content()


def test_a_media_of_another_type_is_told_and_only_offered():
    page = page_of(
        level3(
            "<title>a</title><text><renderMultiMedia referencedObject='i'/></text>"
            + media("i", HTML, "image/png")
        )
    )
    assert "n’est pas du type annoncé" in words(page)
    assert not dangers(page)
    assert not parsed(page).xpath("//img")


COPY = "<templateId root='1.2.250.1.213.1.1.2.243'/><title>Copie du document</title><text/>"
STRUCTURED = "<title>Résultats</title><text>sodium 140</text>"


def test_the_pdf_copy_is_shown_first_and_the_sections_on_demand():
    page = page_of(level3(STRUCTURED, COPY + media("d", pdf(), "application/pdf")))
    root = parsed(page)
    (shown,) = root.xpath("//object")
    (folded,) = root.xpath("//main//details")
    assert page.index("<object") < page.index("<details")
    assert "sodium 140" in folded.text_content()
    assert folded.get("open") is None
    assert "Copie du document" not in words(page)
    assert not folded.xpath(".//object")


def test_without_pdf_copy_the_sections_are_shown():
    assert not parsed(page_of(level3(STRUCTURED))).xpath("//main//details")


def _copy(octets=None, kind="application/pdf"):
    return media("d", pdf() if octets is None else octets, kind)


@pytest.mark.parametrize(
    "held",
    [
        _copy(b"").replace("></value>", ">%%%</value>"),
        _copy(HTML),
        _copy(b"%PDF-1.4 broken"),
        _copy(pdf() + bytes(2 * 1024 * 1024)),
        "<entry><observationMedia ID='d'><value mediaType='application/pdf'><reference "
        "value='https://ailleurs.example/x.pdf'/></value></observationMedia></entry>",
        "<entry><observationMedia ID='d'/></entry>",
    ],
    ids=["damaged", "no-pdf", "broken", "large", "elsewhere", "absent"],
)
def test_a_pdf_copy_that_the_page_cannot_show_folds_nothing_and_is_an_alert(held):
    page = page_of(level3(STRUCTURED, COPY + held))
    assert not parsed(page).xpath("//main//details")
    assert "ne peut être affichée ici" in parsed(page).xpath("string(//*[@class='alerts'])")
    assert "sodium 140" in words(page)


def test_a_damaged_file_is_told():
    damaged = _copy(b"").replace("></value>", ">%%%</value>")
    for page in (
        page_of(level3(STRUCTURED, COPY + damaged)),
        page_of(level3(STRUCTURED + damaged)),
    ):
        assert "endommagé" in words(page)
        assert "observationMedia[1] – the base64 of the file is damaged" in words(page)


def test_a_pdf_copy_known_by_its_code_alone_is_shown_first():
    coded = "<code code='55108-5' codeSystem='2.16.840.1.113883.6.1'/><title>Copie</title><text/>"
    octets = level3(STRUCTURED, coded + _copy())
    page = page_of(octets)
    assert page.index("<object") < page.index("<details")
    assert cda.read(octets).pdf_copy == pdf()


def test_what_else_is_in_the_section_of_a_pdf_copy_is_shown():
    inner = (
        "<component><section><title>Suite</title><text>potassium 6,8</text></section></component>"
    )
    for more in (COPY.replace("<text/>", "<text>sodium bas</text>"), COPY + inner):
        page = page_of(level3(STRUCTURED, more + _copy()))
        (folded,) = parsed(page).xpath("//main//details")
        assert re.search("sodium bas|potassium 6,8", folded.text_content())
    shown = COPY.replace("<text/>", "<text>x<renderMultiMedia referencedObject='d'/></text>")
    page = parsed(page_of(level3(STRUCTURED, shown + _copy())))
    (address,) = page.xpath("//details//a[contains(., 'déjà montré')]/@href")
    assert page.xpath("//object/../@id") == [address[1:]]


def test_a_pdf_whose_base64_is_not_announced_and_its_thumbnail_leave_it_whole():
    plain = _copy().replace(' representation="B64"', "")
    thumb = _copy().replace("</value>", "<thumbnail>AAAA</thumbnail></value>")
    for held in (plain, thumb):
        document = cda.read(level3(STRUCTURED, COPY + held))
        assert document.pdf_copy == pdf()
        assert "<object" in document.render()


def test_what_is_left_out_of_the_body_is_counted_in_the_alerts():
    page = page_of(level3("<title>a</title><text>b<script>x</script></text>"))
    told = parsed(page).xpath("string(//*[@class='alerts'])")
    assert re.search(r"\d+ anomalies? .* relevées? à la lecture", told)


def test_printed_sheets_name_the_patient_after_the_first(full):
    style = parsed(full).xpath("string(//style)")
    (name,) = re.findall(r'@top-left { content: "([^"]*)"; }', style)
    text = re.sub(r"\\([0-9a-f]{6})", lambda code: chr(int(code[1], 16)), name)
    assert text == "PAT-TROIS DOMINIQUE – date de naissance 28/03/1979"
    assert re.fullmatch(r"(\\[0-9a-f]{6})+", name)
    assert "@page :first { @top-left { content: none; } }" in style


def test_a_file_in_copies_within_copies_is_written_once():
    inner = COPY + media("d", pdf(), "application/pdf")
    for _ in range(20):
        inner = f"{COPY}<component><section>{inner}</section></component>"
    assert len(parsed(page_of(level3(inner))).xpath("//object")) == 1


def test_a_section_without_text_says_so():
    page = page_of(level3("<title>a</title><entry><act classCode='ACT'/></entry>"))
    assert "n’a pas de texte à lire" in words(page)


def test_deep_markup_and_a_large_table_are_written():
    deep = "<content>" * 1500 + "fond" + "</content>" * 1500
    rows = "<tr><td>1</td><td>2</td></tr>" * 20_000
    page = page_of(narrated(f"{deep}<table><tbody>{rows}</tbody></table>"))
    assert "fond" in words(page)
    assert page.count("<tr>") == 20_000


def test_identifiers_that_hold_one_another_end():
    page = page_of(
        narrated(
            "<content ID='a'><linkHtml href='#b'>b</linkHtml></content>"
            "<content ID='b'><linkHtml href='#a'>a</linkHtml></content>"
            "<content ID='a'>encore</content>"
        )
    )
    ids = parsed(page).xpath("//@id")
    assert len(ids) == len(set(ids))


def test_a_style_sheet_of_the_sender_is_not_read():
    octets = b"<?xml-stylesheet href='https://ailleurs.example/x.xsl' type='text/xsl'?>" + narrated(
        "x"
    )
    assert "ailleurs" not in page_of(octets)


# -- whatever is received -----------------------------------------------------------------------

HOSTILE = (
    "<script>window.hit=1</script>",
    '"><img src=x onerror=window.hit=1>',
    "' onload='window.hit=1",
    "</title></style></head><script>x</script>",
    "javascript:window.hit=1",
    "$style ${content} $$",
    "&lt;script&gt;",
    "\u202eABC\u2066",
)
TEXTS = st.one_of(
    st.sampled_from(HOSTILE),
    st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=30),
    st.lists(st.sampled_from([*HOSTILE, "<", ">", '"', "'", "&", "é"]), max_size=5).map("".join),
)


def _places() -> list[tuple[int, str]]:
    """Every attribute and every text of the header of a full document."""
    found = []
    for rank, element in enumerate(etree.fromstring(full_octets()).iter(etree.Element)):
        found += [(rank, str(name)) for name in element.attrib]
        if element.text and element.text.strip():
            found.append((rank, ""))
    return found


PLACES = _places()


@given(place=st.sampled_from(PLACES), text=TEXTS)
def test_a_hostile_text_anywhere_in_the_header_stays_a_text(place, text):
    root = etree.fromstring(full_octets())
    rank, name = place
    element = list(root.iter(etree.Element))[rank]
    try:
        if name:
            element.set(name, text)
        else:
            element.text = text
    except ValueError:  # a character that XML does not hold
        return
    page = page_of(etree.tostring(root))
    assert not dangers(page)
    assert page.count("<main>") == page.count("</main>") == 1
    levels = headings(page)
    assert all(after - before <= 1 for before, after in zip(levels, levels[1:], strict=False))


@given(st.binary(max_size=200), st.sampled_from(["application/pdf", "text/plain", "image/png"]))
def test_any_octets_make_a_safe_page(octets, kind):
    assert not dangers(page_of(level1(octets, kind)))


# -- notebooks ----------------------------------------------------------------------------------


def test_a_notebook_shows_the_masked_form():
    document = wrap(**everything())
    shown = document._repr_html_()
    for personal in ("PAT-TROIS", "DOMINIQUE", "279035121518989", "LEGRIS", "Lettre"):
        assert personal not in shown
    assert "•••" in shown
