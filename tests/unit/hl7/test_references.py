"""hl7apy judges by our tables what it does not know, and what it cannot judge is known."""

from __future__ import annotations

import importlib
from pathlib import Path

import hl7_samples as samples
import pytest
import transport_samples

from segur_interop import hl7
from segur_interop.findings import Report, Severity, Verdict
from segur_interop.hl7._references import (
    OWN,
    doubted_fields,
    doubted_segments,
    segment_reference,
    structure_reference,
)
from segur_interop.hl7.check import MAX_JUDGED

check_module = importlib.import_module("segur_interop.hl7.check")
ZBE = "ZBE|1^A^1.2.3^ISO|20240101||INSERT|N||UF^^^^^A&1.2&ISO^UF^^^12||S"
ZFS = "ZFS|1|7^A|20240101||INSERT|T1^Label^L"


def checked(*segments: str) -> Report:
    return hl7.check(samples.octets("A01", samples.pid(), "PV1||I", *segments))


def doubts(report: Report) -> list[str]:
    return [finding.place for finding in report if finding.rule == "hl7.hl7apy"]


def test_each_segment_that_hl7_v25_does_not_have_is_judged() -> None:
    assert set(OWN) == {"ZBE", "ZFA", "ZFP", "ZFV", "ZFM", "ZFD", "ZFS", "PRT"}
    lines = [ZBE, "ZFA|ACTIF|20240101", "ZFP|1|2", "ZFV|7^20240101", "ZFM|8", "ZFD|1^12^1960", ZFS]
    report = checked(*lines)
    assert {line[:3] for line in lines} <= set(report.parts[3].checked)
    assert doubts(report) == []


@pytest.mark.parametrize(
    ("segment", "place"),
    [
        (ZBE.replace("|20240101|", "|20241301|"), "ZBE-2"),
        (ZBE.replace("|20240101|", "|SECRET|"), "ZBE-2"),
        (ZBE.replace("|20240101|", "|20240101^D^SECRET|"), "ZBE-2"),
        (ZBE.replace("1^A^1.2.3^ISO", "1^A^1.2.3^ISO^SECRET"), "ZBE-1"),
        (ZBE.replace("1^A^1.2.3^ISO", "1&SECRET^A"), "ZBE-1"),
        (ZBE.replace("|INSERT|", "|INSERT^SECRET|"), "ZBE-4"),
        (f"{ZBE[:-1]}{'S^' * 9}SECRET", "ZBE-9"),
        ("ZFA|ACTIF|SECRET", "ZFA-2"),
        ("ZFP|1|2^SECRET", "ZFP-2"),
        ("ZFV|7^SECRET", "ZFV-1"),
        ("ZFM||8^SECRET", "ZFM-2"),
        ("ZFD|SECRET^12^1960", "ZFD-1"),
        ("ZFD||SECRET", "ZFD-2"),
        (ZFS.replace("ZFS|1|", "ZFS|SECRET|"), "ZFS-1"),
    ],
)
def test_a_wrong_data_type_is_told_at_its_field(segment: str, place: str) -> None:
    report = checked(segment)
    assert doubts(report) == [place]
    (finding,) = [finding for finding in report if finding.rule == "hl7.hl7apy"]
    assert finding.severity is Severity.WARNING
    assert "SECRET" not in str(report) + repr(report)


def test_no_fault_of_a_segment_hides_another() -> None:
    assert doubts(checked("ZFS|x|7^A|zz||INSERT^x|T1^Label^L")) == ["ZFS-1", "ZFS-3", "ZFS-5"]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [("|1^A^1.2.3^ISO|", "||", "ZBE-1"), ("||INSERT|", "|20240102|INSERT|", "ZBE-3"),
     ("|INSERT|", "|INSERT~UPDATE|", "ZBE-4")],
)  # fmt: skip
def test_a_fault_that_our_tables_tell_is_told_once(old: str, new: str, place: str) -> None:
    segment = ZBE.replace(old, new)
    assert list(doubted_fields("ZBE", segment.split("|")[1:])) == [int(place[-1])]
    (finding,) = [finding for finding in checked(segment) if finding.place == place]
    assert finding.rule != "hl7.hl7apy"


@pytest.mark.parametrize(
    "segment",
    [
        ZBE.replace("|20240101|", '|""|'),
        'ZFD|""|""',
        'ZFV|7^""',
        ZBE.replace("|UF^", f"|{'L' * 250}^"),
        ZBE.replace("|20240101|", "|20240101123000.123+0100|"),
        "ZBE|1^A|20240101|||INSERT|N||||S",
        "ZFP|1|2|3^4^5~6",
    ],
    ids=["erased", "erased-numbers", "erased-part", "long", "precise", "shifted", "unknown-field"],
)
def test_what_is_no_fault_of_type_raises_no_doubt(segment: str) -> None:
    assert doubts(checked(segment)) == []


