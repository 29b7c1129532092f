"""The only door for a PDF body: exact octets, a distinct refusal for each reason."""

from __future__ import annotations

import io
import pickle
import re
from pathlib import Path

import pikepdf
import pytest
from pdf_samples import TITLE, add_annotation, conforming, form, open_sample, saved, spoilt
from pikepdf import Array, Dictionary, Name, String

from segur_interop import pdf
from segur_interop.errors import CheckNotRun, NotPdfA, PdfError
from segur_interop.findings import Report, Severity, Verdict
from segur_interop.pdf._clauses.judge import judge


def sign(document: pikepdf.Pdf) -> None:
    """A signature field with a value: its shape, not its cryptography."""
    value = document.make_indirect(
        Dictionary(
            Type=Name.Sig,
            Filter=Name("/Adobe.PPKLite"),
            ByteRange=Array([0, 1, 2, 3]),
            Contents=String(b"\x30\x00"),
        )
    )
    field = add_annotation(
        document,
        Subtype=Name.Widget, FT=Name.Sig, T=String("sig"), V=value, Rect=Array([0, 0, 0, 0]),
        AP=Dictionary(N=form(document)),
    )  # fmt: skip
    document.Root.AcroForm = Dictionary(Fields=Array([field]), SigFlags=3)


def encrypted(**options: object) -> bytes:
    out = io.BytesIO()
    open_sample().save(out, encryption=pikepdf.Encryption(**options))  # type: ignore[arg-type]
    return out.getvalue()


def test_the_octets_are_kept_as_read(tmp_path: Path) -> None:
    data = conforming(3)
    path = tmp_path / "a.pdf"
    path.write_bytes(data)
    for source in (data, path, str(path)):
        read = pdf.PdfA.read(source)
        assert bytes(read) == data
        assert len(read) == len(data)
        assert read.pages == 3
        assert read.title == TITLE
        assert read.report.verdict is Verdict.PASSED


def test_a_repr_says_neither_title_nor_content() -> None:
    read = pdf.PdfA.read(conforming())
    assert TITLE not in repr(read)
    assert repr(read) == f"PdfA(1 pages, {len(read)} bytes)"


def test_it_survives_a_process_pool_and_compares_by_its_octets() -> None:
    read = pdf.PdfA.read(conforming())
    assert pickle.loads(pickle.dumps(read)) == read  # noqa: S301
    assert read != pdf.PdfA.read(conforming(2))
    assert hash(read) == hash(pdf.PdfA.read(conforming()))


def test_no_value_is_made_without_a_report_that_passed() -> None:
    with pytest.raises(CheckNotRun):
        pdf.PdfA(data=b"x", pages=1, title=None, signed=False, report=Report(name="none"))


def test_save_writes_the_octets_whole(tmp_path: Path) -> None:
    read = pdf.PdfA.read(conforming())
    target = tmp_path / "out.pdf"
    target.write_bytes(b"old")
    assert read.save(target) == target
    assert target.read_bytes() == bytes(read)
    assert [path.name for path in tmp_path.iterdir()] == ["out.pdf"]


def test_save_in_a_folder_that_is_not_there_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No such file"):
        pdf.PdfA.read(conforming()).save(tmp_path / "none" / "out.pdf")


def test_what_does_not_conform_is_refused_with_its_clauses() -> None:
    data = spoilt(lambda document: document.Root.__delitem__("/Metadata"))
    with pytest.raises(NotPdfA, match=r"pdfa\.6\.7\.2") as caught:
        pdf.PdfA.read(data)
    assert caught.value.report is not None
    assert "pdfa.6.7.2" in {finding.rule for finding in caught.value.report.errors}


def _no_page() -> bytes:
    document = pikepdf.new()
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def with_first_kid(kid: bytes) -> bytes:
    """Two pages, something else in the place of the first."""
    return re.sub(rb"/Kids \[ \d+ 0 R", b"/Kids [ " + kid, conforming(2), count=1)


