"""Whatever the octets: a report or a SegurError, and a verdict that is never a guess."""

from __future__ import annotations

import contextlib
import io
import warnings
from random import Random

import pikepdf
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from pdf_mutations import CASES
from pdf_samples import conforming
from pikepdf import Array, Dictionary, Name, String

from segur_interop import pdf
from segur_interop.errors import NotPdfA, SegurError
from segur_interop.findings import Report, Verdict


def _judged(data: bytes) -> Report:
    report = pdf.check(data)
    try:
        accepted = pdf.PdfA.read(data)
    except SegurError:
        assert report.verdict is not Verdict.PASSED
    else:
        assert bytes(accepted) == data
        assert report.verdict is Verdict.PASSED
    return report


@given(st.binary(max_size=2000))
@example(b"")
@example(b"%PDF-")
@example(b"%PDF-1.4\nstartxref\n0\n%%EOF")
@example(b"%PDF-1.4\nxref\n0 1\n0000000000 65535 f \ntrailer<</Size 1>>\nstartxref\n9\n%%EOF")
def test_arbitrary_octets_are_refused_with_a_report(data: bytes) -> None:
    assert _judged(data).verdict is Verdict.FAILED


@settings(max_examples=150)
@given(
    st.integers(0, len(conforming()) - 1),
    st.integers(0, 60),
    st.binary(max_size=30),
)
def test_octets_replaced_anywhere_end_in_a_report(at: int, cut: int, put: bytes) -> None:
    data = conforming()
    _judged(data[:at] + put + data[at + cut :])


@settings(max_examples=100)
@given(st.integers(1, len(conforming()) - 10))
def test_a_truncated_file_never_passes(length: int) -> None:
    with pytest.raises(NotPdfA):
        pdf.PdfA.read(conforming()[:length])


def _odd_values() -> st.SearchStrategy[object]:
    """Plain values; a text with a slash stands for a name."""
    simple = st.sampled_from([True, -1, 2**40, 1.5, "/X", "/Identity", "", "x", 0])
    keys = st.sampled_from(["/S", "/N", "/First", "/Kids"])
    return st.recursive(
        simple,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
        max_leaves=5,
    )


def _as_pdf(value: object) -> object:
    if isinstance(value, list):
        return Array([_as_pdf(item) for item in value])
    if isinstance(value, dict):
        return Dictionary({key: _as_pdf(item) for key, item in value.items()})
    if isinstance(value, str):
        return Name(value) if value.startswith("/") else String(value)
    return value


@settings(max_examples=120, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(sorted(CASES)), st.randoms(use_true_random=False), _odd_values(),
       st.booleans())  # fmt: skip
def test_values_of_a_wrong_type_end_in_a_report(
    label: str, random: Random, value: object, refer: bool
) -> None:
    with pikepdf.open(io.BytesIO(CASES[label][1]())) as document:
        owners = [
            item for item in document.objects if isinstance(item, (Dictionary, pikepdf.Stream))
        ]
        owner = random.choice(owners)
        key = random.choice(sorted(map(str, owner.keys())))
        if key not in ("/Length", "/Filter"):
            owner[key] = random.choice(owners) if refer else _as_pdf(value)
        out = io.BytesIO()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            try:
                document.save(out, fix_metadata_version=False)
            except (pikepdf.PdfError, RuntimeError):
                return
    report = _judged(out.getvalue())
    if report.verdict is Verdict.FAILED:
        with contextlib.suppress(SegurError):
            pdf.convert(out.getvalue(), how="repair")


@settings(max_examples=60)
@given(
    st.sampled_from(sorted(CASES)),
    st.binary(min_size=1, max_size=4),
    st.randoms(use_true_random=False),
)
def test_mutants_of_every_case_end_in_a_report(label: str, put: bytes, random: Random) -> None:
    data = CASES[label][1]()
    at = random.randrange(len(data))
    _judged(data[:at] + put + data[at + len(put) :])


@settings(max_examples=100)
@given(st.binary(max_size=300))
def test_any_content_stream_ends_in_a_report(content: bytes) -> None:
    document = pikepdf.new()
    document.add_blank_page()
    document.pages[0].Contents = document.make_stream(content)
    out = io.BytesIO()
    document.save(out)
    assert _judged(out.getvalue()).verdict is Verdict.FAILED


@settings(max_examples=25)
@given(st.integers(0, len(conforming()) - 1), st.binary(max_size=8))
def test_a_light_repair_of_anything_gives_a_conforming_file_or_an_error(
    at: int, put: bytes
) -> None:
    data = conforming()
    try:
        mended = pdf.convert(data[:at] + put + data[at + len(put) :], how="repair")
    except SegurError:
        return
    assert mended.report.verdict is Verdict.PASSED
