"""The ER7 reader: nothing lost, nothing refused but an unreadable MSH, nothing shown."""

from __future__ import annotations

import tracemalloc

import pytest

from segur_interop.errors import InvalidValue, MessageError
from segur_interop.findings import Severity
from segur_interop.hl7 import _paths, _scan, ack, er7, parse

MSH = "MSH|^~\\&|GAM|CHU-X|DPI|CHU-X|20240306111154||ADT^A01^ADT_A01|3975|D|2.5^FRA^2.11|||||FRA|"
PID = (
    "PID|1||000003^^^CHU-X&000897406&N^PI~279035121518989^^^ASIP-SANTE-INS-NIR"
    "&1.2.250.1.213.1.4.10&ISO^INS||PAT-TROIS^DOMINIQUE^DOMINIQUE^^^^L||19790328|F"
)


def message(
    *segments: str, charset: str = "UNICODE UTF-8", end: str = "\r", **options
) -> er7.Message:
    text = end.join([MSH + charset, *segments]) + end
    return parse(text.encode(options.pop("encoding", "utf-8")), **options)


def rules(read: er7.Message) -> set[str]:
    return {finding.rule.removeprefix("hl7.er7.") for finding in read.findings}


def test_a_path_reaches_every_level() -> None:
    read = message(PID)
    assert read.get("PID-3") == "000003"
    assert read.get("PID-3[2].4.2") == "1.2.250.1.213.1.4.10"
    assert read.get("PID[1]-5.7") == "L"
    assert read.get("PID-40") == read.get("PID-3[9]") == read.get("PID-3.9.9") == ""
    assert read.get("PID[2]-5") == read.get("ZZZ-1") == ""


def test_indexes_are_those_of_hl7() -> None:
    read = message(PID)
    field = read["PID"][0][3]
    assert field[2][4][2].value == "1.2.250.1.213.1.4.10"
    assert [repetition[5].value for repetition in field] == ["PI", "INS"]
    assert len(field) == 2
    assert len(read["PID"][0]) == 8
    with pytest.raises(IndexError):
        field[0]
    with pytest.raises(IndexError):
        read["PID"][0][0]


def test_msh_1_and_2_are_the_separators() -> None:
    read = message()
    assert read.get("MSH-1") == "|"
    assert read.get("MSH-2") == "^~\\&"
    assert read.get("MSH-9.2") == "A01"
    assert read.message_type == ("ADT", "A01", "ADT_A01")
    assert read.control_id == "3975"


@pytest.mark.parametrize("path", ["", "PID", "PID-0", "pid-3", "PID-3[0]", "PID-3.0", "PID[0]-3",
                                  "PID-3.1.1.1", "PID-99999"])  # fmt: skip
def test_another_form_of_path_is_the_callers_error(path: str) -> None:
    with pytest.raises(InvalidValue):
        message(PID).get(path)


@pytest.mark.parametrize("end", ["\r", "\n", "\r\n", "\r\r", "\n\n"])
def test_any_line_end_gives_the_same_segments_and_the_same_octets(end: str) -> None:
    read = message(PID, "PV1|1|I", "ZZZ|x", end=end)
    assert read.ids == ("MSH", "PID", "PV1", "ZZZ")
    assert read.get("ZZZ-1") == "x"
    assert ("line-ends" in rules(read)) is ("\n" in end)


def test_blank_lines_and_lines_of_no_break_spaces_are_no_segments() -> None:
    read = message(PID, "\u00a0\u00a0", "  ", "PV1|1|I")
    assert read.ids == ("MSH", "PID", "PV1")


def test_the_last_segment_needs_no_terminator() -> None:
    assert parse((MSH + "\r" + PID).encode()).get("PID-8") == "F"


def test_bom_and_mllp_octets_are_noted_and_kept() -> None:
    octets = b"\xef\xbb\xbf\x0b" + (MSH + "\r" + PID + "\r").encode() + b"\x1c\r"
    read = parse(octets)
    assert read.ids == ("MSH", "PID")
    assert read.get("PID-8") == "F"
    assert {"bom", "frame"} <= rules(read)
    assert bytes(read) == octets


