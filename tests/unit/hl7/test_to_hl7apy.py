"""hl7apy is given every segment of a message, and nothing of its documents."""

from __future__ import annotations

import sys

import hl7_samples as samples
import pytest
import transport_samples

from segur_interop import hl7
from segur_interop.errors import MessageError, MissingDependency


def texts(message: hl7.Message) -> list[str]:
    """Of the segments, without the separators of what is empty at an end: hl7apy drops them."""
    return [segment.decoded(segment.raw)[0].rstrip("|^").replace("^|", "|") for segment in message]


def theirs(octets: bytes) -> list[str]:
    return [child.to_er7().rstrip("|^") for child in hl7.to_hl7apy(octets).children]


@pytest.mark.parametrize("trigger", hl7.TRIGGERS)
def test_every_segment_is_there_with_its_text(trigger: str) -> None:
    octets = samples.octets(
        trigger, "PID|||1^^^A&1.2.3&ISO^PI~2||N\\T\\M^P^^^^^L", "PV1||N", "ZBE|1^A|20240101",
        "ZFA|ACTIF", "ZZZ|own^x&y~2", "NTE|1||a\\T\\b",
    )  # fmt: skip
    assert theirs(octets) == texts(hl7.parse(octets))


def test_their_names_reach_the_fields() -> None:
    made = hl7.to_hl7apy(samples.octets("A31", samples.pid(), "ZFA|ACTIF|20240101"))
    assert made.version == "2.5"
    assert made.pid.pid_3[1].cx_1.to_er7() == "279035121518989"
    assert made.pid.patient_name.to_er7() == samples.NAME
    assert made.zfa.zfa_1.to_er7() == "ACTIF"
    assert made.msh.msh_10.value == "3975"


@pytest.mark.parametrize("kind", ["ORU", "MDM"])
def test_a_transport_comes_with_its_people_and_flags_and_without_its_document(kind: str) -> None:
    octets = transport_samples.octets(kind)
    message = hl7.parse(octets)
    made = hl7.to_hl7apy(message)
    assert [child.name for child in made.children] == list(message.ids)
    assert made.version == "2.7"
    for own, child in zip(message, made.children, strict=True):
        text = own.decoded(own.raw)[0]
        if own.id == "OBX" and own.get("2") == "ED":
            data = bytes(own.slice(5, 5)).decode()
            assert data not in child.to_er7()
            text = text.replace(f"^{data}", "")
        if own.id != "MSH":
            assert child.to_er7().rstrip("|") == text.rstrip("|")
    flag = made.obx[1]
    assert (flag.obx_3.to_er7().partition("^")[0], flag.obx_5.to_er7()[0]) == ("MASQUE_PS", "N")


def test_other_separators_become_those_of_hl7() -> None:
    octets = samples.octets("A31", "PID|||1^^^A&1.2.3&ISO^PI~2||A\\E\\B^C", "PV1||N")
    others = octets.translate(bytes.maketrans(b"|^~\\&", b"#!%$*"))
    assert theirs(others) == theirs(octets.replace(b"A\\E\\B", b"A$B"))
    quoted = others.replace(b"A$E$B", b"A|B^")
    assert hl7.to_hl7apy(quoted).pid.pid_5.to_er7() == "A\\F\\B\\S\\^C"


def test_what_it_would_take_too_long_for_is_refused() -> None:
    with pytest.raises(MessageError, match="separators"):
        hl7.to_hl7apy(samples.octets("A31", samples.pid(), *["NTE" + "|" * 1000] * 30))
    with pytest.raises(MessageError, match="octets") as caught:
        hl7.to_hl7apy(samples.octets("A31", samples.pid(), "NTE|1||" + "x" * 70_000))
    assert caught.value.place == "NTE"
    with pytest.raises(MessageError, match="octets"):
        hl7.to_hl7apy(samples.octets("A31", samples.pid(), "OBX|1|ST|" + "x" * 70_000))


def test_a_segment_that_hl7apy_does_not_take_is_told_by_its_name_alone() -> None:
    with pytest.raises(MessageError, match=r"hl7apy does not take it \(") as caught:
        hl7.to_hl7apy(samples.octets("A31", samples.pid(), "ABC|SECRET"))
    assert caught.value.place == "ABC"
    assert "SECRET" not in str(caught.value)


def test_a_document_of_ten_megabytes_costs_nothing() -> None:
    octets = transport_samples.carrying("^TEXT^XML^Base64^" + "A" * 10_000_000)
    (observation,) = hl7.to_hl7apy(octets).obx
    assert observation.obx_5.to_er7() == "^TEXT^XML^Base64"


def test_without_hl7apy_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "hl7apy.core", None)
    with pytest.raises(MissingDependency, match="install hl7apy"):
        hl7.to_hl7apy(samples.octets())


@pytest.mark.parametrize("data", ["QUFB", "QUFB" * 50_000])
def test_an_obx_keeps_the_fields_that_later_versions_have(data: str) -> None:
    """HL7 v2.9 has 30; the position of one that the version has not is a matter of hl7apy."""
    line = f"OBX|1|ED|A||^TEXT^XML^Base64^{data}||||||F" + "|" * 19 + "LAST"
    made = hl7.to_hl7apy(samples.octets("A31", samples.pid(), "PV1||N", line))
    assert made.obx.to_er7().endswith("|LAST")
    assert made.obx.obx_11.to_er7() == "F"
