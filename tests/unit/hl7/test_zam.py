"""Business acknowledgements, out and in."""

from __future__ import annotations

import dataclasses
from typing import Any

import hl7_samples
import pytest

from segur_interop import hl7
from segur_interop.errors import InvalidValue, MessageError, SegurError, UnsupportedMessage
from segur_interop.findings import Verdict
from segur_interop.model import Telecom

MAILBOX = Telecom.email("adam.hoda@test-ci-sis.mssante.fr")
# The examples that the ANS guide prints, but for the ends and times of the messages.
LINES = {
    "Z01": ("ACK_RECEPTION_DMP^Accusé de réception DMP", ""),
    "Z02": ("ACK_RECEPTION_MSS^Accusé de réception MSSanté",
            "DESTINATAIRE_MSS^Destinataire MSSanté"),
    "Z03": ("ACK_LECTURE_MSS^Accusé de lecture", "LECTEUR_MSS^Lecteur du courriel MSSanté"),
}  # fmt: skip
ERRORS = {
    "Z01": ("DMPClosed", "DMP fermé", "DMP_ERROR_CODE"),
    "Z02": ("550", "Action non effectuée : boîte aux lettres non disponible", "SMTPERRORCODE"),
    "Z03": ("902", "Identifiant patient inconnu", "applicationErrorCode"),
}
EVENTS = pytest.mark.parametrize("trigger", list(LINES))


def accuse(trigger: str = "Z02", **changes: Any) -> hl7.AccuseMetier:
    values: dict[str, Any] = {
        "trigger": trigger, "header": hl7_samples.HEADER, "message_id": "015", "accepted": True,
    }  # fmt: skip
    if trigger != "Z01":
        values |= {"address": MAILBOX, "person_id": "801234567897"}
    return hl7.AccuseMetier(**{**values, **changes})


def refusal(trigger: str) -> hl7.AccuseMetier:
    code, label, _ = ERRORS[trigger]
    return accuse(trigger, accepted=False, error=code, error_label=label)


@EVENTS
@pytest.mark.parametrize("version", hl7.TRANSPORT_VERSIONS)
def test_each_event_is_written_as_the_guide_shows(trigger: str, version: str) -> None:
    data = hl7.zam(refusal(trigger), version=version).decode()
    first, second = LINES[trigger]
    table = {"2.0": "HL70136", "2.1": "expandedYes-NoIndicator"}[version]
    lines = data.split("\r")
    assert f"|ZAM^{trigger}^ZAM_Z01|42|P|2.6|||||FRA|UNICODE UTF-8|||{version}^CISIS" in lines[0]
    assert lines[1] == "EVN||20240306111154"
    assert lines[2] == f"OBX|1|CWE|{first}^AckMetierZAM|015|N^^{table}||||||F"
    position = 3
    if second:
        assert lines[3] == (
            f"OBX|2|XTN|{second}^AckMetierZAM|801234567897"
            "|^^X.400^adam.hoda@test-ci-sis.mssante.fr||||||F"
        )
        position = 4
    code, label, system = ERRORS[trigger]
    assert lines[position] == (
        f"ERR|||207^Application error^messageErrorCondition|E|{code}^{label}^{system}"
    )
    assert lines[position + 1 :] == [""]


@EVENTS
@pytest.mark.parametrize("accepted", [True, False])
def test_what_is_written_is_read_and_passes_the_check(trigger: str, accepted: bool) -> None:
    given = accuse(trigger) if accepted else refusal(trigger)
    given = dataclasses.replace(given, recorded=hl7_samples.HEADER.time)
    data = hl7.zam(given)
    read = hl7.read_zam(data)
    assert read == given
    assert read.findings == ()
    assert read.version == "2.1"
    report = hl7.check(data)
    assert report.verdict is Verdict.PASSED, str(report)
    assert hl7.parse(hl7.ack(hl7.parse(data))).get("MSH-9.2") == trigger