def test_fields_that_a_caller_changes_change_no_message() -> None:
    read = message(PID)
    for segment in (read.segment(0), read["PID"][0]):
        segment.fields[:] = [""] * 20
    assert (read.control_id, read.get("MSH-10"), read.get("PID-8")) == ("3975", "3975", "F")


def test_blanks_at_the_end_of_a_segment_are_no_data() -> None:
    read = message(PID + "\u00a0\u00a0 ")
    assert read.get("PID-8") == "F"
    assert "blanks" in rules(read)


@pytest.mark.parametrize(
    ("end", "told"),
    [("\u00e0".encode(), False), (b"\xc2\xa0", True), (b"\xa0", True), (b"\xe9\xa0", True)],
)
def test_a_letter_whose_last_octet_is_a0_is_no_blank(end: bytes, told: bool) -> None:
    octets = f"{MSH}UNICODE UTF-8\r{PID}|voil".encode() + end
    assert ("blanks" in rules(parse(octets))) is told


def test_u_02dc_declared_as_separator_is_read_as_a_tilde() -> None:
    octets = (MSH.replace("~", "\u02dc") + "UNICODE UTF-8\rPID|||a\u02dcb~c\r").encode()
    read = parse(octets)
    assert [part.value for part in read["PID"][0][3]] == ["a", "b", "c"]
    assert "small-tilde" in rules(read)
    assert bytes(read) == octets
    changed = read.replace("PID-3[2]", "\u02dc~")
    assert changed.get("PID-3[2]") == "\u02dc~"
    assert b"~" not in bytes(changed)


def test_other_separators_are_followed() -> None:
    read = parse(b"MSH#*!%$#A\rPID###x*y!z$w")
    assert read.get("PID-3[2].1.2") == "w"
    assert read.get("PID-3.2") == "y"


@pytest.mark.parametrize("declared", ["", "^", "^^~\\", "^|~&"])
def test_unusable_separators_give_those_of_hl7(declared: str) -> None:
    read = parse(f"MSH|{declared}|GAM\rPID|||a^b~c".encode())
    assert read.get("PID-3[2]") == "c"
    assert "separators" in rules(read)


def test_a_message_without_escape_character_reads_and_refuses_to_escape() -> None:
    read = parse(b"MSH|^~|GAM\rPID|||a\\T\\b")
    assert read.get("PID-3") == "a\\T\\b"
    with pytest.raises(MessageError, match="escape"):
        read.replace("PID-3", "a|b")


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("a\\F\\b", "a|b"), ("\\S\\", "^"), ("\\T\\", "&"), ("\\R\\", "~"), ("\\E\\", "\\"),
        ("a\\.br\\b", "a\nb"), ("\\X41\\", "A"), ("\\XC3A9\\", "é"), ("\\H\\gras\\N\\", "gras"),
        ("\\Zlocal\\", "\\Zlocal\\"), ("\\XC3\\", "\\XC3\\"), ("\\X4\\", "\\X4\\"),
        ("\\.sp2\\", "\\.sp2\\"), ("lone \\ mark", "lone \\ mark"), ("\\E\\F\\E\\", "\\F\\"),
    ],
)  # fmt: skip
def test_escapes_are_decoded_on_access(raw: str, text: str) -> None:
    assert message(f"PID|||{raw}").get("PID-3") == text


def test_hexadecimal_follows_the_character_set() -> None:
    read = message("PID|||\\XE9\\", charset="8859/15", encoding="iso8859-15")
    assert read.get("PID-3") == "é"


@pytest.mark.parametrize(
    ("label", "codec", "expected"),
    [
        ("UNICODE UTF-8", "utf-8", "utf-8"), ("8859/1", "latin-1", "iso8859-1"),
        ("8859/15", "iso8859-15", "iso8859-15"), ("ISO-8859-15", "iso8859-15", "iso8859-15"),
        ("utf-8", "utf-8", "utf-8"), ("", "utf-8", ""), ("", "cp1252", ""),
    ],
)  # fmt: skip
def test_the_character_set_is_that_of_msh_18(label: str, codec: str, expected: str) -> None:
    read = message("PID|||Réault", charset=label, encoding=codec)
    assert read.charset == expected
    assert read.get("PID-3") == "Réault"


