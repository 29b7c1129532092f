"""Names of the files of an export, and how patients are put in lots.

Every name is 8.3, upper case (ISO 9660 level 1: eight characters of A-Z, 0-9 and _, a dot, three),
and says nothing of a person. Folders are nested to a depth of 8 at most.
(ANS, IG Portabilité des données LGC, branch spec-tech of 2026-07-02, Archive et manifest: INDEX,
MANIFEST, TRANSV, PATnnnnn; IHE ITI TF-2 3.32 for each archive.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from segur_interop.errors import InvalidValue

__all__ = [
    "CATALOGUE_CSV",
    "CATALOGUE_JSON",
    "CHECKSUM",
    "DICTIONARY",
    "DOCUMENTATION",
    "EXCLUDED",
    "GUIDE",
    "INDEX",
    "INDEX_PAGES",
    "LOT_MANIFEST",
    "MANIFEST",
    "PATIENTS",
    "README",
    "REJECTS",
    "REPORT_HTML",
    "REPORT_JSON",
    "SAMPLE",
    "SCHEMA",
    "SIGNED",
    "TRANSVERSE",
    "LotLimits",
    "archive_name",
    "is_name",
    "lot_name",
    "parse_archive_name",
    "parse_lot_name",
    "signature_name",
]

INDEX: Final = "INDEX.HTM"
"""For a person: what there is, and pages that list the patients."""
INDEX_PAGES: Final = "INDEXES"
"""Folder of the pages of the index, `Pnnnnnnn.HTM`."""
README: Final = "README.TXT"
MANIFEST: Final = "MANIFEST.XML"
CATALOGUE_JSON: Final = "CATALOG.JSL"
CATALOGUE_CSV: Final = "CATALOG.CSV"
REJECTS: Final = "REJECTS.JSL"
"""Items that were selected and refused, each with its reason; empty when there is none."""
EXCLUDED: Final = "EXCLUDED.JSL"
"""Items that the request left out, each with the rule; not those kept from the recipient."""
PATIENTS: Final = "PATIENTS.JSL"
"""Every patient read from the source, those without any item included."""
REPORT_JSON: Final = "REPORT.JSN"
REPORT_HTML: Final = "REPORT.HTM"
"""Integrity and volumetry (rapport d'intégrité et de volumétrie)."""
CHECKSUM: Final = "CHECKSUM.TXT"
"""SHA-256 of every other file but signatures, as `sha256sum -c` reads them, paths from here."""
DOCUMENTATION: Final = "DOCEXP"
GUIDE: Final = "DOCEXP/GUIDE.MD"
DICTIONARY: Final = "DOCEXP/DICT.JSN"
SCHEMA: Final = "DOCEXP/SCHEMA/CATALOG.JSN"
SAMPLE: Final = "DOCEXP/SAMPLE"
LOT_MANIFEST: Final = "LOT.XML"
TRANSVERSE: Final = "TRANSV/TRANSV.ZIP"
SIGNED: Final = (MANIFEST, CHECKSUM)
"""What a detached CMS signature covers, each in a file of its own."""

_NAME: Final = re.compile(r"[A-Z0-9_]{1,8}(?:\.[A-Z0-9_]{1,3})?")
_MAX_DEPTH: Final = 8
_LOT: Final = re.compile(r"LOT(\d{5})")
_ARCHIVE: Final = re.compile(r"PAT(\d{5})\.ZIP")
_MOST: Final = 99_999


def is_name(path: str) -> bool:
    """True for a relative path whose every part is 8.3, at most 8 deep."""
    parts = path.split("/")
    return len(parts) <= _MAX_DEPTH and all(_NAME.fullmatch(part) for part in parts)


def lot_name(number: int) -> str:
    """`LOTnnnnn`, from 1."""
    return f"LOT{_checked(number):05d}"


def archive_name(number: int) -> str:
    """`PATnnnnn.ZIP`, from 1; numbers restart with each lot."""
    return f"PAT{_checked(number):05d}.ZIP"


def _checked(number: int) -> int:
    if not 1 <= number <= _MOST:
        raise InvalidValue("a number of five digits, from 1", place="number")
    return number


def parse_lot_name(name: str) -> int | None:
    """The number of a lot folder, None for another name."""
    match = _LOT.fullmatch(name)
    return int(match[1]) if match else None


def parse_archive_name(name: str) -> int | None:
    """The number of an archive, None for another name."""
    match = _ARCHIVE.fullmatch(name)
    return int(match[1]) if match else None


def signature_name(name: str) -> str:
    """The file of a detached signature: `MANIFEST.XML` gives `MANIFEST.P7S`."""
    return f"{name.rpartition('.')[0]}.P7S"


@dataclass(frozen=True, slots=True, kw_only=True)
class LotLimits:
    """When a lot is full.

    Attributes:
        patients: archives, at most 99 999.
        size: octets of its archives (4 GiB: a DVD, a FAT file system). A patient whose archive is
            larger has a lot of their own.
    """

    patients: int = 10_000
    size: int = 4 << 30

    def __post_init__(self) -> None:
        if not 1 <= self.patients <= _MOST or self.size < 1:
            raise InvalidValue("a lot holds 1 to 99 999 patients, and an octet", place="lots")

    def is_full(self, patients: int, size: int, more: int) -> bool:
        """True when an archive of `more` octets starts the next lot."""
        return patients > 0 and (patients >= self.patients or size + more > self.size)
