"""Would the DMP accept this document? Asked before sending, from the tables alone."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Final

from segur_interop._oid import is_oid
from segur_interop.cda import Document
from segur_interop.errors import ArchiveError
from segur_interop.findings import Finding, Report, Severity
from segur_interop.terminology import Code, Masking, association, value_set
from segur_interop.xdm._mapping import content_type, document_entry
from segur_interop.xdm.metadata import DocumentEntry

__all__ = ["dmp_ready"]

_MASKS: Final = "SEL-MP-037 EX_2.1-1050"
_STRUCT_MIN: Final = "CI-SIS Structuration minimale 3.5, id"
_ADULT: Final = 18

_TABLES: Final = (
    ("type_code", "J66"),
    ("class_code", "J57"),
    ("format_code", "J60"),
    ("healthcare_facility_type_code", "J61"),
    ("practice_setting_code", "J04"),
)
"""Attribute and value set of the DMP (JDV_J04 serves both the CI-SIS and the DMP)."""


def dmp_ready(
    document: Document,
    *,
    masks: Iterable[Masking] = (),
    connexion_secrete: bool = False,
    content_type_code: Code | None = None,
) -> Report:
    """What the DMP would refuse in a document: identity, codes, identifier, masks.

    Args:
        document: the CDA document to file.
        masks: those of its metadata.
        connexion_secrete: True when it is filed under a connexion secrète.
        content_type_code: that of the lot; by default the one that `pack` writes.

    Returns:
        A report whose errors are refusals; warnings are doubts.

    Raises:
        InvalidDocument: its patient holds another matricule than its octets.
    """
    metadata = document_entry(document, masks=masks)
    encounter = document.encounter.code if document.encounter else None
    content = content_type_code or content_type(metadata, encounter)
    return Report(
        name="DMP",
        checked=("dmp.codes", "dmp.identifier", "dmp.masks"),
        findings=(
            *_codes(metadata, content),
            *_identifier(metadata),
            *_masks(metadata, connexion_secrete, _age(document)),
        ),
        parts=(document.patient.identity.transmission_report(), _carried(metadata)),
        error=ArchiveError,
    )


def _carried(metadata: DocumentEntry) -> Report:
    """The INS must also be in the document."""
    found: tuple[Finding, ...] = ()
    if metadata.patient_id is None or not metadata.patient_id.is_ins:
        found = (_finding("dmp.ins", "the document carries no INS", "patient_id"),)
    return Report(name="INS of the document", checked=("dmp.ins",), findings=found)


def _codes(metadata: DocumentEntry, content: Code) -> Iterator[Finding]:
    for field, name in _TABLES:
        code: Code | None = getattr(metadata, field)
        if code is None:
            yield _finding("dmp.codes", "required and not told", field)
        else:
            yield from _member(code, name, field)
    yield from _member(content, "J59", "content_type_code")
    for code in metadata.confidentiality_codes:
        yield from _member(code, "J58", "confidentiality_codes")
    kind, filed = metadata.type_code, association("ASS_X16")
    if kind is not None and filed.find(kind.code, kind.system) is None:
        yield _finding(
            "dmp.class", f"{filed.name} has no class for this kind", "class_code", filed.source
        )


def _member(code: Code, name: str, field: str) -> Iterator[Finding]:
    allowed = value_set(name)
    known = allowed.find(code.code, code.system)
    if known is None:
        yield _finding("dmp.codes", f"not a code of {allowed.name}", field, allowed.source)
    elif known.retired():
        yield _finding("dmp.codes", f"retired in {allowed.name}", field, allowed.source)


def _identifier(metadata: DocumentEntry) -> Iterator[Finding]:
    root, has_extension, _ = metadata.unique_id.partition("^")
    if has_extension:
        yield _finding(
            "dmp.unique-id", "the DMP takes an OID without extension", "unique_id", _STRUCT_MIN
        )
    if not is_oid(root):
        yield _finding(
            "dmp.unique-id",
            "not an OID: every official document has one (a UUID is unsure)",
            "unique_id",
            severity=Severity.WARNING if root else Severity.ERROR,
        )


def _masks(metadata: DocumentEntry, connexion_secrete: bool, age: int | None) -> Iterator[Finding]:
    place = "confidentiality_codes"
    hidden = Masking.INVISIBLE_REPRESENTANTS_LEGAUX in metadata.masks
    for item in metadata.findings:
        if item.rule == "xdm.masks":
            yield item
    if connexion_secrete and not hidden:
        yield _finding(
            "dmp.secret",
            "a connexion secrète files only documents hidden from the legal representatives",
            place,
            _MASKS,
        )
    if (connexion_secrete or hidden) and age is not None and age >= _ADULT:
        yield _finding(
            "dmp.minor",
            "hiding from legal representatives concerns a minor",
            place,
            _MASKS,
            Severity.WARNING,
        )


def _age(document: Document) -> int | None:
    """Full years on the day of the document."""
    born, created = document.patient.identity.birth_date, document.created
    if born is None or created is None or created.day is None:
        return None
    day: date = created.to_date()
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _finding(
    rule: str,
    message: str,
    place: str,
    source: str = "",
    severity: Severity = Severity.ERROR,
) -> Finding:
    return Finding(rule=rule, message=message, severity=severity, place=place, source=source)
