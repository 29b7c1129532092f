"""The structure check can pass, can fail, and says what it did not judge."""

from __future__ import annotations

import importlib
import sys

import hl7_samples as samples
import pytest
import transport_samples

from segur_interop import hl7
from segur_interop.errors import CheckNotRun, MessageError
from segur_interop.findings import Report, Verdict
from segur_interop.hl7._datatypes import Notes
from segur_interop.hl7.check import MAX_JUDGED, MAX_JUDGED_IN_SEGMENT, MAX_READ

check_module = importlib.import_module("segur_interop.hl7.check")


def failures(data: bytes) -> set[tuple[str, str]]:
    return {(finding.rule, finding.place) for finding in hl7.check(data).errors}


def test_a_conformant_message_passes() -> None:
    report = hl7.check(hl7.write_adt(samples.event("A01")))
    assert report.verdict is Verdict.PASSED
    assert {"PID", "ZBE"} <= set(report.parts[1].checked)
    assert "PID" in report.parts[3].checked
    assert report.raise_for_errors() is report


@pytest.mark.parametrize(
    ("segments", "expected"),
    [
        (("PV1||N", samples.pid()), ("hl7.structure", "PID")),
        ((samples.pid(), "PV1||N", "PV1||N"), ("hl7.structure", "PV1")),
        ((samples.pid(), "PV1||N", "ZBE|1"), ("hl7.structure", "ZBE")),
        ((samples.pid(),), ("hl7.structure", "PV1")),
        ((samples.pid(reliability=""), "PV1||N"), ("hl7.field.missing", "PID-32")),
        ((samples.pid(more={10: "x"}), "PV1||N"), ("hl7.field.forbidden", "PID-10")),
        ((samples.pid(born="19790328~19790328"), "PV1||N"), ("hl7.field.repeats", "PID-7")),
    ],
)
def test_each_fault_is_found(segments: tuple[str, ...], expected: tuple[str, str]) -> None:
    assert expected in failures(samples.octets("A31", *segments))


@pytest.mark.parametrize(
    ("kind", "old", "new", "place"),
    [
        ("ORU", b"\rORC|NW", b"", "OBR"),
        ("ORU", b"\rORC|NW", b"", "ORC"),
        ("ORU", b"\rPV1|", b"\rPID|1||1^^^A^PI||A^^^^^^L" + b"|" * 27 + b"VALI\rPV1|", "PID[2]"),
        ("ORU", b"\rPV1|", b"\rTXA|1\rPV1|", "TXA"),
        ("ORU", b"\rPV1|", b"\rIN1|1\rPV1|", "IN1"),
        ("MDM", b"\rEVN|", b"\rZZZ|1\rEVN|", ""),
        ("MDM", b"\rEVN|", b"\rSFT|A\rEVN|", ""),
        ("MDM", b"\rTXA|", b"\rXXA|", "TXA"),
    ],
)  # fmt: skip
def test_each_fault_of_a_transport_is_found(kind: str, old: bytes, new: bytes, place: str) -> None:
    data = transport_samples.octets(kind)
    assert not failures(data)
    found = failures(data.replace(old, new, 1))
    assert (("hl7.structure", place) in found) if place else not found


def test_a_missing_movement_or_merge_is_found() -> None:
    data = hl7.write_adt(samples.event("A01"))
    without = b"\r".join(line for line in data.split(b"\r") if not line.startswith(b"ZBE"))
    assert ("hl7.structure", "ZBE") in failures(without)
    assert ("hl7.structure", "MRG") in failures(samples.octets("A40", samples.pid()))


def test_several_patients_are_in_order_where_they_may_be() -> None:
    assert not failures(hl7.write_adt(samples.event("A24")))


def test_hl7apy_finds_what_the_tables_do_not() -> None:
    data = samples.octets("A31", samples.pid(more={16: "S^a^b^c^d^e^f^g"}), "PV1||N")
    rules = {finding.rule for finding in hl7.check(data)}
    assert "hl7.hl7apy" in rules


def test_what_is_not_judged_makes_it_incomplete() -> None:
    report = hl7.check(samples.octets("A31", samples.pid(), "PV1||N", "ZXX|1"))
    assert report.verdict is Verdict.INCOMPLETE
    with pytest.raises(CheckNotRun):
        report.raise_for_errors()
    assert hl7.check(samples.octets("Z80", samples.pid())).all_not_run


def test_without_hl7apy_the_check_did_not_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hl7apy.parser", None)
    report = hl7.check(hl7.write_adt(samples.event("A01")))
    assert report.verdict is Verdict.INCOMPLETE
    assert "hl7apy is not installed" in report.all_not_run[0]


def test_a_failed_check_raises_a_message_error_without_content() -> None:
    data = samples.octets("A31", samples.pid(more={10: "SECRET", 16: "S^a^b^c^d^e^f^SECRET"}))
    report = hl7.check(data)
    with pytest.raises(MessageError):
        report.raise_for_errors()
    assert "SECRET" not in str(report) + repr(report)
    assert "TROIS" not in str(report) + repr(report)


def test_a_document_is_set_aside() -> None:
    value = "^TEXT^XML^Base64^" + "QUJD" * 30_000
    data = samples.octets("A31", samples.pid(), "PV1||N", f"OBX|1|ED|1^2^LN||{value}||||||F")
    assert "OBX" in hl7.check(data).parts[3].checked


def judged_by_hl7apy(data: bytes, monkeypatch: pytest.MonkeyPatch) -> tuple[Report, list[int]]:
    """The report, and the separators of each text that hl7apy was given."""
    from hl7apy import parser

    own, given = parser.parse_segment, []

    def counted(text: str, **options):
        given.append(sum(map(text.count, "|~^&")))
        return own(text, **options)

    monkeypatch.setattr(parser, "parse_segment", counted)
    return hl7.check(data), given


