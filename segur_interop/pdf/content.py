"""What a composed document says: typed, frozen, free of layout.

A text is plain: `<`, `&` and the like are shown as they are, a line feed breaks the line, any
other control character is refused.
"""

from __future__ import annotations

import dataclasses
import enum
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from segur_interop._masking import Masked, shown
from segur_interop._source import Source, read_source
from segur_interop._time import Instant, Timestamp
from segur_interop._types import check_type
from segur_interop.errors import InvalidValue
from segur_interop.model import Organization, Patient, Period, Professional, RelatedPerson
from segur_interop.model._checks import check_items, check_one, check_text

__all__ = [
    "GDPR_NOTICE",
    "Block",
    "Content",
    "Fields",
    "Items",
    "Kind",
    "Paragraph",
    "Recipient",
    "Section",
    "Table",
    "Typeface",
    "outline",
]

GDPR_NOTICE: Final = (
    "Les informations de ce document font l'objet d'un traitement nécessaire à votre prise en "
    "charge. Vous disposez de droits d'accès, de rectification, de limitation et d'opposition "
    "(RGPD, articles 15 à 21 ; loi n° 78-17 du 6 janvier 1978), à exercer auprès de "
    "l'établissement ou de son délégué à la protection des données."
)
"""Foot of every page unless the caller gives another; what it says is the caller's to check."""

MAX_COLUMNS: Final = 12


class Kind(enum.Enum):
    """The printed documents that the two DSRs want produced; the value is the usual title."""

    LETTRE_LIAISON_SORTIE = "Lettre de liaison de sortie"
    COMPTE_RENDU_OPERATOIRE = "Compte rendu opératoire"
    ORDONNANCE_SORTIE = "Ordonnance de sortie"
    ENTRETIEN_PHARMACEUTIQUE = "Compte rendu d'entretien pharmaceutique"
    BILAN_MEDICATION = "Bilan partagé de médication"


# Unsure of the exact words: the headings of the discharge letter follow article R. 1112-1-2 of
# the Code de la santé publique; the others are usual ones, set by no text that was read.
_OUTLINES: Final = {
    Kind.LETTRE_LIAISON_SORTIE: (
        "Motif d'hospitalisation",
        "Synthèse médicale du séjour",
        "Événements indésirables, micro-organismes multirésistants, produits sanguins, "
        "dispositifs médicaux implantables",
        "Traitements à la sortie",
        "Traitements arrêtés pendant le séjour et motif",
        "Résultats d'examens en attente",
        "Suites à donner",
    ),
    Kind.COMPTE_RENDU_OPERATOIRE: (
        "Intervenants",
        "Indication",
        "Intervention réalisée",
        "Constatations",
        "Description de l'intervention",
        "Dispositifs médicaux implantés",
        "Prélèvements",
        "Incidents et complications",
        "Consignes postopératoires",
    ),
    Kind.ORDONNANCE_SORTIE: (
        "Prescriptions relatives à une affection de longue durée",
        "Prescriptions sans rapport avec une affection de longue durée",
    ),
    Kind.ENTRETIEN_PHARMACEUTIQUE: (
        "Objet de l'entretien",
        "Traitement concerné",
        "Connaissances et observance du patient",
        "Points abordés",
        "Conseils et suivi",
    ),
    Kind.BILAN_MEDICATION: (
        "Contexte et sources d'information",
        "Traitements du patient",
        "Analyse pharmaceutique",
        "Propositions au médecin traitant",
        "Conseils au patient et suivi",
    ),
}


def _check_text(value: Any, place: str, *, required: bool = True) -> None:
    if not isinstance(value, str):
        raise TypeError(f"{place} is a str, not {type(value).__name__}")
    if required and not value.strip():
        raise InvalidValue("is empty", place=place)
    for line in value.split("\n"):
        if line.strip():
            check_text(line, place)
        elif line.strip(" \u00a0"):
            raise InvalidValue("holds a control character", place=place)


