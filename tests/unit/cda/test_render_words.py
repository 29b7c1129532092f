"""Values in the words of the page, and the rarer parts of headers and narratives."""

from __future__ import annotations

import dataclasses
from datetime import date

import pytest
from documents import minimal, qualified, wrap
from pages import level1, level3, media, narrated, parsed, words

from segur_interop import cda
from segur_interop._time import Timestamp
from segur_interop.cda._rendering.words import (
    address_text,
    entity_name,
    moment_text,
    moment_time,
    name_text,
    period_text,
    size_text,
    telecom_text,
)
from segur_interop.ins import Attribute, Identity, Sex
from segur_interop.model import (
    Address,
    Organization,
    Patient,
    Period,
    PersonName,
    Professional,
    Telecom,
)


@pytest.mark.parametrize(
    ("text", "shown", "stamp"),
    [
        ("1979", "1979", "1979"),
        ("197903", "03/1979", "1979-03"),
        ("19790328", "28/03/1979", "1979-03-28"),
        ("202603011000", "01/03/2026 à 10:00", "2026-03-01T10:00"),
        ("20260301100005.5+0100", "01/03/2026 à 10:00", "2026-03-01T10:00"),
        ("20260701100000+0200", "01/07/2026 à 10:00", "2026-07-01T10:00"),
        ("20260301100000+0400", "01/03/2026 à 10:00 (UTC+04:00)", "2026-03-01T10:00"),
        ("20260301100000-0330", "01/03/2026 à 10:00 (UTC-03:30)", "2026-03-01T10:00"),
    ],
)
def test_a_moment_keeps_its_precision_and_a_foreign_zone(text, shown, stamp):
    moment = Timestamp.parse(text)
    assert moment_text(moment) == shown
    assert f'datetime="{stamp}"' in moment_time(moment)


@pytest.mark.parametrize(
    ("low", "high", "shown"),
    [
        ("20260301", None, "depuis le 01/03/2026"),
        (None, "20260301", "jusqu’au 01/03/2026"),
        ("20260301", "20260301", "01/03/2026"),
        ("20260301", "20260302", "du 01/03/2026 au 02/03/2026"),
    ],
)
def test_a_period_tells_its_bounds(low, high, shown):
    assert period_text(Period(low=low, high=high)) == shown


def test_people_and_structures_are_named_by_what_is_known():
    assert name_text(PersonName(family="B", given="A", title="PR", civility="MME")) == "Pr A B"
    relative = PersonName(used_family="B", birth_family="C", given="A", civility="M")
    assert name_text(relative) == "M. A B (nom de naissance C)"
    assert entity_name(Professional.from_rpps("10000000012")) == "Identifiant 810000000012"
    assert entity_name(Organization.from_finess("750000018")) == "Structure 1750000018"
    assert address_text(Address(house_number="1", street_name="rue X", city="PARIS")) == (
        "1 rue X, PARIS"
    )
    assert telecom_text(Telecom.email("a@b.mssante.fr")) == "MSSanté : a@b.mssante.fr"
    assert telecom_text(Telecom.fax("0144955555")) == "Fax : 0144955555"
    assert telecom_text(Telecom(value="mllp:x")) == "mllp:x"


@pytest.mark.parametrize(
    ("octets", "shown"), [(0, "0 octets"), (2048, "2 Ko"), (1_572_864, "1,5 Mo")]
)
def test_sizes_are_of_1024(octets, shown):
    assert size_text(octets) == shown


def shown(identity: Identity) -> str:
    document = wrap(**minimal())
    return dataclasses.replace(document, patient=Patient(identity=identity)).render()


def test_a_doubtful_or_fictitious_identity_is_an_alert():
    for attribute in (Attribute.DOUTEUSE, Attribute.FICTIVE):
        identity = Identity(birth_name="TEST", attributes=frozenset({attribute}))
        (alert,) = parsed(shown(identity)).xpath("//li[contains(@class,'danger')]")
        assert attribute.value.lower() in alert.text_content()


def test_a_partial_or_completed_birth_date_says_so():
    partial = Identity(birth_name="TEST", received_birth_date="1979", asserted=True)
    assert "1979 (date reçue, incomplète)" in words(shown(partial))
    completed = Identity(
        birth_name="TEST", birth_date=date(1979, 1, 1), birth_date_completed=True, sex=Sex.I
    )
    assert "01/01/1979 (complétée)" in words(shown(completed))
    assert "Indéterminé" in words(shown(completed))


def test_a_wrong_key_is_told():
    matricule = dataclasses.replace(qualified().matricule, key="00")
    identity = qualified(matricule=matricule)
    assert "clé incorrecte" in words(shown(identity))


def test_footnotes_lead_to_their_text():
    page = cda.read(
        narrated(
            "<paragraph>Sodium<footnoteRef IDREF='n'/><footnoteRef IDREF='rien'/></paragraph>"
            "<footnote ID='n'>à jeun</footnote>"
        )
    ).render()
    root = parsed(page)
    (link,) = root.xpath("//sup/a")
    note = root.get_element_by_id(link.get("href")[1:])
    assert note.text == "à jeun"
    assert note.get("role") == "note"


def test_an_image_within_a_region_is_shown():
    region = (
        "<entry><regionOfInterest classCode='ROIOVL' moodCode='EVN' ID='zone'>"
        + media("i", b"\xff\xd8\xff\xe0jpeg", "image/jpeg").replace("entry>", "entryRelationship>")
        + "</regionOfInterest></entry>"
    )
    text = "<title>a</title><text><renderMultiMedia referencedObject='zone'/></text>"
    assert len(parsed(cda.read(level3(text + region)).render()).xpath("//img")) == 1


def test_a_damaged_image_or_attachment_is_told():
    damaged = media("i", b"", "image/png").replace("></value>", ">%%%</value>")
    referred = "<title>a</title><text><renderMultiMedia referencedObject='i'/></text>"
    assert "fichier illisible" in words(cda.read(level3(referred + damaged)).render())
    alone = "<title>a</title><text>x</text>"
    assert "endommagée" in words(cda.read(level3(alone + damaged)).render())


def test_a_document_without_content_says_so():
    assert "pas de contenu" in words(cda.read(level3()).render())
    bare = level1("x", "text/plain").replace(b"nonXMLBody", b"autre")
    assert "pas de contenu" in words(cda.read(bare).render())


def test_more_findings_than_a_page_tells_are_counted():
    attacks = "".join(f"<linkHtml href='#a{rank}'>x</linkHtml>" for rank in range(3))
    octets = level3(*([f"<title>x</title><text>{attacks}</text>"] * 300))
    report = parsed(cda.read(octets).render()).xpath("//details[@id='anomalies']")[0]
    assert len(report.findall(".//li")) == 201
    assert report.findall(".//li")[-1].text.startswith("+ ")
