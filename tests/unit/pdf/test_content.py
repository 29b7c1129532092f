from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from letters import HOSPITAL, SURGEON, letter

from segur_interop import pdf
from segur_interop.errors import InvalidValue
from segur_interop.model import Organization, Professional, Timestamp

CONTROL = ("\x00", "\x07", "\t", "\r", "\x0b", "\x1f", "\x7f", "\x85", "\u2028", "\ud800", "\ufffe")


@pytest.mark.parametrize("character", CONTROL, ids=lambda c: f"U+{ord(c):04X}")
@pytest.mark.parametrize(
    "make",
    [
        lambda text: pdf.Paragraph(text=text),
        lambda text: pdf.Items(items=(text,)),
        lambda text: pdf.Fields(rows=((text, "b"),)),
        lambda text: pdf.Fields(rows=(("a", text),)),
        lambda text: pdf.Table(header=(text,), rows=()),
        lambda text: pdf.Table(header=("a",), rows=((text,),)),
        lambda text: pdf.Table(header=("a",), rows=(), caption=text),
        lambda text: pdf.Section(title=text),
        lambda text: pdf.Section(title="a", empty=text),
        lambda text: letter(title=text),
        lambda text: letter(notice=text),
    ],
)
def test_control_characters_are_refused_everywhere(make: Any, character: str) -> None:
    for text in (f"a{character}b", f"a\n{character}", character):
        with pytest.raises(InvalidValue):
            make(text)


@pytest.mark.parametrize(
    "make",
    [
        lambda: pdf.Paragraph(text=" "),
        lambda: pdf.Items(items=()),
        lambda: pdf.Items(items=("a", "")),
        lambda: pdf.Fields(rows=()),
        lambda: pdf.Fields(rows=(("", "b"),)),
        lambda: pdf.Fields(rows=(("a", "b", "c"),)),  # type: ignore[arg-type]
        lambda: pdf.Table(header=(), rows=()),
        lambda: pdf.Table(header=("a",) * 13, rows=()),
        lambda: pdf.Table(header=("a", "b"), rows=(("a",),)),
        lambda: pdf.Table(header=("a", "b"), rows=(), widths=(1,)),
        lambda: pdf.Table(header=("a",), rows=(), widths=(0,)),
        lambda: pdf.Table(header=("a",), rows=(), widths=(float("nan"),)),
        lambda: pdf.Section(title=""),
        lambda: pdf.Section(title="a", empty=""),
    ],
)
def test_what_no_page_could_show_is_refused(make: Any) -> None:
    with pytest.raises(InvalidValue):
        make()


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "LDL"},
        {"kind": None},
        {"patient": None},
        {"author": HOSPITAL},
        {"organization": SURGEON},
        {"sections": ("a",)},
        {"recipients": ("Dr Durand",)},
        {"performed": "20240310"},
        {"title": 3},
    ],
)
def test_another_type_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        letter(**changes)


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"created": datetime(2024, 3, 15)}, "content.created"),  # noqa: DTZ001
        ({"created": date(2024, 3, 15)}, "content.created"),
        ({"created": "202403"}, "content.created"),
        ({"replaces": "202403"}, "content.replaces"),
        ({"author": Professional.from_rpps("10001234567")}, "content.author.name"),
        ({"authenticator": Professional.from_rpps("10001234567")}, "content.authenticator.name"),
        ({"organization": Organization.from_finess("750000001")}, "content.organization.name"),
        ({"recipients": (Professional.from_rpps("10001234567"),)}, "content.recipients[0].name"),
        ({"recipients": (HOSPITAL, Organization.from_finess("750000001"))},
         "content.recipients[1].name"),
    ],
)  # fmt: skip
def test_a_document_names_its_people_and_its_moment(changes: dict[str, Any], place: str) -> None:
    with pytest.raises(InvalidValue) as caught:
        letter(**changes)
    assert caught.value.place == place


def test_times_become_timestamps() -> None:
    content = letter(created=datetime(2024, 3, 15, tzinfo=UTC), replaces=date(2024, 3, 1))
    assert content.created == Timestamp.parse("20240315000000+0000")
    assert content.replaces == Timestamp.parse("20240301")


@pytest.mark.parametrize("kind", pdf.Kind)
def test_each_kind_has_an_outline_of_empty_sections(kind: pdf.Kind) -> None:
    sections = pdf.outline(kind)
    assert len({section.title for section in sections}) == len(sections) > 1
    assert not any(section.blocks for section in sections)


def test_the_title_is_the_callers_or_that_of_the_kind() -> None:
    assert letter().printed_title == "Lettre de liaison de sortie"
    assert letter(title="Lettre de sortie").printed_title == "Lettre de sortie"


def test_with_sections_changes_nothing_else() -> None:
    section = pdf.Section(title="Seule")
    changed = letter().with_sections(section)
    assert changed.sections == (section,)
    assert changed.with_sections(*letter().sections) == letter()


@pytest.mark.parametrize(
    "make",
    [
        lambda: pdf.Fields(rows=("ab",)),  # type: ignore[arg-type]
        lambda: pdf.Table(header=("a", "b"), rows=("xy",)),  # type: ignore[arg-type]
        lambda: pdf.Table(header=("a",), rows=(), widths=("1",)),  # type: ignore[arg-type]
        lambda: pdf.compose(None),  # type: ignore[arg-type]
        lambda: pdf.compose(letter(), typeface="Vera.ttf"),  # type: ignore[arg-type]
    ],
)
def test_a_text_is_no_row_no_width_and_no_content(make: Any) -> None:
    with pytest.raises(TypeError):
        make()
