"""What a rule asks of one element, where XPath 1.0 cannot say it."""

from __future__ import annotations

import abc
import functools
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final, TypeAlias

from lxml import etree

from segur_interop._oid import is_oid
from segur_interop._time import Timestamp
from segur_interop.cda._build import HL7
from segur_interop.errors import InvalidMatricule, InvalidValue
from segur_interop.ins.matricule import PRODUCTION_OIDS, Matricule
from segur_interop.ins.traits import is_birth_place
from segur_interop.terminology import value_set

__all__ = [
    "SiblingTest",
    "Test",
    "at_most",
    "distinct",
    "forget_times",
    "has_key",
    "has_oid_system",
    "has_system",
    "holds_null",
    "in_set",
    "is_cog",
    "is_day",
    "is_exact",
    "is_filled",
    "is_language",
    "is_matricule",
    "is_oid_root",
    "is_ordered",
    "is_root",
    "is_rooted",
    "is_short",
    "is_telecom",
    "is_time",
    "is_version",
    "is_zoned",
    "none_beside",
    "text_in",
    "use_in",
]

Element: TypeAlias = etree._Element
Test: TypeAlias = Callable[[Element], bool]


def in_set(name: str) -> Test:
    """The code, if any, is of a value set and of its system."""

    def test(element: Element) -> bool:
        code = element.get("code")
        return code is None or value_set(name).find(code, element.get("codeSystem")) is not None

    return test


# -- times --------------------------------------------------------------------------------------


def _timestamp(element: Element | None) -> Timestamp | None:
    value = None if element is None else element.get("value")
    return None if value is None else _parsed(value[:_LONGEST_TIME])


@functools.lru_cache(maxsize=64)
def _parsed(value: str) -> Timestamp | None:
    """The rules look at the same few times of a header again and again."""
    try:
        return Timestamp.parse(value)
    except InvalidValue:
        return None


def forget_times() -> None:
    """Keep no time of a header once it is judged."""
    _parsed.cache_clear()


_LONGEST_TIME: Final = 64


def is_time(element: Element) -> bool:
    """A value, if any, is a moment that HL7 can write, with nothing around it."""
    value = element.get("value")
    return value is None or (value == value.strip() and _timestamp(element) is not None)


def is_zoned(element: Element) -> bool:
    """A time of day has a zone, and a day has none."""
    moment = _timestamp(element)
    return moment is None or (moment.hour is not None) == moment.is_aware


def is_exact(element: Element) -> bool:
    """To the second, not to a fraction of it."""
    moment = _timestamp(element)
    return moment is None or (moment.precision == "second" and not moment.fraction)


def is_day(element: Element) -> bool:
    """A calendar day and nothing finer."""
    moment = _timestamp(element)
    return moment is not None and moment.precision == "day" and moment.offset is None


def is_ordered(element: Element) -> bool:
    """Low is not after high, in UTC where both tell a zone, else at the precision of both."""
    if len(element) < 2:
        return True
    low, high = _bounds(element)
    if low is None or high is None:
        return True
    if low.hour is not None and high.hour is not None and low.is_aware and high.is_aware:
        return low.to_datetime() <= high.to_datetime()
    first, last = _digits(low), _digits(high)
    shared = min(len(first), len(last))
    return first[:shared] <= last[:shared]


_BOUNDS: Final = (f"{{{HL7}}}low", f"{{{HL7}}}high")


def _bounds(element: Element) -> tuple[Timestamp | None, Timestamp | None]:
    low, high = (next(element.iterchildren(tag), None) for tag in _BOUNDS)
    return _timestamp(low), _timestamp(high)


def _digits(moment: Timestamp) -> str:
    return re.split(r"[.+-]", str(moment))[0]


# -- identifiers --------------------------------------------------------------------------------

_UUID: Final = re.compile(r"[0-9A-F]{8}(?:-[0-9A-F]{4}){3}-[0-9A-F]{12}")


def is_root(element: Element) -> bool:
    """A root, if any, is an OID or a UUID."""
    root = element.get("root")
    return root is None or is_oid(root) or _UUID.fullmatch(root.upper()) is not None


def has_oid_system(element: Element) -> bool:
    """No codeSystem, or an OID: the types of signatures (ASTM, URN) belong to metadata alone."""
    system = element.get("codeSystem")
    return system is None or is_oid(system)


def has_system(element: Element) -> bool:
    """A code, if any, has its codeSystem."""
    return element.get("codeSystem") is not None or element.get("code") is None


def holds_null(element: Element) -> bool:
    """No nullFlavor, or one of those beside which a text may be told, or nothing within."""
    flavor = element.get("nullFlavor")
    return (
        flavor is None
        or flavor in _HOLDING_NULLS
        or next(element.iterchildren(etree.Element), None) is None
    )


_HOLDING_NULLS: Final = frozenset({"OTH", "NA", "UNC"})


def is_oid_root(element: Element) -> bool:
    """The root is an OID."""
    return is_oid(element.get("root") or "")


def is_rooted(element: Element) -> bool:
    """A root or a nullFlavor, and not both."""
    return (element.get("root") is None) != (element.get("nullFlavor") is None)


