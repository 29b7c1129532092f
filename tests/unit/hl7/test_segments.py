"""The tables of the segments, and what a record gives of them."""

from __future__ import annotations

import hl7_samples as samples
import pytest

from segur_interop import hl7
from segur_interop.errors import InvalidValue
from segur_interop.hl7 import Record
from segur_interop.hl7._datatypes import READERS, Notes, cut, joined
from segur_interop.hl7._syntax import DEFAULT
from segur_interop.hl7.segments import SEGMENTS, read, write
from segur_interop.model import LocalId

NAMED = [
    *("MSH", "EVN", "PID", "PD1", "NK1", "ROL", "PV1", "PV2", "MRG", "ZBE", "ZFA", "ZFP", "ZFV"),
    *("ZFM", "ZFD", "ZFS", "ORC", "OBR", "TXA", "OBX", "NTE", "PRT", "MSA", "ERR"),
]


def test_every_segment_of_the_french_profiles_has_a_table_with_its_source() -> None:
    assert list(SEGMENTS) == NAMED
    for table in SEGMENTS.values():
        assert table.source
        numbers = [row.number for row in table.rows]
        assert numbers == sorted(set(numbers))
        assert len(table.by_name) == len(table.rows)
        assert {row.usage for row in table.rows} <= {"R", "RE", "C", "O", "X"}


def test_what_the_law_forbids_is_forbidden() -> None:
    forbidden = {
        (name, row.number) for name, table in SEGMENTS.items() for row in table.rows
        if row.usage == "X"
    }  # fmt: skip
    # IHE ITI TF-4 §4.1.1.2: race, religion, ethnic group; §4.1.2.7: end of a movement.
    assert {("PID", 10), ("PID", 17), ("PID", 22), ("NK1", 25), ("NK1", 28), ("NK1", 35)} <= (
        forbidden
    )
    assert ("ZBE", 3) in forbidden


@pytest.mark.parametrize(
    ("number", "in_2_10", "in_2_11"), [(4, True, False), (8, True, False), (9, False, True)]
)
def test_fields_exist_in_their_versions(number: int, in_2_10: bool, in_2_11: bool) -> None:
    row = SEGMENTS["ZFA"].by_number[number]
    assert (row.exists_in("2.10"), row.exists_in("2.11")) == (in_2_10, in_2_11)
    assert row.exists_in("2.9") is in_2_10


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        ("", ""), ("a", "a"), ("a^b", ("a", "b")), ("^^c", ("", "", "c")), ("a^", "a"),
        ("a^b&c^d", ("a", ("b", "c"), "d")), ("&b", (("", "b"),)), ("^^", ""), (" a ", "a"),
        ("\\T\\^x", ("&", "x")),
    ],
)  # fmt: skip
def test_a_repetition_is_text_or_components(raw: str, value: object) -> None:
    assert cut(raw, DEFAULT) == value


@pytest.mark.parametrize("raw", ["a", "a^b", "^^c", "a^b&c^d", "&b", "\\T\\^x", ""])
def test_a_repetition_is_written_as_it_was_read(raw: str) -> None:
    assert joined(cut(raw, DEFAULT), DEFAULT) == raw


def test_a_record_gives_texts_and_values() -> None:
    segment = hl7.parse(samples.octets())["PID"][0]
    record = read(segment, Notes())
    assert record["birth_date"] == "19790328"
    assert str(record.typed("birth_date")) == "19790328"
    assert isinstance(record.typed("identifiers")[0], LocalId)
    assert record["telecoms"] == ()
    assert record["account"] == ""
    assert "account" not in record
    assert list(record)[0] == "identifiers"
    assert not Record(id="PID")
    with pytest.raises(KeyError):
        record["nothing"]


def test_a_record_shows_its_fields_and_not_their_content() -> None:
    record = read(hl7.parse(samples.octets())["PID"][0], Notes())
    assert "birth_date=•••" in repr(record)
    assert "1979" not in repr(record) + record._repr_html_()
    assert "19790328" in record.reveal()


def test_what_the_model_refuses_is_told_and_left_out() -> None:
    notes = Notes()
    record = Record.of("PID", telecoms=(("", "PRN", "PH", "", "", "", "", "", "", "", "", "abc"),),
                       updated="99999999", mother_ids=(("", "", "", "X"),))  # fmt: skip
    assert record.typed("telecoms", notes) == ()
    assert record.typed("updated", notes) is None
    assert record.typed("mother_ids", notes) == ()
    assert [finding.rule for finding in notes.found] == ["hl7.value"] * 3
    assert not [finding for finding in notes.found if "abc" in str(finding)]


