"""A CDA announced as something else: its first octets tell it, and whom it is about counts."""

from __future__ import annotations

import dataclasses
import re
from typing import Final

from segur_interop import xdm
from segur_interop.errors import SegurError
from segur_interop.findings import Finding, Severity

__all__ = ["HEAD", "begins_cda", "disguised", "type_finding"]

HEAD: Final = 4096
"""Octets in which the root of an XML document is looked for."""
_ROOT: Final = re.compile(rb"<(?:[\w.-]+:)?ClinicalDocument[\s/>]")


def begins_cda(head: bytes) -> bool:
    """True for the beginning of a CDA, in UTF-8 or UTF-16."""
    plain = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xfe\xff \t\r\n")
    return plain.startswith(b"<") and _ROOT.search(plain) is not None


def disguised(entry: xdm.Entry) -> xdm.Entry | None:
    """The entry as the CDA that it is, under another type; None for any other file."""
    if entry.is_cda:
        return None
    try:
        with entry.open() as stream:
            head = stream.read(HEAD)
    except (SegurError, OSError):
        return None
    if not begins_cda(head):
        return None
    return dataclasses.replace(
        entry, metadata=dataclasses.replace(entry.metadata, mime_type="text/xml")
    )


def type_finding(place: str) -> Finding:
    """What is told of it."""
    return Finding(
        rule="export.document.type",
        message="a CDA announced as another type",
        severity=Severity.WARNING,
        place=place,
    )
