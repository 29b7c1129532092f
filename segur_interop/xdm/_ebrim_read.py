"""METADATA.XML in, whoever wrote it: ebXML RIM 3.0 or 2.x, in any order of elements.

An attribute belongs to the object that contains it: the references `classifiedObject` and
`registryObject` are wrong in every official example of the ANS and are not followed. Labels are
not read either: schemes are told by their UUID.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

from lxml import etree

from segur_interop import _xml
from segur_interop.errors import ArchiveError, InvalidValue, XmlError
from segur_interop.findings import Finding, Severity
from segur_interop.model import LocalId
from segur_interop.terminology import Code
from segur_interop.xdm import _ebrim as names
from segur_interop.xdm._hl7 import Xcn, Xon, parse_ce, parse_cx, parse_time
from segur_interop.xdm.metadata import ACTIONS, Author, DocumentEntry, SubmissionSet

__all__ = ["Lot", "read_metadata"]

Made = TypeVar("Made")
MAX_METADATA: Final = 50_000_000
"""Octets of a METADATA.XML."""
MAX_ENTRIES: Final = 10_000
"""Documents of a METADATA.XML."""
_LINKS: Final = 4
"""Associations a document: to its lot, what it replaces, what it is another form of."""

_SPACES: Final = " \t\r\n"
_RPLC: Final = ":RPLC"
_XFRM: Final = ":XFRM"
_SLOT_FIELDS: Final = {slot.casefold(): field for field, slot in names.ENTRY_SLOTS}
_SEVERAL: Final = frozenset({"event_codes", "confidentiality_codes"})


@dataclass(frozen=True, slots=True)
class Lot:
    """What a METADATA.XML describes."""

    submission: SubmissionSet
    entries: tuple[DocumentEntry, ...]


def read_metadata(octets: bytes, place: str, *, max_entries: int = MAX_ENTRIES) -> Lot:
    """The lot and its documents; what is odd is a finding of each.

    Args:
        octets: of METADATA.XML.
        place: its path in the archive, for the findings.
        max_entries: how many documents it may describe.

    Raises:
        ArchiveError: no XML, or more than it may describe.
    """
    try:
        root = _xml.parse(octets, max_bytes=MAX_METADATA)
    except XmlError as error:
        raise ArchiveError(str(error), place=place) from None
    for name, most in (
        ("ExtrinsicObject", max_entries),
        ("Association", _LINKS * max_entries),
    ):
        if next(itertools.islice(_named(root, name), most, None), None) is not None:
            raise ArchiveError(f"more than {most} {name}", place=place)
    associations: dict[str, list[_Association]] = {}
    for item in _named(root, "Association"):
        link = _association(item)
        associations.setdefault(link.source, []).append(link)
    entries = tuple(
        _entry(_Object(item, f"{place}/ExtrinsicObject[{rank}]"), associations)
        for rank, item in enumerate(_named(root, "ExtrinsicObject"), start=1)
    )
    return Lot(_submission(root, place), entries)


# -- elements, whatever their namespace ---------------------------------------------------------


def _local(element: etree._Element) -> str:
    # The tag of a comment or a processing instruction is a function.
    return str(element.tag).rpartition("}")[2]


def _named(root: etree._Element, name: str) -> Iterator[etree._Element]:
    return root.iter(f"{{*}}{name}")


Children = Mapping[str, Sequence[etree._Element]]


def _grouped(element: etree._Element) -> Children:
    """The children of an element by local name, in order: gone through once."""
    made: dict[str, list[etree._Element]] = {}
    for child in element:
        made.setdefault(_local(child), []).append(child)
    return made


def _uuid(text: str | None) -> str:
    """A scheme as this library writes it: in lower case, with its prefix."""
    bare = (text or "").strip().lower().removeprefix("urn:uuid:")
    return f"urn:uuid:{bare}" if bare else ""


def _values(children: Children) -> dict[str, tuple[str, ...]]:
    """The Slots of an object by name; those of one name joined."""
    found: dict[str, tuple[str, ...]] = {}
    for slot in children.get("Slot", ()):
        values = tuple(
            text for item in slot.iter("{*}Value") if (text := (item.text or "").strip(_SPACES))
        )
        name = (slot.get("name") or "").strip()
        found[name] = found.get(name, ()) + values
    return found


def _text(children: Children, name: str) -> str:
    """The first LocalizedString of a Name or Description."""
    for holder in children.get(name, ()):
        for item in holder:
            if _local(item) == "LocalizedString":
                return (item.get("value") or "").strip(_SPACES)
    return ""


class _Object:
    """One registry object, its values, and what was odd about them."""

    def __init__(self, element: etree._Element, place: str) -> None:
        self.element = element
        self.place = place
        self.children = _grouped(element)
        self.slots = _values(self.children)
        self.found: list[Finding] = []
        self._of_scheme: dict[str, list[etree._Element]] = {}
        for item in self.children.get("Classification", ()):
            scheme = _uuid(item.get("classificationScheme"))
            self._of_scheme.setdefault(scheme, []).append(item)

    def note(
        self, rule: str, message: str, name: str, severity: Severity = Severity.WARNING
    ) -> None:
        self.found.append(
            Finding(rule=rule, message=message, severity=severity, place=f"{self.place}/{name}")
        )

    def made(self, make: Callable[[str], Made], text: str, name: str) -> Made | None:
        """What `make` reads, None and a finding when it cannot."""
        if not text:
            return None
        try:
            return make(text)
        except InvalidValue:
            self.note("xdm.metadata.value", "a value of another form", name)
            return None

    def one(self, name: str) -> str:
        """The only value of a Slot, the first of several."""
        found = self.slots.get(name, ())
        if len(found) > 1:
            self.note("xdm.metadata.values", "several values: the first is read", name)
        return found[0] if found else ""

    def codes(self, scheme: str) -> tuple[Code, ...]:
        """The codes of a scheme, in order."""
        found = []
        for item in self._of_scheme.get(scheme, ()):
            code = (item.get("nodeRepresentation") or "").strip()
            if not code:
                self.note("xdm.metadata.code", "a classification without code", scheme)
                continue
            children = _grouped(item)
            system = next(iter(_values(children).get("codingScheme", ())), "")
            found.append(Code(code=code, system=system, label=_text(children, "Name")))
        return tuple(found)

    def authors(self, scheme: str) -> tuple[Author, ...]:
        """The authors of a scheme, in order."""
        return tuple(
            self._author(_Object(item, f"{self.place}/author"))
            for item in self._of_scheme.get(scheme, ())
        )

    def _author(self, item: _Object) -> Author:
        slots = {name.casefold(): values for name, values in item.slots.items()}
        values = {field: slots.get(slot.casefold(), ()) for field, slot in names.AUTHOR_SLOTS}
        person = values["person"]
        if len(person) > 1:
            self.note("xdm.metadata.values", "several persons in one author", "authorPerson")
        return Author(
            person=Xcn.parse(person[0]) if person else None,
            institutions=tuple(map(Xon.parse, values["institutions"])),
            roles=values["roles"],
            specialties=tuple(map(parse_ce, values["specialties"])),
            telecoms=values["telecoms"],
        )

    def identifier(self, scheme: str, name: str) -> str:
        """The value of the external identifier of a scheme; of several that differ, none."""
        found = {
            (item.get("value") or "").strip(): None
            for item in self.children.get("ExternalIdentifier", ())
            if _uuid(item.get("identificationScheme")) == scheme
        }
        if len(found) > 1:
            message = "several identifiers: none is read"
            self.note("xdm.metadata.values", message, name, Severity.ERROR)
        return next(iter(found), "") if len(found) == 1 else ""

    def identifiers(self, table: Iterable[tuple[str, str, str]]) -> dict[str, Any]:
        """The external identifiers of a table, `patient_id` as a LocalId."""
        values: dict[str, Any] = {
            field: self.identifier(scheme, field) for field, scheme, _ in table
        }
        values["patient_id"] = self.made(parse_cx, values["patient_id"], "patientId")
        return values


# -- objects ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Association:
    kind: str
    source: str
    target: str


def _association(element: etree._Element) -> _Association:
    return _Association(
        kind=element.get("associationType", ""),
        source=element.get("sourceObject", ""),
        target=element.get("targetObject", ""),
    )


def _entry(item: _Object, associations: Mapping[str, Iterable[_Association]]) -> DocumentEntry:
    known = {_SLOT_FIELDS[name.casefold()]: name for name in item.slots if _known(name)}
    slots = {field: item.one(name) for field, name in known.items() if field not in _WHOLE}
    element, own_id = item.element, item.element.get("id", "")
    return DocumentEntry(
        **_entry_codes(item),
        **item.identifiers(names.ENTRY_IDS),
        **_times(item, slots),
        authors=item.authors(names.ENTRY_AUTHOR),
        legal_authenticator=item.made(
            Xcn.parse, slots.get("legal_authenticator", ""), "legalAuthenticator"
        ),
        source_patient_id=item.made(
            parse_cx, slots.get("source_patient_id", ""), "sourcePatientId"
        ),
        source_patient_info=item.slots.get(known.get("source_patient_info", ""), ()),
        reference_ids=_reference_ids(item, known.get("reference_ids", "")),
        language_code=slots.get("language_code", ""),
        title=_text(item.children, "Name"),
        comments=_text(item.children, "Description"),
        mime_type=element.get("mimeType", "").strip(),
        hash=_hash(item, slots.get("hash", "")),
        size=_size(item, slots.get("size", "")),
        uri=slots.get("uri", ""),
        entry_uuid=own_id,
        action=_action(item, slots.get("action", "")),
        replaces=_targets(associations.get(own_id, ()), _RPLC, own_id),
        transforms=_targets(associations.get(own_id, ()), _XFRM, own_id),
        logical_id=element.get("lid", ""),
        version=next((v.get("versionName", "") for v in item.children.get("VersionInfo", ())), ""),
        availability_status=element.get("status", ""),
        repository_unique_id=next(iter(item.slots.get("repositoryUniqueId", ())), ""),
        other_slots=tuple(
            (name, values)
            for name, values in item.slots.items()
            if not _known(name) and name != "repositoryUniqueId"
        ),
        reading=tuple(item.found),
    )


def _targets(associations: Iterable[_Association], kind: str, own_id: str) -> tuple[str, ...]:
    return tuple(link.target for link in associations if link.kind.endswith(kind) and own_id)


_WHOLE: Final = frozenset({"source_patient_info", "reference_ids"})
"""Slots that hold several values by rule."""

_TIMES: Final = ("creation_time", "service_start_time", "service_stop_time")


def _known(slot: str) -> bool:
    return slot.casefold() in _SLOT_FIELDS


def _entry_codes(item: _Object) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for field, scheme in names.ENTRY_CODES:
        found = item.codes(scheme)
        if field in _SEVERAL:
            values[field] = found
            continue
        if len(found) > 1:
            item.note("xdm.metadata.values", "several codes: the first is read", field)
        values[field] = found[0] if found else None
    return values


def _times(item: _Object, slots: Mapping[str, str]) -> dict[str, Any]:
    return {field: item.made(parse_time, slots.get(field, ""), field) for field in _TIMES}


def _hash(item: _Object, text: str) -> str:
    digits = text.upper()
    if digits and not (len(digits) == 40 and set(digits) <= set("0123456789ABCDEF")):
        item.note("xdm.metadata.value", "not a SHA-1 in hexadecimal", "hash")
        return ""
    return digits


def _size(item: _Object, text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        item.note("xdm.metadata.value", "not a number of octets", "size")
        return None
    return int(text)


def _action(item: _Object, text: str) -> str:
    if text not in ACTIONS:
        item.note("xdm.metadata.value", "an action other than C and D", "action")
        return ""
    return text


def _reference_ids(item: _Object, slot: str) -> tuple[LocalId, ...]:
    made = (item.made(parse_cx, text, "referenceIdList") for text in item.slots.get(slot, ()))
    return tuple(value for value in made if value is not None)


def _submission(root: etree._Element, place: str) -> SubmissionSet:
    packages = list(_named(root, "RegistryPackage"))
    marked = _marked(root, packages, names.SUBMISSION_MARKER)
    folders = _marked(root, packages, names.FOLDER_MARKER)
    plain = [item for item in packages if item not in folders]
    element = next(iter(marked or plain), None)
    if element is None:
        finding = Finding(
            rule="xdm.metadata.submission",
            message="no submission set",
            severity=Severity.ERROR,
            place=place,
        )
        return SubmissionSet(reading=(finding,))
    item = _Object(element, f"{place}/RegistryPackage")
    if not marked:
        item.note("xdm.metadata.marker", "the package is not marked as a submission set", "")
    if len(marked) > 1:
        item.note("xdm.metadata.submission", "several submission sets: the first is read", "")
    if folders:
        item.note("xdm.metadata.folder", "folders are not read", "", Severity.INFO)
    content = item.codes(names.CONTENT_TYPE)
    values = item.identifiers(names.SUBMISSION_IDS)
    return SubmissionSet(
        **values,
        submission_time=item.made(parse_time, item.one("submissionTime"), "submissionTime"),
        authors=item.authors(names.SUBMISSION_AUTHOR),
        content_type_code=content[0] if content else None,
        title=_text(item.children, "Name"),
        comments=_text(item.children, "Description"),
        intended_recipients=item.slots.get("intendedRecipient", ()),
        entry_uuid=element.get("id", ""),
        reading=tuple(item.found),
    )


def _marked(
    root: etree._Element, packages: list[etree._Element], node: str
) -> list[etree._Element]:
    """The packages that a classification within them, or one beside them, marks."""
    ids = {
        item.get("classifiedObject")
        for item in _named(root, "Classification")
        if _uuid(item.get("classificationNode")) == node
        and _local(item.getparent()) != "RegistryPackage"  # type: ignore[arg-type]
    }
    return [
        package
        for package in packages
        if (package.get("id") and package.get("id") in ids)
        or any(
            _uuid(item.get("classificationNode")) == node
            for item in package
            if _local(item) == "Classification"
        )
    ]
