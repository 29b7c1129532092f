"""Answers: to what was read, to what was refused, to what could not be read at all."""

from __future__ import annotations

import hl7_samples as samples
import pytest

from segur_interop import hl7
from segur_interop._time import Timestamp
from segur_interop.errors import IdentityError, InvalidValue, MessageError, UnsupportedMessage

WHEN = Timestamp.parse("20240306120000")
MSH = (
    "MSH|^~\\&|DPI|CHU-X|GAM|CHU-X|20240306120000||ACK^A31^ACK|7|D|2.5^FRA^2.11|||||FRA"
    "|UNICODE UTF-8"
)


def lines(octets: bytes) -> list[str]:
    text = octets.decode("utf-8")
    assert text.endswith("\r")
    assert "\n" not in text
    return text[:-1].split("\r")


def test_an_accepted_event_is_answered_aa() -> None:
    event = samples.read()
    assert lines(event.ack(control_id="7", time=WHEN)) == [MSH, "MSA|AA|3975"]


def test_the_answer_follows_the_official_ones() -> None:
    message = hl7.parse(
        b"MSH|^~\\&|RIS-Y|Organisation-Y|PFI-Y|Organisation-Y|202106060931||MDM^T10^MDM_T02|015|P"
        b"|2.6|||||FRA|UNICODE UTF-8|||2.1^CISIS_CDA_HL7_V2"
    )
    answer = hl7.ack(message, control_id="016", time=Timestamp.parse("202106060932"))
    assert lines(answer) == [
        "MSH|^~\\&|PFI-Y|Organisation-Y|RIS-Y|Organisation-Y|202106060932||ACK^T10^ACK|016|P|2.6"
        "|||||FRA|UNICODE UTF-8",
        "MSA|AA|015",
    ]


def test_an_application_error_has_its_code() -> None:
    error = hl7.AckError.application("902", location="PID-3")
    assert lines(samples.read().ack(error))[1:] == [
        "MSA|AE|3975",
        "ERR||PID^1^3|207^Application error^messageErrorCondition|E"
        "|902^Identifiant patient inconnu^applicationErrorCode",
    ]


@pytest.mark.parametrize("code", sorted(hl7.APPLICATION_ERRORS))
def test_every_application_error_is_written(code: str) -> None:
    answer = hl7.parse(samples.read().ack(hl7.AckError.application(code)))
    assert answer.get("ERR-5") == code
    assert answer.get("ERR-5.3") == "applicationErrorCode"


@pytest.mark.parametrize("code", sorted(hl7.MESSAGE_ERRORS))
def test_every_message_error_is_written(code: str) -> None:
    answer = hl7.parse(samples.read().ack(hl7.AckError(condition=code)))
    assert answer.get("ERR-3") == code


def test_the_policy_is_the_callers() -> None:
    error = hl7.AckError(condition="203", location="MSH-12")
    assert "MSA|AE|3975" in lines(samples.read().ack(error))
    assert "MSA|AR|3975" in lines(samples.read().ack(error, refusal="AR"))
    with pytest.raises(InvalidValue):
        samples.read().ack(error, refusal="CE")


def test_a_warning_is_no_refusal() -> None:
    answer = lines(samples.read().ack(hl7.AckError(condition="103", severity="W")))
    assert answer[1] == "MSA|AA|3975"
    assert answer[2].startswith("ERR|||103^")


@pytest.mark.parametrize(
    ("location", "written"),
    [("PID", "PID^1"), ("PID-3", "PID^1^3"), ("OBX[2]-5", "OBX^2^5"),
     ("PID-3[2].4.2", "PID^1^3^2^4^2"), ("PID-3.4", "PID^1^3^^4"), ("", "")],
)  # fmt: skip
def test_the_place_of_an_error(location: str, written: str) -> None:
    answer = lines(samples.read().ack(hl7.AckError(condition="101", location=location)))
    assert answer[2].split("|")[2] == written


@pytest.mark.parametrize(
    "fields",
    [{"condition": "999"}, {"code": "999"}, {"severity": "X"}, {"location": "nowhere"},
     {"condition": "101", "code": "902"}],
)  # fmt: skip
def test_an_error_is_of_its_tables(fields: dict[str, str]) -> None:
    with pytest.raises(InvalidValue):
        hl7.AckError(**fields)


