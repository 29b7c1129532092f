"""INDEX.HTM and README.TXT: in ASCII, valid, naming the sender and nobody else."""

from __future__ import annotations

import pytest
from documents import HOSPITAL
from lxml import etree

from segur_interop.model import Address, Organization
from segur_interop.xdm import Software
from segur_interop.xdm._index import Listed, ascii_text, index_htm, readme_txt

XHTML = "{http://www.w3.org/1999/xhtml}"
FILES = (Listed("DOC0001.XML", "Lettre & liaison <é>", "01/03/2026"), Listed("DOC0002.PDF", "", ""))
SOFTWARE = Software(name="Dossier œuvre", version="1.2", vendor="Éditeur")


def readme(source: Organization = HOSPITAL) -> str:
    return readme_txt(source, SOFTWARE, "SUBSET01", ("DOC0001.XML", "DOC0002.PDF"))


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Hôpital Édouard-Œuvre", "Hopital Edouard-OEuvre"),
        ("L’Haÿ «nord» – 5 €", 'L\'Hay "nord" - 5 EUR'),
        ("Đặng\tŁódź\r\nß", "Dang Lodz ss"),
        ("médecin 医", "medecin ?"),
        ("plain", "plain"),
    ],
)
def test_accents_are_stripped_and_lines_cannot_be_added(text: str, plain: str):
    assert ascii_text(text) == plain


def test_the_readme_is_ascii_with_crlf_and_has_its_four_blocks():
    text = readme()
    text.encode("ascii")
    lines = text.split("\r\n")
    assert not any("\n" in line or "\r" in line for line in lines)
    for expected in (
        "Emetteur :",
        "    . Organisme : Hopital de la demonstration (1750803447)",
        "    . Adresse : 1 rue de l'Hopital, 75001 PARIS",
        "    . Contact : tel:0144955555",
        "    . Nom : Dossier oeuvre",
        "    . Version : 1.2",
        "    . Editeur : Editeur",
        "Instructions :",
        "            METADATA.XML",
        "            DOC0001.XML",
        "            DOC0002.PDF",
    ):
        assert expected in lines


def test_what_is_not_told_has_no_line():
    text = readme_txt(Organization(oid="1.2.3"), Software(name="A"), "SUBSET01", ("DOC0001.XML",))
    assert ". Organisme : 1.2.3" in text
    for absent in (". Adresse", ". Contact", ". Version", ". Editeur"):
        assert absent not in text


def test_a_name_cannot_add_a_line_to_the_readme():
    source = Organization(name="A", addresses=(Address(lines=("x",)),))
    assert len(readme(source).split("\r\n")) == len(
        readme(Organization(name="B C", addresses=(Address(lines=("y z",)),))).split("\r\n")
    )


def test_the_index_is_xhtml_with_a_title_a_link_to_the_readme_and_to_each_file():
    text = index_htm(HOSPITAL, "SUBSET01", FILES)
    octets = text.encode("ascii")
    assert text.count("\r\n") == text.count("\n")
    parser = etree.XMLParser(load_dtd=False, no_network=True)
    root = etree.fromstring(octets, parser)
    info = root.getroottree().docinfo
    assert info.public_id == "-//W3C//DTD XHTML 1.0 Strict//EN"
    assert info.encoding == "UTF-8"
    assert [child.tag for child in root] == [f"{XHTML}head", f"{XHTML}body"]
    assert root.find(f"{XHTML}head/{XHTML}title").text == "Documents de santé"
    links = [link.get("href") for link in root.iter(f"{XHTML}a")]
    assert links == [
        "README.TXT",
        "IHE_XDM/SUBSET01/DOC0001.XML",
        "IHE_XDM/SUBSET01/DOC0002.PDF",
    ]
    cells = ["".join(cell.itertext()) for cell in root.iter(f"{XHTML}td")]
    assert cells == [
        "DOC0001.XML", "Lettre & liaison <é>", "01/03/2026", "DOC0002.PDF", "", "",
    ]  # fmt: skip
    assert root.find(f".//{XHTML}strong").text == "Hôpital de la démonstration (1750803447)"
    assert not list(root.iter(f"{XHTML}script"))


def test_a_name_cannot_add_markup_to_the_index():
    root = etree.fromstring(index_htm(Organization(name="<b>&amp;\"'"), "SUBSET01", FILES).encode())
    assert root.find(f".//{XHTML}strong").text == "<b>&amp;\"'"
