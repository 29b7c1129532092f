"""Which document it is: its identifiers, its version, and what it replaces."""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from segur_interop._oid import check_oid, new_oid
from segur_interop.cda._defects import Defects
from segur_interop.cda._shown import differing
from segur_interop.cda.document import Document, Relation
from segur_interop.errors import InvalidValue
from segur_interop.model import LocalId, Patient

__all__ = ["identifier", "relation", "set_id", "version"]

_UUID: Final = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")


def identifier(given: LocalId | str | None, place: str) -> LocalId:
    """An OID; a UUID is written in capitals, as the kit wants it."""
    if given is None:
        return LocalId(root=new_oid())
    item = LocalId(root=given) if isinstance(given, str) and _UUID.fullmatch(given) else given
    if isinstance(item, str):
        return LocalId(root=check_oid(item, place))
    return dataclasses.replace(item, root=item.root.upper())


def relation(
    replaces: Document | Relation | None, patient: Patient, defects: Defects
) -> Relation | None:
    """What is replaced: only RPLC is written, and a change of patient is told."""
    if replaces is None:
        return None
    if isinstance(replaces, Relation):
        if replaces.kind != "RPLC":
            defects.add("cda.related.type", "only RPLC is written", "replaces.kind")
        return replaces
    if replaces.id is None:
        raise InvalidValue("the document to replace has no identifier", place="replaces.id")
    fields = differing(replaces.patient.identity, patient.identity)
    if _other_number(replaces.patient, patient):
        fields = f"{fields}, local identifier" if fields else "local identifier"
    if fields:
        defects.tell(
            "cda.replaces.patient",
            f"the replaced document tells another patient: {fields}",
            "replaces",
        )
    return Relation(id=replaces.id, version=replaces.version, set_id=replaces.set_id)


def _other_number(one: Patient, other: Patient) -> bool:
    """True when a domain numbers the two patients differently, and none alike."""
    mine = {(item.root, item.extension) for item in one.document_ids}
    theirs = {(item.root, item.extension) for item in other.document_ids}
    shared = {root for root, _ in mine} & {root for root, _ in theirs}
    return bool(shared) and not mine & theirs


def set_id(given: LocalId | str | None, parent: Relation | None, defects: Defects) -> LocalId:
    """That of the replaced document, which every version shares (CI-SIS, setId)."""
    kept = parent.set_id if parent else None
    if given is None and kept is not None:
        return kept
    made = identifier(given, "set_id")
    is_kept = kept is None or (kept.root.upper(), kept.extension) == (made.root, made.extension)
    if parent is not None and (given is None or not is_kept):
        defects.add(
            "cda.replaces.set-id", "the setId of the replaced document must be kept", "set_id"
        )
    return made


def version(given: int | None, parent: Relation | None, defects: Defects) -> int:
    """1, or what follows the replaced version."""
    if parent is None:
        return 1 if given is None else given
    if given is None and parent.version is None:
        defects.add(
            "cda.replaces.version",
            "the version replaced is not known: give the new one",
            "version",
        )
        return 1
    if given is None:
        return (parent.version or 0) + 1
    if parent.version is not None and given <= parent.version:
        defects.add("cda.replaces.version", "a version follows the replaced one", "version")
    return given
