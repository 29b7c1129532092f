"""Do the metadata and the document that they describe speak of the same patient and document?"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from segur_interop.findings import Finding, Severity
from segur_interop.ins import TraitVerdict, compare

if TYPE_CHECKING:
    from segur_interop.cda import Document
    from segur_interop.xdm.metadata import DocumentEntry

__all__ = ["disagreements"]

_NOBODY = frozenset({"cda.read.patients", "cda.read.ins"})
_SOURCE = "MSSanté référentiel 2, ECO.2.1.2"


def disagreements(metadata: DocumentEntry, document: Document) -> Iterable[Finding]:
    """What the metadata say otherwise than the header; nothing for what they do not tell."""
    if any(item.rule in _NOBODY for item in document.reading):
        yield _finding(
            "xdm.patient.several",
            "the document names several patients, or one with two INS: do not file it before a "
            "person has looked",
            "recordTarget",
            Severity.ERROR,
        )
    elif metadata.patient_id is not None or metadata.source_patient_info:
        yield from _patients(metadata, document)
    own = document.id
    if metadata.unique_id and own is not None:
        told = metadata.unique_id.partition("^")
        if (told[0], told[2]) not in {(own.root, own.extension), (own.root, "")}:
            yield _finding("xdm.unique-id", "another identifier than the document's", "id")
    if metadata.type_code and document.code and metadata.type_code.code != document.code.code:
        yield _finding("xdm.type-code", "another kind of document than the document's", "code")


def _patients(metadata: DocumentEntry, document: Document) -> Iterable[Finding]:
    told, own = metadata.patient.identity, document.patient.identity
    compared = compare(told, own)
    if compared.matricule.verdict is TraitVerdict.DIFFERENT:
        yield _finding(
            "xdm.patient.differs",
            "the metadata hold another INS than the document: do not file it before a person has "
            "looked",
            "recordTarget",
            Severity.ERROR,
        )
    elif (told.matricule is None) != (own.matricule is None):
        holder = "document" if told.matricule is None else "metadata"
        yield _finding("xdm.patient.ins", f"only the {holder} holds an INS", "recordTarget")
    for trait in ("birth_name", "birth_given_names", "birth_date", "sex"):
        found = getattr(compared, trait)
        # The end of a long list of given names has no room in the metadata.
        if found.verdict is TraitVerdict.DIFFERENT and found.reason != "partial-list":
            yield _finding(
                "xdm.patient.differs",
                f"the metadata give another {trait.replace('_', ' ')} than the document",
                "recordTarget",
                Severity.ERROR,
            )


def _finding(rule: str, message: str, place: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding(rule=rule, message=message, severity=severity, place=place, source=_SOURCE)
