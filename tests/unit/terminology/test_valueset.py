from __future__ import annotations

import copy
import pickle
import time
from dataclasses import replace
from datetime import date

import pytest

from segur_interop.errors import SegurError, UnknownCode
from segur_interop.findings import Finding, Severity
from segur_interop.terminology import Association, Code, ValueSet

A, B = "1.2.3", "1.2.4"
PLAIN = Code(code="X1", system=A, label="First")
TWICE_A = Code(code="11", system=A, label="Eleven of A")
TWICE_B = Code(code="11", system=B, label="Eleven of B")
RETIRED = Code(code="OLD", system=A, label="Old", valid_until=date(2024, 12, 13))


def made(*codes: Code, valid_until: date | None = None) -> ValueSet:
    return ValueSet(
        name="JDV_TEST",
        oid="1.2.3.4",
        label="Test",
        revision=date(2024, 9, 27),
        valid_until=valid_until,
        source="A source",
        source_file="test.xml",
        sha256="0" * 64,
        codes=codes,
    )


SET = made(PLAIN, TWICE_A, TWICE_B, RETIRED)


def rules(findings: tuple[Finding, ...]) -> list[tuple[str, Severity]]:
    return [(finding.rule, finding.severity) for finding in findings]


class TestCode:
    def test_two_codes_are_equal_by_code_and_system_whatever_their_label(self) -> None:
        assert Code(code="X1", system=A) == PLAIN
        assert hash(Code(code="X1", system=A)) == hash(PLAIN)
        assert Code(code="X1", system=B) != PLAIN
        assert Code(code="x1", system=A) != PLAIN

    def test_the_label_stays_out_of_repr(self) -> None:
        assert "First" not in repr(PLAIN)

    def test_the_last_day_is_still_good(self) -> None:
        assert not RETIRED.retired(date(2024, 12, 13))
        assert RETIRED.retired(date(2024, 12, 14))
        assert RETIRED.retired()
        assert not PLAIN.retired(date(2999, 1, 1))


class TestMembership:
    @pytest.mark.parametrize(
        "item", ["X1", ("X1", A), ("X1", None), ("X1", ""), PLAIN, Code(code="X1"), TWICE_B]
    )
    def test_a_member_is_in(self, item: object) -> None:
        assert item in SET

    @pytest.mark.parametrize(
        "item", ["x1", "", ("X1", B), Code(code="X1", system=B), ("X1",), None, 1, ("X1", 1)]
    )
    def test_anything_else_is_out(self, item: object) -> None:
        assert item not in SET

    def test_it_iterates_in_the_order_of_the_source(self) -> None:
        assert list(SET) == [PLAIN, TWICE_A, TWICE_B, RETIRED]
        assert len(SET) == 4
        assert SET.systems == (A, B)

    def test_it_survives_pickling(self) -> None:
        copy = pickle.loads(pickle.dumps(SET))  # noqa: S301
        assert copy == SET
        assert copy.find("X1") == PLAIN


class TestFind:
    def test_the_concept_comes_with_its_label(self) -> None:
        found = SET.find("X1")
        assert found is not None
        assert (found.code, found.system, found.label) == ("X1", A, "First")

    @pytest.mark.parametrize("system", [B, "no oid"])
    def test_a_code_of_another_system_is_not_found(self, system: str) -> None:
        assert SET.find("X1", system) is None

    def test_a_code_of_two_systems_is_not_guessed(self) -> None:
        assert SET.find("11") is None
        assert SET.candidates("11") == (TWICE_A, TWICE_B)
        assert SET.find("11", B) is TWICE_B