def _check_each(owner: Any, name: str, field_name: str) -> None:
    check_items(owner, name, field_name, str)
    for index, text in enumerate(getattr(owner, field_name)):
        _check_text(text, f"{name}.{field_name}[{index}]", required=False)


def _rows(rows: Any, place: str) -> tuple[tuple[Any, ...], ...]:
    """Rows as tuples; a str is no row, though it can be cut into characters."""
    for index, row in enumerate(rows):
        if not isinstance(row, (tuple, list)):
            raise TypeError(f"{place}[{index}] is a tuple, not {type(row).__name__}")
    return tuple(map(tuple, rows))


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Paragraph(Masked):
    """A paragraph.

    Attributes:
        text: what it says.
        strong: printed bold, for what must not be missed.
    """

    text: str
    strong: bool = field(default=False, metadata=shown())

    def __post_init__(self) -> None:
        _check_text(self.text, "paragraph.text")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Items(Masked):
    """A list.

    Attributes:
        items: at least one.
        ordered: numbered from 1, else bulleted.
    """

    items: tuple[str, ...]
    ordered: bool = field(default=False, metadata=shown())

    def __post_init__(self) -> None:
        check_items(self, "items", "items", str)
        if not self.items:
            raise InvalidValue("is empty", place="items.items")
        for index, text in enumerate(self.items):
            _check_text(text, f"items.items[{index}]")


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Fields(Masked):
    """Labels and their values, in two columns.

    Attributes:
        rows: (label, value) pairs, at least one; a value may be "".
    """

    rows: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        rows = _rows(self.rows, "fields.rows")
        if not rows:
            raise InvalidValue("is empty", place="fields.rows")
        for index, row in enumerate(rows):
            if len(row) != 2:
                raise InvalidValue("a label and a value", place=f"fields.rows[{index}]")
            _check_text(row[0], f"fields.rows[{index}][0]")
            _check_text(row[1], f"fields.rows[{index}][1]", required=False)
        object.__setattr__(self, "rows", rows)


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Table(Masked):
    """A table; its header is repeated on each page.

    Attributes:
        header: column titles, at most 12.
        rows: cells, as many in each row as columns; a cell may be "".
        widths: relative widths of the columns, equal by default.
        caption: printed above.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...] = field(default=(), metadata=shown())
    caption: str = ""

    def __post_init__(self) -> None:
        _check_each(self, "table", "header")
        _check_text(self.caption, "table.caption", required=False)
        if not 0 < len(self.header) <= MAX_COLUMNS:
            raise InvalidValue(f"from 1 to {MAX_COLUMNS} columns", place="table.header")
        object.__setattr__(self, "rows", _rows(self.rows, "table.rows"))
        for index, row in enumerate(self.rows):
            if len(row) != len(self.header):
                raise InvalidValue("not as many cells as columns", place=f"table.rows[{index}]")
            for column, text in enumerate(row):
                _check_text(text, f"table.rows[{index}][{column}]", required=False)
        self._check_widths()

    def _check_widths(self) -> None:
        for width in self.widths:
            check_type(width, "table.widths", int, float)
        widths = tuple(self.widths)
        if widths and len(widths) != len(self.header):
            raise InvalidValue("not as many widths as columns", place="table.widths")
        if any(not 0.1 <= width <= 100 for width in widths):
            raise InvalidValue("relative widths from 0.1 to 100", place="table.widths")
        object.__setattr__(self, "widths", tuple(map(float, widths)))


Block: TypeAlias = Paragraph | Items | Fields | Table


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Section(Masked):
    """A part with its title.

    Attributes:
        title: its heading.
        blocks: what it says, in order; when there is nothing, `empty` is printed.
        empty: printed in an empty section, so that nobody wonders whether a text was lost.
    """

    title: str = field(metadata=shown())
    blocks: tuple[Block, ...] = ()
    empty: str = field(default="Non renseigné", metadata=shown())

    def __post_init__(self) -> None:
        _check_text(self.title, "section.title")
        _check_text(self.empty, "section.empty")
        check_items(self, "section", "blocks", Paragraph, Items, Fields, Table)


def outline(kind: Kind) -> tuple[Section, ...]:
    """Empty sections under the usual headings of a kind, to be filled, renamed or left out.

    Unsure: only those of the discharge letter follow a text (Code de la santé publique,
    R. 1112-1-2), and not word for word.
    """
    if not isinstance(kind, Kind):
        raise TypeError(f"kind is a Kind, not {type(kind).__name__}")
    return tuple(Section(title=title) for title in _OUTLINES[kind])


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Typeface(Masked):
    """TrueType fonts that show a document, when Bitstream Vera does not have its characters.

    Attributes:
        regular: bytes of a .ttf file, or its path.
        bold: the same, for headings and names; `regular` by default.

    Raises:
        PdfError: larger than 20 MB.
        OSError: a path that cannot be read.
    """

    regular: Source
    bold: Source | None = None

    def __post_init__(self) -> None:
        for name in ("regular", "bold"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, read_source(value, max_bytes=20_000_000))


Recipient: TypeAlias = Professional | Organization | RelatedPerson


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Content(Masked):
    """A document to print.

    Attributes:
        kind: which of the five.
        patient: whose; the matricule and the Datamatrix are printed when the identity may
            transmit them, the traits alone otherwise.
        author: who wrote it, with a name.
        organization: the structure, printed at the head.
        created: aware date and time; a Timestamp once made.
        sections: the body, in order.
        recipients: everyone it is sent to, each named.
        to_patient: the patient is a recipient too.
        title: printed instead of that of the kind.
        performed: the stay, the operation or the interview.
        authenticator: who validated it, when it is not the author.
        replaces: the date of the document that this one replaces (*annule et remplace*).
        notice: foot of every page; "" for none.
    """

    kind: Kind = field(metadata=shown())
    patient: Patient
    author: Professional
    organization: Organization
    created: Instant = field(metadata=shown())
    sections: tuple[Section, ...]
    recipients: tuple[Recipient, ...] = ()
    to_patient: bool = field(default=False, metadata=shown())
    title: str = field(default="", metadata=shown())
    performed: Period | None = None
    authenticator: Professional | None = None
    replaces: Instant | None = None
    notice: str = field(default=GDPR_NOTICE, metadata=shown())

    def __post_init__(self) -> None:
        for name, kind in (
            ("kind", Kind), ("patient", Patient), ("author", Professional),
            ("organization", Organization), ("performed", Period),
            ("authenticator", Professional),
        ):  # fmt: skip
            check_one(self, "content", name, kind)
        for name in ("kind", "patient", "author", "organization"):
            if getattr(self, name) is None:
                raise TypeError(f"content.{name} is required")
        check_items(self, "content", "sections", Section)
        check_items(self, "content", "recipients", Professional, Organization, RelatedPerson)
        for name in ("title", "notice"):
            _check_text(getattr(self, name), f"content.{name}", required=False)
        self._check_people()
        self._check_times()

    def _check_people(self) -> None:
        self.author.require_name("content.author.name")
        if self.authenticator is not None:
            self.authenticator.require_name("content.authenticator.name")
        if not self.organization.name:
            raise InvalidValue("a name is required", place="content.organization.name")
        for index, one in enumerate(self.recipients):
            if not one.name:
                raise InvalidValue("a recipient is named",
                                   place=f"content.recipients[{index}].name")  # fmt: skip

    def _check_times(self) -> None:
        for name in ("created", "replaces"):
            value = getattr(self, name)
            if value is None and name == "replaces":
                continue
            try:
                moment = Timestamp.of(value)
                moment.to_datetime() if name == "created" else moment.to_date()
            except InvalidValue:
                what = "an aware date and time" if name == "created" else "a day"
                raise InvalidValue(f"not {what}", place=f"content.{name}") from None
            object.__setattr__(self, name, moment)

    @property
    def printed_title(self) -> str:
        """`title`, or that of the kind."""
        return self.title or self.kind.value

    def with_sections(self, *sections: Section) -> Content:
        """The same document with other sections."""
        return dataclasses.replace(self, sections=sections)
