"""MANIFEST.XML and LOT.XML out: what an export is, its archives, its counts.

The elements are those of the draft of 2026-07-02 (ANS, IG Portabilité des données LGC, branch
spec-tech, Archive et manifest), in the order and case of its example. The draft has neither
namespace nor schema and may change: `PROFILE` names the form that is written. What it has no place
for (the request, the counts, the lots) is in an extension of our own namespace.
"""

from __future__ import annotations

import enum
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO, Final

from segur_interop._masking import Masked, shown
from segur_interop.errors import InvalidValue

__all__ = [
    "EXTENSION",
    "PROFILE",
    "PROFILES",
    "ArchiveSummary",
    "Balance",
    "Editor",
    "ExportStatus",
    "ExportType",
    "LotSummary",
    "Manifest",
    "lots_digest",
    "write_lot",
    "write_manifest",
]

PROFILE: Final = "pdlgc-b"
"""Draft B of the IG Portabilité des données LGC (spec-tech, 2026-07-02)."""
PROFILES: Final = frozenset({PROFILE})
EXTENSION: Final = "urn:uuid:08aac1b7-5ddc-4516-b5fd-03aa707c01e4"
"""Namespace of the extension: a UUID of this project, as no body has given one."""
VERSION: Final = 1


class ExportType(enum.StrEnum):
    """What is exported: one patient, a part, everything."""

    UNITAIRE = "UNITAIRE"
    CIBLE = "CIBLE"
    MASSIF = "MASSIF"


class ExportStatus(enum.StrEnum):
    """Whether everything selected is there."""

    COMPLETE = "COMPLETE"
    PARTIAL = "PARTIAL"
    SAMPLE = "SAMPLE"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Editor(Masked):
    """Who answers for the export (editeurSortant).

    Attributes:
        name: denominationEG.
        siret: 14 digits; "" when not told: nothing is invented for it.
        contact, email, phone: of the service to write to.
    """

    name: str = field(metadata=shown())
    siret: str = field(default="", metadata=shown())
    contact: str = ""
    email: str = ""
    phone: str = ""

    def __post_init__(self) -> None:
        if not self.name.strip():
            raise InvalidValue("the editor has a name", place="editor.name")
        if self.siret and not re.fullmatch(r"[0-9]{14}", self.siret):
            raise InvalidValue("14 digits", place="editor.siret")


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The counts of items, which prove that nothing is silently missing.

    Attributes:
        announced: told by the source before it is read; None when it cannot count.
        found: read from the source.
        excluded: found and not selected, each by one rule of the request.
        selected: found and due.
        written: in an archive.
        refused: selected and not written, each with its reason.
    """

    announced: int | None = None
    found: int = 0
    excluded: int = 0
    selected: int = 0
    written: int = 0
    refused: int = 0

    @property
    def is_exact(self) -> bool:
        """Announced = found = selected + excluded, and selected = written + refused."""
        return (
            self.found == self.selected + self.excluded
            and self.selected == self.written + self.refused
            and self.announced in (None, self.found)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveSummary:
    """One archive: `PATnnnnn.ZIP` of a lot, or TRANSV.ZIP when `lot` is "".

    Attributes:
        lot: folder of the lot.
        name: file name.
        size: octets.
        sha256: 64 hexadecimal digits, lower case.
        items: files that its METADATA.XML describes.
    """

    lot: str
    name: str
    size: int
    sha256: str
    items: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LotSummary:
    """One lot.

    Attributes:
        name: its folder.
        patients: archives in it.
        items: files in these archives.
        size: octets of these archives.
        sha256: of its CHECKSUM.TXT, which holds that of each archive.
    """

    name: str
    patients: int
    items: int
    size: int
    sha256: str


def lots_digest(lots: Iterable[LotSummary]) -> str:
    """One number for all the lots: SHA-256 of `sha256  LOTnnnnn/CHECKSUM.TXT` lines."""
    text = "".join(f"{lot.sha256}  {lot.name}/CHECKSUM.TXT\n" for lot in lots)
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What MANIFEST.XML says beside the list of archives.

    Attributes:
        export_id: UUID.
        extract_time: with its zone.
        export_type, status: as in the draft.
        period: what the depth covers, each end None when open.
        comments: "" when none.
        editor: editeurSortant.
        patients: patient archives; `transverse` archives beside.
        patients_without_archive: read from the source, without a selected item.
        profile: form of the manifest.
        software, version: what made the export.
        structure: identifier of the structure that exports (OID or Struct_IdNat).
        professionals: those that the request names, with `scope`.
        request: canonical JSON of the request.
        balance: counts of items.
        lots: in order.
        batch: rank of this delivery and number of deliveries.
    """

    export_id: str
    extract_time: datetime
    export_type: ExportType
    status: ExportStatus
    editor: Editor
    patients: int
    request: str
    balance: Balance
    lots: tuple[LotSummary, ...]
    structure: str
    software: str
    version: str
    transverse: int = 0
    patients_without_archive: int = 0
    period: tuple[datetime | None, datetime | None] = (None, None)
    comments: str = ""
    professionals: tuple[str, ...] = ()
    scope: str = ""
    batch: tuple[int, int] = (1, 1)
    profile: str = PROFILE

    def __post_init__(self) -> None:
        if self.profile not in PROFILES:
            raise InvalidValue(f"one of {sorted(PROFILES)}", place="profile")
        if self.extract_time.utcoffset() is None:
            raise InvalidValue("a datetime without a time zone is refused", place="extract_time")

    @property
    def request_sha256(self) -> str:
        """SHA-256 of the canonical JSON of the request."""
        return hashlib.sha256(self.request.encode()).hexdigest()


