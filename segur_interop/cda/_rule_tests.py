"""What a rule asks of one element, where XPath 1.0 cannot say it."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterable
from typing import Final, TypeAlias

from lxml import etree

from segur_interop._oid import is_oid
from segur_interop._time import Timestamp
from segur_interop.cda._build import NS
from segur_interop.errors import InvalidMatricule, InvalidValue
from segur_interop.ins.matricule import PRODUCTION_OIDS, Matricule
from segur_interop.ins.traits import is_birth_place
from segur_interop.terminology import value_set

__all__ = [
    "Test",
    "distinct",
    "has_key",
    "in_set",
    "is_cog",
    "is_day",
    "is_exact",
    "is_filled",
    "is_language",
    "is_matricule",
    "has_oid_system",
    "is_oid_root",
    "is_ordered",
    "is_root",
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
        system = element.get("codeSystem") or None
        return code is None or value_set(name).find(code, system) is not None

    return test


# -- times --------------------------------------------------------------------------------------


def _timestamp(element: Element | None) -> Timestamp | None:
    value = None if element is None else element.get("value")
    return None if value is None else _parsed(value[:_LONGEST_TIME])


@functools.lru_cache(maxsize=64)
def _parsed(value: str) -> Timestamp | None:
    """The rules look at the same few times again and again."""
    try:
        return Timestamp.parse(value)
    except InvalidValue:
        return None


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
    low, high = _bounds(element)
    if low is None or high is None:
        return True
    if low.hour is not None and high.hour is not None and low.is_aware and high.is_aware:
        return low.to_datetime() <= high.to_datetime()
    first, last = _digits(low), _digits(high)
    shared = min(len(first), len(last))
    return first[:shared] <= last[:shared]


def _bounds(element: Element) -> tuple[Timestamp | None, Timestamp | None]:
    return _timestamp(element.find("h:low", NS)), _timestamp(element.find("h:high", NS))


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


def is_oid_root(element: Element) -> bool:
    """The root is an OID."""
    return is_oid(element.get("root") or "")


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


def distinct(name: str) -> Test:
    """No two children of that name are the same."""
    tag = f"{{{NS['h']}}}{name}"

    def test(parent: Element) -> bool:
        children = parent.findall(tag)
        if len(children) == 1 or not children:
            return True
        told = [_told(child) for child in children if child.get("nullFlavor") is None]
        return len(told) == len(set(told))

    return test


_TELLING: Final = ("root", "extension", "code", "codeSystem", "use", "value")


def _told(element: Element) -> tuple[str, ...]:
    """What makes a TEL, an II, an AD or a translation: its attributes and its texts."""
    texts = [text.strip() for text in map(str, element.itertext()) if text.strip()]
    return (*(element.get(name, "") for name in _TELLING), *texts)


def none_beside(names: Iterable[str]) -> Test:
    """No nullFlavor beside a sibling of the same name that has a value."""
    tags = frozenset(f"{{{NS['h']}}}{name}" for name in names)

    def test(parent: Element) -> bool:
        children = [child for child in parent if child.tag in tags]
        null = {child.tag for child in children if child.get("nullFlavor") is not None}
        return not null or not any(
            child.tag in null and child.get("nullFlavor") is None for child in children
        )

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