class TestGet:
    def test_it_returns_the_concept(self) -> None:
        assert SET.get("11", A).label == "Eleven of A"

    def test_an_unknown_code_names_the_set_and_the_place_and_not_what_was_asked(self) -> None:
        with pytest.raises(UnknownCode) as caught:
            SET.get("SECRET-TEXT", place="author.code")
        assert caught.value.place == "author.code"
        assert "JDV_TEST" in str(caught.value)
        assert "author.code" in str(caught.value)
        assert "SECRET" not in str(caught.value)
        assert isinstance(caught.value, ValueError)

    def test_an_ambiguous_code_asks_for_the_system(self) -> None:
        with pytest.raises(UnknownCode, match=rf"{A} and {B}: give the system"):
            SET.get("11")

    def test_a_code_of_another_system_says_which(self) -> None:
        with pytest.raises(UnknownCode, match=rf"belongs to {A}, not to the system given"):
            SET.get("X1", B)

    def test_a_code_in_the_wrong_case_is_refused_with_a_hint(self) -> None:
        with pytest.raises(UnknownCode, match="X1 exists"):
            SET.get(" x1 ")

    def test_a_retired_code_is_not_written(self) -> None:
        with pytest.raises(UnknownCode, match="retired"):
            SET.get("OLD")
        with pytest.raises(UnknownCode, match="retired"):
            SET.get("OLD", on=date(2025, 1, 1))
        assert SET.get("OLD", on=date(2020, 1, 1)).label == "Old"

    def test_a_code_of_a_closed_set_is_not_written(self) -> None:
        closed = made(PLAIN, valid_until=date(2024, 12, 13))
        with pytest.raises(UnknownCode, match="retired"):
            closed.get("X1")
        assert closed.get("X1", on=date(2024, 1, 1)) == PLAIN


class TestRead:
    def test_a_code_as_the_table_has_it_gives_no_finding(self) -> None:
        code, findings = SET.read("X1", A, "First", "code")
        assert code == PLAIN
        assert code.label == "First"
        assert findings == ()

    def test_an_unknown_code_is_kept_with_a_finding_that_does_not_repeat_it(self) -> None:
        code, findings = SET.read("SECRET-TEXT", "9.9", "A text", "code")
        assert (code.code, code.system, code.label) == ("SECRET-TEXT", "9.9", "A text")
        assert rules(findings) == [("terminology.unknown", Severity.WARNING)]
        assert findings[0].place == "code"
        assert "JDV_TEST" in findings[0].message
        assert "SECRET" not in str(findings[0])

    @pytest.mark.parametrize("nothing", [None, ""])
    def test_no_code_at_all_is_told(self, nothing: str | None) -> None:
        code, findings = SET.read(nothing, None, None, "code")
        assert code == Code(code="")
        assert rules(findings) == [("terminology.unknown", Severity.WARNING)]

    def test_another_label_is_kept_and_told(self) -> None:
        code, findings = SET.read("X1", A, "Premier")
        assert code.label == "Premier"
        assert rules(findings) == [("terminology.label", Severity.INFO)]
        assert "Premier" not in str(findings[0])

    def test_blanks_in_a_label_do_not_count(self) -> None:
        assert SET.read("X1", A, "  First\n")[1] == ()

    def test_an_absent_label_is_taken_from_the_table(self) -> None:
        assert SET.read("X1", A, None)[0].label == "First"

    def test_an_absent_system_is_taken_from_the_set_and_told(self) -> None:
        code, findings = SET.read("X1", None, "First")
        assert code.system == A
        assert rules(findings) == [("terminology.system", Severity.INFO)]

    def test_an_ambiguous_code_is_kept_without_system_and_told(self) -> None:
        code, findings = SET.read("11")
        assert code == Code(code="11")
        assert rules(findings) == [("terminology.unknown", Severity.WARNING)]
        assert f"{A} and {B}" in findings[0].message

    def test_a_retired_code_is_a_warning_on_the_day_it_was_used(self) -> None:
        warned = [("terminology.retired", Severity.WARNING)]
        assert rules(SET.read("OLD", A, "Old")[1]) == warned
        assert rules(SET.read("OLD", A, "Old", on=date(2025, 1, 1))[1]) == warned
        assert SET.read("OLD", A, "Old", on=date(2024, 1, 1))[1] == ()

    def test_a_closed_set_is_a_warning(self) -> None:
        closed = made(PLAIN, valid_until=date(2024, 12, 13))
        warned = [("terminology.retired", Severity.WARNING)]
        assert rules(closed.read("X1", A, "First")[1]) == warned