# -- writing ------------------------------------------------------------------------------------

_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'
_MARKUP: Final = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"))
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def write_manifest(
    stream: BinaryIO, manifest: Manifest, archives: Iterable[ArchiveSummary]
) -> None:
    """Write MANIFEST.XML, one archive at a time.

    Args:
        stream: binary.
        manifest: all but the list of archives.
        archives: transverse first, then in the order of lots and numbers.

    Raises:
        InvalidValue: a character that XML cannot hold; `place` is its element.
        OSError: the stream cannot be written.
    """
    stream.write(f'{_HEAD}<Manifest xmlns:ext="{EXTENSION}">\n'.encode())
    for piece in _heading(manifest):
        stream.write(piece.encode())
    stream.write(b"  <Archives>\n")
    for archive in archives:
        stream.write(_archive(archive).encode())
    stream.write(b"  </Archives>\n")
    for piece in _extension(manifest):
        stream.write(piece.encode())
    stream.write(b"</Manifest>\n")


def write_lot(
    stream: BinaryIO, manifest: Manifest, lot: str, archives: Iterable[ArchiveSummary]
) -> None:
    """Write the LOT.XML of one lot: which export it is of, and its archives.

    Raises:
        OSError: the stream cannot be written.
    """
    stream.write(f'{_HEAD}<ext:Lot xmlns:ext="{EXTENSION}" version="{VERSION}">\n'.encode())
    for piece in (
        _tag("ext:exportId", manifest.export_id),
        _tag("ext:extractTime", manifest.extract_time.isoformat()),
        _tag("ext:lot", lot),
    ):
        stream.write(piece.encode())
    stream.write(b"  <Archives>\n")
    for archive in archives:
        stream.write(_archive(archive).encode())
    stream.write(b"  </Archives>\n</ext:Lot>\n")


def _heading(manifest: Manifest) -> Iterator[str]:
    start, end = manifest.period
    yield _tag("exportId", manifest.export_id)
    yield _tag("extractTime", manifest.extract_time.isoformat())
    yield _tag("exportType", manifest.export_type)
    yield _tag("exportStartTime", start.isoformat() if start else "")
    yield _tag("exportEndTime", end.isoformat() if end else "")
    yield _tag("exportStatus", manifest.status)
    yield _tag("comments", manifest.comments)
    yield from _editor(manifest.editor)
    yield _tag("PatientArchiveCount", str(manifest.patients))
    yield _tag("TransverseArchiveCount", str(manifest.transverse))


def _editor(editor: Editor) -> Iterator[str]:
    yield "  <editeurSortant>\n"
    yield _tag("denominationEG", editor.name, 4)
    yield _tag("numSiret", editor.siret, 4)
    if editor.contact or editor.email or editor.phone:
        yield "    <contact>\n"
        yield _tag("nom", editor.contact, 6)
        yield _tag("email", editor.email, 6)
        yield _tag("telephone", editor.phone, 6)
        yield "    </contact>\n"
    yield "  </editeurSortant>\n"


def _archive(archive: ArchiveSummary) -> str:
    transverse = not archive.lot
    told = "" if transverse else f' ext:lot="{archive.lot}" ext:items="{archive.items}"'
    kind = "Transverse" if transverse else "Patient"
    return (
        f"    <Archive{told}>\n"
        f"      <type>{kind}</type>\n"
        f"      <archiveid>{archive.name.removesuffix('.ZIP')}</archiveid>\n"
        f"      <size>{archive.size}</size>\n"
        f"      <hash>{archive.sha256}</hash>\n"
        "    </Archive>\n"
    )


def _extension(manifest: Manifest) -> Iterator[str]:
    balance = manifest.balance
    yield f'  <ext:Extension version="{VERSION}">\n'
    yield _tag("ext:profile", manifest.profile, 4)
    yield _tag("ext:software", manifest.software, 4)
    yield _tag("ext:softwareVersion", manifest.version, 4)
    yield _tag("ext:structure", manifest.structure, 4)
    yield _tag("ext:batch", str(manifest.batch[0]), 4)
    yield _tag("ext:batches", str(manifest.batch[1]), 4)
    for professional in manifest.professionals:
        yield _tag("ext:professional", professional, 4)
    yield _tag("ext:scope", manifest.scope, 4)
    yield _tag("ext:request", manifest.request, 4)
    yield _tag("ext:requestSha256", manifest.request_sha256, 4)
    if balance.announced is not None:
        yield _tag("ext:announced", str(balance.announced), 4)
    for name in ("found", "excluded", "selected", "written", "refused"):
        yield _tag(f"ext:{name}", str(getattr(balance, name)), 4)
    yield _tag("ext:patientsWithoutArchive", str(manifest.patients_without_archive), 4)
    for lot in manifest.lots:
        yield (
            f'    <ext:lot name="{lot.name}" patients="{lot.patients}" items="{lot.items}" '
            f'size="{lot.size}" checksum="{lot.sha256}"/>\n'
        )
    yield _tag("ext:lotsSha256", lots_digest(manifest.lots), 4)
    yield "  </ext:Extension>\n"


def _tag(name: str, text: str, indent: int = 2) -> str:
    """An element on its line; nothing without text."""
    if not text:
        return ""
    if _NO_XML.search(text):
        raise InvalidValue("a character that XML cannot hold", place=name)
    for mark, entity in _MARKUP:
        text = text.replace(mark, entity)
    return f"{' ' * indent}<{name}>{text}</{name}>\n"
