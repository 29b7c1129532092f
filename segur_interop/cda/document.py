"""A CDA document: its header as values, its body, and its exact octets."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Final

from segur_interop._files import write_whole
from segur_interop._masking import Masked, shown
from segur_interop._oid import XDS_SD
from segur_interop._time import Timestamp
from segur_interop.cda._entries.rows import to_rows
from segur_interop.cda.document_type import DocumentType
from segur_interop.cda.validate import check_element
from segur_interop.errors import InvalidValue, UnknownCode
from segur_interop.findings import Finding, Report
from segur_interop.model import (
    Encounter,
    LocalId,
    Order,
    Organization,
    Participant,
    Patient,
    Professional,
    RelatedPerson,
    ServiceEvent,
)
from segur_interop.terminology import Code, Masking

if TYPE_CHECKING:
    from lxml import etree

    from segur_interop.cda._content import Body, Content, Received
    from segur_interop.cda._entries.attachments import Attachment
    from segur_interop.cda._entries.conditions import Allergy, Problem
    from segur_interop.cda._entries.imaging import ImagingAct
    from segur_interop.cda._entries.medications import Medication
    from segur_interop.cda._entries.observations import Observation
    from segur_interop.cda._entries.prescription import Prescription
    from segur_interop.cda._entries.procedures import MedicalDevice, Procedure
    from segur_interop.cda._entries.results import Isolate, Result
    from segur_interop.cda._entries.vaccinations import Vaccination
    from segur_interop.cda.sections import Section
    from segur_interop.cda.structured import Structured

__all__ = ["Document", "Relation", "pending"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Relation:
    """The document that this one replaces or completes (relatedDocument).

    Attributes:
        kind: `RPLC` (annule et remplace), the only one that is written.
        id: identifier of the parent.
        version: its version number, None when not told.
        set_id: what all versions share, None when not told.
    """

    kind: str = "RPLC"
    id: LocalId
    version: int | None = None
    set_id: LocalId | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Document(Masked):
    """A CDA R2 document, written by `wrap` or read by `read`.

    A field that a received document lacks is None or empty, and a finding says so. Two documents
    are equal when their headers are; compare `bytes()` for the octets.

    Attributes:
        id: ClinicalDocument/id.
        set_id: shared by all versions.
        version: 1 for the first.
        code: kind of document; `type` gives its row.
        title: as shown to a reader.
        created: effectiveTime.
        confidentiality: N, R or V; masking is never in the header.
        language: `fr-FR`.
        templates: templateIds beside the two of every French document; XDS-SD for level 1.
        patient: whom it is about.
        authors: Participants of type AUT, each with its time.
        custodian: who keeps the document.
        legal_authenticator, authenticators: who answers for it, with the time.
        data_enterer, informants, participants: as in the header.
        recipients: Participants of type PRCP or TRC. The header does not tell a relative from a
            professional without number: both are read as a Professional.
        orders: the requests it answers.
        acts: the acts it reports, the principal one first.
        relation: what it replaces.
        consents: codes of authorization/consent.
        encounter: the stay or visit, with the facility.
        reading: what the reader noticed; empty when written here.
    """

    id: LocalId | None = None
    set_id: LocalId | None = None
    version: int | None = field(default=None, metadata=shown())
    code: Code | None = field(default=None, metadata=shown())
    title: str = ""
    created: Timestamp | None = field(default=None, metadata=shown())
    confidentiality: Code | None = field(default=None, metadata=shown())
    language: str = field(default="", metadata=shown())
    templates: tuple[str, ...] = field(default=(), metadata=shown())
    patient: Patient
    authors: tuple[Participant, ...] = ()
    custodian: Organization | None = None
    legal_authenticator: Participant | None = None
    authenticators: tuple[Participant, ...] = ()
    data_enterer: Participant | None = None
    informants: tuple[Professional | RelatedPerson, ...] = ()
    recipients: tuple[Participant, ...] = ()
    participants: tuple[Participant, ...] = ()
    orders: tuple[Order, ...] = ()
    acts: tuple[ServiceEvent, ...] = ()
    relation: Relation | None = None
    consents: tuple[Code, ...] = ()
    encounter: Encounter | None = None
    reading: tuple[Finding, ...] = field(default=(), compare=False, metadata=shown())
    _content: Content | None = field(default=None, compare=False)

    if not TYPE_CHECKING:

        def __getattr__(self, name):
            """A field of a document just read, taken from its header the first time."""
            if name not in _OF_HEADER:
                raise AttributeError(name)
            value = self._content.fields[name]
            object.__setattr__(self, name, value)
            return value

    def _rows(self, *, clear: bool) -> Iterator[tuple[str, str]]:
        for name, value in Masked._rows(self, clear=clear):
            if name == "reading":
                yield name, f"{len(self.reading)} findings"
            elif not name.startswith("_"):
                yield name, value

    @property
    def type(self) -> DocumentType | None:
        """The row of its kind, None without code or for a code that JDV_J07 does not hold."""
        if self.code is None:
            return None
        try:
            return DocumentType.of(self.code.code, self.code.system or None)
        except UnknownCode:
            return None

    @property
    def level(self) -> int:
        """1 when the body is a file, 3 when it is structured (2 is not told apart)."""
        if self._content is None:
            return 1 if str(XDS_SD) in self.templates else 3
        return self._content.level

    @property
    def body(self) -> Body | None:
        """The file of a level 1 body, None for a structured body."""
        return None if self._content is None else self._content.body()

    @property
    def pdf(self) -> bytes | None:
        """The octets of a PDF body, whatever their conformance; None when there is none.

        Raises:
            InvalidDocument: the base64 is damaged.
        """
        body = self.body
        return body.octets if body is not None and body.is_pdf else None

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What the reader noticed, and what is odd in the patient."""
        patient = tuple(
            Finding(
                rule=item.rule,
                message=item.message,
                severity=item.severity,
                place=f"patient.{item.place}" if item.place else "patient",
                source=item.source,
            )
            for item in self.patient.findings
        )
        return self.reading + patient

    @property
    def signed(self) -> bool:
        """True when the octets hold a signature, which any rewriting would break."""
        return self._content is not None and self._content.signed

    def structured(self) -> Structured:
        """The structured body: sections, typed records, findings; empty for a level 1 body.

        It is read when asked for, once, and says in `findings` what was odd in it.
        """
        return self._octets().structured

    def sections(self) -> tuple[Section, ...]:
        """The sections of the body, of any document type; empty for a level 1 body."""
        return self.structured().sections

    def results(self) -> tuple[Result, ...]:
        """Laboratory results of the body."""
        return self.structured().results

    def isolates(self) -> tuple[Isolate, ...]:
        """Micro-organisms found, each with its counts and its antibiogram."""
        return self.structured().isolates

    def medications(self) -> tuple[Medication, ...]:
        """Treatments, given, taken, stopped or prescribed."""
        return self.structured().medications

    def vaccinations(self) -> tuple[Vaccination, ...]:
        """Vaccinations; look at `done`, for those not done are told too."""
        return self.structured().vaccinations

    def allergies(self) -> tuple[Allergy, ...]:
        """Allergies; look at `negated` and `none_known`, for their absence is told too."""
        return self.structured().allergies

    def problems(self) -> tuple[Problem, ...]:
        """Problems and history; look at `negated` and `none_known`."""
        return self.structured().problems

    def procedures(self) -> tuple[Procedure, ...]:
        """Acts; look at `done`, for planned ones are told too."""
        return self.structured().procedures

    def devices(self) -> tuple[MedicalDevice, ...]:
        """Devices carried, used or prescribed."""
        return self.structured().devices

    def imaging_acts(self) -> tuple[ImagingAct, ...]:
        """Imaging exams."""
        return self.structured().imaging_acts

    def observations(self) -> tuple[Observation, ...]:
        """Every other observation: vital signs, habits, scores, family history."""
        return self.structured().observations

    def attachments(self) -> tuple[Attachment, ...]:
        """Files that a structured body carries, the PDF copy first."""
        return self.structured().attachments

    def prescription(self) -> Prescription | None:
        """The prescription that the document is (eP-MED-DM); None when it is none."""
        return self.structured().prescription

    @property
    def pdf_copy(self) -> bytes | None:
        """The PDF copy of a structured document, to be shown first; None without.

        Section *Copie du document*, 1.2.250.1.213.1.1.2.243: a consumer shows that PDF first and
        the structured form on request (ANS, IG document core).

        Raises:
            InvalidDocument: its base64 is damaged.
        """
        return self.structured().pdf_copy

    def to_frame(self, family: str) -> list[dict[str, object]]:
        """A family of records as rows that pandas or polars take as they are.

        Args:
            family: one of `cda.FAMILIES`, such as `results`.

        Returns:
            One dict a record, the same keys for all, of text, numbers, booleans and None.

        Raises:
            InvalidValue: there is no such family.
        """
        return to_rows(self.structured().family(family))

    def element(self) -> etree._Element:
        """The ClinicalDocument element; do not change it."""
        return self._octets().element()

    def check(self) -> Report:
        """The header judged by the table `cda.RULES`, without any kit.

        Returns:
            A report that is true when no rule fails; its findings name rule, place and source.
        """
        return check_element(self.element())

    def render(self, *, masks: Iterable[Masking | str] = (), forward: bool = False) -> str:
        """One HTML page: no script, nothing loaded, every value escaped (see `cda.render`).

        Args:
            masks: who must not see it, as its metadata say (`DocumentEntry.masks`).
            forward: draw the Datamatrix of an INS that is a sender's word too.

        Returns:
            HTML, to be written in UTF-8. Persons are in clear, unlike in `_repr_html_`.
        """
        from segur_interop.cda.render import render

        return render(self, masks=masks, forward=forward)

    def chunks(self) -> Iterator[bytes]:
        """The exact octets, in pieces."""
        return self._octets().chunks()

    def __bytes__(self) -> bytes:
        return self._octets().octets()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write the exact octets; the file appears whole or not at all.

        Raises:
            OSError: the path cannot be written.
        """
        return write_whole(path, self.chunks())

    def _octets(self) -> Content:
        if self._content is None:
            raise InvalidValue("a document is made by cda.wrap or cda.read")
        return self._content


_OF_HEADER: Final = frozenset(item.name for item in fields(Document)) - {"_content"}


def pending(content: Received) -> Document:
    """A document whose fields are read when they are first asked for (`Received.fields`)."""
    document = object.__new__(Document)
    object.__setattr__(document, "_content", content)
    return document
