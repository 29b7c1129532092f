"""Info and XMP are rewritten together: values are kept, and each loss is said."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pikepdf
import pytest
from pdf_samples import XMP, open_sample, saved, set_xmp
from pikepdf import String

from segur_interop import pdf
from segur_interop.findings import Finding, Verdict
from segur_interop.pdf._conversion.metadata import conform, to_bytes

PARIS = timezone(timedelta(hours=2))


def written(document: pikepdf.Pdf, **options: object) -> tuple[pikepdf.Pdf, set[str]]:
    findings: tuple[Finding, ...] = conform(document, **options)  # type: ignore[arg-type]
    data = to_bytes(document)
    assert pdf.check(data).verdict is Verdict.PASSED, str(pdf.check(data))
    import io

    return pikepdf.open(io.BytesIO(data)), {finding.rule for finding in findings}


def test_a_conforming_document_loses_nothing() -> None:
    document = open_sample()
    before = {str(key): str(value) for key, value in document.trailer.Info.items()}
    after, rules = written(document)
    assert {str(key): str(value) for key, value in after.trailer.Info.items()} == before
    assert not rules


def test_values_of_info_alone_are_written_in_both() -> None:
    document = open_sample()
    del document.Root.Metadata
    document.trailer.Info.Subject = String("Sortie <du> 12 & 13")
    document.trailer.Info.Keywords = String("été, cœur")
    document.trailer.Info["/Service"] = String("essai")
    after, _ = written(document)
    with after.open_metadata() as packet:
        assert packet["dc:description"] == "Sortie <du> 12 & 13"
        assert packet["pdf:Keywords"] == "été, cœur"
        assert packet["dc:title"] == str(after.trailer.Info.Title)
    assert str(after.trailer.Info["/Service"]) == "essai"


def test_values_of_xmp_alone_are_written_in_both() -> None:
    document = open_sample()
    del document.trailer.Info
    after, _ = written(document)
    assert str(after.trailer.Info.Title) == "Lettre de liaison"
    assert str(after.trailer.Info.CreationDate) == "D:20240315101500+01'00'"


def test_where_both_differ_info_is_kept_and_said() -> None:
    document = open_sample()
    document.trailer.Info.Title = String("Ordonnance")
    after, rules = written(document)
    assert rules == {"pdf.metadata.conflict"}
    with after.open_metadata() as packet:
        assert packet["dc:title"] == "Ordonnance"


def test_empty_and_unreadable_values_go() -> None:
    document = open_sample()
    document.trailer.Info.Keywords = String("")
    document.trailer.Info.ModDate = String("yesterday")
    document.trailer.Info.Trapped = pikepdf.Name("/False")
    after, rules = written(document)
    assert rules == {"pdf.metadata.date", "pdf.metadata.info-entry"}
    assert set(after.trailer.Info.keys()) == {
        "/Title", "/Author", "/Creator", "/Producer", "/CreationDate",
    }  # fmt: skip


def test_a_date_without_zone_is_said_to_become_utc() -> None:
    document = open_sample()
    document.trailer.Info.ModDate = String("D:20240315101500")
    after, rules = written(document)
    assert rules == {"pdf.metadata.zone"}
    assert str(after.trailer.Info.ModDate) == "D:20240315101500Z"


def test_a_new_modification_date_is_written_in_both() -> None:
    moment = datetime(2026, 5, 4, 9, 30, tzinfo=PARIS)
    after, _ = written(open_sample(), modified=moment)
    assert str(after.trailer.Info.ModDate) == "D:20260504093000+02'00'"
    with after.open_metadata() as packet:
        assert packet["xmp:ModifyDate"] == "2026-05-04T09:30:00+02:00"


def test_a_naive_date_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        conform(open_sample(), modified=datetime(2026, 5, 4))  # noqa: DTZ001


def test_further_predefined_properties_stay_and_others_are_named() -> None:
    document = open_sample()
    extra = (
        "<dc:language><rdf:Bag><rdf:li>fr-FR</rdf:li></rdf:Bag></dc:language>"
        '<essai:x xmlns:essai="urn:essai:">1</essai:x>'
    )
    set_xmp(document, XMP.replace("  </rdf:Description>", extra + "</rdf:Description>"))
    after, rules = written(document)
    assert rules == {"pdf.metadata.xmp-property"}
    assert b"fr-FR" in after.Root.Metadata.read_bytes()
    assert b"urn:essai:" not in after.Root.Metadata.read_bytes()


def test_several_authors_of_xmp_stay_several() -> None:
    document = open_sample()
    del document.trailer.Info.Author
    two = "hospitalier</rdf:li><rdf:li>Clinique</rdf:li>"
    set_xmp(document, XMP.replace("hospitalier</rdf:li>", two))
    after, rules = written(document)
    assert not rules
    assert b"Clinique" in after.Root.Metadata.read_bytes()
    assert "/Author" not in after.trailer.Info


def test_control_characters_are_dropped_and_said() -> None:
    document = open_sample()
    document.trailer.Info.Subject = String("a\x01b")
    after, rules = written(document)
    assert rules == {"pdf.metadata.characters"}
    assert str(after.trailer.Info.Subject) == "ab"


def test_a_valid_output_intent_stays_unless_told() -> None:
    document = open_sample()
    document.Root.OutputIntents[0].Info = String("mine")
    after, _ = written(document)
    assert str(after.Root.OutputIntents[0].Info) == "mine"
    after, rules = written(document, keep_intent=False)
    assert str(after.Root.OutputIntents[0].Info) != "mine"
    assert rules == {"pdf.metadata.output-intent"}


def test_the_same_document_gives_the_same_octets() -> None:
    first, second = open_sample(), open_sample()
    conform(first)
    conform(second)
    assert to_bytes(first) == to_bytes(second)


def test_the_name_that_a_producer_gave_to_a_property_is_told_by_nobody() -> None:
    document = open_sample()
    own = '<o:PAT-TROIS xmlns:o="http://hopital.example/DOMINIQUE/">1</o:PAT-TROIS>'
    known = '<xmp:PAT-TROIS xmlns:xmp="http://ns.adobe.com/xap/1.0/">1</xmp:PAT-TROIS>'
    set_xmp(document, XMP.replace("</rdf:Description>", f"{own}{known}</rdf:Description>", 1))
    found = list(conform(document))
    report = pdf.check(saved(document_with(own + known)))
    places = {finding.place for finding in (*found, *report)}
    assert {"Metadata *", "Metadata xmp:*"} <= places
    for text in (str(report), repr(report), *map(str, found)):
        assert "PAT-TROIS" not in text
        assert "DOMINIQUE" not in text


def document_with(properties: str) -> pikepdf.Pdf:
    document = open_sample()
    set_xmp(document, XMP.replace("</rdf:Description>", f"{properties}</rdf:Description>", 1))
    return document
