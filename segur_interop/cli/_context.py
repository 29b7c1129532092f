"""The JSON that `segur-interop wrap` takes beside the PDF.

Each key is an argument of `cda.wrap`; persons, structures and stays are written as the model
writes them (`Patient.to_dict`), a value that may be of several kinds naming its own.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final, TypeVar

from segur_interop.cda import DocumentType, Setting
from segur_interop.errors import InvalidValue
from segur_interop.model import (
    Device,
    Encounter,
    Order,
    Organization,
    Participant,
    Patient,
    Professional,
    RelatedPerson,
    ServiceEvent,
)
from segur_interop.model._json import from_plain
from segur_interop.terminology import Code

VERSION: Final = 1
Kind = TypeVar("Kind")
Reader = Callable[[Any, str], Any]


def _text(data: Any, place: str) -> str:
    if not isinstance(data, str):
        raise InvalidValue("a text is expected", place=place)
    return data


def _a(kind: type[Any]) -> Reader:
    return lambda data, place: from_plain(kind, data, place)


def _one_of(*kinds: type[Any]) -> Reader:
    """A value that names its kind; the first kind needs no name."""

    def read(data: Any, place: str) -> Any:
        if not isinstance(data, dict):
            raise InvalidValue("a JSON object is expected", place=place)
        fields = dict(data)
        name = fields.pop("kind", kinds[0].__name__)
        for kind in kinds:
            if kind.__name__ == name:
                return from_plain(kind, fields, place)
        raise InvalidValue("names no known kind", place=f"{place}.kind")

    return read


def _several(read: Reader) -> Reader:
    def read_all(data: Any, place: str) -> tuple[Any, ...]:
        if not isinstance(data, list):
            raise InvalidValue("a JSON array is expected", place=place)
        return tuple(read(item, f"{place}[{rank}]") for rank, item in enumerate(data))

    return read_all


def _some(read: Reader) -> Reader:
    """One, or an array."""
    return lambda data, place: (
        _several(read)(data, place) if isinstance(data, list) else read(data, place)
    )


def _type(data: Any, place: str) -> DocumentType:
    name = _text(data, place)
    row = getattr(DocumentType, name, None) if name.isupper() and "_" in name else None
    return row if isinstance(row, DocumentType) else DocumentType.of(name)


def _setting(data: Any, place: str) -> Setting:
    try:
        return Setting(data)
    except ValueError:
        raise InvalidValue("one of hospital, office, pharmacy", place=place) from None


def _performed(data: Any, place: str) -> str | tuple[str | None, str | None]:
    if isinstance(data, list) and len(data) == len(("low", "high")):
        low, high = (None if item is None else _text(item, place) for item in data)
        return low, high
    return _text(data, place)


_PERSON: Final = _one_of(Professional, Device, Participant)
_SIGNATORY: Final = _one_of(Professional, Participant)

ARGUMENTS: Final[dict[str, Reader]] = {
    "patient": lambda data, place: Patient.from_dict(data),
    "author": _some(_PERSON),
    "custodian": _a(Organization),
    "type": _type,
    "title": _text,
    "created": _text,
    "performed": _performed,
    "setting": _setting,
    "encounter": _a(Encounter),
    "performer": _a(Professional),
    "acts": _several(_a(ServiceEvent)),
    "legal_authenticator": _SIGNATORY,
    "authenticators": _several(_SIGNATORY),
    "data_enterer": _SIGNATORY,
    "informants": _several(_one_of(Professional, RelatedPerson)),
    "recipients": _several(_one_of(Professional, Organization, RelatedPerson, Participant)),
    "participants": _several(_a(Participant)),
    "orders": _several(_a(Order)),
    "consents": _several(_a(Code)),
    "id": _text,
    "set_id": _text,
    "confidentiality": _text,
    "language": _text,
    "body_language": _text,
}
"""Every key with what reads it."""

REQUIRED: Final = ("patient", "author", "custodian", "type", "title", "created")


def organization(data: Any, place: str) -> Organization:
    """A structure.

    Raises:
        InvalidValue: an unknown field, a value of another kind.
    """
    return from_plain(Organization, data, place)


def wrap_context(data: Any) -> dict[str, Any]:
    """The arguments of `cda.wrap` that a JSON object holds.

    Raises:
        InvalidValue: another version, an unknown or missing key, a value of another kind.
    """
    if not isinstance(data, dict):
        raise InvalidValue("a JSON object is expected", place="context")
    if data.get("version", VERSION) != VERSION:
        raise InvalidValue(f"only version {VERSION} is read", place="context.version")
    given = {name: value for name, value in data.items() if name != "version"}
    if missing := [name for name in REQUIRED if name not in given]:
        raise InvalidValue(f"missing: {', '.join(missing)}", place="context")
    if unknown := len(given.keys() - ARGUMENTS.keys()):
        raise InvalidValue(f"{unknown} unknown key(s)", place="context")
    return {name: ARGUMENTS[name](value, f"context.{name}") for name, value in given.items()}
