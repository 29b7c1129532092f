"""Lots that lie open in a tree: draft A, or an unpacked IHE_XDM archive.

Draft A puts each patient in IHE_XDM/SUBSETnnn with a METADATA.XML, and what XDM has no place for in
SPECIFIC; its DocumentEntry has a SHA-256 where XDS has a SHA-1. (ANS, IG Portabilité des données
LGC, branch ADD-PATCH-CONTENT, 2026-06-21.) The length of the hash tells which it is.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import re
from collections.abc import Iterator
from functools import partial
from typing import Final

from segur_interop import _xml
from segur_interop.errors import ArchiveError
from segur_interop.export._cells import media_type_of
from segur_interop.export._layouts import named
from segur_interop.export._notes import Notes
from segur_interop.export._rows import json_object
from segur_interop.export._tree import Tree, is_stray, place_of, walk
from segur_interop.findings import Finding, Severity
from segur_interop.xdm import DocumentEntry, Entry
from segur_interop.xdm._ebrim_read import MAX_METADATA, read_metadata

__all__ = ["draft_a_manifest", "open_lots", "read_lot"]

_SHA256: Final = re.compile("[0-9a-f]{64}")
_METADATA: Final = "METADATA.XML"
_MAX_MANIFEST: Final = 200_000_000
_OTHERS: Final = frozenset({"INDEX.HTM", "INDEX.HTML", "README.TXT"})


def open_lots(tree: Tree, notes: Notes) -> Iterator[str]:
    """The folders that hold a METADATA.XML: those of IHE_XDM, or the tree itself."""
    outer = named(tree, "IHE_XDM")
    if outer is None:
        if named(tree, _METADATA):
            yield ""
        return
    for folder in tree.children(outer, notes)[1]:
        if named(tree, _METADATA, folder):
            yield folder
        else:
            notes.note("xdm.layout.metadata", "a lot without METADATA.XML", place_of(folder))


def read_lot(
    tree: Tree, folder: str, notes: Notes
) -> tuple[list[Entry], dict[str, str], list[Finding]]:
    """The files of a lot: those that its metadata describe, then the others; and their SHA-256."""
    name = named(tree, _METADATA, folder) or _METADATA
    findings: list[Finding] = []
    entries: list[Entry] = []
    hashes: dict[str, str] = {}
    described: tuple[DocumentEntry, ...]
    try:
        if tree.size(name) > MAX_METADATA:
            raise ArchiveError(f"more than {MAX_METADATA} bytes")
        with tree.open(name) as stream:
            octets = stream.read()
        lot = read_metadata(octets, place_of(name))
        described = _with_sha256(octets, lot.entries)
        findings += lot.submission.reading
    except ArchiveError as error:
        findings.append(_finding("xdm.metadata.unreadable", str(error), place_of(name)))
        described = ()
    files = {item.casefold(): item for item in walk(tree, folder, notes)}
    files.pop(name.casefold(), None)
    for rank, metadata in enumerate(described, start=1):
        path = metadata.uri.replace("\\", "/").removeprefix("./")
        file = files.pop((f"{folder}/{path}" if folder else path).casefold(), None)
        place = f"{place_of(name)}/ExtrinsicObject[{rank}]"
        if file is None:
            message = "no file is what this entry describes"
            findings.append(_finding("xdm.file.absent", message, place))
            continue
        entries.append(_entry(tree, file, metadata, place_of(file, rank), hashes))
    for rank, file in enumerate(sorted(files.values()), start=1):
        if file.rpartition("/")[2].upper() not in _OTHERS and not is_stray(file):
            metadata = DocumentEntry(
                mime_type=media_type_of(file), uri=file.rpartition("/")[2], size=tree.size(file)
            )
            entries.append(_entry(tree, file, metadata, place_of(file, rank), hashes))
    return entries, hashes, findings


def _with_sha256(octets: bytes, entries: tuple[DocumentEntry, ...]) -> tuple[DocumentEntry, ...]:
    """The entries with the SHA-256 of draft A, which XDS does not know."""
    made = []
    objects = _xml.parse(octets, max_bytes=MAX_METADATA).iter("{*}ExtrinsicObject")
    for item, metadata in zip(objects, entries, strict=True):
        told = [
            (value.text or "").strip().lower()
            for slot in item.iterfind("{*}Slot")
            if slot.get("name", "").lower() == "hash"
            for value in slot.iter("{*}Value")
        ]
        if told and _SHA256.fullmatch(told[0]):
            kept = tuple(one for one in metadata.reading if not one.place.endswith("/hash"))
            metadata = dataclasses.replace(metadata, hash=told[0], reading=kept)
        made.append(metadata)
    return tuple(made)


def _entry(
    tree: Tree, name: str, metadata: DocumentEntry, place: str, hashes: dict[str, str]
) -> Entry:
    found: list[Finding] = []
    first, second, size = hashlib.sha1(usedforsecurity=False), hashlib.sha256(), 0
    try:
        with tree.open(name) as stream:
            while piece := stream.read(1 << 18):
                first.update(piece)
                second.update(piece)
                size += len(piece)
        hashes[name] = second.hexdigest()
    except ArchiveError as error:
        found.append(_finding("xdm.file.damaged", str(error), place))
    told = metadata.hash.lower()
    own = second.hexdigest() if _SHA256.fullmatch(told) else first.hexdigest()
    if told and told != own:
        found.append(_finding("xdm.file.hash", "not the hash that the metadata announce", place))
    if metadata.size not in (None, size):
        found.append(_finding("xdm.file.size", "not the size that the metadata announce", place))
    if _SHA256.fullmatch(told):  # judged above; XDS knows a SHA-1 only
        metadata = dataclasses.replace(metadata, hash="")
    metadata = dataclasses.replace(metadata, size=size)
    return Entry(partial(tree.open, name), metadata, name, place, tuple(found))


def _finding(rule: str, message: str, place: str) -> Finding:
    return Finding(rule=rule, message=message, severity=Severity.ERROR, place=place)


def draft_a_manifest(tree: Tree, notes: Notes) -> dict[str, object]:
    """MANIFEST.JSON, {} when it cannot be read."""
    name = named(tree, "MANIFEST.JSON")
    if name is None:
        return {}
    with contextlib.suppress(ArchiveError):
        if tree.size(name) <= _MAX_MANIFEST:
            with tree.open(name) as stream:
                data = json_object(stream.read().decode("utf-8-sig", errors="replace"))
            if data is not None:
                return data
    notes.note("export.manifest.unreadable", "no JSON object, or too large", name)
    return {}
