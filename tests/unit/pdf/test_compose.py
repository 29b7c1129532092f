from __future__ import annotations

import dataclasses
import io
import re
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import people
import pikepdf
import pypdfium2
import pytest
import reportlab
from letters import (
    DOCTOR,
    PHARMACY,
    filled,
    letter,
    long_sections,
    recuperee,
)
from symbols import corsican, patient

from segur_interop import ins, pdf
from segur_interop.errors import IdentityNotQualified, InvalidValue, PdfError
from segur_interop.ins.scan import scan
from segur_interop.model import Address, LocalId, Organization, Patient, Period, PersonName, Telecom

ITALIC = Path(reportlab.__file__).parent / "fonts" / "VeraIt.ttf"


def texts(made: pdf.PdfA) -> list[str]:
    """The text of each page, spaces made one."""
    document = pypdfium2.PdfDocument(bytes(made))
    try:
        return [" ".join(page.get_textpage().get_text_range().split()) for page in document]
    finally:
        document.close()


def streams(made: pdf.PdfA) -> bytes:
    with pikepdf.open(io.BytesIO(bytes(made))) as opened:
        found = [item.read_bytes() for item in opened.objects if isinstance(item, pikepdf.Stream)]
    return b"\n".join(found) + bytes(made)


def said(text: str, **changes: Any) -> pdf.Content:
    section = pdf.Section(title="Titre", blocks=(pdf.Paragraph(text=text),))
    return letter(sections=(section,), **changes)


def places(made: pdf.PdfA, words: str) -> list[tuple[int, tuple[float, ...]]]:
    """Where these words stand: the number of the page, left, bottom, right, top in points."""
    document, found = pypdfium2.PdfDocument(bytes(made)), []
    try:
        for number, page in enumerate(document, 1):
            text = page.get_textpage()
            search = text.search(words, match_case=True)
            while (hit := search.get_next()) is not None:
                boxes = [text.get_charbox(at) for at in range(hit[0], sum(hit))]
                edges = list(zip(*boxes, strict=True))
                sides = min(edges[0]), min(edges[1]), max(edges[2]), max(edges[3])
                found.append((number, sides))
    finally:
        document.close()
    return found


# What is printed


@pytest.mark.parametrize("kind", pdf.Kind)
@pytest.mark.parametrize("qualified", [True, False])
def test_each_kind_is_printed_with_and_without_its_matricule(
    kind: pdf.Kind, qualified: bool
) -> None:
    made = pdf.compose(letter(kind=kind, identity=patient() if qualified else recuperee()))
    assert pdf.check(bytes(made))
    text = texts(made)[0]
    assert kind.value in text
    for section in pdf.outline(kind):
        assert " ".join(section.title.split()) in " ".join(texts(made))
    assert ("279035121518989" in re.sub(r"\D", "", text)) == qualified
    found = scan(bytes(made), dpi=150)
    assert found.identities == ((ins.decode(ins.encode(patient())),) if qualified else ())
    rules = [finding.rule for finding in made.report]
    assert ("pdf.compose.traits-only" in rules) != qualified


def test_page_1_names_the_structure_the_author_every_recipient_and_the_dates() -> None:
    text = texts(pdf.compose(letter(authenticator=DOCTOR, replaces="20240301")))[0]
    for words in (
        "Centre hospitalier de la Fiction", "FINESS 750000001", "12, rue de l'Hôpital",
        "75012 Paris", "Tél. : 01 44 95 55 55", "MSSanté : contact@ch-fiction.mssante.fr",
        "RÉDIGÉ PAR Dr Jeanne MARTIN", "RPPS 10001234567", "VALIDÉ PAR Dr Paul DURAND",
        "Dr Paul DURAND", "Pharmacie du Marché", "Mme Camille PAT-DEUX",
        "Personne de confiance", "Le patient", "800123456",
        "Document établi le 15/03/2024 à 10 h 15", "Séjour du 10/03/2024 au 15/03/2024",
        "Annule et remplace le document du 01/03/2024",
    ):  # fmt: skip
        assert words in text, words


