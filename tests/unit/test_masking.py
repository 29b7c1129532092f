"""Personal values stay out of repr, logs and notebooks; `reveal()` is the only door."""

from __future__ import annotations

import copy
import dataclasses
import enum
import html.parser
import importlib
import pickle
import pkgutil
import traceback
from datetime import date

import pytest

import segur_interop
from segur_interop._masking import MASK, Masked, html_table, shown


class Colour(enum.Enum):
    """A closed list that a field may hold."""

    RED = "r"
    BLUE = "b"


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Person(Masked):
    """A made-up holder of personal values."""

    name: str = ""
    born: date | None = None
    numbers: tuple[str, ...] = ()
    friend: Person | None = None
    friends: tuple[Person, ...] = ()
    rank: int | None = None
    flag: bool | None = None
    colour: Colour | None = dataclasses.field(default=None, metadata=shown())
    colours: frozenset[Colour] = dataclasses.field(default=frozenset(), metadata=shown())


class TextOf(html.parser.HTMLParser):
    """The elements and the text of some HTML."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.append(tag)

    def handle_data(self, data: str) -> None:
        self.text += data


def views(person: Person) -> list[str]:
    return [
        repr(person),
        str(person),
        f"{person}",
        f"{person!r:>400}",
        repr([person]),
        person._repr_html_(),
    ]


SECRET = Person(
    name="PAT-TROIS",
    born=date(1979, 3, 28),
    numbers=("279035121518989",),
    friend=Person(name="NESSI"),
    friends=(Person(name="NESSI"), Person(name="CORSE")),
    rank=2,
    flag=True,
    colour=Colour.RED,
)
CLEAR = ("PAT-TROIS", "NESSI", "CORSE", "1979", "279035121518989", "True", "2")


def test_no_view_shows_a_personal_value() -> None:
    for view in views(SECRET):
        assert not [text for text in CLEAR if text in view]


def test_a_field_declared_shown_is_in_clear_and_the_others_only_filled() -> None:
    assert repr(SECRET) == (
        f"Person(name={MASK}, born={MASK}, numbers={MASK}, friend={MASK}, friends={MASK}, "
        f"rank={MASK}, flag={MASK}, colour=RED)"
    )


def test_empty_fields_are_left_out() -> None:
    assert repr(Person()) == "Person()"
    assert (
        repr(Person(colours=frozenset({Colour.RED, Colour.BLUE}))) == "Person(colours=[BLUE, RED])"
    )


@pytest.mark.parametrize("falsy", [{"rank": 0}, {"flag": False}])
def test_zero_and_false_are_filled_values(falsy) -> None:
    assert MASK in repr(Person(**falsy))
    assert repr(Person(**falsy)) == repr(Person(**dict.fromkeys(falsy, 7)))


@pytest.mark.parametrize(
    ("short", "long"),
    [
        (Person(name="A"), Person(name="A" * 500)),
        (Person(numbers=("1",)), Person(numbers=("1", "2", "3"))),
        (Person(friends=(Person(),)), Person(friends=(Person(name="X"),) * 9)),
        (Person(born=date(1, 1, 1)), Person(born=date(1979, 3, 28))),
        (Person(rank=1), Person(rank=10**30)),
    ],
    ids=["text", "tuple", "people", "date", "number"],
)
def test_a_mask_tells_nothing_of_length_or_content(short: Person, long: Person) -> None:
    assert views(short) == views(long)


def test_a_traceback_of_a_refused_change_shows_nothing() -> None:
    try:
        SECRET.name = "NESSI"  # type: ignore[misc]
    except dataclasses.FrozenInstanceError as error:
        shown_text = "".join(traceback.format_exception_only(error))
    assert not [text for text in CLEAR if text in shown_text]


def test_reveal_shows_everything_and_the_people_inside() -> None:
    clear = SECRET.reveal()
    assert all(text in clear for text in CLEAR)
    assert MASK not in clear
    assert repr(clear) == str(clear)
    assert clear.startswith("Person(name=PAT-TROIS, born=1979-03-28, ")


def test_revealed_html_shows_everything() -> None:
    text = TextOf(SECRET.reveal()._repr_html_()).text
    assert "PAT-TROIS" in text
    assert "CORSE" in text


def test_html_is_escaped() -> None:
    evil = "<script>alert(1)</script>&\"'"
    for page in (html_table(evil, [(evil, evil)]), Person(name=evil).reveal()._repr_html_()):
        seen = TextOf(page)
        assert set(seen.tags) <= {"table", "caption", "tbody", "tr", "th", "td"}
        assert evil in seen.text


def every_masked_class() -> list[type[Masked]]:
    for module in pkgutil.walk_packages(segur_interop.__path__, "segur_interop."):
        importlib.import_module(module.name)
    found: list[type[Masked]] = []
    queue = [Masked]
    while queue:
        queue += (children := queue.pop().__subclasses__())
        found += [kind for kind in children if kind.__module__.startswith("segur_interop.")]
    return found


OF_THEIR_OWN = {
    # The text of a number and its unit, as that of a Decimal: of a person it says nothing.
    "segur_interop.cda._entries.values.Quantity.__str__",
    "segur_interop.cda._entries.values.Interval.__str__",
    "segur_interop.cda._entries.values.Ratio.__str__",
    # Numbers of patients by decision.
    "segur_interop.export.planned.ImportPlan.__repr__",
}


def test_no_class_of_the_package_replaces_the_masked_views() -> None:
    """`@dataclass` writes a repr of its own unless told `repr=False`."""
    kinds = every_masked_class()
    assert kinds
    replaced = {
        f"{kind.__module__}.{kind.__qualname__}.{name}"
        for kind in kinds
        for name in ("__repr__", "__str__", "__format__", "_repr_html_")
        if getattr(kind, name, None) is not getattr(Masked, name, None)
    }
    assert replaced == OF_THEIR_OWN


def test_what_is_revealed_survives_pickle_and_copy() -> None:
    clear = SECRET.reveal()
    stored = pickle.loads(pickle.dumps(clear))  # noqa: S301
    for again in (stored, copy.copy(clear), copy.deepcopy(clear)):
        assert again == clear
        assert again._repr_html_() == clear._repr_html_()