class TestHtml:
    def test_every_text_is_escaped(self) -> None:
        nasty = Code(code="<b>", system="&", label='"<script>')
        page = replace(made(nasty), name="<i>")._repr_html_()
        assert "<script>" not in page
        assert "<b>" not in page
        assert "<i>" not in page
        assert "&lt;script&gt;" in page

    def test_a_long_set_is_cut_and_says_so(self) -> None:
        page = made(*(Code(code=str(number)) for number in range(60)))._repr_html_()
        assert "and 10 more" in page
        assert page.count("<tr>") == 1 + 50 + 1

    def test_a_short_set_is_whole(self) -> None:
        page = SET._repr_html_()
        assert "more</td>" not in page
        assert "Eleven of B" in page


class TestAssociation:
    MAP = Association(
        name="ASS_TEST",
        oid=None,
        label=None,
        revision=None,
        source="A source",
        source_file="test.csv",
        sha256="0" * 64,
        pairs=((TWICE_A, PLAIN), (TWICE_B, RETIRED)),
    )

    def test_each_code_has_its_counterpart(self) -> None:
        assert self.MAP.find("11", A) is PLAIN
        assert self.MAP.get("11", B) is RETIRED
        assert len(self.MAP) == 2

    def test_an_ambiguous_code_is_not_guessed(self) -> None:
        assert self.MAP.find("11") is None
        with pytest.raises(UnknownCode, match="give the system"):
            self.MAP.get("11")

    def test_no_counterpart_names_the_association_and_the_place(self) -> None:
        with pytest.raises(SegurError, match=r"^entry\.class: no such code \(ASS_TEST\)$"):
            self.MAP.get("12", place="entry.class")


ASSOCIATION = Association(
    name="ASS_TEST",
    oid=None,
    label=None,
    revision=None,
    source="A source",
    source_file="test.xml",
    sha256="0" * 64,
    pairs=((PLAIN, TWICE_A), (TWICE_B, RETIRED)),
)


class TestAnotherType:
    """A wrong type is a TypeError, whatever is asked."""

    @pytest.mark.parametrize("wrong", [None, 5, ["X1"], PLAIN], ids=type)
    def test_a_code_is_a_text(self, wrong: object) -> None:
        for ask in (SET.get, SET.find, SET.candidates):
            with pytest.raises(TypeError, match="code is a str"):
                ask(wrong)  # type: ignore[arg-type,operator]

    @pytest.mark.parametrize("field", ["code", "system", "label"])
    def test_what_is_read_is_a_text_or_none(self, field: str) -> None:
        texts: dict[str, object] = {"code": "X1", "system": A, "label": "First", field: 5}
        with pytest.raises(TypeError, match=f"{field} is a str or None, not int"):
            SET.read(**texts)  # type: ignore[arg-type]
        assert SET.read(None)[1]

    def test_what_is_no_code_is_in_no_set(self) -> None:
        for item in (5, None, ["X1"], (5, A), ("X1", 5), Code(code=5)):  # type: ignore[arg-type]
            assert item not in SET


class TestReadOnly:
    """Nobody changes a table that everyone shares."""

    def test_the_index_cannot_be_changed(self) -> None:
        for table in (SET, ASSOCIATION):
            with pytest.raises(TypeError):
                table._by_code["X9"] = ()  # type: ignore[index]

    def test_a_table_survives_pickle_and_copy(self) -> None:
        for table in (SET, ASSOCIATION):
            for again in (
                pickle.loads(pickle.dumps(table)),  # noqa: S301
                copy.copy(table),
                copy.deepcopy(table),
            ):
                assert again == table
                assert again.find("X1") == table.find("X1")

    def test_a_code_of_many_systems_is_indexed_in_linear_time(self) -> None:
        start = time.perf_counter()
        table = made(*(Code(code="1", system=f"1.2.{number}") for number in range(50_000)))
        assert len(table.candidates("1")) == 50_000
        assert time.perf_counter() - start < 5
