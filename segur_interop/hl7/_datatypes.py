"""Repetitions of a field as plain values, and their types as values of the model.

A repetition is a str, or a tuple of components, each a str or a tuple of subcomponents; empty
ones at the end are left out. (HL7 v2.5 chapter 2A; IHE ITI TF-4 §4.1 for France.)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

from segur_interop._oid import PS_IDNAT, is_oid
from segur_interop._time import Timestamp
from segur_interop.errors import InvalidValue, MessageError
from segur_interop.findings import Finding, Severity
from segur_interop.hl7._paths import MAX_PARTS
from segur_interop.hl7._syntax import Syntax
from segur_interop.model import (
    Address,
    LocalId,
    Location,
    Period,
    PersonName,
    Professional,
    Telecom,
    Unit,
)

__all__ = ["READERS", "WRITERS", "Notes", "Repetition", "component", "cut", "joined", "sub"]

Component: TypeAlias = str | tuple[str, ...]
Repetition: TypeAlias = str | tuple[Component, ...]
"""One repetition of a field."""


class Notes:
    """What a reader noticed, as findings."""

    def __init__(self) -> None:
        self.found: list[Finding] = []

    def add(
        self,
        rule: str,
        message: str,
        place: str,
        severity: Severity = Severity.WARNING,
        source: str = "",
    ) -> None:
        """One more finding, of a rule under `hl7.`."""
        self.found.append(
            Finding(
                rule=f"hl7.{rule}", message=message, place=place, severity=severity, source=source
            )
        )


def cut(text: str, syntax: Syntax) -> Repetition:
    """The repetition that this raw text holds."""
    inner = syntax.subcomponent
    nested = bool(inner) and inner in text
    if syntax.component not in text and not nested:
        return syntax.unescaped(text).strip()
    parts: list[Component]
    escaped = bool(syntax.escape) and syntax.escape in text
    if nested or escaped:
        read = syntax.unescaped if escaped else str
        parts = [
            _nested(part, inner, read) if nested and inner in part else read(part).strip()
            for part in text.split(syntax.component, MAX_PARTS)
        ]
    else:
        parts = [part.strip() for part in text.split(syntax.component, MAX_PARTS)]
    while parts and not parts[-1]:
        parts.pop()
    if len(parts) == 1 and isinstance(parts[0], str):
        return parts[0]
    return tuple(parts) if parts else ""


def _nested(text: str, mark: str, read: Callable[[str], str]) -> Component:
    parts = [read(part).strip() for part in text.split(mark, MAX_PARTS)]
    while parts and not parts[-1]:
        parts.pop()
    return tuple(parts) if len(parts) > 1 else "".join(parts)


def joined(value: Repetition, syntax: Syntax) -> str:
    """The raw text of a repetition: every leaf escaped, empty ends left out."""
    if isinstance(value, str):
        return syntax.escaped(value)
    parts = [
        syntax.escaped(part)
        if isinstance(part, str)
        else syntax.subcomponent.join(map(syntax.escaped, part)).rstrip(syntax.subcomponent)
        for part in value
    ]
    return syntax.component.join(parts).rstrip(syntax.component)


def component(value: Repetition, number: int) -> str:
    """The text of a component, of its first subcomponent; "" when absent."""
    if isinstance(value, str):
        return value if number == 1 else ""
    part: Component = value[number - 1] if number <= len(value) else ""
    return part if isinstance(part, str) else part[0] if part else ""


def sub(value: Repetition, number: int, inner: int) -> str:
    """The text of a subcomponent; "" when absent."""
    if isinstance(value, str):
        return value if number == inner == 1 else ""
    part: Component = value[number - 1] if number <= len(value) else ""
    if isinstance(part, str):
        return part if inner == 1 else ""
    return part[inner - 1] if inner <= len(part) else ""


def _attempt(make: Callable[[], Any], notes: Notes, place: str) -> Any:
    """What `make` gives; None and a finding when the model refuses it."""
    try:
        return make()
    except InvalidValue as error:
        reason = str(error).rpartition(": ")[2]
        notes.add("value", f"not read: {reason}", place)
        return None


# HD, the authority of an identifier, and what it names.


def authority_of(value: Repetition, number: int) -> dict[str, Any]:
    """`root`, or `authority` and `authority_type`, and `namespace`, of the HD at a component."""
    names = [sub(value, number, inner) for inner in (1, 2, 3)]
    return _authority(*names)


def _authority(namespace: str, universal: str, kind: str) -> dict[str, Any]:
    if not universal and is_oid(namespace) and namespace.count(".") > 2:
        return {"root": namespace}  # a bare OID where the namespace is expected
    if is_oid(universal) and kind.upper() in ("ISO", ""):
        return {"namespace": namespace, "root": universal}
    if kind.upper() == "UUID":
        return {"namespace": namespace, "root": universal}
    return {"namespace": namespace, "authority": universal, "authority_type": kind}


def authority_to(item: Any) -> tuple[str, ...]:
    """The HD of a LocalId, Location or Unit."""
    root = getattr(item, "root", "")
    if root:
        return (item.namespace, root, "ISO" if is_oid(root) else "UUID")
    return (item.namespace, item.authority, item.authority_type)


def read_timestamp(value: Repetition, place: str, notes: Notes) -> Timestamp | None:
    """TS.1, DT; None and a finding when it is no time."""
    text = component(value, 1)
    return _attempt(lambda: Timestamp.parse(text), notes, place) if text else None


def write_timestamp(value: Timestamp) -> Repetition:
    """TS: every digit that is known."""
    return str(value)


def read_cx(value: Repetition, place: str, notes: Notes, *, kind: str = "") -> LocalId | None:
    """CX: identifier, authority, type, and from when until when it is in force."""
    bounds = [read_timestamp(component(value, n), place, notes) for n in (7, 8)]
    names = authority_of(value, 4)

    def made() -> LocalId:
        validity = Period(low=bounds[0], high=bounds[1]) if any(bounds) else None
        return LocalId(
            extension=component(value, 1), type=component(value, 5) or kind, validity=validity,
            **names,
        )  # fmt: skip

    if not component(value, 1):
        notes.add("value", "an authority without identifier", place)
        return None
    return _attempt(made, notes, place)  # type: ignore[no-any-return]


def write_cx(value: LocalId) -> Repetition:
    """CX."""
    low, high = _bounds(value.validity)
    return (value.extension, "", "", authority_to(value), value.type, "", low, high)


def _bounds(period: Period | None) -> tuple[str, str]:
    if period is None:
        return "", ""
    # CX.7 and CX.8 are dates (DT).
    return str(period.low or "")[:8], str(period.high or "")[:8]


def read_ei(value: Repetition, place: str, notes: Notes) -> LocalId | None:
    """EI: identifier, namespace, universal id and its type."""
    if not component(value, 1):
        return None
    names = _authority(*(component(value, number) for number in (2, 3, 4)))
    return _attempt(  # type: ignore[no-any-return]
        lambda: LocalId(extension=component(value, 1), **names), notes, place
    )


def write_ei(value: LocalId) -> Repetition:
    """EI."""
    return (value.extension, *authority_to(value))


def read_xpn(value: Repetition, place: str, notes: Notes) -> PersonName | None:
    """XPN of anyone but the patient."""
    return _attempt(  # type: ignore[no-any-return]
        lambda: PersonName(
            family=component(value, 1), given=component(value, 2), civility=component(value, 5)
        ),
        notes,
        place,
    )


def write_xpn(value: PersonName) -> Repetition:
    """XPN."""
    return (value.display_family, value.given, "", "", value.civility)


_ADDRESS_USES: Final = {"H": "H", "O": "WP", "B": "WP", "C": "TMP"}
_ADDRESS_TYPES: Final = {"H": "H", "HP": "H", "HV": "H", "WP": "O", "TMP": "C"}


def read_xad(value: Repetition, place: str, notes: Notes) -> Address | None:
    """XAD: street, complement, town; the type becomes the use where CDA has one."""
    kind = component(value, 7)
    if kind and kind not in _ADDRESS_USES:
        notes.add("address.type", "this type of address has no use", place, Severity.INFO)
    return _attempt(  # type: ignore[no-any-return]
        lambda: Address(
            use=_ADDRESS_USES.get(kind, ""),
            street_name=component(value, 1), additional_locator=component(value, 2),
            city=component(value, 3), state=component(value, 4),
            postal_code=component(value, 5), country=component(value, 6),
            county=component(value, 9),
        ),
        notes,
        place,
    )  # fmt: skip


def write_xad(value: Address) -> Repetition:
    """XAD."""
    inner = (value.additional_locator, value.unit_id, value.post_box, value.precinct)
    complement = " ".join(filter(None, (*value.lines[1:], *inner)))
    return (
        value.street, complement, value.city, value.state, value.postal_code, value.country,
        _ADDRESS_TYPES.get(value.use, ""), "", value.county,
    )  # fmt: skip


_TELECOM_USES: Final = {
    "PRN": "H", "ORN": "H", "WPN": "WP", "VHN": "HV", "EMR": "EC", "BPN": "PG",
}  # fmt: skip
_USE_CODES: Final = {"H": "PRN", "HP": "PRN", "WP": "WPN", "HV": "VHN", "EC": "EMR", "PG": "BPN"}


def read_xtn(value: Repetition, place: str, notes: Notes) -> Telecom | None:
    """XTN: a number in component 12 (or 1, or 7), an electronic address in 4."""
    use, kind = _TELECOM_USES.get(component(value, 2), ""), component(value, 3).upper()
    email = component(value, 4) or (component(value, 1) if "@" in component(value, 1) else "")
    if email:
        return _attempt(lambda: Telecom.email(email, use), notes, place)  # type: ignore[no-any-return]
    local = "".join(component(value, number) for number in (5, 6, 7))
    number = component(value, 12) or component(value, 1) or local
    if not number:
        return None
    make = Telecom.fax if kind == "FX" else Telecom.phone
    mobile = "MC" if kind == "CP" and use in ("", "H") else use
    return _attempt(lambda: make(number, mobile), notes, place)  # type: ignore[no-any-return]


def write_xtn(value: Telecom) -> Repetition:
    """XTN.

    Raises:
        MessageError: a web address, which the French XTN has no place for.
    """
    if value.scheme == "mailto":
        kind = "X.400" if value.is_mssante else "Internet"
        use = _USE_CODES.get(value.use, "NET") if value.use != "H" else "NET"
        return ("", "NET" if use == "PRN" else use, kind, value.address)
    if value.scheme not in ("tel", "fax"):
        raise MessageError("only numbers and electronic addresses are written", place="XTN")
    kind = "FX" if value.scheme == "fax" else "CP" if value.use == "MC" else "PH"
    use = "PRN" if value.use == "MC" else _USE_CODES.get(value.use, "")
    return ("", use, kind, *[""] * 8, value.address)


_IDNAT_NAMESPACE: Final = "ASIP-SANTE-PS"


def read_xcn(value: Repetition, place: str, notes: Notes) -> Professional | None:
    """XCN: XCN.13 tells RPPS, ADELI, IDNPS from a number of the establishment."""
    number, kind = component(value, 1), component(value, 13).upper()
    family = component(value, 2)
    names = authority_of(value, 9)

    def made() -> Professional:
        name = None
        if family:
            name = PersonName(
                family=family, given=component(value, 3), civility=component(value, 6),
                title=component(value, 7),
            )  # fmt: skip
        national = kind in ("RPPS", "IDNPS") or (not kind and names.get("root") == PS_IDNAT)
        if kind == "ADELI":
            return Professional(idnat=number if len(number) == 10 else f"0{number}", name=name)
        if national or (kind == "EI" and names.get("root") == PS_IDNAT):
            return Professional(idnat=number, name=name)
        ids = (LocalId(extension=number, type=kind, **names),) if number else ()
        return Professional(name=name, ids=ids)

    return _attempt(made, notes, place)  # type: ignore[no-any-return]


def write_xcn(value: Professional) -> Repetition:
    """XCN: the 12 characters of PS_IdNat as IDNPS, an internal number as EI."""
    name = value.name
    texts = ("",) * 6
    if name is not None:
        texts = (name.display_family, name.given, "", "", name.civility, name.title)
    if value.idnat:
        kind = "EI" if "/" in value.idnat else "IDNPS"
        authority: tuple[str, ...] = (_IDNAT_NAMESPACE, str(PS_IDNAT), "ISO")
        return (value.idnat, *texts, "", authority, "D", "", "", kind)
    if value.ids:
        own = value.ids[0]
        return (own.extension, *texts, "", authority_to(own), "D", "", "", own.type)
    return ("", *texts, "", "", "D")


def read_unit(value: Repetition, place: str, notes: Notes) -> Unit | None:
    """XON of type UF: code in component 10, or 3 of older senders."""
    code = component(value, 10) or component(value, 3)
    if not code:
        notes.add("unit", "a unité fonctionnelle without code (XON.10)", place)
        return None
    names = authority_of(value, 6)
    if "root" in names:
        names = {"namespace": names.get("namespace", ""), "authority": names["root"],
                 "authority_type": "ISO"}  # fmt: skip
    label = component(value, 1)
    return _attempt(lambda: Unit(code=code, label=label, **names), notes, place)  # type: ignore[no-any-return]


def write_unit(value: Unit) -> Repetition:
    """XON of type UF."""
    return (value.label, "", "", "", "", authority_to(value), "UF", "", "", value.code)


def read_pl(value: Repetition, place: str, notes: Notes) -> Location | None:
    """PL: unit, room, bed, establishment, state of the bed."""
    names = authority_of(value, 4)
    if "root" in names:
        names = {"namespace": names.get("namespace", ""), "authority": names["root"],
                 "authority_type": "ISO"}  # fmt: skip
    unit, room, bed, _, status = (component(value, number) for number in (1, 2, 3, 4, 5))
    return _attempt(  # type: ignore[no-any-return]
        lambda: Location(unit=unit, room=room, bed=bed, bed_status=status, **names), notes, place
    )


def write_pl(value: Location) -> Repetition:
    """PL."""
    return (value.unit, value.room, value.bed, authority_to(value), value.bed_status)


READERS: Final[dict[str, Callable[[Repetition, str, Notes], Any]]] = {
    "TS": read_timestamp, "DT": read_timestamp, "CX": read_cx, "EI": read_ei, "XPN": read_xpn,
    "XAD": read_xad, "XTN": read_xtn, "XCN": read_xcn, "XON": read_unit, "PL": read_pl,
}  # fmt: skip
"""HL7 type → its value of the model."""

WRITERS: Final[Sequence[tuple[type, Callable[[Any], Repetition]]]] = (
    (Timestamp, write_timestamp), (PersonName, write_xpn), (Address, write_xad),
    (Telecom, write_xtn), (Professional, write_xcn), (Unit, write_unit), (Location, write_pl),
)  # fmt: skip
"""Value of the model → its repetition; a LocalId is a CX or an EI, by the type of its field."""