def test_twenty_three_recipients_are_all_named() -> None:
    many = tuple(
        dataclasses.replace(DOCTOR, name=PersonName(family=f"MEDECIN-{n}", given="Paul"))
        for n in range(23)
    )
    text = " ".join(texts(pdf.compose(letter(recipients=many))))
    assert not [n for n in range(23) if f"MEDECIN-{n} " not in text]


@pytest.mark.parametrize("qualified", [True, False])
def test_every_page_names_the_patient_and_bears_its_number_and_the_notice(qualified: bool) -> None:
    identity = patient() if qualified else recuperee()
    pages = texts(pdf.compose(letter(identity=identity, sections=long_sections())))
    assert len(pages) > 5
    for number, text in enumerate(pages, 1):
        assert f"Page{number}/{len(pages)}" in text.replace(" ", "")
        assert pdf.GDPR_NOTICE in text
        assert "PAT-TROIS" in text
        assert "DOMINIQUE MARIE-LOUISE" in text
        assert "28/03/1979" in text
        assert ("279035121518989" in re.sub(r"[^0-9]", "", text)) == qualified
    assert all("née le 28/03/1979 · sexe F" in text for text in pages[1:])


def test_the_notice_is_the_callers_or_none() -> None:
    own = "Délégué à la protection des données : dpd@exemple.fr"
    assert own in texts(pdf.compose(letter(notice=own)))[0]
    without = texts(pdf.compose(letter(notice="")))[0]
    assert "RGPD" not in without


def test_the_header_of_a_table_is_repeated_on_each_of_its_pages_and_no_row_is_lost() -> None:
    pages = texts(pdf.compose(letter(sections=long_sections())))
    text = " ".join(pages)
    assert not [n for n in range(150) if not re.search(rf"Médicament {n}\b", text)]
    with_rows = [page for page in pages if re.search(r"Médicament \d", page)]
    assert len(with_rows) > 2
    assert all(page.count("Médicament Posologie Note") == 1 for page in with_rows)


def test_what_does_not_fit_a_line_or_a_page_is_cut_not_lost() -> None:
    text = " ".join(texts(pdf.compose(letter(sections=long_sections()))))
    assert text.count("ligne") == 150
    assert re.sub(r"\s", "", text).count("chemin-") == 200
    assert len(re.findall(r"\bmot\b", text)) == 2000


def test_an_empty_section_says_so() -> None:
    sections = (pdf.Section(title="Suites"), pdf.Section(title="Dispositifs", empty="Néant"))
    text = texts(pdf.compose(letter(sections=sections)))[0]
    assert "Suites Non renseigné Dispositifs Néant" in text


@pytest.mark.parametrize(
    "text",
    [
        "<b>gras</b> & <font color='red'>rouge</font>",
        "&lt;déjà&gt; &#65; &amp;",
        "<img src='file:///etc/passwd'/>",
        "<a href='http://exemple.fr'>lien</a>",
        "<para>", "</para><para>", "<!-- -->", "]]>", "<?pi?>", "Hb < 7 g/dl > 5",
    ],
)  # fmt: skip
def test_markup_is_shown_as_it_is_written(text: str) -> None:
    sections = (
        pdf.Section(
            title=text,
            blocks=(
                pdf.Paragraph(text=text),
                pdf.Items(items=(text,)),
                pdf.Fields(rows=((text, text),)),
                pdf.Table(header=(text,), rows=((text,),), caption=text),
            ),
        ),
    )
    made = pdf.compose(letter(sections=sections, title=text, notice=text))
    shown = re.sub(r"\s", "", "".join(texts(made)))
    assert shown.count(re.sub(r"\s", "", text)) >= 9
    with pikepdf.open(io.BytesIO(bytes(made))) as opened:
        assert all("/Annots" not in page for page in opened.pages)
        assert opened.docinfo["/Title"] == text


