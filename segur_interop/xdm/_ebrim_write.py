"""METADATA.XML out: one lot and its documents as ebXML RIM 3.0, valid on its schema.

Schema order: Slot*, Name?, Description?, Classification*, ExternalIdentifier*. Every object
refers to its own parent by its id.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from typing import Any, Final, TypeAlias

from lxml import etree

from segur_interop._time import Timestamp
from segur_interop.errors import ArchiveError, SegurError
from segur_interop.model import LocalId
from segur_interop.terminology import Code
from segur_interop.xdm import _ebrim as names
from segur_interop.xdm._hl7 import MAX_VALUE, ce_text, cx_text
from segur_interop.xdm.metadata import Author, DocumentEntry, SubmissionSet

__all__ = ["Metadata"]

METADATA: Final = "METADATA.XML"
MAX_TEXT: Final = 1024
"""Characters of a LocalizedString (ebRIM 3.0 schema)."""

_NAMESPACES: Final[dict[Any, str]] = {"lcm": names.LCM, "rim": names.RIM}


class Metadata:
    """METADATA.XML of a lot, complete but for the hash and size of its files.

    Raises:
        ArchiveError: a value that the schema does not admit; `place` is its attribute.
    """

    def __init__(self, submission: SubmissionSet, entries: Sequence[DocumentEntry]) -> None:
        """Build the objects; the same values give the same octets."""
        try:
            self._root, self._files = _built(submission, entries)
        except ValueError as error:
            if isinstance(error, SegurError):
                raise
            raise ArchiveError("a character that XML cannot hold", place=METADATA) from None

    def octets(self, files: Iterable[tuple[str, int]]) -> bytes:
        """The octets, once the SHA-1 and size of each file are known, in the order of entries."""
        for (hash_value, size_value), (digest, size) in zip(self._files, files, strict=True):
            hash_value.text, size_value.text = digest, str(size)
        return etree.tostring(self._root, encoding="UTF-8", xml_declaration=True, pretty_print=True)


_Values: TypeAlias = tuple[etree._Element, etree._Element]


def _built(
    submission: SubmissionSet, entries: Sequence[DocumentEntry]
) -> tuple[etree._Element, list[_Values]]:
    root = etree.Element(f"{{{names.LCM}}}SubmitObjectsRequest", nsmap=_NAMESPACES)
    objects = etree.SubElement(root, f"{{{names.RIM}}}RegistryObjectList")
    writer = _Writer(objects, submission.unique_id)
    lot = submission.entry_uuid or writer.new_id()
    writer.submission(submission, lot)
    members = [writer.entry(item) for item in entries]
    for member in members:
        writer.association(lot, member)
    return root, writer.files


class _Writer:
    """Appends objects; ids are UUIDs drawn from the unique id of the lot (RFC 4122, version 5)."""

    def __init__(self, objects: etree._Element, seed: str) -> None:
        self._objects = objects
        self._space = uuid.uuid5(uuid.NAMESPACE_OID, seed)
        self._count = 0
        self.files: list[_Values] = []

    def new_id(self) -> str:
        """The next id of this lot."""
        self._count += 1
        return f"urn:uuid:{uuid.uuid5(self._space, str(self._count))}"

    def submission(self, lot: SubmissionSet, own_id: str) -> None:
        """The RegistryPackage."""
        made = self._object("RegistryPackage", own_id, objectType=names.PACKAGE_TYPE)
        _slot(made, "submissionTime", _texts(lot.submission_time))
        _name(made, "Name", lot.title, "submission.title")
        _name(made, "Description", lot.comments, "submission.comments")
        self._child(
            made,
            "Classification",
            own_id,
            classificationNode=names.SUBMISSION_MARKER,
            nodeRepresentation="",
        )
        for author in lot.authors:
            self._author(made, own_id, names.SUBMISSION_AUTHOR, author)
        self._codes(made, own_id, names.CONTENT_TYPE, (lot.content_type_code,))
        self._identifiers(made, own_id, lot, names.SUBMISSION_IDS)

    def entry(self, entry: DocumentEntry) -> str:
        """The ExtrinsicObject; its id is returned."""
        own_id = entry.entry_uuid or self.new_id()
        made = self._object(
            "ExtrinsicObject",
            own_id,
            objectType=names.STABLE_DOCUMENT,
            mimeType=entry.mime_type,
        )
        later: dict[str, etree._Element] = {}
        for field, slot in names.ENTRY_SLOTS:
            if field in ("hash", "size"):
                later[field] = _slot(made, slot, ["-"])[0]
            else:
                _slot(made, slot, _texts(getattr(entry, field)))
        self.files.append((later["hash"], later["size"]))
        _name(made, "Name", entry.title, "title")
        _name(made, "Description", entry.comments, "comments")
        for author in entry.authors:
            self._author(made, own_id, names.ENTRY_AUTHOR, author)
        for field, scheme in names.ENTRY_CODES:
            value = getattr(entry, field)
            self._codes(made, own_id, scheme, value if isinstance(value, tuple) else (value,))
        self._identifiers(made, own_id, entry, names.ENTRY_IDS)
        return own_id

    def association(self, source: str, target: str) -> None:
        """HasMember, of a document that is first submitted here."""
        made = etree.SubElement(
            self._objects,
            f"{{{names.RIM}}}Association",
            id=self.new_id(),
            objectType=names.ASSOCIATION_TYPE,
            associationType=names.HAS_MEMBER,
            sourceObject=source,
            targetObject=target,
        )
        _slot(made, "SubmissionSetStatus", ["Original"])

    def _object(self, kind: str, own_id: str, **attributes: str) -> etree._Element:
        tag = f"{{{names.RIM}}}{kind}"
        attributes = {"id": own_id, "status": names.APPROVED} | attributes
        return etree.SubElement(self._objects, tag, attributes)

    def _child(
        self, parent: etree._Element, kind: str, owner: str, **attributes: str
    ) -> etree._Element:
        link = "classifiedObject" if kind == "Classification" else "registryObject"
        type_ = names.CLASSIFICATION_TYPE if kind == "Classification" else names.IDENTIFIER_TYPE
        attributes = {"id": self.new_id(), "objectType": type_, link: owner} | attributes
        return etree.SubElement(parent, f"{{{names.RIM}}}{kind}", attributes)

    def _author(self, parent: etree._Element, owner: str, scheme: str, author: Author) -> None:
        made = self._child(
            parent, "Classification", owner, classificationScheme=scheme, nodeRepresentation=""
        )
        for field, slot in names.AUTHOR_SLOTS:
            _slot(made, slot, _author_texts(field, getattr(author, field)))

    def _codes(
        self, parent: etree._Element, owner: str, scheme: str, codes: Iterable[Code | None]
    ) -> None:
        for code in codes:
            if code is None:
                continue
            made = self._child(
                parent,
                "Classification",
                owner,
                classificationScheme=scheme,
                nodeRepresentation=code.code,
            )
            _slot(made, "codingScheme", [code.system])
            _name(made, "Name", code.label or code.code, "codes")

    def _identifiers(
        self,
        parent: etree._Element,
        owner: str,
        holder: DocumentEntry | SubmissionSet,
        table: Iterable[tuple[str, str, str]],
    ) -> None:
        for field, scheme, label in table:
            for value in _texts(getattr(holder, field)):
                made = self._child(
                    parent,
                    "ExternalIdentifier",
                    owner,
                    identificationScheme=scheme,
                    value=_checked(value, field, MAX_VALUE),
                )
                _name(made, "Name", label, field)


def _slot(parent: etree._Element, name: str, values: Sequence[str]) -> list[etree._Element]:
    """A Slot with its values, which are returned; no Slot without value."""
    values = [value for value in values if value]
    if not values:
        return []
    slot = etree.SubElement(parent, f"{{{names.RIM}}}Slot", name=name)
    listed = etree.SubElement(slot, f"{{{names.RIM}}}ValueList")
    made = []
    for value in values:
        made.append(etree.SubElement(listed, f"{{{names.RIM}}}Value"))
        made[-1].text = _checked(value, name, MAX_VALUE)
    return made


def _name(parent: etree._Element, kind: str, text: str, place: str) -> None:
    if not text:
        return
    made = etree.SubElement(parent, f"{{{names.RIM}}}{kind}")
    attributes = {
        f"{{{names.XML}}}lang": "FR",
        "charset": "UTF8",
        "value": _checked(text, place, MAX_TEXT),
    }
    etree.SubElement(made, f"{{{names.RIM}}}LocalizedString", attributes)


def _checked(text: str, place: str, longest: int) -> str:
    if len(text) > longest:
        raise ArchiveError(f"longer than {longest} characters", place=place)
    return text


def _texts(value: Any) -> list[str]:
    """The texts of a Slot or identifier, whatever the kind of its field."""
    if value is None or value == "":
        return []
    if isinstance(value, tuple):
        return [text for item in value for text in _texts(item)]
    if isinstance(value, Timestamp):
        return [value.utc()]
    if isinstance(value, LocalId):
        return [cx_text(value)]
    return [str(value)]


def _author_texts(field: str, value: Any) -> list[str]:
    if field == "specialties":
        return [ce_text(code) for code in value]
    return _texts(value)
