"""Entries of archives as patients and items, with or without a catalogue."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping

from segur_interop import xdm
from segur_interop.errors import InvalidDocument, SegurError
from segur_interop.export._archive_check import MAX_CDA
from segur_interop.export._disguise import disguised, type_finding
from segur_interop.export._identities import (
    TRAITS,
    between_document,
    between_metadata,
    found,
    identity_of,
    ids_of,
)
from segur_interop.export.catalogue import Line
from segur_interop.export.received import ReceivedItem, ReceivedPatient, oldest_first
from segur_interop.findings import Finding, Severity
from segur_interop.ins import Identity
from segur_interop.model import Patient

__all__ = ["about_document", "catalogued_patient", "patients_of_entries"]


def catalogued_patient(
    place: str,
    archive: xdm.Archive | None,
    hashes: Mapping[str, str],
    lines: list[Line],
    findings: Iterable[Finding],
) -> ReceivedPatient:
    """The patient of lines that give one identity, with what is left of their archive."""
    first = lines[0]
    identity = identity_of({name: getattr(first, name) for name in TRAITS}, first.ins)
    made = [*findings, *identity.reading]
    known = (tuple(getattr(first, name) for name in TRAITS), first.ins, first.local_ids)
    for line in lines[1:]:
        own = (tuple(getattr(line, name) for name in TRAITS), line.ins, line.local_ids)
        if own != known:
            message = "the lines of the archive give several identities"
            made.append(found("export.identity.several", message, place))
            break
    entries = {entry.name: entry for entry in archive.entries} if archive is not None else {}
    items = []
    for line in lines:
        entry = entries.pop(line.path_in_archive, None)
        if entry is not None:
            forms = entries.get(line.readable or "")
            items.append(_item(line, identity, entry, forms, hashes, place))
    for name in {line.readable for line in lines if line.readable}:
        entries.pop(name, None)
    lost = len(lines) - len(items)
    if lost:
        message = f"{lost} item(s) of the catalogue cannot be opened"
        made.append(_finding("export.receive.lost", message, place))
    if entries:
        message = f"{len(entries)} file(s) of METADATA.XML that are not in the catalogue: left out"
        made.append(_finding("export.receive.uncatalogued", message, place))
    return ReceivedPatient(
        place=place,
        identity=identity,
        ids=ids_of(first.local_ids),
        items=oldest_first(items),
        lost=lost,
        findings=tuple(made),
    )


def _item(
    line: Line,
    identity: Identity,
    entry: xdm.Entry,
    form: xdm.Entry | None,
    hashes: Mapping[str, str],
    place: str,
) -> ReceivedItem:
    inner = f"{place}/{entry.place}"
    sha256 = hashes.get(entry.name, "")
    findings = [*entry.findings, *between_metadata(line, identity, entry.metadata, inner)]
    if sha256 != line.sha256:
        message = "not the SHA-256 that the catalogue tells"
        findings.append(_finding("export.catalogue.hash", message, inner))
    findings += about_document(entry, identity, inner, line.traits_discordants)
    return ReceivedItem(
        id=line.item_id,
        entry=entry,
        line=line,
        sha256=sha256,
        replaces=line.replaces or "",
        twin_of=line.pdf_twin_of or "",
        readable=form,
        findings=tuple(findings),
    )


def about_document(
    entry: xdm.Entry, identity: Identity, place: str, declared: Iterable[str] = ()
) -> list[Finding]:
    """Who the document is about; nothing for another kind of file."""
    if found_cda := disguised(entry):
        told = about_document(found_cda, identity, place, declared)
        return [type_finding(place), *told]
    if not entry.is_cda or (entry.metadata.size or 0) > MAX_CDA:
        return []
    try:
        document = entry.document(max_bytes=MAX_CDA)
    except InvalidDocument:
        message = "announced as XML, and no CDA that can be read: kept as it is"
        return [_finding("export.document.unreadable", message, place, Severity.WARNING)]
    except SegurError:
        return []
    if document is None:
        return []
    return list(between_document(identity, document, place, declared=declared))


# -- without a catalogue ------------------------------------------------------------------------


def patients_of_entries(
    place: str,
    entries: Iterable[xdm.Entry],
    hashes: Mapping[str, str],
    findings: Iterable[Finding] = (),
) -> list[ReceivedPatient]:
    """The patients that the metadata name; a lot that names several is in doubt for all.

    A file without metadata that stands beside those of one patient is theirs to look at.
    """
    groups: dict[object, list[xdm.Entry]] = {}
    loose: list[xdm.Entry] = []
    for entry in entries:
        patient = _patient_of(entry)
        if patient is None:
            loose.append(entry)
        else:
            groups.setdefault(_key(patient), []).append(entry)
    told = list(findings)
    if len(groups) > 1:
        message = "one lot names several patients"
        told.append(found("export.identity.several", message, place))
    if loose and len(groups) == 1:
        next(iter(groups.values())).extend(loose)
    elif loose:
        groups[None] = loose
    return [
        _group(place if rank == 1 else f"{place}#{rank}", group, hashes, told)
        for rank, group in enumerate(groups.values(), start=1)
    ]


def _patient_of(entry: xdm.Entry) -> Patient | None:
    """That of the metadata; without any, that of the document."""
    metadata = entry.metadata
    if metadata.patient_id is not None or metadata.source_patient_info:
        return metadata.patient
    if (metadata.size or 0) > MAX_CDA:
        return None
    try:
        document = entry.document(max_bytes=MAX_CDA)
    except SegurError:
        return None
    return None if document is None else document.patient


def _key(patient: Patient) -> object:
    identity = patient.identity
    own = patient.local_id
    matricule = identity.matricule
    return (
        (matricule.value, identity.oid) if matricule else None,
        (own.root, own.namespace, own.extension) if own and not matricule else None,
        (identity.birth_name.casefold(), identity.birth_date, identity.sex),
    )


def _group(
    place: str, entries: list[xdm.Entry], hashes: Mapping[str, str], findings: list[Finding]
) -> ReceivedPatient:
    patient = next(filter(None, map(_patient_of, entries)), None)
    made = list(findings)
    if patient is None:
        message = "nothing tells whose these files are"
        made.append(found("export.receive.nobody", message, place))
        patient = Patient(identity=Identity(asserted=True))
    identity = patient.identity
    if not identity.asserted:
        identity = dataclasses.replace(identity, asserted=True)
    by_uuid = {
        entry.metadata.entry_uuid: _id_of(entry, rank)
        for rank, entry in enumerate(entries, start=1)
        if entry.metadata.entry_uuid
    }
    items = [
        ReceivedItem(
            id=_id_of(entry, rank),
            entry=entry,
            sha256=hashes.get(entry.name, ""),
            replaces=next((by_uuid.get(uuid, "") for uuid in entry.metadata.replaces), ""),
            twin_of=next((by_uuid.get(uuid, "") for uuid in entry.metadata.transforms), ""),
            findings=(
                *entry.findings,
                *about_document(entry, identity, f"{place}/{entry.place}"),
            ),
        )
        for rank, entry in enumerate(entries, start=1)
    ]
    return ReceivedPatient(
        place=place,
        identity=identity,
        ids=patient.ids,
        items=oldest_first(items),
        findings=tuple(made),
    )


def _id_of(entry: xdm.Entry, rank: int) -> str:
    return entry.metadata.unique_id or f"file {rank}"


def _finding(rule: str, message: str, place: str, severity: Severity = Severity.ERROR) -> Finding:
    return Finding(rule=rule, message=message, severity=severity, place=place)
