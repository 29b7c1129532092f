"""The types of what `wrap` takes, told before any of it is used."""

from __future__ import annotations

from collections.abc import Mapping
from types import NoneType
from typing import Any, Final

from segur_interop._types import check_type
from segur_interop.cda.document import Document, Relation
from segur_interop.cda.document_type import DocumentType, Setting
from segur_interop.errors import InvalidValue
from segur_interop.model import (
    Device,
    Encounter,
    LocalId,
    Order,
    Organization,
    Participant,
    Patient,
    Professional,
    RelatedPerson,
    ServiceEvent,
)
from segur_interop.terminology import Code

__all__ = ["check_arguments"]

_AUTHOR: Final = (Professional, Device, Participant)
_SIGNATORY: Final = (Professional, Participant)

_ONE: Final[Mapping[str, tuple[type, ...]]] = {
    "patient": (Patient,),
    "custodian": (Organization,),
    "type": (DocumentType,),
    "title": (str,),
    "setting": (Setting, NoneType),
    "encounter": (Encounter, NoneType),
    "performer": (Professional, NoneType),
    "legal_authenticator": (*_SIGNATORY, NoneType),
    "data_enterer": (*_SIGNATORY, NoneType),
    "replaces": (Document, Relation, NoneType),
    "id": (LocalId, str, NoneType),
    "set_id": (LocalId, str, NoneType),
    "version": (int, NoneType),
    "confidentiality": (str,),
    "language": (str,),
    "body_language": (str,),
}
_SEVERAL: Final[Mapping[str, tuple[type, ...]]] = {
    "acts": (ServiceEvent,),
    "authenticators": _SIGNATORY,
    "informants": (Professional, RelatedPerson),
    "recipients": (Professional, Organization, RelatedPerson, Participant),
    "participants": (Participant,),
    "orders": (Order,),
    "consents": (Code,),
}


def check_arguments(given: Mapping[str, Any]) -> None:
    """Refuse an argument that is not of its type; those that are absent are not looked at.

    Args:
        given: by name; `performed` is looked at as far as its shape goes.

    Raises:
        TypeError: another type; the message names the argument, never the value.
        InvalidValue: a period of other than two moments.
    """
    for name in _ONE.keys() & given.keys():
        check_type(given[name], name, *_ONE[name])
    for name in _SEVERAL.keys() & given.keys():
        check_type(given[name], name, list, tuple)
        _check_each(given[name], name, _SEVERAL[name])
    author = given.get("author", ())
    if isinstance(author, (list, tuple)):
        _check_each(author, "author", _AUTHOR)
    else:
        check_type(author, "author", *_AUTHOR)
    _check_shapes(given.get("version"), given.get("performed"))


def _check_each(items: Any, name: str, kinds: tuple[type, ...]) -> None:
    for rank, item in enumerate(items):
        check_type(item, f"{name}[{rank}]", *kinds)


def _check_shapes(version: Any, performed: Any) -> None:
    if isinstance(version, bool):
        raise TypeError("version is a int or None, not bool")
    if isinstance(performed, tuple) and len(performed) != len(("start", "end")):
        raise InvalidValue("a pair: start and end, either of which may be None", place="performed")
