"""What is asked for: perimeter, depth, professional, patients, recipient; and who is selected.

(DSR-HOP-DPI-Va1 2.2: the depth of the history is a parameter. DSR-PHA-LGO-Va1 2.2: the depth and
the health professional are. ANS, IG Portabilité des données LGC: unitaire, ciblé, massif.)
"""

from __future__ import annotations

import enum
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any, Final

from segur_interop._time import Instant, Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.export._window import ALL, back, duration, interval
from segur_interop.export.items import Category
from segur_interop.export.manifest import ExportStatus, ExportType

__all__ = [
    "PERIMETERS",
    "Exclusion",
    "Policy",
    "Recipient",
    "Refused",
    "Request",
    "Scope",
    "idnat",
]

_PRESCRIPTIONS: Final = (
    "57833-6", "PRESC-BIO", "PRESC-KINE", "PRESC-INF", "PRESC-PEDI", "PRESC-ORTHOPHO",
    "PRESC-ORTHOPTIE",
)  # fmt: skip
PERIMETERS: Final = {
    "HOP-DPI-Va1": ("11490-0", "34874-8", *_PRESCRIPTIONS),
    "PHA-LGO-Va1": ("78601-2", "56445-0", "87273-9", "SYNTH", "11502-2", "11490-0", "57833-6"),
}
"""Type codes (JDV_J66) of the documents of each perimeter: discharge letters, operative reports
and prescriptions of the hospital (2.2 and annex 5.3); what pharmacists produce and consume
(annex 3)."""


class Scope(enum.StrEnum):
    """How an item, or a patient, is that of a professional."""

    AUTHOR = "author"
    RESPONSIBLE = "responsible"
    AUTHOR_OR_RESPONSIBLE = "author_or_responsible"
    PATIENTS_OF = "patients_of"
    """The whole record of the patients attached to the professional."""


class Recipient(enum.StrEnum):
    """Who receives the export, which tells the default exclusions."""

    PATIENT = "patient"
    CONFRERE = "confrere"
    EDITEUR = "editeur"
    JUSTICE = "justice"


class Policy(enum.StrEnum):
    """What to do with an item whose date, or type, the source does not hold."""

    INCLUDE = "include"
    EXCLUDE = "exclude"
    ERROR = "error"


class Exclusion(enum.StrEnum):
    """The rule of the request that left an item out."""

    PATIENT = "PATIENT"
    TYPE = "TYPE"
    NO_TYPE = "NO_TYPE"
    DEPTH = "DEPTH"
    UNDATED = "UNDATED"
    PROFESSIONAL = "PROFESSIONAL"
    CATEGORY = "CATEGORY"
    MASKED = "MASKED"
    DESELECTED = "DESELECTED"
    SUPERSEDED = "SUPERSEDED"
    DELETED = "DELETED"


class Refused(enum.StrEnum):
    """Why a selected item is not in the export."""

    UNDATED = "UNDATED"
    NO_TYPE = "NO_TYPE"
    UNREADABLE = "UNREADABLE"
    CHANGED = "CHANGED"
    DUPLICATE_ID = "DUPLICATE_ID"
    OTHER_PATIENT = "OTHER_PATIENT"
    METADATA = "METADATA"
    VALUE = "VALUE"
    IDENTITY = "IDENTITY"