REFUSALS = {
    "pdf.not-a-pdf": [b"", b"GIF89a" + b"0" * 100, b"\xff\xd8\xff\xe0JFIF", b"PK\x03\x04"],
    "pdf.truncated": [conforming()[: len(conforming()) // 2], conforming()[:-30]],
    "pdf.encrypted": [encrypted(owner="o", user="u"), encrypted(owner="o", user="")],
    "pdf.no-page": [_no_page()],
    "pdf.page-tree": [
        *(with_first_kid(kid) for kid in (b"12345", b"null ", b"99 0 R", b"(abc)", b"[1 2]")),
        conforming(2).replace(b"/Count 2", b"/Count 3"),
    ],
}


@pytest.mark.parametrize(
    ("rule", "nth"), [(rule, n) for rule, inputs in REFUSALS.items() for n in range(len(inputs))]
)
def test_each_reason_to_refuse_has_its_rule(rule: str, nth: int) -> None:
    data = REFUSALS[rule][nth]
    for action in (pdf.PdfA.read, pdf.convert):
        with pytest.raises(NotPdfA, match=rule) as caught:
            action(data)
        assert isinstance(caught.value, PdfError)
        assert caught.value.report is not None
        assert rule in {finding.rule for finding in caught.value.report.errors}


def test_a_linearized_file_cut_short_is_truncated() -> None:
    whole = saved(open_sample(3), linearize=True)
    assert "pdf.truncated" not in {f.rule for f in pdf.check(whole)}
    with pytest.raises(NotPdfA, match=r"pdf\.truncated"):
        pdf.PdfA.read(whole[: len(whole) - 2000])


def test_a_linearized_file_conforms() -> None:
    assert pdf.check(saved(open_sample(3), linearize=True)).verdict is Verdict.PASSED


def test_a_signed_file_that_conforms_is_read_and_says_so() -> None:
    data = spoilt(sign)
    read = pdf.PdfA.read(data)
    assert bytes(read) == data
    assert read.signed
    assert "signed" in repr(read)
    noted = [f for f in read.report.findings if f.rule == "pdf.signed"]
    assert [f.severity for f in noted] == [Severity.INFO]


def test_an_empty_signature_field_is_no_signature() -> None:
    def blank(document: pikepdf.Pdf) -> None:
        sign(document)
        del document.Root.AcroForm.Fields[0]["/V"]

    assert not pdf.PdfA.read(spoilt(blank)).signed


def test_a_file_above_the_cap_is_not_read() -> None:
    with pytest.raises(PdfError, match="larger than"):
        pdf.PdfA.read(conforming(), max_bytes=100)


def test_streams_of_objects_that_expand_without_end_are_not_opened() -> None:
    import zlib

    bomb = zlib.compress(b"0 " * 220_000_000, 9)
    data = conforming().replace(
        b"\n1 0 obj",
        b"\n99 0 obj\n<< /Type /ObjStm /N 1 /First 4 /Filter /FlateDecode /Length %d >>\nstream\n"
        % len(bomb) + bomb + b"\nendstream\nendobj\n1 0 obj",
        1,
    )  # fmt: skip
    with pytest.raises(NotPdfA, match=r"pdf\.bomb"):
        pdf.PdfA.read(data)


def test_content_beyond_the_cap_is_not_said_to_be_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    from segur_interop.pdf._clauses import contents

    monkeypatch.setattr(contents, "MAX_CONTENT", 100)
    report = pdf.check(conforming())
    assert report.verdict is Verdict.INCOMPLETE
    with pytest.raises(CheckNotRun):
        pdf.PdfA.read(conforming())


def test_a_check_of_some_pages_reads_those_alone() -> None:
    def spoil(document: pikepdf.Pdf) -> None:
        document.pages[1].contents_add(document.make_stream(b"0 0 0 1 k"))

    document = open_sample(3)
    spoil(document)
    data = saved(document)
    assert not judge(data).report
    assert not judge(data, only=[1]).report
    assert judge(data, only=[0]).report


def test_a_form_that_shows_itself_ends() -> None:
    def loop(document: pikepdf.Pdf) -> None:
        drawing = form(document, b"/Fm9 Do", Resources=Dictionary())
        drawing.Resources.XObject = Dictionary(Fm9=drawing)
        document.pages[0].obj.Resources.XObject = Dictionary(Fm9=drawing)
        document.pages[0].contents_add(document.make_stream(b" /Fm9 Do "))

    assert pdf.check(spoilt(loop)).verdict is Verdict.PASSED


def test_more_objects_than_the_cap_are_not_said_to_be_checked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from segur_interop.pdf._clauses import syntax

    monkeypatch.setattr(syntax, "_MAX_ENTRIES", 5)
    report = pdf.check(conforming())
    assert not report
    assert any("indirect objects" in reason for reason in report.not_run)


def test_a_page_that_does_not_say_so_is_told_and_repaired() -> None:
    data = conforming(2).replace(b"/Type /Page ", b"/Typo /Page ", 1)
    assert {finding.rule for finding in pdf.check(data).errors} == {"pdf.malformed"}
    made = pdf.convert(data, "repair")
    assert made.pages == 2
    assert "pdf.repair.structure" in {finding.rule for finding in made.report}


def inheriting(levels: int = 0) -> pikepdf.Pdf:
    """A page that inherits its resources, which ask for transparency, over so many levels."""
    document = open_sample()
    page, node = document.pages[0].obj, document.Root.Pages
    page.Contents = document.make_stream(b"q /G gs 0 0 10 10 re f Q")
    del page["/Resources"]
    state = Dictionary(Type=Name.ExtGState, ca=0.5)
    node.Resources = Dictionary(ExtGState=Dictionary(G=state))
    for _ in range(levels):
        below = document.make_indirect(
            Dictionary(Type=Name.Pages, Count=1, Kids=pikepdf.Array(), Parent=node)
        )
        node.Kids = pikepdf.Array([below])
        node = below
    node.Kids, page.Parent = pikepdf.Array([page]), node
    return document


@pytest.mark.parametrize("levels", [0, 1, 38, 39, 90])
def test_what_a_page_inherits_is_judged_from_however_far(levels: int) -> None:
    report = pdf.check(saved(inheriting(levels)))
    assert {finding.rule for finding in report.errors} == {"pdfa.6.4"}


@pytest.mark.parametrize("parent", ["none", "another"])
def test_a_page_that_names_another_parent_than_its_own_is_told_and_repaired(parent: str) -> None:
    document = inheriting()
    page = document.pages[0].obj
    document.Root.Pages.Resources.ExtGState.G.ca = 1.0
    if parent == "none":
        del page["/Parent"]
    else:
        page.Parent = document.make_indirect(
            Dictionary(Type=Name.Pages, Count=0, Kids=pikepdf.Array(), Resources=Dictionary())
        )
    data = saved(document)
    assert {finding.rule for finding in pdf.check(data).errors} == {"pdf.malformed"}
    made = pdf.convert(data, "repair")
    assert pdf.check(made.data).verdict is Verdict.PASSED
    assert "pdf.repair.structure" in {finding.rule for finding in made.report}


@pytest.mark.parametrize("count", [b"/Count 1", b"/Count 0", b"/Count /", b"/Coumt 3"])
def test_a_tree_that_does_not_count_its_pages_is_told_and_repaired(count: bytes) -> None:
    """A reader that goes by the count shows fewer."""
    data = conforming(3).replace(b"/Count 3", count)
    assert {finding.rule for finding in pdf.check(data).errors} == {"pdf.malformed"}
    made = pdf.convert(data, "repair")
    assert (made.pages, open_count(made.data)) == (3, 3)


def test_a_node_that_does_not_count_its_pages_is_told_and_repaired() -> None:
    document = inheriting(levels=3)
    document.Root.Pages.Resources.ExtGState.G.ca = 1.0
    whole = saved(document)
    assert pdf.check(whole).verdict is Verdict.PASSED
    before, count, after = whole.rpartition(b"/Count 1")  # not of the top, which comes first
    data = before + count.replace(b"1", b"0") + after
    (told,) = pdf.check(data).errors
    assert (told.rule, "Count" in told.message) == ("pdf.malformed", True)
    assert pdf.check(pdf.convert(data, "repair").data).verdict is Verdict.PASSED


def open_count(data: bytes) -> int:
    """What the top of the page tree announces."""
    with pikepdf.open(io.BytesIO(data), inherit_page_attributes=False) as document:
        return int(document.Root.Pages.Count)


def test_a_refused_page_tree_is_refused_in_silence(capfd: pytest.CaptureFixture[str]) -> None:
    for data in REFUSALS["pdf.page-tree"]:
        assert not pdf.check(data)
    assert capfd.readouterr() == ("", "")
