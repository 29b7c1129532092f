"""METADATA.XML out: one lot and its documents as ebXML RIM 3.0, valid on its schema.

Schema order: Slot*, Name?, Description?, Classification*, ExternalIdentifier*. Every object
refers to its own parent by its id. Elements are written as text, bottom up: a tree costs more
than the rest of a small archive.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Final

from segur_interop._time import Timestamp
from segur_interop.errors import ArchiveError
from segur_interop.model import LocalId
from segur_interop.terminology import Code
from segur_interop.xdm import _ebrim as names
from segur_interop.xdm._hl7 import MAX_VALUE, Xcn, Xon, ce_text, cx_text
from segur_interop.xdm.metadata import Author, DocumentEntry, SubmissionSet

__all__ = ["Metadata"]

MAX_TEXT: Final = 1024
"""Characters of a LocalizedString (ebRIM 3.0 schema)."""

_ROOT: Final = f'<lcm:SubmitObjectsRequest xmlns:lcm="{names.LCM}" xmlns:rim="{names.RIM}">'
_HEAD: Final = f'<?xml version="1.0" encoding="UTF-8"?>\n{_ROOT}\n<rim:RegistryObjectList>\n'
_TAIL: Final = "</rim:RegistryObjectList>\n</lcm:SubmitObjectsRequest>\n"
_MARKUP: Final = (
    ("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("\t", "&#9;"),
    ("\n", "&#10;"), ("\r", "&#13;"),
)  # fmt: skip
_PLAIN: Final = re.compile('[^&<>"\x00-\x1f\ud800-\udfff\ufffe\uffff]*')
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_LATER: Final = "\0"
"""Stands for a value that is known once the file was read; no value can hold it."""
_OF_THE_FILE: Final = frozenset({"hash", "size"})
_SLOT: Final = '<rim:Slot name="{}"><rim:ValueList>{}</rim:ValueList></rim:Slot>\n'
_LATER_SLOT: Final = _SLOT.format("{}", f"<rim:Value>{_LATER}</rim:Value>")


class Metadata:
    """METADATA.XML of a lot, complete but for the hash and size of its files."""

    def __init__(self, submission: SubmissionSet, entries: Sequence[DocumentEntry]) -> None:
        """Write the objects; the same values give the same octets.

        Raises:
            ArchiveError: a value that the schema or XML does not admit; `place` is its attribute.
        """
        ids = _Ids(submission.unique_id)
        lot = _own_id(submission.entry_uuid) or ids.new()
        objects = [_submission(submission, lot, ids)]
        members = [_own_id(entry.entry_uuid) or ids.new() for entry in entries]
        for entry, member in zip(entries, members, strict=True):
            objects.append(_entry(entry, member, ids))
        objects += [_membership(ids.new(), lot, member) for member in members]
        objects += _relations(entries, members, ids)
        self._pieces = "".join((_HEAD, *objects, _TAIL)).split(_LATER)

    def octets(self, files: Iterable[tuple[str, int]]) -> bytes:
        """The octets, once the SHA-1 and size of each file are known, in the order of entries."""
        values = [str(value) for file in files for value in file]
        text = [self._pieces[0]]
        for value, piece in zip(values, self._pieces[1:], strict=True):
            text += [value, piece]
        return "".join(text).encode()


class _Ids:
    """UUIDs of one lot: version 5 of its unique id, the last digits counting."""

    def __init__(self, seed: str) -> None:
        self._start = uuid.uuid5(uuid.NAMESPACE_OID, seed).urn[:-8]
        self._count = 0

    def new(self) -> str:
        """The next one, as a URN."""
        self._count += 1
        return f"{self._start}{self._count:08x}"


def _own_id(given: str) -> str:
    return _quoted(given, "entry_uuid", MAX_VALUE)


# -- objects ------------------------------------------------------------------------------------


def _submission(lot: SubmissionSet, own_id: str, ids: _Ids) -> str:
    marker = _tag(
        "Classification",
        id=ids.new(),
        objectType=names.CLASSIFICATION_TYPE,
        classificationNode=names.SUBMISSION_MARKER,
        classifiedObject=own_id,
        nodeRepresentation="",
    )
    return _tag(
        "RegistryPackage",
        _slot("submissionTime", _texts(lot.submission_time)),
        _named("Name", lot.title, "submission.title"),
        _named("Description", lot.comments, "submission.comments"),
        marker,
        *(_author(item, names.SUBMISSION_AUTHOR, own_id, ids) for item in lot.authors),
        _codes((lot.content_type_code,), names.CONTENT_TYPE, own_id, ids),
        _identifiers(lot, names.SUBMISSION_IDS, own_id, ids),
        id=own_id,
        objectType=names.PACKAGE_TYPE,
        status=names.APPROVED,
    )


def _entry(entry: DocumentEntry, own_id: str, ids: _Ids) -> str:
    return _tag(
        "ExtrinsicObject",
        *(
            _LATER_SLOT.format(slot)
            if field in _OF_THE_FILE
            else _slot(slot, _texts(getattr(entry, field)))
            for field, slot in names.ENTRY_SLOTS
        ),
        _named("Name", entry.title, "title"),
        _named("Description", entry.comments, "comments"),
        *(_author(item, names.ENTRY_AUTHOR, own_id, ids) for item in entry.authors),
        *(
            _codes(getattr(entry, field), scheme, own_id, ids)
            for field, scheme in names.ENTRY_CODES
        ),
        _identifiers(entry, names.ENTRY_IDS, own_id, ids),
        id=own_id,
        objectType=names.STABLE_DOCUMENT,
        status=names.APPROVED,
        mimeType=_quoted(entry.mime_type, "mime_type", MAX_VALUE),
    )


def _membership(own_id: str, lot: str, member: str) -> str:
    """HasMember, of a document that is first submitted here."""
    slot = _slot("SubmissionSetStatus", ("Original",))
    return _association(own_id, names.HAS_MEMBER, lot, member, slot)


def _relations(entries: Sequence[DocumentEntry], members: Sequence[str], ids: _Ids) -> list[str]:
    """Replacements and other forms, between documents of this lot."""
    known = frozenset(members)
    return [
        _association(ids.new(), kind, member, target)
        for entry, member in zip(entries, members, strict=True)
        for kind, targets in ((names.RPLC, entry.replaces), (names.XFRM, entry.transforms))
        for target in targets
        if target in known and target != member
    ]


def _association(own_id: str, kind: str, source: str, target: str, *children: str) -> str:
    return _tag(
        "Association",
        *children,
        id=own_id,
        objectType=names.ASSOCIATION_TYPE,
        associationType=kind,
        sourceObject=source,
        targetObject=target,
    )


# -- parts of an object -------------------------------------------------------------------------


def _author(author: Author, scheme: str, owner: str, ids: _Ids) -> str:
    slots = (
        _slot(slot, _author_texts(field, getattr(author, field)))
        for field, slot in names.AUTHOR_SLOTS
    )
    return _classification("", scheme, owner, ids, *slots)


def _codes(codes: tuple[Code | None, ...] | Code | None, scheme: str, owner: str, ids: _Ids) -> str:
    return "".join(
        _classification(
            code.code,
            scheme,
            owner,
            ids,
            _slot("codingScheme", (code.system,)),
            _named("Name", code.label or code.code, "label"),
        )
        for code in (codes if isinstance(codes, tuple) else (codes,))
        if code is not None
    )


def _classification(code: str, scheme: str, owner: str, ids: _Ids, *children: str) -> str:
    return _tag(
        "Classification",
        *children,
        id=ids.new(),
        objectType=names.CLASSIFICATION_TYPE,
        classificationScheme=scheme,
        classifiedObject=owner,
        nodeRepresentation=_quoted(code, "code", MAX_VALUE),
    )


def _identifiers(
    holder: DocumentEntry | SubmissionSet,
    table: Iterable[tuple[str, str, str]],
    owner: str,
    ids: _Ids,
) -> str:
    return "".join(
        _tag(
            "ExternalIdentifier",
            _named("Name", label, field),
            id=ids.new(),
            objectType=names.IDENTIFIER_TYPE,
            identificationScheme=scheme,
            registryObject=owner,
            value=_quoted(value, field, MAX_VALUE),
        )
        for field, scheme, label in table
        for value in _texts(getattr(holder, field))
    )


def _slot(name: str, values: Iterable[str]) -> str:
    """A Slot with its values; nothing without value."""
    listed = [
        f"<rim:Value>{_quoted(value, name, MAX_VALUE)}</rim:Value>" for value in values if value
    ]
    return _SLOT.format(name, "".join(listed)) if listed else ""


def _named(kind: str, text: str, place: str) -> str:
    if not text:
        return ""
    value = _quoted(text, place, MAX_TEXT)
    inner = f'<rim:LocalizedString xml:lang="FR" charset="UTF8" value="{value}"/>'
    return f"<rim:{kind}>{inner}</rim:{kind}>\n"


def _tag(name: str, *children: str, **attributes: str) -> str:
    """An element of texts that are XML already."""
    told = "".join([f' {key}="{value}"' for key, value in attributes.items()])
    inner = "".join(children)
    return f"<rim:{name}{told}>\n{inner}</rim:{name}>\n" if inner else f"<rim:{name}{told}/>\n"


def _quoted(text: str, place: str, longest: int) -> str:
    """The text as XML writes it.

    Raises:
        ArchiveError: too long, or a character that XML cannot hold.
    """
    if len(text) > longest:
        raise ArchiveError(f"longer than {longest} characters", place=place)
    if _PLAIN.fullmatch(text):
        return text
    if _NO_XML.search(text):
        raise ArchiveError("a character that XML cannot hold", place=place)
    for mark, entity in _MARKUP:
        text = text.replace(mark, entity)
    return text


def _texts(value: Any) -> list[str]:
    """The texts of a Slot or identifier, whatever the kind of its field."""
    if value is None or value == "":
        return []
    if isinstance(value, str):
        return [value]
    if isinstance(value, tuple):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, Timestamp):
        return [value.utc()]
    if isinstance(value, LocalId):
        return [cx_text(value)]
    if isinstance(value, (Xcn, Xon)):
        return [value.hl7()]
    return [str(value)]


def _author_texts(field: str, value: Any) -> list[str]:
    return [ce_text(code) for code in value] if field == "specialties" else _texts(value)
