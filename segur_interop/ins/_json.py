"""The JSON form of an identity, version 1."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import TYPE_CHECKING, Any

from segur_interop.errors import InvalidValue
from segur_interop.ins.matricule import Matricule
from segur_interop.ins.status import Attribute, IdentityStatus
from segur_interop.ins.traits import Sex, Traits

if TYPE_CHECKING:
    from segur_interop.ins.identity import Identity

VERSION = 1


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError
    return value


def _flag(value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError
    return value


def _rank(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError
    return value


def _date(value: Any) -> date:
    born = date.fromisoformat(value)
    if born.isoformat() != value:
        raise ValueError
    return born


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise TypeError
    return value


def _matricule_to(matricule: Matricule) -> dict[str, str | None]:
    oid = None if matricule.oid is None else str(matricule.oid)
    return {"value": matricule.value, "oid": oid}


def _matricule_from(data: Any) -> Matricule:
    if set(data) != {"value", "oid"}:
        raise TypeError
    oid = None if data["oid"] is None else _text(data["oid"])
    return Matricule.parse(_text(data["value"]), oid=oid)


def _traits_to(traits: Traits) -> dict[str, str | None]:
    return {
        "birth_name": traits.birth_name,
        "birth_given_names": traits.birth_given_names,
        "birth_date": traits.birth_date.isoformat() if traits.birth_date else None,
        "sex": traits.sex.value if traits.sex else None,
        "birth_place": traits.birth_place,
    }


def _traits_from(data: Any) -> Traits:
    born = data["birth_date"]
    traits = Traits(
        birth_name=_text(data["birth_name"]),
        birth_given_names=_text(data["birth_given_names"]),
        birth_date=None if born is None else _date(born),
        sex=None if data["sex"] is None else Sex(data["sex"]),
        birth_place=_text(data["birth_place"]),
    )
    if _traits_to(traits) != data:
        raise TypeError
    return traits


Codec = tuple[Callable[[Any], Any], Callable[[Any], Any]]
_TEXT: Codec = (_text, _text)
_CODECS: dict[str, Codec] = {
    "birth_name": _TEXT,
    "birth_given_names": _TEXT,
    "first_birth_given_name": _TEXT,
    "birth_date": (date.isoformat, _date),
    "received_birth_date": _TEXT,
    "birth_date_completed": (_flag, _flag),
    "sex": (lambda sex: sex.value, Sex),
    "birth_place": _TEXT,
    "birth_place_name": _TEXT,
    "used_name": _TEXT,
    "used_given_name": _TEXT,
    "matricule": (_matricule_to, _matricule_from),
    "status": (lambda status: status.value, IdentityStatus),
    "attributes": (
        lambda items: sorted(item.value for item in items),
        lambda items: frozenset(Attribute(item) for item in _list(items)),
    ),
    "asserted": (_flag, _flag),
    "history": (
        lambda items: [_matricule_to(item) for item in items],
        lambda items: tuple(_matricule_from(item) for item in _list(items)),
    ),
    "former_traits": (
        lambda items: [_traits_to(item) for item in items],
        lambda items: tuple(_traits_from(item) for item in _list(items)),
    ),
    "multiple_birth_order": (_rank, _rank),
}
"""Every field with what writes it and what reads it; `reading` is not kept."""


def identity_to_dict(identity: Identity) -> dict[str, Any]:
    """Every filled field under its own name, and the version."""
    data: dict[str, Any] = {"version": VERSION}
    for name, (write, _) in _CODECS.items():
        value = getattr(identity, name)
        if value not in (None, "", (), frozenset(), False):
            data[name] = write(value)
    return data


def identity_from_dict(kind: type[Identity], data: Any) -> Identity:
    """The identity that `identity_to_dict` wrote."""
    if not isinstance(data, dict):
        raise InvalidValue("an identity is a JSON object", place="identity")
    version = data.get("version")
    if type(version) is not int or version != VERSION:
        raise InvalidValue(f"only version {VERSION} is read", place="identity.version")
    values = {}
    for name, value in data.items():
        if name == "version":
            continue
        if name not in _CODECS:
            raise InvalidValue("an unknown field", place="identity")
        try:
            values[name] = _CODECS[name][1](value)
        except (TypeError, ValueError, KeyError, AttributeError):
            raise InvalidValue("not a value of this field", place=f"identity.{name}") from None
    return kind(**values)