def test_french_letters_and_signs_are_shown() -> None:
    text = "ÀÂÄÇÉÈÊËÎÏÔÖÙÛÜŸŒÆ àâäçéèêëîïôöùûüÿœæ « » “ ” ‘ ’ – — … • € ± ≤ ≥ ≠ ≈ µ ° ½ ² ³ ‰ × ÷"
    shown = texts(pdf.compose(said(text)))[0]
    assert text in shown


def test_thin_spaces_soft_hyphens_and_composed_accents_are_shown_alike() -> None:
    shown = texts(
        pdf.compose(said("1\u202f000\u2009mg\u00a0: e\u0301te\u0301, anti\u00addouleur"))
    )[0]
    assert "1 000 mg : été, antidouleur" in shown


def test_a_line_feed_breaks_the_line() -> None:
    document = pypdfium2.PdfDocument(bytes(pdf.compose(said("premier\nsecond"))))
    lines = document[0].get_textpage().get_text_range().splitlines()
    document.close()
    assert "premier" in lines
    assert "second" in lines


def test_long_names_of_the_patient_are_said_whole() -> None:
    name = "D'ARTAGNAN DE L'HERAULT--DE LA TOUR-DU-PIN-CHAMBLY DE LA CHARCE ET DE MONTMORENCY"
    given = "MARIE-ANTOINETTE JEANNE-MAXIMILIENNE PHILIPPINE-ELISABETH CHARLOTTE-AMELIE"
    made = pdf.compose(
        letter(identity=patient(birth_name=name, birth_given_names=given), sections=long_sections())
    )
    for text in texts(made):
        assert re.sub(r"\s", "", name) in re.sub(r"\s", "", text)
        assert re.sub(r"\s", "", given) in re.sub(r"\s", "", text)
    assert scan(bytes(made), pages=[1]).identities[0].birth_given_names == given


def test_a_structure_with_thirty_lines_of_address_is_printed() -> None:
    addresses = tuple(
        Address(lines=tuple(f"Bâtiment {n}{k}, escalier {k}" for k in range(6))) for n in range(5)
    )
    structure = Organization.from_finess("750000001", name="Hôpital", addresses=addresses)
    text = texts(pdf.compose(letter(organization=structure)))[0]
    assert not [(n, k) for n in range(5) for k in range(6) if f"Bâtiment {n}{k}" not in text]


@pytest.mark.parametrize(
    ("performed", "words"),
    [
        (Period.at("20240314"), "Séjour le 14/03/2024"),
        (Period(low="20240310"), "Séjour depuis le 10/03/2024"),
        (Period(high="20240315"), "Séjour jusqu'au 15/03/2024"),
        (Period(low="202403"), "Séjour depuis le 03/2024"),
        (Period(low="202403110830+0100", high="202403111005+0100"),
         "Séjour le 11/03/2024, de 08 h 30 à 10 h 05"),
        (None, ""),
    ],
)  # fmt: skip
def test_periods_are_said_with_the_precision_given(performed: Period | None, words: str) -> None:
    text = texts(pdf.compose(letter(performed=performed)))[0]
    assert words in text
    assert ("Séjour" in text) == bool(words)


# The file


def test_the_metadata_tell_title_structure_and_date_and_nobody_else() -> None:
    made = pdf.compose(letter())
    assert made.title == "Lettre de liaison de sortie"
    with pikepdf.open(io.BytesIO(bytes(made))) as opened:
        info = {key: str(value) for key, value in opened.docinfo.items()}
        packet = opened.Root.Metadata.read_bytes().decode()
    assert info["/Author"] == "Centre hospitalier de la Fiction"
    assert info["/CreationDate"] == info["/ModDate"] == "D:20240315101500+01'00'"
    assert not [one for one in people.secrets(patient()) if one in packet + str(info)]


def test_the_same_content_gives_the_same_octets() -> None:
    assert bytes(pdf.compose(letter())) == bytes(pdf.compose(letter()))
    assert bytes(pdf.compose(letter())) != bytes(pdf.compose(letter(identity=corsican())))