@pytest.mark.parametrize(
    ("segments", "names"),
    [
        ((samples.pid(ids=samples.IPP + "~1" * 25_000), "PV1||N"), {"PID"}),
        ((samples.pid(names="&" * 60_000), "PV1||N"), {"PID"}),
        ((samples.pid(names="^" * 3_000), "PV1||N"), {"PID"}),
        ((samples.pid(), "PV1||N" + "|" * 5_000), {"PV1"}),
        ((samples.pid(), *["NK1|1|" + "&" * 1_900] * 20, "PV1||N"), {"NK1"}),
    ],
)  # fmt: skip
def test_what_a_sender_repeats_is_not_judged_without_end(
    segments: tuple[str, ...], names: set[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = samples.octets("A31", *segments)
    report, given = judged_by_hl7apy(data, monkeypatch)
    assert sum(given) <= MAX_JUDGED
    assert max(given) <= MAX_JUDGED_IN_SEGMENT
    assert report.verdict is not Verdict.PASSED
    assert {reason.partition(":")[0] for reason in report.parts[3].not_run} == names


def test_what_is_left_out_alone_makes_a_report_incomplete() -> None:
    many = samples.pid(ids="~".join(f"{rank}^^^CHU-X&000897406&N^PI" for rank in range(700)))
    report = hl7.check(samples.octets("A31", many, "PV1||N"))
    assert report.errors == ()
    assert report.verdict is Verdict.INCOMPLETE
    with pytest.raises(CheckNotRun):
        report.raise_for_errors()


def test_the_tables_read_no_more_than_their_share(monkeypatch: pytest.MonkeyPatch) -> None:
    read, own = [], check_module.read

    def counted(segment: hl7.Segment, notes: Notes, **options):
        read.append(segment.id)
        return own(segment, notes, **options)

    monkeypatch.setattr(check_module, "read", counted)
    line = "NK1|1|" + "~" * 60_000
    report = hl7.check(samples.octets("A31", samples.pid(), *[line] * 50, "PV1||N"))
    assert read.count("NK1") == MAX_READ // 60_000
    assert {reason.partition(":")[0] for reason in report.parts[1].not_run} == {"NK1", "PV1"}
    assert report.verdict is not Verdict.PASSED


def test_a_fault_of_many_segments_is_told_once() -> None:
    line = "NK1|1|A^B" + "|" * 30 + "|x"
    report = hl7.check(samples.octets("A31", samples.pid(), *[line] * 50, "PV1||N"))
    assert len(report.parts[1].findings) < 20


@pytest.mark.parametrize(
    ("place", "longest", "value"),
    [
        ("MSH-10", "1" * 20, "1" * 21),
        ("PID-5.2", "A" * 194, "A" * 195),
        ("PID-5.3", "A" * 194, "A" * 195),
        ("ZFM-1", "8", "88"),
        ("ZFM-5", "5", "55"),
    ],
)
def test_lengths_are_those_of_france(place: str, longest: str, value: str) -> None:
    """A name of 194 characters is legal: plain HL7 v2.5 has 30."""
    octets = samples.octets(
        "A01", samples.pid(), "PV1||I", "ZBE|1|20240101||INSERT|N", "ZFM|8||||5"
    )
    message = hl7.parse(octets)
    long = hl7.check(message.replace(place, longest)).parts[4]
    assert (long.name, long.findings, bool(long)) == ("lengths", (), True)
    (finding,) = hl7.check(message.replace(place, value)).parts[4].findings
    assert (finding.rule, finding.place) == ("hl7.length", place)
    assert value not in str(finding)


def test_the_control_identifier_is_as_long_as_the_version_allows() -> None:
    """20 characters in HL7 v2.5, 199 in v2.6, which is that of MDM: a UUID is legal."""
    read = hl7.parse(transport_samples.octets("MDM"))
    assert read.get("MSH-12") == "2.6"
    for length, found in ((36, 0), (199, 0), (200, 1)):
        report = hl7.check(read.replace("MSH-10", "1" * length)).parts[4]
        assert [finding.place for finding in report.findings] == ["MSH-10"] * found
    before = read.replace("MSH-12", "2.5").replace("MSH-10", "1" * 36)
    assert [finding.place for finding in hl7.check(before).parts[4].findings] == ["MSH-10"]


def test_an_order_to_erase_is_not_too_long() -> None:
    octets = samples.octets(
        "A01", samples.pid(), "PV1||I", "ZBE|1|20240101||INSERT|N", 'ZFM|""||""|8'
    )
    assert hl7.check(octets).parts[4].findings == ()


def test_a_usual_separator_that_is_none_here_is_text() -> None:
    octets = samples.octets(
        "A01", samples.pid(), "PV1||I", "ZBE|1|20240101||INSERT|N||^^^^^^UF^^^6268||S"
    )
    other = octets.replace(b"|", b"#").replace(b"^", b"$").replace(b"$UF$", b"$UF|^$")
    assert b"UF|^" in other
    told = {finding.place for finding in hl7.check(other).parts[3].findings}
    assert told == {finding.place for finding in hl7.check(octets).parts[3].findings} == set()


def test_each_repetition_of_a_name_is_measured_by_its_characters() -> None:
    name = "D\\T\\" + "\u00c9" * 190
    for names, found in ((f"A^B^C~{name}^{name}^{name}^^^^L", 0), (f"A^B~C^{name}DEF", 1)):
        report = hl7.check(samples.octets("A31", samples.pid(names=names))).parts[4]
        assert len(report.findings) == found
