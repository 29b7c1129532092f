"""The bundled tables, read from `data/*.json` when first asked for, and then kept."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from datetime import date
from typing import Any

from segur_interop._types import check_type
from segur_interop.errors import UnknownValueSet
from segur_interop.terminology.association import Association
from segur_interop.terminology.code import Code
from segur_interop.terminology.valueset import ValueSet

__all__ = [
    "association",
    "associations",
    "class_for_type",
    "format_for_media_type",
    "format_for_template",
    "value_set",
    "value_sets",
]

_SHORT = re.compile(r"(?:jdv_)?(j\d+)_.*|(ass_[a-z]\d+)(?:_.*)?")


def value_set(name: str) -> ValueSet:
    """A bundled value set.

    Args:
        name: `J07`, `JDV_J07`, the full name (`JDV_J07_XdsTypeCode_CISIS`, also written with
            hyphens as the NOS publishes it), or the OID; in any case.

    Raises:
        TypeError: the name is no text.
        UnknownValueSet: not bundled; the message says how to list those that are.
    """
    check_type(name, "name", str)
    return _value_set_by(name)


def value_sets() -> tuple[str, ...]:
    """Full names of the bundled value sets, sorted."""
    return _names("value_set")


def association(name: str) -> Association:
    """A bundled association.

    Args:
        name: `ASS_X16`, the full name, or the OID; in any case.

    Raises:
        TypeError: the name is no text.
        UnknownValueSet: not bundled; the message says how to list those that are.
    """
    return _association(_full_name(name, "association"))


def associations() -> tuple[str, ...]:
    """Full names of the bundled associations, sorted."""
    return _names("association")


def class_for_type(code: str, system: str | None = None, *, table: str = "ASS_X16") -> Code | None:
    """XDS classCode of a typeCode, or None when the table has none.

    `association(table).get(...)` is the strict twin.

    Args:
        code: typeCode, such as `11490-0`.
        system: OID of its code system; None or "" when it was not stated.
        table: `ASS_X16` is the table of the DMP, which has no class for the types that cannot be
            sent there; `ASS_X04` that of the CI-SIS. They agree on every type that both hold.
    """
    return association(table).find(code, system)


def format_for_template(template_id: str) -> Code | None:
    """XDS formatCode of a CDA template (level 3), or None when no table has it.

    NOS ASS_A11; for the three templates that it lacks and the ANS's IHE_XDM examples use, their
    code there (`XDM_EXAMPLES_TemplateFormatCode`). A document bears several templateId: try each.

    Args:
        template_id: root of the templateId.
    """
    found = association("ASS_A11").find(template_id)
    return found or association("XDM_EXAMPLES_TemplateFormatCode").find(template_id)


def format_for_media_type(media_type: str) -> Code | None:
    """XDS formatCode of a level 1 body (NOS ASS_A12), or None when the table has none.

    Args:
        media_type: `nonXMLBody/text/@mediaType`, such as `application/pdf`; in any case,
            parameters left out.
    """
    check_type(media_type, "media_type", str)
    bare = media_type.partition(";")[0].strip().lower()
    return association("ASS_A12").find(bare)


# -- reading ------------------------------------------------------------------------------------


def _names(kind: str) -> tuple[str, ...]:
    return tuple(entry["name"] for entry in _entries() if entry["kind"] == kind)


def _full_name(name: str, kind: str) -> str:
    check_type(name, "name", str)
    found = _aliases().get((kind, _plain(name)))
    if found is None:
        what = kind.replace("_", " ")
        raise UnknownValueSet(
            f"no bundled {what} of this name or OID; terminology.{kind}s() lists the "
            f"{len(_names(kind))} there are"
        )
    return found


def _plain(name: str) -> str:
    return name.strip().replace("-", "_").lower()


@functools.lru_cache(maxsize=256)
def _value_set_by(name: str) -> ValueSet:
    return _value_set(_full_name(name, "value_set"))


@functools.cache
def _aliases() -> dict[tuple[str, str], str]:
    found = {}
    for entry in _entries():
        kind, name = entry["kind"], entry["name"]
        keys = {_plain(name), entry["oid"]}
        if short := _SHORT.fullmatch(_plain(name)):
            number = short[1] or short[2]
            keys |= {number, f"jdv_{number}"} if short[1] else {number}
        found.update({(kind, key): name for key in keys if key})
    return found


@functools.cache
def _entries() -> tuple[Mapping[str, Any], ...]:
    return tuple(_read("index")["entries"])


@functools.cache
def _value_set(name: str) -> ValueSet:
    document = _read(name)
    about = document["about"]
    return ValueSet(
        name=about["name"],
        oid=about["oid"],
        label=about["label"],
        revision=_day(about["revision"]),
        valid_until=_day(about["valid_until"]),
        source=about["source"],
        source_file=about["source_file"],
        sha256=about["sha256"],
        codes=tuple(_code(concept) for concept in document["concepts"]),
    )


@functools.cache
def _association(name: str) -> Association:
    document = _read(name)
    about = document["about"]
    return Association(
        name=about["name"],
        oid=about["oid"],
        label=about["label"],
        revision=_day(about["revision"]),
        source=about["source"],
        source_file=about["source_file"],
        sha256=about["sha256"],
        pairs=tuple((_code(pair["from"]), _code(pair["to"])) for pair in document["pairs"]),
    )


def _code(concept: Mapping[str, str | None]) -> Code:
    return Code(
        code=concept["code"] or "",
        system=concept["system"] or "",
        label=concept["label"] or "",
        valid_from=_day(concept.get("valid_from")),
        valid_until=_day(concept.get("valid_until")),
    )


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def _read(name: str) -> Any:
    import json
    from importlib.resources import files

    return json.loads(files(__package__).joinpath("data", f"{name}.json").read_bytes())