def test_the_same_content_gives_the_same_octets_in_another_process(tmp_path: Path) -> None:
    code = (
        "import sys, hashlib; sys.path.insert(0, sys.argv[1])\n"
        "from letters import letter; from segur_interop import pdf\n"
        "print(hashlib.sha256(bytes(pdf.compose(letter()))).hexdigest())"
    )
    tests = Path(__file__).resolve().parents[2]
    runs = [
        subprocess.run(
            [sys.executable, "-c", code, str(tests)], capture_output=True, text=True, check=True,
            cwd=tmp_path, env={"PYTHONHASHSEED": seed, "TZ": zone},
        ).stdout
        for seed, zone in (("1", "UTC"), ("2", "Asia/Tokyo"))
    ]  # fmt: skip
    assert runs[0] == runs[1]


def test_documents_composed_at_the_same_time_are_those_composed_alone() -> None:
    contents = [letter(kind=kind) for kind in pdf.Kind]
    alone = [bytes(pdf.compose(content)) for content in contents]
    made: dict[int, bytes] = {}

    def run(at: int) -> None:
        made[at] = bytes(pdf.compose(contents[at]))

    threads = [threading.Thread(target=run, args=(at,)) for at in range(len(contents))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [made[at] for at in range(len(contents))] == alone


def test_every_font_of_the_file_is_embedded() -> None:
    with pikepdf.open(io.BytesIO(bytes(pdf.compose(letter())))) as opened:
        fonts = [
            item for item in opened.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == pikepdf.Name.Font
        ]  # fmt: skip
    assert len(fonts) > 1
    assert all("/FontDescriptor" in font for font in fonts)


def test_the_file_is_one_revision() -> None:
    assert bytes(pdf.compose(letter())).count(b"%%EOF") == 1


def test_a_composed_document_takes_no_second_block() -> None:
    with pytest.raises(PdfError, match="already bears"):
        pdf.stamp(pdf.compose(letter()), patient())


def test_no_trait_is_in_a_repr_or_a_report() -> None:
    content = letter()
    made = pdf.compose(content)
    shown = repr(content) + content._repr_html_() + repr(made) + str(made.report)
    assert not [one for one in people.secrets(patient()) if one in shown]
    assert "Opérée" not in repr(content.sections)


# The matricule that may not leave


@pytest.mark.parametrize("asked", [True, False])
def test_a_matricule_that_may_not_leave_is_nowhere_in_the_file(asked: bool) -> None:
    made = pdf.compose(
        letter(identity=patient() if asked else recuperee(), sections=long_sections()),
        traits_only=asked,
    )
    octets = streams(made)
    for written in (b"279035121518989", b"2790351215189", b"2 79 03 51", b"2\xa079\xa003"):
        assert written not in octets
    assert "279035121518989" not in re.sub(r"\D", "", "".join(texts(made)))
    assert not scan(bytes(made)).symbols


@pytest.mark.parametrize(
    "text",
    ["2 79 03 51 215 189 89", "NIR:279035121518989.", "279-0351-215-189", "2.79.03.51.215.189"],
)
def test_a_text_that_holds_it_is_refused(text: str) -> None:
    assert pdf.compose(said(text))
    with pytest.raises(IdentityNotQualified) as caught:
        pdf.compose(said(text, identity=recuperee()))
    assert caught.value.place == "content.sections[0].blocks[0].text"
    assert "279" not in str(caught.value)


def test_a_former_matricule_is_kept_back_too() -> None:
    former = ins.Matricule.parse("277076322082910", oid=people.TEST)
    identity = dataclasses.replace(recuperee(), history=(former,))
    with pytest.raises(IdentityNotQualified):
        pdf.compose(said("277076322082910", identity=identity))


def test_a_local_number_that_is_the_matricule_is_refused() -> None:
    number = LocalId(extension="279035121518989", root="1.2.3.4", type="PI")
    with pytest.raises(IdentityNotQualified):
        pdf.compose(letter(patient=Patient(identity=recuperee(), ids=(number,))))


def test_the_address_of_a_citizen_made_of_a_matricule_is_not_printed() -> None:
    address = Telecom.email("279035121518989@patient.mssante.fr")
    friend = dataclasses.replace(
        letter().recipients[2], telecoms=(address, Telecom.phone("0601020304"))
    )
    text = texts(pdf.compose(letter(recipients=(friend,), identity=recuperee())))[0]
    assert "patient.mssante.fr" not in text
    assert "06 01 02 03 04" in text


# What is refused


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("β-bloquant", "content.sections[0].blocks[0].text"),
        ("Hb ↑", "content.sections[0].blocks[0].text"),
        ("Иванов", "content.sections[0].blocks[0].text"),
        ("شفاء", "content.sections[0].blocks[0].text"),
        ("x\u0323", "content.sections[0].blocks[0].text"),
        ("👍", "content.sections[0].blocks[0].text"),
        ("\U000e0041", "content.sections[0].blocks[0].text"),
    ],
)
def test_a_character_that_the_font_cannot_show_is_refused_with_its_place(
    text: str, place: str
) -> None:
    with pytest.raises(InvalidValue) as caught:
        pdf.compose(said(text))
    assert caught.value.place == place
    assert text not in str(caught.value)