@pytest.mark.parametrize(
    ("trigger", "changes"),
    [
        ("Z01", {"message_id": ""}), ("Z01", {"accepted": None}), ("Z01", {"accepted": False}),
        ("Z01", {"error": "DMPClosed"}), ("Z01", {"address": MAILBOX}),
        ("Z01", {"person_id": "8"}), ("Z02", {"address": None}),
        ("Z02", {"address": Telecom.phone("0102030405")}),
        ("Z02", {"accepted": False, "error": "999"}), ("Z03", {"accepted": False, "error": "550"}),
        ("Z01", {"accepted": False, "error": "X"}),
        ("Z02", {"accepted": False, "error": "550", "severity": "?"}),
        ("Z02", {"header": dataclasses.replace(hl7_samples.HEADER, charset="8859/1")}),
        ("Z01", {"accepted": False, "error": "X", "error_label": "Đ", "header":
                 dataclasses.replace(hl7_samples.HEADER, charset="8859/15")}),
    ],
)  # fmt: skip
def test_what_contradicts_itself_is_not_written(trigger: str, changes: dict[str, Any]) -> None:
    with pytest.raises(MessageError):
        hl7.zam(accuse(trigger, **changes))


def test_the_label_of_a_table_needs_not_be_given() -> None:
    data = hl7.zam(accuse("Z02", accepted=False, error="422"))
    assert hl7.parse(data).get("ERR-5.2") == hl7.SMTP_ERRORS["422"]


def test_there_is_no_zam_in_1_x_and_no_other_event() -> None:
    with pytest.raises(UnsupportedMessage, match=r"1\.x has no ZAM"):
        hl7.zam(accuse(), version="1.2")
    with pytest.raises(InvalidValue):
        accuse("Z04")
    for old, new in ((b"ZAM^Z02", b"ZAM^Z09"), (b"ZAM^Z02", b"ORU^R01")):
        with pytest.raises(UnsupportedMessage):
            hl7.read_zam(hl7.zam(accuse()).replace(old, new))


@pytest.mark.parametrize(
    ("old", "new", "rule"),
    [
        ("ACK_RECEPTION_MSS^", "AUTRE^", "zam.status"), ("|Y^^", "|O^^", "zam.status"),
        ("|015|", "||", "zam.message"), ("DESTINATAIRE_MSS^", "X^", "zam.mailbox"),
        ("adam.hoda@test-ci-sis.mssante.fr", "", "zam.mailbox"), ("|Y^^", "|N^^", "zam.error"),
    ],
)  # fmt: skip
def test_what_is_missing_is_told(old: str, new: str, rule: str) -> None:
    read = hl7.read_zam(hl7.zam(accuse()).decode().replace(old, new).encode())
    assert f"hl7.{rule}" in {finding.rule for finding in read.findings}


def test_odd_errors_are_told() -> None:
    data = hl7.zam(refusal("Z01")).decode()
    read = hl7.read_zam(
        data.replace("Application error", "Application internal error")
        .replace("DMP_ERROR_CODE", "DMPERRORCODE").replace("|E|", "|?|").encode()
    )  # fmt: skip
    rules = {finding.rule for finding in read.findings}
    assert {"hl7.zam.condition", "hl7.zam.coding-system", "hl7.zam.severity"} <= rules
    assert (read.error, read.error_label, read.severity) == ("DMPClosed", "DMP fermé", "E")
    both = hl7.read_zam(data.replace("|N^^", "|Y^^").encode())
    assert "hl7.zam.error" in {finding.rule for finding in both.findings}


def test_nobody_is_shown() -> None:
    read = hl7.read_zam(hl7.zam(refusal("Z03")))
    shown = repr(read) + read._repr_html_()
    assert "hoda" not in shown
    assert "801234567897" not in shown


def test_any_missing_line_ends_in_a_value_or_a_segur_error() -> None:
    lines = hl7.zam(refusal("Z02")).split(b"\r")
    for rank in range(len(lines)):
        try:
            read = hl7.read_zam(b"\r".join(lines[:rank] + lines[rank + 1 :]))
        except SegurError:
            continue
        assert read.trigger == "Z02"
