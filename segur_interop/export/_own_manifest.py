"""MANIFEST.XML against its own counts and hashes."""

from __future__ import annotations

import hashlib

from segur_interop.errors import ArchiveError, XmlError
from segur_interop.export import layout
from segur_interop.export._manifest_read import Header, read_header
from segur_interop.export._notes import Notes
from segur_interop.export._tree import Tree
from segur_interop.findings import Severity

__all__ = ["check_manifest"]


def check_manifest(tree: Tree, notes: Notes) -> Header:
    """What the manifest tells of the export; an empty header when it tells nothing."""
    if not tree.exists(layout.MANIFEST):
        notes.not_run("no MANIFEST.XML: no count could be compared")
        return Header()
    try:
        with tree.open(layout.MANIFEST) as stream:
            header = read_header(stream)
    except (XmlError, ArchiveError) as error:
        notes.note("export.manifest.unreadable", str(error), layout.MANIFEST)
        notes.not_run("MANIFEST.XML cannot be read: no count could be compared")
        return Header()
    request = header.values.get("request", "")
    made = hashlib.sha256(request.encode(errors="replace")).hexdigest()
    transverse = header.archives - header.patients
    for name, told, own in (
        ("PatientArchiveCount", header.number("patientarchivecount"), header.patients),
        ("TransverseArchiveCount", header.number("transversearchivecount") or 0, transverse),
        ("ext:requestSha256", header.values.get("requestsha256"), made),
        ("ext:lotsSha256", header.values.get("lotssha256"), header.lots_digest),
        ("ext:profile", header.values.get("profile"), "pdlgc-b"),
    ):
        if told != own:
            message = f"{name} is not what the rest of the export makes it"
            notes.note("export.manifest.count", message, layout.MANIFEST)
    if header.values.get("exportstatus") == "PARTIAL":
        message = "the export says itself that it is partial: see REPORT.HTM"
        notes.note("export.partial", message, layout.MANIFEST, Severity.WARNING)
    notes.checked("export.manifest")
    return header