_RPPS: Final = re.compile(r"\d{11}")
_ADELI: Final = re.compile(r"[0-9A-Z]{9}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What an export holds; its canonical JSON and the hash of it go in the manifest.

    Attributes:
        perimeter: `HOP-DPI-Va1`, `PHA-LGO-Va1`, or "" for every type.
        types: type codes, beside those of the perimeter.
        exclude_types: type codes left out.
        depth: ISO 8601 duration back from the time of the export (`P5Y`, `P18M`, `P2W`, `P90D`),
            or `all`.
        since, until: bounds instead of a depth, both inclusive, in the zone of the time of the
            export: a date, HL7 text (a year is the whole year), an aware datetime.
        professional: RPPS, ADELI or PS_IdNat, one or several; () for everyone.
        scope: by default author or responsible.
        patients: keys of the records wanted; None for all.
        recipient: personal notes, agenda and access logs are left out of what a patient or a
            confrère receives, and what is masked to the patient out of the patient's.
        categories: what to keep, instead of the default of the recipient.
        undated: items without date of production nor of act, when a depth is asked for.
        untyped: items without type, when types are asked for.
        deselected: ids of items that the professional left out; recorded as such.
        superseded, deleted: whether earlier versions, and deleted items, are exported.
        status: SAMPLE or PARTIAL of a delivery known to be so; COMPLETE becomes PARTIAL as soon as
            one item is refused.
        export_type: derived when absent: UNITAIRE for one patient, MASSIF for everything.
        batch: rank of this delivery, and number of deliveries.
        comments: for the manifest; no person is to be named there.

    Raises:
        InvalidValue: an unknown perimeter, a depth that is none, a depth and bounds, a blank name
            (it would ask for everyone, or for nobody) …
        TypeError: one text where several are asked for.
    """

    perimeter: str = ""
    types: tuple[str, ...] = ()
    exclude_types: tuple[str, ...] = ()
    depth: str = ALL
    since: Instant | None = None
    until: Instant | None = None
    professional: str | tuple[str, ...] = ()
    scope: Scope | None = None
    patients: frozenset[str] | None = None
    recipient: Recipient = Recipient.EDITEUR
    categories: frozenset[Category] | None = None
    undated: Policy = Policy.INCLUDE
    untyped: Policy = Policy.INCLUDE
    deselected: frozenset[str] = frozenset()
    superseded: bool = True
    deleted: bool = False
    status: ExportStatus = ExportStatus.COMPLETE
    export_type: ExportType | None = None
    batch: tuple[int, int] = (1, 1)
    comments: str = ""

    def __post_init__(self) -> None:
        given = self.professional
        who = (given,) if isinstance(given, str) else tuple(given)
        _check_names("professional", who)
        for name in _NAMES:
            _check_names(name, getattr(self, name) or ())
        values = {
            "types": tuple(sorted(set(self.types))),
            "exclude_types": tuple(sorted(set(self.exclude_types))),
            "professional": tuple(sorted({idnat(item) for item in who})),
            "since": None if self.since is None else Timestamp.of(self.since),
            "until": None if self.until is None else Timestamp.of(self.until),
            "scope": None if self.scope is None else Scope(self.scope),
            "recipient": Recipient(self.recipient),
            "undated": Policy(self.undated),
            "untyped": Policy(self.untyped),
            "deselected": frozenset(self.deselected),
            "patients": None if self.patients is None else frozenset(self.patients),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)
        self._check()

    def _check(self) -> None:
        if self.perimeter and self.perimeter not in PERIMETERS:
            raise InvalidValue(f"one of {sorted(PERIMETERS)}", place="request.perimeter")
        if self.depth != ALL:
            duration(self.depth)
            if self.since is not None or self.until is not None:
                raise InvalidValue("a depth, or bounds, not both", place="request.depth")
        since, until = (
            None if value is None else interval(Timestamp.of(value), UTC)
            for value in (self.since, self.until)
        )
        if since and until and since[0] > until[1]:
            raise InvalidValue("since comes after until", place="request.since")
        if self.scope is not None and not self.professional:
            raise InvalidValue("a scope is that of a professional", place="request.scope")
        rank, count = self.batch
        if not 1 <= rank <= count:
            raise InvalidValue("a rank from 1 to the number of batches", place="request.batch")

    @property
    def kind(self) -> ExportType:
        """The type of export, derived when it was not given."""
        if self.export_type is not None:
            return self.export_type
        if self.patients is not None and len(self.patients) == 1:
            return ExportType.UNITAIRE
        narrowed = (
            self.perimeter, self.types, self.exclude_types, self.professional, self.since,
            self.until, self.depth != ALL, self.patients is not None,
        )  # fmt: skip
        return ExportType.CIBLE if any(narrowed) else ExportType.MASSIF

    @property
    def effective_scope(self) -> Scope | None:
        """The scope that is applied; None without professional."""
        if not self.professional:
            return None
        return self.scope or Scope.AUTHOR_OR_RESPONSIBLE

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe form. Patients are counted and hashed: their keys may name them."""
        patients = None
        if self.patients is not None:
            listed = "\n".join(sorted(self.patients)).encode()
            patients = {
                "count": len(self.patients), "sha256": hashlib.sha256(listed).hexdigest()
            }  # fmt: skip
        kept = None if self.categories is None else sorted(self.categories)
        return {
            "version": 1,
            "perimeter": self.perimeter,
            "types": list(self.types),
            "exclude_types": list(self.exclude_types),
            "depth": self.depth,
            "since": None if self.since is None else str(self.since),
            "until": None if self.until is None else str(self.until),
            "professional": list(self.professional),
            "scope": self.effective_scope,
            "patients": patients,
            "recipient": self.recipient,
            "categories": kept,
            "undated": self.undated,
            "untyped": self.untyped,
            "deselected": sorted(self.deselected),
            "superseded": self.superseded,
            "deleted": self.deleted,
            "status": self.status,
            "export_type": self.kind,
            "batch": list(self.batch),
            "comments": self.comments,
        }

    def canonical(self) -> str:
        """The canonical JSON: the same request gives the same text."""
        return json.dumps(self.to_dict(), sort_keys=True, ensure_ascii=False, separators=(",", ":"))

    def window(self, at: datetime) -> tuple[datetime | None, datetime | None]:
        """The first and last moments covered, None where open, in the zone of `at`.

        Args:
            at: time of the export; a depth is counted back from the start of its day.
        """
        if self.depth != ALL:
            return datetime.combine(back(at.date(), self.depth), time(), at.tzinfo), None
        since, until = self.since, self.until
        return (
            interval(since, at.tzinfo)[0] if isinstance(since, Timestamp) else None,
            interval(until, at.tzinfo)[1] if isinstance(until, Timestamp) else None,
        )


_NAMES: Final = ("types", "exclude_types", "patients", "deselected")


def _check_names(name: str, values: Iterable[str]) -> None:
    """Several texts, none blank; one text would be taken letter by letter."""
    if isinstance(values, str):
        raise TypeError(f"request.{name} holds several texts, not one")
    for value in values:
        if not isinstance(value, str):
            raise TypeError(f"request.{name} holds texts, not {type(value).__name__}")
        if not value.strip():
            raise InvalidValue("a blank value: leave it out", place=f"request.{name}")


def idnat(text: str) -> str:
    """An RPPS or ADELI as a PS_IdNat; anything else as given."""
    compact = text.replace(" ", "")
    if _RPPS.fullmatch(compact):
        return f"8{compact}"
    return f"0{compact}" if _ADELI.fullmatch(compact) else compact
