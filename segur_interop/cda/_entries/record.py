"""What every record has: where it came from, its code, its time, its words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, TypedDict

from lxml import etree

from segur_interop._masking import shown
from segur_interop.cda import _read_people as people
from segur_interop.cda._children import Parts, child
from segur_interop.cda._entries.acts import Act
from segur_interop.cda._entries.reading import Reading
from segur_interop.cda._entries.values import Concept
from segur_interop.cda._index import Index, local
from segur_interop.cda._placed import Placed, Raw
from segur_interop.findings import Severity
from segur_interop.model import LocalId, Participant, Period
from segur_interop.terminology import Code

__all__ = ["Base", "Record", "affirmed", "base", "doses", "comments", "linked_text", "participants"]

Element = etree._Element

_COMMENT: Final = frozenset(
    {"2.16.840.1.113883.10.20.1.40", "1.3.6.1.4.1.19376.1.5.3.1.4.2", "1.2.250.1.213.1.1.3.32"}
)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Record(Placed):
    """An entry read into plain values; `element` holds what no field does.

    Attributes:
        section: code of the section that it is in; None without.
        template_ids: roots of its templateIds.
        ids: its identifiers.
        code: what it is; None when nothing is told.
        status: statusCode: `completed`, `active`, `aborted`, `cancelled`, …; "" when not told.
        mood: `EVN` done or observed; `INT`, `RQO`, `PRMS` meant, asked, promised; `ARQ`, `APT`
            wished, arranged; `GOL` a goal.
        negated: true when it says that it was not done, or is not so (`negationInd` of the entry,
            of its tie, or of the act or concern that it is a part of); None when that is written
            so that it does not tell: neither done nor not done.
        time: effectiveTime, with the precision given.
        text: the words of the entry, its reference resolved.
        comments: what was added in words.
        null_flavors: name of a child element and why it has no value (`UNK`, `NA`, `MSK`, …);
            the name is "" for the entry itself.
    """

    section: Code | None = field(default=None, metadata=shown())
    template_ids: tuple[str, ...] = field(default=(), metadata=shown())
    ids: tuple[LocalId, ...] = ()
    code: Concept | None = None
    status: str = field(default="", metadata=shown())
    mood: str = field(default="", metadata=shown())
    negated: bool | None = False
    time: Period | None = None
    text: str = ""
    comments: tuple[str, ...] = ()
    null_flavors: tuple[tuple[str, str], ...] = ()
    _index: Index = field(compare=False)

    @property
    def references(self) -> tuple[str, ...]:
        """Identifiers of the narrative that it stands for."""
        return _references(self._raw.parts)

    def null_flavor(self, name: str = "") -> str:
        """Why a child element has no value; "" when it has one, or is not there."""
        return dict(self.null_flavors).get(name, "")

    @property
    def label(self) -> str:
        """What to show for its code: a label, else words; "" without."""
        return self.code.label if self.code else ""

    def narrative_row(self) -> tuple[tuple[str, str], ...]:
        """The row of the narrative that holds it: heading and text of each cell.

        It is what the author attested; some documents tell there what the entry does not. Empty
        when the entry refers to no table.
        """
        for identifier in self.references:
            element = self._index.get(identifier)
            row = () if element is None else self._index.row(element)
            if row:
                return row
        return ()


class Base(TypedDict):
    """The fields of Record."""

    place: str
    section: Code | None
    template_ids: tuple[str, ...]
    ids: tuple[LocalId, ...]
    code: Concept | None
    status: str
    mood: str
    negated: bool | None
    time: Period | None
    text: str
    comments: tuple[str, ...]
    null_flavors: tuple[tuple[str, str], ...]
    _raw: Raw
    _index: Index


def base(act: Act, read: Reading, *, has_time: bool = True) -> Base:
    """What all records have, of an act; without its time when its own reader looks for it."""
    place, parts = act.place, act.parts
    status = act.part("statusCode")
    time = act.part("effectiveTime") if has_time else None
    _one_value(act, read)
    return Base(
        place=place,
        section=act.section.code,
        template_ids=act.templates,
        ids=tuple(read.identified(read.at_most(parts["id"], "id"), place)) if "id" in parts else (),
        code=read.concept(act.part("code"), f"{place}/code"),
        status="" if status is None else status.get("code", ""),
        mood=act.mood,
        negated=act.negated,
        time=read.span(time, f"{place}/effectiveTime"),
        text=read.words(act.part("text"), f"{place}/text"),
        comments=comments(act, read) if act.acts else (),
        null_flavors=_null_flavors(act, read),
        _raw=act.raw,
        _index=read.index,
    )


def _one_value(act: Act, read: Reading) -> None:
    """Tell the values after the first, of which the element alone holds what they say."""
    values = act.parts.get("value", ())
    if len(values) > 1 and act.kind == "observation":
        told = [item for item in values if item.get("representation") != "B64"]
        if len(told) > 1 or values[0].get("representation") == "B64":
            message = "several values: the first is read, the element holds them all"
            read.note("cda.entry.values", message, act.place)


def comments(act: Act, read: Reading) -> tuple[str, ...]:
    """The comments of an act (IHE PCC Comments, LOINC 48767-8)."""
    found = [linked_text(item, read) for item in act.acts if _is_comment(item)]
    return tuple(filter(None, found))


def _is_comment(act: Act) -> bool:
    return act.kind == "act" and (act.is_a(_COMMENT) or act.code == "48767-8")


def linked_text(act: Act, read: Reading) -> str:
    """The words of an act."""
    return read.words(act.part("text"), f"{act.place}/text")


def doses(act: Act, read: Reading) -> Iterator[Act]:
    """The substanceAdministration that an act is made of: steps of a treatment, antigens."""
    return affirmed(
        (
            item
            for item in act.acts
            if item.kind == "substanceAdministration" and item.link == "COMP"
        ),
        read,
    )


def affirmed(acts: Iterable[Act], read: Reading) -> Iterator[Act]:
    """Those of the acts within a record that are not negated: it has no place for the others."""
    for act in acts:
        if act.negated is False:
            yield act
        else:
            message = "a negated part of an entry is not read as one: the element holds it"
            read.note("cda.entry.negation", message, act.place)


def participants(act: Act, name: str, read: Reading) -> tuple[Participant, ...]:
    """The authors or performers of an act."""
    if name not in act.parts:
        return ()
    found: list[Participant | None] = []
    for rank, element in enumerate(act.parts.get(name, ()), start=1):
        place = f"{act.place}/{name}[{rank}]"
        if name == "author":
            found.append(people.authored(read, element, place))
        else:
            found.append(people.signed(read, "PRF", element, place))
    return tuple(item for item in found if item is not None)


def _references(parts: Parts) -> tuple[str, ...]:
    """Those of its text, then those of the words of its code and of its values."""
    found = []
    for name in _REFERRING:
        for element in parts.get(name, ()):
            if len(element):
                said = element if name == "text" else child(element, "originalText")
                reference = child(said, "reference")
                address = None if reference is None else reference.get("value")
                if address and "://" not in address and (identifier := local(address)):
                    found.append(identifier)
    return tuple(dict.fromkeys(found))


_REFERRING: Final = ("text", "code", "value")


def _null_flavors(act: Act, read: Reading) -> tuple[tuple[str, str], ...]:
    """Of its children, the first of each name; that one is told twice is noted in passing."""
    found: list[tuple[str, str]] = []
    own = act.element.get("nullFlavor")
    if own:
        found.append(("", own))
    for name, elements in act.parts.items():
        element = elements[0]
        if len(elements) > 1 and name in _ONCE:
            _told_twice(act, name, read)
        flavor = element.get("nullFlavor")
        if flavor:
            found.append((name, flavor))
        elif name == "effectiveTime" and len(element):
            found += [
                (f"{name}/{bound}", inner.get("nullFlavor", ""))
                for bound in ("low", "high")
                if (inner := child(element, bound)) is not None and inner.get("nullFlavor")
            ]
    return tuple(found)


def _told_twice(act: Act, name: str, read: Reading) -> None:
    if name != "effectiveTime" or act.kind not in {"substanceAdministration", "supply"}:
        message = f"several {name}: the first is read, the element holds them all"
        read.note("cda.entry.values", message, act.place, Severity.ERROR)


_ONCE: Final = frozenset(
    {
        "code", "consumable", "doseQuantity", "effectiveTime", "maxDoseQuantity", "product",
        "quantity", "rateQuantity", "repeatNumber", "routeCode", "statusCode", "text",
    }
)  # fmt: skip
"""What the schema has once in an act; several times in a treatment only."""