def is_short(element: Element) -> bool:
    """An extension of 64 characters at most."""
    return len(element.get("extension") or "") <= _LONGEST_EXTENSION


_LONGEST_EXTENSION: Final = 64


def _matricule(element: Element) -> Matricule | None:
    try:
        return Matricule.parse(element.get("extension") or "", element.get("root"))
    except InvalidMatricule:
        return None


def is_matricule(element: Element) -> bool:
    """The extension is the 15 characters themselves, without any separator."""
    matricule = _matricule(element)
    return matricule is not None and matricule.value == element.get("extension")


def has_key(element: Element) -> bool:
    """The key of a production number is right."""
    matricule = _matricule(element)
    return matricule is None or matricule.is_valid or element.get("root") not in PRODUCTION_OIDS


def is_cog(element: Element) -> bool:
    """Five characters of the COG."""
    return is_birth_place((element.text or "").strip())


# -- siblings -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class SiblingTest(abc.ABC):
    """A test of a parent that only some of its children can fail.

    A header holds few of them: their parents are found at once, where to look at each parent
    for each of its children would be the greater part of the judging.

    Attributes:
        tags: of these children.
    """

    tags: tuple[str, ...]

    @abc.abstractmethod
    def __call__(self, parent: Element, /) -> bool:
        """True when the test holds."""

    @abc.abstractmethod
    def suspects(self, children: Iterable[Element]) -> set[Element | None]:
        """The parents that may fail.

        Args:
            children: every element of the header with one of the tags.
        """


class _Distinct(SiblingTest):
    __slots__ = ()

    def __call__(self, parent: Element, /) -> bool:
        children = list(parent.iterchildren(*self.tags))
        if len(children) < 2:
            return True
        told = [_told(child) for child in children if child.get("nullFlavor") is None]
        return len(told) == len(set(told))

    def suspects(self, children: Iterable[Element]) -> set[Element | None]:
        """Those that have two."""
        known: set[Element | None] = set()
        twice: set[Element | None] = set()
        for child in children:
            parent = child.getparent()
            (twice if parent in known else known).add(parent)
        return twice


def distinct(name: str) -> SiblingTest:
    """No two children of that name are the same."""
    return _Distinct((f"{{{HL7}}}{name}",))


_TELLING: Final = ("root", "extension", "code", "codeSystem", "use", "value")


def _told(element: Element) -> tuple[str, ...]:
    """What makes a TEL, an II, an AD or a translation: its attributes and its texts."""
    texts = [text.strip() for text in map(str, element.itertext()) if text.strip()]
    return (*(element.get(name, "") for name in _TELLING), *texts)


class _NoneBeside(SiblingTest):
    __slots__ = ()

    def __call__(self, parent: Element, /) -> bool:
        null = [child.tag for child in parent if child.get("nullFlavor") is not None]
        return not null or not any(
            child.tag in null and child.get("nullFlavor") is None
            for child in parent.iterchildren(*self.tags)
        )

    def suspects(self, children: Iterable[Element]) -> set[Element | None]:
        """Those of a child that has a nullFlavor."""
        return {child.getparent() for child in children if child.get("nullFlavor") is not None}


def none_beside(names: Iterable[str]) -> SiblingTest:
    """No nullFlavor beside a sibling of the same name that has a value."""
    return _NoneBeside(tuple(f"{{{HL7}}}{name}" for name in names))


def at_most(count: int, name: str) -> Test:
    """No more than so many children of that name."""
    tag = f"{{{HL7}}}{name}"

    def test(parent: Element) -> bool:
        return len(parent) <= count or len(list(parent.iterchildren(tag))) <= count

    return test


# -- texts --------------------------------------------------------------------------------------

_TELECOM: Final = re.compile(r"(?:tel|fax|mailto|http|ftp|mllp):[!#-;=?-\[\]_a-zA-Z~]+")
_NULL_TELECOM: Final = frozenset({"UNK", "NASK", "ASKU", "NAV", "MSK"})
_LANGUAGE: Final = re.compile(r"[a-z]{2}-[A-Z]{2}")
_POSITIVE: Final = re.compile(r"0*[1-9][0-9]*")


def is_telecom(element: Element) -> bool:
    """A URI that the kit accepts, or a nullFlavor."""
    value = element.get("value")
    if value is None:
        return element.get("nullFlavor") in _NULL_TELECOM
    return element.get("nullFlavor") is None and _TELECOM.fullmatch(value) is not None


def use_in(uses: Iterable[str]) -> Test:
    """The use, if any, is one of these."""
    known = frozenset(uses)
    return lambda element: element.get("use") is None or element.get("use") in known


def text_in(texts: Iterable[str]) -> Test:
    """The text is one of these."""
    known = frozenset(texts)
    return lambda element: (element.text or "").strip() in known


def is_language(element: Element) -> bool:
    """`xx-YY`."""
    return _LANGUAGE.fullmatch(element.get("code") or "") is not None


def is_version(element: Element) -> bool:
    """1 or more."""
    return _POSITIVE.fullmatch(element.get("value") or "") is not None


def is_filled(element: Element) -> bool:
    """Some text, or a nullFlavor."""
    return bool((element.text or "").strip()) or element.get("nullFlavor") is not None