def test_every_place_of_a_text_is_named_when_it_cannot_be_shown() -> None:
    odd = "β"
    blocks = (
        (pdf.Items(items=("a", odd)), "items[1]"),
        (pdf.Fields(rows=((odd, "a"),)), "rows[0][0]"),
        (pdf.Fields(rows=(("a", odd),)), "rows[0][1]"),
        (pdf.Table(header=("a", odd), rows=()), "header[1]"),
        (pdf.Table(header=("a", "b"), rows=(("a", "b"), ("a", odd))), "rows[1][1]"),
        (pdf.Table(header=("a",), rows=(), caption=odd), "caption"),
    )
    for block, place in blocks:
        section = pdf.Section(title="Titre", blocks=(block,))
        with pytest.raises(InvalidValue) as caught:
            pdf.compose(letter(sections=(section,)))
        assert caught.value.place == f"content.sections[0].blocks[0].{place}"
    for field in ("title", "notice"):
        with pytest.raises(InvalidValue) as caught:
            pdf.compose(letter(**{field: odd}))
        assert caught.value.place == f"content.{field}"


def test_another_typeface_shows_the_document() -> None:
    made = pdf.compose(letter(), typeface=pdf.Typeface(regular=ITALIC))
    assert pdf.check(bytes(made))
    with pikepdf.open(io.BytesIO(bytes(made))) as opened:
        names = {
            str(item.get("/BaseFont")) for item in opened.objects
            if isinstance(item, pikepdf.Dictionary) and item.get("/Type") == pikepdf.Name.Font
        }  # fmt: skip
    assert names
    assert all("Oblique" in name or "Italic" in name for name in names)


def test_a_typeface_that_is_no_truetype_font_is_refused() -> None:
    with pytest.raises(InvalidValue):
        pdf.compose(letter(), typeface=pdf.Typeface(regular=b"no font"))


