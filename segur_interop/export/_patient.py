"""One patient: their archive and their lines of the catalogue, in the folder of work.

What is done here depends on the job alone, so that any executor gives the same octets. An item
that cannot be read is refused and the others are written; an error of the target is raised.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from segur_interop import xdm
from segur_interop.errors import SegurError
from segur_interop.export._entries import Subject, derived_oid
from segur_interop.export._files import create
from segur_interop.export._jobs import Done, Job, Options, left_name, names_of
from segur_interop.export._lines import File, line_of
from segur_interop.export._parcel import Disguised, Parcel, Unreadable, looked_into, prepared, shut
from segur_interop.export.catalogue import json_line
from segur_interop.export.request import Refused
from segur_interop.xdm.pack import extension_of

__all__ = ["write_patient", "write_patients"]

CHUNK: Final = 1 << 18


def write_patients(jobs: tuple[Job, ...], options: Options) -> tuple[Done, ...]:
    """A chunk of jobs, in order; those that are left when the run was left are not done.

    Raises:
        OSError: the target cannot be written.
    """
    left, made = Path(options.folder, left_name(options.run)), list[Done]()
    for job in jobs:
        if left.exists():
            break
        made.append(write_patient(job, options))
    return tuple(made)


def write_patient(job: Job, options: Options) -> Done:
    """Write the archive and the lines of a patient.

    Raises:
        OSError: the target cannot be written.
    """
    subject = Subject.of(job.record, options.sender)
    refused: list[tuple[str, Refused]] = []
    parcels = list(prepared(job, subject, options, refused))
    forms = [parcel.form.spooled for parcel in parcels if parcel.form and parcel.form.spooled]
    part, rows = (Path(options.folder, name) for name in names_of(job.number, options.run))
    lines: list[bytes] = []
    tried = False
    while parcels:
        try:
            lines = _write(parcels, subject, options, part)
            break
        except Unreadable as error:
            others = () if tried else parcels[parcels.index(error.parcel) + 1 :]
            tried = True
            for one in (error, *shut(others)):
                parcels.remove(one.parcel)
                refused.append((one.parcel.item.id, one.why))
        except Disguised as error:
            if why := looked_into(error.parcel, subject):
                parcels.remove(error.parcel)
                refused.append((error.parcel.item.id, why))
        except SegurError:
            kept = [parcel for parcel in parcels if _packs(parcel, options)]
            if len(kept) == len(parcels):
                raise
            out = (parcel for parcel in parcels if parcel not in kept)
            refused += [(parcel.item.id, Refused.METADATA) for parcel in out]
            parcels = kept
    for form in forms:
        form.unlink(missing_ok=True)
    if not parcels:
        part.unlink(missing_ok=True)
        return Done(number=job.number, refused=tuple(refused))
    with create(rows) as stream:
        stream.writelines(lines)
    size, digest = _hashed(part)
    return Done(
        number=job.number,
        size=size,
        sha256=digest,
        written=tuple(parcel.item.id for parcel in parcels),
        refused=tuple(refused),
    )


def _pack(parcels: Iterable[Parcel], options: Options) -> xdm.Archive:
    entries = [
        xdm.Entry(parcel.opened, dataclasses.replace(parcel.metadata, size=parcel.size, uri=uri))
        for parcel, uri in parcels_named(parcels)
    ]
    patient = entries[0].metadata.patient_id
    told = f"{patient.root}^{patient.extension}" if patient else ""
    sending = xdm.Submission(
        unique_id=derived_oid("lot", options.export_id, told),
        time=options.at,
        source_id=options.sender.oid,
        senders=(options.sender.organization,),
        title="Export de portabilité",
    )
    return xdm.pack(
        entries,
        source=options.sender.organization,
        submission=sending,
        forward=True,
        incomplete=True,
        software=options.software,
        compression=options.compression,
    )


def parcels_named(parcels: Iterable[Parcel]) -> Iterator[tuple[Parcel, str]]:
    """Each file with its name: DOCnnnn.PDF beside the DOCnnnn.XML of which it is a form."""
    numbers: dict[str, str] = {}
    taken: set[str] = set()
    for rank, parcel in enumerate(parcels, start=1):
        base = f"DOC{rank:04d}"
        kind = extension_of(parcel.metadata.mime_type)
        beside = numbers.get(parcel.item.twin_of, base) if kind == "PDF" else base
        name = f"{beside}.{kind}"
        name = f"{base}.{kind}" if name in taken else name
        numbers[parcel.item.id] = base
        taken.add(name)
        yield parcel, name
        if parcel.form is not None:
            yield parcel.form, f"{base}.{extension_of(parcel.form.metadata.mime_type)}"


def _packs(parcel: Parcel, options: Options) -> bool:
    try:
        _pack([parcel], options)
    except SegurError:
        return False
    return True


def _write(parcels: list[Parcel], subject: Subject, options: Options, part: Path) -> list[bytes]:
    archive = _pack(parcels, options)
    part.unlink(missing_ok=True)
    with create(part) as stream:
        archive.write(stream)
    later = {parcel.item.replaces: parcel.item.id for parcel in parcels if parcel.item.replaces}
    places = {
        id(parcel): entry
        for (parcel, _), entry in zip(parcels_named(parcels), archive.entries, strict=True)
    }
    return [_line(parcel, subject, places, later.get(parcel.item.id, "")) for parcel in parcels]


def _line(
    parcel: Parcel, subject: Subject, places: dict[int, xdm.Entry], replaced_by: str
) -> bytes:
    """The line of the catalogue.

    Raises:
        Unreadable: a text that UTF-8 cannot hold (a lone surrogate, of octets misread upstream).
    """
    entry = places[id(parcel)]
    told = _file(parcel, places, replaced_by)
    line = line_of(parcel.item, subject, entry.metadata, entry.name, told)
    try:
        return f"{json_line(line)}\n".encode()
    except UnicodeEncodeError:
        raise Unreadable(parcel, Refused.METADATA) from None


def _file(parcel: Parcel, places: dict[int, xdm.Entry], replaced_by: str) -> File:
    form = parcel.form
    return File(
        sha256=parcel.sha256,
        size=parcel.read,
        replaced_by=replaced_by,
        readable=places[id(form)].name if form else "",
        readable_sha256=form.sha256 if form else "",
        wrapped_sha256=parcel.wrapped_sha256,
        wrapped_mime=parcel.item.mime_type if parcel.wrapped_sha256 else "",
        differing=parcel.differing,
    )


def _hashed(path: Path) -> tuple[int, str]:
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while piece := stream.read(CHUNK):
            digest.update(piece)
            size += len(piece)
    return size, digest.hexdigest()