@pytest.mark.parametrize(
    ("label", "codec"), [("UNICODE UTF-8", "latin-1"), ("8859/15", "utf-8"), ("8859/1", "utf-8")]
)
def test_octets_of_another_set_than_the_declared_one_are_read_with_a_finding(
    label: str, codec: str
) -> None:
    read = message("PID|||Réault", charset=label, encoding=codec)
    assert read.get("PID-3") == "Réault"
    assert "charset.other" in rules(read)


def test_the_euro_sign_tells_8859_15_from_8859_1() -> None:
    assert message("PID|||€", charset="8859/15", encoding="iso8859-15").get("PID-3") == "€"
    windows = message("PID|||\u2019", charset="8859/1", encoding="cp1252")
    assert windows.get("PID-3") == "\u2019"
    assert "charset.other" in rules(windows)


def test_an_unknown_label_is_a_finding_and_the_caller_may_name_the_set() -> None:
    assert "charset.unknown" in rules(message(PID, charset="KLINGON"))
    given = parse((MSH + "KLINGON\rPID|||Œ").encode("cp1252"), charset="cp1252")
    assert given.get("PID-3") == "Œ"
    assert given.charset_is_given
    with pytest.raises(MessageError):
        parse(MSH.encode(), charset="utf-16")


def test_a_named_set_that_does_not_fit_is_an_error_finding_not_another_guess() -> None:
    read = parse((MSH + "\rPID|||é").encode("latin-1"), charset="utf-8")
    assert read.get("PID-3") == "\ufffd"
    assert any(finding.severity is Severity.ERROR for finding in read.findings)


def test_unknown_segments_and_z_segments_stay() -> None:
    octets = (MSH + "\rXYZ|1\rZAA|a^b\rPRT|1\r").encode()
    read = parse(octets)
    assert read.ids == ("MSH", "XYZ", "ZAA", "PRT")
    assert bytes(read) == octets


def test_a_document_cut_in_lines_stays_one_segment() -> None:
    read = parse((MSH + "\nOBX|1|ED|||^TEXT^XML^Base64^QUJD\nREVG\nR0g=\nQUI\nNTE|1").encode())
    assert read.ids == ("MSH", "OBX", "NTE")
    assert bytes(read["OBX"][0].slice(5, 5)).split() == [b"QUJD", b"REVG", b"R0g=", b"QUI"]
    assert "continued" in rules(read)


def test_a_segment_in_lower_case_is_read() -> None:
    read = message("pid|||x")
    assert read.get("PID-3") == "x"
    assert "lower-case" in rules(read)


def test_a_slice_copies_nothing_and_equals_the_field() -> None:
    document = "QUJD" * 50_000
    read = message(PID, f"OBX|1|ED|11502-2||^TEXT^XML^Base64^{document}||||||F")
    piece = read["OBX"][0].slice(5, 5)
    assert piece.obj is bytes(read)
    assert bytes(piece) == document.encode()
    assert bytes(read["OBX"][0].slice(11)) == b"F"
    assert bytes(read["OBX"][0].slice(40)) == b""
    assert read.get("OBX-11") == "F"
    assert read.get("OBX-5.4") == "Base64"


def test_several_messages_in_one_are_an_error_finding() -> None:
    read = parse((MSH + "\r" + PID + "\r" + MSH + "\r").encode())
    assert [f.severity for f in read.findings if f.rule == "hl7.er7.several"] == [Severity.ERROR]


@pytest.mark.parametrize(
    "octets",
    [b"", b"MS", b"MSH", b"MSHA^~\\&", b"MSH ^~\\&", b"PID|1", b"BHS|^~\\&", b"MSH\xa7^~\\&",
     "MSH|^~\\&".encode("utf-16")],
)  # fmt: skip
def test_only_an_unreadable_msh_is_refused(octets: bytes) -> None:
    with pytest.raises(MessageError):
        parse(octets)


