"""What is asked for: perimeter, depth, professional, patients, recipient; and who is selected.

(DSR-HOP-DPI-Va1 2.2: the depth of the history is a parameter. DSR-PHA-LGO-Va1 2.2: the depth and
the health professional are. ANS, IG Portabilité des données LGC: unitaire, ciblé, massif.)
"""

from __future__ import annotations

import calendar
import enum
import hashlib
import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, Final

from segur_interop._time import Instant, Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.export.catalogue import SourceStatus
from segur_interop.export.items import Category, Item, Record
from segur_interop.export.manifest import ExportStatus, ExportType
from segur_interop.model import Professional
from segur_interop.terminology import Masking

__all__ = [
    "PERIMETERS",
    "Exclusion",
    "Policy",
    "Recipient",
    "Refused",
    "Request",
    "Scope",
    "Selection",
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


_LEFT_OUT: Final = {
    Recipient.PATIENT: (Category.NOTE_PERSONNELLE, Category.AGENDA, Category.TRACE),
    Recipient.CONFRERE: (Category.NOTE_PERSONNELLE, Category.AGENDA, Category.TRACE),
}
_DURATION: Final = re.compile(
    r"P(?=\d)(?:(\d{1,4})Y)?(?:(\d{1,4})M)?(?:(\d{1,4})W)?(?:(\d{1,5})D)?"
)
_RPPS: Final = re.compile(r"\d{11}")
_ADELI: Final = re.compile(r"[0-9A-Z]{9}")
ALL: Final = "all"


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
        InvalidValue: an unknown perimeter, a depth that is none, a depth and bounds, …
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
        values = {
            "types": tuple(sorted(set(self.types))),
            "exclude_types": tuple(sorted(set(self.exclude_types))),
            "professional": tuple(sorted({_idnat(item) for item in who if item})),
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
            _duration(self.depth)
            if self.since is not None or self.until is not None:
                raise InvalidValue("a depth, or bounds, not both", place="request.depth")
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
            return datetime.combine(_back(at.date(), self.depth), time(), at.tzinfo), None
        since, until = self.since, self.until
        return (
            _interval(since, at.tzinfo)[0] if isinstance(since, Timestamp) else None,
            _interval(until, at.tzinfo)[1] if isinstance(until, Timestamp) else None,
        )


def _idnat(text: str) -> str:
    """An RPPS or ADELI as a PS_IdNat; anything else as given."""
    compact = text.replace(" ", "")
    if _RPPS.fullmatch(compact):
        return f"8{compact}"
    return f"0{compact}" if _ADELI.fullmatch(compact) else compact


def _duration(text: str) -> tuple[int, int]:
    """Months and days."""
    match = _DURATION.fullmatch(text)
    if match is None:
        raise InvalidValue(
            "an ISO 8601 duration in years, months, weeks and days, or 'all'", place="request.depth"
        )
    years, months, weeks, days = (int(part or 0) for part in match.groups())
    return years * 12 + months, weeks * 7 + days


def _back(day: date, depth: str) -> date:
    months, days = _duration(depth)
    total = day.year * 12 + day.month - 1 - months
    year, month = divmod(total, 12)
    if year < 1:
        return date.min
    last = calendar.monthrange(year, month + 1)[1]
    start = date(year, month + 1, min(day.day, last))
    return start - timedelta(days=days) if start.toordinal() > days else date.min


def _interval(moment: Timestamp, zone: tzinfo | None) -> tuple[datetime, datetime]:
    """First and last moments that the timestamp may mean, at its precision."""
    if moment.offset is not None and moment.hour is not None:
        start = moment.to_datetime()
    else:
        start = datetime(
            moment.year, moment.month or 1, moment.day or 1, moment.hour or 0, moment.minute or 0,
            moment.second or 0, tzinfo=zone,
        )  # fmt: skip
    step = timedelta(microseconds=1)
    match moment.precision:
        case "year":
            end = datetime(moment.year, 12, 31, 23, 59, 59, 999_999, tzinfo=zone)
        case "month":
            last = calendar.monthrange(start.year, start.month)[1]
            end = datetime(start.year, start.month, last, 23, 59, 59, 999_999, tzinfo=zone)
        case "day":
            end = datetime.combine(start.date(), time.max, zone)
        case "hour":
            end = _later(start, timedelta(hours=1)) - step
        case "minute":
            end = _later(start, timedelta(minutes=1)) - step
        case _:
            end = _later(start, timedelta(seconds=1)) - step
    return start, end


def _later(start: datetime, by: timedelta) -> datetime:
    try:
        return start + by
    except OverflowError:
        return start


class Selection:
    """A request applied at one time to patients and items; it holds nothing of them."""

    def __init__(self, request: Request, at: datetime) -> None:
        """Prepare the rules.

        Args:
            request: what is asked for.
            at: time of the export, with its zone.
        """
        self._request = request
        self._zone = at.tzinfo
        self._since, self._until = request.window(at)
        codes = set(request.types)
        if request.perimeter:
            codes.update(PERIMETERS[request.perimeter])
        self._types = frozenset(codes) if codes else None
        left_out = _LEFT_OUT.get(request.recipient, ())
        kept = request.categories
        self._categories = frozenset(Category) - frozenset(left_out) if kept is None else kept
        self._who = frozenset(request.professional)
        self._scope = request.effective_scope

    def wants(self, record: Record) -> bool:
        """False for a patient who is not asked for."""
        keys = self._request.patients
        if keys is not None and record.key not in keys:
            return False
        if self._scope is not Scope.PATIENTS_OF:
            return True
        return any(_idnat(item) in self._who for item in record.referents)

    def judge(self, item: Item) -> Exclusion | Refused | None:
        """None for an item to export; else the rule that leaves it out, or refuses it."""
        for rule in (self._chosen, self._typed, self._dated, self._of_professional):
            found = rule(item)
            if found is not None:
                return found
        return None

    def _chosen(self, item: Item) -> Exclusion | None:
        request = self._request
        masked = Masking.INVISIBLE_PATIENT in item.masks
        rules = (
            (item.id in request.deselected, Exclusion.DESELECTED),
            (item.category not in self._categories, Exclusion.CATEGORY),
            (masked and request.recipient is Recipient.PATIENT, Exclusion.MASKED),
            (item.status is SourceStatus.DELETED and not request.deleted, Exclusion.DELETED),
            (
                item.status is SourceStatus.SUPERSEDED and not request.superseded,
                Exclusion.SUPERSEDED,
            ),
        )
        return next((reason for applies, reason in rules if applies), None)

    def _typed(self, item: Item) -> Exclusion | Refused | None:
        if item.type is None:
            if self._types is None:
                return None
            return _by_policy(self._request.untyped, Exclusion.NO_TYPE, Refused.NO_TYPE)
        code = item.type.code
        wanted = self._types is None or code in self._types
        return None if wanted and code not in self._request.exclude_types else Exclusion.TYPE

    def _dated(self, item: Item) -> Exclusion | Refused | None:
        if self._since is None and self._until is None:
            return None
        moment = item.moment
        if moment is None:
            return _by_policy(self._request.undated, Exclusion.UNDATED, Refused.UNDATED)
        start, end = _interval(moment, self._zone)
        early = self._since is not None and end < self._since
        late = self._until is not None and start > self._until
        return Exclusion.DEPTH if early or late else None

    def _of_professional(self, item: Item) -> Exclusion | None:
        if self._scope in (None, Scope.PATIENTS_OF):
            return None
        authors = _ids(item.authors) if self._scope is not Scope.RESPONSIBLE else frozenset()
        others = frozenset[str]()
        if self._scope is not Scope.AUTHOR and item.responsible is not None:
            others = _ids((item.responsible,))
        return None if self._who & (authors | others) else Exclusion.PROFESSIONAL


def _ids(people: Iterable[object]) -> frozenset[str]:
    return frozenset(who.idnat for who in people if isinstance(who, Professional) and who.idnat)


def _by_policy(policy: Policy, out: Exclusion, error: Refused) -> Exclusion | Refused | None:
    if policy is Policy.INCLUDE:
        return None
    return out if policy is Policy.EXCLUDE else error
