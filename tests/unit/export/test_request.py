"""Perimeter, depth, professional, recipient: who is selected."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest
from documents import DOCTOR, PATIENT, SURGEON, jdv

from segur_interop.errors import InvalidValue
from segur_interop.export import (
    Category,
    Exclusion,
    ExportType,
    Item,
    Policy,
    Recipient,
    Record,
    Refused,
    Request,
    Scope,
    SourceStatus,
)
from segur_interop.export._selection import Selection
from segur_interop.export.request import PERIMETERS
from segur_interop.terminology import Masking, value_set

PARIS = timezone(timedelta(hours=1))
NOW = datetime(2026, 3, 31, 15, 0, tzinfo=PARIS)
LETTER, REPORT = jdv("J07", "11490-0"), jdv("J07", "34874-8")


def item(**changes: Any) -> Item:
    given: dict[str, Any] = {"id": "1", "content": b"", "mime_type": "text/plain", "type": LETTER}
    return Item(**{**given, **changes})


def judged(request: Request, **changes: Any) -> object:
    return Selection(request, NOW).judge(item(**changes))


@pytest.mark.parametrize("name", sorted(PERIMETERS))
def test_the_codes_of_a_perimeter_are_document_types(name: str):
    known = value_set("J07")
    assert all(known.find(code) for code in PERIMETERS[name])


@pytest.mark.parametrize(
    ("depth", "first"),
    [
        ("P5Y", date(2021, 3, 31)),
        ("P1M", date(2026, 2, 28)),
        ("P13M", date(2025, 2, 28)),
        ("P1Y1M1D", date(2025, 2, 27)),
        ("P2W", date(2026, 3, 17)),
        ("P90D", date(2025, 12, 31)),
        ("P9999Y", date.min),
    ],
)
def test_a_depth_goes_back_from_the_day_of_the_export(depth: str, first: date):
    request = Request(depth=depth)
    since, until = request.window(NOW)
    assert until is None
    assert since is not None
    assert since.date() == first
    assert (since.hour, since.utcoffset()) == (0, NOW.utcoffset())
    if first != date.min:
        assert judged(request, produced=first) is None
        assert judged(request, produced=first - timedelta(days=1)) is Exclusion.DEPTH


@pytest.mark.parametrize("depth", ["", "5Y", "P", "PT5H", "P-1Y", "p5y", "P5Y ", "P1D1Y", "ALL"])
def test_what_is_no_depth_is_refused(depth: str):
    with pytest.raises(InvalidValue):
        Request(depth=depth)


@pytest.mark.parametrize(
    ("produced", "inside"),
    [
        ("2020", True),  # the year touches the window
        ("202005", False),
        ("202006", True),
        ("20200615", True),
        ("20200614", False),
        ("20201231", True),
        ("20210101", False),
        ("2021", False),
        ("20200614233000+0000", True),  # 15 June in Paris
        ("20200614223000+0000", False),
        ("20201231235959+0100", True),
        ("20201231230000+0000", False),  # 1 January in Paris
    ],
)
def test_bounds_are_inclusive_in_the_zone_of_the_export(produced: str, inside: bool):
    request = Request(since="20200615", until="20201231")
    expected = None if inside else Exclusion.DEPTH
    assert judged(request, produced=produced) is expected


def test_the_act_dates_an_item_without_date_of_production():
    request = Request(since="2020")
    assert judged(request, performed="2019") is Exclusion.DEPTH
    assert judged(request, performed="2020") is None


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy.INCLUDE, None),
        (Policy.EXCLUDE, Exclusion.UNDATED),
        (Policy.ERROR, Refused.UNDATED),
    ],
)
def test_an_undated_item_follows_its_policy(policy: Policy, expected: object):
    assert judged(Request(depth="P1Y", undated=policy)) is expected
    assert judged(Request(undated=policy)) is None


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        (Policy.INCLUDE, None),
        (Policy.EXCLUDE, Exclusion.NO_TYPE),
        (Policy.ERROR, Refused.NO_TYPE),
    ],
)
def test_an_untyped_item_follows_its_policy(policy: Policy, expected: object):
    request = Request(perimeter="HOP-DPI-Va1", untyped=policy)
    assert judged(request, type=None) is expected
    assert judged(Request(untyped=policy), type=None) is None


def test_types_narrow_and_widen_the_perimeter():
    biology = jdv("J07", "11502-2")
    assert judged(Request(perimeter="HOP-DPI-Va1"), type=biology) is Exclusion.TYPE
    assert judged(Request(perimeter="HOP-DPI-Va1", types=("11502-2",)), type=biology) is None
    assert judged(Request(types=("34874-8",))) is Exclusion.TYPE
    assert judged(Request(exclude_types=("11490-0",))) is Exclusion.TYPE


@pytest.mark.parametrize("number", ["10000336601", "810000336601"])
@pytest.mark.parametrize(
    ("scope", "author", "responsible"),
    [
        (None, True, True),
        (Scope.AUTHOR_OR_RESPONSIBLE, True, True),
        (Scope.AUTHOR, True, False),
        (Scope.RESPONSIBLE, False, True),
    ],
)
def test_an_item_is_that_of_a_professional_by_scope(
    number: str, scope: Scope | None, author: bool, responsible: bool
):
    request = Request(professional=number, scope=scope)
    expected = {True: None, False: Exclusion.PROFESSIONAL}
    assert judged(request, authors=(SURGEON,), responsible=DOCTOR) is expected[author]
    assert judged(request, authors=(DOCTOR,), responsible=SURGEON) is expected[responsible]
    assert judged(request) is Exclusion.PROFESSIONAL


def test_the_patients_of_a_professional_are_taken_whole():
    request = Request(professional="10000336601", scope=Scope.PATIENTS_OF)
    selection = Selection(request, NOW)
    assert selection.judge(item(authors=(DOCTOR,))) is None
    assert selection.wants(Record(key="a", patient=PATIENT, referents=("10000336601",)))
    assert selection.wants(Record(key="a", patient=PATIENT, referents=("810000336601",)))
    assert not selection.wants(Record(key="a", patient=PATIENT, referents=("10000000012",)))


def test_only_the_patients_asked_for_are_wanted():
    selection = Selection(Request(patients=frozenset({"a"})), NOW)
    assert selection.wants(Record(key="a", patient=PATIENT))
    assert not selection.wants(Record(key="b", patient=PATIENT))


@pytest.mark.parametrize("category", [Category.NOTE_PERSONNELLE, Category.AGENDA, Category.TRACE])
@pytest.mark.parametrize("recipient", list(Recipient))
def test_notes_agenda_and_logs_go_to_editors_and_judges_alone(
    category: Category, recipient: Recipient
):
    kept = recipient in (Recipient.EDITEUR, Recipient.JUSTICE)
    expected = None if kept else Exclusion.CATEGORY
    assert judged(Request(recipient=recipient), category=category) is expected
    every = Request(recipient=recipient, categories=frozenset(Category))
    assert judged(every, category=category) is None


@pytest.mark.parametrize("recipient", list(Recipient))
def test_what_is_masked_to_the_patient_does_not_go_to_the_patient(recipient: Recipient):
    found = judged(Request(recipient=recipient), masks=frozenset({Masking.INVISIBLE_PATIENT}))
    assert (found is Exclusion.MASKED) is (recipient is Recipient.PATIENT)


def test_deselected_superseded_and_deleted_items_say_so():
    assert judged(Request(deselected=frozenset({"1"}))) is Exclusion.DESELECTED
    superseded = {"status": SourceStatus.SUPERSEDED}
    assert judged(Request(), **superseded) is None
    assert judged(Request(superseded=False), **superseded) is Exclusion.SUPERSEDED
    assert judged(Request(), status=SourceStatus.DELETED) is Exclusion.DELETED
    assert judged(Request(deleted=True), status=SourceStatus.DELETED) is None


@pytest.mark.parametrize(
    ("request_", "kind"),
    [
        (Request(), ExportType.MASSIF),
        (Request(depth="P5Y"), ExportType.CIBLE),
        (Request(professional="10000336601"), ExportType.CIBLE),
        (Request(patients=frozenset({"a"})), ExportType.UNITAIRE),
        (Request(patients=frozenset({"a", "b"})), ExportType.CIBLE),
        (Request(export_type=ExportType.MASSIF, depth="P5Y"), ExportType.MASSIF),
    ],
)
def test_the_type_of_export_follows_from_the_request(request_: Request, kind: ExportType):
    assert request_.kind is kind


def test_the_same_request_has_one_canonical_json():
    one = Request(types=("b", "a"), professional=("10000336601",), patients=frozenset("xyz"))
    two = Request(types=("a", "b", "a"), professional="810000336601", patients=frozenset("zyx"))
    assert one.canonical() == two.canonical()
    data = json.loads(one.canonical())
    assert data["scope"] == "author_or_responsible"
    assert one.canonical() == json.dumps(
        data, sort_keys=True, ensure_ascii=False, separators=(",", ":")
    )


def test_the_json_of_a_request_names_no_patient():
    text = Request(patients=frozenset({"DUPONT-1950"})).canonical()
    assert "DUPONT" not in text
    assert json.loads(text)["patients"]["count"] == 1


@pytest.mark.parametrize(
    "arguments",
    [
        {"perimeter": "HOP"},
        {"depth": "P5Y", "since": "2020"},
        {"scope": Scope.AUTHOR},
        {"batch": (2, 1)},
        {"batch": (0, 1)},
        {"since": datetime(2020, 1, 1)},  # noqa: DTZ001 (that is what is refused)
        {"since": "2021", "until": "2020"},
        {"since": "20200102000000+0100", "until": "20200101225959+0000"},
        {"professional": ""},
        {"professional": ("10000336601", " ")},
        {"patients": frozenset({""})},
        {"types": ("",)},
        {"exclude_types": ("11490-0", "")},
        {"deselected": frozenset({"\t"})},
    ],
)
def test_what_is_no_request_is_refused(arguments: dict[str, Any]):
    with pytest.raises(InvalidValue):
        Request(**arguments)


def test_bounds_may_touch():
    assert Request(since="2020", until="20200101")
    assert Request(since="202006", until="2020")


@pytest.mark.parametrize("name", ["patients", "types", "exclude_types", "deselected"])
def test_one_text_is_not_taken_letter_by_letter(name: str):
    arguments: dict[str, Any] = {name: "12"}
    with pytest.raises(TypeError) as error:
        Request(**arguments)
    assert "12" not in str(error.value)


def test_an_item_has_an_id_a_media_type_and_no_naive_time():
    for changes in ({"id": ""}, {"id": "a\nb"}, {"mime_type": ""}, {"produced": NOW.replace(tzinfo=None)}):  # fmt: skip # noqa: E501
        with pytest.raises(InvalidValue):
            item(**changes)
    assert item(produced=datetime(2020, 1, 1, tzinfo=UTC)).moment is not None