def test_size_and_number_of_segments_are_capped(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MessageError, match="larger"):
        parse(MSH.encode(), max_bytes=10)
    monkeypatch.setattr(_scan, "MAX_SEGMENTS", 3)
    monkeypatch.setattr(er7, "MAX_SEGMENTS", 3)
    with pytest.raises(MessageError, match="segments"):
        message(PID, PID, PID)


def test_what_one_segment_is_cut_into_is_capped() -> None:
    read = message("PID|" + "|" * 100_000, "PV1|" + "~" * 30_000 + "|x")
    assert len(read["PID"][0].fields) == _paths.MAX_FIELDS + 1
    assert len(read["PV1"][0][1]) == _paths.MAX_PARTS + 1
    assert read.get("PV1-2") == "x"


def test_replacing_one_text_leaves_every_other_octet() -> None:
    octets = (MSH + "UNICODE UTF-8\n" + PID + "\n\nZZZ|odd  |\n").encode()
    changed = parse(octets).replace("PID-5.1", "D'ARC & <CIE>^x")
    before, after = octets.split(b"\n"), bytes(changed).split(b"\n")
    assert [a for a, b in zip(before, after, strict=True) if a == b] == [
        before[0], before[2], before[3], before[4]
    ]  # fmt: skip
    assert changed.get("PID-5.1") == "D'ARC & <CIE>^x"
    assert changed.get("PID-5.7") == "L"
    assert b"D'ARC \\T\\ <CIE>\\S\\x" in bytes(changed)


def test_replacing_reaches_what_is_not_there_yet() -> None:
    read = message("PID|1")
    changed = read.replace("PID-11[2].9.2", "63220")
    assert changed.get("PID-11[2].9.2") == "63220"
    assert b"|~^^^^^^^^&63220" in bytes(changed)
    assert bytes(read) != bytes(changed)
    assert read.replace("MSH-10", "7").control_id == "7"


@pytest.mark.parametrize("path", ["MSH-1", "MSH-2", "MSH-18", "ZZZ-1", "PID[2]-1"])
def test_what_cannot_be_replaced_is_refused(path: str) -> None:
    with pytest.raises(MessageError):
        message(PID).replace(path, "x")


def test_what_is_written_is_in_the_declared_set() -> None:
    read = message(PID, charset="8859/15", encoding="iso8859-15")
    assert read.replace("PID-5", "€").get("PID-5") == "€"
    with pytest.raises(MessageError, match="character set"):
        read.replace("PID-5", "\u2019")


def test_erase_and_absent_are_told_apart() -> None:
    read = message('PID|1||""||')
    assert read["PID"][0][3].is_erased
    assert not read["PID"][0][5].is_erased
    assert read.get("PID-3") == er7.ERASE


def test_no_content_is_shown() -> None:
    read = message(PID, "pid|||PAT-TROIS", "NTE PAT-TROIS", charset="KLINGON")
    shown = [repr(read), str(read), read._repr_html_(), repr(read["PID"][0])]
    shown += [repr(read["PID"][0][5]), str(read["PID"][0][5][1]), *map(str, read.findings)]
    for text in shown:
        assert "TROIS" not in text
        assert "2790" not in text
    assert "ADT^A01^ADT_A01" in repr(read)
    odd = parse(b"MSH|^~\\&|||||||<b>PAT-TROIS</b>")
    assert "TROIS" not in repr(odd) + odd._repr_html_()


def test_messages_are_equal_by_their_octets() -> None:
    assert message(PID) == message(PID)
    assert hash(message(PID)) == hash(message(PID))
    assert message(PID) != message()
    assert message(PID) != "MSH"
    assert "PID" in message(PID)
    assert "PV1" not in message(PID)
    assert [segment.id for segment in message(PID)] == ["MSH", "PID"]
    assert message().first("PID") is None


def test_long_separators_and_labels_are_not_kept_beyond_their_message() -> None:
    filler = "X" * 1_000_000
    tracemalloc.start()
    for number in range(20):
        octets = f"MSH|^~\\&{number}{filler}|{'|' * 14}|{number}{filler}|FR\rPID|1\r".encode()
        assert parse(octets).charset == ""
        assert ack(parse(octets))
    del octets
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 1_000_000
