"""Small files that ask for much: what is looked at is counted, and what expands is bounded."""

from __future__ import annotations

import io
import zlib
from collections.abc import Callable

import pikepdf
import pytest
from pdf_samples import conforming, open_sample, saved, spoilt

from segur_interop import pdf
from segur_interop.errors import CheckNotRun, NotPdfA, PdfError
from segur_interop.findings import Verdict
from segur_interop.pdf._clauses import hidden, interactive, notes, opening, xobjects
from segur_interop.pdf._clauses.contents import content_limit
from segur_interop.pdf._clauses.hidden import Hidden, look_for_hidden
from segur_interop.pdf._conversion import metadata
from segur_interop.pdf._reading import lex, objects


def rules(data: bytes) -> set[str]:
    return {finding.rule for finding in pdf.check(data).errors}


def hiding(dictionary: bytes, body: bytes) -> bytes:
    """Octets with one stream, whose dictionary is as given."""
    return b"%PDF-1.5\n5 0 obj\n" + dictionary + b"\nstream\n" + body + b"\nendstream\nendobj\n"


BOMB = zlib.compress(b"0 " * 1_000_000, 9)


@pytest.mark.parametrize(
    "unit",
    [b"/ObjStm ", b"/XRef>>stream\n", b"/a#", b"/ObjStm<<", b"/XRef obj<</A (", b"/XRef obj%"],
)
def test_hidden_streams_are_looked_for_in_a_bounded_number_of_readings(
    unit: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = 0

    class Counting(hidden._Value):
        def __init__(self, data: bytes, start: int, longest: int) -> None:
            nonlocal read
            super().__init__(data, start, longest)
            read += self.end - start

    monkeypatch.setattr(hidden, "_Value", Counting)
    data = b"%PDF-1.4\n" + unit * 4000 + b"\nstartxref\n0\n%%EOF\n"
    assert rules(data) <= {"pdf.malformed", "pdf.bomb"}
    assert read <= (hidden._READINGS + 1) * len(data)


@pytest.mark.parametrize(
    "dictionary",
    [
        b"<</Type/ObjStm/N 1/First 4/Filter/FlateDecode>>",
        b"<</Type/Obj#53tm/N 1/#46irst 4/Filter/FlateDecode>>",
        b"<</Type/Other/N 1/First 4/Filter[/FlateDecode]>> % /XRef\n",
        b"<</X(>>stream\n)/Type/XRef/Filter/FlateDecode>>",
        b"<</X((((((>>\nstream\n))))))/Type/XRef/Filter/FlateDecode>>",
        b"<</X endobj/Type/XRef/Filter/FlateDecode>>",
    ],
)
def test_a_stream_of_objects_is_measured_however_it_is_written(
    dictionary: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = hiding(dictionary, BOMB)
    look_for_hidden(data)
    monkeypatch.setattr(hidden, "MAX_HIDDEN", 1_000_000)
    with pytest.raises(Hidden, match="expand"):
        look_for_hidden(data)


@pytest.mark.parametrize(
    "decoding",
    [
        b"/Filter[/FlateDecode/FlateDecode]",
        b"/Filter/LZWDecode",
        b"/Filter 9 0 R",
        b"/Filter/FlateDecode/DecodeParms<</Predictor 12/Columns 2000000000>>",
        b"/Filter/FlateDecode/DecodeParms 9 0 R",
        b"/Filter/FlateDecode/DecodeParms<</Columns 9 0 R>>",
    ],
)
def test_a_stream_of_objects_that_nothing_bounds_is_not_opened(decoding: bytes) -> None:
    with pytest.raises(Hidden, match="single Flate"):
        look_for_hidden(hiding(b"<</Type/XRef" + decoding + b">>", BOMB))


def test_object_streams_as_writers_make_them_are_opened() -> None:
    out = io.BytesIO()
    open_sample(3).save(
        out, force_version="1.5", object_stream_mode=pikepdf.ObjectStreamMode.generate
    )
    data = out.getvalue()
    assert "pdfa.6.1.4" in rules(data)
    assert not any(rule.startswith("pdf.") for rule in rules(data))
    assert pdf.convert(data).pages == 3


@pytest.mark.parametrize(
    "unit", [b"(\\", b"(", b"(a\\) ", b"[", b"/P <</A ", b"BI ID ", b"<", b"((((( ", b"(\\("]
)
def test_a_content_is_split_into_what_it_holds_at_most_once(unit: bytes) -> None:
    data = unit * 500
    found = lex.instructions(data)
    assert sum(len(operands) + len(operator) for operands, operator in found) <= len(data) + 1
    tail = [operator for _, operator in found if operator == b"("]
    assert len(tail) <= 1  # nothing is looked for behind it


def test_what_a_long_content_repeats_is_kept_once() -> None:
    found = lex.instructions(b"0.25 w " * 200_000)
    assert len(found) == 200_000
    assert len({id(item) for item in found}) <= 2


def test_a_page_listed_again_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    from segur_interop.pdf._clauses import contents

    calls = 0
    real = contents.instructions

    def counting(data: bytes, *, paths: bool = True) -> list[tuple[bytes, bytes]]:
        nonlocal calls
        calls += 1
        return real(data, paths=paths)

    monkeypatch.setattr(contents, "instructions", counting)

    def again(document: pikepdf.Pdf) -> None:
        kids = document.Root.Pages.Kids
        for _ in range(30):
            kids.append(kids[0])
        document.Root.Pages.Count = len(kids)

    pdf.check(conforming())
    once, calls = calls, 0
    pdf.check(spoilt(again))
    assert calls == once


def content(data: bytes) -> Callable[[pikepdf.Pdf], None]:
    def change(document: pikepdf.Pdf) -> None:
        document.pages[0].Contents = document.make_stream(data)

    return change


def test_a_text_rendering_mode_that_is_none_reads_a_form_no_more_than_once() -> None:
    from segur_interop.pdf._clauses import contents

    assert [contents.text_mode(b"%d" % n) for n in range(-2, 10)] == [-1, -1, *range(8), -1, -1]
    assert contents.text_mode(b"9" * 400) == -1


def test_states_nested_without_end_are_counted_not_kept() -> None:
    assert "pdfa.6.1.12" in rules(spoilt(content(b"q " * 50_000 + b"Q " * 50_000)))


def test_content_of_a_small_file_that_expands_without_measure_is_not_said_to_be_checked() -> None:
    def twice(document: pikepdf.Pdf) -> None:
        packed = zlib.compress(zlib.compress(b" " * 30_000_000))
        stream = document.make_stream(b"")
        flate = pikepdf.Name.FlateDecode
        stream.write(packed, filter=pikepdf.Array([flate, flate]), decode_parms=None)
        document.pages[0].Contents = stream

    document = open_sample()
    twice(document)
    data = saved(document, compress_streams=False,
                 stream_decode_level=pikepdf.StreamDecodeLevel.none)  # fmt: skip
    report = pdf.check(data)
    assert any(f"beyond {content_limit(len(data))} bytes" in reason for reason in report.not_run)
    for read in (pdf.PdfA.read, pdf.convert):
        with pytest.raises((CheckNotRun, NotPdfA)):
            read(data)


def test_streams_that_expand_twice_are_not_written_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    document = open_sample()
    stream = document.make_stream(b"")
    flate = pikepdf.Name.FlateDecode
    stream.write(zlib.compress(zlib.compress(b" " * 30_000)), filter=pikepdf.Array([flate, flate]))
    document.Root.Other = stream
    assert metadata.to_bytes(document)
    monkeypatch.setattr(metadata, "MAX_EXPANDED", 20_000)
    with pytest.raises(PdfError, match=r"pdf\.bomb"):
        metadata.to_bytes(document)


def make(document: pikepdf.Pdf, data: bytes, **keys: object) -> pikepdf.Stream:
    return document.make_stream(data, **keys)


@pytest.mark.parametrize(
    "names", [["/FlateDecode"] * 2, ["/FlateDecode"], ["/ASCII85Decode", "/FlateDecode"]]
)
def test_no_filter_gives_more_than_the_limit(names: list[str]) -> None:
    import base64

    data = b" " * 100_000
    for item in reversed(names):
        data = zlib.compress(data) if item == "/FlateDecode" else base64.a85encode(data) + b"~>"
    document = pikepdf.new()
    stream = make(document, data, Filter=pikepdf.Array([pikepdf.Name(item) for item in names]))
    assert objects.decoded(stream, 100_000) == b" " * 100_000
    with pytest.raises(objects.TooLarge):
        objects.decoded(stream, 99_999)


def test_rows_that_no_picture_has_are_not_made_room_for() -> None:
    document = pikepdf.new()
    parameters = pikepdf.Dictionary(Predictor=12, Columns=2_000_000_000)
    stream = make(document, zlib.compress(b"x"), Filter=pikepdf.Name.FlateDecode,
                  DecodeParms=parameters)  # fmt: skip
    with pytest.raises(objects.TooLarge):
        objects.decoded(stream, 1000)


def test_more_filters_than_a_reader_takes_are_not_undone() -> None:
    document = pikepdf.new()
    stream = make(document, b">", Filter=pikepdf.Array([pikepdf.Name.ASCIIHexDecode] * 26))
    with pytest.raises(ValueError, match="filters"):
        objects.decoded(stream, 1000)


def test_objects_that_lie_inside_one_another_are_not_read_again_and_again() -> None:
    head = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"
    values = [
        b"<</Type/Catalog/Pages 2 0 R>>\nendobj\n",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>\nendobj\n",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>>\nendobj\n",
    ]
    values += [b"%"] * 50
    octets, offsets = head, []
    for number, value in enumerate(values, 1):
        offsets.append(len(octets))
        octets += b"%d 0 obj" % number + value
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    data = octets + b"\nendobj\nxref\n0 %d\n0000000000 65535 f \n" % (len(values) + 1) + table
    data += b"trailer\n<</Size %d/Root 1 0 R>>\n" % (len(values) + 1)
    data += b"startxref\n%d\n%%%%EOF\n" % (len(octets) + len(b"\nendobj\n"))
    found = pdf.check(data).errors
    assert any("inside one another" in finding.message for finding in found)


def test_annotations_and_actions_are_counted_for_the_whole_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(interactive, "_MAX_NODES", 50)

    def link(document: pikepdf.Pdf) -> None:
        action = pikepdf.Dictionary(S=pikepdf.Name.URI, URI="http://example.invalid")
        action.Next = pikepdf.Array([pikepdf.Dictionary(action) for _ in range(20)])
        shared = document.make_indirect(action)
        one = {"Type": pikepdf.Name.Annot, "Subtype": pikepdf.Name.Link, "F": 4, "A": shared}
        document.pages[0].Annots = pikepdf.Array(
            [pikepdf.Dictionary({f"/{key}": value for key, value in one.items()})] * 10
        )

    report = pdf.check(spoilt(link))
    assert report.verdict is not Verdict.PASSED
    assert any("more than 50 annotations and nodes" in reason for reason in report.not_run)


def test_resources_and_shared_arrays_are_counted_for_the_whole_file(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(xobjects, "_MAX_ENTRIES", -1)
    assert any("resources" in reason for reason in pdf.check(conforming()).not_run)
    counted = notes.Notes()
    assert counted.spend(1000, "a font")
    assert not counted.spend(notes.MAX_DECODED, "a font")
    assert not counted.spend(1, "a font")
    assert counted.not_run


def test_fields_that_share_their_kids_are_mended_once() -> None:
    def share(document: pikepdf.Pdf) -> None:
        kids = document.make_indirect(pikepdf.Array())
        for _ in range(40):
            kids.append(
                document.make_indirect(pikepdf.Dictionary(Kids=kids, AA=pikepdf.Dictionary()))
            )
        document.Root.AcroForm = pikepdf.Dictionary(Fields=kids)

    made = pdf.convert(spoilt(share))
    assert "additional actions of a field" in str(made.report)


def test_a_file_without_form_is_not_searched_for_signatures(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Nothing is looked up in a field that is none."""
    asked: list[str] = []
    plain = opening.get

    def counted(obj: object, key: str) -> object:
        asked.append(key)
        return plain(obj, key)

    monkeypatch.setattr(opening, "get", counted)
    with pikepdf.new() as file:
        file.add_blank_page()
        assert opening.is_signed(file) is False
    assert len(asked) < 10