@pytest.mark.parametrize("notice", ["mot " * 4000, "a\n" * 60])
def test_a_notice_too_long_for_the_foot_is_refused(notice: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        pdf.compose(letter(notice=notice))
    assert caught.value.place == "content.notice"


def test_a_structure_that_leaves_no_room_for_the_block_on_page_1_is_refused() -> None:
    addresses = tuple(Address(lines=tuple(f"Ligne {n}{k} " + "x" * 80 for k in range(7)))
                      for n in range(10))  # fmt: skip
    structure = Organization.from_finess("750000001", name="Hôpital", addresses=addresses)
    with pytest.raises(InvalidValue, match="no room for the identity block"):
        pdf.compose(letter(organization=structure))


def test_items_fields_and_recipients_higher_than_a_page_go_on_on_the_next() -> None:
    text = "mot " * 3000
    addresses = tuple(Address(lines=tuple(f"Ligne {n}.{k}." for k in range(7))) for n in range(12))
    wordy = dataclasses.replace(PHARMACY, addresses=addresses)
    section = pdf.Section(
        title="Titre", blocks=(pdf.Items(items=(text,)), pdf.Fields(rows=(("Libellé", text),)))
    )
    said = " ".join(texts(pdf.compose(letter(sections=(section,), recipients=(wordy,)))))
    assert len(re.findall(r"\bmot\b", said)) == 6000
    assert not [n for n in range(12) for k in range(7) if f"Ligne {n}.{k}." not in said]


def test_a_head_of_a_table_higher_than_a_page_is_refused() -> None:
    table = pdf.Table(header=("ligne\n" * 200,), rows=(("a",),))
    with pytest.raises(InvalidValue, match="no page can hold"):
        pdf.compose(letter(sections=(pdf.Section(title="T", blocks=(table,)),)))


def test_names_longer_than_a_symbol_holds_are_printed_with_the_traits_alone() -> None:
    identity = patient(birth_given_names="MARIE " * 20)
    with pytest.raises(InvalidValue):
        pdf.compose(letter(identity=identity))
    assert pdf.compose(letter(identity=identity), traits_only=True)


def test_a_document_without_recipient_or_section_is_printed() -> None:
    made = pdf.compose(letter(recipients=(), to_patient=False, sections=()))
    assert "DESTINATAIRE" not in texts(made)[0]


def test_one_recipient_is_singular() -> None:
    assert (
        "DESTINATAIRE " in texts(pdf.compose(letter(recipients=(PHARMACY,), to_patient=False)))[0]
    )


def test_the_fixture_covers_every_kind_of_block() -> None:
    kinds = {type(block) for s in filled(pdf.Kind.COMPTE_RENDU_OPERATOIRE) for block in s.blocks}
    assert kinds == {pdf.Paragraph, pdf.Items, pdf.Fields, pdf.Table}


# Where it stands


def test_the_number_of_a_page_ends_at_the_margin_however_many_digits_it_has() -> None:
    made = pdf.compose(letter(sections=long_sections()))
    margin = (210 - 18) * 72 / 25.4
    assert made.pages >= 10
    for number in range(1, made.pages + 1):
        ((page, (_, _, right, _)),) = places(made, f"Page {number}/{made.pages}")
        assert page == number
        assert right == pytest.approx(margin, abs=1.5)


def test_the_heading_of_the_recipients_stands_with_the_first_of_them() -> None:
    full, moved = Address(lines=("ligne",) * 7, city="Paris"), 0
    for count in range(1, 8):
        rest = Address(lines=("ligne",) * count, city="Paris")
        tall = dataclasses.replace(DOCTOR, addresses=(*((full,) * 5), rest))
        made = pdf.compose(letter(recipients=(tall, PHARMACY, DOCTOR)))
        ((heading, _),) = places(made, "DESTINATAIRES")
        assert heading == places(made, "Dr Paul DURAND")[0][0]
        moved += heading == 2
    assert 0 < moved < 7


@pytest.mark.parametrize("caption", ["", "Légende du tableau"])
def test_a_heading_and_a_caption_stand_with_the_first_row_of_their_table(caption: str) -> None:
    moved = 0
    for lines in range(2, 34, 3):
        before = pdf.Section(title="Avant", blocks=(pdf.Paragraph(text="mot\n" * lines),))
        rows = (("premier\n" * 12, "rang"), ("deuxième", "rang"))
        table = pdf.Table(header=("Entête", "B"), rows=rows, caption=caption)
        said = pdf.Section(title="Annonce", blocks=(table,))
        made = pdf.compose(letter(sections=(before, said)))
        words = ("Annonce", "premier", *filter(None, [caption]))
        pages = {places(made, word)[0][0] for word in words}
        assert len(pages) == 1
        moved += pages == {2}
    assert 0 < moved < 11