def test_a_value_of_every_type_survives_a_record() -> None:
    texts = {
        "CX": "1^^^X&1.2.3.4&ISO^PI^^20200101^20210101", "EI": "1^X^1.2.3.4^ISO",
        "XAD": "1 RUE^B^PARIS^S^75007^FRA^H^^75107", "XTN": "^PRN^PH^^^^^^^^^0102030405",
        "XPN": "A^B^^^MME", "XCN": "1^A^B^^^M^^^X^D^^^ADM", "PL": "U^R^B^X&1&M^O",
        "XON": "L^^^^^X&1&M^UF^^^6268", "TS": "20240306111154+0100", "DT": "20240306",
    }  # fmt: skip
    from segur_interop.hl7 import segments

    assert set(texts) == set(READERS)
    for kind, raw in texts.items():
        name, row = next(
            (table.id, row) for table in SEGMENTS.values() for row in table.rows if row.type == kind
        )
        value = READERS[kind](cut(raw, DEFAULT), f"{name}-{row.number}", Notes())
        again = segments._plain(row, value, "x")
        assert READERS[kind](again, "x", Notes()) == value
        assert value is not None


@pytest.mark.parametrize(
    ("raw", "root", "authority", "namespace"),
    [
        ("1^^^X", "", "", "X"), ("1^^^&1.2.3.4&ISO", "1.2.3.4", "", ""),
        ("1^^^X&9&M", "", "9", "X"), ("1^^^1.2.250.1", "1.2.250.1", "", ""),
        ("1^^^X&1.2.3.4", "1.2.3.4", "", "X"),
        ("1^^^X&01.2&ISO", "", "01.2", "X"),
        ("1^^^X&f81d4fae-7dec-11d0-a765-00a0c91e6bf6&UUID",
         "f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "", "X"),
    ],
)  # fmt: skip
def test_the_three_forms_of_an_authority(
    raw: str, root: str, authority: str, namespace: str
) -> None:
    local = READERS["CX"](cut(raw, DEFAULT), "x", Notes())
    assert (local.root, local.authority, local.namespace) == (root, authority, namespace)


@pytest.mark.parametrize(
    ("raw", "idnat"),
    [
        ("10000023084^A^B^^^^^^N&1.2.250.1.71.4.2.1&ISO^L^^^RPPS", "810000023084"),
        ("801234567897^A^B^^^^^^N&1.2.250.1.71.4.2.1&ISO^D^^^IDNPS", "801234567897"),
        ("920000001^A^B^^^^^^N&1.2.250.1.71.4.2.1&ISO^L^^^ADELI", "0920000001"),
        ("10000023084^A^B^^^^^^N&1.2.250.1.71.4.2.1&ISO", "810000023084"),
        ("3012345678/42^A^B^^^^^^N&1.2.250.1.71.4.2.1&ISO^L^^^EI", "3012345678/42"),
        ("42^A^B^^^^^^CHU-X^L^^^EI", ""), ("^A^B", ""),
    ],
)  # fmt: skip
def test_professionals_by_the_type_of_their_number(raw: str, idnat: str) -> None:
    person = READERS["XCN"](cut(raw, DEFAULT), "x", Notes())
    assert person.idnat == idnat
    assert person.name.family == "A"


def test_a_document_is_never_in_a_record() -> None:
    message = hl7.parse(
        samples.octets("A31", samples.pid(), f"OBX|1|ED|1^2||^TEXT^{'x' * 99}||||||F")
    )
    record = read(message["OBX"][0], Notes())
    assert "value" not in record
    assert record["status"] == "F"


def test_a_segment_is_written_by_its_table() -> None:
    assert write(Record.of("MSA", code="AA", control_id="1"), version="2.11") == "MSA|AA|1"
    record = Record.of("ZFA", status="ACTIF", consultation="IC")
    assert write(record, version="2.11") == "ZFA|ACTIF||||||||||IC"


def test_a_record_may_lose_fields() -> None:
    record = Record.of("ZFM", entry_mode="8", origin="1")
    assert list(record.without(["origin"])) == ["entry_mode"]
    with pytest.raises(InvalidValue):
        Record(id="ZFM", values=(("nothing", "1"),))
