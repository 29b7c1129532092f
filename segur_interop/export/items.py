"""What a source gives: patients, and the items of each with a way to open them."""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from segur_interop._masking import Masked, shown
from segur_interop._time import Instant, Timestamp
from segur_interop.errors import InvalidValue
from segur_interop.export.catalogue import Origin, SourceStatus
from segur_interop.model import Organization, Patient, Professional
from segur_interop.terminology import Code, Masking

if TYPE_CHECKING:
    from segur_interop.export.request import Refused
    from segur_interop.xdm.entry import Content

__all__ = ["Category", "Item", "Record", "Unfit", "is_item_id"]


class Category(enum.StrEnum):
    """What an item is to the default exclusions.

    (ANS, IG Portabilité des données LGC: personal notes, agenda and access logs are left out of
    what the patient receives.)
    """

    DOCUMENT = "DOCUMENT"
    NOTE_PERSONNELLE = "NOTE_PERSONNELLE"
    AGENDA = "AGENDA"
    TRACE = "TRACE"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Item(Masked):
    """One document or file of a patient, of any format and size.

    Nothing is read before its turn comes. What the software does not hold stays empty: the
    catalogue states it.

    Attributes:
        id: identifier in the software, unique for the patient. It is in logs and reports: it
            must say nothing of a person.
        content: bytes, a path, a CDA document, or a function that opens a new binary stream each
            time; with an executor, a path or a function that can be pickled.
        mime_type: `text/xml` for a CDA, `application/pdf`…
        size: octets, when known: content of another size is refused. Else a path is asked.
        type: kind of document (JDV_J07); `class_code` follows from it.
        format_code: XDS format; of a CDA, told by its templates.
        produced: date of production: a date, an aware datetime, HL7 text; `when` gives it back.
        performed, performed_end: start and end of the act or stay.
        title: in clear.
        authors: who wrote it.
        responsible: who answers for it.
        confidentiality: N, R or V.
        masks: who must not see it.
        replaces: id of the item that this one replaces.
        status: final, superseded, deleted.
        origin: produced by the software, or received.
        category: for the default exclusions.
        language: such as `fr-FR`.
        twin_of: id of the structured document of which this PDF is the readable form.
        unique_id: OID of the document; a CDA tells its own.
        facility_type, practice_setting: JDV_J02, JDV_J04; by default those of the structure that
            exports, for what it produced.
    """

    id: str = field(metadata=shown())
    content: Content
    mime_type: str = field(metadata=shown())
    size: int | None = field(default=None, metadata=shown())
    type: Code | None = field(default=None, metadata=shown())
    class_code: Code | None = field(default=None, metadata=shown())
    format_code: Code | None = field(default=None, metadata=shown())
    produced: Instant | None = field(default=None, metadata=shown())
    performed: Instant | None = None
    performed_end: Instant | None = None
    title: str = ""
    authors: tuple[Professional | Organization, ...] = ()
    responsible: Professional | None = None
    confidentiality: str = field(default="N", metadata=shown())
    masks: frozenset[Masking] = field(default=frozenset(), metadata=shown())
    replaces: str = field(default="", metadata=shown())
    status: SourceStatus = field(default=SourceStatus.FINAL, metadata=shown())
    origin: Origin = field(default=Origin.PRODUCED, metadata=shown())
    category: Category = field(default=Category.DOCUMENT, metadata=shown())
    language: str = field(default="fr-FR", metadata=shown())
    twin_of: str = field(default="", metadata=shown())
    unique_id: str = field(default="", metadata=shown())
    facility_type: Code | None = field(default=None, metadata=shown())
    practice_setting: Code | None = field(default=None, metadata=shown())

    def __post_init__(self) -> None:
        if not is_item_id(self.id):
            raise InvalidValue("1 to 200 printable characters", place="item.id")
        if not self.mime_type:
            raise InvalidValue("the media type is told", place="item.mime_type")
        for name in ("produced", "performed", "performed_end"):
            object.__setattr__(self, name, self.when(name))
        object.__setattr__(self, "authors", tuple(self.authors))
        object.__setattr__(self, "masks", frozenset(self.masks))

    @property
    def moment(self) -> Timestamp | None:
        """What the depth is applied to: the date of production, else that of the act."""
        return self.when("produced") or self.when("performed")

    def when(self, name: str) -> Timestamp | None:
        """`produced`, `performed` or `performed_end`, with the precision that the source has."""
        given: Instant | None = getattr(self, name)
        return None if given is None else Timestamp.of(given)


_LONGEST_ID = 200


def is_item_id(text: str) -> bool:
    """True for what may name an item: it is written in reports."""
    return 0 < len(text) <= _LONGEST_ID and text.isprintable()


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """An item that the source holds and cannot give: it is counted, and refused with why.

    Attributes:
        id: identifier in the software; a place in the source for want of one.
        reason: why it cannot be given.
    """

    id: str
    reason: Refused

    def __post_init__(self) -> None:
        if not is_item_id(self.id):
            raise InvalidValue("1 to 200 printable characters", place="unfit.id")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Record(Masked):
    """A patient of the source with their items.

    Attributes:
        key: what names the patient in the source, stable from one run to the next. It is written
            in no file name, no log and no report.
        patient: identity, status of identity and local identifiers as the source holds them now.
        items: any iterable, read once, when the turn of the patient comes; an `Unfit` stands for
            an item that cannot be given.
        referents: professionals whom the patient is attached to (`8` and RPPS…).
    """

    key: str
    patient: Patient
    items: Iterable[Item | Unfit] = ()
    referents: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.key:
            raise InvalidValue("a patient has a key", place="record.key")