@pytest.mark.parametrize(
    ("ids", "doubted"),
    [
        ("MSH EVN OBX", []),
        ("MSH SFT SFT EVN OBX OBX ZXX ERR ERR", []),
        ("MSH OBX", ["EVN"]),
        ("MSH EVN", ["OBX"]),
        ("MSH", ["EVN", "OBX"]),
        ("MSH EVN EVN OBX", ["EVN"]),
        ("MSH EVN OBX PID", ["PID"]),
        ("MSH EVN OBX XXX", ["XXX"]),
        ("MSH ERR OBX EVN", []),  # the order is left to our tables
    ],
)
def test_hl7apy_counts_the_segments_of_a_zam(ids: str, doubted: list[str]) -> None:
    assert list(doubted_segments(tuple(ids.split()), "ZAM_Z01")) == doubted


def test_a_structure_is_told_once_and_by_hl7apy_when_our_order_is_silent(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    head = samples.header("A01").replace("ADT^A01^ADT_A01", "ZAM^Z02^ZAM_Z01")
    data = f"{head}\rEVN||20240101\rEVN||20240101\rPID|1\r".encode()
    report = hl7.check(data)
    assert "ZAM_Z01" in report.parts[3].checked
    assert {finding.place for finding in report.parts[2].findings} == {"EVN[2]", "OBX", "PID"}
    assert not {"EVN", "OBX"} & set(doubts(report))
    monkeypatch.setattr(check_module, "_structure", lambda message: Report(name="none"))
    assert {"EVN", "OBX"} <= set(doubts(hl7.check(data)))


@pytest.mark.parametrize(("kind", "name"), [("ORU", "ORU_R01"), ("MDM", "MDM_T02")])
def test_a_transport_and_its_participations_pass(kind: str, name: str) -> None:
    data = transport_samples.octets(kind)
    report = hl7.check(data)
    assert {name, "PRT"} <= set(report.parts[3].checked)
    assert doubts(report) == []
    line = next(line for line in data.split(b"\r") if line.startswith(b"PRT"))
    fields = line.split(b"|") + [b""] * 12
    fields[11] = b"SECRET"
    wrong = data.replace(line, b"|".join(fields).rstrip(b"|"), 1)
    assert "PRT-11" in doubts(hl7.check(wrong))


def test_a_french_length_stands_in_the_reference_and_hl7apy_only_reports_it(
    tmp_path: Path,
) -> None:
    from hl7apy.parser import parse_segment
    from hl7apy.validation import Validator

    reference, told = segment_reference("ZFM"), tmp_path / "told"
    made = parse_segment("XFM|88", version="2.5", reference=reference)
    assert Validator.validate(made, reference, report_file=str(told))
    assert told.read_text() == "Warning: Exceeded max length (1) of XFM.XFM_1\n"


def test_hl7apy_leaves_a_z_name_without_its_reference() -> None:
    """Why ZBE is judged as XBE: were this to change, the other name would have no reason."""
    from hl7apy.core import Segment
    from hl7apy.validation import Validator

    _, children = segment_reference("ZBE")
    named = tuple((f"Z{child[0][1:]}", *child[1:]) for child in children)
    reference = ("sequence", named)
    empty = Segment("ZBE", version="2.5", validation_level=2, reference=reference)
    assert Validator.validate(empty, reference)


def test_the_counts_are_those_of_the_tables() -> None:
    counts = {child[0]: child[2] for child in structure_reference("ZAM_Z01")[1]}
    assert counts == {"MSH": (1, 1), "SFT": (0, -1), "EVN": (1, 1), "OBX": (1, -1), "ERR": (0, -1)}
    counts = {child[0]: child[2] for child in segment_reference("ZBE")[1]}
    assert [counts[f"XBE_{number}"] for number in (1, 2, 3, 6)] == [(1, -1), (1, 1), (0, 0), (0, 1)]


def test_a_structure_that_hl7apy_fails_on_is_not_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    def failing(*given: object) -> None:
        raise RuntimeError("SECRET")

    monkeypatch.setattr(check_module, "doubted_segments", failing)
    report = hl7.check(transport_samples.octets())
    assert report.all_not_run == ("ORU_R01: hl7apy could not judge it (RuntimeError)",)


@pytest.mark.parametrize("line", ["ZFM", "PRT"])
def test_empty_segments_are_not_judged_without_end(line: str) -> None:
    lines = [line] * (MAX_JUDGED // len(hl7.SEGMENTS[line].rows) + 1)
    message = hl7.parse(samples.octets("A31", samples.pid(), *lines))
    report = check_module._hl7apy(message, frozenset({"PRT-2", "PRT-4"}))
    assert [reason.partition(":")[0] for reason in report.not_run] == [line]
    assert report.verdict is Verdict.INCOMPLETE
