"""A PDF that has no structured document, put in a CDA R2 of level 1 where its metadata allow it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from segur_interop import cda, xdm
from segur_interop.cda import Document, DocumentType, Setting
from segur_interop.errors import SegurError
from segur_interop.export._entries import Sender, Subject, own_oid
from segur_interop.export.catalogue import Origin
from segur_interop.export.items import Item
from segur_interop.model import Professional
from segur_interop.pdf import PdfA

__all__ = ["Wrapped", "wrapped"]

MAX_PDF: Final = 20_000_000
"""Octets of a PDF that is held in memory to be wrapped; a larger one is exported as it is."""


@dataclass(frozen=True, slots=True)
class Wrapped:
    """The document, and the SHA-256 of the PDF within."""

    document: Document
    sha256: str


def wrapped(
    item: Item, size: int | None, subject: Subject, sender: Sender, setting: Setting
) -> Wrapped | None:
    """The CDA of a PDF/A-1; None when it is none, or when a header would have to be invented.

    Raises:
        OSError: the item cannot be read.
    """
    if item.mime_type != "application/pdf" or size is None or size > MAX_PDF:
        return None
    created, started = item.when("produced"), item.when("performed")
    known = item.title and item.origin is Origin.PRODUCED
    people = [who for who in item.authors if isinstance(who, Professional)]
    if not (known and people and item.type and created):
        return None
    octets = xdm.Entry(item.content, xdm.DocumentEntry()).read(max_bytes=MAX_PDF)
    oid = own_oid(item, subject, sender)
    try:
        document = cda.wrap(
            PdfA.read(octets),
            patient=subject.patient,
            author=people,
            custodian=sender.organization,
            type=DocumentType.of(item.type.code, item.type.system or None),
            title=item.title,
            created=created,
            performed=(started, item.when("performed_end")) if started else None,
            setting=setting,
            legal_authenticator=item.responsible,
            id=oid,
            set_id=oid,
            version=1,
            confidentiality=item.confidentiality,
            language=item.language,
        )
    except (SegurError, ValueError, TypeError):
        return None
    return Wrapped(document, hashlib.sha256(octets).hexdigest())