def test_identifiers_are_fresh_and_short() -> None:
    first, second = (hl7.parse(samples.read().ack()).control_id for _ in range(2))
    assert first != second
    assert len(first) == 20
    with pytest.raises(InvalidValue):
        samples.read().ack(control_id="x" * 21)


def test_the_answer_uses_the_separators_and_the_set_of_the_message() -> None:
    odd = samples.octets(charset="8859/15").replace(b"^", b"*")
    answer = hl7.ack(hl7.parse(odd), hl7.AckError.application("903"))
    assert b"ACK*A31*ACK" in answer
    assert "présent".encode("iso8859-15") in answer
    assert hl7.parse(answer).get("ERR-5.2") == hl7.APPLICATION_ERRORS["903"]


def test_an_unknown_set_is_answered_in_utf_8() -> None:
    answer = hl7.parse(hl7.ack(hl7.parse(samples.octets(charset="KLINGON"))))
    assert answer.get("MSH-18") == "UNICODE UTF-8"


@pytest.mark.parametrize(
    ("data", "condition", "place"),
    [
        (samples.octets().replace(b"ADT^", b"ORU^"), "200", "MSH^1^9^^1"),
        (samples.octets().replace(b"^A31^", b"^A99^"), "201", "MSH^1^9^^2"),
        (samples.octets().replace(b"2.5^FRA", b"3.0^FRA"), "203", "MSH^1^12"),
        (samples.octets("A31", "PV1||N"), "100", "PID^1"),
    ],
)
def test_what_cannot_be_handled_is_answered_with_its_code(
    data: bytes, condition: str, place: str
) -> None:
    with pytest.raises(MessageError) as caught:
        hl7.read_adt(data)
    answer = hl7.parse(hl7.refuse(data, caught.value))
    assert answer.get("MSA-1") == "AE"
    assert answer.get("MSA-2") == "3975"
    assert answer.get("ERR-3") == condition
    assert answer["ERR"][0][2].raw == place
    assert hl7.parse(hl7.refuse(data, caught.value, refusal="AR")).get("MSA-1") == "AR"


@pytest.mark.parametrize(
    ("data", "control_id", "condition"),
    [(b"garbage " + samples.octets(), "3975", "100"), (b"", "", "100"), (b"MSH", "", "199"),
     (b"\xff\xfeM", "", "199"), (b"MSHMSH|^~\\&|A|B|C|D|||X|9", "9", "199")],
)  # fmt: skip
def test_what_cannot_be_read_is_answered_too(data: bytes, control_id: str, condition: str) -> None:
    with pytest.raises(MessageError) as caught:
        hl7.parse(data)
    answer = hl7.parse(hl7.refuse(data, caught.value))
    assert answer.get("MSA-1") == "AE"
    assert answer.get("MSA-2") == control_id
    assert answer.get("ERR-3") == condition


def test_any_other_error_is_an_application_error() -> None:
    answer = hl7.parse(hl7.refuse(samples.octets(), IdentityError("no")))
    assert answer.get("ERR-3") == "207"
    assert hl7.parse(hl7.refuse(hl7.parse(samples.octets()), UnsupportedMessage("no"))).get(
        "ERR-3"
    ) == "200"  # fmt: skip


def test_an_event_that_was_built_has_no_answer() -> None:
    with pytest.raises(MessageError):
        samples.event().ack()


def test_nothing_personal_is_answered() -> None:
    event = samples.read("A40", samples.pid(), f"MRG|{samples.IPP}")
    answer = event.ack()
    assert b"AE" in answer
    for secret in (b"TROIS", b"2790", b"000003", b"1979"):
        assert secret not in answer


@pytest.mark.parametrize("other", [None, 1, "MSH|^~\\&|"])
def test_only_messages_and_errors_are_answered(other: object) -> None:
    message = hl7.parse(samples.octets())
    with pytest.raises(TypeError, match="message"):
        hl7.ack(other)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="errors"):
        hl7.ack(message, other)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="data"):
        hl7.refuse(other, MessageError("x"))  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="error"):
        hl7.refuse(message, other)  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="charset"):
        hl7.parse(samples.octets(), charset=1)  # type: ignore[arg-type]
