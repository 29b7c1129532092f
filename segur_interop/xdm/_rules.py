"""What keeps a lot from being written, told all at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from segur_interop._oid import is_oid
from segur_interop.cda import Document
from segur_interop.errors import ArchiveError, IdentityNotQualified
from segur_interop.findings import Finding, Report, Severity
from segur_interop.terminology import value_set
from segur_interop.xdm.entry import Entry
from segur_interop.xdm.metadata import DocumentEntry

__all__ = ["check_lot"]

_MAPPING: Final = "IG HL7v2 transmission d'un document CDA R2, mapping XDS"
_GATE: Final = "RNIV EXI SI 08; Guide INS EXI ID 29"

REQUIRED: Final = (
    "patient_id",
    "source_patient_id",
    "authors",
    "legal_authenticator",
    "class_code",
    "type_code",
    "format_code",
    "confidentiality_codes",
    "healthcare_facility_type_code",
    "practice_setting_code",
    "creation_time",
    "service_start_time",
    "language_code",
    "title",
    "unique_id",
    "mime_type",
)
"""Attributes of a document marked R in the mapping, but those that packing computes."""


MINIMAL: Final = ("patient_id", "unique_id", "mime_type")
"""Of those, the ones that an archive on a medium cannot do without: for it IHE makes the others
required if known (IHE ITI TF-3 table 4.3.1-3, XDM MC); patient_id is one too, that we keep."""


def check_lot(entries: Sequence[Entry], *, forward: bool, incomplete: bool = False) -> None:
    """Refuse what no receiver could use, or no sender may send.

    Raises:
        IdentityNotQualified: an INS that is only a sender's word, without `forward`.
        ArchiveError: any other reason; `report` lists all.
    """
    if not entries:
        raise ArchiveError("no document to pack", place="documents")
    if not forward:
        for rank, entry in enumerate(entries):
            _gate(entry, f"documents[{rank}]")
    Report(
        name="IHE_XDM lot",
        checked=("xdm.required", "xdm.values", "xdm.lot"),
        findings=(
            *_findings(entries, MINIMAL if incomplete else REQUIRED),
            *_lot_findings(entries),
        ),
        error=ArchiveError,
    ).raise_for_errors()


def _gate(entry: Entry, place: str) -> None:
    if not (entry.metadata.asserted and entry.metadata.carries_ins):
        return
    report = None
    if isinstance(entry.content, Document):
        report = entry.content.patient.identity.transmission_report()
    raise IdentityNotQualified(
        f"its INS is a sender's word: adopt the identity, or hand the document on as it came "
        f"with forward=True ({_GATE})",
        place=place,
        report=report,
    )


def _findings(entries: Iterable[Entry], required: Sequence[str]) -> Iterator[Finding]:
    for rank, entry in enumerate(entries):
        place = f"documents[{rank}]"
        metadata = entry.metadata
        for item in (*metadata.findings, *_missing(metadata, required), *_values(metadata)):
            if item.severity is Severity.ERROR:
                yield _finding(item.rule, item.message, f"{place}.{item.place}", item.source)


def _missing(metadata: DocumentEntry, required: Sequence[str]) -> Iterator[Finding]:
    for field in required:
        if not getattr(metadata, field):
            yield _finding("xdm.required", "required and not told", field, _MAPPING)
    named = not metadata.authors or any(item.person for item in metadata.authors)
    if "authors" in required and not named:
        yield _finding("xdm.required", "required and not told", "authors.person", _MAPPING)
    patient = metadata.patient_id
    if patient is not None and not patient.root:
        yield _finding("xdm.patient.domain", "no OID names the domain", "patient_id", _MAPPING)


def _values(metadata: DocumentEntry) -> Iterator[Finding]:
    allowed = value_set("J08")
    for code in metadata.confidentiality_codes:
        if code not in allowed:
            message = f"not a code of {allowed.name}"
            yield _finding("xdm.confidentiality", message, "confidentiality_codes", allowed.source)
    codes = [code.code for code in metadata.confidentiality_codes]
    if len(set(codes)) < len(codes):
        yield _finding("xdm.confidentiality", "the same code twice", "confidentiality_codes")
    root = metadata.unique_id.partition("^")[0]
    if root and not (is_oid(root) or _is_uuid(root)):
        yield _finding("xdm.unique-id", "neither an OID nor a UUID", "unique_id")


def _is_uuid(text: str) -> bool:
    return len(text) == 36 and text.count("-") == 4


def _lot_findings(entries: Sequence[Entry]) -> Iterator[Finding]:
    patients = {
        (item.root, item.extension)
        for entry in entries
        if (item := entry.metadata.patient_id) is not None
    }
    if len(patients) > 1:
        yield _finding(
            "xdm.patient.several",
            "one archive concerns one patient, named by one identifier",
            "documents",
            "MSSanté référentiel 2, ECO.2.1.1",
        )
    ids = [entry.metadata.unique_id for entry in entries]
    if len(set(ids)) < len(ids):
        yield _finding("xdm.unique-id", "the same document twice", "documents")


def _finding(rule: str, message: str, place: str, source: str = "") -> Finding:
    return Finding(rule=rule, message=message, severity=Severity.ERROR, place=place, source=source)
